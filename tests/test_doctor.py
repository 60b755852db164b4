"""The doctor: a sound ledger is sound, and each thing that can be wrong with one is found."""

from __future__ import annotations

import contextlib
import json
import shutil
import sqlite3
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from typer.testing import CliRunner

from policytrack.cli import app
from policytrack.doctor import Diagnosis
from policytrack.errors import LedgerError
from policytrack.ledger.tables import metadata
from policytrack.model import Article, Shift
from policytrack.tracker import Tracker, open_tracker
from tests.test_tracker import BANNED, CORK, LIFTED, REPORT, TAXED, Clock, Reader, histories, house, news, rules_folder

RUNNER = CliRunner()
NEWS = (
    "INSERT INTO news (shift, first, policy, what, stage, correction, telling, recorded_at) SELECT x'{:032d}', id, "
    "policy, 'new', 'reported', 0, 'each', recorded_at {} FROM shifts LIMIT 1"
)
ALERT = (
    "INSERT INTO alerts (subscription, gathers, about, send_at, id, policies, known) VALUES ('desk', 'x', '{}', 1, "
    "'x', '[]', 1)"
)
DELIVERY = "INSERT INTO deliveries (alert, channel, status, tries, next_at) VALUES (7, 'desk', 'waiting', 0, 1)"


