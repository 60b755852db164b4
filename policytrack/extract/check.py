"""The value check: what a claim says is read again from its own quote, by other means than those that made it.

A claim is admitted only where the words of its quote can say its operation and direction, where no denial or wish
stands before them that its status knows nothing of, where its dates resolve to the same days and the words around
them allow their roles, and where its issuer's words name the issuer. The check sees the claim and the article's words
in their order; it sees neither the tree nor the frame.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

from policytrack import dates
from policytrack.extract.levels import by_numbers, numbers
from policytrack.extract.lexicon import ActorForm, Lexicon
from policytrack.extract.mentions import Mentions
from policytrack.extract.notices import can_say_wrong
from policytrack.extract.rereading import Rereader, Said
from policytrack.model import FACTIVE, Claim, ClaimDate, ClaimLevel
from policytrack.text import Document, Sentence, Word

_SET = ("impose", "neutral")
"""What setting something at a level says, where the level before is not named."""
_BEFORE = 6
"""How many words before an operator its governors are looked for: "has refused so far to let"."""
_PASSED_OVER = ("ADV", "AUX", "PART", "DET", "PRON", "ADP", "SCONJ")
_CONTEXTUAL = ("would", "'d", "should", "ought", "must")
"""Modals that tell a decision as often as a wish: "said it would lift"."""
_FREEING = ("may", "can")
"""Modals that permit where they are said of the public: "shops may open"."""
_OPEN = frozenset(("if", "unless", "whether", "until", "once", "?", "yet", "were", "should", "without", "or"))
"""Words that leave open whether a change has come, besides those of the lists."""
_AHEAD = frozenset(
    ("from", "until", "till", "through", "by", "to", "next", "coming", "starting", "beginning", "effective", "effect",
     "force", "will", "'ll", "wo", "would", "shall", "due", "set", "scheduled", "as", "before", "expire", "expires",
     "begin", "begins", "start", "since", "starts", "end", "ends", "takes", "take", "comes", "come")
)  # fmt: skip
_PRONOUNS = ("it", "they", "he", "she", "we", "both", "who")
_FROM_BEFORE = "direction: from what was told before"
"""A step told before is undone: its own words say no direction."""
_WILL = frozenset(("will", "'ll", "shall", "wo"))
_ENDS = frozenset(("until", "till", "to", "through", "thru", "for", "by", "-", "–", "before", "and"))
_END_LEMMAS = frozenset(("expire", "lapse", "end", "run", "last", "expiry", "deadline", "expiration"))


class ValueCheck:
    """Says why a claim of one article is not admitted. `known` gives the words whose thing a pack tracks."""

    def __init__(
        self,
        lexicon: Lexicon,
        rereader: Rereader,
        document: Document,
        named: Iterable[Mentions],
        known: Mapping[int, str],
        published: str,
    ) -> None:
        self._lexicon = lexicon
        self._rereader = rereader
        self._document = document
        self._mentions, self._title = named
        self._known = known
        self._published = published

    def problems(self, claim: Claim) -> list[str]:
        """What does not re-read, in words; an empty list where the claim is admitted."""
        words = self._words(claim.evidence.start, claim.evidence.end)
        change = [] if claim.implied else [*self._change(claim, words)]
        return [*change, *_level(claim.level), *self._dates(claim), *self._issuer(claim)]

    def _words(self, start: int, end: int) -> list[Word]:
        return [word for word in self._document.words if start <= word.start < end]

    # ---- operation, direction, status

    def _change(self, claim: Claim, words: Sequence[Word]) -> Iterator[str]:
        about = self._words(claim.subject.start, claim.subject.end) if claim.subject else []
        said = self._rereader.read(words, about, self._known, self._mentions.families) | _numbered(claim.level)
        same = [each for each in said if each.operation == claim.operation]
        fits = [each for each in same if each.direction == claim.direction]
        if _FROM_BEFORE in claim.confidence.reasons and any(each.direction == "neutral" for each in said):
            return
        if not same:
            yield f"operation: the quote does not say {claim.operation!r}; {_told(said)}"
        elif not fits:
            yield f"direction: the quote does not say {claim.direction!r}; {_told(same)}"
        else:
            yield from self._status(claim, words, fits)

    def _status(self, claim: Claim, words: Sequence[Word], fits: Sequence[Said]) -> Iterator[str]:
        """A stated change that every reading of the quote weakens, or a weakened one that nothing weakens."""
        if claim.operation == "reaffirm":
            return
        if claim.status in FACTIVE:
            weak = [self._weakened(words, each) for each in fits]
            if all(weak):
                yield f"status: {weak[0]!r} stands before the words of {claim.operation!r}, not accounted for"
        elif claim.status not in self._weaker(words[0].sentence.words) and words[0].tag != "VBG":
            yield f"status: no word of its sentence says {claim.status!r}"

    def _weakened(self, words: Sequence[Word], said: Said) -> str | None:
        """The word just before an operator that denies it or makes it a wish, or None."""
        denied, after, at = "", "", said.at
        for word in reversed(words[max(0, at - _BEFORE) : at] if at is not None else []):
            if word.lower in self._lexicon.negators and after not in ("longer", "only"):
                denied = "" if denied else word.text
            elif said.operation == "join" and word.lemma in self._lexicon.requesting:
                continue
            elif (kind := self._status_of(word)) is not None:
                return (denied or word.text) if bool(denied) is (kind in FACTIVE) else None
            elif word.pos not in _PASSED_OVER:
                break
            after = word.lower
        return denied or None

    def _status_of(self, word: Word) -> str | None:
        if word.tag == "MD":
            kind = self._lexicon.status.modals.get(word.lower)
            frees = word.lower in _FREEING and any(w.lemma in self._lexicon.public for w in word.sentence.words)
            return None if kind in FACTIVE or word.lower in _CONTEXTUAL or frees else kind
        governor = self._lexicon.governor(word)
        return governor[0] if governor is not None else None

    def _weaker(self, words: Sequence[Word]) -> set[str]:
        """The statuses that the words of a sentence can give to a change that has not come."""
        lexicon = self._lexicon
        said = {kind for word in words for kind in self._says(word)}
        lowers = {word.lower for word in words}
        if lowers & _OPEN:
            said.add("considered")
        if can_say_wrong(words, lexicon):
            said.add("denied")
        if (
            lowers & {"to", "reportedly", "likely", "probably"}
            or lowers & {*lexicon.status.unreal, *lexicon.chambers}
            or self._is_draft(words)
        ):
            said.add("proposed")
        if lowers & lexicon.negators:
            flipped: Mapping[Any, str] = lexicon.status.flipped
            said |= {"denied"} if "such" in lowers else set()
            said |= {"ruled_out", "failed", *(flipped[kind] for kind in said if kind in flipped)}
        return said

    def _says(self, word: Word) -> Iterator[str]:
        """What a word's entry in the lists says of what it governs."""
        lexicon = self._lexicon
        governor = lexicon.governor(word)
        kinds = (lexicon.status.modals.get(word.lower), lexicon.adverbs.get(word.lemma), governor and governor[0])
        yield from (kind for kind in kinds if kind)

    def _is_draft(self, words: Sequence[Word]) -> bool:
        drafts = (*self._lexicon.drafts, "legislation")
        return any(w.lemma in drafts for w in words) or self._lexicon.names_chamber(words)

    # ---- dates

    def _dates(self, claim: Claim) -> Iterator[str]:
        for date in claim.dates:
            sentence = next((s for s in self._document.sentences if s.start <= date.start < s.end), None)
            if sentence is None or date.date not in self._resolved(date, sentence) | _lasting(date, claim.dates):
                yield f"date: {date.quote!r} does not read as {date.date}"
            elif date.precision != dates.precision(date.date):
                yield f"date: {date.date} is no {date.precision}"
            elif not self._may_be(date, sentence):
                yield f"date: nothing beside {date.quote!r} says {date.role!r}"

    def _resolved(self, date: ClaimDate, sentence: Sentence) -> set[str]:
        """What the words of a date can mean where they stand: ahead only after words that point there."""
        text = self._document.text[sentence.start : sentence.end]
        ahead = {w.lower for w in sentence.words if w.start < date.start} & _AHEAD
        ahead |= {w.lower for w in sentence.words} & _WILL
        sides: tuple[dates.Side, ...] = (None, False, True) if ahead else (None, False)
        place = (date.start - sentence.start, date.end - sentence.start)
        found = (m for side in sides for m in dates.mentions(text, self._published, _always(side)))
        return {mention.date for mention in found if (mention.start, mention.end) == place}

    def _may_be(self, date: ClaimDate, sentence: Sentence) -> bool:
        """Whether the words around a date allow its role."""
        status = self._lexicon.status
        near = {w.lower for w in sentence.words if w.start < date.end} & _ENDS
        lemmas = {word.lemma for word in sentence.words}
        if date.role == "expires":
            return bool(near or lemmas & _END_LEMMAS)
        if date.role == "communicated":
            return bool(lemmas & set(status.communicating))
        if date.role == "first_use":
            return bool({word.lower for word in sentence.words} & set(status.first))
        begins = {w.lower for w in sentence.words} & {*_AHEAD, *status.effective, "apply", "applies", "applied"}
        later = dates.first_day(date.date) > dates.last_day(self._published)
        return date.role != "in_force" or later or bool(begins)

    # ---- issuer

    def _issuer(self, claim: Claim) -> Iterator[str]:
        """The issuer's words stand in the article and name it; where they name nobody, something else there does."""
        text, actor = claim.issuer.text, claim.issuer.id
        if text is not None and not _stands(text, self._document.text):
            yield f"issuer: {text!r} does not stand in the article"
        if actor is None:
            return
        named = self._named(text) if text is not None else frozenset()
        if named and actor not in named:
            yield f"issuer: {text!r} names {', '.join(sorted(named))}, not {actor}"
        elif not named and actor not in self._anywhere() and "issuer: pack" not in claim.confidence.reasons:
            yield f"issuer: nothing in the article names {actor}"
        elif not named and not self._is_near(actor, claim):
            yield f"issuer: {actor} is not named beside the quote, and no reason says where it comes from"

    def _named(self, text: str) -> frozenset[str]:
        """The actors that a stretch of the article's words names, with the members of a group."""
        words = f" {' '.join(text.split())} "
        return self._with_members(
            form.actor
            for mention in self._mentions.actors
            if f"{_surface(self._document, mention.start, mention.end)}" in words
            for form in mention.forms
        )

    def _is_near(self, actor: str, claim: Claim) -> bool:
        """Whether its sentence names the issuer, or the claim says that it comes from elsewhere."""
        if claim.implied or any(reason.startswith("issuer:") for reason in claim.confidence.reasons):
            return True
        if claim.issuer.text is not None and claim.issuer.text.lower() in _PRONOUNS:
            return True
        sentence = self._words(claim.evidence.start, claim.evidence.end)[0].sentence
        return actor in self._with_members(form.actor for word in sentence.words for form in self._forms_at(word))

    def _anywhere(self) -> frozenset[str]:
        everywhere = (*self._mentions.actors, *self._title.actors)
        return self._with_members(form.actor for mention in everywhere for form in mention.forms)

    def _forms_at(self, word: Word) -> tuple[ActorForm, ...]:
        mention = self._mentions.actor_at.get(word.i)
        return mention.forms if mention is not None else ()

    def _with_members(self, found: Iterable[str]) -> frozenset[str]:
        actors = self._lexicon.actors.actors
        ids = frozenset(found)
        return ids | {member for actor in ids & actors.keys() for member in actors[actor].members}


