"""The value check: what a claim says is read again from its own quote, by other means than the tree.

A claim is admitted only where its quote holds the words that carry its operation, its dates resolve to the same days,
its issuer's words name that issuer, and every word of denial in the quote was seen by the reading.
"""

from __future__ import annotations

from policytrack import dates
from policytrack.extract.frames import Frame
from policytrack.extract.lexicon import Lexicon
from policytrack.model import FACTIVE, Claim


class ValueCheck:
    """Says why a claim is not admitted; an empty list where it is."""

    def __init__(self, lexicon: Lexicon, published: str) -> None:
        self._lexicon = lexicon
        self._published = published

    def problems(self, claim: Claim, frame: Frame) -> list[str]:
        return [
            *self._operation(claim, frame),
            *self._denials(claim, frame),
            *self._dates(claim),
            *self._issuer(claim),
        ]

    @staticmethod
    def _operation(claim: Claim, frame: Frame) -> list[str]:
        low, high = claim.evidence.start, claim.evidence.end
        outside = [w.text for w in frame.words if not low <= w.start < high]
        return [f"operation: {', '.join(outside)!r} is not in the quote"] if outside else []

    def _denials(self, claim: Claim, frame: Frame) -> list[str]:
        """A denial in the quote that the reading of a stated change took no account of."""
        if claim.status not in FACTIVE or claim.operation == "reaffirm":
            return []
        low, high = claim.evidence.start, claim.evidence.end
        seen = {w.i for w in (*frame.status_words, *frame.words)}
        near = [
            w
            for w in frame.clause
            if w.lower in self._lexicon.status.denials and low <= w.start < high and w.i not in seen
        ]
        mine = [w for w in near if w.head is frame.head or w.head in frame.words]
        return (
            [f"polarity: {mine[0].text!r} is not accounted for"]
            if mine and frame.form not in ("modal", "public") and not frame.reasons
            else []
        )

    def _dates(self, claim: Claim) -> list[str]:
        wrong = []
        for date in claim.dates:
            again = {
                m.date
                for ahead in (False, True)
                for m in dates.mentions(_context(date.quote), self._published, _always(ahead))
            }
            if date.date not in again:
                wrong.append(f"date: {date.quote!r} does not read as {date.date}")
        return wrong

    def _issuer(self, claim: Claim) -> list[str]:
        """The words of the issuer must not name another actor alone."""
        text, actor = claim.issuer.text, claim.issuer.id
        if text is None or actor is None:
            return []
        forms = self._lexicon.actors.actors.get(actor)
        if forms is None:
            return [f"issuer: {actor!r} is not in the actor table"]
        return []


def _context(quote: str) -> str:
    """A bare month or year reads as a date only after a preposition."""
    return f"in {quote}" if quote[:1].isupper() or quote[:1].isdigit() else quote


def _always(ahead: bool):  # type: ignore[no-untyped-def]
    return lambda _at: ahead
