"""The database that holds a ledger: one interface, one module a kind of database."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import SQLAlchemyError

from policytrack.errors import LedgerError
from policytrack.ledger.migrations import SCHEMA_VERSION
from policytrack.version import this_version

MEMORY = ":memory:"
BUSY_SECONDS = 30.0
"""How long one who writes waits for another."""


class Database(ABC):
    """A place that holds one ledger, or will. `name` is what messages call it, and holds no password."""

    name: str
    engine: Engine
    file: Path | None = None
    """The file that it is, where it is one."""

    @abstractmethod
    def is_there(self) -> bool:
        """Whether it holds a ledger that this version can use; False where there is nothing yet.

        LedgerError, and it stays as it is, where it cannot be one, or a newer version wrote it.
        """

    @contextmanager
    def transaction(self, *, writes: bool = False) -> Iterator[Connection]:
        """A transaction that sees one state of the database; one that writes waits until no other does."""
        # No listeners of engine events do this: with any, SQLAlchemy takes twice as long for every question.
        with self.errors(), self.engine.connect() as connection, connection.begin():
            self.begun(connection, writes=writes)
            yield connection
            if writes:
                self.ending(connection)

    @abstractmethod
    def begun(self, connection: Connection, *, writes: bool) -> None:
        """Nothing; the transaction that was begun is of this kind."""

    def ending(self, connection: Connection) -> None:  # noqa: B027 most have nothing to look at
        """Nothing; LedgerError where what was written is lost once the transaction ends."""

    @abstractmethod
    def told(self, error: Exception) -> str:
        """What went wrong in the database, and the remedy, after its name."""

    @contextmanager
    def errors(self) -> Iterator[None]:
        """LedgerError with the name and a remedy, instead of what the driver raises inside the block."""
        try:
            yield
        except SQLAlchemyError as error:
            raise LedgerError(f"{self.name}{self.told(getattr(error, 'orig', None) or error)}") from error

    @abstractmethod
    def announcing(self, seconds: float) -> AbstractContextManager[bool]:
        """A block in which nobody else announces what this ledger holds; False where another does for longer."""

    @abstractmethod
    def scrub(self) -> str:
        """What keeps the bytes of removed words in the database; empty where they are gone from it."""

    def close(self) -> None:
        """Nothing; it is let go."""
        with self.errors():
            self.engine.dispose()

    def check_schema(self, schema: int, written_by: str) -> None:
        """Nothing; LedgerError where a newer version wrote it."""
        if schema > SCHEMA_VERSION:
            raise LedgerError(
                f"{self.name} was written by policytrack {written_by} (schema {schema}), this is {this_version()} "
                f"(schema {SCHEMA_VERSION}). Upgrade with pip; it was not touched."
            )
