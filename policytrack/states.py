"""How a policy stood, from all that was ever said of it. Pure; the order of the entries does not matter.

The states of a policy cover all time without gap or overlap: the first begins at `BEGINNING`, `unknown` where nothing
is known of it. A date of month or year precision counts as its first day wherever days are compared, and is shown as it
was told; a state whose successor begins on the same day has no length, and is left out.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

from policytrack.effects import Field, Reason
from policytrack.events import Telling, first_issuer, gather, share_dates, told, united_dates, united_triggers
from policytrack.fold import BEGINNING, Draft, Fold, Segment, Sorting, Unfit
from policytrack.model import (
    ClaimDate,
    Confidence,
    Direction,
    Entry,
    Issuer,
    Operation,
    Policy,
    PolicyState,
    Record,
    Scope,
    Stage,
    Standing,
    Trigger,
    digest,
    shift_id,
)
from policytrack.retractions import taken_back
from policytrack.stages import confidence, publishers, stage
from policytrack.status_model import Core

__all__ = ["BEGINNING", "Review", "Step", "Timeline", "review", "timeline"]


class Review(Record):
    """Claims that the status model cannot take, for a person to look at, and why. They changed nothing."""

    policy: str
    reason: Reason
    text: str
    operation: Operation
    direction: Direction
    on: str
    claims: tuple[str, ...]


class Step(NamedTuple):
    """One step from a standing to the next, made by one event.

    `field` is the first that changed, of status, level, scope, until, scheduled. `target` is the standing that the step
    leads to: `after` itself, or what is now scheduled for the first time. `follow_up` is the day on which that came to
    hold: it belongs to an earlier step, and is no second news. `claims` holds all that bear on it, also what speaks
    against it; `first_claim` is the first recorded of those that tell it, `named_by` the name of the policy in that
    claim: one of its former names, where it was recorded under that. `publishers` are independent of each other.
    """

    policy: str
    field: Field
    before: Standing
    after: Standing
    target: Standing
    operation: Operation
    direction: Direction
    issuer: Issuer
    occurred_on: str
    dates: tuple[ClaimDate, ...]
    scope: tuple[Scope, ...]
    triggers: tuple[Trigger, ...]
    stage: Stage
    implied: bool
    confidence: Confidence
    background: bool
    follow_up: bool
    publishers: tuple[str, ...]
    days_since_last: int | None
    claims: tuple[str, ...]
    first_claim: str
    named_by: str

    @property
    def sources(self) -> int:
        """How many independent publishers tell it."""
        return len(self.publishers)

    @property
    def shift_id(self) -> str:
        """The id of the shift that the step is; a policy that gets another name keeps the ids of its shifts."""
        return shift_id(self.named_by, self.direction, self.first_claim)


@dataclass(frozen=True, slots=True)
class Timeline:
    """All states of one policy, in order, the steps between them, and what a person has to look at.

    `retracted` are steps that no source stands by any longer: each as it would be, had nobody taken it back. They lead
    to no state. `taken_back` has every claim that its own source took back, with the claim that does so.
    """

    policy: str
    states: tuple[PolicyState, ...]
    steps: tuple[Step, ...]
    reviews: tuple[Review, ...]
    retracted: tuple[Step, ...] = ()
    taken_back: tuple[tuple[str, str], ...] = ()


def timeline(policy: Policy, entries: Sequence[Entry], core: Core) -> Timeline:
    """How the policy stood over all time, as these entries tell it.

    Entries that stand twice count once. Claims of other policies are taken as they come: aliases are one policy.
    """
    once = _each_once(entries)
    tellings = [told(entry) for entry in once]
    back = taken_back(tellings, policy, core)
    retracted: tuple[Step, ...] = ()
    if back:
        as_told = _fold(tellings, policy, core)
        fold = _fold([told(entry) for entry in once if entry.claim.id not in back], policy, core)
        _bear_denials(as_told, fold, back)
        retracted = tuple(_retracted(as_told, policy, core, back))
    else:
        fold = _fold(tellings, policy, core)
    grounds = {id(draft): _ground(draft, policy, core) for draft in fold.drafts if draft.follows is None}
    states = tuple(_states(policy, core, fold.segments, grounds))
    steps = tuple(_steps(policy, fold.drafts, grounds, core))
    reviews = [review(policy, unfit) for unfit in fold.unfit]
    reviews.sort(key=lambda each: (each.on, each.text, each.claims))
    return Timeline(policy.id, states, steps, tuple(reviews), retracted, tuple(sorted(back.items())))


def _fold(tellings: Iterable[Telling], policy: Policy, core: Core) -> Fold:
    sorting = Sorting(policy, core)
    for telling in tellings:
        sorting.take(telling)
    share_dates(sorting.news, core.days.same_article)
    fold = Fold(policy, core, sorting)
    fold.run(gather(sorting.news, policy.same_event, core.strength))
    return fold


def _each_once(entries: Sequence[Entry]) -> Sequence[Entry]:
    """Every claim once, as it was recorded first."""
    once = {entry.claim.id: entry for entry in entries}
    if len(once) == len(entries):
        return entries
    for entry in entries:
        known = once.setdefault(entry.claim.id, entry)
        if known is not entry and entry.recorded_at < known.recorded_at:
            once[entry.claim.id] = entry
    return list(once.values())


# --- what was taken back


def _bear_denials(as_told: Fold, fold: Fold, back: Mapping[str, str]) -> None:
    """Puts what took a report back to the step that others still tell, so that both sides of it are seen."""
    steps = {telling.claim.id: draft for draft in fold.drafts for telling in draft.tellings}
    for draft in as_told.drafts:
        gone = [telling.claim.id for telling in draft.tellings if telling.claim.id in back]
        left = [steps[telling.claim.id] for telling in draft.tellings if telling.claim.id in steps]
        if gone and left:
            left[0].taken_back += [back[claim] for claim in gone]


def _retracted(as_told: Fold, policy: Policy, core: Core, back: Mapping[str, str]) -> Iterator[Step]:
    """The steps of which every telling was taken back, as they would be if none had been."""
    for draft in as_told.drafts:
        told_by = [telling.claim.id for telling in draft.tellings]
        if draft.follows is None and all(claim in back for claim in told_by):
            step = _step(policy, core, draft, _ground(draft, policy, core), None)
            claims = {*step.claims, *(back[claim] for claim in told_by)}
            yield step._replace(stage="retracted", claims=tuple(sorted(claims)))


# --- reviews

_REASONS: Final[dict[Reason, str]] = {
    "not_meaningful": "{operation} means nothing for a {kind}",
    "contrary_direction": "{operation} cannot be {direction}",
    "direction_unclear": "what {operation} does to a {kind} cannot be said where its direction is {direction}",
    "nothing_scheduled": "{operation}, but nothing is known to be scheduled",
    "nothing_named": "{operation}, but it names nothing that changes",
    "end_not_named": "{operation}, but it does not say until when",
    "level_not_known": "{operation} by a difference, but the level before is not known",
    "no_rule": "no shift rule fits this {operation}",
}


def review(policy: Policy, unfit: Unfit) -> Review:
    """What a person has to look at, in words."""
    text = _REASONS[unfit.reason].format(operation=unfit.operation, direction=unfit.direction, kind=policy.kind)
    return Review(
        policy=policy.id,
        reason=unfit.reason,
        text=text,
        operation=unfit.operation,
        direction=unfit.direction,
        on=unfit.on,
        claims=tuple(sorted(unfit.claims)),
    )


# --- what a step rests on


class _Ground(NamedTuple):
    """What tells a step or bears it out, what of that states it, the stage that it reaches, all claims for or against.

    A follow-up rests on what the step does that announced it.
    """

    support: list[Telling]
    stated: list[Telling]
    stage: Stage
    claims: frozenset[str]


def _ground(draft: Draft, policy: Policy, core: Core) -> _Ground:
    support = draft.support
    stated = [telling for telling in support if not telling.claim.implied]
    claims = frozenset([telling.claim.id for telling in (*support, *draft.against)]).union(draft.taken_back)
    return _Ground(support, stated, stage(support, draft.against, policy, core), claims)


_Grounds = Mapping[int, _Ground]
"""By the `id` of each draft that follows no other."""


# --- steps


def _steps(policy: Policy, drafts: Iterable[Draft], grounds: _Grounds, core: Core) -> Iterator[Step]:
    made: dict[int, Step] = {}
    last_day: int | None = None
    for draft in drafts:
        if draft.follows is not None:
            yield _followed(made[id(draft.follows)], draft)
            continue
        since = None if last_day is None else draft.day - last_day
        made[id(draft)] = step = _step(policy, core, draft, grounds[id(draft)], since)
        last_day = draft.day
        yield step


def _step(policy: Policy, core: Core, draft: Draft, ground: _Ground, since: int | None) -> Step:
    event, support, stated = draft.event, ground.support, ground.stated
    first = min(draft.tellings, key=lambda each: (each.entry.recorded_at, each.claim.id)).claim
    return Step(
        policy=policy.id,
        field=draft.changes,
        before=draft.before,
        after=draft.after,
        target=draft.target,
        operation=draft.account.operation,
        direction=event.direction,
        issuer=first_issuer(event.strongest),
        occurred_on=draft.date,
        dates=united_dates(event.tellings),
        scope=draft.account.scope,
        triggers=united_triggers(draft.tellings),
        stage=ground.stage,
        implied=not stated,
        confidence=confidence(support, core),
        background=all(telling.claim.background for telling in draft.tellings),
        follow_up=False,
        publishers=publishers(stated or support),
        days_since_last=since,
        claims=tuple(sorted(ground.claims)),
        first_claim=first.id,
        named_by=first.policy or policy.id,
    )


def _followed(root: Step, draft: Draft) -> Step:
    """The day on which what a step announced came to hold."""
    return root._replace(
        field=draft.changes,
        before=draft.before,
        after=draft.after,
        target=draft.after,
        occurred_on=draft.date,
        follow_up=True,
    )


# --- states


def _states(policy: Policy, core: Core, segments: Sequence[Segment], grounds: _Grounds) -> Iterator[PolicyState]:
    lasting: list[tuple[Segment, tuple[str, ...]]] = []
    claims: set[str] = set()
    for segment in segments:
        draft = segment.draft
        if draft is None or draft.before.status != draft.after.status:
            claims = set()
        claims.update([telling.claim.id for telling in segment.own])
        if draft is not None:
            claims |= grounds[id(draft.follows or draft)].claims
        if lasting and lasting[-1][0].day == segment.day:
            lasting.pop()
        lasting.append((segment, tuple(sorted(claims))))
    ends = [segment.date for segment, _ in lasting[1:]]
    for (segment, of), end in zip(lasting, [*ends, None], strict=True):
        yield _state(policy, segment, _stage(policy, core, segment, grounds), end, of)


def _stage(policy: Policy, core: Core, segment: Segment, grounds: _Grounds) -> Stage:
    root = segment.draft and (segment.draft.follows or segment.draft)
    if root is None:
        return stage(segment.own, (), policy, core)
    ground = grounds[id(root)]
    return stage([*ground.support, *segment.own], root.against, policy, core) if segment.own else ground.stage


def _state(
    policy: Policy, segment: Segment, how_sure: Stage, until: str | None, claims: tuple[str, ...]
) -> PolicyState:
    standing = segment.standing
    found = digest(policy.id, segment.date, until, how_sure, standing.model_dump_json(), *claims)
    return PolicyState(
        id=f"p-{found}",
        policy=policy.id,
        stage=how_sure,
        valid_from=segment.date,
        valid_to=until,
        claims=claims,
        status=standing.status,
        level=standing.level,
        scope=standing.scope,
        until=standing.until,
        scheduled=standing.scheduled,
    )
