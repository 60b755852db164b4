"""The queries that reading and writing the ledger share."""

from __future__ import annotations

import datetime
import json
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from typing import Any, NamedTuple, TypeVar

import orjson
from sqlalchemy import ColumnElement, Connection, Integer, Select, Table, and_, bindparam, func, or_, select

from policytrack.decisions import Decision, effective
from policytrack.ledger.tables import Moment, articles, batches, claims, decisions, removals, shifts, states
from policytrack.model import Article, Claim, Entry, Shift
from policytrack.shift_changes import Outcome
from policytrack.sides import Stance

Id = TypeVar("Id", int, str)

AT_ONCE = 500
"""How many ids one query names: databases limit it."""


# To build a query anew takes longer than to run it, so those that are asked most often are built once.

_DAY, _KNOWN = bindparam("day", type_=Integer()), bindparam("known", type_=Moment())


def _stood_at(table: Table) -> ColumnElement[bool]:
    ends = table.c.superseded_at
    return and_(table.c.recorded_at <= _KNOWN, or_(ends.is_(None), ends > _KNOWN))


IN_FORCE = select(states.c.payload).where(
    states.c.policy == bindparam("policy"),
    states.c.first_day <= _DAY,
    or_(states.c.end_day.is_(None), states.c.end_day > _DAY),
    _stood_at(states),
)
"""The state of a policy on a day, as known at a moment."""


def _entries() -> Select[Any]:
    # A claim that other rules read anew is known since it was read first.
    first = claims.alias()
    since = select(func.min(first.c.recorded_at)).where(first.c.id == claims.c.id).scalar_subquery().label("since")
    query = select(claims.c.payload, since, articles.c.published_at, articles.c.source, articles.c.copy_of)
    query = query.join(articles, claims.c.article == articles.c.key).order_by(claims.c.key)
    return query.where(_stood_at(claims))


_MOVED = claims.c.id.in_(bindparam("moved", expanding=True))
_ABOUT = claims.c.policy.in_(bindparam("policies", expanding=True))
_ENTRIES, _ENTRIES_AND_MOVED = (_entries().where(about) for about in (_ABOUT, or_(_ABOUT, _MOVED)))
_LAID_OVER = select(decisions.c.payload).where(
    _stood_at(decisions),
    decisions.c.decision != "undo",
    or_(*(column.in_(bindparam("policies", expanding=True)) for column in (decisions.c.policy, decisions.c.to_policy))),
)


def stood(table: Table, known: datetime.datetime) -> ColumnElement[bool]:
    ends = table.c.superseded_at
    return and_(table.c.recorded_at <= known, or_(ends.is_(None), ends > known))


def ever_stood(table: Table) -> ColumnElement[bool]:
    """Not so for a row that the same moment recorded and superseded."""
    return or_(table.c.superseded_at.is_(None), table.c.superseded_at > table.c.recorded_at)


def standing(table: Table, column: str | None = None) -> Any:
    return select(table.c[column] if column else table).where(table.c.superseded_at.is_(None))


def recording(table: Table) -> list[ColumnElement[Any]]:
    """The columns that hold a record and when it was recorded; every schema has had them."""
    names = ("key", "id", "payload", "correction", "recorded_at", "superseded_at")
    return [table.c[name] for name in names if name in table.c]


def entries_of(
    connection: Connection, policies: Sequence[str], known: datetime.datetime, *, decided: bool = True
) -> list[Entry]:
    """What stood at `known` about any of these ids of one policy, with what is needed of its articles.

    A claim that a person corrected is as it was corrected; one that was rejected is left out. Not `decided` where the
    ledger is of a schema that keeps no decisions.
    """
    over = _laid_over(connection, policies, known) if decided else {}
    moved = [claim_id for claim_id, decision in over.items() if decision.to_policy in policies]
    asked = {"policies": policies, "known": known}
    if moved:
        rows = connection.execute(_ENTRIES_AND_MOVED, {**asked, "moved": moved}).all()
    else:
        rows = connection.execute(_ENTRIES, asked).all()
    originals = {row.copy_of for row in rows if row.copy_of}
    sources = {article_id: _source_of(connection, article_id, known) for article_id in originals}
    entries = [
        Entry(
            claim=Claim.model_validate_json(row.payload),
            published_at=row.published_at,
            source=sources[row.copy_of].name if row.copy_of else row.source,
            recorded_at=row.since,
            told_first=sources[row.copy_of].published_at if row.copy_of else None,
        )
        for row in rows
    ]
    return list(_as_decided(entries, over, policies)) if over else entries


def _laid_over(connection: Connection, policies: Sequence[str], known: datetime.datetime) -> dict[str, Decision]:
    """The decisions that stood at `known` on claims about any of these policies, or that move one to them."""
    payloads = connection.scalars(_LAID_OVER, {"policies": policies, "known": known})
    found = (Decision.model_validate_json(payload) for payload in payloads)
    return {decision.claim: decision for decision in found}


def _as_decided(entries: Sequence[Entry], over: Mapping[str, Decision], policies: Sequence[str]) -> Iterator[Entry]:
    for entry in entries:
        claim = effective(entry.claim, over.get(entry.claim.id))
        if claim is not None and claim.policy in policies:
            yield entry if claim is entry.claim else entry.model_copy(update={"claim": claim})


