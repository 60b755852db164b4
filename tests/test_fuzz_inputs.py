"""A slice of the fuzzing in every test run, and that a failure would not go unseen."""

from __future__ import annotations

import random
import re
from pathlib import Path

import pytest

from policytrack.errors import ConfigError
from tests import fuzz_inputs
from tests.fuzz_inputs import BLOCK, SHARES, Tally, World


def test_rubbish_never_ends_in_a_traceback() -> None:
    tally = fuzz_inputs.run(seed=7, first=0, runs=500)
    assert tally.failures == []
    assert tally.runs.total() == 500
    assert {"articles", "ingest", "questions", "yaml", "rule_file"} <= tally.runs.keys()
    assert tally.refused["questions"] > 0, "nothing was refused: the rubbish is too good"


@pytest.mark.parametrize(("error", "is_failure"), [(KeyError("x"), True), (ConfigError("told"), False)])
def test_only_errors_that_are_meant_for_the_user_are_none(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, error: Exception, is_failure: bool
) -> None:
    def breaks(_world: World, _chance: random.Random) -> None:
        raise error

    monkeypatch.setattr(fuzz_inputs, "SHARES", {breaks: 1})
    tally = fuzz_inputs.run_block(1, 3, 1, tmp_path)
    assert bool(tally.failures) == is_failure
    assert tally.refused["breaks"] == (not is_failure)
    if is_failure:
        assert re.match(r"FAILURE --seed 1 --first 3 --runs \d+ \(run 0, breaks\)\nTraceback", tally.failures[0])


def test_a_run_that_takes_too_long_is_a_failure(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(fuzz_inputs, "SLOW", -1.0)
    monkeypatch.setattr(fuzz_inputs, "SHARES", {fuzz_inputs.yaml: 1})
    assert [failure[:5] for failure in fuzz_inputs.run_block(1, 0, 2, tmp_path).failures] == ["SLOW ", "SLOW "]


def test_a_block_is_repeated_by_its_number() -> None:
    def made(block: int) -> list[bytes]:
        chance = random.Random(f"1:{block}")
        return [fuzz_inputs.some_input(chance) for _ in range(20)]

    assert made(4) == made(4) != made(5)


def test_every_target_has_a_share() -> None:
    assert sum(SHARES.values()) == 1000
    assert all(share > 0 for share in SHARES.values())


def test_a_tally_shows_what_failed(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    failed = Tally(failures=["FAILURE here"])
    failed.runs["yaml"] = BLOCK
    monkeypatch.setattr(fuzz_inputs, "run", lambda *_: failed)
    assert fuzz_inputs.main([]) == 1
    assert capsys.readouterr().out.startswith("FAILURE here\n100 runs, 1 failures: yaml 100 (0 refused)")
    failed.failures.clear()
    assert fuzz_inputs.main([]) == 0
    monkeypatch.setattr(fuzz_inputs, "run", lambda *_: Tally())
    assert fuzz_inputs.main([]) == 1, "nothing was run"
