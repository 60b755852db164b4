"""JSON Schemas of what commands print with `--format json` and, line by line, with `--format jsonl`."""

from __future__ import annotations

from typing import Any, Final, NamedTuple

from policytrack.alerting import AlertWhy, Tried
from policytrack.alertlog import AlertLine
from policytrack.alerts.payload import Payload
from policytrack.alerts.sending import SentLine
from policytrack.answers import StateAnswer
from policytrack.decisions import Decision
from policytrack.diff import Diff, DiffLine
from policytrack.doctor import Diagnosis
from policytrack.errors import ConfigError
from policytrack.forget import Forgotten
from policytrack.health import SourceHealth
from policytrack.intake import IngestReport
from policytrack.ledger import LedgerChange, LedgerChanges
from policytrack.meanings import MEANINGS
from policytrack.model import SCHEMA, Claim, PolicyState, Record, Shift
from policytrack.rerun import RerunReport
from policytrack.review import ReviewReport, Waiting
from policytrack.schemas import DRAFT
from policytrack.shift_changes import ShiftChange, ShiftChanges
from policytrack.silent import SilentSource
from policytrack.tracked import TrackedPolicy
from policytrack.versions import ArticleHistory
from policytrack.watch import Round
from policytrack.why import Explanation
from policytrack.why_not import Absence
from policytrack.yamlfile import did_you_mean


class Answer(NamedTuple):
    """What is published under a name: the record, and the commands that print it, or do otherwise with it."""

    record: type[Record]
    printed_by: str
    does: str = "printed"


ANSWERS: Final[dict[str, Answer]] = {
    "claim": Answer(Claim, "extract --format jsonl"),
    "state": Answer(PolicyState, "states --format jsonl"),
    "shift": Answer(Shift, "shifts and ingest --format jsonl"),
    "policy": Answer(TrackedPolicy, "policies --format jsonl"),
    "stands": Answer(StateAnswer, "state --format json"),
    "diff": Answer(Diff, "diff --format json"),
    "diff-line": Answer(DiffLine, "diff --format jsonl"),
    "why": Answer(Explanation, "why ID --format json"),
    "why-not": Answer(Absence, "why-not --format json"),
    "article": Answer(ArticleHistory, "article --format json"),
    "waiting": Answer(Waiting, "review --format jsonl"),
    "decided": Answer(ReviewReport, "review accept, correct, reject, undo and apply --format json"),
    "decision": Answer(Decision, "review log --format jsonl"),
    "ingest": Answer(IngestReport, "ingest --format json"),
    "changes": Answer(LedgerChanges, "ledger changes --format json"),
    "change": Answer(LedgerChange, "ledger changes --format jsonl"),
    "doctor": Answer(Diagnosis, "ledger doctor --format json"),
    "forgotten": Answer(Forgotten, "ledger forget --format json"),
    "round": Answer(Round, "watch --format jsonl"),
    "silent-source": Answer(SilentSource, "watch --format jsonl"),
    "source": Answer(SourceHealth, "sources --format jsonl"),
    "rerun": Answer(RerunReport, "ledger rerun --format json"),
    "rules-diff": Answer(ShiftChanges, "rules diff --format json"),
    "shift-change": Answer(ShiftChange, "rules diff and ledger rerun --format jsonl"),
    "alert": Answer(Payload, "alerts run and ingest --exec COMMAND", "given to channels and commands"),
    "sent": Answer(SentLine, "alerts run --format jsonl"),
    "tried": Answer(Tried, "alerts test --format jsonl"),
    "alert-line": Answer(AlertLine, "alerts log --format jsonl"),
    "alert-why": Answer(AlertWhy, "alerts why --format json"),
}
"""What can be asked for, in the order in which it is listed."""


def published(name: str) -> dict[str, Any]:
    """The JSON Schema of what is published under a name. ConfigError where nothing is."""
    if name not in ANSWERS:
        hint = did_you_mean(name, ANSWERS) or f"There are: {', '.join(ANSWERS)}."
        raise ConfigError(f"{name!r} is no answer of a command. {hint}")
    answer = ANSWERS[name]
    found = answer.record.model_json_schema(mode="serialization", by_alias=True)
    if "$ref" in found:  # a record that holds others of its kind
        found = {**found["$defs"][answer.record.__name__], "$defs": found["$defs"]}
    if answer.printed_by.endswith(" json"):
        found["properties"] = {"schema": {"type": "integer"}, **found["properties"]}
    for record, told in [(answer.record.__name__, found), *found.get("$defs", {}).items()]:
        _describe(record, told)
    about = f"As {answer.does} by `policytrack {answer.printed_by}`."
    return {"$schema": DRAFT, "title": f"policytrack {name}, version {SCHEMA}", **found, "description": about}


def _describe(record: str, told: dict[str, Any]) -> None:
    """Says what each key means, and that all of them are printed, whatever they hold."""
    told.pop("title", None)
    properties = told.get("properties", {})
    for key, value in properties.items():
        value.pop("title", None)
        if meaning := MEANINGS.get(record, {}).get(key):
            value["description"] = meaning
    if properties:
        told["required"] = [*properties]
