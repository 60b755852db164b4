"""The doctor: a sound ledger is sound, and each thing that can be wrong with one is found."""

from __future__ import annotations

import json
import sqlite3
from pathlib import Path

import pytest
from hypothesis import given, settings
from typer.testing import CliRunner

from policytrack.cli import app
from policytrack.doctor import Diagnosis
from policytrack.errors import LedgerError
from policytrack.model import Article
from policytrack.tracker import Tracker, open_tracker
from tests.test_tracker import BANNED, CORK, LIFTED, TAXED, Clock, Reader, histories, house, news, rules_folder

RUNNER = CliRunner()
NOTICE = "INSERT INTO notices (shift, recorded_at) VALUES (x'00000000000000000000000000000001', 1)"


def opened(path: str | Path = ":memory:") -> Tracker:
    return open_tracker(path, rules=house(), clock=Clock(), extractor=Reader())


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A ledger of three articles, one of them revised."""
    with opened(tmp_path / "watch.db") as tracker:
        tracker.ingest(
            [news("a", "2024-11-12", LIFTED), news("b", "2024-11-20", BANNED), news("c", "2024-11-15", TAXED)]
        )
        tracker.ingest(news("c", "2024-11-15", TAXED, text="Another text of the same article."))
    return tmp_path / "watch.db"


def change(path: Path, *statements: str) -> None:
    connection = sqlite3.connect(path)
    connection.execute("PRAGMA foreign_keys=OFF")
    for statement in statements:
        connection.execute(statement)
    connection.commit()
    connection.close()


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
        (NOTICE, "notices", "s-0", "there is no such shift"),
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
        advice = {each.remedy for each in tracker.doctor().findings if each.invariant != "notices"}
        assert advice == {"Run `policytrack ledger rerun`: it derives states and shifts again from the claims."}
        tracker.rerun()
        assert tracker.doctor().is_sound


def test_rules_that_wrote_nothing_are_not_compared(path: Path, tmp_path: Path) -> None:
    pack = "pack: other\nversion: 1\npolicies:\n  - {id: pt.wax.export, title: Wax, instrument: [wax]}\n"
    with open_tracker(path, rules=rules_folder(tmp_path / "rules", pack), clock=Clock(), extractor=Reader()) as tracker:
        found = tracker.doctor()
    assert found.is_sound and found.derived == 0
    assert "other rules wrote to it last" in found.note
    assert CORK in found.left


@settings(max_examples=25, deadline=None)
@given(histories())
def test_whatever_was_taken_in_and_read_again_the_ledger_is_sound(articles: list[Article]) -> None:
    with opened() as tracker:
        for article in articles:
            tracker.ingest(article)
        assert tracker.doctor().is_sound
        tracker.rerun()
        assert tracker.doctor().is_sound


def test_as_a_person_and_as_a_program_see_it(path: Path, tmp_path: Path) -> None:
    flags = ["--db", str(path), "--rules", str(rules_folder(tmp_path / "rules"))]
    done = RUNNER.invoke(app, ["ledger", "doctor", *flags])
    assert (done.exit_code, done.stdout.split(":")[0]) == (0, "sound")
    change(path, "UPDATE states SET status = 'suspended' WHERE key = 1")
    done = RUNNER.invoke(app, ["ledger", "doctor", *flags])
    assert done.exit_code == 1 and "1 finding:" in done.stdout and "Run `policytrack ledger rerun`" in done.stdout
    whole = json.loads(RUNNER.invoke(app, ["ledger", "doctor", *flags, "--format", "json"]).stdout)
    assert (whole["schema"], [each["invariant"] for each in whole["findings"]]) == (1, ["states"])
    assert RUNNER.invoke(app, ["ledger", "doctor", "--db", str(tmp_path / "none.db")]).exit_code == 4
