"""Measures what more processes bring, and what a plan for many articles rests on; writes its tables.

Whole runs of `ingest` into new ledgers, in turns: this process alone, two worker processes, two workers of a Dask
cluster on this machine. The parser is loaded before. Of five rounds the one in the middle is shown. The archives are
made by the recipe beside the checkout.
"""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from time import perf_counter, process_time
from typing import Any, NamedTuple

import psutil

from benchmarks.accuracy import EVAL, ROOT, put
from benchmarks.throughput import tracked
from policytrack.execute import Executor, reading
from policytrack.extract import Extractor
from policytrack.model import Article
from policytrack.packs import Rules, load_rules
from policytrack.sources import read_articles
from policytrack.tracker import open_tracker

RECIPE = EVAL / "speed" / "make_archive.py"
PAGE = ROOT / "docs" / "explanation" / "performance.md"
PLAN = ROOT / "docs" / "how-to" / "scale-out.md"
ROUNDS = 5
WORKERS = 2
ARCHIVES = ((300, 0.1), (900, 0.01))
"""Articles, and the share of their sentences that name what is tracked."""


class Place(NamedTuple):
    """Where articles are read."""

    name: str
    reader: Executor


def archive(number: int, rate: float, folder: Path) -> list[Article]:
    path = folder / f"{rate}.jsonl"
    with path.open("w", encoding="utf-8") as out:
        subprocess.run([sys.executable, str(RECIPE), str(number), str(rate)], stdout=out, check=True)
    return [each for each in read_articles(path) if isinstance(each, Article)]


@contextmanager
def cluster(folder: Path) -> Iterator[str]:
    """The address of a Dask scheduler on this machine with so many workers."""
    from distributed import Client

    place = folder / "scheduler.json"
    here = ["--host", "127.0.0.1", "--no-dashboard"]
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    dask = [sys.executable, "-m", "dask"]
    command = [*dask, "scheduler", "--port", "0", "--scheduler-file", str(place), *here]
    processes = [subprocess.Popen(command, cwd=ROOT, **quiet)]  # type: ignore[call-overload]
    try:
        while not place.exists() or not place.read_text(encoding="utf-8").strip():
            pass
        address = json.loads(place.read_text(encoding="utf-8"))["address"]
        for _ in range(WORKERS):
            command = [*dask, "worker", address, "--nthreads", "1", "--no-nanny", *here]
            processes.append(subprocess.Popen(command, cwd=ROOT, **quiet))  # type: ignore[call-overload]
        with Client(address, set_as_default=False) as client:  # type: ignore[no-untyped-call]
            client.wait_for_workers(WORKERS, timeout=60)
        yield address
    finally:
        for process in reversed(processes):
            process.kill()
            process.wait()


class Run(NamedTuple):
    """What one run of `ingest` takes: by the clock, and of all cores together, in seconds."""

    clock: float
    cores: float


def computed() -> float:
    """Seconds of all cores that this process and those that it started have had."""
    me = psutil.Process()
    return sum(sum(each.cpu_times()[:2]) for each in (me, *me.children(recursive=True)))


def run(place: Place, articles: Sequence[Article], rules: Rules, folder: Path) -> Run:
    with (
        tempfile.TemporaryDirectory(dir=folder) as fresh,
        open_tracker(Path(fresh, "t.db"), rules=rules, extractor=place.reader) as tracker,
    ):
        before, began = computed(), perf_counter()
        tracker.ingest(articles)
        return Run(perf_counter() - began, computed() - before)


def rows(places: Sequence[Place], rules: Rules, folder: Path) -> Iterator[str]:
    for number, rate in ARCHIVES:
        articles = archive((ROUNDS + 1) * number, rate, folder)
        # Each round has articles of its own, since parsers keep what they have parsed; after the first they are warm.
        parts = [articles[n * number : (n + 1) * number] for n in range(ROUNDS + 1)]
        rounds = [[run(place, part, rules, folder) for place in places] for part in parts][1:]
        for column, place in enumerate(places):
            taken = statistics.median(each[column].clock for each in rounds)
            faster = sorted(each[0].clock / each[column].clock for each in rounds)
            both = statistics.median(each[0].cores / each[column].cores for each in rounds)
            free = WORKERS * both if column else 1.0
            cells = [
                f"{rate:.0%}", place.name, f"{number / taken:.0f}", f"{faster[ROUNDS // 2]:.2f}",
                f"{faster[0]:.2f} to {faster[-1]:.2f}", f"{free:.2f}",
            ]  # fmt: skip
            yield f"| {' | '.join(cells)} |"


def table(rules: Rules, folder: Path) -> list[str]:
    with ExitStack() as stack:
        extractor = Extractor(rules)
        asked: list[tuple[str, dict[str, Any]]] = [
            ("this process", {}),
            (f"{WORKERS} processes", {"workers": WORKERS}),
            (f"{WORKERS} workers of Dask", {"scheduler": stack.enter_context(cluster(folder))}),
        ]
        places = [Place(name, stack.enter_context(reading(rules, extractor, **how))) for name, how in asked]
        columns = "read by | articles/s | times as fast | five rounds | by processor time"
        head = f"| sentences that name something tracked | {columns} |"
        return [head, "|--:|---|--:|--:|---|--:|", *rows(places, rules, folder)]


