"""What is found in sound rule files before the engine gets them: limits that they pass, and steps with two names."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from policytrack.cli import app
from policytrack.codes import Code
from policytrack.errors import EngineError, Problem, RuleFileError
from policytrack.explain import decide, matching
from policytrack.limits import idle, misnamed, tie_problems
from policytrack.packs import FILES, load_rules
from policytrack.status_model import Core, ShiftRule
from policytrack.tracker import open_tracker
from tests.builders import RULES, core
from tests.test_detect import REACHABLE

EXAMPLE = {"policy_kind": "permission", "field": "until", "before": "permitted", "after": "permitted",
           "operation": "extend", "direction": "looser", "move": "looser"}  # fmt: skip
LIFTING = {"policy_kind": "permission", "field": "status", "after": "permitted"}


def rule(name: str, when: dict[str, Any], supersedes: Sequence[str] = ()) -> dict[str, Any]:
    made = {"name": name, "kind": "restriction_eased", "when": when, "example": EXAMPLE}
    return {**made, "supersedes": list(supersedes)} if supersedes else made


Check = Callable[[Sequence[dict[str, Any]]], list[dict[str, Any]]]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A rules directory with the shipped words and model, and no packs."""
    for name in FILES:
        shutil.copy(RULES / name, tmp_path / name)
    return tmp_path


def put(folder: Path, rules: Sequence[dict[str, Any]]) -> None:
    """Puts the rules behind the shipped ones, one a line, as their own last lines of the file."""
    text = (RULES / "core.yaml").read_text(encoding="utf-8")
    lines = "".join(f"  - {json.dumps(each)}\n" for each in rules)
    (folder / "core.yaml").write_text(text + lines, encoding="utf-8")


