"""Where an article names actors, and the instruments and conducts of tracked policies."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from policytrack.extract.lexicon import ActorForm, Lexicon, Phrases
from policytrack.model import Policy
from policytrack.patterns import Patterns, is_pattern
from policytrack.text import Document, Word

_SMALL = frozenset(
    [
        "a", "an", "the", "of", "in", "on", "at", "to", "by", "for", "from", "with", "within", "into",
        "inside", "over", "against", "deep", "deeper", "its", "their", "own", "and", "or", "as", "across",
        "territory", "soil",
    ]
)  # fmt: skip
_HELD = ("restriction", "permission")
_ASIDE = ("subject to", "instead of", "in exchange for", "in return for", "rather than", "other than", "apart from")
_ASIDE_BY_FIRST = {cue.split()[0]: [c.split() for c in _ASIDE if c.split()[0] == cue.split()[0]] for cue in _ASIDE}
_ASIDE_WORDS = ("unlike", "notwithstanding")
_ASIDE_OPENS = frozenset((*_ASIDE_BY_FIRST, *_ASIDE_WORDS))
"""What stands after these, up to the next comma, is not what the clause is about."""
_SPELLINGS = (
    ("licence", "license"), ("defence", "defense"), ("programme", "program"), ("aluminium", "aluminum"),
    ("labour", "labor"), ("harbour", "harbor"), ("armour", "armor"), ("centre", "center"), ("fibre", "fiber"),
    ("sulphur", "sulfur"), ("traveller", "traveler"), ("fertiliser", "fertilizer"), ("isation", "ization"),
    ("carve-out", "carveout"), ("moulded", "molded"), ("colour", "color"), ("jewellery", "jewelry"),
)  # fmt: skip
_VALUE_OF_KIND = {
    "permission": "permission",
    "programme": "permission",
    "restriction": "restriction",
    "membership": "treaty",
    "rate": "rate",
}
_OUT, _IN = ("withdraw", "suspend", "revoke"), ("join", "resume")
"""Operations that take a state out of a treaty or body, and into it."""
_DEFINITE = ("the", "this", "that", "these", "those", "both", "such")
_DATES = ("date", "start", "launch", "rollout", "roll-out", "introduction", "implementation", "deadline")
_EVERY_ROLE = ("name", "person", "adjective", "place")


@dataclass(frozen=True)
class ActorMention:
    """An actor named by the words `start` to `end` (exclusive, word numbers of the document)."""

    start: int
    end: int
    forms: tuple[ActorForm, ...]

    def ids(self, roles: Iterable[str] = _EVERY_ROLE) -> frozenset[str]:
        return frozenset(form.actor for form in self.forms if form.role in roles)


@dataclass(frozen=True)
class InstrumentMention:
    """A tracked instrument named by the words `start` to `end`, and the policies that it belongs to."""

    start: int
    end: int
    policies: frozenset[str]


@dataclass(frozen=True)
class Conduct:
    """One conduct phrase of a pack, taken apart: families of verbs, actors or their places, and other words."""

    families: frozenset[str]
    actors: frozenset[str]
    words: frozenset[str]

    @property
    def party(self) -> frozenset[str]:
        """With whom, or in what, the phrase deals: "India", "steel"."""
        return self.actors | self.words

    def holds(self, families: frozenset[str], actors: frozenset[str], words: frozenset[str]) -> tuple[bool, bool]:
        """Whether the phrase's kind of conduct is there, and whether its actors and other words are."""
        return not self.families or bool(self.families & families), self.actors <= actors and self.words <= words


