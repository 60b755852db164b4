"""What an alert says: the payload that every channel is given, with a published schema. Records, no logic."""

from __future__ import annotations

from typing import Literal

from pydantic import AwareDatetime, ConfigDict, Field

from policytrack.model import Direction, Issuer, PartialDate, PolicyId, Record, Severity, Stage, TriggerKind
from policytrack.news import Change, What

SCHEMA = 1
"""Version of the payload."""

ShiftField = Literal["status", "level", "scope", "until", "scheduled"]


class Quoted(Record):
    """Words of an article, and where they stand; empty where the text of the article was removed.

    `claim` is the claim that quotes them: `policytrack why` leads on from there.
    """

    quote: str
    claim: str
    article_id: str
    publisher: str | None = None
    published_at: PartialDate
    url: str | None = None
    attributed_to: str | None = None


class AlertTrigger(Record):
    """What an article states as the cause; `stated` is false, and all else null, where none does.

    `text` is the cause in the article's words, `quote` the same with the cue that stands before it.
    """

    stated: bool
    text: str | None = None
    quote: str | None = None
    kind: TriggerKind | None = None
    cue: str | None = None
    attributed_to: str | None = None
    source_url: str | None = None


class ShiftAlert(Record):
    """A shift, and what is new of it: `what`.

    `from` and `to` are words for `field`, the first one that it changes. `on` is when it happened in the world, `known`
    the moment of the ledger by which all of this is told. `reports` counts articles that say so, `sources` those of
    them that do not copy each other. `quote` is the clause that says it best, `against` are those that say otherwise.
    `supersedes` is the id under which it was told before, where that was another.
    """

    what: What
    change: Change
    policy: PolicyId
    title: str
    kind: str
    direction: Direction
    severity: Severity
    tags: tuple[str, ...] = ()
    issuer: Issuer
    field: ShiftField
    from_: str = Field(alias="from")
    to: str
    on: PartialDate
    known: AwareDatetime
    stage: Stage
    implied: bool
    scope: tuple[str, ...] = ()
    trigger: AlertTrigger
    triggers: tuple[AlertTrigger, ...] = ()
    quote: Quoted | None
    against: tuple[Quoted, ...] = ()
    reports: int
    sources: int
    pack: str
    rule: str
    url: str | None
    why: str
    shift: str
    supersedes: str | None = None

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True, serialize_by_alias=True)


class DueAlert(Record):
    """That a state is expected to end (`ends`), or that what is scheduled `comes_into_force`, `on` a date."""

    what: Literal["ends", "comes_into_force"]
    policy: PolicyId
    title: str
    on: PartialDate
    status: str
    to: str | None
    known: AwareDatetime
    state: str


class SilentAlert(Record):
    """That a source has had nothing new since `new_at`, for longer than it may."""

    what: Literal["silent"] = "silent"
    source: str
    address: str
    silent_after: str
    new_at: AwareDatetime | None
    fetched_at: AwareDatetime | None
    error: str = ""


class TestAlert(Record):
    """That somebody tries whether alerts arrive."""

    __test__ = False  # no test of pytest's

    what: Literal["test"] = "test"
    text: str


Told = ShiftAlert | DueAlert | SilentAlert | TestAlert


class Item(Record):
    """One piece of news of a digest, as it would have been sent alone."""

    type: str
    id: str
    timestamp: AwareDatetime
    data: Told


class Digest(Record):
    """Several pieces of news in one alert, in the order in which they were recorded.

    `summary` says that they come of articles that were taken in late, or of other rules.
    """

    alerts: tuple[Item, ...]
    summary: bool = False


class Payload(Record):
    """One alert. `type` is "shift.corroborated" and the like, "digest" where it holds several.

    `id` is the same however often it is sent, and whoever sends it: of a shift its id and what is new of it.
    `timestamp` is when the news was recorded, `subscription` whose alert it is.
    """

    schema_: int = Field(default=SCHEMA, alias="schema")
    type: str
    id: str
    timestamp: AwareDatetime
    subscription: str
    data: Told | Digest

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True, serialize_by_alias=True)

    @property
    def items(self) -> tuple[Item, ...]:
        """Each piece of news that it tells."""
        if isinstance(self.data, Digest):
            return self.data.alerts
        return (Item(type=self.type, id=self.id, timestamp=self.timestamp, data=self.data),)