# --- what a plan rests on


class Cost(NamedTuple):
    """Of one article: seconds of a core in reading and in all else, and bytes in the ledger."""

    read: float
    recorded: float
    held: float


class Timed:
    """A reader that keeps how long it computed."""

    ahead = 0

    def __init__(self, extractor: Extractor) -> None:
        self._extractor = extractor
        self.seconds = 0.0

    def skips(self, article: Article) -> str | None:
        return self._extractor.skips(article)

    def read_all(self, articles: Sequence[Article], **how: bool) -> Iterator[Any]:
        began = process_time()
        found = list(self._extractor.read_all(articles, **how))
        self.seconds += process_time() - began
        yield from found


def cost(articles: Sequence[Article], rules: Rules, extractor: Extractor, folder: Path) -> Cost:
    with tempfile.TemporaryDirectory(dir=folder) as fresh:
        place, given, reader = Path(fresh, "t.db"), Path(fresh, "a.jsonl"), Timed(extractor)
        given.write_text("".join(f"{each.model_dump_json()}\n" for each in articles), encoding="utf-8")
        extractor._parser._kept.clear()  # what was parsed to warm it
        with open_tracker(place, rules=rules, extractor=reader) as tracker:
            tracker.ingest([])
            empty = place.stat().st_size if place.exists() else 0
            began = process_time()
            tracker.ingest(given)
            taken = process_time() - began
        return Cost(
            reader.seconds / len(articles),
            (taken - reader.seconds) / len(articles),
            (place.stat().st_size - empty) / len(articles),
        )


def plan(rules: Rules, folder: Path) -> list[str]:
    """What an article costs that is read, and one that is not, in processor time; what a billion come to."""
    extractor = Extractor(rules)
    extractor.prepare()
    articles = archive(9_000, 0.01, folder)
    unread = [each for each in articles if extractor.skips(each)]
    read = [each for each in articles if not extractor.skips(each)]
    list(extractor.read_all(read[:60]))
    sample = read[:300]
    costs = cost(unread, rules, extractor, folder), cost(sample, rules, extractor, folder)
    names = ("that names nothing tracked", "that does")
    found = [
        "| an article | read, ms | taken from its file, screened and recorded, ms | bytes in the ledger |",
        "|---|--:|--:|--:|",
    ]
    for name, one in zip(names, costs, strict=True):
        found.append(f"| {name} | {1000 * one.read:.1f} | {1000 * one.recorded:.2f} | {one.held:,.0f} |")
    share = len(read) / len(articles)
    size = statistics.mean(len(each.model_dump_json().encode()) for each in articles)
    told = sum(bool(getattr(each, "claims", ())) for each in extractor.read_all(sample)) / len(sample)
    held = f"{share:.0%} of them name something tracked, and {told:.0%} of these say something of it"
    return [*found, "", f"An article has {size:,.0f} bytes as a line of JSON; {held}.", "", *billion(*costs, size)]


def billion(unread: Cost, read: Cost, size: float) -> list[str]:
    """What a billion articles come to, by the share of them that names something tracked."""
    number, shares = 1e9, (0.01, 0.1, 0.34)
    writing = [(1 - share) * unread.recorded + share * read.recorded for share in shares]
    reading_ = [share * read.read for share in shares]
    held = [(1 - share) * unread.held + share * read.held for share in shares]
    both = list(zip(reading_, writing, strict=True))
    told = [
        ("core-hours of reading", [f"{number * each / 3600:,.0f}" for each in reading_]),
        ("hours of the one process that does all else", [f"{number * each / 3600:,.0f}" for each in writing]),
        ("workers that it keeps busy", [f"{r / w:.0f}" if r > w else "1" for r, w in both]),
        ("archive as JSON, TB", [f"{number * size / 1e12:.1f}"] * len(shares)),
        ("ledger of all articles, TB", [f"{number * each / 1e12:.1f}" for each in held]),
    ]
    head = " | ".join(f"{share:.0%}" for share in shares)
    lines = [
        f"| of 10^9 articles, where so many name something tracked: | {head} |",
        "|---" + "|--:" * len(shares) + "|",
    ]
    return lines + [f"| {what} | {' | '.join(figures)} |" for what, figures in told]


def main() -> None:
    if not RECIPE.exists():
        raise SystemExit(f"the recipe of the archives is not at {RECIPE}; nothing was measured.")
    rules = tracked(load_rules(ROOT / "rules"))
    with tempfile.TemporaryDirectory() as scratch:
        planned = plan(rules, Path(scratch))
        put(PLAN, planned, "cores")
        found = table(rules, Path(scratch))
        put(PAGE, found, "cores")
    sys.stdout.write("\n".join([*planned, "", *found]) + "\n")


if __name__ == "__main__":
    main()
