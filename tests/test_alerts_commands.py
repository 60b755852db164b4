"""`policytrack alerts` and its commands: what they print, how they end, and what they say of mistakes."""

from __future__ import annotations

import functools
import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer
from typer.testing import CliRunner

import policytrack.tracker
from policytrack.cli import app
from policytrack.ledger.outbox import Delivery, Outbox
from policytrack.model import Article
from policytrack.tracker import Tracker, open_tracker
from tests.sites import Site, answer, site
from tests.test_tracker import CORK, LIFTED, SALT, TAXED, Reader, house, news, rules_folder

RUNNER = CliRunner()
HEARD = {**LIFTED, "status": "reported"}
SALTED = {**TAXED, "status": "reported"}
COMMAND = functools.cache(typer.main.get_command)
COMMANDS = ("check", "run", "test", "why", "log", "resend", "silence")

FILE = """\
channels:
  desk: {file: desk.jsonl}
  other: {file: other.jsonl}
  broken: {exec: "false", retry: {tries: 2}}
  hook: {webhook: "env:HOOK_URL"}
subscriptions:
  - {name: everyone, to: [desk, other]}
  - {name: salt-desk, match: {policy: pt.salt.*}, to: desk}
  - {name: sure, match: {stage: confirmed}, to: desk}
  - {name: unlucky, match: {policy: pt.salt.*}, to: [broken, other]}
"""


