"""What differs between two sets of states, line by line, and what made each difference. Pure.

Three kinds of change, always told apart: a *shift* (the world changed), a *correction* (we learned, or were wrong about
the past), *rules* (a pack changed).
"""

from __future__ import annotations

import datetime
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Literal

from pydantic import AwareDatetime, ConfigDict, Field

from policytrack.dates import first_day
from policytrack.model import SCHEMA, Level, PartialDate, PolicyState, Record, Scheduled, Scope, Shift, Stage, Trigger
from policytrack.shift_changes import as_compared
from policytrack.shown import Listed, Rows
from policytrack.status_model import UNKNOWN

ChangeKind = Literal["shift", "correction", "rules"]
DiffField = Literal["status", "level", "scope", "until", "scheduled", "stage", "triggers"]
DiffReason = Literal[
    "background", "no_step", "article", "late", "revised", "retracted", "corroborated", "copied", "disputed", "review",
    "removed", "rules",
]  # fmt: skip
"""Why a difference is none that a shift makes.

As known at one moment: `background`, only earlier history tells the step; `no_step`, claims or the pack say how it
stood. Between two moments: `article`, one came in; `late`, one was taken in late; `revised`, one was; `retracted`, a
source took back what it told; `corroborated` and `disputed`, of the stage; `copied`, one turned out to be a copy;
`review`, a person corrected it; `removed`, the text of an article was; `rules`.
"""

STANDING: Final[tuple[DiffField, ...]] = ("status", "level", "scope", "until", "scheduled")
COMPARED: Final[tuple[DiffField, ...]] = (*STANDING, "stage")

DiffValue = str | Level | Scheduled | tuple[Scope, ...] | tuple[Trigger, ...] | None


_NOTHING_LEARNED: Final[Mapping[tuple[str, DiffField], DiffReason]] = {}
_NOBODY: Final[Mapping[str, tuple[str, ...]]] = {}


class DiffLine(Record):
    """One difference in one field of one policy.

    `shift` is the last shift that made it, `occurred_on` and `stage` are that shift's. Where no shift made it,
    `occurred_on` is when the later of the two states began. `reason` says more of what is a correction or comes from
    rules. `claims` bear on the difference; `against` are those of them that speak against the shift.
    """

    kind: ChangeKind
    reason: DiffReason | None = None
    policy: str
    field: DiffField
    before: DiffValue
    after: DiffValue
    occurred_on: PartialDate | None = None
    stage: Stage | None = None
    shift: str | None = None
    claims: tuple[str, ...] = ()
    against: tuple[str, ...] = ()

    def turned(self) -> DiffLine:
        """The same difference, seen from the other side."""
        return self.model_copy(update={"before": self.after, "after": self.before})


class Diff(Listed, Record):
    """What differs between the states on two days (`on`), as known at two moments (`known`).

    `lines` come by policy, then by field; `shifts` are those between the two days, oldest first, and those that came
    into force between them. `unchanged` counts the policies that were compared and do not differ. `note` says why
    nothing differs. As a frame it is its lines.
    """

    schema_: int = Field(default=SCHEMA, alias="schema")
    on: tuple[PartialDate, PartialDate] | None = None
    known: tuple[AwareDatetime, AwareDatetime] | None = None
    lines: tuple[DiffLine, ...] = ()
    shifts: Rows[Shift] = Field(default_factory=lambda: Rows((), Shift))
    unchanged: int = 0
    note: str = ""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True, serialize_by_alias=True)

    @property
    def corrections(self) -> Rows[DiffLine]:
        """The differences that we learned of, or were wrong about."""
        return Rows((line for line in self.lines if line.kind == "correction"), DiffLine)

    @property
    def rules(self) -> Rows[DiffLine]:
        """The differences that come from a change of rules."""
        return Rows((line for line in self.lines if line.kind == "rules"), DiffLine)

    @property
    def policies(self) -> tuple[str, ...]:
        """The policies that differ, sorted."""
        return tuple(dict.fromkeys(line.policy for line in self.lines))

    @property
    def changed(self) -> tuple[str, ...]:
        """The policies that differ, and those that shifted and are as they were again, sorted."""
        return tuple(sorted({*self.policies, *(shift.policy for shift in self.shifts)}))

    def of(self, policy: str) -> tuple[DiffLine, ...]:
        """The differences of one policy."""
        return tuple(line for line in self.lines if line.policy == policy)

    def turned(self) -> Diff:
        """The same differences, seen from the other side."""
        return self.model_copy(
            update={
                "on": self.on and self.on[::-1],
                "known": self.known and self.known[::-1],
                "lines": tuple(line.turned() for line in self.lines),
            }
        )

    def listing(self) -> tuple[type[DiffLine], Sequence[DiffLine]]:
        return DiffLine, self.lines

    def __bool__(self) -> bool:
        return bool(self.lines or self.shifts)


