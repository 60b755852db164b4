"""What stands in one pack: policies to track, what they have in common, and tests; and the policies that come of it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Annotated, Any, Literal, NamedTuple

from pydantic import AfterValidator, BeforeValidator, Field, StringConstraints, model_validator

from policytrack.errors import Location, Problem
from policytrack.model import (
    Direction,
    Operation,
    PartialDate,
    Policy,
    PolicyId,
    PolicyKind,
    Record,
    Stage,
    Start,
    checked_partial_date,
)
from policytrack.yamlfile import Document, Loc

TEST_DATE = "2024-11-22"
"""When the text of a test was published, where the test has no `on`. Fixed: a test says the same for ever."""


def listed(value: Any) -> Any:
    """The value as a list, where a text stands alone."""
    return [value] if isinstance(value, str) else value


def _year_as_text(value: Any) -> Any:
    """2024 as "2024": YAML reads a year that stands alone as a number."""
    return str(value) if type(value) is int and 1000 <= value <= 9999 else value


_YEAR_ALONE = BeforeValidator(_year_as_text, json_schema_input_type=str | Annotated[int, Field(ge=1000, le=9999)])


def _checked_pack_name(value: str) -> str:
    if not re.fullmatch(r"[a-z0-9][a-z0-9_-]*", value):
        raise ValueError(f"{value!r} is not a pack name; write lower-case letters, digits, - and _, as ukraine-arms")
    return value


def _checked_until(value: str) -> str:
    return value if value == "open" else checked_partial_date(value)


Phrase = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1)]
Phrases = Annotated[tuple[Phrase, ...], BeforeValidator(listed)]
PackName = Annotated[str, AfterValidator(_checked_pack_name)]
Count = Annotated[int, Field(ge=1)]
Maturity = Literal["experimental", "test", "stable", "deprecated"]


class StartEntry(Start):
    """How a policy stood when its pack began to track it; a year may stand alone."""

    on: Annotated[PartialDate, _YEAR_ALONE] | None = None
    until: Annotated[str, AfterValidator(_checked_until), _YEAR_ALONE] | None = None


class Defaults(Record):
    """What a pack says of all its policies. Only keys that are written count: a policy's own `[]` undoes a list."""

    kind: PolicyKind = "permission"
    issuer: Phrases = ()
    instrument: Phrases = ()
    conduct: Phrases = ()
    beneficiary: Phrases = ()
    part_of: PolicyId | None = None
    tags: Phrases = ()
    looser: Literal["up", "down"] = "down"
    same_event: Annotated[int, Field(ge=0)] = 7
    corroborate: Count = 2


class PolicyEntry(Defaults):
    """One policy as its pack writes it."""

    id: PolicyId
    title: Phrase
    aliases: Annotated[tuple[PolicyId, ...], BeforeValidator(listed)] = ()
    start: StartEntry | None = None


Day = Annotated[PartialDate, _YEAR_ALONE]


class TestArticle(Record):
    """One article of a test. `on` is the date of publication; articles of one publisher corroborate nothing."""

    __test__ = False  # pytest takes classes of this name for tests

    text: Phrase
    title: str = ""
    on: Day = TEST_DATE
    publisher: str = ""


class ExpectedShift(Record):
    """A shift that the articles of a test make. What is left out is not asked; of `triggers` each stands in one."""

    kind: Phrase
    on: Day | None = None
    direction: Direction | None = None
    stage: Stage | None = None
    triggers: Phrases = ()


class ExpectedState(Record):
    """How the policy stands on a day, as the articles of a test tell it. What is left out is not asked."""

    on: Day
    status: Phrase
    stage: Stage | None = None
    level: float | None = None
    until: Annotated[str, AfterValidator(_checked_until), _YEAR_ALONE] | None = None


class PackTest(Record):
    """One text, or several `articles`, and what is read from them about a policy; without `policy` any tracked one.

    `gives` is the operation that is read as news; `none` where nothing is. `triggers` are words of the causes that are
    read, `shifts` all shifts in their order, `states` how it stands on some days; an empty list of triggers or shifts
    asks that there are none. `todo` is why the test is known to fail: it fails when it begins to pass.
    """

    text: Phrase | None = None
    title: str = ""
    on: Day = TEST_DATE
    articles: tuple[TestArticle, ...] = ()
    policy: PolicyId | None = None
    gives: Literal[Operation, "none"] | None = None
    direction: Direction | None = None
    triggers: Phrases = ()
    shifts: tuple[ExpectedShift, ...] = ()
    states: tuple[ExpectedState, ...] = ()
    todo: Phrase | None = None

    @model_validator(mode="after")
    def _can_fail(self) -> PackTest:
        if (self.text is None) is (not self.articles):
            raise ValueError("a test has a `text`, or `articles`")
        asked = self.model_fields_set & {"gives", "triggers", "shifts", "states"}
        if not asked:
            raise ValueError("the test asks nothing; add `gives`, `triggers`, `shifts` or `states`")
        if self.direction is not None and self.gives in (None, "none"):
            raise ValueError("a direction is that of an operation: name it under `gives`")
        if self.articles and self.model_fields_set & {"title", "on"}:
            raise ValueError("beside `articles`, `title` and `on` say nothing; write them in each")
        if self.policy is None and asked & {"shifts", "states"}:
            raise ValueError("shifts and states are of one policy; name it under `policy`")
        return self

    def read(self) -> tuple[TestArticle, ...]:
        """The articles that the test is about."""
        if self.text is None:
            return self.articles
        return (TestArticle(text=self.text, title=self.title, on=self.on),)


