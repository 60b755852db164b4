"""Who does what to what, read off the dependency tree: the one place that knows the parser's labels and its errors.

Passives, participles, infinitives, shared subjects and objects are resolved here; everything else asks for roles.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from policytrack.text import Word

Link = Literal[
    "complement", "noun", "object", "subject", "adjunct", "topic", "finite", "relative", "after", "conjunct", "root"
]
"""How a clause or noun hangs on its governor.

complement: "agreed to lift"; noun: "a decision to lift"; object: "announced the lifting"; subject: "the lifting was
announced"; adjunct: ", lifting ..."; topic: "on lifting it, ..."; finite: "as it lifted"; relative: "which lifted";
after: "after lifting"; conjunct: shares all with its neighbour; root: nothing above.
"""

_SUBJECTS = ("nsubj", "nsubjpass", "csubj", "csubjpass", "expl")
_RELATIVE = ("which", "who", "that", "whom", "whose", "where")
_EARLIER = ("after", "since", "before", "until", "upon", "following")
_SAME_TIME = ("by", "in", "through", "including", "thereby", "thus", "with", "via", "while", "and")


def is_verb(word: Word) -> bool:
    """Whether the word is a verb form, also where the parser took it for another part of speech's head."""
    return word.tag.startswith("VB") or word.pos in ("VERB", "AUX")


def is_noun(word: Word) -> bool:
    return word.pos in ("NOUN", "PROPN", "PRON") or (
        word.tag == "DT" and word.dep in ("nsubj", "nsubjpass", "dobj", "pobj")
    )


def is_passive(word: Word) -> bool:
    """Whether a verb's subject, or the noun that it modifies, is what is acted on."""
    if any(child.dep in ("nsubjpass", "auxpass", "csubjpass") for child in word.children):
        return True
    if word.tag != "VBN" or any(child.lemma in ("have", "'ve") and child.dep == "aux" for child in word.children):
        return False
    if word.dep == "conj" and is_verb(word.head) and not has_subject(word):
        return is_passive(word.head) and not word.child("aux")
    if word.child("nsubj") is not None and word.child("aux", "dobj", "attr") is None:
        return True
    return word.dep in ("acl", "advcl", "amod", "relcl", "oprd", "ccomp", "xcomp") and not word.child("dobj")


def has_subject(word: Word) -> bool:
    return any(child.dep in _SUBJECTS for child in word.children)


def own_subject(word: Word) -> Word | None:
    """The subject in the tree, "there" and the like left out."""
    return next((child for child in word.children if child.dep in _SUBJECTS and child.dep != "expl"), None)


def subject(word: Word) -> Word | None:
    """The subject of a verb, shared or controlled ones included: of "agreed to lift" for "lift"."""
    seen: set[int] = set()
    while word.i not in seen:
        seen.add(word.i)
        found = own_subject(word)
        if found is not None:
            return _antecedent(found, word)
        step = _subject_donor(word)
        if step is None:
            return None
        if isinstance(step, tuple):
            return step[0]
        word = step
    return None


def _antecedent(found: Word, verb: Word) -> Word:
    if found.lower in _RELATIVE and verb.dep == "relcl":
        return verb.head
    return found


def _subject_donor(word: Word) -> Word | tuple[Word] | None:
    """The verb whose subject this one shares, or (a noun that is the subject itself,)."""
    head = word.head
    if head is word:
        return None
    if word.dep == "conj" and is_verb(head):
        return head
    if word.dep == "pcomp":
        return _donor_of_gerund(head)
    if word.dep in ("xcomp", "ccomp", "advcl", "prep", "oprd", "dep") and is_verb(head):
        raised = head.child("dobj") if word.dep in ("xcomp", "ccomp") else None
        return (raised,) if raised is not None and raised.i < word.i else head
    if word.dep in ("acl", "relcl", "amod") and is_noun(head):
        return _donor_of_modifier(word, head)
    return None


def _donor_of_gerund(preposition: Word) -> Word | tuple[Word] | None:
    host = preposition.head
    if preposition.lower == "including":
        return _main_verb(host)
    return host if is_verb(host) else _subject_donor(preposition)


def _donor_of_modifier(word: Word, noun: Word) -> Word | tuple[Word] | None:
    """ "rules banning": the noun; "Oslo's decision to lift": its owner; "took the decision to lift": who took it."""
    if word.tag in ("VBG", "VBN") or (word.dep == "relcl" and not _is_infinitive(word)):
        return (noun,)
    owner = noun.child("poss")
    if owner is not None:
        return (owner,)
    return noun.head if is_verb(noun.head) and noun.head is not noun else None


def agent(word: Word) -> Word | None:
    """Who does it: the subject of an active verb, what stands after "by" of a passive, the owner of a noun."""
    by = word.child("agent")
    if by is not None:
        return by.child("pobj")
    if not is_verb(word):
        return _owner(word)
    if is_passive(word):
        return None
    return subject(word)


