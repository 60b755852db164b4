"""What packs read from articles that say nothing about them, beside their budget."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from policytrack.cli import app

RUNNER = CliRunner()
PACK = """pack: salt
version: 1
policies:
  - id: zz.salt.export
    title: India's permission to export salt
    issuer: [in]
    instrument: [salt]
    conduct: [export]
"""
ARTICLES = [
    {"id": "ban", "published_at": "2023-03-02", "text": "India has banned the export of salt."},
    {"id": "plan", "published_at": "2023-03-02", "text": "India may ban the export of salt, traders said."},
    {"id": "food", "published_at": "2023-03-02", "text": "Too much salt is bad for the heart, doctors said."},
]


@pytest.fixture
def corpus(tmp_path: Path) -> Path:
    (tmp_path / "salt.yaml").write_text(PACK, encoding="utf-8")
    lines = "".join(json.dumps(article) + "\n" for article in ARTICLES)
    (tmp_path / "articles.jsonl").write_text(lines, encoding="utf-8")
    return tmp_path


def run(corpus: Path, *flags: str) -> tuple[int, str]:
    done = RUNNER.invoke(app, ["rules", "quiet", str(corpus / "salt.yaml"), str(corpus / "articles.jsonl"), *flags])
    return done.exit_code, done.stdout


def test_a_claim_of_a_change_is_a_false_alarm_and_others_are_not(corpus: Path) -> None:
    code, shown = run(corpus)
    assert code == 1
    assert shown.splitlines() == [
        'ban: zz.salt.export: impose, decided, from "India has banned the export of salt"',
        "salt: 1 false alarm in 3 articles; its budget is 0",
    ]


def test_a_pack_may_allow_itself_some(corpus: Path) -> None:
    (corpus / "salt.yaml").write_text(PACK.replace("version: 1\n", "version: 1\nquiet_budget: 1\n"), encoding="utf-8")
    code, shown = run(corpus)
    assert (code, shown.splitlines()[-1]) == (0, "salt: 1 false alarm in 3 articles; its budget is 1")


def test_the_false_alarms_as_claims(corpus: Path) -> None:
    code, shown = run(corpus, "--format", "jsonl")
    assert (code, [json.loads(line)["article_id"] for line in shown.splitlines()]) == (1, ["ban"])


def test_an_article_that_cannot_be_read_is_named_and_the_others_are_read(corpus: Path) -> None:
    with (corpus / "articles.jsonl").open("a", encoding="utf-8") as stream:
        stream.write("{rubbish\n")
    done = RUNNER.invoke(app, ["rules", "quiet", str(corpus / "salt.yaml"), str(corpus / "articles.jsonl")])
    assert done.exit_code == 3
    assert "articles.jsonl:4" in done.stderr
    assert "1 false alarm in 3 articles" in done.stdout
