"""The stretches of an article's text that are parsed, each for itself: its sentences, as far as signs tell them.

A stretch is parsed alike whatever stands beside it, so that an article's claims do not depend on how much of it is
parsed. The parser finds the sentences that this module leaves in one.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

READ_AT_MOST = 100_000
"""Characters of one text that are parsed: several times the longest feature of a newspaper."""
LONGEST_PASSAGE = 10_000
"""The parser refuses a million characters at once, and long before that takes memory for each of them."""

_SAME_LENGTH = str.maketrans(
    {
        "\u2018": "'", "\u2019": "'", "\u201b": "'", "\u02bc": "'", "\u201c": '"', "\u201d": '"', "\u201e": '"',
        "\u00ab": '"', "\u00bb": '"', "\u00a0": " ", "\u202f": " ", "\u2009": " ", "\u2011": "-", "\u2010": "-",
        "\u200b": " ", "\u200e": " ", "\u200f": " ", "\ufeff": " ", "\t": " ",
    }
)  # fmt: skip
_SAME_LENGTH |= dict.fromkeys(range(0xD800, 0xE000), "\ufffd")  # the parser takes no half of a surrogate pair

_SENTENCE_END = re.compile(r"[.!?][\"')\]]*\s")
_SPACE = re.compile(r"\s")
_PARAGRAPH = re.compile(r"[^\r\n\u2028\u2029]+")
_WRAP = re.compile(r"(?<=[^\n]{40}[a-z,])\n(?=[a-z])")
"""A line end inside a sentence: after a long line that ends in a small letter, before one that begins with one."""
_DAY = r"(?:,? (?:[A-Z][a-z]{2,8}\.? )?\d{1,2}(?: [A-Z][a-z]{2,8})?)"
_AGENCY = r"\([A-Za-z /.]+\)"
_DASH = r"(?:—|–|--| -)"
_PLACE = r"[A-Z][a-z]+(?: [A-Z][a-z]+){0,2}(?:, [A-Z][A-Za-z.]+(?: [A-Z][a-z]+)?)?"
_DATELINE = re.compile(
    r"\s*(?:\d{1,2}-\d{1,2}-\d{4}\s*\([^()\n]{2,40}\)\s+"
    r"|(?:[A-Z][A-Z.'\-]+(?:[ ,/]+[A-Z][A-Za-z.'\-]*){0,5}"
    rf"{_DAY}?(?:, \d{{4}})?\s*(?:{_AGENCY}\s*)?{_DASH}\s*"
    rf"|[A-Z][A-Z.'\-]+(?: [A-Z][A-Z.'\-]+)?{_DAY}?(?: {_AGENCY})?:\s*"
    rf"|{_PLACE}(?:{_DAY}?(?:, \d{{4}})?\s*{_AGENCY}\s*(?:{_DASH}|:)|{_DAY}\s*(?:{_DASH}|:))\s*"
    rf"|[A-Z][a-z]{{2,8}}\.? \d{{1,2}} {_AGENCY}\s*{_DASH}\s*)"
    r"(?=[A-Z\"'“‘0-9]))"
)
_PLACE_COLON = re.compile(rf"\s*{_PLACE}: (?=(?:The|An?|In|On) )")
"""A place and a colon open a text, not a later paragraph, where a speaker's name stands so."""
_ASIDE = re.compile(
    r"\s*(?:(?:READ MORE|ALSO READ|RELATED|SEE ALSO|WATCH|FILE PHOTO|PHOTO|IMAGE|CAPTION|ADVERTISEMENT)\b[^\n]{0,200}$"
    r"|(?:Read (?:more|also)|Also read|Related(?: stories| articles)?|See also|Watch|(?:File )?[Pp]hoto|Image|Caption"
    r"|Advertisement|Photograph) ?[:|][^\n]{0,200}$"
    r"|By(?: [A-Z][\w.'-]+){1,4}(?:(?:,| and)(?: [A-Z][\w.'-]+){1,4}){0,3}\.?\s*$"
    r"|(?:Updated|Published|Last updated|First published)\b[^\n.]{0,60}\d[^\n.]{0,30}$)"
)
"""Lines beside the article: links to other articles, captions, bylines, moments of publication."""
_SENTENCE = re.compile(r"""(?<=[a-z0-9%)][.!?])["')\]]*\s+(?=["'(]?[A-Z])""")
"""Between two sentences: a small letter or a figure before the full stop, a capital after the blank."""
_SHORT = re.compile(
    r"(?:^|[\s(\"'])(?:Mr|Mrs|Ms|Dr|Prof|Gen|Lt|Col|Sgt|Capt|Maj|Cmdr|Adm|Sen|Rep|Reps|Gov|Rev|Hon|St|Jr|Sr|Inc|Ltd|Co"
    r"|Corp|Bros|vs?|Nos?|Jan|Feb|Mar|Apr|Jun|Jul|Aug|Sept?|Oct|Nov|Dec|[ap]\.m|e\.g|i\.e|etc|approx|Art|Sec|Fig|Mt|Ft|al|ca|cf|pp?)\.$"
)
"""Words that a full stop shortens. Initials and "U.S." end in a capital and are no end of a sentence anyway."""


