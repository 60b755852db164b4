"""What was learned between two moments: each difference says why, and so does a record that stands no longer."""

from __future__ import annotations

import datetime
import json
from collections.abc import Callable, Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from policytrack.diff import Diff
from policytrack.errors import ConfigError
from policytrack.model import Article
from policytrack.render import markdown, page, sheet, text, words
from policytrack.tracker import Tracker, open_tracker
from tests.test_tracker import BANNED, CORK, LIFTED, SALT, TAXED, Clock, Reader, house, news

SAID = {**LIFTED, "status": "reported"}
DENIED = {**LIFTED, "status": "denied"}
DAY = "2024-11-20"


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def tracker(clock: Clock) -> Iterator[Tracker]:
    with open_tracker(rules=house(), clock=clock, extractor=Reader()) as opened:
        opened.ingest(news("first", "2024-01-02", {**TAXED, "policy": SALT}))
        yield opened


def since(tracker: Tracker, clock: Clock, *steps: Callable[[], object], day: str = DAY) -> Diff:
    """The difference on one day between now and after these steps, an hour apart."""
    before = now(tracker)
    for step in steps:
        clock.wind(hours=1)
        step()
    return tracker.diff(day, day, known=(before, now(tracker)))


def now(tracker: Tracker) -> datetime.datetime:
    """The latest moment of the ledger."""
    moments = tracker.ledger.moments()
    assert moments is not None
    return moments[1]


def reasons(found: Diff) -> dict[str, tuple[str, str | None]]:
    return {line.field: (line.kind, line.reason) for line in found.lines if line.policy == CORK}


def test_an_article_came_in(tracker: Tracker, clock: Clock) -> None:
    found = since(tracker, clock, lambda: tracker.ingest(news("a", "2024-11-12", SAID)))
    assert reasons(found) == {"status": ("correction", "article")}
    assert found.shifts == ()


def test_it_was_taken_in_late(tracker: Tracker, clock: Clock) -> None:
    found = since(tracker, clock, lambda: tracker.ingest(news("a", "2024-11-12", SAID), backfill=True))
    assert reasons(found) == {"status": ("correction", "late")}


def test_it_was_revised(tracker: Tracker, clock: Clock) -> None:
    tracker.ingest(news("a", "2024-11-12", SAID))
    found = since(tracker, clock, lambda: tracker.ingest(news("a", "2024-11-12", text="It says so no longer.")))
    assert reasons(found) == {"status": ("correction", "revised")}


def test_it_was_taken_back(tracker: Tracker, clock: Clock) -> None:
    tracker.ingest(news("a", "2024-11-12", SAID, publisher="Cork Daily"))
    found = since(tracker, clock, lambda: tracker.ingest(news("b", "2024-11-14", DENIED, publisher="Cork Daily")))
    assert reasons(found) == {"status": ("correction", "retracted")}


def test_only_its_stage_rose_or_it_was_contradicted(tracker: Tracker, clock: Clock) -> None:
    tracker.ingest(news("a", "2024-11-12", SAID, publisher="Cork Daily"))
    found = since(tracker, clock, lambda: tracker.ingest(news("b", "2024-11-13", SAID, publisher="Hill Post")))
    assert reasons(found) == {"stage": ("correction", "corroborated")}
    found = since(tracker, clock, lambda: tracker.ingest(news("c", "2024-11-14", DENIED, publisher="Quay Times")))
    assert reasons(found) == {"stage": ("correction", "disputed")}


def test_the_last_moment_at_which_a_field_became_otherwise_counts(tracker: Tracker, clock: Clock) -> None:
    found = since(
        tracker,
        clock,
        lambda: tracker.ingest(news("a", "2024-11-12", SAID, publisher="Cork Daily")),
        lambda: tracker.ingest(news("b", "2024-11-13", SAID, publisher="Hill Post"), backfill=True),
    )
    assert reasons(found) == {"status": ("correction", "article"), "stage": ("correction", "late")}


def test_what_came_and_went_again_is_no_difference(tracker: Tracker, clock: Clock) -> None:
    found = since(
        tracker,
        clock,
        lambda: tracker.ingest(news("a", "2024-11-12", SAID)),
        lambda: tracker.ingest(news("a", "2024-11-12", text="It says so no longer.")),
    )
    assert found.lines == ()


def test_as_known_at_one_moment(tracker: Tracker) -> None:
    history = {**BANNED, "background": True, "decided": "2024-05-02"}
    tracker.ingest([news("a", "2024-11-12", SAID), news("b", "2024-11-14", history)])
    shift, *_ = tracker.diff("2024-11-01", DAY).lines
    assert (shift.kind, shift.reason) == ("shift", None)
    pack = tracker.diff("2019-06-01", "2020-06-01", policy=CORK).lines
    assert {(line.kind, line.reason) for line in pack} == {("correction", "no_step")}


def test_every_shape_says_why(tracker: Tracker, clock: Clock) -> None:
    found = since(tracker, clock, lambda: tracker.ingest(news("a", "2024-11-12", SAID), backfill=True))
    for shape in (text.diff, markdown.diff, page.diff):
        assert "taken in late" in shape(found, [], "now", "")
    assert ",late," in sheet.csv_of(found)
    assert json.loads(found.model_dump_json())["lines"][0]["reason"] == "late"


