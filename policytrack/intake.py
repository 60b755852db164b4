"""Taking articles in: each is read once, its claims are journalled, and what they say of the policies is folded.

One transaction a batch: the articles, their claims, the states and shifts that follow, and the notices of the
shifts are recorded together or not at all. Hooks run after it.
"""

from __future__ import annotations

import datetime
import itertools
from collections import Counter, deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Literal, NamedTuple, Protocol

from pydantic import ConfigDict, Field, field_serializer

from policytrack import states
from policytrack.alerts import Hooks, call
from policytrack.dates import last_day
from policytrack.derive import derive, follow_rules
from policytrack.detect import Detector
from policytrack.errors import AlertError, ArticleError
from policytrack.execute import tell_reading
from policytrack.interrupts import finishing_first
from policytrack.ledger import Batch, Cause, Ledger, Telling
from policytrack.ledger.outbox import NOBODY, Told
from policytrack.logs import get_logger, tells_stages
from policytrack.model import Article, Claim, Policy, Record, Shift
from policytrack.moments import TICK, Clock, start_of
from policytrack.packs import Rules
from policytrack.shown import Rows, Shown

AssumeSeen = Literal["published"]
Progress = Callable[[int], object]
"""Called with the number of articles that have been dealt with, one by one."""

BATCH = 50
"""Articles of one transaction that are read: what a kill can cost."""
BATCH_WITH_SKIPPED = 1_000
"""Articles of one transaction, with those in which there is nothing to read: they cost next to nothing."""

_log = get_logger()


class Reading(Protocol):
    """What a reader gives for one article."""

    @property
    def claims(self) -> Sequence[Claim]: ...
    @property
    def rejected(self) -> Sequence[Claim]: ...
    @property
    def skipped(self) -> str | None: ...


class Reader(Protocol):
    """What reads articles: one of `execute`, or a stand-in of the same shape.

    `ahead` is how many articles it may be asked for before the first of them is recorded.
    """

    ahead: int

    def skips(self, article: Article) -> str | None:
        """Why there is nothing to read in an article, where that is soon seen."""

    def read_all(self, articles: Sequence[Article], **how: bool) -> Iterator[Reading | ArticleError]:
        """The claims of each article, in order, or why it could not be read. Where others read, they begin now."""


class IngestReport(Shown, Record):
    """What one `ingest` did. `read` counts the articles that were new, or had another text than before.

    `removed` counts those of the `unchanged` whose text was removed, and stays so. `copies` counts the articles that
    speak for another since, be it among those of this run or not. `skipped` counts, by reason,
    those of them that were not parsed; `moved_up` those that were assumed to be known at
    a moment about which the ledger had already answered, and were recorded as known later. `shifts` are those that are
    new, `reviews` claims that the status model cannot take, for a person to look at. `errors` are articles that could
    not be read, `alert_errors` hooks that failed; neither harmed anything else.
    """

    read: int = 0
    unchanged: int = 0
    removed: int = 0
    revised: int = 0
    copies: int = 0
    moved_up: int = 0
    skipped: dict[str, int] = Field(default_factory=dict)
    claims: int = 0
    rejected: int = 0
    shifts: Rows[Shift] = Field(default_factory=lambda: Rows((), Shift))
    reviews: Rows[states.Review] = Field(default_factory=lambda: Rows((), states.Review))
    errors: tuple[ArticleError, ...] = ()
    alert_errors: tuple[AlertError, ...] = ()

    model_config = ConfigDict(frozen=True, extra="forbid", arbitrary_types_allowed=True)

    @field_serializer("errors", "alert_errors")
    def _as_text(self, errors: tuple[Exception, ...]) -> list[str]:
        return [str(error) for error in errors]


class _Skipped(NamedTuple):
    """The reading of an article in which there is nothing to read."""

    skipped: str
    claims: tuple[Claim, ...] = ()
    rejected: tuple[Claim, ...] = ()


class _Waiting(NamedTuple):
    """An article that waits to be read, or why there is nothing to read in it."""

    article: Article
    skipped: str | None


