"""The status model as `rules/core.yaml` says it: statuses, what an operation does to them, what a step is called.

Only the types stand here, and whether what they say fits together (`flaws`); `effects.py` does what the table says.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Annotated, Final, Literal

from pydantic import Field, StrictBool, StrictInt, StrictStr, model_validator

from policytrack.conditions import Rule
from policytrack.model import (
    CLAIM_STATUSES,
    DIRECTIONS,
    FACTIVE,
    OPERATIONS,
    POLICY_KINDS,
    ClaimStatus,
    Direction,
    Operation,
    PolicyKind,
    Record,
    ScopeKind,
    Severity,
)

UNKNOWN: Final = "unknown"
"""The status that every kind of policy can have beside its own."""

REAFFIRM: Final = "reaffirm"
"""The operation that changes nothing; it names a status only where none is known."""
PROLONG: Final = "extend"
"""The operation that only moves an end, and says `open` where it names none."""
PAUSE: Final = "suspend"
RESUME: Final = "resume"
"""The operation that goes back to what stood before the pause."""
PUT_OFF: Final = "delay"
"""The operation that moves what is scheduled: a date of force, or an end, that it names is the new date of force."""

Moved = Literal["scope", "level", "until", "scheduled"]

# --- the record that shift rules see


FIELDS: Mapping[str, tuple[str | bool, ...] | None] = {
    "kind": ("transition",),
    "policy_kind": POLICY_KINDS,
    "field": ("status", "level", "scope", "until", "scheduled"),
    "before": None,
    "after": None,
    "operation": OPERATIONS,
    "direction": DIRECTIONS,
    "move": ("looser", "tighter", "none"),
    "level_change": ("up", "down", "none"),
    "scope_change": ("wider", "narrower", "other", "none"),
    "until_change": ("set", "later", "earlier", "open", "dropped", "none"),
    "scheduled": ("first", "moved", "dropped", "none"),
    "implied": (True, False),
    "background": (True, False),
    "stage": ("reported", "corroborated", "confirmed", "disputed", "retracted"),
    "sources": None,
    "days_since_last": None,
}
"""The fields of a transition record, with the values that they can have; None: a status, or a whole number."""

STATUS_FIELDS = ("before", "after")
NUMBER_FIELDS = ("sources", "days_since_last")

AT_REST: Mapping[str, str | int | bool] = {
    "kind": "transition", "level_change": "none", "scope_change": "none", "until_change": "none", "scheduled": "none",
    "implied": False, "background": False, "sources": 1, "stage": "reported",
}  # fmt: skip
"""What an example of a rule need not say."""


Told = dict[str, StrictStr | StrictInt | StrictBool]
"""Fields of a record, with the values that they have."""

NOTHING: Final = "none"
"""What gives a step its name where no rule does."""


class Case(Record):
    """A test beside a rule: a step that differs from the rule's example in `but`, and the rule that names it.

    `gives` is the rule itself for another step that it names; another rule, or `none`, for a near miss.
    """

    but: Told = Field(min_length=1)
    gives: str = Field(min_length=1)


class ShiftRule(Rule):
    """When a step is a shift of this kind. `example` is a record that it names so, less what is `AT_REST`.

    `cases` are steps beside the example, and the rules that name them.
    """

    kind: Annotated[str, Field(pattern=r"^[a-z]+(_[a-z]+)*$")]
    severity: Severity = "notable"
    example: Told
    cases: tuple[Case, ...] = ()

    def example_record(self) -> dict[str, str | int | bool]:
        """The whole record that the example stands for."""
        return {**AT_REST, **self.example}

    def tried(self) -> Iterator[tuple[tuple[str | int, ...], dict[str, str | int | bool], str]]:
        """Each record that is tried beside the rule, and the name that it should get; first the way to it."""
        yield ("example",), self.example_record(), self.name
        for number, case in enumerate(self.cases):
            yield ("cases", number), {**self.example_record(), **case.but}, case.gives


# --- statuses and what moves them


class Kind(Record):
    """What policies of one kind can be.

    `statuses` go from the loosest to the tightest, where that can be said. `looser` is the way in which a looser step
    moves a level (`pack`: the policy says it); without it there are no levels, nor in the statuses of `empty`.
    `refused` is what an unknown status was, where the issuer rules out a step of that direction.
    """

    statuses: tuple[str, ...] = Field(min_length=1)
    looser: Literal["up", "down", "pack"] | None = None
    empty: tuple[str, ...] = ()
    refused: dict[Direction, str] = Field(default_factory=dict)


class Effect(Record):
    """What an operation does in one case: the status that it sets, and what may move while the status stays.

    It is the case where the status before is one of `from`, the direction one of `direction`, the claim names a scope
    of one of the kinds in `scope`, and the measure is in force or not (`in_force`). What is left out is not asked.
    `resumes` sets the status from before the pause instead, where there was one.
    """

    from_: tuple[str, ...] = Field(default=(), alias="from")
    direction: tuple[Direction, ...] = ()
    scope: tuple[ScopeKind, ...] = ()
    in_force: bool | None = None
    set: str | None = None
    resumes: bool = False
    moves: tuple[Moved, ...] | None = None

    @model_validator(mode="after")
    def _sets_or_moves(self) -> Effect:
        if self.set is None and self.moves is None:
            raise ValueError("an effect sets a status (`set`), or says what moves while it stays (`moves`, or [])")
        return self


Cell = Literal["-"] | tuple[Effect, ...]
"""The first effect that is the case counts; "-" is not meaningful for that kind of policy."""


class Confirms(Record):
    """Statuses of claims that confirm an event: said by the issuer itself, or by anybody; never of implied claims."""

    issuer: tuple[ClaimStatus, ...]
    anybody: tuple[ClaimStatus, ...]


class Implied(Record):
    """How far a claim is trusted that use shows and nobody has stated."""

    confidence: float = Field(ge=0, le=1)
    reason: str = Field(min_length=1)


class Days(Record):
    """`same_event`: what one event spans, where the policy's pack says nothing. `same_article`: below.

    An undated claim of an article bears the date that the article gives for the same direction, where this is at most
    `same_article` days before publication.
    """

    same_event: int = Field(default=7, ge=0)
    same_article: int = Field(default=31, ge=0)


class Core(Record):
    """`rules/core.yaml`: the status model.

    `never` names the direction that an operation cannot have. `strength` orders the operations of one event by
    direction, the strongest first. `gradual` operations move by degrees: one that names nothing that moves is no news.
    Words of `ignored` do not tell two scopes apart. `corroborate`: independent publishers, where a pack says nothing.
    """

    version: int = Field(ge=1)
    kinds: dict[PolicyKind, Kind]
    effects: dict[Operation, dict[PolicyKind, Cell]]
    never: dict[Operation, Direction]
    strength: dict[Direction, tuple[Operation, ...]]
    gradual: tuple[Operation, ...]
    ignored: tuple[str, ...] = ()
    days: Days = Days()
    corroborate: int = Field(default=2, ge=1)
    confirmed: Confirms
    implied: Implied
    shifts: tuple[ShiftRule, ...]

    def statuses(self, kind: str) -> tuple[str, ...]:
        """All statuses that policies of a kind can have, `unknown` too."""
        return (*self.kinds[kind].statuses, UNKNOWN)  # type: ignore[index]

    def cell(self, operation: str, kind: str) -> Cell:
        """What an operation does to policies of a kind."""
        return self.effects[operation][kind]  # type: ignore[index]


# --- whether it fits together

Flaw = tuple[tuple[str | int, ...], str]
"""The way to a value that cannot be right, as pydantic's `loc`, and why."""


