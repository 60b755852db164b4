"""What waits for a person, and what people decide: what follows, what stays, what reruns and revisions make of it."""

from __future__ import annotations

import datetime
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from typer.testing import CliRunner

from policytrack.errors import ConfigError
from policytrack.model import Article, Claim, Shift
from policytrack.review import REASONS, Asked
from policytrack.tracker import Tracker, open_tracker
from tests.builders import OneByOne, knows
from tests.test_tracker import (
    BANNED,
    CORK,
    CORK_BY_SEA,
    LIFTED,
    SALT,
    Clock,
    Reader,
    Reading,
    histories,
    house,
    news,
)

RUNNER = CliRunner()
JOINED = {"policy": CORK, "operation": "join", "direction": "looser"}
ON = "2024-12-31"


class Lexicon(OneByOne):
    """Reads from each article what stands beside its id: claims at places that the test names."""

    def __init__(self, **said: list[dict[str, Any]]) -> None:
        self.said = said

    def read(self, article: Article) -> Reading:
        return Reading(tuple(_claim(article, **one) for one in self.said.get(article.id, [])))


def _claim(article: Article, words: str, policy: str = CORK, operation: str = "authorise", **more: Any) -> Claim:
    from policytrack.model import claim_id

    start = article.text.index(words)
    told = {
        "id": claim_id(article, start, start + len(words), policy, "us", operation),
        "article_id": article.id,
        "policy": policy,
        "issuer": {"id": "us", "text": None},
        "operation": operation,
        "direction": "looser",
        "status": "announced",
        "factive": True,
        "background": False,
        "evidence": {"start": start, "end": start + len(words), "quote": words},
        "rule": ["operations.authorise@3"],
        "confidence": {"value": 0.8},
    }
    return Claim.model_validate({**told, **more})


def opened(path: str | Path = ":memory:", clock: Clock | None = None, reader: Any = None) -> Tracker:
    return open_tracker(path, rules=house(), clock=clock or Clock(), extractor=reader or Reader())


class Furnished:
    """What the tests of a class have; also where they are run again on another database."""

    @pytest.fixture
    def clock(self) -> Clock:
        return Clock()

    @pytest.fixture
    def tracker(self, clock: Clock) -> Iterator[Tracker]:
        """A ledger in which cork was lifted, and banned again."""
        with opened(clock=clock) as one:
            one.ingest([news("a", "2024-11-12", LIFTED), news("b", "2024-11-20", BANNED)])
            clock.wind(hours=1)
            yield one


def claim_of(tracker: Tracker, article: str) -> Claim:
    known = (tracker.ledger.moments() or (None, None))[1]
    [found] = [claim for claim in tracker.ledger.claims(known) if claim.article_id == article]  # type: ignore[arg-type]
    return found


def kinds(tracker: Tracker, **asked: Any) -> list[tuple[str, str]]:
    return [(shift.policy, shift.kind) for shift in tracker.shifts(**asked)]


