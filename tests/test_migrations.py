"""Every schema that a ledger ever had is brought forward to what a new one has, with all that it holds."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import create_engine, inspect, select

from policytrack.errors import LedgerError
from policytrack.ledger import Ledger
from policytrack.ledger.migrations import SCHEMA_VERSION, bring_forward, schema_of
from policytrack.ledger.tables import ledger, metadata

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
    assert {name: after.pop(name) for name in before} == before
    assert not any(after.values()), "tables that came later are empty"
    with create_engine(f"sqlite:///{path}").begin() as connection:
        assert connection.execute(select(ledger)).all()[0].schema == SCHEMA_VERSION


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
    assert {change.of for change in ledger.changes().changes} == {"claim", "state", "shift"}
