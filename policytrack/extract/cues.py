"""Cue words: where a sentence says that a cause or a purpose follows, and where the same words say something else.

"as" needs a clause, "to" a verb of benefit, "after" more than a time of day, "over" a matter and no number.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

from policytrack.extract import clauses
from policytrack.extract.lexicon import Lexicon
from policytrack.text import Sentence, Word
from policytrack.vocabulary import Cue

Form = Literal["preposition", "marker", "verb", "passive", "purpose", "accusation", "claim", "colon"]

_Entry = tuple[Cue, Form, tuple[str, ...]]

_TIMED = ("just", "only", "shortly", "soon", "few", "less", "more", "than", "several", "some", "right")
_WITHIN = 10
"""Words between a noun of reason and its colon."""
_LEVELS = ("at", "above", "below", "near", "under", "within", "on", "out", "back")
_INSERTED = 5
_INSERTS = ("det", "amod", "nmod", "compound", "punct", "advmod", "npadvmod", "poss", "case")
_FINITE = ("VBZ", "VBD", "VBP", "MD")
_AIMING = ("seek", "aim", "serve", "want", "hope", "wish")
_TRYING = ("try", "attempt", "seek", "aim", "strive", "endeavour", "hope", "look", "bid")
_NAMING = ("become", "be", "make")
_ORDINALS = ("second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth", "next", "latest")
_NOT_AS = ("soon", "long", "well", "far", "much", "such", "same")


@dataclass(frozen=True)
class CueHit:
    """A cue in a sentence: its words, and the number of the first word after it."""

    cue: Cue
    form: Form
    words: tuple[Word, ...]
    after: int

    @property
    def place(self) -> Word:
        return self.words[0]

    @property
    def is_goal(self) -> bool:
        """Whether a plain goal follows: "in order to", "the step seeks to", "as it tries to"."""
        if self.form == "marker":
            opened = opened_clause(self.place)
            return opened is not None and opened[1].lemma in _TRYING
        return self.form == "purpose" or (self.form == "verb" and self.place.lemma in _AIMING)


class CueFinder:
    """Finds the cues of sentences; of overlapping ones the longest."""

    def __init__(self, lexicon: Lexicon) -> None:
        self._lexicon = lexicon
        self._words = lexicon.triggers
        self._by_opening = _by_opening(lexicon)
        self._by_first = frozenset(first for first, _ in self._by_opening)
        self._times = frozenset(self._words.times)
        self._hits: dict[int, list[CueHit]] = {}

    def of(self, sentence: Sentence) -> list[CueHit]:
        """The cues of a sentence in text order."""
        if sentence.index not in self._hits:
            found: list[CueHit] = []
            taken = -1
            said = frozenset([word.lower for word in sentence.words])
            for n in range(len(sentence.words)):
                hit = (self._colon(sentence, n) or self._hit(sentence, n, said)) if n > taken else None
                if hit is not None:
                    found.append(hit)
                    taken = n + len(hit.words) - 1 if hit.form == "accusation" else hit.after - 1
            self._hits[sentence.index] = found
        return self._hits[sentence.index]

    def _colon(self, sentence: Sentence, n: int) -> CueHit | None:
        """ "The minister gave the reason later: ...", "he explained: ..."; the cause stands after the colon."""
        word, words = sentence.words[n], sentence.words
        argued = word.lemma in self._words.arguing and clauses.is_verb(word)
        named = word.lemma in self._words.reason_nouns and word.pos == "NOUN"
        if not (argued or named):
            return None
        colon = next((k for k in range(n + 1, min(n + _WITHIN, len(words) - 1)) if words[k].text == ":"), None)
        if colon is None or any(w.lower in ("no", "not", "why") for w in words[:n]):
            return None
        return CueHit(Cue(cue=word.lower, kind="primary"), "colon", (word,), colon + 1)

    def _hit(self, sentence: Sentence, n: int, said: frozenset[str]) -> CueHit | None:
        """The cue that begins at a word, of a sentence in which these words are said."""
        word = sentence.words[n]
        keys = [word.lower] if word.lower in self._by_first else []
        if word.lemma in self._by_first and word.lemma != word.lower and clauses.is_verb(word):
            keys.append(word.lemma)
        if not keys:
            return None
        following = sentence.words[n + 1].lower if n + 1 < len(sentence.words) else ""
        pairs = [(key, second) for key in keys for second in (following, "")]
        candidates = [item for pair in pairs for item in self._by_opening.get(pair, ()) if said.issuperset(item[2][1:])]
        if not candidates:
            return None
        candidates.sort(key=lambda item: (-len(item[2]), item[2][0] != word.lower))
        for cue, form, parts in candidates:
            words = self._run(sentence, n, parts, form)
            if len(words) == len(parts) and all(
                _fits(w, p, i == 0) for i, (w, p) in enumerate(zip(words, parts, strict=True))
            ):
                hit = CueHit(cue, form, tuple(words), self._after(words[-1]))
                if self._is_cue(hit, sentence):
                    return hit
        return None

    def _after(self, last: Word) -> int:
        """The number of the word after a cue, and after an inserted report: "because, the minister said, ..." """
        words = last.sentence.words
        n = last.i - words[0].i + 1
        if n < len(words) and words[n].text == ",":
            close = next((k for k in range(n + 2, min(n + 9, len(words))) if words[k].text == ","), None)
            if close is not None and any(w.lemma in self._lexicon.say for w in words[n:close] if clauses.is_verb(w)):
                return close + 1
        return n

    def _run(self, sentence: Sentence, n: int, parts: tuple[str, ...], form: Form) -> list[Word]:
        """As many words as the cue has: "came a week after", "accused two ministers of" leave some out."""
        words = sentence.words[n : n + len(parts)]
        if form == "accusation":
            return [words[0], *_charge(words[0], parts[1:])]
        if form == "preposition" and len(parts) > 2 and words[-1].lower != parts[-1]:
            return _loosely(sentence.words[n : n + len(parts) + _INSERTED], parts)
        if form != "verb" or len(parts) < 2:
            return words
        rest = [w for w in sentence.words[n + 1 : n + 8] if not self.is_time(w)]
        if parts[0] in ("be", "have") and len(parts) > 2:
            rest = [w for w in rest if w.dep not in ("poss", "case", "amod")]
        return [words[0], *rest[: len(parts) - 1]]

    def is_time(self, word: Word) -> bool:
        """Whether a word is part of a measure of time: "less than two weeks"."""
        return word.lemma in self._times or word.tag in ("CD", "DT") or word.lower in _TIMED

    def timed(self, hit: CueHit) -> bool:
        """Whether a measure of time stands before the cue's last word: "two days after"."""
        n = hit.words[-1].i - hit.words[-1].sentence.words[0].i
        before = hit.words[-1].sentence.words[n - 1] if n else None
        if before is None or before.dep == "pobj":
            return False
        return before.lemma in self._words.units or before.lower in ("shortly", "soon")

    # ---- what is no cue

    def _is_cue(self, hit: CueHit, sentence: Sentence) -> bool:
        following = sentence.words[hit.after] if hit.after < len(sentence.words) else None
        if (
            following is None
            or following.text in (",", ".", ";", ":", ")", "-")
            or following.lower in ("which", "whom")
        ):
            return False
        if hit.words[-1].lower == "to" and following.tag == "VB" and not self._is_aim(hit):
            return False
        if hit.form == "marker":
            return self._is_marker(hit)
        if hit.form == "preposition":
            return self._is_preposition(hit, sentence, following)
        if hit.form == "purpose":
            return self._is_purpose(hit)
        if hit.form == "verb":
            return self._is_verb(hit)
        if hit.form == "accusation":
            return clauses.is_verb(hit.place)
        if hit.form == "claim":
            beside = hit.place.lemma != "say" or _begins_clause(hit.place)
            return beside and hit.place.tag == "VBG" and hit.place.dep in ("advcl", "acl", "conj", "dep", "xcomp")
        return True

    def _is_aim(self, hit: CueHit) -> bool:
        return hit.form == "purpose" or hit.place.lemma in _AIMING

    def _is_verb(self, hit: CueHit) -> bool:
        """A bare "be" only after a noun of reason or "what prompted it": "the reason was a fall in numbers"."""
        if not clauses.is_verb(hit.place) or _is_participle(hit.place):
            return False
        who = clauses.own_subject(hit.place)
        if hit.cue.cue == "lie":
            return any(c.lower in ("behind", "at") and c.i < hit.place.i for c in hit.place.children)
        if hit.cue.cue not in ("be", "be that"):
            return True
        if self.swayer(hit.place) is not None or is_behind(hit.place):
            return True
        if who is None or who.lemma not in self._words.reason_nouns or _is_other_reason(who):
            return False
        return who.child("det", "poss") is not None

    def _is_passage(self, verb: Word) -> bool:
        """ "signed the bill after parliament had approved it", "after it overrode a veto": a step on the way."""
        target = verb.child("dobj")
        if target is not None and target.lemma == "veto":
            return True
        return verb.lemma in self._lexicon.status.voting and target is not None and target.lower in ("it", "them")

    def swayer(self, verb: Word) -> Word | None:
        """The verb of "what tipped the balance was ..."."""
        opening = verb.child("csubj", "nsubj", "ccomp")
        if opening is None or opening.lemma not in self._words.swaying or opening.i > verb.i:
            return None
        return opening if any(c.lower == "what" for c in opening.children) else None

    def _is_marker(self, hit: CueHit) -> bool:
        first = hit.place
        if hit.cue.cue not in ("as", "since", "while", "after", "when"):
            return True
        opened = opened_clause(first)
        if opened is None:
            return False
        who, verb = opened
        if self._is_aside(hit, verb, who):
            return False
        if who.lemma in self._words.times or self._is_earlier(verb):
            return False
        if self._lexicon.bearing(verb) is not None and self._lexicon.thing(who) is not None:
            return False
        if hit.cue.cue == "as":
            return not {w.lower for w in first.sentence.words if abs(w.i - first.i) <= 1} & {*_NOT_AS}
        if hit.cue.cue == "after":
            return not self.timed(hit) and not self._is_passage(verb)
        if hit.cue.cue == "since":
            tense = clauses.tense(verb)
            return tense == "present" or (tense == "perfect" and _begins_clause(first))
        return verb.tag == "VBG" and verb.lemma not in self._lexicon.still

    def _is_earlier(self, verb: Word) -> bool:
        return any(c.lower in self._words.earlier for c in verb.children)

    def _is_aside(self, hit: CueHit, verb: Word, who: Word) -> bool:
        """ "as officials say", "as it was described"; "as the region reports new cases" tells a cause."""
        if verb.lemma not in self._words.not_causal or hit.cue.cue == "after":
            return False
        target = verb.child("dobj")
        if target is None and clauses.is_passive(verb) and verb.lemma in self._words.undergoing:
            target = who
        return target is None or target.pos != "NOUN"

    def _is_preposition(self, hit: CueHit, sentence: Sentence, following: Word) -> bool:
        if opened_clause(hit.words[-1]) is not None or (hit.place.tag == "VBG" and hit.place.child("aux") is not None):
            return False
        target = hit.words[-1].child("pobj", "pcomp")
        head = target or following
        cue = hit.cue.cue
        if cue == "for":
            return self._is_reason(head)
        if cue == "due to":
            return not self._is_date(head)
        if cue == "over" and hit.place.head.lemma in self._words.holds:
            return False
        if cue == "over":
            return following.lower == "what" or head.lemma in self._words.reasons or self._is_matter(head)
        if cue == "out of":
            return head.lemma in self._words.feelings
        if cue == "on":
            return self._is_ground(head)
        if cue in ("keeping", "implementing", "fulfilling", "answering", "honouring", "honoring"):
            kept = hit.place.child("dobj")
            return hit.place.dep == "advcl" and kept is not None and kept.lemma in self._words.pledges
        if cue == "with":
            return self._is_circumstance(hit, head)
        if cue in ("after", "following"):
            return not self._is_time_of(hit, head)
        if cue in ("given", "facing") or hit.place.tag == "VBN":
            beside = hit.place.dep in ("prep", "mark", "advcl", "pcomp")
            return beside or (_begins_clause(hit.place) and hit.place.tag == "VBN")
        if cue in ("per", "upon"):
            return following.tag != "CD" and any(
                w.lemma in self._words.requests for w in _to_comma(sentence.words[hit.after : hit.after + 12])
            )
        return True

    def _is_ground(self, head: Word) -> bool:
        """ "on concerns over safety", "on security grounds"."""
        if head.lemma == "ground":
            return head.tag == "NNS" and any(c.dep in ("compound", "amod", "nmod") for c in head.children)
        return head.lemma in self._words.fears and head.child("prep", "acl", "ccomp") is not None

    def _is_circumstance(self, hit: CueHit, head: Word) -> bool:
        """ "..., with prices falling", "with inflation below target": a state of things and no part, tool or vote."""
        if not _begins_clause(hit.place) or head.pos not in ("NOUN", "PROPN") or head.lemma in self._words.procedures:
            return False
        after = [c for c in head.children if c.i > head.i]
        if any(self._lexicon.verb(c) is not None for c in after):
            return False  # "with schools reopening in March": another change
        telling = any(c.dep in ("acl", "advcl", "amod", "acomp", "ccomp") and c.tag != "VBN" for c in after)
        level = any(c.dep == "prep" and c.lower in _LEVELS for c in after)
        return (telling or level) and not any(w.tag == "CD" for w in head.children)

    def _is_reason(self, head: Word) -> bool:
        """ "for its role", "for helping", "for security reasons"; what it hangs on says whether it is a charge."""
        return head.lemma in self._words.reasons or head.tag == "VBG" or head.child("poss") is not None

    def _is_time_of(self, hit: CueHit, head: Word) -> bool:
        """ "after two weeks", "after 9 p.m.", "days after the vote", "after consulting": a time, or an own step."""
        if hit.place.dep == "mark" or (self.timed(hit) and hit.cue.cue == "after"):
            return True
        if _is_ranked(hit.place):
            return True
        if head.tag == "VBG" or head.dep == "pcomp":
            own = self._lexicon.verb(head) is not None
            return (
                own
                or self._is_earlier(head)
                or (head.lemma not in self._words.undergoing and head.child("auxpass") is None)
            )
        n = hit.after
        words = hit.place.sentence.words
        if words[n].tag == "CD" and any(self._is_clock(w) for w in words[n + 1 : n + 3]):
            return True
        if self._is_spell(head) or self._is_procedure(head):
            return True
        if head.lemma not in self._words.times and head.tag != "CD":
            return False
        of = head.child("prep")
        content = of.child("pobj") if of is not None and of.lower == "of" else None
        if content is not None and content.lemma in self._words.processes:
            return True  # "after a decade of talks"
        if content is not None and self._lexicon.thing(content) is not None:
            return True  # "after two weeks of curfew": what comes to an end
        return not any(c.dep in ("prep", "relcl", "poss", "acl") for c in head.children)

    def _is_date(self, head: Word) -> bool:
        """ "due to end on Friday", where the verb was taken for a noun."""
        if any(c.dep != "prep" for c in head.children):
            return False
        times = [c.child("pobj") for c in head.children]
        return any(time is not None and self.is_time(time) for time in times)

    @staticmethod
    def _is_clock(word: Word) -> bool:
        return word.lower in ("a.m.", "p.m.", "am", "pm", "o'clock")

    def _is_procedure(self, head: Word) -> bool:
        """ "a vote", "seven hours of debate": how a decision was taken."""
        of = head.child("prep") if head.lemma in self._words.units else None
        content = of.child("pobj") if of is not None else None
        return (content or head).lemma in self._words.procedures

    def _is_spell(self, head: Word) -> bool:
        """ "a seven-month suspension": what comes to an end, and no cause."""
        return any(
            child.lemma in self._words.units and any(below.tag == "CD" for below in child.children)
            for child in head.children
            if child.dep in ("compound", "amod", "nmod")
        )

    def _is_matter(self, head: Word) -> bool:
        """ "over its nuclear programme": a matter, not a place, a time, a number or a protest overruled."""
        if head.pos != "NOUN" or head.lemma in self._words.times or head.lemma in self._words.no_matters:
            return False
        if any(c.tag == "CD" for c in head.children):
            return False
        return any(c.dep in ("poss", "amod", "compound", "nmod", "prep", "acl") for c in head.children)

    def _is_purpose(self, hit: CueHit) -> bool:
        if hit.words[-1].tag != "TO":
            return hit.cue.cue != "to"
        goal = hit.words[-1].head
        if goal.i < hit.place.i or any(c.dep == "auxpass" for c in goal.children):
            return False
        if hit.cue.cue != "to":
            return True
        benefits = (*self._words.benefit, *self._words.light_benefit)
        return goal.lemma in benefits and not any(c.dep in ("nsubj", "nsubjpass") for c in goal.children)


