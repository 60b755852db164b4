"""A ledger in one SQLite file, or in memory: its opening, its transactions, and its errors in words with a remedy."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, PoolProxiedConnection, create_engine, event
from sqlalchemy.pool import ConnectionPoolEntry, QueuePool, StaticPool

from policytrack.errors import LedgerError
from policytrack.ledger import database
from policytrack.ledger.database import MEMORY, Database, Sender
from policytrack.ledger.locked import locked


class SQLiteDatabase(Database):
    """An SQLite file, or a database in memory, whose transactions are BEGIN, or BEGIN IMMEDIATE to write.

    A file that may not be written, or stands in a folder that may not, is opened for reading alone.
    """

    def __init__(self, path: str) -> None:
        self.name = path
        self.file = None if path == MEMORY else Path(path)
        pool = StaticPool if self.file is None else QueuePool
        self.engine = create_engine("sqlite://", creator=self._connect, poolclass=pool)
        if self.file is not None:
            event.listen(self.engine, "connect", self._remember)

    def is_there(self) -> bool:
        file = self.file
        if file is None:
            return False
        if file.is_dir():
            raise LedgerError(f"{self.name} is a folder; a ledger is a file. Write {str(file / 'policytrack.db')!r}.")
        if not file.exists():
            if not file.parent.is_dir():
                missing = f"the folder {str(file.parent)!r} is not there"
                raise LedgerError(f"{self.name}: {missing}. Make it, or name another path.")
            return False
        # With a log of another process beside it, only a read-only connection leaves the file as it is.
        mode = "ro" if _log_of(file).exists() else "rw"
        with self.errors(), closing(_open(file, mode if _may_write(file) else "ro")) as connection:
            return self._has_tables(connection)

    def begun(self, connection: Connection, *, writes: bool) -> None:
        self.is_ours(connection)
        # The driver's own BEGIN comes too late and takes no lock: two writers would each read, then one would fail.
        driver: Any = connection.connection.driver_connection
        driver.execute("BEGIN IMMEDIATE" if writes else "BEGIN")

    def is_ours(self, connection: Connection | PoolProxiedConnection) -> None:
        if self.file is None:
            return
        try:
            is_there = os.path.samestat(connection.info["file"], os.stat(self.name))  # noqa: PTH116 asked for often
        except OSError:
            is_there = False
        if not is_there:
            changed = "was moved, deleted or replaced while it was open"
            raise LedgerError(f"{self.name} {changed}; nothing more is written. Put it back, or open it anew.")

    def told(self, error: Exception) -> str:
        code: Any = getattr(error, "sqlite_errorcode", None)
        remedy = _REMEDIES.get(code & 0xFF) if isinstance(code, int) else None  # the low byte is the primary code
        return f" {remedy.format(reason=error)}" if remedy else f": {error}"

    @contextmanager
    def sending(self, seconds: float, who: Sender) -> Iterator[bool]:
        path = self.file and self.file.with_name(f"{self.file.name}.{who}")
        file = path and locked(path, seconds)
        try:
            yield path is None or file is not None
        finally:
            if path and file:
                path.unlink()
                file.close()

    def scrub(self) -> str:
        if self.file is None:
            return ""
        with self.errors(), closing(_file(self.file)) as connection:
            connection.execute("PRAGMA secure_delete=ON")
            connection.execute("VACUUM")  # writes the whole file anew: old pages hold words that no row has
            self.engine.dispose()
            busy, *_ = connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
        return f"another process reads {self.name}, and the file beside it, {_log_of(self.file)}" if busy else ""

    def _remember(self, _: object, record: ConnectionPoolEntry) -> None:
        assert self.file is not None
        record.info["file"] = self.file.stat()

    def _connect(self) -> sqlite3.Connection:
        return _memory() if self.file is None else _file(self.file)

    def _has_tables(self, connection: sqlite3.Connection) -> bool:
        names = {name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
        if not names:
            return False
        row = connection.execute("SELECT schema, written_by FROM ledger").fetchone() if "ledger" in names else None
        if row is None:
            known = ", ".join(sorted(names)[:3])
            raise LedgerError(
                f"{self.name} belongs to another program (tables: {known}); it was not touched. Name another file."
            )
        self.check_schema(*row)
        return True


def _memory() -> sqlite3.Connection:
    return sqlite3.connect(MEMORY, isolation_level=None, check_same_thread=False)


def _file(file: Path) -> sqlite3.Connection:
    if file.exists() and not _may_write(file):
        return _open(file, "ro")
    connection = _open(file, "rwc")
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("PRAGMA wal_autocheckpoint=20000")
    connection.execute("PRAGMA synchronous=FULL")  # what was committed outlives a power cut, however SQLite was built
    connection.execute("PRAGMA foreign_keys=ON")
    return connection


def _open(file: Path, mode: str) -> sqlite3.Connection:
    # as_uri quotes what a URI would take for its own: question marks, hashes, percent signs.
    uri = f"{file.absolute().as_uri()}?mode={mode}"
    if mode == "ro" and not _log_of(file).exists():
        uri += "&immutable=1"  # else SQLite would want to write a log beside the file, even to read
    return sqlite3.connect(uri, uri=True, timeout=database.BUSY_SECONDS, isolation_level=None, check_same_thread=False)


def _log_of(file: Path) -> Path:
    return file.with_name(file.name + "-wal")


def _may_write(file: Path) -> bool:
    return os.access(file, os.W_OK) and os.access(file.parent, os.W_OK)


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
