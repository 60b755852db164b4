"""Cards in notebooks, and timelines: whole HTML and XML whatever the articles say, bounded, legible on any ground."""

from __future__ import annotations

import datetime
import pickle
import re
import xml.etree.ElementTree as ET
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from policytrack import open_tracker
from policytrack.history import History
from policytrack.model import Article, PolicyState, Shift
from policytrack.render import timeline
from policytrack.render.glance import ROWS
from policytrack.shown import Records, Shown
from policytrack.tracker import Tracker
from tests.listed import RUBBISH, of_each_type
from tests.test_tracker import BANNED, CORK, CORK_BY_SEA, LIFTED, OIL, SALT, TAXED, Clock, Reader, house, news

SVG = "{http://www.w3.org/2000/svg}"
KNOWN = datetime.datetime(2026, 1, 1, tzinfo=datetime.UTC)
STATUSES = ("permitted", "restricted", "suspended", "prohibited", "unknown")


def tracker_of(path: str | Path = ":memory:", clock: Clock | None = None) -> Tracker:
    tracker = open_tracker(path, rules=house(), clock=clock or Clock(), extractor=Reader())
    tracker.ingest(
        [
            news("a", "2024-11-12", LIFTED, publisher="Cork <Daily>", title="<script>alert(1)</script>"),
            news("b", "2024-11-20", BANNED, text="<b>ban</b> & more"),
            news("c", "2024-11-15", TAXED),
        ]
    )
    return tracker


def answers(tracker: Tracker) -> list[Shown]:
    """One of each answer that has a card."""
    shift = tracker.shifts()[0]
    return [
        tracker.state(CORK, on="2024-11-15"), tracker.state(OIL), tracker.states(), tracker.states()[0],
        tracker.shifts(),
        shift, tracker.diff("2024-11-01", "2024-11-30"), tracker.diff("2024-12-01", "2024-12-02"), tracker.why(CORK),
        tracker.why(shift.id), tracker.why(shift.claims[0]), tracker.policies(), tracker.policies()[0],
        tracker.rules.policies[0], tracker.changes(), tracker.doctor(), tracker.shifts(since="2030"),
        tracker.rerun(dry_run=True),
        tracker.ingest([news("a", "2024-11-12", LIFTED), news("e", "2025", extra={"fails": 1})]),
        tracker.review(), tracker.decisions(), tracker.changes(since=99),
    ]  # fmt: skip


class _Checked(HTMLParser):
    """A page read as a browser does: its text, its tags, and every tag closed in its order."""

    def __init__(self) -> None:
        super().__init__()
        self.text: list[str] = []
        self.tags: set[str] = set()
        self.attributes: list[tuple[str, str | None]] = []
        self._open: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._open.append(tag)
        self.tags.add(tag)
        self.attributes += attrs

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes += attrs

    def handle_endtag(self, tag: str) -> None:
        assert self._open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text.append(data)

    def close(self) -> None:
        super().close()
        assert not self._open


ALLOWED = {
    "div", "strong", "em", "ul", "li", "table", "thead", "tbody", "tr", "th", "td",
    "svg", "title", "desc", "g", "line", "text", "polygon", "rect",
}  # fmt: skip


def checked(html: str) -> _Checked:
    """The card, read by two parsers; AssertionError for anything that runs, or is fetched, or is not closed."""
    ET.fromstring(html)
    read = _Checked()
    read.feed(html)
    read.close()
    assert read.tags <= ALLOWED
    names = {name for name, _ in read.attributes}
    assert not [name for name in names if name.startswith("on") or name in ("src", "href", "id", "srcset")]
    assert not re.search(r"url\(|@import|<style", html)
    html.encode("utf-8")
    return read


def said(html: str) -> str:
    return " ".join(" ".join(checked(html).text).split())


def test_every_answer_has_a_card_a_text_and_markdown() -> None:
    with tracker_of() as tracker:
        for answer in answers(tracker):
            html, markdown = answer._repr_html_(), answer._repr_markdown_()
            assert checked(html).text and markdown.startswith("**") and repr(answer)
            assert "<script" not in html and "<b>" not in html
            assert "object at 0x" not in repr(answer)


