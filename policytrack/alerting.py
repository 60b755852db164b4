"""Alerts of one ledger by one alert file: planned, sent, tried, looked into, and held back."""

from __future__ import annotations

import datetime
import random
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from fnmatch import fnmatchcase
from typing import Final

from pydantic import AwareDatetime, ConfigDict, Field

from policytrack.alertfile import AlertFile, check_policy, unopened
from policytrack.alertlog import AlertLine, AlertStatus, alert_lines, end_silence, resend, silence, why_empty
from policytrack.alerts.channel import Message, Undelivered
from policytrack.alerts.closing import latest
from policytrack.alerts.payload import Payload, TestAlert
from policytrack.alerts.planning import Held, Planner
from policytrack.alerts.sending import Chance, Outcome, Sending
from policytrack.alerts.subscriptions import HealthAlert, Silence, Subscription
from policytrack.errors import AlertError, ConfigError, Problem
from policytrack.health import Keeper, Kept
from policytrack.ledger import Ledger
from policytrack.ledger.outbox import Alert, Delivery, RecordedNews, Silenced
from policytrack.model import SCHEMA, Record
from policytrack.moments import Clock
from policytrack.packs import Rules
from policytrack.shown import Records
from policytrack.yamlfile import did_you_mean

PATIENCE: Final = 1.0
"""Seconds for which a sender waits for another one before it says so."""


class AnotherSends(AlertError):
    """Another sender is at work with the ledger, and sends what waits."""


class AlertStep(Record):
    """One thing that was looked at on the way of a shift to a subscription: whether it passes, and why."""

    name: str
    passes: bool
    told: str


class AlertWay(Record):
    """The way of one piece of news to one subscription: what was looked at, and what came of it."""

    subscription: str
    what: str
    recorded_at: AwareDatetime
    steps: tuple[AlertStep, ...]
    came_to: str


class AlertWhy(Record):
    """Why somebody was told of a shift, or was not: the way of each piece of news about it to each subscription."""

    schema_: int = Field(default=SCHEMA, alias="schema")
    shift: str
    policy: str
    ways: tuple[AlertWay, ...] = ()
    note: str = ""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True, serialize_by_alias=True)


class Tried(Record):
    """What came of a test of one channel: whether it was sent, what the place said, and in how many seconds."""

    schema_: int = Field(default=SCHEMA, alias="schema")
    channel: str
    sent: bool
    told: str
    seconds: float

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True, serialize_by_alias=True)


