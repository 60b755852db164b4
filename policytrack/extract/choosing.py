"""Which sentences of an article are parsed: all where its title or its opening names a tracked thing.

Where one is only named in passing, those are that name it, and those around them that can bear on it. A claim is bound
by its own sentence or by the three before it. So of the three after a name those are parsed that tell an operation or
mean something told before, and of the three before one that is parsed all, where it names nobody, or "they" or "the
country" that may be named there. "The ban" may be meant wherever it stands: such a sentence is parsed if it tells an
operation.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from functools import cached_property, lru_cache
from typing import Any, Final

from policytrack.passages import Passage
from policytrack.screen import Screen
from policytrack.vocabulary import Actors, Operations, TriggerWords

REACH: Final = 3
"""Sentences: as far as what is in focus goes back."""

_THINGS: Final = frozenset(["it", "they", "them", "both", "this", "these", "those", "such"])
"""Pronouns for what was told before. Those of people and owners tell no operation by themselves."""
_ACTORS: Final = frozenset(["it", "they", "them", "both"])
"""Pronouns for who acts, or for what."""
_WORD: Final = re.compile(r"[a-z]+(?:-[a-z]+)*")
_ENDINGS: Final = (
    ("", ""), ("s", ""), ("d", ""), ("es", ""), ("ed", ""), ("ing", ""), ("ing", "e"), ("ies", "y"), ("ied", "y"),
)  # fmt: skip
"""What an inflected form ends in, and what its lemma has instead; a doubled letter may stand before it: "banned"."""
_DOUBLED: Final = re.compile(r"([b-df-hj-np-tv-z])\1(?:ed|ing)$")
_DEFINITE: Final = ("the", "this", "that", "these", "those", "its", "their", "his", "her")
"""What stands before the noun of a thing that was told before."""


class Chooser:
    """Says which passages of an article are parsed.

    `names` says whether a text names a tracked thing, `things` are the names of all that is tracked.
    """

    def __init__(
        self,
        operations: Operations,
        triggers: TriggerWords,
        actors: Actors,
        names: Callable[[str], bool],
        things: Iterable[str],
    ) -> None:
        self._names = names
        self._heads = frozenset(thing.lower().split()[-1] for thing in things)
        verbs = (*_all(operations.verbs), *_all(operations.adjectives))
        phrases = (*verbs, *(phrase[::-1] for phrase in _all(operations.nouns)))
        self._words = frozenset((*triggers.anaphors, *(phrase[0] for phrase in phrases if len(phrase) == 1)))
        self._phrases: dict[str, list[frozenset[str]]] = {}
        for bent, *others in phrases:  # the word that takes endings, and those that take none
            if others:
                self._phrases.setdefault(bent, []).append(frozenset(others))
        names_of = ((*actor.names, *actor.people, *actor.adjectives) for actor in actors.actors.values())
        self._people = tuple(form for forms in names_of for form in forms)
        self._leaning = _ACTORS.union(operations.countries)

    def chosen(self, title: str, found: Sequence[Passage]) -> Collection[int]:
        """The numbers of the passages of an article that are parsed."""
        if found and self._names(f"{title}\n{found[0].text}"):
            return range(len(found))
        chosen: set[int] = set()
        for number, passage in enumerate(found):
            if self._names(passage.text):
                after = range(number + 1, min(number + 1 + REACH, len(found)))
                chosen |= {number, *(place for place in after if self._bears_on(found[place].text))}
        if chosen:
            chosen.update(place for place, passage in enumerate(found) if self._means_one(passage.text))
        for number in tuple(chosen):
            if self._leans_on(found[number].text):
                chosen.update(range(max(number - REACH, 0), number))
        return chosen

    def _bears_on(self, text: str) -> bool:
        """Whether a sentence may say something of what was named before it."""
        said = frozenset(_WORD.findall(text.lower()))
        return not _THINGS.isdisjoint(said) or self._tells(said)

    def _means_one(self, text: str) -> bool:
        """Whether a sentence tells an operation and calls its thing by the noun of a tracked one: "revoked the ban"."""
        words = _WORD.findall(text.lower())
        named = any(
            not self._heads.isdisjoint((word, word.removesuffix("s")))
            and any(before in _DEFINITE for before in words[max(n - 3, 0) : n])
            for n, word in enumerate(words)
        )
        return named and self._tells(frozenset(words))

    def _leans_on(self, text: str) -> bool:
        """Whether a sentence may leave to those before it who acts."""
        return not self._actors.hits(text) or not self._leaning.isdisjoint(_WORD.findall(text.lower()))

    @cached_property
    def _actors(self) -> Screen:
        return _screen(self._people)

    def _tells(self, said: frozenset[str]) -> bool:
        """Whether the words of a sentence tell an operation."""
        return any(self._is_told_by(word, said) for word in said)

    def _is_told_by(self, word: str, said: frozenset[str]) -> bool:
        """Whether a word of a sentence tells an operation, by itself or with others that are said there."""
        forms = [word.removesuffix(end) + lemma for end, lemma in _ENDINGS if word.endswith(end)]
        if doubled := _DOUBLED.search(word):
            forms.append(word[: doubled.start() + 1])
        return any(form in self._words or any(rest <= said for rest in self._phrases.get(form, ())) for form in forms)


@lru_cache(maxsize=4)
def _screen(forms: tuple[str, ...]) -> Screen:
    """The scan for these names, which takes half a second to make: the actor table is that of most rules."""
    return Screen(forms)


def _all(lists: Mapping[Any, Iterable[str]]) -> list[list[str]]:
    """The words of each phrase."""
    return [phrase.lower().split() for phrases in lists.values() for phrase in phrases]
