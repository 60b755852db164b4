"""A record of named values as an article: a line of JSON, a row of a table."""

from __future__ import annotations

import difflib
import re
from collections.abc import Mapping
from typing import Any

from pydantic import ValidationError

from policytrack.errors import ArticleError, Location
from policytrack.model import Article, checked_partial_date
from policytrack.sources.textfile import half_a_pair, storable

FIELDS = frozenset(Article.model_fields)
NEEDED = ("id", "text", "published_at")
_TIMESTAMP = re.compile(r"(\d{4}-\d{2}-\d{2})[T ].*", re.DOTALL)


def article_of(
    record: Mapping[str, Any], location: Location, published_at: str | None = None
) -> Article | ArticleError:
    """The article that a record holds, what has no field in `extra`; or what is wrong with it, said of its place.

    `published_at` is for a record that has none.
    """
    try:
        fields = _fields(record if not published_at or _says_when(record) else {**record, "published_at": published_at})
        return storable(Article.model_validate(fields, strict=True), location)
    except ValidationError as error:
        first = error.errors()[0]
        if first["type"] == "string_unicode":
            return half_a_pair(location)
        field = ".".join(str(part) for part in first["loc"])
        return ArticleError(location, f"{field} = {shown(first['input'])}: {first['msg']}.")
    except _Unfit as error:
        return ArticleError(location, error.message, error.hint)


def _fields(record: Mapping[str, Any]) -> dict[str, Any]:
    """The record as the fields of an Article, or _Unfit."""
    given = {key: value for key, value in record.items() if key in FIELDS and value is not None}
    unknown = {key: value for key, value in record.items() if key not in FIELDS}
    if isinstance(given.get("id"), int) and not isinstance(given["id"], bool):
        given["id"] = str(given["id"])
    for key in NEEDED:
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
        raise _Unfit(f"published_at = {shown(value)} is not a date.", hint)
    stamp = _TIMESTAMP.fullmatch(value.strip())
    try:
        return checked_partial_date(stamp[1] if stamp else value.strip())
    except ValueError:
        raise _Unfit(f"published_at = {shown(value)} is not a date.", hint) from None


def _says_when(record: Mapping[str, Any]) -> bool:
    return not _is_blank(record.get("published_at"))


def _missing(key: str, is_there: bool, unknown: dict[str, Any]) -> _Unfit:
    what = "date" if key == "published_at" else key
    if is_there:
        message = "is empty: its text is blank." if key == "text" else f"has no {what}: {key} is empty."
        return _Unfit(message, f"Fill in {key!r}, or leave it out.")
    near = difflib.get_close_matches(key, unknown, n=1, cutoff=0.5)
    hint = f"Is {near[0]!r} meant? Then name it {key!r}." if near else f"Every article needs {key!r}."
    return _Unfit(f"has no {what}." if what == key else f"has no {what}: {key} is missing.", hint)


def _is_blank(value: object) -> bool:
    return value is None or (isinstance(value, str) and not value.strip())


def shown(value: object) -> str:
    """The value as a message has it: at most 60 characters."""
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:57]}..."


class _Unfit(Exception):
    """A record that is no article: what is wrong, and what would have been right."""

    def __init__(self, message: str, hint: str) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
