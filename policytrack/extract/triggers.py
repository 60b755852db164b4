"""Causes that the article itself states for a change: cue words, the stretch after them, and what links them to it.

A cue counts in a frame's own sentence, or in a later one that refers back to the change ("the decision came after").
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from functools import cached_property

from policytrack.extract.cues import CueFinder, CueHit
from policytrack.extract.frames import Frame
from policytrack.extract.lexicon import Lexicon
from policytrack.extract.links import Link, LinkReader
from policytrack.extract.results import Cause, ResultReader
from policytrack.extract.spans import stretch, within_another
from policytrack.extract.speakers import SpeakerReader
from policytrack.model import Span, Trigger, TriggerKind
from policytrack.text import Document, Sentence, Word, span_of


class TriggerReader:
    """Finds the triggers of the frames of one document."""

    def __init__(self, lexicon: Lexicon, document: Document, speakers: SpeakerReader, with_goals: bool = True) -> None:
        """`with_goals`: whether a plain goal ("to curb the spread") counts beside what occasioned a change."""
        self._lexicon = lexicon
        self._with_goals = with_goals
        self._document = document
        self._speakers = speakers
        self._cues = CueFinder(lexicon)
        self._links = LinkReader(lexicon, ())
        self._results = ResultReader(lexicon)
        self._hits: dict[int, list[CueHit]] = {}

    def hits(self, sentence: Sentence) -> list[CueHit]:
        """The cues of a sentence, in text order."""
        return self._cues.of(sentence)

    def read(self, frame: Frame, frames: Sequence[Frame]) -> list[Trigger]:
        """The triggers of a live frame, in text order; loosely linked ones only where there are no others."""
        if self._links.frames is not frames:
            self._links = LinkReader(self._lexicon, frames)
        found: dict[Link, list[Trigger]] = {link: [] for link in Link}
        causes = [*self._results.read(frame, self._previous(frame)), *self._told_later(frame)]
        found[Link.STATED] = [self._made(words, cue, "primary") for cue, words in causes]
        later = self._with_cues[bisect_left(self._with_cues, frame.sentence.index, key=_index) :]
        for sentence in self._links.sentences(frame, later):
            for hit in self._counted(sentence):
                link = self._links.of(hit, frame)
                trigger = self._trigger(hit) if link else None
                if trigger is not None:
                    found[link].append(trigger)
        return _unnested(found[Link.STATED] or found[Link.CONTINUED])

    def _counted(self, sentence: Sentence) -> list[CueHit]:
        """The cues of a sentence less those of plain goals, and of the causes of a cause: "a death after a fever"."""
        if sentence.index not in self._hits:
            hits = self._cues.of(sentence)
            found = [hit for hit in hits if self._with_goals or not hit.is_goal]
            self._hits[sentence.index] = [hit for hit in found if not within_another(hit, hits)]
        return self._hits[sentence.index]

    def is_anaphor(self, who: Word, verb: Word) -> bool:
        """Whether a verb's subject means the change told before."""
        return self._links.is_anaphor(who, verb)

    def _previous(self, frame: Frame) -> Sentence | None:
        return next(iter(self._document.near(frame.sentence, -1, -1)), None)

    def _told_later(self, frame: Frame) -> list[Cause]:
        """ "A fall in numbers prompted the ban", in one of the next sentences."""
        pairs = [pair for s in self._document.near(frame.sentence, 1, 2) for pair in self._links.causers(s)]
        return [cause for cause in (self._results.event(verb, who) for verb, who in pairs) if cause is not None]

    @cached_property
    def _with_cues(self) -> list[Sentence]:
        return [sentence for sentence in self._document.sentences if self._cues.of(sentence)]

    def _trigger(self, hit: CueHit) -> Trigger | None:
        words = stretch(hit, self._cues.of(hit.place.sentence))
        if not words or (len(words) == 1 and words[0].pos in ("PRON", "DET", "NUM")) or self._is_criticism(hit.place):
            return None
        return self._made(words, hit.words, hit.cue.kind)

    def _made(self, words: Sequence[Word], cue: Sequence[Word], kind: TriggerKind) -> Trigger:
        start, end = span_of(words)
        return Trigger(
            start=start, end=end, quote=self._document.text[start:end], kind=kind,
            cue=" ".join(word.lower for word in cue), hedge=self._hedge(cue[0]),
            attributed_to=self._attributed(cue[0]),
        )  # fmt: skip

    def _is_criticism(self, place: Word) -> bool:
        return any(self._links.is_critic(word) for word in self._speakers.of_word(place))

    def _attributed(self, place: Word) -> Span | None:
        speaker = self._speakers.of_word(place)
        if not speaker:
            return None
        start, end = span_of(speaker)
        return Span(start=start, end=end, quote=self._document.text[start:end])

    def _hedge(self, place: Word) -> str | None:
        before = [w for w in place.sentence.words if place.i - 5 <= w.i < place.i and w.pos != "PROPN"]
        return next((w.lower for w in reversed(before) if w.lower in self._lexicon.triggers.hedges), None)


def _index(sentence: Sentence) -> int:
    return sentence.index


def _unnested(found: list[Trigger]) -> list[Trigger]:
    """Of triggers that lie in one another, the outer ones, each once."""
    kept = [
        t
        for t in found
        if not any(
            o is not t and o.start <= t.start and t.end <= o.end and (o.start, o.end) != (t.start, t.end) for o in found
        )
    ]
    return list({(t.start, t.end): t for t in kept}.values())
