"""An explanation of an article, and the same as lines: what was read of each sentence, or which step said no first."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Sequence
from typing import Literal, NamedTuple

from policytrack.extract.trace import (
    Binding,
    BoundPart,
    Composition,
    No,
    SentenceTrace,
    Statement,
    StatusReading,
)
from policytrack.model import Claim, PartialDate, Record, Span
from policytrack.printable import printable

WIDTH = 96

Mood = Literal["plain", "head", "yes", "no", "faint"]
"""How a line may be coloured: a heading, news, a no, what is said by the way."""

_INDENT = 3
_LABEL = 13


class Line(NamedTuple):
    """One line, at most as wide as was asked for, unless a single word is wider."""

    text: str
    mood: Mood = "plain"


class ArticleExplanation(Record):
    """How an article is read by the rules of now, sentence by sentence. Prints as text.

    `skipped` says why it was not read at all. `sentence_count` counts also the sentences that nothing is shown of.
    """

    article_id: str
    published_at: PartialDate
    title: str = ""
    mode: Literal["policy", "open"]
    policy: str | None = None
    skipped: str | None = None
    note: str = ""
    sentence_count: int = 0
    sentences: tuple[SentenceTrace, ...] = ()

    @property
    def claims(self) -> tuple[Claim, ...]:
        """The admitted claims, each once, in the order of their sentences."""
        found: dict[str, Claim] = {}
        for sentence in self.sentences:
            for statement in sentence.statements:
                for binding in statement.bindings:
                    if binding.claim is not None and binding.admitted:
                        found.setdefault(binding.claim.id, binding.claim)
        return tuple(found.values())

    def __str__(self) -> str:
        return "\n".join(line.text for line in lines(self))


def lines(found: ArticleExplanation, width: int = WIDTH) -> Iterator[Line]:
    """The explanation, line by line."""
    title = f"  {_quoted(found.title)}" if found.title else ""
    yield from _folded(f"article {found.article_id}  {found.published_at}{title}", 0, width, "head")
    yield from _folded(_summary(found), 0, width, "no" if found.skipped else "plain")
    if found.note:
        yield from _folded(found.note, 0, width, "faint")
    for sentence in found.sentences:
        yield Line("")
        yield from _sentence(sentence, width)


def _summary(found: ArticleExplanation) -> str:
    how = f"for {found.policy}" if found.policy else "without packs" if found.mode == "open" else "with all packs"
    if found.skipped:
        return f"not read: {found.skipped}"
    shown, claims = len(found.sentences), found.claims
    news = sum(claim.live for claim in claims)
    counts = f"{shown} of {_counted(found.sentence_count, 'sentence')} below, {_counted(len(claims), 'claim')}"
    return f"read {how}: {counts}, of which {news} {'is' if news == 1 else 'are'} news of a change"


def _counted(number: int, thing: str) -> str:
    return f"{number} {thing if number == 1 else thing + 's'}"


# --- a sentence


def _sentence(found: SentenceTrace, width: int) -> Iterator[Line]:
    head = f"{found.number}  {_quoted(found.quote)} [{found.start}-{found.end}]"
    yield from _folded(head, 0, width, "head", hanging=_INDENT)
    if not found.statements and found.no is not None:
        yield from _folded(_no(found.no), _INDENT, width, "no")
    if found.adds_to:
        sentences = " and ".join(str(number) for number in found.adds_to)
        yield from _folded(f"adds to the claim of sentence {sentences}", _INDENT, width, "yes")
    for statement in found.statements:
        yield from _statement(statement, found.number, width)
    if found.unlinked_cues:
        cues = ", ".join(f"`{cue}`" for cue in found.unlinked_cues)
        yield from _folded(f"no trigger by {cues}: not linked to a claim", _INDENT, width, "faint")


def _no(no: No) -> str:
    if no.step == "operation":
        return f"no operation: {no.reason}" if not no.reason.startswith("reaffirm") else f"no change: {no.reason}"
    return f"{no.step}: {no.reason}"


def _statement(found: Statement, number: int, width: int) -> Iterator[Line]:
    head = f"{found.operation}, {found.direction}"
    if found.no is None:
        yield from _folded(f"{head}: news of a change", _INDENT, width, "yes")
    else:
        yield from _folded(f"{head}: NO, {_no(found.no)}", _INDENT, width, "no")
    yield from _labelled("operation", _composition(found.composition), width)
    if found.status is not None:
        yield from _labelled("status", _status(found.status), width)
    if found.background is not None and (found.background.background or found.background.reasons):
        told = "yes" if found.background.background else "no, too little"
        yield from _labelled("background", f"{told}: {'; '.join(found.background.reasons)}", width)
    if found.unbound and found.no is not None and found.no.step != "binding":
        yield from _labelled("binding", f"none: {found.unbound}", width)
    for refusal in found.refusals:
        if found.no is not None and found.no.step != "binding":
            told = f"not {refusal.policy}, {refusal.part}: {refusal.reason}"
            yield from _labelled("binding", told, width)
        if refusal.instead and refusal.part not in ("score", "part"):
            yield from _labelled("", f"it is about {' and '.join(refusal.instead)}", width)
    for binding in found.bindings:
        yield from _binding(binding, number, width)


def _composition(found: Composition) -> str:
    words = " ".join(f"`{word.quote}`" for word in found.words)
    through = ", done, so permitted" if found.kind in ("conduct", "use") else " of what it governs"
    thing = f" x {found.value}" if found.value else through
    told = f"{found.kind} (`{found.entry}`){thing} = {found.operation}, {found.direction}; words {words}"
    turned = f"; then {', '.join(found.turned)}" if found.turned else ""
    return f"{told}{turned} [{found.rule}]"


def _status(found: StatusReading) -> str:
    words = ", by " + " and ".join(f"`{word.quote}`" for word in found.words) if found.words else ""
    said = f", says {_quoted(found.said_by.quote)}" if found.said_by else ""
    return f"{found.status}{words or ': no word weakens it'}{said} [{', '.join(found.rules)}]"


# --- a policy


def _binding(found: Binding, number: int, width: int) -> Iterator[Line]:
    issuer = found.issuer.id or "nobody known"
    named = f" ({_quoted(found.issuer.text)})" if found.issuer.text else ""
    if found.policy is None:
        yield from _labelled("issuer", f"{issuer}{named}", width)
    else:
        parts = "; ".join(_part(part) for part in found.parts)
        yield from _labelled("binding", f"{found.policy}, issuer {issuer}, {found.score:g}: {parts}", width)
    if found.runner_up is not None:
        yield from _labelled("", f"next would be {found.runner_up.policy}, {found.runner_up.score:g}", width, "faint")
    if found.claim is not None:
        where = ["" if each == number else f" in sentence {each}" for each in found.trigger_sentences]
        yield from _claim(found.claim, where, width)
        check = "passed" if found.admitted else f"refused: {'; '.join(found.problems)}"
        yield from _labelled("value check", check, width)
        yield from _labelled("claim", _mark(found), width)


def _part(found: BoundPart) -> str:
    words = " ".join(f"`{word}`" for word in found.words)
    where = f" (sentence {found.sentence})" if found.sentence else ""
    return f"{found.part} by {found.layer}{where}{' ' + words if words else ''}"


def _claim(found: Claim, where: Sequence[str], width: int) -> Iterator[Line]:
    for trigger, place in zip(found.triggers, where, strict=True):
        hedge = f", hedged by {_quoted(trigger.hedge)}" if trigger.hedge else ""
        said = f", says {_quoted(trigger.attributed_to.quote)}" if trigger.attributed_to else ""
        told = f"{trigger.kind}, by `{trigger.cue}`{place}{hedge}{said}: {_placed(trigger)}"
        yield from _labelled("trigger", told, width)
    for date in found.dates:
        yield from _labelled("date", f"{date.role.replace('_', ' ')} {date.date}, from {_placed(date)}", width)
    for scope in found.scope:
        said = f", says {_quoted(scope.attributed_to.quote)}" if scope.attributed_to else ""
        yield from _labelled("scope", f"{scope.kind}: {_placed(scope)}{said}", width)
    if found.level is not None:
        yield from _labelled("level", _placed(found.level), width)


def _mark(found: Binding) -> str:
    claim = found.claim
    if claim is None:
        return ""
    reasons = f": {'; '.join(claim.confidence.reasons)}" if claim.confidence.reasons else ""
    return f"{claim.id[:8]}, {claim.status}: {_placed(claim.evidence)}, confidence {claim.confidence.value:g}{reasons}"


# --- lines


def _labelled(label: str, told: str, width: int, mood: Mood = "plain") -> Iterator[Line]:
    indent = _INDENT + 2
    yield from _folded(f"{label.ljust(_LABEL)}{told}", indent, width, mood, hanging=indent + _LABEL)


def _folded(told: str, indent: int, width: int, mood: Mood = "plain", hanging: int | None = None) -> Iterator[Line]:
    after = " " * (indent + 4 if hanging is None else hanging)
    wrapped = textwrap.wrap(
        printable(told),
        max(width, 40),
        initial_indent=" " * indent,
        subsequent_indent=after,
        break_long_words=False,
        break_on_hyphens=False,
    )
    for text in wrapped:
        yield Line(text, mood)


def _quoted(words: str) -> str:
    """The words on one line between quotation marks."""
    return f'"{" ".join(words.split())}"'


def _placed(span: Span) -> str:
    return f"{_quoted(span.quote)} [{span.start}-{span.end}]"
