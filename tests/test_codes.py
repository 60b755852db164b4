"""The codes of problems: stable, and each with its meaning."""

from __future__ import annotations

import pickle
import re

from policytrack.codes import Code


def test_codes_are_numbers_of_their_own_with_a_meaning_in_one_line() -> None:
    values = [str(code) for code in Code]
    assert values == sorted(set(values))
    for code in Code:
        assert re.fullmatch(r"PT[12]\d\d", code)
        assert 10 < len(code.meaning) < 120
        assert "\n" not in code.meaning


def test_codes_that_users_may_have_written_down_keep_their_meaning() -> None:
    names = {"PT101": "UNREADABLE", "PT105": "SYNTAX", "PT108": "DUPLICATE_KEY", "PT120": "UNKNOWN_KEY",
             "PT121": "MISSING_KEY", "PT122": "WRONG_TYPE", "PT123": "NOT_ONE_OF", "PT150": "FAILED_TEST"}  # fmt: skip
    assert {member.value: name for name, member in Code.__members__.items() if member.value in names} == names


def test_a_code_is_its_text_also_after_it_was_sent_elsewhere() -> None:
    assert pickle.loads(pickle.dumps(Code.TAB)) is Code.TAB
    assert f"{Code.TAB}" == str(Code.TAB) == Code.TAB.value == "PT104"
