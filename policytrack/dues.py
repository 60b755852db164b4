"""What falls due: the expected end of a state, and the day on which something scheduled comes into force."""

from __future__ import annotations

import datetime
from typing import Literal

from pydantic import ConfigDict, Field

from policytrack.dates import first_day, last_day
from policytrack.model import SCHEMA, PartialDate, PolicyId, PolicyState, Record

What = Literal["ends", "comes_into_force"]


class Due(Record):
    """That a state is expected to end, or that what it schedules comes into force, `on` a day, a month or a year."""

    schema_: int = Field(default=SCHEMA, alias="schema")
    policy: PolicyId
    what: What
    on: PartialDate
    state: PolicyState

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True, serialize_by_alias=True)


def told_by(state: PolicyState) -> list[Due]:
    """What a state says will come, whenever that is: none, one or both."""
    scheduled = state.scheduled.on if state.scheduled else None
    dated: tuple[tuple[What, str | None], ...] = (("ends", state.until), ("comes_into_force", scheduled))
    return [Due(policy=state.policy, what=what, on=on, state=state) for what, on in dated if on and on != "open"]


def dues_of(state: PolicyState, since: datetime.date, until: datetime.date) -> list[Due]:
    """What a state says will come from one day to another.

    Both days count, and a month or a year where it overlaps the time between.
    """
    return [due for due in told_by(state) if first_day(due.on) <= until and last_day(due.on) >= since]
