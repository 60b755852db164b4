"""Commands for keepers of a ledger: `policytrack ledger ...`."""

from __future__ import annotations

from typing import Annotated

import typer

from policytrack.cli.app import ledger_app
from policytrack.cli.options import LEDGER, Db
from policytrack.cli.showing import print_lines, tracker_of
from policytrack.errors import ConfigError
from policytrack.terminal import Talk, command


@command(
    ledger_app,
    "export",
    "policytrack ledger export --canonical > ledger.jsonl",
    "policytrack ledger export --canonical --db watch.db | sha256sum",
)
def export(
    talk: Talk,  # noqa: ARG001 every command has it
    canonical: Annotated[
        bool,
        typer.Option("--canonical", help="What stands now, the same bytes in whatever order the articles were read."),
    ] = False,
    db: Db = LEDGER,
) -> None:
    """Write the ledger as lines of JSON.

    The canonical form holds articles in their newest version, claims, and the states and shifts that stand now: no
    ids of shifts, recorded moments, superseded rows or corrections. It is the only form yet, so the flag is needed.
    """
    if not canonical:
        raise ConfigError("--canonical is missing: this version writes no other form. Add it.")
    with tracker_of(db, None, None) as tracker:
        print_lines(tracker.ledger.export_canonical())
