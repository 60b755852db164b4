"""The ledger: what was read and what follows from it, each with the moments from which and until which it was known.

Nothing is ever changed or deleted: a row that no longer stands gets its `superseded_at`. What stood at a moment
`known` is `recorded_at <= known < superseded_at`, so the answer for a past moment stays the same for ever. Only the
words of an article whose text is removed on demand go from all rows: see `removal`.
"""

from __future__ import annotations

import contextlib
import datetime
import json
import threading
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Connection, Row, RowMapping, Table, and_, func, insert, or_, select

from policytrack.dates import last_day
from policytrack.decisions import Decision, effective
from policytrack.errors import LedgerError
from policytrack.ledger import changes as changing
from policytrack.ledger import copying, migrations, occasions, reviews
from policytrack.ledger.batch import ARTICLE_COLUMNS, Batch
from policytrack.ledger.changes import Cause, LedgerChanges
from policytrack.ledger.checks import findings
from policytrack.ledger.copying import Copied
from policytrack.ledger.database import MEMORY, Sender
from policytrack.ledger.finding import Finding
from policytrack.ledger.migrations import CAUSES, COPIES, DECISIONS, OUTBOX, SCHEMA_VERSION
from policytrack.ledger.occasions import Occasion
from policytrack.ledger.outbox import NOBODY, Outbox, Telling
from policytrack.ledger.places import open_database
from policytrack.ledger.queries import (
    IN_FORCE,
    articles_of,
    canonical,
    claims_by_id,
    entries_of,
    ever_stood,
    latest_rules,
    outcome,
    parts,
    printed,
    recorded_policies,
    recording,
    stances,
    standing,
    stood,
    texts_of,
)
from policytrack.ledger.removal import Removal, removals_of
from policytrack.ledger.reviews import Lapsed
from policytrack.ledger.tables import articles, batches, claims, microseconds, removals, shifts, states
from policytrack.model import Article, Claim, Entry, PolicyState, Record, Shift
from policytrack.shift_changes import Outcome
from policytrack.sides import Stance

_TABLES: dict[str, Table] = {"c": claims, "s": shifts, "p": states}
_RECORDS: dict[str, type[Record]] = {"c": Claim, "s": Shift, "p": PolicyState}


class Recorded(NamedTuple):
    """A stored record with the moments between which it stood; `superseded_at` is None while it stands."""

    record: Any
    recorded_at: datetime.datetime
    superseded_at: datetime.datetime | None


class Told(NamedTuple):
    """A claim, and the date of publication of its article."""

    published_at: str
    claim: Claim


class _Held(threading.local):
    """The connection of the snapshot that a thread reads in."""

    connection: Connection | None = None


