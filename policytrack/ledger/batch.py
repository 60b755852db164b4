"""What one transaction writes to the ledger."""

from __future__ import annotations

import datetime
import json
from collections.abc import Callable, Collection, Iterable, Sequence
from typing import Any
from urllib.parse import urlsplit

from sqlalchemy import Connection, Table, and_, insert, or_, select, update

from policytrack.dates import first_day
from policytrack.ledger.queries import article_key, entries_of, latest_rules, outcome, recorded_policies, standing
from policytrack.ledger.tables import articles, claims, notices, shifts, states
from policytrack.model import Article, Claim, Entry, PolicyState, Record, Shift
from policytrack.shift_changes import Outcome

ARTICLE_COLUMNS = frozenset({"id", "text", "published_at", "copy_of"})


class Batch:
    """What one transaction records, all at one `moment`, with rules of one digest."""

    def __init__(self, connection: Connection, moment: datetime.datetime, rules: str) -> None:
        self.moment = moment
        self.rules = rules
        self._connection = connection

    def rules_before(self) -> str | None:
        """The digest of the rules that the batch before was made by; None for the first batch."""
        return latest_rules(self._connection)

    def policies(self) -> list[str]:
        """The ids of all policies that have had a state or a claim, sorted."""
        return sorted(recorded_policies(self._connection))

    def knows(self, article: Article) -> bool:
        """Whether this text of this article has been recorded by now, also by another process."""
        return article_key(self._connection, article) is not None

    def is_revision(self, article: Article) -> bool:
        """Whether another text of the same article has been recorded."""
        return self._connection.scalar(select(articles.c.key).where(articles.c.id == article.id).limit(1)) is not None

    def put_article(self, article: Article, read: Iterable[Claim], skipped: str | None) -> set[str]:
        """The policies that have to be folded again, now that this article and its claims are recorded.

        The claims of an earlier version of the article stand no longer. Two claims of one id are one claim.
        """
        touched = self._supersede_article(article.id) if self.is_revision(article) else set()
        touched |= self._copied_policies(article.id)
        key = self._insert(articles, [_article_row(article, skipped)])
        found = _each_once(read)
        self._insert(claims, [_claim_row(claim, key, _payload(claim)) for claim in found])
        return touched | {claim.policy for claim in found if claim.policy}

    def entries(self, policies: Sequence[str]) -> list[Entry]:
        """The claims that stand about any of these ids of one policy, with what is needed of their articles."""
        return entries_of(self._connection, policies, self.moment)

    def put_claims(self, article: int, read: Iterable[Claim], left: Collection[str]) -> None:
        """Nothing; these are the claims of the article with this key from now on.

        Claims about the policies that are `left` stay. Nothing is recorded of a version that stands no longer.
        """
        if self._connection.scalar(select(articles.c.superseded_at).where(articles.c.key == article)) is not None:
            return
        query = standing(claims).where(claims.c.article == article)
        before = {row.payload: row for row in self._connection.execute(query) if row.policy not in left}
        now = {_payload(claim): claim for claim in _each_once(read)}
        gone = [row for payload, row in before.items() if payload not in now]
        new = [(payload, claim) for payload, claim in now.items() if payload not in before]
        if gone:
            keys = claims.c.key.in_([row.key for row in gone])
            self._connection.execute(update(claims).where(keys).values(superseded_at=self.moment))
        self._insert(claims, [_claim_row(claim, article, payload) for payload, claim in new])

    def outcome(self) -> Outcome:
        """The shifts that stand now, with what they rest on."""
        return outcome(self._connection, self.moment)

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
        self._replace(states, policy, rows, lambda row: row["payload"])

    def put_shifts(
        self, policy: str, found: Iterable[Shift], corrections: Iterable[Shift], *, announce: bool
    ) -> list[Shift]:
        """Those of the shifts that are news; these are the policy's shifts from now on.

        News is what was never recorded before and does not take the place of one that was: when the only article
        behind a shift is revised, the shift gets another id, but nothing more has happened. Nor is what was taken back
        before anybody was told of it. With `announce` each piece
        of news gets a notice in the same transaction, so that it is announced once.
        """
        shown = [*found]
        rows = [self._shift_row(policy, shift, correction=False) for shift in shown]
        rows += [self._shift_row(policy, shift, correction=True) for shift in corrections]
        new = self._news(policy, shown)
        self._replace(shifts, policy, rows, lambda row: (row["payload"], row["correction"]))
        if announce and new:
            self._connection.execute(insert(notices), [{"shift": one.id, "recorded_at": self.moment} for one in new])
        return new

    def _news(self, policy: str, found: Sequence[Shift]) -> list[Shift]:
        columns = (shifts.c.key, shifts.c.id, shifts.c.superseded_at)
        kept = {shift.id for shift in found}
        # A shift that was recorded under another name of the policy is no news either.
        ours = or_(shifts.c.policy == policy, shifts.c.id.in_(kept))
        before = self._connection.execute(select(*columns).where(ours, ~shifts.c.correction)).all()
        recorded = {row.id for row in before}
        gone = [row.key for row in before if row.superseded_at is None and row.id not in kept]
        replaced = self._directions(gone)
        news = []
        for shift in found:
            if shift.direction in replaced and shift.id not in recorded:
                replaced.remove(shift.direction)
            elif shift.id not in recorded and shift.stage != "retracted":
                news.append(shift)
        return news

    def _directions(self, keys: Sequence[int]) -> list[str]:
        """The directions of shifts that end, but for those that were taken back: what comes after these is news."""
        query = select(shifts.c.payload).where(shifts.c.key.in_(keys))
        ended = [Shift.model_validate_json(each) for each in self._connection.scalars(query)] if keys else []
        return [shift.direction for shift in ended if shift.stage != "retracted"]

    def _shift_row(self, policy: str, shift: Shift, *, correction: bool) -> dict[str, Any]:
        return {
            "id": shift.id,
            "policy": policy,
            "kind": shift.kind,
            "direction": shift.direction,
            "occurred_on": shift.occurred_on,
            "first_day": first_day(shift.occurred_on).toordinal(),
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

    def _copied_policies(self, article_id: str) -> set[str]:
        """The policies that copies of the article speak about: whose words those are is known only now."""
        query = select(claims.c.policy).join(articles, claims.c.article == articles.c.key).distinct()
        found = self._connection.scalars(
            query.where(articles.c.copy_of == article_id, claims.c.superseded_at.is_(None))
        )
        return {policy for policy in found if policy}

    def _replace(
        self, table: Table, policy: str, rows: Sequence[dict[str, Any]], content: Callable[[Any], object]
    ) -> None:
        wanted = {content(row): row for row in rows}
        before = self._connection.execute(standing(table).where(table.c.policy == policy)).all()
        kept = {content(row._mapping) for row in before}
        gone = [row.key for row in before if content(row._mapping) not in wanted]
        if gone:
            self._connection.execute(update(table).where(table.c.key.in_(gone)).values(superseded_at=self.moment))
        self._insert(table, [row for key, row in wanted.items() if key not in kept])

    def _insert(self, table: Table, rows: Sequence[dict[str, Any]]) -> int | None:
        """The key of the row, where there is one row."""
        timed = [{**row, "recorded_at": self.moment} for row in rows]
        if len(timed) == 1:
            inserted = self._connection.execute(insert(table).values(timed[0])).inserted_primary_key
            return int(inserted[0]) if inserted else None
        if timed:
            self._connection.execute(insert(table), timed)
        return None


def _article_row(article: Article, skipped: str | None) -> dict[str, Any]:
    return {
        **article.model_dump(include=set(ARTICLE_COLUMNS)),
        "text_digest": article.text_digest,
        "source": _source(article),
        "skipped": skipped,
        "payload": article.model_dump_json(exclude=set(ARTICLE_COLUMNS)),
    }


def _each_once(read: Iterable[Claim]) -> list[Claim]:
    """The claims in their order, of several of one id the first."""
    return list({claim.id: claim for claim in reversed(list(read))}.values())[::-1]


def _claim_row(claim: Claim, article: int | None, payload: str) -> dict[str, Any]:
    return {"id": claim.id, "article": article, "policy": claim.policy, "payload": payload}


def _source(article: Article) -> str:
    """Who published it; without a publisher its host; all that say neither count as one."""
    if article.publisher and article.publisher.strip():
        return article.publisher.strip().casefold()
    try:
        host = urlsplit(article.url or "").hostname or ""
    except ValueError:  # a URL that is none, as "http://[": then it says nothing
        host = ""
    return host.removeprefix("www.")


def _payload(record: Record) -> str:
    return canonical(record.model_dump(mode="json", by_alias=True))


def canonical(record: object) -> str:
    return json.dumps(record, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
