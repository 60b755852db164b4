"""Alerts written to a file, one a line, that holds whole lines alone: also where a process was killed meanwhile."""

from __future__ import annotations

import json
import os
import re
from pathlib import Path
from typing import Annotated, Final

from pydantic import Field

from policytrack.alerts.channel import ChannelSettings, Kind, Message, Undelivered
from policytrack.alerts.template import Tell, body_of
from policytrack.errors import ConfigError, LedgerError
from policytrack.ledger.locked import locked
from policytrack.wholefile import check_place

PATIENCE: Final = 10.0
"""Seconds for which one who writes waits for another."""
_BLOCK: Final = 65_536
_BEGINNING: Final = b'{"schema":'
"""How a line begins that this channel writes without a template."""


class Settings(ChannelSettings):
    """A file that grows by a line of JSON for each message, or by what a template makes, its line ends as blanks."""

    file: Annotated[str, Field(min_length=1)]


class File:
    """A channel that appends to a file and comes back when the line is on the disk."""

    def __init__(self, path: Path, body: Tell) -> None:
        self._path = path
        self._body = body

    def send(self, message: Message) -> str:
        """That it was written; Undelivered where it could not be, and then no part of it is there."""
        line = re.sub(r"[\r\n]+", " ", self._body(message.payload).rstrip("\r\n")) + "\n"
        try:
            file = locked(self._path, PATIENCE)
            if file is None:
                raise Undelivered(f"another process has had the file for {PATIENCE:g} s")
            with file:
                _append(file.fileno(), line.encode())
        except OSError as error:
            raise Undelivered(f"cannot be written: {error.strerror or error}") from error
        except LedgerError as error:
            raise Undelivered(str(error).rstrip(".")) from error
        self._keep_name()
        return "written"

    def _keep_name(self) -> None:
        """The name of a new file is on the disk only when its folder is."""
        folder = os.open(self._path.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)


def _append(file: int, line: bytes) -> None:
    """Nothing; the line is there whole, after whole lines; where it cannot be, the file ends where it ended."""
    end = _mended(file)
    try:
        written = 0
        while written < len(line):
            written += os.write(file, line[written:])
        os.fsync(file)
    except OSError:
        os.ftruncate(file, end)
        raise


def _mended(file: int) -> int:
    """Where the file ends, when what a kill has left of a line is gone, and another line without an end has one."""
    size = os.fstat(file).st_size
    start = _start_of_last(file, size)
    if start == size:
        return size
    last = os.pread(file, size - start, start)
    if _is_torn(last):
        os.ftruncate(file, start)
        return start
    os.write(file, b"\n")
    return size + 1


def _start_of_last(file: int, size: int) -> int:
    """Where the line begins that has no end; the size where each has one."""
    at = size
    while at > 0:
        start = max(0, at - _BLOCK)
        found = os.pread(file, at - start, start).rfind(b"\n")
        if found >= 0:
            return start + found + 1
        at = start
    return 0


def _is_torn(line: bytes) -> bool:
    """Whether it is the beginning of a line of ours, and not all of it."""
    if line[: len(_BEGINNING)] != _BEGINNING[: len(line)]:
        return False
    try:
        json.loads(line)
    except ValueError:
        return True
    return False


def open_file(settings: Settings, folder: Path) -> File:
    """The channel; ConfigError where no file can be there."""
    path = folder / settings.file
    check_place(path)
    if path.exists() and not path.is_file():
        raise ConfigError(f"{path} is not a regular file. Name one, or say exec: to give alerts to a program.")
    return File(path, body_of(settings, folder))


KIND = Kind(Settings, open_file)
