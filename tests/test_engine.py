"""The engine keeps to the envelope in which durable-rules is exact: one test for each invariant and each limit."""

from __future__ import annotations

import datetime
import json
import subprocess
import sys
import threading
from collections.abc import Iterator
from typing import Any

import durable_rules_engine
import pytest

from policytrack import engine
from policytrack.conditions import Rule, Value
from policytrack.engine import Engine, limit_problems
from policytrack.errors import EngineError

ITS_HASH_IS_THE_CORES_OWN = 792252881
"""`m792252881` and `sid-0` have one 32-bit FNV-1a hash."""


def rule(name: str, **when: Any) -> Rule:
    return Rule.model_validate({"name": name, "when": when})


class Core:
    """The C core, with every call noted and chosen answers put in place of its own."""

    error = durable_rules_engine.error

    def __init__(self, **answers: Any) -> None:
        self.answers = answers
        self.calls: list[tuple[str, tuple[Any, ...]]] = []

    def __getattr__(self, name: str) -> Any:
        def call(*arguments: Any) -> Any:
            self.calls.append((name, arguments))
            answer = self.answers.get(name)
            if isinstance(answer, Exception):
                raise answer
            if isinstance(answer, Iterator):
                return next(answer)
            return getattr(durable_rules_engine, name)(*arguments) if answer is None else answer

        return call

    def texts(self, name: str) -> list[str]:
        """The JSON texts that the calls of one function were given, in order."""
        return [arguments[1] for called, arguments in self.calls if called == name]

    def patterns(self) -> list[list[dict[str, Any]]]:
        """The tests of each pattern, as the core was given them."""
        (definition,) = self.texts("create_ruleset")
        return [pattern["all"][0]["m"]["$and"] for pattern in json.loads(definition).values()]


@pytest.fixture
def core(monkeypatch: pytest.MonkeyPatch) -> Core:
    core = Core()
    monkeypatch.setattr(engine, "native", core)
    return core


EVERY_KIND = [
    rule("one_of", a=["x", 1, True], b="y"),
    rule("none_of", a={"not": ["x", 2]}),
    rule("bounds", n={"at_least": 2, "at_most": 5}),
    rule("there", a={"present": True}),
    rule("not_there", a={"present": False}, b={"not": "z"}),
]


# --- what it answers


def test_all_rules_that_match_in_the_order_of_the_rules() -> None:
    rules = [rule("z", b=1), rule("a", a=1), rule("m", a=1, b=1), rule("other", a=2)]
    assert Engine("order", rules).matching({"a": 1, "b": 1}) == ("z", "a", "m")


def test_each_kind_of_test() -> None:
    kinds = Engine("kinds", EVERY_KIND)
    assert kinds.matching({"a": True, "b": "y", "n": 2}) == ("one_of", "none_of", "bounds", "there")
    assert kinds.matching({"a": "x", "b": "y", "n": 6}) == ("one_of", "there")
    assert kinds.matching({"n": 5}) == ("none_of", "bounds", "not_there")
    assert kinds.matching({"b": "z", "n": 1}) == ("none_of",)


@pytest.mark.parametrize(
    ("test", "value"),
    [
        (1, "1"), ("1", 1), (1, True), (True, 1), (0, False), (False, 0), ("true", True), (True, "true"), ("bt", True),
        ("i1", 1), (1, "i1"), ("sa", "a"), ("None", None), ("", None), ({"at_least": 0}, "a"), ({"at_least": 0}, "5"),
        ({"at_least": 0}, True), ({"at_most": 9}, False), ({"at_most": 9}, ""), ({"at_most": 9}, None),
        ("a", "A"), ("a", "a "), ("é", "e\u0301"), ("\\", "\\\\"), ('"', '\\"'), ("a\x00b", "a\x00c"),
        (2**53, 2**53 - 1), ("x" * 998 + "a", "x" * 998 + "b"), ("😀" * 998 + "a", "😀" * 998 + "b"),
    ],
)  # fmt: skip
def test_values_that_only_look_alike_do_not_match(test: Any, value: Any) -> None:
    assert Engine("alike", [rule("r", f=test)]).matching({"f": value}) == ()


