"""What a person wants to correct of a claim, checked: every field and value, with the nearest that would be right."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Final

from policytrack.decisions import DATES, NONE, SETTABLE, corrected, told
from policytrack.model import CLAIM_STATUSES, DIRECTIONS, OPERATIONS, Claim, checked_partial_date
from policytrack.packs import Rules
from policytrack.yamlfile import cut, did_you_mean

_CLOSED: Final[Mapping[str, tuple[str, ...]]] = {
    "operation": OPERATIONS,
    "direction": DIRECTIONS,
    "status": CLAIM_STATUSES,
    "background": ("true", "false"),
    "implied": ("true", "false"),
}

Wrong = tuple[str, str]
"""A field, and what is wrong with it or with its value."""


class Corrections:
    """Corrections of claims, checked against what the rules track."""

    def __init__(self, rules: Rules) -> None:
        self._rules = rules

    def checked(self, claim: Claim, wanted: Mapping[str, str]) -> tuple[dict[str, str], list[Wrong]]:
        """What is to be set, each value as the ledger keeps it, without what the claim says anyway; and what is wrong.

        A policy or an issuer may be named by any of its names.
        """
        wrong = [found for name, value in wanted.items() if (found := self._wrong(name, value.strip()))]
        if wrong:
            return {}, wrong
        says = told(claim)
        given = {name: self._kept(name, value.strip()) for name, value in wanted.items()}
        set_ = {name: given[name] for name in SETTABLE if name in given and given[name] != says[name]}
        return set_, list(self._unfit(claim, set_)) if set_ else []

    def _kept(self, name: str, value: str) -> str:
        if name == "policy":
            policy = self._rules.policy(value)
            return policy.id if policy else value
        if name == "issuer":
            return self._actor(value) or value
        return f"{float(value):.12g}" if name == "level" and value != NONE else value

    def _wrong(self, name: str, value: str) -> Wrong | None:
        if name not in SETTABLE:
            hint = did_you_mean(name, SETTABLE) or f"There are: {', '.join(SETTABLE)}."
            return name, f'"{cut(name)}" is no field that can be set. {hint}'
        if not value:
            return name, f"{name} is empty. Write a value" + (f", or {NONE}." if name not in _CLOSED else ".")
        if name in _CLOSED:
            return self._among(name, value, _CLOSED[name])
        check = self._checks().get(name)
        problem = check(value) if check and value != NONE else None
        return (name, problem) if problem else None

    def _among(self, name: str, value: str, known: Iterable[str]) -> Wrong | None:
        choices = tuple(known)
        if value in choices:
            return None
        return (
            name,
            f'{name} "{cut(value)}" is not one of: {", ".join(choices)}. {did_you_mean(value, choices)}'.strip(),
        )

    def _checks(self) -> Mapping[str, Callable[[str], str | None]]:
        return {
            "policy": self._policy,
            "issuer": self._issuer,
            "level": _number,
            **dict.fromkeys(DATES, _date),
        }

    def _policy(self, value: str) -> str | None:
        if self._rules.policy(value) is not None:
            return None
        names = [name for policy in self._rules.policies for name in (policy.id, *policy.aliases)]
        hint = did_you_mean(value, names) or "`policytrack policies` lists what is tracked."
        return f'policy "{cut(value)}" is not tracked. {hint}'

    def _actor(self, value: str) -> str | None:
        """The id of an actor, by that or by any name of his."""
        known = self._rules.actors.actors
        named = (name for name, actor in known.items() if value.casefold() in map(str.casefold, actor.names))
        return value if value in known else next(named, None)

    def _issuer(self, value: str) -> str | None:
        known = self._rules.actors.actors
        if self._actor(value) is not None:
            return None
        hint = (
            did_you_mean(value, [*known, *(name for actor in known.values() for name in actor.names)])
            or f"actors.yaml lists them, as {', '.join(sorted(known)[:3])}."
        )
        return f'issuer "{cut(value)}" is no actor. {hint}'

    def _unfit(self, claim: Claim, set_: Mapping[str, str]) -> Iterator[Wrong]:
        """What the status model could not take, or what would say nothing."""
        if set_.get("policy") == NONE:
            yield "policy", "a claim about no policy changes nothing. Reject it instead."
            return
        if "unit" in set_ and set_.get("level", NONE) == NONE and (claim.level is None or "level" in set_):
            yield "unit", "there is no level that it could be the unit of. Set level too."
            return
        result = corrected(claim, set_)
        policy = self._rules.policy(result.policy or "")
        core = self._rules.core
        if policy is not None and core.cell(result.operation, policy.kind) == "-":
            field = next((name for name in ("operation", "policy") if name in set_), None)
            if field:
                yield field, f"{result.operation} means nothing for a {policy.kind}, which {policy.id} is."
        if core.never.get(result.operation) == result.direction and {"operation", "direction"} & set_.keys():
            field = "direction" if "direction" in set_ else "operation"
            yield field, f"{result.operation} cannot be {result.direction}. Set both, or another."


def _number(value: str) -> str | None:
    try:
        number = float(value)
    except ValueError:
        number = float("nan")
    finite = abs(number) < float("inf")
    return None if finite else f'level "{cut(value)}" is not a number. Write it as 4.25, or {NONE}.'


def _date(value: str) -> str | None:
    try:
        checked_partial_date(value)
    except ValueError:
        return f'"{cut(value)}" is not a date. Write YYYY-MM-DD, YYYY-MM, YYYY, or {NONE}.'
    return None
