"""Commands for authors of rules: `policytrack rules ...`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from policytrack.cli.app import rules_app
from policytrack.cli.options import FormatFlag, RulesDir
from policytrack.cli.showing import near, print_lines
from policytrack.terminal import ExitCode, Talk, command


@command(
    rules_app,
    "check",
    "policytrack rules check",
    "policytrack rules check rules/ my-packs/",
    "policytrack rules check my-pack.yaml --format jsonl",
)
def check(
    talk: Talk,  # noqa: ARG001 every command has it
    paths: Annotated[
        list[Path] | None,
        typer.Argument(
            metavar="PATH...", help="Rules folders, packs, folders of packs; without one the rules folder in use."
        ),
    ] = None,
    rules: RulesDir = None,
    format: FormatFlag = "text",
) -> None:
    """Show every problem of rule files at once.

    Each is shown with its place, a caret, and what would have been right. A pack is checked beside the rules folder
    that it lies in, else beside --rules or the shipped rules. The exit code is 1 where there is a problem.
    """
    from policytrack.limits import engine_problems
    from policytrack.packs import check_rules, shipped
    from policytrack.render import data, text

    checked = paths or [rules or shipped("rules")]
    problems = check_rules(checked, rules, further=engine_problems)
    if format == "text":
        typer.echo(text.problems(problems, [near(path) for path in checked]))
    elif format == "json":
        typer.echo(data.problems(problems))
    else:
        print_lines(data.problem_line(problem) for problem in problems)
    if problems:
        raise typer.Exit(ExitCode.FOUND)