def test_a_state_says_how_it_stands_when_and_as_known_when() -> None:
    with tracker_of() as tracker:
        told = said(tracker.state(CORK, on="2024-11-15")._repr_html_())
        for words in ("pt.cork.export: permitted", "on 2024-11-15", "as known 2026-01-02 03:04Z",
                      "Leave to export cork",
                      "since 2024-11-12, until before 2024-11-20", CORK_BY_SEA):  # fmt: skip
            assert words in told
        assert "pt.cork.export: permitted" in repr(tracker.state(CORK, on="2024-11-15"))
        assert "since before all that is known; as the pack says" in said(
            tracker.state(OIL, on="1990-01-01")._repr_html_()
        )
    with open_tracker(rules=house(), clock=Clock()) as tracker:
        told = said(tracker.state(OIL)._repr_html_())
        assert "nothing is recorded for that day" in told and "no timeline: no state of pt.oil.export" in told


def test_an_empty_answer_says_why_on_its_card_too() -> None:
    with tracker_of() as tracker:
        for found in (tracker.shifts(since="2030"), tracker.diff("2030-01-01", "2030-02-01")):
            assert found.note and found.note in said(found._repr_html_())
            assert found.note in repr(found)


def test_what_an_ingest_did_is_told_in_words() -> None:
    with open_tracker(rules=house(), clock=Clock(), extractor=Reader()) as tracker:
        report = tracker.ingest([news("a", "2024-11-12", LIFTED), news("b", "2024-11-13"), "no/such/file.txt"])
        told = said(report._repr_html_())
        assert "2 articles read" in told and "no tracked instrument is named" in told and "no/such/file.txt" in told
        assert CORK in told and len(repr(report)) < 2_000
        assert "sound: " in said(tracker.doctor()._repr_html_())
        assert f"changes(since={tracker.changes().cursor})" in said(tracker.changes()._repr_html_())


def test_a_diff_shows_its_lines_and_its_shifts() -> None:
    with tracker_of() as tracker:
        told = said(tracker.diff("2024-11-01", "2024-11-30")._repr_html_())
        assert "2 policies changed, 2 unchanged. Shifts: 3." in told and "from 2024-11-01 to 2024-11-30" in told
        assert "permitted → prohibited" in told and "restriction imposed" in told


def test_an_explanation_shows_its_tree_and_quotes_the_article_literally() -> None:
    with tracker_of() as tracker:
        explained = tracker.why(tracker.shifts(policy=CORK)[1].claims[0])
        assert '"<b>ba"' in said(explained._repr_html_())
        assert "<b>" not in explained._repr_html_()
        assert repr(explained) == str(explained)


def test_a_long_list_shows_its_first_rows_and_says_how_many_there_are() -> None:
    with tracker_of() as tracker:
        state = tracker.states()[0]
    found = Records([state] * 10_000, PolicyState)
    html, text = found._repr_html_(), repr(found)
    assert html.count("<tr>") == ROWS + 1
    assert "10000 states" in said(html) and "and 9,980 more" in said(html)
    assert len(html) < 20_000 and len(text) < 5_000 and "and 9,980 more" in text
    assert found._repr_markdown_().count("\n|") <= ROWS + 2


@pytest.mark.parametrize("word", RUBBISH, ids=ascii)
def test_rubbish_is_shown_literally_on_every_card(word: str) -> None:
    for record in of_each_type(word):
        found = Records([record], type(record))
        checked(found._repr_html_())
        assert not set(repr(found) + found._repr_markdown_()) & {"\x1b", "\u202e", "\ud800", "\0", "\r"}
        if isinstance(record, Shown):
            checked(record._repr_html_())
            assert repr(record).isprintable()


@pytest.mark.parametrize("word", RUBBISH, ids=ascii)
def test_rubbish_breaks_no_markdown(word: str) -> None:
    shift = next(record for record in of_each_type(word) if isinstance(record, Shift))
    page = MarkdownIt("commonmark", {"html": True}).enable("table").render(Records([shift], Shift)._repr_markdown_())
    ET.fromstring(f"<page>{page}</page>")
    assert page.count("<tr>") == 2 and page.count("<td>") == 7
    assert "<script" not in page and "<em>" not in page and "<code>" not in page


# --- the timeline


def state(status: str, since: str, to: str | None, **more: Any) -> PolicyState:
    given = {"id": "p-1", "policy": "a.b", "stage": "reported", "claims": ("c-1",), **more}
    return PolicyState(status=status, valid_from=since, valid_to=to, **given)


def shift(on: str, direction: str = "looser", **more: Any) -> Shift:
    made = next(record for record in of_each_type() if isinstance(record, Shift))
    return made.model_copy(update={"occurred_on": on, "direction": direction, **more})


def drawn(*states: PolicyState, shifts: tuple[Shift, ...] = (), on: str | None = None) -> ET.Element:
    history = History("a.b", KNOWN, STATUSES, states, shifts, on)
    return ET.fromstring(timeline.svg(history))


