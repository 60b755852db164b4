"""`policytrack review` and its commands, and decisions in a CSV file: what people see, and what is said of rubbish."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner

from policytrack.cli import app
from policytrack.decision_sheet import read_decisions
from policytrack.decisions import SETTABLE
from policytrack.errors import ConfigError
from policytrack.tracker import open_tracker
from tests.test_review import JOINED, claim_of, opened
from tests.test_tracker import BANNED, CORK, LIFTED, SALT, news, rules_folder

RUNNER = CliRunner()


class Shell:
    """The commands on one ledger, in which cork was lifted and banned, and a claim waits."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.path = folder / "watch.db"
        with opened(self.path) as tracker:
            tracker.ingest(
                [news("a", "2024-11-12", LIFTED), news("b", "2024-11-20", BANNED), news("c", "2024-11-25", JOINED)]
            )
            self.claims = {name: claim_of(tracker, name).id for name in "abc"}
        self.rules = str(rules_folder(folder / "rules"))

    def run(self, *words: str, flags: bool = True) -> Any:
        rules = ["--rules", self.rules] if flags else []
        return RUNNER.invoke(app, ["review", *words, "--db", str(self.path), *rules])

    def sheet(self, *lines: str, head: str = "claim,decision,by,why,operation,direction,policy") -> str:
        path = self.folder / "decided.csv"
        path.write_text("\n".join([head, *lines]) + "\n", encoding="utf-8")
        return str(path)

    def decisions(self) -> list[tuple[str, str, dict[str, str]]]:
        with open_tracker(self.path) as tracker:
            return [(each.decision, each.by, each.set_) for each in tracker.decisions()]


@pytest.fixture
def shell(tmp_path: Path) -> Shell:
    return Shell(tmp_path)


class TestCommands:
    def test_what_waits(self, shell: Shell) -> None:
        done = shell.run()
        assert done.exit_code == 0
        assert "1 claim waits, as known now" in done.stdout
        assert f"{shell.claims['c'][:8]}   {CORK}   join, looser" in done.stdout
        assert "not_meaningful: join means nothing for a permission" in done.stdout
        assert f"policytrack review accept {shell.claims['c'][:8]} --by NAME --db" in done.stderr
        [line] = shell.run("--format", "jsonl").stdout.splitlines()
        assert json.loads(line)["claim"] == shell.claims["c"]
        whole = json.loads(shell.run("--format", "json").stdout)
        assert [each["reasons"] for each in whole["waiting"]] == [["not_meaningful"]]

    def test_the_exit_code_says_whether_anything_waits(self, shell: Shell) -> None:
        assert shell.run("--exit-code").exit_code == 1
        assert shell.run("--exit-code", "--reason", "disputed").exit_code == 0
        assert "nothing waits" in shell.run("--policy", SALT).stdout

    def test_each_decision_and_the_log(self, shell: Shell) -> None:
        b = shell.claims["b"][:9]
        done = shell.run("reject", b, "--by", "Ana", "--why", "a plan")
        assert done.exit_code == 0, done.stderr
        assert "rejected by Ana: a plan" in done.stdout and "0 added, 1 gone" in done.stdout
        assert f"policytrack review undo {b[:8]}" in done.stderr
        assert shell.run("undo", b, "--by", "Bo").exit_code == 0
        done = shell.run("correct", b, "--set", f"policy={SALT}", "--set", "operation=impose", "--by", "Ana")
        assert done.exit_code == 0 and "restriction_imposed" in done.stdout
        report = json.loads(shell.run("accept", shell.claims["a"], "--by", "Bo", "--format", "json").stdout)
        assert [each["decision"] for each in report["decisions"]] == ["accept"]
        assert "1 decided so already" in shell.run("accept", shell.claims["a"], "--by", "Bo").stderr
        log = shell.run("log", flags=False).stdout.splitlines()
        assert [line.split("  ")[3].split(" by ")[0] for line in log] == [
            "rejected",
            "undone",
            f"corrected to policy={SALT}",
            "accepted",
        ]
        assert "until 20" in log[0] and "until" not in log[3]
        assert len(shell.run("log", b, "--format", "jsonl", flags=False).stdout.splitlines()) == 3
        rows = list(
            csv.DictReader(io.StringIO(shell.run("log", "--format", "csv", flags=False).stdout.lstrip("\ufeff")))
        )
        assert [json.loads(row["set"]).get("policy") for row in rows] == [None, None, SALT, None]
        assert json.loads(shell.run("log", "--format", "json", flags=False).stdout)["decisions"][0]["why"] == "a plan"

    @pytest.mark.parametrize(
        ("words", "message"),
        [
            (("accept", "CLAIM"), "--by"),
            (("accept", "CLAIM", "--by", ""), "--by '' names nobody"),
            (("accept", "c-0000", "--by", "A"), "no claim 'c-0000'"),
            (("correct", "CLAIM", "--by", "A"), "--set"),
            (("correct", "CLAIM", "--by", "A", "--set", "operation"), "Write it as FIELD=VALUE"),
            (("correct", "CLAIM", "--by", "A", "--set", "level=1", "--set", "level=2"), "is there twice"),
            (("correct", "CLAIM", "--by", "A", "--set", "oparation=lift"), 'Did you mean "operation"'),
            (("undo", "CLAIM", "--by", "A"), "nothing can be undone"),
            (("--policy", SALT, "accept", "CLAIM", "--by", "A"), "--policy stands before 'accept'"),
            (("--reason", "dispute"), "Did you mean 'disputed'"),
            (("apply", "/no/such.csv"), "cannot be read"),
        ],
    )
    def test_what_cannot_be_meant(self, shell: Shell, words: tuple[str, ...], message: str) -> None:
        done = shell.run(*(shell.claims["a"] if word == "CLAIM" else word for word in words))
        assert done.exit_code == 2
        assert message in " ".join(done.stderr.split()), done.stderr
        assert shell.decisions() == []

    def test_a_ledger_that_is_not_there(self, tmp_path: Path) -> None:
        for words in ([], ["log"], ["accept", "c-1", "--by", "A"]):
            done = RUNNER.invoke(app, ["review", *words, "--db", str(tmp_path / "none.db")])
            assert done.exit_code == 4 and "there is no ledger" in done.stderr

    def test_a_shift_that_comes_of_it_is_announced_once(self, shell: Shell, tmp_path: Path) -> None:
        told = tmp_path / "told"
        hook = f"sh -c 'cat >> {told}; echo >> {told}'"
        words = ("correct", shell.claims["b"], "--set", f"policy={SALT}", "--by", "A", "--exec", hook)
        assert shell.run(*words).exit_code == 0
        assert shell.run(*words).exit_code == 0
        [line] = told.read_text().splitlines()
        assert json.loads(line)["data"]["policy"] == SALT
        broken = ("correct", shell.claims["a"], "--set", "background=true", "--by", "A", "--exec", "false")
        assert shell.run(*broken).exit_code == 0, "what is no news calls nobody"


