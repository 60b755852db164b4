"""The engine and the plain evaluator agree on the shipped rules, and a difference would not go unseen."""

from __future__ import annotations

import os
import random
import re
import signal
from typing import Any

import pytest

from policytrack import explain
from policytrack.status_model import FIELDS
from tests import shadow_shipped
from tests.builders import core
from tests.test_shadow import Holds, case_is_folded, evaluator, is_of_any_type, only_the_first_of_a_list

RECORDS = 2_000


def test_two_thousand_records_without_a_mismatch(capsys: pytest.CaptureFixture[str]) -> None:
    assert shadow_shipped.main(["--records", str(RECORDS), "--seed", "20241112"]) == 0
    told = capsys.readouterr().out
    rules = len(core().shifts)
    assert re.search(rf"^{rules} rules, {RECORDS} records, \d+ matches, 0 mismatches in ", told, re.MULTILINE), told


def test_every_rule_fits_often() -> None:
    fitted = shadow_shipped.compare(seed=1, first=0, count=RECORDS).fitted
    assert min(fitted[rule.name] for rule in core().shifts) >= RECORDS / len(core().shifts) / 3


@pytest.mark.parametrize("misreading", [is_of_any_type, case_is_folded, only_the_first_of_a_list])
def test_a_misreading_is_seen_and_can_be_repeated(misreading: Holds) -> None:
    wrong = evaluator(misreading)
    (first, *_) = shadow_shipped.compare(seed=1, first=0, count=RECORDS, evaluate=wrong).mismatches
    number = re.search(r"--first (\d+) --records 1", first)
    assert number
    assert shadow_shipped.compare(1, int(number[1]), 1, wrong).mismatches == [first]
    assert shadow_shipped.compare(1, int(number[1]), 1, evaluator(explain.holds)).mismatches == []


def dies(*_: Any) -> shadow_shipped.Tally:
    os.kill(os.getpid(), signal.SIGSEGV)
    return shadow_shipped.Tally()


def test_a_crash_of_the_core_fails_the_run(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shadow_shipped, "compare", dies)
    assert shadow_shipped.run(seed=1, first=0, count=7).mismatches == ["CRASH --seed 1 --first 0 --records 7"]


def test_a_rule_that_never_fits_fails_the_run(capsys: pytest.CaptureFixture[str]) -> None:
    assert shadow_shipped.main(["--records", "1"]) == 1
    assert "NEVER FITTED rate-cut" in capsys.readouterr().out


def test_records_have_every_field_with_odd_and_absent_values() -> None:
    rules = core().shifts
    records = [shadow_shipped.random_record(random.Random(n), core(), rules[n % len(rules)]) for n in range(500)]
    assert {tuple(record) for record in records} == {tuple(FIELDS)}
    values = [value for record in records for value in record.values()]
    assert {type(value) for value in values} == {str, int, bool, type(None)}
    assert any(type(record["field"]) is str and record["field"] not in (FIELDS["field"] or ()) for record in records)
