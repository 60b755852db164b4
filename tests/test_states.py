"""Timelines: golden cases by hand, and what holds for all of them."""

from __future__ import annotations

import datetime
import itertools
import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from policytrack.dates import first_day
from policytrack.events import told as placed_by
from policytrack.model import OPERATIONS, POLICY_KINDS, Entry, Policy, Start
from policytrack.states import BEGINNING, Timeline, timeline
from tests.builders import claim, core, entry, place, policy, told, trigger
from tests.journals import journals

# --- golden cases


def test_reported_with_a_date_of_communication_and_of_first_use() -> None:
    start = Start(status="prohibited", on="2023-10-17")
    reported = told(
        "authorise", "2024-11-22", status="reported", scope=[place("the Kursk region")],
        triggers=[trigger("their arrival")],
        dates={"communicated": "2024-11-12", "first_use": "2024-11-19"},
    )  # fmt: skip
    found = timeline(policy(start=start), [reported], core())
    (step,) = found.steps
    assert (step.before.status, step.after.status, step.field) == ("prohibited", "permitted", "status")
    assert (step.occurred_on, step.stage, step.direction) == ("2024-11-12", "reported", "looser")
    assert [each.role for each in step.dates] == ["communicated", "first_use"]
    assert [each.quote for each in step.triggers] == ["their arrival"]
    assert [each.quote for each in step.after.scope] == ["the Kursk region"]
    assert [(state.status, state.valid_from, state.valid_to) for state in found.states] == [
        ("unknown", BEGINNING, "2023-10-17"),
        ("prohibited", "2023-10-17", "2024-11-12"),
        ("permitted", "2024-11-12", None),
    ]


def test_without_a_date_it_occurred_when_it_was_published() -> None:
    (step,) = timeline(policy(start="prohibited"), [told("authorise", "2024-11-22")], core()).steps
    assert step.occurred_on == "2024-11-22"


def test_the_date_of_an_event_is_the_most_precise_then_the_earliest() -> None:
    entries = [
        told("authorise", "2024-11-22", source="A", dates={"decided": "2024-11"}),
        told("authorise", "2024-11-19", source="B"),
        told("authorise", "2024-11-18", source="C"),
    ]
    (step,) = timeline(policy(start="prohibited"), entries, core()).steps
    assert step.occurred_on == "2024-11-18"


def test_a_month_is_kept_as_it_was_told() -> None:
    entries = [told("authorise", "2024-11-22", dates={"decided": "2024-10"}), told("revoke", "2024-12-24")]
    found = timeline(policy(start="prohibited"), entries, core())
    assert [(state.valid_from, state.valid_to) for state in found.states[2:]] == [
        ("2024-10", "2024-12-24"),
        ("2024-12-24", None),
    ]


def test_a_state_without_length_is_left_out_but_its_step_is_kept() -> None:
    entries = [told("authorise", "2024-11-12"), told("revoke", "2024-11-12", start=300)]
    found = timeline(policy(start="prohibited"), entries, core())
    assert [step.after.status for step in found.steps] == ["permitted", "prohibited"]
    assert [(state.valid_from, state.status) for state in found.states[1:]] == [
        ("2020-01-01", "prohibited"), ("2024-11-12", "prohibited"),
    ]  # fmt: skip


def test_a_state_stands_on_the_claims_of_its_status_and_of_what_changed_since() -> None:
    grant = told("authorise", "2024-01-12")
    wider = told("ease", "2024-06-12", scope=[place("Kursk")])
    end = told("revoke", "2024-09-12")
    found = timeline(policy(start="prohibited"), [grant, wider, end], core())
    assert [set(state.claims) for state in found.states[2:]] == [
        {grant.claim.id}, {grant.claim.id, wider.claim.id}, {end.claim.id},
    ]  # fmt: skip


def test_the_issuer_is_the_known_one_of_the_strongest_claim() -> None:
    entries = [
        told("ease", "2024-11-12", issuer="fr"),
        told("authorise", "2024-11-13", issuer=None),
        told("authorise", "2024-11-14", issuer="us"),
    ]
    (step,) = timeline(policy(start="prohibited"), entries, core()).steps
    assert (step.operation, step.issuer.id) == ("authorise", "us")


