"""The tracker: articles in, answers at two times, news once. The reader is a stand-in: an article brings its claims."""

from __future__ import annotations

import datetime
import functools
import json
import logging
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import policytrack
from policytrack import tracker as tracker_module
from policytrack.errors import ArticleError, ConfigError, LedgerError, Location
from policytrack.intake import BATCH
from policytrack.ledger import Ledger
from policytrack.model import Article, Claim, Shift, claim_id
from policytrack.moments import TICK
from policytrack.packs import Rules, load_rules
from policytrack.tracker import Tracker, open_tracker
from tests.builders import OneByOne

ROOT = Path(__file__).parent.parent
CORK, CORK_BY_SEA, SALT, OIL = "pt.cork.export", "pt.cork.export-by-sea", "pt.salt.import", "pt.oil.export"
PACK = """
pack: harbour
version: 3
defaults: {kind: permission, issuer: [us]}
policies:
  - id: pt.cork.export
    title: Leave to export cork
    instrument: [cork]
    conduct: [export]
    aliases: [pt.bark.export]
    start: {status: prohibited, on: 2020-01-01, source: "the gazette of 2020"}
  - id: pt.cork.export-by-sea
    title: Leave to export cork by sea
    part_of: pt.cork.export
    instrument: [cork]
    conduct: [ship]
    start: {status: prohibited, on: 2020-01-01}
  - id: pt.salt.import
    title: Duty on salt
    kind: restriction
    instrument: [salt]
    conduct: [import]
    start: {status: none, on: 2020}
  - id: pt.oil.export
    title: Leave to export oil
    instrument: [oil]
    conduct: [export]
"""
NOW = datetime.datetime(2026, 1, 2, 3, 4, tzinfo=datetime.UTC)
REPORT = (
    "Portugal will tax salt that comes in by sea from the first of the month, the finance ministry said on Friday, for "
    "the pans of the south cannot keep up with what is landed at a tenth of their price."
)
"""Long enough to be compared with others."""


class Reading(NamedTuple):
    claims: tuple[Claim, ...]
    rejected: tuple[Claim, ...] = ()
    skipped: str | None = None


class Reader(OneByOne):
    """Gives the claims that the article itself brings in `extra`, and counts how often it was asked."""

    def __init__(self) -> None:
        self.read_ids: list[str] = []

    def read(self, article: Article) -> Reading:
        self.read_ids.append(article.id)
        if article.extra.get("fails"):
            raise ArticleError(Location(article.id), "cannot be parsed.")
        said = article.extra.get("claims", ())
        if not said:
            return Reading((), skipped="no tracked instrument is named")
        return Reading(tuple(claim_in(article, number, **one) for number, one in enumerate(said)))


class Clock:
    """A clock that a test winds on."""

    def __init__(self, now: datetime.datetime = NOW) -> None:
        self.now = now

    def __call__(self) -> datetime.datetime:
        return self.now

    def wind(self, **step: float) -> datetime.datetime:
        self.now += datetime.timedelta(**step)
        return self.now


def claim_in(
    article: Article,
    number: int,
    policy: str = CORK,
    operation: str = "authorise",
    direction: str = "looser",
    status: str = "announced",
    background: bool = False,
    decided: str | None = None,
    in_force: str | None = None,
    expires: str | None = None,
) -> Claim:
    start = number * 2
    quote = article.text[start : start + 5]
    told = {"decided": decided, "in_force": in_force, "expires": expires}
    at = {"precision": "day", "start": 0, "end": 1, "quote": article.text[0]}
    return Claim.model_validate(
        {
            "id": claim_id(article, start, start + 5, policy, "us", operation),
            "article_id": article.id,
            "policy": policy,
            "issuer": {"id": "us", "text": "Washington"},
            "operation": operation,
            "direction": direction,
            "status": status,
            "factive": status in ("announced", "decided", "implemented", "reported"),
            "background": background,
            "dates": [{"role": role, "date": date, **at} for role, date in told.items() if date],
            "evidence": {"start": start, "end": start + 5, "quote": quote},
            "rule": ["operations.authorise@3"],
            "confidence": {"value": 0.8, "reasons": ["issuer: sentence"]},
        }
    )


def news(name: str, on: str, *claims: dict[str, Any], text: str = "", **fields: Any) -> Article:
    """An article that makes these claims; one that makes none is skipped."""
    extra = {"claims": list(claims), **fields.pop("extra", {})}
    return Article(
        **{"id": name, "text": text or f"What {name} says of {on}.", "published_at": on, "extra": extra, **fields}
    )


LIFTED = {"policy": CORK, "operation": "authorise", "direction": "looser"}
BANNED = {"policy": CORK, "operation": "impose", "direction": "tighter"}
TAXED = {"policy": SALT, "operation": "impose", "direction": "tighter"}
UNTAXED = {"policy": SALT, "operation": "lift", "direction": "looser"}
BY_SEA = {"policy": CORK_BY_SEA, "operation": "authorise", "direction": "looser"}


def rules_folder(folder: Path, pack: str = PACK) -> Path:
    (folder / "packs").mkdir(parents=True)
    for file in (ROOT / "rules").glob("*.yaml"):
        shutil.copy(file, folder)
    (folder / "packs" / "harbour.yaml").write_text(pack)
    return folder


@functools.cache
def house() -> Rules:
    """The rules of these tests, read once. No fixture: hypothesis would print them whole where a property fails."""
    with tempfile.TemporaryDirectory() as folder:
        return load_rules(rules_folder(Path(folder) / "rules"))


@pytest.fixture
def rules() -> Rules:
    return house()


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def tracker(rules: Rules, clock: Clock) -> Iterator[Tracker]:
    with open_tracker(rules=rules, clock=clock, extractor=Reader()) as opened:
        yield opened


def canonical(tracker: Tracker) -> list[str]:
    return list(tracker.ledger.export_canonical())


