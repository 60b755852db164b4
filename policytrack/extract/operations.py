"""Where a text says that something is done: verbs, nouns, adjectives and set phrases become frames.

What an operation does to its thing is composed in `composition.py`. Verbs that say it in a manner of their own are read
in a module for each: `rulings`, `endings`, `movements`, `public`, `conducts`, `placing`.
"""

from __future__ import annotations

from collections.abc import Container, Mapping

from policytrack.extract import clauses
from policytrack.extract.composition import EFFECTS, ENDED, RESTRICTION, UNKNOWN, Effect, is_ended
from policytrack.extract.conducts import ConductReader
from policytrack.extract.deciders import why_no_policy
from policytrack.extract.endings import EndingReader
from policytrack.extract.frames import Frame
from policytrack.extract.framing import Framer
from policytrack.extract.lexicon import Lexicon, Operator
from policytrack.extract.movements import MovementReader
from policytrack.extract.placing import PlacingReader
from policytrack.extract.public import DutyReader
from policytrack.extract.rulings import RulingReader
from policytrack.text import Document, Word


class OperationReader:
    """Finds the frames of a document. `known` gives words that packs track the value of the thing they name.

    `conducts` are the words that name a tracked conduct: in a pack's subject, "may fire" is a permission.
    `instruments` are the words that name a tracked instrument.
    """

    def __init__(
        self,
        lexicon: Lexicon,
        document: Document,
        known: Mapping[int, str],
        conducts: Mapping[int, frozenset[str]],
        instruments: Container[int] = (),
    ) -> None:
        self._lexicon, self._document, self._known, self._conducts = lexicon, document, known, conducts
        self._framer = framer = Framer(lexicon, document, known, conducts, instruments)
        self._composer = framer.composer
        self._rulings, self._endings, self._movements = (
            RulingReader(framer),
            EndingReader(framer),
            MovementReader(framer),
        )
        self._duties, self._doings, self._placing = DutyReader(framer), ConductReader(framer), PlacingReader(framer)
        self.no_policy: list[Frame] = []
        """Of the frames that were found those that tell of no policy."""

    def frames(self) -> list[Frame]:
        """All frames, in text order; of nested ones only the outermost."""
        single = [frame for word in self._document.words if (frame := self._frame(word))]
        found = [each for frame in single for each in (frame, *self._movements.beside(frame))]
        self.no_policy = [frame for frame in found if why_no_policy(frame, self._lexicon)]
        found = [frame for frame in found if all(frame is not other for other in self.no_policy)]
        inner = {word.i for frame in found for word in frame.words if word is not frame.head}
        return [frame for frame in found if frame.head.i not in inner]

    def _frame(self, word: Word) -> Frame | None:
        if word.pos in ("PUNCT", "SPACE", "DET", "ADP", "NUM"):
            return None
        if word.dep == "acomp" and word.tag == "VBN" and (said := self._adjective_frame(word)) is not None:
            return said
        if clauses.is_verb(word):
            return self._verb_frame(word) if word.dep not in ("prep", "mark", "aux", "auxpass") else None
        if word.pos in ("NOUN", "PROPN"):
            return self._noun_frame(word)
        if word.pos in ("ADJ", "ADV"):
            return self._adjective_frame(word)
        return None

    def _verb_frame(self, word: Word) -> Frame | None:
        if word.dep == "amod" or _is_stage(word):
            return None
        operator = self._lexicon.verb(word)
        found = (
            self._rulings.designated(word)
            or self._rulings.judged(word)
            or self._endings.lapsed(word)
            or self._movements.shifted(word)
            or self._compared(word, operator)
            or self._composed(word, operator)
            or self._movements.moved(word)
        )
        if found is not None:
            return found
        bearing = self._lexicon.bearing(word)
        if bearing is not None:
            return self._endings.borne(word, bearing)
        readers = (
            self._endings.unchanged,
            self._endings.declined,
            self._rulings.decreed,
            self._rulings.violating,
            self._endings.there,
            self._endings.ceased,
            self._doings.done,
            self._duties.needed,
            self._duties.freed,
            self._doings.handed,
            self._duties.bound,
            self._placing.listed,
            self._placing.placed,
            self._placing.given,
            self._placing.papered,
        )
        return next((frame for read in readers if (frame := read(word)) is not None), None)

    def _compared(self, word: Word, operator: Operator | None) -> Frame | None:
        """What a verb says by two numbers, or lets the public do, rather than by its own meaning."""
        compared = self._movements.levelled(word) if operator is None or operator.kind in ("create", "keep") else None
        opens = operator is not None and operator.kind in ("open", "shut") and bool(clauses.modals(word))
        return compared or (self._duties.bound(word) if opens else None)

    def _composed(self, word: Word, operator: Operator | None) -> Frame | None:
        """What a verb of the list does to its thing, by what denies it or rules it."""
        idle = operator is None or self._is_idle(word, operator)
        effect = self._composer.effect(word, operator) if operator is not None and not idle else None
        if operator is None or effect is None:
            return None
        return (
            self._endings.withheld(word, operator, effect)
            or self._endings.unrenewed(word, operator, effect)
            or self._endings.unissued(word, operator, effect)
            or self._rulings.ruled(word, self._framer.made(word, operator, effect, "verb"))
        )

    def _is_idle(self, word: Word, operator: Operator) -> bool:
        """Whether a predicate says nothing here: "joined the Union in imposing", "the papers required", "a member"."""
        who = clauses.subject(word)
        return (
            _joins_in(word, operator)
            or _is_needed(word, operator)
            or (operator.entry == "become member of" and (who is None or not self._lexicon.decides(who)))
        )

    def _noun_frame(self, word: Word) -> Frame | None:
        operator = self._lexicon.noun(word)
        if operator is None or not self._is_told(word):
            return self._fragment_frame(word)
        effect = self._composer.effect(word, operator)
        return self._framer.made(word, operator, effect, "noun") if effect is not None else None

    def _fragment_frame(self, word: Word) -> Frame | None:
        """In open mode: "Curfew from 8 pm", "No limits on visits": a note without a verb."""
        if self._known or self._conducts or word.dep != "ROOT" or self._lexicon.thing(word) != RESTRICTION:
            return None
        if any(clauses.tense(other) != "none" for other in word.sentence.words if clauses.is_verb(other)):
            return None
        denial = next((c for c in word.children if c.dep == "det" and c.lower == "no"), None)
        words = (word,) if denial is None else (denial, word)
        effect = Effect(*EFFECTS["create" if denial is None else "remove", RESTRICTION], words)
        return self._framer.made(word, Operator("create", (word,), word.lemma), effect, "public")

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
        valued = self._framer.subject_value(thing)
        if operator.kind in ("open", "shut") and valued.value != "place":
            return None
        effect = EFFECTS.get((operator.kind, valued.value)) or EFFECTS.get((operator.kind, UNKNOWN))
        if is_ended(word) or is_ended(word.head):
            ended = ENDED.get(effect[0]) if effect is not None else None
            effect = EFFECTS.get(("remove", valued.value)) if operator.kind == "keep" else ended
        becomes = word.head.lemma in self._lexicon.becoming
        told = becomes or clauses.content(word) or valued.value != UNKNOWN
        if effect is None or (operator.kind == "allow" and not told):
            return None
        frame = self._framer.made(word, operator, Effect(*effect, (*operator.words, *valued.words)), "adjective")
        frame.themes, frame.agent = ((thing,) if thing is not None else ()), None
        return frame


def _is_needed(word: Word, operator: Operator) -> bool:
    """ "the papers required to enter" binds nobody."""
    return operator.kind == "require" and word.dep == "acl" and word.tag == "VBN"


def _is_stage(word: Word) -> bool:
    """ "from prohibited to free": what something was is no act."""
    return word.dep == "pcomp" and word.tag == "VBN" and word.head.lower in ("from", "to", "as")


def _joins_in(word: Word, operator: Operator) -> bool:
    """ "joined the Union in imposing sanctions" enters nothing."""
    return operator.kind == "join" and any(
        c.dep == "prep" and c.lower == "in" and c.child("pcomp") for c in word.children
    )
