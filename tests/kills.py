"""Kills `ingest` at random moments and goes on with it: `python -m tests.kills --kills 200`, part of `make fuzz`.

A round: a child process reads articles into a new ledger and is killed with SIGKILL, so often as chance has it; then
one is left to end. What `ledger export --canonical` writes then must be what an undisturbed run leaves, to the byte.
Children are forked from a process that has the parser loaded. Some run the command; most recall what the reader said of
each article instead of reading it again, so that a kill falls into the writing more often than into the parsing.
"""

from __future__ import annotations

import argparse
import contextlib
import io
import os
import random
import shutil
import signal
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from policytrack import intake, tracker
from policytrack.cli import app
from policytrack.extract import Extractor, Reading
from policytrack.intake import Reader
from policytrack.ledger import Ledger
from policytrack.model import Article
from policytrack.packs import load_rules, shipped
from policytrack.sources import read_articles
from tests.builders import OneByOne

ARTICLES = Path(__file__).parent.parent / "examples" / "ukraine-arms" / "articles.jsonl"
COMMAND_EVERY = 10
"""One round of so many runs the command itself, parser and all."""
LOOK_EVERY = 4
"""After so many kills one ledger is looked into: opening it repairs it, which is the next child's to do."""
BATCH = 7
"""Articles of a transaction here: a kill is to find the ledger with some of them behind it and some before it."""


class Recalled(OneByOne):
    """Gives what an extractor said of an article when it was first asked."""

    def __init__(self, extractor: Extractor, articles: Sequence[Article]) -> None:
        self._said = {article.id: extractor.read(article) for article in articles}

    def read(self, article: Article) -> Reading:
        return self._said[article.id]


@dataclass
class Tally:
    """`found` has how many articles the ledgers held that were looked into; `late` counts children that had ended."""

    rounds: int = 0
    kills: int = 0
    late: int = 0
    found: list[int] = field(default_factory=list)
    differences: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        return (
            f"{self.kills} kills in {self.rounds} rounds, {self.late} too late, {len(self.differences)} differences; "
            f"articles recorded at a kill, where looked: {sorted(self.found)}"
        )


class Killer:
    """Ingests the same articles again and again, in children that it kills."""

    def __init__(self, articles: Sequence[Article], folder: Path, seed: int) -> None:
        # A copy: nobody may change the rules while they are compared.
        self._rules_folder = shutil.copytree(shipped("rules"), folder / "rules")
        self._rules = rules = load_rules(self._rules_folder)
        self._articles = list(articles)
        self._folder = folder
        self._seed = seed
        # The one that the command will find in its children.
        self._recalled = Recalled(tracker.extractor_of(rules), self._articles)
        self._expected, self._seconds = self._undisturbed()

    def run(self, kills: int) -> Tally:
        """The tally of rounds until so many children were killed before they ended."""
        tally = Tally()
        while tally.kills < kills:
            tally.rounds += 1
            self._round(tally, random.Random(f"{self._seed}:{tally.rounds}"))
        return tally

    def _undisturbed(self) -> tuple[str, float]:
        """What a run leaves, and how long it takes: the second, since the first finds nothing in the caches."""
        seconds = 0.0
        for name in ("first.db", "second.db"):
            path, began = self._folder / name, time.monotonic()
            self._wait(self._child(path, self._recalled))
            seconds = time.monotonic() - began
        return exported(path), seconds

    def _round(self, tally: Tally, chance: random.Random) -> None:
        path = self._folder / f"{tally.rounds}.db"
        reader = self._recalled if tally.rounds % COMMAND_EVERY else None
        seconds = self._seconds if reader else 8 * self._seconds
        for _ in range(chance.randint(1, 3)):
            self._kill(path, reader, chance.uniform(0, seconds), tally)
        self._wait(self._child(path, self._recalled))
        if exported(path) != self._expected:
            tally.differences.append(f"DIFFERENCE --seed {self._seed}, round {tally.rounds}: {path}")
        else:
            path.unlink()

    def _kill(self, path: Path, reader: Reader | None, after: float, tally: Tally) -> None:
        child = self._child(path, reader)
        time.sleep(after)
        os.kill(child, signal.SIGKILL)
        _, status = os.waitpid(child, 0)
        if os.WIFSIGNALED(status):
            tally.kills += 1
            if tally.kills % LOOK_EVERY == 0:
                tally.found.append(recorded(path))
        else:
            tally.late += 1
            assert os.waitstatus_to_exitcode(status) == 0, f"{path}: an ingest that nobody killed failed"

    def _child(self, path: Path, reader: Reader | None) -> int:
        """A process that ingests the articles, with this reader or, without one, by the command."""
        child = os.fork()
        if child:
            return child
        code = 1
        try:
            intake.BATCH = BATCH
            if reader is None:
                printed("ingest", str(ARTICLES), "--rules", str(self._rules_folder), "--db", str(path))
            else:
                with tracker.open_tracker(path, rules=self._rules, extractor=reader) as one:
                    one.ingest(self._articles)
            code = 0
        finally:
            os._exit(code)  # nothing of the parent's may run twice

    @staticmethod
    def _wait(child: int) -> None:
        _, status = os.waitpid(child, 0)
        assert os.waitstatus_to_exitcode(status) == 0, "an ingest that nobody killed failed"


def recorded(path: Path) -> int:
    """How many articles a ledger holds."""
    ledger = Ledger(path)
    try:
        return sum(line.startswith('{"article"') for line in ledger.export_canonical()) if ledger.is_there() else 0
    finally:
        ledger.close()


def exported(path: Path) -> str:
    """What `policytrack ledger export --canonical` writes."""
    return printed("ledger", "export", "--canonical", "--db", str(path))


def printed(*words: str) -> str:
    """What a command writes to stdout."""
    written = io.StringIO()
    with contextlib.redirect_stdout(written), contextlib.redirect_stderr(io.StringIO()):
        app(list(words), prog_name="policytrack", standalone_mode=False)
    return written.getvalue()


def examples() -> Iterator[Article]:
    """The example articles."""
    for article in read_articles(ARTICLES):
        assert isinstance(article, Article), article
        yield article


def main(arguments: Sequence[str] | None = None) -> int:
    """0 where every ledger came to be the same; else 1."""
    parser = argparse.ArgumentParser(prog="python -m tests.kills", description="Kills ingest and goes on with it.")
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args(arguments)
    began = time.monotonic()
    folder = Path(tempfile.mkdtemp(prefix="policytrack-kills-"))
    tally = Killer(list(examples()), folder, options.seed).run(options.kills)
    if not tally.differences:
        shutil.rmtree(folder)
    sys.stdout.write("".join(f"{difference}\n" for difference in tally.differences))
    sys.stdout.write(f"{tally} in {time.monotonic() - began:.0f} s (seed {options.seed})\n")
    return 0 if tally.kills and not tally.differences else 1


if __name__ == "__main__":
    sys.exit(main())
