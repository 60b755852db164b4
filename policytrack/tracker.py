"""The library: `open_tracker` for a ledger and its questions, `read_text` and `read_path` for claims alone.

Each question is a method here and a command of the same name. `on` is a day of the world, `known` a moment of the
ledger; every question takes both by keyword, and every answer says both.
"""

from __future__ import annotations

import datetime
import difflib
import functools
import io
import os
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, BinaryIO, Concatenate, ParamSpec, TypeVar, get_args

from policytrack.alerts import Command, DueHook, DueReport, Hook, Hooks, SilentHook, call_for_dues, call_for_silent
from policytrack.answers import Answers, Said, StateAnswer
from policytrack.dates import first_day, last_day
from policytrack.dues import Due, dues_of
from policytrack.errors import AlertError, ArticleError, ConfigError, Location, RuleFileError
from policytrack.execute import reading
from policytrack.history import History
from policytrack.intake import AssumeSeen, IngestReport, Intake, Progress, Reader
from policytrack.ledger import MEMORY, Cause, Ledger, LedgerChanges, Removal
from policytrack.ledger.outbox import Told
from policytrack.model import Article, Claim, Direction, PolicyState, Shift
from policytrack.moments import Clock, Known, On, as_day, as_due, as_known, in_utc, shown, system_clock
from policytrack.packs import Rules, load_rules
from policytrack.printable import printable
from policytrack.shown import Records
from policytrack.sides import against, says_otherwise
from policytrack.silent import SilentSource
from policytrack.sources import (
    KINDS,
    Pausing,
    ReadOptions,
    is_address,
    one_article,
    read_articles,
    standard_input,
    storable,
    together,
)

if TYPE_CHECKING:
    from policytrack.alerting import Alerting
    from policytrack.decisions import Decision, Verb
    from policytrack.detect import Detector
    from policytrack.diff import Diff
    from policytrack.doctor import Diagnosis
    from policytrack.extract import Extractor
    from policytrack.extract.told import ArticleExplanation
    from policytrack.forget import Forgotten
    from policytrack.rerun import RerunReport
    from policytrack.review import Asked, ReviewReport, Waiting
    from policytrack.tracked import TrackedPolicy
    from policytrack.versions import ArticleHistory
    from policytrack.why import Explanation
    from policytrack.why_not import Absence

Input = str | Path | Article

_RECORD_ID = re.compile(r"[csp]-[0-9a-f]*")

Asking = ParamSpec("Asking")
Answer = TypeVar("Answer")


def _of_one_moment(
    question: Callable[Concatenate[Tracker, Asking], Answer],
) -> Callable[Concatenate[Tracker, Asking], Answer]:
    """The question, all that it asks the ledger answered from what was committed when it began."""

    @functools.wraps(question)
    def asked(tracker: Tracker, /, *args: Asking.args, **kwargs: Asking.kwargs) -> Answer:
        with tracker.ledger.snapshot():
            return question(tracker, *args, **kwargs)

    return asked


