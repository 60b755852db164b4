"""How real a change is and whether it is news: two folds over what governs a frame.

Status: every governor may weaken what it governs ("considers lifting", "refused to lift"); the weakest wins, and a
negation turns it by a table ("did not rule out lifting" is considered). Modality travels through complements, nouns
and objects; it stops at finite adverbial and relative clauses and at clauses with their own subject.

Background: what is told as earlier history. Reasons are counted, not or-ed; a frame on an article's main line needs
a strong one.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from policytrack.dates import days_between, last_day, mentions
from policytrack.extract import clauses
from policytrack.extract.composition import ENDED, is_ended, is_negated
from policytrack.extract.frames import Frame
from policytrack.extract.lexicon import Lexicon
from policytrack.model import FACTIVE, ClaimStatus
from policytrack.text import Word

_TRAVELS = ("complement", "noun", "object", "subject", "adjunct", "conjunct")
_OLD_AFTER_DAYS = 45
"""A date this long before the article is history, unless the article itself is dated by the month."""

_STRONG = 2


@dataclass(frozen=True)
class Link:
    """One governor's say: its status, and the word that says it."""

    status: str
    word: Word


class StatusReader:
    """Reads status, background and ended operations of frames. One for each article."""

    def __init__(self, lexicon: Lexicon, published: str) -> None:
        self._lexicon = lexicon
        self._published = published

    def read(self, frame: Frame) -> None:
        """Sets status, background and the words that say so."""
        self._end(frame)
        self._stand(frame)
        own = self._own(frame)
        links = self._links(frame)
        own += self._chamber(frame) + self._unreal(frame)
        weak = [link for link in (*own, *links) if link.status not in FACTIVE]
        chosen = self._chosen(weak) if weak else None
        if chosen is not None:
            frame.status, frame.status_words = chosen.status, tuple(link.word for link in weak)
        else:
            frame.status = self._factive(frame, [*own, *links])
            frame.status_words = tuple(link.word for link in (*own, *links))
        frame.rules.append(f"status.{frame.status}@{self._lexicon.status.version}")
        self._background(frame)

    # ---- status

    def _unreal(self, frame: Frame) -> list[Link]:
        """ "approves a draft law", "weakens proposed sanctions": what is done is done to a proposal."""
        things = [word for word in (*frame.words, *frame.themes) if word.pos in ("NOUN", "PROPN")]
        found = [
            child
            for thing in things
            for child in thing.children
            if child.dep in ("amod", "compound") and child.lower in self._lexicon.status.unreal
        ]
        return [Link("proposed", child) for child in found[:1]]

    def _chamber(self, frame: Frame) -> list[Link]:
        """One chamber's vote, or a bill that is not signed, is proposed."""
        if frame.entry in ("introduce", "bring in", "submit") and any(
            w.lemma in ("legislation", *self._lexicon.drafts) for w in frame.themes
        ):
            return [Link("proposed", frame.themes[0])]
        who = frame.agent or next(
            (a for step in clauses.chain(frame.head) if (a := clauses.agent(step.word)) is not None), None
        )
        if who is None or frame.entry == "sign":
            return []
        name = " ".join(w.lower for w in who.subtree())
        votes = frame.kind == "approve" or any(
            step.word.lemma in ("vote", "pass", "approve", "adopt", "back", "endorse")
            for step in clauses.chain(frame.head)
        )
        drafts = [w for w in (*frame.words, *frame.themes) if w.lemma in self._lexicon.drafts]
        if (votes and any(chamber in name for chamber in self._lexicon.chambers)) or (votes and drafts):
            return [Link("proposed", (drafts or [who])[0])]
        return []

    def _end(self, frame: Frame) -> None:
        """ "no longer requires", "no curbs": the standing operation has ended, or its thing is none."""
        if is_ended(frame.head) and frame.operation in ENDED:
            frame.operation, frame.direction = ENDED[frame.operation]
            frame.reasons.append("ended: no longer")
        elif frame.operation == "authorise" and self._is_only(frame):
            frame.operation, frame.direction = "impose", "tighter"
            frame.reasons.append("restricted: only")
        elif (
            frame.form not in ("modal", "public") and frame.operation in ("impose", "authorise") and self._has_no(frame)
        ):
            frame.operation, frame.direction = ENDED[frame.operation]
            frame.reasons.append("ended: none")

    @staticmethod
    def _is_only(frame: Frame) -> bool:
        """ "will only be allowed to leave for work": what is allowed is all that is allowed."""
        return any(c.lower == "only" and c.i < frame.head.i for c in frame.head.children)

    def _stand(self, frame: Frame) -> None:
        """ "remain barred", "is still allowed", "restated that it may": what stands is said again."""
        above = clauses.governor(frame.head)
        remains = (
            above.link in ("complement", "adjunct")
            and above.word.i < frame.head.i
            and above.word.lemma in self._lexicon.still
            and clauses.is_verb(above.word)
        )
        still = clauses.tense(frame.head) == "present" and any(
            c.lower in ("still", "currently") and c.i < frame.head.i for c in frame.head.children
        )
        described = (
            frame.agent is not None
            and self._lexicon.thing(frame.agent) == "treaty"
            and clauses.tense(frame.head) == "present"
        )
        repeated = described or any(
            step.word.lemma in self._lexicon.repeat and step.link == "complement" for step in clauses.chain(frame.head)
        )
        if remains or still or repeated:
            frame.operation, frame.direction = "reaffirm", "neutral"
            frame.reasons.append("stands: said again")

    @staticmethod
    def _has_no(frame: Frame) -> bool:
        things = [theme for theme in frame.themes if theme in frame.words] or list(frame.themes[:1])
        return any(child.dep == "det" and child.lower == "no" for theme in things for child in theme.children)

    def _own(self, frame: Frame) -> list[Link]:
        """What the frame's own clause says: modals, negation, question, condition."""
        word = frame.head
        if frame.form == "adjective" and word.head is not word and clauses.is_verb(word.head):
            word = word.head
        return self._clause_says(word, skip=frame.words if frame.form in ("modal", "public", "unchanged") else ())

    def _clause_says(self, word: Word, skip: tuple[Word, ...] = ()) -> list[Link]:
        """What a clause says of its own predicate: modals or a denial, adverbs, a condition, a question."""
        found = [
            Link(self._modal(modal, word), modal)
            for modal in clauses.modals(word)
            if modal.lower in self._lexicon.status.modals and modal not in skip
        ]
        if not skip and is_negated(word, self._lexicon) and not is_ended(word):
            found = [self._denial(word, announced=any(link.status == "announced" for link in found))]
        if _is_yet(word) or _is_inverted(word):
            found.append(Link("considered", word))
        found += self._adverbs(word)
        return self._conditions(word, hypothetical=bool(found)) + found + _question(word)

    def _denial(self, word: Word, announced: bool) -> Link:
        """ "will not lift" is refused, "did not lift" is not done."""
        near = (*word.children, *word.head.children, word)
        negator = next((c for c in near if c.lower in self._lexicon.negators), word)
        return Link("ruled_out" if announced or clauses.tense(word) == "present" else "failed", negator)

    def _adverbs(self, word: Word) -> list[Link]:
        known = self._lexicon.adverbs
        return [Link(known[c.lemma], c) for c in word.children if c.lemma in known and c.i < word.i]

    @staticmethod
    def _conditions(word: Word, hypothetical: bool) -> list[Link]:
        """The clause stands under "if", or it is hypothetical and has a condition of its own."""
        mark = word.child("mark")
        if mark is not None and mark.lower in ("if", "whether", "unless", "until", "once"):
            return [Link("considered", mark)]
        clauses_below = [c for c in word.children if c.dep == "advcl"] if hypothetical else []
        marks = ((c, c.child("mark")) for c in clauses_below)
        return [Link("considered", c) for c, m in marks if m is not None and m.lower in ("if", "unless")][:1]

    def _modal(self, modal: Word, verb: Word) -> ClaimStatus:
        """The status of a modal; "said it would" is the speaker's own announcement, "will reportedly" a forecast."""
        said = self._lexicon.status.modals[modal.lower]
        above = clauses.governor(verb)
        who = clauses.own_subject(verb)
        reported = modal.lower in ("would", "'d") and above.link == "complement"
        if reported and above.word.lemma in self._lexicon.announcing:
            return "announced"
        if reported and above.word.lemma in self._lexicon.say:
            speaker = clauses.own_subject(above.word)
            if who is not None and (who.pos == "PRON" or (speaker is not None and who.lower == speaker.lower)):
                return "announced"
        if said == "announced" and any(c.lower in ("reportedly", "likely", "probably") for c in verb.children):
            return "proposed"
        return said

    def _links(self, frame: Frame) -> list[Link]:
        found: list[Link] = []
        word = frame.head
        for step in clauses.chain(frame.head):
            if step.link == "after":
                break
            if step.link in ("finite", "relative"):
                break
            if step.link == "topic":
                found.append(Link("considered", word))
            if (
                step.link == "conjunct"
                and clauses.is_verb(word)
                and (clauses.has_subject(word) or (clauses.tense(word) != "none" and word.tag in ("VBD", "VBZ", "VBP")))
            ):
                word = step.word
                continue
            if step.word not in frame.words:
                found += self._says(step, word)
            word = step.word
        return found

    def _says(self, step: clauses.Governor, governed: Word) -> list[Link]:
        """What one governor does to the status of what it governs, and what its own clause says."""
        word = step.word
        own = self._clause_says(word) if clauses.is_verb(word) else []
        if step.link in ("adjunct", "conjunct"):
            return own
        if _leans_left(governed, word) and word.lemma not in self._lexicon.say:
            return []
        found = self._lexicon.governor(word)
        if found is None:
            purpose = step.link == "complement" and _is_purpose(governed, word, self._lexicon)
            return [Link("proposed", governed), *own] if purpose else own
        kind, operator = found
        if step.link == "subject" and not clauses.is_passive(word) and word.lemma not in self._lexicon.say:
            return [Link(kind, word), *own] if kind == "failed" else own
        if clauses.is_verb(word) and is_negated(word, self._lexicon):
            return [Link(self._flipped(kind), operator.words[0])]
        return [Link(kind, operator.words[0]), *own]

    def _flipped(self, kind: str) -> str:
        """What a negation makes of a governor: "did not rule out" is considered."""
        flipped: Mapping[Any, str] = self._lexicon.status.flipped
        return flipped.get(kind, "considered")

    @staticmethod
    def _chosen(weak: list[Link]) -> Link:
        """The weakest: the outermost refusal, denial or failure before everything else, then the nearest word."""
        hard = [link for link in weak if link.status in ("denied", "failed", "ruled_out", "urged", "threatened")]
        return hard[-1] if hard else weak[0]

    def _factive(self, frame: Frame, links: list[Link]) -> str:
        said = {link.status for link in links}
        if frame.form == "bearing" or (frame.form == "conduct" and "announced" not in said):
            return "implemented"
        if any(link.word.lower in ("will", "'ll", "shall", "wo") for link in links):
            return "announced"
        if "decided" in said:
            return "decided"
        return "announced" if "announced" in said else "decided"

    # ---- background

    def _background(self, frame: Frame) -> None:
        reasons = self._background_reasons(frame)
        frame.background = sum(weight for weight, _ in reasons) >= _STRONG
        frame.background_words = tuple(reason for _, reason in reasons)

    def _background_reasons(self, frame: Frame) -> list[tuple[int, str]]:
        found: list[tuple[int, str]] = []
        word = frame.head
        verb = word if clauses.is_verb(word) else clauses.finite_above(word)
        tense = clauses.tense(verb)
        if tense == "pluperfect" and not self._is_reported_perfect(verb):
            found.append((_STRONG, f"past perfect: had {verb.text}"))
        found += self._links_back(frame)
        found += self._markers(verb)
        found += self._old_date(frame, verb)
        return found

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
        for step in clauses.chain(frame.head):
            if step.link == "after":
                return [*found, (_STRONG, f"after-clause of {step.word.text}")]
            if step.link == "relative":
                return [*found, (self._relative_weight(word, step.word), f"relative clause of {step.word.text}")]
            if step.link == "finite":
                return found + self._marked(frame, word)
            found += self._old_news(step)
            word = step.word
        return found

    def _relative_weight(self, verb: Word, antecedent: Word) -> int:
        """A relative clause is history, but not where it tells of now; what a treaty or law says is no news at all."""
        kind, tense = self._lexicon.thing(antecedent), clauses.tense(verb)
        if kind == "treaty" or (kind in ("rulebook", "container") and tense == "present"):
            return _STRONG
        tells_of_now = verb.lemma in self._lexicon.say or tense in ("present", "future", "perfect")
        return 1 if tells_of_now else _STRONG

    @staticmethod
    def _marked(frame: Frame, verb: Word) -> list[tuple[int, str]]:
        """ "after it lifted", "as it lifts": what stands beside the news."""
        mark = verb.child("mark")
        if mark is None:
            return []
        if mark.lower in ("after", "since", "before", "because", "although", "though"):
            return [(_STRONG, f"{mark.lower}-clause")]
        if mark.lower in ("as", "while", "when"):
            return [(_STRONG if frame.form == "conduct" else 1, f"{mark.lower}-clause")]
        return []

    def _old_news(self, step: clauses.Governor) -> list[tuple[int, str]]:
        """ "condemned the decision to lift", "the former ban on": told before, or of a time before."""
        word, found = step.word, []
        if word.lemma in self._lexicon.reactions and step.link in ("object", "noun", "complement"):
            found.append((_STRONG, f"reaction: {word.text}"))
        if step.link == "noun" and any(
            c.lemma in self._lexicon.status.former and c.dep == "amod" for c in word.children
        ):
            found.append((_STRONG, f"former {word.text}"))
        return found

    def _markers(self, verb: Word) -> list[tuple[int, str]]:
        words = {c.lower: c for c in verb.children if c.dep in ("advmod", "npadvmod", "prep", "amod")}
        found = []
        for marker in self._lexicon.status.earlier:
            child = words.get(marker)
            if child is not None and (child.i < verb.i or marker in ("earlier", "previously")):
                weight = 1 if marker in ("already", "once") else _STRONG
                if marker == "earlier" and any(
                    c.lower in ("this", "today") or c.lower in ("week", "day") for c in child.subtree()
                ):
                    weight = 0
                found.append((weight, marker))
        return found

    def _old_date(self, frame: Frame, verb: Word) -> list[tuple[int, str]]:
        if len(self._published) == 4:
            return []
        sentence = frame.sentence
        text = "".join(word.text + " " for word in sentence.words)
        starts: dict[int, Word] = {}
        at = 0
        for word in sentence.words:
            starts[at] = word
            at += len(word.text) + 1
        own = {frame.head.i, verb.i, *(word.i for word in frame.words)}
        for mention in mentions(text, self._published):
            dated = starts.get(mention.start)
            if dated is None or _nearest_verb(dated).i not in own:
                continue
            if any(
                a.lower in ("until", "till", "through", "from", "since") and a.dep == "prep" for a in dated.ancestors()
            ):
                continue
            if days_between(mention.date, self._published) > _OLD_AFTER_DAYS and last_day(mention.date) < last_day(
                self._published
            ):
                return [(_STRONG, f"older date: {text[mention.start : mention.end]}")]
        return []