def bars(picture: ET.Element) -> list[tuple[str, list[tuple[float, float]], ET.Element]]:
    """The title, the corners and the shape of each bar and mark."""
    found = []
    for group in picture.iter(f"{SVG}g"):
        title, shape = group.find(f"{SVG}title"), group.find(f"{SVG}polygon")
        if title is not None and shape is not None:
            corners = [tuple(map(float, pair.split(","))) for pair in shape.attrib["points"].split()]
            found.append((title.text or "", corners, shape))
    return found  # type: ignore[return-value]


def test_each_status_has_a_row_named_beside_it_the_loosest_on_top() -> None:
    picture = drawn(
        state("prohibited", "2019-01-01", "2021-01-01"),
        state("unknown", "2021-01-01", "2022-01-01"),
        state("permitted", "2022-01-01", None),
    )
    labels = [text.text for text in picture.iter(f"{SVG}text") if text.attrib.get("text-anchor") == "end"]
    assert labels == ["permitted", "prohibited", "unknown"]
    heights = {title.split(",")[0]: corners[0][1] for title, corners, _ in bars(picture)}
    assert heights["permitted"] < heights["prohibited"] < heights["unknown"]
    shapes = {title.split(",")[0]: shape.attrib for title, _, shape in bars(picture)}
    assert shapes["unknown"]["fill"] == "none" and "stroke-dasharray" in shapes["unknown"]
    assert shapes["permitted"]["fill"] != shapes["prohibited"]["fill"]


def test_time_runs_to_the_right_and_an_open_end_is_a_point() -> None:
    one, other = bars(drawn(state("prohibited", "2020-01-01", "2021-01-01"), state("permitted", "2021-01-01", None)))
    assert max(x for x, _ in one[1]) <= min(x for x, _ in other[1]) + 0.1
    assert (len(one[1]), len(other[1])) == (4, 5)
    assert "from 2021-01-01, still so" in other[0]


def test_only_the_year_is_known_and_the_bar_is_pale_as_long() -> None:
    picture = drawn(state("prohibited", "2019", "2021-03"), state("permitted", "2021-03", None))
    year, month = (float(pale.attrib["width"]) for pale in picture.iter(f"{SVG}rect"))
    assert 11 < year / month < 13
    assert not [*drawn(state("permitted", "2021-03-04", None)).iter(f"{SVG}rect")]


def test_a_shift_is_a_mark_with_its_trigger_up_where_it_is_looser() -> None:
    up = shift("2021-06-01", stage="confirmed")
    down = shift("2021-09-01", "tighter")
    found = bars(drawn(state("permitted", "2021-01-01", None), shifts=(up, down)))[1:]
    (title, (tip, *base), shape), (_, (low, *high), hollow) = found
    assert "2021-06-01" in title and 'trigger: "word"' in title
    assert all(tip[1] < y for _, y in base) and all(low[1] > y for _, y in high)
    assert "fill-opacity" not in shape.attrib and hollow.attrib["fill-opacity"] == "0"


def test_it_is_told_in_words_too() -> None:
    picture = drawn(state("permitted", "2021-01-01", None), shifts=(shift("2021-06-01"),), on="2021-07-01")
    title, desc = picture.find(f"{SVG}title"), picture.find(f"{SVG}desc")
    assert title is not None and desc is not None and desc.text is not None
    assert (picture.attrib["role"], picture.attrib["aria-label"]) == ("img", title.text) == ("img", "Timeline of a.b")
    assert "permitted from 2021-01-01, still so" in desc.text and "2021-06-01" in desc.text


def test_a_long_history_shows_its_end_and_says_so() -> None:
    states = tuple(state(STATUSES[year % 2], f"{year}-01-01", f"{year + 1}-01-01") for year in range(1000, 9990))
    history = History("a.b", KNOWN, STATUSES, states)
    picture = timeline.svg(history)
    assert len(bars(ET.fromstring(picture))) == timeline.STATES and len(picture) < 60_000
    assert f"the latest {timeline.STATES} of 8,990 states" in timeline.caption(history)


