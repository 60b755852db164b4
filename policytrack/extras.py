"""Libraries that come with an extra, as policytrack[sources], loaded when something needs one."""

from __future__ import annotations

import importlib
from typing import Any

from policytrack.errors import ConfigError


def library(name: str, what: str, extra: str = "sources") -> Any:
    """The module of that name; ConfigError with the way to get it where `what` needs it and it is not installed."""
    try:
        return importlib.import_module(name)
    except ImportError:
        missing = name.partition(".")[0]
        raise ConfigError(
            f"{what} needs {missing}, which is not installed. Run: pip install 'policytrack[{extra}]'"
        ) from None
