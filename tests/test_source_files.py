"""Files of every kind as articles: tables, pages, feeds and web archives, packed or not; and rubbish in each."""

from __future__ import annotations

import datetime
import gzip
import io
import itertools
import json
import logging
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from warcio.statusandheaders import StatusAndHeaders
from warcio.warcwriter import WARCWriter

from policytrack import extras
from policytrack.errors import ArticleError, ConfigError
from policytrack.model import Article
from policytrack.sources import ReadOptions, read_articles
from policytrack.sources.days import printed_day
from policytrack.sources.page import decoded_page

BODY = (
    "The ministry in Lisbon lifted its ban on the export of cork on Tuesday, two officials said.",
    "The ban had stood for a year, after fires had burnt a third of the forests in the south of the country.",
    "Growers welcomed the step; an association of bottlers said that prices would come down before the summer.",
)


def read(path: Path | str, **options: Any) -> list[Article | ArticleError]:
    return list(read_articles(path, options=ReadOptions(**options)))


def only(path: Path | str, **options: Any) -> Article:
    (article,) = read(path, **options)
    assert isinstance(article, Article), article
    return article


def error(path: Path | str, **options: Any) -> ArticleError:
    (problem,) = read(path, **options)
    assert isinstance(problem, ArticleError), problem
    return problem


def write(path: Path, content: str | bytes) -> Path:
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def page(head: str = "", body: Sequence[str] = BODY, around: str = "") -> str:
    told = "".join(f"<p>{paragraph}</p>" for paragraph in body)
    menu = "<nav><a href='/'>Home</a> <a href='/sport'>Sport</a></nav>"
    return (
        f"<!DOCTYPE html><html><head><title>Cork ban lifted</title>{head}</head><body>{menu}{around}"
        f"<article><h1>Cork ban lifted</h1>{told}</article><footer>All rights reserved</footer></body></html>"
    )


PUBLISHED = '<meta property="article:published_time" content="2024-11-22T23:30:00-08:00">'


