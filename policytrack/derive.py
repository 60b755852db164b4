"""What follows from the claims of a ledger, written to it: the states and the shifts of each policy."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from policytrack import states
from policytrack.detect import Detector
from policytrack.ledger import Batch
from policytrack.model import Entry, Policy, PolicyState, Shift
from policytrack.packs import Rules


class Consequences(NamedTuple):
    """What follows from the claims about one policy; corrections are the shifts that are no news."""

    states: Sequence[PolicyState]
    shifts: list[Shift]
    corrections: list[Shift]
    reviews: tuple[states.Review, ...]


class Derived(NamedTuple):
    """What one policy came to: the shifts that are news, and all that a person has to look at."""

    news: list[Shift]
    reviews: tuple[states.Review, ...]


def derive(batch: Batch, policy: Policy, rules: Rules, detector: Detector, *, announce: bool) -> Derived:
    """The news about a policy, whose states and shifts are recorded as its claims and the rules have them.

    With `announce` each piece of news gets a notice in the same transaction.
    """
    made = consequences(policy, batch.entries((policy.id, *policy.aliases)), rules, detector)
    batch.put_states(policy.id, made.states)
    news = batch.put_shifts(policy.id, made.shifts, made.corrections, announce=announce)
    return Derived(news, made.reviews)


def consequences(policy: Policy, entries: Iterable[Entry], rules: Rules, detector: Detector) -> Consequences:
    """What follows from the claims about a policy by the rules; nothing is recorded."""
    timeline = states.timeline(policy, rules.by_owner(entries), rules.core)
    detection = detector.detect(timeline, policy)
    shifts, corrections = _told_apart(timeline, detection.shifts)
    return Consequences(timeline.states, shifts, corrections, (*timeline.reviews, *detection.reviews))


def derive_all(batch: Batch, rules: Rules, detector: Detector, *, announce: bool) -> list[Derived]:
    """What each policy that the rules track came to, in their order; what is recorded under a former name ends."""
    found = []
    for policy in rules.policies:
        found.append(derive(batch, policy, rules, detector, announce=announce))
        for alias in policy.aliases:
            batch.put_states(alias, ())
            batch.put_shifts(alias, (), (), announce=False)
    return found


def _told_apart(timeline: states.Timeline, shifts: Sequence[Shift]) -> tuple[list[Shift], list[Shift]]:
    """The shifts, and the corrections: those whose step only claims about earlier history made."""
    told = {step.shift_id for step in (*timeline.steps, *timeline.retracted) if step.background and not step.follow_up}
    return [one for one in shifts if one.id not in told], [one for one in shifts if one.id in told]
