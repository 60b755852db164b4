"""Random rule sets and records, answered by the engine and by the plain evaluator; every difference is a mismatch.

    python -m tests.shadow --rule-sets 200 --seed 1

The last line tells how many rule sets, records, matches and mismatches there were; the exit code is 0 where there was
no mismatch. Rule set number n of a seed is always the same one, so `--first n --rule-sets 1` repeats it alone.
Batches run in processes of their own: an engine gives no memory back, and a crash of the core ends one batch only.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import random
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass, field
from typing import Any

from policytrack import explain
from policytrack.conditions import FlatRecord, Rule, Value
from policytrack.engine import Engine, limit_problems

Evaluator = Callable[[Sequence[Rule], FlatRecord], tuple[str, ...]]

RECORDS = 40
BATCH = 100
FIELDS = ("after", "before", "count", "days", "direction", "id", "kind", "m", "scope", "sid", "sources")
TEXTS = (
    "", " ", "1", "2", "-1", "01", "true", "false", "null", "none", "in_force", "In_Force", "in_force ", "partial",
    "é", "e\u0301", "日本", "Крым", "😀", '"', '\\"', "\\", "\\\\", "'", "\n", "\\n", "\x00", "\ud800", "{}", "[",
    ":", ",", "sone", "i1", "bt", "x" * 998, "x" * 999, "é" * 999,
)  # fmt: skip
NUMBER_OF_TEXT: dict[str, Value] = {"1": 1, "2": 2, "-1": -1, "01": 1, "true": True}
NUMBERS = (-(2**53), -100, -2, -1, 0, 1, 2, 3, 7, 10, 30, 100, 2**31, 2**53)


@dataclass
class Tally:
    """What was compared. A mismatch is told as text, complete enough to repeat it."""

    rule_sets: int = 0
    records: int = 0
    matches: int = 0
    mismatches: list[str] = field(default_factory=list)

    def add(self, other: Tally) -> None:
        self.rule_sets += other.rule_sets
        self.records += other.records
        self.matches += other.matches
        self.mismatches += other.mismatches

    def __str__(self) -> str:
        counts = f"{self.rule_sets} rule sets, {self.records} records, {self.matches} matches"
        return f"{counts}, {len(self.mismatches)} mismatches"


# --- random rules and records


def random_value(chance: random.Random) -> Value:
    pick = chance.random()
    if pick < 0.55:
        return chance.choice(TEXTS)
    return chance.choice(NUMBERS) if pick < 0.85 else chance.random() < 0.5


def random_values(chance: random.Random, pool: Sequence[Value], most: int) -> list[Value]:
    """Values of the pool, mostly few, none twice."""
    count = min(most, 1 + int(chance.expovariate(1.0)))
    picked = {(type(value), value): value for value in chance.choices(pool, k=count)}
    return list(picked.values())


def random_test(chance: random.Random, pool: Sequence[Value]) -> Any:
    """A test as YAML would give it: each kind, and kinds together."""
    shape = chance.choice(("literal", "list", "list", "not", "not", "bounds", "bounds", "present", "mixed"))
    if shape == "literal":
        return chance.choice(pool)
    if shape == "list":
        return random_values(chance, pool, 5)
    if shape == "not":
        return {"not": random_values(chance, pool, 5)}
    if shape == "bounds":
        return random_bounds(chance)
    if shape == "present":
        return {"present": chance.random() < 0.6}
    return random_mixture(chance, pool)


def random_bounds(chance: random.Random) -> dict[str, Any]:
    low, high = sorted(chance.choices(NUMBERS, k=2))
    return chance.choice(({"at_least": low}, {"at_most": high}, {"at_least": low, "at_most": high}))


def random_mixture(chance: random.Random, pool: Sequence[Value]) -> dict[str, Any]:
    """Several keys on one field."""
    refused = {"not": random_values(chance, pool, 3)}
    return chance.choice(
        (
            refused | {"present": True},
            refused | {"present": False},
            refused | random_bounds(chance),
            refused | {"is": random_values(chance, pool, 3)},
            refused | {"is": random_values(chance, pool, 3)} | random_bounds(chance) | {"present": True},
        )
    )


def random_rules(chance: random.Random) -> list[Rule]:
    """Up to forty rules on a few fields, with few values each, so that many match; fewer where a limit is passed."""
    fields = chance.sample(FIELDS, chance.randint(1, 6))
    pools = {name: [random_value(chance) for _ in range(chance.randint(1, 6))] for name in fields}
    rules = []
    for number in range(chance.randint(1, 40)):
        tested = chance.sample(fields, min(len(fields), 1 + int(chance.expovariate(0.8))))
        when = {name: random_test(chance, pools[name]) for name in tested}
        rules.append(Rule.model_validate({"name": f"rule {number}", "when": when}))
    beyond = {name for name, _ in limit_problems(rules)}
    return rules[: min((number for number, rule in enumerate(rules) if rule.name in beyond), default=len(rules))]


def random_record(chance: random.Random, rules: Sequence[Rule]) -> dict[str, Value | None]:
    """A value that a rule names, or one beside it, or any, or none at all, for each field that rules test."""
    named: dict[str, list[Value]] = {}
    for rule in rules:
        for name, test in rule.when.items():
            named.setdefault(name, []).extend(test.literals)
    record = {name: random_field(chance, values) for name, values in named.items() if chance.random() < 0.8}
    return record | ({"unasked": random_value(chance)} if chance.random() < 0.2 else {})


def random_field(chance: random.Random, named: Sequence[Value]) -> Value | None:
    pick = chance.random()
    if pick < 0.1:
        return None
    if pick < 0.25 or not named:
        return random_value(chance)
    value = chance.choice(named)
    return value if pick < 0.75 else beside(chance, value)


def beside(chance: random.Random, value: Value) -> Value:
    """A value that is easily taken for the given one: a neighbour, or the same in another type."""
    alike: list[Value]
    if isinstance(value, bool):
        alike = [int(value), str(value).lower(), not value]
        return chance.choice(alike)
    if isinstance(value, int):
        alike = [str(value), bool(value), *(number for number in (value - 1, value + 1) if abs(number) <= 2**53)]
        return chance.choice(alike)
    # Text beyond 999 characters is not compared.
    longer = value + " " if len(value) < 999 else value[:-1]
    return NUMBER_OF_TEXT.get(value) or chance.choice((longer, value.upper()[:999], value[:-1]))


# --- comparing


def compare(seed: int, first: int, count: int, records: int, evaluate: Evaluator = explain.matching) -> Tally:
    """The tally of rule sets `first` up to, not including, `first + count`."""
    tally = Tally()
    for number in range(first, first + count):
        chance = random.Random(f"{seed}:{number}")
        rules = random_rules(chance)
        engine = Engine(f"shadow {seed}:{number}", rules)
        tally.rule_sets += 1
        for _ in range(records):
            record = random_record(chance, rules)
            answered, expected = engine.matching(record), evaluate(rules, record)
            tally.records += 1
            tally.matches += len(answered)
            if answered != expected:
                tally.mismatches.append(told(seed, number, rules, record, answered, expected))
    return tally


def told(
    seed: int, number: int, rules: Sequence[Rule], record: FlatRecord, answered: Sequence[str], expected: Sequence[str]
) -> str:
    """One mismatch: how to repeat it, the record, and the rules that the two disagree about."""
    odd = set(answered) ^ set(expected)
    disputed = [rule.model_dump(exclude_defaults=True) for rule in rules if rule.name in odd]
    return (
        f"MISMATCH --seed {seed} --first {number} --rule-sets 1\n  record {json.dumps(dict(record))}\n"
        f"  engine {list(answered)}\n  plain  {list(expected)}\n  rules  {json.dumps(disputed)}"
    )


def batches(first: int, count: int) -> Iterator[tuple[int, int]]:
    for start in range(first, first + count, BATCH):
        yield start, min(BATCH, first + count - start)


def run(seed: int, first: int, count: int, records: int) -> Tally:
    """The tally of all rule sets, each batch in its own process. A batch that crashes is a mismatch."""
    tally = Tally()
    for start, size in batches(first, count):
        with ProcessPoolExecutor(max_workers=1, mp_context=multiprocessing.get_context("spawn")) as pool:
            try:
                tally.add(pool.submit(compare, seed, start, size, records).result())
            except BrokenProcessPool:
                tally.mismatches.append(f"CRASH --seed {seed} --first {start} --rule-sets {size}")
    return tally


def main(arguments: Sequence[str] | None = None) -> int:
    """0 where the two agreed on every record and something was compared; else 1."""
    parser = argparse.ArgumentParser(
        prog="python -m tests.shadow", description="Compares the engine with the plain evaluator."
    )
    parser.add_argument("--rule-sets", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--first", type=int, default=0, help="number of the first rule set")
    parser.add_argument("--records", type=int, default=RECORDS, help="records for each rule set")
    options = parser.parse_args(arguments)
    began = time.monotonic()
    tally = run(options.seed, options.first, options.rule_sets, options.records)
    sys.stdout.write("".join(f"{mismatch}\n" for mismatch in tally.mismatches[:20]))
    sys.stdout.write(f"{tally} in {time.monotonic() - began:.1f} s (seed {options.seed})\n")
    return 0 if tally.matches and not tally.mismatches else 1


if __name__ == "__main__":
    sys.exit(main())
