"""Reading sources on a schedule: what is due is fetched, what is new is ingested, and what came of it is kept.

What is due is computed from what is kept, so that a watch goes on after a restart where it stopped. A source is kept
after its articles are in the ledger: a kill in between has them read again, which adds nothing.
"""

from __future__ import annotations

import datetime
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from pydantic import AwareDatetime, ConfigDict, Field

from policytrack.errors import AlertError, ArticleError
from policytrack.health import Keeper, Kept, SourceHealth, health_of, is_silent
from policytrack.intake import IngestReport
from policytrack.model import SCHEMA, Article, Record, Shift
from policytrack.moments import Clock, in_utc, system_clock
from policytrack.shown import Rows
from policytrack.silent import SilentSource
from policytrack.sources import Item, ReadOptions, items, path_items
from policytrack.sources.web import Unreached, Validators, Web
from policytrack.tracker import Tracker
from policytrack.watchfile import WatchedSource, WatchFile, as_span

LONGEST_WAIT = datetime.timedelta(days=1)
"""For how long a server that asks to be left alone is left alone, at most."""
EARLY = 10
"""A round of its own takes a source a tenth of its time early: whoever starts it every 15 minutes is not quite even."""

Outcome = Literal["new", "nothing_new", "unchanged", "failed"]


class Round(Record):
    """What one look at a source gave. `read` counts the articles that were new or had another text than before.

    `failed`: nothing could be had. `errors` may also stand beside what is new: entries or files that cannot be read.
    """

    schema_: int = Field(default=SCHEMA, alias="schema")
    source: str
    address: str
    asked_at: AwareDatetime
    outcome: Outcome
    read: int = 0
    shifts: Rows[Shift] = Field(default_factory=lambda: Rows((), Shift))
    errors: tuple[str, ...] = ()
    due_at: AwareDatetime

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True, serialize_by_alias=True)


@dataclass
class _Look:
    """What a look at one source finds, while it goes on."""

    validators: Validators = field(default_factory=Validators)
    seen: dict[str, str] = field(default_factory=dict)
    errors: list[ArticleError] = field(default_factory=list)
    report: IngestReport = field(default_factory=IngestReport)
    unchanged: bool = False
    failed: bool = False
    passing: bool = False
    not_before_at: datetime.datetime | None = None


class Watch:
    """The sources of one file, watched for one ledger. `stopped` is asked before each source."""

    def __init__(
        self,
        tracker: Tracker,
        watched: WatchFile,
        keeper: Keeper,
        *,
        web: Web | None = None,
        clock: Clock = system_clock,
        stopped: Callable[[], bool] = lambda: False,
    ) -> None:
        self._tracker = tracker
        self._sources = watched.sources
        self._keeper = keeper
        self._web = web or Web()
        self._now = in_utc(clock)
        self._stopped = stopped
        self._alert_errors: list[AlertError] = []

    def round(self, *, once: bool = False) -> Iterator[Round | SilentSource]:
        """What each source gives that is due, the longest due first; then which sources have fallen silent."""
        for source in self._due(once):
            if self._stopped():
                return
            yield self._take(source)
        yield from self._silences()

    def next_due(self) -> datetime.datetime:
        """When the next source is due."""
        return min(due_at(source, self._keeper.load(source.name), self._now()) for source in self._sources)

    def seconds_to_wait(self) -> float:
        """The seconds until the next source is due, or may have fallen silent: at most a minute."""
        return min(max((self.next_due() - self._now()).total_seconds(), 0), 60)

    def take_alert_errors(self) -> list[AlertError]:
        """The hooks that failed since this was asked last."""
        found, self._alert_errors = self._alert_errors, []
        return found

    def _due(self, early: bool) -> list[WatchedSource]:
        now = self._now()
        found = []
        for source in self._sources:
            ahead = as_span(source.every) / EARLY if early else datetime.timedelta()
            due = due_at(source, self._keeper.load(source.name), now)
            found += [(due, source)] if due - ahead <= now else []
        return [source for _, source in sorted(found, key=lambda each: each[0])]

    def _take(self, source: WatchedSource) -> Round:
        now = self._now()
        before = kept_of(source, self._keeper.load(source.name), now)
        look = _Look()
        options = ReadOptions(
            columns={str(field): column for field, column in source.columns.items()},
            published_at=source.published_at,
            full_text=source.full_text,
            allow_private=source.allow_private,
            fetcher=self._web,
        )
        found = self._offered(source, before, options, look)
        if found:
            look.report = self._tracker.ingest(self._new(found, source, before, look))
            self._alert_errors += look.report.alert_errors
        kept = _after(before, look, now, as_span(source.every))
        self._keeper.keep(kept)
        return _round(kept, look, now)

    def _offered(self, source: WatchedSource, before: Kept, options: ReadOptions, look: _Look) -> list[Item]:
        """What a source offers; nothing where nothing could be had or nothing has changed, which the look says."""
        try:
            found = self._asked(source, before, options, look)
        except Unreached as error:
            found = error
            wait = min(datetime.timedelta(seconds=error.wait), LONGEST_WAIT)
            look.not_before_at = self._now() + wait if wait else None
        if isinstance(found, ArticleError):
            look.errors.append(found)
            look.failed = True
            return []
        return found

    def _asked(
        self, source: WatchedSource, before: Kept, options: ReadOptions, look: _Look
    ) -> list[Item] | ArticleError:
        if source.url is None:
            return path_items(Path(str(source.path)), options)
        known = Validators(before.etag, before.last_modified)
        fetched = self._web.fetch(source.url, known, allow_private=source.allow_private)
        look.validators, look.unchanged = fetched.validators, fetched.unchanged
        return [] if fetched.unchanged else items(fetched, source.url, options)

    def _new(self, found: Iterable[Item], source: WatchedSource, before: Kept, look: _Look) -> Iterator[Article]:
        """The articles of the items that were not there before, or not so. What cannot be read now is tried again."""
        for item in found:
            if before.seen.get(item.id) == item.digest:
                look.seen[item.id] = item.digest
                continue
            passing = False
            for each in item.read():
                if isinstance(each, ArticleError):
                    look.errors.append(each)
                    passing = passing or (isinstance(each, Unreached) and each.passing)
                else:
                    yield _of(each, source)
            if passing:
                look.passing = True
            else:
                look.seen[item.id] = item.digest

    def _silences(self) -> Iterator[SilentSource]:
        """The sources that have fallen silent and of which it was not told, each told now."""
        for source in self._sources:
            now = self._now()
            kept = self._keeper.load(source.name)
            span = as_span(source.silent_after) if source.silent_after else None
            if kept is None or kept.told_at is not None or not is_silent(kept, span, now):
                continue
            silence = SilentSource(
                source=source.name,
                address=kept.address,
                silent_after=str(source.silent_after),
                new_at=kept.new_at,
                fetched_at=kept.fetched_at,
                error=health_of(kept).error if health_of(kept).state == "failing" else "",
            )
            self._alert_errors += self._tracker.announce_silent(silence, now)
            self._keeper.keep(kept.model_copy(update={"told_at": now}))
            yield silence


