"""Articles that are taken in late: known from now on, marked, and no news to anybody."""

from __future__ import annotations

import datetime
from pathlib import Path

import pytest
from typer.testing import CliRunner

from policytrack.cli import app
from policytrack.errors import ConfigError
from policytrack.model import Shift
from policytrack.tracker import Tracker, open_tracker
from tests.test_tracker import BANNED, CORK, LIFTED, TAXED, Clock, Reader, house, news

ON = "2024-12-31"


def opened(clock: Clock) -> Tracker:
    return open_tracker(rules=house(), clock=clock, extractor=Reader())


def test_what_is_known_never_looks_ahead() -> None:
    clock = Clock()
    with opened(clock) as tracker:
        tracker.ingest(news("now", "2024-11-20", LIFTED))
        before = clock.now
        answer = tracker.states(on=ON, known=before)
        clock.wind(days=3)
        report = tracker.ingest([news("late", "2024-03-01", TAXED)], backfill=True)
        assert len(report.shifts) == 1
        assert tracker.states(on=ON, known=before) == answer
        assert [shift.id for shift in tracker.shifts(known=before)] != [shift.id for shift in tracker.shifts()]


def test_nobody_is_told_then_nor_later() -> None:
    clock, heard = Clock(), list[Shift]()
    with opened(clock) as tracker:
        tracker.on_shift(heard.append)
        tracker.ingest(news("late", "2024-03-01", LIFTED), backfill=True)
        assert heard == []
        tracker.ingest(news("now", "2024-11-20", BANNED))
        assert [shift.occurred_on for shift in heard] == ["2024-11-20"]


def test_a_shift_of_others_that_still_waits_is_told_by_the_next_run() -> None:
    heard: list[Shift] = []

    def stopped_once(shift: Shift) -> None:
        heard.append(shift)
        if len(heard) == 1:
            raise KeyboardInterrupt

    with opened(Clock()) as tracker:
        tracker.on_shift(stopped_once)
        with pytest.raises(KeyboardInterrupt):
            tracker.ingest(news("now", "2024-11-20", LIFTED))
        tracker.ingest(news("late", "2024-03-01", TAXED), backfill=True)
        assert len(heard) == 1
        tracker.ingest([])
        assert [shift.policy for shift in heard] == [CORK, CORK]


def test_it_is_marked() -> None:
    with opened(Clock()) as tracker:
        tracker.ingest(news("now", "2024-11-20", LIFTED))
        tracker.ingest(news("late", "2024-03-01", TAXED), backfill=True)
        first, second = tracker.changes(), tracker.changes(1)
        assert {change.cause for change in first.changes if change.cursor == 1} == {"articles"}
        assert {change.cause for change in second.changes} == {"backfill"}
        late = {claim.article_id: claim.id for claim in tracker.ledger.claims(tracker.shifts().known)}
        assert ", taken in late" in str(tracker.why(late["late"]))
        assert ", taken in late" not in str(tracker.why(late["now"]))


def test_why_each_moment_was_recorded() -> None:
    clock = Clock()
    with opened(clock) as tracker:
        tracker.ingest(news("now", "2024-11-20", LIFTED))
        taken_in = clock.now
        rerun_at = clock.wind(days=1)
        tracker.rerun()
        moments = (taken_in, rerun_at, rerun_at + datetime.timedelta(days=1))
        assert [tracker.ledger.cause_at(moment) for moment in moments] == ["articles", "rules", None]


def test_it_cannot_have_been_otherwise_too() -> None:
    with opened(Clock()) as tracker, pytest.raises(ConfigError, match="Choose one"):
        tracker.ingest([], backfill=True, assume_seen="published")


@pytest.mark.parametrize("flags", [["--exec", "true"], ["--assume-seen", "published"]])
def test_flags_that_contradict_it(tmp_path: Path, flags: list[str]) -> None:
    done = CliRunner().invoke(app, ["ingest", "none.jsonl", "--backfill", *flags, "--db", str(tmp_path / "watch.db")])
    assert done.exit_code == 2 and "backfill" in done.stderr
