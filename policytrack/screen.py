"""Which articles can matter: a scan for many phrases at once. The only module that knows the scanner."""

from __future__ import annotations

import re
from collections.abc import Iterable


class Screen:
    """Finds whether a text names any of the phrases, without regard to case, spaces or hyphens between words."""

    def __init__(self, phrases: Iterable[str]) -> None:
        import hyperscan

        self._stems = sorted({stem for phrase in phrases if (stem := _stem(phrase))})
        self._database = None
        if self._stems:
            self._database = hyperscan.Database()
            self._database.compile(
                expressions=self._stems,
                ids=list(range(len(self._stems))),
                elements=len(self._stems),
                flags=hyperscan.HS_FLAG_SINGLEMATCH,
            )

    def hits(self, text: str) -> bool:
        """Whether the text may name one of the phrases; never false where it does."""
        if self._database is None:
            return False
        found: list[int] = []

        def on_match(number: int, *_rest: object) -> bool:
            found.append(number)
            return True

        import hyperscan

        try:
            self._database.scan(_read(text), match_event_handler=on_match)
        except hyperscan.ScanTerminated:
            return True
        return bool(found)


_GAPS = re.compile(r"[\s\-\u2010-\u2015\u00a0]+")
_GAP = rb"(?:[\s\-\x1c-\x1f]|\xc2[\x85\xa0]|\xe1\x9a\x80|\xe2\x80[\x80-\x95\xa8\xa9\xaf]|\xe2\x81\x9f|\xe3\x80\x80)+"
"""The same in bytes of UTF-8, with whatever else Unicode calls a space: the text itself is not gone through for it."""

_LETTER = re.compile(rb"[a-z]")
_BEGINS = b"(?:^|[^a-z])"
"""Before a word that begins with such a letter; a figure may stand there, since "10km" is two words."""


_KELVIN = "\u212a"
"""The one letter beyond ASCII whose small letter is in it."""


def _read(text: str) -> bytes:
    """The text as it is scanned: of its letters those of ASCII are small, which takes a tenth of making all so."""
    whole = text.replace(_KELVIN, "k") if _KELVIN in text else text
    return whole.encode("utf-8", "surrogatepass").lower()


def _stem(phrase: str) -> bytes:
    """A pattern for the phrase in lower case where a word begins: "mine" stands in "mines", not in "determine".

    Each word takes any ending of inflection: "duty" fits "duties".
    """
    words = [word for word in _GAPS.split(phrase.lower()) if word]
    stems = (word[:-1] if len(word) > 3 and word.endswith("y") else word for word in words)
    pattern = (b"[a-z]{0,3}" + _GAP).join(b"".join(map(_in_any_case, stem)) for stem in stems)
    return _BEGINS + pattern if _LETTER.match(pattern) else pattern


def _in_any_case(letter: str) -> bytes:
    """A pattern for a small letter, and for its capital where that is not made small before the scan."""
    if letter.isascii():
        return re.escape(letter).encode()
    forms = dict.fromkeys((letter, letter.upper(), letter.title()))
    return b"(?:" + b"|".join(re.escape(form).encode() for form in forms) + b")"
