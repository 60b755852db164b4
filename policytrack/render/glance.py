"""Answers and records at a glance: what a notebook's card says, and the same as text and as Markdown.

A list shows its first rows and how many there are. Everything that comes from articles is one line and printable.
"""

from __future__ import annotations

import datetime
import functools
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from policytrack import wording
from policytrack.alertlog import AlertLine
from policytrack.answers import StateAnswer
from policytrack.decisions import Decision
from policytrack.diff import Diff, DiffLine
from policytrack.discover import Group
from policytrack.doctor import Diagnosis
from policytrack.errors import LedgerError
from policytrack.history import History, Remembered
from policytrack.intake import IngestReport
from policytrack.ledger import Finding, LedgerChange, LedgerChanges, Removal
from policytrack.model import Claim, Policy, PolicyState, Shift
from policytrack.moments import minutes
from policytrack.printable import REMOVED
from policytrack.render import markdown as md
from policytrack.render import text as as_text
from policytrack.render import words
from policytrack.render.words import counted
from policytrack.review import Waiting
from policytrack.shift_changes import ShiftChange, ShiftChanges
from policytrack.shown import Listed, Shown
from policytrack.states import BEGINNING, Review
from policytrack.tracked import TrackedPolicy
from policytrack.why import Explanation, Fact
from policytrack.wording import printable, quoted

ROWS = 20
"""How many rows of a list are shown; frames have all."""

_LONG = 240
"""How much of a cell is shown, in characters."""
_NARROW = 40
"""The same in text."""


@dataclass(frozen=True)
class Table:
    """The first rows of a list, and how many it has."""

    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    count: int

    @property
    def left(self) -> str:
        """What is not shown; empty where all is."""
        more = self.count - len(self.rows)
        return f"and {more:,} more: to_polars(), to_pandas() and to_arrow() have all" if more else ""


@dataclass(frozen=True)
class Glance:
    """What is shown of an answer, from top to bottom; what is empty is left out."""

    head: str
    about: str = ""
    points: tuple[str, ...] = ()
    note: str = ""
    tables: tuple[Table, ...] = ()
    tree: tuple[Fact, ...] = ()
    history: History | None = None


def text(found: Shown) -> str:
    """A record on one line, an answer or a list on several."""
    if isinstance(found, Shift | PolicyState | Policy | AlertLine):
        return f"{type(found).__name__}({printable(_line(found))})"
    if isinstance(found, Explanation):
        return str(found)
    seen = at_a_glance(found)
    lines = [seen.head, *(f"  {line}" for line in (seen.about, *seen.points, seen.note) if line)]
    for table in seen.tables:
        rows = [tuple(_cut(cell, _NARROW) for cell in row) for row in table.rows]
        lines += [f"  {line}" for line in (*as_text.table(table.head, rows), table.left) if line]
    return "\n".join(lines)


def markdown(found: Shown) -> str:
    """The same as Markdown."""
    seen = at_a_glance(found)
    points = [f"- {md.escaped(point)}" for point in seen.points]
    points += [f"{indent}- {md.escaped(told)}" for indent, told in _indented(seen.tree)]
    parts = [f"**{md.escaped(seen.head)}**", md.escaped(seen.about), "\n".join(points), md.escaped(seen.note)]
    for table in seen.tables:
        parts += [md.table(table.head, table.rows), md.escaped(table.left)]
    return "\n\n".join(part for part in parts if part)


def at_a_glance(found: Shown) -> Glance:
    """What is shown, each piece on one line and printable."""
    seen = glance(found)
    head, about, note = (printable(each) for each in (seen.head, seen.about, seen.note))
    points = tuple(printable(point) for point in seen.points if point)
    return replace(seen, head=head, about=about, note=note, points=points)


def with_history(found: Shown) -> Glance:
    """The same, with the history of the policy that it is about, as far as there is one."""
    seen = at_a_glance(found)
    if not isinstance(found, Remembered):
        return seen
    try:
        return replace(seen, history=found.history())
    except LedgerError as error:
        return replace(seen, note="; ".join([*([seen.note] if seen.note else []), f"no timeline: {error}"]))


# --- what each says


@functools.singledispatch
def glance(found: Any) -> Glance:
    """What is shown of an answer, a record or a list."""
    raise TypeError(f"{type(found).__name__} is not shown at a glance")


