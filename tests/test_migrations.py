"""Every schema that a ledger ever had is brought forward to what a new one has, with all that it holds."""

from __future__ import annotations

import datetime
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import column, create_engine, inspect, make_url, select, table
from typer.testing import CliRunner

from policytrack.cli import app
from policytrack.errors import LedgerError
from policytrack.ledger import Ledger
from policytrack.ledger.migrations import SCHEMA_VERSION, bring_forward, schema_of
from policytrack.ledger.tables import ledger, metadata
from policytrack.packs import load_rules
from policytrack.tracker import open_tracker
from tests import postgres
from tests.builders import RULES, SALT_PACK

SALT = "in.salt.export"
FIXTURES = sorted((Path(__file__).parent / "ledgers").glob("schema-*.db"))


def test_there_is_a_ledger_of_every_earlier_schema() -> None:
    assert [path.stem for path in FIXTURES] == [f"schema-{number}" for number in range(1, SCHEMA_VERSION)]


@pytest.mark.parametrize("fixture", FIXTURES, ids=lambda path: path.stem)
def test_it_comes_to_what_a_new_ledger_has(fixture: Path, tmp_path: Path) -> None:
    shutil.copy(fixture, tmp_path / "old.db")
    with create_engine(f"sqlite:///{tmp_path / 'old.db'}").begin() as connection:
        assert schema_of(connection) == int(fixture.stem.removeprefix("schema-"))
        bring_forward(connection)
        assert schema_of(connection) == SCHEMA_VERSION
        assert compare_metadata(MigrationContext.configure(connection), metadata) == []
    with create_engine("sqlite://").begin() as fresh:
        bring_forward(fresh)
        assert compare_metadata(MigrationContext.configure(fresh), metadata) == []


@pytest.mark.parametrize("fixture", FIXTURES, ids=lambda path: path.stem)
def test_what_it_holds_is_there_afterwards(fixture: Path, tmp_path: Path) -> None:
    path = tmp_path / "old.db"
    shutil.copy(fixture, path)
    before = _held(path)
    with Ledger(path).batch(lambda latest: latest, "0" * 32):  # type: ignore[arg-type,return-value]
        pass
    after = _held(path)
    notices, dues = before.pop("notices"), before.pop("dues", 0)
    assert {name: after.pop(name) for name in before} == before
    assert (after.pop("news"), after.pop("alert_news")) == (notices, notices)
    assert (after.pop("alerts"), after.pop("deliveries")) == (notices + dues, notices + dues)
    assert after.pop("attempts") <= notices + dues
    derived = after.pop("copies", 0)
    assert derived == (2 if fixture.stem == "schema-4" else 0), "by what the articles say of themselves"
    assert not any(after.values()), "tables that came later are empty"
    with create_engine(f"sqlite:///{path}").begin() as connection:
        assert connection.execute(select(ledger)).all()[0].schema == SCHEMA_VERSION


def test_who_speaks_for_whom_is_answered_as_before(tmp_path: Path) -> None:
    """One article of that ledger names its original, which came a day later."""
    path = tmp_path / "old.db"
    shutil.copy(FIXTURES[3], path)
    ledger = Ledger(path)
    first, _ = ledger.moments()  # type: ignore[misc]
    moments = [first + datetime.timedelta(days=days) for days in range(7)]
    before = [ledger.entries(moment, [SALT]) for moment in moments]
    sources = [[entry.source for entry in entries if entry.claim.article_id == "reprint"] for entries in before]
    assert sources[:2] == [["article pans"], ["wire a"]] and sources[-1] == ["wire a"]
    with ledger.batch(lambda latest: latest, "0" * 32):  # type: ignore[arg-type,return-value]
        pass
    assert [ledger.entries(moment, [SALT]) for moment in moments] == before
    assert ledger.findings() == []


