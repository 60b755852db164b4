"""Discovery: claims of any subject in groups of one issuer and one thing, ranked, and packs that begin from a group."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from policytrack import discover_policies
from policytrack.cli import app
from policytrack.discover import Discovery
from policytrack.errors import ArticleError, ConfigError
from policytrack.extract import Extractor
from policytrack.groups import Heard, grouped, heard
from policytrack.limits import engine_problems
from policytrack.model import Article
from policytrack.packs import check_rules, load_rules
from policytrack.testing import run_tests
from tests.reading import extractor

RUNNER = CliRunner()
NEWS = (
    ("s1", "2023-03-02", "Norway has lifted its ban on seal hunting, the fisheries ministry said."),
    ("s2", "2023-06-09", "Norway's government reinstated the seal-hunting ban after protests."),
    ("s3", "2023-06-12", "Oslo may ease the ban on hunting seals next year, a minister said."),
    ("s4", "2023-07-01", "Kenya has suspended exports of avocados because of a weak harvest."),
    ("s5", "2023-08-20", "Kenya resumed avocado exports on Monday. The exports had been stopped in July."),
    ("s6", "2023-09-02", "It rained on the coast, and many shops stayed empty."),
)


def articles(*ids: str) -> list[Article]:
    return [Article(id=name, published_at=on, text=text) for name, on, text in NEWS if not ids or name in ids]


def groups_of(*texts: str) -> list[set[str]]:
    """The articles of each group, where every text is an article: a0, a1, ..."""
    found: list[Heard] = []
    for number, text in enumerate(texts):
        article = Article(id=f"a{number}", published_at="2024-11-22", text=text)
        reading = extractor().read(article, open_mode=True, subjects=True)
        found += heard(article, reading.claims, reading.subjects)
    return [{one.article.id for one in group} for group in grouped(found)]


@pytest.fixture(scope="module")
def found() -> Discovery:
    return discover_policies(articles())


# --- one subject, however it is put


@pytest.mark.parametrize(
    "texts",
    [
        ("Norway lifted its ban on seal hunting.", "Norway reinstated the seal-hunting ban."),
        ("Kenya banned exports of avocados.", "Kenya allowed avocado exports again."),
        ("Chile eased its limits on the use of copper tailings.", "Chile lifted the copper-tailings limits."),
        ("Japan prohibited anti-personnel landmines.", "Japan allowed anti-personnel land mines again."),
        ("Peru imposed sanctions on Bolivia.", "Peru lifted the sanctions on Bolivia."),
    ],
)
def test_two_ways_to_write_a_subject_are_one(texts: tuple[str, ...]) -> None:
    assert groups_of(*texts) == [{"a0", "a1"}]


@pytest.mark.parametrize(
    "texts",
    [
        ("Kenya banned exports of avocados.", "Kenya banned exports of tea."),
        ("Kenya banned exports of avocados.", "Uganda banned exports of avocados."),
        ("Peru imposed sanctions on Bolivia.", "Peru imposed sanctions on Chile."),
        ("Kenya lifted its ban on avocado exports.", "Kenya cut its duty on avocado exports."),
    ],
)
def test_another_thing_or_issuer_or_level_is_another_subject(texts: tuple[str, ...]) -> None:
    assert len(groups_of(*texts)) == 2


def test_the_ban_is_the_ban_that_the_article_told_of() -> None:
    text = "Norway banned seal hunting in May. On Monday Norway lifted the ban."
    assert groups_of(text, "Norway reinstated the ban on seal hunting.") == [{"a0", "a1"}]


def test_whoever_decides_in_the_article_decides_where_nobody_is_named() -> None:
    passive = "Kenya published its harvest figures. Exports of avocados were banned."
    assert groups_of(passive, "Kenya lifted its ban on avocado exports.") == [{"a0", "a1"}]


# --- ranks


def test_most_articles_first_and_what_is_held_back_counts_less(found: Discovery) -> None:
    seals, avocados = found[:2]
    assert (seals.issuer.id, seals.subject, seals.articles, seals.live) == ("no", "seal hunting", 3, 2)
    assert (avocados.issuer.id, avocados.articles) == ("ke", 2)
    assert (seals.first, seals.last, seals.rank) == ("2023-03-02", "2023-06-12", 1)
    assert found.articles == 6 and found.note == ""
    news, held_back = articles("s4")[0], articles("s3")[0]
    assert [one.issuer.id for one in discover_policies([held_back, news])] == ["ke", "no"]


def test_an_example_stands_in_its_article(found: Discovery) -> None:
    texts = {article.id: article.text for article in articles()}
    for group in found:
        quote = group.example
        assert texts[group.example_of][quote.start : quote.end] == quote.quote


def test_groups_of_few_articles_are_left_out_and_counted() -> None:
    assert [group.articles for group in discover_policies(articles(), min_articles=3)] == [3]
    assert "left out" in discover_policies(articles(), min_articles=3).note
    none = discover_policies(articles(), min_articles=9)
    assert not none and none.note == "6 articles, no group in 9 or more; the largest is in 3"


def test_a_group_keeps_its_id_when_others_come(found: Discovery) -> None:
    alone = discover_policies(articles("s4", "s5"))
    assert alone[0].id == found[1].id and found.group(alone[0].id[:6]) is found[1]


def test_nothing_found_says_why() -> None:
    assert discover_policies(articles("s6")).note.startswith("1 article, no claims: ")
    german = "Der Minister sprach gestern lange und ausführlich über die neue Lage der Wirtschaft im ganzen Land."
    other = Article(id="d", published_at="2024-01-01", text=german)
    assert "1 skipped: the article is in German" in discover_policies([other]).note
    assert discover_policies([]).note == "no article was read"


def test_a_group_that_is_not_there(found: Discovery) -> None:
    with pytest.raises(ConfigError, match="Name a rank, 1 to"):
        found.group(99)
    with pytest.raises(ConfigError, match="no article was read"):
        discover_policies([]).pack(1)


def test_what_cannot_be_read_stops_no_other(tmp_path: Path) -> None:
    bad = tmp_path / "bad.txt"
    bad.write_bytes(b"\xff\xfe\x00")
    errors: list[ArticleError] = []
    assert len(discover_policies([str(bad), *articles("s4")], on_error=errors.append)) == 1 and len(errors) == 1
    with pytest.raises(ArticleError):
        discover_policies(bad)


# --- packs


@pytest.mark.parametrize("rank", [pytest.param(1, marks=pytest.mark.long), 2])
def test_a_pack_begins_sound_and_finds_the_claims_again(rank: int, found: Discovery, tmp_path: Path) -> None:
    path = tmp_path / "new.yaml"
    path.write_text(found.pack(rank), encoding="utf-8")
    assert check_rules([path], further=engine_problems) == []
    rules = load_rules(packs=[path])
    results = run_tests(rules, [path])
    assert results and [result.problem for result in results] == [None] * len(results)
    policy = rules.packs[-1].policies[0].id
    reader = Extractor(rules)
    bound = [claim for article in articles() for claim in reader.read(article).claims if claim.policy == policy]
    assert {claim.article_id for claim in bound} >= ({"s1", "s2"} if rank == 1 else {"s4", "s5"})


def test_a_pack_marks_what_a_person_decides(found: Discovery) -> None:
    text = found.pack(1)
    assert "start: {status: unknown}  # TODO" in text and 'issuer: ["no"]' in text


def test_an_issuer_that_no_table_has_stays_open(tmp_path: Path) -> None:
    text = "Zubrowka has banned the sale of plum brandy to tourists."
    found = discover_policies(Article(id="z", published_at="2024-01-01", text=text))
    assert found[0].issuer.id is None and found[0].issuer.text == "Zubrowka"
    path = tmp_path / "new.yaml"
    path.write_text(found.pack(1), encoding="utf-8")
    assert check_rules([path]) == [] and 'TODO: an id of rules/actors.yaml; the articles name "Zubrowka"' in found.pack(
        1
    )


@pytest.mark.parametrize("title", ['He said: "no"', "a: b # c", "{x}", "- y", "naïve ☃ \\ back"])
def test_any_words_of_an_article_make_sound_yaml(title: str, tmp_path: Path) -> None:
    text = 'Kenya has banned exports of "so-called: #1 {grade}" avocados.'
    path = tmp_path / "new.yaml"
    found = discover_policies(Article(id="q", published_at="2024-01-01", title=title, text=text))
    path.write_text(found.pack(1), encoding="utf-8")
    assert check_rules([path]) == []


# --- the command


@pytest.fixture
def archive(tmp_path: Path) -> Path:
    path = tmp_path / "news.jsonl"
    lines = [json.dumps({"id": name, "published_at": on, "text": text}) for name, on, text in NEWS]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def test_the_table(archive: Path) -> None:
    result = RUNNER.invoke(app, ["discover", str(archive), "--limit", "1"])
    assert result.exit_code == 0
    lines = result.stdout.splitlines()
    assert lines[0].startswith("6 articles, ") and lines[1].split()[:3] == ["RANK", "ISSUER", "SUBJECT"]
    assert lines[2].split()[:4] == ["1", "Norway", "seal", "hunting"] and "[s" in lines[3] and len(lines) == 4
    assert "more: --limit" in result.stderr and "--pack 1 --output" in result.stderr


def test_the_table_as_json(archive: Path) -> None:
    told = json.loads(RUNNER.invoke(app, ["discover", str(archive), "--format", "json", "--limit", "2"]).stdout)
    assert told["articles"] == 6 and [group["rank"] for group in told["groups"]] == [1, 2]


def test_a_pack_is_written_to_a_new_file_only(archive: Path, tmp_path: Path) -> None:
    target = tmp_path / "seal.yaml"
    asked = ["discover", str(archive), "--pack", "1", "--output", str(target)]
    assert RUNNER.invoke(app, asked).exit_code == 0
    assert RUNNER.invoke(app, ["rules", "check", str(target)]).exit_code == 0
    again = RUNNER.invoke(app, asked)
    assert again.exit_code == 2 and "overwrites nothing" in again.stderr
    nowhere = RUNNER.invoke(app, [*asked[:-1], str(tmp_path / "no" / "seal.yaml")])
    assert nowhere.exit_code == 2 and "cannot be written" in nowhere.stderr


def test_endings(archive: Path, tmp_path: Path) -> None:
    assert RUNNER.invoke(app, ["discover", str(archive), "--pack", "77"]).exit_code == 2
    missing = RUNNER.invoke(app, ["discover", str(tmp_path / "no"), "--pack", "1"])
    assert missing.exit_code == 3 and "there is no such file" in missing.stderr
    mixed = RUNNER.invoke(app, ["discover", str(archive), str(tmp_path / "no"), "--quiet"])
    assert mixed.exit_code == 3 and mixed.stdout.startswith("6 articles")
    piped = RUNNER.invoke(app, ["discover", "-", "--quiet"], input=archive.read_bytes())
    assert piped.exit_code == 0 and piped.stdout.startswith("6 articles")
