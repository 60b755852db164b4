"""What the status model makes of every single claim: from each status, by each operation, in each direction.

`rules matrix` prints it. The claims are made up, and folded and named by the same code as real ones, so that a hole in
`rules/core.yaml` shows before an article falls into it.
"""

from __future__ import annotations

import datetime
import itertools
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from policytrack.detect import Detector
from policytrack.explain import matching
from policytrack.model import (
    DIRECTIONS,
    OPERATIONS,
    POLICY_KINDS,
    Claim,
    Direction,
    Entry,
    Operation,
    Policy,
    PolicyKind,
    Record,
)
from policytrack.states import timeline
from policytrack.status_model import UNKNOWN, Core

_SAID = {"start": 0, "end": 4, "quote": "they"}
_DAY = "2025-06-30"
_SAYING: Mapping[str, Mapping[str, Any]] = {
    "": {},
    "a place": {"scope": ({"kind": "place", "start": 0, "end": 4, "quote": "port"},)},
    "an item": {"scope": ({"kind": "item", "start": 0, "end": 4, "quote": "nuts"},)},
    "a level": {"level": {"to": 50, "unit": "%", **_SAID}},
    "an end": {"dates": ({"role": "expires", "date": _DAY, "precision": "day", **_SAID},)},
    "a later day": {"dates": ({"role": "in_force", "date": _DAY, "precision": "day", **_SAID},)},
    "that it holds": {"status": "implemented"},
}
"""What a claim says beside its operation, as a reader would name it."""
_PUBLISHED = "2024-11-22"
_RECORDED = datetime.datetime(2024, 11, 22, tzinfo=datetime.UTC)


class Outcome(Record):
    """What one claim does to a policy that stands at `before`.

    `says` is what the claim names beside its operation, empty where nothing. `after` is the status that it leads to,
    `field` the first thing that changed, `rule` and `shift` what the step is called: None where no rule fits, which is
    a hole. `matched` are all rules that fit. `review` is why a person has to look instead. Without a field and a
    review nothing changes.
    """

    policy_kind: PolicyKind
    operation: Operation
    direction: Direction
    before: str
    says: str
    field: str | None = None
    after: str | None = None
    rule: str | None = None
    shift: str | None = None
    matched: tuple[str, ...] = ()
    review: str | None = None

    @property
    def is_hole(self) -> bool:
        """Whether something changes that no rule has a name for."""
        return self.field is not None and self.rule is None


def outcomes(core: Core, kinds: Sequence[str] = POLICY_KINDS) -> Iterator[Outcome]:
    """Every outcome, by kind, operation, direction, status before, and what the claim says, in the model's order.

    Raises EngineError where rules tie.
    """
    detector = Detector(core)
    for kind, operation, direction in itertools.product(kinds, OPERATIONS, DIRECTIONS):
        for before, says in itertools.product(core.statuses(kind), _SAYING):
            yield _outcome(core, detector, kind, operation, direction, before, says)


def _outcome(
    core: Core, detector: Detector, kind: str, operation: str, direction: str, before: str, says: str
) -> Outcome:
    policy = _policy(kind, before)
    found = timeline(policy, [_told(operation, direction, says)], core)
    cell = {"policy_kind": kind, "operation": operation, "direction": direction, "before": before, "says": says}
    if found.reviews:
        return Outcome.model_validate({**cell, "review": found.reviews[0].text})
    step = next((each for each in found.steps if not each.follow_up), None)
    if step is None:
        return Outcome.model_validate(cell)
    record = detector.record_of(step, policy)
    rule = detector.rule_for(record)
    named = {"rule": rule.name, "shift": rule.kind, "matched": matching(core.shifts, record)} if rule else {}
    return Outcome.model_validate({**cell, "field": record["field"], "after": record["after"], **named})


def _policy(kind: str, before: str) -> Policy:
    start = None if before == UNKNOWN else {"status": before, "on": "2020-01-01"}
    return Policy.model_validate({"id": "xx.matrix", "title": "Any", "kind": kind, "issuer": ("xx",), "start": start})


def _told(operation: str, direction: str, says: str) -> Entry:
    claim = Claim.model_validate(
        {
            "id": "c-matrix", "article_id": "matrix", "policy": "xx.matrix", "issuer": {"id": "xx", "text": "they"},
            "operation": operation, "direction": direction, "status": "decided", "factive": True, "background": False,
            "evidence": _SAID, "rule": (), "confidence": {"value": 1.0}, **_SAYING[says],
        }
    )  # fmt: skip
    return Entry(claim=claim, published_at=_PUBLISHED, source="matrix", recorded_at=_RECORDED)


def meetings(core: Core, found: Iterable[Outcome]) -> dict[tuple[str, str], str]:
    """Every two rules that fit one of these steps, the winner first, and why it wins: it says so, or says more."""
    rules = {rule.name: rule for rule in core.shifts}
    met: dict[tuple[str, str], str] = {}
    for each in found:
        for name in each.matched:
            if each.rule is not None and name != each.rule:
                said = name in rules[each.rule].supersedes
                met[each.rule, name] = "supersedes it" if said else "has more conditions"
    return met


# --- as text


def lines(found: Iterable[Outcome]) -> Iterator[str]:
    """The outcomes as text, one block for each kind of policy; what fares alike stands in one line."""
    for kind, of_kind in itertools.groupby(found, lambda each: each.policy_kind):
        yield from ("", kind)
        for operation, cells in itertools.groupby(of_kind, lambda each: each.operation):
            alike: dict[tuple[str, ...], list[str]] = {}
            for direction, of_direction in itertools.groupby(cells, lambda each: each.direction):
                alike.setdefault(tuple(_rows(list(of_direction))), []).append(direction)
            for rows, directions in alike.items():
                heads = itertools.chain([f"  {operation} {_any_of(directions, DIRECTIONS)}"], itertools.repeat(""))
                yield from (f"{head:<30}{row}" for head, row in zip(heads, rows, strict=False))


def _rows(cells: Sequence[Outcome]) -> Iterator[str]:
    """One line for each thing that happens; what a claim says is told only where it makes a difference."""
    plain = {each.before: _fate(each) for each in cells if not each.says}
    befores: dict[tuple[str, str], list[str]] = {}
    for each in cells:
        if not each.says or _fate(each) != plain[each.before]:
            befores.setdefault((_fate(each), each.says), []).append(each.before)
    saying: dict[tuple[str, tuple[str, ...]], list[str]] = {}
    for (fate, says), found in befores.items():
        saying.setdefault((fate, tuple(found)), []).append(says)
    for (fate, alike), names in saying.items():
        named = f", naming {_any_of(list(filter(None, names)))}" if any(names) else ""
        yield f"from {_any_of(alike, tuple(plain))}{named}: {fate}"


def _any_of(names: Sequence[str], everything: Sequence[str] = ()) -> str:
    """The names in words: `a, b or c`; `any` where they are everything."""
    if len(names) == len(everything):
        return "any"
    return " or ".join([", ".join(names[:-1]), names[-1]]) if len(names) > 1 else names[0]


def _fate(each: Outcome) -> str:
    if each.review:
        return "a person looks"
    if each.field is None:
        return "no change"
    result = each.after if each.field == "status" else f"{each.field} moves"
    return f"{result}, {each.shift}" if each.rule else f"{result}, HOLE: no shift rule fits"