def flaws(core: Core) -> list[Flaw]:
    """Everything in a status model that does not fit together: gaps in its tables, and names that nothing has."""
    return [*_gaps(core), *_unknown_statuses(core), *_weak_orders(core), *_rule_flaws(core)]


def _gaps(core: Core) -> Iterator[Flaw]:
    for kind in POLICY_KINDS:
        if kind not in core.kinds:
            yield ("kinds",), f"says nothing of the kind {kind!r}"
    for operation in OPERATIONS:
        row = core.effects.get(operation)  # type: ignore[call-overload]
        if row is None:
            yield ("effects",), f"has no row for {operation!r}"
            continue
        for kind in POLICY_KINDS:
            if not row.get(kind):
                yield ("effects", operation), f'has no cell for {kind!r}; write "-" where it is not meaningful'


def _unknown_statuses(core: Core) -> Iterator[Flaw]:
    for kind, model in core.kinds.items():
        known = (*model.statuses, UNKNOWN)
        for name, status in (
            *(("empty", each) for each in model.empty),
            *(("refused", s) for s in model.refused.values()),
        ):
            if status not in known:
                yield ("kinds", kind, name), _no_status(status, kind, known)
        for operation, row in core.effects.items():
            cell = row.get(kind, "-")
            for number, effect in enumerate(cell if cell != "-" else ()):
                for status in (*effect.from_, *((effect.set,) if effect.set is not None else ())):
                    if status not in known:
                        yield ("effects", operation, kind, number), _no_status(status, kind, known)


