"""Who is told of a shift, or of what falls due: callables and commands, called after it is recorded, each on its own.

A hook that fails harms nobody: the shift is in the ledger, the other hooks run, and the failure is an AlertError
that is given back and never raised.
"""

from __future__ import annotations

import contextlib
import os
import shlex
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import IO, NamedTuple, TypeVar

from policytrack.dues import Due
from policytrack.errors import AlertError, ConfigError
from policytrack.ledger import Announced, Ledger, Noted, Turn
from policytrack.logs import get_logger
from policytrack.model import Shift
from policytrack.moments import Clock
from policytrack.silences import Silence

Hook = Callable[[Shift], object]
DueHook = Callable[[Due], object]
SilenceHook = Callable[[Silence], object]

News = TypeVar("News", Shift, Due, Silence)

SECONDS = 30.0
"""How long a command may take."""
PATIENCE = 60.0
"""Seconds for which one who announces waits for another: processes call their hooks one after another."""

_log = get_logger()


class DueReport(NamedTuple):
    """What hooks were called for now, the next to come first; `alert_errors` are those that failed."""

    called: tuple[Due, ...] = ()
    alert_errors: tuple[AlertError, ...] = ()


class Command:
    """A hook that runs a command with the shift, what falls due, or a silence as JSON on its standard input.

    The line is split as a shell would split it, but no shell runs it: no variables, no pipes, no wildcards.
    What the command prints is shown only where it fails. ConfigError where there is no such command.
    It runs in `folder`, by default in that of this process.
    """

    def __init__(self, line: str, seconds: float = SECONDS, folder: Path | None = None) -> None:
        self.line = line
        self.seconds = seconds
        self._folder = folder
        self._words = _split(line, folder)

    def __repr__(self) -> str:
        return f"Command({self.line!r})"

    def __call__(self, news: Shift | Due | Silence) -> None:
        """Nothing; AlertError where the command cannot be started, ends with another code than 0, or takes too long."""
        self.run(news.model_dump_json().encode())

    def run(self, given: bytes) -> str:
        """That it ended well, where it gets these bytes; else AlertError as above."""
        with tempfile.TemporaryFile() as output:  # not a pipe: what the command leaves running would hold it open
            code = self._run(given, output)
            if code:
                output.seek(0)
                raise AlertError(f"exit code {code}{_last_line(output.read())}")
        return "exit code 0"

    def _run(self, given: bytes, output: IO[bytes]) -> int:
        try:
            # A session of its own, so that at the time-out its children end with it.
            process = subprocess.Popen(
                self._words,
                stdin=subprocess.PIPE,
                stdout=output,
                stderr=output,
                start_new_session=True,
                cwd=self._folder,
            )
        except OSError as error:
            raise AlertError(f"cannot be started: {error.strerror or error}") from error
        try:
            process.communicate(given, timeout=self.seconds)
        except subprocess.TimeoutExpired:
            _end(process)
            raise AlertError(f"took longer than {self.seconds:g} s and was ended") from None
        except BaseException:
            _end(process)
            raise
        return process.returncode


def announce(news: News, hooks: Sequence[Callable[[News], object]]) -> list[AlertError]:
    """What went wrong while each hook was called with the news; every hook is called, whatever another does."""
    failures = []
    for hook in hooks:
        try:
            hook(news)
        except Exception as error:  # noqa: BLE001 a hook is the user's own code: whatever it raises is its failure
            failures.append(_failure(news, hook, error))
    _log.info("announced", **_logged(news), hooks=len(hooks), failures=len(failures))
    return failures


def announce_new(ledger: Ledger, news: Sequence[Shift], hooks: Sequence[Hook], clock: Clock) -> list[AlertError]:
    """What went wrong while the hooks were called with these shifts, each marked when its hooks have run.

    Where another process has announced a shift they are not called, nor where one calls hooks for longer than
    `PATIENCE`: then the shift is left to the next run, which is an error here. So is what a kill leaves.
    """
    failures: list[AlertError] = []
    for shift in news if hooks else ():
        turn, found = _announce_once(ledger, shift.id, shift, hooks, clock, PATIENCE)
        failures += [_left(shift)] if turn == "busy" else found
    return failures


