"""What a rules directory means: packs and their defaults, and everything that can be wrong between files."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from policytrack.codes import Code
from policytrack.errors import ConfigError, Problem, RuleFileError
from policytrack.model import Start
from policytrack.packfile import TEST_DATE
from policytrack.packs import FILES, Rules, check_rules, load_rules, read_rules, shipped

RULES = Path(__file__).parent.parent / "rules"

PACK = """\
pack: grain
version: 3
policies:
  - id: zz.rice.export
    title: Indian exports of rice
    issuer: [in]
"""


@pytest.fixture
def rules(tmp_path: Path) -> Path:
    """A rules directory with the shipped words and model, and no packs."""
    folder = tmp_path / "rules"
    (folder / "packs").mkdir(parents=True)
    for name in FILES:
        shutil.copy(RULES / name, folder / name)
    return folder


@pytest.fixture
def load(rules: Path) -> Callable[..., Rules]:
    """Loads packs by their texts."""

    def loaded(*texts: str) -> Rules:
        for number, text in enumerate(texts):
            (rules / "packs" / f"{number}.yaml").write_text(text, encoding="utf-8")
        return load_rules(rules)

    return loaded


@pytest.fixture
def wrong(rules: Path) -> Callable[..., list[str]]:
    """The problems of packs by their texts, without folder and source lines."""

    def problems(*texts: str) -> list[str]:
        for number, text in enumerate(texts):
            (rules / "packs" / f"{number}.yaml").write_text(text, encoding="utf-8")
        _, found = read_rules(rules)
        return [str(problem).replace(f"{rules}/packs/", "") for problem in found]

    return problems


# --- what is read


def test_the_shipped_rules_are_sound() -> None:
    assert [problem.render() for problem in check_rules([shipped("rules")])] == []
    assert load_rules().policies


def test_a_policy_has_what_its_pack_says(load: Callable[..., Rules]) -> None:
    rules = load(
        """\
pack: ukraine-arms
version: 3
maturity: stable
limits: reads English only
defaults: {kind: restriction, issuer: us, tags: [arms], corroborate: 4}
same_event: 10
corroborate: 3
quiet_budget: 2
policies:
  - id: us.atacms.transfer
    title: Transfer of ATACMS
    instrument: ATACMS
    conduct: [transfer, delivery]
    aliases: us.missiles.transfer
    start: {status: in_force, level: {value: 25, unit: per cent}, on: 2023, until: open, source: "https://x.example"}
  - {id: uk.taurus.transfer, title: T, kind: permission, issuer: [gb, us], tags: [], corroborate: 1, same_event: 0}