@glance.register
def _(found: StateAnswer) -> Glance:
    parts = tuple((part.policy, part.status, part.stage or "") for part in found.parts)
    points = [printable(found.title), _since(found.state), *(words.scope(scope) for scope in found.scope)]
    return Glance(
        head=f"{found.policy}: {wording.standing(found.state) if found.state else found.status}",
        about=words.times(found.on, f"as known {minutes(found.known)[0]}"),
        points=tuple(points),
        note=found.note,
        tables=(_table(("PART", "STATE", "STAGE"), parts, len(parts)),) if parts else (),
    )


@glance.register
def _(found: Shift) -> Glance:
    sureness = f"{found.stage}, {counted(len(found.claims), 'claim')}, confidence {found.confidence.value:g}"
    implied = "implied by use, stated by nobody" if found.implied else ""
    reasons = "; ".join(printable(reason) for reason in found.confidence.reasons)
    points = [implied, *(words.scope(scope) for scope in found.scope), *words.triggers(found.triggers), reasons]
    return Glance(
        head=f"{found.policy}: {wording.change(found.before, found.after)}",
        about=f"{_named(found.kind)} on {found.occurred_on}, {found.direction}; {sureness}; {found.severity}",
        points=tuple(points),
        note=f"where it comes from: tracker.why({found.id[:14]!r})",
    )


@glance.register
def _(found: PolicyState) -> Glance:
    points = tuple(words.scope(scope) for scope in found.scope)
    return Glance(head=f"{found.policy}: {wording.standing(found)}", about=_since(found), points=points)


@glance.register
def _(found: Policy) -> Glance:
    named = (("issuer", found.issuer), ("instrument", found.instrument), ("conduct", found.conduct))
    points = [f"{name}: {', '.join(printable(each) for each in several)}" for name, several in named if several]
    if isinstance(found, TrackedPolicy):
        points += [f"{found.status or 'nothing recorded'}{f' since {found.status_from}' if found.status_from else ''}"]
    pack = f"{found.kind}, pack {printable(found.pack)}@{found.pack_version}" if found.pack else found.kind
    return Glance(head=f"{found.id}: {printable(found.title)}", about=pack, points=tuple(points))


@glance.register
def _(found: AlertLine) -> Glance:
    at, status, subscription, channel, about, told = _alert(found)
    tries = counted(found.tries, "try", "tries") if found.tries else ""
    again = f"tried again from {minutes(found.next_at)[0]}" if found.next_at and found.tries else ""
    way = f"{subscription} to {channel or 'no channel yet'}"
    return Glance(
        head=f"{status}: {about}",
        about=", ".join(part for part in (way, at, tries, again) if part),
        points=(told,) if told else (),
        note=f"its id: {found.id}" if found.id else "",
    )


@glance.register
def _(found: Explanation) -> Glance:
    return Glance(
        head=f"{found.of} {found.id}",
        about=f"{printable(found.about)} (as known {minutes(found.known)[0]})",
        tree=found.facts,
    )


@glance.register
def _(found: Diff) -> Glance:
    days = f"from {found.on[0]} to {found.on[1]}" if found.on else ""
    moments = " and ".join(_moments(*found.known)) if found.known else ""
    about = ", ".join(part for part in (days, f"as known {moments}" if moments else "") if part)
    shifts = found.shifts.listing()
    tables = [_listed(*found.listing()), *([_listed(*shifts)] if found.shifts else [])]
    return Glance(
        head=" ".join(as_text.totals(found, "").split()),
        about=about,
        note=found.note,
        tables=tuple(tables) if found else (),
    )


@glance.register
def _(found: IngestReport) -> Glance:
    head, *points = as_text.report(found).splitlines()
    failed = [str(error) for error in (*found.errors, *found.alert_errors)]
    more = [f"and {len(failed) - ROWS} more that failed"] if len(failed) > ROWS else []
    tables = (_listed(*found.shifts.listing()),) if found.shifts else ()
    return Glance(head=head, points=(*points, *failed[:ROWS], *more), tables=tables)


@glance.register
def _(found: ShiftChanges) -> Glance:
    tables = (_listed(*found.listing()),) if found.changes else ()
    return Glance(head=words.change_totals(found), note=found.note, tables=tables)


@glance.register
def _(found: LedgerChanges) -> Glance:
    tables = (_listed(*found.listing()),) if found.changes else ()
    head = f"{counted(len(found.changes), 'change')} after cursor {found.since}"
    more = ", there is more already" if found.more else ""
    return Glance(head=head, about=f"the next: changes(since={found.cursor}){more}", note=found.note, tables=tables)


