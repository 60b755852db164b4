"""A web page, fetched or saved, as one article: its text without what stands around it, and what it says of itself.

The day of publication is what the page itself says; it is never guessed from its words or its address.
"""

from __future__ import annotations

import codecs
import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from html import unescape
from typing import Any

from policytrack.errors import ArticleError, Location
from policytrack.extras import library
from policytrack.logs import get_logger
from policytrack.model import Article, digest
from policytrack.printable import printable
from policytrack.sources.days import printed_day
from policytrack.sources.links import link_parts, whole_link
from policytrack.sources.misread import Misread, misreading
from policytrack.sources.record import shown
from policytrack.sources.textfile import storable

LARGEST = 10_000_000
"""Bytes of one page."""
MOST_TAGS = 50_000
"""Tags of one page: what finding the text costs grows with them, and a page of news has a tenth of that."""
FEEDS = ("application/rss+xml", "application/atom+xml")
_PUBLISHED = (
    "article:published_time", "og:article:published_time", "datepublished", "dc.date.issued", "dcterms.issued",
    "dcterms.created", "dc.date", "parsely-pub-date", "sailthru.date", "publishdate", "pubdate", "publication_date",
    "cxenseparse:recs:publishtime", "date",
)  # fmt: skip
_MODIFIED = ("article:modified_time", "og:article:modified_time", "og:updated_time", "datemodified", "dcterms.modified")


_CHARSET = re.compile(rb"(?:charset|encoding)\s*=\s*[\"']?([A-Za-z0-9._:-]+)", re.IGNORECASE)
_ARTICLES = re.compile(r"Article|Posting|Report", re.ASCII)


_log = get_logger()


@dataclass(frozen=True)
class PageHead:
    """What a page says of itself; dates as it writes them, addresses absolute."""

    title: str = ""
    published: tuple[str, ...] = ()
    modified: str = ""
    canonical: str = ""
    site: str = ""
    feeds: tuple[str, ...] = ()


def read_page(
    raw: bytes,
    place: str,
    *,
    article_id: str | None = None,
    address: str = "",
    charset: str = "",
    published_at: str | None = None,
) -> Article | ArticleError:
    """The article that a page holds, or what is wrong with it.

    Without an id it is named by its address: the canonical one that the page gives, or where it was fetched. `charset`
    is what the server said, `published_at` is for a page that does not say when it was published.
    """
    html = _cut(decoded_page(raw[:LARGEST], charset), len(raw) > LARGEST, place)
    try:
        tree = misreading(library("trafilatura", f"{place}: a web page").load_html, html) if html.strip() else None
        head = PageHead() if tree is None else misreading(head_of, tree, address)
        text = "" if tree is None else misreading(text_of, html)
    except Misread as error:
        return ArticleError(Location(place), f"is no web page that can be read: {error}.", "Check the file.")
    if tree is None:
        return ArticleError(Location(place), "is no web page: it is empty.", "Check the address or the file.")
    day = next((day for written in head.published if (day := printed_day(written))), published_at)
    if day is None:
        return ArticleError(Location(place), _undated(head), _hint(head, "Give its date: --published-at YYYY-MM-DD."))
    if not text.strip():
        hint = _hint(head, "It may be written by a script, or stand behind a login.")
        return ArticleError(Location(place), "is a web page without the text of an article.", hint)
    url = _address(head.canonical, address)
    article = Article(
        id=article_id or url or f"text-{digest(text)[:12]}",
        text=text,
        published_at=day,
        title=head.title,
        url=url or None,
        # With an address its host says who publishes: a site's feeds and its pages are one source, however it is named.
        publisher=None if url else head.site or None,
        extra={key: value for key, value in (("site", head.site), ("modified_at", head.modified)) if value},
    )
    return storable(article, Location(place))


