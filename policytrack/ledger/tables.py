"""The ledger's tables.

A row stands from its `recorded_at` to its `superseded_at` (exclusive; null = it stands still). Moments are whole
microseconds since 1970 in UTC, ids are the 16 bytes of their digest, payloads are records as JSON. A change of a table
is a step in `migrations`.
"""

from __future__ import annotations

import datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Dialect,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects import postgresql
from sqlalchemy.types import TypeDecorator, TypeEngine

_EPOCH = datetime.datetime(1970, 1, 1, tzinfo=datetime.UTC)
_MICROSECOND = datetime.timedelta(microseconds=1)


def microseconds(moment: datetime.datetime) -> int:
    """A moment as it is kept: whole microseconds since 1970."""
    return (moment - _EPOCH) // _MICROSECOND


class Moment(TypeDecorator[datetime.datetime]):
    """An aware UTC moment, kept as whole microseconds since 1970: exact, small, and in order."""

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: datetime.datetime | None, dialect: Dialect) -> int | None:  # noqa: ARG002 base
        return None if value is None else microseconds(value)

    def process_result_value(self, value: int | None, dialect: Dialect) -> datetime.datetime | None:  # noqa: ARG002 base
        return None if value is None else _EPOCH + value * _MICROSECOND


class Digest(TypeDecorator[str]):
    """32 hexadecimal digits after a fixed prefix ("c-"), kept as 16 bytes."""

    impl = LargeBinary(16)
    cache_ok = True

    def __init__(self, prefix: str = "") -> None:
        super().__init__()
        self.prefix = prefix

    def process_bind_param(self, value: str | None, dialect: Dialect) -> bytes | None:  # noqa: ARG002 base
        return None if value is None else bytes.fromhex(value.removeprefix(self.prefix))

    def process_result_value(self, value: bytes | None, dialect: Dialect) -> str | None:  # noqa: ARG002 base
        return None if value is None else self.prefix + value.hex()


class Words(TypeDecorator[str]):
    """Any text that Python can hold, in the order of its characters: also NUL, which PostgreSQL's text cannot."""

    impl = Text
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        return dialect.type_descriptor(LargeBinary() if dialect.name == "postgresql" else Text())

    def process_bind_param(self, value: str | None, dialect: Dialect) -> Any:
        return value.encode() if value is not None and dialect.name == "postgresql" else value

    def process_result_value(self, value: Any, dialect: Dialect) -> str | None:
        return bytes(value).decode() if value is not None and dialect.name == "postgresql" else value


Name = Text().with_variant(postgresql.TEXT(collation="C"), "postgresql")
"""Text without NUL, in the order of its characters wherever it is kept."""

Key = BigInteger().with_variant(Integer, "sqlite")
"""The number of a row; SQLite counts up integers alone."""

metadata = MetaData()


def _ended(table: str) -> Index:
    """The index of the rows that stand no longer; were those in it that do, a database would look for them there."""
    ended = text("superseded_at IS NOT NULL")
    return Index(f"{table}_by_superseding", "superseded_at", sqlite_where=ended, postgresql_where=ended)


ledger = Table(
    "ledger",
    metadata,
    Column("schema", Integer, nullable=False),
    Column("written_by", Text, nullable=False),
)

batches = Table(
    "batches",
    metadata,
    Column("key", Key, primary_key=True),
    Column("recorded_at", Moment, nullable=False),
    Column("rules", Digest, nullable=False),
    Column("cause", Name, nullable=False, server_default="articles"),
    Index("batches_by_moment", "recorded_at"),
)
"""One row a transaction that recorded something, with the digest of the rules that it was made by.

`cause` is "articles", "backfill" for articles that were taken in late, "rules" where nothing new was taken in, and
other rules made something else of what was there, "review" where people decided about claims, or "removal" where the
text of an article was removed.
"""

articles = Table(
    "articles",
    metadata,
    Column("key", Key, primary_key=True),
    Column("id", Words, nullable=False),
    Column("text_digest", Digest, nullable=False),
    Column("published_at", Name, nullable=False),
    Column("source", Words, nullable=False),
    Column("copy_of", Words),
    Column("skipped", Text),
    Column("text", Words, nullable=False),
    Column("payload", Text, nullable=False),
    Column("recorded_at", Moment, nullable=False),
    Column("superseded_at", Moment),
    UniqueConstraint("id", "text_digest"),
    Index("articles_by_original", "copy_of"),
)
"""Every version of every article. `payload` holds the fields that have no column; `skipped` why it was not read."""

compared = Table(
    "compared",
    metadata,
    Column("article", Key, ForeignKey("articles.key"), primary_key=True, autoincrement=False),
    Column("recorded_at", Moment, nullable=False),
)
"""One row a version whose words were compared with those of all others: each that has made a claim since schema 5."""

