"""What steps are called: every rule by its example, every reachable step by exactly one rule, and none in silence."""

from __future__ import annotations

import itertools
from collections.abc import Iterator

import pytest

from policytrack.detect import Detector, record_of
from policytrack.errors import EngineError
from policytrack.explain import decide, matching
from policytrack.model import DIRECTIONS, OPERATIONS, POLICY_KINDS, Entry, Shift, shift_id
from policytrack.states import Timeline, timeline
from policytrack.status_model import FIELDS, NUMBER_FIELDS, STATUS_FIELDS, Core, ShiftRule
from tests.builders import POLICY, at, core, level, place, policy, scope, told, trigger


@pytest.fixture(scope="module")
def detector() -> Detector:
    return Detector(core())


def shifts(kind: str, start: str | None, *entries: Entry, detector: Detector) -> tuple[Shift, ...]:
    about = policy(kind, start)
    found = detector.detect(timeline(about, entries, core()), about)
    assert found.reviews == ()
    return found.shifts


# --- rules and their examples


@pytest.mark.parametrize("rule", core().shifts, ids=lambda rule: rule.name)
def test_a_rule_names_its_example(rule: ShiftRule, detector: Detector) -> None:
    found = detector.rule_for({**rule.example_record()})
    assert found is not None
    assert (found.name, found.kind) == (rule.name, rule.kind)


@pytest.mark.parametrize("rule", core().shifts, ids=lambda rule: rule.name)
def test_every_condition_of_a_rule_is_needed_for_its_example(rule: ShiftRule) -> None:
    record = rule.example_record()
    for field in rule.when:
        assert rule.name not in matching(core().shifts, {**record, field: None}), field


def test_every_supersedes_is_needed() -> None:
    """A rule that supersedes another matches, on some reachable step, a record that the other matches too."""
    together = {
        (one, other)
        for record in REACHABLE.values()
        for one, other in itertools.permutations(matching(core().shifts, record), 2)
    }
    for rule in core().shifts:
        for other in rule.supersedes:
            assert (rule.name, other) in together, (rule.name, other)


# --- every reachable step


def reachable() -> Iterator[tuple[tuple[str, ...], Timeline]]:
    """Timelines of one claim, and of two: every operation, direction and status before, saying this and that."""
    saying: list[dict[str, object]] = [
        {},
        {"scope": [place("Kursk")]},
        {"scope": [scope("item", "two banks")], "level": level(50)},
        {"level": level(5)},
        {"dates": {"expires": "2025-06-30"}},
        {"dates": {"in_force": "2025-06-30"}},
        {"dates": {"in_force": "2025-06-30"}, "level": level(50)},
        {"status": "implemented"},
    ]
    for kind, operation, direction in itertools.product(POLICY_KINDS, OPERATIONS, DIRECTIONS):
        for before, says in itertools.product(core().statuses(kind), saying):
            about = policy(kind, before)
            entries = [told(operation, "2024-11-22", direction, **says)]  # type: ignore[arg-type]
            yield (kind, operation, direction, before), timeline(about, entries, core())
            scheduled = told(operation, "2024-06-01", direction, dates={"in_force": "2025-06-30"}, level=level(30))
            for second in ("delay", "resume", "suspend", "revoke", "impose", "lift", "extend"):
                for contrary in ("looser", "tighter"):
                    later = told(second, "2024-11-22", contrary, **says)  # type: ignore[arg-type]
                    if before == core().kinds[kind].statuses[0] and says in saying[:3]:  # type: ignore[index]
                        yield (kind, operation, direction, before), timeline(about, [scheduled, later], core())


REACHABLE = {
    tuple(sorted((key, value) for key, value in record.items() if value is not None)): record
    for cell, found in reachable()
    for step in found.steps
    if not step.follow_up
    for record in [record_of(step, policy(cell[0]), core())]
}


def test_every_reachable_step_is_named_by_exactly_one_rule(detector: Detector) -> None:
    nameless = []
    for record in REACHABLE.values():
        names = matching(core().shifts, record)
        decided = decide(core().shifts, names)
        found = detector.rule_for(record)
        assert (found.name if found else None) == decided
        if decided is None:
            nameless.append(record)
    assert nameless == []
    assert len(REACHABLE) > 2_000


def test_every_rule_names_a_reachable_step(detector: Detector) -> None:
    used = {rule.name for record in REACHABLE.values() if (rule := detector.rule_for(record))}
    assert used == {rule.name for rule in core().shifts}


def test_records_hold_the_fields_that_rules_may_test() -> None:
    for record in REACHABLE.values():
        assert tuple(record) == tuple(FIELDS)
        for field, value in record.items():
            known = FIELDS[field]
            if field in NUMBER_FIELDS:
                assert value is None or type(value) is int
            elif field in STATUS_FIELDS:
                assert value in core().statuses(str(record["policy_kind"]))
            else:
                assert known is not None
                assert value in known


# --- the kinds of the design, by hand

