"""A new pack: it is sound, its tests pass, and what it cannot know it says."""

from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner

from policytrack.cli import app
from policytrack.packs import check_rules, load_rules
from policytrack.scaffold import MODELINE
from policytrack.testing import run_tests

RUNNER = CliRunner()
NEW = {
    "in.salt.export": ["--title", "India's permission to export salt", "--instrument", "salt", "--conduct", "export"],
    "eu.sanctions.belarus": ["--title", "EU sanctions: Belarus", "--kind", "restriction", "--instrument", "sanction",
                             "--conduct", "Belarus"],
    "us.paris.membership": ["--title", "Paris", "--kind", "membership", "--instrument", "Paris Agreement"],
    "gb.aid.kenya": ["--title", "Aid", "--kind", "programme", "--instrument", "aid", "--conduct", "Kenya"],
    "ecb.rate": ["--title", "Rate", "--kind", "rate", "--instrument", "deposit rate"],
    "us.drones.yemen": ["--title", "Drones", "--instrument", "drone", "--conduct", "strikes in Yemen"],
}  # fmt: skip


def new(policy: str, *flags: str) -> tuple[int, str, str]:
    done = RUNNER.invoke(app, ["rules", "new", policy, *flags])
    return done.exit_code, done.stdout, done.stderr


@pytest.mark.parametrize("policy", NEW)
def test_a_new_pack_is_sound_and_its_tests_pass(policy: str, tmp_path: Path) -> None:
    path = tmp_path / "new.yaml"
    code, printed, told = new(policy, *NEW[policy], "--output", str(path))
    assert (code, printed) == (0, "")
    assert f"policytrack rules check {path}" in told
    assert check_rules([path]) == []
    results = run_tests(load_rules(packs=[path]), [path])
    assert [result.problem for result in results if result.problem] == []
    given = [result.test.gives for result in results]
    assert len(given) >= 3
    assert "none" in given
    assert path.read_text(encoding="utf-8").startswith(MODELINE)


def test_what_is_known_of_the_start_is_written_and_what_is_not_is_marked() -> None:
    known = ["--start", "permitted", "--since", "2011-09-09", "--source", "public record"]
    assert (
        "start: {status: permitted, on: 2011-09-09, source: public record}"
        in new("in.salt.export", *NEW["in.salt.export"], *known)[1]
    )
    assert "start: {status: unknown, source: TODO}" in new("in.salt.export", *NEW["in.salt.export"])[1]


def test_what_cannot_be_read_in_any_sentence_is_left_to_the_author(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("policytrack.scaffold._gives", lambda *_: "")
    code, printed, _ = new("in.salt.export", "--title", "Salt", "--instrument", "salt")
    assert code == 0
    assert "# TODO tests: write a sentence" in printed
    assert "tests:\n" not in printed


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["in.salt.export", "--title", "Salt"], "--instrument is missing"),
        (["in.salt.export", "--instrument", "salt"], "--title is missing"),
        (["In Salt", "--title", "Salt", "--instrument", "salt"], "'In Salt' cannot be an id"),
        (["in.salt", "--title", "Salt", "--instrument", "salt", "--issuer", "usa"], "issuer 'usa' is not in actors"),
    ],
)
def test_what_is_missing_or_wrong_is_said(arguments: list[str], told: str) -> None:
    code, printed, error = new(*arguments)
    assert (code, printed) == (2, "")
    assert told in error


def test_no_file_is_overwritten(tmp_path: Path) -> None:
    path = tmp_path / "salt.yaml"
    path.write_text("mine", encoding="utf-8")
    code, _, error = new("in.salt.export", *NEW["in.salt.export"], "--output", str(path))
    assert code == 2
    assert "salt.yaml" in error
    assert path.read_text(encoding="utf-8") == "mine"
