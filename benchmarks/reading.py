"""Measures what reading costs beside parsing: the time of all steps after the parse as a share of the parse's.

Every set is read in one process, many articles together, the parse timed inside the read, so that both halves see the
same machine; all times are of the processor. The first reading is not counted: it loads the parser and fills its table
of forms. The median of five runs is shown.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from time import process_time
from typing import NamedTuple

from benchmarks.accuracy import put
from benchmarks.throughput import Timed, articles_of
from policytrack.extract import Extractor
from policytrack.model import Article
from policytrack.packs import load_rules

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


def cost(extractor: Extractor, articles: Sequence[Article], open_mode: bool) -> Cost:
    """One reading of all articles."""
    parser = extractor._parser
    parser._kept.clear()  # what an earlier run has parsed
    timed = extractor.__dict__["_parser"] = Timed(parser)
    began = process_time()
    for article in articles:
        extractor._left_out(article, open_mode)
    before = process_time() - began
    began = process_time()
    for _ in extractor.read_all(articles, open_mode=open_mode):
        pass
    whole = process_time() - began
    extractor.__dict__["_parser"] = parser
    return Cost(before, timed.seconds, whole - before - timed.seconds)


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
