"""What people decided about claims, as the ledger keeps it: which decision stands, and what ended it."""

from __future__ import annotations

import datetime
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from sqlalchemy import Connection, Row, Select, and_, exists, insert, or_, select, update

from policytrack.decisions import Decision, carried, decision_on, other_readings, unlike
from policytrack.ledger.queries import canonical, standing, stood
from policytrack.ledger.tables import articles, claims, decisions
from policytrack.model import Claim


class Lapsed(NamedTuple):
    """A decision whose claim stands no longer, and the claims of the new text that it may be about."""

    decision: Decision
    claims: tuple[Claim, ...]


def decision_of(row: Row[Any]) -> Decision:
    """The decision of a row, with the moment at which it ended."""
    found = Decision.model_validate_json(row.payload)
    return found.model_copy(update={"ended_at": row.superseded_at}) if row.superseded_at else found


def standing_decision(connection: Connection, claim_id: str) -> Decision | None:
    """The decision that stands on a claim."""
    query = standing(decisions).where(decisions.c.claim == claim_id, decisions.c.decision != "undo")
    row = connection.execute(query.order_by(decisions.c.key.desc())).first()
    return decision_of(row) if row else None


def history(connection: Connection, known: datetime.datetime, claim_id: str | None = None) -> list[Decision]:
    """All that was decided by `known`, about one claim or all of them, in order; later endings are not told."""
    query = select(decisions).where(decisions.c.recorded_at <= known)
    if claim_id is not None:
        query = query.where(decisions.c.claim == claim_id)
    found = [decision_of(row) for row in connection.execute(query.order_by(decisions.c.key))]
    return [
        each.model_copy(update={"ended_at": None}) if each.ended_at and each.ended_at > known else each
        for each in found
    ]


def decided(connection: Connection, known: datetime.datetime) -> dict[str, Decision]:
    """The decisions that stood at `known`, by the ids of their claims."""
    query = select(decisions).where(stood(decisions, known), decisions.c.decision != "undo")
    return {row.claim: decision_of(row) for row in connection.execute(query.order_by(decisions.c.key))}


def lapsed(connection: Connection, known: datetime.datetime, policies: Collection[str] | None = None) -> list[Lapsed]:
    """The decisions that stood at `known` though their claims did not, and what the new text says of their policies.

    A claim that reads as one of the earlier version did, about which nothing was decided, is not among them.
    """
    there = exists(select(claims.c.key).where(claims.c.id == decisions.c.claim, stood(claims, known)))
    query = select(decisions).where(stood(decisions, known), decisions.c.decision != "undo", ~there)
    found = []
    for row in connection.execute(query.order_by(decisions.c.key)).all():
        decision = decision_of(row)
        if policies is None or decision.policies & set(policies):
            found.append(Lapsed(decision, tuple(_asked_again(connection, decision, known))))
    return [each for each in found if each.claims]


def _asked_again(connection: Connection, decision: Decision, known: datetime.datetime) -> list[Claim]:
    now = select(claims.c.payload).join(articles, claims.c.article == articles.c.key)
    now = now.where(articles.c.id == decision.article_id, stood(claims, known), claims.c.policy.in_(decision.policies))
    # Beside it stood what was there when it was decided, or was read later; what a rerun had replaced before did not.
    version = select(claims.c.article).where(claims.c.id == decision.claim)
    then = select(claims.c.payload).where(claims.c.article.in_(version), claims.c.id != decision.claim)
    then = then.where(or_(claims.c.superseded_at.is_(None), claims.c.superseded_at > decision.recorded_at))
    found, before = (
        [Claim.model_validate_json(payload) for payload in connection.scalars(query)]
        for query in (now.order_by(claims.c.key), then)
    )
    known_decided = _decided_among(connection, [claim.id for claim in found], known)
    return unlike((claim for claim in found if claim.id not in known_decided), before)


def _decided_among(connection: Connection, ids: Sequence[str], known: datetime.datetime) -> set[str]:
    query = select(decisions.c.claim).where(stood(decisions, known), decisions.c.decision != "undo")
    return set(connection.scalars(query.where(decisions.c.claim.in_(ids)))) if ids else set()


def taken_away(known: datetime.datetime) -> Select[Any]:
    """The ids of the claims that stood rejected at `known`, or moved to another policy than they were read about."""
    away = or_(decisions.c.decision == "reject", decisions.c.to_policy.is_not(None))
    return select(decisions.c.claim).where(stood(decisions, known), away)


# --- writing


def put(connection: Connection, decision: Decision) -> None:
    """Nothing; the decision stands, and what stood on its claim does no longer; after an undoing nothing does."""
    end(connection, decision.claim, decision.recorded_at)
    connection.execute(
        insert(decisions).values(
            id=decision.id,
            claim=decision.claim,
            article=decision.article_id,
            policy=decision.policy,
            to_policy=decision.to_policy,
            decision=decision.decision,
            payload=canonical(decision.model_dump(mode="json", by_alias=True)),
            recorded_at=decision.recorded_at,
        )
    )


def end(connection: Connection, claim_id: str, moment: datetime.datetime) -> None:
    """Nothing; no decision stands on the claim any longer."""
    stands = and_(decisions.c.superseded_at.is_(None), decisions.c.decision != "undo")
    connection.execute(update(decisions).where(decisions.c.claim == claim_id, stands).values(superseded_at=moment))


def carry(connection: Connection, article_id: str, found: Iterable[Claim], moment: datetime.datetime) -> set[str]:
    """The policies to fold again, now that decisions about an earlier version of an article hold for these claims."""
    there = exists(select(claims.c.key).where(claims.c.id == decisions.c.claim, claims.c.superseded_at.is_(None)))
    query = standing(decisions).where(decisions.c.article == article_id, decisions.c.decision != "undo", ~there)
    rows = connection.execute(query.order_by(decisions.c.key.desc())).all()
    touched: set[str] = set()
    for was, claim in carried([decision_of(row) for row in rows], found) if rows else ():
        end(connection, was.claim, moment)
        now = decision_on(claim, was.decision, was.set_, was.by, was.why, moment, carried_from=was.id)
        put(connection, now)
        touched |= now.policies
    return touched


def moved_to(connection: Connection, article_id: str) -> set[str]:
    """The policies that people moved claims of an article to."""
    query = standing(decisions, "to_policy").where(decisions.c.article == article_id)
    return {policy for policy in connection.scalars(query) if policy}


def pinned(connection: Connection, article: int, read: Mapping[str, Claim]) -> tuple[set[str], set[str]]:
    """The claims of one text that a decision keeps as they were read, and those of now that read them otherwise.

    `read` are the claims of now, by id, `article` is the key of the text.
    """
    query = standing(decisions).join(claims, claims.c.id == decisions.c.claim)
    query = query.where(claims.c.article == article, claims.c.superseded_at.is_(None), decisions.c.decision != "undo")
    by_claim = {row.claim: decision_of(row) for row in connection.execute(query)}
    if not by_claim:
        return set(), set()
    payloads = connection.scalars(standing(claims, "payload").where(claims.c.article == article))
    before = [Claim.model_validate_json(payload) for payload in payloads]
    known = {claim.id for claim in before}
    gone = [claim for claim in before if claim.id not in read]
    new = [claim for name, claim in read.items() if name not in known]
    return set(by_claim), set(by_claim) & read.keys() | other_readings(new, gone, by_claim)
