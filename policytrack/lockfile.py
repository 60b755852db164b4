"""`rules.lock`: what each rule file did under which version, so that none does something else under the same one.

    rules/rules.lock        core.yaml, operations.yaml, ..., packs/us-tariffs.yaml
    my-packs/rules.lock     salt.yaml, pepper.yaml

It lies in the rules folder, or beside packs that lie elsewhere; one line a file, by name. A folder without one is not
looked after.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator, Field, StringConstraints

from policytrack.codes import Code
from policytrack.errors import ConfigError, Location, Problem
from policytrack.model import Record
from policytrack.packs import RuleFile, Rules, home_of
from policytrack.records import as_record
from policytrack.yamlfile import Document, read_yaml

NAME = "rules.lock"
_HEAD = """\
# Written by `policytrack rules lock`: what each rule file does, and under which version.
# In a merge conflict keep either side, then run `policytrack rules lock --raise` on this folder.
files:
"""
_UNRAISED = (Code.SAME_VERSION, Code.OLDER_VERSION)
"""What a higher version mends; a new lock alone would hide it."""


def _checked_name(name: str) -> str:
    if not re.fullmatch(r"(packs/)?[^/\\\x00-\x1f]+\.ya?ml", name):
        raise ValueError(f"{name!r} is no rule file of this folder; write its path from here, as packs/salt.yaml")
    return name


class Locked(Record):
    """What a file was when it was locked."""

    version: int = Field(ge=1)
    behaviour: Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{32}$")]


class Lock(Record):
    """The files of one folder, by their path from there."""

    files: dict[Annotated[str, AfterValidator(_checked_name)], Locked]


class LockedFile(Record):
    """What locking did to one line: its version before and now; None where there is no such line."""

    file: str
    before: int | None = None
    version: int | None = None


def lock_problems(rules: Rules, paths: Sequence[Path], *, wanted: bool = False) -> list[Problem]:
    """Where rule files of these paths are not what the rules.lock beside them says; `wanted`: also where there is none.

    What else is wrong with the files is not said here.
    """
    found = [problem for folder in _folders(rules, paths) for problem in folder.problems(wanted)]
    return sorted(set(found))


def unraised(rules: Rules, paths: Sequence[Path]) -> list[Problem]:
    """The files of these paths that want a higher version before they can be locked."""
    return [problem for problem in lock_problems(rules, paths) if problem.code in _UNRAISED]


def write_locks(rules: Rules, paths: Sequence[Path]) -> list[LockedFile]:
    """Writes the rules.lock of these paths anew; the lines that are other than before, by file.

    Files that are `unraised` get the version after the locked one, in the file itself.
    """
    return [change for folder in _folders(rules, paths) for change in folder.write()]


@dataclass(frozen=True)
class _Folder:
    """A folder with a lock: the files that are looked at, its lock's document, and what that says."""

    path: Path
    asked: tuple[Path, ...]
    files: dict[str, RuleFile]
    document: Document | None
    flaws: tuple[Problem, ...]
    locked: dict[str, Locked]

    @property
    def file(self) -> Path:
        return self.path / NAME

    @property
    def command(self) -> str:
        return f"policytrack rules lock {self.path}"

    def problems(self, wanted: bool = False) -> Iterator[Problem]:
        """What is wrong with the lock itself, with the files, and with lines of files that are no more."""
        if self.flaws:
            yield from (
                replace(flaw, hint=f"{flaw.hint} `{self.command}` writes it anew.".strip()) for flaw in self.flaws
            )
        elif self.document is None:
            if wanted:
                yield Problem(
                    Location(str(self.file)), Code.STALE_LOCK, "there is no lock here.", f"Run `{self.command}`."
                )
        else:
            yield from (problem for name in self.files if (problem := self._problem(name)))
            for name in self._gone():
                message = f'"{name}" is locked, and no such file lies here.'
                yield self.document.problem(
                    ("files", name), Code.STALE_LOCK, message, f"Run `{self.command}`.", on_key=True
                )

    def _problem(self, name: str) -> Problem | None:
        now, then = self.files[name], self.locked.get(name)
        hint = f"Run `{self.command}`."
        if then is None:
            return now.document.problem(("version",), Code.STALE_LOCK, f"{self.file} lacks this file.", hint)
        if now.version > then.version:
            message = f"the version is {now.version}, and {then.version} in {self.file}."
            return now.document.problem(("version",), Code.STALE_LOCK, message, hint)
        both = f"Raise it, then run `{self.command}`; with --raise that does both."
        if now.version < then.version:
            message = f"the version is {now.version}, and was {then.version} already, by {self.file}."
            return now.document.problem(("version",), Code.OLDER_VERSION, message, both)
        if now.behaviour != then.behaviour:
            message = f"the behaviour changed and version is still {now.version}, as in {self.file}."
            return now.document.problem(("version",), Code.SAME_VERSION, message, both)
        return None

    def _gone(self) -> list[str]:
        """The locked files that were asked for, and are not there."""
        return [
            name
            for name in self.locked
            if any(_is_within(self.path / name, path) for path in self.asked) and not os.path.isfile(self.path / name)  # noqa: PTH113 a name may be too long to ask Path
        ]

    def write(self) -> list[LockedFile]:
        """The lines that changed; files whose behaviour changed get a version above the locked one first."""
        now = {name: each for name, each in self.locked.items() if name not in self._gone()}
        for name, file in self.files.items():
            then, version = self.locked.get(name), file.version
            problem = self._problem(name) if then is not None else None
            if then is not None and problem is not None and problem.code in _UNRAISED:
                version = then.version + 1
                _write(Path(file.document.path), _with_version(file.document, version))
            now[name] = Locked(version=version, behaviour=file.behaviour)
        text = _text(now)
        if self.flaws or self.document is None or text != _read(self.file):
            _write(self.file, text)
        return [
            LockedFile(file=name, before=_version(self.locked, name), version=_version(now, name))
            for name in sorted({*self.locked, *now})
            if self.locked.get(name) != now.get(name)
        ]