def opened(path: str | Path = ":memory:") -> Tracker:
    return open_tracker(path, rules=house(), clock=Clock(), extractor=Reader())


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A ledger of three articles, one of them revised."""
    with opened(tmp_path / "watch.db") as tracker:
        lifted = {**LIFTED, "expires": "2024-11-30"}
        tracker.ingest(
            [news("a", "2024-11-12", lifted), news("b", "2024-11-20", BANNED), news("c", "2024-11-15", TAXED)]
        )
        tracker.ingest(news("c", "2024-11-15", TAXED, text="Another text of the same article."))
    return tmp_path / "watch.db"


def change(path: Path, *statements: str) -> None:
    with contextlib.closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA foreign_keys=OFF")
        for statement in statements:
            connection.execute(statement)
        connection.commit()


def examined(path: Path) -> Diagnosis:
    with opened(path) as tracker:
        return tracker.doctor()


def test_a_ledger_that_nobody_touched_is_sound(path: Path) -> None:
    found = examined(path)
    assert found.is_sound
    assert (found.derived, found.note, found.left) == (len(house().policies), "", ())
    assert found.examined > 10


@pytest.mark.parametrize(
    ("statement", "invariant", "at", "problem"),
    [
        ("UPDATE articles SET text = text || '!' WHERE id = 'a'", "articles", "a", "not what it was recorded as"),
        ("UPDATE articles SET text = 'X' || text WHERE id = 'a'", "quotes", "c-", "stands"),
        ("UPDATE claims SET policy = 'pt.oil.export' WHERE key = 1", "claims", "c-", "its policy is 'pt.oil.export'"),
        ("UPDATE claims SET superseded_at = recorded_at - 5 WHERE key = 1", "moments", "c-", "ended before it began"),
        ("UPDATE claims SET recorded_at = recorded_at - 5 WHERE key = 1", "moments", "c-", "is that of no batch"),
        ("UPDATE claims SET superseded_at = NULL", "claims", "c-", "the version of its article does not"),
        ("UPDATE states SET status = 'suspended'", "states", "p-", "table and record differ in status"),
        ("DELETE FROM states WHERE valid_from = '2024-11-12'", "states", CORK, "and the next is from"),
        ("DELETE FROM states WHERE valid_to IS NULL", "states", CORK, "nothing stands from"),
        ("UPDATE shifts SET kind = 'joined'", "shifts", "s-", "table and record differ in kind"),
        ("DELETE FROM shifts", "derived", CORK, "shifts missing or other than what the claims make"),
        ("UPDATE shifts SET correction = 1", "derived", CORK, "recorded and not what the claims make"),
        ("DELETE FROM claims WHERE key = 1", "derived", CORK, "what the claims make"),
        ("UPDATE batches SET recorded_at = 7 WHERE key = 2", "moments", "batch 2", "before batch 1"),
        (NEWS.format(1, ""), "alerts", "news ", "there is no shift s-00000000000000000000000000000001"),
        ("UPDATE news SET recorded_at = recorded_at - 1", "moments", "1", "is that of no batch"),
        (ALERT.format('{"state": "p-00000000000000000000000000000001"}'), "alerts", "alert 1", "there is no state p-0"),
        (ALERT.format('{"policy": "a.b"}'), "alerts", "alert 1", "it tells of ['a.b'], and says of []"),
        (ALERT.format("rubbish"), "alerts", "alert 1", "what it is about cannot be read"),
        (DELIVERY, "alerts", "deliveries of alert 7", "there is no such row of alerts"),
    ],
)
def test_what_was_changed_from_outside_is_found(
    path: Path, statement: str, invariant: str, at: str, problem: str
) -> None:
    change(path, statement)
    findings = examined(path).findings
    found = [each for each in findings if each.invariant == invariant and each.at.startswith(at)]
    assert any(problem in each.problem for each in found), findings
    assert all(each.remedy for each in findings)


def test_an_index_that_was_lost(path: Path) -> None:
    change(
        path,
        "PRAGMA writable_schema=ON",
        "UPDATE sqlite_master SET rootpage = 3 WHERE name = 'claims_by_policy'",
    )
    with opened(path) as tracker:
        try:
            told = " ".join(each.problem for each in tracker.doctor().findings if each.invariant == "file")
        except LedgerError as error:
            told = str(error)
    assert told


def test_what_it_advises_helps(path: Path) -> None:
    change(path, "DELETE FROM shifts", "DELETE FROM states WHERE valid_to IS NULL")
    with opened(path) as tracker:
        advice = {each.remedy for each in tracker.doctor().findings if each.invariant != "alerts"}
        assert advice == {"Run `policytrack ledger rerun`: it derives states and shifts again from the claims."}
        tracker.rerun()
        assert {each.invariant for each in tracker.doctor().findings} <= {"alerts"}, "of shifts that stand no longer"


SILENT = {
    "articles.copy_of": "an article may name any as its original, also one that the ledger does not have",
    "articles.payload": "of its fields only publisher and URL say what a column says too",
    "articles.source": "the publisher of an article whose text was removed may be said nowhere else",
    "articles.skipped": "why an article was not parsed is said nowhere else",
    "news.before": "that a shift had another id may be said nowhere else",
    "news.key": "the number of a row is its own, where nothing refers to it",
    "news.what": "that nothing but the id is new may be said nowhere else",
    "alert_news.alert": "an alert may tell of any news",
    "alert_news.news": "and of any other",
    "deliveries.alert": "any alert may go to a channel",
    "attempts.taken": "of what is sent again it is said nowhere else",
    "alerts.subscription": "a subscription may have any name",
    "alerts.gathers": "and gather by anything",
    "alerts.id": "an alert of several may be called by any name",
    "alerts.send_at": "an alert may be sent at any time",
    "alerts.known": "and closed at any after the news that it tells",
    "alert_news.left_out": "why an alert does not tell something is said nowhere else",
    "deliveries.channel": "a channel may have any name",
    "deliveries.next_at": "when something is tried again is said nowhere else",
    "deliveries.ended_at": "and when it ended",
    "attempts.key": "the number of a row is its own, where nothing refers to it",
    "attempts.ended_at": "and end at any time after that",
    "attempts.told": "what a place said is said nowhere else",
    "subscriptions.name": "a subscription may have any name",
    "subscriptions.since": "and be used at any time",
    "subscriptions.read_to": "and be behind with reading",
    "silences.key": "the number of a row is its own, where nothing refers to it",
    "silences.recorded_at": "somebody may ask for silence at any time",
    "silences.ended_at": "and end it at any",
    "ledger.written_by": "what wrote it last is said nowhere else",
    "batches.key": "a cursor may be any number that is larger than those before it",
    "copies.key": "the number of a row is its own, where nothing refers to it",
    "likenesses.key": "the number of a row is its own, where nothing refers to it",
    "claims.key": "the number of a row is its own, where nothing refers to it",
    "states.key": "the number of a row is its own, where nothing refers to it",
    "shifts.key": "the number of a row is its own, where nothing refers to it",
    "shifts.correction": "of a shift that stands no longer it is said nowhere else",
    "removals.key": "the number of a row is its own, where nothing refers to it",
    "decisions.key": "the number of a row is its own, where nothing refers to it",
}
"""Columns in which a damage cannot be known, and why."""
COLUMNS = [f"{table.name}.{column.name}" for table in metadata.sorted_tables for column in table.c]
OTHERWISE = "CASE typeof({0}) WHEN 'text' THEN {0} || 'x' WHEN 'integer' THEN {0} + 1 WHEN 'blob' THEN zeroblob(16) END"


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A ledger with rows in every table: each batch on a day of its own, a claim rejected, a hook that failed."""
    clock, path = Clock(), tmp_path_factory.mktemp("whole") / "watch.db"

    def fails(_: Shift) -> None:
        raise OSError("the printer is on fire")

    with open_tracker(path, rules=house(), clock=clock, extractor=Reader()) as tracker:
        tracker.on_shift(fails)
        tracker.on_due(lambda _: None)
        with tracker.ledger.outbox.planning() as planning:
            planning.subscribe("desk", clock.now)
        tracker.ledger.outbox.end_silence(tracker.ledger.outbox.silence({"policy": CORK}, clock.now), clock.now)
        given = [
            news("a", "2024-11-12", {**LIFTED, "expires": "2026-01-20"}, publisher="Cork Daily"),
            news("c", "2024-11-15", TAXED, BANNED),
        ]
        for article in [*given, news("c", "2024-11-15", TAXED, text="Another text of the same article.")]:
            tracker.ingest(article)
            clock.wind(days=1)
        tracker.ingest(news("f", "2024-11-15", TAXED, text=REPORT, publisher="Hill Post"))
        clock.wind(days=1)
        tracker.ingest(news("g", "2024-11-15", TAXED, text=f"LISBON - {REPORT}", publisher="Quay Times"))
        clock.wind(days=1)
        tracker.ingest(news("h", "2024-11-14", TAXED, text=f"{REPORT} (With agencies)", copy_of="agency"))
        clock.wind(days=1)
        tracker.announce_due("30d", on="2026-01-01")
        tracker.ingest(news("e", "2024-11-20", TAXED))
        clock.wind(days=1)
        tracker.forget("e", by="me", why="its publisher asked")
        clock.wind(days=1)
        tracker.reject(tracker.ledger.claims(clock.now, [CORK])[0].id, by="me", why="no such thing")
        assert tracker.doctor().is_sound
    return path


