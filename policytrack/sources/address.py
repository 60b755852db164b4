"""Feeds and pages on the web as items: a feed has one for each entry, a page is one itself."""

from __future__ import annotations

import hashlib
import itertools
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from policytrack.errors import ArticleError, Location
from policytrack.model import Article
from policytrack.printable import printable
from policytrack.sources import feed, page
from policytrack.sources.markup import FEEDS, root_name
from policytrack.sources.options import ReadOptions
from policytrack.sources.web import Fetched, Unreached


@dataclass(frozen=True)
class Item:
    """One thing that a source offers: its id, what tells two versions of it apart, and how its articles are read.

    `read` may fetch the page behind an entry, or open a file: what is known already need not be read.
    """

    id: str
    digest: str
    read: Callable[[], Iterable[Article | ArticleError]]


def read_address(address: str, options: ReadOptions) -> Iterator[Article | ArticleError]:
    """The articles of a feed, or the one of a page; or why it cannot be read."""
    try:
        found = items(options.web.fetch(address, allow_private=options.allow_private), address, options)
    except Unreached as error:
        found = error
    if isinstance(found, ArticleError):
        yield found
    else:
        yield from itertools.chain.from_iterable(item.read() for item in found)


def items(fetched: Fetched, address: str, options: ReadOptions) -> list[Item] | ArticleError:
    """What was fetched from an address, in its order, or why it is neither a feed nor a page."""
    place, root = printable(address), root_name(fetched.body)
    if root in FEEDS or (
        root and root != "html" and "xml" in fetched.content_type and "html" not in fetched.content_type
    ):
        found = feed.entries(fetched.body, place, fetched.address, fetched.content_type)
        return found if isinstance(found, ArticleError) else [_of_entry(entry, options) for entry in found]
    if root or "html" in fetched.content_type:
        read = page.read_page(
            fetched.body, place, address=fetched.address, charset=fetched.charset, published_at=options.published_at
        )
        if isinstance(read, ArticleError):
            return read
        return [Item(fetched.address, hashlib.sha256(fetched.body).hexdigest(), lambda: [read])]
    what = fetched.content_type.partition(";")[0] or "of no known kind"
    hint = "Only feeds and web pages are read from the web: save it, and name the file."
    return ArticleError(Location(place), f"is {printable(what)}, neither a feed nor a page.", hint)


def _of_entry(entry: feed.Entry, options: ReadOptions) -> Item:
    return Item(entry.id or str(entry.number), entry.digest, lambda: [read_entry(entry, options)])


def read_entry(entry: feed.Entry, options: ReadOptions) -> Article | ArticleError:
    """The article of an entry: of the page behind it, where the full text is wanted, under the entry's own id."""
    if not (options.full_text and entry.link):
        return feed.article_of(entry, options.published_at)
    try:
        fetched = options.web.fetch(entry.link, allow_private=options.allow_private)
    except Unreached as error:
        return error
    day = feed.day_of(entry) or options.published_at
    place = printable(entry.link)
    return page.read_page(
        fetched.body,
        place,
        article_id=entry.id or entry.link,
        address=fetched.address,
        charset=fetched.charset,
        published_at=day,
    )
