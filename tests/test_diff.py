"""Two sets of states, line by line: by hand, and what holds for all."""

from __future__ import annotations

import datetime
import functools
import json
from collections.abc import Mapping, Sequence

from hypothesis import given, settings
from hypothesis import strategies as st

from policytrack.dates import first_day
from policytrack.detect import Detector
from policytrack.diff import Diff, DiffLine, differences
from policytrack.model import Entry, Policy, PolicyState, Shift
from policytrack.states import Step, Timeline, timeline
from tests.builders import POLICY, at, core, level, place, policy, told, trigger
from tests.journals import DAYS, journals

OTHER = "fr.missiles.use"


@functools.cache
def detector() -> Detector:
    return Detector(core())


def on(states: Sequence[PolicyState], day: str) -> PolicyState:
    """The state in force on a day."""
    (found,) = [
        state
        for state in states
        if first_day(state.valid_from) <= first_day(day)
        and (not state.valid_to or first_day(day) < first_day(state.valid_to))
    ]
    return found


def background(found: Timeline, shifts: Sequence[Shift]) -> set[str]:
    made = {step.first_claim for step in found.steps if step.background and not step.follow_up}
    return {shift.id for shift in shifts if made & set(shift.claims) and shift.occurred_on in _days(found.steps, made)}


def _days(steps: Sequence[Step], made: set[str]) -> set[str]:
    return {step.occurred_on for step in steps if step.first_claim in made}


def diff(about: Policy, entries: Sequence[Entry], a: str, b: str) -> Diff:
    found = timeline(about, entries, core())
    shifts = detector().shifts(found, about)
    before, after = ({about.id: on(found.states, day)} for day in (a, b))
    return differences(before, after, shifts, on=(a, b), corrections=background(found, shifts))


def brief(lines: Sequence[DiffLine]) -> list[tuple[str, str, object, object]]:
    def value(of: object) -> object:
        return [each.quote for each in of] if isinstance(of, tuple) else of

    return [(line.kind, line.field, value(line.before), value(line.after)) for line in lines]


START = policy("permission", "prohibited")
NEWS = told("authorise", "2024-11-12", scope=[place("Kursk")], triggers=[trigger("their arrival")])


def test_a_shift_explains_each_field_that_it_moved() -> None:
    found = diff(START, [NEWS], "2024-11-01", "2024-11-22")
    assert brief(found.lines) == [
        ("shift", "status", "prohibited", "permitted"),
        ("shift", "scope", [], ["Kursk"]),
        ("shift", "triggers", [], ["their arrival"]),
    ]
    (shift,) = found.shifts
    for line in found.lines:
        assert (line.policy, line.shift, line.occurred_on, line.stage) == (POLICY, shift.id, "2024-11-12", "reported")
        assert line.claims == (NEWS.claim.id,)
    assert (found.corrections, found.rules, found.policies, found.unchanged) == ((), (), (POLICY,), 0)


def test_turned_round_it_says_the_same_backwards() -> None:
    forth = diff(START, [NEWS], "2024-11-01", "2024-11-22")
    back = diff(START, [NEWS], "2024-11-22", "2024-11-01")
    assert brief(back.lines)[0] == ("shift", "status", "permitted", "prohibited")
    assert brief(back.lines)[2] == ("shift", "triggers", ["their arrival"], [])
    assert back == forth.turned()


def test_a_day_and_itself_do_not_differ() -> None:
    found = diff(START, [NEWS], "2024-11-12", "2024-11-12")
    assert (found.lines, found.shifts, found.unchanged, bool(found)) == ((), (), 1, False)


def test_the_first_day_is_before_and_the_last_is_after() -> None:
    assert diff(START, [NEWS], "2024-11-11", "2024-11-12").policies == (POLICY,)
    assert diff(START, [NEWS], "2024-11-12", "2024-11-13").policies == ()


def test_coming_into_force_is_explained_by_the_shift_that_announced_it() -> None:
    announced = told("authorise", "2024-11-12", dates={"in_force": "2024-12-01"}, triggers=[trigger("their arrival")])
    found = diff(START, [announced], "2024-11-20", "2024-12-02")
    assert brief(found.lines)[0] == ("shift", "status", "prohibited", "permitted")
    assert {line.field for line in found.lines} == {"status", "scheduled"}
    assert [shift.occurred_on for shift in found.shifts] == ["2024-11-12"]
    assert found.corrections == ()


