"""What must hold of every row of a ledger, whatever the rules are: each breach is a finding."""

from __future__ import annotations

import itertools
import json
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from typing import Any, Literal

from sqlalchemy import Connection, Row, Table, and_, exists, func, select, text

from policytrack.ledger.queries import standing
from policytrack.ledger.removal import removed_keys
from policytrack.ledger.tables import articles, batches, claims, decisions, notices, shifts, states
from policytrack.model import Record, digest

Invariant = Literal[
    "file", "articles", "claims", "quotes", "decisions", "states", "shifts", "moments", "notices", "derived"
]

RESTORE = "The row was changed from outside, or the disk lost it: restore the ledger from a copy."
REDERIVE = "Run `policytrack ledger rerun`: it derives states and shifts again from the claims."
FORGET = "Restore the ledger from a copy, and run `policytrack ledger forget` on it again."

_AT_ONCE = 500


class Finding(Record):
    """One thing that does not hold: of which invariant, at which record, what is wrong, and what to do."""

    invariant: Invariant
    at: str
    problem: str
    remedy: str


def findings(connection: Connection, progress: Callable[[int], object], *, decided: bool = True) -> Iterator[Finding]:
    """All that does not hold; `progress` is called with the number of rows that have been looked at.

    Not `decided` where the ledger is of a schema that keeps no decisions.
    """
    yield from _file(connection)
    seen = itertools.count(1)
    removed = removed_keys(connection) if decided else set()
    for row in connection.execute(select(articles)).yield_per(_AT_ONCE):
        progress(next(seen))
        yield from _article(row, removed=row.key in removed)
    query = select(claims, articles.c.text, articles.c.id.label("article_id")).join(articles)
    for row in connection.execute(query).yield_per(_AT_ONCE):
        progress(next(seen))
        yield from _claim(row, removed=row.article in removed)
    for table in (states, shifts):
        for row in connection.execute(select(table)).yield_per(_AT_ONCE):
            progress(next(seen))
            yield from _derived_row(row, is_state=table is states)
    if decided:
        for row in connection.execute(select(decisions)).yield_per(_AT_ONCE):
            progress(next(seen))
            yield from _decision(row)
        yield from _decisions_of_nothing(connection)
    yield from _timelines(connection)
    yield from _orphans(connection)
    yield from _moments(connection, (decisions,) if decided else ())


def _file(connection: Connection) -> Iterator[Finding]:
    if connection.dialect.name == "sqlite":
        for (told,) in connection.execute(text("PRAGMA integrity_check")).all():
            if told != "ok":
                yield Finding(invariant="file", at="", problem=str(told), remedy="Restore the ledger from a copy.")


def _article(row: Row[Any], *, removed: bool) -> Iterator[Finding]:
    if removed:
        if row.text:
            yield Finding(invariant="articles", at=row.id, problem="its text was removed, and is there", remedy=FORGET)
    elif row.text_digest != digest(row.text):
        yield Finding(
            invariant="articles", at=row.id, problem="its text is not what it was recorded as", remedy=RESTORE
        )


def _claim(row: Row[Any], *, removed: bool) -> Iterator[Finding]:
    told = json.loads(row.payload)
    for column in ("id", "article_id", "policy"):
        if told[column] != getattr(row, column):
            problem = f"its {column} is {getattr(row, column)!r} in the table and {told[column]!r} in the record"
            yield Finding(invariant="claims", at=row.id, problem=problem, remedy=RESTORE)
    for span in _spans(told):
        if removed:
            if span["quote"]:
                problem = f"the text of {row.article_id} was removed, and it quotes it"
                yield Finding(invariant="quotes", at=row.id, problem=problem, remedy=FORGET)
            continue
        found = row.text[span["start"] : span["end"]]
        if found != span["quote"]:
            problem = f"at {span['start']}-{span['end']} of {row.article_id} stands {found!r}, not {span['quote']!r}"
            yield Finding(invariant="quotes", at=row.id, problem=problem, remedy=RESTORE)


def _spans(told: object) -> Iterator[Mapping[str, Any]]:
    """Every quotation with offsets in a record."""
    if isinstance(told, list):
        for each in told:
            yield from _spans(each)
    elif isinstance(told, dict):
        if {"start", "end", "quote"} <= told.keys():
            yield told
        for each in told.values():
            yield from _spans(each)


