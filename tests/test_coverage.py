"""What tests of packs have seen: phrases, policies, words; and what the command says of it."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from policytrack.cli import app
from policytrack.coverage import Coverage, coverage, united
from policytrack.packs import FILES, load_rules
from tests.builders import RULES

RUNNER = CliRunner()
SUGAR = """pack: sugar
version: 1
defaults: {kind: permission, issuer: [pk], conduct: [export]}
policies:
  - id: pk.sugar.export
    title: Pakistan's permission to export sugar
    instrument: [sugar, refined sugar, molasses, "/refined sug[a-z]+/", "/sugar-[0-9]+/"]
    start: {status: prohibited, on: 2022-05-09, source: public record}
  - id: pk.salt.export
    title: Pakistan's permission to export salt
    instrument: [salt]
    conduct: [export, transit]
tests:
  - {text: Pakistan has lifted its ban on the export of refined sugar., policy: pk.sugar.export, gives: lift}
  - {text: "Pakistan may allow the export of sugar, traders said.", policy: pk.sugar.export, gives: none}
  - {text: Islamabad allowed traders to export salt because of high stocks., policy: pk.salt.export, gives: authorise}
  - {text: Pakistan has banned the export of molasses., policy: pk.sugar.export, gives: lift, todo: it is no lifting}
  - policy: pk.sugar.export
    articles: [{on: 2023-02-01, text: Pakistan has lifted its ban on the export of sugar.}]
    shifts: [{kind: restriction_lifted}]
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A rules folder with the shipped words and model, and one pack."""
    made = tmp_path_factory.mktemp("covered")
    for name in FILES:
        shutil.copy(RULES / name, made / name)
    (made / "packs").mkdir()
    (made / "packs" / "sugar.yaml").write_text(SUGAR, encoding="utf-8")
    return made


@pytest.fixture(scope="module")
def found(folder: Path) -> Coverage:
    return coverage(load_rules(folder), mutate=True)


def test_a_phrase_is_seen_where_a_test_reads_news_of_its_policy(found: Coverage) -> None:
    phrases = {(each.part, each.phrase, each.line): each.seen for each in found.phrases}
    assert phrases == {
        ("instrument", "sugar", 7): True,
        ("instrument", "refined sugar", 7): True,
        ("instrument", "molasses", 7): False,
        ("instrument", "/refined sug[a-z]+/", 7): True,
        ("instrument", "/sugar-[0-9]+/", 7): False,
        ("instrument", "salt", 11): True,
        ("conduct", "export", 3): True,
        ("conduct", "export", 12): True,
        ("conduct", "transit", 12): False,
    }


def test_a_policy_is_seen_where_it_gives_news_and_where_it_is_named_and_silent(found: Coverage) -> None:
    assert [(each.policy, each.given, each.silent, each.line) for each in found.policies] == [
        ("pk.sugar.export", True, True, 5),
        ("pk.salt.export", True, False, 9),
    ]


def test_a_word_is_seen_where_a_reading_rests_on_it(found: Coverage) -> None:
    seen = {(each.list, each.word) for each in found.words if each.seen}
    assert {
        ("verbs.remove", "lift"),
        ("verbs.allow", "allow"),
        ("prepositions", "because of"),
        ("modals", "may"),
    } <= seen
    assert ("verbs.ban", "ban") not in seen, "of a test that is `todo`"
    words = {(each.list, each.word): each for each in found.words}
    for word in (words["verbs.remove", "lift"], words["modals", "may"], words["prepositions", "because of"]):
        text = Path(word.path).read_text(encoding="utf-8").splitlines()[word.line - 1]
        assert word.word in text, word


def test_steps_are_those_of_tests_that_ask_for_shifts_and_those_beside_rules(found: Coverage) -> None:
    beside = sum(1 + len(rule.cases) for rule in load_rules(RULES).core.shifts)
    assert (found.tests, found.steps) == (4, beside + 1)
    assert found.complete


def test_of_one_pack_only_its_own_words_are_looked_at(folder: Path) -> None:
    path = folder / "packs" / "sugar.yaml"
    alone = coverage(load_rules(folder), [path])
    assert (alone.conditions, alone.words, alone.flips) == ((), (), ())
    assert (alone.tests, alone.steps, len(alone.policies)) == (4, 1, 2)
    both = united([alone, alone])
    assert (both.tests, len(both.phrases)) == (8, 2 * len(alone.phrases))


def run(*arguments: str) -> Any:
    return RUNNER.invoke(app, ["rules", "coverage", *arguments])


def test_the_command_sums_up_and_names_what_is_unseen_by_place(folder: Path) -> None:
    done = run(str(folder), "--mutate")
    assert done.exit_code == 0, done.output
    summary, *rest = done.stdout.splitlines()
    assert "1 of 2 policies, 6 of 9 phrases" in summary
    assert any(line.endswith("sugar.yaml:7: instrument: molasses, /sugar-[0-9]+/") for line in rest)
    assert any(line.endswith("sugar.yaml:9: pk.salt.export: no silence") for line in rest)
    assert any("operations.yaml:" in line and " verbs.ban: " in line for line in rest)


def test_the_rows_of_each_format_are_those_of_the_tables(folder: Path) -> None:
    document = json.loads(run(str(folder), "--format", "json").stdout)
    assert [each["phrase"] for each in document["phrases"] if not each["seen"]] == [
        "molasses", "/sugar-[0-9]+/", "transit",
    ]  # fmt: skip
    rows = [json.loads(line) for line in run(str(folder), "--format", "jsonl").stdout.splitlines()]
    assert {row["table"] for row in rows} == {"conditions", "policies", "phrases", "words"}
    assert all(type(row["seen"]) is bool and row["line"] > 0 for row in rows)


def test_a_condition_that_nothing_tests_is_named_and_exits_with_one(folder: Path, tmp_path: Path) -> None:
    made = tmp_path / "rules"
    shutil.copytree(folder, made)
    (made / "packs" / "sugar.yaml").unlink()
    rule = {
        "name": "last", "kind": "all_clear", "when": {"policy_kind": "rate", "field": "level", "level_change": "down",
        "stage": "confirmed"}, "example": {"policy_kind": "rate", "field": "level", "before": "set", "after": "set",
        "operation": "ease", "direction": "looser", "move": "looser", "level_change": "down", "stage": "confirmed"},
    }  # fmt: skip
    path = made / "core.yaml"
    path.write_text(f"{path.read_text(encoding='utf-8')}  - {json.dumps(rule)}\n", encoding="utf-8")
    done = run(str(made), "--mutate")
    assert done.exit_code == 1
    assert "rule \"last\": field 'level' never failed alone" in done.stdout
    assert "0 tests of packs" in done.stdout


def test_a_path_without_packs_is_wrong_use(tmp_path: Path) -> None:
    (tmp_path / "rubbish.yaml").write_text("\x00: [", encoding="utf-8")
    assert run(str(tmp_path / "rubbish.yaml")).exit_code == 2
    assert run(str(tmp_path / "nowhere")).exit_code == 2
