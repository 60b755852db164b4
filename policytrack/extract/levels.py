"""How much: the level that a frame's clause gives to what it regulates, and the level before.

"from 4.25 to 4 per cent", "by 25 basis points", "a 25% tariff", "a cap of 100 people". A number counts where it hangs
on the change or on its thing; a share of the votes, an age or a number of the dead hangs on something else.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Literal

from policytrack import dates
from policytrack.extract import clauses
from policytrack.extract.composition import EFFECTS
from policytrack.extract.frames import Frame
from policytrack.extract.lexicon import Lexicon
from policytrack.model import ClaimLevel
from policytrack.text import Document, Sentence, Word

Part = Literal["from", "to", "by", "is"]
"""What a quantity is of a change: its level before, after, the difference, or the level that its thing has."""

_WORDS = {
    "one": 1.0, "two": 2.0, "three": 3.0, "four": 4.0, "five": 5.0, "six": 6.0, "seven": 7.0, "eight": 8.0,
    "nine": 9.0, "ten": 10.0, "twelve": 12.0, "fifteen": 15.0, "twenty": 20.0, "thirty": 30.0, "fifty": 50.0,
    "half a": 0.5, "half": 0.5, "a half": 0.5, "a quarter of a": 0.25, "quarter of a": 0.25, "a quarter": 0.25,
    "quarter": 0.25, "three quarters of a": 0.75, "three-quarters of a": 0.75, "a full": 1.0, "a": 1.0,
}  # fmt: skip
_MULTIPLES = {"thousand": 1e3, "million": 1e6, "m": 1e6, "billion": 1e9, "bn": 1e9, "trillion": 1e12, "lakh": 1e5}
_UNITS = {
    "per cent": "per cent", "percent": "per cent", "%": "per cent", "pc": "per cent", "percentage point": "per cent",
    "point": "per cent", "person": "people", "people": "people",
}  # fmt: skip
_MEASURES = (
    "tonne", "ton", "kilo", "kilogram", "barrel", "bushel", "litre", "gallon", "cubic metre", "year", "month", "week",
    "day", "hour", "head", "visa", "licence", "permit", "place", "vessel", "animal", "seat", "car", "vehicle", "unit",
)  # fmt: skip
_BASIS = ("basis point", "bp")
_NAMES = sorted((*_UNITS, *_BASIS, *_MEASURES), key=len, reverse=True)
_QUANTITY = re.compile(
    r"(?P<sign>(?:US|A|C|HK)?[$€£¥]\s?)?"
    r"(?<![\w.,/])(?P<number>\d+-[1-7]/[248](?!\d)|\d[\d,]*(?:\.\d+)?|"
    + "|".join(sorted(_WORDS, key=len, reverse=True))
    + r")"
    r"(?:\s?(?P<multiple>" + "|".join(_MULTIPLES) + r")\b)?"
    r"(?:[\s-]?(?P<unit>" + "|".join(re.escape(name) for name in _NAMES) + r")s?(?![\w]))?"
    r"(?:\s(?:a|an|per)\s(?P<per>" + "|".join(_MEASURES) + r")\b)?",
    re.I,
)
_END = r"(?:minus\s|(?<![\w.])[-\u2212])?(?:\d+-[1-7]/[248]|\d[\d,]*(?:\.\d+)?|zero|nil)(?:\s?(?:%|per\scent|percent))?"
_SPAN = re.compile(rf"{_END}(?P<joint>\s?[-\u2013\u2014]\s?|\s(?:to|and)\s)$", re.I)
"""The lower end of a range, up to its upper one."""
_SPANNED = {
    "to": re.compile(r"\b(?:range\sof|range|range\sfrom|band\sof|to|at)\s$", re.I),
    "and": re.compile(r"\bbetween\s$", re.I),
}
"""What stands before the lower end of a range, where words join its ends: "to 4.25 to 4.5 per cent"."""
_RANGE = re.compile(r"\s(?:to|and)\s(?:[\d$€£]|" + "|".join(_WORDS) + r")", re.I)
_LEADS: dict[str, Part] = {"to": "to", "at": "to", "from": "from", "by": "by", "of": "is"}
_BETWEEN = frozenset(
    ("about", "around", "roughly", "nearly", "almost", "some", "just", "only", "up", "as", "much", "at", "least",
     "most", "a", "an", "the", "record", "new", "minus", "between", "range", "target", "further", "another",
     "additional", "more", "than", "less", "over", "under")
)  # fmt: skip
_SPANS = frozenset(("range", "band", "target"))
_PAIR = 6
_RATES = ("rate", "allowance")
_MOVES = ("impose", "tighten", "ease", "reaffirm")
"""Operations that leave something with a level; what is lifted or paused has none."""


@dataclass(frozen=True)
class Quantity:
    """A number with its unit as the text names it; offsets into the text that was searched."""

    start: int
    end: int
    value: float
    unit: str | None


def quantities(text: str) -> Iterator[Quantity]:
    """The numbers with units that a text names, and bare figures; a word counts only before a unit.

    Of a range the upper end is the level, and its lower end none.
    """
    found = list(_quantities(text))
    for one, other in itertools.zip_longest(found, found[1:]):
        if other is None or other.start >= one.end:
            yield one


def _quantities(text: str) -> Iterator[Quantity]:
    for match in _QUANTITY.finditer(text):
        number, unit = match["number"].lower(), (match["unit"] or "").lower()
        if not match["sign"] and not unit and number in _WORDS and not _RANGE.match(text, match.end()):
            continue
        value = _value(number) * (_MULTIPLES[match["multiple"].lower()] if match["multiple"] else 1)
        value, name = (value / 100, "per cent") if unit in _BASIS else (value, _unit(match, unit))
        minus = _MINUS.search(text[: match.start()])
        start = minus.start(1) if minus is not None and minus[1] else match.start()
        found = Quantity(start, match.end(), (-1 if minus else 1) * round(value, 9), name)
        yield _range(found, text) if unit else found


def _value(number: str) -> float:
    if number in _WORDS:
        return _WORDS[number]
    whole, _, part = number.partition("-")
    over, _, under = part.partition("/")
    return float(whole.replace(",", "")) + (int(over) / int(under) if part else 0)


def _range(upper: Quantity, text: str) -> Quantity:
    """A quantity with the lower end of the range whose upper end it is: "4.25-4.5 per cent" has the level 4.5."""
    low = _SPAN.search(text[: upper.start])
    joint = low["joint"].strip().lower() if low is not None else ""
    if low is None or (joint.isalpha() and not _SPANNED[joint].search(text[: low.start()])):
        return upper
    return replace(upper, start=low.start())


_MINUS = re.compile(r"(?:\bminus\s|(?:^|(?<=[\s(]))([-\u2212]))$", re.I)


def _zeros(text: str) -> Iterator[Quantity]:
    return (Quantity(match.start(), match.end(), 0, None) for match in _ZERO.finditer(text))


def numbers(text: str) -> set[float]:
    """All numbers that a text says, zero in words too."""
    return {each.value for each in (*quantities(text), *_zeros(text))}


def _unit(match: re.Match[str], unit: str) -> str | None:
    name = match["sign"].strip() if match["sign"] else _UNITS.get(unit, f"{unit}s" if unit else None)
    return f"{name}/{match['per'].lower()}" if match["per"] and name else name


_SINCE = re.compile(
    r"^(?:\s\w+)?[\s,;(-]*(?:(?:up|down|higher|lower)\s)?"
    r"(?:from|against|instead of|rather than|compared (?:with|to)|versus|not)"
    r"(?:\s(?:minus|about|the|a|some))? ?$",
    re.I,
)
_MOVED = re.compile(r"^[^.\d]{0,30}\b(?:up|down)\sfrom\b", re.I)
_FROM = re.compile(r"\bfrom(?: \w+){0,3} ?$", re.I)
_ONTO = re.compile(r"^(?:\s\w+){0,3}\s(?:to|down to|up to)(?:\s\w+)? ?$", re.I)
_IS = re.compile(r"\b(?:is|are|stands?|now)(?: now)?(?: at)?(?: \w+)? ?$", re.I)
_WAS = re.compile(
    r"^[^.]{0,30}[;,-]\s(?:it|they|and|having|when it)\s(?:was|were|been|had been)(?: at)?(?: \w+)? ?$", re.I
)
_ZERO = re.compile(r"\b(?:zero|nil|nothing)\b", re.I)


def pairs(text: str) -> Iterator[tuple[Quantity, Quantity]]:
    """Each two numbers of which a text says that the one took the place of the other: before, after.

    "from 5 to 4 per cent", "to 4%, down from 5%", "at 4 per cent, against 5", "is 4% tonight; it was 5%".
    """
    told = list(quantities(text))
    zeros = (zero for zero in _zeros(text) if not any(each.start <= zero.start < each.end for each in told))
    found = sorted([*told, *zeros], key=lambda each: each.start)
    for one, other in itertools.pairwise(found):
        ahead, between = text[: one.start], text[one.end : other.start]
        plain = not (one.unit or other.unit) and not _MOVED.match(between)
        if other.start < one.end or plain or (one.unit and other.unit and one.unit != other.unit):
            continue
        unit = one.unit or other.unit
        one, other = (replace(each, unit=unit) for each in (one, other))
        if _FROM.search(ahead) and _ONTO.match(between):
            yield one, other
        elif _SINCE.match(between) or (_IS.search(ahead) and _WAS.match(between)):
            yield other, one


def told_pairs(sentence: Sentence) -> Iterator[tuple[Quantity, Quantity]]:
    """The pairs of a sentence, in the article's offsets."""
    text, start = "", sentence.start
    for word in sentence.words:
        text = text.ljust(word.start - start) + word.text
    for pair in pairs(text):
        before, after = (replace(each, start=each.start + start, end=each.end + start) for each in pair)
        yield before, after


