"""Which sentences of an article are parsed, and that the others would have told nothing more."""

from __future__ import annotations

import functools
import re
from collections.abc import Sequence
from pathlib import Path

import pytest

from policytrack.extract.extractor import _reading
from policytrack.model import Article, Claim
from policytrack.passages import passages
from policytrack.sources import read_articles
from tests.reading import article, extractor

ROOT = Path(__file__).parent.parent
EVAL = ROOT.parent / "shared" / "eval"
SETS = {
    "arms_dev": EVAL / "arms_dev" / "articles.jsonl",
    "subjects_dev": EVAL / "subjects_dev" / "articles.jsonl",
    "events_dev": EVAL / "events_dev" / "articles.jsonl",
    "covid_notes_dev": EVAL / "covid_notes_dev" / "articles.jsonl",
    "golden": ROOT / "tests" / "golden" / "articles.jsonl",
}
RAIN = "Rain fell on the harbour all day."
NEWS = "Washington has allowed Ukraine to fire ATACMS missiles into Russia."


def chosen(text: str, title: str = "") -> list[str]:
    found = passages(text)
    return [found[number].text for number in sorted(extractor()._chooser.chosen(title, found))]


def whole(found: Sequence[Article]) -> list[tuple[Claim, ...]]:
    """The claims of articles of which every sentence is parsed."""
    reader = extractor()
    parsed = reader._parsed(found, whole=True)
    return [_reading(reader._steps(told, *next(parsed), False).attempts).claims for told in found]


def chosen_ones(found: Sequence[Article]) -> list[tuple[Claim, ...]]:
    return [reading.claims for reading in extractor().read_all(found)]


@functools.cache
def articles(name: str) -> list[Article]:
    found = [each for each in read_articles(SETS[name]) if isinstance(each, Article)]
    return [each for each in found if extractor()._left_out(each, False) is None]


@pytest.mark.parametrize("name", SETS)
def test_nothing_is_lost_by_what_is_not_parsed(name: str) -> None:
    found = articles(name)
    assert found and chosen_ones(found) == whole(found)


@pytest.mark.parametrize("name", ["arms_dev", "subjects_dev"])
def test_nothing_is_lost_where_the_news_stands_in_the_middle_of_something_else(name: str) -> None:
    """The same articles, behind six sentences and a title that name nothing that is tracked."""
    before = " ".join([RAIN] * 6) + "\n"
    moved = [each.model_copy(update={"title": "", "text": before + each.text}) for each in articles(name)]
    assert chosen_ones(moved) == whole(moved)


def test_an_article_that_opens_with_what_is_tracked_is_parsed_whole() -> None:
    text = " ".join([NEWS, *[RAIN] * 9])
    assert chosen(text) == [NEWS, *[RAIN] * 9]
    assert chosen(" ".join([RAIN] * 9), title="ATACMS: what we know") == [RAIN] * 9


def test_of_others_what_stands_around_a_name() -> None:
    assert chosen(" ".join([*[RAIN] * 5, NEWS, *[RAIN] * 5])) == [NEWS]
    back = "It banned them again."
    assert chosen(" ".join([*[RAIN] * 5, NEWS, back, *[RAIN] * 5])) == [RAIN, RAIN, NEWS, back]
    assert chosen(" ".join([*[RAIN] * 5, NEWS, RAIN, RAIN, RAIN, back])) == [NEWS]
    assert chosen(" ".join([RAIN] * 9)) == []


@pytest.mark.parametrize("word", ["banned", "bans", "imposing", "lifted", "decision", "they", "those"])
def test_words_of_the_lists_bear_on_what_was_named(word: str) -> None:
    assert extractor()._chooser._bears_on(f"In Oslo {word} on Monday.")
    assert not extractor()._chooser._bears_on(re.sub(r"\w+", "rain", word))


def test_claims_stand_where_they_stood() -> None:
    text = " ".join([*[RAIN] * 5, NEWS, *[RAIN] * 5])
    (claim,) = extractor().read(article(text)).claims
    assert text[claim.evidence.start : claim.evidence.end] == claim.evidence.quote
