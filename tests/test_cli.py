"""The commands: what a person sees, what a program gets, and how every ending leaves the shell.

The reader is a stand-in wherever its quality would matter: an article brings what it says.
"""

from __future__ import annotations

import datetime
import functools
import inspect
import json
import os
import pty
import re
import shlex
import shutil
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from typer.main import get_command
from typer.testing import CliRunner

import policytrack.tracker
from docs import make_reference
from policytrack import terminal
from policytrack.cli import app
from policytrack.errors import (
    AlertError,
    ArticleError,
    ConfigError,
    EngineError,
    LedgerError,
    Location,
    PolicytrackError,
    RuleFileError,
)
from policytrack.intake import BATCH
from policytrack.model import Article, Claim, claim_id
from policytrack.packs import Rules, load_rules
from policytrack.tracker import Tracker, open_tracker
from tests.builders import OneByOne

ROOT = Path(__file__).parent.parent
ATACMS, MINES = "us.atacms.strikes-in-russia", "us.apl-mines.transfer-to-ukraine"
QUESTIONS = ("state", "states", "shifts", "diff", "review", "why", "why_not", "article", "policies")
NOW = datetime.datetime(2026, 1, 2, 3, 4, tzinfo=datetime.UTC)
RUNNER = CliRunner()

ATACMS_NEWS = {
    "id": "n1",
    "publisher": "Example Wire",
    "published_at": "2024-11-17",
    "text": "After troops came from the north, Washington let the missiles fly into Russia, two officials said.",
    "says": {
        "policy": ATACMS,
        "evidence": "Washington let the missiles fly into Russia",
        "said_by": "two officials",
        "trigger": "troops came from the north",
        "cue": "After",
        "scope": "into Russia",
    },
}
MINES_NEWS = {
    "id": "n2",
    "publisher": "Harbour Post",
    "published_at": "2024-11-20",
    "text": "Mines will be handed over, it was decided.",
    "says": {"policy": MINES, "evidence": "Mines will be handed over"},
}
QUIET = {"id": "n3", "published_at": "2024-11-21", "text": "It rained in Lisbon."}


# --- a stand-in for the reader


class Reading(NamedTuple):
    claims: tuple[Claim, ...]
    rejected: tuple[Claim, ...] = ()
    skipped: str | None = None


class Reader(OneByOne):
    """Gives the one claim that an article brings under `says`."""

    def read(self, article: Article) -> Reading:
        says = article.extra.get("says")
        return Reading((claim_of(article, **says),)) if says else Reading((), skipped="no tracked instrument is named")


def claim_of(
    article: Article,
    policy: str,
    evidence: str,
    said_by: str = "",
    trigger: str = "",
    cue: str = "",
    scope: str = "",
    background: bool = False,
) -> Claim:
    def span(words: str) -> dict[str, Any]:
        start = article.text.index(words)
        return {"start": start, "end": start + len(words), "quote": words}

    quoted = span(evidence)
    return Claim.model_validate(
        {
            "id": claim_id(article, quoted["start"], quoted["end"], policy, "us", "authorise"),
            "article_id": article.id,
            "policy": policy,
            "issuer": {"id": "us", "text": "Washington"},
            "operation": "authorise",
            "direction": "looser",
            "status": "reported",
            "factive": True,
            "background": background,
            "scope": [{"kind": "place", **span(scope)}] if scope else [],
            "attributed_to": span(said_by) if said_by else None,
            "evidence": quoted,
            "triggers": [{"kind": "primary", "cue": cue, **span(trigger)}] if trigger else [],
            "rule": ["operations.allow@1"],
            "confidence": {"value": 0.9},
        }
    )


@pytest.fixture
def _stand_in(monkeypatch: pytest.MonkeyPatch) -> None:
    def opened(path: str, **_: object) -> Tracker:
        return open_tracker(path, rules=shipped_rules(), clock=lambda: NOW, extractor=Reader())

    monkeypatch.setattr(policytrack.tracker, "open_tracker", opened)


@functools.cache
def shipped_rules() -> Rules:
    return load_rules()


@pytest.fixture
def ledger(_stand_in: None, tmp_path: Path) -> str:
    """A ledger that has taken in three articles as of their own days."""
    path = str(tmp_path / "t.db")
    done = run("ingest", jsonl(tmp_path, ATACMS_NEWS, MINES_NEWS, QUIET), "--db", path, "--assume-seen", "published")
    assert done.code == 0, done.err
    return path


