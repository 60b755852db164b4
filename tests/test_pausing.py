"""A live stream: whatever is in hand is finished before anybody waits for more."""

from __future__ import annotations

import io
import json
import os
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import BinaryIO

import pytest

from policytrack import intake
from policytrack.ledger import Ledger
from policytrack.model import Article
from policytrack.sources import Pausing
from policytrack.tracker import open_tracker
from tests.builders import knows as knows_text


@pytest.fixture
def pipe() -> Iterator[tuple[BinaryIO, BinaryIO]]:
    """The two ends of a pipe: where it is read, where it is written."""
    out, into = os.pipe()
    with os.fdopen(out, "rb") as reading, os.fdopen(into, "wb", buffering=0) as writing:
        yield reading, writing


def line(name: str) -> bytes:
    return json.dumps({"id": name, "published_at": "2024-11-22", "text": f"It rained in {name}."}).encode() + b"\n"


def test_it_is_told_before_each_wait_and_only_then(pipe: tuple[BinaryIO, BinaryIO]) -> None:
    reading, writing = pipe
    told: list[str] = []

    def waits() -> None:
        told.append("waits")
        writing.write(b"three\n") if told.count("waits") == 1 else writing.close()

    writing.write(b"one\ntwo\n")
    for each in io.BufferedReader(Pausing(reading, waits)):
        told.append(each.decode().strip())
    assert told == ["one", "two", "waits", "three", "waits"]


def test_lines_of_any_length_come_through_whole(pipe: tuple[BinaryIO, BinaryIO]) -> None:
    reading, writing = pipe
    sent = b"x" * 300_000 + b"\n" + b"y\n"
    threading.Thread(target=lambda: (writing.write(sent), writing.close())).start()
    assert io.BufferedReader(Pausing(reading, lambda: None)).read() == sent


def test_a_stream_in_memory_is_read_to_its_end_and_left_open() -> None:
    stream = io.BytesIO(b"one\ntwo\n")
    assert list(io.BufferedReader(Pausing(stream, lambda: None))) == [b"one\n", b"two\n"]
    assert not stream.closed


@pytest.mark.parametrize("after", [b"", b"\n", b"not json\n", line("Lisbon"), b'{"id": "half'])
def test_an_article_of_a_live_pipe_is_recorded_before_the_next_one_comes(
    tmp_path: Path, pipe: tuple[BinaryIO, BinaryIO], after: bytes
) -> None:
    reading, writing = pipe
    path = tmp_path / "t.db"
    with open_tracker(path) as tracker:
        reports: list[intake.IngestReport] = []
        run = threading.Thread(target=lambda: reports.append(tracker.ingest("-", stdin=reading)))
        run.start()
        writing.write(line("Lisbon") + after)  # and the pipe stays open
        assert until(lambda: knows(path, "Lisbon"))
        assert run.is_alive()
        writing.write(b"\n" + line("Porto"))
        assert until(lambda: knows(path, "Porto"))
        writing.close()
        run.join(timeout=30)
    assert [report.read for report in reports] == [2]


def test_what_has_come_at_once_is_recorded_at_once(tmp_path: Path, pipe: tuple[BinaryIO, BinaryIO]) -> None:
    reading, writing = pipe
    writing.write(b"".join(line(f"n{number}") for number in range(20)))
    writing.close()
    with open_tracker(tmp_path / "t.db") as tracker:
        assert tracker.ingest("-", stdin=reading).read == 20
        first, latest = tracker.ledger.moments() or (None, None)
    assert first == latest, "one transaction"


def knows(path: Path, name: str) -> bool:
    ledger = Ledger(path)
    try:
        return knows_text(ledger, Article(id=name, published_at="2024-11-22", text=f"It rained in {name}."))
    finally:
        ledger.close()


def until(holds: Callable[[], bool]) -> bool:
    """Whether it comes to hold within half a minute."""
    ends = time.monotonic() + 30
    while not holds():
        if time.monotonic() > ends:
            return False
        time.sleep(0.05)
    return True
