"""How sources are read, where a caller says more than where they are."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

from policytrack.moments import as_day
from policytrack.sources.tables import Columns, checked_columns

if TYPE_CHECKING:
    from policytrack.sources.web import Web


@dataclass(frozen=True)
class ReadOptions:
    """What is said of the sources of one call, for all of them.

    `columns` names the columns of CSV and Parquet files, by fields of Article: {"text": "body"}; `published_at` is the
    date of articles that do not say their own. `full_text` fetches the page behind each entry of a feed;
    `allow_private` lets addresses of the own machine and network be fetched.
    """

    columns: Mapping[str, str] = field(default_factory=dict)
    published_at: str | None = None
    full_text: bool = False
    allow_private: bool = False
    fetcher: Web | None = field(default=None, compare=False, repr=False)

    def __post_init__(self) -> None:
        checked_columns(self.columns)
        if self.published_at is not None:
            as_day(self.published_at, "published_at")

    @property
    def table(self) -> Columns:
        """Which column is which, of a table."""
        return Columns(self.columns, self.published_at)

    @cached_property
    def web(self) -> Web:
        """What fetches: what is given, else one for all sources of a call, so that no host is asked too fast."""
        from policytrack.sources.web import Web

        return self.fetcher or Web()
