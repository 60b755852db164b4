"""Overlays: files that change a pack without editing it, and the packs as they leave them.

An overlay replaces keys of the pack's policies, adds words to their lists or takes some out, and drops policies. What
two overlays say does not depend on their order: what they say differently is a problem.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import Annotated, Any, NamedTuple

from pydantic import BeforeValidator, Field

from policytrack.codes import Code
from policytrack.crosschecks import Unsound
from policytrack.errors import Problem
from policytrack.model import PolicyId, Record
from policytrack.packfile import (
    Change,
    Count,
    Defaults,
    Pack,
    PackFile,
    PackName,
    PackTest,
    Phrase,
    Phrases,
    PolicyEntry,
    StartEntry,
    listed,
    settings_of,
)
from policytrack.yamlfile import Document, Loc, cut, did_you_mean

Ids = Annotated[tuple[PolicyId, ...], BeforeValidator(listed)]

_OF_THE_PACK = ("same_event", "corroborate", "quiet_budget")


class ListChange(Record):
    """Words of a policy's lists."""

    issuer: Phrases = ()
    instrument: Phrases = ()
    conduct: Phrases = ()
    beneficiary: Phrases = ()
    aliases: Ids = ()
    tags: Phrases = ()


class PolicyChange(Defaults):
    """What an overlay changes of one policy. Only keys that are written count."""

    id: PolicyId
    title: Phrase = ""
    aliases: Ids = ()
    start: StartEntry | None = None
    add: ListChange = ListChange()
    remove: ListChange = ListChange()


class OverlayFile(Record):
    """One overlay: what it changes of the pack that `changes` names, and tests of its own."""

    overlay: PackName
    version: Count
    changes: PackName
    # Only what is written counts, so these have no default to show.
    same_event: Annotated[int, Field(ge=0)] = Field(default_factory=int)
    corroborate: Count = Field(default_factory=int)
    quiet_budget: Annotated[int, Field(ge=0)] = Field(default_factory=int)
    policies: tuple[PolicyChange, ...] = ()
    drop: Ids = ()
    tests: tuple[PackTest, ...] = ()


class Overlay(NamedTuple):
    """An overlay and the document that it was read from."""

    document: Document
    file: OverlayFile

    def changes(self) -> Iterator[Change]:
        """All that it says, in the order of the file's keys."""
        name = f"{self.file.overlay}@{self.file.version}"
        for loc, policy, how, key, value in self._said():
            yield Change(name, self.document, loc, policy, how, key, value)

    def _said(self) -> Iterator[tuple[Loc, str, Any, str, Any]]:
        for key in _written(self.file, _OF_THE_PACK):
            yield (key,), "", "set", key, getattr(self.file, key)
        for number, policy in enumerate(self.file.policies):
            loc: Loc = ("policies", number)
            for key in _written(policy, PolicyChange.model_fields.keys() - {"id", "add", "remove"}):
                yield (*loc, key), policy.id, "set", key, getattr(policy, key)
            for how, lists in (("add", policy.add), ("remove", policy.remove)):
                for key in _written(lists, ListChange.model_fields):
                    yield (*loc, how, key), policy.id, how, key, getattr(lists, key)
        for number, name in enumerate(self.file.drop):
            yield ("drop", number), name, "drop", "", None


def _written(record: Record, keys: Iterable[str]) -> Iterator[str]:
    """The keys of these that the file has, in the record's order."""
    wanted = {*keys}
    return (key for key in type(record).model_fields if key in wanted and key in record.model_fields_set)


def overlaid(
    packs: Sequence[Pack], overlays: Sequence[Overlay], common: Mapping[str, Any], unsound: Unsound
) -> tuple[list[Pack], list[Problem]]:
    """The packs as the overlays leave them, and what is wrong with the overlays.

    What is wrong with an overlaid pack, such as two policies that have become alike, `crosschecks` finds.
    """
    files = {pack.file.pack: pack.file for pack in packs}
    problems = list(_stray(overlays, files, unsound))
    found: list[Pack] = []
    for pack in packs:
        own = [each for each in overlays if each.file.changes == pack.file.pack]
        if own:
            merging = _Merging(pack, own, {**common, **settings_of(pack.file, files)})
            problems += merging.problems()
        found.append(merging.pack() if own else pack)
    return found, problems


