"""What commands share: the tracker that they ask, and how answers, records and failures are written."""

from __future__ import annotations

import shlex
import shutil
import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from policytrack.cli.options import LEDGER
from policytrack.errors import ConfigError, PolicytrackError
from policytrack.terminal import ExitCode, Talk

if TYPE_CHECKING:
    import datetime

    from policytrack.cards import ShiftCard
    from policytrack.model import Record
    from policytrack.packs import Rules
    from policytrack.shift_changes import ShiftChanges
    from policytrack.sources import ReadOptions
    from policytrack.tracker import Tracker


@contextmanager
def tracker_of(db: str, rules: Path | None, packs: Sequence[Path] | None) -> Iterator[Tracker]:
    from policytrack.tracker import open_tracker

    with open_tracker(db, rules=rules, packs=packs or ()) as tracker:
        if rules or packs:
            _ = tracker.rules  # rules that somebody names are read, or their problems told, also where none is needed
        yield tracker


def read_options(
    columns: Sequence[str] | None, published_at: str | None, full_text: bool, allow_private: bool
) -> ReadOptions:
    """What the flags say of the sources. ConfigError where one cannot be meant."""
    from policytrack.moments import as_day
    from policytrack.sources import ReadOptions

    named: dict[str, str] = {}
    for said in columns or ():
        field, equals, column = said.partition("=")
        if not (field and equals and column):
            raise ConfigError(f"--column {said!r}: write a field and the name of its column, as text=body.")
        if field in named:
            raise ConfigError(f"--column names {field} twice: {named[field]!r} and {column!r}. Keep one of them.")
        named[field] = column
    day = None if published_at is None else as_day(published_at, "--published-at")
    return ReadOptions(columns=named, published_at=day, full_text=full_text, allow_private=allow_private)


def hook(tracker: Tracker, lines: Sequence[str]) -> None:
    """Nothing; the commands are run for each new shift, and for what falls due or silent where that is announced."""
    from policytrack.alerts import Command

    for line in lines:
        command = Command(line)
        tracker.on_shift(command)
        tracker.on_due(command)
        tracker.on_silent(command)


def warn_of_deprecated(rules: Rules) -> None:
    """Says of each pack that should no longer be used what it says of itself, such as what to use instead."""
    from policytrack.logs import get_logger

    for pack in rules.deprecated():
        get_logger().warning(
            "a deprecated pack is in use", pack=f"{pack.pack}@{pack.version}", limits=list(pack.limits)
        )


def fail_for(talk: Talk, errors: Sequence[PolicytrackError]) -> None:
    for error in errors:
        talk.fail(str(error))
    if errors:
        raise typer.Exit(ExitCode.INPUT_FAILED)


def say_next(talk: Talk, shown: Sequence[ShiftCard], flags: str = "") -> None:
    """Commands that go on from the shift with most to tell, ready to be typed."""
    if shown:
        card = max(shown, key=lambda each: len(each.shift.triggers))
        talk.say(f"\nNext:  policytrack why {card.short}{flags}\n       policytrack state {card.shift.policy}{flags}")


def same_flags(db: str, rules: Path | None, packs: Sequence[Path] | None) -> str:
    """The flags with which the next command asks the same ledger by the same rules."""
    said = [("--db", db)] if db != LEDGER else []
    said += [("--rules", str(rules))] if rules else []
    said += [("--pack", str(pack)) for pack in packs or ()]
    return "".join(f" {flag} {shlex.quote(value)}" for flag, value in said)


def print_record(record: Record, format: str) -> None:
    from policytrack.render import data

    typer.echo(data.single(record) if format == "json" else data.line(record))


def print_records(
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
    print_lines(data.line(record) for record in records)
    talk.say(note)


def show_changes(found: ShiftChanges, format: str) -> None:
    """What a change of rules does to shifts; in jsonl one change a line."""
    from policytrack.render import data, markdown, text

    if format == "jsonl":
        print_lines(data.line(change) for change in found.changes)
    elif format == "json":
        print_record(found, format)
    else:
        typer.echo(markdown.shift_changes(found) if format == "markdown" else text.shift_changes(found, width()))


def print_lines(lines: Iterable[str]) -> None:
    for line in lines:
        typer.echo(line)


def put(answer: str, output: Path | None) -> None:
    """Prints an answer, or writes it to a file that was not there. ConfigError where that cannot be."""
    if output is None:
        typer.echo(answer.rstrip("\n"))
        return
    try:
        with output.open("x", encoding="utf-8") as stream:
            stream.write(answer.rstrip("\n") + "\n")
    except OSError as error:
        raise ConfigError(f"{output} cannot be written: {error.strerror or error}. Name another file.") from None


def check_new(output: Path | None) -> None:
    """Nothing. ConfigError where a file is there already, or its folder is not, before anything is asked or read."""
    if output is not None and output.exists():
        raise ConfigError(f"{output} is there already. Name another file.")
    if output is not None and not output.parent.is_dir():
        raise ConfigError(f"{output} cannot be written: the folder {output.parent} is not there.")


def width() -> int:
    """How wide text may be: the terminal's width up to a limit, and that limit where the text goes elsewhere."""
    from policytrack.render.text import WIDTH

    return min(WIDTH, shutil.get_terminal_size().columns) if sys.stdout.isatty() else WIDTH


def near(path: Path) -> str:
    """The path as one would type it here."""
    here = Path.cwd()
    return str(path.relative_to(here)) if path.is_relative_to(here) else str(path)
