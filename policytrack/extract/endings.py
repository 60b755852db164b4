"""What begins and ends by itself, and what is told to end by a denial: "expires", "is not renewed", "no longer"."""

from __future__ import annotations

from policytrack.extract import clauses
from policytrack.extract.composition import (
    EFFECTS,
    ENDED,
    PERMISSION,
    RESTRICTION,
    UNKNOWN,
    Effect,
    Valued,
    is_ended,
    is_negated,
)
from policytrack.extract.frames import Frame
from policytrack.extract.framing import Framer
from policytrack.extract.lexicon import Operator
from policytrack.text import Word

_WORN_OUT = ("end", "run out", "come to an end", "be over", "be gone")
"""What also a trip or a supply does, and no decision makes."""


class EndingReader:
    """Reads what begins to be, ends, or is not done any more."""

    def __init__(self, framer: Framer) -> None:
        self._framer = framer
        self._lexicon = framer.lexicon
        self._composer = framer.composer
        self._known = framer.known

    def lapsed(self, word: Word) -> Frame | None:
        """ "the ban expires", "no limits apply", "the rule no longer applies": the subject itself ends."""
        operator = self._lexicon.ending(word)
        if word.lemma == "go" and word.tag == "VBN" and any(c.lemma == "be" for c in word.children):
            operator = Operator("remove", (word,), "be gone")
        if operator is not None and not clauses.themes(word):
            return self._ended(word, operator)
        if word.lemma not in self._lexicon.applying or word.child("dobj") is not None:
            return None
        who = clauses.own_subject(word)
        none = who is not None and any(c.dep == "det" and c.lower == "no" for c in who.children)
        return self._ended(word, Operator("remove", (word,), word.lemma)) if none or is_ended(word) else None

    def _ended(self, word: Word, operator: Operator) -> Frame | None:
        thing = clauses.subject(word)
        valued = self._composer.value(thing) if thing is not None else Valued(UNKNOWN, ())
        if thing is None or valued.value not in (RESTRICTION, PERMISSION):
            return None
        tracked = any(w.i in self._known for w in valued.words)
        if valued.value == PERMISSION and operator.entry in _WORN_OUT and not (tracked and operator.entry == "be gone"):
            return None
        operation, direction = EFFECTS["remove", valued.value]
        frame = self._framer.made(
            word, operator, Effect(operation, direction, (*operator.words, *valued.words)), "bearing"
        )
        frame.themes, frame.agent = (thing,), None
        return frame

    def borne(self, word: Word, operator: Operator) -> Frame | None:
        begun = word.child("dobj")
        begun = begun if begun is not None and self._composer.value(begun).value == RESTRICTION else None
        thing = begun if begun is not None else clauses.subject(word)
        if thing is None:
            return None
        step = self._composer.effect_of(thing) if thing is not begun and clauses.is_noun(thing) else None
        if step is not None and step.operation in ("withdraw", "join"):
            return self._stepped(word, operator, step, thing)
        valued = self._composer.value(thing)
        if valued.value not in (RESTRICTION, PERMISSION) or (
            operator.entry in ("begin", "start") and valued.value == PERMISSION
        ):
            return None
        operation, direction = EFFECTS["create", valued.value]
        effect = Effect(operation, direction, (*operator.words, *valued.words))
        frame = self._framer.made(word, operator, effect, "bearing")
        frame.themes, frame.agent = (thing,), clauses.agent(word) if thing is begun else None
        return frame

    def _stepped(self, word: Word, operator: Operator, step: Effect, noun: Word) -> Frame:
        """ "its withdrawal from the treaty took effect": the step that the noun tells is carried out."""
        named = self._lexicon.noun(noun) or operator
        effect = Effect(step.operation, step.direction, (*operator.words, *step.words))
        frame = self._framer.made(word, Operator(named.kind, operator.words, operator.entry), effect, "bearing")
        frame.themes, frame.agent = tuple(self._composer.themes(noun, named)), clauses.agent(noun)
        return frame

    def there(self, word: Word) -> Frame | None:
        """ "there will be a curfew", "there will be no limits": what begins or ends to be."""
        thing = word.child("attr", "dobj", "nsubj")
        if word.lemma != "be" or thing is None or not any(c.dep == "expl" for c in word.children):
            return None
        valued = self._composer.value(thing)
        if valued.value not in (RESTRICTION, PERMISSION) or clauses.tense(word) not in ("future", "present"):
            return None
        denial = next((c for c in thing.children if c.dep == "det" and c.lower == "no"), None)
        if denial is None and clauses.tense(word) == "present":
            return None
        is_gone = denial is not None and not any(c.lower == "such" for c in thing.children)
        kind, words = ("remove", (word, denial)) if is_gone else ("create", (word,))
        effect = Effect(*EFFECTS[kind, valued.value], (*words, *valued.words))
        frame = self._framer.made(word, Operator(kind, (word,), "there be"), effect, "there")
        frame.themes, frame.agent = (thing,), None
        return frame

    def withheld(self, word: Word, operator: Operator, effect: Effect) -> Frame | None:
        """ "entry will not be permitted", "guests are not allowed": what is not allowed is forbidden."""
        if operator.kind != "allow" or not clauses.is_passive(word) or not is_negated(word, self._lexicon):
            return None
        who = clauses.subject(word)
        if clauses.tense(word) == "present" and (who is None or not self._framer.is_public(who)):
            return None
        if clauses.tense(word) not in ("present", "future", "none") or is_ended(word):
            return None
        denials = [c for c in word.children if c.lower in self._lexicon.negators]
        return self._framer.made(word, operator, Effect("impose", "tighter", (*denials, *effect.words)), "public")

    def unrenewed(self, word: Word, operator: Operator, effect: Effect) -> Frame | None:
        """ "the licence was not renewed", "is not extending the ban": the same, told by a denial."""
        told = all(modal.lower in ("will", "wo", "'ll") for modal in clauses.modals(word))
        if operator.kind != "prolong" or not told or not is_negated(word, self._lexicon):
            return None
        denials = [c for c in word.children if c.lower in self._lexicon.negators]
        turned = {"looser": ("impose", "tighter"), "tighter": ("lift", "looser")}.get(effect.direction)
        return (
            self._framer.made(word, operator, Effect(*turned, (*denials, *effect.words)), "public") if turned else None
        )

    def unissued(self, word: Word, operator: Operator, effect: Effect) -> Frame | None:
        """ "will not issue any new permits": what was given so far ends."""
        ended = ENDED.get(effect.operation) if effect.direction == "looser" else None
        if operator.kind not in ("create", "allow", "approve") or ended is None or clauses.tense(word) != "future":
            return None
        further = [c for t in clauses.themes(word) for c in t.children if c.lower in ("any", "new", "further", "more")]
        if not further or not is_negated(word, self._lexicon):
            return None
        denials = [c for c in word.children if c.lower in self._lexicon.negators]
        return self._framer.made(word, operator, Effect(*ended, (*denials, *effect.words, *further)), "public")

    def declined(self, word: Word) -> Frame | None:
        """ "declined to renew the licence": what is not renewed ends."""
        if word.lemma not in self._lexicon.declining or clauses.modals(word):
            return None
        for clause in clauses.content(word):
            operator = self._lexicon.verb(clause)
            inner = self._composer.effect(clause, operator) if operator is not None else None
            if operator is None or inner is None or operator.kind != "prolong" or inner.direction != "looser":
                continue
            effect = Effect("impose", "tighter", (word, *inner.words))
            frame = self._framer.made(
                word, Operator("remove", (word,), f"{word.lemma} {operator.entry}"), effect, "verb"
            )
            frame.themes = tuple(clauses.themes(clause))
            return frame
        return None

    def ceased(self, word: Word) -> Frame | None:
        """ "will no longer provide food aid", "no longer accepts dollars": what was given or let happen ends."""
        given = clauses.themes(word)
        belongs = not given and any(c.lower == "to" and c.child("pobj") for c in word.children)
        if not is_ended(word):
            return None
        markers = tuple(w for c in word.children if c.lower == "longer" for w in c.subtree())
        who = clauses.own_subject(word)
        barred = [m for m in clauses.modals(word) if m.lower in ("can", "may")]
        others = who is not None and (who.tag == "NNS" or clauses.is_passive(word) or self._framer.is_public(who))
        barred = barred if others else []
        told = word.lemma in self._lexicon.providing and (given or belongs)
        if not told and not (barred and self._known and self._framer.is_ours(word)):
            return None
        effect = Effect("withdraw" if belongs else "revoke", "tighter", (*barred, *markers, word))
        form = "public" if barred else "verb"
        return self._framer.made(word, Operator("remove", (word,), f"no longer {word.lemma}"), effect, form)

    def unchanged(self, word: Word) -> Frame | None:
        """ "the ban has not changed"."""
        if word.lemma not in self._lexicon.changing or not is_negated(word, self._lexicon) or clauses.modals(word):
            return None
        denials = tuple(child for child in word.children if child.lower in self._lexicon.negators)
        operator = Operator("keep", (word,), f"not {word.lemma}")
        frame = self._framer.made(word, operator, Effect("reaffirm", "neutral", (*denials, word)), "unchanged")
        who = clauses.subject(word)
        frame.themes, frame.agent = ((who,) if who is not None else ()), None
        return frame
