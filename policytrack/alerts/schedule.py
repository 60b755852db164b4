"""When an alert is sent: at once, every hour, day or week, after a wait, and not in quiet hours. Pure.

Days and times of day are those of a time zone. A time that a clock skips, when it is put forward, is the moment at
which it is put; one that comes twice is the first of the two.
"""

from __future__ import annotations

import datetime
import re
from typing import Annotated, Final, Literal, get_args
from zoneinfo import ZoneInfo, available_timezones

from pydantic import AfterValidator

from policytrack.yamlfile import nearest

Weekday = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]

_WEEKDAYS: Final = get_args(Weekday)
_TIME: Final = re.compile(r"([01][0-9]|2[0-3]):([0-5][0-9])", re.ASCII)
_SEND: Final = re.compile(
    r"(?P<every>now|hourly|daily|weekly)(?: (?P<day>mon|tue|wed|thu|fri|sat|sun))?(?: (?P<time>[0-9]{2}:[0-9]{2}))?"
    r"(?: (?P<zone>[A-Za-z][A-Za-z0-9_+/-]*))?",
    re.ASCII,
)
_HOUR: Final = datetime.timedelta(hours=1)
_DAY: Final = datetime.timedelta(days=1)


def checked_zone(value: str) -> str:
    """The value itself, where it is the name of a time zone; else ValueError."""
    try:
        ZoneInfo(value)
    except (LookupError, ValueError, OSError):  # not there, or no name that a file can have
        raise ValueError(f"{value!r} is no time zone; write {_zone_like(value)}") from None
    return value


def _zone_like(value: str) -> str:
    """A time zone that may have been meant: of that spelling, of that town; else examples."""
    known = sorted(each for each in available_timezones() if not each.startswith(("posix", "right")))
    said = value.casefold().replace(" ", "_")
    for alike in (str.casefold, lambda each: each.rpartition("/")[2].casefold()):
        found = [each for each in known if alike(each) == said]
        if found:
            return min(found, key=lambda each: ("/" not in each, each))
    return nearest(value, known) or "one as Europe/London, or UTC"


def checked_time(value: str) -> str:
    """The value itself, where it is a time of day; else ValueError."""
    if not _TIME.fullmatch(value):
        raise ValueError(f"{value!r} is no time of day; write it as 07:30")
    return value


def checked_send(value: str) -> str:
    """The value itself, where it says when to send; else ValueError."""
    found = _SEND.fullmatch(value)
    if not found:
        raise ValueError(f"{value!r} is no time to send; write now, hourly, daily 07:30, or weekly mon 07:30")
    every, day, time, zone = found.group("every", "day", "time", "zone")
    if (day is not None) is not (every == "weekly") or (time is not None) is not (every in ("daily", "weekly")):
        raise ValueError(f"{value!r} is no time to send; write now, hourly, daily 07:30, or weekly mon 07:30")
    if zone is not None and time is None:
        raise ValueError(f"{value!r}: {every} needs no time zone; write {every}")
    if time is not None:
        checked_time(time)
    if zone is not None:
        checked_zone(zone)
    return value


Send = Annotated[str, AfterValidator(checked_send)]
TimeOfDay = Annotated[str, AfterValidator(checked_time)]
Zone = Annotated[str, AfterValidator(checked_zone)]


def send_at(send: str, recorded_at: datetime.datetime, wait: datetime.timedelta) -> datetime.datetime:
    """When news that was recorded at a moment is sent: after a wait, and then at the next time that `send` names.

    What was recorded at that very time is sent by then.
    """
    found = _SEND.fullmatch(send)
    assert found, "it was checked"
    every, day, time, zone = found.group("every", "day", "time", "zone")
    ready = recorded_at + wait
    if every == "now":
        return ready
    if every == "hourly":
        return ready if ready == _hour_of(ready) else _hour_of(ready) + _HOUR
    return _next_time(ready, str(time), ZoneInfo(zone or "UTC"), day)


def _hour_of(moment: datetime.datetime) -> datetime.datetime:
    return moment.replace(minute=0, second=0, microsecond=0)


def _next_time(moment: datetime.datetime, time: str, zone: ZoneInfo, weekday: str | None = None) -> datetime.datetime:
    """The first moment from this one on at which it is that time in a zone, on that day of the week."""
    day = moment.astimezone(zone).date() - _DAY  # of a time that was skipped the moment may lie on another day
    while True:
        found = at(day, time, zone)
        if found >= moment and (weekday is None or _WEEKDAYS[day.weekday()] == weekday):
            return found
        day += _DAY


def at(day: datetime.date, time: str, zone: ZoneInfo) -> datetime.datetime:
    """The moment at which it is a time of a day in a zone, in UTC."""
    hour, minute = map(int, time.split(":"))
    local = datetime.datetime.combine(day, datetime.time(hour, minute), zone)
    moment = local.astimezone(datetime.UTC)
    if moment.astimezone(zone).replace(tzinfo=None) == local.replace(tzinfo=None):
        return moment
    # A clock that is put forward skips the time: what is left is the moment at which it was put. By the clock that was
    # not put forward the time comes after that moment, by the one that was it has come before.
    low, high = local.replace(fold=1).astimezone(datetime.UTC), moment
    before = low.astimezone(zone).utcoffset()
    while high - low > datetime.timedelta(seconds=1):
        middle = low + (high - low) / 2
        low, high = (middle, high) if middle.astimezone(zone).utcoffset() == before else (low, middle)
    return high.replace(microsecond=0)


def after_quiet(moment: datetime.datetime, begins: str, ends: str, zone: str) -> datetime.datetime:
    """The moment itself, or where it lies in quiet hours, their end. The end is not quiet any more."""
    place = ZoneInfo(zone)
    day = moment.astimezone(place).date() - _DAY
    # In order: where a clock is put forward over the end, the next quiet hours may begin right there.
    for _ in range(3):
        begin = at(day, begins, place)
        end = at(day if begins < ends else day + _DAY, ends, place)
        if begin <= moment < end:
            moment = end
        day += _DAY
    return moment
