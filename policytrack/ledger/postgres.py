"""A ledger in a PostgreSQL database, by URL: its opening, its transactions, and its errors in words with a remedy."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Connection, create_engine, inspect, make_url, select, text
from sqlalchemy.exc import ArgumentError

from policytrack.errors import ConfigError, LedgerError
from policytrack.ledger import database
from policytrack.ledger.database import Database, Sender
from policytrack.ledger.locked import PAUSE
from policytrack.ledger.tables import articles, attempts, claims, decisions, ledger, metadata, shifts, states

_WITH_WORDS = (articles, claims, decisions, states, shifts, attempts)
"""Tables that can hold words of articles."""

_WRITERS = 0x706F6C69637974
"""The key of the lock that one who writes holds: any number that nothing else in the database locks."""
_SENDERS: Mapping[Sender, int] = {"hooks": _WRITERS + 1, "channels": _WRITERS + 2}
"""The same for those who send alerts, for whom no writer waits."""


class PostgresDatabase(Database):
    """A PostgreSQL database, whose tables lie in the first schema of its search path.

    Those who write do so one after another; each question sees one state of the database.
    """

    def __init__(self, url: str) -> None:
        try:
            parsed = make_url(url)
        except (ArgumentError, ValueError):
            raise ConfigError("the URL cannot be read. Write postgresql://user@host/database.") from None
        self.name = parsed.set(drivername="postgresql").render_as_string(hide_password=True)
        try:
            self.engine = create_engine(parsed, pool_pre_ping=True)
        except ModuleNotFoundError as error:
            raise ConfigError(
                f"{self.name}: the driver is not installed. Run: pip install 'policytrack[postgres]'"
            ) from error

    def is_there(self) -> bool:
        with self.errors(), self.engine.connect() as connection:
            names = {*inspect(connection).get_table_names()}
            if ledger.name in names:
                self.check_schema(*connection.execute(select(ledger.c.schema, ledger.c.written_by)).one())
                return True
        if foreign := sorted(names & metadata.tables.keys()):
            raise LedgerError(
                f"{self.name} has tables of another program ({', '.join(foreign[:3])}); nothing was touched. Name "
                "another database."
            )
        return False

    def begun(self, connection: Connection, *, writes: bool) -> None:
        if writes:
            # By a stricter level, which a server may prescribe, it would see what stood before it waited.
            connection.execute(text("SET TRANSACTION ISOLATION LEVEL READ COMMITTED"))
            connection.execute(text(f"SET LOCAL lock_timeout = {int(database.BUSY_SECONDS * 1000)}"))
            connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _WRITERS})
        else:
            connection.execute(text("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY"))

    @contextmanager
    def sending(self, seconds: float, who: Sender) -> Iterator[bool]:
        until = time.monotonic() + seconds
        alone = text("SELECT pg_try_advisory_xact_lock(:key)")
        with self.engine.connect() as connection, connection.begin():
            while not (taken := bool(connection.scalar(alone, {"key": _SENDERS[who]}))) and time.monotonic() < until:
                time.sleep(PAUSE)
            yield taken

    def scrub(self) -> str:
        with self.errors():
            connection = self.engine.raw_connection()
            skipped: list[str] = []
            try:
                driver: Any = connection.driver_connection
                driver.autocommit = True
                driver.add_notice_handler(lambda told: skipped.append(str(told.message_primary)))
                driver.execute(f"SET lock_timeout = {int(database.BUSY_SECONDS * 1000)}")
                driver.execute(f"VACUUM (FULL) {', '.join(table.name for table in _WITH_WORDS)}")
            except Exception as error:  # noqa: BLE001 whatever the driver raises: it is told, and the removal stands
                return f"the server did not rewrite its tables ({str(error).splitlines()[0]})"
            finally:
                connection.invalidate()
        return f"the server did not rewrite all tables ({skipped[0]})" if skipped else ""

    def told(self, error: Exception) -> str:
        code = getattr(error, "sqlstate", None)
        remedy = _REMEDIES.get(code or "") or _REMEDIES.get((code or "")[:2])
        reason = (str(error).strip().splitlines() or [type(error).__name__])[0].rstrip(".")
        if remedy is None and code is None:
            remedy = "cannot be opened ({reason}). Check the address and the user, and that the server runs."
        return f" {remedy.format(reason=reason)}" if remedy else f": {reason}."


_REMEDIES = {
    "3F000": "has no schema that this user may use ({reason}). Grant one, or name another user.",
    "42501": "does not let this user do that ({reason}). Grant it, or name another user.",
    "53100": "cannot grow: the disk is full. Nothing of the last batch was kept.",
    "53300": "has no connection left ({reason}). Try again later.",
    "55P03": "is locked: another process writes to it. Try again when that has ended.",
    "25006": "is read-only ({reason}). Name the server that takes writes.",
    "57": "was shut down or ended the work ({reason}). Nothing of the last batch was kept.",
    "08": "broke the connection ({reason}). Nothing of the last batch was kept.",
}
"""By SQLSTATE, or the class of it."""
