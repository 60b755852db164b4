"""What was recorded since a cursor: nothing is missed, nothing comes twice, and what it says adds up to what stands."""

from __future__ import annotations

import json
import threading
from pathlib import Path
from typing import Any

from hypothesis import given, settings
from typer.testing import CliRunner

from policytrack.cli import app
from policytrack.ledger import LedgerChange
from policytrack.model import Article
from policytrack.tracker import Tracker, open_tracker
from tests.test_tracker import BANNED, CORK, LIFTED, TAXED, Clock, Reader, histories, house, news

RUNNER = CliRunner()


def opened(path: str | Path = ":memory:", clock: Clock | None = None) -> Tracker:
    return open_tracker(path, rules=house(), clock=clock or Clock(), extractor=Reader())


def all_of(tracker: Tracker, since: int = 0, at_most: int = 100) -> list[LedgerChange]:
    found: list[LedgerChange] = []
    while True:
        part = tracker.changes(since, at_most=at_most)
        found += part.changes
        if not part.more:
            return found
        since = part.cursor


def standing(found: list[LedgerChange]) -> dict[tuple[str, str], dict[str, Any]]:
    """What stands after the changes, by kind and id; on the way nothing is added twice, or ended that is not there."""
    held: dict[tuple[str, str], dict[str, Any]] = {}
    for change in found:
        key = ("shift" if change.of == "correction" else change.of, change.id)
        assert (key in held) is (change.change != "ADD"), change
        if change.change == "DEL":
            assert held.pop(key) == change.record
        else:
            held[key] = change.record
    return held


def test_an_empty_ledger_has_none() -> None:
    with opened() as tracker:
        found = tracker.changes()
        assert (found.since, found.cursor, found.more, found.changes) == (0, 0, False, ())


def test_a_batch_is_told_once() -> None:
    with opened() as tracker:
        tracker.ingest(news("a", "2024-11-12", LIFTED))
        first = tracker.changes()
        shifts = [(change.change, change.id) for change in first.changes if change.of == "shift"]
        assert shifts == [("ADD", shift.id) for shift in tracker.shifts()]
        assert tracker.changes(first.cursor).changes == ()
        tracker.ingest(news("b", "2024-12-20", BANNED))
        later = tracker.changes(first.cursor)
        assert later.cursor > first.cursor
        assert {(change.of, change.change) for change in later.changes} >= {("claim", "ADD"), ("shift", "ADD")}
        assert {change.cause for change in later.changes} == {"articles"}


def test_a_revised_article_ends_what_only_it_said() -> None:
    with opened() as tracker:
        tracker.ingest(news("a", "2024-11-12", LIFTED))
        before = tracker.changes().cursor
        tracker.ingest(news("a", "2024-11-12", text="Other words that say nothing of it."))
        found = tracker.changes(before).changes
        assert {(change.of, change.change) for change in found} >= {("claim", "DEL"), ("shift", "DEL")}
        gone = next(change for change in found if change.of == "shift")
        assert (gone.record["policy"], gone.record["kind"]) == (CORK, "restriction_lifted")


def test_a_rerun_says_that_it_was_one() -> None:
    with opened() as tracker:
        tracker.ingest([news("a", "2024-11-12", LIFTED), news("b", "2024-12-20", TAXED)])
        before = tracker.changes().cursor
        tracker._given_extractor = None
        tracker.__dict__["_extractor"] = _Silent()
        tracker.rerun()
        found = tracker.changes(before).changes
        assert {change.cause for change in found} == {"rules"}
        assert {change.of for change in found if change.change == "DEL"} == {"claim", "state", "shift"}


class _Silent(Reader):
    def read(self, article: Article) -> Any:
        return super().read(article.model_copy(update={"extra": {}}))


@settings(max_examples=25, deadline=None)
@given(histories())
def test_what_changed_adds_up_to_what_stands(articles: list[Article]) -> None:
    with opened() as tracker:
        for article in articles:
            tracker.ingest(article)
        whole = all_of(tracker)
        assert whole == all_of(tracker, at_most=1)
        held = standing(whole)
        known = (tracker.ledger.moments() or (None, None))[1]
        assert known is not None
        for kind, found in (("claim", tracker.ledger.claims(known)), ("state", tracker.ledger.states(known))):
            assert {name for of, name in held if of == kind} == {each.id for each in found}


def test_two_who_write_and_one_who_follows(tmp_path: Path) -> None:
    path, heard, done = tmp_path / "watch.db", [], threading.Event()
    with opened(path) as tracker:
        tracker.ingest(news("first", "2024-01-01"))

    def write(name: str) -> None:
        with opened(path) as tracker:
            for number in range(8):
                day = f"2024-0{number + 1}-12"
                tracker.ingest(news(f"{name}{number}", day, LIFTED if number % 2 else BANNED, publisher=name))

    def follow() -> None:
        cursor = 0
        with opened(path) as tracker:
            while True:
                last = done.is_set()
                part = tracker.changes(cursor, at_most=2)
                heard.extend(part.changes)
                cursor = part.cursor
                if last and not part.more:
                    return

    follower = threading.Thread(target=follow)
    writers = [threading.Thread(target=write, args=(name,)) for name in ("x", "y")]
    for thread in (follower, *writers):
        thread.start()
    for thread in writers:
        thread.join()
    done.set()
    follower.join()
    with opened(path) as tracker:
        assert heard == all_of(tracker)
        assert len([change for change in heard if change.of == "claim"]) == 16


def test_as_a_person_and_as_a_program_see_it(tmp_path: Path) -> None:
    path = tmp_path / "watch.db"
    with opened(path) as tracker:
        tracker.ingest(news("a", "2024-11-12", LIFTED))
        [shift] = tracker.shifts()
    shown = RUNNER.invoke(app, ["ledger", "changes", "--db", str(path), "--of", "shift"])
    assert shown.exit_code == 0
    assert shown.stdout.split()[3:] == ["articles", "ADD", "shift", shift.id[:8], CORK, shift.kind, "on", "2024-11-12"]
    assert f"Next:  policytrack ledger changes --since 1 --db {path}" in shown.stderr
    lines = RUNNER.invoke(app, ["ledger", "changes", "--db", str(path), "--format", "jsonl"]).stdout.splitlines()
    assert {json.loads(line)["cursor"] for line in lines} == {1}
    whole = json.loads(RUNNER.invoke(app, ["ledger", "changes", "--db", str(path), "--format", "json"]).stdout)
    assert (whole["schema"], whole["cursor"], len(whole["changes"])) == (1, 1, len(lines))
    nothing = RUNNER.invoke(app, ["ledger", "changes", "--db", str(path), "--since", "1"])
    assert (nothing.exit_code, nothing.stdout) == (0, "")
    for bad in ("-1", "x", ""):
        assert RUNNER.invoke(app, ["ledger", "changes", "--db", str(path), "--since", bad]).exit_code == 2
    assert RUNNER.invoke(app, ["ledger", "changes", "--db", str(tmp_path / "none.db")]).exit_code == 4
