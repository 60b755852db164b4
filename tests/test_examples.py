"""Every script in examples/ runs as it is, from the root of the repository, and uses the public library only."""

import ast
import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

import policytrack
from policytrack.cli import app

ROOT = Path(__file__).parent.parent
EXAMPLES = ROOT / "examples"
SCRIPTS = sorted(EXAMPLES.glob("*.py"))
ARTICLES = ROOT / "examples" / "ukraine-arms" / "articles.jsonl"


def run(script: Path) -> str:
    command = [sys.executable, str(script.relative_to(ROOT))]
    done = subprocess.run(command, cwd=ROOT, env={"PYTHONPATH": str(ROOT)}, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_there_are_examples() -> None:
    assert {"diff_two_dates", "alert_hook", "claims_in_a_script"} <= {script.stem for script in SCRIPTS}


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda script: script.stem)
def test_only_public_names_are_used(script: Path) -> None:
    tree = ast.parse(script.read_text(encoding="utf-8"))
    imports = [node for node in ast.walk(tree) if isinstance(node, ast.ImportFrom) and node.module]
    ours = [node for node in imports if (node.module or "").startswith("policytrack")]
    assert ours
    for node in ours:
        assert node.module == "policytrack"
        assert {name.name for name in node.names} <= set(policytrack.__all__)


def test_diff_two_dates_shows_shifts_with_their_triggers() -> None:
    lines = run(ROOT / "examples" / "diff_two_dates.py").splitlines()
    shifts = [line for line in lines if line.startswith("2024-11-17  us.atacms.strikes-in-russia: ")]
    assert len(shifts) == 1 and "-> permitted" in shifts[0]
    assert any("North Korea" in line for line in lines if line.startswith("    "))


def test_alert_hook_is_called_once_for_each_new_shift() -> None:
    *alerts, last = run(ROOT / "examples" / "alert_hook.py").splitlines()
    assert alerts and all(line.startswith("ALERT ") for line in alerts)
    assert len(set(alerts)) == len(alerts)
    assert last == f"first time: {len(alerts)} new shifts; the same articles again: 0"


def test_claims_in_a_script_tells_a_change_from_talk_of_one() -> None:
    told = run(ROOT / "examples" / "claims_in_a_script.py")
    assert "us.atacms.strikes-in-russia: authorise (looser), " in told
    assert "de.taurus.transfer: authorise (looser), considered, no change" in told


def test_a_receiver_like_that_of_a_chat_shows_each_alert_once() -> None:
    *shown, again, last = run(EXAMPLES / "slack_style_webhook.py").splitlines()
    told = [json.loads(line)["text"] for line in shown]
    assert told[0].startswith("*us.atacms.strikes-in-russia* prohibited -> permitted on 2024-11-12, reported. because ")
    assert len(told) == len(set(told)) == 3
    assert again.startswith("had already: s-") and again.endswith("-reported")
    assert last == "sent 4, shown 3"


def test_a_shell_script_is_given_each_alert(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    desk = shutil.copytree(EXAMPLES / "shell-command", tmp_path / "desk")
    monkeypatch.chdir(tmp_path)
    file, db = str(desk / "alerts.yaml"), ("--db", "watch.db")
    for words in (
        ("alerts", "check", file),
        ("alerts", "run", file, "--once", *db),
        ("ingest", str(ROOT / "seeds"), *db),
    ):
        done = CliRunner().invoke(app, words)
        assert done.exit_code == 0, done.output
    done = CliRunner().invoke(app, ["alerts", "run", file, "--once", *db])
    assert done.exit_code == 0 and done.stdout.count("exit code 0") == 4
    first, *others = (desk / "told.txt").read_text(encoding="utf-8").splitlines()
    assert re.fullmatch(
        r"2024-11-12  us\.atacms\.strikes-in-russia: prohibited -> permitted  \[s-\w{32}-reported\]", first
    )
    assert len(others) == 3


def test_the_articles_are_ours_and_name_what_they_retell() -> None:
    articles = [json.loads(line) for line in ARTICLES.read_text(encoding="utf-8").splitlines()]
    assert len({article["id"] for article in articles}) == len(articles) == 111
    for article in articles:
        assert article["publisher"] == "policytrack example"
        assert article["retells"].startswith("http")
        assert "url" not in article
