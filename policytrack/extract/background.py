"""Whether a frame is news, or told as earlier history.

Reasons are counted, not or-ed: each has a weight, and a frame is background where they add up to two. What one weak
reason says ("already", "last month") counts in full once the article has told its news (`merging.py`).
"""

from __future__ import annotations

from itertools import accumulate

from policytrack.dates import days_between, last_day, mentions
from policytrack.extract import clauses
from policytrack.extract.frames import Frame
from policytrack.extract.lexicon import Lexicon
from policytrack.text import Sentence, Word

_OLD_AFTER_DAYS = 45
"""A date this long before the article is history, unless the article itself is dated by the month."""

_RECENT_DAYS = 4
OLD = 2


def tells_content(verb: Word, antecedent: Word, lexicon: Lexicon) -> bool:
    """Whether a relative clause tells what its noun is going to do: "a bill which will ban"."""
    kind = lexicon.thing(antecedent)
    return kind in ("container", "rulebook", "restriction") and clauses.tense(verb) == "future"


class BackgroundReader:
    """Reads whether frames are background. One for each article."""

    def __init__(self, lexicon: Lexicon, published: str) -> None:
        self._lexicon = lexicon
        self._published = published
        self._dates: dict[int, list[tuple[Word, str, str]]] = {}

    def read(self, frame: Frame) -> None:
        """Sets how old a frame is told to be, the reasons, and whether that makes it background."""
        # A notice that a report was wrong is news, however old the report is told to be.
        reasons = [] if frame.called_wrong and _is_denied_now(frame) else self._reasons(frame)
        frame.age = sum(weight for weight, _ in reasons)
        frame.background = frame.age >= OLD
        frame.background_words = tuple(reason for _, reason in reasons)

    def _reasons(self, frame: Frame) -> list[tuple[int, str]]:
        found: list[tuple[int, str]] = []
        word = frame.head
        verb = word if clauses.is_verb(word) else clauses.finite_above(word)
        tense = clauses.tense(verb)
        if tense == "pluperfect" and not (self._is_reported_perfect(verb) or _is_denied_now(frame)):
            found.append((OLD, f"past perfect: had {verb.text}"))
        found += self._links_back(frame)
        for told in (verb, *_reports_above(frame.head)):
            found += self._markers(told)
        found += [(OLD, c.text) for c in verb.children if c.lower in self._lexicon.habitual and c.dep == "advmod"]
        found += _since(frame, verb) + _in_sequence(verb)
        found += self._old_date(frame, verb) or self._told_beside(frame, verb)
        return found + self._runs_out(frame, verb) + _stands(frame, verb)

    def _is_reported_perfect(self, verb: Word) -> bool:
        """ "said it had lifted": the past perfect of reported speech is the news itself."""
        above = clauses.governor(verb)
        return (
            above.link == "complement"
            and above.word.lemma in self._lexicon.say
            and clauses.tense(above.word) in ("past", "none")
        )

    def _links_back(self, frame: Frame) -> list[tuple[int, str]]:
        """Reasons in what the frame hangs on, up to the first clause that tells of something else."""
        found: list[tuple[int, str]] = []
        word = frame.head
        if _is_fragment(word):
            return [(OLD, "when-clause by itself")]
        for step in clauses.chain(frame.head):
            if self._is_blamed(step, word):
                return [*found, (OLD, f"what {step.word.text} is for")]
            if step.link == "after":
                return [*found, (OLD, f"after-clause of {step.word.text}")]
            if step.link == "relative":
                return [*found, (self._relative_weight(word, step.word), f"relative clause of {step.word.text}")]
            if step.link == "finite":
                return found + self._marked(frame, word)
            found += self._old_news(step)
            word = step.word
        return found

    def _is_blamed(self, step: clauses.Governor, word: Word) -> bool:
        """ "fined it for blocking rivals": what somebody is blamed or praised for is done already."""
        host = step.word.head if step.word.dep in ("dobj", "pobj") else step.word
        blames = {step.word.lemma, host.lemma, host.head.lemma} & self._lexicon.blaming
        return bool(blames) and word.dep == "pcomp" and word.head.lower == "for"

    def _relative_weight(self, verb: Word, antecedent: Word) -> int:
        """A relative clause is history, or a description; but not where it tells what a new law or deal will do."""
        return 1 if verb.lemma in self._lexicon.say or tells_content(verb, antecedent, self._lexicon) else OLD

    def _marked(self, frame: Frame, verb: Word) -> list[tuple[int, str]]:
        """ "after it lifted", "as it lifts": what stands beside the news."""
        mark = verb.child("mark") or _when(verb)
        if mark is None:
            return []
        if mark.lower in ("after", "since", "before", "because", "although", "though"):
            fresh = mark.lower == "after" and self._is_of_this_week(frame.sentence, verb)
            return [(1 if fresh else OLD, f"{mark.lower}-clause")]
        if mark.lower in ("as", "while", "when"):
            return [(OLD if frame.form == "conduct" else 1, f"{mark.lower}-clause")]
        return []

    def _is_of_this_week(self, sentence: Sentence, verb: Word) -> bool:
        """ "the comments come after the council on Monday lifted the ban"."""
        near = [date for dated, date, _ in self._dated(sentence) if _nearest_verb(dated) is verb]
        return any(len(date) == 10 and 0 <= days_between(date, self._published) <= _RECENT_DAYS for date in near)

    def _old_news(self, step: clauses.Governor) -> list[tuple[int, str]]:
        """ "condemned the decision to lift", "the former ban on": told before, or of a time before."""
        word, found = step.word, []
        if word.lemma in self._lexicon.reactions and step.link in ("object", "noun", "complement"):
            found.append((OLD, f"reaction: {word.text}"))
        if step.link == "noun" and any(
            c.lemma in self._lexicon.status.former and c.dep == "amod" for c in word.children
        ):
            found.append((OLD, f"former {word.text}"))
        return found

    def _markers(self, verb: Word) -> list[tuple[int, str]]:
        words = {_marker_of(c): c for c in verb.children if c.dep in ("advmod", "npadvmod", "prep", "amod")}
        found = []
        for marker in sorted(self._lexicon.status.earlier):
            child = words.get(marker)
            if child is not None and (child.i < verb.i or marker in ("earlier", "previously")):
                found.append((_marker_weight(marker, child), marker))
        return found

    def _old_date(self, frame: Frame, verb: Word) -> list[tuple[int, str]]:
        if len(self._published) == 4:
            return []
        own = {frame.head.i, verb.i, *(word.i for word in frame.words), *(told.i for told in _told_by(frame.head))}
        dates = self._dated(frame.sentence)
        beside: set[int] = set()
        if not any(_nearest_verb(dated).i in own for dated, _, _ in dates if dated.lower != "overnight"):
            beside = {word.i for told in (verb, *_told_by(frame.head)) for word in _neighbours(told)}
        for dated, date, quote in dates:
            if _nearest_verb(dated).i not in own | beside:
                continue
            if _is_name_part(dated, frame.head):
                continue
            if any(_is_span(a) and not _is_from(a, {verb.i, *beside}) for a in (dated, *dated.ancestors())):
                continue
            days = days_between(date, self._published)
            if days > _RECENT_DAYS and last_day(date) < last_day(self._published):
                return [(OLD if days > _OLD_AFTER_DAYS else 1, f"older date: {quote}")]
        return []

    def _told_beside(self, frame: Frame, verb: Word) -> list[tuple[int, str]]:
        """ "it barred wheat in 2022; Oslo shut its ports": a clause without a date is as old as the one beside it."""
        if clauses.tense(verb) != "past" or len(self._published) == 4:
            return []
        words = frame.sentence.words
        stops = [word.i for word in words if word.text in (";", ":") and word.i < verb.i]
        own = [date for dated, date, _ in self._dated(frame.sentence) if stops and dated.i > stops[-1]]
        before = [(date, quote) for dated, date, quote in self._dated(frame.sentence) if stops and dated.i < stops[-1]]
        for date, quote in before[-1:] if not own else []:
            if days_between(date, self._published) > _OLD_AFTER_DAYS:
                return [(OLD, f"told beside {quote}")]
        return []

    def _runs_out(self, frame: Frame, verb: Word) -> list[tuple[int, str]]:
        """ "the licence expires in July": an end that was set before, and is still to come."""
        if frame.form != "bearing" or frame.kind != "end" or clauses.tense(verb) != "present":
            return []
        dates = [date for dated, date, _ in self._dated(frame.sentence) if _nearest_verb(dated) is verb]
        return [(1, "an end still to come")] if any(date > self._published for date in dates) else []

    def _dated(self, sentence: Sentence) -> list[tuple[Word, str, str]]:
        """The dates of a sentence, each with its first word and its own words; looked for once a sentence."""
        if sentence.index not in self._dates:
            text = "".join(word.text + " " for word in sentence.words)
            ends = accumulate((len(word.text) + 1 for word in sentence.words), initial=0)
            starts = dict(zip(ends, sentence.words, strict=False))
            self._dates[sentence.index] = [
                (starts[m.start], m.date, text[m.start : m.end])
                for m in mentions(text, self._published)
                if m.start in starts
            ]
        return self._dates[sentence.index]


