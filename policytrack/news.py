"""What is new of a shift: that it happened, or that it is better founded, doubted or told otherwise now. Pure.

A shift is told by its first claim. Where that changes it gets another id and is still the same shift: what it takes the
place of is told by its direction.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from typing import Literal, NamedTuple

from policytrack.model import Shift

What = Literal["new", "corroborated", "confirmed", "disputed", "retracted", "corrected"]
"""What is new: the shift itself, a stage that it came to, or what it says."""

Change = Literal["shift", "correction"]
"""Whether the world changed, or what we knew of the past."""


class News(NamedTuple):
    """A piece of news about a shift as it stands now; `before` is what it took the place of, where that has another id.

    `what` is None where nothing is new but the id. A shift that is gone is `retracted`, and given as it stood.
    """

    shift: Shift
    what: What | None
    before: Shift | None = None


def news_of(gone: Sequence[Shift], new: Sequence[Shift], recorded: Collection[str]) -> Iterator[News]:
    """What is new of the shifts of a policy, where `gone` stand no longer and `new` did not stand before.

    `recorded` are those ids of new ones that have stood before, at any time. What was taken back before anybody could
    be told of it is no news.
    """
    left = {shift.id: shift for shift in gone}
    for shift in new:
        if (before := left.pop(shift.id, None)) is not None:
            yield from (News(shift, what) for what in _learned(before, shift))
    for shift in new:
        if any(shift.id == each.id for each in gone):
            continue
        before = None if shift.id in recorded else _replaced(left, shift)
        if before is not None:
            del left[before.id]
            yield from (News(shift, what, before) for what in _learned(before, shift) or (None,))
        elif shift.id in recorded:
            yield News(shift, "retracted" if shift.stage == "retracted" else "corrected")
        elif shift.stage != "retracted":
            yield News(shift, "new")
    yield from (News(shift, "retracted") for shift in left.values() if shift.stage != "retracted")


def _replaced(left: dict[str, Shift], shift: Shift) -> Shift | None:
    """The first one that stands no longer and that this one takes the place of."""
    # What comes after a shift that was taken back is news.
    same = (each for each in left.values() if each.direction == shift.direction and each.stage != "retracted")
    return next(same, None)


def _learned(before: Shift, after: Shift) -> list[What]:
    """What is new of a shift that was told before."""
    says_otherwise = _says(before) != _says(after) or not _refines(before.occurred_on, after.occurred_on)
    whats: list[What] = ["corrected"] if says_otherwise else []
    if after.stage != before.stage:
        was_more = (before.stage, after.stage) == ("confirmed", "corroborated")
        whats.append("corrected" if after.stage == "reported" or was_more else after.stage)
    return list(dict.fromkeys(whats))


def _refines(before: str, after: str) -> bool:
    """Whether a date says the same as another, or says it more exactly."""
    return after.startswith(before)


def _says(shift: Shift) -> tuple[object, ...]:
    """What a shift says happened; more words for a limit on it or for its cause are no correction."""
    standing = [
        (each.status, each.level, each.until, each.scheduled and each.scheduled.model_dump_json())
        for each in (shift.before, shift.after)
    ]
    return shift.kind, shift.direction, *standing
