"""The status model is complete and closed: every cell of the table, every status, every kind of shift of the design."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from policytrack.model import OPERATIONS, POLICY_KINDS
from policytrack.status_model import AT_REST, FIELDS, Core, Effect, flaws
from tests.builders import core

STATUSES = {
    "permission": {"prohibited", "restricted", "permitted", "suspended", "unknown"},
    "restriction": {"none", "partial", "in_force", "suspended", "unknown"},
    "programme": {"none", "reduced", "active", "suspended", "unknown"},
    "membership": {"outside", "joining", "member", "suspended", "leaving", "unknown"},
    "rate": {"set", "unknown"},
}
NOT_MEANINGFUL = {
    ("lift", "membership"), ("lift", "rate"), ("ease", "membership"), ("authorise", "membership"),
    ("authorise", "rate"), ("join", "permission"), ("join", "restriction"), ("join", "rate"),
    ("impose", "membership"), ("tighten", "membership"), ("revoke", "rate"), ("withdraw", "rate"),
}  # fmt: skip
KINDS = {
    "restriction_lifted", "restriction_eased", "restriction_imposed", "restriction_tightened", "permission_granted",
    "permission_widened", "permission_narrowed", "permission_revoked", "measure_suspended", "measure_resumed",
    "measure_extended", "measure_delayed", "programme_started", "programme_reduced", "programme_suspended",
    "programme_resumed", "programme_ended", "withdrawal_announced", "accession_announced", "left", "joined",
    "rate_raised", "rate_cut",
}  # fmt: skip


def test_the_shipped_model_fits_together() -> None:
    assert flaws(core()) == []


@pytest.mark.parametrize("kind", POLICY_KINDS)
def test_statuses_are_a_closed_list(kind: str) -> None:
    assert set(core().statuses(kind)) == STATUSES[kind]


def test_every_operation_has_a_cell_for_every_kind() -> None:
    assert {(operation, kind) for operation, row in core().effects.items() for kind in row} == {
        (operation, kind) for operation in OPERATIONS for kind in POLICY_KINDS
    }


def test_what_is_not_meaningful_is_what_the_design_says() -> None:
    dashes = {(op, kind) for op, row in core().effects.items() for kind, cell in row.items() if cell == "-"}
    assert dashes == NOT_MEANINGFUL


def test_strength_is_as_the_design_orders_it() -> None:
    looser = [each for each in core().strength["looser"] if each != "revoke"]
    assert looser == ["lift", "authorise", "join", "withdraw", "resume", "suspend", "ease", "extend", "delay"]
    tighter = ["revoke", "impose", "withdraw", "join", "suspend", "resume", "tighten", "extend", "delay"]
    assert list(core().strength["tighter"]) == tighter


def test_shift_kinds_are_a_closed_list() -> None:
    assert {rule.kind for rule in core().shifts} == KINDS


def test_defaults_are_those_of_the_design() -> None:
    assert core().days.same_event == 7
    assert core().corroborate == 2
    assert core().implied.confidence == 0.4


def test_an_example_says_only_what_differs_from_rest() -> None:
    for rule in core().shifts:
        assert set(rule.example_record()) <= set(FIELDS)
        assert {field: value for field, value in rule.example.items() if AT_REST.get(field) == value} == {}, rule.name


@pytest.mark.parametrize("given", [{}, {"from": ["unknown"]}])
def test_an_effect_sets_a_status_or_says_what_moves(given: dict[str, Any]) -> None:
    with pytest.raises(ValidationError, match="an effect sets a status"):
        Effect.model_validate(given)


# --- flaws


def changed(*path: Any, to: Any) -> Core:
    """The shipped model with one value replaced; `...` takes it out."""
    data = core().model_dump(by_alias=True, exclude_unset=True)
    here: Any = data
    for step in path[:-1]:
        if isinstance(here[step], tuple):
            here[step] = list(here[step])
        here = here[step]
    if to is ...:
        del here[path[-1]]
    else:
        here[path[-1]] = to
    return Core.model_validate(data)


def test_the_changed_model_is_the_shipped_one_where_nothing_changes() -> None:
    assert changed("version", to=core().version) == core()


FLAWED: list[tuple[tuple[Any, ...], Any, tuple[Any, ...], str]] = [
    (("kinds", "rate"), ..., ("kinds",), "says nothing of the kind 'rate'"),
    (("effects", "lift"), ..., ("effects",), "has no row for 'lift'"),
    (("effects", "lift", "rate"), ..., ("effects", "lift"), "has no cell for 'rate'"),
    (("effects", "lift", "rate"), [], ("effects", "lift"), "has no cell for 'rate'"),
    (
        ("effects", "lift", "permission"),
        [{"set": "alowed"}],
        ("effects", "lift", "permission", 0),
        "'alowed' is no status of a permission; it has: permitted, restricted, suspended, prohibited, unknown",
    ),
    (
        ("effects", "ease", "rate"),
        [{"set": "set"}, {"from": ["none"], "set": "set"}],
        ("effects", "ease", "rate", 1),
        "'none' is no status of a rate",
    ),
    (("kinds", "permission", "empty"), ["none"], ("kinds", "permission", "empty"), "'none' is no status"),
    (("kinds", "rate", "refused"), {"looser": "gone"}, ("kinds", "rate", "refused"), "'gone' is no status"),
    (("strength", "looser"), ["lift"], ("strength", "looser"), "'ease' must stand once"),
    (("never",), {}, ("strength", "looser"), "'impose' must stand once"),
    (("confirmed", "anybody"), ["proposed"], ("confirmed",), "'proposed' is no factive status"),
    (("shifts", 1, "name"), "permission-lifted", ("shifts", 1, "name"), "is the name of an earlier rule"),
    (("shifts", 0, "supersedes"), ["nobody"], ("shifts", 0, "supersedes"), "'nobody' is the name of no rule"),
    (("shifts", 0, "when"), {"weather": "fine"}, ("shifts", 0, "when", "weather"), "has no field 'weather'"),
    (("shifts", 0, "when"), {"after": "alowed"}, ("shifts", 0, "when", "after"), "'alowed' is not one of"),
    (("shifts", 0, "when"), {"implied": "true"}, ("shifts", 0, "when", "implied"), "'true' is not one of"),
    (("shifts", 0, "when"), {"sources": "two"}, ("shifts", 0, "when", "sources"), "'two' is no whole number"),
    (("shifts", 0, "example"), {"before": "gone"}, ("shifts", 0, "example", "before"), "'gone' is not one of"),
]


@pytest.mark.parametrize(("path", "to", "place", "why"), FLAWED)
def test_a_flaw_is_found_at_its_place(path: tuple[Any, ...], to: Any, place: tuple[Any, ...], why: str) -> None:
    found = flaws(changed(*path, to=to))
    assert any(at == place and why in text for at, text in found), found


def test_all_flaws_are_found_at_once() -> None:
    model = changed("strength", "looser", to=["lift", "impose"])
    texts = [text for _, text in flaws(model)]
    assert "'impose' cannot stand in the order of looser operations" in texts
    assert len([text for text in texts if "must stand once" in text]) == 9
