"""The tests of ledger, tracker and rerun once more, on a real PostgreSQL; and what is said where it cannot be used."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from sqlalchemy import create_engine, make_url, text

import policytrack.ledger.ledger
from policytrack.errors import ConfigError, LedgerError
from policytrack.ledger import MEMORY, Ledger, database
from policytrack.ledger.database import Database
from policytrack.ledger.migrations import bring_forward
from policytrack.ledger.places import open_database
from policytrack.model import Article
from policytrack.tracker import open_tracker
from tests import postgres, test_changes, test_doctor, test_forget, test_ledger, test_rerun, test_review, test_tracker
from tests.test_ledger import CORK, at, put, state
from tests.test_tracker import clock, rules, tracker  # noqa: F401 fixtures of the tests that are run again


@pytest.fixture
def elsewhere(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Ledgers in memory and in files are PostgreSQL schemas instead: a file of one name the same one."""
    opened: list[Database] = []
    files: dict[str, str] = {}

    def instead(place: str) -> Database:
        own = postgres.url() if place == MEMORY else files.setdefault(place, postgres.url())
        opened.append(open_database(own))
        if place == MEMORY:  # a ledger in memory is there from its opening on
            with opened[-1].transaction(writes=True) as connection:
                bring_forward(connection)
        return opened[-1]

    monkeypatch.setattr(policytrack.ledger.ledger, "open_database", instead)
    yield
    for each in opened:
        each.engine.dispose()


@pytest.mark.usefixtures("elsewhere")
class TestTwoTimes(test_ledger.TestTwoTimes):
    pass


@pytest.mark.usefixtures("elsewhere")
class TestArticles(test_ledger.TestArticles):
    pass


@pytest.mark.usefixtures("elsewhere")
class TestIds(test_ledger.TestIds):
    pass


@pytest.mark.usefixtures("elsewhere")
class TestNews(test_ledger.TestNews):
    pass


@pytest.mark.usefixtures("elsewhere")
class TestCanonical(test_ledger.TestCanonical):
    pass


@pytest.mark.usefixtures("elsewhere")
class TestIngest(test_tracker.TestIngest):
    pass


@pytest.mark.usefixtures("elsewhere")
class TestTrackerTwoTimes(test_tracker.TestTwoTimes):
    pass


@pytest.mark.usefixtures("elsewhere")
class TestQuestions(test_tracker.TestQuestions):
    pass


@pytest.mark.usefixtures("elsewhere")
class TestHooks(test_tracker.TestHooks):
    pass


@pytest.mark.usefixtures("elsewhere")
class TestBatches(test_ledger.TestBatches):
    test_a_killed_writer_leaves_what_was_committed = None  # type: ignore[assignment]  # see test_walks
    test_the_file_is_one_file_when_it_is_closed = None  # type: ignore[assignment]  # there is no file


@pytest.mark.usefixtures("elsewhere")
class TestAssumedMoments(test_tracker.TestAssumedMoments):
    pass


@pytest.mark.usefixtures("elsewhere")
class TestWhy(test_tracker.TestWhy):
    pass


@pytest.mark.usefixtures("elsewhere")
class TestRules(test_tracker.TestRules):
    pass


PROPERTIES = [
    test_tracker.test_any_order_of_articles_gives_the_same,
    test_tracker.test_a_past_answer_stays_the_same,
    test_tracker.test_reading_twice_adds_nothing,
    test_tracker.test_the_shifts_between_two_days_explain_every_difference,
    test_rerun.test_whatever_was_read_a_rerun_gives_what_the_rules_of_now_read,
    test_changes.test_what_changed_adds_up_to_what_stands,
    test_doctor.test_whatever_was_taken_in_and_read_again_the_ledger_is_sound,
]


@pytest.mark.usefixtures("elsewhere")
@pytest.mark.parametrize("holds", PROPERTIES, ids=lambda each: each.__name__.removeprefix("test_"))
def test_what_holds_of_random_histories(holds: Any) -> None:
    again = given(**holds.hypothesis._given_kwargs)(holds.hypothesis.inner_test)
    settings(max_examples=3, deadline=None, suppress_health_check=[HealthCheck.too_slow])(again)()


@pytest.mark.usefixtures("elsewhere")
class TestReruns(test_rerun.TestWhatChanges):
    pass


@pytest.mark.usefixtures("elsewhere")
class TestTheRecord(test_rerun.TestTheRecord):
    pass


@pytest.mark.usefixtures("elsewhere")
class TestDryRun(test_rerun.TestDryRun):
    test_the_rerun_after_it_reads_nothing_twice = None  # type: ignore[assignment]  # no file lies beside a server


@pytest.mark.usefixtures("elsewhere")
class TestAlertsOfReruns(test_rerun.TestAlerts):
    pass


@pytest.mark.usefixtures("elsewhere")
class TestWhatWaits(test_review.TestWhatWaits):
    pass


@pytest.mark.usefixtures("elsewhere")
class TestDeciding(test_review.TestDeciding):
    pass


@pytest.mark.usefixtures("elsewhere")
class TestOtherRulesAndTexts(test_review.TestOtherRulesAndTexts):
    pass


@pytest.mark.usefixtures("elsewhere")
class TestAfterARemoval(test_forget.TestAfterwards):
    test_the_same_text_does_not_come_back = None  # type: ignore[assignment]  # it looks at files


