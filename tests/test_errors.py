"""Problems as they are shown: the line with a caret below the place, and of a long line the part around it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from policytrack.errors import SHOWN, Location, Problem


def problem(source: str, column: int, width: int = 1) -> Problem:
    return Problem(Location("a.yaml", 7, column), "PT999", "is wrong.", "Mend it.", source, width)


def test_a_short_line_is_shown_whole() -> None:
    assert problem("knd: rate", 6, 4).render() == (
        "a.yaml:7:6: PT999 is wrong. Mend it.\n    7 | knd: rate\n             ^^^^"
    )


def test_without_a_place_there_is_only_the_message() -> None:
    assert problem("knd: rate", 0).render() == "a.yaml:7: PT999 is wrong. Mend it."
    assert problem("", 6).render() == "a.yaml:7:6: PT999 is wrong. Mend it."


@pytest.mark.parametrize(
    ("column", "before", "after"),
    [(1, False, True), (300, True, True), (600, True, False), (SHOWN, True, True), (10, False, True)],
)
def test_of_a_long_line_the_part_around_the_place_is_shown(column: int, before: bool, after: bool) -> None:
    source = "".join(chr(ord("a") + number % 26) for number in range(600))
    _, line, caret = problem(source, column, 3).render().split("\n")
    shown = line.removeprefix("    7 | ")
    assert len(shown) == SHOWN
    assert (shown.startswith("…"), shown.endswith("…")) == (before, after)
    assert shown.strip("…") in source
    assert line[caret.index("^") :][: caret.count("^")] == source[column - 1 :][:3]


@given(st.text(st.characters(exclude_categories=["C", "Z", "M"]), min_size=1, max_size=400), st.data())
def test_the_caret_points_at_the_place_in_any_line(source: str, data: st.DataObject) -> None:
    column = data.draw(st.integers(1, len(source)))
    width = data.draw(st.integers(1, len(source) - column + 1))
    _, line, caret = problem(source, column, width).render().split("\n")
    assert line[caret.index("^")] == source[column - 1]
    assert len(caret) <= len(line) <= SHOWN + len("    7 | ")
    told = line[caret.index("^") :][: caret.count("^")]
    assert source[column - 1 :][:width].startswith(told.rstrip("…"))
