"""What is scheduled, told again, told as history, or cannot be taken: the design, paragraph by paragraph."""

from __future__ import annotations

import pytest

from policytrack.model import Entry, Start
from policytrack.states import BEGINNING, Timeline, timeline
from tests.builders import at, claim, core, entry, level, place, policy, scope, told


def fold(start: str | None, *entries: Entry, kind: str = "permission") -> Timeline:
    return timeline(policy(kind, start), entries, core())


def statuses(found: Timeline) -> list[tuple[str, str]]:
    """When each status begins, from the pack's start on (where it has one)."""
    return [(state.valid_from, state.status) for state in found.states if state.valid_to != "2020-01-01"]


def steps(found: Timeline) -> list[tuple[str, str, bool]]:
    """Day, field, and whether it is a follow-up."""
    return [(step.occurred_on, step.field, step.follow_up) for step in found.steps]


# --- what is scheduled

FROM_DECEMBER = {"in_force": "2024-12-01"}


def test_a_later_date_of_force_is_scheduled_when_announced_and_holds_from_then() -> None:
    found = fold("prohibited", told("authorise", "2024-11-17", dates=FROM_DECEMBER, scope=[place("Kursk")]))
    assert statuses(found) == [("2020-01-01", "prohibited"), ("2024-11-17", "prohibited"), ("2024-12-01", "permitted")]
    announced, held = found.states[-2:]
    assert announced.scheduled is not None
    assert (announced.scheduled.status, announced.scheduled.on) == ("permitted", "2024-12-01")
    assert held.scheduled is None
    assert (announced.scope, [each.quote for each in held.scope]) == ((), ["Kursk"])


def test_coming_into_force_is_a_follow_up() -> None:
    found = fold("prohibited", told("authorise", "2024-11-17", dates=FROM_DECEMBER))
    assert steps(found) == [("2024-11-17", "scheduled", False), ("2024-12-01", "status", True)]
    assert found.steps[0].first_claim == found.steps[1].first_claim
    assert found.steps[0].target.status == "permitted"


def test_the_announcement_is_dated_by_the_decision() -> None:
    dates = {"in_force": "2024-12-01", "decided": "2024-11-15"}
    assert steps(fold("prohibited", told("authorise", "2024-11-17", dates=dates)))[0][0] == "2024-11-15"


def test_what_is_scheduled_is_not_announced_again() -> None:
    found = fold(
        "prohibited",
        told("authorise", "2024-11-17", dates=FROM_DECEMBER),
        told("authorise", "2024-11-27", dates=FROM_DECEMBER),
        told("authorise", "2024-11-29"),
        told("authorise", "2024-12-02", status="implemented"),
    )
    assert steps(found) == [("2024-11-17", "scheduled", False), ("2024-12-01", "status", True)]
    assert len(found.steps[0].claims) == 4


def test_it_may_come_into_force_early() -> None:
    found = fold(
        "prohibited",
        told("authorise", "2024-11-10", dates=FROM_DECEMBER),
        told("authorise", "2024-11-25", status="implemented"),
    )
    assert steps(found) == [("2024-11-10", "scheduled", False), ("2024-11-25", "status", True)]
    assert statuses(found)[-1] == ("2024-11-25", "permitted")


def test_a_delay_moves_it() -> None:
    found = fold(
        "none",
        told("impose", "2024-11-10", dates=FROM_DECEMBER),
        told("delay", "2024-11-25", "looser", dates={"in_force": "2025-01-15"}),
        kind="restriction",
    )
    assert steps(found) == [
        ("2024-11-10", "scheduled", False), ("2024-11-25", "scheduled", False), ("2025-01-15", "status", True),
    ]  # fmt: skip
    assert statuses(found)[-1] == ("2025-01-15", "in_force")


def test_a_delay_on_the_very_day_is_in_time() -> None:
    found = fold(
        "none",
        told("impose", "2024-11-10", dates=FROM_DECEMBER),
        told("delay", "2024-12-01", "looser", dates={"in_force": "2025-01-15"}),
        kind="restriction",
    )
    assert statuses(found)[-2:] == [("2024-12-01", "none"), ("2025-01-15", "in_force")]


