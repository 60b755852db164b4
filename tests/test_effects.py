"""Every cell of the status table, by hand: each operation, on each kind, in each direction, from each status."""

from __future__ import annotations

import pytest

from policytrack.effects import same_level
from policytrack.model import DIRECTIONS, OPERATIONS, POLICY_KINDS, PolicyState
from policytrack.states import Timeline, timeline
from tests.builders import at, core, level, place, policy, scope, told

# operation, kind, direction (L looser, T tighter, N neutral, * each), statuses before (* each), status after.
# "=": the status stays. "?": a person has to look. The first line that fits counts; names nothing but the operation.
TABLE = """
lift       *           T  *                                ?
lift       permission  *  *                                permitted
lift       restriction *  *                                none
lift       programme   *  *                                active
lift       *           *  *                                ?

ease       *           T  *                                ?
ease       permission  *  prohibited,suspended,unknown     restricted
ease       restriction *  in_force,suspended,unknown       partial
ease       programme   *  reduced,unknown                  active
ease       rate        *  unknown                          set
ease       *           *  *                                ?

authorise  *           T  *                                ?
authorise  permission  *  *                                permitted
authorise  restriction *  in_force,unknown                 partial
authorise  restriction *  *                                =
authorise  programme   *  *                                active
authorise  *           *  *                                ?

join       programme   *  *                                active
join       membership  *  *                                joining
join       *           *  *                                ?

impose     *           L  *                                ?
impose     permission  *  *                                prohibited
impose     restriction *  *                                in_force
impose     programme   *  *                                reduced
impose     rate        *  *                                set
impose     *           *  *                                ?

tighten    *           L  *                                ?
tighten    permission  *  permitted,unknown                restricted
tighten    permission  *  *                                ?
tighten    restriction *  in_force                         ?
tighten    restriction *  *                                in_force
tighten    programme   *  reduced                          ?
tighten    programme   *  *                                reduced
tighten    rate        *  unknown                          set
tighten    *           *  *                                ?

extend     permission  T  unknown                          prohibited
extend     permission  L  unknown                          permitted
extend     restriction T  unknown                          in_force
extend     restriction L  unknown                          partial
extend     programme   *  unknown                          active
extend     membership  *  unknown                          member
extend     rate        *  unknown                          set
extend     *           *  *                                =

suspend    permission  T  *                                suspended
suspend    permission  L  *                                permitted
suspend    restriction L  *                                suspended
suspend    restriction T  *                                in_force
suspend    programme   *  *                                suspended
suspend    membership  *  *                                suspended
suspend    *           *  *                                ?

resume     permission  L  *                                permitted
resume     permission  T  *                                prohibited
resume     restriction T  *                                in_force
resume     restriction L  *                                partial
resume     programme   *  *                                active
resume     membership  *  *                                member
resume     *           *  *                                ?

revoke     permission  L  *                                ?
revoke     permission  *  *                                prohibited
revoke     restriction T  *                                in_force
revoke     restriction L  *                                none
revoke     programme   L  *                                ?
revoke     programme   *  *                                none
revoke     membership  *  *                                outside
revoke     *           *  *                                ?

withdraw   permission  T  *                                prohibited
withdraw   permission  L  *                                permitted
withdraw   restriction L  *                                none
withdraw   restriction T  *                                in_force
withdraw   programme   *  *                                none
withdraw   membership  *  *                                leaving
withdraw   *           *  *                                ?

delay      *           *  *                                ?

reaffirm   permission  T  unknown                          prohibited
reaffirm   permission  L  unknown                          permitted
reaffirm   restriction T  unknown                          in_force
reaffirm   restriction L  unknown                          partial
reaffirm   programme   L  unknown                          active
reaffirm   programme   T  unknown                          none
reaffirm   membership  *  unknown                          member
reaffirm   rate        *  unknown                          set
reaffirm   *           *  *                                =
"""
ROWS = [line.split() for line in TABLE.splitlines() if line]
LETTERS = {"looser": "L", "tighter": "T", "neutral": "N"}
CELLS = [
    (operation, kind, direction, before)
    for operation in OPERATIONS
    for kind in POLICY_KINDS
    for direction in DIRECTIONS
    for before in core().statuses(kind)
]