STEPS = [
    ("permission", "prohibited", told("authorise"), "restriction_lifted"),
    ("permission", "restricted", told("lift"), "restriction_lifted"),
    ("permission", "suspended", told("authorise"), "restriction_lifted"),
    ("restriction", "in_force", told("lift"), "restriction_lifted"),
    ("restriction", "partial", told("lift"), "restriction_lifted"),
    ("restriction", "suspended", told("lift"), "restriction_lifted"),
    ("permission", None, told("authorise"), "permission_granted"),
    ("permission", "prohibited", told("ease"), "restriction_eased"),
    ("permission", None, told("ease"), "restriction_eased"),
    ("restriction", "in_force", told("ease"), "restriction_eased"),
    ("restriction", "in_force", told("authorise"), "restriction_eased"),
    ("restriction", "in_force", told("lift", scope=[scope("item", "two banks")]), "restriction_eased"),
    ("restriction", "partial", told("lift", scope=[scope("item", "two banks")]), "restriction_eased"),
    ("restriction", "partial", told("ease", level=level(5)), "restriction_eased"),
    ("permission", "permitted", told("impose"), "restriction_imposed"),
    ("restriction", "none", told("impose"), "restriction_imposed"),
    ("restriction", "none", told("tighten"), "restriction_imposed"),
    ("permission", "permitted", told("tighten"), "restriction_tightened"),
    ("restriction", "partial", told("tighten"), "restriction_tightened"),
    ("restriction", "partial", told("revoke"), "restriction_tightened"),
    ("restriction", "in_force", told("tighten", level=level(50)), "restriction_tightened"),
    ("restriction", "in_force", told("impose", level=level(50)), "restriction_tightened"),
    ("restriction", None, told("tighten"), "restriction_tightened"),
    ("restriction", None, told("impose"), "restriction_imposed"),
    ("permission", "permitted", told("ease", scope=[place("Kursk")]), "permission_widened"),
    ("permission", "restricted", told("tighten", scope=[place("Kursk")]), "permission_narrowed"),
    ("permission", "permitted", told("revoke"), "permission_revoked"),
    ("permission", "permitted", told("suspend"), "measure_suspended"),
    ("permission", "prohibited", told("suspend", direction="looser"), "measure_suspended"),
    ("restriction", "in_force", told("suspend", direction="looser"), "measure_suspended"),
    ("permission", "suspended", told("resume"), "measure_resumed"),
    ("restriction", "suspended", told("resume", direction="tighter"), "measure_resumed"),
    ("membership", "suspended", told("resume"), "measure_resumed"),
    ("restriction", "in_force", told("extend", dates={"expires": "2025-06-30"}), "measure_extended"),
    ("programme", None, told("extend", direction="looser"), "measure_extended"),
    ("programme", "none", told("authorise"), "programme_started"),
    ("programme", "active", told("tighten"), "programme_reduced"),
    ("programme", "reduced", told("tighten", level=level(1)), "programme_reduced"),
    ("programme", "active", told("suspend"), "programme_suspended"),
    ("programme", "suspended", told("resume"), "programme_resumed"),
    ("programme", "reduced", told("ease"), "programme_resumed"),
    ("programme", "active", told("withdraw"), "programme_ended"),
    ("programme", "active", told("ease", level=level(3)), "permission_widened"),
    ("membership", "member", told("withdraw", direction="looser"), "withdrawal_announced"),
    ("membership", "leaving", told("withdraw", direction="looser", status="implemented"), "left"),
    ("membership", "outside", told("join", direction="tighter"), "accession_announced"),
    ("membership", "joining", told("join", direction="tighter", status="implemented"), "joined"),
    ("rate", "set", told("tighten", level=level(5)), "rate_raised"),
    ("rate", "set", told("ease", level=level(4)), "rate_cut"),
    ("rate", None, told("ease", level=level(4)), "rate_cut"),
]  # fmt: skip


@pytest.mark.parametrize(("kind", "start", "news", "name"), STEPS)
def test_a_step_has_the_name_of_the_design(
    kind: str, start: str | None, news: Entry, name: str, detector: Detector
) -> None:
    assert [shift.kind for shift in shifts(kind, start, news, detector=detector)] == [name]


def test_a_first_schedule_bears_the_kind_of_the_step_that_it_announces(detector: Detector) -> None:
    (shift,) = shifts(
        "permission", "prohibited", told("authorise", dates={"in_force": "2025-06-30"}), detector=detector
    )
    assert (shift.kind, shift.occurred_on) == ("restriction_lifted", "2024-11-22")
    assert (shift.before.status, shift.after.status) == ("prohibited", "prohibited")
    assert shift.after.scheduled is not None
    assert shift.after.scheduled.status == "permitted"


def test_a_step_in_what_is_scheduled_is_a_delay(detector: Detector) -> None:
    entries = [
        told("impose", "2024-11-10", dates={"in_force": "2024-12-01"}),
        told("delay", "2024-11-25", "looser", dates={"in_force": "2025-01-15"}),
    ]
    found = shifts("restriction", "none", *entries, detector=detector)
    assert [(shift.kind, shift.occurred_on) for shift in found] == [
        ("restriction_imposed", "2024-11-10"), ("measure_delayed", "2024-11-25"),
    ]  # fmt: skip


