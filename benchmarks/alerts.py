"""Counts what arrives of ten thousand shifts at once, and of a thousand while receiver and sender fail all the time.

The receiver is a real one on this machine. In the second part it refuses, cuts the connection after it has read, or is
slow, by chance, and the sender is killed again and again and started anew. `python -m benchmarks.alerts` writes the
table.
"""

from __future__ import annotations

import collections
import multiprocessing
import os
import random
import signal
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Final, NamedTuple

from benchmarks import journal
from benchmarks.accuracy import put
from benchmarks.size import MadeUp, made_up_rules
from policytrack.alerting import AnotherSends
from policytrack.tracker import Tracker, open_tracker

PAGE: Final = Path(__file__).parent.parent / "docs" / "explanation" / "how-alerts-arrive.md"
MANY: Final = 10_000
FEWER: Final = 1_000
CALM: Final = 0.6
"""So often the receiver of the second part takes what it gets."""


class Counted(NamedTuple):
    """What was recorded and what came of it; `again` came more than once, all under the id of the first."""

    shifts: int
    received: int
    again: int
    other_ids: int
    lost: int
    kills: int
    seconds: float


class Receiver:
    """What a receiver got: the ids of whole messages by the shift that they tell, in order."""

    def __init__(self, calm: float) -> None:
        self.got: dict[str, list[str]] = collections.defaultdict(list)
        self._calm = calm
        self._chance = random.Random(1)
        self._lock = threading.Lock()

    @contextmanager
    def served(self) -> Iterator[int]:
        """The port at which it listens until the block ends."""
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            disable_nagle_algorithm = True

            def do_POST(self) -> None:
                size = int(self.headers["Content-Length"])
                if len(self.rfile.read(size)) == size:
                    receiver.answer(self, str(self.headers["webhook-id"]))

            def log_message(self, format: str, *args: object) -> None:
                pass

        class Server(ThreadingHTTPServer):
            daemon_threads = True

            def handle_error(self, request: object, client_address: object) -> None:
                pass  # a sender that was killed

        server = Server(("127.0.0.1", 0), Handler)
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield server.server_port
        finally:
            server.shutdown()
            server.server_close()
            thread.join()

    def answer(self, handler: BaseHTTPRequestHandler, name: str) -> None:
        """Nothing; the message is taken, or one of what can go wrong does."""
        with self._lock:
            calm = self._chance.random() < self._calm
            fault = "" if calm else self._chance.choice(("refuses", "cuts", "is slow"))
            if fault != "refuses":
                self.got[name.rpartition("-")[0]].append(name)
        if fault == "cuts":
            handler.close_connection = True
            return
        if fault == "is slow":
            time.sleep(0.05)
        handler.send_response(500 if fault == "refuses" else 200)
        handler.send_header("Content-Length", "0")
        handler.end_headers()


def opened(folder: Path, count: int) -> Tracker:
    return open_tracker(folder / "watch.db", rules=made_up_rules(count), extractor=MadeUp())


def recorded(folder: Path, count: int, port: int) -> int:
    """How many shifts were recorded, after a subscription to all of them began."""
    hook = f"webhook: 'http://127.0.0.1:{port}/', allow_private: [127.0.0.1], seconds: 5"
    retry = "{first: 0.05, factor: 1, jitter: 0.5, tries: 1000}"
    (folder / "alerts.yaml").write_text(
        f"channels:\n  hook: {{{hook}, retry: {retry}}}\nsubscriptions:\n  - {{name: all, follow_ups: [], to: hook}}\n"
    )
    policies = count // 6  # with a hundred claims each has some ten shifts
    with opened(folder, policies) as tracker:
        list(tracker.alerts(folder / "alerts.yaml").round())
        for number in range(policies):
            tracker.ingest([told.article for told in journal.told_of(number)])
            if len(tracker.ledger.outbox.news_after(0, 10**9)) >= count:
                break
        told = [each for each in tracker.ledger.outbox.news_after(0, 10**9) if each.what == "new"]
        return len([each for each in told if not each.correction])


def send(folder: Path, policies: int) -> None:
    """Sends until nothing waits."""
    with opened(folder, policies) as tracker:
        alerting = tracker.alerts(folder / "alerts.yaml")
        while True:
            try:
                for _ in alerting.round():
                    pass
            except AnotherSends:
                continue
            if alerting.next_at() is None:
                return
            time.sleep(0.05)


def counted(count: int, calm: float, *, kills: bool) -> Counted:
    """What arrives of so many shifts."""
    receiver, chance = Receiver(calm), random.Random(2)
    with tempfile.TemporaryDirectory() as name, receiver.served() as port:
        folder = Path(name)
        shifts = recorded(folder, count, port)
        began, killed = time.monotonic(), 0
        context = multiprocessing.get_context("fork")
        while True:
            process = context.Process(target=send, args=(folder, count // 6))
            process.start()
            process.join(chance.uniform(0.5, 2.5) if kills else None)
            if process.exitcode is not None:
                break
            os.kill(int(process.pid or 0), signal.SIGKILL)
            process.join()
            killed += 1
        seconds = time.monotonic() - began
        with opened(folder, count // 6) as tracker:
            dropped = [line for line in tracker.alerts().log() if line.status != "sent"]
    again = sum(len(names) - 1 for names in receiver.got.values())
    others = sum(len(set(names)) - 1 for names in receiver.got.values())
    lost = shifts - len(receiver.got) - len([line for line in dropped if line.status == "held_back"])
    return Counted(shifts, len(receiver.got), again, others, lost, killed, seconds)


def table() -> list[str]:
    """The lines of the table."""
    rows = [
        ("a receiver that takes all", counted(MANY, 1.0, kills=False)),
        ("a receiver that fails four times in ten, a sender that is killed", counted(FEWER, CALM, kills=True)),
    ]
    head = "| | shifts | kills | arrived | again, with the same id | under another id | lost | a second |"
    lines = [head, "|---|--:|--:|--:|--:|--:|--:|--:|"]
    for name, found in rows:
        *numbers, seconds = found
        shifts, received, again, others, lost, kills = numbers
        figures = (shifts, kills, received, again, others, lost, round(shifts / seconds))
        lines.append(f"| {name} | " + " | ".join(f"{each:,}" for each in figures) + " |")
    return lines


def main() -> None:
    shown = table()
    put(PAGE, shown)
    sys.stdout.write("\n".join(shown) + "\n")


if __name__ == "__main__":
    main()
