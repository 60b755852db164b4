"""What a change of rules does on an archive: the commands `rules diff` and `ledger rerun`, with the real reader."""

from __future__ import annotations

import json
import re
import shutil
import stat
from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner

from policytrack.cli import app
from policytrack.extract import Extractor, Reading
from policytrack.model import Article
from policytrack.packs import load_rules, rules_at
from policytrack.rules_diff import rules_diff
from policytrack.sources import read_articles
from tests.builders import SALT_PACK

ROOT = Path(__file__).parent.parent
RUNNER = CliRunner()
ARTICLES = [
    ("pans", "2023-03-02", "India has banned the export of salt after floods destroyed the pans."),
    ("open", "2023-09-10", "India has lifted its ban on the export of salt."),
    ("brine", "2024-02-01", "India has banned the export of brine."),
    ("rain", "2024-03-01", "It rained on the salt pans of Gujarat for a week."),
]


@pytest.fixture
def house(tmp_path: Path) -> Path:
    """Articles, a pack, and a rules folder `old` with nothing but the pack."""
    shutil.copytree(ROOT / "rules", tmp_path / "old", ignore=shutil.ignore_patterns("packs", "quiet", "*.lock"))
    (tmp_path / "old" / "packs").mkdir()
    (tmp_path / "old" / "packs" / "salt.yaml").write_text(SALT_PACK, encoding="utf-8")
    (tmp_path / "salt.yaml").write_text(SALT_PACK, encoding="utf-8")
    lines = [{"id": name, "published_at": on, "text": text} for name, on, text in ARTICLES]
    (tmp_path / "articles.jsonl").write_text("".join(json.dumps(each) + "\n" for each in lines), encoding="utf-8")
    return tmp_path


def changed(house: Path, file: str, old: str, new: str) -> Path:
    """A copy of the folder `old` in which one file says something else."""
    folder = house / "new"
    shutil.copytree(house / "old", folder)
    text = (folder / file).read_text(encoding="utf-8")
    assert re.search(old, text)
    (folder / file).write_text(re.sub(old, new, text), encoding="utf-8")
    return folder


def run(*words: str | Path) -> tuple[int, str, str]:
    done = RUNNER.invoke(app, [str(word) for word in words])
    return done.exit_code, done.stdout, done.stderr


def test_a_word_more_adds_a_shift(house: Path) -> None:
    new = changed(house, "packs/salt.yaml", r"\[salt\]", "[salt, brine]")
    code, told, _ = run("rules", "diff", house / "old", new, house / "articles.jsonl", "--exit-code")
    assert code == 1
    assert told.splitlines()[0] == (
        "4 articles; shifts: 1 added, 0 gone, 0 relabelled, 0 changed, 2 the same; claims: 1 added, 0 gone"
    )
    assert "added       in.salt.export   2024-02-01" in told
    assert 'evidence: "India has banned the export of brine" [brine]' in told


def test_another_name_of_a_step_relabels_it(house: Path) -> None:
    rule = "name: prohibited\n    kind: restriction_imposed"
    new = changed(house, "core.yaml", rule, rule.replace("restriction_imposed", "permission_revoked"))
    code, told, _ = run("rules", "diff", house / "old", new, house / "articles.jsonl", "--format", "json")
    found = json.loads(told)
    assert (code, found["articles"], found["unchanged"]) == (0, 4, 1)
    [change] = found["changes"]
    assert (change["change"], change["fields"], change["occurred_on"]) == ("relabelled", ["kind"], "2023-03-02")
    assert (change["before"]["kind"], change["after"]["kind"]) == ("restriction_imposed", "permission_revoked")