def ids(shifts: Sequence[Shift]) -> list[str]:
    return [shift.id for shift in shifts]


class TestIngest:
    def test_the_report_says_what_was_done(self, tracker: Tracker) -> None:
        report = tracker.ingest([news("a", "2024-11-12", LIFTED), news("b", "2024-11-13")])
        assert (report.read, report.unchanged, report.revised, report.claims) == (2, 0, 0, 1)
        assert report.skipped == {"no tracked instrument is named": 1}
        assert [(one.policy, one.kind, one.occurred_on) for one in report.shifts] == [
            (CORK, "restriction_lifted", "2024-11-12")
        ]
        assert (report.errors, report.alert_errors, report.reviews) == ((), (), ())

    def test_the_same_again_adds_nothing_and_is_not_read(self, tracker: Tracker, clock: Clock) -> None:
        articles = [news("a", "2024-11-12", LIFTED), news("b", "2024-11-13")]
        tracker.ingest(articles)
        before, moments = canonical(tracker), tracker.ledger.moments()
        clock.wind(days=1)
        report = tracker.ingest([*articles, *articles])
        assert (report.read, report.unchanged, report.shifts) == (0, 4, ())
        assert (canonical(tracker), tracker.ledger.moments()) == (before, moments)
        assert tracker._extractor.read_ids == ["a", "b"]  # type: ignore[attr-defined]

    def test_an_article_twice_in_one_run_is_one(self, tracker: Tracker) -> None:
        article = news("a", "2024-11-12", LIFTED)
        report = tracker.ingest([article, article])
        assert (report.read, report.unchanged) == (1, 1)

    def test_another_text_is_a_new_version(self, tracker: Tracker, clock: Clock) -> None:
        tracker.ingest(news("a", "2024-11-12", LIFTED))
        was = clock.now
        clock.wind(hours=1)
        report = tracker.ingest(news("a", "2024-11-12", text="The report was withdrawn."))
        assert (report.read, report.revised) == (1, 1)
        assert tracker.shifts() == []
        assert [one.policy for one in tracker.shifts(known=was)] == [CORK]
        assert tracker.state(CORK, on="2024-12-01").status == "prohibited"
        assert tracker.state(CORK, on="2024-12-01", known=was).status == "permitted"

    def test_versions_of_one_article_in_one_input_add_nothing_the_second_time(self, tracker: Tracker) -> None:
        versions = [news("a", "2024-11-12", LIFTED, text=f"Version {number}.") for number in range(3)]
        assert tracker.ingest(versions).revised == 2
        assert tracker.ingest(versions).unchanged == 3

    def test_what_cannot_be_read_stops_nothing(self, tracker: Tracker, tmp_path: Path) -> None:
        (tmp_path / "a.jsonl").write_text('{"id": \n' + news("b", "2024-11-12", LIFTED).model_dump_json() + "\n")
        (tmp_path / "c.txt").write_bytes(b"\xff\xfe")
        report = tracker.ingest(
            [tmp_path, str(tmp_path / "nowhere"), news("d", "2024-11-12", extra={"fails": True}), news("e", "2024")]
        )
        assert report.read == 2
        assert len(report.shifts) == 1
        told = [str(error) for error in report.errors]
        assert [any(part in one for one in told) for part in ("a.jsonl:1", "c.txt", "nowhere", "d: cannot")] == [
            True
        ] * 4
        assert json.loads(report.model_dump_json())["errors"] == told

    def test_an_article_that_no_file_could_hold_is_an_error(self, tracker: Tracker) -> None:
        report = tracker.ingest([news("a", "2024-11-12", LIFTED, text="half \ud83d"), news("b", "2024-11-12")])
        assert report.read == 1
        assert "half of a surrogate pair" in str(report.errors[0])

    def test_a_whole_batch_that_cannot_be_parsed_stops_nothing(self, tracker: Tracker) -> None:
        bad = [news(f"x{number}", "2024-11-12", extra={"fails": True}) for number in range(BATCH)]
        report = tracker.ingest([*bad, news("a", "2024-11-12", LIFTED)])
        assert (report.read, len(report.errors)) == (1, BATCH)

    def test_progress_counts_every_article(self, tracker: Tracker, tmp_path: Path) -> None:
        done: list[int] = []
        same = news("a", "2024-11-12", LIFTED)
        tracker.ingest([same, same, news("b", "2024-11-13"), tmp_path / "nowhere"], progress=done.append)
        assert done == [1, 2, 3, 4]

    def test_what_the_status_model_cannot_take_is_to_review(self, tracker: Tracker) -> None:
        report = tracker.ingest(news("a", "2024-11-12", {"policy": SALT, "operation": "join", "direction": "looser"}))
        assert [(one.policy, one.reason) for one in report.reviews] == [(SALT, "not_meaningful")]
        assert tracker.ingest(news("b", "2024-11-13", TAXED)).reviews == ()

    def test_a_wrong_assumption_is_refused(self, tracker: Tracker) -> None:
        with pytest.raises(ConfigError, match=r"assume_seen 'today' is unknown\. Write 'published'"):
            tracker.ingest([], assume_seen="today")  # type: ignore[arg-type]

    def test_many_articles_are_many_batches_of_one_result(self, tracker: Tracker, rules: Rules) -> None:
        articles = [news(f"n{number:03}", f"2024-01-{number % 28 + 1:02}", LIFTED) for number in range(2 * BATCH + 1)]
        tracker.ingest(articles)
        with open_tracker(rules=rules, clock=Clock(), extractor=Reader()) as other:
            for start in range(0, len(articles), 9):
                other.ingest(articles[::-1][start : start + 9])
            assert canonical(other) == canonical(tracker)


