"""A new pack of one policy, from what its author knows: it passes `rules check` and `rules test`."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import cast

from policytrack.errors import ConfigError
from policytrack.extract import Extractor
from policytrack.model import Article, Policy, PolicyKind
from policytrack.packfile import TEST_DATE
from policytrack.packs import Rules
from policytrack.patterns import complaint, is_pattern
from policytrack.yamlfile import did_you_mean

MODELINE = "# yaml-language-server: $schema=pack.schema.json"
"""Tells editors where the schema is that `rules schema pack --output pack.schema.json` writes."""

_SENTENCES: Mapping[str, Sequence[tuple[str, str]]] = {
    "permission": [
        ("{who} has banned {what}.", "impose"),
        ("{who} has lifted its ban on {what}.", "lift"),
        ("{who} has allowed {what}.", "authorise"),
        ("{who} may ban {what}, officials said.", "none"),
        ("{who} denied that it would allow {what}.", "none"),
    ],
    "restriction": [
        ("{who} has imposed {what}.", "impose"),
        ("{who} has lifted {what}.", "lift"),
        ("{who} may lift {what}, officials said.", "none"),
        ("{who} denied that it would lift {what}.", "none"),
    ],
    "programme": [
        ("{who} has suspended {what}.", "suspend"),
        ("{who} has resumed {what}.", "resume"),
        ("{who} may suspend {what}, officials said.", "none"),
        ("{who} denied that it would suspend {what}.", "none"),
    ],
    "membership": [
        ("{who} has withdrawn from {what}.", "withdraw"),
        ("{who} has joined {what}.", "join"),
        ("{who} may withdraw from {what}, officials said.", "none"),
        ("{who} denied that it would leave {what}.", "none"),
    ],
    "rate": [
        ("{who} has raised {what} to 5 per cent.", "tighten"),
        ("{who} has cut {what} to 4 per cent.", "ease"),
        ("{who} may raise {what}, officials said.", "none"),
        ("{who} denied that it would raise {what}.", "none"),
    ],
}
"""What people write of policies of each kind, and what is read from it."""
_NAMINGS: Mapping[str, Sequence[str]] = {
    "permission": ["the {conduct} of {thing}", "{conduct} with {things}", "{thing} {conduct}", "{conduct}"],
    "restriction": ["{things} on {conduct}", "the {thing} on {conduct}", "the {conduct} {thing}", "{things}"],
    "programme": ["{thing} to {conduct}", "{thing} for {conduct}", "the {conduct} {thing}"],
    "membership": ["the {thing}", "{thing}"],
    "rate": ["the {thing}", "the {conduct} {thing}"],
}
"""How the thing and what is done with it are named; the first in which most sentences are read counts."""
_ALONE = ("the {thing}", "{things}", "{thing}")


def policy_of(policy_id: str, kind: PolicyKind, **given: object) -> Policy:
    """A policy as a new pack has it. Raises ConfigError where the id cannot be one, or a phrase is no words."""
    phrases = [phrase for key in ("instrument", "conduct") for phrase in cast(tuple[str, ...], given.get(key, ()))]
    for phrase in phrases:
        if is_pattern(phrase) or complaint(phrase):
            raise ConfigError(
                f"{phrase!r} is no name. Begin with words; a regular expression can be added to the file."
            )
    try:
        return Policy.model_validate({"id": policy_id, "kind": kind, "pack": "new", "pack_version": 1, **given})
    except ValueError as error:
        raise ConfigError(
            f"{policy_id!r} cannot be an id. Write issuer, thing and conduct as us.atacms.use."
        ) from error


def issuers_of(policy_id: str, named: Sequence[str], rules: Rules) -> tuple[str, ...]:
    """The issuers that are named, else the actor with which the id begins. Raises ConfigError where one is unknown."""
    actors = rules.actors.actors
    for name in named:
        if name not in actors:
            raise ConfigError(f"issuer {name!r} is not in actors.yaml. {did_you_mean(name, actors)}".rstrip())
    first = policy_id.split(".")[0]
    return tuple(named) or ((first,) if first in actors else ())


def pack_text(policy: Policy, rules: Rules) -> str:
    """The pack as YAML, with tests of which each has passed; where none has, a mark to write some."""
    lines = [
        MODELINE,
        f"pack: {policy.id.replace('.', '-')}",
        "version: 1",
        "policies:",
        f"  - id: {policy.id}",
        f"    title: {_quoted(policy.title)}",
        f"    kind: {policy.kind}",
        f"    issuer: {_listed(policy.issuer)}" if policy.issuer else "    issuer: []  # anybody",
        f"    instrument: {_listed(policy.instrument)}",
        *([f"    conduct: {_listed(policy.conduct)}"] if policy.conduct else []),
        _start(policy),
        *_tests(policy, rules),
    ]
    return "\n".join(lines) + "\n"


def _start(policy: Policy) -> str:
    if policy.start is None:
        return "    start: {status: unknown, source: TODO}  # how it stood, `on` which day, known from where"
    on = f", on: {policy.start.on}" if policy.start.on else ""
    return f"    start: {{status: {policy.start.status}{on}, source: {_quoted(policy.start.source or 'TODO')}}}"


def _tests(policy: Policy, rules: Rules) -> Iterator[str]:
    """Two sentences that are read as news and two that are not, or as many of them as are read so."""
    passed = list(_passing(policy, rules))
    chosen = [each for each in passed if each[1] != "none"][:2] + [each for each in passed if each[1] == "none"][:2]
    if not any(gives != "none" for _, gives in chosen):
        yield "# TODO tests: write a sentence that says a change as the news do, and one that says none."
        return
    yield "tests:"
    for text, gives in chosen:
        yield f"  - {{text: {_quoted(text)}, policy: {policy.id}, gives: {gives}}}"


def _passing(policy: Policy, rules: Rules) -> Iterator[tuple[str, str]]:
    """The sentences that read as they should, with the first naming of the thing in which most of them do."""
    reader = Extractor(rules).tracking([policy])
    tried = [
        [pair for pair in _sentences(policy, naming, rules) if _gives(reader, policy, pair[0]) == pair[1]]
        for naming in (_NAMINGS[policy.kind] if policy.conduct else _ALONE)
    ]
    yield from max(tried, key=len)


def _sentences(policy: Policy, naming: str, rules: Rules) -> Iterator[tuple[str, str]]:
    actors = rules.actors.actors
    name = next((actors[issuer].names[0] for issuer in policy.issuer), "government")
    who = f"The {name}" if " " in name or name.isupper() or name == "government" else name
    thing = policy.instrument[0]
    what = naming.format(thing=thing, things=_plural(thing), conduct=policy.conduct[0] if policy.conduct else "")
    for text, gives in _SENTENCES[policy.kind]:
        yield text.format(who=who, what=what), gives


def _plural(thing: str) -> str:
    if thing.endswith(("s", "x", "ch")):
        return thing if thing.endswith("s") else f"{thing}es"
    return re.sub(r"(?<=[^aeiou])y$", "ie", thing) + "s"


def _gives(reader: Extractor, policy: Policy, text: str) -> str:
    """The operation that is read as news about the policy; `none` where something is read, and nothing as news."""
    claims = reader.read(Article(id="new", text=text, published_at=TEST_DATE)).claims
    own = [claim for claim in claims if claim.policy == policy.id]
    news = [claim.operation for claim in own if claim.is_news]
    return news[0] if news else "none" if own else ""


def _listed(words: Sequence[str]) -> str:
    return f"[{', '.join(_quoted(word) for word in words)}]"


def _quoted(words: str) -> str:
    """A scalar that YAML reads as these words: as they are where that is safe, else as JSON quotes them."""
    plain = re.fullmatch(r"[A-Za-z][\w '/-]*[\w]", words) and words.casefold() not in (
        "true",
        "false",
        "null",
        "no",
        "yes",
    )
    return words if plain else json.dumps(words, ensure_ascii=False)
