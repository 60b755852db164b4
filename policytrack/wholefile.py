"""Files that are there whole or as they were before, whatever happens while they are written."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path


def put_whole(path: Path, content: bytes) -> None:
    """Nothing; the file holds the content, written beside it and put in its place. OSError where that cannot be.

    What is no file, as a pipe or a device, is written to as it is.
    """
    target = path.resolve()
    if target.exists() and not target.is_file():
        target.write_bytes(content)
        return
    with tempfile.NamedTemporaryFile(dir=target.parent, prefix=".policytrack-", delete=False) as stream:
        beside = Path(stream.name)
        try:
            stream.write(content)
            stream.flush()
            os.fsync(stream.fileno())
            beside.chmod(_mode(target))
            beside.replace(target)
        except BaseException:
            beside.unlink(missing_ok=True)
            raise


def _mode(target: Path) -> int:
    """The rights that the file has, or that a new one gets here: a temporary one is its owner's alone."""
    if target.exists():
        return target.stat().st_mode & 0o777
    mask = os.umask(0)
    os.umask(mask)
    return 0o666 & ~mask
