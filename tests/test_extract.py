"""The reader as a whole: the founding case, the schema's promises, and the algebra of operations."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from policytrack.extract.composition import EFFECTS
from policytrack.model import DIRECTIONS, OPERATIONS, Claim
from policytrack.sources import read_articles
from tests.reading import ROOT, SHARED, article, extractor, live, read

FOUNDING = sorted((SHARED / "seeds").glob("*.txt"))
OWN = sorted((ROOT / "seeds").glob("*.txt"))


def claims_of_files(paths: list) -> dict[str, list[Claim]]:  # type: ignore[type-arg]
    found: dict[str, list[Claim]] = {}
    for path in paths:
        for each in read_articles(path):
            assert not isinstance(each, Exception), each
            for claim in live(extractor().read(each).claims):
                found.setdefault(str(claim.policy), []).append(claim)
    return found


@pytest.mark.skipif(not FOUNDING, reason="the founding article is not beside this checkout")
def test_the_founding_article() -> None:
    found = claims_of_files(FOUNDING)
    assert sorted(found) == [
        "uk.storm-shadow.strikes-in-russia",
        "us.apl-mines.transfer-to-ukraine",
        "us.atacms.strikes-in-russia",
        "us.contractors.in-ukraine",
    ]
    assert {(c.operation, c.direction) for cs in found.values() for c in cs} == {("authorise", "looser")}


@pytest.mark.skipif(not FOUNDING, reason="the founding article is not beside this checkout")
def test_the_founding_articles_triggers() -> None:
    (claim,) = claims_of_files(FOUNDING)["us.atacms.strikes-in-russia"]
    told = {t.cue: t for t in claim.triggers}
    assert told["triggered by"].quote == "Moscow’s deployment of North Korean troops to the Kursk region"
    assert told["following"].quote == "North Korea’s unprecedented entry into the conflict"
    assert told["triggered by"].kind == told["following"].kind == "primary"
    victory = told["in the wake of"]
    assert victory.quote == "Donald Trump’s November 5 electoral victory"
    assert victory.kind in ("contributing", "context")
    assert victory.attributed_to is not None
    assert victory.attributed_to.quote == "multiple sources close to the matter"
    considerations = told["influenced by"]
    assert considerations.quote.startswith("domestic political considerations")
    assert (considerations.kind, considerations.hedge) == ("contributing", "appears")
    others = {t.cue for t in claim.triggers} - {"triggered by", "following", "in the wake of", "influenced by"}
    assert others <= {"to", "aimed at"}, "only stated purposes may be triggers beside these"


@pytest.mark.skipif(not FOUNDING, reason="the founding article is not beside this checkout")
def test_the_founding_articles_dates_and_scope() -> None:
    found = claims_of_files(FOUNDING)
    (claim,) = found["us.atacms.strikes-in-russia"]
    assert {(d.role, d.date) for d in claim.dates} == {("communicated", "2024-11-12"), ("first_use", "2024-11-19")}
    (place,) = claim.scope
    assert (place.kind, place.quote) == ("place", "the Kursk region")
    assert place.attributed_to is not None
    assert place.attributed_to.quote == "Congressional sources"
    (contractors,) = found["us.contractors.in-ukraine"]
    assert [(s.kind, s.quote) for s in contractors.scope] == [("purpose", "for weapons maintenance")]
    (implied,) = found["uk.storm-shadow.strikes-in-russia"]
    assert implied.implied
    assert implied.confidence.value <= 0.4
    assert any("implied" in reason for reason in implied.confidence.reasons)


def test_our_own_seed_reads_alike() -> None:
    found = claims_of_files(OWN)
    assert {
        "us.atacms.strikes-in-russia",
        "us.apl-mines.transfer-to-ukraine",
        "us.contractors.in-ukraine",
    } <= set(found)
    (claim, *_) = found["us.atacms.strikes-in-russia"]
    assert any("North Korea" in trigger.quote for trigger in claim.triggers)


@pytest.mark.parametrize("pair", sorted(EFFECTS))
def test_every_effect_is_one_of_the_schemas(pair: tuple[str, str]) -> None:
    operation, direction = EFFECTS[pair]
    assert operation in OPERATIONS
    assert direction in DIRECTIONS


@pytest.mark.parametrize("kind", sorted({kind for kind, _ in EFFECTS}))
def test_a_thing_of_the_other_value_turns_the_direction_round(kind: str) -> None:
    """What is looser for a restriction is tighter for a permission, and the reverse."""
    one, other = EFFECTS.get((kind, "restriction")), EFFECTS.get((kind, "permission"))
    if one is not None and other is not None and one[1] != "neutral":
        assert {one[1], other[1]} == {"looser", "tighter"}


@given(
    st.lists(
        st.one_of(
            st.text(max_size=20),
            st.sampled_from(
                [
                    "Washington let Ukraine fire ATACMS into Russia",
                    "because",
                    "on Tuesday",
                    "🇺🇦",
                    "\u202e",
                    "“so”",
                    "\n",
                ]
            ),
        ),
        max_size=8,
    )
)
@settings(max_examples=60, deadline=None)
def test_every_quote_is_where_its_offsets_say(parts: list[str]) -> None:
    text = " ".join(parts)
    reading = read(text)
    for claim in (*reading.claims, *reading.rejected):
        spans = [claim.evidence, claim.subject, claim.attributed_to, *claim.triggers, *claim.dates, *claim.scope]
        spans += [t.attributed_to for t in claim.triggers] + [s.attributed_to for s in claim.scope]
        for span in filter(None, spans):
            assert text[span.start : span.end] == span.quote


def test_an_empty_article_says_why_nothing_was_read() -> None:
    assert extractor().read(article("  \n ")).skipped == "the article is empty"


def test_an_article_on_other_things_says_why_nothing_was_read() -> None:
    assert extractor().read(article("A choir sang in Bergen.")).skipped == "no tracked instrument is named"


def test_a_claim_says_which_rules_and_which_parser_read_it() -> None:
    (claim,) = live(read("Washington has sent ATACMS to Ukraine.").claims)
    assert claim.rule[0].startswith("operations.")
    assert claim.rule[-1].startswith("en_core_web_sm")


def test_reading_twice_gives_the_same_claims() -> None:
    text = "Washington has let Ukraine fire ATACMS into Russia after North Korean troops came."
    assert read(text).claims == read(text).claims


def test_a_preposition_that_begins_like_a_cue_ends_no_quotation() -> None:
    claims = live(read("India has lifted its ban on the export of onions.").claims)
    assert [claim.evidence.quote for claim in claims] == ["India has lifted its ban on the export of onions"]
    claims = live(read("India has lifted its ban on onion exports on the back of good harvests.").claims)
    assert [claim.evidence.quote for claim in claims] == ["India has lifted its ban on onion exports"]