def jsonl(folder: Path, *articles: dict[str, Any]) -> str:
    path = folder / "articles.jsonl"
    path.write_text("".join(json.dumps(article) + "\n" for article in articles), encoding="utf-8")
    return str(path)


class Done(NamedTuple):
    code: int
    out: str
    err: str


def run(*words: str, given: str = "") -> Done:
    result = RUNNER.invoke(app, list(words), input=given, prog_name="policytrack")
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return Done(result.exit_code, result.stdout, result.stderr)


def shell(*words: str, given: str | None = None, **environment: str) -> Done:
    command = [sys.executable, "-m", "policytrack", *words]
    around = {**os.environ, "PYTHONPATH": str(ROOT), **environment}
    done = subprocess.run(command, input=(given or "").encode(), capture_output=True, env=around, check=False)
    return Done(done.returncode, done.stdout.decode("utf-8"), done.stderr.decode("utf-8"))


def short_id(text: str, letter: str) -> str:
    found = re.search(rf"\b{letter}-[0-9a-f]{{6,32}}\b", text)
    assert found, text
    return found[0]


# --- help


def leaves() -> list[tuple[tuple[str, ...], Any]]:
    """Every command with the words that call it."""
    found = []
    for words in make_reference.commands():
        command = get_command(app)
        for word in words:
            command = command.commands[word]  # type: ignore[attr-defined]
        found.append((words, command))
    return found


@pytest.mark.parametrize(
    ("words", "command"), leaves(), ids=lambda value: " ".join(value) if isinstance(value, tuple) else ""
)
def test_every_command_has_a_sentence_examples_and_help_for_each_flag(words: tuple[str, ...], command: Any) -> None:
    assert re.match(r"[A-Z].*\.$", command.help.splitlines()[0])
    assert len(command.help.splitlines()[0]) <= 66, "it is cut off in the list of commands"
    examples = [line.strip() for line in command.epilog.splitlines() if line.startswith("  ")]
    assert examples
    for parameter in command.params:
        assert getattr(parameter, "help", None) or parameter.name == "help", parameter.name
    for example in examples:
        call = shlex.split(re.split(r"[>|]", example.split("| ")[-1] if "| policytrack" in example else example)[0])
        assert call[: len(words) + 1] == ["policytrack", *words]
        command.make_context("policytrack", call[len(words) + 1 :])  # raises where a flag or an argument is wrong


HELP = """
import resource, sys
from policytrack.__main__ import main
sys.argv = ["policytrack", *sys.argv[1:]]
try:
    main()
except SystemExit:
    pass
used = resource.getrusage(resource.RUSAGE_SELF)
print(used.ru_utime + used.ru_stime, *sys.modules, file=sys.stderr)
"""
HEAVY = {
    "spacy",
    "numpy",
    "pandas",
    "polars",
    "pyarrow",
    "sqlalchemy",
    "durable_rules_engine",
    "hyperscan",
    "re2",
    "yaml",
    "structlog",
    "rich",
    "feedparser",
    "httpx2",
    "lxml",
    "trafilatura",
    "warcio",
}


@pytest.mark.parametrize("words", [["--help"], ["diff", "--help"], ["rules", "check", "--help"]], ids=" ".join)
def test_help_answers_at_once_and_loads_nothing_heavy(words: list[str]) -> None:
    command = [sys.executable, "-c", HELP, *words]
    around = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(command, capture_output=True, text=True, env=around, check=True)
    seconds, *modules = done.stderr.split()
    assert done.stdout.startswith("Usage: policytrack")
    assert not HEAVY & set(modules)
    # Of ours, nothing but what help itself is made of.
    ours = {name for name in modules if name.startswith("policytrack.")}
    of_help = {
        "policytrack.__main__",
        "policytrack.circles",
        "policytrack.cli",
        "policytrack.terminal",
        "policytrack.errors",
    }
    assert {name for name in ours if not name.startswith("policytrack.cli.")} == of_help
    assert float(seconds) < 0.5  # of the processor, so that a busy machine does not count


def test_the_command_reference_is_fresh() -> None:
    page = make_reference.PAGE.read_text(encoding="utf-8")
    assert page == make_reference.page(), "run `make docs`"


