"""The blocks of a page of the documentation, and what a reader who tries them all would get.

A block under a line that ends "as `notes/a.txt`:" is a file that the reader saves. In a console block each line with
"$ " is run and the lines below are what it prints: "..." stands for anything, also for whole lines; ids, seconds and
the present moment need not be the same. An id that a page shows is whatever it stood for when it was printed. A
command that ends with another code than 0 says so: "# exit code 1". A text block right below a python block is what
that prints.
"""

from __future__ import annotations

import contextlib
import io
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

from typer.testing import CliRunner

from policytrack.cli import app

ROOT = Path(__file__).parent.parent
PAGES = sorted([ROOT / "README.md", *(ROOT / "docs").rglob("*.md")])
SHIPPED = ("seeds", "examples", "rules")
NOT_RUN = ("make", ".")
"""Commands of the set-up, which the tests of the set-up are for."""
CHECKED_BY = {"sources": ["sources"], "channels": ["alerts", "check"]}
"""The command that checks a file, by its first key; others are packs."""

_BLOCK = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_NAMED = re.compile(r"as\s`([\w./-]+)`:\s*\Z")
_ID = re.compile(r"\b[csp]-[0-9a-f]{6,32}\b")
_LOOSE = re.compile(r"\.\.\.|\b[csp]-[0-9a-f]{6,32}\b|\b\d+\.\d s\b|(?<=now \()\d{4}-[\d:T-]+Z")


class Block(NamedTuple):
    """One fenced block: its language, its text, its first line's number, and the file or output that it is."""

    language: str
    text: str
    line: int
    file: str | None
    follows_python: bool


def blocks(page: Path) -> Iterator[Block]:
    """The fenced blocks of a page, in order."""
    text = page.read_text(encoding="utf-8")
    before, python = 0, False
    for found in _BLOCK.finditer(text):
        between = text[before : found.start()]
        named = _NAMED.search(between.rstrip("\n"))
        line = text.count("\n", 0, found.start()) + 2
        yield Block(found[1], found[2], line, named and named[1], python and not between.strip())
        before, python = found.end(), found[1] == "python"


def pattern(shown: str) -> re.Pattern[str]:
    """What output must look like to be what a page shows; each id is a group of its own."""
    parts = []
    for line in shown.splitlines():
        if line.strip() == "...":
            parts.append(r"(?:[^\n]*\n)*?")
            continue
        last = 0
        for loose in _LOOSE.finditer(line):
            parts.append(re.escape(line[last : loose.start()]))
            parts.append(_loosely(loose[0]))
            last = loose.end()
        parts.append(re.escape(line[last:]) + r"[ ]*\n")
    return re.compile("".join(parts) + r"\n*", re.MULTILINE)


def _loosely(words: str) -> str:
    if words == "...":
        return r"[^\n]*?"
    if _ID.fullmatch(words):
        return rf"({words[0]}-[0-9a-f]{{6,32}})"
    return r"\d+\.\d s" if words.endswith("s") else r"\d{4}-[\d:T-]+Z"


@dataclass
class Reader:
    """Somebody in a folder of their own who tries a page from top to bottom. The folder must be the current one."""

    names: dict[str, Any] = field(default_factory=lambda: {"__name__": "__page__"})
    ids: dict[str, str] = field(default_factory=dict)
    printed: str = ""

    def tries(self, block: Block) -> None:
        """Does what a block says; AssertionError where something else comes of it."""
        if block.file:
            Path(block.file).parent.mkdir(parents=True, exist_ok=True)
            written = _ID.sub(lambda found: self.ids.get(found[0], found[0]), block.text)
            Path(block.file).write_text(written, encoding="utf-8")
        if block.language == "yaml":
            self._checks(block)
        elif block.language == "python" and not block.file:
            with contextlib.redirect_stdout(io.StringIO()) as out:
                exec(compile(block.text, f"block at line {block.line}", "exec"), self.names)
            self.printed = out.getvalue()
        elif block.language == "console":
            self._types(block)
        elif block.language == "text" and block.follows_python:
            self._compares(block.text, self.printed, block.line)

    def _checks(self, block: Block) -> None:
        file = Path(block.file or f"block-{block.line}.yaml")
        file.write_text(block.text, encoding="utf-8")
        checked = CHECKED_BY.get(block.text.partition(":")[0], ["rules", "check"])
        code, output = _run(["policytrack", *checked, str(file)])
        assert code == 0, f"line {block.line}: {output}"

    def _types(self, block: Block) -> None:
        command, shown, at = "", "", block.line
        for number, line in enumerate([*block.text.splitlines(), "$ "], start=block.line):
            if not line.startswith("$ "):
                shown += line + "\n"
                continue
            if command:
                self._runs(command, shown, at)
            command, shown, at = line[2:], "", number

    def _runs(self, command: str, shown: str, line: int) -> None:
        expected = re.search(r"# exit code (\d+)", command)
        words = [self.ids.get(word, word) for word in shlex.split(command, comments=True)]
        if words[0] in NOT_RUN:
            return
        code, output = _run(words)
        assert code == int(expected[1] if expected else 0), f"line {line}: exit code {code}\n{output}"
        if shown.strip():
            self._compares(shown, output, line)

    def _compares(self, shown: str, output: str, line: int) -> None:
        found = pattern(shown).fullmatch(output.lstrip("\n"))
        assert found, f"line {line}: the page shows\n{shown}\nbut this came:\n{output}"
        self.ids |= dict(zip(_ID.findall(shown), found.groups(), strict=True))


def _run(words: list[str]) -> tuple[int, str]:
    """The exit code of one command and what it printed, as a shell runs it: `< FILE` and `> FILE` are understood."""
    given, target = None, None
    if ">" in words:
        words, target = words[:-2], Path(words[-1])
    if "<" in words:
        words, given = words[:-2], Path(words[-1]).read_bytes()
    done = _done(words, given)
    if target:
        target.write_text(done.data, encoding="utf-8")
        return done.code, done.talk
    return done.code, done.both


class _Done(NamedTuple):
    """What a command left: its code, stdout, stderr, and both as they come on a terminal."""

    code: int
    data: str
    talk: str
    both: str


def _done(words: list[str], given: bytes | None) -> _Done:
    if words[0] == "policytrack":
        result = CliRunner().invoke(app, words[1:], input=given, prog_name="policytrack")
        assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
        return _Done(result.exit_code, result.stdout, result.stderr, result.output)
    if words[0] == "cat":
        text = "".join(Path(word).read_text(encoding="utf-8") for word in words[1:])
        return _Done(0, text, "", text)
    assert words[0] == "python", f"nobody knows how to run {words}"
    ran = subprocess.run([sys.executable, *words[1:]], input=given, capture_output=True, check=False)
    data, talk = ran.stdout.decode(), ran.stderr.decode()
    return _Done(ran.returncode, data, talk, talk + data)


def furnished(folder: Path) -> None:
    """A folder with what a checkout has for its readers."""
    for name in SHIPPED:
        (folder / name).symlink_to(ROOT / name)
