"""The body of an answer, unpacked as it comes and never beyond a size, however small it was packed."""

from __future__ import annotations

import zlib
from collections.abc import Iterator

PACKINGS = ("gzip", "x-gzip", "deflate")
_PIECE = 65_536


class Unpackable(Exception):
    """A body that is not packed as it says."""


def unpacked(pieces: Iterator[bytes], packing: str) -> Iterator[bytes]:
    """The pieces of a body, unpacked, each at most 64 KB; Unpackable where it is not what `packing` says."""
    if packing in ("", "identity"):
        yield from pieces
        return
    if packing not in PACKINGS:
        raise Unpackable(f"is packed as {packing!r}, which was not asked for")
    opener = zlib.decompressobj(47 if packing != "deflate" else 15)  # 47: either gzip or zlib, told by its head
    first = True
    for piece in pieces:
        if first and packing == "deflate" and piece and piece[0] & 0x0F != 8:
            opener = zlib.decompressobj(-15)  # some servers leave out the head that belongs there
        first = first and not piece
        try:
            while piece and not opener.eof:
                yield opener.decompress(piece, _PIECE)
                piece = opener.unconsumed_tail
        except zlib.error as error:
            raise Unpackable(f"is not packed as it says: {error}") from None
    if not opener.eof:
        raise Unpackable("is packed, and cut short")