@lru_cache(maxsize=4)
def _by_opening(lexicon: Lexicon) -> dict[tuple[str, str], list[_Entry]]:
    """The cues by their first two words, the second empty where others may stand between; made once for a lexicon."""
    words = lexicon.triggers
    lists: tuple[tuple[Form, tuple[Cue, ...]], ...] = (
        ("preposition", words.prepositions), ("marker", words.markers), ("verb", words.verbs),
        ("passive", words.passives), ("purpose", words.purposes), ("accusation", words.accusations),
        ("claim", words.claims),
    )  # fmt: skip
    found: dict[tuple[str, str], list[_Entry]] = {}
    for form, cues in lists:
        for cue in sorted(cues, key=lambda cue: cue.cue):  # not by the order of the file
            parts = tuple(w for w in cue.cue.split() if form != "verb" or w not in ("a", "an", "the"))
            loose = form in ("verb", "accusation") or (form == "preposition" and len(parts) > 2)
            second = parts[1] if len(parts) > 1 and not loose else ""
            found.setdefault((parts[0], second), []).append((cue, form, parts))
    return found


def _to_comma(words: list[Word]) -> list[Word]:
    return words[: next((n for n, word in enumerate(words) if word.text == ","), len(words))]


def _loosely(words: list[Word], parts: tuple[str, ...]) -> list[Word]:
    """A phrase with words put in before its noun: "in a measured response to"."""
    kept = [w for w in words[1:] if w.lower in parts or w.dep not in _INSERTS]
    return [words[0], *kept[: len(parts) - 1]]


