"""Which texts are copies of one another: reprinted, cut, added to, or edited in the style of another house. Pure.

Two steps. Texts that share a band of their MinHash signatures are looked at: `bands` are what is kept of a text to
find them. Then the words themselves decide, in `share`. Words in quotation marks are left out of both: two reporters
in one room write down the same ones.
"""

from __future__ import annotations

import re
import struct
from dataclasses import dataclass
from functools import cached_property, lru_cache
from hashlib import blake2b
from typing import Final

from rensa import RMinHash

RUN: Final = 3
"""So many words in a row are looked for in the other text."""

FEWEST: Final = 25
"""Words that have to stand in both texts: what is shorter, two agencies can word alike."""

SHARE: Final = 0.5
"""So much of the shorter text stands in the other where one is a copy."""

REPLACED: Final = 0.02
"""Names and figures for which the other has others, by words that stand in both: more, and a template was filled in."""

LONGEST: Final = 100_000
"""Characters of a text that are looked at."""

WINDOW: Final = 31
"""Days between the publication of two texts that are compared: news spreads within days, and the next notice of a
template comes in a month."""

_CORRECTED: Final = 2
"""Names and figures that a correction can replace, however short the text is."""

BANDS: Final = 32
_ROWS: Final = 2
_SEED: Final = 1
_GAP: Final = 6
"""Words between two runs that can be an edit of those between the same two runs of the other text."""

_SAID: Final = r"(?:[^{0}\n]|\n(?!\s*\n)){{2,900}}"
"""What can stand between a pair of quotation marks: no end of a paragraph."""

# Patterns that begin with a mark are found fast: what may not stand before it is looked for after it.
_QUOTED: Final = re.compile("|".join(f"{one}{_SAID.format(other)}{other}" for one, other in ('""', "“”", "«»")))
_QUOTED_ONCE: Final = re.compile(r"[‘'](?<![\w’'].)(?=\w)(?:[^’'\n]|\n(?!\s*\n)|(?<=\w)[’'](?=\w)){2,900}[’'](?!\w)")
_WORD: Final = re.compile(r"\w+")
_OPENS: Final = re.compile(r"[.!?:\n\"“‘«]")


@dataclass(frozen=True)
class Wording:
    """The words of a text in their order, folded."""

    text: str

    @cached_property
    def words(self) -> list[str]:
        # In one piece: word by word it takes longer than all the rest.
        return " ".join(_WORD.findall(self.text)).casefold().split(" ")

    @cached_property
    def sequence(self) -> list[str]:
        """All runs of words, in their order."""
        shifted = (self.words[first:] for first in range(RUN))
        return [" ".join(run) for run in zip(*shifted, strict=False)]

    @cached_property
    def runs(self) -> dict[str, int]:
        """Each run of words, with the place where it stands first."""
        last = len(self.sequence) - 1
        return {run: last - place for place, run in enumerate(reversed(self.sequence))}

    @cached_property
    def facts(self) -> frozenset[int]:
        """The places of names and figures among the words: not of a word that opens a sentence."""
        found, end = [], 0
        for place, word in enumerate(_WORD.finditer(self.text)):
            first = word[0][0]
            if first.isdigit() or (first.isupper() and place and not _OPENS.search(self.text, end, word.start())):
                found.append(place)
            end = word.end()
        return frozenset(found)


@lru_cache(maxsize=256)
def wording(text: str) -> Wording:
    """The words of a text that are its own: without those in quotation marks, unless nearly all are."""
    text = text[:LONGEST]
    own = Wording(_QUOTED_ONCE.sub(" ", _QUOTED.sub(" ", text)))
    return own if len(own.words) >= FEWEST else Wording(text)


def bands(text: str) -> tuple[int, ...]:
    """What texts like this one share at least one of, mostly: numbers of 64 bits; none where the text is too short."""
    found = wording(text)
    if len(found.words) < FEWEST:
        return ()
    signature = RMinHash(num_perm=BANDS * _ROWS, seed=_SEED)
    signature.update([*found.runs])
    digest = signature.digest()
    rows = (digest[first : first + _ROWS] for first in range(0, len(digest), _ROWS))
    return tuple(_band(number, row) for number, row in enumerate(rows))


def _band(number: int, row: list[int]) -> int:
    packed = struct.pack(f">B{len(row)}I", number, *row)
    return int.from_bytes(blake2b(packed, digest_size=8).digest(), "big", signed=True)


def share(one: str, other: str) -> float | None:
    """How much of the shorter text stands in the longer, 0 to 1, where one is a copy of the other; else None."""
    short, long = sorted((wording(one), wording(other)), key=_by_length)
    common, replaced = _common(short, long)
    if common < _needed(short) or replaced > max(_CORRECTED, REPLACED * common):
        return None
    return common / len(short.words)


def _needed(short: Wording) -> float:
    """Words that have to stand in a longer text too."""
    return max(FEWEST, SHARE * len(short.words))


def _by_length(found: Wording) -> tuple[int, str]:
    return len(found.words), found.text


def _common(short: Wording, long: Wording) -> tuple[int, int]:
    """The words of one text that stand in runs of both, and between such runs the facts that others stand for."""
    if RUN * len(short.runs.keys() & long.runs.keys()) < _needed(short):
        return 0, 0
    common = replaced = end = end_there = 0
    for place, there in enumerate(map(long.runs.get, short.sequence)):
        if there is None:
            continue
        common += place + RUN - max(place, end)
        if end and 0 < place - end <= _GAP and 0 < there - end_there <= _GAP:
            replaced += _replaced(short, range(end, place), long, range(end_there, there))
        end, end_there = place + RUN, there + RUN
    return common, replaced


def _replaced(short: Wording, here: range, long: Wording, there: range) -> int:
    """How many names and figures of one text stand where the other has others; none where one abbreviates the other."""
    ours = [short.words[place] for place in here if place in short.facts]
    theirs = [long.words[place] for place in there if place in long.facts]
    if _initials(ours) == "".join(theirs) or _initials(theirs) == "".join(ours):
        return 0
    return min(len({*ours} - {*theirs}), len({*theirs} - {*ours}))


def _initials(words: list[str]) -> str:
    return "".join(word[0] for word in words)
