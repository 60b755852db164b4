"""What the status model makes of every claim: the same as of real ones, with its holes."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import get_args

import pytest
from typer.testing import CliRunner

from policytrack.cli import app, options
from policytrack.matrix import Outcome, lines, meetings, outcomes
from policytrack.model import DIRECTIONS, OPERATIONS, POLICY_KINDS, PolicyKind
from policytrack.packs import FILES
from tests.builders import RULES, core

RUNNER = CliRunner()


@pytest.fixture(scope="module")
def found() -> list[Outcome]:
    return list(outcomes(core()))


def outcome(found: list[Outcome], kind: str, operation: str, direction: str, before: str, says: str = "") -> Outcome:
    cell = (kind, operation, direction, before, says)
    return next(
        each for each in found if (each.policy_kind, each.operation, each.direction, each.before, each.says) == cell
    )


def test_every_status_operation_and_direction_is_tried(found: list[Outcome]) -> None:
    cells = {(each.policy_kind, each.operation, each.direction, each.before) for each in found}
    statuses = sum(len(core().statuses(kind)) for kind in POLICY_KINDS)
    assert len(cells) == statuses * len(OPERATIONS) * len(DIRECTIONS)


def test_a_step_is_named_as_that_of_a_real_claim_is(found: list[Outcome]) -> None:
    lifted = outcome(found, "permission", "authorise", "looser", "prohibited")
    assert (lifted.field, lifted.after, lifted.shift) == ("status", "permitted", "restriction_lifted")
    revoked = outcome(found, "permission", "revoke", "tighter", "permitted")
    assert (revoked.rule, revoked.matched) == ("permission-revoked", ("prohibited", "permission-revoked"))
    eased = outcome(found, "restriction", "ease", "looser", "partial", "a level")
    assert (eased.field, eased.shift) == ("level", "restriction_eased")
    assert outcome(found, "permission", "lift", "looser", "permitted").field is None
    assert outcome(found, "permission", "lift", "tighter", "permitted").review


def test_the_shipped_model_has_no_holes(found: list[Outcome]) -> None:
    assert not [each for each in found if each.is_hole]


def test_two_rules_that_fit_one_step_are_told_with_the_reason(found: list[Outcome]) -> None:
    met = meetings(core(), found)
    assert met["permission-revoked", "prohibited"] == "supersedes it"
    assert ("prohibited", "permission-revoked") not in met


def test_a_rule_that_is_taken_out_leaves_holes() -> None:
    others = [rule for rule in core().shifts if rule.name != "joined"]
    left = [
        rule.model_copy(update={"supersedes": tuple(name for name in rule.supersedes if name != "joined")})
        for rule in others
    ]
    less = core().model_copy(update={"shifts": tuple(left)})
    found = list(outcomes(less, ["membership"]))
    assert {each.after for each in found if each.is_hole} == {"member"}
    assert any("member, HOLE: no shift rule fits" in line for line in lines(found))


def test_the_kinds_that_the_command_takes_are_those_of_the_model() -> None:
    assert get_args(options.PolicyKind) == get_args(PolicyKind)


def test_the_command_exits_with_one_where_there_are_holes(tmp_path: Path) -> None:
    for name in FILES:
        shutil.copy(RULES / name, tmp_path / name)
    text = (tmp_path / "core.yaml").read_text(encoding="utf-8")
    at = text.index("  - name: rate-raised")
    left = text[:at].replace(", rate-raised", "") + text[text.index("  - name: rate-cut") :]
    (tmp_path / "core.yaml").write_text(left, encoding="utf-8")
    shown = RUNNER.invoke(app, ["rules", "matrix", "--rules", str(tmp_path), "--kind", "rate"])
    assert shown.exit_code == 1
    assert "tighten tighter or neutral" in shown.stdout
    assert "level moves, HOLE: no shift rule fits" in shown.stdout
    assert "steps are holes" in shown.stderr
    data = RUNNER.invoke(app, ["rules", "matrix", "--kind", "rate", "--format", "json"])
    assert data.exit_code == 0
    assert {each["policy_kind"] for each in json.loads(data.stdout)["outcomes"]} == {"rate"}
