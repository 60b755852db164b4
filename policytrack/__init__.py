"""Reads news articles and tells you when a policy shifts, what kind of shift it is, and which cause was given.

`open_tracker` keeps what was read in a ledger and answers questions; `read_text` and `read_path` give claims
without one. Importing this package does no work: each name is loaded when it is first used.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from policytrack.alerts import Command
    from policytrack.answers import StateAnswer
    from policytrack.diff import Diff
    from policytrack.discover import Discovery, discover_policies
    from policytrack.dues import Due
    from policytrack.errors import (
        AlertError,
        ArticleError,
        ConfigError,
        EngineError,
        LedgerError,
        PolicytrackError,
        RuleFileError,
    )
    from policytrack.intake import IngestReport
    from policytrack.model import Article, Claim, Policy, PolicyState, Shift, Trigger
    from policytrack.sources import ReadOptions
    from policytrack.tracker import Tracker, open_tracker, read_path, read_text
    from policytrack.why import Explanation

_HOMES = {
    "alerts": ("Command",),
    "answers": ("StateAnswer",),
    "diff": ("Diff",),
    "discover": ("Discovery", "discover_policies"),
    "dues": ("Due",),
    "errors": (
        "AlertError",
        "ArticleError",
        "ConfigError",
        "EngineError",
        "LedgerError",
        "PolicytrackError",
        "RuleFileError",
    ),
    "extract.told": ("ArticleExplanation",),
    "intake": ("IngestReport",),
    "model": ("Article", "Claim", "Policy", "PolicyState", "Shift", "Trigger"),
    "sources": ("ReadOptions",),
    "tracker": ("Tracker", "open_tracker", "read_path", "read_text", "why_article"),
    "why": ("Explanation",),
}

__all__ = [
    "AlertError",
    "Article",
    "ArticleError",
    "ArticleExplanation",
    "Claim",
    "Command",
    "ConfigError",
    "Diff",
    "Discovery",
    "Due",
    "EngineError",
    "Explanation",
    "IngestReport",
    "LedgerError",
    "Policy",
    "PolicyState",
    "PolicytrackError",
    "ReadOptions",
    "RuleFileError",
    "Shift",
    "StateAnswer",
    "Tracker",
    "Trigger",
    "discover_policies",
    "open_tracker",
    "read_path",
    "read_text",
    "why_article",
]


def __getattr__(name: str) -> Any:
    """The public name, from the module that defines it; PEP 562."""
    for module, names in _HOMES.items():
        if name in names:
            import importlib

            value = getattr(importlib.import_module(f"policytrack.{module}"), name)
            globals()[name] = value
            return value
    if name == "__version__":
        from policytrack.version import this_version

        return this_version()
    raise AttributeError(f"module 'policytrack' has no name {name!r}")


def __dir__() -> list[str]:
    return [*__all__, "__version__"]
