"""What waits for a person, and what people decide: recorded with all that follows from it, in one transaction."""

from __future__ import annotations

import datetime
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final, Literal, get_args

from pydantic import ConfigDict, Field

from policytrack.alerts import Hooks, call
from policytrack.corrections import Corrections
from policytrack.decisions import Decision, Verb, decision_on
from policytrack.decisions import told as says
from policytrack.derive import consequences, derive, follow_rules
from policytrack.detect import Detector
from policytrack.effects import Reason
from policytrack.errors import ConfigError, Location
from policytrack.intake import Moments, Progress
from policytrack.ledger import Batch, Ledger, Telling
from policytrack.model import (
    SCHEMA,
    ClaimStatus,
    Direction,
    Entry,
    Evidence,
    Operation,
    PartialDate,
    Policy,
    PolicyId,
    Record,
    Shift,
    Stage,
)
from policytrack.moments import Clock, shown
from policytrack.packs import Rules
from policytrack.printable import printable
from policytrack.shift_changes import ShiftChanges, shift_changes
from policytrack.shown import Rows

WaitingReason = Literal[Reason, "decided_before", "disputed", "implied", "low_confidence"]

REASONS: Final[tuple[str, ...]] = tuple(each for one in get_args(WaitingReason) for each in (get_args(one) or (one,)))
LOW: Final = 0.5
"""A claim that is less sure than this should not make a shift alone, unseen."""

_WORDS: Final[Mapping[str, str]] = {
    "decided_before": "its text and its reading have changed since somebody decided about it",
    "disputed": "it bears on what is disputed",
    "implied": "use shows it, nobody has stated it",
    "low_confidence": "it alone made a shift, and its reading is not sure",
}
_STAGES: Final[tuple[Stage, ...]] = ("disputed", "reported", "corroborated", "confirmed", "retracted")


class Waiting(Record):
    """A claim that waits for a person: why, in whose words, and what hangs on it.

    `reasons` are codes, `text` says them in words. `says` has what it says of each field that can be corrected.
    `shifts` are the ids of the shifts that rest on it, `stage` that of the least settled of them. `before` is what was
    decided about an earlier version of the text.
    """

    schema_: int = Field(default=SCHEMA, alias="schema")
    claim: str
    policy: PolicyId
    reasons: tuple[WaitingReason, ...]
    text: str
    operation: Operation
    direction: Direction
    status: ClaimStatus
    evidence: Evidence
    article_id: str
    published_at: PartialDate
    says: dict[str, str] = Field(default_factory=dict)
    shifts: tuple[str, ...] = ()
    stage: Stage | None = None
    before: Decision | None = None

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True, serialize_by_alias=True)


class ReviewReport(ShiftChanges):
    """What was decided, and what became of the shifts of the policies that it bears on.

    `decisions` are those that were recorded; `unchanged_decisions` counts those that stood already. `news` are the
    shifts that are new; `alert_errors` are hooks that failed.
    """

    decisions: Rows[Decision] = Field(default_factory=lambda: Rows((), Decision))
    unchanged_decisions: int = 0
    news: Rows[Shift] = Field(default_factory=lambda: Rows((), Shift))
    alert_errors: tuple[str, ...] = ()


@dataclass(frozen=True)
class Asked:
    """A decision that somebody wants: about which claim, what, by whom and why. `place` is where it was written."""

    claim: str
    decision: Verb
    by: str
    why: str = ""
    set: Mapping[str, str] = field(default_factory=dict)
    places: Mapping[str, Location] = field(default_factory=dict)

    def problem(self, name: str, text: str) -> str:
        """What is wrong with a field, after its place where that is known."""
        place = self.places.get(name) or self.places.get("claim")
        return f"{place}: {text}" if place else text


# --- what waits


@dataclass
class _Found:
    """What speaks for looking at one claim, while it is gathered."""

    entry: Entry
    policy: Policy
    reasons: dict[str, str] = field(default_factory=dict)
    before: Decision | None = None


def waiting(
    ledger: Ledger,
    rules: Rules,
    detector: Detector,
    known: datetime.datetime,
    policies: Collection[str] | None = None,
    progress: Progress = lambda _: None,
) -> list[Waiting]:
    """What waits for a person as known at a moment, of the policies of these ids or of all.

    First that on which a shift rests, then by stage, the least settled first, then by date. Claims are folded by the
    rules of now; what was decided about waits no more. `progress` is called with the number of policies looked at.
    """
    if ledger.moments() is None:
        return []
    decided = ledger.decided(known)
    found: list[Waiting] = []
    for number, policy in enumerate(rules.policies, start=1):
        progress(number)
        names = (policy.id, *policy.aliases)
        if policies is None or set(names) & set(policies):
            found += _Policy(ledger, rules, detector, policy, known).waiting(decided)
    return sorted(found, key=_rank)


def _rank(item: Waiting) -> tuple[bool, int, str, str]:
    stage = _STAGES.index(item.stage) if item.stage else len(_STAGES)
    return not item.shifts, stage, item.published_at, item.claim