def _numbered(level: ClaimLevel | None) -> set[Said]:
    """What the numbers of a level say of its change: a fall, a rise, an end, or only where it stands."""
    if level is None or level.to is None:
        return set()
    ended = {Said("lift", "looser")} if level.to == 0 and level.from_ else set()
    return {Said(*(by_numbers(level) or _SET))} | ended


def _level(level: ClaimLevel | None) -> Iterator[str]:
    """Each number of a level stands in its words."""
    if level is None:
        return
    told = numbers(level.quote)
    for name, value in (("from", level.from_), ("to", level.to), ("by", level.by)):
        if value is not None and value not in told:
            yield f"level: {level.quote!r} does not say {name} {value:g}"


def _lasting(date: ClaimDate, others: Sequence[ClaimDate]) -> set[str | None]:
    """When what lasts as long as the words of a date say ends, counted from the claim's other dates."""
    return {dates.after(o.date, lasting) for lasting in dates.durations(date.quote) for o in others if o is not date}


def _told(said: Iterable[Said]) -> str:
    """What was read instead, for a person."""
    found = sorted({f"{each.operation} {each.direction}" for each in said})
    return f"it can say {', '.join(found)}" if found else "it says no operation"


def _stands(text: str, article: str) -> bool:
    return " ".join(text.split()) in " ".join(article.split())


def _surface(document: Document, start: int, end: int) -> str:
    return " ".join(document.text[document.words[start].start : document.words[end - 1].end].split())


def _always(side: dates.Side) -> Callable[[int], dates.Side]:
    return lambda _at: side
