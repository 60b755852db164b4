"""The word lists, ready for look-up by lemma. Knows words; knows nothing of trees beyond a word's neighbours."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from policytrack.text import Word
from policytrack.vocabulary import Actors, Operations, StatusWords, TriggerWords

Value = TypeVar("Value")

_WINDOW = 12
"""How many words after its first one a verb's particles may stand: "put the planned ban on hold"."""


class Phrases(Generic[Value]):
    """Phrases of one or more words, found in a run of words by lemma or by form; the longest wins.

    `cased` matches the text's own capitals. Hyphens between words count for nothing.
    """

    def __init__(self, tokens: Callable[[str], list[str]], cased: bool = False) -> None:
        self._tokens = tokens
        self._cased = cased
        self._by_first: dict[str, list[tuple[tuple[str, ...], list[Value]]]] = {}

    def add(self, phrase: str, value: Value) -> None:
        words = phrase.replace("-", " - ").split() if self._cased else self._tokens(phrase)
        parts = tuple(word for word in words if word not in ("-", "the"))
        if parts:
            entries = self._by_first.setdefault(parts[0], [])
            same = next((values for known, values in entries if known == parts), None)
            if same is None:
                entries.append((parts, [value]))
                entries.sort(key=lambda entry: -len(entry[0]))
            elif value not in same:
                same.append(value)

    def first_words(self) -> Iterable[str]:
        return self._by_first

    def at(self, words: Sequence[Word], i: int) -> tuple[int, list[Value]] | None:
        """Where the longest phrase that begins at word `i` ends (exclusive), and its values."""
        word = words[i]
        best = 0
        values: list[Value] = []
        for key in self._keys(word):
            for parts, found in self._by_first.get(key, ()):
                end = self._matched(words, i, parts)
                if end > best:
                    best, values = end, [*found]
                elif end == best and end:
                    values += [value for value in found if value not in values]
        return (best, values) if best else None

    def find(self, words: Sequence[Word]) -> list[tuple[int, int, list[Value]]]:
        """All phrases of a run of words as (start, end exclusive, values), not overlapping."""
        found = []
        i = 0
        opens_none = self._by_first.keys().isdisjoint
        for place, word in enumerate(words):
            # Nearly all words open no phrase, and every word comes by here.
            if place < i or opens_none((word.text,) if self._cased else word.forms):
                continue
            if hit := self.at(words, place):
                i = hit[0]
                found.append((place, i, hit[1]))
        return found

    def _keys(self, word: Word) -> tuple[str, ...]:
        return (word.text,) if self._cased else word.forms

    def _matched(self, words: Sequence[Word], i: int, parts: tuple[str, ...]) -> int:
        for part in parts:
            while i < len(words) and words[i].text in ("-", "the") and part is not parts[0]:
                i += 1
            if i >= len(words) or part not in self._keys(words[i]):
                return 0
            i += 1
        return i


@dataclass(frozen=True)
class ActorForm:
    """What one form of an actor table entry stands for. `role` is name, adjective, person or place."""

    actor: str
    role: str


@dataclass(frozen=True)
class Operator:
    """An entry of the list of operations: its class and the words that carry it."""

    kind: str
    words: tuple[Word, ...]
    entry: str


