"""A few kills in every test run, and that a ledger which differs would not go unseen."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests import kills
from tests.kills import Killer, Tally


def test_an_ingest_that_is_killed_goes_on_to_the_same_ledger(tmp_path: Path) -> None:
    tally = Killer(list(kills.examples())[:30], tmp_path, seed=3).run(kills=5)
    assert tally.differences == []
    assert tally.kills >= 5


def test_a_ledger_that_differs_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    killer = Killer(list(kills.examples())[:3], tmp_path, seed=3)
    monkeypatch.setattr(killer, "_expected", "something else")
    tally = killer.run(kills=1)
    assert [difference[:19] for difference in tally.differences] == ["DIFFERENCE --seed 3"] * tally.rounds


def test_the_answer_says_whether_all_was_well(monkeypatch: pytest.MonkeyPatch) -> None:
    for tally, code in (
        (Tally(rounds=1, kills=1), 0),
        (Tally(rounds=1, kills=1, differences=["DIFFERENCE"]), 1),
        (Tally(rounds=1), 1),
    ):
        monkeypatch.setattr(kills, "Killer", lambda *_, tally=tally: Fixed(tally))
        assert kills.main([]) == code


class Fixed:
    """A killer whose tally is known beforehand."""

    def __init__(self, tally: Tally) -> None:
        self._tally = tally

    def run(self, kills: int) -> Tally:  # noqa: ARG002 the same as the real one's
        return self._tally
