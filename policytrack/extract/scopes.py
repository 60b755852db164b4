"""Limits on what a claim covers: places, ranges, purposes, conditions, items, times, amounts."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import takewhile

from policytrack import dates
from policytrack.extract import clauses
from policytrack.extract.frames import Frame
from policytrack.extract.levels import is_share
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
_EXCEPTIONS = (
    ("except",), ("excluding",), ("barring",), ("save",), ("with", "the", "exception", "of"), ("apart", "from"),
    ("other", "than"), ("but", "not"), ("all", "but"), ("everything", "but"),
)  # fmt: skip
_CONDITIONS = (
    ("subject", "to"), ("on", "condition"), ("on", "the", "condition"), ("provided", "that"), ("provided", "they"),
    ("provided", "it"), ("as", "long", "as"), ("so", "long", "as"), ("in", "case"), ("contingent", "on"),
    ("conditional", "on"),
)  # fmt: skip
_MARKS = ("if", "unless", "until", "till", "once", "provided", "providing")
_IN = ("in", "near", "within", "across", "along", "around", "throughout", "inside", "outside", "at")
_RECURRING = re.compile(
    r"\b(?:between|from)\s+\d{1,2}(?:[:.]\d\d)?\s?(?:[ap]\.?m\.?)?\s*(?:and|to|until)\s+\d{1,2}(?:[:.]\d\d)?\s?[ap]\.?m\b"
    r"|\b(?:between|from)\s+\d{1,2}[:.]\d\d\s*(?:and|to|until)\s+\d{1,2}[:.]\d\d\b"
    r"|\b(?:at night|overnight|at weekends|on weekends|on weekdays"
    r"|on (?:mon|tues|wednes|thurs|fri|satur|sun)days|in school hours)\b",
    re.I,
)
_TAIL = 20
"""How many words a condition runs at most."""
_STOPS = frozenset(
    (",", ";", ".", ":", "(", ")", "—", "–", "while", "as", "after", "because", "on", "until", "but", "who", "which")
)


class ScopeReader:
    """Reads the scope of the frames of one article."""

    def __init__(
        self, lexicon: Lexicon, document: Document, mentions: Mentions, speakers: SpeakerReader, triggers: TriggerReader
    ) -> None:
        self._lexicon = lexicon
        self._served = lexicon.public | lexicon.beneficiaries
        self._document = document
        self._mentions = mentions
        self._speakers = speakers
        self._triggers = triggers

    def read(self, frame: Frame, causes: Iterable[Trigger], referring: Iterable[Sentence]) -> list[Scope]:
        """The scopes of a frame in text order, each once; what lies inside its causes is theirs."""
        taken = [(t.start, t.end) for t in causes]
        own = [
            *self._exceptions(frame),
            *self._places(frame.clause),
            *self._areas(frame),
            *self._people(frame),
            *self._purposes(frame),
            *self._uses(frame),
            *self._conditions(frame),
            *self._times(frame),
            *self._patterns(frame.clause),
        ]
        found = [self._said_by(scope, frame.speaker) for scope in own]
        for sentence in referring:
            found += self._limits(sentence)
        kept = [s for s in found if not any(low < s.end and s.start < high for low, high in taken)]
        return _widest(kept)

    def _said_by(self, scope: Scope, speaker: tuple[Word, ...]) -> Scope:
        return scope.model_copy(update={"attributed_to": self._span(speaker)}) if speaker else scope

    def _span(self, words: Sequence[Word]) -> Span:
        start, end = span_of(words)
        return Span(start=start, end=end, quote=self._document.text[start:end])

    # ---- what is left out, where it holds, for whom

    def _exceptions(self, frame: Frame) -> Iterator[Scope]:
        """ "except medicines", "other than by sea", "all but essential shops": what a change leaves out."""
        for word in self._reach(frame):
            opened = _opening(word, _EXCEPTIONS)
            if opened is not None:
                phrase = _phrase_after(opened, _stop(frame))
                if phrase:
                    yield self._made(self._kind_of(phrase), [word, *_until(word, phrase[0]), *phrase])

    def _kind_of(self, phrase: Sequence[Word]) -> ScopeKind:
        if any(word.lemma in self._served for word in phrase):
            return "actor"
        if self._mentions.actors_in(phrase, ("name",)):
            return "actor"
        is_place = self._mentions.actors_in(phrase, ("place",)) or any(w.lemma in self._lexicon.areas for w in phrase)
        return "place" if is_place else "item"

    def _areas(self, frame: Frame) -> Iterator[Scope]:
        """ "in the border district", "across Tyrol": a place of no actor's name where the change holds."""
        for word in self._adjuncts(frame, _IN):
            target = word.child("pobj")
            if target is None or target.i in self._mentions.actor_at:
                continue
            phrase = _short(target)
            named = target.tag == "NNP" and not self._is_dated(phrase)
            named = named or any(w.lemma in self._lexicon.areas for w in phrase)
            if named and not any(w.tag == "CD" for w in phrase):
                yield self._made("place", [word, *phrase])

    def _people(self, frame: Frame) -> Iterator[Scope]:
        """ "for pensioners", "only to residents": whom the change is for."""
        for word in self._adjuncts(frame, ("for", "to", "on")):
            target = word.child("pobj")
            if target is None or target.lemma not in self._served:
                continue
            if word.lower == "for" or _is_only(word):
                yield self._made("actor", [word, *_short(target)])

    def _times(self, frame: Frame) -> Iterator[Scope]:
        """ "for 90 days", "until further notice", "between 10 pm and 5 am", "at weekends"."""
        reach = self._reach(frame)
        if not reach:
            return
        start, end = reach[0].start, reach[-1].end
        text = self._document.text[start:end]
        spans = [
            (each.start, each.end) for each in dates.durations(text) if text[each.start :].lower().startswith("for")
        ]
        spans += [match.span() for match in _RECURRING.finditer(text)]
        for low, high in spans:
            yield Scope(start=start + low, end=start + high, quote=text[low:high], kind="time")
        for word in reach:
            target = word.child("pobj") if word.lower in ("until", "till", "pending", "during") else None
            if target is not None and not self._is_dated(_short(target)):
                kind: ScopeKind = "condition" if word.lower == "pending" else "time"
                yield self._made(kind, [word, *_short(target)])

    def _is_dated(self, phrase: Sequence[Word]) -> bool:
        start, end = span_of(phrase)
        return bool(dates.mentions(f"in {self._document.text[start:end]}", "2000-01-01"))

    def _reach(self, frame: Frame) -> list[Word]:
        """The words of a frame's clause, and those after it up to the next clause with a subject of its own."""
        inside = {word.i for word in frame.clause}
        last = frame.clause[-1].i if frame.clause else frame.head.i
        following = [word for word in frame.sentence.words if word.i > last]
        ends = (word.subtree()[0].i for word in following if self._tells_else(word))
        inside |= set(range(last + 1, min(ends, default=frame.sentence.words[-1].i + 1)))
        return [word for word in frame.sentence.words if word.i in inside]

    def _tells_else(self, word: Word) -> bool:
        """A verb with a subject that is no report of the change: another clause."""
        return clauses.is_verb(word) and clauses.has_subject(word) and word.lemma not in self._lexicon.say

    def _adjuncts(self, frame: Frame, prepositions: Sequence[str]) -> Iterator[Word]:
        """The prepositions of a frame's clause that hang on its verb, its thing or a noun of theirs."""
        own = {w.i for w in (frame.head, *frame.words, *frame.themes, *clauses.content(frame.head))}
        for word in self._reach(frame):
            if word.lower in prepositions and word.dep in ("prep", "dative") and word.i not in own:
                head = next((h for h in word.ancestors() if clauses.is_verb(h) or h.i in own), None)
                if head is not None and head.i in own:
                    yield word

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
                            kind = self._kind_of(phrase)
                            found.append(self._made("actor" if kind == "actor" else "purpose", phrase))
        return found

    def _uses(self, frame: Frame) -> Iterator[Scope]:
        """ "allowed mining for research": what the permitted thing is for."""
        for word in self._adjuncts(frame, ("for",)) if frame.operation in ("authorise", "ease") else ():
            target = word.child("pobj", "pcomp")
            phrase = _short(target) if target is not None and target.tag.startswith(("NN", "VBG")) else []
            if phrase and not any(w.tag == "CD" for w in phrase) and self._kind_of(phrase) == "item":
                yield self._made("purpose", [word, *phrase])

    def _conditions(self, frame: Frame) -> list[Scope]:
        """ "once the dam is full", "unless it rains", "subject to a review", "on condition that they pay"."""
        found = []
        for child in frame.head.children:
            mark = child.child("mark") or child.child("advmod")
            if child.dep == "advcl" and mark is not None and mark.lower in _MARKS:
                kind: ScopeKind = "time" if mark.lower in ("until", "once", "till") else "condition"
                found.append(self._made(kind, _trimmed(child.subtree())))
        for word in self._reach(frame):
            opened = _opening(word, _CONDITIONS)
            if opened is not None:
                phrase = [w for w in frame.sentence.words if w.i > opened.i][:_TAIL]
                kept = list(takewhile(lambda w: w.text not in (",", ";", ".", ")", "—", "–"), phrase))
                found += [self._made("condition", [word, *_until(word, kept[0]), *kept])] if kept else []
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
                if kind == "amount" and is_share(quote, match.end()):
                    continue
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


