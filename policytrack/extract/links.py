"""What ties a cue to a change: its own clause, a word that refers back to it, or a sentence that goes on about it.

The cause of the old policy, of a refusal, or of what somebody else did hangs on another clause and is left alone.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from enum import IntEnum

from policytrack.extract import clauses
from policytrack.extract.cues import CueHit, is_behind, opened_clause
from policytrack.extract.frames import Frame
from policytrack.extract.lexicon import Lexicon
from policytrack.text import Sentence, Word

_LIGHT_SUBJECTS = ("it", "this", "that", "which")
_INDEFINITE = ("a", "an", "no", "any", "another", "every", "some", "each")
_FOR = ("for", "over")
_BESIDE = ("with",)
"""Cues that belong to the change of their own sentence only."""
_SAYING = ("say",)
_TYING = ("link", "tie")
_LATER = ("will", "would", "'ll", "wo")
_REACH = 30
"""Sentences after a change in which "the decision" may still mean it."""


class Link(IntEnum):
    """How firmly a cue hangs on a change; a looser link counts only where no firmer one gave a cause."""

    NONE = 0
    CONTINUED = 1
    STATED = 2


class LinkReader:
    """Says how the cues of one document hang on its frames."""

    def __init__(self, lexicon: Lexicon, frames: Sequence[Frame]) -> None:
        self._lexicon = lexicon
        self._words = lexicon.triggers
        self._changes = lexicon.anaphors | set(lexicon.triggers.deeds)
        status = lexicon.status
        self._offices = {*status.officials, *lexicon.authorities, *lexicon.triggers.statements}
        self.frames = frames
        self._live = sorted((frame for frame in frames if frame.live), key=_place)
        self._directions: dict[int, set[str]] = {}
        for frame in self._live:
            self._directions.setdefault(frame.sentence.index, set()).add(frame.direction)
        self._by_head = {frame.head.i: frame for frame in frames}

    def sentences(self, frame: Frame, candidates: Sequence[Sentence]) -> Iterator[Sentence]:
        """Of sentences in text order from the frame's own on, those near enough that no other change stands before."""
        own = frame.sentence.index
        end = self._end(frame)
        for sentence in candidates:
            if sentence.index >= end:
                return
            if sentence.index == own or self._directions.get(sentence.index, {frame.direction}) == {frame.direction}:
                yield sentence

    def _end(self, frame: Frame) -> int:
        """Where a later change is told of somebody else, or the text has gone on too long."""
        own = frame.sentence.index
        for other in self._live[bisect_right(self._live, own, key=_place) :]:
            if other.sentence.index >= own + _REACH:
                break
            if _is_others(other, frame):
                return other.sentence.index
        return own + _REACH

    # ---- one cue

    def of(self, hit: CueHit, frame: Frame) -> Link:
        """The link of a cue to a frame of the same or of an earlier sentence."""
        if hit.form != "claim" and self._in_other_matter(hit.place, frame):
            return Link.NONE
        if hit.place.sentence is frame.sentence:
            apart = _is_apart(hit.place, frame.head) and not self._refers_back(hit)
            return Link.STATED if not apart and self._in_sentence(hit, frame) else Link.NONE
        if hit.form == "preposition" and hit.cue.cue in (*_FOR, *_BESIDE):
            return Link.NONE
        if self._is_of_the_old(hit.place, frame):
            return Link.NONE
        if hit.form == "verb":
            return self._of_verb(hit, frame)
        if hit.form == "colon":
            return self._of_colon(hit, frame)
        if hit.form == "accusation" and hit.place.lemma in self._words.naming and hit.place.tag != "VBG":
            return Link.CONTINUED if self._is_near(hit, frame, 2) and self._is_voice(hit.place, frame) else Link.NONE
        if hit.form == "claim" and self._is_reaction(hit.place):
            return Link.NONE
        if self._refers_back(hit) or (hit.form == "claim" and self._is_told_of(hit.place.sentence)):
            return Link.STATED
        return Link.CONTINUED if self._continues(hit, frame) else Link.NONE

    def _in_sentence(self, hit: CueHit, frame: Frame) -> bool:
        if hit.form == "colon" or (
            hit.form == "accusation" and hit.place.lemma in self._words.naming and hit.place.tag != "VBG"
        ):
            return False
        if hit.form == "passive" and hit.place.dep == "acl" and not self._is_of_it(hit.place, frame):
            return False
        if hit.form == "claim" and not self._is_own_voice(hit.place, frame):
            return False
        if hit.form in ("verb", "passive", "accusation", "claim"):
            beside = hit.place.i > frame.head.i or frame.head.is_above(hit.place)
            return beside and (hit.form != "verb" or self._has_anaphor(hit.place, frame))
        if hit.form == "purpose":
            return self._is_goal_of(hit, frame)
        if hit.cue.cue in _FOR:
            return self._is_charge_of(hit, frame)
        return not (hit.form == "marker" and (self._is_own_act(hit, frame) or self._is_same(hit, frame)))

    def _is_same(self, hit: CueHit, frame: Frame) -> bool:
        """ "ends the lockdown, as curbs on travel are lifted": the same change told again."""
        opened = opened_clause(hit.place) if hit.cue.cue == "as" else None
        other = self._by_head.get(opened[1].i) if opened is not None else None
        return other is not None and other.live and other.direction == frame.direction

    def _is_of_it(self, participle: Word, frame: Frame) -> bool:
        """Whether a noun is the change or its thing: in "a rise linked to" it is neither."""
        noun = participle.head
        if participle.lemma in _TYING and noun in frame.themes:
            return False  # "banned two firms linked to the army": which ones
        return noun in (*frame.words, *frame.themes) or noun.lemma in self._changes

    def _is_reaction(self, participle: Word) -> bool:
        """Whether a participle of another sentence tells what somebody says of the change."""
        return participle.lemma in _SAYING or any(
            node.lemma in self._lexicon.reactions for node in participle.ancestors()
        )

    @staticmethod
    def _is_own_voice(participle: Word, frame: Frame) -> bool:
        """Whether who says so is who decided: in "a firm condemns the ban, saying that" somebody else does."""
        said = participle.child("ccomp")
        if participle.lemma in _SAYING and said is not None and any(m.lower in _LATER for m in clauses.modals(said)):
            return False
        verb = next((node for node in participle.ancestors() if _is_clause(node)), None)
        if verb is None or verb is frame.head or verb.is_above(frame.head):
            return True
        who = clauses.own_subject(verb)
        return who is not None and frame.agent is not None and who.lower == frame.agent.lower

    def _of_verb(self, hit: CueHit, frame: Frame) -> Link:
        """ "The decision follows ..."; more loosely, in the next sentence, "the minister argued that ..." """
        verb = hit.place
        if self._has_anaphor(verb, frame):
            return Link.STATED
        if verb.lemma in (*self._words.finding, *self._words.naming):
            return Link.CONTINUED if self._is_near(hit, frame, 3) and self._is_voice(verb, frame) else Link.NONE
        argued = verb.lemma in self._words.arguing and verb.dep == "ROOT" and clauses.tense(verb) != "pluperfect"
        who = clauses.own_subject(verb)
        near = argued and self._is_near(hit, frame, 1)
        return Link.CONTINUED if near and who is not None and not self.is_critic(who) else Link.NONE

    def _of_colon(self, hit: CueHit, frame: Frame) -> Link:
        """ "The minister gave the reason: ..." in one of the next sentences."""
        verb = next((node for node in (hit.place, *hit.place.ancestors()) if _is_clause(node)), None)
        who = clauses.own_subject(verb) if verb is not None else None
        near = self._is_near(hit, frame, 2) and (who is None or not self.is_critic(who))
        return Link.CONTINUED if near else Link.NONE

    def _is_of_the_old(self, place: Word, frame: Frame) -> bool:
        """Whether a clause tells of what a change ended: "the waivers were meant to", once they are revoked."""
        verb = next((node for node in (place, *_above(place)) if _is_clause(node)), None)
        who = clauses.own_subject(verb) if verb is not None else None
        if who is None or who.lemma not in self._words.deeds:
            return False
        opposite = {"looser": "restriction", "tighter": "permission"}.get(frame.direction)
        return self._lexicon.thing(who) == opposite

    @staticmethod
    def _is_near(hit: CueHit, frame: Frame, reach: int) -> bool:
        return 1 <= hit.place.sentence.index - frame.sentence.index <= reach

    def _is_voice(self, verb: Word, frame: Frame) -> bool:
        """Whether a verb's subject speaks for who decided: an office or a statement, of no other state."""
        who = clauses.own_subject(verb)
        if who is not None and who.lower in ("it", "they", "he", "she"):
            above = next((node for node in verb.ancestors() if node.lemma in self._lexicon.say), None)
            who = clauses.own_subject(above) if above is not None else who
        if who is None or self.is_critic(who) or any(w.lemma in self._words.critics for w in who.children):
            return False
        if self._is_foreign(who, frame):
            return False
        if who.lower in ("he", "she"):
            return True
        known = {w.text for w in (*frame.speaker, *((frame.agent,) if frame.agent else ())) if w.pos == "PROPN"}
        words = {who, *(c for c in who.children if c.dep in ("compound", "appos", "nmod"))}
        return any(w.lemma.lower() in self._offices or w.text in known for w in words)

    def _is_foreign(self, who: Word, frame: Frame) -> bool:
        """Whether somebody is called by another state than the change's own."""
        mine, theirs = self._states(frame.clause), self._states(who.subtree())
        return bool(mine and theirs and not mine & theirs)

    def _states(self, words: Sequence[Word]) -> set[str]:
        return {form.actor for _, _, forms in self._lexicon.actor_forms.find(words) for form in forms}

    def is_critic(self, who: Word) -> bool:
        """Whether somebody speaks against the change, or from outside: his reasons are not the issuer's."""
        return who.lemma in self._words.critics

    def _continues(self, hit: CueHit, frame: Frame) -> bool:
        """ "They go out soon because ...": one of the next sentences goes on about the change, with a strong cue."""
        gap = hit.place.sentence.index - frame.sentence.index
        if hit.cue.strength != "strong" or not 1 <= gap <= 2:
            return False
        verb = next((node for node in (hit.place, *_above(hit.place)) if _is_clause(node)), None)
        who = clauses.own_subject(verb) if verb is not None else None
        if verb is None or who is None or clauses.tense(verb) == "pluperfect":
            return False
        if self._is_making(verb, frame):
            return False
        return who.lower in ("it", "they") or (gap == 1 and who in hit.words)

    def _is_making(self, verb: Word, frame: Frame) -> bool:
        """Whether a clause tells how that began which a change ended: "it was introduced because", of a lifted ban."""
        operator = self._lexicon.verb(verb)
        return operator is not None and frame.kind == "remove" and operator.kind in ("create", "ban")

    # ---- own sentence

    def _is_charge_of(self, hit: CueHit, frame: Frame) -> bool:
        """Whether "for" or "over" hangs on the change, not on what it permits: "approval for strikes"."""
        place, host = hit.place, hit.place.head
        target = place.child("pobj", "pcomp")
        if host.lemma.lower() in self._lexicon.status.officials and target is not None and target.pos == "PROPN":
            return False  # "Minister for Energy Security"
        if host is not frame.head and host.tag in ("VB", "VBG") and frame.head.is_above(host):
            return False
        if target is not None and target.tag == "VBG" and target.lemma in self._words.faults:
            return frame.direction == "tighter"
        if target is not None and target.lemma in self._words.aims:
            return host is frame.head or not frame.head.is_above(host) or host.pos != "NOUN"
        if hit.cue.cue == "for" and target is not None and target.lemma not in self._words.reasons:
            return frame.direction == "tighter" and any(
                word.lemma in self._words.punishments for word in (*frame.words, *frame.themes)
            )
        if host.pos == "NOUN" and (self._lexicon.thing(host) == "permission" or host in frame.words[:1]):
            return frame.direction == "tighter" and self._lexicon.thing(host) == "restriction"
        return frame.direction != "looser"

    def _is_own_act(self, hit: CueHit, frame: Frame) -> bool:
        """ "lifted the ban after it had consulted": the issuer's own earlier step is no cause."""
        opened = opened_clause(hit.place)
        if opened is None or frame.agent is None or hit.cue.cue not in ("after", "as", "while"):
            return False
        who, verb = opened
        if verb.lemma in self._words.undergoing or clauses.is_passive(verb) or verb.child("neg") is not None:
            return False
        if who.lower in ("he", "she", "it", "they"):
            return self._is_step(verb)
        return who.lower == frame.agent.lower

    def _is_step(self, verb: Word) -> bool:
        """ "after it had consulted", "after it closed": a way to a change, or an older one."""
        is_deed = self._lexicon.verb(verb) is not None or verb.lemma in self._lexicon.say
        return is_deed or verb.lemma in self._words.own_steps

    def _is_goal_of(self, hit: CueHit, frame: Frame) -> bool:
        """Whether a purpose hangs on the frame itself, its governors or its things, not on what it lets others do."""
        if hit.cue.cue != "to":
            of_it = hit.place.dep == "acl" and hit.place.head in (*frame.words, *frame.themes)
            return of_it or hit.place.i > frame.head.i or hit.place is hit.place.sentence.words[0]
        goal = hit.words[-1].head
        above = goal.head
        if above.lemma in self._words.steps and above.i > frame.head.i:
            return True
        things = {*(w.i for w in frame.words), *(w.i for w in frame.themes)} - {frame.head.i}
        if above.i in things and goal.dep in ("acl", "relcl") and self._is_content(goal, above, frame):
            return False
        own = {frame.head.i, *(step.word.i for step in clauses.chain(frame.head)), *things}
        if goal.i in own:
            return False
        if above.i in own or (above.dep in ("relcl", "acl") and above.head is frame.head):
            return True
        is_light = goal.lemma in self._words.light_benefit or above.pos not in ("NOUN", "PROPN")
        return not is_light and goal.i > frame.head.i and above in frame.clause

    def _is_content(self, goal: Word, above: Word, frame: Frame) -> bool:
        """ "the use of cards to make bets", "reversed the order to protect seals": what a thing is for, or says."""
        if goal.lemma in self._words.light_benefit:
            return True
        return frame.kind == "remove" and self._lexicon.thing(above) in ("container", None)

    def _in_other_matter(self, place: Word, frame: Frame) -> bool:
        """Whether the cue hangs on a clause that tells of something else: an old policy, another's act."""
        if self._is_trend(place, frame):
            return False
        mine = {frame.head.i, *(a.i for a in frame.head.ancestors())}
        if place.dep == "relcl" and place.head.lemma not in self._lexicon.anaphors:
            return True
        if _bracketed(place) and not _bracketed(frame.head):
            return True
        for node in _above(place):
            if node.i in mine:
                return False
            other = self._by_head.get(node.i)
            if other is not None:
                return not other.live or other.direction != frame.direction
            if any(modal.lower in ("may", "might", "could") for modal in clauses.modals(node)):
                return True
            if node.dep == "acl" and node.tag == "VBN" and self._lexicon.verb(node) is not None:
                return True
            if any(child.lower in self._words.earlier for child in node.children):
                return True
            if node.dep == "relcl":
                return node.head.lemma not in self._lexicon.anaphors
        return False

    def _is_trend(self, place: Word, frame: Frame) -> bool:
        """ "lifted the curfew that has held since May as cases fall": what goes on now, after the change's words."""
        opened = opened_clause(place) if place.lower == "as" and place.sentence is frame.sentence else None
        if opened is None or place.i < frame.head.i:
            return False
        return opened[1].lemma in self._words.trends and clauses.tense(opened[1]) == "present"

    # ---- sentences that refer back

    def _has_anaphor(self, verb: Word, frame: Frame) -> bool:
        """Whether the cue verb's own subject, or the speaker of "cited", stands for the change."""
        if self._is_cleft(verb):
            return True
        if verb.dep == "relcl" and verb.head.lemma in self._changes and _is_apposed(verb.head):
            return True
        who = clauses.subject(verb)
        if who is None:
            return verb is verb.sentence.words[0] and self._is_speaker_cue(verb)
        if self.is_critic(who):
            return False
        if who.lemma in self._words.reason_nouns:
            return not self._is_foreign(who, frame)
        return self.is_anaphor(who, verb) or self._is_speaker_cue(verb)

    def _is_cleft(self, verb: Word) -> bool:
        """ "What tipped the balance was ...", "behind the change lies ..."."""
        if verb.lemma == "lie" or is_behind(verb):
            place = next((c.child("pobj") for c in verb.children if c.lower in ("behind", "at")), None)
            while place is not None and place.lemma in ("heart", "root", "bottom"):
                of = place.child("prep")
                place = of.child("pobj") if of is not None else None
            return place is not None and self._is_definite(place)
        what = verb.child("csubj", "nsubj", "ccomp") if verb.lemma == "be" else None
        is_what = what is not None and any(c.lower == "what" for c in what.children)
        return is_what and what is not None and what.lemma in self._words.swaying

    def _is_speaker_cue(self, verb: Word) -> bool:
        """ "officials cited X": who speaks gives the reason, unless X is itself a source or the talk is of the past."""
        if verb.lemma not in self._words.reasoning or (verb.tag != "VBG" and verb.dep not in ("ROOT", "conj", "advcl")):
            return False
        target = verb.child("dobj")
        status = self._lexicon.status
        sources = {*status.anonymous, *status.officials, *status.media}
        is_source = target is not None and (target.lemma in sources or target.lower in sources)
        return not is_source and clauses.tense(verb.sentence.root) != "pluperfect"

    def _refers_back(self, hit: CueHit) -> bool:
        """Whether the clause of the cue has a subject that means the change told before."""
        place = hit.place
        for node in ([place] if clauses.is_verb(place) else []) + list(_above(place)):
            if node.dep == "xcomp" and _says(node, self._words.acting):
                return True
            if clauses.is_verb(node) or node.head is node:
                who = clauses.own_subject(node) or (node if node.pos in ("NOUN", "PROPN") else None)
                if who is not None:
                    told = self.is_anaphor(who, node) and not self._is_naming(node)
                    return told or self._acts_on_it(node)
        return False

    def _is_naming(self, verb: Word) -> bool:
        """ "this is the third truce because ...": what follows belongs to the noun."""
        name = verb.child("attr") if verb.lemma == "be" else None
        return name is not None and name.pos == "NOUN" and name.lemma not in self._changes

    def causers(self, sentence: Sentence) -> Iterator[tuple[Word, Word]]:
        """ "A fall in numbers prompted the ban": the verbs with the change as their object, and their subjects."""
        for verb in sentence.words:
            if not _says(verb, self._words.causing) or not clauses.is_verb(verb) or clauses.is_passive(verb):
                continue
            who = clauses.subject(verb)
            to = next((child for child in verb.children if child.dep == "prep" and child.lower == "to"), None)
            target = verb.child("dobj") or (to.child("pobj") if to is not None else None)
            if who is not None and target is not None and self._is_definite(target):
                yield verb, who

    def _is_definite(self, noun: Word) -> bool:
        definite = any(c.dep in ("det", "poss") and c.lower not in _INDEFINITE for c in noun.children)
        return definite and noun.lemma in self._changes

    def _is_told_of(self, sentence: Sentence) -> bool:
        """ "The easing followed talks, he said, stressing ...": some clause of it has the change as its subject."""
        return any(who.dep in ("nsubj", "nsubjpass") and self.is_anaphor(who, who.head) for who in sentence.words)

    def _acts_on_it(self, verb: Word) -> bool:
        """ "Trump ordered it because ...", "the cabinet took the decision after ...": what was told is the object."""
        target = verb.child("dobj")
        if target is None:
            return _says(verb, self._words.acting) and verb.child("xcomp", "ccomp") is None
        definite = any(c.dep == "det" and c.lower in ("the", "this", "that") for c in target.children)
        return target.lower in ("it", "this", "that", "so") or (target.lemma in self._changes and definite)

    def is_anaphor(self, who: Word, verb: Word) -> bool:
        """ "the decision", "this shift", "Biden's go-ahead", "it comes": words that mean a change told before."""
        if who.lower in _LIGHT_SUBJECTS:
            return verb.lemma in self._words.coming
        for node in who.subtree():
            if node.lemma in self._changes and node.pos in ("NOUN", "PROPN"):
                definite = any(c.dep in ("det", "poss") and c.lower not in _INDEFINITE for c in node.children)
                if definite and (node is who or (node.dep == "pobj" and node.head.head is who)):
                    return True
        return False


