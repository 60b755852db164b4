"""Copies are told from independent reports: pairs that people edited, and what holds for all texts."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from policytrack.copies import BANDS, FEWEST, SHARE, bands, share, wording

PAIRS = yaml.safe_load((Path(__file__).parent / "reprints.yaml").read_text(encoding="utf-8"))


def test_there_are_enough_pairs() -> None:
    assert sum(pair["copy"] for pair in PAIRS) >= 12 and sum(not pair["copy"] for pair in PAIRS) >= 6


@pytest.mark.parametrize("pair", PAIRS, ids=[pair["what"] for pair in PAIRS])
def test_pairs_edited_by_hand(pair: dict[str, str]) -> None:
    one, other = pair["one"], pair["other"]
    assert (share(one, other) is not None) == (pair["copy"] is ("missed" not in pair))
    if pair["copy"]:
        assert {*bands(one)} & {*bands(other)}, "no band in common: it would not be looked at"


WORDS = st.lists(st.sampled_from(["Ban", "ban", "the", "rice", "5", "U.S.", "“so”", "‘", '"', "\n\n", "on", "Ünal"]))
TEXTS = WORDS.map(" ".join) | st.text()


@given(TEXTS, TEXTS)
def test_of_two_texts_each_is_as_much_a_copy_of_the_other(one: str, other: str) -> None:
    found = share(one, other)
    assert found == share(other, one)
    assert found is None or SHARE <= found <= 1


@given(TEXTS)
def test_a_text_is_a_copy_of_itself_where_it_is_long_enough(text: str) -> None:
    assert (share(text, text) == 1) == (len(wording(text).words) >= FEWEST)
    assert len(bands(text)) in (0, BANDS)
    assert all(-(2**63) <= band < 2**63 for band in bands(text)), "a ledger keeps them as numbers of 64 bits"


@pytest.mark.parametrize("text", ["", " ", "\x00" * 50, "\ud800 " * 50, "5 " * 50_000, "'" * 20_000, "“" * 20_000])
def test_rubbish_is_compared_too(text: str) -> None:
    share(text, PAIRS[0]["one"])
    bands(text)


def test_signatures_are_those_that_ledgers_keep() -> None:
    """Ledgers keep them: where the library makes others, those that are kept have to be made anew, by a migration."""
    assert (
        bands("The ban on the export of rice is lifted as of Monday, the ministry said. " * 3)[0]
        == -8392464266961442124
    )
