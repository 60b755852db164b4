"""The history of an article: what a corrected republication changed, and which articles print the same words."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from policytrack.errors import ConfigError
from policytrack.tracker import Tracker, open_tracker
from policytrack.versions import edits
from tests.test_copied import CUT, EDITED, STORY, opened, told
from tests.test_tracker import CORK, LIFTED, TAXED, Clock, Reader, house

CORRECTED = STORY.replace("from Monday", "from Tuesday").replace("forty shiploads", "fourteen shiploads")


@pytest.fixture
def tracker() -> Tracker:
    """An article, its correction a day later, and a copy of each."""
    clock = Clock()
    made = open_tracker(rules=house(), clock=clock, extractor=Reader())
    later = {**LIFTED, "in_force": "2024-11-19"}
    for article in (
        told("a", STORY, "Quay Wire", "2024-11-15", {**LIFTED, "in_force": "2024-11-18"}, TAXED),
        told("b", EDITED, "Hill Post", "2024-11-16", later),
        told("a", CORRECTED, "Quay Wire", "2024-11-15", later),
        told("c", CUT, "Cork Daily", "2024-11-16"),
    ):
        made.ingest(article)
        clock.wind(days=1)
    return made


def test_a_correction_is_shown_with_what_it_did(tracker: Tracker) -> None:
    first, second = tracker.article("a").versions
    assert (first.edits, len(first.claims), first.superseded_at) == ((), 2, second.recorded_at)
    assert [(edit.before, edit.after) for edit in second.edits] == [("Monday,", "Tuesday,"), ("forty", "fourteen")]
    assert all(CORRECTED[edit.start :].startswith(edit.after) for edit in second.edits)
    assert second.edits[1].ahead.endswith("ministry counts on")
    assert [claim.policy for claim in second.claims_gone] == [TAXED["policy"]]
    assert {(change.policy, change.change) for change in second.shifts} >= {(TAXED["policy"], "gone")}


def test_what_is_said_in_the_same_words_is_not_new(tracker: Tracker) -> None:
    moved = told("c", CUT + " More tomorrow.", "Cork Daily", "2024-11-16")
    tracker.ingest(moved)
    last = tracker.article("c").versions[-1]
    assert [edit.after for edit in last.edits] == ["More tomorrow."]
    assert last.claims == last.claims_gone == last.shifts == ()


def test_copies_are_listed_and_say_whose_they_are(tracker: Tracker) -> None:
    original, copy = tracker.article("a"), tracker.article("b")
    assert original.copy_of is None and [each.article_id for each in original.copies] == ["b", "c"]
    assert copy.copies == () and copy.copy_of is not None
    assert (copy.copy_of.original, copy.copy_of.source, copy.copy_of.told_first) == ("a", "quay wire", "2024-11-15")
    assert copy.copy_of.percent is not None and 70 <= copy.copy_of.percent < 100
    assert "copy of    a (published first by quay wire, 2024-11-15, " in str(copy)


def test_a_copy_by_way_of_another_says_so() -> None:
    """The third is made of what only the second has."""
    tracker = opened()
    first, rest = STORY.split("\n\n")
    rest += " Mills in Coruche take on hands, and the railway wants to open the branch line to the port before Easter."
    tracker.ingest([told("a", first, "Quay Wire"), told("b", f"{first}\n\n{rest}", "Hill Post", "2024-11-16")])
    tracker.ingest(told("c", rest, "Cork Daily", "2024-11-17"))
    copied = tracker.article("c").copy_of
    assert copied is not None and (copied.original, copied.like, copied.percent) == ("a", "b", 100)
    assert str(copied).endswith("100% of the words, by way of b)")


def test_what_names_its_original_itself_says_so() -> None:
    tracker = opened()
    tracker.ingest(told("x", "Cork is back, they say.", "Other", copy_of="nobody has it"))
    assert str(tracker.article("x").copy_of) == "nobody has it (which the ledger does not hold, as it says itself)"
    (shift,) = tracker.shifts(policy=CORK)
    assert "copy of" in str(tracker.why(shift.id)) and "nobody has it" in str(tracker.why(shift.id))


def test_as_it_was_known(tracker: Tracker) -> None:
    first, second = tracker.article("a").versions
    then = tracker.article("a", known=first.recorded_at)
    assert len(then.versions) == 1 and then.copies == ()
    assert len(tracker.article("a", known=second.recorded_at).copies) == 1


def test_of_a_removed_text_no_word_is_shown(tracker: Tracker) -> None:
    tracker.forget("a", by="Ana", why="asked to")
    found = tracker.article("a")
    assert all(version.is_removed and not version.edits for version in found.versions)
    assert "Portugal" not in found.model_dump_json() and "its text was removed" in str(found)


@pytest.mark.parametrize("name", ["nothing", "", "a\x00", "\ud800"])
def test_no_such_article(tracker: Tracker, name: str) -> None:
    if name:
        with pytest.raises(ConfigError, match="there is no article"):
            tracker.article(name)
    else:
        with pytest.raises(ConfigError, match="can be a, b, c"):
            tracker.article(name)


WORDS = st.lists(st.sampled_from(["ban", "lifted", "the", "on", "5", "\n\n", "rice."])).map(" ".join)


@given(WORDS, WORDS)
def test_edits_lead_from_one_text_to_the_other(one: str, other: str) -> None:
    before, after = one, other
    found = list(edits(before, after))
    left = after
    for edit in reversed(found):
        assert left[edit.start :].startswith(edit.after)
        left = left[: edit.start] + f" {edit.before} " + left[edit.start + len(edit.after) :]
    assert left.split() == before.split() or not (before and after)


def test_as_a_person_and_as_a_program_see_it(tracker: Tracker) -> None:
    told_text = str(tracker.article("a"))
    assert "[-Monday,-] {+Tuesday,+}" in told_text and "version 2  recorded" in told_text
    assert json.loads(tracker.article("a").model_dump_json())["versions"][1]["edits"][1]["after"] == "fourteen"
