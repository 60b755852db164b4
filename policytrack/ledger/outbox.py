"""The outbox: what is new of shifts, the alerts that tell it, and where each of them has got to.

News is written in the transaction that records its shift. For functions and commands that are called from within a
process the alert is written with it; for the subscriptions of a file whoever sends makes the alerts of it.
"""

from __future__ import annotations

import datetime
import json
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from typing import Any, Final, Literal, NamedTuple

from sqlalchemy import ColumnElement, Connection, CursorResult, Row, and_, bindparam, func, insert, select, update

from policytrack.ledger.tables import (
    alert_news,
    alerts,
    attempts,
    deliveries,
    news,
    silences,
    subscriptions,
)
from policytrack.model import Shift, Stage, digest
from policytrack.news import News, What

Told = Literal["each", "summary", "none"]
"""Who may be told of news: whoever wants it; the same, of all that a transaction records in one alert; nobody."""

Status = Literal["waiting", "sent", "dead", "dropped"]
"""Of a delivery: tried in vain it is dead, and dropped where nothing was left to tell."""

ANYBODY: Final = ""
"""The channel of what a ledger of an older schema left: whatever function or command comes next."""


SUMMARY: Final = "summary "
"""What the `gathers` of an alert begins with that tells all that one transaction recorded."""


class Telling(NamedTuple):
    """Who may be told of what a transaction records, and the functions and commands that are called for it, by name."""

    told: Told = "none"
    hooks: tuple[str, ...] = ()


NOBODY: Final = Telling()


class RecordedNews(NamedTuple):
    """A piece of news as it is recorded, in the order of `key`."""

    key: int
    shift: str
    first: str
    before: str | None
    policy: str
    what: What | None
    stage: Stage
    correction: bool
    telling: Told
    recorded_at: datetime.datetime


class Item(NamedTuple):
    """What an alert tells, or why it does not."""

    news: RecordedNews
    left_out: str | None


class Alert(NamedTuple):
    """An alert as it is recorded; while it is open `id` and `known` are None."""

    key: int
    subscription: str
    gathers: str
    about: dict[str, Any] | None
    send_at: datetime.datetime
    id: str | None
    policies: tuple[str, ...]
    known: datetime.datetime | None


class Delivery(NamedTuple):
    """An alert on its way to a channel, with the policies that it tells of."""

    key: int
    alert: int
    channel: str
    status: Status
    tries: int
    next_at: datetime.datetime
    ended_at: datetime.datetime | None
    policies: frozenset[str]


class Attempt(NamedTuple):
    """A try to deliver; `ended_at` and `taken` are None where it was killed, and nobody knows whether it arrived."""

    key: int
    delivery: int
    begun_at: datetime.datetime
    ended_at: datetime.datetime | None
    taken: bool | None
    told: str | None


class Subscribed(NamedTuple):
    """Since when a subscription is used, and the key of the last news that was read for it."""

    since: datetime.datetime
    read_to: int


class Silenced(NamedTuple):
    """A silence that somebody asked for by a command."""

    key: int
    payload: dict[str, Any]
    recorded_at: datetime.datetime
    ended_at: datetime.datetime | None


# --- what is new, written with the shifts


_FIRST = select(news.c.first).where(news.c.shift == bindparam("shift")).order_by(news.c.key.desc()).limit(1)


def put_news(
    connection: Connection, found: Iterable[News], telling: Telling, moment: datetime.datetime, *, correction: bool
) -> None:
    """Nothing; what is new of shifts is recorded, and the functions and commands are going to be called for it."""
    for each in found:
        before = each.before.id if each.before is not None else None
        first = connection.scalar(_FIRST, {"shift": before or each.shift.id}) or before or each.shift.id
        row = {
            "shift": each.shift.id,
            "first": first,
            "before": before,
            "policy": each.shift.policy,
            "what": each.what,
            "stage": "retracted" if each.what == "retracted" else each.shift.stage,
            "correction": correction,
            "telling": telling.told,
            "recorded_at": moment,
        }
        key = _key(connection.execute(insert(news), row))
        if each.what == "new" and not correction and telling.told != "none":
            for hook in telling.hooks:
                _tell_hook(connection, hook, each, telling, key, moment)