class Alerting:
    """The alerts of a ledger. Made by `Tracker.alerts`; what is sent, tested and asked why needs an alert file.

    `chance` gives the jitter of pauses, `stopped` is asked before each message.
    """

    def __init__(
        self,
        ledger: Ledger,
        rules: Callable[[], Rules],
        file: AlertFile | None,
        clock: Clock,
        *,
        keeper: Keeper | None = None,
        only: str | None = None,
        sends: bool = True,
        chance: Chance = random.random,
        stopped: Callable[[], bool] = lambda: False,
    ) -> None:
        self._ledger = ledger
        self._rules = rules
        self._given_file = file
        self._clock = clock
        self._keeper = keeper
        self._chance = chance
        self._stopped = stopped
        self._places = file.places(None if only is None else self._named(only)) if file and sends else {}

    @property
    def unopened(self) -> list[str]:
        """Which channels cannot be opened, and why. What is for them waits, as where they fail."""
        return unopened(self._places)

    @property
    def _file(self) -> AlertFile:
        if self._given_file is None:
            raise ConfigError("no alert file was given. Write tracker.alerts('alerts.yaml').")
        return self._given_file

    def round(self) -> Iterator[Outcome]:
        """What comes of each try that is due, as it ends; AnotherSends where another sender is at work.

        All that was recorded by now is planned first, and what is due of it closed.
        """
        with self._ledger.sending(PATIENCE, "channels") as alone:
            if not alone:
                raise AnotherSends("another sender is at work with this ledger; what waits is sent by that one.")
            planner = self._planner()
            planner.plan(self._clock())
            self._note_silent()
            planner.close(self._clock())
            self._close_others()
            sending = Sending(
                self._ledger, self._rules(), self._places, self._clock, chance=self._chance, stopped=self._stopped
            )
            with ThreadPoolExecutor(max_workers=max(len(self._places), 1)) as threads:
                yield from sending.side_by_side(threads)

    def next_at(self) -> datetime.datetime | None:
        """When something is to be sent, or tried again; None where nothing waits."""
        names = [each.name for each in self._file.subscriptions]
        opened = [alert.send_at for alert in self._ledger.outbox.open(names)]
        waiting = [each.next_at for each in self._ledger.outbox.waiting(self._places)]
        return min([*opened, *waiting], default=None)

    @property
    def notes(self) -> Sequence[Problem]:
        """What the file says that may be meant, and then of what nobody hears."""
        return self._file.notes

    # trying

    def test(self, name: str) -> Iterator[Tried]:
        """What comes of a message that says that it is a test, for a channel or the channels of a subscription."""
        now, channels = self._clock(), self._named(name)
        data = TestAlert(text=f"A test of policytrack, of {now:%Y-%m-%d %H:%M:%SZ}: nothing has happened.")
        named = f"test-{now:%Y%m%dT%H%M%S%fZ}"
        message = Message(Payload(type="test", id=named, timestamp=now, subscription=name, data=data))
        for channel in channels:
            yield self._tried(channel, message)

    def _named(self, name: str) -> Sequence[str]:
        """The channel of a name, and those of a subscription that has it."""
        subscription = self._file.subscription(name)
        found = [name] if name in self._file.channels else []
        found += subscription.to if subscription else ()
        if not found:
            known = [*self._file.channels, *(each.name for each in self._file.subscriptions)]
            hint = did_you_mean(name, known) or f"There are: {', '.join(known) or 'none'}."
            raise ConfigError(f"{self._file.path}: there is no channel and no subscription {name!r}. {hint}")
        return list(dict.fromkeys(found))

    def _tried(self, name: str, message: Message) -> Tried:
        began = self._clock()
        try:
            sent, told = True, self._places[name].channel.send(message)
        except Undelivered as error:
            sent, told = False, error.told
        return Tried(channel=name, sent=sent, told=told, seconds=round((self._clock() - began).total_seconds(), 3))

    # looking into

    def log(
        self,
        *,
        subscription: str | None = None,
        channel: str | None = None,
        status: AlertStatus | None = None,
        last: int | None = None,
    ) -> Records[AlertLine]:
        """What was sent, waits, failed or was held back, the latest last; see AlertLine.

        Functions and commands that are called by `ingest` and the like are in it too, under their names.
        """
        found = alert_lines(self._ledger, subscription=subscription, channel=channel, status=status, last=last)
        return Records(found, AlertLine, "" if found else why_empty(self._ledger, subscription, channel))

    def resend(self, alert: str, *, channel: str | None = None) -> int:
        """How many deliveries of an alert wait again, whatever became of them; any unique opening of its id will do."""
        return len(resend(self._ledger, alert, self._clock(), channel=channel))

    def silence(self, policy: str, *, until: str, by: str, reason: str) -> int:
        """The number of a silence that holds from now on: what matches the policy is not told until then.

        ConfigError where no policy that is tracked matches it, or it would hold nothing back.
        """
        check_policy(policy, self._rules())
        return silence(self._ledger, policy, until, by, reason, self._clock())

    def silences(self) -> list[Silenced]:
        """The silences that were asked for and hold now, in order; those of an alert file are in the file."""
        found = self._ledger.outbox.silences()
        now = self._clock()
        held = [(each, Held(Silence.model_validate(each.payload), each.recorded_at, each.ended_at)) for each in found]
        return [each for each, silence in held if silence.holds_at(now)]

    def end_silence(self, number: int) -> None:
        """Nothing; the silence holds no longer. ConfigError where there is none of that number that holds."""
        end_silence(self._ledger, number, self._clock())

    def why(self, shift: str, subscription: str | None = None) -> AlertWhy:
        """The way of a shift to each subscription, or to one, step by step, and what came of it.

        What a subscription looks at is what the file says now.
        """
        chosen = self._chosen(subscription)
        found = self._ledger.outbox.news_of(shift)
        news = [each for each in self._ledger.outbox.history(found[0].first) if each.what] if found else []
        record = self._ledger.record(shift)
        assert record is not None, "the shift is recorded"
        ways = [self._way(one, each) for one in chosen for each in news]
        note = "" if news else "it was recorded before alerts were kept: nobody is told of it"
        return AlertWhy(shift=shift, policy=record.record.policy, ways=tuple(ways), note=note)

    def _chosen(self, name: str | None) -> Sequence[Subscription]:
        if name is None:
            return self._file.subscriptions
        found = self._file.subscription(name)
        if found is None:
            known = [each.name for each in self._file.subscriptions]
            hint = did_you_mean(name, known) or f"There are: {', '.join(known) or 'none'}."
            raise ConfigError(f"{self._file.path}: there is no subscription {name!r}. {hint}")
        return [found]

    def _way(self, subscription: Subscription, news: RecordedNews) -> AlertWay:
        decided = self._planner(but=news).decide(subscription, news)
        steps = [AlertStep(name=each.name, passes=each.passes, told=each.told) for each in decided.steps]
        return AlertWay(
            subscription=subscription.name,
            what=str(news.what),
            recorded_at=news.recorded_at,
            steps=tuple(steps),
            came_to=self._came_to(subscription, news, wanted=decided.wanted),
        )

    def _came_to(self, subscription: Subscription, news: RecordedNews, *, wanted: bool) -> str:
        """What became of news for a subscription, as the outbox has it."""
        outbox = self._ledger.outbox
        mine = [
            (alert, item) for alert, item in outbox.told(subscription.name, news.first) if item.news.key == news.key
        ]
        if mine:
            alert, item = mine[-1]
            if item.left_out:
                return f"not told: {item.left_out}"
            return "; ".join(self._stands(alert))
        with outbox.planning() as planning:
            read = planning.subscribed(subscription.name)
        if read is None or read.read_to < news.key:
            return "not looked at yet: `policytrack alerts run` does" if wanted else "not sent"
        return "not sent: it was recorded before the subscription was first used" if wanted else "not sent"

    def _stands(self, alert: Alert) -> Iterator[str]:
        """Where an alert has got to."""
        if alert.known is None:
            yield f"gathered, to be sent at {alert.send_at:%Y-%m-%d %H:%M:%SZ}"
            return
        for delivery in self._ledger.outbox.deliveries_of(alert.key):
            yield f"{delivery.channel}: {_delivered(delivery, self._ledger)}"

    # inside

    def _planner(self, but: RecordedNews | None = None) -> Planner:
        asked = [
            Held(Silence.model_validate(each.payload), each.recorded_at, each.ended_at)
            for each in self._ledger.outbox.silences()
        ]
        held = [*(Held(each) for each in self._file.silences), *asked]
        return Planner(self._ledger, self._rules(), self._file.subscriptions, held, until=but)

    def _note_silent(self) -> None:
        """Nothing; a source that is quiet for too long is going to be told of, once for each time that it is."""
        kept = [self._keeper.load(name) for name in self._keeper.names()] if self._keeper else []
        for health in self._file.health:
            for source in kept:
                if source is not None and any(fnmatchcase(source.name, each) for each in health.sources or ("*",)):
                    self._note_if_silent(_watching(health), source, health.span, health.when)

    def _note_if_silent(self, name: str, source: Kept, span: datetime.timedelta, when: str) -> None:
        since = source.new_at or source.watched_at
        now = self._clock()
        if since is None or now - since <= span:
            return
        about = {
            "what": "silent",
            "source": source.name,
            "address": source.address,
            "silent_after": when.rpartition(" ")[2],
            "new_at": source.new_at.isoformat() if source.new_at else None,
            "fetched_at": source.fetched_at.isoformat() if source.fetched_at else None,
            "error": source.error or "",
        }
        with self._ledger.outbox.planning() as planning:
            planning.note(name, f"{source.name} silent since {since.isoformat()}", about, now)

    def _close_others(self) -> None:
        """Nothing; what is told of sources is on its way."""
        channels = {_watching(health): health.to for health in self._file.health}
        known = latest(self._ledger, self._clock)
        for alert in self._ledger.outbox.open(channels):
            with self._ledger.outbox.planning() as planning:
                planning.close(alert.key, alert.gathers, [], {}, known, channels[alert.subscription])


def _watching(health: HealthAlert) -> str:
    """The name under which alerts of sources are kept, wherever they stand in the file."""
    return f"health: {health.when}, to {', '.join(health.to)}"


def _delivered(delivery: Delivery, ledger: Ledger) -> str:
    """Where a delivery has got to, in words."""
    tries = ledger.outbox.attempts(delivery.key)
    last = f", {tries[-1].told}" if tries and tries[-1].told else ""
    tried = f", tried {delivery.tries} times" if delivery.tries > 1 else ""
    if delivery.status == "waiting":
        return f"waits until {delivery.next_at:%Y-%m-%d %H:%M:%SZ}{tried}{last}"
    ended = f" at {delivery.ended_at:%Y-%m-%d %H:%M:%SZ}" if delivery.ended_at else ""
    return f"{delivery.status}{ended}{tried}{last}"
