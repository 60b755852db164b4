"""Answers as CSV for spreadsheets: with a byte-order mark, and no cell that would be taken for a formula."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Sequence

from policytrack.decision_sheet import ABOUT
from policytrack.decisions import SETTABLE, Decision
from policytrack.diff import Diff, DiffLine
from policytrack.model import PolicyState, Shift
from policytrack.render import text, words
from policytrack.review import Waiting
from policytrack.tracked import TrackedPolicy

MARK = "\ufeff"
"""What tells a spreadsheet that the file is UTF-8."""

_FORMULA = re.compile(r"[=+\-@\t\r]")
_NUMBER = re.compile(r"[+-]?\d+(\.\d+)?")


def diff(found: Diff) -> str:
    """One row a difference."""
    head = ("kind", "policy", "field", "before", "after", "occurred_on", "stage", "shift", "claims")
    return rows(head, (_row(line) for line in found.lines))


def states(found: Iterable[PolicyState]) -> str:
    """One row a state."""
    head = ("policy", *_STANDING, "stage", "valid_from", "valid_to", "claims", "id")
    return rows(head, (_state(each) for each in found))


def shifts(found: Iterable[Shift]) -> str:
    """One row a shift; what it leads from and to in a few words each."""
    head = (
        "occurred_on", "policy", "kind", "direction", "issuer", "before", "after", "scope", "triggers", "stage",
        "implied", "confidence", "severity", "tags", "claims", "id",
    )  # fmt: skip
    return rows(head, (_shift(each) for each in found))


def policies(found: Iterable[TrackedPolicy]) -> str:
    """One row a policy."""
    head = (
        "id", "title", "kind", "pack", "pack_version", "maturity", "tracked_since", "status", "status_from", "stage",
        "last_claim", "last_claim_on", "last_shift", "last_shift_on",
    )  # fmt: skip
    return rows(head, (_policy(each) for each in found))


def waiting(found: Iterable[Waiting]) -> str:
    """One row a claim that waits, to be filled in and given to `review apply`: what it says stands in its columns."""
    head = ("claim", "decision", "by", "why", *SETTABLE, *ABOUT)
    return rows(head, (_waiting(each) for each in found))


def decisions(found: Iterable[Decision]) -> str:
    """One row a decision."""
    head = ("recorded_at", "claim", "policy", "decision", *SETTABLE[1:], "to_policy", "by", "why", "ended_at", "id")
    return rows(head, (_decision(each) for each in found))


_STANDING = ("status", "level", "unit", "until", "scheduled", "scheduled_on", "scope")


def _state(state: PolicyState) -> Sequence[str | None]:
    level, plan = state.level, state.scheduled
    standing = (
        state.status, f"{level.value:g}" if level else None, level.unit if level else None, state.until,
        plan.status if plan else None, plan.on if plan else None, _listed(scope.quote for scope in state.scope),
    )  # fmt: skip
    return state.policy, *standing, state.stage, state.valid_from, state.valid_to, " ".join(state.claims), state.id


def _shift(shift: Shift) -> Sequence[str | None]:
    return (
        shift.occurred_on, shift.policy, shift.kind, shift.direction, shift.issuer.id, words.standing(shift.before),
        words.standing(shift.after), _listed(scope.quote for scope in shift.scope),
        _listed(trigger.quote for trigger in shift.triggers), shift.stage, str(shift.implied).lower(),
        f"{shift.confidence.value:g}", shift.severity, _listed(shift.tags), " ".join(shift.claims), shift.id,
    )  # fmt: skip


def _waiting(item: Waiting) -> Sequence[str | None]:
    about = (
        " ".join(item.reasons), item.text, item.evidence.quote, item.article_id, item.published_at,
        " ".join(item.shifts), item.stage,
    )  # fmt: skip
    return item.claim, None, None, None, *(item.says[name] for name in SETTABLE), *about


def _decision(found: Decision) -> Sequence[str | None]:
    ended = found.ended_at.isoformat() if found.ended_at else None
    return (
        found.recorded_at.isoformat(), found.claim, found.policy, found.decision,
        *(found.set_.get(name) for name in SETTABLE[1:]), found.to_policy, found.by, found.why, ended, found.id,
    )  # fmt: skip


def _policy(policy: TrackedPolicy) -> Sequence[str | None]:
    claim, shift = policy.last_claim, policy.last_shift
    return (
        policy.id, policy.title, policy.kind, policy.pack, str(policy.pack_version), policy.maturity,
        policy.tracked_since.isoformat() if policy.tracked_since else None, policy.status, policy.status_from,
        policy.stage, claim.operation if claim else None, claim.published_at if claim else None,
        shift.kind if shift else None, shift.occurred_on if shift else None,
    )  # fmt: skip


def _listed(several: Iterable[str]) -> str:
    return "; ".join(" ".join(each.split()) for each in several)


def rows(head: Sequence[str], found: Iterable[Sequence[str | None]]) -> str:
    """A table with its head; what is not known is an empty cell."""
    target = io.StringIO(newline="")
    writer = csv.writer(target, lineterminator="\r\n")
    writer.writerow(head)
    writer.writerows([cell(each) for each in row] for row in found)
    return MARK + target.getvalue()


def cell(value: str | None) -> str:
    """The value, behind an apostrophe where a spreadsheet would compute it."""
    if value is None:
        return ""
    return f"'{value}" if _FORMULA.match(value) and not _NUMBER.fullmatch(value) else value


def _row(line: DiffLine) -> Sequence[str | None]:
    values = (text.told_value(line.before), text.told_value(line.after))
    return line.kind, line.policy, line.field, *values, line.occurred_on, line.stage, line.shift, " ".join(line.claims)