def _derived_row(row: Row[Any], *, is_state: bool) -> Iterator[Finding]:
    told = json.loads(row.payload)
    columns = ("id", "policy", *(("status", "valid_from", "valid_to") if is_state else ("kind", "occurred_on")))
    wrong = [column for column in columns if told[column] != getattr(row, column)]
    if wrong:
        problem = f"table and record differ in {', '.join(wrong)}"
        yield Finding(invariant="states" if is_state else "shifts", at=row.id, problem=problem, remedy=REDERIVE)


def _decision(row: Row[Any]) -> Iterator[Finding]:
    told = json.loads(row.payload)
    columns = {"id": "id", "claim": "claim", "article": "article_id", "policy": "policy", "decision": "decision"}
    wrong = [column for column, key in columns.items() if told[key] != getattr(row, column)]
    wrong += ["to_policy"] if told["set"].get("policy") != row.to_policy else []
    if wrong:
        problem = f"table and record differ in {', '.join(wrong)}"
        yield Finding(invariant="decisions", at=row.id, problem=problem, remedy=RESTORE)


def _decisions_of_nothing(connection: Connection) -> Iterator[Finding]:
    """Decisions about claims that were never recorded, and claims on which more than one stands."""
    lost = select(decisions.c.id).where(~exists(select(claims.c.key).where(claims.c.id == decisions.c.claim)))
    for name in connection.scalars(lost):
        yield Finding(invariant="decisions", at=name, problem="there is no such claim", remedy=RESTORE)
    several = select(decisions.c.claim).where(decisions.c.superseded_at.is_(None), decisions.c.decision != "undo")
    for name in connection.scalars(several.group_by(decisions.c.claim).having(func.count() > 1)):
        yield Finding(invariant="decisions", at=name, problem="several decisions stand on it", remedy=RESTORE)


def _timelines(connection: Connection) -> Iterator[Finding]:
    """Gaps and overlaps of the states that stand, policy by policy."""
    query = standing(states).order_by(states.c.policy, states.c.first_day, states.c.key)
    rows = connection.execute(query).yield_per(_AT_ONCE)
    for policy, found in itertools.groupby(rows, key=lambda row: row.policy):
        for problem in _breaks([*found]):
            yield Finding(invariant="states", at=policy, problem=problem, remedy=REDERIVE)


def _breaks(found: list[Row[Any]]) -> Iterator[str]:
    for one, other in itertools.pairwise(found):
        if one.valid_to != other.valid_from:
            until = one.valid_to or "no end"
            yield f"the state from {one.valid_from} has {until}, and the next is from {other.valid_from}"
    if found[-1].valid_to is not None:
        yield f"nothing stands from {found[-1].valid_to} on"


def _orphans(connection: Connection) -> Iterator[Finding]:
    """Notices of shifts that were never recorded, and claims that stand though their article does not."""
    lost = select(notices.c.shift).where(~exists(select(shifts.c.key).where(shifts.c.id == notices.c.shift)))
    for name in connection.scalars(lost):
        yield Finding(invariant="notices", at=name, problem="there is no such shift", remedy=RESTORE)
    gone = and_(claims.c.superseded_at.is_(None), articles.c.superseded_at.is_not(None))
    for name in connection.scalars(select(claims.c.id).join(articles).where(gone)):
        problem = "it stands, and the version of its article does not"
        yield Finding(invariant="claims", at=name, problem=problem, remedy=REDERIVE)


def _moments(connection: Connection, others: Sequence[Table]) -> Iterator[Finding]:
    """Batches out of order, and rows that were recorded when no batch was, or ended before they began."""
    rows = connection.execute(select(batches.c.key, batches.c.recorded_at).order_by(batches.c.key)).all()
    for one, other in itertools.pairwise(rows):
        if other.recorded_at < one.recorded_at:
            problem = f"it was recorded at {other.recorded_at}, before batch {one.key}"
            yield Finding(invariant="moments", at=f"batch {other.key}", problem=problem, remedy=RESTORE)
    known = {row.recorded_at for row in rows}
    for table in (articles, claims, states, shifts, *others):
        query = select(table.c.id, table.c.recorded_at, table.c.superseded_at)
        for row in connection.execute(query).yield_per(_AT_ONCE):
            yield from _moment(row, known)


def _moment(row: Any, known: Collection[object]) -> Iterator[Finding]:
    for name in ("recorded_at", "superseded_at"):
        moment = getattr(row, name)
        if moment is not None and moment not in known:
            problem = f"its {name} {moment} is that of no batch"
            yield Finding(invariant="moments", at=row.id, problem=problem, remedy=RESTORE)
    if row.superseded_at is not None and row.superseded_at < row.recorded_at:
        yield Finding(invariant="moments", at=row.id, problem="it ended before it began", remedy=RESTORE)
