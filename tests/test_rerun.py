"""A rerun: the same articles by other rules, recorded as a change of rules. The reader is a stand-in with a lexicon."""

from __future__ import annotations

import datetime
import errno
import io
import shutil
import sqlite3
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from policytrack import rerun
from policytrack.errors import ArticleError, ConfigError, LedgerError, Location
from policytrack.ledger import locked
from policytrack.ledger.migrations import SCHEMA_VERSION
from policytrack.model import Article, Shift
from policytrack.packs import load_rules
from policytrack.tracker import Tracker, open_tracker
from tests.builders import OneByOne
from tests.test_tracker import BANNED, CORK, LIFTED, SALT, Clock, Reading, claim_in, house, news, rules_folder

FIXTURE = Path(__file__).parent / "ledgers" / "schema-1.db"
TAXED = {"policy": SALT, "operation": "impose", "direction": "tighter"}
ON = "2024-12-31"


class Lexicon(OneByOne):
    """Reads from each article the claims that stand beside its id, and counts what it was asked."""

    def __init__(self, said: Mapping[str, list[dict[str, Any]]]) -> None:
        self.said = dict(said)
        self.read_ids: list[str] = []
        self.fails: set[str] = set()

    def read(self, article: Article) -> Reading:
        self.read_ids.append(article.id)
        if article.id in self.fails:
            raise ArticleError(Location(article.id), "cannot be parsed.")
        said = self.said.get(article.id, [])
        return Reading(tuple(claim_in(article, number, **one) for number, one in enumerate(said)))


def articles() -> list[Article]:
    return [news("a1", "2024-03-01"), news("a2", "2024-06-01"), news("a3", "2024-09-01")]


def opened(path: str | Path, said: Mapping[str, list[dict[str, Any]]], clock: Clock | None = None) -> Tracker:
    return open_tracker(path, rules=house(), clock=clock or Clock(), extractor=Lexicon(said))


def reread(tracker: Tracker, **said: list[dict[str, Any]]) -> Tracker:
    """The same tracker, whose reader reads something else now."""
    reader = tracker._extractor
    assert isinstance(reader, Lexicon)
    reader.said = said
    reader.read_ids.clear()
    return tracker


def answers(tracker: Tracker, known: datetime.datetime) -> tuple[object, ...]:
    return (tracker.states(on=ON, known=known), tracker.shifts(known=known), tracker.ledger.claims(known))


class TestWhatChanges:
    def test_by_the_same_rules_nothing_does(self) -> None:
        with opened(":memory:", {"a1": [LIFTED], "a2": [BANNED]}) as tracker:
            tracker.ingest(articles())
            before = list(tracker.ledger.export_canonical())
            report = tracker.rerun()
            assert (report.articles, report.unchanged, report.changes) == (3, 2, ())
            assert (report.claims_added, report.claims_gone) == (0, 0)
            assert list(tracker.ledger.export_canonical()) == before

    def test_a_shift_is_added_and_another_gone(self) -> None:
        with opened(":memory:", {"a1": [LIFTED]}) as tracker:
            tracker.ingest(articles())
            report = reread(tracker, a2=[TAXED]).rerun()
            assert [(each.change, each.policy) for each in report.changes] == [("gone", CORK), ("added", SALT)]
            assert [claim.article_id for each in report.changes for claim in each.claims] == ["a1", "a2"]
            assert (report.claims_added, report.claims_gone) == (1, 1)
            assert [shift.policy for shift in tracker.shifts()] == [SALT]
            assert tracker.state(CORK, on=ON).status == "prohibited"

    def test_it_is_as_if_the_rules_had_always_read(self) -> None:
        now = {"a1": [BANNED], "a2": [LIFTED, TAXED]}
        with opened(":memory:", {"a1": [LIFTED], "a3": [BANNED]}) as tracker, opened(":memory:", now) as fresh:
            tracker.ingest(articles())
            reread(tracker, **now).rerun()
            fresh.ingest(articles())
            assert list(tracker.ledger.export_canonical()) == list(fresh.ledger.export_canonical())

    def test_an_article_that_cannot_be_read_keeps_its_claims(self) -> None:
        with opened(":memory:", {"a1": [LIFTED], "a2": [TAXED]}) as tracker:
            tracker.ingest(articles())
            tracker._extractor.fails = {"a1"}  # type: ignore[attr-defined]
            report = reread(tracker, a2=[]).rerun()
            assert report.errors == ("a1: cannot be parsed.",)
            assert [shift.policy for shift in tracker.shifts()] == [CORK]

    def test_policies_that_the_rules_do_not_track_stay(self, tmp_path: Path) -> None:
        pack = "pack: other\nversion: 1\npolicies:\n  - {id: pt.wax.export, title: Wax, instrument: [wax]}\n"
        with opened(tmp_path / "watch.db", {"a1": [LIFTED]}) as tracker:
            tracker.ingest(articles())
            stood = tracker.states(on=ON, policy=CORK)
        other = load_rules(rules_folder(tmp_path / "rules", pack))
        with open_tracker(tmp_path / "watch.db", rules=other, clock=Clock(), extractor=Lexicon({})) as tracker:
            report = tracker.rerun()
            assert report.left == (CORK, "pt.cork.export-by-sea", "pt.oil.export", SALT)
            assert (report.changes, report.claims_gone) == ((), 0)
            assert tracker.states(on=ON, policy=CORK) == stood

    def test_a_version_that_stands_no_longer_is_left_alone(self) -> None:
        with opened(":memory:", {"a1": [LIFTED]}) as tracker:
            tracker.ingest([news("a1", "2024-03-01", text="The first words of it.")])
            tracker.ingest([news("a1", "2024-03-01", text="Other words of it now.")])
            report = tracker.rerun()
            assert (report.articles, report.unchanged, len(tracker.ledger.claims(tracker.shifts().known))) == (1, 1, 1)


