"""Who is told of a shift, and how: what an alert says, who wants which, and when it is sent."""

from policytrack.alerts.channel import Channel, Message, Undelivered
from policytrack.alerts.hooks import (
    Command,
    DueHook,
    DueReport,
    Hook,
    SilenceHook,
    announce,
    announce_dues,
    announce_left,
    announce_new,
)
from policytrack.alerts.payload import Payload

__all__ = [
    "Channel",
    "Command",
    "DueHook",
    "DueReport",
    "Hook",
    "Message",
    "Payload",
    "SilenceHook",
    "Undelivered",
    "announce",
    "announce_dues",
    "announce_left",
    "announce_new",
]
