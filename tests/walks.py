"""Kills a write at every one of its steps: `python -m tests.walks`, part of `make fuzz`.

A step is a moment right before or right after a statement, a commit, or a hook. The write runs in a child process that
kills itself with SIGKILL at its first step, then at its second, and so on until it runs through. After every kill the
ledger must be sound, hold exactly what was committed, and come to the same by the same command given again.
"""

from __future__ import annotations

import argparse
import itertools
import json
import logging
import os
import shutil
import signal
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple
from unittest import mock

from sqlalchemy import Engine, event
from sqlalchemy.engine.default import DefaultDialect

from policytrack import intake, rerun
from policytrack.dues import Due
from policytrack.ledger import Ledger
from policytrack.model import Article, Shift
from policytrack.packs import Rules, load_rules
from policytrack.tracker import Tracker, open_tracker
from tests import postgres
from tests.test_tracker import BANNED, LIFTED, PACK, REPORT, TAXED, UNTAXED, Clock, Reader, Reading, news, rules_folder

OLDEST = Path(__file__).parent / "ledgers" / "schema-1.db"
BATCH = 2
"""Articles of a transaction here, so that one command has several."""


class Steps:
    """Counts the steps of this process, and kills it at the one that was named; `names` is a file that they go to."""

    def __init__(self, names: Path, fatal: int | None) -> None:
        self.names = names
        self.commits = 0
        self.after_commit: Callable[[], None] = lambda: None
        self._count = itertools.count()
        self._fatal = fatal
        self._off = False
        self._writes = False

    def take(self, name: str) -> None:
        if self._off:
            return
        if next(self._count) == self._fatal:
            os.kill(os.getpid(), signal.SIGKILL)
        if self._fatal is None:
            with self.names.open("a") as file:
                file.write(json.dumps(name) + "\n")

    def commit(self, do_commit: Callable[..., None], dialect: Any, connection: Any) -> None:
        if self._off:
            do_commit(dialect, connection)
            return
        what = "COMMIT" if self._writes else "the end of a question"
        self.take(f"before {what}")
        do_commit(dialect, connection)
        self.commits += 1
        self.names.with_suffix(".commits").write_text(str(self.commits))
        self._off = True
        self.after_commit()
        self._off = False
        self.take(f"after {what}")
        self._writes = False

    def statement(self, words: str) -> None:
        self._writes = self._writes or words == "BEGIN IMMEDIATE" or "pg_advisory_xact_lock" in words
        self.take(f"before {words}")

    def watch(self) -> None:
        """Nothing; from now on every statement of this process is two steps, and every commit."""
        event.listen(Engine, "before_cursor_execute", lambda _, __, words, *___: self.statement(words))
        event.listen(Engine, "after_cursor_execute", lambda _, __, words, *___: self.take(f"after {words}"))
        do_commit = DefaultDialect.do_commit
        DefaultDialect.do_commit = lambda dialect, connection: self.commit(do_commit, dialect, connection)  # type: ignore[method-assign]
        for kind, name in ((rerun.Readings, "add"), (rerun.Readings, "flush"), (Path, "unlink")):
            setattr(kind, name, self._around(getattr(kind, name), name))

    def _around(self, method: Callable[..., Any], name: str) -> Callable[..., Any]:
        def watched(*given: Any) -> Any:
            self.take(f"before {name}")
            done = method(*given)
            self.take(f"after {name}")
            return done

        return watched


Hook = Callable[[Shift | Due], None]


class Write(NamedTuple):
    """A command that writes: what was recorded `before` it, and how it is `run`, with a hook or None."""

    name: str
    before: Callable[[str], None]
    run: Callable[[str, Hook | None], None]
    with_hooks: bool = False
    only_files: bool = False


class Told(Reader):
    """Reads what each article brings, but of some articles something else."""

    def __init__(self, otherwise: dict[str, dict[str, Any]]) -> None:
        super().__init__()
        self._otherwise = otherwise

    def read(self, article: Article) -> Reading:
        said = self._otherwise.get(article.id)
        return super().read(article.model_copy(update={"extra": {"claims": [said]}}) if said else article)


