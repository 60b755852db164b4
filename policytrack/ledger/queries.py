"""The queries that reading and writing the ledger share."""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Connection, Table, and_, func, or_, select

from policytrack.ledger.tables import articles, batches, claims, shifts, states
from policytrack.model import Article, Claim, Entry, Shift
from policytrack.shift_changes import Outcome

_AT_ONCE = 500
"""How many ids one query names: databases limit it."""


def stood(table: Table, known: datetime.datetime) -> ColumnElement[bool]:
    ends = table.c.superseded_at
    return and_(table.c.recorded_at <= known, or_(ends.is_(None), ends > known))


def ever_stood(table: Table) -> ColumnElement[bool]:
    """Not so for a row that the same moment recorded and superseded."""
    return or_(table.c.superseded_at.is_(None), table.c.superseded_at > table.c.recorded_at)


def standing(table: Table, column: str | None = None) -> Any:
    return select(table.c[column] if column else table).where(table.c.superseded_at.is_(None))


def entries_of(connection: Connection, policies: Sequence[str], known: datetime.datetime) -> list[Entry]:
    """The claims that stood at `known` about any of these ids of one policy, with what is needed of their articles."""
    # A claim that other rules read anew is known since it was read first.
    first = claims.alias()
    since = select(func.min(first.c.recorded_at)).where(first.c.id == claims.c.id).scalar_subquery().label("since")
    query = (
        select(claims.c.payload, since, articles.c.published_at, articles.c.source, articles.c.copy_of)
        .join(articles, claims.c.article == articles.c.key)
        .where(claims.c.policy.in_(policies), stood(claims, known))
        .order_by(claims.c.key)
    )
    rows = connection.execute(query).all()
    originals = {row.copy_of for row in rows if row.copy_of}
    sources = {article_id: _source_of(connection, article_id, known) for article_id in originals}
    return [
        Entry(
            claim=Claim.model_validate_json(row.payload),
            published_at=row.published_at,
            source=sources[row.copy_of].name if row.copy_of else row.source,
            recorded_at=row.since,
            told_first=sources[row.copy_of].published_at if row.copy_of else None,
        )
        for row in rows
    ]


def outcome(connection: Connection, known: datetime.datetime) -> Outcome:
    """The shifts that stood at `known`, with what they rest on."""
    query = select(shifts.c.payload).where(stood(shifts, known), ~shifts.c.correction)
    rows = connection.scalars(query.order_by(shifts.c.first_day, shifts.c.policy, shifts.c.id)).all()
    found = [Shift.model_validate_json(payload) for payload in rows]
    ids = sorted({claim for shift in found for claim in shift.claims})
    cited: dict[str, Claim] = {}
    for first in range(0, len(ids), _AT_ONCE):
        wanted = select(claims.c.payload).where(claims.c.id.in_(ids[first : first + _AT_ONCE]), stood(claims, known))
        each = (Claim.model_validate_json(payload) for payload in connection.scalars(wanted))
        cited |= {claim.id: claim for claim in each}
    return Outcome(found, cited, set(connection.scalars(select(claims.c.id).where(stood(claims, known)))))


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


def latest_rules(connection: Connection) -> str | None:
    return connection.scalar(select(batches.c.rules).order_by(batches.c.key.desc()).limit(1))


def article_key(connection: Connection, article: Article) -> int | None:
    same = and_(articles.c.id == article.id, articles.c.text_digest == article.text_digest)
    return connection.scalar(select(articles.c.key).where(same))


def recorded_policies(connection: Connection) -> set[str]:
    queries = (select(states.c.policy).distinct(), select(claims.c.policy).distinct())
    return {policy for query in queries for policy in connection.scalars(query) if policy}