def expected(operation: str, kind: str, direction: str, before: str) -> str:
    for op, kinds, letter, statuses, after in ROWS:
        fits = op == operation and kinds in (kind, "*") and letter in (LETTERS[direction], "*")
        if fits and (statuses == "*" or before in statuses.split(",")):
            return after
    raise AssertionError(f"the table says nothing of {operation}, {kind}, {direction}, {before}")


def after(found: Timeline) -> PolicyState:
    return found.states[-1]


@pytest.mark.parametrize("operation", OPERATIONS)
def test_every_cell_of_the_table(operation: str) -> None:
    wrong = []
    for cell in CELLS:
        if cell[0] != operation:
            continue
        _, kind, direction, before = cell
        found = timeline(policy(kind, before), [told(operation, direction=direction)], core())
        want = expected(*cell)
        got = "?" if found.reviews else after(found).status
        if got != (before if want == "=" else want):
            wrong.append((cell, want, got))
    assert wrong == []


def test_a_claim_for_review_changes_nothing_and_is_never_silent() -> None:
    for operation, kind, direction, before in CELLS:
        if expected(operation, kind, direction, before) == "?":
            found = timeline(policy(kind, before), [told(operation, direction=direction)], core())
            assert (after(found).status, found.steps, len(found.reviews)) == (before, (), 1)


# --- what a cell says beside the status


def test_a_lift_that_names_items_parties_or_places_is_partial() -> None:
    for kind in ("item", "actor", "place"):
        found = timeline(policy("restriction", "in_force"), [told("lift", scope=[scope(kind, "two banks")])], core())
        assert after(found).status == "partial"
        assert [each.quote for each in after(found).scope] == ["two banks"]


def test_a_lift_on_a_condition_is_whole() -> None:
    found = timeline(policy("restriction", "in_force"), [told("lift", scope=[scope("condition", "if asked")])], core())
    assert after(found).status == "none"


def test_ease_widens_the_scope_of_a_permission() -> None:
    entries = [
        told("authorise", "2024-01-01", scope=[place("near Kursk")]),
        told("ease", "2024-06-01", scope=[place("near Belgorod")]),
    ]
    found = timeline(policy("permission", "prohibited"), entries, core())
    assert after(found).status == "permitted"
    assert [each.quote for each in after(found).scope] == ["near Kursk", "near Belgorod"]
    assert [step.field for step in found.steps] == ["status", "scope"]


def test_tighten_takes_the_scope_that_it_names_instead_kind_by_kind() -> None:
    limits = [place("Kursk and Belgorod"), scope("range", "300 km")]
    entries = [told("authorise", "2024-01-01", scope=limits), told("tighten", "2024-06-01", scope=[place("Kursk")])]
    found = timeline(policy("permission", "prohibited"), entries, core())
    assert after(found).status == "restricted"
    assert [each.quote for each in after(found).scope] == ["Kursk"]
    narrower = [*entries, told("tighten", "2024-09-01", scope=[scope("range", "100 km")])]
    found = timeline(policy("permission", "prohibited"), narrower, core())
    assert [each.quote for each in after(found).scope] == ["100 km", "Kursk"]


def test_only_ease_and_tighten_change_a_scope_while_the_status_stays() -> None:
    entries = [
        told("authorise", "2024-01-01", scope=[place("Kursk")]),
        told("authorise", "2024-06-01", scope=[place("Omsk")]),
    ]
    found = timeline(policy("permission", "prohibited"), entries, core())
    assert [each.quote for each in after(found).scope] == ["Kursk"]
    assert len(found.steps) == 1


def test_the_same_scope_in_other_words_is_no_step() -> None:
    entries = [
        told("authorise", "2024-01-01", scope=[place("the Kursk region")]),
        told("ease", "2024-06-01", scope=[place("in Kursk")]),
    ]
    found = timeline(policy("permission", "prohibited"), entries, core())
    assert [each.quote for each in after(found).scope] == ["the Kursk region"]
    assert len(found.steps) == 1


def test_a_new_status_takes_the_scope_that_its_claim_names_or_none() -> None:
    entries = [told("authorise", "2024-01-01", scope=[place("Kursk")]), told("revoke", "2024-06-01")]
    assert after(timeline(policy("permission", "prohibited"), entries, core())).scope == ()


# --- levels


