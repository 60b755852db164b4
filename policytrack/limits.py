"""What is wrong with sound shift rules: more than the engine does exactly, two names for one step, or none at all.

The files cannot show it, so it is looked for when rules are checked and before they are used.
"""

from __future__ import annotations

import itertools
from collections.abc import Collection, Iterator, Mapping, Sequence

from policytrack.codes import Code
from policytrack.conditions import FlatRecord, Rule, Test, Value, shown
from policytrack.engine import limit_problems
from policytrack.errors import EngineError, Problem
from policytrack.explain import decide, holds, matching
from policytrack.packs import Rules
from policytrack.status_model import (
    AT_REST,
    FIELDS,
    NOTHING,
    NUMBER_FIELDS,
    STATUS_FIELDS,
    Core,
    Effect,
    flaws,
)

_Record = dict[str, Value | None]

_CAUSE = ("policy_kind", "operation", "direction", "before")
_RESULT = ("field", "after")
"""What tells whether a step can be; tried out for every two rules, also where neither asks for it."""


def engine_problems(rules: Rules) -> list[Problem]:
    """All that keeps the engine from deciding by these rules, each at its rule."""
    return [*beyond_the_engine(rules), *tied(rules)]


def shift_rule_problems(rules: Rules) -> list[Problem]:
    """All that is wrong with shift rules: what keeps the engine from deciding, else what they never or wrongly name."""
    return engine_problems(rules) or [*idle(rules), *misnamed(rules)]


def beyond_the_engine(rules: Rules) -> list[Problem]:
    """Every limit of the engine that shift rules pass, at the rule with which it is passed."""
    once = {rule.name: rule for rule in reversed(rules.core.shifts)}
    found = limit_problems([*reversed(once.values())])
    return [rules.problem(rule, message) for rule, message in found]


def tied(rules: Rules) -> list[Problem]:
    """Every two shift rules that fit one possible step equally well, at the later; none where the model has flaws."""
    found = [] if flaws(rules.core) else tie_problems(rules.core)
    return [rules.problem(rule, message, Code.RULE_TIE) for rule, message in found]


def idle(rules: Rules) -> list[Problem]:
    """Every shift rule that names no possible step; none where the model has flaws. Rules must not tie."""
    if flaws(rules.core):
        return []
    found = [(rule.name, why) for rule in rules.core.shifts if (why := _why_idle(rule, rules.core))]
    return [rules.problem(rule, why, Code.NEVER_FIRES) for rule, why in found]


def misnamed(rules: Rules) -> list[Problem]:
    """Every example and case of a shift rule that gets another name than it says; none where the model has flaws."""
    shifts = rules.core.shifts
    found = []
    for number, rule in enumerate(() if flaws(rules.core) else shifts):
        for loc, record, expected in rule.tried():
            if (got := _name_of(shifts, record)) != expected:
                message = f'rule "{rule.name}": expected {expected}, got {got}.'
                found.append(rules.core_document.problem(("shifts", number, *loc), Code.MISNAMED, message))
    return found


def _name_of(rules: Sequence[Rule], record: FlatRecord) -> str:
    try:
        return decide(rules, matching(rules, record)) or NOTHING
    except EngineError as error:
        return str(error)


def _why_idle(rule: Rule, core: Core) -> str:
    """Why the rule decides on no possible step; empty where it does on one."""
    winners: set[str] = set()
    for record in _possible(_values(rule, rule, core), core):
        winner = decide(core.shifts, matching(core.shifts, record))
        if winner == rule.name:
            return ""
        winners.add(str(winner))
    if winners:
        return f"it never names a step: wherever it fits, {' or '.join(sorted(winners))} wins"
    return "it never names a step: there is none with these values, as `policytrack rules matrix` shows"


def _possible(values: Mapping[str, Sequence[Value | None]], core: Core) -> Iterator[_Record]:
    """Every possible step with one of the values in each field."""
    for cause in _picked(values, _CAUSE):
        effects = tuple(_effects(cause, core))
        for rest in _picked(values, values.keys() - cause.keys()) if effects else ():
            record = _whole({**cause, **rest})
            if _can_be(record, effects, core):
                yield record


def tie_problems(core: Core) -> list[tuple[str, str]]:
    """Ties, as (name of the rule, what is wrong), in the order of the rules: on possible steps, and on examples.

    A rule that ties with several is told once.
    """
    told: dict[str, str] = {}
    for one, other in itertools.combinations(core.shifts, 2):
        if not {one.name, other.name} & told.keys() and _may_tie(one, other, core):
            why = next(_ties(one, other, core), None)
            if why is not None:
                told[other.name] = why
    for rule in core.shifts:
        record: _Record = {**rule.example_record()}
        undecided = _why_undecided(core.shifts, record)
        if undecided is not None and not told.keys() & set(matching(core.shifts, record)):
            told[rule.name] = f"in its example {undecided}"
    return [(rule.name, told[rule.name]) for rule in core.shifts if rule.name in told]


