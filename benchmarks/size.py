"""Measures ledgers of a hundred thousand and of a million claims: folding, writing, asking, and the memory it takes.

Each is made by a process of its own, half of the articles first and the other half later, with a rerun after each, and
then asked. Rates are of processor time on one core; what it takes to make the articles and claims up is not counted.
`python -m benchmarks.size` writes the table; with a number of policies it measures one ledger, and prints JSON.
"""

from __future__ import annotations

import datetime
import functools
import itertools
import json
import random
import sqlite3
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from pathlib import Path
from time import perf_counter, process_time
from typing import Any, NamedTuple

from benchmarks import journal
from benchmarks.accuracy import put
from policytrack.circles import look_rarely
from policytrack.detect import Detector
from policytrack.ledger import Ledger
from policytrack.model import Article, Claim, Entry
from policytrack.packs import Rules, load_rules
from policytrack.rerun import Rerun
from policytrack.states import timeline
from policytrack.tracker import Tracker, open_tracker

PAGE = Path(__file__).parent.parent / "docs" / "explanation" / "large-ledgers.md"
SIZES = (1_000, 10_000)
"""Policies; each has a hundred claims."""
BEGINNING = datetime.datetime(2025, 1, 1, tzinfo=datetime.UTC)
AT_ONCE = 500
"""Articles of one batch."""
ASKED = 400
"""Questions of each kind."""
DAYS = ("2014-01-01", "2014-07-01")
"""What is compared."""


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

    ahead = 0

    def __init__(self) -> None:
        self.seconds = 0.0

    def skips(self, _: Article) -> None:
        return None

    def read_all(self, articles: Iterable[Article]) -> Iterator[Reading]:
        for article in articles:
            began = process_time()
            found = Reading(_claims(journal.number_of(article))[article.id])
            self.seconds += process_time() - began
            yield found


@functools.lru_cache(maxsize=64)
def _claims(number: int) -> dict[str, list[Claim]]:
    return {told.article.id: told.claims for told in journal.told_of(number)}


def made_up_rules(count: int) -> Rules:
    """The shipped rules, with so many made-up policies instead of those of the packs."""
    return replace(load_rules(), policies=tuple(journal.policies(count)))


# --- making the ledger


def folding(count: int, rules: Rules, each: int = journal.CLAIMS_EACH) -> tuple[float, float]:
    """How many claims a second are folded, and how many detection takes; each policy alone, in memory."""
    detector, folded, detected, claims = Detector(rules.core), 0.0, 0.0, 0
    for number in range(count):
        policy = journal.policy(number)
        entries = [
            Entry(claim=claim, published_at=article.published_at, source=str(article.publisher), recorded_at=BEGINNING)
            for article, found in journal.told_of(number, each)
            for claim in found
        ]
        claims += len(entries)
        began = process_time()
        made = timeline(policy, entries, rules.core)
        between = process_time()
        detector.detect(made, policy)
        folded += between - began
        detected += process_time() - between
    return claims / folded, claims / detected


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


def most_memory() -> float:
    """The most memory that the process has had, in MB."""
    # Of this program alone: what `resource` tells begins with the memory of the process that started it.
    told = Path("/proc/self/status").read_text(encoding="ascii")
    return int(told.partition("VmHWM:")[2].split()[0]) / 1024


# --- asking

BARE = """
SELECT payload FROM states WHERE policy = ? AND first_day <= ? AND (end_day IS NULL OR end_day > ?)
AND recorded_at <= ? AND (superseded_at IS NULL OR superseded_at > ?)
"""


def bare(file: Path) -> Callable[[str, datetime.date, datetime.datetime], list[Any]]:
    """The as-of lookup by the driver alone: one query on a connection that stays open."""
    connection = sqlite3.connect(file)
    epoch = datetime.datetime(1970, 1, 1, tzinfo=datetime.UTC)

    def ask(policy: str, day: datetime.date, known: datetime.datetime) -> list[Any]:
        moment, number = (known - epoch) // datetime.timedelta(microseconds=1), day.toordinal()
        return connection.execute(BARE, (policy, number, number, moment, moment)).fetchall()

    return ask


def questions(count: int, last: datetime.datetime) -> Iterator[tuple[str, datetime.date, datetime.datetime]]:
    """Policies, days and moments by chance."""
    rng = random.Random(1)
    span = (last - BEGINNING).total_seconds()
    for _ in range(ASKED):
        day = datetime.date(2005, 1, 1) + datetime.timedelta(days=rng.randint(0, 7000))
        yield journal.policy(rng.randrange(count)).id, day, BEGINNING + datetime.timedelta(seconds=rng.random() * span)


