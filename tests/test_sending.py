"""What is sent arrives, whatever fails: at least once, in order, and never silently lost. Against a real server."""

from __future__ import annotations

import collections
import datetime
import itertools
import json
import os
import signal
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, event
from sqlalchemy.engine.default import DefaultDialect

from policytrack.alerting import AnotherSends
from policytrack.alerts.channel import Retry
from policytrack.alerts.sending import LONGEST_WAIT, Outcome, is_due, pause
from policytrack.model import Article
from policytrack.tracker import Tracker, open_tracker
from tests import postgres
from tests.sites import Site, answer, drop, site, slow
from tests.test_faults import child, ended
from tests.test_tracker import BANNED, CORK, LIFTED, SALT, TAXED, Clock, Reader, house, news

HEARD = {**LIFTED, "status": "reported"}
RETRY = "{first: 10, factor: 2, longest: 60, jitter: 0, tries: 4}"


@pytest.fixture
def served() -> Iterator[Site]:
    with site() as found:
        found.pages["/hook"] = answer(200)
        yield found


@pytest.fixture(params=["file", "server"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    return str(tmp_path / "watch.db") if request.param == "file" else postgres.url()


class Desk:
    """A ledger whose one subscription goes to a webhook and to a file."""

    def __init__(self, place: str, folder: Path, url: str, more: str = "") -> None:
        self.place, self.folder, self.clock = place, folder, Clock()
        hook = f"{{webhook: '{url}', allow_private: [127.0.0.1], seconds: 1, retry: {RETRY}}}"
        (folder / "alerts.yaml").write_text(
            f"channels:\n  hook: {hook}\n  file: {{file: told.jsonl}}\nsubscriptions:\n"
            f"  - {{name: all, to: [hook, file]{more}}}\n"
        )
        with self.opened() as tracker:
            list(tracker.alerts(folder / "alerts.yaml").round())

    def opened(self) -> Tracker:
        return open_tracker(self.place, rules=house(), clock=self.clock, extractor=Reader())

    def takes(self, *articles: Article) -> None:
        with self.opened() as tracker:
            tracker.ingest(list(articles))
        self.clock.wind(seconds=1)

    def round(self, **passes: float) -> list[Outcome]:
        if passes:
            self.clock.wind(**passes)
        with self.opened() as tracker:
            return list(tracker.alerts(self.folder / "alerts.yaml").round())

    def told(self) -> list[str]:
        """The policies that the file was told of."""
        path = self.folder / "told.jsonl"
        lines = path.read_text().splitlines() if path.exists() else []
        return [json.loads(line)["data"]["policy"] for line in lines]

    def left(self) -> list[tuple[str, str, int]]:
        """What is not sent: the channel, how it stands, and how often it was tried."""
        with self.opened() as tracker:
            assert tracker.doctor().is_sound
            found = tracker.alerts().log()
            return [(str(line.channel), line.status, line.tries) for line in found if line.status != "sent"]


def received(served: Site) -> list[tuple[str, str]]:
    """The policies that the server was told of, as often as it was, and by which ids; of whole requests."""
    pairs = zip(served.posted, served.asked, strict=True)
    whole = [(body, headers) for body, (_, headers) in pairs if len(body) == int(headers["content-length"])]
    return [(json.loads(body)["data"]["policy"], str(headers["webhook-id"])) for body, headers in whole]


def policies(served: Site) -> list[str]:
    return [policy for policy, _ in received(served)]


def ids(served: Site) -> list[str]:
    return [name for _, name in received(served)]


NEWS = [news("a", "2024-11-12", HEARD), news("b", "2024-11-13", TAXED)]


class TestAReceiverThatFails:
    @pytest.mark.parametrize(
        ("failing", "told"),
        [
            (answer(500), "HTTP 500"),
            (answer(302, Location="http://169.254.169.254/"), "HTTP 302"),
            (drop, " 1 s."),
            (None, " 1 s."),
        ],
        ids=["500", "redirect", "cut after it was received", "silent"],
    )
    def test_is_asked_again_later_and_holds_up_no_other(
        self, place: str, tmp_path: Path, served: Site, failing: Any, told: str
    ) -> None:
        desk = Desk(place, tmp_path, served.address("/hook"))
        served.pages["/hook"] = [failing or slow(served, 3), answer(200)]
        desk.takes(*NEWS)
        found = desk.round()
        assert desk.told() == [CORK, SALT]
        [failed] = [each for each in found if each.channel == "hook"]
        assert failed.status == "waiting" and told in str(failed.failure), "and is left alone for a while"
        assert desk.left() == [("hook", "waiting", 1), ("hook", "waiting", 0)]
        assert desk.round(seconds=5) == [] or policies(served).count(CORK) == 1
        desk.round(seconds=10)
        assert desk.left() == []
        assert set(policies(served)) == {CORK, SALT}
        first = [each for each in ids(served) if each == ids(served)[0]]
        assert len(first) == 2, "what may have arrived comes again under the same id"

    def test_one_that_asks_to_be_left_alone_is(self, place: str, tmp_path: Path, served: Site) -> None:
        desk = Desk(place, tmp_path, served.address("/hook"))
        served.pages["/hook"] = [answer(429, Retry_After="300"), answer(200)]
        desk.takes(NEWS[0])
        desk.round()
        desk.round(seconds=200)
        assert len(served.posted) == 1
        desk.round(seconds=101)
        assert len(served.posted) == 2 and desk.left() == []

    def test_one_that_is_gone_for_good_is_asked_once(self, place: str, tmp_path: Path, served: Site) -> None:
        desk = Desk(place, tmp_path, served.address("/hook"))
        served.pages["/hook"] = answer(410)
        desk.takes(NEWS[0])
        desk.round()
        desk.round(days=1)
        assert len(served.posted) == 1 and desk.left() == [("hook", "dead", 1)]

    def test_one_that_never_answers_is_given_up_and_can_be_sent_to_again(
        self, place: str, tmp_path: Path, served: Site
    ) -> None:
        desk = Desk(place, tmp_path, served.address("/hook"))
        served.pages["/hook"] = answer(503)
        desk.takes(NEWS[0])
        for _ in range(8):
            desk.round(minutes=2)
        assert desk.left() == [("hook", "dead", 4)] and len(served.posted) == 4
        served.pages["/hook"] = answer(200)
        with desk.opened() as tracker:
            [line] = tracker.alerts().log(status="dead")
            assert line.told.startswith("HTTP 503")
            assert tracker.alerts().resend(str(line.id), channel="hook") == 1
        desk.round()
        assert desk.left() == [] and len({*ids(served)}) == 1

    def test_one_whose_message_kills_the_sender_is_given_up(self, tmp_path: Path, served: Site) -> None:
        desk = Desk(str(tmp_path / "watch.db"), tmp_path, served.address("/hook"))
        served.pages["/hook"] = slow(served, 3)
        desk.takes(NEWS[0])

        def killed() -> None:
            threading.Timer(0.4, lambda: os.kill(os.getpid(), signal.SIGKILL)).start()
            desk.round()

        assert ended(*[child(killed)]) == [-signal.SIGKILL]
        for _ in range(3):
            ended(child(killed))
        desk.round()
        assert desk.left() == [("hook", "dead", 4)] and len(served.posted) == 4

    def test_the_pauses_grow(self, place: str, tmp_path: Path, served: Site) -> None:
        desk = Desk(place, tmp_path, served.address("/hook"))
        served.pages["/hook"] = answer(500)
        desk.takes(NEWS[0])
        asked = []
        for second in range(200):
            desk.clock.now += datetime.timedelta(seconds=1)
            before = len(served.posted)
            if second % 10 == 0:
                desk.round()
            asked += [second] if len(served.posted) > before else []
        assert [after - before for before, after in itertools.pairwise(asked)] == [10, 20, 40]


class TestOrder:
    def test_of_a_policy_nothing_overtakes(self, place: str, tmp_path: Path, served: Site) -> None:
        desk = Desk(place, tmp_path, served.address("/hook"))
        served.pages["/hook"] = [answer(500), answer(500), answer(200)]
        desk.takes(NEWS[0])
        desk.round()
        desk.takes(news("d", "2024-12-01", BANNED))
        for _ in range(5):
            desk.round(seconds=61)
        kinds = [json.loads(body)["data"]["to"] for body in served.posted]
        assert kinds == ["permitted", "permitted", "permitted", "prohibited"]

    def test_a_message_that_is_refused_lets_those_of_other_policies_pass(
        self, place: str, tmp_path: Path, served: Site
    ) -> None:
        desk = Desk(place, tmp_path, served.address("/hook"))

        def picky(handler: BaseHTTPRequestHandler) -> None:
            answer(500 if policies(served)[-1] == CORK else 200)(handler)

        served.pages["/hook"] = picky
        desk.takes(*NEWS)
        for _ in range(3):
            desk.round(seconds=61)
        assert SALT in policies(served)
        assert ("hook", "waiting") in {line[:2] for line in desk.left()}


class TestKills:
    def test_a_receiver_that_answers_and_dies_has_had_it(self, place: str, tmp_path: Path, served: Site) -> None:
        desk = Desk(place, tmp_path, served.address("/hook"))
        served.pages["/hook"] = [answer(200), drop]
        desk.takes(NEWS[0])
        desk.round()
        desk.round(days=1)
        assert len(served.posted) == 1 and desk.left() == []

    @pytest.mark.parametrize("every", [25, pytest.param(1, marks=pytest.mark.long)])
    def test_a_sender_that_is_killed_at_any_step_loses_nothing(self, tmp_path: Path, served: Site, every: int) -> None:
        steps = _steps(tmp_path, served, None)
        assert steps > 40
        duplicates = 0
        for step in range(0, steps, every):
            served.posted.clear()
            served.asked.clear()
            _steps(tmp_path, served, step)
            assert set(policies(served)) == {CORK, SALT}, step
            by_policy = collections.defaultdict(set)
            for policy, name in received(served):
                by_policy[policy].add(name)
            assert all(len(names) == 1 for names in by_policy.values()), "what comes twice has one id"
            duplicates += len(served.posted) - 2
        assert duplicates > 0 or every > 1, "a kill between the answer and its note has it sent again"

    def test_two_senders_at_once_send_once(self, place: str, tmp_path: Path, served: Site) -> None:
        desk = Desk(place, tmp_path, served.address("/hook"))
        served.pages["/hook"] = slow(served, 0.2, pieces=1)
        desk.takes(*NEWS)

        def send() -> None:
            with desk.opened() as tracker:
                for _ in range(5):
                    try:
                        list(tracker.alerts(tmp_path / "alerts.yaml").round())
                    except AnotherSends:
                        continue

        assert ended(*[child(send) for _ in range(3)]) == [0, 0, 0]
        assert sorted(policies(served)) == sorted([CORK, SALT])
        assert desk.left() == []

    def test_one_sends_while_another_records(self, place: str, tmp_path: Path, served: Site) -> None:
        desk = Desk(place, tmp_path, served.address("/hook"))

        def record() -> None:
            with open_tracker(place, rules=house(), extractor=Reader()) as tracker:
                for number in range(6):
                    told = LIFTED if number % 2 else BANNED
                    tracker.ingest(news(f"n{number}", f"202{number}-01-01", told))

        writer = threading.Thread(target=lambda: ended(child(record)))
        writer.start()
        while writer.is_alive():
            desk.round(seconds=1)
        writer.join()
        desk.clock.now = datetime.datetime.now(datetime.UTC)
        desk.round(minutes=5)
        with desk.opened() as tracker:
            assert len(served.posted) == len({*ids(served)}) == len(tracker.shifts()) > 3


def _steps(folder: Path, served: Site, fatal: int | None) -> int:
    """How many steps a round of sending has; with `fatal` it is killed at that one, and another sends what is left."""
    named = folder / f"step-{fatal}"
    named.mkdir()
    desk = Desk(str(named / "watch.db"), named, served.address("/hook"))
    desk.takes(*NEWS)
    counted = named / "steps"

    def send() -> None:
        taken = 0

        def take(*_: object) -> None:
            nonlocal taken
            if taken == fatal:
                os.kill(os.getpid(), signal.SIGKILL)
            taken += 1

        event.listen(Engine, "before_cursor_execute", take)
        event.listen(Engine, "after_cursor_execute", take)
        do_commit = DefaultDialect.do_commit

        def commit(dialect: Any, connection: Any) -> None:
            take()
            do_commit(dialect, connection)
            take()

        DefaultDialect.do_commit = commit  # type: ignore[method-assign]
        desk.round()
        counted.write_text(str(taken))

    assert ended(child(send)) == [0 if fatal is None else -signal.SIGKILL]
    if fatal is None:
        return int(counted.read_text())
    desk.round(seconds=11)
    assert desk.left() == [] and {*desk.told()} == {CORK, SALT}, fatal
    return 0


class TestClocks:
    def test_one_that_went_back_holds_nothing_up(self, place: str, tmp_path: Path, served: Site) -> None:
        desk = Desk(place, tmp_path, served.address("/hook"))
        desk.takes(NEWS[0])
        desk.clock.now -= datetime.timedelta(days=400)
        desk.round()
        assert policies(served) == [CORK] and desk.left() == []

    def test_one_that_was_a_year_ahead_when_a_try_failed(self, place: str, tmp_path: Path, served: Site) -> None:
        desk = Desk(place, tmp_path, served.address("/hook"))
        served.pages["/hook"] = [answer(500), answer(200)]
        desk.takes(NEWS[0])
        now = desk.clock.now
        desk.round(days=365)
        desk.clock.now = now
        desk.round(seconds=30)
        assert policies(served) == [CORK, CORK] and desk.left() == []

    def test_one_that_was_a_year_ahead_when_something_was_recorded(
        self, place: str, tmp_path: Path, served: Site
    ) -> None:
        desk = Desk(place, tmp_path, served.address("/hook"), ", wait: 10m")
        now = desk.clock.now
        desk.clock.wind(days=365)
        desk.takes(NEWS[0])
        desk.clock.now = now
        desk.round()
        desk.round(minutes=11)
        assert policies(served) == [CORK] and desk.left() == []

    @pytest.mark.parametrize("chance", [0.0, 0.5, 1.0])
    def test_a_pause_is_never_longer_than_it_may_be(self, chance: float) -> None:
        retry = Retry(first=10, factor=100, longest=600, jitter=0.5)
        for tries in (0, 1, 5, 1_000):
            found = pause(retry, tries, 0, lambda: chance)
            assert datetime.timedelta(0) < found <= datetime.timedelta(seconds=900)
        assert pause(retry, 0, 10**12, lambda: chance) <= LONGEST_WAIT + datetime.timedelta(seconds=900)

    def test_what_is_later_than_any_pause_is_due(self) -> None:
        now, retry = datetime.datetime(2026, 1, 1, tzinfo=datetime.UTC), Retry()
        assert is_due(now, now, retry) and not is_due(now + datetime.timedelta(hours=20), now, retry)
        assert is_due(now + datetime.timedelta(days=3), now, retry)


def test_many_shifts_at_once(tmp_path: Path, served: Site) -> None:
    desk = Desk(str(tmp_path / "watch.db"), tmp_path, served.address("/hook"))
    articles = []
    for number in range(120):
        told = LIFTED if number % 2 else BANNED
        day = datetime.date(2020, 1, 1) + datetime.timedelta(days=10 * number)
        articles.append(news(f"n{number}", day.isoformat(), told))
    desk.takes(*articles)
    desk.round()
    assert len(served.posted) == len({*ids(served)}) == len(desk.told()) > 110
    days = [json.loads(body)["data"]["on"] for body in served.posted]
    assert days == sorted(days), "in order"
