"""The scan never misses what the reader would find, and reads no part of another word as a name."""

from __future__ import annotations

import pytest

from policytrack.screen import Screen

SCREEN = Screen(
    [
        "duty",
        "visa issue",
        "Army Tactical Missile System",
        "long-range missile",
        "F-16",
        "Ottawa Treaty",
        "Área",
        "Kursk",
        "€5 cap",
    ]
)


@pytest.mark.parametrize(
    "text",
    [
        "ARMY TACTICAL MISSILE SYSTEMS", "a long range missile", "long-range\nmissiles", "long\u2011range missiles",
        "The F-16s came", "new duties", "visas issued", "the Ottawa treaty's members", "…Ottawa  Treaty…",
        "non-duty", "3duties", "ÁREAS", "áreas", "\u212aURSK", "a EUR€5 cap", "«duty»", "éduty",
    ],
)  # fmt: skip
def test_a_name_is_found_in_any_case_spacing_and_number(text: str) -> None:
    assert SCREEN.hits(text)


@pytest.mark.parametrize(
    "text", ["", "a long missile range", "F16", "\ud800 nothing", "tactical army", "offduty", "the revisa issue"]
)
def test_other_words_are_not(text: str) -> None:
    assert not SCREEN.hits(text)


def test_without_phrases_nothing_is_found() -> None:
    assert not Screen([]).hits("anything")