class _Batch(NamedTuple):
    """The articles of one transaction, with those readings that are on their way."""

    waiting: list[_Waiting]
    readings: Iterator[Reading | ArticleError]
    assumed: datetime.datetime | None

    @property
    def weight(self) -> int:
        """How much is read ahead with it."""
        return 1 + sum(each.skipped is None for each in self.waiting)


class _Read(NamedTuple):
    """An article that has been read and waits for its transaction."""

    article: Article
    reading: Reading


class _Taken(NamedTuple):
    """An article that is in the ledger now, and the policies that were folded again for it."""

    read: _Read
    is_revision: bool
    policies: set[str]


@dataclass
class _Tally:
    """The report while it grows."""

    read: int = 0
    unchanged: int = 0
    removed: int = 0
    revised: int = 0
    copies: int = 0
    moved_up: int = 0
    skipped: Counter[str] = field(default_factory=Counter)
    claims: int = 0
    rejected: int = 0
    shifts: list[Shift] = field(default_factory=list)
    reviews: list[states.Review] = field(default_factory=list)
    errors: list[ArticleError] = field(default_factory=list)
    alert_errors: list[AlertError] = field(default_factory=list)

    def take(
        self,
        taken: Sequence[_Taken],
        shifts: Sequence[Shift],
        reviews: Sequence[states.Review],
        *,
        unchanged: int,
        copies: int,
        moved_up: bool,
    ) -> None:
        readings = [one.read.reading for one in taken]
        self.read += len(taken)
        self.unchanged += unchanged
        self.revised += sum(one.is_revision for one in taken)
        self.copies += copies
        self.moved_up += len(taken) if moved_up else 0
        self.skipped.update(reading.skipped for reading in readings if reading.skipped)
        self.claims += sum(len(reading.claims) for reading in readings)
        self.rejected += sum(len(reading.rejected) for reading in readings)
        self.shifts += shifts
        # A policy is folded whole: what a person has to look at is new where claims of these articles are part of it.
        own = {claim.id for reading in readings for claim in reading.claims}
        self.reviews += [review for review in reviews if own & set(review.claims)]

    def report(self) -> IngestReport:
        return IngestReport(**vars(self))


