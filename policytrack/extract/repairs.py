"""Parse errors that recur, mended once before anything is read. Each repair names what the parser does wrong."""

from __future__ import annotations

from collections.abc import Callable

from policytrack.text import Document, Word

Forms = Callable[[str, str], tuple[str, str]]
"""(word, tag) -> (part of speech, lemma): the parser's own table."""


def repair(document: Document, forms: Forms) -> Document:
    """The same document, its words' tags mended in place."""
    for word in document.words:
        if _is_verb_read_as_noun(word):
            _retag(word, "VB", forms)
    return document


def _is_verb_read_as_noun(word: Word) -> bool:
    """ "let Ukraine fire missiles": a bare infinitive with its own subject, tagged as a noun."""
    return word.tag == "NN" and word.dep in ("ccomp", "xcomp") and word.child("nsubj") is not None


def _retag(word: Word, tag: str, forms: Forms) -> None:
    word.tag = tag
    word.pos, word.lemma = forms(word.text, tag)
