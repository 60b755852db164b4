"""What tests of the reader share: one loaded extractor, and articles made from a sentence."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from policytrack.extract import Extractor, Reading
from policytrack.model import FACTIVE, Article, Claim
from policytrack.packs import Rules, load_rules

ROOT = Path(__file__).parent.parent
SHARED = ROOT.parent / "shared"


@cache
def rules() -> Rules:
    return load_rules(ROOT / "rules")


@cache
def extractor() -> Extractor:
    return Extractor(rules())


def article(text: str, on: str = "2024-11-22", title: str = "", article_id: str = "a1") -> Article:
    return Article(id=article_id, text=text, published_at=on, title=title)


def read(text: str, on: str = "2024-11-22", title: str = "", open_mode: bool = False) -> Reading:
    return extractor().read(article(text, on, title), open_mode=open_mode)


def live(claims: tuple[Claim, ...]) -> list[Claim]:
    """The claims that say, as news, that something changed."""
    return [c for c in claims if c.status in FACTIVE and not c.background and c.operation != "reaffirm"]
