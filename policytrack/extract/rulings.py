"""What courts and offices find: the unlawful is undone, who is called a danger is outlawed, what must be done binds."""

from __future__ import annotations

from policytrack.extract import clauses
from policytrack.extract.composition import EFFECTS, PERMISSION, RESTRICTION, UNKNOWN, Effect, is_negated
from policytrack.extract.frames import Frame
from policytrack.extract.framing import Framer
from policytrack.extract.lexicon import Operator
from policytrack.text import Word


class RulingReader:
    """Reads verdicts, designations and what a ruling lets or makes happen."""

    def __init__(self, framer: Framer) -> None:
        self._framer = framer
        self._lexicon = framer.lexicon
        self._composer = framer.composer
        self._known = framer.known
        self._conducts = framer.conducts

    def designated(self, word: Word) -> Frame | None:
        """ "designates the group as a terrorist organisation": what is called so is outlawed."""
        who, things = clauses.agent(word), clauses.themes(word)
        if word.lemma not in self._lexicon.designating or not things or is_negated(word, self._lexicon):
            return None
        if who is not None and not self._lexicon.decides(who):
            return None
        after = (w for w in word.subtree() if w.i > word.i and w.lemma in self._lexicon.labels)
        label = next((w for w in after if w.head is not things[0] and _is_said_of(w.head, word, things[0])), None)
        if label is None or (things[0].i > word.i and label.i < things[0].i):
            return None
        effect = Effect(*EFFECTS["ban", UNKNOWN], (word, label))
        return self._framer.made(word, Operator("ban", (word,), f"{word.lemma} {label.lemma}"), effect, "verb")

    def judged(self, word: Word) -> Frame | None:
        """ "declares the ban unconstitutional", "found the order to be unlawful": the law is undone."""
        if word.lemma not in self._lexicon.judging:
            return None
        after = [w for w in word.subtree() if w.i > word.i]
        found = next(((w, o) for w in after if (o := self._lexicon.adjective(w)) is not None and o.kind == "ban"), None)
        thing = next(
            (
                w
                for w in after
                if clauses.is_noun(w) and (w.dep not in ("compound", "poss", "nmod") or not clauses.is_noun(w.head))
            ),
            None,
        )
        if found is None or thing is None or not self._is_verdict(word, found[0]):
            return None
        return self._judgement(word, found[1], thing)

    @staticmethod
    def _is_verdict(word: Word, adjective: Word) -> bool:
        """Whether the adjective is what is found, not a word within what is found."""
        words = word.sentence.words
        after = words[adjective.i - words[0].i + 1 :]
        if adjective.head.i < adjective.i and adjective.tag == "JJ" and after and after[0].text in (".", ";"):
            return True
        if adjective.dep == "amod":
            return adjective.head.lower == "as" or adjective.i == word.i + 1
        between = [a for a in adjective.ancestors() if a.i > word.i]
        return all(clauses.is_verb(a) or a.lower == "as" or a.head is word for a in between)

    def _judgement(self, word: Word, operator: Operator, thing: Word) -> Frame | None:
        valued = self._framer.subject_value(thing.head if thing.dep == "nsubj" and thing.head.tag == "VBG" else thing)
        effect = EFFECTS.get(("remove", valued.value))
        if valued.value in (UNKNOWN, "body", "conduct", "place") and self._forbids_it(operator.words[0], thing):
            effect = EFFECTS["ban", UNKNOWN]
        if effect is None or is_negated(operator.words[0].head, self._lexicon):
            return None
        words = (word, *operator.words, *valued.words)
        frame = self._framer.made(
            word, Operator("remove", (word,), f"{word.lemma} {operator.entry}"), Effect(*effect, words), "verb"
        )
        frame.themes = (thing,)
        return frame

    def _forbids_it(self, adjective: Word, thing: Word) -> bool:
        """ "declared the party illegal", "it is unconstitutional to teach it": what is no rule is forbidden."""
        told = thing.lower == "it" and bool([*clauses.content(adjective), *clauses.content(adjective.head)])
        return told or (thing.lower != "it" and adjective.lower in self._lexicon.forbidden)

    def violating(self, word: Word) -> Frame | None:
        """ "ruled that the ban violates the charter": what violates what stands above it is undone."""
        above = clauses.governor(word)
        judged = above.link == "complement" and above.word.lemma in (*self._lexicon.ruling, *self._lexicon.judging)
        thing = clauses.own_subject(word)
        if word.lemma not in self._lexicon.violating or not judged or thing is None or clauses.modals(word):
            return None
        valued = self._composer.value(thing)
        if valued.value not in (RESTRICTION, PERMISSION) or is_negated(word, self._lexicon):
            return None
        effect = Effect(*EFFECTS["remove", valued.value], (above.word, word, *valued.words))
        frame = self._framer.made(word, Operator("remove", (word,), f"{above.word.lemma} {word.lemma}"), effect, "verb")
        frame.themes, frame.agent = (thing,), clauses.subject(above.word)
        return frame

    def ruled(self, word: Word, frame: Frame) -> Frame:
        """ "the court rules that shops may be closed": what a ruling lets or makes happen is decided by it."""
        modal = self._ruling_modal(word) or self._binding_modal(word)
        if modal is not None:
            frame.words, frame.form = (*frame.words, modal), "public"
        return frame

    def _binding_modal(self, word: Word) -> Word | None:
        """ "bars must limit their service": a duty of the public, not a wish."""
        who = clauses.own_subject(word)
        if self._known or self._conducts or who is None or not self._framer.is_public(who):
            return None
        return next((m for m in clauses.modals(word) if m.lower in ("must", "shall")), None)

    def _ruling_modal(self, word: Word) -> Word | None:
        above = clauses.governor(word)
        if (
            above.link != "complement"
            or above.word.lemma not in self._lexicon.ruling
            or not clauses.is_verb(above.word)
        ):
            return None
        return next(iter(clauses.modals(word)), None)

    def decreed(self, word: Word) -> Frame | None:
        """ "rules that it must be disbanded", "ruled that all may vote": but no one person's case."""
        modal = self._ruling_modal(word)
        if modal is None or modal.lower not in ("must", "may", "can", "cannot", "ca", "should", "shall"):
            return None
        who = clauses.own_subject(word)
        if who is not None and who.pos == "PROPN":
            return None
        bound = modal.lower in ("must", "shall", "should") or is_negated(word, self._lexicon)
        frame = self._framer.public(word, (modal, word), bound=bound)
        frame.agent = clauses.subject(clauses.governor(word).word)
        return frame


def _is_said_of(noun: Word, verb: Word, thing: Word) -> bool:
    """Whether a noun is what a verb calls a thing: "named it a group", "as a group"."""
    above = noun.head.head if noun.dep == "pobj" and noun.head.lower == "as" else noun.head
    return noun.dep in ("oprd", "attr", "appos", "dobj", "ccomp", "pobj") and any(above is w for w in (verb, thing))