class Intake:
    """One run of `ingest` into a ledger. Use it once."""

    def __init__(
        self,
        ledger: Ledger,
        rules: Rules,
        reader: Reader,
        detector: Detector,
        clock: Clock,
        hooks: Hooks | None = None,
        progress: Progress | None = None,
        cause: Cause = "articles",
        *,
        told: Told = "each",
    ) -> None:
        self._ledger = ledger
        self._rules = rules
        self._reader = reader
        self._detector = detector
        self._clock = clock
        self._cause = cause
        self._hooks = hooks
        self._told = told
        # A summary is of the whole run: nobody is told of any part of it.
        self._telling = Telling("each", tuple(hooks.shifts) if hooks else ()) if told == "each" else NOBODY
        self._progress = progress
        self._moments = Moments(clock)
        self._tally = _Tally()
        self._waiting: list[_Waiting] = []
        self._to_read = 0
        self._batches: deque[_Batch] = deque()
        self._weight = 0
        self._assumed: datetime.datetime | None = None
        self._done = 0
        self._talks = tells_stages()

    def run(self, found: Iterable[Article | ArticleError], assume_seen: AssumeSeen | None = None) -> IngestReport:
        """What was done with the articles, all of which are taken; where one cannot be read the others still are."""
        self._call()
        self._fold_under_changed_rules(assume_seen)
        articles = self._sound(found)
        if assume_seen:
            for moment, group in _by_moment(articles):
                self._take(group, moment)
        else:
            self._take(articles, None)
        self._finish(0)
        self._summarise()
        return self._tally.report()

    def _summarise(self) -> None:
        """Tells of all that this run brought at once, where that was asked for."""
        moments = self._ledger.moments() if self._told == "summary" and self._tally.shifts else None
        if moments is not None:
            names = tuple(self._hooks.shifts) if self._hooks else ()
            self._ledger.outbox.summarise(self._tally.shifts, names, moments[1])
            self._call()

    def _sound(self, found: Iterable[Article | ArticleError]) -> Iterator[Article]:
        """The articles; the errors are counted."""
        for one in found:
            if isinstance(one, ArticleError):
                self._fail(one)
            else:
                yield one

    def flush(self) -> None:
        """Nothing; what has been taken in by now is recorded, and its shifts are announced.

        For whoever is about to wait for the next article: nobody else should wait with him.
        """
        self._begin()
        self._finish(0)

    def _begin(self) -> None:
        """Has what has been taken in read, as far as it is new."""
        waiting, self._waiting, self._to_read = self._new(self._waiting), [], 0
        if not waiting:
            return
        readings = self._reader.read_all([article for article, skipped in waiting if skipped is None])
        self._batches.append(_Batch(waiting, readings, self._assumed))
        self._weight += self._batches[-1].weight

    def _finish(self, ahead: int) -> None:
        """Records batches, the oldest first, until no more than so much is read ahead."""
        while self._weight > ahead:
            batch = self._batches.popleft()
            self._weight -= batch.weight
            with finishing_first():
                reads = list(self._read(batch))
                if reads and self._record(reads, batch.assumed):
                    self._call()

    def _call(self) -> None:
        """Calls the hooks for what waits for them: of this batch, or of an earlier run."""
        told = {str(error) for error in self._tally.alert_errors}
        found = call(self._ledger, self._rules, self._hooks, self._clock)
        self._tally.alert_errors += [error for error in found if str(error) not in told]

    def _take(self, articles: Iterable[Article], assumed: datetime.datetime | None) -> None:
        """Record the articles batch by batch; each batch is read before its transaction begins."""
        self._assumed = assumed
        for article in articles:
            skipped = self._reader.skips(article)
            self._waiting.append(_Waiting(article, skipped))
            self._to_read += skipped is None
            if self._to_read == BATCH or len(self._waiting) == BATCH_WITH_SKIPPED:
                self._begin()
                self._finish(self._reader.ahead)
        self._begin()
        self._finish(self._reader.ahead)

    def _new(self, waiting: Sequence[_Waiting]) -> list[_Waiting]:
        """Those whose text the ledger does not hold yet; the others are counted."""
        known = self._ledger.texts([each.article.id for each in waiting])
        new: list[_Waiting] = []
        left: list[Article] = []
        for each in waiting:
            if each.article.id in known and each.article.text_digest in known[each.article.id]:
                left.append(each.article)
            else:
                new.append(each)
        if left:
            self._leave(left)
        return new

    def _read(self, batch: _Batch) -> Iterator[_Read]:
        """The articles that can be read, with what was read of each."""
        for article, skipped in batch.waiting:
            reading = next(batch.readings) if skipped is None else _Skipped(skipped)
            if isinstance(reading, ArticleError):
                self._fail(reading)
                continue
            if self._talks:
                tell_reading(article, reading.skipped, len(reading.claims), len(reading.rejected))
            self._step()
            yield _Read(article, reading)

    def _record(self, reads: Sequence[_Read], assumed: datetime.datetime | None) -> list[Shift]:
        """The shifts that are new, all recorded with the articles in one transaction."""
        moment = self._moments
        with self._ledger.batch(
            lambda latest: moment.next(latest, assumed), self._rules.behaviour, self._cause, self._telling
        ) as batch:
            is_first = batch.rules_before() is None
            taken = list(_journal(batch, reads))
            touched = itertools.chain.from_iterable(one.policies for one in taken)
            folded = self._rules.policies if is_first else self._policies(touched)
            made = [derive(batch, policy, self._rules, self._detector) for policy in folded]
        shifts = [shift for one in made for shift in one.news]
        reviews = [review for one in made for review in one.reviews]
        moved_up = assumed is not None and self._moments.moved_up
        unchanged = len(reads) - len(taken)
        self._tally.take(taken, shifts, reviews, unchanged=unchanged, copies=batch.copies, moved_up=moved_up)
        if self._talks:
            _tell(taken, shifts, batch.moment)
        return shifts

    def _policies(self, ids: Iterable[str]) -> list[Policy]:
        """The tracked policies of these ids, by which any of their other names is meant too."""
        found = (self._rules.policy(policy_id) for policy_id in sorted(set(ids)))
        return list({policy.id: policy for policy in found if policy is not None}.values())

    def _fold_under_changed_rules(self, assume_seen: AssumeSeen | None) -> None:
        """What other rules make of the claims is recorded before new articles are, so that the two are told apart."""
        # An archive goes on in its own time: moments of today would move all of its later articles up to today.
        moment = self._moments
        follow_rules(
            self._ledger,
            self._rules,
            self._detector,
            lambda latest: moment.next(latest, latest if assume_seen else None),
        )

    def _step(self) -> None:
        self._done += 1
        if self._progress:
            self._progress(self._done)

    def _leave(self, known: Sequence[Article]) -> None:
        removed = {(each.article_id, each.text_digest) for each in self._ledger.removals()}
        for article in known:
            self._tally.unchanged += 1
            self._tally.removed += (article.id, article.text_digest) in removed
            _log.info("unchanged", article_id=article.id)
            self._step()

    def _fail(self, error: ArticleError) -> None:
        self._tally.errors.append(error)
        _log.info("not read", place=str(error.location), error=error.message)
        self._step()


