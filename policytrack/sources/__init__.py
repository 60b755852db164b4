"""Where articles come from: one module a kind of source, one function that picks the right one."""

from __future__ import annotations

import difflib
import itertools
import re
import sys
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import BinaryIO

from policytrack.errors import ArticleError, ConfigError, Location
from policytrack.model import Article
from policytrack.printable import printable
from policytrack.sources import csvfile, feed, jsonl, packed, page, parquet, textfile, warc
from policytrack.sources.address import Item, items, read_address, read_entry
from policytrack.sources.counting import count_articles
from policytrack.sources.markup import FEEDS, root_name
from policytrack.sources.options import ReadOptions
from policytrack.sources.pausing import Pausing
from policytrack.sources.textfile import storable

__all__ = [
    "KINDS",
    "Item",
    "Pausing",
    "ReadOptions",
    "counted",
    "is_address",
    "items",
    "one_article",
    "path_items",
    "read_articles",
    "standard_input",
    "storable",
    "together",
]

KINDS = (".txt", ".jsonl", ".ndjson", ".csv", ".parquet", ".html", ".htm", ".xml", ".rss", ".atom", ".warc")
"""The endings of files that are read; of all but .parquet also with .gz behind."""
_BLANK = b" \t\r\n\v\f\xef\xbb\xbf"
_ADDRESS = re.compile(r"https?://", re.IGNORECASE)


def read_articles(
    path: str | Path, stdin: BinaryIO | None = None, options: ReadOptions | None = None
) -> Iterator[Article | ArticleError]:
    """Every article that `path` holds, in order, and an ArticleError in the place of each that cannot be read.

    `path` is a file of one of the KINDS, a folder of such files (sub-folders too, sorted by name; hidden files and
    other kinds of file are passed over), the http or https address of a feed or a web page, or "-": standard input.
    What standard input is, or a file whose ending says nothing, is told by its first character that is not blank:
    JSONL, a feed or a page, or one text. Articles are yielded as they are read: no archive is held as a whole.
    """
    options = options or ReadOptions()
    place = printable(path)
    try:
        if place == "-":
            yield from _read_stdin(stdin or standard_input(), options)
        elif is_address(path):
            yield from read_address(str(path), options)
        elif Path(path).is_dir():
            yield from _read_folder(Path(path), stdin, options)
        elif not Path(path).exists():
            yield ArticleError(Location(place), "there is no such file or folder.", "Check the path.")
        else:
            yield from _read_file(Path(path), place, options)
    except packed.BROKEN as error:
        yield ArticleError(Location(place), f"cannot be unpacked: {_reason(error)}.", "Check that the file is whole.")
    except packed.TooLong:
        more = f"holds a line of more than {packed.LONGEST // 1_000_000} MB, which is no article."
        yield ArticleError(Location(place), more, "What stands before it was read.")
    except (OSError, ValueError) as error:  # ValueError: a path with a NUL character
        yield ArticleError(Location(place), f"cannot be read: {_reason(error)}.", "Check the path and its permissions.")


def is_address(path: str | Path) -> bool:
    """Whether it is fetched from the web."""
    return isinstance(path, str) and _ADDRESS.match(path) is not None


def path_items(path: Path, options: ReadOptions) -> list[Item] | ArticleError:
    """A file, or each file of a folder, as an item whose version is told by its time and size."""
    if not path.is_dir():
        files = [path]
    elif not (files := _files(path)):
        return _nothing_in(path)
    try:
        return [_file_item(file, str(file.relative_to(path.parent)), options) for file in files]
    except (OSError, ValueError) as error:
        return ArticleError(Location(printable(path)), f"cannot be read: {_reason(error)}.", "Check the path.")


def _file_item(file: Path, name: str, options: ReadOptions) -> Item:
    stat = file.stat()
    return Item(name, f"{stat.st_mtime_ns}-{stat.st_size}", lambda: read_articles(file, options=options))


def one_article(path: str | Path, wanted: str | None = None, stdin: BinaryIO | None = None) -> Article:
    """The article of the id `wanted`, the first where it has several versions; without it the only one of `path`.

    ConfigError where there are several to choose from, or none of that id; ArticleError where none can be read.
    """
    errors: list[ArticleError] = []
    only: Article | None = None
    ids: list[str] = []
    for each in read_articles(path, stdin):
        if isinstance(each, ArticleError):
            errors.append(each)
        elif each.id == wanted:
            return each
        else:
            only = each
            ids.append(each.id)
    if only is None:
        raise together(errors or [ArticleError(Location(printable(path)), "holds no article.")])
    if wanted is None and len(ids) + len(errors) == 1:
        return only
    raise ConfigError(_choice(printable(path), wanted, ids, len(errors)))