class TestTwoTimes:
    def test_states_are_told_by_day_and_by_moment(self, tracker: Tracker, clock: Clock) -> None:
        tracker.ingest(news("a", "2024-11-12", LIFTED))
        early = clock.now
        late = clock.wind(days=30)
        tracker.ingest(news("b", "2024-12-20", BANNED))

        def status(on: str, known: datetime.datetime) -> str:
            return tracker.state(CORK, on=on, known=known).status

        assert [status(on, late) for on in ("2019-01-01", "2024-11-11", "2024-11-12", "2024-12-20")] == [
            "unknown",
            "prohibited",
            "permitted",
            "prohibited",
        ]
        assert status("2024-12-20", early) == "permitted"

    def test_an_answer_says_both_times(self, tracker: Tracker, clock: Clock) -> None:
        tracker.ingest(news("a", "2024-11-12", LIFTED))
        state = tracker.state(CORK)
        assert (state.on, state.known) == ("2026-01-02", NOW)
        states = tracker.states(on="2024-11", known=clock.now)
        assert (states.on, states.known) == ("2024-11", NOW)
        assert tracker.shifts().known == NOW

    def test_a_month_is_asked_about_as_it_ended(self, tracker: Tracker) -> None:
        tracker.ingest(news("a", "2024-11-12", LIFTED))
        assert [tracker.state(CORK, on=on).status for on in ("2024-10", "2024-11", "2023", "2024")] == [
            "prohibited",
            "permitted",
            "prohibited",
            "permitted",
        ]

    def test_later_knowledge_is_told(self, tracker: Tracker, clock: Clock) -> None:
        tracker.ingest(news("a", "2024-11-01"))
        early = clock.now
        clock.wind(hours=2)
        tracker.ingest(news("b", "2024-11-12", LIFTED))
        then = tracker.state(CORK, on="2024-11-18", known=early)
        assert then.status == "prohibited"
        assert "later knowledge differs: from 2026-01-02 05:04Z the answer is permitted" in then.note
        assert "later" not in tracker.state(CORK, on="2024-11-18").note

    def test_before_the_first_article_nothing_was_known(self, tracker: Tracker) -> None:
        tracker.ingest(news("a", "2024-11-12", LIFTED))
        with pytest.raises(ConfigError) as error:
            tracker.states(known="2024-10-01")
        assert str(error.value) == (
            "Nothing known before 2026-01-02 03:04Z, when this ledger took in its first article. "
            "known 2024-10-01 cannot be answered. For what held in the world then, use on 2024-10-01."
        )

    def test_what_comes_is_known_to_nobody(self, tracker: Tracker) -> None:
        tracker.ingest(news("a", "2024-11-12", LIFTED))
        assert tracker.states(known="2099-01-01").known == NOW

    def test_a_clock_set_back_does_not_hide_what_was_recorded(self, tracker: Tracker, clock: Clock) -> None:
        tracker.ingest(news("a", "2024-11-12", LIFTED))
        clock.wind(days=-10)
        tracker.ingest(news("b", "2024-12-20", BANNED))
        assert len(tracker.shifts()) == 2
        assert len(tracker.shifts(known=NOW)) == 1

    def test_wrong_times_are_refused_at_the_door(self, tracker: Tracker) -> None:
        tracker.ingest(news("a", "2024-11-12", LIFTED))
        with pytest.raises(ConfigError, match=r"on 11/12/2024 can be 11 December or 12 November"):
            tracker.state(CORK, on="11/12/2024")
        with pytest.raises(ConfigError, match="on takes a date"):
            tracker.states(on=NOW)
        with pytest.raises(ConfigError, match="since takes a date"):
            tracker.shifts(since=NOW)
        with pytest.raises(ConfigError, match="has no time zone"):
            tracker.shifts(known="2026-01-02T03:04")
        with pytest.raises(ConfigError, match="on takes a date"):
            tracker.diff(NOW, "2024-11-12")

    def test_a_clock_without_zone_is_refused(self, rules: Rules) -> None:
        tracker = open_tracker(rules=rules, clock=lambda: datetime.datetime(2026, 1, 1), extractor=Reader())  # noqa: DTZ001
        with pytest.raises(ConfigError, match="the clock gives 2026-01-01T00:00:00, which has no time zone"):
            tracker.ingest(news("a", "2024-11-12", LIFTED))


class TestAssumedMoments:
    def test_each_article_is_known_on_its_day_in_whatever_order_it_comes(self, tracker: Tracker) -> None:
        report = tracker.ingest(
            [news("b", "2024-12-20", BANNED), news("a", "2024-11-12", LIFTED), news("c", "2024-12", TAXED)],
            assume_seen="published",
        )
        assert report.moved_up == 0
        assert tracker.ledger.moments() == (
            datetime.datetime(2024, 11, 12, tzinfo=datetime.UTC),
            datetime.datetime(2024, 12, 31, tzinfo=datetime.UTC),
        )
        found = [
            len(tracker.shifts(known=day)) for day in ("2024-11-12T00:00Z", "2024-12-19", "2024-12-20", "2024-12-31")
        ]
        assert found == [1, 1, 2, 3]

    def test_a_day_that_has_been_answered_for_is_closed(self, tracker: Tracker) -> None:
        tracker.ingest(news("a", "2024-11-12", LIFTED), assume_seen="published")
        answer = tracker.states(on="2024-12-31", known="2024-11-12")
        late = [news("b", "2024-10-01", TAXED), news("c", "2024-11-12", BY_SEA), news("d", "2024-11-20")]
        report = tracker.ingest(late, assume_seen="published")
        assert report.moved_up == 2
        assert tracker.states(on="2024-12-31", known="2024-11-12") == answer
        assert len(tracker.shifts(known="2024-11-13")) == 3
        assert tracker.ledger.moments()[1] == datetime.datetime(2024, 11, 20, tzinfo=datetime.UTC)  # type: ignore[index]

    def test_nothing_is_assumed_to_be_known_later_than_now(self, tracker: Tracker, clock: Clock) -> None:
        report = tracker.ingest(news("a", "2204-11-12", LIFTED), assume_seen="published")
        assert report.moved_up == 0
        assert tracker.ledger.moments() == (NOW, NOW)
        clock.wind(minutes=1)
        tracker.ingest(news("b", "2024-11-12"), assume_seen="published")
        assert tracker.ledger.moments() == (NOW, clock.now)

    def test_each_of_the_many_batches_of_one_day_has_a_moment_of_its_own(self, tracker: Tracker) -> None:
        articles = [news(f"n{number:03}", "2024-11-12") for number in range(2 * BATCH + 1)]
        assert tracker.ingest(articles, assume_seen="published").moved_up == 0
        day = datetime.datetime(2024, 11, 12, tzinfo=datetime.UTC)
        assert tracker.ledger.moments() == (day, day + 2 * TICK)


