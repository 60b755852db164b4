"""The nouns: articles, claims, states, shifts, and what they are made of. Frozen records, no logic.

Dates are partial ISO dates as text ("2024-11-22", "2024-11", "2024"), as printed by the publisher,
without zone. Offsets are code points into an article's `text`, end exclusive.
"""

from __future__ import annotations

import datetime
import hashlib
import re
from functools import lru_cache
from typing import Annotated, Any, Literal, get_args

from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field, model_validator

from policytrack.shown import Shown

SCHEMA = 1
"""Version of the public claim and shift records."""

Operation = Literal[
    "lift", "ease", "impose", "tighten", "authorise", "extend", "suspend", "resume", "revoke", "withdraw", "join",
    "delay", "reaffirm",
]  # fmt: skip
Direction = Literal["looser", "tighter", "neutral"]
ClaimStatus = Literal[
    "announced", "decided", "implemented", "reported",
    "proposed", "considered", "urged", "threatened", "denied", "ruled_out", "failed",
]  # fmt: skip
TriggerKind = Literal["primary", "contributing", "context"]
DateRole = Literal["decided", "announced", "communicated", "in_force", "first_use", "expires"]
Precision = Literal["day", "month", "year"]
ScopeKind = Literal["place", "range", "time", "condition", "actor", "item", "purpose", "amount"]
Stage = Literal["reported", "corroborated", "confirmed", "disputed", "retracted"]
PolicyKind = Literal["permission", "restriction", "programme", "membership", "rate"]
Severity = Literal["minor", "notable", "major"]

OPERATIONS: tuple[str, ...] = get_args(Operation)
DIRECTIONS: tuple[str, ...] = get_args(Direction)
CLAIM_STATUSES: tuple[str, ...] = get_args(ClaimStatus)
POLICY_KINDS: tuple[str, ...] = get_args(PolicyKind)
FACTIVE: frozenset[str] = frozenset({"announced", "decided", "implemented", "reported"})

POLICY_ID = re.compile(r"[a-z0-9_-]+(\.[a-z0-9_-]+)+")
_PARTIAL_DATE = re.compile(r"(\d{4})(?:-(\d{2})(?:-(\d{2}))?)?", re.ASCII)


@lru_cache(maxsize=65_536)
def checked_partial_date(value: str) -> str:
    """The value itself, where it is a date of day, month or year precision; else ValueError."""
    found = _PARTIAL_DATE.fullmatch(value)
    if not found:
        raise ValueError(f"{value!r} is not a date; write YYYY-MM-DD, YYYY-MM or YYYY")
    year, month, day = found.groups()
    datetime.date(int(year), int(month or 1), int(day or 1))
    return value


PartialDate = Annotated[str, AfterValidator(checked_partial_date)]


@lru_cache(maxsize=65_536)
def checked_policy_id(value: str) -> str:
    """The value itself, where it is a dotted policy id; else ValueError."""
    if not POLICY_ID.fullmatch(value):
        raise ValueError(f"{value!r} is not a policy id; write dotted lower-case words, as us.atacms.transfer")
    return value


PolicyId = Annotated[str, AfterValidator(checked_policy_id)]


def digest(*parts: object) -> str:
    """32 hexadecimal digits (16 bytes of SHA-256) that stand for the parts, in order."""
    joined = "\x1f".join(["" if part is None else str(part) for part in parts])
    return hashlib.sha256(joined.encode("utf-8", "surrogatepass")).hexdigest()[:32]


class Record(BaseModel):
    """Base of all records: frozen, and with no keys but the named ones."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Article(Record):
    """One published text. `extra` keeps the keys of the input that have no field here."""

    id: str = Field(min_length=1)
    text: str
    published_at: PartialDate
    title: str = ""
    url: str | None = None
    publisher: str | None = None
    language: str | None = None
    copy_of: str | None = None
    extra: dict[str, Any] = Field(default_factory=dict)

    @property
    def text_digest(self) -> str:
        """What tells two versions of one article apart."""
        return digest(self.text)


class Span(Record):
    """An exact quotation: `text[start:end] == quote`; the quote is empty where the article's text was removed."""

    start: int = Field(ge=0)
    end: int
    quote: str

    @model_validator(mode="after")
    def _offsets_fit_the_quote(self) -> Span:
        removed = not self.quote and self.start < self.end
        if not removed and (not self.quote or self.end - self.start != len(self.quote)):
            raise ValueError(f"span {self.start}:{self.end} does not fit a quote of {len(self.quote)} code points")
        return self


class Evidence(Span):
    """The clause of the article that says it."""


class Trigger(Span):
    """A cause that the article itself states; the cue stands outside the quote."""

    kind: TriggerKind
    cue: str | None = None
    hedge: str | None = None
    attributed_to: Span | None = None


class Issuer(Record):
    """Who decides: the actor's id where it is known, and the words that name it."""

    id: str | None = None
    text: str | None = None


class ClaimLevel(Span):
    """A level that a claim names: "from 4.25 to 4 per cent", "by 50 points"."""

    from_: float | None = Field(default=None, alias="from")
    to: float | None = None
    by: float | None = None
    unit: str | None = None

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True, serialize_by_alias=True)


class ClaimDate(Span):
    """A date in the article's words, resolved against its publication date."""

    role: DateRole
    date: PartialDate
    precision: Precision