@glance.register
def _(found: Diagnosis) -> Glance:
    told = "sound" if found.is_sound else counted(len(found.findings), "finding")
    tables = (_listed(*found.listing()),) if found.findings else ()
    head = f"{told}: {found.examined} rows examined, {found.derived} policies derived again"
    return Glance(head=head, note=found.note, tables=tables)


@glance.register
def _(found: Listed) -> Glance:
    of, records = found.listing()
    on, known = getattr(found, "on", None), getattr(found, "known", None)
    told = [f"on {on}" if on else "", f"as known {minutes(known)[0]}" if known else ""]
    return Glance(
        head=counted(len(records), *_CALLED.get(of, ("record",))),
        about=", ".join(part for part in told if part),
        note=getattr(found, "note", ""),
        tables=(_listed(of, records),) if records else (),
    )


# --- lists


_Row = Callable[[Any], tuple[str, ...]]


def _listed(of: type[Any], records: Sequence[Any]) -> Table:
    head, row = _LISTS[of]
    return _table(head, [row(record) for record in records[:ROWS]], len(records))


def _table(head: tuple[str, ...], rows: Sequence[tuple[str, ...]], count: int) -> Table:
    return Table(head, tuple(tuple(_cut(cell) for cell in row) for row in rows[:ROWS]), count)


def _cut(cell: str, length: int = _LONG) -> str:
    told = printable(cell)
    return told if len(told) <= length else told[: length - 4] + " ..."


def _shift(found: Shift) -> tuple[str, ...]:
    triggers = "; ".join(quoted(trigger.quote) for trigger in found.triggers) or "none stated"
    change = wording.change(found.before, found.after)
    return found.occurred_on, found.policy, change, _named(found.kind), triggers, found.stage, found.id[:8]


def _state(found: PolicyState) -> tuple[str, ...]:
    since = "" if found.valid_from == BEGINNING else found.valid_from
    stage = found.stage if found.claims else "as the pack says"
    return found.policy, wording.standing(found), since, found.valid_to or "", stage, found.id[:8]


def _policy(found: TrackedPolicy) -> tuple[str, ...]:
    claim, shift = found.last_claim, found.last_shift
    return (
        found.id, found.status or "", found.status_from or "",
        f"{claim.published_at} {claim.operation}" if claim else "",
        f"{shift.occurred_on} {_named(shift.kind)}" if shift else "", found.title,
    )  # fmt: skip


def _difference(found: DiffLine) -> tuple[str, ...]:
    before, after = as_text.told_value(found.before), as_text.told_value(found.after)
    return found.policy, found.kind, found.field, before, after, found.occurred_on or "", found.stage or ""


def _claim(found: Claim) -> tuple[str, ...]:
    what = f"{found.operation}, {found.direction}"
    return found.policy or "", what, found.status, found.evidence.quote or REMOVED, found.article_id, found.id[:8]


def _group(found: Group) -> tuple[str, ...]:
    counts = (str(found.articles), str(found.claims))
    return str(found.rank), found.issuer.text or "", found.subject, *counts, found.first, found.last, found.id


def _change(found: LedgerChange) -> tuple[str, ...]:
    policy = str(found.record.get("policy") or "")
    return str(found.cursor), minutes(found.recorded_at)[0], found.cause, found.change, found.of, found.id[:8], policy


def _shift_change(found: ShiftChange) -> tuple[str, ...]:
    shift = found.after or found.before
    told = "; ".join(words.changed_field(found, name) for name in found.fields)
    what = told or (wording.change(shift.before, shift.after) if shift else "")
    return found.change, found.policy, found.occurred_on, what


def _review(found: Review) -> tuple[str, ...]:
    return found.policy, found.on, f"{found.operation}, {found.direction}", found.text


def _waiting(found: Waiting) -> tuple[str, ...]:
    told = (
        found.policy,
        f"{found.operation}, {found.status}",
        found.text,
        found.evidence.quote or REMOVED,
        found.stage or "",
    )
    return *told, found.claim[:8]


def _decision(found: Decision) -> tuple[str, ...]:
    said = ", ".join(f"{name}: {value}" for name, value in found.set_.items())
    what = f"{found.decision} {said}" if said else found.decision
    return minutes(found.recorded_at)[0], what, found.policy or "", found.by, found.why, found.claim[:8]


def _removal(found: Removal) -> tuple[str, ...]:
    return minutes(found.recorded_at)[0], found.article_id, found.by, found.why


def _alert(found: AlertLine) -> tuple[str, ...]:
    about, status = ", ".join(found.about), found.status.replace("_", " ")
    return minutes(found.at)[0], status, found.subscription, found.channel or "", about, found.told