class Ledger:
    """A ledger in an SQLite file, in memory, or in a PostgreSQL database. The first batch that is written makes it.

    Every method may raise LedgerError, which names the place and a remedy; then nothing was changed. `path` is what
    messages call the place, `file` the file that it is, where it is one.
    """

    def __init__(self, path: str | Path = MEMORY) -> None:
        self._database = open_database(str(path))
        self.path = self._database.name
        self.file = self._database.file
        self._is_there = False
        self._schema = 0
        self._held = _Held()
        self._sending: list[Sender] = []
        self.in_hand: set[int] = set()
        self.outbox = Outbox(self._outbox, self._writing)
        if self.path == MEMORY:
            with self._database.transaction(writes=True) as connection:
                migrations.bring_forward(connection)
            self._is_there = True
        else:
            self.is_there()

    def close(self) -> None:
        """Nothing; the place is let go, of a file with its log folded into it."""
        self._database.close()

    def is_there(self) -> bool:
        """Whether the ledger exists yet."""
        if not self._is_there:
            self._is_there = self._database.is_there()
        return self._is_there

    # what has been recorded

    def moments(self) -> tuple[datetime.datetime, datetime.datetime] | None:
        """The first and the latest moment at which something was recorded; None in an empty ledger."""
        with self._reading() as connection:
            # Each by itself is found at an end of the index; both in one query would read all of it.
            first, latest = (
                connection.scalar(select(function(batches.c.recorded_at))) for function in (func.min, func.max)
            )
        return None if first is None else (first, latest)

    def moments_of(
        self, policies: Sequence[str], after: datetime.datetime, until: datetime.datetime
    ) -> list[datetime.datetime]:
        """The moments after one and up to another at which these policies were recorded otherwise, in order."""
        with self._reading() as connection:
            return occasions.moments_of(connection, policies, after, until)

    def occasion(self, policies: Sequence[str], moment: datetime.datetime) -> Occasion:
        """What happened to these policies at a moment, and because of what."""
        with self._reading() as connection:
            if not self._has(connection, CAUSES):
                return Occasion(None, {}, ())
            return occasions.occasion(connection, policies, moment, folded=self._has(connection, COPIES))

    def cause_at(self, moment: datetime.datetime) -> Cause | None:
        """Why something was recorded at a moment; None where nothing was, or nobody wrote it down."""
        with self._reading() as connection:
            if not self._has(connection, CAUSES):
                return None
            return connection.scalar(select(batches.c.cause).where(batches.c.recorded_at == moment).limit(1))

    def rules(self) -> str | None:
        """The digest of the rules that the latest batch was made by."""
        with self._reading() as connection:
            return latest_rules(connection)

    def texts(self, ids: Collection[str]) -> dict[str, set[str]]:
        """The digests of all texts that have been recorded for each of these articles, by id."""
        if not self.is_there():
            return {}
        with self._reading() as connection:
            return texts_of(connection, ids)

    def policies(self) -> list[str]:
        """The ids of all policies that have had a state or a claim, sorted."""
        with self._reading() as connection:
            return sorted(recorded_policies(connection))

    def first_moments(self) -> dict[str, datetime.datetime]:
        """When each policy was first recorded, by the id that it had then."""
        found: dict[str, datetime.datetime] = {}
        with self._reading() as connection:
            for table in (states, claims):
                query = select(table.c.policy, func.min(table.c.recorded_at)).group_by(table.c.policy)
                for policy, moment in connection.execute(query.where(table.c.policy.is_not(None))).all():
                    found[policy] = min(moment, found.get(policy, moment))
        return found

    # what stood at a moment

    def latest_claims(self, known: datetime.datetime) -> dict[str, Told]:
        """Of the claims that stood at `known` the one published last, by the id under which it was recorded.

        Of several that were published on one day, the one that was recorded last. Without those that a person rejected
        or moved to another policy.
        """
        columns = (claims.c.policy, articles.c.published_at, func.max(claims.c.key).label("key"))
        query = select(*columns).join(articles, claims.c.article == articles.c.key)
        query = query.where(stood(claims, known), claims.c.policy.is_not(None))
        with self._reading() as connection:
            if self._has(connection, DECISIONS):
                query = query.where(claims.c.id.not_in(reviews.taken_away(known)))
            rows = connection.execute(query.group_by(claims.c.policy, articles.c.published_at)).all()
            rows = sorted(rows, key=lambda row: (last_day(row.published_at), row.key))
            newest = {row.policy: row for row in rows}
            keys = [row.key for row in newest.values()]
            found = connection.execute(select(claims.c.key, claims.c.payload).where(claims.c.key.in_(keys))).all()
        payloads = {row.key: row.payload for row in found}
        return {
            policy: Told(row.published_at, Claim.model_validate_json(payloads[row.key]))
            for policy, row in newest.items()
        }

    def states(
        self, known: datetime.datetime, day: datetime.date | None = None, policies: Iterable[str] | None = None
    ) -> list[PolicyState]:
        """The states that stood at `known`, by policy and time; with a day, those in force on it."""
        query = select(states.c.payload).where(stood(states, known), *_among(states, policies))
        if day is not None:
            query = query.where(*_on(day))
        with self._reading() as connection:
            rows = connection.scalars(query.order_by(states.c.policy, states.c.first_day, states.c.key)).all()
        return [PolicyState.model_validate_json(payload) for payload in rows]

    def state(self, policy: str, day: datetime.date, known: datetime.datetime) -> PolicyState | None:
        """The state of a policy that stood at `known` and is in force on a day."""
        asked = {"policy": policy, "day": day.toordinal(), "known": known}
        if self._held.connection is None and self.is_there():
            payload = self._database.first(IN_FORCE, {**asked, "known": microseconds(known)})
        else:
            with self._reading() as connection:
                payload = connection.scalar(IN_FORCE, asked)
        return None if payload is None else PolicyState.model_validate_json(payload)

    def has_states(self, known: datetime.datetime, policy: str) -> bool:
        """Whether any state of a policy stood at `known`."""
        query = select(states.c.key).where(states.c.policy == policy, stood(states, known)).limit(1)
        with self._reading() as connection:
            return connection.scalar(query) is not None

    def in_force(
        self, known: datetime.datetime, day: datetime.date, policies: Iterable[str] | None = None
    ) -> dict[str, int]:
        """The keys of the states that stood at `known` and are in force on a day, by policy: one key, one state."""
        query = select(states.c.policy, states.c.key).where(stood(states, known), *_among(states, policies), *_on(day))
        with self._reading() as connection:
            return {row.policy: row.key for row in connection.execute(query)}

    def states_by_key(self, keys: Collection[int]) -> list[PolicyState]:
        """The states of these keys."""
        with self._reading() as connection:
            rows = [
                payload
                for part in parts(keys)
                for payload in connection.scalars(select(states.c.payload).where(states.c.key.in_(part)))
            ]
        return [PolicyState.model_validate_json(payload) for payload in rows]

    def shifts(
        self,
        known: datetime.datetime,
        policies: Iterable[str] | None = None,
        kind: str | None = None,
        *,
        between: tuple[datetime.date, datetime.date] | None = None,
        corrections: bool = False,
    ) -> list[Shift]:
        """The shifts that stood at `known`, by day, policy and id; or the corrections, which are no news.

        `between` two days, both included, are those that occurred then, or announced what came into force then; of a
        file of an older schema all.
        """
        wanted = [stood(shifts, known), *_among(shifts, policies), shifts.c.correction == corrections]
        query = select(shifts.c.payload).where(*wanted, *([shifts.c.kind == kind] if kind else []))
        with self._reading() as connection:
            if between is not None and self._has(connection, DECISIONS):
                query = query.where(_bears_on(*between))
            rows = connection.scalars(query.order_by(shifts.c.first_day, shifts.c.policy, shifts.c.id)).all()
        return [Shift.model_validate_json(payload) for payload in rows]

    def claims(self, known: datetime.datetime, policies: Iterable[str] | None = None) -> list[Claim]:
        """The claims that stood at `known`, in the order in which they were recorded."""
        query = select(claims.c.payload).where(stood(claims, known), *_among(claims, policies))
        with self._reading() as connection:
            rows = connection.scalars(query.order_by(claims.c.key)).all()
        return [Claim.model_validate_json(payload) for payload in rows]

    def entries(self, known: datetime.datetime, policies: Sequence[str]) -> list[Entry]:
        """The claims that stood at `known` about any of these ids of one policy, with what folding them needs."""
        with self._reading() as connection:
            voices = None if self._has(connection, COPIES) else partial(copying.given, connection, known)
            return entries_of(connection, policies, known, decided=self._has(connection, DECISIONS), voices=voices)

    def decisions(self, known: datetime.datetime, claim_id: str | None = None) -> list[Decision]:
        """All that people had decided by `known`, about one claim or all of them, in the order of deciding."""
        with self._reading() as connection:
            return reviews.history(connection, known, claim_id) if self._has(connection, DECISIONS) else []

    def decided(self, known: datetime.datetime) -> dict[str, Decision]:
        """The decisions that stood at `known`, by the ids of their claims."""
        with self._reading() as connection:
            return reviews.decided(connection, known) if self._has(connection, DECISIONS) else {}

    def lapsed(self, known: datetime.datetime, policies: Collection[str] | None = None) -> list[Lapsed]:
        """The decisions whose claims stood no longer at `known`, with the claims that have to be asked about again."""
        with self._reading() as connection:
            return reviews.lapsed(connection, known, policies) if self._has(connection, DECISIONS) else []

    def removals(self, article_id: str | None = None) -> list[Removal]:
        """Whose text was removed, of one article or all, in order: of each version, by whom and why."""
        if not self.is_there():
            return []
        with self._reading() as connection:
            return removals_of(connection, article_id) if self._has(connection, DECISIONS) else []

    def removal_of(self, claim_id: str) -> Removal | None:
        """The removal of the text that a claim was read from."""
        article = self.article_of(claim_id)
        if article is None or article.record.text:
            return None
        with self._reading() as connection:
            version = select(articles.c.text_digest).join(claims, claims.c.article == articles.c.key)
            digest = connection.scalar(version.where(claims.c.id == claim_id))
        found = self.removals(article.record.id)
        return next((each for each in found if each.text_digest == digest), None)

    def article_ids(self, opening: str, at_most: int = 5) -> list[str]:
        """The ids of articles that open so, of any version: the shortest comes first."""
        if any("\ud800" <= char <= "\udfff" for char in opening):
            return []
        opens = and_(articles.c.id >= opening, articles.c.id < opening + "\U0010ffff")
        with self._reading() as connection:
            query = select(articles.c.id).where(opens).distinct().order_by(articles.c.id).limit(at_most)
            return list(connection.scalars(query))

    def scrub(self) -> str:
        """What keeps the bytes of removed words in the place itself, in words; empty where they are gone from it."""
        return self._database.scrub()

    def later_states(self, known: datetime.datetime, day: datetime.date, policy: str) -> list[Recorded]:
        """The states of one policy in force on a day that were recorded only after `known`, in that order."""
        query = select(states).where(
            states.c.policy == policy, *_on(day), states.c.recorded_at > known, ever_stood(states)
        )
        with self._reading() as connection:
            rows = connection.execute(query.order_by(states.c.recorded_at, states.c.key)).all()
        return [_recorded(row, PolicyState) for row in rows]

    # by id

    def ids(self, prefix: str, at_most: int = 5) -> list[str]:
        """The ids of claims ("c-"), shifts ("s-") or states ("p-") that open with the prefix, sorted."""
        letter, dash, figures = prefix.partition("-")
        table = _TABLES.get(letter) if dash else None
        if table is None or len(figures) > 32 or set(figures) - set("0123456789abcdef"):
            return []
        low, high = (f"{letter}-{figures.ljust(32, fill)}" for fill in "0f")
        query = select(table.c.id).where(table.c.id.between(low, high)).distinct()
        with self._reading() as connection:
            return list(connection.scalars(query.order_by(table.c.id).limit(at_most)))

    def short(self, record_id: str) -> str:
        """The shortest opening of a full id that no other record of its kind shares, with six figures at least."""
        table = _TABLES[record_id[0]]
        above = select(table.c.id).where(table.c.id > record_id).order_by(table.c.id).limit(1)
        below = select(table.c.id).where(table.c.id < record_id).order_by(table.c.id.desc()).limit(1)
        with self._reading() as connection:
            after, before = connection.scalar(above), connection.scalar(below)
        shared = max(_shared(record_id, other) for other in (after, before, record_id[:7]) if other)
        return record_id[: shared + 1]

    def record(self, record_id: str, known: datetime.datetime | None = None) -> Recorded | None:
        """The claim, shift or state of a full id as it stood at `known`; without `known`, as it stood last."""
        table = _TABLES[record_id[0]]
        wanted = [table.c.id == record_id, ever_stood(table)]
        if known is not None:
            wanted.append(stood(table, known))
        # A row that still stands comes before any that does not.
        newest = (table.c.superseded_at.is_(None).desc(), table.c.recorded_at.desc(), table.c.key.desc())
        with self._reading() as connection:
            row = connection.execute(select(*recording(table)).where(*wanted).order_by(*newest)).first()
        return None if row is None else _recorded(row, _RECORDS[record_id[0]])

    def article_of(self, claim_id: str) -> Recorded | None:
        """The version of the article that a claim was read from."""
        query = select(articles).join(claims, claims.c.article == articles.c.key).where(claims.c.id == claim_id)
        with self._reading() as connection:
            row = connection.execute(query).first()
        return None if row is None else Recorded(_article(row._mapping), row.recorded_at, row.superseded_at)

    def versions(self, article_id: str, known: datetime.datetime) -> list[Recorded]:
        """The versions of an article that had been recorded by `known`, in their order."""
        query = select(articles).where(articles.c.id == article_id, articles.c.recorded_at <= known)
        with self._reading() as connection:
            rows = connection.execute(query.order_by(articles.c.key)).all()
        return [Recorded(_article(row._mapping), row.recorded_at, row.superseded_at) for row in rows]

    def claims_of(self, article_id: str, known: datetime.datetime) -> list[Claim]:
        """The claims of an article that stood at `known`, in the order of its text."""
        query = select(claims.c.payload).join(articles, claims.c.article == articles.c.key)
        with self._reading() as connection:
            payloads = connection.scalars(query.where(articles.c.id == article_id, stood(claims, known))).all()
        return sorted(map(Claim.model_validate_json, payloads), key=lambda claim: (claim.evidence.start, claim.id))

    def copied(self, article_id: str, known: datetime.datetime) -> Copied | None:
        """For which article this one spoke at `known`; None where it spoke for itself."""
        with self._reading() as connection:
            if not self._has(connection, COPIES):
                return next(iter(copying.copied_as_given(connection, known, [article_id])), None)
            return next(iter(copying.copied(connection, known, [article_id])), None)

    def copies_of(self, article_id: str, known: datetime.datetime) -> list[Copied]:
        """The articles that spoke for this one at `known`, by id; of an older file that keeps none, none."""
        with self._reading() as connection:
            return copying.copies_of(connection, known, article_id) if self._has(connection, COPIES) else []

    def articles(self, opening: str, known: datetime.datetime, at_most: int = 5) -> list[Article]:
        """The articles whose ids open so, in the version that stood at `known`, by id: the shortest comes first."""
        if any("\ud800" <= char <= "\udfff" for char in opening):  # the database takes no such text, and holds none
            return []
        opens = and_(articles.c.id >= opening, articles.c.id < opening + "\U0010ffff")
        query = select(articles).where(stood(articles, known), opens)
        with self._reading() as connection:
            rows = connection.execute(query.order_by(articles.c.id).limit(at_most)).all()
        return [_article(row._mapping) for row in rows]

    def outcome(self, known: datetime.datetime) -> Outcome:
        """The shifts that stood at `known`, with what they rest on."""
        with self._reading() as connection:
            return outcome(connection, known, partial(self.articles_of, known), partial(self.claims_by_id, known))

    def articles_of(self, known: datetime.datetime, ids: Collection[str]) -> dict[str, str]:
        """The articles of those of the claims that stood at `known`, by the ids of the claims."""
        with self._reading() as connection:
            return articles_of(connection, known, ids)

    def claims_by_id(self, known: datetime.datetime, ids: Collection[str]) -> dict[str, Claim]:
        """Those of the claims that stood at `known`, by their ids."""
        with self._reading() as connection:
            return claims_by_id(connection, known, ids)

    def claims_as_left(self, known: datetime.datetime, ids: Collection[str]) -> dict[str, Claim]:
        """Those of the claims that stood at `known`, by their ids, as people left them; none that was rejected."""
        with self._reading() as connection:
            over = reviews.decided(connection, known) if self._has(connection, DECISIONS) else {}
            found = claims_by_id(connection, known, ids).values()
        left = ((claim.id, effective(claim, over.get(claim.id))) for claim in found)
        return {name: claim for name, claim in left if claim is not None}

    def stances(self, known: datetime.datetime, ids: Collection[str]) -> dict[str, Stance]:
        """On which side those of the claims stand that stood at `known`, by their ids, as people left them."""
        with self._reading() as connection:
            over = reviews.decided(connection, known) if self._has(connection, DECISIONS) else {}
            decided = claims_by_id(connection, known, over.keys() & ids)
            found = stances(connection, known, ids)
        left = (effective(claim, over[claim.id]) for claim in decided.values())
        corrected = {each.id: Stance(each.id, each.status, each.factive, each.direction) for each in left if each}
        return {name: stance for name, stance in found.items() if name not in over} | corrected

    def pages(self, at_most: int) -> Iterator[list[tuple[int, Article]]]:
        """The articles that stand and have their text, in their newest version, by their keys.

        So many at once, and none is held longer.
        """
        after = 0
        while found := self._texts(after, at_most):
            yield found
            after = found[-1][0]

    def _texts(self, after: int, at_most: int) -> list[tuple[int, Article]]:
        query = standing(articles).where(articles.c.key > after).order_by(articles.c.key).limit(at_most)
        with self._reading() as connection:
            if self._has(connection, DECISIONS):
                query = query.where(articles.c.key.not_in(select(removals.c.article)))
            return [(row.key, _article(row._mapping)) for row in connection.execute(query).all()]

    # what was recorded since

    def changes(self, since: int = 0, at_most: int = 100) -> LedgerChanges:
        """What was recorded after a cursor, by `at_most` batches: see LedgerChanges."""
        with self._reading() as connection:
            if not self._has(connection, CAUSES):
                lacks = "which does not say why a batch was recorded"
                remedy = "`policytrack ledger rerun` or the next `ingest` brings it forward"
                raise LedgerError(f"{self.path} is of schema {self._schema}, {lacks}: {remedy}.")
            return changing.changes(connection, since, at_most, decided=self._has(connection, DECISIONS))

    # examining

    def findings(self, progress: Callable[[int], object] = lambda _: None) -> list[Finding]:
        """What does not hold of its rows, whatever the rules are. `progress` is called with the number looked at."""
        with self._reading() as connection:
            decided, folded, told = (self._has(connection, since) for since in (DECISIONS, COPIES, OUTBOX))
            return list(findings(connection, progress, decided=decided, folded=folded, told=told))

    # alerts

    @contextmanager
    def sending(self, seconds: float, who: Sender) -> Iterator[bool]:
        """A block in which nobody else of a kind sends alerts, in any process; False where another does for longer.

        What is called in it may send others.
        """
        alone = contextlib.nullcontext(True) if who in self._sending else self._database.sending(seconds, who)
        with self._database.errors(), alone as taken:
            self._sending.append(who)
            try:
                yield taken
            finally:
                self._sending.remove(who)

    # writing

    @contextmanager
    def batch(
        self,
        moment: Callable[[datetime.datetime | None], datetime.datetime],
        rules: str,
        cause: Cause = "articles",
        telling: Telling = NOBODY,
    ) -> Iterator[Batch]:
        """A transaction that records everything done with it at one moment, or nothing of it.

        `moment` is given the ledger's latest moment (None: empty) and gives the one to record at, which is no earlier.
        `telling` says who may be told of what is new.
        """
        self.is_there()  # refuses a file that is not ours before anything is written to it
        with self._writing() as connection:
            latest = connection.scalar(select(func.max(batches.c.recorded_at)))
            batch = Batch(connection, self._next(moment, latest), rules, telling)
            if latest is not None and batch.moment < latest:
                raise LedgerError(f"{self.path}: {batch.moment} is before {latest}, when it was last written to.")
            yield batch
            connection.execute(insert(batches).values(recorded_at=batch.moment, rules=rules, cause=cause))
        self._is_there = True

    def _next(
        self, moment: Callable[[datetime.datetime | None], datetime.datetime], latest: datetime.datetime | None
    ) -> datetime.datetime:
        try:
            return moment(latest)
        except OverflowError as error:
            reason = f"was last written to at {latest}, and no moment comes after that"
            raise LedgerError(f"{self.path} {reason}: a clock was wrong. Restore it from an earlier copy.") from error

    # as text

    def export_canonical(self) -> Iterator[str]:
        """Everything that stands now as lines of JSON, the same bytes in whatever order the articles were read.

        Left out is what depends on that order: shift ids, recorded moments, superseded rows, corrections. What people
        decided and stands is among it, without the moment.
        """
        with self._reading() as connection:
            for row in connection.execute(standing(articles).order_by(articles.c.id)).yield_per(100):
                yield _line("article", _article(row._mapping).model_dump(mode="json"))
            for payload in connection.scalars(standing(claims, "payload").order_by(claims.c.id)).yield_per(1000):
                yield _line("claim", printed(payload))
            known = connection.scalar(select(func.max(batches.c.recorded_at)))
            if known is not None and self._has(connection, DECISIONS):
                found = reviews.decided(connection, known)
                yield from sorted(_decision_line(each) for each in found.values())
            for payload in sorted(connection.scalars(standing(states, "payload"))):
                yield _line("state", json.loads(payload))
            query = standing(shifts, "payload").where(~shifts.c.correction)
            told = [json.loads(payload) for payload in connection.scalars(query)]
            yield from sorted(_line("shift", {**shift, "id": None}) for shift in told)

    def _has(self, connection: Connection, since: int) -> bool:
        """Whether the file has what came with a schema; not so for an older one that nothing was written to since."""
        if self._schema < SCHEMA_VERSION:
            self._schema = migrations.schema_of(connection)
        return self._schema >= since

    @contextmanager
    def snapshot(self) -> Iterator[None]:
        """A block in which a thread is answered from what was committed when it began; nothing is written in it."""
        if self._held.connection is not None or not self.is_there():
            yield
            return
        with self._database.transaction() as connection:
            self._held.connection = connection
            try:
                yield
            finally:
                self._held.connection = None

    @contextmanager
    def _writing(self) -> Iterator[Connection]:
        with self._database.transaction(writes=True) as connection:
            migrations.bring_forward(connection)
            yield connection

    @contextmanager
    def _outbox(self) -> Iterator[Connection | None]:
        """A transaction that reads the outbox; None where there is none yet."""
        if not self.is_there():
            yield None
            return
        with self._reading() as connection:
            yield connection if self._has(connection, OUTBOX) else None

    @contextmanager
    def _reading(self) -> Iterator[Connection]:
        if self._held.connection is not None:
            with self._database.errors():
                yield self._held.connection
            return
        if not self.is_there():
            raise LedgerError(f"{self.path}: there is no ledger. Ingest articles first, or name the file of another.")
        with self._database.transaction() as connection:
            yield connection


