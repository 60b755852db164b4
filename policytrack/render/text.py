"""Answers as plain text for a terminal: blocks for shifts and claims, lines for differences, tables for lists."""

from __future__ import annotations

import datetime
import textwrap
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence

from policytrack import wording
from policytrack.alerting import AlertWay, AlertWhy, Tried
from policytrack.alertlog import AlertLine
from policytrack.alerts.sending import SentLine
from policytrack.answers import Said, StateAnswer
from policytrack.cards import ShiftCard
from policytrack.decisions import SETTABLE, Decision
from policytrack.diff import Diff, DiffLine, DiffValue
from policytrack.discover import Discovery, Group
from policytrack.errors import Problem
from policytrack.health import SourceHealth
from policytrack.intake import IngestReport
from policytrack.ledger import LedgerChange, Removal
from policytrack.ledger.outbox import Silenced
from policytrack.model import Article, Claim, Level, PolicyState, Scheduled, Scope, Trigger
from policytrack.moments import minutes
from policytrack.render import words
from policytrack.render.words import counted
from policytrack.review import Waiting
from policytrack.shift_changes import ShiftChange, ShiftChanges
from policytrack.silent import SilentSource
from policytrack.states import BEGINNING
from policytrack.tracked import TrackedPolicy
from policytrack.watch import Round
from policytrack.wording import printable, quoted

WIDTH = 110
"""How wide text is where it goes to no terminal."""

QUOTES = 3
"""How many quotations a shift shows; `why` shows the others."""

Short = Callable[[str], str]
"""As much of an id as is unique."""

_CELL = 32
"""How much of a name a table shows."""
_BLOCK = " " * 7
_HARD = "\xa0"
"""A blank at which no line is folded; none stands in what is printed."""


# --- shifts


def shifts(cards: Sequence[ShiftCard], known: str, note: str, width: int = WIDTH) -> str:
    """All shifts as blocks, below what they are about."""
    head = _head(counted(len(cards), "shift"), None, known, note)
    return "\n\n".join([head, *(shift(card, width) for card in cards)])


def shift(card: ShiftCard, width: int = WIDTH) -> str:
    """A shift: what it is, when, how sure, from what to what, its triggers, and the words that say so."""
    found = card.shift
    head = f"SHIFT  {found.policy}   {found.occurred_on}   {words.weight(card)}   {card.short}"
    return "\n".join([head, *_folded(_shift_lines(card), _BLOCK, width)])


def _shift_lines(card: ShiftCard) -> Iterator[str]:
    found = card.shift
    yield f"{wording.change(found.before, found.after)}   {found.kind}, {found.severity}"
    yield words.implied(card)
    yield from (words.scope(scope) for scope in found.scope)
    yield from words.triggers(found.triggers)
    yield from _evidence_lines(card)


def _evidence_lines(card: ShiftCard) -> Iterator[str]:
    shown = words.evidence(card, QUOTES)
    for name, cited in shown:
        yield f"{name}: {words.quotation(cited)} {_unbroken(words.source(cited))}"
    left = len(card.cited) - len(shown)
    if left > 0:
        yield f"and {left} more: policytrack why {card.short}"


# --- differences


def diff(found: Diff, cards: Sequence[ShiftCard], known: str, note: str, width: int = WIDTH) -> str:
    """What differs between two days, policy by policy, each difference with its kind and the words behind it."""
    by_policy: dict[str, list[ShiftCard]] = {policy: [] for policy in found.policies}
    for card in cards:
        by_policy.setdefault(card.shift.policy, []).append(card)
    blocks = ["\n".join(_policy_lines(found, policy, of, width)) for policy, of in sorted(by_policy.items())]
    days = f"from {found.on[0]} to {found.on[1]}, " if found.on else ""
    return "\n\n".join([days + known, *blocks, totals(found, note)])


def _policy_lines(found: Diff, policy: str, cards: Sequence[ShiftCard], width: int) -> Iterator[str]:
    yield policy
    lines = found.of(policy)
    shorts = {card.shift.id: card.short for card in cards}
    for line in lines:
        yield from _folded(_difference(line, shorts), "  ", width)
    explained = {line.shift for line in lines}
    for card in cards:
        if card.shift.id not in explained:
            yield from _folded([_undone(card)], "  ", width)
        if not card.shift.triggers:
            yield f"  {'shift':<10}  {'trigger':<9}  none stated"
        yield from _folded([words.implied(card), *_evidence_lines(card)], "      ", width)


