"""A new pack of one policy, from what its author knows: it passes `rules check` and `rules test`."""

from __future__ import annotations

import itertools
import json
import re
from collections.abc import Callable, Container, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

from policytrack.errors import ConfigError
from policytrack.extract import Extractor
from policytrack.extract.levels import quantities
from policytrack.model import (
    Article,
    Level,
    Policy,
    PolicyKind,
    Start,
    checked_partial_date,
    checked_policy_id,
)
from policytrack.packfile import TEST_DATE
from policytrack.packs import Rules
from policytrack.patterns import complaint, is_pattern
from policytrack.yamlfile import cut, did_you_mean, nearest

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
_WORDS = ("instrument", "conduct", "beneficiary")
_MISREAD = ("true", "false", "null", "yes", "no", "on", "off", "y", "n")
"""What some readers of YAML take for something else than a word."""
_TODO = "not read so yet"
_LARGE = 1e15
"""What no level comes to; rule files take no number that a float cannot hold to the last digit."""

T = TypeVar("T")


@dataclass(frozen=True)
class _Tried:
    """A sentence, what should be read from it, how many claims about the policy are, and which of them are news.

    `others` are the policies of other packs that it is read for.
    """

    text: str
    gives: str
    claims: int
    news: tuple[str, ...]
    others: tuple[str, ...]

    @property
    def is_right(self) -> bool:
        return self.gives in self.news or (self.gives == "none" and bool(self.claims) and not self.news)


@dataclass(frozen=True)
class Wanted:
    """What somebody says of a policy that is to be tracked, as typed; empty where nothing is said."""

    policy_id: str
    title: str
    kind: PolicyKind = "permission"
    issuer: Sequence[str] = ()
    instrument: Sequence[str] = ()
    conduct: Sequence[str] = ()
    start: str = ""
    level: str = ""
    since: str = ""
    source: str = ""


class Checks:
    """What is typed for a new policy as the pack will have it. Each raises ConfigError where that cannot be."""

    def __init__(self, rules: Rules) -> None:
        self._rules = rules

    def policy_id(self, typed: str) -> str:
        """An id that no pack has taken."""
        wanted = typed.strip()
        try:
            checked_policy_id(wanted)
        except ValueError:
            raise ConfigError(
                f"ID: {cut(repr(typed))} cannot be an id. Write issuer, thing and conduct as us.atacms.use."
            ) from None
        if (known := self._rules.policy(wanted)) is not None:
            raise ConfigError(f"ID: {wanted!r} is tracked already, by the pack {known.pack!r}. Give it another id.")
        return wanted

    def title(self, typed: str) -> str:
        """Words on one line."""
        return _one_line("--title", typed, "Say in words what the policy is.")

    def words(self, flag: str, typed: Sequence[str]) -> tuple[str, ...]:
        """Names, each once; several may stand in one, with commas between."""
        names = [_one_line(flag, part, "Write a name, as salt.") for one in typed for part in one.split(",")]
        bare = [name for name in names if not any(character.isalpha() for character in name)]
        if bare:
            raise ConfigError(f"{flag}: {cut(repr(bare[0]))} is no name: it has no letter. Write a name, as salt.")
        for name in names:
            if is_pattern(name) or complaint(name):
                what = f"{flag}: {cut(repr(name))} is no name."
                raise ConfigError(f"{what} Begin with words; a regular expression can be added to the file.")
        return tuple({name.casefold(): name for name in reversed(names)}.values())[::-1]

    def instrument(self, typed: Sequence[str]) -> tuple[str, ...]:
        """Names of the thing, of which there must be one."""
        if not typed:
            raise ConfigError("--instrument is missing. Write a name of the thing, in the singular, as salt.")
        return self.words("--instrument", typed)

    def issuer(self, typed: Sequence[str], policy_id: str) -> tuple[str, ...]:
        """The actors that are named, by id or by name; else the one with which the id begins, or nobody."""
        actors = self._rules.actors.actors
        if not typed:
            first = policy_id.split(".")[0]
            return (first,) if first in actors else ()
        return tuple(dict.fromkeys(self._actor(name.strip()) for one in typed for name in one.split(",")))

    def start(self, typed: str, kind: PolicyKind) -> str:
        """A status that policies of the kind can have."""
        statuses = self._rules.core.statuses(kind)
        if typed.strip() not in statuses:
            what = f"--start: {cut(repr(typed))} is no status of a {kind}: {', '.join(statuses)}."
            raise ConfigError(f"{what} {did_you_mean(typed.strip(), statuses)}".rstrip())
        return typed.strip()

    def level(self, typed: str) -> Level:
        """A number with its unit, written as the news write it."""
        sign, text = (-1, typed.strip()[1:]) if typed.strip()[:1] in ("-", "\u2212") else (1, typed.strip())
        found = [each for each in quantities(text) if (each.start, each.end) == (0, len(text))]
        if not found or found[0].value >= _LARGE:
            raise ConfigError(f"--level: {cut(repr(typed))} is no number with a unit. Write it as '4.25 per cent'.")
        return Level(value=sign * found[0].value, unit=found[0].unit)

    def since(self, typed: str) -> str:
        """A day, a month or a year."""
        try:
            return checked_partial_date(typed.strip())
        except ValueError:
            raise ConfigError(
                f"--since: {cut(repr(typed))} is no date. Write a day, a month or a year, as 2011-09-09."
            ) from None

    def source(self, typed: str) -> str:
        """Words on one line."""
        return _one_line("--source", typed, "Say where that is known from.")

    def distinct(self, policy: Policy) -> Policy:
        """The policy, where texts can tell it from those that are tracked."""
        for other in self._rules.policies:
            same = all(_folded(getattr(policy, key)) == _folded(getattr(other, key)) for key in _WORDS)
            if same and set(policy.issuer) & set(other.issuer):
                what = f"--instrument, --conduct: {other.id!r} of the pack {other.pack!r} has the same words"
                raise ConfigError(f"{what}, so no text tells the two apart. Give this one words of its own.")
        return policy

    def _actor(self, name: str) -> str:
        actors = self._rules.actors.actors
        if name in actors:
            return name
        by_name = {form.casefold(): actor_id for actor_id, actor in actors.items() for form in actor.names}
        if name.casefold() in by_name:
            return by_name[name.casefold()]
        near = nearest(name.casefold(), by_name)
        hint = f'Did you mean "{by_name[near]}"?' if near else did_you_mean(name, actors)
        raise ConfigError(f"--issuer: {cut(repr(name))} is not in actors.yaml. {hint}".rstrip())


