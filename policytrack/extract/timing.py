"""When: the dates that a frame's clause and the sentences that refer back to it name, each with its role."""

from __future__ import annotations

from collections.abc import Iterable

from policytrack import dates
from policytrack.extract import clauses
from policytrack.extract.frames import Frame
from policytrack.extract.lexicon import Lexicon
from policytrack.extract.mentions import Mentions
from policytrack.extract.triggers import TriggerReader
from policytrack.model import ClaimDate, DateRole, Trigger
from policytrack.text import Document, Sentence, Word


class TimingReader:
    """Reads dates and their roles for the frames of one article."""

    def __init__(
        self, lexicon: Lexicon, document: Document, mentions: Mentions, triggers: TriggerReader, published: str
    ) -> None:
        self._lexicon = lexicon
        self._document = document
        self._mentions = mentions
        self._triggers = triggers
        self._published = published

    def read(self, frame: Frame, causes: Iterable[Trigger], referring: Iterable[Sentence]) -> list[ClaimDate]:
        """The dates of a frame, in text order; those inside its causes are theirs."""
        taken = [(t.start, t.end) for t in causes]
        found = [d for d in self._in_sentence(frame, frame.sentence) if not _inside(d.start, taken)]
        if frame.live:
            for sentence in referring:
                found += [d for d in self._referring(sentence) if not _inside(d.start, taken)]
        return list({(d.role, d.date): d for d in sorted(found, key=lambda d: d.start)}.values())

    def _in_sentence(self, frame: Frame, sentence: Sentence) -> list[ClaimDate]:
        clause = {word.i for word in frame.clause}
        found = []
        for mention, word in self._dated(sentence, frame.status == "announced"):
            inside = word.i in clause or word.head.i in clause
            said = next((node for node in word.ancestors() if clauses.is_verb(node)), None)
            reports = said is not None and said.lemma in self._lexicon.say
            if not inside and not reports:
                continue
            role: DateRole = (
                "announced" if reports and said is not frame.head else self._role(frame, mention.start, sentence)
            )
            if self._is_history(mention.date) and not frame.background:
                continue
            found.append(self._made(mention, role))
        return found

    def _dated(self, sentence: Sentence, ahead: bool) -> list[tuple[dates.Mention, Word]]:
        quote = self._document.text[sentence.start : sentence.end]
        by_offset = {word.start: word for word in sentence.words}
        found = []
        for mention in dates.mentions(quote, self._published, lambda at: self._lies_ahead(quote, at, ahead)):
            word = by_offset.get(sentence.start + mention.start)
            if word is not None:
                moved = dates.Mention(
                    sentence.start + mention.start, sentence.start + mention.end, mention.date, mention.precision
                )
                found.append((moved, word))
        return found

    @staticmethod
    def _lies_ahead(quote: str, at: int, announced: bool) -> bool:
        before = quote[:at].lower().split()[-3:]
        return bool({"from", "until", "starting", "beginning", "next", "effective"} & set(before)) or (
            announced and " will " in quote[:at].lower()
        )

    def _role(self, frame: Frame, start: int, sentence: Sentence) -> DateRole:
        before = [w.lower for w in sentence.words if w.start < start][-4:]
        if {"until", "till"} & set(before) or (before[-1:] == ["to"] and frame.operation == "extend"):
            return "expires"
        if set(self._lexicon.status.effective) & set(before):
            return "in_force"
        if frame.status == "announced":
            return (
                "announced"
                if dates.first_day(self._date_at(sentence, start)) <= dates.last_day(self._published)
                else "in_force"
            )
        return "decided"

    def _date_at(self, sentence: Sentence, start: int) -> str:
        return next((m.date for m, _ in self._dated(sentence, True) if m.start == start), self._published)

    def _referring(self, sentence: Sentence) -> list[ClaimDate]:
        """Dates of a later sentence about the change: told on, announced on, in force from, first used on."""
        found = []
        for mention, word in self._dated(sentence, False):
            verb = next((node for node in word.ancestors() if clauses.is_verb(node)), sentence.root)
            role = self._referring_role(verb, sentence, mention.start)
            if role is not None and not self._is_history(mention.date):
                found.append(self._made(mention, role))
        return found

    def _referring_role(self, verb: Word, sentence: Sentence, start: int) -> DateRole | None:
        lemmas = {verb.lemma, *(node.lemma for node in verb.ancestors())}
        before = {w.lower for w in sentence.words if w.start < start}
        if lemmas & set(self._lexicon.status.communicating):
            return "communicated"
        if {"effect", "force"} & before and lemmas & {"take", "come", "go", "enter"}:
            return "in_force"
        if set(self._lexicon.status.first) & before and self._mentions.families_in(
            w for w in sentence.words if w.start < start
        ) & {
            "strike",
            "use",
            "transfer",
        }:
            return "first_use"
        if lemmas & set(self._lexicon.status.publishing):
            return "announced"
        return None

    def _is_history(self, date: str) -> bool:
        return dates.days_between(date, self._published) > 120

    def _made(self, mention: dates.Mention, role: DateRole) -> ClaimDate:
        return ClaimDate(
            start=mention.start, end=mention.end, quote=self._document.text[mention.start : mention.end],
            role=role, date=mention.date, precision=mention.precision,
        )  # fmt: skip


def _inside(start: int, spans: list[tuple[int, int]]) -> bool:
    return any(low <= start < high for low, high in spans)
