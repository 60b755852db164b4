"""What each value of a step rests on: the standing before, claims with their quotes, publishers, dates."""

from __future__ import annotations

import json

import pytest

from policytrack.grounds import Grounds
from policytrack.model import Entry, Policy, Start
from policytrack.states import Step, timeline
from policytrack.status_model import FIELDS
from tests.builders import core, level, place, policy, scope, told

SOURCED = Start(status="prohibited", on="2020-01-01", source="the gazette")


def grounds(about: Policy, *entries: Entry, number: int = -1) -> Grounds:
    steps = timeline(about, entries, core()).steps
    return Grounds(steps[number], steps, about, entries, core(), lambda record_id: record_id[:5])


def texts(found: Grounds, field: str) -> list[str]:
    return [f"{name}: {value}" for name, value in found.of(field)]


def shift_of(about: Policy, *entries: Entry) -> Step:
    return timeline(about, entries, core()).steps[0]


def test_the_status_before_is_from_the_start_of_the_pack() -> None:
    found = grounds(policy(start=SOURCED, pack="arms", pack_version=3), told("authorise"))
    assert texts(found, "before") == [
        "start: prohibited since 2020-01-01, says pack arms@3", "source: the gazette",
    ]  # fmt: skip
    assert texts(found, "policy_kind") == ["pack: us.missiles.use, in arms@3"]


def test_the_status_before_is_from_the_shift_before() -> None:
    about, entries = policy(start="prohibited"), (told("authorise", "2024-03-01"), told("revoke", "2024-11-22"))
    first = shift_of(about, *entries)
    found = grounds(about, *entries)
    assert texts(found, "before") == [f"shift: {first.shift_id[:5]} left it so on 2024-03-01"]
    assert texts(found, "days_since_last") == [f"dates: 2024-03-01 ({first.shift_id[:5]}) to 2024-11-22"]
    assert texts(grounds(about, *entries, number=0), "days_since_last") == ["dates: there is no earlier shift"]


def test_the_status_before_is_from_the_day_on_which_what_was_announced_came_to_hold() -> None:
    announced = told("authorise", "2024-03-01", dates={"in_force": "2024-04-01"})
    found = grounds(policy(start="prohibited"), announced, told("revoke", "2024-11-22"))
    (left,) = texts(found, "before")
    assert left.endswith("came to hold on 2024-04-01")


def test_of_an_unknown_status_nothing_is_known() -> None:
    assert texts(grounds(policy(), told("authorise")), "before") == ["start: nothing is known from before"]


def test_what_was_done_is_from_the_claims_with_their_quotes_and_places() -> None:
    news = told("authorise", "2024-11-22", start=7)
    found = grounds(policy(start="prohibited"), news, told("lift", "2024-11-23"), told("authorise", "2024-11-24"))
    (done,) = texts(found, "operation")
    quote = told("lift").claim.evidence.quote
    assert done.endswith(f'"{quote}" at 0-{len(quote)} of Wire A 2024-11-23, 2024-11-23')
    directed = texts(found, "direction")
    assert [line.rpartition(" ")[2] for line in directed] == ["2024-11-22", "2024-11-23", "2024-11-24"]
    assert '" at 7-' in directed[0]
    assert texts(found, "after") == texts(found, "operation")


def test_of_many_claims_a_few_are_named_and_the_rest_counted() -> None:
    entries = [told("authorise", "2024-11-22", source=f"Wire {name}") for name in "ABCDE"]
    found = grounds(policy(start="prohibited"), *entries)
    assert len(texts(found, "operation")) == 4
    assert texts(found, "operation")[-1] == "claims: and 2 more"
    assert texts(found, "sources") == ["publishers: Wire A, Wire B, Wire C, Wire D, Wire E"]


def test_a_publisher_counts_once_and_what_is_only_implied_not_at_all() -> None:
    entries = [
        told("authorise", source="Wire B"), told("authorise", source="Wire B", article="b2"),
        told("authorise", source="Wire A", implied=True, status="implemented"),
    ]  # fmt: skip
    assert texts(grounds(policy(start="prohibited"), *entries), "sources") == ["publishers: Wire B"]


def test_a_level_is_two_values_and_the_words_for_the_second() -> None:
    entries = [told("impose", "2024-01-01", level=level(4)), told("ease", "2024-11-22", level=level(3.5))]
    first, *words = texts(grounds(policy("rate"), *entries), "level_change")
    assert first == "from, to: 4 % -> 3.5 %"
    assert len(words) == 1 and '"some" at 30-34' in words[0]


def test_a_scope_is_two_values_and_the_words_for_the_second() -> None:
    news = told("ease", "2024-11-22", scope=[place("Kursk"), scope("item", "rockets")])
    first, *words = texts(grounds(policy(start="permitted"), news), "scope_change")
    assert first == 'from, to: none -> "Kursk", "rockets"'
    assert ['"Kursk" at 40-45' in words[0], '"rockets" at 40-47' in words[1]] == [True, True]


def test_an_end_and_what_is_scheduled_are_two_values_and_a_date() -> None:
    extended = grounds(policy("restriction", "in_force"), told("extend", dates={"expires": "2025-06-30"}))
    first, words = texts(extended, "until_change")
    assert (first, '"that day" at 20-28' in words) == ("from, to: none -> 2025-06-30", True)
    announced = grounds(policy(start="prohibited"), told("authorise", dates={"in_force": "2025-06-30"}), number=0)
    first, words = texts(announced, "scheduled")
    assert (first, "that day" in words) == ("from, to: none -> permitted on 2025-06-30", True)
    assert texts(announced, "field") == ["changed: status"]


def test_a_stage_is_from_publishers_and_from_the_claims_that_confirm() -> None:
    entries = [told("authorise", status="announced"), told("authorise", source="Wire B", status="reported")]
    publishers, confirmed = texts(grounds(policy(start="prohibited"), *entries), "stage")
    assert publishers == "publishers: Wire A, Wire B"
    assert confirmed.startswith("confirmed by claim c-")
    reported = grounds(policy(start="prohibited"), told("authorise", status="announced", issuer="uk"))
    assert len(reported.of("stage")) == 1


def test_a_neutral_step_says_what_tells_its_way() -> None:
    found = grounds(policy("restriction", "in_force"), told("lift", direction="neutral"))
    assert texts(found, "move")[0] == "no direction: lift, in_force -> none"


def test_words_of_an_article_cannot_play_tricks_on_a_terminal() -> None:
    entry = told("authorise", source="Wire\x1b[31m")
    assert texts(grounds(policy(start="prohibited"), entry), "sources") == ["publishers: Wire\\x1b[31m"]


@pytest.mark.parametrize("field", [field for field in FIELDS if field != "kind"])
def test_every_field_that_rules_may_test_has_a_ground(field: str) -> None:
    news = told("ease", scope=[place("Kursk")], level=level(5), dates={"expires": "2025-06-30"})
    found = grounds(policy(start="prohibited"), told("authorise", "2023-01-01"), news).of(field)
    assert found
    assert all(name and value for name, value in found)
    assert json.dumps(found)