def test_version(_stand_in: None) -> None:
    assert run("version").out.startswith("policytrack ")
    assert json.loads(run("version", "--format", "json").out)["durable-rules"] == "2.0.28"
    assert run("--version").out.startswith("policytrack ")


def test_the_policies_complete_on_the_tab_key() -> None:
    done = shell(_POLICYTRACK_COMPLETE="complete_bash", COMP_WORDS="policytrack state us.atacms.s", COMP_CWORD="2")
    assert done.out.split() == [ATACMS]


# --- the same questions in the library


def test_every_question_is_a_command_and_a_method_and_documented() -> None:
    methods = {name for name, value in vars(Tracker).items() if inspect.isfunction(value) and name[0] != "_"}
    deciding = {"accept", "correct", "reject", "undo", "decide", "decide_sheet", "decisions", "removals"}
    others = {
        "alerts",
        "announce_due",
        "announce_silent",
        "changes",
        "close",
        "doctor",
        "forget",
        "ingest",
        "on_due",
        "on_shift",
        "on_silent",
        "rerun",
        *deciding,
    }
    assert methods - others == {*QUESTIONS, "why_article"}
    of_review = {words[1] for words, _ in leaves() if words[0] == "review" and len(words) > 1}
    assert of_review == {"accept", "correct", "reject", "undo", "apply", "log"}
    commands = {words[0].replace("-", "_") for words, _ in leaves()}
    tools = {
        "demo",
        "discover",
        "extract",
        "version",
        "schema",
        "rules",
        "ledger",
        "ingest",
        "watch",
        "sources",
        "alerts",
    }
    assert commands - tools == set(QUESTIONS)
    page = make_reference.PAGE.read_text(encoding="utf-8")
    for name in QUESTIONS:
        assert inspect.getdoc(getattr(Tracker, name))
        assert f"\n## policytrack {name.replace('_', '-')}\n" in page


@pytest.mark.parametrize("name", [*QUESTIONS, "ingest"])
def test_a_command_takes_what_its_method_takes_in_the_same_words(name: str) -> None:
    (command,) = [command for words, command in leaves() if words == (name.replace("_", "-"),)]
    flags = {parameter.name for parameter in command.params}
    flags |= {option.removeprefix("--").replace("-", "_") for each in command.params for option in each.opts}
    wanted = set(inspect.signature(getattr(Tracker, name)).parameters) - {"self", "stdin", "progress", "options"}
    assert wanted <= flags


# --- articles in


@pytest.mark.usefixtures("_stand_in")
def test_ingest_shows_the_new_shifts_and_the_second_time_none(tmp_path: Path) -> None:
    words = ("ingest", jsonl(tmp_path, ATACMS_NEWS, QUIET), "--db", str(tmp_path / "t.db"))
    first, again = run(*words), run(*words)
    assert (first.code, again.code) == (0, 0)
    assert "2 articles read, 1 claim, 1 new shift" in first.out
    assert "1 not parsed: no tracked instrument is named" in first.out
    assert f"SHIFT  {ATACMS}" in first.out
    assert "0 articles read, 2 known already, 0 claims, 0 new shifts" in again.out
    assert "SHIFT" not in again.out


@pytest.mark.usefixtures("_stand_in")
def test_ingest_takes_the_good_and_names_the_bad(tmp_path: Path) -> None:
    path = tmp_path / "articles.jsonl"
    path.write_text(json.dumps(ATACMS_NEWS) + "\nnot json\n" + json.dumps(MINES_NEWS) + "\n", encoding="utf-8")
    ledger = str(tmp_path / "t.db")
    done = run("ingest", str(path), "/no/such/file", "--db", ledger)
    assert done.code == 3
    assert "2 articles read, 2 could not be read" in done.out
    assert f"{path}:2:1" in done.err and "/no/such/file" in done.err
    assert len(run("shifts", "--db", ledger, "--format", "jsonl").out.splitlines()) == 2


@pytest.mark.usefixtures("_stand_in")
def test_ingest_reads_standard_input(tmp_path: Path) -> None:
    done = run("ingest", "-", "--db", str(tmp_path / "t.db"), "--format", "json", given=json.dumps(ATACMS_NEWS))
    assert json.loads(done.out)["read"] == 1
    assert [shift["policy"] for shift in json.loads(done.out)["shifts"]] == [ATACMS]