class _Policy:
    """What waits of one policy."""

    def __init__(
        self, ledger: Ledger, rules: Rules, detector: Detector, policy: Policy, known: datetime.datetime
    ) -> None:
        self._policy = policy
        self._names = (policy.id, *policy.aliases)
        entries = list(rules.by_owner(ledger.entries(known, self._names)))
        self._found = {entry.claim.id: _Found(entry, policy) for entry in entries}
        self._made = consequences(policy, entries, rules, detector)
        self._shifts = ledger.shifts(known, self._names)
        self._disputed = [state for state in ledger.states(known, policies=self._names) if state.stage == "disputed"]
        self._lapsed = ledger.lapsed(known, self._names)

    def waiting(self, decided: Mapping[str, Decision]) -> Iterator[Waiting]:
        self._gather()
        for name, found in self._found.items():
            if found.reasons and name not in decided:
                yield self._item(found)

    def _gather(self) -> None:
        for decision, claims in self._lapsed:
            for claim in claims:
                self._add([claim.id], "decided_before")
                if claim.id in self._found:
                    self._found[claim.id].before = decision
        for review in self._made.reviews:
            self._add(review.claims, review.reason, review.text)
        for state in self._disputed:
            self._add(state.claims, "disputed")
        for shift in self._shifts:
            if shift.stage == "disputed":
                self._add(shift.claims, "disputed")
        for name, found in self._found.items():
            if found.entry.claim.implied and found.entry.claim.is_news:
                self._add([name], "implied")
        for shift in self._shifts:
            if len(shift.claims) == 1 and shift.confidence.value < LOW:
                self._add(shift.claims, "low_confidence")

    def _add(self, claims: Iterable[str], reason: str, text: str = "") -> None:
        for name in claims:
            if name in self._found:
                self._found[name].reasons.setdefault(reason, text or _WORDS[reason])

    def _item(self, found: _Found) -> Waiting:
        claim = found.entry.claim
        shifts = [shift for shift in self._shifts if claim.id in shift.claims]
        stages = [shift.stage for shift in shifts] or [
            state.stage for state in self._disputed if claim.id in state.claims
        ]
        return Waiting(
            claim=claim.id,
            policy=self._policy.id,
            reasons=tuple(found.reasons),  # type: ignore[arg-type]
            text="; ".join(found.reasons.values()),
            operation=claim.operation,
            direction=claim.direction,
            status=claim.status,
            evidence=claim.evidence,
            article_id=claim.article_id,
            published_at=found.entry.published_at,
            says=says(claim),
            shifts=tuple(shift.id for shift in shifts),
            stage=min(stages, key=_STAGES.index, default=None),
            before=found.before,
        )


# --- what people decide


class _Nothing(Exception):
    """Raised so that a transaction in which nothing was decided is undone."""