class Lexicon:
    """All word lists by lemma. `rules` names the lists' versions, for the record of what read a claim."""

    def __init__(
        self,
        operations: Operations,
        status: StatusWords,
        triggers: TriggerWords,
        actors: Actors,
        tokens: Callable[[str], list[str]],
    ) -> None:
        self.operations, self.status, self.triggers, self.actors = operations, status, triggers, actors
        self._verbs = _by_first_word(operations.verbs)
        self._nouns = _by_last_word(operations.nouns)
        self._adjectives = _by_first_word(operations.adjectives)
        self._things = _by_last_word(operations.things)
        self._headed = _by_first_word(
            {kind: [p for p in phrases if " of " in p] for kind, phrases in operations.things.items()}
        )
        self._bearing = _by_first_word({"bear": operations.bearing_verbs})
        self._endings = _by_first_word({"end": operations.ending_verbs})
        self._moving = _by_first_word(operations.moving)
        self.predicates = frozenset((*self._verbs, *_by_first_word(status.verbs)))
        self.physical = frozenset(operations.physical)
        self.institutions = frozenset((*status.authorities, *status.officials, *status.institutions))
        self.light = frozenset(operations.light_verbs)
        self.listed = frozenset(operations.listed)
        self.under = frozenset(operations.under)
        self.reactions = frozenset(status.reactions)
        self.easing, self.tightening = frozenset(operations.easing), frozenset(operations.tightening)
        self.broad, self.official = frozenset(operations.broad), frozenset(operations.official)
        self.unregulated = frozenset(operations.unregulated)
        self.regions = frozenset(operations.regions)
        self.warlike = frozenset((*operations.warlike, *status.fighting))
        self.bad_lists, self.good_lists = frozenset(operations.bad_lists), frozenset(operations.good_lists)
        self.admitting, self.newcomers = frozenset(operations.admitting), frozenset(operations.newcomers)
        self.private, self.titles = frozenset(status.private), frozenset(status.titles)
        self.business, self.trading = frozenset(status.business), frozenset(status.trading)
        self.trades, self.penal = frozenset(status.trades), frozenset(status.penal)
        self.forces, self.fighting = frozenset(status.forces), frozenset(status.fighting)
        self.facilities, self.services = frozenset(status.facilities), frozenset(status.services)
        self.mishaps, self.courses = frozenset(status.mishaps), frozenset(status.courses)
        self.events = frozenset(status.events)
        self.roles = frozenset((*status.titles, *status.trades, *status.roles))
        self.trends, self.bouts = frozenset(status.trends), frozenset(status.bouts)
        self.litigation, self.crimes = frozenset(status.litigation), frozenset(status.crimes)
        self.truces, self.blaming = frozenset(status.truces), frozenset(status.blaming)
        self.careers, self.appeals = frozenset(status.careers), frozenset(status.appeals)
        self.appointments = frozenset(status.appointments)
        self.opinions, self.calm = frozenset(status.opinions), frozenset(status.calm)
        self.let_be, self.speakers = frozenset(status.let_be), frozenset(status.speakers)
        self.legislatures = frozenset(status.legislatures)
        self.chambers, self.voting = frozenset(status.chambers), frozenset(status.voting)
        self.drafts = frozenset(status.drafts)
        self.levels = frozenset(operations.levels)
        self.public = frozenset((*operations.public, *operations.things.get("place", ())))
        self.places = frozenset(operations.things.get("place", ()))
        self.tell = frozenset(operations.tell)
        self.taken_out, self.put_in = frozenset(operations.taken_out), frozenset(operations.put_in)
        self.changing = frozenset(operations.changing)
        self.forbidding = frozenset(operations.forbidding)
        self.entering, self.formal = frozenset(operations.entering), frozenset(operations.formal)
        self.papers, self.requesting = frozenset(operations.papers), frozenset(operations.requesting)
        self.comparatives = frozenset(operations.comparatives)
        self.partial = frozenset(operations.partial)
        self.binding, self.heads_only = frozenset(operations.binding), frozenset(operations.heads_only)
        self.strict, self.commanding = frozenset(operations.strict), frozenset(operations.commanding)
        self.violating, self.forbidden = frozenset(operations.violating), frozenset(operations.forbidden)
        self.designating, self.labels = frozenset(operations.designating), frozenset(operations.labels)
        self.given, self.plans = frozenset(operations.given), frozenset(operations.plans)
        self.advising = frozenset(operations.advising)
        self.applying = frozenset(operations.applying)
        self.needing = frozenset(operations.needing)
        self.providing, self.freeing = frozenset(operations.providing), frozenset(operations.freeing)
        self.handing, self.arms = frozenset(operations.handing), frozenset(operations.arms)
        self.limits = frozenset(operations.limits)
        self.allowances, self.periods = frozenset(operations.allowances), frozenset(operations.periods)
        self.state_owned, self.declining = frozenset(operations.state_owned), frozenset(operations.declining)
        self.shifting, self.grades = frozenset(operations.shifting), frozenset(operations.grades)
        self.prices, self.nothing = frozenset(operations.prices), frozenset(operations.nothing)
        self.ruling = frozenset(operations.ruling)
        self.judging = frozenset(operations.judging)
        self.areas = frozenset(operations.areas)
        self.beneficiaries = frozenset(operations.beneficiaries)
        self.parts_of_law = frozenset(operations.parts_of_law)
        self.enforcing = frozenset(operations.enforcing)
        self.keeping = frozenset(operations.keeping)
        self.becoming = frozenset(operations.becoming)
        self.exceptions = frozenset(operations.exceptions)
        self.countries = frozenset(operations.countries)
        self.setting = frozenset(operations.setting)
        self.getting = frozenset(operations.getting)
        self.calling = frozenset(status.calling)
        self.documents = frozenset(status.documents)
        self.printed, self.retracting = frozenset(status.printed), frozenset(status.retracting)
        self.wrongly, self.untrue, self.right = map(frozenset, (status.wrongly, status.untrue, status.right))
        self.taking_back = self.retracting | frozenset(status.verbs["denied"])
        self.bodies = frozenset(status.bodies)
        self.conduct_families = _families(operations.conducts)
        self.governors = _by_first_word(status.verbs)
        self.governing_nouns = {lemma: kind for kind, lemmas in status.nouns.items() for lemma in lemmas}
        self.governing_adjectives = {lemma: kind for kind, lemmas in status.adjectives.items() for lemma in lemmas}
        self.adverbs = {lemma: kind for kind, lemmas in status.adverbs.items() for lemma in lemmas}
        self.say = frozenset(status.say)
        self.transparent = frozenset(status.transparent)
        self.negators = frozenset(status.negators)
        self.authorities = frozenset(status.authorities)
        self.announcing = frozenset(status.announcing)
        self.repeat = frozenset(status.repeat)
        self.nobody, self.habitual = frozenset(status.nobody), frozenset(status.habitual)
        self.lasting = frozenset(status.lasting)
        self.still = frozenset(status.still)
        self.stand_ins = frozenset(triggers.stand_ins)
        self.motions = frozenset(operations.motions)
        self.quantities = frozenset(operations.quantities)
        self.outside = frozenset(operations.outside)
        cues = [tuple(cue.cue.split()) for cue in (*triggers.prepositions, *triggers.markers) if " " in cue.cue]
        self.long_cues = {cue[0]: tuple(c for c in cues if c[0] == cue[0]) for cue in cues}
        self.longest_cue = max((len(cue) for cue in cues), default=0)
        self.anaphors = frozenset(triggers.anaphors)
        self.people = frozenset(
            form for actor in actors.actors.values() for full in actor.people for form in full.split()
        )
        self.actor_forms: Phrases[ActorForm] = Phrases(tokens, cased=True)
        for actor_id, actor in actors.actors.items():
            roles = {"name": actor.names, "adjective": actor.adjectives, "person": actor.people, "place": actor.places}
            for role, forms in roles.items():
                for form in forms:
                    self.actor_forms.add(form, ActorForm(actor_id, role))
            for form in actor.adjectives:  # "Americans" are people of a state, who do not decide for it
                self.actor_forms.add(f"{form}s", ActorForm(actor_id, "place"))

    def decides(self, noun: Word) -> bool:
        """Whether a noun names one who decides for others: a state, an office, a court, a person with a title."""
        before = [c for c in noun.children if c.dep in ("compound", "amod") and c.i < noun.i]
        titles = before if noun.pos == "PROPN" else []
        bodies = self.bodies if noun.pos == "PROPN" else frozenset[str]()
        if any(part.lemma.lower() in self.institutions | bodies for part in (*titles, noun)):
            return True
        if " ".join(part.text for part in (*before, noun)) in self.regions:
            return True
        found = self.actor_forms.at([*before, noun], 0)
        return (found is not None and found[0] > len(before)) or noun.lower in ("it", "they")

    def actors_of(self, noun: Word) -> frozenset[str]:
        """The actors that a noun names with the words before it."""
        words = [*(c for c in noun.children if c.dep in ("compound", "amod") and c.i < noun.i), noun]
        return frozenset(form.actor for _, _, forms in self.actor_forms.find(words) for form in forms)

    def is_body(self, noun: Word) -> bool:
        """Whether a name is that of a body that states belong to: by the actor table, or an acronym of no state."""
        before = [c for c in noun.children if c.dep in ("compound", "amod") and c.i < noun.i]
        found = self.actor_forms.at([*before, noun], 0)
        kinds = [self.actors.actors[form.actor].kind for form in found[1]] if found is not None else []
        return (
            "body" in kinds if kinds else noun.text.isupper() and len(noun.text) > 2 and noun.pos in ("PROPN", "NOUN")
        )

    def verb(self, word: Word) -> Operator | None:
        """The operation that a verb with its particles stands for."""
        return _operator(self._verbs, word)

    def bearing(self, word: Word) -> Operator | None:
        """A verb that says that its subject begins: "the ban takes effect"."""
        return _operator(self._bearing, word)

    def ending(self, word: Word) -> Operator | None:
        """A verb that says that its subject ends: "the ban expires"."""
        return _operator(self._endings, word)

    def moving(self, word: Word) -> Operator | None:
        """A verb that says where its subject moves: "the duty rises"."""
        return _operator(self._moving, word)

    def noun(self, word: Word) -> Operator | None:
        """The operation that a noun stands for: "the lifting of", "the go-ahead for"."""
        return _operator_before(self._nouns, word)

    def adjective(self, word: Word) -> Operator | None:
        """The operation that a predicate adjective stands for: "free to use", "off limits"."""
        return _operator(self._adjectives, word)

    def names_chamber(self, words: Iterable[Word]) -> bool:
        """Whether words, in their order, name one chamber of two or a committee."""
        text = f" {' '.join(word.lower for word in words)} "
        for committee in self.status.deciding:
            text = text.replace(f" {committee} ", " ")
        return any(f" {chamber} " in text or f" {chamber}s " in text for chamber in self.chambers)

    def is_allowance(self, word: Word) -> bool:
        """Whether more of a measure is looser: "the limit" is one, "limits" hold back."""
        return word.lemma in self.allowances and not (word.tag == "NNS" and word.lemma in self.limits)

    def thing(self, word: Word) -> str | None:
        """What kind of thing a noun names: restriction, permission, container, treaty, rate, place."""
        found = _operator(self._headed, word) or _operator_before(self._things, word)
        return found.kind if found else None

    def has_level(self, word: Word) -> bool:
        """Whether a noun names a thing whose number a rule sets: "policy rate", "duty"."""
        before = {child.lemma for child in word.children if child.dep in ("compound", "amod", "nmod")}
        return word.lemma in self.levels or any(f"{each} {word.lemma}" in self.levels for each in before)

    def governor(self, word: Word) -> tuple[str, Operator] | None:
        """The status that a verb, noun or adjective gives to the change that it governs."""
        if word.pos in ("VERB", "AUX") or word.tag.startswith("VB"):
            found = _operator(self.governors, word)
            return (found.kind, found) if found else None
        lists: Mapping[str, str] = self.governing_nouns if word.pos in ("NOUN", "PROPN") else self.governing_adjectives
        kind = lists.get(word.lemma)
        return (kind, Operator(kind, (word,), word.lemma)) if kind else None


