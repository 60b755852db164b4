"""Who says so: the source of a clause, and whether it speaks by name, by office, or not at all."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from policytrack.extract import clauses
from policytrack.extract.frames import Frame
from policytrack.extract.lexicon import Lexicon
from policytrack.extract.notices import is_own_print
from policytrack.text import Sentence, Word

Voice = Literal["named", "anonymous", "media"]


_PRONOUNS = ("it", "this", "that", "which", "they", "i", "we")


class SpeakerReader:
    """Finds the nearest source of a frame; a person who speaks of it next comes before an institution."""

    def __init__(self, lexicon: Lexicon) -> None:
        self._lexicon = lexicon

    def read(self, frame: Frame, following: list[Sentence]) -> None:
        """Sets the frame's speaker, and the status that a report or an announcement gives to a stated fact."""
        speaker = self._denier(frame) or self.of_word(frame.head) or self._trailing(frame.head)
        speaker = speaker or self._according(frame.head)
        if frame.status in ("denied", "failed") and is_own_print(speaker, self._lexicon):
            frame.status = "denied"  # the paper corrects itself: "amended to say that it has not lifted it"
            return
        if speaker and not _is_person(speaker, self._lexicon):
            speaker = self._cited(frame.head) or speaker
        if not speaker or self.voice(speaker) == "media":
            speaker = self._later(following) or speaker
        if not speaker:
            self._reported_by_adverb(frame)
            again = frame.agent is not None and frame.form != "public"
            found = self._person_after(following, self._states(frame.clause), again)
            frame.speaker = found or self._announcer(frame)
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
            states = self._states(speaker)
            frame.speaker = self._person_after(following, states, again=True) or self._signer(frame, states) or speaker

    def _denier(self, frame: Frame) -> tuple[Word, ...]:
        """Who denies it, where somebody does: "the ministry denied that it had lifted it"."""
        denied = frame.status == "denied"
        verbs = (node for node in frame.head.ancestors() if denied and node.lemma in self._lexicon.taking_back)
        found = (self._subject_words(verb) for verb in verbs if clauses.is_verb(verb))
        return next((words for words in found if words), ())

    def _announcer(self, frame: Frame) -> tuple[Word, ...]:
        """A person who announces or decides it: "Trump announced a pause", "lifted by Kishida, who said ..."."""
        who = frame.agent
        if who is not None and any(c.dep == "relcl" and c.lemma in self._lexicon.say for c in who.children):
            return tuple(_trimmed(who))
        for node in (frame.head, *frame.head.ancestors()):
            if node.lemma in self._lexicon.announcing and clauses.is_verb(node):
                found = self._subject_words(node)
                return found if found and _is_person(found, self._lexicon) else ()
        return ()

    def _signer(self, frame: Frame, states: set[str]) -> tuple[Word, ...]:
        """The person who decides, where his own house speaks: "signed by Biden, the White House said"."""
        who = tuple(_trimmed(frame.agent)) if frame.agent is not None else ()
        return who if who and _is_person(who, self._lexicon) and self._states(who) & states else ()

    def _is_institution(self, speaker: tuple[Word, ...]) -> bool:
        """A ministry, a capital, a White House: somebody behind whom a person may speak by name."""
        return self.voice(speaker) == "named" and not _is_person(speaker, self._lexicon)

    def _states(self, words: Sequence[Word]) -> set[str]:
        """The states that these words name or speak for."""
        return {form.actor for _, _, forms in self._lexicon.actor_forms.find(words) for form in forms}

    def _person_after(self, following: list[Sentence], states: set[str], again: bool = False) -> tuple[Word, ...]:
        """A person of these states who speaks by name right after; with `again`, of what was just told."""
        for sentence in following:
            for said in sentence.words:
                if said.lower == "according" and _opens_aside(said):
                    found = self._pobj_below(said)
                elif self._says(said) and said.tag in ("VBD", "VBN", "VBG"):
                    found = self._subject_words(said)
                else:
                    continue
                theirs = self._states(found)
                if not _is_person(found, self._lexicon) or (theirs and states and not theirs & states):
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
                if child.tag == "VBN" and self._says(child) and any(c.lower == "as" for c in child.children):
                    return self._subject_words(child)
            if self._says(node) and node is not word:
                found = self._subject_words(node)
                if found:
                    return found
        return ()

    def _trailing(self, word: Word) -> tuple[Word, ...]:
        """ "..., a food official told reporters on Friday": a report at the end, wherever the parser hung it."""
        words = word.sentence.words
        for said in reversed(words):
            who = self._source(said) if said.tag == "VBD" and self._says(said) else None
            if (
                who is None
                or said.i < word.i
                or any(c.dep in ("ccomp", "mark") and c.i > said.i for c in said.children)
            ):
                continue
            first = who.subtree()[0].i - words[0].i
            if first > 0 and words[first - 1].text == "," and who.i < said.i and who.subtree()[-1].i < said.i:
                return self._subject_words(said)
        return self._between(word)

    def _between(self, word: Word) -> tuple[Word, ...]:
        """What stands between the last comma and a final "said" or "told", where the parser saw no subject."""
        words = word.sentence.words
        said = next((w for w in reversed(words) if w.tag in ("VBD", "VBZ", "VBP") and self._says(w)), None)
        comma = next((w for w in reversed(words) if said is not None and w.i < said.i and w.text == ","), None)
        if said is None or comma is None or comma.i < word.i or clauses.own_subject(said) is not None:
            return ()
        source = [w for w in words if comma.i < w.i < said.i]
        nominal = all(w.pos in ("DET", "ADJ", "NOUN", "PROPN", "ADP", "PART", "NUM", "ADV", "PUNCT") for w in source)
        return tuple(source) if nominal and any(w.pos in ("NOUN", "PROPN") for w in source) else ()

    def _pobj_below(self, according: Word) -> tuple[Word, ...]:
        to = according.child("prep") or according
        target = to.child("pobj")
        return tuple(_trimmed(target)) if target is not None else ()

    def _subject_words(self, verb: Word) -> tuple[Word, ...]:
        who = self._source(verb)
        if who is None or who.lower in _PRONOUNS or who.lemma in self._lexicon.documents or not clauses.is_noun(who):
            return ()
        if who.lower in ("he", "she"):
            return self._last_speaker(who)
        if who.i < verb.i and any(w.text == ":" for w in verb.sentence.words if who.i < w.i < verb.i):
            return ()  # a dateline: "Lima: The ministry said"
        return tuple(self._titled(_trimmed(_named(who))))

    def _titled(self, words: list[Word]) -> list[Word]:
        """A long name with the last of its titles: "spokesman John Kirby" of the whole house that he speaks for."""
        titles = [n for n, word in enumerate(words) if word.lemma.lower() in self._lexicon.status.officials]
        long = len(words) > 5 and words[-1].pos == "PROPN" and titles and titles[-1] < len(words) - 1
        return words[titles[-1] - 1 if words[titles[-1] - 1].dep == "amod" else titles[-1] :] if long else words

    def _source(self, verb: Word) -> Word | None:
        """Whose words a verb of saying tells: "NHK quoted officials", "learned from an official" are the officials'."""
        quoted = verb.child("dobj") if verb.lemma in ("quote", "cite") else None
        if quoted is not None and self._is_source(quoted):
            return quoted
        from_ = next((c.child("pobj") for c in verb.children if c.dep == "prep" and c.lower == "from"), None)
        if from_ is not None and verb.lemma in ("learn", "hear", "understand") and self._is_source(from_):
            return from_
        own = [c for c in verb.children if c.dep == "nsubj"]
        if own:  # "Lima: The port is shut, the ministry said": the dateline is none
            return min(own, key=lambda c: abs(c.i - verb.i))
        return clauses.subject(verb) if not clauses.is_passive(verb) else clauses.agent(verb)

    def _says(self, verb: Word) -> bool:
        """A verb of saying; "made the announcement" and "made clear" are two more."""
        if not clauses.is_verb(verb):
            return False
        if verb.lemma == "make":
            told = verb.child("dobj", "nsubjpass", "acomp", "oprd", "ccomp")
            return told is not None and told.lemma in ("announcement", "statement", "clear", "plain", "public")
        if verb.lemma == "let":  # "let it be known"
            return any(
                w.lower == "known" for c in verb.children if c.dep in ("ccomp", "xcomp") for w in (c, *c.children)
            )
        found = verb.lemma == "find" and verb.tag == "VBD" and (verb.child("ccomp") or verb.dep in ("ccomp", "ROOT"))
        return verb.lemma in self._lexicon.say or (bool(found) and verb.child("dobj") is None)

    def _last_speaker(self, pronoun: Word) -> tuple[Word, ...]:
        """The person who spoke last before "he said" in the same sentence, or nobody."""
        for word in reversed([w for w in pronoun.sentence.words if w.i < pronoun.i]):
            if word.pos == "PROPN" and word.dep in ("nsubj", "nsubjpass"):
                return tuple(_trimmed(word))
        return ()

    def _cited(self, word: Word) -> tuple[Word, ...]:
        """ "The Post, quoting two officials, reported": the source that a newspaper names is nearer."""
        for part in word.sentence.words:
            target = part.child("dobj") if part.lemma in ("quote", "cite") and part.tag == "VBG" else None
            if part.lower in ("reference", "referring"):
                target = next((c.child("pobj") for c in part.children if c.dep == "prep" and c.lower == "to"), None)
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
            opening = clauses.own_subject(sentence.root)
            again = opening is not None and self._is_told_before(opening)
            for said in reversed(sentence.words):
                if self._says(said) and (again or any(self._is_told_before(word) for word in said.subtree())):
                    found = self._subject_words(said)
                    if found:
                        return found
        return ()

    def _is_told_before(self, word: Word) -> bool:
        """ "it" as an object, "this was", "the decision" anywhere: what the sentence before told."""
        if word.dep in ("dobj", "nsubjpass") and word.lower in ("it", "this", "that"):
            return True
        definite = any(c.dep == "det" and c.lower in ("the", "this", "that") for c in word.children)
        known = self._lexicon.anaphors | self._lexicon.stand_ins | {"report", "news", "information", "effect"}
        told = word.lemma in known or self._lexicon.thing(word) in ("restriction", "permission")
        return definite and told and word.pos == "NOUN"

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


def _named(who: Word) -> Word:
    """The name that stands beside an office: "the foreign minister, Taro Kono"."""
    name = next((c for c in who.children if c.dep == "appos" and c.pos == "PROPN"), None)
    return name if name is not None and who.pos == "NOUN" else who


def _is_person(speaker: tuple[Word, ...], lexicon: Lexicon) -> bool:
    """Whether a source is called by a person's name: one of the actor table, or a name after an office."""
    heads = [head for head in _heads(speaker) if head.pos == "PROPN"]
    if any(head.text in lexicon.people for head in heads):
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
