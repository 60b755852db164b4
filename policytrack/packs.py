"""What a rules directory means: its five files, the packs in it and beside it, and what they say together.

    rules/  core.yaml  operations.yaml  status.yaml  triggers.yaml  actors.yaml  packs/<subject>.yaml

`load_rules` gives the rules or raises with every problem of every file; `check_rules` gives the problems.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

from policytrack.behaviour import behaviour, overlay_behaviour, pack_behaviours, programs
from policytrack.codes import Code
from policytrack.crosschecks import (
    Unsound,
    actor_problems,
    core_problems,
    member_problems,
    owner_problems,
    pack_problems,
    start_problems,
)
from policytrack.errors import ConfigError, Location, Problem, RuleFileError
from policytrack.model import Entry, Policy, Record, digest
from policytrack.overlays import Overlay, OverlayFile, overlaid
from policytrack.packfile import Pack, PackFile, Tracked, tracked_policies
from policytrack.records import as_record
from policytrack.status_model import Core
from policytrack.vocabulary import Actors, Operations, StatusWords, TriggerWords
from policytrack.yamlfile import Document, Loc, did_you_mean, nearest, read_yaml

FILES = ("core.yaml", "operations.yaml", "status.yaml", "triggers.yaml", "actors.yaml")
"""The files that a rules directory must have."""

R = TypeVar("R", bound=Record)


# --- the rules


class RuleFile(NamedTuple):
    """One file that was read: its version, and the digest of what it does."""

    document: Document
    version: int
    behaviour: str


@dataclass(frozen=True, eq=False)
class Rules:
    """All that a rules directory and the packs beside it say. `digest` stands for the bytes of all their files.

    `behaviour` stands for what they do: it stays where only a remark, a title, a test or a version is another.
    """

    core: Core
    operations: Operations
    status: StatusWords
    triggers: TriggerWords
    actors: Actors
    policies: tuple[Policy, ...]
    digest: str
    documents: tuple[Document, ...] = field(repr=False)
    """The directory's own files, in the order of `FILES`."""
    written_packs: tuple[Pack, ...] = field(repr=False)
    """The packs as their files have them."""
    placed_packs: tuple[Pack, ...] = field(repr=False)
    """The packs as overlays leave them, with the places of all that they say."""
    overlays: tuple[Overlay, ...] = field(repr=False)

    @cached_property
    def packs(self) -> tuple[PackFile, ...]:
        """What the packs say, as overlays leave them."""
        return tuple(pack.file for pack in self.placed_packs)

    @cached_property
    def pack_documents(self) -> tuple[Document, ...]:
        """The files of the packs, in the order of `packs`."""
        return tuple(pack.document for pack in self.placed_packs)

    @property
    def core_document(self) -> Document:
        """The file of `core`."""
        return self.documents[0]

    @cached_property
    def files(self) -> tuple[RuleFile, ...]:
        """Every file with its version and what it does: the directory's own, then the packs', then the overlays'."""
        packs = self.written_packs
        return (
            *self._own_files,
            *(
                RuleFile(p.document, p.file.version, does)
                for p, does in zip(packs, pack_behaviours(packs), strict=True)
            ),
            *(RuleFile(each.document, each.file.version, overlay_behaviour(each.file)) for each in self.overlays),
        )

    @cached_property
    def _own_files(self) -> tuple[RuleFile, ...]:
        """The directory's own files, in the order of `FILES`."""
        pairs = zip(self.documents, self._own(), strict=True)
        return tuple(RuleFile(document, each.version, behaviour(each)) for document, each in pairs)

    def _own(self) -> tuple[Core | Operations | StatusWords | TriggerWords | Actors, ...]:
        return self.core, self.operations, self.status, self.triggers, self.actors

    @cached_property
    def behaviour(self) -> str:
        """What stands for all that the files do, and for the programs that read by them."""
        return digest(self._own_files[0].behaviour, self.reading)

    @cached_property
    def reading(self) -> str:
        """What stands for all that decides what is read from an article: all but core.yaml."""
        own = (each.behaviour for each in self._own_files[1:])
        return digest(*programs(), *own, *sorted(pack_behaviours(self.placed_packs)))

    def policy(self, policy_id: str) -> Policy | None:
        """The policy of that id or alias, or None."""
        return self._by_id.get(policy_id)

    def pack(self, name: str) -> PackFile | None:
        """The pack of that name, or None."""
        return next((pack for pack in self.packs if pack.pack == name), None)

    def deprecated(self) -> tuple[PackFile, ...]:
        """The packs that track something and should no longer be used."""
        return tuple(pack for pack in self.packs if pack.maturity == "deprecated" and pack.policies)

    def by_owner(self, entries: Iterable[Entry]) -> list[Entry]:
        """The entries, in their order, where publishers of one owner are one source: the owner."""
        return [
            each.model_copy(update={"source": self._owners[each.source]}) if each.source in self._owners else each
            for each in entries
        ]

    def parts(self, policy_id: str) -> tuple[Policy, ...]:
        """The policies that are directly `part_of` this one, in the order of the files."""
        whole = self.policy(policy_id)
        return self._parts.get(whole.id, ()) if whole else ()

    def problem(self, rule: str, message: str, code: str = Code.ENGINE_LIMIT) -> Problem:
        """A problem at the shift rule of that name, for those who know more of rules than their files say."""
        number = next((number for number, each in enumerate(self.core.shifts) if each.name == rule), None)
        loc: Loc = ("shifts",) if number is None else ("shifts", number, "name")
        return self.core_document.problem(loc, code, f'rule "{rule}": {message.rstrip(".")}.')

    @cached_property
    def _owners(self) -> Mapping[str, str]:
        return {name.casefold(): owner for owner, names in self.actors.owners.items() for name in names}

    @cached_property
    def _parts(self) -> Mapping[str, tuple[Policy, ...]]:
        found: dict[str, tuple[Policy, ...]] = {}
        for each in self.policies:
            if each.part_of and (whole := self.policy(each.part_of)) is not None:
                found[whole.id] = (*found.get(whole.id, ()), each)
        return found

    @cached_property
    def _by_id(self) -> Mapping[str, Policy]:
        return {name: policy for policy in self.policies for name in (policy.id, *policy.aliases)}


