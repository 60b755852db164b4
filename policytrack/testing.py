"""The tests that packs carry, run: what is read from each text beside what the test says.

results = run_tests(load_rules(packs=[Path("my-pack.yaml")]), [Path("my-pack.yaml")])
failures = [result.problem for result in results if result.problem]
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from policytrack.codes import Code
from policytrack.errors import ConfigError, Location, Problem
from policytrack.model import Article, Claim
from policytrack.packfile import PackTest
from policytrack.packs import Rules
from policytrack.yamlfile import Document, cut

if TYPE_CHECKING:
    from policytrack.extract import Extractor, Reading


@dataclass(frozen=True)
class TestResult:
    """What one test of one pack came to. `number` counts from 1; `found` are the operations that count, in order.

    `problem` is None where the test passed.
    """

    __test__ = False  # pytest takes classes of this name for tests

    pack: str
    number: int
    test: PackTest
    location: Location
    found: tuple[str, ...]
    problem: Problem | None

    @property
    def passed(self) -> bool:
        return self.problem is None


def run_tests(rules: Rules, paths: Sequence[Path] = ()) -> list[TestResult]:
    """The results of all tests of the packs in these files and folders (none named: of all packs), in their order.

    A test passes where its operation is among the factive claims, told as news, about its policy (without one: about
    any policy); `none` where there are no such claims. Raises ConfigError for a path that holds none of the packs.
    """
    from policytrack.extract import Extractor  # it parses English, and takes seconds to load

    chosen = _chosen(rules, paths)
    extractor = Extractor(rules)
    return [result for number in chosen for result in _results(rules, extractor, number)]


def _chosen(rules: Rules, paths: Sequence[Path]) -> list[int]:
    places = [Path(os.path.realpath(document.path)) for document in rules.pack_documents]
    wanted = [Path(os.path.realpath(path)) for path in paths]
    for path, real in zip(paths, wanted, strict=True):
        if not any(real == place or real in place.parents for place in places):
            raise ConfigError(f"{path}: none of the packs that were read lies here. Name a pack file or a folder.")
    return [
        number
        for number, place in enumerate(places)
        if not wanted or any(real == place or real in place.parents for real in wanted)
    ]


def _results(rules: Rules, extractor: Extractor, pack_number: int) -> Iterator[TestResult]:
    pack, document = rules.packs[pack_number], rules.pack_documents[pack_number]
    for number, test in enumerate(pack.tests, start=1):
        article = Article(id=f"{pack.pack}-test-{number}", text=test.text, title=test.title, published_at=test.on)
        reading = extractor.read(article)
        news = [claim for claim in reading.claims if _is_about(claim, test, rules) and _is_news(claim)]
        found = tuple(claim.operation for claim in news)
        problem = None
        if not (test.gives in found or (test.gives == "none" and not found)):
            problem = _failure(document, number, test, news, reading)
        place = document.location(("tests", number - 1))
        yield TestResult(pack.pack, number, test, place, found, problem)


def _is_about(claim: Claim, test: PackTest, rules: Rules) -> bool:
    if claim.policy is None or test.policy is None:
        return claim.policy is not None
    return rules.policy(claim.policy) is rules.policy(test.policy)


def _is_news(claim: Claim) -> bool:
    return claim.factive and not claim.background


def _failure(document: Document, number: int, test: PackTest, news: Sequence[Claim], reading: Reading) -> Problem:
    got = " and ".join(dict.fromkeys(claim.operation for claim in news)) or "none"
    message = f"test {number} failed: expected {test.gives}, got {got}."
    said = [_told(claim) for claim in (news or reading.claims)]
    if not said:
        said = [f"Nothing was read: {reading.skipped}." if reading.skipped else "No claim was read."]
        said += [
            f"{_told(claim)} It was rejected: {'; '.join(claim.confidence.reasons)}." for claim in reading.rejected
        ]
    right = f"If that is right, write gives: {got.split()[0]}."
    return document.problem(("tests", number - 1, "gives"), Code.FAILED_TEST, message, " ".join([*said, right]))


def _told(claim: Claim) -> str:
    """One claim, as the reader of a failed test wants it: what was read from which words."""
    about = f" of {claim.policy}" if claim.policy else ""
    told = ", background" if claim.background else ""
    return f'"{cut(claim.evidence.quote)}" was read as {claim.operation}{about}, {claim.status}{told}.'
