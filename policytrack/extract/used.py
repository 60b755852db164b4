"""Which entries of the word lists, and which phrases of policies, the reading of an article rests on."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import NamedTuple

from policytrack.extract.lexicon import Lexicon
from policytrack.extract.mentions import Conduct, forms_of
from policytrack.extract.steps import Attempt, Steps
from policytrack.model import Policy, Record
from policytrack.text import Sentence, Word
from policytrack.vocabulary import Cue

LISTS = ("operations", "status", "triggers")
"""The files of word lists, as `Rules` names them."""

_OPERATORS = {"VERB": "verbs", "AUX": "verbs", "NOUN": "nouns", "PROPN": "nouns", "ADJ": "adjectives"}
_GOVERNORS = ("verbs", "nouns", "adjectives", "adverbs", "modals")
_CUES = {
    "preposition": "prepositions", "marker": "markers", "verb": "verbs", "passive": "passives",
    "purpose": "purposes", "accusation": "accusations", "claim": "claims",
}  # fmt: skip
_NO_WORDS = ("version", "flipped")


class WordEntry(NamedTuple):
    """One entry of a word list: the file, the list as `verbs.ban` or `hedges`, and its words."""

    file: str
    list: str
    words: str


class PhraseUse(NamedTuple):
    """A phrase of a policy that stands in what a claim about the policy was read from."""

    policy: str
    part: str
    phrase: str


def entries(name: str, lists: Record) -> Iterator[tuple[WordEntry, tuple[str | int, ...]]]:
    """Every entry of one file of word lists, in its order, with its way in the file; of modals the key."""
    for key in type(lists).model_fields:
        value = getattr(lists, key)
        if key in _NO_WORDS:
            continue
        if key == "modals":
            yield from ((WordEntry(name, key, word), (key, word)) for word in value)
        elif isinstance(value, Mapping):
            for kind, words in value.items():
                yield from ((WordEntry(name, f"{key}.{kind}", word), (key, kind, n)) for n, word in enumerate(words))
        else:
            for n, each in enumerate(value):
                yield WordEntry(name, key, each.cue if isinstance(each, Cue) else each), (key, n)


@dataclass(frozen=True)
class Use:
    """What the reading of an article rests on: entries of word lists, and phrases of the policies that have news.

    `named` are the policies of which it names an instrument.
    """

    entries: frozenset[WordEntry] = frozenset()
    phrases: frozenset[PhraseUse] = frozenset()
    named: frozenset[str] = frozenset()


class WordIndex:
    """The plain word lists by first word: those of which the reading itself does not tell which entry it took."""

    def __init__(self, lexicon: Lexicon) -> None:
        self._lexicon = lexicon
        self._by_first: dict[str, list[tuple[tuple[str, ...], WordEntry]]] = {}
        for name in LISTS:
            for entry, way in entries(name, getattr(lexicon, name)):
                words = entry.words.lower().replace("-", " - ").split()
                if words and way[0] not in _told_by_reading(name):
                    self._by_first.setdefault(words[0], []).append((tuple(words[1:]), entry))

    def use(self, steps: Steps) -> Use:
        """What one reading rests on.

        Of operations the entries that make a statement, of status words those that decide one's status, of cues those
        that tie a cause to a claim; of every other list what stands in a sentence with a statement or a cause.
        """
        news = [a for a in steps.attempts if a.claim is not None and a.claim.is_news and not a.problems]
        named = frozenset().union(*(mention.policies for mention in steps.mentions.instruments))
        phrases = frozenset(phrase for attempt in news for phrase in _phrases(steps, attempt))
        return Use(frozenset(self._entries(steps)), phrases, named)

    def _entries(self, steps: Steps) -> set[WordEntry]:
        frames = [*steps.frames, *(attempt.frame for attempt in steps.attempts)]
        found: set[WordEntry] = set()
        sentences = {id(frame.sentence): frame.sentence for frame in frames}
        for frame in frames:
            found.update(self._operators(frame.head, frame.kind, frame.entry))
            found.update(self._governors(frame.status_words))
        for sentence, entry in self._cues(steps):
            found.add(entry)
            sentences[id(sentence)] = sentence
        found.update(entry for sentence in sentences.values() for entry in self._standing_in(sentence))
        return found

    def _operators(self, head: Word, kind: str, words: str) -> Iterator[WordEntry]:
        lists = self._lexicon.operations
        key = _OPERATORS.get(head.pos, "verbs")
        found: Mapping[str, tuple[str, ...]] = getattr(lists, key)
        if words in found.get(kind, ()):
            yield WordEntry("operations", f"{key}.{kind}", words)
        moved = self._lexicon.moving(head)
        if moved is not None:
            yield WordEntry("operations", f"moving.{moved.kind}", moved.entry)
        for key, operator in (
            ("bearing_verbs", self._lexicon.bearing(head)),
            ("ending_verbs", self._lexicon.ending(head)),
        ):
            if operator is not None:
                yield WordEntry("operations", key, operator.entry)

    def _governors(self, words: Iterable[Word]) -> Iterator[WordEntry]:
        for word in words:
            governor = self._lexicon.governor(word)
            forms = {*word.forms, *((governor[1].entry,) if governor else ())}
            for key in _GOVERNORS:
                lists = getattr(self._lexicon.status, key)
                if key == "modals":
                    yield from (WordEntry("status", key, form) for form in forms if form in lists)
                    continue
                for kind, listed in lists.items():
                    yield from (WordEntry("status", f"{key}.{kind}", form) for form in forms if form in listed)

    @staticmethod
    def _cues(steps: Steps) -> Iterator[tuple[Sentence, WordEntry]]:
        """The cues that tie a cause to a claim, with their sentences."""
        tied = [trigger for attempt in steps.attempts if attempt.claim for trigger in attempt.claim.triggers]
        for sentence in steps.document.sentences if tied else ():
            cues = {trigger.cue for trigger in tied if sentence.start <= trigger.start < sentence.end}
            for hit in steps.triggers.hits(sentence) if cues else ():
                if hit.form in _CUES and " ".join(word.lower for word in hit.words) in cues:
                    yield sentence, WordEntry("triggers", _CUES[hit.form], hit.cue.cue)

    def _standing_in(self, sentence: Sentence) -> Iterator[WordEntry]:
        words = sentence.words
        for n, word in enumerate(words):
            for form in word.forms:
                for rest, entry in self._by_first.get(form, ()):
                    following = words[n + 1 : n + 1 + len(rest)]
                    if len(following) == len(rest) and all(
                        part in other.forms for part, other in zip(rest, following, strict=True)
                    ):
                        yield entry


def _told_by_reading(name: str) -> tuple[str, ...]:
    if name == "operations":
        return ("verbs", "nouns", "adjectives", "moving", "bearing_verbs", "ending_verbs")
    return _GOVERNORS if name == "status" else tuple(_CUES.values())


# --- phrases of policies


def _phrases(steps: Steps, attempt: Attempt) -> Iterator[PhraseUse]:
    """The phrases of a claim's policy in the sentences from which the claim was read; else in its whole article."""
    if steps.index is None or attempt.bound.policy not in steps.index.policies:
        return
    policy, own = steps.index.policies[attempt.bound.policy], attempt.frame.sentence.words
    everything = [word for sentence in steps.document.sentences for word in sentence.words]
    for part, found in (("instrument", _instruments), ("conduct", _conducts), ("beneficiary", _beneficiaries)):
        near = list(found(steps, policy, own))
        yield from (PhraseUse(policy.id, part, phrase) for phrase in near or found(steps, policy, everything))


