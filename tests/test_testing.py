"""The tests that packs carry: how their results are told."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from policytrack.cli import app
from policytrack.errors import ConfigError
from policytrack.extract import Reading
from policytrack.model import Article, Claim
from policytrack.packs import Rules, load_rules
from policytrack.testing import run_tests
from tests.builders import OneByOne

RULES = Path(__file__).parent.parent / "rules"
RUNNER = CliRunner()

PACK = """\
pack: grain
version: 1
policies:
  - {id: zz.rice.export, title: Exports of rice, aliases: [zz.grain.export]}
  - {id: zz.wheat.export, title: Exports of wheat}
tests:
  - {text: TEXT, title: A title, on: 2023-09, POLICY gives: GIVES}
"""


def claim(operation: str, policy: str | None = "zz.rice.export", status: str = "announced", **more: Any) -> Claim:
    quote = "India has banned rice"
    return Claim.model_validate(
        {
            "id": "c-1", "article_id": "a", "policy": policy, "issuer": {}, "operation": operation,
            "direction": "tighter",
            "status": status, "factive": status == "announced", "background": False,
            "evidence": {"start": 0, "end": len(quote), "quote": quote}, "confidence": {"value": 1}, **more,
        }
    )  # fmt: skip


class _Reader(OneByOne):
    """Stands in for the extractor: gives one reading, and keeps the articles that it was asked to read."""

    def __init__(self, reading: Reading) -> None:
        self.reading = reading
        self.articles: list[Article] = []

    def __call__(self, rules: Rules) -> _Reader:
        assert rules.policies
        return self

    def read(self, article: Article) -> Reading:
        self.articles.append(article)
        return self.reading


def rules_with(folder: Path, gives: str, policy: str | None) -> Rules:
    text = PACK.replace("TEXT", "India has banned rice.").replace("GIVES", gives)
    (folder / "grain.yaml").write_text(text.replace("POLICY", f"policy: {policy}," if policy else ""))
    return load_rules(RULES, [folder / "grain.yaml"])


def problem_of(
    folder: Path, monkeypatch: pytest.MonkeyPatch, reading: Reading, gives: str, policy: str | None = "zz.rice.export"
) -> str | None:
    """What the one test of the pack comes to."""
    monkeypatch.setattr("policytrack.extract.Extractor", _Reader(reading))
    (result,) = run_tests(rules_with(folder, gives, policy), [folder / "grain.yaml"])
    assert result.passed is (result.problem is None)
    return str(result.problem).replace(f"{folder}/", "") if result.problem else None


@pytest.mark.parametrize(
    ("claims", "gives", "policy"),
    [
        ((claim("impose"),), "impose", "zz.rice.export"),
        ((claim("impose"),), "impose", "zz.grain.export"),
        ((claim("extend"), claim("impose")), "impose", "zz.rice.export"),
        ((claim("impose", "zz.wheat.export"),), "impose", None),
        ((claim("impose", "zz.wheat.export"),), "none", "zz.rice.export"),
        ((claim("impose", status="threatened"),), "none", "zz.rice.export"),
        ((claim("impose", background=True),), "none", None),
        ((claim("impose", None),), "none", None),
        ((), "none", None),
    ],
)
def test_a_test_passes_where_the_news_is_what_it_says(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, claims: tuple[Claim, ...], gives: str, policy: str | None
) -> None:
    assert problem_of(tmp_path, monkeypatch, Reading(claims), gives, policy) is None


@pytest.mark.parametrize(
    ("reading", "gives", "told"),
    [
        (
            Reading((claim("impose", status="threatened"),)),
            "impose",
            "expected impose, got none. \"India has banned rice\" was read as impose of zz.rice.export, threatened. "
            "If that is right, write gives: none.",
        ),
        (
            Reading((claim("impose", background=True),)),
            "impose",
            "expected impose, got none. \"India has banned rice\" was read as impose of zz.rice.export, announced, "
            "background. If that is right, write gives: none.",
        ),
        (
            Reading((claim("impose"),)),
            "none",
            "expected none, got impose. \"India has banned rice\" was read as impose of zz.rice.export, announced. "
            "If that is right, write gives: impose.",
        ),
        (
            Reading((), skipped="no tracked instrument is named"),
            "impose",
            "expected impose, got none. Nothing was read: no tracked instrument is named. "
            "If that is right, write gives: none.",
        ),
        (
            Reading((), (claim("impose", confidence={"value": 0, "reasons": ["the date is not in the quote"]}),)),
            "impose",
            "expected impose, got none. No claim was read. \"India has banned rice\" was read as impose of "
            "zz.rice.export, announced. It was rejected: the date is not in the quote. "
            "If that is right, write gives: none.",
        ),
    ],
)  # fmt: skip
def test_a_failure_says_what_was_read_instead(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, reading: Reading, gives: str, told: str
) -> None:
    text = (PACK.splitlines()[6]).replace("TEXT", "India has banned rice.").replace("POLICY", "policy: zz.rice.export,")
    column = text.index("gives: ") + len("gives: ") + 1
    assert problem_of(tmp_path, monkeypatch, reading, gives) == (f"grain.yaml:7:{column}: PT150 test 1 failed: {told}")


# --- tests of several articles, and what they come to

SALT = """\
pack: salt
version: 1
policies:
  - id: zz.salt.export
    title: India's permission to export salt
    issuer: [in]
    instrument: [salt]
    conduct: [export]
    start: {status: permitted, on: 2020-01-01, source: public record}
tests:
  - policy: zz.salt.export
    articles:
      - {on: 2023-03-02, publisher: Wire A, text: India has banned the export of salt after floods destroyed the pans.}
      - {on: 2023-03-03, publisher: Wire B, text: "India has banned the export of salt, a minister said."}
      - {on: 2023-09-10, publisher: Wire A, text: "India has lifted its ban on the export of salt."}