class House:
    """The writes that are walked over, by rules of this folder."""

    def __init__(self, folder: Path) -> None:
        self.rules = load_rules(rules_folder(folder / "rules"))
        changed = PACK.replace("start: {status: none, on: 2020}", "start: {status: in_force, on: 2020}")
        self.changed = load_rules(rules_folder(folder / "changed", changed))

    def opened(self, place: str, hook: Hook | None = None, rules: Rules | None = None, **otherwise: Any) -> Tracker:
        tracker = open_tracker(place, rules=rules or self.rules, clock=Clock(), extractor=Told(otherwise))
        if hook is not None:
            tracker.on_shift(hook)
            tracker.on_due(hook)
        return tracker

    def writes(self) -> list[Write]:
        first = [news("a", "2024-11-12", LIFTED), news("b", "2024-11-13", TAXED), news("c", "2024-11-14")]
        later = [news("d", "2024-12-01", BANNED), news("e", "2024-12-02", UNTAXED), news("f", "2024-12-03", LIFTED)]
        revised = news("a", "2024-11-12", TAXED, text="Other words of the same article.")
        copy = news("g", "2024-11-15", LIFTED, publisher="Other", copy_of="h")
        original = news("h", "2024-11-11", publisher="Cork Daily")
        reprints = [
            news("r", "2024-11-15", LIFTED, publisher="Hill Post", text=f"{REPORT} (With agencies)"),
            news("s", "2024-11-15", LIFTED, publisher="Quay Times", text=f"LISBON - {REPORT}"),
            news("q", "2024-11-14", TAXED, publisher="Quay Wire", text=REPORT),
        ]
        held = partial(self._ingested, first)
        dated = [news("a", "2024-11-12", {**LIFTED, "expires": "2024-12-20"}),
                 news("b", "2024-11-13", {**TAXED, "in_force": "2024-12-09"})]  # fmt: skip
        return [
            Write("the first batch", lambda _: None, partial(self._ingest, first), with_hooks=True),
            Write("later batches", held, partial(self._ingest, later), with_hooks=True),
            Write("a revision", held, partial(self._ingest, [revised])),
            Write("a copy, then its original", held, partial(self._ingest, [copy, original])),
            Write("copies, what they copy last", held, partial(self._ingest, reprints)),
            Write("late articles", held, lambda place, _: self._backfill(place, later)),
            Write("a rerun", held, lambda place, hook: self._rerun(place, hook), with_hooks=True),
            Write("a fold by changed rules", held, partial(self._ingest, later[:1], rules=self.changed)),
            Write("what a kill left to announce", partial(self._left, first), partial(self._ingest, []), True),
            Write("what falls due", partial(self._ingested, dated), self._announce_due, with_hooks=True),
            Write("a decision", held, lambda place, hook: self._correct(place, hook), with_hooks=True),
            Write("a removal", held, lambda place, _: self._forget(place)),
            Write("a migration", lambda place: _copied(place), partial(self._ingest, first), only_files=True),
        ]  # fmt: skip

    def _ingested(self, articles: Sequence[Article], place: str) -> None:
        with self.opened(place) as tracker:
            tracker.ingest(articles)

    def _ingest(self, articles: Sequence[Article], place: str, hook: Hook | None, rules: Rules | None = None) -> None:
        with self.opened(place, hook, rules) as tracker:
            tracker.ingest(articles)

    def _backfill(self, place: str, articles: Sequence[Article]) -> None:
        with self.opened(place) as tracker:
            tracker.ingest(articles, backfill=True)

    def _announce_due(self, place: str, hook: Hook | None) -> None:
        with self.opened(place, hook) as tracker:
            assert tracker.states(due="60d", on="2024-12-01")
            tracker.announce_due("60d", on="2024-12-01")

    def _rerun(self, place: str, hook: Hook | None) -> None:
        with self.opened(place, hook, a=TAXED, b=BANNED, c=LIFTED) as tracker:
            tracker.rerun(notify=hook is not None)

    def _correct(self, place: str, hook: Hook | None) -> None:
        """What was read about salt is about oil."""
        with self.opened(place, hook) as tracker:
            known = tracker.shifts().known
            [claim] = [each for each in tracker.ledger.claims(known) if each.article_id == "b"]
            set_ = {"policy": "pt.oil.export", "operation": "authorise", "direction": "looser"}
            tracker.correct(claim.id, set_, by="a person")

    def _forget(self, place: str) -> None:
        with self.opened(place) as tracker:
            tracker.forget("a", by="a person", why="asked to")

    def _left(self, articles: Sequence[Article], place: str) -> None:
        """Recorded, and not announced: as a kill between the two leaves it."""
        with self.opened(place, _hook(Path())) as tracker, mock.patch.object(intake, "call", lambda *_: []):
            tracker.ingest(articles)


