"""Reading elsewhere: the same ledger whoever reads, whoever dies meanwhile, and however often it is stopped."""

from __future__ import annotations

import json
import logging
import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from itertools import islice
from pathlib import Path
from typing import Any

import pytest

from policytrack import execute, intake
from policytrack.errors import ArticleError, ConfigError
from policytrack.execute import Pool, ahead, read_each, read_through, reading
from policytrack.extract import Extractor, Reading
from policytrack.model import Article
from policytrack.sources import read_articles
from policytrack.tracker import open_tracker
from tests.builders import OneByOne
from tests.reading import rules

ROOT = Path(__file__).parent.parent
ARCHIVE = ROOT / "examples" / "ukraine-arms" / "articles.jsonl"
AROUND = {**os.environ, "PYTHONPATH": str(ROOT)}

STAND_IN = """
import os, signal, sys
from policytrack import execute
from policytrack.extract import Reading
from policytrack.logs import get_logger

class Stand:
    def read_all(self, articles, **how):
        for article in articles:
            if "deadly" in article.text:
                os.kill(os.getpid(), signal.SIGKILL)
            if "broken" in article.text:
                raise ValueError("no verb")
            if "long" in article.text:
                get_logger().warning("it is long", article_id=article.id)
            print("what a library says")
            yield Reading((), skipped=f"{article.id} {sorted(how.items())} {os.getpid()}")

def told(asked, answers):
    import pickle
    if pickle.load(asked) == "fatal":
        sys.exit(7)
    execute._send(answers, "ready")
    return Stand()

execute._told_rules = told
execute.serve()
"""
"""A worker that is there at once: it reads nothing, and does what the text says."""


def article(text: str, article_id: str = "a1") -> Article:
    return Article(id=article_id, text=text, published_at="2024-11-22")


def said(number: int, text: str = "It rained.") -> Article:
    return article(text, f"a{number}")