def test_a_delay_to_a_day_that_has_passed_delays_nothing() -> None:
    announced = told("impose", "2024-11-10", dates=FROM_DECEMBER)
    found = fold(
        "none", announced, told("delay", "2024-11-25", "looser", dates={"expires": "2024-11-01"}), kind="restriction"
    )
    assert statuses(found)[-1] == ("2024-11-25", "none")
    assert found.states[-1].scheduled is not None
    assert found.states[-1].scheduled.on is None


def test_a_delay_counts_whatever_its_direction() -> None:
    delay = told("delay", "2024-12-01", "neutral", dates={"in_force": "2025-01-15"})
    found = fold("none", told("impose", "2024-11-10", dates=FROM_DECEMBER), delay, kind="restriction")
    assert statuses(found)[-1] == ("2025-01-15", "in_force")


def test_a_delay_until_a_day_is_to_that_day() -> None:
    announced = told("impose", "2024-11-10", dates=FROM_DECEMBER)
    until = told("delay", "2024-11-25", "looser", dates={"expires": "2024-12-15"})
    past = told("delay", "2024-12-20", "looser", dates={"decided": "2024-11-25", "in_force": "2024-12-15"})
    for delay in (until, past):
        found = fold("none", announced, delay, kind="restriction")
        assert [day for day, _ in statuses(found)] == ["2020-01-01", "2024-11-10", "2024-11-25", "2024-12-15"]
        assert statuses(found)[-1] == ("2024-12-15", "in_force")


def test_what_was_delayed_still_follows_the_shift_that_announced_it() -> None:
    announced = told("impose", "2024-11-10", dates=FROM_DECEMBER)
    delay = told("delay", "2024-11-25", "looser", dates={"in_force": "2025-01-15"})
    found = fold("none", announced, delay, kind="restriction")
    assert [step.first_claim for step in found.steps] == [announced.claim.id, delay.claim.id, announced.claim.id]


def test_another_date_of_force_moves_what_is_scheduled() -> None:
    found = fold(
        "prohibited",
        told("authorise", "2024-11-01", dates=FROM_DECEMBER),
        told("authorise", "2024-11-20", dates={"in_force": "2024-12-15"}),
    )
    assert steps(found) == [
        ("2024-11-01", "scheduled", False), ("2024-11-20", "scheduled", False), ("2024-12-15", "status", True),
    ]  # fmt: skip
    assert found.steps[2].first_claim == found.steps[0].first_claim


def test_what_holds_from_a_day_holds_before_the_news_of_that_day() -> None:
    found = fold(
        "prohibited",
        told("authorise", "2024-11-10", dates=FROM_DECEMBER),
        told("ease", "2024-12-01", scope=[place("Kursk")]),
    )
    assert [(step.field, step.after.status) for step in found.steps[1:]] == [
        ("status", "permitted"),
        ("scope", "permitted"),
    ]


def test_a_delay_without_a_date_puts_it_off_for_good() -> None:
    found = fold(
        "none",
        told("impose", "2024-11-10", dates=FROM_DECEMBER),
        told("delay", "2024-11-25", "looser"),
        kind="restriction",
    )
    assert [status for _, status in statuses(found)] == ["none"] * 3
    assert found.states[-1].scheduled is not None
    assert found.states[-1].scheduled.on is None


def test_what_was_put_off_for_good_and_comes_is_news() -> None:
    found = fold(
        "none",
        told("impose", "2024-11-10", dates=FROM_DECEMBER),
        told("delay", "2024-11-25", "looser"),
        told("impose", "2025-03-01"),
        kind="restriction",
    )
    assert steps(found)[-1] == ("2025-03-01", "status", False)
    assert found.states[-1].scheduled is None


def test_a_contrary_decision_takes_it_off() -> None:
    for day in ("2024-11-25", "2024-12-01"):
        found = fold("prohibited", told("authorise", "2024-11-10", dates=FROM_DECEMBER), told("revoke", day))
        assert found.states[-1].status == "prohibited"
        assert found.states[-1].scheduled is None
        assert steps(found)[-1] == (day, "scheduled", False)


