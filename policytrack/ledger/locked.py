"""Files that one process alone has at a time; the system takes the lock away when the process ends, however it does."""

from __future__ import annotations

import contextlib
import fcntl
import os
import time
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from policytrack.errors import LedgerError

PAUSE = 0.02
"""Seconds between two attempts."""


def locked(path: Path, seconds: float = 0) -> BinaryIO | None:
    """The file of that path, which nobody else has; made where it is not there. None after so many seconds."""
    until = time.monotonic() + seconds
    with written(path):
        while True:
            file = path.open("a+b")
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                file.close()
                if time.monotonic() >= until:
                    return None
                time.sleep(PAUSE)
                continue
            with contextlib.suppress(FileNotFoundError):
                if os.path.samestat(os.fstat(file.fileno()), path.stat()):
                    return file
            file.close()  # another has just ended, and has taken this file away


@contextlib.contextmanager
def written(path: str | Path) -> Iterator[None]:
    """LedgerError with a remedy, where the block cannot write to the file."""
    try:
        yield
    except OSError as error:
        reason = error.strerror or error
        raise LedgerError(f"{path}: cannot be written: {reason}. Check the folder and the disk.") from error
