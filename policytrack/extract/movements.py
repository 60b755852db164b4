"""What moves by itself or by two numbers: "the duty rises", "from level 3 to level 1", "is 4%; it was 5%"."""

from __future__ import annotations

from dataclasses import replace

from policytrack.extract import clauses
from policytrack.extract.composition import EFFECTS, PERMISSION, RESTRICTION, UNKNOWN, UNSAID, Effect, Valued
from policytrack.extract.frames import Frame
from policytrack.extract.framing import Framer
from policytrack.extract.levels import Quantity, told_pairs
from policytrack.extract.lexicon import Operator
from policytrack.text import Sentence, Word

_MEASURED = (RESTRICTION, "rate", "allowance")
"""Values of what has a figure."""


class MovementReader:
    """Reads what moves from one standing or level to another."""

    def __init__(self, framer: Framer) -> None:
        self._framer = framer
        self._lexicon = framer.lexicon
        self._composer = framer.composer
        self._instruments = framer.instruments
        self._pairs: dict[int, tuple[Quantity, Quantity] | None] = {}

    def shifted(self, word: Word) -> Frame | None:
        """ "moved the rice from prohibited to free", "goes from level 3 to level 1": what it comes to counts."""
        if word.lemma not in self._lexicon.shifting:
            return None
        ends = {end: self._end(word, end) for end in ("from", "to")}
        came, left = ends["to"], ends["from"]
        if came is None:
            return None
        thing = next(iter(clauses.themes(word)), None) or clauses.subject(word)
        operator = self._lexicon.adjective(came)
        if came.lower in self._lexicon.nothing and thing is not None:
            effect = EFFECTS.get(("remove", self._composer.value(thing).value))
        elif left is not None and operator is not None:
            effect = EFFECTS.get((operator.kind, UNKNOWN))
        else:
            effect = self._graded(left, came)
        if effect is None or effect[1] == "neutral":
            return None
        frame = self._framer.made(
            word, Operator("increase", (word,), f"{word.lemma} to"), Effect(*effect, (word, came)), "verb"
        )
        frame.themes = (thing,) if thing is not None else ()
        return frame

    @staticmethod
    def _end(word: Word, preposition: str) -> Word | None:
        """The first word of weight after "from" or "to", by the order of the text: the parser reads these at random."""
        at = word.i - word.sentence.words[0].i
        after = word.sentence.words[at + 1 :]
        start = next((n for n, w in enumerate(after) if w.lower == preposition), None)
        below = after[start + 1 : start + 4] if start is not None else []
        return next((w for w in below if w.pos not in ("PUNCT", "DET")), None)

    def _graded(self, left: Word | None, came: Word) -> tuple[str, str] | None:
        """ "from level 3 to level 1": a lower grade is looser."""
        if left is None or left.lemma not in self._lexicon.grades:
            return None
        words = left.sentence.words
        at = words[0].i
        grades = [next((w.text for w in words[e.i - at : e.i - at + 3] if w.text.isdigit()), "") for e in (left, came)]
        if not all(grades) or grades[0] == grades[1]:
            return None
        return ("ease", "looser") if int(grades[0]) > int(grades[1]) else ("tighten", "tighter")

    def moved(self, word: Word) -> Frame | None:
        """ "travel resumes", "the duty rises to 9 per cent", "the limit goes up": the subject itself moves."""
        operator = self._lexicon.moving(word)
        thing = clauses.subject(word)
        if operator is None or thing is None or word.child("dobj") is not None or clauses.is_passive(word):
            return None
        valued = self._composer.value(thing)
        if not self._may_move(operator, valued):
            return None
        effect = self._composer.finished(operator, valued, EFFECTS.get((operator.kind, valued.value)))
        unclear = effect is None or (effect.direction == "neutral" and operator.kind != "pause")
        if effect is None or unclear or (valued.value == UNKNOWN and operator.kind != "ban"):
            return None
        frame = self._framer.made(word, operator, effect, "bearing")
        frame.themes, frame.agent = (thing,), None
        return frame

    def _may_move(self, operator: Operator, valued: Valued) -> bool:
        """Whether what moves by itself is a measure: a restriction, or a tracked rate; anything may resume."""
        tracked = valued.value == "rate" and any(w.i in self._instruments for w in valued.words)
        return (
            operator.kind in ("resume", "ban")
            or valued.value == RESTRICTION
            or tracked
            or (operator.kind == "pause" and valued.value in (PERMISSION, UNSAID))
        )

    def levelled(self, word: Word) -> Frame | None:
        """ "the policy rate is 4% tonight; it was 5%", "guide the rate to 1%, up from zero": told by two numbers."""
        found = self._pair(word.sentence)
        valued = self._measured(word) if found is not None else None
        if found is None or valued is None or found[0].value == found[1].value:
            return None
        before, after = found
        thing = valued.words[0]
        over = [w for w in word.sentence.words if after.start <= w.start < after.end and w.pos in ("NUM", "NOUN")]
        if not over or next((a for a in over[-1].ancestors() if clauses.is_verb(a)), None) is not word:
            return None
        kind = "increase" if after.value > before.value else "reduce"
        operation, direction = EFFECTS[kind, valued.value]
        frame = Frame(
            head=word, entry="level", kind=kind, operation=operation, direction=direction, words=(word, thing),
            themes=(thing,), agent=clauses.agent(word) if clauses.subject(word) is not thing else None, form="level",
            rules=[f"operations.{kind}@{self._lexicon.operations.version}"],
        )  # fmt: skip
        frame.reasons.append("direction: by its numbers")
        return frame

    def beside(self, frame: Frame) -> list[Frame]:
        """ "cut its deposit rate to 3 per cent and its lending rate to 4": the others that the same verb moves."""
        if frame.kind not in ("increase", "reduce") or not frame.themes or not clauses.is_verb(frame.head):
            return []
        first = frame.themes[0]
        others = [
            word
            for word in frame.sentence.words
            if word.i > max(first.i, frame.head.i)
            and word.dep in ("conj", "dobj", "npadvmod", "appos")
            and self._has_own_level(word)
            and next((a for a in word.ancestors() if clauses.is_verb(a)), None) is frame.head
        ]
        frame.beside = tuple(others)
        return [self._sibling(frame, word, tuple(w for w in (first, *others) if w is not word)) for word in others]

    def _has_own_level(self, noun: Word) -> bool:
        """Whether a tracked rate is followed by the level that it moves to."""
        after = noun.sentence.words[noun.i - noun.sentence.words[0].i + 1 :][:2]
        told = len(after) == 2 and after[0].lower in ("to", "by", "from") and after[1].tag in ("CD", "DT", "PDT", "NN")
        return told and noun.i in self._instruments and self._composer.value(noun).value in _MEASURED

    @staticmethod
    def _sibling(frame: Frame, thing: Word, beside: tuple[Word, ...]) -> Frame:
        words = tuple(w for w in frame.words if w not in frame.themes)
        return replace(frame, words=(*words, thing), themes=(thing,), beside=beside, reasons=[], rules=[*frame.rules])

    def _pair(self, sentence: Sentence) -> tuple[Quantity, Quantity] | None:
        """The first two numbers that a sentence compares; each sentence is looked through once."""
        if sentence.index not in self._pairs:
            counted = any(word.tag == "CD" for word in sentence.words)
            self._pairs[sentence.index] = next(told_pairs(sentence), None) if counted else None
        return self._pairs[sentence.index]

    def _measured(self, word: Word) -> Valued | None:
        """What has a level in a clause: a tracked thing, or one whose number somebody sets."""
        for noun in word.subtree():
            if clauses.is_noun(noun) and not noun.text.isdigit():
                valued = self._composer.value(noun)
                tracked = valued.value in _MEASURED and any(w.i in self._instruments for w in valued.words)
                if tracked or self._lexicon.has_level(noun):
                    return Valued(valued.value if tracked else "rate", (noun,))
        return None