def _choice(place: str, wanted: str | None, ids: Sequence[str], unread: int) -> str:
    """What there is to choose from, and how to."""
    if wanted is not None:
        near = difflib.get_close_matches(wanted, ids, n=1, cutoff=0.5)
        hint = f"Did you mean {near[0]!r}?" if near else f"There are {_first(ids)}."
        return f"{place} holds no article of the id {printable(wanted)!r}. {hint}"
    bad = f" and {unread} that cannot be read" if unread else ""
    number = f"{len(ids)} articles" if len(ids) > 1 else "1 article"
    return f"{place} holds {number}{bad}: {_first(ids)}. Name one, as article {ids[0]!r}."


def _first(ids: Sequence[str]) -> str:
    return ", ".join(printable(one) for one in ids[:5]) + (f" and {len(ids) - 5} more" if len(ids) > 5 else "")


def standard_input() -> BinaryIO | None:
    """The bytes of standard input; None where it is closed."""
    return sys.stdin.buffer if sys.stdin else None


def together(errors: Sequence[ArticleError]) -> ArticleError:
    """One error that shows all of `errors` (at least one), at the place of the first."""
    if len(errors) == 1:
        return errors[0]
    lines = "\n".join(f"  {error}" for error in errors)
    return ArticleError(Location(errors[0].location.path), f"{len(errors)} articles cannot be read:\n{lines}")


def counted(paths: Iterable[str | Path]) -> int | None:
    """About how many articles these paths hold; None where that is not soon seen, as of standard input."""
    places = [Path(path) for path in paths]
    return count_articles(file for place in places for file in (_files(place) if place.is_dir() else [place]))


def _read_folder(folder: Path, stdin: BinaryIO | None, options: ReadOptions) -> Iterator[Article | ArticleError]:
    found = _files(folder)
    if not found:
        yield _nothing_in(folder)
    for file in found:
        yield from read_articles(file, stdin, options)


def _files(folder: Path) -> list[Path]:
    found = [file for file in folder.rglob("*") if _belongs(file.relative_to(folder)) and file.is_file()]
    return sorted(found, key=lambda file: file.relative_to(folder).parts)


def _nothing_in(folder: Path) -> ArticleError:
    endings = f"{', '.join(KINDS[:-1])} and {KINDS[-1]}"
    return ArticleError(Location(printable(folder)), "holds no file that is read.", f"Read are {endings}.")


def _belongs(name: Path) -> bool:
    return packed.plain_name(name).suffix.lower() in KINDS and not any(part.startswith(".") for part in name.parts)


def _read_file(path: Path, place: str, options: ReadOptions) -> Iterator[Article | ArticleError]:
    """The articles of a file, by its ending."""
    plain = packed.plain_name(path)
    kind, date = plain.suffix.lower(), options.published_at
    if kind == ".parquet":
        yield from parquet.read_parquet(path, place, options.table, date)
    elif kind == ".warc":
        with path.open("rb") as stream:  # its records are packed one by one
            yield from warc.read_archive(stream, place, date)
    else:
        with packed.opened(path) as stream:
            if kind == ".txt":
                yield textfile.read_text(packed.whole(stream), place, plain.stem, date)
            elif kind in (".jsonl", ".ndjson"):
                yield from jsonl.read_lines(packed.lines_of(stream), place, date)
            elif kind == ".csv":
                yield from csvfile.read_rows(stream, place, options.table, date)
            elif kind in (".html", ".htm"):
                yield page.read_page(packed.whole(stream), place, article_id=plain.stem, published_at=date)
            else:
                yield from _read_stream(stream, place, plain.stem, options)


def _read_stdin(stream: BinaryIO | None, options: ReadOptions) -> Iterator[Article | ArticleError]:
    if stream is None:
        yield ArticleError(Location("-"), "standard input is closed.", "Pipe articles into it, or name a file.")
    else:
        yield from _read_stream(stream, "-", None, options)


def _read_stream(
    stream: BinaryIO, place: str, article_id: str | None, options: ReadOptions
) -> Iterator[Article | ArticleError]:
    """The articles of a stream of unknown kind: what it is shows in its first character that is not blank."""
    head: list[bytes] = []
    lines = packed.lines_of(stream)
    for line in lines:
        head.append(line)
        if line.strip(_BLANK):
            break
    opening = head[-1].strip(_BLANK)[:1] if head else b""
    if opening in (b"{", b"["):
        yield from jsonl.read_lines(itertools.chain(head, lines), place, options.published_at)
        return
    raw = b"".join(head) + packed.whole(stream)
    if opening == b"<":
        yield from _read_markup(raw, place, article_id, options)
    else:
        yield textfile.read_text(raw, place, article_id, options.published_at)


def _read_markup(
    raw: bytes, place: str, article_id: str | None, options: ReadOptions
) -> Iterator[Article | ArticleError]:
    """The articles of a feed, or the one of a page."""
    if root_name(raw) in FEEDS or packed.plain_name(Path(place)).suffix.lower() in (".xml", ".rss", ".atom"):
        found = feed.entries(raw, place)
        yield from [found] if isinstance(found, ArticleError) else (read_entry(each, options) for each in found)
    else:
        yield page.read_page(raw, place, article_id=article_id, published_at=options.published_at)


def _reason(error: Exception) -> str:
    return getattr(error, "strerror", None) or str(error).rstrip(".")
