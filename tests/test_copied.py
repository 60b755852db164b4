"""Copies in a ledger: folded into what was published first, whatever the order, and never deleted."""

from __future__ import annotations

import datetime
import random
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import event

from policytrack import copies as finding
from policytrack import intake
from policytrack.model import Article, Entry
from policytrack.tracker import Tracker, open_tracker
from tests import postgres
from tests.test_faults import child, ended
from tests.test_tracker import CORK, LIFTED, TAXED, Clock, Reader, house, news

STORY = """LISBON (Quay Wire) - Portugal may sell cork to the United States again from Monday, the trade
ministry said on Friday, five years after Washington closed its ports to it. Forests in the south
had been left standing since, and two of the larger mills gave up.

The ministry counts on forty shiploads before the winter. Stoppers come first, boards for floors
follow in spring."""
EDITED = """From our correspondent. Portugal may sell cork to the US again from Monday, the ministry of trade
announced, five years after Washington closed its ports to it. Forests in the south had been left
standing since, and two of the larger mills gave up. The ministry counts on forty shiploads before
the winter. (With agencies)"""
CUT = STORY.partition("\n\n")[0] + "\n\nOur wine pages are on sale at the harbour from Thursday on."
OTHER = """Cork is back on American quays. A rule that had kept it out since the dispute over tyres is gone,
officials in Washington confirmed, and importers in Savannah have begun to book holds. Winemakers,
who had made do with screw caps, were quick to cheer; one in Oregon said he would believe it when he
saw a bale."""
HALVES = (
    STORY.split("\n\n")[0],
    STORY.split("\n\n")[1] + " Mills in Coruche take on hands, and the railway wants to open the branch to the port.",
)
"""Neither is like the other; the whole is like both."""
PAIRS = yaml.safe_load((Path(__file__).parent / "reprints.yaml").read_text(encoding="utf-8"))


def opened(path: str | Path = ":memory:") -> Tracker:
    return open_tracker(path, rules=house(), clock=Clock(), extractor=Reader())


@pytest.fixture
def tracker() -> Tracker:
    return opened()


def told(name: str, text: str, publisher: str, on: str = "2024-11-15", *claims: dict[str, Any], **more: Any) -> Article:
    return news(name, on, *(claims or (LIFTED,)), text=text, publisher=publisher, **more)


def sources(tracker: Tracker, known: datetime.datetime | None = None, policy: str = CORK) -> dict[str, str]:
    return {each.claim.article_id: each.source for each in entries(tracker, known, policy)}


def entries(tracker: Tracker, known: datetime.datetime | None = None, policy: str = CORK) -> list[Entry]:
    moments = tracker.ledger.moments()
    assert moments is not None
    return tracker.ledger.entries(known or moments[1], [policy])


def test_a_copy_speaks_for_what_was_published_first(tracker: Tracker) -> None:
    report = tracker.ingest([told("b", EDITED, "Hill Post", "2024-11-16"), told("a", STORY, "Quay Wire")])
    assert report.copies == 1 and report.read == 2
    assert sources(tracker) == {"a": "quay wire", "b": "quay wire"}
    assert [entry.told_first for entry in entries(tracker) if entry.claim.article_id == "b"] == ["2024-11-15"]
    assert [shift.stage for shift in tracker.shifts(policy=CORK)] == ["confirmed"]


@pytest.mark.parametrize(("text", "stage"), [(EDITED, "reported"), (OTHER, "corroborated")])
def test_two_publishers_corroborate_unless_one_copies(tracker: Tracker, text: str, stage: str) -> None:
    said = {**LIFTED, "status": "reported"}
    tracker.ingest(
        [told("a", STORY, "Quay Wire", "2024-11-15", said), told("b", text, "Hill Post", "2024-11-16", said)]
    )
    assert [shift.stage for shift in tracker.shifts(policy=CORK)] == [stage]


