"""What is tracked: each policy with how it stands, since when the ledger has known of it, and its last word."""

from __future__ import annotations

import datetime
from collections.abc import Mapping, Sequence
from typing import Any, TypeVar

from pydantic import AwareDatetime

from policytrack.dates import first_day, last_day
from policytrack.history import Remembered
from policytrack.ledger import Ledger, Told
from policytrack.model import ClaimStatus, Operation, PartialDate, Policy, Record, Shift, Stage
from policytrack.packfile import Maturity, PackFile
from policytrack.packs import Rules
from policytrack.states import BEGINNING

T = TypeVar("T")


class LastClaim(Record):
    """The claim about a policy that was published last."""

    id: str
    article_id: str
    published_at: PartialDate
    operation: Operation
    status: ClaimStatus


class LastShift(Record):
    """The shift of a policy that occurred last."""

    id: str
    kind: str
    occurred_on: PartialDate
    stage: Stage


class TrackedPolicy(Policy, Remembered):
    """A policy as its pack defines it, with what the ledger holds of it under any of its names.

    `maturity` and `limits` are those of its pack: how far it is tried, and what it is known to misread.
    `tracked_since` is when something of it was first recorded; `status` is that of today, since `status_from` (None:
    since before all that is known). All are None where nothing is recorded.
    """

    maturity: Maturity = "experimental"
    limits: tuple[str, ...] = ()
    tracked_since: AwareDatetime | None = None
    status: str | None = None
    status_from: PartialDate | None = None
    stage: Stage | None = None
    last_claim: LastClaim | None = None
    last_shift: LastShift | None = None


def tracked(ledger: Ledger, rules: Rules, known: datetime.datetime, day: datetime.date) -> list[TrackedPolicy]:
    """Every policy of every pack, by id, as known at a moment and with its status on a day."""
    held = _Held(ledger, known, day) if ledger.is_there() else None
    packs = {pack.pack: _said_by(pack) for pack in rules.packs}
    found = (
        TrackedPolicy(**dict(policy), **packs[policy.pack], **(held.last_word(policy) if held else {}))
        for policy in rules.policies
    )
    return sorted(found, key=lambda policy: policy.id)


def _said_by(pack: PackFile) -> dict[str, Any]:
    return {"maturity": pack.maturity, "limits": pack.limits}


class _Held:
    """What a ledger holds at a moment of all policies, by the ids under which it is recorded."""

    def __init__(self, ledger: Ledger, known: datetime.datetime, day: datetime.date) -> None:
        self._since = ledger.first_moments()
        self._states = {state.policy: state for state in ledger.states(known, day)}
        self._claims = ledger.latest_claims(known)
        shifts = sorted((each for each in ledger.shifts(known) if each.stage != "retracted"), key=_when)
        self._shifts = {shift.policy: shift for shift in shifts}

    def last_word(self, policy: Policy) -> dict[str, Any]:
        """What a TrackedPolicy has beside what its pack says."""
        names = (policy.id, *policy.aliases)
        state = next(iter(_of(self._states, names)), None)
        return {
            "tracked_since": min(_of(self._since, names), default=None),
            "status": state.status if state else None,
            "status_from": state.valid_from if state and state.valid_from != BEGINNING else None,
            "stage": state.stage if state else None,
            "last_claim": _last_claim(_of(self._claims, names)),
            "last_shift": _last_shift(_of(self._shifts, names)),
        }


def _of(found: Mapping[str, T], names: Sequence[str]) -> list[T]:
    return [found[name] for name in names if name in found]


def _when(shift: Shift) -> tuple[datetime.date, str]:
    return first_day(shift.occurred_on), shift.id


def _last_claim(found: Sequence[Told]) -> LastClaim | None:
    if not found:
        return None
    told = max(found, key=lambda each: (last_day(each.published_at), each.claim.id))
    claim = told.claim
    return LastClaim(
        id=claim.id,
        article_id=claim.article_id,
        published_at=told.published_at,
        operation=claim.operation,
        status=claim.status,
    )


def _last_shift(found: Sequence[Shift]) -> LastShift | None:
    if not found:
        return None
    shift = max(found, key=_when)
    return LastShift(id=shift.id, kind=shift.kind, occurred_on=shift.occurred_on, stage=shift.stage)
