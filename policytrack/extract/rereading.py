"""What a run of words can say was done, read a second time: by the word lists and the order of words, without the tree.

Every operator among the words is composed with every thing that it can govern. The result is a set: a claim whose
operation and direction are not in it says what its words cannot say.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from policytrack.extract import clauses
from policytrack.extract.composition import AWAY, EFFECTS, ENDED, PERMISSION, RESTRICTION, UNKNOWN, UNSAID
from policytrack.extract.lexicon import Lexicon
from policytrack.text import Word

_REACH = 12
"""How many words may stand between a verb and its particles: "put the planned ban on hold"."""
_GERUND = 7
"""How near behind an operator a gerund tells the conduct that it is about: "stopped sending"."""
_STANDS, _IMPOSED, _PERMITTED = ("reaffirm", "neutral"), ("impose", "tighter"), ("authorise", "looser")
_LIFTED, _TIGHTENED, _EASED = ("lift", "looser"), ("tighten", "tighter"), ("ease", "looser")
_DEGREES = {_TIGHTENED: _EASED, _EASED: _TIGHTENED}
_NOT_PROLONGED = {
    ("extend", "looser"): _IMPOSED,
    ("resume", "looser"): _IMPOSED,
    ("extend", "tighter"): _LIFTED,
    ("resume", "tighter"): _LIFTED,
}
_VALUE_OF = {"looser": PERMISSION, "tighter": RESTRICTION}
_TURNED = {"looser": "tighter", "tighter": "looser", "neutral": "neutral"}
_ON_RULES = ("delay", "reduce", "increase")
_GRADUAL = ("reduce", "increase")
_KEEPS = ("allow", "approve", "create", "proclaim")
"""Classes whose thing may be an operation that they only put into force."""
_FREE = frozenset(("may", "can", "ca", "could", "cannot"))
_BOUND = frozenset(("must", "shall", "have", "need"))


@dataclass(frozen=True)
class Said:
    """An operation with its direction that words can say, and the place of the word that says it, where one does."""

    operation: str
    direction: str
    at: int | None = None


@dataclass(frozen=True)
class _Mark:
    """A word of the run that says what is done: its class, its place, and the places of all its words.

    `inherent` says that its direction needs no thing: "eased its rules".
    """

    kind: str
    at: int
    places: frozenset[int]
    inherent: bool


@dataclass(frozen=True)
class _Thing:
    """A word of the run that names what can be regulated, and what its existence does to conduct."""

    value: str
    at: int


class Rereader:
    """Reads runs of words. Made once for a lexicon."""

    def __init__(self, lexicon: Lexicon) -> None:
        self._lexicon = lexicon
        self._entries = _entries(lexicon)
        self._names = _names(lexicon)
        self._strict = lexicon.strict | {"against"}
        self._inherent = lexicon.easing | lexicon.tightening
        self._treaties = frozenset(lexicon.operations.things["treaty"])

    def read(
        self, words: Sequence[Word], about: Sequence[Word], known: Mapping[int, str], conducts: Iterable[int]
    ) -> frozenset[Said]:
        """What the words can say; `about` is what is said to be regulated.

        `known` gives the words whose thing a pack tracks, with its value; `conducts` those that name its conduct.
        """
        marks = list(self._marks(words))
        things = self._things(words, about, known)
        said = {
            Said(*pair, mark.at)
            for mark in self._anchors(words, marks, about)
            for pair in self._composed(mark, marks, things, words)
        }
        free = [*self._begun(words, things), *self._listed(words, things), *self._standing(words)]
        free += [*self._conduct(words, conducts), *self._public(words), *self._named(words, things)]
        free += [*self._judged(words, marks, things), *self._moved(words), *self._kept(words, marks, things)]
        return frozenset(self._turned(words, said | {Said(*pair) for pair in free}))

    def _anchors(self, words: Sequence[Word], marks: Sequence[_Mark], about: Sequence[Word]) -> Sequence[_Mark]:
        """The operators that are no part of the name of what is regulated, unless a light verb carries that name."""
        places = {mark.at for mark in marks}
        if any(word.lemma in self._lexicon.light and at not in places for at, word in enumerate(words)):
            return marks
        inside = {word.i for word in about if clauses.is_noun(word)}
        return [mark for mark in marks if words[mark.at].i not in inside] or marks

    # ---- what the words are

    def _marks(self, words: Sequence[Word]) -> Iterator[_Mark]:
        for at, word in enumerate(words):
            for rest, kind, part in self._entries.get(word.lemma, self._entries.get(word.lower, ())):
                places = _followed(words, at, rest)
                if places is not None and _is_part(word, words[max((at, *places))], part):
                    inherent = " ".join((word.lemma, *rest)) in self._inherent
                    yield _Mark(kind, at, frozenset((at, *places)), inherent)

    def _things(self, words: Sequence[Word], about: Sequence[Word], known: Mapping[int, str]) -> list[_Thing]:
        """The things that are named; those of what is said to be regulated, where it names any."""
        found = [
            thing
            for at, word in enumerate(words)
            if known.get(word.i) != "allowance"
            for thing in self._thing(words, at, word)
        ]
        found += [_Thing(known[word.i], at) for at, word in enumerate(words) if word.i in known]
        found += [_Thing(RESTRICTION, at) for at, word in enumerate(words) if word.lower in self._lexicon.binding]
        inside = {word.i for word in about}
        heads = [thing for thing in found if not any(_is_part_of(thing, other, words) for other in found)]
        return [thing for thing in heads if words[thing.at].i in inside] or heads

    def _thing(self, words: Sequence[Word], at: int, word: Word) -> Iterator[_Thing]:
        if word.pos in ("PROPN", "NOUN") and self._lexicon.is_body(word):
            yield _Thing("body", at)
        for before, value in self._names.get(word.lemma, self._names.get(word.lower, ())) if _is_noun(word) else ():
            first = at - len(before)
            if first >= 0 and all(b in (w.lemma, w.lower) for w, b in zip(words[first:at], before, strict=True)):
                yield _Thing(value, at)

    # ---- what they say together

    def _composed(
        self, mark: _Mark, marks: Sequence[_Mark], things: Sequence[_Thing], words: Sequence[Word], deep: bool = True
    ) -> set[tuple[str, str]]:
        """What one operator says of each thing, and of each operation that it governs."""
        named = {thing.value for thing in things if thing.at not in mark.places}
        values = set(named) or {UNSAID}
        gerunds = [word for word in words[mark.at + 1 : mark.at + _GERUND] if word.tag == "VBG"]
        if gerunds:
            values |= (
                {PERMISSION, RESTRICTION} if any(w.lemma in self._lexicon.enforcing for w in gerunds) else {PERMISSION}
            )
        if mark.kind == "approve" and any(word.lemma in self._lexicon.plans for word in words):
            values.add(PERMISSION)
        if UNSAID in values:
            ruled = mark.inherent or mark.kind in _ON_RULES or any(w.lower in self._strict for w in words)
            values |= {RESTRICTION} if ruled else self._content(words)
        if mark.inherent and mark.kind in _GRADUAL:
            values = {RESTRICTION if value == PERMISSION else value for value in values}
        found = {pair for value in values if (pair := EFFECTS.get((mark.kind, value))) is not None}
        found |= {EFFECTS["join", "treaty"]} if "treaty" in named and words[mark.at].lemma == "adopt" else set()
        unknown = EFFECTS.get((mark.kind, UNKNOWN))
        if unknown is not None and not self._governs_known(mark, things, words):
            found.add(unknown)
        for other in marks if deep else ():
            if not mark.places & other.places and (other.at > mark.at or clauses.is_verb(words[mark.at])):
                for inner in self._composed(other, marks, things, words, deep=False):
                    found |= _through(mark.kind, inner)
        pact = any(thing.value == "treaty" for thing in things)
        return found | set(self._shaded(words, found, mark.kind, pact))

    @staticmethod
    def _governs_known(mark: _Mark, things: Sequence[_Thing], words: Sequence[Word]) -> bool:
        """Whether the noun just after an operator, or the words of one that has no way of its own, are worth
        something: "resumed the ban" can only tighten.
        """
        known = {thing.at for thing in things if thing.value in (RESTRICTION, PERMISSION)}
        unknown = EFFECTS[mark.kind, UNKNOWN]
        if unknown[1] == "neutral":
            return bool(known)
        after = range(max(mark.places) + 1, min(max(mark.places) + _GERUND, len(words)))
        first = next((at for at in after if words[at].pos in ("NOUN", "PROPN", "VERB", "ADP")), len(words))
        name = itertools.takewhile(lambda at: words[at].pos in ("NOUN", "PROPN"), range(first, len(words)))
        return max(name, default=-1) in known and not _is_one_way(mark.kind)

    def _content(self, words: Sequence[Word]) -> set[str]:
        """ "a policy under which troops could not use mines": what a rule holds back or lets happen."""
        lowers = {word.lower for word in words}
        lemmas = {word.lemma for word in words}
        if lemmas & self._lexicon.commanding or "must" in lowers or (lowers & _FREE and self._is_denied(words)):
            return {RESTRICTION}
        return {PERMISSION} if lowers & _FREE else set()

    def _shaded(
        self, words: Sequence[Word], found: set[tuple[str, str]], kind: str, pact: bool
    ) -> Iterator[tuple[str, str]]:
        """ "more sanctions" tightens, "some goods" eases, and leaving what forbids is looser."""
        lowers = {word.lower for word in words}
        if kind == "create" and _IMPOSED in found and lowers & self._lexicon.comparatives:
            yield EFFECTS["increase", RESTRICTION]
        if found & {_PERMITTED, _LIFTED} and lowers & self._lexicon.partial:
            yield EFFECTS["reduce", RESTRICTION]
        yield from self._measured(words, found)
        if _LIFTED in found and any(word.lemma == "lift" and "to" in lowers for word in words):
            yield _TIGHTENED
        if kind == "remove" and _holds(words, AWAY):
            yield EFFECTS["remove", PERMISSION]
        if pact or any(word.lemma in self._lexicon.forbidding for word in words):
            turned = ("withdraw", "join", "revoke", *(("suspend", "resume") if pact else ()))
            yield from ((each, _TURNED[direction]) for each, direction in found if each in turned)

    def _measured(self, words: Sequence[Word], found: set[tuple[str, str]]) -> Iterator[tuple[str, str]]:
        """ "raised the limit" is looser, "waived for 90 days" a pause, "cut to zero" the end."""
        lexicon, lemmas = self._lexicon, {word.lemma for word in words}
        if lemmas & lexicon.allowances:
            yield from (pair for pair, other in _DEGREES.items() if other in found)
        if _LIFTED in found and lemmas & lexicon.periods:
            yield EFFECTS["pause", RESTRICTION]
        if EFFECTS["reduce", RESTRICTION] in found and lemmas & lexicon.nothing:
            yield _LIFTED

    def _moved(self, words: Sequence[Word]) -> Iterator[tuple[str, str]]:
        """ "moves from level 3 to level 1", "will give Oslo tanks", "will no longer supply fuel"."""
        lexicon, lemmas, lowers = self._lexicon, {w.lemma for w in words}, {w.lower for w in words}
        if lemmas & lexicon.shifting and {"from", "to"} <= lowers:
            yield from _DEGREES
        if lemmas & lexicon.arms and lemmas & (lexicon.handing | lexicon.motions):
            yield _PERMITTED
        if "longer" in lowers and lemmas & lexicon.providing:
            yield EFFECTS["remove", PERMISSION]
            yield EFFECTS["quit", "body"]

    def _kept(
        self, words: Sequence[Word], marks: Sequence[_Mark], things: Sequence[_Thing]
    ) -> Iterator[tuple[str, str]]:
        """ "keeps the ceiling until August": what is kept to a later day is prolonged."""
        if {word.lower for word in words} & {"until", "till"} and any(mark.kind == "keep" for mark in marks):
            yield from (pair for thing in things if (pair := EFFECTS.get(("prolong", thing.value))) is not None)

    def _begun(self, words: Sequence[Word], things: Sequence[_Thing]) -> Iterator[tuple[str, str]]:
        """ "the ban takes effect", "the ban expires", "placed under quarantine"."""
        values = {thing.value for thing in things} & {RESTRICTION, PERMISSION}
        values |= {RESTRICTION} if any(word.lower in self._strict for word in words) else set()
        operations = self._lexicon.operations
        ending = (*operations.ending_verbs, *operations.applying)
        for kind, phrases in (("create", operations.bearing_verbs), ("remove", ending)):
            if values and _holds(words, phrases):
                yield from (EFFECTS[kind, value] for value in values)
        if RESTRICTION in values and any(word.lemma in self._lexicon.under for word in words):
            yield _IMPOSED

    def _named(self, words: Sequence[Word], things: Sequence[_Thing]) -> Iterator[tuple[str, str]]:
        """ "a curfew from Monday", "there is no curfew": a thing told without another verb."""
        lowers = {word.lower for word in words}
        told = "there" in lowers or not any(word.tag in ("VBD", "VBZ", "VBP", "MD") for word in words)
        for value in {thing.value for thing in things} & {RESTRICTION, PERMISSION} if told else ():
            yield EFFECTS["create", value]

    def _judged(
        self, words: Sequence[Word], marks: Sequence[_Mark], things: Sequence[_Thing]
    ) -> Iterator[tuple[str, str]]:
        """ "ruled the ban unlawful": a verdict takes away what it is about, or what that does."""
        lemmas = {word.lemma for word in words}
        if lemmas & self._lexicon.designating and lemmas & self._lexicon.labels:
            yield EFFECTS["ban", UNKNOWN]
        if not lemmas & (self._lexicon.judging | self._lexicon.violating):
            return
        if {word.lower for word in words} & self._lexicon.forbidden or "it" in lemmas:
            yield EFFECTS["ban", UNKNOWN]
        for value in {thing.value for thing in things} | {_VALUE_OF[d] for m in marks for d in self._sides(m)}:
            if ("remove", value) in EFFECTS:
                yield EFFECTS["remove", value]

    @staticmethod
    def _sides(mark: _Mark) -> Iterator[str]:
        """The directions that an operator can have of anything."""
        yield from (d for (kind, _), (_, d) in EFFECTS.items() if kind == mark.kind and d in _VALUE_OF)

    def _listed(self, words: Sequence[Word], things: Sequence[_Thing]) -> Iterator[tuple[str, str]]:
        """ "removed from the sanctions list", "added to the ban": a restriction or a permission that lists."""
        lemmas, lowers = {word.lemma for word in words}, {word.lower for word in words}
        values = {thing.value for thing in things} & {RESTRICTION, PERMISSION, "rate"}
        if "list" in lemmas:
            values |= {RESTRICTION} if (lemmas | lowers) & self._lexicon.bad_lists else set()
            values |= {PERMISSION} if (lemmas | lowers) & self._lexicon.good_lists else set()
        for value in values:
            if lemmas & self._lexicon.taken_out and lowers & {"from", "off"}:
                yield EFFECTS["reduce", value]
            if lemmas & self._lexicon.put_in:
                yield EFFECTS["increase", value]

    def _conduct(self, words: Sequence[Word], conducts: Iterable[int]) -> Iterator[tuple[str, str]]:
        """In a pack's own subject: "may now fire", "has sent"."""
        if {word.i for word in words}.isdisjoint(conducts):
            return
        yield _PERMITTED
        if any(word.lower in _FREE for word in words) and self._is_denied(words):
            yield _IMPOSED

    def _public(self, words: Sequence[Word]) -> Iterator[tuple[str, str]]:
        """Duties and freedoms of the public: "residents must stay at home", "shops may open"."""
        lexicon, lemmas = self._lexicon, {word.lemma for word in words}
        ruled = lemmas & lexicon.ruling
        again = {w.lower for w in words} & (lexicon.freeing | {"no", "only"})
        if not (
            ruled or again or lemmas & (lexicon.public | lexicon.advising) or any(word.tag == "NNPS" for word in words)
        ):
            return
        free = [after for word, after in pairwise(words) if word.lower in (*_FREE, "able")]
        denied, bound = self._is_denied(words), lemmas & _BOUND or (ruled and "should" in lemmas)
        if lemmas & (lexicon.tell | lexicon.advising) or bound or (denied and free):
            yield _IMPOSED
        if any(not self._is_denied((after,)) for after in free) or (denied and bound):
            yield _PERMITTED

    def _standing(self, words: Sequence[Word]) -> Iterator[tuple[str, str]]:
        """ "remains barred", "has not changed", "the treaty bans": what stood is said again."""
        forms = {form for word in words for form in (word.lemma, word.lower)}
        again = self._lexicon.still | self._lexicon.repeat | self._treaties | {"currently"}
        if forms & again or (forms & self._lexicon.changing and self._is_denied(words)):
            yield _STANDS

    def _turned(self, words: Sequence[Word], said: set[Said]) -> Iterator[Said]:
        """ "no longer", "no curbs": what stood has ended; "only" and "not allowed" make of a permission a limit."""
        negators = self._lexicon.negators
        lowers = {word.lower for word in words}
        denied = self._is_denied(words) or any(word.lemma in self._lexicon.declining for word in words)
        yield from said
        for each in said:
            if lowers & {"longer", "anymore", "no"} and each.operation in ENDED:
                yield Said(*ENDED[each.operation])
                yield Said(*(_LIFTED if (each.operation, each.direction) == _TIGHTENED else ENDED[each.operation]))
            if denied and (each.operation, each.direction) in _NOT_PROLONGED:
                yield Said(*_NOT_PROLONGED[each.operation, each.direction])
            if denied and lowers & {"any", "new", "further", "more"} and each.operation == "authorise":
                yield Said(*ENDED["authorise"])
            if lowers & {"only", *negators} and (each.operation, each.direction) == _PERMITTED:
                yield Said(*_IMPOSED)

    def _is_denied(self, words: Sequence[Word]) -> bool:
        return any(word.lower in self._lexicon.negators for word in words)