def test_a_tariff_goes_from_25_to_50_per_cent() -> None:
    start = policy("restriction", None)
    entries = [told("impose", "2024-01-01", level=level(25)), told("tighten", "2024-06-01", level=level(50, was=25))]
    found = timeline(start, entries, core())
    assert [(step.field, step.before.level, step.after.level) for step in found.steps] == [
        ("status", None, at(25)),
        ("level", at(25), at(50)),
    ]
    assert after(found).status == "in_force"


def test_a_difference_is_added_to_the_level_before_in_the_direction_of_the_step() -> None:
    entries = [
        told("impose", "2024-01-01", level=level(4.5)),
        told("ease", "2024-06-01", level=level(by=0.25)),
        told("ease", "2024-09-01", level=level(by=-0.25)),
        told("tighten", "2024-12-01", level=level(by=0.1)),
    ]
    found = timeline(policy("rate"), entries, core())
    assert [step.after.level for step in found.steps] == [at(4.5), at(4.25), at(4.0), at(4.1)]


def test_the_pack_says_which_way_is_looser() -> None:
    entries = [told("impose", "2024-01-01", level=level(100)), told("ease", "2024-06-01", level=level(by=20))]
    assert after(timeline(policy("rate", looser="up"), entries, core())).level == at(120)
    assert after(timeline(policy("rate", looser="down"), entries, core())).level == at(80)


def test_more_aid_is_looser() -> None:
    entries = [told("authorise", "2024-01-01", level=level(2)), told("ease", "2024-06-01", level=level(by=1))]
    assert after(timeline(policy("programme"), entries, core())).level == at(3)


def test_a_difference_from_an_unknown_level_is_for_review() -> None:
    found = timeline(policy("rate", "set"), [told("ease", level=level(by=0.25))], core())
    assert [each.reason for each in found.reviews] == ["level_not_known"]
    assert after(found).level is None


def test_a_difference_counts_from_the_level_that_the_claim_itself_names() -> None:
    found = timeline(policy("rate", "set"), [told("ease", level=level(by=0.25, was=4.5))], core())
    assert after(found).level == at(4.25)


def test_a_difference_in_another_unit_is_not_added() -> None:
    entries = [
        told("impose", "2024-01-01", level=level(4.5)),
        told("ease", "2024-06-01", level=level(by=25, unit="points")),
    ]
    found = timeline(policy("rate"), entries, core())
    assert after(found).level == at(4.5)
    assert [each.reason for each in found.reviews] == ["level_not_known"]


def test_a_restriction_that_is_gone_has_no_level() -> None:
    entries = [told("impose", "2024-01-01", level=level(25)), told("lift", "2024-06-01")]
    assert after(timeline(policy("restriction"), entries, core())).level is None


def test_a_paused_restriction_keeps_its_level() -> None:
    entries = [told("impose", "2024-01-01", level=level(25)), told("suspend", "2024-06-01", "looser")]
    found = timeline(policy("restriction"), entries, core())
    assert (after(found).status, after(found).level) == ("suspended", at(25))


def test_an_eased_tariff_is_partial_and_bears_the_new_level() -> None:
    entries = [told("impose", "2024-01-01", level=level(50)), told("ease", "2024-06-01", level=level(25))]
    found = timeline(policy("restriction"), entries, core())
    assert (after(found).status, after(found).level) == ("partial", at(25))


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        (at(1), at(1), True),
        (at(1), at(1, None), True),
        (at(1), at(1, "points"), False),
        (at(0.3), at(0.1 + 0.2), True),
        (at(1), None, False),
        (None, None, True),
    ],
)
def test_levels_are_compared_by_value_and_unit(one: object, other: object, same: bool) -> None:
    assert same_level(one, other) is same  # type: ignore[arg-type]


def test_a_membership_has_no_level() -> None:
    found = timeline(policy("membership", "outside"), [told("join", level=level(3))], core())
    assert (after(found).status, after(found).level) == ("joining", None)


def test_another_package_is_not_a_level_of_the_programme() -> None:
    entries = [told("authorise", "2024-01-01", level=level(2)), told("authorise", "2024-06-01", level=level(0.5))]
    found = timeline(policy("programme"), entries, core())
    assert (after(found).level, len(found.steps), found.reviews) == (at(2), 1, ())


# --- until


