"""One article of a ledger: what each version of it changed, and which articles print the same words."""

from __future__ import annotations

import datetime
import difflib
import re
from collections.abc import Iterator, Sequence
from functools import partial
from typing import Final

from pydantic import AwareDatetime, ConfigDict, Field

from policytrack.ledger import Copied, Ledger, Recorded
from policytrack.model import SCHEMA, Claim, PartialDate, Record
from policytrack.moments import TICK, minutes
from policytrack.printable import printable
from policytrack.shift_changes import Outcome, ShiftChange, shift_changes

_WORD: Final = re.compile(r"\S+")
_AHEAD: Final = 4
"""Words that are shown before an edit, so that one sees where it is."""


class Edit(Record):
    """Words that a version has, at `start` in its text, for words of the version before; `ahead` stands before both."""

    start: int
    ahead: str
    before: str
    after: str

    def __str__(self) -> str:
        gone, new = (printable(" ".join(text.split())) for text in (self.before, self.after))
        marked = [f"[-{gone}-]" if gone else "", f"{{+{new}+}}" if new else ""]
        return " ".join(part for part in [printable(" ".join(self.ahead.split())), *marked] if part)


class Version(Record):
    """One version of an article, and what it changed: in its words, in what it claims, and in the shifts.

    `claims` are those that the version before did not make in the same words, of the first all; `claims_gone` those
    that only the version before made. `shifts` are those that rest on either. `is_removed` where its text was removed:
    then nobody can say what it changed in the words.
    """

    text_digest: str
    published_at: PartialDate
    title: str
    recorded_at: AwareDatetime
    superseded_at: AwareDatetime | None
    is_removed: bool
    edits: tuple[Edit, ...] = ()
    claims: tuple[Claim, ...] = ()
    claims_gone: tuple[Claim, ...] = ()
    shifts: tuple[ShiftChange, ...] = ()


class ArticleHistory(Record):
    """The versions of an article in their order, as known at `known`, for which it speaks, and what speaks for it."""

    schema_: int = Field(default=SCHEMA, alias="schema")
    id: str
    known: AwareDatetime
    publisher: str | None
    url: str | None
    versions: tuple[Version, ...]
    copy_of: Copied | None
    copies: tuple[Copied, ...]

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True, serialize_by_alias=True)

    def __str__(self) -> str:
        return "\n".join(_lines(self))


def history(ledger: Ledger, article_id: str, known: datetime.datetime) -> ArticleHistory:
    """The history of an article that was recorded by `known`."""
    found = ledger.versions(article_id, known)
    newest = found[-1].record
    before: Sequence[Recorded | None] = [None, *found]
    return ArticleHistory(
        id=article_id,
        known=known,
        publisher=newest.publisher,
        url=newest.url,
        versions=tuple(_version(ledger, one, other) for one, other in zip(before, found, strict=False) if other),
        copy_of=ledger.copied(article_id, known),
        copies=tuple(ledger.copies_of(article_id, known)),
    )


def _version(ledger: Ledger, before: Recorded | None, found: Recorded) -> Version:
    article, at = found.record, found.recorded_at
    claims = ledger.claims_of(article.id, at)
    were = ledger.claims_of(article.id, at - TICK) if before else []
    said, was_said = {_says(claim) for claim in claims}, {_says(claim) for claim in were}
    return Version(
        text_digest=article.text_digest,
        published_at=article.published_at,
        title=article.title,
        recorded_at=at,
        superseded_at=found.superseded_at,
        is_removed=not article.text,
        edits=tuple(edits(before.record.text, article.text)) if before else (),
        claims=tuple(claim for claim in claims if _says(claim) not in was_said),
        claims_gone=tuple(claim for claim in were if _says(claim) not in said),
        shifts=tuple(_shifts(ledger, were, claims, at)) if before else (),
    )


