"""What must hold of every row of a ledger, whatever the rules are: each breach is a finding."""

from __future__ import annotations

import contextlib
import datetime
import itertools
import json
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from typing import Any, get_args

from sqlalchemy import Connection, Row, Table, and_, case, exists, func, null, or_, select, text, union

from policytrack import copies as finding
from policytrack.dates import first_day
from policytrack.decisions import Decision
from policytrack.ledger.batch import ARTICLE_COLUMNS, source_of
from policytrack.ledger.changes import Cause
from policytrack.ledger.copying import days_of, percent, voice_of, voices
from policytrack.ledger.finding import RESTORE, Finding, Invariant, lost
from policytrack.ledger.migrations import schema_of
from policytrack.ledger.outbox_checks import outbox_findings
from policytrack.ledger.queries import ever_stood, spans_in, standing
from policytrack.ledger.removal import Removal, removed_keys
from policytrack.ledger.tables import (
    articles,
    bands,
    batches,
    claims,
    compared,
    copies,
    decisions,
    ledger,
    likenesses,
    news,
    removals,
    shifts,
    states,
)
from policytrack.model import Article, Claim, PolicyState, Record, Shift, checked_partial_date, digest

REDERIVE = "Run `policytrack ledger rerun`: it derives states and shifts again from the claims."
FORGET = "Restore the ledger from a copy, and run `policytrack ledger forget` on it again."
RESTORE_OR_REDERIVE = f"{RESTORE} Without one, `policytrack ledger rerun` puts right what stands now."
UNREADABLE = "its record cannot be read"

_AT_ONCE = 500
_REMOVED = ("article_id", "text_digest", "recorded_at")