@pytest.mark.parametrize(
    "value",
    [
        "", " ", "1", "true", "é", "日本", "😀", '"', "\\", "\\n", "\n", "\x00", "\ud800", "'", "{}", "x" * 999,
        "😀" * 999, 0, 1, -1, 2**53, -(2**53), True, False,
    ],
)  # fmt: skip
def test_every_value_is_itself(value: Any) -> None:
    itself = Engine(
        "itself", [rule("same", f=value), rule("other", f={"not": value}), rule("there", f={"present": True})]
    )
    assert itself.matching({"f": value}) == ("same", "there")
    assert itself.matching({"f": "something else"}) == ("other", "there")


def test_not_holds_on_an_absent_field_and_on_a_value_of_another_type() -> None:
    only_not = Engine("not", [rule("r", a={"not": [1, "x"]}, b={"not": "y"})])
    assert only_not.matching({}) == ("r",)
    assert only_not.matching({"a": None, "b": None}) == ("r",)
    assert only_not.matching({"a": "1", "b": 7}) == ("r",)
    assert only_not.matching({"a": 1}) == ()
    assert only_not.matching({"a": "z", "b": "y"}) == ()


def test_several_keys_of_one_test_must_all_hold() -> None:
    several = Engine(
        "several",
        [
            rule("range", a={"at_least": 1, "at_most": 5, "not": [3, "x"]}),
            rule("list", a={"is": [2, 3, 9, "x"], "at_least": 2, "at_most": 8, "not": 3}),
            rule("texts", a={"is": ["x", "y"], "not": "y"}),
            rule("there", a={"not": ["x", 2], "present": True}),
        ],
    )
    assert several.matching({"a": 2}) == ("range", "list")
    assert several.matching({"a": 3}) == ("there",)
    assert several.matching({"a": 4}) == ("range", "there")
    assert several.matching({"a": "x"}) == ("texts",)
    assert several.matching({"a": "y"}) == ("there",)
    assert several.matching({}) == ()


@pytest.mark.parametrize("name", ["id", "sid", "kind", "m", "all", "pri", "count", "cap", "dist", "v_id", "n"])
def test_no_field_name_is_reserved(name: str) -> None:
    reserved = Engine("reserved", [rule("r", **{name: "x"}), rule("absent", **{name: {"present": False}})])
    assert reserved.matching({name: "x"}) == ("r",)
    assert reserved.matching({}) == ("absent",)
    assert reserved.matching({name: "x"}) == ("r",)


def test_names_of_rules_and_rule_sets_may_be_any_text() -> None:
    names = ['a"b', "\\", "é\x00", "p0", "{}"]
    assert Engine('"\x00\ud800', [rule(name, a=1) for name in names]).matching({"a": 1}) == tuple(names)


def test_a_rule_set_without_a_possible_match_matches_nothing() -> None:
    assert Engine("empty", []).matching({"a": 1}) == ()
    never = rule("never", a={"is": ["x", 1], "not": "x", "at_least": 2})
    assert Engine("never", [never]).matching({"a": 1}) == ()
    assert Engine("never", [never, rule("a", a=1)]).matching({"a": 1}) == ("a",)


