"""What people decide about claims: accepted, corrected, rejected; and what is then taken for said. Pure.

A decision is about one claim as it was read. It stands until another takes its place or it is undone.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import Final, Literal, get_args

from pydantic import AwareDatetime, ConfigDict, Field

from policytrack.model import (
    FACTIVE,
    SCHEMA,
    Claim,
    ClaimDate,
    ClaimLevel,
    Confidence,
    DateRole,
    Issuer,
    Precision,
    Record,
    digest,
)

Verb = Literal["accept", "correct", "reject", "undo"]
Settable = Literal[
    "policy", "issuer", "operation", "direction", "status", "background", "implied", "level", "unit",
    "decided", "announced", "communicated", "in_force", "first_use", "expires",
]  # fmt: skip

VERBS: Final[tuple[str, ...]] = get_args(Verb)
SETTABLE: Final[tuple[str, ...]] = get_args(Settable)
"""What a correction can say otherwise, in the order in which it is told."""

DATES: Final[tuple[DateRole, ...]] = get_args(DateRole)
NONE: Final = "none"
"""What a correction sets where there is to be no issuer, level, unit or date."""

_PRECISIONS: Final[Mapping[int, Precision]] = {4: "year", 7: "month", 10: "day"}


class Decision(Record):
    """What one person decided about one claim, and why.

    `set` is what a correction says otherwise, by field. `original` is the claim as it was read, which stays in the
    ledger. `undoes` is the decision that an undoing ended, `carried_from` the one about an earlier version of the text
    that holds for this one too. `ended_at` is when it stopped to stand.
    """

    schema_: int = Field(default=SCHEMA, alias="schema")
    id: str
    claim: str
    article_id: str
    policy: str | None
    decision: Verb
    set_: dict[str, str] = Field(default_factory=dict, alias="set")
    by: str
    why: str = ""
    recorded_at: AwareDatetime
    ended_at: AwareDatetime | None = None
    undoes: str | None = None
    carried_from: str | None = None
    original: Claim

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True, serialize_by_alias=True)

    @property
    def to_policy(self) -> str | None:
        """The policy that the claim is moved to, where it is moved."""
        return self.set_.get("policy")

    @property
    def policies(self) -> frozenset[str]:
        """The policies that it bears on: the claim's as it was read, and the one that it is moved to."""
        return frozenset(each for each in (self.policy, self.to_policy) if each)

    def same_as(self, other: Decision | None) -> bool:
        """Whether another says the same, by the same person, for the same reason."""
        return other is not None and _said(self) == _said(other)


def _said(decision: Decision) -> tuple[object, ...]:
    return decision.claim, decision.decision, decision.set_, decision.by, decision.why


def decision_on(
    claim: Claim,
    decision: Verb,
    set_: Mapping[str, str],
    by: str,
    why: str,
    moment: AwareDatetime,
    *,
    undoes: str | None = None,
    carried_from: str | None = None,
) -> Decision:
    """A decision on a claim, with an id of its own."""
    told = digest(claim.id, decision, sorted(set_.items()), by, why, moment.isoformat())
    return Decision(
        id=f"d-{told}",
        claim=claim.id,
        article_id=claim.article_id,
        policy=claim.policy,
        decision=decision,
        set=dict(set_),
        by=by,
        why=why,
        recorded_at=moment,
        undoes=undoes,
        carried_from=carried_from,
        original=claim,
    )


# --- what is taken for said


def effective(claim: Claim, decision: Decision | None) -> Claim | None:
    """What a claim is taken to say; None where it was rejected. Its id and its words stay as they are."""
    if decision is None or decision.decision == "undo":
        return claim
    if decision.decision == "reject":
        return None
    said = "accepted" if decision.decision == "accept" else "corrected"
    return corrected(claim, decision.set_).model_copy(
        update={
            "rule": (*claim.rule, f"review@{decision.by}"),
            "confidence": Confidence(value=1, reasons=(f"{said} by {decision.by}",)),
        }
    )


def corrected(claim: Claim, set_: Mapping[str, str]) -> Claim:
    """The claim with other values, all of which must be checked; its evidence stands for the words of what is new."""
    update: dict[str, object] = {name: set_[name] for name in ("policy", "operation", "direction") if name in set_}
    update |= {name: set_[name] == "true" for name in ("background", "implied") if name in set_}
    if "status" in set_:
        update |= {"status": set_["status"], "factive": set_["status"] in FACTIVE}
    if "issuer" in set_:
        update["issuer"] = Issuer(id=_or_none(set_["issuer"]), text=claim.issuer.text)
    if {"level", "unit"} & set_.keys():
        update["level"] = _level(claim, set_)
    if {*DATES} & set_.keys():
        update["dates"] = tuple(_dates(claim, set_))
    return claim.model_copy(update=update)


