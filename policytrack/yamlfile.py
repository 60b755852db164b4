"""YAML files as plain data whose every place is known; whatever is wrong comes back as problems.

The YAML is strict: `true`, `false`, `null` and plain decimal numbers are read as such, everything else is text
(`NO`, `yes`, `on`, `12:30`, `2024-11-12`, `010`, `1e3`), and every key is text. Refused are keys that stand twice,
anchors, aliases, merge keys, tags, and files of several documents. The only module that imports yaml.
"""

from __future__ import annotations

import difflib
import hashlib
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NoReturn

import yaml

from policytrack.codes import Code
from policytrack.errors import Location, Problem

Loc = tuple[str | int, ...]
"""A way into a document: keys and indices, as pydantic's `loc` has them."""

MAX_DEPTH = 40
"""Lists and mappings inside each other; deeper than any rule needs, and far from Python's own limit."""

_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_CONSTANTS: dict[str, bool | None] = {"true": True, "false": False, "null": None, "~": None, "": None}
# Longer digit strings stay text: they are names, not amounts, and no float holds them.
_INTEGER = re.compile(r"-?(?:0|[1-9][0-9]{0,14})")
_DECIMAL = re.compile(r"-?(?:0|[1-9][0-9]{0,14})\.[0-9]{1,15}")
_LINE_END = re.compile(r"\r\n|\r|\n")
# What YAML takes, less the line ends that YAML knows and editors do not: lines would be counted differently.
_FORBIDDEN = re.compile("[^\t\n\r -~\u00a0-\u2027\u202a-\ud7ff\ue000-\ufefe\uff00-\ufffd\U00010000-\U0010ffff]")


# --- a document and its places


@dataclass(slots=True)
class Node:
    """One key or value and its place. Line and column count from 1.

    `width` is in code points; 0 is an empty value, -1 a value that goes on beyond its line.
    """

    value: Any
    line: int
    column: int
    width: int
    keys: dict[str, Node] = field(default_factory=dict)
    children: dict[str | int, Node] = field(default_factory=dict)


@dataclass(frozen=True)
class Document:
    """The data of one YAML file, its lines, and where each part of the data stands."""

    path: str
    lines: tuple[str, ...] = field(repr=False)
    digest: str
    root: Node = field(repr=False, compare=False)

    @property
    def data(self) -> Any:
        """Dicts with text keys, lists, str, int, float, bool and None; not to be changed."""
        return self.root.value

    def location(self, loc: Loc = (), *, on_key: bool = False) -> Location:
        """Where the value (or its key) stands; for what is not there, the first key of the mapping around it."""
        node = self._spot(loc, on_key)
        return Location(self.path, node.line, node.column)

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
        """A problem at the value (or its key), with the line and a caret as wide as the place.

        `part` is offset and width of the part of a text that is meant: it is shown where the text stands as it is read.
        """
        node = self._spot(loc, on_key)
        if part is not None:
            node = _part_of(node, self.source(loc), *part)
        return _problem_at(self.path, self.lines[node.line - 1], node, code, message, hint)

    def node(self, loc: Loc) -> Node | None:
        """What stands at the end of the way, or None."""
        node: Node | None = self.root
        for step in loc:
            node = node.children.get(step) if node else None
        return node

    def source(self, loc: Loc) -> str:
        """The value as it is written, so far as it stands on one line."""
        node = self._spot(loc, on_key=False)
        line = self.lines[node.line - 1]
        return line[node.column - 1 : node.column - 1 + _width(node, line)]

    def _spot(self, loc: Loc, on_key: bool) -> Node:
        holder = self.node(loc[:-1]) if loc else None
        node = self.node(loc)
        if node is None:
            return next(iter(holder.keys.values())) if holder and holder.keys else self._spot(loc[:-1], on_key=False)
        key = holder.keys.get(str(loc[-1])) if holder else None
        if key is not None and (on_key or not node.width):
            return key
        return next(iter(node.keys.values()), node) if node.width < 0 else node


def _part_of(node: Node, source: str, start: int, width: int) -> Node:
    """The place of a part of a text; that of the whole text where it is written otherwise than it is read."""
    before = len(source) - len(source.lstrip("\"'"))
    if not isinstance(node.value, str) or source[before : before + len(node.value)] != node.value:
        return node
    return Node(None, node.line, node.column + before + start, max(1, width))


def _width(node: Node, line: str) -> int:
    to_the_end = len(line.rstrip()) - node.column + 1
    return max(1, min(node.width, to_the_end) if node.width > 0 else to_the_end if node.width else 1)


