"""Measures how many articles of an archive are taken in a second, of which few, some or many name a tracked thing.

The archives are made by the recipe beside the labelled sets. All rates are of processor time in one process with the
parser loaded, so that they can be compared: B parses everything, S reads and screens, and what is taken in is written
to a ledger. `python -m benchmarks.throughput` writes the tables; with a name it measures that part alone, as JSON.
"""

from __future__ import annotations

import gzip
import json
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from time import perf_counter, process_time
from typing import Any, NamedTuple

from benchmarks.accuracy import EVAL, ROOT, put
from benchmarks.size import folding, made_up_rules, most_memory
from policytrack.circles import look_rarely
from policytrack.extract import Extractor
from policytrack.extract.mentions import forms_of
from policytrack.model import Article, Policy
from policytrack.packs import Rules, load_rules
from policytrack.passages import passages
from policytrack.patterns import is_pattern
from policytrack.screen import Screen
from policytrack.sources import read_articles
from policytrack.text import Document, Parser, Part
from policytrack.tracker import open_tracker

PAGE = ROOT / "docs" / "explanation" / "performance.md"
FILLER = EVAL / "speed" / "filler.jsonl.gz"
RECIPE = EVAL / "speed" / "make_archive.py"
ARCHIVES = ((0.001, 20_000, 200), (0.01, 3_000, 25), (0.1, 400, 3))
"""The share of sentences that name something, the articles, and how many times B is aimed at."""
PARSED = 150
"""Articles of which B is the rate."""
POLICIES = (1, 100, 1_000)
CLAIMS = (10, 100, 1_000)
RUNS = 3


def tracked(rules: Rules) -> Rules:
    """The shipped rules with the policies on arms alone, by those of their names that the filler does not name."""
    with gzip.open(FILLER, "rt", encoding="utf-8") as file:
        filler = "\n".join(json.loads(line)["text"] for line in file)

    def is_named(instrument: str) -> bool:
        return is_pattern(instrument) or Screen(forms_of(instrument)).hits(filler)

    found = (
        policy.model_copy(update={"instrument": tuple(each for each in policy.instrument if not is_named(each))})
        for policy in rules.policies
        if policy.pack == "ukraine-arms"
    )
    return replace(rules, policies=tuple(policy for policy in found if policy.instrument))


def archive(rate: float, count: int, folder: Path) -> Path:
    """An archive of so many articles, as the recipe writes it."""
    path = folder / f"archive-{rate}.jsonl"
    if not path.exists():
        with path.open("w", encoding="utf-8") as file:
            subprocess.run([sys.executable, str(RECIPE), str(count), str(rate)], check=True, stdout=file)
    return path


def articles_of(path: Path) -> list[Article]:
    return [article for article in read_articles(path) if isinstance(article, Article)]


def rate(work: Callable[[], int]) -> float:
    """How many a second of processor time, for what says how many it did."""
    began = process_time()
    done = work()
    return done / (process_time() - began)


class Timed:
    """A parser that keeps how long it took to make documents, whatever was done between them."""

    def __init__(self, parser: Parser) -> None:
        self._parser = parser
        self.seconds = 0.0

    def documents(self, parts: Sequence[Part]) -> Iterator[Document]:
        began = process_time()
        found = list(self._parser.documents(parts))
        self.seconds += process_time() - began
        return iter(found)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._parser, name)


# --- archives


def parsing(parser: Parser, articles: Sequence[Article]) -> float:
    """B: the articles a second of which the pipeline parses everything."""

    def work() -> int:
        return sum(1 for _ in parser._nlp.pipe((article.text for article in articles), batch_size=32))

    work()
    return rate(work)


def screening(extractor: Extractor, path: Path) -> float:
    """S: the articles a second that are read from the file and screened."""
    skipped: Counter[str | None] = Counter()

    def work() -> int:
        skipped.update(extractor.skips(each) for each in read_articles(path) if isinstance(each, Article))
        return skipped.total()

    return rate(work)


class Asked(NamedTuple):
    """Shares of an archive: w, the words in the passages that are parsed; the sentences that name what is tracked.

    `again` is the share of the passages that are parsed whose very words have been parsed before.
    """

    words: float
    named: float
    again: float


def asked_for(extractor: Extractor, articles: Sequence[Article]) -> Asked:
    """What is asked for of an archive, as the parser's memory of passages would see it were it endless."""
    asked = total = named = sentences = 0
    parsed: Counter[str] = Counter()
    for article in articles:
        found = passages(article.text)
        words = [len(passage.text.split()) for passage in found]
        total += sum(words)
        sentences += len(found)
        if extractor.skips(article) is None:
            chosen = extractor._chooser.chosen(article.title, found)
            asked += sum(words[number] for number in chosen)
            named += sum(extractor._is_named(passage.text) for passage in found)
            parsed.update(found[number].text for number in chosen)
    return Asked(asked / total, named / sentences, 1 - len(parsed) / parsed.total())


def taken_in(extractor: Extractor, rules: Rules, path: Path, folder: Path, count: int) -> tuple[float, float]:
    """The articles a second that are taken in, to a new ledger; what comes after the parse, as a share of the parse."""
    timed = Timed(extractor._parser)
    extractor._parser._kept.clear()  # what an earlier run has parsed
    extractor.__dict__["_parser"] = timed
    ledger = folder / "archive.db"
    with open_tracker(ledger, rules=rules, extractor=extractor) as tracker:
        whole = rate(lambda: tracker.ingest(path).read)
    extractor.__dict__["_parser"] = timed._parser
    for each in folder.glob("archive.db*"):
        each.unlink()
    return whole, timed.seconds * whole / count


