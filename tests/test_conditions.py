"""The shapes in which rules are written, and what is refused with which words."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from policytrack import conditions
from policytrack.conditions import Rule


def read(given: Any) -> conditions.Test:
    return conditions.Test.model_validate(given)


def complaint(given: Any) -> tuple[tuple[int | str, ...], str]:
    """Where the only error is, and what it says."""
    with pytest.raises(ValidationError) as caught:
        Rule.model_validate({"name": "r", "when": {"before": given}})
    (error,) = caught.value.errors()
    return error["loc"], error["msg"]


@pytest.mark.parametrize(
    ("given", "meant"),
    [
        ("none", {"is": ("none",)}),
        (1, {"is": (1,)}),
        (True, {"is": (True,)}),
        ("", {"is": ("",)}),
        (["none", "partial"], {"is": ("none", "partial")}),
        ({"not": "none"}, {"not": ("none",)}),
        ({"not": ["none", 1]}, {"not": ("none", 1)}),
        ({"at_least": 2}, {"at_least": 2}),
        ({"at_most": -2}, {"at_most": -2}),
        ({"at_least": 0, "at_most": 0}, {"at_least": 0, "at_most": 0}),
        ({"present": True}, {"present": True}),
        ({"present": False}, {"present": False}),
        ({"not": "none", "present": True}, {"not": ("none",), "present": True}),
    ],
)
def test_shapes_that_may_be_written(given: Any, meant: dict[str, Any]) -> None:
    assert read(given).model_dump(exclude_defaults=True) == meant


def test_values_keep_their_types() -> None:
    """1, "1" and true are three values, so all three may stand in one list."""
    values = read([1, "1", True]).is_
    assert [(type(value), value) for value in values] == [(int, 1), (str, "1"), (bool, True)]


@pytest.mark.parametrize(
    ("given", "place", "words"),
    [
        (0.35, (), "0.35 is no whole number"),
        (None, (), "null is no value; for a field that is absent write {present: false}"),
        ([], (), "an empty list fits nothing"),
        (["a", "b", "a"], (), "'a' stands in the list twice"),
        (["a", None], (), "null is no value"),
        (["a", ["b"]], (), "['b'] is no value"),
        ({}, (), "the test says nothing"),
        ({"not": None}, (), "'not' says nothing"),
        ({"not": []}, ("not",), "an empty list fits nothing"),
        ({"not": [1.5]}, ("not",), "1.5 is no whole number"),
        ({"nott": "a"}, ("nott",), "not permitted"),
        ({"at_least": "3"}, ("at_least",), "integer"),
        ({"at_least": True}, ("at_least",), "integer"),
        ({"at_most": 2.0}, ("at_most",), "integer"),
        ({"present": "yes"}, ("present",), "boolean"),
        ({"at_least": 5, "at_most": 3}, (), "never holds: at_least 5 is more than at_most 3"),
        ({"present": False, "at_least": 3}, (), "never holds: an absent field has no value"),
        ({"present": False, "is": "a"}, (), "never holds: an absent field has no value"),
    ],
)
def test_what_is_refused_names_its_place_and_the_remedy(given: Any, place: tuple[str, ...], words: str) -> None:
    loc, message = complaint(given)
    assert loc == ("when", "before", *place)
    assert words in message


@pytest.mark.parametrize("name", ["", "Before", "a b", "a.b", "1a", "_a", "$s", "é", "a" * 65])
def test_a_field_name_is_a_plain_word(name: str) -> None:
    with pytest.raises(ValidationError, match="is no field name"):
        Rule.model_validate({"name": "r", "when": {name: "x"}})


def test_a_rule_has_a_name_and_conditions_and_spares_itself() -> None:
    with pytest.raises(ValidationError, match="when"):
        Rule.model_validate({"name": "r", "when": {}})
    with pytest.raises(ValidationError, match="name"):
        Rule.model_validate({"name": "", "when": {"a": 1}})
    with pytest.raises(ValidationError, match="'r' supersedes itself"):
        Rule.model_validate({"name": "r", "when": {"a": 1}, "supersedes": ["r"]})
    with pytest.raises(ValidationError, match="version"):
        Rule.model_validate({"name": "r", "when": {"a": 1}, "version": 0})


def test_a_rule_from_yaml_data() -> None:
    rule = Rule.model_validate(
        {"name": "lifted", "when": {"after": "none", "sources": {"at_least": 2}}, "supersedes": ["eased"]}
    )
    assert rule.version == 1
    assert rule.supersedes == ("eased",)
    assert rule.when == {"after": read("none"), "sources": read({"at_least": 2})}


def test_rules_are_frozen() -> None:
    rule = Rule.model_validate({"name": "r", "when": {"a": 1}})
    with pytest.raises(ValidationError, match="frozen"):
        rule.name = "s"
    with pytest.raises(ValidationError, match="frozen"):
        rule.when["a"].present = True


@pytest.mark.parametrize(
    ("given", "words"),
    [
        (["none", 1], "'none' or 1"),
        ({"not": ["none", True]}, "not 'none' nor true"),
        ({"at_least": 1, "at_most": 3}, "at least 1, at most 3"),
        ({"not": "a", "present": True}, "not 'a', present"),
        ({"present": False}, "absent"),
    ],
)
def test_a_test_in_words(given: Any, words: str) -> None:
    assert str(read(given)) == words
