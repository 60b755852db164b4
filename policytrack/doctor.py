"""A ledger examined: whether every row is whole, and states and shifts are what the claims and the rules make."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Iterator, Sequence

from pydantic import ConfigDict, Field

from policytrack.derive import consequences
from policytrack.detect import Detector
from policytrack.ledger import Finding, Ledger
from policytrack.ledger.checks import REDERIVE, UNREADABLE
from policytrack.model import SCHEMA, Policy, PolicyId, PolicyState, Record, Shift
from policytrack.packs import Rules
from policytrack.shown import Listed


class Diagnosis(Listed, Record):
    """What does not hold of a ledger; sound where `findings` is empty.

    `examined` counts rows, `derived` the policies whose states and shifts were derived again and compared: none where
    the ledger was last written to by other rules, which `note` says. `left` are recorded and not tracked by these.
    As a frame it is its findings.
    """

    schema_: int = Field(default=SCHEMA, alias="schema")
    examined: int
    derived: int
    findings: tuple[Finding, ...]
    left: tuple[PolicyId, ...] = ()
    note: str = ""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True, serialize_by_alias=True)

    @property
    def is_sound(self) -> bool:
        """Whether everything holds."""
        return not self.findings

    def listing(self) -> tuple[type[Finding], Sequence[Finding]]:
        return Finding, self.findings


def diagnosis(
    ledger: Ledger, rules: Rules, detector: Detector, *, progress: Callable[[int], object] = lambda _: None
) -> Diagnosis:
    """What does not hold of a ledger. `progress` is called with the number of rows that have been looked at."""
    examined = 0

    def count(done: int) -> None:
        nonlocal examined
        examined = done
        progress(done)

    found = ledger.findings(count)
    left = tuple(name for name in ledger.policies() if rules.policy(name) is None)
    if ledger.rules() != rules.behaviour:
        note = "other rules wrote to it last, so what follows from the claims was not compared: run ingest first"
        return Diagnosis(examined=examined, derived=0, findings=tuple(found), left=left, note=note)
    if any(each.problem == UNREADABLE for each in found):
        note = "there are records that cannot be read, so what follows from the claims was not compared"
        return Diagnosis(examined=examined, derived=0, findings=tuple(found), left=left, note=note)
    moments = ledger.moments()
    assert moments is not None, "a ledger with rules has a batch"
    for policy in rules.policies:
        found += _differences(ledger, moments[1], rules, detector, policy)
    return Diagnosis(examined=examined, derived=len(rules.policies), findings=tuple(found), left=left)


def _differences(
    ledger: Ledger, known: datetime.datetime, rules: Rules, detector: Detector, policy: Policy
) -> Iterator[Finding]:
    """Where the states and shifts of a policy are not what its claims make."""
    made = consequences(policy, ledger.entries(known, (policy.id, *policy.aliases)), rules, detector)
    yield from _compared("state", policy, made.states, ledger.states(known, policies=[policy.id]))
    for expected, are_corrections in ((made.shifts, False), (made.corrections, True)):
        stored = ledger.shifts(known, [policy.id], corrections=are_corrections)
        yield from _compared("correction" if are_corrections else "shift", policy, expected, stored)


def _compared(
    what: str, policy: Policy, expected: Sequence[PolicyState | Shift], stored: Sequence[PolicyState | Shift]
) -> Iterator[Finding]:
    due, there = ({each.model_dump_json() for each in side} for side in (expected, stored))
    for count, told in ((len(due - there), "missing or other than"), (len(there - due), "recorded and not")):
        if count:
            problem = f"{count} {what}{'s' * (count > 1)} {told} what the claims make"
            yield Finding(invariant="derived", at=policy.id, problem=problem, remedy=REDERIVE)