def _problem_at(path: str, line: str, node: Node, code: str, message: str, hint: str = "") -> Problem:
    # A tab counts as one column; shown as one blank it keeps the caret in its place.
    shown = _FORBIDDEN.sub("\ufffd", line).replace("\t", " ")
    return Problem(Location(path, node.line, node.column), code, message, hint, shown, _width(node, line))


# --- reading


def read_yaml(path: Path) -> tuple[Document | None, list[Problem]]:
    """The document of a file, and all that is wrong with it as YAML; None where nothing sound is left to look into."""
    try:
        data = _bytes_of(path)
    except (OSError, ValueError) as error:
        reason = (error.strerror if isinstance(error, OSError) else None) or str(error)
        return None, [Problem(Location(str(path)), Code.UNREADABLE, f"cannot be read: {reason}.", _lookalike(path))]
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        return None, [_not_utf8(str(path), data, error.start)]
    return _parsed(str(path), text, hashlib.sha256(data).hexdigest()[:32])


def _bytes_of(path: Path) -> bytes:
    if path.is_dir():
        raise ValueError("it is a folder, not a file")
    # A pipe or a device might never end.
    if path.exists() and not path.is_file():
        raise ValueError("it is not a regular file")
    return path.read_bytes()


def _lookalike(path: Path) -> str:
    try:
        siblings = [] if path.exists() else [other.name for other in path.parent.iterdir()]
    except (OSError, ValueError):
        return ""
    return did_you_mean(path.name, siblings)


def _not_utf8(path: str, data: bytes, start: int) -> Problem:
    before = _LINE_END.split(data[:start].decode("utf-8"))
    line = _LINE_END.split(data.decode("utf-8", "replace"))[len(before) - 1]
    spot = Node(None, len(before), len(before[-1]) + 1, 1)
    utf16 = data.startswith((b"\xff\xfe", b"\xfe\xff"))
    message = "the file is UTF-16, not UTF-8." if utf16 else f"byte 0x{data[start]:02x} is not UTF-8."
    return _problem_at(path, line, spot, Code.NOT_UTF8, message, "Save the file as UTF-8.")


def _parsed(path: str, text: str, digest: str) -> tuple[Document | None, list[Problem]]:
    problems = list(_forbidden(path, _LINE_END.split(text)))
    text = text.removeprefix("\ufeff")
    lines = tuple(_LINE_END.split(text))
    if _FORBIDDEN.search(text):
        return None, problems
    composer = _Composer(path, lines, problems)
    try:
        composer.compose(yaml.parse(text, Loader=_LOADER))
    except _Unusable:
        return None, problems
    except (yaml.YAMLError, ValueError) as error:
        return None, [*problems, _syntax_problem(path, lines, error)]
    if composer.root is None or composer.root.value is None:
        return None, problems or [Problem(Location(path), Code.EMPTY, "the file is empty.")]
    return (Document(path, lines, digest, composer.root) if composer.usable else None), problems


def _forbidden(path: str, lines: Sequence[str]) -> Iterator[Problem]:
    """The first forbidden character of each line."""
    for number, line in enumerate(lines, start=1):
        found = _FORBIDDEN.search(line)
        if not found:
            continue
        spot = Node(None, number, found.start() + 1, 1)
        if (number, found.start(), found.group()) == (1, 0, "\ufeff"):
            message, hint = "the file begins with a byte order mark.", "Save it as UTF-8 without BOM."
        else:
            message = f"character U+{ord(found.group()):04X} may not stand in a rule file."
            hint = "Take it out, or write it as an escape in double quotes."
        yield _problem_at(path, line, spot, Code.FORBIDDEN_CHARACTER, message, hint)


class _Unusable(Exception):
    """Nothing after this place can be read; the problem is already noted."""


@dataclass(slots=True)
class _Open:
    """A list or mapping that has begun; in a mapping, the key that still wants its value."""

    node: Node
    flow: bool
    key: Node | None = None


