"""Parse errors that recur, mended once before anything is read. Each repair names what the parser does wrong."""

from __future__ import annotations

from collections.abc import Callable, Container
from itertools import pairwise

from policytrack.text import Document, Sentence, Word

Forms = Callable[[str, str], tuple[str, str]]
"""(word, tag) -> (part of speech, lemma): the parser's own table."""

_FINITE = ("VBZ", "VBP", "VBD", "MD")
_OBJECT_STARTS = ("DT", "CD", "JJ", "JJR", "NN", "NNS", "NNP", "NNPS", "PRP$", "TO", "VBN", "VBG", "``", "IN", "$")


def repair(document: Document, forms: Forms, verbs: Container[str]) -> Document:
    """The same document, mended in place. `verbs` are the lemmas of the word lists that a predicate can have."""
    for word in document.words:
        if _is_verb_read_as_noun(word):
            _retag(word, "VBZ" if word.tag == "NNS" else "VB" if word.dep in ("ccomp", "xcomp") else "VBP", forms)
        _restore_ruling(word, forms)
    for sentence in document.sentences:
        _restore_predicate(sentence, forms, verbs)
        _restore_past_predicate(sentence, forms, verbs)
        _restore_finite(sentence, verbs)
        _restore_perfect(sentence, verbs)
        for word in list(sentence.words):
            _restore_participle(word, sentence, verbs)
            _restore_report(word)
            _restore_readiness(word)
            _restore_modifier(word, verbs)
        for word, after in pairwise(sentence.words):
            _restore_compound(word, after)
        for word in sentence.words:
            _restore_name(word, sentence, forms)
            if (
                word.tag == "VBG"
                and word.dep in ("dobj", "pobj", "nsubj", "nsubjpass")
                and word.child("compound", "det")
            ):
                _retag(word, "NN", forms)
    return document


def _is_verb_read_as_noun(word: Word) -> bool:
    """ "let Ukraine fire missiles", "the court rules that ...": a verb with its own subject, tagged as a noun."""
    if word.tag not in ("NN", "NNS") or word.child("nsubj") is None or word.child("det", "poss", "cop") is not None:
        return False
    if word.tag == "NNS":
        return word.dep in ("ROOT", "ccomp", "conj", "parataxis") and word.child("ccomp", "dobj", "xcomp") is not None
    if word.dep == "ROOT":
        return word.child("nsubj").tag == "NNS"  # type: ignore[union-attr]
    return word.dep in ("ccomp", "xcomp", "advcl")


def _restore_ruling(word: Word, forms: Forms) -> None:
    """ "the court rules in Hall that bars may close": what is ruled, read as a relative clause."""
    clause = word.child("relcl", "acl") if word.lower in ("rules", "ruled", "says", "said") else None
    if clause is None:
        return
    who = next((c for c in word.children if c.dep == "compound" and c.i == word.i - 1), None)
    if who is None and word.child("det", "amod", "poss") is not None:
        return
    first = min((w for w in clause.children if w.i < clause.i), key=lambda w: w.i, default=None)
    if first is None or first.tag not in ("IN", "PRP") or clause.child("nsubj", "nsubjpass") is None:
        return
    if word.tag == "NNS":
        _retag(word, "VBZ", forms)
    clause.dep = "ccomp"
    if who is not None:
        for child in [c for c in word.children if c.i < who.i and c.dep in ("det", "amod", "poss", "compound")]:
            _hang(child, who, child.dep)
        _hang(who, word, "nsubj")


def _retag(word: Word, tag: str, forms: Forms) -> None:
    word.read_as(tag, *forms(word.text, tag))


def _restore_predicate(sentence: Sentence, forms: Forms, verbs: Container[str]) -> None:
    """ "Treasury sanctions eight officials": a sentence without a finite verb, whose verb was read as a plural noun."""
    if any(word.tag in _FINITE for word in _main_line(sentence)):
        return
    words = sentence.words
    for word, after in pairwise(words):
        left = [w for w in words if w.i < word.i and w.pos != "ADV" and w.text not in "\"'"]
        if not left:
            continue
        before = left[-1]
        is_name = before.pos in ("NOUN", "PROPN", "NUM", "PART") or (before is words[0] and before.pos == "ADJ")
        if word.tag != "NNS" or not is_name or after.tag not in _OBJECT_STARTS:
            continue
        if forms(word.text, "VBZ")[1] in verbs and word.dep not in ("pobj", "conj", "appos"):
            if before.pos not in ("NOUN", "PROPN", "NUM", "PART"):
                _retag(before, "NNP", forms)
            _retag(word, "VBZ", forms)
            _raise(word, sentence)
            return


