"""What the steps of a timeline are called: each becomes a flat coded record, and rules in `rules/core.yaml` name it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

from policytrack.conditions import Value
from policytrack.effects import changed, level_way, same_level
from policytrack.engine import Engine
from policytrack.events import OPPOSITE, days_of
from policytrack.explain import decide
from policytrack.fold import Unfit, announces
from policytrack.model import Policy, Shift, Standing
from policytrack.states import Review, Step, Timeline, review
from policytrack.status_model import Core, ShiftRule

Transition: TypeAlias = dict[str, Value | None]
"""A step as shift rules see it; its fields are `status_model.FIELDS`."""


@dataclass(frozen=True, slots=True)
class Detection:
    """The shifts of one timeline, in its order, and the steps that no rule names."""

    shifts: tuple[Shift, ...]
    reviews: tuple[Review, ...]


class Detector:
    """Names steps by the shift rules of a status model. Holds one rule set of the engine: make one and keep it."""

    def __init__(self, core: Core) -> None:
        self._core = core
        self._rules = {rule.name: rule for rule in core.shifts}
        self._engine = Engine("core", core.shifts)
        self._asked = sorted({field for rule in core.shifts for field in rule.when})
        self._decided: dict[tuple[Value | None, ...], str | None] = {}

    def shifts(self, timeline: Timeline, policy: Policy) -> tuple[Shift, ...]:
        """The shifts of a timeline, in its order. Raises EngineError where rules tie."""
        return self.detect(timeline, policy).shifts

    def detect(self, timeline: Timeline, policy: Policy) -> Detection:
        """The shifts of a timeline, then those that were retracted, and what no rule names; no step is passed over.

        The day on which something announced came to hold is a follow-up of its shift, and no second one.
        """
        shifts: list[Shift] = []
        reviews: list[Review] = []
        for step in (*timeline.steps, *timeline.retracted):
            if step.follow_up:
                continue
            rule = self.rule_for(record_of(step, policy, self._core))
            if rule is None:
                unfit = Unfit("no_rule", step.operation, step.direction, step.occurred_on, step.claims)
                reviews.append(review(policy, unfit))
            else:
                shifts.append(_shift(step, policy, rule))
        return Detection(tuple(shifts), tuple(reviews))

    def rule_for(self, record: Transition) -> ShiftRule | None:
        """The rule that names a record; None where none fits. Raises EngineError where rules tie."""
        # Rules see nothing but these fields, so one answer of the engine holds for all records that agree in them.
        seen = tuple(record.get(field) for field in self._asked)
        if seen not in self._decided:
            self._decided[seen] = decide(self._core.shifts, self._engine.matching(record))
        name = self._decided[seen]
        return None if name is None else self._rules[name]

    def record_of(self, step: Step, policy: Policy) -> Transition:
        """A step as shift rules see it."""
        return record_of(step, policy, self._core)


# --- records


def record_of(step: Step, policy: Policy, core: Core) -> Transition:
    """A step as shift rules see it: flat, coded, without text.

    What is scheduled for the first time is coded as the step that it announces, with `scheduled: first`.
    """
    scheduled = _scheduled(step.before, step.after)
    field, after = step.field, step.after
    if field == "scheduled" and scheduled == "first":
        after = step.target
        field = next((each for each in changed(step.before, after, core) if each != "scheduled"), field)
    level = _level_change(step, after, policy, core)
    return {
        "kind": "transition",
        "policy_kind": policy.kind,
        "field": field,
        "before": step.before.status,
        "after": after.status,
        "operation": step.operation,
        "direction": step.direction,
        "move": _move(step, after, policy, core),
        "level_change": level,
        "scope_change": _scope_change(step, after, core),
        "until_change": _until_change(step.before.until, after.until),
        "scheduled": scheduled,
        "implied": step.implied,
        "background": step.background,
        "stage": step.stage,
        "sources": step.sources,
        "days_since_last": step.days_since_last,
    }


def _scheduled(before: Standing, after: Standing) -> Literal["first", "moved", "dropped", "none"]:
    if before.scheduled == after.scheduled:
        return "none"
    if after.scheduled is None:
        return "dropped"
    return "first" if announces(before, after) else "moved"


def _move(step: Step, after: Standing, policy: Policy, core: Core) -> Literal["looser", "tighter", "none"]:
    """The direction; where it is neutral, that of the operation, else of the two statuses, else of the two levels."""
    direction = step.direction
    if direction == "neutral" and (never := core.never.get(step.operation)) in OPPOSITE:
        direction = OPPOSITE[never]
    if direction != "neutral":
        return direction
    statuses = core.kinds[policy.kind].statuses
    if step.before.status in statuses and after.status in statuses and step.before.status != after.status:
        return "looser" if statuses.index(after.status) < statuses.index(step.before.status) else "tighter"
    way = _way(step.before, after)
    if way == "none":
        return "none"
    return "looser" if level_way("looser", policy, core) == way else "tighter"


def _level_change(step: Step, after: Standing, policy: Policy, core: Core) -> Literal["up", "down", "none"]:
    """Which way the level went, by what the claims say of it: the level before may be out of date."""
    if same_level(step.before.level, after.level) and step.before.status == after.status:
        return "none"
    if after.level is None and policy.kind != "rate":
        return "none"
    way = level_way(step.direction, policy, core)
    if way == "none":
        way = _way(step.before, after)
    return level_way(_move(step, after, policy, core), policy, core) if way == "none" else way


def _way(before: Standing, after: Standing) -> Literal["up", "down", "none"]:
    if before.level is None or after.level is None or same_level(before.level, after.level):
        return "none"
    return "up" if after.level.value > before.level.value else "down"


def _scope_change(step: Step, after: Standing, core: Core) -> Literal["wider", "narrower", "other", "none"]:
    fields = changed(step.before, after, core)
    if "scope" not in fields:
        return "none"
    if "status" in fields or step.direction == "neutral":
        return "other"
    return "wider" if step.direction == "looser" else "narrower"


def _until_change(
    before: str | None, after: str | None
) -> Literal["set", "later", "earlier", "open", "dropped", "none"]:
    if before == after:
        return "none"
    if after is None or after == "open":
        return "open" if after else "dropped"
    if before is None or before == "open":
        return "set"
    return "later" if days_of(after) > days_of(before) else "earlier"


# --- shifts


def _shift(step: Step, policy: Policy, rule: ShiftRule) -> Shift:
    return Shift(
        id=step.shift_id,
        policy=policy.id,
        kind=rule.kind,
        rule=f"{rule.name}@{rule.version}",
        direction=step.direction,
        issuer=step.issuer,
        occurred_on=step.occurred_on,
        dates=step.dates,
        before=step.before,
        after=step.after,
        scope=step.scope,
        triggers=step.triggers,
        stage=step.stage,
        implied=step.implied,
        confidence=step.confidence,
        severity=rule.severity,
        tags=policy.tags,
        claims=step.claims,
    )