class _Composer:
    """Builds nodes from the parser's events without recursion, and adds what is wrong to `problems`.

    Events, not yaml's own nodes: only they tell anchors, aliases and tags apart from what these stand for,
    so that an alias is refused where it stands and is never followed.
    """

    def __init__(self, path: str, lines: Sequence[str], problems: list[Problem]) -> None:
        self.root: Node | None = None
        self.usable = True
        self._path = path
        self._lines = lines
        self._problems = problems
        self._open: list[_Open] = []
        self._documents = 0

    def compose(self, events: Iterable[yaml.Event]) -> None:
        for event in events:
            if isinstance(event, yaml.ScalarEvent):
                self._add(self._scalar(event))
            elif isinstance(event, yaml.CollectionStartEvent):
                self._begin(event)
            elif isinstance(event, yaml.CollectionEndEvent):
                self._end(event)
            elif isinstance(event, yaml.AliasEvent):
                self._add(self._alias(event))
            elif isinstance(event, yaml.DocumentStartEvent):
                self._begin_document(event)

    def _scalar(self, event: yaml.ScalarEvent) -> Node:
        self._check_properties(event)
        value: str = event.value
        plain = event.implicit[0]
        if not self._wants_key():
            return _node_of(event, plain_value(value) if plain else value)
        node = _node_of(event, value)
        if plain and value == "<<":
            self._note_once_a_line(node, Code.ALIAS, "merge keys are not taken.", "Write the keys out.")
        elif plain and not value:
            self._stop(node, Code.BAD_KEY, "the key before the colon is missing.")
        return node

    def _alias(self, event: yaml.AliasEvent) -> Node:
        self.usable = False
        name = f"*{event.anchor}"
        node = _node_of(event, name)
        self._note_once_a_line(node, Code.ALIAS, f'alias "{cut(name)}" is not taken.', "Write the value out.")
        return node

    def _begin(self, event: yaml.CollectionStartEvent) -> None:
        self._check_properties(event)
        mapping = isinstance(event, yaml.MappingStartEvent)
        node = _node_of(event, {} if mapping else [])
        node.width = -1 if mapping else 1
        if self._wants_key():
            self._stop(
                _node_of(event, None), Code.BAD_KEY, "a key must be text, not a list or mapping.", "Put it in quotes."
            )
        if len(self._open) >= MAX_DEPTH:
            self._stop(node, Code.TOO_DEEP, f"more than {MAX_DEPTH} lists and mappings inside each other.")
        self._add(node)
        self._open.append(_Open(node, bool(event.flow_style)))

    def _end(self, event: yaml.CollectionEndEvent) -> None:
        ended = self._open.pop()
        bracket = _node_of(event, None)
        if ended.flow:
            ended.node.width = bracket.column - ended.node.column + 1 if bracket.line == ended.node.line else -1

    def _add(self, node: Node) -> None:
        if not self._open:
            self.root = node
            return
        holder = self._open[-1]
        if isinstance(holder.node.value, list):
            holder.node.children[len(holder.node.value)] = node
            holder.node.value.append(node.value)
        elif holder.key is None:
            holder.key = node
        else:
            self._add_pair(holder.node, holder.key, node)
            holder.key = None

    def _add_pair(self, holder: Node, key: Node, node: Node) -> None:
        first = holder.keys.get(key.value)
        if first is not None:
            message = f'key "{cut(key.value)}" stands here twice, first on line {first.line}.'
            self._note(key, Code.DUPLICATE_KEY, message, "Keep one of them.")
            return
        holder.keys[key.value] = key
        holder.children[key.value] = node
        holder.value[key.value] = node.value

    def _wants_key(self) -> bool:
        return bool(self._open) and self._open[-1].key is None and isinstance(self._open[-1].node.value, dict)

    def _begin_document(self, event: yaml.DocumentStartEvent) -> None:
        self._documents += 1
        if self._documents > 1:
            hint = "Write each document into a file of its own."
            self._stop(_node_of(event, None), Code.MANY_DOCUMENTS, "a second document begins here.", hint)

    def _check_properties(self, event: yaml.NodeEvent) -> None:
        """Notes an anchor and a tag, both at the first word of the value."""
        tag = getattr(event, "tag", None)
        if event.anchor is None and tag is None:
            return
        node = _node_of(event, None)
        node.width = len(self._lines[node.line - 1][node.column - 1 :].split(maxsplit=1)[0])
        if event.anchor is not None:
            message = f'anchor "{cut("&" + event.anchor)}" is not taken.'
            self._note_once_a_line(node, Code.ALIAS, message, "Take it out.")
        if tag is not None:
            self._note(node, Code.TAG, f'tag "{cut(tag)}" is not taken.', "Take it out.")

    def _note_once_a_line(self, node: Node, code: Code, message: str, hint: str) -> None:
        # A file made to swell has thousands of aliases.
        last = self._problems[-1] if self._problems else None
        if last is None or (last.code, last.location.line) != (code, node.line):
            self._note(node, code, message, hint)

    def _note(self, node: Node, code: Code, message: str, hint: str = "") -> None:
        self._problems.append(_problem_at(self._path, self._lines[node.line - 1], node, code, message, hint))

    def _stop(self, node: Node, code: Code, message: str, hint: str = "") -> NoReturn:
        self._note(node, code, message, hint)
        raise _Unusable


