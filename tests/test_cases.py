"""Golden cases of reading, one file a subject of grammar; each case shows a class of sentences."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from policytrack.extract import Extractor
from policytrack.packs import load_rules
from tests.reading import ROOT, article, live, read

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


SEALS = """pack: seals
version: 1
defaults: {kind: permission, issuer: ["no"]}
policies:
  - id: no.seal-hunting
    title: Seal hunting in Norway
    instrument: [seal hunting]
    start: {status: permitted, on: 2020-01-01, source: "made up"}
"""


@pytest.mark.parametrize("case", cases("goals"))
def test_goals(case: dict[str, Any], seals: Extractor) -> None:
    found = live(seals.read(article(case["text"])).claims)
    triggers = {(t.kind, t.cue, t.quote) for claim in found for t in claim.triggers}
    assert triggers == {(t["kind"], t["cue"], t["quote"]) for t in case["triggers"]}
    assert not [t for claim in live(read(case["text"], open_mode=True).claims) for t in claim.triggers]


@pytest.fixture(scope="module")
def seals(tmp_path_factory: pytest.TempPathFactory) -> Extractor:
    pack = tmp_path_factory.mktemp("packs") / "seals.yaml"
    pack.write_text(SEALS, encoding="utf-8")
    return Extractor(load_rules(ROOT / "rules", [pack]))


@pytest.mark.parametrize("case", cases("policies"))
def test_binding(case: dict[str, Any]) -> None:
    found = live(read(case["text"]).claims)
    assert sorted({f"{claim.policy} {claim.operation}" for claim in found}) == sorted(case["policies"])


@pytest.mark.parametrize("case", cases("speakers"))
def test_source(case: dict[str, Any]) -> None:
    found = live(read(case["text"], open_mode=True).claims)
    assert found, "the change itself was not read"
    assert {claim.attributed_to.quote if claim.attributed_to else None for claim in found} == {case["by"]}


@pytest.mark.parametrize("case", cases("notices"))
def test_what_is_called_an_error(case: dict[str, Any]) -> None:
    claims = read(case["text"], open_mode=True).claims
    assert [f"{claim.operation} {claim.direction}" for claim in live(claims)] == case.get("live", [])
    if "by" in case:
        [denied] = [claim for claim in claims if claim.status == "denied"]
        assert not denied.background
        assert (denied.attributed_to.quote if denied.attributed_to else None) == case["by"]
