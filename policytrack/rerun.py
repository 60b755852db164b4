"""A rerun: the articles of a ledger read again by the rules of now, and what that does to its shifts.

What is read waits in a file beside the ledger until all is read, and is then recorded in one transaction, so that no
answer is ever half by the old rules. A rerun that was stopped goes on from that file.
"""

from __future__ import annotations

import contextlib
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import BinaryIO

import orjson

from policytrack.alerts import Hooks, call
from policytrack.derive import Derived, derive
from policytrack.detect import Detector
from policytrack.errors import ArticleError, LedgerError
from policytrack.execute import ahead
from policytrack.intake import Moments, Progress, Reader
from policytrack.ledger import Batch, Ledger, Telling
from policytrack.ledger.batch import Counted, Payload, payload_of
from policytrack.ledger.locked import locked, written
from policytrack.ledger.outbox import NOBODY
from policytrack.model import Claim, PolicyId, Shift
from policytrack.moments import Clock
from policytrack.packs import Rules
from policytrack.shift_changes import ShiftChange, ShiftChanges, shift_changes

AT_ONCE = 50
"""Articles that are held in memory."""

LISTED = 1_000
"""Changes that a report lists, so that what it holds does not grow with the ledger."""


class RerunReport(ShiftChanges):
    """What a rerun did to the shifts of a ledger, or would do: `recorded` tells.

    The first thousand changes are listed, by policy and day; `left_out` counts the others. `left` are the policies that
    are recorded and that these rules do not track: they stay as they are. `alerted` counts the shifts that hooks were
    called for; `errors` are articles that could not be read, whose claims stay.
    """

    recorded: bool = False
    left: tuple[PolicyId, ...] = ()
    alerted: int = 0
    errors: tuple[str, ...] = ()
    alert_errors: tuple[str, ...] = ()


class Rerun:
    """One rerun of a ledger. Use it once."""

    def __init__(
        self,
        ledger: Ledger,
        rules: Rules,
        reader: Reader,
        detector: Detector,
        clock: Clock,
        hooks: Hooks | None = None,
        progress: Progress | None = None,
    ) -> None:
        self._ledger = ledger
        self._rules = rules
        self._reader = reader
        self._detector = detector
        self._clock = clock
        self._hooks = hooks
        self._progress = progress or (lambda _: None)
        self._errors: list[ArticleError] = []

    def run(self, *, dry: bool = False) -> RerunReport:
        """What became of the shifts; where `dry` what would become of them, and nothing is recorded.

        The hooks are called for shifts that are news, which no rerun without hooks ever has.
        """
        self._ledger.rules()  # LedgerError where there is no ledger to read again
        with _readings_of(self._ledger, self._rules) as (readings, forget):
            self._read(readings)
            report, news = self._record(readings, dry)
            if not dry:  # after a dry run the rerun itself need not read again
                forget()
        failures = call(self._ledger, self._rules, self._hooks, self._clock) if news else []
        return report.model_copy(
            update={
                "alerted": len(news) if self._hooks and self._hooks.shifts else 0,
                "errors": tuple(str(error) for error in self._errors),
                "alert_errors": tuple(str(failure) for failure in failures),
            }
        )

    def _read(self, readings: Readings) -> None:
        """Every article that stands and was not read by these rules yet is."""
        done = 0
        pages = self._ledger.pages(AT_ONCE)
        new = ([(key, article) for key, article in page if key not in readings] for page in pages)
        for read in ahead(self._reader, new):
            for key, reading in read:
                if isinstance(reading, ArticleError):  # its claims stay as they are
                    self._errors.append(reading)
                else:
                    readings.add(key, reading.claims)
                self._progress(done := done + 1)
            readings.flush()

    def _record(self, readings: Readings, dry: bool) -> tuple[RerunReport, list[Shift]]:
        """The report and the shifts that are news, all recorded in one transaction; where `dry` none of it."""
        moments, telling = Moments(self._clock), NOBODY
        if self._hooks is not None:
            telling = Telling("summary", tuple(self._hooks.shifts))
        tally = _Tally()
        news: list[Shift] = []
        with (
            contextlib.suppress(_Dry),
            self._ledger.batch(
                lambda latest: moments.next(latest, None), self._rules.behaviour, "rules", telling
            ) as batch,
        ):
            left = {each for each in batch.policies() if self._rules.policy(each) is None}
            for part in readings.parts(AT_ONCE):
                tally.take_claims(len(part), batch.put_claims(part, left))
            tally.unchanged = batch.count_shifts(left)
            for policy in sorted(self._rules.policies, key=lambda each: each.id):
                derived = derive(batch, policy, self._rules, self._detector)
                tally.take_policy(batch, derived)
                news += derived.news if self._hooks is not None else ()
            if dry:
                raise _Dry
        return tally.report(sorted(left), recorded=not dry), news


