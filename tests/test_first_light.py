"""The founding article from text to shifts, through the real ledger: what the product promises first."""

from __future__ import annotations

from pathlib import Path

import pytest

from policytrack import open_tracker
from tests.reading import SHARED

FOUNDING = sorted((SHARED / "seeds").glob("*.txt"))

pytestmark = pytest.mark.skipif(not FOUNDING, reason="the founding article is not beside this checkout")

WANTED = {
    "us.atacms.strikes-in-russia": "2024-11-12",
    "us.apl-mines.transfer-to-ukraine": "2024-11-22",
    "us.contractors.in-ukraine": "2024-11-22",
    "uk.storm-shadow.strikes-in-russia": "2024-11-22",
}
"""The policies that shift, and when."""


def test_the_founding_article_gives_its_four_shifts_and_no_other(tmp_path: Path) -> None:
    with open_tracker(str(tmp_path / "t.db")) as tracker:
        report = tracker.ingest(FOUNDING, assume_seen="published")
        shifts = tracker.shifts()
        assert {shift.policy: shift.occurred_on for shift in shifts} == WANTED
        assert len(shifts) == len(report.shifts) == 4
        for shift in shifts:
            assert (shift.before.status, shift.after.status) == ("prohibited", "permitted")
            assert (shift.kind, shift.stage) == ("restriction_lifted", "reported")
        assert {s.policy for s in shifts if s.implied} == {"uk.storm-shadow.strikes-in-russia"}
        again = tracker.ingest(FOUNDING, assume_seen="published")
        assert (again.claims, len(again.shifts), len(tracker.shifts())) == (0, 0, 4)


def test_the_diff_between_two_dates_shows_exactly_these_each_with_evidence(tmp_path: Path) -> None:
    with open_tracker(str(tmp_path / "t.db")) as tracker:
        tracker.ingest(FOUNDING, assume_seen="published")
        found = tracker.diff("2024-11-01", "2024-11-22")
        assert {shift.policy for shift in found.shifts} == set(WANTED)
        assert not found.corrections
        assert not found.rules
        assert all(shift.claims for shift in found.shifts)
        whole = tracker.state("us.weapons.strikes-in-russia", on="2024-11-22")
        assert whole.status == "prohibited"
        assert "us.atacms.strikes-in-russia" in {part.policy for part in whole.parts}
