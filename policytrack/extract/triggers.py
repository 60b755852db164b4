"""Causes that the article itself states for a change: cue words, the stretch after them, and what links them to it.

A cue counts in a frame's own sentence, or in a later one that refers back to the change ("the decision came after").
The cause of the old policy, or of what somebody else did, hangs on another clause and is left alone.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise

from policytrack.extract import clauses
from policytrack.extract.frames import Frame
from policytrack.extract.lexicon import Lexicon
from policytrack.extract.speakers import SpeakerReader
from policytrack.model import Span, Trigger
from policytrack.text import Document, Sentence, Word, span_of
from policytrack.vocabulary import Cue

_LIGHT_SUBJECTS = ("it", "this", "that", "which")
_LONGEST = 45


@dataclass(frozen=True)
class CueHit:
    """A cue in a sentence: its words, and the number of the first word after it."""

    cue: Cue
    form: str
    words: tuple[Word, ...]
    after: int


class TriggerReader:
    """Finds the triggers of the frames of one document."""

    def __init__(self, lexicon: Lexicon, document: Document, speakers: SpeakerReader) -> None:
        self._lexicon = lexicon
        self._document = document
        self._speakers = speakers
        words = lexicon.triggers
        self._fixed = [(cue, "preposition", tuple(cue.cue.split())) for cue in words.prepositions]
        self._fixed += [(cue, "marker", tuple(cue.cue.split())) for cue in words.markers]
        self._fixed += [(cue, "verb", tuple(cue.cue.split())) for cue in words.verbs]
        self._fixed += [(cue, "passive", tuple(cue.cue.split())) for cue in words.passives]
        self._fixed += [(cue, "purpose", tuple(cue.cue.split())) for cue in words.purposes]
        self._fixed.sort(key=lambda item: -len(item[2]))
        self._by_first: dict[str, list[tuple[Cue, str, tuple[str, ...]]]] = {}
        for item in self._fixed:
            self._by_first.setdefault(item[2][0], []).append(item)
        self._hits: dict[int, list[CueHit]] = {}

    def read(self, frame: Frame, others: Sequence[Frame]) -> list[Trigger]:
        """The triggers of a live frame, in text order."""
        found: list[Trigger] = []
        turned = {other.sentence.index for other in others if other.live and not _same(other, frame)}
        for sentence in self._with_cues[bisect_left(self._with_cues, frame.sentence.index, key=_index) :]:
            if sentence is not frame.sentence and sentence.index in turned:
                continue
            for hit in self.hits(sentence):
                if self._links(hit, sentence, frame, others):
                    trigger = self._trigger(hit, sentence)
                    if trigger is not None:
                        found.append(trigger)
        return _unnested(found)

    @cached_property
    def _with_cues(self) -> list[Sentence]:
        return [sentence for sentence in self._document.sentences if self.hits(sentence)]

    # ---- cues

    def hits(self, sentence: Sentence) -> list[CueHit]:
        """The cues of a sentence in text order; of overlapping ones the longest."""
        if sentence.index not in self._hits:
            found: list[CueHit] = []
            taken = -1
            for n in range(len(sentence.words)):
                hit = self._hit(sentence, n) if n > taken else None
                if hit is not None:
                    found.append(hit)
                    taken = hit.after - 1
            self._hits[sentence.index] = found
        return self._hits[sentence.index]

    def _hit(self, sentence: Sentence, n: int) -> CueHit | None:
        word = sentence.words[n]
        keys = dict.fromkeys((word.lower, word.lemma) if clauses.is_verb(word) else (word.lower,))
        candidates = [item for key in keys for item in self._by_first.get(key, ())]
        candidates.sort(key=lambda item: (-len(item[2]), item[2][0] != word.lower))
        for cue, form, parts in candidates:
            words = self._run(sentence, n, len(parts), form)
            if len(words) == len(parts) and all(
                _fits(w, p, i == 0) for i, (w, p) in enumerate(zip(words, parts, strict=True))
            ):
                hit = CueHit(cue, form, tuple(words), words[-1].i - sentence.words[0].i + 1)
                if self._is_cue(hit, sentence):
                    return hit
        return None

    def _run(self, sentence: Sentence, n: int, length: int, form: str) -> list[Word]:
        """As many words as the cue has; a verb's may have a span of time between: "came a week after"."""
        words = sentence.words[n : n + length]
        if form != "verb" or length < 2:
            return words
        rest = [w for w in sentence.words[n + 1 : n + 6] if not self._is_time(w)]
        return [words[0], *rest[: length - 1]]

    def _is_time(self, word: Word) -> bool:
        return (
            word.lemma in self._lexicon.triggers.times
            or word.tag in ("CD", "DT")
            or word.lower in ("just", "only", "shortly", "soon", "few")
        )

    def _is_cue(self, hit: CueHit, sentence: Sentence) -> bool:
        """Whether the word is a cue here: "as" with a clause, "to" with a benefit, "after" not with a bare time."""
        first, last = hit.words[0], hit.words[-1]
        following = sentence.words[hit.after] if hit.after < len(sentence.words) else None
        if following is None or following.text in (",", ".", ";", ":"):
            return False
        if hit.form == "marker":
            return self._is_marker(hit, first)
        if hit.form == "purpose" and hit.cue.cue == "to":
            return last.tag == "TO" and last.head.lemma in self._lexicon.triggers.benefit and last.head.i > last.i
        if hit.form == "preposition":
            return self._is_preposition(hit, sentence)
        if hit.form == "verb":
            return clauses.is_verb(first) and not clauses.is_passive(first) and first.dep not in ("prep", "pcomp")
        return True

    def _is_marker(self, hit: CueHit, first: Word) -> bool:
        if hit.cue.cue in ("as", "since", "while", "after"):
            verb = first.head
            if first.dep not in ("mark", "advmod") or not clauses.is_verb(verb) or verb.i < first.i:
                return False
            if hit.cue.cue == "as":
                near = {w.lower for w in first.sentence.words if abs(w.i - first.i) <= 1}
                if near & {"soon", "long", "well", "far", "much"}:
                    return False
                return verb.lemma not in self._lexicon.triggers.not_causal and clauses.own_subject(verb) is not None
            if hit.cue.cue == "while" and (verb.lemma in self._lexicon.still or clauses.is_passive(verb)):
                return False
            return clauses.own_subject(verb) is not None
        return True

    def _is_preposition(self, hit: CueHit, sentence: Sentence) -> bool:
        target = next((c for c in hit.words[-1].children if c.dep in ("pobj", "pcomp")), None)
        head = target or sentence.words[hit.after]
        if hit.cue.cue in ("for", "over"):
            return head.lemma in self._lexicon.triggers.reasons or (
                hit.cue.cue == "over" and _is_matter(head, self._lexicon)
            )
        if hit.cue.cue in ("after", "following"):
            if hit.words[0].dep == "mark" or head.tag == "VBG":
                return False
            return not (
                head.lemma in self._lexicon.triggers.times
                and not any(c.dep in ("prep", "relcl", "poss", "acl") for c in head.children)
            )
        if hit.cue.cue == "given":
            return hit.words[0].dep in ("prep", "mark")
        return True

    # ---- links

    def _links(self, hit: CueHit, sentence: Sentence, frame: Frame, others: Sequence[Frame]) -> bool:
        place = hit.words[0]
        if self._in_other_matter(place, frame, others):
            return False
        if sentence is frame.sentence:
            if hit.form == "verb":
                return place.i > frame.head.i and self._has_anaphor(place)
            if hit.form == "passive":
                return place.i > frame.head.i
            if hit.form == "purpose":
                return self._is_goal_of(hit, frame)
            if hit.cue.cue in ("for", "over"):
                return frame.direction != "looser"
            return not (
                hit.cue.cue in ("after", "as", "while") and hit.form == "marker" and self._is_own_act(hit, frame)
            )
        if hit.form == "preposition" and hit.cue.cue in ("for", "over"):
            return False
        return self._has_anaphor(place) if hit.form == "verb" else self._refers_back(hit, sentence)

    def _has_anaphor(self, verb: Word) -> bool:
        """Whether the cue verb's own subject, or the speaker of "cited", stands for the change."""
        who = clauses.subject(verb)
        return who is not None and (self.is_anaphor(who, verb) or self._is_speaker_cue(verb))

    def _is_speaker_cue(self, verb: Word) -> bool:
        """ "officials cited X": who speaks gives the reason, unless X is itself a source or the talk is of the past."""
        if verb.lemma not in self._lexicon.triggers.reasoning or verb.dep not in ("ROOT", "conj", "advcl"):
            return False
        target = verb.child("dobj")
        status = self._lexicon.status
        sources = {*status.anonymous, *status.officials, *status.media}
        is_source = target is not None and (target.lemma in sources or target.lower in sources)
        return not is_source and clauses.tense(verb.sentence.root) != "pluperfect"

    @staticmethod
    def _is_own_act(hit: CueHit, frame: Frame) -> bool:
        """ "lifted the ban after it had consulted": the issuer's own earlier step is no cause."""
        who = clauses.own_subject(hit.words[0].head)
        if who is None or frame.agent is None:
            return False
        return who.lower == frame.agent.lower or who.lower in ("he", "she", "it", "they")

    def _is_goal_of(self, hit: CueHit, frame: Frame) -> bool:
        """Whether a purpose hangs on the frame itself, its governors or its things, not on what it lets others do."""
        if hit.cue.cue != "to":
            return hit.words[0].i > frame.head.i
        goal = hit.words[-1].head
        above = goal.head
        own = {
            frame.head.i,
            *(step.word.i for step in clauses.chain(frame.head)),
            *(w.i for w in frame.words),
            *(w.i for w in frame.themes),
        }
        if above.lemma in self._lexicon.anaphors and above.i > frame.head.i:
            return True
        return goal.i not in own and (
            above.i in own
            or (goal.i > frame.head.i and above.pos in ("NOUN", "PROPN") and above.i in {w.i for w in frame.clause})
        )

    def _in_other_matter(self, place: Word, frame: Frame, others: Sequence[Frame]) -> bool:
        """Whether the cue hangs on a clause that tells of something else: an old policy, another's act."""
        mine = {frame.head.i, *(a.i for a in frame.head.ancestors())}
        heads = {
            other.head.i: other for other in others if other is not frame and not (other.live and _same(other, frame))
        }
        if place.dep == "relcl" and place.head.lemma not in self._lexicon.anaphors:
            return True
        for node in self._above(place):
            if node.i in mine:
                return False
            other = heads.get(node.i)
            if other is not None and not other.live:
                return True
            if node.dep == "relcl":
                return node.head.lemma not in self._lexicon.anaphors
        return False

    @staticmethod
    def _above(place: Word) -> list[Word]:
        """The words that a cue hangs on, less the clause that it introduces."""
        own = place.head if place.dep in ("mark", "aux", "advmod") and clauses.is_verb(place.head) else place
        return list(own.ancestors())

    def _refers_back(self, hit: CueHit, sentence: Sentence) -> bool:
        """Whether the clause of the cue has a subject that means the change told before."""
        place = hit.words[0]
        for node in ([place] if clauses.is_verb(place) else []) + self._above(place):
            if node.sentence is not sentence:
                break
            if clauses.is_verb(node) or node.head is node:
                who = clauses.own_subject(node) or (node if node.pos in ("NOUN", "PROPN") else None)
                if who is not None:
                    return self.is_anaphor(who, node) or self._acts_on_it(node)
        return False

    def _acts_on_it(self, verb: Word) -> bool:
        """ "Trump ordered it because ...", "the cabinet took the decision after ...": what was told is the object."""
        target = verb.child("dobj")
        if target is None:
            return False
        definite = any(c.dep == "det" and c.lower in ("the", "this", "that") for c in target.children)
        return target.lower in ("it", "this", "that", "so") or (target.lemma in self._lexicon.anaphors and definite)

    def is_anaphor(self, who: Word, verb: Word) -> bool:
        """ "the decision", "this shift", "Biden's go-ahead", "it comes": words that mean a change told before."""
        if who.lower in _LIGHT_SUBJECTS:
            return verb.lemma in self._lexicon.triggers.coming
        for node in who.subtree():
            if node.lemma in self._lexicon.anaphors and node.pos in ("NOUN", "PROPN"):
                definite = any(
                    c.dep in ("det", "poss") and c.lower not in ("a", "an", "no", "any", "another", "every")
                    for c in node.children
                )
                if definite and (node is who or (node.dep == "pobj" and node.head.head is who)):
                    return True
        return False

    # ---- spans

    def _trigger(self, hit: CueHit, sentence: Sentence) -> Trigger | None:
        words = self._stretch(hit, sentence)
        if not words or (len(words) == 1 and words[0].pos in ("PRON", "DET", "NUM")):
            return None
        start, end = span_of(words)
        return Trigger(
            start=start, end=end, quote=self._document.text[start:end], kind=hit.cue.kind,
            cue=" ".join(word.lower for word in hit.words), hedge=self._hedge(hit, sentence),
            attributed_to=self._attributed(hit),
        )  # fmt: skip

    def _attributed(self, hit: CueHit) -> Span | None:
        speaker = self._speakers.of_word(hit.words[0])
        if not speaker:
            return None
        start, end = span_of(speaker)
        return Span(start=start, end=end, quote=self._document.text[start:end])

    def _hedge(self, hit: CueHit, sentence: Sentence) -> str | None:
        place = hit.words[0]
        before = [w for w in sentence.words if place.i - 5 <= w.i < place.i]
        return next((w.lower for w in reversed(before) if w.lower in self._lexicon.triggers.hedges), None)

    def _stretch(self, hit: CueHit, sentence: Sentence) -> list[Word]:
        """The words after a cue up to the end of its clause."""
        cues = {h.words[0].i: h for h in self._hits.get(sentence.index, ())}
        words: list[Word] = []
        for n in range(hit.after, min(len(sentence.words), hit.after + _LONGEST)):
            word = sentence.words[n]
            if word.text in (";", "—", "–", "--", ":", "(", ")") or (
                word.text in (".", "?", "!") and n == len(sentence.words) - 1
            ):
                break
            if words and self._ends(sentence, n, cues, hit):
                break
            words.append(word)
        while words and words[-1].pos in ("PUNCT", "CCONJ", "SPACE") and words[-1].text not in ("%", ")"):
            words.pop()
        return words

    def _ends(self, sentence: Sentence, n: int, cues: dict[int, CueHit], hit: CueHit) -> bool:
        word = sentence.words[n]
        if word.i in cues and word.i != hit.words[0].i and self._cuts(cues[word.i]):
            return True
        if word.lower == "and" and (self._starts_clause(sentence, n + 1) or self._goes_on(sentence, n + 1)):
            return True
        if word.text != ",":
            return False
        return self._comma_ends(sentence, n, hit)

    @staticmethod
    def _cuts(other: CueHit) -> bool:
        return other.form in ("preposition", "marker") and other.cue.cue not in ("for", "over", "as", "while", "since")

    def _comma_ends(self, sentence: Sentence, n: int, hit: CueHit) -> bool:
        following = sentence.words[n + 1] if n + 1 < len(sentence.words) else None
        if following is None or following.lower in ("which", "who", "where", "whose", "but", "while", "with"):
            return True
        if following.tag in ("VBG", "VBN") and following.dep not in ("amod", "conj"):
            return True
        if following.lower in ("and", "but", "or"):
            after = sentence.words[n + 2] if n + 2 < len(sentence.words) else None
            return self._starts_clause(sentence, n + 2) or (
                after is not None and after.pos in ("ADP", "SCONJ", "VERB", "AUX")
            )
        if self._lists_on(sentence.words[n + 1 :]):
            return False
        if following.pos == "ADP" and any(w.text == "," for w in sentence.words[n + 2 : n + 6]):
            return False
        if following.tag == "CD" or following.dep in ("conj", "nummod"):
            return False
        first = sentence.words[hit.after]
        joined = any(
            node.dep == "conj" and node.i > n + sentence.words[0].i
            for node in (following, *following.ancestors())
            if node.i > first.i
        )
        return not joined or self._starts_clause(sentence, n + 1)

    @staticmethod
    def _lists_on(rest: list[Word]) -> bool:
        """Whether a list goes on to the end: "a sell-off, tariffs from Mexico, and complaints"."""
        if not rest or rest[0].pos not in ("NOUN", "PROPN", "ADJ", "DET", "NUM"):
            return False
        if any(word.tag in ("VBZ", "VBD", "VBP", "MD", "WDT", "WP") for word in rest):
            return False
        return any(one.text == "," and two.lower in ("and", "or") for one, two in pairwise(rest))

    @staticmethod
    def _goes_on(sentence: Sentence, n: int) -> bool:
        """Whether a finite verb follows at once: "after the attack and may be changed"."""
        return n < len(sentence.words) and sentence.words[n].tag in ("MD", "VBZ", "VBD", "VBP")

    def _starts_clause(self, sentence: Sentence, n: int) -> bool:
        """Whether a subject and a finite verb stand within the next words."""
        for word in sentence.words[n : n + 8]:
            if (
                word.dep in ("nsubj", "nsubjpass", "expl")
                and word.head.i > word.i
                and clauses.tense(word.head) != "none"
            ):
                first = word.subtree()[0]
                return first.i <= sentence.words[n].i + 1
            if word.text in (",", ";"):
                return False
        return False


def _fits(word: Word, part: str, first: bool) -> bool:
    if word.lower == part:
        return True
    return first and clauses.is_verb(word) and word.lemma == part


def _is_matter(head: Word, lexicon: Lexicon) -> bool:
    """ "over its nuclear programme": a matter, not a place, a time or a number."""
    if head.pos != "NOUN" or head.lemma in lexicon.triggers.times or any(c.tag == "CD" for c in head.children):
        return False
    return any(c.dep in ("poss", "amod", "compound", "prep", "acl") for c in head.children)


def _index(sentence: Sentence) -> int:
    return sentence.index


def _same(one: Frame, other: Frame) -> bool:
    return one.direction == other.direction


def _unnested(found: list[Trigger]) -> list[Trigger]:
    """Of triggers that lie in one another, the inner ones, each once."""
    kept = [
        t
        for t in found
        if not any(
            o is not t and t.start <= o.start and o.end <= t.end and (o.start, o.end) != (t.start, t.end) for o in found
        )
    ]
    return list({(t.start, t.end): t for t in kept}.values())
