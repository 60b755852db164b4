"""Answers as JSON, with the keys of their records; a document names its schema."""

from __future__ import annotations

import datetime
import json
from collections.abc import Iterable
from typing import Any

from policytrack.errors import Problem
from policytrack.model import SCHEMA, Record


def line(record: Record) -> str:
    """The record as one line of JSONL."""
    return json.dumps(record.model_dump(mode="json", by_alias=True), ensure_ascii=False)


def single(record: Record) -> str:
    """One record as a document."""
    return document(record.model_dump(mode="json", by_alias=True))


def several(
    name: str,
    records: Iterable[Record],
    *,
    on: str | None = None,
    known: datetime.datetime | None = None,
    note: str = "",
    articles: int | None = None,
) -> str:
    """Records under `name` in one document, with what they are about (two times, articles), and why there are none."""
    about = {"on": on, "known": known.isoformat() if known else None, "articles": articles, "note": note}
    told = {key: value for key, value in about.items() if value}
    return document({**told, name: [record.model_dump(mode="json", by_alias=True) for record in records]})


def problems(found: Iterable[Problem]) -> str:
    """Problems of rule files in one document."""
    return document({"problems": [_problem(problem) for problem in found]})


def problem_line(problem: Problem) -> str:
    """A problem as one line of JSONL."""
    return json.dumps(_problem(problem), ensure_ascii=False)


def _problem(problem: Problem) -> dict[str, object]:
    """Line and column count from 1; 0 is not known."""
    place = problem.location
    told = {"code": str(problem.code), "message": problem.message, "hint": problem.hint}
    return {"path": place.path, "line": place.line, "column": place.column, **told}


def document(told: dict[str, Any]) -> str:
    """Plain data as a document."""
    return json.dumps({"schema": SCHEMA, **told}, ensure_ascii=False, indent=2)
