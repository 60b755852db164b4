"""Alerts given to a command, each as JSON on its standard input."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from pydantic import Field

from policytrack.alerts.channel import ChannelSettings, Kind, Message
from policytrack.alerts.command import SECONDS, Command
from policytrack.alerts.template import Tell, body_of


class Settings(ChannelSettings):
    """A command line, run without a shell in the folder of the alert file, and how many seconds it may take.

    A template makes what it gets in place of the JSON.
    """

    exec: Annotated[str, Field(min_length=1)]
    seconds: Annotated[float, Field(gt=0, le=3_600)] = SECONDS


class Exec:
    """A channel that runs a command for each message; code 0 says that it was taken."""

    def __init__(self, command: Command, body: Tell) -> None:
        self._command = command
        self._body = body

    def send(self, message: Message) -> str:
        """That the command ended well; Undelivered where it did not, with the last line that it printed."""
        return self._command.run(self._body(message.payload).encode())


def open_exec(settings: Settings, folder: Path) -> Exec:
    """The channel; ConfigError where there is no such command."""
    return Exec(Command(settings.exec, settings.seconds, folder), body_of(settings, folder))


KIND = Kind(Settings, open_exec)
