"""The beginning of a pack from a group of claims: what can be read off the articles, and marks where a person decides.

Several ways to write the policy are tried on the group's own articles; the one that finds the group's claims again,
and few others, is written down.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import product

from policytrack.extract import Extractor
from policytrack.groups import Heard
from policytrack.model import Article, Claim, Policy, PolicyKind
from policytrack.packs import Rules
from policytrack.scaffold import MODELINE, pack_name
from policytrack.vocabulary import Actor

_TRIED_ON = 12
"""How many of a group's articles are read again to find the best way to write its policy."""
_PHRASES = 12
_AS_PROGRAMME = frozenset(
    ["aid", "assistance", "funding", "programme", "program", "subsidy", "training", "cooperation"]
)
_OF_VALUE: dict[str, PolicyKind] = {"treaty": "membership", "body": "membership", "rate": "rate"}


@dataclass(frozen=True)
class _Expected:
    """A sentence of an article that becomes a test."""

    text: str
    article: Article
    gives: str


class Skeleton:
    """A pack in the making for the claims of one group."""

    def __init__(self, members: Sequence[Heard], rules: Rules, extractor: Extractor) -> None:
        self._members = members
        self._rules = rules
        self._extractor = extractor

    def text(self) -> str:
        """The pack as YAML that `rules check` accepts; its tests pass."""
        policy = self.policy
        lines = [
            MODELINE,
            f"# The beginning of a pack, from {len(self._articles)} articles published {self._days()}.",
            "# Complete what is marked TODO, read the rest, then: policytrack rules check FILE",
            f"pack: {pack_name(policy.id, {pack.pack for pack in self._rules.packs})}",
            "version: 1",
            "policies:",
            f"  - id: {policy.id}",
            f"    title: {_quoted(policy.title)}  # TODO: in words",
            f"    kind: {policy.kind}  # guessed; TODO: or permission, restriction, programme, membership, rate",
            self._issuer_line(policy),
            f"    instrument: {_listed(policy.instrument)}",
            *([f"    conduct: {_listed(policy.conduct)}"] if policy.conduct else []),
            "    start: {status: unknown}  # TODO: how it stood, `on` which day, from which `source`",
            *self._tests(policy),
        ]
        return "\n".join(lines) + "\n"

    @cached_property
    def policy(self) -> Policy:
        """The policy as the pack would track it: of all ways to write it the one that finds most of the claims."""
        ways = [
            self._policy(kind, instrument, conduct)
            for kind, instrument, conduct in product(self._kinds(), self._instruments(), self._conducts())
        ]
        return max(ways, key=self._found)  # the first of those that find as much

    # ---- ways to write it

    def _policy(self, kind: PolicyKind, instrument: tuple[str, ...], conduct: tuple[str, ...]) -> Policy:
        issuer = self._members[0].issuer
        known = self._rules.actors.actors.get(issuer)
        name = label(self._members, self._rules.actors.actors)
        return Policy(
            id=f"{_slug(issuer) or 'somebody'}.{_slug(name)}",
            title=f"{known.names[0] if known else issuer or 'Somebody'}: {name}",
            kind=kind,
            issuer=(issuer,) if known else (),
            instrument=instrument,
            conduct=conduct,
            pack="discovered",
            pack_version=1,
        )

    def _kinds(self) -> list[PolicyKind]:
        """The guess from what the measure is worth, then the other of the two that are easily taken for each other."""
        subjects = [one.subject for one in self._members]
        if any(subject.head in _AS_PROGRAMME for subject in subjects):
            return ["programme"]
        value = Counter(subject.value for subject in subjects).most_common(1)[0][0]
        if value in _OF_VALUE:
            return [_OF_VALUE[value]]
        is_level = any(subject.measure for subject in subjects)
        if is_level or (value == "restriction" and any(subject.is_curb for subject in subjects)):
            return ["restriction", "permission"]
        return ["permission", "restriction"]

    def _instruments(self) -> list[tuple[str, ...]]:
        """Names of the head; or of the things beside it, where the head is what is done with them."""
        subjects = [one.subject for one in self._members]
        heads = _names(name for subject in subjects for name in subject.names)
        seen = Counter(name.casefold() for subject in subjects for name in set(subject.parts))
        common = [name for name, n in seen.items() if 4 * n >= len(subjects)] or [*seen]
        things = _names(name for subject in subjects for name in subject.parts if name.casefold() in common)
        measures = _names(name for subject in subjects for name in subject.measures if " " in name)
        several = tuple(name for name in heads if " " in name)
        ways = [several + things, heads, heads + measures, heads + things, measures]
        if subjects[0].concrete:
            ways.sort(key=lambda way: way is not heads)
        head = self._members[0].subject.head.strip("/")
        return list(dict.fromkeys(way[:_PHRASES] for way in ways if way)) or [(head,)]

    def _conducts(self) -> list[tuple[str, ...]]:
        """What is done with it, or whom it is against, where most claims say so; or nothing."""
        half = len(self._members) / 2
        subjects = [one.subject for one in self._members]
        actors = Counter(actor[1:] for subject in subjects for actor in subject.actors)
        places = tuple(self._rules.actors.actors[actor].names[0] for actor, n in actors.items() if n >= half)
        done = Counter(word for subject in subjects for word in dict.fromkeys(subject.conduct))
        levels = tuple(dict.fromkeys(word for subject in subjects if subject.measure for word in subject.wrappers))
        words = levels or tuple(word for word, n in done.most_common(3) if n >= half)
        return [*dict.fromkeys(way for way in (words, places) if way), ()]

    def _found(self, policy: Policy) -> int:
        """How many claims of the group a policy finds again in their articles, less those that are none of them."""
        reader = self._extractor.tracking([policy])
        wanted = Counter(_key(one.claim) for one in self._members)
        found = [_key(claim) for article in self._articles[:_TRIED_ON] for claim in reader.read(article).claims]
        right = sum(key in wanted for key in found)
        return 2 * right - (len(found) - right)

    # ---- tests

    def _tests(self, policy: Policy) -> Iterator[str]:
        """One sentence that is read as news about the policy, and one more: if there is one, one that is held back."""
        reader = self._extractor.tracking([policy])
        passed = [one for one in self._expected() if _passes(reader, one)]
        live = [one for one in passed if one.gives != "none"]
        chosen = live[:1] + ([one for one in passed if one.gives == "none"][:1] or live[1:2])
        if not chosen:
            yield "# TODO tests: no sentence of the articles is read as news by itself; write one."
            return
        yield "tests:  # TODO: what is read from these sentences today; is it what they say?"
        for one in chosen:
            title = f", title: {_quoted(one.article.title)}" if one.article.title else ""
            yield (
                f"  - {{text: {_quoted(one.text)}{title}, on: {json.dumps(one.article.published_at)}, "
                f"policy: {policy.id}, gives: {one.gives}}}"
            )

    def _expected(self) -> Iterator[_Expected]:
        """Each sentence of the group's claims with what it gives, the surest first."""
        for one in sorted(self._members, key=lambda one: -one.claim.confidence.value):
            start, end = one.subject.sentence
            beside = [other for other in self._members if other.article.id == one.article.id and other.live]
            alone = not any(other.subject.sentence == one.subject.sentence for other in beside)
            if one.live or (alone and not one.claim.factive):
                gives = one.claim.operation if one.live else "none"
                yield _Expected(" ".join(one.article.text[start:end].split()), one.article, gives)

    # ---- what is told

    @cached_property
    def _articles(self) -> list[Article]:
        return list({one.article.id: one.article for one in self._members}.values())

    def _days(self) -> str:
        days = sorted(article.published_at for article in self._articles)
        return days[0] if days[0] == days[-1] else f"{days[0]} to {days[-1]}"

    def _issuer_line(self, policy: Policy) -> str:
        if policy.issuer:
            return f"    issuer: {_listed(policy.issuer)}"
        named = next((one.claim.issuer.text for one in self._members if one.claim.issuer.text), "nobody")
        return f"    issuer: []  # TODO: an id of rules/actors.yaml; the articles name {_quoted(named)}; [] is anybody"


