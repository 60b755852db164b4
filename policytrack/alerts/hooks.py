"""Functions and commands that a process calls itself: for each new shift, for what falls due, for a silent source.

They are channels like any other, each by its name: what is to be told is written with the shift, tried after it is
recorded, and again by the next process that calls a function or command of that name. A failing one harms nobody: the
shift is in the ledger, the others are called, and the failure is given back and never raised.
"""

from __future__ import annotations

import datetime
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from typing import Final, NamedTuple

from policytrack.alerts.channel import Message
from policytrack.alerts.closing import closed, latest
from policytrack.alerts.command import Command
from policytrack.alerts.messages import Messages, due_in_ledger
from policytrack.alerts.sending import Outcome, Place, Sending
from policytrack.dues import Due
from policytrack.errors import AlertError
from policytrack.ledger import Ledger
from policytrack.ledger.outbox import ANYBODY
from policytrack.model import Shift
from policytrack.moments import Clock
from policytrack.packs import Rules
from policytrack.silent import SilentSource

Hook = Callable[[Shift], object]
DueHook = Callable[[Due], object]
SilentHook = Callable[[SilentSource], object]

PATIENCE: Final = 60.0
"""Seconds for which one who calls waits for another: processes call their functions and commands one after another."""


class DueReport(NamedTuple):
    """What hooks were called for now, the next to come first; `alert_errors` are those that failed."""

    called: tuple[Due, ...] = ()
    alert_errors: tuple[AlertError, ...] = ()


class Function:
    """A channel that calls a function with each record that a message was made of."""

    def __init__(self, function: Callable[..., object]) -> None:
        self._function = function

    def send(self, message: Message) -> str:
        """That it returned; whatever it raises is raised."""
        for record in message.records:
            self._function(record)
        return "returned"


class Hooks:
    """The functions and commands of one process, by their names."""

    def __init__(self) -> None:
        self.shifts: list[str] = []
        self.dues: list[str] = []
        self.silent: list[str] = []
        self._given: dict[str, object] = {}

    def add(self, hook: Callable[..., object] | Command, told_of: list[str]) -> None:
        """Nothing; the hook is called for these."""
        told_of.append(self._named(hook))

    def _named(self, hook: Callable[..., object] | Command) -> str:
        name = _name(hook)
        same = (each for each in _numbered(name) if self._given.get(each, hook) == hook)
        found = next(same)
        self._given[found] = hook
        return found

    def places(self) -> dict[str, Place]:
        """Where messages go; what an older ledger left goes to all."""
        channels = {name: hook if isinstance(hook, Command) else Function(hook) for name, hook in self._given.items()}  # type: ignore[arg-type]
        return {name: Place(channel) for name, channel in channels.items()} | {
            ANYBODY: Place(_All([channels[name] for name in dict.fromkeys((*self.shifts, *self.dues))]))
        }


class _All:
    """A channel that gives each message to several."""

    def __init__(self, channels: Sequence[Command | Function]) -> None:
        self._channels = channels

    def send(self, message: Message) -> str:
        return "; ".join(channel.send(message) for channel in self._channels)


def call(ledger: Ledger, rules: Rules, hooks: Hooks | None, clock: Clock) -> list[AlertError]:
    """What went wrong while hooks were called for all that waits for them, in order.

    Where another process calls hooks for longer than `PATIENCE`, what waits is left to the next run, which is an error
    here. So is what a kill leaves.
    """
    return [failure for outcome in calls(ledger, rules, hooks, clock) if (failure := outcome.failure)]


def calls(ledger: Ledger, rules: Rules, hooks: Hooks | None, clock: Clock) -> Iterator[Outcome]:
    """What came of each call; see `call`."""
    places = hooks.places() if hooks else {}
    if not places or not _waits(ledger, places):
        return
    with ledger.sending(PATIENCE, "hooks") as alone:
        if alone:
            _close(ledger, rules, places, clock)
            yield from Sending(ledger, rules, places, clock).one_by_one()
        else:
            told = f"another process has been calling its functions and commands for {PATIENCE:g} s"
            yield Outcome("functions and commands", "", "what is new", "waiting", told, clock())


def _waits(ledger: Ledger, places: Collection[str]) -> bool:
    """Whether anything is to be told to hooks of these names."""
    left = (each.key for each in ledger.outbox.waiting(places))
    return bool(ledger.outbox.open(places)) or any(key not in ledger.in_hand for key in left)


def _close(ledger: Ledger, rules: Rules, places: Collection[str], clock: Clock) -> None:
    """Nothing; what is to be told to hooks is on its way to them, as it stands now."""
    messages, outbox = Messages(ledger, rules), ledger.outbox
    known = latest(ledger, clock)
    for alert in outbox.open(places):
        told = closed(outbox, messages, alert, known)
        with outbox.planning() as planning:
            planning.close(alert.key, *told, known, [alert.subscription])
    for delivery in outbox.waiting(places):
        alert = outbox.alert(delivery.alert)
        if alert.known != known and delivery.key not in ledger.in_hand:
            told = closed(outbox, messages, alert, known)
            with outbox.planning() as planning:
                planning.close_again(alert.key, *told, known)


def call_for_dues(
    ledger: Ledger,
    rules: Rules,
    found: Iterable[Due],
    names_of: Callable[[str], Iterable[str]],
    hooks: Hooks,
    clock: Clock,
) -> DueReport:
    """What the hooks were called for, of what falls due in this order, and what went wrong."""
    for due in found:
        each = [f"{name} {due.what} {due.on}" for name in names_of(due.policy)]
        for hook in hooks.dues:
            ledger.outbox.note(hook, each, due_in_ledger(due), clock())
    outcomes = list(calls(ledger, rules, hooks, clock))
    dues = [record for outcome in outcomes for record in outcome.records if isinstance(record, Due)]
    called = {(due.policy, due.what, due.on): due for due in dues}
    return DueReport(tuple(called.values()), tuple(failure for each in outcomes if (failure := each.failure)))


def call_for_silent(
    ledger: Ledger, rules: Rules, silence: SilentSource, hooks: Hooks, moment: datetime.datetime, clock: Clock
) -> list[AlertError]:
    """What went wrong while hooks were called for a source that has fallen silent."""
    name = f"{silence.source} silent {moment.isoformat()}"
    about = silence.model_dump(mode="json", by_alias=True, exclude={"schema_"})
    for hook in hooks.silent:
        ledger.outbox.note(hook, [name], about, clock())
    return call(ledger, rules, hooks, clock)


def _name(hook: Callable[..., object] | Command) -> str:
    if isinstance(hook, Command):
        return f"exec {hook.line}"
    return f"function {getattr(hook, '__qualname__', None) or type(hook).__qualname__}"


def _numbered(name: str) -> Iterator[str]:
    yield name
    number = 2
    while True:
        yield f"{name} #{number}"
        number += 1
