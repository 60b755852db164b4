"""When alerts are sent: the times that `send`, `wait` and quiet hours come to, also in the nights of the clock."""

from __future__ import annotations

import datetime
from zoneinfo import ZoneInfo, available_timezones

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from policytrack.alerts.schedule import Send, TimeOfDay, Zone, after_quiet, at, send_at
from policytrack.alerts.subscriptions import Quiet, Silence, Subscription

UTC = datetime.UTC
NOTHING = datetime.timedelta()
MINUTE = datetime.timedelta(minutes=1)
ZONES = (
    "UTC", "Europe/London", "America/New_York", "Australia/Lord_Howe", "Pacific/Kiritimati", "Pacific/Pago_Pago",
    "Pacific/Apia", "Asia/Kathmandu", "America/St_Johns", "Africa/Casablanca", "Antarctica/Troll",
)  # fmt: skip
DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")

moments = st.datetimes(
    datetime.datetime(1995, 1, 1),  # noqa: DTZ001 as hypothesis wants it
    datetime.datetime(2035, 12, 31),  # noqa: DTZ001
    timezones=st.just(UTC),
)
times = st.builds("{:02}:{:02}".format, st.integers(0, 23), st.integers(0, 59))
zones = st.sampled_from(ZONES)
waits = st.integers(0, 60 * 24 * 20).map(lambda each: datetime.timedelta(minutes=each))
sends = st.one_of(
    st.sampled_from(["now", "hourly"]),
    st.builds("daily {} {}".format, times, zones),
    st.builds("weekly {} {} {}".format, st.sampled_from(DAYS), times, zones),
    st.builds("daily {}".format, times),
)


def utc(text: str) -> datetime.datetime:
    """A moment, as 2024-11-17 12:30."""
    return datetime.datetime.fromisoformat(text).replace(tzinfo=UTC)


def told(moment: datetime.datetime) -> str:
    assert moment.utcoffset() == NOTHING
    return f"{moment:%Y-%m-%d %H:%M}"


def clock(moment: datetime.datetime, zone: str) -> str:
    return f"{moment.astimezone(ZoneInfo(zone)):%H:%M}"


def is_skipped(day: datetime.date, time: str, zone: str) -> bool:
    """Whether no clock there showed that time on that day."""
    place = ZoneInfo(zone)
    local = datetime.datetime.combine(day, datetime.time.fromisoformat(time))
    return local.replace(tzinfo=place).astimezone(UTC).astimezone(place).replace(tzinfo=None) != local


