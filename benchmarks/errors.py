"""Classes and counts the errors on a labelled set: where each missed shift was lost, what each false one really says.

A missed shift is classed by the first step of reading that said no in the sentences of its label, as
`policytrack why ARTICLE` shows it; a false one by what the labels say of the same policy in that article.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from policytrack.extract import Extractor
from policytrack.model import FACTIVE, Article
from policytrack.packs import load_rules

_LINE = re.compile(r"(missed shift|false shift|wrong direction|wrong words): (\S+?):? (\S+)?")
_MOST = "100000"
"""More errors than any set has."""
LOST = {
    "operation": "no word of change was read",
    "status": "held back: a wish, a plan, a denial",
    "background": "told as history",
    "merging": "merged into another statement",
    "binding": "bound to no policy, or to another",
    "quote": "no quotation",
    "value check": "refused by the value check",
    "claim": "the claim is of another policy or article",
    "article": "the article was not parsed",
    "read": "read, but with other words than the label's",
}
"""What each step that says no does to a shift."""


def listed(scorer: Path, mode: str, folder: Path, claims: Path) -> list[str]:
    """The scorer's list of errors."""
    command = [sys.executable, str(scorer), mode, str(folder), str(claims), "--json", "--errors", _MOST]
    return subprocess.run(command, capture_output=True, text=True, check=True).stderr.splitlines()


def classes(lines: list[str], folder: Path, mode: str, rules: Path) -> dict[str, Counter[str]]:
    """For each kind of error how many there are of each class."""
    extractor = Extractor(load_rules(rules))
    articles = {row["id"]: row for row in _rows(folder / "articles.jsonl")}
    gold = {row["id"]: row for row in _rows(folder / "gold.jsonl")}
    found: dict[str, Counter[str]] = {"missed": Counter(), "false": Counter(), "direction": Counter()}
    for kind, article, policy in _errors(lines):
        if kind in ("missed shift", "wrong words"):
            found["missed"][_lost(extractor, articles[article], gold[article], policy, mode)] += 1
        elif kind == "false shift":
            found["false"][_really(gold[article], policy)] += 1
        else:
            found["direction"]["direction is wrong"] += 1
    return found


def _rows(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").split("\n") if line.strip()]


def _errors(lines: list[str]) -> Iterator[tuple[str, str, str]]:
    for line in lines:
        match = _LINE.match(line)
        if match is not None:
            yield match[1], match[2].rstrip(":"), (match[3] or "*").rstrip(":")


def _labels(row: dict[str, Any], policy: str) -> list[dict[str, Any]]:
    """The labels of a policy; in open mode, and in the scorer's lines on words, all."""
    named = [claim for claim in row["claims"] if claim.get("policy") == policy]
    return named if named else list(row["claims"])


def _lost(extractor: Extractor, article: dict[str, Any], row: dict[str, Any], policy: str, mode: str) -> str:
    known = {name: value for name, value in article.items() if name in Article.model_fields}
    told = extractor.explain(Article(**known), open_mode=mode == "open")
    if told.skipped:
        return LOST["article"]
    live = [claim for claim in _labels(row, policy) if claim["factive"] and not claim["background"]]
    spans = [claim["evidence"] or {"start": 0, "end": len(article["text"])} for claim in live]
    steps = [
        statement.no.step if statement.no is not None else "read"
        for sentence in told.sentences
        for statement in sentence.statements
        if any(sentence.start < span["end"] and span["start"] < sentence.end for span in spans)
    ]
    return LOST[_furthest(steps)] if steps else LOST["operation"]


def _furthest(steps: list[str]) -> str:
    """The step that the statement which came furthest stopped at."""
    order = list(LOST)
    if "read" in steps:
        return "binding"
    return max(steps, key=order.index)


def _really(row: dict[str, Any], policy: str) -> str:
    """What the labels say of a policy that was wrongly said to have shifted."""
    labels = [claim for claim in row["claims"] if policy in ("*", claim.get("policy"))]
    if any(claim["factive"] and claim["background"] for claim in labels):
        return "an earlier change, told as history"
    if held := sorted({claim["status"] for claim in labels if claim["status"] not in FACTIVE}):
        return f"no change: {held[0].replace('_', ' ')}"
    if any(claim["operation"] == "reaffirm" for claim in labels):
        return "what stood was said again"
    return "nothing is said to change"


def table(counts: dict[str, dict[str, Counter[str]]]) -> list[str]:
    """The classes of all sets side by side, the most frequent first."""
    names = list(counts)
    found = ["| error | " + " | ".join(names) + " |", "|---|" + "---|" * len(names)]
    for kind, title in (("missed", "missed"), ("false", "false"), ("direction", "")):
        totals: Counter[str] = Counter()
        for each in counts.values():
            totals.update(each[kind])
        for label, _ in sorted(totals.items(), key=lambda item: (-item[1], item[0])):
            cells = [str(counts[name][kind][label]) for name in names]
            found.append(f"| {title}: {label} | ".replace("| : ", "| ") + " | ".join(cells) + " |")
    return found