def _is_denied_now(frame: Frame) -> bool:
    """ "denied that it had lifted", "the report that it had lifted was wrong": the denial is the news."""
    above = [step.word for step in clauses.chain(frame.head) if clauses.is_verb(step.word)]
    return frame.status == "denied" and bool(above) and all(clauses.tense(verb) != "pluperfect" for verb in above)


def _stands(frame: Frame, verb: Word) -> list[tuple[int, str]]:
    """ "the duties are on hold": how a thing stands may have been so for long."""
    stands = frame.form == "bearing" and frame.entry.startswith("be ") and clauses.tense(verb) == "present"
    return [(1, "how it stands")] if stands else []


def _when(verb: Word) -> Word | None:
    """The "when" that opens a clause told of another time; not that of a question."""
    asks = verb.sentence.words[-1].text == "?"
    return next((c for c in verb.children if c.lower == "when" and c.i < verb.i and not asks), None)


def _is_fragment(verb: Word) -> bool:
    """ "When tanks were approved, again.": a clause of another time, with no main clause to it."""
    return verb.head is verb and (first := _when(verb)) is not None and first.i == verb.sentence.words[0].i


def _since(frame: Frame, verb: Word) -> list[tuple[int, str]]:
    """ "crab fishing has been banned since the war": what has stood from then on is no news."""
    span = next((c for c in verb.children if c.lower == "since" and c.dep == "prep"), None)
    held = frame.kind in ("ban", "shut", "pause", "restrict") and clauses.is_passive(verb)
    if span is None or verb.tag != "VBN" or not (held or frame.form == "adjective"):
        return []
    return [(OLD if verb.sentence.index else 1, "since")]


