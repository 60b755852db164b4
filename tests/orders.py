"""The same articles in many orders: `python -m tests.orders --orders 40`, part of `make fuzz`.

In whatever order they are taken in, in batches of whatever size, by one writer or two, `ledger export --canonical` says
the same. Articles are read once; what was read is fed to all.
"""

from __future__ import annotations

import argparse
import logging
import random
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

from policytrack import intake
from policytrack.extract import Extractor
from policytrack.model import Article
from policytrack.packs import Rules
from policytrack.sources import read_articles
from policytrack.tracker import open_tracker
from tests.kills import Recalled
from tests.reading import SHARED, extractor, rules
from tests.test_faults import child, ended

DEVELOPMENT = ("arms_dev", "subjects_dev")
MORE = ("events_dev", "events_train")


class Orders:
    """Takes the same articles in again and again, as they were read once."""

    def __init__(self, articles: Sequence[Article], read_by: Rules, reader: Extractor) -> None:
        self.articles = list(articles)
        self._rules = read_by
        self._recalled = Recalled(reader, self.articles)

    def export(self, order: Sequence[Article], batch: int, place: str = ":memory:") -> list[str]:
        """What stands when the articles have come in this order, so many in a transaction."""
        kept, intake.BATCH = intake.BATCH, batch
        try:
            with open_tracker(place, rules=self._rules, extractor=self._recalled) as tracker:
                tracker.ingest(order)
                return list(tracker.ledger.export_canonical())
        finally:
            intake.BATCH = kept

    def shuffled(self, seed: int) -> list[Article]:
        order = self.articles.copy()
        random.Random(seed).shuffle(order)
        return order

    def by_two_writers(self, place: str, seed: int) -> list[str]:
        """What stands when two processes have taken them in at once, each half of them and some of the other's."""
        order = self.shuffled(seed)
        halves = order[: len(order) * 2 // 3], order[len(order) // 3 :]
        processes = [child(lambda part=part: self.export(part, 7, place)) for part in halves]  # type: ignore[misc]
        assert ended(*processes) == [0, 0], "a writer failed"
        return self.export([], 1, place)


def articles_of(*names: str) -> Iterator[Article]:
    """The articles of evaluation sets beside the checkout, each under an id of its own."""
    for name in names:
        for article in read_articles(SHARED / "eval" / name / "articles.jsonl"):
            assert isinstance(article, Article), article
            yield article.model_copy(update={"id": f"{name}:{article.id}"})


def main(arguments: Sequence[str] | None = None) -> int:
    """0 where every order came to the same; else 1."""
    parser = argparse.ArgumentParser(prog="python -m tests.orders", description="Articles in many orders.")
    parser.add_argument("--orders", type=int, default=40)
    options = parser.parse_args(arguments)
    logging.getLogger("policytrack").setLevel(logging.ERROR)
    began = time.monotonic()
    found = Orders(list(articles_of(*DEVELOPMENT, *MORE)), rules(), extractor())
    expected = found.export(found.articles, intake.BATCH)
    wrong = []
    for seed in range(options.orders):
        batch = random.Random(seed).choice([1, 2, 7, 50, 10_000])
        if found.export(found.shuffled(seed), batch) != expected:
            wrong.append(f"DIFFERENCE order {seed}, batches of {batch}")
    with tempfile.TemporaryDirectory() as folder:
        if found.by_two_writers(str(Path(folder) / "watch.db"), options.orders) != expected:
            wrong.append("DIFFERENCE two writers")
    sys.stdout.write("".join(f"{line}\n" for line in wrong))
    told = f"{len(found.articles)} articles in {options.orders} orders, and by two writers: {len(wrong)} differences"
    sys.stdout.write(f"{told}, in {time.monotonic() - began:.0f} s\n")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
