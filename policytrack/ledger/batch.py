"""What one transaction writes to the ledger."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Collection, Iterable, Sequence
from typing import Any
from urllib.parse import urlsplit

from sqlalchemy import Connection, Table, and_, insert, or_, select, update

from policytrack.dates import first_day
from policytrack.decisions import Decision
from policytrack.ledger import removal, reviews
from policytrack.ledger.queries import (
    article_key,
    canonical,
    entries_of,
    is_removed,
    latest_rules,
    outcome,
    recorded_policies,
    standing,
)
from policytrack.ledger.removal import Removal, WordsOf
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

        The claims of an earlier version of the article stand no longer; what was decided about one holds for the claim
        that says the same in the same words. Two claims of one id are one claim.
        """
        touched = self._supersede_article(article.id) if self.is_revision(article) else set()
        touched |= self._copied_policies(article.id) | reviews.moved_to(self._connection, article.id)
        key = self._insert(articles, [_article_row(article, skipped)])
        found = _each_once(read)
        self._insert(claims, [_claim_row(claim, key, _payload(claim)) for claim in found])
        touched |= reviews.carry(self._connection, article.id, found, self.moment)
        return touched | {claim.policy for claim in found if claim.policy}

    def entries(self, policies: Sequence[str]) -> list[Entry]:
        """The claims that stand about any of these ids of one policy, with what is needed of their articles."""
        return entries_of(self._connection, policies, self.moment)

    def put_claims(self, article: int, read: Iterable[Claim], left: Collection[str]) -> None:
        """Nothing; these are the claims of the article with this key from now on.

        Claims about the policies that are `left` stay, and those that a person decided about, with what was decided;
        what reads these otherwise is not recorded. Nothing is recorded of a version that stands no longer,
        or whose text was removed.
        """
        ended = self._connection.scalar(select(articles.c.superseded_at).where(articles.c.key == article))
        if ended is not None or is_removed(self._connection, article):
            return
        found = {claim.id: claim for claim in _each_once(read)}
        kept, dropped = reviews.pinned(self._connection, article, found)
        query = standing(claims).where(claims.c.article == article)
        rows = [row for row in self._connection.execute(query) if row.policy not in left and row.id not in kept]
        before = {row.payload: row for row in rows}
        now = {_payload(claim): claim for name, claim in found.items() if name not in dropped}
        gone = [row for payload, row in before.items() if payload not in now]
        new = [(payload, claim) for payload, claim in now.items() if payload not in before]
        if gone:
            keys = claims.c.key.in_([row.key for row in gone])
            self._connection.execute(update(claims).where(keys).values(superseded_at=self.moment))
        self._insert(claims, [_claim_row(claim, article, payload) for payload, claim in new])
        for article_id in {claim.article_id for _, claim in new}:
            reviews.carry(self._connection, article_id, [claim for _, claim in new], self.moment)

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

    def outcome(self, policies: Sequence[str] | None = None) -> Outcome:
        """The shifts that stand now, of some policies or all, with what they rest on."""
        return outcome(self._connection, self.moment, policies)

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
        behind a shift is revised, the shift gets another id, but nothing more has happened. With `announce` each piece
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
        columns = (shifts.c.id, shifts.c.direction, shifts.c.superseded_at)
        kept = {shift.id for shift in found}
        # A shift that was recorded under another name of the policy is no news either.
        ours = or_(shifts.c.policy == policy, shifts.c.id.in_(kept))
        before = self._connection.execute(select(*columns).where(ours, ~shifts.c.correction)).all()
        recorded = {row.id for row in before}
        replaced = [row.direction for row in before if row.superseded_at is None and row.id not in kept]
        news = []
        for shift in found:
            if shift.direction in replaced and shift.id not in recorded:
                replaced.remove(shift.direction)
            elif shift.id not in recorded:
                news.append(shift)
        return news

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
