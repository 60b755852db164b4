"""What one event does to how a policy stands, by the table of `rules/core.yaml`. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple

from policytrack.events import Account, days_of, scope_words, united_scope
from policytrack.model import ClaimLevel, Level, Policy, Scheduled, Scope, Standing
from policytrack.status_model import PROLONG, PUT_OFF, RESUME, UNKNOWN, Core, Effect

Reason = Literal[
    "not_meaningful", "contrary_direction", "direction_unclear", "nothing_scheduled", "nothing_named", "end_not_named",
    "level_not_known", "no_rule",
]  # fmt: skip
"""Why a person has to look at claims."""

Field = Literal["status", "level", "scope", "until", "scheduled"]
"""What can change in a standing. Of several the first says what kind of step it is."""


class Outcome(NamedTuple):
    """How a policy stands after an event. `target`, where it is set, is how it will stand from `on`.

    `sets` tells an event that says what the status is from one that lets other fields move. `problem` says why nothing
    changes, where that is not because it stood so before.
    """

    after: Standing
    target: Standing | None = None
    on: str | None = None
    sets: bool = False
    problem: Reason | None = None


class Past(NamedTuple):
    """What a `resume` goes back to: the standing before the pause, and the date that a schedule had."""

    standing: Standing | None = None
    on: str | None = None


def outcome(account: Account, before: Standing, past: Past, policy: Policy, core: Core) -> Outcome:
    """What an event does, as one of its operations tells it."""
    cell = core.cell(account.operation, policy.kind)
    effects = () if cell == "-" else cell
    held = account.in_force or account.starts_on is not None
    effect = _fitting(effects, account, before.status, held)
    if effect is None:
        return Outcome(before, problem="direction_unclear")
    table = _Table(account, before, past, policy, core)
    if effect.moves is not None and "scheduled" in effect.moves:
        return table.rescheduled()
    # What is prolonged holds already, whatever the date from which it is.
    if account.starts_on is None or account.operation == PROLONG:
        return table.applied(effect)
    return table.announced(effect, _fitting(effects, account, before.status, False))


def _fitting(effects: Sequence[Effect], account: Account, status: str, in_force: bool) -> Effect | None:
    """The first effect that is the case."""
    for effect in effects:
        if effect.from_ and status not in effect.from_:
            continue
        if effect.direction and account.direction not in effect.direction:
            continue
        if effect.in_force is not None and effect.in_force is not in_force:
            continue
        if effect.scope and not any(scope.kind in effect.scope for scope in account.scope):
            continue
        return effect
    return None


@dataclass(slots=True)
class _Table:
    """The cells of the table, for one account of one event."""

    account: Account
    before: Standing
    past: Past
    policy: Policy
    core: Core

    def applied(self, effect: Effect) -> Outcome:
        """The effect, in force at once."""
        if effect.set is None or effect.set == self.before.status:
            return self._moved(effect.moves or (), effect.set is not None)
        return Outcome(self._newly(effect, effect.set), sets=True)

    def announced(self, effect: Effect, meanwhile: Effect | None) -> Outcome:
        """The effect, in force only later: what it sets is scheduled."""
        later = self.applied(effect)
        if not changed(self.before, later.after, self.core):
            return later
        target = later.after.model_copy(update={"scheduled": None})
        now = self.before
        if meanwhile is not None and meanwhile.in_force is False:
            now = self.applied(meanwhile).after.model_copy(update={"until": self.before.until})
        scheduled = Scheduled(status=target.status, level=target.level, on=self.account.starts_on)
        return Outcome(now.model_copy(update={"scheduled": scheduled}), target, self.account.starts_on, sets=True)

    def rescheduled(self) -> Outcome:
        """What is scheduled, on another date; on none where none is named."""
        scheduled, account = self.before.scheduled, self.account
        if scheduled is None:
            return Outcome(self.before, problem="nothing_scheduled")
        on: str | None = None
        if account.operation == PUT_OFF:
            on = account.starts_on
        elif account.operation == RESUME:
            on = account.starts_on or self.past.on or scheduled.on
        after = self.before.model_copy(update={"scheduled": scheduled.model_copy(update={"on": on})})
        return Outcome(after, on=on)

    def _newly(self, effect: Effect, status: str) -> Standing:
        """The standing that a new status brings: its scope and end are those that the event names."""
        account, scope, level = self.account, self.account.scope, self._level()[0]
        earlier = self.past.standing
        if effect.resumes and earlier is not None and earlier.status != UNKNOWN:
            status, scope = earlier.status, scope or earlier.scope
        if status in self.core.kinds[self.policy.kind].empty and account.level is None:
            level = None
        until = account.until or ("open" if account.operation == PROLONG else None)
        return _standing(self.before, status, level, scope, until)

    def _moved(self, moves: Sequence[str], sets: bool) -> Outcome:
        """The same status, with other fields changed."""
        level, problem = self._level() if "level" in moves else (self.before.level, None)
        scope = self._scope() if "scope" in moves else self.before.scope
        until = self._prolonged()
        if "until" in moves:
            until = self.account.until or until or "open"
            if not self.account.until and self.before.until not in (None, "open"):
                problem = "end_not_named"
        elif self.account.operation in self.core.gradual and not self._names(moves):
            problem = "nothing_named"
        return Outcome(_standing(self.before, self.before.status, level, scope, until), sets=sets, problem=problem)

    def _names(self, moves: Sequence[str]) -> bool:
        """Whether the event names anything of what may move."""
        named = {"level": self.account.level is not None, "scope": bool(self.account.scope)}
        return any(named.get(field, False) for field in moves)

    def _prolonged(self) -> str | None:
        """The end that stands, or a later one that is named; an end where there was none is no news."""
        until, named = self.before.until, self.account.until
        if until in (None, "open") or named is None or until is None:
            return until
        return named if days_of(named)[0] > days_of(until)[0] else until

    def _scope(self) -> tuple[Scope, ...]:
        """Looser: what was covered and what is named. Tighter: what is named instead of what was, kind by kind."""
        before, named = self.before.scope, self.account.scope
        if not named:
            return before
        if self.account.direction != "tighter":
            return united_scope((before, named), self.core)
        kinds = {scope.kind for scope in named}
        after = united_scope((named, tuple(scope for scope in before if scope.kind not in kinds)), self.core)
        return before if same_scope(before, after, self.core) else after

    def _level(self) -> tuple[Level | None, Reason | None]:
        """The level that the event names, and why there is none where it names only a difference."""
        named, before = self.account.level, self.before.level
        if named is None or self.core.kinds[self.policy.kind].looser is None:
            return before, None
        unit = named.unit or (before.unit if before else None)
        if named.to is not None:
            return Level(value=named.to, unit=unit), None
        base = _base(named, before)
        if named.by is None or base is None:
            return before, "level_not_known"
        way = level_way(self.account.direction, self.policy, self.core)
        by = named.by if way == "none" else abs(named.by) * (1 if way == "up" else -1)
        return Level(value=round(base + by, 9), unit=unit), None


def _base(named: ClaimLevel, before: Level | None) -> float | None:
    """The level that a difference is counted from, where both are in one unit."""
    if named.from_ is not None:
        return named.from_
    if before is None or (named.unit and before.unit and named.unit.casefold() != before.unit.casefold()):
        return None
    return before.value


def _standing(
    before: Standing, status: str, level: Level | None, scope: tuple[Scope, ...], until: str | None
) -> Standing:
    if status == before.status and level is before.level and scope is before.scope and until == before.until:
        return before
    return Standing(status=status, level=level, scope=scope, until=until, scheduled=before.scheduled)


# --- what differs


def level_way(direction: str, policy: Policy, core: Core) -> Literal["up", "down", "none"]:
    """Which way a step of that direction moves the level."""
    looser = core.kinds[policy.kind].looser
    if looser == "pack":
        looser = policy.looser
    if looser is None or direction not in ("looser", "tighter"):
        return "none"
    return "up" if (looser == "up") is (direction == "looser") else "down"


def same_level(one: Level | None, other: Level | None) -> bool:
    """Whether two levels are one; a unit that is not said is any unit."""
    if one is None or other is None:
        return one is other
    if one.unit and other.unit and one.unit.casefold() != other.unit.casefold():
        return False
    return abs(one.value - other.value) < 1e-9


def same_scope(one: Sequence[Scope], other: Sequence[Scope], core: Core) -> bool:
    """Whether two scopes are the same, if in other words."""
    return {scope_words(scope, core) for scope in one} == {scope_words(scope, core) for scope in other}


def changed(before: Standing, after: Standing, core: Core) -> tuple[Field, ...]:
    """The fields in which two standings differ, in the order of `Field`."""
    if before is after:
        return ()
    fields: list[Field] = []
    if before.status != after.status:
        fields.append("status")
    if not same_level(before.level, after.level):
        fields.append("level")
    if before.scope != after.scope and not same_scope(before.scope, after.scope, core):
        fields.append("scope")
    if before.until != after.until:
        fields.append("until")
    if before.scheduled != after.scheduled:
        fields.append("scheduled")
    return tuple(fields)
