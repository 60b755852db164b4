"""Limits on what a claim covers: places, ranges, purposes, conditions, items, times, amounts."""

from __future__ import annotations

import re
from collections.abc import Iterable

from policytrack.extract import clauses
from policytrack.extract.frames import Frame
from policytrack.extract.lexicon import Lexicon
from policytrack.extract.mentions import Mentions
from policytrack.extract.speakers import SpeakerReader
from policytrack.extract.triggers import TriggerReader
from policytrack.model import Scope, ScopeKind, Span, Trigger
from policytrack.text import Document, Sentence, Word, span_of

_RANGE = re.compile(
    r"\b(?:up to|within|beyond|no more than|a range of|as far as)\s+(?:about |around |some )?\d[\d.,]*\s*"
    r"(?:km|kilometres?|kilometers?|miles?|metres?|meters?)\b",
    re.I,
)
_AMOUNT = re.compile(
    r"(?:[$€£]\s?\d[\d.,]*(?:\s?(?:million|billion|trillion|bn|m))?"
    r"|\b\d[\d.,]*\s?(?:per cent|percent|%|tonnes|tons|million tonnes))",
    re.I,
)


class ScopeReader:
    """Reads the scope of the frames of one article."""

    def __init__(
        self, lexicon: Lexicon, document: Document, mentions: Mentions, speakers: SpeakerReader, triggers: TriggerReader
    ) -> None:
        self._lexicon = lexicon
        self._document = document
        self._mentions = mentions
        self._speakers = speakers
        self._triggers = triggers

    def read(self, frame: Frame, causes: Iterable[Trigger], referring: Iterable[Sentence]) -> list[Scope]:
        """The scopes of a frame in text order, each once; what lies inside its causes is theirs."""
        taken = [(t.start, t.end) for t in causes]
        found = [
            *self._places(frame.clause),
            *self._purposes(frame),
            *self._conditions(frame),
            *self._patterns(frame.clause),
        ]
        for sentence in referring:
            found += self._limits(sentence)
        kept = [s for s in found if not any(low < s.end and s.start < high for low, high in taken)]
        unique = {(s.kind, s.quote.lower()): s for s in sorted(kept, key=lambda s: -len(s.quote))}
        return sorted(unique.values(), key=lambda s: s.start)

    def _places(self, words: Iterable[Word]) -> list[Scope]:
        """Regions, not the country that the conduct is about."""
        found = []
        for word in words:
            mention = self._mentions.actor_at.get(word.i)
            if mention is None or mention.ids(("name", "adjective", "person")) or not mention.ids(("place",)):
                continue
            phrase = self._noun_phrase(word)
            if any("territory" in w.lower or "soil" in w.lower for w in phrase):
                continue
            found.append(self._made("place", phrase))
        return found

    @staticmethod
    def _noun_phrase(word: Word) -> list[Word]:
        head = word
        while head.dep in ("compound", "poss", "nmod", "amod") and head.head is not head:
            head = head.head
        return [
            w
            for w in head.subtree()
            if w is head
            or (w.head is head and w.dep in ("det", "compound", "nmod", "poss", "amod", "case"))
            or w is word
        ]

    def _purposes(self, frame: Frame) -> list[Scope]:
        """ "to operate there for maintenance": what the permitted conduct is for."""
        found = []
        for clause in clauses.content(frame.head):
            for node in (clause, *clause.children):
                for child in node.children if node is not clause else clause.children:
                    if child.dep == "prep" and child.lower == "for" and child.child("pobj") is not None:
                        phrase = child.subtree()
                        if not any(w.tag == "CD" for w in phrase[:3]):
                            found.append(self._made("purpose", phrase))
        return found

    def _conditions(self, frame: Frame) -> list[Scope]:
        found = []
        for child in frame.head.children:
            mark = child.child("mark")
            if (
                child.dep == "advcl"
                and mark is not None
                and mark.lower in ("if", "unless", "until", "once", "provided")
            ):
                found.append(
                    self._made("time" if mark.lower in ("until", "once") else "condition", _trimmed(child.subtree()))
                )
        return found

    def _patterns(self, words: Iterable[Word]) -> list[Scope]:
        words = list(words)
        if not words:
            return []
        start, end = span_of(words)
        quote = self._document.text[start:end]
        found: list[Scope] = []
        patterns: tuple[tuple[ScopeKind, re.Pattern[str]], ...] = (("range", _RANGE), ("amount", _AMOUNT))
        for kind, pattern in patterns:
            for match in pattern.finditer(quote):
                found.append(
                    Scope(start=start + match.start(), end=start + match.end(), quote=match.group(), kind=kind)
                )
        return found

    def _limits(self, sentence: Sentence) -> list[Scope]:
        """ "the policy targets the Kursk region": a later sentence that says what the change covers."""
        found = []
        for verb in sentence.words:
            who = (
                clauses.own_subject(verb)
                if verb.lemma in self._lexicon.status.limiting and clauses.is_verb(verb)
                else None
            )
            if who is None or not self._triggers.is_anaphor(who, verb):
                continue
            target = verb.child("dobj") or next(
                (c.child("pobj") for c in verb.children if c.dep == "prep" and c.lower in ("to", "for")), None
            )
            if target is not None:
                phrase = _trimmed([w for w in target.subtree() if not _in_clause_below(w, target)])
                kind: ScopeKind = "place" if self._mentions.actors_in(phrase, ("place", "name")) else "item"
                found.append(self._made(kind, phrase, verb))
        return found

    def _made(self, kind: ScopeKind, words: list[Word], said: Word | None = None) -> Scope:
        start, end = span_of(words)
        speaker = self._speakers.of_word(said) if said is not None else ()
        attributed = None
        if speaker:
            low, high = span_of(speaker)
            attributed = Span(start=low, end=high, quote=self._document.text[low:high])
        return Scope(start=start, end=end, quote=self._document.text[start:end], kind=kind, attributed_to=attributed)


def _trimmed(words: list[Word]) -> list[Word]:
    while len(words) > 1 and words[-1].pos in ("PUNCT", "CCONJ"):
        words = words[:-1]
    return words


def _in_clause_below(word: Word, head: Word) -> bool:
    for node in (word, *word.ancestors()):
        if node is head:
            return False
        if node.dep in ("acl", "relcl", "advcl", "appos"):
            return True
    return False
