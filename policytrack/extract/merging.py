"""Frames that only elaborate another one, and things that only an older step made: one news, one claim."""

from __future__ import annotations

from policytrack.extract import clauses
from policytrack.extract.frames import Frame


def merged(frames: list[Frame]) -> list[Frame]:
    """The frames that say something of their own, in text order; participles of an old step are marked background."""
    for frame in frames:
        _age(frame, frames)
    return [frame for frame in frames if not any(_elaborates(frame, other) for other in frames if other is not frame)]


def _age(frame: Frame, frames: list[Frame]) -> None:
    """ "lifted the embargo imposed in 2003": what made the thing of another step is history."""
    if frame.head.dep != "acl" or frame.head.tag != "VBN":
        return
    noun = frame.head.head
    for other in frames:
        if other is not frame and noun in (*other.themes, *other.words) and frame.head not in other.words:
            frame.background = True
            frame.background_words = (*frame.background_words, f"participle of {noun.text}")


def _elaborates(frame: Frame, other: Frame) -> bool:
    """Whether a frame adds nothing to a live one: a vague one beside it, or a participle that tells its result."""
    if not (frame.live and other.live) or other.direction == "neutral":
        return False
    if frame.direction == "neutral":
        return frame.sentence is other.sentence
    above = clauses.governor(frame.head)
    return above.link == "adjunct" and above.word is other.head and frame.head.tag == "VBG"