def test_what_was_recorded_before_is_compared_by_the_next_rerun(tmp_path: Path) -> None:
    path, pack = tmp_path / "old.db", tmp_path / "salt.yaml"
    shutil.copy(FIXTURES[3], path)
    pack.write_text(SALT_PACK, encoding="utf-8")
    with open_tracker(path, rules=load_rules(RULES, [pack])) as tracker:
        known = tracker.ledger.moments()[1]  # type: ignore[index]
        before = {entry.claim.article_id: entry.source for entry in tracker.ledger.entries(known, [SALT])}
        tracker.rerun()
        now = tracker.ledger.moments()[1]  # type: ignore[index]
        after = {entry.claim.article_id: entry.source for entry in tracker.ledger.entries(now, [SALT])}
        assert (before["edit"], after["edit"], after["long"]) == ("wire d", "wire c", "wire c")
        assert {entry.claim.article_id: entry.source for entry in tracker.ledger.entries(known, [SALT])} == before
        assert tracker.doctor().is_sound


def _held(path: Path) -> dict[str, int]:
    """How many rows each table holds, but for what each batch adds."""
    with create_engine(f"sqlite:///{path}").begin() as connection:
        names = [name for name in inspect(connection).get_table_names() if name != "batches"]
        return {name: connection.exec_driver_sql(f"SELECT count(*) FROM {name}").scalar_one() for name in names}


@pytest.mark.parametrize("fixture", FIXTURES, ids=lambda path: path.stem)
def test_what_an_older_file_cannot_say_is_said(fixture: Path, tmp_path: Path) -> None:
    path = tmp_path / "old.db"
    shutil.copy(fixture, path)
    ledger = Ledger(path)
    if fixture.stem == "schema-1":
        with pytest.raises(LedgerError, match=r"is of schema 1, .* brings it forward"):
            ledger.changes()
    assert ledger.findings() == []
    with ledger.batch(lambda latest: latest, "0" * 32):  # type: ignore[arg-type,return-value]
        pass
    assert ledger.changes().changes
    assert {change.of for change in ledger.changes().changes} - {"decision"} == {"claim", "state", "shift"}


@pytest.mark.parametrize("fixture", FIXTURES, ids=lambda path: path.stem)
@pytest.mark.parametrize(
    "words",
    [
        "states", "states --due 30d", "shifts", "policies", "diff 2023-01-01 2024-01-01", "why in.salt.export",
        "ledger export --canonical", "ledger doctor", "review", "ledger rerun --dry-run",
    ],
)  # fmt: skip
def test_a_question_leaves_an_older_file_as_it_is(fixture: Path, tmp_path: Path, words: str) -> None:
    path = tmp_path / "old.db"
    shutil.copy(fixture, path)
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA journal_mode=WAL")  # as every ledger is, and the fixtures are not
    before = path.read_bytes()
    done = CliRunner().invoke(app, [*words.split(), "--db", str(path)])
    assert done.exit_code == 0 or (done.exit_code == 2 and "in.salt.export is recorded" in done.stderr), done.stderr
    assert [file.name for file in tmp_path.iterdir() if not file.name.endswith(".rerun")] == ["old.db"]
    assert path.read_bytes() == before


