"""Channels: a new file is a new kind, each kind delivers or says why not, and nothing is half written."""

from __future__ import annotations

import json
import logging
import os
import resource
import shlex
import signal
import subprocess
import sys
import textwrap
import threading
import time
from collections.abc import Iterator
from html import unescape
from io import StringIO
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as xml

import feedparser
import pytest
from pydantic import ValidationError

import policytrack
from policytrack import channels, logs
from policytrack.alerts.channel import Channel, ChannelSettings, Kind, Undelivered
from policytrack.alerts.payload import Payload
from policytrack.alerts.texts import full, short
from policytrack.channels import kinds
from policytrack.errors import ConfigError
from policytrack.extras import library
from policytrack.printable import REMOVED
from tests.alerted import AT, QUOTE, TEST, digest, message, payload, shift
from tests.sites import Site, answer, drop, site, slow

NAMES = ["apprise", "exec", "feed", "file", "log", "webhook"]
DAY = AT.replace(day=18)


def opened(folder: Path, **settings: Any) -> Channel:
    """A channel, as an alert file says it."""
    kind = kinds()[next(iter(settings))]
    return kind.open(kind.settings.model_validate(settings), folder)


def undelivered(channel: Channel, **more: Any) -> Undelivered:
    with pytest.raises(Undelivered) as caught:
        channel.send(message(**more))
    return caught.value


class TestKinds:
    def test_there_are_six(self) -> None:
        assert list(kinds()) == NAMES

    @pytest.mark.parametrize("name", NAMES)
    def test_each_is_said_by_its_name_which_comes_first(self, name: str) -> None:
        kind = kinds()[name]
        assert isinstance(kind, Kind) and issubclass(kind.settings, ChannelSettings)
        assert next(iter(kind.settings.__annotations__)) == name
        assert kind.settings.model_fields[name].is_required()

    @pytest.fixture
    def dropped(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
        """A folder in which a new file is a module of the package."""
        monkeypatch.setattr(channels, "__path__", [*channels.__path__, str(tmp_path)])
        yield tmp_path
        for name in [name for name in sys.modules if name.startswith("policytrack.channels.new_")]:
            del sys.modules[name]

    def test_a_new_file_is_a_new_kind_and_nothing_else_is_edited(self, dropped: Path) -> None:
        (dropped / "new_pigeon.py").write_text(
            textwrap.dedent(
                '''
                """Alerts carried by a pigeon."""

                from pathlib import Path

                from policytrack.alerts.channel import ChannelSettings, Kind, Message


                class Settings(ChannelSettings):
                    new_pigeon: str


                class Pigeon:
                    def __init__(self, name: str) -> None:
                        self._name = name

                    def send(self, message: Message) -> str:
                        return f"{self._name} carries {message.payload.id}"


                def open_new_pigeon(settings: Settings, folder: Path) -> Pigeon:
                    return Pigeon(settings.new_pigeon)


                KIND = Kind(Settings, open_new_pigeon)
                '''
            )
        )
        assert list(kinds()) == sorted([*NAMES, "new_pigeon"])
        assert opened(dropped, new_pigeon="Martha").send(message(id="a")) == "Martha carries a"

    @pytest.mark.parametrize(
        ("content", "told"),
        [
            ("", "defines no kind of channel"),
            ("KIND = 5", "defines no kind of channel"),
            (
                "from policytrack.alerts.channel import *\nKIND = Kind(ChannelSettings, None)",
                "must have a key 'new_broken'",
            ),
        ],
    )
    def test_a_file_that_is_none_is_said(self, content: str, told: str, dropped: Path) -> None:
        (dropped / "new_broken.py").write_text(content)
        with pytest.raises(ConfigError, match=rf"new_broken\.py.* {told}"):
            kinds()

    def test_no_library_is_loaded_before_it_is_needed(self) -> None:
        script = (
            "import sys; from policytrack.channels import kinds; kinds();"
            "print({'apprise', 'jinja2', 'standardwebhooks', 'httpx2'} & {*sys.modules})"
        )
        root = str(Path(policytrack.__file__).parent.parent)
        done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True, cwd=root)
        assert done.stdout.strip() == "set()"

    @pytest.mark.parametrize(
        "settings",
        [
            {"exec": ""},
            {"exec": 5},
            {"exec": "cat", "seconds": 0},
            {"exec": "cat", "seconds": float("inf")},
            {"file": ""},
            {"file": None},
            {"file": ["a"]},
            {"log": "loud"},
            {"log": True},
            {"feed": "policy.txt"},
            {"feed": "policy"},
            {"feed": "policy.atom", "format": "json"},
            {"feed": "policy.atom", "keep": 0},
            {"feed": "policy.atom", "keep": 10_001},
            {"feed": "policy.atom", "keep": 1.5},
            {"feed": "policy.atom", "title": ""},
            {"feed": "policy.atom", "link": "javascript:alert(1)"},
            {"feed": ""},
            {"apprise": "env:A", "seconds": -1},
            {"apprise": "env:A", "secret": "env:B"},
            {"log": "info", "text": "loud"},
            {"log": "info", "template": 5},
            {"log": "info", "retry": {"tries": 0}},
        ],
        ids=str,
    )
    def test_rubbish_is_refused(self, settings: dict[str, Any]) -> None:
        with pytest.raises(ValidationError):
            kinds()[next(iter(settings))].settings.model_validate(settings)

    @pytest.mark.parametrize("settings", [{"file": "PATH"}, {"feed": "PATH", "format": "atom"}], ids=["file", "feed"])
    @pytest.mark.parametrize("path", [".", "not-there/x", "a\0b", "x" * 5000, "file/x"])
    def test_where_no_file_can_be_is_said_when_it_is_opened(
        self, settings: dict[str, Any], path: str, tmp_path: Path
    ) -> None:
        (tmp_path / "file").touch()
        with pytest.raises(ConfigError):
            opened(tmp_path, **{key: path if value == "PATH" else value for key, value in settings.items()})


