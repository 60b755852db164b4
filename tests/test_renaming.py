"""A policy that its pack gives another id, or merges with another, keeps its history; and nobody hears of it again."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from policytrack.errors import ConfigError
from policytrack.ledger import Ledger
from policytrack.model import Shift
from policytrack.packs import Rules, load_rules
from policytrack.tracker import Tracker, open_tracker
from tests.test_tracker import Clock, Reader, ids, news, rules_folder

OLD, NEW, SALT, BRINE = "pt.bark.export", "pt.cork.export", "pt.salt.export", "pt.brine.export"
ON = "2024-12-01"
LIFTED = {"operation": "authorise", "direction": "looser"}
BANNED = {"operation": "impose", "direction": "tighter"}


def pack(*policies: tuple[str, str]) -> str:
    """A pack of policies that were prohibited in 2020, each with its aliases."""
    entries = (
        f"  - {{id: {name}, title: Leave for {name}, instrument: [{name}], aliases: [{aliases}], "
        "start: {status: prohibited, on: 2020-01-01}}\n"
        for name, aliases in policies
    )
    return "pack: harbour\nversion: 1\ndefaults: {kind: permission, issuer: [us]}\npolicies:\n" + "".join(entries)


@pytest.fixture(scope="module")
def rules_of() -> Iterator[Callable[..., Rules]]:
    """Rules with one pack of these policies."""
    with tempfile.TemporaryDirectory() as folder:
        made: dict[str, Rules] = {}

        def rules(*policies: tuple[str, str]) -> Rules:
            text = pack(*policies)
            if text not in made:
                made[text] = load_rules(rules_folder(Path(folder) / str(len(made)), text))
            return made[text]

        yield rules


class Session:
    """One ledger that is opened with one set of rules after another, and what its hook hears."""

    def __init__(self) -> None:
        self.ledger = Ledger()
        self.clock = Clock()
        self.heard: list[Shift] = []

    def opened(self, rules: Rules, hook: bool = True) -> Tracker:
        self.clock.wind(days=1)
        tracker = Tracker(self.ledger, lambda: rules, self.clock, Reader())
        if hook:
            tracker.on_shift(self.heard.append)
        return tracker


@pytest.fixture
def session() -> Session:
    return Session()


QUIET = news("quiet", "2025-01-01")


# --- another name


@pytest.fixture
def renamed(session: Session, rules_of: Callable[..., Rules]) -> Tracker:
    """A history under the old name, opened with rules that know it as an alias only."""
    session.opened(rules_of((OLD, ""))).ingest(news("a", "2024-11-12", {"policy": OLD, **LIFTED}))
    return session.opened(rules_of((NEW, OLD)))


@pytest.mark.parametrize("folded", [False, True], ids=["before the next ingest", "after it"])
@pytest.mark.parametrize("name", [OLD, NEW])
def test_either_name_shows_the_whole_history(name: str, folded: bool, renamed: Tracker) -> None:
    if folded:
        renamed.ingest(QUIET)
    assert [renamed.state(name, on=on).status for on in ("2024-11-11", ON)] == ["prohibited", "permitted"]
    assert renamed.state(name, on=ON).policy == NEW
    assert [state.status for state in renamed.states(policy=name, on=ON)] == ["permitted"]
    assert [shift.occurred_on for shift in renamed.shifts(policy=name)] == ["2024-11-12"]
    assert [line.after for line in renamed.diff("2024-11-01", ON, policy=name).lines if line.field == "status"] == [
        "permitted"
    ]
    told = str(renamed.why(name))
    assert "prohibited, from 2020-01-01 until before 2024-11-12" in told
    assert "unknown, from before all that is known until before 2020-01-01" in told
    assert "2024-11-12 restriction_lifted [s-" in told
    assert (f", as {OLD}]" in told) is not folded


@pytest.mark.parametrize("pattern", ["pt.bark.*", "pt.cork.*"])
def test_a_pattern_that_fits_either_name_shows_it(pattern: str, renamed: Tracker) -> None:
    assert len(renamed.shifts(policy=pattern)) == 1
    renamed.ingest(QUIET)
    assert [shift.policy for shift in renamed.shifts(policy=pattern)] == [NEW]
    assert [state.policy for state in renamed.states(policy=pattern)] == [NEW]


def test_a_shift_keeps_its_id_and_is_not_announced_again(session: Session, renamed: Tracker) -> None:
    before = renamed.shifts()
    assert renamed.ingest([QUIET, news("b", "2024-11-13", {"policy": NEW, **LIFTED}, publisher="B")]).shifts == ()
    after = renamed.shifts()
    assert ids(after) == ids(before) == ids(session.heard)
    assert ([shift.policy for shift in before], [shift.policy for shift in after]) == ([OLD], [NEW])
    assert len(after[0].claims) == 2
    assert "restriction_lifted" in str(renamed.why(before[0].id))
    assert "names it restriction_lifted" in str(renamed.why(before[0].id))
    assert renamed.why(before[0].claims[0]).about.startswith(OLD)


def test_a_shift_that_nobody_has_heard_of_yet_is_announced_under_the_new_name(
    session: Session, rules_of: Callable[..., Rules]
) -> None:
    """The run that recorded it was killed before its hooks."""
    killed = session.opened(rules_of((OLD, "")), hook=False)

    def kill(_shift: Shift) -> None:
        raise KeyboardInterrupt

    kill.__qualname__ = "list.append"  # the name by which the session's own hook is known
    killed.on_shift(kill)
    with pytest.raises(KeyboardInterrupt):
        killed.ingest(news("a", "2024-11-12", {"policy": OLD, **LIFTED}))
    session.opened(rules_of((NEW, OLD)), hook=False).ingest(QUIET)
    assert session.heard == []
    session.opened(rules_of((NEW, OLD))).ingest([])
    assert [(shift.policy, shift.kind) for shift in session.heard] == [(NEW, "restriction_lifted")]


def test_what_was_known_is_answered_as_before(session: Session, rules_of: Callable[..., Rules]) -> None:
    first = session.opened(rules_of((OLD, "")))
    first.ingest(news("a", "2024-11-12", {"policy": OLD, **LIFTED}))
    then = session.clock.now

    def answers(tracker: Tracker) -> list[object]:
        diff = tracker.diff("2024-11-01", ON, known=then)
        asked = (tracker.states(on=ON, known=then), tracker.shifts(policy=OLD, known=then), diff)
        return [*asked, tracker.state(OLD, on=ON, known=then).state]

    before = answers(first)
    later = session.opened(rules_of((NEW, OLD)))
    assert answers(later) == before
    later.ingest([QUIET, news("b", "2024-11-20", {"policy": NEW, **BANNED})])
    assert answers(later) == before
    assert later.state(NEW, on=ON, known=then).state == before[-1]
    assert later.state(NEW, on=ON).status == "prohibited"


def test_an_id_of_a_state_that_stands_no_longer_says_when_it_stood(renamed: Tracker) -> None:
    state = renamed.state(OLD, on=ON).state
    assert state is not None
    renamed.ingest(QUIET)
    with pytest.raises(
        ConfigError, match=r"was not known at .*\. It stood from 2026-01-03 03:04Z until .* known 2026-"
    ):
        renamed.why(state.id, known="2026-01-10")
    assert "superseded" in str(renamed.why(state.id))
    assert "permitted" in str(renamed.why(state.id, known="2026-01-03T03:04Z"))


def test_a_name_can_be_given_back(session: Session, renamed: Tracker, rules_of: Callable[..., Rules]) -> None:
    renamed.ingest([QUIET, news("b", "2024-11-20", {"policy": NEW, **BANNED})])
    again = session.opened(rules_of((OLD, NEW)))
    assert again.ingest(news("quiet too", "2025-01-02")).shifts == ()
    assert [(shift.policy, shift.occurred_on) for shift in again.shifts()] == [
        (OLD, "2024-11-12"),
        (OLD, "2024-11-20"),
    ]
    assert len(session.heard) == 2
    assert [state.policy for state in again.states()] == [OLD]


# --- two policies that become one


@pytest.fixture
def apart(session: Session, rules_of: Callable[..., Rules]) -> Tracker:
    """Salt was permitted in November, brine in December and prohibited again in January."""
    tracker = session.opened(rules_of((SALT, ""), (BRINE, "")))
    tracker.ingest(
        [
            news("a", "2024-11-12", {"policy": SALT, **LIFTED}),
            news("b", "2024-12-20", {"policy": BRINE, **LIFTED}),
            news("c", "2025-01-20", {"policy": BRINE, **BANNED}),
        ]
    )
    return tracker


@pytest.mark.parametrize("name", [SALT, BRINE])
@pytest.mark.usefixtures("apart")
def test_merged_policies_have_one_history(name: str, session: Session, rules_of: Callable[..., Rules]) -> None:
    assert len(session.heard) == 3
    merged = session.opened(rules_of((SALT, BRINE)))
    assert {shift.policy for shift in merged.shifts(policy=name)} == {SALT, BRINE}
    told = str(merged.why(name))
    assert "2024-11-12" in told and "2025-01-20" in told
    assert merged.ingest(QUIET).shifts == ()
    assert [(shift.policy, shift.occurred_on) for shift in merged.shifts(policy=name)] == [
        (SALT, "2024-11-12"),
        (SALT, "2025-01-20"),
    ]
    statuses = [merged.state(name, on=on).status for on in ("2024-11-11", "2024-12-01", "2025-02-01")]
    assert statuses == ["prohibited", "permitted", "prohibited"]
    assert [state.policy for state in merged.states(on=ON)] == [SALT]
    assert len(session.heard) == 3


@pytest.mark.usefixtures("apart")
def test_until_the_next_ingest_a_merged_policy_says_that_it_is_recorded_twice(
    session: Session, rules_of: Callable[..., Rules]
) -> None:
    merged = session.opened(rules_of((SALT, BRINE)))
    answer = merged.state(SALT, on=ON)
    assert (answer.status, answer.note) == ("permitted", f"recorded as {BRINE} it is prohibited")
    assert merged.state(BRINE, on=ON).status == "prohibited"
    merged.ingest(QUIET)
    assert (merged.state(BRINE, on=ON).status, merged.state(BRINE, on=ON).note) == ("permitted", "")


@pytest.mark.parametrize("into", [((SALT, BRINE),), ((BRINE, SALT),), ((NEW, f"{SALT}, {BRINE}"),)])
def test_what_was_known_of_two_policies_stays_apart(
    into: tuple[tuple[str, str], ...], apart: Tracker, session: Session, rules_of: Callable[..., Rules]
) -> None:
    then = session.clock.now

    def answers(tracker: Tracker) -> list[object]:
        asked: list[object] = [tracker.states(on=ON, known=then), tracker.shifts(known=then)]
        for name in (SALT, BRINE, "pt.s*", "pt.*"):
            asked += [tracker.shifts(policy=name, known=then), tracker.states(policy=name, on=ON, known=then)]
            asked += [tracker.diff("2024-11-01", ON, policy=name, known=then)]
        return [*asked, *(tracker.state(name, on=ON, known=then).state for name in (SALT, BRINE))]

    before = answers(apart)
    merged = session.opened(rules_of(*into))
    assert answers(merged) == before
    merged.ingest([QUIET, news("d", "2025-02-01", {"policy": into[0][0], **LIFTED})])
    assert answers(merged) == before


@pytest.mark.usefixtures("apart")
def test_later_knowledge_of_a_merged_policy_is_that_of_its_answer(
    session: Session, rules_of: Callable[..., Rules]
) -> None:
    then = session.clock.now
    merged = session.opened(rules_of((SALT, BRINE)))
    merged.ingest(QUIET)
    assert merged.state(SALT, on=ON, known=then).note == ""
    later = merged.state(BRINE, on=ON, known=then)
    assert (later.status, later.note) == (
        "prohibited",
        "later knowledge differs: from 2026-01-04 03:04Z the answer is permitted",
    )


@pytest.mark.usefixtures("apart")
def test_a_shift_that_merging_hid_is_no_news_when_it_shows_again(
    session: Session, rules_of: Callable[..., Rules]
) -> None:
    merged = session.opened(rules_of((SALT, BRINE)))
    merged.ingest(QUIET)
    session.clock.wind(days=1)
    assert [shift.occurred_on for shift in merged.shifts()] == ["2024-11-12", "2025-01-20"]
    report = merged.ingest(news("d", "2024-12-05", {"policy": SALT, **BANNED}))
    assert [shift.occurred_on for shift in report.shifts] == ["2024-12-05"]
    days = ["2024-11-12", "2024-12-05", "2024-12-20", "2025-01-20"]
    assert [shift.occurred_on for shift in merged.shifts()] == days
    assert len(ids(session.heard)) == len(set(ids(session.heard))) == 4


# --- what is tracked


def test_the_list_of_policies_has_the_last_word_under_any_name(renamed: Tracker, session: Session) -> None:
    for _ in range(2):
        (policy,) = renamed.policies()
        assert (policy.id, policy.aliases, policy.title) == (NEW, (OLD,), f"Leave for {NEW}")
        assert policy.tracked_since is not None and policy.tracked_since.isoformat() == "2026-01-03T03:04:00+00:00"
        assert (policy.status, policy.status_from, policy.stage) == ("permitted", "2024-11-12", "confirmed")
        assert policy.last_claim is not None and policy.last_shift is not None
        assert (policy.last_claim.article_id, policy.last_claim.published_at) == ("a", "2024-11-12")
        assert (policy.last_claim.operation, policy.last_claim.status) == ("authorise", "announced")
        assert [policy.last_shift.id] == ids(session.heard)
        assert (policy.last_shift.kind, policy.last_shift.stage) == ("restriction_lifted", "confirmed")
        renamed.ingest(QUIET)


def test_the_last_word_is_the_one_published_last(apart: Tracker, session: Session) -> None:
    session.clock.wind(days=1)
    apart.ingest(news("late", "2024-11-30", {"policy": BRINE, "status": "denied", **LIFTED}))
    brine, salt = apart.policies()
    assert (brine.id, salt.id) == (BRINE, SALT)
    assert brine.last_claim is not None and brine.last_claim.article_id == "c"
    assert brine.last_shift is not None and brine.last_shift.occurred_on == "2025-01-20"
    assert (brine.status, salt.status) == ("prohibited", "permitted")
    apart.ingest(news("last", "2025-03", {"policy": BRINE, "status": "denied", **LIFTED}))
    last = apart.policies()[0].last_claim
    assert last is not None
    assert (last.article_id, last.published_at, last.status) == ("last", "2025-03", "denied")


def test_without_a_ledger_the_policies_are_listed_all_the_same(tmp_path: Path, rules_of: Callable[..., Rules]) -> None:
    with open_tracker(tmp_path / "t.db", rules=rules_of((SALT, BRINE)), clock=Clock()) as tracker:
        (policy,) = tracker.policies()
        assert (policy.id, policy.tracked_since, policy.status, policy.last_claim, policy.last_shift) == (
            SALT, None, None, None, None,
        )  # fmt: skip
        assert (tracker.policies().on, tracker.policies().known) == ("2026-01-02", Clock().now)
    assert list(tmp_path.iterdir()) == []
    with open_tracker(rules=rules_of((SALT, BRINE)), clock=Clock(), extractor=Reader()) as empty:
        assert empty.policies()[0].status is None
