"""Explanations: where a claim, a shift, a state or a policy comes from, down to the characters of the article."""

from __future__ import annotations

import datetime
import functools
from collections.abc import Iterable, Iterator, Sequence
from typing import Final, Literal

from pydantic import AwareDatetime

from policytrack import states
from policytrack.dates import precision
from policytrack.decisions import SETTABLE, Decision, effective
from policytrack.decisions import told as decidable
from policytrack.detect import Detector, Transition
from policytrack.explain import explain
from policytrack.grounds import Ground, Grounds
from policytrack.history import Remembered
from policytrack.learning import why_gone
from policytrack.ledger import Ledger, Recorded, Removal
from policytrack.model import (
    Article,
    Claim,
    ClaimDate,
    Issuer,
    Level,
    Policy,
    PolicyState,
    Record,
    Scope,
    Shift,
    Span,
    Standing,
    Start,
    Trigger,
)
from policytrack.moments import TICK, minutes
from policytrack.packfile import Change
from policytrack.packs import Rules
from policytrack.printable import marked, printable
from policytrack.shown import Shown
from policytrack.sides import CONTESTED, against

_LATE: Final = {
    "backfill": ", taken in late",
    "rules": ", by a change of rules",
    "review": ", by a review",
    "removal": ", by the removal of a text",
}
"""What is said of a record that articles did not bring on their day, by the cause of its batch."""


class Fact(Record):
    """One line of an explanation, with the lines that stand below it."""

    name: str
    value: str = ""
    facts: tuple[Fact, ...] = ()


class Explanation(Shown, Remembered):
    """Where a record comes from, as known at `known`. Prints as a tree."""

    id: str
    of: Literal["claim", "shift", "state", "policy"]
    known: AwareDatetime
    about: str
    facts: tuple[Fact, ...]

    def __str__(self) -> str:
        head = f"{self.of} {self.id}  {self.about}  (as known {minutes(self.known)[0]})"
        return "\n".join([head, *_tree(self.facts, "")])