def _instruments(steps: Steps, policy: Policy, words: list[Word]) -> Iterator[str]:
    if steps.index is None or not any(_names(steps, policy, word) for word in words):
        return
    fitting = {phrase for _, _, phrase in steps.index.instrument_fits(words)}
    texts = [f" {' '.join(said)} " for said in ([word.lower for word in words], [word.lemma for word in words])]
    for phrase in policy.instrument:
        forms = [" ".join(form.lower().replace("-", " - ").split()) for form in forms_of(phrase)]
        if phrase in fitting or any(f" {form} " in text for form in forms for text in texts):
            yield phrase


def _names(steps: Steps, policy: Policy, word: Word) -> bool:
    mention = steps.mentions.instrument_at.get(word.i)
    return mention is not None and policy.id in mention.policies


def _conducts(steps: Steps, policy: Policy, words: list[Word]) -> Iterator[str]:
    named, index = steps.mentions, steps.index
    assert index is not None, "phrases are of packs"
    families, actors, lemmas = named.families_in(words), named.actors_in(words), named.lemmas_in(words)
    conducts: tuple[Conduct, ...] = index.conducts[policy.id]
    for phrase, conduct in zip(policy.conduct, conducts, strict=True):
        if all(conduct.holds(families, actors, lemmas)):
            yield phrase


def _beneficiaries(steps: Steps, policy: Policy, words: list[Word]) -> Iterator[str]:
    named = steps.mentions.actors_in(words)
    yield from (actor for actor in policy.beneficiary if actor in named)
