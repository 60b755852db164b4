"""Which news a subscription wants, and why not. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from fnmatch import fnmatchcase
from typing import Annotated, Any, Final, Literal, NamedTuple, get_args

from pydantic import AfterValidator, BeforeValidator, model_validator

from policytrack.model import Direction, Record, Severity, Shift, Stage, TriggerKind
from policytrack.news import Change

WantedStage = Literal["reported", "corroborated", "confirmed", "disputed"]

STAGES: Final[tuple[Stage, ...]] = ("reported", "corroborated", "confirmed")
"""Each of them is better founded than those before it."""


def listed(value: Any) -> Any:
    """One value for a list of one."""
    return [value] if isinstance(value, str) else value


def _checked_some(values: tuple[Any, ...]) -> tuple[Any, ...]:
    if not values:
        raise ValueError("the list is empty, and would match nothing; write what is wanted, or leave the key out")
    return values


Some = AfterValidator(_checked_some)
"""Of a list, that it is not empty."""


def _checked_pattern(value: str) -> str:
    if not value or value != value.strip():
        raise ValueError(f"{value!r} is no pattern; write an id, or a pattern of ids as us.*")
    return value


Pattern = Annotated[str, AfterValidator(_checked_pattern)]
Patterns = Annotated[tuple[Pattern, ...], BeforeValidator(listed), Some]


class TriggerMatch(Record):
    """What one of the stated triggers has to be: of a kind, and with words that match one of these patterns.

    Patterns are compared without regard to case, and may stand anywhere in the words of the trigger.
    """

    kind: Annotated[tuple[TriggerKind, ...], BeforeValidator(listed), Some] | None = None
    words: Patterns | None = None

    @property
    def told(self) -> tuple[str, ...]:
        """What is wanted, in words."""
        kinds = () if self.kind is None else (f"one that is {' or '.join(self.kind)}",)
        return kinds if self.words is None else (*kinds, f"with the words {' or '.join(map(repr, self.words))}")

    @model_validator(mode="after")
    def _says_something(self) -> TriggerMatch:
        if self.kind is None and self.words is None:
            raise ValueError("it says nothing; give it a kind, or words")
        return self


class Match(Record):
    """What a subscription wants: all of what is said here. Lists mean any of their entries.

    `severity` and `stage` are the least that is wanted, but for `disputed`, which wants what is. `change` is "shift",
    unless corrections of the past are wanted too. An issuer is wanted by his id, or by the words that name him, without
    regard to case.
    """

    policy: Patterns | None = None
    change: Annotated[tuple[Change, ...], BeforeValidator(listed), Some] = ("shift",)
    kind: Patterns | None = None
    direction: Annotated[tuple[Direction, ...], BeforeValidator(listed), Some] | None = None
    stage: WantedStage | None = None
    issuer: Patterns | None = None
    trigger: TriggerMatch | None = None
    tag: Patterns | None = None
    severity: Severity | None = None


class AnyMatch(Match):
    """What is held back, or let through: corrections too, unless only one of both is named."""

    change: Annotated[tuple[Change, ...], BeforeValidator(listed), Some] = ("shift", "correction")


class Step(NamedTuple):
    """One thing that was looked at: what, whether it let the news pass, and why, in words."""

    name: str
    passes: bool
    told: str


def steps(match: Match, shift: Shift, change: Change) -> Iterator[Step]:
    """What a subscription looks at in a shift, in order; it is wanted where all of it passes."""
    yield _step("change", change in match.change, f"it is a {change}", match.change)
    for name, wanted, found in (
        ("policy", match.policy, (shift.policy,)),
        ("kind", match.kind, (shift.kind,)),
        ("tag", match.tag, shift.tags),
    ):
        if wanted is not None:
            yield _step(name, _any_like(wanted, found), f"it is {', '.join(found) or 'none'}", wanted)
    if match.issuer is not None:
        named = [each for each in (shift.issuer.id, shift.issuer.text) if each]
        told = f"it is {', '.join(named) or 'not known'}"
        yield _step("issuer", _any_like(_folded(match.issuer), _folded(named)), told, match.issuer)
    if match.direction is not None:
        yield _step("direction", shift.direction in match.direction, f"it is {shift.direction}", match.direction)
    if match.severity is not None:
        ranks = get_args(Severity)
        enough = ranks.index(shift.severity) >= ranks.index(match.severity)
        yield _step("severity", enough, f"it is {shift.severity}", (f"{match.severity} at least",))
    if match.trigger is not None:
        told = "; ".join(f'"{each.quote}" ({each.kind})' for each in shift.triggers) or "none is stated"
        yield _step("trigger", _is_triggered(match.trigger, shift), told, match.trigger.told)
    if match.stage is not None:
        yield _stage(match.stage, shift.stage)


def _step(name: str, passes: bool, told: str, wanted: tuple[str, ...]) -> Step:
    return Step(name, passes, told if passes else f"{told}, and {', '.join(wanted)} is wanted")


def _stage(wanted: WantedStage, stage: Stage) -> Step:
    if wanted == "disputed" or stage not in STAGES:
        passes = stage == wanted
    else:
        passes = STAGES.index(stage) >= STAGES.index(wanted)
    least = (wanted if wanted == "disputed" else f"{wanted} at least",)
    return _step("stage", passes, f"it is {stage}", least)


def _folded(words: Iterable[str]) -> tuple[str, ...]:
    return tuple(each.casefold() for each in words)


def _any_like(patterns: tuple[str, ...], found: tuple[str, ...]) -> bool:
    return any(fnmatchcase(each, pattern) for each in found for pattern in patterns)


def _is_triggered(match: TriggerMatch, shift: Shift) -> bool:
    words = None if match.words is None else tuple(f"*{each}*" for each in _folded(match.words))
    return any(
        (match.kind is None or each.kind in match.kind)
        and (words is None or _any_like(words, (each.quote.casefold(),)))
        for each in shift.triggers
    )