class Scope(Span):
    """A limit on what a claim covers, and who says so.

    `words` stands for the words of a quotation that was removed: the ledger alone keeps it.
    """

    kind: ScopeKind
    attributed_to: Span | None = None
    words: str | None = Field(default=None, exclude=True, repr=False)


class Confidence(Record):
    """How sure the reading is, with the reasons that lowered it."""

    value: float = Field(ge=0, le=1)
    reasons: tuple[str, ...] = ()


class Claim(Record):
    """What one passage says one issuer does to one policy."""

    schema_: int = Field(default=SCHEMA, alias="schema")
    id: str
    article_id: str
    policy: str | None
    issuer: Issuer
    subject: Span | None = None
    operation: Operation
    direction: Direction
    status: ClaimStatus
    factive: bool
    background: bool
    implied: bool = False
    level: ClaimLevel | None = None
    dates: tuple[ClaimDate, ...] = ()
    scope: tuple[Scope, ...] = ()
    attributed_to: Span | None = None
    evidence: Evidence
    triggers: tuple[Trigger, ...] = ()
    rule: tuple[str, ...] = ()
    confidence: Confidence

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True, serialize_by_alias=True)

    @model_validator(mode="after")
    def _factive_is_said_by_the_status(self) -> Claim:
        if self.factive is not (self.status in FACTIVE):
            raise ValueError(f"factive is {self.factive}, but the status is {self.status!r}")
        return self

    @property
    def is_news(self) -> bool:
        """Whether it tells a fact, and not as earlier history."""
        return self.factive and not self.background

    @property
    def live(self) -> bool:
        """Whether it says, as news, that something changed."""
        return self.is_news and self.operation != "reaffirm"


def claim_id(article: Article, start: int, end: int, policy: str | None, issuer: str | None, operation: str) -> str:
    """`c-` and the digest that one claim keeps for ever."""
    return "c-" + digest(article.id, article.text_digest, start, end, policy, issuer, operation)


class Level(Record):
    """A number in force: a rate, a tariff, an amount."""

    value: float
    unit: str | None = None


class Scheduled(Record):
    """A status that is decided but not yet in force."""

    status: str
    level: Level | None = None
    on: PartialDate | None = None


class Standing(Record):
    """How a policy stands, without when: what a shift leads from and to.

    `until` is the expected end of the present status: a partial date, "open" (said to be without end)
    or None (not said).
    """

    status: str
    level: Level | None = None
    scope: tuple[Scope, ...] = ()
    until: str | None = None
    scheduled: Scheduled | None = None


class PolicyState(Shown, Standing):
    """One policy's state from `valid_from` to `valid_to` (exclusive; None is open)."""

    id: str
    policy: PolicyId
    stage: Stage
    valid_from: PartialDate
    valid_to: PartialDate | None = None
    claims: tuple[str, ...] = ()


class Shift(Shown, Record):
    """A named step between two states of one policy."""

    schema_: int = Field(default=SCHEMA, alias="schema")
    id: str
    policy: PolicyId
    kind: str
    rule: str
    direction: Direction
    issuer: Issuer
    occurred_on: PartialDate
    dates: tuple[ClaimDate, ...] = ()
    before: Standing
    after: Standing
    scope: tuple[Scope, ...] = ()
    triggers: tuple[Trigger, ...] = ()
    stage: Stage
    implied: bool = False
    confidence: Confidence
    severity: Severity = "notable"
    tags: tuple[str, ...] = ()
    claims: tuple[str, ...] = ()

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True, serialize_by_alias=True)

    @property
    def holds_from(self) -> str | None:
        """When what it schedules comes into force."""
        return self.after.scheduled.on if self.after.scheduled is not None else None


def shift_id(policy: str, direction: str, first_claim: str) -> str:
    """`s-` and the digest of what caused the shift, not of what it looks like.

    `policy` is the name of the policy in its first claim.
    """
    return "s-" + digest(policy, direction, first_claim)


class Start(Record):
    """How a policy stood when its pack began to track it, from public knowledge."""

    status: str
    level: Level | None = None
    scope: str | None = None
    until: str | None = None
    on: PartialDate | None = None
    source: str | None = None


class Policy(Shown, Record):
    """One tracked policy, as its pack defines it, with the pack's defaults filled in.

    `overlays` are those that changed it, by name and version, as "our-tariffs@1".
    """

    id: PolicyId
    title: str
    kind: PolicyKind = "permission"
    issuer: tuple[str, ...] = ()
    instrument: tuple[str, ...] = ()
    conduct: tuple[str, ...] = ()
    beneficiary: tuple[str, ...] = ()
    part_of: PolicyId | None = None
    aliases: tuple[PolicyId, ...] = ()
    tags: tuple[str, ...] = ()
    looser: Literal["up", "down"] = "down"
    same_event: int = 7
    corroborate: int = 2
    start: Start | None = None
    pack: str = ""
    pack_version: int = 0
    overlays: tuple[str, ...] = ()


class Entry(Record):
    """A claim in the journal, with what is needed of its article to fold it.

    `recorded_at` is the moment at which the claim was first known; `source` tells independent publishers apart.
    `told_first` is when what the article copies was published, where it is a copy of one that is known.
    """

    claim: Claim
    published_at: PartialDate
    source: str
    recorded_at: AwareDatetime
    told_first: PartialDate | None = None