class PackIndex:
    """What the packs ask for, ready to be found: built once for a set of rules."""

    def __init__(self, policies: Sequence[Policy], lexicon: Lexicon, tokens: Callable[[str], list[str]]) -> None:
        self.policies = {policy.id: policy for policy in policies}
        self._lexicon = lexicon
        self._instruments: dict[tuple[str, ...], Phrases[str]] = {}
        self.conducts: dict[str, tuple[Conduct, ...]] = {}
        self.parts: dict[str, list[str]] = {}
        for policy in policies:
            self.conducts[policy.id] = tuple(self._conduct(phrase) for phrase in policy.conduct)
            for phrase in _plain(policy.instrument):
                phrases = self._instruments.setdefault(self._siblings(policy, phrase), Phrases(tokens))
                for form in forms_of(phrase):
                    phrases.add(form, policy.id)
            if policy.part_of is not None:
                self.parts.setdefault(policy.part_of, []).append(policy.id)
        self.without_instrument = frozenset(policy.id for policy in policies if not policy.instrument)
        self.restrictions = frozenset(policy.id for policy in policies if policy.kind == "restriction")
        self.forbidding = frozenset(policy.id for policy in policies if self._forbids(policy))
        self.families = frozenset(f for found in self.conducts.values() for c in found for f in c.families)
        self._parted: dict[str, list[tuple[frozenset[str], str]]] = {}
        for policy in policies:
            for phrase in _plain(policy.instrument):
                self._add_parted(phrase, policy.id)
        self._named_by = _by_pattern(policies, "instrument")
        self._instrument_patterns = Patterns(self._named_by)
        self._conduct_patterns = Patterns(_by_pattern(policies, "conduct"))
        self._opened_by: dict[str, list[Phrases[str]]] = {}
        for phrases in self._instruments.values():
            for word in phrases.first_words():
                self._opened_by.setdefault(word, []).append(phrases)
        self.heads = {policy.id: self._heads(policy) for policy in policies}
        listed = {phrase for policy in policies for phrase in _plain(policy.instrument)}
        self._acronyms = frozenset(phrase.lower() for phrase in listed if phrase.isupper())
        self._peoples = frozenset(_singular(phrase).lower() for phrase in listed) - {
            phrase.lower() for phrase in listed
        }
        self._issuers_of = self._issuers_by_phrase()

    def instruments(self, words: Sequence[Word]) -> list[tuple[int, int, frozenset[str]]]:
        """The tracked things that words name as (start, end exclusive, policies), not overlapping.

        Of siblings the longest phrase counts; it hides no other's.
        """
        hits = [(s, e, frozenset(ids)) for each in self._opened(words) for s, e, ids in each.find(words)]
        hits += [(s, e, self._named_by[phrase]) for s, e, phrase in self.instrument_fits(words)]
        found = sorted((hit for hit in hits if self._is_thing(words[hit[0] : hit[1]])), key=lambda hit: hit[:2])
        joined: list[tuple[int, int, frozenset[str]]] = []
        for start, end, ids in found:
            if joined and start < joined[-1][1]:
                first, last, others = joined.pop()
                start, end, ids = first, max(last, end), others | ids
            joined.append((start, end, ids))
        return joined

    def instrument_fits(self, words: Sequence[Word]) -> Iterator[tuple[int, int, str]]:
        """Where regular expressions among the instruments fit, as (start, end exclusive, phrase)."""
        return _fits(self._instrument_patterns, words)

    def conduct_fits(self, words: Sequence[Word]) -> Iterator[tuple[int, int, str]]:
        """Where regular expressions among the conducts fit, as (start, end exclusive, phrase)."""
        return _fits(self._conduct_patterns, words)

    def _forbids(self, policy: Policy) -> bool:
        """Whether a membership is of a treaty that forbids something, by any of its names."""
        words = {word for phrase in policy.instrument for word in phrase.lower().replace("-", " ").split()}
        return policy.kind == "membership" and bool(words & self._lexicon.forbidding)

    def direction(self, policy_id: str, operation: str, direction: str) -> str:
        """The direction of a step in a membership, the same whatever an article calls the treaty."""
        policy = self.policies.get(policy_id)
        if policy is None or policy.kind != "membership" or operation not in (*_OUT, *_IN):
            return direction
        return "looser" if (operation in _OUT) is (policy_id in self.forbidding) else "tighter"

    def _siblings(self, policy: Policy, phrase: str) -> tuple[str, ...]:
        """Those whose shorter phrases a phrase hides: of its pack and issuer; none where it names the party."""
        party = frozenset().union(*(conduct.party for conduct in self.conducts[policy.id]))
        words = self._conduct(phrase)
        return (policy.pack, *((policy.id,) if words.party & party else policy.issuer))

    def _opened(self, words: Sequence[Word]) -> Iterable[Phrases[str]]:
        """The phrases of those packs of which one may begin here: most packs have none in a sentence."""
        opened = self._opened_by
        keys = (key for word in words for key in word.forms if key in opened)
        return {id(phrases): phrases for key in keys for phrases in opened[key]}.values()

    def _add_parted(self, phrase: str, policy_id: str) -> None:
        words = _singular(phrase).replace("-", " ").split()
        if len(words) > 1 and phrase == phrase.lower() and not _SMALL & {*words}:
            self._parted.setdefault(words[-1], []).append((frozenset(words[:-1]), policy_id))

    def parted(self, noun: Word, hidden: Sequence[Word] = ()) -> frozenset[str]:
        """The policies whose thing a noun names with its modifiers in another order: "visas for care workers".

        Not those whose words all stand in a longer phrase that hides them.
        """
        heads = [head for head in dict.fromkeys((noun.lemma, noun.lower)) if head in self._parted]
        if not heads or noun.pos not in ("NOUN", "PROPN"):
            return frozenset()
        inside = {form for word in hidden for form in (word.lemma, word.lower)}
        phrases = [phrase for head in heads for phrase in self._parted[head]]
        said = _said_of(noun)
        return frozenset(policy_id for words, policy_id in phrases if words <= said and not words <= inside)

    def _is_thing(self, words: Sequence[Word]) -> bool:
        """Not "who" for the WHO, nor the adjective "national" for nationals."""
        if len(words) > 1:
            return True
        word = words[0]
        plain = word.tag == "JJ" or (word.pos == "PROPN" and word.dep == "compound")
        return not (word.lower in self._acronyms and word.text.islower()) and not (
            plain and word.lower in self._peoples
        )

    def value(self, policy_id: str) -> str:
        """What the policy's thing does to conduct; of a rate whose rise is looser, an allowance."""
        policy = self.policies[policy_id]
        return "allowance" if policy.kind == "rate" and policy.looser == "up" else _VALUE_OF_KIND[policy.kind]

    def value_among(self, policies: frozenset[str], named: frozenset[str]) -> str:
        """The value of a thing that several policies ask for: of those whose issuer the article names, where any is."""
        meant = [each for each in policies if {*self.policies[each].issuer} & named]
        return self.value(min(meant or policies))

    def has_rivals(self, policy_id: str) -> bool:
        """Whether another issuer's policy has an instrument of the same name."""
        policy = self.policies[policy_id]
        return any(self._issuers_of[phrase] - set(policy.issuer) for phrase in policy.instrument)

    def _issuers_by_phrase(self) -> dict[str, set[str]]:
        found: dict[str, set[str]] = {}
        for policy in self.policies.values():
            for phrase in policy.instrument:
                found.setdefault(phrase, set()).update(policy.issuer)
        return found

    def _heads(self, policy: Policy) -> frozenset[str]:
        """The nouns that head a policy's instruments: "the checks" after "border checks"."""
        phrases = [form for phrase in _plain(policy.instrument) for form in forms_of(phrase)]
        conducts = [phrase for phrase in _plain(policy.conduct) if not self._conduct(phrase).actors]
        return frozenset(phrase.split()[-1].lower() for phrase in (*phrases, *conducts) if phrase.split())

    def depth(self, policy_id: str) -> int:
        """How far below the top of its wholes a policy stands."""
        depth = 0
        above = self.policies[policy_id].part_of
        while above is not None and above in self.policies and depth < 8:
            depth, above = depth + 1, self.policies[above].part_of
        return depth

    def _conduct(self, phrase: str) -> Conduct:
        if is_pattern(phrase):
            return Conduct(frozenset(), frozenset(), frozenset((phrase,)))
        words = phrase.split()
        actors: set[str] = set()
        families: set[str] = set()
        others: set[str] = set()
        i = 0
        while i < len(words):
            ids, length = self._actor_at(words, i)
            if ids:
                actors |= ids
                i += length
                continue
            word = words[i].lower()
            found = self._families(word)
            if found:
                families |= found
            elif word not in _SMALL:
                others.add(word)
            i += 1
        return Conduct(frozenset(families), frozenset(actors), frozenset(others))

    def _families(self, word: str) -> frozenset[str]:
        """The families of a pack's word: those that it names first ("strikes", "transfer"), else those that hold it."""
        table = self._lexicon.conduct_families
        forms = {word, word.removesuffix("s"), word.removesuffix("es")}
        names = frozenset(f for f in self._lexicon.operations.conducts if f in forms)
        return names or next((table[form] for form in sorted(forms) if form in table), frozenset())

    def _actor_at(self, words: list[str], i: int) -> tuple[set[str], int]:
        for length in (3, 2, 1):
            form = " ".join(words[i : i + length])
            for actor_id, actor in self._lexicon.actors.actors.items():
                if i + length <= len(words) and form in (*actor.names, *actor.adjectives, *actor.places):
                    return {actor_id}, length
        return set(), 0


