"""Which conditions of shift rules are tested, and which changes of them nothing notices."""

from __future__ import annotations

import functools
import json
import shutil
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

from policytrack.flips import Flip, Seen, conditions, flips, seen_beside, seen_in_test
from policytrack.packs import FILES, Rules, load_rules
from tests.builders import RULES, core


@functools.cache
def shipped() -> Rules:
    return load_rules(RULES)


Cases = Sequence[dict[str, Any]]


@pytest.fixture
def with_last(tmp_path: Path) -> Callable[..., Rules]:
    """The shipped rules with another one as the last, written to a folder of its own."""

    def made(when: dict[str, Any], example: dict[str, Any], cases: Cases = ()) -> Rules:
        for name in FILES:
            shutil.copy(RULES / name, tmp_path / name)
        rule = {"name": "last", "kind": "all_clear", "when": when, "example": example, "cases": list(cases)}
        path = tmp_path / "core.yaml"
        path.write_text(f"{path.read_text(encoding='utf-8')}  - {json.dumps(rule)}\n", encoding="utf-8")
        return load_rules(tmp_path)

    return made


CORROBORATED = {"policy_kind": "rate", "field": "level", "level_change": "down", "direction": "looser",
                "sources": {"at_least": 3}}  # fmt: skip
EXAMPLE = {"policy_kind": "rate", "field": "level", "before": "set", "after": "set", "operation": "ease",
           "direction": "looser", "move": "looser", "level_change": "down", "sources": 3}  # fmt: skip


def test_every_condition_of_the_shipped_rules_is_seen_to_hold_and_to_fail_alone() -> None:
    found = conditions(shipped(), seen_beside(core()))
    assert [(each.rule, each.field) for each in found if not each.seen] == []
    assert len(found) == sum(len(rule.when) for rule in core().shifts)


def test_every_change_of_a_shipped_condition_is_noticed() -> None:
    found = flips(shipped(), seen_beside(core()))
    assert [(each.rule, each.change) for each in found if not each.noticed] == []
    values = [len(test.is_) for rule in core().shifts for test in rule.when.values()]
    assert len(found) == 2 * len(values) + sum(count for count in values if count > 1)


def test_nothing_is_noticed_where_nothing_is_tested() -> None:
    assert not [each for each in flips(shipped(), []) if each.noticed]
    assert not [each for each in conditions(shipped(), []) if each.held or each.failed]


def test_a_condition_has_held_only_where_its_whole_rule_fits(with_last: Callable[..., Rules]) -> None:
    rules = with_last(CORROBORATED, EXAMPLE)
    apart = [Seen({**EXAMPLE, "sources": 1, "level_change": "up"}, "rate-raised")]
    assert {(each.held, each.failed) for each in conditions(rules, apart)[-5:]} == {(False, False)}
    alone = [Seen({**EXAMPLE, "sources": 1}, "rate-cut")]
    assert [each.failed for each in conditions(rules, alone)[-5:]] == [False, False, False, False, True]
    assert {each.held for each in conditions(rules, [Seen(EXAMPLE, "last")])[-5:]} == {True}


def test_conditions_and_flips_have_their_place(with_last: Callable[..., Rules]) -> None:
    rules = with_last(CORROBORATED, EXAMPLE)
    (condition, *_) = conditions(rules, [])[-5:]
    flip = flips(rules, [])[-1]
    last = len(Path(rules.core_document.path).read_text(encoding="utf-8").splitlines())
    for found in (condition, flip):
        assert (found.path, found.line) == (rules.core_document.path, last)
    assert (condition.test, flip.change) == ("'rate'", "sources is anything")


def unnoticed(found: Sequence[Flip]) -> list[str]:
    return [each.change for each in found if each.rule == "last" and not each.noticed]


def test_what_no_case_tells_apart_goes_unnoticed(with_last: Callable[..., Rules]) -> None:
    """The example alone notices each contrary; what is left out is noticed where a step then gets another name."""
    rules = with_last(CORROBORATED, EXAMPLE)
    assert "sources is anything" in unnoticed(flips(rules, [Seen(EXAMPLE, "last")]))
    near = {**EXAMPLE, "sources": 2}
    seen = [Seen(EXAMPLE, "last"), Seen(near, "rate-cut")]
    assert "sources is anything" not in unnoticed(flips(rules, seen))
    assert "sources is anything but at least 3" not in unnoticed(flips(rules, [Seen(EXAMPLE, "last")]))


def test_a_value_that_no_test_has_goes_unnoticed(with_last: Callable[..., Rules]) -> None:
    when = {**CORROBORATED, "operation": ["ease", "suspend"]}
    found = unnoticed(flips(with_last(when, EXAMPLE), [Seen(EXAMPLE, "last")]))
    assert "operation is never 'suspend'" in found
    assert "operation is never 'ease'" not in found


def test_a_tie_is_noticed(with_last: Callable[..., Rules]) -> None:
    """Without one of its conditions the rule has as many as `rate-cut`, and neither wins."""
    when = {name: test for name, test in CORROBORATED.items() if name != "direction"}
    assert unnoticed(flips(with_last(when, EXAMPLE), [Seen(EXAMPLE, "last")])) == []


def test_the_test_of_a_pack_notices_another_kind_and_not_another_rule() -> None:
    """Two rules of one kind: which of them names the step is nothing that a pack's test asks."""
    step = {**core().shifts[0].example_record()}
    (seen,) = seen_in_test(core(), [step])
    assert (seen.expected, seen.by_kind) == ("restriction_lifted", True)
    noticed = {each.change for each in flips(shipped(), [seen]) if each.noticed and each.rule == "permission-lifted"}
    assert "before is anything but 'prohibited' or 'restricted' or 'suspended'" in noticed
    nameless = {**step, "field": "status", "policy_kind": "membership"}
    assert seen_in_test(core(), [nameless])[0].expected == "none"