def _bracketed(word: Word) -> bool:
    """Whether a word stands in brackets: an aside."""
    words = word.sentence.words[: word.i - word.sentence.words[0].i]
    return sum(w.text == "(" for w in words) > sum(w.text == ")" for w in words)


def _is_apart(place: Word, head: Word) -> bool:
    """Whether a semicolon stands between two words of a sentence."""
    first, last = sorted((place.i, head.i))
    return any(word.text == ";" and first < word.i < last for word in place.sentence.words)


def _is_apposed(noun: Word) -> bool:
    """Whether a noun opens an apposition: "..., a move that follows the vote"."""
    first = next((w for w in noun.children if w.dep == "det" and w.i < noun.i), noun)
    n = first.i - noun.sentence.words[0].i
    return n > 0 and noun.sentence.words[n - 1].text in (",", "—", "–", "-")


def _says(verb: Word, words: Sequence[str]) -> bool:
    """Whether a verb, or it with its particle, is one of the words: "trigger", "set off"."""
    return verb.lemma in words or any(f"{verb.lemma} {c.lower}" in words for c in verb.children)


def _place(frame: Frame) -> int:
    return frame.sentence.index


def _is_clause(node: Word) -> bool:
    return clauses.is_verb(node) and clauses.own_subject(node) is not None


def _is_others(other: Frame, frame: Frame) -> bool:
    """Whether a change is told of somebody else than another one."""
    if other.agent is None or frame.agent is None or other.agent.pos == "PRON":
        return False
    return other.agent.lower != frame.agent.lower


def _above(place: Word) -> Iterator[Word]:
    """The words that a cue hangs on, less the clause that it introduces."""
    own = place.head if place.dep in ("mark", "aux", "advmod") and clauses.is_verb(place.head) else place
    return own.ancestors()
