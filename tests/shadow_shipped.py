"""The shipped shift rules on random records, answered by the engine and by the plain evaluator; differences are told.

    python -m tests.shadow_shipped --records 100000 --seed 1

Records are made for the rules in turn, so that each of them fits often: most of a rule's fields hold what it asks for,
the others anything that a step can have, and some what no step has. How often each rule fitted is told; the exit code
is 1 where the two differ, and where a rule never fitted. Record number n of a seed is always the same one, so
`--first n --records 1` repeats it alone.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import random
import sys
import time
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass, field
from pathlib import Path

from policytrack import explain
from policytrack.conditions import FlatRecord, Value
from policytrack.engine import Engine
from policytrack.packs import load_rules
from policytrack.status_model import FIELDS, STATUS_FIELDS, Core, ShiftRule
from tests.shadow import Evaluator, beside

RULES = Path(__file__).parent.parent / "rules"
BATCH = 25_000
ASKED = 0.9
"""How many of a rule's fields hold what it asks for."""
ABSENT, ODD = 0.03, 0.03
"""How many of the other fields are absent, or hold what is easily taken for a value of theirs."""
NUMBERS = (0, 1, 2, 3, 5, 7, 30, 400)


@dataclass
class Tally:
    """What was compared, and how often each rule fitted. A mismatch is told as text, complete enough to repeat it."""

    records: int = 0
    fitted: Counter[str] = field(default_factory=Counter)
    mismatches: list[str] = field(default_factory=list)

    def add(self, other: Tally) -> None:
        self.records += other.records
        self.fitted += other.fitted
        self.mismatches += other.mismatches

    def __str__(self) -> str:
        counts = f"{len(self.fitted)} rules, {self.records} records, {self.fitted.total()} matches"
        return f"{counts}, {len(self.mismatches)} mismatches"


def domain(core: Core, name: str) -> Sequence[Value | None]:
    """The values that a field of a step can have; of a number some."""
    if name in STATUS_FIELDS:
        return tuple(dict.fromkeys(status for kind in core.kinds for status in core.statuses(kind)))
    return FIELDS[name] or NUMBERS


def random_record(chance: random.Random, core: Core, rule: ShiftRule) -> dict[str, Value | None]:
    """A record for one rule: what it asks for in most of its fields, and anything in the others."""
    return {name: random_field(chance, core, name, rule) for name in FIELDS}


def random_field(chance: random.Random, core: Core, name: str, rule: ShiftRule) -> Value | None:
    values = domain(core, name)
    test = rule.when.get(name)
    if test is not None and chance.random() < ASKED:
        values = [value for value in (*values, *test.literals) if explain.holds(test, value)] or values
        return chance.choice(values)
    pick = chance.random()
    if pick < ABSENT:
        return None
    value = chance.choice(values)
    return beside(chance, value) if value is not None and pick < ABSENT + ODD else value


def compare(seed: int, first: int, count: int, evaluate: Evaluator = explain.matching) -> Tally:
    """The tally of records `first` up to, not including, `first + count`."""
    core = load_rules(RULES).core
    engine = Engine(f"shipped {seed}:{first}", core.shifts)
    tally = Tally()
    for number in range(first, first + count):
        rule = core.shifts[number % len(core.shifts)]
        record = random_record(random.Random(f"{seed}:{number}"), core, rule)
        answered, expected = engine.matching(record), evaluate(core.shifts, record)
        tally.records += 1
        tally.fitted.update(answered)
        if answered != expected:
            tally.mismatches.append(told(seed, number, record, answered, expected))
    return tally


def told(seed: int, number: int, record: FlatRecord, answered: Sequence[str], expected: Sequence[str]) -> str:
    """One mismatch: how to repeat it, the record, and the two answers."""
    return (
        f"MISMATCH --seed {seed} --first {number} --records 1\n  record {json.dumps(dict(record))}\n"
        f"  engine {list(answered)}\n  plain  {list(expected)}"
    )


def run(seed: int, first: int, count: int) -> Tally:
    """The tally of all records, each batch in its own process. A batch that crashes is a mismatch."""
    tally = Tally()
    for start in range(first, first + count, BATCH):
        size = min(BATCH, first + count - start)
        with ProcessPoolExecutor(max_workers=1, mp_context=multiprocessing.get_context("spawn")) as pool:
            try:
                tally.add(pool.submit(compare, seed, start, size).result())
            except BrokenProcessPool:
                tally.mismatches.append(f"CRASH --seed {seed} --first {start} --records {size}")
    return tally


def main(arguments: Sequence[str] | None = None) -> int:
    """0 where the two agreed on every record, and every rule fitted one; else 1."""
    parser = argparse.ArgumentParser(
        prog="python -m tests.shadow_shipped", description="Compares engine and evaluator on the shipped rules."
    )
    parser.add_argument("--records", type=int, default=2_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--first", type=int, default=0, help="number of the first record")
    options = parser.parse_args(arguments)
    began = time.monotonic()
    tally = run(options.seed, options.first, options.records)
    idle = [rule.name for rule in load_rules(RULES).core.shifts if rule.name not in tally.fitted]
    sys.stdout.write("".join(f"{mismatch}\n" for mismatch in tally.mismatches[:20]))
    sys.stdout.write("".join(f"{count:>8} {name}\n" for name, count in reversed(tally.fitted.most_common())))
    sys.stdout.write("".join(f"NEVER FITTED {name}\n" for name in idle))
    sys.stdout.write(f"{tally} in {time.monotonic() - began:.1f} s (seed {options.seed})\n")
    return 1 if idle or tally.mismatches else 0


if __name__ == "__main__":
    sys.exit(main())
