"""Alerts posted to an address, signed as Standard Webhooks has it, so that the receiver knows who sent them."""

from __future__ import annotations

import base64
import binascii
import datetime
import json
import math
import re
import socket
import ssl
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Annotated, Any, Final, NamedTuple
from urllib.parse import urlsplit

from pydantic import AfterValidator, BeforeValidator, Field

from policytrack.alerts.channel import ChannelSettings, Kind, Message, Undelivered
from policytrack.alerts.secrets import REMEDY, Secret, blanked, is_reference, keep_out_of_logs, resolved
from policytrack.alerts.template import body_of
from policytrack.errors import ConfigError
from policytrack.extras import library
from policytrack.moments import Clock, system_clock
from policytrack.printable import fitting, printable
from policytrack.records import Unshown
from policytrack.sources.hosts import Host, Refused, Resolve, addresses_of, host_of
from policytrack.sources.wire import Cut, Request, Wire, retry_after

GONE: Final = 410
"""What an address answers that will never take anything again."""
LARGEST: Final = 65_536
"""Bytes of an answer that are read."""
LONGEST: Final = 200
"""Characters of an answer that are told."""
SHORTEST_KEY: Final = 16
"""Bytes of a key that signs."""
_WEB: Final = re.compile(r"https?://[^/\\?#]*", re.IGNORECASE)
_HOST: Final = re.compile(r"[\w.-]+|(\[)?[0-9a-f.]*:[0-9a-f.]*:[0-9a-f:.]*(?(1)\])", re.IGNORECASE)
_LOGGERS: Final = ("httpx2", "httpcore2.connection", "httpcore2.http11")


def _checked_target(written: Any) -> str:
    if not isinstance(written, str) or not (is_reference(written) or _WEB.match(written)):
        raise Unshown("must be an https address, or say where one is kept: env:NAME or file:PATH")
    # Also behind the host: a password may hold a "/".
    if not is_reference(written) and "@" in re.split("[?#]", written)[0]:
        raise Unshown("must not have a user name or a password in it: keep all of it elsewhere, and say env:NAME")
    return written


def _checked_secrets(written: Any) -> Any:
    found = written if isinstance(written, list | tuple) else [written]
    if not all(is_reference(each) for each in found):
        raise Unshown(f"must say where it is kept, and not be written here: {REMEDY}")
    if len(found) not in (1, 2):
        raise Unshown(f"must be one, or the new one and the old one, not {len(found)}")
    return tuple(found)


def _listed(written: Any) -> Any:
    return (written,) if isinstance(written, str) else written


def _checked_host(written: str) -> str:
    if not _HOST.fullmatch(written):
        raise ValueError(f"{written!r} is not the name of a host; write it alone, as hooks.intranet.example")
    return written


class Settings(ChannelSettings):
    """An address, or where one is kept that is a secret itself; and the secret by which messages are signed.

    Of two secrets the first is the new one: messages bear both signatures, until the receiver knows it. Without a
    secret they are not signed, and the receiver cannot tell who sent them. `seconds` is how long one exchange may take.
    `allow_private` names the hosts that may be on the own machine or network, and those that may be asked by http.
    A template makes the body in place of the JSON.
    """

    webhook: Annotated[str, BeforeValidator(_checked_target)]
    secret: Annotated[tuple[str, ...], BeforeValidator(_checked_secrets)] = ()
    seconds: Annotated[float, Field(gt=0, le=300)] = 15
    allow_private: Annotated[tuple[Annotated[str, AfterValidator(_checked_host)], ...], BeforeValidator(_listed)] = ()


class _Answer(NamedTuple):
    """What an address answered: its status, for how long it wants to be left alone, and the first words."""

    status: int
    wait: float
    said: str


