"""Fetching from the web, politely and within limits.

Each host is asked at most once a second, or as seldom as its robots.txt says, and never for what that forbids. Sizes,
redirects and times are limited; what leads to the own network is refused (see hosts).
"""

from __future__ import annotations

import re
import ssl
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any

from policytrack.errors import ArticleError, Location
from policytrack.extras import library
from policytrack.logs import get_logger
from policytrack.printable import printable
from policytrack.sources.hosts import Host, Refused, Resolve, host_of
from policytrack.sources.inflating import Unpackable, unpacked
from policytrack.sources.links import whole_link
from policytrack.sources.page import LARGEST
from policytrack.sources.robots import Robots
from policytrack.sources.wire import AGENT, Cut, Request, Wire, retry_after

REDIRECTS = 5
_REDIRECTS = (301, 302, 303, 307, 308)
_PASSING = (408, 425, 429, 500, 502, 503, 504)
"""Answers that may be another one in a while."""
_CHARSET = re.compile(r"charset=[\"']?([^\s;\"']+)", re.IGNORECASE)
_TAKES = {
    "accept": "application/rss+xml, application/atom+xml, application/xml;q=0.9, text/html;q=0.9, */*;q=0.5",
    "accept-encoding": "gzip, deflate",
}

_log = get_logger()


@dataclass(frozen=True)
class Limits:
    """What one fetch may cost: seconds of silence, seconds in all, bytes unpacked, tries, seconds between two requests.

    `longest_wait` is how long a server may ask to be left alone before that is an error instead of a wait.
    """

    silence: float = 20
    seconds: float = 120
    bytes: int = LARGEST
    tries: int = 3
    gap: float = 1
    first_wait: float = 1
    longest_wait: float = 30


@dataclass(frozen=True)
class Validators:
    """What a server gave to ask it by whether something has changed since."""

    etag: str = ""
    last_modified: str = ""


@dataclass(frozen=True)
class Fetched:
    """An answer: where it came from after redirects, and its body, empty where nothing has changed.

    `cut` says that the body was larger than the limit and ends there.
    """

    address: str
    body: bytes = b""
    content_type: str = ""
    validators: Validators = Validators()
    unchanged: bool = False
    cut: bool = False

    @property
    def charset(self) -> str:
        """The encoding that the server says; empty where it says none."""
        found = _CHARSET.search(self.content_type)
        return found[1] if found else ""


class Unreached(ArticleError):
    """An address that could not be fetched. `passing`: it may be another time; `wait`: not before so many seconds."""

    def __init__(self, place: str, message: str, hint: str = "", *, passing: bool = False, wait: float = 0) -> None:
        super().__init__(Location(place), message, hint)
        self.passing = passing
        self.wait = wait