_Entries = dict[str, list[tuple[tuple[str, ...], str]]]


def _by_first_word(lists: Mapping[Any, Iterable[str]]) -> _Entries:
    return _indexed(lists, first=True)


def _by_last_word(lists: Mapping[Any, Iterable[str]]) -> _Entries:
    return _indexed(lists, first=False)


def _indexed(lists: Mapping[Any, Iterable[str]], first: bool) -> _Entries:
    entries: _Entries = {}
    for kind, phrases in lists.items():
        for phrase in phrases:
            words = tuple(phrase.split())
            key, rest = (words[0], words[1:]) if first else (words[-1], words[:-1])
            entries.setdefault(key, []).append((rest, kind))
    for found in entries.values():
        found.sort(key=lambda entry: (-len(entry[0]), entry[0]))  # not by the order of the file
    return entries


def _operator(entries: _Entries, word: Word) -> Operator | None:
    for rest, kind in entries.get(word.lemma, ()):
        words = _particles(word, rest)
        if words is not None:
            return Operator(kind, (word, *words), " ".join((word.lemma, *rest)))
    return None


def _particles(word: Word, rest: tuple[str, ...]) -> list[Word] | None:
    """The words after a verb that make up the rest of its entry, in order; None where one is missing."""
    found: list[Word] = []
    if not rest:
        return found
    position = word.i - word.sentence.words[0].i
    following = word.sentence.words[position + 1 : position + 1 + _WINDOW]
    wanted = list(rest)
    for other in following:
        if other.lower == wanted[0] or other.lemma == wanted[0]:
            if other.tag == "TO" and other.dep == "aux":
                return None
            if (
                other.head is not word
                and other.head not in found
                and not (len(rest) > 1 and _is_of_object(other, word))
                and not _is_after_object(other, word)
            ):
                continue
            if len(rest) == 1 and _is_dated(other):
                continue
            found.append(other)
            wanted.pop(0)
            if not wanted:
                return found
        elif found and other.dep not in ("det", "amod", "advmod", "poss", "compound"):
            return None
    return None


