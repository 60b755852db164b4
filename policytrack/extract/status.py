"""How real a change is: a fold over what governs a frame.

Every governor may weaken what it governs ("considers lifting", "refused to lift"); the weakest wins, and a
negation turns it by a table ("did not rule out lifting" is considered). Modality travels through complements, nouns
and objects; it stops at finite adverbial and relative clauses and at clauses with their own subject.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from policytrack.extract import clauses
from policytrack.extract.background import tells_content
from policytrack.extract.composition import ENDED, is_ended, is_negated
from policytrack.extract.frames import Frame
from policytrack.extract.lexicon import Lexicon, Operator
from policytrack.extract.notices import said_wrong
from policytrack.model import FACTIVE, ClaimStatus
from policytrack.text import Word

_TERMS = ("with", "if", "after", "under")
"""What a permission is given on: "only with a licence"."""


@dataclass(frozen=True)
class Link:
    """One governor's say: its status, and the word that says it."""

    status: str
    word: Word


class StatusReader:
    """Reads status and ended operations of frames."""

    def __init__(self, lexicon: Lexicon) -> None:
        self._lexicon = lexicon

    def read(self, frame: Frame) -> None:
        """Sets the status and the words that say so."""
        self._end(frame)
        self._stand(frame)
        own = self._own(frame)
        links = self._links(frame)
        own += self._chamber(frame) + self._unreal(frame) + self._stopped(frame)
        wrong = said_wrong(frame, self._lexicon)
        frame.called_wrong = wrong is not None
        links += [Link("denied", wrong)] if wrong is not None else []
        weak = [link for link in (*own, *links) if link.status not in FACTIVE]
        chosen = self._chosen(weak) if weak else None
        if chosen is not None:
            frame.status, frame.status_words = chosen.status, tuple(link.word for link in weak)
        else:
            frame.status = self._factive(frame, [*own, *links])
            frame.status_words = tuple(link.word for link in (*own, *links))
        frame.rules.append(f"status.{frame.status}@{self._lexicon.status.version}")

    # ---- status

    def _stopped(self, frame: Frame) -> list[Link]:
        """ "blocked the bill", "needs to be approved", "there is no such ban": what never, or not yet, came to be."""
        above = clauses.governor(frame.head)
        if frame.kind == "approve" and above.link == "complement" and above.word.lemma in ("need", "remain", "await"):
            return [Link("proposed", above.word)]
        if frame.form == "there" and (such := _no_such(frame)) is not None:
            return [Link("denied", such)]
        bills = frame.kind == "ban" and any(w.lemma in self._lexicon.drafts for w in frame.themes)
        none = frame.kind in ("approve", "proclaim") and self._has_no(frame)
        return [Link("failed", frame.head)] if bills or none else []

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
        above = [step.word for step in clauses.chain(frame.head)]
        agents = [a for a in (frame.agent, *(clauses.agent(word) for word in above), *_places(frame)) if a is not None]
        votes = (
            frame.kind == "approve"
            or frame.entry == "clear"
            or any(word.lemma in self._lexicon.voting for word in above)
        )
        lasts = frame.kind == "prolong" and any(self._lexicon.thing(w) == "restriction" for w in frame.themes)
        if not agents or not votes or frame.entry == "sign" or frame.kind == "recognise" or lasts:
            return []
        if frame.entry == "ratify" and any(who.lower == "senate" for who in agents):
            return []  # the last to consent to a treaty
        drafts = [w for w in (*frame.words, *frame.themes) if w.lemma in self._lexicon.drafts]
        whole = any(who.lemma in self._lexicon.legislatures for who in agents)
        part = [
            who for who in (*agents, *frame.themes) if self._is_chamber(who) and (drafts or who.lemma != "cabinet")
        ] or ([] if whole else drafts)
        return [Link("proposed", part[0])] if part else []

    def _is_chamber(self, who: Word) -> bool:
        return self._lexicon.names_chamber(who.subtree())

    def _end(self, frame: Frame) -> None:
        """ "no longer requires", "no curbs": the standing operation has ended, or its thing is none."""
        if is_ended(frame.head) and frame.operation in ENDED:
            asked = frame.kind == "require"  # "no longer requires visas" lifts it
            frame.operation, frame.direction = ENDED["impose" if asked else frame.operation]
            frame.reasons.append("ended: no longer")
        elif frame.operation == "authorise" and frame.kind != "approve" and self._is_only(frame):
            frame.operation, frame.direction = "impose", "tighter"
            frame.reasons.append("restricted: only")
        elif (
            frame.form not in ("modal", "public")
            and frame.kind not in ("approve", "proclaim")
            and frame.operation in ("impose", "authorise")
            and self._has_no(frame)
            and _no_such(frame) is None
        ):
            frame.operation, frame.direction = ENDED[frame.operation]
            frame.reasons.append("ended: none")

    @staticmethod
    def _is_only(frame: Frame) -> bool:
        """ "will only be allowed to leave for work", "may leave only with a licence": that is all that is allowed."""
        at = frame.head.i - frame.sentence.words[0].i
        if any(c.lower == "only" and c.i < frame.head.i for c in frame.head.children):
            return True
        after = pairwise(frame.sentence.words[at:])
        return frame.form in ("modal", "public") and any(w.lower == "only" and n.lower in _TERMS for w, n in after)

    def _stand(self, frame: Frame) -> None:
        """ "remain barred", "is still allowed", "restated that it may": what stands is said again."""
        above = clauses.governor(frame.head)
        remains = (
            above.link in ("complement", "adjunct")
            and above.word.i < frame.head.i
            and (above.word.lemma in self._lexicon.still or _goes_on(above.word))
            and clauses.is_verb(above.word)
        )
        still = clauses.tense(frame.head) == "present" and any(
            c.lower in ("still", "currently") and c.i < frame.head.i for c in frame.head.children
        )
        described = clauses.tense(frame.head) == "present" and self._is_standing(frame.agent)
        repeated = described or any(
            step.word.lemma in self._lexicon.repeat and step.link == "complement" for step in clauses.chain(frame.head)
        )
        lasts = frame.kind == "allow" and any(c.lemma in self._lexicon.lasting for c in clauses.content(frame.head))
        if remains or still or repeated or lasts:
            frame.operation, frame.direction = "reaffirm", "neutral"
            frame.reasons.append("stands: said again")

    def _is_standing(self, who: Word | None) -> bool:
        """ "the treaty forbids", "state law requires": a text that is there already, not "a new law"."""
        if who is None:
            return False
        kind = self._lexicon.thing(who)
        bare = who.lemma == "law" and who.tag == "NN" and who.child("det", "poss") is None and _is_of_land(who)
        return kind == "treaty" or bare

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
            if modal.lower in self._lexicon.status.modals and (modal not in skip or _is_past_wish(modal, word))
        ]
        if not skip and is_negated(word, self._lexicon) and not is_ended(word):
            found = [self._denial(word, announced=any(link.status == "announced" for link in found))]
        if _is_yet(word) or _is_inverted(word):
            found.append(Link("considered", word))
        if not skip:
            found += self._nobody(word)
        found += self._adverbs(word) + self._subject_says(word)
        return self._conditions(word, hypothetical=bool(found)) + found + _question(word)

    def _subject_says(self, word: Word) -> list[Link]:
        """ "no decision has been taken on", "pressure grows to": a governing noun as a subject."""
        who = clauses.own_subject(word)
        kind = self._lexicon.governing_nouns.get(who.lemma) if who is not None else None
        none = _no(who) if who is not None else None
        if kind is None or who is None:
            return []
        if none is not None:
            return [Link(self._flipped(kind), none)]
        grows = not clauses.is_passive(word) and word.child("dobj", "attr", "acomp") is None
        return [Link(kind, who)] if grows and kind not in FACTIVE and self._lexicon.governor(word) is None else []

    def _nobody(self, word: Word) -> list[Link]:
        """ "nobody lifted", "neither of them lifted": who did it is none."""
        who = clauses.own_subject(word)
        if who is None or clauses.is_passive(word):
            return []
        none = who if who.lower in self._lexicon.nobody else None
        none = none or next((c for c in who.children if c.lower == "neither"), None)
        return [Link("failed", none)] if none is not None else []

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
        if mark is None and _is_foreseen(word):
            return [Link("considered", word)]
        clauses_below = [c for c in word.children if c.dep == "advcl"] if hypothetical else []
        marks = ((c, c.child("mark")) for c in clauses_below)
        return [Link("considered", c) for c, m in marks if m is not None and m.lower in ("if", "unless")][:1]

    def _modal(self, modal: Word, verb: Word) -> ClaimStatus:
        """The status of a modal; "said it would" is the speaker's own announcement, "will reportedly" a forecast."""
        said = self._lexicon.status.modals[modal.lower]
        above = clauses.governor(verb)
        who = clauses.own_subject(verb)
        reported = modal.lower in ("would", "'d") and above.link == "complement"
        if modal.lower == "would" and above.link == "noun" and above.word.lemma in self._lexicon.papers:
            return "announced"  # "gave notice that it would leave"
        if reported and above.word.lemma in self._lexicon.announcing:
            return "announced"
        if reported and above.word.lemma in self._lexicon.say:
            speaker = clauses.own_subject(above.word)
            if who is not None and (who.pos == "PRON" or (speaker is not None and who.lower == speaker.lower)):
                return "announced"
        if (
            said == "urged"
            and who is not None
            and who.pos == "NOUN"
            and modal.lower == "must"
            and who.lemma in self._lexicon.public
        ):
            return "decided"
        if _is_past_wish(modal, verb):
            return "considered"
        if said == "announced" and any(c.lower in ("reportedly", "likely", "probably") for c in verb.children):
            return "proposed"
        return said

    def _links(self, frame: Frame) -> list[Link]:
        found: list[Link] = []
        word = frame.head
        for step in clauses.chain(frame.head):
            if step.link == "after":
                break
            if step.link == "finite" or (step.link == "relative" and not tells_content(word, step.word, self._lexicon)):
                break
            if step.link == "topic":
                found.append(Link("considered", word))
            if step.link == "conjunct" and _stands_alone(word):
                found += [] if clauses.has_subject(word) else self._conditions(step.word, hypothetical=False)
                word = step.word
                continue
            requested = frame.operation == "join" and step.word.lemma in self._lexicon.requesting
            if requested:
                found += self._clause_says(step.word)
            elif step.word not in frame.words:
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
        found = self._lexicon.governor(word) or self._as_adjective(word)
        if found is None:
            purpose = step.link == "complement" and _is_purpose(governed, word, self._lexicon)
            return [Link("proposed", governed), *own] if purpose else own
        kind, operator = found
        if word.lemma == "tell" and step.link == "complement" and self._is_told_to(word, governed):
            return [Link("urged", word), *own]
        none = _no(word)
        if none is not None:
            return [Link(self._flipped(kind), none), *own]
        if step.link == "subject" and not clauses.is_passive(word) and word.lemma not in self._lexicon.say:
            return [Link(kind, word), *own] if kind == "failed" else own
        if clauses.is_verb(word) and is_negated(word, self._lexicon):
            return [Link(self._flipped(kind), operator.words[0])]
        return [Link(kind, operator.words[0]), *own]

    def _is_told_to(self, word: Word, governed: Word) -> bool:
        """ "the minister told the Fed to cut": another one, who decides for itself, is asked and not ordered."""
        who, teller = word.child("dobj") or clauses.own_subject(governed), clauses.subject(word)
        if who is None or teller is None or not any(child.tag == "TO" for child in governed.children):
            return False
        asked, asking = self._lexicon.actors_of(who), self._lexicon.actors_of(teller)
        return bool(asked and asking) and not asked & asking

    def _as_adjective(self, word: Word) -> tuple[str, Operator] | None:
        """ "is set to ban": an adjective that is tagged as a passive."""
        kind = self._lexicon.governing_adjectives.get(word.lower)
        passive = word.tag == "VBN" and any(c.dep == "auxpass" and c.lemma == "be" for c in word.children)
        return (kind, Operator(kind, (word,), word.lower)) if kind is not None and passive else None

    def _flipped(self, kind: str) -> str:
        """What a negation makes of a governor: "did not rule out" is considered."""
        flipped: Mapping[Any, str] = self._lexicon.status.flipped
        return flipped.get(kind, "considered")

    @staticmethod
    def _chosen(weak: list[Link]) -> Link:
        """The weakest: the outermost refusal, denial or failure before everything else, then the nearest word."""
        hard = [link for link in weak if link.status in ("denied", "failed", "ruled_out", "urged", "threatened")]
        return hard[-1] if hard else weak[0]

    def _is_carried_out(self, frame: Frame) -> bool:
        """ "joined the alliance", "formally withdrew": the state is in or out, where "withdrew" may be a first step."""
        done = clauses.tense(frame.head) in ("past", "perfect", "pluperfect")
        formal = any(child.lower in self._lexicon.formal for child in frame.head.children)
        return done and (frame.entry in self._lexicon.entering or (formal and frame.operation == "withdraw"))

    def _factive(self, frame: Frame, links: list[Link]) -> str:
        said = {link.status for link in links}
        if frame.form == "bearing" or (frame.form == "conduct" and "announced" not in said):
            return "implemented"
        if frame.operation in ("join", "withdraw") and self._is_carried_out(frame):
            return "implemented"
        if any(link.word.lower in ("will", "'ll", "shall", "wo") for link in links):
            return "announced"
        if "decided" in said:
            return "decided"
        return "announced" if "announced" in said else "decided"


