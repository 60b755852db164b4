"""What a moment of a ledger did to policies, and because of what: articles that came, a revision, other rules."""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from typing import NamedTuple

from sqlalchemy import Connection, and_, select

from policytrack.ledger.queries import ever_stood
from policytrack.ledger.tables import articles, batches, claims, copies, shifts, states
from policytrack.model import Shift


class Occasion(NamedTuple):
    """Why policies are otherwise from a moment on.

    `cause` is that of its batch; None where nobody wrote it down. `revised` are the articles that another text took the
    place of, by the ids of the claims that went with the earlier text; `retracted` the shifts that were retracted;
    `copied` the articles about these policies that speak for another since.
    """

    cause: str | None
    revised: dict[str, str]
    retracted: tuple[Shift, ...]
    copied: tuple[str, ...] = ()


def moments_of(
    connection: Connection, policies: Sequence[str], after: datetime.datetime, until: datetime.datetime
) -> list[datetime.datetime]:
    """The moments after one and up to another at which states of these policies were recorded or ended, in order."""
    found: set[datetime.datetime] = set()
    for column in (states.c.recorded_at, states.c.superseded_at):
        query = select(column).where(states.c.policy.in_(policies), column > after, column <= until)
        found.update(connection.scalars(query.where(ever_stood(states)).distinct()))
    return sorted(found)


def occasion(
    connection: Connection, policies: Sequence[str], moment: datetime.datetime, *, folded: bool = True
) -> Occasion:
    """What happened to these policies at a moment; not `folded` where its schema keeps no copies."""
    cause = connection.scalar(select(batches.c.cause).where(batches.c.recorded_at == moment).limit(1))
    gone = and_(claims.c.superseded_at == moment, articles.c.superseded_at == moment, claims.c.policy.in_(policies))
    query = select(claims.c.id.label("claim"), articles.c.id.label("article"))
    rows = connection.execute(query.join(articles, claims.c.article == articles.c.key).where(gone)).all()
    made = and_(shifts.c.policy.in_(policies), shifts.c.recorded_at == moment, ever_stood(shifts))
    found = [Shift.model_validate_json(each) for each in connection.scalars(select(shifts.c.payload).where(made))]
    retracted = tuple(shift for shift in found if shift.stage == "retracted")
    copied = _copied(connection, policies, moment) if folded else ()
    return Occasion(cause, {row.claim: row.article for row in rows}, retracted, copied)


def _copied(connection: Connection, policies: Sequence[str], moment: datetime.datetime) -> tuple[str, ...]:
    joined = copies.join(articles, articles.c.id == copies.c.article).join(claims, claims.c.article == articles.c.key)
    about = and_(claims.c.policy.in_(policies), copies.c.recorded_at == moment, ever_stood(copies))
    found = connection.scalars(select(copies.c.article).select_from(joined).where(about).distinct())
    return tuple(sorted(found))
