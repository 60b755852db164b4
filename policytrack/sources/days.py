"""The day that a publisher printed, out of the forms that feeds and pages write it in."""

from __future__ import annotations

import email.utils
import re

from policytrack.model import checked_partial_date

_ISO = re.compile(r"\s*(\d{4})-?(\d{2})-?(\d{2})(?!\d)", re.ASCII)


def printed_day(written: str) -> str | None:
    """The day as YYYY-MM-DD, in the publisher's own zone; None where no day can be read.

    Read are ISO 8601 (2024-11-22T23:30:00-08:00), what RSS writes (Fri, 22 Nov 2024 23:30 -0800), and a day whose month
    is an English word.
    """
    iso = _ISO.match(written)
    found = iso.groups() if iso else _of_mail(written)
    try:
        return checked_partial_date("-".join(found)) if found else None
    except ValueError:
        return None


def _of_mail(written: str) -> tuple[str, ...] | None:
    try:
        # It asks for a time of day, which some leave out.
        found = email.utils.parsedate(written) or email.utils.parsedate(f"{written} 00:00")
    except (IndexError, ValueError):  # what it does with some rubbish
        return None
    return (f"{found[0]:04}", f"{found[1]:02}", f"{found[2]:02}") if found else None