def differences(
    before: Mapping[str, PolicyState],
    after: Mapping[str, PolicyState],
    shifts: Sequence[Shift],
    same: Collection[str] = (),
    *,
    on: tuple[str, str] | None = None,
    known: tuple[datetime.datetime, datetime.datetime] | None = None,
    corrections: Collection[str] = (),
    learned: Mapping[tuple[str, DiffField], DiffReason] = _NOTHING_LEARNED,
    against: Mapping[str, tuple[str, ...]] = _NOBODY,
) -> Diff:
    """What differs between two sets of states, by policy id; a policy that one of them lacks is `unknown` there.

    `same` are policies that stood on both days in one state, which need not be in either set. `shifts` may hold more
    than those between the two days: without `on` all of them bear on the period; one that was retracted makes no
    difference. `corrections` are ids of shifts that only background made. `learned` says, by policy and field, why it
    was recorded otherwise between the two moments. `against` are the claims against a shift, by its id.
    """
    ids = sorted({*before, *after})
    period = _Period.of(on)
    bearing = _bearing(shifts, period)
    lines: list[DiffLine] = []
    for policy in ids:
        makers = _Makers(tuple(bearing.get(policy, ())), frozenset(corrections), period)
        lines += _Comparison(policy, before.get(policy), after.get(policy), makers, learned, against).lines()
    explaining = {line.shift for line in lines}
    compared = {*ids, *same}
    found = [each for policy in compared for each in bearing.get(policy, ()) if each.id not in corrections]
    news = [each for each in found if period.occurs(each) or each.id in explaining]
    return Diff(
        on=on,
        known=known,
        lines=tuple(lines),
        shifts=Rows(sorted(news, key=lambda each: (_day(each.occurred_on), each.policy, each.id)), Shift),
        unchanged=len(compared) - len({line.policy for line in lines}),
    )


# --- which shifts bear on the time between


def _bearing(shifts: Sequence[Shift], period: _Period) -> dict[str, list[Shift]]:
    """By policy, the shifts that occur in the period or come to hold in it, the earliest first."""
    found: dict[str, list[Shift]] = {}
    standing = (shift for shift in shifts if shift.stage != "retracted")
    for shift in sorted(standing, key=lambda each: (_day(each.occurred_on), each.id)):
        if period.occurs(shift) or period.comes_to_hold(shift):
            found.setdefault(shift.policy, []).append(shift)
    return found


@dataclass(frozen=True, slots=True)
class _Period:
    """The days after `first` and up to `last`, as day numbers; all time where they are None."""

    first: int | None
    last: int | None
    forward: bool

    @classmethod
    def of(cls, on: tuple[str, str] | None) -> _Period:
        if on is None:
            return cls(None, None, True)
        one, other = _day(on[0]), _day(on[1])
        return cls(min(one, other), max(one, other), one <= other)

    def occurs(self, shift: Shift) -> bool:
        return self._has(shift.occurred_on)

    def comes_to_hold(self, shift: Shift) -> bool:
        """Whether what the shift announced comes into force in the period."""
        return (on := shift.holds_from) is not None and self._has(on)

    def _has(self, day: str) -> bool:
        return self.first is None or self.last is None or self.first < _day(day) <= self.last