def _among(table: Table, policies: Iterable[str] | None) -> list[ColumnElement[bool]]:
    return [] if policies is None else [table.c.policy.in_(list(policies))]


def _on(day: datetime.date) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    """In force on a day."""
    number = day.toordinal()
    return states.c.first_day <= number, or_(states.c.end_day.is_(None), states.c.end_day > number)


def _bears_on(since: datetime.date, until: datetime.date) -> ColumnElement[bool]:
    days = since.toordinal(), until.toordinal()
    return or_(shifts.c.first_day.between(*days), shifts.c.holds_from.between(*days))


def _recorded(row: Row[Any], kind: type[Record]) -> Recorded:
    return Recorded(kind.model_validate_json(row.payload), row.recorded_at, row.superseded_at)


def _article(row: RowMapping) -> Article:
    return Article.model_validate({**json.loads(row["payload"]), **{key: row[key] for key in ARTICLE_COLUMNS}})


def _decision_line(decision: Decision) -> str:
    told = decision.model_dump(mode="json", by_alias=True)
    return canonical({"decision": {key: told[key] for key in ("claim", "decision", "set", "by", "why")}})


def _line(kind: str, record: Mapping[str, Any]) -> str:
    shown = {key: value for key, value in record.items() if kind != "shift" or key != "id"}
    return canonical({kind: shown})


def _shared(one: str, other: str) -> int:
    """How many characters two ids open with alike, up to one less than the shorter."""
    pairs = zip(one, other, strict=False)
    return next((index for index, (a, b) in enumerate(pairs) if a != b), min(len(one), len(other)))
