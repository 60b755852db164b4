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
            self._database.scan(_lower(text).encode("utf-8", "surrogatepass"), match_event_handler=on_match)
        except hyperscan.ScanTerminated:
            return True
        return bool(found)


_GAPS = re.compile(r"[\s\-\u2010-\u2015\u00a0]+")
_GAP = rb"(?:[\s\-\x1c-\x1f]|\xc2[\x85\xa0]|\xe1\x9a\x80|\xe2\x80[\x80-\x95\xa8\xa9\xaf]|\xe2\x81\x9f|\xe3\x80\x80)+"
"""The same in bytes of UTF-8, with whatever else Unicode calls a space: the text itself is not gone through for it."""

_LETTER = re.compile(rb"[a-z]")
_BEGINS = b"(?:^|[^a-z])"
"""Before a word that begins with such a letter; a figure may stand there, since "10km" is two words."""


def _lower(text: str) -> str:
    """The text without regard to case; ASCII, as most is, in a tenth of the time."""
    return text.lower() if text.isascii() else text.casefold()


def _stem(phrase: str) -> bytes:
    """A pattern for the phrase in lower case where a word begins: "mine" stands in "mines", not in "determine".

    Each word takes any ending of inflection: "duty" fits "duties".
    """
    words = [word for word in _GAPS.split(_lower(phrase)) if word]
    stems = (word[:-1] if len(word) > 3 and word.endswith("y") else word for word in words)
    pattern = (b"[a-z]{0,3}" + _GAP).join(re.escape(stem).encode() for stem in stems)
    return _BEGINS + pattern if _LETTER.match(pattern) else pattern