class TestTheRecord:
    def test_a_past_moment_is_answered_as_it_was(self) -> None:
        clock = Clock()
        with opened(":memory:", {"a1": [LIFTED]}, clock) as tracker:
            tracker.ingest(articles())
            then, before = clock.now, answers(tracker, clock.now)
            clock.wind(days=1)
            reread(tracker, a2=[TAXED]).rerun()
            assert answers(tracker, then) == before
            assert answers(tracker, clock.now) != before

    def test_it_is_a_change_of_rules_and_no_shift(self) -> None:
        clock = Clock()
        with opened(":memory:", {"a1": [LIFTED], "a2": []}, clock) as tracker:
            tracker.ingest(articles())
            then = clock.now
            clock.wind(days=1)
            reread(tracker, a2=[TAXED]).rerun()
            found = tracker.diff(ON, ON, known=(then, clock.now))
            assert {(line.kind, line.policy) for line in found.lines} == {("rules", CORK), ("rules", SALT)}
            assert not found.shifts and not found.corrections
            assert found.turned() == tracker.diff(ON, ON, known=(clock.now, then))

    def test_what_articles_brought_between_is_no_change_of_rules(self) -> None:
        clock = Clock()
        with opened(":memory:", {"a1": [LIFTED], "a2": [TAXED]}, clock) as tracker:
            tracker.ingest(articles()[:1])
            then = clock.now
            clock.wind(days=1)
            tracker.ingest(articles()[1:2])
            clock.wind(days=1)
            reread(tracker, a2=[TAXED]).rerun()
            kinds = {(line.kind, line.policy) for line in tracker.diff(ON, ON, known=(then, clock.now)).lines}
            assert kinds == {("rules", CORK), ("correction", SALT)}

    def test_a_claim_that_is_read_anew_is_known_since_it_was_read_first(self) -> None:
        clock = Clock()
        with opened(":memory:", {"a1": [LIFTED], "a2": [LIFTED]}, clock) as tracker:
            tracker.ingest(articles()[1:2])
            clock.wind(days=1)
            tracker.ingest(articles()[:1])
            [shift] = tracker.shifts()
            clock.wind(days=1)
            reread(tracker, a1=[LIFTED], a2=[{**LIFTED, "status": "decided"}]).rerun()
            assert [each.id for each in tracker.shifts()] == [shift.id]


class TestDryRun:
    def test_it_tells_the_same_and_records_nothing(self) -> None:
        with opened(":memory:", {"a1": [LIFTED]}) as tracker:
            tracker.ingest(articles())
            before = list(tracker.ledger.export_canonical()), tracker.ledger.moments()
            dry = reread(tracker, a2=[TAXED]).rerun(dry_run=True)
            assert (list(tracker.ledger.export_canonical()), tracker.ledger.moments()) == before
            assert not dry.recorded
            assert tracker.rerun() == dry.model_copy(update={"recorded": True})

    def test_the_rerun_after_it_reads_nothing_twice(self, tmp_path: Path) -> None:
        with opened(tmp_path / "watch.db", {"a1": [LIFTED]}) as tracker:
            tracker.ingest(articles())
            reread(tracker, a2=[TAXED]).rerun(dry_run=True)
            assert (tmp_path / "watch.db.rerun").is_file()
            report = reread(tracker, a2=[TAXED]).rerun()
            assert tracker._extractor.read_ids == []  # type: ignore[attr-defined]
            assert report.recorded and len(report.changes) == 2
            assert not (tmp_path / "watch.db.rerun").exists()


