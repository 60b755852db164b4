"""The schema of the ledger's tables: its version, and the steps that lead to it from every earlier one."""

from __future__ import annotations

import json
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
    column,
    insert,
    inspect,
    select,
    table,
    text,
    update,
)
from sqlalchemy.dialects import postgresql

from policytrack.dates import first_day
from policytrack.ledger import copying
from policytrack.ledger.tables import ledger, metadata
from policytrack.logs import get_logger
from policytrack.version import this_version

if TYPE_CHECKING:
    from alembic.operations import Operations

SCHEMA_VERSION = 5

CAUSES = 2
"""The schema since which batches say why they were recorded."""

DECISIONS = 4
"""The schema since which there are decisions, removals and what fell due, and shifts say from when they hold."""

COPIES = 5
"""The schema since which copies are kept."""

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
        if before < COPIES:
            copying.derive_given(connection)
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
    for name in ("claims", "states", "shifts"):
        alter.create_index(f"{name}_by_recording", name, ["recorded_at"])
        alter.create_index(f"{name}_by_superseding", name, ["superseded_at"])


def _to_4(alter: Operations) -> None:
    """What people decided, whose text was removed, what fell due; indexes by which a large ledger answers fast."""
    _make_decisions(alter)
    _make_removals(alter)
    _make_dues(alter)
    alter.create_index("articles_by_original", "articles", ["copy_of"])
    alter.drop_index("states_by_policy", "states")
    looked_up = ["policy", "first_day", "end_day", "recorded_at", "superseded_at"]
    alter.create_index("states_by_policy", "states", looked_up)
    ended = text("superseded_at IS NOT NULL")
    for of in ("claims", "states", "shifts"):
        alter.drop_index(f"{of}_by_superseding", of)
    for of in ("claims", "states", "shifts", "decisions"):
        index = f"{of}_by_superseding"
        alter.create_index(index, of, ["superseded_at"], sqlite_where=ended, postgresql_where=ended)
    alter.add_column("shifts", Column("holds_from", Integer))
    alter.create_index("shifts_by_holding", "shifts", ["holds_from"])
    _fill_holds_from(alter.get_bind())


def _to_5(alter: Operations) -> None:
    """Which articles are copies; those that were recorded before are compared with others by the next rerun."""
    key = BigInteger().with_variant(Integer, "sqlite")
    words = Text().with_variant(LargeBinary(), "postgresql")
    alter.create_table(
        "compared",
        Column("article", key, ForeignKey("articles.key"), primary_key=True, autoincrement=False),
        Column("recorded_at", BigInteger, nullable=False),
    )
    alter.create_table(
        "bands",
        Column("band", BigInteger, primary_key=True),
        Column("first_day", Integer, primary_key=True),
        Column("article", key, ForeignKey("articles.key"), primary_key=True),
        Column("last_day", Integer, nullable=False),
        sqlite_with_rowid=False,
    )
    alter.create_table(
        "likenesses",
        Column("key", key, primary_key=True),
        Column("one", key, ForeignKey("articles.key"), nullable=False),
        Column("other", key, ForeignKey("articles.key"), nullable=False),
        Column("percent", Integer, nullable=False),
        Column("recorded_at", BigInteger, nullable=False),
        UniqueConstraint("one", "other"),
    )
    alter.create_table(
        "copies",
        Column("key", key, primary_key=True),
        Column("article", words, nullable=False),
        Column("original", words, nullable=False),
        Column("source", words, nullable=False),
        Column("told_first", Text().with_variant(postgresql.TEXT(collation="C"), "postgresql")),
        Column("recorded_at", BigInteger, nullable=False),
        Column("superseded_at", BigInteger),
    )
    alter.create_index("likenesses_by_other", "likenesses", ["other"])
    alter.create_index("likenesses_by_recording", "likenesses", ["recorded_at"])
    for by in ("article", "original"):
        alter.create_index(f"copies_by_{by}", "copies", [by])
    alter.create_index("copies_by_recording", "copies", ["recorded_at"])
    ended = text("superseded_at IS NOT NULL")
    index = "copies_by_superseding"
    alter.create_index(index, "copies", ["superseded_at"], sqlite_where=ended, postgresql_where=ended)


def _make_decisions(alter: Operations) -> None:
    name = Text().with_variant(postgresql.TEXT(collation="C"), "postgresql")
    alter.create_table(
        "decisions",
        Column("key", BigInteger().with_variant(Integer, "sqlite"), primary_key=True),
        Column("id", LargeBinary(16), nullable=False),
        Column("claim", LargeBinary(16), nullable=False),
        Column("article", Text().with_variant(LargeBinary(), "postgresql"), nullable=False),
        Column("policy", name),
        Column("to_policy", name),
        Column("decision", name, nullable=False),
        Column("payload", Text, nullable=False),
        Column("recorded_at", BigInteger, nullable=False),
        Column("superseded_at", BigInteger),
    )
    for by in ("id", "claim", "article", "policy", "to_policy"):
        alter.create_index(f"decisions_by_{by}", "decisions", [by])
    alter.create_index("decisions_by_recording", "decisions", ["recorded_at"])


def _make_removals(alter: Operations) -> None:
    key = BigInteger().with_variant(Integer, "sqlite")
    alter.create_table(
        "removals",
        Column("key", key, primary_key=True),
        Column("article", key, ForeignKey("articles.key"), nullable=False),
        Column("payload", Text, nullable=False),
        Column("recorded_at", BigInteger, nullable=False),
        UniqueConstraint("article"),
    )
    alter.create_index("removals_by_recording", "removals", ["recorded_at"])


def _make_dues(alter: Operations) -> None:
    name = Text().with_variant(postgresql.TEXT(collation="C"), "postgresql")
    alter.create_table(
        "dues",
        Column("key", BigInteger().with_variant(Integer, "sqlite"), primary_key=True),
        Column("policy", name, nullable=False),
        Column("what", name, nullable=False),
        Column("due_on", name, nullable=False),
        Column("recorded_at", BigInteger, nullable=False),
        Column("announced_at", BigInteger),
        Column("failures", Text),
        UniqueConstraint("due_on", "policy", "what"),
    )


def _fill_holds_from(connection: Connection) -> None:
    """Nothing; each shift that schedules something has the day of it."""
    shifts = table("shifts", column("key", Integer), column("payload", Text), column("holds_from", Integer))
    scheduling = select(shifts.c.key, shifts.c.payload).where(shifts.c.payload.contains('"scheduled":{'))
    for key, payload in connection.execute(scheduling).all():
        on = (json.loads(payload)["after"]["scheduled"] or {}).get("on")
        if on is not None:
            day = first_day(on).toordinal()
            connection.execute(update(shifts).where(shifts.c.key == key).values(holds_from=day))


# A step names tables and columns as they were at its time: `tables` has gone on since.
_STEPS: Mapping[int, Callable[[Operations], None]] = {2: _to_2, 3: _to_3, 4: _to_4, 5: _to_5}
"""What leads to each schema from the one before it."""
