"""Regular expressions among the phrases of packs, as `/HIMARS-?[0-9]+/`: what they may be, and where they fit.

They fit whole words, in any case where they have no capitals. RE2 reads them, in a time that grows with the text and no
faster. The only module that knows it; it is loaded for the first regular expression.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, NamedTuple

from policytrack.codes import Code

LARGEST = 2_000
"""Steps of the program that RE2 makes of a pattern: one or a few for each character that it may fit."""
LONGEST_FIT = 12
"""Words that one fit may be long."""

_CLOSING = ".,;:!?"
_EVERYDAY = ("the", "of", "said", "weapons", "Paris", "Monday", "NATO", "US", "2019", "2024", "7", "500", "in the")
"""Words of every kind: what fits two of them fits nearly everything."""
_TOKEN = re.compile(
    r"(?P<anchor>[$^]|\\[bBAzZG])|(?P<brace>\{(?![0-9]{1,8}(?:,[0-9]{0,8})?\}))"
    r"|\\[pPx]\{[^}]*\}|\\.|\[\^?\]?(?:\[:\w*:\]|\\.|[^]\\])*(?:\]|\\?\Z)|.",
    re.DOTALL,
)
"""The parts of a pattern: escapes, sets, single characters. Those with names RE2 takes, and policytrack does not."""
_REASONS = {
    "anchor": (Code.PATTERN_PART, "a phrase fits whole words anyway.", "Take it out."),
    "brace": (Code.PATTERN_SYNTAX, "this is no count, as {2} or {1,3}.", r"Write \{ for the character."),
    "unseen": (Code.PATTERN_SYNTAX, "a character that cannot be seen.", "Gaps are one blank each."),
    # in RE2's words
    "bad repetition operator": (Code.PATTERN_PART, "a repeat is repeated.", "Take it out: the longest fit counts."),
    "invalid perl operator": (
        Code.PATTERN_PART, "look-around and back-references are not taken.", "Write what is meant itself."
    ),
    "invalid repetition size": (Code.PATTERN_SIZE, "counts go up to 1000, the smaller first.", "Or write * or +."),
    "pattern too large": (Code.PATTERN_SIZE, "it is too large.", "Count less far, or write * or + instead."),
}  # fmt: skip
"""Why a pattern is not taken: problem, message, hint. For the rest RE2's own words are plain enough."""


class Complaint(NamedTuple):
    """What is wrong with a pattern, and where: an offset into the phrase, its slashes counted."""

    code: Code
    start: int
    width: int
    message: str
    hint: str = ""


def is_pattern(phrase: str) -> bool:
    """Whether a phrase of a pack is a regular expression: whether it stands between slashes."""
    return len(phrase) > 1 and phrase[0] == phrase[-1] == "/"


def complaint(phrase: str) -> Complaint | None:
    """Why a phrase is no regular expression that is taken; None where it is one, or is meant as words."""
    if not is_pattern(phrase):
        if phrase[:1] != "/" and phrase[-1:] != "/":
            return None
        hint = "A regular expression stands between two slashes; words need none."
        return Complaint(Code.PATTERN_SYNTAX, 0, len(phrase), "a slash stands at one end only.", hint)
    if not (found := _meaningless(phrase[1:-1]) or _refused(phrase[1:-1])):
        return _fits_anything(phrase)
    what, start, width = found
    plain = Code.PATTERN_SYNTAX, f"{what}.", r"A backslash makes a sign a character, as \(."
    code, message, hint = _REASONS.get(what, plain)
    return Complaint(code, start + 1, width, message, hint)


def _meaningless(pattern: str) -> tuple[str, int, int] | None:
    """What RE2 takes although it means nothing in words: why, where, how long."""
    for token in _TOKEN.finditer(pattern):
        if token.lastgroup or not token[0].isprintable():
            return token.lastgroup or "unseen", token.start(), len(token[0])
    return None


def _refused(pattern: str) -> tuple[str, int, int] | None:
    """What RE2 does not take: why, and the part that it names."""
    import re2

    try:
        if _compiled(pattern).programsize <= LARGEST:
            return None
        what, part = "pattern too large", ""
    except re2.error as error:
        what, _, part = error.args[0].decode().removesuffix(" - compile failed").partition(": ")
    if not part:
        return what, -1, len(pattern) + 2
    if what.endswith(")"):
        return what, _unmatched(pattern), 1
    if part[1:].isdecimal():
        what = "invalid perl operator"
    starts = [token.start() for token in _TOKEN.finditer(pattern) if pattern.startswith(part, token.start())]
    return what, (*starts, pattern.find(part))[0], len(part)


