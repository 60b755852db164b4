"""The sides of a dispute: which claims say that a change is so, and which say otherwise. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final, NamedTuple

from policytrack.events import OPPOSITE
from policytrack.model import Claim, ClaimStatus, Direction, Stage

CONTESTED: Final[frozenset[Stage]] = frozenset({"disputed", "retracted"})
"""The stages at which claims stand against claims."""

_AGAINST: Final = frozenset({"denied", "failed", "ruled_out"})


class Stance(NamedTuple):
    """What of a claim says on which side it stands."""

    id: str
    status: ClaimStatus
    factive: bool
    direction: Direction


def says_otherwise(claim: Claim | Stance, direction: Direction) -> bool:
    """Whether a claim that bears on a change of that direction speaks against it."""
    return claim.status in _AGAINST or (claim.factive and OPPOSITE.get(direction) == claim.direction)


def against(claims: Iterable[Claim | Stance], direction: Direction) -> tuple[str, ...]:
    """The ids of the claims that speak against a change of that direction, in their order."""
    return tuple(claim.id for claim in claims if says_otherwise(claim, direction))
