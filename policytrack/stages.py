"""How sure an event is: its stage and its confidence, from the claims that tell it and those against it. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from policytrack.events import Telling
from policytrack.model import Claim, Confidence, Policy, Stage
from policytrack.status_model import Core


def stage(tellings: Sequence[Telling], against: Sequence[Telling], policy: Policy, core: Core) -> Stage:
    """The stage of an event: what it reaches by the claims that state it, unless others stand against them.

    What the issuer says, or what is done, after the last claim against it settles a dispute.
    """
    last = max(telling.said for telling in against) if against else -1
    stated = [telling for telling in tellings if not telling.claim.implied]
    for telling in stated:
        if telling.said > last and confirms(telling.claim, policy, core):
            return "confirmed"
    if against:
        return "disputed"
    return "corroborated" if len(publishers(stated)) >= policy.corroborate else "reported"


def confirms(claim: Claim, policy: Policy, core: Core) -> bool:
    """Whether a claim alone confirms what it states: the policy's issuer announces it, or it is carried out."""
    if claim.status in core.confirmed.anybody:
        return True
    return claim.status in core.confirmed.issuer and (not policy.issuer or claim.issuer.id in policy.issuer)


def publishers(tellings: Iterable[Telling]) -> tuple[str, ...]:
    """The independent publishers that tell it, by name."""
    return tuple(sorted({telling.entry.source for telling in tellings}))


def confidence(tellings: Sequence[Telling], core: Core) -> Confidence:
    """The confidence of the surest claim; of what is only implied never more than the status model trusts."""
    stated = [telling for telling in tellings if not telling.claim.implied]
    surest = max(stated or tellings, key=_sure).claim.confidence
    if stated or (surest.value <= core.implied.confidence and surest.reasons):
        return surest
    reasons = dict.fromkeys((*surest.reasons, core.implied.reason))
    return Confidence(value=min(surest.value, core.implied.confidence), reasons=tuple(reasons))


def _sure(telling: Telling) -> tuple[float, int]:
    return telling.claim.confidence.value, -telling.said
