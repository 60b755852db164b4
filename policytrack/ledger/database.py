"""The database that holds a ledger: one interface, one module a kind of database."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, closing, contextmanager
from functools import lru_cache
from pathlib import Path
from typing import Any, Literal

from sqlalchemy import Connection, Dialect, Engine, PoolProxiedConnection, Select
from sqlalchemy.exc import SQLAlchemyError

from policytrack.errors import LedgerError
from policytrack.ledger.migrations import SCHEMA_VERSION
from policytrack.version import this_version

MEMORY = ":memory:"

Sender = Literal["hooks", "channels"]
"""Who sends alerts: a process that calls its own functions and commands, or one that serves the channels of a file."""

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
                self.is_ours(connection)

    def first(self, question: Select[Any], asked: Mapping[str, object]) -> Any:
        """The first value of the first row that answers a question, which is asked alone; None where no row does.

        For what is asked so often that the way through SQLAlchemy would be most of its time: `asked` holds values as
        the database keeps them.
        """
        words, names = _worded(question, self.engine.dialect)
        with self.errors(), closing(self.engine.raw_connection()) as connection, closing(connection.cursor()) as cursor:
            self.is_ours(connection)
            cursor.execute(words, asked if names is None else [asked[name] for name in names])
            row = cursor.fetchone()
        return None if row is None else row[0]

    @abstractmethod
    def begun(self, connection: Connection, *, writes: bool) -> None:
        """Nothing; the transaction that was begun is of this kind."""

    def is_ours(self, connection: Connection | PoolProxiedConnection) -> None:  # noqa: B027 most have nothing to look at
        """Nothing; LedgerError where the place is another by now, so that what is written would be lost."""

    @abstractmethod
    def told(self, error: Exception) -> str:
        """What went wrong in the database, and the remedy, after its name."""

    @contextmanager
    def errors(self) -> Iterator[None]:
        """LedgerError with the name and a remedy, instead of what the driver raises inside the block."""
        try:
            yield
        except (SQLAlchemyError, self.engine.dialect.loaded_dbapi.Error) as error:
            raise LedgerError(f"{self.name}{self.told(getattr(error, 'orig', None) or error)}") from error

    @abstractmethod
    def sending(self, seconds: float, who: Sender) -> AbstractContextManager[bool]:
        """A block in which nobody else of a kind sends what this ledger holds; False where another does for longer."""

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


@lru_cache(maxsize=16)
def _worded(question: Select[Any], dialect: Dialect) -> tuple[str, Sequence[str] | None]:
    """A question in a database's own words, and the order of its values where they go by place."""
    compiled = question.compile(dialect=dialect)
    return str(compiled), getattr(compiled, "positiontup", None)
