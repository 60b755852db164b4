"""Flat records and rules in, names of the rules that match out, by durable-rules. The only module that imports it.

durable-rules is exact inside a known envelope and outside it answers wrongly, hangs or crashes. This module keeps to
the envelope: it drives the C core directly (no Host, no threads), asserts each record as a fact, collects every match
and retracts the record at once. Rules and records are coded so that the core only compares text with text and whole
numbers with whole numbers, for it takes 1 for "1" and true, and text for more than any number:

    v_<field>   the value as text, its type in the first letter: `sreduced`, `i3`, `bt`, `bf`
    n_<field>   the value once more, where it is a whole number, for at_least and at_most

A rule becomes one pattern for each way in which it can hold: a list of values one for each value, a `not` one for
"another value" and one for "absent" (in the core `!=` does not hold on an absent field). No record matches two
patterns of one rule.

The core cannot safely give back the memory of a rule set that was used: each Engine keeps about 0.2 MB, and 20 KB a
pattern, until the process ends (delete_ruleset alone leaks most of it, delete_state can crash). So there is no close();
make one Engine for a rule set, keep it, and use it from any thread.
"""

from __future__ import annotations

import itertools
import json
import math
import re
import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import durable_rules_engine as native

from policytrack.conditions import FlatRecord, Rule, Test, Value
from policytrack.errors import EngineError

# --- the envelope: measured limits of the core, with room to spare

MAX_PATTERNS = 4_096
MAX_VALUES = 400  # tests that branch off at one place; the core hangs at 512
MAX_IDENTICAL = 200  # patterns with the same tests; the core crashes at 256
MAX_OPEN = 60  # tests that can hold at once; the core has 64 places for them
MAX_KEYS = 60  # of a coded record, its `kind` and `id` counted; as many fields in a record
MAX_TEXT = 999  # code points
MAX_INTEGER = 2**53

_KIND = {"kind": "record"}
"""What every pattern begins with, so that none matches the message that the core makes for itself."""
_CORES_OWN_ID = "sid-0"
"""The id of that message. It stays, so no record may have an id with the same hash."""
_EQUAL, _UNEQUAL, _AT_LEAST, _AT_MOST, _PRESENT, _ABSENT = "", "$neq", "$gte", "$lte", "$ex", "$nex"


def _text_of(value: Value) -> str:
    """The value as text that no value of another type has."""
    if isinstance(value, bool):
        return "bt" if value else "bf"
    return f"i{value}" if isinstance(value, int) else "s" + value


def _hash(text: str) -> int:
    """FNV-1a with 32 bits, by which alone the core knows keys and ids."""
    number = 0x811C9DC5
    for byte in text.encode("utf-8"):
        number = (number ^ byte) * 0x01000193 & 0xFFFFFFFF
    return number


# --- rules as patterns


class _Step(NamedTuple):
    """One test of a pattern, on one key of the coded record."""

    operator: str
    key: str
    literal: str | int

    @property
    def field(self) -> str:
        return self.key[2:]

    @property
    def as_json(self) -> dict[str, Any]:
        """The test as the core reads it: always one key."""
        tested = {self.key: self.literal}
        return {self.operator: tested} if self.operator else tested


_Steps = tuple[_Step, ...]


def _branches(name: str, test: Test) -> list[_Steps]:
    """The ways in which the test can hold on the field; of any value, or of none, at most one holds."""
    value = f"v_{name}"
    if test.is_:
        return [(_Step(_EQUAL, value, _text_of(each)),) for each in test.is_ if _left(test, each)]
    if test.bounded:
        return [_bounds(f"n_{name}", test)]
    others = tuple(_Step(_UNEQUAL, value, _text_of(each)) for each in test.not_) or (_Step(_PRESENT, value, 1),)
    absent = (_Step(_ABSENT, value, 1),)
    return [*([others] if test.present is not False else []), *([absent] if test.present is not True else [])]


def _left(test: Test, value: Value) -> bool:
    """True where the rest of the test does not rule out one of the values of its list."""
    if test.bounded:
        low = -math.inf if test.at_least is None else test.at_least
        high = math.inf if test.at_most is None else test.at_most
        if type(value) is not int or not low <= value <= high:
            return False
    return _text_of(value) not in map(_text_of, test.not_)