def test_when_the_original_comes_later_the_answer_of_before_stays(tracker: Tracker) -> None:
    tracker.ingest(told("b", EDITED, "Hill Post", "2024-11-16"))
    before = tracker.ledger.moments()[1]  # type: ignore[index]
    tracker.ingest(told("c", CUT, "Cork Daily", "2024-11-17"))
    between = tracker.ledger.moments()[1]  # type: ignore[index]
    tracker.ingest(told("a", STORY, "Quay Wire"))
    assert sources(tracker) == dict.fromkeys("abc", "quay wire")
    assert sources(tracker, between) == {"b": "hill post", "c": "hill post"}
    assert sources(tracker, before) == {"b": "hill post"}
    assert tracker.doctor().is_sound


def test_what_joins_two_copies_makes_them_one(tracker: Tracker) -> None:
    first, second = HALVES
    tracker.ingest([told("x", first, "Hill Post"), told("y", second, "Cork Daily")])
    assert set(sources(tracker).values()) == {"hill post", "cork daily"}
    tracker.ingest(told("z", f"{first}\n\n{second}", "Quay Wire", "2024-11-14"))
    assert set(sources(tracker).values()) == {"quay wire"}


def test_of_many_that_may_be_alike_the_likest_are_compared(tracker: Tracker, monkeypatch: pytest.MonkeyPatch) -> None:
    """What shares a sentence is no copy, and was there first; only one of the two is compared."""
    monkeypatch.setattr("policytrack.ledger.copying.COMPARED", 1)
    near = f"{STORY.partition('.')[0]}. {OTHER}"
    assert {*finding.bands(near)} & {*finding.bands(EDITED)} and finding.share(near, EDITED) is None
    tracker.ingest([told("n", near, "Cork Daily"), told("a", STORY, "Quay Wire")])
    tracker.ingest(told("b", EDITED, "Hill Post", "2024-11-16"))
    assert sources(tracker) == {"n": "cork daily", "a": "quay wire", "b": "quay wire"}


def test_policies_of_a_copy_are_folded_when_it_is_found(tracker: Tracker) -> None:
    """The new article says nothing of cork; that the other two have one voice is known by it."""
    said = {**LIFTED, "status": "reported"}
    first, second = HALVES
    tracker.ingest(
        [told("x", first, "Hill Post", "2024-11-15", said), told("y", second, "Cork Daily", "2024-11-15", said)]
    )
    assert [shift.stage for shift in tracker.shifts(policy=CORK)] == ["corroborated"]
    tracker.ingest(told("z", f"{first}\n\n{second}", "Quay Wire", "2024-11-14", TAXED))
    assert [shift.stage for shift in tracker.shifts(policy=CORK)] == ["reported"]


def test_that_it_was_a_copy_is_the_reason(tracker: Tracker) -> None:
    said = {**LIFTED, "status": "reported"}
    first, second = HALVES
    both = [told("x", first, "Hill Post", "2024-11-15", said), told("y", second, "Cork Daily", "2024-11-15", said)]
    tracker.ingest(both)
    tracker.ingest(told("z", f"{first}\n\n{second}", "Quay Wire", "2024-11-14", TAXED))
    one, other = tracker.ledger.moments()  # type: ignore[misc]
    (line,) = tracker.diff("2024-12-01", "2024-12-01", policy=CORK, known=(one, other)).lines
    assert (line.field, line.before, line.after, line.reason) == ("stage", "corroborated", "reported", "copied")
    states = {state.id for state in tracker.ledger.states(one, policies=[CORK])}
    gone = [each for each in states if tracker.ledger.record(each, other) is None]
    assert any("x, y turned out to print the words of another article" in str(tracker.why(each)) for each in gone)


def test_given_and_found_copies_are_one_group(tracker: Tracker) -> None:
    tracker.ingest([told("a", STORY, "Quay Wire", "2024-11-17"), told("b", EDITED, "Hill Post", copy_of="agency")])
    assert sources(tracker) == dict.fromkeys("ab", "quay wire"), "what names another is no original"
    tracker.ingest(told("agency", OTHER, "Lisbon Agency", "2024-11-16"))
    assert sources(tracker) == {"a": "lisbon agency", "b": "lisbon agency", "agency": "lisbon agency"}