def _difference(line: DiffLine, shorts: dict[str, str]) -> Iterator[str]:
    name = "trigger" if line.field == "triggers" else line.field
    head = f"{line.kind:<10}  {name:<9}  "
    told = [line.occurred_on or "", line.stage or "", shorts.get(line.shift or "", ""), words.reason(line)]
    tail = "   ".join(part for part in told if part)
    if line.field == "triggers":
        for trigger in [*_triggers(line.before), *_triggers(line.after)]:
            yield f"{head}{words.trigger(trigger)}"
    else:
        yield f"{head}{value(line.before)} -> {value(line.after)}   {tail}".rstrip()


def _undone(card: ShiftCard) -> str:
    found = card.shift
    step = wording.change(found.before, found.after)
    return f"shift       undone     {step}   {found.occurred_on}   {found.stage}   {card.short}"


def value(found: DiffValue) -> str:
    """A value of one field of a state."""
    if found is None or found == ():
        return wording.NONE
    if isinstance(found, Level):
        return wording.level(found)
    if isinstance(found, Scheduled):
        return wording.scheduled(found)
    if isinstance(found, tuple):
        return wording.scopes([each for each in found if isinstance(each, Scope)])
    return found


def _triggers(found: DiffValue) -> list[Trigger]:
    return [each for each in found if isinstance(each, Trigger)] if isinstance(found, tuple) else []


def diff_counts(found: Diff) -> str:
    """How many shifts, corrections and changes of rules there are of each policy, one a line; then the totals."""
    shifts = Counter(shift.policy for shift in found.shifts)
    rows = [(policy, str(shifts[policy] or ""), *_others(found.of(policy))) for policy in found.changed]
    return "\n".join([*table(("POLICY", "SHIFTS", "CORRECTIONS", "RULE CHANGES"), rows), totals(found, "")])


def _others(lines: Sequence[DiffLine]) -> Iterator[str]:
    kinds = Counter(line.kind for line in lines)
    return (str(kinds[kind] or "") for kind in ("correction", "rules"))


def told_value(found: DiffValue) -> str:
    """A value of one field, triggers too; empty where there is none."""
    triggers = _triggers(found)
    told = "; ".join(words.trigger(each) for each in triggers) if triggers else value(found)
    return "" if told == wording.NONE else told


def totals(found: Diff, note: str) -> str:
    """How many policies changed and how many did not, and how many changes of each kind there are."""
    head = f"{counted(len(found.changed), 'policy', 'policies')} changed, {found.unchanged} unchanged. "
    told = f"Shifts: {len(found.shifts)}. Corrections: {len(found.corrections)}. Rule changes: {len(found.rules)}."
    return f"{head}{told}" + (f"\n{note}" if note else "")


# --- what a change of rules does


def shift_changes(found: ShiftChanges, width: int = WIDTH) -> str:
    """What becomes of each shift that does not stay as it is, with the words that it rests on; first the totals."""
    blocks = ["\n".join(_shift_change(change, width)) for change in found.changes]
    return "\n\n".join([words.change_totals(found), *blocks])


def _shift_change(change: ShiftChange, width: int) -> Iterator[str]:
    yield f"{change.change:<10}  {change.policy}   {change.occurred_on}"
    yield from _folded(_shift_change_lines(change), " " * 12, width)


def _shift_change_lines(change: ShiftChange) -> Iterator[str]:
    shift = change.after or change.before
    if shift is not None and not change.fields:
        yield f"{shift.kind}, {shift.direction}: {wording.change(shift.before, shift.after)}   {shift.rule}"
        yield from words.triggers(shift.triggers)
    yield from (words.changed_field(change, name) for name in change.fields)
    for claim in change.claims[:QUOTES]:
        yield f"evidence: {quoted(claim.evidence.quote)} {_unbroken(f'[{printable(claim.article_id)}]')}"
    if len(change.claims) > QUOTES:
        yield f"and {len(change.claims) - QUOTES} more"