def _copied(place: str) -> None:
    shutil.copy(OLDEST, place)


@dataclass
class Walk:
    """What walking over one write found. `differences` is empty where everything held after every kill."""

    write: str
    steps: int = 0
    kills: int = 0
    differences: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        return f"{self.write}: {self.steps} steps, {self.kills} kills, {len(self.differences)} differences"


class Walker:
    """Walks over writes, each time on a ledger of its own: a file of `folder`, or a schema of a PostgreSQL server."""

    def __init__(self, folder: Path, *, on_server: bool = False) -> None:
        self._folder = folder
        self._on_server = on_server
        self._numbers = itertools.count()
        self.house = House(folder)

    def walk(self, write: Write, every: int = 1) -> Walk:
        """The walk over every step of a write; or over every so many, and those about commits and hooks."""
        names, exports, heard = self._undisturbed(write)
        walk = Walk(write.name, steps=len(names))
        for step, name in enumerate(names):
            if step % every == 0 or name.endswith(("COMMIT", "hook")):
                walk.kills += 1
                wrong = self._after_a_kill(write, step, exports, heard)
                walk.differences += [f"{write.name}, step {step} ({name}): {one}" for one in wrong]
        return walk

    def _after_a_kill(self, write: Write, step: int, exports: Sequence[str], heard: set[str]) -> list[str]:
        with self._place(write) as (place, folder):
            commits = self._killed(write, place, folder, step)
            return [*self._wrong(write, place, folder, exports, heard, commits)]

    def _undisturbed(self, write: Write) -> tuple[list[str], list[str], set[str]]:
        """The names of all steps, what is exported after each commit (first: before all), and what the hook heard."""
        with self._place(write) as (place, folder):
            exports = folder / "exports"
            exports.write_text(json.dumps(exported(place)) + "\n")

            def look(steps: Steps) -> None:
                def after_commit() -> None:
                    with exports.open("a") as file:
                        file.write(json.dumps(exported(place)) + "\n")

                steps.after_commit = after_commit

            status = self._child(write, place, folder, None, look)
            assert status == 0, f"{write.name}: a write that nobody killed failed"
            names = [json.loads(line) for line in (folder / "steps").read_text().splitlines()]
            found = [json.loads(line) for line in exports.read_text().splitlines()]
            return names, found, set(_heard(folder))

    def _killed(self, write: Write, place: str, folder: Path, step: int) -> int:
        """How many commits had returned when the write was killed at a step."""
        status = self._child(write, place, folder, step, lambda _: None)
        assert status == -signal.SIGKILL, f"{write.name}, step {step}: ended with {status}"
        commits = folder / "steps.commits"
        return int(commits.read_text()) if commits.exists() else 0

    def _wrong(
        self, write: Write, place: str, folder: Path, exports: Sequence[str], heard: set[str], commits: int
    ) -> Iterator[str]:
        if exported(place) != exports[commits]:
            yield f"it does not hold what {commits} commits made"
        yield from self._unsound(place)
        write.run(place, _hook(folder) if write.with_hooks else None)
        if exported(place) != exports[-1]:
            yield "the same command again comes to something else"
        yield from self._unsound(place)
        if set(_heard(folder)) != heard:
            yield f"the hook heard of {len(set(_heard(folder)))}, not of {len(heard)}"

    def _unsound(self, place: str) -> Iterator[str]:
        with self.house.opened(place) as tracker:
            found = tracker.doctor().findings if tracker.ledger.is_there() else ()
        yield from (f"doctor: {each}" for each in found)

    def _child(
        self, write: Write, place: str, folder: Path, fatal: int | None, prepare: Callable[[Steps], None]
    ) -> int:
        child = os.fork()
        if child:
            return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        code = 1
        try:
            steps = Steps(folder / "steps", fatal)
            prepare(steps)
            steps.watch()
            write.run(place, _hook(folder, steps) if write.with_hooks else None)
            code = 0
        finally:
            os._exit(code)  # nothing of the parent's may run twice

    @contextmanager
    def _place(self, write: Write) -> Iterator[tuple[str, Path]]:
        """A ledger as it was before the write, and a folder for notes about it."""
        folder = self._folder / f"{next(self._numbers)}"
        folder.mkdir()
        with _small_batches():
            place = postgres.url() if self._on_server else str(folder / "watch.db")
            self._prepare(write, place)
            yield place, folder
        shutil.rmtree(folder)

    def _prepare(self, write: Write, place: str) -> None:
        if self._on_server:
            write.before(place)
            return
        kept = self._folder / f"{write.name}.db"
        if not kept.exists():
            write.before(place)
            if not Path(place).exists():  # nothing was recorded before
                return
            shutil.copy(place, kept)
        shutil.copy(kept, place)


