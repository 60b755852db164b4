"""Why a policy did not shift: what each claim near the day lacked, and the rule that came nearest."""

from __future__ import annotations

import dataclasses
import datetime
import functools

import pytest

from policytrack import conditions
from policytrack.detect import Detector
from policytrack.errors import ConfigError
from policytrack.explain import ConditionExplanation
from policytrack.model import Entry
from policytrack.packs import Rules, load_rules
from policytrack.status_model import ShiftRule
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


def test_what_did_occur_is_not_told_as_missing() -> None:
    """Neither is a rule that came nearest shown of a shift that is there."""
    urged = told("impose", "2024-11-23", status="urged")
    for kind in (None, "restriction_lifted"):
        found = absence(told("authorise"), urged, kind=kind)
        head, *_, last = str(found).splitlines()
        assert f": a {kind or 'shift'} on 2024-11-22" in head
        assert found.occurred == found.shifts and found.nearest is None
        assert last.startswith("└─ `policytrack why s-")
    other = absence(told("authorise"), kind="restriction_imposed")
    assert (other.occurred, ": no restriction_imposed on 2024-11-22" in str(other)) == ((), True)
    assert ": no shift on 2024-11-22" in str(absence())


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
        ("sources", {"at_least": 2}, 1, "with 1 more independent source"),
        ("sources", {"at_least": 3}, 1, "with 2 more independent sources"),
        ("days_since_last", {"at_most": 30}, 34, "with 4 less"),
        ("days_since_last", {"at_least": 30}, None, "if it were at least 30"),
        ("after", "permitted", "restricted", "if it were 'permitted'"),
        ("operation", ["revoke", "withdraw"], "impose", "if it were 'revoke' or 'withdraw'"),
        ("stage", "confirmed", "reported", "once the issuer announces it, or somebody tells that it is done"),
        ("stage", "corroborated", "reported", "with 2 more independent sources"),
        ("stage", "disputed", "reported", "if the issuer denied it, or another claim said the contrary"),
        ("stage", ["corroborated", "confirmed"], "reported", "if it were 'corroborated' or 'confirmed'"),
    ],
)
def test_a_condition_that_failed_says_what_would_make_it_hold(
    field: str, test: object, value: int | str | None, hint: str
) -> None:
    condition = ConditionExplanation(field=field, test=conditions.Test.model_validate(test), value=value, held=False)
    assert _hint(condition, {"sources": 1}, corroborate=3) == hint


def with_rule(**when: object) -> Rules:
    """The shipped rules with one for a sure permission, of a kind of its own."""
    made = {"policy_kind": "permission", "field": "status", "after": "permitted", **when}
    over = {"supersedes": ["permission-lifted"], "example": {}}
    sure = ShiftRule.model_validate({"name": "sure", "kind": "all_clear", "when": made, **over})
    model = rules().core.model_copy(update={"shifts": (*rules().core.shifts, sure)})
    return dataclasses.replace(rules(), core=model)


@pytest.mark.parametrize(
    ("when", "status", "told_of"),
    [
        (
            {"sources": {"at_least": 2}}, "decided",
            "- sources is 1: at least 2; would hold with 1 more independent source",
        ),
        (
            {"stage": "corroborated"}, "reported",
            "- stage is 'reported': 'corroborated'; would hold with 1 more independent source",
        ),
        (
            {"stage": "confirmed"}, "decided",
            "- stage is 'reported': 'confirmed'; would hold once the issuer announces it, or somebody tells that it is "
            "done",
        ),
    ],
)  # fmt: skip
def test_the_nearest_miss_of_a_step_that_did_occur_says_what_it_takes(
    when: dict[str, object], status: str, told_of: str
) -> None:
    ours = with_rule(**when)
    about, entries = policy("permission", "prohibited"), [told("authorise", status=status)]
    found = WhyNot(ours, Detector(ours.core), about, entries).explain("2024-11-22", "all_clear", KNOWN, None)
    assert found.nearest is not None
    assert len(found.would_hold) == len(found.nearest.failed) == 1
    assert str(found).splitlines()[-2:] == ["└─ nearest: sure: 1 of 4 conditions failed", f"      {told_of}"]


def test_what_would_make_it_hold_does_make_it_hold() -> None:
    """The two remedies of the nearest miss, tried: a second publisher, and a word of the issuer."""
    about = policy("permission", "prohibited")
    for when, more in (
        ({"sources": {"at_least": 2}}, told("authorise", source="Wire B")),
        ({"stage": "corroborated"}, told("authorise", source="Wire B")),
        ({"stage": "confirmed"}, told("authorise", source="Wire A", article="a2", status="announced")),
    ):
        ours = with_rule(**when)
        entries = [told("authorise"), more]
        found = WhyNot(ours, Detector(ours.core), about, entries).explain("2024-11-22", "all_clear", KNOWN, None)
        assert found.shifts[0].startswith("all_clear"), when


def test_the_tracker_answers_by_name_day_and_kind() -> None:
    with open_tracker(":memory:") as tracker:
        found = tracker.why_not("us.atacms.strikes-in-russia", on="2024-11-10", kind="restriction_lifted")
        assert (found.status, found.near, found.nearest) == ("unknown", (), None)
        with pytest.raises(ConfigError, match=r"strikes-in-russia"):
            tracker.why_not("us.atacms.strikes-in-rusia")
        with pytest.raises(ConfigError, match="restriction_lifted"):
            tracker.why_not("us.atacms.strikes-in-russia", kind="restriction_lift")
        with pytest.raises(ConfigError, match=r"one of: .*permission_granted, .*restriction_lifted"):
            tracker.why_not("us.atacms.strikes-in-russia", kind="x")
