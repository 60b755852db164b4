"""JSON Schemas of what commands print: each fits what its command really prints, and refuses what it is not."""

from __future__ import annotations

import datetime
import json
import shlex
import sys
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from typer.testing import CliRunner

from policytrack.cli import app
from policytrack.health import Keeper, Kept
from policytrack.published import ANSWERS, published
from tests.builders import SALT_PACK
from tests.test_alerting import Desk, lifted
from tests.test_tracker import CORK, LIFTED, TAXED, news

RUNNER = CliRunner()
POLICY = "in.salt.export"
TEXTS = [
    ("ban", "2023-03-02", "India banned the export of salt to Kenya until 1 May 2024 after floods, officials said."),
    ("lift", "2023-09-10", "India has lifted its ban on the export of salt."),
    ("deny", "2023-09-11", "India denied that it had lifted its ban on the export of salt."),
    ("rain", "2023-09-12", "It rained."),
    ("late", "2022-09-14", "India has postponed its ban on the export of salt."),
]
APPEND = "import sys; open('given', 'a').write(sys.stdin.read() + '\\n')"
COMMANDS: dict[str, tuple[str, ...]] = {
    "claim": ("extract", "articles.jsonl", "--format", "jsonl"),
    "state": ("states", "--on", "2023-06-01", "--format", "jsonl"),
    "shift": ("shifts", "--format", "jsonl"),
    "policy": ("policies", "--format", "jsonl"),
    "stands": ("state", POLICY, "--on", "2023-06-01", "--format", "json"),
    "diff": ("diff", "2023-01-01", "2023-06-01", "--format", "json"),
    "diff-line": ("diff", "2023-01-01", "2023-06-01", "--format", "jsonl"),
    "why": ("why", POLICY, "--format", "json"),
    "why-not": ("why-not", POLICY, "--on", "2023-09-11", "--kind", "restriction_lifted", "--format", "json"),
    "article": ("article", "ban", "--format", "json"),
    "waiting": ("review", "--format", "jsonl"),
    "decided": ("review", "accept", "CLAIM", "--by", "Ana", "--format", "json"),
    "decision": ("review", "log", "--format", "jsonl"),
    "ingest": ("ingest", "more.jsonl", "--format", "json"),
    "changes": ("ledger", "changes", "--format", "json"),
    "change": ("ledger", "changes", "--format", "jsonl"),
    "doctor": ("ledger", "doctor", "--format", "json"),
    "forgotten": ("ledger", "forget", "rain", "--by", "Bo", "--why", "asked to", "--yes", "--format", "json"),
    "round": ("watch", "sources.yaml", "--once", "--format", "jsonl"),
    "silent-source": ("watch", "quiet.yaml", "--once", "--format", "jsonl"),
    "source": ("sources", "sources.yaml", "--format", "jsonl"),
    "rerun": ("ledger", "rerun", "--dry-run", "--format", "json"),
    "rules-diff": ("rules", "diff", "salt.yaml", "other.yaml", "articles.jsonl", "--format", "json"),
    "shift-change": ("rules", "diff", "salt.yaml", "other.yaml", "articles.jsonl", "--format", "jsonl"),
    "alert": ("states", "--on", "2023-06-01", "--due", "52w", "--exec", f"{sys.executable} -c {shlex.quote(APPEND)}"),
    "sent": ("alerts", "run", "alerts.yaml", "--once", "--format", "jsonl"),
    "tried": ("alerts", "test", "desk", "--file", "alerts.yaml", "--format", "jsonl"),
    "alert-line": ("alerts", "log", "--format", "jsonl"),
    "alert-why": ("alerts", "why", "SHIFT", "--file", "alerts.yaml", "--format", "json"),
}
ALERTS = """
channels:
  desk: {file: desk.jsonl}
  broken: {exec: "false", retry: {first: 0.001, factor: 1, longest: 0.001}}
subscriptions:
  - {name: all, to: [desk, broken]}
"""
WITHOUT_PACKS = (("ledger", "changes"), ("review", "log"), ("alerts", "log"))


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A ledger, its articles and its pack, and another version of the pack."""
    made = tmp_path_factory.mktemp("published")
    (made / "salt.yaml").write_text(SALT_PACK, encoding="utf-8")
    (made / "other.yaml").write_text(SALT_PACK.replace("[salt]", "[sodium]"), encoding="utf-8")
    lines = [json.dumps({"id": name, "published_at": on, "text": text}) for name, on, text in TEXTS]
    (made / "articles.jsonl").write_text("\n".join(lines) + "\n", encoding="utf-8")
    (made / "more.jsonl").write_text(lines[0].replace('"ban"', '"again"') + "\n{rubbish\n", encoding="utf-8")
    inbox = {"name": "inbox", "path": "watched.jsonl"}
    (made / "sources.yaml").write_text(json.dumps({"sources": [inbox]}), encoding="utf-8")
    (made / "watched.jsonl").write_text(lines[0].replace('"ban"', '"seen"') + "\n{rubbish\n", encoding="utf-8")
    quiet = {"name": "quiet", "path": "nowhere.jsonl", "silent_after": "1d"}
    (made / "quiet.yaml").write_text(json.dumps({"sources": [quiet]}), encoding="utf-8")
    long_ago = datetime.datetime(2020, 1, 1, tzinfo=datetime.UTC)
    kept = Kept(name="quiet", address=str(made.resolve() / "nowhere.jsonl"), watched_at=long_ago)
    Keeper(made / "watch.db.sources").keep(kept)
    (made / "alerts.yaml").write_text(ALERTS, encoding="utf-8")
    assert run(made, "alerts", "run", "alerts.yaml", "--once").exit_code == 0
    assert run(made, "ingest", "articles.jsonl").exit_code == 0
    assert run(made, "alerts", "run", "alerts.yaml", "--once").exit_code == 3
    shift, *_ = [json.loads(line) for line in run(made, "shifts", "--format", "jsonl").stdout.splitlines()]
    (made / "shift").write_text(shift["id"], encoding="utf-8")
    waits, *_ = [json.loads(line) for line in run(made, "review", "--format", "jsonl").stdout.splitlines()]
    (made / "claim").write_text(waits["claim"], encoding="utf-8")
    assert run(made, "review", "reject", "CLAIM", "--by", "Bo").exit_code == 0
    assert run(made, "review", "undo", "CLAIM", "--by", "Bo").exit_code == 0
    return made


def run(folder: Path, *words: str) -> Any:
    flags = () if words[:2] == ("rules", "diff") else ("--pack", str(folder / "salt.yaml"))
    if words[:2] in WITHOUT_PACKS or words[0] == "sources":
        flags = ()
    without_ledger = words[0] in ("extract", "rules") or words[:2] == ("alerts", "test")
    ledger = () if without_ledger else ("--db", str(folder / "watch.db"))
    words = tuple((folder / word.lower()).read_text() if word in ("CLAIM", "SHIFT") else word for word in words)
    named = [str(folder / word) if word.endswith((".jsonl", ".yaml")) else word for word in words]
    return RUNNER.invoke(app, [*named, *flags, *ledger])


def errors(name: str, told: Any) -> list[str]:
    return [error.message for error in jsonschema.Draft202012Validator(published(name)).iter_errors(told)]


def test_every_answer_is_tried() -> None:
    assert COMMANDS.keys() == ANSWERS.keys()


@pytest.mark.parametrize("name", ANSWERS)
def test_a_schema_is_one_and_fits_what_is_printed(
    folder: Path, name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    jsonschema.Draft202012Validator.check_schema(published(name))
    shown = run(folder, *COMMANDS[name]).stdout
    if "--exec" in COMMANDS[name]:
        shown = (tmp_path / "given").read_text(encoding="utf-8")
    told = [json.loads(line) for line in shown.splitlines()] if "jsonl" in COMMANDS[name] else [json.loads(shown)]
    told = [each for each in told if name != "silent-source" or each.get("what") == "silent"]
    assert told
    assert [errors(name, each) for each in told] == [[] for _ in told]
    assert errors(name, {**told[0], "surprise": 1}) and errors(name, []) and errors(name, {})


FOLLOWS = "follow_ups: [corroborated, confirmed, disputed, retracted, corrected]"
OIL = "pt.oil.export"
SILENT = "health:\n  - {when: source quiet for 12h, to: desk}\n"


def test_alerts_of_every_type_fit_what_is_published(tmp_path: Path) -> None:
    desk = Desk(tmp_path, str(tmp_path / "watch.db"))
    now, daily = f"{{name: now, {FOLLOWS}, to: desk}}", "{name: daily, send: daily 07:30, to: other}"
    desk.subscribes(now, daily, more=SILENT)
    denied, done = ({**LIFTED, "status": status} for status in ("denied", "implemented"))
    told_otherwise = (
        [lifted()],
        [lifted("b", publisher="Other")],
        [news("c", "2025-12-01", denied, publisher="Third")],
        [news("c", "2025-12-01", text="It was so."), news("d", "2025-12-02", TAXED)],
        [news("e", "2025-12-02", done, publisher="Fourth"), news("o", "2025-12-02", {**LIFTED, "policy": OIL})],
        [news("d", "2025-12-02", text="It was not so.")],
    )
    for articles in told_otherwise:
        desk.takes(*articles)
        desk.round()
    claim = next(each for each in desk.tracker.ledger.claims(desk.tracker.shifts().known) if each.policy == CORK)
    desk.tracker.correct(claim.id, {"decided": "2025-11-20"}, by="Ana")
    desk.passes(days=1)
    long_ago = datetime.datetime(2020, 1, 1, tzinfo=datetime.UTC)
    Keeper(tmp_path / "kept").keep(Kept(name="wire", address="wire.jsonl", watched_at=long_ago))
    desk.round()
    assert [tried.sent for tried in desk.alerting().test("desk")] == [True]
    told = [*desk.sent(), *desk.sent("other")]
    whats = ("reported", "corroborated", "confirmed", "disputed", "retracted", "corrected")
    assert {each["type"] for each in told} == {"digest", "test", "source.silent", *(f"shift.{what}" for what in whats)}
    assert [errors("alert", each) for each in told] == [[] for _ in told]
    shift = desk.sent()[0]
    for spoilt in ({**shift, "id": None}, {**shift, "data": {**shift["data"], "stage": "sure"}}):
        assert errors("alert", spoilt)


def test_what_is_published_is_listed(tmp_path: Path) -> None:
    listed = RUNNER.invoke(app, ["schema"])
    assert [line.split()[0] for line in listed.stdout.splitlines()] == [*ANSWERS]
    shown = RUNNER.invoke(app, ["schema", "shift"])
    assert json.loads(shown.stdout) == published("shift")
    assert published("shift")["properties"]["occurred_on"]["description"]
    assert RUNNER.invoke(app, ["schema", "shift", "--output", str(tmp_path / "s.json")]).exit_code == 0
    assert json.loads((tmp_path / "s.json").read_text(encoding="utf-8")) == published("shift")
    unknown = RUNNER.invoke(app, ["schema", "shfit"])
    assert unknown.exit_code == 2 and "Did you mean" in unknown.stderr
