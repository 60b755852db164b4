"""What one transaction writes to the ledger."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from functools import cache, cached_property, partial
from typing import Any, NamedTuple
from urllib.parse import urlsplit

import orjson
from sqlalchemy import Connection, Row, Select, Table, Update, and_, bindparam, func, insert, select, update

from policytrack.dates import first_day
from policytrack.decisions import Decision
from policytrack.ledger import copying, removal, reviews
from policytrack.ledger.copying import Version
from policytrack.ledger.outbox import NOBODY, Telling, put_news
from policytrack.ledger.queries import (
    AT_ONCE,
    articles_of,
    claims_by_id,
    entries_of,
    latest_rules,
    originals_among,
    outcome,
    recorded_policies,
    standing,
    texts_of,
)
from policytrack.ledger.removal import Removal, WordsOf
from policytrack.ledger.tables import articles, claims, decisions, removals, shifts, states
from policytrack.model import Article, Claim, Entry, PolicyState, Record, Shift
from policytrack.moments import TICK
from policytrack.news import News, news_of
from policytrack.shift_changes import Outcome

ARTICLE_COLUMNS = frozenset({"id", "text", "published_at", "copy_of"})
_RECORDING = frozenset({"key", "rules", "recorded_at", "superseded_at"})


class Payload(NamedTuple):
    """A claim as it is recorded."""

    id: str
    policy: str | None
    payload: str

    @property
    def claim(self) -> Claim:
        return Claim.model_validate_json(self.payload)


class Counted(NamedTuple):
    """How many claims there are that were not there before, and how many there were that are not now."""

    added: int
    gone: int


class PutShifts(NamedTuple):
    """The shifts that are new in the world, those that stand no longer, and those that did not yet; no corrections.

    One that is told otherwise is both gone and new.
    """

    news: list[Shift]
    gone: list[Shift]
    new: list[Shift]


class _Replaced(NamedTuple):
    """The rows that stand no longer, and those that did not yet."""

    gone: list[Row[Any]]
    new: list[dict[str, Any]]


class Batch:
    """What one transaction records, all at one `moment`, with rules of one digest.

    `copies` is how many more articles speak for another than before.
    """

    def __init__(
        self, connection: Connection, moment: datetime.datetime, rules: str, telling: Telling = NOBODY
    ) -> None:
        self.moment = moment
        self.rules = rules
        self.copies = 0
        self._connection = connection
        self._telling = telling

    def rules_before(self) -> str | None:
        """The digest of the rules that the batch before was made by; None for the first batch."""
        return latest_rules(self._connection)

    def policies(self) -> list[str]:
        """The ids of all policies that have had a state or a claim, sorted."""
        return sorted(recorded_policies(self._connection))

    def texts(self, ids: Collection[str]) -> dict[str, set[str]]:
        """The digests of all texts that have been recorded by now for each of these articles, by id."""
        return texts_of(self._connection, ids)

    def originals(self, ids: Collection[str]) -> set[str]:
        """Those of the articles of which another one says that it is a copy."""
        return originals_among(self._connection, ids)

    def put_unread(self, unread: Sequence[tuple[Article, str]]) -> None:
        """Nothing; the articles are recorded, each with why it was not read.

        Each is new, is no copy, and nobody says that he copies it: else it has to be put by itself.
        """
        self._insert(articles, [_article_row(article, reason) for article, reason in unread])

    def is_revision(self, article: Article) -> bool:
        """Whether another text of the same article has been recorded."""
        return self._connection.scalar(select(articles.c.key).where(articles.c.id == article.id).limit(1)) is not None

    def put_article(self, article: Article, read: Iterable[Claim], skipped: str | None) -> set[str]:
        """The policies that have to be folded again, now that this article and its claims are recorded.

        The claims of an earlier version of the article stand no longer; what was decided about one holds for the claim
        that says the same in the same words. Two claims of one id are one claim.
        """
        revised = self.is_revision(article)
        touched = self._supersede_article(article.id) if revised else set()
        key = self._insert(articles, [_article_row(article, skipped)])
        found = _each_once(read)
        self._insert(claims, [{"article": key, **payload_of(claim)._asdict()} for claim in found])
        if self._has_decisions:
            touched |= reviews.moved_to(self._connection, article.id)
            touched |= reviews.carry(self._connection, article.id, found, self.moment)
        assert key is not None, "one row has one key"
        version = Version(key, article.id, article.text, article.published_at)
        settled = not (revised or article.copy_of)
        folded = copying.put(self._connection, version, self.moment, claims=bool(found), settled=settled)
        self.copies += folded.more
        return touched | folded.policies | {claim.policy for claim in found if claim.policy}

    def entries(self, policies: Sequence[str]) -> list[Entry]:
        """The claims that stand about any of these ids of one policy, with what is needed of their articles."""
        return entries_of(self._connection, policies, self.moment, decided=self._has_decisions)

    def put_claims(self, read: Mapping[int, Sequence[Payload]], left: Collection[str]) -> Counted:
        """How many claims are new and how many gone, now that these are the claims of the articles with these keys.

        Claims about the policies that are `left` stay, and those that a person decided about, with what was decided;
        what reads these otherwise is not recorded. Nothing is recorded of a version that stands no longer,
        or whose text was removed.
        """
        query = standing(claims).where(claims.c.article.in_(read)).order_by(claims.c.key)
        before: dict[int, list[Row[Any]]] = {}
        for row in self._connection.execute(query):
            before.setdefault(row.article, []).append(row)
        gone: list[Row[Any]] = []
        new: list[tuple[int, Payload]] = []
        with_text = articles.c.key.in_(read) & articles.c.key.not_in(select(removals.c.article))
        for key in self._connection.scalars(standing(articles, "key").where(with_text)).all():
            found = {each.id: each for each in reversed(read[key])}
            kept, dropped = self._pinned(key, found)
            rows = [row for row in before.get(key, ()) if row.policy not in left and row.id not in kept]
            stood = {row.payload for row in rows}
            wanted = [each for name, each in reversed(found.items()) if name not in dropped]
            stands = {each.payload for each in wanted}
            gone += [row for row in rows if row.payload not in stands]
            new += [(key, each) for each in wanted if each.payload not in stood]
        self._supersede(claims, [row.key for row in gone])
        self._insert(claims, [{"article": key, **each._asdict()} for key, each in new])
        self._carry(each for _, each in new)
        copying.compare_left(self._connection, [*read], self.moment)
        ids = [{row.id for row in gone}, {each.id for _, each in new}]
        return Counted(len(ids[1] - ids[0]), len(ids[0] - ids[1]))

    def _pinned(self, article: int, found: Mapping[str, Payload]) -> tuple[set[str], set[str]]:
        """See `reviews.pinned`."""
        if not self._has_decisions:
            return set(), set()
        return reviews.pinned(self._connection, article, {name: each.claim for name, each in found.items()})

    def _carry(self, read: Iterable[Payload]) -> None:
        by_article: dict[str, list[Claim]] = {}
        for claim in (each.claim for each in (read if self._has_decisions else ())):
            by_article.setdefault(claim.article_id, []).append(claim)
        for article_id, found in by_article.items():
            reviews.carry(self._connection, article_id, found, self.moment)

    @cached_property
    def _has_decisions(self) -> bool:
        return self._connection.scalar(select(decisions.c.key).limit(1)) is not None

    def claim(self, claim_id: str) -> Claim | None:
        """The claim of a full id, as it was read, where it stands."""
        payload = self._connection.scalar(standing(claims, "payload").where(claims.c.id == claim_id))
        return None if payload is None else Claim.model_validate_json(payload)

    def ended_at(self, claim_id: str) -> datetime.datetime | None:
        """When the claim of a full id stopped to stand."""
        ended = self._connection.scalars(select(claims.c.superseded_at).where(claims.c.id == claim_id))
        return max((moment for moment in ended if moment), default=None)

    def decisions(self, claim_id: str) -> list[Decision]:
        """All that was decided about a claim, in order."""
        return reviews.history(self._connection, self.moment, claim_id)

    def decision(self, claim_id: str) -> Decision | None:
        """What was decided about a claim and stands."""
        return reviews.standing_decision(self._connection, claim_id)

    def put_decision(self, decision: Decision) -> None:
        """Nothing; the decision stands on its claim instead of any other; after an undoing none does."""
        reviews.put(self._connection, decision)

    def remove_text(self, article_id: str, by: str, why: str, words_of: WordsOf) -> tuple[list[Removal], set[str]]:
        """What was removed of an article, in all its versions, and the policies that have to be folded again.

        `words_of` gives what stands for the words of a scope from now on.
        """
        return removal.remove(self._connection, article_id, by, why, self.moment, words_of)

    def outcome(self, policies: Sequence[str]) -> Outcome:
        """The shifts of some policies that stand now, with what they rest on."""
        return self._outcome(self.moment, policies)

    def outcome_before(self, policies: Sequence[str]) -> Outcome:
        """The shifts of some policies that stood before this batch, with what they rested on."""
        return self._outcome(self.moment - TICK, policies)

    def became(self, gone: Sequence[Shift], new: Sequence[Shift]) -> tuple[Outcome, Outcome]:
        """Shifts that stood before this batch, and shifts that stand now, each with what they rest on."""
        before = Outcome(gone, (), *self._rested_on(self.moment - TICK))
        return before, Outcome(new, (), *self._rested_on(self.moment))

    def _outcome(self, known: datetime.datetime, policies: Sequence[str]) -> Outcome:
        return outcome(self._connection, known, *self._rested_on(known), policies)

    def _rested_on(
        self, known: datetime.datetime
    ) -> tuple[Callable[[Collection[str]], dict[str, str]], Callable[[Collection[str]], dict[str, Claim]]]:
        return partial(articles_of, self._connection, known), partial(claims_by_id, self._connection, known)

    def count_shifts(self, policies: Collection[str]) -> int:
        """How many shifts of some policies stand now."""
        ours = and_(shifts.c.superseded_at.is_(None), ~shifts.c.correction, shifts.c.policy.in_(policies))
        return self._connection.scalar(select(func.count()).select_from(shifts).where(ours)) or 0

    def put_states(self, policy: str, found: Iterable[PolicyState]) -> None:
        """Nothing; these are the states of the policy from now on, and what they are not stands no longer."""
        rows = [
            {
                "id": state.id,
                "policy": policy,
                "status": state.status,
                "valid_from": state.valid_from,
                "valid_to": state.valid_to,
                "first_day": first_day(state.valid_from).toordinal(),
                "end_day": first_day(state.valid_to).toordinal() if state.valid_to else None,
                "payload": _payload(state),
                "rules": self.rules,
            }
            for state in found
        ]
        self._put(states, self._compared(states, policy, rows))

    def put_shifts(self, names: Sequence[str], found: Iterable[Shift], corrections: Iterable[Shift]) -> PutShifts:
        """What becomes of a policy's shifts, now that it has these, recorded under the first of its names.

        A shift that was never recorded before is new, unless it takes the place of one that was: when the only article
        behind a shift is revised, the shift gets another id, but nothing more has happened. Nor is what was taken back
        before anybody was told of it. What is new of each is recorded in the same transaction.
        """
        ours = [*found]
        rows = [self._shift_row(names[0], shift, correction=False) for shift in ours]
        past = [*corrections]
        rows += [self._shift_row(names[0], shift, correction=True) for shift in past]
        replaced = [self._compared(shifts, name, rows if name == names[0] else []) for name in names]
        for each in replaced:
            self._put(shifts, each)
        self._tell(replaced, past, ours, correction=True)
        return self._tell(replaced, ours, past, correction=False)

    def _tell(
        self, replaced: Sequence[_Replaced], found: Sequence[Shift], others: Sequence[Shift], *, correction: bool
    ) -> PutShifts:
        """What becomes of a policy's shifts, or of those that are mere corrections; it is recorded as news.

        A correction that is one of the `others` now is not gone: it is told as that.
        """
        ids = {row["id"] for each in replaced for row in each.new if row["correction"] is correction}
        new = [shift for shift in found if shift.id in ids]
        rows = [row for each in replaced for row in each.gone if bool(row.correction) is correction]
        moved = {shift.id for shift in others}
        gone = [Shift.model_validate_json(row.payload) for row in rows if not (correction and row.id in moved)]
        if not (gone or new):
            return PutShifts([], [], [])
        asked = {"ids": sorted(ids), "moment": self.moment, "correction": correction}
        recorded = {*self._connection.scalars(_RECORDED, asked)} if ids else set()
        told = [_corrected(each) if each.shift.id in moved else each for each in news_of(gone, new, recorded)]
        put_news(self._connection, told, self._telling, self.moment, correction=correction)
        return PutShifts([each.shift for each in told if each.what == "new"], gone, new)

    def _shift_row(self, policy: str, shift: Shift, *, correction: bool) -> dict[str, Any]:
        return {
            "id": shift.id,
            "policy": policy,
            "kind": shift.kind,
            "direction": shift.direction,
            "occurred_on": shift.occurred_on,
            "first_day": first_day(shift.occurred_on).toordinal(),
            "holds_from": first_day(shift.holds_from).toordinal() if shift.holds_from else None,
            "correction": correction,
            "payload": _payload(shift),
            "rules": self.rules,
        }

    def _supersede_article(self, article_id: str) -> set[str]:
        """The policies that an earlier version of the article spoke about; its claims stand no longer."""
        old = select(articles.c.key).where(articles.c.id == article_id, articles.c.superseded_at.is_(None))
        its_claims = and_(claims.c.article.in_(old), claims.c.superseded_at.is_(None))
        touched = set(self._connection.scalars(select(claims.c.policy).where(its_claims).distinct()))
        self._connection.execute(update(claims).where(its_claims).values(superseded_at=self.moment))
        self._connection.execute(
            update(articles)
            .where(articles.c.id == article_id, articles.c.superseded_at.is_(None))
            .values(superseded_at=self.moment)
        )
        return {policy for policy in touched if policy}

    def _compared(self, table: Table, policy: str, rows: Sequence[dict[str, Any]]) -> _Replaced:
        """What has to be written so that these rows of a policy stand, once each, and no others.

        What differs in nothing but its rules stays.
        """
        names = _said(table)
        wanted = {tuple([row[name] for name in names]): row for row in rows}
        before = self._connection.execute(_standing_of(table), {"policy": policy}).all()
        gone = [row for row in before if wanted.pop(row[: len(names)], None) is None]
        return _Replaced(gone, [*wanted.values()])

    def _put(self, table: Table, replaced: _Replaced) -> None:
        """Nothing; it is written."""
        self._supersede(table, [row.key for row in replaced.gone])
        self._insert(table, replaced.new)

    def _supersede(self, table: Table, keys: Sequence[int]) -> None:
        """Nothing; the rows stand no longer."""
        for first in range(0, len(keys), AT_ONCE):
            part = keys[first : first + AT_ONCE]
            self._connection.execute(_superseding(table), {"keys": part, "ended": self.moment})

    def _insert(self, table: Table, rows: Sequence[dict[str, Any]]) -> int | None:
        """The key of the row, where there is one row."""
        timed = [{**row, "recorded_at": self.moment} for row in rows]
        if len(timed) == 1:
            inserted = self._connection.execute(insert(table), timed[0]).inserted_primary_key
            return int(inserted[0]) if inserted else None
        if timed:
            self._connection.execute(insert(table), timed)
        return None


def _corrected(told: News) -> News:
    """A shift that is none but a correction of the past now is told otherwise, not taken back."""
    return told._replace(what="corrected") if told.what == "retracted" else told


# To build a query anew takes longer than to run it, so those that are asked for each policy are built once.

_RECORDED = select(shifts.c.id).where(
    shifts.c.id.in_(bindparam("ids", expanding=True)),
    shifts.c.recorded_at < bindparam("moment"),
    shifts.c.correction == bindparam("correction"),
)
"""Those that stood before: as shifts, or as what is none."""


@cache
def _said(table: Table) -> tuple[str, ...]:
    """The columns that hold what a row says, without who recorded it and when."""
    return tuple(column.name for column in table.c if column.name not in _RECORDING)


@cache
def _standing_of(table: Table) -> Select[Any]:
    """The rows of a policy that stand: first what they say, then their keys."""
    columns = [table.c[name] for name in (*_said(table), "key")]
    return select(*columns).where(table.c.superseded_at.is_(None), table.c.policy == bindparam("policy"))


@cache
def _superseding(table: Table) -> Update:
    among = table.c.key.in_(bindparam("keys", expanding=True))
    return update(table).where(among).values(superseded_at=bindparam("ended"))


def _article_row(article: Article, skipped: str | None) -> dict[str, Any]:
    return {
        **{name: getattr(article, name) for name in ARTICLE_COLUMNS},
        "text_digest": article.text_digest,
        "source": source_of(article),
        "skipped": skipped,
        "payload": article.model_dump_json(exclude=set(ARTICLE_COLUMNS)),
    }


def _each_once(read: Iterable[Claim]) -> list[Claim]:
    """The claims in their order, of several of one id the first."""
    return list({claim.id: claim for claim in reversed(list(read))}.values())[::-1]


def source_of(article: Article) -> str:
    """Who published it; without a publisher its host; all that say neither count as one."""
    if article.publisher and article.publisher.strip():
        return article.publisher.strip().casefold()
    try:
        host = urlsplit(article.url or "").hostname or ""
    except ValueError:  # a URL that is none, as "http://[": then it says nothing
        host = ""
    return host.removeprefix("www.")


def payload_of(claim: Claim) -> Payload:
    """A claim as it is recorded."""
    return Payload(claim.id, claim.policy, _payload(claim))


def _payload(record: Record) -> str:
    # The same bytes as `canonical` makes, sooner; a record holds no number that JSON's own kinds do not.
    return orjson.dumps(record.model_dump(mode="json", by_alias=True), option=orjson.OPT_SORT_KEYS).decode()
