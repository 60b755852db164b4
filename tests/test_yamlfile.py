"""Strict YAML: what is read, where it stands, and what is refused."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from policytrack import yamlfile
from policytrack.codes import Code
from policytrack.errors import Problem
from policytrack.yamlfile import MAX_DEPTH, Document, did_you_mean, nearest, read_yaml

QUICK = settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@pytest.fixture(params=["CSafeLoader", "SafeLoader"])
def parser(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """Both parsers that PyYAML may come with."""
    monkeypatch.setattr(yamlfile, "_LOADER", getattr(yaml, request.param))
    return str(request.param)


both_parsers = pytest.mark.usefixtures("parser")


def written(folder: Path, text: str | bytes) -> Path:
    path = folder / "pack.yaml"
    path.write_bytes(text if isinstance(text, bytes) else text.encode("utf-8", "surrogatepass"))
    return path


def sound(folder: Path, text: str) -> Document:
    document, problems = read_yaml(written(folder, text))
    assert problems == []
    assert document is not None
    return document


def wrong(folder: Path, text: str | bytes) -> list[Problem]:
    _, problems = read_yaml(written(folder, text))
    assert problems
    return problems


def places(problems: list[Problem]) -> list[tuple[str, int, int, int]]:
    return [(each.code, each.location.line, each.location.column, each.width) for each in problems]


# --- what is read


@both_parsers
@pytest.mark.parametrize(
    ("written_as", "value"),
    [
        ("NO", "NO"),
        ("no", "no"),
        ("yes", "yes"),
        ("on", "on"),
        ("off", "off"),
        ("y", "y"),
        ("True", "True"),
        ("12:30", "12:30"),
        ("2024-11-12", "2024-11-12"),
        ("2024-11", "2024-11"),
        ("2001-12-14T21:59:43Z", "2001-12-14T21:59:43Z"),
        ("010", "010"),
        ("0x1f", "0x1f"),
        ("1_000", "1_000"),
        ("1e3", "1e3"),
        (".5", ".5"),
        ("5.", "5."),
        (".inf", ".inf"),
        ("+5", "+5"),
        ("9" * 400, "9" * 400),
        ("F-16", "F-16"),
        ("-", "-"),
        ('"true"', "true"),
        ('"5"', "5"),
        ("''", ""),
        ("true", True),
        ("false", False),
        ("null", None),
        ("~", None),
        ("0", 0),
        ("-5", -5),
        ("4.25", 4.25),
        ("-0.5", -0.5),
    ],
)
def test_values_mean_what_their_writer_meant(tmp_path: Path, written_as: str, value: object) -> None:
    if written_as == "-":
        written_as = "'-'"
    found = sound(tmp_path, f"key: {written_as}\n").data["key"]
    assert found == value
    assert type(found) is type(value)


@both_parsers
def test_every_key_is_text(tmp_path: Path) -> None:
    document = sound(tmp_path, "on: 1\nno: 2\n12: 3\n1.5: 4\ntrue: 5\nnull: 6\n2024-11-12: 7\n12:30: 8\n")
    assert list(document.data) == ["on", "no", "12", "1.5", "true", "null", "2024-11-12", "12:30"]


@both_parsers
def test_lists_mappings_and_blocks_of_text_are_read(tmp_path: Path) -> None:
    text = "words: [roll back, do away with]\nwhen: {a: {b: [1]}}\nnote: |\n  one\n  two\nlist:\n- x\n-\n  y: z\n"
    assert sound(tmp_path, text).data == {
        "words": ["roll back", "do away with"],
        "when": {"a": {"b": [1]}},
        "note": "one\ntwo\n",
        "list": ["x", {"y": "z"}],
    }


@both_parsers
def test_a_directive_and_the_mark_of_the_only_document_are_taken(tmp_path: Path) -> None:
    assert sound(tmp_path, "%YAML 1.1\n--- # rules\na: 1\n...\n").data == {"a": 1}


def test_the_digest_stands_for_the_bytes(tmp_path: Path) -> None:
    one = sound(tmp_path, "a: 1\n").digest
    assert one == sound(tmp_path, "a: 1\n").digest
    assert one != sound(tmp_path, "a: 1 \n").digest


# --- where it stands


PLACED = """\
pack: x
policies:
  - id: us.x
    issuer: [us,  "gb"]
    start: {status: permitted, on: 2024}
  - id:
    title: 😀 é