def _through(kind: str, inner: tuple[str, str]) -> set[tuple[str, str]]:
    """An operation seen through the one that governs it: lifting what is tighter is looser."""
    operation, direction = inner
    if operation == "reaffirm":
        return set()
    if kind in _KEEPS:
        return {inner}
    if operation == "join" and kind in ("remove", "cancel"):
        return {("revoke", _TURNED[direction])}
    found = EFFECTS.get((kind, _VALUE_OF[direction])) if direction in _VALUE_OF else None
    return {found} if found is not None else set()


def _is_one_way(kind: str) -> bool:
    """Whether what a class does has one direction, whatever it is done to: to ban, but not to pause."""
    directions = {EFFECTS[kind, value][1] for value in (RESTRICTION, PERMISSION) if (kind, value) in EFFECTS}
    return len(directions) < 2


def _entries(lexicon: Lexicon) -> dict[str, list[tuple[tuple[str, ...], str, str]]]:
    """The operators by their first word: the words that follow it, its class, its part of speech."""
    words = lexicon.operations
    found: dict[str, list[tuple[tuple[str, ...], str, str]]] = {}
    lists = (("verb", words.verbs), ("verb", words.moving), ("noun", words.nouns), ("adjective", words.adjectives))
    for part, by_class in lists:
        for kind, phrases in by_class.items():
            for phrase in phrases:
                first, *rest = phrase.split()
                found.setdefault(first, []).append((tuple(rest), kind, part))
    return found


