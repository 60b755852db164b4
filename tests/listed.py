"""One record of each type that lists hold, with every field filled, and a given text wherever text may stand."""

from __future__ import annotations

import datetime
from typing import Any

from policytrack.alertlog import AlertLine
from policytrack.decisions import Decision
from policytrack.diff import DiffLine
from policytrack.discover import Group
from policytrack.ledger import Finding, LedgerChange, Removal
from policytrack.model import (
    Claim,
    ClaimDate,
    ClaimLevel,
    Confidence,
    Evidence,
    Issuer,
    Level,
    PolicyState,
    Scheduled,
    Scope,
    Shift,
    Span,
    Standing,
    Trigger,
)
from policytrack.review import Waiting
from policytrack.shift_changes import ShiftChange
from policytrack.states import Review
from policytrack.tracked import LastClaim, LastShift, TrackedPolicy

MOMENT = datetime.datetime(2025, 1, 2, 3, 4, 5, 678901, datetime.UTC)
RUBBISH = (
    '<script>alert("1")</script>', "=1+1", "+cmd", "-2+3", "@sum", "\t=1", "\r=1", '"', "'", "a,b;c", "two\r\nlines\n",
    "nul\0nul", "\u202egnp.exe\u202c", "half \ud800", "\udfff", "\ufeffmark", "]]>", "--> & &amp; <!--",
    "| `a` | *b* |", "💥", "a -> b", "\x1b[31mred", "${jndi}", "\ufffe", " ", "x" * 500,
)  # fmt: skip
"""Text that some reader, page or spreadsheet could take for something else."""


def span(quote: str, of: type[Span] = Span, **more: Any) -> Any:
    return of.model_construct(start=0, end=len(quote), quote=quote, **more)


def of_each_type(word: str = "word") -> list[Any]:
    """The records; built past the checks, since rubbish must be shown too."""
    said = span(word)
    scope = span(word, Scope, kind="place", attributed_to=said)
    trigger = span(word, Trigger, kind="primary", cue=word, hedge=word, attributed_to=said)
    level = Level.model_construct(value=4.25, unit=word)
    plan = Scheduled.model_construct(status=word, level=level, on="2025-02")
    fields = {"level": level, "scope": (scope,), "until": "2026", "scheduled": plan}
    standing = Standing.model_construct(status=word, **fields)
    issuer = Issuer.model_construct(id=word, text=word)
    sure = Confidence.model_construct(value=0.5, reasons=(word,))
    dated = span(word, ClaimDate, role="decided", date="2024-11", precision="month")
    shift = Shift(
        id="s-1", policy="us.word", kind="restriction_lifted", rule="r@1", direction="looser", issuer=Issuer(),
        occurred_on="2024-11", before=Standing(status="prohibited"), after=Standing(status="permitted"),
        stage="reported", confidence=Confidence(value=0.5), claims=("c-1", "c-2"),
    ).model_copy(
        update={
            "kind": word, "rule": word, "issuer": issuer, "before": standing, "after": standing, "scope": (scope,),
            "triggers": (trigger, trigger), "confidence": sure, "tags": (word, word),
        }
    )  # fmt: skip
    claim = Claim.model_construct(
        id="c-1", article_id=word, policy=word, issuer=issuer, subject=said, operation="lift", direction="looser",
        status="decided", factive=True, background=False, implied=False,
        level=span(word, ClaimLevel, from_=1.5, to=2.0, by=0.5, unit=word), dates=(dated,), scope=(scope,),
        attributed_to=said, evidence=span(word, Evidence), triggers=(trigger,), rule=(word,), confidence=sure,
    )  # fmt: skip
    decision = Decision.model_construct(
        id="d-1", claim="c-1", article_id=word, policy=word, decision="correct", set_={"status": word}, by=word,
        why=word, recorded_at=MOMENT, ended_at=MOMENT, undoes=word, carried_from=word, original=claim,
    )  # fmt: skip
    return [
        claim,
        PolicyState.model_construct(
            id="p-1", policy=word, status=word, stage="reported", valid_from="2024", valid_to="2025-03-01",
            claims=("c-1",), **fields,
        ),
        shift,
        TrackedPolicy.model_construct(
            id=word, title=word, kind="rate", issuer=(word,), instrument=(word,), conduct=(word,), part_of=word,
            tags=(word,), pack=word, pack_version=3, tracked_since=MOMENT, status=word, status_from="2024-05",
            stage="confirmed",
            last_claim=LastClaim.model_construct(id="c", article_id=word, published_at="2024", operation="lift"),
            last_shift=LastShift.model_construct(id="s", kind=word, occurred_on="2024-11-01", stage="reported"),
        ),
        DiffLine.model_construct(
            kind="shift", policy=word, field="scope", before=(scope,), after=word, occurred_on="2024-11",
            stage="reported", shift="s-1", claims=(word,),
        ),
        Group.model_construct(
            id="g-1", rank=1, issuer=issuer, subject=word, articles=2, claims=3, live=1, shifts=1,
            operations={"lift": 2, word: 1}, first="2024-01-01", last="2025", example=span(word, Evidence),
            example_of=word,
        ),
        LedgerChange.model_construct(
            cursor=7, recorded_at=MOMENT, cause="articles", change="ADD", of="shift", id="s-1",
            record={"policy": word, "kind": word},
        ),
        ShiftChange.model_construct(
            change="changed", policy=word, occurred_on="2024-11", fields=("kind", "triggers"), before=shift,
            after=shift, claims=(claim,),
        ),
        Finding.model_construct(invariant="quote", at=word, problem=word, remedy=word),
        Waiting.model_construct(
            claim="c-1", policy=word, reasons=("implied",), text=word, operation="lift", direction="looser",
            status="decided", evidence=span(word, Evidence), says={"status": word}, article_id=word,
            published_at="2024-11", shifts=("s-1",),
            stage="reported", before=decision,
        ),
        decision,
        Removal.model_construct(article_id=word, text_digest="00", by=word, why=word, recorded_at=MOMENT),
        Review.model_construct(
            policy=word, reason="undefined", text=word, operation="lift", direction="looser", on="2024", claims=("c-1",)
        ),
        AlertLine.model_construct(
            id=word, subscription=word, channel=word, status="waiting", about=(word,), at=MOMENT, tries=2,
            next_at=MOMENT, told=word,
        ),
    ]  # fmt: skip
