"""Shifts with what a reader wants beside them: the claims they rest on, their articles, and their publishers."""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from policytrack.model import Article, Claim, Entry, Shift
from policytrack.sides import says_otherwise
from policytrack.tracker import Tracker


@dataclass(frozen=True)
class Cited:
    """A claim with the article that makes it, as much of its id as is unique, and the publisher that it speaks for.

    `otherwise` says that it speaks against the shift.
    """

    claim: Claim
    article: Article
    short: str
    source: str
    otherwise: bool = False


@dataclass(frozen=True)
class ShiftCard:
    """A shift, as much of its id as is unique, and its claims: those that state the change first, then by date."""

    shift: Shift
    short: str
    cited: tuple[Cited, ...]


def cards(tracker: Tracker, shifts: Iterable[Shift], known: datetime.datetime) -> list[ShiftCard]:
    """A card for each of the shifts, in their order, with the claims as they stood at `known`."""
    entries: dict[str, dict[str, Entry]] = {}
    made = []
    for shift in shifts:
        if shift.policy not in entries:
            entries[shift.policy] = _entries(tracker, shift.policy, known)
        cited = sorted(_cited(tracker, shift, entries[shift.policy]), key=_rank)
        made.append(ShiftCard(shift, tracker.ledger.short(shift.id), tuple(cited)))
    return made


def _entries(tracker: Tracker, policy_id: str, known: datetime.datetime) -> dict[str, Entry]:
    policy = tracker.rules.policy(policy_id)
    names = (policy.id, *policy.aliases) if policy else (policy_id,)
    return {entry.claim.id: entry for entry in tracker.rules.by_owner(tracker.ledger.entries(known, names))}


def _cited(tracker: Tracker, shift: Shift, entries: dict[str, Entry]) -> Iterator[Cited]:
    for claim_id in shift.claims:
        entry, article = entries.get(claim_id), tracker.ledger.article_of(claim_id)
        if entry is not None and article is not None:
            otherwise = says_otherwise(entry.claim, shift.direction)
            yield Cited(entry.claim, article.record, tracker.ledger.short(claim_id), entry.source, otherwise)


def _rank(cited: Cited) -> tuple[bool, bool, str, str]:
    claim = cited.claim
    return not claim.factive, claim.background, cited.article.published_at, claim.id
