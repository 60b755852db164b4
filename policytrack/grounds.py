"""What each value of a step rests on: the standing before, the claims with their quotes, publishers, two dates."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from policytrack.effects import changed
from policytrack.model import Claim, Entry, Level, Policy, Scheduled, Scope, Span
from policytrack.printable import marked, printable
from policytrack.stages import confirms
from policytrack.states import Step
from policytrack.status_model import UNKNOWN, Core

_SHOWN = 3
"""How many claims are named for one value."""


class Ground(NamedTuple):
    """One thing that a value rests on: what it is, and what it says."""

    name: str
    value: str


class Grounds:
    """What the fields of one step, as shift rules see it, rest on."""

    def __init__(
        self, step: Step, steps: Sequence[Step], policy: Policy, entries: Iterable[Entry], core: Core,
        short: Callable[[str], str],
    ) -> None:  # fmt: skip
        """`steps` are all steps of the policy in their order, `entries` its journal; `short` cuts ids."""
        self._step, self._policy, self._core, self._short = step, policy, core, short
        self._before = steps[: steps.index(step)]
        own = [entry for entry in entries if entry.claim.id in step.claims]
        self._entries = sorted(own, key=lambda entry: (entry.published_at, entry.claim.id))
        self._by_field: Mapping[str, Callable[[], Iterator[Ground]]] = {
            "policy_kind": self._pack,
            "field": self._changed,
            "before": self._left,
            "after": self._done,
            "operation": self._done,
            "direction": self._directed,
            "move": self._moved,
            "level_change": self._levels,
            "scope_change": self._scopes,
            "until_change": self._ends,
            "scheduled": self._schedules,
            "implied": self._kept,
            "background": self._kept,
            "stage": self._sure,
            "sources": self._told_by,
            "days_since_last": self._since,
        }

    def of(self, field: str) -> tuple[Ground, ...]:
        """What the value of a field rests on; nothing for what goes without saying."""
        found = self._by_field.get(field)
        return tuple(found()) if found else ()

    # ---- the policy and how it stood

    def _pack(self) -> Iterator[Ground]:
        yield Ground("pack", f"{self._policy.id}, in {self._policy.pack}@{self._policy.pack_version}")

    def _changed(self) -> Iterator[Ground]:
        fields = changed(self._step.before, self._step.target, self._core) or (self._step.field,)
        yield Ground("changed", ", ".join(fields))

    def _left(self) -> Iterator[Ground]:
        """The shift before, or the start that the pack says."""
        status, last, start = self._step.before.status, self._before[-1] if self._before else None, self._policy.start
        if last is not None and last.after.status == status:
            how = "came to hold" if last.follow_up else "left it so"
            yield Ground("shift", f"{self._short(last.shift_id)} {how} on {last.occurred_on}")
        elif start is not None and start.status == status and last is None:
            since = f" since {start.on}" if start.on else ""
            yield Ground("start", f"{status}{since}, says pack {self._policy.pack}@{self._policy.pack_version}")
            yield from (Ground("source", source) for source in (start.source,) if source)
        elif status == UNKNOWN:
            yield Ground("start", "nothing is known from before")
        else:
            yield Ground("claims", "earlier ones tell that it stood so")

    # ---- what claims say

    def _done(self) -> Iterator[Ground]:
        step = self._step
        yield from self._claims(lambda claim: claim.operation == step.operation and claim.direction == step.direction)

    def _directed(self) -> Iterator[Ground]:
        yield from self._claims(lambda claim: claim.direction == self._step.direction)

    def _moved(self) -> Iterator[Ground]:
        if self._step.direction == "neutral":
            told = f"{self._step.operation}, {self._step.before.status} -> {self._step.after.status}"
            yield Ground("no direction", told)
        yield from self._directed()

    def _kept(self) -> Iterator[Ground]:
        yield from self._claims(lambda claim: claim.factive)

    def _claims(self, fits: Callable[[Claim], bool]) -> Iterator[Ground]:
        found = [entry for entry in self._entries if fits(entry.claim)]
        for entry in found[:_SHOWN]:
            yield self._ground(entry, entry.claim.evidence)
        if len(found) > _SHOWN:
            yield Ground("claims", f"and {len(found) - _SHOWN} more")

    def _ground(self, entry: Entry, span: Span) -> Ground:
        claim = entry.claim
        where = f"of {claim.article_id}, {entry.published_at}"
        return Ground(f"claim {self._short(claim.id)}", f"{marked(span.quote)} at {span.start}-{span.end} {where}")

    # ---- two values, and the words for the second

    def _levels(self) -> Iterator[Ground]:
        yield _two(_level(self._step.before.level), _level(self._step.target.level))
        yield from self._spans(lambda claim: (claim.level,) if claim.level else ())

    def _scopes(self) -> Iterator[Ground]:
        yield _two(_scope(self._step.before.scope), _scope(self._step.target.scope))
        yield from self._spans(lambda claim: claim.scope)

    def _ends(self) -> Iterator[Ground]:
        yield _two(self._step.before.until or "none", self._step.target.until or "none")
        yield from self._spans(lambda claim: [date for date in claim.dates if date.role == "expires"])

    def _schedules(self) -> Iterator[Ground]:
        yield _two(_scheduled(self._step.before.scheduled), _scheduled(self._step.after.scheduled))
        yield from self._spans(lambda claim: [date for date in claim.dates if date.role == "in_force"])

    def _spans(self, of: Callable[[Claim], Iterable[Span]]) -> Iterator[Ground]:
        """The words of claims in the step's direction."""
        entries = [entry for entry in self._entries if entry.claim.direction == self._step.direction]
        found = [self._ground(entry, span) for entry in entries for span in of(entry.claim)]
        yield from dict.fromkeys(found[:_SHOWN])

    # ---- how sure, and when

    def _sure(self) -> Iterator[Ground]:
        yield from self._told_by()
        for ground in self._claims(lambda claim: not claim.implied and confirms(claim, self._policy, self._core)):
            yield ground._replace(name=f"confirmed by {ground.name}")

    def _told_by(self) -> Iterator[Ground]:
        yield Ground("publishers", ", ".join(printable(name) for name in self._step.publishers))

    def _since(self) -> Iterator[Ground]:
        earlier = [step for step in self._before if not step.follow_up]
        if not earlier:
            yield Ground("dates", "there is no earlier shift")
            return
        last = earlier[-1]
        told = f"{last.occurred_on} ({self._short(last.shift_id)}) to {self._step.occurred_on}"
        yield Ground("dates", told)


def _two(before: str, after: str) -> Ground:
    return Ground("from, to", f"{before} -> {after}")


def _level(level: Level | None) -> str:
    return "none" if level is None else f"{level.value:g} {level.unit}" if level.unit else f"{level.value:g}"


def _scope(scope: Sequence[Scope]) -> str:
    return ", ".join(marked(each.quote) for each in scope) or "none"


def _scheduled(scheduled: Scheduled | None) -> str:
    if scheduled is None:
        return "none"
    return scheduled.status + (f" on {scheduled.on}" if scheduled.on else "")