def policy_of(wanted: Wanted, rules: Rules) -> Policy:
    """The policy as a new pack has it. Raises ConfigError with a line for each thing that cannot be."""
    checks, problems = Checks(rules), list[str]()

    def checked(check: Callable[[], T]) -> T | None:
        try:
            return check()
        except ConfigError as error:
            problems.append(str(error))
            return None

    values: dict[str, object] = {
        "id": checked(lambda: checks.policy_id(wanted.policy_id)),
        "title": checked(lambda: checks.title(wanted.title)),
        "issuer": checked(lambda: checks.issuer(wanted.issuer, wanted.policy_id)),
        "instrument": checked(lambda: checks.instrument(wanted.instrument)),
        "conduct": checked(lambda: checks.words("--conduct", wanted.conduct)),
        "start": checked(lambda: _start_of(wanted, checks)),
    }
    if problems:
        raise ConfigError("\n".join(problems))
    return checks.distinct(Policy.model_validate({"kind": wanted.kind, "pack": "new", "pack_version": 1, **values}))


def _start_of(wanted: Wanted, checks: Checks) -> Start | None:
    """How it stood. A rate with a level is set, and one that is set has a level."""
    status = wanted.start or ("set" if wanted.kind == "rate" and wanted.level else "")
    if not status:
        said = [flag for flag in ("level", "since", "source") if getattr(wanted, flag)]
        if said:
            raise ConfigError(f"--start is missing, so --{said[0]}: {getattr(wanted, said[0])!r} says nothing.")
        return None
    status = checks.start(status, wanted.kind)
    if wanted.kind == "rate" and status == "set" and not wanted.level:
        raise ConfigError("--level is missing: a rate that is set has one. Write it as '4.25 per cent'.")
    return Start(
        status=status,
        level=checks.level(wanted.level) if wanted.level else None,
        on=checks.since(wanted.since) if wanted.since else None,
        source=checks.source(wanted.source) if wanted.source else None,
    )


def _one_line(flag: str, typed: str, remedy: str) -> str:
    """The words with single spaces between them."""
    words = " ".join(typed.split())
    if not words:
        raise ConfigError(f"{flag} is empty. {remedy}")
    if not words.isprintable():
        raise ConfigError(f"{flag}: {cut(ascii(words))} has a character that cannot be shown. {remedy}")
    return words


def _folded(words: Sequence[str]) -> set[str]:
    return {word.casefold() for word in words}


