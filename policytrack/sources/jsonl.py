"""One article a line of JSON, with the fields of Article; what has no field is kept in `extra`."""

from __future__ import annotations

import difflib
import json
import re
from collections.abc import Iterable, Iterator
from typing import Any

from pydantic import ValidationError

from policytrack.errors import ArticleError, Location
from policytrack.model import Article, checked_partial_date
from policytrack.sources.textfile import decoded, half_a_pair, storable

_TIMESTAMP = re.compile(r"(\d{4}-\d{2}-\d{2})[T ].*", re.DOTALL)
_FIELDS = frozenset(Article.model_fields)


def read_lines(lines: Iterable[bytes], place: str) -> Iterator[Article | ArticleError]:
    """The article of each line that is not blank, or what is wrong with that line; the others are still read."""
    for number, raw in enumerate(lines, start=1):
        line = decoded(raw, place, number)
        if isinstance(line, ArticleError):
            yield line
        elif line.strip():
            yield _read_line(line, Location(place, number))


def _read_line(line: str, location: Location) -> Article | ArticleError:
    try:
        record = json.loads(line.rstrip(), parse_constant=_no_constant)
    except RecursionError:
        return ArticleError(location, "is nested too deeply to be an article.")
    except json.JSONDecodeError as error:
        where = Location(location.path, location.line, error.colno)
        return ArticleError(where, f"is not JSON: {error.msg}.", "Write one object a line.")
    except ValueError as error:  # NaN, or a number of thousands of digits
        return ArticleError(location, f"is not JSON: {error}.")
    if not isinstance(record, dict):
        return ArticleError(location, f"is {_named(record)}, not an object.", 'Write one {"id": ...} a line.')
    return _article(record, location)


def _article(record: dict[str, Any], location: Location) -> Article | ArticleError:
    try:
        fields = _fields(record)
        return storable(Article.model_validate(fields, strict=True), location)
    except ValidationError as error:
        first = error.errors()[0]
        if first["type"] == "string_unicode":
            return half_a_pair(location)
        field = ".".join(str(part) for part in first["loc"])
        return ArticleError(location, f"{field} = {_shown(first['input'])}: {first['msg']}.")
    except _Unfit as error:
        return ArticleError(location, error.message, error.hint)


def _fields(record: dict[str, Any]) -> dict[str, Any]:
    """The record as the fields of an Article, or _Unfit."""
    given = {key: value for key, value in record.items() if key in _FIELDS and value is not None}
    unknown = {key: value for key, value in record.items() if key not in _FIELDS}
    if isinstance(given.get("id"), int) and not isinstance(given["id"], bool):
        given["id"] = str(given["id"])
    for key in ("id", "text", "published_at"):
        if _is_blank(given.get(key)):
            raise _missing(key, key in record, unknown)
    given["published_at"] = _published_at(given["published_at"])
    if unknown and isinstance(given.setdefault("extra", {}), dict):
        given["extra"] = {**given["extra"], **unknown}
    return given


def _published_at(value: object) -> str:
    """The date part, as the publisher printed it: no zone is applied."""
    hint = "Write YYYY-MM-DD, YYYY-MM, YYYY, or a timestamp that opens with YYYY-MM-DD."
    if not isinstance(value, str):
        raise _Unfit(f"published_at = {_shown(value)} is not a date.", hint)
    stamp = _TIMESTAMP.fullmatch(value.strip())
    try:
        return checked_partial_date(stamp[1] if stamp else value.strip())
    except ValueError:
        raise _Unfit(f"published_at = {_shown(value)} is not a date.", hint) from None


def _missing(key: str, is_there: bool, unknown: dict[str, Any]) -> _Unfit:
    what = "date" if key == "published_at" else key
    if is_there:
        message = "is empty: its text is blank." if key == "text" else f"has no {what}: {key} is empty."
        return _Unfit(message, f"Fill in {key!r}, or leave the line out.")
    near = difflib.get_close_matches(key, unknown, n=1, cutoff=0.5)
    hint = f"Is {near[0]!r} meant? Then name it {key!r}." if near else f"Every article needs {key!r}."
    return _Unfit(f"has no {what}." if what == key else f"has no {what}: {key} is missing.", hint)


def _is_blank(value: object) -> bool:
    return value is None or (isinstance(value, str) and not value.strip())


def _shown(value: object) -> str:
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:57]}..."


def _named(value: object) -> str:
    if isinstance(value, list):
        return "a list"
    return "null" if value is None else f"the {type(value).__name__} {_shown(value)}"


def _no_constant(name: str) -> float:
    raise ValueError(f"{name} is not a JSON number")


class _Unfit(Exception):
    """A record that is no article: what is wrong, and what would have been right."""

    def __init__(self, message: str, hint: str) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