def _unmatched(pattern: str) -> int:
    """Where the bracket stands that has no other."""
    opened: list[int] = []
    for token in _TOKEN.finditer(pattern):
        if token[0] == "(":
            opened.append(token.start())
        elif token[0] == ")":
            if not opened:
                return token.start()
            opened.pop()
    return max(opened, default=0)


def _fits_anything(phrase: str) -> Complaint | None:
    """Why a pattern says nothing: it fits where nothing stands, or nearly everything."""
    if fits(phrase, ""):
        message, hint = "it also fits where nothing stands.", "Let at least one character be needed."
        return Complaint(Code.PATTERN_EMPTY, 0, len(phrase), message, hint)
    common = [word for word in _EVERYDAY if fits(phrase, word)]
    if len(common) < 2:
        return None
    message = f'it fits "{common[0]}" and "{common[1]}", and so nearly everything.'
    return Complaint(Code.PATTERN_ANY, 0, len(phrase), message, "Name what all that is meant has in common.")


def fits(phrase: str, text: str) -> bool:
    """Whether a regular expression fits a text as a whole."""
    return _compiled(phrase[1:-1]).fullmatch(_bytes(text)) is not None


def _compiled(pattern: str) -> Any:
    """What RE2 makes of a pattern; it keeps the last ones."""
    import re2

    options = re2.Options()
    options.log_errors = False
    options.never_capture = options.longest_match = True
    options.case_sensitive = any(character.isupper() for character in re.sub(r"\\.", "", pattern))
    return re2.compile(pattern, options)


class Patterns:
    """The regular expressions of packs. They must be sound: `complaint` has none."""

    def __init__(self, phrases: Iterable[str]) -> None:
        self._compiled = {phrase: _compiled(phrase[1:-1]) for phrase in phrases}

    def __bool__(self) -> bool:
        return bool(self._compiled)

    def hits(self, text: str) -> bool:
        """Whether one of them fits anywhere in a text, be it in the middle of words; gaps count as one blank."""
        plain = _bytes(" ".join(text.split()))
        return any(each.search(plain) for each in self._compiled.values())

    def in_words(self, words: Sequence[tuple[str, bool]]) -> Iterator[tuple[int, int, str]]:
        """Where they fit whole words, as (first word, last word exclusive, phrase), each not overlapping itself.

        A word is its text and whether a gap stands before it. A fit is at most LONGEST_FIT words long.
        """
        text, places = _laid_out(words)
        for phrase, compiled in self._compiled.items():
            if not compiled.search(text):
                continue
            free = 0
            for first in range(len(places)):
                length = 0 if first < free else _longest(compiled, text, places[first : first + LONGEST_FIT])
                if length:
                    free = first + length
                    yield first, free, phrase


class _Place(NamedTuple):
    """Where a word stands, and where it ends with and without the signs that close a sentence."""

    start: int
    end: int
    bare: int


def _laid_out(words: Sequence[tuple[str, bool]]) -> tuple[bytes, list[_Place]]:
    """The words as one text, a blank for each gap, and where each stands in it."""
    text = bytearray()
    places: list[_Place] = []
    for word, has_gap in words:
        text += b" " if has_gap and text else b""
        start = len(text)
        text += _bytes(word)
        # The parser leaves the full stop at a number with letters: "M142B."
        bare = word.rstrip(_CLOSING) or word
        places.append(_Place(start, len(text), start + len(_bytes(bare))))
    return bytes(text), places


def _longest(compiled: Any, text: bytes, places: Sequence[_Place]) -> int:
    """How many of these words the longest fit takes that begins with the first; 0 if there is none."""
    start = places[0].start
    found = compiled.match(text, start, places[-1].end)
    for length in range(len(places) if found else 0, 0, -1):
        _, *ends = places[length - 1]
        if any(end <= found.end() and compiled.fullmatch(text, start, end) for end in ends):
            return length
    return 0


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")
