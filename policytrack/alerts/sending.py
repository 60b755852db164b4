"""Sending: every delivery that is due is tried, in its channel's order, and what came of it is kept.

At least once: a try is written down before it begins. In order: of a channel and a policy nothing is sent while
something earlier waits. One place that fails holds up no other.
"""

from __future__ import annotations

import datetime
import random
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import FIRST_COMPLETED, Executor, Future, wait
from contextlib import contextmanager
from typing import Final, NamedTuple

from pydantic import AwareDatetime, ConfigDict, Field

from policytrack.alerts.channel import Channel, Message, Retry, Undelivered
from policytrack.alerts.messages import Messages, about_of
from policytrack.errors import AlertError
from policytrack.ledger import Ledger
from policytrack.ledger.outbox import Delivery, Status
from policytrack.logs import get_logger
from policytrack.model import SCHEMA, Record
from policytrack.moments import Clock, minutes
from policytrack.packs import Rules

LONGEST_WAIT: Final = datetime.timedelta(days=1)
"""For how long a place that asks to be left alone is left alone, at most."""

Chance = Callable[[], float]
"""Gives a number from 0 to 1, by chance."""

_log = get_logger()


class Place(NamedTuple):
    """A channel, when it is tried again, and whether it is left alone for a while after it has failed."""

    channel: Channel
    retry: Retry = Retry()
    rests: bool = False


class SentLine(Record):
    """What came of one try: which alert, what it is about, to which channel, and when it is tried again if ever."""

    schema_: int = Field(default=SCHEMA, alias="schema")
    channel: str
    id: str
    about: str
    status: Status
    told: str
    next_at: AwareDatetime | None

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True, serialize_by_alias=True)


class Outcome(NamedTuple):
    """What came of one try: which message, to which channel, what the place said, and when it is tried again."""

    channel: str
    id: str
    about: str
    status: Status
    told: str
    next_at: datetime.datetime | None
    records: tuple[object, ...] = ()
    error: BaseException | None = None

    @property
    def line(self) -> SentLine:
        """The same as a record."""
        return SentLine(
            channel=self.channel,
            id=self.id,
            about=self.about,
            status=self.status,
            told=self.told,
            next_at=self.next_at,
        )

    @property
    def failure(self) -> AlertError | None:
        """The failure, in words that say what follows from it; None where it was sent."""
        if self.status == "sent":
            return None
        again = f"It is tried again from {minutes(self.next_at)[0]} on" if self.next_at else "It is not tried again"
        failure = AlertError(f"{self.channel}, for {self.about}: {self.told}. {again}: `policytrack alerts log`.")
        failure.__cause__ = self.error
        return failure


class _Tried(NamedTuple):
    """A try that has begun."""

    delivery: Delivery
    message: Message
    attempt: int


class Sending:
    """One round of sending to some places, each by its name. Whoever runs it has `Ledger.sending` for himself."""

    def __init__(
        self,
        ledger: Ledger,
        rules: Rules,
        places: Mapping[str, Place],
        clock: Clock,
        *,
        chance: Chance = random.random,
        stopped: Callable[[], bool] = lambda: False,
    ) -> None:
        self._outbox = ledger.outbox
        self._in_hand = ledger.in_hand
        self._messages = Messages(ledger, rules)
        self._places = places
        self._clock = clock
        self._chance = chance
        self._stopped = stopped

    def one_by_one(self) -> Iterator[Outcome]:
        """What came of each delivery that is due, in order, each tried in this thread."""
        queues = self._queues()
        waiting = sorted((each for queue in queues.values() for each in queue.waiting), key=lambda each: each.key)
        for delivery in waiting:
            if self._stopped():
                return
            queue = queues[delivery.channel]
            if queue.may(delivery, self._clock()):
                with self._held(delivery):
                    tried = self._begin(delivery)
                    ended = self._end(tried, _sending(self._places, tried)) if tried else None
                if ended is not None:
                    yield queue.after(ended)

    def side_by_side(self, executor: Executor) -> Iterator[Outcome]:
        """The same, the channels side by side: each has a thread, and all that is written is written by this one."""
        queues = self._queues()
        under_way: dict[Future[_Answer], _Tried] = {}

        def go_on(queue: _Queue) -> None:
            delivery = None if self._stopped() else queue.next(self._clock())
            if delivery is not None and (tried := self._begin(delivery)):
                under_way[executor.submit(_sending, self._places, tried)] = tried

        for queue in queues.values():
            go_on(queue)
        while under_way:
            done, _ = wait(under_way, return_when=FIRST_COMPLETED)
            for future in done:
                tried = under_way.pop(future)
                queue = queues[tried.delivery.channel]
                yield queue.after(self._end(tried, future.result()))
                go_on(queue)

    def _queues(self) -> dict[str, _Queue]:
        queues = {name: _Queue(place) for name, place in self._places.items()}
        for delivery in self._outbox.waiting(queues):
            if delivery.key not in self._in_hand:
                queues[delivery.channel].waiting.append(delivery)
        return queues

    @contextmanager
    def _held(self, delivery: Delivery) -> Iterator[None]:
        """A block in which the function that is called does not get the same by calling for what waits."""
        self._in_hand.add(delivery.key)
        try:
            yield
        finally:
            self._in_hand.discard(delivery.key)

    def _begin(self, delivery: Delivery) -> _Tried | None:
        """The try that begins; None where somebody else has tried meanwhile, or none is left.

        That none is left is seen when a try ends; of tries that never ended, because they were killed, it is seen here.
        """
        if delivery.tries >= self._places[delivery.channel].retry.tries:
            self._outbox.give_up(delivery.key, self._clock())
            return None
        message = self._messages.of(self._outbox.alert(delivery.alert))
        attempt = self._outbox.begin(delivery, self._clock())
        return None if attempt is None else _Tried(delivery, message, attempt)

    def _end(self, tried: _Tried, answer: _Answer) -> _Ended:
        """What came of a try, as it is kept."""
        delivery, now = tried.delivery, self._clock()
        next_at = self._next(delivery, answer, now)
        status: Status = "sent" if answer.taken else "dead" if next_at is None else "waiting"
        self._outbox.end(tried.attempt, delivery.key, now, answer.told, status, next_at)
        name, about = tried.message.payload.id, about_of(tried.message.payload)
        told = delivery.channel, name, about, status, answer.told, next_at
        outcome = Outcome(*told, tuple(tried.message.records), answer.error)
        _log.info(
            "sent" if answer.taken else "not sent",
            channel=delivery.channel,
            alert=name,
            told=answer.told,
            tries=delivery.tries + 1,
        )
        return _Ended(delivery, outcome)

    def _next(self, delivery: Delivery, answer: _Answer, now: datetime.datetime) -> datetime.datetime | None:
        """When it is tried again; None where it was taken, or never is."""
        retry = self._places[delivery.channel].retry
        if answer.taken or answer.final or delivery.tries + 1 >= retry.tries:
            return None
        return now + pause(retry, delivery.tries, answer.wait, self._chance)


