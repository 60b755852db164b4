"""The command line: `policytrack`, or `python -m policytrack`."""

from __future__ import annotations

import io
import sys

from policytrack.circles import look_rarely


def main() -> None:
    """Runs the command that the arguments name, and exits with its code."""
    look_rarely()
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            # Data is UTF-8 wherever it is written; what no encoding holds is escaped as JSON escapes it.
            stream.reconfigure(encoding="utf-8", errors="backslashreplace")
    from policytrack.cli import app

    app(prog_name="policytrack")


if __name__ == "__main__":
    main()
