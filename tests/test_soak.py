"""The long run itself: it runs, and says so where something is wrong."""

from __future__ import annotations

from dataclasses import replace

import pytest

from policytrack import explain
from tests import soak

PART = soak.Part("p", 1000, 500, 50, 0, 1.0, 40.0, 40.5)


def test_a_small_share_of_it_is_sound(capsys: pytest.CaptureFixture[str]) -> None:
    assert soak.main(["--share", "400"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.split(" records")[0] for line in lines] == ["shift rules: 1000", "60 rules: 375", "200 rules: 150"]


@pytest.mark.parametrize("wrong", [{"mismatches": 1}, {"matches": 3}, {"most": 40.0 + soak.GROWTH + 0.1}])
def test_a_part_with_anything_wrong_is_not_sound(wrong: dict[str, float]) -> None:
    assert PART.is_sound
    assert not replace(PART, **wrong).is_sound  # type: ignore[arg-type]


def test_an_evaluator_that_disagrees_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(explain, "matching", lambda *_: ())
    assert soak.main(["--share", "1000"]) == 1
