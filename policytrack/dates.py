"""Partial dates, and the dates that news names in words. No clock: everything is told from the article's own date."""

from __future__ import annotations

import calendar
import datetime
import functools
import re
from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

from policytrack.model import Precision

_MONTHS = (
    "january", "february", "march", "april", "may", "june", "july", "august", "september", "october", "november",
    "december",
)  # fmt: skip
_WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_NUMBERS = {
    "a": 1, "an": 1, "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8, "nine": 9,
    "ten": 10, "eleven": 11, "twelve": 12, "fifteen": 15, "eighteen": 18, "twenty": 20, "thirty": 30, "forty-five": 45,
    "sixty": 60, "ninety": 90, "several": 3, "few": 3, "couple of": 2, "a couple of": 2,
}  # fmt: skip


def precision(partial: str) -> Precision:
    """Whether a partial date names a day, a month or a year."""
    return "day" if len(partial) == 10 else "month" if len(partial) == 7 else "year"


def first_day(partial: str) -> datetime.date:
    """The first day that a partial date covers."""
    return datetime.date.fromisoformat((partial + "-01-01")[:10])


def last_day(partial: str) -> datetime.date:
    """The last day that a partial date covers."""
    first = first_day(partial)
    if len(partial) == 10:
        return first
    if len(partial) == 7:
        return first.replace(day=calendar.monthrange(first.year, first.month)[1])
    return datetime.date(first.year, 12, 31)


def days_between(earlier: str, later: str) -> int:
    """Days from the first day of one partial date to the first day of another; negative where it is before."""
    return (first_day(later) - first_day(earlier)).days


def is_before(one: str, other: str) -> bool:
    """Whether a partial date ends before another begins: `2022` is before `2023-05`, `2023` is not."""
    return last_day(one) < first_day(other)


@dataclass(frozen=True)
class Mention:
    """A date as the text names it. `start` and `end` are offsets into the text that was searched."""

    start: int
    end: int
    date: str
    precision: Precision


@dataclass(frozen=True)
class Duration:
    """A stretch of time as the text names it ("for 90 days")."""

    start: int
    end: int
    count: int
    unit: Literal["day", "week", "month", "year"]


Side = bool | None
"""Whether a date lies ahead of the article (True) or behind it (False); None where nothing says so."""

_Resolver = Callable[[re.Match[str], str, Side], str | None]

_MONTH = r"(?P<month>" + "|".join(rf"{m}\b|{m[:3]}\b\.?" for m in _MONTHS) + r"|sept\b\.?)"
_DAY = r"(?P<day>[0-3]?\d)(?:st|nd|rd|th)?\b"
_YEAR = r"(?P<year>(?:19|20)\d\d)\b"
_WEEKDAY = r"(?P<weekday>" + "|".join(_WEEKDAYS) + r")\b"
_COUNT = r"(?P<count>\d{1,3}|" + "|".join(sorted(_NUMBERS, key=len, reverse=True)) + r")"
_UNIT = r"(?P<unit>day|week|month|year)s?"
_SEASON = r"(?:spring|summer|autumn|winter)"


def mentions(text: str, published: str, future: Callable[[int], Side] | None = None) -> list[Mention]:
    """The dates that a text names, in text order and not overlapping, resolved against `published`.

    `future(offset)` says whether a weekday or month at that offset lies ahead ("from Monday"). A date that cannot be
    resolved at the precision of `published` (a weekday, where only the month is known) is left out.
    """
    found: list[Mention] = []
    for resolve, match in _matches(text):
        if any(m.start < match.end() and match.start() < m.end for m in found):
            continue
        side = _said_side(text, match.start())
        if side is None and future is not None:
            side = future(match.start())
        date = _in_calendar(resolve, match, published, side)
        if date is not None:
            found.append(Mention(match.start(), match.end(), date, precision(date)))
    return _ranged(sorted(found, key=lambda m: m.start), text)


@functools.lru_cache(maxsize=64)
def _matches(text: str) -> tuple[tuple[_Resolver, re.Match[str]], ...]:
    """Where the patterns fit, pattern by pattern; kept, since each frame of a sentence asks for its dates.

    Patterns that cannot fit are left out: most texts name no month, and looking for one costs most.
    """
    if not _HINT.search(text):
        return ()
    lower = text.lower()
    missing = [part for part, words in _NEEDED.items() if not any(word in lower for word in words)]
    return tuple(
        (resolve, match)
        for pattern, resolve in _GRAMMAR
        if not any(part in pattern.pattern for part in missing)
        for match in pattern.finditer(text)
    )


