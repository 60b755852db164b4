"""How sure an event is: stages, disputes, and what is only implied."""

from __future__ import annotations

import pytest

from policytrack.model import Confidence, Entry
from policytrack.states import Step, timeline
from tests.builders import core, policy, told

START = policy("permission", "prohibited")


def the_step(*entries: Entry, **pack: int) -> Step:
    (step,) = timeline(policy("permission", "prohibited", **pack), entries, core()).steps
    return step


def stage(*entries: Entry, **pack: int) -> str:
    step = the_step(*entries, **pack)
    last = timeline(policy("permission", "prohibited", **pack), entries, core()).states[-1]
    assert last.stage == step.stage
    return step.stage


def test_one_publisher_is_a_report() -> None:
    assert stage(told("authorise"), told("authorise", "2024-11-23")) == "reported"


def test_two_independent_publishers_corroborate() -> None:
    assert stage(told("authorise"), told("authorise", source="Wire B")) == "corroborated"


def test_a_pack_may_ask_for_more_publishers() -> None:
    entries = [told("authorise", source=f"Wire {letter}") for letter in "ABC"]
    assert stage(*entries[:2], corroborate=3) == "reported"
    assert stage(*entries, corroborate=3) == "corroborated"


def test_a_retelling_after_the_event_corroborates_it() -> None:
    assert stage(told("authorise", "2024-11-12"), told("authorise", "2024-12-24", source="Wire B")) == "corroborated"


def test_the_issuer_confirms_by_announcing() -> None:
    assert stage(told("authorise", status="announced")) == "confirmed"
    assert stage(told("authorise", status="announced", issuer="fr")) == "reported"
    assert stage(told("authorise", status="announced", issuer=None)) == "reported"


@pytest.mark.parametrize(
    ("status", "expected"), [("decided", "reported"), ("reported", "reported"), ("implemented", "confirmed")]
)
def test_what_is_carried_out_is_confirmed(status: str, expected: str) -> None:
    assert stage(told("authorise", status=status)) == expected


def test_a_reaffirmation_by_the_issuer_confirms() -> None:
    entries = [told("authorise", "2024-11-12"), told("reaffirm", "2025-02-01", "looser", "announced")]
    assert stage(*entries) == "confirmed"


# --- implied


def used(published: str = "2024-11-20", source: str = "Wire A", confidence: float | Confidence = 0.7) -> Entry:
    return told("authorise", published, status="implemented", implied=True, source=source, confidence=confidence)


def test_what_is_implied_stays_a_report_of_little_confidence() -> None:
    step = the_step(used(), used(source="Wire B"), used(source="Wire C"))
    assert (step.stage, step.implied, step.confidence.value) == ("reported", True, 0.4)
    assert step.confidence.reasons == (core().implied.reason,)


def test_a_reason_that_is_given_already_is_kept_as_it_is() -> None:
    given = Confidence(value=0.3, reasons=("first use outside the permitted area",))
    assert the_step(used(confidence=given)).confidence == given


def test_a_stated_permission_takes_over() -> None:
    for published in ("2024-11-22", "2025-03-01"):
        step = the_step(used(), told("authorise", published, status="announced"))
        assert (step.stage, step.implied, step.confidence.value) == ("confirmed", False, 0.8)
        assert step.occurred_on == "2024-11-20"


# --- disputes


def denied(published: str, **others: str) -> Entry:
    return told("authorise", published, "looser", "denied", source="Wire B", **others)


def test_a_denial_by_the_issuer_disputes_the_event_and_shows_both_sides() -> None:
    report, denial = told("authorise", "2024-11-12"), denied("2024-11-13")
    step = the_step(report, denial)
    assert step.stage == "disputed"
    assert set(step.claims) == {report.claim.id, denial.claim.id}
    assert step.first_claim == report.claim.id


def test_a_denial_may_come_before_the_report_that_it_is_about() -> None:
    assert stage(told("authorise", "2024-11-13"), denied("2024-11-12")) == "disputed"


