"""Answers as CSV for spreadsheets: with a byte-order mark, and no cell that would be taken for a formula."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Sequence

from policytrack.diff import Diff, DiffLine
from policytrack.render import text

MARK = "\ufeff"
"""What tells a spreadsheet that the file is UTF-8."""

_FORMULA = re.compile(r"[=+\-@\t\r]")
_NUMBER = re.compile(r"[+-]?\d+(\.\d+)?")


def diff(found: Diff) -> str:
    """One row a difference."""
    head = ("kind", "policy", "field", "before", "after", "occurred_on", "stage", "shift", "claims")
    return rows(head, (_row(line) for line in found.lines))


def rows(head: Sequence[str], found: Iterable[Sequence[str | None]]) -> str:
    """A table with its head; what is not known is an empty cell."""
    target = io.StringIO(newline="")
    writer = csv.writer(target, lineterminator="\r\n")
    writer.writerow(head)
    writer.writerows([cell(each) for each in row] for row in found)
    return MARK + target.getvalue()


def cell(value: str | None) -> str:
    """The value, behind an apostrophe where a spreadsheet would compute it."""
    if value is None:
        return ""
    return f"'{value}" if _FORMULA.match(value) and not _NUMBER.fullmatch(value) else value


def _row(line: DiffLine) -> Sequence[str | None]:
    values = (text.told_value(line.before), text.told_value(line.after))
    return line.kind, line.policy, line.field, *values, line.occurred_on, line.stage, line.shift, " ".join(line.claims)