def test_what_comes_into_force_later_is_not_in_the_period() -> None:
    announced = told("authorise", "2024-11-12", dates={"in_force": "2024-12-01"})
    assert diff(START, [announced], "2024-11-13", "2024-11-30").shifts == ()


def test_of_several_shifts_the_last_made_the_difference() -> None:
    entries = [told("ease", "2024-11-02"), told("authorise", "2024-11-12")]
    found = diff(START, entries, "2024-11-01", "2024-11-22")
    assert brief(found.lines) == [("shift", "status", "prohibited", "permitted")]
    assert found.lines[0].occurred_on == "2024-11-12"
    assert [shift.kind for shift in found.shifts] == ["restriction_eased", "restriction_lifted"]


def test_shifts_that_undo_each_other_are_told_without_a_difference() -> None:
    entries = [told("authorise", "2024-11-02", triggers=[trigger("x y")]), told("revoke", "2024-11-12")]
    found = diff(START, entries, "2024-11-01", "2024-11-22")
    assert found.lines == ()
    assert (len(found.shifts), found.unchanged, bool(found)) == (2, 1, True)


def test_what_no_shift_explains_is_a_correction() -> None:
    found = diff(START, [NEWS], "2019-06-01", "2020-06-01")
    assert brief(found.lines) == [("correction", "status", "unknown", "prohibited")]
    assert (found.lines[0].occurred_on, found.lines[0].shift, found.shifts) == ("2020-01-01", None, ())
    assert found.corrections == found.lines


def test_what_only_background_tells_is_a_correction_with_its_shift() -> None:
    told_before = told("authorise", "2024-11-22", background=True, dates={"decided": "2024-11-12"})
    found = diff(START, [told_before], "2024-11-01", "2024-11-22")
    assert brief(found.lines) == [("correction", "status", "prohibited", "permitted")]
    assert found.lines[0].shift is not None
    assert found.shifts == ()


def test_news_goes_before_background_where_both_made_a_difference() -> None:
    told_before = told("authorise", "2024-11-22", background=True, dates={"decided": "2024-11-12"})
    found = diff(START, [told("ease", "2024-11-02"), told_before], "2024-11-01", "2024-11-22")
    assert brief(found.lines) == [("shift", "status", "prohibited", "permitted")]
    assert [shift.id for shift in found.shifts] == [found.lines[0].shift]


def test_two_moments_of_knowing_differ_by_corrections_only() -> None:
    before, after = timeline(START, (), core()), timeline(START, [NEWS], core())
    moment = datetime.datetime(2025, 1, 1, tzinfo=datetime.UTC)
    known = (moment, moment + datetime.timedelta(days=1))
    day = "2024-11-20"
    found = differences(
        {POLICY: on(before.states, day)},
        {POLICY: on(after.states, day)},
        detector().shifts(after, START),
        on=(day, day),
        known=known,
    )
    assert brief(found.lines) == [
        ("correction", "status", "prohibited", "permitted"), ("correction", "scope", [], ["Kursk"]),
    ]  # fmt: skip
    assert found.lines[0].claims == (NEWS.claim.id,)
    assert found.known == known


def test_what_comes_from_other_rules_says_so() -> None:
    before, after = timeline(START, (), core()), timeline(policy("permission", "permitted"), (), core())
    day = "2024-11-20"
    found = differences(
        {POLICY: on(before.states, day)}, {POLICY: on(after.states, day)}, (), on=(day, day),
        learned={(POLICY, "status"): "rules"},
    )  # fmt: skip
    assert brief(found.lines) == [("rules", "status", "prohibited", "permitted")]
    assert found.rules == found.lines
    assert [line.reason for line in found.lines] == ["rules"]


def test_a_policy_that_one_side_lacks_is_unknown_there() -> None:
    state = on(timeline(START, (), core()).states, "2024-11-20")
    gone, come = differences({POLICY: state}, {}, ()), differences({}, {POLICY: state}, ())
    assert brief(come.lines) == [("correction", "status", "unknown", "prohibited")]
    assert gone == come.turned()


def test_other_policies_and_their_shifts_are_left_alone() -> None:
    other = policy("permission", "prohibited", id=OTHER)
    found = timeline(other, [told("authorise", "2024-11-12", policy=OTHER)], core())
    states = timeline(START, (), core()).states
    day = on(states, "2024-11-20")
    result = differences({POLICY: day}, {POLICY: day}, detector().shifts(found, other), on=("2024-11-01", "2024-11-20"))
    assert (result.lines, result.shifts, result.unchanged) == ((), (), 1)


