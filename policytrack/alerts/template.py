"""Templates of users: what they make of an alert, and what is said where they fail. See `rendering` for the limits."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from policytrack.alerts.channel import ChannelSettings, Undelivered
from policytrack.alerts.payload import Payload
from policytrack.alerts.texts import STYLES
from policytrack.errors import ConfigError, Location
from policytrack.extras import library
from policytrack.printable import printable
from policytrack.wholefile import text_in

LARGEST = 1_000_000
"""Bytes of a template, and characters of what it makes."""
_PROGRAM: Final = ("-P", "-S", str(Path(__file__).with_name("rendering.py")))
"""What runs; -P, since beside it lie modules of ours that are named as some of Python's."""

Tell = Callable[[Payload], str]
"""What an alert is in words, or in whatever else is sent of it."""


@dataclass(frozen=True)
class Allowance:
    """What rendering once may cost: seconds of computing, seconds on the clock of a busy machine, bytes of memory."""

    seconds: float = 2
    patience: float = 60
    memory: int = 512_000_000


class Template:
    """A Jinja template in a file. It sees the payload, and `short`, `full` and `markdown`: plain data, and no more.

    ConfigError, with the line, where it cannot be read.
    """

    def __init__(self, path: Path, allowed: Allowance | None = None) -> None:
        library("jinja2", f"{printable(path)}: a template", "notify")
        self._path = path
        self._allowed = allowed or Allowance()
        self._source = text_in(path, LARGEST, printable(path), "Check the path and the template.")
        try:
            self._render(None)
        except Undelivered as error:
            raise ConfigError(f"{error.told.rstrip('.')}. Mend the template, or leave it out.") from None

    def __call__(self, payload: Payload) -> str:
        """What it makes of an alert; Undelivered where it fails or wants too much."""
        values = payload.model_dump(mode="json", by_alias=True)
        return self._render({**values, **{name: style(payload) for name, style in STYLES.items()}})

    def _render(self, values: dict[str, Any] | None) -> str:
        allowed = self._allowed
        limits = {"characters": LARGEST, "seconds": allowed.seconds, "memory": allowed.memory}
        request = {"source": self._source, "values": values, **limits}
        try:
            done = subprocess.run(
                [sys.executable, *_PROGRAM],
                input=json.dumps(request).encode(),
                capture_output=True,
                env=_around(),
                timeout=allowed.patience,
                check=False,
            )
        except subprocess.TimeoutExpired:
            raise self._failed(f"was not done after {allowed.patience:g} s", final=False) from None
        except OSError as error:
            raise self._failed(f"cannot be rendered: {error.strerror or error}", final=False) from None
        return self._text(done)

    def _text(self, done: subprocess.CompletedProcess[bytes]) -> str:
        if done.returncode == -signal.SIGPROF:
            raise self._failed(f"takes longer than {self._allowed.seconds:g} s to render")
        if done.returncode:
            last = done.stderr.decode("utf-8", "replace").strip().splitlines()[-1:]
            raise self._failed(f"ended its process: {' '.join(last)[:200] or f'exit code {done.returncode}'}")
        answer = json.loads(done.stdout)
        if "error" in answer:
            raise self._failed(" ".join(answer["error"].split())[:200], answer["line"])
        return str(answer.get("text", "")).encode("utf-8", "replace").decode()  # half a character can be sent nowhere

    def _failed(self, why: str, line: int = 0, *, final: bool = True) -> Undelivered:
        return Undelivered(printable(f"{Location(str(self._path), line)}: {why}"), final=final)


def _around() -> dict[str, str]:
    """What the process knows of its surroundings: where libraries are, and none of our secrets."""
    kept = {name: os.environ[name] for name in ("LD_LIBRARY_PATH", "PYTHONHOME") if name in os.environ}
    return {**kept, "PYTHONPATH": os.pathsep.join(path or str(Path.cwd()) for path in sys.path)}


def text_of(settings: ChannelSettings, folder: Path) -> Tell:
    """How a channel for people tells an alert: in the style that is set, or by the template."""
    return STYLES[settings.text] if settings.template is None else Template(folder / settings.template)


def body_of(settings: ChannelSettings, folder: Path) -> Tell:
    """How a channel for programs tells an alert: as JSON, or by the template."""
    return _json if settings.template is None else Template(folder / settings.template)


def _json(payload: Payload) -> str:
    return payload.model_dump_json(by_alias=True)
