"""The pages of a web archive (WARC or ARC, also packed): each response that is HTML as one article."""

from __future__ import annotations

import contextlib
import io
import re
from collections import Counter
from collections.abc import Iterator
from typing import Any, BinaryIO

from policytrack.errors import ArticleError, Location
from policytrack.extras import library
from policytrack.logs import get_logger
from policytrack.model import Article
from policytrack.printable import printable
from policytrack.sources.misread import Misread, misreading
from policytrack.sources.page import LARGEST, read_page

_HTML = ("text/html", "application/xhtml+xml")
_CHARSET = re.compile(r"charset=[\"']?([^\s;\"']+)", re.IGNORECASE)

_log = get_logger()


def read_archive(stream: BinaryIO, place: str, published_at: str | None = None) -> Iterator[Article | ArticleError]:
    """The article of each page, in the order of the archive, or what is wrong with that page.

    Records that are no page (requests, images, answers other than 200) are passed over; a warning at the end says how
    many of each. The place of a page is its address.
    """
    passed: Counter[str] = Counter()
    for record in _records(stream, place):
        if isinstance(record, ArticleError):
            yield record
        elif (kind := _kind(record)) != "page":
            passed[kind] += 1
        else:
            yield _page(record, place, published_at)
    if passed:
        _log.warning("passed over, being no pages", place=place, **{key: passed[key] for key in sorted(passed)})


_WHOLE = "Check that the file is whole; `warcio check` tells more."


def _records(stream: BinaryIO, place: str) -> Iterator[Any]:
    """The records of an archive; at the end an ArticleError where it is none, or breaks off."""
    warcio = library("warcio.archiveiterator", f"{place}: a WARC file")
    found, read, last = warcio.ArchiveIterator(stream), 0, None
    try:
        while (record := _next(found)) is not None:
            if record.rec_type is None:
                raise Misread("a record has no type")
            read, last = read + 1, record
            yield record
    except Misread as error:
        where = f"after record {read}" if read else "from its beginning"
        yield ArticleError(Location(place), f"is no WARC {where}: {error}.", _WHOLE)
        return
    if last is None:
        yield ArticleError(Location(place), "holds no record.", _WHOLE)
    elif _is_cut(last) and _kind(last) != "page":  # of a page it has been said
        yield ArticleError(Location(place), f"breaks off in record {read}.", _WHOLE)


def _next(records: Any) -> Any:
    """The next record, or None. What warcio prints about a wrong length is an error of ours where it matters."""
    with contextlib.redirect_stderr(io.StringIO()):
        return misreading(next, records, None)


def _page(record: Any, place: str, published_at: str | None) -> Article | ArticleError:
    address = record.rec_headers.get_header("WARC-Target-URI") or ""
    where = f"{place}, {printable(address)}"
    try:
        body = misreading(record.content_stream().read, LARGEST + 1)
    except Misread as error:
        return ArticleError(Location(where), f"cannot be unpacked: {error}.", _WHOLE)
    if len(body) <= LARGEST and _is_cut(record):
        return ArticleError(Location(where), "is cut short: its record is longer than the file.", _WHOLE)
    said = _CHARSET.search(record.http_headers.get_header("Content-Type") or "")
    charset = said[1] if said else ""
    return read_page(body, where, address=address, charset=charset, published_at=published_at)


def _is_cut(record: Any) -> bool:
    """Whether a record that has been read to its end is shorter than it says."""
    return bool(getattr(record.raw_stream, "limit", 0))


def _kind(record: Any) -> str:
    """What a record is: a page, or why it is none."""
    if record.rec_type != "response" or record.http_headers is None:
        return str(record.rec_type or "unknown").replace("-", "_")
    if record.http_headers.get_statuscode() != "200":
        return "answers_other_than_200"
    content = (record.http_headers.get_header("Content-Type") or "").partition(";")[0].strip().lower()
    return "page" if content in _HTML else "responses_not_html"