@pytest.fixture
def _stand_in(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(execute, "_WORKER", STAND_IN)
    monkeypatch.setattr(execute, "CHUNK", 3)


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> list[subprocess.Popen[bytes]]:
    """The worker processes, as they are started."""
    found: list[subprocess.Popen[bytes]] = []
    start = execute._worker

    def noted() -> subprocess.Popen[bytes]:
        found.append(start())
        return found[-1]

    monkeypatch.setattr(execute, "_worker", noted)
    return found


@pytest.mark.usefixtures("_stand_in")
class TestWorkers:
    def read(self, articles: list[Article], size: int = 2, **how: bool) -> list[Any]:
        with Pool(size, rules()) as pool:
            return list(execute.Elsewhere(Extractor(rules()), pool.submit, size).read_all(articles, **how))

    def test_readings_come_in_the_order_of_the_articles(self, started: list[subprocess.Popen[bytes]]) -> None:
        found = [each.skipped.split() for each in self.read([said(n) for n in range(20)], open_mode=True)]
        assert [words[0] for words in found] == [f"a{n}" for n in range(20)]
        assert {" ".join(words[1:3]) for words in found} == {"[('open_mode', True)]"}
        assert {int(words[-1]) for words in found} == {process.pid for process in started} and len(started) == 2
        assert all(process.returncode is not None for process in started)

    def test_an_article_of_which_the_reader_fails_costs_itself_alone(self) -> None:
        found = self.read([said(n, "It is broken." if n == 4 else "It rained.") for n in range(9)])
        (error,) = (each for each in found if isinstance(each, ArticleError))
        assert found.index(error) == 4
        assert str(error).startswith("a4: could not be read: ValueError: no verb.")

    def test_an_article_that_kills_its_workers_costs_itself_alone(self, started: list[subprocess.Popen[bytes]]) -> None:
        found = self.read([said(n, "It is deadly." if n == 4 else "It rained.") for n in range(9)])
        (error,) = (each for each in found if isinstance(each, ArticleError))
        assert found.index(error) == 4
        assert "a4: could not be read: 2 workers ended while they read it, the last with exit code -9" in str(error)
        assert [each.skipped.split()[0] for each in found if each is not error] == [f"a{n}" for n in range(9) if n != 4]
        assert len(started) <= 2 + 4  # two deaths of the chunk, two of the article

    def test_what_a_worker_logs_is_logged_here(self, caplog: pytest.LogCaptureFixture) -> None:
        with caplog.at_level(logging.WARNING, "policytrack"):
            self.read([said(1, "It is long.")])
        assert [record.msg["article_id"] for record in caplog.records if isinstance(record.msg, dict)] == ["a1"]

    def test_workers_that_never_get_ready_are_no_endless_loop(self, started: list[subprocess.Popen[bytes]]) -> None:
        with Pool(1, "fatal") as pool, pytest.raises(ConfigError, match="exit code 7 before it could read"):  # type: ignore[arg-type]
            pool.submit([said(1)]).result()
        assert len(started) == 1

    def test_they_are_gone_with_the_block_whatever_they_do(self, started: list[subprocess.Popen[bytes]]) -> None:
        with pytest.raises(KeyboardInterrupt), Pool(2, rules()) as pool:
            pool.submit([said(1)]).result()
            pending = [pool.submit([said(n)]) for n in range(50)]
            raise KeyboardInterrupt
        assert all(each.cancelled() or each.done() for each in pending)
        assert all(process.returncode is not None for process in started)

    def test_none_is_started_before_there_is_something_to_read(self, started: list[subprocess.Popen[bytes]]) -> None:
        with open_tracker(rules=rules()) as tracker:
            report = tracker.ingest([said(1)], workers=2)
        assert report.read == 1 and report.skipped == {"no tracked instrument is named": 1}
        assert started == []


class TestWhoReads:
    @pytest.mark.parametrize(
        ("asked", "message"),
        [
            ({"workers": 0}, "workers 0 cannot read. Write 1 or more."),
            ({"workers": -3}, "workers -3 cannot read"),
            ({"workers": 2, "scheduler": "tcp://127.0.0.1:1"}, "Choose one"),
            ({"scheduler": "nonsense://x"}, "no scheduler answers at 'nonsense://x'"),
            ({"scheduler": ""}, "no scheduler answers at ''"),
        ],
    )
    def test_what_cannot_be_meant(self, asked: dict[str, Any], message: str, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(execute, "ANSWERS_WITHIN", 1)
        with pytest.raises(ConfigError, match=message), reading(rules(), Extractor(rules()), **asked):
            pass

    def test_nobody_listens(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(execute, "ANSWERS_WITHIN", 1)
        with socket.socket() as taken:
            taken.bind(("127.0.0.1", 0))
            address = f"tcp://127.0.0.1:{taken.getsockname()[1]}"
            with pytest.raises(ConfigError, match="dask scheduler"), open_tracker(rules=rules()) as tracker:
                tracker.ingest([said(1)], scheduler=address)

    def test_without_dask(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setitem(sys.modules, "distributed", None)
        with pytest.raises(ConfigError, match=r"policytrack\[dask\]"), open_tracker(rules=rules()) as tracker:
            tracker.ingest([said(1)], scheduler="tcp://127.0.0.1:8786")

    def test_an_extractor_that_was_given_reads_here(self) -> None:
        with (
            open_tracker(rules=rules(), extractor=OneByOne()) as tracker,
            pytest.raises(ConfigError, match="leave out workers"),
        ):
            tracker.ingest([said(1)], workers=2)

    def test_a_script_that_is_loaded_twice_is_told(self, monkeypatch: pytest.MonkeyPatch) -> None:
        from multiprocessing.process import current_process

        monkeypatch.setattr(current_process(), "_inheriting", True, raising=False)
        with pytest.raises(ConfigError, match='if __name__ == "__main__"'), open_tracker(rules=rules()) as tracker:
            tracker.ingest([said(1)], workers=2)

    def test_other_programs_would_read_otherwise(self) -> None:
        assert execute._mismatch(execute.identity()) == ""
        told = execute._mismatch({**execute.identity(), "spacy": "0.1"})
        assert "and not 0.1" in told and "Install there" in told


class TestInOrder:
    class Late:
        """A reader that must not be asked for more than it may be ahead."""

        ahead = 6

        def __init__(self) -> None:
            self.going = 0

        def read_all(self, articles: list[Article], **_: bool) -> Iterator[str]:
            self.going += len(articles)
            assert self.going <= self.ahead + 3
            return self._taken(articles)

        def _taken(self, articles: list[Article]) -> Iterator[str]:
            self.going -= len(articles)
            yield from (each.id for each in articles)

        def skips(self, _: Article) -> None:
            return None

    def test_as_much_is_read_ahead_as_may_be(self) -> None:
        parts = [[(n, said(n)) for n in range(first, first + 3)] for first in range(0, 30, 3)]
        found = [pair for part in ahead(self.Late(), parts) for pair in part]
        assert found == [(n, f"a{n}") for n in range(30)]

    def test_errors_stand_where_their_articles_stood(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(execute, "CHUNK", 3)
        bad = [ArticleError(execute.Location(f"line {n}"), "is not JSON.") for n in range(5)]
        found = [said(0), bad[0], said(1), bad[1], bad[2], said(2), said(3), bad[3], bad[4]]
        told = [each if isinstance(each, ArticleError) else each[1] for each in read_through(self.Late(), found)]  # type: ignore[arg-type]
        assert told == ["a0", bad[0], "a1", bad[1], bad[2], "a2", "a3", bad[3], bad[4]]

    def test_a_reader_that_fails_on_all_names_each(self) -> None:
        class Broken:
            def read_all(self, articles: list[Article]) -> Iterator[Reading]:
                raise ValueError(len(articles))

        found = read_each(Broken(), [said(1), said(2)])  # type: ignore[arg-type]
        assert [str(each).split(":")[0] for each in found] == ["a1", "a2"]


# --- the real reader: the same bytes whoever reads


NUMBER = 30


def archive() -> list[Article]:
    found = (each for each in read_articles(ARCHIVE) if isinstance(each, Article))
    return list(islice(found, NUMBER))


@pytest.fixture(scope="module")
def alone() -> list[str]:
    """What a ledger holds after one process has read the archive."""
    with open_tracker(rules=rules()) as tracker:
        tracker.ingest(archive())
        assert tracker.shifts()
        return list(tracker.ledger.export_canonical())


@pytest.fixture
def _in_small_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(execute, "CHUNK", 2)
    monkeypatch.setattr(execute, "AHEAD", 6)
    monkeypatch.setattr(intake, "BATCH", 6)


def once(action: Callable[[], None], at: int) -> Callable[[int], None]:
    """A progress that does something once, when so many articles are done."""
    waiting = [action]

    def progress(done: int) -> None:
        if done >= at and waiting:
            waiting.pop()()

    return progress


def test_articles_without_claims_move_nothing(alone: list[str]) -> None:
    """What the plan for a large archive rests on: they may be left out of the ledger."""
    told = {record["claim"]["article_id"] for record in map(json.loads, alone) if "claim" in record}
    kept = [each for each in archive() if each.id in told]
    assert 0 < len(kept) < NUMBER
    with open_tracker(rules=rules()) as tracker:
        tracker.ingest(kept)
        found = list(tracker.ledger.export_canonical())
    assert set(found) < set(alone)
    assert len(alone) - len(found) == NUMBER - len(kept)


@pytest.mark.usefixtures("_in_small_parts")
def test_processes_of_which_one_is_killed_leave_the_same_ledger(
    alone: list[str], started: list[subprocess.Popen[bytes]]
) -> None:
    with open_tracker(rules=rules()) as tracker:
        heard: list[str] = []
        tracker.on_shift(lambda shift: heard.append(shift.id))
        progress = once(lambda: os.kill(started[0].pid, signal.SIGKILL), at=1)
        report = tracker.ingest(archive(), workers=2, progress=progress)
        assert (report.read, report.unchanged, report.errors) == (NUMBER, 0, ())
        assert list(tracker.ledger.export_canonical()) == alone
        assert len(heard) == len(set(heard)) > 0
        again = tracker.ingest(archive(), workers=2)
        assert (again.read, again.unchanged) == (0, NUMBER)
    assert started[0].returncode == -signal.SIGKILL


@pytest.fixture
def scheduler(tmp_path: Path) -> Iterator[str]:
    """The address of a scheduler without workers."""
    place = tmp_path / "scheduler.json"
    command = ["scheduler", "--host", "127.0.0.1", "--port", "0", "--no-dashboard", "--scheduler-file", str(place)]
    with ran(command):
        while not place.exists() or not place.read_text(encoding="utf-8").strip():
            time.sleep(0.1)
        yield json.loads(place.read_text(encoding="utf-8"))["address"]


class ran:
    """A process of Dask, killed at the end of the block."""

    def __init__(self, words: list[str]) -> None:
        self.words = words

    def __enter__(self) -> subprocess.Popen[bytes]:
        command = [sys.executable, "-m", "dask", *self.words]
        self.process = subprocess.Popen(command, env=AROUND, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        return self.process

    def __exit__(self, *_: object) -> None:
        self.process.kill()
        self.process.wait()


def dask_worker(address: str) -> ran:
    return ran(["worker", address, "--nthreads", "1", "--no-nanny", "--no-dashboard", "--host", "127.0.0.1"])


def wait_for(scheduler: str, workers: int) -> None:
    from distributed import Client

    with Client(scheduler, set_as_default=False) as client:  # type: ignore[no-untyped-call]
        client.wait_for_workers(workers, timeout=60)


@pytest.mark.usefixtures("_in_small_parts")
def test_a_cluster_of_which_a_worker_is_killed_leaves_the_same_ledger(
    alone: list[str], scheduler: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with open_tracker(rules=rules()) as tracker, pytest.raises(ConfigError, match="has no worker"):
        tracker.ingest(archive(), scheduler=scheduler)
    with dask_worker(scheduler) as first, dask_worker(scheduler), open_tracker(rules=rules()) as tracker:
        wait_for(scheduler, 2)
        progress = once(lambda: os.kill(first.pid, signal.SIGKILL), at=1)
        report = tracker.ingest(archive(), scheduler=scheduler, progress=progress)
        assert (report.read, report.unchanged, report.errors) == (NUMBER, 0, ())
        assert first.wait(10) == -signal.SIGKILL
        assert list(tracker.ledger.export_canonical()) == alone
        assert tracker.ingest(archive(), scheduler=scheduler).unchanged == NUMBER
        other = {**execute.identity(), "spacy": "0.1"}
        monkeypatch.setattr(execute, "identity", lambda: other)
        with pytest.raises(ConfigError, match=r"worker tcp://.* and not 0\.1"):
            tracker.ingest([said(1)], scheduler=scheduler)


UNGUARDED = """
from policytrack import open_tracker
report = open_tracker("watch.db").ingest("archive.jsonl", workers=2)
print(report.read, len(report.errors))
"""


def test_a_script_without_a_guard_does_what_it_says(tmp_path: Path) -> None:
    """Workers load nothing of the script, so that it runs once."""
    (tmp_path / "archive.jsonl").write_text("".join(f"{each.model_dump_json()}\n" for each in archive()[:4]))
    (tmp_path / "script.py").write_text(UNGUARDED)
    done = subprocess.run(
        [sys.executable, "script.py"], cwd=tmp_path, env=AROUND, capture_output=True, text=True, timeout=120
    )
    assert (done.stdout, done.stderr, done.returncode) == ("4 0\n", "", 0)


# --- Ctrl-C


def commanded(words: list[str], folder: Path) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "policytrack", *words, "--db", "watch.db"]
    pipe = subprocess.PIPE
    return subprocess.Popen(command, cwd=folder, env=AROUND, stdout=pipe, stderr=pipe, text=True)


@pytest.mark.parametrize("who", [pytest.param([], marks=pytest.mark.long), ["--workers", "2"]], ids=["here", "workers"])
def test_ctrl_c_ends_after_a_batch_and_the_same_command_goes_on(who: list[str], tmp_path: Path) -> None:
    articles = [each for each in read_articles(ARCHIVE) if isinstance(each, Article)]
    (tmp_path / "archive.jsonl").write_text("".join(f"{each.model_dump_json()}\n" for each in articles))
    process = commanded(["ingest", "archive.jsonl", "-v", *who], tmp_path)
    assert process.stderr
    while "committed" not in (line := process.stderr.readline()):
        assert line, "it ended by itself"
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=120)
    assert (process.returncode, out) == (130, "")
    told = re.search(
        r"^(\d+) articles read\. The same command goes on from there\.\nStopped\.[^\n]*\n\Z", err, re.MULTILINE
    )
    assert told and "Traceback" not in err
    recorded = int(told[1])
    assert recorded % intake.BATCH == 0 and recorded < len(articles)
    with open_tracker(tmp_path / "watch.db") as tracker:
        assert tracker.doctor().is_sound
        report = tracker.ingest(articles)
        assert (report.unchanged, report.read) == (recorded, len(articles) - recorded)
        assert list(tracker.ledger.export_canonical()) == _undisturbed(articles)


def test_a_crashed_run_leaves_no_workers_and_goes_on(alone: list[str], tmp_path: Path) -> None:
    (tmp_path / "archive.jsonl").write_text("".join(f"{each.model_dump_json()}\n" for each in archive()))
    process = commanded(["ingest", "archive.jsonl", "-v", "--workers", "2"], tmp_path)
    try:
        while not (children := _children(process.pid)) and process.poll() is None:
            time.sleep(0.05)
    finally:
        process.kill()
        process.communicate()
    assert children
    waited = time.monotonic() + 60
    while any(_is_there(child) for child in children) and time.monotonic() < waited:
        time.sleep(0.1)
    assert not any(_is_there(child) for child in children)
    with open_tracker(tmp_path / "watch.db") as tracker:
        tracker.ingest(archive())
        assert list(tracker.ledger.export_canonical()) == alone


def _children(pid: int) -> list[int]:
    found = Path(f"/proc/{pid}/task/{pid}/children")
    others = [each for each in Path(f"/proc/{pid}/task").glob("*/children") if each != found]
    return [int(word) for each in (found, *others) if each.exists() for word in each.read_text().split()]


def _is_there(pid: int) -> bool:
    """Whether a process runs, and is not only left to be counted by whoever started it."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def _undisturbed(articles: list[Article]) -> list[str]:
    with open_tracker() as tracker:
        tracker.ingest(articles)
        return list(tracker.ledger.export_canonical())
