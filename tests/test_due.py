"""What is coming: states that are expected to end, and what is scheduled, within a time."""

from __future__ import annotations

import datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner

from policytrack.cli import app
from policytrack.dues import dues_of
from policytrack.errors import ConfigError
from policytrack.ledger import Ledger
from policytrack.model import PolicyState, Scheduled, digest
from policytrack.moments import as_due
from policytrack.tracker import Tracker, open_tracker
from tests.test_tracker import Clock, house

NOW = datetime.datetime(2026, 1, 2, 3, 4, tzinfo=datetime.UTC)


def state(policy: str, until: str | None = None, scheduled: str | None = None) -> PolicyState:
    plan = Scheduled(status="permitted", on=scheduled) if scheduled else None
    return PolicyState(
        id=f"p-{digest(policy)}", policy=policy, status="prohibited", stage="reported", valid_from="2025-01-01",
        until=until, scheduled=plan,
    )  # fmt: skip


@pytest.fixture
def tracker() -> Tracker:
    opened = open_tracker(rules=house(), clock=Clock())
    coming = [
        state("a.near.end", until="2026-01-20"),
        state("b.near.start", scheduled="2026-01-09"),
        state("c.month.end", until="2026-02"),
        state("d.far.end", until="2026-07-01"),
        state("e.open.end", until="open"),
        state("f.no.end"),
        state("g.past.end", until="2026-01-01"),
        state("h.both.ways", until="2026-06-01", scheduled="2026-01-03"),
    ]
    with opened.ledger.batch(lambda _: NOW, "0" * 32) as batch:
        for each in coming:
            batch.put_states(each.policy, [each])
    return opened


@pytest.mark.parametrize(
    ("due", "policies"),
    [
        ("0d", []),
        ("7d", ["h.both.ways", "b.near.start"]),
        ("4w", ["h.both.ways", "b.near.start", "a.near.end"]),
        ("30d", ["h.both.ways", "b.near.start", "a.near.end", "c.month.end"]),
        ("2026-02", ["h.both.ways", "b.near.start", "a.near.end", "c.month.end"]),
        ("2026", ["h.both.ways", "b.near.start", "a.near.end", "c.month.end", "d.far.end"]),
    ],
)
def test_the_next_to_come_is_first(tracker: Tracker, due: str, policies: list[str]) -> None:
    found = tracker.states(due=due)
    assert [each.policy for each in found] == policies
    assert found.on == "2026-01-02"


def test_it_is_asked_from_a_day_on(tracker: Tracker) -> None:
    assert [each.policy for each in tracker.states(on="2026-06-20", due="30d")] == ["d.far.end"]
    assert [each.policy for each in tracker.states(on="2025-12-31", due="1d")] == ["g.past.end"]
    assert [each.policy for each in tracker.states(due="30d", policy="a.*")] == ["a.near.end"]


def test_nothing_says_until_when(tracker: Tracker) -> None:
    assert tracker.states(due="0d").note == (
        "nothing is expected to end or to come into force from 2026-01-02 to 2026-01-02"
    )


@pytest.mark.parametrize("due", ["", "d", "-3d", "30", "30 d", "3y", "x", "2025-12-31", "999999w", "2026-13"])
def test_what_is_no_time(tracker: Tracker, due: str) -> None:
    with pytest.raises(ConfigError, match="due"):
        tracker.states(due=due)


def test_an_empty_ledger_says_so() -> None:
    with open_tracker(rules=house(), clock=Clock()) as tracker:
        assert tracker.states(due="30d").note == "nothing has been ingested into this ledger yet"
    assert Ledger().is_there()


def test_the_exit_code_says_whether_anything_is_due(tmp_path: Path) -> None:
    def stands(until: str) -> None:
        with (
            open_tracker(tmp_path / "watch.db", rules=house(), clock=Clock()) as tracker,
            tracker.ledger.batch(lambda _: NOW, "0" * 32) as batch,
        ):
            batch.put_states("a.near.end", [state("a.near.end", until=until)])

    def code(*flags: str) -> int:
        done = CliRunner().invoke(app, ["states", "--db", str(tmp_path / "watch.db"), "--on", "2026-01-20", *flags])
        return done.exit_code

    stands("2026-01-20")
    assert [code("--due", "0d", "--exit-code"), code("--due", "0d"), code()] == [1, 0, 0]
    assert code("--exit-code") == 2
    stands("open")
    assert code("--due", "0d", "--exit-code") == 0


@given(st.integers(0, 4000), st.sampled_from("dw"))
def test_a_span_ends_so_many_days_later(number: int, unit: str) -> None:
    days = number * (7 if unit == "w" else 1)
    assert as_due(f"{number}{unit}", "2026-01-02") == datetime.date(2026, 1, 2) + datetime.timedelta(days=days)


@pytest.mark.parametrize(
    ("until", "scheduled", "told"),
    [
        ("2026-06-01", "2026-03-01", [("ends", "2026-06-01"), ("comes_into_force", "2026-03-01")]),
        ("2026-06-01", "2025-03-01", [("ends", "2026-06-01")]),
        ("2026", None, [("ends", "2026")]),
        ("open", "2027-01-01", []),
        (None, None, []),
    ],
)
def test_a_state_may_say_two_things(until: str | None, scheduled: str | None, told: list[tuple[str, str]]) -> None:
    first, last = datetime.date(2026, 1, 1), datetime.date(2026, 12, 31)
    found = dues_of(state("a.b", until=until, scheduled=scheduled), first, last)
    assert [(due.what, due.on) for due in found] == told
    assert {due.state.policy for due in found} <= {"a.b"}


def test_a_state_that_says_two_things_is_listed_once_where_the_first_falls_due(tracker: Tracker) -> None:
    assert [each.policy for each in tracker.states(due="2026-06", policy="[ah].*")] == ["h.both.ways", "a.near.end"]