def test_somebody_elses_denial_disputes_nothing() -> None:
    assert stage(told("authorise", "2024-11-12"), denied("2024-11-13", issuer="ru")) == "reported"


def test_a_denial_of_another_event_disputes_nothing() -> None:
    assert stage(told("authorise", "2024-11-12"), denied("2025-02-01")) == "reported"
    contrary = told("revoke", "2024-11-13", "tighter", "denied", source="Wire B")
    assert stage(told("authorise", "2024-11-12"), contrary) == "reported"


def test_a_denial_is_about_the_event_nearest_to_it() -> None:
    entries = [told("authorise", "2024-11-01"), told("revoke", "2024-11-03"), told("authorise", "2024-11-05")]
    found = timeline(START, [*entries, denied("2024-11-06")], core())
    assert [step.stage for step in found.steps] == ["reported", "reported", "disputed"]


def test_a_denial_told_as_undated_history_disputes_nothing() -> None:
    earlier = told("authorise", "2024-11-13", "looser", "denied", source="Wire B", background=True)
    assert stage(told("authorise", "2024-11-12"), earlier) == "reported"


def test_a_denial_alone_changes_nothing() -> None:
    found = timeline(START, [denied("2024-11-13")], core())
    assert (found.steps, found.reviews, found.states[-1].status) == ((), (), "prohibited")
    unknown = timeline(policy(), [denied("2024-11-13")], core())
    assert [state.status for state in unknown.states] == ["unknown"]


def test_a_later_official_word_settles_a_dispute() -> None:
    before = told("authorise", "2024-11-12", status="announced")
    after = told("authorise", "2024-11-15", status="announced")
    assert stage(before, denied("2024-11-13")) == "disputed"
    assert stage(before, denied("2024-11-13"), after) == "confirmed"


def test_an_official_word_of_the_same_day_is_no_later_word() -> None:
    entries = [told("authorise", "2024-11-13", status="announced"), denied("2024-11-13")]
    assert stage(*entries) == "disputed"


def test_a_second_report_does_not_settle_a_dispute() -> None:
    entries = [told("authorise", "2024-11-12"), denied("2024-11-13"), told("authorise", "2024-11-15", source="Wire C")]
    assert stage(*entries) == "disputed"


def test_a_contrary_word_about_the_same_event_disputes_it() -> None:
    stays = told("reaffirm", "2024-11-13", "tighter", source="Wire B")
    assert stage(told("authorise", "2024-11-12"), stays) == "disputed"


def test_a_contrary_word_before_or_long_after_disputes_nothing() -> None:
    for published in ("2024-11-10", "2025-02-01"):
        stays = told("reaffirm", published, "tighter", source="Wire B")
        assert stage(told("authorise", "2024-11-12"), stays) == "reported"


def test_a_contrary_word_told_as_history_disputes_nothing() -> None:
    stays = told("reaffirm", "2024-11-15", "tighter", background=True, dates={"decided": "2024-11-13"})
    assert stage(told("authorise", "2024-11-12"), stays) == "reported"


def test_contrary_accounts_of_one_day_dispute_each_other() -> None:
    entries = [told("authorise", "2024-11-12"), told("revoke", "2024-11-12", source="Wire B")]
    found = timeline(policy("permission", "restricted"), entries, core())
    assert [step.stage for step in found.steps] == ["disputed", "disputed"]


def test_a_permission_that_is_later_revoked_is_no_dispute() -> None:
    entries = [told("authorise", "2024-11-12"), told("revoke", "2024-11-14", source="Wire B")]
    found = timeline(START, entries, core())
    assert [step.stage for step in found.steps] == ["reported", "reported"]


def test_one_publisher_that_tells_both_on_one_day_is_no_dispute() -> None:
    entries = [told("authorise", "2024-11-12"), told("revoke", "2024-11-12")]
    found = timeline(policy("permission", "restricted"), entries, core())
    assert [step.stage for step in found.steps] == ["reported", "reported"]
