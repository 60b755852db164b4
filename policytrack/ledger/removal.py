"""The removal of an article's text: the words go everywhere, digests, ids and offsets stay. It cannot be undone."""

from __future__ import annotations

import datetime
import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, Final

from pydantic import AwareDatetime
from sqlalchemy import Connection, Table, and_, insert, select, update

from policytrack.ledger.queries import canonical, parts, spans_in
from policytrack.ledger.tables import (
    alert_news,
    alerts,
    articles,
    attempts,
    claims,
    decisions,
    deliveries,
    news,
    removals,
    shifts,
    states,
)
from policytrack.model import Record

_AT_ONCE: Final = 500
_NOTHING: Final[dict[str, Any]] = {"title": "", "url": None, "extra": {}}
_WORDS_OF: Final = ("cue", "hedge")
"""What a trigger holds of the article beside its quotation."""

Quotation = tuple[int, int, str]
WordsOf = Callable[[str], str]
"""What stands for the words of a scope, whatever else is removed: two scopes of the same words stay the same."""


class Removal(Record):
    """One version of an article, told by its digest, whose text was removed: by whom, why, and when."""

    article_id: str
    text_digest: str
    by: str
    why: str
    recorded_at: AwareDatetime


def removals_of(connection: Connection, article_id: str | None = None) -> list[Removal]:
    """What was removed, of one article or all of them, in order."""
    query = select(removals.c.payload).join(articles, articles.c.key == removals.c.article)
    if article_id is not None:
        query = query.where(articles.c.id == article_id)
    found = connection.scalars(query.order_by(removals.c.key))
    return [Removal.model_validate_json(payload) for payload in found]


def removed_keys(connection: Connection) -> set[int]:
    """The keys of the versions of articles whose text was removed."""
    return set(connection.scalars(select(removals.c.article)))


def remove(
    connection: Connection, article_id: str, by: str, why: str, moment: datetime.datetime, words_of: WordsOf
) -> tuple[list[Removal], set[str]]:
    """What was removed, and the policies to fold again; all versions of the article that still had a text."""
    query = select(articles.c.key, articles.c.text_digest, articles.c.payload).where(articles.c.id == article_id)
    rows = [row for row in connection.execute(query).all() if row.key not in removed_keys(connection)]
    if not rows:
        return [], set()
    keys = [row.key for row in rows]
    quoted, names, touched = _quotations(connection, article_id, keys)
    made = [_removed(connection, article_id, row, by, why, moment) for row in rows]
    _rewrite(connection, claims, claims.c.article.in_(keys), lambda told: _blank(told, words_of))
    _rewrite(connection, decisions, decisions.c.article == article_id, _blank_original)
    for table in (states, shifts):
        _rewrite(connection, table, None, lambda told: _blank_derived(told, quoted, names))
    _forget_answers(connection, names)
    return made, touched


def _removed(
    connection: Connection, article_id: str, row: Any, by: str, why: str, moment: datetime.datetime
) -> Removal:
    payload = canonical({**json.loads(row.payload), **_NOTHING})
    connection.execute(update(articles).where(articles.c.key == row.key).values(text="", payload=payload))
    made = Removal(article_id=article_id, text_digest=row.text_digest, by=by, why=why, recorded_at=moment)
    told = canonical(made.model_dump(mode="json"))
    connection.execute(insert(removals).values(article=row.key, payload=told, recorded_at=moment))
    return made


def _quotations(
    connection: Connection, article_id: str, keys: Sequence[int]
) -> tuple[set[Quotation], set[str], set[str]]:
    """All quotations of the article, the ids of its claims, and the policies that these bear on."""
    found = connection.execute(select(claims.c.id, claims.c.policy, claims.c.payload).where(claims.c.article.in_(keys)))
    quoted: set[Quotation] = set()
    names: set[str] = set()
    touched: set[str] = set()
    for row in found:
        names.add(row.id)
        touched |= {row.policy} if row.policy else set()
        quoted |= {(span["start"], span["end"], span["quote"]) for span in spans_in(json.loads(row.payload))}
    moved = select(decisions.c.to_policy).where(decisions.c.article == article_id, decisions.c.to_policy.is_not(None))
    return quoted, names, touched | set(connection.scalars(moved))


# --- records without their words


def _blank(claim: dict[str, Any], words_of: WordsOf) -> bool:
    for scope in claim["scope"]:
        scope["words"] = words_of(scope["quote"]) if scope["quote"] else scope.get("words")
    return _blank_claim(claim)


def _blank_original(decision: dict[str, Any]) -> bool:
    return _blank_claim(decision["original"])


def _blank_claim(claim: dict[str, Any]) -> bool:
    """True; no word of the article is left in the claim."""
    _without_words(spans_in(claim))
    if claim["issuer"]["text"] is not None:
        claim["issuer"]["text"] = ""
    return True


def _without_words(spans: Iterable[dict[str, Any]]) -> bool:
    blanked = False
    for span in spans:
        span["quote"], blanked = "", True
        for name in _WORDS_OF:
            if span.get(name) is not None:
                span[name] = ""
    return blanked


def _blank_derived(record: dict[str, Any], quoted: set[Quotation], names: set[str]) -> bool:
    """Whether a state or a shift had words of the article, which it has no more."""
    own = [span for span in spans_in(record) if (span["start"], span["end"], span["quote"]) in quoted]
    blanked = _without_words(own)
    issuer = record.get("issuer")
    if issuer and issuer["text"] and names & set(record["claims"]):
        issuer["text"], blanked = "", True
    return blanked


def _rewrite(connection: Connection, table: Table, which: Any, change: Callable[[dict[str, Any]], bool]) -> None:
    """Nothing; the payloads of the rows are as `change` left them, where it says that it changed any."""
    after = 0
    while True:
        query = select(table.c.key, table.c.payload).where(table.c.key > after).order_by(table.c.key).limit(_AT_ONCE)
        rows = connection.execute(query if which is None else query.where(which)).all()
        for row in rows:
            told = json.loads(row.payload)
            if change(told):
                connection.execute(update(table).where(table.c.key == row.key).values(payload=canonical(told)))
        if not rows:
            return
        after = rows[-1].key


def _forget_answers(connection: Connection, names: set[str]) -> None:
    """Nothing; what a place said to an alert of these claims is gone, which may hold what it was given."""
    told = "what it said was removed with the text of an article"
    keys = [*_alerts_of(connection, names)]
    for part in parts(keys):
        mine = select(deliveries.c.key).where(deliveries.c.alert.in_(part))
        said = and_(attempts.c.delivery.in_(mine), attempts.c.told.is_not(None))
        connection.execute(update(attempts).where(said).values(told=told))


def _alerts_of(connection: Connection, names: set[str]) -> Iterator[int]:
    """The alerts that tell of shifts or states which rest on these claims."""
    query = select(alert_news.c.alert, shifts.c.payload).join(news, alert_news.c.news == news.c.key)
    for row in connection.execute(query.join(shifts, shifts.c.id == news.c.shift)):
        if names & set(json.loads(row.payload)["claims"]):
            yield row.alert
    for row in connection.execute(select(alerts.c.key, alerts.c.about).where(alerts.c.about.is_not(None))).all():
        state = json.loads(row.about).get("state")
        found = connection.scalars(select(states.c.payload).where(states.c.id == state)) if state else ()
        if any(names & set(json.loads(payload)["claims"]) for payload in found):
            yield row.key
