"""Which tracked policy a frame is about: its own arguments first, then its sentence, then the article's focus.

Each policy asks for an issuer, an instrument and a conduct. What the frame's clause names counts most. A frame that
names another issuer, or another conduct of the same instrument, is not about the policy.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import pairwise

from policytrack.extract import clauses
from policytrack.extract.focus import Focus, FocusReader
from policytrack.extract.frames import Frame
from policytrack.extract.lexicon import Lexicon
from policytrack.extract.mentions import Conduct, InstrumentMention, Mentions, PackIndex
from policytrack.model import Issuer, Policy
from policytrack.text import Word

_CLAUSE, _SENTENCE, _FOCUS = 1.0, 0.7, 0.4


@dataclass(frozen=True)
class Bound:
    """A policy that a frame is about, its issuer, and how well each part fits."""

    policy: str
    issuer: Issuer
    score: float
    reasons: tuple[str, ...]


@dataclass(frozen=True)
class _Layer:
    """What one stretch of text names, and how much it counts."""

    name: str
    weight: float
    families: frozenset[str]
    actors: frozenset[str]
    words: frozenset[str]


class Binder:
    """Binds frames of one article to the policies of the packs."""

    def __init__(self, index: PackIndex, lexicon: Lexicon, mentions: Mentions, focus: FocusReader) -> None:
        self._index = index
        self._lexicon = lexicon
        self._mentions = mentions
        self._focus = focus
        self._counts = focus.actor_counts()
        self._layered: tuple[list[Word], list[_Layer]] | None = None

    def bind_all(self, frames: list[Frame]) -> list[tuple[Frame, Bound]]:
        """Each frame with each policy that it is about; a whole gives way to the part that the article means."""
        bound = [(frame, found) for frame in frames for found in self.bind(frame)]
        spoken = {found.policy for frame, found in bound if not frame.background}
        return [(frame, self._narrowed(found, spoken)) for frame, found in bound]

    def bind(self, frame: Frame) -> list[Bound]:
        """The policies that a frame is about, each once; none where nothing fits."""
        found: dict[str, Bound] = {}
        for agent in self._agents(frame):
            for themes in self._theme_groups(frame):
                best = self._best(frame, agent, themes)
                if best is not None and best.score > found.get(best.policy, best).score - 1e-9:
                    found[best.policy] = best
        return list(found.values())

    # ---- who and what, coordinated ones each

    def _agents(self, frame: Frame) -> list[Issuer]:
        """The issuers that the frame names: one a coordinated state; an empty one where nobody is named."""
        if frame.agent is None:
            return [Issuer()]
        found = []
        for part in clauses.conjuncts(frame.agent):
            if self._is_instrument(part):
                continue
            words = _own_words(part)
            if self._lexicon.thing(part) is not None or part.lemma in self._lexicon.anaphors:
                continue
            text = _text(words)
            ids = self._mentions.actors_in(words, ("person",)) or self._mentions.actors_in(words, ("name",))
            ids = ids or self._mentions.actors_in(words, ("adjective",))
            found += [Issuer(id=actor_id, text=text) for actor_id in sorted(ids)] or [Issuer(text=text)]
        if not found:
            return [Issuer()]
        members = [m for issuer in found if issuer.id for m in self._lexicon.actors.actors[issuer.id].members]
        return found + [Issuer(id=member, text=found[0].text) for member in members if len(members) < 5]

    def _is_instrument(self, part: Word) -> bool:
        """Whether a noun phrase names an instrument and nobody who could decide."""
        words = _own_words(part)
        return bool(self._mentions.instruments_in(words)) and part.i not in self._mentions.actor_at

    def _theme_groups(self, frame: Frame) -> list[tuple[Word, ...]]:
        """The frame's things; coordinated ones that name different instruments stand apart."""
        named = [word for theme in frame.themes for word in theme.subtree() if word.i in self._mentions.instrument_at]
        heads = [w for w in named if w.head.i not in self._mentions.instrument_at or w.dep == "conj"]
        joined = [w for w in heads if w.dep == "conj" and any(o is w.head for o in heads)]
        if not joined:
            return [frame.themes]
        return [(w,) for w in heads if w in joined or any(o.head is w for o in joined)]

    # ---- choosing

    def _best(self, frame: Frame, agent: Issuer, themes: tuple[Word, ...]) -> Bound | None:
        clause = self._clause(frame, themes)
        focus = self._focus.before(frame.head)
        candidates = [
            bound
            for policy in self._candidates(frame, clause, focus)
            if (bound := self._fit(policy, frame, agent, clause, focus)) is not None
        ]
        if not candidates:
            return None
        return max(candidates, key=lambda b: (round(b.score, 3), self._index.depth(b.policy), b.policy))

    def _candidates(self, frame: Frame, clause: list[Word], focus: Focus) -> list[Policy]:
        """The policies whose instrument is named or in focus, and those that ask for none: no other can fit."""
        named = self._mentions.instruments_in([*clause, *frame.sentence.words])
        ids = self._index.without_instrument.union(focus.instruments, *(mention.policies for mention in named))
        return [self._index.policies[policy_id] for policy_id in sorted(ids)]

    def _clause(self, frame: Frame, themes: tuple[Word, ...]) -> list[Word]:
        """The words that count as the frame's own: its clause, less the things of a coordinated sibling."""
        words = {word.i: word for word in frame.clause}
        for theme in frame.themes:
            words.update((word.i, word) for word in theme.subtree())
        if themes != frame.themes:
            kept = {w.i for theme in themes for w in _own_words(theme)}
            siblings = [w for w in words.values() if w.i in self._mentions.instrument_at and w.i not in kept]
            for sibling in siblings:
                words.pop(sibling.i, None)
        inside = {word.i for word in frame.clause}
        return [word for i, word in sorted(words.items()) if i in inside or not _in_other_clause(word, frame)]

    def _narrowed(self, bound: Bound, spoken: set[str]) -> Bound:
        """The one part whose own instrument the article names, unless the article speaks of that part by itself."""
        parts = [part for part in self._index.parts.get(bound.policy, ()) if self._is_named_apart(part, bound.policy)]
        if len(parts) != 1 or parts[0] in spoken:
            return bound
        return Bound(parts[0], bound.issuer, bound.score, (*bound.reasons, "part named in the article"))

    def _is_named_apart(self, part: str, whole: str) -> bool:
        return any(part in m.policies and whole not in m.policies for m in self._mentions.instruments)

    # ---- one policy

    def _fit(self, policy: Policy, frame: Frame, agent: Issuer, clause: list[Word], focus: Focus) -> Bound | None:
        if frame.form == "modal" and not self._may_be_permitted(policy, frame):
            return None
        issuer = self._issuer(policy, frame, agent, clause, focus)
        if issuer is None:
            return None
        instrument = self._instrument(policy, frame, clause, focus)
        if instrument is None:
            return None
        conduct = self._conduct(policy, frame, clause, focus)
        if conduct is None:
            return None
        who, issuer_weight, issuer_place = issuer
        score = 3 * instrument[0] + 2 * conduct[0] + 2 * issuer_weight + self._beneficiary(policy, frame)
        reasons = (f"issuer: {issuer_place}", f"instrument: {instrument[1]}", f"conduct: {conduct[1]}")
        return Bound(policy.id, who, score, reasons)

    def _may_be_permitted(self, policy: Policy, frame: Frame) -> bool:
        """Whether "may" can mean a permission: not for the issuer itself, nor for one whom the policy is not about."""
        who = clauses.subject(frame.head)
        ids = self._mentions.actors_in(_own_words(who), ("name", "person")) if who is not None else frozenset()
        if not ids or clauses.is_passive(frame.head):
            return True
        if ids & set(policy.issuer):
            return False
        moves = self._mentions.families.get(frame.head.i, frozenset()) & {"transfer", "reexport"}
        return bool(moves) or not policy.beneficiary or bool(ids & set(policy.beneficiary))

    def _issuer(
        self, policy: Policy, frame: Frame, agent: Issuer, clause: list[Word], focus: Focus
    ) -> tuple[Issuer, float, str] | None:
        if not policy.issuer:
            return agent, 0.3, "any"
        if agent.id in policy.issuer:
            return agent, 1.0, "agent"
        if agent.id is not None and not self._is_beneficiary(agent.id, policy, frame):
            return None
        if agent.id is None and agent.text and not self._may_be_government(frame):
            return None
        for words, weight, place in ((clause, 0.8, "clause"), (frame.sentence.words, 0.5, "sentence")):
            ids = self._mentions.actors_in(words) & set(policy.issuer)
            if ids:
                return Issuer(id=min(ids), text=agent.text), weight, place
        if focus.actors & set(policy.issuer):
            return (
                Issuer(id=min(focus.actors & set(policy.issuer)), text=agent.text),
                self._focus_weight(policy, focus),
                "focus",
            )
        if focus.places & set(policy.issuer):
            return Issuer(id=min(focus.places & set(policy.issuer)), text=agent.text), 0.2, "named"
        return None

    def _focus_weight(self, policy: Policy, focus: Focus) -> float:
        """The actor that an article names most is the likeliest "administration"."""
        most = max((self._counts[actor] for actor in focus.actors), default=0)
        mine = max((self._counts[actor] for actor in policy.issuer), default=0)
        return _FOCUS * (1.0 if mine >= most else 0.7)

    def _is_beneficiary(self, actor: str, policy: Policy, frame: Frame) -> bool:
        if frame.form in ("modal", "adjective") or (frame.kind == "conduct" and frame.operation == "authorise"):
            return frame.form in ("modal", "adjective") and actor not in policy.issuer
        return frame.form == "light" and actor in policy.beneficiary

    def _may_be_government(self, frame: Frame) -> bool:
        """A pronoun, a name that no table has, or "the ministry"; not "many countries"."""
        agent = frame.agent
        if agent is None or agent.pos in ("PRON", "PROPN", "DET"):
            return True
        if self._lexicon.thing(agent) in ("container", "rulebook"):
            return True
        definite = any(
            c.dep == "poss" or (c.dep == "det" and c.lower in ("the", "this", "its")) for c in agent.children
        )
        return agent.lemma in self._lexicon.authorities and (definite or agent.tag == "NNS")

    def _instrument(self, policy: Policy, frame: Frame, clause: list[Word], focus: Focus) -> tuple[float, str] | None:
        if not policy.instrument:
            return 0.3, "any"
        if frame.form == "conduct" and not self._moves(policy, frame):
            return None
        for words, weight, place in ((clause, _CLAUSE, "clause"), (frame.sentence.words, _SENTENCE, "sentence")):
            found = [m for m in self._mentions.instruments_in(words) if self._is_of(m, policy, words)]
            if found and (place == "clause" or frame.direction != "neutral" or frame.operation == "reaffirm"):
                length = max(m.end - m.start for m in found)
                detail = (
                    0.05 * min(length, 4)
                    + (0.2 if _is_name(found, words) else 0.0)
                    + (0.2 if self._in_themes(policy, frame) else 0.0)
                )
                return weight + detail - self._generic_penalty(policy, words), place
        vague = frame.direction == "neutral" and frame.operation != "reaffirm"
        if policy.id in focus.instruments and not vague and self._refers_back(frame, clause):
            return _FOCUS, "focus"
        return None

    def _is_of(self, mention: InstrumentMention, policy: Policy, words: Iterable[Word]) -> bool:
        """Whether an instrument is the policy's: named in its pack, and not said to be another state's."""
        if policy.id not in mention.policies:
            return False
        inside = [word for word in words if mention.start <= word.i < mention.end]
        owners = [
            child
            for word in inside
            for child in word.children
            if child.dep in ("amod", "poss") and child.i in self._mentions.actor_at and child.i + 1 <= mention.end
        ]
        ids = self._mentions.actors_in(owners, ("adjective", "name"))
        mine = {*policy.issuer, *policy.beneficiary, *self._members(policy)}
        return not ids or bool(ids & mine) or not policy.issuer

    def _members(self, policy: Policy) -> list[str]:
        actors = self._lexicon.actors.actors
        return [member for issuer in policy.issuer if issuer in actors for member in actors[issuer].members]

    def _moves(self, policy: Policy, frame: Frame) -> bool:
        """Whether what is sent or given is the policy's instrument, or only a word for one, or not said."""
        words = [word for theme in frame.themes for word in _own_words(theme)]
        if not words or self._in_themes(policy, frame):
            return True
        return not self._mentions.instruments_in(words) and any(w.lemma in self._lexicon.stand_ins for w in words)

    def _in_themes(self, policy: Policy, frame: Frame) -> bool:
        words = [word for theme in frame.themes for word in _own_words(theme)]
        return any(policy.id in m.policies for m in self._mentions.instruments_in(words))

    def _generic_penalty(self, policy: Policy, words: list[Word]) -> float:
        """A specific instrument named beside a general one wins."""
        narrower = self._index.parts.get(policy.id)
        if not narrower:
            return 0.0
        return 0.5 if any(not m.policies.isdisjoint(narrower) for m in self._mentions.instruments_in(words)) else 0.0

    def _refers_back(self, frame: Frame, clause: list[Word]) -> bool:
        """Whether the frame's thing is a pronoun or a general word for something told before, or not said at all."""
        if not frame.themes:
            return True
        return any(
            w.lemma in self._lexicon.stand_ins or w.lower in self._lexicon.stand_ins
            for theme in frame.themes
            for w in [theme, *theme.subtree()]
        ) or any(w.lemma in self._lexicon.stand_ins for w in clause if w.pos in ("NOUN", "PRON"))

    def _conduct(self, policy: Policy, frame: Frame, clause: list[Word], focus: Focus) -> tuple[float, str] | None:
        """How near the conduct's own verb and its actors stand; the worse of the two. None where one is missing."""
        alternatives = self._index.conducts[policy.id]
        if frame.kind == "conduct" and not any(c.families & {"transfer", "reexport"} for c in alternatives):
            return None
        if not alternatives:
            return 0.5, "any"
        layers = self._layers(frame, clause, focus)
        if not layers[0].families and any(policy.id in m.policies for m in self._mentions.instruments_in(clause)):
            layers.append(self._unsaid(alternatives, layers))
        fits = [fit for conduct in alternatives if (fit := self._conduct_fit(conduct, layers)) is not None]
        return max(fits, default=None)

    def _conduct_fit(self, conduct: Conduct, layers: list[_Layer]) -> tuple[float, str] | None:
        kind = place = None
        for layer in layers:
            has_kind, has_rest = conduct.holds(layer.families, layer.actors, layer.words)
            kind = kind or (layer if has_kind else None)
            place = place or (layer if has_rest else None)
            if layer.name == "clause" and kind is None and layer.families and conduct.families:
                return None
        if kind is None or place is None:
            return None
        worse = min(kind, place, key=lambda layer: layer.weight)
        detail = 0.1 * (len(conduct.actors) + len(conduct.words))
        return worse.weight + detail, worse.name

    def _layers(self, frame: Frame, clause: list[Word], focus: Focus) -> list[_Layer]:
        """What the clause, its sentence and the text before name: the same for every policy that is tried on them."""
        if self._layered is None or self._layered[0] is not clause:
            self._layered = clause, self._new_layers(frame, clause, focus)
        return list(self._layered[1])

    def _new_layers(self, frame: Frame, clause: list[Word], focus: Focus) -> list[_Layer]:
        wide = list(frame.sentence.words)
        return [
            _Layer(
                "clause",
                _CLAUSE,
                self._mentions.families_in(clause),
                self._mentions.actors_in(clause),
                self._lemmas(clause),
            ),
            _Layer(
                "sentence",
                _SENTENCE,
                self._mentions.families_in(wide),
                self._mentions.actors_in(wide),
                self._lemmas(wide),
            ),
            _Layer("focus", _FOCUS, focus.families, focus.places | self._mentions.actors_in(wide), self._lemmas(wide)),
        ]

    @staticmethod
    def _unsaid(alternatives: tuple[Conduct, ...], layers: list[_Layer]) -> _Layer:
        """Where no conduct is said of an instrument, any may be meant: "signed off on the missiles"."""
        families = frozenset().union(*(conduct.families for conduct in alternatives))
        return _Layer("unsaid", 0.3, families, layers[-1].actors, layers[-1].words)

    def _lemmas(self, words: list[Word]) -> frozenset[str]:
        inside = [word for word in words if word.i not in self._mentions.outside]
        return frozenset({w.lemma for w in inside} | {w.lower for w in inside})

    def _beneficiary(self, policy: Policy, frame: Frame) -> float:
        named = self._mentions.actors_in(frame.clause)
        return 0.3 if named & set(policy.beneficiary) else 0.0


