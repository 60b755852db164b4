"""What a library raises over a file that it cannot read, in words."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from policytrack.printable import printable

T = TypeVar("T")

_DEFECTS = (AssertionError, AttributeError, LookupError, TypeError)
"""What says nothing to a reader without its name."""


class Misread(Exception):
    """That a library could not read something, whatever it raised: in words, of one line."""


def misreading(call: Callable[..., T], *given: Any, **more: Any) -> T:
    """What the call gives; Misread where it raises anything.

    Parsers of what strangers write raise what nobody has thought of: one damaged file may not cost the others.
    """
    try:
        return call(*given, **more)
    except Exception as error:
        lines = str(error).strip().splitlines()
        said = lines[0].rstrip(".") if lines else ""
        told = said if said and not isinstance(error, _DEFECTS) else f"{type(error).__name__}: {said}"
        raise Misread(printable(told)) from error
