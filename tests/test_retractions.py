"""What its own source takes back: a step that nobody stands by any longer is retracted, and never silently gone."""

from __future__ import annotations

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from policytrack.detect import Detector
from policytrack.model import Entry
from policytrack.states import Timeline, timeline
from tests.builders import at, core, level, policy, told
from tests.journals import DAYS

START = policy("permission", "prohibited")


def fold(*entries: Entry) -> Timeline:
    return timeline(START, entries, core())


def denied(published: str = "2024-11-15", source: str = "Wire A", status: str = "denied", **others: object) -> Entry:
    return told("authorise", published, "looser", status, source=source, article=f"no {source} {published}", **others)


TOLD = told("authorise", "2024-11-12")


def test_a_source_takes_its_own_telling_back() -> None:
    found = fold(TOLD, denied())
    assert found.steps == ()
    assert [state.status for state in found.states] == ["unknown", "prohibited"]
    (step,) = found.retracted
    assert (step.stage, step.occurred_on, step.after.status) == ("retracted", "2024-11-12", "permitted")
    assert set(step.claims) == {TOLD.claim.id, denied().claim.id}
    assert step.shift_id == fold(TOLD).steps[0].shift_id
    assert found.taken_back == ((TOLD.claim.id, denied().claim.id),)


def test_the_retracted_step_is_a_shift_of_that_stage() -> None:
    (shift,) = Detector(core()).shifts(fold(TOLD, denied()), START)
    assert (shift.stage, shift.kind) == ("retracted", "restriction_lifted")


def test_a_source_that_is_named_speaks_for_itself() -> None:
    assert fold(TOLD, denied(said_by="Wire A")).steps == ()
    assert len(fold(TOLD, denied(said_by="Wire B")).steps) == 1


@pytest.mark.parametrize(
    "denial",
    [
        denied(source="Wire B"),
        denied(said_by="the ministry"),
        denied(background=True, dates={"decided": "2024-11-14"}),
        denied("2024-11-11"),
        denied("2024-11-12"),
        denied("2024-11"),
        denied("2024-12-20"),
        denied(dates={"decided": "2024-10-01"}),
        denied(status="ruled_out"),
        denied(status="failed"),
        denied(status="considered"),
        told("revoke", "2024-11-15", "tighter", "denied", article="no"),
    ],
    ids=[
        "another source", "somebody else's words", "told as history", "before", "the same day", "a month that may be "
        "before", "long after", "of another day", "a refusal", "a failure", "a thought", "another direction",
    ],
)  # fmt: skip
def test_what_takes_nothing_back(denial: Entry) -> None:
    found = fold(TOLD, denial)
    assert (found.retracted, found.taken_back, len(found.steps)) == ((), (), 1)


def test_an_article_takes_nothing_of_its_own_back() -> None:
    both = told("authorise", "2024-11-15", "looser", "denied", article=TOLD.claim.article_id, start=90)
    assert len(fold(TOLD, both).steps) == 1


def test_articles_of_no_known_publisher_have_no_source_in_common() -> None:
    nobody = told("authorise", "2024-11-12", source="")
    assert len(fold(nobody, denied(source="")).steps) == 1


def test_a_dated_denial_takes_back_the_report_of_that_day() -> None:
    later = told("authorise", "2024-12-20", article="later")
    revoked = told("revoke", "2024-12-01")
    found = fold(TOLD, revoked, later, denied("2024-12-24", dates={"announced": "2024-11-12"}))
    assert [step.occurred_on for step in found.retracted] == ["2024-11-12"]
    assert found.taken_back == ((TOLD.claim.id, denied("2024-12-24").claim.id),)
    assert [step.occurred_on for step in found.steps] == ["2024-12-20"]


def test_what_others_tell_stays_and_is_disputed_with_all_sides() -> None:
    other = told("authorise", "2024-11-13", source="Wire B")
    found = fold(TOLD, other, denied())
    (step,) = found.steps
    assert (step.stage, step.publishers, step.occurred_on) == ("disputed", ("Wire B",), "2024-11-13")
    assert set(step.claims) == {other.claim.id, denied().claim.id}
    assert step.first_claim == other.claim.id
    assert found.retracted == ()


def test_what_was_taken_back_corroborates_nothing() -> None:
    others = [told("authorise", "2024-11-13", source=source) for source in ("Wire B", "Wire C")]
    later = told("authorise", "2024-11-18", status="announced", source="Wire B", article="official")
    found = fold(TOLD, *others, denied(), later)
    assert (found.steps[0].publishers, found.steps[0].stage) == (("Wire B", "Wire C"), "confirmed")


def test_an_official_word_afterwards_settles_it() -> None:
    official = told("authorise", "2024-11-18", status="announced", source="Wire B")
    found = fold(TOLD, denied(), official)
    assert [(step.stage, step.occurred_on) for step in found.steps] == [("confirmed", "2024-11-18")]


def test_a_source_may_tell_it_again_later() -> None:
    again = told("authorise", "2024-11-20", article="again")
    found = fold(TOLD, denied(), again)
    assert [step.occurred_on for step in found.steps] == ["2024-11-20"]
    assert set(found.steps[0].claims) == {again.claim.id, denied().claim.id}
    assert found.retracted == ()


