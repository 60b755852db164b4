"""Regular expressions among the phrases of packs, as `/HIMARS-?[0-9]+/`: what they may be, and where they fit.

They fit whole words, in any case where they have no capitals. Each becomes an automaton that looks at every character
once, so that none can run away on any text; what no automaton can do (look-around, back-references) is not taken.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple, NoReturn

from policytrack.codes import Code

LARGEST = 200
"""Characters that a pattern may fit at most without its endless repeats: longer than any name."""
DEEPEST = 20
LONGEST_FIT = 12
"""Words that one fit may be long."""
STATES_KEPT = 5_000
"""States of an automaton that are remembered; beyond that they are worked out again."""

_SPECIAL = frozenset("\\^$.|?*+()[]{}")
_KINDS = {"d": str.isdecimal, "w": lambda c: c.isalnum() or c == "_", "s": str.isspace}
_COUNT = re.compile(r"\{([0-9]{1,6})(,([0-9]{0,6}))?\}")
_CLOSING = ".,;:!?"
_EVERYDAY = ("the", "of", "said", "weapons", "Paris", "Monday", "NATO", "US", "2019", "2024", "7", "500", "in the")
"""Words of every kind: what fits two of them fits nearly everything."""


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
    try:
        tree = _Reader(phrase[1:-1]).whole()
    except _Refused as refused:
        return refused.complaint
    whole = 0, len(phrase)
    if tree.size() > LARGEST:
        message = f"with its counts it is larger than {LARGEST} characters."
        return Complaint(Code.PATTERN_SIZE, *whole, message, "Count less far, or write * or + instead.")
    if tree.may_be_empty():
        message = "it also fits where nothing stands."
        return Complaint(Code.PATTERN_EMPTY, *whole, message, "Let at least one character be needed.")
    automaton = Patterns((phrase,))
    common = [word for word in _EVERYDAY if automaton.fits(word)]
    if len(common) > 1:
        message = f'it fits "{common[0]}" and "{common[1]}", and so nearly everything.'
        return Complaint(Code.PATTERN_ANY, *whole, message, "Name what all that is meant has in common.")
    return None


# --- the tree of a pattern


@dataclass(frozen=True)
class _Any:
    """Characters of a set: single ones, ranges, kinds (d, w, s; in capitals all others)."""

    characters: str = ""
    ranges: tuple[tuple[str, str], ...] = ()
    kinds: str = ""
    negated: bool = False

    def fits(self, character: str) -> bool:
        found = (
            character in self.characters
            or any(low <= character <= high for low, high in self.ranges)
            or any(_KINDS[kind.lower()](character) is kind.islower() for kind in self.kinds)
        )
        return found is not self.negated

    def size(self) -> int:
        return 1

    def may_be_empty(self) -> bool:
        return False

    def has_capitals(self) -> bool:
        return any(each.isupper() for each in (*self.characters, *(end for both in self.ranges for end in both)))


@dataclass(frozen=True)
class _Row:
    """One after the other."""

    parts: tuple[_Tree, ...]

    def size(self) -> int:
        return sum(part.size() for part in self.parts)

    def may_be_empty(self) -> bool:
        return all(part.may_be_empty() for part in self.parts)

    def has_capitals(self) -> bool:
        return any(part.has_capitals() for part in self.parts)


@dataclass(frozen=True)
class _Choice(_Row):
    """One of them."""

    def may_be_empty(self) -> bool:
        return any(part.may_be_empty() for part in self.parts)


@dataclass(frozen=True)
class _Repeat:
    """So many times; without end where `most` is None."""

    part: _Tree
    least: int
    most: int | None

    def size(self) -> int:
        return self.part.size() * max(1, self.least if self.most is None else self.most)

    def may_be_empty(self) -> bool:
        return not self.least or self.part.may_be_empty()

    def has_capitals(self) -> bool:
        return self.part.has_capitals()


_Tree = _Any | _Row | _Repeat


class _Refused(Exception):
    """The pattern is not taken."""

    def __init__(self, complaint: Complaint) -> None:
        self.complaint = complaint
        super().__init__(complaint.message)


class _Reader:
    """Reads a pattern from left to right."""

    def __init__(self, pattern: str) -> None:
        self._pattern = pattern
        self._at = 0
        self._depth = 0

    def whole(self) -> _Tree:
        found = self._choice()
        if self._at < len(self._pattern):
            self._refuse(Code.PATTERN_SYNTAX, self._at, 1, "this bracket was never opened.", r"Write \) for a bracket.")
        return found

    def _choice(self) -> _Tree:
        found = [self._row()]
        while self._takes("|"):
            found.append(self._row())
        return found[0] if len(found) == 1 else _Choice(tuple(found))

    def _row(self) -> _Tree:
        found: list[_Tree] = []
        while self._at < len(self._pattern) and self._pattern[self._at] not in "|)":
            found.append(self._repeated(self._one()))
        return found[0] if len(found) == 1 else _Row(tuple(found))

    def _repeated(self, part: _Tree) -> _Tree:
        start = self._at
        counts = self._counts()
        if counts is None:
            return part
        again = self._at
        if self._counts() is not None:
            message = "a repeat is repeated."
            hint = "Take it out: the longest fit counts, however it is repeated."
            self._refuse(Code.PATTERN_PART, again, self._at - again, message, hint)
        least, most = counts
        if most is not None and least > most:
            self._refuse(Code.PATTERN_SYNTAX, start, again - start, "the smaller number comes first.")
        return _Repeat(part, least, most)

    def _counts(self) -> tuple[int, int | None] | None:
        """The numbers of the repeat that stands here, if one does."""
        for sign, least, most in (("?", 0, 1), ("*", 0, None), ("+", 1, None)):
            if self._takes(sign):
                return least, most
        found = _COUNT.match(self._pattern, self._at)
        if not found:
            return None
        self._at = found.end()
        least = int(found[1])
        return least, least if not found[2] else int(found[3]) if found[3] else None

    def _one(self) -> _Tree:
        start = self._at
        character = self._pattern[start]
        self._at += 1
        if character == "(":
            return self._group(start)
        if character == "[":
            return self._set(start)
        if character == "\\":
            kind = self._escaped(start)
            return kind if isinstance(kind, _Any) else _Any(kind)
        if character == ".":
            return _Any(negated=True)
        if character in "^$":
            message = "a phrase fits whole words anyway."
            self._refuse(Code.PATTERN_PART, start, 1, message, rf"Take it out; \{character} is the character.")
        if character in "*+?{" or character in "]}":
            message = "nothing that could be repeated stands before it."
            if character in "]}{":
                message = "this bracket was never opened." if character != "{" else "this is no count, as {2} or {1,3}."
            hint = rf"Write \{character} for the character."
            self._refuse(Code.PATTERN_SYNTAX, start, 1, message, hint)
        if not character.isprintable():
            self._refuse(Code.PATTERN_SYNTAX, start, 1, "a character that cannot be seen.", "Gaps are one blank each.")
        return _Any(character)

    def _group(self, start: int) -> _Tree:
        if self._takes("?") and not self._takes(":"):
            self._refuse_group(start)
        self._depth += 1
        if self._depth > DEEPEST:
            self._refuse(Code.PATTERN_SIZE, start, 1, f"more than {DEEPEST} brackets inside each other.")
        found = self._choice()
        self._depth -= 1
        if not self._takes(")"):
            self._refuse(Code.PATTERN_SYNTAX, start, 1, "this bracket is never closed.", r"Write \( for a bracket.")
        return found

    def _refuse_group(self, start: int) -> NoReturn:
        sort = self._pattern[start + 2 : start + 4]
        what, hint = "this kind of group is not taken.", "Write (...) for a group."
        if sort.startswith(("=", "!", "<=", "<!")):
            what, hint = "look-around is not taken.", "Write what is meant itself, or a test that gives none."
        elif sort == "P=":
            what, hint = "back-references are not taken.", "Write the words out."
        elif sort[:1].isalpha() and sort[:1] != "P":
            what, hint = "flags are not taken.", "Without capitals it fits in any case."
        self._refuse(Code.PATTERN_PART, start, 4 if sort[:1] in ("<", "P") else 3, what, hint)

    def _set(self, start: int) -> _Any:
        negated = self._takes("^")
        characters, kinds = "", ""
        ranges: list[tuple[str, str]] = []
        while not self._takes("]"):
            at = self._at
            low = self._member(start)
            if isinstance(low, _Any):
                kinds += low.kinds
            elif self._pattern[self._at : self._at + 1] == "-" and self._pattern[self._at + 1 : self._at + 2] != "]":
                self._at += 1
                high = self._member(start)
                if isinstance(high, _Any) or high < low:
                    message = "the range runs backwards or to no character."
                    self._refuse(Code.PATTERN_SYNTAX, at, self._at - at, message)
                ranges.append((low, high))
            else:
                characters += low
        if not (characters or ranges or kinds):
            self._refuse(Code.PATTERN_SYNTAX, start, self._at - start, "nothing stands in these brackets.")
        return _Any(characters, tuple(ranges), kinds, negated)

    def _member(self, start: int) -> str | _Any:
        """The next member of a set: a character, or a kind of characters."""
        if self._at >= len(self._pattern):
            self._refuse(Code.PATTERN_SYNTAX, start, 1, "this bracket is never closed.", r"Write \[ for a bracket.")
        at = self._at
        self._at += 1
        return self._escaped(at) if self._pattern[at] == "\\" else self._pattern[at]

    def _escaped(self, start: int) -> str | _Any:
        """What stands behind a backslash."""
        character = self._pattern[self._at : self._at + 1]
        self._at += 1
        if character and character.lower() in _KINDS:
            return _Any(kinds=character)
        if character and not character.isalnum() and character.isprintable():
            return character
        if character and character in "bBAZzG":
            message, hint = "a phrase fits whole words anyway.", "Take it out."
            self._refuse(Code.PATTERN_PART, start, 2, message, hint)
        if character.isdigit():
            self._refuse(Code.PATTERN_PART, start, 2, "back-references are not taken.", "Write the words out.")
        message, hint = "this means nothing here.", r"\d, \w and \s are known; write others as they are."
        return self._refuse(Code.PATTERN_SYNTAX, start, 2, message, hint)

    def _takes(self, sign: str) -> bool:
        taken = self._pattern.startswith(sign, self._at)
        self._at += len(sign) if taken else 0
        return taken

    def _refuse(self, code: Code, start: int, width: int, message: str, hint: str = "") -> NoReturn:
        # The phrase has a slash before the pattern.
        raise _Refused(Complaint(code, start + 1, width, message, hint))


# --- automata


class _Part(NamedTuple):
    """A part of a pattern among the places of an automaton: where it may begin and end."""

    is_optional: bool
    first: frozenset[int]
    last: frozenset[int]


_NOTHING = _Part(True, frozenset(), frozenset())


class _Places:
    """The characters of all patterns, numbered, with what may follow each (after Glushkov)."""

    def __init__(self) -> None:
        self.sets: list[_Any] = []
        self.caseless: list[bool] = []
        self.after: list[set[int]] = []
        self.ends: dict[int, list[str]] = {}
        self.first: set[int] = set()

    def add(self, phrase: str) -> None:
        tree = _Reader(phrase[1:-1]).whole()
        part = self._built(tree, caseless=not tree.has_capitals())
        self.first |= part.first
        for place in part.last:
            self.ends.setdefault(place, []).append(phrase)

    def _built(self, tree: _Tree, caseless: bool) -> _Part:
        if isinstance(tree, _Any):
            self.sets.append(tree)
            self.caseless.append(caseless)
            self.after.append(set())
            here = frozenset((len(self.sets) - 1,))
            return _Part(False, here, here)
        if isinstance(tree, _Repeat):
            return self._repeated(tree, caseless)
        parts = [self._built(part, caseless) for part in tree.parts]
        if isinstance(tree, _Choice):
            first = frozenset[int]().union(*(part.first for part in parts))
            last = frozenset[int]().union(*(part.last for part in parts))
            return _Part(any(part.is_optional for part in parts), first, last)
        found = _NOTHING
        for part in parts:
            found = self._joined(found, part)
        return found

    def _repeated(self, tree: _Repeat, caseless: bool) -> _Part:
        count = max(1, tree.least) if tree.most is None else tree.most
        found = _NOTHING
        for number in range(count):
            part = self._built(tree.part, caseless)
            if tree.most is None and number == count - 1:
                self._link(part.last, part.first)
            found = self._joined(found, part._replace(is_optional=part.is_optional or number >= tree.least))
        return found

    def _joined(self, one: _Part, other: _Part) -> _Part:
        self._link(one.last, other.first)
        first = one.first | other.first if one.is_optional else one.first
        last = other.last | one.last if other.is_optional else other.last
        return _Part(one.is_optional and other.is_optional, first, last)

    def _link(self, ends: Iterable[int], starts: Iterable[int]) -> None:
        for end in ends:
            self.after[end].update(starts)


@dataclass(eq=False, slots=True)
class _State:
    """Places at which a text may be: the patterns that end here, the places that may follow, and known next states."""

    ended: tuple[str, ...]
    candidates: tuple[int, ...]
    following: dict[str, _State] = field(default_factory=dict)


class _Automaton:
    """Walks a text by states that are worked out when they are first reached. `floating`: a fit may begin anywhere."""

    def __init__(self, places: _Places, floating: bool) -> None:
        self._places = places
        self._floating = floating
        self._states: dict[frozenset[int], _State] = {}
        self.start = _State((), tuple(sorted(places.first)))

    def after(self, state: _State, character: str) -> _State:
        """The state behind a character; one without candidates leads nowhere."""
        found = state.following.get(character)
        if found is None:
            if len(self._states) > STATES_KEPT:
                self._forget()
            found = state.following[character] = self._reached(state, character)
        return found

    def _reached(self, state: _State, character: str) -> _State:
        places = self._places
        small = character.lower()
        small = small if len(small) == 1 else character
        reached = frozenset(
            place
            for place in state.candidates
            if places.sets[place].fits(small if places.caseless[place] else character)
        )
        if reached not in self._states:
            ended = dict.fromkeys(phrase for place in sorted(reached) for phrase in places.ends.get(place, ()))
            following = places.first if self._floating else set[int]()
            candidates = following.union(*(places.after[place] for place in reached))
            self._states[reached] = _State(tuple(ended), tuple(sorted(candidates)))
        return self._states[reached]

    def _forget(self) -> None:
        for state in self._states.values():
            state.following.clear()
        self._states.clear()
        self.start.following.clear()


class Patterns:
    """The regular expressions of packs, all looked for at once. They must be sound: `complaint` has none."""

    def __init__(self, phrases: Iterable[str]) -> None:
        places = _Places()
        for phrase in dict.fromkeys(phrases):
            places.add(phrase)
        self._anchored = _Automaton(places, floating=False)
        self._floating = _Automaton(places, floating=True)
        self._is_empty = not places.sets

    def __bool__(self) -> bool:
        return not self._is_empty

    def fits(self, text: str) -> bool:
        """Whether one of them fits the text as a whole."""
        return bool(self.longest(text, 0, len(text), (len(text),)))

    def hits(self, text: str) -> bool:
        """Whether one of them fits anywhere in a text, be it in the middle of words; gaps count as one blank."""
        if self._is_empty:
            return False
        automaton, state = self._floating, self._floating.start
        for character in " ".join(text.split()):
            state = automaton.after(state, character)
            if state.ended:
                return True
        return False

    def longest(self, text: str, start: int, limit: int, ends: Collection[int]) -> Mapping[str, int]:
        """Where the longest fit of each that begins at `start` ends: at one of `ends`, not beyond `limit`."""
        found: dict[str, int] = {}
        automaton, state = self._anchored, self._anchored.start
        for place in range(start, limit):
            state = automaton.after(state, text[place])
            if state.ended and place + 1 in ends:
                found.update(dict.fromkeys(state.ended, place + 1))
            if not state.candidates:
                break
        return found

    def in_words(self, words: Sequence[tuple[str, bool]]) -> Iterator[tuple[int, int, str]]:
        """Where they fit whole words, as (first word, last word exclusive, phrase), each not overlapping itself.

        A word is its text and whether a gap stands before it. A fit is at most LONGEST_FIT words long.
        """
        text, starts = _laid_out(words)
        if not self.hits(text):
            return
        stops = [start + len(word) for (word, _), start in zip(words, starts, strict=True)]
        ends: dict[int, int] = {}
        for number, ((word, _), start) in enumerate(zip(words, starts, strict=True), start=1):
            # The parser leaves the full stop at a number with letters: "M142B."
            bare = word.rstrip(_CLOSING) or word
            ends |= {start + len(bare): number, start + len(word): number}
        free: dict[str, int] = {}
        for number, start in enumerate(starts):
            limit = stops[min(number + LONGEST_FIT, len(stops)) - 1]
            for phrase, end in self.longest(text, start, limit, ends).items():
                if free.get(phrase, 0) <= number:
                    free[phrase] = ends[end]
                    yield number, ends[end], phrase


def _laid_out(words: Sequence[tuple[str, bool]]) -> tuple[str, list[int]]:
    """The words as one text, a blank for each gap, and where each begins."""
    parts: list[str] = []
    starts: list[int] = []
    position = 0
    for word, has_gap in words:
        gap = " " if has_gap and parts else ""
        starts.append(position + len(gap))
        parts.append(gap + word)
        position += len(gap) + len(word)
    return "".join(parts), starts
