"""What is wrong between rule files that are each sound: names that are taken twice, or that nothing bears."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from policytrack.codes import Code
from policytrack.errors import Location, Problem
from policytrack.packfile import Defaults, Pack, Tracked
from policytrack.patterns import complaint, is_pattern
from policytrack.records import named
from policytrack.status_model import FIELDS, Core, flaws
from policytrack.vocabulary import Actors
from policytrack.yamlfile import Document, Loc, cut, did_you_mean


@dataclass
class Unsound:
    """What packs that have problems of their own may define: their ids and names, or anything where YAML failed.

    Whoever names one of these is not told that it does not exist.
    """

    names: set[str] = field(default_factory=set)
    anything: bool = False

    def add(self, document: Document | None) -> None:
        """Takes the names from a document that is no sound pack."""
        data = document.data if document else None
        policies = data.get("policies") if isinstance(data, dict) else None
        self.anything = self.anything or not isinstance(policies, list)
        for entry in [data, *policies] if isinstance(policies, list) else []:
            if isinstance(entry, dict):
                said = [entry.get("pack"), entry.get("id"), entry.get("aliases")]
                names = [each for value in said for each in (value if isinstance(value, list) else [value])]
                self.names.update(name for name in names if isinstance(name, str))

    def may_define(self, name: str) -> bool:
        return self.anything or name in self.names


def pack_problems(packs: Sequence[Pack], tracked: Sequence[Tracked], unsound: Unsound) -> Iterator[Problem]:
    """Policies that share a name, names that no pack or policy bears, and policies that are a part of themselves."""
    yield from _patterns(packs)
    yield from _extended_packs(packs, unsound)
    yield from _same_policies(tracked)
    yield from _indistinct(tracked)
    whole_of: dict[str, Tracked] = {}
    for each in tracked:
        whole_of |= dict.fromkeys((each.policy.id, *each.policy.aliases), each)
    yield from _unknown_policies(packs, tracked, whole_of, unsound)
    yield from _part_cycles(tracked, whole_of)


def _patterns(packs: Sequence[Pack]) -> Iterator[Problem]:
    """Regular expressions among phrases that are not taken."""
    for pack in packs:
        for loc, phrase in _said_in(pack, ("instrument", "conduct")):
            if found := complaint(phrase):
                message = f'in "{cut(phrase)}": {found.message}'
                yield pack.problem(loc, found.code, message, found.hint, part=(found.start, found.width))


def _extended_packs(packs: Sequence[Pack], unsound: Unsound) -> Iterator[Problem]:
    first = {pack.file.pack: pack for pack in packs}
    for pack in packs:
        for number, name in enumerate(pack.file.extends):
            loc = ("extends", number)
            if name not in first and not unsound.may_define(name):
                hint = did_you_mean(name, first)
                yield pack.problem(loc, Code.UNKNOWN_PACK, f'no pack is named "{name}".', hint)
            elif name in first and _leads_back(pack.file.pack, name, first):
                message = f'"{pack.file.pack}" extends itself through "{name}".'
                yield pack.problem(loc, Code.UNKNOWN_PACK, message)


def _leads_back(goal: str, name: str, packs: Mapping[str, Pack]) -> bool:
    ahead, seen = [name], {name}
    while ahead:
        here = ahead.pop()
        if here == goal:
            return True
        further = set(packs[here].file.extends) - seen if here in packs else set()
        seen |= further
        ahead += further
    return False


def _same_policies(tracked: Sequence[Tracked]) -> Iterator[Problem]:
    """Names that two policies bear, at the later one, or where an overlay gives it."""
    first: dict[str, tuple[Pack, Loc]] = {}
    for pack, index, policy in tracked:
        places: list[tuple[str, Loc]] = [(policy.id, ("policies", index, "id"))]
        places += [(alias, ("policies", index, "aliases", number)) for number, alias in enumerate(policy.aliases)]
        for name, loc in places:
            here, there = (pack, loc), first.setdefault(name, (pack, loc))
            if here == there:
                continue
            if there[0].is_overlaid(there[1]):
                here, there = there, here
            message = f'"{name}" already names a policy: {_location(*there)}.'
            yield here[0].problem(here[1], Code.SAME_POLICY, message, "Give one of them another id.")


def _location(pack: Pack, loc: Loc) -> Location:
    document, start = pack.place(loc)
    return document.location(start)


def _indistinct(tracked: Sequence[Tracked]) -> Iterator[Problem]:
    """Policies that no text tells from an earlier one: of a common issuer, and with the same words."""
    earlier: dict[tuple[frozenset[str], ...], list[Tracked]] = {}
    for each in tracked:
        policy = each.policy
        words = tuple(
            frozenset(phrase.casefold() for phrase in phrases)
            for phrases in (policy.instrument, policy.conduct, policy.beneficiary)
        )
        twins = earlier.setdefault(words, [])
        for twin in twins if any(words) else ():
            if set(policy.issuer) & set(twin.policy.issuer):
                message = f'no text tells "{policy.id}" from "{twin.policy.id}": they have the same words.'
                at, loc = _brought_about((each, twin), "instrument", "conduct", "beneficiary", "issuer", "id")
                yield at.pack.problem(loc, Code.INDISTINCT, message, "Give one words of its own.")
                break
        twins.append(each)


def _brought_about(policies: Sequence[Tracked], *keys: str) -> tuple[Tracked, Loc]:
    """Where an overlay says one of these keys of one of the policies; else the last key of the first policy."""
    for each in policies:
        if loc := each.overlaid(*keys):
            return each, loc
    return policies[0], policies[0].loc(keys[-1])


def _unknown_policies(
    packs: Sequence[Pack], tracked: Sequence[Tracked], known: Mapping[str, Tracked], unsound: Unsound
) -> Iterator[Problem]:
    """Wholes of parts and policies of tests that no pack defines; those that an overlay drops are told there."""
    dropped = {change.policy: change for pack in packs for change in pack.changes if change.how == "drop"}
    for pack, loc, name, what in _named_policies(packs, tracked):
        if name in known or unsound.may_define(name):
            continue
        if name in dropped:
            drop = dropped[name]
            message = f'"{name}" cannot be dropped: {what} it, at {_location(pack, loc)}.'
            yield drop.document.problem(drop.loc, Code.DROPPED, message)
            continue
        message = f'part_of "{name}": no pack defines this policy.'
        if loc[0] == "tests":
            message = f'no pack defines policy "{name}".'
        yield pack.problem(loc, Code.UNKNOWN_POLICY, message, did_you_mean(name, known))


def _named_policies(packs: Sequence[Pack], tracked: Sequence[Tracked]) -> Iterator[tuple[Pack, Loc, str, str]]:
    """Where policies are named: the pack, the place, the name, and what names it."""
    for each in tracked:
        if each.policy.part_of is not None:
            yield each.pack, each.loc("part_of"), each.policy.part_of, f"{each.policy.id} is part of"
    for pack in packs:
        for number, test in enumerate(pack.file.tests):
            if test.policy is not None:
                yield pack, ("tests", number, "policy"), test.policy, "a test is about"


def _part_cycles(tracked: Sequence[Tracked], known: Mapping[str, Tracked]) -> Iterator[Problem]:
    """One problem for each cycle, at its first policy, or where an overlay closes it."""
    told: set[str] = set()
    for each in tracked:
        way = [each]
        whole = known.get(each.policy.part_of or "")
        while whole is not None and whole not in way:
            way.append(whole)
            whole = known.get(whole.policy.part_of or "")
        names = [policy.policy.id for policy in way]
        if whole is each and not told.intersection(names):
            told.update(names)
            message = f"a policy cannot be a part of itself: {' is part of '.join([*names, names[0]])}."
            at, loc = _brought_about(way, "part_of")
            yield at.pack.problem(loc, Code.PART_CYCLE, message)


def actor_problems(packs: Sequence[Pack], actors: Actors) -> Iterator[Problem]:
    """Issuers and beneficiaries that are not ids of actors."""
    by_name = {form.casefold(): actor_id for actor_id, actor in actors.actors.items() for form in actor.names}
    said = ((pack, loc, name) for pack in packs for loc, name in _said_in(pack, ("issuer", "beneficiary")))
    for pack, loc, name in said:
        if name not in actors.actors:
            right = by_name.get(name.casefold())
            hint = f'Did you mean "{right}"?' if right else did_you_mean(name, actors.actors)
            message = f'{loc[-2]} "{cut(name)}" is not in actors.yaml.'
            if is_pattern(name):
                hint = "Regular expressions stand under instrument and conduct."
            yield pack.problem(loc, Code.UNKNOWN_ACTOR, message, hint or "Add it there.")


def member_problems(actors: Actors, document: Document) -> Iterator[Problem]:
    """Members of groups that are not ids of actors."""
    for actor_id, actor in actors.actors.items():
        for number, name in enumerate(actor.members):
            if name not in actors.actors:
                loc: Loc = ("actors", actor_id, "members", number)
                message = f'member "{cut(name)}" of "{cut(actor_id)}" is no actor here.'
                yield document.problem(loc, Code.UNKNOWN_ACTOR, message, did_you_mean(name, actors.actors))


def owner_problems(actors: Actors, document: Document) -> Iterator[Problem]:
    """Publishers that stand under two owners, or twice under one."""
    seen: dict[str, Loc] = {}
    for owner, names in actors.owners.items():
        for number, name in enumerate(names):
            loc: Loc = ("owners", owner, number)
            first = seen.setdefault(name.casefold(), loc)
            if first != loc:
                message = f'"{cut(name)}" stands under "{cut(str(first[1]))}" already: {document.location(first)}.'
                yield document.problem(loc, Code.WRONG_VALUE, message, "Take one of the two out.")


def _said_in(pack: Pack, keys: Sequence[str]) -> Iterator[tuple[Loc, str]]:
    """What the pack itself writes in these lists of words, with its place."""
    said: list[tuple[Loc, Defaults]] = [(("defaults",), pack.file.defaults)]
    said += [(("policies", number), entry) for number, entry in enumerate(pack.file.policies)]
    for loc, record in said:
        for key in keys:
            for number, word in enumerate(getattr(record, key)):
                yield (*loc, key, number), word


def start_problems(tracked: Sequence[Tracked], core: Core) -> Iterator[Problem]:
    """Starts in a status that the policy's kind does not have, and starts that end before they begin."""
    for each in tracked:
        pack, index, policy = each
        if policy.start is None:
            continue
        statuses = core.statuses(policy.kind) if policy.kind in core.kinds else (policy.start.status,)
        loc: Loc = ("policies", index, "start")
        if policy.start.status not in statuses:
            message = f'status "{policy.start.status}" of a {policy.kind} is not one of: {", ".join(statuses)}.'
            hint = did_you_mean(policy.start.status, statuses)
            # An overlay that changes the kind alone brings it about.
            at = (*loc, "status") if pack.is_overlaid(loc) else each.overlaid("kind") or (*loc, "status")
            yield pack.problem(at, Code.WRONG_STATUS, message, hint)
        on, until = policy.start.on, policy.start.until
        # Of two precisions the coarser decides: 2024 does not end before 2024-03.
        if on and until and until != "open" and until[: len(on)] < on[: len(until)]:
            message = f"until {until} is before on {on}."
            yield pack.problem((*loc, "until"), Code.IMPOSSIBLE_DATE, message)


