"""The file that says who is told of what, and where: channels, subscriptions, silences, and whose silence is news."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

from policytrack.alerts.channel import ChannelSettings, Kind
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
from policytrack.yamlfile import Document, Loc, did_you_mean, read_yaml


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
class AlertFile:
    """What an alert file says, checked. Nothing is opened yet."""

    path: Path
    channels: Mapping[str, _Described]
    subscriptions: tuple[Subscription, ...]
    silences: tuple[Silence, ...]
    health: tuple[HealthAlert, ...]

    def places(self, names: Sequence[str] | None = None) -> dict[str, Place]:
        """The channels, opened, by name. ConfigError names those that cannot be, each with the reason."""
        places: dict[str, Place] = {}
        problems = []
        for name in self.channels if names is None else names:
            described = self.channels[name]
            try:
                channel = described.kind.open(described.settings, self.path.parent.resolve())
            except ConfigError as error:
                problems.append(f"{self.path}: channel {name}: {error}")
            else:
                places[name] = Place(channel, described.settings.retry, rests=True)
        if problems:
            raise ConfigError("\n".join(problems))
        return places

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
    if document is not None:
        found, wrong = as_record(document, _Written)
        problems += wrong
        channels, wrong = _channels(document)
        problems += wrong
        if found is not None:
            problems += _wrong_together(found, document, rules)
    if found is None or problems:
        raise RuleFileError(without_secrets(problems))
    return AlertFile(path, channels, found.subscriptions, found.silences, found.health)


def _channels(document: Document) -> tuple[dict[str, _Described], list[Problem]]:
    """The channels of a file, and all that is wrong with any of them."""
    known = kinds()
    found: dict[str, _Described] = {}
    problems: list[Problem] = []
    node = document.node(("channels",))
    for name, each in (node.children if node else {}).items():
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
    meant = next((told for key in keys if (told := did_you_mean(key, known))), "")
    message = f'"{loc[-1]}" does not say what kind of place it is.'
    hint = meant or f"Write one of: {', '.join(known)}; as `file: alerts.jsonl`."
    return document.problem(loc, Code.CHANNEL_KIND, message, hint, on_key=True)


def _wrong_together(found: _Written, document: Document, rules: Rules | None) -> Iterator[Problem]:
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
    policies = [name for policy in rules.policies for name in (policy.id, *policy.aliases)]
    tags = sorted({tag for policy in rules.policies for tag in policy.tags})
    kind_names = sorted({rule.kind for rule in rules.core.shifts})
    for name, patterns, known, what in (
        ("policy", match.policy, policies, "policy that is tracked"),
        ("kind", match.kind, kind_names, "kind of shift"),
        ("tag", match.tag, tags, "tag of a policy that is tracked"),
    ):
        for place, pattern in enumerate(patterns or ()):
            if not any(fnmatchcase(each, pattern) for each in known):
                loc = (*at, name, place) if document.node((*at, name, place)) else (*at, name)
                hint = did_you_mean(pattern, known) or "Nobody would ever hear of it: check the packs that are read."
                yield document.problem(loc, Code.MATCHES_NOTHING, f'"{pattern}" matches no {what}.', hint)
