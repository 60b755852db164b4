"""What is put on a list, under a rule, or given by a light verb: "added to the ban", "gave the go-ahead"."""

from __future__ import annotations

from policytrack.extract import clauses
from policytrack.extract.composition import EFFECTS, PERMISSION, RESTRICTION, UNKNOWN, Effect
from policytrack.extract.frames import Frame
from policytrack.extract.framing import Framer
from policytrack.extract.lexicon import Operator
from policytrack.text import Word


class PlacingReader:
    """Reads where a verb puts a thing, and what the noun of a light verb gives it."""

    def __init__(self, framer: Framer) -> None:
        self._framer = framer
        self._lexicon = framer.lexicon
        self._composer = framer.composer
        self._known = framer.known

    def listed(self, word: Word) -> Frame | None:
        """ "took 24 firms off its sanctions list", "exempted goods from tariffs", "added Chad to the travel ban"."""
        out, into = word.lemma in self._lexicon.taken_out, word.lemma in self._lexicon.put_in
        for child in word.children:
            target = child.child("pobj") if child.dep in ("prep", "dative") else None
            if target is None or not (
                (out and child.lower in ("from", "off")) or (into and child.lower in ("to", "on", "in"))
            ):
                continue
            value = self._list_value(target)
            if value == "rate" and word.lemma in ("add", "take"):
                return self._onto_list(word, target, looser=word.lemma == "take")
            if value == RESTRICTION or (value == PERMISSION and (out or target.lemma == "list")):
                return self._onto_list(word, target, looser=(value == RESTRICTION) == (child.lower in ("from", "off")))
        return None

    def _list_value(self, target: Word) -> str:
        """What it means to stand on a list, or under a rule."""
        if target.lemma != "list":
            return self._composer.value(target).value
        below_it = list(target.subtree())
        named = {w.lower for w in below_it} | {w.lemma for w in below_it}
        if named & (self._lexicon.bad_lists | self._lexicon.good_lists):
            return RESTRICTION if named & self._lexicon.bad_lists else PERMISSION
        values = {self._known.get(below.i) or self._lexicon.thing(below) for below in below_it}
        return RESTRICTION if RESTRICTION in values else PERMISSION if PERMISSION in values else UNKNOWN

    def _onto_list(self, word: Word, target: Word, looser: bool) -> Frame:
        effect = Effect(*(("ease", "looser") if looser else ("tighten", "tighter")), (word, target))
        frame = self._framer.made(
            word, Operator("reduce" if looser else "increase", (word,), f"{word.lemma} list"), effect, "list"
        )
        frame.themes = (target, *frame.themes)
        return frame

    def placed(self, word: Word) -> Frame | None:
        """ "placed the town under quarantine", "went into lockdown": the restriction stands after a preposition."""
        if word.lemma not in self._lexicon.under:
            return None
        target = word.child("dobj") if word.lemma == "enter" else None
        prepositions = [
            c
            for c in word.children
            if c.dep == "prep" and (c.lower in ("under", "on", "into", "in") or _is_led(word, c))
        ]
        targets = [t for t in (target, *(p.child("pobj") for p in prepositions)) if t is not None]
        for thing in targets:
            step = self._lexicon.noun(thing)
            if step is not None and step.kind == "pause":
                return self._paused(word, thing)
            if self._lexicon.thing(thing) == RESTRICTION and thing.lemma != "control":  # a fire stands under that
                operator = Operator("create", (word,), f"{word.lemma} under")
                frame = self._framer.made(word, operator, Effect("impose", "tighter", (word, thing)), "under")
                frame.themes = (thing, *frame.themes)
                return frame
        return None

    def _paused(self, word: Word, pause: Word) -> Frame | None:
        """ "the rule went into suspension": what is paused is the subject."""
        thing = clauses.subject(word)
        found = EFFECTS.get(("pause", self._composer.value(thing).value)) if thing is not None else None
        if thing is None or found is None:
            return None
        frame = self._framer.made(
            word,
            Operator("pause", (word,), f"{word.lemma} into {pause.lemma}"),
            Effect(*found, (word, pause)),
            "bearing",
        )
        frame.themes, frame.agent = (thing,), None
        return frame

    def given(self, word: Word) -> Frame | None:
        """ "gave the go-ahead", "won Biden's endorsement": a light verb whose noun says what is done."""
        if word.lemma not in self._lexicon.light:
            return None
        for noun in clauses.themes(word):
            operator = self._lexicon.noun(noun)
            if operator is None or operator.kind not in (
                "allow",
                "ban",
                "pause",
                "remove",
                "reduce",
                "prolong",
                "delay",
            ):
                continue
            effect = self._composer.effect(noun, operator)
            if effect is None:
                continue
            frame = self._framer.made(
                word, operator, Effect(effect.operation, effect.direction, (word, *effect.words)), "light"
            )
            frame.themes = (noun, *clauses.themes(noun))
            frame.agent = self._giver(word, noun)
            return frame
        return None

    def papered(self, word: Word) -> Frame | None:
        """ "deposited its instrument of withdrawal from", "submitted an application to join": what the paper says."""
        papers = clauses.themes(word) if word.lemma in self._lexicon.light else []
        for paper in papers:
            step = self._step_of(paper) if paper.lemma in self._lexicon.papers else None
            if step is None:
                continue
            inner, effect = step
            operator = self._lexicon.verb(inner) or self._lexicon.noun(inner)
            kind = operator.kind if operator is not None else "join"
            frame = self._framer.made(word, Operator(kind, (word,), f"{word.lemma} {paper.lemma}"), effect, "light")
            frame.words = (word, paper, *effect.words)
            things = self._composer.themes(inner, operator) if operator is not None else []
            frame.themes = tuple(things) or (inner,)
            return frame
        return None

    def _step_of(self, paper: Word) -> tuple[Word, Effect] | None:
        """The joining or leaving that a paper is about, and its words: "notice that it leaves", "for membership"."""
        below = [c.child("pobj") for c in paper.children if c.dep == "prep" and c.lower in ("of", "for")]
        for inner in (*(noun for noun in below if noun is not None), *clauses.content(paper)):
            effect = self._composer.effect_of(inner)
            if effect is not None and effect.operation in ("withdraw", "join"):
                return inner, effect
            if inner.lemma == "membership":
                return inner, Effect(*EFFECTS["join", "body"], (inner,))
        return None

    def _giver(self, word: Word, noun: Word) -> Word | None:
        owner = clauses.agent(noun)
        if owner is not None:
            return owner
        if word.lemma in self._lexicon.getting:
            return next((c.child("pobj") for c in word.children if c.dep == "prep" and c.lower == "from"), None)
        return clauses.agent(word)


def _is_led(word: Word, preposition: Word) -> bool:
    """ "subjected to a curfew", "returns to a lockdown"."""
    return preposition.lower == "to" and word.lemma in ("subject", "return", "revert")