def pack_name(policy_id: str, taken: Container[str] = ()) -> str:
    """A name for the pack of one policy that no pack has."""
    name = policy_id.replace(".", "-").lstrip("-_") or "new"
    names = itertools.chain([name], (f"{name}-{number}" for number in itertools.count(2)))
    return next(each for each in names if each not in taken)


def pack_text(policy: Policy, rules: Rules) -> str:
    """The pack as YAML, with tests that pass; where no sentence is read as it should be, with marks to write some."""
    lines = [
        MODELINE,
        f"pack: {scalar(pack_name(policy.id, {pack.pack for pack in rules.packs}))}",
        "version: 1",
        "policies:",
        f"  - id: {scalar(policy.id)}",
        f"    title: {scalar(policy.title)}",
        f"    kind: {policy.kind}",
        f"    issuer: {listed(policy.issuer)}" if policy.issuer else "    issuer: []  # anybody",
        f"    instrument: {listed(policy.instrument)}",
        *([f"    conduct: {listed(policy.conduct)}"] if policy.conduct else []),
        _start_line(policy),
        *_tests(policy, rules),
    ]
    return "\n".join(lines) + "\n"


def _start_line(policy: Policy) -> str:
    start = policy.start
    if start is None:
        return "    start: {status: unknown, source: TODO}  # how it stood, `on` which day, known from where"
    parts = [f"status: {start.status}"]
    if start.level is not None:
        unit = f", unit: {scalar(start.level.unit)}" if start.level.unit else ""
        parts.append(f"level: {{value: {_number(start.level.value)}{unit}}}")
    parts += [f"on: {start.on}"] if start.on else []
    parts.append(f"source: {scalar(start.source or 'TODO')}")
    return f"    start: {{{', '.join(parts)}}}"


def _number(value: float) -> str:
    """Digits without an exponent, which YAML would take for text."""
    return f"{value:.9f}".rstrip("0").rstrip(".")


def _tests(policy: Policy, rules: Rules) -> Iterator[str]:
    """Two sentences that are read as news and two that are not, or as many of them as are read so."""
    tried = _tried(policy, rules)
    changes = [each for each in tried if each.gives != "none"]
    passed = [each for each in changes if each.gives in each.news]
    held = [each for each in tried if each.gives == "none" and each.claims and not each.news]
    yield "tests:"
    if not passed:
        yield f"  # {_why_none(changes)}"
    for each in (*(passed or changes)[:2], *held[:2]):
        todo = "" if passed or each in held else f", todo: {scalar(_TODO)}"
        yield f"  - {{text: {scalar(each.text)}, policy: {scalar(policy.id)}, gives: {each.gives}{todo}}}"


def _why_none(tried: Sequence[_Tried]) -> str:
    """What keeps every sentence from being read for the policy, and what to do."""
    others = list(dict.fromkeys(other for each in tried for other in each.others))
    if others:
        return f"Such sentences are read for {', '.join(others)}. Track that, or write words that only this one has."
    return "No such sentence is read yet. Write one as the news do, or other names of the thing."


def _tried(policy: Policy, rules: Rules) -> list[_Tried]:
    """The sentences with the naming of the thing in which most of them are read as they should be."""
    reader = Extractor(rules).tracking([*rules.policies, policy])
    ways = [
        [_read(reader, policy, text, gives) for text, gives in _sentences(policy, naming, rules)]
        for naming in _namings(policy)
    ]
    return max(ways, key=lambda way: sum(each.is_right for each in way))


def _namings(policy: Policy) -> Sequence[str]:
    if policy.conduct:
        return _NAMINGS[policy.kind]
    # "has banned whaling", but "has banned the drone"
    return _ALONE[::-1] if policy.instrument[0].endswith("ing") else _ALONE


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


def _read(reader: Extractor, policy: Policy, text: str, gives: str) -> _Tried:
    found = reader.read(Article(id="new", text=text, published_at=TEST_DATE)).claims
    own = [claim for claim in found if claim.policy == policy.id]
    news = tuple(claim.operation for claim in own if claim.is_news)
    others = tuple(claim.policy for claim in found if claim.policy is not None and claim.policy != policy.id)
    return _Tried(text, gives, len(own), news, others)


def listed(words: Sequence[str]) -> str:
    """A list that YAML reads as these words."""
    return f"[{', '.join(scalar(word) for word in words)}]"


def scalar(words: str) -> str:
    """A scalar that YAML reads as these words: as they are where that is safe, else as JSON quotes them."""
    plain = re.fullmatch(r"[A-Za-z](?:[\w '/.-]*\w)?", words) and words.casefold() not in _MISREAD
    return words if plain else json.dumps(words, ensure_ascii=False)