tests: [{a: 1},
  {b: 2}]
"""


@both_parsers
@pytest.mark.parametrize(
    ("loc", "line", "column", "width"),
    [
        ((), 1, 1, 4),
        (("pack",), 1, 7, 1),
        (("policies",), 3, 3, 1),
        (("policies", 0), 3, 5, 2),
        (("policies", 0, "id"), 3, 9, 4),
        (("policies", 0, "issuer"), 4, 13, 11),
        (("policies", 0, "issuer", 1), 4, 19, 4),
        (("policies", 0, "start"), 5, 12, 29),
        (("policies", 0, "start", "on"), 5, 36, 4),
        (("policies", 1, "id"), 6, 5, 2),  # an empty value: its key
        (("policies", 1, "title"), 7, 12, 3),  # code points, not bytes
        (("policies", 1, "issuer"), 6, 5, 2),  # not there: the first key of its mapping
        (("policies", 0, "issuer", 7), 4, 13, 11),
        (("tests",), 8, 8, 8),  # goes on: to the end of its line
        (("tests", 1, "b"), 9, 7, 1),
        (("nowhere", 3, "at all"), 1, 1, 4),
    ],
)
def test_each_value_has_its_place(
    tmp_path: Path, loc: tuple[str | int, ...], line: int, column: int, width: int
) -> None:
    document = sound(tmp_path, PLACED)
    where = document.location(loc)
    assert (where.line, where.column) == (line, column)
    problem = document.problem(loc, "PT999", "wrong.")
    assert (problem.source, problem.width) == (PLACED.splitlines()[line - 1], width)


@both_parsers
def test_a_key_has_its_place_too(tmp_path: Path) -> None:
    document = sound(tmp_path, PLACED)
    assert document.problem(("policies", 0, "start", "on"), "PT999", "wrong.", on_key=True).render() == (
        f"{tmp_path}/pack.yaml:5:32: PT999 wrong.\n"
        "    5 |     start: {status: permitted, on: 2024}\n"
        "                                       ^^"
    )


@both_parsers
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_lines_count_alike_whatever_ends_them(tmp_path: Path, end: str) -> None:
    document = sound(tmp_path, f"a: 1{end}b:{end}  c: x{end}")
    assert (document.location(("b", "c")).line, document.location(("b", "c")).column) == (3, 6)
    assert document.lines == ("a: 1", "b:", "  c: x", "")


_LETTERS = st.text(
    st.characters(min_codepoint=32, exclude_categories=("Cs", "Cc", "Cn"), exclude_characters="\u2028\u2029\ufeff"),
    max_size=12,
)
_DATA = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**14), 10**14) | _LETTERS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(_LETTERS, inner, max_size=4),
    max_leaves=12,
)


def _scalars(data: Any, loc: tuple[str | int, ...] = ()) -> list[tuple[tuple[str | int, ...], Any]]:
    if isinstance(data, dict):
        return [found for key, value in data.items() for found in _scalars(value, (*loc, key))]
    if isinstance(data, list):
        return [found for number, value in enumerate(data) for found in _scalars(value, (*loc, number))]
    return [(loc, data)]


@QUICK
@given(data=st.dictionaries(_LETTERS, _DATA, min_size=1, max_size=4), indent=st.sampled_from([None, 2]))
def test_any_data_comes_back_with_each_scalar_where_its_place_says(
    tmp_path: Path, data: dict[str, Any], indent: int | None
) -> None:
    document = sound(tmp_path, json.dumps(data, ensure_ascii=False, indent=indent))
    assert document.data == data
    for loc, value in _scalars(data):
        assert json.loads(document.source(loc)) == value
        where = document.location(loc)
        assert document.lines[where.line - 1][where.column - 1 :].startswith(document.source(loc))


# --- what is refused


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a: 1\nb: 2\na: 3\n", [(Code.DUPLICATE_KEY, 3, 1, 1)]),
        ("x: {kind: 1, 'kind': 2}\n", [(Code.DUPLICATE_KEY, 1, 14, 6)]),
        ("a: 1\na: 2\na: 3\nb: {c: 1, c: 1}\n", [(Code.DUPLICATE_KEY, n, c, 1) for n, c in ((2, 1), (3, 1), (4, 11))]),
        ("a: &words [x]\n", [(Code.ALIAS, 1, 4, 6)]),
        ("a: &w [x]\nb: *w\n", [(Code.ALIAS, 1, 4, 2), (Code.ALIAS, 2, 4, 2)]),
        ("a: *nobody\n", [(Code.ALIAS, 1, 4, 7)]),
        ("a:\n  <<: {b: 1}\n", [(Code.ALIAS, 2, 3, 2)]),
        ("a: !secret x\n", [(Code.TAG, 1, 4, 7)]),
        ("a: !!str 5\n", [(Code.TAG, 1, 4, 5)]),
        ("!!python/object/apply:os.system ['true']\n", [(Code.TAG, 1, 1, 31)]),
        ("a: 1\n---\nb: 2\n", [(Code.MANY_DOCUMENTS, 2, 1, 3)]),
        ("? [a, b]\n: c\n", [(Code.BAD_KEY, 1, 3, 1)]),
        ("{{ name }}: x\n", [(Code.BAD_KEY, 1, 1, 1)]),
        ("a:\n\tb: 1\n", [(Code.TAB, 2, 1, 1)]),
        ("a: b: c\n", [(Code.SYNTAX, 1, 5, 1)]),
        ("a: @us\n", [(Code.SYNTAX, 1, 4, 1)]),
        ("a: [x, y\nb: z\n", [(Code.SYNTAX, 1, 4, 1)]),
        ("a: 1\nb: {x: 1\nc: 2\n", [(Code.SYNTAX, 2, 4, 1)]),
        ("a: 1\nb: 'x\nc: y\n", [(Code.SYNTAX, 2, 4, 1)]),
        ('a: "x\\q"\n', [(Code.SYNTAX, 1, 6, 1)]),
        ("- a\nb: c\n", [(Code.SYNTAX, 2, 1, 1)]),
        ("", [(Code.EMPTY, 0, 0, 1)]),
        ("# nothing\n\n", [(Code.EMPTY, 0, 0, 1)]),
        ("---\n", [(Code.EMPTY, 0, 0, 1)]),
        ("null\n", [(Code.EMPTY, 0, 0, 1)]),
        ("a: 1\nb: x\x00y\n", [(Code.FORBIDDEN_CHARACTER, 2, 5, 1)]),
        ("a: x\u2028y\nb: \x07\n", [(Code.FORBIDDEN_CHARACTER, 1, 5, 1), (Code.FORBIDDEN_CHARACTER, 2, 4, 1)]),
        ("\ufeffa: 1\n", [(Code.FORBIDDEN_CHARACTER, 1, 1, 1)]),
        (b"a: 1\nb: caf\xe9\n", [(Code.NOT_UTF8, 2, 7, 1)]),
        ("é: 1\n".encode() + b"\xff\n", [(Code.NOT_UTF8, 2, 1, 1)]),
        ("a: 1\n".encode("utf-16"), [(Code.NOT_UTF8, 1, 1, 1)]),
    ],
)
def test_each_wrong_thing_has_its_code_and_place(
    tmp_path: Path, parser: str, text: str | bytes, expected: list[tuple[str, int, int, int]]
) -> None:
    found = places(wrong(tmp_path, text))
    if parser == "CSafeLoader":
        assert found == expected
    else:  # PyYAML's own parser marks some syntax errors and the ends of tags elsewhere
        assert [each[0] for each in found] == [each[0] for each in expected]


@pytest.mark.parametrize(
    ("text", "message", "hint"),
    [
        ("when: 1\n\nwhen: 2\n", 'key "when" stands here twice, first on line 1.', "Keep one of them."),
        ("a: &w x\n", 'anchor "&w" is not taken.', "Take it out."),
        ("a: *w\n", 'alias "*w" is not taken.', "Write the value out."),
        ("a: 1\n---\nb: 2\n", "a second document begins here.", "Write each document into a file of its own."),
        ("a: @us\n", "'@' cannot begin a value.", "Put the text in quotes."),
        (
            "a: [x\nb: 1\n",
            'the list that begins here is not closed with "]", or lacks a comma.',
            "Text that holds brackets wants quotes.",
        ),
        ("a: 'x\n", "the quoted text that begins here is not closed.", ""),
        ("a:\n\tb: 1\n", "a tab stands where YAML wants blanks.", "Indent with blanks."),
        ("\ufeffa: 1\n", "the file begins with a byte order mark.", "Save it as UTF-8 without BOM."),
        (b"a: \xe9\n", "byte 0xe9 is not UTF-8.", "Save the file as UTF-8."),
        ("a: 1\n".encode("utf-16-be"), "character U+0000 may not stand in a rule file.", None),
        (b"\xfe\xff\x00a", "the file is UTF-16, not UTF-8.", "Save the file as UTF-8."),
    ],
)
def test_the_words_say_what_to_do(tmp_path: Path, text: str | bytes, message: str, hint: str | None) -> None:
    (problem,) = wrong(tmp_path, text)
    assert problem.message == message
    assert hint is None or problem.hint == hint


@both_parsers
def test_all_problems_that_do_not_hide_others_are_found_at_once(tmp_path: Path) -> None:
    text = "\ufeffa: &x 1\na: 2\nb: !t 3\nc:\n  d: 1\n  d: 2\n"
    codes = [problem.code for problem in wrong(tmp_path, text)]
    assert codes == [Code.FORBIDDEN_CHARACTER, Code.ALIAS, Code.DUPLICATE_KEY, Code.TAG, Code.DUPLICATE_KEY]


def test_what_is_sound_is_still_there_to_be_checked(tmp_path: Path) -> None:
    document, problems = read_yaml(written(tmp_path, "\ufeffa: 1\na: 2\nb: !t x\n"))
    assert len(problems) == 3
    assert document is not None
    assert document.data == {"a": 1, "b": "x"}


def test_an_alias_leaves_nothing_to_check(tmp_path: Path) -> None:
    document, _ = read_yaml(written(tmp_path, "a: &x 1\nb: *x\n"))
    assert document is None


@both_parsers
def test_a_file_made_to_swell_is_refused_at_once(tmp_path: Path) -> None:
    lines = ["a0: &a0 [lol, lol]"] + [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 30)]
    problems = wrong(tmp_path, "\n".join(lines))
    assert {problem.code for problem in problems} == {Code.ALIAS}
    assert [problem.location.line for problem in problems] == list(range(1, 31))


@both_parsers
@pytest.mark.parametrize("opening", ["[", "{a: ", "- ", "? "])
def test_depth_has_an_end_that_is_not_pythons(tmp_path: Path, opening: str) -> None:
    codes = {problem.code for problem in wrong(tmp_path, "a:\n  " + opening * 5000)}
    assert codes <= {Code.TOO_DEEP, Code.BAD_KEY, Code.SYNTAX}


@both_parsers
def test_the_depth_that_is_allowed_is_read(tmp_path: Path) -> None:
    sound(tmp_path, "[" * MAX_DEPTH + "]" * MAX_DEPTH)
    assert wrong(tmp_path, "[" * (MAX_DEPTH + 1) + "]" * (MAX_DEPTH + 1))[0].code == Code.TOO_DEEP


# --- files that are none


def test_a_missing_file_names_its_lookalike(tmp_path: Path) -> None:
    (tmp_path / "ukraine-arms.yaml").write_text("a: 1\n")
    document, (problem,) = read_yaml(tmp_path / "ukraine-arm.yaml")
    assert document is None
    assert problem.render() == (
        f"{tmp_path}/ukraine-arm.yaml: PT101 cannot be read: No such file or directory. "
        'Did you mean "ukraine-arms.yaml"?'
    )


def test_a_folder_is_not_a_file(tmp_path: Path) -> None:
    _, (problem,) = read_yaml(tmp_path)
    assert (problem.code, problem.message) == ("PT101", "cannot be read: it is a folder, not a file.")


def test_a_pipe_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.yaml")
    _, (problem,) = read_yaml(tmp_path / "pipe.yaml")
    assert (problem.code, problem.message) == ("PT101", "cannot be read: it is not a regular file.")


@pytest.mark.parametrize("name", ["nul\x00.yaml", "x" * 5000, "missing/also-missing.yaml", "loop.yaml"])
def test_no_path_raises(tmp_path: Path, name: str) -> None:
    (tmp_path / "loop.yaml").symlink_to(tmp_path / "loop.yaml")
    document, (problem,) = read_yaml(tmp_path / name)
    assert document is None
    assert problem.code == Code.UNREADABLE


def test_a_file_that_may_not_be_read_is_a_problem(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(path: Path) -> bytes:
        raise PermissionError(13, "Permission denied", str(path))

    monkeypatch.setattr(Path, "read_bytes", refuse)
    (problem,) = wrong(tmp_path, "a: 1\n")
    assert (problem.code, problem.message) == ("PT101", "cannot be read: Permission denied.")


# --- rubbish

_SNIPPETS = st.sampled_from(
    ["a", "id", ": ", ":", "\n", "\n  ", "\n    ", "- ", "[", "]", "{", "}", ",", "'", '"', "#", " # ", "&a ", "*a",
     "!t ", "!!", "<<", "|", ">", "|-\n", "---\n", "...\n", "%YAML 1.1\n", "? ", "\t", "\r", "\ufeff", "\u2028", "é",
     "😀", "null", "5", "-", "true", "\\", "@", "`", "\x00", "2024-11-12", "12:30", "\\u12", '"\\x', "%", "!<",
     "\ud800"]
)  # fmt: skip


def _is_fit_to_show(problem: Problem, text: str) -> None:
    problem.render()
    assert problem.message.isprintable()
    assert problem.hint.isprintable()
    assert str(problem.code).startswith("PT1")
    assert problem.width >= 1
    if problem.location.line:
        assert 1 <= problem.location.line <= len(yamlfile._LINE_END.split(text))
        assert 1 <= problem.location.column <= len(problem.source) + 1
        assert problem.location.column + problem.width <= len(problem.source) + 2


@QUICK
@given(data=st.binary(max_size=60))
def test_any_bytes_are_data_or_problems(tmp_path: Path, data: bytes) -> None:
    document, problems = read_yaml(written(tmp_path, data))
    assert document is not None or problems
    for problem in problems:
        _is_fit_to_show(problem, data.decode("utf-8", "replace"))


@settings(QUICK, max_examples=500)
@given(text=st.lists(_SNIPPETS, max_size=25).map("".join))
def test_any_text_that_looks_like_yaml_is_data_or_problems(tmp_path: Path, text: str) -> None:
    document, problems = read_yaml(written(tmp_path, text))
    assert document is not None or problems
    for problem in problems:
        _is_fit_to_show(problem, text)
    if document is not None:
        for loc, _ in _scalars(document.data):
            document.problem(loc, "PT999", "x").render()


# --- names


@pytest.mark.parametrize(
    ("name", "found"),
    [("whn", "when"), ("When", "when"), ("WHEN", "when"), ("titel", "title"), ("zzz", None), ("", None)],
)
def test_the_nearest_name(name: str, found: str | None) -> None:
    assert nearest(name, ["when", "title", "name"]) == found


def test_did_you_mean() -> None:
    assert did_you_mean("permision", ["permission", "rate"]) == 'Did you mean "permission"?'
    assert did_you_mean("xyz", ["permission", "rate"]) == ""
    assert did_you_mean("a" * 100_000, ["permission"] * 50) == ""
