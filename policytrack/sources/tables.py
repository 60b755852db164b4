"""Rows of named columns as articles: what CSV and Parquet files have in common."""

from __future__ import annotations

import datetime
import decimal
import difflib
import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from policytrack.errors import ArticleError, ConfigError, Location
from policytrack.sources.record import FIELDS, NEEDED

COLUMN_FIELDS = tuple(sorted(FIELDS - {"extra"}))


class Columns:
    """Which column of a table each field of an article comes from: its own name, where `named` says no other.

    The other columns are kept in `extra`.
    """

    def __init__(self, named: Mapping[str, str], published_at: str | None) -> None:
        self._named = checked_columns(named)
        self._needed = [field for field in NEEDED if field in named or field != "published_at" or not published_at]

    def problem(self, header: Sequence[str], location: Location) -> ArticleError | None:
        """That the table lacks a column which was named, or without which no row is an article."""
        wanted = [*dict.fromkeys([*self._needed, *self._named])]
        lost = [field for field in wanted if self._named.get(field, field) not in header]
        if not lost:
            return None
        told = ", ".join(self._told(field) for field in lost)
        return ArticleError(location, f"has no column {told}.", self._hint(lost[0], header))

    def record(self, row: Mapping[str, Any]) -> dict[str, Any]:
        """The row as `article_of` takes it; empty cells are left out."""
        given = {field: _plain(row.get(column)) for field, column in self._pairs(row)}
        taken = {column for _, column in self._pairs(row)}
        extra = {name: _plain(value) for name, value in row.items() if name not in taken}
        kept = {name: value for name, value in extra.items() if value not in (None, "")}
        found = {field: value for field, value in given.items() if value not in (None, "")}
        return {**found, "extra": kept} if kept else found

    def _pairs(self, row: Mapping[str, Any]) -> list[tuple[str, str]]:
        pairs = [(field, self._named.get(field, field)) for field in COLUMN_FIELDS]
        return [(field, column) for field, column in pairs if column in row]

    def _told(self, field: str) -> str:
        column = self._named.get(field, field)
        return repr(column) if column == field else f"{column!r} (for {field})"

    def _hint(self, field: str, header: Sequence[str]) -> str:
        near = nearest_column(self._named.get(field, field), header)
        meant = f"Did you mean {near!r}? Then write --column {field}={near}." if near else ""
        return meant or f"There are: {', '.join(header) or 'none'}. Say which one it is: --column {field}=NAME."


def checked_columns(named: Mapping[str, str]) -> Mapping[str, str]:
    """The same mapping; ConfigError with the nearest name where a key is no field of an article."""
    for field in named:
        if field not in COLUMN_FIELDS:
            near = difflib.get_close_matches(field, COLUMN_FIELDS, n=1, cutoff=0.5)
            hint = f"Did you mean {near[0]!r}?" if near else f"It is one of: {', '.join(COLUMN_FIELDS)}."
            raise ConfigError(f"column {field}={named[field]}: an article has no field {field!r}. {hint}")
    return named


def nearest_column(name: str, header: Iterable[str]) -> str | None:
    """The column that is spelt most like a name, or means the same; None where none is near."""
    folded = {column.casefold(): column for column in header}
    for other in (name, *_ALSO.get(name, ())):
        if found := difflib.get_close_matches(other, folded, n=1, cutoff=0.7):
            return folded[found[0]]
    return None


_ALSO = {
    "id": ("article_id", "guid", "uri", "url", "link"),
    "text": ("body", "content", "article", "fulltext"),
    "published_at": ("published", "date", "pubdate", "publication_date"),
}
"""How others call the columns that every article needs."""


def _plain(value: Any) -> Any:
    """A cell as JSON has it: a moment or a date as it is printed, bytes and amounts as text."""
    if isinstance(value, datetime.date | datetime.time):
        return value.isoformat()
    if isinstance(value, bytes | decimal.Decimal | datetime.timedelta):
        return value.decode("utf-8", "backslashreplace") if isinstance(value, bytes) else str(value)
    if isinstance(value, float) and not math.isfinite(value):
        return None
    if isinstance(value, dict):
        return {str(key): _plain(each) for key, each in value.items()}
    return [_plain(each) for each in value] if isinstance(value, list | tuple) else value
