"""Why a statement is not about a policy, in words: the first part of the policy that it lacks."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from policytrack.extract.binding import Binder, Bound, Missing
from policytrack.extract.frames import Frame
from policytrack.extract.mentions import Mentions, PackIndex
from policytrack.extract.trace import Refusal
from policytrack.model import Policy
from policytrack.text import Document, Word

_SHOWN = 3
"""How many of a pack's phrases a reason names."""


class RefusalReader:
    """Says of frames of one document why they are not about a policy."""

    def __init__(self, document: Document, mentions: Mentions, index: PackIndex, binder: Binder) -> None:
        self._document = document
        self._mentions = mentions
        self._index = index
        self._binder = binder

    def refusal(self, frame: Frame, policy: Policy, bound: Iterable[Bound]) -> Refusal | None:
        """The part of the policy that said no, with what stands there instead; None for what is bound to it."""
        taken = {found.policy: found for found in bound}
        if policy.id in taken:
            return None
        part, reason = self._reason(frame, policy, taken)
        return Refusal.model_validate(
            {"policy": policy.id, "part": part, "reason": reason, "instead": tuple(sorted(taken))}
        )

    def _reason(self, frame: Frame, policy: Policy, taken: Mapping[str, Bound]) -> tuple[str, str]:
        fit = self._binder.fits(frame)[policy.id]
        if not isinstance(fit, Bound):
            return fit, self._lack(frame, policy, fit)
        part = next((p for p in taken if self._index.policies[p].part_of == policy.id), None)
        if part is not None:
            return "part", f"the article means its part {part}"
        best = max(taken.values(), key=lambda found: found.score, default=None)
        told = f", but {best.policy} comes first ({best.score:.1f})" if best else ""
        return "score", f"it fits ({fit.score:.1f}){told}"

    def none(self, frame: Frame) -> str:
        """Why a frame is about no policy at all, with the policy that came nearest."""
        fits = self._binder.fits(frame)
        named = self._named(frame)
        if not named and "conduct" not in fits.values():
            return "names no tracked instrument, and refers to none"
        lacking = {policy_id: fit for policy_id, fit in fits.items() if policy_id in named} or fits
        by_part = {part: [p for p, fit in lacking.items() if fit == part] for part in ("conduct", "issuer")}
        nearest = next((found[0] for found in by_part.values() if found), min(lacking))
        policy = self._index.policies[nearest]
        instruments = f"instrument {_ticked(self._instruments(frame))}" if named else "an instrument in focus"
        if by_part["conduct"]:
            told = f"no policy of the packs has this issuer, {instruments} and this conduct"
        elif by_part["issuer"]:
            who = self._who(frame)
            told = (
                f"no policy of the packs has issuer {who} with {instruments}" if who else "nobody is named who decides"
            )
        else:
            told = f"no policy of the packs fits {instruments}"
        refusal = self.refusal(frame, policy, ())
        return f"{told}; nearest {policy.id}, {refusal.part}: {refusal.reason}" if refusal else told

    # ---- what stands where a part is missing

    def _lack(self, frame: Frame, policy: Policy, part: Missing) -> str:
        if part == "subject":
            return f"whoever `{frame.words[0].text}` lets act is its issuer, or none of its beneficiaries"
        if part == "issuer":
            who = self._who(frame)
            return f"asks for {_ticked(policy.issuer)}, " + (
                f"here it is {who}" if who else "nobody of that name is near"
            )
        if part == "instrument":
            return f"asks for {_ticked(policy.instrument)}; {self._instrument_here(frame, policy)}"
        return f"asks for {_ticked(policy.conduct)}; {self._conduct_here(frame)}"

    def _who(self, frame: Frame) -> str:
        """The issuers that a frame names, by id and words; empty where it names nobody."""
        agents = self._binder.agents(frame)
        told = [f"`{a.id}` ({a.text})" if a.id else f"`{a.text}`, whom no list has" for a in agents if a.text or a.id]
        return " and ".join(dict.fromkeys(told))

    def _instrument_here(self, frame: Frame, policy: Policy) -> str:
        own = [m for m in self._mentions.instruments_in(frame.sentence.words) if policy.id in m.policies]
        if own:
            return f"`{self._quote(own[0].start, own[0].end)}` is another's here, or is not what it is done to"
        named = self._instruments(frame)
        return f"the sentence names {_ticked(named)}" if named else "none is named, and nothing refers back to one"

    def _conduct_here(self, frame: Frame) -> str:
        families = self._mentions.families
        told = [f"`{w.text}` ({'/'.join(sorted(families[w.i]))})" for w in self._reach(frame) if w.i in families]
        return f"the clause tells of {', '.join(told)}" if told else "the clause tells of none"

    @staticmethod
    def _reach(frame: Frame) -> list[Word]:
        """The words that count as a frame's own: its clause and its things."""
        words = {word.i: word for word in frame.clause}
        for theme in frame.themes:
            words.update((word.i, word) for word in theme.subtree())
        return [word for _, word in sorted(words.items())]

    def _named(self, frame: Frame) -> set[str]:
        return {policy for m in self._mentions.instruments_in(frame.sentence.words) for policy in m.policies}

    def _instruments(self, frame: Frame) -> list[str]:
        return [self._quote(m.start, m.end) for m in self._mentions.instruments_in(frame.sentence.words)]

    def _quote(self, first: int, end: int) -> str:
        """The words numbered `first` to `end` (exclusive), as they stand."""
        words = self._document.words
        return self._document.text[words[first].start : words[end - 1].end]


def _ticked(phrases: Iterable[str]) -> str:
    """The first few phrases between ticks; more are said to be there."""
    found = list(dict.fromkeys(phrases))
    told = ", ".join(f"`{phrase}`" for phrase in found[:_SHOWN])
    return f"{told} ..." if len(found) > _SHOWN else told
