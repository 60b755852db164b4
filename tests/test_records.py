"""Pydantic's errors as problems: the place, the offending value, and what would have been right."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Annotated, Literal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic import BaseModel, BeforeValidator, Field

from policytrack.model import PartialDate, Record
from policytrack.records import as_record
from policytrack.yamlfile import read_yaml


def _listed(given: object) -> object:
    return [given] if isinstance(given, str) else given


class Level(Record):
    value: float
    unit: str | None = None


class Begin(Record):
    status: Literal["prohibited", "restricted", "permitted"]
    on: PartialDate | None = None
    level: Level | None = None


class Clause(Record):
    at_least: int | None = None
    not_: tuple[str, ...] = Field(default=(), alias="not")


class Item(Record):
    id: str
    title: str = Field(default="", min_length=3)
    words: Annotated[tuple[str, ...], BeforeValidator(_listed)] = ()
    start: Begin | None = None
    when: dict[str, str | int | bool | Clause] = Field(default_factory=dict)
    cell: Literal["-"] | tuple[Begin, ...] = "-"
    pair: tuple[int, str] = (0, "")


class File(Record):
    version: int = Field(ge=1)
    quiet: bool = False
    rate: float = 1.0
    kinds: dict[Literal["permission", "restriction"], tuple[str, ...]] = Field(default_factory=dict)
    items: tuple[Item, ...] = ()


def read(folder: Path, text: str, model: type[BaseModel] = File) -> tuple[BaseModel | None, list[str]]:
    path = folder / "x.yaml"
    path.write_text(text, encoding="utf-8")
    document, problems = read_yaml(path)
    assert document is not None
    assert problems == []
    record, found = as_record(document, model)
    only_keys = all(problem.code == "PT120" for problem in found)
    assert (record is None) <= bool(found)
    assert only_keys or record is None, "more than keys is wrong, yet there is a record"
    return record, [problem.render().removeprefix(f"{folder}/") for problem in sorted(found)]


def test_a_sound_document_is_a_record(tmp_path: Path) -> None:
    text = """\
version: 2
rate: 1
kinds: {permission: [ban]}
items:
  - id: us.x
    words: one
    start: {status: permitted, level: {value: 4}}
    when: {a: yes, b: 3, c: true, d: {not: [x], at_least: 2}}
    cell: [{status: permitted}]
    pair: [1, x]
"""
    record, problems = read(tmp_path, text)
    assert problems == []
    assert isinstance(record, File)
    item = record.items[0]
    assert (item.words, item.pair, item.start) == (
        ("one",),
        (1, "x"),
        Begin(status="permitted", level=Level(value=4.0)),
    )
    assert item.when == {"a": "yes", "b": 3, "c": True, "d": Clause.model_validate({"not": ["x"], "at_least": 2})}


def test_all_problems_of_a_file_come_at_once_each_with_its_place(tmp_path: Path) -> None:
    text = """\
versoin: 1
quiet: yes
items:
  - id: us.x
    strat: {status: permitted}
    start:
      status: permited
      on: 2024-02-30
  - titel: Some title
    words: [F-16, 155]
"""
    _, problems = read(tmp_path, text)
    assert (
        "\n".join(problems)
        == """\
x.yaml:1:1: PT120 unknown key "versoin". Did you mean "version"?
    1 | versoin: 1
        ^^^^^^^
x.yaml:2:8: PT122 "quiet" must be true or false, not the text 'yes'.
    2 | quiet: yes
               ^^^
x.yaml:5:5: PT120 unknown key "strat" in "us.x". Did you mean "start"?
    5 |     strat: {status: permitted}
            ^^^^^
x.yaml:7:15: PT123 "status" 'permited' is not one of: prohibited, restricted, permitted. Did you mean "permitted"?
    7 |       status: permited
                      ^^^^^^^^
x.yaml:8:11: PT124 "on" '2024-02-30': day is out of range for month.
    8 |       on: 2024-02-30
                  ^^^^^^^^^^
