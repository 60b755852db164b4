"""Rules of lint: each finds what it is for in a pack of `broken/` that is made for it, and comments turn it off."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from policytrack.cli import app
from policytrack.codes import Code
from policytrack.lint import lint_problems
from policytrack.packs import load_rules
from tests.builders import RULES

BROKEN = Path(__file__).parent / "broken"
OLD = BROKEN / "old-salt.yaml"
PACKS = sorted(BROKEN.glob("PT2*.yaml"))
RUNNER = CliRunner()
QUIET = """pack: salt
version: 1
policies:
  - id: in.salt.export
    title: India's permission to export salt
    issuer: [in]
    instrument: [salt, salts]{}
    start: {{status: permitted, on: 2011-09-09, source: public record}}
tests:
  - {{text: "India has prohibited the export of salt.", policy: in.salt.export, gives: impose}}
  - {{text: "India may prohibit the export of salt.", policy: in.salt.export, gives: none}}
"""


def found(path: Path) -> list[tuple[str, int]]:
    return [(problem.code, problem.location.line) for problem in lint_problems(load_rules(packs=[OLD, path]), [path])]


def written(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "salt.yaml"
    path.write_text(text, encoding="utf-8")
    return path


@pytest.mark.parametrize("path", PACKS, ids=lambda path: path.stem)
def test_a_broken_pack_has_the_problem_of_its_name_where_it_says_so(path: Path) -> None:
    lines = path.read_text(encoding="utf-8").splitlines()
    here = [number for number, line in enumerate(lines, start=1) if line.endswith("# here")]
    assert found(path) == [(path.stem[:5], line) for line in here]
    assert here


def test_every_rule_of_lint_has_a_broken_pack() -> None:
    of_packs = {code.value for code in Code if code.value > "PT200"} - {Code.BY_COUNT, Code.NO_REASON, Code.NEEDLESS}
    assert of_packs == {path.stem[:5] for path in PACKS}


def test_the_shipped_rules_have_nothing_to_better() -> None:
    assert [str(problem) for problem in lint_problems(load_rules(RULES))] == []


@pytest.mark.parametrize(
    "comment",
    ["  # lint: PT207 off: it shows the plural", "\n    # lint: PT207 off: it shows the plural"],
    ids=["behind", "above"],
)
def test_a_comment_turns_a_finding_off(comment: str, tmp_path: Path) -> None:
    assert found(written(tmp_path, QUIET.format(""))) == [(Code.SAME_PHRASE, 7)]
    text = QUIET.format(comment if not comment.startswith("\n") else "")
    if comment.startswith("\n"):
        text = text.replace("\n    instrument", comment + "\n    instrument")
    assert found(written(tmp_path, text)) == []


def test_a_comment_in_the_first_line_turns_it_off_for_the_file(tmp_path: Path) -> None:
    text = "# lint: PT207 off: plurals are shown on purpose\n" + QUIET.format("")
    assert found(written(tmp_path, text)) == []


def test_a_comment_without_a_reason_is_found(tmp_path: Path) -> None:
    assert found(written(tmp_path, QUIET.format("  # lint: PT207 off"))) == [(Code.NO_REASON, 7)]


def test_a_comment_that_turns_nothing_off_is_found(tmp_path: Path) -> None:
    text = QUIET.format("").replace(", salts]", "]  # lint: PT207 off: it was there")
    assert found(written(tmp_path, text)) == [(Code.NEEDLESS, 7)]


def test_a_rule_that_wins_by_its_number_of_conditions_is_found(tmp_path: Path) -> None:
    for path in RULES.glob("*.yaml"):
        (tmp_path / path.name).write_bytes(path.read_bytes())
    core = tmp_path / "core.yaml"
    text = core.read_text(encoding="utf-8")
    core.write_text(text.replace("    supersedes: [prohibited]\n", "", 1), encoding="utf-8")
    (problem,) = lint_problems(load_rules(tmp_path))
    assert problem.code == Code.BY_COUNT
    assert "permission-revoked" in problem.message


def test_the_command_shows_findings_and_exits_with_one(tmp_path: Path) -> None:
    path = written(tmp_path, QUIET.format(""))
    shown = RUNNER.invoke(app, ["rules", "lint", str(path)])
    assert shown.exit_code == 1
    assert f'{path}:7:24: PT207 "salts" is found by "salt".' in shown.stdout
    assert "policytrack rules explain-error PT207" in shown.stderr
    data = RUNNER.invoke(app, ["rules", "lint", str(path), "--format", "json"])
    assert [each["code"] for each in json.loads(data.stdout)["problems"]] == ["PT207"]
    assert RUNNER.invoke(app, ["rules", "lint", str(RULES)]).exit_code == 0


def test_a_source_that_is_still_to_be_written_is_none(tmp_path: Path) -> None:
    told = QUIET.format("").replace("[salt, salts]", "[salt]")
    assert found(written(tmp_path, told)) == []
    unsaid = told.replace("source: public record", "source: TODO")
    assert [code for code, _ in found(written(tmp_path, unsaid))] == [Code.NO_SOURCE]