def test_one_engine_serves_many_threads() -> None:
    shared = Engine("threads", [rule(f"r{number}", a=number) for number in range(8)])
    answers: dict[int, set[tuple[str, ...]]] = {}

    def ask(number: int) -> None:
        answers[number] = {shared.matching({"a": number}) for _ in range(300)}

    threads = [threading.Thread(target=ask, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert answers == {number: {(f"r{number}",)} for number in range(8)}


# --- the invariants of the envelope, in the order of its list


def test_invariant_1_every_pattern_begins_with_the_kind(core: Core) -> None:
    Engine("kind", EVERY_KIND)
    assert len(core.patterns()) == 3 + 2 + 1 + 1 + 2
    assert {json.dumps(tests[0]) for tests in core.patterns()} == {'{"kind": "record"}'}


def test_invariant_2_every_test_has_exactly_one_key(core: Core) -> None:
    Engine("one key", EVERY_KIND)
    tests = [test for tests in core.patterns() for test in tests]
    inner = [value for test in tests for value in test.values() if isinstance(value, dict)]
    assert inner
    assert {len(test) for test in tests + inner} == {1}


def test_invariant_3_limits_are_checked_before_the_core_sees_the_rules(core: Core) -> None:
    with pytest.raises(EngineError, match=r"rule set 'many': rule 'r200': .*at most 200"):
        Engine("many", [rule(f"r{number}", a=1) for number in range(201)])
    assert core.calls == []


def test_invariant_4_literals_are_text_or_small_integers_and_priorities_follow_the_file(core: Core) -> None:
    Engine("literals", EVERY_KIND)
    (definition,) = core.texts("create_ruleset")
    patterns = list(json.loads(definition).values())
    assert [pattern["pri"] for pattern in patterns] == list(range(1, len(patterns) + 1))
    assert engine.MAX_PATTERNS <= 60_000
    literals = [
        literal
        for tests in core.patterns()
        for test in tests
        for value in test.values()
        for literal in (value.values() if isinstance(value, dict) else [value])
    ]
    assert {type(literal) for literal in literals} == {str, int}


def test_invariant_5_ids_are_counted_and_never_taken_for_the_cores_own(core: Core) -> None:
    ids = Engine("ids", [rule("r", a=1)])
    assert ids.matching({"a": 1, "id": "theirs"}) == ("r",)
    ids._counter = iter([ITS_HASH_IS_THE_CORES_OWN, 7])  # type: ignore[assignment]
    assert ids.matching({"a": 1}) == ("r",)
    assert [json.loads(text)["id"] for text in core.texts("assert_fact")] == ["m1", "m7"]


def test_invariant_5_the_core_does_confuse_such_an_id() -> None:
    """Why the check stands there: without it this record would be refused as seen before."""
    handle = durable_rules_engine.create_ruleset("rules", '{"p0": {"all": [{"m": {"a": 1}}]}}')
    assert durable_rules_engine.assert_fact(handle, '{"id": "m1"}')[0] == 1
    confused = json.dumps({"id": f"m{ITS_HASH_IS_THE_CORES_OWN}", "a": 1})
    assert durable_rules_engine.assert_fact(handle, confused)[0] == 2


def test_invariant_6_none_is_left_out_and_absence_is_asked_with_nex(core: Core) -> None:
    absent = Engine("absent", [rule("gone", a={"present": False}), rule("other", b={"not": "x"})])
    assert absent.matching({"a": None, "b": None}) == ("gone", "other")
    assert [json.loads(text) for text in core.texts("assert_fact")] == [{"kind": "record", "id": "m1"}]
    assert [{"kind": "record"}, {"$nex": {"v_a": 1}}] in core.patterns()
    assert [{"kind": "record"}, {"$nex": {"v_b": 1}}] in core.patterns()


def test_invariant_7_nothing_that_the_core_says_is_swallowed_and_the_next_record_gets_a_fresh_rule_set(
    core: Core,
) -> None:
    stubborn = Engine("stubborn", [rule("r", a=1)])
    core.answers = {"complete_and_start_action": durable_rules_engine.error("no result, error code: 307")}
    with pytest.raises(EngineError, match=r"rule set 'stubborn', record \{'a': 1\}: no result, error code: 307"):
        stubborn.matching({"a": 1})
    core.answers = {}
    assert stubborn.matching({"a": 1}) == ("r",)
    handles = [arguments[0] for name, arguments in core.calls if name == "assert_fact"]
    assert len(set(handles)) == 2


def test_invariant_8_no_record_is_retained(core: Core) -> None:
    forgetful = Engine("forgetful", EVERY_KIND)
    for number in range(50):
        forgetful.matching({"a": number % 4, "b": "y", "n": number % 7})
    assert durable_rules_engine.get_facts(forgetful._handle, None) == "[]"
    assert json.loads(core.texts("retract_fact")[-1]) == {"id": json.loads(core.texts("assert_fact")[-1])["id"]}
    core.answers = {"retract_fact": (0, 1)}
    with pytest.raises(EngineError, match=r"rule set 'forgetful', record .*did not let go of the record"):
        forgetful.matching({"a": 1, "b": "y"})


@pytest.mark.parametrize("code", [2, 3, 99])
def test_invariant_9_only_code_1_means_that_no_rule_fits(core: Core, code: int) -> None:
    codes = Engine("codes", [rule("r", a=1)])
    core.answers = {"assert_fact": (1, 1)}
    assert codes.matching({"a": 1}) == ()
    core.answers = {"assert_fact": (code, 1)}
    with pytest.raises(EngineError, match=rf"rule set 'codes', record \{{'a': 1\}}: the core answered {code}"):
        codes.matching({"a": 1})


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (durable_rules_engine.error("not asserted, error code: 303"), "303 (too many conditions hold at once)"),
        (durable_rules_engine.error("not asserted, error code: 777"), "not asserted, error code: 777"),
        (durable_rules_engine.error("something else"), "something else"),
        (MemoryError(), "no memory is left"),
    ],
)
def test_invariant_9_errors_of_the_core_are_told_in_words(core: Core, error: Exception, words: str) -> None:
    failing = Engine("failing", [rule("r", a=1)])
    core.answers = {"assert_fact": error}
    with pytest.raises(EngineError) as caught:
        failing.matching({"a": 1})
    assert str(caught.value).startswith("rule set 'failing', record {'a': 1}: ")
    assert str(caught.value).endswith(words)


