"""How a command that goes on until it is stopped is stopped: after what is in hand, or at once."""

from __future__ import annotations

import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from types import FrameType


@dataclass
class Stop:
    """That somebody has asked to end; `by_hand` where it was by Ctrl-C."""

    # A flag and no Event: a signal may come while the same thread holds an Event's lock.
    asked: bool = False
    by_hand: bool = False

    def is_asked(self) -> bool:
        return self.asked

    def wait(self, seconds: float) -> None:
        """Nothing, after so many seconds, or when somebody has asked to end."""
        until = time.monotonic() + seconds
        while not self.asked and (left := until - time.monotonic()) > 0:
            time.sleep(min(left, 0.25))


@contextmanager
def stopping() -> Iterator[Stop]:
    """While the block runs the first Ctrl-C, or a SIGTERM, asks to end; the second Ctrl-C ends at once."""
    stop = Stop()

    def ask(number: int, frame: FrameType | None) -> None:
        if number == signal.SIGINT and stop.asked:
            signal.default_int_handler(number, frame)
        stop.by_hand = number == signal.SIGINT
        stop.asked = True

    before = {number: signal.signal(number, ask) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield stop
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