def load_rules(rules_dir: Path | None = None, packs: Sequence[Path] = ()) -> Rules:
    """The rules of a directory (None: the shipped ones), with the packs of more files or folders beside them.

    Raises RuleFileError with all problems of all files.
    """
    rules, problems = read_rules(rules_dir, packs)
    if rules is None or problems:
        raise RuleFileError(problems)
    return rules


def rules_at(path: Path, rules_dir: Path | None = None) -> Rules:
    """The rules that a path stands for: a rules folder, or a pack or a folder of packs.

    Packs are read beside the rules directory that they lie in, else beside `rules_dir` (None: the shipped one), there
    instead of packs of the same names. Raises RuleFileError with all problems of all files.
    """
    (folder, packs), *_ = by_folder([path], rules_dir).items()
    rules, problems = read_rules(folder, packs, instead=True)
    if rules is None or problems:
        raise RuleFileError(problems)
    return rules


def check_rules(
    paths: Sequence[Path],
    rules_dir: Path | None = None,
    further: Callable[[Rules], Iterable[Problem]] | None = None,
) -> list[Problem]:
    """All problems of rules directories and of packs, each once, in the order of their places.

    A pack is checked beside the rules directory that it lies in; where it lies in none, beside `rules_dir` (None: the
    shipped one). `further` finds problems of sound rules that only the modules above this one can see, such as the
    limits of the rules engine; `Rules.problem` gives them their place.
    """
    found: set[Problem] = set()
    for folder, packs in by_folder(paths, rules_dir).items():
        rules, problems = read_rules(folder, packs)
        found.update(problems)
        if rules is not None and further is not None:
            found.update(further(rules))
    return sorted(found)


def by_folder(paths: Sequence[Path], rules_dir: Path | None) -> dict[Path | None, list[Path]]:
    """The rules directories beside which packs are read, each with the packs and folders of packs among the paths."""
    folders: dict[Path | None, list[Path]] = {}
    for path in paths:
        home = home_of(path)
        packs = folders.setdefault(home or rules_dir, [])
        if path != home and path.name not in FILES:
            packs.append(path)
    return folders


def home_of(path: Path) -> Path | None:
    """The rules directory that a path is, or lies in as one of its files; None for a pack anywhere else."""
    candidates = [path]
    if path.name in (*FILES, "packs"):
        candidates.append(path.parent)
    if path.parent.name == "packs":
        candidates.append(path.parent.parent)
    return next((folder for folder in candidates if any((folder / name).is_file() for name in FILES)), None)


