"""Commands for keepers of a ledger: `policytrack ledger ...`."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated

import typer

from policytrack.cli.app import ledger_app
from policytrack.cli.options import (
    LEDGER,
    ChangeKind,
    ComparedFormatFlag,
    Db,
    Execute,
    FormatFlag,
    Packs,
    RulesDir,
    Scheduler,
    Workers,
)
from policytrack.cli.showing import hook, print_lines, print_record, print_records, same_flags, show_changes, tracker_of
from policytrack.errors import ConfigError
from policytrack.terminal import ExitCode, Talk, command

if TYPE_CHECKING:
    from policytrack.ledger import LedgerChange, LedgerChanges
    from policytrack.rerun import RerunReport
    from policytrack.tracker import Tracker


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


@command(
    ledger_app,
    "rerun",
    "policytrack ledger rerun --dry-run",
    "policytrack ledger rerun --pack my-pack.yaml --db watch.db",
    "policytrack ledger rerun --exec ./notify.sh",
    "policytrack ledger rerun --notify",
)
def rerun(
    talk: Talk,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Show what would change, and record nothing.")] = False,
    notify: Annotated[
        bool, typer.Option("--notify", help="Tell whoever has subscribed of what is new by it, at once.")
    ] = False,
    execute: Execute = None,
    db: Db = LEDGER,
    rules: RulesDir = None,
    pack: Packs = None,
    workers: Workers = None,
    scheduler: Scheduler = None,
    format: ComparedFormatFlag = "text",
) -> None:
    """Read all articles again by the rules of now.

    What changes is shown, and recorded as a change of rules: questions about moments before it are answered as they
    were, and nobody is alerted unless --notify or --exec asks for it. Policies that these rules do not track stay as
    they are. A rerun that was stopped goes on where it was.
    """
    with tracker_of(db, rules, pack) as tracker:
        hook(tracker, execute or [])
        with talk.progress("articles read again", goes_on=True) as progress:
            report = tracker.rerun(
                dry_run=dry_run,
                notify=notify or bool(execute),
                workers=workers,
                scheduler=scheduler,
                progress=progress,
            )
    show_changes(report, format)
    _tell(talk, report, same_flags(db, rules, pack))
    for error in (*report.errors, *report.alert_errors):
        talk.fail(error)
    if report.errors or report.alert_errors:
        raise typer.Exit(ExitCode.INPUT_FAILED)


def _tell(talk: Talk, report: RerunReport, flags: str) -> None:
    """Says what became of it, and what was left alone."""
    if report.left:
        talk.say(f"left as they are, since these rules do not track them: {', '.join(report.left)}")
    if not report.recorded:
        again = f"policytrack ledger rerun{flags}      it need not read the articles again"
        talk.say(f"nothing was recorded.\n\nNext:  {again}")
        return
    alerted = f"called --exec for {report.alerted}" if report.alerted else "nobody was alerted"
    talk.say(f"recorded as a change of rules; {alerted}")


@command(
    ledger_app,
    "changes",
    "policytrack ledger changes",
    "policytrack ledger changes --since 41 --of shift",
    "policytrack ledger changes --since 41 --format jsonl > changes.jsonl",
)
def changes(
    talk: Talk,
    since: Annotated[
        int, typer.Option("--since", metavar="CURSOR", min=0, help="Only what was recorded after this cursor.")
    ] = 0,
    of: Annotated[ChangeKind | None, typer.Option("--of", help="Only records of this kind.")] = None,
    db: Db = LEDGER,
    format: FormatFlag = "text",
) -> None:
    """What was recorded since a cursor: added, changed, ended.

    The last line says the cursor for the next time; each line has that of its batch. Nothing is missed and nothing
    comes twice, whoever writes meanwhile. Batches that a rerun made are marked `rules`.
    """
    from policytrack.render import data, text

    with tracker_of(db, None, None) as tracker:
        found: list[LedgerChange] = []
        for part in _parts(tracker, since):
            wanted = [change for change in part.changes if of in (None, change.of)]
            if format == "json":
                found += wanted
            else:
                line = data.line if format == "jsonl" else text.ledger_change
                print_lines(line(change) for change in wanted)
    if format == "json":
        print_record(part.model_copy(update={"since": since, "changes": tuple(found)}), format)
    flags = same_flags(db, None, None)
    talk.say(f"Next:  policytrack ledger changes --since {part.cursor}{flags}")


def _parts(tracker: Tracker, since: int) -> Iterator[LedgerChanges]:
    while True:
        part = tracker.changes(since)
        yield part
        if not part.more:
            return
        since = part.cursor


@command(
    ledger_app,
    "forget",
    "policytrack ledger forget a17 --by Ana --why 'the publisher asked'",
    "policytrack ledger forget a17 --by Ana --why 'the publisher asked' --yes --db watch.db",
)
def forget(
    talk: Talk,
    article: Annotated[
        str, typer.Argument(metavar="ARTICLE", help="The id of an article; any unique opening will do.")
    ],
    by: Annotated[str, typer.Option("--by", metavar="NAME", help="Who removes it.")],
    why: Annotated[str, typer.Option("--why", metavar="TEXT", help="Why, for whoever reads the log.")],
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask whether it is meant.")] = False,
    db: Db = LEDGER,
    rules: RulesDir = None,
    pack: Packs = None,
    format: FormatFlag = "text",
) -> None:
    """Remove the text of an article, and every quotation of it.

    It cannot be undone. Title and URL go too, from every record, also those that stand no longer, and from the ledger's
    files. Claims, shifts, ids, digests and offsets stay, and answers say [text removed]. The same text is not taken in
    again, and reruns leave its claims as they are. Copies and backups of the ledger keep what they hold.
    """
    from policytrack.cli.asking import somebody_is_there
    from policytrack.forget import article_named
    from policytrack.moments import minutes
    from policytrack.printable import printable

    with tracker_of(db, rules, pack) as tracker:
        article_id = article_named(tracker.ledger, article)
        if not yes and not somebody_is_there():
            raise ConfigError("the text cannot be brought back, and nobody is there to ask. Add --yes.")
        asked = f"Remove the text of {printable(article_id)} from {tracker.ledger.path} for good?"
        if not yes and not typer.confirm(asked, err=True):
            raise typer.Exit(ExitCode.FOUND)
        found = tracker.forget(article_id, by=by, why=why)
    if format == "text":
        told = f"{found.versions} version{'s' * (found.versions != 1)} removed" if found.versions else "removed before"
        when = minutes(found.recorded_at)[0]
        typer.echo(f"{printable(found.article_id)}: {told}, by {printable(found.by)}, {when}: {printable(found.why)}")
    else:
        print_record(found, format)
    if found.left:
        talk.fail(f"bytes of it may still lie in the ledger: {found.left}. Run this again when that has ended.")
        raise typer.Exit(ExitCode.LEDGER)


@command(
    ledger_app,
    "doctor",
    "policytrack ledger doctor",
    "policytrack ledger doctor --db watch.db --format json",
)
def doctor(
    talk: Talk, db: Db = LEDGER, rules: RulesDir = None, pack: Packs = None, format: FormatFlag = "text"
) -> None:
    """Examine the ledger, and say what to do where something is wrong.

    Every row is looked at: texts, quotations, columns, moments, gaps and overlaps. States and shifts are derived again
    from the claims and compared. Nothing is changed. The exit code is 1 where something is wrong.
    """
    with tracker_of(db, rules, pack) as tracker, talk.progress("rows examined") as progress:
        found = tracker.doctor(progress=progress)
    if format == "text":
        print_lines(f"{each.invariant}: {each.at}: {each.problem}. {each.remedy}" for each in found.findings)
        number = len(found.findings)
        told = "sound" if found.is_sound else f"{number} finding{'s' * (number != 1)}"
        typer.echo(f"{told}: {found.examined} rows examined, {found.derived} policies derived again")
    elif format == "json":
        print_record(found, format)
    else:
        print_records(talk, "findings", found.findings, format)
    talk.say(found.note)
    if found.left:
        talk.say(f"not derived again, since these rules do not track them: {', '.join(found.left)}")
    if not found.is_sound:
        raise typer.Exit(ExitCode.FOUND)