@dataclass
class Mentions:
    """Everything that one document names, by word number. `outside` are words that name what is left out.

    `patterns` has the regular expressions among conducts that fit at a word.
    """

    outside: set[int] = field(default_factory=set)
    actors: list[ActorMention] = field(default_factory=list)
    instruments: list[InstrumentMention] = field(default_factory=list)
    families: dict[int, frozenset[str]] = field(default_factory=dict)
    actor_at: dict[int, ActorMention] = field(default_factory=dict)
    instrument_at: dict[int, InstrumentMention] = field(default_factory=dict)
    patterns: dict[int, frozenset[str]] = field(default_factory=dict)

    def actors_in(self, words: Iterable[Word], roles: tuple[str, ...] = _EVERY_ROLE) -> frozenset[str]:
        """The ids of the actors that these words name."""
        known, outside = self.actor_at, self.outside
        named = {id(known[w.i]): known[w.i] for w in words if w.i in known and w.i not in outside}
        return frozenset().union(*(mention.ids(roles) for mention in named.values()))

    def instruments_in(self, words: Iterable[Word]) -> list[InstrumentMention]:
        """The instruments that these words name, each once, in text order; those that are left out do not count."""
        known, outside = self.instrument_at, self.outside
        found = {id(known[w.i]): known[w.i] for w in words if w.i in known and w.i not in outside}
        return sorted(found.values(), key=lambda m: m.start)

    def lemmas_in(self, words: Iterable[Word]) -> frozenset[str]:
        """The lemmas and forms of these words, and the patterns that fit at them, but for what is left out."""
        inside = [word for word in words if word.i not in self.outside]
        found = {w.lemma for w in inside} | {w.lower for w in inside}
        if self.patterns:
            found = found.union(*(self.patterns.get(w.i, ()) for w in inside))
        return frozenset(found)

    def families_in(self, words: Iterable[Word]) -> frozenset[str]:
        return frozenset().union(*(self.families.get(word.i, frozenset()) for word in words))


