"""The command line: `policytrack`, or `python -m policytrack`."""

from __future__ import annotations

import gc
import io
import sys

RARELY = (50_000, 10, 10)
"""How often Python looks for objects that hold each other: commands make many records that stay, and few such."""


def main() -> None:
    """Runs the command that the arguments name, and exits with its code."""
    gc.set_threshold(*RARELY)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            # Data is UTF-8 wherever it is written; what no encoding holds is escaped as JSON escapes it.
            stream.reconfigure(encoding="utf-8", errors="backslashreplace")
    from policytrack.cli import app

    app(prog_name="policytrack")


if __name__ == "__main__":
    main()
