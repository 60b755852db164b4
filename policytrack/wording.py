"""How a standing, a step and a quotation are put in words, wherever they are told."""

from __future__ import annotations

from collections.abc import Sequence

from policytrack.model import Level, Scheduled, Scope, Standing
from policytrack.printable import REMOVED
from policytrack.printable import printable as visible

NONE = "(none)"


def printable(words: str) -> str:
    """The words on one line, with what a terminal would obey or turn round written out as escapes."""
    return visible(" ".join(words.split()))


def quoted(words: str) -> str:
    """The words between quotation marks, on one line; or that they were removed."""
    return f'"{printable(words)}"' if words else REMOVED


def standing(state: Standing) -> str:
    """A standing in a few words: status, level, expected end, and what is scheduled."""
    told = [status(state)]
    told += [f"until {state.until}"] if state.until else []
    told += [f"scheduled: {scheduled(state.scheduled)}"] if state.scheduled else []
    return ", ".join(told)


def change(before: Standing, after: Standing) -> str:
    """What a step leads from and to, with no more of either than differs."""
    told = []
    if (before.status, before.level) != (after.status, after.level):
        told.append(f"{status(before)} -> {status(after)}")
    if before.until != after.until:
        told.append(f"until: {before.until or NONE} -> {after.until or NONE}")
    if before.scheduled != after.scheduled:
        told.append(f"scheduled: {scheduled(before.scheduled)} -> {scheduled(after.scheduled)}")
    if before.scope != after.scope and not told:
        told.append(f"{after.status}, scope: {scopes(before.scope)} -> {scopes(after.scope)}")
    return "; ".join(told) or status(after)


def level(value: Level) -> str:
    """A level with its unit."""
    return f"{value.value:g} {value.unit}" if value.unit else f"{value.value:g}"


def scheduled(plan: Scheduled | None) -> str:
    """What is decided but not yet in force."""
    if plan is None:
        return NONE
    return " ".join(
        [plan.status, *([level(plan.level)] if plan.level else []), *([f"on {plan.on}"] if plan.on else [])]
    )


def scopes(found: Sequence[Scope]) -> str:
    """Limits on one line, without who says so."""
    return ", ".join(quoted(scope.quote) for scope in found) or NONE


def status(state: Standing) -> str:
    return f"{state.status} {level(state.level)}" if state.level else state.status
