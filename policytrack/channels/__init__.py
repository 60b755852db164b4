"""The kinds of places that alerts are sent to, one module each: a new file here is a new kind, and nothing else."""

from __future__ import annotations

import importlib
import pkgutil

from policytrack.alerts.channel import Kind
from policytrack.errors import ConfigError


def kinds() -> dict[str, Kind]:
    """Each kind of channel by its name, which is the name of its module and the key that says it in an alert file.

    ConfigError where a module here defines none.
    """
    return {name: _kind(name) for name in sorted(found.name for found in pkgutil.iter_modules(__path__))}


def _kind(name: str) -> Kind:
    module = importlib.import_module(f"{__name__}.{name}")
    kind = getattr(module, "KIND", None)
    if not isinstance(kind, Kind):
        raise ConfigError(f"{module.__file__} defines no kind of channel. Write KIND = Kind(Settings, open_{name}).")
    field = kind.settings.model_fields.get(name)
    if field is None or not field.is_required():
        raise ConfigError(
            f"{module.__file__}: its settings must have a key {name!r}, without which they are not taken."
        )
    return kind