class Witness:
    """Explains records of one ledger as known at one moment, by the rules of today."""

    def __init__(self, ledger: Ledger, rules: Rules, detector: Detector, known: datetime.datetime) -> None:
        self._ledger = ledger
        self._rules = rules
        self._detector = detector
        self.known = known
        self._withdrawn = False

    def explain(self, found: Recorded) -> Explanation:
        """The explanation of a claim, a shift or a state; of one that stood before `known` as it stood last."""
        if found.superseded_at is not None and found.superseded_at <= self.known:
            self.known, self._withdrawn = found.superseded_at - TICK, True
        if isinstance(found.record, Claim):
            return self.claim(found)
        return self.shift(found) if isinstance(found.record, Shift) else self.state(found)

    def claim(self, found: Recorded) -> Explanation:
        """Quote, article, values, dates, rules and confidence of a claim."""
        claim = self._as_decided(found.record)
        facts = [*self._claim_facts(claim), *self._reviews(found.record), self._recorded(found)]
        return self._explanation(claim.id, "claim", _claim_line(claim), facts)

    def shift(self, found: Recorded) -> Explanation:
        """What a shift leads from and to, the rule that named it, its triggers, and the claims that it rests on."""
        shift: Shift = found.record
        facts = [
            *self._naming(shift),
            *(_scope(scope) for scope in shift.scope),
            *(_trigger(trigger) for trigger in shift.triggers),
            *([] if shift.triggers else [Fact(name="trigger", value="none stated")]),
            *(_date(date) for date in shift.dates),
            *_standing_of_evidence(shift),
            *self._sides(shift),
            self._recorded(found),
        ]
        return self._explanation(shift.id, "shift", f"{shift.policy}: {shift.kind} on {shift.occurred_on}", facts)

    def state(self, found: Recorded) -> Explanation:
        """How a policy stood over an interval, and the claims that say so; or the pack, where no claim does."""
        state: PolicyState = found.record
        facts = [
            Fact(name="in force", value=_interval(state)),
            Fact(name="state", value=_standing(state)),
            *(_scope(scope) for scope in state.scope),
            Fact(name="stage", value=state.stage),
            *self._claims_of(state),
            *([] if state.claims else self._start(state.policy, state.status)),
            self._recorded(found),
        ]
        return self._explanation(state.id, "state", f"{state.policy}: {state.status}", facts)

    def policy(self, policy: Policy, names: Sequence[str]) -> Explanation:
        """What a pack tracks under this name, how it stood through time, and every shift of it.

        `names` are the ids under which it may be recorded; what is recorded under another than its own says so.
        """
        found = self._ledger.states(self.known, policies=names) if self._ledger.is_there() else []
        shifts = self._ledger.shifts(self.known, names) if self._ledger.is_there() else []
        facts = [
            Fact(name="title", value=policy.title),
            Fact(name="kind", value=policy.kind),
            self._pack(policy),
            *self._overlays(policy),
            *_words(policy),
            *self._start(policy.id, policy.start.status if policy.start else ""),
            *(Fact(name="part", value=f"{part.id}: {part.title}") for part in self._rules.parts(policy.id)),
            *(
                Fact(name="state", value=f"{_standing(state)}, {_interval(state)} {self._record(state, policy)}")
                for state in found
            ),
            *(Fact(name="shift", value=f"{one.occurred_on} {one.kind} {self._record(one, policy)}") for one in shifts),
        ]
        return self._explanation(policy.id, "policy", policy.title, facts)

    def _explanation(
        self, record_id: str, of: Literal["claim", "shift", "state", "policy"], about: str, facts: Sequence[Fact]
    ) -> Explanation:
        return Explanation(id=record_id, of=of, known=self.known, about=about, facts=tuple(facts))

    def _recorded(self, found: Recorded) -> Fact:
        """When it was recorded and until when it stood, and whether articles that came late brought it."""
        moments = [found.recorded_at, *([found.superseded_at] if found.superseded_at else [])]
        cause = self._ledger.cause_at(found.recorded_at)
        late = _LATE.get(cause or "", "")
        first, *then = minutes(*moments)
        because = tuple(self._gone(found)) if self._withdrawn else ()
        return Fact(name="recorded", value=", superseded ".join([f"{first}{late}", *then]), facts=because)

    def _gone(self, found: Recorded) -> Iterator[Fact]:
        """Why a record stands no longer."""
        if found.record.policy is not None:
            policy = self._rules.policy(found.record.policy)
            names = [policy.id, *policy.aliases] if policy else [found.record.policy]
            yield Fact(name="withdrawn", value=why_gone(self._ledger, found, names))

    def _claims_of(self, state: PolicyState) -> Iterator[Fact]:
        """The claims of a state; where it is disputed those of the shift that is, by sides, and then the others."""
        shifts = self._ledger.shifts(self.known, [state.policy]) if state.stage == "disputed" else []
        bearing = [shift for shift in shifts if shift.stage == "disputed" and set(shift.claims) & set(state.claims)]
        contested = {claim for shift in bearing for claim in shift.claims}
        for shift in bearing:
            yield from self._sides(shift)
        yield from self._claims(claim for claim in state.claims if claim not in contested)

    def _sides(self, shift: Shift) -> Iterator[Fact]:
        """The claims that a shift rests on; of one that is contested who says so, and who says otherwise."""
        if shift.stage not in CONTESTED:
            yield from self._claims(shift.claims)
            return
        found = [self._ledger.record(claim, self.known) for claim in shift.claims]
        otherwise = against((self._as_decided(each.record) for each in found if each is not None), shift.direction)
        so = [claim for claim in shift.claims if claim not in otherwise]
        name = "said so, and took it back" if shift.stage == "retracted" else "says so"
        for side, ids in ((name, so), ("says otherwise", otherwise)):
            yield Fact(name=side, facts=tuple(self._claims(ids)))

    def _claims(self, ids: Iterable[str]) -> Iterator[Fact]:
        for claim_id in ids:
            found = self._ledger.record(claim_id, self.known)
            if found is not None:
                name, claim = f"claim {self._short(claim_id)}", self._as_decided(found.record)
                facts = (*self._claim_facts(claim), *self._reviews(found.record))
                yield Fact(name=name, value=_claim_line(claim), facts=facts)

    @functools.cached_property
    def _decided(self) -> dict[str, Decision]:
        return self._ledger.decided(self.known)

    def _as_decided(self, claim: Claim) -> Claim:
        """What the claim is taken to say; one that was rejected is shown as it was read."""
        return effective(claim, self._decided.get(claim.id)) or claim

    def _reviews(self, claim: Claim) -> Iterator[Fact]:
        """Who decided what about the claim, and why; of a correction also what was read, field by field."""
        if claim.id not in self._decided:
            return
        decision, read = self._decided[claim.id], decidable(claim)
        facts = [Fact(name="because", value=printable(decision.why))] if decision.why else []
        named = [name for name in SETTABLE if name in decision.set_]
        facts += [Fact(name=name, value=f"{decision.set_[name]}, read as {read[name]}") for name in named]
        if decision.carried_from:
            facts.append(Fact(name="about", value="an earlier version of the text, with the same words"))
        verb = {"accept": "accepted", "correct": "corrected", "reject": "rejected"}[decision.decision]
        when = minutes(decision.recorded_at)[0]
        yield Fact(name="review", value=f"{verb} by {printable(decision.by)}, {when}", facts=tuple(facts))

    def _claim_facts(self, claim: Claim) -> Iterator[Fact]:
        article = self._ledger.article_of(claim.id)
        yield Fact(
            name="quote",
            value=_quoted(claim.evidence),
            facts=(*_source(article, self._ledger.removal_of(claim.id)), *self._copied(article)),
        )
        yield Fact(name="status", value=_status(claim))
        yield Fact(name="issuer", value=_issuer(claim.issuer))
        for name, span in (("subject", claim.subject), ("level", claim.level), ("said by", claim.attributed_to)):
            if span is not None:
                yield Fact(name=name, value=_quoted(span))
        yield from (_scope(scope) for scope in claim.scope)
        yield from (_trigger(trigger) for trigger in claim.triggers)
        yield from (_date(date) for date in claim.dates)
        if article is not None:
            printed = article.record.published_at
            yield Fact(name="published", value=f"{printed} ({precision(printed)})")
        yield Fact(name="rules", value=", ".join(claim.rule) or "none named")
        yield Fact(name="confidence", value=_listed(f"{claim.confidence.value:g}", claim.confidence.reasons))

    def _copied(self, found: Recorded | None) -> Iterator[Fact]:
        """For which article the one that makes a claim speaks."""
        copied = self._ledger.copied(found.record.id, self.known) if found else None
        if copied:
            yield Fact(name="copy of", value=str(copied))

    def _naming(self, shift: Shift) -> Iterator[Fact]:
        """How it stood before and after, and the rule that named the step, with what each condition rests on."""
        found = self._step(shift)
        before = _facts(found[1].of("before")) if found else tuple(self._start(shift.policy, shift.before.status))
        yield Fact(name="before", value=_standing(shift.before), facts=before)
        yield Fact(name="after", value=_standing(shift.after))
        if self._rules.policy(shift.policy) is None:
            told = f"{shift.rule}; to see its conditions, name the pack of {shift.policy} with --pack"
            yield Fact(name="rule", value=told)
            return
        rule = next((rule for rule in self._rules.core.shifts if rule.name == shift.rule.partition("@")[0]), None)
        if rule is None or found is None:
            yield Fact(name="rule", value=f"{shift.rule}, which these rules do not apply; they have changed since")
            return
        record, grounds = found
        conditions = tuple(
            Fact(name="because", value=str(each), facts=_facts(grounds.of(each.field)))
            for each in explain(rule, record).conditions
        )
        yield Fact(name="rule", value=f"{shift.rule} names it {shift.kind}", facts=conditions)

    def _step(self, shift: Shift) -> tuple[Transition, Grounds] | None:
        """The step that the shift is by the rules of now, as they see it, and what its values rest on."""
        policy = self._rules.policy(shift.policy)
        if policy is None:
            return None
        entries = self._rules.by_owner(self._ledger.entries(self.known, (policy.id, *policy.aliases)))
        steps = states.timeline(policy, entries, self._rules.core).steps
        step = next((each for each in steps if not each.follow_up and each.shift_id == shift.id), None)
        if step is None:
            return None
        grounds = Grounds(step, steps, policy, entries, self._rules.core, self._short)
        return self._detector.record_of(step, policy), grounds

    def _start(self, policy_id: str, status: str) -> Iterator[Fact]:
        """Where the status at the beginning comes from, where that is what `status` is."""
        policy = self._rules.policy(policy_id)
        start = policy.start if policy else None
        if policy and start and start.status == status:
            since = f" since {start.on}" if start.on else ""
            source = (Fact(name="source", value=start.source),) if start.source else ()
            value = f"{start.status}{since}, says pack {policy.pack}@{policy.pack_version}"
            yield Fact(name="start", value=value, facts=source)

    def _pack(self, policy: Policy) -> Fact:
        """The pack of a policy, how far it is tried, and what it is known to misread."""
        pack = self._rules.pack(policy.pack)
        limits = tuple(Fact(name="limit", value=limit) for limit in pack.limits) if pack else ()
        maturity = f", {pack.maturity}" if pack else ""
        return Fact(name="pack", value=f"{policy.pack}@{policy.pack_version}{maturity}", facts=limits)

    def _overlays(self, policy: Policy) -> Iterator[Fact]:
        """The overlays that changed a policy, with what they changed and where they say so."""
        changes = [each for pack in self._rules.placed_packs if pack.file.pack == policy.pack for each in pack.changes]
        for overlay in policy.overlays:
            own = [each for each in changes if each.overlay == overlay and each.policy in ("", policy.id)]
            told = tuple(_changed(each) for each in own if each.key != "quiet_budget")
            yield Fact(name="overlay", value=f"{overlay} ({own[0].document.path})", facts=told)

    def _record(self, found: PolicyState | Shift, policy: Policy) -> str:
        name = "" if found.policy == policy.id else f", as {found.policy}"
        return f"[{self._short(found.id)}{name}]"

    def _short(self, record_id: str) -> str:
        return self._ledger.short(record_id)


