"""What an alert file says beside its channels: subscriptions, silences, and whose silence is news. Records."""

from __future__ import annotations

import datetime
import re
from typing import Annotated, Literal

from pydantic import AfterValidator, BeforeValidator, Field, model_validator

from policytrack.alerts.matching import Match, Patterns, listed
from policytrack.alerts.schedule import Send, TimeOfDay, Zone
from policytrack.model import Record
from policytrack.watchfile import Name, Span, as_span

GroupBy = Literal["issuer", "policy", "kind", "pack"]
FollowUp = Literal["corroborated", "confirmed", "disputed", "retracted", "corrected"]
FOLLOW_UPS: tuple[FollowUp, ...] = ("confirmed", "disputed", "retracted", "corrected")
"""What whoever heard of a shift hears of later, unless he says otherwise."""

Names = Annotated[tuple[Name, ...], BeforeValidator(listed), Field(min_length=1)]


class Quiet(Record):
    """Hours of the day in which nothing is sent but what matches `except`; it waits for their end."""

    from_: TimeOfDay = Field(alias="from")
    to: TimeOfDay
    tz: Zone = "UTC"
    except_: Match | None = Field(default=None, alias="except")

    @model_validator(mode="after")
    def _is_not_all_day(self) -> Quiet:
        if self.from_ == self.to:
            raise ValueError(f"quiet hours from {self.from_} to {self.to} never end; write another time")
        return self


class Subscription(Record):
    """Who wants which news, when, and where to."""

    name: Name
    match: Match = Match()
    send: Send = "now"
    group_by: GroupBy | None = None
    wait: Span | None = None
    remind: Literal["never"] = "never"
    follow_ups: Annotated[tuple[FollowUp, ...], BeforeValidator(listed)] = FOLLOW_UPS
    quiet: Quiet | None = None
    to: Names


_HEALTH = re.compile(r"source quiet for (?P<span>[1-9][0-9]{0,4}[mhdw])", re.ASCII)


def checked_moment(value: str) -> str:
    """The value itself, where it is a day or a moment with its time zone; else ValueError."""
    try:
        found = datetime.datetime.fromisoformat(value)
    except ValueError:
        raise ValueError(f"{value!r} is no day and no moment; write 2024-12-01, or 2024-12-01T08:00Z") from None
    if found.tzinfo is None and len(value) != len("2024-12-01"):
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

    match: Match = Match(change=("shift", "correction"))
    until: Annotated[str, AfterValidator(checked_moment)]
    by: Annotated[str, Field(min_length=1)]
    reason: Annotated[str, Field(min_length=1)]

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