@pytest.mark.parametrize(
    "states",
    [
        [state("permitted", "0001-01-01", None)],
        [state("unknown", "0001-01-01", None, claims=())],
        [state("permitted", "2024-11-12", None)],
        [state("permitted", "0001", "9999-12-31")],
        [state("permitted", "9999-12-31", None)],
        [state("permitted", "2024-01-01", "2024-01-01")],
        [state("set", "2024-01-01", "2025", until="whenever")],
        [state("unknown", "0001-01-01", "0001-01-02"), state("permitted", "0001-01-02", None)],
    ],
)
def test_the_edges_of_the_calendar_can_be_drawn(states: list[PolicyState]) -> None:
    for _, corners, _ in bars(drawn(*states)):
        assert all(0 <= x <= 760 for x, _ in corners)


@given(
    st.lists(st.dates().map(str), min_size=1, max_size=12, unique=True),
    st.lists(st.sampled_from((4, 7, 10)), min_size=12, max_size=12),
    st.text(alphabet=st.characters(), max_size=12),
)
@settings(max_examples=60, deadline=None)
def test_whatever_is_recorded_the_picture_is_whole(days: list[str], cuts: list[int], word: str) -> None:
    edges = [day[:cut] for day, cut in zip(sorted(days), cuts, strict=False)]
    states = [state("permitted", one, other) for one, other in zip(edges, [*edges[1:], None], strict=True)]
    made = [one.model_copy(update={"status": word or "x", "policy": word}) for one in states]
    picture = drawn(*made, shifts=tuple(shift(edge, kind=word) for edge in edges), on=edges[0])
    assert len(bars(picture)) >= len(edges)
    for text in picture.iter(f"{SVG}text"):
        assert 0 <= float(text.attrib["x"]) <= 760


def luminance(colour: str) -> float:
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (part / 12.92 if part <= 0.03928 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("colour", timeline.COLOURS)
def test_the_bars_can_be_seen_on_white_and_on_black_and_read(colour: str) -> None:
    assert contrast(colour, "#ffffff") >= 4.5  # what is written in them, and they on white
    assert contrast(colour, "#111111") >= 3


# --- where the history comes from


def test_a_card_draws_the_history_of_its_policy_as_known_then() -> None:
    clock = Clock()
    with tracker_of(clock=clock) as tracker:
        known = tracker.shifts().known
        clock.wind(days=1)
        tracker.ingest(news("d", "2024-12-01", LIFTED))
        now, then = (tracker.state(CORK, on="2024-12-02", known=moment)._repr_html_() for moment in (None, known))
        assert (now.count("▲"), now.count("restriction lifted, ")) == (1, 4)  # two marks, each told in words too
        assert then.count("restriction lifted, ") == 2
        for shown in (tracker.why(CORK), tracker.policies()[0]):
            assert "Timeline of" in shown._repr_html_()


def test_an_answer_that_no_ledger_made_has_a_card_without_a_timeline() -> None:
    with tracker_of() as tracker:
        answer = tracker.state(CORK, on="2024-11-15")
        copied = pickle.loads(pickle.dumps(answer))
        assert copied == answer and hash(copied) == hash(answer)
        assert copied.history() is None and "<svg" not in copied._repr_html_()
        assert answer == tracker.state(CORK, on="2024-11-15") and "<svg" in answer._repr_html_()


def test_a_card_that_is_shown_after_the_ledger_is_closed(tmp_path: Path) -> None:
    with tracker_of(tmp_path / "t.db") as tracker:
        there = tracker.state(CORK, on="2024-11-15")
    assert "<svg" in there._repr_html_()
    with tracker_of() as tracker:
        gone = tracker.state(CORK, on="2024-11-15")
    assert "pt.cork.export: permitted" in said(gone._repr_html_())


def test_a_ledger_that_cannot_be_read_any_more_is_named_on_the_card(tmp_path: Path) -> None:
    with tracker_of(tmp_path / "t.db") as tracker:
        answer = tracker.state(CORK, on="2024-11-15")
    (tmp_path / "t.db").write_bytes(b"rubbish" * 1000)
    told = said(answer._repr_html_())
    assert "pt.cork.export: permitted" in told and "no timeline: " in told


def test_an_article_that_is_markup_is_only_text(tmp_path: Path) -> None:
    word = "</svg></div><img src=x onerror=alert(1)>"
    article = Article(id=word, text=word * 3, published_at="2024-11-12", publisher=word, title=word,
                      extra={"claims": [LIFTED]})  # fmt: skip
    with open_tracker(tmp_path / "t.db", rules=house(), clock=Clock(), extractor=Reader()) as tracker:
        tracker.ingest(article)
        shift = tracker.shifts()[0]
        for shown in (shift, tracker.why(shift.id), tracker.state(CORK, on="2024-11-13"), tracker.state(SALT)):
            assert "img" not in checked(shown._repr_html_()).tags
