"""JSON Schemas of the rule files, for editors that check and complete while one writes: `rules schema`."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from policytrack.errors import ConfigError
from policytrack.meanings import MEANINGS
from policytrack.model import Record
from policytrack.overlays import OverlayFile
from policytrack.packfile import PackFile
from policytrack.status_model import Core
from policytrack.vocabulary import Actors, Operations, StatusWords, TriggerWords
from policytrack.watchfile import WatchFile
from policytrack.yamlfile import did_you_mean

FILES: dict[str, type[Record]] = {
    "pack": PackFile,
    "overlay": OverlayFile,
    "core": Core,
    "operations": Operations,
    "status": StatusWords,
    "triggers": TriggerWords,
    "actors": Actors,
    "sources": WatchFile,
}
"""The kinds of rule files, as their names are, with the record that each holds."""
_LITERAL = {"type": ["string", "integer", "boolean"]}
"""What a condition compares a field with."""
DRAFT = "https://json-schema.org/draft/2020-12/schema"


def schema(kind: str) -> dict[str, Any]:
    """The JSON Schema of one kind of file. Raises ConfigError where there is no such kind.

    It takes what `rules check` takes (of sources, what `policytrack sources FILE` takes) and refuses wrong keys, types
    and values out of closed lists; what files say together (ids, actors, dates) only `rules check` knows.
    """
    if kind not in FILES:
        hint = did_you_mean(kind, FILES) or f"There are: {', '.join(FILES)}."
        raise ConfigError(f"{kind!r} is no kind of rule file. {hint}")
    found = FILES[kind].model_json_schema()
    for name, record in [(FILES[kind].__name__, found), *found.get("$defs", {}).items()]:
        record.pop("title", None)
        for key, value in record.get("properties", {}).items():
            value.pop("title", None)
            if name == "PolicyChange":
                value.pop("default", None)
            if told := _meaning(name, key):
                value["description"] = told
    if kind in ("pack", "overlay"):
        for lists in list(_lists_of_text(found)):
            _also_alone(lists)
    if "Test" in found.get("$defs", {}):
        found["$defs"]["Test"] = {"anyOf": [_LITERAL, {"type": "array", "items": _LITERAL}, found["$defs"]["Test"]]}
    return {"$schema": DRAFT, "title": f"policytrack {kind}", **found}


def _also_alone(lists: dict[str, Any]) -> None:
    """Lets a list of one be written without brackets."""
    items = lists.pop("items")
    del lists["type"]
    lists["anyOf"] = [{"type": "array", "items": items}, items]


def _meaning(record: str, key: str) -> str:
    """What a key means, in the words of the reference; a policy's own where a default or a change has the same key."""
    names = (record, "PolicyEntry") if record in ("Defaults", "PolicyChange", "ListChange") else (record,)
    return next((MEANINGS[name][key] for name in names if key in MEANINGS.get(name, {})), "")


def _lists_of_text(node: Any) -> Iterator[dict[str, Any]]:
    if isinstance(node, dict):
        if node.get("type") == "array" and node.get("items", {}).get("type") == "string":
            yield node
        for value in node.values():
            yield from _lists_of_text(value)
    elif isinstance(node, list):
        for value in node:
            yield from _lists_of_text(value)
