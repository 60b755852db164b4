"""Commands for sources that are read again and again: on a schedule, and how they do."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from policytrack.cli.app import app
from policytrack.cli.options import LEDGER, Db, Execute, FormatFlag, Packs, RulesDir
from policytrack.cli.showing import hook, print_lines, print_records, tracker_of, warn_of_deprecated, width
from policytrack.cli.stopping import Stop, stopping
from policytrack.terminal import ExitCode, Talk, command

if TYPE_CHECKING:
    from policytrack.silent import SilentSource
    from policytrack.tracker import Tracker
    from policytrack.watch import Round, Watch

WatchPath = Annotated[Path, typer.Argument(metavar="FILE", help="The YAML file that lists the sources.")]
KeptFolder = Annotated[
    Path | None,
    typer.Option("--kept", metavar="FOLDER", help="Where what is known of sources is kept. [default: DB.sources]"),
]


@command(
    app,
    "watch",
    "policytrack watch sources.yaml",
    "policytrack watch sources.yaml --db desk.db --exec ./notify.sh",
    "policytrack watch sources.yaml --once",
)
def watch(
    talk: Talk,
    file: WatchPath,
    once: Annotated[bool, typer.Option("--once", help="Look at what is due and end, for cron.")] = False,
    db: Db = LEDGER,
    rules: RulesDir = None,
    pack: Packs = None,
    execute: Execute = None,
    kept: KeptFolder = None,
    format: Annotated[Literal["text", "jsonl"], typer.Option("--format", help="How stdout is written.")] = "text",
) -> None:
    """Read the sources of a file on a schedule and show the new shifts.

    One line, or record, for each look at a source. What is due follows from what is kept beside the ledger, so that a
    watch goes on where it was stopped. --exec also gets each silence. Ctrl-C ends it after the source in hand; a second
    one at once. With --once the exit code is 3 where anything failed.
    """
    from policytrack.health import Keeper, kept_beside
    from policytrack.watch import Watch
    from policytrack.watchfile import read_watch_file

    watched = read_watch_file(file)
    keeper = Keeper(kept_beside(db, kept))
    with tracker_of(db, rules, pack) as tracker, keeper.alone(), stopping() as stop:
        hook(tracker, execute or [])
        warn_of_deprecated(tracker.rules)
        watching = Watch(tracker, watched, keeper, stopped=stop.is_asked)
        failed = _rounds(talk, watching, tracker, stop, once, format)
    if stop.by_hand:
        talk.fail("Stopped. What was recorded before stays recorded.")
        raise typer.Exit(ExitCode.STOPPED)
    if once and failed:
        raise typer.Exit(ExitCode.INPUT_FAILED)


def _rounds(talk: Talk, watching: Watch, tracker: Tracker, stop: Stop, once: bool, format: str) -> bool:
    """Whether anything failed, when the rounds have ended."""
    from policytrack.moments import minutes

    failed = False
    while not stop.asked:
        looked = False
        for found in watching.round(once=once):
            looked = True
            failed = _show(talk, found, tracker, format) or failed
        for error in watching.take_alert_errors():
            talk.fail(str(error))
            failed = True
        if once:
            talk.say("" if looked else f"nothing is due before {minutes(watching.next_due())[0]}")
            break
        stop.wait(watching.seconds_to_wait())
    return failed


def _show(talk: Talk, found: Round | SilentSource, tracker: Tracker, format: str) -> bool:
    """Whether the look failed; what it gave is shown."""
    from policytrack.cards import cards
    from policytrack.render import data, text
    from policytrack.silent import SilentSource

    if isinstance(found, SilentSource):
        print_lines([text.silent_source(found) if format == "text" else data.line(found)])
        return False
    print_lines([text.looked(found) if format == "text" else data.line(found)])
    moments = tracker.ledger.moments() if found.shifts and format == "text" else None
    for card in cards(tracker, found.shifts, moments[1]) if moments else ():
        typer.echo("\n" + text.shift(card, width()) + "\n")
    for error in found.errors:
        talk.fail(error)
    return bool(found.errors)


@command(
    app,
    "sources",
    "policytrack sources",
    "policytrack sources sources.yaml",
    "policytrack sources sources.yaml --exit-code --format json",
)
def sources(
    talk: Talk,
    file: Annotated[
        Path | None, typer.Argument(metavar="FILE", help="The file for `watch`; all that was watched, if left out.")
    ] = None,
    exit_code: Annotated[
        bool, typer.Option("--exit-code", help="End with 1 where a source fails or is silent.")
    ] = False,
    db: Db = LEDGER,
    kept: KeptFolder = None,
    format: FormatFlag = "text",
) -> None:
    """Show how the watched sources do: last fetched, last new, errors.

    With a file it is checked too: all that is wrong with it is shown at once, and sources that have not been looked at
    yet are listed as waiting.
    """
    from policytrack.health import Keeper, kept_beside
    from policytrack.moments import system_clock
    from policytrack.render import text
    from policytrack.watch import health
    from policytrack.watchfile import read_watch_file

    now = system_clock()
    watched = None if file is None else read_watch_file(file)
    found = health(watched, Keeper(kept_beside(db, kept)), now)
    note = "" if found else "nothing has been watched with this ledger yet"
    if format == "text":
        typer.echo(text.sources(found, now) if found else note)
    else:
        print_records(talk, "sources", found, format, note=note)
    if exit_code and any(one.state in ("failing", "silent") for one in found):
        raise typer.Exit(ExitCode.FOUND)