def _charge(verb: Word, parts: tuple[str, ...]) -> list[Word]:
    """The preposition after an accusation's object: "accusing him of"."""
    words = verb.sentence.words
    n = verb.i - words[0].i
    for k, word in enumerate(words[n + 1 : n + 12], n + 1):
        found = words[k : k + len(parts)]
        if [w.lower for w in found] == list(parts) and (word.head is verb or word.head.head is verb):
            return found if found[-1].dep in ("prep", "aux") else []
        if word.text in (",", ";"):
            break
    return []


def is_behind(verb: Word) -> bool:
    """ "behind the step is a drought": whether the cause stands after the verb, the change before it."""
    return any(c.lower == "behind" and c.dep == "prep" and c.i < verb.i for c in verb.children)


def _is_other_reason(noun: Word) -> bool:
    """ "the reason why nobody acted" is another one, "the reason given" is not."""
    stated = noun.child("acl")
    if stated is not None and stated.tag == "VBN" and len(stated.subtree()) <= 2:
        return noun.child("relcl", "ccomp") is not None
    return noun.child("relcl", "acl", "ccomp") is not None


def _is_participle(word: Word) -> bool:
    """Whether a verb form has no subject of its own to be the change: "followed by", "the rules following"."""
    return clauses.is_passive(word) or word.dep in ("prep", "pcomp")