class TestWhatWaits(Furnished):
    def test_nothing_where_all_is_plain(self, tracker: Tracker) -> None:
        found = tracker.review()
        assert (found, found.note) == ([], "nothing waits")

    def test_what_the_status_model_cannot_take(self, tracker: Tracker) -> None:
        tracker.ingest(news("c", "2024-11-25", JOINED))
        [item] = tracker.review()
        assert (item.reasons, item.shifts, item.stage) == (("not_meaningful",), (), None)
        assert "join means nothing for a permission" in item.text
        assert (item.article_id, item.says["operation"], item.says["decided"]) == ("c", "join", "none")

    def test_both_sides_of_a_dispute(self, tracker: Tracker) -> None:
        tracker.ingest(news("c", "2024-11-21", {**BANNED, "status": "denied"}, publisher="Other"))
        found = tracker.review()
        assert {item.article_id for item in found} >= {"b", "c"}
        assert all(item.reasons == ("disputed",) and item.stage == "disputed" for item in found)
        assert {shift for item in found for shift in item.shifts} <= {shift.id for shift in tracker.shifts()}

    def test_what_is_implied(self) -> None:
        said = [{"words": "cork", "implied": True, "status": "implemented", "confidence": {"value": 0.4}}]
        with opened(reader=Lexicon(a=said)) as tracker:
            tracker.ingest(news("a", "2024-11-12", text="Much cork was seen at sea."))
            [item] = tracker.review()
            assert item.reasons == ("implied", "low_confidence")
            assert tracker.review(reason="low_confidence") == [item]
            assert tracker.review(reason="disputed") == []

    def test_what_is_not_sure_and_alone(self) -> None:
        said = {name: [{"words": "cork", "confidence": {"value": 0.3}}] for name in ("a", "b")}
        with opened(reader=Lexicon(**said)) as tracker:
            tracker.ingest(news("a", "2024-11-12", text="Of cork."))
            assert [item.reasons for item in tracker.review()] == [("low_confidence",)]
            tracker.ingest(news("b", "2024-11-13", text="On cork."))
            assert tracker.review() == []

    def test_what_a_shift_rests_on_comes_first(self) -> None:
        said = {
            "a": [{"words": "cork", "operation": "join"}],
            "b": [{"words": "salt", "policy": SALT, "operation": "impose", "direction": "tighter",
                   "confidence": {"value": 0.2}}],
        }  # fmt: skip
        with opened(reader=Lexicon(**said)) as tracker:
            tracker.ingest([news("a", "2024-01-12", text="Of cork."), news("b", "2024-11-12", text="Of salt.")])
            assert [item.article_id for item in tracker.review()] == ["b", "a"]
            assert [item.article_id for item in tracker.review(policy="pt.cork.*")] == ["a"]
            assert [item.article_id for item in tracker.review(policy="pt.bark.export")] == ["a"]

    def test_what_was_decided_about_waits_no_more_but_did(self, tracker: Tracker, clock: Clock) -> None:
        tracker.ingest(news("c", "2024-11-25", JOINED))
        then = clock.now
        clock.wind(hours=1)
        [item] = tracker.review()
        tracker.accept(item.claim, by="Ana")
        assert tracker.review() == []
        assert tracker.review(known=then) == [item]
        clock.wind(hours=1)
        tracker.undo(item.claim, by="Ana")
        assert tracker.review() == [item]

    def test_questions_that_cannot_be_meant(self, tracker: Tracker) -> None:
        with pytest.raises(ConfigError, match="Did you mean 'disputed'"):
            tracker.review(reason="disputes")
        with pytest.raises(ConfigError, match="Did you mean"):
            tracker.review(policy="pt.cork.exports")
        assert all(reason.replace("_", "").isalpha() for reason in REASONS) and len(set(REASONS)) == 12


