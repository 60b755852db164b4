"""What does not hold of the outbox: news of no shift, alerts of nothing, deliveries that ended and did not."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any, Final, get_args

from sqlalchemy import Connection, Row, exists, func, select

from policytrack.ledger.finding import Finding, lost
from policytrack.ledger.outbox import Status, Told
from policytrack.ledger.tables import (
    alert_news,
    alerts,
    attempts,
    deliveries,
    news,
    shifts,
    silences,
    states,
    subscriptions,
)
from policytrack.model import Stage
from policytrack.news import What

_AT_ONCE: Final = 500
_WHATS: Final = (None, *get_args(What))


def outbox_findings(connection: Connection) -> Iterator[Finding]:
    """All that does not hold of it."""
    for row in connection.execute(select(news)).yield_per(_AT_ONCE):
        yield from _news(connection, row)
    for row in connection.execute(select(alerts)).yield_per(_AT_ONCE):
        yield from _alert(connection, row)
    for row in connection.execute(select(deliveries, alerts.c.known).join(alerts)).yield_per(_AT_ONCE):
        yield from _delivery(connection, row)
    for row in connection.execute(select(attempts)).yield_per(_AT_ONCE):
        yield from _attempt(row)
    yield from _pairs(connection)
    yield from _readers(connection)


def _news(connection: Connection, row: Row[Any]) -> Iterator[Finding]:
    at = f"news {row.key}"
    names = {row.shift, row.first, row.before} - {None}
    told = select(shifts.c.id, shifts.c.policy).where(shifts.c.correction == row.correction)
    its = told.where(shifts.c.id.in_(names))
    found = connection.execute(its).all()
    if missing := names - {each.id for each in found}:
        yield lost("alerts", at, f"there is no shift {min(missing)}")
    if row.policy not in {each.policy for each in found if each.id == row.shift} and not missing:
        yield lost("alerts", at, f"its shift is not of {row.policy}")
    if row.what not in _WHATS or row.stage not in get_args(Stage) or row.telling not in get_args(Told):
        yield lost("alerts", at, "it says what no news says")


def _alert(connection: Connection, row: Row[Any]) -> Iterator[Finding]:
    at = f"alert {row.key}"
    closed = {row.known is not None, row.policies is not None}
    if len(closed) > 1 or (row.id is not None and row.known is None):
        yield lost("alerts", at, "it was closed and was not")
    try:
        about, policies = json.loads(row.about or "{}"), json.loads(row.policies or "[]")
        state = about.get("state")
    except (ValueError, AttributeError):
        yield lost("alerts", at, "what it is about cannot be read")
        return
    if state is not None and connection.scalar(select(states.c.key).where(states.c.id == state).limit(1)) is None:
        yield lost("alerts", at, f"there is no state {state}")
    told = select(news.c.policy).join(alert_news).where(alert_news.c.alert == row.key, alert_news.c.left_out.is_(None))
    wanted = {*connection.scalars(told)} if row.about is None else {*([about["policy"]] if "policy" in about else ())}
    if row.policies is not None and {*policies} != wanted:
        yield lost("alerts", at, f"it tells of {sorted(wanted)}, and says of {policies}")
    if about and row.id not in (row.gathers, None):
        yield lost("alerts", at, f"its id is {row.id}, and it gathers {row.gathers}")
    later = told.where(news.c.recorded_at > row.known) if row.known else None
    if later is not None and connection.scalar(later.limit(1)) is not None:
        yield lost("alerts", at, "it was closed before what it tells was recorded")


def _delivery(connection: Connection, row: Row[Any]) -> Iterator[Finding]:
    at = f"delivery {row.key}"
    if row.status not in get_args(Status) or (row.status == "waiting") is not (row.ended_at is None):
        yield lost("alerts", at, f"it is {row.status}, and ended at {row.ended_at}")
    if row.known is None:
        yield lost("alerts", at, "its alert is open")
    tries = connection.execute(select(attempts.c.taken).where(attempts.c.delivery == row.key)).scalars().all()
    if len(tries) < row.tries:
        yield lost("alerts", at, f"it was tried {row.tries} times, and {len(tries)} tries are kept")
    if (row.status == "sent") is not (True in tries) and row.status != "waiting":
        yield lost("alerts", at, f"it is {row.status}, and its tries say otherwise")


def _attempt(row: Row[Any]) -> Iterator[Finding]:
    ended = {row.ended_at is None, row.taken is None, row.told is None}
    if len(ended) > 1:
        yield lost("alerts", f"attempt {row.key}", "it ended and did not")
    if row.ended_at is not None and row.ended_at < row.begun_at:
        yield lost("alerts", f"attempt {row.key}", "it ended before it began")


def _pairs(connection: Connection) -> Iterator[Finding]:
    """News in no alert that there is, and the other way round; tries of no delivery."""
    for child, column, parent in (
        (alert_news, alert_news.c.alert, alerts),
        (alert_news, alert_news.c.news, news),
        (deliveries, deliveries.c.alert, alerts),
        (attempts, attempts.c.delivery, deliveries),
    ):
        for key in connection.scalars(
            select(column).where(~exists(select(parent.c.key).where(parent.c.key == column)))
        ):
            yield lost("alerts", f"{child.name} of {column.name} {key}", f"there is no such row of {parent.name}")


def _readers(connection: Connection) -> Iterator[Finding]:
    latest = connection.scalar(select(func.max(news.c.key))) or 0
    for row in connection.execute(select(subscriptions)):
        if row.read_to > latest:
            yield lost("alerts", f"subscription {row.name}", f"it was read up to {row.read_to}, and there are {latest}")
    for row in connection.execute(select(silences)):
        try:
            is_told = bool(dict(json.loads(row.payload)))
        except (ValueError, TypeError):
            is_told = False
        if not is_told:
            yield lost("alerts", f"silence {row.key}", "it cannot be read")
