"""What falls due reaches hooks: each end and each entry into force once for its date, whatever happens meanwhile."""

from __future__ import annotations

import os
import shlex
import shutil
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from policytrack.alerts import Payload, hooks
from policytrack.alerts.payload import DueAlert
from policytrack.cli import app
from policytrack.dues import Due
from policytrack.errors import ConfigError, LedgerError
from policytrack.ledger import Ledger
from policytrack.model import Article, Shift
from policytrack.packs import Rules, load_rules
from policytrack.tracker import Tracker, open_tracker
from tests import postgres
from tests.test_due import NOW, state
from tests.test_faults import child, ended
from tests.test_migrations import FIXTURES
from tests.test_tracker import CORK, LIFTED, PACK, SALT, TAXED, Clock, Reader, canonical, house, news, rules_folder

UNTIL = {**LIFTED, "expires": "2026-01-20"}
FROM = {**TAXED, "in_force": "2026-01-09"}
ENDS, STARTS = (CORK, "ends", "2026-01-20"), (SALT, "comes_into_force", "2026-01-09")
ENDED = "2026-01-20"


def told(*dues: Due) -> list[tuple[str, str, str]]:
    return [(due.policy, due.what, due.on) for due in dues]


@pytest.fixture(params=["file", "server"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Where a new ledger may be: in a file, and on a server."""
    return str(tmp_path / "watch.db") if request.param == "file" else postgres.url()


def opened(place: str | Path, hook: Callable[[Due], object] | None = None, rules: Rules | None = None) -> Tracker:
    tracker = open_tracker(place, rules=rules or house(), clock=Clock(), extractor=Reader())
    if hook is not None:
        tracker.on_due(hook)
    return tracker


def filled(place: str | Path, *articles: Article) -> str | Path:
    """The place of a ledger of two dates that come, and of what is more."""
    with opened(place) as tracker:
        tracker.ingest([news("a", "2025-12-01", UNTIL), news("b", "2025-12-02", FROM), *articles])
    return place


class TestOnce:
    def test_each_date_once_the_next_to_come_first(self, place: str) -> None:
        heard: list[Due] = []
        for expected in ([STARTS, ENDS], []):
            with opened(filled(place), heard.append) as tracker:
                report = tracker.announce_due("30d")
                assert (told(*report.called), report.alert_errors) == (expected, ())
        assert told(*heard) == [STARTS, ENDS]
        assert [due.state.policy for due in heard] == [SALT, CORK]
        assert heard[0].state.scheduled and heard[0].state.scheduled.status == "in_force"
        assert heard[1].state.until == "2026-01-20"

    def test_a_shorter_time_first_and_the_rest_later(self, place: str) -> None:
        heard: list[Due] = []
        with opened(filled(place), heard.append) as tracker:
            tracker.announce_due("7d")
            assert told(*heard) == [STARTS]
            tracker.announce_due("30d", policy="pt.oil.*")
            assert told(*heard) == [STARTS]
            tracker.announce_due("30d", policy=CORK)
        assert told(*heard) == [STARTS, ENDS]

    def test_every_function_is_called(self, place: str) -> None:
        heard: list[tuple[int, str]] = []
        with opened(filled(place), lambda due: heard.append((1, due.policy))) as tracker:
            tracker.on_due(lambda due: heard.append((2, due.policy)))
            tracker.announce_due("7d")
        assert heard == [(1, SALT), (2, SALT)]

    def test_without_functions_nothing_is_marked(self, place: str) -> None:
        heard: list[Due] = []
        with opened(filled(place)) as tracker:
            assert tracker.announce_due("30d") == ((), ())
            tracker.on_due(heard.append)
            tracker.announce_due("30d")
        assert told(*heard) == [STARTS, ENDS]

    def test_what_is_told_again_is_no_other_date(self, place: str) -> None:
        heard: list[Due] = []
        with opened(filled(place), heard.append) as tracker:
            tracker.announce_due("30d")
            tracker.ingest(news("c", "2025-12-03", UNTIL, publisher="Other"))
            assert len(tracker.states(due="30d", policy=CORK)[0].claims) == 2
            tracker.announce_due("30d")
        assert told(*heard) == [STARTS, ENDS]

    def test_a_date_that_moves_is_another(self, place: str) -> None:
        heard: list[Due] = []
        with opened(filled(place), heard.append) as tracker:
            tracker.announce_due("30d")
            prolonged = {**UNTIL, "operation": "extend", "expires": "2026-01-25"}
            tracker.ingest(news("c", "2025-12-20", prolonged))
            assert [each.until for each in tracker.states(due="30d", policy=CORK)] == ["2026-01-25"]
            tracker.announce_due("30d")
        assert told(*heard) == [STARTS, ENDS, (CORK, "ends", "2026-01-25")]

    @pytest.mark.parametrize(("on", "due", "expected"), [("2026-01-21", "30d", []), (ENDED, "0d", [ENDS])])
    def test_what_is_past_is_not_due(self, tmp_path: Path, on: str, due: str, expected: list[object]) -> None:
        with opened(filled(tmp_path / "watch.db"), lambda _: None) as tracker:
            assert told(*tracker.announce_due(due, on=on).called) == expected

    def test_the_end_of_one_and_the_beginning_of_the_other_on_one_day_are_two(self, tmp_path: Path) -> None:
        heard: list[Due] = []
        with opened(tmp_path / "watch.db", heard.append) as tracker:
            with tracker.ledger.batch(lambda _: NOW, "0" * 32) as batch:
                batch.put_states(CORK, [state(CORK, until="2026-01-09", scheduled="2026-01-09")])
            tracker.announce_due("7d")
            tracker.announce_due("7d")
        assert told(*heard) == [(CORK, "ends", "2026-01-09"), (CORK, "comes_into_force", "2026-01-09")]

    def test_under_another_id_of_the_policy_it_is_the_same(self, place: str, tmp_path: Path) -> None:
        heard: list[Due] = []
        with opened(filled(place), heard.append) as tracker:
            tracker.announce_due("30d", policy=CORK)
        pack = PACK.replace("id: pt.cork.export\n", "id: pt.cork.sale\n").replace("[pt.bark.export]", f"[{CORK}]")
        pack = pack.replace(f"part_of: {CORK}", "part_of: pt.cork.sale")
        renamed = load_rules(rules_folder(tmp_path / "renamed", pack))
        for _ in range(2):  # as it was recorded, then under the new id
            with opened(place, heard.append, renamed) as tracker:
                tracker.announce_due("30d", policy="pt.cork.sale")
                tracker.ingest([])
                tracker.ingest(news("c", "2025-12-03"))
        with opened(place, heard.append, renamed) as tracker:
            assert [each.policy for each in tracker.states(due="30d", policy="pt.cork.*")] == ["pt.cork.sale"]
        assert told(*heard) == [ENDS]

    def test_what_stands_under_two_ids_is_one(self, place: str) -> None:
        heard: list[Due] = []
        with opened(place, heard.append) as tracker:
            tracker.ingest(news("a", "2025-12-01", UNTIL))
            with tracker.ledger.batch(lambda latest: latest or NOW, tracker.ledger.rules() or "") as batch:
                batch.put_states("pt.bark.export", [state("pt.bark.export", until=ENDED)])
            tracker.announce_due("30d")
        assert len(heard) == 1

    def test_nothing_that_stands_is_changed_by_it(self, place: str) -> None:
        with opened(filled(place), lambda _: None) as tracker:
            before, cursor, moments = canonical(tracker), tracker.changes().cursor, tracker.ledger.moments()
            tracker.announce_due("30d")
            after = canonical(tracker), tracker.changes().cursor, tracker.ledger.moments()
            assert after == (before, cursor, moments)
            assert tracker.doctor().findings == ()


class TestFailures:
    def test_a_failing_function_stops_no_other_and_is_not_called_again(self, place: str) -> None:
        heard: list[Due] = []

        def broken(_: Due) -> None:
            raise OSError("the desk is closed")

        with opened(filled(place), broken) as tracker:
            tracker.on_due(heard.append)
            report = tracker.announce_due("30d")
            assert told(*report.called) == told(*heard) == [STARTS, ENDS]
            first, second = map(str, report.alert_errors)
            assert "broken" in first and f"for {SALT}, which changes 2026-01-09: OSError: the desk is closed" in first
            assert f"{CORK}, which ends 2026-01-20" in second
            assert tracker.announce_due("30d") == ((), ())
            assert tracker.doctor().findings == ()

    def test_stopping_by_hand_leaves_it_to_the_next_call(self, place: str) -> None:
        stops, heard = [True], list[Due]()

        def notify(due: Due) -> None:
            if stops.pop() if stops else False:
                raise KeyboardInterrupt
            heard.append(due)

        with opened(filled(place), notify) as tracker, pytest.raises(KeyboardInterrupt):
            tracker.announce_due("30d")
        with opened(place, notify) as tracker:
            assert tracker.doctor().findings == ()
            tracker.announce_due("30d")
        assert told(*heard) == [STARTS, ENDS]

    def test_a_kill_between_call_and_mark_calls_twice_rather_than_never(self, place: str, tmp_path: Path) -> None:
        filled(place)

        def announce(*, dies: bool) -> None:
            def notify(due: Due) -> None:
                _note(tmp_path / "heard", due)
                if dies:
                    os.kill(os.getpid(), signal.SIGKILL)

            with opened(place, notify) as tracker:
                tracker.announce_due("30d")

        assert ended(child(lambda: announce(dies=True))) == [-signal.SIGKILL]
        assert ended(child(lambda: announce(dies=False))) == [0]
        assert (tmp_path / "heard").read_text().split() == [SALT, SALT, CORK]

    def test_what_a_kill_left_is_announced_even_when_it_is_past(self, place: str) -> None:
        stops, heard = [True], list[Due]()

        def notify(due: Due) -> None:
            if stops.pop() if stops else False:
                raise KeyboardInterrupt
            heard.append(due)

        with opened(filled(place), notify) as tracker, pytest.raises(KeyboardInterrupt):
            tracker.announce_due("30d")
        with opened(place, notify) as tracker:
            report = tracker.announce_due("30d", on="2026-01-10")
        assert told(*heard) == told(*report.called) == [STARTS, ENDS]

    def test_a_ledger_that_cannot_be_written_calls_nobody(self, tmp_path: Path) -> None:
        place, heard = filled(tmp_path / "watch.db"), list[Due]()
        with opened(place, heard.append) as tracker:
            tracker.announce_due("7d")
            with tracker.ledger._database.engine.connect() as connection:
                connection.exec_driver_sql("PRAGMA query_only=ON")
            with pytest.raises(LedgerError, match="read-only"):
                tracker.announce_due("30d")
        assert told(*heard) == [STARTS]

    @pytest.mark.parametrize("due", ["", "30", "-3d", "x", "999999w", "2025-01-01"])
    def test_what_is_no_time(self, tmp_path: Path, due: str) -> None:
        with (
            opened(filled(tmp_path / "watch.db"), lambda _: None) as tracker,
            pytest.raises(ConfigError, match="due"),
        ):
            tracker.announce_due(due)

    def test_what_is_no_ledger(self, tmp_path: Path) -> None:
        with (
            opened(tmp_path / "none.db", lambda _: None) as tracker,
            pytest.raises(LedgerError, match="there is no ledger"),
        ):
            tracker.announce_due("30d")
        assert not (tmp_path / "none.db").exists()


class TestSeveralAtOnce:
    def test_processes_that_call_at_once_call_once(self, place: str, tmp_path: Path) -> None:
        filled(place)

        def announce() -> None:
            def slowly(due: Due) -> None:
                time.sleep(0.1)
                _note(tmp_path / "heard", due)

            with opened(place, slowly) as one:
                one.announce_due("30d")

        assert ended(*[child(announce) for _ in range(4)]) == [0] * 4
        assert sorted((tmp_path / "heard").read_text().split()) == sorted([CORK, SALT])

    def test_one_who_waits_too_long_leaves_it_to_the_next_run(
        self, place: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(hooks, "PATIENCE", 0.1)
        filled(place)
        entered, leave, heard = threading.Event(), threading.Event(), list[str]()

        def slow(due: Due) -> None:
            heard.append(due.policy)
            entered.set()
            leave.wait(20)

        def first() -> None:
            with opened(place, slow) as one:
                one.announce_due("7d")

        thread = threading.Thread(target=first)
        thread.start()
        assert entered.wait(20)

        def fast(due: Due) -> None:
            heard.append(due.policy)

        fast.__qualname__ = slow.__qualname__  # the same function, to those who go by its name
        with opened(place, fast) as other:
            report = other.announce_due("30d")
            assert report.called == ()
            [error] = report.alert_errors
            assert "another process has been calling its functions and commands for 0.1 s" in str(error)
            leave.set()
            thread.join()
            other.announce_due("30d")
        assert heard == [SALT, CORK]

    def test_a_function_may_announce_and_take_articles_in(self, place: str) -> None:
        heard: list[str] = []
        shifts: list[Shift] = []
        with opened(filled(place)) as tracker:

            def hook(due: Due) -> None:
                heard.append(due.policy)
                tracker.ingest(news("c", "2025-12-05", {**LIFTED, "policy": "pt.oil.export"}))
                assert due.policy not in told(*tracker.announce_due("30d").called)

            tracker.on_due(hook)
            tracker.on_shift(shifts.append)
            assert tracker.announce_due("30d").alert_errors == ()
        assert (sorted(heard), [shift.policy for shift in shifts]) == ([CORK, SALT], ["pt.oil.export"])


@pytest.mark.parametrize("fixture", FIXTURES, ids=lambda path: path.stem)
def test_an_older_ledger_is_brought_forward_before_anybody_is_called(fixture: Path, tmp_path: Path) -> None:
    shutil.copy(fixture, tmp_path / "old.db")
    ledger, heard, made = Ledger(tmp_path / "old.db"), list[Due](), hooks.Hooks()
    found = ledger.states(NOW)[0]
    due = Due(policy=found.policy, what="ends", on=ENDED, state=found)
    made.add(heard.append, made.dues)
    for expected in ([due], []):
        report = hooks.call_for_dues(ledger, house(), [due], lambda name: [name], made, lambda: NOW)
        assert [(each.policy, each.on) for each in report.called if each.on == ENDED] == [
            (each.policy, each.on) for each in expected
        ]
    assert due in heard and ledger.findings() == []


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., Result]]:
    """What `states` says of a ledger of two dates that come."""
    path = tmp_path / "watch.db"
    filled(path)
    monkeypatch.chdir(tmp_path)
    rules = rules_folder(tmp_path / "rules")

    def runs(*words: str) -> Result:
        flags = ["--db", str(path), "--rules", str(rules), "--on", "2026-01-02"]
        return CliRunner().invoke(app, ["states", *words, *flags])

    return runs


def script(code: str) -> str:
    return f"{shlex.quote(sys.executable)} -c {shlex.quote(code)}"


APPEND = "import sys; open('told', 'a').write(sys.stdin.read() + '\\n')"


class TestTheCommand:
    def test_it_is_called_once_for_each(self, run: Callable[..., Result], tmp_path: Path) -> None:
        for expected in ("called --exec for 2", "called --exec for nothing new"):
            done = run("--due", "30d", "--exec", script(APPEND), "--format", "jsonl")
            assert (done.exit_code, len(done.stdout.splitlines())) == (0, 2), done.stderr
            assert expected in done.stderr
        told = [Payload.model_validate_json(line) for line in (tmp_path / "told").read_text().splitlines()]
        assert [each.type for each in told] == ["policy.comes_into_force", "policy.ends"]
        dues = [each.data for each in told if isinstance(each.data, DueAlert)]
        assert [(due.policy, due.what, due.on) for due in dues] == [STARTS, ENDS]
        assert [(due.status, due.to) for due in dues] == [("none", "in_force on 2026-01-09"), ("permitted", None)]

    def test_a_command_that_fails(self, run: Callable[..., Result], tmp_path: Path) -> None:
        failing = script("import sys; sys.exit('no such desk')")
        done = run("--due", "30d", "--exec", failing, "--exec", script(APPEND), "--exit-code", "-q")
        assert done.exit_code == 3
        for told in (f"for {SALT}, which changes 2026-01-09: exit code 1", f"for {CORK}, which ends 2026-01-20: exit"):
            assert told in done.stderr
        assert "its last line: no such desk. It is tried again from" in done.stderr
        assert len((tmp_path / "told").read_text().splitlines()) == 2
        assert CORK in done.stdout, "the answer is given all the same"
        again = run("--due", "30d", "--exec", failing, "--exit-code", "-q")
        assert (again.exit_code, again.stderr) == (1, ""), "it is left alone for a while"

    @pytest.mark.parametrize(
        ("words", "message"),
        [
            (["--exec", "true"], "--exec is called for what falls due: name a time with --due"),
            (["--due", "7d", "--exec", "true", "--known", "2026-01-01"], "leave out --exec, or --known"),
            (["--due", "7d", "--exec", "nosuchcommand"], "--exec 'nosuchcommand': there is no command"),
            (["--due", "7d", "--exec", ""], "exec is empty"),
            (["--due", "7x", "--exec", "true"], "due '7x' cannot be read"),
            (["--due", "30d", "--exec", script(APPEND), "--output", "no/such/file"], "cannot be written"),
            (["pt.corc.export", "--due", "7d", "--exec", script(APPEND)], "Did you mean 'pt.cork.export'?"),
        ],
    )
    def test_what_cannot_be_meant_calls_nobody(
        self, run: Callable[..., Result], tmp_path: Path, words: list[str], message: str
    ) -> None:
        done = run(*words)
        assert done.exit_code == 2 and message in done.stderr, done.stderr
        assert not (tmp_path / "told").exists()
        assert "called --exec for 2" in run("--due", "30d", "--exec", script(APPEND)).stderr, "and marks nothing"

    def test_a_ledger_that_is_not_there(self, tmp_path: Path) -> None:
        done = CliRunner().invoke(app, ["states", "--due", "7d", "--exec", "true", "--db", str(tmp_path / "none.db")])
        assert done.exit_code == 4 and "there is no ledger" in done.stderr


def _note(path: Path, due: Due) -> None:
    file = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT)
    os.write(file, f"{due.policy}\n".encode())
    os.close(file)
