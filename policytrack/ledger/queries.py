"""The queries that reading and writing the ledger share."""

from __future__ import annotations

import datetime
import json
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from typing import Any, NamedTuple, TypeVar

import orjson
from sqlalchemy import ColumnElement, Connection, Integer, Select, Table, and_, bindparam, func, null, or_, select

from policytrack.decisions import Decision, effective
from policytrack.ledger.tables import Moment, articles, batches, claims, copies, decisions, shifts, states
from policytrack.model import Claim, Entry, Shift
from policytrack.shift_changes import Outcome
from policytrack.sides import Stance

Id = TypeVar("Id", int, str)

AT_ONCE = 500
"""How many ids one query names: databases limit it."""


# To build a query anew takes longer than to run it, so those that are asked most often are built once.

_DAY, _KNOWN = bindparam("day", type_=Integer()), bindparam("known", type_=Moment())


def stood_at(table: Table) -> ColumnElement[bool]:
    """The same as `stood`, of the moment that is given as `known` when the query is run."""
    ends = table.c.superseded_at
    return and_(table.c.recorded_at <= _KNOWN, or_(ends.is_(None), ends > _KNOWN))


IN_FORCE = select(states.c.payload).where(
    states.c.policy == bindparam("policy"),
    states.c.first_day <= _DAY,
    or_(states.c.end_day.is_(None), states.c.end_day > _DAY),
    stood_at(states),
)
"""The state of a policy on a day, as known at a moment."""


def _entries(about: ColumnElement[bool], *, folded: bool) -> Select[Any]:
    # A claim that other rules read anew is known since it was read first.
    first = claims.alias()
    since = select(func.min(first.c.recorded_at)).where(first.c.id == claims.c.id).scalar_subquery().label("since")
    source: ColumnElement[Any] = articles.c.source
    told_first: ColumnElement[Any] = null().label("told_first")
    joined = claims.join(articles, claims.c.article == articles.c.key)
    if folded:
        source, told_first = func.coalesce(copies.c.source, source).label("source"), copies.c.told_first
        joined = joined.outerjoin(copies, and_(copies.c.article == articles.c.id, stood_at(copies)))
    query = select(claims.c.payload, since, articles.c.id, articles.c.published_at, source, told_first)
    return query.select_from(joined).where(about, stood_at(claims)).order_by(claims.c.key)


_ABOUT = claims.c.policy.in_(bindparam("policies", expanding=True))
_MOVED = or_(_ABOUT, claims.c.id.in_(bindparam("moved", expanding=True)))
_ENTRIES = {
    (moved, folded): _entries(_MOVED if moved else _ABOUT, folded=folded)
    for moved in (False, True)
    for folded in (False, True)
}
"""By whether people moved claims to these policies, and whether the ledger is of a schema that keeps copies."""

_LAID_OVER = select(decisions.c.payload).where(
    stood_at(decisions),
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


class Voice(NamedTuple):
    """Whose words an article prints: which article was first, by whom and when; no moment where that is not known."""

    original: str
    source: str
    told_first: str | None


Voices = Callable[[Collection[str]], Mapping[str, Voice]]
"""Gives those of the articles that speak for another, by id."""


def entries_of(
    connection: Connection,
    policies: Sequence[str],
    known: datetime.datetime,
    *,
    decided: bool = True,
    voices: Voices | None = None,
) -> list[Entry]:
    """What stood at `known` about any of these ids of one policy, with what is needed of its articles.

    A claim that a person corrected is as it was corrected; one that was rejected is left out. Not `decided` where the
    ledger is of a schema that keeps no decisions; `voices` where it is of one that keeps no copies.
    """
    over = _laid_over(connection, policies, known) if decided else {}
    moved = [claim_id for claim_id, decision in over.items() if decision.to_policy in policies]
    asked = {"policies": policies, "known": known, **({"moved": moved} if moved else {})}
    rows = connection.execute(_ENTRIES[bool(moved), voices is None], asked).all()
    told = voices({row.id for row in rows}) if voices else {}
    entries = [
        Entry(
            claim=Claim.model_validate_json(row.payload),
            published_at=row.published_at,
            source=voice.source,
            recorded_at=row.since,
            told_first=voice.told_first,
        )
        for row in rows
        for voice in [told.get(row.id, row)]
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
    return dict(_standing_then(connection, query, known, ids))


def claims_by_id(connection: Connection, known: datetime.datetime, ids: Collection[str]) -> dict[str, Claim]:
    """Those of the claims that stood at `known`, by their ids."""
    rows = _standing_then(connection, select(claims.c.id, claims.c.payload), known, ids)
    return {name: Claim.model_validate_json(payload) for name, payload in rows}


def stances(connection: Connection, known: datetime.datetime, ids: Collection[str]) -> dict[str, Stance]:
    """On which side those of the claims stand that stood at `known`, by their ids, as they were read."""
    rows = _standing_then(connection, select(claims.c.id, claims.c.payload), known, ids)
    told = {name: orjson.loads(payload) for name, payload in rows}
    return {name: Stance(name, each["status"], each["factive"], each["direction"]) for name, each in told.items()}


def _standing_then(
    connection: Connection, query: Select[Any], known: datetime.datetime, ids: Collection[str]
) -> Iterator[tuple[str, str]]:
    """What a query says of those of the claims with these ids that stood at `known`: pairs, the id first."""
    query = query.where(stood(claims, known))
    for part in parts(ids):
        yield from ((name, told) for name, told in connection.execute(query.where(claims.c.id.in_(part))))


def parts(ids: Collection[Id]) -> Iterator[list[Id]]:
    """Ids or keys in order, so many at once as one query can name."""
    ordered = sorted(ids)
    return (ordered[first : first + AT_ONCE] for first in range(0, len(ordered), AT_ONCE))


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


_TEXTS = select(articles.c.id, articles.c.text_digest).where(articles.c.id.in_(bindparam("ids", expanding=True)))
_NAMED = select(articles.c.copy_of).where(articles.c.copy_of.in_(bindparam("ids", expanding=True)))


def texts_of(connection: Connection, ids: Collection[str]) -> dict[str, set[str]]:
    """The digests of all texts that were recorded for each of these articles, by id; without those of no text."""
    found: dict[str, set[str]] = {}
    for part in parts(ids):
        for name, digest in connection.execute(_TEXTS, {"ids": part}):
            found.setdefault(name, set()).add(digest)
    return found


def originals_among(connection: Connection, ids: Collection[str]) -> set[str]:
    """Those of the articles of which another one says that it is a copy."""
    return {name for part in parts(ids) for name in connection.scalars(_NAMED, {"ids": part})}


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
