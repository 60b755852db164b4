"""Claims placed in time and gathered into events: one event, many articles. Pure.

A claim is placed on the day that it dates itself to, else on its publication. What is only known to the month or year
covers all its days: it belongs to the first event of its direction that it could be about, and only where there is
none does it make one of its own, placed on its first day.
"""

from __future__ import annotations

import re
from bisect import bisect_left, insort
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from operator import attrgetter
from typing import Final

from policytrack.dates import first_day, last_day
from policytrack.model import (
    Claim,
    ClaimDate,
    ClaimLevel,
    Direction,
    Entry,
    Issuer,
    Operation,
    Scope,
    Trigger,
    digest,
)
from policytrack.status_model import PUT_OFF, Core

OPPOSITE: Final[dict[Direction, Direction]] = {"looser": "tighter", "tighter": "looser"}
"""The contrary of a direction; `neutral` has none."""

ROLES: Final = ("in_force", "decided", "announced", "communicated", "first_use")
"""What a claim's own date is taken from, the first that it gives."""

_ROLE_ORDER: Final = {role: place for place, role in enumerate((*ROLES, "expires"))}
_KEY: Final = attrgetter("key")
_ALNUM: Final = re.compile(r"[^\W_]+")
_TRIGGER_ORDER: Final = {"primary": 0, "contributing": 1, "context": 2}


@lru_cache(maxsize=65_536)
def days_of(partial: str) -> tuple[int, int]:
    """The first and the last day of a partial date, as day numbers (`datetime.date.toordinal`)."""
    return first_day(partial).toordinal(), last_day(partial).toordinal()


def best_date(dates: Iterable[str]) -> str:
    """The most precise of partial dates, and of these the earliest."""
    return min(dates, key=lambda date: (-len(date), date))


@dataclass(slots=True)
class Telling:
    """One claim, placed: `first` and `last` are the days on which what it tells can have happened, as day numbers.

    `dated` says that the claim itself dates it. `starts_on` is a date of force later than publication; `in_force` says
    that the measure holds already: it is implemented, or its date of force has come. `said` and `told_by` are the first
    and the last day on which the article can have been published. `key` orders tellings as a reader meets them: by day,
    publication, article, place in the article.
    """

    entry: Entry
    claim: Claim
    date: str
    dated: bool
    starts_on: str | None
    in_force: bool
    said: int
    told_by: int
    first: int
    last: int
    key: tuple[int, int, str, int, str]

    def place(self, date: str) -> None:
        """Dates what the claim tells."""
        self.date = date
        self.first, self.last, self.key = _placed(self.claim, date, self.said, self.told_by)


def _placed(claim: Claim, date: str, said: int, told_by: int) -> tuple[int, int, tuple[int, int, str, int, str]]:
    first, last = days_of(date)
    # What is told has happened by then: "2024", published in May 2024, is not about June.
    last = max(first, min(last, told_by)) if last > told_by else last
    return first, last, (first, said, claim.article_id, claim.evidence.start, claim.id)


def told(entry: Entry) -> Telling:
    """The claim of an entry, placed by its own dates, else by its publication.

    A date after publication has not come yet: of role `in_force` it is when the measure starts, of any other role it
    says nothing of when this happened.
    """
    claim = entry.claim
    said, told_by = days_of(entry.published_at)
    own: tuple[int, int, str] | None = None
    starts_on: str | None = None
    for date in claim.dates:
        ahead = days_of(date.date)[0] > told_by
        # "Put off until June": June is neither when this was done nor an end.
        put_off = claim.operation == PUT_OFF and date.role in ("in_force", "expires")
        if put_off or (date.role == "in_force" and ahead):
            starts_on = date.date if starts_on is None else best_date((starts_on, date.date))
        elif ahead:
            continue
        elif date.role in ROLES and (claim.implied or date.role != "first_use"):
            candidate = (ROLES.index(date.role), -len(date.date), date.date)
            own = candidate if own is None else min(own, candidate)
    begun = claim.status == "implemented" or (own is not None and own[0] == 0)
    date_of = own[2] if own else entry.published_at
    in_force = begun and starts_on is None
    placed = _placed(claim, date_of, said, told_by)
    return Telling(entry, claim, date_of, own is not None, starts_on, in_force, said, told_by, *placed)


