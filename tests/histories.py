"""Random histories of a ledger: `python -m tests.histories --examples 300`, part of `make fuzz`.

Articles come in, late, revised, twice, as copies of others and as archives; claims are decided about; rules change and
articles are read again; the clock goes on and back. After every step the ledger is sound, and what it answers then for
that moment it answers at the end for the same moment, byte for byte.
"""

from __future__ import annotations

import argparse
import datetime
import functools
import json
import logging
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test

from policytrack.ledger import MEMORY
from policytrack.model import Article
from policytrack.packs import Rules, load_rules
from policytrack.tracker import Tracker, open_tracker
from tests import postgres
from tests.test_changes import all_of, standing
from tests.test_tracker import DAYS, PACK, SAYINGS, Clock, Reader, Reading, claim_in, house, news, rules_folder

CLAIMS = st.lists(SAYINGS, max_size=2)
PUBLISHERS = st.sampled_from(["Cork Daily", "Salt Weekly", None])
ON, AGAIN = "2024-01-20", "2024-02-20"


class Rereading(Reader):
    """Reads what an article brings, until it is told to read something else of an article."""

    def __init__(self) -> None:
        super().__init__()
        self.otherwise: dict[str, tuple[dict[str, Any], ...]] = {}

    def read(self, article: Article) -> Reading:
        if (said := self.otherwise.get(article.id)) is None:
            return super().read(article)
        return Reading(tuple(claim_in(article, number, **one) for number, one in enumerate(said)))


@functools.cache
def other_house() -> Rules:
    """Rules by which claims of a week are of one event, and the start of a policy is another."""
    pack = PACK.replace("version: 3", "version: 4\nsame_event: 7").replace("{status: none,", "{status: in_force,")
    with tempfile.TemporaryDirectory() as folder:
        return load_rules(rules_folder(Path(folder) / "rules", pack))


