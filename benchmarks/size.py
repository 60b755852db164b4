"""Measures a ledger of a million claims about ten thousand policies: folding, writing, asking, and the memory it takes.

`python -m benchmarks.size [POLICIES] [FILE]` makes the ledger, in FILE where it is named and not there yet, half of the
articles first and the other half later, with a rerun after each, and asks it. All is done by one process on one core;
times are of its processor. What a made-up reader takes to make up the claims is not counted.
"""

from __future__ import annotations

import datetime
import functools
import itertools
import os
import random
import resource
import sqlite3
import statistics
import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from time import perf_counter, process_time
from typing import Any, NamedTuple

from benchmarks import journal
from benchmarks.accuracy import put
from policytrack.detect import Detector
from policytrack.ledger import Ledger
from policytrack.model import Article, Claim, Entry
from policytrack.packs import Rules, load_rules
from policytrack.rerun import Rerun
from policytrack.states import timeline
from policytrack.tracker import open_tracker

PAGE = Path(__file__).parent.parent / "docs" / "explanation" / "speed.md"
BEGINNING = datetime.datetime(2025, 1, 1, tzinfo=datetime.UTC)
AT_ONCE = 500
"""Articles of one batch."""
ASKED = 400
"""Questions of each kind."""


class Clock:
    """A clock that goes on by a second whenever it is read."""

    def __init__(self) -> None:
        self._read = itertools.count()

    def __call__(self) -> datetime.datetime:
        return BEGINNING + datetime.timedelta(seconds=next(self._read))


class Reading(NamedTuple):
    """What a reader gives for one article."""

    claims: list[Claim]
    rejected: tuple[Claim, ...] = ()
    skipped: str | None = None


class MadeUp:
    """A reader that knows the claims of each article; `seconds` is what it took to make them up."""

    def __init__(self) -> None:
        self.seconds = 0.0
        self._policy = functools.lru_cache(maxsize=64)(
            lambda number: {t.article.id: t.claims for t in journal.told_of(number)}
        )

    def read(self, article: Article) -> Reading:
        began = process_time()
        found = Reading(self._policy(journal.number_of(article))[article.id])
        self.seconds += process_time() - began
        return found


def made_up_rules(count: int) -> Rules:
    """The shipped rules, with so many made-up policies instead of those of the packs."""
    return replace(load_rules(), policies=tuple(journal.policies(count)))


# --- making the ledger


def fill(ledger: Ledger, count: int, half: int, rules: Rules, clock: Clock) -> float:
    """The seconds that it took to record one half of the articles, with their claims."""
    told = (each for number in range(count) for each in journal.told_of(number)[half::2])
    seconds = 0.0
    while part := list(itertools.islice(told, AT_ONCE)):
        began = process_time()
        with ledger.batch(lambda _: clock(), rules.behaviour) as batch:
            for article, claims in part:
                batch.put_article(article, claims, None)
        seconds += process_time() - began
    return seconds


def rerun(ledger: Ledger, rules: Rules, detector: Detector, clock: Clock) -> float:
    """The seconds of a rerun of all that is in the ledger."""
    reader = MadeUp()
    began = process_time()
    Rerun(ledger, rules, reader, detector, clock).run()
    return process_time() - began - reader.seconds


