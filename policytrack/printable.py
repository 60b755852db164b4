"""Text of unknown origin, fit for a terminal."""

from __future__ import annotations

from pathlib import Path


def printable(text: str | Path) -> str:
    """The text with what a terminal would obey or turn round written out as escapes; any JSON can take it too."""
    return "".join(char if char.isprintable() else ascii(char)[1:-1] for char in str(text))


def fitting(text: str, most: int) -> str:
    """The text printable and of at most so many characters, the last of them "…" where it was longer.

    An escape is left whole or left out.
    """
    pieces = [printable(char) for char in text]
    if sum(map(len, pieces)) <= most:
        return "".join(pieces)
    kept = ""
    for piece in pieces:
        if len(kept) + len(piece) > most - 1:
            break
        kept += piece
    return kept.rstrip() + "…"


REMOVED = "[text removed]"
"""What stands for words of an article whose text was removed."""


def marked(words: str) -> str:
    """The words between quotation marks, as they stand; or that they were removed."""
    return f'"{printable(words)}"' if words else REMOVED
