"""What a claim is about, in words that can be compared: "the seal-hunting ban" and "a ban on seal hunting" are one.

A word for the measure ("ban", "licence", "plan") is a wrapper; the subject is what it is about. A state or a place
alone is no subject: "sanctions on Syria" are about sanctions, and Syria tells them from others.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from policytrack.extract import clauses
from policytrack.extract.focus import FocusReader
from policytrack.extract.frames import Frame
from policytrack.extract.lexicon import Lexicon
from policytrack.extract.mentions import Mentions
from policytrack.text import Document, Word

_WRAPPERS = ("restriction", "rulebook", "container", "treaty")
_BESIDE = ("compound", "amod", "nmod", "poss", "npadvmod", "conj", "dobj", "prt")
_ABOUT = ("of", "on", "against", "for", "to", "over", "into", "in", "from", "inside", "with")
_PREFIXES = ("non", "anti", "long", "short", "pre")
_SAME_LEVEL = {"tariff": "duty", "levy": "duty", "tax": "duty"}


@dataclass(frozen=True)
class Subject:
    """What one claim is about: `head` and `modifiers` in ground form, an actor as "@" and its id.

    `wrappers` are the words for the measure and `value` is what it is worth; a `measure` that has a level (a duty, a
    price) is another policy than the ban of the same thing. `concrete` says that the head names things and no conduct.
    It is `called` as the article writes it. `names`, `parts` and `measures` are nouns in the singular, the fullest
    first: of the head, of things beside it, of the measure. `issuer` is the id of who decides, by the clause or else
    by the article, and `target` of the actor that the article names most beside it. `sentence` is where that stands.
    """

    head: str = ""
    modifiers: frozenset[str] = frozenset()
    wrappers: tuple[str, ...] = ()
    measure: str = ""
    value: str = ""
    conduct: tuple[str, ...] = ()
    concrete: bool = False
    called: str = ""
    names: tuple[str, ...] = ()
    parts: tuple[str, ...] = ()
    measures: tuple[str, ...] = ()
    issuer: str | None = None
    target: str | None = None
    sentence: tuple[int, int] = (0, 0)

    @property
    def words(self) -> frozenset[str]:
        """Head and modifiers."""
        return self.modifiers | {self.head} if self.head else self.modifiers

    @property
    def plain(self) -> frozenset[str]:
        """Its words but for actors."""
        return frozenset(word for word in self.words if not word.startswith("@"))

    @property
    def is_curb(self) -> bool:
        """Whether a restriction stands at its head, told apart by its actors alone: "sanctions on Syria"."""
        return self.value == "restriction" and self.head in self.wrappers

    @property
    def actors(self) -> frozenset[str]:
        """Its actors, each as "@" and the id."""
        return self.words - self.plain


class SubjectReader:
    """Reads the subjects of the frames of one document."""

    def __init__(self, lexicon: Lexicon, document: Document, mentions: Mentions, focus: FocusReader) -> None:
        self._lexicon = lexicon
        self._document = document
        self._mentions = mentions
        self._focus = focus
        operations = lexicon.operations
        self._grants, self._plain = frozenset(operations.grants), frozenset(operations.plain)
        self._units = frozenset(operations.units)
        self._levels = frozenset(phrase.split()[-1] for phrase in operations.things.get("rate", ()))

    def read(self, frame: Frame, issuer: str | None) -> Subject:
        """The subject of a frame; one without a head where only a measure or a pronoun is named."""
        tops = self._tops(frame)
        chains = [self._chain(top) for top in tops]
        inside = [word for top in tops for word in self._inside(top)]
        heads = [chain[-1] for chain in chains if self._is_content(chain[-1])]
        measures = [word for chain in chains for word in chain if self._is_measure(word)]
        head = next((word for word in heads if not self._is_wrapper(word)), None)
        shown = head if head is not None else next(iter(measures), None)
        named = [word for word in inside if self._is_content(word) and not self._is_wrapper(word)]
        actors = {f"@{actor}" for actor in self._mentions.actors_in(inside)}
        issuer = issuer or self._issuer(frame, actors)
        return Subject(
            head=ground(head) if head is not None else "",
            modifiers=frozenset({ground(word) for word in named} | actors)
            - {ground(head) if head else "", f"@{issuer}"},
            wrappers=tuple(dict.fromkeys(ground(word) for word in measures)),
            measure=next(
                (_SAME_LEVEL.get(word.lemma, word.lemma) for word in measures if word.lemma in self._levels), ""
            ),
            value=next((kind for word in [*measures, *heads] if (kind := self._lexicon.thing(word))), ""),
            conduct=tuple(word.lemma for word in inside if word.lemma in self._lexicon.conduct_families),
            concrete=head is not None and self._is_concrete(head),
            called=self._called(shown) if shown is not None else "",
            names=tuple(self._names(head)) if head is not None else (),
            parts=tuple(
                name for word in named if word is not head and self._is_concrete(word) for name in self._names(word)
            ),
            measures=tuple(name for word in measures for name in self._names(word)),
            issuer=issuer,
            target=next((actor for actor, _ in self._named.most_common() if actor != issuer), None),
            sentence=(frame.sentence.start, frame.sentence.end),
        )

    # ---- which words

    def _tops(self, frame: Frame) -> list[Word]:
        """The things of a frame, or what it lets or keeps somebody do where the thing is that somebody."""
        themes = [word for word in frame.themes if not self._is_somebody(word)]
        if themes and not all(self._is_bare(word) for word in themes):
            return themes[:1] if frame.form != "noun" else themes
        content = [verb for verb in clauses.content(frame.head) if _says_conduct(verb)]
        return [*content, *themes, *(word for word in frame.themes if word.pos != "PRON")][:2]

    def _is_bare(self, word: Word) -> bool:
        """Whether a thing names a measure and does not say what it is about."""
        return word.pos == "PRON" or (self._is_wrapper(word) and self._next(word) is None)

    def _is_somebody(self, word: Word) -> bool:
        return self._is_actor(word) or word.lemma in self._lexicon.public or word.pos == "PRON"

    def _is_actor(self, word: Word) -> bool:
        return word.i in self._mentions.actor_at

    def _is_wrapper(self, word: Word) -> bool:
        if clauses.is_verb(word) and word.tag not in ("NN", "NNS"):
            return False
        if word.lemma in self._grants or self._is_counting(word) or self._lexicon.noun(word) is not None:
            return True
        return self._lexicon.thing(word) in _WRAPPERS

    def _is_measure(self, word: Word) -> bool:
        if not self._is_wrapper(word) or self._is_counting(word) or word.pos == "PRON":
            return False
        return word.lemma in self._grants or self._lexicon.thing(word) is not None

    def _is_counting(self, word: Word) -> bool:
        return word.lemma in self._lexicon.quantities or word.lemma in self._units

    def _chain(self, word: Word) -> list[Word]:
        """From the outermost measure to what it is about: "ban", "export"; "limit", "strike"."""
        chain = [word]
        while len(chain) < 6:
            found = self._next(chain[-1])
            if found is None or found in chain:
                break
            chain.append(found)
        return chain

    def _next(self, word: Word) -> Word | None:
        if clauses.is_verb(word) and not self._is_wrapper(word):
            thing = word.child("dobj")
            return thing if thing is not None and not self._is_somebody(thing) else None
        if not self._is_wrapper(word):
            return None
        near = [c for c in word.children if c.dep in ("compound", "nmod", "amod") and self._can_lead(c)]
        far = [t for c in word.children if c.dep == "prep" and c.lower in _ABOUT for t in _targets(c)]
        found = [word for word in far if self._can_lead(word)] or near[::-1]
        content = [verb for verb in clauses.content(word) if _says_conduct(verb)] if word.lemma in self._grants else []
        return next(iter([*content, *found]), None)

    def _can_lead(self, word: Word) -> bool:
        return word.tag.startswith(("NN", "VBG")) and self._is_content(word) and not self._is_somebody(word)

    def _inside(self, word: Word, depth: int = 0) -> Iterator[Word]:
        """The words of a noun phrase or a clause of conduct that tell it from others."""
        yield word
        for child in word.children:
            if depth > 5 or child.lower in self._lexicon.outside:
                continue
            if child.dep in _BESIDE and not (child.dep == "conj" and depth == 0):
                yield from self._inside(child, depth + 1)
            elif child.dep == "prep" and child.lower in _ABOUT:
                for target in _targets(child):
                    yield from self._inside(target, depth + 1)
        for verb in clauses.content(word) if word.lemma in self._grants else ():
            if _says_conduct(verb) and verb.head is word:
                yield from self._inside(verb, depth + 1)

    def _is_content(self, word: Word) -> bool:
        if word.pos not in ("NOUN", "PROPN", "ADJ", "VERB") or word.tag == "CD" or not word.text[:1].isalpha():
            return False
        lemma = word.lemma
        lexicon = self._lexicon
        plain = lemma in self._plain or lemma in lexicon.comparatives or lemma in lexicon.partial
        return not plain and lemma not in lexicon.triggers.times and not (self._is_actor(word))

    def _is_concrete(self, head: Word) -> bool:
        """Whether a noun names things, not what is done with them: "missile"; not "export", "aid", "strike"."""
        table = self._lexicon.conduct_families
        return head.pos in ("NOUN", "PROPN") and head.lemma not in table and self._lexicon.thing(head) is None

    # ---- what else

    def _called(self, head: Word) -> str:
        """The noun phrase as it is written, with what it is of: "exports of white rice"."""
        fullest = next(self._names(head))
        start = head.start - (len(fullest) - len(head.lemma if head.tag == "NNS" else head.text))
        of = next((c.child("pobj") for c in head.children if c.dep == "prep" and c.lower == "of"), None)
        last = of if of is not None and of.i - head.i <= 8 and self._is_content(of) else head
        return self._document.text[start : last.end]

    def _names(self, head: Word) -> Iterator[str]:
        """A noun as the article writes it: with all that stands before it, with less of it, alone."""
        words = self._document.words
        starts = [head]
        for word in reversed(words[max(0, head.i - 5) : head.i]):
            if word.text == "-" or word.lemma in _PREFIXES:
                continue
            if not self._is_content(word) or word.head not in starts:
                break
            starts.append(word)
        for first in reversed(starts):
            while first.i and (words[first.i - 1].text == "-" or words[first.i - 1].lemma in _PREFIXES):
                first = words[first.i - 1]
            yield self._document.text[first.start : head.start] + (head.lemma if head.tag == "NNS" else head.text)

    def _issuer(self, frame: Frame, beside: set[str]) -> str | None:
        """Who is meant where the clause names nobody that a table has; None where it names somebody by a name.

        The owner or the speaker, else the actor that most sentences are about, else the one that is named most.
        """
        if frame.agent is not None and frame.agent.pos == "PROPN":
            return None
        owners = [w for theme in frame.themes for w in theme.children if w.dep in ("poss", "amod", "compound")]
        for words in (owners, frame.speaker):
            if ids := self._mentions.actors_in(words, ("name", "person", "adjective")):
                return min(ids)
        ranked = (actor for counts in (self._deciders, self._named) for actor, _ in counts.most_common())
        return next((actor for actor in ranked if f"@{actor}" not in beside), None)

    @cached_property
    def _named(self) -> Counter[str]:
        return self._focus.actor_counts()

    @cached_property
    def _deciders(self) -> Counter[str]:
        """How often each actor stands where one who decides does: as a subject or an owner."""
        counts: Counter[str] = Counter()
        for mention in self._mentions.actors:
            word = self._document.words[mention.end - 1]
            if word.dep in ("amod", "compound") and word.head.lemma in self._lexicon.authorities:
                word = word.head
            if word.dep in ("nsubj", "poss") or (word.dep == "pobj" and word.head.dep == "agent"):
                counts.update(mention.ids(("name", "person", "adjective")))
        return counts


def _targets(preposition: Word) -> list[Word]:
    first = preposition.child("pobj", "pcomp")
    return clauses.conjuncts(first) if first is not None else []


def _says_conduct(verb: Word) -> bool:
    """ "permission to use", "a ban on using"; not "measures imposed", "limits which hold"."""
    return verb.dep != "relcl" and verb.tag in ("VB", "VBG")


def ground(word: Word) -> str:
    """One form for a noun, its plural, and the verb that it comes from: "exporting", "exports"."""
    form = word.lemma.strip("-'\".,")
    if form.endswith("ing") and len(form) > 6:
        stem = form[:-3]
        return stem[:-1] if stem[-1] == stem[-2] and stem[-1] not in "ls" else stem
    return form
