"""Which versions of programs run here."""

from __future__ import annotations

import importlib.metadata


def this_version() -> str:
    """The version of policytrack that runs."""
    return version_of("policytrack")


def version_of(distribution: str, otherwise: str = "unreleased") -> str:
    """The version of an installed distribution, without loading it; `otherwise` where none is."""
    try:
        return importlib.metadata.version(distribution)
    except importlib.metadata.PackageNotFoundError:
        return otherwise