def _plain(phrases: Iterable[str]) -> list[str]:
    """The phrases that are words."""
    return [phrase for phrase in phrases if not is_pattern(phrase)]


def _by_pattern(policies: Sequence[Policy], key: Literal["instrument", "conduct"]) -> dict[str, frozenset[str]]:
    """The regular expressions in a list of policies, each with the ids of the policies that have it."""
    found: dict[str, frozenset[str]] = {}
    for policy in policies:
        for phrase in getattr(policy, key):
            if is_pattern(phrase):
                found[phrase] = found.get(phrase, frozenset()) | {policy.id}
    return found


def _fits(patterns: Patterns, words: Sequence[Word]) -> Iterator[tuple[int, int, str]]:
    """Where regular expressions fit words, as (start, end exclusive, phrase); any gap between words is one blank."""
    if not patterns:
        return
    kept = [n for n, word in enumerate(words) if not word.text.isspace()]
    laid_out = [(words[n].text, m > 0 and words[n].start > words[kept[m - 1]].end) for m, n in enumerate(kept)]
    for start, end, phrase in patterns.in_words(laid_out):
        yield kept[start], kept[end - 1] + 1, phrase


def forms_of(phrase: str) -> list[str]:
    """A pack's phrase, its singular, turned round, and all in the other spelling.

    "visa licences" also finds "visa license" and "licence of visas", "rent cap" also "cap on rents".
    """
    forms = dict.fromkeys((phrase, _singular(phrase)))
    words = _singular(phrase).split()
    if len(words) == 2 and phrase == phrase.lower() and "-" not in phrase:
        forms |= {f"{words[1]} {between} {words[0]}": None for between in ("of", "on")}
    for pair in _SPELLINGS:
        for here, there in (pair, pair[::-1]):
            forms.update(dict.fromkeys(form.replace(here, there) for form in list(forms) if here in form))
    return list(forms)