@pytest.mark.usefixtures("_stand_in")
def test_ingest_runs_the_command_once_a_shift_with_the_alert_on_its_input(tmp_path: Path) -> None:
    told = tmp_path / "told.jsonl"
    hook = tmp_path / "hook.py"
    hook.write_text(f"import sys\nopen({str(told)!r}, 'a').write(sys.stdin.read() + '\\n')\n", encoding="utf-8")
    words = ("ingest", jsonl(tmp_path, ATACMS_NEWS, MINES_NEWS), "--db", str(tmp_path / "t.db"))
    command = shlex.join([sys.executable, str(hook)])
    assert run(*words, "--exec", command).code == 0
    assert run(*words, "--exec", command).code == 0
    alerts = [json.loads(line) for line in told.read_text(encoding="utf-8").splitlines()]
    assert sorted(alert["data"]["policy"] for alert in alerts) == [MINES, ATACMS]


@pytest.mark.usefixtures("_stand_in")
def test_a_command_that_fails_loses_no_shift(tmp_path: Path) -> None:
    ledger = str(tmp_path / "t.db")
    done = run("ingest", jsonl(tmp_path, ATACMS_NEWS), "--db", ledger, "--exec", "false")
    assert done.code == 3
    assert "exec false, for s-" in done.err and "exit code 1. It is tried again from" in done.err
    assert f"SHIFT  {ATACMS}" in run("shifts", "--db", ledger).out


# --- questions


def test_a_shift_shows_all_that_its_reader_wants(ledger: str) -> None:
    done = run("shifts", ATACMS, "--db", ledger)
    assert done.out.startswith("1 shift, as known now (2026-01-02T03:04Z)\n")
    head, step, *rest = done.out.splitlines()[2:]
    assert re.fullmatch(rf"SHIFT  {ATACMS}   2024-11-17   reported \(1 report\)   s-[0-9a-f]{{6,}}", head)
    assert step.split() == ["prohibited", "->", "permitted", "restriction_lifted,", "major"]
    told = " ".join(" ".join(rest).split())
    assert 'scope, place: "into Russia"' in told
    assert 'trigger, stated (primary): After "troops came from the north"' in told
    assert 'evidence: "Washington let the missiles fly into Russia", says "two officials"' in told
    assert re.search(r"\[Example Wire, 2024-11-17; c-[0-9a-f]{6,}\]", told)


def test_what_no_article_states_is_said_to_be_unstated(ledger: str) -> None:
    assert "trigger: none stated" in run("shifts", MINES, "--db", ledger).out


def test_every_id_that_is_printed_can_be_typed_back(ledger: str) -> None:
    printed = run("shifts", ATACMS, "--db", ledger).out
    states = run("states", ATACMS, "--on", "2024-11-18", "--db", ledger).out
    for name in (short_id(printed, "s"), short_id(printed, "c"), short_id(states, "p"), ATACMS):
        explained = run("why", name, "--db", ledger)
        assert explained.code == 0, explained.err
        assert '"Washington let the missiles fly into Russia" at 34-77' in explained.out or name == ATACMS


def test_what_comes_next_is_said_on_stderr_and_works(ledger: str) -> None:
    done = run("shifts", "--db", ledger)
    assert "Next:" not in done.out
    calls = re.findall(r"policytrack (.*)", done.err)
    assert calls
    for call in calls:
        assert run(*shlex.split(call), "--db", ledger).code == 0
    assert run("shifts", "--db", ledger, "-q").err == ""


def test_state_answers_at_two_times_and_prints_both(ledger: str) -> None:
    before = run("state", ATACMS, "--on", "2024-11-18", "--known", "2024-11-17T00:00Z", "--db", ledger).out
    assert f"{ATACMS}   on 2024-11-18, as known 2024-11-17T00:00Z" in before
    assert "permitted   since 2024-11-17   reported (1 claim)" in before
    earlier = run("state", ATACMS, "--on", "2024-11-16", "--db", ledger).out
    assert "on 2024-11-16, as known now (2026-01-02T03:04Z)" in earlier
    assert "prohibited   since 2023-10-17, until before 2024-11-17   as the pack says" in earlier


def test_a_whole_shows_its_parts(ledger: str) -> None:
    whole = run("state", "us.weapons.strikes-in-russia", "--on", "2024-11-18", "--db", ledger).out
    assert re.search(rf"part  {ATACMS}\n.*\n +permitted", whole)
    assert "part" not in run("shifts", "--db", ledger).out