# --- what people look at


def waiting(found: Sequence[Waiting], known: str, note: str, short: Short, width: int = WIDTH) -> str:
    """The claims that wait for a person, with why, the words, and what hangs on each."""
    told = counted(len(found), "claim waits", "claims wait")
    return "\n\n".join([_head(told, None, known, note), *(_waiting(item, short, width) for item in found)])


def _waiting(item: Waiting, short: Short, width: int) -> str:
    says = f"{item.operation}, {item.direction}   {item.status}   {item.published_at}"
    return "\n".join(
        [f"{short(item.claim)}   {item.policy}   {says}", *_folded(_waiting_lines(item, short), _BLOCK, width)]
    )


def _waiting_lines(item: Waiting, short: Short) -> Iterator[str]:
    yield f"{', '.join(item.reasons)}: {printable(item.text)}"
    yield f"{quoted(item.evidence.quote)} {_unbroken(f'[{printable(item.article_id)}]')}"
    if item.shifts:
        yield f"rests on it: {', '.join(short(name) for name in item.shifts)}, {item.stage}"
    if item.before:
        yield f"decided before: {decided(item.before)}"


def decision(found: Decision) -> str:
    """One decision on one line: when, about which claim, what, by whom, why, and whether it stands."""
    ended = f"   until {minutes(found.ended_at)[0]}" if found.ended_at else ""
    about = f"{found.claim[:8]}  {found.policy or '(no tracked policy)'}"
    return f"{minutes(found.recorded_at)[0]}  {about}  {decided(found)}{ended}"


def removal(found: Removal) -> str:
    """On one line whose text was removed, when, by whom and why."""
    about = f"{printable(found.article_id)} (text sha256 {found.text_digest})"
    return f"{minutes(found.recorded_at)[0]}  {about}  text removed by {printable(found.by)}: {printable(found.why)}"


def decided(found: Decision) -> str:
    """What was decided, by whom and why."""
    verb = {"accept": "accepted", "correct": "corrected", "reject": "rejected", "undo": "undone"}[found.decision]
    set_ = ", ".join(f"{name}={found.set_[name]}" for name in SETTABLE if name in found.set_)
    carried = ", carried over to another version of the text" if found.carried_from else ""
    why = f": {printable(found.why)}" if found.why else ""
    return f"{verb}{f' to {printable(set_)}' if set_ else ''} by {printable(found.by)}{carried}{why}"


# --- what was recorded


def _from(day: str) -> str:
    return "from before all that is known" if day == BEGINNING else f"from {day}"


def ledger_change(change: LedgerChange) -> str:
    """One record that was added, changed or ended, on one line."""
    record = change.record
    what = {
        "decision": f"{record.get('decision')} {str(record.get('claim'))[:8]} by {record.get('by')}",
        "removal": f"by {record.get('by')}",
        "claim": f"{record.get('operation')}, {record.get('status')}",
        "state": f"{record.get('status')} {_from(str(record.get('valid_from')))}",
    }.get(change.of, f"{record.get('kind')} on {record.get('occurred_on')}")
    head = f"{change.cursor:>6}  {minutes(change.recorded_at)[0]}  {change.cause:<8}  {change.change}  "
    return f"{head}{change.of:<10}  {change.id[:8]}  {record.get('policy') or ''}  {printable(what)}"


# --- states and policies


def state(answer: StateAnswer, known: str, short: Short, width: int = WIDTH) -> str:
    """One policy on one day: how it stands, since when, how sure, and its parts."""
    head = f"{answer.policy}   {words.times(answer.on, known)}"
    return "\n".join([head, *_state_lines(answer, short, width)])


def _state_lines(answer: StateAnswer, short: Short, width: int) -> Iterator[str]:
    own = [printable(answer.title)]
    if answer.state is not None or not answer.parts:
        own.append(_state_line(answer.state, short))
    sides = (_side(said, short) for said in answer.sides)
    yield from _folded([*own, *(words.scope(scope) for scope in answer.scope), *sides, answer.note], "  ", width)
    for part in answer.parts:
        yield f"  part  {part.policy}"
        yield from (f"      {line}" for line in _state_lines(part, short, width - 6))