def _widest(found: list[Scope]) -> list[Scope]:
    """The scopes in text order, without those that lie inside another and those told twice."""
    unique = {(s.kind, s.quote.lower()): s for s in sorted(found, key=lambda s: (-len(s.quote), s.start))}
    kept: list[Scope] = []
    for scope in unique.values():
        if not any(other.start <= scope.start and scope.end <= other.end for other in kept):
            kept.append(scope)
    return sorted(kept, key=lambda s: s.start)


def _opening(word: Word, phrases: Sequence[tuple[str, ...]]) -> Word | None:
    """The last word of the phrase that begins at a word, or None where none does."""
    words = word.sentence.words
    n = word.i - words[0].i
    for phrase in phrases:
        if phrase[0] != word.lower:
            continue
        last = words[n : n + len(phrase)]
        if tuple(w.lower for w in last) == phrase:
            return last[-1]
    return None


def _until(word: Word, end: Word) -> list[Word]:
    """The words between two words of one sentence."""
    return [w for w in word.sentence.words if word.i < w.i < end.i]


def _phrase_after(word: Word, stop: int) -> list[Word]:
    """The noun phrase after a word, up to a comma, a verb with a tense or the end of the clause."""
    following = [w for w in word.sentence.words if word.i < w.i <= stop]
    if following and following[0].pos == "ADP":
        return [following[0], *_phrase_after(following[0], stop)]
    kept = list(
        takewhile(lambda w: w.text not in _STOPS and clauses.tense(w) not in ("past", "present", "future"), following)
    )
    while kept and kept[-1].pos in ("ADP", "CCONJ", "SCONJ", "DET", "AUX"):
        kept.pop()
    return kept


def _stop(frame: Frame) -> int:
    return frame.sentence.words[-1].i


def _short(target: Word) -> list[Word]:
    """A noun with what stands before it, and its of-phrase."""
    of = [w for c in target.children if c.dep == "prep" and c.lower == "of" for w in c.subtree()]
    near = [
        w
        for c in target.children
        if c.dep in ("det", "amod", "compound", "nummod", "poss", "nmod")
        for w in c.subtree()
    ]
    return sorted([*near, target, *of], key=lambda w: w.i)


def _is_only(word: Word) -> bool:
    """Whether "only" stands before a preposition or its verb."""
    before = [w.lower for w in word.sentence.words if 0 < word.i - w.i <= 3]
    return "only" in before or "exclusively" in before


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
