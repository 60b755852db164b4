"""How far a cause reaches: the words after its cue up to the end of the clause, whatever the parser hung where."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from policytrack.extract import clauses
from policytrack.extract.cues import CueHit, opened_clause
from policytrack.text import Sentence, Word

_LONGEST = 45
_BREAKS = (";", "—", "–", "--", ":", "(", ")")
_NEW_CLAUSE = ("which", "who", "where", "whose", "but", "while", "with", "although", "though")
_FREE_RELATIVES = ("what", "whatever", "how", "whether")
_FINITE = ("VBZ", "VBD", "VBP", "MD")
_OPENING = ("NOUN", "PROPN", "ADJ", "DET", "NUM")
_PARTLY = ("for", "over", "as", "while", "since", "to", "upon", "per", "when")
"""Cues that as often stand inside a cause as they open another one."""


def stretch(hit: CueHit, others: Sequence[CueHit]) -> list[Word]:
    """The words after a cue up to the end of its clause; `others` are the sentence's cues."""
    reader = _Stretch(hit, others)
    return _trimmed(reader.words())


def within_another(hit: CueHit, others: Sequence[CueHit]) -> bool:
    """Whether a cue goes on where another one's cause stops: "a death after a fever", "a rise, perhaps linked to"."""
    if hit.form not in ("preposition", "marker", "passive"):
        return False
    words = hit.place.sentence.words
    before = [w for w in words if w.i < hit.place.i]
    while before and hit.form == "passive" and (before[-1].pos == "ADV" or before[-1].text == ","):
        before.pop()
    earlier = [o for o in others if o.form in ("preposition", "marker") and o.place.i < hit.place.i]
    return bool(before) and any(stretch(other, others)[-1:] == before[-1:] for other in earlier)


def _trimmed(words: list[Word]) -> list[Word]:
    while words and words[-1].pos in ("PUNCT", "CCONJ", "SPACE") and words[-1].text not in ("%", ")"):
        words.pop()
    return words


class _Stretch:
    """One cue's walk to the right."""

    def __init__(self, hit: CueHit, others: Sequence[CueHit]) -> None:
        self._hit = hit
        self._sentence: Sentence = hit.place.sentence
        self._cuts = {_opening(other) for other in others if other is not hit and _cuts(other)}
        self._matrix = _matrix_starts(hit)
        self._skipped: set[int] = set()
        self._verb_at = _clause_verb(hit)

    def words(self) -> list[Word]:
        sentence, found = self._sentence, list[Word]()
        for n in range(self._hit.after, min(len(sentence.words), self._hit.after + _LONGEST)):
            word = sentence.words[n]
            if word.text in (".", "?", "!") and n == len(sentence.words) - 1:
                break
            if word.i >= self._verb_at and not self._is_aside(n) and self._is_end(n, bool(found)):
                break
            found.append(word)
        return found

    def _is_end(self, n: int, begun: bool) -> bool:
        return self._sentence.words[n].text in _BREAKS or (begun and self._ends(n))

    def _is_aside(self, n: int) -> bool:
        """ "payment (after a delay) of the fees": whether brackets around a word end nothing."""
        words = self._sentence.words
        close = next((k for k in range(n, len(words)) if words[k].text == ")"), None)
        if close is None or close + 1 >= len(words) or words[close + 1].tag != "IN":
            return False
        start = max((k for k in range(self._hit.after, n + 1) if words[k].text == "("), default=None)
        return start is not None and all(words[k].text != ")" for k in range(start, n))

    def _ends(self, n: int) -> bool:
        word = self._sentence.words[n]
        if word.i in self._cuts or word.i in self._matrix:
            return True
        if word.lower in ("and", "or") and self._lower(n + 1) in _FREE_RELATIVES:
            return False
        if word.lower in ("and", "but") and (self._starts_clause(n + 1) or self._goes_on(n + 1)):
            return True
        return word.text == "," and n not in self._skipped and not self._is_place(n) and self._comma_ends(n)

    def _lower(self, n: int) -> str:
        return self._sentence.words[n].lower if n < len(self._sentence.words) else ""

    def _is_place(self, n: int) -> bool:
        """ "an attack in Boulder, Colorado, on a march": the commas around a wider place end nothing."""
        words = self._sentence.words
        before, rest = words[n - 1], words[n + 1 : n + 4]
        if before.pos != "PROPN" or not rest or rest[0].pos != "PROPN":
            return False
        close = next((i for i, word in enumerate(rest) if word.text == ","), None)
        if close is None or any(word.pos != "PROPN" for word in rest[:close]):
            return False
        after = n + 2 + close
        if after < len(words) and words[after].tag == "IN" and words[after].i not in self._cuts:
            self._skipped.add(n + 1 + close)
            return True
        return False

    def _comma_ends(self, n: int) -> bool:
        words = self._sentence.words
        following = words[n + 1] if n + 1 < len(words) else None
        if following is None or following.lower in _NEW_CLAUSE:
            return True
        if following.tag in ("VBG", "VBN") and following.dep not in ("amod", "conj"):
            return True
        if following.lower in ("and", "or"):
            after = words[n + 2] if n + 2 < len(words) else None
            return self._starts_clause(n + 2) or (after is not None and after.pos in ("ADP", "SCONJ", "VERB", "AUX"))
        if _lists_on(words[n + 1 :]) or self._lists_one(n + 1):
            return False
        if following.pos == "ADP" and any(w.text == "," for w in words[n + 2 : n + 6]):
            return False
        if following.tag == "CD" or following.dep in ("conj", "nummod"):
            return False
        return not self._joined(following) or self._starts_clause(n + 1)

    def _lists_one(self, n: int) -> bool:
        """Whether one more thing and the last of a list follow: "costs, a weak market and a state which ..." """
        words = self._sentence.words
        close = next((k for k in range(n, min(n + 9, len(words))) if words[k].lower in ("and", "or", ",")), None)
        if close is None or words[close].text == "," or close + 1 >= len(words):
            return False
        one = words[n:close]
        named = bool(one) and one[-1].pos in ("NOUN", "PROPN") and one[0].pos in _OPENING
        plain = named and not any(word.tag in (*_FINITE, "WDT", "WP") for word in one)
        return plain and words[close + 1].pos in _OPENING and not self._starts_clause(close + 1)

    def _joined(self, following: Word) -> bool:
        """Whether what follows a comma is coordinated with something inside the cause."""
        first = self._sentence.words[self._hit.after]
        return any(
            node.dep == "conj" and node.i >= following.i
            for node in (following, *following.ancestors())
            if node.i > first.i
        )

    def _goes_on(self, n: int) -> bool:
        """Whether a finite verb follows at once: "after the attack and may be changed"."""
        words = self._sentence.words
        return n < len(words) and words[n].tag in ("MD", "VBZ", "VBD", "VBP")

    def _starts_clause(self, n: int) -> bool:
        """Whether a subject and a finite verb stand within the next words."""
        words = self._sentence.words
        for word in words[n : n + 8]:
            if (
                word.dep in ("nsubj", "nsubjpass", "expl")
                and word.head.i > word.i
                and clauses.tense(word.head) != "none"
            ):
                return word.subtree()[0].i <= words[n].i + 1
            if word.text in (",", ";"):
                return False
        return False