def findings(
    connection: Connection,
    progress: Callable[[int], object],
    *,
    decided: bool = True,
    folded: bool = True,
    told: bool = True,
) -> Iterator[Finding]:
    """All that does not hold; `progress` is called with the number of rows that have been looked at.

    Not `decided` where the ledger is of a schema that keeps no decisions, not `folded` of one that keeps no copies, not
    `told` of one without an outbox.
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
    yield from _timelines(connection)
    yield from _versions(connection)
    yield from _orphans(connection)
    if folded:
        yield from _compared(connection)
        yield from _likenesses(connection)
        with contextlib.suppress(ValueError):  # an article whose date cannot be read, which is a finding of its own
            yield from _copies(connection)
    if told:
        yield from outbox_findings(connection)
    later = ((decisions,), decided), ((compared, likenesses, copies), folded), ((news,), told)
    yield from _moments(connection, [table for tables, are_there in later if are_there for table in tables])
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
        yield lost("articles", row.id, "its text is not what it was recorded as")
    columns = {key: row._mapping[key] for key in ARTICLE_COLUMNS}
    told = _told(row, Article, columns)
    if told is None:
        yield lost("articles", row.id, UNREADABLE)
    elif not removed and source_of(Article.model_validate(told)) != row.source:
        yield lost("articles", row.id, f"its source is {row.source!r} in the table, and its record names another")


def _claim(row: Row[Any], *, removed: bool) -> Iterator[Finding]:
    told = _told(row, Claim)
    if told is None:
        yield lost("claims", row.id, UNREADABLE)
        return
    for column in ("id", "article_id", "policy"):
        if told[column] != getattr(row, column):
            problem = f"its {column} is {getattr(row, column)!r} in the table and {told[column]!r} in the record"
            yield lost("claims", row.id, problem)
    if row.recorded_at < row.since or (row.until and row.superseded_at and row.superseded_at > row.until):
        yield lost("moments", row.id, f"it stood when its version of {row.article_id} did not")
    for span in spans_in(told):
        if removed:
            if span["quote"]:
                problem = f"the text of {row.article_id} was removed, and it quotes it"
                yield Finding(invariant="quotes", at=row.id, problem=problem, remedy=FORGET)
            continue
        found = row.text[span["start"] : span["end"]]
        if found != span["quote"]:
            problem = f"at {span['start']}-{span['end']} of {row.article_id} stands {found!r}, not {span['quote']!r}"
            yield lost("quotes", row.id, problem)


def _told(row: Row[Any], kind: type[Record], more: Mapping[str, Any] | None = None) -> dict[str, Any] | None:
    """What the record of a row says, with what its columns say `more`; None where it is none of its kind."""
    try:
        told = {**json.loads(row.payload), **(more or {})}
        kind.model_validate(told)
    except (ValueError, TypeError):
        return None
    return told


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
        yield lost(invariant, row.id, UNREADABLE)
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
        yield lost("decisions", row.id, UNREADABLE)
        return
    columns = {"id": "id", "claim": "claim", "article": "article_id", "policy": "policy", "decision": "decision"}
    wrong = [column for column, key in columns.items() if told[key] != getattr(row, column)]
    wrong += ["to_policy"] if told["set"].get("policy") != row.to_policy else []
    if wrong:
        yield lost("decisions", row.id, f"table and record differ in {', '.join(wrong)}")


def _decisions_of_nothing(connection: Connection) -> Iterator[Finding]:
    """Decisions about claims that were never recorded, and claims on which more than one stands."""
    gone = select(decisions.c.id).where(~exists(select(claims.c.key).where(claims.c.id == decisions.c.claim)))
    for name in connection.scalars(gone):
        yield lost("decisions", name, "there is no such claim")
    several = select(decisions.c.claim).where(decisions.c.superseded_at.is_(None), decisions.c.decision != "undo")
    for name in connection.scalars(several.group_by(decisions.c.claim).having(func.count() > 1)):
        yield lost("decisions", name, "several decisions stand on it")


def _removals(connection: Connection) -> Iterator[Finding]:
    """Removals whose record is not what the table says, or the article that it is of."""
    query = select(removals, articles.c.id.label("article_id"), articles.c.text_digest).outerjoin(articles)
    for row in connection.execute(query).yield_per(_AT_ONCE):
        told = _told(row, Removal)
        said = told and Removal.model_validate(told)
        if not said or any(getattr(said, name) != getattr(row, name) for name in _REMOVED):
            yield lost("articles", row.article_id or "", "the removal of its text is recorded otherwise than it was")


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
        yield lost("articles", name, f"{count} versions of it stand, not one")
    twice: tuple[tuple[Invariant, Table], ...] = (("claims", claims), ("states", states), ("shifts", shifts))
    for invariant, table in twice:
        query = select(table.c.id).where(table.c.superseded_at.is_(None)).group_by(table.c.id)
        for name in connection.scalars(query.having(func.count() > 1)):
            yield lost(invariant, name, "it stands twice")


def _orphans(connection: Connection) -> Iterator[Finding]:
    """Claims that stand though their article does not, or that are of none."""
    gone = and_(claims.c.superseded_at.is_(None), articles.c.superseded_at.is_not(None))
    for name in connection.scalars(select(claims.c.id).join(articles).where(gone)):
        yield lost("claims", name, "it stands, and the version of its article does not")
    none = ~exists(select(articles.c.key).where(articles.c.key == claims.c.article))
    for name in connection.scalars(select(claims.c.id).where(none)):
        yield lost("claims", name, "there is no such version of an article")


def _compared(connection: Connection) -> Iterator[Finding]:
    """Versions that were compared with others, and by whose bands others are not found, or not this one."""
    its = compared.outerjoin(bands, bands.c.article == compared.c.article)
    query = select(compared.c.article.label("key"), bands.c.band, bands.c.first_day, bands.c.last_day).select_from(its)
    rows = connection.execute(query.order_by(compared.c.article)).yield_per(_AT_ONCE)
    for key, found in itertools.groupby(rows, key=lambda row: row.key):
        said = connection.execute(select(articles).where(articles.c.key == key)).first()
        kept = {tuple(row[1:]) for row in found if row.band is not None}
        if said is None:
            yield lost("copies", str(key), "there is no such version of an article")
        elif said.text and kept != _signature(said):
            yield lost("copies", said.id, "by what is kept of its words its copies are not found")
    alone = bands.c.article.not_in(select(compared.c.article))
    for key in connection.scalars(select(bands.c.article).where(alone).distinct()):
        yield lost("copies", str(key), "something is kept of the words of a version that was not compared with others")


def _signature(row: Row[Any]) -> set[tuple[int, int, int]]:
    """What is kept of the words of a version; nothing where its date cannot be read."""
    try:
        days = days_of(row.published_at)
    except ValueError:
        return set()
    return {(band, *days) for band in finding.bands(row.text)}


def _likenesses(connection: Connection) -> Iterator[Finding]:
    """Pairs of versions that are not as alike as is said; where the text of one was removed, nobody can know."""
    for row in connection.execute(select(likenesses)).all():
        keys = (row.one, row.other)
        said = {each.key: each for each in connection.execute(select(articles).where(articles.c.key.in_(keys)))}
        if len(said) < 2 or said[row.one].id == said[row.other].id or row.one > row.other:
            yield lost("copies", f"pair {row.key}", "it is of no two articles")
            continue
        at = " and ".join(said[key].id for key in keys)
        if any(row.recorded_at < each.recorded_at for each in said.values()):
            yield lost("moments", at, "they were found to be alike before both were recorded")
        texts = [said[key].text for key in keys]
        share = finding.share(*texts)
        if all(texts) and (share is None or percent(share) != row.percent):
            found = "not alike" if share is None else f"alike by {percent(share)} per cent"
            yield lost("copies", at, f"they are {found}, not by {row.percent}")


def _copies(connection: Connection) -> Iterator[Finding]:
    """Articles that speak for another than what is alike and what is given make; now, and when that was recorded."""
    at: dict[datetime.datetime, list[Row[Any]]] = {}
    for row in connection.execute(select(copies).where(ever_stood(copies))):
        at.setdefault(row.recorded_at, []).append(row)
        if not _is_date(row.told_first):
            yield lost("copies", row.article, UNREADABLE)
    for moment, recorded in at.items():
        due = voices(connection, {row.article for row in recorded}, moment)[1]
        wrong = {row.article for row in recorded if due.get(row.article) != voice_of(row)}
        yield from (lost("copies", name, f"it does not speak for what it did at {moment}") for name in sorted(wrong))
    known = connection.scalar(select(func.max(batches.c.recorded_at)))
    rows = connection.execute(standing(copies)).all()
    said = {row.article: voice_of(row) for row in rows}
    for name, count in Counter(row.article for row in rows).items():
        if count > 1:
            yield lost("copies", name, f"it speaks for {count} articles")
    due = voices(connection, {*said, *_beside_others(connection)}, known)[1] if known else {}
    for name in sorted(due.keys() | said.keys()):
        if due.get(name) != said.get(name):
            yield lost("copies", name, "it speaks for another article than it should, or for none")


def _is_date(told_first: str | None) -> bool:
    try:
        return told_first is None or bool(checked_partial_date(told_first))
    except ValueError:
        return False


def _beside_others(connection: Connection) -> set[str]:
    """The articles that were found to be like others, or say so."""
    pairs = union(select(likenesses.c.one), select(likenesses.c.other))
    found = select(articles.c.id).where(or_(articles.c.copy_of.is_not(None), articles.c.key.in_(pairs)))
    return set(connection.scalars(found))


def _moments(connection: Connection, others: Sequence[Table]) -> Iterator[Finding]:
    """Batches out of order, and rows that were recorded when no batch was, or ended before they began."""
    rows = connection.execute(select(batches.c.key, batches.c.recorded_at).order_by(batches.c.key)).all()
    for one, other in itertools.pairwise(rows):
        if other.recorded_at < one.recorded_at:
            problem = f"it was recorded at {other.recorded_at}, before batch {one.key}"
            yield lost("moments", f"batch {other.key}", problem)
    known = {row.recorded_at for row in rows}
    for table in (articles, claims, states, shifts, *others):
        name = next(table.c[each] for each in ("id", "article", "key") if each in table.c)
        ended = table.c.superseded_at if "superseded_at" in table.c else null().label("superseded_at")
        query = select(name.label("id"), table.c.recorded_at, ended)
        for row in connection.execute(query).yield_per(_AT_ONCE):
            yield from _moment(row, known)


def _moment(row: Any, known: Collection[object]) -> Iterator[Finding]:
    for name in ("recorded_at", "superseded_at"):
        moment = getattr(row, name)
        if moment is not None and moment not in known:
            problem = f"its {name} {moment} is that of no batch"
            yield lost("moments", str(row.id), problem)
    if row.superseded_at is not None and row.superseded_at < row.recorded_at:
        yield lost("moments", str(row.id), "it ended before it began")


def _rules(connection: Connection) -> Iterator[Finding]:
    """Batches for a cause that there is not, and what was derived by other rules than those of its batch."""
    if connection.scalar(select(func.count()).select_from(ledger)) != 1:
        yield lost("file", "ledger", "what wrote it is not said, or twice")
    if schema_of(connection) >= 2:
        known = select(batches.c.key).where(batches.c.cause.not_in(get_args(Cause)))
        for key in connection.scalars(known):
            yield lost("moments", f"batch {key}", "nothing is recorded for such a cause")
    tables: tuple[tuple[Invariant, Table], ...] = (("states", states), ("shifts", shifts))
    for invariant, table in tables:
        same = and_(batches.c.recorded_at == table.c.recorded_at, batches.c.rules == table.c.rules)
        for name in connection.scalars(select(table.c.id).where(~exists(select(batches.c.key).where(same)))):
            yield lost(invariant, name, "it is by other rules than what was recorded with it")