def damaged(whole: Path, folder: Path, column: str, value: str) -> Iterator[Path]:
    """The ledger with one row made other in a column, row by row; not where the database itself refuses it."""
    table, name = column.split(".")
    keys = ", ".join(column.name for column in metadata.tables[table].primary_key) or "rowid"
    connection = sqlite3.connect(whole)
    rows = connection.execute(f'SELECT {keys} FROM "{table}" WHERE "{name}" IS NOT ({value})').fetchall()
    connection.close()
    for row in [*rows[:1], *rows[1:][-2 if column in SILENT else -1 :]]:
        path = folder / f"{uuid.uuid4()}.db"
        shutil.copy(whole, path)
        with contextlib.suppress(sqlite3.IntegrityError):
            which = ", ".join(map(repr, row))
            change(path, f'UPDATE "{table}" SET "{name}" = {value} WHERE ({keys}) = ({which})')
            yield path


def is_told(path: Path) -> bool:
    try:
        return not examined(path).is_sound
    except LedgerError as error:
        return "was written by policytrack" in str(error)


@pytest.mark.parametrize("column", COLUMNS)
def test_a_row_that_was_made_other_in_any_column_is_found(whole: Path, tmp_path: Path, column: str) -> None:
    quoted = '"' + column.split(".")[1] + '"'
    told = [is_told(path) for path in damaged(whole, tmp_path, column, OTHERWISE.format(quoted))]
    told += [is_told(path) for path in damaged(whole, tmp_path, column, "NULL")]
    if column.endswith(".payload"):
        told += [is_told(path) for value in ("'{}'", "'[]'", "'7'") for path in damaged(whole, tmp_path, column, value)]
    assert all(told) or column in SILENT, told
    assert column not in SILENT or not all(told) or not told, "it is found by now: take it off the list"


