"""What sites allow in robots.txt, as RFC 9309 has it; each is asked for it once a day."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from policytrack.extras import library

KEPT = 86_400.0
"""Seconds for which an answer holds."""
KEPT_CLOSED = 300.0
"""Seconds for which a site is left alone that gives no answer."""
SLOWEST = 60.0
"""Seconds that a site's Crawl-delay can put between two requests, at most."""


@dataclass(frozen=True)
class Rules:
    """The rules of one site. `parsed` is None where it has none; `closed` says why nothing may be asked for now."""

    parsed: Any
    closed: str
    until: float


class Robots:
    """The rules of the sites that were asked. `get` gives status and body of a robots.txt; OSError where none comes."""

    def __init__(self, agent: str, get: Callable[[str], tuple[int, bytes]], now: Callable[[], float]) -> None:
        self._agent = agent
        self._get = get
        self._now = now
        self._known: dict[str, Rules] = {}

    def rules(self, origin: str) -> Rules:
        """The rules of a site, fetched where they are not known or a day old."""
        known = self._known.get(origin)
        if known is None or known.until <= self._now():
            known = self._known[origin] = self._fetched(origin)
        return known

    def allows(self, rules: Rules, url: str) -> bool:
        """Whether the page may be fetched."""
        return not rules.closed and (rules.parsed is None or bool(rules.parsed.can_fetch(url, self._agent)))

    def delay(self, rules: Rules) -> float:
        """The seconds that the site wants between two requests, up to SLOWEST; 0 where it does not say."""
        said = rules.parsed.crawl_delay(self._agent) if rules.parsed is not None else None
        return min(float(said or 0), SLOWEST)

    def _fetched(self, origin: str) -> Rules:
        try:
            status, body = self._get(f"{origin}/robots.txt")
        except OSError as error:
            return Rules(None, str(error), self._now() + KEPT_CLOSED)
        if status >= 500 or status == 429:  # what a site in trouble forbids is not known
            return Rules(None, f"answers {status}.", self._now() + KEPT_CLOSED)
        if status != 200:
            return Rules(None, "", self._now() + KEPT)
        protego = library("protego", "robots.txt").Protego
        return Rules(protego.parse(body.decode("utf-8", "replace")), "", self._now() + KEPT)