def _owner(word: Word) -> Word | None:
    for child in word.children:
        if child.dep == "poss":
            return child
        if child.dep == "prep" and child.lower in ("by", "from"):
            return child.child("pobj")
    return None


def themes(word: Word) -> list[Word]:
    """What is acted on, coordinated ones each: objects, passive subjects, the noun that a participle modifies."""
    if not is_verb(word):
        return list(_noun_themes(word))
    first = _theme(word)
    return _with_conjuncts(first) if first is not None else []


def _theme(word: Word) -> Word | None:
    if is_passive(word):
        passive_subject = next((c for c in word.children if c.dep in ("nsubjpass", "csubjpass")), None)
        if passive_subject is not None:
            return _antecedent(passive_subject, word)
        if word.dep in ("acl", "amod") and is_noun(word.head):
            return word.head
        return subject(word)
    found = word.child("dobj", "attr")
    if found is not None:
        return _antecedent(found, word)
    if word.dep == "conj" and is_verb(word.head) and word.head.i < word.i:
        return None
    later = _shared_object(word)
    if later is not None:
        return later
    if word.dep == "relcl" and not any(c.dep in ("ccomp", "xcomp") for c in word.children) and own_subject(word):
        first = own_subject(word)
        if first is not None and first.lower not in _RELATIVE:
            return word.head
    return None


def _shared_object(word: Word) -> Word | None:
    """The object of a later conjunct: "lift or ease the ban"."""
    for child in word.children:
        if child.dep == "conj" and is_verb(child) and child.tag == word.tag and not has_subject(child):
            return child.child("dobj")
    return None


def _noun_themes(word: Word) -> Iterator[Word]:
    for child in word.children:
        if child.dep == "prep" and child.lower in ("of", "for", "on", "to", "against", "in", "over"):
            target = child.child("pobj")
            if target is not None:
                yield from _with_conjuncts(target)
    yield from (c for c in word.children if c.dep in ("compound", "nmod") and c.pos in ("NOUN", "PROPN"))


def _with_conjuncts(word: Word) -> list[Word]:
    found = [word]
    for other in found:
        found += [child for child in other.children if is_noun(child) and (child.dep == "conj" or _is_listed(child))]
    return found


def _is_listed(noun: Word) -> bool:
    """ "Mali, Niger and Chad": the second of several names, read as another name of the first."""
    named = noun.dep == "appos" and noun.pos == noun.head.pos == "PROPN"
    joined = any(child.dep == "conj" and child.pos == "PROPN" for child in noun.children)
    return named and joined and any(child.dep == "cc" for child in noun.children)


def conjuncts(word: Word) -> list[Word]:
    """A noun and those coordinated with it."""
    return _with_conjuncts(word)


def content(word: Word) -> list[Word]:
    """The clauses that a verb or noun takes as its content: "to lift", "that it lifts", "banning", "on lifting"."""
    found = []
    for child in word.children:
        if (
            (child.dep in ("xcomp", "ccomp") and is_verb(child))
            or (child.dep in ("acl", "relcl", "advcl") and is_verb(child) and _is_infinitive(child))
            or (child.dep == "acl" and child.tag in ("VBG", "VBN") and is_noun(word))
            or (child.dep == "relcl" and is_noun(word))
        ):
            found.append(child)
        elif child.dep in ("prep", "prt", "advmod"):
            gerund = child.child("pcomp") or next((p.child("pcomp") for p in child.children if p.dep == "prep"), None)
            if gerund is not None and is_verb(gerund) and child.lower not in _EARLIER:
                found.append(gerund)
    return found


def _is_infinitive(word: Word) -> bool:
    return any(child.tag == "TO" or (child.lower == "to" and child.dep == "aux") for child in word.children)


@dataclass(frozen=True)
class Governor:
    """What a clause or noun hangs on, and how."""

    word: Word
    link: Link


def governor(word: Word) -> Governor:
    """The governor of a verb or noun, with the parser's unstable labels read as what they mean."""
    head = word.head
    if head is word:
        return Governor(word, "root")
    if word.dep == "conj":
        return Governor(head, "conjunct")
    if is_verb(word):
        return _governor_of_verb(word, head)
    return _governor_of_noun(word, head)