def memory() -> float:
    """The most memory that the process has had, in MB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


# --- asking


def milliseconds(asked: Callable[[], object]) -> float:
    began = perf_counter()
    asked()
    return (perf_counter() - began) * 1000


def questions(count: int, last: datetime.datetime) -> Iterator[tuple[str, datetime.date, datetime.datetime]]:
    """Policies, days and moments by chance."""
    rng = random.Random(1)
    span = (last - BEGINNING).total_seconds()
    for _ in range(ASKED):
        day = datetime.date(2005, 1, 1) + datetime.timedelta(days=rng.randint(0, 7000))
        yield journal.policy(rng.randrange(count)).id, day, BEGINNING + datetime.timedelta(seconds=rng.random() * span)


BARE = """
SELECT payload FROM states WHERE policy = ? AND first_day <= ? AND (end_day IS NULL OR end_day > ?)
AND recorded_at <= ? AND (superseded_at IS NULL OR superseded_at > ?)
"""


def bare(file: Path) -> Callable[[str, datetime.date, datetime.datetime], list[Any]]:
    """The as-of lookup by the driver alone: one query on an open connection."""
    connection = sqlite3.connect(file)

    def ask(policy: str, day: datetime.date, known: datetime.datetime) -> list[Any]:
        moment = int((known - datetime.datetime(1970, 1, 1, tzinfo=datetime.UTC)) / datetime.timedelta(microseconds=1))
        number = day.toordinal()
        return connection.execute(BARE, (policy, number, number, moment, moment)).fetchall()

    return ask


def folding(count: int, rules: Rules) -> tuple[float, float]:
    """Claims a second that are folded, and that are folded and detected, of the first policies; each in memory."""
    detector, folded, detected, claims = Detector(rules.core), 0.0, 0.0, 0
    for number in range(min(count, 1000)):
        policy = journal.policy(number)
        entries = [
            Entry(claim=claim, published_at=article.published_at, source=str(article.publisher), recorded_at=BEGINNING)
            for article, found in journal.told_of(number)
            for claim in found
        ]
        claims += len(entries)
        began = process_time()
        made = timeline(policy, entries, rules.core)
        between = process_time()
        detector.detect(made, policy)
        folded += between - began
        detected += process_time() - began
    return claims / folded, claims / detected


def main() -> None:
    """The figures, on the terminal."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 10_000
    rules, clock = made_up_rules(count), Clock()
    detector = Detector(rules.core)
    print(f"fold: {folding(count, rules)[0]:,.0f} claims/s; with detection {folding(count, rules)[1]:,.0f}")
    with tempfile.TemporaryDirectory() as folder:
        file = Path(sys.argv[2] if len(sys.argv) > 2 else Path(folder, "size.db"))
        ledger = Ledger(file)
        if not ledger.is_there():
            for half in (0, 1):
                taken = fill(ledger, count, half, rules, clock)
                print(f"half {half}: recorded in {taken:.1f} s, {memory():.0f} MB")
                told = rerun(ledger, rules, detector, clock)
                claims = count * journal.CLAIMS_EACH * (half + 1) / 2
                print(f"half {half}: rerun of {claims:,.0f} claims: {claims / told:,.0f} claims/s, {memory():.0f} MB")
            print(f"{os.stat(file).st_size / 2**20:,.0f} MB")
        moments = ledger.moments()
        assert moments
        asking(file, count, rules, moments[1])


def asking(file: Path, count: int, rules: Rules, last: datetime.datetime) -> None:
    with open_tracker(file, rules, clock=lambda: last) as tracker:
        ask, ledger = bare(file), tracker.ledger
        rounds = []
        for policy, day, known in questions(count, last):
            ledger.states(known, day, [policy]), ask(policy, day, known)
            rounds.append(
                (
                    milliseconds(lambda: ask(policy, day, known)),
                    milliseconds(lambda: ledger.states(known, day, [policy])),
                    milliseconds(lambda: tracker.state(policy, on=day, known=known)),
                    milliseconds(lambda: tracker.state(policy, on=day)),
                )
            )
        one, two, three, four = (statistics.median(each) for each in zip(*rounds, strict=True))
        print(
            f"bare {one:.3f} ms, as-of {two:.3f} ms ({two / one:.1f}), state known {three:.2f} ms, state {four:.2f} ms"
        )
        for _ in range(3):
            print(
                f"diff {milliseconds(lambda: tracker.diff('2014-01-01', '2014-06-01')):,.0f} ms; memory {memory():.0f} MB"
            )


if __name__ == "__main__":
    main()
