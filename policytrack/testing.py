"""The tests that packs carry, run: what is read from each text beside what the test says.

results = run_tests(load_rules(packs=[Path("my-pack.yaml")]), [Path("my-pack.yaml")])
failures = [result.problem for result in results if result.problem]
"""

from __future__ import annotations

import datetime
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from policytrack.codes import Code
from policytrack.dates import first_day, last_day
from policytrack.detect import Detector, Transition, record_of
from policytrack.errors import Location, Problem
from policytrack.model import Article, Claim, Entry, Policy, PolicyState, Shift
from policytrack.packfile import ExpectedShift, ExpectedState, Pack, PackTest
from policytrack.packs import Rules, packs_below
from policytrack.states import Timeline, timeline
from policytrack.yamlfile import Loc, cut

if TYPE_CHECKING:
    from policytrack.extract import Extractor


@dataclass(frozen=True)
class TestResult:
    """What one test of one pack, or of an overlay of it, came to.

    `number` counts from 1 in its file; `found` are the operations that count, in order.

    `problems` are empty where the test passed. A test that is `todo` passes for as long as what it asks does not hold.
    """

    __test__ = False  # pytest takes classes of this name for tests

    pack: str
    number: int
    test: PackTest
    location: Location
    found: tuple[str, ...]
    problems: tuple[Problem, ...]

    @property
    def passed(self) -> bool:
        return not self.problems

    @property
    def problem(self) -> Problem | None:
        """The first problem; None where the test passed."""
        return self.problems[0] if self.problems else None

    def data(self) -> dict[str, object]:
        """The result as plain data, for JSON."""
        problems = [{"code": str(each.code), "message": each.message, "hint": each.hint} for each in self.problems]
        return {
            "pack": self.pack, "number": self.number, "path": self.location.path, "line": self.location.line,
            "policy": self.test.policy, "passed": self.passed, "todo": self.test.todo, "found": list(self.found),
            "problems": problems,
        }  # fmt: skip


def run_tests(
    rules: Rules, paths: Sequence[Path] = (), *, progress: Callable[[int], object] = lambda _: None
) -> list[TestResult]:
    """The results of all tests of the packs in these files and folders (none named: of all packs), in their order.

    A test passes where all that it asks holds: `gives` where its operation is among the factive claims, told as news,
    about its policy (without one: about any policy), or is `none` and there are no such claims; `triggers` where each
    stands in a cause that these claims state; `shifts` and `states` as the articles make them, folded as the ledger
    does. `progress` is called with the number of tests done. Raises ConfigError for a path without packs.
    """
    from policytrack.extract import Extractor  # it parses English, and takes seconds to load

    results: list[TestResult] = []
    for run in runs(rules, Extractor(rules), paths):
        results.append(run.result)
        progress(len(results))
    return results


def runs(rules: Rules, extractor: Extractor, paths: Sequence[Path] = ()) -> Iterator[TestRun]:
    """The tests of the packs in these files and folders (none named: of all packs), each read, in their order."""
    for chosen in _chosen(rules, paths):
        pack = rules.placed_packs[chosen]
        for place, test in enumerate(pack.file.tests):
            yield TestRun(rules, pack, place, test, extractor)


def _chosen(rules: Rules, paths: Sequence[Path]) -> list[int]:
    """The numbers of the packs that lie below these paths, or of all."""
    wanted = {name for path in paths for name in packs_below(rules, path)}
    return [number for number, pack in enumerate(rules.packs) if not paths or pack.pack in wanted]