def test_states_is_a_table_and_takes_a_pattern(ledger: str) -> None:
    done = run("states", "us.a*", "--on", "2024-11-19", "--db", ledger)
    head, columns, *rows = done.out.splitlines()
    assert head.endswith("on 2024-11-19, as known now (2026-01-02T03:04Z)")
    assert columns.split() == ["POLICY", "STATE", "SINCE", "STAGE", "ID"]
    assert all(row.startswith("us.a") for row in rows)
    (row,) = [row for row in rows if row.startswith(ATACMS)]
    assert row.split()[1:4] == ["permitted", "2024-11-17", "reported"]
    (row,) = [row for row in rows if row.startswith(MINES)]
    assert row.split()[1] == "prohibited" and row.split()[3] == "pack"


def test_policies_is_a_table_with_the_last_word(ledger: str) -> None:
    out = run("policies", "--db", ledger).out
    head, columns, *rows = out.splitlines()
    assert re.match(r"\d+ policies tracked, on 2026-01-02, as known now \(2026-01-02T03:04Z\)", head)
    assert columns.split("  ")[0] == "POLICY" and "LAST CLAIM" in columns and "LAST SHIFT" in columns
    (row,) = (row for row in rows if row.startswith(f"{ATACMS} "))
    cells = re.split(r"  +", row)
    assert cells[:5] == [ATACMS, "permitted", "2024-11-17", "2024-11-17", "2024-11-17 authorise, reported"]
    assert cells[5] == "2024-11-17 restriction_lifted, reported"
    (quiet,) = (row for row in rows if row.startswith("us.weapons.strikes-in-russia "))
    assert re.split(r"  +", quiet)[3:6] == ["2024-11-17", "-", "-"]
    unread = run("policies", "--db", ledger + ".none").out
    assert re.search(rf"^{ATACMS} +- +- +- +- +- +\S", unread, re.M)
    found = json.loads(run("policies", "--db", ledger, "--format", "json").out)
    (policy,) = (each for each in found["policies"] if each["id"] == ATACMS)
    assert (found["on"], policy["status"], policy["last_shift"]["kind"]) == (
        "2026-01-02",
        "permitted",
        "restriction_lifted",
    )
    assert policy["last_claim"]["article_id"] == "n1"


def test_diff_tells_each_change_with_its_kind_and_the_words_behind_it(ledger: str) -> None:
    done = run("diff", "2024-11-01", "2024-11-18", "--db", ledger)
    assert done.out.startswith("from 2024-11-01 to 2024-11-18, as known now (2026-01-02T03:04Z)\n")
    told = [" ".join(line.split()) for line in done.out.splitlines()]
    (status,) = [line for line in told if line.startswith("shift status")]
    assert status.startswith("shift status prohibited -> permitted 2024-11-17 reported s-")
    assert any(line.startswith('shift scope (none) -> "into Russia"') for line in told)
    assert 'shift trigger stated (primary): After "troops came from the north"' in told
    assert any(line.startswith('evidence: "Washington let the missiles fly') for line in told)
    assert MINES not in done.out
    assert "1 policy changed, " in done.out and "Shifts: 1. Corrections: 0. Rule changes: 0." in done.out


def test_diff_exit_code_tells_whether_anything_shifted(ledger: str) -> None:
    assert run("diff", "2024-11-01", "2024-11-18", "--db", ledger, "--exit-code").code == 1
    assert run("diff", "2024-11-01", "2024-11-18", "--db", ledger).code == 0
    assert run("diff", "2024-11-01", "2024-11-02", "--db", ledger, "--exit-code").code == 0


def test_diff_as_markdown_can_be_pasted(ledger: str) -> None:
    done = run("diff", "2024-11-01", "2024-11-22", "--db", ledger, "--format", "markdown")
    assert done.out.startswith("**What changed from 2024-11-01 to 2024-11-22, as known now (2026-01-02T03:04Z)**")
    rows = [line for line in done.out.splitlines() if line.startswith("| `")]
    assert f"| `{MINES}` | shift | status | prohibited | permitted | 2024-11-20 |" in rows
    assert f"**`{ATACMS}`: prohibited → permitted** on 2024-11-17" in done.out
    assert '- trigger, stated (primary): After "troops came from the north"' in done.out
    assert '> "Mines will be handed over"' in done.out


