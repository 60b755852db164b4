"""What is new of the shifts of a policy: each that comes or goes is told once, and what stays as it was is not."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from policytrack.model import Confidence, Issuer, Level, Scheduled, Shift, Standing
from policytrack.news import News, news_of
from tests.builders import place, trigger


def shift(name: str = "a", **more: Any) -> Shift:
    """A shift of that id, otherwise as is said."""
    given: dict[str, Any] = {
        "id": f"s-{name}",
        "policy": "us.atacms.strikes",
        "kind": "permission_granted",
        "rule": "granted@1",
        "direction": "looser",
        "issuer": Issuer(id="us"),
        "occurred_on": "2024-11",
        "before": Standing(status="prohibited"),
        "after": Standing(status="permitted"),
        "stage": "reported",
        "confidence": Confidence(value=0.5),
    }
    return Shift.model_validate({**given, **more})


def told(
    gone: Sequence[Shift], new: Sequence[Shift], recorded: Sequence[str] = ()
) -> list[tuple[str, str | None, str]]:
    """Each piece of news: the id of the shift, what is new, and the id of what it took the place of."""
    found = news_of(gone, new, recorded)
    return [(each.shift.id, each.what, each.before.id if each.before else "") for each in found]


def learned(before: dict[str, Any], after: dict[str, Any]) -> list[str | None]:
    """What is new of one shift that is told otherwise now."""
    found = list(news_of([shift(**before)], [shift(**after)], {"s-a"}))
    assert all(each.before is None and each.shift == shift(**after) for each in found)
    return [each.what for each in found]


class TestWhatIsNew:
    def test_a_shift(self) -> None:
        assert told([], [shift()]) == [("s-a", "new", "")]
        assert told([], [shift(stage="disputed")]) == [("s-a", "new", "")], "it is told with its stage"

    def test_nothing(self) -> None:
        assert told([], []) == []
        assert told([shift()], [shift()], ["s-a"]) == []

    def test_one_that_is_gone_is_retracted_as_it_stood(self) -> None:
        assert list(news_of([shift(stage="confirmed")], [], ())) == [News(shift(stage="confirmed"), "retracted")]

    def test_what_was_taken_back_before_anybody_could_be_told_is_none(self) -> None:
        assert told([], [shift(stage="retracted")]) == []

    def test_what_was_retracted_is_not_so_again_when_it_goes(self) -> None:
        assert told([shift(stage="retracted")], []) == []

    def test_what_comes_back_is_a_correction(self) -> None:
        assert told([], [shift()], ["s-a"]) == [("s-a", "corrected", "")]
        assert told([], [shift(stage="retracted")], ["s-a"]) == [("s-a", "retracted", "")]

    @pytest.mark.parametrize(
        ("before", "after", "what"),
        [
            ("reported", "corroborated", "corroborated"),
            ("reported", "confirmed", "confirmed"),
            ("reported", "disputed", "disputed"),
            ("reported", "retracted", "retracted"),
            ("corroborated", "confirmed", "confirmed"),
            ("corroborated", "disputed", "disputed"),
            ("corroborated", "retracted", "retracted"),
            ("confirmed", "disputed", "disputed"),
            ("confirmed", "retracted", "retracted"),
            ("disputed", "corroborated", "corroborated"),
            ("disputed", "confirmed", "confirmed"),
            # it is less sure than it was told
            ("corroborated", "reported", "corrected"),
            ("confirmed", "reported", "corrected"),
            ("confirmed", "corroborated", "corrected"),
            ("disputed", "reported", "corrected"),
            ("retracted", "reported", "corrected"),
        ],
    )
    def test_a_stage_that_it_came_to(self, before: str, after: str, what: str) -> None:
        assert learned({"stage": before}, {"stage": after}) == [what]

    @pytest.mark.parametrize(
        "after",
        [
            {"kind": "permission_widened"},
            {"direction": "tighter"},
            {"occurred_on": "2024-12"},
            {"occurred_on": "2023-11-17"},
            {"occurred_on": "2024"},
            {"before": Standing(status="restricted")},
            {"after": Standing(status="restricted")},
            {"after": Standing(status="permitted", level=Level(value=2))},
            {"after": Standing(status="permitted", until="2026")},
            {"after": Standing(status="permitted", scheduled=Scheduled(status="prohibited", on="2026"))},
        ],
    )
    def test_what_says_otherwise_is_a_correction(self, after: dict[str, Any]) -> None:
        assert learned({}, after) == ["corrected"]

    @pytest.mark.parametrize(
        "after",
        [
            {"occurred_on": "2024-11-17"},
            {"confidence": Confidence(value=0.9)},
            {"severity": "major"},
            {"tags": ("arms",)},
            {"claims": ("c-1", "c-2")},
            {"triggers": (trigger("troops in Kursk"),)},
            {"scope": (place("near Kursk"),)},
            {"after": Standing(status="permitted", scope=(place("near Kursk"),))},
            {"issuer": Issuer(id="us", text="Washington")},
            {"rule": "granted@2"},
        ],
    )
    def test_what_is_only_told_better_is_none(self, after: dict[str, Any]) -> None:
        assert learned({}, after) == []

    def test_a_correction_and_a_stage_are_two(self) -> None:
        assert learned({}, {"occurred_on": "2024-12", "stage": "confirmed"}) == ["corrected", "confirmed"]
        assert learned({"stage": "confirmed"}, {"occurred_on": "2024-12"}) == ["corrected"], "and it is told once"


class TestAnotherId:
    def test_it_is_the_same_shift(self) -> None:
        assert told([shift("a")], [shift("b")]) == [("s-b", None, "s-a")]

    def test_with_what_was_learned_of_it(self) -> None:
        assert told([shift("a")], [shift("b", stage="confirmed")]) == [("s-b", "confirmed", "s-a")]
        both = shift("b", stage="confirmed", occurred_on="2025")
        assert told([shift("a")], [both]) == [("s-b", "corrected", "s-a"), ("s-b", "confirmed", "s-a")]

    def test_not_where_it_leads_another_way(self) -> None:
        found = told([shift("a")], [shift("b", direction="tighter")])
        assert found == [("s-b", "new", ""), ("s-a", "retracted", "")]

    def test_not_of_what_was_taken_back(self) -> None:
        assert told([shift("a", stage="retracted")], [shift("b")]) == [("s-b", "new", "")]

    def test_not_of_what_stood_before(self) -> None:
        assert told([shift("a")], [shift("b")], ["s-b"]) == [("s-b", "corrected", ""), ("s-a", "retracted", "")]

    def test_what_has_its_id_keeps_its_place(self) -> None:
        found = told([shift("a"), shift("b")], [shift("c"), shift("a", stage="confirmed")], ["s-a"])
        assert found == [("s-a", "confirmed", ""), ("s-c", None, "s-b")]

    def test_several_in_order(self) -> None:
        gone = [shift("a"), shift("b", direction="tighter"), shift("c")]
        new = [shift("x"), shift("y", direction="tighter"), shift("z"), shift("w")]
        assert told(gone, new) == [
            ("s-x", None, "s-a"), ("s-y", None, "s-b"), ("s-z", None, "s-c"), ("s-w", "new", ""),
        ]  # fmt: skip
        assert told(gone, new[:1]) == [("s-x", None, "s-a"), ("s-b", "retracted", ""), ("s-c", "retracted", "")]

    def test_taken_back_under_another_id(self) -> None:
        assert told([shift("a")], [shift("b", stage="retracted")]) == [("s-b", "retracted", "s-a")]


SHIFTS = st.lists(
    st.builds(
        shift,
        st.sampled_from("abcdefgh"),
        stage=st.sampled_from(["reported", "corroborated", "confirmed", "disputed", "retracted"]),
        direction=st.sampled_from(["looser", "tighter"]),
        occurred_on=st.sampled_from(["2024", "2024-11", "2024-11-17", "2025"]),
    ),
    max_size=6,
    unique_by=lambda each: each.id,
)


class TestEachOnce:
    @given(SHIFTS, st.sets(st.sampled_from([f"s-{name}" for name in "abcdefgh"])))
    def test_what_stays_is_no_news(self, shifts: list[Shift], recorded: set[str]) -> None:
        assert list(news_of(shifts, shifts, recorded)) == []
        assert list(news_of(shifts, shifts[::-1], recorded)) == []

    @given(SHIFTS, SHIFTS, st.sets(st.sampled_from([f"s-{name}" for name in "abcdefgh"])))
    @settings(max_examples=300)
    def test_each_that_goes_or_comes_is_told_once(self, gone: list[Shift], new: list[Shift], more: set[str]) -> None:
        recorded = more | ({each.id for each in gone} & {each.id for each in new})
        found = list(news_of(gone, new, recorded))
        stood, stands = {each.id: each for each in gone}, {each.id: each for each in new}
        for each in found:
            expected = stands.get(each.shift.id) or stood[each.shift.id]
            assert each.shift == expected, "as it stands now, or stood last"
            assert each.before is None or (each.before == stood[each.before.id] and each.before.id not in stands)
        # Nothing is said twice, and no two things took one place.
        assert max(Counter((each.shift.id, each.what) for each in found).values(), default=1) == 1
        replaced = {each.shift.id: each.before.id for each in found if each.before}
        assert len(set(replaced.values())) == len(replaced)
        # Whatever came is told, but for what was taken back before; and whatever went, but for what was taken back.
        named = {each.shift.id for each in found}
        for name, came in stands.items():
            if name not in stood:
                assert (name in named) is (came.stage != "retracted" or name in recorded or name in replaced)
        for name, went in stood.items():
            if name not in stands:
                is_told = name in named or name in replaced.values()
                assert is_told is (went.stage != "retracted")
                assert not (name in named and name in replaced.values()), "it is gone, or goes on under another id"

    @given(SHIFTS, SHIFTS)
    def test_there_and_back_tells_of_all_that_changed(self, first: list[Shift], second: list[Shift]) -> None:
        names = {each.id for each in (*first, *second)}
        there = list(news_of(first, second, names))
        back = list(news_of(second, first, names))
        moved = {each.id for each in first} ^ {each.id for each in second}
        kept = {each.id for each in (*first, *second) if each.stage != "retracted"}
        for name in moved & kept:
            assert any(each.shift.id == name for each in there) and any(each.shift.id == name for each in back)
