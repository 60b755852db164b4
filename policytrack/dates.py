"""Partial dates, and the dates that news names in words. No clock: everything is told from the article's own date."""

from __future__ import annotations

import calendar
import datetime
import functools
import re
from collections.abc import Callable
from dataclasses import dataclass

from policytrack.model import Precision

_MONTHS = (
    "january", "february", "march", "april", "may", "june", "july", "august", "september", "october", "november",
    "december",
)  # fmt: skip
_WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_NUMBERS = {
    "a": 1, "an": 1, "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8, "nine": 9,
    "ten": 10, "eleven": 11, "twelve": 12, "several": 3, "few": 3,
}  # fmt: skip


def precision(partial: str) -> Precision:
    """Whether a partial date names a day, a month or a year."""
    return "day" if len(partial) == 10 else "month" if len(partial) == 7 else "year"


def first_day(partial: str) -> datetime.date:
    """The first day that a partial date covers."""
    parts = [int(part) for part in partial.split("-")]
    year, month, day = [*parts, 1, 1][:3]
    return datetime.date(year, month, day)


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


_Resolver = Callable[[re.Match[str], str, bool], str | None]

_MONTH = r"(?P<month>" + "|".join(f"{m[:3]}(?:{m[3:]})?" if m[3:] else m for m in _MONTHS) + r"|sept)\b\.?"
_DAY = r"(?P<day>[0-3]?\d)(?:st|nd|rd|th)?\b"
_YEAR = r"(?P<year>(?:19|20)\d\d)\b"
_WEEKDAY = r"(?P<weekday>" + "|".join(_WEEKDAYS) + r")\b"
_COUNT = r"(?P<count>\d{1,3}|" + "|".join(_NUMBERS) + r")"
_UNIT = r"(?P<unit>day|week|month|year)s?"


def mentions(text: str, published: str, future: Callable[[int], bool] | None = None) -> list[Mention]:
    """The dates that a text names, in text order and not overlapping, resolved against `published`.

    `future(offset)` says whether a weekday or month at that offset lies ahead ("from Monday"). A date that cannot be
    resolved at the precision of `published` (a weekday, where only the month is known) is left out.
    """
    found: list[Mention] = []
    for resolve, match in _matches(text):
        if any(m.start < match.end() and match.start() < m.end for m in found):
            continue
        ahead = bool(future and future(match.start()))
        date = _in_calendar(resolve, match, published, ahead)
        if date is not None:
            found.append(Mention(match.start(), match.end(), date, precision(date)))
    return sorted(found, key=lambda m: m.start)


@functools.lru_cache(maxsize=64)
def _matches(text: str) -> tuple[tuple[_Resolver, re.Match[str]], ...]:
    """Where the patterns fit, pattern by pattern; kept, since each frame of a sentence asks for its dates.

    Patterns that cannot fit are left out: most texts name no month, and looking for one costs most.
    """
    lower = text.lower()
    missing = [part for part, words in _NEEDED.items() if not any(word in lower for word in words)]
    return tuple(
        (resolve, match)
        for pattern, resolve in _GRAMMAR
        if not any(part in pattern.pattern for part in missing)
        for match in pattern.finditer(text)
    )


def _in_calendar(resolve: _Resolver, match: re.Match[str], published: str, ahead: bool) -> str | None:
    """What the words mean; None where that lies outside the years 1 to 9999, as the day after 9999-12-31."""
    try:
        date = resolve(match, published, ahead)
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


def _full_date(match: re.Match[str], published: str, ahead: bool) -> str | None:
    month, day = _month_number(match["month"]), int(match["day"])
    if match.groupdict().get("year"):
        return _made(int(match["year"]), month, day)
    return _nearest(first_day(published).year, published, ahead, lambda year: _made(year, month, day))


def _month_date(match: re.Match[str], published: str, ahead: bool) -> str | None:
    month = _month_number(match["month"])
    if match.groupdict().get("year"):
        return f"{match['year']}-{month:02}"
    return _nearest(first_day(published).year, published, ahead, lambda year: f"{year}-{month:02}")


def _nearest(year: int, published: str, ahead: bool, make: Callable[[int], str | None]) -> str | None:
    """The candidate of last, this or next year that lies nearest to the article; ahead of it where that is said."""
    candidates = [made for made in (make(year - 1), make(year), make(year + 1)) if made]
    if ahead:
        candidates = [c for c in candidates if last_day(c) >= first_day(published)] or candidates
    return min(candidates, key=lambda c: abs(days_between(published, c)), default=None)


def _year_date(match: re.Match[str], _published: str, _ahead: bool) -> str | None:
    return match["year"]


def _weekday_date(match: re.Match[str], published: str, ahead: bool) -> str | None:
    if len(published) != 10:
        return None
    day = first_day(published)
    wanted = _WEEKDAYS.index(match["weekday"].lower())
    side = (match.groupdict().get("side") or "").lower()
    if ahead or side == "next":
        return (day + datetime.timedelta(days=(wanted - day.weekday()) % 7 or 7)).isoformat()
    back = (day.weekday() - wanted) % 7
    return (day - datetime.timedelta(days=back or (7 if side == "last" else 0))).isoformat()