def _ranged(found: list[Mention], text: str) -> list[Mention]:
    """The dates, with the end of a range after its beginning: "from 1 December to 28 February"."""
    for n, (one, other) in enumerate(pairwise(found)):
        is_range = _BETWEEN.fullmatch(text[one.end : other.start]) and not _HAS_YEAR.search(
            text[other.start : other.end]
        )
        if is_range and is_before(other.date, found[n].date):
            later = after(other.date, Duration(0, 0, 1, "year"))
            if later is not None:
                found[n + 1] = Mention(other.start, other.end, later, precision(later))
    return found


def durations(text: str) -> list[Duration]:
    """The stretches of time that something lasts: "for 90 days", "a six-month pause"."""
    return [
        Duration(match.start(), match.end(), _counted(match), match["unit"].lower())  # type: ignore[arg-type]
        for pattern in (_FOR, _COMPOUND)
        for match in pattern.finditer(text)
    ]


def after(start: str, lasting: Duration) -> str | None:
    """The date on which what begins on `start` has lasted so long, as precise as both are; None where it has none."""
    try:
        return _later(start, lasting.count, lasting.unit)
    except (OverflowError, ValueError):
        return None


def _later(start: str, count: int, unit: str) -> str:
    if unit in ("day", "week"):
        if len(start) != 10:
            raise ValueError(f"no day is known in {start}")
        return (first_day(start) + datetime.timedelta(days=count * (7 if unit == "week" else 1))).isoformat()
    if unit == "year":
        return _padded(f"{int(start[:4]) + count}{start[4:]}") if start[5:] != "02-29" else f"{int(start[:4]) + count}"
    if len(start) == 4:
        raise ValueError(f"no month is known in {start}")
    month = _shift_months(start, count)
    return _made(int(month[:4]), int(month[5:7]), first_day(start).day) or month if len(start) == 10 else month


_BETWEEN = re.compile(r"\s*(?:to|and|until|till|through|-|–)\s*", re.I)
_HAS_YEAR = re.compile(r"\d{4}")
_BACK = re.compile(r"\b(?:since|last|back in)\s+(?:early |late |mid-)?$", re.I)
_FORWARD = re.compile(
    r"\b(?:until|till|starting|beginning|effective|next|coming|upcoming|by)\s+"
    r"(?:on |in |from |the end of |the start of |the middle of |early |late |mid-)?$",
    re.I,
)


def _said_side(text: str, at: int) -> Side:
    """What the words just before a date say of its side."""
    before = text[max(0, at - 20) : at]
    if _BACK.search(before):
        return False
    return True if _FORWARD.search(before) else None


def _in_calendar(resolve: _Resolver, match: re.Match[str], published: str, side: Side) -> str | None:
    """What the words mean; None where that lies outside the years 1 to 9999, as the day after 9999-12-31."""
    try:
        date = resolve(match, published, side)
        return None if date is None else _padded(date)
    except (OverflowError, ValueError):
        return None


def _padded(date: str) -> str:
    """The date with four figures for its year; ValueError where there is no such date."""
    year, *rest = date.split("-")
    padded = "-".join([year.zfill(4), *rest])
    first_day(padded)
    return padded


def _month_number(name: str) -> int:
    return next(i for i, month in enumerate(_MONTHS, 1) if month.startswith(name.lower().rstrip(".")[:3]))


def _made(year: int, month: int, day: int) -> str | None:
    try:
        return datetime.date(year, month, day).isoformat()
    except ValueError:
        return None


def _full_date(match: re.Match[str], published: str, side: Side) -> str | None:
    month, day = _month_number(match["month"]), int(match["day"])
    if match.groupdict().get("year"):
        return _made(int(match["year"]), month, day)
    return _nearest(published, side, lambda year: _made(year, month, day))


def _month_date(match: re.Match[str], published: str, side: Side) -> str | None:
    month = _month_number(match["month"])
    if match.groupdict().get("year"):
        return f"{match['year']}-{month:02}"
    return _nearest(published, side, lambda year: f"{year}-{month:02}")