def _node_of(event: yaml.Event, value: Any) -> Node:
    start, end = event.start_mark, event.end_mark
    assert start is not None and end is not None, "every event of a file has its place"
    width = end.column - start.column if end.line == start.line else -1
    return Node(value, start.line + 1, start.column + 1, width)


def plain_value(text: str) -> str | int | float | bool | None:
    """What a value means that is written without quotes."""
    if text in _CONSTANTS:
        return _CONSTANTS[text]
    if text[0] in "-0123456789":
        if _INTEGER.fullmatch(text):
            return int(text)
        if _DECIMAL.fullmatch(text):
            return float(text)
    return text


_SYNTAX = {
    "mapping values are not allowed in this context": (
        'a ": " that fits nowhere.',
        "Put text that holds a colon in quotes, or check the line above and the indentation.",
    ),
    "did not find expected key": ("a key is expected here.", "Check indentation, brackets and quotes."),
    "did not find expected '-' indicator": ('a "- " is expected here.', "Check the indentation."),
    "did not find expected ',' or ']'": (
        'the list that begins here is not closed with "]", or lacks a comma.',
        "Text that holds brackets wants quotes.",
    ),
    "did not find expected ',' or '}'": ('the mapping that begins here is not closed with "}", or lacks a comma.', ""),
    "found unexpected end of stream": ("the quoted text that begins here is not closed.", ""),
    "could not find expected ':'": ('the line that begins here is no "key: value".', "Check colon and indentation."),
}
_AT_ITS_BEGINNING = ("did not find expected ','", "found unexpected end of stream", "could not find expected ':'")


def _syntax_problem(path: str, lines: Sequence[str], error: Exception) -> Problem:
    """The parser's complaint in our words: where an open bracket or quote is the cause, at that bracket or quote."""
    said = str(getattr(error, "problem", None) or error)
    mark = getattr(error, "problem_mark", None)
    if said.startswith(_AT_ITS_BEGINNING):
        mark = getattr(error, "context_mark", None) or mark
    spot = _spot_of(mark, lines)
    line = lines[spot.line - 1]
    character = line[spot.column - 1 : spot.column]
    if character == "\t":
        return _problem_at(path, line, spot, Code.TAB, "a tab stands where YAML wants blanks.", "Indent with blanks.")
    if said.startswith("found character") and character:
        message, hint = f"{character!r} cannot begin a value.", "Put the text in quotes."
    else:
        message, hint = _SYNTAX.get(said, (f"this is not YAML: {said.splitlines()[0]}.", ""))
    return _problem_at(path, line, spot, Code.SYNTAX, message, hint)


def _spot_of(mark: yaml.Mark | None, lines: Sequence[str]) -> Node:
    """The place of a mark; one past the end of the file stands after its last line that is not blank."""
    if mark is None:
        return Node(None, 1, 1, 1)
    line, column = mark.line, mark.column
    if line >= len(lines) or not any(rest.strip() for rest in lines[line:]):
        line = max((number for number, text in enumerate(lines) if text.strip()), default=0)
        column = len(lines[line].rstrip())
    return Node(None, line + 1, column + 1, 1)


# --- names as people misspell them


def nearest(name: str, names: Iterable[str]) -> str | None:
    """The name of `names` that is spelt most like `name`, or None where none is near."""
    by_folded = {other.casefold(): other for other in names}
    found = difflib.get_close_matches(name[:80].casefold(), by_folded, n=1, cutoff=0.6)
    return by_folded[found[0]] if found else None


def did_you_mean(name: str, names: Iterable[str]) -> str:
    """`Did you mean "when"?`, or nothing where no name is near."""
    found = nearest(name, names)
    return f'Did you mean "{found}"?' if found else ""


def cut(text: str) -> str:
    """The text fit for one line of a message: at most 60 characters, all printable."""
    printable = "".join(character if character.isprintable() else "\ufffd" for character in text[:61])
    return printable if len(printable) <= 60 else printable[:59] + "\u2026"
