"""The news that a watched source has fallen silent."""

from __future__ import annotations

from typing import Literal

from pydantic import AwareDatetime, ConfigDict, Field

from policytrack.model import SCHEMA, Record


class SilentSource(Record):
    """That a source has had nothing new for longer than it may; once for each silence."""

    schema_: int = Field(default=SCHEMA, alias="schema")
    what: Literal["silent"] = "silent"
    source: str
    address: str
    silent_after: str
    new_at: AwareDatetime | None
    fetched_at: AwareDatetime | None
    error: str = ""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True, serialize_by_alias=True)