def _side(said: Said, short: Short) -> str:
    speaker = f", says {quoted(said.attributed_to)}" if said.attributed_to is not None else ""
    source = f"[{printable(said.publisher or said.article_id)}, {said.published_at}; {short(said.claim)}]"
    return f"says {said.says}: {quoted(said.quote)} ({said.status}){speaker} {_unbroken(source)}"


def _state_line(found: PolicyState | None, short: Short) -> str:
    if found is None:
        return "unknown: nothing is recorded for that day"
    since = f"since {found.valid_from}" if found.valid_from != BEGINNING else "since before all that is known"
    ends = f", until before {found.valid_to}" if found.valid_to else ""
    basis = f"{found.stage} ({counted(len(found.claims), 'claim')})" if found.claims else "as the pack says"
    return f"{wording.standing(found)}   {since}{ends}   {basis}   {short(found.id)}"


def states(found: Sequence[PolicyState], on: str, known: str, note: str, short: Short) -> str:
    """The states of several policies on one day, one a line."""
    head = _head(counted(len(found), "policy", "policies"), on, known, note)
    return "\n".join(
        [head, *table(("POLICY", "STATE", "SINCE", "STAGE", "ID"), [_state_row(one, short) for one in found])]
    )


def _state_row(found: PolicyState, short: Short) -> tuple[str, ...]:
    since = found.valid_from if found.valid_from != BEGINNING else "-"
    return found.policy, wording.standing(found), since, found.stage if found.claims else "pack", short(found.id)


def policies(found: Sequence[TrackedPolicy], on: str, known: str, note: str) -> str:
    """What is tracked, one policy a line."""
    head = _head(f"{counted(len(found), 'policy', 'policies')} tracked", on, known, note)
    columns = ("POLICY", "STATUS", "SINCE", "TRACKED SINCE", "LAST CLAIM", "LAST SHIFT", "TITLE")
    return "\n".join([head, *table(columns, [_policy_row(one) for one in found])])


def _policy_row(found: TrackedPolicy) -> tuple[str, ...]:
    claim, shift = found.last_claim, found.last_shift
    return (
        found.id,
        found.status or "-",
        found.status_from or "-",
        f"{found.tracked_since:%Y-%m-%d}" if found.tracked_since else "-",
        f"{claim.published_at} {claim.operation}, {claim.status}" if claim else "-",
        f"{shift.occurred_on} {shift.kind}, {shift.stage}" if shift else "-",
        printable(found.title) + (f" (was {', '.join(found.aliases)})" if found.aliases else ""),
    )


# --- sources


def sources(found: Sequence[SourceHealth], now: datetime.datetime) -> str:
    """How the sources do, one a line, and below them what went wrong last."""
    head = f"{counted(len(found), 'source')} watched, as of now ({minutes(now)[0]})"
    columns = ("SOURCE", "STATE", "FETCHED", "LAST NEW", "ITEMS", "NEXT")
    told = [f"{one.source}: {minutes(one.error_at)[0]}: {one.error}" for one in found if one.error_at]
    return "\n".join([head, *table(columns, [_source_row(one) for one in found]), *told])


def _source_row(found: SourceHealth) -> tuple[str, ...]:
    moments = [minutes(at)[0] if at else "-" for at in (found.fetched_at, found.new_at, found.due_at)]
    return (found.source, found.state, moments[0], moments[1], str(found.items), moments[2])


def looked(found: Round) -> str:
    """What one look at a source gave, on one line."""
    told = {"failed": "failed", "unchanged": "unchanged", "nothing_new": "nothing new", "new": f"{found.read} new"}
    shifts = f", {counted(len(found.shifts), 'new shift')}" if found.shifts else ""
    moments = minutes(found.asked_at, found.due_at)
    return f"{moments[0]}  {found.source}   {told[found.outcome]}{shifts}   next {moments[1]}"


def silent_source(found: SilentSource) -> str:
    """That a source has fallen silent, and since when, on one line."""
    since = f"since {minutes(found.new_at)[0]}" if found.new_at else "since it is watched"
    why = f"; it fails: {found.error}" if found.error else ""
    return f"SILENT  {found.source}   nothing new {since}, longer than {found.silent_after}{why}"


