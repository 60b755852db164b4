"""What a change of rules does to shifts: which are added, which are gone, which are called or told otherwise. Pure."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Final, Literal, NamedTuple

from pydantic import ConfigDict, Field

from policytrack.dates import first_day
from policytrack.model import SCHEMA, Claim, PartialDate, PolicyId, Record, Shift
from policytrack.shown import Listed

ShiftField = Literal[
    "policy", "kind", "direction", "issuer", "occurred_on", "before", "after", "scope", "triggers", "stage", "implied",
    "severity", "tags",
]  # fmt: skip

COMPARED: Final[tuple[ShiftField, ...]] = ShiftField.__args__  # type: ignore[attr-defined]
"""Left out is what follows from the others, or names them: ids, claims, the rule, dates, confidence."""


class ShiftChange(Record):
    """What becomes of one shift: `before` is None where it is added, `after` where it is gone.

    `fields` are those that differ where there are both. `claims` are what the shift rests on, by the later rules where
    it is not gone.
    """

    schema_: int = Field(default=SCHEMA, alias="schema")
    change: Literal["added", "gone", "relabelled", "changed"]
    policy: PolicyId
    occurred_on: PartialDate
    fields: tuple[ShiftField, ...] = ()
    before: Shift | None = None
    after: Shift | None = None
    claims: tuple[Claim, ...] = ()

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True, serialize_by_alias=True)


class ShiftChanges(Listed, Record):
    """What becomes of the shifts of some articles. `changes` come by policy and day; `unchanged` counts the others.

    As a frame it is its changes.

    A shift of another kind or direction is `relabelled`; with the same label and other triggers, dates or states it is
    `changed`. `left_out` counts the changes that are not listed, where there are too many. `claims_added` and
    `claims_gone` count what is read now and was not, and the reverse.
    """

    schema_: int = Field(default=SCHEMA, alias="schema")
    articles: int = 0
    changes: tuple[ShiftChange, ...] = ()
    left_out: int = 0
    unchanged: int = 0
    claims_added: int = 0
    claims_gone: int = 0

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True, serialize_by_alias=True)

    def of(self, change: str) -> tuple[ShiftChange, ...]:
        """The changes that are `added`, `gone`, `relabelled` or `changed`."""
        return tuple(each for each in self.changes if each.change == change)

    @property
    def triggers(self) -> tuple[ShiftChange, ...]:
        """The changes of shifts that were there and have other triggers now, whatever else of them changed."""
        return tuple(each for each in self.changes if "triggers" in each.fields)

    @property
    def note(self) -> str:
        """Why there is no change."""
        read = f"{self.articles} article{'s' * (self.articles != 1)}"
        return "" if self.changes else f"no shift of {read} changes; {self.unchanged} stay as they are"

    def listing(self) -> tuple[type[ShiftChange], Sequence[ShiftChange]]:
        return ShiftChange, self.changes

    def __bool__(self) -> bool:
        return bool(self.changes)


@dataclass(frozen=True)
class Outcome:
    """Shifts, and the ids of all claims that were read.

    `articles_of` gives the articles of claims by their ids; it is asked for those of shifts that neither their id nor
    their day matches with another. `claims_of` gives claims by their ids; it is asked for those of shifts that differ.
    """

    shifts: Sequence[Shift]
    claim_ids: Collection[str]
    articles_of: Callable[[Collection[str]], Mapping[str, str]]
    claims_of: Callable[[Collection[str]], Mapping[str, Claim]]


def shift_changes(before: Outcome, after: Outcome, *, articles: int = 0, at_most: int | None = None) -> ShiftChanges:
    """What becomes of the shifts of the same articles under other rules; no more than `at_most` changes are listed.

    A shift is the same one where the first claim that made it is, else where it is of the same policy and day, else
    where it is of the same policy and rests on the same article.
    """
    pairs = list(_pairs(before, after))
    differing = sorted((each for each in map(_Pair.of, pairs) if each.differs), key=_Pair.place)
    listed = differing[:at_most]
    ids = {claim for each in listed for claim in each.shift.claims}
    claims = {**before.claims_of(ids), **after.claims_of(ids)} if ids else {}
    old, new = set(before.claim_ids), set(after.claim_ids)
    return ShiftChanges(
        articles=articles,
        changes=tuple(each.change(claims) for each in listed),
        left_out=len(differing) - len(listed),
        unchanged=len(pairs) - len(differing),
        claims_added=len(new - old),
        claims_gone=len(old - new),
    )


class _Pair(NamedTuple):
    """A shift before and after, and the fields that differ where there are both."""

    before: Shift | None
    after: Shift | None
    fields: tuple[ShiftField, ...]

    @classmethod
    def of(cls, pair: tuple[Shift | None, Shift | None]) -> _Pair:
        before, after = pair
        return cls(before, after, _differing(before, after) if before and after else ())

    @property
    def differs(self) -> bool:
        return bool(self.fields) or self.before is None or self.after is None

    @property
    def shift(self) -> Shift:
        """The later of the two that there is."""
        shift = self.after or self.before
        assert shift is not None, "a pair has at least one"
        return shift

    @property
    def kind(self) -> Literal["added", "gone", "relabelled", "changed"]:
        if self.before is None or self.after is None:
            return "added" if self.before is None else "gone"
        return "relabelled" if {"kind", "direction"} & set(self.fields) else "changed"

    def place(self) -> tuple[str, object, str]:
        """Where it comes among others: by policy, day and kind of change."""
        return self.shift.policy, first_day(self.shift.occurred_on), self.kind

    def change(self, claims: Mapping[str, Claim]) -> ShiftChange:
        shift = self.shift
        return ShiftChange(
            change=self.kind, policy=shift.policy, occurred_on=shift.occurred_on, fields=self.fields,
            before=self.before, after=self.after, claims=tuple(claims[each] for each in shift.claims if each in claims),
        )  # fmt: skip


def _differing(before: Shift, after: Shift) -> tuple[ShiftField, ...]:
    return tuple(name for name in COMPARED if _value(before, name) != _value(after, name))


def as_compared(value: Any) -> object:
    """A value as a reader compares it: where a scope or a trigger is quoted from is no difference."""
    if isinstance(value, tuple):
        return [(each.kind, each.quote.casefold() or (each.start, each.end)) for each in value]
    return value


def _value(shift: Shift, name: ShiftField) -> object:
    if name in ("before", "after"):
        standing = getattr(shift, name)
        return [as_compared(getattr(standing, part)) for part in type(standing).model_fields]
    if name == "issuer":
        return shift.issuer.id
    value = getattr(shift, name)
    return value if name == "tags" else as_compared(value)


# --- which shift is which


def _pairs(before: Outcome, after: Outcome) -> Iterator[tuple[Shift | None, Shift | None]]:
    """Each shift of either side, beside what it is on the other, or None."""
    old = {shift.id: shift for shift in before.shifts}
    new = {shift.id: shift for shift in after.shifts}
    yield from ((old.pop(name), new.pop(name)) for name in [name for name in old if name in new])
    yield from _taken(old, new, _days)
    if old and new:
        articles = {**before.articles_of(_claims(old)), **after.articles_of(_claims(new))}
        yield from _taken(old, new, partial(_cited, articles))
    yield from ((shift, None) for shift in old.values())
    yield from ((None, shift) for shift in new.values())


def _taken(
    old: dict[str, Shift], new: dict[str, Shift], marks: Callable[[Shift], Collection[object]]
) -> Iterator[tuple[Shift, Shift]]:
    """Those of both sides that share a mark, each once; they are taken from both."""
    for one, other in list(_matched(old.values(), new.values(), marks)):
        yield old.pop(one.id), new.pop(other.id)


def _claims(shifts: Mapping[str, Shift]) -> set[str]:
    return {claim for shift in shifts.values() for claim in shift.claims}


def _matched(
    old: Iterable[Shift], new: Iterable[Shift], marks: Callable[[Shift], Collection[object]]
) -> Iterator[tuple[Shift, Shift]]:
    """Those of both sides that share a mark, each once, in the order of the old."""
    marked: dict[object, list[Shift]] = {}
    for shift in new:
        for mark in marks(shift):
            marked.setdefault(mark, []).append(shift)
    taken: set[str] = set()
    for shift in old:
        found = (each for mark in marks(shift) for each in marked.get(mark, ()) if each.id not in taken)
        other = next(found, None)
        if other is not None:
            taken.add(other.id)
            yield shift, other


def _days(shift: Shift) -> list[object]:
    return [(shift.policy, shift.occurred_on)]


def _cited(articles: Mapping[str, str], shift: Shift) -> list[object]:
    """The articles that a shift rests on, each with its policy."""
    return [(shift.policy, articles[claim]) for claim in shift.claims if claim in articles]
