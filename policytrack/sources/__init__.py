"""Where articles come from: one module a kind of source, one function that picks the right one."""

from __future__ import annotations

import difflib
import sys
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import BinaryIO

from policytrack.errors import ArticleError, ConfigError, Location
from policytrack.model import Article
from policytrack.printable import printable
from policytrack.sources import jsonl, textfile
from policytrack.sources.counting import count_articles
from policytrack.sources.pausing import Pausing
from policytrack.sources.textfile import storable

__all__ = ["KINDS", "Pausing", "counted", "one_article", "read_articles", "standard_input", "storable", "together"]

KINDS = (".txt", ".jsonl", ".ndjson")
_BLANK = b" \t\r\n\v\f\xef\xbb\xbf"


def read_articles(path: str | Path, stdin: BinaryIO | None = None) -> Iterator[Article | ArticleError]:
    """Every article that `path` holds, in order, and an ArticleError in the place of each that cannot be read.

    `path` is a text file in the seed layout, a JSONL file, a folder of either (sub-folders too, sorted by
    name; hidden files and other kinds of file are passed over), or "-": standard input, JSONL or one text,
    told by its first character that is not blank. So is a file whose ending says neither.
    Articles are yielded as they are read: a JSONL file is never held as a whole.
    """
    place = printable(path)
    try:
        if place == "-":
            yield from _read_stdin(stdin or standard_input())
        elif Path(path).is_dir():
            yield from _read_folder(Path(path), stdin)
        elif not Path(path).exists():
            yield ArticleError(Location(place), "there is no such file or folder.", "Check the path.")
        else:
            yield from _read_file(Path(path), place)
    except (OSError, ValueError) as error:  # ValueError: a path with a NUL character
        yield ArticleError(Location(place), f"cannot be read: {_reason(error)}.", "Check the path and its permissions.")


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


def _read_folder(folder: Path, stdin: BinaryIO | None) -> Iterator[Article | ArticleError]:
    found = _files(folder)
    if not found:
        wanted = " or ".join(KINDS[:2])
        yield ArticleError(Location(printable(folder)), f"holds no {wanted} file.", "Name a folder of articles.")
    for file in found:
        yield from read_articles(file, stdin)


def _files(folder: Path) -> list[Path]:
    """The files of a folder that hold articles, in the order in which they are read."""
    found = [file for file in folder.rglob("*") if _belongs(file.relative_to(folder)) and file.is_file()]
    return sorted(found, key=lambda file: file.relative_to(folder).parts)


def _belongs(name: Path) -> bool:
    return name.suffix.lower() in KINDS and not any(part.startswith(".") for part in name.parts)


def _read_file(path: Path, place: str) -> Iterator[Article | ArticleError]:
    with path.open("rb") as stream:
        if path.suffix.lower() == ".txt":
            yield textfile.read_text(stream.read(), place, path.stem)
        elif path.suffix.lower() in KINDS:
            yield from jsonl.read_lines(stream, place)
        else:
            yield from _read_stream(stream, place, path.stem)


def _read_stdin(stream: BinaryIO | None) -> Iterator[Article | ArticleError]:
    if stream is None:
        yield ArticleError(Location("-"), "standard input is closed.", "Pipe articles into it, or name a file.")
    else:
        yield from _read_stream(stream, "-")


def _read_stream(stream: BinaryIO, place: str, article_id: str | None = None) -> Iterator[Article | ArticleError]:
    """The articles of a stream of unknown kind: JSONL where it opens with a brace or bracket, else one text."""
    head: list[bytes] = []
    for line in stream:
        head.append(line)
        if line.strip(_BLANK):
            break
    if head and head[-1].strip(_BLANK)[:1] in (b"{", b"["):
        yield from jsonl.read_lines(_joined(head, stream), place)
    else:
        yield textfile.read_text(b"".join(head) + stream.read(), place, article_id)


def _joined(head: list[bytes], stream: BinaryIO) -> Iterator[bytes]:
    yield from head
    yield from stream


def _reason(error: Exception) -> str:
    return getattr(error, "strerror", None) or str(error)