def _bounds(key: str, test: Test) -> _Steps:
    low = [] if test.at_least is None else [_Step(_AT_LEAST, key, test.at_least)]
    high = [] if test.at_most is None else [_Step(_AT_MOST, key, test.at_most)]
    return (*low, *high, *(_Step(_UNEQUAL, key, each) for each in test.not_ if type(each) is int))


def _patterns(rule: Rule) -> list[_Steps]:
    """The rule's patterns, each with its tests for equality first: patterns then share what they have in common."""
    ways = itertools.product(*(_branches(name, test) for name, test in rule.when.items()))
    return [tuple(sorted(itertools.chain(*way), key=_shared_first)) for way in ways]


def _shared_first(step: _Step) -> tuple[bool, str, str, str | int]:
    return step.operator != _EQUAL, step.key, step.operator, step.literal


# --- the limits


@dataclass
class _Place:
    """One node of the tree of tests that the core builds: patterns with the same first tests share their nodes."""

    tests: dict[_Step, _Place] = field(default_factory=dict)
    ends: int = 0
    deepest: int = 0

    @property
    def open(self) -> int:
        """The most tests of this place that one record can pass."""
        held = [(step.field, step.operator) for step in self.tests]
        equal = {name for name, operator in held if operator == _EQUAL}
        absent = {name for name, operator in held if operator == _ABSENT}
        others = [name for name, operator in held if operator not in (_EQUAL, _ABSENT)]
        return len(equal) + len(others) + len(absent - equal - set(others))

    @property
    def need(self) -> int:
        """Room on the core's stack for this place and all below: siblings wait there while one is followed."""
        return max(self.open, self.open - 1 + self.deepest)

    def add(self, steps: _Steps) -> list[_Place]:
        """The places that a pattern leads through, made where they are new."""
        way = [self]
        for step in steps:
            way.append(way[-1].tests.setdefault(step, _Place()))
        way[-1].ends += 1
        for above, below in itertools.pairwise(reversed(way)):
            below.deepest = max(below.deepest, above.need)
        return way


def limit_problems(rules: Sequence[Rule]) -> list[tuple[str, str]]:
    """What takes rules out of the envelope, as (name of the rule, what is wrong), in the order of the rules.

    A limit that all rules share is told once, of the rule with which it is passed.
    """
    shared = _Shared()
    problems: list[tuple[str, str]] = []
    for rule in rules:
        wrong = list(_own_problems(rule))
        problems += [(rule.name, message) for message in wrong or shared.problems_with(rule)]
    return problems


def _own_problems(rule: Rule) -> Iterator[str]:
    for name, test in rule.when.items():
        for value in test.literals:
            if (message := _value_problem(value)) is not None:
                yield f"{name!r}: {message}"
        if max(len(test.is_), len(test.not_)) > MAX_VALUES:
            yield f"{name!r}: {max(len(test.is_), len(test.not_))} values in one list; at most {MAX_VALUES} can stand"
    if (ways := _way_count(rule)) > MAX_PATTERNS:
        yield f"its lists and `not` tests make {ways} combinations; at most {MAX_PATTERNS} can be told apart"


def _way_count(rule: Rule) -> int:
    return math.prod(len(_branches(name, test)) for name, test in rule.when.items())


def _value_problem(value: object) -> str | None:
    """Why the engine cannot compare the value exactly, or None."""
    if type(value) is str:
        return f"a text of {len(value)} characters; at most {MAX_TEXT} are compared" if len(value) > MAX_TEXT else None
    if type(value) is int:
        return f"{value} is beyond 2^53" if abs(value) > MAX_INTEGER else None
    if type(value) is bool:
        return None
    return f"{value!r} is a {type(value).__name__}; only text, whole numbers, true and false are compared"


