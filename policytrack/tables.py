"""The ledger's tables, the version of their schema, and the opening of the file that holds them.

A row stands from its `recorded_at` to its `superseded_at` (exclusive; null = it stands still). Moments are whole
microseconds since 1970 in UTC, ids are the 16 bytes of their digest, payloads are records as JSON.
"""

from __future__ import annotations

import datetime
import importlib.metadata
import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Connection,
    Dialect,
    Engine,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
    UniqueConstraint,
    create_engine,
    event,
    insert,
    select,
    text,
    update,
)
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.pool import QueuePool, StaticPool
from sqlalchemy.types import TypeDecorator

from policytrack.errors import LedgerError

SCHEMA_VERSION = 2
MEMORY = ":memory:"
BUSY_SECONDS = 30.0

_EPOCH = datetime.datetime(1970, 1, 1, tzinfo=datetime.UTC)
_MICROSECOND = datetime.timedelta(microseconds=1)


class Moment(TypeDecorator[datetime.datetime]):
    """An aware UTC moment, kept as whole microseconds since 1970: exact, small, and in order."""

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: datetime.datetime | None, dialect: Dialect) -> int | None:  # noqa: ARG002 base
        return None if value is None else (value - _EPOCH) // _MICROSECOND

    def process_result_value(self, value: int | None, dialect: Dialect) -> datetime.datetime | None:  # noqa: ARG002 base
        return None if value is None else _EPOCH + value * _MICROSECOND


class Digest(TypeDecorator[str]):
    """32 hexadecimal digits after a fixed prefix ("c-"), kept as 16 bytes."""

    impl = LargeBinary(16)
    cache_ok = True

    def __init__(self, prefix: str = "") -> None:
        super().__init__()
        self.prefix = prefix

    def process_bind_param(self, value: str | None, dialect: Dialect) -> bytes | None:  # noqa: ARG002 base
        return None if value is None else bytes.fromhex(value.removeprefix(self.prefix))

    def process_result_value(self, value: bytes | None, dialect: Dialect) -> str | None:  # noqa: ARG002 base
        return None if value is None else self.prefix + value.hex()


metadata = MetaData()

ledger = Table(
    "ledger",
    metadata,
    Column("schema", Integer, nullable=False),
    Column("written_by", Text, nullable=False),
)

batches = Table(
    "batches",
    metadata,
    Column("key", Integer, primary_key=True),
    Column("recorded_at", Moment, nullable=False),
    Column("rules", Digest, nullable=False),
    Column("cause", Text, nullable=False, server_default="articles"),
    Index("batches_by_moment", "recorded_at"),
)
"""One row a transaction that recorded something, with the digest of the rules that it was made by.

`cause` is "rules" where nothing new was taken in, and other rules made something else of what was there.
"""

articles = Table(
    "articles",
    metadata,
    Column("key", Integer, primary_key=True),
    Column("id", Text, nullable=False),
    Column("text_digest", Digest, nullable=False),
    Column("published_at", Text, nullable=False),
    Column("source", Text, nullable=False),
    Column("copy_of", Text),
    Column("skipped", Text),
    Column("text", Text, nullable=False),
    Column("payload", Text, nullable=False),
    Column("recorded_at", Moment, nullable=False),
    Column("superseded_at", Moment),
    UniqueConstraint("id", "text_digest"),
)
"""Every version of every article. `payload` holds the fields that have no column; `skipped` why it was not read."""

claims = Table(
    "claims",
    metadata,
    Column("key", Integer, primary_key=True),
    Column("id", Digest("c-"), nullable=False),
    Column("article", Integer, ForeignKey("articles.key"), nullable=False),
    Column("policy", Text),
    Column("payload", Text, nullable=False),
    Column("recorded_at", Moment, nullable=False),
    Column("superseded_at", Moment),
    Index("claims_by_id", "id"),
    Index("claims_by_policy", "policy"),
    Index("claims_by_article", "article"),
)
"""The journal: what everything else is derived from."""

