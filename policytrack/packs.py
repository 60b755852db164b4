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
from typing import TypeVar

from policytrack.codes import Code
from policytrack.crosschecks import (
    Unsound,
    actor_problems,
    core_problems,
    member_problems,
    pack_problems,
    start_problems,
)
from policytrack.errors import ConfigError, Location, Problem, RuleFileError
from policytrack.model import Policy, Record, digest
from policytrack.packfile import Pack, PackFile, Tracked, tracked_policies
from policytrack.records import as_record
from policytrack.status_model import Core
from policytrack.vocabulary import Actors, Operations, StatusWords, TriggerWords
from policytrack.yamlfile import Document, Loc, did_you_mean, read_yaml

FILES = ("core.yaml", "operations.yaml", "status.yaml", "triggers.yaml", "actors.yaml")
"""The files that a rules directory must have."""

R = TypeVar("R", bound=Record)


# --- the rules


@dataclass(frozen=True, eq=False)
class Rules:
    """All that a rules directory and the packs beside it say. `digest` stands for the bytes of all their files."""

    core: Core
    operations: Operations
    status: StatusWords
    triggers: TriggerWords
    actors: Actors
    policies: tuple[Policy, ...]
    packs: tuple[PackFile, ...]
    digest: str
    core_document: Document = field(repr=False)
    pack_documents: tuple[Document, ...] = field(repr=False)
    """The files of the packs, in the order of `packs`."""

    def policy(self, policy_id: str) -> Policy | None:
        """The policy of that id or alias, or None."""
        return self._by_id.get(policy_id)

    def parts(self, policy_id: str) -> tuple[Policy, ...]:
        """The policies that are directly `part_of` this one, in the order of the files."""
        whole = self.policy(policy_id)
        return tuple(each for each in self.policies if whole and each.part_of and self.policy(each.part_of) is whole)

    def problem(self, rule: str, message: str, code: str = Code.ENGINE_LIMIT) -> Problem:
        """A problem at the shift rule of that name, for those who know more of rules than their files say."""
        number = next((number for number, each in enumerate(self.core.shifts) if each.name == rule), None)
        loc: Loc = ("shifts",) if number is None else ("shifts", number, "name")
        return self.core_document.problem(loc, code, f'rule "{rule}": {message.rstrip(".")}.')

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
        home = _home(path)
        packs = folders.setdefault(home or rules_dir, [])
        if path != home and path.name not in FILES:
            packs.append(path)
    return folders


def _home(path: Path) -> Path | None:
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
    """The names of the packs of a file, or of a folder. Raises ConfigError where there is none."""
    places = zip(rules.packs, rules.pack_documents, strict=True)
    found = [pack.pack for pack, document in places if lies_below(document, path)]
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
        packs=tuple(pack.file for pack in reading.packs),
        digest=digest(*(part for path, each in reading.documents.items() for part in (path.name, each.digest))),
        core_document=reading.documents[folder / "core.yaml"],
        pack_documents=tuple(pack.document for pack in reading.packs),
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
        self.unsound = Unsound()
        self._seen: set[str] = set()

    def read(self, path: Path, model: type[R]) -> R | None:
        """The record of a file, or None with its problems noted; a file that is not there is noted by the folder."""
        if not path.exists():
            return None
        return self._read(path, model)

    def read_packs(self, paths: Iterable[Path], *, unless_named: bool = False) -> None:
        """Adds the packs of files that were not read before; of two packs of one name only the first.

        That there are two is a problem, but not of packs that are read `unless_named` already.
        """
        for path in paths:
            real = os.path.realpath(path)
            if real in self._seen:
                continue
            self._seen.add(real)
            file = self._read(path, PackFile)
            if file is not None and unless_named and file.pack in {pack.file.pack for pack in self.packs}:
                del self.documents[path]
            elif file is not None:
                self._add(Pack(self.documents[path], file))
            else:
                self.unsound.add(self.documents.get(path))

    def _add(self, pack: Pack) -> None:
        name = pack.file.pack
        twin = next((each for each in self.packs if each.file.pack == name), None)
        if twin is None:
            self.packs.append(pack)
            return
        message = f'another pack is named "{name}": {twin.document.location(("pack",))}.'
        self.problems.append(pack.document.problem(("pack",), Code.SAME_PACK, message, "Give one another name."))

    def pack_files(self, path: Path) -> list[Path]:
        """The file itself, or the YAML files of a folder, of which there must be one."""
        if not path.is_dir():
            return [path]
        files = _yaml_files(path)
        if not files:
            self.problems.append(Problem(Location(str(path)), Code.UNREADABLE, "the folder holds no *.yaml files."))
        return files

    def _read(self, path: Path, model: type[R]) -> R | None:
        document, problems = read_yaml(path)
        record = None
        if document is not None:
            self.documents[path] = document
            record, more = as_record(document, model)
            problems = problems + more
        self.problems += problems
        return record


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