class PackFile(Record):
    """One pack: a subject's policies, what they have in common, and tests.

    `extends` names packs whose defaults hold where this one says nothing; of several, the later wins.
    """

    pack: PackName
    version: Count
    maturity: Maturity = "experimental"
    limits: Phrases = ()
    extends: Annotated[tuple[PackName, ...], BeforeValidator(listed)] = ()
    defaults: Defaults = Defaults()
    same_event: Annotated[int, Field(ge=0)] = 7
    corroborate: Count = 2
    quiet_budget: Annotated[int, Field(ge=0)] = 0
    policies: tuple[PolicyEntry, ...] = ()
    tests: tuple[PackTest, ...] = ()


class Change(NamedTuple):
    """One thing that an overlay says, and where: of a policy, or (`policy` is empty) of all policies of its pack.

    `how` is of the `key` (set, add, remove) or of the whole policy (drop). Of lists `value` is a tuple.
    """

    overlay: str
    document: Document
    loc: Loc
    policy: str
    how: Literal["set", "add", "remove", "drop"]
    key: str = ""
    value: Any = None


@dataclass(frozen=True, eq=False)
class Pack:
    """A pack as overlays leave it, the document that it was read from, and what the overlays changed.

    `places` says where parts of `file` stand that are not found under the same keys of that document.
    """

    document: Document
    file: PackFile
    changes: tuple[Change, ...] = ()
    places: Mapping[Loc, tuple[Document, Loc]] = field(default_factory=dict, repr=False)
    overlay_documents: tuple[Document, ...] = ()

    @property
    def documents(self) -> tuple[Document, ...]:
        """The pack's own document, then those of its overlays."""
        return (self.document, *self.overlay_documents)

    def place(self, loc: Loc) -> tuple[Document, Loc]:
        """The document that says this part of `file`, and where."""
        for length in range(len(loc), 0, -1):
            if loc[:length] in self.places:
                document, start = self.places[loc[:length]]
                return document, (*start, *loc[length:])
        return self.document, loc

    def location(self, loc: Loc) -> Location:
        """Where this part of `file` stands, in the document that says it."""
        document, start = self.place(loc)
        return document.location(start)

    def problem(
        self,
        loc: Loc,
        code: str,
        message: str,
        hint: str = "",
        *,
        on_key: bool = False,
        part: tuple[int, int] | None = None,
    ) -> Problem:
        """A problem with this part of `file`, in the document that says it."""
        document, start = self.place(loc)
        return document.problem(start, code, message, hint, on_key=on_key, part=part)

    def is_overlaid(self, loc: Loc) -> bool:
        """Whether an overlay says this part of `file`."""
        return self.place(loc)[0] is not self.document

    def overlays_of(self, entry: PolicyEntry) -> tuple[str, ...]:
        """The overlays that changed a policy, by name and version."""
        own = entry.model_fields_set
        changed = (each for each in self.changes if each.policy == entry.id or not (each.policy or each.key in own))
        return tuple(dict.fromkeys(each.overlay for each in changed if each.key != "quiet_budget"))


class Tracked(NamedTuple):
    """A policy and where it stands: its number among the policies of its pack, from 0."""

    pack: Pack
    number: int
    policy: Policy

    def loc(self, key: str) -> Loc:
        """Where the pack says it: in the policy, else in the defaults, else (from another pack) the policy's id."""
        if key in self.pack.file.policies[self.number].model_fields_set:
            return ("policies", self.number, key)
        return ("defaults", key) if key in self.pack.file.defaults.model_fields_set else ("policies", self.number, "id")

    def overlaid(self, *keys: str) -> Loc | None:
        """Where an overlay says the first of these keys that one does say."""
        locs: list[Loc] = [("policies", self.number, key) for key in keys]
        return next((loc for loc in locs if self.pack.is_overlaid(loc)), None)


def tracked_policies(packs: Sequence[Pack], common: Mapping[str, Any]) -> Iterator[Tracked]:
    """Every policy of every pack, with its pack's defaults filled in; `common` holds where no pack says anything."""
    by_name = {pack.file.pack: pack.file for pack in packs}
    for pack in packs:
        settings = {**common, **settings_of(pack.file, by_name)}
        for number, entry in enumerate(pack.file.policies):
            values = settings | _written(entry)
            if entry.start is not None:
                values["start"] = Start(**{name: getattr(entry.start, name) for name in Start.model_fields})
            values |= {"pack": pack.file.pack, "pack_version": pack.file.version, "overlays": pack.overlays_of(entry)}
            yield Tracked(pack, number, Policy(**values))


def settings_of(pack: PackFile, by_name: Mapping[str, PackFile], above: tuple[str, ...] = ()) -> dict[str, Any]:
    """What holds for all policies of a pack that do not say otherwise themselves."""
    settings: dict[str, Any] = {}
    above = (*above, pack.pack)
    for name in pack.extends:
        if name in by_name and name not in above:
            settings |= settings_of(by_name[name], by_name, above)
    settings |= {name: value for name, value in _written(pack).items() if name in ("same_event", "corroborate")}
    return settings | _written(pack.defaults)


def _written(record: Record) -> dict[str, Any]:
    """The keys that the file itself has."""
    return {name: getattr(record, name) for name in record.model_fields_set}