class Shell:
    """The commands with one ledger and one alert file; the clock is that of the machine."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.rules = str(rules_folder(folder / "rules"))
        self.db = str(folder / "watch.db")
        self.file = folder / "alerts.yaml"
        self.file.write_text(FILE)

    def run(self, name: str, *words: str, flags: str = "--db --rules --file") -> Any:
        values = {"--db": self.db, "--rules": self.rules, "--file": str(self.file)}
        return RUNNER.invoke(
            app, ["alerts", name, *words, *(x for flag in flags.split() for x in (flag, values[flag]))]
        )

    def check(self, *words: str) -> Any:
        return self.run("check", str(self.file), *words, flags="--rules")

    def send(self, *words: str) -> Any:
        return self.run("run", str(self.file), "--once", *words, flags="--db --rules")

    def test(self, *words: str) -> Any:
        return self.run("test", *words, flags="--rules --file")

    def log(self, *words: str) -> Any:
        return self.run("log", *words, flags="--db")

    def lines(self, *words: str) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.log("--format", "jsonl", *words).stdout.splitlines()]

    def resend(self, *words: str) -> Any:
        return self.run("resend", *words, flags="--db")

    def silence(self, *words: str) -> Any:
        return self.run("silence", *words, flags="--db --rules")

    def tracker(self) -> Tracker:
        return open_tracker(self.db, rules=house(), extractor=Reader())

    def takes(self, *articles: Article) -> list[str]:
        """The ids of all shifts, once these articles are taken in."""
        with self.tracker() as tracker:
            tracker.ingest(list(articles))
            return [each.id for each in tracker.shifts()]

    def sent(self, channel: str = "desk") -> list[dict[str, Any]]:
        path = self.folder / f"{channel}.jsonl"
        return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []


@pytest.fixture
def shell(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Shell:
    monkeypatch.setenv("HOOK_URL", "https://hook.example/x")
    made = Shell(tmp_path)
    # Each command reads its rules anew, which is half a second: those of these tests are read once.
    monkeypatch.setattr(policytrack.tracker, "load_rules", lambda *_: house())
    monkeypatch.setattr(typer.testing, "_get_command", COMMAND)  # nor is the tree of commands made for each
    return made


@pytest.fixture
def told(shell: Shell) -> Shell:
    """The same, where a ban was lifted and a duty imposed since the subscriptions began, and nothing was sent yet."""
    with shell.tracker() as tracker:
        assert list(tracker.alerts(shell.file).round()) == []
        tracker.ingest([news("a", "2025-12-01", HEARD), news("b", "2025-12-02", SALTED)])
    return shell


@pytest.fixture
def served() -> Iterator[Site]:
    with site() as found:
        yield found


class TestHelp:
    @pytest.mark.parametrize("name", COMMANDS)
    def test_each_has_examples_that_it_takes(self, name: str) -> None:
        done = RUNNER.invoke(app, ["alerts", name, "--help"], terminal_width=200)
        assert done.exit_code == 0
        examples = [line for line in done.stdout.splitlines() if line.strip().startswith(f"policytrack alerts {name}")]
        assert len(examples) >= 2

    def test_all_are_listed(self) -> None:
        done = RUNNER.invoke(app, ["alerts"])
        assert all(f"  {name} " in done.output for name in COMMANDS)

    def test_a_command_that_is_misspelt(self) -> None:
        done = RUNNER.invoke(app, ["alerts", "chek"])
        assert done.exit_code == 2 and "Did you mean 'check'?" in done.output

    def test_policies_complete_on_the_tab_key(self) -> None:
        words = {"_POLICYTRACK_COMPLETE": "complete_bash", "COMP_WORDS": "policytrack alerts silence us.atacms.s"}
        asked = {**os.environ, **words, "COMP_CWORD": "3"}
        done = subprocess.run([sys.executable, "-m", "policytrack"], capture_output=True, text=True, env=asked)
        assert done.stdout.split() == ["us.atacms.strikes-in-russia"]


class TestCheck:
    def test_what_is_fine(self, shell: Shell) -> None:
        done = shell.check()
        assert (done.exit_code, done.stdout) == (0, f"{shell.file}: 4 channels, 4 subscriptions, 0 silences: fine\n")
        assert "policytrack alerts test NAME" in done.stderr

    def test_what_is_wrong_has_its_place_and_its_remedy(self, shell: Shell) -> None:
        shell.file.write_text(FILE.replace("to: desk}", "to: dsk}").replace("send", "sned"))
        done = shell.check()
        assert done.exit_code == 2 and done.stdout == ""
        assert 'alerts.yaml:8:55: PT191 there is no channel "dsk". Did you mean "desk"?' in done.stderr
        assert "policytrack rules explain-error PT191" in done.stderr

    def test_a_secret_that_is_not_there(self, shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.delenv("HOOK_URL")
        done = shell.check()
        assert done.exit_code == 2 and "channel hook: env:HOOK_URL is not set." in done.stderr

    def test_what_nobody_may_hear_of_is_noted(self, shell: Shell) -> None:
        shell.file.write_text(FILE.replace("policy: pt.salt.*", "tag: sanctions", 1))
        done = shell.check()
        assert done.exit_code == 0 and "note: " in done.stderr
        assert '8:36: PT193 no policy that is tracked has a tag "sanctions".' in done.stderr
        assert "note: " in shell.send().stderr

    def test_one_that_tells_nobody(self, shell: Shell) -> None:
        shell.file.write_text("channels: {desk: {file: a.jsonl}}\n")
        assert "there is no subscription, so that nobody is told of anything" in shell.check().stderr

    def test_one_that_is_not_there(self, shell: Shell) -> None:
        done = shell.run("check", str(shell.file.with_name("alert.yaml")), flags="")
        assert done.exit_code == 2 and 'Did you mean "alerts.yaml"?' in done.stderr


class TestRun:
    def test_it_says_when_nothing_waits(self, shell: Shell) -> None:
        done = shell.send()
        assert (done.exit_code, done.stdout) == (0, "") and "nothing waits" in done.stderr

    def test_what_is_new_is_sent_once_also_by_the_next_cron(self, told: Shell) -> None:
        first, second = told.send(), told.send()
        assert [each["data"]["policy"] for each in told.sent()] == [CORK, SALT, SALT]
        assert [each["data"]["policy"] for each in told.sent("other")] == [CORK, SALT, SALT]
        lines = first.stdout.splitlines()
        assert len(lines) == 7 and any(
            re.fullmatch(rf"desk   sent   s-\w+ {CORK}   written   s-\w+-reported", line) for line in lines
        )
        assert second.stdout == "" and first.exit_code == 3

    def test_a_channel_that_fails_holds_up_no_other(self, told: Shell) -> None:
        done = told.send("--format", "jsonl")
        found = [json.loads(line) for line in done.stdout.splitlines()]
        assert {each["channel"]: each["status"] for each in found} == {
            "desk": "sent", "other": "sent", "broken": "waiting",
        }  # fmt: skip
        assert done.exit_code == 3
        assert re.search(r"broken, for s-\w+ pt.salt.import: exit code 1. It is tried again from ", done.stderr)
        assert "the next is due at" in done.stderr

    def test_a_bad_file_is_no_use(self, told: Shell) -> None:
        told.file.write_text(FILE.replace("stage: confirmed", "stage: sure"))
        done = told.send()
        assert done.exit_code == 2 and "alerts.yaml:9:33: PT123" in done.stderr
        assert told.sent() == []

    def test_a_folder_that_is_not_there(self, shell: Shell) -> None:
        shell.db = str(shell.folder / "nowhere" / "x.db")
        done = shell.send()
        assert done.exit_code == 4 and "nowhere" in done.stderr

    def test_another_sender(self, told: Shell) -> None:
        with told.tracker() as tracker, tracker.ledger.sending(1, "channels") as alone:
            assert alone
            done = told.send()
        assert done.exit_code == 3 and "another sender is at work" in done.stderr
        assert told.sent() == []

    @pytest.mark.parametrize("words", [("--every", "0"), ("--format", "json"), ("--forever",)])
    def test_flags_that_cannot_be(self, shell: Shell, words: tuple[str, ...]) -> None:
        assert shell.send(*words).exit_code == 2


class TestTest:
    def test_a_channel(self, shell: Shell) -> None:
        done = shell.test("desk")
        assert done.exit_code == 0 and done.stdout.startswith("desk   sent   written   ")
        [sent] = shell.sent()
        assert sent["type"] == "test" and "nothing has happened" in sent["data"]["text"]

    def test_one_that_fails_does_not_affect_the_others(self, shell: Shell) -> None:
        done = shell.test("unlucky")
        assert done.exit_code == 1
        assert [line.split("   ")[:3] for line in done.stdout.splitlines()] == [
            ["broken", "FAILED", "exit code 1"], ["other", "sent", "written"],
        ]  # fmt: skip
        assert len(shell.sent("other")) == 1

    @pytest.mark.parametrize("format", ["json", "jsonl"])
    def test_for_machines(self, shell: Shell, format: str) -> None:
        done = shell.test("unlucky", "--format", format)
        found = (
            json.loads(done.stdout)["tried"] if format == "json" else list(map(json.loads, done.stdout.splitlines()))
        )
        assert [(each["channel"], each["sent"]) for each in found] == [("broken", False), ("other", True)]
        assert done.exit_code == 1

    def test_over_the_wire(self, shell: Shell, served: Site, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("HOOK_URL", served.address("/t0ken"))
        shell.file.write_text(FILE.replace('"env:HOOK_URL"', '"env:HOOK_URL", allow_private: 127.0.0.1'))
        served.pages["/t0ken"] = answer(200)
        done = shell.test("hook")
        assert done.exit_code == 0 and done.stdout.startswith("hook   sent   HTTP 200   ")
        served.pages["/t0ken"] = answer(500)
        done = shell.test("hook")
        assert done.exit_code == 1 and done.stdout.startswith("hook   FAILED   HTTP 500   ")
        assert "t0ken" not in done.output

    def test_nothing_is_recorded(self, shell: Shell) -> None:
        shell.test("everyone")
        assert not Path(shell.db).exists()

    def test_only_what_is_tested_is_opened(self, shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.delenv("HOOK_URL")
        assert shell.test("everyone").exit_code == 0
        done = shell.test("hook")
        assert done.exit_code == 1 and "FAILED   env:HOOK_URL is not set" in done.stdout

    @pytest.mark.parametrize(
        ("name", "told"),
        [
            ("dsek", 'Did you mean "desk"?'),
            ("salt-dsk", 'Did you mean "salt-desk"?'),
            ("zzz", "There are: desk, other,"),
        ],
    )
    def test_a_name_that_is_unknown(self, shell: Shell, name: str, told: str) -> None:
        done = shell.test(name)
        assert done.exit_code == 2 and f"there is no channel and no subscription '{name}'. {told}" in done.stderr

    def test_a_name_of_both_is_both(self, shell: Shell) -> None:
        shell.file.write_text(FILE + "  - {name: desk, to: other}\n")
        assert [line.split()[0] for line in shell.test("desk").stdout.splitlines()] == ["desk", "other"]


class TestWhy:
    def test_the_way_of_a_shift_to_each(self, told: Shell) -> None:
        told.send()
        [cork, salt] = [each["data"]["shift"] for each in told.sent("other")[:2]]
        done = told.run("why", cork[:8])
        assert done.exit_code == 0
        lines = done.stdout.splitlines()
        assert lines[0] == f"{cork[:8]}  {CORK}"
        assert [line.split()[0] for line in lines if line.startswith("  ") and line[2] != " "] == [
            "everyone", "salt-desk", "sure", "unlucky",
        ]  # fmt: skip
        assert f"    no  policy: it is {CORK}, and pt.salt.* is wanted" in lines
        assert "    no  stage: it is reported, and confirmed at least is wanted" in lines
        assert any(line.startswith("    => desk: sent at ") and "other: sent at" in done.stdout for line in lines)
        assert lines.count("    => not sent") == 3
        assert f"policytrack why {cork[:8]} --db" in done.stderr
        assert "broken: waits until" in told.run("why", salt, "--for", "unlucky").stdout

    def test_before_it_was_looked_at(self, told: Shell) -> None:
        [cork] = [each for each in told.takes() if each][:1]
        done = told.run("why", cork, "--for", "everyone", "--format", "json")
        [way] = json.loads(done.stdout)["ways"]
        assert way["came_to"] == "not looked at yet: `policytrack alerts run` does"
        assert [step["name"] for step in way["steps"]] == ["news", "change", "silence", "send", "group"]
        [line] = told.run("why", cork, "--for", "everyone", "--format", "jsonl").stdout.splitlines()
        assert json.loads(line)["shift"] == cork

    def test_no_secret_is_needed_to_ask(self, told: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.delenv("HOOK_URL")
        [cork, _] = told.takes()
        assert told.run("why", cork).exit_code == 0

    def test_what_is_unknown(self, told: Shell) -> None:
        [cork, _] = told.takes()
        done = told.run("why", cork, "--for", "everyon")
        assert done.exit_code == 2 and "there is no subscription 'everyon'. Did you mean \"everyone\"?" in done.stderr
        for opening in ("s-", "x", "c-1", "s-zz", ""):
            done = told.run("why", opening)
            assert done.exit_code == 2 and ("there is no shift" in done.stderr or "can be" in done.stderr)


class TestLog:
    def test_what_was_sent(self, told: Shell) -> None:
        told.send()
        done = told.log()
        head, *rows = done.stdout.splitlines()
        assert head.split() == ["AT", "STATUS", "CHANNEL", "ABOUT", "TRIES", "TOLD", "ID"] and len(rows) == 7
        assert sum(" waiting " in row and "exit code 1" in row for row in rows) == 1
        whole = json.loads(told.log("--format", "json").stdout)
        assert len(whole["alerts"]) == 7 and {each["status"] for each in whole["alerts"]} == {"sent", "waiting"}

    def test_filters(self, told: Shell) -> None:
        told.send()
        assert {each["channel"] for each in told.lines("--channel", "desk")} == {"desk"}
        assert len(told.lines("--channel", "desk")) == 3
        assert {each["subscription"] for each in told.lines("--subscription", "unlucky")} == {"unlucky"}
        assert [each["channel"] for each in told.lines("--status", "waiting")] == ["broken"]
        assert told.lines("--last", "2") == told.lines()[-2:] and told.lines("--last", "3") == told.lines()[-3:]
        assert told.lines("--last", "1", "--channel", "other") == told.lines("--channel", "other")[-1:]
        assert told.lines("--channel", "broken", "--subscription", "everyone") == []

    def test_the_exit_code_tells_of_the_dead(self, told: Shell) -> None:
        told.send()
        assert told.log("--exit-code").exit_code == 0
        told.file.write_text(FILE.replace("tries: 2", "tries: 1"))
        told.takes(news("c", "2025-12-03", {**SALTED, "operation": "lift", "direction": "looser"}))
        told.run("resend", told.lines("--channel", "broken")[0]["id"], flags="--db")
        assert told.send().exit_code == 3
        assert {each["status"] for each in told.lines("--channel", "broken")} == {"dead"}
        assert told.log("--exit-code").exit_code == 1 and told.log().exit_code == 0
        assert told.log("--exit-code", "--channel", "desk").exit_code == 0

    def test_nothing_yet(self, shell: Shell) -> None:
        shell.takes(news("a", "2025-12-01", HEARD))
        assert shell.log().stdout == "nothing has been sent, and nothing waits\n"
        assert json.loads(shell.log("--format", "json").stdout)["note"] == "nothing has been sent, and nothing waits"

    @pytest.mark.parametrize(
        ("words", "said"),
        [
            (
                ["--channel", "dsek"],
                "nothing was ever sent to a channel 'dsek', and nothing waits. Did you mean \"desk\"?",
            ),
            (
                ["--subscription", "everyon"],
                "of a subscription 'everyon', and nothing waits. Did you mean \"everyone\"?",
            ),
            (
                ["--subscription", "sure"],
                "of a subscription 'sure', and nothing waits. There are: everyone, salt-desk,",
            ),
            (["--status", "dead"], "nothing of that kind has been sent, and nothing waits"),
        ],
    )
    def test_a_filter_that_leaves_nothing_says_why(self, told: Shell, words: list[str], said: str) -> None:
        told.send()
        done = told.log(*words)
        assert done.exit_code == 0 and said in done.stdout

    @pytest.mark.parametrize("words", [("--status", "sended"), ("--last", "0"), ("--last", "x"), ("--format", "csv")])
    def test_flags_that_cannot_be(self, shell: Shell, words: tuple[str, ...]) -> None:
        assert shell.log(*words).exit_code == 2

    def test_only_the_last_of_many_are_read(self, told: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
        told.send()
        asked: list[int] = []
        found = Outbox.deliveries_of

        def counted(outbox: Outbox, alert: int) -> list[Delivery]:
            asked.append(alert)
            return found(outbox, alert)

        monkeypatch.setattr(Outbox, "deliveries_of", counted)
        assert len(told.lines("--last", "1")) == 1
        assert len(asked) == 1


class TestResend:
    def test_it_is_sent_again_with_the_same_id(self, told: Shell) -> None:
        told.send()
        cork = told.sent()[0]["id"]
        done = told.resend(cork)
        assert (done.exit_code, done.stdout) == (0, "2 deliveries to be sent again\n")
        assert "policytrack alerts run" in done.stderr
        told.send()
        assert [each["id"] for each in told.sent()].count(cork) == 2
        assert [each["id"] for each in told.sent("other")].count(cork) == 2
        assert told.sent()[-1] == told.sent()[0]
        assert {each["tries"] for each in told.lines("--channel", "desk") if each["id"] == cork} == {2}

    def test_to_one_channel(self, told: Shell) -> None:
        told.send()
        cork = told.sent()[0]["id"]
        assert told.resend(cork[:8], "--channel", "other").stdout == "1 delivery to be sent again\n"
        told.send()
        assert len(told.sent()) == 3 and len(told.sent("other")) == 4

    def test_what_is_dead(self, told: Shell) -> None:
        told.file.write_text(FILE.replace("tries: 2", "tries: 1"))
        told.send()
        [dead] = told.lines("--status", "dead")
        told.file.write_text(FILE.replace('exec: "false"', "exec: 'true'"))
        assert told.send().stdout == "", "it is not tried again by itself"
        told.resend(dead["id"], "--channel", "broken")
        assert told.send().stdout.startswith("broken   sent   ")
        assert told.lines("--status", "dead") == []

    def test_what_is_unknown(self, told: Shell) -> None:
        told.send()
        cork = told.sent()[0]["id"]
        for opening in ("", "s-zz", "x"):
            done = told.resend(opening)
            assert done.exit_code == 2 and "`policytrack alerts log` lists them" in done.stderr
        done = told.resend("s-")
        assert done.exit_code == 2 and f"{cork}" in done.stderr and "Write more of it." in done.stderr
        done = told.resend(cork, "--channel", "hook")
        assert done.exit_code == 2 and "was not sent to a channel 'hook', but to: desk, other." in done.stderr


BRIEFED = ("--until", "2099-01-01", "--by", "Ana", "--reason", "briefed")


class TestSilence:
    def test_one_is_begun_listed_and_ended(self, told: Shell) -> None:
        done = told.silence("pt.cork.*", *BRIEFED)
        assert (done.exit_code, done.stdout) == (0, "silence 1: pt.cork.* until 2099-01-01\n")
        assert f"policytrack alerts silence --end 1 --db {told.db}" in done.stderr
        head, row = told.silence().stdout.splitlines()
        assert head.split() == ["NUMBER", "POLICY", "UNTIL", "BY", "REASON"]
        assert row.split() == ["1", "pt.cork.*", "2099-01-01", "Ana", "briefed"]
        assert told.silence("--end", "1").stdout == "silence 1 has ended\n"
        assert told.silence().stdout == "no silence holds\n"

    def test_what_is_held_back_stands_in_the_log(self, shell: Shell) -> None:
        shell.send()
        shell.takes(news("z", "2025-11-01"))
        shell.silence("pt.cork.*", *BRIEFED)
        shell.takes(news("a", "2025-12-01", HEARD), news("b", "2025-12-02", SALTED))
        shell.send()
        assert {each["data"]["policy"] for each in shell.sent()} == {SALT}
        [held] = shell.lines("--status", "held_back")
        assert held["told"] == "silenced until 2099-01-01 by Ana: briefed"
        [cork, _] = shell.takes()
        assert "silenced until 2099-01-01 by Ana: briefed" in shell.run("why", cork, "--for", "everyone").stdout

    @pytest.mark.parametrize(
        ("words", "told_so"),
        [
            (("pt.*",), "--until, --by, --reason is missing."),
            (("pt.*", "--until", "2099-01-01", "--by", "Ana"), "who wants it, and why; --reason is missing."),
            (BRIEFED, "--until needs a policy: policytrack alerts silence 'us.*'"),
            (("--by", "Ana"), "--by needs a policy"),
            (("pt.*", *BRIEFED, "--end", "1"), "--end 1 goes alone."),
            (("pt.*", "--end", "1"), "--end 1 goes alone."),
            (("--end", "7"), "there is no silence 7. `policytrack alerts silence` lists them."),
            (("--end", "x"), "--end"),
            (
                ("pt.cork.exprt", *BRIEFED),
                "'pt.cork.exprt' matches no policy that is tracked. Did you mean \"pt.cork.exp",
            ),
            (("zz.*", *BRIEFED), "'zz.*' matches no policy that is tracked. `policytrack policies` lists what is"),
            (("pt.bark.export", *BRIEFED), 'It is called "pt.cork.export" now: write that.'),
            (("", *BRIEFED), "matches no policy"),
            (("pt.*", "--until", "2020-01-01", *BRIEFED[2:]), "until 2020-01-01 is past. Write a later day"),
            (("pt.*", "--until", "soon", *BRIEFED[2:]), "until: 'soon' is no day and no moment; write 2024-12-01"),
            (("pt.*", "--until", "2099-01-01T08:00", *BRIEFED[2:]), "has no time zone; write 2099-01-01T08:00Z"),
            (("pt.*", "--until", "9999-12-31T23:59-14:00", *BRIEFED[2:]), "is no day and no moment"),
            (("pt.*", "--until", "2099-01-01", "--by", " ", "--reason", "x"), "by: it says nothing; write who"),
            (("pt.*", "--until", "2099-01-01", "--by", "Ana", "--reason", ""), "reason: it says nothing; write who"),
        ],
    )
    def test_mistakes_begin_none(self, shell: Shell, words: tuple[str, ...], told_so: str) -> None:
        shell.takes(news("z", "2025-11-01"))
        done = shell.silence(*words)
        assert done.exit_code == 2 and told_so in done.stderr
        with shell.tracker() as tracker:
            assert tracker.alerts().silences() == []

    def test_it_ends_once(self, told: Shell) -> None:
        told.silence("pt.*", *BRIEFED)
        assert told.silence("--end", "1").exit_code == 0
        done = told.silence("--end", "1")
        assert done.exit_code == 2 and "silence 1 has ended already." in done.stderr


@pytest.mark.parametrize(
    "words", [("log",), ("resend", "s-1"), ("silence",), ("silence", "pt.*", *BRIEFED), ("silence", "--end", "1")]
)
def test_a_ledger_that_is_not_there_is_not_made(shell: Shell, words: tuple[str, ...]) -> None:
    done = shell.run(*words, flags="--db")
    assert done.exit_code == 4 and "watch.db: there is no ledger. Ingest articles first" in done.stderr
    assert not Path(shell.db).exists()
    assert shell.run("why", "s-1").exit_code == 4