class Passage(NamedTuple):
    """One stretch: its offset, its text with characters folded one for one, and the paragraph that it is of."""

    start: int
    text: str
    paragraph: int


def folded(text: str) -> str:
    """The text with one form of quotation mark, blank and hyphen each, as it is read; every offset stays."""
    return text.translate(_SAME_LENGTH)


def passages(text: str) -> list[Passage]:
    """The sentences of a text in order, without datelines and asides.

    Of a text beyond READ_AT_MOST its opening. A sentence beyond LONGEST_PASSAGE is cut after a word.
    """
    found: list[Passage] = []
    for number, (start, paragraph) in enumerate(_paragraphs(text)):
        for offset, piece in _pieces(start, paragraph):
            found += [Passage(offset + at, sentence, number) for at, sentence in _sentences(piece)]
    return found


def _paragraphs(text: str) -> list[tuple[int, str]]:
    whole = _WRAP.sub(" ", folded(text[: _cut(text, 0, READ_AT_MOST)]))
    found: list[tuple[int, str]] = []
    for match in _PARAGRAPH.finditer(whole):
        start, paragraph = match.start(), match.group()
        if _ASIDE.match(paragraph):
            continue
        dateline = _DATELINE.match(paragraph) or (None if found else _PLACE_COLON.match(paragraph))
        if dateline:
            start, paragraph = start + dateline.end(), paragraph[dateline.end() :]
        found.append((start, paragraph))
    return found


def _sentences(piece: str) -> Iterator[tuple[int, str]]:
    """The sentences of a piece with their offsets in it."""
    start = 0
    for between in _SENTENCE.finditer(piece):
        if not _SHORT.search(piece, max(start, between.start() - 12), between.start()):
            yield start, piece[start : between.end()].rstrip()
            start = between.end()
    yield start, piece[start:]


def _pieces(offset: int, paragraph: str) -> Iterator[tuple[int, str]]:
    start = 0
    while start < len(paragraph):
        end = _cut(paragraph, start, LONGEST_PASSAGE)
        piece = paragraph[start:end]
        if stripped := piece.strip():
            yield offset + start + len(piece) - len(piece.lstrip()), stripped
        start = end


def _cut(text: str, start: int, longest: int) -> int:
    """Where a stretch from `start` ends: after its last whole sentence, else its last word, else at `longest`."""
    limit = start + longest
    if len(text) <= limit:
        return len(text)
    window = text[start + longest // 2 : limit]
    ends = [match.end() for match in _SENTENCE_END.finditer(window)] or [
        match.end() for match in _SPACE.finditer(window)
    ]
    return start + longest // 2 + ends[-1] if ends else limit