"""
    )
    first, second = rules.policies
    assert first.model_dump() == {
        "id": "us.atacms.transfer",
        "title": "Transfer of ATACMS",
        "kind": "restriction",
        "issuer": ("us",),
        "instrument": ("ATACMS",),
        "conduct": ("transfer", "delivery"),
        "beneficiary": (),
        "part_of": None,
        "aliases": ("us.missiles.transfer",),
        "tags": ("arms",),
        "looser": "down",
        "same_event": 10,
        "corroborate": 4,
        "start": {
            "status": "in_force",
            "level": {"value": 25.0, "unit": "per cent"},
            "scope": None,
            "until": "open",
            "on": "2023",
            "source": "https://x.example",
        },
        "pack": "ukraine-arms",
        "pack_version": 3,
        "overlays": (),
    }
    assert type(first.start) is Start
    assert (second.kind, second.issuer, second.tags, second.corroborate, second.same_event) == (
        "permission", ("gb", "us"), (), 1, 0,
    )  # fmt: skip
    (pack,) = rules.packs
    assert (pack.limits, pack.quiet_budget, pack.maturity) == (("reads English only",), 2, "stable")


def test_where_packs_are_silent_the_status_model_says(rules: Path) -> None:
    core = (rules / "core.yaml").read_text()
    assert "\ncorroborate: 2\n" in core
    (rules / "core.yaml").write_text(core.replace("\ncorroborate: 2\n", "\ncorroborate: 5\n"))
    (rules / "packs" / "a.yaml").write_text(PACK)
    (policy,) = load_rules(rules).policies
    assert (policy.corroborate, policy.same_event) == (5, load_rules(rules).core.days.same_event)


def test_a_pack_extends_others_and_the_later_wins(load: Callable[..., Rules]) -> None:
    rules = load(
        "pack: one\nversion: 1\nsame_event: 3\ndefaults: {kind: rate, issuer: [us], tags: [a]}\n",
        "pack: two\nversion: 1\nextends: one\ndefaults: {issuer: [gb]}\n",
        "pack: three\nversion: 1\ndefaults: {tags: [c]}\n",
        "pack: four\nversion: 1\nextends: [two, three]\n"
        "policies: [{id: a.b, title: T}, {id: a.c, title: T, issuer: de}]\n",
    )
    assert [(each.kind, each.issuer, each.tags, each.same_event) for each in rules.policies] == [
        ("rate", ("gb",), ("c",), 3),
        ("rate", ("de",), ("c",), 3),
    ]


def test_extending_goes_on_through_packs_and_every_way_counts_once(load: Callable[..., Rules]) -> None:
    """Two ways lead from `leaf` to `root`; what is nearer wins, and of two that are as near the later."""
    rules = load(
        "pack: leaf\nversion: 1\nextends: [left, right]\npolicies: [{id: a.b, title: T}]\n",
        "pack: left\nversion: 1\nextends: root\ncorroborate: 3\ndefaults: {tags: [left], kind: restriction}\n",
        "pack: right\nversion: 1\nextends: root\ndefaults: {tags: [right]}\n",
        "pack: root\nversion: 1\nsame_event: 4\ncorroborate: 9\n"
        "defaults: {tags: [root], issuer: [in], kind: rate, looser: up}\n",
    )
    (policy,) = rules.policies
    assert (policy.tags, policy.issuer, policy.looser) == (("right",), ("in",), "up")
    # `right` brings what `root` says along, after `left`
    assert (policy.kind, policy.corroborate, policy.same_event) == ("rate", 9, 4)


def test_a_chain_of_parts_goes_through_packs_and_defaults(load: Callable[..., Rules]) -> None:
    rules = load(
        "pack: x\nversion: 1\ndefaults: {part_of: b.mid}\npolicies: [{id: a.one, title: T}, {id: a.two, title: T}]\n",
        "pack: y\nversion: 1\npolicies: [{id: b.mid, title: T, part_of: old.top}]\n",
        "pack: z\nversion: 1\npolicies: [{id: c.top, title: T, aliases: [old.top]}]\n",
    )
    assert [policy.id for policy in rules.parts("c.top")] == ["b.mid"]
    assert [policy.id for policy in rules.parts("b.mid")] == ["a.one", "a.two"]


def test_a_policy_can_undo_the_whole_that_its_pack_names(load: Callable[..., Rules]) -> None:
    rules = load(
        "pack: x\nversion: 1\ndefaults: {part_of: a.whole}\n"
        "policies: [{id: a.whole, title: W, part_of: null}, {id: a.part, title: P}]\n"
    )
    assert [policy.part_of for policy in rules.policies] == [None, "a.whole"]


def test_policies_are_found_by_id_and_alias_and_wholes_know_their_parts(load: Callable[..., Rules]) -> None:
    rules = load(
        "pack: x\nversion: 1\npolicies:\n"
        "  - {id: a.part, title: P, part_of: a.whole}\n"
        "  - {id: a.whole, title: W, aliases: [b.whole]}\n"
        "  - {id: a.other, title: O, part_of: b.whole}\n"
        "  - {id: a.deep, title: D, part_of: a.part}\n"
    )
    whole = rules.policy("a.whole")
    assert whole is not None
    assert rules.policy("b.whole") is whole
    assert rules.policy("c.whole") is None
    assert [policy.id for policy in rules.parts("b.whole")] == ["a.part", "a.other"]
    assert [policy.id for policy in rules.parts("a.part")] == ["a.deep"]
    assert rules.parts("a.deep") == rules.parts("c.whole") == ()


def test_a_test_has_a_fixed_date_of_publication(load: Callable[..., Rules]) -> None:
    rules = load(
        PACK + "tests: [{text: A word., gives: none}, {text: Two., on: 2023, gives: lift, policy: zz.rice.export}]\n"
    )
    (pack,) = rules.packs
    assert [(test.on, test.gives, test.policy) for test in pack.tests] == [
        (TEST_DATE, "none", None),
        ("2023", "lift", "zz.rice.export"),
    ]
    assert TEST_DATE == "2024-11-22"


def test_the_digest_is_that_of_the_content(rules: Path, tmp_path: Path) -> None:
    (rules / "packs" / "a.yaml").write_text(PACK)
    before = load_rules(rules).digest
    shutil.copytree(rules, tmp_path / "elsewhere")
    assert load_rules(tmp_path / "elsewhere").digest == before
    (rules / "packs" / "a.yaml").write_text(PACK + "# a remark\n")
    assert load_rules(rules).digest != before


# --- packs beside the rules


def test_packs_are_read_beside_the_rules_from_files_and_folders(rules: Path, tmp_path: Path) -> None:
    (rules / "packs" / "a.yaml").write_text(PACK)
    more = tmp_path / "more"
    more.mkdir()
    (more / "b.yml").write_text("pack: b\nversion: 1\npolicies: [{id: b.b, title: B, part_of: zz.rice.export}]\n")
    (more / ".hidden.yaml").write_text("not read: [")
    (more / "notes.txt").write_text("not read: [")
    (tmp_path / "c.yaml").write_text("pack: c\nversion: 1\npolicies: [{id: c.c, title: C}]\n")
    loaded = load_rules(rules, [more, tmp_path / "c.yaml"])
    assert [policy.id for policy in loaded.policies] == ["zz.rice.export", "b.b", "c.c"]
    assert [document.path for document in loaded.pack_documents] == [
        str(rules / "packs" / "a.yaml"), str(more / "b.yml"), str(tmp_path / "c.yaml"),
    ]  # fmt: skip


def test_a_pack_that_is_named_twice_is_read_once(rules: Path) -> None:
    pack = rules / "packs" / "a.yaml"
    pack.write_text(PACK)
    loaded = load_rules(rules, [pack, rules / "packs", rules / ".." / "rules" / "packs" / "a.yaml"])
    assert len(loaded.policies) == 1


def test_a_pack_that_is_not_there_is_a_problem(rules: Path, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    _, problems = read_rules(rules, [tmp_path / "nowhere.yaml", tmp_path / "empty"])
    assert [(str(each.location), each.code, each.message) for each in problems] == [
        (str(tmp_path / "empty"), "PT101", "the folder holds no *.yaml files."),
        (str(tmp_path / "nowhere.yaml"), "PT101", "cannot be read: No such file or directory."),
    ]


# --- the folder


def test_a_rules_folder_that_is_none(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    (tmp_path / "file").write_text("x")
    for name, message in [
        ("nowhere", "the rules folder does not exist."),
        ("file", "the rules folder is a file."),
        ("empty", "the folder holds no rules."),
    ]:
        rules, (problem,) = read_rules(tmp_path / name)
        assert rules is None
        assert str(problem) == (
            f"{tmp_path / name}: PT130 {message} A rules folder holds core.yaml, operations.yaml, status.yaml, "
            "triggers.yaml, actors.yaml and packs/."
        )


@pytest.mark.parametrize("name", FILES)
def test_a_rules_folder_that_lacks_a_file(rules: Path, name: str) -> None:
    (rules / name).unlink()
    (rules / "packs" / "a.yaml").write_text(PACK)
    found, problems = read_rules(rules)
    assert found is None
    assert [str(problem) for problem in problems] == [f'{rules}: PT130 the rules folder lacks "{name}".']


def test_a_file_that_is_not_read_says_so(rules: Path) -> None:
    (rules / "actors.yaml").rename(rules / "actor.yaml")
    (rules / "grain.yaml").write_text(PACK)
    _, problems = read_rules(rules)
    assert [str(problem) for problem in problems] == [
        f'{rules}: PT130 the rules folder lacks "actors.yaml".',
        f'{rules}/actor.yaml: PT130 no such file is read here. Did you mean "actors.yaml"?',
        f"{rules}/grain.yaml: PT130 no such file is read here. Packs are read from packs/.",
    ]


def test_rules_without_packs_are_sound(rules: Path) -> None:
    (rules / "packs").rmdir()
    assert load_rules(rules).policies == ()


def test_a_folder_that_may_not_be_entered_is_a_problem(rules: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(path: Path) -> bool:
        raise PermissionError(13, "Permission denied", str(path))

    monkeypatch.setattr(Path, "is_dir", refuse)
    assert [str(problem) for problem in read_rules(rules)[1]] == [f"{rules}: PT101 cannot be read: Permission denied."]


def test_what_did_not_come_with_the_installation() -> None:
    assert shipped("rules") == RULES
    with pytest.raises(ConfigError, match="'nonsense' did not come with this installation"):
        shipped("nonsense")


# --- all problems of all files


def test_every_problem_of_every_file_is_raised_together(rules: Path) -> None:
    (rules / "packs" / "a.yaml").write_text(
        "pack: a\nversion: 1\npolices: []\npolicies:\n"
        "  - {id: us.x, title: X, kind: permision, issuer: [usa], start: {status: allowed}}\n"
    )
    (rules / "packs" / "b.yaml").write_text("pack: b\nversion: 1\npolicies:\n  - id: us.y\n  title: Y\n")
    (rules / "packs" / "c.yaml").write_text(
        "pack: c\nversion: 1\npolicies: [{id: us.z, title: Z, issuer: [usa, UK]}]\n"
    )
    actors = (rules / "actors.yaml").read_text()
    (rules / "actors.yaml").write_text(actors.replace("members: [us, gb,", "members: [us, gbb,", 1))
    (rules / "status.yaml").write_text("version: one\n")
    with pytest.raises(RuleFileError) as raised:
        load_rules(rules)
    found = [(Path(each.location.path).name, each.location.line, each.code) for each in raised.value.problems]
    assert [each for each in found if each[0] != "status.yaml"] == [
        (
            "actors.yaml",
            next(n for n, line in enumerate(actors.splitlines(), 1) if "members: [us, gb," in line),
            "PT136",
        ),
        ("a.yaml", 3, "PT120"),
        ("a.yaml", 5, "PT123"),
        ("b.yaml", 5, "PT105"),
        ("c.yaml", 1 + 2, "PT136"),
        ("c.yaml", 1 + 2, "PT136"),
    ]
    assert ("status.yaml", 1, "PT122") in found
    assert f'{rules}/packs/a.yaml:3:1: PT120 unknown key "polices". Did you mean "policies"?' in str(raised.value)
    assert "\n    3 | polices: []\n        ^^^^^^^" in str(raised.value)


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("version: 1\n", '1:1: PT121 "pack" is missing.'),
        ("pack: x\n", '1:1: PT121 "version" is missing.'),
        ("pack: X Y\nversion: 1\n",
         "1:7: PT124 \"pack\": 'X Y' is not a pack name; write lower-case letters, digits, - and _, as ukraine-arms."),
        ("pack: x\nversion: 0\n", '2:10: PT124 "version" 0: must be greater than or equal to 1.'),
        (
            "pack: x\nversion: 1\nmaturity: stabel\n",
            "3:11: PT123 \"maturity\" 'stabel' is not one of: experimental, test, stable, deprecated. "
            'Did you mean "stable"?',
        ),
        (
            "pack: x\nversion: 1\npolicies: [{id: rice, title: T}]\n",
            "3:17: PT124 \"id\": 'rice' is not a policy id; write dotted lower-case words, as us.atacms.transfer.",
        ),
        ("pack: x\nversion: 1\npolicies: [{id: a.b, title: T, issuer: [us, '']}]\n",
         "3:45: PT124 item 2 of \"issuer\" '': must have at least 1 character."),
        (
            "pack: x\nversion: 1\npolicies: [{id: a.b, title: T, start: {status: permitted, on: 2024-13}}]\n",
            "3:63: PT124 \"on\" '2024-13': month must be in 1..12.",
        ),
        (
            "pack: x\nversion: 1\npolicies: [{id: a.b, title: T, start: {status: permitted, until: later}}]\n",
            "3:66: PT124 \"until\": 'later' is not a date; write YYYY-MM-DD, YYYY-MM or YYYY.",
        ),
        (
            "pack: x\nversion: 1\npolicies: [{id: a.b, title: T, start: {status: permitted, on: 20240101}}]\n",
            '3:63: PT122 "on" must be text, not the number 20240101. Put it in quotes: "20240101".',
        ),
        (
            "pack: x\nversion: 1\ntests: [{text: Some words., gives: easy}]\n",
            "3:36: PT123 \"gives\" 'easy' is not one of: lift, ease, impose, tighten, authorise, extend, suspend, "
            'resume, revoke, withdraw, join, delay, reaffirm, none. Did you mean "ease"?',
        ),
        (
            "pack: x\nversion: 1\ntests: [{gives: none}]\n",
            '3:9: PT124 item 1 of "tests": a test has a `text`, or `articles`.',
        ),
        (
            "pack: x\nversion: 1\ntests: [{text: a}]\n",
            '3:9: PT124 item 1 of "tests": the test asks nothing; add `gives`, `triggers`, `shifts` or `states`.',
        ),
        (
            "pack: x\nversion: 1\ntests: [{text: a, shifts: []}]\n",
            '3:9: PT124 item 1 of "tests": shifts and states are of one policy; name it under `policy`.',
        ),
        (
            "pack: x\nversion: 1\ntests: [{text: a, triggers: [], direction: looser}]\n",
            '3:9: PT124 item 1 of "tests": a direction is that of an operation: name it under `gives`.',
        ),
        (
            "pack: x\nversion: 1\ntests: [{text: a, gives: none, direction: looser}]\n",
            '3:9: PT124 item 1 of "tests": a direction is that of an operation: name it under `gives`.',
        ),
        (
            "pack: x\nversion: 1\ntests: [{articles: [{text: a}], on: 2024-11-01, gives: lift}]\n",
            '3:9: PT124 item 1 of "tests": beside `articles`, `title` and `on` say nothing; write them in each.',
        ),
        ("pack: x\nversion: 1\nextends: [y]\n", '3:11: PT132 no pack is named "y".'),
        ("pack: x\nversion: 1\nextends: x\n", '3:10: PT132 "x" extends itself through "x".'),
        ("pack: x\nversion: 1\npolicies: [{id: a.b, title: T, part_of: a.b}]\n",
         "3:41: PT135 a policy cannot be a part of itself: a.b is part of a.b."),
        ("pack: x\nversion: 1\npolicies: [{id: a.b, title: T, part_of: a.c}]\n",
         '3:41: PT134 part_of "a.c": no pack defines this policy. Did you mean "a.b"?'),
        ("pack: x\nversion: 1\npolicies: [{id: a.b, title: T, aliases: [a.b]}]\n",
         '3:42: PT133 "a.b" already names a policy: 0.yaml:3:17. Give one of them another id.'),
        ("pack: x\nversion: 1\npolicies: [{id: a.b, title: T, issuer: United States}]\n",
         '3:40: PT136 issuer "United States" is not in actors.yaml. Did you mean "us"?'),
        ("pack: x\nversion: 1\ndefaults: {beneficiary: [zzzz]}\n",
         '3:26: PT136 beneficiary "zzzz" is not in actors.yaml. Add it there.'),
        (
            "pack: x\nversion: 1\ndefaults: {kind: programme}\n"
            "policies: [{id: a.b, title: T, start: {status: activ}}]\n",
            '4:48: PT137 status "activ" of a programme is not one of: active, reduced, suspended, none, unknown. '
            'Did you mean "active"?',
        ),
        (
            "pack: x\nversion: 1\n"
            "policies: [{id: a.b, title: T, start: {status: permitted, on: 2024-05, until: 2024-04-30}}]\n",
            "3:79: PT138 until 2024-04-30 is before on 2024-05.",
        ),
        (
            "pack: x\nversion: 1\npolicies: [{id: a.b, title: T}]\ntests: [{text: T., policy: a.bb, gives: none}]\n",
            '4:28: PT134 no pack defines policy "a.bb". Did you mean "a.b"?',
        ),
    ],
)  # fmt: skip
def test_each_thing_that_is_wrong_with_one_pack(wrong: Callable[..., list[str]], text: str, problem: str) -> None:
    assert wrong(text) == [f"0.yaml:{problem}"]


def test_dates_of_one_year_are_not_in_the_wrong_order(load: Callable[..., Rules]) -> None:
    load(
        "pack: x\nversion: 1\n"
        "policies: [{id: a.b, title: T, start: {status: permitted, on: 2024-05-01, until: 2024}}]\n"
    )


# --- between packs


def test_two_packs_of_one_name(wrong: Callable[..., list[str]]) -> None:
    assert wrong(PACK, PACK) == ['1.yaml:1:7: PT131 another pack is named "grain": 0.yaml:1:7. Give one another name.']


def test_two_policies_of_one_id_or_alias(wrong: Callable[..., list[str]]) -> None:
    other = (
        "pack: other\nversion: 1\npolicies:\n"
        "  - {id: zz.rice.export, title: R}\n  - {id: a.b, title: A, aliases: [a.c]}\n"
    )
    third = "pack: third\nversion: 1\npolicies: [{id: a.c, title: A}]\n"
    assert wrong(PACK, other, third) == [
        '1.yaml:4:10: PT133 "zz.rice.export" already names a policy: 0.yaml:4:9. Give one of them another id.',
        '2.yaml:3:17: PT133 "a.c" already names a policy: 1.yaml:5:35. Give one of them another id.',
    ]


def test_a_circle_of_wholes_is_told_once_and_not_for_what_hangs_on_it(wrong: Callable[..., list[str]]) -> None:
    text = (
        "pack: x\nversion: 1\npolicies:\n"
        "  - {id: a.tail, title: T, part_of: a.one}\n"
        "  - {id: a.one, title: T, part_of: a.two}\n"
        "  - {id: a.two, title: T, part_of: also.three}\n"
        "  - {id: a.three, title: T, aliases: [also.three], part_of: a.one}\n"
    )
    assert wrong(text) == [
        "0.yaml:5:36: PT135 a policy cannot be a part of itself: "
        "a.one is part of a.two is part of a.three is part of a.one."
    ]


def test_a_circle_of_packs(wrong: Callable[..., list[str]]) -> None:
    found = wrong(
        "pack: a\nversion: 1\nextends: [b]\n", "pack: b\nversion: 1\nextends: [c, a]\n", "pack: c\nversion: 1\n"
    )
    assert found == [
        '0.yaml:3:11: PT132 "a" extends itself through "b".',
        '1.yaml:3:14: PT132 "b" extends itself through "a".',
    ]


def test_a_long_circle_of_packs_is_told_at_each_of_them_and_not_at_what_hangs_on_it(
    wrong: Callable[..., list[str]],
) -> None:
    found = wrong(
        "pack: a\nversion: 1\nextends: b\n",
        "pack: b\nversion: 1\nextends: c\n",
        "pack: c\nversion: 1\nextends: a\ndefaults: {issuer: [in]}\npolicies: [{id: c.x, title: T}]\n",
        "pack: tail\nversion: 1\nextends: a\n",
    )
    assert found == [
        '0.yaml:3:10: PT132 "a" extends itself through "b".',
        '1.yaml:3:10: PT132 "b" extends itself through "c".',
        '2.yaml:3:10: PT132 "c" extends itself through "a".',
    ]


def test_a_circle_of_parts_through_packs_and_aliases(wrong: Callable[..., list[str]]) -> None:
    found = wrong(
        "pack: x\nversion: 1\ndefaults: {part_of: b.old}\npolicies: [{id: a.one, title: T}]\n",
        "pack: y\nversion: 1\npolicies: [{id: b.two, title: T, aliases: [b.old], part_of: a.one}]\n",
    )
    assert found == ["0.yaml:3:21: PT135 a policy cannot be a part of itself: a.one is part of b.two is part of a.one."]


def test_the_packs_that_should_no_longer_be_used(load: Callable[..., Rules]) -> None:
    rules = load(
        "pack: old\nversion: 3\nmaturity: deprecated\nlimits: use new\npolicies: [{id: a.b, title: T}]\n",
        "pack: empty\nversion: 1\nmaturity: deprecated\n",
        "pack: new\nversion: 1\nmaturity: stable\nlimits: [x]\npolicies: [{id: a.c, title: T}]\n",
    )
    assert [pack.pack for pack in rules.deprecated()] == ["old"]
    assert (found := rules.pack("new")) is not None and found.limits == ("x",)
    assert rules.pack("none") is None


def test_a_whole_in_a_pack_with_problems_of_its_own_is_not_missing(wrong: Callable[..., list[str]]) -> None:
    part = "pack: part\nversion: 1\nextends: [whole]\npolicies: [{id: a.part, title: P, part_of: a.whole}]\n"
    (problem,) = wrong(part, "pack: whole\nversion: 1\npolicies: [{id: a.whole, titel: W}]\n")
    assert problem.startswith("1.yaml:3:26: PT120")
    (problem,) = wrong(part, "pack: whole\nversion: 1\npolicies: [{id: a.whole, title: W]\n")
    assert problem.startswith("1.yaml:3:12: PT105")


def test_a_wrong_default_is_told_once_where_it_stands(wrong: Callable[..., list[str]]) -> None:
    text = (
        "pack: x\nversion: 1\ndefaults: {part_of: a.c, issuer: [uss]}\n"
        "policies: [{id: x.b, title: T}, {id: x.d, title: T}]\n"
    )
    assert wrong(text) == [
        '0.yaml:3:21: PT134 part_of "a.c": no pack defines this policy.',
        '0.yaml:3:35: PT136 issuer "uss" is not in actors.yaml. Did you mean "us"?',
    ]


# --- the status model


def changed(rules: Path, before: str, after: str) -> list[str]:
    """The problems of core.yaml after one change of its text, by code and message."""
    path = rules / "core.yaml"
    text = path.read_text(encoding="utf-8")
    assert before in text
    path.write_text(text.replace(before, after, 1), encoding="utf-8")
    _, problems = read_rules(rules)
    assert all(each.location.path == str(path) and each.source for each in problems)
    return [f"{each.code} {each.message} {each.hint}".rstrip() for each in problems]


EXTRA = """
  - name: extra
    kind: restriction_eased
    when: {WHEN}
    supersedes: [OTHER]
    example: {policy_kind: permission, operation: ease}
