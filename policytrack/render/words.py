"""The pieces that every rendering is made of: one way to say a standing, a change, a scope, a trigger, a source."""

from __future__ import annotations

import datetime
from collections.abc import Mapping, Sequence
from typing import Final

from policytrack.cards import Cited, ShiftCard
from policytrack.diff import DiffLine, DiffReason
from policytrack.model import Scope, Shift, Span, Standing, Trigger
from policytrack.moments import shown
from policytrack.shift_changes import ShiftChange, ShiftChanges, ShiftField
from policytrack.sides import CONTESTED
from policytrack.wording import NONE, printable, quoted, scopes, standing

_REASONS: Final[Mapping[DiffReason, str]] = {
    "background": "told as earlier history",
    "no_step": "no step tells it",
    "article": "an article came in",
    "late": "taken in late",
    "revised": "an article was revised",
    "retracted": "taken back by its source",
    "corroborated": "better founded",
    "copied": "an article turned out to be a copy",
    "disputed": "contradicted",
    "review": "corrected by a person",
    "removed": "the text of an article was removed",
    "rules": "other rules",
}
"""Why a difference is none that a shift makes, as people read it."""


def reason(line: DiffLine) -> str:
    """Why a difference is none that a shift makes; empty where one makes it."""
    return _REASONS[line.reason] if line.reason else ""


def change_kind(line: DiffLine) -> str:
    """What kind of change a difference is, with the reason."""
    return f"{line.kind}: {reason(line)}" if line.reason else line.kind


def counted(number: int, thing: str, things: str = "") -> str:
    """A number with what it counts: 1 shift, 2 shifts, 2 policies."""
    return f"{number} {thing if number == 1 else things or thing + 's'}"


def known_at(moment: datetime.datetime, *, now: bool) -> str:
    """The moment of knowing, as it can be typed back; `now` says that nobody asked for another."""
    if now:
        # Up to the full second, so that what is known now is known then too.
        second = (moment + datetime.timedelta(microseconds=999_999)).replace(microsecond=0)
        return f"as known now ({_iso(second)})"
    return f"as known {_iso(moment)}"


def known_between(one: str, other: str) -> str:
    """Two moments of knowing, as they were typed."""
    return f"as known {printable(one)} -> as known {printable(other)}"


def times(on: str | None, known: str) -> str:
    """The two times that an answer is about."""
    return f"on {on}, {known}" if on else known


def _iso(moment: datetime.datetime) -> str:
    return shown(moment).replace(" ", "T")


def scope(found: Scope) -> str:
    """A limit, with who says so."""
    return f"scope, {found.kind}: {quoted(found.quote)}{said_by(found.attributed_to)}"


def triggers(found: Sequence[Trigger]) -> list[str]:
    """Each stated cause, or that there is none."""
    return [f"trigger, {trigger(each)}" for each in found] or ["trigger: none stated"]


def trigger(found: Trigger) -> str:
    """A stated cause: its kind, how sure the writer is, the cue, the words, and who says so."""
    hedge = f", hedged by {quoted(found.hedge)}" if found.hedge is not None else ""
    cue = f"{printable(found.cue)} " if found.cue else ""
    return f"stated ({found.kind}{hedge}): {cue}{quoted(found.quote)}{said_by(found.attributed_to)}"


def said_by(speaker: Span | None) -> str:
    """Who says so, where the text names somebody."""
    return f", says {quoted(speaker.quote)}" if speaker else ""


def changed_field(change: ShiftChange, name: ShiftField) -> str:
    """What one field of a shift was by the old rules and is by the new."""
    was, now = (_shift_field(shift, name) for shift in (change.before, change.after))
    return f"{name.replace('_', ' ')}: {was} -> {now}"


def change_totals(found: ShiftChanges) -> str:
    """How many shifts are added, gone, relabelled, changed and the same, and how many claims."""
    counts = [f"{len(found.of(change))} {change}" for change in ("added", "gone", "relabelled", "changed")]
    more = f", {found.left_out} more that are not listed" if found.left_out else ""
    shifts = f"shifts: {', '.join(counts)}{more}, {found.unchanged} the same"
    other = f"; {counted(len(found.triggers), 'has', 'have')} other triggers" if found.triggers else ""
    claims = f"claims: {found.claims_added} added, {found.claims_gone} gone"
    return f"{counted(found.articles, 'article')}; {shifts}{other}; {claims}"


def _shift_field(shift: Shift | None, name: ShiftField) -> str:
    if shift is None:
        return NONE
    value = getattr(shift, name)
    if isinstance(value, Standing):
        return standing(value) + (f", scope: {scopes(value.scope)}" if value.scope else "")
    if name == "issuer":
        return shift.issuer.id or "not known"
    if name == "triggers":
        return "; ".join(trigger(each) for each in shift.triggers) or "none stated"
    if name == "scope":
        return scopes(shift.scope)
    return ", ".join(value) or NONE if isinstance(value, tuple) else str(value)


def source(cited: Cited) -> str:
    """Who printed a claim, when, and the claim's id, between brackets."""
    article = cited.article
    return f"[{printable(article.publisher or article.id)}, {article.published_at}; {cited.short}]"


def quotation(cited: Cited) -> str:
    """The words of a claim, with who says so; a claim that does not state the change says what it is."""
    claim = cited.claim
    mark = "" if claim.factive else f" ({claim.status})"
    return f"{quoted(claim.evidence.quote)}{mark}{said_by(claim.attributed_to)}"


def evidence(card: ShiftCard, most: int) -> list[tuple[str, Cited]]:
    """The first claims of a shift, each with what it is: of one that is contested so many of either side."""
    if card.shift.stage not in CONTESTED:
        return [("evidence", each) for each in card.cited[:most]]
    so = [each for each in card.cited if not each.otherwise]
    otherwise = [each for each in card.cited if each.otherwise]
    said = "said so, and took it back" if card.shift.stage == "retracted" else "says so"
    return [(said, each) for each in so[:most]] + [("says otherwise", each) for each in otherwise[:most]]


def weight(card: ShiftCard) -> str:
    """How well a shift is founded: its stage, its reports, and how many of them do not copy each other."""
    articles = {each.article.id for each in card.cited if not each.otherwise}
    sources = {each.source for each in card.cited if not each.otherwise}
    independent = f", {len(sources)} independent" if len(articles) > 1 else ""
    return f"{card.shift.stage} ({counted(len(articles), 'report')}{independent})"


def implied(card: ShiftCard) -> str:
    """Why a shift that nobody has stated is told at all; empty for any other."""
    shift = card.shift
    if not shift.implied:
        return ""
    sureness = "; ".join([f"confidence {shift.confidence.value:g}", *shift.confidence.reasons])
    return f"implied by use, stated by nobody; {sureness}"
