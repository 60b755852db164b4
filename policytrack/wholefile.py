"""Files: small ones that are read, and those that are written, which are there whole or as they were before."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

from policytrack.errors import ConfigError
from policytrack.printable import printable


def check_place(path: Path) -> None:
    """Nothing; ConfigError where, as far as can be seen now, no file can be written there."""
    try:
        if "\0" in str(path):
            raise ConfigError(f"{printable(path)} is no path. Write one without control characters.")
        if path.is_dir():
            raise ConfigError(f"{path} is a folder. Name a file in it.")
        if not path.parent.is_dir():
            raise ConfigError(f"{path} cannot be written: the folder {path.parent} is not there.")
    except OSError as error:
        raise refused(path, error) from None


def refused(path: Path, error: OSError) -> ConfigError:
    """That a file cannot be written, and why."""
    return ConfigError(f"{path} cannot be written: {error.strerror or error}. Name another file, or make room.")


def text_in(path: Path, most: int, named: str, hint: str) -> str:
    """The text of a small file; ConfigError, under that name and with that remedy, where it is none.

    What the file holds is not in the error.
    """
    try:
        if path.exists() and not path.is_file():  # a pipe might never end
            raise ConfigError(f"{named} is not a regular file. {hint}")
        with path.open("rb") as stream:
            found = stream.read(most + 1)
        if len(found) > most:
            raise ConfigError(f"{named} is larger than {most} bytes. {hint}")
        return found.decode()
    except UnicodeDecodeError:  # its text would show the bytes
        raise ConfigError(f"{named} is not UTF-8. {hint}") from None
    except (OSError, ValueError) as error:
        reason = (error.strerror if isinstance(error, OSError) else None) or error
        raise ConfigError(f"{named} cannot be read: {reason}. {hint}") from None


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