def test_days_since_the_last_step_are_counted() -> None:
    entries = [told("authorise", "2024-11-12"), told("revoke", "2024-11-22")]
    found = timeline(policy(start="prohibited"), entries, core())
    assert [step.days_since_last for step in found.steps] == [None, 10]


def test_publishers_are_counted_once() -> None:
    entries = [told("authorise", "2024-11-12", source=source, article=source) for source in "AAB"]
    (step,) = timeline(policy(start="prohibited"), entries, core()).steps
    assert step.sources == 2


def test_nothing_known_is_one_unknown_state() -> None:
    found = timeline(policy(), (), core())
    assert [(state.status, state.valid_from, state.valid_to) for state in found.states] == [
        ("unknown", BEGINNING, None)
    ]


def test_a_claim_recorded_twice_counts_from_the_first_time() -> None:
    one, other = claim(article="a"), claim(article="b")
    journal = [entry(one, recorded=5), entry(other, recorded=3), entry(one, recorded=1)]
    for entries in (journal, journal[::-1]):
        (step,) = timeline(policy(start="prohibited"), entries, core()).steps
        assert step.first_claim == one.id


# --- what holds for all timelines

Journal = tuple[Policy, list[Entry]]


def fold(journal: Journal) -> Timeline:
    return timeline(*journal, core())


@settings(max_examples=150, deadline=None)
@given(journals(), st.randoms(use_true_random=False))
def test_the_order_of_entries_does_not_matter(journal: Journal, chance: random.Random) -> None:
    about, told_of = journal
    shuffled = chance.sample(told_of, len(told_of))
    assert fold((about, shuffled)) == fold(journal)


@settings(max_examples=150, deadline=None)
@given(journals())
def test_reading_twice_adds_nothing(journal: Journal) -> None:
    about, told_of = journal
    again = [
        entry.model_copy(update={"recorded_at": entry.recorded_at + datetime.timedelta(days=1)}) for entry in told_of
    ]
    assert fold((about, told_of + again)) == fold(journal)


@settings(max_examples=150, deadline=None)
@given(journals())
def test_states_cover_all_time_without_gap_or_overlap(journal: Journal) -> None:
    states = fold(journal).states
    assert states[0].valid_from == BEGINNING or first_day(states[0].valid_from) == first_day(BEGINNING)
    assert states[-1].valid_to is None
    for one, following in itertools.pairwise(states):
        assert one.valid_to == following.valid_from
        assert first_day(one.valid_from) < first_day(following.valid_from)
    assert len({state.id for state in states}) == len(states)


@settings(max_examples=150, deadline=None)
@given(journals())
def test_states_and_steps_have_only_what_the_model_allows(journal: Journal) -> None:
    found = fold(journal)
    known = {entry.claim.id for entry in journal[1]}
    for state in found.states:
        assert state.status in core().statuses(journal[0].kind)
        assert set(state.claims) <= known
    for step in found.steps:
        assert step.before != step.after
        assert step.first_claim in step.claims
        assert step.confidence.value <= 0.4 or not step.implied
        assert step.stage == "reported" or not step.implied or step.stage == "disputed"
    assert {claim for review in found.reviews for claim in review.claims} <= known


@settings(max_examples=150, deadline=None)
@given(journals())
def test_no_factive_claim_is_lost_in_silence(journal: Journal) -> None:
    found = fold(journal)
    shown = {of for each in (*found.states, *found.steps, *found.reviews) for of in each.claims}
    shown |= {of for of, _ in found.taken_back}
    steps = {first_day(step.occurred_on).toordinal() for step in found.steps}
    for told_of in journal[1]:
        of = told_of.claim
        if of.factive and not of.background and of.operation != "reaffirm" and of.id not in shown:
            # It told what stood for no time at all: a step of the same day ended it.
            placed = placed_by(told_of)
            assert any(placed.first <= day <= placed.last for day in steps)


@pytest.mark.parametrize("kind", POLICY_KINDS)
def test_steps_lead_from_one_standing_to_the_next(kind: str) -> None:
    operations = [each for each in OPERATIONS if core().cell(each, kind) != "-"]
    told_of = [told(each, f"2024-{1 + number:02}-11") for number, each in enumerate(operations[:12])]
    found = timeline(policy(kind, core().kinds[kind].statuses[0]), told_of, core())  # type: ignore[index]
    assert found.steps
    for one, following in itertools.pairwise(found.steps):
        assert one.after == following.before