class TestAlerts:
    def test_nobody_is_told_unless_asked(self) -> None:
        heard: list[Shift] = []
        with opened(":memory:", {}) as tracker:
            tracker.on_shift(heard.append)
            tracker.ingest(articles())
            assert reread(tracker, a1=[LIFTED]).rerun().alerted == 0
            tracker.ingest([news("a9", "2024-12-01")])  # nor later
            assert heard == []
            assert reread(tracker, a1=[LIFTED], a2=[TAXED]).rerun(notify=True).alerted == 1
            assert [shift.policy for shift in heard] == [SALT]

    def test_what_was_a_shift_before_is_no_news(self) -> None:
        heard: list[Shift] = []
        with opened(":memory:", {"a1": [LIFTED]}) as tracker:
            tracker.on_shift(heard.append)
            tracker.ingest(articles())
            reread(tracker).rerun(notify=True)
            reread(tracker, a1=[LIFTED]).rerun(notify=True)
            assert len(heard) == 1

    def test_a_failure_is_told_and_the_shift_is_recorded(self) -> None:
        def broken(_: Shift) -> None:
            raise RuntimeError("the printer is on fire")

        with opened(":memory:", {}) as tracker:
            tracker.on_shift(broken)
            tracker.ingest(articles())
            report = reread(tracker, a1=[LIFTED]).rerun(notify=True)
            assert len(report.alert_errors) == 1 and "the printer is on fire" in report.alert_errors[0]
            assert len(tracker.shifts()) == 1

    def test_a_dry_run_has_nothing_to_tell(self) -> None:
        with opened(":memory:", {}) as tracker, pytest.raises(ConfigError, match="dry_run records nothing"):
            tracker.rerun(dry_run=True, notify=True)