class TestQuestions:
    @pytest.fixture
    def read(self, tracker: Tracker) -> Tracker:
        tracker.ingest([news("a", "2024-11-12", LIFTED, TAXED), news("b", "2024-12-20", BANNED)])
        return tracker

    def test_states_of_a_pattern(self, read: Tracker) -> None:
        found = read.states(on="2024-11-20", policy="pt.cork.*")
        assert [(state.policy, state.status) for state in found] == [(CORK, "permitted"), (CORK_BY_SEA, "prohibited")]
        assert [state.policy for state in read.states(policy=SALT)] == [SALT]
        assert [state.policy for state in read.states()] == sorted([CORK, CORK_BY_SEA, SALT, OIL])

    def test_a_whole_shows_its_parts(self, read: Tracker) -> None:
        whole = read.state(CORK, on="2024-11-20")
        assert [(part.policy, part.status) for part in whole.parts] == [(CORK_BY_SEA, "prohibited")]
        assert whole.note == f"its part {CORK_BY_SEA} is prohibited"
        assert read.state(CORK, on="2024-11-01").note == ""

    def test_an_alias_is_the_policy(self, read: Tracker) -> None:
        assert read.state("pt.bark.export").policy == CORK
        assert ids(read.shifts(policy="pt.bark.export")) == ids(read.shifts(policy=CORK))

    def test_shifts_of_days_kinds_and_policies(self, read: Tracker) -> None:
        assert [shift.occurred_on for shift in read.shifts()] == ["2024-11-12", "2024-11-12", "2024-12-20"]
        assert [shift.policy for shift in read.shifts(since="2024-12-20")] == [CORK]
        assert [shift.policy for shift in read.shifts(until="2024-12-19", policy="pt.s*")] == [SALT]
        assert len(read.shifts(since="2024-11-12", until="2024-11-12")) == 2
        assert [shift.policy for shift in read.shifts(kind="restriction_lifted")] == [CORK]

    def test_a_difference_is_explained_by_its_shift(self, read: Tracker) -> None:
        diff = read.diff("2024-11-01", "2024-11-30")
        assert [(line.policy, line.before, line.after) for line in diff.lines if line.field == "status"] == [
            (CORK, "prohibited", "permitted"),
            (SALT, "none", "in_force"),
        ]
        assert {line.shift for line in diff.lines if line.field == "status"} == set(ids(diff.shifts))
        assert (diff.corrections, diff.rules, diff.unchanged) == ((), (), 2)
        assert read.diff("2024-11-30", "2024-11-01").lines == diff.turned().lines
        assert not read.diff("2024-11-30", "2024-11-30")
        assert read.diff("2024-10", "2024-11").lines == diff.lines

    def test_policies_are_listed_by_id(self, read: Tracker) -> None:
        assert [policy.id for policy in read.policies()] == sorted([CORK, CORK_BY_SEA, SALT, OIL])

    @pytest.mark.parametrize(
        ("ask", "message"),
        [
            (lambda t: t.state("pt.cork.exprt"), "there is no policy 'pt.cork.exprt'. Did you mean 'pt.cork.export'?"),
            (lambda t: t.states(policy="pt.slat.import"), "Did you mean 'pt.salt.import'?"),
            (lambda t: t.shifts(policy="xx.nothing.like"), "`policytrack policies` lists what is tracked."),
            (lambda t: t.shifts(kind="restriction_lift"), "Did you mean 'restriction_lifted'?"),
            (lambda t: t.why("pt.salt.imports"), "Did you mean 'pt.salt.import'?"),
            (lambda t: t.why("c-ffffffffffff"), "c-ffffffffffff is no id in "),
            (lambda t: t.why("p-"), "p- can be p-"),
        ],
    )
    def test_what_is_not_there_is_said_with_what_is(self, read: Tracker, ask: Any, message: str) -> None:
        with pytest.raises(ConfigError) as error:
            ask(read)
        assert message in str(error.value)

    def test_empty_is_explained(self, tracker: Tracker) -> None:
        assert tracker.states().note == "nothing has been ingested into this ledger yet"
        assert tracker.shifts().note == "nothing has been ingested into this ledger yet"
        tracker.ingest(news("a", "2024-11-12", LIFTED))
        assert tracker.states(policy="xx.*").note == "no policy matches 'xx.*'"
        (shift,) = tracker.shifts()
        note = tracker.shifts(since="2025-01-01").note
        assert note == f"no shift in range; nearest is {CORK} on 2024-11-12 ({shift.id[:8]})"
        assert tracker.shifts(policy=SALT).note == f"no shift is recorded for {SALT}"
        assert tracker.shifts().note == ""

    def test_a_file_that_is_not_there_is_not_made_by_asking(self, rules: Rules, tmp_path: Path) -> None:
        with open_tracker(tmp_path / "t.db", rules=rules) as tracker, pytest.raises(LedgerError, match="no ledger"):
            tracker.states()
        assert list(tmp_path.iterdir()) == []


def test_an_address_of_another_kind_of_database() -> None:
    with pytest.raises(ConfigError, match="mysql://: a ledger is an SQLite file or a PostgreSQL database"):
        open_tracker("mysql://localhost/watch")