def _says(claim: Claim) -> tuple[object, ...]:
    """What a claim says, wherever it stands in the text."""
    words = (claim.evidence.quote, *(span.quote for span in (*claim.dates, *claim.scope, *claim.triggers)))
    return claim.policy, claim.issuer.id, claim.operation, claim.direction, claim.status, claim.background, words


def _shifts(
    ledger: Ledger, were: Sequence[Claim], claims: Sequence[Claim], at: datetime.datetime
) -> tuple[ShiftChange, ...]:
    """What a new version made of the shifts that rest on the claims of either."""
    policies = sorted({claim.policy for claim in (*were, *claims) if claim.policy})
    moments = (at - TICK, at)
    stood = [ledger.shifts(moment, policies) for moment in moments]
    own = {claim.id for claim in (*were, *claims)}
    ids = {shift.id for side in stood for shift in side if own & set(shift.claims)}
    sides = [
        Outcome(
            [shift for shift in side if shift.id in ids],
            (),
            partial(ledger.articles_of, moment),
            partial(ledger.claims_by_id, moment),
        )
        for side, moment in zip(stood, moments, strict=True)
    ]
    return shift_changes(*sides).changes


def edits(before: str, after: str) -> Iterator[Edit]:
    """What differs between two texts, word by word, in the order of the later; nothing where either was removed."""
    if not (before and after):
        return
    old, new = ([*_WORD.finditer(text)] for text in (before, after))
    matcher = difflib.SequenceMatcher(None, [word[0] for word in old], [word[0] for word in new])
    for what, one, other, first, last in matcher.get_opcodes():
        if what != "equal":
            start = new[first].start() if first < len(new) else len(after)
            ahead = new[max(0, first - _AHEAD) : first]
            yield Edit(
                start=start,
                ahead=after[ahead[0].start() : ahead[-1].end()] if ahead else "",
                before=_between(before, old[one:other]),
                after=_between(after, new[first:last]),
            )


def _between(text: str, words: Sequence[re.Match[str]]) -> str:
    return text[words[0].start() : words[-1].end()] if words else ""


# --- as text


def _lines(found: ArticleHistory) -> Iterator[str]:
    told = [printable(found.publisher or ""), printable(found.url or "")]
    yield f"article {printable(found.id)}   {'   '.join([*filter(None, told), f'as known {minutes(found.known)[0]}'])}"
    for number, version in enumerate(found.versions, start=1):
        yield from _version_lines(number, version)
    if found.copy_of:
        yield f"copy of    {found.copy_of}"
    for copy in found.copies:
        alike = f" ({copy.percent}% of the words)" if copy.percent is not None and copy.like == found.id else ""
        yield f"copy       {printable(copy.article_id)}{alike}"


def _version_lines(number: int, version: Version) -> Iterator[str]:
    moments = minutes(*[moment for moment in (version.recorded_at, version.superseded_at) if moment])
    yield f"version {number}  recorded {', superseded '.join(moments)}"
    if version.is_removed:
        yield "  its text was removed"
    yield from (f"  words    {edit}" for edit in version.edits)
    yield from (f"  gone     {_claim_line(claim)}" for claim in version.claims_gone)
    yield from (f"  {'new  ' if number > 1 else 'claim'}    {_claim_line(claim)}" for claim in version.claims)
    yield from (f"  shift    {_shift_line(change)}" for change in version.shifts)


def _claim_line(claim: Claim) -> str:
    background = ", background" if claim.background else ""
    said = f"{claim.operation} ({claim.direction}), {claim.status}{background}"
    return f"{claim.id[:8]}  {claim.policy or 'no tracked policy'}: {said}"


def _shift_line(change: ShiftChange) -> str:
    shift = change.after or change.before
    assert shift is not None, "a change is of a shift"
    fields = f": {', '.join(change.fields)}" if change.fields else ""
    return f"{shift.id[:8]}  {change.policy}: {shift.kind} on {change.occurred_on}, {change.change}{fields}"