def test_a_cut_is_a_cut_even_where_the_level_before_is_out_of_date(detector: Detector) -> None:
    entries = [told("impose", "2024-01-01", level=level(4)), told("ease", "2024-11-22", level=level(4.25, was=4.5))]
    assert shifts("rate", None, *entries, detector=detector)[-1].kind == "rate_cut"


def test_the_way_of_a_neutral_step_is_told_by_its_statuses_or_levels(detector: Detector) -> None:
    lifted = shifts("restriction", "in_force", told("lift", direction="neutral"), detector=detector)
    assert [shift.kind for shift in lifted] == ["restriction_lifted"]
    entries = [told("impose", "2024-01-01", level=level(4)), told("impose", "2024-06-01", "neutral", level=level(5))]
    assert shifts("rate", None, *entries, detector=detector)[-1].kind == "rate_raised"
    entries = [told("impose", "2024-01-01", level=level(4)), told("impose", "2024-06-01", "neutral", level=level(3))]
    assert shifts("rate", None, *entries, detector=detector)[-1].kind == "rate_cut"
    eased = shifts("permission", None, told("ease", direction="neutral"), detector=detector)
    assert [shift.kind for shift in eased] == ["restriction_eased"]


# --- what a shift holds


def test_a_shift_holds_what_its_step_says(detector: Detector) -> None:
    news = told(
        "authorise", "2024-11-22", status="reported", scope=[place("Kursk")], triggers=[trigger("their arrival")],
        dates={"communicated": "2024-11-12"}, level=level(5),
    )  # fmt: skip
    about = policy("permission", "prohibited", tags=("weapons",))
    (shift,) = detector.shifts(timeline(about, [news], core()), about)
    assert shift.id == shift_id(POLICY, "looser", news.claim.id)
    assert (shift.rule, shift.severity, shift.tags) == ("permission-lifted@1", "major", ("weapons",))
    assert (shift.issuer.id, shift.direction, shift.stage, shift.implied) == ("us", "looser", "reported", False)
    assert (shift.occurred_on, shift.claims) == ("2024-11-12", (news.claim.id,))
    assert [each.quote for each in (*shift.scope, *shift.triggers)] == ["Kursk", "their arrival"]
    assert (shift.before.status, shift.after.status, shift.after.level) == ("prohibited", "permitted", at(5))


def test_coming_into_force_is_no_second_shift(detector: Detector) -> None:
    entries = [
        told("authorise", "2024-11-10", dates={"in_force": "2024-12-01"}),
        told("authorise", "2024-12-02", status="implemented"),
    ]
    assert len(shifts("permission", "prohibited", *entries, detector=detector)) == 1


def test_shifts_of_one_timeline_have_names_of_their_own(detector: Detector) -> None:
    entries = [
        told(operation, f"2024-{month:02}-10") for month, operation in enumerate(["authorise", "revoke"] * 6, start=1)
    ]
    found = shifts("permission", "prohibited", *entries, detector=detector)
    assert len({shift.id for shift in found}) == len(found) == 12


# --- where no rule fits, or two do


def with_rules(*rules: ShiftRule) -> Core:
    return core().model_copy(update={"shifts": rules})


def test_a_step_that_no_rule_names_is_for_review() -> None:
    about, news = policy("permission", "prohibited"), told("authorise")
    found = Detector(with_rules(core().shifts[1])).detect(timeline(about, [news], core()), about)
    assert found.shifts == ()
    assert [(each.reason, each.claims) for each in found.reviews] == [("no_rule", (news.claim.id,))]


def test_a_tie_is_an_error_that_names_the_rules() -> None:
    first = core().shifts[0]
    twin = first.model_copy(update={"name": "twin"})
    about = policy("permission", "prohibited")
    with pytest.raises(EngineError, match="'permission-lifted', 'twin' tie"):
        Detector(with_rules(first, twin)).shifts(timeline(about, [told("authorise")], core()), about)


def test_a_pack_may_name_a_step_more_closely() -> None:
    first = core().shifts[0]
    closer = ShiftRule.model_validate(
        {
            "name": "closer",
            "kind": "all_clear",
            "when": {
                "policy_kind": "permission",
                "field": "status",
                "after": "permitted",
                "stage": "corroborated",
                "sources": {"at_least": 2},
            },
            "example": {},
        }
    )
    about = policy("permission", "prohibited")
    detector = Detector(with_rules(first, closer))
    one = timeline(about, [told("authorise")], core())
    two = timeline(about, [told("authorise"), told("authorise", source="Wire B")], core())
    assert [shift.kind for shift in detector.shifts(one, about)] == ["restriction_lifted"]
    assert [shift.kind for shift in detector.shifts(two, about)] == ["all_clear"]