def test_invariant_9_a_rule_set_that_the_core_refuses(core: Core) -> None:
    core.answers = {"create_ruleset": durable_rules_engine.error("Could not create ruleset, error code: 112")}
    with pytest.raises(EngineError, match=r"rule set 'refused': .*112 \(this process has made too many rule sets\)"):
        Engine("refused", [rule("r", a=1)])


def test_invariant_10_every_text_is_made_for_one_call_and_the_record_stays_as_it_was(core: Core) -> None:
    texts = Engine("texts", EVERY_KIND)
    record: dict[str, Value | None] = {"a": "x", "b": "y", "n": 3, "unknown": None}
    before = dict(record)
    for _ in range(3):
        texts.matching(record)
    assert record == before
    given = [
        argument
        for _, arguments in core.calls
        for argument in arguments
        if isinstance(argument, str) and "{" in argument
    ]
    assert len({id(text) for text in given}) == len(given) == 1 + 3 * 2


def test_invariant_11_results_without_end_are_cut_off(core: Core) -> None:
    endless = Engine("endless", [rule("r", a=1), rule("s", a=1)])
    core.answers = {"complete_and_start_action": '{"p0": {"m": {"id": "m1"}}}'}
    with pytest.raises(EngineError, match=r"rule set 'endless', record .*more than 2 results"):
        endless.matching({"a": 1})
    assert core.calls[-1][0] == "abandon_action"


def test_invariant_12_a_rule_that_fires_twice_is_named_once(core: Core) -> None:
    twice = Engine("twice", [rule("r", a=[1, 2]), rule("s", a=3)])
    core.answers = {"complete_and_start_action": iter(['{"p1": {"m": {"id": "m1"}}}', None])}
    assert twice.matching({"a": 1}) == ("r",)


@pytest.mark.parametrize(
    "result",
    ["", "[]", "{}", '{"p9": {"m": {"id": "m1"}}}', '{"x": {"m": {"id": "m1"}}}', '{"p0": {}}', '{"p0": {"m": 1}}'],
)
def test_a_result_that_cannot_be_read(core: Core, result: str) -> None:
    garbled = Engine("garbled", [rule("r", a=1)])
    core.answers = {"start_action_for_state": ("{}", result)}
    with pytest.raises(EngineError, match=r"rule set 'garbled', record .*cannot be read"):
        garbled.matching({"a": 1})


def test_a_result_about_another_record(core: Core) -> None:
    mixed = Engine("mixed", [rule("r", a=1)])
    core.answers = {"start_action_for_state": ("{}", '{"p0": {"m": {"id": "m77"}}}')}
    with pytest.raises(EngineError, match="answered for record 'm77', not 'm1'"):
        mixed.matching({"a": 1})


def test_a_match_without_a_result(core: Core) -> None:
    silent = Engine("silent", [rule("r", a=1)])
    core.answers = {"start_action_for_state": iter([None])}
    with pytest.raises(EngineError, match="found a match and gave no result"):
        silent.matching({"a": 1})


def test_neither_host_nor_lang_is_loaded_and_no_thread_is_started() -> None:
    code = (
        "import sys, threading\n"
        "from policytrack.conditions import Rule\n"
        "from policytrack.engine import Engine\n"
        "matched = Engine('e', [Rule(name='r', when={'a': 1})]).matching({'a': 1})\n"
        "print(matched, threading.active_count(), [name for name in sys.modules if name.startswith('durable.')])\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60)
    assert done.stdout.strip() == "('r',) 1 []"


# --- records that cannot be compared exactly


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (0.5, "0.5 is a float"),
        (float("nan"), "nan is a float"),
        ([1], "is a list"),
        ({"a": 1}, "is a dict"),
        (b"a", "is a bytes"),
        (datetime.date(2024, 11, 12), "is a date"),
        ("x" * 1000, "a text of 1000 characters; at most 999"),
        (2**53 + 1, "is beyond 2^53"),
        (-(2**53) - 1, "is beyond 2^53"),
    ],
)
@pytest.mark.parametrize("field", ["a", "nobody_asks_for_it"])
def test_a_value_that_cannot_be_compared_is_an_error(value: Any, words: str, field: str) -> None:
    strict = Engine("strict", [rule("r", a={"present": True})])
    with pytest.raises(EngineError) as caught:
        strict.matching({field: value})
    assert str(caught.value).startswith(f"rule set 'strict', record {{'{field}': ")
    assert words in str(caught.value)
    assert strict.matching({"a": 1}) == ("r",)