def _journal(batch: Batch, reads: Sequence[_Read]) -> Iterator[_Taken]:
    """What was recorded: all but texts that another process has recorded by now."""
    ids = {read.article.id for read in reads}
    texts, originals = batch.texts(ids), batch.originals(ids)
    unread: list[tuple[Article, str]] = []
    for read in reads:
        article, reading = read
        digests = texts.setdefault(article.id, set())
        if (digest := article.text_digest) in digests:
            continue
        is_revision = bool(digests)
        digests.add(digest)
        if article.copy_of:
            originals.add(article.copy_of)  # which may come later in the same batch
        if reading.skipped and not (is_revision or article.copy_of or article.id in originals):
            unread.append((article, reading.skipped))
            yield _Taken(read, False, set())
            continue
        batch.put_unread(unread)
        unread.clear()
        yield _Taken(read, is_revision, batch.put_article(article, reading.claims, reading.skipped))
    batch.put_unread(unread)


class Moments:
    """The moments of one run, each later than all that the ledger has.

    With an assumed moment that one is taken where it can be, or the next after what this run has recorded: never later
    than the clock, and never on a day on which an earlier run has recorded something, since questions about that day
    may have been answered. `moved_up` says that the last one had to be later for that.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._own: datetime.datetime | None = None
        self._open_from: datetime.datetime | None = None
        self.moved_up = False

    def next(self, latest: datetime.datetime | None, assumed: datetime.datetime | None) -> datetime.datetime:
        """The moment at which the next batch is recorded; `latest` is the ledger's latest."""
        now = self._clock()
        if latest is not None and latest != self._own:
            self._open_from = max(latest + TICK, min(start_of(latest.date() + datetime.timedelta(days=1)), now))
        after = [latest + TICK] if latest is not None else []
        if assumed is None:
            moment = max([now, *after])
        else:
            opened = [self._open_from] if self._open_from is not None else []
            moment = max([min(assumed, now), *opened, *after])
            self.moved_up = any(each > assumed for each in opened)
        self._own = moment
        return moment


def _by_moment(articles: Iterable[Article]) -> Iterator[tuple[datetime.datetime, Iterator[Article]]]:
    """The articles as they were published: by the last day of their date, then by id."""

    def moment(article: Article) -> datetime.datetime:
        return start_of(last_day(article.published_at))

    ordered = sorted(articles, key=lambda article: (moment(article), article.id))
    return iter(itertools.groupby(ordered, key=moment))


def _tell(taken: Sequence[_Taken], shifts: Sequence[Shift], moment: datetime.datetime) -> None:
    """Log what became of each article; a shift is told of every article that it rests on."""
    for read, _, policies in taken:
        log = _log.bind(article_id=read.article.id)
        own = {claim.id for claim in read.reading.claims}
        log.info("folded", policies=sorted(policies))
        log.info("detected", shifts=[shift.id for shift in shifts if own & set(shift.claims)])
        log.info("committed", recorded_at=moment.isoformat())
