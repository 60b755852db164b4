"""Answers and records as cards in a notebook: HTML without script, style sheet or anything fetched.

Colours are those of the notebook, light or dark; a timeline is drawn where the answer is about one policy.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from html import escape

from policytrack.render import timeline
from policytrack.render.glance import Glance, Table, fact_line, with_history
from policytrack.shown import Shown
from policytrack.why import Fact

_BOX = "border:1px solid rgba(128,128,128,0.5);border-radius:4px;padding:8px 12px;max-width:70em;overflow-x:auto"
_CELL = "text-align:left;vertical-align:top;padding:2px 10px 2px 0"
_SHORT = 14
"""Cells up to this length are not broken: dates, ids, words."""
_LONG = 40
"""Cells from this length on are given room: quotations."""
_FAINT = "opacity:0.75"


def html(found: Shown) -> str:
    """The card; well-formed XML too."""
    return f'<div class="policytrack" style="{_BOX}">{"".join(_parts(with_history(found)))}</div>'


def _parts(seen: Glance) -> Iterator[str]:
    yield f"<div><strong>{_shown(seen.head)}</strong></div>"
    if seen.about:
        yield f'<div style="{_FAINT}">{escape(seen.about)}</div>'
    if seen.points:
        yield _list(escape(point) for point in seen.points)
    if seen.note:
        yield f"<div><em>{escape(seen.note)}</em></div>"
    if seen.history is not None:
        yield from _timeline(seen)
    yield from (part for table in seen.tables for part in _table(table))
    if seen.tree:
        yield _tree(seen.tree)


def _timeline(seen: Glance) -> Iterator[str]:
    assert seen.history is not None
    drawn = timeline.svg(seen.history)
    if not drawn:
        yield f'<div style="{_FAINT}">no timeline: no state of {escape(seen.history.policy)} is recorded</div>'
        return
    yield f'<div style="margin-top:6px">{drawn}</div>'
    yield f'<div style="font-size:85%;{_FAINT}">{escape(timeline.caption(seen.history))}</div>'


def _table(table: Table) -> Iterator[str]:
    head = "".join(f'<th scope="col" style="{_CELL}">{escape(name.lower())}</th>' for name in table.head)
    rows = "".join(f"<tr>{_cells(row)}</tr>" for row in table.rows)
    yield f'<table style="border-collapse:collapse;margin-top:6px"><thead><tr>{head}</tr></thead>'
    yield f"<tbody>{rows}</tbody></table>"
    if table.left:
        yield f'<div style="{_FAINT}">{escape(table.left)}</div>'


def _cells(row: Sequence[str]) -> str:
    return "".join(f'<td style="{_CELL};{_wrap(cell)}">{_shown(cell)}</td>' for cell in row)


def _wrap(cell: str) -> str:
    if len(cell) <= _SHORT:
        return "white-space:nowrap"
    return f"white-space:normal{';min-width:16em' if len(cell) >= _LONG else ''}"


def _shown(told: str) -> str:
    return escape(told.replace(" -> ", " → "))


def _tree(facts: Sequence[Fact]) -> str:
    return _list(escape(fact_line(fact)) + (_tree(fact.facts) if fact.facts else "") for fact in facts)


def _list(items: Iterator[str] | Sequence[str]) -> str:
    return f'<ul style="margin:4px 0;padding-left:1.4em">{"".join(f"<li>{item}</li>" for item in items)}</ul>'