"""


def with_extra_rule(rules: Path, when: str, supersedes: str = "") -> list[str]:
    extra = EXTRA.replace("WHEN", when).replace("OTHER", supersedes)
    return changed(rules, "\nshifts:\n", "\nshifts:\n" + extra.lstrip("\n"))


def test_a_shift_rule_tests_only_fields_that_a_step_has(rules: Path) -> None:
    (problem,) = with_extra_rule(rules, "operatoin: ease")
    assert problem.startswith("PT140 a transition has no field 'operatoin'; it has: kind, policy_kind, field,")
    assert problem.endswith('Did you mean "operation"?')


def test_a_shift_rule_tests_only_values_that_a_field_has(rules: Path) -> None:
    (problem,) = with_extra_rule(rules, "operation: eas")
    assert problem.startswith("PT123 \"operation\": 'eas' is not one of: lift, ease,")
    assert problem.endswith('Did you mean "ease"?')


def test_a_test_on_a_field_has_only_known_keys(rules: Path) -> None:
    assert with_extra_rule(rules, "sources: {at_lest: 2}") == [
        'PT120 unknown key "at_lest" in "sources" in "extra". Did you mean "at_least"?'
    ]


def test_shift_rules_have_names_of_their_own(rules: Path) -> None:
    (rules / "core.yaml").write_text((rules / "core.yaml").read_text().replace("name: joined", "name: left", 1))
    (problem,) = (each for each in read_rules(rules)[1] if each.code == "PT141")
    assert problem.message == "'left' is the name of an earlier rule."
    assert problem.source.strip() == "- name: left"


def test_a_rule_that_is_superseded_and_is_none_is_pointed_at(rules: Path) -> None:
    with_extra_rule(rules, "operation: ease", "left, joind")
    _, (problem,) = read_rules(rules)
    assert problem.source[problem.location.column - 1 :][: problem.width] == "joind"


def test_shift_rules_supersede_rules_that_exist(rules: Path) -> None:
    assert with_extra_rule(rules, "operation: ease", "joind") == [
        "PT142 'joind' is the name of no rule. Did you mean \"joined\"?"
    ]


def test_a_gap_in_the_status_model_is_a_problem(rules: Path) -> None:
    assert changed(rules, "    looser: pack\n", "    looser: pack\n    empty: [sett]\n") == [
        'PT139 "empty": \'sett\' is no status of a rate; it has: set, unknown. Did you mean "set"?'
    ]


def test_those_who_stand_above_add_problems_of_rules(rules: Path) -> None:
    def further(found: Rules) -> list[Problem]:
        return [found.problem("joined", "too many tests."), found.problem("nobody", "?", Code.RULE_TIE)]

    last, first = sorted(check_rules([rules], further=further), key=lambda each: -each.location.line)
    assert (last.code, last.message, last.source.strip()) == (
        "PT144",
        'rule "joined": too many tests.',
        "- name: joined",
    )
    assert first.code == "PT143"


# --- check


def test_a_pack_is_checked_beside_the_rules_that_it_lies_in(rules: Path) -> None:
    (rules / "packs" / "a.yaml").write_text("pack: a\nversion: 1\npolicies: [{id: a.b, title: T, part_of: c.d}]\n")
    (rules / "packs" / "c.yaml").write_text("pack: c\nversion: 1\npolicies: [{id: c.d, title: T}]\n")
    for path in (rules, rules / "packs" / "a.yaml", rules / "packs", rules / "core.yaml"):
        assert check_rules([path]) == []
    (rules / "packs" / "c.yaml").write_text("pack: c\nversion: 1\n")
    for path in (rules, rules / "packs" / "a.yaml", rules / "packs", rules / "core.yaml"):
        assert [problem.code for problem in check_rules([path, path])] == [Code.UNKNOWN_POLICY]


def test_a_pack_elsewhere_is_checked_beside_the_named_rules(rules: Path, tmp_path: Path) -> None:
    (rules / "packs" / "a.yaml").write_text(PACK)
    mine = tmp_path / "mine.yaml"
    mine.write_text("pack: mine\nversion: 1\npolicies: [{id: a.b, title: T, part_of: zz.rice.export}]\n")
    assert check_rules([mine], rules) == []
    assert [problem.code for problem in check_rules([mine])] == [Code.UNKNOWN_POLICY]


def test_a_path_that_is_nowhere_is_a_problem(rules: Path, tmp_path: Path) -> None:
    for path in (tmp_path / "nowhere", rules / "packs" / "nowhere.yaml"):
        (problem,) = check_rules([path])
        assert (problem.location.path, problem.code) == (str(path), "PT101")


# --- rubbish

_LINES = st.sampled_from(
    ["pack: x", "version: 1", "version: x", "defaults: {issuer: [us], kind: rate}", "defaults:", "policies:", "tests:",
     "  - id: a.b", "    id: a.b", "    title: T", "    part_of: a.b", "    issuer: [us, 5, null]", "    aliases: a.b",
     "    start: {status: permitted, on: 2024}", "    start:", "      status: [x]", "  - {text: T., gives: none}",
     "- x",
     "extends: [x, y]", "  a", "same_event: -1", "\tx: 1", "--- ", "x: &a 1", "y: *a", "", "# x", "null", "[", "}"]
)  # fmt: skip


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(texts=st.lists(st.lists(_LINES, max_size=14).map("\n".join), min_size=1, max_size=3))
def test_any_packs_are_rules_or_problems(tmp_path: Path, texts: list[str]) -> None:
    folder = tmp_path / "any"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    for number, text in enumerate(texts):
        (folder / f"{number}.yaml").write_text(text, encoding="utf-8")
    rules, problems = read_rules(RULES, [folder])
    assert rules is not None
    assert len(rules.packs) + len({problem.location.path for problem in problems}) >= len(texts)
    for problem in problems:
        assert problem.location.path.startswith(str(folder))
        problem.render()
