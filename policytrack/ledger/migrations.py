"""The schema of the ledger's tables: its version, and the steps that lead to it from every earlier one."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Connection,
    ForeignKey,
    Integer,
    LargeBinary,
    RowMapping,
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

SCHEMA_VERSION = 6

CAUSES = 2
"""The schema since which batches say why they were recorded."""

DECISIONS = 4
"""The schema since which there are decisions, removals and what fell due, and shifts say from when they hold."""

COPIES = 5
"""The schema since which copies are kept."""

OUTBOX = 6
"""The schema since which there is news, and alerts of it."""

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


def _to_6(alter: Operations) -> None:
    """The outbox. What nobody was told yet is left to whatever function or command comes next."""
    _make_news(alter)
    _make_alerts(alter)
    _fill_outbox(alter.get_bind())
    alter.drop_table("notices")
    alter.drop_table("dues")


def _make_news(alter: Operations) -> None:
    name = Text().with_variant(postgresql.TEXT(collation="C"), "postgresql")
    alter.create_table(
        "news",
        Column("key", BigInteger().with_variant(Integer, "sqlite"), primary_key=True),
        Column("shift", LargeBinary(16), nullable=False),
        Column("first", LargeBinary(16), nullable=False),
        Column("before", LargeBinary(16)),
        Column("policy", name, nullable=False),
        Column("what", name),
        Column("stage", name, nullable=False),
        Column("correction", Boolean, nullable=False),
        Column("telling", name, nullable=False),
        Column("recorded_at", BigInteger, nullable=False),
    )
    alter.create_index("news_by_shift", "news", ["shift"])
    alter.create_index("news_by_first", "news", ["first"])
    alter.create_index("news_by_recording", "news", ["recorded_at"])


def _make_alerts(alter: Operations) -> None:
    name = Text().with_variant(postgresql.TEXT(collation="C"), "postgresql")
    words = Text().with_variant(LargeBinary(), "postgresql")
    key = BigInteger().with_variant(Integer, "sqlite")
    alter.create_table(
        "alerts",
        Column("key", key, primary_key=True),
        Column("subscription", words, nullable=False),
        Column("gathers", name, nullable=False),
        Column("about", Text),
        Column("send_at", BigInteger, nullable=False),
        Column("id", name),
        Column("policies", Text),
        Column("known", BigInteger),
        UniqueConstraint("subscription", "gathers"),
    )
    alter.create_index("alerts_by_closing", "alerts", ["known", "send_at"])
    alter.create_index("alerts_by_id", "alerts", ["id"])
    alter.create_table(
        "alert_news",
        Column("alert", key, ForeignKey("alerts.key"), primary_key=True, autoincrement=False),
        Column("news", key, ForeignKey("news.key"), primary_key=True, autoincrement=False),
        Column("left_out", name),
    )
    alter.create_index("alert_news_by_news", "alert_news", ["news"])
    alter.create_table(
        "deliveries",
        Column("key", key, primary_key=True),
        Column("alert", key, ForeignKey("alerts.key"), nullable=False),
        Column("channel", words, nullable=False),
        Column("status", name, nullable=False),
        Column("tries", Integer, nullable=False),
        Column("next_at", BigInteger, nullable=False),
        Column("ended_at", BigInteger),
        UniqueConstraint("alert", "channel"),
    )
    alter.create_index("deliveries_by_channel", "deliveries", ["channel", "status"])
    alter.create_table(
        "attempts",
        Column("key", key, primary_key=True),
        Column("delivery", key, ForeignKey("deliveries.key"), nullable=False),
        Column("begun_at", BigInteger, nullable=False),
        Column("ended_at", BigInteger),
        Column("taken", Boolean),
        Column("told", words),
    )
    alter.create_index("attempts_by_delivery", "attempts", ["delivery"])
    alter.create_table(
        "subscriptions",
        Column("name", words, primary_key=True),
        Column("since", BigInteger, nullable=False),
        Column("read_to", key, nullable=False),
    )
    alter.create_table(
        "silences",
        Column("key", key, primary_key=True),
        Column("payload", Text, nullable=False),
        Column("recorded_at", BigInteger, nullable=False),
        Column("ended_at", BigInteger),
    )


def _fill_outbox(connection: Connection) -> None:
    """Nothing; what functions and commands were told, and have yet to be told, is told by the tables of now."""
    words = text(
        "SELECT policy, payload FROM shifts WHERE id = :id AND NOT correction ORDER BY recorded_at, key LIMIT 1"
    )
    for row in connection.execute(text("SELECT * FROM notices ORDER BY key")).mappings().all():
        shift = connection.execute(words, {"id": row["shift"]}).first()
        if shift is None:  # a notice of nothing: there is nothing to tell
            continue
        stage = json.loads(shift.payload)["stage"]
        told = {"shift": row["shift"], "first": row["shift"], "policy": shift.policy, "what": "new", "stage": stage}
        more = {"correction": False, "telling": "each", "recorded_at": row["recorded_at"]}
        key = _put(connection, "news", {**told, **more})
        alert = _left(connection, f"s-{bytes(row['shift']).hex()}-{stage}", shift.policy, None, row)
        _put(connection, "alert_news", {"alert": alert, "news": key})
    for row in connection.execute(text("SELECT * FROM dues ORDER BY key")).mappings().all():
        due = {"what": row["what"], "policy": row["policy"], "on": row["due_on"]}
        state = _saying(connection, row)
        if state is not None:
            gathers = f"{row['policy']} {row['what']} {row['due_on']}"
            _left(connection, gathers, row["policy"], {**due, "state": state}, row)


def _left(connection: Connection, gathers: str, policy: str, about: object, row: RowMapping) -> int:
    """The key of an alert that is for whatever function or command comes next, or that was."""
    nobody = b"" if connection.dialect.name == "postgresql" else ""
    moments = {"send_at": row["recorded_at"], "known": row["recorded_at"]}
    told = {"about": about and json.dumps(about), "policies": json.dumps([policy])}
    alert = _put(connection, "alerts", {"subscription": nobody, "gathers": gathers, "id": gathers, **told, **moments})
    ended, failures = row["announced_at"], row["failures"]
    status = "waiting" if ended is None else "dead" if failures else "sent"
    made = {"alert": alert, "channel": nobody, "status": status, "tries": int(ended is not None), "ended_at": ended}
    delivery = _put(connection, "deliveries", {**made, "next_at": row["recorded_at"]})
    if ended is not None:
        said = "; ".join(json.loads(failures)) if failures else "called"
        tried = {"begun_at": ended, "ended_at": ended, "taken": not failures}
        told_so = said.encode() if connection.dialect.name == "postgresql" else said
        _put(connection, "attempts", {"delivery": delivery, "told": told_so, **tried})
    return alert


def _saying(connection: Connection, row: RowMapping) -> str | None:
    """The id of the state that said first what falls due."""
    query = text("SELECT id, payload FROM states WHERE policy = :policy ORDER BY recorded_at, key")
    for name, payload in connection.execute(query, {"policy": row["policy"]}):
        state = json.loads(payload)
        on = state["until"] if row["what"] == "ends" else (state["scheduled"] or {}).get("on")
        if on == row["due_on"]:
            return f"p-{bytes(name).hex()}"
    return None


def _put(connection: Connection, name: str, row: Mapping[str, object]) -> int:
    """The key of a new row of a table as it is now."""
    into = table(name, *(column(each) for each in row))
    connection.execute(insert(into).values(row))
    return int(connection.scalar(text(f"SELECT max(key) FROM {name}")) or 0) if name != "alert_news" else 0


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
_STEPS: Mapping[int, Callable[[Operations], None]] = {2: _to_2, 3: _to_3, 4: _to_4, 5: _to_5, 6: _to_6}
"""What leads to each schema from the one before it."""