def lies_below(document: Document, path: Path) -> bool:
    """Whether a document is the file, or lies in the folder, of that path."""
    place = Path(document.path).resolve()
    return path.resolve() in (place, *place.parents)


def packs_below(rules: Rules, path: Path) -> list[str]:
    """The names of the packs that a file or folder holds, or that overlays there change. ConfigError without any."""
    found = [pack.file.pack for pack in rules.placed_packs if any(lies_below(each, path) for each in pack.documents)]
    if not found:
        raise ConfigError(f"{path}: none of the packs that were read lies here. Name a pack file or a folder.")
    return found


# --- reading


def shipped(name: str) -> Path:
    """Where "rules" or "seeds" of this installation are. Raises ConfigError where they are not."""
    package = Path(__file__).parent
    # The wheel's place first: what stands beside an installed package is somebody else's.
    for place in (package / "_shipped" / name, package.parent / name):
        if place.is_dir():
            return place
    raise ConfigError(f"{name!r} did not come with this installation of policytrack; install it again.")


def read_rules(
    rules_dir: Path | None = None, packs: Sequence[Path] = (), *, instead: bool = False
) -> tuple[Rules | None, list[Problem]]:
    """The rules, as far as they are sound, and all problems; None where one of the directory's own files is unsound.

    A pack of the name of one in the directory is a problem, or is read `instead`.
    """
    folder = shipped("rules") if rules_dir is None else rules_dir
    try:
        return _rules_of(folder, packs, instead)
    except OSError as error:
        message = f"cannot be read: {error.strerror or error}."
        return None, [Problem(Location(str(error.filename or folder)), Code.UNREADABLE, message)]


def _rules_of(folder: Path, packs: Sequence[Path], instead: bool) -> tuple[Rules | None, list[Problem]]:
    reading = _Reading(list(_folder_problems(folder)))
    core = reading.read(folder / "core.yaml", Core)
    operations = reading.read(folder / "operations.yaml", Operations)
    status = reading.read(folder / "status.yaml", StatusWords)
    triggers = reading.read(folder / "triggers.yaml", TriggerWords)
    actors = reading.read(folder / "actors.yaml", Actors)
    given = [file for path in packs for file in reading.pack_files(path)]
    if instead:
        reading.read_packs(given)
    reading.read_packs(_yaml_files(folder / "packs"), unless_named=instead)
    reading.read_packs(given)
    common = {"same_event": core.days.same_event, "corroborate": core.corroborate} if core else {}
    written = tuple(reading.packs)
    reading.merge_overlays(common)
    tracked = list(tracked_policies(reading.packs, common))
    problems = _problems(reading, folder, tracked, core, actors)
    if core is None or operations is None or status is None or triggers is None or actors is None:
        return None, problems
    rules = Rules(
        core=core,
        operations=operations,
        status=status,
        triggers=triggers,
        actors=actors,
        policies=tuple(each.policy for each in tracked),
        digest=digest(*(part for path, each in reading.documents.items() for part in (path.name, each.digest))),
        documents=tuple(reading.documents[folder / name] for name in FILES),
        written_packs=written,
        placed_packs=tuple(reading.packs),
        overlays=tuple(reading.overlays),
    )
    return rules, problems


def _problems(
    reading: _Reading, folder: Path, tracked: Sequence[Tracked], core: Core | None, actors: Actors | None
) -> list[Problem]:
    """All that is wrong with the files one by one, and with what they say together as far as that could be read."""
    found = [*reading.problems, *pack_problems(reading.packs, tracked, reading.unsound)]
    if actors is not None:
        found += actor_problems(reading.packs, actors)
        found += member_problems(actors, reading.documents[folder / "actors.yaml"])
        found += owner_problems(actors, reading.documents[folder / "actors.yaml"])
    if core is not None:
        found += start_problems(tracked, core)
        found += core_problems(core, reading.documents[folder / "core.yaml"])
    return sorted(set(found))


