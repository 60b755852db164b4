"""What is known of the sources that are watched, kept beside the ledger: one small file for each, written whole.

It is no part of the ledger: without it every source is read anew, and adds nothing that was read before.
"""

from __future__ import annotations

import contextlib
import datetime
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Literal

from pydantic import AwareDatetime, ConfigDict, Field, ValidationError

from policytrack.errors import ConfigError, LedgerError
from policytrack.ledger.locked import locked, written
from policytrack.logs import get_logger
from policytrack.model import SCHEMA, Record

_log = get_logger()


class Kept(Record):
    """What is kept of one source between two rounds.

    `etag` and `last_modified` are what its server gave, `seen` the digests of the items that it offered last, by their
    ids. It is not asked before `not_before_at`, which its server wanted. `told_at` is when its present silence was
    told.
    """

    schema_: int = Field(default=SCHEMA, alias="schema")
    name: str
    address: str
    watched_at: AwareDatetime
    etag: str = ""
    last_modified: str = ""
    seen: dict[str, str] = Field(default_factory=dict)
    asked_at: AwareDatetime | None = None
    fetched_at: AwareDatetime | None = None
    new_at: AwareDatetime | None = None
    items: int = 0
    error: str = ""
    error_at: AwareDatetime | None = None
    not_before_at: AwareDatetime | None = None
    due_at: AwareDatetime | None = None
    told_at: AwareDatetime | None = None

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True, serialize_by_alias=True)

    @property
    def heard_at(self) -> datetime.datetime:
        """When it last had something new, or was first watched."""
        return self.new_at or self.watched_at


class SourceHealth(Record):
    """How a source does. `error` is the last one, also where it has been fetched since."""

    schema_: int = Field(default=SCHEMA, alias="schema")
    source: str
    address: str
    state: Literal["waiting", "fine", "failing", "silent"]
    fetched_at: AwareDatetime | None = None
    new_at: AwareDatetime | None = None
    items: int = 0
    error: str = ""
    error_at: AwareDatetime | None = None
    due_at: AwareDatetime | None = None

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True, serialize_by_alias=True)


def is_silent(kept: Kept, silent_after: datetime.timedelta | None, now: datetime.datetime) -> bool:
    """Whether a source has had nothing new for longer than that."""
    return silent_after is not None and now - kept.heard_at > silent_after


def health_of(kept: Kept, silent: bool = False) -> SourceHealth:
    """How a source does, from what is kept of it."""
    failing = kept.error_at is not None and (kept.fetched_at is None or kept.error_at > kept.fetched_at)
    state: Literal["waiting", "fine", "failing", "silent"] = (
        "waiting" if kept.asked_at is None else "failing" if failing else "silent" if silent else "fine"
    )
    told = ("address", "fetched_at", "new_at", "items", "error", "error_at", "due_at")
    return SourceHealth(source=kept.name, state=state, **{name: getattr(kept, name) for name in told})


class Keeper:
    """The folder of what is kept, `LEDGER.sources` beside the ledger. Nothing is made before something is kept."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def load(self, name: str) -> Kept | None:
        """What is kept of a source; None where nothing is, or where it cannot be read, which a warning says."""
        try:
            return Kept.model_validate_json(self._file(name).read_bytes())
        except FileNotFoundError:
            return None
        except (OSError, ValidationError) as error:
            said = "it is not what policytrack wrote" if isinstance(error, ValidationError) else error.strerror
            _log.warning("what was kept of a source cannot be read: it starts anew", source=name, reason=said)
            return None

    def keep(self, kept: Kept) -> None:
        """Nothing; it is there whole, or as it was before, whatever happens meanwhile."""
        target = self._file(kept.name)
        beside = target.with_suffix(".new")
        with written(target):
            self.folder.mkdir(parents=True, exist_ok=True)
            with beside.open("w", encoding="utf-8") as stream:
                stream.write(kept.model_dump_json(by_alias=True))
                stream.flush()
                os.fsync(stream.fileno())
            beside.replace(target)

    def names(self) -> list[str]:
        """The sources of which something is kept, by name."""
        return sorted(file.stem for file in self.folder.glob("*.json"))

    @contextlib.contextmanager
    def alone(self) -> Iterator[None]:
        """While the block runs nobody else watches with this folder; LedgerError where somebody does."""
        with written(self.folder):
            self.folder.mkdir(parents=True, exist_ok=True)
        stream = locked(self.folder / "lock")
        if stream is None:
            said = "another `policytrack watch` is running. One at a time: wait for it, or end it."
            raise LedgerError(f"{self.folder}: {said}")
        with stream:
            yield

    def _file(self, name: str) -> Path:
        return self.folder / f"{name}.json"


def kept_beside(ledger: str, kept: Path | None) -> Path:
    """The folder of what is kept: the one that is named, or beside the ledger's file. ConfigError where it has none."""
    if kept is not None:
        return kept
    if ledger == ":memory:" or "://" in ledger:
        what = "a ledger in memory" if ledger == ":memory:" else "a ledger on a server"
        raise ConfigError(f"{what} has no place beside it. Say where to keep what is known of sources: --kept FOLDER.")
    return Path(f"{ledger}.sources")
