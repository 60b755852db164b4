"""Measures what reading costs beside parsing: the time of all steps after the parse as a share of the parse's.

Every set is read in one process, the parse timed inside the read, so that both halves see the same machine. The first
reading is not counted: it loads the parser and fills its table of forms. The median of five runs is shown.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from time import perf_counter
from typing import Any, NamedTuple

from benchmarks.accuracy import put
from policytrack.extract import Extractor
from policytrack.model import Article
from policytrack.packs import load_rules
from policytrack.sources import read_articles
from policytrack.text import Document, Parser

ROOT = Path(__file__).parent.parent
EVAL = ROOT.parent / "shared" / "eval"
PAGE = ROOT / "docs" / "explanation" / "speed.md"
RUNS = 5
SETS = (
    ("examples", ROOT / "examples" / "ukraine-arms" / "articles.jsonl", False),
    ("golden", ROOT / "tests" / "golden" / "articles.jsonl", True),
    ("arms_dev", EVAL / "arms_dev" / "articles.jsonl", False),
    ("subjects_dev", EVAL / "subjects_dev" / "articles.jsonl", False),
    ("events_train", EVAL / "events_train" / "articles.jsonl", True),
)
"""Name, articles, and whether they are read in open mode."""


class Cost(NamedTuple):
    """Seconds that one run took: before the parse (screen, language), in it, and after it."""

    before: float
    parse: float
    after: float

    @property
    def share(self) -> float:
        """The steps after the parse, as a share of the parse."""
        return self.after / self.parse


class Timed:
    """A parser that keeps when each of its parses began and ended."""

    def __init__(self, parser: Parser) -> None:
        self._parser = parser
        self.spans: list[tuple[float, float]] = []

    def parse(self, text: str) -> Document:
        started = perf_counter()
        document = self._parser.parse(text)
        self.spans.append((started, perf_counter()))
        return document

    def __getattr__(self, name: str) -> Any:
        return getattr(self._parser, name)


def articles_of(path: Path) -> list[Article]:
    return [article for article in read_articles(path) if isinstance(article, Article)]


def cost(extractor: Extractor, articles: Sequence[Article], open_mode: bool) -> Cost:
    """One reading of all articles."""
    parser = extractor._parser
    before = parse = after = 0.0
    for article in articles:
        timed = Timed(parser)
        extractor.__dict__["_parser"] = timed
        started = perf_counter()
        extractor.read(article, open_mode=open_mode)
        ended = perf_counter()
        inside = sum(end - begin for begin, end in timed.spans)
        first = timed.spans[0][0] if timed.spans else ended
        before += first - started
        parse += inside
        after += ended - first - inside
    extractor.__dict__["_parser"] = parser
    return Cost(before, parse, after)


def row(extractor: Extractor, name: str, path: Path, open_mode: bool) -> str:
    articles = articles_of(path)
    cost(extractor, articles, open_mode)
    runs = sorted((cost(extractor, articles, open_mode) for _ in range(RUNS)), key=lambda run: run.share)
    middle = runs[RUNS // 2]
    cells = [
        name, "open" if open_mode else "policy", f"{len(articles):,}",
        *(f"{1000 * seconds / len(articles):.1f}" for seconds in middle),
        f"{middle.share:.0%}", f"{runs[0].share:.0%} to {runs[-1].share:.0%}",
    ]  # fmt: skip
    return f"| {' | '.join(cells)} |"


def table() -> list[str]:
    extractor = Extractor(load_rules(ROOT / "rules"))
    found = [
        "| set | mode | articles | before, ms an article | parse, ms | after, ms | after / parse | five runs |",
        "|---|---|--:|--:|--:|--:|--:|---|",
    ]
    return found + [row(extractor, *each) for each in SETS if each[1].exists()]


if __name__ == "__main__":
    shown = table()
    put(PAGE, shown)
    sys.stdout.write("\n".join(shown) + "\n")