_NEAR_DAYS = {"today": 0, "tonight": 0, "yesterday": -1, "tomorrow": 1}


def _near_day(match: re.Match[str], published: str, _ahead: bool) -> str | None:
    if len(published) != 10:
        return None
    return (first_day(published) + datetime.timedelta(days=_NEAR_DAYS[match["near"].lower()])).isoformat()


def _sided_unit(match: re.Match[str], published: str, _ahead: bool) -> str | None:
    step = {"last": -1, "this": 0, "next": 1}[match["side"].lower()]
    unit = match["unit"].lower()
    if unit == "year":
        return str(first_day(published).year + step)
    if len(published) == 4:
        return None
    if unit == "month":
        return _shift_months(published, step)
    return (first_day(published) + datetime.timedelta(days=7 * step)).isoformat()[:7]


def _shift_months(published: str, step: int) -> str:
    months = first_day(published).year * 12 + first_day(published).month - 1 + step
    return f"{months // 12}-{months % 12 + 1:02}"


def _ago(match: re.Match[str], published: str, _ahead: bool) -> str | None:
    count = _NUMBERS.get(match["count"].lower()) or int(match["count"])
    unit = match["unit"].lower()
    if unit == "year":
        return str(first_day(published).year - count)
    if len(published) == 4:
        return None
    if unit == "month":
        return _shift_months(published, -count)
    days = count * (7 if unit == "week" else 1)
    date = (first_day(published) - datetime.timedelta(days=days)).isoformat()
    return date if unit == "day" and len(published) == 10 else date[:7]


def _after(*words: str) -> str:
    """A pattern that fits only right behind one of the words."""
    last = "".join(sorted({re.escape(word[-1]) for word in words}))
    return f"(?<=[{last}])(?:" + "|".join(rf"(?<=\b{word})" for word in words) + ")"


def _iso_date(match: re.Match[str], _published: str, _ahead: bool) -> str | None:
    return _made(int(match["year"]), int(match["month_number"]), int(match["day"]))


# A month's name counts only where no verb can stand: with a day, a year, or after one of these words. ("may", "march")
_BEFORE_MONTH = _after(
    "in ", "since ", "last ", "next ", "of ", "until ", "early ", "late ", "mid-", "by ", "from ", "this "
)
_BEFORE_YEAR = _after("in ", "since ", "of ", "from ", "late ", "early ", "mid-", "until ", "by ", "the ", "its ")


def _capital(resolve: _Resolver) -> _Resolver:
    """The resolver, for month names written with a capital only."""

    def checked(match: re.Match[str], published: str, ahead: bool) -> str | None:
        return resolve(match, published, ahead) if match["month"][0].isupper() else None

    return checked


_NEEDED = {
    _MONTH: tuple(month[:3] for month in _MONTHS),
    _WEEKDAY: _WEEKDAYS,
    _BEFORE_YEAR: ("19", "20"),
    "(?:ago|earlier)": ("ago", "earlier"),
}
"""Parts of patterns, and what a text must have of each to fit a pattern with that part."""

_GRAMMAR: tuple[tuple[re.Pattern[str], _Resolver], ...] = tuple(
    (re.compile(pattern, re.I), resolve)
    for pattern, resolve in (
        (rf"\b{_YEAR[:-2]}-(?P<month_number>0[1-9]|1[0-2])-(?P<day>[0-3]\d)\b", _iso_date),
        (rf"\b{_MONTH}\s+{_DAY},?\s+{_YEAR}", _capital(_full_date)),
        (rf"\b{_DAY}\s+(?:of\s+)?{_MONTH},?\s+{_YEAR}", _capital(_full_date)),
        (rf"\b{_MONTH}\s+{_DAY}(?!\s*(?:%|per\b|,\d))", _capital(_full_date)),
        (rf"\b{_DAY}\s+(?:of\s+)?{_MONTH}", _capital(_full_date)),
        (rf"\b{_MONTH},?\s+(?:of\s+)?{_YEAR}", _capital(_month_date)),
        (rf"{_BEFORE_MONTH}{_MONTH}", _capital(_month_date)),
        (rf"\b(?:(?P<side>last|next|this|past)\s+)?{_WEEKDAY}", _weekday_date),
        (r"\b(?P<near>today|tonight|yesterday|tomorrow)\b", _near_day),
        (r"\b(?P<side>last|this|next)\s+(?P<unit>week|month|year)\b", _sided_unit),
        (rf"\b{_COUNT}\s+{_UNIT}\s+(?:ago|earlier)\b", _ago),
        (rf"{_BEFORE_YEAR}{_YEAR}(?!\s*-\s*\d)", _year_date),
    )
)  # fmt: skip