@dataclass(frozen=True, slots=True)
class _Makers:
    """The shifts of one policy that bear on the period, oldest first."""

    shifts: tuple[Shift, ...]
    corrections: frozenset[str]
    period: _Period

    def of(self, field: DiffField) -> Shift | None:
        """The last shift that made a difference in the field; one that only background made, where no other did."""
        touching = [shift for shift in self.shifts if self._touches(shift, field)]
        news = [shift for shift in touching if shift.id not in self.corrections]
        return max(news or touching, key=self._when, default=None)

    def _touches(self, shift: Shift, field: DiffField) -> bool:
        if field == "stage" or self.period.comes_to_hold(shift):
            return True
        return as_compared(getattr(shift.before, field)) != as_compared(getattr(shift.after, field))

    def _when(self, shift: Shift) -> tuple[int, str]:
        """The last day in the period on which it changed how the policy stands."""
        held = shift.holds_from if self.period.comes_to_hold(shift) else None
        return _day(held or shift.occurred_on), shift.id


def _day(partial: str) -> int:
    return first_day(partial).toordinal()


# --- one policy


@dataclass(frozen=True, slots=True)
class _Comparison:
    """Two states of one policy; None is a state of which nothing is known."""

    policy: str
    before: PolicyState | None
    after: PolicyState | None
    makers: _Makers
    learned: Mapping[tuple[str, DiffField], DiffReason]
    against: Mapping[str, tuple[str, ...]]

    def lines(self) -> list[DiffLine]:
        """All differences, in the order of the fields; the triggers of the shifts that made them last."""
        found = list(self._fields())
        return found + list(self._triggers()) if found else []

    def _fields(self) -> Iterator[DiffLine]:
        for field in COMPARED:
            if differs(self.before, self.after, field):
                one, other = _value(self.before, field), _value(self.after, field)
                shift = self.makers.of(field)
                yield self._made(shift, field, one, other) if shift else self._learned(field, one, other)

    def _triggers(self) -> Iterator[DiffLine]:
        period = self.makers.period
        for shift in self.makers.shifts:
            if shift.triggers and period.occurs(shift):
                values: tuple[DiffValue, DiffValue] = ((), shift.triggers)
                one, other = values if period.forward else values[::-1]
                yield self._made(shift, "triggers", one, other)

    def _made(self, shift: Shift, field: DiffField, before: DiffValue, after: DiffValue) -> DiffLine:
        corrects = shift.id in self.makers.corrections
        return DiffLine(
            kind="correction" if corrects else "shift",
            reason="background" if corrects else None,
            policy=self.policy,
            field=field,
            before=before,
            after=after,
            occurred_on=shift.occurred_on,
            stage=shift.stage,
            shift=shift.id,
            claims=shift.claims,
            against=self.against.get(shift.id, ()),
        )

    def _learned(self, field: DiffField, before: DiffValue, after: DiffValue) -> DiffLine:
        """A difference that no shift made, dated by the later of the two states; from either side it is the same."""
        states = [state for state in (self.before, self.after) if state is not None]
        begins = max((state.valid_from for state in states), key=lambda day: (_day(day), day))
        told = [set(state.claims) for state in states]
        claims = told[0] ^ told[1] if len(told) == 2 else told[0]
        reason = self.learned.get((self.policy, field), "no_step")
        return DiffLine(
            kind="rules" if reason == "rules" else "correction",
            reason=reason,
            policy=self.policy,
            field=field,
            before=before,
            after=after,
            occurred_on=begins,
            claims=tuple(sorted(claims or set().union(*told))),
        )


_NOT_KNOWN: Final[dict[DiffField, DiffValue]] = {"status": UNKNOWN, "scope": (), "stage": "reported"}


def differs(before: PolicyState | None, after: PolicyState | None, field: DiffField) -> bool:
    """Whether two states differ in a field, as a reader compares them."""
    return as_compared(_value(before, field)) != as_compared(_value(after, field))


def _value(state: PolicyState | None, field: DiffField) -> DiffValue:
    """A field of a state; what is not known of a policy is `unknown`, and told by nobody."""
    if state is None:
        return _NOT_KNOWN.get(field)
    value: DiffValue = getattr(state, field)
    return value
