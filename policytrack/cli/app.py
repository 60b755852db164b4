"""The program and its families of commands, still empty.

Each other module here puts its commands in; `policytrack.cli` imports them in the order in which help lists them.
"""

from __future__ import annotations

from typing import Annotated

import typer

app = typer.Typer(
    name="policytrack",
    help="Reads news articles and tells you when a policy shifts, what kind of shift it is, and which cause was given.",
    epilog="\b\nFirst:\n  policytrack demo\n  policytrack COMMAND --help     each with examples",
    no_args_is_help=True,
    rich_markup_mode=None,  # rich's help takes five times as long, and is drawn in boxes when piped too
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110},
)
rules_app = typer.Typer(
    no_args_is_help=True,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110},
)
app.add_typer(rules_app, name="rules", help="Check the files that say what is tracked and how it is read.")
ledger_app = typer.Typer(
    no_args_is_help=True,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110},
)
app.add_typer(ledger_app, name="ledger", help="Look after the ledger itself.")
alerts_app = typer.Typer(
    no_args_is_help=True,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110},
)
app.add_typer(alerts_app, name="alerts", help="Tell people and programs of shifts, once, and see what became of it.")
review_app = typer.Typer(
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110},
)
app.add_typer(review_app, name="review")

NOT_INSTALLED = "not installed"


def _print_version(wanted: bool) -> None:
    if wanted:
        from policytrack.version import version_of

        typer.echo(f"policytrack {version_of('policytrack', NOT_INSTALLED)}")
        raise typer.Exit


@app.callback()
def _first(
    version: Annotated[
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Show the version and exit.")
    ] = False,
) -> None:
    """What stands before a command."""