class _Reading:
    """The documents that were read so far, each file once, and all that is wrong with them."""

    def __init__(self, problems: list[Problem]) -> None:
        self.problems = problems
        self.documents: dict[Path, Document] = {}
        self.packs: list[Pack] = []
        self.overlays: list[Overlay] = []
        self.unsound = Unsound()
        self._seen: set[str] = set()

    def read(self, path: Path, model: type[R]) -> R | None:
        """The record of a file, or None with its problems noted; a file that is not there is noted by the folder."""
        document = self._document(path) if path.exists() else None
        return self._record(document, model) if document is not None else None

    def read_packs(self, paths: Iterable[Path], *, unless_named: bool = False) -> None:
        """Adds the packs and overlays of files that were not read before; of two of one name only the first.

        That there are two is a problem, but not of packs that are read `unless_named` already.
        """
        for path in paths:
            real = os.path.realpath(path)
            if real in self._seen:
                continue
            self._seen.add(real)
            document = self._document(path)
            if document is not None and _is_overlay(document):
                self._add_overlay(document)
            elif document is not None and unless_named and self._is_named(document):
                del self.documents[path]
            else:
                self._add_pack(document)

    def _add_pack(self, document: Document | None) -> None:
        file = self._record(document, PackFile) if document is not None else None
        if document is None or file is None:
            self.unsound.add(document)
        elif not self._is_taken("pack", file.pack, document, self.packs):
            self.packs.append(Pack(document, file))

    def _add_overlay(self, document: Document) -> None:
        file = self._record(document, OverlayFile)
        if file is not None and not self._is_taken("overlay", file.overlay, document, self.overlays):
            self.overlays.append(Overlay(document, file))

    def _is_named(self, document: Document) -> bool:
        """Whether another pack of the name that the document gives itself was read."""
        node = document.node(("pack",))
        return node is not None and any(pack.file.pack == node.value for pack in self.packs)

    def _is_taken(self, kind: str, name: str, document: Document, others: Iterable[Pack | Overlay]) -> bool:
        """Whether another file of the kind has the name, which is a problem."""
        twin = next((each for each in others if getattr(each.file, kind) == name), None)
        if twin is not None:
            message = f'another {kind} is named "{name}": {twin.document.location((kind,))}.'
            self.problems.append(document.problem((kind,), Code.SAME_PACK, message, "Give one another name."))
        return twin is not None

    def merge_overlays(self, common: Mapping[str, Any]) -> None:
        """Puts into place of the packs what overlays make of them."""
        self.packs, problems = overlaid(self.packs, self.overlays, common, self.unsound)
        self.problems += problems

    def pack_files(self, path: Path) -> list[Path]:
        """The file itself, or the YAML files of a folder, of which there must be one."""
        if not path.is_dir():
            return [path]
        files = _yaml_files(path)
        if not files:
            self.problems.append(Problem(Location(str(path)), Code.UNREADABLE, "the folder holds no *.yaml files."))
        return files

    def _document(self, path: Path) -> Document | None:
        document, problems = read_yaml(path)
        self.problems += problems
        if document is not None:
            self.documents[path] = document
        return document

    def _record(self, document: Document, model: type[R]) -> R | None:
        record, problems = as_record(document, model)
        self.problems += problems
        return record


def _is_overlay(document: Document) -> bool:
    """Whether a file is meant as an overlay: it has keys of one, and no name of a pack."""
    keys = document.data if isinstance(document.data, dict) else ()
    return "pack" not in keys and any(key in keys or nearest(key, keys) for key in ("overlay", "changes"))


def _yaml_files(folder: Path) -> list[Path]:
    """The YAML files of a folder by name, without those that editors hide."""
    found = [*folder.glob("*.yaml"), *folder.glob("*.yml")]
    return sorted(path for path in found if not path.name.startswith("."))


def _folder_problems(folder: Path) -> Iterator[Problem]:
    place = Location(str(folder))
    if not folder.is_dir():
        what = "the rules folder is a file." if folder.exists() else "the rules folder does not exist."
        yield Problem(place, Code.RULES_FOLDER, what, f"A rules folder holds {', '.join(FILES)} and packs/.")
        return
    present = _yaml_files(folder)
    missing = [name for name in FILES if not (folder / name).exists()]
    if missing == list(FILES):
        what = "the folder holds no rules."
        yield Problem(place, Code.RULES_FOLDER, what, f"A rules folder holds {', '.join(FILES)} and packs/.")
        return
    for name in missing:
        yield Problem(place, Code.RULES_FOLDER, f'the rules folder lacks "{name}".')
    for path in present:
        if path.name not in FILES:
            hint = did_you_mean(path.name, missing) or "Packs are read from packs/."
            yield Problem(Location(str(path)), Code.RULES_FOLDER, "no such file is read here.", hint)