def test_what_is_recorded_here_is_sound_and_told_as_anywhere(tmp_path: Path) -> None:
    articles = [
        test_tracker.news("a", "2024-11-12", test_tracker.LIFTED),
        test_tracker.news("b", "2024-11-20", test_tracker.BANNED),
        test_tracker.news("a", "2024-11-12", text="Other words, and nothing of it."),
    ]
    told = []
    for place in (postgres.url(), tmp_path / "watch.db"):
        now, reader = test_tracker.Clock(), test_tracker.Reader()
        with open_tracker(place, rules=test_tracker.house(), clock=now, extractor=reader) as one:
            for article in articles:
                one.ingest(article)
                now.wind(hours=1)
            one.ingest(test_tracker.news("c", "2024-03-01", test_tracker.TAXED), backfill=True)
            one.rerun()
            assert one.doctor().is_sound
            told.append((one.changes(), [*one.ledger.export_canonical()], one.states(due="30d").note))
    assert told[0] == told[1]


class TestFaults:
    def test_a_database_that_cannot_be_reached(self, tmp_path: Path) -> None:
        with pytest.raises(
            LedgerError, match=r"^postgresql://me:\*\*\*@/watch.* cannot be opened \(.*Check the address"
        ):
            Ledger(f"postgresql://me:secret@/watch?host={tmp_path}")

    @pytest.mark.parametrize("name", ["postgresql://host:port/x", "postgresql://host:99999999x/"])
    def test_an_address_that_is_none(self, name: str) -> None:
        with pytest.raises(ConfigError, match="the URL cannot be read"):
            Ledger(name)

    def test_a_database_that_is_not_there(self) -> None:
        missing = make_url(postgres.server()).set(database="nothing")
        with pytest.raises(LedgerError, match=r"cannot be opened \(.*does not exist\). Check the address"):
            Ledger(missing.render_as_string(hide_password=False))

    def test_a_user_who_may_not(self) -> None:
        url = make_url(postgres.url())
        with create_engine(url.set(drivername="postgresql+psycopg")).begin() as connection:
            connection.execute(text("DROP ROLE IF EXISTS guest"))
            connection.execute(text("CREATE ROLE guest LOGIN"))
        ledger = Ledger(url.set(username="guest").render_as_string(hide_password=False))
        with pytest.raises(LedgerError, match="Grant one, or name another user"):
            put(ledger, at(0), state("prohibited"))
        ledger.close()

    def test_tables_of_another_program(self) -> None:
        url = postgres.url()
        with create_engine(make_url(url).set(drivername="postgresql+psycopg")).begin() as connection:
            connection.execute(text("CREATE TABLE articles (title text)"))
        with pytest.raises(LedgerError, match=r"has tables of another program \(articles\); nothing was touched"):
            Ledger(url)

    def test_tables_beside_others_are_ours(self) -> None:
        url = postgres.url()
        with create_engine(make_url(url).set(drivername="postgresql+psycopg")).begin() as connection:
            connection.execute(text("CREATE TABLE recipes (title text)"))
        ledger = Ledger(url)
        assert not ledger.is_there()
        put(ledger, at(0), state("prohibited"))
        assert Ledger(url).policies() == [CORK]

    def test_a_newer_ledger(self) -> None:
        url = postgres.url()
        put(Ledger(url), at(0), state("prohibited"))
        with create_engine(make_url(url).set(drivername="postgresql+psycopg")).begin() as connection:
            connection.execute(text("UPDATE ledger SET schema = 14, written_by = '0.9'"))
        with pytest.raises(LedgerError, match=r"was written by policytrack 0\.9 \(schema 14\)"):
            Ledger(url)

    def test_one_that_others_write_to_for_too_long(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(database, "BUSY_SECONDS", 0.05)
        ledger = Ledger(postgres.url())
        other = Ledger(ledger._database.engine.url.render_as_string(hide_password=False).replace("+psycopg", ""))
        with other.batch(lambda _: at(0), "0" * 32), pytest.raises(LedgerError, match="is locked: another process"):
            put(ledger, at(1), state("prohibited"))

    def test_two_who_write_at_once_write_one_after_the_other(self) -> None:
        url = postgres.url()
        put(Ledger(url), at(0), state("prohibited"))

        def write(policy: str) -> None:
            for hour in range(1, 9):
                moment = at(hour)
                with Ledger(url).batch(lambda latest, now=moment: max(latest or now, now), "0" * 32) as batch:
                    batch.put_states(policy, [state("permitted" if hour % 2 else "prohibited", policy=policy)])

        threads = [threading.Thread(target=write, args=(name,)) for name in ("pt.a.b", "pt.c.d")]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        found = Ledger(url).states(at(99))
        assert [(each.policy, each.status) for each in found] == [
            ("pt.a.b", "prohibited"),
            ("pt.c.d", "prohibited"),
            (CORK, "prohibited"),
        ]


def test_what_an_article_holds_comes_back_as_it_was() -> None:
    odd = Article(
        id="a\0\x1b\u202e", text="NUL \0 and \U0001f1fa\U0001f1e6 e\u0301", published_at="2024-05", publisher="W\0"
    )
    reader, now = test_tracker.Reader(), test_tracker.Clock()
    with open_tracker(postgres.url(), rules=test_tracker.house(), clock=now, extractor=reader) as one:
        one.ingest(odd)
        assert one.ledger.articles("a", test_tracker.NOW) == [odd]
        assert one.ledger.articles("b", test_tracker.NOW) == []
