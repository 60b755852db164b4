"""Commands that ask the ledger: one for each reading question of `Tracker`, by the same name."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from policytrack.cli.app import app
from policytrack.cli.options import (
    LEDGER,
    Db,
    DiffFormatFlag,
    FormatFlag,
    Known,
    KnownPair,
    On,
    Packs,
    Pattern,
    PolicyId,
    RulesDir,
    TableFormatFlag,
    policy_ids,
)
from policytrack.cli.showing import (
    fail_for,
    hook,
    print_lines,
    print_record,
    print_records,
    same_flags,
    say_next,
    tracker_of,
    width,
)
from policytrack.cli.writing import NoMark, Output, answer_to, print_table
from policytrack.errors import ConfigError
from policytrack.terminal import ExitCode, Talk, command, painted

if TYPE_CHECKING:
    from policytrack.errors import AlertError
    from policytrack.extract.told import ArticleExplanation

_READING_WIDTH = 100
"""Prose with labels beside it is read less well in longer lines."""


@command(
    app,
    "state",
    "policytrack state us.atacms.strikes-in-russia",
    "policytrack state us.atacms.strikes-in-russia --on 2024-11-18 --known 2024-11-17T12:00Z",
)
def state(
    talk: Talk,
    policy: PolicyId,
    on: On = None,
    known: Known = None,
    db: Db = LEDGER,
    rules: RulesDir = None,
    pack: Packs = None,
    format: FormatFlag = "text",
) -> None:
    """How one policy stood on a day, as known at a moment.

    A policy that others are part of is shown with its parts.
    """
    with tracker_of(db, rules, pack) as tracker:
        answer = tracker.state(policy, on=on, known=known)
        if format == "text":
            from policytrack.render import text, words

            moment = words.known_at(answer.known, now=known is None)
            typer.echo(text.state(answer, moment, tracker.ledger.short, width()))
            if tracker.rules.policy(answer.policy) is not None:
                talk.say(f"Next:  policytrack why {answer.policy}{same_flags(db, rules, pack)}")
        else:
            print_record(answer, format)


@command(
    app,
    "states",
    "policytrack states",
    "policytrack states 'us.*' --on 2024-11-18",
    "policytrack states --due 30d",
    "policytrack states --due 0d --exit-code -q",
    "policytrack states --due 7d --exec ./notify.sh",
)
def states(
    talk: Talk,
    policy: Pattern = None,
    on: On = None,
    known: Known = None,
    due: Annotated[
        str | None,
        typer.Option("--due", metavar="TIME", help="What ends or comes into force within 30d, 4w, or by a date."),
    ] = None,
    exit_code: Annotated[
        bool, typer.Option("--exit-code", help="With --due, end with 1 where anything is due.")
    ] = False,
    execute: Annotated[
        list[str] | None,
        typer.Option(
            "--exec",
            metavar="COMMAND",
            help="With --due, run this once for each date that falls due, with it as JSON on its standard input; no "
            "shell. Repeatable.",
        ),
    ] = None,
    db: Db = LEDGER,
    rules: RulesDir = None,
    pack: Packs = None,
    format: TableFormatFlag = "text",
    output: Output = None,
    no_bom: NoMark = False,
) -> None:
    """How all policies stood on a day, as known at a moment.

    With --due only those that are expected to end, or for which something is scheduled, in the time that begins on that
    day: the next to come first. --exec is called once for each end and each entry into force; another date is another.
    """
    if exit_code and due is None:
        raise ConfigError("--exit-code says whether anything is due: name a time with --due, as --due 30d.")
    if execute and due is None:
        raise ConfigError("--exec is called for what falls due: name a time with --due, as --due 7d.")
    if execute and known is not None:
        raise ConfigError("--exec is called for what is known now: leave out --exec, or --known.")
    errors: tuple[AlertError, ...] = ()
    with tracker_of(db, rules, pack) as tracker, answer_to(output, format, no_bom=no_bom):
        if execute and due is not None:
            hook(tracker, execute)
            called, errors = tracker.announce_due(due, on=on, policy=policy)
            talk.say(f"called --exec for {len(called)}" if called else "called --exec for nothing new")
        found = tracker.states(on=on, known=known, policy=policy, due=due)
        if format == "text":
            from policytrack.render import text, words

            moment = words.known_at(found.known, now=known is None)
            typer.echo(text.states(found, found.on or "", moment, found.note, tracker.ledger.short))
        elif format in ("csv", "parquet"):
            print_table(found, format, mark=not no_bom)
            talk.say(found.note)
        else:
            print_records(talk, "states", found, format, on=found.on, known=found.known, note=found.note)
    fail_for(talk, errors)
    if exit_code and found:
        raise typer.Exit(ExitCode.FOUND)


@command(
    app,
    "shifts",
    "policytrack shifts",
    "policytrack shifts 'us.*' --since 2024-11-01 --kind restriction_lifted",
    "policytrack shifts --format jsonl > shifts.jsonl",
    "policytrack shifts --format parquet --output shifts.parquet",
)
def shifts(
    talk: Talk,
    policy: Pattern = None,
    since: Annotated[str | None, typer.Option("--since", metavar="DATE", help="From this day on.")] = None,
    until: Annotated[str | None, typer.Option("--until", metavar="DATE", help="Up to this day, included.")] = None,
    kind: Annotated[str | None, typer.Option("--kind", metavar="KIND", help="Of this kind only.")] = None,
    known: Known = None,
    db: Db = LEDGER,
    rules: RulesDir = None,
    pack: Packs = None,
    format: TableFormatFlag = "text",
    output: Output = None,
    no_bom: NoMark = False,
) -> None:
    """The recorded shifts, oldest first, with their triggers.

    Each is shown with the words that say so; `why` shows all that is behind it.
    """
    with tracker_of(db, rules, pack) as tracker, answer_to(output, format, no_bom=no_bom):
        found = tracker.shifts(since=since, until=until, kind=kind, policy=policy, known=known)
        if format == "text":
            from policytrack.cards import cards
            from policytrack.render import text, words

            shown = cards(tracker, found, found.known)
            typer.echo(text.shifts(shown, words.known_at(found.known, now=known is None), found.note, width()))
            say_next(talk, shown, same_flags(db, rules, pack))
        elif format in ("csv", "parquet"):
            print_table(found, format, mark=not no_bom)
            talk.say(found.note)
        else:
            print_records(talk, "shifts", found, format, known=found.known, note=found.note)


@command(
    app,
    "diff",
    "policytrack diff 2024-11-01 2024-11-22",
    "policytrack diff 2024-11-01 2024-11-22 'us.*' --format markdown",
    "policytrack diff 2024-11-01 2024-11-22 --stat",
    "policytrack diff 2024-11-01 2024-11-22 --format csv > changes.csv",
    "policytrack diff 2024-11-01 2024-11-22 --exit-code --quiet",
    "policytrack diff 2024-11-22 2024-11-22 --known 2024-11-22..2024-12-01",
)
def diff(
    talk: Talk,
    a: Annotated[str, typer.Argument(metavar="A", help="One day.")],
    b: Annotated[
        str, typer.Argument(metavar="B", help="The day to compare it with; what differs is told from A to B.")
    ],
    policy: Pattern = None,
    known: KnownPair = None,
    stat: Annotated[bool, typer.Option("--stat", help="Only how many changes of each kind each policy has.")] = False,
    name_only: Annotated[bool, typer.Option("--name-only", help="Only the ids of the policies that changed.")] = False,
    exit_code: Annotated[bool, typer.Option("--exit-code", help="End with 1 where there is any shift.")] = False,
    db: Db = LEDGER,
    rules: RulesDir = None,
    pack: Packs = None,
    format: DiffFormatFlag = "text",
    output: Output = None,
    no_bom: NoMark = False,
) -> None:
    """What differs between two days, and what made it differ.

    Shifts (the world changed), corrections (we learned, or were wrong about the past) and changes of rules are told
    apart. One day as known at two moments, with --known M1..M2, shows what was learned between them, and what a rerun
    by other rules made of it.
    """
    from policytrack.cards import cards
    from policytrack.moments import as_day
    from policytrack.render import markdown, page, text, words

    if (stat or name_only) and (format != "text" or (stat and name_only)):
        raise ConfigError("--stat and --name-only are text, and one at a time: leave out the other, and --format.")
    a, b = as_day(a, "A"), as_day(b, "B")
    with tracker_of(db, rules, pack) as tracker, answer_to(output, format, no_bom=no_bom):
        one, other = _two_moments(known)
        found = tracker.diff(a, b, policy=policy, known=(one, other) if other else known)
        if name_only or stat:
            print_lines(found.changed if name_only else [text.diff_counts(found)])
        elif format == "json":
            print_record(found, format)
        elif format == "jsonl":
            print_records(talk, "lines", found.lines, format)
        elif format in ("csv", "parquet"):
            print_table(found, format, mark=not no_bom)
            talk.say(found.note)
        else:
            within = tracker.shifts(
                since=min(a, b), until=max(a, b), policy=policy, known=max(found.known) if found.known else None
            )
            note = found.note
            shown = cards(tracker, found.shifts, within.known)
            moment = words.known_between(one, other) if other else words.known_at(within.known, now=known is None)
            if format == "text":
                typer.echo(text.diff(found, shown, moment, note, width()))
            else:
                typer.echo((markdown if format == "markdown" else page).diff(found, shown, moment, note))
            say_next(talk, shown, same_flags(db, rules, pack))
    if exit_code and found.shifts:
        raise typer.Exit(ExitCode.FOUND)


@command(
    app,
    "why",
    "policytrack why s-1f2e3d",
    "policytrack why us.atacms.strikes-in-russia --format json",
    "policytrack why note.txt",
    "policytrack why articles.jsonl --article a17 --policy us.atacms.strikes-in-russia",
)
def why(
    talk: Talk,
    record_id: Annotated[
        str,
        typer.Argument(
            metavar="WHAT",
            help="The id of a claim, shift, state or policy, any unique opening will do; or an article: a file, - for "
            "standard input, or the id of an article in the ledger.",
        ),
    ],
    article: Annotated[
        str | None, typer.Option("--article", metavar="ID", help="Of a file or folder with several articles this one.")
    ] = None,
    policy: Annotated[
        str | None,
        typer.Option(
            "--policy",
            metavar="ID",
            help="Of an article only what concerns this policy, and why a statement is not about it.",
            autocompletion=policy_ids,
        ),
    ] = None,
    open_mode: Annotated[bool, typer.Option("--open", help="Read the article without packs.")] = False,
    known: Known = None,
    db: Db = LEDGER,
    rules: RulesDir = None,
    pack: Packs = None,
    format: FormatFlag = "text",
) -> None:
    """Where a record comes from, or how an article is read.

    A claim, shift, state or policy is shown as a tree: quotations with their offsets, rules, dates, sources, and when
    each was recorded. An article is read again by the rules of now, and nothing is recorded: each sentence that names a
    tracked instrument or an operation is shown with what was read and the words that decided it, or with the first step
    that said no. Where a file is called as a record is, the record is meant; ./NAME is the file.
    """
    from policytrack.tracker import names_record

    with tracker_of(db, rules, pack) as tracker:
        if names_record(record_id, tracker):
            if article is not None or policy is not None or open_mode:
                raise ConfigError(
                    f"{record_id} is an id, and --article, --policy and --open are for articles. "
                    f"A file of that name is ./{record_id}."
                )
            explained = tracker.why(record_id, known=known)
            if format == "text":
                typer.echo(str(explained))
            else:
                print_record(explained, format)
            return
        read = tracker.why_article(record_id, article=article, policy=policy, open_mode=open_mode, known=known)
    if format == "text":
        _show_reading(talk, read)
    else:
        print_record(read, format)


@command(
    app,
    "why-not",
    "policytrack why-not us.atacms.strikes-in-russia --on 2024-11-10",
    "policytrack why-not us.atacms.strikes-in-russia --on 2024-11-17 --kind restriction_lifted",
)
def why_not(
    talk: Talk,  # noqa: ARG001 every command has it
    policy: PolicyId,
    on: On = None,
    kind: Annotated[
        str | None, typer.Option("--kind", metavar="KIND", help="A kind of shift, as restriction_lifted.")
    ] = None,
    known: Known = None,
    db: Db = LEDGER,
    rules: RulesDir = None,
    pack: Packs = None,
    format: FormatFlag = "text",
) -> None:
    """Why a policy did not shift on a day.

    Each claim near the day is shown with what it lacked, and with what it would have been as decided news. With --kind
    also the shift rule that came nearest, with the conditions that failed.
    """
    with tracker_of(db, rules, pack) as tracker:
        found = tracker.why_not(policy, on=on, kind=kind, known=known)
    if format == "text":
        typer.echo(str(found))
    else:
        print_record(found, format)


@command(
    app,
    "article",
    "policytrack article n1",
    "policytrack article n1 --known 2024-11-18T12:00Z",
    "policytrack article n1 --format json",
)
def article(
    talk: Talk,  # noqa: ARG001 every command has it
    article_id: Annotated[
        str, typer.Argument(metavar="ID", help="The id of an article in the ledger; any unique opening will do.")
    ],
    known: Known = None,
    db: Db = LEDGER,
    rules: RulesDir = None,
    pack: Packs = None,
    format: FormatFlag = "text",
) -> None:
    """What each version of an article changed, and its copies.

    Of each version the words that it changed, the claims that it made or no longer made, and what became of the shifts
    that rest on them; then for which article it speaks, or which speak for it.
    """
    with tracker_of(db, rules, pack) as tracker:
        found = tracker.article(article_id, known=known)
    if format == "text":
        typer.echo(str(found))
    else:
        print_record(found, format)


def _two_moments(known: str | None) -> tuple[str, str]:
    """M1 and M2 of M1..M2; both empty where one moment or none is asked about. ConfigError where one is missing."""
    one, dots, other = (known or "").partition("..")
    if dots and not (one and other):
        raise ConfigError(f"--known {known!r}: one of its two moments is missing. Write M1..M2.")
    return (one, other) if dots else ("", "")


def _show_reading(talk: Talk, found: ArticleExplanation) -> None:
    from policytrack.extract.told import lines

    for line in lines(found, min(width(), _READING_WIDTH)):
        typer.echo(painted(line.text, line.mood))
    if not found.policy and found.claims and found.claims[0].policy:
        talk.say(f"\nNext:  the same with --policy {found.claims[0].policy}: why each other sentence is not about it")


@command(app, "policies", "policytrack policies", "policytrack policies --pack my-pack.yaml --format jsonl")
def policies(
    talk: Talk,
    db: Db = LEDGER,
    rules: RulesDir = None,
    pack: Packs = None,
    format: TableFormatFlag = "text",
    output: Output = None,
    no_bom: NoMark = False,
) -> None:
    """What is tracked: since when, how it stands, and its last word.

    Every policy of every pack, by id. The last claim is the one that was published last, the last shift the one that
    occurred last; both also where they were recorded under a former name of the policy.
    """
    with tracker_of(db, rules, pack) as tracker, answer_to(output, format, no_bom=no_bom):
        found = tracker.policies()
        if format == "text":
            from policytrack.render import text, words

            typer.echo(text.policies(found, found.on or "", words.known_at(found.known, now=True), found.note))
        elif format in ("csv", "parquet"):
            print_table(found, format, mark=not no_bom)
            talk.say(found.note)
        else:
            print_records(talk, "policies", found, format, on=found.on, known=found.known, note=found.note)