class TestDeciding(Furnished):
    def test_a_rejected_claim_moves_nothing_and_stays(self, tracker: Tracker, clock: Clock) -> None:
        claim = claim_of(tracker, "b")
        then = clock.now
        clock.wind(hours=1)
        report = tracker.reject(claim.id, by="Ana", why="a plan")
        assert [(each.change, each.policy) for each in report.changes] == [("gone", CORK)]
        assert kinds(tracker) == [(CORK, "restriction_lifted")]
        assert tracker.state(CORK, on=ON).status == "permitted"
        assert tracker.state(CORK, on=ON, known=then).status == "prohibited"
        assert claim_of(tracker, "b") == claim
        assert tracker.doctor().is_sound

    def test_an_undone_decision_leaves_all_as_it_was(self, tracker: Tracker) -> None:
        before = list(tracker.ledger.export_canonical())
        shifts = [shift.id for shift in tracker.shifts()]
        claim = claim_of(tracker, "b")
        for decide in (tracker.reject, tracker.accept):
            decide(claim.id, by="Ana")
            assert list(tracker.ledger.export_canonical()) != before
            assert tracker.undo(claim.id, by="Bo", why="in error").news == ()
            assert list(tracker.ledger.export_canonical()) == before
        assert [shift.id for shift in tracker.shifts()] == shifts

    def test_a_correction_moves_a_claim_to_where_it_belongs(self, tracker: Tracker) -> None:
        claim = claim_of(tracker, "b")
        told: list[Shift] = []
        tracker.on_shift(told.append)
        report = tracker.correct(
            claim.id,
            {"policy": SALT, "operation": "impose", "direction": "tighter", "decided": "2024-11-19"},
            by="Ana",
            why="it is about salt",
        )
        assert [(each.change, each.policy) for each in report.changes] == [("gone", CORK), ("added", SALT)]
        [shift] = tracker.shifts(policy=SALT)
        assert (shift.kind, shift.occurred_on, shift.claims) == ("restriction_imposed", "2024-11-19", (claim.id,))
        assert shift.confidence.value == 1 and shift.confidence.reasons == ("corrected by Ana",)
        assert [each.id for each in told] == [shift.id] == [each.id for each in report.news]
        assert claim_of(tracker, "b") == claim
        assert tracker.policies()
        last = {each.id: each.last_claim for each in tracker.policies()}
        assert last[CORK] and last[CORK].operation == LIFTED.get("operation", "authorise")
        assert tracker.doctor().is_sound

    @pytest.mark.parametrize(
        ("set_", "check"),
        [
            ({"operation": "ease"}, lambda claim: claim.operation == "ease"),
            ({"status": "proposed"}, lambda claim: (claim.status, claim.factive) == ("proposed", False)),
            ({"background": "true"}, lambda claim: claim.background),
            ({"implied": "true"}, lambda claim: claim.implied),
            ({"issuer": "none"}, lambda claim: (claim.issuer.id, claim.issuer.text) == (None, "Washington")),
            ({"issuer": "UK"}, lambda claim: claim.issuer.id == "gb"),
            ({"level": "4.50", "unit": "per cent"}, lambda c: (c.level.to, c.level.unit) == (4.5, "per cent")),
            ({"in_force": "2025-01"}, lambda c: [(d.role, d.precision) for d in c.dates] == [("in_force", "month")]),
            ({"policy": "pt.bark.export", "operation": "lift"}, lambda claim: claim.policy == CORK),
        ],
    )  # fmt: skip
    def test_each_field(self, tracker: Tracker, set_: dict[str, str], check: Any) -> None:
        claim = claim_of(tracker, "a")
        tracker.correct(claim.id, set_, by="Ana")
        known = (tracker.ledger.moments() or (None, None))[1]
        entries = tracker.ledger.entries(known, [CORK])  # type: ignore[arg-type]
        [found] = [entry.claim for entry in entries if entry.claim.id == claim.id]
        assert check(found)
        assert found.rule[-1] == "review@Ana" and found.evidence == claim.evidence
        Claim.model_validate(found.model_dump())
        assert tracker.doctor().is_sound

    def test_a_date_can_be_taken_away(self) -> None:
        with opened() as tracker:
            tracker.ingest(news("a", "2024-11-12", {**LIFTED, "decided": "2024-11-02"}))
            assert [shift.occurred_on for shift in tracker.shifts()] == ["2024-11-02"]
            tracker.correct(claim_of(tracker, "a").id, {"decided": "none"}, by="Ana")
            assert [shift.occurred_on for shift in tracker.shifts()] == ["2024-11-12"]

    def test_the_same_again_changes_nothing(self, tracker: Tracker) -> None:
        claim = claim_of(tracker, "a")
        assert len(tracker.accept(claim.id[:9], by="Ana", why="seen").decisions) == 1
        moments = tracker.ledger.moments()
        again = tracker.accept(claim.id, by=" Ana ", why="seen")
        assert (again.decisions, again.unchanged_decisions) == ((), 1)
        assert tracker.ledger.moments() == moments
        assert len(tracker.accept(claim.id, by="Bo", why="seen").decisions) == 1
        assert [each.ended_at is None for each in tracker.decisions()] == [False, True]

    def test_the_log_says_all(self, tracker: Tracker, clock: Clock) -> None:
        claim = claim_of(tracker, "a")
        assert tracker.decisions().note == "nothing has been decided"
        tracker.reject(claim.id, by="Ana", why="no news")
        first, then = clock.now, clock.wind(hours=1)
        tracker.undo(claim.id, by="Bo", why="it is")
        told = [(each.decision, each.by, each.why, each.ended_at) for each in tracker.decisions(claim.id[:10])]
        assert told == [("reject", "Ana", "no news", then), ("undo", "Bo", "it is", None)]
        assert tracker.decisions()[1].undoes == tracker.decisions()[0].id
        assert [each.ended_at for each in tracker.decisions(known=first)] == [None]
        assert tracker.decisions(claim_of(tracker, "b").id) == []

    def test_what_they_did_is_told_to_those_who_follow(self, tracker: Tracker) -> None:
        before = tracker.changes().cursor
        tracker.reject(claim_of(tracker, "b").id, by="Ana")
        found = tracker.changes(before).changes
        assert {each.cause for each in found} == {"review"}
        assert {(each.of, each.change) for each in found} >= {("decision", "ADD"), ("shift", "DEL")}
        tracker.undo(claim_of(tracker, "b").id, by="Ana")
        later = [(each.of, each.change) for each in tracker.changes(found[-1].cursor).changes if each.of == "decision"]
        assert sorted(later) == [("decision", "ADD"), ("decision", "DEL")]

    def test_between_two_moments_it_is_a_correction(self, tracker: Tracker, clock: Clock) -> None:
        then = clock.now
        clock.wind(hours=1)
        tracker.reject(claim_of(tracker, "b").id, by="Ana")
        found = tracker.diff(ON, ON, known=(then, clock.now))
        assert {line.kind for line in found.lines} == {"correction"} and not found.shifts

    def test_why_shows_both_readings(self, tracker: Tracker) -> None:
        claim = claim_of(tracker, "b")
        tracker.correct(claim.id, {"policy": SALT, "operation": "impose"}, by="Ana", why="it is salt")
        told = str(tracker.why(claim.id))
        assert f"{SALT}: impose" in told and "review@Ana" in told
        assert "corrected by Ana" in told and "it is salt" in told and f"{SALT}, read as {CORK}" in told
        assert "corrected by Ana" in str(tracker.why(tracker.shifts(policy=SALT)[0].id))

    def test_names_and_reasons_are_any_text(self, tracker: Tracker) -> None:
        odd = "=1+1\n\0\x1b[31m 🇺🇦 'x' \"y\","
        tracker.reject(claim_of(tracker, "a").id, by=odd, why=odd)
        assert [each.by for each in tracker.decisions()] == [odd.strip()]
        assert "\x1b" not in str(tracker.why(claim_of(tracker, "a").id))