def test_no_table_is_left_out(whole: Path) -> None:
    connection = sqlite3.connect(whole)
    rows = {name: connection.execute(f'SELECT count(*) FROM "{name}"').fetchone()[0] for name in metadata.tables}
    connection.close()
    assert all(rows.values()), rows
    assert SILENT.keys() <= {*COLUMNS}


@pytest.mark.parametrize(
    "statement",
    [
        "DELETE FROM shifts WHERE superseded_at IS NULL",
        "DELETE FROM states",
        "UPDATE states SET status = 'suspended', first_day = 7",
        "UPDATE states SET payload = '{}'",
        "UPDATE shifts SET correction = NOT correction, direction = 'neither'",
        "INSERT INTO states SELECT NULL, id, policy, status, valid_from, valid_to, first_day, end_day, payload, rules, "
        "recorded_at, NULL FROM states WHERE superseded_at IS NULL",
    ],
)
def test_where_it_advises_a_rerun_that_puts_right_what_stands(whole: Path, tmp_path: Path, statement: str) -> None:
    shutil.copy(whole, tmp_path / "watch.db")
    with opened(whole) as tracker:
        before = list(tracker.ledger.export_canonical())
    change(tmp_path / "watch.db", statement)
    with opened(tmp_path / "watch.db") as tracker:
        assert not tracker.doctor().is_sound
        tracker.rerun()
        left = tracker.doctor().findings
        assert [each for each in left if "rerun" in each.remedy] == []
        assert {each.invariant for each in left} <= {"states", "shifts", "alerts"}, "rows that stand no longer"
        assert list(tracker.ledger.export_canonical()) == before


def test_rules_that_wrote_nothing_are_not_compared(path: Path, tmp_path: Path) -> None:
    pack = "pack: other\nversion: 1\npolicies:\n  - {id: pt.wax.export, title: Wax, instrument: [wax]}\n"
    with open_tracker(path, rules=rules_folder(tmp_path / "rules", pack), clock=Clock(), extractor=Reader()) as tracker:
        found = tracker.doctor()
    assert found.is_sound and found.derived == 0
    assert "other rules wrote to it last" in found.note
    assert CORK in found.left


@settings(max_examples=12, deadline=None)
@given(histories())
def test_whatever_was_taken_in_and_read_again_the_ledger_is_sound(articles: list[Article]) -> None:
    with opened() as tracker:
        for article in articles:
            tracker.ingest(article)
        assert tracker.doctor().is_sound
        tracker.rerun()
        assert {each.invariant for each in tracker.doctor().findings} <= {"alerts"}, "of shifts that stand no longer"


def test_as_a_person_and_as_a_program_see_it(path: Path, tmp_path: Path) -> None:
    flags = ["--db", str(path), "--rules", str(rules_folder(tmp_path / "rules"))]
    done = RUNNER.invoke(app, ["ledger", "doctor", *flags])
    assert (done.exit_code, done.stdout.split(":")[0]) == (0, "sound")
    change(path, "UPDATE states SET status = 'suspended' WHERE key = 1")
    done = RUNNER.invoke(app, ["ledger", "doctor", *flags])
    assert done.exit_code == 1 and "1 finding:" in done.stdout and "`policytrack ledger rerun`" in done.stdout
    whole = json.loads(RUNNER.invoke(app, ["ledger", "doctor", *flags, "--format", "json"]).stdout)
    assert (whole["schema"], [each["invariant"] for each in whole["findings"]]) == (1, ["states"])
    assert RUNNER.invoke(app, ["ledger", "doctor", "--db", str(tmp_path / "none.db")]).exit_code == 4