class TestRun:
    """One test, with what is read from its articles. `news` are the claims that it is about."""

    __test__ = False

    def __init__(self, rules: Rules, pack: Pack, place: int, test: PackTest, extractor: Extractor) -> None:
        self._rules = rules
        self._pack = pack
        self._loc: Loc = ("tests", place)
        document, loc = pack.place(self._loc)
        self._location, self._number = document.location(loc), int(loc[1]) + 1
        self.test = test
        self.articles = [
            Article(
                id=f"{pack.file.pack}-test-{place + 1}-{number}", text=each.text, title=each.title,
                published_at=each.on, publisher=each.publisher or None,
            )
            for number, each in enumerate(test.read(), start=1)
        ]  # fmt: skip
        self._readings = list(extractor.read_all(self.articles))
        self._claims = [claim for reading in self._readings for claim in reading.claims]
        self.news = [claim for claim in self._claims if self._is_about(claim) and claim.is_news]

    @cached_property
    def result(self) -> TestResult:
        """What the test came to."""
        found = tuple(claim.operation for claim in self.news)
        pack = self._pack.file.pack
        return TestResult(pack, self._number, self.test, self._location, found, tuple(self._problems()))

    def asked_steps(self) -> list[Transition]:
        """The steps whose names a test that passed asks, as shift rules see them."""
        if self.test.todo is not None or not self.test.shifts or not self.result.passed:
            return []
        steps = (step for step in self._timeline.steps if not step.follow_up)
        return [record_of(step, self._policy, self._rules.core) for step in steps]

    def _problems(self) -> Iterator[Problem]:
        """What the test asks and does not get; of a test that is `todo` only that there is nothing."""
        found = list(self._failures())
        if self.test.todo is None:
            yield from found
        elif not found:
            message = f"test {self._number} passes now, and is said to fail: {cut(self.test.todo)}."
            yield self._pack.problem((*self._loc, "todo"), Code.TODO_PASSES, message, "Take `todo` out.")

    def _failures(self) -> Iterator[Problem]:
        asked = self.test.model_fields_set
        if "gives" in asked:
            yield from self._operation()
        if "triggers" in asked:
            yield from self._triggers()
        if "shifts" in asked:
            yield from self._shifts()
        if "states" in asked:
            yield from self._states()

    def _failure(self, loc: Loc, message: str, hint: str = "") -> Problem:
        return self._pack.problem((*self._loc, *loc), Code.FAILED_TEST, f"test {self._number} failed: {message}", hint)

    # ---- what is read

    def _is_about(self, claim: Claim) -> bool:
        if claim.policy is None or self.test.policy is None:
            return claim.policy is not None
        return self._rules.policy(claim.policy) is self._rules.policy(self.test.policy)

    def _operation(self) -> Iterator[Problem]:
        wanted = self.test.gives
        given = [claim for claim in self.news if claim.operation == wanted]
        if not given and not (wanted == "none" and not self.news):
            got = " and ".join(dict.fromkeys(claim.operation for claim in self.news)) or "none"
            right = f"If that is right, write gives: {got.split()[0]}."
            yield self._failure(("gives",), f"expected {wanted}, got {got}.", " ".join([*self._said(), right]))
        direction = self.test.direction
        if given and direction is not None and not any(claim.direction == direction for claim in given):
            got = " and ".join(dict.fromkeys(claim.direction for claim in given))
            yield self._failure(("direction",), f"expected {direction}, got {got}.", " ".join(self._said()))

    def _said(self) -> list[str]:
        """What was read, or why nothing was."""
        told = [_told(claim) for claim in (self.news or self._claims)]
        if told:
            return told
        skipped = [reading.skipped for reading in self._readings if reading.skipped]
        rejected = [claim for reading in self._readings for claim in reading.rejected]
        return [
            f"Nothing was read: {skipped[0]}." if skipped else "No claim was read.",
            *(f"{_told(claim)} It was rejected: {'; '.join(claim.confidence.reasons)}." for claim in rejected),
        ]

    def _triggers(self) -> Iterator[Problem]:
        quotes = [trigger.quote for claim in self.news for trigger in claim.triggers]
        stated = "; ".join(f'"{cut(quote)}"' for quote in dict.fromkeys(quotes)) or "none"
        if not self.test.triggers and quotes:
            yield self._failure(("triggers",), f"expected no trigger, got {stated}.")
        for number, words in enumerate(self.test.triggers):
            if not any(_has(quote, words) for quote in quotes):
                yield self._failure(("triggers", number), f'no trigger holds "{cut(words)}"; stated: {stated}.')

    # ---- what it comes to

    @cached_property
    def _policy(self) -> Policy:
        policy = self._rules.policy(self.test.policy or "")
        assert policy is not None, "checked when the rules were read"
        return policy

    @cached_property
    def _timeline(self) -> Timeline:
        entries = [
            Entry(claim=claim, published_at=article.published_at, source=(article.publisher or article.id).casefold(),
                  recorded_at=_moment(article.published_at))
            for article, reading in zip(self.articles, self._readings, strict=True)
            for claim in reading.claims if self._is_about(claim)
        ]  # fmt: skip
        return timeline(self._policy, self._rules.by_owner(entries), self._rules.core)

    def _shifts(self) -> Iterator[Problem]:
        found = Detector(self._rules.core).shifts(self._timeline, self._policy)
        told = "; ".join(f"{shift.kind} on {shift.occurred_on}" for shift in found) or "none"
        if len(found) != len(self.test.shifts):
            count = len(self.test.shifts)
            yield self._failure(("shifts",), f"expected {count} shift{'s' * (count != 1)}, got {len(found)}: {told}.")
            return
        for number, (wanted, shift) in enumerate(zip(self.test.shifts, found, strict=True)):
            for key, expected, got in _differences(wanted, shift):
                yield self._failure(("shifts", number, key), f"shift {number + 1}: expected {expected}, got {got}.")

    def _states(self) -> Iterator[Problem]:
        for number, wanted in enumerate(self.test.states):
            state = _state_on(self._timeline.states, wanted.on)
            for key, expected, got in _state_differences(wanted, state):
                message = f"on {wanted.on}: expected {expected}, got {got}."
                yield self._failure(("states", number, key), message)


