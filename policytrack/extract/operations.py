"""Where a text says that something is done: verbs, nouns, adjectives and set phrases become frames.

What an operation does to its thing is composed in `composition.py`.
"""

from __future__ import annotations

from collections.abc import Mapping

from policytrack.extract import clauses
from policytrack.extract.composition import (
    EFFECTS,
    PERMISSION,
    RESTRICTION,
    UNKNOWN,
    Composer,
    Effect,
    Valued,
    is_negated,
)
from policytrack.extract.frames import Frame
from policytrack.extract.lexicon import Lexicon, Operator
from policytrack.text import Document, Word


class OperationReader:
    """Finds the frames of a document. `known` gives words that packs track the value of the thing they name.

    `conducts` are the words that name a tracked conduct: in a pack's subject, "may fire" is a permission.
    """

    def __init__(
        self, lexicon: Lexicon, document: Document, known: Mapping[int, str], conducts: Mapping[int, frozenset[str]]
    ) -> None:
        self._lexicon = lexicon
        self._document = document
        self._known = known
        self._conducts = conducts
        self._composer = Composer(lexicon, known, conducts)
        self._named = {word.i for word in document.words if word.pos == "PROPN"}

    def frames(self) -> list[Frame]:
        """All frames, in text order; of nested ones only the outermost."""
        found = [frame for word in self._document.words if (frame := self._frame(word))]
        found = [frame for frame in found if not self._is_private(frame)]
        inner = {word.i for frame in found for word in frame.words if word is not frame.head}
        return [frame for frame in found if frame.head.i not in inner]

    def _frame(self, word: Word) -> Frame | None:
        if word.pos in ("PUNCT", "SPACE", "DET", "ADP", "NUM"):
            return None
        if clauses.is_verb(word):
            return self._verb_frame(word) if word.dep not in ("prep", "mark", "aux", "auxpass") else None
        if word.pos in ("NOUN", "PROPN"):
            return self._noun_frame(word)
        if word.pos in ("ADJ", "ADV"):
            return self._adjective_frame(word)
        return None

    def _is_private(self, frame: Frame) -> bool:
        """Whether somebody acts who makes no policy: a company, a crowd."""
        return frame.agent is not None and any(
            w.lemma in self._lexicon.private for w in (frame.agent, *frame.agent.children) if w.dep != "poss"
        )

    # ---- predicates

    def _verb_frame(self, word: Word) -> Frame | None:
        if word.dep == "amod":
            return None
        operator = self._lexicon.verb(word)
        if operator is not None and operator.kind in ("open", "shut") and clauses.modals(word):
            freed = self._public_frame(word)
            if freed is not None:
                return freed
        if operator is not None and not _joins_in(word, operator):
            effect = self._composer.effect(word, operator)
            if effect is not None:
                return self._made(word, operator, effect, "verb")
        ending = self._lexicon.ending(word)
        if ending is not None and not clauses.themes(word):
            return self._ending_frame(word, ending)
        bearing = self._lexicon.bearing(word)
        if bearing is not None:
            return self._bearing_frame(word, bearing)
        readers = (
            self._unchanged_frame,
            self._public_frame,
            self._list_frame,
            self._under_frame,
            self._light_frame,
            self._conduct_frame,
        )
        return next((frame for read in readers if (frame := read(word)) is not None), None)

    def _made(self, word: Word, operator: Operator, effect: Effect, form: str) -> Frame:
        return Frame(
            head=word, entry=operator.entry, kind=operator.kind, operation=effect.operation, direction=effect.direction,
            words=effect.words, themes=tuple(self._composer.themes(word, operator)), agent=clauses.agent(word),
            form=form, rules=[f"operations.{operator.kind}@{self._lexicon.operations.version}"],
        )  # fmt: skip

    def _bearing_frame(self, word: Word, operator: Operator) -> Frame | None:
        thing = clauses.subject(word)
        if thing is None:
            return None
        valued = self._composer.value(thing)
        if valued.value not in (RESTRICTION, PERMISSION) or (
            operator.entry in ("begin", "start") and valued.value == PERMISSION
        ):
            return None
        operation, direction = EFFECTS["create", valued.value]
        effect = Effect(operation, direction, (*operator.words, *valued.words))
        frame = self._made(word, operator, effect, "bearing")
        frame.themes, frame.agent = (thing,), None
        return frame

    def _ending_frame(self, word: Word, operator: Operator) -> Frame | None:
        thing = clauses.subject(word)
        valued = self._composer.value(thing) if thing is not None else Valued(UNKNOWN, ())
        if thing is None or valued.value not in (RESTRICTION, PERMISSION):
            return None
        operation, direction = EFFECTS["remove", valued.value]
        frame = self._made(word, operator, Effect(operation, direction, (*operator.words, *valued.words)), "bearing")
        frame.themes, frame.agent = (thing,), None
        return frame

    def _unchanged_frame(self, word: Word) -> Frame | None:
        """ "the ban has not changed"."""
        if word.lemma not in self._lexicon.changing or not is_negated(word, self._lexicon) or clauses.modals(word):
            return None
        denials = tuple(child for child in word.children if child.lower in self._lexicon.negators)
        operator = Operator("keep", (word,), f"not {word.lemma}")
        frame = self._made(word, operator, Effect("reaffirm", "neutral", (*denials, word)), "unchanged")
        who = clauses.subject(word)
        frame.themes, frame.agent = ((who,) if who is not None else ()), None
        return frame

    def _public_frame(self, word: Word) -> Frame | None:
        """In open mode: duties and freedoms of the public, told without the rule that makes them.

        "Residents must stay at home", "the mayor urged citizens to stay in", "shops may open".
        """
        if self._known or self._conducts:
            return None
        told = word.child("dobj") or next((c for c in word.children if c.dep == "nsubjpass"), None)
        if word.lemma in self._lexicon.tell and told is not None and self._is_public(told):
            return self._told_frame(word, told)
        who = clauses.own_subject(word)
        if who is None or not self._is_public(who):
            return None
        modal = next(
            (m for m in clauses.modals(word) if m.lower in ("must", "may", "can", "cannot", "ca", "shall")), None
        )
        if modal is not None:
            return self._public(
                word, (modal, word), bound=modal.lower in ("must", "shall") or is_negated(word, self._lexicon)
            )
        if word.lemma in ("have", "need") and any(c.dep == "xcomp" and clauses.is_verb(c) for c in word.children):
            return self._public(word, (word,), bound=not is_negated(word, self._lexicon))
        return None

    def _told_frame(self, word: Word, told: Word) -> Frame | None:
        inner = next(
            (e for clause in clauses.content(word) if (e := self._composer.effect_of(clause)) is not None), None
        )
        if inner is not None and inner.direction != "neutral":
            operator = Operator("require", (word,), word.lemma)
            return self._made(word, operator, Effect(inner.operation, inner.direction, (word, *inner.words)), "public")
        return self._public(word, (word, told), bound=True) if clauses.content(word) else None

    def _public(self, word: Word, words: tuple[Word, ...], bound: bool) -> Frame:
        effect = Effect(*(("impose", "tighter") if bound else ("authorise", "looser")), words)
        return self._made(word, Operator("require" if bound else "allow", words, word.lemma), effect, "public")

    def _is_public(self, noun: Word) -> bool:
        return any(w.lemma in self._lexicon.public for w in clauses.conjuncts(noun)) and noun.i not in self._named

    def _list_frame(self, word: Word) -> Frame | None:
        """ "took 24 firms off its sanctions list", "exempted goods from tariffs", "added Chad to the travel ban"."""
        out, into = word.lemma in self._lexicon.taken_out, word.lemma in self._lexicon.put_in
        for child in word.children:
            target = child.child("pobj") if child.dep in ("prep", "dative") else None
            if target is None or not ((out and child.lower == "from") or (into and child.lower in ("to", "on", "in"))):
                continue
            value = self._list_value(target)
            if value == RESTRICTION or (value == PERMISSION and (out or target.lemma == "list")):
                return self._listed(word, target, looser=(value == RESTRICTION) == (child.lower == "from"))
        return None

    def _list_value(self, target: Word) -> str:
        """What it means to stand on a list, or under a rule."""
        if target.lemma != "list":
            return self._composer.value(target).value
        values = {self._known.get(below.i) or self._lexicon.thing(below) for below in target.subtree()}
        return RESTRICTION if RESTRICTION in values else PERMISSION if PERMISSION in values else UNKNOWN

    def _listed(self, word: Word, target: Word, looser: bool) -> Frame:
        effect = Effect(*(("ease", "looser") if looser else ("tighten", "tighter")), (word, target))
        frame = self._made(
            word, Operator("reduce" if looser else "increase", (word,), f"{word.lemma} list"), effect, "list"
        )
        frame.themes = (target, *frame.themes)
        return frame

    def _under_frame(self, word: Word) -> Frame | None:
        """ "placed the town under quarantine", "went into lockdown": the restriction stands after a preposition."""
        if word.lemma not in self._lexicon.under:
            return None
        target = word.child("dobj") if word.lemma == "enter" else None
        prepositions = [c for c in word.children if c.dep == "prep" and c.lower in ("under", "on", "into", "in")]
        targets = [t for t in (target, *(p.child("pobj") for p in prepositions)) if t is not None]
        for thing in targets:
            if self._lexicon.thing(thing) == RESTRICTION:
                operator = Operator("create", (word,), f"{word.lemma} under")
                frame = self._made(word, operator, Effect("impose", "tighter", (word, thing)), "under")
                frame.themes = (thing, *frame.themes)
                return frame
        return None

    def _light_frame(self, word: Word) -> Frame | None:
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
            frame = self._made(
                word, operator, Effect(effect.operation, effect.direction, (word, *effect.words)), "light"
            )
            frame.themes = (noun, *clauses.themes(noun))
            frame.agent = self._giver(word, noun)
            return frame
        return None

    def _giver(self, word: Word, noun: Word) -> Word | None:
        owner = clauses.agent(noun)
        if owner is not None:
            return owner
        if word.lemma in ("win", "get", "receive", "obtain", "secure", "have", "earn"):
            return next((c.child("pobj") for c in word.children if c.dep == "prep" and c.lower == "from"), None)
        return clauses.agent(word)

    def _conduct_frame(self, word: Word) -> Frame | None:
        """In a pack's own subject: "may now fire" permits, "has sent" shows that sending is permitted."""
        families = self._conducts.get(word.i)
        if not families:
            return None
        modal = next((m for m in clauses.modals(word) if m.lower in ("may", "can", "ca")), None)
        if modal is not None:
            return self._permission_frame(word, modal)
        if word.lemma in self._lexicon.motions:
            return self._motion_frame(word)
        if not self._moves_known(word):
            return None
        if families & {"transfer", "reexport"} and word.dep != "amod" and clauses.governor(word).link != "topic":
            operator = Operator("conduct", (word,), word.lemma)
            frame = self._made(word, operator, Effect("authorise", "looser", (word,)), "conduct")
            frame.themes = tuple(self._moved(word))
            return frame
        return None

    def _moved(self, word: Word) -> list[Word]:
        """What is sent or given: the object, or what stands after "with" ("provided Kyiv with tanks")."""
        things = clauses.themes(word)
        if any(below.i in self._known for thing in things for below in thing.subtree()):
            return things
        with_ = next((c.child("pobj") for c in word.children if c.dep == "prep" and c.lower == "with"), None)
        return clauses.conjuncts(with_) if with_ is not None else things

    def _moves_known(self, word: Word) -> bool:
        """Whether what is sent, given or shared is a tracked instrument, a word for one, or not said."""
        things = self._moved(word)
        return not things or any(
            below.i in self._known or below.lemma in self._lexicon.stand_ins
            for thing in things
            for below in thing.subtree()
        )

    def _motion_frame(self, word: Word) -> Frame | None:
        """ "tanks will go to Ukraine": what goes is the thing, and nobody is named who sends it."""
        thing = clauses.subject(word)
        if thing is None or not any(c.dep in ("prep", "dative") and c.lower in ("to", "into") for c in word.children):
            return None
        if not any(below.i in self._known for below in thing.subtree()):
            return None
        frame = self._made(
            word, Operator("conduct", (word,), word.lemma), Effect("authorise", "looser", (word,)), "conduct"
        )
        frame.themes, frame.agent = (thing,), None
        return frame

    def _permission_frame(self, word: Word, modal: Word) -> Frame:
        negated = is_negated(word, self._lexicon)
        operation, direction = ("impose", "tighter") if negated else ("authorise", "looser")
        operator = Operator("allow", (modal, word), modal.lower)
        frame = self._made(word, operator, Effect(operation, direction, (modal, word)), "modal")
        frame.agent = None
        return frame

    def _noun_frame(self, word: Word) -> Frame | None:
        operator = self._lexicon.noun(word)
        if operator is None or not self._is_told(word):
            return None
        effect = self._composer.effect(word, operator)
        return self._made(word, operator, effect, "noun") if effect is not None else None

    def _is_told(self, word: Word) -> bool:
        """Whether a nominal operation is itself the news: announced, ordered, agreed, begun, or a title's own head."""
        found = clauses.governor(word)
        if found.link == "root":
            return True
        if found.link not in ("object", "subject"):
            return False
        governing = self._lexicon.governor(found.word)
        return governing is not None or (found.word.lemma in ("be", "come", "follow") and found.link == "object")

    def _adjective_frame(self, word: Word) -> Frame | None:
        operator = self._lexicon.adjective(word)
        if operator is None or word.dep not in ("acomp", "attr", "oprd", "ROOT", "conj", "advcl", "ccomp"):
            return None
        thing = clauses.subject(word.head) if word.head is not word and clauses.is_verb(word.head) else None
        valued = self._subject_value(thing)
        if operator.kind in ("open", "shut") and valued.value != "place":
            return None
        effect = EFFECTS.get((operator.kind, valued.value)) or EFFECTS.get((operator.kind, UNKNOWN))
        if effect is None or (operator.kind == "allow" and not clauses.content(word) and valued.value == UNKNOWN):
            return None
        frame = self._made(word, operator, Effect(*effect, (*operator.words, *valued.words)), "adjective")
        frame.themes, frame.agent = ((thing,) if thing is not None else ()), None
        return frame

    def _subject_value(self, thing: Word | None) -> Valued:
        """The value of what an adjective is said of; of a clause ("prohibiting it is unlawful"), what it does."""
        if thing is None:
            return Valued(UNKNOWN, ())
        if not clauses.is_verb(thing):
            return self._composer.value(thing)
        inner = self._composer.effect_of(thing)
        if inner is None or inner.direction == "neutral":
            return Valued(UNKNOWN, (thing,))
        return Valued(PERMISSION if inner.direction == "looser" else RESTRICTION, inner.words)


def _joins_in(word: Word, operator: Operator) -> bool:
    """ "joined the Union in imposing sanctions" enters nothing."""
    return operator.kind == "join" and any(
        c.dep == "prep" and c.lower == "in" and c.child("pcomp") for c in word.children
    )
