"""Watching sources: what is due, what is new, what is kept across restarts, silence; and the file that says what."""

from __future__ import annotations

import datetime
import json
import os
import re
import shlex
import signal
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

import policytrack.tracker
from policytrack.cli import app
from policytrack.errors import ConfigError, LedgerError, RuleFileError
from policytrack.health import Keeper, kept_beside
from policytrack.silent import SilentSource
from policytrack.sources.web import Web
from policytrack.tracker import Tracker, open_tracker
from policytrack.watch import Round, Watch, health
from policytrack.watchfile import WatchFile, read_watch_file
from tests.sites import Site, answer, drop, site, unless_known
from tests.test_cli import ATACMS, ATACMS_NEWS, Reader, shipped_rules
from tests.test_source_files import PUBLISHED, item, page, rss
from tests.test_web import HTML, QUICK, TRUST, replaced

START = datetime.datetime(2026, 1, 2, 3, 0, tzinfo=datetime.UTC)
RUNNER = CliRunner()


@pytest.fixture
def served() -> Iterator[Site]:
    with site() as found:
        yield found


class Clock:
    """A clock that tests set."""

    def __init__(self) -> None:
        self.now = START

    def __call__(self) -> datetime.datetime:
        return self.now

    def passes(self, **time: float) -> None:
        self.now += datetime.timedelta(**time)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def tracker(clock: Clock) -> Iterator[Tracker]:
    with open_tracker(rules=shipped_rules(), clock=clock, extractor=Reader()) as opened:
        yield opened


class Desk:
    """A watch for one file of sources, made anew for each round as after a restart."""

    def __init__(self, tracker: Tracker, folder: Path, clock: Clock) -> None:
        self.tracker, self.folder, self.clock = tracker, folder, clock
        self.keeper = Keeper(folder / "t.db.sources")
        self.told: list[SilentSource] = []
        tracker.on_silent(self.told.append)
        self.sources: list[dict[str, Any]] = []

    def watches(self, *sources: dict[str, Any]) -> None:
        self.sources = [{"allow_private": True, **source} for source in sources]

    @property
    def file(self) -> WatchFile:
        path = self.folder / "sources.yaml"
        path.write_text(json.dumps({"sources": self.sources}), encoding="utf-8")
        return read_watch_file(path)

    def watch(self) -> Watch:
        web = Web(QUICK, trust=TRUST, sleep=lambda _: None)
        return Watch(self.tracker, self.file, self.keeper, web=web, clock=self.clock)

    def round(self, *, once: bool = False) -> list[Round]:
        return [found for found in self.watch().round(once=once) if isinstance(found, Round)]

    def states(self) -> list[str]:
        return [one.state for one in health(self.file, self.keeper, self.clock())]


@pytest.fixture
def desk(tracker: Tracker, tmp_path: Path, clock: Clock) -> Desk:
    return Desk(tracker, tmp_path, clock)


def feed(*names: str, **text: str) -> bytes:
    return rss(*(item(name, text=text.get(f"text_{name}", f"It rained in {name}.")) for name in names)).encode()


