"""Duties and freedoms of those who do not decide: "residents must stay at home", "imports now need a licence"."""

from __future__ import annotations

from policytrack.extract import clauses
from policytrack.extract.composition import PERMISSION, Effect, is_ended, is_negated
from policytrack.extract.frames import Frame
from policytrack.extract.framing import Framer
from policytrack.extract.lexicon import Operator
from policytrack.text import Word


class DutyReader:
    """Reads what the public must do, may do, or needs a permission for."""

    def __init__(self, framer: Framer) -> None:
        self._framer = framer
        self._lexicon = framer.lexicon
        self._composer = framer.composer

    def bound(self, word: Word) -> Frame | None:
        """In open mode: duties and freedoms of the public, told without the rule that makes them.

        "Residents must stay at home", "the mayor urged citizens to stay in", "shops may open".
        """
        if not self._framer.is_ours(word):
            return None
        told = word.child("dobj") or next((c for c in word.children if c.dep == "nsubjpass"), None)
        if (
            word.lemma in self._lexicon.tell
            and told is not None
            and (self._framer.is_public(told) or told.tag == "NNPS")
        ):
            return self._told(word, told) if self._has_authority(word) else None
        advised = self._advised(word) if word.lemma in self._lexicon.advising else None
        if advised is not None:
            return advised
        who = clauses.own_subject(word)
        if who is None or not self._framer.is_public(who):
            return None
        modal = next(
            (m for m in clauses.modals(word) if m.lower in ("must", "may", "can", "cannot", "ca", "shall")), None
        )
        able = word.child("acomp") if word.lemma == "be" else None
        able = able if able is not None and able.lower in ("able", "free") and clauses.content(able) else None
        if modal is not None and able is None and not _is_guess(word, modal) and word.lemma != "say":
            bound = modal.lower in ("must", "shall") or is_negated(word, self._lexicon) or _is_only(who)
            return self._framer.public(word, (modal, word), bound=bound)
        if word.lemma == "be" and clauses.tense(word) == "present" and word.child("attr", "acomp") is None:
            told = next(
                (c for c in word.children if c.dep in ("xcomp", "advcl") and any(t.tag == "TO" for t in c.children)),
                None,
            )
            if told is not None and self._composer.effect_of(told) is None:
                return self._framer.public(word, (word, told), bound=not is_ended(word))
        if able is not None and clauses.tense(word) == "future":
            return self._framer.public(word, (word, able), bound=is_negated(word, self._lexicon))
        if word.lemma in ("have", "need") and any(c.dep == "xcomp" and clauses.is_verb(c) for c in word.children):
            return self._framer.public(word, (word,), bound=not is_negated(word, self._lexicon))
        return None

    def _has_authority(self, word: Word) -> bool:
        """Whether who tells the public can bind it: an office or a name; nobody named may be one."""
        who = clauses.agent(word)
        return who is None or who.pos in ("PROPN", "PRON") or who.lemma in self._lexicon.institutions

    def _told(self, word: Word, told: Word) -> Frame | None:
        inner = next(
            (e for clause in clauses.content(word) if (e := self._composer.effect_of(clause)) is not None), None
        )
        if inner is not None and inner.direction != "neutral":
            operator = Operator("require", (word,), word.lemma)
            return self._framer.made(
                word, operator, Effect(inner.operation, inner.direction, (word, *inner.words)), "public"
            )
        return self._framer.public(word, (word, told), bound=True) if clauses.content(word) else None

    def _advised(self, word: Word) -> Frame | None:
        """ "recommends that people stay at home", "advised postponing concerts": advice to the public."""
        for clause in clauses.content(word):
            who = clauses.own_subject(clause)
            if who is not None and self._framer.is_public(who):
                return self._told(word, who)
            is_told = who is not None or word.child("dobj", "nsubjpass") is not None
            inner = None if is_told else self._composer.effect_of(clause)
            if inner is not None and inner.direction != "neutral":
                operator = Operator("require", (word,), word.lemma)
                words = (word, *inner.words)
                return self._framer.made(word, operator, Effect(inner.operation, inner.direction, words), "public")
        return None

    def needed(self, word: Word) -> Frame | None:
        """ "sales now need a licence", "imports will no longer need clearance": a permission asked for holds back."""
        if word.lemma not in self._lexicon.needing:
            return None
        permit = next((t for t in clauses.themes(word) if self._lexicon.thing(t) == PERMISSION), None)
        if permit is None or (is_negated(word, self._lexicon) and not is_ended(word)):
            return None
        none = any(c.dep == "det" and c.lower == "no" for c in permit.children)
        if none or clauses.is_passive(word) or clauses.tense(word) not in ("present", "future"):
            return None
        denials = tuple(w for c in word.children if c.lower == "longer" for w in c.subtree())
        operation = ("lift", "looser") if denials else ("impose", "tighter")
        frame = self._framer.made(
            word, Operator("require", (word,), word.lemma), Effect(*operation, (*denials, word, permit)), "needed"
        )
        who = clauses.subject(word)
        frame.themes, frame.agent = ((who, permit) if who is not None else (permit,)), None
        return frame

    def freed(self, word: Word) -> Frame | None:
        """In open mode: "boats may again land crab", "no drone may cross the river": whoever it is about."""
        if not self._framer.is_ours(word):
            return None
        modal = next((m for m in clauses.modals(word) if m.lower in ("may", "can", "must")), None)
        who = clauses.own_subject(word)
        if modal is None or who is None or clauses.governor(word).link in ("finite", "relative", "adjunct"):
            return None
        none = next((c for c in who.children if c.dep == "det" and c.lower == "no"), None)
        since = next(
            (c for c in word.children if c.lower in self._lexicon.freeing and c.dep in ("advmod", "prep")), None
        )
        if none is None and (since is None or who.pos == "PRON"):
            return None
        if since is not None and since.dep == "prep" and not self._is_day(since):
            return None
        bound = (modal.lower == "must") != (none is not None or is_negated(word, self._lexicon))
        words = (*((none,) if none is not None else ()), modal, word)
        return self._framer.public(word, words, bound=bound) if none is None or modal.lower != "must" else None

    def _is_day(self, preposition: Word) -> bool:
        """ "from Monday", "as of 3 May", "until now"; but "from the sea" is none."""
        below = preposition.subtree()
        return any(w.tag == "CD" or w.lower in self._lexicon.triggers.times for w in below)


def _is_guess(word: Word, modal: Word) -> bool:
    """ "may have used": what is likely, not what is allowed."""
    unsure = any((c.lemma == "have" and c.dep == "aux") or c.lower in ("able", "being") for c in word.children)
    return modal.lower in ("may", "can") and unsure


def _is_only(noun: Word) -> bool:
    """ "only residents may enter" keeps the others out."""
    return any(c.lower == "only" and c.i < noun.i for c in noun.children)
