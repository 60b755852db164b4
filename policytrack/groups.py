"""Claims of any subject in groups: those of one issuer that are about one thing, however the articles put it.

Two subjects are one where they share their head and a modifier ("exports of white rice", "white-rice exports"), where
a concrete head is the same, or where one is the other less exactly. "The ban" is what the article said of a ban before.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from policytrack.extract.subjects import Subject
from policytrack.model import Article, Claim


@dataclass(frozen=True, eq=False)
class Heard:
    """One claim with its article, who decides, and what it is about. `issuer` is an actor's id, else words."""

    claim: Claim
    article: Article
    subject: Subject
    issuer: str = ""

    @property
    def live(self) -> bool:
        """Whether it says, as news, that something changed."""
        return self.claim.live


def heard(article: Article, claims: Sequence[Claim], subjects: Mapping[str, Subject]) -> list[Heard]:
    """The claims of one article, each with who decides and what it is about, as far as the whole article says.

    A claim whose subject nothing in the article tells is left out.
    """
    found = [Heard(claim, article, subjects[claim.id]) for claim in claims]
    stated = Counter(one.claim.issuer.id for one in found if one.claim.issuer.id)
    found = [replace(one, issuer=_issuer(one, stated)) for one in found]
    told = [replace(one, subject=_headed(_completed(number, found))) for number, one in enumerate(found)]
    return [one for one in told if one.subject.words]


def _issuer(one: Heard, stated: Counter[str]) -> str:
    """The claim's issuer; where its clause names nobody that a table has, whoever decides elsewhere in the article."""
    issuer, guess = one.claim.issuer, one.subject.issuer
    if issuer.id or guess is None:
        return issuer.id or (issuer.text or "").casefold()
    if guess in stated:
        return guess
    return next((actor for actor, _ in stated.most_common() if f"@{actor}" not in one.subject.actors), guess)


def _completed(number: int, found: Sequence[Heard]) -> Subject:
    """The subject with what the article said of it elsewhere: "the ban", "the exports"."""
    one = found[number]
    subject = one.subject
    if len(subject.plain) > 1 or (subject.words and not subject.head):
        return subject
    around = (*found[:number][::-1], *found[number + 1 :])
    others = [other for other in around if _completes(other.subject, subject)]
    if not others:
        return subject

    def worse(other: Heard) -> tuple[bool, bool]:
        return other.issuer != one.issuer, not set(subject.wrappers) & set(other.subject.wrappers)

    return _joined(subject, min(others, key=worse).subject)  # the nearest one of those that are as good


def _completes(other: Subject, subject: Subject) -> bool:
    """Whether another subject of the article says more of the same thing."""
    if not other.words - subject.words or (subject.wrappers and other.measure != subject.measure):
        return False
    return not subject.head or subject.head in other.words


def _joined(subject: Subject, other: Subject) -> Subject:
    head = subject.head or other.head
    return replace(
        subject,
        head=head,
        modifiers=(other.words | subject.words) - {head},
        wrappers=subject.wrappers or other.wrappers,
        measure=subject.measure or other.measure,
        value=subject.value or other.value,
        concrete=subject.concrete if subject.head else other.concrete,
    )


def _headed(subject: Subject) -> Subject:
    """The subject with its measure as its head where nothing else is named: "sanctions on Syria"."""
    if subject.head or not subject.wrappers:
        return subject
    target = {f"@{subject.target}"} if subject.target and not subject.actors else set()
    return replace(
        subject, head=subject.wrappers[-1], modifiers=subject.modifiers | target, names=subject.measures, concrete=False
    )


# --- groups


class _Group:
    """Claims of one issuer that are about one thing."""

    def __init__(self, first: Heard) -> None:
        # What joined later counts for nothing here: through it everything would be joined in the end.
        self.members = [first]
        self.head = first.subject.head
        self.plain = first.subject.plain
        self.actors = first.subject.actors
        self.measure = first.subject.measure
        self.is_curb = first.subject.is_curb

    def fits(self, subject: Subject) -> int:
        """How well a subject fits: 3 in all its words, 2 by its head and a modifier, 1 as a less exact name, 0 not."""
        if subject.measure != self.measure:
            return 0
        if subject.head != self.head:
            fits = 2 * (len(subject.plain & self.plain) > 1 or self._aims_alike(subject))
        elif subject.words <= self.plain | self.actors and (len(subject.words) > 1 or len(self.plain) == 1):
            fits = 3
        else:
            fits = 2 * (self._shares_modifier(subject) or (subject.concrete and not self._is_elsewhere(subject)))
        if not fits and subject.plain and subject.plain <= self.plain and not self._is_elsewhere(subject):
            fits = 1
        return fits

    def _shares_modifier(self, subject: Subject) -> bool:
        """Whether both name the same beside the head; the same actor only where no other word tells them apart."""
        mine, other = self.plain - {subject.head}, subject.plain - {subject.head}
        return bool(mine & other) or (bool(subject.actors & self.actors) and not (mine and other))

    def _aims_alike(self, subject: Subject) -> bool:
        """Whether both are a measure against the same actor: "sanctions on Syria", "economic restrictions on Syria"."""
        return subject.is_curb and self.is_curb and bool(subject.actors & self.actors)

    def _is_elsewhere(self, subject: Subject) -> bool:
        """Whether both name actors, and not the same."""
        return bool(self.actors and subject.actors and not self.actors & subject.actors)


def grouped(found: Sequence[Heard]) -> list[list[Heard]]:
    """The claims in groups of one issuer and one subject, in the order of the articles within each."""
    order = {one.claim.id: number for number, one in enumerate(found)}
    by_issuer: dict[str, list[Heard]] = {}
    for one in found:
        by_issuer.setdefault(one.issuer, []).append(one)
    groups = [group.members for claims in by_issuer.values() for group in _groups([*_split(claims)])]
    return [sorted(group, key=lambda one: order[one.claim.id]) for group in groups]


def _groups(claims: Sequence[Heard]) -> list[_Group]:
    """The groups of one issuer's claims. What most claims say is grouped first, and what is said of it joins it."""
    counts = Counter(one.subject.words for one in claims)
    groups: list[_Group] = []
    for one in sorted(claims, key=lambda one: (-counts[one.subject.words], -len(one.subject.words))):
        fits = [
            (fit, len(group.members), -number)
            for number, group in enumerate(groups)
            if (fit := group.fits(one.subject))
        ]
        best = max(fits, default=(0, 0, 0))
        if best[0] > 1 or len(fits) == 1:
            groups[-best[2]].members.append(one)
        else:
            groups.append(_Group(one))
    return groups


def _split(claims: Sequence[Heard]) -> Iterator[Heard]:
    """The claims with compounds taken apart that are written in one word here and in two there: "landmine"."""
    pairs = {first + one.subject.head: (first, one.subject.head) for one in claims for first in one.subject.modifiers}
    for one in claims:
        subject = one.subject
        if subject.head in pairs:
            first, head = pairs[subject.head]
            yield replace(one, subject=replace(subject, head=head, modifiers=subject.modifiers | {first}))
        else:
            yield one
