"""How far a pack is tried and what it misreads: shown where one looks at a policy, told where it is out of date."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from policytrack.cli import app

OLD = """\
pack: salt
version: 3
maturity: deprecated
limits: [use food-exports instead, "iodised salt is read as any salt"]
policies:
  - {id: in.salt.export, title: Salt, issuer: [in], instrument: [salt], conduct: [export]}
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "salt.yaml").write_text(OLD, encoding="utf-8")
    article = {"id": "a", "published_at": "2024-11-22", "text": "India has banned the export of salt."}
    (tmp_path / "a.jsonl").write_text(json.dumps(article) + "\n" + json.dumps({**article, "id": "b"}) + "\n")
    return tmp_path


def run(folder: Path, *words: str, pack: str = "salt.yaml") -> Result:
    ledger = [] if words[0] == "extract" else ["--db", str(folder / "t.db")]
    return CliRunner().invoke(app, [*words, "--pack", str(folder / pack), *ledger])


def test_why_shows_what_a_pack_says_of_itself(folder: Path) -> None:
    shown = run(folder, "why", "in.salt.export").stdout
    assert "├─ pack        salt@3, deprecated\n│  ├─ limit  use food-exports instead\n" in shown
    assert "│  └─ limit  iodised salt is read as any salt\n" in shown


@pytest.mark.parametrize("read", [False, True])
def test_policies_show_it_with_and_without_a_ledger(folder: Path, read: bool) -> None:
    if read:
        run(folder, "ingest", str(folder / "a.jsonl"))
    found = json.loads(run(folder, "policies", "--format", "json").stdout)["policies"]
    (salt,) = (each for each in found if each["id"] == "in.salt.export")
    assert (salt["maturity"], salt["limits"]) == (
        "deprecated", ["use food-exports instead", "iodised salt is read as any salt"],
    )  # fmt: skip
    assert (salt["last_claim"] is not None) is read
    assert {each["maturity"] for each in found} > {"deprecated"}


@pytest.mark.parametrize("command", ["ingest", "extract"])
def test_who_reads_a_deprecated_pack_is_told_once(folder: Path, command: str) -> None:
    done = run(folder, command, str(folder / "a.jsonl"))
    assert done.exit_code == 0
    assert done.stderr.count("a deprecated pack is in use") == 1
    assert "salt@3" in done.stderr and "use food-exports instead" in done.stderr
    assert "deprecated" not in done.stdout


def test_other_packs_are_read_in_silence(folder: Path) -> None:
    (folder / "salt.yaml").write_text(OLD.replace("deprecated", "test"), encoding="utf-8")
    assert "deprecated" not in run(folder, "extract", str(folder / "a.jsonl")).stderr