class TestWhy:
    @pytest.fixture
    def read(self, tracker: Tracker) -> Tracker:
        tracker.ingest(news("a", "2024-11-12", LIFTED, publisher="Cork Daily", title="Cork\x1b[31m"))
        return tracker

    def test_a_claim_down_to_its_characters(self, read: Tracker) -> None:
        (shift,) = read.shifts()
        told = str(read.why(shift.claims[0][:8]))
        for part in (
            f"claim {shift.claims[0]}",
            '"What " at 0-5',
            "article  a (text sha256 ",
            "Cork Daily, Cork\\x1b[31m",
            "announced, a fact that the article states",
            'us, in the words "Washington"',
            "2024-11-12 (day)",
            "operations.authorise@3",
            "0.8: issuer: sentence",
            "2026-01-02 03:04Z",
        ):
            assert part in told

    def test_a_shift_down_to_the_conditions_of_its_rule(self, read: Tracker) -> None:
        (shift,) = read.shifts()
        explained = read.why(shift.id)
        assert (explained.id, explained.of, explained.known) == (shift.id, "shift", NOW)
        rule = next(fact for fact in explained.facts if fact.name == "rule")
        assert rule.value == f"{shift.rule} names it restriction_lifted"
        assert any("before is 'prohibited'" in condition.value for condition in rule.facts)
        assert all(condition.value.startswith("+") for condition in rule.facts)
        told = str(explained)
        assert shift.claims[0][:8] in told
        assert "trigger        none stated" in told or "none stated" in told
        assert "prohibited since 2020-01-01, says pack harbour@3" in told
        assert "the gazette of 2020" in told

    def test_a_state_by_its_claims_or_by_its_pack(self, read: Tracker) -> None:
        now = read.state(CORK).state
        before = read.state(CORK, on="2024-01-01").state
        assert now is not None and before is not None
        assert now.claims[0][:8] in str(read.why(now.id))
        assert "says pack harbour@3" in str(read.why(before.id))

    def test_a_policy_with_its_history(self, read: Tracker) -> None:
        told = str(read.why(CORK))
        assert "Leave to export cork" in told and "harbour@3" in told
        assert told.index("prohibited, from 2020-01-01 until before 2024-11-12") < told.index(
            "permitted, from 2024-11-12"
        )
        assert "restriction_lifted [s-" in told and CORK_BY_SEA in told

    def test_a_policy_without_a_ledger(self, rules: Rules, tmp_path: Path) -> None:
        with open_tracker(tmp_path / "t.db", rules=rules) as tracker:
            assert "Leave to export oil" in str(tracker.why(OIL))

    def test_what_was_known_is_explained_as_known(self, read: Tracker, clock: Clock) -> None:
        (shift,) = read.shifts()
        clock.wind(hours=1)
        read.ingest(news("a", "2024-11-12", text="The report was withdrawn."))
        assert "superseded 2026-01-02 04:04Z" in str(read.why(shift.id, known=NOW))
        with pytest.raises(ConfigError, match=r"was not known at 2026-01-02 04:04Z"):
            read.why(shift.id, known=clock.now)
        assert "withdrawn  article a was revised and says it no longer" in str(read.why(shift.id))

    def test_it_is_data_too(self, read: Tracker) -> None:
        record = json.loads(read.why(CORK).model_dump_json())
        assert record["of"] == "policy"
        assert {"name": "title", "value": "Leave to export cork", "facts": []} in record["facts"]


