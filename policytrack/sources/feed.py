"""RSS and Atom: each entry as one article, of the text that the feed carries or of the page that it leads to."""

from __future__ import annotations

import codecs
import io
import itertools
import re
from dataclasses import dataclass
from typing import Any

from policytrack.errors import ArticleError, Location
from policytrack.extras import library
from policytrack.logs import get_logger
from policytrack.model import Article, digest
from policytrack.printable import printable
from policytrack.sources.days import printed_day
from policytrack.sources.links import link_parts
from policytrack.sources.misread import Misread, misreading
from policytrack.sources.page import MOST_TAGS, plain_text
from policytrack.sources.record import shown
from policytrack.sources.textfile import storable

_TAG = re.compile(rb"<|&lt;")
"""Of the feed, and of the HTML that it carries: what parsing costs grows with both."""
_FLOOD = re.compile(rb"<[^<>=]*(?:=[^<>=]*){1000}")
"""A tag of a thousand attributes, which no feed has, and which costs as much as a million tags."""
_WEB = re.compile(r"https?://", re.IGNORECASE)
_URI = re.compile(r"[a-z][a-z0-9+.-]*:\S", re.IGNORECASE)


_log = get_logger()


@dataclass(frozen=True)
class Entry:
    """One entry of a feed. `published` and `modified` as it writes them; `text` is what the feed itself carries."""

    place: str
    number: int
    id: str
    link: str
    title: str
    text: str
    published: str
    modified: str

    @property
    def digest(self) -> str:
        """What tells two versions of one entry apart."""
        return digest(self.link, self.title, self.text, self.published, self.modified)


def entries(raw: bytes, place: str, address: str = "", content_type: str = "") -> list[Entry] | ArticleError:
    """The entries of a feed in its order, or why there are none although it is not empty.

    A feed that is not well-formed is read as far as it can be. `address` is where relative links lead from.
    """
    feedparser = library("feedparser", f"{place}: a feed")
    raw = _cut(raw, place)
    kind = "application/xml; charset=utf-8" if _is_utf_8(raw) else content_type
    headers = {key: value for key, value in (("content-location", address), ("content-type", kind)) if value}
    try:
        found = misreading(feedparser.parse, io.BytesIO(raw), response_headers=headers)
    except Misread as error:
        return ArticleError(Location(place), f"is no feed: {error}.", "Check the address or the file.")
    listed = found.get("entries", [])
    if not listed and (found.get("bozo") or not found.get("version")):
        return _no_feed(found, place)
    return [_entry(each, place, number, address) for number, each in enumerate(listed, start=1)]


def _cut(raw: bytes, place: str) -> bytes:
    """As much of a feed as is read; a warning says where it ends before its end."""
    flood = _FLOOD.search(raw)
    end = flood.start() if flood else len(raw)
    last = next(itertools.islice(_TAG.finditer(raw, 0, end), MOST_TAGS, None), None)
    end = last.start() if last else end
    if end < len(raw):
        _log.warning("cut, being too large", place=place, bytes=end, tags=MOST_TAGS)
    return raw[:end]


def _is_utf_8(raw: bytes) -> bool:
    """Whether a feed is written in UTF-8, whatever it and its server say: often both are wrong, the bytes are not."""
    if b"\0" in raw[:100]:
        return False
    try:
        codecs.getincrementaldecoder("utf-8")().decode(raw)  # a feed that was cut may end in half a character
    except UnicodeDecodeError:
        return False
    return True


def article_of(entry: Entry, published_at: str | None = None) -> Article | ArticleError:
    """The article that an entry carries, or what it lacks; `published_at` is for an entry without a date."""
    location = Location(f"{entry.place}, entry {entry.number}")
    if not entry.id:
        return ArticleError(location, "has no id and no link, so that it could not be told from others.")
    day = day_of(entry) or published_at
    if day is None:
        said = f"has a date that cannot be read: {shown(entry.published)}." if entry.published else "has no date."
        return ArticleError(location, said, "Give one: --published-at YYYY-MM-DD.")
    if not entry.text.strip():
        hint = "Read the page behind it: --full-text, or full_text: true." if entry.link else ""
        return ArticleError(location, "carries no text.", hint)
    article = Article(
        id=entry.id,
        text=entry.text,
        published_at=day,
        title=entry.title,
        url=entry.link or None,
        extra={"modified_at": entry.modified} if entry.modified not in ("", entry.published) else {},
    )
    return storable(article, location)


def day_of(entry: Entry) -> str | None:
    """The day on which an entry says that it was published."""
    return printed_day(entry.published)


def _entry(found: Any, place: str, number: int, address: str) -> Entry:
    link = _text(found, "link")
    link = link if _WEB.match(link) else ""  # feedparser takes any id for a link
    modified = _text(found, "updated")
    return Entry(
        place=place,
        number=number,
        id=_id(_text(found, "id"), link, address),
        link=link,
        title=plain_text(_text(found, "title")).replace("\n", " "),
        text=_carried(found),
        published=_text(found, "published") or modified,  # Atom asks for `updated` only
        modified=modified,
    )


def _text(found: Any, key: str) -> str:
    # Not found[key]: feedparser gives some other key's value where one is missing.
    value = dict.get(found, key)
    return value.strip() if isinstance(value, str) else ""


def _id(own: str, link: str, address: str) -> str:
    """The entry's id where nobody else can have it; else its link; else the id with the feed's host before it."""
    if _URI.match(own) or not (own or link):
        return own
    return link or f"{link_parts(address).hostname or 'feed'}/{own}"


def _carried(found: Any) -> str:
    """The longest of what the entry carries: its content in any form, or its summary."""
    pieces = [*(dict.get(found, "content") or []), dict.get(found, "summary_detail") or {}]
    texts = [_plain(piece.get("value") or "", piece.get("type") or "") for piece in pieces]
    return max(texts, key=len)


def _plain(value: str, kind: str) -> str:
    return value.strip() if kind == "text/plain" and "<" not in value else plain_text(value)


def _no_feed(found: Any, place: str) -> ArticleError:
    error = found.get("bozo_exception")
    said = getattr(error, "getMessage", lambda: str(error or ""))()
    line, column = (getattr(error, name, lambda: 0)() or 0 for name in ("getLineNumber", "getColumnNumber"))
    why = f": {printable(said).rstrip('.')}" if said else ": it is neither RSS nor Atom"
    return ArticleError(
        Location(place, line, column + 1 if line else 0), f"is no feed{why}.", "Check the address or the file."
    )