def outcome(
    connection: Connection,
    known: datetime.datetime,
    articles_of: Callable[[Collection[str]], Mapping[str, str]],
    claims_of: Callable[[Collection[str]], Mapping[str, Claim]],
    policies: Sequence[str] | None = None,
) -> Outcome:
    """The shifts that stood at `known`, with what they rest on; of some policies without the ids of all claims."""
    query = select(shifts.c.payload).where(stood(shifts, known), ~shifts.c.correction)
    if policies is not None:
        query = query.where(shifts.c.policy.in_(policies))
    rows = connection.scalars(query.order_by(shifts.c.first_day, shifts.c.policy, shifts.c.id)).all()
    found = [Shift.model_validate_json(payload) for payload in rows]
    every = select(claims.c.id).where(stood(claims, known))
    read = set() if policies is not None else set(connection.scalars(every))
    return Outcome(found, read, articles_of, claims_of)


def articles_of(connection: Connection, known: datetime.datetime, ids: Collection[str]) -> dict[str, str]:
    """The articles of those of the claims that stood at `known`, by the ids of the claims."""
    query = select(claims.c.id, articles.c.id).join(articles, claims.c.article == articles.c.key)
    query = query.where(stood(claims, known))
    rows = (row for part in parts(ids) for row in connection.execute(query.where(claims.c.id.in_(part))))
    return {claim: article for claim, article in rows}  # noqa: C416 rows are tuples to their reader alone


def claims_by_id(connection: Connection, known: datetime.datetime, ids: Collection[str]) -> dict[str, Claim]:
    """Those of the claims that stood at `known`, by their ids."""
    query = select(claims.c.payload).where(stood(claims, known))
    payloads = (payload for part in parts(ids) for payload in connection.scalars(query.where(claims.c.id.in_(part))))
    return {claim.id: claim for claim in map(Claim.model_validate_json, payloads)}


def stances(connection: Connection, known: datetime.datetime, ids: Collection[str]) -> dict[str, Stance]:
    """On which side those of the claims stand that stood at `known`, by their ids, as they were read."""
    query = select(claims.c.id, claims.c.payload).where(stood(claims, known))
    rows = (row for part in parts(ids) for row in connection.execute(query.where(claims.c.id.in_(part))))
    told = {name: orjson.loads(payload) for name, payload in rows}
    return {name: Stance(name, each["status"], each["factive"], each["direction"]) for name, each in told.items()}


def parts(ids: Collection[Id]) -> Iterator[list[Id]]:
    """Ids or keys in order, so many at once as one query can name."""
    ordered = sorted(ids)
    return (ordered[first : first + AT_ONCE] for first in range(0, len(ordered), AT_ONCE))


class _Source(NamedTuple):
    """Who first published what an article says, and when; None where that is not known."""

    name: str
    published_at: str | None = None


def _source_of(connection: Connection, article_id: str, known: datetime.datetime) -> _Source:
    """Who first published what the article says: a copy speaks for its original, known to the ledger or not."""
    seen: set[str] = set()
    while article_id not in seen:
        seen.add(article_id)
        query = select(articles.c.source, articles.c.copy_of, articles.c.published_at)
        row = connection.execute(query.where(articles.c.id == article_id, stood(articles, known))).first()
        if row is None:
            return _Source(f"article {article_id}")
        if not row.copy_of:
            return _Source(str(row.source), row.published_at)
        article_id = row.copy_of
    return _Source(f"article {min(seen)}")  # copies of each other


def canonical(record: object) -> str:
    """A record as text that is the same for the same contents."""
    return json.dumps(record, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def printed(payload: str) -> dict[str, Any]:
    """A stored record with the fields of its public kind: without what only the ledger keeps."""
    told: dict[str, Any] = json.loads(payload)
    for scope in told.get("scope", ()):
        scope.pop("words", None)
    return told


def latest_rules(connection: Connection) -> str | None:
    return connection.scalar(select(batches.c.rules).order_by(batches.c.key.desc()).limit(1))


def is_removed(connection: Connection, key: int) -> bool:
    """Whether the text of this version of an article was removed."""
    return connection.scalar(select(removals.c.key).where(removals.c.article == key)) is not None


def article_key(connection: Connection, article: Article) -> int | None:
    same = and_(articles.c.id == article.id, articles.c.text_digest == article.text_digest)
    return connection.scalar(select(articles.c.key).where(same))


def recorded_policies(connection: Connection) -> set[str]:
    queries = (select(states.c.policy).distinct(), select(claims.c.policy).distinct())
    return {policy for query in queries for policy in connection.scalars(query) if policy}


def spans_in(told: object) -> Iterator[dict[str, Any]]:
    """Every quotation with offsets in a record that was read from JSON."""
    if isinstance(told, list):
        for each in told:
            yield from spans_in(each)
    elif isinstance(told, dict):
        if {"start", "end", "quote"} <= told.keys():
            yield told
        for each in told.values():
            yield from spans_in(each)
