"""A stream that says when it is about to wait, so that its reader can finish first what it has in hand."""

from __future__ import annotations

import io
import select
from collections.abc import Callable
from typing import TYPE_CHECKING, BinaryIO

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer


class Pausing(io.RawIOBase):
    """Reads what `stream` gives as soon as it gives it; `before_wait` is called whenever nothing is there yet.

    `stream` stays open. Where nobody can tell whether something is there, `before_wait` is called before each piece.
    """

    def __init__(self, stream: BinaryIO, before_wait: Callable[[], object]) -> None:
        self._stream = stream
        self._before_wait = before_wait
        # read1 gives what has come; read would wait until all that is asked for has.
        self._read_what_is_there: Callable[[int], bytes] = getattr(stream, "read1", stream.read)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: WriteableBuffer) -> int:
        view = memoryview(buffer)
        if not self._has_more():
            self._before_wait()
        piece = self._read_what_is_there(len(view))
        view[: len(piece)] = piece
        return len(piece)

    def _has_more(self) -> bool:
        # Only the operating system is asked: read1 takes pieces so large that the stream's own buffer stays empty.
        try:
            return bool(select.select([self._stream], [], [], 0)[0])
        except (OSError, ValueError):  # a stream in memory; a pipe on Windows
            return False
