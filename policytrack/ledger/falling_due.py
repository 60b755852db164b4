"""What falls due, as the ledger keeps it: which dates hooks were called for, or are about to be."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, NamedTuple

from sqlalchemy import Connection, Row, insert, select

from policytrack.dues import Due, told_by
from policytrack.ledger.queries import parts
from policytrack.ledger.tables import dues, states
from policytrack.model import PolicyState

NamesOf = Callable[[str], Iterable[str]]
"""All ids that a policy has had, of any of them."""


class Noted(NamedTuple):
    """What falls due, with the key of its row."""

    key: int
    due: Due


class Saying(NamedTuple):
    """A state that said so, and when it was recorded."""

    recorded_at: datetime.datetime
    state: PolicyState


def noted(connection: Connection, found: Sequence[Due], names_of: NamesOf) -> tuple[list[Noted], list[Due]]:
    """Those that are noted and wait for their hooks, and those that are not noted; in their order.

    All ids of a policy are one policy: what was noted under another is noted, and what stands under two is one.
    """
    each = {(tuple(names_of(due.policy)), due.what, due.on): due for due in reversed(found)}
    rows = [
        row
        for part in parts({due.on for due in found})
        for row in connection.execute(select(dues).where(dues.c.due_on.in_(part)))
    ]
    by_id = {(row.policy, row.what, row.due_on): row for row in rows}
    waiting, new = [], []
    for (names, what, on), due in reversed(each.items()):
        its = [row for name in names if (row := by_id.get((name, what, on)))]
        if not its:
            new.append(due)
        elif all(row.announced_at is None for row in its):
            waiting.append(Noted(its[0].key, due))
    return waiting, new


def note(connection: Connection, found: Iterable[Due], moment: datetime.datetime) -> None:
    """Nothing; what falls due has a row, where hooks are about to be called for it."""
    rows = [{"policy": due.policy, "what": due.what, "due_on": due.on, "recorded_at": moment} for due in found]
    if rows:
        connection.execute(insert(dues), rows)


def sayings(connection: Connection, row: Row[Any]) -> Iterator[Saying]:
    """The states that ever said of a policy what a row of the table says. ValueError where one cannot be read."""
    query = select(states.c.recorded_at, states.c.payload).where(states.c.policy == row.policy)
    for recorded_at, payload in connection.execute(query):
        state = PolicyState.model_validate_json(payload)
        if any((due.what, due.on) == (row.what, row.due_on) for due in told_by(state)):
            yield Saying(recorded_at, state)