class TestFaults:
    def test_without_a_ledger(self, tmp_path: Path) -> None:
        with opened(tmp_path / "none.db", {}) as tracker, pytest.raises(LedgerError, match="there is no ledger"):
            tracker.rerun()
        assert list(tmp_path.iterdir()) == []

    def test_one_that_was_stopped_goes_on_where_it_was(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(rerun, "AT_ONCE", 1)
        with opened(tmp_path / "watch.db", {}) as tracker:
            tracker.ingest(articles())
            before = list(tracker.ledger.export_canonical())
            reread(tracker, a1=[LIFTED], a3=[TAXED])
            with pytest.raises(KeyboardInterrupt):
                tracker.rerun(progress=lambda done: _stop() if done == 2 else None)
            assert list(tracker.ledger.export_canonical()) == before
            reread(tracker, a1=[LIFTED], a3=[TAXED])
            assert [each.policy for each in tracker.rerun().changes] == [CORK, SALT]
            assert tracker._extractor.read_ids == ["a3"]  # type: ignore[attr-defined]

    @pytest.mark.parametrize(
        "damage",
        [
            lambda told: told[: len(told) // 2],
            lambda told: told[:-1],
            lambda told: told[: told.index(b"\n") + 1] + b'{"art\n' + told[told.index(b"\n") + 1 :],
            lambda told: told.replace(b"readings", b"writings"),
            lambda _: b"",
            lambda _: b"\x00\xff rubbish",
            lambda told: told[: told.index(b"\n") + 1] + b"7\n",
        ],
    )
    def test_a_damaged_file_of_readings_costs_no_more_than_reading(self, tmp_path: Path, damage: Any) -> None:
        with opened(tmp_path / "watch.db", {}) as tracker:
            tracker.ingest(articles())
            reread(tracker, a1=[LIFTED], a3=[TAXED]).rerun(dry_run=True)
            file = tmp_path / "watch.db.rerun"
            file.write_bytes(damage(file.read_bytes()))
            assert [each.policy for each in tracker.rerun().changes] == [CORK, SALT]

    def test_two_at_once_are_one_too_many(self, tmp_path: Path) -> None:
        with opened(tmp_path / "watch.db", {}) as tracker:
            tracker.ingest(articles())
            told: list[str] = []

            def another(_: int) -> None:
                with (
                    opened(tmp_path / "watch.db", {}) as second,
                    pytest.raises(LedgerError, match="another rerun") as it,
                ):
                    second.rerun()
                told.append(str(it.value))

            tracker.rerun(progress=another)
            assert len(told) == 3

    def test_a_disk_that_is_full(self) -> None:
        class Full(io.BytesIO):
            def flush(self) -> None:
                raise OSError(errno.ENOSPC, "No space left on device")

        readings = rerun.Readings(Full(), "rules", Path("watch.db.rerun"))
        told = r"^watch\.db\.rerun: cannot be written: No space left on device\. Check the folder and the disk"
        with pytest.raises(LedgerError, match=told):
            readings.flush()

    def test_what_the_progress_raises_is_its_own(self, tmp_path: Path) -> None:
        def broken(_: int) -> None:
            raise BrokenPipeError

        with opened(tmp_path / "watch.db", {}) as tracker:
            tracker.ingest(articles())
            with pytest.raises(BrokenPipeError):
                tracker.rerun(progress=broken)

    def test_a_file_that_an_ending_rerun_took_away_is_made_anew(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        taken = []
        lock = locked.fcntl.flock

        def late(file: Any, how: int) -> None:
            lock(file, how)
            if not taken:
                taken.append((tmp_path / "watch.db.rerun").unlink())

        monkeypatch.setattr(locked.fcntl, "flock", late)
        with opened(tmp_path / "watch.db", {}) as tracker:
            tracker.ingest(articles())
            assert reread(tracker, a1=[LIFTED]).rerun(dry_run=True).claims_added == 1
        assert taken == [None] and (tmp_path / "watch.db.rerun").is_file()

    def test_articles_that_come_in_meanwhile_stay(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        record = rerun.Rerun._record

        def later(self: rerun.Rerun, *given: Any) -> Any:
            with opened(tmp_path / "watch.db", {"a9": [TAXED]}) as second:
                second.ingest([news("a9", "2024-12-01")])
            return record(self, *given)

        monkeypatch.setattr(rerun.Rerun, "_record", later)
        with opened(tmp_path / "watch.db", {"a1": [LIFTED]}) as tracker:
            tracker.ingest(articles())
            reread(tracker).rerun()
            assert [shift.policy for shift in tracker.shifts()] == [SALT]


def _stop() -> None:
    raise KeyboardInterrupt


class TestAnOlderLedger:
    def test_it_answers_as_it_did_and_is_brought_forward_by_the_first_batch(self, tmp_path: Path) -> None:
        shutil.copy(FIXTURE, tmp_path / "watch.db")
        with opened(tmp_path / "watch.db", {}) as tracker:
            first, latest = tracker.ledger.moments() or (None, None)
            found = tracker.ledger.shifts(latest)  # type: ignore[arg-type]
            assert [(shift.kind, shift.occurred_on) for shift in found] == [
                ("restriction_imposed", "2023-03-02"),
                ("restriction_lifted", "2023-09-10"),
            ]
            assert first is not None and tracker.ledger.occasion(["in.salt.export"], first) == (None, {}, (), ())
            assert _schema(tmp_path / "watch.db") == 1
            report = tracker.rerun()
            assert "in.salt.export" in report.left and report.changes == ()
            assert _schema(tmp_path / "watch.db") == SCHEMA_VERSION
            assert tracker.ledger.shifts(latest) == found  # type: ignore[arg-type]
            assert tracker.ledger.cause_at(tracker.ledger.moments()[1]) == "rules"  # type: ignore[index]


def _schema(path: Path) -> int:
    connection = sqlite3.connect(path)
    try:
        return int(connection.execute("SELECT schema FROM ledger").fetchone()[0])
    finally:
        connection.close()


SAID = st.dictionaries(
    st.sampled_from(["a1", "a2", "a3"]), st.lists(st.sampled_from([LIFTED, BANNED, TAXED]), max_size=2), max_size=3
)


@settings(max_examples=15, deadline=None)
@given(before=SAID, between=SAID, after=SAID)
def test_whatever_was_read_a_rerun_gives_what_the_rules_of_now_read(
    before: dict[str, Any], between: dict[str, Any], after: dict[str, Any]
) -> None:
    clock = Clock()
    with opened(":memory:", before, clock) as tracker, opened(":memory:", after) as fresh:
        fresh.ingest(articles())
        tracker.ingest(articles())
        told: list[tuple[datetime.datetime, tuple[object, ...]]] = []
        for said in (between, after):
            told.append((clock.now, answers(tracker, clock.now)))
            clock.wind(hours=1)
            reread(tracker, **said).rerun()
        assert list(tracker.ledger.export_canonical()) == list(fresh.ledger.export_canonical())
        assert [answers(tracker, moment) for moment, _ in told] == [answer for _, answer in told]


def test_a_claim_is_a_claim(tmp_path: Path) -> None:
    """What waits in the file of readings comes out as it went in."""
    article = articles()[0]
    claims = [claim_in(article, 0, decided="2024-03-01"), claim_in(article, 1, **BANNED)]
    with (tmp_path / "readings").open("a+b") as file:
        readings = rerun.Readings(file, "rules", tmp_path)
        readings.add(7, claims)
        readings.add(9, [])
        found = {key: [each.claim for each in told] for part in readings.parts(1) for key, told in part.items()}
        assert found == {7: claims, 9: []}
        assert 7 in readings and 8 not in readings
