"""What must hold of every row of a ledger, whatever the rules are: each breach is a finding."""

from __future__ import annotations

import itertools
import json
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from typing import Any, Literal, get_args

from sqlalchemy import Connection, Row, Table, and_, case, exists, func, select, text

from policytrack.dates import first_day
from policytrack.decisions import Decision
from policytrack.ledger.batch import ARTICLE_COLUMNS, source_of
from policytrack.ledger.changes import Cause
from policytrack.ledger.falling_due import sayings
from policytrack.ledger.migrations import schema_of
from policytrack.ledger.queries import spans_in, standing
from policytrack.ledger.removal import Removal, removed_keys
from policytrack.ledger.tables import (
    articles,
    batches,
    claims,
    decisions,
    dues,
    ledger,
    notices,
    removals,
    shifts,
    states,
)
from policytrack.model import Article, Claim, PolicyState, Record, Shift, digest

Invariant = Literal[
    "file", "articles", "claims", "quotes", "decisions", "states", "shifts", "moments", "notices", "derived"
]

RESTORE = "The row was changed from outside, or the disk lost it: restore the ledger from a copy."
REDERIVE = "Run `policytrack ledger rerun`: it derives states and shifts again from the claims."
FORGET = "Restore the ledger from a copy, and run `policytrack ledger forget` on it again."
RESTORE_OR_REDERIVE = f"{RESTORE} Without one, `policytrack ledger rerun` puts right what stands now."
UNREADABLE = "its record cannot be read"
_LOST_FAILURES = "what its hooks failed in cannot be read, or they never ran"

_AT_ONCE = 500
_REMOVED = ("article_id", "text_digest", "recorded_at")


class Finding(Record):
    """One thing that does not hold: of which invariant, at which record, what is wrong, and what to do."""

    invariant: Invariant
    at: str
    problem: str
    remedy: str


def findings(connection: Connection, progress: Callable[[int], object], *, decided: bool = True) -> Iterator[Finding]:
    """All that does not hold; `progress` is called with the number of rows that have been looked at.

    Not `decided` where the ledger is of a schema that keeps no decisions.
    """
    yield from _file(connection)
    seen = itertools.count(1)
    removed = removed_keys(connection) if decided else set()
    for row in connection.execute(select(articles)).yield_per(_AT_ONCE):
        progress(next(seen))
        yield from _article(row, removed=row.key in removed)
    query = select(
        claims,
        articles.c.text,
        articles.c.id.label("article_id"),
        articles.c.recorded_at.label("since"),
        articles.c.superseded_at.label("until"),
    ).join(articles)
    for row in connection.execute(query).yield_per(_AT_ONCE):
        progress(next(seen))
        yield from _claim(row, removed=row.article in removed)
    for table in (states, shifts):
        columns = [each for each in table.c if decided or each.name != "holds_from"]
        for row in connection.execute(select(*columns)).yield_per(_AT_ONCE):
            progress(next(seen))
            yield from _state(row) if table is states else _shift(row)
    if decided:
        for row in connection.execute(select(decisions)).yield_per(_AT_ONCE):
            progress(next(seen))
            yield from _decision(row)
        yield from _decisions_of_nothing(connection)
        yield from _removals(connection)
        yield from _dues(connection)
    yield from _timelines(connection)
    yield from _versions(connection)
    yield from _orphans(connection)
    yield from _notices(connection)
    yield from _moments(connection, (decisions,) if decided else ())
    yield from _rules(connection)


def _file(connection: Connection) -> Iterator[Finding]:
    if connection.dialect.name == "sqlite":
        for (told,) in connection.execute(text("PRAGMA integrity_check")).all():
            if told != "ok":
                yield Finding(invariant="file", at="", problem=str(told), remedy="Restore the ledger from a copy.")


