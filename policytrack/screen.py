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
                expressions=[stem.encode() for stem in self._stems],
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
            self._database.scan(_folded(text).encode("utf-8", "surrogatepass"), match_event_handler=on_match)
        except hyperscan.ScanTerminated:
            return True
        return bool(found)


def _folded(text: str) -> str:
    """The text in lower case, without hyphens, with one space for each gap."""
    return re.sub(r"[\s\-\u2010-\u2015\u00a0]+", " ", text.casefold())


def _stem(phrase: str) -> str:
    """A pattern for the phrase folded, each word with any ending of inflection: "duty" fits "duties"."""
    words = (word[:-1] if len(word) > 3 and word.endswith("y") else word for word in _folded(phrase).split())
    return "[a-z]{0,3} ".join(re.escape(word) for word in words)
