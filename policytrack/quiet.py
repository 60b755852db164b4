"""What packs read from articles that should say nothing about them, beside what they allow themselves."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from policytrack.extract import Extractor
from policytrack.model import Article, Claim
from policytrack.packs import Rules


@dataclass(frozen=True)
class Noise:
    """The live claims of one pack on a quiet corpus: factive, told as news, a change. `budget`: how many may be."""

    pack: str
    budget: int
    articles: int
    claims: tuple[Claim, ...]

    @property
    def is_loud(self) -> bool:
        """Whether there are more claims than the pack allows itself."""
        return len(self.claims) > self.budget


def noise(rules: Rules, packs: Sequence[str], articles: Iterable[Article]) -> Iterator[Noise]:
    """What each of these packs reads from the articles, in the order of the packs."""
    extractor = Extractor(rules)
    read = 0
    claims: list[Claim] = []
    for article in articles:
        read += 1
        claims += [claim for claim in extractor.read(article).claims if claim.live]
    pack_of = {policy.id: policy.pack for policy in rules.policies}
    budgets = {pack.pack: pack.quiet_budget for pack in rules.packs}
    for name in packs:
        found = tuple(claim for claim in claims if claim.policy and pack_of[claim.policy] == name)
        yield Noise(name, budgets[name], read, found)
