"""Which articles can matter: a scan for many phrases at once. The only module that knows the scanner.

The scanner looks for single words: it is made in milliseconds for thousands of them. Where all words of a phrase stand
in a text, whether they stand side by side is looked at then.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from functools import cache
from typing import NamedTuple


class Screen:
    """Finds whether a text names any of the phrases, without regard to case, spaces or hyphens between words."""

    def __init__(self, phrases: Iterable[str]) -> None:
        import hyperscan

        wanted = sorted({stems for phrase in phrases if (stems := _stems(phrase))})
        told = {stems: _telling(stems) for stems in wanted}
        common = Counter(stem for telling in told.values() for stem in telling)
        numbers = {stem: number for number, stem in enumerate(common)}
        self._alone = frozenset(numbers[stems[0]] for stems in wanted if len(stems) == 1)
        self._longer: dict[int, list[_Longer]] = {}
        """Phrases of several words, each by the word of it that the fewest others have."""
        for stems in wanted:
            rarest = min(told[stems], key=lambda stem: (common[stem], -len(stem), stem))
            longer = _Longer(frozenset(numbers[stem] for stem in told[stems]), stems)
            self._longer.setdefault(numbers[rarest], []).append(longer)
        self._database = None
        if numbers:
            self._database = hyperscan.Database()
            self._database.compile(
                expressions=[_begins(stem) for stem in numbers],
                ids=list(numbers.values()),
                elements=len(numbers),
                flags=hyperscan.HS_FLAG_SINGLEMATCH,
            )

    def hits(self, text: str) -> bool:
        """Whether the text may name one of the phrases; never false where it does."""
        if self._database is None:
            return False
        found: list[int] = []

        def on_match(number: int, *_rest: object) -> bool:
            """Whether the scan may end."""
            found.append(number)
            return number in self._alone

        import hyperscan

        raw = _read(text)
        try:
            self._database.scan(raw, match_event_handler=on_match)
        except hyperscan.ScanTerminated:
            return True
        words = frozenset(found)
        longer = (each for number in words & self._longer.keys() for each in self._longer[number])
        return any(each.words <= words and _stands_in(each.stems, raw) for each in longer)


class _Longer(NamedTuple):
    """A phrase of several words: the numbers of those that are scanned for, and all in their order."""

    words: frozenset[int]
    stems: tuple[str, ...]


def _telling(stems: tuple[str, ...]) -> frozenset[str]:
    """The words of a phrase that are scanned for: short ones stand in every text, and are left out beside others."""
    return frozenset(stem for stem in stems if len(stem) > _SHORT) or frozenset(stems)


_SHORT = 3
_GAPS = re.compile(r"[\s\-\u2010-\u2015\u00a0]+")
_GAP = rb"(?:[\s\-\x1c-\x1f]|\xc2[\x85\xa0]|\xe1\x9a\x80|\xe2\x80[\x80-\x95\xa8\xa9\xaf]|\xe2\x81\x9f|\xe3\x80\x80)+"
"""The same in bytes of UTF-8, with whatever else Unicode calls a space: the text itself is not gone through for it."""
_LETTER = re.compile(rb"[a-z]")
_KELVIN = "\u212a"
"""The one letter beyond ASCII whose small letter is in it."""


def _read(text: str) -> bytes:
    """The text as it is scanned: of its letters those of ASCII are small, which takes a tenth of making all so."""
    whole = text.replace(_KELVIN, "k") if _KELVIN in text else text
    return whole.encode("utf-8", "surrogatepass").lower()


def _stems(phrase: str) -> tuple[str, ...]:
    """The words of a phrase in lower case, without the ending that others replace: "duty" stands in "duties"."""
    words = [word for word in _GAPS.split(phrase.lower()) if word]
    return tuple(word[:-1] if len(word) > 3 and word.endswith("y") else word for word in words)


def _begins(stem: str) -> bytes:
    """An expression for a stem where a word begins: "mine" stands in "mines", not in "determine".

    A figure may stand before it, since "10km" is two words.
    """
    pattern = _in_any_case(stem)
    return b"(?:^|[^a-z])" + pattern if _LETTER.match(pattern) else pattern


def _stands_in(stems: tuple[str, ...], raw: bytes) -> bool:
    """Whether the words stand in a text one after the other, each with any ending of inflection."""
    places = (match.start() for match in _pattern(stems).finditer(raw))
    # As `_begins` has it: not amid a word, where both the letter before and the first one are of ASCII.
    return any(place == 0 or not raw[place - 1 : place + 1].isalpha() for place in places)


@cache
def _pattern(stems: tuple[str, ...]) -> re.Pattern[bytes]:
    return re.compile((b"[a-z]{0,3}" + _GAP).join(map(_in_any_case, stems)))


def _in_any_case(stem: str) -> bytes:
    """A pattern for a stem, of whose letters those beyond ASCII are not made small before the scan."""
    return b"".join(map(_letter, stem))


def _letter(letter: str) -> bytes:
    if letter.isascii():
        return re.escape(letter).encode()
    forms = dict.fromkeys((letter, letter.upper(), letter.title()))
    return b"(?:" + b"|".join(re.escape(form).encode() for form in forms) + b")"