class Tracker:
    """A ledger with the rules that it is read by. Made by `open_tracker`; close it, or use it in a `with` block.

    Questions raise ConfigError for an argument that cannot be meant and LedgerError where the ledger cannot answer.
    """

    def __init__(
        self,
        ledger: Ledger,
        load: Callable[[], Rules],
        clock: Clock = system_clock,
        extractor: Reader | None = None,
    ) -> None:
        self.ledger = ledger
        self._load = load
        self._clock = clock
        self._given_extractor = extractor
        self._hooks = Hooks()

    def __enter__(self) -> Tracker:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Nothing; the ledger's file is let go."""
        self.ledger.close()

    @functools.cached_property
    def rules(self) -> Rules:
        """The rules, read when they are first needed; RuleFileError with all their problems."""
        return self._load()

    # articles in

    def ingest(
        self,
        paths: Input | Iterable[Input],
        *,
        assume_seen: AssumeSeen | None = None,
        backfill: bool = False,
        notify: bool = False,
        workers: int | None = None,
        scheduler: str | None = None,
        progress: Progress | None = None,
        stdin: BinaryIO | None = None,
        options: ReadOptions | None = None,
    ) -> IngestReport:
        """What was read and what follows from it; see IngestReport.

        Each path is a file of articles, a folder of such files, the address of a feed or a page, or "-" for standard
        input; an Article may stand for a path. `options` says more of them, as of the columns of tables. What cannot be
        read is in the report's `errors`, and all else is still taken. The same article again adds nothing.
        `assume_seen="published"` records each article as known on the day on which it was published, for archives; to
        be put in that order they are all held in memory. `backfill` marks the articles as taken in late: they are known
        from now on, and nobody is alerted of what they bring; with `notify` everybody is when all are taken in, once.

        With `workers` so many processes of this machine read, with `scheduler` the workers of the Dask cluster at that
        address; what is recorded is the same. Ctrl-C stops after the batch of articles that is being recorded.
        """
        if backfill and assume_seen:
            raise ConfigError(
                "backfill says when articles were really taken in, assume_seen that it was otherwise. Choose one."
            )
        if assume_seen not in (None, *get_args(AssumeSeen)):
            raise ConfigError(f"assume_seen {assume_seen!r} is unknown. Write 'published', or leave it out.")
        each = [paths] if isinstance(paths, str | Path | Article) else paths
        if notify and not backfill:
            raise ConfigError(
                "notify is for articles that are taken in late: without backfill everybody is told anyway."
            )
        hooks = None if backfill and not notify else self._hooks
        cause: Cause = "backfill" if backfill else "articles"
        told: Told = "each" if not backfill else "summary" if notify else "none"
        with self._reader(workers, scheduler) as reader:
            intake = Intake(
                self.ledger, self.rules, reader, self._detector, self._clock, hooks, progress, cause, told=told
            )
            return intake.run(_articles(each, stdin, intake.flush, options or ReadOptions()), assume_seen)

    def rerun(
        self,
        *,
        dry_run: bool = False,
        notify: bool = False,
        workers: int | None = None,
        scheduler: str | None = None,
        progress: Progress | None = None,
    ) -> RerunReport:
        """What becomes of the shifts when all articles are read again by the rules of now.

        It is recorded as a change of rules, and questions about moments before it are answered as they were. With
        `dry_run` nothing is recorded; with `notify` the functions of `on_shift` are called for shifts that are new.
        `workers` and `scheduler` say who reads, as for `ingest`.
        """
        from policytrack.rerun import Rerun

        if dry_run and notify:
            raise ConfigError("dry_run records nothing that somebody could be told of: leave out the one or the other.")
        hooks = self._hooks if notify else None
        with self._reader(workers, scheduler) as reader:
            run = Rerun(self.ledger, self.rules, reader, self._detector, self._clock, hooks, progress)
            return run.run(dry=dry_run)

    @contextmanager
    def _reader(self, workers: int | None, scheduler: str | None) -> Iterator[Reader]:
        """What reads articles inside the block: the extractor that was given, or whoever was asked for."""
        from policytrack.extract import Extractor

        extractor = self._extractor
        if isinstance(extractor, Extractor):
            with reading(self.rules, extractor, workers, scheduler) as reader:
                yield reader
        elif workers in (None, 1) and scheduler is None:
            yield extractor
        else:
            raise ConfigError("the extractor that was given reads in this process: leave out workers and scheduler.")

    # what people decide

    def accept(self, claim: str, *, by: str, why: str = "") -> ReviewReport:
        """What follows when a person takes a claim as it was read; it waits no more, and no rerun reads it anew."""
        return self.decide([self._asked(claim, "accept", by, why)])

    def correct(self, claim: str, set: Mapping[str, str], *, by: str, why: str = "") -> ReviewReport:
        """What follows when a claim says something else: `set` has the fields that differ, as {"operation": "lift"}.

        The claim as it was read stays in the ledger, beside what it was corrected to.
        """
        return self.decide([self._asked(claim, "correct", by, why, set)])

    def reject(self, claim: str, *, by: str, why: str = "") -> ReviewReport:
        """What follows when a claim was read where nothing was said: it moves nothing any more."""
        return self.decide([self._asked(claim, "reject", by, why)])

    def undo(self, claim: str, *, by: str, why: str = "") -> ReviewReport:
        """What follows when what was decided about a claim holds no longer: it is again as it was read."""
        return self.decide([self._asked(claim, "undo", by, why)])

    def decide(self, asked: Sequence[Asked]) -> ReviewReport:
        """What follows from several decisions, all recorded in one transaction: or none, where one is wrong.

        ConfigError says everything that is wrong with any of them. What stands already changes nothing.
        """
        from policytrack.review import Review

        return Review(self.ledger, self.rules, self._detector, self._clock, self._hooks).decide(asked)

    def decide_sheet(self, path: str | Path) -> ReviewReport:
        """What follows from the decisions in a CSV file, one a line, as `review --format csv` writes it.

        Lines without a decision are passed over. ConfigError has everything that is wrong with any line, each with its
        place; then nothing is recorded.
        """
        from policytrack.decision_sheet import read_decisions

        return self.decide(read_decisions(path))

    def decisions(self, claim: str | None = None, *, known: Known = None) -> Answers[Decision]:
        """All that was decided, about one claim or all, in that order: also what was undone or replaced since."""
        from policytrack.decisions import Decision
        from policytrack.review import claim_id

        moment = self._known(known)
        full = None if claim is None else claim_id(self.ledger, claim)
        found = self.ledger.decisions(moment, full)
        return Answers(found, Decision, known=moment, note="" if found else "nothing has been decided")

    def removals(self, *, known: Known = None) -> Answers[Removal]:
        """Whose text was removed by then, in that order: by whom, and why. See `forget`."""
        moment = self._known(known)
        found = [each for each in self.ledger.removals() if each.recorded_at <= moment]
        return Answers(found, Removal, known=moment, note="" if found else "no text has been removed")

    def _asked(self, claim: str, decision: Verb, by: str, why: str, set_: Mapping[str, str] | None = None) -> Asked:
        from policytrack.review import Asked

        return Asked(claim, decision, by, why, set_ or {})

    # the ledger itself

    def changes(self, since: int = 0, *, at_most: int = 100) -> LedgerChanges:
        """What was recorded after a cursor, by `at_most` batches; its `cursor` is for the next time.

        Nothing is missed and nothing comes twice, whoever writes meanwhile.
        """
        return self.ledger.changes(since, at_most)

    def doctor(self, *, progress: Progress | None = None) -> Diagnosis:
        """Whether every row of the ledger is whole, and what follows from the claims is what stands: see Diagnosis."""
        from policytrack.doctor import diagnosis

        return diagnosis(self.ledger, self.rules, self._detector, progress=progress or (lambda _: None))

    def forget(self, article: str, *, by: str, why: str) -> Forgotten:
        """What was removed: the text of an article, its title, its URL, and every quotation of it, for good.

        Ids, digests, offsets and all that follows from its claims stay; answers say [text removed] in their place. It
        cannot be undone, and the same text is never taken in again. Any unique opening of the article's id will do.
        """
        from policytrack.forget import forget

        return forget(self.ledger, self.rules, self._detector, self._clock, article, by=by, why=why)

    # alerts

    def alerts(
        self,
        file: str | Path | None = None,
        *,
        kept: str | Path | None = None,
        only: str | None = None,
        sends: bool = True,
        stopped: Callable[[], bool] = lambda: False,
    ) -> Alerting:
        """The alerts of this ledger: their log, silences, and by an alert file what is sent. See Alerting.

        RuleFileError has all that is wrong with the file. A channel that cannot be opened stops no other; with `only`
        no others are opened than one channel, or those of one subscription, and without `sends` none: then it can only
        be asked. `kept` is the folder in which `watch` keeps
        how its sources do, where that is not beside the ledger; `stopped` is asked before each message.
        """
        from policytrack.alertfile import read_alert_file
        from policytrack.alerting import Alerting
        from policytrack.health import Keeper, kept_beside

        if file is None:
            return Alerting(self.ledger, lambda: self.rules, None, self._clock)
        read = read_alert_file(Path(file), self.rules)
        looks = bool(read.health) and sends and only is None  # at how sources do
        keeper = Keeper(kept_beside(self.ledger.path, Path(kept) if kept else None)) if looks else None
        return Alerting(
            self.ledger,
            lambda: self.rules,
            read,
            self._clock,
            keeper=keeper,
            only=only,
            sends=sends,
            stopped=stopped,
        )

    def on_shift(self, notify: Hook | Command) -> None:
        """Nothing; `notify` is called with each new shift, once, after it is recorded."""
        self._hooks.add(notify, self._hooks.shifts)

    def on_due(self, notify: DueHook | Command) -> None:
        """Nothing; `notify` is called by `announce_due` with each end and each entry into force, once."""
        self._hooks.add(notify, self._hooks.dues)

    def on_silent(self, notify: SilentHook | Command) -> None:
        """Nothing; `notify` is called with each watched source that falls silent, once for each silence."""
        self._hooks.add(notify, self._hooks.silent)

    def announce_silent(self, silence: SilentSource, at: datetime.datetime) -> list[AlertError]:
        """What went wrong while the functions of `on_silent` were called for a source that fell silent by then."""
        return call_for_silent(self.ledger, self.rules, silence, self._hooks, at, self._clock)

    def announce_due(self, due: str, *, on: On = None, policy: str | None = None) -> DueReport:
        """What the functions of `on_due` were called for: what `states` gives with the same words, as known now.

        Once for each policy, for its end and for what comes into force, and for each date of it: a date that moves is
        another. What a function fails for, or a kill keeps from it, is tried again by later calls of one of that name.
        """
        day = self._on(on)
        until = as_due(due, day)
        found = self.states(on=day, policy=policy)
        coming = self._coming(found, day, until)
        if not (self._hooks.dues and coming):
            return DueReport()
        return call_for_dues(self.ledger, self.rules, coming, self._all_names, self._hooks, self._clock)

    # questions

    @_of_one_moment
    def state(self, policy: str, *, on: On = None, known: Known = None) -> StateAnswer:
        """How a policy stood on a day; a whole with its parts. For an unknown one ConfigError has the nearest name."""
        moment = self._known(known)
        self._named(policy)
        return self._state(policy, self._on(on), moment, self._is_past(known, moment))

    @_of_one_moment
    def states(
        self, *, on: On = None, known: Known = None, policy: str | None = None, due: str | None = None
    ) -> Answers[PolicyState]:
        """The states in force on a day, by policy. `policy` is an id, or a pattern of ids as `us.*`.

        With `due` ("30d", "4w", or a date) only those that are expected to end, or that something is scheduled for,
        from that day until then: the next to come first.
        """
        day, moment = self._on(on), self._known(known)
        found = self.ledger.states(moment, last_day(day), self._matching(policy, self._past(known, moment)))
        note = "" if found else self._why_none("state", policy)
        if due is not None and found:
            until = as_due(due, day)
            found = [*{each.policy: each.state for each in self._coming(found, day, until)}.values()]
            note = f"nothing is expected to end or to come into force from {day} to {until}"
        return Answers(found, PolicyState, on=day, known=moment, note=note)

    @_of_one_moment
    def shifts(
        self,
        *,
        since: On = None,
        until: On = None,
        kind: str | None = None,
        policy: str | None = None,
        known: Known = None,
    ) -> Answers[Shift]:
        """The shifts that occurred from `since` to `until`, both included, oldest first."""
        first = first_day(as_day(since, "since")) if since is not None else datetime.date.min
        last = last_day(as_day(until, "until")) if until is not None else datetime.date.max
        moment = self._known(known)
        found = self.ledger.shifts(moment, self._matching(policy, self._past(known, moment)), self._kind(kind))
        within = [shift for shift in found if first <= first_day(shift.occurred_on) <= last]
        return Answers(within, Shift, known=moment, note="" if within else self._why_no_shift(found, first, policy))

    @_of_one_moment
    def diff(self, a: On, b: On, *, policy: str | None = None, known: Known | tuple[Known, Known] = None) -> Diff:
        """What differs between the states on two days, each difference with what made it: see Diff.

        The days may stand in either order; `diff(b, a)` is `diff(a, b)` turned round. `known` is one moment for both,
        or a moment for each: on one day as known at two moments is what we learned, or what other rules make of it.
        """
        from policytrack.diff import differences
        from policytrack.learning import learned

        days = (last_day(self._on(a)).isoformat(), last_day(self._on(b)).isoformat())
        asked = known if isinstance(known, tuple) else (known, known)
        moments = (self._known(asked[0]), self._known(asked[1]))
        later = max(moments)
        names = self._matching(policy, self._past(max(asked, key=self._known), later))
        was, now = (
            self.ledger.in_force(moment, last_day(day), names) for day, moment in zip(days, moments, strict=True)
        )
        same = {policy for policy, key in was.items() if now.get(policy) == key}
        before, after = (
            self._by_policy(self.ledger.states_by_key([key for policy, key in each.items() if policy not in same]))
            for each in (was, now)
        )
        between = (last_day(min(days)), last_day(max(days)))
        shifts, corrections = (
            self.ledger.shifts(later, names, between=between, corrections=each) for each in (False, True)
        )
        disputed = [shift for shift in (*shifts, *corrections) if shift.stage == "disputed"]
        stances = self.ledger.stances(later, {claim for shift in disputed for claim in shift.claims})
        found = differences(
            before,
            after,
            [*shifts, *corrections],
            same,
            on=days,
            known=moments,
            corrections={shift.id for shift in corrections},
            learned=learned(self.ledger, days[moments.index(later)], min(moments), later, names),
            against={
                one.id: against([stances[each] for each in one.claims if each in stances], one.direction)
                for one in disputed
            },
        )
        if found:
            return found
        note = self.shifts(since=min(days), until=max(days), policy=policy, known=later).note
        return found.model_copy(update={"note": note or "the states on both days are the same"})

    def review(
        self,
        *,
        policy: str | None = None,
        reason: str | None = None,
        known: Known = None,
        progress: Progress | None = None,
    ) -> Answers[Waiting]:
        """The claims that wait for a person: see Waiting. First those that shifts rest on, the least settled first.

        A claim waits where the status model cannot take it, where it bears on a dispute, where it is implied, where it
        alone made a shift and is not sure, and where it was decided about before its text and its reading changed.
        Claims are folded by the rules of now. `policy` is an id or a pattern, `reason` one of the codes.
        """
        from policytrack.review import REASONS, Waiting, waiting

        if reason is not None and reason not in REASONS:
            raise ConfigError(_unknown("reason to wait", reason, REASONS, f"It is one of: {', '.join(REASONS)}."))
        moment = self._known(known)
        names = self._matching(policy, self._past(known, moment))
        found = waiting(self.ledger, self.rules, self._detector, moment, names, progress or (lambda _: None))
        asked = [item for item in found if reason is None or reason in item.reasons]
        note = self._why_none("state", policy) if policy and not names else "nothing waits"
        return Answers(asked, Waiting, known=moment, note="" if asked else note)

    @_of_one_moment
    def why(self, record_id: str, *, known: Known = None) -> Explanation:
        """Where a claim, a shift, a state or a policy comes from; any opening of an id that is unique will do.

        Of a record that stands no longer, where no `known` is given, what it was, when it was withdrawn, and why.
        """
        from policytrack.why import Witness

        policy = self.rules.policy(record_id)
        moment = self._known(known, policy is not None)
        witness = Witness(self.ledger, self.rules, self._detector, moment)
        if policy is not None:
            explained = witness.policy(policy, self._names_of(record_id, self._past(known, moment)))
            explained.remembering(lambda: self._history(policy.id, moment, self._is_past(known, moment)))
            return explained
        full_id = self._full_id(record_id)
        found = self.ledger.record(full_id, moment)
        if found is None and known is None:
            found = self.ledger.record(full_id)  # it stands no longer: what it was, and why it is not
        if found is None:
            raise ConfigError(f"{record_id} was not known at {shown(moment)}. {self._when_known(full_id, moment)}")
        return witness.explain(found)

    @_of_one_moment
    def why_not(self, policy: str, *, on: On = None, kind: str | None = None, known: Known = None) -> Absence:
        """Why a policy did not shift on a day, or made no shift of a kind: what each claim near the day lacked.

        With `kind` also the shift rule of that kind that came nearest, with the conditions that failed.
        """
        from policytrack.why_not import WhyNot

        asked = self.rules.policy(self._named(policy))
        if asked is None:
            raise ConfigError(_undefined(policy))
        day, moment = self._on(on), self._known(known)
        names = self._names_of(policy, self._past(known, moment))
        entries = self.rules.by_owner(self.ledger.entries(moment, names))
        states = self._standing(names, last_day(day), moment)
        wanted = self._kind(kind)
        explained = WhyNot(self.rules, self._detector, asked, entries)
        return explained.explain(day, wanted, moment, states[0] if states else None)

    def why_article(
        self,
        source: Input,
        *,
        article: str | None = None,
        policy: str | None = None,
        open_mode: bool = False,
        known: Known = None,
        stdin: BinaryIO | None = None,
    ) -> ArticleExplanation:
        """How an article is read by the rules of now, sentence by sentence, and what said no: see ArticleExplanation.

        `source` is a path as `ingest` takes it, or the id of an article of the ledger, in the version that stood at
        `known`; where a path holds several articles, `article` is the id of one. With `policy` only what concerns that
        policy, and why a statement is not about it; in open mode without packs. Nothing is recorded.
        """
        if open_mode and policy is not None:
            raise ConfigError("in open mode no policy is looked for: leave out the one or the other.")
        asked = self.rules.policy(policy) if policy is not None else None
        if policy is not None and asked is None:
            raise ConfigError(_unknown("policy", policy, _names(self.rules)))
        found = self._article(source, article, known, stdin)
        return extractor_of(self.rules).explain(found, open_mode, asked)

    @_of_one_moment
    def article(self, article_id: str, *, known: Known = None) -> ArticleHistory:
        """The versions of an article of the ledger, what each changed, and its copies: see ArticleHistory.

        Any opening of an id that is unique will do. ConfigError where there is no such article at `known`.
        """
        from policytrack.versions import history

        moment = self._known(known)
        found = self.ledger.articles(article_id, moment)
        if not found:
            what = f"article in {self.ledger.path}"
            raise ConfigError(_unknown(what, article_id, (), "An article has the id that its input gave it."))
        if len(found) > 1 and found[0].id != article_id:
            raise ConfigError(f"{article_id} can be {', '.join(each.id for each in found)}. Write more of it.")
        return history(self.ledger, found[0].id, moment)

    @_of_one_moment
    def policies(self) -> Answers[TrackedPolicy]:
        """What is tracked, by id: since when, how it stands today, and what was heard of it last."""
        from policytrack.tracked import TrackedPolicy, tracked

        day, moment = self._on(None), self._known(None, without_ledger=True)
        found = tracked(self.ledger, self.rules, moment, last_day(day))
        for policy in found:
            policy.remembering(functools.partial(self._history, policy.id, moment, False))
        return Answers(found, TrackedPolicy, on=day, known=moment, note="" if found else "no pack tracks a policy")

    # what the questions share

    @functools.cached_property
    def _extractor(self) -> Reader | Extractor:
        return self._given_extractor or extractor_of(self.rules)

    @functools.cached_property
    def _detector(self) -> Detector:
        return _cached_detector(_ByDigest(self.rules.digest, self.rules))

    def _on(self, on: On) -> str:
        """The day that is asked about; today, by the clock, where none is given."""
        return self._clock().date().isoformat() if on is None else as_day(on, "on")

    def _known(self, known: Known, without_ledger: bool = False) -> datetime.datetime:
        """The moment that is asked about: never later than now, since nobody has been told what comes.

        Now is the ledger's latest moment where the clock has been set back. ConfigError before the first moment.
        """
        now = self._clock()
        moments = None if without_ledger and not self.ledger.is_there() else self.ledger.moments()
        if moments is None:
            return now if known is None else min(as_known(known), now)
        first, latest = moments
        moment = max(now, latest) if known is None else min(as_known(known), max(now, latest))
        if moment < first:
            raise ConfigError(
                f"Nothing known before {shown(first)}, when this ledger took in its first article. "
                f"known {known} cannot be answered. For what held in the world then, use on {moment.date()}."
            )
        return moment

    def _named(self, policy_id: str) -> str:
        """The id itself, or what it is an alias of; ConfigError with the nearest name where there is no such policy."""
        policy = self.rules.policy(policy_id)
        if policy is not None:
            return policy.id
        recorded = self.ledger.policies()
        if policy_id in recorded:
            return policy_id
        raise ConfigError(_unknown("policy", policy_id, [*recorded, *_names(self.rules)]))

    def _is_past(self, known: Known, moment: datetime.datetime) -> bool:
        """Whether the ledger can have gone on since: what is known after its latest moment is the present."""
        moments = None if known is None or not self.ledger.is_there() else self.ledger.moments()
        return moments is not None and moment <= moments[1]

    def _past(self, known: Known, moment: datetime.datetime) -> datetime.datetime | None:
        return moment if self._is_past(known, moment) else None

    def _matching(self, pattern: str | None, past: datetime.datetime | None) -> list[str] | None:
        """All ids under which what the pattern means may be recorded; None means all of them.

        `past` is the moment that is asked about, where it is a past one: then the ids are those of that time, since
        what was answered then is answered the same for ever.
        """
        if pattern is None:
            return None
        if not set(pattern) & set("*?["):
            self._named(pattern)
            return self._names_of(pattern, past)
        recorded = self.ledger.policies()
        known = recorded if past else {*recorded, *_names(self.rules)}
        meant = [policy_id for policy_id in sorted(known) if fnmatchcase(policy_id, pattern)]
        return meant if past else [name for policy_id in meant for name in self._all_names(policy_id)]

    def _names_of(self, asked: str, past: datetime.datetime | None) -> list[str]:
        """The ids under which one policy may be recorded, first the one that was asked for.

        In the past that id alone, where it was a policy of its own: others that are merged with it now were not then.
        """
        if past is not None and self.ledger.has_states(past, asked):
            return [asked]
        return list(dict.fromkeys([asked, *self._all_names(asked)]))

    def _all_names(self, policy_id: str) -> list[str]:
        policy = self.rules.policy(policy_id)
        return [policy.id, *policy.aliases] if policy else [policy_id]

    def _by_policy(self, found: Iterable[PolicyState]) -> dict[str, PolicyState]:
        return {state.policy: state for state in found}

    def _kind(self, kind: str | None) -> str | None:
        kinds = {rule.kind for rule in self.rules.core.shifts} if kind is not None else set()
        if kind is not None and kind not in kinds:
            raise ConfigError(_unknown("kind of shift", kind, kinds, f"It is one of: {', '.join(sorted(kinds))}."))
        return kind

    def _full_id(self, opening: str) -> str:
        ids = self.ledger.ids(opening)
        if len(ids) > 1:
            raise ConfigError(f"{opening} can be {', '.join(self.ledger.short(one) for one in ids)}. Write more of it.")
        if ids:
            return ids[0]
        if opening[:2] in ("c-", "s-", "p-"):
            raise ConfigError(f"{opening} is no id in {self.ledger.path}. Copy one from what a command printed.")
        if opening in self.ledger.policies():
            raise ConfigError(_undefined(opening))
        raise ConfigError(_unknown("policy, claim, shift or state", opening, _names(self.rules)))

    def _article(self, source: Input, wanted: str | None, known: Known, stdin: BinaryIO | None) -> Article:
        """The one article that is meant; see `why_article`."""
        if isinstance(source, Article):
            return _stored(source)
        if _is_path(source):
            if known is not None:
                raise ConfigError(f"{printable(source)} is read as it is now: leave known out, it is for the ledger.")
            return one_article(source, wanted, stdin)
        if wanted is not None:
            raise ConfigError(f"{printable(source)!r} is no file, so that it cannot hold {printable(wanted)!r}.")
        return self._recorded_article(str(source), known)

    def _recorded_article(self, opening: str, known: Known) -> Article:
        found = self.ledger.articles(opening, self._known(known)) if self.ledger.is_there() else []
        if len(found) == 1 or (found and found[0].id == opening):
            return self._with_text(found[0])
        if found:
            raise ConfigError(f"{opening} can be {', '.join(each.id for each in found)}. Write more of it.")
        if self.ledger.is_there() and opening in self.ledger.policies():
            raise ConfigError(_undefined(opening))
        what = f"file, article in {self.ledger.path}, policy, claim, shift or state"
        raise ConfigError(_unknown(what, opening, _names(self.rules)))

    def _with_text(self, article: Article) -> Article:
        """The article itself; ConfigError where its text was removed."""
        if not article.text and (found := self.ledger.removals(article.id)):
            last = found[-1]
            told = f"was removed by {printable(last.by)} on {shown(last.recorded_at)}: {printable(last.why)}"
            raise ConfigError(
                f"the text of {article.id} {told}. `policytrack why` still explains its claims by their ids."
            )
        return article

    def _when_known(self, full_id: str, moment: datetime.datetime) -> str:
        """When to ask for a record that did not stand at a moment."""
        found = self.ledger.record(full_id)
        if found is None or found.superseded_at is None or found.superseded_at > moment:
            return "Ask with a later known."
        stood = f"It stood from {shown(found.recorded_at)} until {shown(found.superseded_at)}"
        return f"{stood}: ask with known {found.recorded_at.isoformat()}."

    def _state(self, asked: str, on: str, known: datetime.datetime, is_past: bool) -> StateAnswer:
        policy, day = self.rules.policy(asked), last_day(on)
        found = self._standing(self._names_of(asked, known if is_past else None), day, known)
        state = found[0] if found else None
        status = state.status if state else "unknown"
        parts = tuple(self._state(part.id, on, known, is_past) for part in self.rules.parts(asked))
        overdue = bool(state and state.until and state.until != "open" and last_day(state.until) < day)
        notes = [f"expected to end on {state.until}; nothing has been heard since"] if state and overdue else []
        notes += [f"recorded as {other.policy} it is {other.status}" for other in found[1:] if other.status != status]
        notes += [f"its part {part.policy} is {part.status}" for part in parts if part.status != status]
        answer = StateAnswer(
            policy=policy.id if policy else asked,
            title=policy.title if policy else "",
            on=on,
            known=known,
            state=state,
            parts=parts,
            sides=tuple(self._sides(state, known)) if state and state.stage == "disputed" else (),
            overdue=overdue,
            note="; ".join([*notes, *self._retracted(state, day, known), *self._later(asked, day, known, status)]),
        )
        answer.remembering(lambda: self._history(asked, known, is_past, on))
        return answer

    def _history(self, asked: str, known: datetime.datetime, is_past: bool, on: str | None = None) -> History:
        """All states and shifts of a policy, as known at a moment."""
        names = self._names_of(asked, known if is_past else None)
        policy = self.rules.policy(asked)
        there = self.ledger.is_there()
        return History(
            policy=asked,
            known=known,
            statuses=self.rules.core.statuses(policy.kind) if policy else (),
            states=tuple(self.ledger.states(known, policies=names)) if there else (),
            shifts=tuple(self.ledger.shifts(known, names)) if there else (),
            on=on,
        )

    def _claims_of(self, shift: Shift, known: datetime.datetime) -> list[Claim]:
        """The claims that a shift rests on, as people left them."""
        claims = self.ledger.claims_as_left(known, shift.claims)
        return [claims[claim] for claim in shift.claims if claim in claims]

    def _sides(self, state: PolicyState, known: datetime.datetime) -> Iterator[Said]:
        """Every claim of the last disputed shift that a state rests on: first who says so, then who says otherwise."""
        disputed = [
            shift
            for corrections in (True, False)
            for shift in self.ledger.shifts(known, [state.policy], corrections=corrections)
            if shift.stage == "disputed" and set(shift.claims) & set(state.claims)
        ]
        last = max(disputed, key=lambda shift: (first_day(shift.occurred_on), shift.id), default=None)
        found = [self._said(claim, last.direction) for claim in self._claims_of(last, known)] if last else []
        yield from sorted(found, key=lambda said: (said.says == "otherwise", said.published_at, said.claim))

    def _said(self, claim: Claim, direction: Direction) -> Said:
        article = self.ledger.article_of(claim.id)
        assert article is not None, "a claim is of a recorded article"
        return Said(
            says="otherwise" if says_otherwise(claim, direction) else "so",
            claim=claim.id,
            article_id=claim.article_id,
            publisher=article.record.publisher,
            published_at=article.record.published_at,
            status=claim.status,
            quote=claim.evidence.quote,
            attributed_to=claim.attributed_to.quote if claim.attributed_to else None,
        )

    def _retracted(self, state: PolicyState | None, day: datetime.date, known: datetime.datetime) -> Iterator[str]:
        """What was told of the time of a state, and taken back by those who told it."""
        if state is None:
            return
        begins = first_day(state.valid_from)
        for shift in self.ledger.shifts(known, [state.policy], between=(begins, day)):
            if shift.stage == "retracted" and begins <= first_day(shift.occurred_on) <= day:
                told = f"{shift.after.status} from {shift.occurred_on}"
                yield f"what was told, {told}, was taken back: {self.ledger.short(shift.id)}"

    def _coming(self, found: Iterable[PolicyState], day: str, until: datetime.date) -> list[Due]:
        """What these states say will come from a day until another: the next to come first."""
        coming = (due for state in found for due in dues_of(state, first_day(day), until))
        return sorted(coming, key=lambda due: (first_day(due.on), due.policy))

    def _standing(self, names: Sequence[str], day: datetime.date, known: datetime.datetime) -> list[PolicyState]:
        """The states of one policy on a day, in the order of the ids under which they are recorded."""
        found = (self.ledger.state(name, day, known) for name in names)
        return [state for state in found if state is not None]

    def _later(self, asked: str, day: datetime.date, known: datetime.datetime, status: str) -> Iterator[str]:
        """What the answer is from the first later moment at which its status differs."""
        names = self._names_of(asked, None)
        recorded = {later.recorded_at for name in names for later in self.ledger.later_states(known, day, name)}
        for moment in sorted(recorded):
            found = self._standing(names, day, moment)
            if found and found[0].status != status:
                yield f"later knowledge differs: from {shown(moment)} the answer is {found[0].status}"
                return

    def _why_none(self, what: str, policy: str | None) -> str:
        if self.ledger.moments() is None:
            return "nothing has been ingested into this ledger yet"
        return f"no policy matches {policy!r}" if policy else f"no {what} is recorded"

    def _why_no_shift(self, found: Sequence[Shift], first: datetime.date, policy: str | None) -> str:
        if not found:
            return self._why_none("shift", None) + (f" for {policy}" if policy else "")
        nearest = min(found, key=lambda shift: abs((first_day(shift.occurred_on) - first).days))
        name = self.ledger.short(nearest.id)
        return f"no shift in range; nearest is {nearest.policy} on {nearest.occurred_on} ({name})"


