"""Who can make a policy, and for whom: a company's or a crowd's act is none, nor what is done to one person."""

from __future__ import annotations

from policytrack.extract import clauses
from policytrack.extract.frames import Frame
from policytrack.extract.lexicon import Lexicon
from policytrack.text import Word


def why_no_policy(frame: Frame, lexicon: Lexicon) -> str:
    """Why what a frame tells can be no policy; empty where its agent decides for others, and not on one person."""
    if _is_private(frame, lexicon):
        return "is done by one who decides for nobody else"
    if _is_mere_cause(frame, lexicon):
        return "has a mere cause, nobody who decides"
    if _is_talk(frame, lexicon):
        return "is a manner of speaking"
    return "is done to one person" if _is_personal(frame, lexicon) else ""


def _is_private(frame: Frame, lexicon: Lexicon) -> bool:
    """Whether somebody acts who decides for nobody else: a company, a club, a party."""
    if frame.agent is None:
        return False
    named = [w for w in (frame.agent, *frame.agent.children) if w.dep != "poss"]
    owned = any(w.lower == "of" or w.lower in lexicon.state_owned for w in named)
    return any(w.lemma in lexicon.private and not (w.lemma == "bank" and owned) for w in named)


def _is_mere_cause(frame: Frame, lexicon: Lexicon) -> bool:
    """Whether a thing or a person without office does it, by a verb that says no more than that it came about."""
    who = frame.agent
    if who is None or who.pos != "NOUN" or frame.entry not in lexicon.physical or clauses.modals(frame.head):
        return False
    if lexicon.actor_forms.at([who], 0):
        return False  # a name that the tagger does not know
    named = {w.lemma for w in (who, *who.children)}
    return lexicon.thing(who) in (None, "conduct") and not named & lexicon.institutions


def _is_talk(frame: Frame, lexicon: Lexicon) -> bool:
    """ "let me start", "let them know": manners of speaking, not permissions."""
    if frame.kind != "allow" or frame.head.lemma != "let":
        return False
    told = [child.lower for child in frame.head.children] + [
        w.lower for c in clauses.content(frame.head) for w in c.children
    ]
    known = any(c.lemma in lexicon.say or c.lemma in ("know", "see", "go", "be") for c in clauses.content(frame.head))
    return known or bool({"me", "us", "'s", "we", "i"} & set(told))


def _is_personal(frame: Frame, lexicon: Lexicon) -> bool:
    """Whether it is done to one person by name: no policy is made for the doctor who is struck off."""
    inner = [thing for theme in frame.themes if not clauses.is_verb(theme) for thing in clauses.themes(theme)]
    return any(_is_person(thing, lexicon) for thing in (*frame.themes, *inner))


def _is_person(noun: Word, lexicon: Lexicon) -> bool:
    if noun.pos != "PROPN" or lexicon.thing(noun) is not None or any(c.dep == "conj" for c in noun.children):
        return False
    return any(c.lower in lexicon.titles for c in noun.children if c.i < noun.i)