class TestExec:
    def python(self, script: str) -> str:
        return f"{shlex.quote(sys.executable)} -c {shlex.quote(script)}"

    def test_it_gets_the_payload_as_json(self, tmp_path: Path) -> None:
        line = self.python("import sys; open('got', 'wb').write(sys.stdin.buffer.read())")
        assert opened(tmp_path, exec=line).send(message()) == "exit code 0"
        assert Payload.model_validate_json((tmp_path / "got").read_bytes()) == payload()

    def test_or_what_a_template_makes(self, tmp_path: Path) -> None:
        (tmp_path / "t.j2").write_text("{{ short }}é")
        line = self.python("import sys; open('got', 'wb').write(sys.stdin.buffer.read())")
        opened(tmp_path, exec=line, template="t.j2").send(message())
        assert (tmp_path / "got").read_text() == f"{short(payload())}é"

    def test_a_command_beside_the_alert_file(self, tmp_path: Path) -> None:
        script = tmp_path / "notify.sh"
        script.write_text("#!/bin/sh\ncat > got\n")
        script.chmod(0o755)
        assert opened(tmp_path, exec="./notify.sh").send(message()) == "exit code 0"
        assert (tmp_path / "got").exists()

    def test_a_failure_is_told_with_its_last_line(self, tmp_path: Path) -> None:
        line = self.python(r"import sys; print('a\x1b[2J'); print('no \x1b[2Jdesk'); sys.exit(3)")
        assert undelivered(opened(tmp_path, exec=line)).told == r"exit code 3, its last line: no \x1b[2Jdesk"

    def test_it_may_not_take_for_ever(self, tmp_path: Path) -> None:
        channel = opened(tmp_path, exec=self.python("import time; time.sleep(9)"), seconds=0.2)
        assert "took longer than 0.2 s" in undelivered(channel).told

    @pytest.mark.parametrize("line", ["not-a-command-here", "./not-there.sh", "'open", " "])
    def test_what_is_no_command_is_refused_when_it_is_opened(self, line: str, tmp_path: Path) -> None:
        with pytest.raises(ConfigError, match="exec"):
            opened(tmp_path, exec=line)