def _month_of_year(match: re.Match[str], published: str, _side: Side) -> str:
    """ "January next year", "June of last year"."""
    return f"{first_day(published).year + _STEPS[match['side'].lower()]}-{_month_number(match['month']):02}"


def _nearest(published: str, side: Side, make: Callable[[int], str | None]) -> str | None:
    """The candidate of last, this or next year that lies nearest to the article, on the side that is said."""
    year = first_day(published).year
    candidates = [made for made in (make(year - 1), make(year), make(year + 1)) if made]
    if side is True:
        candidates = [c for c in candidates if last_day(c) >= first_day(published)] or candidates
    elif side is False:
        candidates = [c for c in candidates if first_day(c) <= last_day(published)] or candidates
    return min(candidates, key=lambda c: abs(days_between(published, c)), default=None)


def _figures(match: re.Match[str], published: str, side: Side) -> str | None:
    """ "5/6" and "05.06.2025": the reading, day or month first, that lies nearest to the article; dots: day first."""
    one, other, given = int(match["one"]), int(match["other"]), match.groupdict().get("year")
    orders = [(other, one)] if match["mark"] == "." else [(other, one), (one, other)]
    years = {month_day: int(given) for month_day in orders} if given else {}
    found = [
        made
        for month, day in orders
        if (made := _dated(years.get((month, day)), month, day, published, side)) is not None
    ]
    near = min(found, key=lambda date: abs(days_between(published, date)), default=None)
    return near if near is None or given or abs(days_between(published, near)) <= _NEAR_FIGURES else None


_NEAR_FIGURES = 150
"""Figures without a year name a day at most so many days away; others ("9/11") name something else."""


def _dated(year: int | None, month: int, day: int, published: str, side: Side) -> str | None:
    if not 1 <= month <= 12:
        return None
    return _made(year, month, day) if year else _nearest(published, side, lambda each: _made(each, month, day))


def _day_of_month(match: re.Match[str], published: str, side: Side) -> str | None:
    """ "on the 12th": of the month before, this one or the next, on the side that is said, else the nearest."""
    if len(published) == 4:
        return None
    months = [_shift_months(published, step) for step in (-1, 0, 1)]
    days = [d for m in months if (d := _made(int(m[:4]), int(m[5:7]), int(match["day"])))]
    day = first_day(published).isoformat()
    kept = [d for d in days if side is None or d == day or (d > day) is side]
    return min(kept, key=lambda d: abs(days_between(published, d)), default=None) if len(published) == 10 else None


def _first_of_range(match: re.Match[str], published: str, side: Side) -> str | None:
    """The "1" of "from 1 to 30 June": a day of the month that the range's end names."""
    month, day = _month_number(match["month"]), int(match["first"])
    if match["year"]:
        return _made(int(match["year"]), month, day)
    return _nearest(published, side, lambda year: _made(year, month, day))


def _year_date(match: re.Match[str], _published: str, _side: Side) -> str | None:
    return match["year"]


def _season(_match: re.Match[str], published: str, _side: Side) -> str:
    """A season or a quarter of this year: no month is said."""
    return published[:4]


def _weekday_date(match: re.Match[str], published: str, side: Side) -> str | None:
    if len(published) != 10:
        return None
    day = first_day(published)
    wanted = _WEEKDAYS.index(match["weekday"].lower())
    said = (match.groupdict().get("side") or "").lower()
    if side or said == "next":
        return (day + datetime.timedelta(days=(wanted - day.weekday()) % 7 or 7)).isoformat()
    back = (day.weekday() - wanted) % 7
    return (day - datetime.timedelta(days=back or (7 if said == "last" else 0))).isoformat()


_NEAR_DAYS = {
    "the day before yesterday": -2, "the day after tomorrow": 2, "today": 0, "tonight": 0, "yesterday": -1,
    "tomorrow": 1, "this morning": 0, "this afternoon": 0, "this evening": 0, "last night": -1, "overnight": 0,
}  # fmt: skip


def _near_day(match: re.Match[str], published: str, _side: Side) -> str | None:
    if len(published) != 10:
        return None
    return (first_day(published) + datetime.timedelta(days=_NEAR_DAYS[match["near"].lower()])).isoformat()


_STEPS = {"last": -1, "past": -1, "this": 0, "next": 1, "coming": 1}


