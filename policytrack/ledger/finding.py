"""What an examination of the ledger finds: which of its invariants does not hold, where, and what to do."""

from __future__ import annotations

from typing import Literal

from policytrack.model import Record

Invariant = Literal[
    "file", "articles", "claims", "quotes", "copies", "decisions", "states", "shifts", "moments", "alerts", "derived"
]

RESTORE = "The row was changed from outside, or the disk lost it: restore the ledger from a copy."


class Finding(Record):
    """One thing that does not hold: of which invariant, at which record, what is wrong, and what to do."""

    invariant: Invariant
    at: str
    problem: str
    remedy: str


def lost(invariant: Invariant, at: str, problem: str) -> Finding:
    """A finding for which there is no other remedy than a copy."""
    return Finding(invariant=invariant, at=at, problem=problem, remedy=RESTORE)
