"""Which words say it: the clause of a frame, without causes, reports and asides."""

from __future__ import annotations

from policytrack.extract import clauses
from policytrack.extract.frames import Frame
from policytrack.extract.lexicon import Lexicon
from policytrack.text import Word

_ASIDE_MARKS = (
    "as",
    "after",
    "because",
    "while",
    "since",
    "although",
    "though",
    "when",
    "amid",
    "before",
    "whereas",
    "if",
    "unless",
)
_ASIDE_PREPOSITIONS = (
    "following",
    "after",
    "amid",
    "amidst",
    "despite",
    "according",
    "given",
    "because",
    "due",
    "owing",
    "including",
    "unlike",
)
_CLIMBS = ("complement", "object", "subject", "noun")


def top(frame: Frame, lexicon: Lexicon) -> Word:
    """The word whose subtree holds the whole statement: the highest governor that is no report."""
    word = frame.head
    for step in clauses.chain(word):
        if step.link == "conjunct" and not clauses.is_verb(word):
            word = step.word
            continue
        if step.link not in _CLIMBS or (step.word.lemma in lexicon.say and clauses.is_verb(step.word)):
            break
        if clauses.tense(word) != "none" and step.word.i > word.i:
            break
        word = step.word
    if frame.form == "adjective" and word is frame.head and clauses.is_verb(word.head):
        word = word.head
    return word


def clause_words(frame: Frame, lexicon: Lexicon) -> tuple[Word, ...]:
    """The words of a frame's clause in text order: at least the frame's own."""
    needed = {word.i for word in frame.words}
    head = top(frame, lexicon)
    kept: list[Word] = []
    _collect(head, head, needed, frame.head, lexicon, kept)
    for word in frame.words:
        if word not in kept:
            kept.append(word)
    kept.sort(key=lambda word: word.i)
    while kept and kept[0].pos in ("PUNCT", "CCONJ", "SCONJ", "SPACE") and kept[0].i not in needed:
        kept.pop(0)
    while kept and kept[-1].pos in ("PUNCT", "SPACE", "CCONJ") and kept[-1].i not in needed:
        kept.pop()
    return tuple(_unbroken(kept, needed))


def _collect(word: Word, head: Word, needed: set[int], predicate: Word, lexicon: Lexicon, kept: list[Word]) -> None:
    kept.append(word)
    for child in word.children:
        if (
            child is predicate
            or child.is_above(predicate)
            or _holds(child, needed)
            or not _is_aside(child, head, predicate, lexicon)
        ):
            _collect(child, head, needed, predicate, lexicon, kept)


def _holds(child: Word, needed: set[int]) -> bool:
    return child.i in needed or any(word.i in needed for word in child.subtree())


def _is_aside(child: Word, head: Word, predicate: Word, lexicon: Lexicon) -> bool:
    """Whether a part of the clause tells of something else: its cause, its source, another step."""
    before = child.subtree()[0].i - 1 - child.sentence.words[0].i
    after_comma = before >= 0 and child.sentence.words[before].text in (",", ";", "—", "–", "--")
    if child.dep == "parataxis" or (child.dep == "ccomp" and child.i < child.head.i and child.lemma in lexicon.say):
        return True
    if child.dep == "advcl":
        mark = child.child("mark")
        return after_comma or child.i < child.head.i or (mark is not None and mark.lower in _ASIDE_MARKS)
    if child.dep == "relcl":
        return after_comma
    if child.dep == "appos":
        return after_comma and child.i > predicate.i
    if child.dep == "conj" and clauses.is_verb(child):
        return True
    if child.dep == "prep":
        if _opens_cue(child, lexicon):
            return True
        return child.lower in _ASIDE_PREPOSITIONS or (after_comma and child.i > predicate.i and child.head is head)
    return child.dep == "acl" and after_comma


def _opens_cue(word: Word, lexicon: Lexicon) -> bool:
    """Whether a preposition begins a cue of several words: "in response to", "as part of"."""
    n = word.i - word.sentence.words[0].i
    following = [w.lower for w in word.sentence.words[n : n + lexicon.longest_cue]]
    return any(tuple(following[: len(cue)]) == cue for cue in lexicon.long_cues.get(word.lower, ()))


def _unbroken(kept: list[Word], needed: set[int]) -> list[Word]:
    """The stretch around the needed words that no say-clause interrupts: a gap of more than twelve words ends it."""
    if not kept:
        return kept
    first = next((n for n, word in enumerate(kept) if word.i in needed), 0)
    start = first
    while start > 0 and kept[start].i - kept[start - 1].i <= 12:
        start -= 1
    end = first
    while end + 1 < len(kept) and (kept[end + 1].i - kept[end].i <= 12 or any(w.i in needed for w in kept[end + 1 :])):
        end += 1
    return kept[start : end + 1]
