"""Which machine an address leads to, and whether it may be asked: what is not on the public internet is refused.

The name is resolved once, all of its addresses are checked, and the connection is made to one that was: a name that
resolves otherwise a moment later leads nowhere else.
"""

from __future__ import annotations

import ipaddress
import socket
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from urllib.parse import SplitResult, urlsplit

PORTS = {"http": 80, "https": 443}
Resolve = Callable[[str, int], Sequence[str]]
"""Gives the addresses of a host; OSError where it has none."""


class Refused(Exception):
    """An address that is not asked: why, and what would have been right."""

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint


@dataclass(frozen=True)
class Host:
    """Who is asked: the name as it is written, the port, and the addresses that were checked."""

    scheme: str
    name: str
    port: int
    addresses: tuple[str, ...]

    @property
    def origin(self) -> str:
        """What robots.txt and the rate hold for."""
        return f"{self.scheme}://{self.netloc}"

    @property
    def netloc(self) -> str:
        """What a request has as its Host."""
        name = f"[{self.name}]" if ":" in self.name else self.name
        return name if self.port == PORTS[self.scheme] else f"{name}:{self.port}"


def host_of(url: str, *, allow_private: bool, resolve: Resolve | None = None) -> Host:
    """The host of a URL, resolved and checked.

    Refused where it is no http or https URL, holds a user name, or where one of its addresses is of the own machine or
    network and that is not allowed. OSError where the name cannot be resolved.
    """
    parts, port = _parts(url)
    name = parts.hostname or ""
    if parts.scheme not in PORTS or not name:
        raise Refused("is no http or https address.", "Write it out: https://example.org/feed.xml.")
    if parts.username is not None or parts.password is not None:
        raise Refused("holds a user name or password.", "Leave them out: what is fetched is kept with its address.")
    port, name = port or PORTS[parts.scheme], _ascii(name)
    found = tuple(dict.fromkeys((resolve or addresses_of)(name, port)))
    if not found:
        raise OSError("it has no address")
    private = [] if allow_private else [address for address in found if not is_public(address)]
    if private:
        led = "" if private[0] == name else f" ({name} is {private[0]})"
        hint = "If that is meant: --allow-private, or allow_private: true for this source."
        raise Refused(f"leads to a private address{led}: refused.", hint)
    return Host(parts.scheme, name, port, found)


def _ascii(name: str) -> str:
    """A name of any letters as it goes over the wire."""
    try:
        return name if name.isascii() else name.encode("idna").decode("ascii")
    except UnicodeError as error:
        raise Refused(f"is no address: {error}.", "Check the name.") from None


def addresses_of(name: str, port: int, flags: int = 0) -> Sequence[str]:
    """The addresses of a host name, as the system resolves it with these flags."""
    try:
        return [str(found[4][0]) for found in socket.getaddrinfo(name, port, type=socket.SOCK_STREAM, flags=flags)]
    except UnicodeError as error:  # a label that is empty or too long
        raise OSError(str(error)) from None


def is_public(address: str) -> bool:
    """Whether an address is on the public internet; of one that stands for another both are asked."""
    found = ipaddress.ip_address(address.partition("%")[0])
    if not found.is_global or found.is_multicast:
        return False
    inner = _inner(found) if isinstance(found, ipaddress.IPv6Address) else None
    return inner is None or (inner.is_global and not inner.is_multicast)


_NAT64 = ipaddress.ip_network("64:ff9b::/96")


def _inner(found: ipaddress.IPv6Address) -> ipaddress.IPv4Address | None:
    """The IPv4 address that an IPv6 one leads to."""
    if found in _NAT64:
        return ipaddress.IPv4Address(int(found) & 0xFFFFFFFF)
    return found.ipv4_mapped or found.sixtofour or (found.teredo[1] if found.teredo else None)


def _parts(url: str) -> tuple[SplitResult, int | None]:
    try:
        parts = urlsplit(url)
        return parts, parts.port
    except ValueError as error:
        raise Refused(f"is no address: {error}.", "Write it out: https://example.org/feed.xml.") from None
