"""YAML documents as records: pydantic's errors with their place, in our words, with what would have been right."""

from __future__ import annotations

import copy
import re
import types
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from typing import Annotated, Any, TypeVar, Union, get_args, get_origin

from pydantic import BaseModel, ValidationError

from policytrack.codes import Code
from policytrack.errors import Problem
from policytrack.yamlfile import Document, Loc, Node, cut, did_you_mean, nearest, plain_value

R = TypeVar("R", bound=BaseModel)


class Unshown(ValueError):
    """What a validator raises over a value that must not be shown, nor the line that it stands in, as of a secret."""


def as_record(document: Document, model: type[R]) -> tuple[R | None, list[Problem]]:
    """The document as a record of the model, and every problem with its place and what would have been right.

    Where only keys are wrong, the record is what was meant, so that the rest can be checked too; else it is None.
    Values are taken as written: pydantic's reading of "3" as 3, or of "yes" as true, is a problem here.
    """
    findings = list(_coerced(document.root, (), [model]))
    record = None
    try:
        record = model.model_validate(document.data)
    except ValidationError as error:
        taken = {finding.path for finding in findings}
        found = _narrowed([_finding(document, dict(each)) for each in error.errors(include_url=False)])
        findings += [finding for finding in found if finding.path not in taken]
    misspelt = {meant for finding in findings if (meant := _meant(model, finding))}
    shown = [finding for finding in findings if finding.type != "missing" or finding.path not in misspelt]
    if findings:
        record = _meant_record(document, model, findings)
    problems = [_Wording(document, model, finding).problem() for finding in shown]
    unshown = {document.location(finding.path).line for finding in findings if finding.unshown}
    return record, [replace(each, source="") if each.location.line in unshown else each for each in problems]


def _meant_record(document: Document, model: type[R], findings: Sequence[_Finding]) -> R | None:
    """The record with misspelt keys under their right names and unknown ones left out; None where more is wrong."""
    unknown = [finding for finding in findings if finding.type == "extra_forbidden"]
    if len(unknown) < sum(finding.type != "missing" for finding in findings):
        return None
    data = copy.deepcopy(document.data)
    for finding in unknown:
        holder = data
        for step in finding.path[:-1]:
            holder = holder[step]
        value, meant = holder.pop(finding.path[-1]), _meant(model, finding)
        if meant is not None:
            holder.setdefault(meant[-1], value)
    try:
        return model.model_validate(data)
    except ValidationError:
        return None


@dataclass(frozen=True)
class _Finding:
    """One of pydantic's errors: the way into the document, and the branches of unions that were tried on the way."""

    type: str
    path: Loc
    message: str = ""
    context: Mapping[str, Any] = field(default_factory=dict)
    branches: tuple[tuple[int, str | int], ...] = ()
    on_key: bool = False
    rights: tuple[str, ...] = ()

    @property
    def unshown(self) -> bool:
        """Whether it may be said, but not shown."""
        return isinstance(self.context.get("error"), Unshown)


def _finding(document: Document, error: Mapping[str, Any]) -> _Finding:
    """Splits pydantic's `loc` into keys and indices that the document has, and names of branches that it has not."""
    path: Loc = ()
    branches: list[tuple[int, str | int]] = []
    on_key = False
    for position, step in enumerate(error["loc"], start=1):
        last = position == len(error["loc"])
        if document.node((*path, step)) or (last and error["type"] == "missing"):
            path = (*path, step)
        elif last and step == "[key]":
            on_key = True
        else:
            branches.append((len(path), step))
    rights = (_RIGHT[error["type"]],) if error["type"] in _RIGHT else ()
    context = error.get("ctx", {})
    return _Finding(error["type"], path, error["msg"], context, tuple(branches), on_key, rights)


def _narrowed(findings: Sequence[_Finding]) -> list[_Finding]:
    """One branch of each union: the one that fits furthest; where none fits at all, one finding for all branches."""
    clear = [finding for finding in findings if not finding.branches]
    unions: dict[Loc, dict[str | int, list[_Finding]]] = {}
    for finding in findings:
        if finding.branches:
            (depth, name), *rest = finding.branches
            members = unions.setdefault(finding.path[:depth], {})
            members.setdefault(name, []).append(replace(finding, branches=tuple(rest)))
    for place, members in unions.items():
        inside = [member for member in members.values() if all(len(each.path) > len(place) for each in member)]
        if len(members) == 1 or inside:
            clear += _narrowed(min(inside or list(members.values()), key=len))
        else:
            clear.append(_united([finding for member in members.values() for finding in _narrowed(member)]))
    return clear


def _united(findings: Sequence[_Finding]) -> _Finding:
    """The finding of a branch that took the type of the value; else one that names the types of all branches."""
    for finding in findings:
        if not finding.rights:
            return finding
    rights = dict.fromkeys(right for finding in findings for right in finding.rights)
    return replace(findings[0], rights=tuple(rights))