def open_tracker(
    path: str | Path = MEMORY,
    rules: str | Path | Rules | None = None,
    packs: Sequence[str | Path] = (),
    clock: Clock | None = None,
    extractor: Reader | None = None,
) -> Tracker:
    """A Tracker on the ledger at `path`, which the first `ingest` makes: a file, `postgresql://...`, or in memory.

    `rules` is a folder that stands instead of the shipped one, `packs` are files or folders read beside it. `clock`
    gives the present moment, aware; without it the system's is read. `extractor` reads articles instead of the one
    that is built from the rules. LedgerError where the file cannot be a ledger.
    """
    return Tracker(Ledger(path), _loader(rules, packs), in_utc(clock or system_clock), extractor)


def read_text(
    text: str,
    published_at: str | datetime.date,
    *,
    title: str = "",
    publisher: str | None = None,
    url: str | None = None,
    article_id: str = "text",
    rules: str | Path | Rules | None = None,
    packs: Sequence[str | Path] = (),
    open_mode: bool = False,
) -> Records[Claim]:
    """The claims of one text, in text order, without a ledger; `note` says why there are none.

    In open mode those about any subject, with no policy; else those about the policies that the packs track.
    """
    published = as_day(published_at, "published_at")
    given = Article(id=article_id, text=text, published_at=published, title=title, publisher=publisher, url=url)
    article = _stored(given)
    reading = extractor_of(_loader(rules, packs)()).read(article, open_mode=open_mode)
    what = "something" if open_mode else "anything that is tracked"
    return Records(reading.claims, Claim, reading.skipped or f"no sentence says that somebody decides on {what}")