def test_diff_as_json_is_the_record_and_as_jsonl_its_lines(ledger: str) -> None:
    words = ("diff", "2024-11-01", "2024-11-18", "--db", ledger, "--format")
    whole = json.loads(run(*words, "json").out)
    assert whole["schema"] == 1 and whole["on"] == ["2024-11-01", "2024-11-18"] and whole["known"]
    lines = [json.loads(line) for line in run(*words, "jsonl").out.splitlines()]
    assert lines == whole["lines"]
    assert {line["kind"] for line in lines} == {"shift"}


@pytest.mark.parametrize("name", ["states", "shifts", "policies"])
def test_json_is_a_document_and_jsonl_a_record_a_line(name: str, ledger: str) -> None:
    whole = json.loads(run(name, "--db", ledger, "--format", "json").out)
    lines = [json.loads(line) for line in run(name, "--db", ledger, "--format", "jsonl").out.splitlines()]
    assert whole["schema"] == 1
    assert whole[name] == lines != []
    if name != "policies":
        assert datetime.datetime.fromisoformat(whole["known"]).tzinfo


def test_what_is_empty_says_why(ledger: str) -> None:
    words = ("shifts", "--until", "2020-01-01", "--db", ledger)
    note = "no shift in range; nearest is"
    assert note in run(*words).out
    assert note in json.loads(run(*words, "--format", "json").out)["note"]
    as_lines = run(*words, "--format", "jsonl")
    assert as_lines.out == "" and note in as_lines.err
    assert note in run("diff", "2020-01-01", "2020-01-02", "--db", ledger).out


# --- claims and rules, without a ledger


def test_extract_prints_the_public_claim_schema() -> None:
    text = "The United States has allowed Ukraine to fire ATACMS missiles into Russia, officials said."
    article = json.dumps({"id": "é1", "published_at": "2024-11-18", "text": text})
    done = shell("extract", "-", "--format", "jsonl", given=article + "\n{\n", PYTHONIOENCODING="ascii", LC_ALL="C")
    assert done.code == 3 and "-:2" in done.err
    (claim,) = [json.loads(line) for line in done.out.splitlines()]
    assert list(claim) == [
        "schema", "id", "article_id", "policy", "issuer", "subject", "operation", "direction", "status", "factive",
        "background", "implied", "level", "dates", "scope", "attributed_to", "evidence", "triggers", "rule",
        "confidence",
    ]  # fmt: skip
    assert (claim["schema"], claim["article_id"], claim["policy"]) == (1, "é1", ATACMS)
    evidence = claim["evidence"]
    assert text[evidence["start"] : evidence["end"]] == evidence["quote"]


def test_extract_streams_and_a_reader_that_goes_away_is_no_error(tmp_path: Path) -> None:
    quiet = "".join(json.dumps({**QUIET, "id": f"q{number}"}) + "\n" for number in range(3000))
    (tmp_path / "a.jsonl").write_text(quiet, encoding="utf-8")
    command = f"{sys.executable} -m policytrack extract a.jsonl | head -n 1; echo ${{PIPESTATUS[0]}}"
    around = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(["bash", "-c", command], cwd=tmp_path, capture_output=True, text=True, env=around, check=True)
    assert done.stdout.splitlines() == ["q0   2024-11-21   0 claims", "141"]
    assert done.stderr == ""


def test_rules_check_has_nothing_against_the_shipped_rules() -> None:
    done = run("rules", "check", str(ROOT / "rules"))
    assert (done.code, done.err) == (0, "")
    assert done.out.startswith("no problem in ")


def test_rules_check_checks_the_folder_of_rules_where_no_path_is_named(tmp_path: Path) -> None:
    (tmp_path / "core.yaml").write_text("rules: [1\n")
    done = run("rules", "check", "--rules", str(tmp_path))
    assert done.code == 1
    assert f"{tmp_path}/core.yaml:1:8" in done.out


