"""Frames of one document in the making: what their words are worth, and what every reader of operations asks."""

from __future__ import annotations

from collections.abc import Container, Mapping

from policytrack.extract import clauses
from policytrack.extract.composition import PERMISSION, RESTRICTION, UNKNOWN, Composer, Effect, Valued
from policytrack.extract.frames import Frame
from policytrack.extract.lexicon import Lexicon, Operator
from policytrack.text import Document, Word


class Framer:
    """Makes frames of one document. `known`, `conducts` and `instruments` are as `OperationReader` has them."""

    def __init__(
        self,
        lexicon: Lexicon,
        document: Document,
        known: Mapping[int, str],
        conducts: Mapping[int, frozenset[str]],
        instruments: Container[int] = (),
    ) -> None:
        self.lexicon, self.known, self.conducts, self.instruments = lexicon, known, conducts, instruments
        self.composer = Composer(lexicon, known, conducts)
        self._named = {word.i for word in document.words if word.pos == "PROPN"}

    def made(self, word: Word, operator: Operator, effect: Effect, form: str) -> Frame:
        """The frame of a predicate, with its own themes and agent."""
        return Frame(
            head=word, entry=operator.entry, kind=operator.kind, operation=effect.operation, direction=effect.direction,
            words=effect.words, themes=tuple(self.composer.themes(word, operator)), agent=clauses.agent(word),
            form=form, rules=[f"operations.{operator.kind}@{self.lexicon.operations.version}"],
        )  # fmt: skip

    def public(self, word: Word, words: tuple[Word, ...], bound: bool) -> Frame:
        """The frame of a duty (`bound`) or a freedom of those who do not decide."""
        effect = Effect(*(("impose", "tighter") if bound else ("authorise", "looser")), words)
        return self.made(word, Operator("require" if bound else "allow", words, word.lemma), effect, "public")

    def is_public(self, noun: Word) -> bool:
        """Whether a noun means people who do not decide: residents, shops; no name does."""
        return any(w.lemma in self.lexicon.public for w in clauses.conjuncts(noun)) and noun.i not in self._named

    def is_ours(self, word: Word) -> bool:
        """Whether a clause can be of the subject: in open mode always, with packs where it names what they track."""
        return not (self.known or self.conducts) or any(below.i in self.instruments for below in word.subtree())

    def subject_value(self, thing: Word | None) -> Valued:
        """The value of what an adjective is said of; of a clause ("prohibiting it is unlawful"), what it does."""
        if thing is None:
            return Valued(UNKNOWN, ())
        if not clauses.is_verb(thing):
            return self.composer.value(thing)
        inner = self.composer.effect_of(thing)
        if inner is None or inner.direction == "neutral":
            return Valued(UNKNOWN, (thing,))
        return Valued(PERMISSION if inner.direction == "looser" else RESTRICTION, inner.words)
