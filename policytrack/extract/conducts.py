"""A tracked conduct as news of itself: "may now fire" permits, "has sent" shows that sending is permitted."""

from __future__ import annotations

from policytrack.extract import clauses
from policytrack.extract.composition import Effect, is_negated
from policytrack.extract.frames import Frame
from policytrack.extract.framing import Framer
from policytrack.extract.lexicon import Operator
from policytrack.text import Word


class ConductReader:
    """Reads what is done, or may be done, in a pack's own subject; in open mode what arms are handed over."""

    def __init__(self, framer: Framer) -> None:
        self._framer = framer
        self._lexicon = framer.lexicon
        self._known = framer.known
        self._conducts = framer.conducts

    def done(self, word: Word) -> Frame | None:
        """In a pack's own subject: "may now fire" permits, "has sent" shows that sending is permitted."""
        families = self._conducts.get(word.i)
        if not families:
            return None
        modal = next((m for m in clauses.modals(word) if m.lower in ("may", "can", "ca")), None)
        if modal is not None:
            return self._permitted(word, modal)
        if word.lemma in self._lexicon.motions:
            return self._set_going(word)
        if not self._moves_known(word):
            return None
        if families & {"transfer", "reexport"} and word.dep != "amod" and clauses.governor(word).link != "topic":
            operator = Operator("conduct", (word,), word.lemma)
            frame = self._framer.made(word, operator, Effect("authorise", "looser", (word,)), "conduct")
            frame.themes = tuple(self._moved(word))
            return frame
        return None

    def _permitted(self, word: Word, modal: Word) -> Frame:
        who = clauses.own_subject(word)
        none = [c for c in who.children if c.dep == "det" and c.lower == "no"] if who is not None else []
        negated = is_negated(word, self._lexicon) != bool(none)
        operation, direction = ("impose", "tighter") if negated else ("authorise", "looser")
        operator = Operator("allow", (modal, word), modal.lower)
        frame = self._framer.made(word, operator, Effect(operation, direction, (*none, modal, word)), "modal")
        frame.agent = None
        return frame

    def _set_going(self, word: Word) -> Frame | None:
        """ "tanks will go to Ukraine": what goes is the thing, and nobody is named who sends it."""
        thing = clauses.subject(word)
        if thing is None or not any(c.dep in ("prep", "dative") and c.lower in ("to", "into") for c in word.children):
            return None
        if not any(below.i in self._known for below in thing.subtree()):
            return None
        frame = self._framer.made(
            word, Operator("conduct", (word,), word.lemma), Effect("authorise", "looser", (word,)), "conduct"
        )
        frame.themes, frame.agent = (thing,), None
        return frame

    def _moves_known(self, word: Word) -> bool:
        """Whether what is sent, given or shared is a tracked instrument, a word for one, or not said."""
        things = self._moved(word)
        return not things or any(
            below.i in self._known or below.lemma in self._lexicon.stand_ins
            for thing in things
            for below in thing.subtree()
        )

    def _moved(self, word: Word) -> list[Word]:
        """What is sent or given: the object, or what stands after "with" ("provided Kyiv with tanks")."""
        things = clauses.themes(word)
        if any(below.i in self._known for thing in things for below in thing.subtree()):
            return things
        with_ = next((c.child("pobj") for c in word.children if c.dep == "prep" and c.lower == "with"), None)
        return clauses.conjuncts(with_) if with_ is not None else things

    def handed(self, word: Word) -> Frame | None:
        """In open mode: arms that one state sends to another: "will give Oslo tanks", "jets will go to Oslo"."""
        if self._known or self._conducts or word.lemma not in (*self._lexicon.handing, *self._lexicon.motions):
            return None
        things = [clauses.subject(word)] if word.lemma in self._lexicon.motions else self._moved(word)
        arms = next((t for t in things if t is not None and self._is_arms(t)), None)
        if arms is None or is_negated(word, self._lexicon) or not self._is_given((*word.children, *arms.children)):
            return None
        effect = Effect("authorise", "looser", (word, arms))
        frame = self._framer.made(word, Operator("conduct", (word,), word.lemma), effect, "verb")
        frame.themes = (arms,)
        return frame

    @staticmethod
    def _is_given(words: tuple[Word, ...]) -> bool:
        """Whether somebody is named who gets it: "to Oslo", "gives Oslo tanks"."""
        return any(
            w.dep == "dative"
            or (w.dep == "prep" and w.lower in ("to", "with"))
            or (w.dep == "compound" and w.pos == "PROPN")
            for w in words
        )

    def _is_arms(self, noun: Word) -> bool:
        return any(w.lemma in self._lexicon.arms for n in clauses.conjuncts(noun) for w in n.subtree())
