"""How claims are dated and gathered into events."""

from __future__ import annotations

from policytrack.events import Event, Telling, accounts, best_date, gather, share_dates, told, united_triggers
from policytrack.model import Entry
from tests.builders import claim, core, entry, place, scope, trigger
from tests.builders import told as tell


def dated(*entries: Entry) -> list[tuple[str, bool]]:
    return [(telling.date, telling.dated) for telling in map(told, entries)]


def events(*entries: Entry, span: int = 7) -> list[Event]:
    return gather(map(told, entries), span, core().strength)


def shape(found: list[Event]) -> list[tuple[str, str, int]]:
    """Direction, date and number of claims of each event."""
    return [(event.direction, event.date, len(event.tellings)) for event in found]


# --- when a claim dates itself


def test_roles_are_taken_in_their_order() -> None:
    roles = ["in_force", "decided", "announced", "communicated"]
    for number, role in enumerate(roles):
        dates = {later: f"2024-11-{10 - place:02}" for place, later in enumerate(roles[number:])}
        assert dated(tell("authorise", "2024-11-22", dates=dates)) == [(dates[role], True)]


def test_first_use_dates_only_what_is_implied() -> None:
    dates = {"first_use": "2024-11-19"}
    assert dated(tell("authorise", "2024-11-22", dates=dates)) == [("2024-11-22", False)]
    used = tell("authorise", "2024-11-22", status="implemented", implied=True, dates=dates)
    assert dated(used) == [("2024-11-19", True)]


def test_an_expiry_dates_nothing() -> None:
    assert dated(tell("extend", "2024-11-22", dates={"expires": "2024-11-01"})) == [("2024-11-22", False)]


def test_a_date_after_publication_has_not_come() -> None:
    telling = told(tell("authorise", "2024-11-22", dates={"in_force": "2024-12-01", "decided": "2024-11-30"}))
    assert (telling.date, telling.dated, telling.starts_on) == ("2024-11-22", False, "2024-12-01")


def test_a_month_that_has_begun_is_not_later_than_a_day_in_it() -> None:
    telling = told(tell("authorise", "2024-11-22", dates={"in_force": "2024-11"}))
    assert (telling.date, telling.starts_on) == ("2024-11", None)


def test_of_two_dates_of_one_role_the_more_precise_counts() -> None:
    assert best_date(["2024-11", "2024-11-19", "2024-11-20", "2024"]) == "2024-11-19"


# --- undated news of an article that dates it elsewhere


def shared(*entries: Entry) -> list[str]:
    tellings = [told(each) for each in entries]
    share_dates(tellings, 31)
    return [telling.date for telling in tellings]


def test_undated_news_bears_the_date_of_the_same_article() -> None:
    one = claim(article="a", dates={"communicated": "2024-11-12"})
    other = claim("ease", article="a", start=200)
    elsewhere = claim(article="b")
    assert shared(*(entry(each, "2024-11-22") for each in (one, other, elsewhere))) == [
        "2024-11-12", "2024-11-12", "2024-11-22",
    ]  # fmt: skip


def test_a_date_of_the_other_direction_is_not_shared() -> None:
    one, other = claim("revoke", article="a", dates={"decided": "2024-11-12"}), claim(article="a", start=200)
    assert shared(entry(one, "2024-11-22"), entry(other, "2024-11-22"))[1] == "2024-11-22"


def test_background_and_old_dates_are_not_shared() -> None:
    old = claim(article="a", dates={"decided": "2024-09-12"})
    told_before = claim(article="b", dates={"decided": "2024-11-12"}, background=True)
    for one in (old, told_before):
        other = claim("ease", article=one.article_id, start=200)
        assert shared(entry(one, "2024-11-22"), entry(other, "2024-11-22"))[1] == "2024-11-22"


# --- one event, many articles


def test_claims_within_seven_days_of_the_earliest_are_one_event() -> None:
    found = events(tell("authorise", "2024-11-12"), tell("lift", "2024-11-16"), tell("ease", "2024-11-19"))
    assert shape(found) == [("looser", "2024-11-12", 3)]


def test_the_span_counts_from_the_earliest_claim_not_from_the_last() -> None:
    found = events(tell("authorise", "2024-11-12"), tell("authorise", "2024-11-18"), tell("authorise", "2024-11-20"))
    assert shape(found) == [("looser", "2024-11-12", 2), ("looser", "2024-11-20", 1)]


def test_a_pack_may_change_the_span() -> None:
    entries = tell("authorise", "2024-11-12"), tell("authorise", "2024-11-14")
    assert len(events(*entries, span=1)) == 2
    assert len(events(*entries, span=2)) == 1


def test_a_contrary_claim_between_parts_two_events() -> None:
    found = events(tell("authorise", "2024-11-12"), tell("revoke", "2024-11-13"), tell("authorise", "2024-11-14"))
    assert shape(found) == [
        ("looser", "2024-11-12", 1), ("tighter", "2024-11-13", 1), ("looser", "2024-11-14", 1),
    ]  # fmt: skip


def test_a_contrary_claim_of_the_same_day_does_not_part_that_day() -> None:
    found = events(
        tell("authorise", "2024-11-12", source="A"),
        tell("revoke", "2024-11-12", source="B"),
        tell("authorise", "2024-11-12", source="C"),
    )
    assert sorted(shape(found)) == [("looser", "2024-11-12", 2), ("tighter", "2024-11-12", 1)]


