"""Made-up alerts for tests."""

from __future__ import annotations

import datetime
from typing import Any

from policytrack.alerts.channel import Message
from policytrack.alerts.payload import (
    AlertTrigger,
    Digest,
    DueAlert,
    Item,
    Payload,
    Quoted,
    ShiftAlert,
    SilentAlert,
    TestAlert,
    Told,
)
from policytrack.model import Issuer

AT = datetime.datetime(2024, 11, 17, 12, 30, tzinfo=datetime.UTC)
ID = "s-" + "0a" * 16
QUOTE = Quoted(
    quote="Lisbon has lifted the ban on cork",
    claim="c-" + "1" * 32,
    article_id="post-1",
    publisher="Harbour Post",
    published_at="2024-11-17",
    url="https://harbour.example/cork",
)
AGAINST = Quoted(
    quote="The ban stands, the minister said",
    claim="c-" + "2" * 32,
    article_id="wire-7",
    publisher="Wire",
    published_at="2024-11-18",
    url="https://wire.example/7",
    attributed_to="the minister",
)
TRIGGER = AlertTrigger(
    stated=True,
    text="a poor harvest",
    quote="after a poor harvest",
    kind="primary",
    cue="after",
    attributed_to="officials",
    source_url="https://harbour.example/cork",
)


def shift(**more: Any) -> ShiftAlert:
    """A shift of the ban on cork, corroborated, otherwise as is said."""
    given: dict[str, Any] = {
        "what": "corroborated",
        "change": "shift",
        "policy": "pt.cork.export",
        "title": "Portugal's ban on exporting cork",
        "kind": "restriction_lifted",
        "direction": "looser",
        "severity": "major",
        "issuer": Issuer(id="pt", text="Lisbon"),
        "field": "status",
        "from_": "prohibited",
        "to": "permitted",
        "on": "2024-11-17",
        "known": AT,
        "stage": "corroborated",
        "implied": False,
        "trigger": AlertTrigger(stated=False),
        "quote": QUOTE,
        "reports": 4,
        "sources": 3,
        "pack": "cork@4",
        "rule": "restriction-lifted@1",
        "url": "https://harbour.example/cork",
        "why": f"policytrack why {ID}",
        "shift": ID,
    }
    return ShiftAlert(**given | more)


DUE = DueAlert(
    what="ends",
    policy="pt.cork.export",
    title="Portugal's ban on exporting cork",
    on="2025-01",
    status="suspended",
    to=None,
    known=AT,
    state="st-1",
)
SILENT = SilentAlert(
    source="harbour-post", address="https://harbour.example/rss", silent_after="12h", new_at=AT, fetched_at=None
)
TEST = TestAlert(text="Does this arrive?")


def payload(data: Told | Digest | None = None, id: str = f"{ID}-corroborated", **more: Any) -> Payload:
    """The payload of an alert, by default of a shift that is corroborated."""
    given: dict[str, Any] = {"type": "shift.corroborated", "timestamp": AT, "subscription": "desk"}
    return Payload(**given | more, id=id, data=data or shift())


def digest(*data: Told, summary: bool = False) -> Payload:
    """The payload of several pieces of news."""
    alerts = tuple(Item(type="t", id=f"i-{number}", timestamp=AT, data=each) for number, each in enumerate(data))
    return payload(Digest(alerts=alerts, summary=summary), id="a-1", type="digest")


def message(data: Told | Digest | None = None, id: str = f"{ID}-corroborated", **more: Any) -> Message:
    """The message of such a payload."""
    return Message(payload(data, id, **more))