def _in_sequence(verb: Word) -> list[tuple[int, str]]:
    """ "a year later", "at each of its last meetings": what is counted from another time, or has been done again."""
    if clauses.tense(verb) not in ("past", "perfect"):
        return []
    later = [c for c in verb.children if c.lower in ("later", "afterwards") and _counts(c)]
    again = [c for c in verb.children if c.lower == "at" and any(w.lower in ("each", "every") for w in c.subtree()[:3])]
    return [(OLD, " ".join(w.text for w in c.subtree())) for c in (*later, *again)]


def _counts(adverb: Word) -> bool:
    """ "a year later", "two years later"."""
    return any(c.lemma in ("year", "month", "decade") for c in adverb.children)


def _told_by(word: Word) -> list[Word]:
    """The verbs whose content a clause is: of "voted last July to leave" the vote."""
    found = []
    for step in clauses.chain(word):
        infinitive = any(child.tag == "TO" for child in word.children)
        if step.link != "complement" or not infinitive or not clauses.is_verb(step.word) or step.word.i > word.i:
            break
        found.append(step.word)
        word = step.word
    return found


def _neighbours(verb: Word) -> list[Word]:
    """The verbs beside which one is told in the past: "in May it asked for licences, and sales stopped"."""
    if clauses.tense(verb) != "past":
        return []
    before = [verb.head] if verb.dep == "conj" and clauses.tense(verb.head) == "past" else []
    after = [c for c in verb.children if c.dep == "conj" and clauses.tense(c) == "perfect"]
    return [*before, *after]


def _reports_above(word: Word) -> list[Word]:
    """The verbs that report a clause: "Earlier the ministry confirmed that ..."."""
    found = []
    for step in clauses.chain(word):
        if step.link not in ("complement", "object"):
            break
        if clauses.is_verb(step.word) and step.word.i < word.i:
            found.append(step.word)
    return found


def _is_name_part(dated: Word, head: Word) -> bool:
    """ "terminated the 2021 designation": a year before a noun tells which one it is, not when it is ended.

    When a law was passed it does tell: "the 2016 law was passed".
    """
    year = len(dated.text) == 4 and dated.text.isdigit() and dated.dep in ("nummod", "compound", "nmod", "amod")
    noun = dated.head
    dates_it = noun.dep == "nsubjpass" and noun.head is head and noun.lemma in ("law", "act", "decree")
    return year and not dates_it and clauses.is_noun(noun) and dated.i < noun.i and noun is not head


def _is_span(word: Word) -> bool:
    """ "until 2030", "for the first time since 2007": a date that is an end, or where another count begins."""
    return word.lower in ("until", "till", "through", "from", "since") and word.dep in ("prep", "mark", "pcomp")


def _is_from(word: Word, verbs: set[int]) -> bool:
    """ "has been a candidate since 2022": when what a verb tells began."""
    return word.lower == "since" and word.head.i in verbs


def _marker_of(child: Word) -> str:
    """The adverb that dates a clause: itself, or the "earlier" of "earlier this month"."""
    first = child.subtree()[0] if child.dep == "npadvmod" else child
    return first.lower


def _marker_weight(marker: str, child: Word) -> int:
    """ "earlier today" is news, "already" and "earlier this month" may be in an opening sentence, "earlier" is not."""
    if marker in ("already", "once"):
        return OLD if child.sentence.index else 1
    near = {word.lower for word in child.subtree()}
    if "than" in near:
        return 0
    if marker != "earlier" or not near & {"this", "today", "week", "day"}:
        return OLD
    if not near & {"month", "year"}:
        return 0
    return OLD if child.sentence.index else 1


def _nearest_verb(word: Word) -> Word:
    """The verb or operation noun that a date hangs on."""
    return next((node for node in word.ancestors() if clauses.is_verb(node)), word)
