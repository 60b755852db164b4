"""Alerts told in the log, where whoever runs policytrack reads them."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from policytrack.alerts.channel import ChannelSettings, Kind, Message, TextStyle, Undelivered
from policytrack.alerts.template import Tell, text_of
from policytrack.logs import get_logger, hears

Level = Literal["debug", "info", "warning", "error"]

_log = get_logger()


class Settings(ChannelSettings):
    """The level of the events."""

    log: Level
    text: TextStyle = "short"


class Log:
    """A channel that logs each message as an event of its own."""

    def __init__(self, level: Level, tell: Tell) -> None:
        self._level = level
        self._tell = tell

    def send(self, message: Message) -> str:
        """That it was logged; Undelivered where events of this level go nowhere, since then nobody would be told."""
        if not hears(self._level):
            raise Undelivered(f"events of level {self._level} go nowhere here: say -v, or log: warning")
        payload = message.payload
        told = {"type": payload.type, "id": payload.id, "subscription": payload.subscription}
        getattr(_log, self._level)("alert", text=self._tell(payload), **told)
        return "logged"


def open_log(settings: Settings, folder: Path) -> Log:
    """The channel."""
    return Log(settings.log, text_of(settings, folder))


KIND = Kind(Settings, open_log)
