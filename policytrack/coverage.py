"""What the tests of rules have seen, and what not: conditions of shift rules, phrases of packs, words and cues.

The tests are those of packs, and the examples and cases beside shift rules.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from policytrack.conditions import FlatRecord
from policytrack.extract import Extractor
from policytrack.extract.used import LISTS, PhraseUse, WordEntry, entries
from policytrack.flips import Condition, Flip, conditions, flips, seen_beside, seen_in_test
from policytrack.model import Record
from policytrack.packfile import Tracked, tracked_policies
from policytrack.packs import FILES, Rules, packs_below
from policytrack.testing import TestRun, runs

PARTS = ("instrument", "conduct", "beneficiary")
"""What a pack names its policies by."""


class Spoken(Record):
    """A policy, whether a test reads news of it (`given`), and whether one that names it reads none (`silent`)."""

    policy: str
    path: str
    line: int
    given: bool
    silent: bool

    @property
    def seen(self) -> bool:
        """Whether it was seen both to give news and to be silent."""
        return self.given and self.silent


class Phrase(Record):
    """A phrase of a pack, and whether it stands where a test reads news of its policy."""

    pack: str
    part: str
    phrase: str
    path: str
    line: int
    seen: bool


class ListedWord(Record):
    """An entry of a word list, and whether the reading of a test rests on it."""

    list: str
    word: str
    path: str
    line: int
    seen: bool


class Coverage(Record):
    """What tests have seen of rules: `tests` of packs that pass, and `steps` of which a name is asked.

    Conditions and words are there where all packs were looked at, `flips` where they were asked for besides.
    """

    tests: int = 0
    steps: int = 0
    conditions: tuple[Condition, ...] = ()
    flips: tuple[Flip, ...] = ()
    policies: tuple[Spoken, ...] = ()
    phrases: tuple[Phrase, ...] = ()
    words: tuple[ListedWord, ...] = ()

    @property
    def complete(self) -> bool:
        """Whether every condition was seen to hold and to fail, and every flip was noticed."""
        return all(each.seen for each in self.conditions) and all(each.noticed for each in self.flips)


def coverage(
    rules: Rules,
    paths: Sequence[Path] = (),
    *,
    mutate: bool = False,
    progress: Callable[[int], object] = lambda _: None,
) -> Coverage:
    """What the tests of the packs in these files and folders have seen; none named: of all packs, and of the rules.

    Tests that fail or are `todo` do not count. `progress` is called with the number of tests read. Raises ConfigError
    for a path without packs.
    """
    gathered = _Gathered()
    extractor = Extractor(rules)
    for number, run in enumerate(runs(rules, extractor, paths), start=1):
        gathered.add(run, extractor)
        progress(number)
    chosen = {name for path in paths for name in packs_below(rules, path)} or {pack.pack for pack in rules.packs}
    of_packs = Coverage(
        tests=gathered.tests,
        steps=len(gathered.steps),
        policies=tuple(_policies(rules, chosen, gathered)),
        phrases=tuple(_phrases(rules, chosen, gathered.phrases)),
    )
    return of_packs if paths else _with_rules(of_packs, rules, gathered, mutate)


def united(found: Sequence[Coverage]) -> Coverage:
    """What was seen of several sets of rules, as one."""
    lists = ("conditions", "flips", "policies", "phrases", "words")
    return Coverage(
        tests=sum(each.tests for each in found),
        steps=sum(each.steps for each in found),
        **{name: tuple(row for each in found for row in getattr(each, name)) for name in lists},
    )


@dataclass
class _Gathered:
    """What the tests that were read so far have seen."""

    tests: int = 0
    steps: list[FlatRecord] = field(default_factory=list)
    given: set[str] = field(default_factory=set)
    silent: set[str] = field(default_factory=set)
    phrases: set[PhraseUse] = field(default_factory=set)
    entries: set[WordEntry] = field(default_factory=set)

    def add(self, run: TestRun, extractor: Extractor) -> None:
        if run.test.todo is not None or not run.result.passed:
            return
        self.tests += 1
        self.steps += run.asked_steps()
        news = {claim.policy for claim in run.news if claim.policy is not None}
        uses = [extractor.use(article) for article in run.articles]
        named = {policy for use in uses for policy in use.named}
        self.given |= news
        self.silent |= named - news
        for use in uses:
            self.entries |= use.entries
            self.phrases |= {phrase for phrase in use.phrases if phrase.policy in news}


def _with_rules(of_packs: Coverage, rules: Rules, gathered: _Gathered, mutate: bool) -> Coverage:
    seen = [*seen_beside(rules.core), *seen_in_test(rules.core, gathered.steps)]
    return of_packs.model_copy(
        update={
            "steps": len(seen),
            "conditions": tuple(conditions(rules, seen)),
            "flips": tuple(flips(rules, seen)) if mutate else (),
            "words": tuple(_words(rules, gathered.entries)),
        }
    )


def _tracked(rules: Rules, packs: Collection[str]) -> Iterator[Tracked]:
    every = rules.placed_packs
    return (each for each in tracked_policies(every, {}) if each.pack.file.pack in packs)


def _policies(rules: Rules, packs: Collection[str], gathered: _Gathered) -> Iterator[Spoken]:
    for each in _tracked(rules, packs):
        place, policy = each.pack.location(each.loc("id")), each.policy.id
        yield Spoken(
            policy=policy, path=place.path, line=place.line, given=policy in gathered.given,
            silent=policy in gathered.silent,
        )  # fmt: skip


def _phrases(rules: Rules, packs: Collection[str], used: Collection[PhraseUse]) -> Iterator[Phrase]:
    """The phrases that these packs write, each once; one among the defaults is seen with any policy that has it."""
    found: dict[tuple[str, str, str, int], Phrase] = {}
    for each in _tracked(rules, packs):
        for part in PARTS:
            way = each.loc(part)
            for number, phrase in enumerate(getattr(each.policy, part) if way[-1] == part else ()):
                place = each.pack.location((*way, number))
                seen = PhraseUse(each.policy.id, part, phrase) in used
                key = (place.path, part, phrase, place.line)
                seen = seen or (key in found and found[key].seen)
                found[key] = Phrase(
                    pack=each.pack.file.pack, part=part, phrase=phrase, path=place.path, line=place.line, seen=seen
                )
    yield from found.values()


def _words(rules: Rules, used: Collection[WordEntry]) -> Iterator[ListedWord]:
    for name in LISTS:
        document = rules.documents[FILES.index(f"{name}.yaml")]
        for entry, way in entries(name, getattr(rules, name)):
            place = document.location(way, on_key=entry.list == "modals")
            yield ListedWord(list=entry.list, word=entry.words, path=place.path, line=place.line, seen=entry in used)
