"""The columns in which lists of records are written: one description a record, for CSV, Parquet and every frame.

All columns are flat. A partial date is its first day, with its precision beside it; a nested record is a few columns
that begin with its name; of several nested records each column is a list, in the same order. What is not known is
null; lists are never null.
"""

from __future__ import annotations

import datetime
import functools
import json
import operator
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, Final, Literal

from policytrack.alertlog import AlertLine
from policytrack.dates import first_day, precision
from policytrack.decisions import Decision
from policytrack.diff import DiffLine
from policytrack.discover import Group
from policytrack.errors import ConfigError
from policytrack.ledger import Finding, LedgerChange, Removal
from policytrack.model import Claim, PolicyState, Shift
from policytrack.printable import REMOVED
from policytrack.render import text
from policytrack.review import Waiting
from policytrack.shift_changes import ShiftChange
from policytrack.states import BEGINNING, Review
from policytrack.tracked import TrackedPolicy

ColumnType = Literal["text", "number", "integer", "flag", "date", "moment", "texts", "integers", "dates"]
"""What a cell holds; the plural ones are lists."""


@dataclass(frozen=True)
class Column:
    """One column: its name, what its cells hold, and how a cell is taken from a record."""

    name: str
    type: ColumnType
    take: Callable[[Any], Any]

    def cell(self, record: Any) -> Any:
        """What the column holds of a record; text without what no file can hold."""
        value = self.take(record)
        if self.type == "text":
            return None if value is None else plain(value)
        return [plain(each) for each in value] if self.type == "texts" else value


Columns = tuple[Column, ...]


def columns_of(of: type[Any]) -> Columns:
    """The columns of a type of record. ConfigError where lists of it have none."""
    for each in of.__mro__:
        if each in COLUMNS:
            return COLUMNS[each]
    raise ConfigError(f"a list of {of.__name__} has no columns. Take what you need of each: record.model_dump().")


def plain(words: str) -> str:
    """The words, with NUL and halves of surrogate pairs written out as escapes: what not every reader can take."""
    told = words.replace("\0", "\\x00") if "\0" in words else words
    # Most text needs no second look, and a table has millions of cells.
    return told if told.isascii() else told.encode("utf-8", "backslashreplace").decode("utf-8")


# --- how columns are made


_field = operator.attrgetter


def _column(name: str, type: ColumnType = "text", take: Callable[[Any], Any] | None = None) -> Column:
    return Column(name, type, take or _field(name))


def _columns(*names: str, type: ColumnType = "text") -> Columns:
    return tuple(_column(name, type) for name in names)


def _of(take: Callable[[Any], Any], columns: Iterable[Column], prefix: str = "") -> Columns:
    """The columns of a nested record, which may be missing."""
    return tuple(Column(prefix + each.name, each.type, _within(take, each.take)) for each in columns)


def _within(outer: Callable[[Any], Any], inner: Callable[[Any], Any]) -> Callable[[Any], Any]:
    def take(record: Any) -> Any:
        nested = outer(record)
        return None if nested is None else inner(nested)

    return take


def _dated(name: str, take: Callable[[Any], str | None] | None = None) -> Columns:
    """A partial date as its first day and its precision; words that are no date stand in place of the precision."""
    take = take or _field(name)
    return (
        Column(name, "date", lambda record: _day(take(record))),
        Column(f"{name}_precision", "text", lambda record: _precision(take(record))),
    )


@functools.lru_cache(maxsize=100_000)
def _day(partial: str | None) -> datetime.date | None:
    if partial is None or partial == BEGINNING:
        return None
    try:
        return first_day(partial)
    except ValueError:
        return None


def _precision(partial: str | None) -> str | None:
    if partial is None or partial == BEGINNING:
        return None
    return partial if _day(partial) is None else precision(partial)


def _each(name: str, type: ColumnType, several: str, take: Callable[[Any], Any]) -> Column:
    """One column of several nested records: a list."""
    return Column(name, type, lambda record: [take(each) for each in getattr(record, several)])


