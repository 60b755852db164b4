"""JSON Schemas of rule files: they take what is right, and refuse what they can know to be wrong."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from typer.testing import CliRunner

from policytrack.cli import app
from policytrack.schemas import FILES, schema
from policytrack.yamlfile import read_yaml
from tests.builders import RULES

PACKS = [*(RULES / "packs").glob("*.yaml"), *(Path(__file__).parent).glob("written_*/packs/*.yaml")]
OVERLAYS = sorted((Path(__file__).parent / "broken").glob("PT16*.yaml"))
RUNNER = CliRunner()


def data(path: Path) -> Any:
    document, problems = read_yaml(path)
    assert document is not None, problems
    return document.data


def errors(kind: str, found: Any) -> list[str]:
    return [error.message for error in jsonschema.Draft202012Validator(schema(kind)).iter_errors(found)]


@pytest.mark.parametrize("kind", FILES)
def test_a_schema_is_one(kind: str) -> None:
    jsonschema.Draft202012Validator.check_schema(schema(kind))


@pytest.mark.parametrize("path", PACKS, ids=lambda path: path.stem)
def test_every_pack_fits(path: Path) -> None:
    assert errors("pack", data(path)) == []


@pytest.mark.parametrize("path", OVERLAYS, ids=lambda path: path.stem)
def test_every_overlay_fits(path: Path) -> None:
    assert errors("overlay", data(path)) == []


@pytest.mark.parametrize(
    "wrong",
    [
        {"overlay": "ours", "version": 1},
        {"overlay": "ours", "version": 1, "changes": "salt", "defaults": {}},
        {"overlay": "ours", "version": 1, "changes": "salt", "policies": [{"id": "a.b", "add": {"title": "T"}}]},
        {"overlay": "ours", "version": 1, "changes": "salt", "policies": [{"id": "a.b", "corroborate": None}]},
    ],
)
def test_what_is_wrong_in_an_overlay_is_refused(wrong: Any) -> None:
    assert errors("overlay", wrong)


@pytest.mark.parametrize("kind", [kind for kind in FILES if kind not in ("pack", "overlay", "sources")])
def test_the_shipped_rules_fit(kind: str) -> None:
    assert errors(kind, data(RULES / f"{kind}.yaml")) == []


@pytest.mark.parametrize(
    "wrong",
    [
        {"pack": "salt"},
        {"pack": "salt", "version": "one"},
        {"pack": "salt", "version": 1, "policys": []},
        {"pack": "salt", "version": 1, "policies": [{"id": "a.b", "title": "T", "kind": "permision"}]},
        {"pack": "salt", "version": 1, "policies": [{"id": "a.b", "title": "T", "instrument": [1]}]},
        {"pack": "salt", "version": 1, "tests": [{"text": "T", "gives": "ban"}]},
    ],
)
def test_what_is_wrong_in_itself_is_refused(wrong: Any) -> None:
    assert errors("pack", wrong)


WIRE = {"name": "wire", "url": "https://a.example/feed", "every": "15m", "columns": {"text": "body"}}


@pytest.mark.parametrize(
    ("wrong", "fits"),
    [
        ({}, True),
        ({"evry": "15m"}, False),
        ({"every": 15}, False),
        ({"full_text": "yes"}, False),
        ({"columns": {"txt": "body"}}, False),
        ({"name": None}, False),
    ],
)
def test_a_file_of_sources_fits_or_is_refused(wrong: Any, fits: bool) -> None:
    assert (errors("sources", {"sources": [{**WIRE, **wrong}]}) == []) is fits
    assert errors("sources", {"sources": []}) and errors("sources", {"source": [WIRE]})


def test_a_list_of_one_may_stand_without_brackets() -> None:
    policy = {"id": "a.b", "title": "T", "instrument": "salt", "issuer": "in"}
    assert errors("pack", {"pack": "salt", "version": 1, "policies": [policy]}) == []


@pytest.mark.parametrize(("on", "fits"), [(2019, True), ("2019-05", True), (20190501, False), (True, False)])
def test_a_year_may_stand_alone_as_a_number(on: object, fits: bool) -> None:
    start = {"status": "set", "on": on, "until": on}
    tests = [{"text": "T", "on": on, "gives": "none"}]
    pack = {"pack": "salt", "version": 1, "policies": [{"id": "a.b", "title": "T", "start": start}], "tests": tests}
    assert (errors("pack", pack) == []) is fits


@pytest.mark.parametrize(("kind", "name"), [("pack", "PackFile"), ("overlay", "OverlayFile"), ("sources", "WatchFile")])
def test_every_key_of_a_pack_is_explained(kind: str, name: str) -> None:
    found = schema(kind)
    records = {name: found, **{name: each for name, each in found["$defs"].items() if name != "Level"}}
    silent = [(name, key) for name, each in records.items() for key, value in each["properties"].items()
              if "description" not in value]  # fmt: skip
    assert silent == []


def test_the_command_prints_it_and_writes_no_file_twice(tmp_path: Path) -> None:
    printed = RUNNER.invoke(app, ["rules", "schema"])
    assert json.loads(printed.stdout) == schema("pack")
    target = tmp_path / "pack.schema.json"
    assert RUNNER.invoke(app, ["rules", "schema", "pack", "--output", str(target)]).exit_code == 0
    assert json.loads(target.read_text(encoding="utf-8")) == schema("pack")
    again = RUNNER.invoke(app, ["rules", "schema", "core", "--output", str(target)])
    assert again.exit_code == 2
    assert json.loads(target.read_text(encoding="utf-8")) == schema("pack")
    unknown = RUNNER.invoke(app, ["rules", "schema", "packs"])
    assert unknown.exit_code == 2
    assert 'Did you mean "pack"?' in unknown.stderr
