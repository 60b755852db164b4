"""An end to connections that go on for too long, however busy they are: time-outs only see silence."""

from __future__ import annotations

import contextlib
import socket
import threading
import time
from types import TracebackType
from typing import Any

_OPENED = ("connection.connect_tcp.complete", "connection.start_tls.complete")


class Deadline:
    """While the block runs, the connection that `trace` is told of is cut off after so many seconds.

    `passed` says that it was. What waits for the connection then sees its end.
    """

    def __init__(self, seconds: float) -> None:
        self.passed = False
        self._ends_at = time.monotonic() + seconds
        self._stream: Any = None
        self._timer = threading.Timer(seconds, self._end)
        self._timer.daemon = True

    def __enter__(self) -> Deadline:
        self._timer.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._timer.cancel()

    @property
    def left(self) -> float:
        """The seconds until then, and never none: what waits for so long may still be told of its end."""
        return max(0.01, self._ends_at - time.monotonic())

    def trace(self, event: str, info: dict[str, Any]) -> None:
        """Nothing; what httpx2 calls with each step of a request, so that the connection is known."""
        if event in _OPENED:
            self._stream = info["return_value"]
            if self.passed:  # the time was over while nothing was open that could be cut off
                self._cut()

    def _end(self) -> None:
        self.passed = True
        self._cut()

    def _cut(self) -> None:
        if self._stream is not None:
            with contextlib.suppress(OSError):  # it has ended by itself
                # Not the method of an SSL socket: that one may not be called while another thread reads.
                socket.socket.shutdown(self._stream.get_extra_info("socket"), socket.SHUT_RDWR)