class Web:
    """Fetches addresses, one after another. What is not given is the system's: names, certificates, time."""

    def __init__(
        self,
        limits: Limits | None = None,
        *,
        resolve: Resolve | None = None,
        trust: ssl.SSLContext | None = None,
        sleep: Callable[[float], object] = time.sleep,
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        self._limits = limits or Limits()
        self._resolve = resolve
        self._trust = trust
        self._sleep = sleep
        self._now = now
        self._asked_at: dict[str, float] = {}
        self._robots: dict[bool, Robots] = {}
        self._made: Wire | None = None

    def fetch(self, address: str, validators: Validators | None = None, *, allow_private: bool = False) -> Fetched:
        """What an address gives; with validators `unchanged` where it is still what they were given for.

        Unreached says why nothing came: at once, or after some tries where the trouble may pass.
        """
        found: Fetched = self._tried(self._followed, address, validators or Validators(), allow_private)
        return found

    def _tried(self, ask: Callable[..., Any], address: str, *given: object) -> Any:
        """What asking gives, at once or after some tries."""
        tenacity = library("tenacity", f"{printable(address)}: an address")
        again = tenacity.Retrying(
            retry=tenacity.retry_if_exception(self._may_pass),
            stop=tenacity.stop_after_attempt(self._limits.tries),
            wait=lambda state: self._wait(state.outcome.exception(), state.attempt_number),
            sleep=self._sleep,
            reraise=True,
        )
        return again(ask, address, *given)

    def _may_pass(self, error: BaseException) -> bool:
        """Whether to try again soon."""
        return isinstance(error, Unreached) and error.passing and error.wait <= self._limits.longest_wait

    def _wait(self, error: Unreached, tried: int) -> float:
        """The seconds until the next try: what the server asks for, else twice as many each time."""
        _log.info("tries again", place=error.location.path, reason=error.message)
        return error.wait or self._limits.first_wait * 2 ** (tried - 1)

    def _followed(self, address: str, validators: Validators, allow_private: bool) -> Fetched:
        """The answer at the end of the redirects; each step is checked as the first one is."""
        url = whole_link("", address)
        for _ in range(REDIRECTS + 1):
            host = self._host(url, address, allow_private)
            self._mind(host, url, address, allow_private)
            found, location = self._asked(host, url, address, validators)
            if not location:
                return found
            url = whole_link(url, location)
        raise Unreached(printable(address), f"redirects more than {REDIRECTS} times.", "Check the address.")

    def _host(self, url: str, address: str, allow_private: bool) -> Host:
        via = "" if url == whole_link("", address) else f"redirects to {printable(url)}, which "
        try:
            return host_of(url, allow_private=allow_private, resolve=self._resolve)
        except Refused as error:
            raise Unreached(printable(address), via + error.message, error.hint) from None
        except OSError as error:
            said = f"{via}cannot be found: {error.strerror or error}."
            raise Unreached(printable(address), said, "Check the name and the network.", passing=True) from None

    def _mind(self, host: Host, url: str, address: str, allow_private: bool) -> None:
        """Waits until the host may be asked again; Unreached where its robots.txt forbids it."""
        robots = self._robots_of(allow_private)
        rules = robots.rules(host.origin)
        if rules.closed:
            said = f"{printable(host.origin)} is not asked for now: its robots.txt {rules.closed}"
            raise Unreached(printable(address), said, "", passing=True, wait=self._limits.longest_wait + 1)
        if not robots.allows(rules, url):
            said = f"{printable(host.origin)}/robots.txt forbids it."
            raise Unreached(printable(address), said, "Ask the publisher, or take another source.")
        gap = max(self._limits.gap, robots.delay(rules))
        left = self._asked_at.get(host.name, -gap) + gap - self._now()
        if left > 0:
            self._sleep(left)
        self._asked_at[host.name] = self._now()

    def _robots_of(self, allow_private: bool) -> Robots:
        def get(url: str) -> tuple[int, bytes]:
            try:
                found: tuple[int, bytes] = self._tried(self._robots_text, url, allow_private)
            except Unreached as error:
                raise OSError(error.message) from None
            return found

        if allow_private not in self._robots:
            self._robots[allow_private] = Robots(AGENT, get, self._now)
        return self._robots[allow_private]

    def _robots_text(self, url: str, allow_private: bool) -> tuple[int, bytes]:
        """Status and body of a robots.txt, at the end of its redirects."""
        asked = url
        for _ in range(REDIRECTS + 1):
            host = self._host(url, asked, allow_private)
            with self._answer(host, url, asked, Validators()) as answer:
                if answer.status_code not in _REDIRECTS:
                    body, _ = self._body(answer, asked) if answer.status_code == 200 else (b"", False)
                    return answer.status_code, body[:500_000]
                url = whole_link(url, answer.headers.get("location", ""))
        return 404, b""

    def _asked(self, host: Host, url: str, address: str, validators: Validators) -> tuple[Fetched, str]:
        """The answer, or where it redirects to."""
        with self._answer(host, url, address, validators) as answer:
            status = answer.status_code
            found = Fetched(
                url,
                content_type=answer.headers.get("content-type", "").lower(),
                validators=Validators(answer.headers.get("etag", ""), answer.headers.get("last-modified", "")),
            )
            if status in _REDIRECTS and answer.headers.get("location"):
                return found, answer.headers["location"]
            if status == 304:
                return replace(found, unchanged=True, validators=validators), ""
            if status != 200:
                raise self._turned_away(answer, address)
            body, cut = self._body(answer, address)
            if cut:
                _log.warning("cut, being too large", place=printable(address), bytes=self._limits.bytes)
            return replace(found, body=body, cut=cut), ""

    def _turned_away(self, answer: Any, address: str) -> Unreached:
        status, wait = answer.status_code, retry_after(answer.headers.get("retry-after", ""))
        later = f" It asks to be left alone for {wait:.0f} s." if wait else ""
        said = f"answers {status} {printable(answer.reason_phrase)}".rstrip() + "."
        hint = "" if status in _PASSING else "Check the address."
        return Unreached(printable(address), said + later, hint, passing=status in _PASSING, wait=wait)

    @contextmanager
    def _answer(self, host: Host, url: str, address: str, validators: Validators) -> Iterator[Any]:
        """The answer of one request, its body still unread, as long as the block and the deadline allow."""
        asked = {"if-none-match": validators.etag, "if-modified-since": validators.last_modified}
        headers = {**_TAKES, **{name: value for name, value in asked.items() if value}}
        try:
            with self._wire(address).exchange(host, Request("GET", url, headers)) as answer:
                yield answer
        except Cut as error:
            raise Unreached(printable(address), error.told, passing=error.passing) from None

    def _body(self, answer: Any, address: str) -> tuple[bytes, bool]:
        """The body, unpacked, and whether it was cut at the limit."""
        most, found = self._limits.bytes, bytearray()
        packing = answer.headers.get("content-encoding", "").strip().lower()
        try:
            for piece in unpacked(answer.iter_raw(), packing):
                found += piece
                if len(found) > most:
                    return bytes(found[:most]), True
        except Unpackable as error:
            raise Unreached(printable(address), f"{error}.", passing=True) from None
        return bytes(found), False

    def _wire(self, address: str) -> Wire:
        if self._made is None:
            httpx = library("httpx2", f"{printable(address)}: an address")
            self._made = Wire(httpx, self._limits.seconds, self._limits.silence, self._trust)
        return self._made