def _or_none(value: str) -> str | None:
    return None if value == NONE else value


def _level(claim: Claim, set_: Mapping[str, str]) -> ClaimLevel | None:
    if set_.get("level") == NONE:
        return None
    before = claim.level
    span = before or claim.evidence
    unit = _or_none(set_["unit"]) if "unit" in set_ else before.unit if before else None
    if "level" not in set_ and before is not None:
        return before.model_copy(update={"unit": unit})
    return ClaimLevel(start=span.start, end=span.end, quote=span.quote, to=float(set_["level"]), unit=unit)


def _dates(claim: Claim, set_: Mapping[str, str]) -> Iterator[ClaimDate]:
    yield from (date for date in claim.dates if date.role not in set_)
    for role in DATES:
        if set_.get(role, NONE) != NONE:
            date, span = set_[role], claim.evidence
            yield ClaimDate(
                role=role, date=date, precision=_PRECISIONS[len(date)], start=span.start, end=span.end, quote=span.quote
            )


def told(claim: Claim) -> dict[str, str]:
    """What a claim says of each field that can be corrected, as a correction would say it."""
    level = claim.level
    dates: dict[str, str] = {
        role: next((date.date for date in claim.dates if date.role == role), NONE) for role in DATES
    }
    return {
        "policy": claim.policy or NONE,
        "issuer": claim.issuer.id or NONE,
        "operation": claim.operation,
        "direction": claim.direction,
        "status": claim.status,
        "background": str(claim.background).lower(),
        "implied": str(claim.implied).lower(),
        "level": f"{level.to:.12g}" if level and level.to is not None else NONE,
        "unit": (level.unit if level else None) or NONE,
        **dates,
    }


# --- which decision holds for what is read anew


def other_readings(new: Sequence[Claim], gone: Sequence[Claim], decided: Mapping[str, Decision]) -> set[str]:
    """The ids of claims that read otherwise what a person has decided about: the decision holds, and they are not kept.

    All are of one text, `gone` are those that are not read any more. What is read anew of the same words about the same
    policy is another reading of what was decided about, unless something else was read there too, that nobody decided
    about: then the nearest is.
    """
    found: set[str] = set()
    for each in gone:
        about = [claim for claim in new if each.id in decided and claim.id not in found and _same(claim, each, decided)]
        if about:
            nearest = max(about, key=lambda claim: (_overlap(claim, each), each.operation == claim.operation, claim.id))
            found.add(nearest.id)
    for claim in new:
        there = [each.id in decided for each in gone if _same(claim, each, decided)]
        found |= {claim.id} if there and all(there) else set()
    return found


def _same(claim: Claim, gone: Claim, decided: Mapping[str, Decision]) -> bool:
    return claim.policy in _policies(gone, decided) and _overlap(claim, gone) > 0


def _policies(claim: Claim, decided: Mapping[str, Decision]) -> frozenset[str | None]:
    decision = decided.get(claim.id)
    return frozenset({claim.policy, *(decision.policies if decision else ())})


def _overlap(one: Claim, other: Claim) -> int:
    return max(0, min(one.evidence.end, other.evidence.end) - max(one.evidence.start, other.evidence.start))


def carried(lapsed: Iterable[Decision], found: Iterable[Claim]) -> Iterator[tuple[Decision, Claim]]:
    """Which decisions, whose claims stand no longer, hold for which claims of another version of the text.

    The latest first; each holds for the claim that says the same of the same policy in the same words, of several the
    one whose place is nearest.
    """
    left = list(found)
    for decision in lapsed:
        was = decision.original
        same = [claim for claim in left if was.evidence.quote and signature(claim) == signature(was)]
        if same:
            claim = min(same, key=lambda each: (abs(each.evidence.start - was.evidence.start), each.id))
            left.remove(claim)
            yield decision, claim


def signature(claim: Claim) -> tuple[str | None, str, str]:
    """What makes an extraction the same one in another version of the text: policy, operation and words."""
    return claim.policy, claim.operation, claim.evidence.quote


def unlike(found: Iterable[Claim], before: Collection[Claim]) -> list[Claim]:
    """Those claims that no claim of an earlier version is the same extraction as."""
    known = {signature(claim) for claim in before}
    return [claim for claim in found if signature(claim) not in known]