def test_a_pause_has_the_end_that_is_named() -> None:
    found = timeline(
        policy("restriction", "in_force"), [told("suspend", direction="looser", dates={"expires": "2025-06"})], core()
    )
    assert (after(found).status, after(found).until) == ("suspended", "2025-06")


def test_extend_moves_the_end() -> None:
    entries = [
        told("impose", "2024-01-01", dates={"expires": "2024-06-30"}),
        told("extend", "2024-06-01", dates={"expires": "2024-12-31"}),
    ]
    found = timeline(policy("restriction"), entries, core())
    assert after(found).until == "2024-12-31"
    assert [step.field for step in found.steps] == ["status", "until"]


def test_extend_with_no_date_on_either_side_is_open() -> None:
    found = timeline(policy("restriction", "in_force"), [told("extend")], core())
    assert after(found).until == "open"
    assert [step.field for step in found.steps] == ["until"]


def test_extend_that_does_not_say_until_when_is_for_review() -> None:
    entries = [told("impose", "2024-01-01", dates={"expires": "2024-06-30"}), told("extend", "2024-06-01")]
    found = timeline(policy("restriction"), entries, core())
    assert after(found).until == "2024-06-30"
    assert [each.reason for each in found.reviews] == ["end_not_named"]


def test_an_end_passes_in_silence() -> None:
    found = timeline(policy("restriction"), [told("impose", "2024-01-01", dates={"expires": "2024-06-30"})], core())
    assert (after(found).status, after(found).until, after(found).valid_to) == ("in_force", "2024-06-30", None)


def test_a_new_status_forgets_the_old_end() -> None:
    entries = [told("impose", "2024-01-01", dates={"expires": "2024-06-30"}), told("lift", "2024-03-01")]
    assert after(timeline(policy("restriction"), entries, core())).until is None


def test_extend_from_unknown_sets_status_and_end() -> None:
    found = timeline(policy("restriction"), [told("extend", dates={"expires": "2025-01-31"})], core())
    assert (after(found).status, after(found).until) == ("in_force", "2025-01-31")
    assert [(step.before.status, step.after.status) for step in found.steps] == [("unknown", "in_force")]
    assert after(timeline(policy("restriction"), [told("extend")], core())).until == "open"


# --- resume


def test_resume_goes_back_to_what_stood_before_the_pause() -> None:
    entries = [
        told("tighten", "2024-01-01", scope=[place("Kursk")]),
        told("suspend", "2024-03-01", "tighter"),
        told("resume", "2024-06-01"),
    ]
    found = timeline(policy("permission", "permitted"), entries, core())
    assert [step.after.status for step in found.steps] == ["restricted", "suspended", "restricted"]
    assert [each.quote for each in after(found).scope] == ["Kursk"]


def test_resume_of_what_was_never_seen_paused_is_permitted() -> None:
    assert after(timeline(policy("permission", "suspended"), [told("resume")], core())).status == "permitted"


def test_resume_forgets_a_pause_that_something_else_ended() -> None:
    entries = [
        told("tighten", "2024-01-01", scope=[place("Kursk")]),
        told("suspend", "2024-03-01", "tighter"),
        told("revoke", "2024-04-01"),
        told("resume", "2024-06-01"),
    ]
    assert after(timeline(policy("permission", "permitted"), entries, core())).status == "permitted"


# --- memberships


def test_join_is_joining_until_it_is_carried_out() -> None:
    entries = [told("join", "2024-01-01"), told("join", "2024-06-01", status="implemented")]
    found = timeline(policy("membership", "outside"), entries, core())
    assert [step.after.status for step in found.steps] == ["joining", "member"]


def test_join_whose_date_of_force_has_come_is_a_membership() -> None:
    found = timeline(
        policy("membership", "outside"), [told("join", "2024-06-01", dates={"in_force": "2024-05-01"})], core()
    )
    assert [(state.status, state.valid_from) for state in found.states[-1:]] == [("member", "2024-05-01")]


def test_withdraw_is_leaving_until_it_is_carried_out() -> None:
    entries = [told("withdraw", "2024-01-01"), told("withdraw", "2024-06-01", status="implemented")]
    found = timeline(policy("membership", "member"), entries, core())
    assert [step.after.status for step in found.steps] == ["leaving", "outside"]