class TestSend:
    @pytest.mark.parametrize(
        ("send", "recorded", "sent"),
        [
            ("now", "2024-11-17 12:30", "2024-11-17 12:30"),
            ("hourly", "2024-11-17 12:30", "2024-11-17 13:00"),
            ("hourly", "2024-11-17 12:00", "2024-11-17 12:00"),
            ("hourly", "2024-12-31 23:01", "2025-01-01 00:00"),
            ("daily 07:30", "2024-11-17 07:29", "2024-11-17 07:30"),
            ("daily 07:30", "2024-11-17 07:30", "2024-11-17 07:30"),
            ("daily 07:30", "2024-11-17 07:31", "2024-11-18 07:30"),
            ("daily 00:00", "2024-12-31 00:01", "2025-01-01 00:00"),
            ("daily 08:00 Europe/Zurich", "2024-11-17 06:59", "2024-11-17 07:00"),
            ("daily 08:00 Europe/Zurich", "2024-07-17 06:59", "2024-07-18 06:00"),
            ("weekly mon 07:30", "2024-11-17 12:30", "2024-11-18 07:30"),
            ("weekly sun 07:30", "2024-11-17 12:30", "2024-11-24 07:30"),
            ("weekly sun 12:30", "2024-11-17 12:30", "2024-11-17 12:30"),
            # Of Monday there: east of the date line it is Sunday in UTC, west of it still Monday when it is Tuesday.
            ("weekly mon 07:30 Pacific/Kiritimati", "2024-11-17 12:30", "2024-11-17 17:30"),
            ("weekly mon 20:00 Pacific/Pago_Pago", "2024-11-18 12:30", "2024-11-19 07:00"),
        ],
    )
    def test_the_next_time_that_is_named(self, send: str, recorded: str, sent: str) -> None:
        assert told(send_at(send, utc(recorded), NOTHING)) == sent

    def test_the_wait_comes_first(self) -> None:
        wait = datetime.timedelta(minutes=10)
        assert told(send_at("now", utc("2024-11-17 12:30"), wait)) == "2024-11-17 12:40"
        assert told(send_at("hourly", utc("2024-11-17 12:55"), wait)) == "2024-11-17 14:00"
        assert told(send_at("daily 07:30", utc("2024-11-17 07:25"), wait)) == "2024-11-18 07:30"

    def test_a_second_too_late_is_too_late(self) -> None:
        late = utc("2024-11-17 07:30") + datetime.timedelta(microseconds=1)
        assert told(send_at("daily 07:30", late, NOTHING)) == "2024-11-18 07:30"
        assert told(send_at("hourly", utc("2024-11-17 07:00") + datetime.timedelta(seconds=1), NOTHING))[-5:] == "08:00"

    @given(sends, moments, waits)
    @settings(max_examples=150, deadline=None)
    def test_never_before_it_is_ready_nor_later_than_need_be(
        self, send: str, recorded: datetime.datetime, wait: datetime.timedelta
    ) -> None:
        found = send_at(send, recorded, wait)
        assert found == send_at(send, recorded, wait)
        longest = {"now": 0, "hourly": 1, "daily": 49, "weekly": 24 * 8 + 1}[send.partition(" ")[0]]
        assert recorded + wait <= found <= recorded + wait + datetime.timedelta(hours=longest)
        assert found.utcoffset() == NOTHING
        assert send_at(send, found, NOTHING) == found, "what is recorded at that time is sent by then"

    @given(times, zones, moments)
    @settings(max_examples=150, deadline=None)
    def test_it_is_that_time_there(self, time: str, zone: str, recorded: datetime.datetime) -> None:
        found = send_at(f"daily {time} {zone}", recorded, NOTHING)
        day = found.astimezone(ZoneInfo(zone)).date()
        if clock(found, zone) != time:  # the clock was put forward over it, in the very moment
            days = (day, day - datetime.timedelta(days=1))
            assert any(is_skipped(each, time, zone) for each in days)
            before = (found - datetime.timedelta(seconds=1)).astimezone(ZoneInfo(zone))
            assert before.utcoffset() != found.astimezone(ZoneInfo(zone)).utcoffset()

    @given(st.sampled_from(DAYS), times, zones, moments)
    @settings(max_examples=150, deadline=None)
    def test_it_is_that_day_there(self, day: str, time: str, zone: str, recorded: datetime.datetime) -> None:
        found = send_at(f"weekly {day} {time} {zone}", recorded, NOTHING).astimezone(ZoneInfo(zone))
        if clock(found, zone) == time:
            assert DAYS[found.weekday()] == day
        else:
            days = (found.date(), found.date() - datetime.timedelta(days=1))
            assert any(is_skipped(each, time, zone) and DAYS[each.weekday()] == day for each in days)


NIGHTS = [
    # zone, day on which the clock is put forward, a time that is skipped, the moment; then the same of the way back
    ("Europe/London", "2025-03-30", "01:30", "2025-03-30 01:00", "2025-10-26", "01:30", "2025-10-26 00:30"),
    ("America/New_York", "2025-03-09", "02:30", "2025-03-09 07:00", "2025-11-02", "01:30", "2025-11-02 05:30"),
    ("Australia/Lord_Howe", "2025-10-05", "02:15", "2025-10-04 15:30", "2025-04-06", "01:45", "2025-04-05 14:45"),
    ("America/Santiago", "2025-09-07", "00:30", "2025-09-07 04:00", "2025-04-05", "23:30", "2025-04-06 02:30"),
    ("Antarctica/Troll", "2025-03-30", "02:00", "2025-03-30 01:00", "2025-10-26", "01:30", "2025-10-25 23:30"),
]


