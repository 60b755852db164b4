"""What was sent, waits, failed or was held back: the outbox as a list, and sending from it once more."""

from __future__ import annotations

import datetime
from collections.abc import Collection, Iterator
from typing import Final, Literal

from pydantic import AwareDatetime, ConfigDict, Field, ValidationError

from policytrack.alerts.subscriptions import Silence
from policytrack.errors import ConfigError
from policytrack.ledger import Ledger
from policytrack.ledger.outbox import Alert, Delivery
from policytrack.model import SCHEMA, Record
from policytrack.printable import printable
from policytrack.shown import Shown
from policytrack.yamlfile import did_you_mean

AlertStatus = Literal["gathering", "held_back", "waiting", "sent", "dead", "dropped"]
"""Of an alert and a channel: it still gathers news, or all of its news is held back; it waits to be sent, or to be
tried again; it was sent; it was tried in vain; nothing was left to tell."""

STATUSES: Final = ("gathering", "held_back", "waiting", "sent", "dead", "dropped")


class AlertLine(Shown, Record):
    """Where one alert has got to with one channel. `at` is when it got there, `told` what the channel said last.

    `id` is what receivers know it by. Before it is closed it has none, and goes to no channel yet; nor does one of
    which all is held back, `told` says why.
    """

    schema_: int = Field(default=SCHEMA, alias="schema")
    id: str | None
    subscription: str
    channel: str | None
    status: AlertStatus
    about: tuple[str, ...] = ()
    at: AwareDatetime
    tries: int = 0
    next_at: AwareDatetime | None = None
    told: str = ""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True, serialize_by_alias=True)


def alert_lines(
    ledger: Ledger,
    *,
    subscription: str | None = None,
    channel: str | None = None,
    status: AlertStatus | None = None,
    last: int | None = None,
) -> list[AlertLine]:
    """The alerts of a ledger, the latest last: of one subscription, channel or status where these are given."""
    if status is not None and status not in STATUSES:
        raise ConfigError(f"status {printable(status)!r} is unknown. Write one of: {', '.join(STATUSES)}.")
    if last is not None and last < 0:
        raise ConfigError(f"last {last} is less than nothing. Write how many are wanted, as 20.")
    found: list[AlertLine] = []
    for alert in reversed(ledger.outbox.alerts(subscription)):  # the latest first: of many only the last are read
        if last is not None and len(found) >= last:
            break
        lines = (each for each in _lines(ledger, alert) if channel in (None, each.channel))
        found += reversed([each for each in lines if status in (None, each.status)])
    return found[:last][::-1]


def why_empty(ledger: Ledger, subscription: str | None, channel: str | None) -> str:
    """Why there is nothing in a list of alerts: the name that no alert has, with the nearest that one has."""
    subscriptions = {alert.subscription for alert in ledger.outbox.alerts()}
    if not subscriptions:
        return "nothing has been sent, and nothing waits"
    if subscription is not None and subscription not in subscriptions:
        return _no_such("of a subscription", subscription, subscriptions)
    channels = {each.channel for alert in ledger.outbox.alerts() for each in ledger.outbox.deliveries_of(alert.key)}
    if channel is not None and channel not in channels:
        return _no_such("to a channel", channel, channels)
    return "nothing of that kind has been sent, and nothing waits"


def _no_such(what: str, name: str, known: Collection[str]) -> str:
    hint = did_you_mean(name, known) or f"There are: {', '.join(sorted(known)) or 'none'}."
    return printable(f"nothing was ever sent {what} {name!r}, and nothing waits. {hint}")


def _lines(ledger: Ledger, alert: Alert) -> Iterator[AlertLine]:
    about = alert.policies or _about(ledger, alert)
    deliveries = ledger.outbox.deliveries_of(alert.key)
    for delivery in deliveries:
        yield _delivered(ledger, alert, delivery, about)
    if not deliveries:
        held = {item.left_out for item in ledger.outbox.items(alert.key) if item.left_out}
        yield AlertLine(
            id=alert.id,
            subscription=alert.subscription,
            channel=None,
            status="gathering" if alert.known is None else "held_back",
            about=about,
            at=alert.send_at,
            next_at=None if alert.known else alert.send_at,
            told="; ".join(sorted(held)),
        )