class TestCsv:
    def test_columns_are_fields_and_the_others_are_kept(self, tmp_path: Path) -> None:
        file = write(tmp_path / "a.csv", "id,published_at,text,title,desk\na1,2024-11-22,Cork may go.,Cork,trade\n")
        article = only(file)
        wanted = Article(id="a1", published_at="2024-11-22", text="Cork may go.", title="Cork", extra={"desk": "trade"})
        assert article == wanted

    def test_columns_can_be_named(self, tmp_path: Path) -> None:
        file = write(tmp_path / "a.csv", "uri,day,body\nx:1,2024-11-22,Cork may go.\n")
        article = only(file, columns={"id": "uri", "published_at": "day", "text": "body"})
        assert (article.id, article.published_at, article.text, article.extra) == (
            "x:1",
            "2024-11-22",
            "Cork may go.",
            {},
        )

    def test_one_column_may_be_two_fields(self, tmp_path: Path) -> None:
        file = write(tmp_path / "a.csv", "url,published_at,text\nhttps://a.example/1,2024,T.\n")
        article = only(file, columns={"id": "url"})
        assert article.id == article.url == "https://a.example/1"

    @pytest.mark.parametrize("delimiter", [",", ";", "\t"])
    def test_cells_are_parted_as_the_header_is(self, tmp_path: Path, delimiter: str) -> None:
        lines = [("id", "published_at", "text"), ("a1", "2024", '"One, two; ""three"""')]
        file = write(tmp_path / "a.csv", "".join(delimiter.join(line) + "\r\n" for line in lines))
        assert only(file).text == 'One, two; "three"'

    def test_a_cell_may_have_lines_and_be_long(self, tmp_path: Path) -> None:
        long = "Cork. " * 50_000
        file = write(tmp_path / "a.csv", f'id,published_at,text\na1,2024,"One.\n\nTwo. {long}"\n')
        assert only(file).text == f"One.\n\nTwo. {long}"

    def test_a_byte_order_mark_is_no_part_of_the_first_column(self, tmp_path: Path) -> None:
        assert only(write(tmp_path / "a.csv", b"\xef\xbb\xbfid,published_at,text\na1,2024,T.\n")).id == "a1"

    @pytest.mark.parametrize(
        ("content", "message", "hint"),
        [
            ("", "a.csv: is empty.", "name the columns"),
            ("\n\n", "a.csv: is empty.", "name the columns"),
            ("id,published_at,body\na,2024,T\n", "a.csv:1: has no column 'text'.", "--column text=body"),
            ("id,date,text\na,2024,T\n", "a.csv:1: has no column 'published_at'.", "--column published_at=date"),
            ("id,date,body\na,2024,T\n", "has no column 'text', 'published_at'.", "--column text=body"),
            ("a,b,c\n1,2,3\n", "a.csv:1: has no column 'id', 'text', 'published_at'.", "There are: a, b, c."),
            ("id,id,text,published_at\n", "a.csv:1: has two columns 'id'.", "Rename"),
        ],
    )
    def test_a_table_that_cannot_be_read_at_all(self, tmp_path: Path, content: str, message: str, hint: str) -> None:
        problem = error(write(tmp_path / "a.csv", content))
        assert message in str(problem)
        assert hint in problem.hint

    @pytest.mark.parametrize(
        ("row", "message"),
        [
            (b"a2,2024,One,two", "a.csv:3: has 4 cells, and the header 3 columns."),
            (b"a2,2024", "a.csv:3: has no text"),
            (b"a2,22/11/2024,T", "a.csv:3: published_at = '22/11/2024' is not a date."),
            (b'a2,2024,"One" two', "a.csv:3: is not CSV: "),
            (b"a2,2024,caf\xe9", "a.csv:3: is not UTF-8."),
            (b",2024,T", "a.csv:3: has no id"),
        ],
    )
    def test_a_bad_row_costs_only_itself(self, tmp_path: Path, row: bytes, message: str) -> None:
        content = b"id,published_at,text\na1,2024,T\n" + row + b"\na3,2024,T\n"
        first, problem, last = read(write(tmp_path / "a.csv", content))
        assert isinstance(first, Article) and isinstance(last, Article)
        assert (first.id, last.id) == ("a1", "a3")
        assert message in str(problem)

    def test_a_quotation_mark_that_is_never_closed_is_said(self, tmp_path: Path) -> None:
        file = write(tmp_path / "a.csv", 'id,published_at,text\na1,2024,T\na2,2024,"One\na3,2024,T\n')
        first, problem = read(file)
        assert isinstance(first, Article)
        assert "is not CSV" in str(problem)

    def test_a_nul_is_a_character_like_others(self, tmp_path: Path) -> None:
        assert only(write(tmp_path / "a.csv", b"id,published_at,text\na1,2024,a\0b\n")).text == "a\0b"

    def test_a_field_that_no_article_has_is_refused_with_the_nearest(self) -> None:
        with pytest.raises(ConfigError, match=r"'publishd_at'.*Did you mean 'published_at'\?"):
            ReadOptions(columns={"publishd_at": "date"})

    def test_a_date_is_given_for_rows_that_have_none(self, tmp_path: Path) -> None:
        file = write(tmp_path / "a.csv", "id,text,published_at\na1,T,\na2,T,2023\n")
        found = [each.published_at for each in read(file, published_at="2024-11") if isinstance(each, Article)]
        assert found == ["2024-11", "2023"]
        assert only(write(tmp_path / "b.csv", "id,text\na1,T\n"), published_at="2024-11").published_at == "2024-11"


def parquet(path: Path, **columns: Any) -> Path:
    pyarrow.parquet.write_table(pa.table(columns), path)
    return path


