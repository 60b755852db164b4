"""The states and shifts of one policy, for its timeline: asked for only where somebody looks at it."""

from __future__ import annotations

import datetime
from collections.abc import Callable
from dataclasses import dataclass, field

from pydantic import PrivateAttr

from policytrack.model import PolicyState, Record, Shift


@dataclass(frozen=True)
class History:
    """All states of a policy, in their order, and its shifts, as known at `known`.

    `statuses` are those that it can have, the loosest first. `on` is the day that was asked about,
    if any was.
    """

    policy: str
    known: datetime.datetime
    statuses: tuple[str, ...] = ()
    states: tuple[PolicyState, ...] = ()
    shifts: tuple[Shift, ...] = ()
    on: str | None = None


def _nothing() -> None:
    """No history: the record was made by no ledger, or has been copied to another process."""


@dataclass(frozen=True)
class _Source:
    """Whom to ask for the history of a record; no part of what the record says."""

    ask: Callable[[], History | None] = field(default=_nothing, compare=False, repr=False)

    def __reduce__(self) -> tuple[type[_Source], tuple[()]]:
        return _Source, ()


class Remembered(Record):
    """A record about one policy that knows whom to ask for its history."""

    _source: _Source = PrivateAttr(default_factory=_Source)

    def history(self) -> History | None:
        """The history of its policy; None where no ledger made the record. LedgerError where that is gone."""
        return self._source.ask()

    def remembering(self, ask: Callable[[], History | None]) -> None:
        """Nothing; the record knows whom to ask from now on."""
        self._source = _Source(ask)
