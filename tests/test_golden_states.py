"""How policies stood on days, as people read it in the articles: tests/golden/states.yaml."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from policytrack.model import Article
from policytrack.packs import load_rules
from policytrack.tracker import Tracker, open_tracker
from policytrack.yamlfile import read_yaml
from tests.reading import ROOT

GOLDEN = Path(__file__).parent / "golden"
SETS = (ROOT / "examples" / "ukraine-arms" / "articles.jsonl", GOLDEN / "subjects.jsonl")
KEYS = {"policy", "on", "article", "says", "status", "level", "until", "scheduled", "place", "stage", "wrong"}


def _cases() -> list[dict[str, Any]]:
    document, problems = read_yaml(GOLDEN / "states.yaml")
    assert document is not None, problems
    found: list[dict[str, Any]] = document.data
    return found


CASES = _cases()
ASKED = [
    pytest.param(
        case, id=f"{case['policy']} {case['on']}",
        marks=[pytest.mark.xfail(strict=True, reason=case["wrong"])] if "wrong" in case else [],
    )
    for case in CASES
]  # fmt: skip


@pytest.fixture(scope="module")
def articles() -> dict[str, Article]:
    lines = [line for path in SETS for line in path.read_text(encoding="utf-8").splitlines()]
    read = [json.loads(line) for line in lines]
    return {each["id"]: Article(**{key: each[key] for key in Article.model_fields if key in each}) for each in read}


@pytest.fixture(scope="module")
def tracker() -> Iterator[Tracker]:
    with open_tracker(rules=load_rules()) as opened:
        report = opened.ingest(SETS, assume_seen="published")
        assert not report.errors and report.read == 162
        yield opened


def test_the_cases_are_whole(articles: dict[str, Article]) -> None:
    assert all(set(case) <= KEYS for case in CASES)
    wrong = [case for case in CASES if case["says"] not in articles[case["article"]].text]
    assert not wrong
    assert len({(case["policy"], case["on"]) for case in CASES}) == len(CASES) >= 40
    assert len({case["policy"] for case in CASES}) >= 15
    rules = load_rules()
    assert len({rules.policy(case["policy"]).pack for case in CASES}) >= 5  # type: ignore[union-attr]


@pytest.mark.parametrize("case", ASKED)
def test_a_state(tracker: Tracker, case: dict[str, Any]) -> None:
    found = tracker.state(case["policy"], on=str(case["on"]))
    told = {
        "status": found.status,
        "level": found.level and found.level.value,
        "until": found.until,
        "scheduled": found.scheduled and {"status": found.scheduled.status, "on": found.scheduled.on},
        "stage": found.stage,
    }
    wanted = {key: case[key] for key in told if key in case}
    assert {key: told[key] for key in wanted} == wanted
    places = " ".join(scope.quote for scope in found.scope)
    assert case.get("place", "") in places