def _singular(phrase: str) -> str:
    if phrase.endswith("ies") and len(phrase) > 5:
        return phrase[:-3] + "y"
    regular = phrase.endswith("s") and not phrase.endswith(("ss", "us", "is", "as")) and len(phrase) > 4
    return phrase[:-1] if regular and phrase[-2].islower() else phrase


def mentions_of(document: Document, lexicon: Lexicon, index: PackIndex | None) -> Mentions:
    """The actors, instruments and conducts that a document names."""
    found = Mentions()
    for sentence in document.sentences:
        words = sentence.words
        base = words[0].i
        found.outside.update(w.i for word in words if word.lower in lexicon.outside for w in word.subtree())
        opening = [n for n, word in enumerate(words) if word.lower in _ASIDE_OPENS]
        found.outside.update(w.i for n in opening for w in _aside(words, n))
        for start, end, forms in lexicon.actor_forms.find(words):
            mention = ActorMention(base + start, base + end, tuple(forms))
            found.actors.append(mention)
            found.actor_at.update(dict.fromkeys(range(mention.start, mention.end), mention))
        if index is not None:
            _add_tracked(found, words, base, lexicon, index)
    return found


def recalled_values(document: Document, lexicon: Lexicon, known: Mapping[int, str]) -> dict[int, str]:
    """The values of words for a thing told before, by word number: "it", and "the season" after "anchovy season"."""
    found: dict[int, str] = {}
    last = ""
    heads: dict[str, str] = {}
    for word in document.words:
        if word.i in known:
            heads[word.lemma] = known[word.i]
        elif word.lemma in heads and word.pos == "NOUN" and is_definite(word) and lexicon.thing(word) is None:
            found[word.i] = heads[word.lemma]
        elif last in _HELD and is_its_date(word) and _is_undone(word, lexicon):
            found[word.i] = last
        if word.pos == "PRON" and last and (_is_moved(word, lexicon) if last == "rate" else _is_undone(word, lexicon)):
            found[word.i] = last
        if word.pos not in ("NOUN", "PROPN") or word.dep not in ("dobj", "nsubj", "nsubjpass", "conj", "ROOT"):
            continue
        value = lexicon.thing(word)
        value = value if value in _HELD else known.get(word.i)
        last = value if value in (*_HELD, "rate") else last
    return found


def is_definite(noun: Word) -> bool:
    """ "the checks", "its ban", "these rules": something that was told before."""
    return any(c.dep == "poss" or (c.dep == "det" and c.lower in _DEFINITE) for c in noun.children)


def is_its_date(noun: Word) -> bool:
    """ "the start", "its rollout": when a thing told before begins."""
    return noun.lemma in _DATES and is_definite(noun) and not any(c.dep in ("prep", "compound") for c in noun.children)


def _is_undone(word: Word, lexicon: Lexicon) -> bool:
    operator = lexicon.verb(word.head) if word.dep in ("dobj", "nsubjpass", "nsubj", "ccomp") else None
    kinds = ("delay",) if word.lemma in _DATES else ("remove", "pause", "resume", "prolong", "delay")
    return operator is not None and operator.kind in kinds and word.lower in (*_DATES, "it", "them", "they")


def _is_moved(word: Word, lexicon: Lexicon) -> bool:
    """ "raised it by a quarter point": what has a level is moved."""
    operator = lexicon.verb(word.head) if word.dep in ("dobj", "nsubjpass") and word.lower in ("it", "them") else None
    return operator is not None and operator.kind in ("increase", "reduce")


def _aside(words: list[Word], n: int) -> list[Word]:
    """The words after "subject to", "instead of", "unlike" up to the next comma; none where a verb needs them."""
    cues = _ASIDE_BY_FIRST.get(words[n].lower, ())
    opening = next((cue for cue in cues if _stands(words, n, cue)), None)
    if opening is None and words[n].lower not in _ASIDE_WORDS:
        return []
    if n > 0 and words[n].dep in ("acomp", "oprd", "attr", "ccomp"):
        return []
    end = n + 1
    while end < len(words) and words[end].text not in (",", ";", ":", "-", "\u2013", "\u2014", ".", "(", ")"):
        end += 1
    return words[n:end]