class TestNightsOfTheClock:
    @pytest.mark.parametrize(("zone", "day", "time", "moment"), [each[:4] for each in NIGHTS])
    def test_a_time_that_is_skipped_is_the_moment_at_which_the_clock_is_put(
        self, zone: str, day: str, time: str, moment: str
    ) -> None:
        place = ZoneInfo(zone)
        assert is_skipped(datetime.date.fromisoformat(day), time, zone), "else the test shows nothing"
        assert told(at(datetime.date.fromisoformat(day), time, place)) == moment
        assert told(send_at(f"daily {time} {zone}", utc(moment) - MINUTE, NOTHING)) == moment
        after = send_at(f"daily {time} {zone}", utc(moment) + MINUTE, NOTHING)
        assert after - utc(moment) > datetime.timedelta(hours=22), "on the next day, and not again"
        assert clock(after, zone) == time

    @pytest.mark.parametrize(("zone", "day", "time", "moment"), [(each[0], *each[4:]) for each in NIGHTS])
    def test_what_comes_twice_is_sent_once_at_the_first(self, zone: str, day: str, time: str, moment: str) -> None:
        first = send_at(f"daily {time} {zone}", utc(moment) - MINUTE, NOTHING)
        assert told(first) == moment
        again = (first + datetime.timedelta(minutes=each) for each in (30, 60, 120))
        assert any(clock(each, zone) == time for each in again), "it comes twice, else the test shows nothing"
        after = send_at(f"daily {time} {zone}", first + MINUTE, NOTHING)
        assert after - first > datetime.timedelta(hours=23)
        assert f"{first.astimezone(ZoneInfo(zone)):%Y-%m-%d}" == day
        assert f"{after.astimezone(ZoneInfo(zone)):%Y-%m-%d}" > day

    @pytest.mark.parametrize("zone", [each[0] for each in NIGHTS])
    def test_every_day_of_a_year_has_one(self, zone: str) -> None:
        for time in ("00:15", "01:30", "02:15", "02:45", "23:30"):
            now, sent = utc("2025-01-01 00:00"), []
            while now < utc("2026-01-01 00:00"):
                sent.append(send_at(f"daily {time} {zone}", now, NOTHING))
                now = sent[-1] + datetime.timedelta(microseconds=1)
            assert len(sent) in (365, 366) and len(set(sent)) == len(sent)
            assert sent == sorted(sent)

    def test_a_day_that_a_country_left_out(self) -> None:
        # Samoa had no 30 December 2011: after the 29th came the 31st.
        place = ZoneInfo("Pacific/Apia")
        assert told(at(datetime.date(2011, 12, 30), "07:30", place)) == "2011-12-30 10:00"
        found = send_at("weekly fri 07:30 Pacific/Apia", utc("2011-12-25 00:00"), NOTHING)
        assert told(found) == "2011-12-30 10:00"
        assert after_quiet(utc("2011-12-30 09:00"), "22:00", "06:30", "Pacific/Apia") == utc("2011-12-30 16:30")