def _clause_verb(hit: CueHit) -> int:
    """Where the verb of the clause stands that a cue introduces: nothing ends the cause before it."""
    last = hit.words[-1]
    opened = opened_clause(last)
    return opened[1].i if opened is not None else last.i


def _cuts(other: CueHit) -> bool:
    if other.form == "verb":
        return other.place.dep == "relcl" and other.words[-1].lower != "that"
    return other.form in ("preposition", "marker") and other.cue.cue not in _PARTLY


def _opening(other: CueHit) -> int:
    """Where another cue's part begins: with the pronoun of a relative clause, else with the cue."""
    who = clauses.own_subject(other.place) if other.form == "verb" else None
    return who.i if who is not None else other.place.i


def _matrix_starts(hit: CueHit) -> set[int]:
    """Where the clause goes on that a fronted cause stands in: its subject and its verb, after the cause."""
    starts: set[int] = set()
    place = hit.place
    own = place.head if place.dep in ("mark", "aux", "advmod") and clauses.is_verb(place.head) else place
    before = place.sentence.words[: place.i - place.sentence.words[0].i]
    if any(word.tag in _FINITE for word in before):
        return starts
    for node in own.ancestors():
        if node.i > own.i and clauses.is_verb(node) and clauses.tense(node) != "none":
            who = clauses.own_subject(node)
            starts.add(node.i)
            if who is not None and who.i > place.i and not any(child is own for child in who.subtree()):
                starts.add(who.subtree()[0].i)
    return starts


def _lists_on(rest: list[Word]) -> bool:
    """Whether a list goes on to the end: "a sell-off, tariffs from Mexico, and complaints"."""
    if not rest or rest[0].pos not in ("NOUN", "PROPN", "ADJ", "DET", "NUM"):
        return False
    if any(word.tag in ("VBZ", "VBD", "VBP", "MD", "WDT", "WP") for word in rest):
        return False
    return any(one.text == "," and two.lower in ("and", "or") for one, two in pairwise(rest))
