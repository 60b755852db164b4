"""Lists of records as CSV for spreadsheets: with a byte-order mark, and no cell that would be taken for a formula."""

from __future__ import annotations

import csv
import datetime
import io
import re
from collections.abc import Iterable, Sequence
from typing import Any

from policytrack.decision_sheet import ABOUT
from policytrack.decisions import SETTABLE
from policytrack.printable import REMOVED
from policytrack.render.columns import columns_of
from policytrack.review import Waiting
from policytrack.shown import Listed

MARK = "\ufeff"
"""What tells a spreadsheet that the file is UTF-8."""

_FORMULA = re.compile(r"[=+\-@\t\r\n＝＋－＠]")
_NUMBER = re.compile(r"[+-]?\d+(\.\d+)?(e[+-]?\d+)?")


def csv_of(found: Listed, mark: str = MARK) -> str:
    """One row a record, in the columns that frames have."""
    of, records = found.listing()
    columns = columns_of(of)
    head = [column.name for column in columns]
    return rows(head, ([shown(column.cell(record)) for column in columns] for record in records), mark)


def shown(value: Any) -> str | None:
    """A cell as text: dates and moments in ISO form, a list with "; " between its parts, true and false."""
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, list):
        return "; ".join(" ".join((shown(each) or "").split()) for each in value)
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() and abs(value) < 1e15 else repr(value)
    return value.isoformat() if isinstance(value, datetime.date) else str(value)


def waiting(found: Iterable[Waiting]) -> str:
    """One row a claim that waits, to be filled in and given to `review apply`: what it says stands in its columns."""
    head = ("claim", "decision", "by", "why", *SETTABLE, *ABOUT)
    return rows(head, (_waiting(each) for each in found))


def _waiting(item: Waiting) -> Sequence[str | None]:
    about = (
        " ".join(item.reasons), item.text, item.evidence.quote or REMOVED, item.article_id, item.published_at,
        " ".join(item.shifts), item.stage,
    )  # fmt: skip
    return item.claim, None, None, None, *(item.says[name] for name in SETTABLE), *about


def rows(head: Sequence[str], found: Iterable[Sequence[str | None]], mark: str = MARK) -> str:
    """A table with its head; what is not known is an empty cell."""
    target = io.StringIO(newline="")
    writer = csv.writer(target, lineterminator="\r\n")
    writer.writerow(head)
    writer.writerows([cell(each) for each in row] for row in found)
    return mark + target.getvalue()


def cell(value: str | None) -> str:
    """The value, behind an apostrophe where a spreadsheet would compute it."""
    if value is None:
        return ""
    return f"'{value}" if _FORMULA.match(value) and not _NUMBER.fullmatch(value) else value