class TestHooks:
    def test_a_hook_hears_of_a_shift_once_and_after_it_is_recorded(self, tracker: Tracker, clock: Clock) -> None:
        heard: list[tuple[str, list[str]]] = []
        tracker.on_shift(lambda shift: heard.append((shift.id, ids(tracker.shifts()))))
        tracker.ingest(news("a", "2024-11-12", LIFTED))
        clock.wind(hours=1)
        tracker.ingest([news("a", "2024-11-12", LIFTED), news("b", "2024-11-13", LIFTED, publisher="Other")])
        (shift,) = tracker.shifts()
        assert heard == [(shift.id, [shift.id])]

    def test_not_again_after_a_later_change_of_the_record(self, tracker: Tracker, clock: Clock) -> None:
        heard: list[str] = []
        tracker.on_shift(lambda shift: heard.append(shift.id))
        article = news("a", "2024-11-12", LIFTED)
        tracker.ingest(article)
        clock.wind(hours=1)
        corrected = article.model_copy(update={"text": "What a says of it, with a slip put right."})
        report = tracker.ingest(corrected)
        assert report.shifts == ()
        assert len(heard) == 1
        assert len(tracker.shifts()) == 1

    def test_a_failing_hook_harms_nobody(self, tracker: Tracker) -> None:
        heard: list[str] = []

        def broken(_: Shift) -> None:
            raise OSError("the desk is closed")

        tracker.on_shift(broken)
        tracker.on_shift(lambda shift: heard.append(shift.policy))
        report = tracker.ingest(news("a", "2024-11-12", LIFTED, TAXED))
        assert sorted(heard) == [CORK, SALT]
        assert len(report.alert_errors) == 2
        assert "OSError: the desk is closed" in str(report.alert_errors[0])
        assert len(tracker.shifts()) == 2
        left = tracker.ledger.outbox.waiting()
        assert [(each.channel.endswith("broken"), each.tries) for each in left] == [(True, 1), (True, 1)]

    def test_one_that_failed_is_called_again_by_a_later_run(self, tracker: Tracker, clock: Clock) -> None:
        heard: list[str] = []

        def at_first_broken(shift: Shift) -> None:
            heard.append(shift.policy)
            if len(heard) == 1:
                raise OSError("the desk is closed")

        tracker.on_shift(at_first_broken)
        (error,) = tracker.ingest(news("a", "2024-11-12", LIFTED)).alert_errors
        assert "the desk is closed. It is tried again from" in str(error)
        assert tracker.ingest([]).alert_errors == ()
        assert heard == [CORK], "it is left alone for a while"
        for _ in range(2):
            clock.wind(hours=1)
            assert tracker.ingest([]).alert_errors == ()
        assert heard == [CORK, CORK]

    def test_one_that_always_fails_is_given_up(self, tracker: Tracker, clock: Clock) -> None:
        heard: list[str] = []

        def broken(shift: Shift) -> None:
            heard.append(shift.policy)
            raise OSError("the desk is closed")

        tracker.on_shift(broken)
        errors = [*tracker.ingest(news("a", "2024-11-12", LIFTED)).alert_errors]
        for _ in range(20):
            clock.wind(days=1)
            errors += tracker.ingest([]).alert_errors
        assert len(heard) == len(errors) == 12
        assert "It is not tried again" in str(errors[-1])
        assert tracker.ledger.outbox.waiting() == []

    def test_what_was_taken_back_before_anybody_heard_of_it_is_not_told(self, rules: Rules, tmp_path: Path) -> None:
        heard: list[str] = []

        def stopped_once(shift: Shift) -> None:
            heard.append(shift.policy)
            if len(heard) == 1:
                raise KeyboardInterrupt

        def opened() -> Tracker:
            return open_tracker(tmp_path / "t.db", rules=rules, clock=Clock(), extractor=Reader())

        with opened() as tracker, pytest.raises(KeyboardInterrupt):
            tracker.on_shift(stopped_once)
            tracker.ingest(news("a", "2024-11-12", LIFTED, {**LIFTED, "policy": "pt.oil.export"}))
        with opened() as tracker:
            tracker.ingest(news("a", "2024-11-12", text="It was not so."))
        with opened() as tracker:
            tracker.on_shift(stopped_once)
            tracker.ingest([])
            assert [each.status for each in tracker.ledger.outbox.deliveries_of(1)] == ["dropped"]
            assert tracker.doctor().is_sound
        assert heard == [CORK]

    def test_what_a_kill_left_is_announced_by_the_next_run_with_that_hook(self, rules: Rules, tmp_path: Path) -> None:
        heard: list[str] = []
        stops = [True]

        def notify(shift: Shift) -> None:
            if stops.pop() if stops else False:
                raise KeyboardInterrupt
            heard.append(shift.policy)

        def opened(clock: Clock) -> Tracker:
            return open_tracker(tmp_path / "t.db", rules=rules, clock=clock, extractor=Reader())

        with opened(Clock()) as tracker, pytest.raises(KeyboardInterrupt):
            tracker.on_shift(notify)
            tracker.ingest(news("a", "2024-11-12", LIFTED))
        others: list[Shift] = []
        with opened(Clock()) as tracker:
            tracker.on_shift(others.append)
            assert tracker.ingest([]).shifts == ()
        for _ in range(2):
            with opened(Clock()) as tracker:
                tracker.on_shift(notify)
                tracker.ingest([])
        assert (heard, others) == ([CORK], []), "one of another name is another"

    def test_shifts_that_nobody_listened_to_are_not_announced_later(self, tracker: Tracker) -> None:
        tracker.ingest(news("a", "2024-11-12", LIFTED))
        heard: list[Shift] = []
        tracker.on_shift(heard.append)
        tracker.ingest(news("b", "2024-11-13", LIFTED))
        assert heard == []

    def test_history_is_a_correction_and_no_alert(self, tracker: Tracker) -> None:
        heard: list[Shift] = []
        tracker.on_shift(heard.append)
        told = {**LIFTED, "background": True, "decided": "2022-05-01"}
        report = tracker.ingest(news("a", "2024-11-12", told))
        assert (heard, list(tracker.shifts()), report.shifts) == ([], [], ())
        assert tracker.state(CORK, on="2023-01-01").status == "permitted"
        diff = tracker.diff("2022-01-01", "2023-01-01")
        assert [(line.policy, line.kind) for line in diff.corrections if line.field == "status"] == [
            (CORK, "correction")
        ]
        assert diff.shifts == ()


class TestRules:
    def test_a_change_of_rules_is_recorded_apart_and_alerts_nobody(self, tmp_path: Path, clock: Clock) -> None:
        heard: list[Shift] = []

        def opened(folder: str, pack: str) -> Tracker:
            path = tmp_path / folder
            made = path if path.exists() else rules_folder(path, pack)
            opened = open_tracker(tmp_path / "t.db", rules=made, clock=clock, extractor=Reader())
            opened.on_shift(heard.append)
            return opened

        with opened("first", PACK) as tracker:
            tracker.ingest([news("a", "2024-11-12", TAXED), news("b", "2024-11-12", LIFTED)])
            old = tracker.states(on="2024-12-01", known=clock.now)
        was = clock.now
        clock.wind(days=1)
        renamed = PACK.replace("id: pt.salt.import", "id: pt.salt.duty").replace(
            "start: {status: none, on: 2020}", "aliases: [pt.salt.import]\n    start: {status: in_force, on: 2020}"
        )
        with opened("second", renamed) as tracker:
            report = tracker.ingest(news("a", "2024-11-12", TAXED))
            assert (report.read, report.shifts) == (0, ())
            assert [one.policy for one in heard] == [CORK, SALT]
            assert tracker.states(on="2024-12-01", known=was) == old
            now = {state.policy: state.status for state in tracker.states(on="2023-01-01")}
            assert now == {CORK: "prohibited", CORK_BY_SEA: "prohibited", OIL: "unknown", "pt.salt.duty": "in_force"}
            assert [shift.policy for shift in tracker.shifts()] == [CORK]
            assert [shift.policy for shift in tracker.shifts(policy="pt.salt.duty", known=was)] == [SALT]

    def test_rules_that_do_the_same_are_no_change_of_rules(self, tmp_path: Path, clock: Clock) -> None:
        told = PACK.replace("version: 3", "version: 4\nlimits: [much]\n# A remark.").replace("Leave to", "The leave to")
        moments = []
        for name, pack in (("first", PACK), ("told", told), ("other", told.replace("[salt]", "[salt, brine]"))):
            folder = rules_folder(tmp_path / name, pack)
            with open_tracker(tmp_path / "t.db", rules=folder, clock=clock, extractor=Reader()) as tracker:
                tracker.ingest([news("a", "2024-11-12", TAXED)])
                moments.append(tracker.ledger.moments())
            clock.wind(days=1)
        assert moments[0] == moments[1] != moments[2]

    def test_an_archive_goes_on_in_its_own_time(self, tmp_path: Path) -> None:
        for number, (day, claim) in enumerate([("2024-11-12", LIFTED), ("2024-12-20", BANNED)]):
            folder = rules_folder(
                tmp_path / str(number), PACK.replace("version: 3", f"version: 3\nsame_event: {number + 3}")
            )
            with open_tracker(tmp_path / "t.db", rules=folder, clock=Clock(), extractor=Reader()) as tracker:
                report = tracker.ingest(news(day, day, claim), assume_seen="published")
                assert report.moved_up == 0
                assert [len(tracker.shifts(known=known)) for known in ("2024-12-19", "2024-12-20")] == [1, 1 + number]


