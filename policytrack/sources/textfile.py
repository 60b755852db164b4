"""A text file as one article: the first line opens with `DD-MM-YYYY (PLACE) `, the text is the whole file."""

from __future__ import annotations

import re

from policytrack.errors import ArticleError, Location
from policytrack.model import Article, checked_partial_date, digest

LAYOUT = "the first line opens with DD-MM-YYYY (PLACE), as in 22-11-2024 (WASHINGTON)"

# A month or a year alone is a date too; figures that make no date must still match, to be told from no date at all.
_DATELINE = re.compile(r"\s*(?:(?:(\d{1,2})-)?(\d{1,2})-)?(\d{4})[ \t]+\([^()\n]+\)(?:\s|$)", re.ASCII)
_DATE_LIKE = re.compile(r"\s*(\d{1,4}[-./]\d{1,2}(?:[-./]\d{1,4})?)\b", re.ASCII)


def read_text(
    raw: bytes, place: str, article_id: str | None, published_at: str | None = None
) -> Article | ArticleError:
    """The article that the bytes of one file hold, or what is wrong with them.

    Without an id the article is named by a digest of its text, so that two texts never pass for two versions of one.
    `published_at` is for a text without a dateline.
    """
    text = decoded(raw, place)
    if isinstance(text, ArticleError):
        return text
    if not text.strip():
        return ArticleError(Location(place), "is empty.", f"Write an article: {LAYOUT}.")
    article_id = article_id or f"text-{digest(text)[:12]}"
    dateline = _DATELINE.match(text)
    if not dateline and published_at:
        return storable(Article(id=article_id, text=text, published_at=published_at), Location(place, 1))
    if not dateline:
        return _undated(text, place)
    if not text[dateline.end() :].strip():
        return ArticleError(Location(place, 1), "is empty after its dateline.", "Write the text of the article there.")
    return _article(text, dateline, place, article_id)


def decoded(raw: bytes, place: str, line: int = 0) -> str | ArticleError:
    """The text, without a byte order mark; line ends stay as they are, since offsets count them."""
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        where = Location(place, line or 1 + raw.count(b"\n", 0, error.start))
        hint = "Save it as UTF-8, for instance by iconv -f WINDOWS-1252 -t UTF-8."
        return ArticleError(where, f"is not UTF-8: byte 0x{raw[error.start]:02x} at {error.start}.", hint)


_STRINGS = tuple(name for name in Article.model_fields if name != "extra")


def storable(article: Article, location: Location) -> Article | ArticleError:
    """The article itself, or an error where a string of it holds half a surrogate pair, which no text may."""
    try:
        if article.extra:
            article.model_dump_json(include={"extra"}).encode()
        "".join(filter(None, (getattr(article, name) for name in _STRINGS))).encode()
    except ValueError:  # pydantic and str.encode each raise their own kind
        return half_a_pair(location)
    return article


def half_a_pair(location: Location) -> ArticleError:
    """The error that the text at a place is not all characters."""
    return ArticleError(location, "holds half of a surrogate pair, which is no character.", "Write it as UTF-8.")


def _article(text: str, dateline: re.Match[str], place: str, article_id: str) -> Article | ArticleError:
    day, month, year = dateline.groups()
    parts = [year, *(part.zfill(2) for part in (month, day) if part)]
    try:
        published_at = checked_partial_date("-".join(parts))
    except ValueError:
        written = "-".join(part for part in (day, month, year) if part)
        return ArticleError(Location(place, 1), f"there is no date {written!r}.", f"In this layout {LAYOUT}.")
    return storable(Article(id=article_id, text=text, published_at=published_at), Location(place, 1))


def _undated(text: str, place: str) -> ArticleError:
    found = _DATE_LIKE.match(text)
    what = f"the date {found[1]!r} cannot be read here." if found else "has no date."
    return ArticleError(Location(place, 1), what, f"In this layout {LAYOUT}.")
