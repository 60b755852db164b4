"""What an alert tells when it is sent: what waited is told as it stands by then, and not at all where it is gone."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Mapping, Sequence
from typing import Final, NamedTuple

from policytrack.alerts.messages import Messages
from policytrack.ledger import Ledger
from policytrack.ledger.outbox import Alert, Item, Outbox, RecordedNews, digest_id
from policytrack.model import Shift
from policytrack.moments import Clock
from policytrack.news import What

WEIGHT: Final[tuple[What | None, ...]] = (
    None,
    "corroborated",
    "confirmed",
    "corrected",
    "disputed",
    "retracted",
    "new",
)
"""Of several pieces of news about one shift the last of these is told; the others are told with it."""

TOGETHER: Final = "told together with what else was new of it"
TAKEN_BACK: Final = "it was taken back before it was told"

Wants = Callable[[Shift, RecordedNews], str]
"""Why a shift, as it stands now, is not wanted as the first that is heard of it; empty where it is."""


class Closed(NamedTuple):
    """What an alert is to tell: its id, its policies, and why some of its news is left out, by key."""

    id: str | None
    policies: tuple[str, ...]
    left_out: Mapping[int, str]


def latest(ledger: Ledger, clock: Clock) -> datetime.datetime:
    """The moment by which all that is recorded now was known, and nothing that is recorded later."""
    moments = ledger.moments() if ledger.is_there() else None
    return moments[1] if moments else clock()


def closed(
    outbox: Outbox, messages: Messages, alert: Alert, known: datetime.datetime, wants: Wants = lambda *_: ""
) -> Closed:
    """What an alert tells with what is known at a moment; its `id` is None where nothing is left of it."""
    if alert.about is not None:
        policy = alert.about.get("policy")
        return Closed(alert.gathers, (policy,) if policy else (), {})
    items = [item for item in outbox.items(alert.key) if item.left_out is None]
    left_out: dict[int, str] = {}
    told: list[RecordedNews] = []
    for first in dict.fromkeys(item.news.first for item in items):
        ours = [item.news for item in items if item.news.first == first]
        news = max(ours, key=lambda each: (WEIGHT.index(each.what), each.key))
        reason = _reason(outbox, messages, alert, news, known, wants)
        left_out |= {each.key: reason or TOGETHER for each in ours if reason or each is not news}
        told += [] if reason else [news]
    return Closed(_id(messages, alert, told, known), tuple(sorted({each.policy for each in told})), left_out)


def _reason(
    outbox: Outbox,
    messages: Messages,
    alert: Alert,
    news: RecordedNews,
    known: datetime.datetime,
    wants: Wants,
) -> str:
    """Why a shift is not told; empty where it is. Whoever has heard of it hears what has become of it."""
    told = [each for each, item in outbox.told(alert.subscription, news.first) if _is_told(each, item, alert)]
    if told:
        # It was told as it stood then: with all that was new by then.
        return TOGETHER if any(each.known and each.known >= news.recorded_at for each in told) else ""
    shift = messages.shift(news, known)
    return TAKEN_BACK if shift.stage == "retracted" else wants(shift, news)


def _is_told(alert: Alert, item: Item, but: Alert) -> bool:
    """Whether news is told by an alert that was sent, or is on its way."""
    return item.left_out is None and alert.id is not None and alert.key != but.key


def _id(messages: Messages, alert: Alert, told: Sequence[RecordedNews], known: datetime.datetime) -> str | None:
    if not told:
        return None
    return messages.name(told[0], known) if len(told) == 1 else digest_id(alert.subscription, alert.gathers)