def _folders(rules: Rules, paths: Sequence[Path]) -> Iterator[_Folder]:
    """The folders whose locks look after these paths, each once."""
    asked: dict[Path, tuple[Path, list[Path]]] = {}
    for path in paths:
        folder = home_of(path) or (path if path.is_dir() else path.parent)
        asked.setdefault(folder.resolve(), (folder, []))[1].append(path)
    for folder, own in asked.values():
        read = [file for file in rules.files if any(_is_within(Path(file.document.path), path) for path in own)]
        if read:
            document, flaws, locked = _locked(folder / NAME)
            yield _Folder(folder, tuple(own), {_name(file, folder): file for file in read}, document, flaws, locked)


def _locked(path: Path) -> tuple[Document | None, tuple[Problem, ...], dict[str, Locked]]:
    """The lock of that path as a document, what is wrong with it, and its lines; nothing of all that where none is."""
    if not os.path.lexists(path):
        return None, (), {}
    document, problems = read_yaml(path)
    lock, more = as_record(document, Lock) if document is not None else (None, [])
    found = (*problems, *more)
    return document, found, dict(lock.files) if lock is not None and not found else {}


def _name(file: RuleFile, folder: Path) -> str:
    """The path of a file from the folder of its lock."""
    return Path(os.path.relpath(file.document.path, folder)).as_posix()


def _is_within(place: Path, path: Path) -> bool:
    """Whether a place is that path or lies below it, by the names that were given or by where they lead."""
    pairs = ((Path(os.path.abspath(place)), Path(os.path.abspath(path))), (place.resolve(), path.resolve()))  # noqa: PTH100 links are not to be followed here
    return any(above in (below, *below.parents) for below, above in pairs)


def _version(lines: Mapping[str, Locked], name: str) -> int | None:
    return lines[name].version if name in lines else None


def _text(lines: Mapping[str, Locked]) -> str:
    return _HEAD + "".join(
        f"  {_key(name)}: {{version: {line.version}, behaviour: {line.behaviour}}}\n"
        for name, line in sorted(lines.items())
    )


def _key(name: str) -> str:
    return name if re.fullmatch(r"\w[\w./-]*", name, re.ASCII) else json.dumps(name, ensure_ascii=False)


def _with_version(document: Document, version: int) -> str:
    """The text of a rule file with another version, and nothing else changed."""
    node = document.node(("version",))
    assert node is not None, "a file that was read has a version"
    lines = _read(Path(document.path)).splitlines(keepends=True)
    line = lines[node.line - 1]
    lines[node.line - 1] = line[: node.column - 1] + str(version) + line[node.column - 1 + node.width :]
    return "".join(lines)


def _read(path: Path) -> str:
    with path.open(encoding="utf-8", newline="") as stream:
        return stream.read()


def _write(path: Path, text: str) -> None:
    try:
        path.write_bytes(text.encode("utf-8"))
    except (OSError, UnicodeError) as error:
        reason = (error.strerror if isinstance(error, OSError) else None) or error
        raise ConfigError(f"{path} cannot be written: {reason}.") from None