def share_dates(tellings: Sequence[Telling], within: int) -> None:
    """Gives undated news the date that its own article gives for news of the same direction.

    An article often dates a decision once and tells it several times. Dates more than `within` days before publication
    are not shared: those are of an earlier decision.
    """
    dates: dict[tuple[str, str], list[str]] = {}
    for telling in tellings:
        claim = telling.claim
        if telling.dated and not (claim.background or claim.implied) and telling.said - telling.first <= within:
            dates.setdefault((claim.article_id, claim.direction), []).append(telling.date)
    if not dates:
        return
    for telling in tellings:
        claim = telling.claim
        if not telling.dated and (shared := dates.get((claim.article_id, claim.direction))):
            telling.place(best_date(shared))


# --- events


@dataclass(slots=True)
class Event:
    """What happened once, by all the claims that tell it.

    `earliest` is the first day that any of them gives, `date` the most precise and then the earliest of their dates,
    `day` its first day. `strongest` are the claims in the order of their operations, the strongest first.
    """

    direction: Direction
    tellings: list[Telling]
    earliest: int
    date: str = ""
    day: int = 0
    strongest: Sequence[Telling] = ()
    closed: int | None = None
    """The day of the first contrary claim after it: what is later is another event."""

    def settle(self, strength: Mapping[Direction, Sequence[Operation]]) -> None:
        """Dates the event and orders its claims, when all of them are known."""
        tellings = self.strongest = self.tellings
        self.date = tellings[0].date
        if len(tellings) > 1:
            tellings.sort(key=_KEY)
            order = strength[self.direction]
            self.strongest = sorted(tellings, key=lambda telling: order.index(telling.claim.operation))
            self.date = best_date([telling.date for telling in tellings])
        self.day = days_of(self.date)[0]


def gather(tellings: Iterable[Telling], span: int, strength: Mapping[Direction, Sequence[Operation]]) -> list[Event]:
    """The events that claims tell, in order of their days; `span` is how many days one event can take.

    Claims of one direction, dated within `span` days of the event's earliest, with no contrary claim between them.
    """
    exact: list[Telling] = []
    vague: list[Telling] = []
    for telling in tellings:
        (exact if telling.first == telling.last else vague).append(telling)
    events = list(_exact_events(sorted(exact, key=_KEY), span))
    _gather_vague(sorted(vague, key=lambda telling: (telling.last - telling.first, telling.key)), events, span)
    for event in events:
        event.settle(strength)
    return sorted(events, key=lambda event: (event.day, event.tellings[0].key))


def _exact_events(tellings: Iterable[Telling], span: int) -> Iterator[Event]:
    still_open: dict[Direction, Event] = {}
    for telling in tellings:
        direction, day = telling.claim.direction, telling.first
        event = still_open.get(direction)
        # Claims of one day have no order: a contrary one ends the event for later days only.
        if event and day - event.earliest <= span and (event.closed is None or event.closed == day):
            event.tellings.append(telling)
        else:
            event = still_open[direction] = Event(direction, [telling], day)
            yield event
        contrary = still_open.get(OPPOSITE[direction]) if direction in OPPOSITE else None
        if contrary and contrary.closed is None:
            contrary.closed = day


def _gather_vague(tellings: Iterable[Telling], events: list[Event], span: int) -> None:
    """Puts each claim without an exact day, the most precise first, to the first event that it could be about."""
    starts: dict[str, list[tuple[int, int]]] = {}
    for number, event in enumerate(events):
        starts.setdefault(event.direction, []).append((event.earliest, number))
    for telling in tellings:
        known = starts.setdefault(telling.claim.direction, [])
        place = bisect_left(known, (telling.first - span, -1))
        if place < len(known) and known[place][0] <= telling.last:
            events[known[place][1]].tellings.append(telling)
        else:
            insort(known, (telling.first, len(events)))
            events.append(Event(telling.claim.direction, [telling], telling.first))


# --- what an event says


@dataclass(slots=True)
class Account:
    """What the claims of one event say together, seen from one of its operations.

    `level`, `until`: of the strongest operation that says it. `starts_on` is set where the measure holds only later,
    `in_force` where somebody says that it holds.
    """

    operation: Operation
    direction: Direction
    level: ClaimLevel | None
    until: str | None
    starts_on: str | None
    in_force: bool
    scope: tuple[Scope, ...] = field(default=())