def health(watched: WatchFile | None, keeper: Keeper, now: datetime.datetime) -> list[SourceHealth]:
    """How the sources of a file do, in its order; without a file all of which something is kept, by name."""
    if watched is None:
        found = (keeper.load(name) for name in keeper.names())
        return [health_of(kept, kept.told_at is not None) for kept in found if kept is not None]
    return [_health(source, keeper.load(source.name), now) for source in watched.sources]


def _health(source: WatchedSource, kept: Kept | None, now: datetime.datetime) -> SourceHealth:
    span = as_span(source.silent_after) if source.silent_after else None
    held = kept_of(source, kept, now)
    due = due_at(source, kept, now)
    return health_of(held.model_copy(update={"due_at": due}), is_silent(held, span, now))


def kept_of(source: WatchedSource, kept: Kept | None, now: datetime.datetime) -> Kept:
    """What is kept of a source; nothing, where it is new or leads elsewhere than before."""
    address = place_of(source)
    return kept if kept and kept.address == address else Kept(name=source.name, address=address, watched_at=now)


def place_of(source: WatchedSource) -> str:
    """Where a source is: its address, or its path."""
    return source.url or str(source.path)


def due_at(source: WatchedSource, kept: Kept | None, now: datetime.datetime) -> datetime.datetime:
    """When a source is to be asked: `every` after it was, unless its server wants to be left alone for longer."""
    held = kept_of(source, kept, now)
    if held.asked_at is None:
        return now
    # Computed and not kept: a file that says another `every` counts at once.
    return max(held.asked_at + as_span(source.every), held.not_before_at or held.asked_at)


def _after(before: Kept, look: _Look, now: datetime.datetime, every: datetime.timedelta) -> Kept:
    """What is kept after a look."""
    due = max(now + every, look.not_before_at or now)
    changes: dict[str, object] = {"asked_at": now, "not_before_at": look.not_before_at, "due_at": due}
    if look.errors:
        changes |= {"error": str(look.errors[0]), "error_at": now}
    if not look.failed:
        changes["fetched_at"] = now
    if not (look.failed or look.unchanged):
        # What could not be had this time is asked for again, although the server would say that nothing has changed.
        validators = Validators() if look.passing else look.validators
        changes |= {"etag": validators.etag, "last_modified": validators.last_modified, "seen": look.seen}
    if look.report.read:
        changes |= {"new_at": now, "items": before.items + look.report.read, "told_at": None}
    return before.model_copy(update=changes)


def _round(kept: Kept, look: _Look, now: datetime.datetime) -> Round:
    outcome: Outcome = "new" if look.report.read else "unchanged" if look.unchanged else "nothing_new"
    assert kept.due_at is not None, "it has just been looked at"
    return Round(
        source=kept.name,
        address=kept.address,
        asked_at=now,
        outcome="failed" if look.failed else outcome,
        read=look.report.read,
        shifts=look.report.shifts,
        errors=tuple(str(error) for error in (*look.errors, *look.report.errors)),
        due_at=kept.due_at,
    )


def _of(article: Article, source: WatchedSource) -> Article:
    """The article, published by whom the file names where it does not say so itself."""
    if article.publisher or source.publisher is None:
        return article
    return article.model_copy(update={"publisher": source.publisher})