def _delivered(ledger: Ledger, alert: Alert, delivery: Delivery, about: tuple[str, ...]) -> AlertLine:
    tries = ledger.outbox.attempts(delivery.key)
    last = tries[-1] if tries else None
    told = "" if last is None else last.told if last.told is not None else "nobody knows whether it arrived"
    moments = [alert.send_at, *(each.ended_at or each.begun_at for each in tries), delivery.ended_at]
    return AlertLine(
        id=alert.id,
        subscription=alert.subscription,
        channel=delivery.channel,
        status=delivery.status,
        about=about,
        at=max(each for each in moments if each is not None),
        tries=len(tries),
        next_at=delivery.next_at if delivery.status == "waiting" else None,
        told=told,
    )


def _about(ledger: Ledger, alert: Alert) -> tuple[str, ...]:
    """What an alert tells of that is not closed, or of no policy."""
    if alert.about is not None:
        return (str(alert.about.get("policy") or alert.about.get("source") or alert.about["what"]),)
    return tuple(sorted({item.news.policy for item in ledger.outbox.items(alert.key)}))


def resend(
    ledger: Ledger, opening: str, now: datetime.datetime, *, channel: str | None = None
) -> list[tuple[Alert, Delivery]]:
    """The deliveries that wait from now on as new ones do, whatever became of them.

    `opening` is that of one alert's id; ConfigError where no alert that was closed has it, or several.
    """
    found = [alert for alert in ledger.outbox.alerts() if alert.id is not None and alert.id.startswith(opening)]
    exact = [alert for alert in found if alert.id == opening]
    names = sorted({str(alert.id) for alert in exact or found})
    if not opening or not names:
        raise ConfigError(f"there is no alert {printable(opening)!r}. `policytrack alerts log` lists them.")
    if len(names) > 1:
        raise ConfigError(f"{printable(opening)} can be {', '.join(names[:5])}. Write more of it.")
    chosen = [
        (alert, delivery)
        for alert in exact or found
        for delivery in ledger.outbox.deliveries_of(alert.key)
        if channel in (None, delivery.channel)
    ]
    if not chosen:
        went = {each.channel for alert in exact or found for each in ledger.outbox.deliveries_of(alert.key)}
        where = f" to a channel {printable(channel)!r}, but to: {', '.join(sorted(went))}" if channel else ""
        raise ConfigError(f"{names[0]} was not sent{where}. `policytrack alerts log` says what became of it.")
    ledger.outbox.send_again([delivery.key for _, delivery in chosen], now)
    return chosen


# --- silences


def silence(ledger: Ledger, policy: str, until: str, by: str, reason: str, now: datetime.datetime) -> int:
    """The number of a silence that holds from now on. ConfigError where it could hold nothing back."""
    try:
        made = Silence.model_validate({"match": {"policy": policy}, "until": until, "by": by, "reason": reason})
    except ValidationError as error:
        told = [f"{_said(each['loc'])}: {each['msg'].removeprefix('Value error, ')}." for each in error.errors()]
        raise ConfigError(printable(" ".join(told))) from None
    if made.ends_at <= now:
        raise ConfigError(f"until {until} is past. Write a later day, or a moment as 2024-12-01T08:00Z.")
    return ledger.outbox.silence(made.model_dump(mode="json"), now)


def _said(loc: tuple[str | int, ...]) -> str:
    """The argument that is wrong: "policy" of ("match", "policy", 0)."""
    return str([each for each in loc if isinstance(each, str)][-1])


def end_silence(ledger: Ledger, number: int, now: datetime.datetime) -> None:
    """Nothing; the silence holds no longer. ConfigError where there is none of that number that holds."""
    found = next((each for each in ledger.outbox.silences() if each.key == number), None)
    if found is None:
        raise ConfigError(f"there is no silence {number}. `policytrack alerts silence` lists them.")
    if found.ended_at is not None or Silence.model_validate(found.payload).ends_at <= now:
        raise ConfigError(f"silence {number} has ended already.")
    ledger.outbox.end_silence(number, now)