def core_problems(core: Core, document: Document) -> Iterator[Problem]:
    """What does not fit together in the status model and its shift rules."""
    for loc, why in flaws(core):
        hint = _nearest_of(why)
        if loc[0] != "shifts":
            yield document.problem(loc, Code.STATUS_MODEL, f"{named(loc)}: {why}.", hint)
        elif loc[2] == "name":
            yield document.problem(loc, Code.SAME_RULE, f"{why}.", "Give one of them another name.")
        elif loc[2] == "supersedes":
            names = core.shifts[int(loc[1])].supersedes
            number = next((number for number, name in enumerate(names) if why.startswith(repr(name))), 0)
            hint = did_you_mean(names[number], [rule.name for rule in core.shifts])
            yield document.problem((*loc, number), Code.UNKNOWN_RULE, f"{why}.", hint)
        elif loc[2] == "cases" and loc[4] == "gives":
            given = core.shifts[int(loc[1])].cases[int(loc[3])].gives
            hint = did_you_mean(given, [rule.name for rule in core.shifts])
            yield document.problem(loc, Code.UNKNOWN_RULE, f"{why}.", hint)
        elif loc[-1] not in FIELDS:
            yield document.problem(loc, Code.UNKNOWN_FIELD, f"{why}.", hint, on_key=True)
        else:
            yield document.problem(loc, Code.NOT_ONE_OF, f"{named(loc)}: {why}.", hint)


def _nearest_of(why: str) -> str:
    """`Did you mean ...?` for a complaint that quotes a name and ends with a list of those that would do."""
    found = re.search(r"'([^']*)'.*: ([^:]+)$", why)
    return did_you_mean(found[1], found[2].split(", ")) if found else ""