bands = Table(
    "bands",
    metadata,
    Column("band", BigInteger, primary_key=True),
    Column("first_day", Integer, primary_key=True),
    Column("article", Key, ForeignKey("articles.key"), primary_key=True),
    Column("last_day", Integer, nullable=False),
    sqlite_with_rowid=False,
)
"""What versions of articles that are alike share: the signatures of their words, see `policytrack.copies`.

`first_day` and `last_day` are those of the date of publication, as day numbers.
"""

likenesses = Table(
    "likenesses",
    metadata,
    Column("key", Key, primary_key=True),
    Column("one", Key, ForeignKey("articles.key"), nullable=False),
    Column("other", Key, ForeignKey("articles.key"), nullable=False),
    Column("percent", Integer, nullable=False),
    Column("recorded_at", Moment, nullable=False),
    UniqueConstraint("one", "other"),
    Index("likenesses_by_other", "other"),
    Index("likenesses_by_recording", "recorded_at"),
)
"""Two versions of which one is a copy, the lower key first; so much of the shorter one stands in the longer.

Not all such pairs: of those that hang together already a new version is recorded to be like one.
"""

copies = Table(
    "copies",
    metadata,
    Column("key", Key, primary_key=True),
    Column("article", Words, nullable=False),
    Column("original", Words, nullable=False),
    Column("source", Words, nullable=False),
    Column("told_first", Name),
    Column("recorded_at", Moment, nullable=False),
    Column("superseded_at", Moment),
    Index("copies_by_article", "article"),
    Index("copies_by_original", "original"),
    Index("copies_by_recording", "recorded_at"),
    _ended("copies"),
)
"""Articles that speak for another, by what was found and by what the input says: derived from both.

`source` published the original, at `told_first`; null where the original is named and not known.
"""

claims = Table(
    "claims",
    metadata,
    Column("key", Key, primary_key=True),
    Column("id", Digest("c-"), nullable=False),
    Column("article", Key, ForeignKey("articles.key"), nullable=False),
    Column("policy", Name),
    Column("payload", Text, nullable=False),
    Column("recorded_at", Moment, nullable=False),
    Column("superseded_at", Moment),
    Index("claims_by_id", "id"),
    Index("claims_by_policy", "policy"),
    Index("claims_by_article", "article"),
    Index("claims_by_recording", "recorded_at"),
    _ended("claims"),
)
"""The journal: what everything else is derived from."""

states = Table(
    "states",
    metadata,
    Column("key", Key, primary_key=True),
    Column("id", Digest("p-"), nullable=False),
    Column("policy", Name, nullable=False),
    Column("status", Name, nullable=False),
    Column("valid_from", Name, nullable=False),
    Column("valid_to", Name),
    Column("first_day", Integer, nullable=False),
    Column("end_day", Integer),
    Column("payload", Text, nullable=False),
    Column("rules", Digest, nullable=False),
    Column("recorded_at", Moment, nullable=False),
    Column("superseded_at", Moment),
    Index("states_by_id", "id"),
    Index("states_by_policy", "policy", "first_day", "end_day", "recorded_at", "superseded_at"),
    Index("states_by_recording", "recorded_at"),
    _ended("states"),
)
"""`first_day` and `end_day` (exclusive) are `valid_from` and `valid_to` as day numbers, the first day of each."""

shifts = Table(
    "shifts",
    metadata,
    Column("key", Key, primary_key=True),
    Column("id", Digest("s-"), nullable=False),
    Column("policy", Name, nullable=False),
    Column("kind", Name, nullable=False),
    Column("direction", Name, nullable=False),
    Column("occurred_on", Name, nullable=False),
    Column("first_day", Integer, nullable=False),
    Column("holds_from", Integer),
    Column("correction", Boolean, nullable=False),
    Column("payload", Text, nullable=False),
    Column("rules", Digest, nullable=False),
    Column("recorded_at", Moment, nullable=False),
    Column("superseded_at", Moment),
    Index("shifts_by_id", "id"),
    Index("shifts_by_policy", "policy"),
    Index("shifts_by_day", "first_day"),
    Index("shifts_by_holding", "holds_from"),
    Index("shifts_by_recording", "recorded_at"),
    _ended("shifts"),
)
"""`first_day` is that of `occurred_on`, `holds_from` that of the date for which it schedules something, as day numbers.
`correction` is true where background claims alone made the step: recorded, never announced."""