def _cut(html: str, already: bool, place: str) -> str:
    """As much of a page as is read; a warning says where it ends before its end."""
    parts = html.split("<", MOST_TAGS)
    if len(parts) > MOST_TAGS:
        html = html[: len(html) - len(parts[-1]) - 1]
    elif not already:
        return html
    _log.warning("cut, being too large", place=place, bytes=LARGEST, tags=MOST_TAGS)
    return html


def text_of(html: str) -> str:
    """The text of the article in a page, paragraph by paragraph; empty where it has none."""
    trafilatura = library("trafilatura", "a web page")
    return trafilatura.extract(html, include_comments=False, include_tables=True) or ""


def plain_text(fragment: str) -> str:
    """The text of a piece of HTML, as feeds carry it, whole: a paragraph a line."""
    html = library("lxml.html", "a feed")
    try:
        tree = html.fragment_fromstring(fragment, create_parent="div")
    except (ValueError, library("lxml.etree", "a feed").ParserError):  # ValueError: control characters
        return " ".join(fragment.split())
    for block in tree.iter(*_BLOCKS):
        block.text = "\n" + (block.text or "")
        block.tail = "\n" + (block.tail or "")
    for hidden in list(tree.iter("script", "style")):
        hidden.text = ""
    lines = (" ".join(line.split()) for line in tree.text_content().splitlines())
    return "\n".join(line for line in lines if line)


_BLOCKS = (
    "p", "div", "br", "li", "ul", "ol", "h1", "h2", "h3", "h4", "h5", "h6", "blockquote", "tr", "table", "section",
    "article", "figure", "figcaption", "pre", "hr",
)  # fmt: skip


