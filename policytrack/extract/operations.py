"""Where a text says that something is done: verbs, nouns, adjectives and set phrases become frames.

What an operation does to its thing is composed in `composition.py`.
"""

from __future__ import annotations

from collections.abc import Container, Mapping
from dataclasses import replace

from policytrack.extract import clauses
from policytrack.extract.composition import (
    EFFECTS,
    ENDED,
    PERMISSION,
    RESTRICTION,
    UNKNOWN,
    UNSAID,
    Composer,
    Effect,
    Valued,
    is_ended,
    is_negated,
)
from policytrack.extract.deciders import why_no_policy
from policytrack.extract.frames import Frame
from policytrack.extract.levels import told_pairs
from policytrack.extract.lexicon import Lexicon, Operator
from policytrack.text import Document, Word

_WORN_OUT = ("end", "run out", "come to an end", "be over", "be gone")
"""What also a trip or a supply does, and no decision makes."""
_BECOMING = ("become", "make", "render", "turn")
"""Verbs by which a thing gets another standing: "becomes legal"."""
_MEASURED = (RESTRICTION, "rate", "allowance")
"""Values of what has a figure."""


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
        self._lexicon = lexicon
        self._document = document
        self._known = known
        self._conducts = conducts
        self._instruments = instruments
        self._composer = Composer(lexicon, known, conducts)
        self._named = {word.i for word in document.words if word.pos == "PROPN"}
        self.no_policy: list[Frame] = []
        """Of the frames that were found those that tell of no policy."""

    def frames(self) -> list[Frame]:
        """All frames, in text order; of nested ones only the outermost."""
        single = [frame for word in self._document.words if (frame := self._frame(word))]
        found = [each for frame in single for each in (frame, *self._beside(frame))]
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

    # ---- predicates

    def _verb_frame(self, word: Word) -> Frame | None:
        if word.dep == "amod" or _is_stage(word):
            return None
        first = (
            self._designated_frame(word)
            or self._judged_frame(word)
            or self._lapsed_frame(word)
            or self._shifted_frame(word)
        )
        if first is not None:
            return first
        operator = self._lexicon.verb(word)
        compared = self._levelled_frame(word) if operator is None or operator.kind in ("create", "keep") else None
        if compared is not None:
            return compared
        if operator is not None and operator.kind in ("open", "shut") and clauses.modals(word):
            freed = self._public_frame(word)
            if freed is not None:
                return freed
        if operator is not None and not self._is_idle(word, operator):
            effect = self._composer.effect(word, operator)
            if effect is not None:
                return (
                    self._withheld(word, operator, effect)
                    or self._unrenewed(word, operator, effect)
                    or self._unissued(word, operator, effect)
                    or self._ruled(word, self._made(word, operator, effect, "verb"))
                )
        moved = self._moved_frame(word)
        if moved is not None:
            return moved
        bearing = self._lexicon.bearing(word)
        if bearing is not None:
            return self._bearing_frame(word, bearing)
        readers = (
            self._unchanged_frame,
            self._declined_frame,
            self._ruled_frame,
            self._violating_frame,
            self._there_frame,
            self._ceased_frame,
            self._conduct_frame,
            self._needed_frame,
            self._freed_frame,
            self._handed_frame,
            self._public_frame,
            self._list_frame,
            self._under_frame,
            self._light_frame,
            self._paper_frame,
        )
        return next((frame for read in readers if (frame := read(word)) is not None), None)

    def _is_idle(self, word: Word, operator: Operator) -> bool:
        """Whether a predicate says nothing here: "joined the Union in imposing", "the papers required", "a member"."""
        who = clauses.subject(word)
        return (
            _joins_in(word, operator)
            or _is_needed(word, operator)
            or (operator.entry == "become member of" and (who is None or not self._lexicon.decides(who)))
        )

    def _made(self, word: Word, operator: Operator, effect: Effect, form: str) -> Frame:
        return Frame(
            head=word, entry=operator.entry, kind=operator.kind, operation=effect.operation, direction=effect.direction,
            words=effect.words, themes=tuple(self._composer.themes(word, operator)), agent=clauses.agent(word),
            form=form, rules=[f"operations.{operator.kind}@{self._lexicon.operations.version}"],
        )  # fmt: skip

    def _withheld(self, word: Word, operator: Operator, effect: Effect) -> Frame | None:
        """ "entry will not be permitted", "guests are not allowed": what is not allowed is forbidden."""
        if operator.kind != "allow" or not clauses.is_passive(word) or not is_negated(word, self._lexicon):
            return None
        who = clauses.subject(word)
        if clauses.tense(word) == "present" and (who is None or not self._is_public(who)):
            return None
        if clauses.tense(word) not in ("present", "future", "none") or is_ended(word):
            return None
        denials = [c for c in word.children if c.lower in self._lexicon.negators]
        return self._made(word, operator, Effect("impose", "tighter", (*denials, *effect.words)), "public")

    def _judged_frame(self, word: Word) -> Frame | None:
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
        valued = self._subject_value(thing.head if thing.dep == "nsubj" and thing.head.tag == "VBG" else thing)
        effect = EFFECTS.get(("remove", valued.value))
        if valued.value in (UNKNOWN, "body", "conduct", "place") and self._forbids_it(operator.words[0], thing):
            effect = EFFECTS["ban", UNKNOWN]
        if effect is None or is_negated(operator.words[0].head, self._lexicon):
            return None
        words = (word, *operator.words, *valued.words)
        frame = self._made(
            word, Operator("remove", (word,), f"{word.lemma} {operator.entry}"), Effect(*effect, words), "verb"
        )
        frame.themes = (thing,)
        return frame

    def _forbids_it(self, adjective: Word, thing: Word) -> bool:
        """ "declared the party illegal", "it is unconstitutional to teach it": what is no rule is forbidden."""
        told = thing.lower == "it" and bool([*clauses.content(adjective), *clauses.content(adjective.head)])
        return told or (thing.lower != "it" and adjective.lower in self._lexicon.forbidden)

    def _designated_frame(self, word: Word) -> Frame | None:
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
        return self._made(word, Operator("ban", (word,), f"{word.lemma} {label.lemma}"), effect, "verb")

    def _violating_frame(self, word: Word) -> Frame | None:
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
        frame = self._made(word, Operator("remove", (word,), f"{above.word.lemma} {word.lemma}"), effect, "verb")
        frame.themes, frame.agent = (thing,), clauses.subject(above.word)
        return frame

    def _ruled(self, word: Word, frame: Frame) -> Frame:
        """ "the court rules that shops may be closed": what a ruling lets or makes happen is decided by it."""
        modal = self._ruling_modal(word) or self._binding_modal(word)
        if modal is not None:
            frame.words, frame.form = (*frame.words, modal), "public"
        return frame

    def _binding_modal(self, word: Word) -> Word | None:
        """ "bars must limit their service": a duty of the public, not a wish."""
        who = clauses.own_subject(word)
        if self._known or self._conducts or who is None or not self._is_public(who):
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

    def _ruled_frame(self, word: Word) -> Frame | None:
        """ "rules that it must be disbanded", "ruled that all may vote": but no one person's case."""
        modal = self._ruling_modal(word)
        if modal is None or modal.lower not in ("must", "may", "can", "cannot", "ca", "should", "shall"):
            return None
        who = clauses.own_subject(word)
        if who is not None and who.pos == "PROPN":
            return None
        bound = modal.lower in ("must", "shall", "should") or is_negated(word, self._lexicon)
        frame = self._public(word, (modal, word), bound=bound)
        frame.agent = clauses.subject(clauses.governor(word).word)
        return frame

    def _there_frame(self, word: Word) -> Frame | None:
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
        frame = self._made(word, Operator(kind, (word,), "there be"), effect, "there")
        frame.themes, frame.agent = (thing,), None
        return frame

    def _declined_frame(self, word: Word) -> Frame | None:
        """ "declined to renew the licence": what is not renewed ends."""
        if word.lemma not in self._lexicon.declining or clauses.modals(word):
            return None
        for clause in clauses.content(word):
            operator = self._lexicon.verb(clause)
            inner = self._composer.effect(clause, operator) if operator is not None else None
            if operator is None or inner is None or operator.kind != "prolong" or inner.direction != "looser":
                continue
            effect = Effect("impose", "tighter", (word, *inner.words))
            frame = self._made(word, Operator("remove", (word,), f"{word.lemma} {operator.entry}"), effect, "verb")
            frame.themes = tuple(clauses.themes(clause))
            return frame
        return None

    def _unrenewed(self, word: Word, operator: Operator, effect: Effect) -> Frame | None:
        """ "the licence was not renewed", "is not extending the ban": the same, told by a denial."""
        told = all(modal.lower in ("will", "wo", "'ll") for modal in clauses.modals(word))
        if operator.kind != "prolong" or not told or not is_negated(word, self._lexicon):
            return None
        denials = [c for c in word.children if c.lower in self._lexicon.negators]
        turned = {"looser": ("impose", "tighter"), "tighter": ("lift", "looser")}.get(effect.direction)
        return self._made(word, operator, Effect(*turned, (*denials, *effect.words)), "public") if turned else None

    def _unissued(self, word: Word, operator: Operator, effect: Effect) -> Frame | None:
        """ "will not issue any new permits": what was given so far ends."""
        ended = ENDED.get(effect.operation) if effect.direction == "looser" else None
        if operator.kind not in ("create", "allow", "approve") or ended is None or clauses.tense(word) != "future":
            return None
        further = [c for t in clauses.themes(word) for c in t.children if c.lower in ("any", "new", "further", "more")]
        if not further or not is_negated(word, self._lexicon):
            return None
        denials = [c for c in word.children if c.lower in self._lexicon.negators]
        return self._made(word, operator, Effect(*ended, (*denials, *effect.words, *further)), "public")

    def _shifted_frame(self, word: Word) -> Frame | None:
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
        frame = self._made(
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

    def _needed_frame(self, word: Word) -> Frame | None:
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
        frame = self._made(
            word, Operator("require", (word,), word.lemma), Effect(*operation, (*denials, word, permit)), "needed"
        )
        who = clauses.subject(word)
        frame.themes, frame.agent = ((who, permit) if who is not None else (permit,)), None
        return frame

    def _ceased_frame(self, word: Word) -> Frame | None:
        """ "will no longer provide food aid", "no longer accepts dollars": what was given or let happen ends."""
        given = clauses.themes(word)
        belongs = not given and any(c.lower == "to" and c.child("pobj") for c in word.children)
        if not is_ended(word):
            return None
        markers = tuple(w for c in word.children if c.lower == "longer" for w in c.subtree())
        who = clauses.own_subject(word)
        barred = [m for m in clauses.modals(word) if m.lower in ("can", "may")]
        others = who is not None and (who.tag == "NNS" or clauses.is_passive(word) or self._is_public(who))
        barred = barred if others else []
        told = word.lemma in self._lexicon.providing and (given or belongs)
        if not told and not (barred and self._known and self._is_ours(word)):
            return None
        effect = Effect("withdraw" if belongs else "revoke", "tighter", (*barred, *markers, word))
        form = "public" if barred else "verb"
        return self._made(word, Operator("remove", (word,), f"no longer {word.lemma}"), effect, form)

    def _freed_frame(self, word: Word) -> Frame | None:
        """In open mode: "boats may again land crab", "no drone may cross the river": whoever it is about."""
        if not self._is_ours(word):
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
        return self._public(word, words, bound=bound) if none is None or modal.lower != "must" else None

    def _is_day(self, preposition: Word) -> bool:
        """ "from Monday", "as of 3 May", "until now"; but "from the sea" is none."""
        below = preposition.subtree()
        return any(w.tag == "CD" or w.lower in self._lexicon.triggers.times for w in below)

    def _handed_frame(self, word: Word) -> Frame | None:
        """In open mode: arms that one state sends to another: "will give Oslo tanks", "jets will go to Oslo"."""
        if self._known or self._conducts or word.lemma not in (*self._lexicon.handing, *self._lexicon.motions):
            return None
        things = [clauses.subject(word)] if word.lemma in self._lexicon.motions else self._moved(word)
        arms = next((t for t in things if t is not None and self._is_arms(t)), None)
        if arms is None or is_negated(word, self._lexicon) or not self._is_given((*word.children, *arms.children)):
            return None
        effect = Effect("authorise", "looser", (word, arms))
        frame = self._made(word, Operator("conduct", (word,), word.lemma), effect, "verb")
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

    def _bearing_frame(self, word: Word, operator: Operator) -> Frame | None:
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
        frame = self._made(word, operator, effect, "bearing")
        frame.themes, frame.agent = (thing,), clauses.agent(word) if thing is begun else None
        return frame

    def _stepped(self, word: Word, operator: Operator, step: Effect, noun: Word) -> Frame:
        """ "its withdrawal from the treaty took effect": the step that the noun tells is carried out."""
        named = self._lexicon.noun(noun) or operator
        effect = Effect(step.operation, step.direction, (*operator.words, *step.words))
        frame = self._made(word, Operator(named.kind, operator.words, operator.entry), effect, "bearing")
        frame.themes, frame.agent = tuple(self._composer.themes(noun, named)), clauses.agent(noun)
        return frame

    def _moved_frame(self, word: Word) -> Frame | None:
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
        frame = self._made(word, operator, effect, "bearing")
        frame.themes, frame.agent = (thing,), None
        return frame

    def _levelled_frame(self, word: Word) -> Frame | None:
        """ "the policy rate is 4% tonight; it was 5%", "guide the rate to 1%, up from zero": told by two numbers."""
        if not any(part.tag == "CD" for part in word.sentence.words):
            return None
        found = next(told_pairs(word.sentence), None)
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

    def _beside(self, frame: Frame) -> list[Frame]:
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

    def _measured(self, word: Word) -> Valued | None:
        """What has a level in a clause: a tracked thing, or one whose number somebody sets."""
        for noun in word.subtree():
            if clauses.is_noun(noun) and not noun.text.isdigit():
                valued = self._composer.value(noun)
                tracked = valued.value in _MEASURED and any(w.i in self._instruments for w in valued.words)
                if tracked or self._lexicon.has_level(noun):
                    return Valued(valued.value if tracked else "rate", (noun,))
        return None

    def _may_move(self, operator: Operator, valued: Valued) -> bool:
        """Whether what moves by itself is a measure: a restriction, or a tracked rate; anything may resume."""
        tracked = valued.value == "rate" and any(w.i in self._instruments for w in valued.words)
        return (
            operator.kind in ("resume", "ban")
            or valued.value == RESTRICTION
            or tracked
            or (operator.kind == "pause" and valued.value in (PERMISSION, UNSAID))
        )

    def _lapsed_frame(self, word: Word) -> Frame | None:
        """ "the ban expires", "no limits apply", "the rule no longer applies": the subject itself ends."""
        operator = self._lexicon.ending(word)
        if word.lemma == "go" and word.tag == "VBN" and any(c.lemma == "be" for c in word.children):
            operator = Operator("remove", (word,), "be gone")
        if operator is not None and not clauses.themes(word):
            return self._ending_frame(word, operator)
        if word.lemma not in self._lexicon.applying or word.child("dobj") is not None:
            return None
        who = clauses.own_subject(word)
        none = who is not None and any(c.dep == "det" and c.lower == "no" for c in who.children)
        return self._ending_frame(word, Operator("remove", (word,), word.lemma)) if none or is_ended(word) else None

    def _ending_frame(self, word: Word, operator: Operator) -> Frame | None:
        thing = clauses.subject(word)
        valued = self._composer.value(thing) if thing is not None else Valued(UNKNOWN, ())
        if thing is None or valued.value not in (RESTRICTION, PERMISSION):
            return None
        tracked = any(w.i in self._known for w in valued.words)
        if valued.value == PERMISSION and operator.entry in _WORN_OUT and not (tracked and operator.entry == "be gone"):
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
        if not self._is_ours(word):
            return None
        told = word.child("dobj") or next((c for c in word.children if c.dep == "nsubjpass"), None)
        if word.lemma in self._lexicon.tell and told is not None and (self._is_public(told) or told.tag == "NNPS"):
            return self._told_frame(word, told) if self._has_authority(word) else None
        advised = self._advised_frame(word) if word.lemma in self._lexicon.advising else None
        if advised is not None:
            return advised
        who = clauses.own_subject(word)
        if who is None or not self._is_public(who):
            return None
        modal = next(
            (m for m in clauses.modals(word) if m.lower in ("must", "may", "can", "cannot", "ca", "shall")), None
        )
        able = word.child("acomp") if word.lemma == "be" else None
        able = able if able is not None and able.lower in ("able", "free") and clauses.content(able) else None
        if modal is not None and able is None and not _is_guess(word, modal) and word.lemma != "say":
            bound = modal.lower in ("must", "shall") or is_negated(word, self._lexicon) or _is_only(who)
            return self._public(word, (modal, word), bound=bound)
        if word.lemma == "be" and clauses.tense(word) == "present" and word.child("attr", "acomp") is None:
            told = next(
                (c for c in word.children if c.dep in ("xcomp", "advcl") and any(t.tag == "TO" for t in c.children)),
                None,
            )
            if told is not None and self._composer.effect_of(told) is None:
                return self._public(word, (word, told), bound=not is_ended(word))
        if able is not None and clauses.tense(word) == "future":
            return self._public(word, (word, able), bound=is_negated(word, self._lexicon))
        if word.lemma in ("have", "need") and any(c.dep == "xcomp" and clauses.is_verb(c) for c in word.children):
            return self._public(word, (word,), bound=not is_negated(word, self._lexicon))
        return None

    def _is_ours(self, word: Word) -> bool:
        """Whether a clause can be of the subject: in open mode always, with packs where it names what they track."""
        return not (self._known or self._conducts) or any(below.i in self._instruments for below in word.subtree())

    def _has_authority(self, word: Word) -> bool:
        """Whether who tells the public can bind it: an office or a name; nobody named may be one."""
        who = clauses.agent(word)
        return who is None or who.pos in ("PROPN", "PRON") or who.lemma in self._lexicon.institutions

    def _told_frame(self, word: Word, told: Word) -> Frame | None:
        inner = next(
            (e for clause in clauses.content(word) if (e := self._composer.effect_of(clause)) is not None), None
        )
        if inner is not None and inner.direction != "neutral":
            operator = Operator("require", (word,), word.lemma)
            return self._made(word, operator, Effect(inner.operation, inner.direction, (word, *inner.words)), "public")
        return self._public(word, (word, told), bound=True) if clauses.content(word) else None

    def _advised_frame(self, word: Word) -> Frame | None:
        """ "recommends that people stay at home", "advised postponing concerts": advice to the public."""
        for clause in clauses.content(word):
            who = clauses.own_subject(clause)
            if who is not None and self._is_public(who):
                return self._told_frame(word, who)
            is_told = who is not None or word.child("dobj", "nsubjpass") is not None
            inner = None if is_told else self._composer.effect_of(clause)
            if inner is not None and inner.direction != "neutral":
                operator = Operator("require", (word,), word.lemma)
                words = (word, *inner.words)
                return self._made(word, operator, Effect(inner.operation, inner.direction, words), "public")
        return None

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
            if target is None or not (
                (out and child.lower in ("from", "off")) or (into and child.lower in ("to", "on", "in"))
            ):
                continue
            value = self._list_value(target)
            if value == "rate" and word.lemma in ("add", "take"):
                return self._listed(word, target, looser=word.lemma == "take")
            if value == RESTRICTION or (value == PERMISSION and (out or target.lemma == "list")):
                return self._listed(word, target, looser=(value == RESTRICTION) == (child.lower in ("from", "off")))
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
        prepositions = [
            c
            for c in word.children
            if c.dep == "prep" and (c.lower in ("under", "on", "into", "in") or _is_led(word, c))
        ]
        targets = [t for t in (target, *(p.child("pobj") for p in prepositions)) if t is not None]
        for thing in targets:
            step = self._lexicon.noun(thing)
            if step is not None and step.kind == "pause":
                return self._paused_frame(word, thing)
            if self._lexicon.thing(thing) == RESTRICTION and thing.lemma != "control":  # a fire stands under that
                operator = Operator("create", (word,), f"{word.lemma} under")
                frame = self._made(word, operator, Effect("impose", "tighter", (word, thing)), "under")
                frame.themes = (thing, *frame.themes)
                return frame
        return None

    def _paused_frame(self, word: Word, pause: Word) -> Frame | None:
        """ "the rule went into suspension": what is paused is the subject."""
        thing = clauses.subject(word)
        found = EFFECTS.get(("pause", self._composer.value(thing).value)) if thing is not None else None
        if thing is None or found is None:
            return None
        frame = self._made(
            word,
            Operator("pause", (word,), f"{word.lemma} into {pause.lemma}"),
            Effect(*found, (word, pause)),
            "bearing",
        )
        frame.themes, frame.agent = (thing,), None
        return frame

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

    def _paper_frame(self, word: Word) -> Frame | None:
        """ "deposited its instrument of withdrawal from", "submitted an application to join": what the paper says."""
        papers = clauses.themes(word) if word.lemma in self._lexicon.light else []
        for paper in papers:
            step = self._step_of(paper) if paper.lemma in self._lexicon.papers else None
            if step is None:
                continue
            inner, effect = step
            operator = self._lexicon.verb(inner) or self._lexicon.noun(inner)
            kind = operator.kind if operator is not None else "join"
            frame = self._made(word, Operator(kind, (word,), f"{word.lemma} {paper.lemma}"), effect, "light")
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
        who = clauses.own_subject(word)
        none = [c for c in who.children if c.dep == "det" and c.lower == "no"] if who is not None else []
        negated = is_negated(word, self._lexicon) != bool(none)
        operation, direction = ("impose", "tighter") if negated else ("authorise", "looser")
        operator = Operator("allow", (modal, word), modal.lower)
        frame = self._made(word, operator, Effect(operation, direction, (*none, modal, word)), "modal")
        frame.agent = None
        return frame

    def _noun_frame(self, word: Word) -> Frame | None:
        operator = self._lexicon.noun(word)
        if operator is None or not self._is_told(word):
            return self._fragment_frame(word)
        effect = self._composer.effect(word, operator)
        return self._made(word, operator, effect, "noun") if effect is not None else None

    def _fragment_frame(self, word: Word) -> Frame | None:
        """In open mode: "Curfew from 8 pm", "No limits on visits": a note without a verb."""
        if self._known or self._conducts or word.dep != "ROOT" or self._lexicon.thing(word) != RESTRICTION:
            return None
        if any(clauses.tense(other) != "none" for other in word.sentence.words if clauses.is_verb(other)):
            return None
        denial = next((c for c in word.children if c.dep == "det" and c.lower == "no"), None)
        words = (word,) if denial is None else (denial, word)
        effect = Effect(*EFFECTS["create" if denial is None else "remove", RESTRICTION], words)
        return self._made(word, Operator("create", (word,), word.lemma), effect, "public")

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
        if is_ended(word) or is_ended(word.head):
            ended = ENDED.get(effect[0]) if effect is not None else None
            effect = EFFECTS.get(("remove", valued.value)) if operator.kind == "keep" else ended
        becomes = word.head.lemma in _BECOMING
        told = becomes or clauses.content(word) or valued.value != UNKNOWN
        if effect is None or (operator.kind == "allow" and not told):
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


def _is_said_of(noun: Word, verb: Word, thing: Word) -> bool:
    """Whether a noun is what a verb calls a thing: "named it a group", "as a group"."""
    above = noun.head.head if noun.dep == "pobj" and noun.head.lower == "as" else noun.head
    return noun.dep in ("oprd", "attr", "appos", "dobj", "ccomp", "pobj") and any(above is w for w in (verb, thing))


def _is_guess(word: Word, modal: Word) -> bool:
    """ "may have used": what is likely, not what is allowed."""
    unsure = any((c.lemma == "have" and c.dep == "aux") or c.lower in ("able", "being") for c in word.children)
    return modal.lower in ("may", "can") and unsure


def _is_led(word: Word, preposition: Word) -> bool:
    """ "subjected to a curfew", "returns to a lockdown"."""
    return preposition.lower == "to" and word.lemma in ("subject", "return", "revert")


def _is_needed(word: Word, operator: Operator) -> bool:
    """ "the papers required to enter" binds nobody."""
    return operator.kind == "require" and word.dep == "acl" and word.tag == "VBN"


def _is_stage(word: Word) -> bool:
    """ "from prohibited to free": what something was is no act."""
    return word.dep == "pcomp" and word.tag == "VBN" and word.head.lower in ("from", "to", "as")


def _is_only(noun: Word) -> bool:
    """ "only residents may enter" keeps the others out."""
    return any(c.lower == "only" and c.i < noun.i for c in noun.children)


def _joins_in(word: Word, operator: Operator) -> bool:
    """ "joined the Union in imposing sanctions" enters nothing."""
    return operator.kind == "join" and any(
        c.dep == "prep" and c.lower == "in" and c.child("pcomp") for c in word.children
    )