class TestQuietHours:
    @pytest.mark.parametrize(
        ("moment", "begins", "ends", "zone", "after"),
        [
            ("2024-11-17 21:59", "22:00", "06:30", "Europe/London", "2024-11-17 21:59"),
            ("2024-11-17 22:00", "22:00", "06:30", "Europe/London", "2024-11-18 06:30"),
            ("2024-11-18 00:00", "22:00", "06:30", "Europe/London", "2024-11-18 06:30"),
            ("2024-11-18 06:29", "22:00", "06:30", "Europe/London", "2024-11-18 06:30"),
            ("2024-11-18 06:30", "22:00", "06:30", "Europe/London", "2024-11-18 06:30"),
            ("2024-11-18 12:30", "12:00", "13:00", "UTC", "2024-11-18 13:00"),
            ("2024-11-18 13:00", "12:00", "13:00", "UTC", "2024-11-18 13:00"),
            ("2024-07-17 21:30", "22:00", "06:30", "Europe/London", "2024-07-18 05:30"),
            ("2024-11-18 23:30", "00:00", "23:59", "UTC", "2024-11-18 23:59"),
            # the night is an hour shorter, and an hour longer
            ("2025-03-29 23:00", "22:00", "06:30", "Europe/London", "2025-03-30 05:30"),
            ("2025-10-25 23:00", "22:00", "06:30", "Europe/London", "2025-10-26 06:30"),
            ("2025-10-26 01:30", "22:00", "06:30", "Europe/London", "2025-10-26 06:30"),
            # an end that is skipped, and hours that are skipped whole
            ("2025-03-30 00:30", "22:00", "01:30", "Europe/London", "2025-03-30 01:00"),
            ("2025-03-30 01:00", "01:10", "01:50", "Europe/London", "2025-03-30 01:00"),
            # the end of one night and the beginning of the next, both skipped
            ("2025-03-30 00:59", "01:30", "01:15", "Europe/London", "2025-03-31 00:15"),
            ("2025-10-04 15:29", "22:00", "02:15", "Australia/Lord_Howe", "2025-10-04 15:30"),
            ("2024-11-18 09:30", "22:00", "06:30", "Pacific/Kiritimati", "2024-11-18 16:30"),
            ("2024-11-18 09:30", "22:00", "06:30", "Pacific/Pago_Pago", "2024-11-18 17:30"),
        ],
    )
    def test_the_moment_or_the_end(self, moment: str, begins: str, ends: str, zone: str, after: str) -> None:
        assert told(after_quiet(utc(moment), begins, ends, zone)) == after

    @given(moments, times, times, zones)
    @settings(max_examples=300, deadline=None)
    def test_what_comes_out_is_not_quiet(self, moment: datetime.datetime, begins: str, ends: str, zone: str) -> None:
        if begins == ends:
            return
        found = after_quiet(moment, begins, ends, zone)
        assert after_quiet(found, begins, ends, zone) == found
        assert moment <= found <= moment + datetime.timedelta(hours=49)
        if found != moment and clock(found, zone) != ends:
            day = found.astimezone(ZoneInfo(zone)).date()
            assert any(is_skipped(each, ends, zone) for each in (day, day - datetime.timedelta(days=1)))
        place = ZoneInfo(zone)
        offsets = {(found + datetime.timedelta(hours=hour)).astimezone(place).utcoffset() for hour in range(-30, 31)}
        if len(offsets) == 1:  # far from the nights of the clock it can be read off the clock
            shown = clock(found, zone)
            assert not (begins <= shown < ends if begins < ends else shown >= begins or shown < ends)