def _quote(record: Any) -> str:
    """The words of a span, or that they were removed."""
    quote: str = record.quote
    return quote or REMOVED


def _as_json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, sort_keys=True)


# --- pieces


_ISSUER: Final = (
    _column("issuer", take=_field("issuer.id")),
    _column("issuer_text", take=_field("issuer.text")),
)
_LEVEL: Final = (_column("level", "number", _field("value")), _column("unit"))
_SCOPE: Final = (
    _each("scope", "texts", "scope", _quote),
    _each("scope_kinds", "texts", "scope", _field("kind")),
)
_TRIGGERS: Final = (
    _each("triggers", "texts", "triggers", _quote),
    _each("trigger_kinds", "texts", "triggers", _field("kind")),
    _each("trigger_cues", "texts", "triggers", lambda trigger: trigger.cue or ""),
)
_CONFIDENCE: Final = (
    _column("confidence", "number", _field("confidence.value")),
    _column("confidence_reasons", "texts", _field("confidence.reasons")),
)
_SCHEDULED: Final = (
    _column("scheduled", take=_field("status")),
    *_of(_field("level"), _LEVEL, "scheduled_"),
    *_dated("scheduled_on", _field("on")),
)
_STATUS: Final = (_column("status"), *_of(_field("level"), _LEVEL))
_PLANS: Final = (*_dated("until"), *_of(_field("scheduled"), _SCHEDULED))


# --- records


_STATE: Final = (
    _column("policy"),
    *_STATUS,
    *_PLANS,
    *_SCOPE,
    _column("stage"),
    *_dated("valid_from"),
    *_dated("valid_to"),
    _column("claims", "texts"),
    _column("id"),
)

_SHIFT: Final = (
    *_dated("occurred_on"),
    *_columns("policy", "kind", "direction"),
    _ISSUER[0],
    *_of(_field("before"), _STATUS, "before_"),
    *_of(_field("after"), _STATUS, "after_"),
    *_SCOPE,
    *_TRIGGERS,
    *_columns("stage", "severity"),
    _column("implied", "flag"),
    *_CONFIDENCE,
    _column("tags", "texts"),
    *_of(_field("before"), (*_PLANS, _SCOPE[0]), "before_"),
    *_of(_field("after"), (*_PLANS, _SCOPE[0]), "after_"),
    _ISSUER[1],
    _column("rule"),
    _column("claims", "texts"),
    _column("id"),
)

_POLICY: Final = (
    *_columns("id", "title", "kind"),
    *_columns("issuer", "instrument", "conduct", "beneficiary", type="texts"),
    _column("part_of"),
    *_columns("aliases", "tags", type="texts"),
    _column("pack"),
    _column("pack_version", "integer"),
    _column("maturity"),
    _column("tracked_since", "moment"),
    _column("status"),
    *_dated("status_from"),
    _column("stage"),
    *_of(_field("last_claim"), (_column("", take=_field("operation")), *_dated("_on", _field("published_at"))),
         "last_claim"),
    *_of(_field("last_shift"), (_column("", take=_field("kind")), *_dated("_on", _field("occurred_on"))),
         "last_shift"),
)  # fmt: skip

_DIFF_LINE: Final = (
    *_columns("kind", "reason", "policy", "field"),
    _column("before", take=lambda line: text.told_value(line.before)),
    _column("after", take=lambda line: text.told_value(line.after)),
    *_dated("occurred_on"),
    *_columns("stage", "shift"),
    *_columns("claims", "against", type="texts"),
)

