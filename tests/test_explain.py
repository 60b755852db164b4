"""What rules mean: which match, which one decides, and why."""

from __future__ import annotations

from typing import Any

import pytest

from policytrack import conditions, explain
from policytrack.conditions import Rule
from policytrack.errors import EngineError


def rule(name: str, supersedes: tuple[str, ...] = (), **when: Any) -> Rule:
    return Rule.model_validate({"name": name, "when": when, "supersedes": supersedes})


@pytest.mark.parametrize(
    ("test", "value", "held"),
    [
        # one of a list; types are told apart
        (["a", "b"], "b", True),
        (["a", "b"], "c", False),
        ("a", None, False),
        (1, 1, True),
        (1, "1", False),
        ("1", 1, False),
        (1, True, False),
        (True, 1, False),
        (False, 0, False),
        ("true", True, False),
        (True, True, True),
        ("é", "e\u0301", False),
        # none of a list; also on an absent field
        ({"not": "a"}, "b", True),
        ({"not": "a"}, "a", False),
        ({"not": "a"}, None, True),
        ({"not": 1}, "1", True),
        ({"not": [1, "a"]}, True, True),
        ({"not": "a", "present": True}, None, False),
        ({"not": "a", "present": False}, None, True),
        # bounds are included, and only whole numbers have a size
        ({"at_least": 2}, 2, True),
        ({"at_least": 2}, 1, False),
        ({"at_most": 2}, 2, True),
        ({"at_most": 2}, 3, False),
        ({"at_least": 2, "at_most": 4}, 3, True),
        ({"at_least": 2, "at_most": 4}, 5, False),
        ({"at_least": 0}, "a", False),
        ({"at_least": 0}, "7", False),
        ({"at_least": 0}, True, False),
        ({"at_most": 9}, False, False),
        ({"at_most": 9}, None, False),
        ({"at_least": 2, "not": 3}, 3, False),
        ({"at_least": 2, "not": 3}, 4, True),
        # presence
        ({"present": True}, "", True),
        ({"present": True}, 0, True),
        ({"present": True}, False, True),
        ({"present": True}, None, False),
        ({"present": False}, None, True),
        ({"present": False}, "", False),
        # a list with more said about it
        ({"is": [1, 2, "a"], "at_least": 2}, 2, True),
        ({"is": [1, 2, "a"], "at_least": 2}, "a", False),
        ({"is": ["a", "b"], "not": "b"}, "b", False),
    ],
)
def test_what_a_test_means(test: Any, value: Any, held: bool) -> None:
    assert explain.holds(conditions.Test.model_validate(test), value) is held


def test_all_conditions_of_a_rule_must_hold() -> None:
    rules = [rule("both", a=1, b=2), rule("first", a=1), rule("second", b=2)]
    assert explain.matching(rules, {"a": 1, "b": 2}) == ("both", "first", "second")
    assert explain.matching(rules, {"a": 1, "b": None}) == ("first",)
    assert explain.matching(rules, {"b": 2, "c": "x"}) == ("second",)
    assert explain.matching(rules, {}) == ()


class TestDecide:
    """All that match; `supersedes` removes; of those left most conditions win; a tie is an error."""

    def test_nothing_matches(self) -> None:
        assert explain.decide([rule("a", x=1)], ()) is None

    def test_most_conditions_win(self) -> None:
        rules = [rule("one", a=1), rule("two", a=1, b=2)]
        assert explain.decide(rules, ("one", "two")) == "two"

    def test_supersedes_removes_a_rule_with_more_conditions(self) -> None:
        rules = [rule("one", ("two",), a=1), rule("two", a=1, b=2)]
        assert explain.decide(rules, ("one", "two")) == "one"

    def test_a_rule_that_does_not_match_removes_nothing(self) -> None:
        rules = [rule("one", ("two",), a=1), rule("two", a=1, b=2)]
        assert explain.decide(rules, ("two",)) == "two"

    def test_a_rule_that_is_removed_still_removes(self) -> None:
        rules = [rule("a", ("b",), x=1), rule("b", ("c",), x=1), rule("c", x=1, y=2)]
        assert explain.decide(rules, ("a", "b", "c")) == "a"

    def test_a_tie_names_the_rules_and_the_remedy(self) -> None:
        rules = [rule("one", a=1), rule("two", b=2), rule("none", c=1)]
        with pytest.raises(EngineError, match=r"'one', 'two' tie with 1 conditions each.*supersedes"):
            explain.decide(rules, ("two", "one"))

    def test_a_tie_between_rules_that_lose_is_no_tie(self) -> None:
        rules = [rule("one", a=1), rule("two", b=2), rule("three", a=1, b=2)]
        assert explain.decide(rules, ("one", "two", "three")) == "three"

    def test_bounds_on_one_field_are_one_condition(self) -> None:
        rules = [rule("range", a={"at_least": 1, "at_most": 3}), rule("two", a=2, b=2)]
        assert explain.decide(rules, ("range", "two")) == "two"

    def test_rules_that_supersede_each_other(self) -> None:
        rules = [rule("one", ("two",), a=1), rule("two", ("one",), b=2)]
        with pytest.raises(EngineError, match="'one', 'two' supersede each other"):
            explain.decide(rules, ("one", "two"))

    def test_a_name_that_no_rule_has(self) -> None:
        with pytest.raises(EngineError, match="no rule has the name 'other'"):
            explain.decide([rule("one", a=1)], ("one", "other"))


def test_explain_gives_each_condition_with_its_value() -> None:
    lifted = rule("lifted", before=["prohibited", "restricted"], sources={"at_least": 2}, denied={"not": True})
    told = explain.explain(lifted, {"before": "prohibited", "sources": 1, "after": "permitted"})
    assert [(each.field, each.value, each.held) for each in told.conditions] == [
        ("before", "prohibited", True),
        ("sources", 1, False),
        ("denied", None, True),
    ]
    assert [each.test for each in told.conditions] == list(lifted.when.values())
    assert not told.matches
    assert [each.field for each in told.failed] == ["sources"]
    assert str(told) == (
        "lifted@1: 1 of 3 conditions failed\n"
        "  + before is 'prohibited': 'prohibited' or 'restricted'\n"
        "  - sources is 1: at least 2\n"
        "  + denied is absent: not true"
    )


def test_explain_agrees_with_matching() -> None:
    rules = [rule("one", a=1), rule("two", a=1, b={"not": 2})]
    for record in ({}, {"a": 1}, {"a": 1, "b": 2}, {"b": 3}):
        matched = tuple(each.name for each in rules if explain.explain(each, record).matches)
        assert matched == explain.matching(rules, record)


def test_the_nearest_miss_lacks_least() -> None:
    rules = [rule("far", a=2, b=2), rule("near", a=1, b=2, c=3), rule("fits", a=1)]
    miss = explain.nearest_miss(rules, {"a": 1, "b": 2})
    assert miss is not None
    assert miss.rule == "near"
    assert [each.field for each in miss.failed] == ["c"]


def test_of_equal_misses_the_one_that_held_more_is_nearer_then_the_first() -> None:
    rules = [rule("one", a=2), rule("two", a=2, b=2), rule("three", a=3, b=2)]
    miss = explain.nearest_miss(rules, {"a": 1, "b": 2})
    assert miss is not None
    assert miss.rule == "two"


def test_no_miss_where_every_rule_matches() -> None:
    assert explain.nearest_miss([rule("fits", a=1)], {"a": 1}) is None
    assert explain.nearest_miss([], {"a": 1}) is None
