"""One pass over all that is told of a policy, in the order of its days: standings, and the steps between them. Pure."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from operator import itemgetter
from typing import Final

from policytrack.effects import Field, Outcome, Past, Reason, changed, outcome, same_level
from policytrack.events import OPPOSITE, Account, Event, Telling, accounts, days_of
from policytrack.model import Direction, Operation, Policy, Scope, Standing
from policytrack.status_model import PAUSE, PUT_OFF, REAFFIRM, UNKNOWN, Core

BEGINNING: Final = "0001-01-01"
"""When the first state of every policy begins: before all news."""

NOTHING_KNOWN: Final = Standing(status=UNKNOWN)


@dataclass(frozen=True, slots=True)
class Unfit:
    """Claims that the status model cannot take, and why."""

    reason: Reason
    operation: Operation
    direction: Direction
    on: str
    claims: tuple[str, ...]


# --- what each claim is for


@dataclass(slots=True)
class Sorting:
    """Claims by what the fold does with them; what it does nothing with is in none of the lists."""

    policy: Policy
    core: Core
    fitting: dict[tuple[Operation, Direction], Reason | None] = field(default_factory=dict)
    """Why the status model cannot take claims of an operation and a direction, of those that were met."""
    news: list[Telling] = field(default_factory=list)
    """Factive claims that can move something, background ones that are dated among them."""
    history: list[Telling] = field(default_factory=list)
    """Background without a date: it fills what is unknown, and overrides nothing."""
    words: list[Telling] = field(default_factory=list)
    """What says that nothing changes: reaffirmed, or ruled out by the issuer."""
    denials: list[Telling] = field(default_factory=list)
    unfit: list[Unfit] = field(default_factory=list)

    def take(self, telling: Telling) -> None:
        """Puts a claim into the list that it belongs to."""
        claim = telling.claim
        undated_history = claim.background and not telling.dated and telling.starts_on is None
        if claim.status in ("denied", "ruled_out"):
            if self._by_issuer(telling) and not undated_history:
                (self.denials if claim.status == "denied" else self.words).append(telling)
        elif not claim.factive:
            return
        elif (reason := self._unfit(telling)) is not None:
            self.unfit.append(Unfit(reason, claim.operation, claim.direction, telling.date, (claim.id,)))
        elif undated_history:
            self.history.append(telling)
        elif claim.operation == REAFFIRM:
            self.words.append(telling)
        else:
            self.news.append(telling)

    def _by_issuer(self, telling: Telling) -> bool:
        """True unless somebody else is known to say it."""
        issuer = telling.claim.issuer.id
        return issuer is None or not self.policy.issuer or issuer in self.policy.issuer

    def _unfit(self, telling: Telling) -> Reason | None:
        met = telling.claim.operation, telling.claim.direction
        try:
            return self.fitting[met]
        except KeyError:
            return self.fitting.setdefault(met, self._unfitness(*met))

    def _unfitness(self, operation: Operation, direction: Direction) -> Reason | None:
        if self.core.cell(operation, self.policy.kind) == "-":
            return "not_meaningful"
        return "contrary_direction" if self.core.never.get(operation) == direction else None


# --- the fold


@dataclass(slots=True, eq=False)
class Draft:
    """A step while claims still come that bear on it. `follows` is the step that announced it.

    `changes` is the first field that it does change.
    """

    changes: Field
    event: Event
    account: Account
    before: Standing
    after: Standing
    target: Standing
    date: str
    day: int
    tellings: list[Telling]
    follows: Draft | None = None
    words: list[Telling] = field(default_factory=list)
    against: list[Telling] = field(default_factory=list)
    taken_back: list[str] = field(default_factory=list)
    """Claims by which sources took back that they had told it."""

    @property
    def direction(self) -> Direction:
        return self.event.direction

    @property
    def support(self) -> list[Telling]:
        """What tells it, and what reaffirms it."""
        return [*self.tellings, *self.words]


@dataclass(slots=True)
class Segment:
    """A standing from a day on, made by a step or (`own`) by claims that make none."""

    day: int
    date: str
    standing: Standing
    draft: Draft | None = None
    own: list[Telling] = field(default_factory=list)


@dataclass(slots=True)
class Pending:
    """What is scheduled, by which step, and when it will hold; None where that date was taken away."""

    target: Standing
    draft: Draft
    on: str | None


class Fold:
    """One pass over events and words in the order of their days."""

    def __init__(self, policy: Policy, core: Core, sorting: Sorting) -> None:
        self.policy, self.core, self.sorting = policy, core, sorting
        self.segments = [Segment(days_of(BEGINNING)[0], BEGINNING, NOTHING_KNOWN)]
        self.drafts: list[Draft] = []
        self.last: Draft | None = None
        self.pending: Pending | None = None
        self.past = Past()
        self.unfit = list(sorting.unfit)
        self.history: list[tuple[int, Telling]] = []
        self.drafts_of: dict[int, Draft] = {}

    @property
    def standing(self) -> Standing:
        return self.segments[-1].standing

    def run(self, events: Sequence[Event]) -> None:
        """Takes everything in, in order."""
        self.history = _by_first_news(self.sorting, events)
        moments: list[tuple[int, int, int, Event | Telling | Standing]] = []
        moments += [(event.day, 1, number, event) for number, event in enumerate(events)]
        words = sorted(self.sorting.words, key=lambda telling: telling.key)
        moments += [(word.first, 2, number, word) for number, word in enumerate(words)]
        if (start := _started(self.policy)) is not None:
            moments.append((days_of(start[0])[0], 0, 0, start[1]))
        for day, _, _, moment in sorted(moments, key=itemgetter(0, 1, 2)):
            self._come_due(day, moment)
            if isinstance(moment, Event):
                self._take_event(moment)
            elif isinstance(moment, Telling):
                self._take_word(moment)
            else:
                self._take_start(moment)
        self._come_due(None, None)
        self._fill(None, None)
        self._take_denials(events)

    # what the pack says

    def _take_start(self, standing: Standing) -> None:
        """The pack's word on how the policy stood; what was told already of the same status knows more."""
        if self.standing.status == standing.status:
            return
        self.last, self.pending, self.past = None, None, Past()
        start = self.policy.start
        on = (start.on if start else None) or BEGINNING
        self.segments.append(Segment(days_of(on)[0], on, standing))

    # events

    def _take_event(self, event: Event) -> None:
        """The effect of the strongest operation that has one; else the event is told again, or for review."""
        if self.standing.status == UNKNOWN:
            self._fill(event.day, event)
        standing = self.standing
        unchanged: list[tuple[Account, Outcome]] = []
        for account in accounts(event, self.core):
            if self.pending is not None and self._tells_what_is_scheduled(event, account, self.pending):
                return
            result = outcome(account, standing, self.past, self.policy, self.core)
            if self.pending is not None:
                result = self._overtaking(account, result, self.pending)
            if fields := changed(standing, result.after, self.core):
                self._step(event, account, result, fields[0])
                return
            unchanged.append((account, result))
        self._retold(event, unchanged)

    def _step(self, event: Event, account: Account, result: Outcome, first: Field) -> None:
        before, after = self.standing, result.after
        target, tellings = result.target or after, list(event.tellings)
        draft = Draft(first, event, account, before, after, target, event.date, event.day, tellings)
        self._contradict(draft)
        self._schedule(draft, result)
        if result.target is None and before.status != after.status:
            self.past = Past(before if account.operation == PAUSE else None, self.past.on)
        self._append(draft)

    def _append(self, draft: Draft) -> None:
        self.segments.append(Segment(draft.day, draft.date, draft.after, draft))
        self.drafts.append(draft)
        self.last = draft.follows or draft
        if draft.follows is None:
            self.drafts_of[id(draft.event)] = draft

    def _contradict(self, draft: Draft) -> None:
        """Two events of one day, contrary, from other publishers: accounts of one event that cannot both be right."""
        other, event = self.last, draft.event
        if other is None or other.event.date != event.date or len(event.date) != len(BEGINNING):
            return
        sources = {telling.entry.source for telling in event.tellings}
        apart = sources.isdisjoint(telling.entry.source for telling in other.event.tellings)
        if OPPOSITE.get(event.direction) == other.direction and apart:
            other.against += event.tellings
            draft.against += other.event.tellings

    def _retold(self, event: Event, unchanged: Sequence[tuple[Account, Outcome]]) -> None:
        """Nothing changes: the event tells the last step again, or how it stands; or it cannot be taken."""
        account, result = next(((a, r) for a, r in unchanged if r.problem is None), unchanged[0])
        last = self.last
        again = last is not None and last.direction == event.direction
        if last is not None and again and (result.problem is None or self._repeats(account, last)):
            last.tellings += event.tellings
            self.drafts_of[id(event)] = last
        elif result.problem is None:
            self.segments[-1].own += event.tellings
        else:
            claims = [telling.claim.id for telling in event.tellings]
            self.unfit.append(Unfit(result.problem, account.operation, event.direction, event.date, tuple(claims)))

    def _repeats(self, account: Account, last: Draft) -> bool:
        """Whether an account that names nothing can be of the last step: any was eased or tightened, if no more."""
        return account.operation in (last.account.operation, *self.core.gradual)

    # what is scheduled

    def _tells_what_is_scheduled(self, event: Event, account: Account, pending: Pending) -> bool:
        """Takes an event that tells what is scheduled anyway: again, or that it holds already."""
        if pending.on is None or event.direction != pending.draft.direction:
            return False
        if account.starts_on not in (None, pending.on):
            return False
        held = replace(account, starts_on=None, in_force=True)
        result = outcome(held, self.standing, self.past, self.policy, self.core)
        target = pending.target
        if not result.sets or result.after.status != target.status:
            return False
        if account.level is not None and not same_level(result.after.level, target.level):
            return False
        pending.draft.tellings += event.tellings
        self.drafts_of[id(event)] = pending.draft
        if account.in_force:
            self._hold(pending, event.date, event.day)
        return True

    def _overtaking(self, account: Account, result: Outcome, pending: Pending) -> Outcome:
        """The outcome, without what was scheduled where the event undoes it or goes beyond it."""
        if not result.sets or result.target is not None:
            return result
        direction = pending.draft.direction
        if OPPOSITE.get(account.direction) != direction:
            statuses = self.core.statuses(self.policy.kind)
            ahead = statuses.index(pending.target.status) - statuses.index(result.after.status)
            further = ahead < 0 if direction == "looser" else ahead > 0
            if further or (ahead == 0 and not same_level(pending.target.level, result.after.level)):
                return result
        return result._replace(after=result.after.model_copy(update={"scheduled": None}))

    def _schedule(self, draft: Draft, result: Outcome) -> None:
        """Keeps what is scheduled after a step."""
        scheduled, pending = draft.after.scheduled, self.pending
        if scheduled is None:
            self.pending = None
        elif scheduled != draft.before.scheduled:
            root = draft
            if pending is not None and result.target is None:
                draft.target = pending.target
                if draft.account.operation == PAUSE:
                    self.past = self.past._replace(on=pending.on)
            if pending is not None and not announces(draft.before, draft.after):
                root = pending.draft
            self.pending = Pending(draft.target, root, scheduled.on)
            if scheduled.on is not None and days_of(scheduled.on)[0] <= draft.day:
                # Taken up again after the day that was set for it: it holds from now on.
                self.pending.on = draft.date

    def _come_due(self, day: int | None, moment: object) -> None:
        """Lets what is scheduled hold, before the next moment; on its very day a contrary event comes first."""
        pending = self.pending
        if pending is None or pending.on is None:
            return
        due = days_of(pending.on)[0]
        if day is not None and (due > day or (due == day and self._stops(pending, moment))):
            return
        self._hold(pending, pending.on, due)

    def _stops(self, pending: Pending, moment: object) -> bool:
        if not isinstance(moment, Event):
            return False
        if OPPOSITE.get(moment.direction) == pending.draft.direction:
            return True
        return any(telling.claim.operation == PUT_OFF for telling in moment.tellings)

    def _hold(self, pending: Pending, date: str, day: int) -> None:
        root, before = pending.draft, self.standing
        after = pending.target.model_copy(update={"scheduled": None})
        self.pending = None
        if root.account.operation == PAUSE:
            self.past = Past(before)
        first = changed(before, after, self.core)[0]
        self._append(Draft(first, root.event, root.account, before, after, after, date, day, [], follows=root))

    # words that nothing changes

    def _take_word(self, word: Telling) -> None:
        """A claim that nothing changes: it names an unknown status, bears out the last step, or disputes it."""
        if self.standing.status == UNKNOWN:
            self._fill(word.first, None)
        named = self._named(word)
        if self.standing.status == UNKNOWN:
            if named is not None:
                standing = self.standing.model_copy(update={"status": named})
                self.segments.append(Segment(word.first, word.date, standing, own=[word]))
            return
        direction, last = word.claim.direction, self.last
        if not word.claim.factive:
            return
        if last is None:
            if named == self.standing.status:
                self.segments[-1].own.append(word)
        elif direction == last.direction:
            last.words.append(word)
        elif OPPOSITE.get(direction) == last.direction and not word.claim.background and self._near(word, last):
            last.against.append(word)

    def _near(self, word: Telling, last: Draft) -> bool:
        return word.first - last.event.earliest <= self.policy.same_event

    def _named(self, word: Telling) -> str | None:
        """The status that stands, by a claim that nothing changes."""
        claim = word.claim
        if not claim.factive:
            return self.core.kinds[self.policy.kind].refused.get(claim.direction)
        account = Account(REAFFIRM, claim.direction, None, None, None, True)
        status = outcome(account, NOTHING_KNOWN, Past(), self.policy, self.core).after.status
        return None if status == UNKNOWN else status

    def _take_denials(self, events: Sequence[Event]) -> None:
        """Puts every denial against the event that it is about: of its direction, and nearest to it in time."""
        if not self.sorting.denials:
            return
        told: dict[str, list[tuple[int, int]]] = {}
        for number, event in enumerate(events):
            told.setdefault(event.direction, []).append((event.earliest, number))
        for days in told.values():
            days.sort()
        span = self.policy.same_event
        for denial in sorted(self.sorting.denials, key=lambda telling: telling.key):
            days = told.get(denial.claim.direction, [])
            near = days[
                bisect_left(days, (denial.first - span, -1)) : bisect_right(days, (denial.last + span, len(events)))
            ]
            numbers = sorted(near, key=lambda each: (abs(each[0] - denial.first), each))
            draft = next((d for _, n in numbers if (d := self.drafts_of.get(id(events[n]))) is not None), None)
            if draft is not None:
                draft.against.append(denial)

    # history without a date

    def _fill(self, day: int | None, event: Event | None) -> None:
        """Gives what is still unknown a status, from background of articles whose first news is no later than `day`.

        Background that tells what the event itself brings is the same news, told again.
        """
        if not self.history or self.standing.status != UNKNOWN:
            return
        news = self._brought(event)
        for first_news, telling in self.history:
            if day is not None and first_news > day:
                return
            filled = self._filled(telling)
            if filled.status not in (UNKNOWN, news):
                for segment in self.segments:
                    if segment.standing.status == UNKNOWN:
                        segment.standing = _known(segment.standing, filled)
                        segment.own.append(telling)
                return

    def _filled(self, telling: Telling) -> Standing:
        claim = telling.claim
        account = Account(claim.operation, claim.direction, claim.level, None, None, True, claim.scope)
        return outcome(account, NOTHING_KNOWN, Past(), self.policy, self.core).after

    def _brought(self, event: Event | None) -> str:
        """The status that an event sets where nothing is known, or `unknown`."""
        if event is not None:
            for account in accounts(event, self.core):
                result = outcome(account, NOTHING_KNOWN, Past(), self.policy, self.core)
                if (status := (result.target or result.after).status) != UNKNOWN:
                    return status
        return UNKNOWN