news = Table(
    "news",
    metadata,
    Column("key", Key, primary_key=True),
    Column("shift", Digest("s-"), nullable=False),
    Column("first", Digest("s-"), nullable=False),
    Column("before", Digest("s-")),
    Column("policy", Name, nullable=False),
    Column("what", Name),
    Column("stage", Name, nullable=False),
    Column("correction", Boolean, nullable=False),
    Column("telling", Name, nullable=False),
    Column("recorded_at", Moment, nullable=False),
    Index("news_by_shift", "shift"),
    Index("news_by_first", "first"),
    Index("news_by_recording", "recorded_at"),
)
"""What is new of a shift, written with it: the outbox from which alerts are made. See `policytrack.news`.

`first` is the id under which the shift was first recorded, `before` the one before this, where it has another now.
`what` is null where nothing but the id is new. `telling` is "each" where whoever wants it may be told, "summary" where
he may be told together with all else of that moment, "none" where nobody is.
"""

alerts = Table(
    "alerts",
    metadata,
    Column("key", Key, primary_key=True),
    Column("subscription", Words, nullable=False),
    Column("gathers", Name, nullable=False),
    Column("about", Text),
    Column("send_at", Moment, nullable=False),
    Column("id", Name),
    Column("policies", Text),
    Column("known", Moment),
    UniqueConstraint("subscription", "gathers"),
    Index("alerts_by_closing", "known", "send_at"),
    Index("alerts_by_id", "id"),
)
"""One row a message of a subscription, or of a function or command that is called.

`gathers` says what belongs into it: while it is open, news that belongs there is added. It is closed when it is sent,
and tells what had been recorded by then, by the moment `known`; from then on it has the `id` by which receivers know
it, and the policies that it tells of.
`about` holds what is no news of a shift: what falls due, a source that is silent, a test.
"""

alert_news = Table(
    "alert_news",
    metadata,
    Column("alert", Key, ForeignKey("alerts.key"), primary_key=True, autoincrement=False),
    Column("news", Key, ForeignKey("news.key"), primary_key=True, autoincrement=False),
    Column("left_out", Name),
    Index("alert_news_by_news", "news"),
)
"""What an alert tells of; `left_out` says why it does not tell it after all."""

deliveries = Table(
    "deliveries",
    metadata,
    Column("key", Key, primary_key=True),
    Column("alert", Key, ForeignKey("alerts.key"), nullable=False),
    Column("channel", Words, nullable=False),
    Column("status", Name, nullable=False),
    Column("tries", Integer, nullable=False),
    Column("next_at", Moment, nullable=False),
    Column("ended_at", Moment),
    UniqueConstraint("alert", "channel"),
    Index("deliveries_by_channel", "channel", "status"),
)
"""One row an alert and a channel: "waiting" until `next_at` or longer, "sent", or "dead" when it was tried in vain."""

attempts = Table(
    "attempts",
    metadata,
    Column("key", Key, primary_key=True),
    Column("delivery", Key, ForeignKey("deliveries.key"), nullable=False),
    Column("begun_at", Moment, nullable=False),
    Column("ended_at", Moment),
    Column("taken", Boolean),
    Column("told", Words),
    Index("attempts_by_delivery", "delivery"),
)
"""One row a try, written before it begins; one that never ended may have been taken, and nobody heard of it."""

subscriptions = Table(
    "subscriptions",
    metadata,
    Column("name", Words, primary_key=True),
    Column("since", Moment, nullable=False),
    Column("read_to", Key, nullable=False),
)
"""How far the news was read for each subscription; what was recorded before it was first used is not for it."""

silences = Table(
    "silences",
    metadata,
    Column("key", Key, primary_key=True),
    Column("payload", Text, nullable=False),
    Column("recorded_at", Moment, nullable=False),
    Column("ended_at", Moment),
)
"""Silences that somebody asked for by a command: what is not told, until when, by whom and why."""

decisions = Table(
    "decisions",
    metadata,
    Column("key", Key, primary_key=True),
    Column("id", Digest("d-"), nullable=False),
    Column("claim", Digest("c-"), nullable=False),
    Column("article", Words, nullable=False),
    Column("policy", Name),
    Column("to_policy", Name),
    Column("decision", Name, nullable=False),
    Column("payload", Text, nullable=False),
    Column("recorded_at", Moment, nullable=False),
    Column("superseded_at", Moment),
    Index("decisions_by_id", "id"),
    Index("decisions_by_claim", "claim"),
    Index("decisions_by_article", "article"),
    Index("decisions_by_policy", "policy"),
    Index("decisions_by_to_policy", "to_policy"),
    Index("decisions_by_recording", "recorded_at"),
    _ended("decisions"),
)
"""What people decided about claims. One that another takes the place of, or that is undone, stands no longer.

`policy` is the claim's as it was read, `to_policy` the one that a correction moves it to.
"""

removals = Table(
    "removals",
    metadata,
    Column("key", Key, primary_key=True),
    Column("article", Key, ForeignKey("articles.key"), nullable=False, unique=True),
    Column("payload", Text, nullable=False),
    Column("recorded_at", Moment, nullable=False),
    Index("removals_by_recording", "recorded_at"),
)
"""One row a version of an article whose text was removed: by whom, and why."""
