"""The schema of the ledger's tables: its version, and the steps that lead to it from every earlier one."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from sqlalchemy import (
    BigInteger,
    Column,
    Connection,
    ForeignKey,
    Integer,
    LargeBinary,
    Text,
    UniqueConstraint,
    insert,
    inspect,
    select,
    text,
    update,
)
from sqlalchemy.dialects import postgresql

from policytrack.ledger.tables import ledger, metadata
from policytrack.logs import get_logger
from policytrack.version import this_version

if TYPE_CHECKING:
    from alembic.operations import Operations

SCHEMA_VERSION = 4

_log = get_logger()


def bring_forward(connection: Connection) -> None:
    """Nothing; the tables follow the schema of this version, and say so: new ones, or brought forward from older."""
    if not inspect(connection).has_table(ledger.name):
        metadata.create_all(connection)
        connection.execute(insert(ledger).values(schema=SCHEMA_VERSION, written_by=this_version()))
        return
    before = schema_of(connection)
    if before < SCHEMA_VERSION:
        from alembic.migration import MigrationContext  # takes a tenth of a second that few runs need
        from alembic.operations import Operations

        operations = Operations(MigrationContext.configure(connection))
        for schema in range(before + 1, SCHEMA_VERSION + 1):
            _STEPS[schema](operations)
        connection.execute(update(ledger).values(schema=SCHEMA_VERSION, written_by=this_version()))
        _log.warning(
            "the ledger is brought forward: earlier versions of policytrack cannot use it any more",
            schema=SCHEMA_VERSION,
            before=before,
        )


def schema_of(connection: Connection) -> int:
    """The version of the schema that the tables follow."""
    return int(connection.execute(select(ledger.c.schema)).scalar_one())


def _to_2(alter: Operations) -> None:
    """Batches say why they were recorded."""
    alter.add_column("batches", Column("cause", Text, nullable=False, server_default="articles"))


def _to_3(alter: Operations) -> None:
    """What a moment did to a table is found without reading all of it."""
    for table in ("claims", "states", "shifts"):
        alter.create_index(f"{table}_by_recording", table, ["recorded_at"])
        alter.create_index(f"{table}_by_superseding", table, ["superseded_at"])


def _to_4(alter: Operations) -> None:
    """What people decided about claims, and whose text was removed; the copies of an article are found at once;
    an index of what stands no longer has nothing else in it."""
    key = BigInteger().with_variant(Integer, "sqlite")
    name = Text().with_variant(postgresql.TEXT(collation="C"), "postgresql")
    words = Text().with_variant(LargeBinary(), "postgresql")
    alter.create_table(
        "decisions",
        Column("key", key, primary_key=True),
        Column("id", LargeBinary(16), nullable=False),
        Column("claim", LargeBinary(16), nullable=False),
        Column("article", words, nullable=False),
        Column("policy", name),
        Column("to_policy", name),
        Column("decision", name, nullable=False),
        Column("payload", Text, nullable=False),
        Column("recorded_at", BigInteger, nullable=False),
        Column("superseded_at", BigInteger),
    )
    for column in ("id", "claim", "article", "policy", "to_policy"):
        alter.create_index(f"decisions_by_{column}", "decisions", [column])
    alter.create_index("decisions_by_recording", "decisions", ["recorded_at"])
    for table in ("claims", "states", "shifts"):
        alter.drop_index(f"{table}_by_superseding", table)
    ended = text("superseded_at IS NOT NULL")
    for table in ("claims", "states", "shifts", "decisions"):
        index = f"{table}_by_superseding"
        alter.create_index(index, table, ["superseded_at"], sqlite_where=ended, postgresql_where=ended)
    alter.create_table(
        "removals",
        Column("key", key, primary_key=True),
        Column("article", key, ForeignKey("articles.key"), nullable=False),
        Column("payload", Text, nullable=False),
        Column("recorded_at", BigInteger, nullable=False),
        UniqueConstraint("article"),
    )
    alter.create_index("removals_by_recording", "removals", ["recorded_at"])
    alter.create_index("articles_by_original", "articles", ["copy_of"])


# A step names tables and columns as they were at its time: `tables` has gone on since.
_STEPS: Mapping[int, Callable[[Operations], None]] = {2: _to_2, 3: _to_3, 4: _to_4}
"""What leads to each schema from the one before it."""
