"""Who says so: the source of a clause, and whether it speaks by name, by office, or not at all."""

from __future__ import annotations

from typing import Literal

from policytrack.extract import clauses
from policytrack.extract.frames import Frame
from policytrack.extract.lexicon import Lexicon
from policytrack.text import Sentence, Word

Voice = Literal["named", "anonymous", "media"]


_PRONOUNS = ("it", "this", "that", "which", "they", "i", "we")
_DOCUMENTS = ("notification", "order", "decree", "gazette", "circular", "notice", "proclamation", "ordinance", "law")
"""What is quoted is the act itself: nobody reports it."""


class SpeakerReader:
    """Finds the nearest source of a frame; a person who speaks of it next comes before an institution."""

    def __init__(self, lexicon: Lexicon) -> None:
        self._lexicon = lexicon

    def read(self, frame: Frame, following: list[Sentence]) -> None:
        """Sets the frame's speaker, and the status that a report or an announcement gives to a stated fact."""
        speaker = self.of_word(frame.head) or self._trailing(frame.head) or self._according(frame.head)
        if not speaker or self.voice(speaker) == "media":
            speaker = self._cited(frame.head) or self._later(following) or speaker
        if not speaker:
            self._reported_by_adverb(frame)
            frame.speaker = self._person_after(following) or self._announcer(frame)
            return
        frame.speaker = speaker
        frame.rules.append(f"status.say@{self._lexicon.status.version}")
        if frame.status in ("decided", "announced", "implemented"):
            voice = self.voice(speaker)
            if voice != "named":
                frame.status = "reported" if frame.status != "implemented" or voice == "media" else frame.status
            elif frame.status == "decided":
                frame.status = "announced"
        if self._is_institution(speaker):
            frame.speaker = self._person_after(following, again=True) or speaker

    def _announcer(self, frame: Frame) -> tuple[Word, ...]:
        """A person who announces or decides it: "Trump announced a pause", "Scholz decided that ..."."""
        for node in (frame.head, *frame.head.ancestors()):
            if node.lemma in self._lexicon.announcing and clauses.is_verb(node):
                found = self._subject_words(node)
                return found if found and _is_person(found, self._lexicon) else ()
        return ()

    def _is_institution(self, speaker: tuple[Word, ...]) -> bool:
        """A ministry, a capital, a White House: somebody behind whom a person may speak by name."""
        return self.voice(speaker) == "named" and not _is_person(speaker, self._lexicon)

    def _person_after(self, following: list[Sentence], again: bool = False) -> tuple[Word, ...]:
        """The person who speaks by name in the next sentence; with `again`, only of what was just told."""
        for sentence in following[:1]:
            for said in sentence.words:
                if said.lemma not in self._lexicon.say or said.tag != "VBD":
                    continue
                found = self._subject_words(said)
                if not found or not _is_person(found, self._lexicon):
                    continue
                if not again or any(self._is_told_before(word) for word in sentence.words):
                    return found
        return ()

    def _according(self, word: Word) -> tuple[Word, ...]:
        """ "..., according to X" at either end of the sentence, wherever the parser hung it."""
        cue = next((w for w in word.sentence.words if w.lower == "according" and _opens_aside(w)), None)
        return self._pobj_below(cue) if cue is not None else ()

    def _reported_by_adverb(self, frame: Frame) -> None:
        if frame.status in ("decided", "announced") and any(
            w.lower in ("reportedly", "purportedly", "allegedly") for w in frame.clause
        ):
            frame.status = "reported"

    def of_word(self, word: Word) -> tuple[Word, ...]:
        """The source that governs a word, or stands beside its clause: "officials said", "according to X"."""
        for node in (word, *word.ancestors()):
            for child in node.children:
                if child.lower == "according" and (child.i > word.i or child.dep == "prep"):
                    return self._pobj_below(child)
                if child.dep == "parataxis" and child.lemma in self._lexicon.say:
                    return self._subject_words(child)
            if node.lemma in self._lexicon.say and clauses.is_verb(node) and node is not word:
                found = self._subject_words(node)
                if found:
                    return found
        return ()

    def _trailing(self, word: Word) -> tuple[Word, ...]:
        """ "..., a food official told reporters on Friday": a report at the end, wherever the parser hung it."""
        words = word.sentence.words
        for said in reversed(words):
            who = clauses.own_subject(said) if said.lemma in self._lexicon.say and said.tag == "VBD" else None
            if (
                who is None
                or said.i < word.i
                or any(c.dep in ("ccomp", "mark") and c.i > said.i for c in said.children)
            ):
                continue
            first = who.subtree()[0].i - words[0].i
            if first > 0 and words[first - 1].text == "," and who.i < said.i and who.subtree()[-1].i < said.i:
                return self._subject_words(said)
        return ()

    def _pobj_below(self, according: Word) -> tuple[Word, ...]:
        to = according.child("prep") or according
        target = to.child("pobj")
        return tuple(_trimmed(target)) if target is not None else ()

    def _subject_words(self, verb: Word) -> tuple[Word, ...]:
        who = clauses.subject(verb) if not clauses.is_passive(verb) else clauses.agent(verb)
        if who is None or who.lower in _PRONOUNS or who.lemma in _DOCUMENTS or not clauses.is_noun(who):
            return ()
        if who.lower in ("he", "she"):
            return self._last_speaker(who)
        if who.i < verb.i and any(w.text == ":" for w in verb.sentence.words if who.i < w.i < verb.i):
            return ()  # a dateline: "Lima: The ministry said"
        return tuple(_trimmed(who))

    def _last_speaker(self, pronoun: Word) -> tuple[Word, ...]:
        """The person who spoke last before "he said" in the same sentence, or nobody."""
        for word in reversed([w for w in pronoun.sentence.words if w.i < pronoun.i]):
            if word.pos == "PROPN" and word.dep in ("nsubj", "nsubjpass"):
                return tuple(_trimmed(word))
        return ()

    def _cited(self, word: Word) -> tuple[Word, ...]:
        """ "The Post, quoting two officials, reported": the source that a newspaper names is nearer."""
        for node in (word, *word.ancestors()):
            for part in node.subtree() if node.lemma in self._lexicon.say else ():
                if part.lemma in ("quote", "cite") and part.tag == "VBG":
                    target = part.child("dobj")
                    if target is not None and self._is_source(target):
                        return tuple(_trimmed(target))
        return ()

    def _is_source(self, word: Word) -> bool:
        status = self._lexicon.status
        known = {*status.anonymous, *status.officials, *status.media}
        return word.pos == "PROPN" or word.lemma in known or word.lower in known

    def _later(self, following: list[Sentence]) -> tuple[Word, ...]:
        """ "Two officials confirmed it", "the move was approved, an official said": who speaks of it right after.

        Of two ("the Post said that officials confirmed it") the one that is nearer to what was told.
        """
        for sentence in following:
            for said in reversed(sentence.words):
                if said.lemma not in self._lexicon.say or not clauses.is_verb(said):
                    continue
                if any(self._is_told_before(word) for word in said.subtree()):
                    found = self._subject_words(said)
                    if found:
                        return found
        return ()

    def _is_told_before(self, word: Word) -> bool:
        """ "it" as an object, "the decision" anywhere: what the sentence before told."""
        if word.dep == "dobj" and word.lower in ("it", "this", "that"):
            return True
        definite = any(c.dep == "det" and c.lower in ("the", "this", "that") for c in word.children)
        return definite and word.lemma in self._lexicon.anaphors and word.pos == "NOUN"

    def voice(self, speaker: tuple[Word, ...]) -> Voice:
        """How a source speaks: a name or an office, an anonymous person, a newspaper."""
        status = self._lexicon.status
        heads = _heads(speaker)
        if any(w.lower in status.media or w.lemma in status.media for w in speaker) and not any(
            head.lemma in status.anonymous or head.lemma in status.officials for head in heads
        ):
            return "media"
        if any(head.pos == "PROPN" or head.lemma in status.officials for head in heads):
            return "named"
        return "anonymous"


