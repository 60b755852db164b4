"""Levels: what is one and what is not, and what becomes of them in states and shifts."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from policytrack import open_tracker
from policytrack.extract.levels import quantities
from policytrack.model import ClaimLevel, Level
from policytrack.tracker import Tracker
from tests.reading import article, live, read

CASES = yaml.safe_load((Path(__file__).parent / "cases" / "levels.yaml").read_text(encoding="utf-8"))
PACK = """
pack: levels
version: 1
policies:
  - id: is.interest.rate
    title: Icelandic interest rate
    kind: rate
    issuer: is
    instrument: [interest rate]
  - id: is.cod.quota
    title: Icelandic cod quota
    kind: rate
    looser: up
    issuer: is
    instrument: [cod quota]
  - id: nz.wool.duty
    title: Duty on wool
    kind: restriction
    issuer: nz
    instrument: [wool duty, duty on wool]
"""


@pytest.mark.parametrize("case", CASES, ids=[case["text"] for case in CASES])
def test_a_claim_has_the_level_that_its_change_names(case: dict[str, Any]) -> None:
    claims = read(case["text"], open_mode=True).claims
    (claim,) = claims if case.get("reaffirmed") else live(claims)
    level = claim.level
    assert (level and [level.from_, level.to, level.by, level.unit]) == case["level"]
    if "says" in case:
        assert f"{claim.operation} {claim.direction}" == case["says"]


@given(st.text(max_size=120))
def test_quantities_lie_in_their_text(text: str) -> None:
    for each in quantities(text):
        assert 0 <= each.start < each.end <= len(text)


@pytest.fixture
def tracker(tmp_path: Path) -> Iterator[Tracker]:
    pack = tmp_path / "levels.yaml"
    pack.write_text(PACK, encoding="utf-8")
    with open_tracker(packs=[pack]) as opened:
        yield opened


def told(tracker: Tracker, *texts: tuple[str, str]) -> list[tuple[str, str | None, str | None]]:
    """The shifts that articles (date, text) make: their kind, the level before and the level after."""
    tracker.ingest([article(text, on, article_id=on) for on, text in texts], assume_seen="published")
    return [(s.kind, _shown(s.before.level), _shown(s.after.level)) for s in tracker.shifts()]


def _shown(level: Level | ClaimLevel | None) -> str | None:
    return f"{level.value:g} {level.unit}" if isinstance(level, Level) else None


def test_a_rate_moves_between_two_articles(tracker: Tracker) -> None:
    shifts = told(
        tracker,
        ("2024-03-07", "Iceland raised its interest rate to 4 per cent."),
        ("2024-06-06", "Iceland raised its interest rate by 25 basis points."),
        ("2024-09-05", "Iceland cut the interest rate from 4.25 to 3.75 per cent."),
    )
    assert shifts == [
        ("rate_raised", None, "4 per cent"),
        ("rate_raised", "4 per cent", "4.25 per cent"),
        ("rate_cut", "4.25 per cent", "3.75 per cent"),
    ]
    assert _shown(tracker.state("is.interest.rate", on="2024-10-01").level) == "3.75 per cent"


def test_the_numbers_say_which_way_a_rate_that_is_set_went(tracker: Tracker) -> None:
    shifts = told(
        tracker,
        ("2024-03-07", "Iceland set its interest rate at 4 per cent."),
        ("2024-06-06", "Iceland set its interest rate at 3.5 per cent."),
    )
    assert shifts[1] == ("rate_cut", "4 per cent", "3.5 per cent")


def test_a_duty_is_a_restriction_with_a_level(tracker: Tracker) -> None:
    shifts = told(
        tracker,
        ("2024-03-07", "New Zealand imposed a 10 per cent duty on wool."),
        ("2024-06-06", "New Zealand raised the duty on wool to 25 per cent."),
        ("2024-09-05", "New Zealand cut the duty on wool from 25 to 5 per cent."),
    )
    assert [(before, after) for _, before, after in shifts] == [
        (None, "10 per cent"),
        ("10 per cent", "25 per cent"),
        ("25 per cent", "5 per cent"),
    ]
    assert [kind for kind, _, _ in shifts[1:]] == ["restriction_tightened", "restriction_eased"]
    found = tracker.diff("2024-04-01", "2024-07-01")
    assert [shift.kind for shift in found.shifts] == ["restriction_tightened"]


def test_a_quota_that_rises_is_looser(tracker: Tracker) -> None:
    shifts = told(
        tracker,
        ("2024-03-07", "Iceland raised the cod quota to 200,000 tonnes."),
        ("2024-06-06", "Iceland lowered the cod quota to 180,000 tonnes."),
    )
    assert shifts[1] == ("rate_cut", "200000 tonnes", "180000 tonnes")
    assert [shift.direction for shift in tracker.shifts()] == ["looser", "tighter"]