def _stray(overlays: Sequence[Overlay], packs: Mapping[str, PackFile], unsound: Unsound) -> Iterator[Problem]:
    for document, file in overlays:
        if file.changes not in packs and not unsound.may_define(file.changes):
            message = f'the pack "{file.changes}" is not read.'
            hint = did_you_mean(file.changes, packs) or "Name its file with --pack, beside the overlay."
            yield document.problem(("changes",), Code.STRAY_OVERLAY, message, hint)


class _Merging:
    """One pack and its overlays. `settings` are what its policies have without saying it."""

    def __init__(self, pack: Pack, overlays: Sequence[Overlay], settings: Mapping[str, Any]) -> None:
        self._pack = pack
        self._overlays = overlays
        self._settings = settings
        self._changes = [change for overlay in overlays for change in overlay.changes()]
        self._entries = {entry.id: entry for entry in pack.file.policies}
        self._dropped = {change.policy for change in self._changes if change.how == "drop"}

    # ---- the pack that comes of it

    def pack(self) -> Pack:
        places: dict[Loc, tuple[Document, Loc]] = {}
        file = self._pack.file.model_copy(
            update={
                **self._of_the_pack(places), "policies": self._policies(places), "tests": self._tests(places),
            }
        )  # fmt: skip
        documents = tuple(overlay.document for overlay in self._overlays)
        return Pack(self._pack.document, file, tuple(self._changes), places, documents)

    def _of_the_pack(self, places: dict[Loc, tuple[Document, Loc]]) -> dict[str, Any]:
        """The pack's own keys; a default of the same key gives way, or the change would do nothing."""
        said = {change.key: change for change in self._changes if not change.policy}
        values = {key: change.value for key, change in said.items()}
        places.update({(key,): (change.document, change.loc) for key, change in said.items()})
        defaults = self._pack.file.defaults
        return {
            **values,
            "defaults": defaults.model_copy(update={key: values[key] for key in _written(defaults, said)}),
        }

    def _policies(self, places: dict[Loc, tuple[Document, Loc]]) -> tuple[PolicyEntry, ...]:
        found: list[PolicyEntry] = []
        for number, entry in enumerate(self._pack.file.policies):
            if entry.id in self._dropped:
                continue
            here: Loc = ("policies", len(found))
            places[here] = self._pack.document, ("policies", number)
            said: dict[str, list[Change]] = {}
            for change in self._changes:
                if change.policy == entry.id:
                    said.setdefault(change.key, []).append(change)
            for key, changes in said.items():
                places[(*here, key)] = changes[0].document, changes[0].loc
            values = {
                key: changes[0].value if changes[0].how == "set" else self._words(entry, number, changes, here, places)
                for key, changes in said.items()
            }
            found.append(entry.model_copy(update=values))
        return tuple(found)

    def _words(
        self,
        entry: PolicyEntry,
        number: int,
        changes: Sequence[Change],
        here: Loc,
        places: dict[Loc, tuple[Document, Loc]],
    ) -> tuple[str, ...]:
        """A list of a policy with what is added, without what is removed."""
        key = changes[0].key
        removed = {word for change in changes if change.how == "remove" for word in change.value}
        found: list[str] = []
        for place, word in enumerate(self._standing(entry, key)):
            if word not in removed:
                places[(*here, key, len(found))] = self._place_of(entry, number, key, place, changes[0])
                found.append(word)
        for change in changes:
            for place, word in enumerate(change.value if change.how == "add" else ()):
                if word not in found:
                    places[(*here, key, len(found))] = change.document, (*change.loc, place)
                    found.append(word)
        return tuple(found)

    def _place_of(self, entry: PolicyEntry, number: int, key: str, place: int, change: Change) -> tuple[Document, Loc]:
        """Where the pack says a word that it keeps; one of another pack's defaults stands where the list is changed."""
        if key in entry.model_fields_set:
            return self._pack.document, ("policies", number, key, place)
        if key in self._pack.file.defaults.model_fields_set:
            return self._pack.document, ("defaults", key, place)
        return change.document, change.loc

    def _tests(self, places: dict[Loc, tuple[Document, Loc]]) -> tuple[PackTest, ...]:
        """The pack's tests but those about policies that are dropped, then the overlays' own."""
        gone = {name for entry in self._entries.values() if entry.id in self._dropped for name in names_of(entry)}
        said = [
            (self._pack.document, n, test) for n, test in enumerate(self._pack.file.tests) if test.policy not in gone
        ]
        said += [(each.document, n, test) for each in self._overlays for n, test in enumerate(each.file.tests)]
        for place, (document, number, _) in enumerate(said):
            places[("tests", place)] = document, ("tests", number)
        return tuple(test for _, _, test in said)

    def _standing(self, entry: PolicyEntry, key: str) -> Any:
        """What a policy says, or has from its pack without saying it."""
        return getattr(entry, key) if key in entry.model_fields_set else self._settings.get(key, getattr(entry, key))

    # ---- what is wrong with the overlays

    def problems(self) -> Iterator[Problem]:
        for overlay in self._overlays:
            yield from self._silent(overlay)
        for change in self._changes:
            if change.policy and change.policy not in self._entries:
                continue
            if change.how in ("add", "remove"):
                yield from self._misplaced_words(change)
            elif change.how == "set" and change.value == self._before(change):
                message = f"{_subject(change)} is as it was."
                yield change.document.problem(change.loc, Code.NO_CHANGE, message, "Take it out.")
        yield from self._contrary()

    def _silent(self, overlay: Overlay) -> Iterator[Problem]:
        """Policies that the pack has not, policies of which nothing is said, and an overlay that says nothing."""
        name = self._pack.file.pack
        changes = list(overlay.changes())
        if not changes and not _tries(overlay.document, (), {"overlay", "version", "changes", "tests"}):
            yield overlay.document.problem(("overlay",), Code.NO_CHANGE, f'nothing of "{name}" is changed.')
        asked: list[tuple[Loc, str]] = [
            (("policies", n, "id"), each.id) for n, each in enumerate(overlay.file.policies)
        ]
        asked += [(change.loc, change.policy) for change in changes if change.how == "drop"]
        for loc, policy in asked:
            if policy not in self._entries:
                message = f'pack "{name}" has no policy "{policy}".'
                yield overlay.document.problem(loc, Code.STRAY_CHANGE, message, self._meant(policy))
            elif all(change.policy != policy for change in changes) and not _tries(overlay.document, loc[:-1], {"id"}):
                yield overlay.document.problem(loc, Code.NO_CHANGE, f"nothing of {policy} is changed.")

    def _meant(self, name: str) -> str:
        current = next((entry.id for entry in self._entries.values() if name in entry.aliases), None)
        return f'Its id is "{current}" now.' if current else did_you_mean(name, self._entries)

    def _before(self, change: Change) -> Any:
        if change.policy:
            return self._standing(self._entries[change.policy], change.key)
        return self._settings.get(change.key, getattr(self._pack.file, change.key))

    def _misplaced_words(self, change: Change) -> Iterator[Problem]:
        """Words that are added and there, or removed and not there."""
        there = self._before(change)
        if not change.value:
            yield change.document.problem(change.loc, Code.NO_CHANGE, "no word stands here.", "Take it out.")
        for number, word in enumerate(change.value):
            shown, where = f'"{cut(word)}"', f"{change.key} of {change.policy}"
            if change.how == "add" and word in there:
                message = f"{shown} is in {where} already."
                yield change.document.problem((*change.loc, number), Code.THERE_ALREADY, message, "Take it out.")
            elif change.how == "remove" and word not in there:
                message, hint = f"{shown} is not in {where}.", did_you_mean(word, there)
                yield change.document.problem((*change.loc, number), Code.NOT_THERE, message, hint)

    def _contrary(self) -> Iterator[Problem]:
        """What is said twice of one thing, and differently."""
        first: dict[tuple[str, str], Change] = {}
        for change in self._changes:
            # A policy that is dropped has no keys that could be changed.
            key = "" if change.policy in self._dropped else change.key
            earlier = first.setdefault((change.policy, key), change)
            words = {earlier.how, change.how} <= {"add", "remove"}
            if not words and (earlier.how, earlier.value) != (change.how, change.value):
                message = f"{_subject(change)}: another thing is said at {earlier.document.location(earlier.loc)}."
                yield change.document.problem(change.loc, Code.CONTRARY, message, "Keep one of them.")


def _tries(document: Document, loc: Loc, but: Collection[str]) -> bool:
    """Whether anything else is written there, be it misspelt."""
    node = document.node(loc)
    return node is not None and any(value for key, value in node.value.items() if key not in but)


def names_of(entry: PolicyEntry) -> tuple[str, ...]:
    """The id and the aliases of a policy."""
    return (entry.id, *entry.aliases)


def _subject(change: Change) -> str:
    """What a change is about."""
    return " of ".join(part for part in (change.key, change.policy) if part)
