"""The timeline of one policy as an SVG picture: a row for each status, a bar for each state, a mark for each shift.

It stands alone: no script, no style sheet, nothing fetched. The row says the status, so that no colour has to; writing
takes the colour of the page around it, and the bars can be seen on white and on black. A pale end of a bar spans the
days on which a state can have begun, where only the month or the year is known.
"""

from __future__ import annotations

import datetime
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from html import escape

from policytrack import wording
from policytrack.dates import first_day, last_day
from policytrack.history import History
from policytrack.model import PolicyState, Shift
from policytrack.states import BEGINNING
from policytrack.status_model import UNKNOWN
from policytrack.wording import printable

STATES = 60
"""How many states are drawn: the latest ones."""

COLOURS = ("#0a7f5a", "#8a6a00", "#0b6fb8", "#b4471d", "#8a4fa3", "#6a737d")
"""By the place of a status among those that a policy can have, the loosest first: one status has one colour everywhere.

White words on them, and they on white or black, are legible.
"""

_WIDTH = 760
_ROW = 26
_TOP = 30
_CHAR = 6.6
"""How wide a letter is, at most, where words have to fit."""
_TIP = 8
_TICKS = 7
"""How many dates the axis has at most."""


def svg(found: History) -> str:
    """The picture; empty where no state is recorded."""
    return _Picture.of(found).svg() if found.states else ""