@pytest.mark.parametrize(
    ("file", "old", "new", "readings"),
    [
        ("core.yaml", "corroborate: 2", "corroborate: 3", ["pans", "open", "rain"]),
        ("packs/salt.yaml", r"\[salt\]", "[salt, brine]", [*["pans", "open", "rain"] * 2, "brine"]),
    ],
)
def test_rules_that_read_alike_read_once(
    house: Path, monkeypatch: pytest.MonkeyPatch, file: str, old: str, new: str, readings: list[str]
) -> None:
    asked: list[str] = []
    read_all = Extractor.read_all

    def counted(self: Extractor, articles: Iterable[Article]) -> Iterator[Reading]:
        found = list(articles)
        asked.extend(article.id for article in found)
        return read_all(self, found)

    monkeypatch.setattr(Extractor, "read_all", counted)
    rules = load_rules(house / "old"), load_rules(changed(house, file, old, new))
    rules_diff(*rules, read_articles(house / "articles.jsonl"), on_error=pytest.fail)
    assert sorted(asked) == sorted(readings)  # of brine there is nothing to read where nobody tracks it


def test_a_cue_less_takes_a_trigger_away(house: Path) -> None:
    new = changed(house, "triggers.yaml", r"\n  - \{cue: after, kind: primary\}", "")
    code, told, _ = run("rules", "diff", house / "old", new, house / "articles.jsonl")
    assert code == 0
    assert "1 has other triggers" in told
    assert 'triggers: stated (primary): after "floods destroyed the pans" -> none stated' in told


def test_a_pack_stands_instead_of_one_of_its_name(house: Path) -> None:
    (house / "salt.yaml").write_text(SALT_PACK.replace("[salt]", "[sodium]"), encoding="utf-8")
    rules = rules_at(house / "salt.yaml", house / "old")
    assert [policy.instrument for policy in rules.policies] == [("sodium",)]
    options = ("--rules", house / "old", "--format", "jsonl")
    code, told, _ = run(
        "rules", "diff", house / "old" / "packs" / "salt.yaml", house / "salt.yaml", house / "articles.jsonl", *options
    )
    assert code == 0
    assert [json.loads(line)["change"] for line in told.splitlines()] == ["gone", "gone"]


def test_markdown_for_a_request_to_change_rules(house: Path) -> None:
    new = changed(house, "packs/salt.yaml", r"\[salt\]", "[brine]")
    code, told, _ = run("rules", "diff", house / "old", new, house / "articles.jsonl", "--format", "markdown")
    lines = told.splitlines()
    assert (code, lines[0][:14], lines[2]) == (0, "**4 articles; ", "| shift | policy | on | what | evidence |")
    assert [line.split(" | ")[0] for line in lines[4:]] == ["| gone", "| gone", "| added"]


def test_the_articles_of_a_ledger(house: Path) -> None:
    ledger = house / "watch.db"
    assert run("ingest", house / "articles.jsonl", "--rules", house / "old", "--db", ledger)[0] == 0
    new = changed(house, "packs/salt.yaml", r"\[salt\]", "[salt, brine]")
    before = ledger.read_bytes()
    code, told, _ = run("rules", "diff", house / "old", new, "--db", ledger)
    assert (code, told.splitlines()[0][:31]) == (0, "4 articles; shifts: 1 added, 0 ")
    assert ledger.read_bytes() == before


def test_nothing_differs_from_itself(house: Path) -> None:
    rules = load_rules(house / "old")
    found = rules_diff(rules, rules, read_articles(house / "articles.jsonl"), on_error=pytest.fail)
    assert (found.articles, found.unchanged, found.changes) == (4, 2, ())


def test_what_cannot_be_read_is_named_and_the_rest_is_compared(house: Path) -> None:
    with (house / "articles.jsonl").open("a", encoding="utf-8") as stream:
        stream.write("{rubbish\n")
    code, told, error = run("rules", "diff", house / "old", house / "old", house / "articles.jsonl")
    assert (code, told[:11]) == (3, "4 articles;")
    assert "articles.jsonl:5" in error


