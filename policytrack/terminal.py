"""What every command does around its answer: flags for talk, errors told in words, exit codes, progress.

Whatever is not data goes to stderr from here. Heavy modules (structlog, rich) are imported when they are needed.
"""

from __future__ import annotations

import enum
import functools
import inspect
import os
import re
import sys
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from time import monotonic
from typing import Annotated, Any, Literal

import typer
from typer.core import TyperCommand

from policytrack.errors import (
    AlertError,
    ArticleError,
    ConfigError,
    EngineError,
    LedgerError,
    PolicytrackError,
    RuleFileError,
)


class ExitCode(enum.IntEnum):
    """What a command leaves behind for the shell. STOPPED and BROKEN_PIPE are what shells say of a signal."""

    FINE = 0
    FOUND = 1
    WRONG_USE = 2
    INPUT_FAILED = 3
    LEDGER = 4
    DEFECT = 70
    STOPPED = 130
    BROKEN_PIPE = 141


_CODES: tuple[tuple[type[PolicytrackError], ExitCode], ...] = (
    (RuleFileError, ExitCode.WRONG_USE),
    (ConfigError, ExitCode.WRONG_USE),
    (ArticleError, ExitCode.INPUT_FAILED),
    (AlertError, ExitCode.INPUT_FAILED),
    (LedgerError, ExitCode.LEDGER),
    (EngineError, ExitCode.DEFECT),
)
_REPORT = (
    "This is a defect of policytrack. Please report it, with what you typed and what the same command says with -v."
)

_ARGUMENTS = re.compile(r"(?<![-\w])((?:exec|article|by)(?= ')|(?:on|known|since|until)(?= '?\d| '[^']*' is not a ))")
"""Where the library's messages name an argument that is a flag here."""

LogFormat = Literal["text", "json"]
Verbose = Annotated[
    int,
    typer.Option(
        "--verbose",
        "-v",
        count=True,
        metavar="",
        show_default=False,
        help="Log each stage of each article; -vv logs everything.",
    ),
]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="Say nothing on stderr but errors.")]
LogFormatFlag = Annotated[LogFormat, typer.Option("--log-format", help="How stderr is written.")]


@dataclass(frozen=True)
class Talk:
    """What a command says beside its answer; all of it goes to stderr."""

    verbosity: int = 0
    log_format: LogFormat = "text"

    def say(self, text: str) -> None:
        """Tells a person something useful; silent with -q and where stderr is read by a machine."""
        if text and self.verbosity >= 0 and self.log_format == "text":
            typer.echo(text, err=True)

    def explain(self, codes: Iterable[str]) -> None:
        """Names the command that says what to do about problems of rule files."""
        self.say(f"\nNext:  policytrack rules explain-error {' '.join(sorted({*codes})[:3])}")

    def fail(self, text: str) -> None:
        """Tells what went wrong, whatever the flags are."""
        if self.log_format == "text":
            typer.echo(text, err=True)
            return
        from policytrack.logs import get_logger

        get_logger().error("failed", reason=text)

    @contextmanager
    def progress(
        self,
        told: str,
        *,
        total: Callable[[], int | None] = lambda: None,
        streaming: bool = False,
        goes_on: bool = False,
    ) -> Iterator[Callable[[int], None]]:
        """A function to call with the number of things done; it draws on a terminal, and does nothing anywhere else.

        With `total` also the time left is drawn. Nothing is drawn either while something else is written to the same
        terminal: logged events, or, where `streaming`, the answer itself. Whoever stops it is told how much was done,
        and, where it `goes_on`, that the same command does.
        """
        done = 0

        def count(number: int) -> None:
            nonlocal done
            done = number
            draw(number)

        try:
            with self._drawn(told, total, streaming) as draw:
                yield count
        except KeyboardInterrupt:
            self.say(f"{done:,} {told}." + (" The same command goes on from there." if goes_on else ""))
            raise

    @contextmanager
    def _drawn(self, told: str, total: Callable[[], int | None], streaming: bool) -> Iterator[Callable[[int], object]]:
        is_taken = bool(self.verbosity) or self.log_format != "text" or (streaming and sys.stdout.isatty())
        if is_taken or not sys.stderr.isatty():
            yield lambda _: None
            return
        from rich.console import Console
        from rich.progress import Progress, ProgressColumn, SpinnerColumn, Task
        from rich.text import Text

        pace = Pace()

        class Told(ProgressColumn):
            def render(self, task: Task) -> Text:
                pace.note(int(task.completed), monotonic())
                return Text(how_far(told, int(task.completed), task.total, task.elapsed or 0.0, pace.rate()))

        # Unless told so, rich takes stdout over and writes it to its own console: to stderr, here.
        with Progress(
            SpinnerColumn(),
            Told(),
            console=Console(stderr=True),
            transient=True,
            redirect_stdout=False,
            redirect_stderr=False,
        ) as drawn:
            task = drawn.add_task("", total=total())
            yield lambda done: drawn.update(task, completed=done)


