"""Random journals of one policy, for what must hold for all of them."""

from __future__ import annotations

import datetime

from hypothesis import strategies as st

from policytrack.model import CLAIM_STATUSES, DIRECTIONS, OPERATIONS, POLICY_KINDS, Entry, Policy, Start
from tests.builders import claim, core, date, entry, level, place, policy, scope, trigger

DAYS = st.dates(datetime.date(2024, 1, 1), datetime.date(2024, 3, 31)).map(datetime.date.isoformat)
PARTIAL = st.one_of(DAYS, DAYS.map(lambda day: day[:7]), st.just("2024"))
SCOPES = st.sampled_from(
    [(), (place("Kursk"),), (place("the Kursk region"), scope("item", "two banks")), (scope("range", "300 km"),)]
)
LEVELS = st.sampled_from([None, None, level(4.5), level(by=0.25), level(5, was=4)])
ROLES = st.sampled_from(["decided", "announced", "communicated", "in_force", "first_use", "expires"])


@st.composite
def journals(draw: st.DrawFn) -> tuple[Policy, list[Entry]]:
    """A policy of any kind, and claims about it, crowded into three months so that they meet."""
    kind = draw(st.sampled_from(POLICY_KINDS))
    status = draw(st.one_of(st.none(), st.sampled_from(core().statuses(kind))))
    start = Start(status=status, on=draw(st.one_of(st.none(), PARTIAL))) if status else None
    about = policy(
        kind, start, looser=draw(st.sampled_from(["up", "down"])), same_event=draw(st.sampled_from([0, 3, 7]))
    )
    return about, [draw(entries(number)) for number in range(draw(st.integers(0, 8)))]


@st.composite
def entries(draw: st.DrawFn, number: int) -> Entry:
    status = draw(st.one_of(st.sampled_from(CLAIM_STATUSES), st.sampled_from(["decided", "announced", "implemented"])))
    made = claim(
        draw(st.sampled_from(OPERATIONS)),
        draw(st.sampled_from(DIRECTIONS)),
        status,
        article=f"a{draw(st.integers(0, 4))}",
        start=number * 40,
        issuer=draw(st.sampled_from(["us", None, "ru"])),
        dates=[date(role, draw(PARTIAL)) for role in draw(st.lists(ROLES, max_size=2, unique=True))],
        scope=draw(SCOPES),
        level=draw(LEVELS),
        triggers=draw(st.sampled_from([(), (trigger("the attack"),), (trigger("The attack", "context"),)])),
        background=draw(st.booleans()),
        implied=status == "implemented" and draw(st.booleans()),
        confidence=draw(st.sampled_from([0.3, 0.8])),
    )
    return entry(made, draw(PARTIAL), source=draw(st.sampled_from("ABC")), recorded=draw(st.integers(0, 3)))