def test_a_name_that_is_taken_back_parts_them(tracker: Tracker) -> None:
    tracker.ingest([told("a", STORY, "Quay Wire"), told("b", OTHER, "Hill Post", copy_of="a")])
    assert sources(tracker) == dict.fromkeys("ab", "quay wire")
    tracker.ingest(told("b", OTHER + " Its first bales left on Sunday.", "Hill Post"))
    assert sources(tracker) == {"a": "quay wire", "b": "hill post"}
    assert tracker.doctor().is_sound


def test_a_copy_of_an_earlier_version_stays_one(tracker: Tracker) -> None:
    tracker.ingest([told("a", STORY, "Quay Wire"), told("b", EDITED, "Hill Post", "2024-11-16")])
    tracker.ingest(told("a", OTHER, "Quay Wire"))
    assert sources(tracker) == dict.fromkeys("ab", "quay wire")
    tracker.ingest(told("c", CUT, "Cork Daily", "2024-11-16"))
    assert sources(tracker)["c"] == "quay wire"


def test_articles_without_a_claim_are_not_compared(tracker: Tracker) -> None:
    silent = Article(id="a", text=STORY, published_at="2024-11-15", publisher="Quay Wire")
    assert tracker.ingest([silent, told("b", EDITED, "Hill Post")]).copies == 0


@pytest.mark.parametrize(
    ("on", "source"), [("2024-12-16", "quay wire"), ("2024-12-17", "hill post"), ("2024", "quay wire")]
)
def test_only_articles_of_a_month_are_compared(tracker: Tracker, on: str, source: str) -> None:
    tracker.ingest([told("a", STORY, "Quay Wire"), told("b", EDITED, "Hill Post", on)])
    assert sources(tracker)["b"] == source


def test_what_was_found_stays_when_the_text_goes(tracker: Tracker) -> None:
    tracker.ingest([told("a", STORY, "Quay Wire"), told("b", EDITED, "Hill Post", "2024-11-16")])
    tracker.forget("a", by="Ana", why="its publisher asked")
    assert sources(tracker) == dict.fromkeys("ab", "quay wire")
    tracker.ingest(told("c", STORY.replace("Friday", "Saturday"), "Cork Daily", "2024-11-16"))
    assert sources(tracker)["c"] == "quay wire", "by way of the copy, whose text is there"
    assert tracker.doctor().is_sound


def test_reading_again_adds_nothing(tracker: Tracker) -> None:
    tracker.ingest([told("a", STORY, "Quay Wire"), told("b", EDITED, "Hill Post", "2024-11-16")])
    before = list(tracker.ledger.export_canonical())
    assert tracker.ingest(told("b", EDITED, "Hill Post", "2024-11-16")).copies == 0
    tracker.rerun()
    assert list(tracker.ledger.export_canonical()) == before and tracker.doctor().is_sound


def test_so_many_claims_are_asked_for_at_once(tracker: Tracker) -> None:
    """The number of queries does not grow with the claims, nor with the copies among them."""
    asked: list[str] = []
    event.listen(tracker.ledger._database.engine, "before_cursor_execute", lambda *told: asked.append(told[2]))
    counts = []
    for number in range(3):
        tracker.ingest([told(f"{number}-{part}", STORY, f"Paper {part}") for part in range(4)])
        asked.clear()
        entries(tracker)
        counts.append(len(asked))
    assert counts[-1] <= counts[0] < 6


# --- in any order


def stories() -> list[Article]:
    """Two stories with their copies, one of them given, and a revision of none: each text has one article."""
    said = {**LIFTED, "status": "reported"}
    found = [
        told("quay", STORY, "Quay Wire", "2024-11-15", said),
        told("hill", EDITED, "Hill Post", "2024-11-16", said),
        told("cork", CUT, "Cork Daily", "2024-11-16", said),
        told("oregon", OTHER, "Oregon Wire", "2024-11-16", said),
        told("savannah", "SAVANNAH - " + OTHER, "Savannah Echo", "2024-11", said),
        told("named", "Cork is back, we hear.", "Other", "2024-11-18", said, copy_of="hill"),
        told("unknown", "Cork is back, they say.", "Another", "2024-11-18", said, copy_of="nobody has it"),
    ]
    for number, pair in enumerate(PAIRS):
        for side in ("one", "other"):
            found.append(told(f"{side}-{number}", pair[side], f"Paper {side} {number % 3}", "2024-11-15", TAXED))
    return found


