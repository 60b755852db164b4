"""Overlays: what they change, what they leave, and everything that can be wrong with them, told where they say it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from typer.testing import CliRunner

from policytrack.cli import app
from policytrack.codes import Code
from policytrack.errors import RuleFileError
from policytrack.lint import lint_problems
from policytrack.model import Policy
from policytrack.packs import Rules, check_rules, load_rules, read_rules
from policytrack.testing import run_tests
from tests.builders import RULES

BROKEN = sorted((Path(__file__).parent / "broken").glob("PT16*.yaml"))
RUNNER = CliRunner()

SALT = """\
pack: salt
version: 4
corroborate: 2
quiet_budget: 1
defaults: {issuer: [in], conduct: [export]}
policies:
  - {id: in.salt.rock, title: Rock salt, instrument: [rock salt], part_of: in.salt.export}
  - {id: in.salt.export, title: Salt, instrument: [salt, sea salt], tags: [food], aliases: [in.brine.export]}
  - {id: in.pepper.export, title: Pepper, instrument: [pepper], corroborate: 5}
tests:
  - {text: "India has banned the export of pepper.", policy: in.pepper.export, gives: impose}
  - {text: "India has banned the export of salt.", policy: in.salt.export, gives: impose}
"""
HEAD = "overlay: ours\nversion: 2\nchanges: salt\n"


def write(folder: Path, *overlays: str, pack: str = SALT) -> list[Path]:
    """The files of a pack and of overlays."""
    paths = [folder / "salt.yaml", *(folder / f"{number}.yaml" for number in range(len(overlays)))]
    for path, text in zip(paths, [pack, *overlays], strict=True):
        path.write_text(text, encoding="utf-8")
    return paths


def loaded(folder: Path, *overlays: str) -> Rules:
    return load_rules(packs=write(folder, *overlays))


def policy(rules: Rules, policy_id: str) -> Policy:
    found = rules.policy(policy_id)
    assert found is not None
    return found


def problems(folder: Path, *overlays: str, pack: str = SALT) -> list[str]:
    """All problems, without folder and hints."""
    _, found = read_rules(packs=write(folder, *overlays, pack=pack))
    return [f"{each.location}: {each.code} {each.message}".replace(f"{folder}/", "") for each in found]


# --- what it changes


def test_keys_are_replaced_and_lists_changed_by_words(tmp_path: Path) -> None:
    rules = loaded(
        tmp_path,
        HEAD + "policies:\n"
        "  - {id: in.salt.export, title: All salt, kind: restriction, add: {instrument: iodised salt, issuer: [pk]},\n"
        "     remove: {instrument: [sea salt]}, start: {status: none, on: 2020}}\n"
        "  - {id: in.pepper.export, instrument: [black pepper], conduct: []}\n",
    )
    salt, pepper = policy(rules, "in.salt.export"), policy(rules, "in.pepper.export")
    assert (salt.title, salt.kind, salt.instrument, salt.issuer) == (
        "All salt", "restriction", ("salt", "iodised salt"), ("in", "pk"),
    )  # fmt: skip
    assert salt.start is not None and (salt.start.status, salt.start.on) == ("none", "2020")
    assert (salt.conduct, salt.tags, salt.aliases) == (("export",), ("food",), ("in.brine.export",))
    assert (pepper.instrument, pepper.conduct, pepper.corroborate) == (("black pepper",), (), 5)
    assert salt.overlays == pepper.overlays == ("ours@2",)
    assert policy(rules, "in.salt.rock").overlays == ()


def test_keys_of_the_pack_hold_for_the_policies_that_do_not_say_otherwise(tmp_path: Path) -> None:
    rules = loaded(tmp_path, HEAD + "corroborate: 3\nsame_event: 10\nquiet_budget: 7\n")
    found = [policy(rules, f"in.{each}") for each in ("salt.rock", "salt.export", "pepper.export")]
    assert [(each.corroborate, each.same_event) for each in found] == [(3, 10), (3, 10), (5, 10)]
    assert [each.overlays for each in found] == [("ours@2",)] * 3
    (pack,) = [each for each in rules.packs if each.pack == "salt"]
    assert pack.quiet_budget == 7


def test_a_default_of_the_pack_gives_way_to_a_key_of_the_pack(tmp_path: Path) -> None:
    pack = SALT.replace("defaults: {", "defaults: {corroborate: 4, ")
    write(tmp_path, HEAD + "corroborate: 3\n", pack=pack)
    rules = load_rules(packs=[tmp_path])
    assert [policy(rules, f"in.{each}").corroborate for each in ("salt.rock", "pepper.export")] == [3, 5]


def test_a_budget_alone_changes_no_policy(tmp_path: Path) -> None:
    assert {each.overlays for each in loaded(tmp_path, HEAD + "quiet_budget: 7\n").policies} == {()}


def test_what_is_dropped_is_tracked_no_more_and_not_tested(tmp_path: Path) -> None:
    rules = loaded(tmp_path, HEAD + "drop: in.pepper.export\n")
    assert rules.policy("in.pepper.export") is None
    results = run_tests(rules, [tmp_path / "0.yaml"])
    assert [(result.number, result.location.line, result.passed) for result in results] == [(2, 12, True)]


def test_two_overlays_of_one_pack_may_change_different_things_in_any_order(tmp_path: Path) -> None:
    one = HEAD + "policies: [{id: in.salt.export, add: {instrument: [table salt]}, title: Salt and more}]\n"
    other = HEAD.replace("ours", "theirs") + (
        "policies: [{id: in.salt.export, add: {instrument: [table salt, brine]}, remove: {instrument: [salt]},\n"
        "            title: Salt and more}]\n"
    )
    there = loaded(tmp_path, one, other)
    (tmp_path / "turned").mkdir()
    turned = loaded(tmp_path / "turned", other, one)
    salt = policy(there, "in.salt.export")
    assert salt.instrument == ("sea salt", "table salt", "brine")
    assert salt.overlays == ("ours@2", "theirs@2")
    assert {*policy(turned, "in.salt.export").instrument} == {*salt.instrument}


def test_an_overlay_of_a_shipped_pack_needs_the_shipped_rules_only(tmp_path: Path) -> None:
    path = tmp_path / "ours.yaml"
    path.write_text(
        "overlay: ours\nversion: 1\nchanges: us-tariffs\n"
        "policies: [{id: us.tariffs.china, add: {instrument: [border charge]}}]\n"
    )
    before, after = policy(load_rules(), "us.tariffs.china"), policy(load_rules(packs=[path]), "us.tariffs.china")
    assert after.instrument == (*before.instrument, "border charge")
    assert after.model_copy(update={"instrument": before.instrument, "overlays": ()}) == before


def test_the_digest_covers_overlays(tmp_path: Path) -> None:
    plain = load_rules(packs=write(tmp_path)).digest
    one = loaded(tmp_path, HEAD + "corroborate: 3\n").digest
    assert len({plain, one, loaded(tmp_path, HEAD + "corroborate: 3\n# a remark\n").digest}) == 3


# --- what it says of itself


def test_a_claim_names_the_overlay_that_took_part(tmp_path: Path) -> None:
    from policytrack.extract import Extractor
    from policytrack.model import Article

    rules = loaded(tmp_path, HEAD + "policies: [{id: in.salt.export, add: {instrument: [halite]}}]\n")
    text = "India has banned the export of halite. India has banned the export of pepper."
    claims = Extractor(rules).read(Article(id="a", text=text, published_at="2024-11-22")).claims
    named = {claim.policy: [each for each in claim.rule if each.startswith(("packs", "overlays"))] for claim in claims}
    assert named == {
        "in.salt.export": ["packs.salt@4", "overlays.ours@2"],
        "in.pepper.export": ["packs.salt@4"],
    }


def test_why_says_which_overlay_changed_a_policy_and_where(tmp_path: Path) -> None:
    _, path = write(
        tmp_path, HEAD + "policies:\n  - id: in.salt.export\n    add: {instrument: [halite]}\n    tags: []\n"
    )
    shown = RUNNER.invoke(app, ["why", "in.salt.export", "--pack", str(tmp_path), "--db", str(tmp_path / "no.db")])
    assert shown.exit_code == 0, shown.stderr
    told = shown.stdout[shown.stdout.index("overlay") :]
    assert told.startswith(f"overlay     ours@2 ({path})\n")
    assert "add instrument  halite, line 6" in told
    assert "tags            none, line 7" in told
    other = RUNNER.invoke(app, ["why", "in.pepper.export", "--pack", str(tmp_path), "--db", str(tmp_path / "no.db")])
    assert "overlay" not in other.stdout


def test_policies_names_the_overlays(tmp_path: Path) -> None:
    write(tmp_path, HEAD + "policies: [{id: in.salt.export, tags: []}]\n")
    words = ["policies", "--pack", str(tmp_path), "--db", str(tmp_path / "no.db"), "--format", "jsonl"]
    found = {each["id"]: each for each in map(json.loads, RUNNER.invoke(app, words).stdout.splitlines())}
    assert found["in.salt.export"]["overlays"] == ["ours@2"]
    assert found["in.pepper.export"]["overlays"] == []


# --- its tests


def test_the_tests_of_the_overlay_are_run_after_those_of_the_pack(tmp_path: Path) -> None:
    own = (
        'tests:\n  - {text: "India has banned the export of halite.", policy: in.salt.export, gives: impose}\n'
        '  - {text: "India has banned the export of halite.", policy: in.salt.export, gives: lift}\n'
    )
    pack, path = write(tmp_path, HEAD + "policies: [{id: in.salt.export, add: {instrument: [halite]}}]\n" + own)
    results = run_tests(load_rules(packs=[pack, path]), [path])
    places = [(Path(each.location.path).name, each.location.line, each.number, each.passed) for each in results]
    assert places == [
        ("salt.yaml", 11, 1, True), ("salt.yaml", 12, 2, True), ("0.yaml", 6, 1, True), ("0.yaml", 7, 2, False),
    ]  # fmt: skip
    assert results[-1].problem is not None
    assert results[-1].problem.location.path == str(path)
    assert results[-1].problem.message.startswith("test 2 failed: expected lift, got impose.")


def test_a_test_of_the_pack_that_fails_under_the_overlay_is_told(tmp_path: Path) -> None:
    pack, path = write(tmp_path, HEAD + "policies: [{id: in.pepper.export, instrument: [black pepper]}]\n")
    found = [each for each in run_tests(load_rules(packs=[pack, path]), [path]) if each.problem]
    assert [(each.location.path, each.number) for each in found] == [(str(pack), 1)]


def test_the_commands_take_overlays(tmp_path: Path) -> None:
    path = tmp_path / "ours.yaml"
    path.write_text(
        "overlay: ours\nversion: 1\nchanges: us-tariffs\ncorroborate: 3\ntests:\n"
        '  - {text: "The US has raised tariffs on goods from China.", policy: us.tariffs.china, gives: tighten}\n'
    )
    assert RUNNER.invoke(app, ["rules", "check", str(path)]).stdout == f"no problem in {path}\n"
    tested = RUNNER.invoke(app, ["rules", "test", str(path), "--format", "json"])
    assert tested.exit_code == 0
    assert [Path(each["path"]).name for each in json.loads(tested.stdout)["tests"]][-2:] == [
        "us-tariffs.yaml", "ours.yaml",
    ]  # fmt: skip
    assert RUNNER.invoke(app, ["rules", "lint", str(path)]).stdout == f"no problem in {path}\n"


# --- lint


def lints(folder: Path, overlay: str, *looked_at: str) -> list[tuple[str, str, int]]:
    found = lint_problems(loaded(folder, overlay), [folder / name for name in looked_at])
    return [(Path(each.location.path).name, each.code, each.location.line) for each in found]


def test_of_an_overlay_only_its_own_findings_are_shown(tmp_path: Path) -> None:
    overlay = HEAD + "policies:\n  - id: in.salt.export\n    add: {instrument: [salts]}\n    title: Salt.\n"
    assert lints(tmp_path, overlay, "0.yaml") == [
        ("0.yaml", Code.NO_TESTS, 1), ("0.yaml", Code.SAME_PHRASE, 6), ("0.yaml", Code.LONG_TITLE, 7),
    ]  # fmt: skip
    whole = lints(tmp_path, overlay, "0.yaml", "salt.yaml")
    assert ("salt.yaml", Code.NO_SILENT_TEST, 10) in whole
    assert {each for each in whole if each[0] == "0.yaml"} == {*lints(tmp_path, overlay, "0.yaml")}


def test_a_policy_behind_a_dropped_one_is_looked_up_where_it_stands(tmp_path: Path) -> None:
    overlay = HEAD + "drop: [in.salt.rock]\ntests: [{text: Nothing., gives: none}]\n"
    assert ("salt.yaml", Code.NO_START, 8) in lints(tmp_path, overlay, "salt.yaml")


def test_a_comment_in_the_overlay_turns_a_finding_off(tmp_path: Path) -> None:
    overlay = HEAD.replace("ours\n", "ours  # lint: PT201 off: the pack tests it\n") + "corroborate: 3\n"
    assert lints(tmp_path, overlay, "0.yaml") == []


# --- what is wrong with it


@pytest.mark.parametrize("path", BROKEN, ids=lambda path: path.stem)
def test_a_broken_overlay_has_the_problem_of_its_name_where_it_says_so(path: Path) -> None:
    lines = path.read_text(encoding="utf-8").splitlines()
    here = [number for number, line in enumerate(lines, start=1) if line.endswith("# here")]
    found = {(str(each.code), each.location.path, each.location.line) for each in check_rules([path])}
    assert found == {(path.stem[:5], str(path), line) for line in here}
    assert here


def test_every_problem_of_overlays_has_a_broken_one() -> None:
    assert {code.value for code in Code if "PT160" <= code.value < "PT170"} == {path.stem[:5] for path in BROKEN}


@pytest.mark.parametrize(
    ("overlay", "told"),
    [
        ("overlay: ours\nversion: 1\n", '0.yaml:1:1: PT121 "changes" is missing.'),
        ("overlya: ours\nversion: 1\nchanges: salt\ncorroborate: 3\n", '0.yaml:1:1: PT120 unknown key "overlya".'),
        (HEAD + "defaults: {issuer: [us]}\ncorroborate: 3\n", '0.yaml:4:1: PT120 unknown key "defaults".'),
        (
            HEAD + "policies: [{id: in.salt.export, add: {title: [x]}}]\n",
            '0.yaml:4:39: PT120 unknown key "title" in "add" in "in.salt.export".',
        ),
        (
            HEAD + "policies: [{id: in.salt.export, corroborate: }]\n",
            '0.yaml:4:33: PT122 "corroborate" is empty; it must be a whole number.',
        ),
        (
            HEAD + "policies: [{id: in.salt.export, add: {}}]\n",
            "0.yaml:4:17: PT166 nothing of in.salt.export is changed.",
        ),
        (HEAD + "policies: [{id: in.salt.export, remove: {tags: []}}]\n", "0.yaml:4:48: PT166 no word stands here."),
        (HEAD + "drop: []\n", '0.yaml:1:10: PT166 nothing of "salt" is changed.'),
        (HEAD, '0.yaml:1:10: PT166 nothing of "salt" is changed.'),
        (HEAD + "corroborate: 2\n", "0.yaml:4:14: PT166 corroborate is as it was."),
        (HEAD + "same_event: 7\n", "0.yaml:4:13: PT166 same_event is as it was."),
        (
            HEAD + "policies: [{id: in.salt.export, issuer: [in]}]\n",
            "0.yaml:4:41: PT166 issuer of in.salt.export is as it was.",
        ),
        (
            HEAD + "policies: [{id: in.brine.export, corroborate: 3}]\n",
            '0.yaml:4:17: PT161 pack "salt" has no policy "in.brine.export".',
        ),
        (
            HEAD + "policies: [{id: in.salt.export, add: {conduct: [export]}}]\n",
            '0.yaml:4:49: PT163 "export" is in conduct of in.salt.export already.',
        ),
        (
            HEAD + "drop: [in.salt.export]\n",
            '0.yaml:4:8: PT165 "in.salt.export" cannot be dropped: in.salt.rock is part of it, at salt.yaml:7:76.',
        ),
        (
            HEAD + "drop: [in.pepper.export]\ntests: [{text: T., policy: in.pepper.export, gives: none}]\n",
            '0.yaml:4:8: PT165 "in.pepper.export" cannot be dropped: a test is about it, at 0.yaml:5:28.',
        ),
        (
            HEAD + "policies: [{id: in.pepper.export, instrument: [Rock salt]}]\n",
            '0.yaml:4:47: PT145 no text tells "in.pepper.export" from "in.salt.rock": they have the same words.',
        ),
        # the pack's later policy is the one that is told of without an overlay
        (
            HEAD + "policies: [{id: in.salt.rock, instrument: [pepper]}]\n",
            '0.yaml:4:43: PT145 no text tells "in.pepper.export" from "in.salt.rock": they have the same words.',
        ),
        (
            HEAD + "policies: [{id: in.salt.rock, aliases: [in.pepper.export]}]\n",
            '0.yaml:4:41: PT133 "in.pepper.export" already names a policy: salt.yaml:9:10.',
        ),
        (
            HEAD + "policies: [{id: in.salt.export, part_of: in.salt.rock}]\n",
            "0.yaml:4:42: PT135 a policy cannot be a part of itself: "
            "in.salt.rock is part of in.salt.export is part of in.salt.rock.",
        ),
        (
            HEAD + "policies: [{id: in.salt.export, part_of: in.slat.rock}]\n",
            '0.yaml:4:42: PT134 part_of "in.slat.rock": no pack defines this policy.',
        ),
        (
            HEAD + "policies: [{id: in.salt.export, add: {issuer: [pk, india]}}]\n",
            '0.yaml:4:52: PT136 issuer "india" is not in actors.yaml.',
        ),
        (
            HEAD + "policies: [{id: in.salt.export, start: {status: activ}}]\n",
            '0.yaml:4:49: PT137 status "activ" of a permission is not one of: '
            "permitted, restricted, suspended, prohibited, unknown.",
        ),
        (
            HEAD + "drop: [in.salt.rock]\npolicies: [{id: in.pepper.export, start: {status: permitted, on: 2024,"
            " until: 2023}}]\n",
            "0.yaml:5:79: PT138 until 2023 is before on 2024.",
        ),
        (
            HEAD + "corroborate: 3\ntests: [{text: T., policy: in.slat.export, gives: none}]\n",
            '0.yaml:5:28: PT134 no pack defines policy "in.slat.export".',
        ),
    ],
)
def test_each_thing_that_is_wrong_is_told_where_the_overlay_says_it(tmp_path: Path, overlay: str, told: str) -> None:
    assert problems(tmp_path, overlay) == [told]


def test_a_kind_that_does_not_fit_the_start_of_the_pack_is_told_at_the_kind(tmp_path: Path) -> None:
    pack = SALT.replace("title: Pepper,", "title: Pepper, start: {status: permitted},")
    overlay = HEAD + "policies: [{id: in.pepper.export, kind: restriction}]\n"
    (problem,) = problems(tmp_path, overlay, pack=pack)
    assert problem.startswith('0.yaml:4:41: PT137 status "permitted" of a restriction is not one of')


@pytest.mark.parametrize(
    ("one", "other", "told"),
    [
        (
            "policies: [{id: in.salt.export, title: One}]\n",
            "policies: [{id: in.salt.export, title: Two}]\n",
            "1.yaml:4:40: PT164 title of in.salt.export: another thing is said at 0.yaml:4:40.",
        ),
        (
            "corroborate: 3\n",
            "corroborate: 4\n",
            "1.yaml:4:14: PT164 corroborate: another thing is said at 0.yaml:4:14.",
        ),
        (
            "policies: [{id: in.salt.export, instrument: [halite]}]\n",
            "policies: [{id: in.salt.export, add: {instrument: [halite]}}]\n",
            "1.yaml:4:51: PT164 instrument of in.salt.export: another thing is said at 0.yaml:4:45.",
        ),
        (
            "drop: [in.pepper.export]\n",
            "policies: [{id: in.pepper.export, title: Black pepper}]\n",
            "1.yaml:4:42: PT164 title of in.pepper.export: another thing is said at 0.yaml:4:8.",
        ),
    ],
)
def test_two_overlays_that_differ_are_told_at_the_later(tmp_path: Path, one: str, other: str, told: str) -> None:
    assert problems(tmp_path, HEAD + one, HEAD.replace("ours", "theirs") + other) == [told]


def test_two_overlays_of_one_name(tmp_path: Path) -> None:
    assert problems(tmp_path, HEAD + "corroborate: 3\n", HEAD + "same_event: 3\n") == [
        '1.yaml:1:10: PT131 another overlay is named "ours": 0.yaml:1:10.'
    ]


def test_an_overlay_of_a_pack_with_problems_of_its_own_is_not_stray(tmp_path: Path) -> None:
    (problem,) = problems(tmp_path, HEAD + "corroborate: 3\n", pack=SALT.replace("version: 4", "version: four"))
    assert problem.startswith("salt.yaml:2:10: PT122")


def test_an_overlay_with_problems_does_not_hide_those_of_packs(tmp_path: Path) -> None:
    found = problems(tmp_path, HEAD + "corroborate: x\n", pack=SALT.replace("part_of: in.salt.export", "part_of: a.b"))
    assert [each.split()[1] for each in found] == ["PT122", "PT134"]


_LINES = st.sampled_from(
    ["overlay: x", "version: 1", "changes: salt", "changes: [salt]", "corroborate: 3", "corroborate:", "policies:",
     "  - id: in.salt.export", "    id: in.salt.rock", "    add: {instrument: [salt, halite]}", "    add: x",
     "    remove: {instrument: [salt], issuer: [in], tags: food}", "    remove: {instrument: []}", "    title: T",
     "    instrument: []", "    part_of: null", "    part_of: in.salt.export", "    start: {status: none}",
     "    start: null", "    aliases: [in.salt.export]", "drop: [in.salt.export, in.salt.rock]", "drop: [x]",
     "drop: in.pepper.export", "tests: [{text: T., gives: none, policy: in.salt.rock}]", "tests: [x]", "", "- x"]
)  # fmt: skip


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(lines=st.lists(_LINES, max_size=12), whole=st.booleans())
def test_any_overlay_is_taken_or_has_problems_of_its_own(tmp_path: Path, lines: list[str], whole: bool) -> None:
    paths = write(tmp_path, (HEAD if whole else "") + "\n".join(lines))
    rules, found = read_rules(RULES, paths)
    assert rules is not None
    for problem in found:
        assert problem.location.path == str(paths[1])
        problem.render()
    if not found:
        assert load_rules(RULES, paths).digest == rules.digest


def test_problems_of_overlays_are_raised_with_all_others(tmp_path: Path) -> None:
    paths = write(tmp_path, HEAD + "drop: [x.y]\n", pack=SALT.replace("issuer: [in]", "issuer: [india]"))
    with pytest.raises(RuleFileError) as raised:
        load_rules(packs=paths)
    assert sorted(each.code for each in raised.value.problems) == ["PT136", "PT161"]