def _tell_hook(
    connection: Connection, hook: str, each: News, telling: Telling, key: int, moment: datetime.datetime
) -> None:
    gathers = f"{SUMMARY}{moment.isoformat()}" if telling.told == "summary" else each.shift.id
    mine = and_(alerts.c.subscription == hook, alerts.c.gathers == gathers)
    alert = connection.scalar(select(alerts.c.key).where(mine))
    if alert is None:
        alert = open_alert(connection, hook, gathers, moment)
    connection.execute(insert(alert_news), {"alert": alert, "news": key})


def message_id(shift: str, what: str, times: int = 1) -> str:
    """The id by which receivers know a message: of a shift, what is new of it, and how often that was new by now."""
    return f"{shift}-{what}" + (f"-{times}" if times > 1 else "")


def digest_id(subscription: str, gathers: str) -> str:
    """The id of a message that tells several things."""
    return f"a-{digest(subscription, gathers)}"


# --- alerts


def open_alert(
    connection: Connection,
    subscription: str,
    gathers: str,
    send_at: datetime.datetime,
    about: Mapping[str, Any] | None = None,
) -> int:
    """The key of a new alert, to which news may be added."""
    told = None if about is None else json.dumps(about)
    row = {"subscription": subscription, "gathers": gathers, "about": told, "send_at": send_at}
    return _key(connection.execute(insert(alerts), row))


def close_alert(
    connection: Connection,
    key: int,
    name: str | None,
    policies: Iterable[str],
    moment: datetime.datetime,
    channels: Iterable[str],
) -> None:
    """Nothing; the alert is on its way to each of the channels: known to receivers by this name, as known now."""
    closing = {"id": name, "policies": json.dumps(sorted(policies)), "known": moment}
    connection.execute(update(alerts).where(alerts.c.key == key).values(closing))
    row = {"alert": key, "status": "waiting", "tries": 0, "next_at": moment}
    rows = [{**row, "channel": channel} for channel in dict.fromkeys(channels)]
    if rows:
        connection.execute(insert(deliveries), rows)


def _key(done: CursorResult[Any]) -> int:
    [key] = done.inserted_primary_key or (None,)
    assert key is not None, "the row has a number"
    return int(key)


