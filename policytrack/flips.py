"""Which conditions of shift rules are tested: what each was seen to be, and which changes of a rule no test notices.

What tests say of steps is gathered once; every rule, as it is and changed, is then read by the plain evaluator. No
English and no engine.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from policytrack.conditions import FlatRecord, Test, shown
from policytrack.errors import EngineError
from policytrack.explain import decide, explain, holds, matching
from policytrack.model import Record
from policytrack.packs import Rules
from policytrack.status_model import NOTHING, Core, ShiftRule


@dataclass(frozen=True)
class Seen:
    """A step that a test looks at, and the name that it should get; `none`: no name.

    It is the name of a rule where the test stands beside one, and the kind of the shift (`by_kind`) in a pack's test.
    """

    record: FlatRecord
    expected: str
    by_kind: bool = False


class Condition(Record):
    """What tests have seen of one condition of a shift rule, and where it stands.

    `held`: the rule fits a step; `failed`: all its other conditions hold on a step, and this one does not. Only such a
    step shows that the condition matters.
    """

    rule: str
    field: str
    test: str
    path: str
    line: int
    held: bool
    failed: bool

    @property
    def seen(self) -> bool:
        """Whether it was seen both to hold and to fail."""
        return self.held and self.failed


class Flip(Record):
    """One change of a shift rule, in words, and whether a test notices it: a step gets another name than it should."""

    rule: str
    change: str
    path: str
    line: int
    noticed: bool


def seen_beside(core: Core) -> list[Seen]:
    """The steps of the examples and cases that stand beside shift rules."""
    return [Seen(record, expected) for rule in core.shifts for _, record, expected in rule.tried()]


def seen_in_test(core: Core, records: Iterable[FlatRecord]) -> list[Seen]:
    """Steps whose kinds a pack's test asks and gets, so that the kind of each is the one that it has now."""
    kinds = {rule.name: rule.kind for rule in core.shifts}
    names = ((record, decide(core.shifts, matching(core.shifts, record))) for record in records)
    return [Seen(record, kinds[name] if name else NOTHING, by_kind=True) for record, name in names]


def conditions(rules: Rules, seen: Sequence[Seen]) -> list[Condition]:
    """What these steps show of every condition of every shift rule, in the order of the rules."""
    return [
        Condition(rule=rule.name, field=field, test=str(test), path=path, line=line, held=() in failed,
                  failed=(field,) in failed)
        for number, rule in enumerate(rules.core.shifts)
        for failed in [{tuple(each.field for each in explain(rule, one.record).failed) for one in seen}]
        for field, test in rule.when.items()
        for path, line in [_place(rules, number, "when", field)]
    ]  # fmt: skip


def flips(rules: Rules, seen: Sequence[Seen]) -> list[Flip]:
    """Every change of every shift rule, and whether one of these steps notices it, in the order of the rules.

    Each condition is turned into its contrary and taken out, and each value is taken out of its list. Where rules then
    tie, that is noticed too.
    """
    matched = [matching(rules.core.shifts, each.record) for each in seen]
    found = []
    for number, rule in enumerate(rules.core.shifts):
        for change in _changes(rule):
            shifts = (*rules.core.shifts[:number], change.rule, *rules.core.shifts[number + 1 :])
            kinds = {each.name: each.kind for each in shifts}
            noticed = any(
                _name(shifts, kinds, each, _rematched(names, change, each.record)) != each.expected
                for each, names in zip(seen, matched, strict=True)
            )
            path, line = _place(rules, number, "when", change.field)
            found.append(Flip(rule=rule.name, change=change.words, path=path, line=line, noticed=noticed))
    return found


@dataclass(frozen=True)
class _Change:
    """A rule with one condition changed, what it then fits, and the words for the change."""

    rule: ShiftRule
    fits: Callable[[FlatRecord], bool]
    field: str
    words: str


def _changes(rule: ShiftRule) -> Iterator[_Change]:
    for field, test in rule.when.items():
        others = {name: each for name, each in rule.when.items() if name != field}
        yield _Change(rule, _fitting(others, {field: test}), field, f"{field} is anything but {test}")
        dropped = rule.model_copy(update={"when": others})
        yield _Change(dropped, _fitting(others), field, f"{field} is anything")
        for value in test.is_ if len(test.is_) > 1 else ():
            fewer = test.model_copy(update={"is_": tuple(each for each in test.is_ if each is not value)})
            yield _Change(rule, _fitting({**others, field: fewer}), field, f"{field} is never {shown(value)}")


def _fitting(when: Mapping[str, Test], never: Mapping[str, Test] | None = None) -> Callable[[FlatRecord], bool]:
    """Whether all tests hold on a record, and none of those that must not."""
    return lambda record: (
        all(holds(test, record.get(name)) for name, test in when.items())
        and not any(holds(test, record.get(name)) for name, test in (never or {}).items())
    )


def _rematched(names: Sequence[str], change: _Change, record: FlatRecord) -> set[str]:
    """The names of the rules that fit once one of them is changed."""
    others = {name for name in names if name != change.rule.name}
    return others | ({change.rule.name} if change.fits(record) else set())


def _name(rules: Sequence[ShiftRule], kinds: Mapping[str, str], seen: Seen, matched: set[str]) -> str:
    """What these rules call a step, as its test asks for it; why they call it nothing, where they tie."""
    try:
        name = decide(rules, matched)
    except EngineError as error:
        return str(error)
    return NOTHING if name is None else kinds[name] if seen.by_kind else name


def _place(rules: Rules, number: int, *way: str) -> tuple[str, int]:
    location = rules.core_document.location(("shifts", number, *way), on_key=True)
    return location.path, location.line