def _nearest_verb(word: Word) -> Word:
    """The verb or operation noun that a date hangs on."""
    return next((node for node in word.ancestors() if clauses.is_verb(node)), word)


def _question(word: Word) -> list[Link]:
    """The main clause of a sentence that asks."""
    mark = word.sentence.words[-1]
    asks = mark.text == "?" and clauses.governor(word).link in ("root", "complement", "conjunct")
    return [Link("considered", mark)] if asks else []


def _is_yet(word: Word) -> bool:
    """ "has yet to allow"."""
    return word.head.lemma == "have" and any(c.lower == "yet" for c in (*word.head.children, *word.children))


def _is_inverted(word: Word) -> bool:
    """ "were NATO to allow it", "should they lift it": a condition without "if"."""
    who = clauses.own_subject(word) or clauses.own_subject(word.head)
    if who is None or word.sentence.words[-1].text == "?":
        return False
    first = next((c for c in (*word.children, word.head) if c.lower in ("were", "should", "had") and c.i < who.i), None)
    return first is not None and (first.i == word.sentence.words[0].i or word.dep == "advcl")


def _leans_left(governed: Word, word: Word) -> bool:
    """A finite complement before its governor is the main clause: ", a step that critics say threatens X"."""
    return governed.i < word.i and clauses.tense(governed) != "none"


def _is_purpose(governed: Word, word: Word, lexicon: Lexicon) -> bool:
    """An infinitive under a verb that takes none as its content says what was wanted."""
    if not any(child.tag == "TO" for child in governed.children) or governed.dep not in ("advcl", "xcomp"):
        return False
    if word.lemma in lexicon.transparent or word.lemma in lexicon.say or lexicon.verb(word) is not None:
        return False
    return governed.dep == "advcl"
