"""What an alert file says beside its channels: subscriptions, silences, and whose silence is news. Records."""

from __future__ import annotations

import datetime
import re
from typing import Annotated, Final, Literal

from pydantic import AfterValidator, BeforeValidator, Field, model_validator

from policytrack.alerts.matching import AnyMatch, Match, Patterns, listed
from policytrack.alerts.schedule import Send, TimeOfDay, Zone
from policytrack.model import Record
from policytrack.watchfile import Name, Span, as_span

GroupBy = Literal["issuer", "policy", "kind", "pack"]
FollowUp = Literal["corroborated", "confirmed", "disputed", "retracted", "corrected"]
FOLLOW_UPS: tuple[FollowUp, ...] = ("confirmed", "disputed", "retracted", "corrected")
"""What whoever heard of a shift hears of later, unless he says otherwise."""

LONGEST_WAIT: Final = datetime.timedelta(days=366)
"""For how long news may be gathered."""


def _checked_some(names: tuple[str, ...]) -> tuple[str, ...]:
    if not names:
        raise ValueError("the list is empty, and nobody would be told; write the name of a channel")
    return names


def _checked_wait(value: str) -> str:
    if as_span(value) > LONGEST_WAIT:
        raise ValueError(f"{value!r} is longer than a year; write 15m, 2h, 3d or 1w")
    return value


def _checked_words(value: str) -> str:
    if not value.strip():
        raise ValueError("it says nothing; write who wants the silence, and why, for whoever finds it")
    return value


Names = Annotated[tuple[Name, ...], BeforeValidator(listed), AfterValidator(_checked_some)]
Words = Annotated[str, AfterValidator(_checked_words)]


class Quiet(Record):
    """Hours of the day in which nothing is sent but what matches `except`; it waits for their end."""

    from_: TimeOfDay = Field(alias="from")
    to: TimeOfDay
    tz: Zone = "UTC"
    except_: AnyMatch | None = Field(default=None, alias="except")

    @model_validator(mode="after")
    def _is_not_all_day(self) -> Quiet:
        if self.from_ == self.to:
            raise ValueError(f"from {self.from_} to {self.to} it would never end; write another time")
        return self


class Subscription(Record):
    """Who wants which news, when, and where to."""

    name: Name
    match: Match = Match()
    send: Send = "now"
    group_by: GroupBy | None = None
    wait: Annotated[Span, AfterValidator(_checked_wait)] | None = None
    remind: Literal["never"] = "never"
    follow_ups: Annotated[tuple[FollowUp, ...], BeforeValidator(listed)] = FOLLOW_UPS
    quiet: Quiet | None = None
    to: Names


_DAY_FIRST = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}(?:[T ]|$)", re.ASCII)
_HEALTH = re.compile(r"source quiet for (?P<span>[1-9][0-9]{0,4}[mhdw])", re.ASCII)


def checked_moment(value: str) -> str:
    """The value itself, where it is a day or a moment with its time zone; else ValueError."""
    try:
        found = moment_of(value) if _DAY_FIRST.match(value) else None
    except (ValueError, OverflowError):  # there is no such day, or it is none in UTC
        found = None
    if found is None:
        raise ValueError(f"{value!r} is no day and no moment; write 2024-12-01, or 2024-12-01T08:00Z")
    if len(value) > len("2024-12-01") and datetime.datetime.fromisoformat(value).tzinfo is None:
        raise ValueError(f"{value!r} has no time zone; write {value}Z for UTC")
    return value


def moment_of(value: str) -> datetime.datetime:
    """The moment that a checked value means; of a day its beginning, in UTC."""
    found = datetime.datetime.fromisoformat(value)
    return found.replace(tzinfo=datetime.UTC) if found.tzinfo is None else found.astimezone(datetime.UTC)


def _checked_health(value: str) -> str:
    if not _HEALTH.fullmatch(value):
        raise ValueError(f"{value!r} is no condition; write source quiet for 12h")
    return value


class Silence(Record):
    """News that is not told while a silence holds: until a moment, by whose wish, and why."""

    match: AnyMatch
    until: Annotated[str, AfterValidator(checked_moment)]
    by: Words
    reason: Words

    @property
    def ends_at(self) -> datetime.datetime:
        """From when on it holds no longer."""
        return moment_of(self.until)


class HealthAlert(Record):
    """Who is told of a source that had nothing new for longer than it may: `when: source quiet for 12h`."""

    when: Annotated[str, AfterValidator(_checked_health)]
    to: Names
    sources: Patterns | None = None

    @property
    def span(self) -> datetime.timedelta:
        """How long a source may be quiet."""
        found = _HEALTH.fullmatch(self.when)
        assert found, "it was checked"
        return as_span(found["span"])
