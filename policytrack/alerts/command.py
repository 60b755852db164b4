"""Commands that get something on their standard input: run without a shell, ended with their children when late."""

from __future__ import annotations

import contextlib
import os
import shlex
import shutil
import signal
import subprocess
import tempfile
from pathlib import Path
from typing import IO, Final

from policytrack.alerts.channel import Message, Undelivered
from policytrack.errors import ConfigError
from policytrack.printable import printable

SECONDS: Final = 30.0
"""How long a command may take."""


class Command:
    """A channel that runs a command with the payload as JSON on its standard input.

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

    def send(self, message: Message) -> str:
        """That it ended well; Undelivered where it cannot be started, ends with another code, or takes too long."""
        return self.run(message.payload.model_dump_json(by_alias=True).encode())

    def run(self, given: bytes) -> str:
        """The same, for a command that gets these bytes."""
        with tempfile.TemporaryFile() as output:  # not a pipe: what the command leaves running would hold it open
            code = self._run(given, output)
            if code:
                output.seek(0)
                raise Undelivered(printable(f"exit code {code}{_last_line(output.read())}"))
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
            raise Undelivered(f"cannot be started: {error.strerror or error}") from error
        try:
            process.communicate(given, timeout=self.seconds)
        except subprocess.TimeoutExpired:
            _end(process)
            raise Undelivered(f"took longer than {self.seconds:g} s and was ended") from None
        except BaseException:
            _end(process)
            raise
        return process.returncode


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
