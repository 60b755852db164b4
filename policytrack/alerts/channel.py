"""What a channel is: a place that takes messages. Each kind of place is a module of `policytrack.channels`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal, Protocol

from pydantic import ConfigDict, Field

from policytrack.alerts.payload import Payload
from policytrack.errors import AlertError
from policytrack.model import Record

TextStyle = Literal["short", "full", "markdown"]


class Undelivered(AlertError):
    """That a message was not taken, and why: `told` in a few words, as "HTTP 500", with no secret in them.

    `wait` is for how many seconds the place asks to be left alone; `final` says that no other try would do better.
    """

    def __init__(self, told: str, *, wait: float = 0, final: bool = False) -> None:
        super().__init__(told)
        self.told = told
        self.wait = wait
        self.final = final


@dataclass(frozen=True)
class Message:
    """What a channel is given: the payload, and the records that it was made of, where a function wants these.

    A message may come twice, with the same `payload.id`: whoever takes it can tell by that.
    """

    payload: Payload
    records: Sequence[object] = ()


class Channel(Protocol):
    """A place that takes messages, one after another."""

    def send(self, message: Message) -> str:
        """What the place said to it, in a few words, as "HTTP 200". Undelivered where it did not take it."""


class Retry(Record):
    """When a message that was not taken is tried again: after `first` seconds, then each time `factor` times as many.

    Never more than `longest`, each a little more or less by chance, up to the share `jitter`. After `tries` it is dead.
    """

    first: Annotated[float, Field(gt=0, le=86_400)] = 10
    factor: Annotated[float, Field(ge=1, le=100)] = 3
    longest: Annotated[float, Field(gt=0, le=604_800)] = 21_600
    jitter: Annotated[float, Field(ge=0, le=1)] = 0.2
    tries: Annotated[int, Field(ge=1, le=1_000)] = 12


class ChannelSettings(Record):
    """What the alert file says of any channel. A kind of channel adds its own keys, the first of them its name."""

    text: TextStyle = "full"
    template: str | None = None
    retry: Retry = Retry()

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)  # it may be a secret


@dataclass(frozen=True)
class Kind:
    """A kind of channel: what may be said of it, and how it is opened.

    `open` is given the settings and the folder of the alert file, and must not send anything. ConfigError where what is
    said cannot be: a secret that is not there, an address that is none, a library that is not installed.
    """

    settings: type[ChannelSettings]
    open: Callable[[Any, Path], Channel]