states = Table(
    "states",
    metadata,
    Column("key", Integer, primary_key=True),
    Column("id", Digest("p-"), nullable=False),
    Column("policy", Text, nullable=False),
    Column("status", Text, nullable=False),
    Column("valid_from", Text, nullable=False),
    Column("valid_to", Text),
    Column("first_day", Integer, nullable=False),
    Column("end_day", Integer),
    Column("payload", Text, nullable=False),
    Column("rules", Digest, nullable=False),
    Column("recorded_at", Moment, nullable=False),
    Column("superseded_at", Moment),
    Index("states_by_id", "id"),
    Index("states_by_policy", "policy", "first_day"),
)
"""`first_day` and `end_day` (exclusive) are `valid_from` and `valid_to` as day numbers, the first day of each."""

shifts = Table(
    "shifts",
    metadata,
    Column("key", Integer, primary_key=True),
    Column("id", Digest("s-"), nullable=False),
    Column("policy", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("direction", Text, nullable=False),
    Column("occurred_on", Text, nullable=False),
    Column("first_day", Integer, nullable=False),
    Column("correction", Boolean, nullable=False),
    Column("payload", Text, nullable=False),
    Column("rules", Digest, nullable=False),
    Column("recorded_at", Moment, nullable=False),
    Column("superseded_at", Moment),
    Index("shifts_by_id", "id"),
    Index("shifts_by_policy", "policy"),
    Index("shifts_by_day", "first_day"),
)
"""`correction` is true where background claims alone made the step: recorded, never announced."""

notices = Table(
    "notices",
    metadata,
    Column("key", Integer, primary_key=True),
    Column("shift", Digest("s-"), nullable=False, unique=True),
    Column("recorded_at", Moment, nullable=False),
    Column("announced_at", Moment),
    Column("failures", Text),
)
"""One row a shift that has to be announced, written with the shift; `announced_at` is set when the hooks have run."""


def open_engine(path: str) -> Engine:
    """An engine on the ledger file, whose transactions are the database's own: BEGIN, or BEGIN IMMEDIATE to write.

    A file that may not be written, or stands in a folder that may not, is opened for reading alone.
    """

    def connect() -> sqlite3.Connection:
        return _memory() if path == MEMORY else _file(path)

    pool = StaticPool if path == MEMORY else QueuePool
    engine = create_engine("sqlite://", creator=connect, poolclass=pool)
    event.listen(engine, "begin", _begin)
    return engine


_STEPS = {2: ("ALTER TABLE batches ADD COLUMN cause TEXT NOT NULL DEFAULT 'articles'",)}
"""What leads to each schema from the one before it."""


def schema_of(connection: Connection) -> int:
    """The version of the schema that the tables follow."""
    return int(connection.execute(select(ledger.c.schema)).scalar_one())


def create_tables(connection: Connection) -> None:
    """Nothing; the tables follow the schema of this version, and say so: new ones, or brought forward from older."""
    metadata.create_all(connection)
    found = connection.execute(ledger.select()).first()
    if found is None:
        connection.execute(insert(ledger).values(schema=SCHEMA_VERSION, written_by=this_version()))
    elif found.schema < SCHEMA_VERSION:
        for schema in range(found.schema + 1, SCHEMA_VERSION + 1):
            for statement in _STEPS[schema]:
                connection.execute(text(statement))
        connection.execute(update(ledger).values(schema=SCHEMA_VERSION, written_by=this_version()))


def has_tables(path: str) -> bool:
    """Whether the file is a ledger that this version can use; False where there is nothing yet.

    LedgerError, and the file stays as it is, for a folder, a path in no folder, a file of another kind, and a ledger
    that a newer version wrote.
    """
    file = Path(path)
    if file.is_dir():
        raise LedgerError(f"{path} is a folder; a ledger is a file. Write {str(file / 'policytrack.db')!r}.")
    if not file.exists():
        if not file.parent.is_dir():
            raise LedgerError(f"{path}: the folder {str(file.parent)!r} is not there. Make it, or name another path.")
        return False
    # With a log of another process beside it, only a read-only connection leaves the file as it is.
    mode = "ro" if _log_of(file).exists() else "rw"
    with named_errors(path), closing(_open(file, mode if _may_write(file) else "ro")) as connection:
        return _has_tables(path, connection)


def this_version() -> str:
    """The version of policytrack that runs; "unreleased" in a checkout that nobody has installed."""
    try:
        return importlib.metadata.version("policytrack")
    except importlib.metadata.PackageNotFoundError:
        return "unreleased"


@contextmanager
def named_errors(path: str) -> Iterator[None]:
    """LedgerError with the path and a remedy, instead of what the database driver raises inside the block."""
    try:
        yield
    except sqlite3.Error as error:
        raise LedgerError(_told(path, error)) from error
    except SQLAlchemyError as error:
        cause = getattr(error, "orig", None)
        raise LedgerError(_told(path, cause if isinstance(cause, sqlite3.Error) else error)) from error


def _has_tables(path: str, connection: sqlite3.Connection) -> bool:
    names = {name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
    if not names:
        return False
    row = connection.execute("SELECT schema, written_by FROM ledger").fetchone() if "ledger" in names else None
    if row is None:
        known = ", ".join(sorted(names)[:3])
        raise LedgerError(
            f"{path} belongs to another program (tables: {known}); it was not touched. Name another file."
        )
    schema, written_by = row
    if schema > SCHEMA_VERSION:
        raise LedgerError(
            f"{path} was written by policytrack {written_by} (schema {schema}), this is {this_version()} "
            f"(schema {SCHEMA_VERSION}). Upgrade with pip; the file was not touched."
        )
    return True


def _memory() -> sqlite3.Connection:
    return sqlite3.connect(MEMORY, isolation_level=None, check_same_thread=False)


def _file(path: str) -> sqlite3.Connection:
    file = Path(path)
    if file.exists() and not _may_write(file):
        return _open(file, "ro")
    connection = _open(file, "rwc")
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("PRAGMA wal_autocheckpoint=20000")
    connection.execute("PRAGMA foreign_keys=ON")
    return connection


def _open(file: Path, mode: str) -> sqlite3.Connection:
    # as_uri quotes what a URI would take for its own: question marks, hashes, percent signs.
    uri = f"{file.absolute().as_uri()}?mode={mode}"
    if mode == "ro" and not _log_of(file).exists():
        uri += "&immutable=1"  # else SQLite would want to write a log beside the file, even to read
    return sqlite3.connect(uri, uri=True, timeout=BUSY_SECONDS, isolation_level=None, check_same_thread=False)


def _log_of(file: Path) -> Path:
    return file.with_name(file.name + "-wal")


def _may_write(file: Path) -> bool:
    return os.access(file, os.W_OK) and os.access(file.parent, os.W_OK)


def _begin(connection: Connection) -> None:
    # The driver's own BEGIN comes too late and takes no lock: two writers would each read, then one would fail.
    writes = connection.get_execution_options().get("writes", False)
    connection.execute(text("BEGIN IMMEDIATE" if writes else "BEGIN"))


_REMEDIES = {
    sqlite3.SQLITE_NOTADB: "is not an SQLite file, so no ledger; it was not touched. Name another file.",
    sqlite3.SQLITE_CORRUPT: "is damaged ({reason}). Restore it from a copy.",
    sqlite3.SQLITE_READONLY: "is read-only. Make the file and its folder writable, or name another path.",
    sqlite3.SQLITE_CANTOPEN: "cannot be opened. Check the permissions of the file and of its folder.",
    sqlite3.SQLITE_PERM: "cannot be opened. Check the permissions of the file and of its folder.",
    sqlite3.SQLITE_BUSY: "is locked: another process writes to it. Try again when that has ended.",
    sqlite3.SQLITE_LOCKED: "is locked: another process writes to it. Try again when that has ended.",
    sqlite3.SQLITE_FULL: "cannot grow: the disk is full. Nothing of the last batch was kept.",
    sqlite3.SQLITE_IOERR: "cannot be read or written ({reason}). Check the disk.",
}


def _told(path: str, error: Exception) -> str:
    code: Any = getattr(error, "sqlite_errorcode", None)
    remedy = _REMEDIES.get(code & 0xFF) if isinstance(code, int) else None  # the low byte is the primary code
    return f"{path} {remedy.format(reason=error)}" if remedy else f"{path}: {error}"