def _restore_finite(sentence: Sentence, verbs: Container[str]) -> None:
    """ "Oslo reopens bars, but the mayor warns", "Oslo cut rates": a finite verb read as part of its object's name."""
    for before, word in pairwise(sentence.words):
        thing = word.head
        finite = word.tag == "VBZ" or (word.tag == "VBD" and thing is sentence.root and word.child("nsubj") is before)
        named = before.pos in ("PROPN", "NOUN") and finite and word.dep in ("compound", "amod", "nmod")
        if not named or thing.i < word.i or word.lemma not in verbs:
            continue
        root = sentence.root
        if thing.dep == "nsubj" and thing.head is root:
            _hang(root, word, "conj")
            _hang(thing, thing, "ROOT")
            sentence.root = thing
        if sentence.root is thing:
            _raise(word, sentence)
            return


def _restore_past_predicate(sentence: Sentence, forms: Forms, verbs: Container[str]) -> None:
    """ "Trump doubled tariffs on steel": a past verb after a name, read as a participle of its own object."""
    root = sentence.root
    if root.pos not in ("NOUN", "PROPN") or any(word.tag in _FINITE for word in _main_line(sentence)):
        return
    before = [word for word in sentence.words if word.i < root.i]
    for who, word in pairwise(before):
        past = word.tag in ("VBN", "VBD") and word.dep == "amod" and word.text.islower()
        if past and who.text[0].isupper() and forms(word.text, "VBD")[1] in verbs:
            if not any(w.pos in ("VERB", "AUX", "PUNCT") for w in before if w.i < word.i):
                _retag(word, "VBD", forms)
                _make_subject(who, word, root, forms)
                sentence.root = word
            return


def _restore_perfect(sentence: Sentence, verbs: Container[str]) -> None:
    """ "India has capped exports": a perfect, read as having what is capped."""
    for has, word in pairwise(sentence.words):
        thing = word.head
        if has.lemma != "have" or word.tag != "VBN" or word.dep != "amod" or word.lemma not in verbs:
            continue
        who = has.child("nsubj") or thing.child("nsubj")
        together = has.head in (thing, word) or thing.head is has
        if who is None or not together or thing.child("det", "poss") is not None:
            continue
        top = has if thing.head is has else thing
        above, dep = top.head, top.dep
        others = [*has.children, *(c for c in thing.children if c.i < has.i or c.dep == "punct")]
        _hang(word, word if above is top else above, dep)
        for child in others:
            if child not in (word, thing, who, has):
                _hang(child, word, child.dep)
        _hang(thing, word, "dobj")
        _hang(has, word, "aux")
        _hang(who, word, "nsubj")
        if sentence.root is top:
            sentence.root = word
        return


def _make_subject(who: Word, verb: Word, thing: Word, forms: Forms) -> None:
    """Hangs a name and what stands left of it on a verb as its subject, and the former root as its object."""
    _hang(verb, verb, "ROOT")
    for word in [w for w in verb.sentence.words if w.i < verb.i and w is not who and w.head.i >= verb.i]:
        _hang(word, who, word.dep if word.dep in ("det", "amod", "poss", "nmod") else "compound")
    if who.pos not in ("NOUN", "PROPN", "PRON"):
        _retag(who, "NNP", forms)
    top = who.head if who.head.i < verb.i and who.head is not who else who
    _hang(top, verb, "nsubj")
    _hang(thing, verb, "dobj")
    for child in list(thing.children):
        if child.dep == "npadvmod" or (child.dep == "prep" and child.lower in ("from", "to", "for", "until", "by")):
            _hang(child, verb, child.dep)


def _restore_participle(word: Word, sentence: Sentence, verbs: Container[str]) -> None:
    """ "a proclamation suspending entry": a participle with its object, read as a modifier of it."""
    thing = word.head
    if word.tag != "VBG" or word.dep != "amod" or thing.pos not in ("NOUN", "PROPN") or word.lemma not in verbs:
        return
    beside = (*thing.children, *word.children)
    holder = next((c for c in beside if c.i == word.i - 1 and c.dep in ("compound", "nmod", "npadvmod")), None)
    if holder is None or holder.tag != "NN":
        return
    left = [child for child in beside if child.i < holder.i]
    if thing.head is thing:
        _hang(holder, holder, "ROOT")
        sentence.root = holder
    else:
        _hang(holder, thing.head, thing.dep)
    for child in left:
        _hang(child, holder, child.dep)
    _hang(word, holder, "acl")
    _hang(thing, word, "dobj")


def _restore_report(word: Word) -> None:
    """ "confirmed at a briefing that tanks have been sent": a report read as a relative clause."""
    if word.dep != "relcl":
        return
    subjects = [child for child in word.children if child.dep in ("nsubj", "nsubjpass")]
    marker = next((child for child in word.children if child.dep == "mark"), subjects[0] if subjects[1:] else None)
    if marker is None or marker.lower != "that" or not subjects:
        return
    above = next((node for node in word.ancestors() if node.pos == "VERB"), None)
    if above is not None and above.child("ccomp", "dobj") is None:
        marker.dep = "mark"
        _hang(word, above, "ccomp")


