"""Reading articles: the seed layout, JSONL, folders, standard input; what is wrong is said with its place."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from policytrack.errors import ArticleError
from policytrack.model import Article
from policytrack.sources import read_articles, together

NOTE = "22-11-2024 (LISBON) The ministry lifted the ban on cork exports.\nIt had stood for a year.\n"


def only(found: Iterator[Article | ArticleError]) -> Article:
    (article,) = found
    assert isinstance(article, Article), article
    return article


def error(found: Iterator[Article | ArticleError]) -> ArticleError:
    (problem,) = found
    assert isinstance(problem, ArticleError), problem
    return problem


def write(path: Path, content: str | bytes) -> Path:
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def jsonl(*records: object) -> str:
    return "".join(json.dumps(record) + "\n" for record in records)


RECORD = {"id": "a1", "text": "Cork may be exported.", "published_at": "2024-11-22"}


class TestTextFile:
    def test_the_text_is_the_file_whole_with_its_dateline(self, tmp_path: Path) -> None:
        article = only(read_articles(write(tmp_path / "cork-1.txt", NOTE)))
        assert article == Article(id="cork-1", text=NOTE, published_at="2024-11-22")

    def test_line_ends_stay_because_offsets_count_them(self, tmp_path: Path) -> None:
        text = NOTE.replace("\n", "\r\n")
        assert only(read_articles(write(tmp_path / "a.txt", text))).text == text

    def test_a_byte_order_mark_is_no_part_of_the_text(self, tmp_path: Path) -> None:
        assert only(read_articles(write(tmp_path / "a.txt", b"\xef\xbb\xbf" + NOTE.encode()))).text == NOTE

    @pytest.mark.parametrize(
        ("dateline", "date"),
        [("1-2-2024", "2024-02-01"), ("11-2024", "2024-11"), ("2024", "2024"), ("29-02-2024", "2024-02-29")],
    )
    def test_dates_of_day_month_and_year_precision(self, tmp_path: Path, dateline: str, date: str) -> None:
        article = only(read_articles(write(tmp_path / "a.txt", f"{dateline} (OSLO) Text.")))
        assert article.published_at == date

    @pytest.mark.parametrize(
        ("content", "message", "hint"),
        [
            ("", "a.txt: is empty.", "DD-MM-YYYY (PLACE)"),
            (" \n\t\n", "a.txt: is empty.", "DD-MM-YYYY (PLACE)"),
            ("22-11-2024 (OSLO) \n", "a.txt:1: is empty after its dateline.", "text of the article"),
            ("The ministry spoke on 22-11-2024 (OSLO).", "a.txt:1: has no date.", "DD-MM-YYYY (PLACE)"),
            ("31-02-2024 (OSLO) Text.", "a.txt:1: there is no date '31-02-2024'.", "DD-MM-YYYY (PLACE)"),
            ("22-13-2024 (OSLO) Text.", "a.txt:1: there is no date '22-13-2024'.", "DD-MM-YYYY (PLACE)"),
            ("2024-11-22 (OSLO) Text.", "a.txt:1: the date '2024-11-22' cannot be read here.", "DD-MM-YYYY"),
            ("22/11/2024 (OSLO) Text.", "a.txt:1: the date '22/11/2024' cannot be read here.", "DD-MM-YYYY"),
            ("22-11-2024 Text without a place.", "a.txt:1: the date '22-11-2024' cannot be read here.", "(PLACE)"),
            (b"22-11-2024 (OSLO) Caf\xe9 \n", "a.txt:1: is not UTF-8: byte 0xe9 at 21.", "iconv"),
            (b"22-11-2024 (OSLO) One\ntwo \xff", "a.txt:2: is not UTF-8: byte 0xff at 26.", "iconv"),
        ],
    )
    def test_what_is_wrong_is_said_with_its_place_and_remedy(
        self, tmp_path: Path, content: str | bytes, message: str, hint: str
    ) -> None:
        problem = error(read_articles(write(tmp_path / "a.txt", content)))
        assert message in str(problem)
        assert hint in problem.hint

    @given(st.text(st.characters(codec="utf-8"), min_size=1).filter(str.strip))
    def test_any_text_comes_through_code_point_by_code_point(self, body: str) -> None:
        text = f"22-11-2024 (OSLO) {body}"
        assert only(read_articles("-", stdin=io.BytesIO(text.encode()))).text == text


class TestJsonl:
    def test_known_keys_are_fields_and_unknown_ones_are_kept(self, tmp_path: Path) -> None:
        record = {**RECORD, "title": "Cork", "publisher": "Cork Daily", "url": None, "byline": "A. N.", "words": 4}
        article = only(read_articles(write(tmp_path / "a.jsonl", jsonl(record))))
        assert article.title == "Cork"
        assert article.publisher == "Cork Daily"
        assert article.url is None
        assert article.extra == {"byline": "A. N.", "words": 4}

    def test_an_article_reads_back_as_it_was_written(self, tmp_path: Path) -> None:
        article = Article(id="x", text="T\u202e\U0001f600\n", published_at="2024-11", language="en", extra={"k": [1]})
        assert only(read_articles(write(tmp_path / "a.jsonl", article.model_dump_json()))) == article

    @pytest.mark.parametrize(
        ("printed", "date"),
        [
            ("2024-11-22T23:30:00-08:00", "2024-11-22"),
            ("2024-11-22 18:02", "2024-11-22"),
            ("2024-11", "2024-11"),
            ("2024", "2024"),
        ],
    )
    def test_the_date_is_taken_as_printed(self, tmp_path: Path, printed: str, date: str) -> None:
        file = write(tmp_path / "a.jsonl", jsonl({**RECORD, "published_at": printed}))
        assert only(read_articles(file)).published_at == date

    def test_a_number_as_id_is_its_digits(self, tmp_path: Path) -> None:
        assert only(read_articles(write(tmp_path / "a.jsonl", jsonl({**RECORD, "id": 7})))).id == "7"

    @pytest.mark.parametrize(
        ("line", "message"),
        [
            ('{"id": "a1" "x"}', "a.jsonl:2:13: is not JSON"),
            ("not json", "a.jsonl:2:1: is not JSON"),
            ("[1, 2]", "a.jsonl:2: is a list, not an object."),
            ("null", "a.jsonl:2: is null, not an object."),
            ('{"id": NaN}', "a.jsonl:2: is not JSON: NaN is not a JSON number."),
            ("[" * 100_000, "a.jsonl:2: is nested too deeply"),
            (json.dumps({"text": "T", "published_at": "2024"}), "a.jsonl:2: has no id."),
            (json.dumps({"id": "a", "published_at": "2024"}), "a.jsonl:2: has no text."),
            (json.dumps({**RECORD, "text": " \n"}), "a.jsonl:2: is empty: its text is blank."),
            (json.dumps({**RECORD, "published_at": None}), "a.jsonl:2: has no date: published_at is empty."),
            (json.dumps({"id": "a", "text": "T"}), "a.jsonl:2: has no date: published_at is missing."),
            (json.dumps({"id": "a", "text": "T", "published": "2024"}), "Is 'published' meant?"),
            (json.dumps({**RECORD, "published_at": "22/11/2024"}), "published_at = '22/11/2024' is not a date."),
            (json.dumps({**RECORD, "published_at": "2024-02-30"}), "published_at = '2024-02-30' is not a date."),
            (json.dumps({**RECORD, "published_at": 1732233600}), "published_at = 1732233600 is not a date."),
            (json.dumps({**RECORD, "text": ["T"]}), "a.jsonl:2: text = ['T']: "),
            (json.dumps({**RECORD, "title": 5}), "a.jsonl:2: title = 5: "),
            ('{"id": "a", "published_at": "2024", "text": "half \\ud83d"}', "half of a surrogate pair"),
            ('{"id": "a", "published_at": "2024", "text": "t", "by": "\\udc00"}', "half of a surrogate pair"),
        ],
    )
    def test_a_bad_line_is_said_with_its_number_and_the_others_are_read(
        self, tmp_path: Path, line: str, message: str
    ) -> None:
        file = write(tmp_path / "a.jsonl", jsonl(RECORD) + line + "\n" + jsonl({**RECORD, "id": "a3"}))
        first, problem, last = read_articles(file)
        assert isinstance(first, Article) and isinstance(last, Article)
        assert (first.id, last.id) == ("a1", "a3")
        assert isinstance(problem, ArticleError)
        assert message in str(problem)
        assert problem.location.line == 2

    def test_a_line_that_is_not_utf8_costs_only_itself(self, tmp_path: Path) -> None:
        content = jsonl(RECORD).encode() + b'{"id": "caf\xe9"}\n' + jsonl({**RECORD, "id": "a3"}).encode()
        found = list(read_articles(write(tmp_path / "a.jsonl", content)))
        assert [type(one) for one in found] == [Article, ArticleError, Article]
        assert "a.jsonl:2: is not UTF-8: byte 0xe9" in str(found[1])

    def test_lines_are_read_one_by_one(self) -> None:
        def lines() -> Iterator[bytes]:
            yield jsonl(RECORD).encode()
            raise AssertionError("the second line was read before the first was given out")

        class Stream(io.BytesIO):
            def __iter__(self) -> Iterator[bytes]:
                return lines()

        assert isinstance(next(read_articles("-", stdin=Stream(jsonl(RECORD, RECORD).encode()))), Article)


class TestWhere:
    def test_a_folder_is_read_by_name_with_its_sub_folders(self, tmp_path: Path) -> None:
        (tmp_path / "b").mkdir()
        write(tmp_path / "b" / "two.txt", NOTE)
        write(tmp_path / "c.jsonl", jsonl({**RECORD, "id": "three"}))
        write(tmp_path / "a.TXT", NOTE)
        write(tmp_path / ".hidden.txt", NOTE)
        write(tmp_path / "README.md", "not an article")
        found = [only(iter([one])).id for one in read_articles(tmp_path)]
        assert found == ["a", "two", "three"]

    def test_a_folder_without_articles_says_so(self, tmp_path: Path) -> None:
        write(tmp_path / "README.md", "not an article")
        problem = error(read_articles(tmp_path))
        assert "holds no file that is read." in str(problem) and ".jsonl" in problem.hint

    def test_one_bad_file_of_a_folder_costs_only_itself(self, tmp_path: Path) -> None:
        write(tmp_path / "a.txt", b"\xff\xfe")
        write(tmp_path / "b.txt", NOTE)
        found = list(read_articles(tmp_path))
        assert [type(one) for one in found] == [ArticleError, Article]

    def test_what_is_not_there_is_said(self, tmp_path: Path) -> None:
        assert "nowhere.txt: there is no such file or folder." in str(error(read_articles(tmp_path / "nowhere.txt")))
        assert "bad\\x00name.txt: there is no such file" in str(error(read_articles("bad\0name.txt")))

    @pytest.mark.parametrize("lead", ["", "\n  ", "\ufeff"])
    def test_standard_input_is_told_by_its_first_character(self, lead: str) -> None:
        line = only(read_articles("-", stdin=io.BytesIO((lead + jsonl(RECORD)).encode())))
        assert line.id == "a1"
        text = only(read_articles("-", stdin=io.BytesIO((lead + NOTE).encode())))
        assert text.published_at == "2024-11-22"

    def test_two_texts_from_standard_input_are_two_articles(self) -> None:
        ids = {only(read_articles("-", stdin=io.BytesIO((NOTE + more).encode()))).id for more in ("", "More.")}
        assert len(ids) == 2

    def test_nothing_on_standard_input_is_an_empty_article(self) -> None:
        assert str(error(read_articles("-", stdin=io.BytesIO(b"")))).startswith("-: is empty.")

    def test_a_file_whose_ending_says_nothing_is_told_by_its_first_character(self, tmp_path: Path) -> None:
        assert only(read_articles(write(tmp_path / "feed", jsonl(RECORD)))).id == "a1"
        assert only(read_articles(write(tmp_path / "note.md", NOTE))).id == "note"

    def test_a_file_name_of_any_bytes_can_be_printed(self, tmp_path: Path) -> None:
        file = write(tmp_path / "caf\udce9.txt", NOTE)
        str(error(read_articles(file))).encode("utf-8")


def test_many_errors_are_shown_together() -> None:
    problems = [one for one in read_articles("-", stdin=io.BytesIO(b"{\n[]\n")) if isinstance(one, ArticleError)]
    assert str(together(problems[:1])) == str(problems[0])
    both = str(together(problems))
    assert all(str(problem) in both for problem in problems)
    assert "2 articles cannot be read" in both
