"""Which tracked policy a frame is about: its own arguments first, then its sentence, then the article's focus.

Each policy asks for an issuer, an instrument and a conduct. What the frame's own things name counts most, then its
clause. A frame that names another issuer, or another conduct of the same instrument, is not about the policy.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Literal, get_args

from policytrack.extract import clauses
from policytrack.extract.composition import EFFECTS, PERMISSION, RESTRICTION
from policytrack.extract.focus import Focus, FocusReader
from policytrack.extract.frames import Frame
from policytrack.extract.lexicon import Lexicon
from policytrack.extract.mentions import Conduct, InstrumentMention, Mentions, PackIndex, is_definite, is_its_date
from policytrack.model import Issuer, Policy
from policytrack.text import Word

_THEME, _CLAUSE, _SENTENCE, _FOCUS, _ARTICLE = 1.3, 1.0, 0.7, 0.4, 0.25
_TOPIC = 0.6
"""What the policy that the article speaks of counts more than its siblings, where the frame does not say which."""
_STANDING = ("restriction", "permission", "treaty", "rate")
_OF_MEMBERS = ("join", "withdraw", "suspend", "resume", "revoke", "extend", "delay", "reaffirm")
"""Operations that mean something of a membership."""
_ONE_OF_EACH = ("administration", "cabinet", "department", "government", "ministry", "parliament")
"""What a state has one of, so that a bare plural means no state: "governments ban food exports"."""
_THING_ENDINGS = ("tion", "sion", "ment", "ure", "ism", "ance", "ence")

Missing = Literal["subject", "issuer", "instrument", "conduct"]
"""The first part of a policy that a frame does not have; `subject`: who "may" is nobody whom the policy lets act."""


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
    opposed: bool = False
    """Whether a conduct is told here by itself, so that a policy on another one is not meant."""


@dataclass(frozen=True)
class _Read:
    """What is looked at for one frame: who acts, the words of its things, of its clause, and what is in focus."""

    frame: Frame
    agent: Issuer
    theme: list[Word]
    clause: list[Word]
    focus: Focus


class Binder:
    """Binds frames of one article to the policies of the packs."""

    def __init__(self, index: PackIndex, lexicon: Lexicon, mentions: Mentions, focus: FocusReader) -> None:
        self._index = index
        self._lexicon = lexicon
        self._mentions = mentions
        self._focus = focus
        self._counts = focus.actor_counts()
        self._everywhere = focus.everywhere()
        self._opening = focus.opening()
        self._latest: set[str] = set()
        self._spoken: set[str] = set()
        self._told = ""
        self._layered: tuple[_Read, list[_Layer]] | None = None

    def bind_all(self, frames: list[Frame]) -> list[tuple[Frame, Bound]]:
        """Each frame with each policy that it is about; a whole gives way to the part that the article means."""
        bound = []
        for frame in frames:
            self._resolve(frame)
            found = self.bind(frame)
            self._note(frame, found)
            bound += [(frame, each) for each in found]
        spoken = {found.policy for frame, found in bound if not frame.background}
        earlier = {found.policy for frame, found in bound if frame.background} - spoken
        return [(frame, self._narrowed(found, spoken, earlier | self._opening)) for frame, found in bound]

    def bind_apart(self, absorbed: list[Frame], bound: list[tuple[Frame, Bound]]) -> list[tuple[Frame, Bound]]:
        """Frames that only elaborate another one, with each policy by which nothing else goes: another's news."""
        taken = {found.policy for _, found in bound}
        found = []
        for frame in absorbed:
            if frame.direction == "neutral":
                continue
            for each in self.bind(frame):
                if each.policy not in taken and _is_named_here(each):
                    found.append((frame, each))
                    frame.absorbed_by = None
        return found

    def _resolve(self, frame: Frame) -> None:
        """Gives "the decision was reversed" its direction: the opposite of what was told last."""
        if frame.direction != "neutral" or not self._told or not any(self._is_step(theme) for theme in frame.themes):
            return
        found = EFFECTS.get((frame.kind, RESTRICTION if self._told == "tighter" else PERMISSION))
        if found is not None:
            frame.operation, frame.direction = found
            frame.reasons.append("direction: from what was told before")

    def _is_step(self, theme: Word) -> bool:
        """A measure or decision told before, and nothing of what it is about."""
        bare = all(c.dep in ("det", "amod", "punct") for c in theme.children)
        return bare and is_definite(theme) and self._lexicon.thing(theme) in ("container", "rulebook")

    def _note(self, frame: Frame, found: list[Bound]) -> None:
        """Keeps what the article speaks of, for later frames that do not say which policy they mean."""
        named = {each.policy for each in found if {"instrument: theme", "instrument: clause"} & {*each.reasons}}
        self._latest = named or self._latest
        self._spoken |= named
        if found and frame.direction != "neutral":
            self._told = frame.direction

    def bind(self, frame: Frame) -> list[Bound]:
        """The policies that a frame is about, each once; none where nothing fits."""
        found: dict[str, Bound] = {}
        for agent in self.agents(frame):
            for themes in self._theme_groups(frame):
                for best in self._best(frame, agent, themes):
                    if best.score > found.get(best.policy, best).score - 1e-9:
                        found[best.policy] = best
        return list(found.values())

    def fits(self, frame: Frame) -> dict[str, Bound | Missing]:
        """How each policy fits a frame, by its id: at best, or the part that it lacks where it comes nearest."""
        found: dict[str, Bound | Missing] = {}
        for agent in self.agents(frame):
            for themes in self._theme_groups(frame):
                for policy_id, fit in self._fits(self._read(frame, agent, themes)).items():
                    found[policy_id] = max(found.get(policy_id, fit), fit, key=_nearness)
        return found

    # ---- who and what, coordinated ones each

    def agents(self, frame: Frame) -> list[Issuer]:
        """The issuers that the frame names: one a coordinated state; an empty one where nobody is named."""
        if frame.agent is None:
            return [Issuer()]
        if frame.agent.lower in ("they", "both"):
            return self._antecedents(frame, frame.agent) or [Issuer(text=frame.agent.text)]
        if (
            frame.agent.lemma in self._lexicon.countries
            and is_definite(frame.agent)
            and (last := self._last_state(frame.agent))
        ):
            return [Issuer(id=last, text=frame.agent.text)]
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

    def _antecedents(self, frame: Frame, pronoun: Word) -> list[Issuer]:
        """Those whom "they" means: the last states named side by side, less those that the clause itself names."""
        inside = self._mentions.actors_in(w for w in frame.clause if w is not pronoun)
        before = [w for w in self._focus.words_before(pronoun) if w.i in self._mentions.actor_at]
        for word in reversed([w for w in before if w.dep not in ("conj", "appos")]):
            ids = self._mentions.actors_in(
                (w for part in clauses.conjuncts(word) for w in _own_words(part)), ("name", "person")
            )
            if len(ids) > 1:
                return [Issuer(id=actor, text=pronoun.text) for actor in sorted(ids - inside)]
        return []

    def _last_state(self, noun: Word) -> str | None:
        """Whom "the country" means: the state named last before it, in its own sentence or the one before."""
        if noun.i in self._mentions.actor_at:
            return None
        for word in reversed(self._focus.words_before(noun)):
            if ids := self._mentions.actors_in([word]):
                return min(ids) if len(ids) == 1 else None
        return None

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

    def _best(self, frame: Frame, agent: Issuer, themes: tuple[Word, ...]) -> list[Bound]:
        """The policy that fits best, with those of other parties named side by side; none where nothing fits."""
        read = self._read(frame, agent, themes)
        candidates = [fit for policy in self._candidates(read) if isinstance(fit := self._fit(policy, read), Bound)]
        if not candidates:
            return []
        best = max(candidates, key=lambda b: (round(b.score, 3), self._index.depth(b.policy), b.policy))
        return [best, *(other for other in candidates if self._is_companion(other, best, read))]

    def _is_companion(self, other: Bound, best: Bound, read: _Read) -> bool:
        """ "tariffs on China and India": two policies of one issuer whose parties stand side by side in the clause."""
        if other.policy == best.policy or other.issuer.id != best.issuer.id or other.score < best.score - 1:
            return False
        mine, its = (self._parties(each.policy) for each in (best, other))
        if not mine or not its or mine & its:
            return False
        for word in read.clause:
            joined = clauses.conjuncts(word)[1:] if word.dep != "conj" else []
            first, others = self._named([word]), self._named(joined)
            if (first & mine and others & its) or (first & its and others & mine):
                return True
        return False

    def _parties(self, policy_id: str) -> frozenset[str]:
        return frozenset().union(*(conduct.party for conduct in self._index.conducts[policy_id]))

    def _named(self, words: list[Word]) -> frozenset[str]:
        """The actors and things that words name, as packs tell siblings apart by them."""
        return self._mentions.actors_in(words) | {w.lemma for w in words} | {w.lower for w in words}

    @staticmethod
    def _theme(frame: Frame, themes: tuple[Word, ...], clause: list[Word]) -> list[Word]:
        """The words of the frame's own things and of what it governs, without clauses that hang on them."""
        inside = {word.i for word in clause}
        heads = [*themes, *clauses.content(frame.head)]
        found = {word.i: word for head in heads for word in _own_words(head)}
        found.update((word.i, word) for word in frame.words)
        return [word for i, word in sorted(found.items()) if i in inside]

    def _fits(self, read: _Read) -> dict[str, Bound | Missing]:
        return {name: self._fit(policy, read) for name, policy in self._index.policies.items()}

    def _read(self, frame: Frame, agent: Issuer, themes: tuple[Word, ...]) -> _Read:
        clause = self._clause(frame, themes)
        return _Read(frame, agent, self._theme(frame, themes, clause), clause, self._focus.before(frame.head))

    def _candidates(self, read: _Read) -> list[Policy]:
        """The policies whose instrument is named or in focus, and those that ask for none: no other can fit."""
        named = self._mentions.instruments_in([*read.clause, *read.frame.sentence.words])
        ids = self._index.without_instrument.union(
            read.focus.instruments, self._everywhere, *(mention.policies for mention in named)
        )
        if self._names_exception(read.frame):
            ids |= self._index.restrictions
        return [policy for policy_id, policy in self._index.policies.items() if policy_id in ids]

    def _names_exception(self, frame: Frame) -> bool:
        return any(theme.lemma in self._lexicon.exceptions for theme in frame.themes)

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

    def _narrowed(self, bound: Bound, spoken: set[str], meant: set[str]) -> Bound:
        """The one part that the article opens with or tells the history of, unless it speaks of that part by itself."""
        parts = [
            part
            for part in self._index.parts.get(bound.policy, ())
            if part in meant and self._is_named_apart(part, bound.policy)
        ]
        if len(parts) != 1 or parts[0] in spoken:
            return bound
        return Bound(parts[0], bound.issuer, bound.score, (*bound.reasons, "part named in the article"))

    def _is_named_apart(self, part: str, whole: str) -> bool:
        return any(part in m.policies and whole not in m.policies for m in self._mentions.instruments)

    # ---- one policy

    def _fit(self, policy: Policy, read: _Read) -> Bound | Missing:
        if read.frame.form == "modal" and not self._may_be_permitted(policy, read.frame):
            return "subject"
        issuer = self._issuer(policy, read)
        if issuer is None:
            return "issuer"
        instrument = self._instrument(policy, read) if self._is_meant(policy, read.frame) else None
        if instrument is None:
            return "instrument"
        conduct = self._conduct(policy, read)
        if conduct is None or (conduct[1] not in ("theme", "clause") and self._is_of_a_price(policy, read.frame)):
            return "conduct"
        who, issuer_weight, issuer_place = issuer
        score = 3 * instrument[0] + 2 * conduct[0] + 2 * issuer_weight + self._beneficiary(policy, read)
        score += self._mover(policy, read.frame) + self._object(policy, read.frame)
        if policy.part_of and conduct[1] in ("theme", "clause", "sentence"):
            score += self._part(instrument[1], read)
        vague = instrument[1] in ("focus", "article", "sentence") or conduct[1] in ("focus", "any", "unsaid")
        score += self._topic(policy.id) * (_TOPIC if vague else 0.05)
        reasons = (f"issuer: {issuer_place}", f"instrument: {instrument[1]}", f"conduct: {conduct[1]}")
        return Bound(policy.id, who, score, reasons)

    def _is_of_a_price(self, policy: Policy, frame: Frame) -> bool:
        """Whether a price or a duty of something else is told of a permitted thing: "raised its price for palm oil"."""
        if policy.kind != "permission" or self._in_themes(policy, frame, ("prep",)):
            return False
        rates = bool(frame.themes) and all(self._lexicon.thing(theme) == "rate" for theme in frame.themes)
        return frame.kind == "require" or (frame.kind in ("increase", "reduce") and rates)

    def _topic(self, policy_id: str) -> float:
        """How much the article speaks of a policy: last, at its opening, or somewhere."""
        if policy_id in self._latest:
            return 1.0
        return 0.7 * (policy_id in self._opening and policy_id in self._spoken) or 0.4 * (policy_id in self._spoken)

    def _part(self, instrument: str, read: _Read) -> float:
        """A part whose own conduct is told comes before its whole, unless the things named are not the part's."""
        return 1.5 if instrument == "theme" or not self._mentions.instruments_in(read.theme) else 0.0

    def _object(self, policy: Policy, frame: Frame) -> float:
        """What is imposed or dropped is itself what the policy is about: the duty, not the export."""
        words = {word for conduct in self._index.conducts[policy.id] for word in conduct.words}
        return 0.8 if any(theme.lemma in words for theme in frame.themes) else 0.0

    def _mover(self, policy: Policy, frame: Frame) -> float:
        """Handing on by others is a re-export, handing over by the issuer none."""
        families = {family for conduct in self._index.conducts[policy.id] for family in conduct.families}
        verbs = [frame.head] * (frame.form == "conduct") + clauses.content(frame.head)
        moving = [v for v in verbs if self._mentions.families.get(v.i, frozenset()) & {"transfer", "reexport"}]
        if not moving or "reexport" not in families or clauses.is_passive(moving[0]):
            return 0.0
        leave = self._lexicon.noun(moving[0].head) if moving[0].head.pos == "NOUN" else None
        if leave is not None and leave.kind == "allow":  # "Oslo's permission to hand over": others do it
            return 0.8
        who = clauses.subject(moving[0])
        if who is None:
            return 0.0
        ids = self._mentions.actors_in(_own_words(who), ("name", "person", "adjective"))
        return -0.8 if (ids & set(policy.issuer) or (not ids and who.tag != "NNS")) else 0.8

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

    def _issuer(self, policy: Policy, read: _Read) -> tuple[Issuer, float, str] | None:
        agent, frame, mine = read.agent, read.frame, set(policy.issuer)
        if not mine:
            return agent, 0.3, "any"
        if agent.id in mine:
            recalled = frame.agent is not None and frame.agent.lemma in self._lexicon.countries
            return agent, 1.0, "focus" if recalled else "agent"
        if agent.id is not None and not self._is_beneficiary(agent.id, policy, frame):
            return None
        if agent.id is None and agent.text and frame.form != "public" and not self._may_be_government(frame):
            return None
        places = (
            (self._mentions.actors_in(read.clause), 0.8, "clause"),
            (self._mentions.actors_in(frame.speaker), 0.7, "speaker"),
            (self._mentions.actors_in(frame.sentence.words), 0.5, "sentence"),
            (read.focus.actors, self._focus_weight(policy, read.focus), "focus"),
            (read.focus.places, 0.2, "named"),
        )
        for ids, weight, place in places:
            if ids & mine:
                return Issuer(id=min(ids & mine), text=agent.text), weight, place
        if self._is_alone(policy, read) and (agent.text == "" or frame.agent is None or frame.agent.pos != "PROPN"):
            return Issuer(id=min(mine), text=agent.text), 0.1, "pack"
        return None

    @staticmethod
    def _is_meant(policy: Policy, frame: Frame) -> bool:
        """Whether what is done can be done to a policy of this kind: nobody lifts or eases a membership."""
        return policy.kind != "membership" or frame.operation in _OF_MEMBERS

    def _is_alone(self, policy: Policy, read: _Read) -> bool:
        """Whether no other state is spoken of, and no other has such a policy: "the government has scrapped it"."""
        if self._index.has_rivals(policy.id) and not self._is_own_name(policy, read):
            return False
        named = self._mentions.actors_in(read.frame.sentence.words, ("name", "person", "adjective"))
        conduct = {actor for each in self._index.conducts[policy.id] for actor in each.actors}
        return not (named | read.focus.actors) - {*policy.issuer, *policy.beneficiary, *conduct}

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
        if agent.tag == "NN" and agent.text[:1].isupper() and not agent.child("det", "poss", "compound", "amod"):
            return True  # a name that the tagger does not know: "Labour has lifted"
        if agent.tag == "NNS" and agent.lemma in _ONE_OF_EACH and not is_definite(agent):
            return False
        if self._lexicon.thing(agent) in ("container", "rulebook") or agent.lemma.endswith(_THING_ENDINGS):
            return True
        definite = any(
            c.dep == "poss" or (c.dep == "det" and c.lower in ("the", "this", "its")) for c in agent.children
        )
        many = agent.tag == "NNS" and agent.lemma in self._lexicon.authorities
        return many or (definite and agent.lemma in self._lexicon.institutions)

    def _instrument(self, policy: Policy, read: _Read) -> tuple[float, str] | None:
        frame = read.frame
        if not policy.instrument:
            return 0.3, "any"
        if frame.form == "conduct" and not self._moves(policy, frame):
            return None
        vague = frame.direction == "neutral" and frame.operation != "reaffirm"
        means = not vague and self._refers_back(policy, read)
        places = [(read.theme, _THEME, "theme"), (read.clause, _CLAUSE, "clause")]
        if means:
            places.append((frame.sentence.words, _SENTENCE, "sentence"))
        for words, weight, place in places:
            found = [m for m in self._mentions.instruments_in(words) if self._is_of(m, policy, words)]
            if place != "theme" and policy.kind == "membership" and not self._is_of_members(policy, frame):
                continue
            if found:
                length = max(m.end - m.start for m in found)
                detail = 0.05 * min(length, 4) + (0.2 if _is_name(found, words) else 0.0)
                return weight + detail - self._generic_penalty(policy, words), place
        if self._is_exception(policy, read):
            return _SENTENCE, "exception"
        if means and policy.id in read.focus.instruments:
            return _FOCUS, "focus"
        if means and policy.id in self._everywhere and self._is_headed(policy, frame):
            return _ARTICLE, "article"
        return None

    def _is_of_members(self, policy: Policy, frame: Frame) -> bool:
        """Whether what is done can be done to a membership, by what it is done to: a member, "it", or nothing named."""
        members = {*policy.issuer, *(actor for each in self._index.conducts[policy.id] for actor in each.actors)}
        named = self._mentions.actors_in(word for theme in frame.themes for word in _own_words(theme))
        return not frame.themes or bool(named & members) or all(self._recalls(theme) for theme in frame.themes)

    def _is_exception(self, policy: Policy, read: _Read) -> bool:
        """A licence or waiver for the party that a restriction is about: "a licence for dealings with Syria's bank"."""
        if policy.kind != "restriction" or (self._latest and policy.id not in self._latest):
            return False
        if not self._names_exception(read.frame):
            return False
        named = self._mentions.actors_in(read.clause)
        return any(each.actors and each.actors <= named and not each.words for each in self._index.conducts[policy.id])

    def _is_of(self, mention: InstrumentMention, policy: Policy, words: Iterable[Word]) -> bool:
        """Whether an instrument is the policy's: named in its pack, and not said to be another state's."""
        if policy.id not in mention.policies or (policy.kind == "rate" and self._is_other_rate(mention, policy, words)):
            return False
        if policy.kind == "restriction" or not policy.issuer:
            return True
        owners = [
            child
            for word in words
            if mention.start <= word.i < mention.end
            for child in word.children
            if child.dep in ("amod", "poss") and child.i in self._mentions.actor_at and child.i < mention.start
        ]
        ids = self._mentions.actors_in(owners, ("adjective", "name"))
        return not ids or bool(ids & {*policy.issuer, *policy.beneficiary, *self._members(policy)})

    def _is_other_rate(self, mention: InstrumentMention, policy: Policy, words: Iterable[Word]) -> bool:
        """ "mortgage rates", "interest rates on home loans": what a general word is told to be the rate of."""
        inside = [word for word in words if mention.start <= word.i < mention.end]
        return self._is_of_other(inside, mention.start, policy)

    @staticmethod
    def _is_of_other(inside: list[Word], start: int, policy: Policy) -> bool:
        named = {part.lower() for phrase in policy.instrument for part in phrase.replace("-", " ").split()}
        before = [c for w in inside for c in w.children if c.dep in ("compound", "nmod") and c.i < start]
        on = [c.child("pobj") for w in inside for c in w.children if c.dep == "prep" and c.lower in ("on", "for")]
        told = [word for word in (*before, *on) if word is not None and word.pos == "NOUN"]
        return any(word.lemma not in named and word.lower not in named for word in told)

    def _members(self, policy: Policy) -> list[str]:
        actors = self._lexicon.actors.actors
        return [member for issuer in policy.issuer if issuer in actors for member in actors[issuer].members]

    def _moves(self, policy: Policy, frame: Frame) -> bool:
        """Whether what is sent or given is the policy's instrument, or only a word for one, or not said."""
        words = [word for theme in frame.themes for word in _own_words(theme)]
        if not words or self._in_themes(policy, frame):
            return True
        nominal = [word for theme in frame.themes for word in _own_words(theme, ("acl", "ccomp"))]
        return not self._mentions.instruments_in(words) and any(w.lemma in self._lexicon.stand_ins for w in nominal)

    def _in_themes(self, policy: Policy, frame: Frame, without: tuple[str, ...] = ()) -> bool:
        words = [word for theme in frame.themes for word in _own_words(theme, without)]
        return any(policy.id in m.policies for m in self._mentions.instruments_in(words))

    def _generic_penalty(self, policy: Policy, words: list[Word]) -> float:
        """A specific instrument named beside a general one wins."""
        narrower = self._index.parts.get(policy.id)
        if not narrower:
            return 0.0
        named = self._mentions.instruments_in(words)
        return 0.5 if any(policy.id not in m.policies and not m.policies.isdisjoint(narrower) for m in named) else 0.0

    def _refers_back(self, policy: Policy, read: _Read) -> bool:
        """Whether the frame's thing is a pronoun or a general word for something told before, or not said at all."""
        themes = read.frame.themes
        if not themes:
            return self._leaves_open(policy, read.frame)
        if all(_is_another(theme) or self._says_other(policy, theme) for theme in themes):
            return False
        if policy.kind == "rate" and any(self._is_of_other([theme], theme.i, policy) for theme in themes):
            return False
        return (
            self._is_headed(policy, read.frame)
            or any(is_definite(theme) and self._lexicon.thing(theme) in _STANDING for theme in themes)
            or any(self._recalls(w) or is_its_date(w) for theme in themes for w in theme.subtree())
        )

    def _leaves_open(self, policy: Policy, frame: Frame) -> bool:
        """Whether what is done is not said, or is the policy's conduct: "let them fire", not "let a class grow up"."""
        told = [word for clause in clauses.content(frame.head) for word in clause.subtree()]
        families = {family for conduct in self._index.conducts[policy.id] for family in conduct.families}
        return not told or any(self._stands_in(w) or self._mentions.families_in([w]) & families for w in told)

    def _recalls(self, word: Word) -> bool:
        """A general word for what was told before, unless it is new and says what it is about: "measures against X"."""
        new = word.pos == "NOUN" and not is_definite(word)
        told = [c for c in word.children if c.dep == "prep" and c.lower in ("against", "over")]
        return self._stands_in(word) and not (new and told)

    def _stands_in(self, word: Word) -> bool:
        known = word.lemma in self._lexicon.stand_ins or word.lower in self._lexicon.stand_ins
        return known and word.dep not in ("det", "mark")

    def _is_headed(self, policy: Policy, frame: Frame) -> bool:
        """Whether a definite thing is called by the noun that heads one of the policy's instruments: "the checks"."""
        heads = self._index.heads[policy.id]
        below = [c.child("pobj") for theme in frame.themes for c in theme.children if c.lower == "of"]
        things = (*frame.themes, *(w for w in below if w is not None))
        return any(is_definite(w) and (w.lemma in heads or w.lower in heads) for w in things)

    def _says_other(self, policy: Policy, theme: Word) -> bool:
        """Whether a thing says by itself what it is about, and that is nothing of the policy: "duties on beef"."""
        if is_definite(theme) or theme.pos == "PRON":
            return False
        known = self._index.heads[policy.id] | self._lexicon.stand_ins | self._lexicon.anaphors
        known |= self._lexicon.quantities
        families = {family for conduct in self._index.conducts[policy.id] for family in conduct.families}
        return any(
            word is not theme
            and word.pos in ("NOUN", "PROPN")
            and word.dep in ("pobj", "compound", "nmod")
            and word.lemma not in known
            and word.i not in self._mentions.actor_at
            and not self._mentions.families.get(word.i, frozenset()) & families
            and not self._is_policy_word(policy, word)
            for word in _own_words(theme)
            if word.head is theme or word.head.head is theme
        )

    def _is_policy_word(self, policy: Policy, word: Word) -> bool:
        mention = self._mentions.instrument_at.get(word.i)
        return mention is not None and policy.id in mention.policies

    def _conduct(self, policy: Policy, read: _Read) -> tuple[float, str] | None:
        """How near the conduct's own verb and its actors stand; the worse of the two. None where one is missing."""
        alternatives = self._index.conducts[policy.id]
        if read.frame.kind == "conduct" and not any(c.families & {"transfer", "reexport"} for c in alternatives):
            return None
        if not alternatives:
            return 0.5, "any"
        layers = self._layers(read)
        named = any(policy.id in m.policies for m in self._mentions.instruments_in(read.clause))
        if not layers[1].opposed and (named or policy.id in self._latest or not layers[-1].families):
            layers.append(self._unsaid(alternatives, layers, self._is_own_name(policy, read)))
        fits = [fit for conduct in alternatives if (fit := self._conduct_fit(conduct, layers)) is not None]
        return max(fits, default=None)

    def _conduct_fit(self, conduct: Conduct, layers: list[_Layer]) -> tuple[float, str] | None:
        kind = place = None
        for layer in layers:
            has_kind, has_rest = conduct.holds(layer.families, layer.actors, layer.words)
            kind = kind or (layer if has_kind else None)
            place = place or (layer if has_rest else None)
            if layer.name == "clause" and kind is None and layer.opposed and conduct.families:
                return None
        if kind is None or place is None:
            return None
        worse = min(kind, place, key=lambda layer: layer.weight)
        detail = 0.1 * (len(conduct.actors) + len(conduct.words))
        return worse.weight + detail, worse.name

    def _layers(self, read: _Read) -> list[_Layer]:
        """What the clause, its sentence and the text before name: the same for every policy that is tried on them."""
        if self._layered is None or self._layered[0] is not read:
            self._layered = read, self._new_layers(read)
        return list(self._layered[1])

    def _new_layers(self, read: _Read) -> list[_Layer]:
        wide, focus, named = read.frame.sentence.words, read.focus, self._mentions
        layers = [
            _Layer(name, weight, named.families_in(words), named.actors_in(words), named.lemmas_in(words))
            for name, weight, words in (
                ("theme", _THEME, read.theme),
                ("clause", _CLAUSE, read.clause),
                ("sentence", _SENTENCE, wide),
            )
        ]
        told = [word for word in read.clause if not any(_is_relative(n) for n in _up_to(word, read.frame.head))]
        layers[1] = replace(layers[1], opposed=bool(named.families_in(told)))
        places, words = focus.places | layers[-1].actors, focus.words | layers[-1].words
        return [*layers, _Layer("focus", _FOCUS, focus.families, places, words)]

    @staticmethod
    def _unsaid(alternatives: tuple[Conduct, ...], layers: list[_Layer], is_own: bool) -> _Layer:
        """Where no conduct is said of an instrument, any may be meant: "signed off on the missiles"."""
        families = frozenset().union(*(conduct.families for conduct in alternatives))
        words = frozenset().union(*(conduct.words for conduct in alternatives)) if is_own else frozenset()
        return _Layer("unsaid", 0.3, families, layers[-1].actors, layers[-1].words | words)

    def _is_own_name(self, policy: Policy, read: _Read) -> bool:
        """Whether the frame's thing is called by a name that only this policy asks for: "the ban on Sellafield"."""
        own = [m for m in self._mentions.instruments_in(read.theme) if m.policies == {policy.id}]
        return _is_name(own, read.theme)

    def _beneficiary(self, policy: Policy, read: _Read) -> float:
        mine = set(policy.beneficiary)
        if self._mentions.actors_in(read.clause) & mine:
            return 0.3
        return 0.1 if read.focus.places & mine else 0.0