class _Dry(Exception):
    """Raised so that a transaction is undone."""


@dataclass
class _Tally:
    """The report while it grows, policy by policy."""

    articles: int = 0
    changes: list[ShiftChange] = field(default_factory=list)
    left_out: int = 0
    unchanged: int = 0
    claims_added: int = 0
    claims_gone: int = 0

    def take_claims(self, articles: int, counted: Counted) -> None:
        self.articles += articles
        self.claims_added += counted.added
        self.claims_gone += counted.gone

    def take_policy(self, batch: Batch, derived: Derived) -> None:
        """Compares the shifts of a policy with those that stood before the batch, where any is another."""
        self.unchanged += len(derived.shifts) - len(derived.new)
        if not (derived.gone or derived.new):
            return
        before, after = batch.became(derived.gone, derived.new)
        found = shift_changes(before, after, at_most=LISTED - len(self.changes))
        self.unchanged += found.unchanged
        self.changes += found.changes
        self.left_out += found.left_out

    def report(self, left: Sequence[str], *, recorded: bool) -> RerunReport:
        return RerunReport(**vars(self), left=tuple(left), recorded=recorded)


class Readings:
    """What was read from each article, by its key in the ledger: a file, one line an article, after a head.

    `place` is where messages say that it is. What other rules wrote is dropped, and so is a last line that was not
    written to its end.
    """

    def __init__(self, file: BinaryIO, head: str, place: Path) -> None:
        self._file = file
        self._place = place
        self._keys: set[int] = set()
        self._head = orjson.dumps({"payloads": head}) + b"\n"
        self._file.seek(0)
        if self._file.readline() == self._head:
            self._keep_whole_lines()
        else:
            self._file.truncate(0)
            self._file.seek(0)
            self._file.write(self._head)

    def _keep_whole_lines(self) -> None:
        end = self._file.tell()
        for line in self._file:
            if not line.endswith(b"\n"):
                break
            try:
                self._keys.add(orjson.loads(line)["article"])
            except (ValueError, KeyError, TypeError):  # a disk that lost what it had acknowledged
                break
            end += len(line)
        self._file.truncate(end)
        self._file.seek(end)

    def __contains__(self, key: int) -> bool:
        return key in self._keys

    def add(self, key: int, claims: Sequence[Claim]) -> None:
        """Nothing; the claims of the article will be among the parts, also after a crash once it is flushed."""
        told = {"article": key, "claims": [tuple(payload_of(claim)) for claim in claims]}
        with written(self._place):
            self._file.write(orjson.dumps(told) + b"\n")
        self._keys.add(key)

    def flush(self) -> None:
        """Nothing; what was added is in the file."""
        with written(self._place):
            self._file.flush()

    def parts(self, at_most: int) -> Iterator[dict[int, list[Payload]]]:
        """The claims of each article by its key, so many articles at once, in the order in which they were added."""
        self.flush()
        self._file.seek(len(self._head))
        while lines := list(islice(self._file, at_most)):
            told = [orjson.loads(line) for line in lines]
            yield {each["article"]: [Payload(*claim) for claim in each["claims"]] for each in told}


@contextlib.contextmanager
def without_readings(ledger: Ledger) -> Iterator[None]:
    """Nothing; what a stopped rerun left is gone, and none begins inside the block. LedgerError where one goes on."""
    beside = _beside(ledger)
    if beside is None:
        yield
        return
    with _alone(beside) as file:
        with written(beside):
            file.truncate(0)
        try:
            yield
        finally:
            with written(beside):
                beside.unlink()


def _alone(path: Path) -> BinaryIO:
    """The file of that path, which nobody else has. LedgerError where another rerun has it."""
    file = locked(path)
    if file is None:
        raise LedgerError(f"{path}: another rerun of this ledger is going on. Wait for its end.")
    return file


def _beside(ledger: Ledger) -> Path | None:
    """The file in which the readings of a ledger wait."""
    return ledger.file.with_name(ledger.file.name + ".rerun") if ledger.file else None


@contextlib.contextmanager
def _readings_of(ledger: Ledger, rules: Rules) -> Iterator[tuple[Readings, Callable[[], None]]]:
    """The readings of a ledger, and how to forget them. LedgerError where another rerun of it is going on."""
    beside = _beside(ledger)
    place = beside or Path(tempfile.gettempdir())
    with written(place):
        file = _alone(beside) if beside else tempfile.TemporaryFile()  # noqa: SIM115 closed below
    try:
        with written(place):
            readings = Readings(file, rules.behaviour, place)
        yield readings, beside.unlink if beside else lambda: None
    finally:
        with written(place):  # what could not be written before cannot be now
            file.close()