def test_the_same_scope_quoted_from_elsewhere_is_no_difference() -> None:
    state = on(timeline(START, [NEWS], core()).states, "2024-11-20")
    moved = state.scope[0].model_copy(update={"start": 400, "end": 405})
    assert differences({POLICY: state}, {POLICY: state.model_copy(update={"scope": (moved,)})}, ()).lines == ()


def test_a_level_and_a_stage_are_compared() -> None:
    entries = [
        told("impose", "2024-01-02", level=level(25)),
        told("tighten", "2024-06-01", status="announced", level=level(50)),
    ]
    found = diff(policy("restriction"), entries, "2024-02-01", "2024-07-01")
    assert brief(found.lines) == [("shift", "level", at(25), at(50)), ("shift", "stage", "reported", "confirmed")]


def test_it_can_be_written_as_json_and_read_again() -> None:
    found = diff(START, [NEWS], "2024-11-01", "2024-11-22")
    data = json.loads(found.model_dump_json())
    assert (data["schema"], data["on"]) == (1, ["2024-11-01", "2024-11-22"])
    assert data["lines"][0] == {
        "kind": "shift", "policy": POLICY, "field": "status", "before": "prohibited", "after": "permitted",
        "occurred_on": "2024-11-12", "stage": "reported", "shift": found.shifts[0].id, "claims": [NEWS.claim.id],
        "reason": None, "against": [],
    }  # fmt: skip
    assert Diff.model_validate(data) == found


# --- what holds for all

PERIODS = st.tuples(DAYS, DAYS)


@settings(max_examples=150, deadline=None)
@given(journals(), PERIODS)
def test_turned_round_and_against_itself(journal: tuple[Policy, list[Entry]], period: tuple[str, str]) -> None:
    a, b = period
    assert diff(*journal, a, a).lines == ()
    assert diff(*journal, b, a) == diff(*journal, a, b).turned()


@settings(max_examples=200, deadline=None)
@given(journals(), PERIODS)
def test_shifts_explain_every_difference(journal: tuple[Policy, list[Entry]], period: tuple[str, str]) -> None:
    a, b = sorted(period)
    found = timeline(*journal, core())
    steps = {first_day(step.occurred_on) for step in found.steps}
    begun = {first_day(state.valid_from) for state in found.states}
    quiet = [day for day in begun - steps if first_day(a) < day <= first_day(b)]
    result = diff(*journal, a, b)
    shifts: Mapping[str, Shift] = {shift.id: shift for shift in result.shifts}
    for line in result.lines:
        if line.kind == "shift":
            assert line.shift in shifts
        # What begins in the period without a step is the pack's start, or a claim that nothing changed.
        elif line.shift is None and journal[0].start is None:
            assert quiet, line


@settings(max_examples=300, deadline=None)
@given(journals(), PERIODS)
def test_each_line_leads_from_the_first_to_the_last_step_of_its_field(
    journal: tuple[Policy, list[Entry]], period: tuple[str, str]
) -> None:
    a, b = sorted(period)
    found = timeline(*journal, core())
    within = [step for step in found.steps if first_day(a) < first_day(step.occurred_on) <= first_day(b)]
    days = {first_day(step.occurred_on) for step in found.steps}
    begun = [first_day(state.valid_from) for state in found.states if first_day(state.valid_from) not in days]
    begun += [first_day(start.on)] if (start := journal[0].start) and start.on else []  # also on the day of a step
    if any(first_day(a) < day <= first_day(b) for day in begun):
        return  # the pack's start, or a claim that makes no step: told as such
    result = diff(*journal, a, b)
    one, other = on(found.states, a), on(found.states, b)
    for field in ("status", "level", "until", "scheduled", "stage"):
        lines = [line for line in result.lines if line.field == field]
        assert len(lines) == (getattr(one, field) != getattr(other, field))
        for line in lines:
            assert (line.before, line.after) == (getattr(one, field), getattr(other, field))
            touched = [
                step for step in within if field == "stage" or getattr(step.before, field) != getattr(step.after, field)
            ]
            assert line.shift in {step.shift_id for step in touched}, line
            assert line.kind == "shift" or line.reason == "background"
    stated = {step.shift_id: step.triggers for step in within if step.triggers and not step.follow_up}
    told_of = {line.shift: line.after for line in result.lines if line.field == "triggers"}
    assert told_of == (stated if any(line.field != "triggers" for line in result.lines) else {})