def row(extractor: Extractor, rules: Rules, folder: Path, each: tuple[float, int, int]) -> str:
    share, count, aim = each
    path = archive(share, count, folder)
    articles = articles_of(path)
    parsed, screened = parsing(extractor._parser, articles[:PARSED]), screening(extractor, path)
    asked = asked_for(extractor, articles)
    whole, in_parse = taken_in(extractor, rules, path, folder, count)
    bound = 1 / (asked.words / parsed + 1 / screened)
    cells = [
        f"{share:.1%}", f"{asked.named:.3%}", f"{count:,}", f"{parsed:.0f}", f"{screened:,.0f}", f"{asked.words:.2%}",
        f"{asked.again:.0%}", f"{bound:,.0f}", f"{whole:,.0f}", f"{whole / bound:.0%}", f"{whole / parsed:,.1f}",
        f"{aim}", f"{in_parse:.0%}",
    ]  # fmt: skip
    return f"| {' | '.join(cells)} |"


def archives() -> list[str]:
    """The table of archives: the run in the middle of three by how many times B it is."""
    look_rarely()
    rules = tracked(load_rules(ROOT / "rules"))
    extractor = Extractor(rules)
    found = [
        "| recipe's rate | sentences that name a tracked thing | articles | B | S | w | parsed before | bound"
        " | taken in/s | of the bound | times B | aim | time in the parse |",
        "|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|",
    ]
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        list(extractor.read_all(articles_of(archive(0.1, 500, folder))))  # loads the parser, fills its table of forms
        (folder / "archive-0.1.jsonl").unlink()
        for each in ARCHIVES:
            runs = [row(extractor, rules, folder, each) for _ in range(RUNS)]
            found.append(sorted(runs, key=lambda line: float(line.split("|")[11].replace(",", "")))[RUNS // 2])
    return found


# --- what grows


def invented(count: int) -> list[Policy]:
    """Policies about things that no article names, two names each."""
    return [
        Policy(id=f"made.up-{n}", title=f"Made up {n}", instrument=(f"glockenspiel {n:04}x", f"carillon {n:04}x"))
        for n in range(count)
    ]


def growth() -> list[str]:
    """What an article costs by how many policies more are tracked, of which it names none."""
    shipped = load_rules(ROOT / "rules")
    articles = articles_of(EVAL / "arms_dev" / "articles.jsonl")
    base = Extractor(shipped)
    list(base.read_all(articles))
    found = [
        "| policies more | making the screen, ms | screening, us an article | reading, ms an article |",
        "|--:|--:|--:|--:|",
    ]
    for count in POLICIES:
        extractor = base.tracking([*shipped.policies, *invented(count)])
        began = perf_counter()
        extractor.skips(articles[0])
        made = perf_counter() - began
        list(extractor.read_all(articles))
        screened, read = (
            sorted(rate(work) for _ in range(RUNS))[RUNS // 2]
            for work in (
                lambda reader=extractor: len([reader.skips(each) for each in articles * 20]),
                lambda reader=extractor: len([*reader.read_all(articles)]),
            )
        )
        found.append(f"| {count:,} | {1000 * made:,.0f} | {1e6 / screened:.0f} | {1000 / read:.1f} |")
    return found


def longer() -> list[str]:
    """What a claim costs by how many its policy has: all of them are folded again when one more comes."""
    look_rarely()
    found = ["| claims of a policy | folding, us a claim | detection, us a claim |", "|--:|--:|--:|"]
    for each in CLAIMS:
        count = max(CLAIMS) * 10 // each
        rules = made_up_rules(count)
        runs = sorted(folding(count, rules, each) for _ in range(RUNS))
        folded, detected = runs[RUNS // 2]
        found.append(f"| {each:,} | {1e6 / folded:.0f} | {1e6 / detected:.0f} |")
    return found


# --- from a cold start, and memory


def cold() -> list[str]:
    """Seconds of a command that takes in the seed articles, each in a new process; the memory of long archives."""
    found = ["| | |", "|---|--:|"]
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        taken = []
        for number in range(RUNS):
            began = perf_counter()
            command = [
                sys.executable,
                "-m",
                "policytrack",
                "ingest",
                str(ROOT / "seeds"),
                "--db",
                f"{folder}/{number}.db",
            ]
            subprocess.run(command, check=True, capture_output=True, cwd=ROOT)
            taken.append(perf_counter() - began)
        found.append(f"| the seed articles from a cold start, s | {sorted(taken)[RUNS // 2]:.1f} |")
        for count in (10_000, 100_000):
            path = archive(0.001, count, folder)
            command = [sys.executable, "-m", "benchmarks.throughput", "memory", str(path)]
            made = subprocess.run(command, check=True, stdout=subprocess.PIPE, cwd=ROOT)
            found.append(f"| most memory for an archive of {count:,} articles, MB | {json.loads(made.stdout):,.0f} |")
            path.unlink()
    return found


def memory(path: Path) -> float:
    """The most memory in MB of a process that took an archive in."""
    look_rarely()
    rules = tracked(load_rules(ROOT / "rules"))
    with tempfile.TemporaryDirectory() as folder, open_tracker(Path(folder) / "a.db", rules=rules) as tracker:
        tracker.ingest(path)
    return most_memory()


PARTS: dict[str, Callable[[], list[str]]] = {"archives": archives, "growth": growth, "longer": longer, "cold": cold}


def main() -> None:
    if not RECIPE.exists():
        raise SystemExit(f"the recipe of the archives is not at {RECIPE}; nothing was measured.")
    wanted = sys.argv[1:] or [*PARTS]
    if wanted[0] == "memory":
        sys.stdout.write(json.dumps(memory(Path(wanted[1]))))
        return
    for name in wanted:
        shown = PARTS[name]()
        put(PAGE, shown, name)
        sys.stdout.write("\n".join(shown) + "\n\n")


if __name__ == "__main__":
    main()
