"""Decisions out of a CSV file: one a line, each with the place of its cells, everything that is wrong at once."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Final, NamedTuple, cast

from policytrack.decisions import SETTABLE, VERBS, Verb
from policytrack.errors import ConfigError, Location
from policytrack.review import Asked
from policytrack.yamlfile import cut, did_you_mean

NEEDED: Final = ("claim", "decision", "by")
ABOUT: Final = ("reasons", "text", "evidence", "article_id", "published_at", "shifts", "stage")
"""Columns that tell a reader what a line is about; nothing is taken from them."""

_COLUMNS: Final = (*NEEDED, "why", *SETTABLE, *ABOUT)
_ESCAPED: Final = re.compile(r"'(?=[=+\-@\t\r])")
"""The apostrophe that keeps a spreadsheet from computing a cell."""

_CELL: Final = re.compile(r'"(?:[^"]|"")*"|[^,\r\n]*')


class _Cell(NamedTuple):
    """What a cell says, and where it begins."""

    text: str
    place: Location


def read_decisions(path: str | Path) -> list[Asked]:
    """The decisions of a file, in its order; lines without one are left out. ConfigError with all that is wrong.

    A cell of a field that can be set says what the claim should say; an empty one leaves it as it is.
    """
    rows = _rows(_decoded(Path(path)), str(path))
    head = next(rows, None)
    if head is None:
        raise ConfigError(f"{path}: is empty. `policytrack review --format csv` writes a file to begin with.")
    names = [cell.text.strip() for cell in head]
    problems = list(_wrong_head(head, names, str(path)))
    if problems:
        raise ConfigError("\n".join(problems))
    asked: list[Asked] = []
    for row in rows:
        if len(row) != len(names):
            told = f"the line has {len(row)} cells, the head {len(names)}. Put cells with commas into quotes."
            problems.append(f"{row[0].place}: {told}")
            continue
        line = dict(zip(names, row, strict=True))
        found = _asked(line)
        problems += found if isinstance(found, list) else []
        asked += [found] if isinstance(found, Asked) else []
    if problems:
        raise ConfigError("\n".join(problems))
    return asked


def _asked(line: Mapping[str, _Cell]) -> Asked | list[str] | None:
    """The decision of a line, None where it has none, or what is wrong with it."""
    said = {name: _ESCAPED.sub("", cell.text, count=1).strip() for name, cell in line.items()}
    verb = said["decision"]
    if not any(said[name] for name in NEEDED) or not verb:
        return None
    if verb not in VERBS:
        told = f'decision "{cut(verb)}" is not one of: {", ".join(VERBS)}. {did_you_mean(verb, VERBS)}'.strip()
        return [f"{line['decision'].place}: {told}"]
    places = {name: cell.place for name, cell in line.items()}
    set_ = {name: said[name] for name in SETTABLE if said.get(name)} if verb != "undo" else {}
    return Asked(said["claim"], cast(Verb, verb), said["by"], said.get("why", ""), set_, places)


def _wrong_head(head: Sequence[_Cell], names: Sequence[str], path: str) -> Iterator[str]:
    if len(names) == 1 and re.search(r"[;\t]", names[0]):
        yield f"{head[0].place}: the columns are not parted by commas. Save it as CSV with commas."
        return
    for number, (name, cell) in enumerate(zip(names, head, strict=True)):
        if name not in _COLUMNS:
            hint = did_you_mean(name, _COLUMNS) or f"There are: {', '.join(_COLUMNS)}."
            yield f'{cell.place}: unknown column "{cut(name)}". {hint}'
        elif name in names[:number]:
            yield f'{cell.place}: the column "{name}" is there twice. Leave one out.'
    for name in NEEDED:
        if name not in names:
            yield f'{Location(path, 1)}: the column "{name}" is missing. Every file has: {", ".join(NEEDED)}.'


def _decoded(path: Path) -> str:
    try:
        raw = path.read_bytes()
    except OSError as error:
        raise ConfigError(f"{path}: cannot be read: {error.strerror or error}. Check the path.") from None
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        before = raw[: error.start]
        line, column = before.count(b"\n") + 1, error.start - (before.rfind(b"\n") + 1) + 1
        place = Location(str(path), line, column)
        raise ConfigError(f"{place}: is not UTF-8. Save it as CSV UTF-8.") from None


def _rows(text: str, path: str) -> Iterator[list[_Cell]]:
    """The lines that are not blank, cell by cell; a cell between quotes may hold line ends."""
    lines = _Lines(text)
    reader = csv.reader(lines, strict=True)
    while True:
        lines.taken.clear()
        first = reader.line_num + 1
        try:
            cells = next(reader, None)
        except csv.Error as error:
            raise ConfigError(f"{Location(path, reader.line_num)}: is no CSV: {error}.") from None
        if cells is None:
            return
        if any(cell.strip() for cell in cells):
            starts = _starts("".join(lines.taken))
            places = [Location(path, first + down, column) for down, column in starts]
            yield [_Cell(cell, place) for cell, place in zip(cells, places, strict=True)]


class _Lines:
    """The lines of a text, and those that were taken since somebody looked."""

    def __init__(self, text: str) -> None:
        self._lines = io.StringIO(text, newline="")
        self.taken: list[str] = []

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        line = next(self._lines)
        self.taken.append(line)
        return line


def _starts(source: str) -> list[tuple[int, int]]:
    """Where the cells of one record begin: how many lines down, and at which column, from 1."""
    starts, at = [], 0
    while True:
        starts.append((source.count("\n", 0, at), at - source.rfind("\n", 0, at)))
        cell = _CELL.match(source, at)
        at = cell.end() + 1 if cell else len(source)
        if source[at - 1 : at] != ",":
            return starts