class TestSheet:
    def test_what_waits_is_filled_in_and_applied(self, shell: Shell) -> None:
        waiting = shell.run("--format", "csv").stdout
        rows = list(csv.DictReader(io.StringIO(waiting.lstrip("\ufeff"))))
        assert [row["operation"] for row in rows] == ["join"] and set(SETTABLE) < rows[0].keys()
        rows[0] |= {"decision": "correct", "by": "Ana", "why": "it is leave", "operation": "authorise"}
        path = shell.folder / "decided.csv"
        with path.open("w", encoding="utf-8-sig", newline="") as stream:
            writer = csv.DictWriter(stream, rows[0].keys())
            writer.writeheader()
            writer.writerows(rows)
        done = shell.run("apply", str(path))
        assert done.exit_code == 0, done.stderr
        assert shell.decisions() == [("correct", "Ana", {"operation": "authorise"})]
        again = shell.run("apply", str(path))
        assert again.exit_code == 0 and "1 decided so already" in again.stderr
        assert len(shell.decisions()) == 1
        assert "nothing waits" in shell.run().stdout

    def test_several_at_once_and_lines_without_a_decision(self, shell: Shell) -> None:
        a, b, c = (shell.claims[name] for name in "abc")
        path = shell.sheet(f"{a},accept,Ana,,,,", f'{b[:10]},reject,Bo,"why, so",,,', f"{c},,,,,,", ",,,,,,", "")
        done = shell.run("apply", path, "--format", "json")
        assert len(json.loads(done.stdout)["decisions"]) == 2, done.stderr
        assert shell.decisions() == [("accept", "Ana", {}), ("reject", "Bo", {})]
        path = shell.sheet(f"{a},undo,Ana,,,,")
        assert shell.run("apply", path).exit_code == 0
        assert "1 decided so already" in shell.run("apply", path).stderr

    def test_everything_that_is_wrong_is_told_with_its_place(self, shell: Shell) -> None:
        a, b, c = (shell.claims[name] for name in "abc")
        path = shell.sheet(
            f"{a},accept,Ana,,,,",
            f"{b},correct,Ana,,lfit,,pt.salt.imprt",
            "c-none,accept,,,,,",
            f"{a[:12]},reject,Bo,,,,",
            f"{c},correct,Ana,,,,",
            f'{c},reject,Ana,"two\nlines",,,',
        )
        done = shell.run("apply", path)
        assert done.exit_code == 2
        lines = done.stderr.splitlines()
        column = len(b) + len(",correct,Ana,,") + 1
        assert (
            lines[:3]
            == [
                f"{path}:4:15: by '' names nobody. Say who decides: a name, or a role.".replace("by ''", "by ''"),
                f"{path}:4:1: there is no claim 'c-none' in {shell.path}. `policytrack review` lists what waits.",
                f"{path}:5:1: it is decided about {a[:12]} twice: see {path}:2:1. Leave one out.",
            ]
            or lines
        )
        assert any(line.startswith(f'{path}:3:{column}: operation "lfit" is not one of') for line in lines)
        assert any(line.startswith(f"{path}:3:") and 'Did you mean "pt.salt.import"' in line for line in lines)
        assert any(line.startswith(f"{path}:6:") and "the claim says all of that already" in line for line in lines)
        assert any(line.startswith(f"{path}:7:1: it is decided about") for line in lines)
        assert shell.decisions() == []

    @pytest.mark.parametrize(
        ("raw", "message"),
        [
            (b"", "is empty"),
            (b"\n\n", "is empty"),
            (b"claim;decision;by\nc-1;accept;A\n", ":1:1: the columns are not parted by commas"),
            (b"claim,decision\n", ':1: the column "by" is missing'),
            (b"claim,decision,by,opertion\n", ':1:19: unknown column "opertion". Did you mean "operation"?'),
            (b"claim,decision,by,by\n", ':1:19: the column "by" is there twice'),
            (b"claim,decision,by\nc-1,accept\n", ":2:1: the line has 2 cells, the head 3"),
            (b"claim,decision,by\nc-1,acept,A\n", ':2:5: decision "acept" is not one of'),
            (b"claim,decision,by\nc-1,=accept(),A\n", ':2:5: decision "=accept()" is not one of'),
            (b"claim,decision,by\nc-1,accept,Ren\xe9\n", ":2:15: is not UTF-8. Save it as CSV UTF-8."),
            ("claim,decision,by\n".encode("utf-16"), "is not UTF-8"),
            (b'claim,decision,by\nc-1,accept,"A\n', "is no CSV"),
            (b'claim,decision,by\nc-1,accept,"A"x\n', "is no CSV"),
            (b"claim,decision,by\nc-1,accept,\0\n", "no claim"),
        ],
    )
    def test_a_file_that_is_none(self, shell: Shell, raw: bytes, message: str) -> None:
        path = shell.folder / "bad.csv"
        path.write_bytes(raw)
        done = shell.run("apply", str(path))
        assert done.exit_code == 2 and message in done.stderr, done.stderr
        assert shell.decisions() == []

    def test_a_folder_is_no_file(self, shell: Shell) -> None:
        assert "cannot be read" in shell.run("apply", str(shell.folder)).stderr

    def test_marks_and_escapes_of_a_spreadsheet(self, shell: Shell) -> None:
        a = shell.claims["a"]
        path = shell.folder / "decided.csv"
        path.write_text(f"\ufeffclaim,decision,by,why\r\n{a},reject,'=Ana,'+1 and =2\r\n", encoding="utf-8", newline="")
        assert shell.run("apply", str(path)).exit_code == 0
        with open_tracker(shell.path) as tracker:
            [found] = tracker.decisions()
        assert (found.by, found.why) == ("=Ana", "+1 and =2")
        assert "'=Ana" in shell.run("log", "--format", "csv", flags=False).stdout

    def test_fields_are_for_corrections(self, shell: Shell) -> None:
        path = shell.sheet(f"{shell.claims['a']},accept,Ana,,lift,,")
        done = shell.run("apply", path)
        assert done.exit_code == 2 and "only a correction sets anything" in done.stderr


CELLS = st.text(alphabet="ab,\"'\n\r;=c-01 é\0", max_size=8)


@given(st.lists(st.lists(CELLS, min_size=1, max_size=4), max_size=4), st.sampled_from([",", ";"]))
def test_rubbish_is_told_of_in_words(
    tmp_path_factory: pytest.TempPathFactory, rows: list[list[str]], comma: str
) -> None:
    path = tmp_path_factory.getbasetemp() / "rubbish.csv"
    head = "claim,decision,by\n"
    path.write_text(head + "\n".join(comma.join(row) for row in rows), encoding="utf-8", newline="")
    answer: Callable[[], object] = lambda: read_decisions(path)  # noqa: E731
    try:
        assert isinstance(answer(), list)
    except ConfigError as error:
        assert all(line.startswith(str(path)) for line in str(error).split("\n") if line.strip())
