"""Who is told of a shift, and how: what an alert says, who wants which, and when it is sent."""

from policytrack.alerts.channel import Channel, Message, Undelivered
from policytrack.alerts.command import Command
from policytrack.alerts.hooks import (
    DueHook,
    DueReport,
    Hook,
    Hooks,
    SilentHook,
    call,
    call_for_dues,
    call_for_silent,
)
from policytrack.alerts.payload import Payload

__all__ = [
    "Channel",
    "Command",
    "DueHook",
    "DueReport",
    "Hook",
    "Hooks",
    "Message",
    "Payload",
    "SilentHook",
    "Undelivered",
    "call",
    "call_for_dues",
    "call_for_silent",
]