@pytest.fixture
def check(folder: Path) -> Check:
    """What `policytrack rules check` says of the shipped shift rules with more behind them, examples left aside."""

    def checked(rules: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
        put(folder, rules)
        done = CliRunner().invoke(app, ["rules", "check", str(folder), "--format", "json"])
        assert done.exit_code == (1 if '"PT' in done.stdout else 0), done.output
        return [each for each in json.loads(done.stdout)["problems"] if each["code"] != Code.MISNAMED]

    return checked


def place_of(folder: Path, name: str) -> tuple[str, int, int]:
    """File, line and column of the rule's name."""
    path = folder / "core.yaml"
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
        at = line.find(json.dumps(name))
        if at >= 0 and '"name"' in line:
            return str(path), number, at + 1
    raise LookupError(name)


# --- limits: each at the rule that passes it


def by_sources(count: int, name: str, test: Callable[[int], Any]) -> Iterator[dict[str, Any]]:
    return (rule(f"{name}-{number}", {"sources": test(number)}) for number in range(count))


EVERYTHING = {
    "policy_kind": ["permission", "restriction", "programme", "membership", "rate"],
    "operation": {"not": ["lift"]},
    "direction": ["looser", "tighter", "neutral"],
    "stage": ["reported", "corroborated", "confirmed", "disputed", "retracted"],
    "level_change": ["up", "down", "none"],
    "scope_change": ["wider", "narrower", "other", "none"],
    "until_change": ["set", "later", "earlier", "open", "dropped", "none"],
}
LONG = {"policy_kind": "rate", "operation": "join", "sources": list(range(401))}
LIMITS: dict[str, tuple[list[dict[str, Any]], str, str]] = {
    "combinations in one rule": (
        [rule("fine", {"sources": 3}), rule("wide", EVERYTHING)],
        "wide",
        "combinations; at most 4096 can be told apart",
    ),
    "values in one list": (
        [rule("fine", {"sources": list(range(9))}), rule("long", LONG)],
        "long",
        "'sources': 401 values in one list; at most 400 can stand",
    ),
    "values beside each other": (
        [rule("first", {"sources": list(range(200))}), rule("second", {"sources": list(range(200, 450))})],
        "second",
        "different tests beside each other:",
    ),
    "rules with the same conditions": (
        [rule(f"same-{number}", {"operation": "join", "stage": "retracted"}) for number in range(202)],
        "same-200",
        "rules with the same conditions: 201 with this rule; at most 200 are safe",
    ),
    "conditions that hold at once": (
        list(by_sources(70, "at-least", lambda number: {"at_least": number})),
        "",
        "conditions that can hold at once:",
    ),
}


@pytest.mark.parametrize("limit", LIMITS)
def test_a_limit_is_shown_at_the_rule_that_passes_it(limit: str, check: Check, folder: Path) -> None:
    rules, name, message = LIMITS[limit]
    found = [each for each in check(rules) if each["code"] == Code.ENGINE_LIMIT]
    (problem,) = (each for each in found if message in each["message"])
    named = name or problem["message"].split('"')[1]
    assert named in [each["name"] for each in rules]
    assert problem["message"].startswith(f'rule "{named}": ')
    assert (problem["path"], problem["line"], problem["column"]) == place_of(folder, named)
    before = rules[: [each["name"] for each in rules].index(named)]
    assert not [each for each in check(before) if each["code"] == Code.ENGINE_LIMIT]


def test_all_combinations_together(check: Check, folder: Path) -> None:
    """Each rule is within the limit; the one with which all of them are not is shown."""
    wide = {name: test for name, test in EVERYTHING.items() if name not in ("until_change", "operation")}
    rules = [rule(f"wide-{number}", {**wide, "sources": number}) for number in range(6)]
    (problem,) = (each for each in check(rules) if each["code"] == Code.ENGINE_LIMIT)
    assert problem["message"].startswith('rule "wide-4": combinations of values in all rules together: ')
    assert (problem["line"], problem["column"]) == place_of(folder, "wide-4")[1:]


def test_a_status_that_is_too_long_a_text(check: Check, folder: Path) -> None:
    status = "x" * 1000
    check([rule("long", {"after": status})])
    text = (folder / "core.yaml").read_text(encoding="utf-8")
    (folder / "core.yaml").write_text(text.replace("statuses: [set]", f"statuses: [set, {status}]"), encoding="utf-8")
    done = CliRunner().invoke(app, ["rules", "check", str(folder)])
    (line,) = (line for line in done.stdout.splitlines() if "PT144" in line)
    path, number, column = place_of(folder, "long")
    assert line.startswith(
        f"{path}:{number}:{column}: PT144 rule \"long\": 'after': a text of 1000 characters; at most"
    )


def test_rules_beyond_the_engine_are_refused_before_anything_is_read(folder: Path) -> None:
    put(folder, [rule("long", LONG)])
    with open_tracker(rules=folder) as tracker, pytest.raises(RuleFileError) as error:
        tracker.ingest([])
    ((problem),) = error.value.problems
    assert (problem.code, problem.location.line) == (Code.ENGINE_LIMIT, place_of(folder, "long")[1])


# --- ties


def test_the_shipped_rules_do_not_tie() -> None:
    assert tie_problems(core()) == []


def test_a_tie_is_shown_at_the_later_rule_with_a_step_on_which_it_comes(check: Check, folder: Path) -> None:
    (problem,) = check([rule("twin", {**LIFTING, "before": "prohibited"})])
    assert (problem["path"], problem["line"], problem["column"]) == place_of(folder, "twin")
    assert problem["code"] == Code.RULE_TIE
    message = problem["message"]
    assert "rules 'permission-lifted', 'twin' tie with 4 conditions each" in message
    assert "as where policy_kind 'permission', operation 'lift', direction 'looser', before 'prohibited', " in message


def test_rules_that_supersede_each_other_are_shown(check: Check) -> None:
    when = {"operation": "join", "policy_kind": "membership", "field": "status", "move": "tighter", "stage": "reported"}
    (problem,) = check([rule("one", when, ["other", "joined", "accession-announced"]), rule("other", when, ["one"])])
    assert problem["message"].startswith('rule "other": ')
    assert problem["code"] == Code.RULE_TIE
    assert "supersede each other, so none is left" in problem["message"]


@pytest.mark.parametrize(
    "more",
    [
        rule("stronger", {**LIFTING, "before": "prohibited", "sources": {"at_least": 2}}),
        rule("weaker", {"policy_kind": "membership", "operation": "join"}),
        rule("over", {**LIFTING, "before": "prohibited"}, ["permission-lifted"]),
    ],
    ids=lambda given: given["name"],
)
def test_what_is_decided_is_no_tie(more: dict[str, Any], check: Check) -> None:
    assert check([more]) == []


# --- rules that never decide


def test_every_shipped_rule_names_a_possible_step() -> None:
    assert idle(load_rules(RULES)) == []


@pytest.mark.parametrize(
    "more",
    [rule("elsewhere", {**LIFTING, "before": "permitted"}), rule("impossible", {**LIFTING, "operation": "join"})],
    ids=lambda given: given["name"],
)
def test_a_rule_that_no_step_can_fit_is_shown(more: dict[str, Any], check: Check, folder: Path) -> None:
    (problem,) = check([more])
    assert (problem["path"], problem["line"], problem["column"]) == place_of(folder, more["name"])
    assert problem["code"] == Code.NEVER_FIRES
    assert "there is none with these values" in problem["message"]


def test_a_rule_that_another_always_wins_over_is_shown(check: Check) -> None:
    (problem,) = check([rule("pale", {"field": "status", "after": "in_force"})])
    assert problem["code"] == Code.NEVER_FIRES
    assert "wherever it fits, " in problem["message"]
    assert "imposed" in problem["message"]


def test_the_example_of_a_rule_is_tried_too(check: Check) -> None:
    """Also where the status model does not say that such a step can be."""
    twin = rule("twin", {"policy_kind": "rate", "field": "level", "operation": "lift"})
    example = {"policy_kind": "rate", "field": "level", "before": "set", "after": "set", "operation": "lift",
               "direction": "looser", "move": "looser", "level_change": "down"}  # fmt: skip
    found = check([twin | {"example": example}])
    assert [each["code"] for each in found] == [Code.RULE_TIE]
    assert "in its example rules 'rate-cut', 'twin' tie with 3 conditions each" in found[0]["message"]


# --- examples and cases


def test_every_shipped_example_and_case_gets_the_name_that_it_says() -> None:
    assert misnamed(load_rules(RULES)) == []


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"example": {**EXAMPLE, "operation": "delay"}}, "expected odd, got extended."),
        ({"cases": [{"but": {"operation": "delay"}, "gives": "odd"}]}, "expected odd, got extended."),
        ({"cases": [{"but": {"operation": "delay"}, "gives": "none"}]}, "expected none, got extended."),
        ({"cases": [{"but": {"before": "unknown"}, "gives": "extended"}]}, "expected extended, got odd."),
    ],
)
def test_an_example_or_case_that_gets_another_name_is_shown(given: dict[str, Any], message: str, folder: Path) -> None:
    odd = rule("odd", {"field": "until", "operation": "extend"})
    put(folder, [{**odd, **given}])
    (problem,) = of_rule("odd", misnamed(load_rules(folder)))
    assert problem.code == Code.MISNAMED
    assert problem.message == f'rule "odd": {message}'
    assert problem.location.line == place_of(folder, "odd")[1]
    assert problem.location.column > problem.source.index(json.dumps(next(iter(given))))