class TestLog:
    @pytest.fixture
    def stream(self) -> Iterator[StringIO]:
        logger = logging.getLogger(logs.NAME)
        before = logger.handlers, logger.level
        found = StringIO()
        logs.configure(0, "json", found)
        yield found
        logger.handlers, logger.level = before

    def test_an_event_holds_the_text(self, tmp_path: Path, stream: StringIO) -> None:
        assert opened(tmp_path, log="warning").send(message()) == "logged"
        event = json.loads(stream.getvalue())
        assert (event["event"], event["level"], event["text"]) == ("alert", "warning", short(payload()))
        assert (event["id"], event["type"], event["subscription"]) == (payload().id, "shift.corroborated", "desk")

    def test_what_nobody_would_read_is_not_delivered(self, tmp_path: Path, stream: StringIO) -> None:
        failure = undelivered(opened(tmp_path, log="info"))
        assert "go nowhere" in failure.told and "-v" in failure.told and not failure.final
        assert not stream.getvalue()
        logs.configure(1, "json", stream)
        assert opened(tmp_path, log="info", text="full").send(message()) == "logged"
        assert json.loads(stream.getvalue())["text"] == full(payload())


def lines(path: Path) -> list[str]:
    """The ids of the messages of a file of whole lines."""
    content = path.read_text()
    assert not content or content.endswith("\n")
    return [json.loads(line)["id"] for line in content.splitlines()]


KILLED = """
import os, sys
from pathlib import Path
from policytrack.channels import kinds
from tests.alerted import message

write = os.write

def torn(file, line):
    write(file, line[:int(sys.argv[2])])
    os.kill(os.getpid(), 9)

os.write = torn
kind = kinds()["file"]
kind.open(kind.settings(file="a.jsonl"), Path(sys.argv[1])).send(message(id="torn"))
"""