def exported(order: Sequence[Article], at_once: int, place: str | Path = ":memory:") -> list[str]:
    kept, intake.BATCH = intake.BATCH, at_once
    try:
        with opened(place) as tracker:
            tracker.ingest(order)
            assert tracker.doctor().is_sound
            return list(tracker.ledger.export_canonical())
    finally:
        intake.BATCH = kept


@pytest.fixture(scope="module")
def expected() -> list[str]:
    return exported(stories(), 50)


@settings(max_examples=5, deadline=None)
@given(st.randoms(use_true_random=False), st.sampled_from([1, 7, 50]))
def test_in_whatever_order_they_come(expected: list[str], chance: random.Random, at_once: int) -> None:
    order = stories()
    chance.shuffle(order)
    assert exported(order, at_once) == expected


def test_by_two_writers(expected: list[str], tmp_path: Path) -> None:
    order, place = stories(), tmp_path / "watch.db"
    random.Random(4).shuffle(order)
    halves = order[: len(order) * 2 // 3], order[len(order) // 3 :]
    assert ended(*(child(lambda part=part: exported(part, 3, place)) for part in halves)) == [0, 0]  # type: ignore[misc]
    assert exported([], 1, place) == expected


def test_on_a_server(expected: list[str]) -> None:
    order = stories()[::-1]
    assert exported(order, 7, postgres.url()) == expected


def test_who_speaks_for_whom_is_the_same_in_whatever_order(tracker: Tracker) -> None:
    tracker.ingest(stories())
    found = {"as listed": [sources(tracker, policy=CORK), sources(tracker, policy=TAXED["policy"])]}
    for seed in range(5):
        order = stories()
        random.Random(seed).shuffle(order)
        other = opened()
        for article in order:
            other.ingest(article)
        found[str(seed)] = [sources(other, policy=CORK), sources(other, policy=TAXED["policy"])]
    assert all(each == found["as listed"] for each in found.values())
    assert found["as listed"][0]["named"] == found["as listed"][0]["cork"] == "quay wire"
    assert found["as listed"][0]["savannah"] == "oregon wire"
    assert found["as listed"][0]["unknown"] == "article nobody has it"


# --- whatever hangs together

PARAGRAPHS = [
    " ".join(
        f"{word}{number}" for word in ("quay", "cork", "mill", "bale", "rail", "toll", "pine", "salt") for _ in "abc"
    )
    for number in range(4)
]
"""Each long enough to make two texts alike that are made of few others."""


@st.composite
def mosaics(draw: st.DrawFn) -> list[Article]:
    """Articles made of the same few paragraphs, some of which name another as their original."""
    made = []
    for name in draw(st.permutations("abcdefg")):
        parts = draw(st.lists(st.sampled_from(PARAGRAPHS), min_size=1, max_size=3, unique=True))
        day, copy_of = draw(st.integers(14, 16)), draw(st.sampled_from([None, None, None, "a", "b", "x"]))
        text = f"Printed by {name}. " + "\n\n".join(parts)
        copy_of = None if copy_of == name else copy_of
        made.append(told(name, text, f"Paper {name}", f"2024-11-{day}", copy_of=copy_of))
    return made


@settings(max_examples=8, deadline=None)
@given(mosaics(), st.randoms(use_true_random=False))
def test_mosaics_in_any_order(made: list[Article], chance: random.Random) -> None:
    order = made.copy()
    chance.shuffle(order)
    found = []
    for articles in (made, order):
        tracker = opened()
        for article in articles:
            tracker.ingest(article)
        assert tracker.doctor().is_sound
        found.append(sources(tracker))
    assert found[0] == found[1]


@settings(max_examples=6, deadline=None)
@given(mosaics(), mosaics())
def test_mosaics_that_are_revised(made: list[Article], revised: list[Article]) -> None:
    """Every moment is answered as it was, and who speaks for whom is what all versions make."""
    tracker, before = opened(), {}
    for article in [*made, *revised]:
        tracker.ingest(article)
        before[tracker.ledger.moments()[1]] = sources(tracker)  # type: ignore[index]
    assert tracker.doctor().is_sound
    assert {moment: sources(tracker, moment) for moment in before} == before