class TestWhatCannotBeMeant(Furnished):
    @pytest.mark.parametrize(
        ("set_", "message"),
        [
            ({"operatoin": "lift"}, 'Did you mean "operation"'),
            ({"operation": "lfit"}, 'Did you mean "lift"'),
            ({"direction": "Looser"}, 'Did you mean "looser"'),
            ({"status": ""}, "status is empty"),
            ({"background": "yes"}, "is not one of: true, false"),
            ({"policy": "pt.salt.imprt"}, 'Did you mean "pt.salt.import"'),
            ({"policy": "none"}, "Reject it instead"),
            ({"issuer": "Washingtn"}, 'Did you mean "Washington"'),
            ({"level": "four"}, "is not a number"),
            ({"level": "nan"}, "is not a number"),
            ({"unit": "per cent"}, "there is no level"),
            ({"in_force": "12.3.2024"}, "is not a date"),
            ({"in_force": "2024-02-30"}, "is not a date"),
            ({"operation": "join"}, "means nothing for a permission"),
            ({"operation": "lift", "direction": "tighter"}, "lift cannot be tighter"),
            ({"operation": BANNED["operation"]}, "the claim says all of that already"),
            ({}, "the claim says all of that already"),
        ],
        ids=lambda value: ",".join(value) if isinstance(value, dict) else "",
    )
    def test_a_correction(self, tracker: Tracker, set_: dict[str, str], message: str) -> None:
        before = tracker.changes().cursor
        with pytest.raises(ConfigError, match=message):
            tracker.correct(claim_of(tracker, "b").id, set_, by="Ana")
        assert tracker.changes(before).changes == () and tracker.decisions() == []

    def test_all_that_is_wrong_is_told_at_once(self, tracker: Tracker) -> None:
        with pytest.raises(ConfigError) as error:
            tracker.correct(claim_of(tracker, "b").id, {"operation": "x", "policy": "y", "decided": "z"}, by=" ")
        assert len(str(error.value).splitlines()) == 4

    @pytest.mark.parametrize("name", ["", "c-", "c-zz", "c-00000", "x", "s-1", "c-" + "0" * 40, "c-\ud800", CORK])
    def test_a_claim_that_is_none(self, tracker: Tracker, name: str) -> None:
        with pytest.raises(ConfigError, match=r"no claim|is a shift"):
            tracker.accept(name, by="Ana")

    def test_an_opening_that_several_claims_have(self, tracker: Tracker) -> None:
        tracker.ingest([news(f"n{number}", "2024-12-01", LIFTED) for number in range(17)])
        with pytest.raises(ConfigError, match=r"can be c-.* Write more of it"):
            for letter in "0123456789abcdef":
                if len(tracker.ledger.ids(f"c-{letter}")) > 1:
                    tracker.accept(f"c-{letter}", by="Ana")

    def test_a_claim_that_stands_no_longer(self, tracker: Tracker) -> None:
        claim = claim_of(tracker, "b")
        tracker.ingest(news("b", "2024-11-20", text="Nothing of it."))
        with pytest.raises(ConfigError, match="stands no longer since 2026"):
            tracker.reject(claim.id, by="Ana")

    def test_what_was_never_decided_cannot_be_undone(self, tracker: Tracker) -> None:
        with pytest.raises(ConfigError, match="nothing can be undone"):
            tracker.undo(claim_of(tracker, "b").id, by="Ana")

    def test_half_of_a_pair_is_no_name(self, tracker: Tracker) -> None:
        with pytest.raises(ConfigError, match="surrogate"):
            tracker.reject(claim_of(tracker, "b").id, by="\ud83d")

    def test_an_empty_ledger(self) -> None:
        with opened() as tracker:
            assert tracker.review() == []
            with pytest.raises(ConfigError, match="nothing has been ingested"):
                tracker.accept("c-12", by="Ana")

    def test_one_of_several_that_is_wrong_stops_all(self, tracker: Tracker) -> None:
        good, bad = claim_of(tracker, "a").id, claim_of(tracker, "b").id
        with pytest.raises(ConfigError, match="Did you mean"):
            tracker.decide([Asked(good, "reject", "Ana"), Asked(bad, "correct", "Ana", set={"operation": "lfit"})])
        with pytest.raises(ConfigError, match="twice"):
            tracker.decide([Asked(good, "reject", "Ana"), Asked(good[:12], "accept", "Ana")])
        assert tracker.decisions() == []


