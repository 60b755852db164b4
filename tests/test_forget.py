"""The removal of an article's text: its words are gone from every record and every file, and all else is as it was."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import create_engine, make_url, text
from typer.testing import CliRunner

from policytrack.cli import app
from policytrack.dues import Due
from policytrack.errors import ConfigError, LedgerError
from policytrack.ledger import Ledger
from policytrack.model import Article, Shift, Span
from policytrack.tracker import Tracker, open_tracker
from tests import postgres
from tests.builders import OneByOne
from tests.test_review import Lexicon
from tests.test_tracker import CORK, Clock, house, news, rules_folder

RUNNER = CliRunner()
FIRST = "Zanzibar lets quux cork out of Wibble harbour after frobnication, said Xyzzy on Tuesday."
SECOND = "Cork leaves Zanzibar, and Plugh too."
WORDS = ("zanzibar", "quux", "wibble", "frobnication", "xyzzy", "plugh", "grault")
ON = "2024-12-31"


def span(text: str, words: str, **more: Any) -> dict[str, Any]:
    start = text.index(words)
    return {"start": start, "end": start + len(words), "quote": words, **more}


def said() -> dict[str, list[dict[str, Any]]]:
    """Claims with every kind of quotation that a claim can have."""
    speaker = span(FIRST, "Xyzzy")
    first = {
        "words": "lets quux cork out of Wibble harbour",
        "issuer": {"id": "us", "text": "Zanzibar"},
        "subject": span(FIRST, "quux cork"),
        "dates": [span(FIRST, "Tuesday", role="decided", date="2024-11-12", precision="day")],
        "scope": [span(FIRST, "Wibble harbour", kind="place", attributed_to=speaker)],
        "attributed_to": speaker,
        "triggers": [span(FIRST, "frobnication", kind="primary", cue="after", hedge="Zanzibar", attributed_to=speaker)],
    }
    again = {"words": "the harbour of Wibble", "scope": [span(LATER, "harbour Wibble", kind="place")]}
    other = {"words": "Cork leaves Zanzibar", "scope": [span(SECOND, "Zanzibar", kind="place")]}
    return {"a": [first], "b": [other], "later": [again]}


LATER = "Cork may leave from the harbour of Wibble, once more: harbour Wibble."


def article(name: str, text: str, on: str = "2024-11-12") -> Article:
    extra = {"note": "grault"}
    url = "https://example.org/zanzibar-quux"
    return news(name, on, text=text, title="Zanzibar at last", url=url, publisher=f"Wire {name}", extra=extra)


def opened(place: Any, clock: Clock | None = None, reader: Any = None) -> Tracker:
    return open_tracker(place, rules=house(), clock=clock or Clock(), extractor=reader or Lexicon(**said()))


class Furnished:
    """What the tests of a class have; also where they are run again on another database."""

    @pytest.fixture
    def path(self, tmp_path: Path) -> Path:
        return tmp_path / "watch.db"

    @pytest.fixture
    def tracker(self, path: Path) -> Iterator[Tracker]:
        with opened(path) as one:
            one.ingest([article("a", FIRST), news("quiet", "2024-11-13", text="It rained in Lisbon.")])
            yield one


def bytes_of(folder: Path) -> bytes:
    return b"".join(each.read_bytes() for each in sorted(folder.iterdir()) if each.is_file()).lower()


def holds(folder: Path) -> set[str]:
    return {word for word in WORDS if word.encode() in bytes_of(folder)}


def told(tracker: Tracker) -> list[Any]:
    """All that stands, without words: what of it must stay."""
    shifts = [
        (one.id, one.kind, one.occurred_on, one.before.status, one.after.status, one.stage, one.claims, len(one.scope),
         [(each.kind, each.start, each.end) for each in (*one.scope, *one.triggers)])
        for one in tracker.shifts()
    ]  # fmt: skip
    states = [(one.policy, one.status, one.valid_from, one.valid_to, one.claims) for one in tracker.states(on=ON)]
    known = tracker.shifts().known
    claims = [(one.id, one.operation, one.evidence.start, one.evidence.end) for one in tracker.ledger.claims(known)]
    return [shifts, states, claims]


class TestTheWords(Furnished):
    def test_are_gone_and_all_else_stays(self, tracker: Tracker) -> None:
        before = told(tracker)
        found = tracker.forget("a", by="Ana", why="the publisher asked")
        assert (found.article_id, found.versions, found.by, found.left) == ("a", 1, "Ana", "")
        assert told(tracker) == before
        [shift] = tracker.shifts()
        [claim] = tracker.ledger.claims(tracker.shifts().known)
        spans = [claim.evidence, claim.subject, claim.attributed_to, *claim.scope, *claim.triggers, *claim.dates]
        spans += [*shift.scope, *shift.triggers, *shift.after.scope, shift.scope[0].attributed_to]
        assert all(each is not None and each.quote == "" and each.start < each.end for each in spans)
        assert (claim.triggers[0].cue, claim.triggers[0].hedge, claim.issuer.text) == ("", "", "")
        assert tracker.doctor().is_sound

    def test_are_in_no_answer(self, tracker: Tracker) -> None:
        [shift] = tracker.shifts()
        tracker.correct(shift.claims[0], {"background": "false", "issuer": "gb"}, by="Ana", why="so it is")
        tracker.forget("a", by="Bo", why="asked to")
        answers = [str(tracker.why(one)) for one in (shift.id, shift.claims[0], CORK)]
        answers += list(tracker.ledger.export_canonical())
        answers += [tracker.changes().model_dump_json(), *(one.model_dump_json() for one in tracker.decisions())]
        answers += [tracker.diff("2024-01-01", ON).model_dump_json(), str(tracker.why_not(CORK, on="2024-11-12"))]
        assert not [(word, answer) for answer in answers for word in WORDS if word in answer.lower()]
        assert "[text removed] at" in answers[0] and "removed  by Bo, 2026-01-02 03:04Z: asked to" in answers[1]

    def test_are_in_nothing_that_a_hook_said(self, path: Path) -> None:
        [claim] = said()["a"]
        dated = {**claim, "dates": [span(FIRST, "Tuesday", role="expires", date="2026-01-20", precision="day")]}
        with opened(path, reader=Lexicon(a=[dated], b=said()["b"])) as tracker:

            def fails(news: Shift | Due) -> None:
                raise OSError(f"cannot tell of {news.model_dump_json()}")

            tracker.on_shift(fails)
            tracker.on_due(lambda due: fails(due))
            tracker.ingest([article("a", FIRST), news("quiet", "2024-11-13", text="It rained in Lisbon.")])
            assert [due.what for due in tracker.announce_due("30d").called] == ["ends"]
            tracker.forget("a", by="Ana", why="asked to")
            assert tracker.doctor().is_sound
        assert holds(path.parent) == set()

    def test_are_in_no_file(self, tracker: Tracker, path: Path) -> None:
        for number in range(30):  # pages that were split and freed before
            tracker.ingest(article("a", f"{FIRST} For the {number}th time."))
        tracker.reject(tracker.ledger.claims(tracker.shifts().known)[0].id, by="Ana")
        assert holds(path.parent) == set(WORDS) - {"plugh"}
        found = tracker.forget("a", by="Ana", why="asked to")
        assert (found.versions, found.left) == (31, "")
        assert holds(path.parent) == set()
        tracker.close()
        assert holds(path.parent) == set()
        with opened(path) as again:
            assert again.doctor().is_sound

    def test_are_not_in_what_a_stopped_rerun_left(self, tracker: Tracker, path: Path) -> None:
        left = path.with_name("watch.db.rerun")
        tracker.rerun(dry_run=True)
        assert b"Wibble" in left.read_bytes()
        tracker.forget("a", by="Ana", why="asked to")
        assert not left.exists() and holds(path.parent) == set()
        tracker.rerun()
        assert holds(path.parent) == set() and tracker.doctor().is_sound

    def test_of_another_article_stay(self, tracker: Tracker) -> None:
        tracker.ingest(article("b", SECOND, on="2024-11-15"))
        tracker.forget("a", by="Ana", why="asked to")
        [shift] = tracker.shifts()
        assert [scope.quote for scope in shift.scope] == ["", "Zanzibar"]
        assert tracker.doctor().is_sound

    def test_come_out_of_past_answers_too(self, path: Path) -> None:
        clock = Clock()
        with opened(path, clock) as tracker:
            tracker.ingest(article("a", FIRST))
            then = clock.now
            clock.wind(hours=1)
            tracker.__dict__["_extractor"] = Lexicon()
            tracker.ingest(article("a", "Nothing of the kind."))
            clock.wind(hours=1)
            was = [(one.id, one.kind) for one in tracker.shifts(known=then)]
            tracker.forget("a", by="Ana", why="asked to")
            assert [(one.id, one.kind) for one in tracker.shifts(known=then)] == was and was
            assert {scope.quote for one in tracker.shifts(known=then) for scope in one.scope} == {""}


class TestAfterwards(Furnished):
    def test_the_same_text_does_not_come_back(self, tracker: Tracker, path: Path) -> None:
        tracker.forget("a", by="Ana", why="asked to")
        report = tracker.ingest(article("a", FIRST))
        assert (report.read, report.unchanged, report.removed) == (0, 1, 1)
        tracker.rerun()
        assert holds(path.parent) == set() and len(tracker.shifts()) == 1

    def test_what_tells_the_same_scope_in_other_words_is_no_news(self, tracker: Tracker) -> None:
        tracker.forget("a", by="Ana", why="asked to")
        report = tracker.ingest(article("later", LATER, on="2024-12-20"))
        assert (report.read, report.shifts) == (1, ())
        assert len(tracker.shifts()) == 1 and tracker.doctor().is_sound

    def test_it_cannot_be_read_again(self, tracker: Tracker) -> None:
        tracker.forget("a", by="Ana", why="asked to")
        with pytest.raises(ConfigError, match=r"the text of a was removed by Ana on .*: asked to"):
            tracker.why_article("a")

    def test_the_second_time_there_is_nothing_to_remove(self, tracker: Tracker) -> None:
        first = tracker.forget("a", by="Ana", why="asked to")
        cursor = tracker.changes().cursor
        again = tracker.forget("a", by="Bo", why="once more")
        assert (again.versions, again.by, again.recorded_at) == (0, "Ana", first.recorded_at)
        assert tracker.changes(cursor).changes == ()

    def test_those_who_follow_are_told(self, tracker: Tracker) -> None:
        cursor = tracker.changes().cursor
        tracker.forget("a", by="Ana", why="asked to")
        found = tracker.changes(cursor).changes
        assert {each.cause for each in found} == {"removal"}
        [removed] = [each for each in found if each.of == "removal"]
        assert (removed.id, removed.record["by"], removed.record["why"]) == ("a", "Ana", "asked to")
        assert removed.record["text_digest"] == article("a", FIRST).text_digest

    def test_the_claim_can_still_be_decided_about(self, tracker: Tracker) -> None:
        tracker.forget("a", by="Ana", why="asked to")
        [shift] = tracker.shifts()
        tracker.reject(shift.claims[0], by="Bo")
        assert tracker.shifts() == []
        tracker.undo(shift.claims[0], by="Bo")
        assert [one.id for one in tracker.shifts()] == [shift.id]
        assert [each.original.evidence.quote for each in tracker.decisions()] == ["", ""]

    def test_nobody_is_alerted(self, tracker: Tracker) -> None:
        heard: list[object] = []
        tracker.on_shift(heard.append)
        tracker.forget("a", by="Ana", why="asked to")
        tracker.ingest(news("other", "2024-11-14"))
        assert heard == []


class TestWhatCannotBeMeant(Furnished):
    @pytest.mark.parametrize(("by", "why"), [("", "x"), (" ", "x"), ("Ana", ""), ("Ana", "\n"), ("\ud83d", "x")])
    def test_nobody_or_no_reason(self, tracker: Tracker, by: str, why: str) -> None:
        with pytest.raises(ConfigError, match="says nothing"):
            tracker.forget("a", by=by, why=why)
        assert tracker.removals() == []

    @pytest.mark.parametrize("name", ["", "b", "a" * 500, "\ud800", "c-123456", CORK, "%"])
    def test_an_article_that_is_none(self, tracker: Tracker, name: str) -> None:
        with pytest.raises(ConfigError, match=r"no article in .* opens with"):
            tracker.forget(name, by="Ana", why="asked to")

    def test_an_opening_that_several_have(self, tracker: Tracker) -> None:
        tracker.ingest([news("quick", "2024-11-13"), news("q", "2024-11-13")])
        with pytest.raises(ConfigError, match="qui can be quick, quiet"):
            tracker.forget("qui", by="Ana", why="asked to")
        assert tracker.forget("q", by="Ana", why="asked to").article_id == "q"
        assert tracker.forget("quie", by="Ana", why="asked to").article_id == "quiet"

    def test_while_a_rerun_goes_on(self, tracker: Tracker) -> None:
        class Meanwhile(Lexicon):
            def read(self, article: Article) -> Any:
                with pytest.raises(LedgerError, match="another rerun"):
                    tracker.forget("a", by="Ana", why="asked to")
                return super().read(article)

        tracker.__dict__["_extractor"] = Meanwhile(**said())
        tracker.rerun()
        assert tracker.removals() == [] and tracker.ledger.articles("a", tracker.shifts().known)[0].text == FIRST

    def test_while_somebody_reads(self, tracker: Tracker, path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("policytrack.ledger.database.BUSY_SECONDS", 0.05)
        with Ledger(path)._reading() as reading:
            reading.execute(text("SELECT count(*) FROM claims")).scalar()
            found = tracker.forget("a", by="Ana", why="asked to")
            assert found.versions == 1 and "another process reads" in found.left
        assert tracker.forget("a", by="Ana", why="asked to").left == ""
        assert holds(path.parent) == set()

    def test_an_empty_quotation_of_nothing_is_none(self) -> None:
        assert Span(start=3, end=5, quote="").quote == ""
        for start, end, quote in ((3, 3, ""), (5, 3, ""), (3, 5, "x"), (3, 3, "x")):
            with pytest.raises(ValueError, match="does not fit"):
                Span(start=start, end=end, quote=quote)


PLACES = ("near Kursk", "the Kursk region", "Kursk", "in Bryansk", "Bryansk or Kursk")
SAYINGS = st.tuples(
    st.sampled_from(PLACES),
    st.sampled_from([("authorise", "looser"), ("ease", "looser"), ("tighten", "tighter"), ("impose", "tighter")]),
    st.sampled_from(["2024-01-10", "2024-02-10", "2024-02-12", "2024-05-01", "2024-08-01"]),
)


class Placed(OneByOne):
    """Reads of each article what it brings: a claim with a place as its scope, and with a cause."""

    def read(self, article: Article) -> Any:
        place, operation, direction = article.extra["says"]
        said = {
            "words": article.text,
            "operation": operation,
            "direction": direction,
            "scope": [span(article.text, place, kind="place")],
            "triggers": [span(article.text, "of rain", kind="primary", cue="because")],
        }
        return Lexicon(**{article.id: [said]}).read(article)


@settings(max_examples=12, deadline=None)
@given(st.lists(SAYINGS, min_size=1, max_size=5), st.lists(SAYINGS, max_size=4), st.data())
def test_whatever_is_forgotten_all_else_goes_on_as_it_would(
    before: list[Any], later: list[Any], data: st.DataObject
) -> None:
    made = [
        news(f"n{number}", day, text=f"Cork {number}, {place}, because of rain.", extra={"says": [place, *how]})
        for number, (place, how, day) in enumerate([*before, *later])
    ]
    forgotten = data.draw(st.sets(st.sampled_from([each.id for each in made[: len(before)]]), min_size=1))
    with opened(":memory:", reader=Placed()) as one, opened(":memory:", reader=Placed()) as other:
        for tracker in (one, other):
            tracker.ingest(made[: len(before)])
            for name in sorted(forgotten) if tracker is one else ():
                tracker.forget(name, by="Ana", why="asked to")
        reports = [tracker.ingest(made[len(before) :]) for tracker in (one, other)]
        assert [shift.id for shift in reports[0].shifts] == [shift.id for shift in reports[1].shifts]
        assert _without_triggers(told(one)) == _without_triggers(told(other))
        assert one.doctor().is_sound
        left = " ".join(one.ledger.export_canonical())
        assert all(f'"text":"{each.text}"' not in left for each in made if each.id in forgotten)


def _without_triggers(found: list[Any]) -> list[Any]:
    """Causes in the same words are one cause; without their words they are as many as there are articles."""
    shifts, *rest = found
    kept = [(*shift[:-1], [each for each in shift[-1] if each[0] == "place"]) for shift in shifts]
    return [kept, *rest]


def test_on_a_server() -> None:
    url = postgres.url()
    with opened(url) as tracker:
        tracker.ingest([article("a", FIRST), article("b", SECOND, on="2024-11-15")])
        before = told(tracker)
        found = tracker.forget("a", by="Ana", why="asked to")
        assert (found.versions, found.left) == (1, "")
        assert told(tracker) == before and tracker.doctor().is_sound
        assert tracker.ingest(article("a", FIRST)).removed == 1
    with create_engine(make_url(url).set(drivername="postgresql+psycopg")).begin() as connection:
        for table in ("articles", "claims", "states", "shifts", "decisions", "alerts", "attempts"):
            rows = str(connection.execute(text(f"SELECT * FROM {table}")).all()).lower()
            assert "wibble" not in rows and "frobnication" not in rows


def test_a_user_who_may_not_rewrite_the_tables_is_told() -> None:
    url = make_url(postgres.url())
    schema = str(url.query["options"]).removeprefix("-csearch_path=")
    with opened(url.render_as_string(hide_password=False)) as tracker:
        tracker.ingest([article("a", FIRST)])
    engine = create_engine(url.set(drivername="postgresql+psycopg"))
    with engine.begin() as connection:
        for statement in (
            "DROP ROLE IF EXISTS writer",
            "CREATE ROLE writer LOGIN",
            f"GRANT USAGE ON SCHEMA {schema} TO writer",
            f"GRANT SELECT, INSERT, UPDATE ON ALL TABLES IN SCHEMA {schema} TO writer",
            f"GRANT USAGE ON ALL SEQUENCES IN SCHEMA {schema} TO writer",
        ):
            connection.execute(text(statement))
    try:
        with opened(url.set(username="writer").render_as_string(hide_password=False)) as tracker:
            found = tracker.forget("a", by="Ana", why="asked to")
            assert found.versions == 1 and "the server did not rewrite all tables" in found.left
    finally:
        with engine.begin() as connection:
            connection.execute(text("DROP OWNED BY writer"))
            connection.execute(text("DROP ROLE writer"))
        engine.dispose()


class TestCommand(Furnished):
    def test_as_a_person_and_as_a_program_see_it(self, tracker: Tracker, path: Path, tmp_path: Path) -> None:
        tracker.close()
        flags = ["--db", str(path), "--rules", str(rules_folder(tmp_path / "rules"))]
        words = ["ledger", "forget", "a", "--by", "Ana", "--why", "asked to", *flags]
        silent = RUNNER.invoke(app, words)
        assert silent.exit_code == 2 and "Add --yes" in silent.stderr
        assert "wibble" in holds(path.parent)
        done = RUNNER.invoke(app, [*words, "--yes"])
        assert (done.exit_code, done.stdout.split(",")[0]) == (0, "a: 1 version removed"), done.stderr
        again = RUNNER.invoke(app, [*words, "--yes", "--format", "json"])
        assert json.loads(again.stdout)["versions"] == 0
        shown = RUNNER.invoke(app, ["shifts", *flags])
        assert "[text removed]" in shown.stdout and "wibble" not in shown.stdout.lower()
        for format in ("markdown", "html", "csv", "text", "json"):
            found = RUNNER.invoke(app, ["diff", "2024-11-01", "2024-11-30", "--format", format, *flags])
            assert found.exit_code == 0 and not [word for word in WORDS if word in found.stdout.lower()], found.stderr
            assert format == "json" or "text removed" in found.stdout
        for asked in (["states", "--on", ON], ["shifts"]):
            assert "[text removed]" in RUNNER.invoke(app, [*asked, "--format", "csv", *flags]).stdout
        log = RUNNER.invoke(app, ["review", "log", "--db", str(path)])
        assert "text removed by Ana: asked to" in log.stdout
        report = tmp_path / "again.jsonl"
        report.write_text(article("a", FIRST).model_dump_json() + "\n", encoding="utf-8")
        told = RUNNER.invoke(app, ["ingest", str(report), *flags])
        assert "1 of those known stay without their text: it was removed" in told.stdout
        missing = RUNNER.invoke(app, ["ledger", "forget", "nobody", "--by", "A", "--why", "b", "--yes", *flags])
        assert missing.exit_code == 2 and "has an id that opens with 'nobody'" in missing.stderr

    def test_a_person_who_says_no(self, tracker: Tracker, path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        tracker.close()
        monkeypatch.setattr("policytrack.cli.asking.somebody_is_there", lambda: True)
        words = ["ledger", "forget", "a", "--by", "Ana", "--why", "asked to", "--db", str(path)]
        assert RUNNER.invoke(app, words, input="n\n").exit_code == 1
        assert "wibble" in holds(path.parent)
        assert RUNNER.invoke(app, words, input="y\n").exit_code == 0
        assert holds(path.parent) == set()