class Review:
    """Decisions about the claims of one ledger. All that are asked for together are recorded, or none."""

    def __init__(
        self, ledger: Ledger, rules: Rules, detector: Detector, clock: Clock, hooks: Hooks | None = None
    ) -> None:
        self._ledger = ledger
        self._rules = rules
        self._detector = detector
        self._clock = clock
        self._hooks = hooks
        self._corrections = Corrections(rules)

    def decide(self, asked: Sequence[Asked]) -> ReviewReport:
        """What was decided and what follows. ConfigError with everything that is wrong; then nothing is recorded.

        What stands already changes nothing. Shifts that are new are announced once, as any are.
        """
        if self._ledger.rules() is None:
            raise ConfigError(f"{self._ledger.path}: nothing has been ingested, so nothing can be decided about.")
        named, problems = self._named(asked)
        left = [] if problems else call(self._ledger, self._rules, self._hooks, self._clock)
        moments = Moments(self._clock)
        follow_rules(self._ledger, self._rules, self._detector, lambda latest: moments.next(latest, None))
        telling = Telling("each", tuple(self._hooks.shifts) if self._hooks else ())
        try:
            with self._ledger.batch(
                lambda latest: moments.next(latest, None), self._rules.behaviour, "review", telling
            ) as batch:
                report = self._recorded(batch, named, problems)
        except _Nothing:
            return ReviewReport(unchanged_decisions=len(asked), alert_errors=tuple(str(each) for each in left))
        failures = [*left, *call(self._ledger, self._rules, self._hooks, self._clock)]
        return report.model_copy(update={"alert_errors": tuple(str(failure) for failure in failures)})

    def _named(self, asked: Sequence[Asked]) -> tuple[list[Asked], list[str]]:
        """The same, with the full ids of their claims, and what is wrong with what they name."""
        found: list[Asked] = []
        problems: list[str] = []
        first: dict[str, Asked] = {}
        for one in asked:
            problems += _unnamed(one)
            try:
                full = replace(one, claim=claim_id(self._ledger, one.claim))
            except ConfigError as error:
                problems.append(one.problem("claim", str(error)))
                continue
            if full.claim in first:
                where = first[full.claim].places.get("claim")
                told = f"it is decided about {one.claim} twice" + (f": see {where}" if where else "")
                problems.append(one.problem("claim", f"{told}. Leave one out."))
            first.setdefault(full.claim, full)
            found.append(full)
        return found, problems

    def _recorded(self, batch: Batch, asked: Sequence[Asked], problems: list[str]) -> ReviewReport:
        decisions: list[Decision] = []
        for one in asked:
            decision, wrong = self._decision(batch, one)
            problems += wrong
            if decision is not None:
                decisions.append(decision)
        if problems:
            raise ConfigError("\n".join(problems))
        if not decisions:
            raise _Nothing
        return self._followed(batch, decisions, len(asked) - len(decisions))

    def _followed(self, batch: Batch, decisions: Sequence[Decision], already: int) -> ReviewReport:
        """What follows from the decisions, recorded with them."""
        bearing = {policy for each in decisions for policy in each.policies}
        bearing |= {policy for each in decisions if (was := batch.decision(each.claim)) for policy in was.policies}
        policies = list({each.id: each for name in sorted(bearing) if (each := self._rules.policy(name))}.values())
        ids = [each.id for each in policies]
        for decision in decisions:
            batch.put_decision(decision)
        made = [derive(batch, each, self._rules, self._detector) for each in policies]
        changes = shift_changes(
            batch.outcome_before(ids), batch.outcome(ids), articles=len({each.article_id for each in decisions})
        )
        return ReviewReport(
            **dict(changes),
            decisions=Rows(decisions, Decision),
            unchanged_decisions=already,
            news=Rows((shift for one in made for shift in one.news), Shift),
        )

    def _decision(self, batch: Batch, asked: Asked) -> tuple[Decision | None, list[str]]:
        """The decision that is meant, None where it stands already, and what is wrong with it."""
        claim, stands = batch.claim(asked.claim), batch.decision(asked.claim)
        if claim is None and stands is not None and asked.decision == "undo":
            claim = stands.original
        if claim is None:
            return None, [asked.problem("claim", _gone(asked.claim, batch.ended_at(asked.claim)))]
        if asked.decision == "undo" and stands is None:
            if _undone(asked, batch.decisions(asked.claim)):
                return None, []
            told = (
                f"nothing is decided about {asked.claim}, so nothing can be undone. `policytrack review log` lists all."
            )
            return None, [asked.problem("decision", told)]
        set_, wrong = self._corrections.checked(claim, asked.set)
        problems = [asked.problem(name, text) for name, text in wrong]
        if asked.decision == "correct" and not set_ and not wrong:
            told = f"the claim says all of that already: {_says(asked)}. Set something else, or accept it."
            problems.append(asked.problem("decision", told))
        if asked.decision != "correct" and set_:
            told = (
                f"{asked.decision} leaves the claim as it was read, and only a correction sets anything. Write correct."
            )
            problems += [asked.problem(name, told) for name in set_]
        if problems:
            return None, problems
        undoes = stands.id if stands and asked.decision == "undo" else None
        made = decision_on(
            claim, asked.decision, set_, asked.by.strip(), asked.why.strip(), batch.moment, undoes=undoes
        )
        return (None if made.same_as(stands) else made), []


def _undone(asked: Asked, decisions: Sequence[Decision]) -> bool:
    """Whether the last thing that was decided about the claim is this very undoing, read again from a file."""
    last = decisions[-1:] if asked.places else []
    return any((each.decision, each.by, each.why) == ("undo", asked.by.strip(), asked.why.strip()) for each in last)


def _gone(name: str, moment: datetime.datetime | None) -> str:
    since = f" since {shown(moment)}" if moment else ""
    return f"{name} stands no longer{since}: its article or the rules have changed. Decide about what stands."


def claim_id(ledger: Ledger, opening: str) -> str:
    """The full id of the claim that opens so; ConfigError where none does, or several do."""
    word = opening.strip()
    if word[:2] in ("s-", "p-"):
        what = "shift" if word[0] == "s" else "state"
        raise ConfigError(
            f"{printable(word)} is a {what}; it is decided about claims: `policytrack why {word}` names them."
        )
    ids = ledger.ids(word) if word[:2] == "c-" and len(word) > 2 else []
    if len(ids) > 1:
        raise ConfigError(f"{word} can be {', '.join(ledger.short(one) for one in ids)}. Write more of it.")
    if not ids:
        raise ConfigError(
            f"there is no claim {printable(word)!r} in {ledger.path}. `policytrack review` lists what waits."
        )
    return ids[0]


def _unnamed(asked: Asked) -> Iterator[str]:
    """What is wrong with who decides, and with what he says."""
    for name, value in (("by", asked.by), ("why", asked.why)):
        if any("\ud800" <= char <= "\udfff" for char in value):
            yield asked.problem(name, f"{name} is no text: it holds half of a surrogate pair.")
    if not asked.by.strip():
        yield asked.problem("by", f"by {asked.by!r} names nobody. Say who decides: a name, or a role.")


def _says(asked: Asked) -> str:
    return ", ".join(f"{name}={value}" for name, value in asked.set.items()) or "nothing is set"