def asking(tracker: Tracker, file: Path, count: int, last: datetime.datetime) -> dict[str, float]:
    """Milliseconds that questions take: the median of each kind, of a diff the one in the middle of three."""
    ask, ledger = bare(file), tracker.ledger
    kinds: dict[str, Callable[[str, datetime.date, datetime.datetime], object]] = {
        "bare": ask,
        "as_of": lambda policy, day, known: ledger.state(policy, day, known),
        "state": lambda policy, day, known: tracker.state(policy, on=day, known=known),
        "state_now": lambda policy, day, _: tracker.state(policy, on=day),
    }
    taken: dict[str, list[float]] = {name: [] for name in kinds}
    for question in questions(count, last):
        for name, kind in kinds.items():
            taken[name].append(milliseconds(functools.partial(kind, *question)))
    taken["diff"] = [milliseconds(lambda: tracker.diff(*DAYS)) for _ in range(3)]
    return {name: statistics.median(each) for name, each in taken.items()}


def milliseconds(asked: Callable[[], object]) -> float:
    began = perf_counter()
    asked()
    return (perf_counter() - began) * 1000


# --- all of it


def measured(count: int, file: Path) -> dict[str, float]:
    """The figures of a ledger of so many policies."""
    look_rarely()  # as the command line does
    rules, clock = made_up_rules(count), Clock()
    detector = Detector(rules.core)
    found: dict[str, float] = {"claims": count * journal.CLAIMS_EACH}
    found["fold"], found["detect"] = folding(min(count, 1_000), rules)
    ledger = Ledger(file)
    recorded = fill(ledger, count, 0, rules, clock)
    rerun(ledger, rules, detector, clock)
    recorded += fill(ledger, count, 1, rules, clock)
    found["rerun"] = found["claims"] / rerun(ledger, rules, detector, clock)
    found["record"] = found["claims"] / recorded
    found["memory"] = most_memory()
    moments = ledger.moments()
    assert moments, "something was recorded"
    ledger.close()
    found["size"] = file.stat().st_size / 2**20
    last = moments[1]
    with open_tracker(file, rules, clock=lambda: last) as tracker:
        return found | asking(tracker, file, count, last)


ROWS = (
    ("folding, claims/s", lambda each: f"{each['fold']:,.0f}"),
    ("detection, claims/s", lambda each: f"{each['detect']:,.0f}"),
    ("recording articles with their claims, claims/s", lambda each: f"{each['record']:,.0f}"),
    ("rerun: folding, detection, writing, claims/s", lambda each: f"{each['rerun']:,.0f}"),
    ("rerun, as a share of folding's rate", lambda each: f"{each['rerun'] / each['fold']:.0%}"),
    ("most memory until the end of the rerun, MB", lambda each: f"{each['memory']:,.0f}"),
    ("file, MB", lambda each: f"{each['size']:,.0f}"),
    ("the bare SQL of an as-of lookup, ms", lambda each: f"{each['bare']:.3f}"),
    ("as-of lookup, ms", lambda each: f"{each['as_of']:.3f}"),
    ("as-of lookup / bare SQL", lambda each: f"{each['as_of'] / each['bare']:.1f}"),
    ("`tracker.state`, as known at a past moment, ms", lambda each: f"{each['state']:.2f}"),
    ("`tracker.state`, as known now, ms", lambda each: f"{each['state_now']:.2f}"),
    ("`tracker.diff` of all policies over half a year, ms", lambda each: f"{each['diff']:,.0f}"),
)


def table(found: list[dict[str, float]]) -> list[str]:
    """The lines of the table, one column a ledger."""
    sizes = (f"{each['claims']:,.0f} claims" for each in found)
    head = f"| | {' | '.join(sizes)} |"
    rule = f"|---|{'--:|' * len(found)}"
    return [head, rule, *(f"| {name} | {' | '.join(shown(each) for each in found)} |" for name, shown in ROWS)]


def main() -> None:
    if len(sys.argv) > 1:
        with tempfile.TemporaryDirectory() as folder:
            file = Path(sys.argv[2]) if len(sys.argv) > 2 else Path(folder, "size.db")
            sys.stdout.write(json.dumps(measured(int(sys.argv[1]), file)) + "\n")
        return
    command = [sys.executable, "-m", "benchmarks.size"]
    runs = [subprocess.run([*command, str(size)], check=True, stdout=subprocess.PIPE, text=True) for size in SIZES]
    shown = table([json.loads(run.stdout) for run in runs])
    put(PAGE, shown)
    sys.stdout.write("\n".join(shown) + "\n")


if __name__ == "__main__":
    main()