class TestRubbish:
    @pytest.mark.parametrize(
        "send",
        [
            "", " ", "soon", "Now", "NOW", " now", "now ", "now\n", "daily", "daily 7:30", "daily 07:3", "daily 07.30",
            "daily 24:00", "daily 23:60", "daily  07:30", "daily mon 07:30", "weekly", "weekly mon", "weekly 07:30",
            "weekly Mon 07:30", "weekly monday 07:30", "weekly mon 07:30 Europe/Londn", "now UTC", "hourly UTC",
            "now 07:30", "hourly 07:30", "daily 07:30 Nowhere/Land", "daily 07:30 ../../etc/passwd",
            "daily 07:30 /etc/localtime", "daily 07:30 Europe", "daily 07:30 UTC UTC", "daily ０７:３０",
            "monthly 07:30",
            "daily 07:30 Europe/London\n", "x" * 10_000, "\0", "daily 07:30 " + "A" * 5_000,
        ],
    )  # fmt: skip
    def test_no_time_to_send(self, send: str) -> None:
        with pytest.raises(ValidationError, match=r"is no time|write now|needs no time zone"):
            TypeAdapter(Send).validate_python(send)

    @pytest.mark.parametrize(
        "time", ["", "7:30", "24:00", "12:60", "12:30:00", "noon", "１２:３０", "12:30\n", "-1:00"]
    )
    def test_no_time_of_day(self, time: str) -> None:
        with pytest.raises(ValidationError, match="write it as 07:30"):
            TypeAdapter(TimeOfDay).validate_python(time)

    @pytest.mark.parametrize(
        ("zone", "meant"),
        [
            ("Europe/Londn", "write Europe/London"),
            ("europe/london", "write Europe/London"),
            ("London", "write Europe/London"),
            ("new york", "write America/New_York"),
            ("utc", "write UTC"),
            ("", "write one as"),
            ("..", "write"),
            ("a\0b", "write"),
            ("Europe", "write"),
            ("x" * 5_000, "write one as"),
        ],
    )
    def test_no_time_zone(self, zone: str, meant: str) -> None:
        with pytest.raises(ValidationError, match="is no time zone") as caught:
            TypeAdapter(Zone).validate_python(zone)
        assert meant in str(caught.value)

    @given(st.text(max_size=30))
    @settings(max_examples=200, deadline=None)
    def test_whatever_is_written_is_taken_or_refused(self, text: str) -> None:
        for kind in (Send, TimeOfDay, Zone):
            try:
                taken = TypeAdapter(kind).validate_python(text)
            except ValidationError:
                continue
            assert taken == text

    def test_every_zone_that_there_is_can_be_named(self) -> None:
        for zone in available_timezones():
            send = TypeAdapter(Send).validate_python(f"daily 07:30 {zone}")
            assert clock(send_at(send, utc("2024-11-17 12:30"), NOTHING), zone) == "07:30"

    @pytest.mark.parametrize("wait", ["0m", "10", "10s", "-5m", "1h30m", "", "99999w", "367d", "53w"])
    def test_no_wait(self, wait: str) -> None:
        with pytest.raises(ValidationError, match="write 15m, 2h, 3d or 1w"):
            Subscription.model_validate({"name": "a", "to": "desk", "wait": wait})

    def test_quiet_hours_that_never_end(self) -> None:
        with pytest.raises(ValidationError, match="never end"):
            Quiet.model_validate({"from": "22:00", "to": "22:00"})

    @pytest.mark.parametrize(
        "until",
        [
            "", "tomorrow", "2024-02-30", "20241201", "2024-W49-1", "2024-12", "12/01/2024", "2024-12-01T08:00",
            "2024-12-01T25:00Z", "9999-12-31T23:59-14:00", "0001-01-01T00:00+14:00", "2024-12-01 ", "2024-12-01Z",
        ],
    )  # fmt: skip
    def test_no_end_of_a_silence(self, until: str) -> None:
        with pytest.raises(ValidationError, match=r"no day and no moment|no time zone"):
            Silence.model_validate({"match": {}, "until": until, "by": "Ana", "reason": "briefed"})

    @pytest.mark.parametrize(
        ("until", "ends"),
        [
            ("2024-12-01", "2024-12-01 00:00"),
            ("2024-12-01T08:00Z", "2024-12-01 08:00"),
            ("2024-12-01T08:00+02:00", "2024-12-01 06:00"),
            ("2024-12-01 08:00Z", "2024-12-01 08:00"),
        ],
    )
    def test_ends_of_silences(self, until: str, ends: str) -> None:
        made = Silence.model_validate({"match": {}, "until": until, "by": "Ana", "reason": "briefed"})
        assert told(made.ends_at) == ends