def _is_of_object(preposition: Word, verb: Word) -> bool:
    """ "put the ban on hold": what belongs to a set phrase may be read as the object's."""
    return preposition.dep == "prep" and preposition.head.head is verb and preposition.head.dep in ("dobj", "nsubjpass")


def _is_after_object(adjective: Word, verb: Word) -> bool:
    """ "left the rate unchanged": what an object is left as may be read as its own adjective."""
    noun = adjective.head
    return adjective.dep == "amod" and noun.head is verb and noun.dep in ("dobj", "nsubjpass") and adjective.i > noun.i


def _is_dated(preposition: Word) -> bool:
    """ "withdrew the duty from April 1" is no "withdraw from"; but "from the 2015 Agreement" is one."""
    target = preposition.child("pobj")
    if target is None or target.tag == "CD":
        return target is not None
    return any(c.tag == "CD" and not (c.i < target.i and len(c.text) == 4) for c in target.children)


def _operator_before(entries: _Entries, word: Word) -> Operator | None:
    for rest, kind in entries.get(word.lemma, ()):
        words = _words_before(word, rest)
        if words is not None:
            return Operator(kind, (*words, word), " ".join((*rest, word.lemma)))
    return None


def _words_before(word: Word, rest: tuple[str, ...]) -> list[Word] | None:
    if not rest:
        return []
    position = word.i - word.sentence.words[0].i
    before = word.sentence.words[max(0, position - len(rest)) : position]
    fits = len(before) == len(rest) and all(w.lower == r or w.lemma == r for w, r in zip(before, rest, strict=True))
    return list(before) if fits else None


def _families(conducts: Mapping[str, Iterable[str]]) -> dict[str, frozenset[str]]:
    families: dict[str, set[str]] = {}
    for family, lemmas in conducts.items():
        for lemma in lemmas:
            families.setdefault(lemma.split()[0] if " " in lemma else lemma, set()).add(family)
    return {lemma: frozenset(found) for lemma, found in families.items()}
