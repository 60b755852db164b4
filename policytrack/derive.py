"""What follows from the claims of a ledger, written to it: the states and the shifts of each policy."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple

from policytrack import states
from policytrack.detect import Detector
from policytrack.ledger import Batch, Ledger
from policytrack.logs import get_logger
from policytrack.model import Entry, Policy, PolicyState, Shift
from policytrack.packs import Rules

_log = get_logger()


class Consequences(NamedTuple):
    """What follows from the claims about one policy; corrections are the shifts that are no news."""

    states: Sequence[PolicyState]
    shifts: list[Shift]
    corrections: list[Shift]
    reviews: tuple[states.Review, ...]


class Derived(NamedTuple):
    """What one policy came to: its shifts, those that are news, and all that a person has to look at.

    `gone` are the shifts that stood before and do not now, `new` those that did not: one that is told otherwise is
    both.
    """

    shifts: list[Shift]
    news: list[Shift]
    reviews: tuple[states.Review, ...]
    gone: list[Shift]
    new: list[Shift]


def derive(batch: Batch, policy: Policy, rules: Rules, detector: Detector) -> Derived:
    """The news about a policy, whose states and shifts are recorded as its claims and the rules have them.

    What is recorded under a former name of the policy ends.
    """
    names = (policy.id, *policy.aliases)
    made = consequences(policy, batch.entries(names), rules, detector)
    batch.put_states(policy.id, made.states)
    for alias in policy.aliases:
        batch.put_states(alias, ())
    put = batch.put_shifts(names, made.shifts, made.corrections)
    return Derived(made.shifts, put.news, made.reviews, put.gone, put.new)


def consequences(policy: Policy, entries: Iterable[Entry], rules: Rules, detector: Detector) -> Consequences:
    """What follows from the claims about a policy by the rules; nothing is recorded."""
    timeline = states.timeline(policy, rules.by_owner(entries), rules.core)
    detection = detector.detect(timeline, policy)
    shifts, corrections = _told_apart(timeline, detection.shifts)
    return Consequences(timeline.states, shifts, corrections, (*timeline.reviews, *detection.reviews))


def follow_rules(
    ledger: Ledger,
    rules: Rules,
    detector: Detector,
    moment: Callable[[datetime.datetime | None], datetime.datetime],
) -> None:
    """Nothing; where the ledger was last written to by other rules, what these make of its claims is recorded.

    In a batch of its own, at the moment that `moment` gives for the latest one. Nobody is alerted: the world has not
    changed.
    """
    if not ledger.is_there() or ledger.rules() in (None, rules.behaviour):
        return
    with ledger.batch(moment, rules.behaviour, "rules") as batch:
        for policy in rules.policies:
            derive(batch, policy, rules, detector)
    _log.warning("rules have changed; `ledger rerun` reads the articles again that were read before")


def _told_apart(timeline: states.Timeline, shifts: Sequence[Shift]) -> tuple[list[Shift], list[Shift]]:
    """The shifts, and the corrections: those whose step only claims about earlier history made."""
    told = {step.shift_id for step in (*timeline.steps, *timeline.retracted) if step.background and not step.follow_up}
    return [one for one in shifts if one.id not in told], [one for one in shifts if one.id in told]