@dataclass(frozen=True)
class _Picture:
    """What is drawn, with the days between which it is drawn."""

    found: History
    states: tuple[PolicyState, ...]
    rows: tuple[str, ...]
    first: int
    last: int

    @classmethod
    def of(cls, found: History) -> _Picture:
        states = _drawn(found.states)
        seen = {state.status for state in states}
        rows = tuple(status for status in _order(found, states) if status in seen)
        days = [*_days(found, states)]
        room = max((max(days) - min(days)) // 12, 3)
        # The calendar ends somewhere, and an open end must not lie beyond it.
        last = min(max(days) + room, datetime.date.max.toordinal())
        return cls(found, states, rows, max(min(days) - room, 1), last)

    def svg(self) -> str:
        title = escape(printable(f"Timeline of {self.found.policy}"))
        parts = [
            f'<svg xmlns="http://www.w3.org/2000/svg" role="img" aria-label="{title}" '
            f'viewBox="0 0 {_WIDTH} {self.height}" width="100%" style="max-width:{_WIDTH}px;height:auto" '
            'font-family="system-ui, sans-serif" font-size="11" fill="currentColor">',
            f"<title>{title}</title>",
            f"<desc>{escape(self._told())}</desc>",
            *self._axis(),
            *self._labels(),
            *(part for state in self.states for part in self._bar(state)),
            *(self._mark(shift) for shift in self._shifts()),
            *self._asked(),
            "</svg>",
        ]
        return "".join(parts)

    @property
    def height(self) -> int:
        return _TOP + _ROW * len(self.rows) + 22

    @property
    def left(self) -> float:
        return 14 + _CHAR * max(len(printable(status)) for status in self.rows)

    def _order(self) -> list[str]:
        return _order(self.found, self.states)

    def _x(self, day: int) -> float:
        share = (day - self.first) / (self.last - self.first)
        return round(self.left + share * (_WIDTH - self.left - 4), 1)

    def _y(self, status: str) -> int:
        return _TOP + _ROW * self.rows.index(status)

    def _told(self) -> str:
        """All that the picture shows, in words, for who cannot see it."""
        states = (f"{wording.standing(state)} {_when(state)}" for state in self.states)
        shifts = (f"{shift.occurred_on} {_shift_words(shift)}" for shift in self._shifts())
        left = len(self.found.states) - len(self.states)
        told = [f"The latest {len(self.states)} of {len(self.found.states)} states."] if left else []
        told += [f"States: {'; '.join(states)}."]
        told += [f"Shifts: {'; '.join(shifts)}."] if self._shifts() else ["No shift."]
        return printable(" ".join(told))

    def _shifts(self) -> list[Shift]:
        return [each for each in self.found.shifts if self.first <= _middle(each.occurred_on) <= self.last]

    # pieces

    def _axis(self) -> Iterator[str]:
        base = self.height - 20
        yield f'<line x1="{self.left}" y1="{base}" x2="{_WIDTH}" y2="{base}" stroke="currentColor" opacity="0.5"/>'
        for day, label in _ticks(self.first, self.last):
            x = self._x(day)
            yield f'<line x1="{x}" y1="{_TOP}" x2="{x}" y2="{base + 4}" stroke="currentColor" opacity="0.2"/>'
            yield f'<text x="{x}" y="{base + 15}" text-anchor="middle">{label}</text>'

    def _labels(self) -> Iterator[str]:
        for status in self.rows:
            y = self._y(status) + _ROW / 2 + 4
            yield f'<text x="{self.left - 8}" y="{y}" text-anchor="end">{escape(printable(status))}</text>'

    def _bar(self, state: PolicyState) -> Iterator[str]:
        """A bar with a point where an end is open; what it says stands in its title, and in it where it fits."""
        start, end = self._ends(state)
        y, height = self._y(state.status) + 4, _ROW - 8
        basis = state.stage if state.claims else "as the pack says"
        told = escape(printable(f"{wording.standing(state)}, {_when(state)}; {basis}"))
        points = _outline(start, end, y, height, state.valid_from == BEGINNING, state.valid_to is None)
        colour = COLOURS[self._order().index(state.status) % len(COLOURS)]
        # What is not known is drawn as an outline: nothing is there to be filled.
        drawn = 'fill="none" stroke="currentColor" stroke-dasharray="4 3"'
        drawn = drawn if state.status == UNKNOWN else f'fill="{colour}"'
        yield f"<g><title>{told}</title>"
        yield f'<polygon points="{points}" {drawn}/>'
        yield from self._uncertain(state, y, height)
        label = wording.level(state.level) if state.level else ""
        if label and len(label) * _CHAR < end - start:
            yield f'<text x="{start + 5}" y="{y + height - 5}" fill="#fff">{escape(printable(label))}</text>'
        yield "</g>"

    def _ends(self, state: PolicyState) -> tuple[float, float]:
        start = self._x(self.first) if state.valid_from == BEGINNING else self._x(_first(state.valid_from))
        end = self._x(self.last) if state.valid_to is None else self._x(_first(state.valid_to))
        start = max(start, self._x(self.first))
        # A gap keeps neighbours of one status apart.
        return start, max(end - 2, start + 2)

    def _uncertain(self, state: PolicyState, y: int, height: int) -> Iterator[str]:
        """The days on which a state can have begun, where no one day is known."""
        if state.valid_from == BEGINNING or len(state.valid_from) == 10 or state.status == UNKNOWN:
            return
        start, end = self._ends(state)
        width = min(self._x(last_day(state.valid_from).toordinal()), end) - start
        if width > 0:
            yield f'<rect x="{start}" y="{y}" width="{round(width, 1)}" height="{height}" fill="#fff" opacity="0.55"/>'

    def _mark(self, shift: Shift) -> str:
        """A triangle, up where it is looser, down where it is tighter; a diamond where neither; hollow until sure."""
        x, y = self._x(_middle(shift.occurred_on)), _TOP - 12
        shape = {
            "looser": f"{x},{y - 7} {x + 7},{y + 6} {x - 7},{y + 6}",
            "tighter": f"{x},{y + 6} {x + 7},{y - 7} {x - 7},{y - 7}",
        }.get(shift.direction, f"{x},{y - 7} {x + 6},{y} {x},{y + 7} {x - 6},{y}")
        hollow = shift.stage in ("reported", "disputed", "retracted")
        drawn = 'fill-opacity="0" stroke="currentColor" stroke-width="1.5"' if hollow else 'stroke="currentColor"'
        told = escape(printable(f"{shift.occurred_on}: {_shift_words(shift)}"))
        foot = f'<line x1="{x}" y1="{y + 8}" x2="{x}" y2="{self.height - 20}" stroke="currentColor" opacity="0.45"/>'
        return f'<g><title>{told}</title>{foot}<polygon points="{shape}" {drawn}/></g>'

    def _asked(self) -> Iterator[str]:
        """The day that was asked about."""
        if self.found.on is None or not self.first <= _middle(self.found.on) <= self.last:
            return
        x, base = self._x(_middle(self.found.on)), self.height - 20
        yield (
            f'<g><title>{escape(printable(f"asked about: {self.found.on}"))}</title><line x1="{x}" y1="4" x2="{x}" '
            f'y2="{base}" stroke="currentColor" stroke-width="1.5" stroke-dasharray="2 3"/></g>'
        )


def caption(found: History) -> str:
    """What the marks mean, as far as there are any."""
    told = ["▲ looser, ▼ tighter, ◆ neither; hollow until corroborated"] if found.shifts else []
    told += [f"dotted line: {found.on}"] if found.on else []
    told += ["pale: began some day then"] if any(_is_partial(state) for state in _drawn(found.states)) else []
    left = len(found.states) - STATES
    told += [f"the latest {STATES} of {len(found.states):,} states"] if left > 0 else []
    return printable("; ".join(told))


def _is_partial(state: PolicyState) -> bool:
    return state.valid_from != BEGINNING and len(state.valid_from) < 10


def _drawn(states: Sequence[PolicyState]) -> tuple[PolicyState, ...]:
    """The latest states, without an empty beginning: what is not known before all that is known."""
    kept = tuple(states[-STATES:])
    empty = len(kept) > 1 and kept[0].valid_from == BEGINNING and kept[0].status == UNKNOWN
    return kept[1:] if empty else kept


def _order(found: History, states: Sequence[PolicyState]) -> list[str]:
    """All statuses that the policy can have, and any others that it had."""
    return [*dict.fromkeys([*found.statuses, *(state.status for state in states)])]


def _days(found: History, states: Sequence[PolicyState]) -> Iterator[int]:
    """The days that have to be in the picture."""
    edges = [state.valid_from for state in states if state.valid_from != BEGINNING]
    edges += [state.valid_to for state in states if state.valid_to is not None]
    start = min((_first(edge) for edge in edges), default=0)
    edges += [shift.occurred_on for shift in found.shifts if _first(shift.occurred_on) >= start]
    edges += [found.on] if found.on else []
    for edge in edges or [found.known.date().isoformat()]:
        yield from (_first(edge), last_day(edge).toordinal())


def _first(partial: str) -> int:
    return first_day(partial).toordinal()


def _middle(partial: str) -> int:
    return (_first(partial) + last_day(partial).toordinal()) // 2


def _outline(start: float, end: float, y: int, height: int, opens: bool, open_ended: bool) -> str:
    """The corners of a bar; an open end is a point."""
    middle, low = y + height / 2, y + height
    tip = min(_TIP, (end - start) / 2)
    left = [(start + tip, low), (start, middle), (start + tip, y)] if opens else [(start, low), (start, y)]
    right = [(end - tip, y), (end, middle), (end - tip, low)] if open_ended else [(end, y), (end, low)]
    return " ".join(f"{round(x, 1)},{round(height, 1)}" for x, height in (*left, *right))


def _when(state: PolicyState) -> str:
    since = "from before all that is known" if state.valid_from == BEGINNING else f"from {state.valid_from}"
    return f"{since} until before {state.valid_to}" if state.valid_to else f"{since}, still so"


def _shift_words(shift: Shift) -> str:
    triggers = "; ".join(wording.quoted(trigger.quote) for trigger in shift.triggers) or "none stated"
    change = wording.change(shift.before, shift.after)
    return f"{change} ({shift.kind.replace('_', ' ')}, {shift.stage}); trigger: {triggers}"


# --- the axis


def _ticks(first: int, last: int) -> list[tuple[int, str]]:
    """Days with their labels: years, months or days, as many as fit."""
    one, other = datetime.date.fromordinal(first), datetime.date.fromordinal(last)
    for months in (1, 2, 3, 6, 12, 24, 60, 120, 240, 600, 1200, 6000, 12000, 60000):
        found = [*_months(one, other, months)]
        if len(found) <= _TICKS:
            break
    if len(found) < 2:
        step = max((last - first) // _TICKS, 1) + 1
        return [(day, datetime.date.fromordinal(day).isoformat()) for day in range(first + step // 2, last, step)]
    return [(day.toordinal(), f"{day:%Y}" if months >= 12 else f"{day:%Y-%m}") for day in found]


def _months(first: datetime.date, last: datetime.date, step: int) -> Iterator[datetime.date]:
    """The first days of every so many months between two days."""
    number = first.year * 12 + first.month - 1
    number += -number % step
    while number // 12 <= last.year and (day := datetime.date(number // 12, number % 12 + 1, 1)) <= last:
        if day >= first:
            yield day
        number += step
