"""Scores the reader on the labelled sets beside the checkout; writes its page and the figures of the README.

Runs the public command `policytrack extract` and the sets' own scorer. Each set is also scored in two halves, split
by duplicate group, so that learning one by heart would show.
"""

from __future__ import annotations

import hashlib
import json
import shutil
import subprocess
import sys
import tempfile
from collections import Counter
from pathlib import Path
from typing import Any

from benchmarks import errors

ROOT = Path(__file__).parent.parent
EVAL = ROOT.parent / "shared" / "eval"
PAGE = ROOT / "docs" / "explanation" / "accuracy.md"
README = ROOT / "README.md"
SHOWN = ("set", "shift F1", "direction, balanced", "trigger F1", "quiet articles with a false shift")
"""Columns of the README; it has the policy and event sets, whole."""
SETS = (
    ("arms_dev", "policy"),
    ("subjects_dev", "policy"),
    ("events_train", "open"),
    ("events_dev", "open"),
    ("covid_notes_dev", "open"),
    ("golden", "open"),
    ("written_a", "policy"),
    ("written_b", "policy"),
)


def folder_of(name: str) -> Path:
    """Where a set lies: beside the checkout, or, for our own articles, among the tests."""
    own = ROOT / "tests" / name
    return own if own.is_dir() else EVAL / name


def rules_of(name: str, scratch: Path) -> Path:
    """The rules that a set is read by: the shipped ones; where it brings packs of its own, with these instead."""
    shipped, packs = ROOT / "rules", folder_of(name) / "packs"
    if not packs.is_dir():
        return shipped
    made = scratch / f"rules of {name}"
    shutil.copytree(shipped, made, ignore=shutil.ignore_patterns("packs", "quiet", "*.lock"))
    shutil.copytree(packs, made / "packs")
    return made


def lines(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").split("\n") if line.strip()]


def written(path: Path, rows: list[dict[str, Any]]) -> None:
    path.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), encoding="utf-8")


def extracted(name: str, mode: str, rules: Path, target: Path) -> None:
    """The claims of the public command, as it prints them."""
    articles = folder_of(name) / "articles.jsonl"
    command = [sys.executable, "-m", "policytrack", "extract", str(articles), "--format", "jsonl", "-q"]
    command += ["--rules", str(rules)]
    with target.open("w", encoding="utf-8") as out:
        subprocess.run([*command, "--open"] if mode == "open" else command, stdout=out, check=True)


def scored(mode: str, folder: Path, claims: Path) -> dict[str, Any]:
    command = [sys.executable, str(EVAL / "score.py"), mode, str(folder), str(claims), "--json"]
    found: dict[str, Any] = json.loads(subprocess.run(command, capture_output=True, text=True, check=True).stdout)
    return found


def half_of(row: dict[str, Any]) -> int:
    """0 or 1, the same for an article and its near-duplicates."""
    group = row.get("near_duplicate_of") or row["id"]
    return hashlib.sha256(group.encode()).digest()[0] % 2


def halves(folder: Path, mode: str, claims: Path, scratch: Path) -> list[dict[str, Any]]:
    gold = lines(folder / "gold.jsonl")
    found = []
    for half in (0, 1):
        ids = {row["id"] for row in gold if half_of(row) == half}
        part = scratch / f"{folder.name}-{half}"
        part.mkdir()
        written(part / "gold.jsonl", [row for row in gold if row["id"] in ids])
        written(part / "articles.jsonl", [row for row in lines(folder / "articles.jsonl") if row["id"] in ids])
        if (folder / "policies.json").exists():
            (part / "policies.json").write_bytes((folder / "policies.json").read_bytes())
        written(part / "claims.jsonl", [row for row in lines(claims) if row["article_id"] in ids])
        found.append(scored(mode, part, part / "claims.jsonl"))
    return found


def figure(value: Any, key: str = "f1") -> str:
    if isinstance(value, dict):
        value = value.get(key)
    return "-" if value is None else f"{value:.2f}"


def labelled(counts: dict[str, Any] | None) -> bool:
    """Whether the set has labels of this kind at all."""
    return counts is not None and counts["tp"] + counts["fn"] > 0


def row(name: str, result: dict[str, Any], mode: str) -> str:
    shift = "r" if name.startswith("covid") else "f1"
    trigger = figure(result["trigger"] if labelled(result["trigger"]) else None)
    cells = [
        name, mode, figure(result["shift"], shift), figure(result["direction_balanced"]), trigger,
        figure(result["evidence_hit"]), figure(result["date_accuracy"]), figure(result["attribution"]),
        result["quiet_articles_with_false_shift"], str(result["non_factive"]["called_a_shift"]),
    ]  # fmt: skip
    return "| " + " | ".join(cells) + " |"


def tables() -> tuple[list[str], list[str]]:
    """The figures of all sets with their halves, and their errors by class."""
    counts: dict[str, dict[str, Counter[str]]] = {}
    found = [
        "| set | mode | shift F1 | direction, balanced | trigger F1 | evidence hit | date | attribution F1 "
        "| quiet articles with a false shift | not-changes called a shift |",
        "|---|---|---|---|---|---|---|---|---|---|",
    ]
    with tempfile.TemporaryDirectory() as folder:
        scratch = Path(folder)
        for name, mode in SETS:
            claims = scratch / f"{name}.jsonl"
            rules = rules_of(name, scratch)
            extracted(name, mode, rules, claims)
            listed = errors.listed(EVAL / "score.py", mode, folder_of(name), claims)
            counts[name] = errors.classes(listed, folder_of(name), mode, rules)
            found.append(row(name, scored(mode, folder_of(name), claims), mode))
            for half, result in enumerate(halves(folder_of(name), mode, claims, scratch)):
                found.append(row(f"{name}, half {'AB'[half]}", result, mode))
    return found, errors.table(counts)


def split(line: str) -> list[str]:
    return [cell.strip() for cell in line.strip("|").split("|")]


def figures(found: list[str]) -> list[str]:
    """The few columns and rows of a table that the README shows."""
    head = split(found[0])
    rows = [head, *(each for each in map(split, found[2:]) if "half" not in each[0] and "covid" not in each[0])]
    shown = ["| " + " | ".join(each[head.index(name)] for name in SHOWN) + " |" for each in rows]
    return [shown[0], "|---" * len(SHOWN) + "|", *shown[1:]]


def put(page: Path, found: list[str], mark: str = "table") -> None:
    """Writes the lines between the marks of a page; ValueError where it has none."""
    before, start, rest = page.read_text(encoding="utf-8").partition(f"<!-- {mark} -->")
    _, end, after = rest.partition("<!-- end -->")
    if not (start and end):
        raise ValueError(f"{page} has no place for the {mark}: write <!-- {mark} --> and <!-- end --> into it.")
    page.write_text("\n".join([before + start, *found, end + after]), encoding="utf-8")


def main() -> None:
    if not EVAL.is_dir():
        raise SystemExit(f"the labelled sets are not at {EVAL}; nothing was measured.")
    found, classed = tables()
    put(PAGE, found)
    put(PAGE, classed, "errors")
    put(README, figures(found))
    sys.stdout.write("\n".join([*found, "", *classed]) + "\n")


if __name__ == "__main__":
    main()