def announces(before: Standing, after: Standing) -> bool:
    """Whether a step schedules a status or level that was not scheduled before."""
    if before.scheduled is None or after.scheduled is None:
        return after.scheduled is not None
    same = before.scheduled.status == after.scheduled.status
    return not (same and same_level(before.scheduled.level, after.scheduled.level))


# --- where it begins


def _started(policy: Policy) -> tuple[str, Standing] | None:
    """How the policy stood by its pack, and from when."""
    start = policy.start
    if start is None or start.status == UNKNOWN:
        return None
    scope = (_start_scope(start.scope),) if start.scope else ()
    return start.on or BEGINNING, Standing(status=start.status, level=start.level, scope=scope, until=start.until)


def _start_scope(text: str) -> Scope:
    """A scope in the pack's own words: its offsets count in these."""
    return Scope(kind="condition", start=0, end=len(text), quote=text)


def _by_first_news(sorting: Sorting, events: Iterable[Event]) -> list[tuple[int, Telling]]:
    """Background without a date, with the day of its article's first news, the earliest first."""
    if not sorting.history:
        return []
    first: dict[str, int] = {}
    dated = [(event.day, telling) for event in events for telling in event.tellings]
    dated += [(word.first, word) for word in sorting.words]
    for day, telling in dated:
        if not telling.claim.background:
            article = telling.claim.article_id
            first[article] = min(day, first.get(article, day))
    told = [(first.get(each.claim.article_id, each.said), each) for each in sorting.history]
    return sorted(told, key=lambda each: (each[0], each[1].key))


def _known(unknown: Standing, filled: Standing) -> Standing:
    """A standing of unknown status, with what background says of it; what is known of it stays."""
    return Standing(
        status=filled.status,
        level=unknown.level or filled.level,
        scope=unknown.scope or filled.scope,
        until=unknown.until or filled.until,
        scheduled=unknown.scheduled,
    )