_CLAIM: Final = (
    *_columns("article_id", "policy"),
    *_ISSUER,
    _column("subject", take=lambda claim: claim.subject and _quote(claim.subject)),
    *_columns("operation", "direction", "status"),
    *_columns("factive", "background", "implied", type="flag"),
    *_of(
        _field("level"),
        (
            _column("from", "number", _field("from_")),
            *_columns("to", "by", type="number"),
            _column("unit"),
        ),
        "level_",
    ),
    _each("dates", "dates", "dates", lambda each: _day(each.date)),
    _each("date_precisions", "texts", "dates", _field("precision")),
    _each("date_roles", "texts", "dates", _field("role")),
    *_SCOPE,
    _column("attributed_to", take=lambda claim: claim.attributed_to and _quote(claim.attributed_to)),
    _column("evidence", take=lambda claim: _quote(claim.evidence)),
    _column("start", "integer", lambda claim: claim.evidence.start),
    _column("end", "integer", lambda claim: claim.evidence.end),
    *_TRIGGERS,
    *_CONFIDENCE,
    _column("rule", "texts"),
    _column("id"),
)

_LEDGER_CHANGE: Final = (
    _column("cursor", "integer"),
    _column("recorded_at", "moment"),
    *_columns("cause", "change", "of", "id"),
    _column("policy", take=lambda change: change.record.get("policy")),
    _column("record", take=lambda change: _as_json(change.record)),
)

_GROUP: Final = (
    _column("rank", "integer"),
    *_ISSUER,
    _column("subject"),
    *_columns("articles", "claims", "live", "shifts", type="integer"),
    _column("operations", "texts", lambda group: [*group.operations]),
    _column("operation_counts", "integers", lambda group: [*group.operations.values()]),
    *_dated("first"),
    *_dated("last"),
    _column("example", take=lambda group: group.example.quote),
    _column("example_of"),
    _column("id"),
)

_SHIFT_CHANGE: Final = (
    *_columns("change", "policy"),
    *_dated("occurred_on"),
    _column("fields", "texts"),
    *_of(_field("before"), _columns("kind", "direction", "stage", "id"), "before_"),
    *_of(_field("after"), _columns("kind", "direction", "stage", "id"), "after_"),
    _each("claims", "texts", "claims", _field("id")),
    _each("evidence", "texts", "claims", lambda claim: _quote(claim.evidence)),
)

_REVIEW: Final = (
    *_columns("policy", "reason", "text", "operation", "direction"),
    *_dated("on"),
    _column("claims", "texts"),
)

_WAITING: Final = (
    *_columns("policy", "claim"),
    _column("reasons", "texts"),
    *_columns("text", "operation", "direction", "status"),
    _column("evidence", take=lambda waiting: _quote(waiting.evidence)),
    _column("article_id"),
    *_dated("published_at"),
    _column("shifts", "texts"),
    _column("stage"),
    _column("says", take=lambda waiting: _as_json(waiting.says)),
    *_of(_field("before"), _columns("decision", "by", "why"), "before_"),
)

_DECISION: Final = (
    _column("recorded_at", "moment"),
    *_columns("decision", "claim", "policy", "article_id", "by", "why"),
    _column("set", take=lambda decision: _as_json(decision.set_)),
    _column("ended_at", "moment"),
    *_columns("undoes", "carried_from", "id"),
)

_ALERT_LINE: Final = (
    _column("at", "moment"),
    *_columns("status", "subscription", "channel"),
    _column("about", "texts"),
    _column("tries", "integer"),
    _column("next_at", "moment"),
    *_columns("told", "id"),
)

COLUMNS: Final[dict[type[Any], Columns]] = {
    Claim: _CLAIM,
    PolicyState: _STATE,
    Shift: _SHIFT,
    TrackedPolicy: _POLICY,
    DiffLine: _DIFF_LINE,
    Group: _GROUP,
    LedgerChange: _LEDGER_CHANGE,
    ShiftChange: _SHIFT_CHANGE,
    Finding: _columns("invariant", "at", "problem", "remedy"),
    Review: _REVIEW,
    Waiting: _WAITING,
    Decision: _DECISION,
    Removal: (_column("recorded_at", "moment"), *_columns("article_id", "text_digest", "by", "why")),
    AlertLine: _ALERT_LINE,
}
"""By type of record, in the order in which the reference lists them."""