def _changed(change: Change) -> Fact:
    words = ", ".join(map(str, change.value)) if isinstance(change.value, tuple) else str(change.value)
    if isinstance(change.value, Start):
        words = change.value.status
    name = change.key if change.how == "set" else f"{change.how} {change.key}"
    return Fact(name=name, value=f"{words or 'none'}, line {change.document.location(change.loc).line}")


def _tree(facts: Sequence[Fact], indent: str) -> Iterator[str]:
    width = max((len(fact.name) for fact in facts if not fact.facts), default=0)
    for number, fact in enumerate(facts, start=1):
        last = number == len(facts)
        yield f"{indent}{'└─' if last else '├─'} {fact.name.ljust(width)}  {fact.value}".rstrip()
        yield from _tree(fact.facts, indent + ("   " if last else "│  "))


def _facts(grounds: Iterable[Ground]) -> tuple[Fact, ...]:
    return tuple(Fact(name=name, value=value) for name, value in grounds)


def _source(found: Recorded | None, removal: Removal | None) -> Iterator[Fact]:
    if found is None:
        return
    article: Article = found.record
    digest = removal.text_digest if removal else article.text_digest
    yield Fact(name="article", value=f"{article.id} (text sha256 {digest})")
    if removal:
        why = f": {printable(removal.why)}" if removal.why else ""
        yield Fact(name="removed", value=f"by {printable(removal.by)}, {minutes(removal.recorded_at)[0]}{why}")
    told = [article.publisher or "", article.title, article.url or ""]
    if any(told):
        yield Fact(name="printed", value=", ".join(printable(part) for part in told if part))