def decoded_page(raw: bytes, charset: str = "") -> str:
    """The characters of a page: UTF-8 where it is, else as the server or the page itself says, else by its bytes.

    What a page says of its encoding is often wrong; that bytes happen to be UTF-8 is next to impossible.
    """
    if raw[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return raw.decode("utf-16", "replace")
    for encoding in filter(None, ("utf-8-sig", charset, _declared(raw))):
        try:
            known = codecs.lookup(encoding).name
            # As browsers do: who writes Latin-1 means Windows-1252. A page that was cut may end in half a character.
            return codecs.getincrementaldecoder("cp1252" if known == "iso8859-1" else encoding)().decode(raw)
        except (LookupError, ValueError):  # no such encoding; not written in it
            continue
    best = library("charset_normalizer", "a web page").from_bytes(raw[:100_000]).best()
    return raw.decode(best.encoding if best else "cp1252", "replace")


def _declared(raw: bytes) -> str:
    found = _CHARSET.search(raw[:4096])
    return found[1].decode("ascii") if found else ""


def head_of(tree: Any, address: str = "") -> PageHead:
    """What a page says of itself: in JSON-LD first, then in its meta elements, then in a <time> of its own."""
    linked = list(_linked_data(tree))
    meta = _meta(tree)
    canonical = next(iter(tree.xpath("//link[@rel='canonical']/@href")), "") or meta.get("og:url", "")
    return PageHead(
        title=_clean(_first_text(linked, "headline") or meta.get("og:title", "") or _title(tree)),
        published=tuple(_dates(linked, "datePublished", meta, _PUBLISHED)) or tuple(_times(tree)),
        modified=next(_dates(linked, "dateModified", meta, _MODIFIED), ""),
        canonical=whole_link(address, canonical) if canonical else "",
        site=_clean(meta.get("og:site_name", "")),
        feeds=tuple(
            whole_link(address, link.get("href"))
            for link in tree.xpath("//link[@rel='alternate']")
            if link.get("type", "").lower() in FEEDS and link.get("href")
        ),
    )


def _linked_data(tree: Any) -> Iterator[dict[str, Any]]:
    """The JSON-LD objects of a page that are an article, then those that are the page itself."""
    found = [
        item
        for script in tree.xpath("//script[@type='application/ld+json']")
        for item in _objects(_json(script.text or ""))
    ]
    yield from (item for item in found if _ARTICLES.search(str(item.get("@type", ""))))
    yield from (item for item in found if str(item.get("@type", "")).endswith("WebPage"))


def _json(text: str) -> Any:
    try:
        return json.loads(text, strict=False)
    except (ValueError, RecursionError):  # a page is written by many hands: what is no JSON says nothing
        return None


def _objects(data: Any) -> Iterator[dict[str, Any]]:
    """The objects at the top, of a list, and of @graph; what is nested deeper is about something else."""
    for item in data if isinstance(data, list) else [data]:
        if isinstance(item, dict):
            yield item
            graph = item.get("@graph")
            yield from (each for each in (graph if isinstance(graph, list) else [graph]) if isinstance(each, dict))


def _meta(tree: Any) -> dict[str, str]:
    """The contents of the meta elements by their names in small letters; of several of one name the first."""
    found: dict[str, str] = {}
    for meta in tree.xpath("//meta[@content]"):
        name = meta.get("property") or meta.get("name") or meta.get("itemprop") or ""
        if meta.get("content", "").strip():
            found.setdefault(name.strip().lower(), meta.get("content").strip())
    return found


def _dates(linked: Sequence[dict[str, Any]], key: str, meta: dict[str, str], names: Sequence[str]) -> Iterator[str]:
    yield from (item[key].strip() for item in linked if isinstance(item.get(key), str))
    yield from (meta[name] for name in names if name in meta)


def _times(tree: Any) -> Iterator[str]:
    """What the elements for dates say: those that are marked as the day of publication, else the first <time>.

    Where several <article> elements are dated, the page is a list of them, and has no day of its own.
    """
    for marked in tree.xpath("//*[@itemprop='datePublished'] | //time[@pubdate]"):
        yield str(marked.get("datetime") or marked.get("content") or marked.text_content()).strip()
    if len(tree.xpath("//article[.//time[@datetime]]")) < 2:
        own = tree.xpath("//time[@datetime][not(ancestor::footer or ancestor::aside or ancestor::nav)]/@datetime")
        yield from (str(written).strip() for written in own[:1])


def _first_text(linked: Sequence[dict[str, Any]], key: str) -> str:
    return next((item[key] for item in linked if isinstance(item.get(key), str) and item[key].strip()), "")


def _title(tree: Any) -> str:
    return str(next(iter(tree.xpath("//title/text()")), ""))


def _clean(text: str) -> str:
    return " ".join(unescape(text).split())


def _address(canonical: str, address: str) -> str:
    """The address of an article: the canonical one, unless it leads to another site or from an article to a front page.

    What is canonical elsewhere is another publisher's text, and one address for many articles would make them one.
    """
    said, fetched = link_parts(canonical), link_parts(address)
    if said.scheme not in ("http", "https") or not said.hostname:
        return whole_link("", address)
    elsewhere = fetched.hostname and _site(fetched.hostname) != _site(said.hostname)
    lost = fetched.path.strip("/") and not said.path.strip("/")
    return whole_link("", address if elsewhere or lost else canonical)


def _site(host: str) -> str:
    return host.removeprefix("www.")


def _undated(head: PageHead) -> str:
    if head.published:
        return f"is a web page whose date {shown(head.published[0])} cannot be read."
    not_a_feed = ", not a feed; as a page it does not say" if head.feeds else " that does not say"
    return f"is a web page{not_a_feed} when it was published."


def _hint(head: PageHead, otherwise: str) -> str:
    """Which feeds a page offers in place of itself."""
    if not head.feeds:
        return otherwise
    more = f" and {len(head.feeds) - 5} more" if len(head.feeds) > 5 else ""
    offered = ", ".join(printable(feed) for feed in head.feeds[:5])
    return f"It offers: {offered}{more}. Run: policytrack ingest {printable(head.feeds[0])}"