class History(RuleBasedStateMachine):
    """One ledger and all that is done to it; `place` gives where it is."""

    place: Callable[[], str] = staticmethod(lambda: MEMORY)

    def __init__(self) -> None:
        super().__init__()
        self.clock, self.reader, self.rules = Clock(), Rereading(), house()
        self.tracker = self._opened()
        self.articles: list[Article] = []
        self.answers: dict[datetime.datetime, str] = {}
        self.told: list[Any] = []

    def _opened(self) -> Tracker:
        return open_tracker(self.place(), rules=self.rules, clock=self.clock, extractor=self.reader)

    # what happens

    @rule(claims=CLAIMS, on=DAYS, publisher=PUBLISHERS, old=st.booleans(), backfill=st.booleans())
    def ingest(self, claims: list[dict[str, Any]], on: str, publisher: str | None, old: bool, backfill: bool) -> None:
        told = [{**claim, "background": old, "decided": on if old else None} for claim in claims]
        self.take(news(f"n{len(self.articles)}", on, *told, publisher=publisher), backfill=backfill)

    @rule(claims=CLAIMS, on=st.lists(DAYS, min_size=1, max_size=3))
    def take_an_archive(self, claims: list[dict[str, Any]], on: list[str]) -> None:
        made = [news(f"o{len(self.articles)}-{number}", day, *claims) for number, day in enumerate(on)]
        self.take(*made, assume_seen="published")

    @precondition(lambda self: self.articles)
    @rule(data=st.data(), claims=CLAIMS)
    def revise(self, data: st.DataObject, claims: list[dict[str, Any]]) -> None:
        was = data.draw(st.sampled_from(self.articles))
        text = f"{was.text} It has been put right {len(self.articles)} times."
        self.take(news(was.id, was.published_at, *claims, text=text, publisher=was.publisher))

    @precondition(lambda self: self.articles)
    @rule(data=st.data(), as_copy=st.booleans(), on=DAYS)
    def republish(self, data: st.DataObject, as_copy: bool, on: str) -> None:
        was = data.draw(st.sampled_from(self.articles))
        copy = {"id": f"c{len(self.articles)}", "publisher": "Elsewhere", "published_at": on}
        self.take(was.model_copy(update={**copy, "copy_of": was.id if as_copy else None}))

    @precondition(lambda self: self.articles)
    @rule(data=st.data())
    def take_the_same_again(self, data: st.DataObject) -> None:
        before = self.moments()
        report = self.tracker.ingest(data.draw(st.lists(st.sampled_from(self.articles), max_size=3)))
        assert (report.read, report.shifts) == (0, ())
        assert self.moments() == before

    @precondition(lambda self: self.articles)
    @rule(data=st.data(), claims=CLAIMS)
    def read_again(self, data: st.DataObject, claims: list[dict[str, Any]]) -> None:
        self.reader.otherwise[data.draw(st.sampled_from(self.articles)).id] = tuple(claims)
        self.tracker.rerun()

    @precondition(lambda self: self.articles)
    @rule(data=st.data())
    def decide(self, data: st.DataObject) -> None:
        moments = self.moments()
        found = self.tracker.ledger.claims(moments[1]) if moments else []
        if found:
            claim = data.draw(st.sampled_from(sorted(each.id for each in found)))
            getattr(self.tracker, data.draw(st.sampled_from(["accept", "reject"])))(claim, by="me")

    @precondition(lambda self: self.articles)
    @rule(fold=st.booleans())
    def change_the_rules(self, fold: bool) -> None:
        self.rules = other_house() if self.rules is house() else house()
        self.tracker._load = lambda: self.rules
        for name in ("rules", "_detector"):
            self.tracker.__dict__.pop(name, None)
        if fold:
            self.tracker.ingest([])
        else:
            self.tracker.rerun()

    @rule(hours=st.sampled_from([1, 30, -1, -40, 24 * 400]))
    def turn_the_clock(self, hours: int) -> None:
        self.clock.wind(hours=hours)

    def moments(self) -> tuple[datetime.datetime, datetime.datetime] | None:
        return self.tracker.ledger.moments() if self.tracker.ledger.is_there() else None

    def take(self, *articles: Article, **how: Any) -> None:
        self.tracker.ingest(articles, **how)
        self.articles += articles

    # what holds after each step

    @invariant()
    def it_is_sound(self) -> None:
        assert self.moments() is None or self.tracker.doctor().findings == ()

    @invariant()
    def differences_turn_round_and_are_explained(self) -> None:
        if self.moments() is None:
            return
        diff = self.tracker.diff(ON, AGAIN)
        assert not self.tracker.diff(ON, ON)
        assert self.tracker.diff(AGAIN, ON).lines == diff.turned().lines
        explained = {shift.id for shift in diff.shifts}
        assert all(line.shift in explained for line in diff.lines if line.kind == "shift")

    @invariant()
    def what_was_told_stays_told(self) -> None:
        told = all_of(self.tracker) if self.tracker.ledger.is_there() else []
        assert told[: len(self.told)] == self.told
        standing(told)
        self.told = told

    @invariant()
    def an_answer_is_written_down(self) -> None:
        moments = self.moments()
        if moments is not None and moments[1] not in self.answers:
            assert all(known < moments[1] for known in self.answers), "moments grow, whatever the clock does"
            self.answers[moments[1]] = self.answer(moments[1])

    def answer(self, known: datetime.datetime) -> str:
        """What the ledger says for a moment, as JSON: without the note that speaks of what was learned later."""
        asked = self.tracker
        found = [
            *(state.model_dump(mode="json") for on in (ON, AGAIN) for state in asked.states(on=on, known=known)),
            *(shift.model_dump(mode="json") for shift in asked.shifts(known=known)),
            *(shift.model_dump(mode="json") for shift in asked.ledger.shifts(known, corrections=True)),
            *(claim.model_dump(mode="json") for claim in asked.ledger.claims(known)),
            *(line.model_dump(mode="json") for line in asked.diff(ON, AGAIN, known=known).lines),
            *(asked.state(name, on=AGAIN, known=known).state is not None for name in asked.ledger.policies()),
        ]
        return json.dumps(found, sort_keys=True)

    def teardown(self) -> None:
        for known, answer in self.answers.items():
            assert self.answer(known) == answer, f"what was answered for {known} is answered otherwise"
        self.tracker.close()


class ServerHistory(History):
    """The same on PostgreSQL."""

    place = staticmethod(postgres.url)


def run(kind: type[History], examples: int, steps: int) -> None:
    """Nothing; AssertionError with the shortest history for which something does not hold."""
    health = [HealthCheck.too_slow, HealthCheck.filter_too_much, HealthCheck.data_too_large]
    run_state_machine_as_test(  # type: ignore[no-untyped-call]
        kind,
        settings=settings(
            max_examples=examples, stateful_step_count=steps, deadline=None, suppress_health_check=health, database=None
        ),
    )


def main(arguments: Sequence[str] | None = None) -> int:
    """0 where everything held of every history; else it raises."""
    parser = argparse.ArgumentParser(prog="python -m tests.histories", description="Random histories of a ledger.")
    parser.add_argument("--examples", type=int, default=300)
    logging.getLogger("policytrack").setLevel(logging.ERROR)
    parser.add_argument("--steps", type=int, default=25)
    options = parser.parse_args(arguments)
    for kind, share in ((History, 1), (ServerHistory, 6)):
        began, examples = time.monotonic(), max(1, options.examples // share)
        run(kind, examples, options.steps)
        sys.stdout.write(f"{kind.__name__}: {examples} histories of {options.steps} steps, in ")
        sys.stdout.write(f"{time.monotonic() - began:.0f} s\n")
        sys.stdout.flush()
    return 0


if __name__ == "__main__":
    sys.exit(main())
