"""Coverage of rules as text, a summary first, then what was not seen by place; and as rows."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from policytrack.coverage import Coverage
from policytrack.render.words import counted

_TABLES = ("conditions", "flips", "policies", "phrases", "words")
_SHOWN = 8
"""How many unseen words of one list are named; the data formats name all."""


def lines(found: Coverage, near: Callable[[str], str]) -> Iterator[str]:
    """The coverage as text; `near` writes a path as one would type it."""
    yield _summary(found)
    for name, rows in (
        ("conditions that no test has seen both hold and fail alone", _conditions(found, near)),
        ("changes of conditions that no test notices", _flips(found, near)),
        (
            "policies without a test that reads news of them, or one that names them and reads none",
            _policies(found, near),
        ),
        ("phrases that stand in no test that reads news of their policy", _phrases(found, near)),
        ("words that no test rests on", _words(found, near)),
    ):
        listed = list(rows)
        if listed:
            yield from ("", f"{name}:", *(f"  {row}" for row in listed))


def _summary(found: Coverage) -> str:
    """`112 of 112 conditions, 64 of 76 policies seen by 92 tests of packs and 160 steps`."""
    counts = []
    for name in _TABLES:
        rows = [_is_seen(row) for row in getattr(found, name)]
        if rows:
            counts.append(f"{sum(rows)} of {len(rows)} {name}")
    told = ", ".join(counts) or "nothing to see"
    return f"{told} seen by {counted(found.tests, 'test')} of packs and {counted(found.steps, 'named step')}"


def _is_seen(row: Any) -> bool:
    return bool(row.noticed if hasattr(row, "noticed") else row.seen)


def _conditions(found: Coverage, near: Callable[[str], str]) -> Iterator[str]:
    for each in found.conditions:
        lacking = [what for what, is_so in (("held", each.held), ("failed alone", each.failed)) if not is_so]
        if lacking:
            told = f'rule "{each.rule}": {each.field} {each.test} never {" nor ".join(lacking)}'
            yield f"{near(each.path)}:{each.line}: {told}"


def _flips(found: Coverage, near: Callable[[str], str]) -> Iterator[str]:
    unnoticed = (each for each in found.flips if not each.noticed)
    yield from (f'{near(each.path)}:{each.line}: rule "{each.rule}": {each.change}' for each in unnoticed)


def _policies(found: Coverage, near: Callable[[str], str]) -> Iterator[str]:
    for each in found.policies:
        lacking = [what for what, is_so in (("no news", each.given), ("no silence", each.silent)) if not is_so]
        if lacking:
            yield f"{near(each.path)}:{each.line}: {each.policy}: {', '.join(lacking)}"


def _phrases(found: Coverage, near: Callable[[str], str]) -> Iterator[str]:
    unseen = (each for each in found.phrases if not each.seen)
    for (path, line, part), group in itertools.groupby(unseen, lambda each: (each.path, each.line, each.part)):
        yield f"{near(path)}:{line}: {part}: {', '.join(each.phrase for each in group)}"


def _words(found: Coverage, near: Callable[[str], str]) -> Iterator[str]:
    for (path, name), group in itertools.groupby(found.words, lambda each: (each.path, each.list)):
        listed = list(group)
        unseen = [each for each in listed if not each.seen]
        if unseen:
            more = f" and {len(unseen) - _SHOWN} more" if len(unseen) > _SHOWN else ""
            told = ", ".join(each.word for each in unseen[:_SHOWN])
            yield f"{near(path)}:{unseen[0].line}: {name}: {len(unseen)} of {len(listed)}: {told}{more}"


def rows(found: Coverage) -> Iterable[dict[str, Any]]:
    """Every row of every table, with the name of its table."""
    for name in _TABLES:
        for row in getattr(found, name):
            yield {"table": name, **row.model_dump(mode="json"), "seen": _is_seen(row)}