def _is_named_here(bound: Bound) -> bool:
    """Whether the frame itself names the policy's instrument."""
    return bool({"instrument: theme", "instrument: clause"} & {*bound.reasons})


def _nearness(fit: Bound | Missing) -> float:
    """How far a policy came: by its score, else by the parts before the one that it lacks, below every score."""
    return fit.score if isinstance(fit, Bound) else get_args(Missing).index(fit) - 10.0


def _is_name(mentions: list[InstrumentMention], words: Iterable[Word]) -> bool:
    """Whether an instrument is called by its name, not by a general word: "HIMARS" rather than "rockets"."""
    inside = [w for w in words if any(m.start <= w.i < m.end for m in mentions)]
    return any(w.text.isupper() or (w.pos == "PROPN" and w.text[:1].isupper()) for w in inside)


def _is_another(theme: Word) -> bool:
    """ "two other limits": what is told apart from what was told before."""
    return any(child.lower in ("other", "another", "separate", "different") for child in theme.children)


def _own_words(head: Word, without: tuple[str, ...] = ()) -> list[Word]:
    """A noun phrase without its conjuncts and relative clauses."""
    found, waiting = [head], [head]
    without = ("conj", "relcl", "appos", "advcl", *without)
    while waiting:
        children = [c for c in waiting.pop().children if c.dep not in without]
        found += children
        waiting += children
    return sorted(found, key=lambda word: word.i)


def _text(words: list[Word]) -> str:
    """The words as they stand, rebuilt from their offsets, without a trailing possessive or comma."""
    while words and (words[-1].dep == "case" or words[-1].pos == "PUNCT"):
        words = words[:-1]
    parts = [word.text + " " * (after.start - word.end) for word, after in pairwise(words)]
    return "".join(parts) + (words[-1].text if words else "")


def _is_relative(word: Word) -> bool:
    """A relative clause, whatever the parser hung it on."""
    return word.dep == "relcl" or any(c.tag in ("WDT", "WP") for c in word.children)


def _up_to(word: Word, head: Word) -> list[Word]:
    """A word and those above it, below a head."""
    found = []
    for node in (word, *word.ancestors()):
        if node is head:
            break
        found.append(node)
    return found


def _in_other_clause(word: Word, frame: Frame) -> bool:
    """Whether a finite clause with its own subject lies between a word and the frame."""
    for node in (word, *word.ancestors()):
        if node is frame.head:
            return False
        if node.dep in ("advcl", "relcl", "parataxis", "conj") and clauses.is_verb(node) and node.i > frame.head.i:
            return True
    return False