def label(members: Sequence[Heard], actors: Mapping[str, Actor]) -> str:
    """What most claims call the subject, with its measure where that has a level, and the actors that it is about."""
    subjects = [one.subject for one in members]
    names = _names(subject.called for subject in subjects if subject.called)
    name = names[0] if names else subjects[0].head
    measures = _names(subject.measures[-1] for subject in subjects if subject.measures and subject.measure)
    told = f"{name} {measures[0]}" if measures and measures[0] not in name else name
    named = Counter(actor[1:] for subject in subjects for actor in subject.actors)
    return ", ".join([told, *(actors[actor].names[0] for actor, n in sorted(named.items()) if 2 * n > len(members))])


def _names(found: Iterable[str]) -> tuple[str, ...]:
    """The names on one line each, the most frequent first; of two that differ in case the one in lower case."""
    # Between slashes a name would be a regular expression.
    told = [name for each in found if (name := " ".join(each.split()).strip("/"))]
    counts = Counter(name.casefold() for name in told)
    forms: dict[str, str] = {}
    for name in told:
        forms[name.casefold()] = max(name, forms.get(name.casefold(), name))
    return tuple(forms[key] for key, _ in counts.most_common())


def _passes(reader: Extractor, expected: _Expected) -> bool:
    """Whether the sentence alone gives what a test of it would ask for."""
    article = expected.article
    alone = Article(id="test", text=expected.text, title=article.title, published_at=article.published_at)
    claims = reader.read(alone).claims
    news = [claim.operation for claim in claims if claim.is_news]
    return expected.gives in news or (expected.gives == "none" and bool(claims) and not news)


def _key(claim: Claim) -> tuple[str, int, str]:
    return claim.article_id, claim.evidence.start, claim.direction


def _slug(words: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", words.casefold()).strip("-")


def _listed(words: Sequence[str]) -> str:
    return f"[{', '.join(_quoted(word) for word in words)}]"


def _quoted(words: str) -> str:
    """A scalar that YAML reads as these words: what JSON quotes, YAML takes."""
    return json.dumps(words, ensure_ascii=False)
