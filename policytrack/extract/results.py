"""Causes that stand before their change: "X, prompting Oslo to ban it", "X led to the ban", "X. As a result, ...\""""

from __future__ import annotations

from collections.abc import Iterable

from policytrack.extract import clauses
from policytrack.extract.frames import Frame
from policytrack.extract.lexicon import Lexicon
from policytrack.text import Sentence, Word

Cause = tuple[tuple[Word, ...], tuple[Word, ...]]
"""The words that mark it, and those of the cause."""


class ResultReader:
    """Finds what a frame is told to be the result of."""

    def __init__(self, lexicon: Lexicon) -> None:
        status = lexicon.status
        self._deciders = {*status.officials, *status.anonymous, *lexicon.authorities, *lexicon.chambers}
        self._answering = frozenset(lexicon.triggers.answering)
        self._causing = frozenset(lexicon.triggers.causing)
        self._punishments = frozenset(lexicon.triggers.punishments)
        self._faults = frozenset(lexicon.triggers.faults)
        self._connectives = _longest_first(lexicon.triggers.connectives)
        self._results = _longest_first(lexicon.triggers.results)

    def read(self, frame: Frame, before: Sentence | None) -> list[Cause]:
        """The causes that a causing verb above the frame, or a connective at its sentence's start, puts before it."""
        found = [self._caused(frame), self._connected(frame, before), self._joined(frame)]
        found += [self._charged(frame), self._answered(frame, before)]
        return [cause for cause in found if cause is not None and cause[1]]

    def _caused(self, frame: Frame) -> Cause | None:
        for step in clauses.chain(frame.head):
            verb = step.word
            if verb.lemma not in self._causing or not clauses.is_verb(verb) or verb.i > frame.head.i:
                if step.link in ("relative", "finite", "after"):
                    return None
                continue
            who = clauses.own_subject(verb)
            if verb.tag == "VBG" and who is None:
                return (verb,), self._main_clause(verb)
            if who is not None and who.lower == "which":
                return (verb,), self._main_clause(who)
            return self.event(verb, who) if who is not None and not clauses.is_passive(verb) else None
        return None

    def event(self, verb: Word, who: Word) -> Cause | None:
        """A causing verb's subject, where it is no person or body that decides."""
        cue = (verb, *(child for child in verb.children if child.dep == "prt" and child.i == verb.i + 1))
        return (cue, tuple(_restricted(who))) if who.pos == "NOUN" and who.lemma not in self._deciders else None

    @staticmethod
    def _main_clause(verb: Word) -> tuple[Word, ...]:
        """The clause before the comma that a causing participle follows."""
        words = verb.sentence.words
        n = verb.i - words[0].i
        if n == 0 or words[n - 1].text != ",":
            return ()
        kept = words[: n - 1]
        comma = next((i for i, w in enumerate(kept) if w.text == "," and _opens_relative(kept, i)), None)
        return tuple(kept if comma is None else kept[:comma])

    def _connected(self, frame: Frame, before: Sentence | None) -> Cause | None:
        """ "X. As a result, Oslo banned it"; "X; in response, Oslo banned it"."""
        told, words = _parts(frame, before)
        for phrase in self._connectives if told else ():
            cue = words[: len(phrase)]
            after = words[len(phrase)] if len(words) > len(phrase) else None
            if tuple(w.lower for w in cue) != phrase or after is None or after.lower in ("to", "of", "for"):
                continue
            return tuple(cue), tuple(told)
        return None

    def _answered(self, frame: Frame, before: Sentence | None) -> Cause | None:
        """ "X. Oslo responds by banning it": what was told just before, in the same paragraph or the same sentence."""
        above = clauses.governor(frame.head)
        verb = above.word
        if verb.lemma not in self._answering or frame.head.dep != "pcomp" or verb.dep not in ("ROOT", "conj"):
            return None
        if any(c.dep == "prep" and c.lower == "to" for c in verb.children):
            return None  # "responds to the raid by": a cue of its own
        told, _ = _parts(frame, before)
        return ((verb,), tuple(told)) if told else None

    def _charged(self, frame: Frame) -> Cause | None:
        """ "sanctions on three firms that helped smugglers": what the punished did."""
        if frame.direction != "tighter" or not any(w.lemma in self._punishments for w in (*frame.words, *frame.themes)):
            return None
        for verb in frame.sentence.words:
            who = clauses.own_subject(verb) if verb.dep == "relcl" and verb.lemma in self._faults else None
            place = verb.head.head
            if who is None or who.lower not in ("who", "that") or verb.head.dep != "pobj":
                continue
            if place.lower in ("on", "against") and (place.head in (*frame.words, *frame.themes)):
                return (who,), tuple(_restricted(verb)[1:])
        return None

    def _joined(self, frame: Frame) -> Cause | None:
        """ "X, so Oslo banned it"."""
        words = frame.sentence.words
        for n, word in enumerate(words):
            if word.text != "," or word.i > frame.head.i:
                continue
            for phrase in self._results:
                cue = words[n + 1 : n + 1 + len(phrase)]
                if tuple(w.lower for w in cue) == phrase and self._opens_clause_of(frame, words[n + 1 + len(phrase) :]):
                    return tuple(cue), tuple(words[:n])
        return None

    @staticmethod
    def _opens_clause_of(frame: Frame, rest: list[Word]) -> bool:
        """Whether a subject comes at once, and the frame's verb is its own or hangs on it."""
        who = next((w for w in rest[:6] if w.dep in ("nsubj", "nsubjpass")), None)
        if who is None or not rest or who.subtree()[0].i > rest[0].i:
            return False
        return who.head is frame.head or who.head.is_above(frame.head)


def _longest_first(phrases: Iterable[str]) -> list[tuple[str, ...]]:
    """Phrases as their words; of two that open alike the longer one is tried before the other."""
    return sorted((tuple(phrase.split()) for phrase in phrases), key=lambda words: (-len(words), words))


def _parts(frame: Frame, before: Sentence | None) -> tuple[list[Word], list[Word]]:
    """What stands before a frame's part of the text, and that part: parts end with a sentence or a semicolon."""
    words = frame.sentence.words
    close = next((w.i for w in reversed(words) if w.text == ";" and w.i < frame.head.i), None)
    if close is not None:
        return [w for w in words if w.i < close], [w for w in words if w.i > close]
    if before is None or before.paragraph != frame.sentence.paragraph:
        return [], words
    return [w for w in before.words if w.pos != "SPACE"][:-1], words


def _opens_relative(words: list[Word], comma: int) -> bool:
    return comma + 1 < len(words) and words[comma + 1].lower in ("which", "who", "where")


def _restricted(who: Word) -> list[Word]:
    """A subject without what follows its first comma."""
    words = who.subtree()
    comma = next((i for i, word in enumerate(words) if word.text == "," and word.i > who.i), None)
    return words if comma is None else words[:comma]