def _article(row: Row[Any], *, removed: bool) -> Iterator[Finding]:
    if removed and row.text:
        yield Finding(invariant="articles", at=row.id, problem="its text was removed, and is there", remedy=FORGET)
    elif not removed and row.text_digest != digest(row.text):
        yield _lost("articles", row.id, "its text is not what it was recorded as")
    columns = {key: row._mapping[key] for key in ARTICLE_COLUMNS}
    told = _told(row, Article, columns)
    if told is None:
        yield _lost("articles", row.id, UNREADABLE)
    elif not removed and source_of(Article.model_validate(told)) != row.source:
        yield _lost("articles", row.id, f"its source is {row.source!r} in the table, and its record names another")


def _claim(row: Row[Any], *, removed: bool) -> Iterator[Finding]:
    told = _told(row, Claim)
    if told is None:
        yield _lost("claims", row.id, UNREADABLE)
        return
    for column in ("id", "article_id", "policy"):
        if told[column] != getattr(row, column):
            problem = f"its {column} is {getattr(row, column)!r} in the table and {told[column]!r} in the record"
            yield _lost("claims", row.id, problem)
    if row.recorded_at < row.since or (row.until and row.superseded_at and row.superseded_at > row.until):
        yield _lost("moments", row.id, f"it stood when its version of {row.article_id} did not")
    for span in spans_in(told):
        if removed:
            if span["quote"]:
                problem = f"the text of {row.article_id} was removed, and it quotes it"
                yield Finding(invariant="quotes", at=row.id, problem=problem, remedy=FORGET)
            continue
        found = row.text[span["start"] : span["end"]]
        if found != span["quote"]:
            problem = f"at {span['start']}-{span['end']} of {row.article_id} stands {found!r}, not {span['quote']!r}"
            yield _lost("quotes", row.id, problem)


def _told(row: Row[Any], kind: type[Record], more: Mapping[str, Any] | None = None) -> dict[str, Any] | None:
    """What the record of a row says, with what its columns say `more`; None where it is none of its kind."""
    try:
        told = {**json.loads(row.payload), **(more or {})}
        kind.model_validate(told)
    except (ValueError, TypeError):
        return None
    return told


def _lost(invariant: Invariant, at: str, problem: str) -> Finding:
    return Finding(invariant=invariant, at=at, problem=problem, remedy=RESTORE)


def _state(row: Row[Any]) -> Iterator[Finding]:
    told = _told(row, PolicyState)
    columns = ("id", "policy", "status", "valid_from", "valid_to")
    yield from _columns("states", row, told, columns, {"first_day": "valid_from", "end_day": "valid_to"})


def _shift(row: Row[Any]) -> Iterator[Finding]:
    told = _told(row, Shift)
    if told is not None:
        told = {**told, "holds_from": (told["after"]["scheduled"] or {}).get("on")}
    columns = ("id", "policy", "kind", "direction", "occurred_on")
    days = {"first_day": "occurred_on", "holds_from": "holds_from"}
    yield from _columns("shifts", row, told, columns, {name: days[name] for name in days if name in row._fields})


def _columns(
    invariant: Invariant,
    row: Row[Any],
    told: Mapping[str, Any] | None,
    columns: Sequence[str],
    days: Mapping[str, str],
) -> Iterator[Finding]:
    """Where the columns of a row are not what its record says; `days` are day numbers, and what they are of."""
    if told is None:
        yield _lost(invariant, row.id, UNREADABLE)
        return
    wrong = [column for column in columns if told[column] != getattr(row, column)]
    wrong += [column for column, date in days.items() if getattr(row, column) != _day(told[date])]
    if wrong:
        remedy = RESTORE if row.superseded_at else RESTORE_OR_REDERIVE
        problem = f"table and record differ in {', '.join(wrong)}"
        yield Finding(invariant=invariant, at=row.id, problem=problem, remedy=remedy)


def _day(date: str | None) -> int | None:
    return None if date is None else first_day(date).toordinal()


