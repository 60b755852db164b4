"""Golden cases of reading, one file a subject of grammar; each case shows a class of sentences."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.reading import live, read

CASES = Path(__file__).parent / "cases"


def cases(name: str) -> list[Any]:
    found = yaml.safe_load((CASES / f"{name}.yaml").read_text(encoding="utf-8"))
    assert found
    return [pytest.param(case, id=case["text"][:70]) for case in found]


@pytest.mark.parametrize("case", [*cases("composition"), *cases("background")])
def test_operation_and_direction(case: dict[str, Any]) -> None:
    found = live(read(case["text"], open_mode=True).claims)
    assert [f"{claim.operation} {claim.direction}" for claim in found] == case["live"]


@pytest.mark.parametrize("case", cases("status"))
def test_status(case: dict[str, Any]) -> None:
    claims = read(case["text"], open_mode=True).claims
    found = live(claims)
    assert [f"{claim.operation} {claim.direction}" for claim in found] == case.get("live", [])
    if "held" in case:
        assert case["held"] in {claim.status for claim in claims}
    if "status" in case:
        assert [claim.status for claim in found] == [case["status"]]


@pytest.mark.parametrize("case", cases("triggers"))
def test_triggers(case: dict[str, Any]) -> None:
    found = live(read(case["text"], open_mode=True).claims)
    assert found, "the change itself was not read"
    triggers = {t.quote: t for claim in found for t in claim.triggers}
    assert sorted(triggers) == sorted(t["quote"] for t in case["triggers"])
    for wanted in case["triggers"]:
        trigger = triggers[wanted["quote"]]
        assert (trigger.kind, trigger.cue, trigger.hedge) == (wanted["kind"], wanted["cue"], wanted.get("hedge"))


@pytest.mark.parametrize("case", cases("policies"))
def test_binding(case: dict[str, Any]) -> None:
    found = live(read(case["text"]).claims)
    assert sorted({f"{claim.policy} {claim.operation}" for claim in found}) == sorted(case["policies"])


@pytest.mark.parametrize("case", cases("speakers"))
def test_source(case: dict[str, Any]) -> None:
    found = live(read(case["text"], open_mode=True).claims)
    assert found, "the change itself was not read"
    assert {claim.attributed_to.quote if claim.attributed_to else None for claim in found} == {case["by"]}