x.yaml:9:5: PT120 unknown key "titel" in item 2 of "items". Did you mean "title"?
    9 |   - titel: Some title
            ^^^^^
x.yaml:9:5: PT121 "id" is missing in item 2 of "items".
    9 |   - titel: Some title
            ^^^^^
x.yaml:10:19: PT122 item 2 of "words" must be text, not the number 155. Put it in quotes: "155".
   10 |     words: [F-16, 155]
                          ^^^"""
    )


def test_a_misspelt_key_is_not_also_missing(tmp_path: Path) -> None:
    _, problems = read(tmp_path, "versoin: 1\n")
    assert len(problems) == 1
    _, problems = read(tmp_path, "zzz: 1\n")
    assert [problem.split(": ")[1][:5] for problem in problems] == ["PT120", "PT121"]


CASES = r"""
version: "3"
  1:10: PT122 "version" must be a whole number, not the text '3'. Take the quotes away: 3.
version: 3.0
  1:10: PT122 "version" must be a whole number, not the number 3.0.
version: true
  1:10: PT122 "version" must be a whole number, not true.
version:
  1:1: PT122 "version" is empty; it must be a whole number.
version: 0
  1:10: PT124 "version" 0: must be greater than or equal to 1.
version: [1]
  1:10: PT122 "version" must be a whole number, not a list.
version: {a: 1}
  1:10: PT122 "version" must be a whole number, not a mapping.
rate: true
  2:7: PT122 "rate" must be a number, not true.
rate: 4%
  2:7: PT122 "rate" must be a number, not the text '4%'.
quiet: 1
  2:8: PT122 "quiet" must be true or false, not the number 1.
quiet: "true"
  2:8: PT122 "quiet" must be true or false, not the text 'true'. Take the quotes away: true.
kinds: []
  2:8: PT122 "kinds" must be a mapping, not a list.
kinds: {permision: [x]}
  2:9: PT123 key 'permision' is not one of: permission, restriction. Did you mean "permission"?
kinds: {permission: x}
  2:21: PT122 "permission" must be a list, not the text 'x'. Write it as a list: [x].
kinds: {permission: [x, null]}
  2:25: PT122 item 2 of "permission" is empty; it must be text. Put it in quotes: "null".
kinds: {permission: [x, true]}
  2:25: PT122 item 2 of "permission" must be text, not true. Put it in quotes: "true".
kinds: {permission: [x, 1.50]}
  2:25: PT122 item 2 of "permission" must be text, not the number 1.5. Put it in quotes: "1.50".
items: 5
  2:8: PT122 "items" must be a list, not the number 5. Write it as a list: [5].
items: {id: x}
  2:8: PT122 "items" must be a list, not a mapping.
items: [x]
  2:9: PT122 item 1 of "items" must be a mapping, not the text 'x'.
items: [{id: x, title: ab}]
  2:24: PT124 "title" 'ab': must have at least 3 characters.
items: [{id: x, words: 5}]
  2:24: PT122 "words" must be a list, not the number 5. Write it as a list: [5].
items: [{id: x, start: {}}]
  2:24: PT121 "status" is missing in "start" in "x".
items: [{id: x, start: {status: permitted, level: {valeu: 1}}}]
  2:52: PT120 unknown key "valeu" in "level" in "x". Did you mean "value"?
items: [{id: x, zzzzz: 1}]
  2:17: PT120 unknown key "zzzzz" in "x". Keys here: id, title, words, start, when, cell, pair.
items: [{id: x, when: {a: [1]}}]
  2:27: PT122 "a" must be text, a whole number, true or false, or a mapping, not a list.
items: [{id: x, when: {a: {at_lest: 1}}}]
  2:28: PT120 unknown key "at_lest" in "a" in "x". Did you mean "at_least"?
items: [{id: x, when: {a: {not: 1}}}]
  2:33: PT122 "not" must be a list, not the number 1. Write it as a list: [1].