# --- what a pile of articles is about


def groups(found: Discovery, limit: int, width: int = WIDTH) -> str:
    """The first groups of claims, two lines each: what is told of one, and a quotation from it."""
    if not found:
        return found.note
    claims = sum(one.claims for one in found)
    told = [counted(found.articles, "article"), counted(claims, "claim"), counted(len(found), "group")]
    columns = ("RANK", "ISSUER", "SUBJECT", "ARTICLES", "CLAIMS", "OPERATIONS", "FIRST", "LAST", "ID")
    head, *rows = table(columns, [_group_row(one) for one in found[:limit]])
    lines = ["; ".join([", ".join(told), *([found.note] if found.note else [])]), head]
    for one, row in zip(found, rows, strict=False):
        example = f"{quoted(one.example.quote)} {_unbroken(f'[{printable(one.example_of)}]')}"
        lines += [row, *_folded([example], _BLOCK, width)]
    return "\n".join(lines)


def _group_row(found: Group) -> tuple[str, ...]:
    return (
        str(found.rank),
        _cut(found.issuer.text or "nobody named"),
        _cut(found.subject),
        str(found.articles),
        f"{found.claims} ({found.live} live)",
        ", ".join(f"{name} {number}" for name, number in list(found.operations.items())[:3]),
        found.first,
        found.last,
        found.id,
    )


def _cut(words: str) -> str:
    return printable(textwrap.shorten(words, _CELL, placeholder=" ..."))


# --- reading


def report(found: IngestReport) -> str:
    """What one run took in."""
    told = [f"{counted(found.read, 'article')} read"]
    told += [f"{found.revised} of them revised"] if found.revised else []
    told += [f"{found.copies} folded as copies"] if found.copies > 0 else []
    told += [f"{found.unchanged} known already"] if found.unchanged else []
    told += [f"{len(found.errors)} could not be read"] if found.errors else []
    told += [counted(found.claims, "claim"), counted(len(found.shifts), "new shift")]
    lines = [", ".join(told)]
    lines += [f"  {found.removed} of those known stay without their text: it was removed"] if found.removed else []
    lines += [f"  {number} not parsed: {reason}" for reason, number in sorted(found.skipped.items())]
    if found.moved_up:
        moved = counted(found.moved_up, "article")
        lines.append(f"  {moved} recorded as known later than published: the ledger had answered for that time already")
    return "\n".join(lines)


def claims(article: Article, found: Sequence[Claim], width: int = WIDTH) -> str:
    """One article and what it claims, with an empty line below."""
    told = [printable(article.publisher or ""), article.published_at, quoted(article.title) if article.title else ""]
    head = f"{printable(article.id)}   {', '.join(part for part in told if part)}   {counted(len(found), 'claim')}"
    return "\n".join([head, *(claim(each, width) for each in found), ""])


def claim(found: Claim, width: int = WIDTH) -> str:
    """A claim: what it says of which policy, whether that changes anything, and the words that say so."""
    about = found.policy or "(no tracked policy)"
    head = f"  {found.id[:8]}   {about}   {found.operation}, {found.direction}   {found.status}, {_effect(found)}"
    return "\n".join([head, *_folded(_claim_lines(found), "      ", width)])


def _claim_lines(found: Claim) -> Iterator[str]:
    span = found.evidence
    yield f"evidence: {quoted(span.quote)}{words.said_by(found.attributed_to)} [{span.start}-{span.end}]"
    yield f"level: {quoted(found.level.quote)}" if found.level else ""
    yield from (words.scope(scope) for scope in found.scope)
    yield from (f"trigger, {words.trigger(trigger)}" for trigger in found.triggers)
    for date in found.dates:
        yield f"{date.role.replace('_', ' ')}: {date.date}, from {quoted(date.quote)}"
    reasons = "; ".join(found.confidence.reasons)
    yield f"confidence {found.confidence.value:g}: {reasons}" if reasons else ""


def _effect(found: Claim) -> str:
    if not found.factive:
        return "changes nothing"
    if found.background:
        return "told as background"
    return "implied by use" if found.implied else "a fact, as the article has it"


# --- rule files


