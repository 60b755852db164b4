"""The file that says which sources are watched: where each is, how often it is asked, when its silence is news."""

from __future__ import annotations

import datetime
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from policytrack.codes import Code
from policytrack.errors import Problem, RuleFileError
from policytrack.model import PartialDate, Record
from policytrack.records import as_record
from policytrack.yamlfile import Document, read_yaml

Column = Literal["id", "text", "published_at", "title", "url", "publisher", "language", "copy_of"]
_SPAN = re.compile(r"([1-9][0-9]{0,4})([mhdw])", re.ASCII)
_UNITS = {"m": "minutes", "h": "hours", "d": "days", "w": "weeks"}
_NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,99}", re.ASCII)
_ADDRESS = re.compile(r"https?://[^/\s]+\S*", re.IGNORECASE)


def as_span(written: str) -> datetime.timedelta:
    """How long "15m", "2h", "3d" or "1w" is."""
    number, unit = _SPAN.fullmatch(written).groups()  # type: ignore[union-attr]  # it was checked
    return datetime.timedelta(**{_UNITS[unit]: int(number)})


def _checked_span(value: str) -> str:
    if not _SPAN.fullmatch(value):
        raise ValueError(f"{value!r} is not a span of time; write 15m, 2h, 3d or 1w")
    return value


def _checked_name(value: str) -> str:
    if not _NAME.fullmatch(value):
        raise ValueError(f"{value!r} is not a name; write lower-case letters, digits, - and _, as harbour-post")
    return value


def _checked_address(value: str) -> str:
    if not _ADDRESS.fullmatch(value):
        raise ValueError(f"{value!r} is not an address; write it out, as https://example.org/feed.xml")
    return value


Span = Annotated[str, AfterValidator(_checked_span)]
Name = Annotated[str, AfterValidator(_checked_name)]


class WatchedSource(Record):
    """One source that is watched; it has a `url` or a `path`."""

    name: Name
    url: Annotated[str, AfterValidator(_checked_address)] | None = None
    path: Annotated[str, Field(min_length=1)] | None = None
    every: Span = "30m"
    silent_after: Span | None = None
    full_text: bool = False
    publisher: Annotated[str, Field(min_length=1)] | None = None
    published_at: PartialDate | None = None
    columns: Mapping[Column, str] = Field(default_factory=dict)
    allow_private: bool = False


class WatchFile(Record):
    """The sources that are watched."""

    sources: Annotated[tuple[WatchedSource, ...], Field(min_length=1)]


def read_watch_file(path: Path) -> WatchFile:
    """What a file says is watched, paths as seen from its folder. RuleFileError has all that is wrong with it."""
    document, problems = read_yaml(path)
    found = None
    if document is not None:
        found, wrong = as_record(document, WatchFile)
        problems += wrong
        if found is not None:
            problems += _wrong_together(found, document)
    if found is None or problems:
        raise RuleFileError(problems)
    return WatchFile(sources=tuple(_placed(source, path.parent.resolve()) for source in found.sources))


def _placed(source: WatchedSource, folder: Path) -> WatchedSource:
    return source if source.path is None else source.model_copy(update={"path": str(folder / source.path)})


def _wrong_together(found: WatchFile, document: Document) -> Iterator[Problem]:
    first: dict[str, int] = {}
    for number, source in enumerate(found.sources):
        if first.setdefault(source.name, number) != number:
            line = document.location(("sources", first[source.name], "name")).line
            message = f'the name "{source.name}" stands here twice, first on line {line}.'
            yield document.problem(("sources", number, "name"), Code.SAME_SOURCE, message, "Rename one of them.")
        if (source.url is None) == (source.path is None):
            what = "neither a url nor a path" if source.url is None else "a url and a path"
            message = f'"{source.name}" has {what}.'
            hint = "Write one of them: where it is on the web, or a file or folder."
            yield document.problem(("sources", number, "name"), Code.SOURCE_PLACE, message, hint)
