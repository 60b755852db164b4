"""How often Python looks for objects that hold each other: our records stay, and few of them hold each other."""

from __future__ import annotations

import gc


def look_rarely() -> None:
    """Looks for circles of objects a seventieth as often as Python does by itself, for the rest of the process.

    It is for programs of our own, commands and workers; a library leaves this to the program that calls it.
    """
    gc.set_threshold(50_000, 10, 10)
