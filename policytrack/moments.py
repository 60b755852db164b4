"""What a caller means by `on` and by `known`: checked at the door, since Python takes a moment for a date.

`on` is a day of the world, as publishers print it; `known` is a moment of the ledger, aware and UTC.
"""

from __future__ import annotations

import datetime
import re
from collections.abc import Callable

from policytrack.dates import first_day, last_day
from policytrack.errors import ConfigError
from policytrack.model import checked_partial_date

Clock = Callable[[], datetime.datetime]
On = str | datetime.date | None
Known = str | datetime.date | datetime.datetime | None

TICK = datetime.timedelta(microseconds=1)
"""The smallest step between two moments of a ledger."""

_SLASHED = re.compile(r"(\d{1,2})[-/.](\d{1,2})[-/.](\d{4})", re.ASCII)
_SPAN = re.compile(r"(\d{1,6})([dw])", re.ASCII)
_OPENS_WITH_A_TIME = re.compile(r"\d{4}-\d{2}-\d{2}[T ]\d", re.ASCII)


def system_clock() -> datetime.datetime:
    """Now, in UTC: the one place where policytrack reads the clock."""
    return datetime.datetime.now(datetime.UTC)


def in_utc(clock: Clock) -> Clock:
    """The same clock, in UTC; ConfigError when it is read and gives a moment without time zone."""

    def now() -> datetime.datetime:
        moment = clock()
        if moment.tzinfo is None:
            raise ConfigError(f"the clock gives {moment.isoformat()}, which has no time zone. Use datetime.now(UTC).")
        return moment.astimezone(datetime.UTC)

    return now


def as_day(value: str | datetime.date, name: str) -> str:
    """A partial ISO date for what a caller gave as `name`; ConfigError where it is no day, month or year."""
    if isinstance(value, datetime.datetime):
        day = value.date().isoformat()
        raise ConfigError(f"{name} {value!r} is a moment; {name} takes a date: write {day!r}. Moments belong to known.")
    if isinstance(value, datetime.date):
        return value.isoformat()
    if not isinstance(value, str):
        raise ConfigError(f"{name} {value!r} is not a date. Write YYYY-MM-DD.")
    return _checked(value.strip(), name)


def as_due(value: str, on: str) -> datetime.date:
    """The last day of a time that begins on a day: "30d" or "4w" from there, or a date, month or year for its end."""
    if isinstance(value, str) and (found := _SPAN.fullmatch(value.strip())):
        days = int(found[1]) * (7 if found[2] == "w" else 1)
        try:
            return last_day(on) + datetime.timedelta(days=days)
        except OverflowError:
            raise ConfigError(f"due {value!r} is too long.") from None
    try:
        until = last_day(as_day(value, "due"))
    except ConfigError:
        raise ConfigError(f"due {value!r} cannot be read. Write 30d, 4w, or a date.") from None
    if until < first_day(on):
        raise ConfigError(f"due {value} is before {on}, from which on it is asked. Write a later date, or 30d.")
    return until


def as_known(value: str | datetime.date) -> datetime.datetime:
    """The UTC moment for what a caller gave as `known`; a date, month or year means its end."""
    if isinstance(value, datetime.datetime):
        return _aware(value, value.isoformat())
    if isinstance(value, datetime.date):
        return end_of(value.isoformat())
    if not isinstance(value, str):
        raise ConfigError(f"known {value!r} is not a moment. Write 2024-11-17T12:00Z, or a date.")
    text = value.strip()
    if not _OPENS_WITH_A_TIME.match(text):
        return end_of(_checked(text, "known"))
    try:
        return _aware(datetime.datetime.fromisoformat(text), text)
    except ValueError:
        raise ConfigError(f"known {value} cannot be read. Write it as 2024-11-17T12:00Z, or as a date.") from None


def end_of(date: str) -> datetime.datetime:
    """The last moment of a partial date, in UTC."""
    return datetime.datetime.combine(last_day(date), datetime.time.max, datetime.UTC)


def start_of(day: datetime.date) -> datetime.datetime:
    """The first moment of a day, in UTC."""
    return datetime.datetime.combine(day, datetime.time.min, datetime.UTC)


def shown(moment: datetime.datetime) -> str:
    """The moment as people read it: to the minute where it is one, else in full."""
    if moment.second or moment.microsecond:
        return moment.isoformat(sep=" ", timespec="auto").replace("+00:00", "Z")
    return moment.strftime("%Y-%m-%d %H:%MZ")


def minutes(*moments: datetime.datetime) -> tuple[str, ...]:
    """The moments to the minute, as people read them; in full where two of them would read alike and are not."""
    told = tuple(moment.strftime("%Y-%m-%d %H:%MZ") for moment in moments)
    return told if len({*told}) == len({*moments}) else tuple(shown(moment) for moment in moments)


def _aware(moment: datetime.datetime, written: str) -> datetime.datetime:
    if moment.tzinfo is None:
        raise ConfigError(f"known {written} has no time zone. Write {written}Z for UTC, or add an offset as +02:00.")
    try:
        return moment.astimezone(datetime.UTC)
    except OverflowError:
        raise ConfigError(f"known {written} lies outside the calendar. Write a moment between 0001 and 9999.") from None


def _checked(text: str, name: str) -> str:
    try:
        return checked_partial_date(text)
    except ValueError:
        raise ConfigError(_remedy(text, name)) from None


def _remedy(text: str, name: str) -> str:
    """What to write instead, where the figures allow one reading or two."""
    figures = _SLASHED.fullmatch(text)
    if figures:
        first, second, year = (int(part) for part in figures.groups())
        readings = sorted(_days(year, ((second, first), (first, second))), key=lambda day: day.day != first)
        if len(readings) == 2:
            one, other = readings
            told = f"{one.day} {one:%B} or {other.day} {other:%B}"
            return f"{name} {text} can be {told}. Write {one} or {other}."
        if readings:
            return f"{name} {text} cannot be read. Write {readings[0]}."
    if _OPENS_WITH_A_TIME.match(text):
        return f"{name} {text} is a moment; {name} takes a date. Write {text[:10]}."
    return f"{name} {text!r} is not a date. Write YYYY-MM-DD, YYYY-MM or YYYY."


def _days(year: int, pairs: tuple[tuple[int, int], ...]) -> set[datetime.date]:
    found = set()
    for month, day in pairs:
        try:
            found.add(datetime.date(year, month, day))
        except ValueError:
            continue
    return found