def test_neutral_claims_are_contrary_to_nothing() -> None:
    found = events(
        tell("authorise", "2024-11-12"), tell("suspend", "2024-11-13", "neutral"), tell("authorise", "2024-11-14")
    )
    assert shape(found) == [("looser", "2024-11-12", 2), ("neutral", "2024-11-13", 1)]


def test_a_claim_joins_by_what_it_dates_itself_to_not_by_publication() -> None:
    found = events(tell("authorise", "2024-11-12"), tell("authorise", "2025-02-01", dates={"decided": "2024-11-12"}))
    assert shape(found) == [("looser", "2024-11-12", 2)]


def test_a_month_belongs_to_the_event_in_it() -> None:
    found = events(tell("authorise", "2024-11-22", dates={"decided": "2024-11"}), tell("authorise", "2024-11-17"))
    assert shape(found) == [("looser", "2024-11-17", 2)]


def test_a_month_belongs_to_an_event_that_reaches_into_it() -> None:
    month = tell("authorise", "2024-11-22", dates={"decided": "2024-11"})
    assert shape(events(tell("authorise", "2024-10-28"), month)) == [("looser", "2024-10-28", 2)]
    assert len(events(tell("authorise", "2024-10-20"), month)) == 2


def test_a_year_belongs_to_its_first_event_and_goes_no_further_than_publication() -> None:
    year = {"decided": "2024"}
    late = events(tell("authorise", "2024-12-22", dates=year), tell("authorise", "2024-11-17"))
    assert shape(late) == [("looser", "2024-11-17", 2)]
    early = events(tell("authorise", "2024-05-22", dates=year), tell("authorise", "2024-11-17"))
    assert shape(early) == [("looser", "2024", 1), ("looser", "2024-11-17", 1)]


def test_a_month_without_an_event_is_one_on_its_first_day() -> None:
    found = events(
        tell("authorise", "2024-11-22", source="A", dates={"decided": "2024-10"}),
        tell("authorise", "2024-11-22", source="B", dates={"decided": "2024-10"}),
        tell("authorise", "2024-11-22", source="C", dates={"decided": "2024"}),
    )
    assert shape(found) == [("looser", "2024-10", 3)]


def test_a_vague_contrary_claim_parts_nothing() -> None:
    found = events(
        tell("authorise", "2024-10-30"),
        tell("authorise", "2024-11-03"),
        tell("revoke", "2024-11-22", dates={"decided": "2024-11"}),
    )
    assert shape(found) == [("looser", "2024-10-30", 2), ("tighter", "2024-11", 1)]


def test_the_order_of_the_claims_does_not_matter() -> None:
    entries = [
        tell("authorise", "2024-11-12", source="A"),
        tell("revoke", "2024-11-12", source="B"),
        tell("ease", "2024-11-12", source="C"),
        tell("ease", "2024-11-22", source="D", dates={"decided": "2024-11"}),
    ]
    forth, back = events(*entries), events(*reversed(entries))
    assert [[t.claim.id for t in event.tellings] for event in forth] == [
        [t.claim.id for t in event.tellings] for event in back
    ]


# --- what an event says


def test_the_strongest_operation_comes_first() -> None:
    (event,) = events(tell("ease", "2024-11-12"), tell("lift", "2024-11-13"), tell("authorise", "2024-11-14"))
    assert [account.operation for account in accounts(event, core())] == ["lift", "authorise", "ease"]


def test_scopes_and_triggers_are_united() -> None:
    one = tell(
        "authorise", "2024-11-12", scope=[place("the Kursk region")], triggers=[trigger("their arrival", "context")]
    )
    other = tell(
        "authorise", "2024-11-13", scope=[place("in Kursk"), scope("range", "300 km")],
        triggers=[trigger("the attack"), trigger("Their arrival")],
    )  # fmt: skip
    (event,) = events(one, other)
    (account,) = accounts(event, core())
    assert [each.quote for each in account.scope] == ["the Kursk region", "300 km"]
    assert [(each.kind, each.quote) for each in united_triggers(event.tellings)] == [
        ("primary", "the attack"), ("primary", "Their arrival"),
    ]  # fmt: skip


def force(*entries: Entry) -> tuple[str | None, bool]:
    (event,) = events(*entries)
    account = next(iter(accounts(event, core())))
    return account.starts_on, account.in_force


def test_a_date_of_force_that_one_claim_names_holds_for_the_event() -> None:
    named = tell("authorise", "2024-11-17", dates={"in_force": "2024-12-01"})
    assert force(named, tell("authorise", "2024-11-18")) == ("2024-12-01", False)


def test_what_holds_already_goes_before_what_was_said_to_come() -> None:
    named = tell("authorise", "2024-11-17", dates={"in_force": "2024-12-01"})
    carried_out = tell("authorise", "2024-11-20", status="implemented")
    assert force(named, carried_out) == ("2024-11-20", False)
    same_day = tell("authorise", "2024-11-17", status="implemented", source="B")
    assert force(named, same_day) == (None, True)


def test_a_telling_is_placed_by_its_words_in_the_article() -> None:
    first, second = entry(claim(article="a", start=10)), entry(claim("ease", article="a", start=500))
    placed: list[Telling] = sorted(map(told, (second, first)), key=lambda telling: telling.key)
    assert [telling.claim.id for telling in placed] == [first.claim.id, second.claim.id]
