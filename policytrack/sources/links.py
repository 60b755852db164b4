"""Links as documents write them, made whole."""

from __future__ import annotations

from urllib.parse import SplitResult, urldefrag, urljoin, urlsplit


def whole_link(base: str, link: str) -> str:
    """The address that a link in the document at `base` leads to, without a fragment; the link where it is none."""
    try:
        return urldefrag(urljoin(base, link)).url
    except ValueError:  # as of "http://["
        return link


def link_parts(link: str) -> SplitResult:
    """The parts of a link; all of them empty where it is none."""
    try:
        parts = urlsplit(link)
        _ = parts.port
        return parts
    except ValueError:
        return urlsplit("")