def test_rules_check_shows_every_problem_with_its_place(tmp_path: Path) -> None:
    shutil.copytree(ROOT / "rules", tmp_path / "rules")
    pack = tmp_path / "rules" / "packs" / "ours.yaml"
    pack.write_text(
        "pack: ours\nversion: 1\npolicies:\n  - id: xx.salt.export\n    title: Salt\n    knd: rate\n"
        "  - id: xx.cork.export\n    title: Cork\n    kind: permision\n",
        encoding="utf-8",
    )
    done = run("rules", "check", str(tmp_path / "rules"))
    assert done.code == 1
    assert f"{pack}:6:5: PT120 " in done.out and 'Did you mean "kind"?' in done.out
    assert "    6 |     knd: rate\n            ^^^\n" in done.out
    assert f"{pack}:9:11: PT123 " in done.out
    assert done.out.endswith("2 problems in 1 file\n")
    found = json.loads(run("rules", "check", str(pack), "--format", "json").out)["problems"]
    assert [(each["line"], each["column"]) for each in found] == [(6, 5), (9, 11)]


# --- the ledger itself


@pytest.mark.usefixtures("_stand_in")
def test_the_canonical_export_does_not_depend_on_the_order_of_reading(tmp_path: Path) -> None:
    written = []
    for name, articles in (("a", [ATACMS_NEWS, MINES_NEWS]), ("b", [MINES_NEWS, ATACMS_NEWS])):
        path = str(tmp_path / f"{name}.db")
        for article in articles:
            assert run("ingest", "-", "--db", path, given=json.dumps(article)).code == 0
        written.append(run("ledger", "export", "--canonical", "--db", path))
    assert written[0] == written[1]
    kinds = {next(iter(json.loads(line))) for line in written[0].out.splitlines()}
    assert (written[0].code, kinds) == (0, {"article", "claim", "state", "shift"})


def test_another_form_of_export_is_refused_with_the_one_there_is(ledger: str) -> None:
    done = run("ledger", "export", "--db", ledger)
    assert (done.code, done.out) == (2, "")
    assert done.err == "--canonical is missing: this version writes no other form. Add it.\n"


# --- how commands end


ENDINGS = [
    (ConfigError("known '2024' is odd."), 2),
    (RuleFileError([]), 2),
    (ArticleError(Location("a.txt", 1), "is empty."), 3),
    (AlertError("hook x failed."), 3),
    (LedgerError("t.db: is locked."), 4),
    (EngineError("core: code 7."), 70),
]


@pytest.mark.parametrize(("error", "code"), ENDINGS, ids=lambda value: type(value).__name__)
def test_each_error_ends_with_its_code_and_without_a_traceback(
    error: PolicytrackError, code: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(policytrack.tracker, "open_tracker", raising(error))
    done = run("states")
    assert (done.code, done.out) == (code, "")
    assert "Traceback" not in done.err
    assert str(error).replace("known '2024'", "--known '2024'") in done.err


def raising(error: BaseException) -> Callable[..., Any]:
    def raised(*_: object, **__: object) -> None:
        raise error

    return raised


def test_every_kind_of_error_has_a_code() -> None:
    for kind in PolicytrackError.__subclasses__():
        assert any(isinstance(error, kind) for error, _ in ENDINGS), kind


def test_an_unexpected_error_says_how_to_report_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(policytrack.tracker, "open_tracker", raising(KeyError("x")))
    done = run("states")
    assert done.code == 70
    assert "Unexpected error: KeyError: 'x'" in done.err and "report" in done.err
    assert "Traceback" not in done.err
    assert "Traceback" in run("states", "-v").err


def test_interrupted_is_told_in_a_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(policytrack.tracker, "open_tracker", raising(KeyboardInterrupt()))
    done = run("states")
    assert (done.code, done.out) == (130, "")
    assert done.err == "Stopped. What was recorded before stays recorded.\n"


def test_ctrl_c_in_the_middle_of_reading(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "policytrack", "ingest", "-", "-v", "--db", str(tmp_path / "t.db")]
    around = {**os.environ, "PYTHONPATH": str(ROOT)}
    process = subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=around
    )
    last_resort = threading.Timer(60, process.kill)
    last_resort.start()
    assert process.stdin and process.stderr
    process.stdin.write("".join(json.dumps({**QUIET, "id": f"q{number}"}) + "\n" for number in range(BATCH)))
    process.stdin.flush()  # and stays open: the command waits for more
    while "committed" not in (line := process.stderr.readline()):
        assert line, "it ended by itself"
    process.send_signal(signal.SIGINT)
    out, err = process.communicate()
    last_resort.cancel()
    assert process.returncode == 130
    assert out == ""
    assert err.splitlines()[-1] == "Stopped. What was recorded before stays recorded."
    assert "Traceback" not in err


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["ingest"], "Missing argument 'PATH...'"),
        (["states", "--format", "xml"], "'xml' is not one of 'text', 'json', 'jsonl'"),
        (["stats"], "No such command 'stats'. Did you mean 'states'"),
        (["states", "--databas", "x"], "No such option: --databas"),
        (["state", "us.atacms.strikes", "--db", ":memory:"], "Did you mean 'us.atacms.strikes-in-russia'?"),
        (["state", ATACMS, "--on", "11/12/2024", "--db", ":memory:"],
         "--on 11/12/2024 can be 11 December or 12 November. Write 2024-12-11 or 2024-11-12."),
        (["state", ATACMS, "--on", "soon", "--db", ":memory:"], "--on 'soon' is not a date."),
        (["diff", "2024-11", "soon", "--db", ":memory:"], "B 'soon' is not a date."),
        (["diff", "2024-11", "2024-12", "--known", "..2024-11-22", "--db", ":memory:"], "--known '..2024-11-22': one"),
        (["diff", "2024-11", "2024-12", "--known", "2024-11-22..", "--db", ":memory:"], "Write M1..M2."),
        (["diff", "2024-11", "2024-12", "--known", "2024..", "--db", ":memory:"], "--known '2024..': one of"),
        (["ingest", "x.txt", "--exec", "nosuchcommand", "--db", ":memory:"],
         "--exec 'nosuchcommand': there is no command"),
        (["shifts", "--kind", "restriction_lift", "--db", ":memory:"], "Did you mean 'restriction_lifted'?"),
    ],
)  # fmt: skip
def test_wrong_use_is_told_with_what_would_have_been_right(words: list[str], told: str) -> None:
    done = run(*words)
    assert done.code == 2
    assert told in done.err
    assert "----" not in done.err, "a flag that the message names as one already"
    assert done.out == ""


