"""What a change of rules does to shifts: which shift is which, and what counts as a difference."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from policytrack.model import Claim, Confidence, Issuer, Shift, Standing, shift_id
from policytrack.shift_changes import COMPARED, Outcome, ShiftChanges, shift_changes
from tests.builders import POLICY, claim, place, trigger

LIFT = claim("lift", article="a1")
IMPOSE = claim("impose", article="a2")


def shift(of: Claim = LIFT, on: str = "2024-11-22", **fields: Any) -> Shift:
    return Shift(
        **{
            "id": shift_id(of.policy or "", of.direction, of.id),
            "policy": of.policy,
            "kind": "restriction_lifted",
            "rule": "permission-lifted@1",
            "direction": of.direction,
            "issuer": Issuer(id="us", text="Washington"),
            "occurred_on": on,
            "before": Standing(status="prohibited"),
            "after": Standing(status="permitted"),
            "stage": "reported",
            "confidence": Confidence(value=1),
            "claims": (of.id,),
            **fields,
        }
    )


def outcome(shifts: Sequence[Shift], *claims: Claim) -> Outcome:
    read = {each.id: each for each in claims}
    return Outcome(shifts, set(read), lambda _: {each.id: each.article_id for each in claims}, lambda _: read)


def compared(before: Sequence[Shift], after: Sequence[Shift], *claims: Claim) -> ShiftChanges:
    read = claims or (LIFT, IMPOSE)
    return shift_changes(outcome(before, *read), outcome(after, *read))


def test_what_is_the_same_is_counted() -> None:
    found = compared([shift(), shift(IMPOSE)], [shift(), shift(IMPOSE)])
    assert (found.unchanged, found.changes) == (2, ())
    assert not found


def test_added_and_gone() -> None:
    found = compared([shift()], [shift(IMPOSE, "2024-12-01")])
    assert [(each.change, each.occurred_on) for each in found.changes] == [
        ("gone", "2024-11-22"),
        ("added", "2024-12-01"),
    ]
    assert [each.claims for each in found.changes] == [(LIFT,), (IMPOSE,)]


def test_another_kind_is_another_label() -> None:
    [change] = compared([shift()], [shift(kind="permission_granted")]).changes
    assert (change.change, change.fields) == ("relabelled", ("kind",))
    assert (change.before, change.after) == (shift(), shift(kind="permission_granted"))


def test_the_same_day_is_the_same_shift_though_another_claim_made_it() -> None:
    [change] = compared([shift()], [shift(IMPOSE, direction="tighter")]).changes
    assert (change.change, change.fields) == ("relabelled", ("direction",))


def test_the_same_article_is_the_same_shift_though_the_day_is_another() -> None:
    read_otherwise = claim("ease", article="a1")
    found = compared([shift()], [shift(read_otherwise, "2024-11-12")], LIFT, read_otherwise)
    assert [(each.change, each.fields) for each in found.changes] == [("changed", ("occurred_on",))]


def test_a_shift_of_another_policy_is_another_shift() -> None:
    other = claim("lift", article="a1", policy="us.mines.use")
    assert {each.change for each in compared([shift()], [shift(other)], LIFT, other).changes} == {"added", "gone"}


def test_one_shift_is_the_same_as_one_other_at_most() -> None:
    twin = claim("lift", article="a1", start=40)
    found = compared([shift()], [shift(twin), shift(claim("lift", article="a1", start=80))], LIFT, twin)
    assert (found.unchanged, [each.change for each in found.changes]) == (1, ["added"])


def test_other_triggers_are_counted_whatever_else_changes() -> None:
    after = trigger("troops arrived")
    found = compared([shift()], [shift(triggers=(after,), kind="permission_granted")])
    assert [each.fields for each in found.triggers] == [("kind", "triggers")]
    assert [each.change for each in found.changes] == ["relabelled"]


def test_where_a_scope_or_trigger_is_quoted_from_is_no_difference() -> None:
    def told(start: int) -> Shift:
        scope = place("near Kursk").model_copy(update={"start": start, "end": start + 10})
        standing = Standing(status="permitted", scope=(scope,))
        return shift(triggers=(trigger("troops arrived", start=start),), scope=(scope,), after=standing)

    assert not compared([told(40)], [told(90)])


def test_what_follows_from_the_rest_is_not_compared() -> None:
    other = shift(rule="granted@9", confidence=Confidence(value=0.5), claims=(), issuer=Issuer(id="us", text="Biden"))
    assert not compared([shift()], [other])


def test_claims_are_counted_by_id() -> None:
    found = shift_changes(outcome([], LIFT), outcome([], IMPOSE, claim("ease", article="a3")), articles=3)
    assert (found.articles, found.claims_added, found.claims_gone) == (3, 2, 1)


CLAIMS = [claim(operation, article=f"a{number}") for number in range(3) for operation in ("lift", "impose")]
SHIFTS = st.lists(
    st.builds(
        shift, st.sampled_from(CLAIMS), st.sampled_from(["2024-11-01", "2024-11-02"]), kind=st.sampled_from("ab")
    ),
    max_size=4,
    unique_by=lambda each: each.id,
)


@given(SHIFTS, SHIFTS)
def test_every_shift_of_either_side_is_told_once(before: list[Shift], after: list[Shift]) -> None:
    found = compared(before, after, *CLAIMS)
    old = [each.before.id for each in found.changes if each.before]
    new = [each.after.id for each in found.changes if each.after]
    assert len(old) == len(set(old)) and len(new) == len(set(new))
    assert (len(old) + found.unchanged, len(new) + found.unchanged) == (len(before), len(after))
    for change in found.changes:
        if change.before and change.after:
            assert change.fields == tuple(name for name in COMPARED if name in change.fields) != ()


@given(SHIFTS, SHIFTS)
def test_the_other_way_round_added_is_gone(before: list[Shift], after: list[Shift]) -> None:
    there, back = compared(before, after, *CLAIMS), compared(after, before, *CLAIMS)
    turned = {"added": "gone", "gone": "added"}
    assert sorted(turned.get(each.change, "both") for each in there.changes) == sorted(
        each.change if each.change in turned else "both" for each in back.changes
    )
    assert {each.policy for each in there.changes} <= {POLICY}
