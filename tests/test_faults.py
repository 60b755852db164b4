"""What goes wrong around a ledger: disks, files, locks, clocks, others who write. Nothing recorded is lost by it."""

from __future__ import annotations

import datetime
import os
import resource
import shutil
import signal
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import pytest
from sqlalchemy import event, make_url
from typer.testing import CliRunner

from policytrack import intake
from policytrack.alerts import hooks
from policytrack.cli import app
from policytrack.errors import LedgerError
from policytrack.ledger import LedgerChange, database
from policytrack.model import Article, Shift
from policytrack.moments import Clock as AnyClock
from policytrack.moments import system_clock
from policytrack.tracker import Tracker, open_tracker
from tests import postgres
from tests.test_changes import all_of, standing
from tests.test_tracker import BANNED, CORK, LIFTED, NOW, SALT, TAXED, UNTAXED, Clock, Reader, canonical, house, news

LONG = "A long report. " * 20_000


def opened(place: str | Path, clock: AnyClock | None = None) -> Tracker:
    return open_tracker(place, rules=house(), clock=clock or Clock(), extractor=Reader())


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A ledger of one article."""
    with opened(tmp_path / "watch.db") as tracker:
        tracker.ingest(news("a", "2024-11-12", LIFTED))
    return tmp_path / "watch.db"


def held(place: str | Path) -> list[str]:
    """What a sound ledger holds."""
    with opened(place) as tracker:
        assert tracker.doctor().findings == ()
        return canonical(tracker)


def child(work: Callable[[], object]) -> int:
    """The process that does some work and ends; its exit code is 0 where nothing was raised."""
    process = os.fork()
    if process:
        return process
    code = 1
    try:
        work()
        code = 0
    finally:
        os._exit(code)


def ended(*processes: int) -> list[int]:
    return [os.waitstatus_to_exitcode(os.waitpid(process, 0)[1]) for process in processes]


class TestAFullDisk:
    def test_a_file_that_cannot_grow_keeps_what_it_had(self, path: Path) -> None:
        before = held(path)
        with opened(path) as tracker:
            _limit_pages(tracker, 60)
            with pytest.raises(LedgerError, match=r"watch\.db cannot grow: the disk is full\. Nothing of the last"):
                tracker.ingest([news("b", "2024-12-01", BANNED), news("c", "2024-12-02", TAXED, text=LONG)])
            assert canonical(tracker) == before
            _limit_pages(tracker, 1_000_000)
            assert tracker.ingest(news("b", "2024-12-01", BANNED)).read == 1
        assert len(held(path)) > len(before)

    def test_batches_before_it_are_kept(self, path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(intake, "BATCH", 1)
        articles = [news("b", "2024-12-01", BANNED), news("c", "2024-12-02", TAXED, text=LONG)]
        with opened(path) as tracker:
            _limit_pages(tracker, 60)
            with pytest.raises(LedgerError, match="disk is full"):
                tracker.ingest(articles)
        assert [line for line in held(path) if line.startswith('{"article"') and '"id":"b"' in line]
        with opened(path) as tracker:
            report = tracker.ingest(articles)
            assert (report.read, report.unchanged) == (1, 1)

    def test_files_that_may_not_grow(self, path: Path) -> None:
        """By the system's own limit, also of the log beside the file."""
        before = held(path)

        def limited() -> None:
            signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
            resource.setrlimit(resource.RLIMIT_FSIZE, (150_000, 150_000))
            with (
                opened(path) as tracker,
                pytest.raises(LedgerError, match=r"watch\.db cannot (grow|be read or written)"),
            ):
                tracker.ingest(news("c", "2024-12-02", TAXED, text=LONG))

        assert ended(child(limited)) == [0]
        assert held(path) == before

    def test_the_readings_of_a_rerun(self, path: Path) -> None:
        before = held(path)

        def limited() -> None:
            signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
            told = r"watch\.db\.rerun: cannot be written: File too large\. Check the folder and the disk"
            with opened(path) as tracker:
                tracker.shifts()
                resource.setrlimit(resource.RLIMIT_FSIZE, (100, 100))
                with pytest.raises(LedgerError, match=told):
                    tracker.rerun()

        assert ended(child(limited)) == [0]
        assert held(path) == before
        with opened(path) as tracker:
            assert tracker.rerun().unchanged == 1
        assert not path.with_name("watch.db.rerun").exists()

    def test_the_readings_of_a_rerun_of_a_server(self) -> None:
        place = postgres.url()
        with opened(place) as tracker:
            tracker.ingest(news("a", "2024-11-12", LIFTED))

        def limited() -> None:
            signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
            resource.setrlimit(resource.RLIMIT_FSIZE, (100, 100))
            with opened(place) as tracker, pytest.raises(LedgerError, match=r"^/.*: cannot be written: File too large"):
                tracker.rerun()

        assert ended(child(limited)) == [0]
        assert held(place)


