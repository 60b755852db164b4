"""What packs read from articles that say nothing about them, beside their budget."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from policytrack.cli import app
from policytrack.errors import ArticleError
from policytrack.extract import Extractor
from policytrack.model import Article
from policytrack.packs import load_rules
from policytrack.quiet import corpora, noise
from policytrack.sources import read_articles

ROOT = Path(__file__).parent.parent
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


def test_one_article_is_not_one_articles(corpus: Path) -> None:
    (corpus / "articles.jsonl").write_text(json.dumps(ARTICLES[1]) + "\n", encoding="utf-8")
    assert run(corpus) == (0, "salt: 0 false alarms in 1 article; its budget is 0\n")


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


def test_a_corpus_without_an_article_is_no_success(corpus: Path) -> None:
    (corpus / "articles.jsonl").write_text("", encoding="utf-8")
    assert run(corpus) == (1, "salt: 0 false alarms in 0 articles; its budget is 0\n")


def test_articles_are_not_taken_for_a_pack(corpus: Path) -> None:
    done = RUNNER.invoke(app, ["rules", "quiet", str(corpus / "articles.jsonl")])
    assert (done.exit_code, done.stdout) == (2, "")
    assert "holds articles. Name the pack first" in done.stderr


# --- articles beside a pack


def beside(corpus: Path, *folders: str) -> tuple[int, str, str]:
    """What comes where the articles are moved into that folder below the corpus, and none are named."""
    place = corpus.joinpath(*folders)
    place.mkdir(exist_ok=True, parents=True)
    (corpus / "articles.jsonl").rename(place / "salt.jsonl")
    done = RUNNER.invoke(app, ["rules", "quiet", str(corpus)])
    return done.exit_code, done.stdout, done.stderr


def test_without_articles_those_beside_the_pack_are_read(corpus: Path) -> None:
    code, shown, _ = beside(corpus, "quiet")
    assert (code, shown.splitlines()[-1]) == (1, "salt: 1 false alarm in 3 articles; its budget is 0")


def test_or_those_above_its_folder(corpus: Path) -> None:
    (corpus / "packs").mkdir()
    (corpus / "salt.yaml").rename(corpus / "packs" / "salt.yaml")
    (corpus / "quiet").mkdir()
    (corpus / "articles.jsonl").rename(corpus / "quiet" / "salt.jsonl")
    done = RUNNER.invoke(app, ["rules", "quiet", str(corpus / "packs" / "salt.yaml")])
    assert (done.exit_code, done.stdout.splitlines()[-1]) == (1, "salt: 1 false alarm in 3 articles; its budget is 0")


def test_where_no_articles_lie_beside_any_pack_that_is_said(corpus: Path) -> None:
    code, shown, told = beside(corpus, "elsewhere")
    assert (code, shown) == (2, "")
    assert "quiet/salt.jsonl" in told


def test_a_pack_without_articles_beside_it_is_named_and_the_others_are_read(corpus: Path) -> None:
    (corpus / "pepper.yaml").write_text(PACK.replace("salt", "pepper"), encoding="utf-8")
    code, shown, told = beside(corpus, "quiet")
    assert (code, shown.splitlines()[-1]) == (1, "salt: 1 false alarm in 3 articles; its budget is 0")
    assert "pepper: no quiet articles" in told


# --- the packs that come with policytrack


@pytest.fixture(scope="module")
def shipped() -> Extractor:
    return Extractor(load_rules(ROOT / "rules"))


CORPORA = sorted((ROOT / "rules" / "quiet").glob("*"))


@pytest.mark.parametrize("path", CORPORA, ids=lambda path: path.stem)
def test_a_shipped_pack_keeps_quiet_on_its_corpus(path: Path, shipped: Extractor) -> None:
    rules = load_rules(ROOT / "rules")
    assert corpora(rules, [path.stem]) == {path.stem: path}
    articles = [article for article in read_articles(str(path)) if not isinstance(article, ArticleError)]
    assert len({article.id for article in articles}) == len(path.read_text(encoding="utf-8").splitlines()) >= 10
    assert all(article.title and article.publisher and len(article.published_at) == 10 for article in articles)
    (told,) = noise(rules, shipped, [path.stem], articles)
    assert not told.is_loud, [(claim.article_id, claim.evidence.quote) for claim in told.claims]


def test_a_pack_that_allows_itself_false_alarms_says_why() -> None:
    packs = load_rules(ROOT / "rules").packs
    assert [pack.pack for pack in packs if pack.quiet_budget and not pack.limits] == []


def test_every_shipped_pack_has_a_corpus() -> None:
    packs = {pack.pack for pack in load_rules(ROOT / "rules").packs}
    assert packs == {path.stem for path in CORPORA}


def test_an_article_that_does_say_something_breaks_the_quiet(shipped: Extractor) -> None:
    """Else the test of the corpora could not fail."""
    text = "Washington has allowed Ukraine to fire ATACMS missiles into Russia."
    loud = [Article(id="loud", text=text, published_at="2024-11-17")]
    (told,) = noise(load_rules(ROOT / "rules"), shipped, ["ukraine-arms"], loud)
    assert told.is_loud