def _sided_unit(match: re.Match[str], published: str, _side: Side) -> str | None:
    step = _STEPS[match["side"].lower()]
    unit = match["unit"].lower()
    if unit == "year":
        return str(first_day(published).year + step)
    if len(published) == 4:
        return None
    if unit == "month":
        return _shift_months(published, step)
    return (first_day(published) + datetime.timedelta(days=7 * step)).isoformat()[:7]


def _coming(match: re.Match[str], published: str, _side: Side) -> str | None:
    """ "in the coming days": the month or year that holds them all."""
    if len(published) != 10:
        return None
    reach = {"day": 7, "week": 28, "month": 120}[match["unit"].lower()]
    first = first_day(published)
    last = first + datetime.timedelta(days=reach)
    if first.year != last.year:
        return None
    return published[:7] if first.month == last.month else published[:4]


def _shift_months(published: str, step: int) -> str:
    months = first_day(published).year * 12 + first_day(published).month - 1 + step
    return f"{months // 12}-{months % 12 + 1:02}"


def _counted(match: re.Match[str]) -> int:
    return _NUMBERS.get(match["count"].lower()) or int(match["count"])


def _ago(match: re.Match[str], published: str, _side: Side) -> str | None:
    return _moved(published, -_counted(match), match["unit"].lower())


def _in_time(match: re.Match[str], published: str, side: Side) -> str | None:
    """ "in 30 days": ahead, where the words or the clause say so."""
    if not match["sure"] and side is not True:
        return None
    return _moved(published, _counted(match), match["unit"].lower())


def _moved(published: str, count: int, unit: str) -> str | None:
    if unit == "year":
        return str(first_day(published).year + count)
    if len(published) == 4:
        return None
    if unit == "month":
        return _shift_months(published, count)
    date = (first_day(published) + datetime.timedelta(days=count * (7 if unit == "week" else 1))).isoformat()
    return date if unit == "day" and len(published) == 10 else date[:7]


def _after(*words: str) -> str:
    """A pattern that fits only right behind one of the words."""
    last = "".join(sorted({re.escape(word[-1]) for word in words}))
    return f"(?<=[{last}])(?:" + "|".join(rf"(?<=\b{word})" for word in words) + ")"


def _iso_date(match: re.Match[str], _published: str, _side: Side) -> str | None:
    return _made(int(match["year"]), int(match["month_number"]), int(match["day"]))


# A month's name counts only where no verb and no name can stand: with a day, a year, or after one of these words.
_BEFORE_ANY_MONTH = (
    "in ", "since ", "last ", "next ", "of ", "until ", "till ", "early ", "late ", "mid-", "mid ", "by ", "from ",
    "this ", "through ", "during ", "end-", "effective ", "starting ", "beginning ",
)  # fmt: skip
_BEFORE_MONTH = _after(*_BEFORE_ANY_MONTH)
_BEFORE_LATER_MONTH = _after("to ", "and ", "before ", "after ", "for ")
_BEFORE_YEAR = _after(
    "in ", "since ", "of ", "from ", "late ", "early ", "mid-", "until ", "till ", "by ", "the ", "its ", "through ",
    "during ", "end-", "before ", "after ", "spring ", "summer ", "autumn ", "winter ",
)  # fmt: skip


def _capital(resolve: _Resolver) -> _Resolver:
    """The resolver, for month names written with a capital only."""

    def checked(match: re.Match[str], published: str, side: Side) -> str | None:
        return resolve(match, published, side) if match["month"][0].isupper() else None

    return checked


def _no_name(resolve: _Resolver) -> _Resolver:
    """The resolver, for month names that are no surname: "after May resigned"."""

    def checked(match: re.Match[str], published: str, side: Side) -> str | None:
        return None if match["month"].lower() in ("may", "march", "april", "june") else resolve(match, published, side)

    return checked