class TestRounds:
    def test_what_is_new_is_read_once_and_only_asked_for_when_due(self, desk: Desk, served: Site, clock: Clock) -> None:
        served.pages["/feed"] = answer(200, feed("1", "2"))
        desk.watches({"name": "wire", "url": served.address("/feed"), "every": "15m"})
        (first,) = desk.round()
        assert (first.outcome, first.read, first.errors) == ("new", 2, ())
        assert first.due_at == START + datetime.timedelta(minutes=15)
        clock.passes(minutes=14)
        assert desk.round() == []
        clock.passes(minutes=1)
        (second,) = desk.round()
        assert (second.outcome, second.read) == ("nothing_new", 0)
        served.pages["/feed"] = answer(200, feed("3", "1", "2", text_2="It poured in 2."))
        clock.passes(minutes=15)
        (third,) = desk.round()
        assert third.read == 2, "one entry is new, and one has another text"
        assert len(served.paths()) == 3

    def test_a_server_is_told_what_is_known_also_after_a_restart(self, desk: Desk, served: Site, clock: Clock) -> None:
        served.pages["/feed"] = unless_known('"1"', feed("1"))
        desk.watches({"name": "wire", "url": served.address("/feed")})
        assert [one.outcome for one in desk.round()] == ["new"]
        clock.passes(hours=1)
        assert [one.outcome for one in desk.round()] == ["unchanged"]
        assert served.asked[-1][1]["If-None-Match"] == '"1"'
        clock.passes(hours=1)
        assert [one.outcome for one in desk.round()] == ["unchanged"]

    def test_articles_are_known_from_when_they_were_fetched(self, desk: Desk, served: Site, clock: Clock) -> None:
        clock.passes(days=3)
        served.pages["/feed"] = answer(200, feed("1"))
        desk.watches({"name": "wire", "url": served.address("/feed")})
        desk.round()
        assert desk.tracker.ledger.moments() == (clock.now, clock.now)

    def test_one_source_that_fails_costs_only_itself(self, desk: Desk, served: Site, clock: Clock) -> None:
        served.pages.update({"/good": answer(200, feed("1")), "/bad": drop()})
        desk.watches({"name": "bad", "url": served.address("/bad")}, {"name": "good", "url": served.address("/good")})
        bad, good = desk.round()
        assert (bad.outcome, good.outcome) == ("failed", "new")
        assert "breaks off" in bad.errors[0]
        assert desk.states() == ["failing", "fine"]
        served.pages["/bad"] = answer(200, feed("2"))
        clock.passes(minutes=30)
        assert [one.outcome for one in desk.round()] == ["new", "nothing_new"]
        assert desk.states() == ["fine", "fine"]
        kept = desk.keeper.load("bad")
        assert kept is not None and "breaks off" in kept.error and kept.error_at == START

    def test_a_server_that_asks_to_be_left_alone_is(self, desk: Desk, served: Site, clock: Clock) -> None:
        served.pages["/feed"] = answer(429, Retry_After="7200")
        desk.watches({"name": "wire", "url": served.address("/feed"), "every": "15m"})
        (found,) = desk.round()
        assert (found.outcome, found.due_at) == ("failed", START + datetime.timedelta(hours=2))
        clock.passes(hours=1)
        assert desk.round() == []
        clock.passes(hours=1)
        assert len(desk.round()) == 1

    def test_but_not_for_longer_than_a_day(self, desk: Desk, served: Site) -> None:
        served.pages["/feed"] = answer(503, Retry_After="99999999")
        desk.watches({"name": "wire", "url": served.address("/feed")})
        (found,) = desk.round()
        assert found.due_at == START + datetime.timedelta(days=1)

    def test_what_an_entry_lacks_is_said_once(self, desk: Desk, served: Site, clock: Clock) -> None:
        served.pages["/feed"] = answer(200, rss(item("1"), item("2", date="")).encode())
        desk.watches({"name": "wire", "url": served.address("/feed")})
        (first,) = desk.round()
        assert (first.outcome, first.read) == ("new", 1)
        assert "entry 2: has no date" in first.errors[0]
        assert desk.states() == ["fine"]
        clock.passes(hours=1)
        assert [one.errors for one in desk.round()] == [()]

    def test_a_web_page_in_place_of_a_feed_fails_until_it_is_mended(
        self, desk: Desk, served: Site, clock: Clock
    ) -> None:
        head = '<link rel="alternate" type="application/rss+xml" href="/rss.xml">'
        served.pages["/world"] = unless_known('"1"', page(head, body=("Latest",)).encode(), **HTML)
        desk.watches({"name": "wire", "url": served.address("/world")})
        for _ in range(2):
            (found,) = desk.round()
            assert found.outcome == "failed" and f"It offers: {served.address('/rss.xml')}" in found.errors[0]
            clock.passes(hours=1)

    def test_full_texts_are_fetched_once_and_those_that_fail_are_fetched_again(
        self, desk: Desk, served: Site, clock: Clock
    ) -> None:
        entries = feed("1", "2", "3").replace(b"https://a.example", served.address("").encode())
        served.pages["/feed"] = unless_known('"1"', entries)
        served.pages["/1"] = answer(200, page(PUBLISHED).encode(), **HTML)
        served.pages["/2"] = [drop(), drop(), drop(), answer(200, page(PUBLISHED).encode(), **HTML)]
        served.pages["/3"] = answer(410)
        desk.watches({"name": "wire", "url": served.address("/feed"), "full_text": True})
        (first,) = desk.round()
        assert first.read == 1 and len(first.errors) == 2
        clock.passes(hours=1)
        (second,) = desk.round()
        assert (second.read, second.errors) == (1, ())
        clock.passes(hours=1)
        assert [one.outcome for one in desk.round()] == ["unchanged"]
        assert [served.paths().count(path) for path in ("/1", "/2", "/3")] == [1, 4, 1]

    def test_a_publisher_is_named_where_the_article_names_none(self, desk: Desk, served: Site) -> None:
        served.pages["/feed"] = answer(200, feed("1"))
        desk.watches({"name": "wire", "url": served.address("/feed"), "publisher": "Harbour Post"})
        desk.round()
        (article,) = (each for found in desk.tracker.ledger.pages(10) for _, each in found)
        assert article.publisher == "Harbour Post"

    def test_a_folder_is_read_file_by_file_as_they_change(self, desk: Desk, tmp_path: Path, clock: Clock) -> None:
        inbox = tmp_path / "inbox"
        inbox.mkdir()
        desk.watches({"name": "inbox", "path": "inbox", "columns": {"text": "body"}})
        assert [one.outcome for one in desk.round()] == ["failed"], "it is empty"
        (inbox / "a.txt").write_text("22-11-2024 (LISBON) It rained.", encoding="utf-8")
        (inbox / "b.csv").write_text("id,published_at,body\nb1,2024,It poured.\nb2,,It snowed.\n", encoding="utf-8")
        clock.passes(hours=1)
        (found,) = desk.round()
        assert found.read == 2 and "b.csv:3: has no date" in found.errors[0]
        clock.passes(hours=1)
        (found,) = desk.round()
        assert (found.outcome, found.errors) == ("nothing_new", ())
        (inbox / "c.txt").write_text("23-11-2024 (LISBON) It rained again.", encoding="utf-8")
        clock.passes(hours=1)
        assert [one.read for one in desk.round()] == [1]

    def test_a_path_that_is_not_there_fails(self, desk: Desk) -> None:
        desk.watches({"name": "inbox", "path": "nowhere.jsonl"})
        (found,) = desk.round()
        assert found.outcome == "failed" and "nowhere.jsonl" in found.errors[0]

    def test_started_by_the_clock_a_source_may_be_a_little_early(self, desk: Desk, served: Site, clock: Clock) -> None:
        served.pages["/feed"] = answer(200, feed("1"))
        desk.watches({"name": "wire", "url": served.address("/feed"), "every": "15m"})
        desk.round(once=True)
        clock.passes(minutes=14)
        assert desk.round() == []
        assert len(desk.round(once=True)) == 1

    def test_it_waits_until_the_next_is_due_and_a_minute_at_most(self, desk: Desk, served: Site, clock: Clock) -> None:
        served.pages.update({"/a": answer(200, feed("1")), "/b": answer(200, feed("2"))})
        desk.watches(
            {"name": "a", "url": served.address("/a"), "every": "15m"},
            {"name": "b", "url": served.address("/b"), "every": "1h"},
        )
        assert desk.watch().seconds_to_wait() == 0
        desk.round()
        assert desk.watch().next_due() == START + datetime.timedelta(minutes=15)
        assert desk.watch().seconds_to_wait() == 60
        clock.passes(minutes=14, seconds=48)
        assert desk.watch().seconds_to_wait() == 12
        clock.passes(days=1)
        assert desk.watch().seconds_to_wait() == 0
        assert [one.source for one in desk.round()] == ["a", "b"], "the longest due comes first"

    def test_another_every_counts_at_once(self, desk: Desk, served: Site, clock: Clock) -> None:
        served.pages["/feed"] = answer(200, feed("1"))
        desk.watches({"name": "wire", "url": served.address("/feed"), "every": "1d"})
        desk.round()
        clock.passes(minutes=10)
        desk.sources[0]["every"] = "5m"
        assert len(desk.round()) == 1

    def test_a_source_that_leads_elsewhere_begins_anew(self, desk: Desk, served: Site) -> None:
        served.pages.update({"/a": unless_known('"1"', feed("1")), "/b": unless_known('"1"', feed("2"))})
        desk.watches({"name": "wire", "url": served.address("/a")})
        desk.round()
        desk.sources[0]["url"] = served.address("/b")
        (found,) = desk.round()
        assert (found.outcome, found.read) == ("new", 1)


