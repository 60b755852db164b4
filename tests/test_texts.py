"""An alert in words: what stands in it, that kinds of news cannot be mistaken, and that quotations stay quotations."""

from __future__ import annotations

from html.parser import HTMLParser
from typing import Any, get_args

import markdown as python_markdown
import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from policytrack.alerts.payload import AlertTrigger, Quoted, Told
from policytrack.alerts.texts import LONGEST, STYLES, escaped, full, markdown, short, web_address
from policytrack.news import What
from policytrack.printable import fitting
from tests.alerted import AGAINST, DUE, QUOTE, SILENT, TEST, TRIGGER, digest, payload, shift

WHATS: tuple[What, ...] = get_args(What)
EACH: tuple[Told, ...] = (shift(), DUE, SILENT, TEST)


class TestShort:
    def test_a_shift_is_told_on_one_line(self) -> None:
        told = "pt.cork.export: prohibited -> permitted on 2024-11-17 (corroborated, 3 sources)"
        assert short(payload()) == told

    @pytest.mark.parametrize(
        ("what", "told"),
        [
            ("new", "pt.cork.export: prohibited -> permitted on 2024-11-17 (new, reported, 1 source)"),
            ("confirmed", "pt.cork.export: prohibited -> permitted on 2024-11-17 (confirmed, 1 source)"),
            ("disputed", "DISPUTED pt.cork.export: prohibited -> permitted on 2024-11-17 (1 source, 1 against)"),
            ("retracted", "RETRACTED pt.cork.export: prohibited -> permitted on 2024-11-17 (no longer stands)"),
            ("corrected", "CORRECTED pt.cork.export: prohibited -> permitted on 2024-11-17 (reported, 1 source)"),
        ],
    )
    def test_what_is_new_of_it_is_told(self, what: What, told: str) -> None:
        assert short(payload(shift(what=what, stage="reported", sources=1, against=(AGAINST,)))) == told

    def test_what_use_alone_shows_is_said_to_be_implied(self) -> None:
        assert "(corroborated, implied, 3 sources)" in short(payload(shift(implied=True)))

    def test_what_is_no_shift(self) -> None:
        assert short(payload(DUE)) == "DUE pt.cork.export: suspended is expected to end on 2025-01"
        comes = DUE.model_copy(update={"what": "comes_into_force", "to": "permitted"})
        assert short(payload(comes)) == "DUE pt.cork.export: suspended -> permitted comes into force on 2025-01"
        assert short(payload(SILENT)) == "source harbour-post is silent: nothing new since 2024-11-17 12:30Z"
        assert short(payload(TEST)) == "TEST: Does this arrive?"

    def test_a_digest_counts_and_lists(self) -> None:
        told = short(digest(TEST, DUE, summary=True))
        assert told.startswith("2 alerts of articles that were taken in late, or of other rules: TEST: ")
        assert "; DUE pt.cork.export" in told

    @given(st.text(max_size=400), st.integers(1, 5))
    def test_it_is_never_longer_and_never_more_than_a_line(self, said: str, times: int) -> None:
        for data in (shift(to=said, from_=said[::-1]), TEST.model_copy(update={"text": said})):
            told = short(digest(*[data] * times) if times > 1 else payload(data))
            assert len(told) <= LONGEST and told.isprintable()

    @given(st.text(alphabet="a\x1b\u202e\U000e0001", max_size=120), st.integers(12, 60))
    def test_no_escape_is_cut_apart(self, said: str, most: int) -> None:
        told = fitting(said, most)
        assert len(told) <= most
        read = told.removesuffix("…").encode().decode("unicode_escape")  # fails on half an escape
        assert said.startswith(read) and (told.endswith("…") or read == said)


class TestFull:
    def test_all_of_it_is_said(self) -> None:
        told = full(payload(shift(scope=("inside Kursk",), trigger=TRIGGER, against=(AGAINST,), supersedes="s-old")))
        for line in (
            "pt.cork.export: prohibited -> permitted on 2024-11-17 (corroborated, 3 sources)",
            "policy: Portugal's ban on exporting cork",
            "change: status from prohibited to permitted (restriction lifted, looser, major)",
            "issuer: Lisbon",
            "on: 2024-11-17, when it happened",
            "known: 2024-11-17 12:30Z, by when the ledger held all of this",
            "scope: inside Kursk",
            'trigger: "a poor harvest" (according to officials) https://harbour.example/cork',
            'evidence: "Lisbon has lifted the ban on cork" (Harbour Post, 2024-11-17) https://harbour.example/cork',
            'against: "The ban stands, the minister said" (Wire, 2024-11-18, according to the minister) '
            "https://wire.example/7",
            "weight: 3 sources that do not copy each other, 4 reports; corroborated",
            "read by: cork@4, rule restriction-lifted@1",
            "link: https://harbour.example/cork",
            "told before as: s-old",
            f"go on: {shift().why}",
        ):
            assert line in told.splitlines()

    def test_where_no_cause_is_stated_that_is_said(self) -> None:
        assert "trigger: none stated" in full(payload()).splitlines()

    def test_words_that_were_removed_are_said_to_be(self) -> None:
        removed = QUOTE.model_copy(update={"quote": ""})
        told = full(payload(shift(quote=removed, trigger=AlertTrigger(stated=True))))
        assert "evidence: [text removed] (Harbour Post, 2024-11-17)" in told
        assert "trigger: [text removed]" in told

    def test_kinds_of_news_differ_in_more_than_a_word(self) -> None:
        for style in STYLES.values():
            assert len({style(payload(shift(what=what))) for what in WHATS}) == len(WHATS)
        said = {
            next(line for line in full(payload(shift(what=what))).splitlines() if "what:" in line) for what in WHATS
        }
        assert len(said) == len(WHATS)

    def test_a_correction_is_no_shift_of_the_world(self) -> None:
        assert "a correction of what was known" in full(payload(shift(change="correction")))
        assert "a correction" not in full(payload())

    @pytest.mark.parametrize("data", EACH, ids=lambda data: data.what)
    @pytest.mark.parametrize("style", STYLES)
    def test_each_kind_of_news_is_told_in_each_style(self, data: Told, style: Any) -> None:
        told = STYLES[style](payload(data))
        assert told.strip() and all(line.isprintable() for line in told.splitlines())
        assert STYLES[style](digest(data, data, TEST)).count("Does this arrive") >= 1

    def test_it_says_how_to_go_on(self) -> None:
        assert "policytrack why st-1" in full(payload(DUE)) and "policytrack sources" in full(payload(SILENT))

    def test_a_terminal_obeys_nothing_of_it(self) -> None:
        bad = QUOTE.model_copy(update={"quote": "a\x1b[2Jb\u202ec\nd\x00e", "publisher": "P\x07\u2066"})
        told = full(payload(shift(quote=bad, to="x\x1b]0;t\x07", scope=("s\r\nTo: x",))))
        assert not {"\x1b", "\u202e", "\x00", "\x07", "\u2066", "\r"} & set(told)
        assert r"a\x1b[2Jb\u202ec d\x00e" in told


