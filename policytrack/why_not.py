"""Why a policy did not shift on a day: what each claim near it lacked, and the shift rule that came nearest."""

from __future__ import annotations

import datetime
from collections.abc import Iterator, Mapping, Sequence

from pydantic import AwareDatetime

from policytrack.dates import days_between
from policytrack.detect import Detector, Transition
from policytrack.events import told
from policytrack.explain import ConditionExplanation, RuleExplanation, nearest_miss
from policytrack.model import Claim, Entry, PartialDate, Policy, PolicyState, Record
from policytrack.moments import minutes
from policytrack.packs import Rules
from policytrack.printable import marked
from policytrack.states import Step, Timeline, timeline
from policytrack.status_model import REAFFIRM


class Near(Record):
    """A claim near the day that made no shift there: what it lacked, and what it would have been with that.

    `would` is the kind of shift that the same words make when they are told as decided news; None where they make none
    even so.
    """

    claim: str
    article_id: str
    published_at: PartialDate
    quote: str
    lacked: str
    would: str | None = None


class Absence(Record):
    """Why a policy did not shift on a day, as known at a moment. Prints as a tree.

    `status` is how it stood that day; `shifts` are those that did occur, with their kinds; `near` are the claims around
    it, by date; `nearest` is, of the rules of the kind that was asked for, the one that lacked least on a step near the
    day; None where no kind was asked for, or it did occur, or nothing near the day is a step. `would_hold` says of each
    of its conditions that failed, in their order, what would make it hold.
    """

    policy: str
    on: PartialDate
    known: AwareDatetime
    kind: str | None
    status: str
    shifts: tuple[str, ...]
    near: tuple[Near, ...]
    nearest: RuleExplanation | None
    would_hold: tuple[str, ...] = ()
    days: int

    @property
    def occurred(self) -> tuple[str, ...]:
        """The shifts of that day that are of the kind that was asked for: where there is one, nothing is absent."""
        return tuple(shift for shift in self.shifts if self.kind in (None, shift.partition(" ")[0]))

    def __str__(self) -> str:
        asked = f"{'a' if self.occurred else 'no'} {self.kind or 'shift'}"
        head = f"{self.policy}: {asked} on {self.on}  (as known {minutes(self.known)[0]})"
        return "\n".join([head, *self._lines()])

    def _lines(self) -> Iterator[str]:
        yield f"├─ it stood at {self.status}"
        yield from (f"├─ what did occur: {shift}" for shift in self.shifts)
        for near in self.near:
            yield f"├─ claim {near.claim[:10]} of {near.article_id}, {near.published_at}: {marked(near.quote)}"
            would = f"; told as decided news it would be {near.would}" if near.would else ""
            yield f"│     {near.lacked}{would}"
        if not self.near:
            yield f"├─ no claim about it is dated within {self.days} days of that day"
        if self.occurred:
            yield f"└─ `policytrack why {self.occurred[0].partition('[')[2].rstrip(']')}` shows what it rests on"
            return
        if self.nearest is None:
            yield "└─ no step near that day" if self.kind else "└─ --kind KIND shows the rule that came nearest"
            return
        count = len(self.nearest.conditions)
        failed = self.nearest.failed
        yield f"└─ nearest: {self.nearest.rule}: {len(failed)} of {count} conditions failed"
        hints = zip(failed, self.would_hold, strict=True)
        yield from (f"      {condition}; would hold {hint}" for condition, hint in hints)


_STAGES: Mapping[str, str] = {
    "reported": "as long as one publisher tells it",
    "confirmed": "once the issuer announces it, or somebody tells that it is done",
    "disputed": "if the issuer denied it, or another claim said the contrary",
    "retracted": "if it were taken back",
}
"""What brings a step to a stage; of `corroborated` see below."""


def _hint(condition: ConditionExplanation, record: Transition, corroborate: int) -> str:
    """What would make a failed condition hold on this step; `corroborate`: the publishers that its policy asks for."""
    value, test = condition.value, condition.test
    if condition.field == "stage" and len(test.is_) == 1:
        return _to_stage(str(test.is_[0]), record, corroborate)
    if type(value) is int and test.at_least is not None and value < test.at_least:
        return f"with {_more(test.at_least - value, condition.field)}"
    if type(value) is int and test.at_most is not None and value > test.at_most:
        return f"with {value - test.at_most} less"
    return f"if it were {test}"