def _names(lexicon: Lexicon) -> dict[str, list[tuple[tuple[str, ...], str]]]:
    """The things by their last word: the words before it, and their value."""
    found: dict[str, list[tuple[tuple[str, ...], str]]] = {}
    for value, phrases in lexicon.operations.things.items():
        for phrase in phrases:
            *before, last = phrase.split()
            found.setdefault(last, []).append((tuple(before), UNSAID if value in ("container", "rulebook") else value))
    return found


def _is_part_of(thing: _Thing, other: _Thing, words: Sequence[Word]) -> bool:
    """Whether one thing only tells which other is meant: "imports" in "an import ban", "the ban on cod imports"."""
    if other.value == UNSAID or thing.value in (other.value, "place") or clauses.is_verb(words[other.at]):
        return False
    if other.at == thing.at + 1:
        return True
    between = words[other.at + 1 : thing.at]
    return bool(between) and between[0].pos in ("ADP", "SCONJ") and not any(_breaks(word) for word in between)


def _is_noun(word: Word) -> bool:
    return clauses.is_noun(word) or word.tag.startswith("NN")


def _breaks(word: Word) -> bool:
    return clauses.is_verb(word) or word.pos in ("PUNCT", "CCONJ", "PRON")


def _is_part(first: Word, last: Word, part: str) -> bool:
    """Whether words are of a part of speech: a verb by its first word, a noun by its last."""
    if part == "noun":
        return last.pos in ("NOUN", "PROPN")
    if part == "adjective":
        return first.pos in ("ADJ", "ADV", "VERB", "ADP")
    return clauses.is_verb(first) or first.lower.endswith("ed")


def _followed(words: Sequence[Word], at: int, rest: Sequence[str]) -> list[int] | None:
    """The places of the words that complete an entry, in order and not far behind it."""
    places: list[int] = []
    for part in rest:
        start = places[-1] + 1 if places else at + 1
        near = range(start, min(len(words), start + _REACH))
        place = next((n for n in near if part in (words[n].lower, words[n].lemma)), None)
        if place is None:
            return None
        places.append(place)
    return places


def _holds(words: Sequence[Word], phrases: Iterable[str]) -> bool:
    """Whether one of the phrases stands among the words, its parts in order."""
    for phrase in phrases:
        first, *rest = phrase.split()
        if any(word.lemma == first and _followed(words, at, rest) is not None for at, word in enumerate(words)):
            return True
    return False
