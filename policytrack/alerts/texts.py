"""An alert in words: on one line, in full, and as Markdown. What articles say is quoted, and never obeyed."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Final, NamedTuple
from urllib.parse import quote

from policytrack.alerts.channel import TextStyle
from policytrack.alerts.payload import AlertTrigger, Digest, DueAlert, Item, Payload, Quoted, ShiftAlert, SilentAlert
from policytrack.moments import shown
from policytrack.news import What
from policytrack.printable import REMOVED, fitting, printable

LONGEST: Final = 240
"""Characters of a short text, at most."""

_LEADS: Final[Mapping[What, str]] = {"disputed": "DISPUTED", "retracted": "RETRACTED", "corrected": "CORRECTED"}
"""What begins the line of news that takes something back, so that none of it is read as a shift."""
_NEWS: Final[Mapping[What, str]] = {
    "new": "this shift is new",
    "corroborated": "corroborated: publishers that do not copy each other say so now",
    "confirmed": "confirmed: who decides has said so, or it is done",
    "disputed": "disputed: it is denied, or said otherwise; see below",
    "retracted": "retracted: what it rested on is gone, and it counts no longer",
    "corrected": "corrected: it is told otherwise than before, as below",
}
_WEB = re.compile(r"https?://[^\s\\]+", re.IGNORECASE)
_MARKUP = re.compile(r"[\\`*_\[\]]")
_ENTITIES: Final = {"&": "&amp;", "<": "&lt;", ">": "&gt;", "~": "&#126;", "|": "&#124;"}
_LINKS = re.compile(r"(?i)(?<=[a-z]):(?=//)|(?<=\bwww)\.|@|(?<=\bmailto):")
"""What makes an address of words without being asked to."""


class _Line(NamedTuple):
    """One thing that is said of an alert: its name, what is said, and where that is quoted from, if it is."""

    name: str
    said: str
    source: str = ""
    url: str | None = None


# --- the three styles


def short(payload: Payload) -> str:
    """The alert on one line, of at most 240 characters."""
    items = payload.items
    if not isinstance(payload.data, Digest):
        return fitting(_headline(items[0]), LONGEST)
    told = f"{_counted(len(items))}{_why_together(payload.data)}: {'; '.join(map(_headline, items))}"
    return fitting(told, LONGEST)


def full(payload: Payload) -> str:
    """The alert as plain text: what is new, when, why, who says so, and how to go on."""
    told = ["\n".join(_plain(item)) for item in payload.items]
    if isinstance(payload.data, Digest):
        told.insert(0, f"{_counted(len(payload.items))}{_why_together(payload.data)}")
    return "\n\n".join(told) + "\n"


def markdown(payload: Payload) -> str:
    """The alert as Markdown; what was not written by policytrack is taken literally, and makes no link."""
    told = ["\n".join(_marked_up(item)) for item in payload.items]
    if isinstance(payload.data, Digest):
        told.insert(0, f"{_counted(len(payload.items))}{_why_together(payload.data)}")
    return "\n\n".join(told) + "\n"


STYLES: Final[Mapping[TextStyle, Callable[[Payload], str]]] = {"short": short, "full": full, "markdown": markdown}
"""The styles, by their names."""


def _plain(item: Item) -> Iterator[str]:
    yield printable(_headline(item))
    for line in _lines(item):
        told = [f"{line.name}:", line.said, f"({line.source})" if line.source else "", line.url or ""]
        yield printable(" ".join(filter(None, told)))


def _marked_up(item: Item) -> Iterator[str]:
    yield f"**{escaped(_headline(item))}**\n"
    for line in _lines(item):
        source = f"({escaped(line.source)})" if line.source else ""
        told = [f"- {line.name}:", escaped(line.said), source, _link(line.url)]
        yield " ".join(filter(None, told))


def escaped(said: str) -> str:
    """The words as Markdown that shows just them: no markup, no HTML, no link, no mention of anybody."""
    plain = _MARKUP.sub(r"\\\g<0>", printable(said))
    plain = "".join(_ENTITIES.get(char, char) for char in plain)
    return _LINKS.sub(lambda found: f"&#{ord(found[0])};", plain)


def web_address(url: str | None) -> str | None:
    """The address, fit to be a link; None where it is none of the web."""
    return quote(url, safe="/:?#@!$&'*+,;=%~-._") if url and _WEB.fullmatch(url) else None


def _link(url: str | None) -> str:
    found = web_address(url)
    return f"[source](<{found}>)" if found else escaped(url or "")


def _counted(number: int) -> str:
    return f"{number} alert{'s' * (number != 1)}"


def _why_together(digest: Digest) -> str:
    return " of articles that were taken in late, or of other rules" if digest.summary else ""


def _one_line(said: str) -> str:
    return " ".join(said.split())


# --- what is said of each kind of news


def _headline(item: Item) -> str:
    data = item.data
    match data:
        case ShiftAlert():
            return _one_line(_shift_headline(data))
        case DueAlert():
            return _one_line(_due_headline(data))
        case SilentAlert():
            since = shown(data.new_at) if data.new_at else "it was first watched"
            return _one_line(f"source {data.source} is silent: nothing new since {since}")
        case _:
            return _one_line(f"TEST: {data.text}")


def _shift_headline(data: ShiftAlert) -> str:
    step = f"{data.policy}: {data.from_} -> {data.to} on {data.on}"
    weight = f"{data.sources} source{'s' * (data.sources != 1)}"
    if data.what not in _LEADS:
        so = ["new", data.stage] if data.what == "new" else [data.what]
        return f"{step} ({', '.join([*so, *(['implied'] if data.implied else []), weight])})"
    if data.what == "retracted":
        return f"RETRACTED {step} (no longer stands)"
    against = f", {len(data.against)} against" if data.what == "disputed" and data.against else ""
    return f"{_LEADS[data.what]} {step} ({data.stage + ', ' if data.what == 'corrected' else ''}{weight}{against})"


def _due_headline(data: DueAlert) -> str:
    if data.what == "ends":
        return f"DUE {data.policy}: {data.status} is expected to end on {data.on}"
    return f"DUE {data.policy}: {data.status} -> {data.to or 'what is scheduled'} comes into force on {data.on}"


def _lines(item: Item) -> Iterator[_Line]:
    """All that is said below the headline, each on one line."""
    match item.data:
        case ShiftAlert() as data:
            lines = _of_shift(data)
        case DueAlert() as data:
            lines = _of_due(data)
        case SilentAlert() as data:
            lines = _of_silence(data)
        case _:
            lines = iter([_Line("what", "a test: nothing has happened, and nothing need be done")])
    yield from (_Line(line.name, _one_line(line.said), _one_line(line.source), line.url) for line in lines)


def _of_shift(data: ShiftAlert) -> Iterator[_Line]:
    yield _Line("policy", data.title or data.policy)
    yield _Line("what", _NEWS[data.what] + ("" if data.change == "shift" else "; a correction of what was known"))
    kind = data.kind.replace("_", " ")
    yield _Line("change", f"{data.field} from {data.from_} to {data.to} ({kind}, {data.direction}, {data.severity})")
    yield from [_Line("issuer", data.issuer.text or data.issuer.id or "")] if data.issuer.text or data.issuer.id else []
    yield _Line("on", f"{data.on}, when it happened{' by what use shows; nobody states it' * data.implied}")
    yield _Line("known", f"{shown(data.known)}, by when the ledger held all of this")
    yield from (_Line("scope", limit) for limit in data.scope)
    yield from [_trigger(each) for each in data.triggers or (data.trigger,)]
    yield from [_quoted("evidence", data.quote)] if data.quote else []
    yield from (_quoted("against", each) for each in data.against)
    yield _Line("weight", f"{_sources(data)}; {data.stage}")
    yield _Line("read by", f"{data.pack}, rule {data.rule}" if data.pack else f"rule {data.rule}")
    yield from [_Line("link", "", url=data.url)] if data.url else []
    yield from [_Line("told before as", data.supersedes)] if data.supersedes else []
    yield _Line("go on", data.why)


def _of_due(data: DueAlert) -> Iterator[_Line]:
    yield _Line("policy", data.title or data.policy)
    ends = data.what == "ends"
    yield _Line("what", "its end is expected" if ends else "what was decided before comes into force")
    yield _Line("change", f"from {data.status}{' to ' + data.to if data.to else ''}")
    yield _Line("on", data.on)
    yield _Line("known", shown(data.known))
    yield _Line("go on", f"policytrack why {data.state}")


def _of_silence(data: SilentAlert) -> Iterator[_Line]:
    yield _Line("what", f"the source has had nothing new for longer than {data.silent_after}")
    yield _Line("address", data.address)
    yield _Line("last new", shown(data.new_at) if data.new_at else "never")
    yield _Line("last fetched", shown(data.fetched_at) if data.fetched_at else "never")
    yield from [_Line("last error", data.error)] if data.error else []
    yield _Line("go on", "policytrack sources FILE")


def _trigger(trigger: AlertTrigger) -> _Line:
    if not trigger.stated:
        return _Line("trigger", "none stated")
    said = f'"{_one_line(trigger.text)}"' if trigger.text else REMOVED
    kind = f"{trigger.kind}: " if trigger.kind and trigger.kind != "primary" else ""
    source = f"according to {trigger.attributed_to}" if trigger.attributed_to else ""
    return _Line("trigger", kind + said, source, trigger.source_url)


def _quoted(name: str, quoted: Quoted) -> _Line:
    said = f'"{_one_line(quoted.quote)}"' if quoted.quote else REMOVED
    source = [quoted.publisher or quoted.article_id, quoted.published_at]
    source += [f"according to {quoted.attributed_to}"] if quoted.attributed_to else []
    return _Line(name, said, ", ".join(source), quoted.url)


def _sources(data: ShiftAlert) -> str:
    reports = f"{data.reports} report{'s' * (data.reports != 1)}"
    return f"{data.sources} source{'s' * (data.sources != 1)} that do not copy each other, {reports}"
