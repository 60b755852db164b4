"""Alerts sent by Apprise: to chats, mail, telephones and whatever else it has an address for."""

from __future__ import annotations

import logging
import re
from collections.abc import Iterable
from pathlib import Path
from typing import Annotated, Any, Final

from pydantic import Field

from policytrack.alerts.channel import ChannelSettings, Kind, Message, Undelivered
from policytrack.alerts.secrets import Reference, Secret, blanked, keep_out_of_logs, resolved
from policytrack.alerts.template import Tell, text_of
from policytrack.alerts.texts import short
from policytrack.errors import ConfigError
from policytrack.extras import library
from policytrack.printable import fitting
from policytrack.yamlfile import did_you_mean

LONGEST: Final = 200
"""Characters of what Apprise says of a failure that are told."""
_LOGGERS: Final = ("apprise", "requests_oauthlib.oauth1_auth", "urllib3.connectionpool", "urllib3.util.retry")
_KIND: Final = re.compile(r"([a-z][a-z0-9]{1,15})s?://", re.IGNORECASE)
_MENTION: Final = re.compile(r"(?<!\w)@(?=[\w&!])")


class Settings(ChannelSettings):
    """Where the address for Apprise is kept, which is a secret, and how many seconds sending may take."""

    apprise: Reference
    seconds: Annotated[float, Field(gt=0, le=300)] = 30


class Apprise:
    """A channel that hands each message to Apprise, with its short text as the title where a place has titles."""

    def __init__(self, settings: Settings, secret: Secret, tell: Tell) -> None:
        self._secret = secret
        self._seconds = settings.seconds
        self._format = "markdown" if settings.text == "markdown" and settings.template is None else "text"
        self._needs_title = settings.text != "short" or settings.template is not None
        self._tell = tell
        self._places = _places(library("apprise", "a channel of Apprise", "notify"), secret)

    def send(self, message: Message) -> str:
        """Whose service took it; Undelivered where any did not, with what Apprise says of it."""
        body = _unmentioned(self._tell(message.payload))
        title = _unmentioned(short(message.payload)) if self._takes_titles() else ""
        try:
            result = self._places.notify(body=body, title=title, body_format=self._format, timeout=self._seconds)
        except Exception as error:  # noqa: BLE001 each service is another plug-in, and raises what it likes
            raise Undelivered(self._told([f"{type(error).__name__}: {error}"])) from None
        if not result:
            raise Undelivered(self._told(entry.message for entry in result.logs()))
        return blanked(f"taken by {', '.join(dict.fromkeys(each.name for each in result))}", [self._secret])

    def _takes_titles(self) -> bool:
        """Whether a title is one: what has none would put it before the text, which begins with it already."""
        return self._needs_title and all(place.title_maxlen > 0 for place in self._places.find())

    def _told(self, said: Iterable[str]) -> str:
        lines = [" ".join(line.split()) for line in said]
        return fitting(blanked("; ".join(lines) or "Apprise says no reason", [self._secret]), LONGEST)


def _unmentioned(text: str) -> str:
    """The text without calls to people, which some chats read out of any words."""
    return _MENTION.sub("@\N{WORD JOINER}", text)


def _places(apprise: Any, secret: Secret) -> Any:
    """What Apprise makes of the address; ConfigError with its reason where that is nothing."""
    keep_out_of_logs([secret], _LOGGERS)
    places = apprise.Apprise(asset=apprise.AppriseAsset(storage_mode="memory"))
    with apprise.LogCapture(level=logging.WARNING, fmt="%(message)s") as captured:
        added = places.add(secret.reveal())
        said = blanked(captured.getvalue(), [secret]).strip().splitlines()
    if added and len(places):
        return places
    hint = _nearest(secret) or f"{fitting(said[0], LONGEST) if said else ''} Put one there, as slack://TOKEN.".strip()
    raise ConfigError(f"{secret.reference} holds no address that Apprise takes. {hint}")


def _nearest(secret: Secret) -> str:
    """The kind of address that was meant, where only that is misspelt; the rest of it is not looked at."""
    found = _KIND.match(secret.reveal())
    schemes = library("apprise.manager_plugins", "a channel of Apprise", "notify").NotificationManager().schemas()
    if found is None or found[0].lower().removesuffix("://") in schemes:
        return ""
    kind = found[0].lower().removesuffix("://")
    return f'It knows no "{kind}://". {did_you_mean(kind, schemes)}'.rstrip()


def open_apprise(settings: Settings, folder: Path) -> Apprise:
    """The channel; ConfigError where there is no address, or one that Apprise does not take."""
    return Apprise(settings, resolved(settings.apprise, folder), text_of(settings, folder))


KIND = Kind(Settings, open_apprise)
