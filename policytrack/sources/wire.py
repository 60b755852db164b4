"""One request to a host that was checked, and its answer: within a time, and with nothing carried over from another."""

from __future__ import annotations

import contextlib
import datetime
import email.utils
import ssl
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from policytrack.moments import system_clock
from policytrack.printable import printable
from policytrack.sources.deadline import Deadline
from policytrack.sources.hosts import Host
from policytrack.version import this_version

AGENT = "policytrack"


class Cut(Exception):
    """An exchange that came to no end: `told` says why, `passing` that it may come to one another time."""

    def __init__(self, told: str, *, passing: bool = True) -> None:
        super().__init__(told)
        self.told = told
        self.passing = passing


@dataclass(frozen=True)
class Request:
    """What is asked of a host."""

    method: str
    url: str
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""


class Wire:
    """Sends requests by the given httpx2: so many seconds each in all, and so many of silence.

    No cookies, no proxies, no redirects, no connection kept, since one is for one name alone.
    """

    def __init__(self, httpx: Any, seconds: float, silence: float, trust: ssl.SSLContext | None = None) -> None:
        self._httpx = httpx
        self._seconds = seconds
        self._silence = silence
        self._client = httpx.Client(
            headers={"user-agent": f"{AGENT}/{this_version()}"},
            limits=httpx.Limits(max_keepalive_connections=0),
            follow_redirects=False,
            verify=trust or True,
            trust_env=False,
        )

    @contextmanager
    def exchange(self, host: Host, request: Request) -> Iterator[Any]:
        """The answer of one request, its body still unread, as long as the block and the time allow; else Cut."""
        late = Cut(f"takes longer than {self._seconds:g} s.")
        with Deadline(self._seconds) as deadline:
            try:
                with contextlib.closing(self._sent(host, request, deadline)) as answer:
                    yield answer
            except self._httpx.InvalidURL as error:
                raise Cut(f"is no address: {printable(str(error))}.", passing=False) from None
            except self._httpx.HTTPError as error:
                raise late if deadline.passed else self._broken(error) from None
            if deadline.passed:
                raise late

    def _sent(self, host: Host, request: Request, deadline: Deadline) -> Any:
        """The answer of the first checked address that can be reached."""
        self._client.cookies.clear()
        for number, ip in enumerate(host.addresses, start=1):
            try:
                return self._client.send(self._built(host, ip, request, deadline), stream=True)
            except (self._httpx.ConnectError, self._httpx.ConnectTimeout):
                if number == len(host.addresses) or deadline.passed:
                    raise
        raise AssertionError("a host has an address")

    def _built(self, host: Host, ip: str, request: Request, deadline: Deadline) -> Any:
        return self._client.build_request(
            request.method,
            self._httpx.URL(request.url).copy_with(host=ip),
            headers={"host": host.netloc, **request.headers},
            content=request.body or None,
            timeout=min(self._silence, deadline.left),
            extensions={"sni_hostname": host.name, "trace": deadline.trace},
        )

    def _broken(self, error: Exception) -> Cut:
        if isinstance(error, self._httpx.TimeoutException):
            return Cut(f"says nothing for {self._silence:g} s.")
        return Cut(f"breaks off: {printable(str(error)) or type(error).__name__}.")


def retry_after(said: str) -> float:
    """The seconds that a Retry-After means, as a number or as a date; 0 where it says nothing."""
    if said.strip().isdecimal():
        return float(min(int(said.strip()[:9]), 10**9))
    try:
        then = email.utils.parsedate_to_datetime(said)
        return max(0, (then.astimezone(datetime.UTC) - system_clock()).total_seconds())
    except (ValueError, OverflowError):  # OverflowError: a day at the end of the calendar
        return 0