@pytest.mark.parametrize("words", [[], ["articles.jsonl", "--db", "watch.db"], ["--db", "none.db"], ["none.jsonl"]])
def test_without_articles(house: Path, words: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(house)
    code, told, error = run("rules", "diff", "old", "old", *words)
    assert code in (2, 3, 4) and error and not told


@pytest.mark.parametrize("path", ["none", "broken.yaml", "empty"])
def test_rules_that_cannot_be_read(house: Path, path: str) -> None:
    (house / "broken.yaml").write_text("pack: [", encoding="utf-8")
    (house / "empty").mkdir()
    code, _, error = run("rules", "diff", house / "old", house / path, house / "articles.jsonl")
    assert code == 2 and str(house / path) in error


@pytest.mark.parametrize("name", ["[salt]", "{salt: x}", "1", ""])
def test_a_pack_of_the_folder_without_a_proper_name(house: Path, name: str) -> None:
    """The folder is read beside a pack of one's own, in place of which it may hold another of that name."""
    (house / "old" / "packs" / "x.yaml").write_text(f"pack: {name}\nversion: 1\n", encoding="utf-8")
    pack, folder = house / "salt.yaml", house / "old"
    code, _, error = run("rules", "diff", pack, pack, house / "articles.jsonl", "--rules", folder)
    assert code == 2 and f"{folder}/packs/x.yaml:1:" in error and "PT122" in error


def test_a_rerun_as_a_person_sees_it(house: Path) -> None:
    ledger, old = house / "watch.db", house / "old"
    new = changed(house, "packs/salt.yaml", r"\[salt\]", "[salt, brine]")
    assert run("ingest", house / "articles.jsonl", "--rules", old, "--db", ledger)[0] == 0
    code, told, aside = run("ledger", "rerun", "--dry-run", "--rules", new, "--db", ledger)
    assert code == 0 and told.startswith("4 articles; shifts: 1 added, 0 gone")
    assert "nothing was recorded" in aside and f"policytrack ledger rerun --db {ledger} --rules {new} " in aside
    assert len(_shifts(ledger, old)) == 2
    code, again, aside = run("ledger", "rerun", "--rules", new, "--db", ledger)
    assert (code, again) == (0, told) and "nobody was alerted" in aside
    assert len(_shifts(ledger, new)) == 3


def test_what_is_asked_without_its_pack_says_what_is_missing(house: Path) -> None:
    (house / "old" / "packs" / "salt.yaml").unlink()
    (house / "old" / "packs" / "other.yaml").write_text(SALT_PACK.replace("salt", "pepper"), encoding="utf-8")
    ledger = ("--db", house / "watch.db", "--rules", house / "old")
    assert run("ingest", house / "articles.jsonl", *ledger, "--pack", house / "salt.yaml")[0] == 0
    for question in ("why", "why-not"):
        code, _, error = run(question, "in.salt.export", *ledger)
        assert code == 2 and "is recorded" in error and "--pack" in error, question
        assert run(question, "in.salt.export", *ledger, "--pack", house / "salt.yaml")[0] == 0
    code, _, aside = run("state", "in.salt.export", *ledger)
    assert (code, "Next:" in aside) == (0, False)
    shift = json.loads(run("shifts", *ledger, "--format", "jsonl")[1].splitlines()[0])["id"]
    assert "name the pack of in.salt.export with --pack" in run("why", shift, *ledger)[1]


def test_a_rerun_tells_those_who_are_named(house: Path) -> None:
    ledger, heard = house / "watch.db", house / "heard.jsonl"
    script = house / "notify.sh"
    script.write_text(f"#!/bin/sh\ncat >> {heard}\n", encoding="utf-8")
    script.chmod(script.stat().st_mode | stat.S_IXUSR)
    assert run("ingest", house / "articles.jsonl", "--rules", house / "old", "--db", ledger)[0] == 0
    new = changed(house, "packs/salt.yaml", r"\[salt\]", "[salt, brine]")
    code, _, aside = run("ledger", "rerun", "--rules", new, "--db", ledger, "--exec", str(script))
    assert code == 0 and "called --exec for 1" in aside
    assert json.loads(heard.read_text(encoding="utf-8"))["data"]["on"] == "2024-02-01"


def _shifts(ledger: Path, rules: Path) -> list[str]:
    return run("shifts", "--format", "jsonl", "--rules", rules, "--db", ledger)[1].splitlines()
