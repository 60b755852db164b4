"""A difference as Markdown, to be pasted into a brief: a table of what changed, then the triggers and quotations."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from policytrack import wording
from policytrack.cards import ShiftCard
from policytrack.diff import Diff, DiffLine
from policytrack.render import text, words
from policytrack.shift_changes import ShiftChange, ShiftChanges

_MARKUP = re.compile(r"([\\`*_\[\]<>|#~])")


def diff(found: Diff, cards: Sequence[ShiftCard], known: str, note: str) -> str:
    """What differs between two days; both times stand in the first line."""
    parts = [_heading(found, known), *_table(found), *(_shift(card) for card in cards), escaped(_totals(found, note))]
    return "\n\n".join(part for part in parts if part)


def shift_changes(found: ShiftChanges) -> str:
    """What a change of rules does to shifts: the totals, then a table with a row for each that does not stay."""
    rows = [_change_row(change) for change in found.changes]
    table = ["| shift | policy | on | what | evidence |", "|---|---|---|---|---|", *rows]
    return "\n\n".join([f"**{escaped(words.change_totals(found))}**", *(["\n".join(table)] if rows else [])])


def _change_row(change: ShiftChange) -> str:
    shift = change.after or change.before
    told = [words.changed_field(change, name) for name in change.fields]
    if shift is not None and not told:
        told = [f"{shift.kind}: {wording.change(shift.before, shift.after)}", *words.triggers(shift.triggers)]
    quotes = [wording.quoted(claim.evidence.quote) for claim in change.claims[: text.QUOTES]]
    what, evidence = ("<br>".join(escaped(each) for each in cell) for cell in (told, quotes))
    return f"| {change.change} | `{change.policy}` | {change.occurred_on} | {what} | {evidence} |"


def escaped(told: str) -> str:
    """The words with everything that Markdown would read as its own taken literally, and true arrows."""
    return _MARKUP.sub(r"\\\1", told.replace(" -> ", " → "))


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A table of cells that are taken literally."""
    lines = [f"| {' | '.join(head)} |", "|" + "---|" * len(head)]
    return "\n".join([*lines, *(f"| {' | '.join(escaped(cell) for cell in row)} |" for row in rows)])


def _heading(found: Diff, known: str) -> str:
    days = f"from {found.on[0]} to {found.on[1]}, " if found.on else ""
    return f"**What changed {days}{known}**"


def _table(found: Diff) -> Iterator[str]:
    rows = [_row(line) for line in found.lines if line.field != "triggers"]
    if rows:
        yield "\n".join(["| policy | change | field | before | after | on |", "|---|---|---|---|---|---|", *rows])


def _row(line: DiffLine) -> str:
    cells = (
        words.change_kind(line),
        line.field,
        text.value(line.before),
        text.value(line.after),
        line.occurred_on or "",
    )
    return f"| `{line.policy}` | " + " | ".join(escaped(cell) for cell in cells) + " |"


def _shift(card: ShiftCard) -> str:
    found = card.shift
    step = escaped(wording.change(found.before, found.after))
    head = f"**`{found.policy}`: {step}** on {found.occurred_on} ({found.kind.replace('_', ' ')}; {words.weight(card)})"
    told = [words.implied(card), *(words.scope(scope) for scope in found.scope), *words.triggers(found.triggers)]
    points = "\n".join(f"- {escaped(line)}" for line in told if line)
    return "\n\n".join([head, points, *_quotations(card)])


def _quotations(card: ShiftCard) -> Iterator[str]:
    for name, cited in words.evidence(card, text.QUOTES):
        head = "" if name == "evidence" else f"{name}: "
        yield f"> {head}{escaped(words.quotation(cited))}\n> {escaped(words.source(cited))}"


def _totals(found: Diff, note: str) -> str:
    changed = words.counted(len(found.changed), "policy", "policies")
    corrections = f"corrections: {len(found.corrections)}, changes of rules: {len(found.rules)}"
    told = f"{changed} changed, {found.unchanged} unchanged; shifts: {len(found.shifts)}, {corrections}."
    return f"{told} {note}".rstrip()