class Planning:
    """What one transaction of a sender writes: what is read for each subscription, and what becomes of it."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def subscribed(self, name: str) -> Subscribed | None:
        """How far the news was read for a subscription; None where it was never used."""
        row = self._connection.execute(select(subscriptions).where(subscriptions.c.name == name)).first()
        return None if row is None else Subscribed(row.since, row.read_to)

    def subscribe(self, name: str, moment: datetime.datetime) -> Subscribed:
        """From now on the news is for it that is recorded after all that is recorded now."""
        latest = self._connection.scalar(select(func.max(news.c.key))) or 0
        self._connection.execute(insert(subscriptions), {"name": name, "since": moment, "read_to": latest})
        return Subscribed(moment, latest)

    def read_to(self, name: str, key: int) -> bool:
        """Whether the news up to this one is read for the subscription now, and was not before."""
        mine = and_(subscriptions.c.name == name, subscriptions.c.read_to < key)
        return bool(self._connection.execute(update(subscriptions).where(mine).values(read_to=key)).rowcount)

    def add(self, subscription: str, gathers: str, send_at: datetime.datetime, item: Item) -> None:
        """Nothing; the news belongs to the open alert of the subscription that gathers so, which is made if need be.

        Where the alert was sent meanwhile, to another that gathers what comes later.
        """
        key = self._open(subscription, gathers, send_at)
        row = {"alert": key, "news": item.news.key, "left_out": item.left_out}
        self._connection.execute(insert(alert_news), row)

    def _open(self, subscription: str, gathers: str, send_at: datetime.datetime) -> int:
        mine = select(alerts.c.key, alerts.c.known).where(alerts.c.subscription == subscription)
        row = self._connection.execute(mine.where(alerts.c.gathers == gathers)).first()
        if row is None:
            return open_alert(self._connection, subscription, gathers, send_at)
        return int(row.key) if row.known is None else self._open(subscription, f"{gathers} +", send_at)

    def note(self, subscription: str, gathers: str, about: Mapping[str, Any], moment: datetime.datetime) -> int | None:
        """The key of a new alert of what is no shift; None where the subscription has one that gathers so."""
        mine = and_(alerts.c.subscription == subscription, alerts.c.gathers == gathers)
        if self._connection.scalar(select(alerts.c.key).where(mine)) is not None:
            return None
        return open_alert(self._connection, subscription, gathers, moment, about)

    def close(
        self,
        alert: int,
        name: str | None,
        policies: Iterable[str],
        left_out: Mapping[int, str],
        moment: datetime.datetime,
        channels: Iterable[str],
    ) -> None:
        """Nothing; the alert is on its way to the channels, under a name and without what is left out.

        Without a name there is nothing left to tell, and it is not sent.
        """
        self._leave_out(alert, left_out)
        close_alert(self._connection, alert, name, policies, moment, channels if name else ())

    def close_again(
        self,
        alert: int,
        name: str | None,
        policies: Iterable[str],
        left_out: Mapping[int, str],
        moment: datetime.datetime,
    ) -> None:
        """Nothing; an alert that nobody has taken yet tells what is known now; where nothing is left it is dropped."""
        self._leave_out(alert, left_out)
        its = alerts.c.key == alert
        closing = {"id": name, "policies": json.dumps(sorted(policies)), "known": moment}
        self._connection.execute(update(alerts).where(its).values(closing))
        if name is None:
            waiting = and_(deliveries.c.alert == alert, deliveries.c.status == "waiting")
            self._connection.execute(update(deliveries).where(waiting).values(status="dropped", ended_at=moment))

    def _leave_out(self, alert: int, left_out: Mapping[int, str]) -> None:
        for key, reason in left_out.items():
            its = and_(alert_news.c.alert == alert, alert_news.c.news == key)
            self._connection.execute(update(alert_news).where(its).values(left_out=reason))

    def times(self, first: str, what: str, key: int) -> int:
        """How often the same was new of a shift, up to this news."""
        its = and_(news.c.first == first, news.c.what == what, news.c.key <= key)
        return int(self._connection.scalar(select(func.count()).select_from(news).where(its)) or 0)


# --- reading


def news_after(connection: Connection, key: int, at_most: int) -> list[RecordedNews]:
    """The news that was recorded after one, in order."""
    rows = connection.execute(select(news).where(news.c.key > key).order_by(news.c.key).limit(at_most))
    return [RecordedNews(*row) for row in rows]


def _news(connection: Connection, which: ColumnElement[bool]) -> list[RecordedNews]:
    return [RecordedNews(*row) for row in connection.execute(select(news).where(which).order_by(news.c.key))]


def items_of(connection: Connection, alert: int) -> list[Item]:
    """What an alert tells, in the order in which it was recorded."""
    told = select(news, alert_news.c.left_out).select_from(alert_news.join(news))
    its = told.where(alert_news.c.alert == alert)
    return [_item(row) for row in connection.execute(its.order_by(news.c.key))]


def _item(row: Row[Any]) -> Item:
    told: tuple[Any, ...] = row[:-1]
    return Item(RecordedNews(*told), row[-1])


def _alert(row: Row[Any]) -> Alert:
    about = None if row.about is None else json.loads(row.about)
    policies = tuple(json.loads(row.policies)) if row.policies else ()
    return Alert(row.key, row.subscription, row.gathers, about, row.send_at, row.id, policies, row.known)


def _delivery(row: Row[Any]) -> Delivery:
    policies = frozenset(json.loads(row.policies)) if row.policies else frozenset()
    return Delivery(row.key, row.alert, row.channel, row.status, row.tries, row.next_at, row.ended_at, policies)


_DELIVERIES = select(deliveries, alerts.c.policies).join(alerts)


class Outbox:
    """The outbox of one ledger. `reading` opens a transaction, with None where the ledger has no outbox yet."""

    def __init__(
        self,
        reading: Callable[[], AbstractContextManager[Connection | None]],
        writing: Callable[[], AbstractContextManager[Connection]],
    ) -> None:
        self._reading = reading
        self._writing = writing

    @contextmanager
    def planning(self) -> Iterator[Planning]:
        """A transaction in which is decided who is told what: all that is written in the block, or nothing."""
        with self._writing() as connection:
            yield Planning(connection)

    # what is on its way

    def waiting(self, channels: Collection[str] | None = None) -> list[Delivery]:
        """The deliveries that wait for these channels, or for any, in the order in which they were written."""
        which = [deliveries.c.status == "waiting"]
        which += [] if channels is None else [deliveries.c.channel.in_(sorted(channels))]
        return self._deliveries(*which)

    def deliveries_of(self, alert: int) -> list[Delivery]:
        """Where an alert goes, or went."""
        return self._deliveries(deliveries.c.alert == alert)

    def _deliveries(self, *which: ColumnElement[bool]) -> list[Delivery]:
        with self._reading() as connection:
            if connection is None:
                return []
            return [_delivery(row) for row in connection.execute(_DELIVERIES.where(*which).order_by(deliveries.c.key))]

    def alert(self, key: int) -> Alert:
        """The alert of a key."""
        with self._reading() as connection:
            assert connection is not None, "whoever has its key has read it here"
            return _alert(connection.execute(select(alerts).where(alerts.c.key == key)).one())

    def alerts(self, subscription: str | None = None) -> list[Alert]:
        """All alerts, of one subscription where that is given, in the order in which they were made."""
        query = select(alerts).order_by(alerts.c.key)
        if subscription is not None:
            query = query.where(alerts.c.subscription == subscription)
        with self._reading() as connection:
            return [] if connection is None else [_alert(row) for row in connection.execute(query)]

    def items(self, alert: int) -> list[Item]:
        """What an alert tells, in the order in which it was recorded."""
        with self._reading() as connection:
            return [] if connection is None else items_of(connection, alert)

    def times(self, item: RecordedNews) -> int:
        """How often the same was new of a shift, up to this news."""
        with self._reading() as connection:
            return 1 if connection is None else Planning(connection).times(item.first, str(item.what), item.key)

    def open(self, subscriptions: Collection[str] | None = None) -> list[Alert]:
        """The alerts that are not closed yet, of these subscriptions or of all, in the order of their sending."""
        query = select(alerts).where(alerts.c.known.is_(None)).order_by(alerts.c.send_at, alerts.c.key)
        if subscriptions is not None:
            query = query.where(alerts.c.subscription.in_(sorted(subscriptions)))
        with self._reading() as connection:
            return [] if connection is None else [_alert(row) for row in connection.execute(query)]

    def gathering(self, subscription: str, opening: str) -> list[datetime.datetime]:
        """When the open alerts of a subscription are sent whose `gathers` opens so."""
        mine = and_(alerts.c.subscription == subscription, alerts.c.known.is_(None))
        its = and_(alerts.c.gathers >= opening, alerts.c.gathers < f"{opening}\U0010ffff")
        with self._reading() as connection:
            return [] if connection is None else [*connection.scalars(select(alerts.c.send_at).where(mine, its))]

    def told(self, subscription: str, first: str) -> list[tuple[Alert, Item]]:
        """What a subscription was told of a shift, or is going to be told, and by which alert, in order."""
        told = select(alerts, alert_news.c.news, alert_news.c.left_out)
        its = told.select_from(alert_news.join(alerts).join(news))
        mine = its.where(alerts.c.subscription == subscription, news.c.first == first).order_by(news.c.key)
        with self._reading() as connection:
            if connection is None:
                return []
            of = {each.key: each for each in _news(connection, news.c.first == first)}
            return [(_alert(row), Item(of[row.news], row.left_out)) for row in connection.execute(mine)]

    def news_after(self, key: int, at_most: int) -> list[RecordedNews]:
        """The news that was recorded after one, in order."""
        with self._reading() as connection:
            return [] if connection is None else news_after(connection, key, at_most)

    def history(self, first: str) -> list[RecordedNews]:
        """All that was ever new of a shift, by the id under which it was recorded first, in order."""
        with self._reading() as connection:
            return [] if connection is None else _news(connection, news.c.first == first)

    def news_of(self, shift: str) -> list[RecordedNews]:
        """All that was new of a shift under an id, in order."""
        with self._reading() as connection:
            return [] if connection is None else _news(connection, news.c.shift == shift)

    def begin(self, delivery: Delivery, moment: datetime.datetime) -> int | None:
        """The key of a try that begins now; None where somebody else has tried it meanwhile."""
        with self._writing() as connection:
            same = and_(deliveries.c.key == delivery.key, deliveries.c.status == "waiting")
            its = and_(same, deliveries.c.tries == delivery.tries)
            begun = {"tries": delivery.tries + 1, "next_at": moment}  # where it is killed it is tried again at once
            if not connection.execute(update(deliveries).where(its).values(begun)).rowcount:
                return None
            return _key(connection.execute(insert(attempts), {"delivery": delivery.key, "begun_at": moment}))

    def end(
        self,
        attempt: int,
        delivery: int,
        moment: datetime.datetime,
        told: str,
        status: Status,
        next_at: datetime.datetime | None = None,
    ) -> None:
        """Nothing; the try has ended, and the delivery with it, unless it waits for another one, at `next_at`."""
        done = {"status": status, "ended_at": None if status == "waiting" else moment}
        if next_at is not None:
            done["next_at"] = next_at
        with self._writing() as connection:
            ended = {"ended_at": moment, "taken": status == "sent", "told": told}
            connection.execute(update(attempts).where(attempts.c.key == attempt).values(ended))
            connection.execute(update(deliveries).where(deliveries.c.key == delivery).values(done))

    def give_up(self, delivery: int, moment: datetime.datetime) -> None:
        """Nothing; the delivery is dead: it was tried as often as it may be."""
        with self._writing() as connection:
            its = and_(deliveries.c.key == delivery, deliveries.c.status == "waiting")
            connection.execute(update(deliveries).where(its).values(status="dead", ended_at=moment))

    def send_again(self, keys: Collection[int], moment: datetime.datetime) -> None:
        """Nothing; the deliveries wait from now on as new ones do, whatever became of them."""
        with self._writing() as connection:
            its = deliveries.c.key.in_(sorted(keys))
            anew = {"status": "waiting", "tries": 0, "next_at": moment, "ended_at": None}
            connection.execute(update(deliveries).where(its).values(anew))

    def attempts(self, delivery: int) -> list[Attempt]:
        """All tries of a delivery, in order."""
        query = select(attempts).where(attempts.c.delivery == delivery).order_by(attempts.c.key)
        with self._reading() as connection:
            return [] if connection is None else [Attempt(*row) for row in connection.execute(query)]

    def summarise(self, shifts: Sequence[Shift], hooks: Sequence[str], moment: datetime.datetime) -> None:
        """Nothing; whoever wants any of these shifts may be told of them, of all in one alert."""
        found = [News(shift, "new") for shift in shifts]
        with self._writing() as connection:
            put_news(connection, found, Telling("summary", tuple(hooks)), moment, correction=False)

    # what is no news of a shift

    def note(
        self,
        subscription: str,
        gathers: Sequence[str],
        about: Mapping[str, Any],
        moment: datetime.datetime,
    ) -> None:
        """Nothing; one that is called for something is going to be, unless it was: `gathers` are all names of that.

        What an older ledger called anybody for, it called everybody for.
        """
        with self._writing() as connection:
            whose = alerts.c.subscription.in_((subscription, ANYBODY))
            its = and_(whose, alerts.c.gathers.in_(sorted(gathers)))
            if connection.scalar(select(alerts.c.key).where(its)) is None:
                open_alert(connection, subscription, gathers[0], moment, about)

    # silences

    def silence(self, payload: Mapping[str, Any], moment: datetime.datetime) -> int:
        """The key of a silence that holds from now on."""
        with self._writing() as connection:
            row = {"payload": json.dumps(payload), "recorded_at": moment}
            return _key(connection.execute(insert(silences), row))

    def end_silence(self, key: int, moment: datetime.datetime) -> None:
        """Nothing; the silence holds no longer."""
        with self._writing() as connection:
            connection.execute(update(silences).where(silences.c.key == key).values(ended_at=moment))

    def silences(self) -> list[Silenced]:
        """All that were asked for, in order, also those that ended."""
        with self._reading() as connection:
            rows = connection.execute(select(silences).order_by(silences.c.key)) if connection is not None else ()
            return [Silenced(row.key, json.loads(row.payload), row.recorded_at, row.ended_at) for row in rows]