def test_a_smaller_step_the_same_way_leaves_it() -> None:
    found = fold("prohibited", told("authorise", "2024-11-01", dates=FROM_DECEMBER), told("ease", "2024-11-20"))
    assert statuses(found)[-2:] == [("2024-11-20", "restricted"), ("2024-12-01", "permitted")]


def test_a_greater_step_the_same_way_overtakes_it() -> None:
    found = fold("prohibited", told("ease", "2024-11-01", dates=FROM_DECEMBER), told("authorise", "2024-11-20"))
    assert statuses(found)[-1] == ("2024-11-20", "permitted")
    assert found.states[-1].scheduled is None


def test_another_level_is_another_announcement() -> None:
    found = fold(
        None,
        told("impose", "2024-01-01", level=level(4.5)),
        told("ease", "2024-06-01", level=level(4.25), dates={"in_force": "2024-07-01"}),
        told("ease", "2024-06-20", level=level(4.0), dates={"in_force": "2024-08-01"}),
        kind="rate",
    )
    assert [step.target.level for step in found.steps] == [at(4.5), at(4.25), at(4.0), at(4.0)]
    assert [(state.valid_from, state.level) for state in found.states[-1:]] == [("2024-08-01", at(4.0))]


def test_a_first_cut_now_leaves_the_second_that_is_scheduled() -> None:
    found = fold(
        None,
        told("impose", "2024-01-01", level=level(4.5)),
        told("ease", "2024-06-01", level=level(4.0), dates={"in_force": "2024-09-01"}),
        told("ease", "2024-06-20", level=level(4.25)),
        kind="rate",
    )
    assert [(state.valid_from, state.level) for state in found.states[2:]] == [
        ("2024-06-01", at(4.5)), ("2024-06-20", at(4.25)), ("2024-09-01", at(4.0)),
    ]  # fmt: skip


def test_a_pause_that_was_scheduled_is_gone_back_from() -> None:
    found = fold(
        "permitted",
        told("tighten", "2024-01-01", scope=[place("Kursk")]),
        told("suspend", "2024-02-01", "tighter", dates={"in_force": "2024-03-01"}),
        told("resume", "2024-06-01"),
    )
    assert [status for _, status in statuses(found)[-2:]] == ["suspended", "restricted"]
    assert [each.quote for each in found.states[-1].scope] == ["Kursk"]


def test_what_came_into_force_is_told_again_as_the_step_that_announced_it() -> None:
    again = told("authorise", "2025-03-01")
    found = fold("prohibited", told("authorise", "2024-11-17", dates=FROM_DECEMBER), again)
    assert steps(found) == [("2024-11-17", "scheduled", False), ("2024-12-01", "status", True)]
    assert all(again.claim.id in step.claims for step in found.steps)
    wider = told("ease", "2025-04-01", scope=[place("Kursk")])
    after = fold("prohibited", told("authorise", "2024-11-17", dates=FROM_DECEMBER), wider, told("ease", "2025-05-01"))
    assert after.reviews == ()


def test_the_end_of_what_is_scheduled_holds_with_it() -> None:
    dates = {"in_force": "2025-06-01", "expires": "2025-09-01"}
    found = fold("in_force", told("suspend", "2025-05-01", "looser", dates=dates), kind="restriction")
    assert [(state.valid_from, state.status, state.until) for state in found.states[-2:]] == [
        ("2025-05-01", "in_force", None), ("2025-06-01", "suspended", "2025-09-01"),
    ]  # fmt: skip


def test_what_is_prolonged_holds_already() -> None:
    dates = {"in_force": "2025-02-01", "expires": "2025-07-31"}
    found = fold("in_force", told("extend", "2025-01-20", dates=dates), kind="restriction")
    assert steps(found) == [("2025-01-20", "until", False)]
    assert found.states[-1].scheduled is None


def test_a_membership_is_joining_until_its_date() -> None:
    found = fold("outside", told("join", "2024-06-06", dates={"in_force": "2025-01-01"}), kind="membership")
    assert statuses(found)[1:] == [("2024-06-06", "joining"), ("2025-01-01", "member")]
    assert steps(found) == [("2024-06-06", "status", False), ("2025-01-01", "status", True)]


