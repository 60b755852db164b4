"""What became of the rows of a ledger, batch by batch: what was added, what stands no longer, what stands otherwise."""

from __future__ import annotations

import datetime
from collections.abc import Iterator, Sequence
from typing import Any, Final, Literal

from pydantic import AwareDatetime, ConfigDict, Field
from sqlalchemy import Connection, Row, Select, Table, func, or_, select

from policytrack.ledger.queries import ever_stood, printed, recording
from policytrack.ledger.tables import articles, batches, claims, decisions, removals, shifts, states
from policytrack.model import SCHEMA, Record
from policytrack.shown import Listed

Cause = Literal["articles", "backfill", "rules", "review", "removal"]
"""Why something was recorded: articles came in, or came in late; other rules made something else of what was there; a
person decided about claims; the text of an article was removed."""

Kind = Literal["claim", "decision", "state", "shift", "correction", "removal"]

_TABLES: Final[tuple[tuple[Kind, Table], ...]] = (
    ("claim", claims), ("decision", decisions), ("state", states), ("shift", shifts),
)  # fmt: skip


class LedgerChange(Record):
    """One record that a batch added, changed or ended.

    `change` is ADD, MOD (the same id stands with other contents) or DEL; of DEL `record` is what stood before. `cursor`
    is that of the batch: what comes after it are the changes since.
    """

    cursor: int
    recorded_at: AwareDatetime
    cause: Cause
    change: Literal["ADD", "MOD", "DEL"]
    of: Kind
    id: str
    record: dict[str, Any]


class LedgerChanges(Listed, Record):
    """What was recorded after the cursor `since`, in its order; ask again with `cursor` for what comes after it.

    Those who write do so one after another, so nothing that is recorded later ever has an earlier cursor. `more` says
    that there is more already. As a frame it is its changes.
    """

    schema_: int = Field(default=SCHEMA, alias="schema")
    since: int
    cursor: int
    more: bool
    changes: tuple[LedgerChange, ...]

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True, serialize_by_alias=True)

    @property
    def note(self) -> str:
        """Why there is no change."""
        return "" if self.changes else f"nothing was recorded after cursor {self.since}"

    def listing(self) -> tuple[type[LedgerChange], Sequence[LedgerChange]]:
        return LedgerChange, self.changes


def changes(connection: Connection, since: int, at_most: int, *, decided: bool = True) -> LedgerChanges:
    """The changes of the next batches after a cursor, of `at_most` of them.

    Within a batch claims come first, then decisions, states and shifts, and articles whose text was removed.
    Not `decided` where the ledger is of a schema
    that keeps no decisions. Batches of one moment, which older ledgers have, come
    together under the cursor of the last.
    """
    cursor = func.max(batches.c.key)
    query = select(cursor.label("cursor"), batches.c.recorded_at, func.max(batches.c.cause).label("cause"))
    query = query.group_by(batches.c.recorded_at).having(cursor > since).order_by(cursor).limit(at_most + 1)
    found = connection.execute(query).all()
    told = found[:at_most]
    return LedgerChanges(
        since=since,
        cursor=told[-1].cursor if told else since,
        more=len(found) > at_most,
        changes=tuple(change for batch in told for change in _of_batch(connection, batch, decided)),
    )


def _of_batch(connection: Connection, batch: Any, decided: bool) -> Iterator[LedgerChange]:
    for kind, table in _TABLES:
        if table is decisions and not decided:
            continue
        for change, row in _of_table(connection, table, batch.recorded_at):
            corrected: Kind = "correction" if kind == "shift" and row.correction else kind
            yield LedgerChange(
                cursor=batch.cursor, recorded_at=batch.recorded_at, cause=batch.cause, change=change, of=corrected,
                id=row.id, record=printed(row.payload),
            )  # fmt: skip

    if decided:
        for row in connection.execute(_removed(batch.recorded_at)):
            yield LedgerChange(
                cursor=batch.cursor, recorded_at=batch.recorded_at, cause=batch.cause, change="ADD", of="removal",
                id=row.id, record=printed(row.payload),
            )  # fmt: skip


def _removed(moment: datetime.datetime) -> Select[Any]:
    """The articles whose text a moment removed."""
    query = select(articles.c.id, removals.c.payload).join(articles, articles.c.key == removals.c.article)
    return query.where(removals.c.recorded_at == moment).order_by(removals.c.key)


def _of_table(
    connection: Connection, table: Table, moment: datetime.datetime
) -> Iterator[tuple[Literal["ADD", "MOD", "DEL"], Row[Any]]]:
    """What a moment did to the rows of a table: those that ended, then those that it recorded, each in their order."""
    touched = or_(table.c.recorded_at == moment, table.c.superseded_at == moment)
    rows = connection.execute(select(*recording(table)).where(touched, ever_stood(table)).order_by(table.c.key)).all()
    ended = {row.id: row for row in rows if row.superseded_at == moment}
    made = [row for row in rows if row.recorded_at == moment]
    made_ids = {row.id for row in made}
    yield from (("DEL", row) for name, row in ended.items() if name not in made_ids)
    yield from (("MOD" if row.id in ended else "ADD", row) for row in made)