class _Shared:
    """What rules use up together, and which limits have been passed."""

    def __init__(self) -> None:
        self._names: set[str] = set()
        self._keys: dict[int, str] = {_hash(key): key for key in ("kind", "id", "sid")}
        self._tree = _Place()
        self._patterns = 0
        self._passed: set[str] = set()

    def problems_with(self, rule: Rule) -> list[str]:
        """What the rule breaks that the rules before it did not, after taking it in."""
        found: list[str] = []
        if rule.name in self._names:
            found.append(f"two rules have the name {rule.name!r}")
        self._names.add(rule.name)
        self._patterns += _way_count(rule)
        found += self._once("patterns", self._patterns, MAX_PATTERNS, "combinations of values in all rules together")
        # A tree of more patterns than the core takes would only cost time.
        return found if self._patterns > MAX_PATTERNS else [*found, *dict.fromkeys(self._tree_problems(rule))]

    def _tree_problems(self, rule: Rule) -> Iterator[str]:
        for steps in _patterns(rule):
            way = self._tree.add(steps)
            for key in dict.fromkeys(step.key for step in steps):
                yield from self._key_problems(key)
            widest = max(len(place.tests) for place in way)
            yield from self._once("values", widest, MAX_VALUES, "different tests beside each other")
            yield from self._once("identical", way[-1].ends, MAX_IDENTICAL, "rules with the same conditions")
        yield from self._once("open", self._tree.need, MAX_OPEN, "conditions that can hold at once")

    def _key_problems(self, key: str) -> Iterator[str]:
        other = self._keys.setdefault(_hash(key), key)
        if other != key:
            yield f"the engine cannot tell the fields {other[2:]!r} and {key[2:]!r} apart; rename one"
        # A record has `kind` and `id` beside the keys of rules, but no `sid`.
        yield from self._once(
            "keys", len(self._keys) - 1, MAX_KEYS, "fields in all rules together (bounds count twice)"
        )

    def _once(self, limit: str, count: int, most: int, what: str) -> Iterator[str]:
        if count > most and limit not in self._passed:
            self._passed.add(limit)
            yield f"{what}: {count} with this rule; at most {most} are safe"


# --- the engine

_MATCHED, _NOTHING_FITS, _SEEN_BEFORE = 0, 1, 2
_MEANINGS = {
    112: "this process has made too many rule sets",
    302: "the record has too many fields",
    303: "too many conditions hold at once",
}
"""What the core's error numbers mean, where a reader can do something about it."""


