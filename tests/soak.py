"""A long run of the engine: 610,000 records through three rule sets, with the memory of the process watched.

    python -m tests.soak
    python -m tests.soak --share 100        a hundredth of it

Every 20th record is also given to the plain evaluator. The exit code is 0 where the two agreed on all of these, enough
of them matched, and memory did not grow by more than `GROWTH` after the first tenth of each part.
"""

from __future__ import annotations

import argparse
import random
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from policytrack import explain
from policytrack.conditions import FlatRecord, Rule, Value
from policytrack.engine import Engine, limit_problems
from policytrack.status_model import FIELDS
from tests.builders import core

GROWTH = 4.0
"""Megabytes. A record that the core keeps costs 9 KB: one in a hundred would be 36 in the first part."""

SAMPLE = 20
FIELD_COUNT, VALUES = 8, 12


@dataclass(frozen=True)
class Part:
    """What one part of the run brought. Memory is resident, in megabytes: after a tenth of the records, and the most
    after that."""

    name: str
    records: int
    matches: int
    compared: int
    mismatches: int
    seconds: float
    settled: float
    most: float

    @property
    def is_sound(self) -> bool:
        return not self.mismatches and self.matches > self.records // 20 and self.most - self.settled <= GROWTH

    def __str__(self) -> str:
        speed = self.records / self.seconds
        return (
            f"{self.name}: {self.records} records, {self.matches} matches, {self.compared} compared, "
            f"{self.mismatches} mismatches, {speed:.0f}/s, memory {self.settled:.1f} -> {self.most:.1f} MB"
        )


def resident() -> float:
    """The resident memory of this process, in megabytes (Linux)."""
    for line in Path("/proc/self/status").read_text(encoding="ascii").splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) / 1024
    raise RuntimeError("/proc/self/status does not say VmRSS")


def transitions(chance: random.Random) -> Iterator[FlatRecord]:
    """Steps as the shift rules see them, likely and unlikely ones."""
    statuses = tuple(dict.fromkeys(status for kind in core().kinds for status in core().statuses(kind)))
    known = {name: statuses if values is None else values for name, values in FIELDS.items()}
    examples = [rule.example_record() for rule in core().shifts]
    while True:
        record: dict[str, Value | None] = dict(chance.choice(examples))
        name = chance.choice(list(known))
        record[name] = chance.randrange(40) if name in ("sources", "days_since_last") else chance.choice(known[name])
        yield record


def rules_of(chance: random.Random, count: int) -> list[Rule]:
    """Rules of two to four conditions each, as many as asked for, within the limits of the engine."""
    rules: list[Rule] = []
    while len(rules) < count:
        names = chance.sample(range(FIELD_COUNT), chance.randint(2, 4))
        when = {f"f{name}": condition(chance, first=number == 0) for number, name in enumerate(sorted(names))}
        rule = Rule.model_validate({"name": f"rule {len(rules)}", "when": when})
        if not limit_problems([*rules, rule]):
            rules.append(rule)
    return rules


def condition(chance: random.Random, *, first: bool) -> object:
    """A test of one field. The first of a rule is for one value: many rules that hold at once are beyond the engine."""
    shape = 0 if first else chance.randrange(5)
    if shape == 0:
        return f"v{chance.randrange(VALUES)}"
    if shape == 1:
        return sorted({f"v{chance.randrange(VALUES)}" for _ in range(3)})
    if shape == 2:
        return {"not": f"v{chance.randrange(VALUES)}"}
    return {"at_least": chance.randrange(20)} if shape == 3 else {"present": chance.random() < 0.7}


def records_of(chance: random.Random, rules: Sequence[Rule]) -> Iterator[FlatRecord]:
    """Records that lean on what one of the rules asks for."""
    while True:
        record: dict[str, Value | None] = {
            f"f{number}": f"v{chance.randrange(VALUES)}" if chance.random() < 0.6 else chance.randrange(40)
            for number in range(FIELD_COUNT)
            if chance.random() < 0.8
        }
        for name, test in chance.choice(rules).when.items():
            if test.is_ and chance.random() < 0.9:
                record[name] = chance.choice(test.is_)
        yield record


def soak(name: str, rules: Sequence[Rule], records: Iterator[FlatRecord], count: int) -> Part:
    """What `count` records brought. Raises EngineError where the engine fails."""
    engine = Engine(name, rules)
    matches = compared = mismatches = 0
    settled = most = 0.0
    began = time.monotonic()
    for number in range(count):
        record = next(records)
        found = engine.matching(record)
        matches += len(found)
        if number % SAMPLE == 0:
            compared += 1
            mismatches += found != explain.matching(rules, record)
        if number == count // 10:
            settled = most = resident()
        elif number % 1000 == 0:
            most = max(most, resident()) if settled else 0.0
    return Part(name, count, matches, compared, mismatches, time.monotonic() - began, settled, max(most, resident()))


def run(seed: int, share: int = 1) -> Iterator[Part]:
    """The three parts, each divided by `share`."""
    chance = random.Random(seed)
    yield soak("shift rules", core().shifts, transitions(chance), 400_000 // share)
    for count, records in ((60, 150_000), (200, 60_000)):
        rules = rules_of(chance, count)
        yield soak(f"{count} rules", rules, records_of(chance, rules), records // share)


def main(arguments: Sequence[str] | None = None) -> int:
    """0 where every part was sound; else 1."""
    parser = argparse.ArgumentParser(prog="python -m tests.soak", description="A long run of the engine.")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--share", type=int, default=1, help="run this fraction only: 100 is a hundredth")
    options = parser.parse_args(arguments)
    sound = True
    for part in run(options.seed, options.share):
        sound = sound and part.is_sound
        sys.stdout.write(f"{part}{'' if part.is_sound else '   NOT SOUND'}\n")
        sys.stdout.flush()
    return 0 if sound else 1


if __name__ == "__main__":
    sys.exit(main())
