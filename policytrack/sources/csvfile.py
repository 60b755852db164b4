"""One article a row of CSV, under a header that names the columns."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from typing import BinaryIO

from policytrack.errors import ArticleError, Location
from policytrack.model import Article
from policytrack.sources.record import article_of
from policytrack.sources.tables import Columns

LONGEST = 10_000_000
"""Characters of one cell: Python's own limit is shorter than a long article."""
_DELIMITERS = (",", ";", "\t")


def read_rows(
    stream: BinaryIO, place: str, columns: Columns, published_at: str | None = None
) -> Iterator[Article | ArticleError]:
    """The article of each row, or what is wrong with that row; the others are still read.

    Cells are parted by commas, semicolons or tabs, as the header has them. The place of a row is its last line.
    """
    csv.field_size_limit(max(csv.field_size_limit(), LONGEST))
    # Bytes that are no UTF-8 become halves of surrogate pairs, so that they cost one row and not the rest of the file.
    text = io.TextIOWrapper(stream, "utf-8-sig", errors="surrogateescape", newline="")
    first = text.readline(LONGEST)
    header = _cells(first)
    if not any(name.strip() for name in header):
        yield ArticleError(Location(place), "is empty.", "Its first line must name the columns.")
        return
    problem = columns.problem(header, Location(place, 1)) or _twice(header, Location(place, 1))
    if problem:
        yield problem
        return
    for line, cells in _rows(text, _delimiter(first), place):
        yield cells if isinstance(cells, ArticleError) else _article(cells, header, line, columns, published_at)


def _cells(first: str) -> list[str]:
    return [name.strip() for name in next(csv.reader([first], delimiter=_delimiter(first)), [])]


def _delimiter(first: str) -> str:
    return max(_DELIMITERS, key=first.count)


def _twice(header: list[str], location: Location) -> ArticleError | None:
    twice = next((name for name in header if header.count(name) > 1), None)
    return None if twice is None else ArticleError(location, f"has two columns {twice!r}.", "Rename one of them.")


def _rows(text: io.TextIOWrapper, delimiter: str, place: str) -> Iterator[tuple[Location, list[str] | ArticleError]]:
    """Each row that is not blank with its place, or what is wrong with its quotation marks."""
    rows = csv.reader(text, delimiter=delimiter, strict=True)
    while True:
        try:
            cells = next(rows)
        except StopIteration:
            return
        except csv.Error as error:
            where = Location(place, rows.line_num + 1)
            hint = 'Put a cell with such marks into quotation marks, and write those inside it twice: "".'
            yield where, ArticleError(where, f"is not CSV: {error}.", hint)
        else:
            if any(cells):
                yield Location(place, rows.line_num + 1), cells


def _article(
    cells: list[str], header: list[str], location: Location, columns: Columns, published_at: str | None
) -> Article | ArticleError:
    if len(cells) > len(header):
        message = f"has {len(cells)} cells, and the header {len(header)} columns."
        return ArticleError(location, message, "Put a cell with a delimiter in it into quotation marks.")
    if any("\udc80" <= char <= "\udcff" for cell in cells for char in cell):
        hint = "Save it as UTF-8, for instance by iconv -f WINDOWS-1252 -t UTF-8."
        return ArticleError(location, "is not UTF-8.", hint)
    return article_of(columns.record(dict(zip(header, cells, strict=False))), location, published_at)