def test_an_upheld_denial_of_the_issuer_takes_no_step_away() -> None:
    denials = [denied(day, source="Wire C", said_by="the ministry") for day in ("2024-11-13", "2024-11-15")]
    stays = told("reaffirm", "2024-11-16", "tighter", "announced", source="Wire C")
    found = fold(TOLD, *denials, stays)
    assert [step.stage for step in found.steps] == ["disputed"]


def test_copies_go_with_what_they_copy_whenever_they_were_printed() -> None:
    late = told("authorise", "2024-11-18", article="copy").model_copy(update={"told_first": "2024-11-12"})
    assert fold(TOLD, late, denied()).steps == ()
    own = told("authorise", "2024-11-18", article="own")
    assert len(fold(TOLD, own, denied()).steps) == 1


def test_what_was_announced_for_later_does_not_come_to_hold() -> None:
    ahead = told("authorise", "2024-11-12", dates={"in_force": "2024-12-01"})
    found = fold(ahead, denied())
    assert [state.status for state in found.states] == ["unknown", "prohibited"]
    assert [(step.field, step.follow_up) for step in found.retracted] == [("scheduled", False)]


def test_background_that_was_taken_back_fills_nothing() -> None:
    unknown = policy("permission")
    history = told("authorise", "2024-11-12", background=True)
    assert timeline(unknown, [history], core()).states[-1].status == "permitted"
    assert timeline(unknown, [history, denied()], core()).states[-1].status == "unknown"


# --- corrected values


def tariff(*entries: Entry) -> Timeline:
    return timeline(policy("restriction", "none"), entries, core())


def test_the_later_word_of_a_source_replaces_its_own_level() -> None:
    first = told("impose", "2024-11-12", level=level(25))
    second = told("impose", "2024-11-14", level=level(20))
    assert tariff(first, second).states[-1].level == at(20)
    assert tariff(second, first).states[-1].level == at(20)
    assert len(tariff(first, second).steps) == 1


def test_another_sources_level_replaces_none() -> None:
    first = told("impose", "2024-11-12", level=level(25))
    assert tariff(first, told("impose", "2024-11-14", level=level(20), source="Wire B")).states[-1].level == at(25)
    history = told("impose", "2024-11-14", level=level(20), background=True, dates={"decided": "2024-11-12"})
    assert tariff(first, history).states[-1].level == at(25)


def test_the_later_word_of_a_source_replaces_its_own_end() -> None:
    first = told("impose", "2024-11-12", dates={"expires": "2025-01-01"})
    second = told("impose", "2024-11-14", dates={"expires": "2025-02-01"})
    assert tariff(first, second).states[-1].until == "2025-02-01"


# --- what holds for all

SAID = st.tuples(
    st.sampled_from(["decided", "decided", "announced", "denied", "failed"]), DAYS, st.sampled_from("AB"),
    st.sampled_from(["authorise", "revoke"]), st.sampled_from([None, None, "the ministry"]),
)  # fmt: skip


@st.composite
def taking_back(draw: st.DrawFn) -> list[Entry]:
    """Claims of two sources that tell one policy both ways, and deny what they told."""
    return [
        told(operation, day, None, status, source=source, article=f"a{number}", said_by=speaker,
             recorded=draw(st.integers(0, 3)))
        for number, (status, day, source, operation, speaker) in enumerate(draw(st.lists(SAID, max_size=7)))
    ]  # fmt: skip


@settings(max_examples=200, deadline=None)
@given(taking_back(), st.randoms(use_true_random=False))
def test_the_order_does_not_matter(entries: list[Entry], chance: random.Random) -> None:
    assert fold(*chance.sample(entries, len(entries))) == fold(*entries)


@settings(max_examples=200, deadline=None)
@given(taking_back())
def test_nothing_that_was_taken_back_supports_anything(entries: list[Entry]) -> None:
    found = fold(*entries)
    back = dict(found.taken_back)
    left = fold(*(entry for entry in entries if entry.claim.id not in back))
    assert [(one.status, one.valid_from) for one in found.states] == [
        (one.status, one.valid_from) for one in left.states
    ]
    assert [step.first_claim for step in found.steps] == [step.first_claim for step in left.steps]
    ids = {step.shift_id for step in found.steps}
    for step in found.retracted:
        assert step.first_claim in back and back[step.first_claim] in step.claims
        assert step.stage == "retracted" and step.shift_id not in ids


@settings(max_examples=200, deadline=None)
@given(taking_back())
def test_a_copy_keeps_nothing_alive(entries: list[Entry]) -> None:
    copies = [
        entry.model_copy(
            update={
                "claim": entry.claim.model_copy(update={"id": f"{entry.claim.id}x", "article_id": f"copy of {number}"}),
                "published_at": "2024-04-30",
                "told_first": entry.published_at,
            }
        )
        for number, entry in enumerate(entries)
        if entry.claim.factive
    ]
    alone, copied = fold(*entries), fold(*entries, *copies)
    back = {claim for claim, _ in alone.taken_back}
    assert {f"{claim}x" for claim in back} | back == {claim for claim, _ in copied.taken_back}