_HINT = re.compile(
    r"\d|day\b|yesterday|tonight|tomorrow|overnight|\b(?:last|this|next|coming|ago|earlier|quarter|spring|summer|autumn"
    r"|winter|time|now)\b|\b(?:" + "|".join(month[:3] for month in _MONTHS) + ")",
    re.I,
)
"""Without one of these no date is named: most sentences are done with one look."""
_NEEDED = {
    _MONTH: tuple(month[:3] for month in _MONTHS),
    _WEEKDAY: _WEEKDAYS,
    _BEFORE_YEAR: ("19", "20"),
    "(?:ago|earlier)": ("ago", "earlier"),
}
"""Parts of patterns, and what a text must have of each to fit a pattern with that part."""
_TO = r"\s*(?:-|–|to|until|till|through|and)\s*"
_GRAMMAR: tuple[tuple[re.Pattern[str], _Resolver], ...] = tuple(
    (re.compile(pattern, re.I), resolve)
    for pattern, resolve in (
        (rf"\b{_YEAR[:-2]}-(?P<month_number>0[1-9]|1[0-2])-(?P<day>[0-3]\d)\b", _iso_date),
        (rf"\b(?P<one>[0-3]?\d)(?P<mark>[/.])(?P<other>[0-3]?\d)(?P=mark){_YEAR}", _figures),
        (rf"\b{_MONTH}\s+{_DAY},?\s+{_YEAR}", _capital(_full_date)),
        (rf"\b{_DAY}\s+(?:of\s+)?{_MONTH},?\s+{_YEAR}", _capital(_full_date)),
        (rf"\b{_MONTH}\s+{_DAY}(?!\s*(?:%|per\b|,\d))", _capital(_full_date)),
        (rf"\b{_DAY}\s+(?:of\s+)?{_MONTH}", _capital(_full_date)),
        (rf"\b(?P<first>[0-3]?\d)(?:st|nd|rd|th)?(?={_TO}[0-3]?\d(?:st|nd|rd|th)?\s+{_MONTH}(?:,?\s+{_YEAR})?)",
         _capital(_first_of_range)),
        (rf"\b{_MONTH}\s+(?:of\s+)?(?P<side>last|this|next)\s+year\b", _capital(_month_of_year)),
        (rf"\b{_MONTH},?\s+(?:of\s+)?{_YEAR}", _capital(_month_date)),
        (rf"{_BEFORE_MONTH}{_MONTH}", _capital(_month_date)),
        (rf"{_BEFORE_LATER_MONTH}{_MONTH}", _capital(_no_name(_month_date))),
        (rf"\b(?:(?P<side>last|next|this|past)\s+)?{_WEEKDAY}", _weekday_date),
        (r"\b(?P<near>" + "|".join(_NEAR_DAYS) + r")\b", _near_day),
        (r"\b(?P<side>last|this|next)\s+(?P<unit>week|month|year)\b", _sided_unit),
        (r"\b(?:coming|next few|next couple of)\s+(?P<unit>day|week|month)s\b", _coming),
        (rf"\b(?:this|(?:in|by|until|since|from)\s+the)\s+(?:coming\s+)?{_SEASON}\b(?!\s+of)", _season),
        (r"\b(?:first|second|third|fourth|last)\s+quarter\b(?!\s+(?:of\s+)?(?:19|20)\d\d)", _season),
        (rf"\b{_COUNT}\s+{_UNIT}\s+(?:ago|earlier)\b", _ago),
        (rf"\b(?:in|within)\s+{_COUNT}\s+{_UNIT}(?:'|’)?(?P<sure>\s+(?:time|from now))?\b", _in_time),
        (rf"\b{_COUNT}\s+{_UNIT}(?P<sure>\s+from\s+now)\b", _in_time),
        (rf"{_after('on ', 'from ', 'until ', 'by ')}(?P<one>[0-3]?\d)(?P<mark>/)(?P<other>[0-3]?\d)\b(?!/)", _figures),
        (rf"{_after('on the ', 'from the ', 'until the ', 'by the ')}(?P<day>[0-3]?\d)(?:st|nd|rd|th)\b"
         r"(?=\s*(?:$|[,.;:)]|and\b|of\s+(?:this|the)\s+month))", _day_of_month),
        (rf"\bQ[1-4],?\s+{_YEAR}", _year_date),
        (rf"{_BEFORE_YEAR}{_YEAR}(?!\s*-\s*\d)", _year_date),
    )
)  # fmt: skip
_FOR = re.compile(
    r"\bfor\s+(?:(?:a|another|an additional|at least|up to|the next|a further|a period of)\s+)?"
    rf"{_COUNT}\s+(?:more\s+)?{_UNIT}\b",
    re.I,
)
_COMPOUND = re.compile(rf"\b{_COUNT}(?:-|(?<=\d) )(?P<unit>day|week|month|year)\b(?![- ]*(?:old|ago|earlier)\b)", re.I)