class TestLog:
    def test_each_stage_is_one_event_with_the_articles_id(
        self, tracker: Tracker, caplog: pytest.LogCaptureFixture
    ) -> None:
        with caplog.at_level(logging.INFO, logger="policytrack"):
            tracker.ingest([news("a", "2024-11-12", LIFTED), news("b", "2024-11-13")])
            tracker.ingest(news("a", "2024-11-12", LIFTED))
        events = [record.msg for record in caplog.records if isinstance(record.msg, dict)]
        stages = {name: [one["event"] for one in events if one.get("article_id") == name] for name in "ab"}
        assert stages["a"] == ["read", "parsed", "folded", "detected", "committed", "unchanged"]
        assert stages["b"] == ["read", "skipped", "folded", "detected", "committed"]
        (shift,) = tracker.shifts()
        assert [one["shifts"] for one in events if one["event"] == "detected"] == [[shift.id], []]

    def test_nothing_is_printed(self, tracker: Tracker, capfd: pytest.CaptureFixture[str]) -> None:
        tracker.ingest(news("a", "2024-11-12", LIFTED))
        assert capfd.readouterr() == ("", "")


# --- over random histories

SAYINGS = st.sampled_from([LIFTED, BANNED, TAXED, UNTAXED, BY_SEA])
DAYS = st.dates(datetime.date(2024, 1, 1), datetime.date(2024, 2, 15)).map(lambda day: day.isoformat())


@st.composite
def histories(draw: st.DrawFn) -> list[Article]:
    """Articles of different ids, each with up to two claims, as news or as dated history."""
    made = []
    for number in range(draw(st.integers(1, 7))):
        claims = draw(st.lists(SAYINGS, max_size=2))
        day = draw(DAYS)
        told = [{**claim, "background": draw(st.booleans()), "decided": draw(st.none() | DAYS)} for claim in claims]
        publisher = draw(st.sampled_from(["Cork Daily", "Salt Weekly", None]))
        made.append(news(f"n{number}", day, *told, publisher=publisher))
    return made


quick = settings(max_examples=25, deadline=None)


@quick
@given(histories(), st.data())
def test_any_order_of_articles_gives_the_same(articles: list[Article], data: st.DataObject) -> None:
    def read(order: Sequence[Article], size: int) -> list[str]:
        clock = Clock()
        with open_tracker(rules=house(), clock=clock, extractor=Reader()) as tracker:
            for start in range(0, len(order), size):
                tracker.ingest(order[start : start + size])
                clock.wind(minutes=data.draw(st.integers(0, 1)))
            return canonical(tracker)

    other = data.draw(st.permutations(articles))
    assert read(articles, len(articles)) == read(other, data.draw(st.integers(1, len(articles))))


@settings(quick, max_examples=12)
@given(histories(), st.booleans())
def test_a_past_answer_stays_the_same(articles: list[Article], assumed: bool) -> None:
    clock = Clock()
    answers: dict[Any, Any] = {}
    with open_tracker(rules=house(), clock=clock, extractor=Reader()) as tracker:

        def answer(known: Any) -> Any:
            diff = tracker.diff("2024-01-10", "2024-02-01", known=known)
            states = tracker.states(on="2024-02-20", known=known)
            return list(states), list(tracker.shifts(known=known)), diff.lines, diff.shifts

        for article in articles:
            tracker.ingest(article, assume_seen="published" if assumed else None)
            moments = tracker.ledger.moments()
            assert moments is not None
            answers |= {known: answer(known) for known in (moments[1], moments[1].date())}
            clock.wind(days=1)
            for known, was in answers.items():
                assert answer(known) == was


@quick
@given(histories())
def test_reading_twice_adds_nothing(articles: list[Article]) -> None:
    heard: list[str] = []
    with open_tracker(rules=house(), clock=Clock(), extractor=Reader()) as tracker:
        tracker.on_shift(lambda shift: heard.append(shift.id))
        tracker.ingest(articles)
        before, told = canonical(tracker), list(heard)
        report = tracker.ingest(articles, assume_seen="published")
        assert (report.read, report.claims, report.shifts) == (0, 0, ())
        assert (canonical(tracker), heard) == (before, told)
        assert len(set(told)) == len(told)


@quick
@given(histories(), DAYS, DAYS)
def test_the_shifts_between_two_days_explain_every_difference(articles: list[Article], a: str, b: str) -> None:
    with open_tracker(rules=house(), clock=Clock(), extractor=Reader()) as tracker:
        tracker.ingest(articles)
        diff = tracker.diff(a, b)
        assert not tracker.diff(a, a)
        explained = {shift.id for shift in diff.shifts}
        for line in diff.lines:
            assert line.kind != "shift" or line.shift in explained
        assert tracker.diff(b, a).lines == diff.turned().lines


# --- killed, and lazily loaded