def test_the_end_of_a_membership_does_not_end_the_joining() -> None:
    dates = {"in_force": "2025-01-01", "expires": "2027-12-31"}
    found = fold("outside", told("join", "2024-06-06", dates=dates), kind="membership")
    assert [(state.status, state.until) for state in found.states[-2:]] == [("joining", None), ("member", "2027-12-31")]


def test_a_paused_rate_step_can_be_taken_up_again() -> None:
    entries = [
        told("impose", "2024-01-01", level=level(4.5)),
        told("ease", "2024-06-01", level=level(4.25), dates={"in_force": "2024-09-01"}),
        told("suspend", "2024-07-01", "tighter"),
    ]
    paused = fold(None, *entries, kind="rate")
    assert paused.states[-1].scheduled is not None
    assert paused.states[-1].scheduled.on is None
    resumed = fold(None, *entries, told("resume", "2024-08-01"), kind="rate")
    assert (resumed.states[-1].valid_from, resumed.states[-1].level) == ("2024-09-01", at(4.25))
    too_late = fold(None, *entries, told("resume", "2024-10-01"), kind="rate")
    assert (too_late.states[-1].valid_from, too_late.states[-1].level) == ("2024-10-01", at(4.25))
    anew = fold(None, *entries, told("resume", "2024-08-01", dates={"in_force": "2024-11-01"}), kind="rate")
    assert (anew.states[-1].valid_from, anew.states[-1].level) == ("2024-11-01", at(4.25))


# --- one event, many articles


def test_one_event_is_one_step_with_the_status_of_the_strongest_operation() -> None:
    found = fold("prohibited", told("ease", "2024-11-12"), told("authorise", "2024-11-14"), told("ease", "2024-11-16"))
    assert statuses(found)[1:] == [("2024-11-12", "permitted")]
    assert len(found.steps[0].claims) == 3


def test_an_event_told_again_changes_nothing() -> None:
    again = told("authorise", "2025-03-01", scope=[place("Omsk")])
    found = fold("prohibited", told("authorise", "2024-11-12", scope=[place("Kursk")]), again)
    assert len(found.steps) == 1
    assert [each.quote for each in found.states[-1].scope] == ["Kursk"]
    assert again.claim.id in found.steps[0].claims


def test_a_weaker_operation_counts_where_the_stronger_changes_nothing() -> None:
    found = fold("permitted", told("authorise", "2024-11-12"), told("ease", "2024-11-12", scope=[place("Kursk")]))
    assert [(step.field, step.operation) for step in found.steps] == [("scope", "ease")]


def test_news_of_how_the_pack_says_it_stands_is_no_step() -> None:
    news = told("authorise", "2024-11-12")
    found = fold("permitted", news)
    assert (found.steps, found.reviews) == ((), ())
    assert news.claim.id in found.states[-1].claims


def test_the_first_claim_is_the_first_recorded() -> None:
    late = told("authorise", "2024-11-12", recorded=5)
    soon = told("authorise", "2024-11-14", recorded=1)
    retold = told("authorise", "2025-03-01", recorded=3)
    assert fold("prohibited", late, soon, retold).steps[0].first_claim == soon.claim.id


def test_a_claim_that_was_a_shift_of_its_own_keeps_its_name_when_earlier_news_comes_in() -> None:
    first_read = told("authorise", "2025-03-01", recorded=0)
    read_later = told("authorise", "2024-11-12", recorded=9)
    assert fold("prohibited", first_read).steps[0].first_claim == first_read.claim.id
    assert fold("prohibited", first_read, read_later).steps[0].first_claim == first_read.claim.id


# --- background


def test_dated_background_folds_at_its_own_date() -> None:
    found = fold("prohibited", told("ease", "2024-11-22", background=True, dates={"decided": "2024-05-30"}))
    assert statuses(found)[1:] == [("2024-05-30", "restricted")]
    assert [step.background for step in found.steps] == [True]


def test_a_step_that_news_tells_too_is_no_background() -> None:
    found = fold(
        "prohibited",
        told("ease", "2024-11-22", background=True, dates={"decided": "2024-05-30"}),
        told("ease", "2024-06-01"),
    )
    assert [step.background for step in found.steps] == [False]


