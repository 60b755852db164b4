"""Claims, entries and policies for tests, with everything filled in that a test does not talk about.

told("authorise", "2024-11-17", source="Wire A", scope=[place("near Kursk")])
"""

from __future__ import annotations

import datetime
import functools
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from policytrack.dates import precision
from policytrack.errors import ArticleError
from policytrack.ledger import Ledger
from policytrack.model import (
    FACTIVE,
    Article,
    Claim,
    ClaimDate,
    ClaimLevel,
    Confidence,
    Entry,
    Evidence,
    Issuer,
    Level,
    Policy,
    Scope,
    Span,
    Start,
    Trigger,
    digest,
)
from policytrack.records import as_record
from policytrack.status_model import Core
from policytrack.yamlfile import read_yaml

POLICY = "us.missiles.use"
RULES = Path(__file__).parent.parent / "rules"
RECORDED = datetime.datetime(2025, 1, 1, tzinfo=datetime.UTC)
LOOSER = ("lift", "ease", "authorise", "join", "resume")
SALT_PACK = """pack: salt
version: 1
policies:
  - id: in.salt.export
    title: India's permission to export salt
    issuer: [in]
    instrument: [salt]
    conduct: [export]
    start: {status: permitted, on: 2011-09-09, source: "public record"}
"""
TIGHTER = ("impose", "tighten", "revoke", "withdraw", "suspend", "delay", "extend")


@functools.cache
def core() -> Core:
    """The shipped status model."""
    document, problems = read_yaml(RULES / "core.yaml")
    assert document is not None, problems
    record, problems = as_record(document, Core)
    assert record is not None, problems
    return record


def policy(kind: str = "permission", start: str | Start | None = None, **others: Any) -> Policy:
    """A policy of the issuer "us"; `start` is a status that holds since 2020, or a whole Start."""
    if isinstance(start, str):
        start = Start(status=start, on="2020-01-01")
    given = {"id": POLICY, "title": "A policy", "kind": kind, "issuer": ("us",), "start": start, **others}
    return Policy.model_validate(given)


def span(quote: str, start: int = 0) -> Span:
    return Span(start=start, end=start + len(quote), quote=quote)


def scope(kind: str, quote: str, start: int = 40) -> Scope:
    return Scope.model_validate({"kind": kind, "start": start, "end": start + len(quote), "quote": quote})


def place(quote: str) -> Scope:
    return scope("place", quote)


def trigger(quote: str, kind: str = "primary", cue: str | None = "after", start: int = 60) -> Trigger:
    return Trigger.model_validate({"kind": kind, "cue": cue, "start": start, "end": start + len(quote), "quote": quote})


def date(role: str, day: str, quote: str = "that day") -> ClaimDate:
    return ClaimDate.model_validate(
        {"role": role, "date": day, "precision": precision(day), "start": 20, "end": 20 + len(quote), "quote": quote}
    )


def level(
    to: float | None = None, *, by: float | None = None, was: float | None = None, unit: str | None = "%"
) -> ClaimLevel:
    """A level that a claim names; `was` is its `from`."""
    return ClaimLevel.model_validate(
        {"from": was, "to": to, "by": by, "unit": unit, "start": 30, "end": 34, "quote": "some"}
    )


def at(value: float, unit: str | None = "%") -> Level:
    return Level(value=value, unit=unit)


def direction_of(operation: str) -> str:
    """The direction that an operation mostly has."""
    return "looser" if operation in LOOSER else "tighter" if operation in TIGHTER else "neutral"


def claim(
    operation: str = "authorise",
    direction: str | None = None,
    status: str = "decided",
    *,
    article: str = "a1",
    policy: str | None = POLICY,
    issuer: str | None = "us",
    start: int = 0,
    dates: Mapping[str, str] | Sequence[ClaimDate] = (),
    scope: Sequence[Scope] = (),
    level: ClaimLevel | None = None,
    triggers: Sequence[Trigger] = (),
    background: bool = False,
    implied: bool = False,
    confidence: float | Confidence = 0.8,
    rule: Sequence[str] = (),
    said_by: str | None = None,
) -> Claim:
    """A claim; `dates` by role, as {"decided": "2024-11-12"}. What it says, it says at offset `start` of `article`.

    `said_by` is its `attributed_to`, in words.
    """
    if isinstance(dates, Mapping):
        dates = [date(role, day) for role, day in dates.items()]
    if not isinstance(confidence, Confidence):
        confidence = Confidence(value=confidence)
    quote = f"they {operation} it"
    return Claim.model_validate(
        {
            "id": "c-" + digest(article, start, start + len(quote), policy, issuer, operation),
            "article_id": article,
            "policy": policy,
            "issuer": Issuer(id=issuer, text=issuer and issuer.upper()),
            "operation": operation,
            "direction": direction or direction_of(operation),
            "status": status,
            "factive": status in FACTIVE,
            "background": background,
            "implied": implied,
            "level": level,
            "attributed_to": span(said_by) if said_by else None,
            "dates": tuple(dates),
            "scope": tuple(scope),
            "evidence": Evidence(start=start, end=start + len(quote), quote=quote),
            "triggers": tuple(triggers),
            "rule": tuple(rule),
            "confidence": confidence,
        }
    )


def entry(
    of: Claim, published: str = "2024-11-22", *, source: str = "Wire A", recorded: datetime.datetime | int = 0
) -> Entry:
    """A claim in the journal; `recorded` is a moment, or minutes after `RECORDED`."""
    if isinstance(recorded, int):
        recorded = RECORDED + datetime.timedelta(minutes=recorded)
    return Entry(claim=of, published_at=published, source=source, recorded_at=recorded)


def told(
    operation: str,
    published: str = "2024-11-22",
    direction: str | None = None,
    status: str = "decided",
    *,
    source: str = "Wire A",
    recorded: datetime.datetime | int = 0,
    article: str | None = None,
    **others: Any,
) -> Entry:
    """An entry of an article of its own: a claim, with its publication and publisher."""
    article = article or f"{source} {published}"
    return entry(
        claim(operation, direction, status, article=article, **others), published, source=source, recorded=recorded
    )


def knows(ledger: Ledger, article: Article) -> bool:
    """Whether a ledger holds this text of this article, be it the newest version or an earlier one."""
    return article.text_digest in ledger.texts([article.id]).get(article.id, set())


class OneByOne:
    """What stands in for an extractor: `read` gives the reading of one article, or raises why it cannot be read."""

    ahead = 0

    def skips(self, article: Article, open_mode: bool = False) -> str | None:  # noqa: ARG002 as an extractor has it
        return None

    def read_all(self, articles: Iterable[Article], *modes: bool, **named: bool) -> Iterator[Any]:
        for article in articles:
            try:
                yield self.read(article, *modes, **named)  # type: ignore[attr-defined]
            except ArticleError as error:
                yield error