class TestKept:
    @pytest.mark.parametrize("content", [b"", b"rubbish", b"{}", b"\xff\xfe", b'{"schema": 1, "name": 5}'])
    def test_what_cannot_be_read_begins_anew_and_nothing_comes_twice(
        self, desk: Desk, served: Site, content: bytes
    ) -> None:
        served.pages["/feed"] = unless_known('"1"', feed("1"))
        desk.watches({"name": "wire", "url": served.address("/feed")})
        desk.round()
        (desk.keeper.folder / "wire.json").write_bytes(content)
        (found,) = desk.round()
        assert (found.outcome, found.read) == ("nothing_new", 0)

    def test_a_kill_before_it_is_kept_loses_nothing(
        self, desk: Desk, served: Site, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def killed(_: object) -> None:
            raise KeyboardInterrupt

        served.pages["/feed"] = unless_known('"1"', feed("1"))
        desk.watches({"name": "wire", "url": served.address("/feed")})
        with monkeypatch.context() as patched:
            patched.setattr(desk.keeper, "keep", killed)
            with pytest.raises(KeyboardInterrupt):
                desk.round()
        (found,) = desk.round()
        assert found.outcome == "nothing_new", "it is in the ledger, and is fetched once more"

    def test_a_kill_before_it_is_in_the_ledger_loses_nothing(
        self, desk: Desk, served: Site, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def killed(*_: object, **__: object) -> None:
            raise KeyboardInterrupt

        served.pages["/feed"] = unless_known('"1"', feed("1"))
        desk.watches({"name": "wire", "url": served.address("/feed")})
        with monkeypatch.context() as patched:
            patched.setattr(desk.tracker, "ingest", killed)
            with pytest.raises(KeyboardInterrupt):
                desk.round()
        assert [one.read for one in desk.round()] == [1]

    def test_a_disk_that_is_full_is_said(self, desk: Desk, served: Site) -> None:
        desk.keeper.folder.write_text("in the way", encoding="utf-8")
        served.pages["/feed"] = answer(200, feed("1"))
        desk.watches({"name": "wire", "url": served.address("/feed")})
        with pytest.raises(LedgerError, match="cannot be written"):
            desk.round()

    def test_two_watches_do_not_run_on_one_ledger(self, tmp_path: Path) -> None:
        with Keeper(tmp_path / "k").alone(), pytest.raises(LedgerError, match="another `policytrack watch`"):
            Keeper(tmp_path / "k").alone().__enter__()
        with Keeper(tmp_path / "k").alone():
            pass

    def test_it_lies_beside_the_ledger_where_that_is_a_file(self) -> None:
        assert kept_beside("desk.db", None) == Path("desk.db.sources")
        assert kept_beside("postgresql://h/d", Path("kept")) == Path("kept")
        for ledger in (":memory:", "postgresql://h/d"):
            with pytest.raises(ConfigError, match="--kept"):
                kept_beside(ledger, None)


class TestSilence:
    def test_it_is_told_once_until_there_is_something_new(self, desk: Desk, served: Site, clock: Clock) -> None:
        served.pages["/feed"] = answer(200, feed("1"))
        desk.watches({"name": "wire", "url": served.address("/feed"), "every": "1d", "silent_after": "3d"})
        for _ in range(6):
            list(desk.watch().round())
            clock.passes(days=1)
        (told,) = desk.told
        assert (told.source, told.silent_after, told.new_at) == ("wire", "3d", START)
        assert desk.states() == ["silent"]
        served.pages["/feed"] = answer(200, feed("2"))
        list(desk.watch().round())
        assert desk.states() == ["fine"]
        for _ in range(5):
            clock.passes(days=1)
            list(desk.watch().round())
        assert len(desk.told) == 2

    def test_a_source_that_never_had_anything_is_silent_since_it_is_watched(
        self, desk: Desk, served: Site, clock: Clock
    ) -> None:
        served.pages["/feed"] = answer(500)
        desk.watches({"name": "wire", "url": served.address("/feed"), "every": "1h", "silent_after": "2h"})
        for _ in range(4):
            list(desk.watch().round())
            clock.passes(hours=1)
        (told,) = desk.told
        assert told.new_at is None and "500" in told.error

    def test_without_silent_after_nobody_is_told(self, desk: Desk, served: Site, clock: Clock) -> None:
        served.pages["/feed"] = answer(200, feed("1"))
        desk.watches({"name": "wire", "url": served.address("/feed")})
        list(desk.watch().round())
        clock.passes(days=900)
        list(desk.watch().round())
        assert desk.told == [] and desk.states() == ["fine"]

    def test_a_hook_that_fails_is_said_and_not_called_for_that_again(
        self, desk: Desk, served: Site, clock: Clock
    ) -> None:
        def broken(_: SilentSource) -> None:
            raise OSError("the desk is closed")

        served.pages["/feed"] = answer(200, feed())
        desk.watches({"name": "wire", "url": served.address("/feed"), "silent_after": "1h"})
        list(desk.watch().round())
        clock.passes(hours=2)
        web = Web(QUICK, trust=TRUST, sleep=lambda _: None)
        desk.tracker.on_silent(broken)
        watch = Watch(desk.tracker, desk.file, desk.keeper, web=web, clock=clock)
        list(watch.round())
        (problem,) = watch.take_alert_errors()
        assert "wire, which is silent" in str(problem) and "the desk is closed" in str(problem)
        list(watch.round())
        assert watch.take_alert_errors() == []


SOURCE = "  - {name: wire, url: https://a.example/feed, every: 15m}\n"


def problems(tmp_path: Path, text: str) -> list[str]:
    path = tmp_path / "sources.yaml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(RuleFileError) as caught:
        read_watch_file(path)
    return [str(problem).removeprefix(f"{tmp_path}/") for problem in caught.value.problems]


class TestFile:
    def test_what_it_may_say(self, tmp_path: Path) -> None:
        path = tmp_path / "sources.yaml"
        path.write_text(
            "sources:\n"
            + SOURCE
            + "  - name: archive\n    path: in/archive.csv\n    every: 1h\n    silent_after: 3d\n"
            + "    columns: {text: body}\n    published_at: 2024-11\n    publisher: Harbour Post\n",
            encoding="utf-8",
        )
        wire, archive = read_watch_file(path).sources
        assert (wire.url, wire.every, wire.silent_after, wire.full_text) == (
            "https://a.example/feed",
            "15m",
            None,
            False,
        )
        assert archive.path == str(tmp_path / "in" / "archive.csv"), "as seen from the folder of the file"
        assert archive.columns == {"text": "body"}

    @pytest.mark.parametrize(
        ("text", "wanted"),
        [
            ("", ["sources.yaml: PT106 the file is empty."]),
            ("sources: []\n", ["PT124"]),
            ("sauces:\n" + SOURCE, ['sources.yaml:1:1: PT120 unknown key "sauces". Did you mean "sources"?']),
            ("sources:\n  - {name: wire, url: https://a.example/feed, evry: 15m}\n",
             ['sources.yaml:2:47: PT120 unknown key "evry" in "wire". Did you mean "every"?']),
            ("sources:\n  - {name: wire, url: https://a.example/feed, every: 15}\n", ["PT122"]),
            ("sources:\n  - {name: wire, url: https://a.example/feed, every: 15 min}\n", ["write 15m, 2h, 3d or 1w"]),
            ("sources:\n  - {name: wire, url: https://a.example/feed, every: 0m}\n", ["write 15m, 2h, 3d or 1w"]),
            ("sources:\n  - {name: wire, url: a.example/feed}\n", ["write it out, as https://"]),
            ("sources:\n  - {name: wire, url: ftp://a.example/feed}\n", ["write it out, as https://"]),
            ("sources:\n  - {name: ../wire, url: https://a.example/feed}\n", ["is not a name"]),
            ("sources:\n  - {name: Wire, url: https://a.example/feed}\n", ["is not a name"]),
            ("sources:\n  - {url: https://a.example/feed}\n", ['PT121 "name" is missing']),
            ("sources:\n  - {name: wire}\n", ['PT186 "wire" has neither a url nor a path.']),
            ("sources:\n  - {name: wire, url: https://a.example, path: a}\n", ['PT186 "wire" has a url and a path.']),
            ("sources:\n" + SOURCE * 2, ['PT185 the name "wire" stands here twice, first on line 2.']),
            ("sources:\n  - {name: wire, path: a, columns: {txt: body}}\n", ["PT123", 'Did you mean "text"?']),
            ("sources:\n  - {name: wire, path: a, full_text: maybe}\n", ["PT122"]),
            ("sources:\n  - {name: wire, path: a, published_at: soon}\n", ["PT124"]),
            ("sources:\n  - [a]\n", ["PT122"]),
            ("sources: &a\n  - *a\n", ["PT109"]),
            ("\tsources:\n", ["PT104"]),
        ],
    )  # fmt: skip
    def test_what_is_wrong_is_said_with_its_place_and_code(
        self, tmp_path: Path, text: str, wanted: Sequence[str]
    ) -> None:
        told = "\n".join(problems(tmp_path, text))
        assert [part for part in wanted if part not in told] == []

    def test_all_that_is_wrong_is_said_at_once(self, tmp_path: Path) -> None:
        text = "sources:\n  - {name: a, path: x, evry: 1h}\n  - {name: b}\n  - {name: b, path: y}\n"
        assert [re.search(r"PT\d+", each)[0] for each in problems(tmp_path, text)] == ["PT120", "PT186", "PT185"]  # type: ignore[index]


# --- the commands


@pytest.fixture
def _stand_in(monkeypatch: pytest.MonkeyPatch) -> None:
    def opened(path: str, **_: object) -> Tracker:
        return open_tracker(path, rules=shipped_rules(), extractor=Reader())

    monkeypatch.setattr(policytrack.tracker, "open_tracker", opened)


def written(folder: Path, *sources: dict[str, Any]) -> Path:
    file = folder / "sources.yaml"
    file.write_text(json.dumps({"sources": sources}), encoding="utf-8")
    return file


@pytest.mark.usefixtures("_stand_in")
class TestCommands:
    def test_once_looks_shows_calls_and_keeps(
        self, served: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        served.pages["/gone"] = answer(404)
        (tmp_path / "in.jsonl").write_text(json.dumps(ATACMS_NEWS) + "\n", encoding="utf-8")
        file = written(
            tmp_path,
            {"name": "inbox", "path": "in.jsonl", "every": "1h"},
            {"name": "gone", "url": served.address("/gone"), "allow_private": True},
        )
        monkeypatch.chdir(tmp_path)
        append = "import sys; open('given', 'a').write(sys.stdin.read() + '\\n')"
        hook = f"{sys.executable} -c {shlex.quote(append)}"
        done = RUNNER.invoke(app, ["watch", "sources.yaml", "--once", "--db", "t.db", "--exec", hook])
        assert done.exit_code == 3, done.output
        assert re.search(r"inbox   1 new, 1 new shift   next \d{4}-", done.stdout)
        assert re.search(r"gone   failed   next", done.stdout)
        assert f"SHIFT  {ATACMS}" in done.stdout
        assert "/gone: answers 404" in done.stderr
        given = [json.loads(line) for line in (tmp_path / "given").read_text(encoding="utf-8").splitlines()]
        assert [alert["data"]["policy"] for alert in given] == [ATACMS]
        assert {path.name for path in (tmp_path / "t.db.sources").glob("*.json")} == {"inbox.json", "gone.json"}
        again = RUNNER.invoke(app, ["watch", "sources.yaml", "--once", "--db", "t.db"])
        assert (again.exit_code, again.stdout) == (0, "") and "nothing is due before 2" in again.stderr
        shown = RUNNER.invoke(app, ["sources", str(file), "--db", "t.db"])
        assert re.search(r"inbox +fine +\d{4}.* 1 +\d{4}", shown.stdout), "the file is the same, however it is named"
        assert re.search(r"gone +failing +- ", shown.stdout) and "gone: 2" in shown.stdout

    def test_sources_shows_health_as_data_and_as_an_exit_code(self, tmp_path: Path) -> None:
        file = written(tmp_path, {"name": "inbox", "path": "in.jsonl"})
        words = ["sources", str(file), "--db", str(tmp_path / "t.db")]
        listed = RUNNER.invoke(app, [*words, "--format", "jsonl"])
        assert [json.loads(line)["state"] for line in listed.stdout.splitlines()] == ["waiting"]
        assert RUNNER.invoke(app, [*words, "--exit-code"]).exit_code == 0
        without = RUNNER.invoke(app, ["sources", "--db", str(tmp_path / "t.db")])
        assert (without.exit_code, without.stdout) == (0, "nothing has been watched with this ledger yet\n")
        done = RUNNER.invoke(app, ["watch", str(file), "--once", "--db", str(tmp_path / "t.db")])
        assert done.exit_code == 3 and "in.jsonl" in done.stderr
        failing = RUNNER.invoke(app, ["sources", "--db", str(tmp_path / "t.db"), "--exit-code", "--format", "json"])
        assert failing.exit_code == 1
        (told,) = json.loads(failing.stdout)["sources"]
        assert (told["source"], told["state"]) == ("inbox", "failing")

    @pytest.mark.parametrize("words", [["watch"], ["sources"]])
    def test_a_file_that_is_wrong_is_shown_with_its_problems(self, tmp_path: Path, words: list[str]) -> None:
        file = written(tmp_path, {"name": "wire"})
        done = RUNNER.invoke(app, [*words, str(file), "--db", str(tmp_path / "t.db")])
        assert done.exit_code == 2
        assert "PT186" in done.stderr and "^" in done.stderr
        assert RUNNER.invoke(app, [*words, str(tmp_path / "nowhere.yaml")]).exit_code == 2
        assert RUNNER.invoke(app, ["rules", "explain-error", "PT186"]).exit_code == 0

    def test_ingest_reads_addresses_as_its_flags_say(self, served: Site, tmp_path: Path) -> None:
        entries = feed("1").replace(b"https://a.example", served.address("").encode())
        served.pages.update({"/feed": answer(200, entries), "/1": answer(200, page().encode(), **HTML)})
        words = ["ingest", served.address("/feed"), "--db", str(tmp_path / "t.db"), "--format", "json"]
        refused = RUNNER.invoke(app, words)
        assert refused.exit_code == 3 and "--allow-private" in refused.stderr
        done = RUNNER.invoke(app, [*words, "--allow-private", "--full-text", "--published-at", "2024-11-20"])
        assert (done.exit_code, json.loads(done.stdout)["read"]) == (0, 1), done.output
        assert served.paths() == ["/feed", "/1"]

    @pytest.mark.parametrize(
        ("flags", "message"),
        [
            (["--column", "text"], "write a field and the name of its column"),
            (["--column", "text=a", "--column", "text=b"], "names text twice"),
            (["--column", "txt=body"], "Did you mean 'text'?"),
            (["--published-at", "22/11/2024"], "--published-at 22/11/2024 cannot be read. Write 2024-11-22."),
        ],
    )
    def test_flags_that_cannot_be_meant_are_refused(self, tmp_path: Path, flags: list[str], message: str) -> None:
        file = tmp_path / "a.csv"
        file.write_text("id,published_at,text\na1,2024,T.\n", encoding="utf-8")
        done = RUNNER.invoke(app, ["ingest", str(file), "--db", str(tmp_path / "t.db"), *flags])
        assert done.exit_code == 2 and message in done.stderr

    @pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 0)])
    def test_it_ends_after_the_source_in_hand(
        self, served: Site, tmp_path: Path, number: signal.Signals, code: int
    ) -> None:
        began = threading.Event()

        def asked(handler: BaseHTTPRequestHandler) -> None:
            os.kill(os.getpid(), number)
            began.wait(0.2)  # the signal comes while the source is in hand
            answer(200, feed("1"))(handler)

        served.pages.update({"/feed": asked, "/next": answer(200, feed("2"))})
        first, second = (
            {"name": name, "url": served.address(path), "allow_private": True}
            for name, path in (("first", "/feed"), ("second", "/next"))
        )
        file, ledger = written(tmp_path, first, second), str(tmp_path / "t.db")
        handler = signal.getsignal(number)
        done = RUNNER.invoke(app, ["watch", str(file), "--db", ledger, "--format", "jsonl"])
        assert done.exit_code == code
        assert [json.loads(line)["source"] for line in done.stdout.splitlines()] == ["first"]
        assert served.paths() == ["/feed"]
        assert signal.getsignal(number) == handler
        kept = Keeper(tmp_path / "t.db.sources").load("first")
        assert kept is not None and kept.items == 1

    def test_while_it_waits_it_ends_at_once(self, served: Site, tmp_path: Path) -> None:
        served.pages["/feed"] = answer(200, feed("1"))
        file = written(tmp_path, {"name": "wire", "url": served.address("/feed"), "allow_private": True})
        timer = threading.Timer(1, os.kill, (os.getpid(), signal.SIGINT))
        timer.start()
        began = time.monotonic()
        done = RUNNER.invoke(app, ["watch", str(file), "--db", str(tmp_path / "t.db")])
        timer.join()
        assert done.exit_code == 130 and time.monotonic() - began < 5
        assert "What was recorded before stays recorded." in done.stderr


def test_no_host_is_asked_too_fast_by_two_sources(desk: Desk, served: Site, clock: Clock) -> None:
    waited: list[float] = []
    web = Web(replaced(gap=1), trust=TRUST, sleep=waited.append, now=lambda: 100.0)
    served.pages.update({"/a": answer(200, feed("1")), "/b": answer(200, feed("2"))})
    desk.watches({"name": "a", "url": served.address("/a")}, {"name": "b", "url": served.address("/b")})
    list(Watch(desk.tracker, desk.file, desk.keeper, web=web, clock=clock).round())
    assert waited == [1.0]