def _claim_line(claim: Claim) -> str:
    marks = [name for name, is_so in (("background", claim.background), ("implied", claim.implied)) if is_so]
    told = ", ".join([f"{claim.operation} ({claim.direction})", claim.status, *marks])
    return f"{claim.policy or 'no tracked policy'}: {told}"


def _status(claim: Claim) -> str:
    folds = "a fact that the article states" if claim.factive else "not a fact: changes nothing"
    return f"{claim.status}, {folds}"


def _issuer(issuer: Issuer) -> str:
    name = issuer.id or "not known"
    return f"{name}, in the words {marked(issuer.text)}" if issuer.text is not None else name


def _trigger(trigger: Trigger) -> Fact:
    told = [f"cue {marked(trigger.cue)}" if trigger.cue is not None else "no cue"]
    told += [f"hedged by {marked(trigger.hedge)}"] if trigger.hedge is not None else []
    told += [f"says {_quoted(trigger.attributed_to)}"] if trigger.attributed_to else []
    return Fact(name="trigger", value=f"{trigger.kind}: {_quoted(trigger)}, {', '.join(told)}")


def _scope(scope: Scope) -> Fact:
    said = f", says {_quoted(scope.attributed_to)}" if scope.attributed_to else ""
    return Fact(name="scope", value=f"{scope.kind}: {_quoted(scope)}{said}")


