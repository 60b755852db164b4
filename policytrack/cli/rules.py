"""Commands for authors of rules: `policytrack rules ...`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from policytrack.cli.app import rules_app
from policytrack.cli.options import FormatFlag, PolicyKind, RulesDir
from policytrack.cli.showing import near, print_lines, print_records
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


def _codes(incomplete: str) -> list[str]:
    from policytrack.codes import Code

    return [code.value for code in Code if code.value.startswith(incomplete.upper())]


@command(
    rules_app,
    "explain-error",
    "policytrack rules explain-error PT120",
    "policytrack rules explain-error rule_tie",
    "policytrack rules explain-error",
)
def explain_error(
    talk: Talk,  # noqa: ARG001 every command has it
    code: Annotated[
        list[str] | None,
        typer.Argument(metavar="CODE...", help="Codes or names of problems; all, if left out.", autocompletion=_codes),
    ] = None,
    format: FormatFlag = "text",
) -> None:
    """Say what a problem of rule files means and what to do about it.

    Where an example says more than words, a pack that has the problem is shown, and one that has not.
    """
    from policytrack.codes import Code
    from policytrack.remedies import REMEDIES, code_named, told

    wanted = [code_named(each) for each in code or ()]
    if format == "text":
        listed = "\n".join(f"{each.value} {each.name.lower()}: {each.meaning}" for each in Code)
        typer.echo("\n\n\n".join(told(each) for each in wanted) if wanted else listed)
        return
    found = [
        {"code": each.value, "name": each.name.lower(), "meaning": each.meaning, **REMEDIES[each]._asdict()}
        for each in wanted or Code
    ]
    if format == "json":
        typer.echo(json.dumps({"codes": found}, indent=2))
    else:
        print_lines(json.dumps(each) for each in found)


@command(
    rules_app,
    "matrix",
    "policytrack rules matrix",
    "policytrack rules matrix --kind permission",
    "policytrack rules matrix --rules my-rules/ --format jsonl",
)
def matrix(
    talk: Talk,
    kind: Annotated[PolicyKind | None, typer.Option("--kind", help="Only policies of this kind.")] = None,
    rules: RulesDir = None,
    format: FormatFlag = "text",
) -> None:
    """Show what each operation does to a policy, and what that is called.

    Every status before, operation and direction is tried with a claim that says nothing else, and with one that names a
    scope, a level or a date. A step that no shift rule names is a hole, and the exit code is 1.
    """
    from policytrack.matrix import lines, meetings, outcomes
    from policytrack.model import POLICY_KINDS
    from policytrack.packs import load_rules

    core = load_rules(rules).core
    found = list(outcomes(core, [kind] if kind else POLICY_KINDS))
    holes = sum(each.is_hole for each in found)
    if format == "text":
        print_lines(list(lines(found))[1:])
        typer.echo("\nwhere two rules fit one step")
        print_lines(f"  {one} wins over {other}: it {why}" for (one, other), why in meetings(core, found).items())
    else:
        print_records(talk, "outcomes", found, format)
    talk.say(f"\n{holes} of {len(found)} steps are holes: no shift rule fits" if holes else "\nno holes")
    if holes:
        raise typer.Exit(ExitCode.FOUND)