@contextmanager
def _small_batches() -> Iterator[None]:
    kept = intake.BATCH, rerun.AT_ONCE
    intake.BATCH = rerun.AT_ONCE = BATCH
    try:
        yield
    finally:
        intake.BATCH, rerun.AT_ONCE = kept


def _hook(folder: Path, steps: Steps | None = None) -> Hook:
    def hook(heard: Shift | Due) -> None:
        if steps:
            steps.take("before the hook")
        with (folder / "heard").open("a") as file:
            file.write(f"{heard.id if isinstance(heard, Shift) else heard.policy}\n")
        if steps:
            steps.take("after the hook")

    return hook


def _heard(folder: Path) -> list[str]:
    return (folder / "heard").read_text().split() if (folder / "heard").exists() else []


def exported(place: str) -> str:
    """What stands in a ledger; nothing where there is none."""
    ledger = Ledger(place)
    try:
        return "\n".join(ledger.export_canonical()) if ledger.is_there() else ""
    finally:
        ledger.close()


KINDS = ("SQLite", "PostgreSQL")


def all_walks(every: int, kinds: Sequence[str] = KINDS, only: Sequence[str] = ()) -> Iterator[tuple[str, Walk]]:
    """The walks over all writes, or over those of these names only, with the kind of database."""
    for kind in kinds:
        with tempfile.TemporaryDirectory(prefix="policytrack-walks-") as folder:
            walker = Walker(Path(folder), on_server=kind == "PostgreSQL")
            for write in walker.house.writes():
                if (kind == "SQLite" or not write.only_files) and (not only or write.name in only):
                    yield kind, walker.walk(write, every)


def main(arguments: Sequence[str] | None = None) -> int:
    """0 where everything held after every kill; else 1."""
    parser = argparse.ArgumentParser(prog="python -m tests.walks", description="Kills a write at each of its steps.")
    parser.add_argument("--every", type=int, default=1, help="Only every so many steps.")
    parser.add_argument("--on", choices=KINDS, nargs="*", default=KINDS, help="The kinds of database.")
    parser.add_argument("--write", nargs="*", default=(), help="Only the writes of these names, as 'a removal'.")
    options = parser.parse_args(arguments)
    logging.getLogger("policytrack").setLevel(logging.ERROR)
    began, kills, good = time.monotonic(), 0, True
    for kind, walk in all_walks(options.every, options.on, options.write):
        sys.stdout.write("".join(f"DIFFERENCE {difference}\n" for difference in walk.differences))
        sys.stdout.write(f"{kind}, {walk}\n")
        kills += walk.kills
        good = good and walk.kills > 0 and not walk.differences
    sys.stdout.write(f"{kills} kills in {time.monotonic() - began:.0f} s\n")
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