def _meant(model: type[BaseModel], finding: _Finding) -> Loc | None:
    """Where an unknown key would have led if it were spelt like the nearest key of its mapping."""
    if finding.type != "extra_forbidden":
        return None
    key = nearest(str(finding.path[-1]), _keys_at(model, finding.path[:-1]))
    return (*finding.path[:-1], key) if key else None


# --- words for problems

_TEXT, _INTEGER_WORD, _NUMBER, _BOOLEAN, _LIST, _MAPPING = (
    "text", "a whole number", "a number", "true or false", "a list", "a mapping",
)  # fmt: skip
_RIGHT = {
    "string_type": _TEXT,
    **dict.fromkeys(("int_type", "int_parsing", "int_parsing_size", "int_from_float"), _INTEGER_WORD),
    **dict.fromkeys(("float_type", "float_parsing"), _NUMBER),
    **dict.fromkeys(("bool_type", "bool_parsing"), _BOOLEAN),
    **dict.fromkeys(("list_type", "tuple_type", "set_type", "frozen_set_type", "iterable_type"), _LIST),
    **dict.fromkeys(("dict_type", "mapping_type", "model_type", "model_attributes_type"), _MAPPING),
    "none_required": "empty",
}
"""What would have been right, by pydantic's type of error."""


@dataclass(frozen=True)
class _Wording:
    """One finding, put into words."""

    document: Document
    model: type[BaseModel]
    finding: _Finding

    def problem(self) -> Problem:
        finding = self.finding
        if finding.type == "extra_forbidden":
            return self._unknown_key()
        if finding.type == "missing":
            return self._at(Code.MISSING_KEY, f"{self._subject()} is missing{self._owner()}.")
        if finding.rights:
            return self._wrong_type()
        if finding.type in ("literal_error", "enum"):
            return self._not_one_of()
        return self._wrong_value()

    def _unknown_key(self) -> Problem:
        key = str(self.finding.path[-1])
        names = _keys_at(self.model, self.finding.path[:-1])
        hint = did_you_mean(key, names) or (f"Keys here: {', '.join(names)}." if names else "")
        return self._at(Code.UNKNOWN_KEY, f'unknown key "{cut(key)}"{self._owner()}.', hint, on_key=True)

    def _wrong_type(self) -> Problem:
        value, right = self._value(), _either(self.finding.rights)
        if value is None:
            message = f"{self._subject()} is empty; it must be {right}."
        else:
            message = f"{self._subject()} must be {right}, not {_described(value)}."
        return self._at(Code.WRONG_TYPE, message, self._rewritten(value))

    def _rewritten(self, value: Any) -> str:
        """How the same thing would be written so that it has a right type."""
        if isinstance(value, dict | list) or (source := cut(self.document.source(self.finding.path))) == "":
            return ""
        quoted = source[0] in "\"'"
        if value is None and source not in ("null", "~"):
            return ""
        if _TEXT in self.finding.rights and not isinstance(value, str):
            return f'Put it in quotes: "{source}".'
        if _LIST in self.finding.rights and value is not None:
            return f"Write it as a list: [{source}]."
        if quoted and not isinstance(plain_value(str(value)), str | None) and _MAPPING not in self.finding.rights:
            return f"Take the quotes away: {cut(str(value))}."
        return ""

    def _not_one_of(self) -> Problem:
        value = self._value()
        choices = re.findall(r"'([^']*)'", str(self.finding.context.get("expected", "")))
        subject = "key" if self.finding.on_key else self._subject()
        message = f"{subject} {_shown(value)} is not one of: {', '.join(choices)}."
        return self._at(Code.NOT_ONE_OF, message, did_you_mean(str(value), choices))

    def _wrong_value(self) -> Problem:
        value, error = self._value(), self.finding.context.get("error")
        if self.finding.unshown:
            return self._at(Code.WRONG_VALUE, f"{self._subject()} {error}.")
        said = str(error) if error else re.sub(r"^\w+ should ", "must ", self.finding.message)
        if isinstance(value, dict | list) or _shown(value) in said:
            return self._at(Code.WRONG_VALUE, f"{self._subject()}: {said}.")
        return self._at(Code.WRONG_VALUE, f"{self._subject()} {_shown(value)}: {said}.")

    def _value(self) -> Any:
        node = self.document.node(self.finding.path)
        return self.finding.path[-1] if self.finding.on_key else node.value if node else None

    def _subject(self) -> str:
        return named(self.finding.path) if self.finding.path else "the file"

    def _owner(self) -> str:
        """The nearest named thing that it belongs to, after a blank; empty at the top of a file."""
        around = self.finding.path[:-1]
        for length in range(len(around), 0, -1):
            node = self.document.node(around[:length])
            name = next((node.value[key] for key in ("id", "name") if key in node.keys), None) if node else None
            if isinstance(name, str):
                inner = [step for step in around[length:] if isinstance(step, str)]
                return "".join(f' in "{cut(step)}"' for step in inner[-1:]) + f' in "{cut(name)}"'
        return f" in {named(around)}" if around else ""

    def _at(self, code: Code, message: str, hint: str = "", *, on_key: bool = False) -> Problem:
        return self.document.problem(self.finding.path, code, message, hint, on_key=on_key or self.finding.on_key)


