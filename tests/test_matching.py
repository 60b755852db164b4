"""Which shifts a subscription wants: every key, lists as any of them, the least stage and severity, and the words."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from policytrack.alerts.matching import AnyMatch, Match, Step, steps
from policytrack.model import Confidence, Issuer, Shift, Standing
from policytrack.news import Change
from tests.builders import trigger

TROOPS = trigger("North Korean troops in Kursk", "primary")
HARVEST = trigger("a poor\nharvest", "contributing")


def shift(**more: Any) -> Shift:
    """A shift of the American leave to strike, otherwise as is said."""
    given: dict[str, Any] = {
        "id": "s-" + "1" * 32,
        "policy": "us.atacms.strikes",
        "kind": "permission_granted",
        "rule": "granted@1",
        "direction": "looser",
        "issuer": Issuer(id="us", text="Washington"),
        "occurred_on": "2024-11-17",
        "before": Standing(status="prohibited"),
        "after": Standing(status="permitted"),
        "triggers": (TROOPS, HARVEST),
        "stage": "corroborated",
        "confidence": Confidence(value=0.8),
        "severity": "notable",
        "tags": ("arms", "Ukraine"),
    }
    return Shift.model_validate({**given, **more})


def looked_at(match: dict[str, Any], change: Change = "shift", **more: Any) -> list[Step]:
    return list(steps(Match.model_validate(match), shift(**more), change))


def wants(match: dict[str, Any], change: Change = "shift", **more: Any) -> bool:
    return all(step.passes for step in looked_at(match, change, **more))


@pytest.mark.parametrize(
    ("match", "wanted"),
    [
        ({}, True),
        ({"policy": "us.atacms.strikes"}, True),
        ({"policy": "us.*"}, True),
        ({"policy": "*strikes"}, True),
        ({"policy": "us.?tacms.[a-s]*"}, True),
        ({"policy": ["uk.*", "us.*"]}, True),
        ({"policy": "us.atacms"}, False),
        ({"policy": "us"}, False),
        ({"policy": "US.*"}, False),
        ({"policy": ["uk.*", "de.*"]}, False),
        ({"kind": "permission_granted"}, True),
        ({"kind": "permission_*"}, True),
        ({"kind": ["rate_cut", "permission_*"]}, True),
        ({"kind": "restriction_*"}, False),
        ({"direction": "looser"}, True),
        ({"direction": ["tighter", "looser"]}, True),
        ({"direction": ["tighter", "neutral"]}, False),
        ({"issuer": "us"}, True),
        ({"issuer": ["gb", "us"]}, True),
        ({"issuer": "US"}, True),
        ({"issuer": "Washington"}, True),
        ({"issuer": "washington"}, True),
        ({"issuer": "wash*"}, True),
        ({"issuer": "United States"}, False),
        ({"issuer": "gb"}, False),
        ({"tag": "arms"}, True),
        ({"tag": ["sanctions", "Ukr*"]}, True),
        ({"tag": "sanctions"}, False),
        ({"tag": "ARMS"}, False),
        ({"policy": "us.*", "direction": "looser", "tag": "arms"}, True),
        ({"policy": "us.*", "direction": "tighter", "tag": "arms"}, False),
        ({"policy": "uk.*", "direction": "looser", "tag": "arms"}, False),
    ],
)
def test_what_is_wanted_of_a_shift(match: dict[str, Any], wanted: bool) -> None:
    assert wants(match) is wanted


@pytest.mark.parametrize(
    ("match", "wanted"),
    [
        ({"kind": "primary"}, True),
        ({"kind": ["context", "contributing"]}, True),
        ({"kind": "context"}, False),
        ({"words": "troops"}, True),
        ({"words": "TROOPS IN kursk"}, True),
        ({"words": "north*kursk"}, True),
        ({"words": "poor*harvest"}, True),
        ({"words": ["tanks", "troops"]}, True),
        ({"words": "tanks"}, False),
        ({"words": "kursk*north"}, False),
        ({"kind": "primary", "words": "troops"}, True),
        ({"kind": "contributing", "words": "troops"}, False),
        ({"kind": "contributing", "words": "harvest"}, True),
    ],
)
def test_one_trigger_has_to_be_all_that_is_said(match: dict[str, Any], wanted: bool) -> None:
    assert wants({"trigger": match}) is wanted
    assert not wants({"trigger": match}, triggers=())


STAGES = ("reported", "corroborated", "confirmed", "disputed", "retracted")


@pytest.mark.parametrize(
    ("wanted", "passing"),
    [
        ("reported", {"reported", "corroborated", "confirmed"}),
        ("corroborated", {"corroborated", "confirmed"}),
        ("confirmed", {"confirmed"}),
        ("disputed", {"disputed"}),
    ],
)
def test_a_stage_is_the_least_that_is_wanted(wanted: str, passing: set[str]) -> None:
    assert {stage for stage in STAGES if wants({"stage": wanted}, stage=stage)} == passing


@pytest.mark.parametrize(
    ("wanted", "passing"),
    [("minor", {"minor", "notable", "major"}), ("notable", {"notable", "major"}), ("major", {"major"})],
)
def test_a_severity_is_the_least_that_is_wanted(wanted: str, passing: set[str]) -> None:
    ranks = ("minor", "notable", "major")
    assert {severity for severity in ranks if wants({"severity": wanted}, severity=severity)} == passing


def test_corrections_are_for_whoever_asks_for_them() -> None:
    assert wants({}, "shift") and not wants({}, "correction")
    assert wants({"change": "correction"}, "correction") and not wants({"change": "correction"}, "shift")
    assert wants({"change": ["shift", "correction"]}, "shift") and wants(
        {"change": ["shift", "correction"]}, "correction"
    )


def test_what_is_held_back_or_let_through_is_so_whether_it_is_a_correction_or_not() -> None:
    assert AnyMatch.model_validate({"policy": "us.*"}).change == ("shift", "correction")
    assert AnyMatch.model_validate({"change": "shift"}).change == ("shift",)


@pytest.mark.parametrize("issuer", [Issuer(id=None, text="Washington"), Issuer(id="us"), Issuer()])
def test_an_issuer_is_known_by_what_there_is(issuer: Issuer) -> None:
    assert wants({"issuer": "us"}, issuer=issuer) is (issuer.id == "us")
    assert wants({"issuer": "Washington"}, issuer=issuer) is (issuer.text == "Washington")
    assert wants({"issuer": "*"}, issuer=issuer) is (issuer != Issuer())
    assert wants({}, issuer=issuer)


def test_nothing_is_wanted_of_tags_where_there_are_none() -> None:
    assert not wants({"tag": "*"}, tags=()) and wants({}, tags=())


@pytest.mark.parametrize(
    ("match", "more", "told"),
    [
        ({"policy": ["uk.*", "de.*"]}, {}, "policy: it is us.atacms.strikes, and uk.*, de.* is wanted"),
        ({"kind": "rate_*"}, {}, "kind: it is permission_granted, and rate_* is wanted"),
        ({"issuer": "gb"}, {}, "issuer: it is us, Washington, and gb is wanted"),
        ({"issuer": "gb"}, {"issuer": Issuer()}, "issuer: it is not known, and gb is wanted"),
        ({"tag": "sanctions"}, {"tags": ()}, "tag: it is none, and sanctions is wanted"),
        ({"direction": "tighter"}, {}, "direction: it is looser, and tighter is wanted"),
        ({"severity": "major"}, {}, "severity: it is notable, and major at least is wanted"),
        ({"stage": "confirmed"}, {}, "stage: it is corroborated, and confirmed at least is wanted"),
        ({"stage": "disputed"}, {}, "stage: it is corroborated, and disputed is wanted"),
        ({"change": "correction"}, {}, "change: it is a shift, and correction is wanted"),
        (
            {"trigger": {"kind": ["context", "primary"], "words": "tanks"}},
            {"triggers": (TROOPS,)},
            'trigger: "North Korean troops in Kursk" (primary), and one that is context or primary, '
            "with the words 'tanks' is wanted",
        ),
        ({"trigger": {"words": "x"}}, {"triggers": ()}, "trigger: none is stated, and with the words 'x' is wanted"),
    ],
)
def test_a_step_says_what_is_and_what_is_wanted(match: dict[str, Any], more: dict[str, Any], told: str) -> None:
    failed = [f"{step.name}: {step.told}" for step in looked_at(match, **more) if not step.passes]
    assert failed == [told]


def test_what_is_not_asked_for_is_not_looked_at() -> None:
    assert [step.name for step in looked_at({})] == ["change"]
    every = {"policy": "*", "kind": "*", "issuer": "*", "tag": "*", "direction": "looser", "severity": "minor",
             "trigger": {"words": "*"}, "stage": "reported"}  # fmt: skip
    assert {step.name for step in looked_at(every)} == {"change", *every}
    assert set(every) | {"change"} == set(Match.model_fields), "every key is looked at"


@pytest.mark.parametrize(
    ("match", "told"),
    [
        ({"policy": []}, "the list is empty, and would match nothing"),
        ({"direction": []}, "the list is empty"),
        ({"change": []}, "the list is empty"),
        ({"policy": ""}, "is no pattern"),
        ({"policy": [" us.*"]}, "is no pattern"),
        ({"trigger": {}}, "it says nothing; give it a kind, or words"),
        ({"trigger": {"words": []}}, "the list is empty"),
        ({"stage": "retracted"}, "'reported', 'corroborated'"),
        ({"polcy": "us.*"}, "polcy"),
    ],
)
def test_what_could_match_nothing_is_refused(match: dict[str, Any], told: str) -> None:
    with pytest.raises(ValidationError) as caught:
        Match.model_validate(match)
    assert told in str(caught.value)


WORDS = st.text(st.characters(exclude_characters="*?["), min_size=1, max_size=8).map(str.strip).filter(bool)


@given(WORDS, WORDS)
def test_one_value_is_a_list_of_one(first: str, second: str) -> None:
    for key in ("kind", "issuer", "tag"):
        one, both = {key: first}, {key: [first, second]}
        assert Match.model_validate(one) == Match.model_validate({key: [first]})
        assert wants(both, kind=second, tags=(second,), issuer=Issuer(text=second))
        assert wants(one, kind=first, tags=(first,), issuer=Issuer(text=first))