TEXT = "On Monday cork may go abroad, it was said. Salt is another thing."
WORDS = "cork may go abroad"


class TestOtherRulesAndTexts(Furnished):
    """What was decided holds while the text or what is read of it is the same, and is asked again where neither is."""

    def read(self, tracker: Tracker, text: str = TEXT, **said: Any) -> None:
        """The article with one text, read in one way: again by other rules, or anew."""
        tracker.__dict__["_extractor"] = Lexicon(a=[{"words": WORDS, **said}] if said.get("words") != "" else [])
        if tracker.ledger.is_there() and knows(tracker.ledger, article(text)):
            tracker.rerun()
        else:
            tracker.ingest(article(text))
        assert tracker.doctor().is_sound

    @pytest.fixture
    def decided(self, clock: Clock) -> Iterator[Tracker]:
        with opened(clock=clock) as tracker:
            self.read(tracker)
            tracker.correct(claim_of(tracker, "a").id, {"policy": SALT, "operation": "lift"}, by="Ana", why="salt")
            tracker.correct(claim_of(tracker, "a").id, {"operation": "ease"}, by="Ana", why="a little")
            clock.wind(hours=1)
            yield tracker

    def as_taken(self, tracker: Tracker) -> list[tuple[str | None, str]]:
        known = (tracker.ledger.moments() or (None, None))[1]
        entries = [each for name in (CORK, SALT, CORK_BY_SEA) for each in tracker.ledger.entries(known, [name])]  # type: ignore[arg-type]
        return [(entry.claim.policy, entry.claim.operation) for entry in entries]

    def test_the_same_text_read_in_the_same_way(self, decided: Tracker) -> None:
        before = list(decided.ledger.export_canonical())
        self.read(decided)
        assert list(decided.ledger.export_canonical()) == before

    @pytest.mark.parametrize(
        "said",
        [
            {"operation": "lift"},
            {"words": "cork may go"},
            {"words": "may go abroad, it was said", "operation": "lift", "direction": "looser"},
            {"direction": "tighter", "operation": "tighten", "words": "On Monday cork may"},
            {"status": "proposed", "factive": False},
            {"words": ""},
        ],
        ids=str,
    )
    def test_the_same_text_read_otherwise(self, decided: Tracker, said: dict[str, Any]) -> None:
        self.read(decided, **said)
        assert self.as_taken(decided) == [(CORK, "ease")]
        assert decided.review() == []
        self.read(decided)
        assert self.as_taken(decided) == [(CORK, "ease")]

    def test_a_policy_that_was_set_is_meant_too(self, clock: Clock) -> None:
        with opened(clock=clock) as tracker:
            self.read(tracker, operation="lift")
            tracker.correct(claim_of(tracker, "a").id, {"policy": SALT}, by="Ana")
            self.read(tracker, operation="lift", policy=SALT)
            assert self.as_taken(tracker) == [(SALT, "lift")]
            assert len(tracker.ledger.claims(clock.wind(hours=1))) == 1

    def test_what_is_read_elsewhere_in_the_text_is_another_claim(self, decided: Tracker) -> None:
        self.read(decided, words="Salt is another thing", operation="lift")
        assert sorted(self.as_taken(decided)) == [(CORK, "ease"), (CORK, "lift")]
        self.read(decided, policy=CORK_BY_SEA)
        assert sorted(self.as_taken(decided)) == [(CORK, "ease"), (CORK_BY_SEA, "authorise")]

    def test_what_stood_beside_it_stays(self) -> None:
        both = [{"words": WORDS}, {"words": "cork may go", "operation": "lift"}]
        with opened(reader=Lexicon(a=both)) as tracker:
            tracker.ingest(article(TEXT))
            known = tracker.shifts().known
            [rejected] = [claim for claim in tracker.ledger.claims(known) if claim.operation == "authorise"]
            tracker.reject(rejected.id, by="Ana")
            tracker.__dict__["_extractor"] = Lexicon(a=both[1:])
            tracker.rerun()
            assert self.as_taken(tracker) == [(CORK, "lift")]
            tracker.__dict__["_extractor"] = Lexicon(a=[{"words": "cork may", "operation": "ease"}, both[0]])
            tracker.rerun()
            assert self.as_taken(tracker) == [(CORK, "ease")]

    def test_another_text_with_the_same_words(self, decided: Tracker) -> None:
        self.read(decided, "Updated. " + TEXT)
        assert self.as_taken(decided) == [(CORK, "ease")]
        assert decided.review() == []
        [*_, first, second] = decided.decisions()
        assert (second.carried_from, second.by, second.claim) == (first.id, "Ana", claim_of(decided, "a").id)
        assert "an earlier version of the text" in str(decided.why(second.claim))
        decided.undo(second.claim, by="Bo")
        assert self.as_taken(decided) == [(CORK, "authorise")]

    def test_another_text_that_is_read_otherwise_is_asked_about_again(self, decided: Tracker) -> None:
        self.read(decided, "No doubt cork goes abroad.", words="cork goes abroad")
        assert self.as_taken(decided) == [(CORK, "authorise")]
        [item] = decided.review()
        assert item.reasons == ("decided_before",)
        assert item.before and (item.before.why, item.before.set_) == ("a little", {"operation": "ease"})
        decided.accept(item.claim, by="Bo")
        assert decided.review() == []

    def test_until_it_says_so_again(self, decided: Tracker) -> None:
        self.read(decided, "No doubt cork goes abroad.", words="cork goes abroad")
        self.read(decided, "Late. " + TEXT)
        assert self.as_taken(decided) == [(CORK, "ease")]
        assert decided.review() == []

    def test_what_is_unchanged_beside_it_is_not_asked_about(self, clock: Clock) -> None:
        other = {"words": "Salt is another thing", "operation": "lift"}
        with opened(clock=clock, reader=Lexicon(a=[{"words": WORDS}, other])) as tracker:
            tracker.ingest(article(TEXT))
            [claim] = [each for each in tracker.ledger.claims(clock.now) if each.operation == "authorise"]
            tracker.reject(claim.id, by="Ana")
            new = "Cork goes. Salt is another thing."
            tracker.__dict__["_extractor"] = Lexicon(a=[{"words": "Cork goes"}, other])
            tracker.ingest(article(new))
            assert [item.evidence.quote for item in tracker.review(reason="decided_before")] == ["Cork goes"]

    def test_a_policy_that_a_claim_was_moved_to_is_folded_again(self, clock: Clock) -> None:
        with opened(clock=clock) as tracker:
            self.read(tracker, operation="impose", direction="tighter")
            tracker.correct(claim_of(tracker, "a").id, {"policy": SALT}, by="Ana")
            assert kinds(tracker) == [(SALT, "restriction_imposed")]
            self.read(tracker, "Nothing of the kind.", words="")
            assert kinds(tracker) == []


