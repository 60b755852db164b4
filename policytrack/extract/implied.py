"""First use of an instrument where its policy forbade it: a claim that nobody has made in words."""

from __future__ import annotations

from collections.abc import Iterator

from policytrack.extract import clauses
from policytrack.extract.binding import Bound
from policytrack.extract.frames import Frame
from policytrack.extract.lexicon import Lexicon
from policytrack.extract.mentions import Mentions, PackIndex
from policytrack.model import Issuer
from policytrack.text import Document, Sentence, Word


class ImpliedReader:
    """Finds first uses: an instrument's strike or use told as done, as a first or as what followed a first."""

    def __init__(self, document: Document, lexicon: Lexicon, mentions: Mentions, index: PackIndex) -> None:
        self._document = document
        self._lexicon = lexicon
        self._mentions = mentions
        self._index = index

    def read(self, stated: set[str]) -> Iterator[tuple[Frame, Bound]]:
        """Frames of first use for policies that the article does not speak of otherwise, each policy once."""
        seen = set(stated)
        for sentence in self._document.sentences:
            for mention in self._mentions.instruments_in(sentence.words):
                for policy_id in sorted(mention.policies - seen if len(mention.policies) == 1 else ()):
                    use = self._use(policy_id, mention.start, mention.end, sentence)
                    if use is not None:
                        seen.add(policy_id)
                        yield self._frame(use, mention.start, mention.end), self._bound(policy_id)

    def _use(self, policy_id: str, start: int, end: int, sentence: Sentence) -> Word | None:
        policy = self._index.policies[policy_id]
        if (
            policy.kind != "permission"
            or policy.start is None
            or policy.start.status not in ("prohibited", "restricted")
        ):
            return None
        conducts = self._index.conducts[policy_id]
        if not any({"strike"} & conduct.families for conduct in conducts) or not self._is_first(sentence):
            return None
        actors = self._mentions.actors_in(sentence.words) | self._mentions.actors_in(self._before(sentence))
        if not any(conduct.actors <= actors for conduct in conducts):
            return None
        return next((word for word in self._users(start, end, sentence) if self._is_done(word)), None)

    def _is_first(self, sentence: Sentence) -> bool:
        """ "for the first time", or "this was followed by" after a sentence that tells of a first."""
        if any(word.lower in self._lexicon.status.first for word in sentence.words):
            return True
        told = any(word.lower in self._lexicon.status.first for word in self._before(sentence))
        return told and any(
            word.lower in self._lexicon.status.next or word.lemma == "follow" for word in sentence.words
        )

    def _before(self, sentence: Sentence) -> list[Word]:
        return [word for before in self._document.near(sentence, -1, -1) for word in before.words]

    def _users(self, start: int, end: int, sentence: Sentence) -> Iterator[Word]:
        """Words of striking or using that the instrument belongs to."""
        inside = {word.i for word in sentence.words if start <= word.i < end}
        for word in sentence.words:
            if self._mentions.families.get(word.i, frozenset()) & {"strike", "use"} and any(
                below.i in inside for below in word.subtree()
            ):
                yield word

    def _is_done(self, word: Word) -> bool:
        """Told as fact and past: no modal, no negation, no wish above it."""
        verb = word if clauses.is_verb(word) else clauses.finite_above(word)
        if clauses.modals(verb) or any(c.lower in self._lexicon.negators for c in verb.children):
            return False
        if any(
            self._lexicon.governor(step.word) is not None
            for step in clauses.chain(word)
            if step.link in ("complement", "noun")
        ):
            return False
        return clauses.tense(verb) in ("past", "perfect")

    def _frame(self, use: Word, start: int, end: int) -> Frame:
        instrument = tuple(word for word in use.sentence.words if start <= word.i < end)
        frame = Frame(
            head=use, entry="first use", kind="use", operation="authorise", direction="looser",
            words=(*instrument, use), themes=instrument, form="use", status="implemented", implied=True,
            rules=[f"operations.first-use@{self._lexicon.operations.version}"],
        )  # fmt: skip
        frame.reasons.append("implied: use is told, a permission is not")
        return frame

    def _bound(self, policy_id: str) -> Bound:
        policy = self._index.policies[policy_id]
        issuer = Issuer(id=policy.issuer[0] if policy.issuer else None)
        return Bound(policy_id, issuer, 0.0, ("issuer: pack", "instrument: sentence", "conduct: use"))