def test_asking_a_ledger_that_is_not_there_makes_none(tmp_path: Path) -> None:
    path = tmp_path / "none.db"
    done = run("states", "--db", str(path))
    assert done.code == 4
    assert str(path) in done.err
    assert not path.exists()


def test_a_file_that_is_no_ledger_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "notes.txt"
    path.write_text("dear diary\n" * 100, encoding="utf-8")
    assert run("states", "--db", str(path)).code == 4
    assert path.read_text(encoding="utf-8") == "dear diary\n" * 100


# --- progress


def on_a_terminal(*words: str) -> tuple[str, str]:
    """stdout as a program gets it, and what a terminal on stderr was sent."""
    ours, theirs = pty.openpty()
    command = [sys.executable, "-m", "policytrack", *words]
    around = {**os.environ, "PYTHONPATH": str(ROOT), "TERM": "xterm", "COLUMNS": "100"}
    around.pop("NO_COLOR", None)
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=theirs, text=True, env=around) as process:
        os.close(theirs)
        drawn = b"".join(chunks(ours))
        out, _ = process.communicate(timeout=60)
    os.close(ours)
    assert process.returncode == 0
    return out, drawn.decode("utf-8", "replace")


def chunks(descriptor: int) -> Iterator[bytes]:
    while True:
        try:
            chunk = os.read(descriptor, 4096)
        except OSError:  # how Linux says that the other side has closed
            return
        if not chunk:
            return
        yield chunk


def test_progress_is_drawn_on_a_terminal_and_never_into_the_data(tmp_path: Path) -> None:
    path = jsonl(tmp_path, QUIET)
    out, drawn = on_a_terminal("extract", path, "--format", "text")
    assert out == "n3   2024-11-21   0 claims\n\n"
    assert "articles read" in drawn
    assert shell("extract", path).err == ""


@pytest.mark.parametrize("flag", ["-q", "-v"])
def test_no_progress_where_nothing_or_everything_is_told(flag: str, tmp_path: Path) -> None:
    _, drawn = on_a_terminal("extract", jsonl(tmp_path, QUIET), flag)
    assert "articles read" not in drawn


def test_every_exit_code_is_documented() -> None:
    for code in set(terminal.ExitCode) - {terminal.ExitCode.STOPPED, terminal.ExitCode.BROKEN_PIPE}:
        assert f"| {code.value} |" in make_reference.HEAD
