"""What to do about each problem: there for every code, and the packs that show it do so."""

from __future__ import annotations

from pathlib import Path

import pytest

from policytrack.codes import Code
from policytrack.packs import check_rules
from policytrack.remedies import REMEDIES


def test_every_code_has_a_remedy() -> None:
    assert set(REMEDIES) == set(Code)


@pytest.mark.parametrize(
    "code", [code for code, remedy in REMEDIES.items() if remedy.wrong], ids=lambda code: code.name
)
def test_the_pack_that_shows_a_problem_has_it_and_no_other(code: Code, tmp_path: Path) -> None:
    pack = tmp_path / "salt.yaml"
    pack.write_text(REMEDIES[code].wrong, encoding="utf-8")
    assert {problem.code for problem in check_rules([pack])} == {code}


@pytest.mark.parametrize(
    "code", [code for code, remedy in REMEDIES.items() if remedy.right], ids=lambda code: code.name
)
def test_the_pack_that_shows_what_is_right_is_sound(code: Code, tmp_path: Path) -> None:
    pack = tmp_path / "salt.yaml"
    pack.write_text(REMEDIES[code].right, encoding="utf-8")
    assert check_rules([pack]) == []
