"""Commands that read articles: into the ledger, as claims, as groups of claims, and those that come along."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from policytrack.cli.app import app
from policytrack.cli.options import (
    LEDGER,
    AllowPrivate,
    Columns,
    Db,
    Execute,
    Format,
    FormatFlag,
    FullText,
    Packs,
    Paths,
    PublishedAt,
    RulesDir,
    Scheduler,
    Workers,
)
from policytrack.cli.showing import (
    fail_for,
    hook,
    near,
    print_lines,
    print_record,
    print_records,
    put,
    read_options,
    same_flags,
    say_next,
    tracker_of,
    warn_of_deprecated,
    width,
)
from policytrack.errors import ArticleError, ConfigError
from policytrack.terminal import Talk, command

if TYPE_CHECKING:
    from policytrack.execute import Executor
    from policytrack.extract import Reading
    from policytrack.intake import IngestReport
    from policytrack.model import Article
    from policytrack.sources import ReadOptions
    from policytrack.tracker import Tracker


@command(
    app,
    "ingest",
    "policytrack ingest articles.jsonl",
    "policytrack ingest --assume-seen published archive/",
    "policytrack ingest --backfill last-week.jsonl",
    "policytrack ingest --workers 4 archive/",
    "policytrack ingest https://example.org/world/rss.xml",
    "policytrack ingest archive.parquet --column text=body --column published_at=date",
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
    backfill: Annotated[
        bool,
        typer.Option("--backfill", help="The articles come late: known from now on, and nobody is alerted of them."),
    ] = False,
    notify: Annotated[
        bool, typer.Option("--notify", help="With --backfill, tell of what it brings after all: once, when it ends.")
    ] = False,
    execute: Execute = None,
    column: Columns = None,
    published_at: PublishedAt = None,
    full_text: FullText = False,
    allow_private: AllowPrivate = False,
    workers: Workers = None,
    scheduler: Scheduler = None,
    format: FormatFlag = "text",
) -> None:
    """Read articles into the ledger and show the new shifts.

    An article that was read before adds nothing; with another text it is a new version of itself. What cannot be read
    is named on stderr, all else is still taken, and the exit code is 3. Ctrl-C stops after the articles that are being
    recorded, a second one at once; the same command goes on from there.
    """
    from policytrack.sources import counted

    options = read_options(column, published_at, full_text, allow_private)
    if backfill and execute and not notify:
        raise ConfigError("--backfill alerts nobody: leave out --exec, or add --notify for one summary.")
    with tracker_of(db, rules, pack) as tracker:
        hook(tracker, execute or [])
        warn_of_deprecated(tracker.rules)
        with talk.progress("articles read", total=lambda: counted(paths), goes_on=True) as progress:
            report = tracker.ingest(
                paths,
                assume_seen=assume_seen,
                backfill=backfill,
                notify=notify,
                workers=workers,
                scheduler=scheduler,
                progress=progress,
                options=options,
            )
        _show_report(talk, tracker, report, format, same_flags(db, rules, pack))
    fail_for(talk, [*report.errors, *report.alert_errors])


def _show_report(talk: Talk, tracker: Tracker, report: IngestReport, format: Format, flags: str = "") -> None:
    from policytrack.cards import cards
    from policytrack.render import text

    if format == "json":
        print_record(report, format)
    elif format == "jsonl":
        print_records(talk, "shifts", report.shifts, format)
    else:
        moments = tracker.ledger.moments() if report.shifts else None
        shown = cards(tracker, report.shifts, moments[1]) if moments else []
        typer.echo("\n\n".join([text.report(report), *(text.shift(card, width()) for card in shown)]))
        say_next(talk, shown, flags)


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
    column: Columns = None,
    published_at: PublishedAt = None,
    full_text: FullText = False,
    allow_private: AllowPrivate = False,
    workers: Workers = None,
    scheduler: Scheduler = None,
    format: FormatFlag = "text",
) -> None:
    """Print the claims of articles; no ledger is needed.

    Every admitted claim is printed, also one that changes nothing: a denial, a proposal, earlier history. jsonl is the
    claim schema, one claim a line, written while the articles are read.
    """
    from policytrack.execute import reading
    from policytrack.extract import Extractor
    from policytrack.packs import load_rules
    from policytrack.sources import counted

    errors: list[ArticleError] = []
    options = read_options(column, published_at, full_text, allow_private)
    loaded = load_rules(rules, pack or [])
    warn_of_deprecated(loaded)
    with (
        talk.progress("articles read", total=lambda: counted(paths), streaming=True) as progress,
        reading(loaded, Extractor(loaded), workers, scheduler) as reader,
    ):
        _show_claims(_read(paths, reader, open_mode, errors, progress, options), rejected, format)
    fail_for(talk, errors)


def _read(
    paths: Sequence[str],
    reader: Executor,
    open_mode: bool,
    errors: list[ArticleError],
    progress: Callable[[int], object],
    options: ReadOptions,
) -> Iterator[tuple[Article, Reading]]:
    """Each article with what was read from it; those that cannot be read are put among the errors."""
    from policytrack.execute import read_through, tell_reading
    from policytrack.sources import read_articles

    found = (article for path in paths for article in read_articles(path, options=options))
    for done, each in enumerate(read_through(reader, found, one_by_one="-" in paths, open_mode=open_mode), start=1):
        if isinstance(each, ArticleError):
            errors.append(each)
        else:
            article, reading = each
            tell_reading(article, reading.skipped, len(reading.claims), len(reading.rejected))
            yield article, reading
        progress(done)


def _show_claims(readings: Iterator[tuple[Article, Reading]], rejected: bool, format: Format) -> None:
    from policytrack.render import data, text

    found = ((article, [*reading.claims, *(reading.rejected if rejected else ())]) for article, reading in readings)
    if format == "text":
        print_lines(text.claims(article, claims, width()) for article, claims in found)
    elif format == "jsonl":
        print_lines(data.line(claim) for _, claims in found for claim in claims)
    else:
        typer.echo(data.several("claims", (claim for _, claims in found for claim in claims)))


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
    column: Columns = None,
    published_at: PublishedAt = None,
    full_text: FullText = False,
    allow_private: AllowPrivate = False,
    workers: Workers = None,
    scheduler: Scheduler = None,
    format: Annotated[Literal["text", "json"], typer.Option("--format", help="How stdout is written.")] = "text",
) -> None:
    """Find out which policies articles are about, before you track one.

    Reads in open mode and groups the claims by who decides and what is decided on. The group that most articles speak
    of comes first; an article in which all is held back (asked for, denied, history) counts half. --pack begins a pack.
    """
    from policytrack.discover import discover_policies
    from policytrack.render import data, text
    from policytrack.sources import counted

    if output is not None and output.exists():
        raise ConfigError(f"{output} is there already; discover overwrites nothing. Name another file.")
    errors: list[ArticleError] = []
    options = read_options(column, published_at, full_text, allow_private)
    with talk.progress("articles read", total=lambda: counted(paths)) as progress:
        found = discover_policies(
            paths,
            rules=rules,
            min_articles=min_articles,
            on_error=errors.append,
            workers=workers,
            scheduler=scheduler,
            progress=progress,
            options=options,
        )
    if pack is not None:
        fail_for(talk, [] if found else errors)  # they are why there is no such group
        answer = found.pack(pack)
    elif format == "json":
        answer = data.several("groups", found[:limit], note=found.note, articles=found.articles)
    else:
        answer = text.groups(found, limit, width())
    put(answer, output)
    left = len(found) - limit
    if pack is None:
        talk.say(f"{left} more: --limit {len(found)}" if left > 0 else "")
        talk.say(f"\nNext:  policytrack discover {' '.join(paths)} --pack 1 --output my-pack.yaml" if found else "")
    elif output is not None:
        talk.say(f"wrote {output}\n\nNext:  policytrack rules check {output}")
    fail_for(talk, errors)


@command(app, "demo", "policytrack demo", "policytrack demo --format jsonl")
def demo(talk: Talk, format: FormatFlag = "text") -> None:
    """Read the articles that come along and show their shifts.

    Nothing is kept: the ledger is in memory.
    """
    from time import perf_counter

    from policytrack.packs import shipped
    from policytrack.sources import counted

    seeds = shipped("seeds")
    started = perf_counter()
    with tracker_of(":memory:", None, None) as tracker:
        with talk.progress("articles read", total=lambda: counted([seeds])) as progress:
            report = tracker.ingest(seeds, assume_seen="published", progress=progress)
        talk.say(f"read {near(seeds)} in {perf_counter() - started:.1f} s, no network used")
        _show_report(talk, tracker, report, format)
    talk.say(f"       policytrack ingest --assume-seen published {near(seeds)}      to keep this in ./{LEDGER}")
    fail_for(talk, report.errors)
