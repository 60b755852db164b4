"""Commands for people who look at what was read: what waits, their decisions, and the record of them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from policytrack.cli.app import review_app
from policytrack.cli.options import (
    LEDGER,
    Db,
    Execute,
    FormatFlag,
    Known,
    ListFormatFlag,
    Packs,
    RulesDir,
    policy_ids,
)
from policytrack.cli.showing import hook, print_lines, print_records, same_flags, show_changes, tracker_of, width
from policytrack.cli.writing import print_table
from policytrack.errors import ConfigError
from policytrack.terminal import ExitCode, Talk, command, family

if TYPE_CHECKING:
    from policytrack.review import ReviewReport
    from policytrack.tracker import Tracker

ClaimId = Annotated[str, typer.Argument(metavar="CLAIM", help="The id of a claim; any unique opening will do.")]
By = Annotated[str, typer.Option("--by", metavar="NAME", help="Who decides.")]
Why = Annotated[str, typer.Option("--why", metavar="TEXT", help="Why, for whoever reads the log.")]


@family(
    review_app,
    "policytrack review",
    "policytrack review --policy 'us.*' --reason disputed",
    "policytrack review --format csv > waiting.csv",
    "policytrack review --exit-code --quiet",
)
def review(
    talk: Talk,
    policy: Annotated[
        str | None,
        typer.Option(
            "--policy", metavar="POLICY", help="Only of this policy, or pattern of ids.", autocompletion=policy_ids
        ),
    ] = None,
    reason: Annotated[
        str | None, typer.Option("--reason", metavar="CODE", help="Only what waits for this reason.")
    ] = None,
    known: Known = None,
    exit_code: Annotated[bool, typer.Option("--exit-code", help="End with 1 where anything waits.")] = False,
    db: Db = LEDGER,
    rules: RulesDir = None,
    pack: Packs = None,
    format: ListFormatFlag = "text",
) -> None:
    """What waits for a person to look at, and what people decided.

    A claim waits where the status model cannot take it, where it bears on a dispute, where it is implied, where it
    alone made a shift and is not sure, and where it was decided about before both its text and its reading changed.
    Those that shifts rest on come first. csv is a sheet to fill in for `review apply`.
    """
    with tracker_of(db, rules, pack) as tracker:
        with talk.progress("policies looked at") as progress:
            found = tracker.review(policy=policy, reason=reason, known=known, progress=progress)
        if format == "text":
            from policytrack.render import text, words

            moment = words.known_at(found.known, now=known is None)
            typer.echo(text.waiting(found, moment, found.note, tracker.ledger.short, width()))
            flags = same_flags(db, rules, pack)
            first = tracker.ledger.short(found[0].claim) if found else ""
            talk.say(f"\nNext:  policytrack review accept {first} --by NAME{flags}" if found else "")
        elif format == "csv":
            from policytrack.render import sheet

            typer.echo(sheet.waiting(found), nl=False)
            talk.say(found.note)
        else:
            print_records(talk, "waiting", found, format, known=found.known, note=found.note)
    if exit_code and found:
        raise typer.Exit(ExitCode.FOUND)


@command(
    review_app,
    "accept",
    "policytrack review accept c-1f2e3d --by Ana",
    "policytrack review accept c-1f2e3d --by Ana --why 'the gazette says so too'",
)
def accept(
    talk: Talk,
    claim: ClaimId,
    by: By,
    why: Why = "",
    execute: Execute = None,
    db: Db = LEDGER,
    rules: RulesDir = None,
    pack: Packs = None,
    format: FormatFlag = "text",
) -> None:
    """Take a claim as it was read: it waits no more.

    No rerun by other rules reads its words anew.
    """
    _decide(talk, db, rules, pack, execute, format, lambda tracker: tracker.accept(claim, by=by, why=why))


@command(
    review_app,
    "correct",
    "policytrack review correct c-1f2e3d --set operation=ease --set direction=looser --by Ana",
    "policytrack review correct c-1f2e3d --set in_force=2024-12-01 --by Ana --why 'from 1 December'",
)
def correct(
    talk: Talk,
    claim: ClaimId,
    by: By,
    set_: Annotated[
        list[str],
        typer.Option(
            "--set",
            metavar="FIELD=VALUE",
            help="What it says otherwise; repeatable. policy, issuer, operation, direction, status, background, "
            "implied, level, unit, or a date by its role, as decided or in_force; none for no issuer, level, unit, "
            "date.",
        ),
    ],
    why: Why = "",
    execute: Execute = None,
    db: Db = LEDGER,
    rules: RulesDir = None,
    pack: Packs = None,
    format: FormatFlag = "text",
) -> None:
    """Say what a claim says instead; the claim as read is kept.

    All else stays as it was read. A rerun by other rules leaves the correction; it is asked about again only where both
    the text and what is read of it have changed.
    """
    wanted = _fields(set_)
    _decide(talk, db, rules, pack, execute, format, lambda tracker: tracker.correct(claim, wanted, by=by, why=why))


@command(review_app, "reject", "policytrack review reject c-1f2e3d --by Ana --why 'a plan, not a decision'")
def reject(
    talk: Talk,
    claim: ClaimId,
    by: By,
    why: Why = "",
    execute: Execute = None,
    db: Db = LEDGER,
    rules: RulesDir = None,
    pack: Packs = None,
    format: FormatFlag = "text",
) -> None:
    """Say that nothing is claimed there: it moves nothing any more.

    The claim stays in the ledger, and past answers stay as they were.
    """
    _decide(talk, db, rules, pack, execute, format, lambda tracker: tracker.reject(claim, by=by, why=why))


@command(review_app, "undo", "policytrack review undo c-1f2e3d --by Ana --why 'the wrong claim'")
def undo(
    talk: Talk,
    claim: ClaimId,
    by: By,
    why: Why = "",
    execute: Execute = None,
    db: Db = LEDGER,
    rules: RulesDir = None,
    pack: Packs = None,
    format: FormatFlag = "text",
) -> None:
    """Take back what was decided about a claim.

    It is again as it was read. The log keeps both the decision and its undoing.
    """
    _decide(talk, db, rules, pack, execute, format, lambda tracker: tracker.undo(claim, by=by, why=why))


@command(
    review_app,
    "apply",
    "policytrack review apply decided.csv",
)
def apply(
    talk: Talk,
    path: Annotated[Path, typer.Argument(metavar="FILE", help="A CSV file, as `review --format csv` writes it.")],
    execute: Execute = None,
    db: Db = LEDGER,
    rules: RulesDir = None,
    pack: Packs = None,
    format: FormatFlag = "text",
) -> None:
    """Record the decisions of a CSV file, all of them or none.

    Columns: claim, decision (accept, correct, reject, undo), by, why, and one for each field that can be set. Lines
    without a decision are passed over, and what stands already changes nothing. Where a line is wrong, everything that
    is wrong is told with its place, and nothing is recorded.
    """
    _decide(talk, db, rules, pack, execute, format, lambda tracker: tracker.decide_sheet(path))


@command(review_app, "log", "policytrack review log", "policytrack review log c-1f2e3d --format jsonl")
def log(
    talk: Talk,
    claim: Annotated[
        str | None, typer.Argument(metavar="CLAIM", help="Only what was decided about this claim.")
    ] = None,
    known: Known = None,
    db: Db = LEDGER,
    format: ListFormatFlag = "text",
) -> None:
    """Who decided what, when and why; also what was undone.

    The oldest first. What another decision or an undoing ended says until when it stood. As text it also says whose
    text was removed; for programs `ledger changes --of removal` does.
    """
    from policytrack.render import text

    with tracker_of(db, None, None) as tracker:
        found = tracker.decisions(claim, known=known)
        removals = tracker.removals(known=known) if claim is None else []
    if format == "text":
        told = [(each.recorded_at, text.decision(each)) for each in found]
        told += [(each.recorded_at, text.removal(each)) for each in removals]
        print_lines(line for _, line in sorted(told, key=lambda each: each[0]))
        talk.say("" if told else found.note)
    elif format == "csv":
        print_table(found, format)
        talk.say(found.note)
    else:
        print_records(talk, "decisions", found, format, known=found.known, note=found.note)


def _fields(given: list[str]) -> dict[str, str]:
    """The fields and values of FIELD=VALUE; ConfigError where one is not so written, or a field is there twice."""
    fields: dict[str, str] = {}
    for one in given:
        name, sign, value = one.partition("=")
        if not sign:
            raise ConfigError(f"--set {one!r} sets nothing. Write it as FIELD=VALUE, as operation=lift.")
        if name.strip() in fields:
            raise ConfigError(f"--set {name.strip()} is there twice. Leave one out.")
        fields[name.strip()] = value
    return fields


def _decide(
    talk: Talk,
    db: str,
    rules: Path | None,
    pack: list[Path] | None,
    execute: list[str] | None,
    format: str,
    decide: Callable[[Tracker], ReviewReport],
) -> None:
    """Decides, and shows what became of it."""
    from policytrack.render import text

    with tracker_of(db, rules, pack) as tracker:
        hook(tracker, execute or [])
        report = decide(tracker)
    if format == "text":
        print_lines(text.decision(each) for each in report.decisions)
    show_changes(report, format)
    already = report.unchanged_decisions
    talk.say(f"{already} decided so already" if already else "")
    flags = same_flags(db, None, None)
    if len(report.decisions) == 1 and report.decisions[0].decision != "undo":
        talk.say(
            f"\nNext:  policytrack review undo {report.decisions[0].claim[:8]} --by NAME{flags}      takes it back"
        )
    for error in report.alert_errors:
        talk.fail(error)
    if report.alert_errors:
        raise typer.Exit(ExitCode.INPUT_FAILED)