def _date(date: ClaimDate) -> Fact:
    return Fact(name=date.role.replace("_", " "), value=f"{date.date} ({date.precision}), from {_quoted(date)}")


def _standing_of_evidence(shift: Shift) -> Iterator[Fact]:
    implied = ", implied by use: nobody has stated it" if shift.implied else ""
    yield Fact(name="stage", value=shift.stage + implied)
    yield Fact(name="confidence", value=_listed(f"{shift.confidence.value:g}", shift.confidence.reasons))
    yield Fact(name="severity", value=_listed(shift.severity, shift.tags))


def _standing(standing: Standing) -> str:
    told = [standing.status]
    if standing.level:
        told.append(_level(standing.level))
    if standing.until:
        told.append(f"until {standing.until}")
    if standing.scheduled:
        scheduled = standing.scheduled
        on = f" on {scheduled.on}" if scheduled.on else ""
        told.append(f"scheduled: {scheduled.status}{f' {_level(scheduled.level)}' if scheduled.level else ''}{on}")
    return ", ".join(told)


def _level(level: Level) -> str:
    return f"{level.value:g} {level.unit}" if level.unit else f"{level.value:g}"


def _interval(state: PolicyState) -> str:
    since = "from before all that is known" if state.valid_from == states.BEGINNING else f"from {state.valid_from}"
    return since + (f" until before {state.valid_to}" if state.valid_to else "")


def _words(policy: Policy) -> Iterator[Fact]:
    for name in ("issuer", "instrument", "conduct", "beneficiary", "aliases", "tags"):
        words: tuple[str, ...] = getattr(policy, name)
        if words:
            yield Fact(name=name, value=", ".join(words))
    if policy.part_of:
        yield Fact(name="part of", value=policy.part_of)


def _listed(value: str, more: Sequence[str]) -> str:
    return f"{value}: {'; '.join(more)}" if more else value


def _quoted(span: Span) -> str:
    return f"{marked(span.quote)} at {span.start}-{span.end}"