def article(text: str) -> Article:
    return news("a", "2024-11-12", text=text)


# --- whatever comes

PLACES = st.sampled_from(["cork", "cork may", "cork may go", "may go abroad", "Salt is"])
OPERATIONS = st.sampled_from([("authorise", "looser"), ("lift", "looser"), ("revoke", "tighter")])
TEXTS = st.sampled_from([TEXT, "Updated. " + TEXT, "So it is: cork may go abroad. Salt is salt."])
VERBS = st.sampled_from(["accept", "reject", "correct"])


@settings(max_examples=12, deadline=None)
@given(st.lists(st.tuples(TEXTS, PLACES, OPERATIONS), min_size=2, max_size=6), VERBS)
def test_a_decision_holds_until_both_text_and_reading_differ(
    steps: list[tuple[str, str, tuple[str, str]]], verb: Any
) -> None:
    """A text is read once as revision; later readings of the newest text are reruns. Texts do not come back."""
    seen: list[str] = []
    undecided: set[tuple[str, str]] = set()
    with opened() as tracker:
        for number, (text, words, (operation, direction)) in enumerate(steps):
            text = seen[-1] if text in seen else text
            said = {"words": words, "operation": operation, "direction": direction}
            tracker.__dict__["_extractor"] = Lexicon(a=[said])
            _ = tracker.rerun() if text in seen else tracker.ingest(article(text))
            now = _claim(article(text), **said)
            if number == 0:
                set_ = {"background": "true"} if verb == "correct" else {}
                tracker.decide([Asked(now.id, verb, "Ana", set=set_)])
                anchor, holds_on = now, text
            elif text != holds_on and (now.operation, now.evidence.quote) == (
                anchor.operation,
                anchor.evidence.quote,
            ):
                anchor, holds_on, undecided = now, text, set()
            seen.append(text)
            known = (tracker.ledger.moments() or (None, None))[1]
            assert known is not None
            waits = tracker.review(reason="decided_before")
            decided = tracker.ledger.decided(known)
            assert [each.by for each in decided.values()] == ["Ana"]
            assert list(decided) == [anchor.id]
            overlaps = _overlap(anchor, now)
            says = (now.operation, now.evidence.quote)
            if text == holds_on:
                if now.id in {claim.id for claim in tracker.ledger.claims(known)} - {anchor.id}:
                    undecided.add(says)
                assert waits == [], "the same text is not asked about again"
                standing = {claim.id for claim in tracker.ledger.claims(known)}
                assert standing == ({anchor.id} if overlaps else {anchor.id, now.id})
            else:
                assert [item.claim for item in waits] == ([] if says in undecided else [now.id])
            assert tracker.doctor().is_sound


