"""Where an answer goes: to stdout, or to a file that is there whole or not at all."""

from __future__ import annotations

import io
import sys
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stdout
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from policytrack.errors import ConfigError

if TYPE_CHECKING:
    from policytrack.shown import Listed

Output = Annotated[
    Path | None,
    typer.Option(
        "--output", "-o", metavar="FILE", help="Write the answer to this file, in place of one that is there."
    ),
]
NoMark = Annotated[
    bool, typer.Option("--no-bom", help="CSV without the byte-order mark, by which spreadsheets know UTF-8.")
]


@contextmanager
def answer_to(output: Path | None, format: str, *, no_bom: bool = False) -> Iterator[None]:
    """What is printed meanwhile goes to the file, when all of it is known; else to stdout, as ever.

    ConfigError where the file cannot be written, or a terminal would get what it cannot show; before anything is asked,
    as far as that can be seen then. A file that was there stays as it was wherever something fails.
    """
    if no_bom and format != "csv":
        raise ConfigError("--no-bom is for --format csv: leave it out.")
    if output is None:
        if format == "parquet" and sys.stdout.isatty():
            raise ConfigError("parquet is not for a terminal. Name a file: --output FILE.")
        yield
        return
    from policytrack.wholefile import check_place, put_whole, refused

    check_place(output)
    told = io.BytesIO()
    stream = io.TextIOWrapper(told, encoding="utf-8", errors="backslashreplace", newline="")
    with redirect_stdout(stream):
        yield
    stream.flush()
    try:
        put_whole(output, told.getvalue())
    except OSError as error:
        raise refused(output, error) from None


def print_table(found: Listed, format: str, *, mark: bool = True) -> None:
    """The records as CSV or as Parquet."""
    if format == "parquet":
        from policytrack.render import frames

        held = io.BytesIO()
        frames.parquet(found, held)
        sys.stdout.buffer.write(held.getvalue())
        return
    from policytrack.render import sheet

    typer.echo(sheet.csv_of(found, sheet.MARK if mark else ""), nl=False)