def _restore_readiness(word: Word) -> None:
    """ "is "ready" to act": an infinitive that a quotation mark parts from its adjective."""
    ready = word.head.child("acomp") if word.head.lemma == "be" else None
    if ready is None or word.dep not in ("xcomp", "advcl") or word.child("aux") is None:
        return
    quoted = any(c.text in ('"', "''", "``") and ready.i < c.i < word.i for c in (*word.head.children, *ready.children))
    if quoted and any(c.tag == "TO" for c in word.children):
        _hang(word, ready, "xcomp")


def _restore_modifier(word: Word, verbs: Container[str]) -> None:
    """ "rescinds the order limiting travel": a participle beside the object, read as what is done with it."""
    noun, verb = word.child("nsubj"), word.head
    if word.tag != "VBG" or word.dep != "ccomp" or noun is None or word.child("aux", "mark") is not None:
        return
    if noun.i < verb.i or noun.pos == "PRON" or word.lemma not in verbs or verb.lemma not in verbs:
        return
    if verb.lemma in ("stop", "prevent", "keep", "leave", "bar", "block", "see", "halt"):
        return
    _hang(noun, verb, "dobj")
    _hang(word, noun, "acl")


def _restore_compound(word: Word, after: Word) -> None:
    """ "grants emergency use authorisation": two objects side by side are one noun phrase."""
    if word.tag not in ("NN", "NNP") or word.dep != "dobj" or after.dep != "dobj" or after.tag not in ("NN", "NNS"):
        return
    if after.head not in (word, word.head):
        return
    _hang(after, word.head, "dobj")
    for child in [c for c in word.children if c.i < word.i]:
        _hang(child, after, child.dep)
    _hang(word, after, "compound")


def _restore_name(word: Word, sentence: Sentence, forms: Forms) -> None:
    """ "stay at home order", "shelter in place order": an imperative that names an order is no predicate."""
    if word.lower not in ("stay", "shelter") or word.child("aux", "nsubj", "neg") is not None:
        return
    at = word.i - sentence.words[0].i
    near = sentence.words[at + 1 : at + 7]
    order = next((w for w in near if w.lower in ("order", "orders")), None)
    if order is None or any(w.lower == "to" or w.text in ".,;" for w in near if w.i < order.i):
        return
    named = [word, *(w for w in near if w.i < order.i)]
    _retag(word, "NN", forms)
    top = order
    while top.head is not top and top.head not in named:
        top = top.head
    if top.head is not top:
        _replace(top, named, sentence)
    for part in named:
        for child in [c for c in part.children if c not in named]:
            _hang(child, order, "acl" if child.dep == "advcl" else child.dep)
    for part in named:
        _hang(part, order, "compound")


def _replace(top: Word, named: list[Word], sentence: Sentence) -> None:
    """Hangs a word where the highest of the words above it stands."""
    above = top.head
    while above.head in named and above.head is not above:
        above = above.head
    _hang(top, top if above.head is above else above.head, "dobj" if above.dep == "prep" else above.dep)
    if sentence.root is above:
        sentence.root = top


def _main_line(sentence: Sentence) -> list[Word]:
    """The root and its own helpers: a finite verb in a relative clause is no predicate of the sentence."""
    root = sentence.root
    below = [c for c in root.children if c.dep in ("aux", "auxpass", "cop", "conj", "ccomp", "parataxis")]
    return [root, *(c for c in below if c.dep != "conj" or c.child("nsubj", "nsubjpass") is None)]


def _raise(word: Word, sentence: Sentence) -> None:
    """Makes a word the predicate: what stood left of it is its subject, the noun that it hung on its object."""
    above = word.head
    left = [child for child in word.children if child.i < word.i]
    if above is not word:
        left += [child for child in above.children if child.i < word.i and child is not word]
        _hang(word, above.head if above.head is not above else word, above.dep)
        _hang(above, word, "dobj")
    left.sort(key=lambda child: child.i)
    nouns = [child for child in left if child.pos in ("NOUN", "PROPN", "PRON")]
    if nouns:
        who = nouns[-1]
        for child in left:
            if child is not who:
                _hang(child, who, child.dep)
        _hang(who, word, "nsubj")
    for child in word.children:
        if child.dep in ("acl", "relcl") and any(c.tag == "TO" for c in child.children):
            child.dep = "xcomp"
    if sentence.root in (above, word):
        sentence.root = word


def _hang(word: Word, head: Word, dep: str) -> None:
    if word.head is not word and word in word.head.children:
        word.head.children.remove(word)
    word.head, word.dep = head, dep
    if head is not word:
        head.children.append(word)
        head.children.sort(key=lambda child: child.i)
    else:
        word.dep = "ROOT"