class TestFile:
    def test_each_message_is_a_line(self, tmp_path: Path) -> None:
        channel = opened(tmp_path, file="alerts.jsonl")
        assert [channel.send(message(id=name)) for name in ("a", "b", "b")] == ["written"] * 3
        assert lines(tmp_path / "alerts.jsonl") == ["a", "b", "b"]
        first = (tmp_path / "alerts.jsonl").read_text().splitlines()[0]
        assert Payload.model_validate_json(first) == payload(id="a")

    def test_no_words_end_a_line(self, tmp_path: Path) -> None:
        bad = QUOTE.model_copy(update={"quote": "a\r\nb\u2028c\x00"})
        opened(tmp_path, file="a.jsonl").send(message(shift(quote=bad)))
        content = (tmp_path / "a.jsonl").read_bytes()
        assert content.count(b"\n") == 1 and json.loads(content)["data"]["quote"]["quote"] == "a\r\nb\u2028c\x00"

    def test_what_a_template_makes_is_one_line(self, tmp_path: Path) -> None:
        (tmp_path / "t.j2").write_text("{{ type }}\n\n{{ id }}\n")
        opened(tmp_path, file="a.txt", template="t.j2").send(message(id="x"))
        assert (tmp_path / "a.txt").read_text() == "shift.corroborated x\n"

    def test_it_is_on_the_disk_when_it_is_said_to_be(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        synced: list[int] = []
        fsync = os.fsync
        monkeypatch.setattr(os, "fsync", lambda file: (synced.append(os.fstat(file).st_size), fsync(file))[1])
        opened(tmp_path, file="a.jsonl").send(message())
        assert (tmp_path / "a.jsonl").stat().st_size in synced

    @pytest.mark.parametrize("written", [5, 300])
    def test_what_a_kill_leaves_of_a_line_is_gone_before_the_next(self, written: int, tmp_path: Path) -> None:
        channel = opened(tmp_path, file="a.jsonl")
        channel.send(message(id="a"))
        command = [sys.executable, "-c", KILLED, str(tmp_path), str(written)]
        root = str(Path(policytrack.__file__).parent.parent)
        assert subprocess.run(command, check=False, cwd=root).returncode == -signal.SIGKILL
        assert not (tmp_path / "a.jsonl").read_text().endswith("\n")
        channel.send(message(id="b"))
        assert lines(tmp_path / "a.jsonl") == ["a", "b"]

    @pytest.mark.parametrize(
        ("tail", "left"),
        [
            ('{"schema":1,"ty', []),
            ("{", []),
            ('{"schema":1}', ['{"schema":1}']),
            ('{"mine":', ['{"mine":']),
            ("words of somebody", ["words of somebody"]),
            ('{"schema":1,"q":"' + "é" * 100_000, []),
            ("x" * 200_000, ["x" * 200_000]),
        ],
        ids=["torn", "brace", "whole", "foreign", "words", "long", "long words"],
    )
    def test_only_what_we_tore_is_taken_away(self, tail: str, left: list[str], tmp_path: Path) -> None:
        (tmp_path / "a.jsonl").write_text(f"first\n{tail}")
        opened(tmp_path, file="a.jsonl").send(message(id="b"))
        *before, last = (tmp_path / "a.jsonl").read_text().splitlines()
        assert before == ["first", *left] and json.loads(last)["id"] == "b"

    def test_a_full_disk_leaves_whole_lines(self, tmp_path: Path) -> None:
        channel = opened(tmp_path, file="a.jsonl")
        channel.send(message(id="a"))
        size = (tmp_path / "a.jsonl").stat().st_size
        before = resource.getrlimit(resource.RLIMIT_FSIZE)
        ignored = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (size + 100, before[1]))
        try:
            failure = undelivered(channel)
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, before)
            signal.signal(signal.SIGXFSZ, ignored)
        assert failure.told.startswith("cannot be written: ") and not failure.final
        assert (tmp_path / "a.jsonl").stat().st_size == size
        channel.send(message(id="b"))
        assert lines(tmp_path / "a.jsonl") == ["a", "b"]

    def test_many_write_at_a_time(self, tmp_path: Path) -> None:
        channel = opened(tmp_path, file="a.jsonl")
        workers = [threading.Thread(target=lambda: [channel.send(message()) for _ in range(5)]) for _ in range(4)]
        for worker in workers:
            worker.start()
        for worker in workers:
            worker.join()
        assert len(lines(tmp_path / "a.jsonl")) == 20

    def test_a_file_that_was_taken_away_is_made_anew(self, tmp_path: Path) -> None:
        channel = opened(tmp_path, file="a.jsonl")
        channel.send(message(id="a"))
        (tmp_path / "a.jsonl").rename(tmp_path / "a.1")
        channel.send(message(id="b"))
        assert (lines(tmp_path / "a.1"), lines(tmp_path / "a.jsonl")) == (["a"], ["b"])

    def test_a_folder_that_was_taken_away_is_said(self, tmp_path: Path) -> None:
        (tmp_path / "sub").mkdir()
        channel = opened(tmp_path, file="sub/a.jsonl")
        (tmp_path / "sub").rmdir()
        assert "cannot be written" in undelivered(channel).told

    def test_what_is_no_file_is_refused(self, tmp_path: Path) -> None:
        os.mkfifo(tmp_path / "pipe")
        with pytest.raises(ConfigError, match="not a regular file"):
            opened(tmp_path, file="pipe")


FORMATS = ["policy.atom", "policy.rss"]