items: [{id: x, cell: no}]
  2:23: PT123 "cell" 'no' is not one of: -.
items: [{id: x, cell: [{status: permited}]}]
  2:33: PT123 "status" 'permited' is not one of: prohibited, restricted, permitted. Did you mean "permitted"?
items: [{id: x, pair: [a, b]}]
  2:24: PT122 item 1 of "pair" must be a whole number, not the text 'a'.
items: [{id: x, pair: [1, 2]}]
  2:27: PT122 item 2 of "pair" must be text, not the number 2. Put it in quotes: "2".
"""
"""A line of YAML, and below it the problem that it is: line, column, code, message, hint."""


@pytest.mark.parametrize(("line", "problem"), re.findall(r"^(\S.*)\n  (.*)$", CASES, flags=re.MULTILINE))
def test_each_wrong_value_says_what_would_have_been_right(tmp_path: Path, line: str, problem: str) -> None:
    text = line if line.startswith("version") else f"version: 1\n{line}"
    _, problems = read(tmp_path, text)
    assert [each.splitlines()[0] for each in problems] == [f"x.yaml:{problem}"]


@pytest.mark.parametrize(("text", "what"), [("- a", "a list"), ("word", "the text 'word'"), ("5", "the number 5")])
def test_the_whole_file_can_be_of_the_wrong_type(tmp_path: Path, text: str, what: str) -> None:
    _, (problem,) = read(tmp_path, text)
    assert problem.splitlines()[0] == f"x.yaml:1:1: PT122 the file must be a mapping, not {what}."


def test_a_long_value_is_cut_in_the_message_and_in_the_line_that_is_shown(tmp_path: Path) -> None:
    _, (problem,) = read(tmp_path, f"version: {'x' * 300}")
    message, source, caret = problem.splitlines()
    assert message == f"x.yaml:1:10: PT122 \"version\" must be a whole number, not the text '{'x' * 59}…'."
    assert source == "    1 | version: " + "x" * 110 + "…"
    assert caret == " " * 17 + "^" * 111


def test_text_over_several_lines_is_pointed_at_where_it_begins(tmp_path: Path) -> None:
    _, (problem,) = read(tmp_path, "version: |\n  one\n  two\n")
    assert problem.splitlines()[1:] == ["    1 | version: |", "                 ^"]


_WORDS = st.sampled_from(
    [
        "id",
        "title",
        "words",
        "start",
        "when",
        "not",
        "status",
        "on",
        "version",
        "permitted",
        "x",
        "level",
        "-",
        "2024",
        "at_least",
    ]
)
_TREES = st.recursive(
    st.none() | st.booleans() | st.integers(-3, 3) | st.floats(-2, 2).map(lambda number: round(number, 2)) | _WORDS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_WORDS, inner, max_size=4),
    max_leaves=15,
)


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(item=_TREES, extra=_TREES)
def test_any_data_is_a_record_or_problems_with_a_place(tmp_path: Path, item: object, extra: object) -> None:
    path = tmp_path / "x.yaml"
    path.write_text(json.dumps({"version": 1, "items": [item], "kinds": extra}), encoding="utf-8")
    document, problems = read_yaml(path)
    assert document is not None
    record, problems = as_record(document, File)
    assert (record is None) <= bool(problems)
    for problem in problems:
        assert problem.location.line == 1
        assert problem.source == document.lines[0]
        assert 1 <= problem.location.column < problem.location.column + problem.width <= len(problem.source) + 1


def test_where_only_keys_are_wrong_the_record_is_what_was_meant(tmp_path: Path) -> None:
    """So that what the right keys say is checked in the same run."""
    record, problems = read(tmp_path, "version: 1\nitems: [{id: x, titel: Fish, zzzzz: 1}]")
    assert len(problems) == 2
    assert isinstance(record, File)
    assert record.items[0].title == "Fish"