EXPECTED
"""


def salt_problems(folder: Path, expected: str) -> list[str]:
    path = folder / "salt.yaml"
    path.write_text(SALT.replace("EXPECTED", expected), encoding="utf-8")
    (result,) = run_tests(load_rules(RULES, [path]), [path])
    return [str(problem).split("PT15")[1] for problem in result.problems]


@pytest.mark.parametrize(
    ("expected", "problems"),
    [
        (
            "    shifts:\n"
            "      - {kind: restriction_imposed, on: 2023-03-02, direction: tighter, triggers: floods destroyed}\n"
            "      - {kind: restriction_lifted, on: 2023-09, triggers: []}\n"
            "    states:\n"
            "      - {on: 2023-03-01, status: permitted}\n"
            "      - {on: 2023-03-05, status: prohibited}\n"
            "      - {on: 2023-12, status: permitted}",
            [],
        ),
        (
            "    shifts: [{kind: restriction_imposed}]",
            ["0 test 1 failed: expected 1 shift, got 2: restriction_imposed on 2023-03-02; "
             "restriction_lifted on 2023-09-10."],
        ),
        (
            "    shifts: [{kind: restriction_tightened, triggers: []}, {kind: restriction_lifted, on: 2023-09-11, "
            "triggers: drought}]",
            [
                "0 test 1 failed: shift 1: expected restriction_tightened, got restriction_imposed.",
                '0 test 1 failed: shift 1: expected no trigger, got "floods destroyed the pans".',
                "0 test 1 failed: shift 2: expected 2023-09-11, got 2023-09-10.",
                '0 test 1 failed: shift 2: expected a trigger with "drought", got none.',
            ],
        ),
        (
            "    states: [{on: 2019-12-31, status: permitted}, {on: 2023-03-05, status: permitted, level: 5}]",
            [
                "0 test 1 failed: on 2019-12-31: expected permitted, got unknown.",
                "0 test 1 failed: on 2023-03-05: expected permitted, got prohibited.",
                "0 test 1 failed: on 2023-03-05: expected 5.0, got none.",
            ],
        ),
        ("    gives: impose\n    direction: looser", ["0 test 1 failed: expected looser, got tighter. "]),
        ("    gives: impose\n    triggers: [FLOODS destroyed]", []),
        (
            "    triggers: [drought]",
            ['0 test 1 failed: no trigger holds "drought"; stated: "floods destroyed the pans".'],
        ),
        ("    triggers: []", ['0 test 1 failed: expected no trigger, got "floods destroyed the pans".']),
    ],
)  # fmt: skip
def test_shifts_states_and_triggers_are_compared_with_what_the_articles_make(
    tmp_path: Path, expected: str, problems: list[str]
) -> None:
    found = salt_problems(tmp_path, expected)
    assert [each.split(' "India')[0] + (" " if ' "India' in each else "") for each in found] == problems


def test_a_test_that_is_to_do_may_fail_and_fails_when_it_passes(tmp_path: Path) -> None:
    assert salt_problems(tmp_path, "    gives: extend\n    todo: it is no extension") == []
    (problem,) = salt_problems(tmp_path, "    gives: impose\n    todo: bans are not read yet")
    assert problem == "1 test 1 passes now, and is said to fail: bans are not read yet. Take `todo` out."


# --- the command


def test_the_command_shows_failures_and_exits_with_one(tmp_path: Path) -> None:
    path = tmp_path / "salt.yaml"
    path.write_text(SALT.replace("EXPECTED", "    gives: extend"), encoding="utf-8")
    shown = RUNNER.invoke(app, ["rules", "test", str(path)])
    assert shown.exit_code == 1
    assert "PT150 test 1 failed: expected extend, got impose and lift." in shown.stdout
    assert shown.stdout.endswith("0 passed, 1 failed in 1 pack\n")
    data = json.loads(RUNNER.invoke(app, ["rules", "test", str(path), "--format", "json"]).stdout)
    assert [(each["pack"], each["line"], each["passed"]) for each in data["tests"]] == [("salt", 11, False)]
    assert data["schema"] == 1


def test_the_command_exits_with_one_where_no_test_ran(tmp_path: Path) -> None:
    path = tmp_path / "salt.yaml"
    path.write_text("pack: salt\nversion: 1\n", encoding="utf-8")
    shown = RUNNER.invoke(app, ["rules", "test", str(path)])
    assert (shown.exit_code, shown.stdout) == (1, "no test ran\n")


def test_the_article_is_what_the_test_says(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    reader = _Reader(Reading(()))
    monkeypatch.setattr("policytrack.extract.Extractor", reader)
    (result,) = run_tests(rules_with(tmp_path, "none", None), [tmp_path])
    (article,) = reader.articles
    assert (article.text, article.title, article.published_at) == ("India has banned rice.", "A title", "2023-09")
    assert (result.pack, result.number, result.found, result.location.line) == ("grain", 1, (), 7)


def test_only_the_packs_that_are_named_are_tested(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("policytrack.extract.Extractor", _Reader(Reading(())))
    rules = rules_with(tmp_path, "none", None)
    all_packs = {pack.pack for pack in rules.packs if pack.tests}
    assert {result.pack for result in run_tests(rules)} == all_packs > {"grain"}
    assert {result.pack for result in run_tests(rules, [RULES])} == all_packs - {"grain"}
    with pytest.raises(ConfigError, match="none of the packs that were read lies here"):
        run_tests(rules, [tmp_path, tmp_path / "other.yaml"])


def test_the_shipped_packs_pass_their_tests() -> None:
    assert [result.problem.render() for result in run_tests(load_rules()) if result.problem] == []