def _stands(words: list[Word], n: int, cue: list[str]) -> bool:
    return [w.lower for w in words[n : n + len(cue)]] == cue


def _add_tracked(found: Mentions, words: list[Word], base: int, lexicon: Lexicon, index: PackIndex) -> None:
    for word in words:
        families = lexicon.conduct_families.get(word.lemma) or lexicon.conduct_families.get(word.lower)
        if word.lemma in lexicon.motions and word.pos == "VERB":
            families = (families or frozenset()) | {"transfer"}
        if not families or not families & index.families or word.pos not in ("VERB", "NOUN", "PROPN", "AUX"):
            continue
        if not _is_of_office(word, lexicon):
            found.families[word.i] = families
    for word in words:
        if policies := index.parted(word):
            mention = InstrumentMention(word.i, word.i + 1, policies)
            found.instruments.append(mention)
            found.instrument_at[word.i] = mention
    for start, end, phrase in index.conduct_fits(words):
        for i in range(base + start, base + end):
            found.patterns[i] = found.patterns.get(i, frozenset()) | {phrase}
    for start, end, policies in _tracked(words, index):
        if _sanctions_conduct(words[start:end], found):
            continue
        apart = [found.instrument_at.pop(i) for i in range(base + start, base + end) if i in found.instrument_at]
        found.instruments = [m for m in found.instruments if m not in apart]
        beyond = [index.parted(words[m.start - base], words[start:end]) for m in apart]
        mention = InstrumentMention(base + start, base + end, policies.union(*beyond))
        found.instruments.append(mention)
        found.instrument_at.update(dict.fromkeys(range(mention.start, mention.end), mention))


def _said_of(noun: Word) -> frozenset[str]:
    """The words that modify a noun, also those that it shares with one before it: "bulk health and genetic data"."""
    words = {*_modifiers(noun)}
    before = noun
    while before.dep == "conj" and before.head.pos in ("NOUN", "PROPN", "ADJ"):
        before = before.head
        words |= {before, *(w for w in _modifiers(before) if w.i < before.i)}
    return frozenset(form for word in words for form in (word.lemma, word.lower))


def _modifiers(noun: Word) -> list[Word]:
    """What stands before a noun, and what it is of, on or for."""
    found = []
    for child in noun.children:
        below = child.child("pobj") if child.dep == "prep" and child.lower in ("of", "on", "for") else None
        if below is not None:
            joined = [part for c in (below, *below.children) for part in (c, *c.children) if part.dep != "relcl"]
            found += [w for w in joined if w.dep in ("pobj", "conj", "compound", "amod", "nmod")]
        elif child.dep in ("amod", "compound", "nmod") and child.i < noun.i:
            found += child.subtree()
    return found


def _is_of_office(word: Word, lexicon: Lexicon) -> bool:
    """ "the trade minister", "the export agency": whose business a conduct is, nobody does it there."""
    office = word.head
    return word.dep == "compound" and (office.pos == "PROPN" or office.lemma.lower() in lexicon.institutions)


def _tracked(words: list[Word], index: PackIndex) -> Iterator[tuple[int, int, frozenset[str]]]:
    """The tracked things that words name; of what "non-" denies, only what stands after it."""
    for start, end, policies in index.instruments(words):
        if not _is_negated(words, start):
            yield start, end, policies
            continue
        for first, last, others in index.instruments(words[start + 1 : end]):
            yield start + 1 + first, start + 1 + last, others


def _is_negated(words: list[Word], start: int) -> bool:
    """ "non-persistent mines" are no persistent mines."""
    return start > 1 and words[start - 1].text == "-" and words[start - 2].lower == "non"


def _sanctions_conduct(words: list[Word], found: Mentions) -> bool:
    """ "sanctioned attacks" are allowed, and name no sanctions."""
    verb = words[0] if len(words) == 1 and words[0].tag.startswith("VB") else None
    target = verb.child("dobj", "nsubjpass") if verb is not None else None
    return target is not None and target.i in found.families
