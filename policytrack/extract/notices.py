"""Correction notices: where a report is said to have been wrong, by the paper that printed it or by somebody else."""

from __future__ import annotations

from collections.abc import Sequence

from policytrack.extract import clauses
from policytrack.extract.composition import is_negated
from policytrack.extract.frames import Frame
from policytrack.extract.lexicon import Lexicon
from policytrack.text import Word


def said_wrong(frame: Frame, lexicon: Lexicon) -> Word | None:
    """The word by which what a frame tells is called an error: "wrongly reported that", "retracts its report that"."""
    word = frame.head
    if clauses.is_verb(word) and is_negated(word, lexicon):
        return None  # "wrongly said that it had not": what is so then is not told
    for step in clauses.chain(frame.head):
        told = step.link == "relative" and step.word.lemma in lexicon.printed  # "a statement that it had lifted it"
        if step.link in ("after", "finite", "relative") and not told:
            return None
        found = _of_verb(step.word, lexicon) if clauses.is_verb(step.word) else _of_noun(step.word, lexicon)
        if found is not None:
            return found
    return None


def can_say_wrong(words: Sequence[Word], lexicon: Lexicon) -> bool:
    """Whether the words of a sentence, read without its tree, can call a report an error."""
    lowers = {word.lower for word in words}
    lemmas = {word.lemma for word in words}
    told = lemmas & {*lexicon.printed, *lexicon.say}
    negated = lowers & lexicon.negators and (lowers & lexicon.right or lemmas & lexicon.printed)
    return bool(lowers & (lexicon.wrongly | lexicon.untrue) or negated or (lemmas & lexicon.retracting and told))


def is_own_print(words: tuple[Word, ...], lexicon: Lexicon) -> bool:
    """Whether a source is the paper's own text: "an earlier version of this article", "the story"."""
    heads = [word for word in words if word.head not in words]
    return any(head.lemma in lexicon.printed and head.child("poss") is None for head in heads)


def _of_verb(verb: Word, lexicon: Lexicon) -> Word | None:
    """ "wrongly said that", "apologised for reporting that", "it is not true that"."""
    if verb.lemma in lexicon.say:
        wrongly = next((c for c in verb.children if c.lower in lexicon.wrongly and c.dep == "advmod"), None)
        return wrongly or _sorry(verb, lexicon)
    if verb.lemma in lexicon.retracting and not is_negated(verb, lexicon):
        taken = verb.child("nsubjpass") or verb.child("dobj")  # wherever the parser hung what it says
        return verb if taken is not None and taken.lemma in lexicon.printed else None
    return _untrue(verb, lexicon) if verb.lemma == "be" else None


def _sorry(verb: Word, lexicon: Lexicon) -> Word | None:
    """The "apologised" of "apologised for reporting"."""
    above = verb.head.head if verb.dep == "pcomp" else verb
    return above if above is not verb and above.lemma in lexicon.retracting else None


def _of_noun(noun: Word, lexicon: Lexicon) -> Word | None:
    """ "a false report that", "the report that ... was wrong", "withdrew its story that"."""
    if noun.lemma not in lexicon.printed:
        return None
    false = next((c for c in noun.children if c.dep == "amod" and c.lower in lexicon.untrue), None)
    if false is not None:
        return false
    verb = noun.head
    if noun.dep in ("nsubj", "nsubjpass") and verb.lemma == "be":
        return _untrue(verb, lexicon)
    taken = noun.dep == "dobj" or (noun.dep == "nsubjpass" and clauses.is_passive(verb))
    return verb if taken and verb.lemma in lexicon.retracting and not is_negated(verb, lexicon) else None


def _untrue(verb: Word, lexicon: Lexicon) -> Word | None:
    """ "is wrong", "is not true"."""
    said = verb.child("acomp", "attr", "oprd")
    if said is None:
        return None
    negated = is_negated(verb, lexicon)
    return said if said.lower in (lexicon.right if negated else lexicon.untrue) else None