def _is_foreseen(word: Word) -> bool:
    """ "would be included when the country applies it": what a forecast waits for."""
    when = next((c for c in word.children if c.lower == "when" and c.i < word.i), None)
    forecast = any(modal.lower in ("would", "could", "might") for modal in clauses.modals(word.head))
    return when is not None and word.dep == "advcl" and forecast and clauses.tense(word) == "present"


def _is_of_land(law: Word) -> bool:
    """ "Ohio law", "federal law", and not "new law"."""
    return any(
        (c.dep == "compound" and c.pos == "PROPN") or c.lower in ("federal", "state", "current", "existing")
        for c in law.children
    ) and not any(c.lower == "new" for c in law.children)


def _stands_alone(word: Word) -> bool:
    """Whether a conjunct has a subject or a tense of its own, so that its neighbour's modals are not its own."""
    own_tense = clauses.tense(word) != "none" and word.tag in ("VBD", "VBZ", "VBP")
    return clauses.is_verb(word) and (clauses.has_subject(word) or own_tense)


def _no(word: Word) -> Word | None:
    """The "no" of "no decision on", "no plan to"."""
    if clauses.is_verb(word):
        return None
    return next((c for c in word.children if c.dep == "det" and c.lower in ("no", "neither")), None)


def _no_such(frame: Frame) -> Word | None:
    """The "such" of "there is no such ban": somebody has told of one, wrongly."""
    return next((c for w in frame.words for c in w.children if c.lower == "such" and _no(w) is not None), None)


def _question(word: Word) -> list[Link]:
    """The main clause of a sentence that asks."""
    mark = word.sentence.words[-1]
    asks = mark.text == "?" and clauses.governor(word).link in ("root", "complement", "conjunct")
    return [Link("considered", mark)] if asks else []


def _goes_on(word: Word) -> bool:
    """ "will go on being barred"."""
    return word.lemma == "go" and any(c.lower == "on" and c.dep in ("prt", "advmod") for c in word.children)


def _places(frame: Frame) -> list[Word]:
    """ "is approved in the Senate", "passes through the lower house": where a thing is voted on."""
    below = [c for c in frame.head.children if c.dep == "prep" and c.lower in ("in", "by", "through", "at")]
    return [who for place in below for who in place.children if who.dep == "pobj"]


def _is_past_wish(modal: Word, verb: Word) -> bool:
    """ "should not have been evicted", "could have banned": what was not, or ought not to have been."""
    wished = modal.lower in ("should", "could", "might", "would", "ought")
    return wished and any(c.lower == "have" and c.dep == "aux" for c in verb.children)


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