def _decision(row: Row[Any]) -> Iterator[Finding]:
    told = _told(row, Decision)
    if told is None:
        yield _lost("decisions", row.id, UNREADABLE)
        return
    columns = {"id": "id", "claim": "claim", "article": "article_id", "policy": "policy", "decision": "decision"}
    wrong = [column for column, key in columns.items() if told[key] != getattr(row, column)]
    wrong += ["to_policy"] if told["set"].get("policy") != row.to_policy else []
    if wrong:
        yield _lost("decisions", row.id, f"table and record differ in {', '.join(wrong)}")


def _decisions_of_nothing(connection: Connection) -> Iterator[Finding]:
    """Decisions about claims that were never recorded, and claims on which more than one stands."""
    lost = select(decisions.c.id).where(~exists(select(claims.c.key).where(claims.c.id == decisions.c.claim)))
    for name in connection.scalars(lost):
        yield _lost("decisions", name, "there is no such claim")
    several = select(decisions.c.claim).where(decisions.c.superseded_at.is_(None), decisions.c.decision != "undo")
    for name in connection.scalars(several.group_by(decisions.c.claim).having(func.count() > 1)):
        yield _lost("decisions", name, "several decisions stand on it")


def _removals(connection: Connection) -> Iterator[Finding]:
    """Removals whose record is not what the table says, or the article that it is of."""
    query = select(removals, articles.c.id.label("article_id"), articles.c.text_digest).outerjoin(articles)
    for row in connection.execute(query).yield_per(_AT_ONCE):
        told = _told(row, Removal)
        said = told and Removal.model_validate(told)
        if not said or any(getattr(said, name) != getattr(row, name) for name in _REMOVED):
            yield _lost("articles", row.article_id or "", "the removal of its text is recorded otherwise than it was")


def _timelines(connection: Connection) -> Iterator[Finding]:
    """Gaps and overlaps of the states that stand, policy by policy."""
    query = standing(states).order_by(states.c.policy, states.c.first_day, states.c.key)
    rows = connection.execute(query).yield_per(_AT_ONCE)
    for policy, found in itertools.groupby(rows, key=lambda row: row.policy):
        for problem in _breaks([*found]):
            yield Finding(invariant="states", at=policy, problem=problem, remedy=REDERIVE)


def _breaks(found: list[Row[Any]]) -> Iterator[str]:
    for one, other in itertools.pairwise(found):
        if one.valid_to != other.valid_from:
            until = one.valid_to or "no end"
            yield f"the state from {one.valid_from} has {until}, and the next is from {other.valid_from}"
    if found[-1].valid_to is not None:
        yield f"nothing stands from {found[-1].valid_to} on"


def _versions(connection: Connection) -> Iterator[Finding]:
    """Articles of which not one version stands, and records that stand twice."""
    standing_now = func.sum(case((articles.c.superseded_at.is_(None), 1), else_=0))
    for name, count in connection.execute(
        select(articles.c.id, standing_now).group_by(articles.c.id).having(standing_now != 1)
    ):
        yield _lost("articles", name, f"{count} versions of it stand, not one")
    twice: tuple[tuple[Invariant, Table], ...] = (("claims", claims), ("states", states), ("shifts", shifts))
    for invariant, table in twice:
        query = select(table.c.id).where(table.c.superseded_at.is_(None)).group_by(table.c.id)
        for name in connection.scalars(query.having(func.count() > 1)):
            yield _lost(invariant, name, "it stands twice")


def _orphans(connection: Connection) -> Iterator[Finding]:
    """Claims that stand though their article does not, or that are of none."""
    gone = and_(claims.c.superseded_at.is_(None), articles.c.superseded_at.is_not(None))
    for name in connection.scalars(select(claims.c.id).join(articles).where(gone)):
        yield _lost("claims", name, "it stands, and the version of its article does not")
    none = ~exists(select(articles.c.key).where(articles.c.key == claims.c.article))
    for name in connection.scalars(select(claims.c.id).where(none)):
        yield _lost("claims", name, "there is no such version of an article")


