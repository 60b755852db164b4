"""The engine and the plain evaluator agree on random rules, and a difference would not go unseen."""

from __future__ import annotations

import functools
import os
import random
import re
import signal
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

from policytrack import conditions, explain
from policytrack.conditions import FlatRecord, Rule, Value
from tests import shadow

REPOSITORY = Path(__file__).parent.parent

SETS = 20
"""Enough rule sets for each misreading to show."""

Holds = Callable[[conditions.Test, Value | None], bool]


def evaluator(holds: Holds) -> shadow.Evaluator:
    """A plain evaluator that takes single tests to mean something else."""

    def matching(rules: Sequence[Rule], record: FlatRecord) -> tuple[str, ...]:
        fits = (rule for rule in rules if all(holds(test, record.get(name)) for name, test in rule.when.items()))
        return tuple(rule.name for rule in fits)

    return matching


def is_of_any_type(test: conditions.Test, value: Value | None) -> bool:
    """Takes 1, "1" and true for the same, as the core does when it is given them raw."""
    alike = [each for each in test.is_ if str(each).lower() == str(value).lower() and value is not None]
    return explain.holds(test, alike[0] if alike else value)


def bool_is_a_number(test: conditions.Test, value: Value | None) -> bool:
    return explain.holds(test, int(value) if isinstance(value, bool) and test.bounded else value)


def text_is_more_than_numbers(test: conditions.Test, value: Value | None) -> bool:
    return explain.holds(test, 2**53 if isinstance(value, str) and test.at_least is not None else value)


def not_fails_where_absent(test: conditions.Test, value: Value | None) -> bool:
    return explain.holds(test, value) and not (test.not_ and value is None)


def at_least_is_more_than(test: conditions.Test, value: Value | None) -> bool:
    return explain.holds(test, value) and value != test.at_least


def at_most_is_less_than(test: conditions.Test, value: Value | None) -> bool:
    return explain.holds(test, value) and value != test.at_most


def empty_text_is_absent(test: conditions.Test, value: Value | None) -> bool:
    return explain.holds(test, None if value == "" else value)


def case_is_folded(test: conditions.Test, value: Value | None) -> bool:
    return explain.holds(test, value.lower() if isinstance(value, str) else value)


def only_the_first_of_a_list(test: conditions.Test, value: Value | None) -> bool:
    return explain.holds(test.model_copy(update={"is_": test.is_[:1], "not_": test.not_[:1]}), value)


def text_is_cut_at_998(test: conditions.Test, value: Value | None) -> bool:
    cut = test.model_copy(update={"is_": tuple(each[:998] if isinstance(each, str) else each for each in test.is_)})
    return explain.holds(cut, value[:998] if isinstance(value, str) else value)


MISREADINGS: list[Holds] = [
    is_of_any_type,
    bool_is_a_number,
    text_is_more_than_numbers,
    not_fails_where_absent,
    at_least_is_more_than,
    at_most_is_less_than,
    empty_text_is_absent,
    case_is_folded,
    only_the_first_of_a_list,
    text_is_cut_at_998,
]


def test_two_hundred_rule_sets_without_a_mismatch() -> None:
    command = [sys.executable, "-m", "tests.shadow", "--rule-sets", "200", "--seed", "20241112"]
    done = subprocess.run(command, cwd=REPOSITORY, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stdout + done.stderr
    found = re.search(r"^200 rule sets, (\d+) records, (\d+) matches, 0 mismatches in ", done.stdout, re.MULTILINE)
    assert found, done.stdout
    assert int(found[1]) == 200 * shadow.RECORDS
    assert int(found[2]) > 200 * shadow.RECORDS / 4


@pytest.mark.parametrize("misreading", MISREADINGS, ids=lambda misreading: misreading.__name__)
def test_each_misreading_is_seen(misreading: Holds) -> None:
    """A few rule sets tell the right reading from each of these, so two hundred are not idle."""
    tally = shadow.compare(seed=1, first=0, count=SETS, records=shadow.RECORDS, evaluate=evaluator(misreading))
    assert tally.mismatches


def test_the_right_reading_passes_where_misreadings_do_not() -> None:
    tally = shadow.compare(seed=1, first=0, count=SETS, records=shadow.RECORDS, evaluate=evaluator(explain.holds))
    assert tally.mismatches == []
    assert tally.matches > 0


def test_a_wrong_order_is_seen() -> None:
    tally = shadow.compare(1, 0, 5, shadow.RECORDS, lambda rules, record: explain.matching(rules, record)[::-1])
    assert tally.mismatches


def test_a_mismatch_fails_the_run_and_can_be_repeated(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    wrong = evaluator(not_fails_where_absent)
    monkeypatch.setattr(shadow, "run", functools.partial(shadow.compare, evaluate=wrong))
    assert shadow.main(["--rule-sets", "10", "--seed", "1"]) == 1
    output = capsys.readouterr().out
    assert re.search(r"^10 rule sets, \d+ records, \d+ matches, [1-9]\d* mismatches", output, re.MULTILINE)
    repeated = re.search(r"^MISMATCH --seed 1 --first (\d+) --rule-sets 1$", output, re.MULTILINE)
    assert repeated
    assert shadow.main(["--seed", "1", "--first", repeated[1], "--rule-sets", "1"]) == 1


def dies(*_: Any) -> shadow.Tally:
    os.kill(os.getpid(), signal.SIGSEGV)
    return shadow.Tally()


def test_a_crash_of_the_core_fails_the_run(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shadow, "compare", dies)
    assert shadow.run(seed=1, first=0, count=7, records=1).mismatches == ["CRASH --seed 1 --first 0 --rule-sets 7"]


def test_a_run_that_compares_nothing_fails() -> None:
    assert shadow.main(["--rule-sets", "0"]) == 1


def test_the_random_rules_and_records_have_every_kind() -> None:
    """Every key of a test, every type of value, absent fields, and each literal in its look-alikes."""
    tests: list[conditions.Test] = []
    values: list[Value | None] = []
    for number in range(100):
        chance = random.Random(number)
        rules = shadow.random_rules(chance)
        tests += [test for rule in rules for test in rule.when.values()]
        for _ in range(10):
            record = shadow.random_record(chance, rules)
            values += [record.get(name) for rule in rules for name in rule.when]
    for key in conditions.Test.model_fields:
        assert any(key in test.model_fields_set for test in tests), key
    assert {len(test.is_) for test in tests} >= {0, 1, 2, 3}
    assert {test.present for test in tests} == {None, True, False}
    assert {type(value) for value in values} == {str, int, bool, type(None)}
    assert {("1", str), (1, int), (True, bool)} <= {(value, type(value)) for value in values}
    assert any(not value.isascii() for value in values if isinstance(value, str))