def is_share(text: str, end: int) -> bool:
    """Whether the words after a quantity make it a share of people or votes, or an age."""
    return _OTHER.match(text, end) is not None


def by_numbers(level: ClaimLevel) -> tuple[str, str] | None:
    """The operation and direction of a restriction whose level went from one number to another."""
    if level.from_ is None or level.to is None or level.from_ == level.to:
        return None
    return EFFECTS["increase" if level.to > level.from_ else "reduce", "restriction"]


class LevelReader:
    """Reads the levels of the frames of one article."""

    def __init__(self, lexicon: Lexicon, document: Document, known: dict[int, str], published: str) -> None:
        self._lexicon = lexicon
        self._document = document
        self._known = known
        self._published = published

    def read(self, frame: Frame) -> ClaimLevel | None:
        """The level that a frame's clause names, or None. Numbers that say the direction set it."""
        if frame.form == "level":
            return self._paired(frame)
        if frame.operation not in _MOVES or not frame.clause:
            return None
        parts = dict(self._parts(frame))
        level = self._level(parts)
        if level is not None:
            self._turn(frame, level)
        return level

    def _paired(self, frame: Frame) -> ClaimLevel | None:
        """The level of a frame that two numbers make."""
        before, after = next(told_pairs(frame.sentence))
        start, end = min(before.start, after.start), max(before.end, after.end)
        return ClaimLevel(  # type: ignore[call-arg]
            start=start, end=end, quote=self._document.text[start:end], unit=after.unit, to=after.value,
            from_=before.value, by=None,
        )  # fmt: skip

    def _turn(self, frame: Frame, level: ClaimLevel) -> None:
        """ "set the duty at 10%, from 20%" eases; a rate that is set without another number may go either way."""
        if frame.kind != "create" or frame.entry not in self._lexicon.setting:
            return
        found = by_numbers(level)
        if found is not None:
            frame.operation, frame.direction = found
            frame.reasons.append("direction: by its numbers")
        elif level.from_ is None and any(self._known.get(word.i) in _RATES for word in frame.words):
            frame.direction = "neutral"

    def _level(self, parts: dict[Part, Quantity]) -> ClaimLevel | None:
        after = parts.get("to") or parts.get("is")
        before, by = parts.get("from"), parts.get("by")
        main = after or by
        if main is None:
            return None
        used = [each for each in (before, after, by) if each is not None]
        start, end = min(each.start for each in used), max(each.end for each in used)
        return ClaimLevel(  # type: ignore[call-arg]
            start=start, end=end, quote=self._document.text[start:end], unit=main.unit,
            to=after.value if after else None, from_=before.value if before else None, by=by.value if by else None,
        )  # fmt: skip

    def _parts(self, frame: Frame) -> Iterator[tuple[Part, Quantity]]:
        """The quantities of a frame, each with what it is; the last one of a kind counts."""
        found = [(part, each) for each in self._measured(frame) if (part := self._part(each, frame)) is not None]
        units = [each.unit for _, each in found if each.unit]
        for part, each in found:
            yield part, replace(each, unit=each.unit or (units[0] if units else None))

    def _measured(self, frame: Frame) -> Iterator[Quantity]:
        """The quantities of a frame's clause, in the article's offsets, without dates, years, ages and shares."""
        start, end = frame.clause[0].start, frame.sentence.end
        text = self._document.text[start:end]
        days = [(m.start, m.end) for m in dates.mentions(text, self._published)]
        for each in quantities(text):
            if not self._is_beside(frame, start + each.start):
                continue
            dated = any(low < each.end and each.start < high for low, high in days)
            is_year = each.unit is None and 1900 <= each.value <= 2100 and "," not in text[each.start : each.end]
            if not dated and not is_year and not is_share(text, each.end):
                yield replace(each, start=start + each.start, end=start + each.end)

    @staticmethod
    def _is_beside(frame: Frame, at: int) -> bool:
        """Whether a place is the frame's own, where one verb moves several things: "A to 3 per cent and B to 4"."""
        first = frame.themes[0].start if frame.themes else 0
        after = min((thing.start for thing in frame.beside if thing.start > first), default=None)
        return not frame.beside or ((after is None or at < after) and (at > first or first == _first_of(frame)))

    def _part(self, each: Quantity, frame: Frame) -> Part | None:
        """What a quantity is of a frame's change: by the word before it and what it hangs on."""
        words = [word for word in frame.sentence.words if each.start <= word.start < each.end]
        if not words:
            return None
        lead = self._lead(words[0])
        if lead is not None and lead.lower in _LEADS and lead.dep != "agent":
            part = _LEADS[lead.lower]
            if part == "is":
                return "is" if self._is_measured(lead.head, frame) else None
            return part if self._hangs_on(lead, frame, self._is_paired(lead)) else None
        holder = next((a for a in words[-1].ancestors() if not each.start <= a.start < each.end), None)
        return "is" if each.unit and holder is not None and self._is_measured(holder, frame) else None

    @staticmethod
    def _is_paired(lead: Word) -> bool:
        """Whether "from" and "to" stand close together: only levels and ranges are told so."""
        near = {word.lower for word in lead.sentence.words if abs(word.i - lead.i) <= _PAIR}
        return {"from", "to"} <= near

    @staticmethod
    def _lead(first: Word) -> Word | None:
        """The word before a quantity, past "about" and the like."""
        words = first.sentence.words
        n = first.i - words[0].i - 1
        while n >= 0 and words[n].lower in _BETWEEN and words[n].lower not in ("at",):
            n -= 1
        if n > 1 and words[n].lower in ("of", "between") and words[n - 1].lower in _SPANS:
            return LevelReader._lead(words[n - 1])
        return words[n] if n >= 0 else None

    def _hangs_on(self, word: Word, frame: Frame, paired: bool) -> bool:
        """Whether the nearest verb or thing above a word is the frame's own; of a pair, the nearest verb."""
        own = {frame.head.i, *(w.i for w in frame.words), *(w.i for w in frame.themes)}
        for above in word.ancestors():
            if above.i in own:
                return True
            if clauses.is_verb(above):
                return False
            if not paired and above.pos not in ("ADP", "NUM", "SYM", "PART", "SCONJ") and not _is_measure(above):
                return False
        return False

    def _is_measured(self, noun: Word, frame: Frame) -> bool:
        """Whether a noun is the frame's thing and can have a level: a duty, a cap, a quota, a price."""
        own = {w.i for w in (*frame.words, *frame.themes)}
        value = self._known.get(noun.i) or self._lexicon.thing(noun)
        return noun.i in own and value in ("restriction", *_RATES)


_OTHER = re.compile(
    r"[\s-]*(?:old|aged|olds)\b|\s+of\s+(?:the\s+)?(?:vote|voter|seat|member|people|population|all|those)", re.I
)


def _first_of(frame: Frame) -> int:
    return min(thing.start for thing in (frame.themes[0], *frame.beside))


def _is_measure(word: Word) -> bool:
    return word.lower.rstrip("s") in {name.split()[-1] for name in _NAMES} or word.lower in ("cent", "%")