class Pace:
    """How fast something goes on, by the last half minute: what came before may have been of another kind."""

    def __init__(self) -> None:
        self._noted: deque[tuple[float, int]] = deque()

    def note(self, done: int, now: float) -> None:
        """Nothing; so much was done at a moment, in seconds."""
        self._noted.append((now, done))
        while len(self._noted) > 2 and self._noted[1][0] < now - _REMEMBERED:
            self._noted.popleft()

    def rate(self) -> float:
        """How many a second."""
        (began, before), (ended, after) = self._noted[0], self._noted[-1]
        return (after - before) / (ended - began) if ended > began else 0.0


def how_far(told: str, done: int, total: float | None, seconds: float, rate: float) -> str:
    """What is shown of long work: how much of it is done, for how long, at what rate, and how long it will go on."""
    parts = [f"{done:,} of {int(total):,} {told}" if total else f"{done:,} {told}", _as_clock(seconds)]
    if rate:
        parts.append(f"{rate:,.0f}/s" if rate >= 10 else f"{rate:.1f}/s")
    if rate and total and total > done:
        parts.append(f"{_as_clock((total - done) / rate)} left")
    return "  ".join(parts)


def _as_clock(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes // 60}:{minutes % 60:02}:{rest:02}"


_REMEMBERED = 30
"""Seconds by which a pace is told."""
_COLOURS: dict[str, dict[str, Any]] = {
    "head": {"bold": True},
    "yes": {"fg": "green"},
    "no": {"fg": "red"},
    "faint": {"dim": True},
}


def painted(text: str, mood: str) -> str:
    """The text in the colour of its mood, where stdout is a terminal that nobody asked to stay plain."""
    if not text or mood not in _COLOURS or not sys.stdout.isatty() or "NO_COLOR" in os.environ:
        return text
    return typer.style(text, **_COLOURS[mood])


class Command(TyperCommand):
    """A command whose help names its arguments as its usage line does, without the Python type."""

    def format_options(self, ctx: Any, formatter: Any) -> None:  # the types are private to typer
        records = [(param, param.get_help_record(ctx)) for param in self.get_params(ctx)]
        for title, kind in (("Arguments", "argument"), ("Options", "option")):
            shown = [record for param, record in records if record and param.param_type_name == kind]
            if shown:
                with formatter.section(title):
                    formatter.write_dl([(name.split(" <list[")[0].split(" <str>")[0], told) for name, told in shown])


def command(app: typer.Typer, name: str, *examples: str) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Registers `answer(talk, **flags)` as a command, with examples in its help and the flags for talk added."""

    def register(answer: Callable[..., None]) -> Callable[..., None]:
        @functools.wraps(answer)
        def run(*, verbose: int, quiet: bool, log_format: LogFormat, **flags: Any) -> None:
            talk = Talk(-1 if quiet else verbose, log_format)
            with _told(talk):
                _set_up_logs(talk)
                answer(talk, **flags)

        run.__signature__ = _with_talk(answer)  # type: ignore[attr-defined]  # what typer makes the flags of
        epilog = "\b\nExamples:\n" + "\n".join(f"  {example}" for example in examples)
        app.command(name, cls=Command, epilog=epilog)(run)
        return answer

    return register


def family(app: typer.Typer, *examples: str) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Registers `answer(talk, **flags)` as what a family of commands does when none of them is named."""

    def register(answer: Callable[..., None]) -> Callable[..., None]:
        @functools.wraps(answer)
        def run(*, context: typer.Context, verbose: int, quiet: bool, log_format: LogFormat, **flags: Any) -> None:
            talk = Talk(-1 if quiet else verbose, log_format)
            with _told(talk):
                if _named_after(context) is not None:
                    return
                _set_up_logs(talk)
                answer(talk, **flags)

        asked = inspect.Parameter("context", inspect.Parameter.KEYWORD_ONLY, annotation=typer.Context)
        signature = _with_talk(answer)
        signature = signature.replace(parameters=[asked, *signature.parameters.values()])
        run.__signature__ = signature  # type: ignore[attr-defined]  # what typer makes the flags of
        epilog = "\b\nExamples:\n" + "\n".join(f"  {example}" for example in examples)
        app.callback(invoke_without_command=True, epilog=epilog)(run)
        return answer

    return register


def _named_after(context: typer.Context) -> str | None:
    """The command of the family that is named, if any; ConfigError where flags stand before it."""
    named = context.invoked_subcommand
    sources = {name: context.get_parameter_source(name) for name in context.params}
    given = [name for name, source in sources.items() if source is not None and source.name == "COMMANDLINE"]
    if named is not None and given:
        flag = "--" + given[0].replace("_", "-")
        raise ConfigError(f"{flag} stands before {named!r}, where nothing takes it. Write it after {named!r}.")
    return named


def _with_talk(answer: Callable[..., None]) -> inspect.Signature:
    signature = inspect.signature(answer, eval_str=True)
    kind = inspect.Parameter.KEYWORD_ONLY
    own = [parameter.replace(kind=kind) for parameter in list(signature.parameters.values())[1:]]
    return signature.replace(
        parameters=[
            *own,
            inspect.Parameter("verbose", kind, default=0, annotation=Verbose),
            inspect.Parameter("quiet", kind, default=False, annotation=Quiet),
            inspect.Parameter("log_format", kind, default="text", annotation=LogFormatFlag),
        ]
    )


def _set_up_logs(talk: Talk) -> None:
    from policytrack import logs

    logs.configure(talk.verbosity, talk.log_format, sys.stderr)


@contextmanager
def _told(talk: Talk) -> Iterator[None]:
    """Turns every way in which a command can end into words and an exit code."""
    try:
        yield
        sys.stdout.flush()
    except typer.Exit:
        raise
    except BrokenPipeError:
        # Whoever read stdout has gone: what is left in its buffer must not be written at the end of Python either.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        raise typer.Exit(ExitCode.BROKEN_PIPE) from None
    except KeyboardInterrupt:
        talk.fail("Stopped. What was recorded before stays recorded.")
        raise typer.Exit(ExitCode.STOPPED) from None
    except PolicytrackError as error:
        talk.fail(told(error))
        if isinstance(error, RuleFileError):
            talk.explain(problem.code for problem in error.problems)
        raise typer.Exit(code_of(error)) from None
    except Exception as error:  # noqa: BLE001  # the last stop: told in words, with the way to report it
        _tell_defect(talk, error)
        raise typer.Exit(ExitCode.DEFECT) from None


def code_of(error: PolicytrackError) -> ExitCode:
    """The exit code that an error ends a command with."""
    return next((code for kind, code in _CODES if isinstance(error, kind)), ExitCode.DEFECT)


def told(error: PolicytrackError) -> str:
    """The error as a person at a terminal reads it: arguments as flags, and the number of problems in rule files."""
    if isinstance(error, RuleFileError):
        number = len(error.problems)
        return f"{error}\n{number} problem{'s' if number != 1 else ''}"
    if isinstance(error, ConfigError):
        return _ARGUMENTS.sub(r"--\1", str(error))
    return f"{error}\n{_REPORT}" if isinstance(error, EngineError) else str(error)


def _tell_defect(talk: Talk, error: Exception) -> None:
    talk.fail(f"Unexpected error: {type(error).__name__}: {error}\n{_REPORT}")
    if talk.verbosity > 0:
        from policytrack.logs import get_logger

        get_logger().error("unexpected error", exc_info=error)