def read_path(
    path: str | Path,
    *,
    rules: str | Path | Rules | None = None,
    packs: Sequence[str | Path] = (),
    open_mode: bool = False,
    on_error: Callable[[ArticleError], object] | None = None,
    options: ReadOptions | None = None,
) -> Iterator[Claim]:
    """The claims of every article at `path`, as they are read, without a ledger.

    Articles that cannot be read stop no other: they are raised as one ArticleError at the end, or given to `on_error`
    one by one, where that is given.
    """
    errors: list[ArticleError] = []
    extractor = extractor_of(_loader(rules, packs)())
    for article in read_articles(path, options=options):
        if isinstance(article, ArticleError):
            (on_error or errors.append)(article)
        else:
            yield from extractor.read(article, open_mode=open_mode).claims
    if errors:
        raise together(errors)


def why_article(
    source: Input,
    *,
    article: str | None = None,
    policy: str | None = None,
    open_mode: bool = False,
    rules: str | Path | Rules | None = None,
    packs: Sequence[str | Path] = (),
) -> ArticleExplanation:
    """How an article is read, sentence by sentence, and what said no; without a ledger. See Tracker.why_article."""
    with open_tracker(rules=rules, packs=packs) as tracker:
        return tracker.why_article(source, article=article, policy=policy, open_mode=open_mode)


