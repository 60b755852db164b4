"""The file that says who is told of what, and where: channels, subscriptions, silences, and whose silence is news."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

from policytrack.alerts.channel import Channel, ChannelSettings, Kind, Message, Undelivered
from policytrack.alerts.matching import Match
from policytrack.alerts.secrets import without_secrets
from policytrack.alerts.sending import Place
from policytrack.alerts.subscriptions import HealthAlert, Silence, Subscription
from policytrack.channels import kinds
from policytrack.codes import Code
from policytrack.errors import ConfigError, Problem, RuleFileError
from policytrack.model import Record
from policytrack.packs import Rules
from policytrack.records import as_record
from policytrack.watchfile import Name
from policytrack.yamlfile import Document, Loc, Node, cut, did_you_mean, nearest, read_yaml


class _Written(Record):
    """The file as it is written; what its channels say depends on their kinds."""

    channels: Mapping[Name, Any]
    subscriptions: tuple[Subscription, ...] = ()
    silences: tuple[Silence, ...] = ()
    health: tuple[HealthAlert, ...] = ()


@dataclass(frozen=True)
class _Described:
    """A channel as the file describes it."""

    kind: Kind
    settings: ChannelSettings


@dataclass(frozen=True)
class Unopened:
    """A channel that cannot be opened: `problem` says which and why, `told` only why."""

    problem: str
    told: str

    def send(self, _: Message) -> str:
        """Nothing: Undelivered, with the reason."""
        raise Undelivered(self.told.rstrip("."))


def unopened(places: Mapping[str, Place]) -> list[str]:
    """Which channels cannot be opened, and why."""
    return [place.channel.problem for place in places.values() if isinstance(place.channel, Unopened)]


@dataclass(frozen=True)
class AlertFile:
    """What an alert file says, checked. Nothing is opened yet.

    `notes` are what may be meant, and then of what nobody hears: tags that no policy has yet, issuers that are no
    actors.
    """

    path: Path
    channels: Mapping[str, _Described]
    subscriptions: tuple[Subscription, ...]
    silences: tuple[Silence, ...]
    health: tuple[HealthAlert, ...]
    notes: tuple[Problem, ...] = ()

    def places(self, names: Sequence[str] | None = None) -> dict[str, Place]:
        """The channels, opened, by name; one that cannot be takes nothing, and says why: it stops no other."""
        return {
            name: Place(self._opened(name), self.channels[name].settings.retry, rests=True)
            for name in (self.channels if names is None else names)
        }

    def _opened(self, name: str) -> Channel:
        described = self.channels[name]
        try:
            return described.kind.open(described.settings, self.path.parent.resolve())
        except ConfigError as error:
            return Unopened(f"{self.path}: channel {name}: {error}", str(error))

    def subscription(self, name: str) -> Subscription | None:
        """The subscription of a name."""
        return next((each for each in self.subscriptions if each.name == name), None)


def read_alert_file(path: Path, rules: Rules | None = None) -> AlertFile:
    """What an alert file says. RuleFileError has all that is wrong with it; no secret is in any message.

    With `rules`, patterns that match nothing of what is tracked are wrong too: nobody would ever hear of it.
    """
    document, problems = read_yaml(path)
    found = None
    channels: dict[str, _Described] = {}
    notes: list[Problem] = []
    if document is not None:
        found, wrong = as_record(document, _Written)
        problems += wrong
        channels, wrong = _channels(document)
        problems += wrong
        if found is not None:
            problems += _wrong_together(found, document, rules)
            notes += _unheard(found, document, rules) if rules is not None else ()
        known = {problem.location for problem in problems}
        problems += (each for each in _empty(document, document.root, ()) if each.location not in known)
        problems = _not_in_lines(problems, _unsafe_lines(document))
    if found is None or problems:
        raise RuleFileError(without_secrets(problems))
    return AlertFile(path, channels, found.subscriptions, found.silences, found.health, tuple(without_secrets(notes)))


def _empty(document: Document, node: Node, at: Loc) -> Iterator[Problem]:
    """The keys without a value: what is meant by them cannot be told from what is meant without them."""
    for step, child in node.children.items():
        if child.value is None and isinstance(step, str):
            hint = "Write what it should be, or take the key out."
            yield document.problem((*at, step), Code.WRONG_TYPE, f'"{cut(step)}" is empty.', hint, on_key=True)
        yield from _empty(document, child, (*at, step))


def _unsafe_lines(document: Document) -> set[int]:
    """The lines of channels that say what no channel says: under a key that nobody knows a secret may stand."""
    known = kinds()
    safe = {key for kind in known.values() for key in kind.settings.model_fields} - {"secret", "apprise"}
    lines = set()
    node = document.node(("channels",))
    for channel in node.children.values() if node else ():
        for key, each in channel.keys.items():
            if key not in safe and nearest(key, [*safe, "secret", "apprise"]) not in safe:
                lines |= {each.line, channel.children[key].line}
    return lines


def _not_in_lines(problems: Sequence[Problem], lines: Collection[int]) -> list[Problem]:
    """The problems, of which those in some lines do not show them."""
    return [replace(each, source="") if each.location.line in lines else each for each in problems]


def _channels(document: Document) -> tuple[dict[str, _Described], list[Problem]]:
    """The channels of a file, and all that is wrong with any of them."""
    known = kinds()
    found: dict[str, _Described] = {}
    problems: list[Problem] = []
    node = document.node(("channels",))
    for name, each in (node.children if node and isinstance(node.value, dict) else {}).items():
        loc: Loc = ("channels", name)
        said = [key for key in each.keys if key in known]
        if not isinstance(each.value, dict) or len(said) != 1:
            problems.append(_no_kind(document, loc, list(each.keys), said, list(known)))
            continue
        kind = known[said[0]]
        settings, wrong = as_record(replace(document, root=each), kind.settings)
        problems += wrong
        if settings is not None:
            found[str(name)] = _Described(kind, settings)
    return found, problems


def _no_kind(document: Document, loc: Loc, keys: list[str], said: list[str], known: list[str]) -> Problem:
    if said:
        message = f'"{loc[-1]}" is {" and ".join(said)} at once.'
        return document.problem(loc, Code.CHANNEL_KIND, message, "Make a channel of each.", on_key=True)
    common = ChannelSettings.model_fields
    meant = next((told for key in keys if key not in common and (told := did_you_mean(key, known))), "")
    message = f'"{loc[-1]}" does not say what kind of place it is.'
    hint = meant or f"Write one of: {', '.join(known)}; as `file: alerts.jsonl`."
    return document.problem(loc, Code.CHANNEL_KIND, message, hint, on_key=True)


def _wrong_together(found: _Written, document: Document, rules: Rules | None) -> Iterator[Problem]:
    if not found.channels and document.node(("channels",)):
        hint = "Write one, as `desk: {file: alerts.jsonl}`."
        yield document.problem(("channels",), Code.WRONG_VALUE, '"channels" names no channel.', hint, on_key=True)
    first: dict[str, int] = {}
    for number, subscription in enumerate(found.subscriptions):
        at: Loc = ("subscriptions", number)
        if first.setdefault(subscription.name, number) != number:
            line = document.location(("subscriptions", first[subscription.name], "name")).line
            message = f'the name "{subscription.name}" stands here twice, first on line {line}.'
            yield document.problem((*at, "name"), Code.SAME_SUBSCRIPTION, message, "Rename one of them.")
        yield from _unknown_channels(found, document, at, subscription.to)
        yield from _matching_nothing(document, (*at, "match"), subscription.match, rules)
        if subscription.quiet and subscription.quiet.except_:
            yield from _matching_nothing(document, (*at, "quiet", "except"), subscription.quiet.except_, rules)
    for number, silence in enumerate(found.silences):
        yield from _matching_nothing(document, ("silences", number, "match"), silence.match, rules)
    for number, health in enumerate(found.health):
        yield from _unknown_channels(found, document, ("health", number), health.to)


def _unknown_channels(found: _Written, document: Document, at: Loc, names: Sequence[str]) -> Iterator[Problem]:
    for place, name in enumerate(names):
        if name not in found.channels:
            loc = (*at, "to", place) if document.node((*at, "to", place)) else (*at, "to")
            hint = did_you_mean(name, found.channels) or f"There are: {', '.join(found.channels) or 'none'}."
            yield document.problem(loc, Code.NO_CHANNEL, f'there is no channel "{name}".', hint)


def _matching_nothing(document: Document, at: Loc, match: Match, rules: Rules | None) -> Iterator[Problem]:
    if rules is None:
        return
    kind_names = sorted({rule.kind for rule in rules.core.shifts})
    tags = _tags(rules)
    policies = [policy.id for policy in rules.policies]
    for loc, pattern in _unmatched(document, at, "policy", match.policy, policies):
        told = f'"{cut(pattern)}" matches no policy that is tracked.'
        yield document.problem(loc, Code.MATCHES_NOTHING, told, meant_policy(pattern, rules))
    for loc, pattern in _unmatched(document, at, "kind", match.kind, kind_names):
        hint = _meant(pattern, kind_names) or f"There are: {', '.join(kind_names)}."
        yield document.problem(loc, Code.MATCHES_NOTHING, f'"{cut(pattern)}" matches no kind of shift.', hint)
    for loc, pattern in _unmatched(document, at, "tag", match.tag, tags):
        if hint := _meant(pattern, tags):
            told = f'"{cut(pattern)}" matches no tag of a policy that is tracked.'
            yield document.problem(loc, Code.MATCHES_NOTHING, told, hint)


def check_policy(pattern: str, rules: Rules) -> None:
    """Nothing; ConfigError where a pattern matches no policy that is tracked."""
    if not any(fnmatchcase(policy.id, pattern) for policy in rules.policies):
        raise ConfigError(f"{cut(pattern)!r} matches no policy that is tracked. {meant_policy(pattern, rules)}")


def meant_policy(pattern: str, rules: Rules) -> str:
    """What to write for a pattern that matches no policy."""
    alias = rules.policy(pattern)
    if alias is not None:
        return f'It is called "{alias.id}" now: write that.'
    lists = "`policytrack policies` lists what is tracked; name a pack that lacks with --pack."
    return _meant(pattern, [policy.id for policy in rules.policies]) or lists


def _unmatched(
    document: Document, at: Loc, name: str, patterns: Sequence[str] | None, known: Collection[str]
) -> Iterator[tuple[Loc, str]]:
    """The patterns that match nothing that is known, and where they stand."""
    for place, pattern in enumerate(patterns or ()):
        if not any(fnmatchcase(each, pattern) for each in known):
            yield (*at, name, place) if document.node((*at, name, place)) else (*at, name), pattern


def _meant(pattern: str, known: Collection[str]) -> str:
    """What may have been meant by a pattern that matches nothing; empty where nothing is near."""
    lower = pattern.lower()
    if any(fnmatchcase(each, lower) for each in known):
        return f'Did you mean "{lower}"?'
    return "" if set(pattern) & set("*?[") else did_you_mean(pattern, known)


def _tags(rules: Rules) -> list[str]:
    return sorted({tag for policy in rules.policies for tag in policy.tags})


def _unheard(found: _Written, document: Document, rules: Rules) -> Iterator[Problem]:
    """The tags that no policy has, and the issuers that are no actors: they may be meant all the same."""
    matches: list[tuple[Loc, Match]] = []
    for number, subscription in enumerate(found.subscriptions):
        matches.append((("subscriptions", number, "match"), subscription.match))
        if subscription.quiet and subscription.quiet.except_:
            matches.append((("subscriptions", number, "quiet", "except"), subscription.quiet.except_))
    matches += [(("silences", number, "match"), silence.match) for number, silence in enumerate(found.silences)]
    tags = _tags(rules)
    names = {
        word.casefold(): name for name, actor in rules.actors.actors.items() for word in (*actor.names, *actor.people)
    }
    ids = [name.casefold() for name in rules.actors.actors]
    for at, match in matches:
        for loc, tag in _unmatched(document, at, "tag", match.tag, tags):
            told, hint = f'no policy that is tracked has a tag "{cut(tag)}".', "Until one has, it matches nothing."
            yield document.problem(loc, Code.MATCHES_NOTHING, told, hint)
        folded = None if match.issuer is None else [each.casefold() for each in match.issuer]
        for loc, issuer in _unmatched(document, at, "issuer", folded, ids):
            written = document.source(loc).strip("\"'")
            if issuer in names:
                told = f'issuer "{cut(written)}" matches only where an article says it in these words.'
                hint = f'Write "{names[issuer]}" for that issuer in any words.'
            elif any(fnmatchcase(each, issuer) for each in names):
                continue  # a pattern of names is meant as one
            else:
                told = f'issuer "{cut(written)}" is no actor of the rules, neither by id nor by name.'
                hint = did_you_mean(issuer, ids) or "It matches only where an article says it in these words."
            yield document.problem(loc, Code.MATCHES_NOTHING, told, hint)
