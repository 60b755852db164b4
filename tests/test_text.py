"""Sentences and words stand at the article's own offsets, whatever the text holds."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from policytrack.passages import passages
from policytrack.text import Parser, Part, Word
from tests.reading import extractor

ODD = st.text(
    alphabet=st.one_of(st.characters(), st.sampled_from(" .\n\t\u200f\u202e\u00a0’“”—🇺🇦𝔘é")), min_size=1, max_size=80
)


def parser() -> Parser:
    return extractor()._parser


@given(st.lists(st.one_of(ODD, st.sampled_from(["Oslo lifted the ban.", "“It’s over,” she said."])), max_size=5))
@settings(max_examples=60, deadline=None)
def test_every_word_is_where_its_offsets_say(parts: list[str]) -> None:
    text = " ".join(parts)
    document = parser().parse(text)
    for word in document.words:
        quoted = text[word.start : word.end]
        assert len(quoted) == len(word.text)
        assert word.text == quoted or any(a != b and not a.isalnum() for a, b in zip(word.text, quoted, strict=True))


def test_a_dateline_is_no_part_of_the_first_sentence() -> None:
    for dateline in (
        "22-11-2024 (WASHINGTON) ", "WASHINGTON — ", "KYIV, Ukraine (AP) — ", "BERGEN, June 5 - ",
        "BERGEN, 20 May (Reuters) – ", "Bergen (AFP) - ", "Bergen, Feb 23 -- ", "BERGEN: ", "Bergen, June 3: ",
    ):  # fmt: skip
        text = f"{dateline}Oslo lifted the ban."
        assert passages(text) == [(len(dateline), "Oslo lifted the ban.", 0)]


def test_a_text_without_a_dateline_is_whole() -> None:
    assert passages("NATO — the alliance — met.") != []
    assert passages("Oslo lifted the ban.\n\nBergen did not.") == [
        (0, "Oslo lifted the ban.", 0), (22, "Bergen did not.", 1),
    ]  # fmt: skip


def test_a_place_and_a_colon_open_a_text_only() -> None:
    assert passages("New Bergen: The ban ends.\nNew Bergen: The ban stays.") == [
        (12, "The ban ends.", 0), (26, "New Bergen: The ban stays.", 1),
    ]  # fmt: skip
    assert passages("OSLO LIFTS BAN: BERGEN")[0][0] == 0


def sentences(text: str) -> list[str]:
    assert all(text[each.start : each.start + len(each.text)] == each.text for each in passages(text))
    return [each.text for each in passages(text)]


def test_each_sentence_is_a_passage() -> None:
    assert sentences('Oslo lifted the ban. Bergen did not! "It stays." (It does.) So be it.') == [
        "Oslo lifted the ban.", "Bergen did not!", '"It stays."', "(It does.)", "So be it.",
    ]  # fmt: skip


def test_what_a_full_stop_shortens_ends_no_sentence() -> None:
    for text in (
        "Mr. Smith of Acme Ltd. Norway met Gen. Jones in St. Louis on Sept. 4.",
        "The curfew ends at 6:00 a.m. IST on Monday.", "The court ruled in Roe v. Wade on No. 12.",
        "Washington, D.C. The U.S. Senate met J. Doe.", "e.g. Norway, i.e. Oslo, etc. Bergen.",
    ):  # fmt: skip
        assert sentences(text) == [text]


def tree(words: list[Word]) -> list[tuple[str, str, str, int]]:
    return [(word.text, word.tag, word.dep, word.head.i - word.i) for word in words]


def test_a_passage_is_parsed_alike_whatever_stands_beside_it() -> None:
    said = [
        "Oslo lifted the ban on {} whales.",
        "Bergen, which had asked for {}, did not.",
        "It stays for {} days, she said.",
    ]
    texts = [text.format(number) for number in range(30) for text in said]
    forget()
    together = list(parser().documents([Part.all_of(text) for text in (" ".join(texts), *texts)]))
    alone = []
    for text in texts:
        forget()
        alone.append(parser().parse(text))
    assert [tree(each.words) for each in together[1:]] == [tree(each.words) for each in alone]
    assert tree(together[0].words) == [row for each in alone for row in tree(each.words)]


def forget() -> None:
    """Nothing; what has been parsed by now is parsed again."""
    parser()._kept.clear()


def test_what_was_parsed_is_kept_and_stays_as_it_was(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("policytrack.text.KEPT", 2)
    forget()
    text = "Oslo lifted the ban."
    first = parser().parse(text)
    first.words[0].read_as("NN", "NOUN", "changed")
    first.words[0].head = first.words[0]
    again = next(parser().documents([Part.all_of(f"It rained. {text}")]))
    assert tree(again.words[-5:]) == tree(parser().parse(text).words) and again.words[-5].tag == "NNP"
    assert [*parser()._kept] == ["It rained.", text]
    parser().parse("Bergen slept.")
    assert [*parser()._kept] == [text, "Bergen slept."]


def test_lines_beside_the_article_are_not_read() -> None:
    asides = "By Jane Doe and John Roe, Reuters\nREAD MORE: Oslo lifts ban\nPhoto: a ban\nUpdated 5 June 2021 10:30"
    assert passages(asides) == []
    assert len(passages("By Monday Oslo will lift the ban.\nWatch Oslo lift the ban.")) == 2


def test_curly_quotes_are_read_as_straight_ones_in_place() -> None:
    words = parser().parse("Oslo’s “ban”").words
    assert [word.text for word in words] == ["Oslo", "'s", '"', "ban", '"']
    assert [(word.start, word.end) for word in words] == [(0, 4), (4, 6), (7, 8), (8, 11), (11, 12)]


def test_a_go_ahead_is_one_word() -> None:
    assert [word.text for word in parser().parse("The go-ahead came.").words] == ["The", "go-ahead", "came", "."]


def test_a_line_end_inside_a_sentence_is_a_space() -> None:
    text = (
        "The ministry said on Monday that it had lifted the ban on\nseal hunting"
        " in the northern waters of the kingdom and\nthe isles."
    )
    assert [part.text for part in passages(text)] == [text.replace("\n", " ")]
    listed = "The ministry lifted the ban on the hunting of\nSeals\nwhales\nwalrus"
    assert [part.text for part in passages(listed)] == listed.split("\n")


def test_what_is_not_parsed_keeps_its_place() -> None:
    text = "Oslo met. Bergen slept. It rained. Oslo lifted the ban."
    document = next(parser().documents([Part.all_of(text).only({0, 3})]))
    first, last = document.sentences
    assert (first.index, last.index) == (0, 3) and text[last.start : last.end] == "Oslo lifted the ban."
    assert document.near(last, -3, -1) == [first] and document.near(last, -2, -1) == []
    assert document.lead == [first]
    assert next(parser().documents([Part.all_of(text).only({3})])).lead == []
