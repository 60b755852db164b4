"""A difference as one HTML page that stands alone: no script, nothing fetched, readable on paper."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from html import escape

from policytrack import wording
from policytrack.cards import ShiftCard
from policytrack.diff import Diff, DiffLine
from policytrack.render import text, words

_HEAD = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title>
<style>
body {{ font: 1rem/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 70rem; padding: 0 1rem; }}
table {{ border-collapse: collapse; width: 100%; }}
th, td {{ border-bottom: 1px solid #999; padding: .3rem .6rem; text-align: left; vertical-align: top; }}
blockquote {{ border-left: .2rem solid #999; margin: .5rem 0; padding-left: 1rem; }}
</style>
</head>
<body>
"""

_COLUMNS = ("policy", "change", "field", "before", "after", "on")


def diff(found: Diff, cards: Sequence[ShiftCard], known: str, note: str) -> str:
    """What differs between two days, as a table, then the shifts with their triggers and quotations."""
    days = f"from {found.on[0]} to {found.on[1]}, " if found.on else ""
    title = escape(f"What changed {days}{known}")
    parts = [f"<h1>{title}</h1>", *_table(found), *(part for card in cards for part in _shift(card))]
    totals = escape(" ".join(text.totals(found, note).split()))
    return _HEAD.format(title=title) + "\n".join([*parts, f"<p>{totals}</p>"]) + "\n</body>\n</html>"


def _table(found: Diff) -> Iterator[str]:
    lines = [line for line in found.lines if line.field != "triggers"]
    if lines:
        head = "".join(f'<th scope="col">{name}</th>' for name in _COLUMNS)
        yield f"<table>\n<thead><tr>{head}</tr></thead>\n<tbody>"
        yield from (_row(line) for line in lines)
        yield "</tbody>\n</table>"


def _row(line: DiffLine) -> str:
    values = (text.value(line.before), text.value(line.after))
    cells = (line.policy, words.change_kind(line), line.field, *values, line.occurred_on or "")
    return "<tr>" + "".join(f"<td>{escape(wording.printable(each))}</td>" for each in cells) + "</tr>"


def _shift(card: ShiftCard) -> Iterator[str]:
    found = card.shift
    step = wording.change(found.before, found.after)
    kind = found.kind.replace("_", " ")
    yield f"<h2>{escape(f'{found.policy}: {step}')}</h2>"
    yield f"<p>{escape(f'on {found.occurred_on} ({kind}; {words.weight(card)})')}</p>"
    told = [words.implied(card), *(words.scope(scope) for scope in found.scope), *words.triggers(found.triggers)]
    yield "<ul>" + "".join(f"<li>{escape(each)}</li>" for each in told if each) + "</ul>"
    for name, cited in words.evidence(card, text.QUOTES):
        head = "" if name == "evidence" else f"{name}: "
        yield f"<blockquote>{escape(head + words.quotation(cited))}<br>{escape(words.source(cited))}</blockquote>"