def accounts(event: Event, core: Core) -> Iterator[Account]:
    """The event as each of its operations tells it, the strongest operation first."""
    tellings = event.strongest
    level: ClaimLevel | None = None
    until: str | None = None
    in_force = False
    operations: list[Operation] = []
    scopes: list[tuple[Scope, ...]] = []
    corrected = _corrected(tellings) if len(tellings) > 1 else _NONE
    for telling in tellings:
        claim = telling.claim
        if claim.level is not None and (claim.id, "level") not in corrected:
            level = level or claim.level
        if until is None and claim.dates and (claim.id, "until") not in corrected:
            until = _end(claim)
        in_force = in_force or telling.in_force
        if claim.scope:
            scopes.append(claim.scope)
        if claim.operation not in operations:
            operations.append(claim.operation)
    starts_on = _starts_on(event)
    scope = united_scope(scopes, core)
    for operation in operations:
        yield Account(operation, event.direction, level, until, starts_on, in_force and starts_on is None, scope)


_NONE: Final[frozenset[tuple[str, str]]] = frozenset()


def _corrected(tellings: Sequence[Telling]) -> frozenset[tuple[str, str]]:
    """The claims whose level or end the same source gave otherwise in a later article: each with which of the two."""
    said: dict[tuple[str, str], list[Telling]] = {}
    for telling in tellings:
        claim = telling.claim
        if telling.entry.source and not claim.background:
            if claim.level is not None and claim.level.to is not None:
                said.setdefault((telling.entry.source, "level"), []).append(telling)
            if claim.dates and _end(claim) is not None:
                said.setdefault((telling.entry.source, "until"), []).append(telling)
    found: set[tuple[str, str]] = set()
    for (_, what), several in said.items():
        if len(several) > 1:
            last = max(telling.said for telling in several)
            found.update((telling.claim.id, what) for telling in several if telling.told_by < last)
    return frozenset(found)


def _end(claim: Claim) -> str | None:
    """When what the claim tells is expected to end."""
    for date in claim.dates:
        if date.role == "expires":
            return date.date
    return None


def _starts_on(event: Event) -> str | None:
    """When the measure starts, where that is later than the event; it may have started before the day named for it."""
    ahead = [telling.starts_on for telling in event.tellings if telling.starts_on is not None]
    if not ahead:
        return None
    begun = [telling.date for telling in event.tellings if telling.in_force]
    starts_on = min((best_date(ahead), *begun), key=days_of)
    return starts_on if days_of(starts_on)[0] > event.day else None


# --- several claims' words as one


def scope_words(scope: Scope, core: Core) -> str:
    """What stands for the words of a scope that tell it from others, also where they were removed."""
    return scope.words or told_words(scope.quote, core.ignored)


@lru_cache(maxsize=65_536)
def told_words(quote: str, ignored: tuple[str, ...]) -> str:
    """A digest of the words of a quotation, in whatever order, without those that are ignored."""
    words = frozenset(_words(quote))
    return digest(*sorted(words - frozenset(ignored) or words))


@lru_cache(maxsize=65_536)
def _words(text: str) -> tuple[str, ...]:
    return tuple(_ALNUM.findall(text.casefold()))


def united_scope(scopes: Iterable[tuple[Scope, ...]], core: Core) -> tuple[Scope, ...]:
    """All scopes, in order, each once: what is the same in other words is left out."""
    united: dict[str, Scope] = {}
    for several in scopes:
        for scope in several:
            united.setdefault(scope_words(scope, core), scope)
    return tuple(united.values())


def united_triggers(tellings: Iterable[Telling]) -> tuple[Trigger, ...]:
    """All triggers that claims state, primary ones first, each quotation once."""
    united: dict[tuple[str, ...], Trigger] = {}
    triggers = [trigger for telling in tellings for trigger in telling.claim.triggers]
    for trigger in sorted(triggers, key=lambda trigger: _TRIGGER_ORDER[trigger.kind]):
        removed = () if trigger.quote else (str(trigger.start), str(trigger.end))
        united.setdefault(_words(trigger.quote) or (trigger.quote, *removed), trigger)
    return tuple(united.values())


def united_dates(tellings: Iterable[Telling]) -> tuple[ClaimDate, ...]:
    """All dates that claims give, by role and date, each once."""
    united: dict[tuple[int, str], ClaimDate] = {}
    for telling in tellings:
        for date in telling.claim.dates:
            united.setdefault((_ROLE_ORDER[date.role], date.date), date)
    return tuple([united[place] for place in sorted(united)])


def first_issuer(tellings: Iterable[Telling]) -> Issuer:
    """The first issuer that is known, else the first that is named at all."""
    issuers = [telling.claim.issuer for telling in tellings]
    known = next((issuer for issuer in issuers if issuer.id is not None), None)
    return known or next((issuer for issuer in issuers if issuer.text is not None), Issuer())
