"""What a document in angle brackets is, told by its first element."""

from __future__ import annotations

import re

FEEDS = frozenset({"rss", "feed", "rdf:rdf"})
_BEFORE = re.compile(
    rb"(?:\xef\xbb\xbf)?(?:\s+|<\?.*?>|<!--.*?-->|<!doctype[^<>\[]*(?:\[.*?\]\s*)?>)*", re.DOTALL | re.IGNORECASE
)
_NAME = re.compile(rb"<([a-z][\w:.-]*)", re.IGNORECASE)


def root_name(raw: bytes) -> str:
    """The name of the first element in small letters; empty where there is none near the beginning."""
    head = raw[:16_384]
    if head[:2] in (b"\xff\xfe", b"\xfe\xff"):
        head = head.decode("utf-16", "ignore").encode("utf-8", "ignore")
    before = _BEFORE.match(head)
    found = _NAME.match(head, before.end() if before else 0)
    return found[1].decode("ascii").lower() if found else ""