class _Tags(HTMLParser):
    """The tags of a page, and its words."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: list[tuple[str, str | None]] = []
        self.words = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs).get("href")))

    def handle_data(self, data: str) -> None:
        self.words += data


def pages(told: str) -> list[_Tags]:
    """The Markdown as three readers show it."""
    linking = MarkdownIt("gfm-like", {"linkify": False, "html": True})
    found = []
    for page in (MarkdownIt("commonmark").render(told), linking.render(told), python_markdown.markdown(told)):
        found.append(_Tags())
        found[-1].feed(page)
    return found


INJECTED = [
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "[click](https://evil.example)",
    "![x](https://evil.example/x.png)",
    "<https://evil.example>",
    "[a]: https://evil.example",
    "**bold** _em_ *em* __b__ ~~gone~~ `code`",
    "\n\n# heading\n\n- list\n\n> quote\n\n1. one\n\n---\n\n| a | b |\n|---|---|\n",
    "\\<b>\\</b> \\[x\\](https://evil.example)",
    "&lt;b&gt; &#60;b&#62;",
    "]( https://evil.example ) ![",
    "``` \ncode\n```",
    "$$x$$ :::note",
]


class TestMarkdown:
    @pytest.mark.parametrize("words", INJECTED)
    def test_a_quotation_makes_no_markup(self, words: str) -> None:
        plain, bad = (QUOTE.model_copy(update={"quote": each}) for each in ("words", words))
        data = {"to": words, "scope": (words,), "title": words}
        tags = [page.tags for page in pages(markdown(payload(shift(quote=plain, scope=("x",)))))]
        for page, expected in zip(pages(markdown(payload(shift(quote=bad, **data)))), tags, strict=True):
            assert page.tags == expected
            assert " ".join(words.split()) in " ".join(page.words.replace("\\\\", "\\").split())

    @given(st.text(alphabet="ab<>&[]()!*_`~|\\#-\n:/@.", max_size=60))
    def test_no_words_make_markup(self, words: str) -> None:
        for page in pages(f"- {escaped('x ' + words)}"):
            assert [tag for tag, _ in page.tags] == ["ul", "li"]

    @pytest.mark.parametrize("words", ["https://evil.example", "www.evil.example", "me@evil.example", "mailto:x@y.z"])
    def test_words_do_not_turn_into_links(self, words: str) -> None:
        assert words not in escaped(words)
        assert all(words in page.words for page in pages(escaped(words)))

    def test_the_link_of_the_evidence_is_one(self) -> None:
        for page in pages(markdown(payload())):
            assert ("a", QUOTE.url) in page.tags

    @pytest.mark.parametrize(
        "url",
        [
            "javascript:alert(1)",
            "data:text/html,x",
            "https://x.example/> [y](javascript:1)",
            "ftp://x.example/",
            "//x",
            "file:///etc/passwd",
            "https://x.example/\\",
        ],
    )
    def test_what_is_no_address_of_the_web_is_no_link(self, url: str) -> None:
        bad = QUOTE.model_copy(update={"url": url})
        for page in pages(markdown(payload(shift(quote=bad, url=None)))):
            assert "a" not in [tag for tag, _ in page.tags]

    def test_an_address_cannot_end_its_link(self) -> None:
        assert web_address('https://x.example/a>b"c)d') == "https://x.example/a%3Eb%22c%29d"
        assert web_address(None) is None

    def test_it_says_the_same_as_the_full_text(self) -> None:
        plain = full(payload(shift(trigger=TRIGGER, against=(AGAINST,))))
        names = [line.partition(":")[0] for line in plain.splitlines()[1:]]
        marked = markdown(payload(shift(trigger=TRIGGER, against=(AGAINST,))))
        assert [line[2:].partition(":")[0] for line in marked.splitlines() if line.startswith("- ")] == names


def test_quoted_words_of_nobody_known_name_the_article() -> None:
    unnamed = Quoted(quote="q w", claim="c", article_id="wire-7", published_at="2024")
    assert '"q w" (wire-7, 2024)' in full(payload(shift(quote=unnamed)))
