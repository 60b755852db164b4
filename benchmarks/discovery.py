"""Measures how well `discover` groups: the claims of labelled articles, and the policies that the labels name.

A claim belongs to the labelled policy whose evidence it overlaps, of the same direction where there is one. Writes the
table of its page. Both halves' listings were looked at while grouping was built: the rows by half show spread, not
what is unseen.
"""

from __future__ import annotations

import json
import sys
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from benchmarks.accuracy import EVAL, half_of, lines, put
from policytrack.extract import Extractor
from policytrack.groups import Heard, grouped, heard
from policytrack.model import Article, Claim
from policytrack.packs import load_rules
from policytrack.sources import read_articles

ROOT = Path(__file__).parent.parent
PAGE = ROOT / "docs" / "explanation" / "discovery.md"
SETS = ("subjects_dev", "arms_dev")


def policy_of(claim: Claim, labels: Sequence[dict[str, Any]], same: dict[str, str]) -> str | None:
    """The labelled policy of a claim, or None where its words are nobody's."""
    best: tuple[int, str] | None = None
    for label in labels:
        evidence = label["evidence"]
        shared = min(evidence["end"], claim.evidence.end) - max(evidence["start"], claim.evidence.start)
        weight = shared + 10_000 * (label["direction"] == claim.direction)
        if shared > 0 and (best is None or weight > best[0]):
            best = weight, same.get(label["policy"], label["policy"])
    return best[1] if best else None


def counts(groups: Sequence[Sequence[Heard]], labels: dict[str, Any], same: dict[str, str]) -> list[Counter[str]]:
    """The labelled policies of each group, with how many claims are about each."""
    found = []
    for group in groups:
        policies = (policy_of(one.claim, labels[one.article.id]["claims"], same) for one in group)
        found.append(Counter(policy for policy in policies if policy))
    return found


def row(name: str, found: Sequence[Heard], labels: dict[str, Any], same: dict[str, str]) -> str:
    groups = counts(grouped(found), labels, same)
    policies: dict[str, Counter[int]] = {}
    for number, group in enumerate(groups):
        for policy, claims in group.items():
            policies.setdefault(policy, Counter())[number] += claims
    total = sum(map(sum, (group.values() for group in groups)))
    together = sum(max(places.values()) for places in policies.values()) / total
    pure = sum(max(group.values()) for group in groups if group) / total
    cells = [name, f"{len(found)}", f"{total}", f"{len(policies)}", f"{len(groups)}", f"{together:.2f}", f"{pure:.2f}"]
    return f"| {' | '.join(cells)} |"


def table() -> list[str]:
    extractor = Extractor(load_rules(ROOT / "rules"))
    found = [
        "| set | claims | of labelled policies | policies | groups | in the largest group of their policy | "
        "of the policy that their group is mostly about |",
        "|---|--:|--:|--:|--:|--:|--:|",
    ]
    for name in SETS:
        labels = {each["id"]: each for each in lines(EVAL / name / "gold.jsonl")}
        names = json.loads((EVAL / name / "policies.json").read_text(encoding="utf-8")).get("same", [])
        same = {alias: aliases[0] for aliases in names for alias in aliases}
        claims = [one for article in articles_of(name) for one in heard_in(extractor, article)]
        found.append(row(name, claims, labels, same))
        for half in (0, 1):
            part = [one for one in claims if half_of(labels[one.article.id]) == half]
            found.append(row(f"{name}, half {'AB'[half]}", part, labels, same))
    return found


def articles_of(name: str) -> list[Article]:
    return [each for each in read_articles(EVAL / name / "articles.jsonl") if isinstance(each, Article)]


def heard_in(extractor: Extractor, article: Article) -> list[Heard]:
    reading = extractor.read(article, open_mode=True, subjects=True)
    return heard(article, reading.claims, reading.subjects)


if __name__ == "__main__":
    if not EVAL.is_dir():
        raise SystemExit(f"the labelled sets are not at {EVAL}; nothing was measured.")
    shown = table()
    put(PAGE, shown)
    sys.stdout.write("\n".join(shown) + "\n")