class Engine:
    """One rule set, ready to match records. Raises EngineError where the rules are outside the envelope."""

    def __init__(self, name: str, rules: Sequence[Rule]) -> None:
        problems = limit_problems(rules)
        if problems:
            raise EngineError(f"rule set {name!r}: " + "; ".join(f"rule {rule!r}: {what}" for rule, what in problems))
        self.name = name
        self._names = tuple(rule.name for rule in rules)
        self._patterns = [(steps, number) for number, rule in enumerate(rules) for steps in _patterns(rule)]
        self._keys = frozenset(step.key for steps, _ in self._patterns for step in steps)
        self._counter = itertools.count(1)
        self._lock = threading.Lock()
        self._handle = self._loaded()

    def matching(self, record: FlatRecord) -> tuple[str, ...]:
        """The names of all rules that match the record, in the order of the rules, before any `supersedes`.

        Raises EngineError for a value other than text below 1,000 characters, a whole number within 2^53, true, false
        or None, for more than 60 fields, and where the core fails. The engine can be used again after each of these.
        """
        present = self._checked(record)
        if not self._patterns:
            return ()
        # Between the assertion of a record and its retraction the core must see no other.
        with self._lock:
            try:
                found = self._found(present)
            except (native.error, MemoryError) as error:
                self._handle = None
                raise self._error(record, _meaning(error)) from error
            except BaseException:
                # The record or its results may still be in the core; the next record gets a fresh rule set.
                self._handle = None
                raise
        return tuple(self._names[number] for number in sorted(found))

    def _checked(self, record: FlatRecord) -> dict[str, Value]:
        """The fields that are present; EngineError where one cannot be compared exactly."""
        present = {name: value for name, value in record.items() if value is not None}
        for name, value in present.items():
            wrong = _value_problem(value) if type(name) is str else "the name of a field is text"
            if wrong:
                raise self._error(record, f"field {name!r}: {wrong}")
        if len(present) > MAX_KEYS:
            raise self._error(record, f"{len(present)} fields; at most {MAX_KEYS} are safe")
        return present

    def _found(self, record: dict[str, Value]) -> set[int]:
        """The numbers of the rules that match. A fact is shown to all rules; an event would be used up by the first."""
        handle = self._handle = self._handle or self._loaded()
        record_id = self._free_id()
        # The core writes into a text while it reads it: each is made for one call, and never kept.
        code, state = native.assert_fact(handle, json.dumps(self._coded(record, record_id)))
        if code == _NOTHING_FITS:
            return set()
        if code != _MATCHED:
            why = "its id was seen before" if code == _SEEN_BEFORE else "which means nothing here"
            raise self._error(record, f"the core answered {code}, {why}")
        found = self._drained(handle, state, record_id, record)
        code, _ = native.retract_fact(handle, json.dumps({"id": record_id}))
        if code != _MATCHED or native.get_facts(handle, None) != "[]":
            raise self._error(record, f"the core answered {code} and did not let go of the record")
        return found

    def _drained(self, handle: int | None, state: int, record_id: str, record: FlatRecord) -> set[int]:
        """Takes results from the core until there are none. A rule that gives several is one rule."""
        found: set[int] = set()
        started = native.start_action_for_state(handle, state)
        result: str | None = started[1] if started else None
        if result is None:
            raise self._error(record, "the core found a match and gave no result")
        for _ in self._patterns:
            found.add(self._fired(result, record_id, record))
            result = native.complete_and_start_action(handle, state)
            if result is None:
                return found
        native.abandon_action(handle, state)
        raise self._error(record, f"the core gave more than {len(self._patterns)} results")

    def _fired(self, result: str, record_id: str, record: FlatRecord) -> int:
        """The number of the rule that a result is about: `{"p7": {"m": {"id": "m1", ...}}}`."""
        try:
            ((pattern, slots),) = json.loads(result).items()
            _, number = self._patterns[int(pattern.removeprefix("p"))]
            answered = slots["m"]["id"]
        except (ValueError, LookupError, TypeError, AttributeError) as error:
            raise self._error(record, f"the core gave the result {result!r}, which cannot be read") from error
        if answered != record_id:
            raise self._error(record, f"the core answered for record {answered!r}, not {record_id!r}")
        return number

    def _loaded(self) -> int | None:
        """The core's handle of the rule set; None for a rule set without patterns, which the core is not asked."""
        if not self._patterns:
            return None
        definition = {
            f"p{number}": {"pri": number + 1, "all": [{"m": {"$and": [_KIND, *(step.as_json for step in steps)]}}]}
            for number, (steps, _) in enumerate(self._patterns)
        }
        try:
            return int(native.create_ruleset("rules", json.dumps(definition)))
        except (native.error, MemoryError) as error:
            raise EngineError(f"rule set {self.name!r}: {_meaning(error)}") from error

    def _coded(self, record: dict[str, Value], record_id: str) -> dict[str, str | int]:
        """The record as the core sees it: only fields that rules look at, None left out."""
        coded: dict[str, str | int] = {**_KIND, "id": record_id}
        for name, value in record.items():
            if (key := f"v_{name}") in self._keys:
                coded[key] = _text_of(value)
            if type(value) is int and (key := f"n_{name}") in self._keys:
                coded[key] = value
        return coded

    def _free_id(self) -> str:
        """An id that the core does not take for one that it holds. It holds no record now, only its own message."""
        record_id = f"m{next(self._counter)}"
        return self._free_id() if _hash(record_id) == _hash(_CORES_OWN_ID) else record_id

    def _error(self, record: FlatRecord, what: str) -> EngineError:
        text = repr(dict(record))
        return EngineError(
            f"rule set {self.name!r}, record {text if len(text) <= 400 else text[:400] + ' ...'}: {what}"
        )


def _meaning(error: Exception) -> str:
    """The core's message, with what its number means."""
    if isinstance(error, MemoryError):
        return "no memory is left"
    number = re.search(r"error code: (\d+)", str(error))
    meaning = _MEANINGS.get(int(number[1])) if number else None
    return f"{error} ({meaning})" if meaning else str(error)
