"""From an article to claims: `Extractor(rules).read(article)`.

screen -> parse -> frames (operations, status, background) -> binding -> triggers, dates, scope -> value check
"""

from __future__ import annotations

from policytrack.extract.extractor import Extractor, Reading

__all__ = ["Extractor", "Reading"]
