"""What sources took back: tellings that their own publisher denies later, in its own voice. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from policytrack.events import Telling, days_of
from policytrack.model import Claim, Policy
from policytrack.status_model import Core


def takes_back(claim: Claim, source: str) -> bool:
    """Whether an article says itself, as news and as nobody else's words, that something is not so.

    What did not come to be ("has not officially owned up to it") is no such word: it says nothing of an earlier report.
    """
    if claim.status != "denied" or claim.background:
        return False
    return claim.attributed_to is None or claim.attributed_to.quote.casefold().removeprefix("the ") == source.casefold()


def taken_back(tellings: Sequence[Telling], policy: Policy, core: Core) -> dict[str, str]:
    """By the id of each claim that its own source took back, the id of the claim that does so.

    A denial takes back what its source told of the same direction in articles printed before its own: of the report
    that it dates, else of the last `days.same_article` days. Copies go with what they copy, whenever they were printed.
    Articles of no known publisher have no source in common.
    """
    denials = [each for each in tellings if each.claim.status == "denied" and each.entry.source]
    denials = [each for each in denials if takes_back(each.claim, each.entry.source)]
    if not denials:
        return {}
    told: dict[tuple[str, str], list[Telling]] = {}
    for telling in tellings:
        if telling.claim.factive:
            told.setdefault(_place(telling), []).append(telling)
    found: dict[str, str] = {}
    for denial in sorted(denials, key=lambda each: each.key):
        for telling in told.get(_place(denial), ()):
            if _is_meant(telling, denial, policy, core):
                found.setdefault(telling.claim.id, denial.claim.id)
    return found


def _place(telling: Telling) -> tuple[str, str]:
    """Who tells it, and of which direction."""
    return telling.entry.source, telling.claim.direction


def _is_meant(telling: Telling, denial: Telling, policy: Policy, core: Core) -> bool:
    """Whether it was told before the denial, and near enough to what that is about."""
    first, last = days_of(telling.entry.told_first or telling.entry.published_at)
    if last >= denial.said or telling.claim.article_id == denial.claim.article_id:
        return False
    if not denial.dated:
        return denial.said - first <= core.days.same_article
    early, late = denial.first - policy.same_event, denial.last + policy.same_event
    return (first <= late and last >= early) or (telling.first <= late and telling.last >= early)