def run(script: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    return subprocess.run(
        [sys.executable, "-c", script, *arguments], cwd=ROOT, env=environment, capture_output=True, text=True
    )


KILLED = """
import os, sys
from tests.test_tracker import *

class Killed(Reader):
    def read(self, article):
        if article.id == sys.argv[3]:
            os.kill(os.getpid(), 9)
        return super().read(article)

tracker = open_tracker(sys.argv[1], rules=sys.argv[2], extractor=Killed())
tracker.ingest(many())
"""


def many() -> list[Article]:
    told = (LIFTED, TAXED, BANNED, UNTAXED)
    return [news(f"n{number:03}", f"2024-{number // 28 + 1:02}-01", told[number // 28 % 4]) for number in range(150)]


def test_a_killed_ingest_is_resumed_to_the_same(rules: Rules, tmp_path: Path) -> None:
    folder = rules_folder(tmp_path / "rules")
    for victim in ("n060", "n149"):
        assert run(KILLED, str(tmp_path / "t.db"), str(folder), victim).returncode == -9
    with open_tracker(tmp_path / "t.db", rules=folder, extractor=Reader()) as resumed:
        report = resumed.ingest(many())
        assert report.read == 50 and report.unchanged == 100
        with open_tracker(rules=rules, extractor=Reader()) as undisturbed:
            undisturbed.ingest(many())
            assert canonical(resumed) == canonical(undisturbed)


def test_importing_does_no_work() -> None:
    done = run("import sys, policytrack; print(sorted(name for name in sys.modules if name.startswith('policytrack')))")
    assert done.stdout.strip() == "['policytrack']"


def test_every_public_name_is_there() -> None:
    assert [name for name in policytrack.__all__ if getattr(policytrack, name) is None] == []
    assert set(policytrack.__all__) <= set(dir(policytrack))
    assert policytrack.__all__ == sorted(policytrack.__all__)
    with pytest.raises(AttributeError, match="has no name 'open_trakker'"):
        policytrack.open_trakker  # noqa: B018 the name itself is the test


def test_what_is_recorded_while_a_question_is_answered_is_in_no_part_of_the_answer(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    clocks = [Clock(NOW + datetime.timedelta(hours=hours)) for hours in (0, 1, 24)]
    opened = (open_tracker(tmp_path / "t.db", rules=house(), clock=each, extractor=Reader()) for each in clocks)
    with next(opened) as writer, next(opened) as other, next(opened) as asker:
        writer.ingest(news("a", "2024-11-12", LIFTED))
        in_force = Ledger.in_force

        def meanwhile(self: Ledger, *args: Any) -> dict[str, int]:
            answer = in_force(self, *args)
            other.ingest(news("b", "2024-11-14", BANNED))
            return answer

        monkeypatch.setattr(Ledger, "in_force", meanwhile)
        found = asker.diff("2024-11-01", "2024-11-20")
        monkeypatch.undo()
        assert {shift.direction for shift in found.shifts} == {"looser"}
        assert {line.shift for line in found.lines} == {shift.id for shift in found.shifts}
        assert len(asker.diff("2024-11-01", "2024-11-20").shifts) == 2


def test_questions_do_not_load_the_parser(tmp_path: Path) -> None:
    folder = rules_folder(tmp_path / "rules")
    with open_tracker(tmp_path / "t.db", rules=folder, extractor=Reader()) as tracker:
        tracker.ingest(news("a", "2024-11-12", LIFTED))
    script = """
import sys
from policytrack import open_tracker
with open_tracker(sys.argv[1], rules=sys.argv[2]) as tracker:
    (shift,) = tracker.shifts()
    tracker.state(shift.policy), tracker.states(), tracker.diff("2024-11-01", "2024-12-01"), tracker.policies()
    print(tracker.why(shift.id))
print({"spacy", "hyperscan", "re2"} & set(sys.modules))
"""
    done = run(script, str(tmp_path / "t.db"), str(folder))
    assert done.stdout.endswith("set()\n"), done.stderr


class TestClaimsAlone:
    @pytest.fixture(autouse=True)
    def stand_in(self, monkeypatch: pytest.MonkeyPatch) -> None:
        class OpenReader(Reader):
            def read(self, article: Article, open_mode: bool = False) -> Reading:
                assert not open_mode
                said = article.extra.get("claims", [{}])
                return Reading(tuple(claim_in(article, number, **one) for number, one in enumerate(said)))

        monkeypatch.setattr(tracker_module, "_cached_extractor", lambda _: OpenReader())

    def test_a_text(self, rules: Rules) -> None:
        (claim,) = policytrack.read_text("Cork may leave.", published_at="2024-11-22", rules=rules)
        assert claim.evidence.quote == "Cork "
        with pytest.raises(ConfigError, match="published_at takes a date"):
            policytrack.read_text("Cork may leave.", published_at=NOW, rules=rules)
        with pytest.raises(ArticleError, match=r"^text: "):
            policytrack.read_text("half \ud83d", published_at="2024-11-22", rules=rules)

    def test_a_path_gives_all_claims_and_then_its_errors(self, rules: Rules, tmp_path: Path) -> None:
        lines = [
            news("a", "2024-11-12", LIFTED).model_dump_json(),
            "{",
            news("b", "2024-11-12", TAXED).model_dump_json(),
        ]
        (tmp_path / "a.jsonl").write_text("\n".join([*lines, "[]"]))
        found = []
        with pytest.raises(ArticleError, match="2 articles cannot be read") as error:
            for claim in policytrack.read_path(tmp_path / "a.jsonl", rules=rules):
                found.append(claim.policy)
        assert found == [CORK, SALT]
        assert "a.jsonl:2" in str(error.value) and "a.jsonl:4" in str(error.value)
        errors: list[ArticleError] = []
        assert len(list(policytrack.read_path(tmp_path / "a.jsonl", rules=rules, on_error=errors.append))) == 2
        assert [one.location.line for one in errors] == [2, 4]