def _is_person(speaker: tuple[Word, ...], lexicon: Lexicon) -> bool:
    """Whether a source is called by a person's name: one of the actor table, or a name after an office."""
    heads = [head for head in _heads(speaker) if head.pos == "PROPN"]
    names = {form for actor in lexicon.actors.actors.values() for full in actor.people for form in full.split()}
    if any(head.text in names for head in heads):
        return True
    offices = {*lexicon.status.officials, *lexicon.status.anonymous}
    return any(
        part.dep in ("compound", "appos", "nmod") and part.lemma.lower() in offices
        for head in heads
        for part in head.children
    ) and not any(head.lemma.lower() in offices for head in heads)


def _opens_aside(according: Word) -> bool:
    """At the sentence's opening, or after a comma."""
    n = according.i - according.sentence.words[0].i
    return n == 0 or according.sentence.words[n - 1].text == ","


def _heads(speaker: tuple[Word, ...]) -> list[Word]:
    """The heads of a noun phrase: its topmost word and those coordinated with it."""
    inside = {word.i for word in speaker}
    top = [word for word in speaker if word.head.i not in inside or word.head is word]
    return [*top, *(word for word in speaker if word.dep == "conj" and word.head in top)]


def _trimmed(head: Word) -> list[Word]:
    """A noun phrase without its relative clauses and appositions; of a person's name also without whose and of what."""
    words = []
    named = head.pos == "PROPN" and any(c.dep == "compound" and c.pos == "PROPN" for c in head.children)
    for word in head.subtree():
        path = [word, *word.ancestors()]
        below = path[: path.index(head)] if head in path else path
        if any(
            w.dep in ("relcl", "parataxis", "advcl")
            or (named and w.dep == "poss")
            or (named and w.dep == "prep" and w.i > head.i and w.head is head)
            or (w.dep == "appos" and _comma_before(w))
            or (w.dep == "acl" and w.i > head.i + 1 and _comma_before(w))
            for w in below
        ):
            continue
        words.append(word)
    while words and words[-1].pos in ("PUNCT", "CCONJ"):
        words.pop()
    while words and words[0].pos == "PUNCT":
        words.pop(0)
    return words


def _comma_before(word: Word) -> bool:
    first = word.subtree()[0]
    position = first.i - word.sentence.words[0].i
    return position > 0 and word.sentence.words[position - 1].text == ","