def _is_name(mentions: list[InstrumentMention], words: Iterable[Word]) -> bool:
    """Whether an instrument is called by its name, not by a general word: "HIMARS" rather than "rockets"."""
    inside = [w for w in words if any(m.start <= w.i < m.end for m in mentions)]
    return any(w.text.isupper() or (w.pos == "PROPN" and w.text[:1].isupper()) for w in inside)


def _own_words(head: Word) -> list[Word]:
    """A noun phrase without its conjuncts and relative clauses."""
    found, waiting = [head], [head]
    while waiting:
        children = [c for c in waiting.pop().children if c.dep not in ("conj", "relcl", "appos", "advcl")]
        found += children
        waiting += children
    return sorted(found, key=lambda word: word.i)


def _text(words: list[Word]) -> str:
    """The words as they stand, rebuilt from their offsets, without a trailing possessive or comma."""
    while words and (words[-1].dep == "case" or words[-1].pos == "PUNCT"):
        words = words[:-1]
    parts = [word.text + " " * (after.start - word.end) for word, after in pairwise(words)]
    return "".join(parts) + (words[-1].text if words else "")


def _in_other_clause(word: Word, frame: Frame) -> bool:
    """Whether a finite clause with its own subject lies between a word and the frame."""
    for node in (word, *word.ancestors()):
        if node is frame.head:
            return False
        if node.dep in ("advcl", "relcl", "parataxis", "conj") and clauses.is_verb(node) and node.i > frame.head.i:
            return True
    return False