def test_who_brings_a_ledger_forward_is_told(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    shutil.copy(FIXTURES[0], tmp_path / "old.db")
    for _ in range(2):
        with Ledger(tmp_path / "old.db").batch(lambda latest: latest, "0" * 32):  # type: ignore[arg-type,return-value]
            pass
    told = [record.msg for record in caplog.records if "brought forward" in str(record.msg)]
    assert len(told) == 1 and (told[0]["before"], told[0]["schema"]) == (1, SCHEMA_VERSION)


@pytest.mark.parametrize("schema", range(1, SCHEMA_VERSION))
def test_so_it_is_on_a_server(schema: int) -> None:
    """There an older schema is made by taking back what each step does."""
    with create_engine(make_url(postgres.url()).set(drivername="postgresql+psycopg")).begin() as connection:
        bring_forward(connection)
        for step in range(SCHEMA_VERSION, schema, -1):
            for statement in TAKEN_BACK[step]:
                connection.exec_driver_sql(statement)
        connection.exec_driver_sql(f"UPDATE ledger SET schema = {schema}")
        bring_forward(connection)
        assert schema_of(connection) == SCHEMA_VERSION
        assert compare_metadata(MigrationContext.configure(connection), metadata) == []


OF = ("claims", "states", "shifts")
OUTBOX = ("attempts", "deliveries", "alert_news", "alerts", "news", "subscriptions", "silences")
TOLD = "recorded_at BIGINT NOT NULL, announced_at BIGINT, failures TEXT"
TAKEN_BACK = {
    6: [
        *(f"DROP TABLE {table}" for table in OUTBOX),
        f"CREATE TABLE notices (key BIGSERIAL PRIMARY KEY, shift BYTEA NOT NULL, {TOLD})",
        f"CREATE TABLE dues (key BIGSERIAL PRIMARY KEY, policy TEXT, what TEXT, due_on TEXT, {TOLD})",
    ],
    5: [f"DROP TABLE {table}" for table in ("bands", "compared", "copies", "likenesses")],
    4: [
        "DROP TABLE decisions",
        "DROP TABLE removals",
        "DROP TABLE dues",
        "DROP INDEX articles_by_original",
        "DROP INDEX states_by_policy",
        "CREATE INDEX states_by_policy ON states (policy, first_day)",
        *(f"DROP INDEX {table}_by_superseding" for table in OF),
        *(f"CREATE INDEX {table}_by_superseding ON {table} (superseded_at)" for table in OF),
        "ALTER TABLE shifts DROP COLUMN holds_from",
    ],
    3: [f"DROP INDEX {table}_by_{moment}" for table in OF for moment in ("recording", "superseding")],
    2: ["ALTER TABLE batches DROP COLUMN cause"],
}


def test_what_hooks_were_told_is_known_on_a_server_too() -> None:
    place = postgres.url()
    with create_engine(make_url(place).set(drivername="postgresql+psycopg")).begin() as connection:
        bring_forward(connection)
        for statement in TAKEN_BACK[6]:
            connection.exec_driver_sql(statement)
        with closing(sqlite3.connect(FIXTURES[4])) as old:
            for name in ("shifts", "states", "notices", "dues"):
                rows = old.execute(f"SELECT * FROM {name}")
                columns = [each[0] for each in rows.description]
                for row in rows.fetchall():
                    told = dict(zip(columns, row, strict=True))
                    told = {key: bool(value) if key == "correction" else value for key, value in told.items()}
                    into = table(name, *(column(each) for each in told))
                    connection.execute(into.insert().values(told))
        connection.exec_driver_sql("UPDATE ledger SET schema = 5")
        bring_forward(connection)
    ledger = Ledger(place)
    waiting = [ledger.outbox.alert(delivery.alert) for delivery in ledger.outbox.waiting([""])]
    assert [(each.subscription, each.about and each.about["on"]) for each in waiting] == [
        ("", None),
        ("", "2025-07-01"),
    ]


def test_what_hooks_were_told_and_what_is_left_is_known_afterwards(tmp_path: Path) -> None:
    """Of that ledger one shift was told in vain and one is left, of its dates one was told in vain and one is left."""
    path = tmp_path / "old.db"
    shutil.copy(FIXTURES[4], path)
    ledger = Ledger(path)
    with ledger.batch(lambda latest: latest, "0" * 32):  # type: ignore[arg-type,return-value]
        pass
    assert ledger.findings() == []
    found = {}
    for delivery in ledger.outbox.waiting():
        alert = ledger.outbox.alert(delivery.alert)
        found[alert.gathers] = (delivery.channel, alert.about and alert.about["what"], alert.policies)
    left = "s-87dc0eb2eb6774699106f7b9dafb9ef3-confirmed"
    ends = f"{SALT} comes_into_force 2025-07-01"
    assert found == {left: ("", None, (SALT,)), ends: ("", "comes_into_force", (SALT,))}
