"""What questions answer with, where a bare record would leave something unsaid."""

from __future__ import annotations

import datetime
from collections.abc import Iterable
from typing import Literal, TypeVar

from pydantic import AwareDatetime

from policytrack.history import Remembered
from policytrack.model import ClaimStatus, Level, PartialDate, PolicyState, Record, Scheduled, Scope, Stage
from policytrack.shown import Records, Shown

T = TypeVar("T")


class Answers(Records[T]):
    """A list of records, with the two times it is about; `note` says why it is empty."""

    def __init__(
        self, found: Iterable[T], of: type[T], *, known: datetime.datetime, on: str | None = None, note: str = ""
    ) -> None:
        super().__init__(found, of, note)
        self.on = on
        self.known = known


class Said(Record):
    """One claim of a dispute: whether it says that it is so, who printed it when, and the words."""

    says: Literal["so", "otherwise"]
    claim: str
    article_id: str
    publisher: str | None
    published_at: PartialDate
    status: ClaimStatus
    quote: str
    attributed_to: str | None


class StateAnswer(Shown, Remembered):
    """How one policy stood `on` a day, as known at a moment; a whole shows its parts.

    `state` is None where nothing is recorded: the status is unknown then. `sides` has every claim for and against what
    is disputed. `note` says what the reader should know beside it: that the expected end has passed in silence, that
    something was taken back, or that later knowledge differs.
    """

    policy: str
    title: str = ""
    on: str
    known: AwareDatetime
    state: PolicyState | None = None
    parts: tuple[StateAnswer, ...] = ()
    sides: tuple[Said, ...] = ()
    overdue: bool = False
    note: str = ""

    @property
    def status(self) -> str:
        return self.state.status if self.state else "unknown"

    @property
    def level(self) -> Level | None:
        return self.state.level if self.state else None

    @property
    def scope(self) -> tuple[Scope, ...]:
        return self.state.scope if self.state else ()

    @property
    def until(self) -> str | None:
        return self.state.until if self.state else None

    @property
    def scheduled(self) -> Scheduled | None:
        return self.state.scheduled if self.state else None

    @property
    def stage(self) -> Stage | None:
        return self.state.stage if self.state else None

    @property
    def claims(self) -> tuple[str, ...]:
        return self.state.claims if self.state else ()
