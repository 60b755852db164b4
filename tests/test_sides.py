"""Both sides of a dispute, and what was taken back, in a ledger: as states, explanations, pages and JSON show them."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

from policytrack.cards import cards
from policytrack.model import Shift
from policytrack.render import markdown, page, text
from policytrack.sides import against, says_otherwise
from policytrack.tracker import Tracker, open_tracker
from tests.builders import claim
from tests.test_tracker import CORK, LIFTED, Clock, Reader, house, news

SAID = {**LIFTED, "status": "reported"}
DENIED = {**LIFTED, "status": "denied"}


@pytest.fixture
def tracker() -> Iterator[Tracker]:
    with open_tracker(rules=house(), clock=Clock(), extractor=Reader()) as opened:
        yield opened


def ingested(tracker: Tracker, name: str, on: str, said: dict[str, str], publisher: str, **fields: str) -> list[Shift]:
    return list(tracker.ingest(news(name, on, said, publisher=publisher, **fields)).shifts)


def disputed(tracker: Tracker) -> Shift:
    ingested(tracker, "yes", "2024-11-12", SAID, "Cork Daily")
    ingested(tracker, "no", "2024-11-13", DENIED, "Hill Post")
    [shift] = tracker.shifts()
    return shift


# --- disputes


def test_a_disputed_state_shows_both_sides(tracker: Tracker) -> None:
    shift = disputed(tracker)
    answer = tracker.state(CORK, on="2024-11-20")
    assert (answer.status, answer.stage) == ("permitted", "disputed")
    assert [(said.says, said.article_id, said.publisher, said.status) for said in answer.sides] == [
        ("so", "yes", "Cork Daily", "reported"), ("otherwise", "no", "Hill Post", "denied"),
    ]  # fmt: skip
    shown = text.state(answer, "now", tracker.ledger.short)
    assert 'says so: "What" (reported) [Cork Daily, 2024-11-12;' in shown.replace("\xa0", " ").replace("\n", " ") or (
        "says so" in shown and "says otherwise" in shown
    )
    assert set(shift.claims) == {said.claim for said in answer.sides}
    assert json.loads(answer.model_dump_json())["sides"][1]["says"] == "otherwise"


def test_what_is_not_disputed_has_no_sides(tracker: Tracker) -> None:
    ingested(tracker, "yes", "2024-11-12", SAID, "Cork Daily")
    assert tracker.state(CORK, on="2024-11-20").sides == ()


def test_a_reader_at_an_earlier_moment_sees_one_side(tracker: Tracker) -> None:
    clock: Clock = tracker._clock.__closure__[0].cell_contents  # type: ignore[union-attr, attr-defined, index]
    ingested(tracker, "yes", "2024-11-12", SAID, "Cork Daily")
    before = clock.now
    clock.wind(days=1)
    ingested(tracker, "no", "2024-11-13", DENIED, "Hill Post")
    assert tracker.state(CORK, on="2024-11-20", known=before).sides == ()
    assert len(tracker.state(CORK, on="2024-11-20").sides) == 2


def test_explanations_tell_the_sides_apart(tracker: Tracker) -> None:
    shift = disputed(tracker)
    for of in (shift.id, tracker.ledger.states(tracker._known(None), policies=[CORK])[-1].id):
        facts = {fact.name: fact for fact in tracker.why(of).facts}
        for side, article in (("says so", "yes"), ("says otherwise", "no")):
            [told] = facts[side].facts
            assert any(fact.name == "quote" and fact.facts[0].value.startswith(article) for fact in told.facts)


@pytest.mark.parametrize("shape", [text.diff, markdown.diff, page.diff])
def test_documents_show_both_sides(tracker: Tracker, shape: object) -> None:
    disputed(tracker)
    found = tracker.diff("2024-11-01", "2024-11-20")
    shown = shape(found, cards(tracker, found.shifts, tracker._known(None)), "now", "")  # type: ignore[operator]
    assert "says so" in shown and "says otherwise" in shown
    assert "Cork Daily" in shown and "Hill Post" in shown


def test_only_tellings_count_as_reports(tracker: Tracker) -> None:
    shift = disputed(tracker)
    [card] = cards(tracker, [shift], tracker._known(None))
    assert text.shift(card).splitlines()[0].count("disputed (1 report)") == 1


def test_a_difference_names_the_claims_against_it(tracker: Tracker) -> None:
    disputed(tracker)
    denial = next(each for each in tracker.ledger.claims(tracker._known(None)) if each.status == "denied")
    lines = tracker.diff("2024-11-01", "2024-11-20").lines
    assert {line.field: line.against for line in lines} == {"status": (denial.id,), "stage": (denial.id,)}


def test_which_claims_speak_against_a_change() -> None:
    denial, refusal = claim(status="denied"), claim(status="ruled_out")
    stays, same = claim("reaffirm", "tighter"), claim("reaffirm", "looser")
    plan = claim("revoke", "tighter", "proposed")
    assert [says_otherwise(each, "looser") for each in (denial, refusal, stays, same, plan, claim())] == [
        True, True, True, False, False, False,
    ]  # fmt: skip
    assert against([claim(), denial], "looser") == (denial.id,)
    assert not says_otherwise(claim("impose"), "neutral")


# --- what was taken back


def test_a_retracted_shift_stays_and_says_so(tracker: Tracker) -> None:
    [shift] = ingested(tracker, "yes", "2024-11-12", SAID, "Cork Daily")
    assert ingested(tracker, "no", "2024-11-15", DENIED, "Cork Daily") == []
    [kept] = tracker.shifts()
    assert (kept.id, kept.stage) == (shift.id, "retracted")
    answer = tracker.state(CORK, on="2024-11-20")
    assert answer.status == "prohibited"
    assert "permitted from 2024-11-12, was taken back: s-" in answer.note
    assert "was taken back" not in tracker.state(CORK, on="2024-11-01").note
    facts = {fact.name: fact for fact in tracker.why(shift.id).facts}
    assert len(facts["said so, and took it back"].facts) == len(facts["says otherwise"].facts) == 1


def test_a_retracted_shift_is_no_shift_between_two_days(tracker: Tracker) -> None:
    ingested(tracker, "yes", "2024-11-12", SAID, "Cork Daily")
    ingested(tracker, "no", "2024-11-15", DENIED, "Cork Daily")
    found = tracker.diff("2024-11-01", "2024-11-20")
    assert (found.lines, found.shifts, bool(found)) == ((), (), False)


def test_nobody_is_told_of_what_was_taken_back_before(tracker: Tracker) -> None:
    told: list[Shift] = []
    tracker.on_shift(told.append)
    tracker.ingest(
        [
            news("yes", "2024-11-12", SAID, publisher="Cork Daily"),
            news("no", "2024-11-15", DENIED, publisher="Cork Daily"),
        ]
    )
    assert told == []
    assert [shift.stage for shift in tracker.shifts()] == ["retracted"]
    ingested(tracker, "other", "2024-11-16", SAID, "Hill Post")
    assert [(shift.stage, shift.occurred_on) for shift in told] == [("disputed", "2024-11-16")]


def test_copies_of_what_was_taken_back_do_not_keep_it_alive(tracker: Tracker) -> None:
    ingested(tracker, "yes", "2024-11-12", SAID, "Cork Daily")
    ingested(tracker, "copy", "2024-11-14", SAID, "Hill Post", copy_of="yes")
    ingested(tracker, "no", "2024-11-15", DENIED, "Cork Daily")
    ingested(tracker, "late", "2024-11-17", SAID, "Quay Times", copy_of="yes")
    assert [shift.stage for shift in tracker.shifts()] == ["retracted"]
    assert tracker.state(CORK, on="2024-11-20").status == "prohibited"


def test_a_copy_of_a_copy_goes_too(tracker: Tracker) -> None:
    ingested(tracker, "yes", "2024-11-12", SAID, "Cork Daily")
    ingested(tracker, "copy", "2024-11-16", SAID, "Hill Post", copy_of="yes")
    ingested(tracker, "copied", "2024-11-17", SAID, "Quay Times", copy_of="copy")
    ingested(tracker, "no", "2024-11-15", DENIED, "Cork Daily")
    assert tracker.state(CORK, on="2024-11-20").status == "prohibited"


def test_the_last_shift_of_a_policy_is_none_that_was_taken_back(tracker: Tracker) -> None:
    ingested(tracker, "yes", "2024-11-12", SAID, "Cork Daily")
    ingested(tracker, "no", "2024-11-15", DENIED, "Cork Daily")
    [found] = [policy for policy in tracker.policies() if policy.id == CORK]
    assert found.last_shift is None


def test_the_order_of_reading_does_not_matter() -> None:
    articles = [
        news("yes", "2024-11-12", SAID, publisher="Cork Daily"),
        news("copy", "2024-11-16", SAID, publisher="Quay Times", copy_of="yes"),
        news("other", "2024-11-13", SAID, publisher="Hill Post"),
        news("no", "2024-11-15", DENIED, publisher="Cork Daily"),
    ]
    exports = set()
    for order in (articles, articles[::-1], [articles[3], articles[0], articles[2], articles[1]]):
        with open_tracker(rules=house(), clock=Clock(), extractor=Reader()) as opened:
            for article in order:
                opened.ingest(article)
            exports.add("\n".join(opened.ledger.export_canonical()))
    assert len(exports) == 1