def names_record(text: str, tracker: Tracker) -> bool:
    """Whether a text is the id of a policy, or has the form of a claim's, a shift's or a state's.

    Where a file is called so, a record of that id must be in the ledger.
    """
    if tracker.rules.policy(text) is not None:
        return True
    if _RECORD_ID.fullmatch(text) is None:
        return False
    return not _is_there(text) or (tracker.ledger.is_there() and bool(tracker.ledger.ids(text)))


def _is_path(source: str | Path) -> bool:
    """Whether standard input, an address, a file or a folder is meant: one that is there, or can be nothing else."""
    name = str(source)
    if isinstance(source, Path) or name == "-" or is_address(source):
        return True
    return _is_there(name) or os.sep in name or name.lower().removesuffix(".gz").endswith(KINDS)


def _is_there(path: str) -> bool:
    try:
        return Path(path).exists()
    except (OSError, ValueError):  # a name that no file can have
        return False


def _stored(article: Article) -> Article:
    """The article itself; ArticleError where no ledger could hold it."""
    found = storable(article, Location(article.id))
    if isinstance(found, ArticleError):
        raise found
    return found


def _loader(rules: str | Path | Rules | None, packs: Sequence[str | Path]) -> Callable[[], Rules]:
    if isinstance(rules, Rules):
        return lambda: rules
    folder = None if rules is None else Path(rules)
    return lambda: load_rules(folder, [Path(pack) for pack in packs])