class Webhook:
    """A channel that posts each message; what is not given is the system's: names, certificates, time."""

    def __init__(
        self,
        settings: Settings,
        folder: Path,
        *,
        resolve: Resolve | None = None,
        trust: ssl.SSLContext | None = None,
        clock: Clock = system_clock,
    ) -> None:
        self._kept = [resolved(settings.webhook, folder)] if is_reference(settings.webhook) else []
        self._url = self._kept[0].reveal() if self._kept else settings.webhook
        self._private = {_plain_name(name) for name in settings.allow_private}
        self._resolve = resolve
        self._clock = clock
        self._check(settings.webhook)
        keys = [resolved(reference, folder) for reference in settings.secret]
        self._signers = [_signer(key) for key in keys]
        self._kept += keys
        keep_out_of_logs(self._kept, _LOGGERS)
        self._body = body_of(settings, folder)
        self._wire = Wire(library("httpx2", "a webhook", "notify"), settings.seconds, settings.seconds, trust)

    def send(self, message: Message) -> str:
        """The status that was answered, as "HTTP 200"; Undelivered where that is no success, or nothing was answered.

        What follows the status of a success is not waited for: the message was taken.
        """
        body = self._body(message.payload).encode()
        headers = {"content-type": _type_of(body), "accept-encoding": "identity", **self._signed(message, body)}
        answer = self._answer(Request("POST", self._url, headers, body))
        told = f"HTTP {answer.status}"
        if 200 <= answer.status < 300:
            return told
        told += f": {answer.said}" if answer.said else ""
        raise Undelivered(told, wait=answer.wait, final=answer.status == GONE)

    def _signed(self, message: Message, body: bytes) -> dict[str, str]:
        """The headers that say which message it is, when it was sent, and by whom."""
        at, name = self._clock(), message.payload.id
        if not (name.isascii() and name.isprintable()):
            raise Undelivered(f"the id {printable(name)} cannot stand in a header", final=True)
        headers = {"webhook-id": name, "webhook-timestamp": str(math.floor(at.timestamp()))}
        signatures = [signer.sign(name, at.astimezone(datetime.UTC), body.decode()) for signer in self._signers]
        return {**headers, "webhook-signature": " ".join(signatures)} if signatures else headers

    def _answer(self, request: Request) -> _Answer:
        host, found = self._host(), None
        try:
            with self._wire.exchange(host, request) as answer:
                wait = retry_after(answer.headers.get("retry-after", ""))
                found = _Answer(answer.status_code, wait, "")
                if not 200 <= answer.status_code < 300:
                    found = found._replace(said=fitting(blanked(_first_line(answer), self._kept), LONGEST))
        except Cut as error:
            if found is None:
                raise Undelivered(blanked(error.told.rstrip("."), self._kept)) from None
        assert found is not None, "without an answer the exchange is cut"
        return found

    def _host(self) -> Host:
        try:
            return host_of(self._url, allow_private=self._is_private, resolve=self._resolve)
        except Refused as error:
            told = f"{error.message.rstrip('.')}; allow_private names hosts for which that is meant"
            raise Undelivered(blanked(told, self._kept)) from None
        except OSError as error:
            raise Undelivered(f"its host cannot be found: {error.strerror or error}") from None

    @property
    def _is_private(self) -> bool:
        """Whether the host is named as one of the own network."""
        return _plain_name(_name_in(self._url)) in self._private

    def _check(self, written: str) -> None:
        """Nothing; ConfigError where the address cannot be asked, as far as that is seen without looking it up."""
        place = "" if self._kept else _WEB.match(written)
        named = f"webhook {printable(place[0] if place else written)}"  # no more of it: the rest may be meant for few
        try:
            with suppress(OSError):  # a name: it is looked up when something is sent
                host_of(self._url, allow_private=self._is_private, resolve=_numbers)
        except Refused as error:
            raise ConfigError(f"{named} {error.message} {_HINT}") from None
        if not _HOST.fullmatch(_name_in(self._url)):
            raise ConfigError(f"{named} has no name of a host in it. {_HINT}")
        if not self._url.lower().startswith("https:") and not self._is_private:
            raise ConfigError(f"{named} is not https: anybody on the way could read it. {_HINT}")


_HINT: Final = "Write https://..., or name its host under allow_private where it is one of your own network."


def _name_in(url: str) -> str:
    """The name of the host; empty where there is none."""
    try:
        return urlsplit(url).hostname or ""
    except ValueError:  # brackets that close nowhere
        return ""


def _plain_name(name: str) -> str:
    return name.strip("[]").rstrip(".").casefold()


def _numbers(name: str, port: int) -> Sequence[str]:
    """The address that a name is, in whatever figures; OSError where it is one to look up."""
    return addresses_of(name, port, socket.AI_NUMERICHOST)


def _signer(secret: Secret) -> Any:
    """What signs with a secret; ConfigError where it is none that can sign."""
    standardwebhooks = library("standardwebhooks", "the secret of a webhook", "notify")
    try:
        key = base64.b64decode(secret.reveal().removeprefix("whsec_"), validate=True)
    except (binascii.Error, ValueError):
        key = b""
    if len(key) < SHORTEST_KEY:
        hint = "Make one: openssl rand -base64 32"
        raise ConfigError(f"{secret.reference} holds no key of {SHORTEST_KEY} bytes or more as base64. {hint}")
    return standardwebhooks.Webhook(key)


def _type_of(body: bytes) -> str:
    """The type of a body: what a template made may be no JSON."""
    try:
        json.loads(body)
    except ValueError:
        return "text/plain; charset=utf-8"
    return "application/json"


def _first_line(answer: Any) -> str:
    """The first line of what was answered, where that is text; a page says nothing that is of use here."""
    found = bytearray()
    for piece in answer.iter_raw():
        found += piece
        if len(found) >= LARGEST:
            break
    packed = answer.headers.get("content-encoding", "identity").strip().lower() != "identity"
    if packed or "html" in answer.headers.get("content-type", ""):
        return ""
    lines = found[:LARGEST].decode("utf-8", "replace").strip().splitlines()
    return lines[0].strip() if lines else ""


def open_webhook(settings: Settings, folder: Path) -> Webhook:
    """The channel; ConfigError where the address, a secret or a library is not what it should be."""
    return Webhook(settings, folder)


KIND = Kind(Settings, open_webhook)