def test_every_reason_has_words(tracker: Tracker, clock: Clock) -> None:
    found = since(tracker, clock, lambda: tracker.ingest(news("a", "2024-11-12", SAID)))
    [line] = [line for line in found.lines if line.policy == CORK]
    names = type(line).model_json_schema()["properties"]["reason"]["anyOf"][0]["enum"]
    told = {words.reason(line.model_copy(update={"reason": name})) for name in names}
    assert len(told) == len(names) == 12 and all(told)
    assert words.reason(line.model_copy(update={"reason": None})) == ""


# --- records that stand no longer


def gone(tracker: Tracker, clock: Clock, before: Article, *after: Article, backfill: bool = False) -> str:
    """What `why` says of a shift that `before` made, after other articles."""
    (shift,) = tracker.ingest(before).shifts
    clock.wind(hours=1)
    for article in after:
        tracker.ingest(article, backfill=backfill)
    facts = {fact.name: fact for fact in tracker.why(shift.id).facts}
    assert "superseded" in facts["recorded"].value
    [because] = facts["recorded"].facts
    assert because.name == "withdrawn"
    return because.value


def test_the_article_was_revised(tracker: Tracker, clock: Clock) -> None:
    told = gone(tracker, clock, news("a", "2024-11-12", SAID), news("a", "2024-11-12", text="It says so no longer."))
    assert told == "article a was revised and says it no longer"


def test_it_became_part_of_another(tracker: Tracker, clock: Clock) -> None:
    tracker.ingest([news("a", "2024-11-12", SAID), news("b", "2024-11-14", BANNED)])
    told = gone(tracker, clock, news("c", "2024-11-16", SAID), news("b", "2024-11-14", text="It says so no longer."))
    [shift] = tracker.shifts(policy=CORK)
    assert told == f"articles made it part of {tracker.ledger.short(shift.id)}, of 2024-11-12"


def test_a_claim_and_a_state_say_it_too(tracker: Tracker, clock: Clock) -> None:
    tracker.ingest(news("a", "2024-11-12", SAID))
    claim = next(each for each in tracker.ledger.claims(now(tracker)) if each.policy == CORK)
    state = tracker.state(CORK, on=DAY).state
    assert state is not None
    clock.wind(hours=1)
    tracker.ingest(news("a", "2024-11-12", text="It says so no longer."))
    for of in (claim.id, state.id):
        assert "withdrawn  article a was revised and says it no longer" in str(tracker.why(of))
        with pytest.raises(ConfigError, match="was not known"):
            tracker.why(of, known=now(tracker))


def test_what_stands_was_not_withdrawn(tracker: Tracker) -> None:
    (shift,) = tracker.ingest(news("a", "2024-11-12", SAID)).shifts
    assert "withdrawn" not in str(tracker.why(shift.id))


def test_changes_tell_of_its_end(tracker: Tracker, clock: Clock) -> None:
    (shift,) = tracker.ingest(news("a", "2024-11-12", SAID)).shifts
    cursor = tracker.changes(at_most=1000).cursor
    clock.wind(hours=1)
    tracker.ingest(news("a", "2024-11-12", text="It says so no longer."))
    told = [(each.change, each.of, each.id) for each in tracker.changes(cursor).changes]
    assert ("DEL", "shift", shift.id) in told


def test_changes_tell_of_a_retraction(tracker: Tracker, clock: Clock) -> None:
    (shift,) = tracker.ingest(news("a", "2024-11-12", SAID, publisher="Cork Daily")).shifts
    cursor = tracker.changes(at_most=1000).cursor
    clock.wind(hours=1)
    tracker.ingest(news("b", "2024-11-14", DENIED, publisher="Cork Daily"))
    [told] = [each for each in tracker.changes(cursor).changes if each.of == "shift"]
    assert (told.change, told.id, told.record["stage"]) == ("MOD", shift.id, "retracted")


# --- what holds for all

STEPS = st.lists(
    st.tuples(
        st.sampled_from("abcd"), st.sampled_from(["2024-11-10", "2024-11-12", "2024-11-14", "2024-11-19"]),
        st.sampled_from([None, SAID, DENIED, BANNED, LIFTED]), st.sampled_from(["Cork Daily", "Hill Post"]),
        st.booleans(),
    ),
    max_size=6,
)  # fmt: skip


@settings(max_examples=20, deadline=None)
@given(STEPS, st.integers(0, 6), st.integers(0, 6))
def test_no_difference_between_two_moments_is_without_a_reason(
    steps: list[tuple[str, str, dict[str, str] | None, str, bool]], one: int, other: int
) -> None:
    clock = Clock()
    with open_tracker(rules=house(), clock=clock, extractor=Reader()) as tracker:
        tracker.ingest(news("first", "2024-01-02", TAXED))
        moments: list[datetime.datetime] = [clock.now]
        for number, (name, on, said, publisher, late) in enumerate(steps):
            clock.wind(hours=1)
            body = f"Text {number} of {name}, on cork."
            tracker.ingest(news(name, on, *([said] if said else []), text=body, publisher=publisher), backfill=late)
            moments.append(clock.now)
        known = (moments[min(one, len(steps))], moments[min(other, len(steps))])
        found = tracker.diff(DAY, DAY, known=known)
        assert all(line.kind == "correction" and line.reason not in (None, "no_step") for line in found.lines)
        assert found == tracker.diff(DAY, DAY, known=known[::-1]).turned()
