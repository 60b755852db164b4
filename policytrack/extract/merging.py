"""Frames that only elaborate another one, and things that only an older step made: one news, one claim."""

from __future__ import annotations

from collections.abc import Mapping

from policytrack.extract import clauses
from policytrack.extract.frames import Frame
from policytrack.model import FACTIVE
from policytrack.text import Word

_BANS = ("ban", "moratorium", "prohibition", "freeze", "halt", "embargo", "restriction", "suspension", "pause")


_LEAD = 2
"""The last sentence, counted from 0, in which what has one weak sign of age may still be the news."""


def merge(frames: list[Frame]) -> None:
    """Nothing; what tells of an old step is marked as background, what only elaborates another frame with that one."""
    by_head = {frame.head.i: frame for frame in frames}
    told = min((f.sentence.index for f in frames if not f.age and f.direction != "neutral"), default=0)
    for frame in frames:
        _recall(frame, told)
        _age(frame, frames)
        _share_age(frame, by_head)
        _result(frame, by_head)
        _pointed(frame, frames)
    for frame in frames:
        _absorb(frame, frames)


def _absorb(frame: Frame, frames: list[Frame]) -> None:
    for other in frames:
        reason = _elaborates(frame, other) if other is not frame else ""
        if reason:
            frame.absorbed_by, frame.absorbed_because = other, reason
            return


def _recall(frame: Frame, told: int) -> None:
    """What may be old is so, where an earlier sentence has told the news: "last week it had closed the border"."""
    if frame.age and frame.sentence.index > min(told, _LEAD) and frame.status in FACTIVE:
        frame.background = True


def _age(frame: Frame, frames: list[Frame]) -> None:
    """ "lifted the embargo imposed in 2003": what made the thing of another step is history."""
    if frame.head.dep != "acl" or frame.head.tag != "VBN" or frame.called_wrong:
        return
    noun = frame.head.head
    if _is_apart(frame.head) and _describes(frame.head):
        frame.background, frame.background_words = True, (*frame.background_words, f"description of {noun.text}")
        return
    told = any(o is not frame and noun in (*o.themes, *o.words) and frame.head not in o.words for o in frames)
    if told or (clauses.governor(noun).link in ("object", "noun", "after") and not _is_apart(frame.head)):
        frame.background = True
        frame.background_words = (*frame.background_words, f"participle of {noun.text}")


def _describes(participle: Word) -> bool:
    """ "the trap, outlawed across the union, is sold in Oslo": undated, of what the sentence tells other things of."""
    noun, words = participle.head, participle.sentence.words
    dated = any(c.dep == "npadvmod" or c.lower in ("on", "from", "after", "by", "until") for c in participle.children)
    last = participle.subtree()[-1].i - words[0].i + 1
    closed = last < len(words) and words[last].text == ","
    return noun.dep in ("nsubj", "nsubjpass") and closed and not dated and noun.i < participle.i


def _is_apart(participle: Word) -> bool:
    """Whether a comma stands before a participle: ", imposed on Wednesday," adds news."""
    first = participle.subtree()[0]
    n = first.i - participle.sentence.words[0].i
    return n > 0 and participle.sentence.words[n - 1].text == ","


def _share_age(frame: Frame, by_head: Mapping[int, Frame]) -> None:
    """ "had lifted the ban and eased the rest": a conjunct without a subject of its own is as old as its neighbour."""
    above = by_head.get(frame.head.head.i) if frame.head.dep == "conj" else None
    if above is None or not above.background or frame.background or clauses.has_subject(frame.head):
        return
    is_new = any(child.lower in ("now", "then", "today") for child in frame.head.children)
    if frame.head.tag in ("VBD", "VBN") and not is_new:
        frame.background, frame.background_words = True, ("coordinated with background",)


def _result(frame: Frame, by_head: Mapping[int, Frame]) -> None:
    """ "dismisses the appeal, allowing it to go on": what comes of an act that is no change itself, is no news."""
    above = clauses.governor(frame.head)
    if above.link != "adjunct" or frame.head.tag != "VBG" or frame.background:
        return
    cause = by_head.get(above.word.i)
    if (cause is None and frame.kind == "require") or (cause is not None and cause.background):
        frame.background, frame.background_words = True, (*frame.background_words, f"result of {above.word.text}")


def _pointed(frame: Frame, frames: list[Frame]) -> None:
    """ "This allows the start to be brought forward": what comes of something told that is no change itself."""
    if frame.kind != "allow" or frame.agent is None or frame.agent.lower not in ("this", "that"):
        return
    before = [f for f in frames if f.live and f.sentence.index in (frame.sentence.index, frame.sentence.index - 1)]
    if all(other.head.i >= frame.head.i for other in before):
        frame.background, frame.background_words = True, (*frame.background_words, f"result of {frame.agent.text}")


def _limits(frame: Frame, other: Frame) -> bool:
    """Whether a later frame tells what an earlier one leaves or keeps: nobody acts, and it turns the other way.

    "Oslo bans drones. Model kites are allowed."
    """
    if frame.head.i < other.head.i or frame.direction == other.direction:
        return False
    if any(child.lower == "still" for child in frame.head.children):
        return True
    if frame.agent is not None and frame.head.dep != "relcl":
        return False
    verb = frame.head if clauses.is_verb(frame.head) else clauses.finite_above(frame.head)
    return frame.kind in ("allow", "restrict", "ban", "require") and clauses.tense(verb) in ("present", "none")


def _is_content(frame: Frame, other: Frame) -> bool:
    """Whether a frame tells what the thing of an undoing was: "rescinds the order limiting travel".

    So it is of a ban: "a ban on issuing visas".
    """
    banned = clauses.governor(frame.head)
    if banned.link == "noun" and banned.word in (*other.themes, *other.words) and banned.word.lemma in _BANS:
        return frame.direction != other.direction
    undone = other.kind in ("remove", "cancel", "pause", "reduce", "delay")
    return undone and frame.head.dep in ("acl", "relcl") and frame.head.head in other.themes


def _is_bare(theme: Word) -> bool:
    """ "the decision": a step told before, and nothing of what it is about."""
    definite = any(c.dep == "det" and c.lower in ("the", "this", "that") for c in theme.children)
    return definite and all(c.dep in ("det", "amod", "punct") for c in theme.children)


def _elaborates(frame: Frame, other: Frame) -> str:
    """Why a frame adds nothing to a live one: a vague one, what it leaves or undoes, its result; else ""."""
    if not (frame.live and other.live) or other.direction == "neutral":
        return ""
    if frame.direction == "neutral":
        again = frame.sentence is not other.sentence and any(_is_bare(theme) for theme in frame.themes)
        return "" if again else "its direction cannot be said"
    if _limits(frame, other):
        return "what that leaves or keeps as it was"
    if _is_content(frame, other):
        return "what is undone there"
    if frame.form == "public" and other.direction != frame.direction:
        told = other.head.i < frame.head.i or other.form != "public"
        return "a duty of the public that the change is about" if told else ""
    above = clauses.governor(frame.head)
    is_result = above.link == "adjunct" and above.word is other.head and frame.head.tag == "VBG"
    return "a participle that tells its result" if is_result else ""