def _governor_of_verb(word: Word, head: Word) -> Governor:
    if word.dep == "pcomp" or (head.dep == "prep" and head.head is not head and word.dep in ("pobj", "pcomp")):
        return _governor_of_gerund(head)
    if _is_infinitive(word) and word.dep in ("xcomp", "ccomp", "advcl", "acl", "relcl", "dep", "oprd"):
        return Governor(head, "noun" if is_noun(head) else "complement")
    if word.dep == "csubj" and word.tag == "VBG":
        return Governor(head, "topic")
    if word.dep in ("xcomp", "ccomp", "oprd", "csubj", "csubjpass", "acomp", "attr"):
        return Governor(head, "complement")
    if word.dep == "acl" and is_noun(head):
        return Governor(head, "noun")
    if word.dep == "relcl":
        return Governor(head, "relative")
    if word.dep == "advcl":
        return _governor_of_adverbial(word, head)
    if word.dep in ("amod", "compound") and is_noun(head):
        return Governor(head, "noun")
    if word.dep in ("parataxis", "dep"):
        return Governor(head, "finite")
    return Governor(head, "adjunct")


def _governor_of_adverbial(word: Word, head: Word) -> Governor:
    mark = word.child("mark")
    if mark is None and not has_subject(word) and word.tag in ("VBG", "VBN"):
        if any(child.lower in _EARLIER and child.i < word.i for child in word.children):
            return Governor(head, "after")
        return Governor(head, "adjunct")
    return Governor(head, "finite")


def _governor_of_gerund(preposition: Word) -> Governor:
    host = preposition.head
    if preposition.lower in _EARLIER:
        return Governor(host, "after")
    if preposition.lower in ("including", "by"):
        return Governor(_main_verb(host), "adjunct")
    if preposition.lower in ("toward", "towards", "against", "without", "instead", "about"):
        return Governor(host, "topic")
    if is_noun(host):
        return Governor(host, "noun")
    if preposition.i < host.i and preposition.lower in ("on", "over"):
        return Governor(host, "topic")
    if preposition.lower in _SAME_TIME:
        return Governor(host, "adjunct")
    return Governor(host, "complement")


def _main_verb(word: Word) -> Word:
    """The nearest word above that is no purpose clause or noun: what a trailing "including ..." is about."""
    while word.head is not word and (not is_verb(word) or _is_infinitive(word)):
        word = word.head
    return word


def _governor_of_noun(word: Word, head: Word) -> Governor:
    if word.dep in ("dobj", "attr", "dative", "oprd", "npadvmod") and (is_verb(head)):
        return Governor(head, "object")
    if word.dep in ("nsubj", "nsubjpass", "csubj"):
        return Governor(head, "subject")
    if word.dep == "appos":
        return Governor(head, "noun")
    if word.dep == "pobj":
        host = head.head
        if head.lower in _EARLIER or head.lower in ("despite", "amid", "without"):
            return Governor(host, "after")
        return Governor(host, "noun" if is_noun(host) else "object")
    if word.dep in ("compound", "nmod", "poss"):
        return Governor(head, "noun")
    return Governor(head, "adjunct")


def chain(word: Word, limit: int = 12) -> Iterator[Governor]:
    """The governors above a word, nearest first; a conjunct's neighbour counts as its own place, not as a governor."""
    seen = {word.i}
    for _ in range(limit):
        found = governor(word)
        if found.link == "root" or found.word.i in seen:
            return
        seen.add(found.word.i)
        yield found
        word = found.word


def modals(word: Word) -> list[Word]:
    """The modal verbs of a clause, also those that a bare conjunct shares with its neighbour."""
    found = [child for child in word.children if child.tag == "MD" and child.i < word.i]
    if not found and word.dep == "conj" and word.tag == "VB" and is_verb(word.head):
        return modals(word.head)
    return found


def auxiliaries(word: Word) -> list[Word]:
    found = [child for child in word.children if child.dep in ("aux", "auxpass") or child.tag == "MD"]
    if (
        not found
        and word.dep == "conj"
        and word.tag in ("VB", "VBN", "VBG")
        and is_verb(word.head)
        and not has_subject(word)
    ):
        return auxiliaries(word.head)
    return found


Tense = Literal["past", "pluperfect", "perfect", "present", "future", "none"]


def tense(word: Word) -> Tense:
    """The tense of a clause; "none" for infinitives, participles and nouns that have none of their own."""
    helpers = auxiliaries(word)
    forms = {helper.lower for helper in helpers}
    if (word.tag == "VBN" and "had" in forms) or ("'d" in forms and word.tag == "VBN" and not modals(word)):
        return "pluperfect"
    if forms & {"will", "'ll", "shall", "wo"}:
        return "future"
    if forms & {"has", "have", "'ve"} and word.tag in ("VBN", "VBD"):
        return "perfect"
    if word.tag == "VBD" or forms & {"was", "were", "did"}:
        return "past"
    if word.tag in ("VBZ", "VBP") or forms & {"is", "are", "am", "'s", "'re", "does", "do"}:
        return "present"
    return "none"


def finite_above(word: Word) -> Word:
    """The nearest clause with a tense of its own, from the word upwards; the root where there is none."""
    while tense(word) == "none" and word.head is not word:
        word = word.head
    return word