def test_a_record_has_at_most_sixty_fields() -> None:
    strict = Engine("strict", [rule("r", f0=0)])
    assert strict.matching({f"f{number}": number for number in range(60)} | {"none": None}) == ("r",)
    with pytest.raises(EngineError, match=r"rule set 'strict', record .*61 fields; at most 60"):
        strict.matching({f"f{number}": number for number in range(61)})


def test_the_name_of_a_field_is_text() -> None:
    with pytest.raises(EngineError, match="field 1: the name of a field is text"):
        Engine("strict", [rule("r", a=1)]).matching({1: "x"})  # type: ignore[dict-item]


# --- limits of rules: what is allowed still works, one more is told of the rule that passes the limit


def names(rules: list[Rule]) -> list[str]:
    return [name for name, _ in limit_problems(rules)]


def test_limit_of_patterns() -> None:
    rules = [rule(f"r{number}", a=number % 256, b=[number // 256, -1 - number // 256]) for number in range(2048)]
    assert limit_problems(rules) == []
    assert Engine("most", rules).matching({"a": 7, "b": -3}) == ("r519",)
    ((name, message),) = limit_problems([*rules, rule("too_many", c=1), rule("also", d=1)])
    assert (name, message) == (
        "too_many",
        "combinations of values in all rules together: 4097 with this rule; at most 4096 are safe",
    )


def test_limit_of_combinations_in_one_rule_is_told_without_making_them() -> None:
    wide = rule("wide", **{f"f{number}": list(range(100)) for number in range(12)})
    ((name, message),) = limit_problems([rule("fine", a=1), wide])
    assert name == "wide"
    assert message.startswith(f"its lists and `not` tests make {100**12} combinations")


def test_limit_of_values_at_one_place() -> None:
    rules = [rule(f"r{number}", a=number) for number in range(400)]
    assert limit_problems(rules) == []
    assert Engine("values", rules).matching({"a": 399}) == ("r399",)
    ((name, message),) = limit_problems([*rules, rule("too_many", a="x"), rule("also", a="y")])
    assert name == "too_many"
    assert message.startswith("different tests beside each other: 401")


def test_limit_of_values_counts_all_fields_that_branch_at_one_place() -> None:
    """The core keeps one table for them, whatever the field."""
    rules = [rule(f"a{number}", a=number) for number in range(200)] + [
        rule(f"b{number}", b=number) for number in range(201)
    ]
    assert names(rules) == ["b200"]


def test_limit_of_values_in_one_list() -> None:
    assert limit_problems([rule("r", a=list(range(400)))]) == []
    long_not = Engine("long", [rule("r", a={"not": list(range(400))})])
    assert long_not.matching({"a": 399}) == ()
    assert long_not.matching({"a": 400}) == ("r",)
    for test in (list(range(401)), {"not": list(range(401))}):
        ((name, message),) = limit_problems([rule("long", a=test)])
        assert name == "long"
        assert message == "'a': 401 values in one list; at most 400 can stand"


def test_limit_of_rules_with_the_same_conditions() -> None:
    rules = [rule(f"r{number}", a=1, b={"not": 2}) for number in range(200)]
    assert limit_problems(rules) == []
    assert len(Engine("same", rules).matching({"a": 1})) == 200
    ((name, message),) = limit_problems([*rules, rule("too_many", b={"not": 2}, a=1)])
    assert name == "too_many"
    assert message.startswith("rules with the same conditions: 201")


def test_limit_of_rules_that_match_one_record() -> None:
    rules = [rule(f"r{number}", a={"not": number, "present": True}) for number in range(60)]
    assert limit_problems(rules) == []
    assert len(Engine("open", rules).matching({"a": "x"})) == 60
    ((name, message),) = limit_problems([*rules, rule("too_many", a={"at_least": 3}), rule("also", a={"at_least": 4})])
    assert name == "too_many"
    assert message.startswith("conditions that can hold at once: 61")


def test_limit_of_conditions_that_hold_at_once_counts_rules_that_then_fail(monkeypatch: pytest.MonkeyPatch) -> None:
    """The core's 64 places are taken by tests that hold, also where no rule matches in the end."""
    rules = [rule(f"r{number}", a={"not": number, "present": True}, z={"present": True}) for number in range(65)]
    assert names(rules) == ["r60"]
    monkeypatch.setattr(engine, "MAX_OPEN", 65)
    beyond = Engine("beyond", rules)
    with pytest.raises(EngineError, match=r"'beyond', record \{'a': 'x'\}: .*error code: 303 \(too many conditions"):
        beyond.matching({"a": "x"})
    assert beyond.matching({"z": "x"}) == ()


def test_limit_of_conditions_that_hold_at_once_adds_up_along_the_way() -> None:
    """While one branch is followed its siblings wait, so widths at different depths add up."""
    first = [rule(f"a{number}", a={"at_least": number}) for number in range(31)]
    second = [rule(f"b{number}", a={"at_least": 30}, b={"at_least": number}) for number in range(31)]
    assert names(first + second) == ["b30"]
    assert len(Engine("deep", [*first, *second[:30]]).matching({"a": 40, "b": 40})) == 61


def test_rules_that_exclude_each_other_do_not_add_up() -> None:
    rules = [rule(f"r{number}", a=number, b=[1, 2]) for number in range(100)]
    rules += [rule(f"s{number}", a={"present": False}, b=number) for number in range(100)]
    assert limit_problems(rules) == []
    fields = [f"f{number}" for number in range(40)]
    either = [rule(f"{name} is", **{name: 1}) for name in fields]
    either += [rule(f"{name} is absent", **{name: {"present": False}}) for name in fields]
    assert limit_problems(either) == []
    assert Engine("either", either).matching({"f7": 1}) == (
        "f7 is",
        *(f"{name} is absent" for name in fields if name != "f7"),
    )


def test_limit_of_fields() -> None:
    rules = [rule(f"r{number}", same=1, **{f"f{number}": 1}) for number in range(57)]
    assert limit_problems(rules) == []
    every = {"same": 1} | {f"f{number}": 1 for number in range(57)}
    assert len(Engine("fields", rules).matching(every)) == 57
    ((name, message),) = limit_problems([*rules, rule("too_many", same=1, more=1)])
    assert name == "too_many"
    assert message.startswith("fields in all rules together (bounds count twice): 61")


def test_limit_of_text() -> None:
    assert limit_problems([rule("r", a="x" * 999)]) == []
    for test in ("x" * 1000, {"not": "x" * 1000}):
        ((name, message),) = limit_problems([rule("fine", a=1), rule("long", a=test)])
        assert (name, message) == ("long", "'a': a text of 1000 characters; at most 999 are compared")


@pytest.mark.parametrize("test", [2**53 + 1, {"not": 2**53 + 1}, {"at_least": 2**53 + 1}, {"at_most": 2**53 + 1}])
def test_limit_of_integers(test: Any) -> None:
    assert limit_problems([rule("r", a=[2**53, -(2**53)])]) == []
    assert limit_problems([rule("big", a=test)]) == [("big", f"'a': {2**53 + 1} is beyond 2^53")]


def test_field_names_that_the_core_would_confuse() -> None:
    """`v_muqk` and `v_lbmjaz` have one 32-bit hash, and the core compares nothing else."""
    ((name, message),) = limit_problems([rule("first", muqk=1), rule("second", lbmjaz=[1, 2])])
    assert name == "second"
    assert message == "the engine cannot tell the fields 'muqk' and 'lbmjaz' apart; rename one"


def test_two_rules_of_one_name() -> None:
    assert limit_problems([rule("r", a=1), rule("r", a=2)]) == [("r", "two rules have the name 'r'")]


def test_every_rule_that_breaks_a_limit_is_named() -> None:
    rules = [rule("long", a="x" * 1000, b="y" * 1000), rule("fine", a=1), rule("big", a=2**60)]
    assert names(rules) == ["long", "long", "big"]
    with pytest.raises(EngineError, match=r"rule set 'bad': rule 'long': .*; rule 'long': .*; rule 'big': "):
        Engine("bad", rules)