def named(path: Loc) -> str:
    """The key, or the number of the item, at the end of a way that is not empty."""
    keys = [step for step in path if isinstance(step, str)]
    last = path[-1]
    if isinstance(last, str):
        return f'"{cut(last)}"'
    return f"item {last + 1}" + (f' of "{cut(keys[-1])}"' if keys else "")


def _either(rights: Sequence[str]) -> str:
    if len(rights) < 3:
        return " or ".join(rights)
    return f"{', '.join(rights[:-1])}, or {rights[-1]}"


def _described(value: Any) -> str:
    if isinstance(value, dict | list):
        return "a mapping" if isinstance(value, dict) else "a list"
    if isinstance(value, bool):
        return str(value).lower()
    return f"the text {_shown(value)}" if isinstance(value, str) else f"the number {value}"


def _shown(value: Any) -> str:
    return repr(cut(value)) if isinstance(value, str) else repr(value)


# --- what a model has at a place

_NUMBERS: dict[Any, tuple[tuple[type, ...], str]] = {
    bool: ((bool,), _BOOLEAN),
    int: ((int,), _INTEGER_WORD),
    float: ((int, float), _NUMBER),
}


def _coerced(node: Node, path: Loc, kinds: Sequence[Any]) -> Iterator[_Finding]:
    """Scalars that stand where only numbers or booleans are right, and are of another type."""
    inner: list[Any] = []
    # Nearly all of a rule file is long lists of words: what may stand in a list is looked up once.
    alike = isinstance(node.value, list) and not any(_is_fixed(kind) for kind in kinds)
    for step, child in node.children.items():
        if step == 0 or not alike:
            inner = [each for kind in kinds for each in _inside(kind, step)]
        if inner and (child.children or str not in inner):
            yield from _coerced(child, (*path, step), inner)
    if node.value is not None and not isinstance(node.value, dict | list):
        yield from _coerced_scalar(node, path, [kind for kind in kinds if kind is not types.NoneType])


def _coerced_scalar(node: Node, path: Loc, rights: Sequence[Any]) -> Iterator[_Finding]:
    if not rights or any(kind not in (bool, int, float) for kind in rights):
        return
    if not any(type(node.value) in _NUMBERS[kind][0] for kind in rights):
        yield _Finding("coerced", path, rights=tuple(_NUMBERS[kind][1] for kind in rights))


def _is_fixed(kind: Any) -> bool:
    """Whether it is a tuple that says the kind of each of its items."""
    return get_origin(kind) is tuple and get_args(kind)[-1:] != (Ellipsis,)


def _alternatives(kind: Any) -> Iterator[Any]:
    """The kinds that a value may have, without the wrapping of Annotated and unions."""
    origin = get_origin(kind)
    if origin is Annotated:
        yield from _alternatives(get_args(kind)[0])
    elif origin in (Union, types.UnionType):
        for each in get_args(kind):
            yield from _alternatives(each)
    else:
        yield kind


def _inside(kind: Any, step: str | int) -> Iterator[Any]:
    """The kinds that may stand at one step into a value of that kind."""
    arguments = get_args(kind)
    if isinstance(step, str):
        if isinstance(kind, type) and issubclass(kind, BaseModel):
            yield from _fields(kind).get(step, ())
        elif arguments and isinstance(get_origin(kind), type) and issubclass(get_origin(kind), Mapping):
            yield from _alternatives(arguments[-1])
    elif arguments and isinstance(get_origin(kind), type) and not issubclass(get_origin(kind), Mapping):
        fixed = _is_fixed(kind)
        if not fixed or step < len(arguments):
            yield from _alternatives(arguments[step if fixed else 0])


@cache
def _fields(model: type[BaseModel]) -> dict[str, tuple[Any, ...]]:
    """The keys of a model, in its order, with the kinds that their values may have."""
    fields = model.model_fields.items()
    return {info.alias or name: tuple(_alternatives(info.annotation)) for name, info in fields}


def _keys_at(model: type[BaseModel], path: Loc) -> list[str]:
    """The keys that a mapping at that place may have, in the model's order."""
    kinds: list[Any] = [model]
    for step in path:
        kinds = [each for kind in kinds for each in _inside(kind, step)]
    models = [kind for kind in kinds if isinstance(kind, type) and issubclass(kind, BaseModel)]
    return list(dict.fromkeys(key for each in models for key in _fields(each)))
