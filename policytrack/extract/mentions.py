"""Where an article names actors, and the instruments and conducts of tracked policies."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

from policytrack.extract.lexicon import ActorForm, Lexicon, Phrases
from policytrack.model import Policy
from policytrack.text import Document, Word

_SMALL = frozenset(
    [
        "a",
        "an",
        "the",
        "of",
        "in",
        "on",
        "at",
        "to",
        "by",
        "for",
        "from",
        "with",
        "within",
        "into",
        "inside",
        "over",
        "against",
        "deep",
        "deeper",
        "its",
        "their",
        "own",
        "and",
        "or",
        "as",
        "across",
    ]
)
_VALUE_OF_KIND = {
    "permission": "permission",
    "programme": "permission",
    "restriction": "restriction",
    "membership": "treaty",
    "rate": "rate",
}
_EVERY_ROLE = ("name", "person", "adjective", "place")


@dataclass(frozen=True)
class ActorMention:
    """An actor named by the words `start` to `end` (exclusive, word numbers of the document)."""

    start: int
    end: int
    forms: tuple[ActorForm, ...]

    def ids(self, roles: Iterable[str] = _EVERY_ROLE) -> frozenset[str]:
        return frozenset(form.actor for form in self.forms if form.role in roles)


@dataclass(frozen=True)
class InstrumentMention:
    """A tracked instrument named by the words `start` to `end`, and the policies that it belongs to."""

    start: int
    end: int
    policies: frozenset[str]


@dataclass(frozen=True)
class Conduct:
    """One conduct phrase of a pack, taken apart: families of verbs, actors or their places, and other words."""

    families: frozenset[str]
    actors: frozenset[str]
    words: frozenset[str]

    def holds(self, families: frozenset[str], actors: frozenset[str], words: frozenset[str]) -> tuple[bool, bool]:
        """Whether the phrase's kind of conduct is there, and whether its actors and other words are."""
        return not self.families or bool(self.families & families), self.actors <= actors and self.words <= words


class PackIndex:
    """What the packs ask for, ready to be found: built once for a set of rules."""

    def __init__(self, policies: Sequence[Policy], lexicon: Lexicon, tokens: Callable[[str], list[str]]) -> None:
        self.policies = {policy.id: policy for policy in policies}
        self.instruments: Phrases[str] = Phrases(tokens)
        self.conducts: dict[str, tuple[Conduct, ...]] = {}
        self.parts: dict[str, list[str]] = {}
        self._lexicon = lexicon
        for policy in policies:
            for phrase in policy.instrument:
                self.instruments.add(phrase, policy.id)
            if policy.part_of is not None:
                self.parts.setdefault(policy.part_of, []).append(policy.id)
            self.conducts[policy.id] = tuple(self._conduct(phrase) for phrase in policy.conduct)
        self.without_instrument = frozenset(policy.id for policy in policies if not policy.instrument)
        self.families = frozenset(f for found in self.conducts.values() for c in found for f in c.families)

    def value(self, policy_id: str) -> str:
        return _VALUE_OF_KIND[self.policies[policy_id].kind]

    def depth(self, policy_id: str) -> int:
        """How far below the top of its wholes a policy stands."""
        depth = 0
        above = self.policies[policy_id].part_of
        while above is not None and above in self.policies and depth < 8:
            depth, above = depth + 1, self.policies[above].part_of
        return depth

    def _conduct(self, phrase: str) -> Conduct:
        words = phrase.split()
        actors: set[str] = set()
        families: set[str] = set()
        others: set[str] = set()
        i = 0
        while i < len(words):
            ids, length = self._actor_at(words, i)
            if ids:
                actors |= ids
                i += length
                continue
            word = words[i].lower()
            found = self._families(word)
            if found:
                families |= found
            elif word not in _SMALL and word not in ("territory", "soil"):
                others.add(word)
            i += 1
        return Conduct(frozenset(families), frozenset(actors), frozenset(others))

    def _families(self, word: str) -> frozenset[str]:
        """The families of a pack's word: those that it names first ("strikes", "transfer"), else those that hold it."""
        table = self._lexicon.conduct_families
        forms = {word, word.removesuffix("s"), word.removesuffix("es")}
        names = frozenset(f for f in self._lexicon.operations.conducts if f in forms)
        return names or next((table[form] for form in sorted(forms) if form in table), frozenset())

    def _actor_at(self, words: list[str], i: int) -> tuple[set[str], int]:
        for length in (3, 2, 1):
            form = " ".join(words[i : i + length])
            for actor_id, actor in self._lexicon.actors.actors.items():
                if i + length <= len(words) and form in (*actor.names, *actor.adjectives, *actor.places):
                    return {actor_id}, length
        return set(), 0


@dataclass
class Mentions:
    """Everything that one document names, by word number. `outside` are words that name what is left out."""

    outside: set[int] = field(default_factory=set)
    actors: list[ActorMention] = field(default_factory=list)
    instruments: list[InstrumentMention] = field(default_factory=list)
    families: dict[int, frozenset[str]] = field(default_factory=dict)
    actor_at: dict[int, ActorMention] = field(default_factory=dict)
    instrument_at: dict[int, InstrumentMention] = field(default_factory=dict)

    def actors_in(self, words: Iterable[Word], roles: tuple[str, ...] = _EVERY_ROLE) -> frozenset[str]:
        """The ids of the actors that these words name."""
        known, outside = self.actor_at, self.outside
        named = {id(known[w.i]): known[w.i] for w in words if w.i in known and w.i not in outside}
        return frozenset().union(*(mention.ids(roles) for mention in named.values()))

    def instruments_in(self, words: Iterable[Word]) -> list[InstrumentMention]:
        """The instruments that these words name, each once, in text order."""
        known = self.instrument_at
        found = {id(known[word.i]): known[word.i] for word in words if word.i in known}
        return sorted(found.values(), key=lambda m: m.start)

    def families_in(self, words: Iterable[Word]) -> frozenset[str]:
        return frozenset().union(*(self.families.get(word.i, frozenset()) for word in words))


def mentions_of(document: Document, lexicon: Lexicon, index: PackIndex | None) -> Mentions:
    """The actors, instruments and conducts that a document names."""
    found = Mentions()
    for sentence in document.sentences:
        base = sentence.words[0].i
        found.outside.update(w.i for word in sentence.words if word.lower in lexicon.outside for w in word.subtree())
        for start, end, forms in lexicon.actor_forms.find(sentence.words):
            mention = ActorMention(base + start, base + end, tuple(forms))
            found.actors.append(mention)
            found.actor_at.update(dict.fromkeys(range(mention.start, mention.end), mention))
        if index is not None:
            _add_tracked(found, sentence.words, base, lexicon, index)
    return found


def _add_tracked(found: Mentions, words: list[Word], base: int, lexicon: Lexicon, index: PackIndex) -> None:
    for start, end, policies in index.instruments.find(words):
        mention = InstrumentMention(base + start, base + end, frozenset(policies))
        found.instruments.append(mention)
        found.instrument_at.update(dict.fromkeys(range(mention.start, mention.end), mention))
    for word in words:
        families = lexicon.conduct_families.get(word.lemma) or lexicon.conduct_families.get(word.lower)
        if word.lemma in lexicon.motions and word.pos == "VERB":
            families = (families or frozenset()) | {"transfer"}
        if families and families & index.families and word.pos in ("VERB", "NOUN", "PROPN", "AUX"):
            found.families[word.i] = families
