"""No sentence of the evaluation sets or of the founding article stands in this project's own files."""

from __future__ import annotations

import gzip
import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.reading import ROOT, SHARED

RUN = 8
"""So many words in a row are a sentence taken over, not a common phrase."""

WORD = re.compile(r"\w+")
OURS = ("policytrack", "rules", "seeds", "tests", "examples", "docs", "benchmarks")
MAY_STAND = {
    ROOT / "examples" / "ukraine-arms" / "articles.jsonl",  # written for this project
    ROOT / "tests" / "test_extract.py",  # expects short spans of the founding article
}


def runs(text: str) -> Iterator[tuple[str, ...]]:
    words = [word.lower() for word in WORD.findall(text)]
    return zip(*(words[n:] for n in range(RUN)), strict=False)


def foreign() -> set[tuple[str, ...]]:
    found: set[tuple[str, ...]] = set()
    for name in ("events_train", "events_dev", "covid_notes_dev"):
        for line in (SHARED / "eval" / name / "articles.jsonl").read_text(encoding="utf-8").split("\n"):
            if line:
                found.update(runs(json.loads(line)["text"]))
    with gzip.open(SHARED / "eval" / "speed" / "filler.jsonl.gz", "rt", encoding="utf-8") as lines:
        for line in lines:
            found.update(runs(json.loads(line)["text"]))
    for path in (SHARED / "seeds").glob("*.txt"):
        found.update(runs(path.read_text(encoding="utf-8")))
    return found


def own_files() -> list[Path]:
    files = [path for folder in OURS for path in (ROOT / folder).rglob("*") if path.is_file()]
    files += [ROOT / "README.md", ROOT / "CHANGELOG.md"]
    return [
        path for path in files if path.suffix in {".py", ".yaml", ".md", ".txt", ".jsonl"} and path not in MAY_STAND
    ]


@pytest.mark.skipif(not (SHARED / "eval").is_dir(), reason="the evaluation sets are not beside this checkout")
def test_no_sentence_of_the_sets_is_ours() -> None:
    theirs = foreign()
    assert len(theirs) > 500_000
    taken = {
        str(path.relative_to(ROOT)): " ".join(run)
        for path in own_files()
        for run in runs(path.read_text(encoding="utf-8", errors="replace"))
        if run in theirs
    }
    assert taken == {}
