"""Why a ledger says otherwise than it did: what was learned between two moments, and why a record stands no longer."""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from policytrack.dates import last_day
from policytrack.diff import COMPARED, DiffField, DiffReason, differs
from policytrack.ledger import Ledger, Occasion, Recorded
from policytrack.model import Claim, PolicyState, Shift, Stage
from policytrack.moments import TICK

Learned = Mapping[tuple[str, DiffField], DiffReason]
"""By policy and field, why it was last recorded to be otherwise."""

_CAUSES: Final[Mapping[str, DiffReason]] = {
    "rules": "rules",
    "backfill": "late",
    "review": "review",
    "removal": "removed",
}
_RANK: Final[Mapping[Stage, int]] = {"reported": 0, "corroborated": 1, "confirmed": 2}


def learned(
    ledger: Ledger, day: str, after: datetime.datetime, until: datetime.datetime, names: Sequence[str] | None
) -> Learned:
    """Why each field differs on a day, as known at one moment and at a later one."""
    if after >= until:
        return {}
    was, now = (ledger.in_force(moment, last_day(day), names) for moment in (after, until))
    found: dict[tuple[str, DiffField], DiffReason] = {}
    for policy in sorted(was.keys() | now.keys()):
        if was.get(policy) != now.get(policy):
            found |= {(policy, field): reason for field, reason in _steps(ledger, policy, day, after, until)}
    return found


def _steps(
    ledger: Ledger, policy: str, day: str, after: datetime.datetime, until: datetime.datetime
) -> Iterable[tuple[DiffField, DiffReason]]:
    """Each field that another moment made otherwise, with the reason, in the order of the moments."""
    for moment in ledger.moments_of([policy], after, until):
        was, now = (_on(ledger, day, each, [policy]).get(policy) for each in (moment - TICK, moment))
        fields = [field for field in COMPARED if differs(was, now, field)]
        occasion = ledger.occasion([policy], moment) if fields else None
        if occasion is not None:
            yield from ((field, _reason(occasion, field, was, now)) for field in fields)


def _reason(occasion: Occasion, field: DiffField, was: PolicyState | None, now: PolicyState | None) -> DiffReason:
    if (known := _CAUSES.get(occasion.cause or "")) is not None:
        return known
    if occasion.revised:
        return "revised"
    if occasion.retracted:
        return "retracted"
    stages = [state.stage if state else "reported" for state in (was, now)]
    if field == "stage" and stages[1] == "disputed":
        return "disputed"
    if field == "stage" and _RANK.get(stages[1], 0) > _RANK.get(stages[0], -1):
        return "corroborated"
    if field == "stage" and occasion.copied:
        return "copied"
    return "article"


def _on(ledger: Ledger, day: str, moment: datetime.datetime, names: Sequence[str] | None) -> dict[str, PolicyState]:
    return {state.policy: state for state in ledger.states(moment, last_day(day), names)}


# --- records that stand no longer


def why_gone(ledger: Ledger, found: Recorded, policies: Sequence[str]) -> str:
    """Why a record was superseded, in words; `policies` are the ids under which its policy may be recorded."""
    assert found.superseded_at is not None, "a record that stands has no end"
    occasion = ledger.occasion(policies, found.superseded_at)
    claims = [found.record.id] if isinstance(found.record, Claim) else found.record.claims
    revised = sorted({occasion.revised[claim] for claim in claims if claim in occasion.revised})
    if revised:
        return f"article {', '.join(revised)} was revised and says it no longer"
    if occasion.cause == "rules":
        return "other rules read it otherwise"
    if occasion.cause == "review":
        return "a person corrected what it rests on"
    if occasion.cause == "removal":
        return "the text of an article that it rests on was removed"
    late = ", taken in late," if occasion.cause == "backfill" else ""
    if isinstance(found.record, Shift) and (other := _taken_up(ledger, found, policies)) is not None:
        return f"articles{late} made it part of {ledger.short(other.id)}, of {other.occurred_on}"
    if occasion.copied:
        return f"{', '.join(occasion.copied)} turned out to print the words of another article"
    return f"articles that came in{late} tell more of it".replace(",,", ",")


def _taken_up(ledger: Ledger, found: Recorded, policies: Sequence[str]) -> Shift | None:
    """The shift that bears the claims of one that stands no longer."""
    assert found.superseded_at is not None
    for corrections in (False, True):
        for shift in ledger.shifts(found.superseded_at, policies, corrections=corrections):
            if shift.id != found.record.id and set(shift.claims) & set(found.record.claims):
                return shift
    return None
