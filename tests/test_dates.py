"""Partial dates and the dates that news names in words."""

from __future__ import annotations

import datetime
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from policytrack import dates

PUBLISHED = "2024-11-22"  # a Friday
CASES = yaml.safe_load((Path(__file__).parent / "cases" / "dates.yaml").read_text(encoding="utf-8"))
SIDES = {"ahead": True, "back": False, None: None}


@pytest.mark.parametrize("case", CASES, ids=[case["text"] for case in CASES])
def test_a_case_names_its_dates(case: dict[str, Any]) -> None:
    side = SIDES[case.get("side")]
    found = dates.mentions(case["text"], case.get("published", PUBLISHED), lambda _at: side)
    assert [mention.date for mention in found] == case["dates"]


@pytest.mark.parametrize(
    ("text", "start", "end"),
    [
        ("paused for 90 days", "2025-04-09", "2025-07-08"),
        ("paused for another two weeks", "2025-04-09", "2025-04-23"),
        ("a six-month pause", "2025-04-09", "2025-10-09"),
        ("a six-month pause", "2025-04", "2025-10"),
        ("closed for one month", "2025-01-31", "2025-02"),
        ("closed for a year", "2024", "2025"),
        ("closed for two years", "2024-02-29", "2026"),
    ],
)
def test_a_duration_ends_as_precisely_as_its_start_is_known(text: str, start: str, end: str) -> None:
    (lasting,) = dates.durations(text)
    assert dates.after(start, lasting) == end


@pytest.mark.parametrize(
    ("text", "start"), [("for 90 days", "2025-04"), ("for six months", "2025"), ("for 90 days", "9999-12-31")]
)
def test_a_duration_without_a_start_to_count_from_has_no_end(text: str, start: str) -> None:
    (lasting,) = dates.durations(text)
    assert dates.after(start, lasting) is None


@pytest.mark.parametrize("text", ["for the first time", "a 12-year-old boy", "for sale", "90 days ago"])
def test_what_is_no_duration(text: str) -> None:
    assert dates.durations(text) == []


@pytest.mark.parametrize(
    ("text", "date"),
    [
        ("in a November 12 conversation", "2024-11-12"),
        ("on 12 November", "2024-11-12"),
        ("on Nov. 5, 2023", "2023-11-05"),
        ("on the 3rd of October 2022", "2022-10-03"),
        ("in May 2022", "2022-05"),
        ("since October", "2024-10"),
        ("in 2022", "2022"),
        ("on Tuesday", "2024-11-19"),
        ("on Friday", "2024-11-22"),
        ("last Friday", "2024-11-15"),
        ("next Monday", "2024-11-25"),
        ("yesterday", "2024-11-21"),
        ("tomorrow", "2024-11-23"),
        ("last month", "2024-10"),
        ("earlier this year", "2024"),
        ("three days ago", "2024-11-19"),
        ("two months ago", "2024-09"),
        ("by January 20", "2025-01-20"),
        ("dated 2024-06-21", "2024-06-21"),
    ],
)
def test_a_phrase_is_resolved_against_the_publication(text: str, date: str) -> None:
    found = dates.mentions(text, PUBLISHED)
    assert [(m.date, m.precision) for m in found] == [(date, dates.precision(date))]


@pytest.mark.parametrize(
    "text",
    ["Kyiv may march on", "MAY lift the ban", "the May government", "15-20 per cent", "he sat down", "31 February"],
)
def test_what_is_no_date_is_not_read_as_one(text: str) -> None:
    assert dates.mentions(text, PUBLISHED) == []


def test_a_date_that_lies_ahead() -> None:
    assert [m.date for m in dates.mentions("from Monday", PUBLISHED, lambda _at: True)] == ["2024-11-25"]


@pytest.mark.parametrize("published", ["2024-11", "2024"])
def test_a_weekday_needs_the_day_of_publication(published: str) -> None:
    assert dates.mentions("on Tuesday", published) == []


def test_mentions_stand_where_they_say() -> None:
    text = "Told on Tuesday, it holds until March 3, 2025."
    assert [text[m.start : m.end] for m in dates.mentions(text, PUBLISHED)] == ["Tuesday", "March 3, 2025"]


@given(st.dates(min_value=datetime.date(1000, 1, 1), max_value=datetime.date(9998, 12, 31)))
def test_a_partial_date_covers_its_days(day: datetime.date) -> None:
    for partial in (day.isoformat(), day.isoformat()[:7], day.isoformat()[:4]):
        assert dates.first_day(partial) <= day <= dates.last_day(partial)
        assert not dates.is_before(partial, day.isoformat())


def test_before_means_before_all_its_days() -> None:
    assert dates.is_before("2022", "2023-05")
    assert not dates.is_before("2023", "2023-05")
    assert dates.days_between("2024-11-12", "2024-11-22") == 10


@pytest.mark.parametrize(
    ("partial", "last"),
    [
        ("9999-12", (9999, 12, 31)),
        ("9999", (9999, 12, 31)),
        ("0001-01", (1, 1, 31)),
        ("2024-02", (2024, 2, 29)),
        ("2023-02", (2023, 2, 28)),
        ("2023-12", (2023, 12, 31)),
    ],
)
def test_the_last_day_of_a_month_and_of_the_calendar(partial: str, last: tuple[int, int, int]) -> None:
    assert dates.last_day(partial) == datetime.date(*last)


@pytest.mark.parametrize(
    ("text", "published"),
    [
        ("tomorrow", "9999-12-31"),
        ("next month", "9999-12"),
        ("next year", "9999"),
        ("next Monday", "9999-12-31"),
        ("two days ago", "0001-01-01"),
        ("three months ago", "0001-01"),
        ("last year", "0001"),
    ],
)
def test_what_lies_outside_the_calendar_is_no_date(text: str, published: str) -> None:
    assert dates.mentions(text, published) == []


def test_a_year_has_four_figures() -> None:
    assert [m.date for m in dates.mentions("999 years ago", "1500-01-01")] == ["0501"]


@given(st.text(max_size=200), st.sampled_from([PUBLISHED, "2024-11", "2024", "9999-12-31", "0001-01-01"]))
def test_any_text_gives_dates_that_lie_in_it(text: str, published: str) -> None:
    for mention in dates.mentions(text, published):
        assert 0 <= mention.start < mention.end <= len(text)
        assert dates.precision(mention.date) == mention.precision