def test_a_new_rule_that_takes_steps_from_others_is_shown_at_their_cases(folder: Path) -> None:
    put(folder, [rule("odd", {"field": "until", "operation": "extend"})])
    assert {problem.message for problem in of_rule("narrowed", misnamed(load_rules(folder)))} == {
        'rule "narrowed": expected extended, got odd.'
    }


def of_rule(name: str, problems: Sequence[Problem]) -> list[Problem]:
    return [problem for problem in problems if problem.message.startswith(f'rule "{name}"')]


def test_a_case_on_which_rules_tie_is_shown(folder: Path) -> None:
    odd = rule("odd", {"policy_kind": "rate", "field": "level", "operation": "lift"})
    example = {"policy_kind": "rate", "field": "level", "before": "set", "after": "set", "operation": "lift",
               "direction": "looser", "move": "looser"}  # fmt: skip
    put(folder, [odd | {"example": example, "cases": [{"but": {"level_change": "down"}, "gives": "odd"}]}])
    (problem,) = of_rule("odd", misnamed(load_rules(folder)))
    assert "expected odd, got rules 'odd', 'rate-cut' tie with 3 conditions each" in problem.message


@pytest.mark.parametrize(
    ("case", "code", "told"),
    [
        ({"but": {"operation": "delay"}, "gives": "extendet"}, Code.UNKNOWN_RULE, 'Did you mean "extended"?'),
        ({"but": {"opration": "delay"}, "gives": "none"}, Code.UNKNOWN_FIELD, "a transition has no field 'opration'"),
        ({"but": {"gives": "delay"}, "gives": "none"}, Code.UNKNOWN_FIELD, "a transition has no field 'gives'"),
        ({"but": {"name": "delay"}, "gives": "none"}, Code.UNKNOWN_FIELD, "a transition has no field 'name'"),
        ({"but": {"operation": "dellay"}, "gives": "none"}, Code.NOT_ONE_OF, "'dellay' is not one of"),
        ({"but": {"sources": "two"}, "gives": "none"}, Code.NOT_ONE_OF, "'two' is no whole number"),
        ({"but": {"sources": None}, "gives": "none"}, Code.WRONG_TYPE, "must be"),
        ({"but": {}, "gives": "none"}, Code.WRONG_VALUE, "but"),
        ({"gives": "none"}, Code.MISSING_KEY, "but"),
        ({"but": {"operation": "delay"}}, Code.MISSING_KEY, "gives"),
        ({"but": {"operation": "delay"}, "gives": ""}, Code.WRONG_VALUE, "gives"),
        ({"but": {"operation": "delay"}, "gives": 3}, Code.WRONG_TYPE, "gives"),
        ("extended", Code.WRONG_TYPE, "mapping"),
    ],
)
def test_a_case_that_cannot_be_is_a_problem(case: Any, code: str, told: str, check: Check) -> None:
    found = check([rule("odd", {"field": "until", "operation": "extend"}) | {"cases": [case]}])
    assert [each["code"] for each in found] == [code]
    assert told in f"{found[0]['message']} {found[0]['hint']}"