def _told(claim: Claim) -> str:
    """One claim, as the reader of a failed test wants it: what was read from which words."""
    about = f" of {claim.policy}" if claim.policy else ""
    told = ", background" if claim.background else ""
    return f'"{cut(claim.evidence.quote)}" was read as {claim.operation}{about}, {claim.status}{told}.'


def _has(quote: str, words: str) -> bool:
    return " ".join(words.casefold().split()) in " ".join(quote.casefold().split())


def _moment(published_at: str) -> datetime.datetime:
    day = last_day(published_at)
    return datetime.datetime(day.year, day.month, day.day, tzinfo=datetime.UTC)


def _differences(wanted: ExpectedShift, shift: Shift) -> Iterator[tuple[str, str, str]]:
    """What a shift has otherwise than it should: key, what was expected, what is there."""
    for key, got in (("kind", shift.kind), ("direction", shift.direction), ("stage", shift.stage)):
        expected = getattr(wanted, key)
        if expected is not None and expected != got:
            yield key, expected, got
    if wanted.on is not None and not shift.occurred_on.startswith(wanted.on):
        yield "on", wanted.on, shift.occurred_on
    stated = "; ".join(f'"{cut(trigger.quote)}"' for trigger in shift.triggers) or "none"
    for words in wanted.triggers:
        if not any(_has(trigger.quote, words) for trigger in shift.triggers):
            yield "triggers", f'a trigger with "{cut(words)}"', stated
    if "triggers" in wanted.model_fields_set and not wanted.triggers and shift.triggers:
        yield "triggers", "no trigger", stated


def _state_on(states: Sequence[PolicyState], on: str) -> PolicyState:
    """The state that holds at the end of a day; the first one has no beginning."""
    day = last_day(on)
    return [state for state in states if first_day(state.valid_from) <= day][-1]


def _state_differences(wanted: ExpectedState, state: PolicyState) -> Iterator[tuple[str, str, str]]:
    level = state.level.value if state.level else None
    for key, got in (("status", state.status), ("stage", state.stage), ("level", level), ("until", state.until)):
        expected = getattr(wanted, key)
        if expected is not None and expected != got:
            yield key, str(expected), "none" if got is None else str(got)