def _finding(found: Finding) -> tuple[str, ...]:
    return found.invariant, found.at, found.problem, found.remedy


_LISTS: Final[dict[type[Any], tuple[tuple[str, ...], _Row]]] = {
    Shift: (("ON", "POLICY", "CHANGE", "KIND", "TRIGGERS", "STAGE", "ID"), _shift),
    PolicyState: (("POLICY", "STATE", "SINCE", "UNTIL BEFORE", "STAGE", "ID"), _state),
    TrackedPolicy: (("POLICY", "STATUS", "SINCE", "LAST CLAIM", "LAST SHIFT", "TITLE"), _policy),
    DiffLine: (("POLICY", "CHANGE", "FIELD", "BEFORE", "AFTER", "ON", "STAGE"), _difference),
    Claim: (("POLICY", "OPERATION", "STATUS", "EVIDENCE", "ARTICLE", "ID"), _claim),
    Group: (("RANK", "ISSUER", "SUBJECT", "ARTICLES", "CLAIMS", "FIRST", "LAST", "ID"), _group),
    LedgerChange: (("CURSOR", "RECORDED", "CAUSE", "CHANGE", "OF", "ID", "POLICY"), _change),
    ShiftChange: (("CHANGE", "POLICY", "ON", "WHAT"), _shift_change),
    Review: (("POLICY", "ON", "OPERATION", "WHY"), _review),
    Waiting: (("POLICY", "OPERATION", "WHY IT WAITS", "EVIDENCE", "STAGE", "CLAIM"), _waiting),
    Decision: (("RECORDED", "DECISION", "POLICY", "BY", "WHY", "CLAIM"), _decision),
    Removal: (("RECORDED", "ARTICLE", "BY", "WHY"), _removal),
    Finding: (("INVARIANT", "AT", "PROBLEM", "REMEDY"), _finding),
    AlertLine: (("AT", "STATUS", "SUBSCRIPTION", "CHANNEL", "ABOUT", "TOLD"), _alert),
}
"""By type of record: the columns that are shown of a list, and how a record fills them."""

_CALLED: Final[dict[type[Any], tuple[str, ...]]] = {
    Shift: ("shift",), PolicyState: ("state",), TrackedPolicy: ("policy", "policies"), DiffLine: ("difference",),
    Claim: ("claim",), Group: ("group",), LedgerChange: ("change",),
    ShiftChange: ("change of shifts", "changes of shifts"),
    Review: ("claim to be reviewed", "claims to be reviewed"), Finding: ("finding",),
    Waiting: ("claim that waits", "claims that wait"), Decision: ("decision",),
    Removal: ("text removed", "texts removed"), AlertLine: ("alert",),
}  # fmt: skip


# --- lines


def _line(found: Shift | PolicyState | Policy | AlertLine) -> str:
    if isinstance(found, AlertLine):
        at, status, subscription, channel, about, told = _alert(found)
        return f"{status} {at}, {subscription} to {channel or 'no channel yet'}: {about}{f', {told}' if told else ''}"
    if isinstance(found, Shift):
        change = wording.change(found.before, found.after)
        return f"{found.id[:8]} {found.occurred_on} {found.policy}: {change}, {found.kind}, {found.stage}"
    if isinstance(found, PolicyState):
        return f"{found.id[:8]} {found.policy}: {wording.standing(found)}, {_since(found)}"
    return f"{found.id}: {printable(found.title)}, {found.kind}"


def _since(state: PolicyState | None) -> str:
    if state is None:
        return "nothing is recorded for that day"
    since = "since before all that is known" if state.valid_from == BEGINNING else f"since {state.valid_from}"
    ends = f", until before {state.valid_to}" if state.valid_to else ""
    basis = f"{state.stage} ({counted(len(state.claims), 'claim')})" if state.claims else "as the pack says"
    return f"{since}{ends}; {basis}"


def _moments(one: datetime.datetime, other: datetime.datetime) -> tuple[str, ...]:
    """Two moments; one, where nobody asked for two, so that the clock was read twice within a second."""
    return minutes(one, other) if abs(one - other) > datetime.timedelta(seconds=1) else minutes(one)


def _named(kind: str) -> str:
    return kind.replace("_", " ")


def _indented(facts: Sequence[Fact], indent: str = "") -> Iterator[tuple[str, str]]:
    for fact in facts:
        yield indent, fact_line(fact)
        yield from _indented(fact.facts, indent + "  ")


def fact_line(fact: Fact) -> str:
    """One line of an explanation."""
    return printable(f"{fact.name}: {fact.value}" if fact.value else fact.name)