def _to_stage(stage: str, record: Transition, corroborate: int) -> str:
    sources = record.get("sources")
    if stage == "corroborated" and type(sources) is int and sources < corroborate:
        return f"with {_more(corroborate - sources, 'sources')}"
    return _STAGES.get(stage, f"if it were {stage}")


def _more(count: int, field: str) -> str:
    return f"{count} more" + (f" independent source{'s' * (count > 1)}" if field == "sources" else "")


class WhyNot:
    """Explains what did not happen to one policy, by the entries of its journal as known at one moment."""

    def __init__(self, rules: Rules, detector: Detector, policy: Policy, entries: Sequence[Entry]) -> None:
        self._core = rules.core
        self._detector = detector
        self._policy = policy
        self._entries = entries
        self._timeline = timeline(policy, entries, rules.core)
        self._shifts = {shift.id: shift for shift in detector.shifts(self._timeline, policy)}

    def explain(self, on: str, kind: str | None, known: datetime.datetime, state: PolicyState | None) -> Absence:
        """Why there was no shift (of that kind) on that day."""
        near = [entry for entry in self._entries if self._is_near(entry, on)]
        occurred = [shift for shift in self._shifts.values() if shift.occurred_on == on]
        misses = [self._miss(entry) for entry in near]
        wanted = None if kind in {shift.kind for shift in occurred} else kind
        nearest, hints = self._nearest([record for _, record in misses if record is not None], wanted)
        return Absence(
            policy=self._policy.id,
            on=on,
            known=known,
            kind=kind,
            status=state.status if state else "unknown",
            shifts=tuple(f"{shift.kind} [{shift.id[:10]}]" for shift in occurred),
            near=tuple(miss for miss, _ in misses),
            nearest=nearest,
            would_hold=hints,
            days=self._policy.same_event,
        )

    def _is_near(self, entry: Entry, on: str) -> bool:
        dates = (told(entry).date, entry.published_at)
        return any(abs(days_between(on, date)) <= self._policy.same_event for date in dates)

    def _miss(self, entry: Entry) -> tuple[Near, Transition | None]:
        """What a claim lacked, and the step that it makes or would make, as rules see it."""
        claim = entry.claim
        step = _step_of(claim, self._timeline)
        lacked = self._lacked(claim, step)
        record = self._record(step)
        would = None
        if step is None:
            record = self._record(_step_of(claim, self._with_news(entry)))
            rule = self._detector.rule_for(record) if record is not None else None
            would = rule.kind if rule is not None else None
        found = Near(
            claim=claim.id, article_id=claim.article_id, published_at=entry.published_at, quote=claim.evidence.quote,
            lacked=lacked, would=would,
        )  # fmt: skip
        return found, record

    def _lacked(self, claim: Claim, step: Step | None) -> str:
        if step is not None:
            shift = self._shifts.get(step.shift_id)
            return f"it tells the {shift.kind if shift else 'step'} of {step.occurred_on}"
        review = next((each for each in self._timeline.reviews if claim.id in each.claims), None)
        if review is not None:
            return f"a person has to look: {review.text}"
        if not claim.factive:
            return f"it is {claim.status}: nothing has changed yet"
        if claim.background:
            return "it is told as earlier history"
        if claim.operation == REAFFIRM:
            return "it says that nothing changes"
        return "it changes nothing: the policy stood so already"

    def _with_news(self, entry: Entry) -> Timeline:
        """The timeline if this claim were told as decided news."""
        news = entry.claim.model_copy(update={"status": "decided", "factive": True, "background": False})
        others = [each for each in self._entries if each is not entry]
        return timeline(self._policy, [*others, entry.model_copy(update={"claim": news})], self._core)

    def _record(self, step: Step | None) -> Transition | None:
        return self._detector.record_of(step, self._policy) if step is not None else None

    def _nearest(
        self, records: Sequence[Transition], kind: str | None
    ) -> tuple[RuleExplanation | None, tuple[str, ...]]:
        """The rule of the kind that lacked least, and what would make each condition hold that failed."""
        rules = [rule for rule in self._core.shifts if rule.kind == kind]
        misses = [(miss, record) for record in records if (miss := nearest_miss(rules, record)) is not None]
        if not misses:
            return None, ()
        nearest, record = min(misses, key=lambda each: len(each[0].failed))
        return nearest, tuple(_hint(condition, record, self._policy.corroborate) for condition in nearest.failed)


def _step_of(claim: Claim, found: Timeline) -> Step | None:
    """The step that rests on a claim."""
    return next((step for step in found.steps if claim.id in step.claims and not step.follow_up), None)