def test_undated_background_overrides_nothing() -> None:
    found = fold("prohibited", told("authorise", "2024-11-22", background=True))
    assert statuses(found) == [("2020-01-01", "prohibited")]
    assert (found.steps, found.reviews) == ((), ())


def article(published: str, *claims: object) -> list[Entry]:
    return [entry(each, published) for each in claims]  # type: ignore[arg-type]


def test_undated_background_fills_what_is_unknown_before_the_news() -> None:
    entries = article(
        "2024-11-22",
        claim("tighten", background=True, start=100),
        claim("authorise", dates={"communicated": "2024-11-12"}),
    )
    found = fold(None, *entries)
    assert statuses(found) == [(BEGINNING, "restricted"), ("2024-11-12", "permitted")]
    assert [(step.before.status, step.after.status) for step in found.steps] == [("restricted", "permitted")]


def test_undated_background_fills_even_where_others_broke_the_news_earlier() -> None:
    entries = article("2024-11-14", claim("tighten", background=True, start=100), claim("authorise"))
    found = fold(None, told("authorise", "2024-11-12"), *entries)
    assert statuses(found) == [(BEGINNING, "restricted"), ("2024-11-12", "permitted")]


def test_undated_background_of_later_articles_fills_nothing_before_the_first_news() -> None:
    found = fold(None, told("revoke", "2024-01-01"), *article("2024-11-22", claim("authorise", background=True)))
    assert statuses(found) == [(BEGINNING, "unknown"), ("2024-01-01", "prohibited")]


def test_undated_background_that_tells_the_news_again_does_not_undo_it() -> None:
    entries = article("2024-11-22", claim("authorise", background=True, start=100), claim("authorise"))
    found = fold(None, *entries)
    assert statuses(found) == [(BEGINNING, "unknown"), ("2024-11-22", "permitted")]


def test_undated_background_alone_tells_how_it_stood() -> None:
    found = fold(None, *article("2024-11-22", claim("impose", background=True)))
    assert statuses(found) == [(BEGINNING, "prohibited")]
    assert found.steps == ()


def test_of_several_the_background_of_the_earliest_news_counts() -> None:
    later = article("2024-12-22", claim("impose", background=True, article="b"))
    sooner = article("2024-11-22", claim("ease", background=True, article="a"))
    assert statuses(fold(None, *later, *sooner)) == [(BEGINNING, "restricted")]


# --- words that nothing changes


def test_reaffirming_changes_no_known_status() -> None:
    assert statuses(fold("permitted", told("reaffirm", direction="tighter"))) == [("2020-01-01", "permitted")]


def test_reaffirming_names_an_unknown_status_without_a_step() -> None:
    found = fold(None, told("reaffirm", "2024-11-22", "tighter"))
    assert statuses(found) == [(BEGINNING, "unknown"), ("2024-11-22", "prohibited")]
    assert found.steps == ()


def test_reaffirming_without_a_direction_names_nothing() -> None:
    assert statuses(fold(None, told("reaffirm", direction="neutral"))) == [(BEGINNING, "unknown")]


REFUSED = [
    ("permission", "looser", "prohibited"), ("permission", "tighter", "permitted"),
    ("restriction", "looser", "in_force"), ("restriction", "tighter", "none"),
    ("programme", "looser", "none"), ("programme", "tighter", "active"),
    ("membership", "looser", None), ("rate", "looser", None),
]  # fmt: skip


@pytest.mark.parametrize(("kind", "direction", "status"), REFUSED)
def test_what_the_issuer_rules_out_says_how_an_unknown_policy_stands(
    kind: str, direction: str, status: str | None
) -> None:
    refused = told("suspend", "2024-11-22", direction, "ruled_out")
    found = fold(None, refused, kind=kind)
    assert statuses(found)[1:] == ([("2024-11-22", status)] if status else [])
    assert (found.steps, found.reviews) == ((), ())


def test_what_the_issuer_rules_out_changes_no_known_status() -> None:
    found = fold("permitted", told("authorise", status="ruled_out"), told("authorise", "2024-11-12"))
    assert statuses(found) == [("2020-01-01", "permitted")]