def _no_status(status: str, kind: str, known: tuple[str, ...]) -> str:
    return f"{status!r} is no status of a {kind}; it has: {', '.join(known)}"


def _weak_orders(core: Core) -> Iterator[Flaw]:
    for direction in DIRECTIONS:
        order = core.strength.get(direction, ())  # type: ignore[call-overload]
        for operation in OPERATIONS:
            possible = operation != REAFFIRM and core.never.get(operation) != direction  # type: ignore[call-overload]
            if order.count(operation) != possible:
                what = "must stand once" if possible else "cannot stand"
                yield ("strength", direction), f"{operation!r} {what} in the order of {direction} operations"
    for status in (*core.confirmed.issuer, *core.confirmed.anybody):
        if status not in FACTIVE:
            yield ("confirmed",), f"{status!r} is no factive status; these are: {_listed(FACTIVE)}"


def _listed(names: frozenset[str]) -> str:
    return ", ".join(status for status in CLAIM_STATUSES if status in names)


def _rule_flaws(core: Core) -> Iterator[Flaw]:
    names = [rule.name for rule in core.shifts]
    for number, rule in enumerate(core.shifts):
        place: tuple[str | int, ...] = ("shifts", number)
        if names.index(rule.name) != number:
            yield (*place, "name"), f"{rule.name!r} is the name of an earlier rule"
        for other in rule.supersedes:
            if other not in names:
                yield (*place, "supersedes"), f"{other!r} is the name of no rule"
        for field, test in rule.when.items():
            yield from (((*place, "when", field), why) for why in _value_flaws(core, field, test.literals))
        for field, value in rule.example.items():
            yield from (((*place, "example", field), why) for why in _value_flaws(core, field, (value,)))
        for case_number, case in enumerate(rule.cases):
            here = (*place, "cases", case_number)
            if case.gives not in (*names, NOTHING):
                yield (*here, "gives"), f"{case.gives!r} is the name of no rule, and not {NOTHING!r}"
            for field, value in case.but.items():
                yield from (((*here, "but", field), why) for why in _value_flaws(core, field, (value,)))


def _value_flaws(core: Core, field: str, values: tuple[str | int | bool, ...]) -> Iterator[str]:
    if field not in FIELDS:
        yield f"a transition has no field {field!r}; it has: {', '.join(FIELDS)}"
        return
    known = FIELDS[field]
    if field in STATUS_FIELDS:
        known = tuple(dict.fromkeys(status for kind in core.kinds for status in core.statuses(kind)))
    for value in values:
        if known is None:
            if type(value) is not int:
                yield f"{value!r} is no whole number"
        elif not any(type(value) is type(each) and value == each for each in known):
            yield f"{value!r} is not one of: {', '.join(str(each) for each in known)}"