def announce_left(ledger: Ledger, hooks: Sequence[Hook], clock: Clock) -> list[AlertError]:
    """What went wrong while the hooks were called with the shifts that an earlier run left; without hooks they wait on.

    What another process announces meanwhile is left to it.
    """
    found = [
        _announce_once(ledger, shift.id, shift, hooks, clock, 0) for shift in (ledger.unannounced() if hooks else ())
    ]
    return [failure for _, failures in found for failure in failures]


def announce_dues(ledger: Ledger, noted: Sequence[Noted], hooks: Sequence[DueHook], clock: Clock) -> DueReport:
    """What the hooks were called for, in this order and each marked when its hooks have run, and what went wrong.

    Where another process announces meanwhile, it goes as with new shifts.
    """
    called: list[Due] = []
    failures: list[AlertError] = []
    for key, due in noted:
        turn, found = _announce_once(ledger, key, due, hooks, clock, PATIENCE)
        failures += [_left(due)] if turn == "busy" else found
        called += [due] if turn == "due" else []
    return DueReport(tuple(called), tuple(failures))


def _announce_once(
    ledger: Ledger,
    what: Announced,
    news: News,
    hooks: Sequence[Callable[[News], object]],
    clock: Clock,
    seconds: float,
) -> tuple[Turn, list[AlertError]]:
    """Whether it was announced, and what went wrong; see Turn."""
    with ledger.announcing(what, seconds) as turn:
        failures = announce(news, hooks) if turn == "due" else []
        if turn == "due":
            ledger.mark_announced(what, clock(), [str(failure) for failure in failures])
        return turn, failures


def _left(news: Shift | Due) -> AlertError:
    busy = f"another process has been calling its hooks for {PATIENCE:g} s"
    kept = "The shift is recorded, and the" if isinstance(news, Shift) else "The"
    return AlertError(f"{_told(news)}: {busy}. {kept} next run announces it.")


def _failure(news: Shift | Due | Silence, hook: Callable[..., object], error: Exception) -> AlertError:
    told = str(error) if isinstance(error, AlertError) else f"{type(error).__name__}: {error}"
    kept = "The shift is recorded." if isinstance(news, Shift) else "It is not called for that again."
    failure = AlertError(f"{_name(hook)}, for {_told(news)}: {told}. {kept}")
    failure.__cause__ = error
    # The traceback of a caller's own function says where it broke; of a command there is nothing more to say.
    _log.error("hook failed", **_logged(news), error=str(failure), exc_info=None if told == str(error) else error)
    return failure


def _told(news: Shift | Due | Silence) -> str:
    if isinstance(news, Silence):
        return f"{news.source}, which is silent"
    if isinstance(news, Shift):
        return f"{news.id[:8]} {news.policy}"
    return f"{news.policy}, which {'ends' if news.what == 'ends' else 'changes'} {news.on}"


def _logged(news: Shift | Due | Silence) -> dict[str, str]:
    if isinstance(news, Silence):
        return {"what": news.what, "source": news.source}
    told = {"shift_id": news.id} if isinstance(news, Shift) else {"what": news.what, "on": news.on}
    return {**told, "policy": news.policy}


def _name(hook: Callable[..., object]) -> str:
    if isinstance(hook, Command):
        return f"command {hook.line!r}"
    return f"hook {getattr(hook, '__qualname__', None) or repr(hook)}"


def _split(line: str, folder: Path | None) -> list[str]:
    try:
        words = shlex.split(line)
    except ValueError as error:
        raise ConfigError(f"exec {line!r} cannot be split into words: {error}. Close the quotation.") from None
    if not words:
        raise ConfigError("exec is empty. Write a command, as 'python3 notify.py'.")
    if shutil.which(str(Path(folder or "", words[0])) if "/" in words[0] else words[0]) is None:
        raise ConfigError(f"exec {line!r}: there is no command {words[0]!r} that can be run. Check the name and PATH.")
    return words


def _end(process: subprocess.Popen[bytes]) -> None:
    with contextlib.suppress(ProcessLookupError):  # it may have ended by itself meanwhile
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def _last_line(output: bytes) -> str:
    lines = output.decode("utf-8", "backslashreplace").strip().splitlines()
    return f", its last line: {lines[-1][:200]}" if lines else ""
