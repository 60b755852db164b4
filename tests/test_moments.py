"""`on` is a day, `known` a moment: what is neither is refused with what to write instead."""

from __future__ import annotations

import datetime
from typing import Any

import pytest

from policytrack.errors import ConfigError
from policytrack.moments import as_day, as_known, shown

UTC = datetime.UTC
HOUR_AHEAD = datetime.timezone(datetime.timedelta(hours=1))


@pytest.mark.parametrize(
    ("given", "day"),
    [
        ("2024-11-18", "2024-11-18"),
        (" 2024-11 ", "2024-11"),
        ("2024", "2024"),
        (datetime.date(2024, 11, 18), "2024-11-18"),
    ],
)
def test_a_day_keeps_its_precision(given: str | datetime.date, day: str) -> None:
    assert as_day(given, "on") == day


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ("11/12/2024", "on 11/12/2024 can be 11 December or 12 November. Write 2024-12-11 or 2024-11-12."),
        ("11-12-2024", "on 11-12-2024 can be 11 December or 12 November. Write 2024-12-11 or 2024-11-12."),
        ("22/11/2024", "on 22/11/2024 cannot be read. Write 2024-11-22."),
        ("11/22/2024", "on 11/22/2024 cannot be read. Write 2024-11-22."),
        ("5.5.2024", "on 5.5.2024 cannot be read. Write 2024-05-05."),
        ("40/40/2024", "on '40/40/2024' is not a date. Write YYYY-MM-DD, YYYY-MM or YYYY."),
        ("2024-02-30", "on '2024-02-30' is not a date. Write YYYY-MM-DD, YYYY-MM or YYYY."),
        ("2024-11-18T12:00", "on 2024-11-18T12:00 is a moment; on takes a date. Write 2024-11-18."),
        ("", "on '' is not a date."),
        ("yesterday", "on 'yesterday' is not a date."),
        ("٢٠٢٤", "is not a date."),
        (20241118, "on 20241118 is not a date. Write YYYY-MM-DD."),
    ],
)
def test_what_is_no_day_is_refused_with_what_to_write(given: Any, message: str) -> None:
    with pytest.raises(ConfigError) as error:
        as_day(given, "on")
    assert message in str(error.value)


def test_a_moment_is_no_day_though_python_takes_it_for_one() -> None:
    moment = datetime.datetime(2024, 11, 18, 12, tzinfo=UTC)
    assert isinstance(moment, datetime.date)
    with pytest.raises(ConfigError, match=r"on takes a date: write '2024-11-18'\. Moments belong to known"):
        as_day(moment, "on")


@pytest.mark.parametrize(
    ("given", "moment"),
    [
        ("2024-11-17T12:00Z", datetime.datetime(2024, 11, 17, 12, tzinfo=UTC)),
        ("2024-11-17 12:00:01.5+01:00", datetime.datetime(2024, 11, 17, 11, 0, 1, 500_000, tzinfo=UTC)),
        (datetime.datetime(2024, 11, 17, 12, tzinfo=HOUR_AHEAD), datetime.datetime(2024, 11, 17, 11, tzinfo=UTC)),
        ("2024-11-17", datetime.datetime(2024, 11, 17, 23, 59, 59, 999_999, tzinfo=UTC)),
        (datetime.date(2024, 11, 17), datetime.datetime(2024, 11, 17, 23, 59, 59, 999_999, tzinfo=UTC)),
        ("2024-02", datetime.datetime(2024, 2, 29, 23, 59, 59, 999_999, tzinfo=UTC)),
    ],
)
def test_known_is_a_moment_in_utc_and_a_date_means_its_end(
    given: str | datetime.date, moment: datetime.datetime
) -> None:
    assert as_known(given) == moment
    assert as_known(given).tzinfo is UTC


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ("2024-11-17T12:00", "known 2024-11-17T12:00 has no time zone. Write 2024-11-17T12:00Z"),
        (datetime.datetime(2024, 11, 17), "has no time zone"),  # noqa: DTZ001 the mistake that is refused
        ("11/12/2024", "known 11/12/2024 can be 11 December or 12 November."),
        ("2024-11-17T25:00Z", "known 2024-11-17T25:00Z cannot be read."),
        ("0001-01-01T00:00+05:00", "lies outside the calendar"),
        ("now", "known 'now' is not a date."),
        (1731844800, "known 1731844800 is not a moment."),
    ],
)
def test_what_is_no_moment_is_refused_with_what_to_write(given: Any, message: str) -> None:
    with pytest.raises(ConfigError) as error:
        as_known(given)
    assert message in str(error.value)


def test_moments_are_shown_to_the_minute_unless_they_are_finer() -> None:
    assert shown(datetime.datetime(2024, 11, 12, 9, 40, tzinfo=UTC)) == "2024-11-12 09:40Z"
    assert shown(datetime.datetime(2024, 11, 12, 9, 40, 1, 5, tzinfo=UTC)) == "2024-11-12 09:40:01.000005Z"
