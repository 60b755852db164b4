"""The database file that holds a ledger: its opening, its transactions, and its errors in words with a remedy."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event, text
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.pool import QueuePool, StaticPool

from policytrack.errors import LedgerError
from policytrack.ledger.migrations import SCHEMA_VERSION
from policytrack.version import this_version

MEMORY = ":memory:"
BUSY_SECONDS = 30.0


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
