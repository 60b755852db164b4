"""Where the talk goes: one structured event a line, to stderr. stdout stays data.

Every event passes through the standard logger "policytrack". A script that imports the library and
sets up nothing sees warnings only; it may attach handlers of its own. The command line calls
`configure` once, with its flags.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Literal, TextIO

import structlog
from structlog.stdlib import BoundLogger, ProcessorFormatter
from structlog.typing import Processor

NAME = "policytrack"
LogFormat = Literal["text", "json"]


def get_logger() -> BoundLogger:
    """A logger for events with fields: `get_logger().info("extracted", article_id=..., claims=2)`."""
    logger: BoundLogger = structlog.wrap_logger(
        logging.getLogger(NAME),
        processors=[
            structlog.stdlib.filter_by_level,
            structlog.contextvars.merge_contextvars,
            structlog.stdlib.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            ProcessorFormatter.wrap_for_formatter,
        ],
        wrapper_class=BoundLogger,
        context_class=dict,
    )
    return logger


def configure(verbosity: int, log_format: LogFormat, stream: TextIO) -> None:
    """Send events to the stream: -1 errors, 0 warnings too, 1 each stage of each article, 2 everything.

    Calling it again replaces what the call before set up.
    """
    handler = logging.StreamHandler(stream)
    handler.setFormatter(_formatter(log_format, stream))
    logger = logging.getLogger(NAME)
    logger.handlers = [handler]
    logger.setLevel(_level(verbosity))


def tells_stages() -> bool:
    """Whether anybody hears of the stages of each article: where nobody does, thousands are not even made."""
    return hears("info")


def hears(level: str) -> bool:
    """Whether anybody hears of events of a level, as "warning"."""
    return logging.getLogger(NAME).isEnabledFor(logging.getLevelNamesMapping()[level.upper()])


class _Keeper(logging.Handler):
    def __init__(self) -> None:
        super().__init__()
        self.kept: list[logging.LogRecord] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.kept.append(record)


@contextmanager
def collected() -> Iterator[list[logging.LogRecord]]:
    """What is logged inside the block; it is shown by whoever hands the records to their logger."""
    keeper = _Keeper()
    logger = logging.getLogger(NAME)
    before = logger.handlers, logger.propagate
    logger.handlers, logger.propagate = [keeper], False
    try:
        yield keeper.kept
    finally:
        logger.handlers, logger.propagate = before


def _level(verbosity: int) -> int:
    levels = {-1: logging.ERROR, 0: logging.WARNING, 1: logging.INFO}
    return levels.get(max(verbosity, -1), logging.DEBUG)


def _formatter(log_format: LogFormat, stream: TextIO) -> ProcessorFormatter:
    last: list[Processor] = [ProcessorFormatter.remove_processors_meta]
    if log_format == "json":
        last += [structlog.processors.format_exc_info, structlog.processors.JSONRenderer(ensure_ascii=False)]
    else:
        last += [_console(coloured=stream.isatty() and "NO_COLOR" not in os.environ)]
    return ProcessorFormatter(processors=last, foreign_pre_chain=[structlog.stdlib.add_log_level])


def _console(*, coloured: bool) -> structlog.dev.ConsoleRenderer:
    # A plain traceback: the rich one prints local variables, whole articles among them.
    return structlog.dev.ConsoleRenderer(
        colors=coloured, pad_event_to=0, sort_keys=False, exception_formatter=structlog.dev.plain_traceback
    )