def _may_tie(one: Rule, other: Rule, core: Core) -> bool:
    """Whether neither is plainly the stronger; rules that supersede each other leave none."""
    above, below = other.name in one.supersedes, one.name in other.supersedes
    return above is below and (above or len(one.when) == len(other.when)) and bool(_values(one, other, core))


def _ties(one: Rule, other: Rule, core: Core) -> Iterator[str]:
    """Why nothing is decided on steps that both rules fit."""
    values = _values(one, other, core)
    for record in _possible(values, core):
        if (why := _why_undecided(core.shifts, record)) is not None:
            told = ", ".join(f"{name} {shown(record[name])}" for name in values)
            yield f"{why}; as where {told}"


def _picked(values: Mapping[str, Sequence[Value | None]], names: Collection[str]) -> Iterator[_Record]:
    """Each way to take one value for each of the fields."""
    ordered = [name for name in values if name in names]
    for picked in itertools.product(*(values[name] for name in ordered)):
        yield dict(zip(ordered, picked, strict=True))


def _whole(record: _Record) -> _Record:
    """The record with what goes without saying."""
    level = "up" if record["field"] == "level" else "none"
    scheduled = "moved" if record["field"] == "scheduled" else "none"
    return {**AT_REST, "move": record["direction"], "level_change": level, "scheduled": scheduled, **record}


def _why_undecided(rules: Sequence[Rule], record: _Record) -> str | None:
    try:
        decide(rules, matching(rules, record))
    except EngineError as error:
        return str(error)
    return None


def _values(one: Rule, other: Rule, core: Core) -> Mapping[str, Sequence[Value | None]]:
    """The values of each field on which both rules hold; empty where there is a field without any."""
    found: dict[str, list[Value | None]] = {}
    for name in dict.fromkeys((*_CAUSE, *_RESULT, *one.when, *other.when)):
        tests = [rule.when[name] for rule in (one, other) if name in rule.when]
        found[name] = [value for value in _domain(name, tests, core) if all(holds(test, value) for test in tests)]
        if not found[name]:
            return {}
    return found


def _domain(name: str, tests: Sequence[Test], core: Core) -> Sequence[Value | None]:
    """The values that a field can have; of a number those at which one of the tests turns."""
    if name in STATUS_FIELDS:
        return tuple(dict.fromkeys(status for kind in core.kinds for status in core.statuses(kind)))
    if name in NUMBER_FIELDS:
        named = {value for test in tests for value in test.literals if type(value) is int}
        numbers = {number + step for number in named for step in (-1, 0, 1)} | {1}
        return [*(None for _ in range(name == "days_since_last")), *sorted(n for n in numbers if n >= 0)]
    return FIELDS[name] or ()


def _can_be(record: _Record, effects: Sequence[Effect], core: Core) -> bool:
    """Whether a step can look like this, as far as the status model says."""
    kind, field, before, after = (str(record[name]) for name in ("policy_kind", "field", "before", "after"))
    if after not in core.statuses(kind) or (field == "status") is (before == after):
        return False
    if (field == "scheduled") is not (record["scheduled"] in ("moved", "dropped")):
        return False
    if record["direction"] != "neutral" and record["move"] != record["direction"]:
        return False
    has_levels = core.kinds[kind].looser is not None  # type: ignore[index]
    if (field == "level" or not has_levels) and (record["level_change"] != "none") is not has_levels:
        return False
    return any(_leads(effect, record) for effect in effects)


def _effects(record: _Record, core: Core) -> Iterator[Effect]:
    """What the operation can do to such a policy as it stood before."""
    if record["before"] not in core.statuses(str(record["policy_kind"])):
        return
    if core.never.get(record["operation"]) == record["direction"]:  # type: ignore[call-overload]
        return
    cell = core.cell(str(record["operation"]), str(record["policy_kind"]))
    for effect in cell if cell != "-" else ():
        in_direction = not effect.direction or record["direction"] in effect.direction
        if in_direction and (not effect.from_ or record["before"] in effect.from_):
            yield effect


def _leads(effect: Effect, record: _Record) -> bool:
    """Whether an effect can change this field, and leave the policy with this status."""
    field = record["field"]
    if field == "status":
        return effect.resumes or effect.set == record["after"]
    return field in ("until", "scheduled") or field in (effect.moves or ())