def _notices(connection: Connection) -> Iterator[Finding]:
    """Notices of shifts that were not recorded with them, and what their hooks failed in that they did not do."""
    for row in connection.execute(select(notices)).yield_per(_AT_ONCE):
        its = select(shifts.c.recorded_at).where(shifts.c.id == row.shift, ~shifts.c.correction)
        recorded = set(connection.scalars(its))
        if not recorded:
            yield _lost("notices", row.shift, "there is no such shift")
        elif row.recorded_at not in recorded:
            yield _lost("notices", row.shift, f"it was not recorded at {row.recorded_at}, when its notice was")
        if _is_lost(row):
            yield _lost("notices", row.shift, _LOST_FAILURES)


def _dues(connection: Connection) -> Iterator[Finding]:
    """What hooks were called for though no state had said so, and what they failed in that they did not do."""
    for row in connection.execute(select(dues)).all():
        at = f"{row.policy} {row.what} {row.due_on}"
        try:
            said = min((saying.recorded_at for saying in sayings(connection, row)), default=None)
        except ValueError:  # a state that cannot be read, which is a finding of its own
            continue
        if said is None:
            yield _lost("notices", at, "no state says so")
        elif row.recorded_at < said:
            yield _lost("notices", at, f"it was recorded at {row.recorded_at}, before a state said so")
        if _is_lost(row):
            yield _lost("notices", at, _LOST_FAILURES)


def _is_lost(row: Row[Any]) -> bool:
    """Whether what its hooks failed in is said and cannot be read, or cannot be, since they never ran."""
    try:
        is_list = row.failures is None or isinstance(json.loads(row.failures), list)
    except ValueError:
        return True
    return not is_list or (row.failures is not None and row.announced_at is None)


def _moments(connection: Connection, others: Sequence[Table]) -> Iterator[Finding]:
    """Batches out of order, and rows that were recorded when no batch was, or ended before they began."""
    rows = connection.execute(select(batches.c.key, batches.c.recorded_at).order_by(batches.c.key)).all()
    for one, other in itertools.pairwise(rows):
        if other.recorded_at < one.recorded_at:
            problem = f"it was recorded at {other.recorded_at}, before batch {one.key}"
            yield _lost("moments", f"batch {other.key}", problem)
    known = {row.recorded_at for row in rows}
    for table in (articles, claims, states, shifts, *others):
        query = select(table.c.id, table.c.recorded_at, table.c.superseded_at)
        for row in connection.execute(query).yield_per(_AT_ONCE):
            yield from _moment(row, known)


def _moment(row: Any, known: Collection[object]) -> Iterator[Finding]:
    for name in ("recorded_at", "superseded_at"):
        moment = getattr(row, name)
        if moment is not None and moment not in known:
            problem = f"its {name} {moment} is that of no batch"
            yield _lost("moments", row.id, problem)
    if row.superseded_at is not None and row.superseded_at < row.recorded_at:
        yield _lost("moments", row.id, "it ended before it began")


def _rules(connection: Connection) -> Iterator[Finding]:
    """Batches for a cause that there is not, and what was derived by other rules than those of its batch."""
    if connection.scalar(select(func.count()).select_from(ledger)) != 1:
        yield _lost("file", "ledger", "what wrote it is not said, or twice")
    if schema_of(connection) >= 2:
        known = select(batches.c.key).where(batches.c.cause.not_in(get_args(Cause)))
        for key in connection.scalars(known):
            yield _lost("moments", f"batch {key}", "nothing is recorded for such a cause")
    tables: tuple[tuple[Invariant, Table], ...] = (("states", states), ("shifts", shifts))
    for invariant, table in tables:
        same = and_(batches.c.recorded_at == table.c.recorded_at, batches.c.rules == table.c.rules)
        for name in connection.scalars(select(table.c.id).where(~exists(select(batches.c.key).where(same)))):
            yield _lost(invariant, name, "it is by other rules than what was recorded with it")