def test_what_somebody_else_rules_out_says_nothing() -> None:
    assert statuses(fold(None, told("authorise", status="ruled_out", issuer="ru"))) == [(BEGINNING, "unknown")]


@pytest.mark.parametrize("status", ["proposed", "considered", "urged", "threatened", "failed"])
def test_what_is_not_factive_does_not_fold(status: str) -> None:
    found = fold("prohibited", told("authorise", status=status), told("lift", status=status))
    assert (statuses(found), found.reviews) == ([("2020-01-01", "prohibited")], ())


# --- the pack's start


def test_a_start_without_a_date_holds_from_the_beginning() -> None:
    found = timeline(policy(start=Start(status="prohibited")), (), core())
    assert [(state.valid_from, state.valid_to, state.status) for state in found.states] == [
        (BEGINNING, None, "prohibited")
    ]


def test_a_start_bears_level_scope_and_end() -> None:
    start = Start(status="in_force", level=at(25), scope="steel only", until="2025-06-30", on="2024-03")
    state = timeline(policy("restriction", start), (), core()).states[-1]
    assert (state.valid_from, state.level, state.until) == ("2024-03", at(25), "2025-06-30")
    assert [each.quote for each in state.scope] == ["steel only"]


def test_what_was_told_of_the_time_before_the_start_ends_with_it() -> None:
    found = fold("prohibited", told("authorise", "2019-06-01"))
    assert [(state.valid_from, state.status) for state in found.states] == [
        (BEGINNING, "unknown"), ("2019-06-01", "permitted"), ("2020-01-01", "prohibited"),
    ]  # fmt: skip


def test_a_start_that_repeats_what_was_told_changes_nothing() -> None:
    found = fold("permitted", told("authorise", "2019-06-01", scope=[place("Kursk")]))
    assert found.states[-1].valid_from == "2019-06-01"
    assert [each.quote for each in found.states[-1].scope] == ["Kursk"]


# --- for review


def test_a_review_says_what_it_is_about() -> None:
    odd = told("join", "2024-11-22")
    (found,) = fold("prohibited", odd).reviews
    assert (found.policy, found.on, found.operation, found.claims) == (
        "us.missiles.use",
        "2024-11-22",
        "join",
        (odd.claim.id,),
    )
    assert (found.reason, found.text) == ("not_meaningful", "join means nothing for a permission")


REASONS = [
    ("permission", told("lift", direction="tighter"), "contrary_direction"),
    ("permission", told("suspend", direction="neutral"), "direction_unclear"),
    ("restriction", told("delay"), "nothing_scheduled"),
    ("permission", told("ease"), "nothing_named"),
]


@pytest.mark.parametrize(("kind", "of", "reason"), REASONS)
def test_what_cannot_be_taken_has_a_reason(kind: str, of: Entry, reason: str) -> None:
    start = "permitted" if kind == "permission" else "in_force"
    assert [each.reason for each in fold(start, of, kind=kind).reviews] == [reason]


def test_an_easing_told_again_is_not_for_review() -> None:
    found = fold("prohibited", told("authorise", "2024-11-12"), told("ease", "2024-12-12"))
    assert (len(found.steps), found.reviews) == (1, ())


def test_a_delay_told_again_is_not_for_review() -> None:
    found = fold(
        "none",
        told("impose", "2024-11-10", dates=FROM_DECEMBER),
        told("delay", "2024-11-25", "looser", dates={"in_force": "2025-01-15"}),
        told("delay", "2024-12-05", "looser", dates={"in_force": "2025-01-15"}),
        kind="restriction",
    )
    assert (len(found.steps), found.reviews) == (3, ())


def test_a_claim_for_review_does_not_part_an_event() -> None:
    found = fold(
        "prohibited",
        told("authorise", "2024-11-12"),
        told("join", "2024-11-13", "tighter"),
        told("authorise", "2024-11-14"),
    )
    assert len(found.steps) == 1
    assert len(found.steps[0].claims) == 2


def test_scopes_of_the_items_that_a_claim_names_stand_in_the_state() -> None:
    found = fold("in_force", told("lift", scope=[scope("item", "two banks")]), kind="restriction")
    assert [(each.kind, each.quote) for each in found.states[-1].scope] == [("item", "two banks")]