class TestFeed:
    @pytest.mark.parametrize("name", FORMATS)
    def test_readers_of_feeds_read_it(self, name: str, tmp_path: Path) -> None:
        channel = opened(tmp_path, feed=name, title="Cork & salt", link="https://desk.example/")
        assert channel.send(message(id="a")) == "written"
        found = feedparser.parse((tmp_path / name).read_bytes())
        assert not found.bozo and (found.feed.title, found.feed.link) == ("Cork & salt", "https://desk.example/")
        (entry,) = found.entries
        assert entry.title == short(payload()) and entry.link == "https://harbour.example/cork"
        assert entry.id.endswith("a") and entry.tags[0].term == "shift.corroborated"
        assert entry.get("updated_parsed", entry.get("published_parsed"))[:5] == AT.timetuple()[:5]
        body = entry.content[0].value if "content" in entry else entry.summary
        assert unescape(body.replace("<br />", "\n").replace("<br>", "\n")) == f"<p>{full(payload()).strip()}</p>"

    @pytest.mark.parametrize(
        ("settings", "version"),
        [
            ({"feed": "a.xml"}, "rss20"),
            ({"feed": "a.RSS"}, "rss20"),
            ({"feed": "a.xml", "format": "atom"}, "atom10"),
            ({"feed": "feed", "format": "rss"}, "rss20"),
        ],
    )
    def test_the_format_is_said_or_told_by_the_ending(
        self, settings: dict[str, Any], version: str, tmp_path: Path
    ) -> None:
        opened(tmp_path, **settings).send(message())
        assert feedparser.parse((tmp_path / settings["feed"]).read_bytes()).version == version

    def ids(self, path: Path) -> list[str]:
        return [entry.id.removeprefix("urn:policytrack:") for entry in feedparser.parse(path.read_bytes()).entries]

    @pytest.mark.parametrize("name", FORMATS)
    def test_the_newest_come_first_and_so_many_are_kept(self, name: str, tmp_path: Path) -> None:
        channel = opened(tmp_path, feed=name, keep=3)
        for day in (11, 14, 12, 13):
            channel.send(message(id=f"d{day}", timestamp=AT.replace(day=day)))
        assert self.ids(tmp_path / name) == ["d14", "d13", "d12"]

    @pytest.mark.parametrize("name", FORMATS)
    def test_an_entry_takes_the_place_of_its_earlier_self(self, name: str, tmp_path: Path) -> None:
        channel = opened(tmp_path, feed=name)
        for given in (message(id="a"), message(TEST, id="b", timestamp=DAY), message(TEST, id="a")):
            channel.send(given)
        assert self.ids(tmp_path / name) == ["b", "a"]
        assert feedparser.parse((tmp_path / name).read_bytes()).entries[1].title == short(payload(TEST))

    @pytest.mark.parametrize("name", FORMATS)
    def test_the_same_messages_give_the_same_file(self, name: str, tmp_path: Path) -> None:
        channel = opened(tmp_path, feed=name)
        for identity in ("a", "b"):
            channel.send(message(id=identity))
        before = (tmp_path / name).read_bytes()
        channel.send(message(id="b"))
        assert (tmp_path / name).read_bytes() == before

    @pytest.mark.parametrize("name", FORMATS)
    @pytest.mark.parametrize("words", ["]]><b>&amp;\x00\ufffe\x0b", "<script>alert(1)</script>", "a\ud7ffb\U0001f600"])
    def test_words_do_no_harm(self, name: str, words: str, tmp_path: Path) -> None:
        bad = QUOTE.model_copy(update={"quote": words})
        channel = opened(tmp_path, feed=name, title=words)
        for identity in ("a", "b"):  # what was written is read again
            channel.send(message(shift(quote=bad, url="javascript:alert(1)", to=words), id=identity))
        found = feedparser.parse((tmp_path / name).read_bytes())
        assert not found.bozo and len(found.entries) == 2
        assert "javascript:" not in found.entries[0].get("link", "")
        plain = "title" if name.endswith("atom") else "none"  # titles of Atom are text, and no HTML
        texts = [each.text or "" for each in xml.parse(tmp_path / name).iter() if not each.tag.endswith(plain)]
        assert not [text for text in texts if "<script" in text]

    def test_a_digest_is_one_entry(self, tmp_path: Path) -> None:
        channel = opened(tmp_path, feed="a.atom")
        channel.send(message(digest(TEST, TEST).data, id="a-1"))
        assert self.ids(tmp_path / "a.atom") == ["a-1"]

    @pytest.mark.parametrize("name", FORMATS)
    @pytest.mark.parametrize(
        "content",
        [
            b"notes of mine",
            b"<feed xmlns='http://www.w3.org/2005/Atom'><generator>other</generator></feed>",
            b"<feed xmlns='http://www.w3.org/2005/Atom'><generator>policytrack</generator><entry/></feed>",
            b"<rss><channel><generator>other</generator></channel></rss>",
            b"<rss><channel><generator>policytrack</generator><item><guid>x</guid></item></channel></rss>",
            b"<rss/>",
            b"\xff\xfe\x00",
            b"<?xml version='1.0'?><!DOCTYPE x [<!ENTITY a 'aaaaaaaaaa'>" + b"".join(
                b"<!ENTITY a%d '%s'>" % (n, b"&a%d;" % (n - 1) * 10 if n else b"&a;" * 10) for n in range(9)
            ) + b"]><rss>&a8;</rss>",
        ],
        ids=["text", "other", "bare entry", "other rss", "bare item", "empty rss", "bytes", "swelling"],
    )  # fmt: skip
    def test_a_file_of_somebody_else_stays_as_it_is(self, name: str, content: bytes, tmp_path: Path) -> None:
        (tmp_path / name).write_bytes(content)
        failure = undelivered(opened(tmp_path, feed=name))
        assert "name another file" in failure.told and not failure.final
        assert (tmp_path / name).read_bytes() == content

    def test_a_full_disk_leaves_the_feed_as_it_was(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        channel = opened(tmp_path, feed="a.atom")
        channel.send(message(id="a"))

        def full(_: int) -> None:
            raise OSError(28, "No space left on device")

        monkeypatch.setattr("policytrack.wholefile.os.fsync", full)
        assert undelivered(channel, id="b").told == "cannot be written: No space left on device"
        assert self.ids(tmp_path / "a.atom") == ["a"] and len(list(tmp_path.iterdir())) == 1

    def test_many_write_at_a_time(self, tmp_path: Path) -> None:
        channel = opened(tmp_path, feed="a.atom")

        def send(worker: int) -> None:
            for number in range(5):
                channel.send(message(id=f"{worker}-{number}"))

        workers = [threading.Thread(target=send, args=(number,)) for number in range(4)]
        for worker in workers:
            worker.start()
        for worker in workers:
            worker.join()
        assert len(self.ids(tmp_path / "a.atom")) == 20


class TestApprise:
    @pytest.fixture
    def served(self) -> Iterator[Site]:
        with site() as found:
            found.pages["/T0KENaaa"] = answer(200)
            yield found

    @pytest.fixture
    def channel(self, served: Site, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Channel:
        """A channel of Apprise's that posts the title and the text as JSON."""
        monkeypatch.setenv("CHAT", f"json://me:hunter22@127.0.0.1:{served.port}/T0KENaaa?rto=1")
        return opened(tmp_path, apprise="env:CHAT")

    def test_title_and_text_are_sent(self, served: Site, channel: Channel) -> None:
        assert channel.send(message()) == "taken by JSON"
        sent = json.loads(served.posted[0])
        assert (sent["title"], sent["message"].strip()) == (short(payload()), full(payload()).strip())

    @pytest.mark.usefixtures("channel")
    @pytest.mark.parametrize("style", ["short", "markdown"])
    def test_each_style(self, style: str, served: Site, tmp_path: Path) -> None:
        assert opened(tmp_path, apprise="env:CHAT", text=style).send(message())
        sent = json.loads(served.posted[-1])
        assert sent["message"].startswith("pt.cork.export" if style == "short" else "**pt.cork.export")
        assert (sent["title"] == "") is (style == "short")

    @pytest.mark.usefixtures("channel")
    def test_a_template(self, served: Site, tmp_path: Path) -> None:
        (tmp_path / "t.j2").write_text("<{{ type }}>")
        assert opened(tmp_path, apprise="env:CHAT", template="t.j2").send(message())
        assert json.loads(served.posted[-1])["message"] == "<shift.corroborated>"

    def test_nobody_is_called_by_words(self, served: Site, channel: Channel) -> None:
        bad = QUOTE.model_copy(update={"quote": "@everyone <@1> <@&2> me@desk.example @ 5"})
        channel.send(message(shift(quote=bad)))
        sent = json.loads(served.posted[-1])["message"]
        assert "@everyone" not in sent and "<@1>" not in sent and "<@&2>" not in sent
        assert "me@desk.example @ 5" in sent and "everyone" in sent

    def test_a_failure_is_told_with_its_reason(
        self, served: Site, channel: Channel, caplog: pytest.LogCaptureFixture
    ) -> None:
        served.pages["/T0KENaaa"] = [answer(500, b"T0KENaaa"), drop(), slow(served, 2)]
        with caplog.at_level(1):
            told = [undelivered(channel).told for _ in range(3)]
        assert "error=500" in told[0]
        everything = "\n".join([*told, repr(channel), caplog.text])
        assert "apprise" in caplog.text and len(max(told, key=len)) <= 200
        for secret in ("hunter22", "T0KENaaa", "bWU6aHVudGVyMjI="):
            assert secret.lower() not in everything.lower()

    @pytest.mark.parametrize(
        ("kept", "told"),
        [
            ("slak://T0KENaaa/T0KENbbb/T0KENccc", 'knows no "slak://"'),
            ("jsn://me:T0KENaaa@127.0.0.1", 'Did you mean "json"'),
            ("slack://T0KENaaa", "holds no address that Apprise takes"),
            ("T0KENaaa", "holds no address that Apprise takes"),
            ("://T0KENaaa", "holds no address"),
            ("json://", "holds no address"),
            ("json://127.0.0.1, slak://T0KENaaa", "holds no address"),
            (",", "holds no address"),
        ],
    )
    def test_what_is_no_address_is_refused_and_not_shown(
        self, kept: str, told: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
    ) -> None:
        monkeypatch.setenv("CHAT", kept)
        with pytest.raises(ConfigError, match=told) as caught:
            opened(tmp_path, apprise="env:CHAT")
        assert "env:CHAT" in str(caught.value) and "t0ken" not in str(caught.value).lower()

    def test_a_plug_in_that_raises_is_a_failure(self, channel: Any, monkeypatch: pytest.MonkeyPatch) -> None:
        def broken(**_: object) -> None:
            raise ValueError("cannot ask T0KENaaa")

        monkeypatch.setattr(channel._places, "notify", broken)
        assert undelivered(channel).told == "ValueError: cannot ask ***"

    def test_it_may_not_take_for_ever(self, served: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        served.pages["/T0KENaaa"] = slow(served, 5)
        monkeypatch.setenv("CHAT", f"json://127.0.0.1:{served.port}/T0KENaaa?rto=4")
        began = time.monotonic()
        assert undelivered(opened(tmp_path, apprise="env:CHAT", seconds=0.2)).told
        assert time.monotonic() - began < 2

    @pytest.mark.usefixtures("channel")
    def test_without_the_library_the_remedy_is_said(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(
            "policytrack.channels.apprise.library", lambda _, what, extra: library("not_installed", what, extra)
        )
        with pytest.raises(ConfigError, match=r"pip install 'policytrack\[notify\]'"):
            opened(tmp_path, apprise="env:CHAT")


@pytest.mark.parametrize("name", ["a.jsonl", "a.atom"])
def test_words_that_were_removed_are_in_no_file(name: str, tmp_path: Path) -> None:
    removed = message(shift(quote=QUOTE.model_copy(update={"quote": ""})))
    opened(tmp_path, **{"file" if name.endswith("l") else "feed": name}).send(removed)
    content = (tmp_path / name).read_text()
    assert QUOTE.quote not in content and (REMOVED in content or '"quote":""' in content)