def _limit_pages(tracker: Tracker, pages: int) -> None:
    with tracker.ledger._database.engine.connect() as connection:
        connection.connection.cursor().execute(f"PRAGMA max_page_count={pages}")


class TestALock:
    def test_one_who_waits_too_long_loses_nothing(
        self, path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(database, "BUSY_SECONDS", 0.1)
        before = held(path)
        (tmp_path / "b.jsonl").write_text(news("b", "2024-12-01", text="Nothing of note.").model_dump_json() + "\n")
        words = ["ingest", str(tmp_path / "b.jsonl"), "--db", str(path)]
        with _held_by_another(path):
            done = CliRunner().invoke(app, words)
            assert done.exit_code == 4
            assert f"{path} is locked: another process writes to it. Try again when that has ended." in done.stderr
            assert CliRunner().invoke(app, ["states", "--db", str(path)]).exit_code == 0, "reading waits for nobody"
        assert held(path) == before
        assert CliRunner().invoke(app, words).exit_code == 0

    def test_hooks_that_have_run_are_run_again_where_that_could_not_be_recorded(
        self, path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(database, "BUSY_SECONDS", 0.1)
        heard: list[str] = []
        with opened(path) as tracker:

            def hook(shift: Shift) -> None:
                heard.append(shift.policy)
                if len(heard) == 1:
                    other.execute("BEGIN IMMEDIATE")

            other = sqlite3.connect(path, isolation_level=None)
            tracker.on_shift(hook)
            with pytest.raises(LedgerError, match="is locked"):
                tracker.ingest(news("b", "2024-12-02", TAXED))
            other.close()
            assert tracker.ingest([]).alert_errors == ()
            tracker.ingest([])
        assert heard == [SALT, SALT]


@contextmanager
def _held_by_another(path: Path) -> Iterator[None]:
    """Another process writes to the ledger, until the block ends."""
    ready, done = os.pipe(), os.pipe()

    def hold() -> None:
        connection = sqlite3.connect(path, isolation_level=None)
        connection.execute("BEGIN IMMEDIATE")
        os.write(ready[1], b"1")
        os.read(done[0], 1)

    process = child(hold)
    os.read(ready[0], 1)
    try:
        yield
    finally:
        os.write(done[1], b"1")
        assert ended(process) == [0]


class TestTheFile:
    @pytest.mark.parametrize("put", ["nothing", "a copy", "rubbish", "a folder"])
    def test_one_that_is_moved_while_it_is_open_takes_nothing_more(self, path: Path, put: str) -> None:
        with opened(path) as tracker:
            tracker.ingest(news("b", "2024-12-01", BANNED))
            kept = path.rename(path.with_name("moved.db"))
            if put == "a copy":
                shutil.copy(kept, path)
            elif put == "rubbish":
                path.write_bytes(b"rubbish")
            elif put == "a folder":
                path.mkdir()
            told = r"watch\.db was moved, deleted or replaced while it was open; nothing more is written\. Put it back"
            with pytest.raises(LedgerError, match=told):
                tracker.ingest(news("c", "2024-12-02", TAXED))
            with pytest.raises(LedgerError, match=told):
                tracker.shifts()
            if put == "a folder":
                path.rmdir()
            kept.replace(path)
            assert tracker.ingest(news("c", "2024-12-02", TAXED)).read == 1
        assert len([line for line in held(path) if line.startswith('{"article"')]) == 3

    def test_one_that_is_moved_between_reading_and_recording(self, path: Path) -> None:
        with opened(path) as tracker:

            def away(_: int) -> None:
                path.rename(path.with_name("moved.db"))

            with pytest.raises(LedgerError, match="was moved, deleted or replaced"):
                tracker.ingest(news("b", "2024-12-01", BANNED), progress=away)
        assert not path.exists(), "no second ledger is made in its place"

    @pytest.mark.parametrize("what", ["file", "folder"])
    def test_one_that_may_not_be_written(self, path: Path, what: str, monkeypatch: pytest.MonkeyPatch) -> None:
        before, access = path.read_bytes(), os.access
        forbidden = path if what == "file" else path.parent
        # Root may write whatever the permissions say, so the test says it for the operating system.
        monkeypatch.setattr("os.access", lambda place, mode: Path(place) != forbidden and access(place, mode))
        with opened(path) as tracker:
            assert len(tracker.shifts()) == 1
            for write in (lambda: tracker.ingest(news("b", "2024-12-01", BANNED)), tracker.rerun):
                with pytest.raises(
                    LedgerError, match=r"watch\.db is read-only\. Make the file and its folder writable"
                ):
                    write()
        assert path.read_bytes() == before

    @pytest.mark.parametrize(
        ("content", "message"),
        [
            (None, "is a folder; a ledger is a file"),
            (b"\x00" * 5000, "is not an SQLite file"),
            (b"SQLite format 3\x00" + b"\xff" * 5000, "is not an SQLite file|is damaged"),
            (b"xx", "is not an SQLite file"),
            ("bookmarks.db".encode("utf-16"), "is not an SQLite file"),
        ],
    )
    def test_rubbish_is_told_and_left_alone(self, tmp_path: Path, content: bytes | None, message: str) -> None:
        place = tmp_path / "watch.db"
        place.mkdir() if content is None else place.write_bytes(content)
        for words in (["ingest", str(tmp_path)], ["states"], ["ledger", "doctor"], ["ledger", "changes"]):
            done = CliRunner().invoke(app, [*words, "--db", str(place)])
            assert (done.exit_code, str(place) in done.stderr) == (4, True), done.stderr
            assert any(part in done.stderr for part in message.split("|")), done.stderr
        assert place.is_dir() if content is None else place.read_bytes() == content


class TestClocks:
    def test_one_that_goes_backwards(self) -> None:
        clock = Clock()
        told: list[tuple[datetime.datetime, list[Shift]]] = []
        with opened(":memory:", clock) as tracker:
            for number, article in enumerate(_interleaved("x")):
                tracker.ingest(article)
                moments = tracker.ledger.moments()
                assert moments is not None and all(moments[1] > known for known, _ in told)
                told.append((moments[1], [*tracker.shifts()]))
                clock.wind(hours=-number * 7)
            for known, answer in told:
                assert list(tracker.shifts(known=known)) == answer
            assert tracker.doctor().is_sound

    def test_one_that_was_far_ahead(self) -> None:
        clock = Clock(NOW.replace(year=2199))
        with opened(":memory:", clock) as tracker:
            tracker.ingest(news("a", "2024-11-12", LIFTED))
            clock.now = NOW
            tracker.ingest(news("b", "2024-12-20", BANNED))
            assert [shift.occurred_on for shift in tracker.shifts()] == ["2024-11-12", "2024-12-20"]
            assert [shift.occurred_on for shift in tracker.shifts(known=NOW.replace(year=2199))] == ["2024-11-12"]
            assert tracker.doctor().is_sound

    def test_one_at_the_end_of_time(self, tmp_path: Path) -> None:
        last = datetime.datetime.max.replace(tzinfo=datetime.UTC)
        with opened(tmp_path / "watch.db", lambda: last) as tracker:
            tracker.ingest(news("a", "2024-11-12", LIFTED))
            for assumed in (None, "published"):
                with pytest.raises(LedgerError, match=r"no moment comes after that: a clock was wrong\. Restore it"):
                    tracker.ingest(news("b", "2024-12-20", BANNED), assume_seen=assumed)  # type: ignore[arg-type]
            assert len(tracker.shifts()) == 1


def _interleaved(name: str) -> list[Article]:
    """Articles that contradict, confirm and revise each other, about the same policies."""
    said = (LIFTED, TAXED, BANNED, UNTAXED, LIFTED, BANNED)
    made = [news(f"{name}{at}", f"2024-0{at + 1}-12", one, publisher=name) for at, one in enumerate(said)]
    return [*made, news(f"{name}0", "2024-01-12", BANNED, text="Other words of the first.", publisher=name)]


@pytest.fixture(params=["file", "server"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Where a new ledger may be: in a file, and on a server."""
    return str(tmp_path / "watch.db") if request.param == "file" else postgres.url()


class TestSeveralAtOnce:
    NAMES = ("x", "y", "z")

    def test_they_come_to_what_one_would(self, place: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        """Three processes and no ledger yet: one of them makes it, and all record, hook and follow."""
        monkeypatch.setattr(intake, "BATCH", 2)

        def write(name: str) -> None:
            with opened(place, system_clock) as tracker:
                tracker.on_shift(lambda shift: _note(tmp_path / "heard", shift.id))
                for article in _interleaved(name):
                    tracker.ingest([article, news("common", "2024-05-05", TAXED)])

        writers = [child(lambda name=name: write(name)) for name in self.NAMES]  # type: ignore[misc]
        followed = _followed(place, writers)
        assert [code for writer, code in followed[1].items() if code] == []
        with opened(tmp_path / "alone.db") as alone:
            for name in self.NAMES:
                alone.ingest(_interleaved(name))
            alone.ingest(news("common", "2024-05-05", TAXED))
            assert held(place) == canonical(alone)
        with opened(place) as tracker:
            assert followed[0] == all_of(tracker) == all_of(tracker, at_most=1)
            standing(followed[0])
            moments = [*dict.fromkeys(change.recorded_at for change in followed[0])]
            assert moments == sorted(moments) and len(moments) == len({change.cursor for change in followed[0]})
            heard = (tmp_path / "heard").read_text().split()
            assert sorted(heard) == sorted(set(heard)), "a shift was announced twice"
        announced = {change.id for change in followed[0] if change.of == "shift" and change.change == "ADD"}
        assert set(heard) <= announced

    def test_what_is_left_to_announce_is_announced_once(self, place: str, tmp_path: Path) -> None:
        def stopped(_: Shift) -> None:
            raise KeyboardInterrupt

        def slowly(shift: Shift) -> None:
            time.sleep(0.1)
            _note(tmp_path / "heard", shift.id)

        stopped.__qualname__ = slowly.__qualname__  # the same function, to those who go by its name
        with opened(place) as tracker:
            tracker.on_shift(stopped)
            with pytest.raises(KeyboardInterrupt):
                tracker.ingest([news("a", "2024-11-12", LIFTED), news("b", "2024-11-13", TAXED)])
            waiting = [shift.id for shift in tracker.shifts()]

        def announce() -> None:
            with opened(place) as one:
                one.on_shift(slowly)
                one.ingest([])

        assert ended(*[child(announce) for _ in range(4)]) == [0] * 4
        assert len(waiting) == 2 and sorted((tmp_path / "heard").read_text().split()) == sorted(waiting)

    def test_one_who_waits_too_long_for_the_hooks_of_another_leaves_it_to_the_next_run(
        self, place: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(hooks, "PATIENCE", 0.1)
        entered, leave, heard = threading.Event(), threading.Event(), list[str]()

        def slow(shift: Shift) -> None:
            heard.append(shift.policy)
            entered.set()
            leave.wait(20)

        def fast(shift: Shift) -> None:
            heard.append(shift.policy)

        fast.__qualname__ = slow.__qualname__  # the same function, to those who go by its name

        def first() -> None:
            with opened(place) as one:
                one.on_shift(slow)
                one.ingest(news("a", "2024-11-12", LIFTED))

        thread = threading.Thread(target=first)
        thread.start()
        assert entered.wait(20)
        with opened(place) as other:
            other.on_shift(fast)
            [told] = other.ingest(news("b", "2024-12-01", TAXED)).alert_errors
            assert "another process has been calling its functions and commands for 0.1 s" in str(told)
            leave.set()
            thread.join()
            assert (heard, len(other.shifts())) == ([CORK], 2)
            assert other.ingest([]).alert_errors == ()
            assert other.ledger.outbox.waiting() == []
        assert heard == [CORK, SALT]

    def test_a_hook_may_take_articles_in(self, place: str) -> None:
        heard: list[str] = []
        with opened(place) as tracker:

            def hook(shift: Shift) -> None:
                heard.append(shift.policy)
                tracker.ingest(news("b", "2024-12-01", TAXED))

            tracker.on_shift(hook)
            assert tracker.ingest(news("a", "2024-11-12", LIFTED)).alert_errors == ()
            assert tracker.ledger.outbox.waiting() == []
        assert heard == [CORK, SALT]


def _note(path: Path, line: str) -> None:
    file = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT)
    os.write(file, f"{line}\n".encode())
    os.close(file)


def _followed(place: str, writers: Sequence[int]) -> tuple[list[LedgerChange], dict[int, int]]:
    """What one hears who asks for changes again and again while others write, and how each of them ended."""
    heard: list[LedgerChange] = []
    codes: dict[int, int] = {}
    cursor = 0
    while True:
        last = len(codes) == len(writers)
        with opened(place) as tracker:
            if tracker.ledger.is_there():
                part = tracker.changes(cursor, at_most=2)
                heard.extend(part.changes)
                cursor = part.cursor
                if last and not part.more:
                    return heard, codes
        for writer in {*writers} - codes.keys():
            process, status = os.waitpid(writer, os.WNOHANG)
            if process:
                codes[writer] = os.waitstatus_to_exitcode(status)


class TestAServer:
    @pytest.mark.parametrize("level", ["repeatable read", "serializable"])
    def test_one_that_prescribes_a_stricter_level(self, level: str) -> None:
        """There one who waited for the lock would see what stood before: two would record at one moment."""
        url = make_url(postgres.url())
        options = f"{url.query['options']} -cdefault_transaction_isolation={level.replace(' ', chr(92) + ' ')}"
        strict = url.update_query_dict({"options": options}).render_as_string(hide_password=False)
        with opened(strict) as first, opened(strict) as second:
            first.ingest(news("a", "2024-11-12", LIFTED))
            entered, thread = threading.Event(), threading.Thread(
                target=lambda: second.ingest([news("c", "2024-12-02", TAXED), news("b", "2024-12-01", BANNED)])
            )  # fmt: skip

            def pause(_: object, __: object, words: str, *___: object) -> None:
                if words.startswith("INSERT INTO batches") and not entered.is_set():
                    entered.set()
                    thread.start()
                    time.sleep(0.5)

            event.listen(first.ledger._database.engine, "before_cursor_execute", pause)
            first.ingest(news("b", "2024-12-01", BANNED))
            thread.join()
            assert [change.change for change in all_of(second) if change.of == "claim"] == ["ADD"] * 3
            moments = {change.recorded_at for change in all_of(second)}
            assert len(moments) == 3
            assert second.doctor().is_sound

    def test_one_that_is_shut_down_in_the_midst_of_a_batch(self, tmp_path: Path) -> None:
        with postgres.own_server() as server:
            with opened(server.url) as tracker:
                tracker.ingest(news("a", "2024-11-12", LIFTED))

                def stop(_: object, __: object, words: str, *___: object) -> None:
                    if words.startswith("INSERT INTO batches"):
                        server.stop_at_once()

                engine = tracker.ledger._database.engine
                event.listen(engine, "before_cursor_execute", stop)
                with pytest.raises(LedgerError, match=r"Nothing of the last batch was kept|Check the address"):
                    tracker.ingest(news("b", "2024-12-01", BANNED))
                event.remove(engine, "before_cursor_execute", stop)
                with pytest.raises(LedgerError, match="Check the address and the user, and that the server runs"):
                    tracker.shifts()
                server.start()
                assert [shift.occurred_on for shift in tracker.shifts()] == ["2024-11-12"]
                assert tracker.doctor().is_sound
                assert tracker.ingest(news("b", "2024-12-01", BANNED)).read == 1
            with opened(tmp_path / "undisturbed.db") as undisturbed:
                undisturbed.ingest([news("a", "2024-11-12", LIFTED), news("b", "2024-12-01", BANNED)])
                assert held(server.url) == canonical(undisturbed)
