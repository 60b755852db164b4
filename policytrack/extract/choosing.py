"""Which sentences of an article are parsed: all where its title or its opening names a tracked thing.

Where one is only named in passing, those are that name it, and those around them that can bear on it. A claim is bound
by its own sentence or by the three before it. So of the three after a name those are parsed that hold a word of the
lists or a pronoun, and of the three before one that is parsed all, where it does not say itself who acts, or of what.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from functools import lru_cache
from typing import Any, Final

from policytrack.passages import Passage
from policytrack.screen import Screen
from policytrack.vocabulary import Actors, Operations, StatusWords, TriggerWords

REACH: Final = 3
"""Sentences: as far as what is in focus goes back."""

_PRONOUNS: Final = frozenset(
    ["it", "they", "them", "both", "this", "these", "those", "such", "its", "their", "his", "her", "he", "she"]
)
_WORD: Final = re.compile(r"[a-z]+(?:-[a-z]+)*")
_ENDINGS: Final = (
    ("", ""), ("s", ""), ("d", ""), ("es", ""), ("ed", ""), ("ing", ""), ("ing", "e"), ("ies", "y"), ("ied", "y"),
)  # fmt: skip
"""What an inflected form ends in, and what its lemma has instead; a doubled letter may stand before it: "banned"."""
_DOUBLED: Final = re.compile(r"([b-df-hj-np-tv-z])\1(?:ed|ing)$")


class Chooser:
    """Says which passages of an article are parsed; `names` says whether a text names a tracked thing."""

    def __init__(
        self,
        operations: Operations,
        status: StatusWords,
        triggers: TriggerWords,
        actors: Actors,
        names: Callable[[str], bool],
    ) -> None:
        self._names = names
        heads = (phrase.split()[-1] for lists in (operations.things, operations.nouns) for phrase in _all(lists))
        alone = (phrase for lists in (operations.verbs, operations.adjectives) for phrase in _all(lists))
        self._words = frozenset((*heads, *(each for each in alone if " " not in each), *triggers.anaphors))
        names_of = ((*actor.names, *actor.people, *actor.adjectives) for actor in actors.actors.values())
        self._people = tuple(form for forms in names_of for form in forms)
        self._leaning = _PRONOUNS.union(operations.countries, status.authorities, status.officials, status.institutions)

    def chosen(self, title: str, found: Sequence[Passage]) -> Collection[int]:
        """The numbers of the passages of an article that are parsed."""
        if found and self._names(f"{title}\n{found[0].text}"):
            return range(len(found))
        chosen: set[int] = set()
        for number, passage in enumerate(found):
            if self._names(passage.text):
                after = range(number + 1, min(number + 1 + REACH, len(found)))
                chosen |= {number, *(place for place in after if self._bears_on(found[place].text))}
        for number in tuple(chosen):
            if self._leans_on(found[number].text):
                chosen.update(range(max(number - REACH, 0), number))
        return chosen

    def _bears_on(self, text: str) -> bool:
        """Whether a sentence may say something of what was named before it."""
        return any(word in _PRONOUNS or self._is_listed(word) for word in _WORD.findall(text.lower()))

    def _leans_on(self, text: str) -> bool:
        """Whether a sentence may leave to those before it who acts, or what is meant."""
        return not _screen(self._people).hits(text) or not self._leaning.isdisjoint(_WORD.findall(text.lower()))

    def _is_listed(self, word: str) -> bool:
        forms = (word.removesuffix(end) + lemma for end, lemma in _ENDINGS if word.endswith(end))
        doubled = _DOUBLED.search(word)
        return any(form in self._words for form in forms) or (
            doubled is not None and word[: doubled.start() + 1] in self._words
        )


@lru_cache(maxsize=4)
def _screen(forms: tuple[str, ...]) -> Screen:
    """The scan for these names, which takes half a second to make: the actor table is that of most rules."""
    return Screen(forms)


def _all(lists: Mapping[Any, Iterable[str]]) -> Iterable[str]:
    return (phrase.lower() for phrases in lists.values() for phrase in phrases)
