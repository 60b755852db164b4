"""The same rules, explained: which match, which of them decides, why one does and what the nearest one lacked.

Plain Python that reads a rule as its author does. It shadows the engine in tests, so it shares nothing with it but the
rules themselves.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence

from policytrack.conditions import FlatRecord, Rule, Test, Value, same, shown
from policytrack.errors import EngineError
from policytrack.model import Record


def holds(test: Test, value: Value | None) -> bool:
    """Whether the test holds on a field of that value; None is an absent field.

    Values of different types are different, and only whole numbers have a size.
    """
    if test.present is not None and test.present is not (value is not None):
        return False
    if value is None:
        return not (test.is_ or test.bounded)
    if test.is_ and not any(same(value, each) for each in test.is_):
        return False
    return not any(same(value, each) for each in test.not_) and _within(test, value)


def _within(test: Test, value: Value) -> bool:
    if not test.bounded:
        return True
    if type(value) is not int:
        return False
    return (test.at_least is None or value >= test.at_least) and (test.at_most is None or value <= test.at_most)


def matching(rules: Iterable[Rule], record: FlatRecord) -> tuple[str, ...]:
    """The names of all rules that match the record, in the order of the rules, before any `supersedes`."""
    return tuple(rule.name for rule in rules if all(holds(test, record.get(name)) for name, test in rule.when.items()))


def decide(rules: Sequence[Rule], names: Collection[str]) -> str | None:
    """The one rule that wins among those that match; None where none does.

    `supersedes` of every rule that matches removes others, and of those left the one with most conditions wins.
    Raises EngineError on a tie, and where the rules supersede each other so that none is left.
    """
    matched = [rule for rule in rules if rule.name in names]
    if unknown := set(names) - {rule.name for rule in matched}:
        raise EngineError(f"no rule has the name {_listed(unknown)}")
    if not matched:
        return None
    removed = {name for rule in matched for name in rule.supersedes}
    left = [rule for rule in matched if rule.name not in removed]
    if not left:
        raise EngineError(f"rules {_listed(names)} supersede each other, so none is left; take one `supersedes` out")
    most = max(len(rule.when) for rule in left)
    winners = [rule.name for rule in left if len(rule.when) == most]
    if len(winners) > 1:
        raise EngineError(
            f"rules {_listed(winners)} tie with {most} conditions each; let one name the other in `supersedes`"
        )
    return winners[0]


def _listed(names: Iterable[str]) -> str:
    return ", ".join(repr(name) for name in sorted(names))


class ConditionExplanation(Record):
    """One condition of a rule, the value that it met (None where the field is absent), and whether it held."""

    field: str
    test: Test
    value: Value | None
    held: bool

    def __str__(self) -> str:
        """`sources is 1: at least 2`, with a mark in front that says whether it held."""
        return f"{'+' if self.held else '-'} {self.field} is {shown(self.value)}: {self.test}"


class RuleExplanation(Record):
    """Why a rule matches a record, or why not: its conditions in the order of the rule."""

    rule: str
    version: int
    conditions: tuple[ConditionExplanation, ...]

    @property
    def matches(self) -> bool:
        return not self.failed

    @property
    def failed(self) -> tuple[ConditionExplanation, ...]:
        """The conditions that did not hold."""
        return tuple(condition for condition in self.conditions if not condition.held)

    def __str__(self) -> str:
        """A line for the rule and one for each condition."""
        count = len(self.conditions)
        verdict = "matches" if self.matches else f"{len(self.failed)} of {count} conditions failed"
        return "\n".join([f"{self.rule}@{self.version}: {verdict}", *(f"  {each}" for each in self.conditions)])


def explain(rule: Rule, record: FlatRecord) -> RuleExplanation:
    """Each condition of the rule, with the record's value and whether it held."""
    conditions = (
        ConditionExplanation(field=name, test=test, value=record.get(name), held=holds(test, record.get(name)))
        for name, test in rule.when.items()
    )
    return RuleExplanation(rule=rule.name, version=rule.version, conditions=tuple(conditions))


def nearest_miss(rules: Iterable[Rule], record: FlatRecord) -> RuleExplanation | None:
    """The rule that matches least wrongly of those that do not match; None where there is none.

    Fewest failed conditions first, then most that held, then the order of the rules.
    """
    misses = [explanation for rule in rules if not (explanation := explain(rule, record)).matches]
    return min(misses, key=lambda miss: (len(miss.failed), -len(miss.conditions)), default=None)
