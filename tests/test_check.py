"""The value check: what is right passes, and an error planted in any field does not."""

from __future__ import annotations

import datetime
from functools import cache
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from policytrack.extract.check import ValueCheck
from policytrack.extract.composition import EFFECTS
from policytrack.extract.extractor import _ArticleReader
from policytrack.model import Claim, Issuer
from tests.reading import article, extractor, live, read

GOOD = (
    "Norway lifted the ban on seal imports on 4 November 2024.",
    "On Monday Japan imposed a curfew in the old town.",
    "Spain has suspended the licences of four smelters since 12 November 2024.",
    "Kenya will tighten the quota for tuna catches from 1 December 2024.",
    "Peru revoked the licence of the dam on Thursday.",
    "The moratorium on whaling was extended by Iceland on Tuesday.",
    "On 18 November 2024 Chile reversed a decision to ease the fishing limits.",
    "Austria called off the suspension of rail aid on 19 November 2024.",
)
PAIRS = sorted(set(EFFECTS.values()))
ISSUERS = {"Norway": "no", "Japan": "jp", "Kenya": "ke", "Peru": "pe", "Chile": "cl", "Austria": "at"}
VERBS = ("lifted", "imposed", "suspended", "extended", "eased", "tightened", "scrapped", "resumed", "postponed")
THINGS = (
    "the ban on cod imports",
    "the curfew",
    "the grain tariff",
    "aid for the ports",
    "the fishing licences",
    "the embargo",
)


def problems(text: str, claim: Claim, **changed: Any) -> list[str]:
    """What the check says of a claim with some of its fields changed."""
    return check_of(text).problems(claim.model_copy(update=changed))


@cache
def check_of(text: str) -> ValueCheck:
    one, told = extractor(), article(text)
    return _ArticleReader(one, told, *next(one._parsed([told], whole=True)), open_mode=True)._check


def stated(text: str) -> Claim:
    reading = read(text, open_mode=True)
    assert not reading.rejected
    (claim,) = live(reading.claims)
    return claim


def opposite(direction: str) -> str:
    return {"looser": "tighter", "tighter": "looser"}.get(direction, "looser")


@pytest.mark.parametrize("text", GOOD)
def test_a_planted_error_is_refused_whatever_the_field(text: str) -> None:
    claim = stated(text)
    (date,) = claim.dates
    other_day = (datetime.date.fromisoformat(date.date) + datetime.timedelta(days=3)).isoformat()
    planted: dict[str, dict[str, Any]] = {
        "direction": {"direction": opposite(claim.direction)},
        "status": {"status": "denied", "factive": False},
        "date": {"dates": (date.model_copy(update={"date": other_day}),)},
        "issuer": {"issuer": Issuer(id="fj", text=claim.issuer.text)},
    }
    assert problems(text, claim) == []
    for field, changed in planted.items():
        (problem,) = problems(text, claim, **changed)
        assert problem.startswith(f"{field}: "), problem


@pytest.mark.parametrize(
    ("role", "says"),
    [("expires", False), ("communicated", False), ("first_use", False), ("announced", True)],
)
def test_a_date_has_no_role_that_no_word_gives_it(role: str, says: bool) -> None:
    claim = stated(GOOD[0])
    (date,) = claim.dates
    assert (problems(GOOD[0], claim, dates=(date.model_copy(update={"role": role}),)) == []) is says


@pytest.mark.parametrize(
    ("text", "status", "admitted"),
    [
        ("Norway refused to lift the ban on seal imports.", "decided", False),
        ("Norway did not lift the ban on seal imports.", "decided", False),
        ("Norway may lift the ban on seal imports.", "decided", False),
        ("Norway did not rule out lifting the ban on seal imports.", "considered", True),
        ("Norway agreed to lift the ban on seal imports.", "decided", True),
        ("Norway agreed to lift the ban on seal imports.", "threatened", False),
    ],
)
def test_words_before_an_operation_limit_its_status(text: str, status: str, admitted: bool) -> None:
    (claim,) = read(text, open_mode=True).claims
    changed = {"status": status, "factive": status == "decided"}
    assert (problems(text, claim, **changed) == []) is admitted


def test_an_issuer_has_words_that_name_it_or_a_reason() -> None:
    text = "The ministry eased the curfew on Friday. Oslo was quiet."
    claim = stated(text)
    assert problems(text, claim) == []
    beside = Issuer(id="no", text=claim.issuer.text)
    (problem,) = problems(text, claim, issuer=beside)
    assert "no reason says" in problem
    told = claim.confidence.model_copy(update={"reasons": ("issuer: focus",)})
    assert problems(text, claim, issuer=beside, confidence=told) == []
    (problem,) = problems(text, claim, issuer=Issuer(text="The senate"))
    assert "does not stand in the article" in problem


@given(
    issuer=st.sampled_from(sorted(ISSUERS)),
    verb=st.sampled_from(VERBS),
    thing=st.sampled_from(THINGS),
    day=st.dates(datetime.date(2024, 10, 25), datetime.date(2024, 11, 21)),
    pair=st.sampled_from(PAIRS),
    other=st.sampled_from(sorted(ISSUERS)),
    shift=st.integers(-40, 40).filter(bool),
)
@example(
    issuer="Austria", verb="lifted", thing="the ban on cod imports", day=datetime.date(2024, 10, 25),
    pair=("revoke", "neutral"), other="Austria", shift=1,
)  # fmt: skip
@settings(max_examples=40, deadline=None)
def test_no_shuffled_claim_is_admitted(
    issuer: str, verb: str, thing: str, day: datetime.date, pair: tuple[str, str], other: str, shift: int
) -> None:
    text = f"{issuer} {verb} {thing} on {day.day} {day:%B %Y}."
    for claim in live(read(text, open_mode=True).claims):
        assert problems(text, claim) == []
        if pair != (claim.operation, claim.direction):
            assert problems(text, claim, operation=pair[0], direction=pair[1])
        if other != issuer:
            assert problems(text, claim, issuer=Issuer(id=ISSUERS[other], text=claim.issuer.text))
        for date in claim.dates:
            moved = date.model_copy(update={"date": (day + datetime.timedelta(days=shift)).isoformat()})
            assert problems(text, claim, dates=(moved,))
