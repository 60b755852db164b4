"""What packs read from articles that should say nothing about them, beside what they allow themselves."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

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


def noise(rules: Rules, extractor: Extractor, packs: Sequence[str], articles: Iterable[Article]) -> Iterator[Noise]:
    """What each of these packs of the rules, which the extractor reads by, takes from the articles, in their order."""
    read = 0
    claims: list[Claim] = []
    for reading in extractor.read_all(articles):
        read += 1
        claims += [claim for claim in reading.claims if claim.live]
    pack_of = {policy.id: policy.pack for policy in rules.policies}
    budgets = {pack.pack: pack.quiet_budget for pack in rules.packs}
    for name in packs:
        found = tuple(claim for claim in claims if claim.policy and pack_of[claim.policy] == name)
        yield Noise(name, budgets[name], read, found)


def corpora(rules: Rules, packs: Sequence[str]) -> dict[str, Path]:
    """The quiet articles of packs, where there are any: `quiet/PACK.jsonl` in the pack's folder, or the one above."""
    documents = zip(rules.packs, rules.pack_documents, strict=True)
    folders = {pack.pack: Path(document.path).resolve().parent for pack, document in documents if pack.pack in packs}
    places = {name: _near(folder, name) for name, folder in folders.items()}
    return {name: place for name, place in places.items() if place is not None}


def _near(folder: Path, name: str) -> Path | None:
    tried = (each / "quiet" / f"{name}.jsonl" for each in (folder, folder.parent))
    return next((place for place in tried if place.is_file()), None)