def extractor_of(rules: Rules) -> Extractor:
    """The extractor of these rules, made once: loading the parser takes seconds."""
    return _cached_extractor(_ByDigest(rules.digest, rules))


@dataclass(frozen=True)
class _ByDigest:
    """Rules that are the same rules where their files say the same."""

    digest: str
    rules: Rules = field(compare=False)


@functools.cache
def _cached_detector(key: _ByDigest) -> Detector:
    # The engine cannot give a rule set back: another one for the same rules would only take memory.
    from policytrack.detect import Detector
    from policytrack.limits import engine_problems

    if problems := engine_problems(key.rules):
        raise RuleFileError(problems)
    return Detector(key.rules.core)


@functools.lru_cache(maxsize=4)
def _cached_extractor(key: _ByDigest) -> Extractor:
    from policytrack.extract import Extractor

    return Extractor(key.rules)


def _articles(
    paths: Iterable[Input], stdin: BinaryIO | None, before_wait: Callable[[], object], options: ReadOptions
) -> Iterator[Article | ArticleError]:
    for path in paths:
        if isinstance(path, Article):
            yield storable(path, Location(path.id))
        elif str(path) == "-":
            source = stdin or standard_input()
            waiting = io.BufferedReader(Pausing(source, before_wait)) if source else None
            yield from read_articles("-", waiting, options)
        else:
            yield from read_articles(path, stdin, options)


def _names(rules: Rules) -> list[str]:
    return [name for policy in rules.policies for name in (policy.id, *policy.aliases)]


def _unknown(
    what: str, given: str, known: Iterable[str], remedy: str = "`policytrack policies` lists what is tracked."
) -> str:
    near = difflib.get_close_matches(given, sorted(set(known)), n=1, cutoff=0.5)
    hint = f"Did you mean {near[0]!r}?" if near else remedy
    return f"there is no {what} {printable(given)!r}. {hint}"


def _undefined(policy: str) -> str:
    return f"{policy} is recorded, and no pack that is read defines it. Name its pack with --pack, or ask `state`."