def _overlap(one: Claim, other: Claim) -> bool:
    return one.evidence.start < other.evidence.end and other.evidence.start < one.evidence.end


@settings(max_examples=12, deadline=None)
@given(histories(), st.data())
def test_past_answers_stay_and_the_ledger_is_sound_whatever_is_decided(
    articles: list[Article], data: st.DataObject
) -> None:
    clock = Clock()
    answers: dict[datetime.datetime, object] = {}
    with opened(clock=clock) as tracker:
        tracker.ingest(articles)

        def answer(known: datetime.datetime) -> object:
            entries = [entry for name in (CORK, SALT) for entry in tracker.ledger.entries(known, [name])]
            asked = (tracker.states(on=ON, known=known), tracker.shifts(known=known), tracker.review(known=known))
            return (*map(list, asked), entries, tracker.ledger.decisions(known))

        for _ in range(data.draw(st.integers(1, 5))):
            answers[clock.now] = answer(clock.now)
            clock.wind(hours=1)
            claims = tracker.ledger.claims(clock.now)
            if claims:
                _decide(tracker, data.draw(st.sampled_from(claims)), data)
            if data.draw(st.booleans()):
                tracker.rerun()
        assert tracker.doctor().is_sound
        for known, was in answers.items():
            assert answer(known) == was


def _decide(tracker: Tracker, claim: Claim, data: st.DataObject) -> None:
    verb = data.draw(st.sampled_from(["accept", "reject", "correct", "undo"]))
    set_ = {"policy": data.draw(st.sampled_from([CORK, SALT, CORK_BY_SEA])), "background": "true"}
    try:
        tracker.decide([Asked(claim.id, verb, "Ana", set=set_ if verb == "correct" else {})])
    except ConfigError as error:
        assert "undone" in str(error) or "already" in str(error) or "means nothing" in str(error)
