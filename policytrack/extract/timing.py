"""When: the dates that a frame's clause and the sentences that tell of it again name, each with its role.

A date belongs to the verb or the noun that it hangs on. Where that is the change, or a governor of it, the date is the
change's; the words before it and the verb say which of its days it is.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from policytrack import dates
from policytrack.extract import clauses
from policytrack.extract.frames import Frame
from policytrack.extract.lexicon import Lexicon
from policytrack.extract.mentions import Mentions
from policytrack.extract.triggers import TriggerReader
from policytrack.model import ClaimDate, DateRole, Trigger
from policytrack.text import Document, Sentence, Word

_HISTORY_DAYS = 120
"""A date so long before the article is no day of its news."""
_NEAR = 3
"""How many sentences after a change may say when "it" or "the order" was signed or begins."""
_ENDS = ("until", "till", "through", "thru")
_RANGE = ("to", "and", "-", "–", "until", "till", "through")
_LAST = ("impose", "tighten", "authorise", "ease", "suspend", "delay", "resume")
"""Operations whose own time "for 90 days" tells; of what is lifted or extended it is another one."""
_PRONOUNS = ("it", "they", "this", "that", "these")


class TimingReader:
    """Reads dates and their roles for the frames of one article."""

    def __init__(
        self, lexicon: Lexicon, document: Document, mentions: Mentions, triggers: TriggerReader, published: str
    ) -> None:
        self._lexicon = lexicon
        self._document = document
        self._mentions = mentions
        self._triggers = triggers
        self._published = published
        self._by_sentence: dict[int, list[tuple[dates.Mention, Word]]] = {}

    def read(self, frame: Frame, causes: Iterable[Trigger], referring: Iterable[Sentence]) -> list[ClaimDate]:
        """The dates of a frame, in text order; those inside its causes are theirs."""
        taken = [(t.start, t.end) for t in causes]
        found = list(self._in_sentence(frame))
        if frame.live:
            again = {sentence.index: sentence for sentence in (*referring, *self._telling_on(frame))}
            for sentence in again.values():
                found += self._referring(sentence)
        kept = [date for date in found if not _inside(date.start, taken)]
        kept += self._lasting(frame, kept)
        return list({(d.role, d.date): d for d in sorted(kept, key=lambda d: d.start)}.values())

    # ---- the frame's own sentence

    def _in_sentence(self, frame: Frame) -> Iterator[ClaimDate]:
        clause = {word.i for word in frame.clause}
        above = {step.word.i for step in clauses.chain(frame.head)} | {frame.head.i}
        for mention, word in self._dated(frame.sentence):
            verb = _verb_of(word)
            inside = word.i in clause or word.head.i in clause
            reports = verb.lemma in self._lexicon.say and verb is not frame.head
            if not (inside or reports or verb.i in above):
                continue
            role = self._role(frame, mention, word, reports)
            if frame.background or not self._is_history(mention, word, role):
                yield self._made(mention, role)

    def _role(self, frame: Frame, mention: dates.Mention, word: Word, reports: bool) -> DateRole:
        """Which day of a change a date is: by the words before it, then by what it hangs on."""
        said = self._said_role(mention, word, frame)
        if said is not None:
            return said
        if reports:
            return "communicated" if self._communicates(_verb_of(word)) else "announced"
        if dates.first_day(mention.date) > dates.last_day(self._published):
            return "in_force"
        return "announced" if clauses.tense(frame.head) == "future" else "decided"

    def _communicates(self, verb: Word) -> bool:
        """ "informed Kyiv on", not "told reporters on": a decision brought to another state."""
        if verb.lemma not in self._lexicon.status.communicating:
            return False
        return any(
            self._mentions.actors_in(child.subtree()) for child in verb.children if child.dep in ("dobj", "dative")
        )

    def _said_role(self, mention: dates.Mention, word: Word, frame: Frame | None) -> DateRole | None:
        """What the words just before a date say of its role: its end, its beginning, or nothing."""
        sentence = word.sentence
        before = [w.lower for w in sentence.words if w.start < mention.start][-4:]
        verb = _verb_of(word)
        if frame is not None and verb is frame.head and self._ends(verb):
            return None
        near = before if before[-2:] == ["end", "of"] else before[-3:]
        if set(_ENDS) & set(near) or self._ends(verb):
            return "expires"
        if before[-1:] and before[-1] in _RANGE and self._follows_a_date(mention, sentence):
            return "expires"
        if before[-1:] == ["to"] and frame is not None and frame.operation == "extend":
            return "expires"
        if set(self._lexicon.status.effective) & set(before) or "since" in before[-2:]:
            return "in_force"
        return "in_force" if self._begins(verb) else None

    def _begins(self, verb: Word) -> bool:
        """ "takes effect", "comes into force", "applies"."""
        return self._lexicon.bearing(verb) is not None or verb.lemma == "apply"

    def _ends(self, verb: Word) -> bool:
        """ "expires", "lapses"; but "ended" may be what somebody did."""
        operator = self._lexicon.ending(verb)
        return operator is not None and not verb.child("dobj") and not clauses.is_passive(verb)

    def _follows_a_date(self, mention: dates.Mention, sentence: Sentence) -> bool:
        return any(0 < mention.start - other.end <= 10 for other, _ in self._dated(sentence))

    # ---- later sentences

    def _telling_on(self, frame: Frame) -> Iterator[Sentence]:
        """The next sentences that say when it was signed, or when it begins or ends."""
        named = {word.lemma for word in (*frame.themes, *frame.words) if clauses.is_noun(word)}
        for sentence in self._document.near(frame.sentence, 1, _NEAR):
            if any(self._is_told(word, named) for word in sentence.words):
                yield sentence

    def _is_told(self, word: Word, named: set[str]) -> bool:
        """Whether a word means what was told before, in a clause of its beginning, its end or its signing."""
        definite = any(c.dep == "poss" or c.lower in ("the", "this", "these", "both") for c in word.children)
        if definite and any(self._is_made(child) for child in word.children):
            return True
        if word.dep not in ("nsubj", "nsubjpass", "dobj"):
            return False
        meant = word.lower in _PRONOUNS or (
            definite and (word.lemma in named or self._lexicon.thing(word) in ("container", "restriction", "rulebook"))
        )
        return meant and self._tells_of_it(word.head)

    def _is_made(self, verb: Word) -> bool:
        """ "her order, handed down on Tuesday": a participle that says how a decision came."""
        return verb.dep == "acl" and verb.tag == "VBN" and self._lexicon.thing(verb.head) == "container"

    def _tells_of_it(self, verb: Word) -> bool:
        if self._begins(verb) or self._ends(verb) or verb.lemma == "be":
            return True
        governor = self._lexicon.governor(verb)
        return governor is not None and governor[0] == "decided"

    def _referring(self, sentence: Sentence) -> Iterator[ClaimDate]:
        """Dates of a later sentence about the change: told on, signed on, in force from, first used on."""
        for mention, word in self._dated(sentence):
            role = self._referring_role(mention, word, sentence)
            if role is not None and not self._is_history(mention, word, role):
                yield self._made(mention, role)

    def _referring_role(self, mention: dates.Mention, word: Word, sentence: Sentence) -> DateRole | None:
        verb = next((node for node in word.ancestors() if clauses.is_verb(node)), sentence.root)
        lemmas = {verb.lemma, *(node.lemma for node in verb.ancestors())}
        before = [w for w in sentence.words if w.start < mention.start]
        if lemmas & set(self._lexicon.status.communicating):
            return "communicated"
        said = self._said_role(mention, word, None)
        if said is not None and (said == "expires" or self._begins(verb) or verb.lemma == "be"):
            return said
        used = self._mentions.families_in(before) & {"strike", "use", "transfer"}
        if used and set(self._lexicon.status.first) & {w.lower for w in before}:
            return "first_use"
        if self._is_made(verb):
            return "decided"
        governor = self._lexicon.governor(verb)
        if governor is not None and governor[0] == "decided" and clauses.tense(verb) in ("past", "perfect", "none"):
            return "decided"
        return "announced" if lemmas & set(self._lexicon.status.publishing) else None

    # ---- dates

    def _dated(self, sentence: Sentence) -> list[tuple[dates.Mention, Word]]:
        """The dates of a sentence with their first words, in the article's own offsets."""
        if sentence.index not in self._by_sentence:
            self._by_sentence[sentence.index] = list(self._read_dates(sentence))
        return self._by_sentence[sentence.index]

    def _read_dates(self, sentence: Sentence) -> Iterator[tuple[dates.Mention, Word]]:
        quote, start = self._document.text[sentence.start : sentence.end], sentence.start
        by_offset = {word.start - start: word for word in sentence.words}
        for mention in dates.mentions(quote, self._published, lambda at: self._side(by_offset.get(at))):
            word = by_offset.get(mention.start)
            if word is not None:
                yield dates.Mention(start + mention.start, start + mention.end, mention.date, mention.precision), word

    def _side(self, word: Word | None) -> dates.Side:
        """Whether a date lies ahead: by the words before it, then by the tense of what it hangs on."""
        if word is None:
            return None
        sentence = word.sentence
        before = [w for w in sentence.words if w.i < word.i][-3:]
        if {"from", "until", "starting", "beginning", "next", "effective"} & {w.lower for w in before}:
            return True
        if any(w.lemma in self._lexicon.say for w in before):
            return False
        verb = _verb_of(word)
        tense = clauses.tense(clauses.finite_above(verb))
        if verb.lemma in self._lexicon.say and tense != "future":
            return False
        if tense == "future" or (tense == "present" and (self._begins(verb) or self._ends(verb))):
            return True
        return False if tense in ("past", "pluperfect", "perfect") and clauses.tense(verb) != "none" else None

    def _is_history(self, mention: dates.Mention, word: Word, role: str) -> bool:
        if role == "in_force" and clauses.tense(_verb_of(word)) == "perfect":
            return False
        return dates.days_between(mention.date, self._published) > _HISTORY_DAYS

    def _lasting(self, frame: Frame, found: list[ClaimDate]) -> Iterator[ClaimDate]:
        """The end of what lasts "for 90 days" from a day that is named."""
        if frame.operation not in _LAST or any(date.role == "expires" for date in found):
            return
        start = next((d for role in ("in_force", "decided") for d in found if d.role == role), None)
        sentence = frame.sentence
        for lasting in dates.durations(self._document.text[sentence.start : sentence.end]):
            end = dates.after(start.date, lasting) if start is not None else None
            low, high = sentence.start + lasting.start, sentence.start + lasting.end
            if end is not None and any(low <= word.start < high for word in frame.clause):
                yield self._made(dates.Mention(low, high, end, dates.precision(end)), "expires")
                return

    def _made(self, mention: dates.Mention, role: DateRole) -> ClaimDate:
        return ClaimDate(
            start=mention.start, end=mention.end, quote=self._document.text[mention.start : mention.end],
            role=role, date=mention.date, precision=mention.precision,
        )  # fmt: skip


def _verb_of(word: Word) -> Word:
    """The verb that a word hangs on; the root where there is none."""
    return next((node for node in word.ancestors() if clauses.is_verb(node)), word.sentence.root)


def _inside(start: int, spans: list[tuple[int, int]]) -> bool:
    return any(low <= start < high for low, high in spans)