def opens_clause(word: Word) -> bool:
    """Whether a word introduces the clause of a verb to its right, also where it was taken for a preposition."""
    if word.dep in ("mark", "advmod"):
        return True
    return word.dep == "prep" and word.head.i > word.i and not word.children and clauses.is_verb(word.head)


def opened_clause(word: Word) -> tuple[Word, Word] | None:
    """The subject and the verb of the clause that a word introduces, whatever the parser took its parts for."""
    verb = word.head
    if opens_clause(word) and clauses.is_verb(verb) and verb.i > word.i:
        who = clauses.own_subject(verb)
        return (who, verb) if who is not None and word.i < who.i < verb.i else None
    who = word.child("pobj") or (verb.child("nsubj", "nsubjpass") if word.dep == "mark" else None)
    if who is None or who.i < word.i or who.tag == "CD":
        return None
    words = word.sentence.words
    after = words[min(who.subtree()[-1].i - words[0].i + 1, len(words) - 1)] if word.dep == "prep" else verb
    if word.dep == "mark":
        after = next((w for w in words if w.i > verb.i and w.tag in _FINITE), verb)
    after = after.head if after.dep in ("aux", "auxpass") else after
    return (who, after) if clauses.tense(after) != "none" and after.dep != "relcl" and who.i < after.i else None


def _is_ranked(place: Word) -> bool:
    """ "the fifth drone to be licensed after four others": what came before it in a count."""
    names = [node for node in place.ancestors() if node.dep in ("attr", "oprd", "appos", "dobj", "xcomp")]
    made = [name for name in names if name.head.lemma in _NAMING or name.dep == "appos"]
    return any(c.lower in _ORDINALS for name in made for c in name.children if c.dep in ("amod", "nummod"))


def _begins_clause(word: Word) -> bool:
    """Whether a word opens its sentence or stands after a comma."""
    n = word.i - word.sentence.words[0].i
    return n == 0 or word.sentence.words[n - 1].text in (",", ";", '"')


def _fits(word: Word, part: str, first: bool) -> bool:
    return word.lower == part or (first and clauses.is_verb(word) and word.lemma == part)