def problems(found: Sequence[Problem], checked: Sequence[str]) -> str:
    """Every problem with its line and a caret, and their number; or that there is none."""
    if not found:
        return f"no problem in {', '.join(checked)}"
    files = len({problem.location.path for problem in found})
    total = f"{counted(len(found), 'problem')} in {counted(files, 'file')}"
    return "\n".join([*(problem.render() for problem in found), total])


# --- lines


def _head(count: str, on: str | None, known: str, note: str) -> str:
    return f"{count}, {words.times(on, known)}" + (f": {note}" if note else "")


def _folded(lines: Iterable[str], indent: str, width: int) -> Iterator[str]:
    """The lines that are not empty, indented; what is folded stands further in."""
    for line in lines:
        if line:
            folded = textwrap.fill(
                line,
                max(width, 40),
                initial_indent=indent,
                subsequent_indent=indent + "    ",
                break_long_words=False,
                break_on_hyphens=False,
            )
            yield folded.replace(_HARD, " ")


def _unbroken(told: str) -> str:
    return told.replace(" ", _HARD)


def table(head: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> Iterator[str]:
    """The rows in columns below their head; nothing where there is no row."""
    widths = [max(len(row[column]) for row in (head, *rows)) for column in range(len(head))]
    for row in (head, *rows) if rows else ():
        yield "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()


# --- alerts


def sending(found: SentLine) -> str:
    """What came of one try to send an alert, on one line."""
    again = f"   tried again from {minutes(found.next_at)[0]}" if found.next_at else ""
    told = "sent" if found.status == "sent" else "FAILED" if found.status == "waiting" else "FAILED for good"
    return f"{found.channel}   {told}   {printable(found.about)}   {printable(found.told)}{again}   {found.id}"


def tried(found: Tried) -> str:
    """What came of a test of a channel, on one line."""
    told = "sent" if found.sent else "FAILED"
    return f"{found.channel}   {told}   {printable(found.told)}   {found.seconds:.1f} s"


def alert_log(found: Sequence[AlertLine], note: str) -> str:
    """What was sent, waits, failed or was held back, one a line."""
    columns = ("AT", "STATUS", "CHANNEL", "ABOUT", "TRIES", "TOLD", "ID")
    return "\n".join(table(columns, [_alert_row(line) for line in found])) if found else note


def _alert_row(line: AlertLine) -> tuple[str, ...]:
    channel = line.channel or f"({line.subscription})"
    about = ", ".join(line.about)
    told = f"until {minutes(line.next_at)[0]}: {line.told}" if line.next_at and line.tries else line.told
    status = line.status.replace("_", " ")
    return (
        minutes(line.at)[0],
        status,
        printable(channel),
        printable(about),
        str(line.tries),
        _shortened(told),
        line.id or "-",
    )


def _shortened(told: str) -> str:
    return printable(told) if len(told) <= _TOLD else printable(told[:_TOLD]) + "…"


_TOLD = 60
"""How much of what a channel said the log shows."""


def alert_why(found: AlertWhy, width: int = WIDTH) -> str:
    """The way of a shift to each subscription, step by step."""
    head = f"{found.shift[:8]}  {found.policy}"
    blocks = [line for way in found.ways for line in _way(way, width)]
    return "\n".join([head, *blocks, *([found.note] if found.note else [])])


def _way(way: AlertWay, width: int) -> Iterator[str]:
    yield f"  {way.subscription}   {way.what}, recorded {minutes(way.recorded_at)[0]}"
    for step in way.steps:
        yield from _folded([f"{'yes' if step.passes else 'no '} {step.name}: {printable(step.told)}"], "    ", width)
    yield from _folded([f"=> {printable(way.came_to)}"], "    ", width)


def silences(found: Sequence[Silenced]) -> str:
    """Silences, one a line."""
    rows = [_silence_row(each) for each in found]
    return "\n".join(table(("NUMBER", "POLICY", "UNTIL", "BY", "REASON"), rows)) if rows else "no silence holds"


def _silence_row(found: Silenced) -> tuple[str, ...]:
    told = found.payload
    policies = ", ".join(told["match"]["policy"] or ["*"])
    return str(found.key), printable(policies), told["until"], printable(told["by"]), printable(told["reason"])
