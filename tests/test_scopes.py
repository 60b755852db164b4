"""Scope: what limits a change, of which kind, who says so; and what is no limit."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from policytrack.model import Scope
from tests.reading import read

CASES = yaml.safe_load((Path(__file__).parent / "cases" / "scopes.yaml").read_text(encoding="utf-8"))


@pytest.mark.parametrize("case", CASES, ids=[case["text"] for case in CASES])
def test_a_change_has_the_limits_that_its_sentence_names(case: dict[str, Any]) -> None:
    (claim,) = read(case["text"], open_mode=True).claims
    assert [_shown(scope) for scope in claim.scope] == case["scope"]


def _shown(scope: Scope) -> str:
    said = f" | {scope.attributed_to.quote}" if scope.attributed_to else ""
    return f"{scope.kind}: {scope.quote}{said}"