class TestParquet:
    def test_columns_are_fields_whatever_their_types(self, tmp_path: Path) -> None:
        moment = datetime.datetime(2024, 11, 23, 4, tzinfo=datetime.UTC)
        file = parquet(
            tmp_path / "a.parquet",
            id=pa.array([7, 8]),
            text=["Cork may go.", "It rained."],
            published_at=pa.array([moment, None], pa.timestamp("us", "America/New_York")),
            desk=[["trade"], None],
            score=[0.5, float("nan")],
            size=pa.array([1, 2], pa.decimal128(5, 2)),
        )
        first, second = read(file, published_at="2024")
        assert isinstance(first, Article) and isinstance(second, Article)
        assert (first.id, first.published_at) == ("7", "2024-11-22")  # as it was printed there, not in UTC
        assert first.extra == {"desk": ["trade"], "score": 0.5, "size": "1.00"}
        assert (second.published_at, second.extra) == ("2024", {"size": "2.00"})

    def test_columns_can_be_named(self, tmp_path: Path) -> None:
        day = pa.array([datetime.date(2024, 11, 22)])
        file = parquet(tmp_path / "a.parquet", key=["a1"], body=["T."], day=day)
        assert only(file, columns={"id": "key", "text": "body", "published_at": "day"}).published_at == "2024-11-22"

    def test_rows_of_the_wrong_type_are_said_one_by_one(self, tmp_path: Path) -> None:
        file = parquet(tmp_path / "a.parquet", id=["a1", "a2"], text=[1, 2], published_at=["2024", "2024"])
        assert [
            "a.parquet:1: text = 1" in str(each) or "a.parquet:2: text = 2" in str(each) for each in read(file)
        ] == [
            True,
            True,
        ]

    def test_a_column_that_is_not_there_is_said_with_the_nearest(self, tmp_path: Path) -> None:
        problem = error(parquet(tmp_path / "a.parquet", id=["a1"], txt=["T."], published_at=["2024"]))
        assert "has no column 'text'." in str(problem) and "--column text=txt" in problem.hint

    @pytest.mark.parametrize("content", [b"", b"PAR1", b"rubbish" * 100, b"PAR1" + b"\0" * 100 + b"PAR1"])
    def test_rubbish_is_no_parquet(self, tmp_path: Path, content: bytes) -> None:
        assert "a.parquet: is not Parquet: " in str(error(write(tmp_path / "a.parquet", content)))

    def test_a_damaged_page_costs_what_stands_behind_it(self, tmp_path: Path) -> None:
        file = parquet(tmp_path / "a.parquet", id=["a1"], text=["T." * 500], published_at=["2024"])
        raw = bytearray(file.read_bytes())
        raw[4:40] = b"\xff" * 36
        assert "is not Parquet: " in str(error(write(file, bytes(raw))))

    def test_without_its_library_the_remedy_is_said(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        def missing(name: str) -> Any:
            raise ImportError(name)

        monkeypatch.setattr(extras.importlib, "import_module", missing)
        with pytest.raises(ConfigError, match=r"needs pyarrow.*pip install 'policytrack\[frames\]'"):
            read(write(tmp_path / "a.parquet", b""))
        with pytest.raises(ConfigError, match=r"needs trafilatura.*pip install 'policytrack\[sources\]'"):
            read(write(tmp_path / "a.html", page()))


class TestPage:
    def test_the_text_is_the_article_and_nothing_around_it(self, tmp_path: Path) -> None:
        article = only(write(tmp_path / "cork.html", page(PUBLISHED)))
        assert article.id == "cork"
        assert all(paragraph in article.text for paragraph in BODY)
        assert "Sport" not in article.text and "rights reserved" not in article.text
        assert article.title == "Cork ban lifted"

    @pytest.mark.parametrize(
        ("head", "day"),
        [
            (PUBLISHED, "2024-11-22"),
            ('<meta itemprop="datePublished" content="2024-11-22">', "2024-11-22"),
            ('<meta name="DC.date.issued" content="2024-11-22T00:00:00Z">', "2024-11-22"),
            ('<meta name="pubdate" content="Fri, 22 Nov 2024 23:30:00 -0800">', "2024-11-22"),
            ('<script type="application/ld+json">{"@type": "NewsArticle", "datePublished": "2024-11-21"}</script>'
             + PUBLISHED, "2024-11-21"),
            ('<script type="application/ld+json">{"@graph": [{"@type": "VideoObject", "datePublished": "2020-01-01"},'
             '{"@type": ["NewsArticle", "Thing"], "datePublished": "2024-11-21T01:00+09:00"}]}</script>', "2024-11-21"),
            ('<script type="application/ld+json">{"datePublished": </script>' + PUBLISHED, "2024-11-22"),
            (f'<script type="application/ld+json">{"[" * 100_000}</script>' + PUBLISHED, "2024-11-22"),
            ('<meta name="date" content="soon">' + PUBLISHED, "2024-11-22"),
        ],
    )  # fmt: skip
    def test_the_day_is_what_the_page_says_in_its_own_zone(self, tmp_path: Path, head: str, day: str) -> None:
        assert only(write(tmp_path / "a.html", page(head))).published_at == day

    def test_a_time_element_will_do_where_the_page_is_one_article(self, tmp_path: Path) -> None:
        time = '<time datetime="2024-11-22T10:00">22 Nov</time>'
        assert only(write(tmp_path / "a.html", page(around=time))).published_at == "2024-11-22"
        teasers = f"<article>{time}<p>One.</p></article><article>{time}<p>Two.</p></article>"
        assert "does not say when it was published" in str(error(write(tmp_path / "b.html", page(around=teasers))))

    @pytest.mark.parametrize(
        "body", [(*BODY, "This was updated on 3 March 2021."), (*BODY, "See https://a.example/2021/03/03/cork.")]
    )
    def test_the_day_is_never_guessed(self, tmp_path: Path, body: Sequence[str]) -> None:
        file = write(tmp_path / "2021-03-03-cork.html", page(body=body))
        problem = error(file)
        assert "does not say when it was published" in str(problem) and "--published-at" in problem.hint
        assert only(file, published_at="2024-11-22").published_at == "2024-11-22"

    def test_what_it_says_itself_goes_before_what_is_given(self, tmp_path: Path) -> None:
        assert only(write(tmp_path / "a.html", page(PUBLISHED)), published_at="2020").published_at == "2024-11-22"

    def test_a_date_that_cannot_be_read_is_shown(self, tmp_path: Path) -> None:
        head = '<meta property="article:published_time" content="the other day">'
        assert "'the other day' cannot be read" in str(error(write(tmp_path / "a.html", page(head))))

    def test_address_site_and_change_are_kept(self, tmp_path: Path) -> None:
        head = PUBLISHED + (
            '<link rel="canonical" href="https://post.example/cork">'
            '<meta property="og:site_name" content="Harbour Post">'
            '<meta property="article:modified_time" content="2024-11-25T10:00:00Z">'
        )
        article = only(write(tmp_path / "a.html", page(head)))
        assert article.url == "https://post.example/cork"
        assert article.extra == {"site": "Harbour Post", "modified_at": "2024-11-25T10:00:00Z"}
        assert article.publisher is None, "its host says it, as it does of the site's feed"
        unknown = only(write(tmp_path / "b.html", page(PUBLISHED + '<meta property="og:site_name" content="Post">')))
        assert (unknown.publisher, unknown.url) == ("Post", None)

    def test_a_page_without_text_offers_its_feeds(self, tmp_path: Path) -> None:
        head = '<link rel="alternate" type="application/rss+xml" href="https://post.example/rss.xml">'
        problem = error(write(tmp_path / "a.html", page(head, body=())))
        assert "is a web page, not a feed" in str(problem)
        assert "It offers: https://post.example/rss.xml. Run: policytrack ingest https://post.example/rss.xml" in str(
            problem
        )

    @pytest.mark.parametrize("content", [b"", b" \n", b"<html></html>", b"\0\0\0", b"<", b"\xff\xfe", b"<!-- <!--"])
    def test_rubbish_is_an_error(self, tmp_path: Path, content: bytes) -> None:
        assert isinstance(error(write(tmp_path / "a.html", content)), ArticleError)
        assert isinstance(error(tmp_path / "a.html", published_at="2024"), ArticleError)

    def test_a_page_without_an_articles_text_is_said(self, tmp_path: Path) -> None:
        assert "without the text of an article" in str(error(write(tmp_path / "a.html", EMPTY)))

    def test_deep_nesting_ends(self, tmp_path: Path) -> None:
        raw = "<html><body>" + "<div>" * 49_000 + "".join(BODY) + "</body></html>"
        assert read(write(tmp_path / "a.html", raw), published_at="2024")

    @pytest.mark.parametrize("flood", ["<p><b>" * 200_000, " " * 11_000_000])
    def test_a_page_that_is_too_large_is_cut_and_that_is_said(
        self, tmp_path: Path, flood: str, caplog: pytest.LogCaptureFixture
    ) -> None:
        began = time.monotonic()
        with caplog.at_level(logging.WARNING):
            article = only(write(tmp_path / "a.html", page(PUBLISHED).replace("<footer>", f"{flood}<footer>")))
        assert BODY[0] in article.text
        assert time.monotonic() - began < 20 and "cut, being too large" in str(caplog.records[0].msg)


EMPTY = f"<html><head>{PUBLISHED}</head><body><script>draw()</script></body></html>"


class TestEncodings:
    TEXT = "<html><head><title>Café – “Śląsk”</title></head></html>"

    @pytest.mark.parametrize("said", ["", "iso-8859-1", "no-such-encoding", "hex", "utf-16"])
    def test_what_is_utf_8_is_read_so_whatever_is_said(self, said: str) -> None:
        assert decoded_page(self.TEXT.encode(), said) == self.TEXT
        declared = f'<meta charset="{said}">{self.TEXT}'
        assert decoded_page(declared.encode()) == declared

    def test_else_as_the_server_says_and_then_the_page(self) -> None:
        polish = "<p>Śląsk, żółć</p>"
        assert decoded_page(polish.encode("iso-8859-2"), "iso-8859-2") == polish
        declared = f'<meta http-equiv="Content-Type" content="text/html; charset=ISO-8859-2">{polish}'
        assert decoded_page(declared.encode("iso-8859-2")) == declared
        assert decoded_page(declared.encode("iso-8859-2"), "utf-8") == declared

    def test_latin_1_is_what_browsers_take_it_for(self) -> None:
        assert decoded_page("<p>“Café” – €</p>".encode("cp1252"), "iso-8859-1") == "<p>“Café” – €</p>"

    def test_a_cut_in_half_a_character_costs_that_character(self) -> None:
        assert decoded_page("<p>é".encode()[:-1]) == "<p>"

    @given(st.binary(max_size=200), st.text(max_size=12))
    def test_any_bytes_are_some_text(self, raw: bytes, said: str) -> None:
        assert isinstance(decoded_page(raw, said), str)


def rss(*items: str, before: str = "", title: str = "Wire") -> str:
    return (
        f'<?xml version="1.0"?>{before}<rss version="2.0" xmlns:content="http://purl.org/rss/1.0/modules/content/">'
        f"<channel><title>{title}</title>{''.join(items)}</channel></rss>"
    )


def item(
    name: str = "1", date: str = "Fri, 22 Nov 2024 23:30:00 -0800", text: str = "Cork may go.", more: str = ""
) -> str:
    return (
        f"<item><title>Cork</title><link>https://a.example/{name}</link><guid>https://a.example/{name}</guid>"
        f"<pubDate>{date}</pubDate><description>{text}</description>{more}</item>"
    )


ATOM = """<feed xmlns="http://www.w3.org/2005/Atom"><title>Wire</title><entry><id>tag:a.example,2024:1</id>
<link href="https://a.example/1"/><title>Cork</title><updated>2024-11-25T10:00:00Z</updated>{published}
<content type="html">&lt;p&gt;Cork may &lt;b&gt;go&lt;/b&gt;.&lt;/p&gt;&lt;p&gt;From Tuesday.&lt;/p&gt;</content>
</entry></feed>"""


class TestFeed:
    def test_an_entry_is_an_article(self, tmp_path: Path) -> None:
        article = only(write(tmp_path / "a.rss", rss(item())))
        assert article == Article(
            id="https://a.example/1",
            url="https://a.example/1",
            title="Cork",
            text="Cork may go.",
            published_at="2024-11-22",
        )

    @pytest.mark.parametrize("ending", [".xml", ".rss", ".atom", "", ".feed"])
    def test_whatever_its_file_is_called(self, tmp_path: Path, ending: str) -> None:
        assert only(write(tmp_path / f"a{ending}", ATOM.format(published=""))).text == "Cork may go.\nFrom Tuesday."

    def test_published_goes_before_updated_which_is_kept(self, tmp_path: Path) -> None:
        file = write(tmp_path / "a.atom", ATOM.format(published="<published>2024-11-22T23:00-05:00</published>"))
        article = only(file)
        assert (article.published_at, article.extra) == ("2024-11-22", {"modified_at": "2024-11-25T10:00:00Z"})
        assert only(write(file, ATOM.format(published=""))).published_at == "2024-11-25"

    def test_the_longest_form_of_the_text_counts(self, tmp_path: Path) -> None:
        full = "<content:encoded><![CDATA[<p>Cork may go.</p><p>The ban had stood for a year.</p>]]></content:encoded>"
        file = write(tmp_path / "a.rss", rss(item(text="Cork may go...", more=full)))
        assert only(file).text == "Cork may go.\nThe ban had stood for a year."

    def test_an_id_that_others_may_have_too_is_not_taken(self, tmp_path: Path) -> None:
        plain = "<item><guid>17</guid>{}<pubDate>2024-11-22</pubDate><description>T.</description></item>"
        file = write(tmp_path / "a.rss", rss(plain.format("<link>https://a.example/x</link>"), plain.format("")))
        assert [each.id for each in read(file) if isinstance(each, Article)] == ["https://a.example/x", "feed/17"]

    def test_a_bad_entry_costs_only_itself(self, tmp_path: Path) -> None:
        items = (item("1"), item("2", date=""), item("3", date="soon"), item("4", text=""),
                 "<item><pubDate>2024-11-22</pubDate><description>T.</description></item>", item("6"))  # fmt: skip
        first, *problems, last = read(write(tmp_path / "a.rss", rss(*items)))
        assert isinstance(first, Article) and isinstance(last, Article)
        wanted = ("entry 2: has no date", "entry 3: has a date that cannot be read: 'soon'", "entry 4: carries no text",
                  "entry 5: has no id and no link")  # fmt: skip
        assert [message in str(problem) for message, problem in zip(wanted, problems, strict=True)] == [True] * 4

    def test_a_feed_without_entries_is_no_error(self, tmp_path: Path) -> None:
        assert read(write(tmp_path / "a.rss", rss())) == []

    @pytest.mark.parametrize("content", [b"", b"rubbish", b"<urlset></urlset>", b"<rss", b"<rss></rs", b"<?xml", b"\0"])
    def test_what_is_no_feed_is_said(self, tmp_path: Path, content: bytes) -> None:
        problem = error(write(tmp_path / "a.rss", content))
        assert "a.rss" in str(problem) and problem.hint

    def test_a_feed_that_breaks_off_is_read_as_far_as_it_goes(self, tmp_path: Path) -> None:
        whole = rss(item("1"), item("2"), item("3"))
        found = read(write(tmp_path / "a.rss", whole[: whole.index("https://a.example/3") + 9]))
        assert [each.id for each in found if isinstance(each, Article)][:2] == [
            "https://a.example/1",
            "https://a.example/2",
        ]

    @pytest.mark.parametrize("flood", ["<x>" * 300_000, "<item " + "".join(f"a{n}='1' " for n in range(50_000)) + "/>"])
    def test_a_flood_of_tags_is_cut_and_that_is_said(
        self, tmp_path: Path, flood: str, caplog: pytest.LogCaptureFixture
    ) -> None:
        began = time.monotonic()
        with caplog.at_level(logging.WARNING):
            found = read(write(tmp_path / "a.rss", rss(item("1"), flood, item("2"))))
        assert [each.id for each in found if isinstance(each, Article)] == ["https://a.example/1"]
        assert time.monotonic() - began < 20 and "cut, being too large" in str(caplog.records[0].msg)

    def test_entities_neither_swell_nor_lead_out(self, tmp_path: Path) -> None:
        secret = write(tmp_path / "secret", "the secret")
        names = "abcdefghi"
        swell = "".join(f'<!ENTITY {b} "{f"&{a};" * 10}">' for a, b in itertools.pairwise(names))
        bomb = f'<!DOCTYPE rss [<!ENTITY a "lol">{swell}<!ENTITY x SYSTEM "{secret.as_uri()}">]>'
        found = read(write(tmp_path / "a.rss", rss(item(text="&i;"), item("2", text="&x;"), before=bomb)))
        told = "".join(str(each) for each in found)
        assert len(told) < 10_000 and "the secret" not in told


def warc(path: Path, *records: tuple[str, str, bytes, str], packed: bool = True) -> Path:
    with path.open("wb") as stream:
        writer = WARCWriter(stream, gzip=packed)
        writer.write_record(writer.create_warcinfo_record("a.warc", {"software": "tests"}))
        for address, kind, body, status in records:
            headers = StatusAndHeaders(status, [("Content-Type", kind), ("Content-Length", str(len(body)))], "HTTP/1.1")
            writer.write_record(
                writer.create_warc_record(address, "response", payload=io.BytesIO(body), http_headers=headers)
            )
    return path


CORK = ("https://a.example/cork", "text/html; charset=utf-8", page(PUBLISHED).encode(), "200 OK")


class TestWarc:
    @pytest.mark.parametrize("packed", [True, False])
    def test_each_html_response_is_an_article_and_the_others_are_counted(
        self, tmp_path: Path, packed: bool, caplog: pytest.LogCaptureFixture
    ) -> None:
        others = (
            ("https://a.example/x.png", "image/png", b"\x89PNG", "200 OK"),
            ("https://a.example/gone", "text/html", b"<p>Gone</p>", "404 Not Found"),
        )
        with caplog.at_level(logging.WARNING):
            article = only(warc(tmp_path / f"a.warc{'.gz' * packed}", CORK, *others, packed=packed))
        assert (article.id, article.published_at) == ("https://a.example/cork", "2024-11-22")
        assert BODY[0] in article.text
        (told,) = [record.msg for record in caplog.records]
        assert isinstance(told, dict)
        assert {key: told[key] for key in ("responses_not_html", "answers_other_than_200", "warcinfo")} == {
            "responses_not_html": 1,
            "answers_other_than_200": 1,
            "warcinfo": 1,
        }

    def test_a_page_that_cannot_be_read_costs_only_itself(self, tmp_path: Path) -> None:
        undated = ("https://a.example/undated", "text/html", page().encode(), "200 OK")
        problem, article = read(warc(tmp_path / "a.warc", undated, CORK, packed=False))
        assert isinstance(article, Article)
        assert "a.warc, https://a.example/undated: is a web page that does not say when" in str(problem)

    @pytest.mark.parametrize("packed", [True, False])
    @pytest.mark.parametrize("kept", [0.55, 0.8, 0.95])
    def test_a_file_that_is_cut_short_says_so(self, tmp_path: Path, packed: bool, kept: float) -> None:
        file = warc(tmp_path / "a.warc", CORK, (CORK[0] + "2", *CORK[1:]), packed=packed)
        raw = file.read_bytes()
        found = read(write(file, raw[: int(len(raw) * kept)]))
        assert isinstance(found[-1], ArticleError), found

    def test_a_file_that_breaks_off_in_an_image_says_so(self, tmp_path: Path) -> None:
        file = warc(
            tmp_path / "a.warc", CORK, ("https://a.example/x.png", "image/png", b"p" * 999, "200 OK"), packed=False
        )
        article, problem = read(write(file, file.read_bytes()[:-500]))
        assert isinstance(article, Article)
        assert "breaks off in record 3" in str(problem)

    @pytest.mark.parametrize("content", [b"", b"rubbish\n" * 9, b"\x1f\x8b\x08rubbish", b"WARC/1.0", b"\0" * 99])
    def test_rubbish_is_no_warc(self, tmp_path: Path, content: bytes) -> None:
        assert "a.warc: " in str(error(write(tmp_path / "a.warc", content)))


class TestPacked:
    def test_packed_files_are_read_by_the_ending_before(self, tmp_path: Path) -> None:
        line = json.dumps({"id": "a1", "published_at": "2024", "text": "T."}).encode()
        contents = {
            "a.jsonl.gz": line,
            "b.csv.gz": b"id,published_at,text\na2,2024,T.\n",
            "c.html.gz": page(PUBLISHED).encode(),
            "d.txt.gz": b"22-11-2024 (LISBON) T.",
            "e.rss.gz": rss(item()).encode(),
        }
        for name, content in contents.items():
            write(tmp_path / name, gzip.compress(content))
        found = [each.id for each in read(tmp_path) if isinstance(each, Article)]
        assert found == ["a1", "a2", "c", "d", "https://a.example/1"]

    def test_what_breaks_off_is_read_as_far_as_it_goes(self, tmp_path: Path) -> None:
        lines = b"".join(
            json.dumps({"id": f"a{n}", "published_at": "2024", "text": f"T{n}."}).encode() + b"\n" for n in range(9999)
        )
        raw = gzip.compress(lines)
        *articles, problem = read(write(tmp_path / "a.jsonl.gz", raw[:-2000]))
        assert len(articles) > 1000 and isinstance(articles[0], Article)
        assert "cannot be unpacked" in str(problem)

    @pytest.mark.parametrize("content", [b"", b"rubbish", b"\x1f\x8b\x08\0\0\0\0\0\0\xff" + b"\xff" * 50])
    def test_rubbish_is_said(self, tmp_path: Path, content: bytes) -> None:
        found = read(write(tmp_path / "a.jsonl.gz", content))
        assert all("cannot be unpacked" in str(each) for each in found)
        assert bool(content) == bool(found)

    @pytest.mark.parametrize("name", ["a.jsonl.gz", "a.txt.gz", "a.html.gz", "a.rss.gz"])
    def test_a_bomb_is_refused_before_it_fills_the_memory(self, tmp_path: Path, name: str) -> None:
        with gzip.open(tmp_path / name, "wb", 1) as stream:
            for _ in range(60):
                stream.write(b" " * 1_000_000)
        assert "more than 50 MB" in str(error(tmp_path / name))


@pytest.mark.parametrize("ending", [".csv", ".parquet", ".html", ".xml", ".warc", ".jsonl.gz", ".csv.gz", ".warc.gz"])
@settings(max_examples=15)
@given(content=st.binary(max_size=300))
def test_rubbish_of_any_kind_is_an_error_and_never_an_exception(
    tmp_path_factory: pytest.TempPathFactory, ending: str, content: bytes
) -> None:
    file = write(tmp_path_factory.mktemp("rubbish") / f"a{ending}", content)
    assert all(isinstance(each, ArticleError) for each in read(file))


@pytest.mark.parametrize(
    ("written", "day"),
    [
        ("2024-11-22", "2024-11-22"),
        ("2024-11-22T23:30:00-08:00", "2024-11-22"),
        ("20241122T233000", "2024-11-22"),
        ("Fri, 22 Nov 2024 23:30:00 -0800", "2024-11-22"),
        ("22 November 2024", "2024-11-22"),
        ("November 22, 2024", "2024-11-22"),
        ("2024-02-30", None),
        ("1732233600", None),
        ("", None),
        ("soon", None),
        (",", None),
    ],
)
def test_the_day_is_read_in_the_forms_of_the_web(written: str, day: str | None) -> None:
    assert printed_day(written) == day


@given(st.text())
def test_any_text_is_a_day_or_none(written: str) -> None:
    assert printed_day(written) is None or len(str(printed_day(written))) == 10
