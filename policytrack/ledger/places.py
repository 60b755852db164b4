"""Which database a place names: a path, a URL, or memory."""

from __future__ import annotations

from policytrack.errors import ConfigError
from policytrack.ledger.database import Database
from policytrack.ledger.postgres import PostgresDatabase
from policytrack.ledger.sqlite import SQLiteDatabase


def open_database(place: str) -> Database:
    """The database of a path, of a URL, or in memory; nothing is made yet. ConfigError for a URL of another kind."""
    if "://" not in place:
        return SQLiteDatabase(place)
    kind, _, rest = place.partition("://")
    if kind in ("postgresql", "postgres", "postgresql+psycopg"):
        return PostgresDatabase(f"postgresql+psycopg://{rest}")
    raise ConfigError(
        f"{kind}://: a ledger is an SQLite file or a PostgreSQL database. Write a path, or postgresql://..."
    )
