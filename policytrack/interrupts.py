"""Ctrl-C that waits: a block of work is finished first, so that it is recorded whole."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from types import FrameType

from policytrack.logs import get_logger

_log = get_logger()


@contextmanager
def finishing_first() -> Iterator[None]:
    """Nothing; a first Ctrl-C inside the block says so and raises KeyboardInterrupt at its end, a second one at once.

    A caller who handles Ctrl-C in his own way, or runs outside the main thread, is left alone.
    """
    mine = threading.current_thread() is threading.main_thread()
    if not mine or signal.getsignal(signal.SIGINT) is not signal.default_int_handler:
        yield
        return
    asked = False

    def remember(_number: int, _frame: FrameType | None) -> None:
        nonlocal asked
        asked = True
        signal.signal(signal.SIGINT, signal.default_int_handler)
        with suppress(RuntimeError):  # Ctrl-C came while something was being written; nobody waits less for that
            _log.warning("what has been read is recorded first; another Ctrl-C stops at once")

    signal.signal(signal.SIGINT, remember)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, signal.default_int_handler)
    if asked:
        raise KeyboardInterrupt
