"""Files packed with gzip, unpacked while they are read."""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, cast

ENDING = ".gz"
BROKEN = (EOFError, gzip.BadGzipFile, zlib.error)
"""What reading a file raises that is no gzip, or is cut short."""
LONGEST = 50_000_000
"""Bytes of one line: a longer one is no article, and may be a small file that unpacks to fill the memory."""


@contextmanager
def opened(path: Path) -> Iterator[BinaryIO]:
    """The bytes of a file, unpacked where its name ends in .gz."""
    if path.suffix.lower() != ENDING:
        with path.open("rb") as stream:
            yield stream
    else:
        with gzip.open(path, "rb") as unpacked:
            yield cast(BinaryIO, unpacked)


def plain_name(path: Path) -> Path:
    """The path as if its file were not packed: archive.jsonl for archive.jsonl.gz."""
    return path.with_suffix("") if path.suffix.lower() == ENDING else path


class TooLong(Exception):
    """A line or a file that is longer than may be held."""


def lines_of(stream: BinaryIO) -> Iterator[bytes]:
    """The lines of a stream, one by one; TooLong where one cannot be held."""
    while line := stream.readline(LONGEST):
        if len(line) == LONGEST:
            raise TooLong
        yield line


def whole(stream: BinaryIO) -> bytes:
    """All that a stream holds; TooLong where it cannot be held."""
    found = stream.read(LONGEST)
    if len(found) == LONGEST:
        raise TooLong
    return found