class _Answer(NamedTuple):
    """What a place said to a message."""

    taken: bool
    told: str
    wait: float = 0
    final: bool = False
    error: BaseException | None = None


class _Ended(NamedTuple):
    """A try that has ended."""

    delivery: Delivery
    outcome: Outcome


class _Queue:
    """What waits for one channel, in order; `held` are the policies of which something earlier goes on waiting."""

    def __init__(self, place: Place) -> None:
        self.waiting: list[Delivery] = []
        self._place = place
        self._held: set[str] = set()
        self._rests = False
        self._first: list[Delivery] = []
        self._later: list[Delivery] | None = None

    def may(self, delivery: Delivery, now: datetime.datetime) -> bool:
        """Whether it is the turn of a delivery; where not, what comes after it of the same policies waits too."""
        due = not delivery.tries or is_due(delivery.next_at, now, self._place.retry)
        if due and not self._rests and self._held.isdisjoint(delivery.policies):
            return True
        self._held |= delivery.policies
        return False

    def next(self, now: datetime.datetime) -> Delivery | None:
        """The next delivery whose turn it is: what was never tried comes before what was, of other policies."""
        if self._later is None:
            self._later = []
            earlier: set[str] = set()
            for delivery in self.waiting:
                if delivery.tries or not earlier.isdisjoint(delivery.policies):
                    earlier |= delivery.policies
                    self._later.append(delivery)
                else:
                    self._first.append(delivery)
        for left in (self._first, self._later):
            while left:
                delivery = left.pop(0)
                if self.may(delivery, now):
                    return delivery
        return None

    def after(self, ended: _Ended) -> Outcome:
        """The outcome of a try, by which it is decided what comes next."""
        if ended.outcome.status == "waiting":
            self._held |= ended.delivery.policies
            self._rests = self._place.rests
        return ended.outcome


def pause(retry: Retry, tries: int, asked: float, chance: Chance) -> datetime.timedelta:
    """For how long a place is left alone after it failed, having failed `tries` times before; as long as it asks."""
    spread = 1 + retry.jitter * (2 * chance() - 1)
    # By logarithms it could not overflow, by hand it need not: nothing grows once it is the longest.
    seconds = min(retry.first * min(retry.factor ** min(tries, 100), 1e9), retry.longest) * spread
    return min(datetime.timedelta(seconds=max(seconds, asked)), LONGEST_WAIT + datetime.timedelta(seconds=seconds))


def is_due(next_at: datetime.datetime, now: datetime.datetime, retry: Retry) -> bool:
    """Whether it is time to try; also where it would be later than any pause: then a clock was wrong."""
    longest = LONGEST_WAIT + datetime.timedelta(seconds=retry.longest * (1 + retry.jitter))
    return next_at <= now or next_at > now + longest


def _sending(places: Mapping[str, Place], tried: _Tried) -> _Answer:
    """What the place said."""
    try:
        return _Answer(True, places[tried.delivery.channel].channel.send(tried.message))
    except Undelivered as error:
        return _Answer(False, error.told, error.wait, error.final, error)
    except Exception as error:  # noqa: BLE001 a function is the user's own code: whatever it raises is its failure
        return _Answer(False, f"{type(error).__name__}: {error}", error=error)
