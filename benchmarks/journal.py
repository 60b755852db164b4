"""A journal of any size, made up: articles that tell the events of many policies, with the claims in them.

Each policy has a hundred claims of some twenty events over twenty years. An event is told by one to five articles of
several publishers, in two clauses each; some name a date, a scope, a cause or an end, some are history, plans or
denials. More words follow that say nothing, others in each article, so that no article is a copy of another. The same
number gives the same policy, on any machine.
"""

from __future__ import annotations

import datetime
import random
from collections.abc import Iterator
from typing import Any, Final, NamedTuple

from policytrack.model import POLICY_KINDS, Article, Claim, Policy, claim_id

CLAIMS_EACH: Final = 100
"""Claims of one policy."""

_OPERATIONS: Final[dict[str, dict[str, tuple[str, ...]]]] = {
    "permission": {"looser": ("authorise", "authorise", "ease", "lift"), "tighter": ("revoke", "tighten", "suspend")},
    "restriction": {"looser": ("lift", "ease", "suspend"), "tighter": ("impose", "impose", "tighten", "extend")},
    "programme": {"looser": ("authorise", "resume"), "tighter": ("suspend", "revoke", "tighten")},
    "membership": {"looser": ("join", "resume"), "tighter": ("withdraw", "suspend")},
    "rate": {"looser": ("ease",), "tighter": ("tighten",)},
}
_PUBLISHERS: Final = tuple(f"Wire {number}" for number in range(40))
_PLACES: Final = ("in the north", "in the border region", "on two islands")
_SYLLABLES: Final = tuple(first + then for first in "bdfgklmnprstvz" for then in "aeiou")
_CAUSES: Final = ("the shelling of the port", "a vote in parliament", "the spring floods", "weeks of talks")


class Told(NamedTuple):
    """An article, with the claims that a reader would find in it."""

    article: Article
    claims: list[Claim]


def policy(number: int) -> Policy:
    """The policy of a number, of one of the five kinds by turns."""
    kind = POLICY_KINDS[number % len(POLICY_KINDS)]
    return Policy.model_validate(
        {"id": f"made.up-{number:05}", "title": f"Policy {number}", "kind": kind, "issuer": ["us"]}
    )


def told_of(number: int, claims: int = CLAIMS_EACH) -> list[Told]:
    """The articles about the policy of a number, by event, each with its claims; there are so many of these in all."""
    made, rng = policy(number), random.Random(number)
    found: list[Told] = []
    day, direction, left = datetime.date(2005, 1, 1), "looser", claims
    while left > 0:
        day += datetime.timedelta(days=rng.randint(20, 700))
        for _ in range(min(rng.choice((1, 1, 2, 3, 5)), left // 2)):
            found.append(_article(made, f"a{number:05}-{len(found):03}", day, direction, rng))
            left -= len(found[-1].claims)
        direction = "tighter" if direction == "looser" else "looser"
    return found


def policies(count: int) -> list[Policy]:
    """So many policies, in order of their ids."""
    return [policy(number) for number in range(count)]


def journal(count: int) -> Iterator[Told]:
    """The articles about so many policies, policy by policy."""
    for number in range(count):
        yield from told_of(number)


def number_of(article: Article) -> int:
    """The number of the policy that an article tells of."""
    return int(article.id[1 : article.id.index("-")])


def _article(made: Policy, name: str, day: datetime.date, direction: str, rng: random.Random) -> Told:
    published = (day + datetime.timedelta(days=rng.choice((0, 0, 0, 1, 1, 3)))).isoformat()
    clauses = [_clause(made, day, direction, rng, first=first) for first in (True, False)]
    text = "".join(clause for clause, _ in clauses) + _more(name)
    publisher = rng.choice(_PUBLISHERS)
    article = Article(id=name, text=text, published_at=published, title=f"{made.title}, again", publisher=publisher)
    starts = (0, len(clauses[0][0]))
    return Told(article, [_claim(article, made, at, *each) for at, each in zip(starts, clauses, strict=True)])


def _more(name: str) -> str:
    """A hundred words of an article's own."""
    rng = random.Random(name)
    return " ".join("".join(rng.choices(_SYLLABLES, k=3)) for _ in range(100)).capitalize() + "."


def _clause(
    made: Policy, day: datetime.date, direction: str, rng: random.Random, *, first: bool
) -> tuple[str, dict[str, Any]]:
    """The words of a clause, and what is read from them; offsets count from its beginning."""
    way = direction if first or rng.random() < 0.9 else ("looser" if direction == "tighter" else "tighter")
    operation = rng.choice(_OPERATIONS[made.kind][way])
    told: dict[str, Any] = {"operation": operation, "direction": way, "status": "decided", "background": False}
    words = f"Washington will {operation} {made.title.lower()}"
    if not first:
        told["status"] = rng.choice(("announced", "announced", "reported", "implemented", "considered", "denied"))
        told["background"] = rng.random() < 0.2
    words, spans = _named(words, made, day, told, rng)
    return words + ". ", {**told, **spans}


def _named(
    words: str, made: Policy, day: datetime.date, told: dict[str, Any], rng: random.Random
) -> tuple[str, dict[str, Any]]:
    """The words with a level, a place, a day or a cause behind them, each where chance wants it."""
    spans: dict[str, Any] = {}

    def quoted(before: str, quote: str) -> dict[str, Any]:
        nonlocal words
        start = len(words) + len(before)
        words += before + quote
        return {"start": start, "end": start + len(quote), "quote": quote}

    if made.kind == "rate":
        to = rng.randint(1, 40) / 4
        spans["level"] = {"to": to, "unit": "%", **quoted(" to ", f"{to} per cent")}
    if rng.random() < 0.2:
        spans["scope"] = [{"kind": "place", **quoted(" ", rng.choice(_PLACES))}]
    if rng.random() < 0.4 or told["background"]:
        back = rng.randint(100, 900) if told["background"] else 0
        date = (day - datetime.timedelta(days=back)).isoformat()
        spans["dates"] = [{"role": "decided", "date": date, "precision": "day", **quoted(" on ", date)}]
    elif rng.random() < 0.05:
        date = (day + datetime.timedelta(days=rng.randint(10, 60))).isoformat()
        spans["dates"] = [{"role": "in_force", "date": date, "precision": "day", **quoted(" from ", date)}]
    if rng.random() < 0.3:
        spans["triggers"] = [{"kind": "primary", "cue": "after", **quoted(" after ", rng.choice(_CAUSES))}]
    return words, spans


def _claim(article: Article, made: Policy, at: int, words: str, told: dict[str, Any]) -> Claim:
    moved = {name: _moved(value, at) for name, value in told.items()}
    quote = words[: -len(". ")]
    evidence = {"start": at, "end": at + len(quote), "quote": quote}
    return Claim.model_validate(
        {
            "id": claim_id(article, at, evidence["end"], made.id, "us", told["operation"]),
            "article_id": article.id,
            "policy": made.id,
            "issuer": {"id": "us", "text": "Washington"},
            "subject": {"start": at, "end": at + len("Washington"), "quote": "Washington"},
            "factive": told["status"] not in ("considered", "denied"),
            "evidence": evidence,
            "rule": [f"operations.{told['operation']}@1", "made-up@1"],
            "confidence": {"value": 0.8},
            **moved,
        }
    )


def _moved(value: Any, by: int) -> Any:
    """Spans, counted from the beginning of the article."""
    if isinstance(value, list):
        return [_moved(each, by) for each in value]
    if isinstance(value, dict):
        return {**value, "start": value["start"] + by, "end": value["end"] + by}
    return value
