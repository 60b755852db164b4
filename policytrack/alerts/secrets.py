"""Secrets of channels: said only by where they are kept, and blanked out of whatever is told or logged."""

from __future__ import annotations

import base64
import json
import logging
import os
import re
import traceback
from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any, NoReturn
from urllib.parse import quote, quote_plus, unquote, urlsplit

from pydantic import BeforeValidator

from policytrack.errors import ConfigError, Problem
from policytrack.printable import printable
from policytrack.records import Unshown
from policytrack.wholefile import text_in

BLANK = "***"
"""What stands for a secret."""
REMEDY = 'write it into an environment variable and say "env:NAME", or into a file and say "file:PATH"'
"""What to do with a secret instead."""
SHORTEST_PART = 6
"""Characters of a part of an address that is blanked alone: less are words like "api" or "v1"."""
LARGEST = 65_536
"""Bytes of a file that holds a secret."""

_HINT = "Put the secret alone there; the path is seen from the folder of the alert file."
_REFERENCE = re.compile(r"env:[A-Za-z_][A-Za-z0-9_]*|file:[^\s\0]([^\0\r\n]*[^\s\0])?", re.ASCII)
_SPOKEN_OF = re.compile(r"[\"']?(?:env|file):[^\s,\]}\"']*[\"']?")
_LOOKS_SECRET = re.compile(
    r"(?:secret|apprise)[\"']?\s*:\s*(?:[\"']?[^\s\[\]\"'{},#]|\[[\s,\"']*[^\s\],\"'])"  # a value after the key
    r"|whsec_|(?!https?:)\b[a-z][a-z0-9+.-]*://|(?=[^\s\d]*\d)[A-Za-z0-9+/=_-]{20,}",
    re.IGNORECASE,
)
"""What is left of a line, its references taken out, and may be a secret."""
_MEANT_SECRET = re.compile(r'Did you mean "(?:secret|apprise|webhook)"')


class Secret:
    """A value that is shown nowhere: in its place stands the reference by which it was found."""

    __slots__ = ("_value", "reference")

    def __init__(self, reference: str, value: str) -> None:
        self.reference = reference
        self._value = value

    def __repr__(self) -> str:
        return f"Secret({self.reference!r})"

    def __reduce__(self) -> NoReturn:
        raise TypeError(f"{self!r} is not sent to other processes, nor kept")

    def reveal(self) -> str:
        """The value itself, for whoever it was made for."""
        return self._value


# --- what the alert file says


def is_reference(written: object) -> bool:
    """Whether it says where a value is kept: env:NAME or file:PATH."""
    return isinstance(written, str) and _REFERENCE.fullmatch(written) is not None


def _checked_reference(written: Any) -> str:
    if isinstance(written, str) and is_reference(written):
        return written
    raise Unshown(f"must say where it is kept, and not be written here: {REMEDY}")


Reference = Annotated[str, BeforeValidator(_checked_reference)]
"""Where a secret is kept: env:NAME, or file:PATH as seen from the folder of the alert file."""


def resolved(reference: str, folder: Path) -> Secret:
    """The secret that is kept there; ConfigError, with the reference and never a value, where there is none."""
    kind, _, where = reference.partition(":")
    named = printable(reference)
    found = _of_environment(where) if kind == "env" else text_in(folder / where, LARGEST, named, _HINT)
    value = found.strip()
    if not value:
        raise ConfigError(f"{named} is empty. Put the secret there.")
    if not value.isprintable():
        raise ConfigError(f"{named} holds a line break or a control character. Put the secret alone there.")
    return Secret(reference, value)


def _of_environment(name: str) -> str:
    value = os.environ.get(name)
    if value is None:
        raise ConfigError(f"env:{name} is not set. Set that environment variable where policytrack runs.")
    return value


def without_secrets(problems: Iterable[Problem]) -> list[Problem]:
    """The problems of an alert file, without the lines that may have a secret written out in them.

    What is said of a line that cannot be read as YAML goes by how the line looks.
    """
    return [replace(problem, source="") if _may_show_secret(problem) else problem for problem in problems]


def _may_show_secret(problem: Problem) -> bool:
    """Whether the line is better not shown: for its looks, or since a key in it was meant to be one of a secret."""
    return may_hold_secret(problem.source) or _MEANT_SECRET.search(problem.hint) is not None


def may_hold_secret(line: str) -> bool:
    """Whether a secret may be written out in a line of an alert file; http addresses are none unless said to be."""
    return _LOOKS_SECRET.search(_SPOKEN_OF.sub("", line)) is not None


# --- what is told and logged


def blanked(told: str, secrets: Iterable[Secret]) -> str:
    """The text without the secrets, without their parts where they are addresses, however those are written."""
    forms = {form for secret in secrets for form in _forms(secret.reveal())}
    if not forms:
        return told
    longest_first = sorted(forms, key=len, reverse=True)
    return re.sub("|".join(re.escape(form) for form in longest_first), BLANK, told, flags=re.IGNORECASE)


def _forms(value: str) -> Iterator[str]:
    """How a secret, or a part of it, may be written in what others say."""
    for part in (value, *_parts(value)):
        for written in (part, unquote(part)):
            yield from (written, quote(written), quote(written, safe=""), quote_plus(written))
            yield json.dumps(written)[1:-1]


def _parts(value: str) -> Iterator[str]:
    """What stands in an address and is long enough: user, password, steps of the path, values of the query.

    Also the host, unless it is one of the web: other addresses have names of accounts in its place.
    """
    yield from (value.removeprefix("whsec_"),)
    scheme, found, rest = value.partition("://")
    if not found:
        return
    if scheme.lower() in ("http", "https"):
        host = _host(value)
        rest = rest.replace(host, "/", 1) if host else rest
    user = rest.partition("/")[0].rpartition("@")[0]
    parts = [*re.split(r"[/?#&=:@,;\s]+", rest), base64.b64encode(unquote(user).encode()).decode()]
    yield from (part for part in parts if len(part) >= SHORTEST_PART)


def _host(url: str) -> str:
    try:
        return urlsplit(url).netloc.rpartition("@")[2]
    except ValueError:  # brackets that close nowhere: then all of it is blanked
        return ""


class _Blanking(logging.Filter):
    """Blanks secrets out of each event of a logger. They are kept as long as the logger, which is for ever."""

    def __init__(self) -> None:
        super().__init__()
        self.secrets: dict[str, Secret] = {}

    def filter(self, record: logging.LogRecord) -> bool:
        """True; the record has lost its secrets."""
        secrets = list(self.secrets.values())
        record.msg, record.args = blanked(record.getMessage(), secrets), ()
        if record.exc_info and record.exc_info[0]:
            record.exc_text = blanked("".join(traceback.format_exception(*record.exc_info)).rstrip(), secrets)
            record.exc_info = None
        return True


def keep_out_of_logs(secrets: Iterable[Secret], loggers: Iterable[str]) -> None:
    """Nothing; libraries that log the addresses that they ask do so without the secrets from now on."""
    for name in loggers:
        logger = logging.getLogger(name)
        found = next((each for each in logger.filters if isinstance(each, _Blanking)), None)
        if found is None:
            found = _Blanking()
            logger.addFilter(found)
        found.secrets.update({secret.reveal(): secret for secret in secrets})