def without(name: str, other: str) -> Core:
    """The shipped model, in which one rule does not supersede another any more."""

    def changed(each: ShiftRule) -> ShiftRule:
        left = tuple(superseded for superseded in each.supersedes if superseded != other)
        return each.model_copy(update={"supersedes": left}) if each.name == name else each

    return core().model_copy(update={"shifts": tuple(changed(each) for each in core().shifts)})


def ties_somewhere(model: Core) -> bool:
    for record in REACHABLE.values():
        try:
            decide(model.shifts, matching(model.shifts, record))
        except EngineError:
            return True
    return False


@pytest.mark.parametrize(("name", "other"), [(each.name, other) for each in core().shifts for other in each.supersedes])
def test_a_tie_is_found_exactly_where_a_step_that_claims_can_make_ties(name: str, other: str) -> None:
    model = without(name, other)
    assert bool(tie_problems(model)) is ties_somewhere(model)


def test_every_problem_has_its_place(folder: Path) -> None:
    put(folder, [rule("twin", {**LIFTING, "before": "prohibited"}), rule("long", LONG)])
    with open_tracker(rules=folder) as tracker, pytest.raises(RuleFileError) as error:
        tracker.ingest([])
    assert [problem.code for problem in error.value.problems] == [Code.RULE_TIE, Code.ENGINE_LIMIT]
    assert all(isinstance(problem, Problem) and problem.source for problem in error.value.problems)
