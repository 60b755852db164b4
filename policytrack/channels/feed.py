"""Alerts as the entries of a feed, in a file that a web server or a reader of feeds is pointed at."""

from __future__ import annotations

import datetime
import email.utils
import html
import re
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Annotated, Final, Literal, NamedTuple
from xml.etree import ElementTree as xml

from pydantic import AfterValidator, Field, model_validator

from policytrack.alerts.channel import ChannelSettings, Kind, Message, Undelivered
from policytrack.alerts.payload import Payload, ShiftAlert
from policytrack.alerts.template import Tell, text_of
from policytrack.alerts.texts import short, web_address
from policytrack.errors import LedgerError
from policytrack.ledger.locked import locked
from policytrack.model import digest
from policytrack.wholefile import check_place, put_whole

Format = Literal["atom", "rss"]
PATIENCE: Final = 10.0
"""Seconds for which one who writes waits for another."""
LARGEST: Final = 200_000_000
"""Bytes of a feed: a larger one was not written here."""
_ENDINGS: Final[dict[str, Format]] = {".atom": "atom", ".rss": "rss", ".xml": "rss"}
_ATOM: Final = "{http://www.w3.org/2005/Atom}"
_GENERATOR: Final = "policytrack"
_URN: Final = "urn:policytrack:"
_NOT_XML = re.compile("[^\t\n\r -\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def _checked_link(value: str) -> str:
    if web_address(value) is None:
        raise ValueError("it is not an address; write it out, as https://example.org/policy")
    return value


class Settings(ChannelSettings):
    """A file, what the feed is called, and how many entries it keeps.

    `format` is told by the ending of the file where it is not said: .atom, .rss or .xml (RSS). `link` is the page that
    the feed belongs to.
    """

    feed: Annotated[str, Field(min_length=1)]
    title: Annotated[str, Field(min_length=1)] = "Policy shifts"
    link: Annotated[str, AfterValidator(_checked_link)] | None = None
    keep: Annotated[int, Field(ge=1, le=10_000)] = 100
    format: Format | None = None

    @model_validator(mode="after")
    def _format_is_known(self) -> Settings:
        if self.format is None and Path(self.feed).suffix.lower() not in _ENDINGS:
            raise ValueError(f"feed {self.feed!r} ends in none of .atom, .rss, .xml; say format: atom or format: rss")
        return self

    @property
    def written_as(self) -> Format:
        """The format that is said, or that the ending tells."""
        return self.format or _ENDINGS[Path(self.feed).suffix.lower()]


class Entry(NamedTuple):
    """One alert as it stands in the feed; the body is HTML."""

    id: str
    title: str
    at: datetime.datetime
    kind: str
    link: str | None
    body: str


class Foreign(Exception):
    """A file that is no feed written here."""


class Feed:
    """A channel that keeps the newest alerts in a feed, each id once."""

    def __init__(self, path: Path, settings: Settings, tell: Tell) -> None:
        self._path = path
        self._settings = settings
        self._tell = tell

    def send(self, message: Message) -> str:
        """That the feed was written; Undelivered where it could not be, and then it is as it was."""
        entry = self._entry(message.payload)
        try:
            file = locked(self._path, PATIENCE)
            if file is None:
                raise Undelivered(f"another process has had the file for {PATIENCE:g} s")
            with file:
                file.seek(0)
                put_whole(self._path, self._with(entry, file.read(LARGEST + 1)))
        except OSError as error:
            raise Undelivered(f"cannot be written: {error.strerror or error}") from error
        except (LedgerError, Foreign) as error:
            raise Undelivered(str(error).rstrip(".")) from error
        return "written"

    def _entry(self, payload: Payload) -> Entry:
        data = payload.data
        link = web_address(data.url) if isinstance(data, ShiftAlert) else None
        body = "".join(f"<p>{_as_html(part)}</p>" for part in self._tell(payload).strip().split("\n\n"))
        return Entry(_fit(payload.id), _fit(short(payload)), payload.timestamp, _fit(payload.type), link, _fit(body))

    def _with(self, entry: Entry, content: bytes) -> bytes:
        """The feed with the entry in place of its earlier self, the newest first."""
        form = _FORMS[self._settings.written_as]
        others = [each for each in _read(content, form) if each.id != entry.id] if content else []
        entries = sorted([entry, *others], key=lambda each: each.at, reverse=True)[: self._settings.keep]
        tree = form.write(self._settings, entries)
        xml.indent(tree)
        made: bytes = xml.tostring(tree, encoding="utf-8", xml_declaration=True)
        return made + b"\n"


def _as_html(text: str) -> str:
    return html.escape(text, quote=False).replace("\n", "<br>")


def _fit(text: str) -> str:
    """The text without what XML cannot hold."""
    return _NOT_XML.sub("\ufffd", text)


# --- the two formats


class _Form(NamedTuple):
    """How a feed is written and read; `generator` is the way to the name of who wrote it."""

    root: str
    generator: str
    entries: str
    write: Callable[[Settings, Sequence[Entry]], xml.Element]
    read: Callable[[xml.Element], Entry]


def _read(content: bytes, form: _Form) -> list[Entry]:
    """The entries of a feed that was written here in this format; Foreign where it was not."""
    foreign = Foreign("holds something else than a feed that policytrack wrote in this format: name another file")
    try:
        tree = xml.fromstring(content) if len(content) <= LARGEST else None
        if tree is None or tree.tag != form.root or tree.findtext(form.generator) != _GENERATOR:
            raise foreign
        return [form.read(each) for each in tree.iterfind(form.entries)]
    except (xml.ParseError, ValueError, TypeError, LookupError):
        raise foreign from None


def _text(holder: xml.Element, tag: str, text: str, **attributes: str) -> None:
    xml.SubElement(holder, tag, attributes).text = text


def _feed_id(settings: Settings) -> str:
    return settings.link or f"{_URN}{digest(settings.title)}"


def _latest(entries: Sequence[Entry]) -> datetime.datetime:
    return max(entry.at for entry in entries)


def _atom(settings: Settings, entries: Sequence[Entry]) -> xml.Element:
    feed = xml.Element("feed", xmlns=_ATOM[1:-1])  # not as part of each name, which would be written as a prefix
    _text(feed, "id", _feed_id(settings))
    _text(feed, "title", _fit(settings.title))
    _text(feed, "updated", _latest(entries).isoformat())
    _text(xml.SubElement(feed, "author"), "name", "policytrack")
    _text(feed, "generator", _GENERATOR)
    if settings.link:
        xml.SubElement(feed, "link", href=settings.link)
    for entry in entries:
        _atom_entry(xml.SubElement(feed, "entry"), entry)
    return feed


def _atom_entry(holder: xml.Element, entry: Entry) -> None:
    _text(holder, "id", _URN + entry.id)
    _text(holder, "title", entry.title)
    _text(holder, "updated", entry.at.isoformat())
    xml.SubElement(holder, "category", term=entry.kind)
    if entry.link:
        xml.SubElement(holder, "link", href=entry.link)
    _text(holder, "content", entry.body, type="html")


def _read_atom(found: xml.Element) -> Entry:
    link = found.find(f"{_ATOM}link")
    return Entry(
        id=_said(found, f"{_ATOM}id").removeprefix(_URN),
        title=_said(found, f"{_ATOM}title"),
        at=_aware(datetime.datetime.fromisoformat(_said(found, f"{_ATOM}updated"))),
        kind=found.find(f"{_ATOM}category").attrib["term"],  # type: ignore[union-attr]  # a TypeError is told as foreign
        link=None if link is None else link.attrib["href"],
        body=_said(found, f"{_ATOM}content"),
    )


def _rss(settings: Settings, entries: Sequence[Entry]) -> xml.Element:
    feed = xml.Element("rss", version="2.0")
    channel = xml.SubElement(feed, "channel")
    _text(channel, "title", _untagged(_fit(settings.title)))
    _text(channel, "link", _feed_id(settings))
    _text(channel, "description", _untagged(_fit(settings.title)))
    _text(channel, "lastBuildDate", email.utils.format_datetime(_latest(entries)))
    _text(channel, "generator", _GENERATOR)
    for entry in entries:
        _rss_item(xml.SubElement(channel, "item"), entry)
    return feed


def _untagged(text: str) -> str:
    """The text for readers that take it as HTML, and for those that do not: RSS does not say which is right."""
    return text.replace("<", "&lt;")


def _rss_item(holder: xml.Element, entry: Entry) -> None:
    _text(holder, "guid", entry.id, isPermaLink="false")
    _text(holder, "title", _untagged(entry.title))
    _text(holder, "pubDate", email.utils.format_datetime(entry.at))
    _text(holder, "category", entry.kind)
    if entry.link:
        _text(holder, "link", entry.link)
    _text(holder, "description", entry.body)


def _read_rss(found: xml.Element) -> Entry:
    return Entry(
        id=_said(found, "guid"),
        title=_said(found, "title"),
        at=_aware(email.utils.parsedate_to_datetime(_said(found, "pubDate"))),
        kind=_said(found, "category"),
        link=found.findtext("link"),
        body=_said(found, "description"),
    )


def _said(holder: xml.Element, tag: str) -> str:
    found = holder.findtext(tag)
    if found is None:
        raise LookupError(tag)
    return found


def _aware(moment: datetime.datetime) -> datetime.datetime:
    if moment.tzinfo is None:
        raise ValueError("a moment without time zone")
    return moment


_FORMS: Final[dict[Format, _Form]] = {
    "atom": _Form(f"{_ATOM}feed", f"{_ATOM}generator", f"{_ATOM}entry", _atom, _read_atom),
    "rss": _Form("rss", "channel/generator", "channel/item", _rss, _read_rss),
}


def open_feed(settings: Settings, folder: Path) -> Feed:
    """The channel; ConfigError where no file can be there."""
    path = folder / settings.feed
    check_place(path)
    return Feed(path, settings, text_of(settings, folder))


KIND = Kind(Settings, open_feed)
