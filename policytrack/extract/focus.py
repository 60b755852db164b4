"""What an article is about so far: whose policy, which instrument, which conduct. For pronouns and "the decision"."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from policytrack.extract.mentions import Mentions
from policytrack.text import Document, Sentence, Word

_ROLES_THAT_DECIDE = ("name", "person")


@dataclass(frozen=True)
class Focus:
    """What the sentences before a word, the title and the lead name."""

    actors: frozenset[str]
    instruments: frozenset[str]
    families: frozenset[str]
    places: frozenset[str]
    words: frozenset[str]


class FocusReader:
    """Answers what is in focus at a word; reads the title as the sentence before the first."""

    def __init__(self, document: Document, mentions: Mentions, title: Document, title_mentions: Mentions) -> None:
        self._document = document
        self._mentions = mentions
        self._title = title
        self._title_mentions = title_mentions
        self._by_sentence: dict[int, Focus] = {}

    def before(self, word: Word) -> Focus:
        """The focus at the sentence of a word: the three sentences before, the lead and the title."""
        index = word.sentence.index
        if index not in self._by_sentence:
            self._by_sentence[index] = self._read(word.sentence)
        return self._by_sentence[index]

    def _read(self, sentence: Sentence) -> Focus:
        lead = self._document.lead
        chosen = [*lead, *(each for each in self._document.near(sentence, -3, -1) if each.index)]
        words = [word for each in chosen for word in each.words]
        titles = self._title.words
        return Focus(
            self._mentions.actors_in(words, _ROLES_THAT_DECIDE)
            | self._title_mentions.actors_in(titles, _ROLES_THAT_DECIDE),
            _policies(self._mentions, words) | _policies(self._title_mentions, titles),
            self._mentions.families_in(words) | self._title_mentions.families_in(titles),
            self._mentions.actors_in(words) | self._title_mentions.actors_in(titles),
            self._mentions.lemmas_in(words) | self._title_mentions.lemmas_in(titles),
        )

    def words_before(self, word: Word) -> list[Word]:
        """The words of the sentence before a word, and of its own up to it."""
        near = self._document.near(word.sentence, -1, 0)
        return [w for sentence in near for w in sentence.words if w.i < word.i]

    def everywhere(self) -> frozenset[str]:
        """The policies whose instruments the article names anywhere, title included."""
        return _policies(self._mentions, self._document.words) | _policies(self._title_mentions, self._title.words)

    def opening(self) -> frozenset[str]:
        """The policies whose instruments the title names, or the first sentence where there is none."""
        first = [word for sentence in self._document.lead for word in sentence.words]
        return _policies(self._title_mentions, self._title.words) or _policies(self._mentions, first)

    def actor_counts(self) -> Counter[str]:
        """How often each actor is named, adjectives and places included."""
        counts: Counter[str] = Counter()
        for mention in (*self._mentions.actors, *self._title_mentions.actors):
            counts.update(mention.ids())
        return counts


def _policies(mentions: Mentions, words: list[Word]) -> frozenset[str]:
    return frozenset().union(*(m.policies for m in mentions.instruments_in(words)))
