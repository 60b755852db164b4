"""Why a policy did not shift: what each claim near the day lacked, and the rule that came nearest."""

from __future__ import annotations

import datetime
import functools

import pytest

from policytrack import conditions
from policytrack.detect import Detector
from policytrack.errors import ConfigError
from policytrack.explain import ConditionExplanation
from policytrack.model import Entry
from policytrack.packs import Rules, load_rules
from policytrack.tracker import open_tracker
from policytrack.why_not import Absence, WhyNot, _hint
from tests.builders import RULES, policy, told

KNOWN = datetime.datetime(2025, 1, 1, tzinfo=datetime.UTC)


@functools.cache
def rules() -> Rules:
    return load_rules(RULES)


def absence(*entries: Entry, on: str = "2024-11-22", kind: str | None = None, start: str = "prohibited") -> Absence:
    about = policy("permission", start)
    return WhyNot(rules(), Detector(rules().core), about, entries).explain(on, kind, KNOWN, None)


@pytest.mark.parametrize(
    ("entry", "lacked", "would"),
    [
        (told("authorise", status="considered"), "it is considered: nothing has changed yet", "restriction_lifted"),
        (told("authorise", background=True), "it is told as earlier history", "restriction_lifted"),
        (told("reaffirm", direction="tighter"), "it says that nothing changes", None),
        (told("impose"), "it changes nothing: the policy stood so already", None),
        (told("lift", direction="tighter"), "a person has to look: lift cannot be tighter", None),
        (told("authorise", dates={"decided": "2024-11-19"}), "it tells the restriction_lifted of 2024-11-19", None),
    ],
)
def test_a_claim_says_what_it_lacked_and_what_it_would_have_been(entry: Entry, lacked: str, would: str | None) -> None:
    (near,) = absence(entry).near
    assert (near.lacked, near.would) == (lacked, would)
    assert near.claim == entry.claim.id


def test_only_claims_near_the_day_are_shown() -> None:
    entries = [told("authorise", "2024-11-10", status="urged"), told("authorise", "2024-11-25", status="proposed")]
    assert [near.published_at for near in absence(*entries).near] == ["2024-11-25"]
    none = absence(told("authorise", "2024-06-01", status="urged"))
    assert none.near == ()
    assert "no claim about it is dated within 7 days of that day" in str(none)


def test_what_did_occur_is_said() -> None:
    found = absence(told("authorise"), kind="restriction_imposed")
    assert found.shifts[0].startswith("restriction_lifted [s-")


def test_the_nearest_rule_of_a_kind_shows_the_conditions_that_failed() -> None:
    nearest = absence(told("ease", status="considered"), kind="restriction_lifted").nearest
    assert nearest is not None
    assert nearest.rule == "permission-lifted"
    assert [(failed.field, failed.value) for failed in nearest.failed] == [("after", "restricted")]
    assert absence(kind="restriction_lifted").nearest is None
    assert "nearest: permission-lifted: 1 of 4 conditions failed" in str(
        absence(told("ease", status="considered"), kind="restriction_lifted")
    )


@pytest.mark.parametrize(
    ("field", "test", "value", "hint"),
    [
        ("sources", {"at_least": 2}, 1, "; would hold with 1 more independent source"),
        ("sources", {"at_least": 3}, 1, "; would hold with 2 more independent sources"),
        ("days_since_last", {"at_most": 30}, 34, "; would hold with 4 less"),
        ("days_since_last", {"at_least": 30}, None, ""),
        ("after", "permitted", "restricted", ""),
    ],
)
def test_a_number_that_fell_short_says_by_how_much(field: str, test: object, value: int | str, hint: str) -> None:
    condition = ConditionExplanation(field=field, test=conditions.Test.model_validate(test), value=value, held=False)
    assert _hint(condition) == hint


def test_the_tracker_answers_by_name_day_and_kind() -> None:
    with open_tracker(":memory:") as tracker:
        found = tracker.why_not("us.atacms.strikes-in-russia", on="2024-11-10", kind="restriction_lifted")
        assert (found.status, found.near, found.nearest) == ("unknown", (), None)
        with pytest.raises(ConfigError, match=r"strikes-in-russia"):
            tracker.why_not("us.atacms.strikes-in-rusia")
        with pytest.raises(ConfigError, match="restriction_lifted"):
            tracker.why_not("us.atacms.strikes-in-russia", kind="restriction_lift")
