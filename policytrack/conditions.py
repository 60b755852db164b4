"""Rules as data: a name, and tests that must all hold on the fields of one flat record. Not how they are run."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Annotated, Any, TypeAlias

from pydantic import (
    AfterValidator,
    BeforeValidator,
    ConfigDict,
    Field,
    StrictBool,
    StrictInt,
    StrictStr,
    model_validator,
)

from policytrack.model import Record

Value: TypeAlias = str | int | bool
"""What a field may hold. `1`, `"1"` and `true` are three values."""

FlatRecord: TypeAlias = Mapping[str, Value | None]
"""What rules look at: fields by name. A field that is None is absent."""

FIELD_NAME = re.compile(r"[a-z][a-z0-9_]{0,63}")


def same(one: Value, other: Value) -> bool:
    """True for one value of one type: Python's own `==` takes 1 for true."""
    return type(one) is type(other) and one == other


def checked_field_name(name: str) -> str:
    """The name itself, where a field can have it; else ValueError."""
    if not FIELD_NAME.fullmatch(name):
        raise ValueError(f"{name!r} is no field name; write lower-case letters, digits and _, as policy_kind")
    return name


def listed_values(given: object) -> tuple[Value, ...]:
    """The literals of a test, of which one may stand without a list; ValueError where one is no literal."""
    values: tuple[Any, ...] = tuple(given) if isinstance(given, list | tuple) else (given,)
    if not values:
        raise ValueError("an empty list fits nothing; name at least one value")
    for number, value in enumerate(values):
        _check_literal(value)
        if any(same(value, earlier) for earlier in values[:number]):
            raise ValueError(f"{value!r} stands in the list twice")
    return values


def _check_literal(value: object) -> None:
    if value is None:
        raise ValueError("null is no value; for a field that is absent write {present: false}")
    if isinstance(value, float):
        raise ValueError(f"{value!r} is no whole number; rules compare whole numbers only, as 35 for 0.35")
    if type(value) not in (str, int, bool):
        raise ValueError(f"{value!r} is no value; write text, a whole number, true or false")


FieldName = Annotated[str, AfterValidator(checked_field_name)]
Values = Annotated[tuple[StrictStr | StrictInt | StrictBool, ...], BeforeValidator(listed_values)]


class Test(Record):
    """What the value of one field must be. Everything that is said must hold.

    In YAML: a literal or a list of literals (one of them), or a mapping of `not` (none of them, and true where the
    field is absent), `at_least`, `at_most` (whole numbers, both bounds included) and `present` (true or false).
    """

    is_: Values = Field(default=(), alias="is")
    not_: Values = Field(default=(), alias="not")
    at_least: StrictInt | None = None
    at_most: StrictInt | None = None
    present: StrictBool | None = None

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True, serialize_by_alias=True)

    @model_validator(mode="before")
    @classmethod
    def _from_yaml(cls, given: Any) -> Any:
        if isinstance(given, Test):
            return given
        if not isinstance(given, Mapping):
            return {"is": listed_values(given)}
        for key, value in given.items():
            if value is None and key in _KEYS:
                raise ValueError(f"{key!r} says nothing; give it a value or leave it out")
        return given

    @model_validator(mode="after")
    def _can_hold(self) -> Test:
        if not (self.is_ or self.not_ or self.bounded or self.present is not None):
            raise ValueError(f"the test says nothing; write a value, a list of values, or one of: {', '.join(_KEYS)}")
        if self.present is False and (self.is_ or self.bounded):
            raise ValueError("the test never holds: an absent field has no value")
        if self.at_least is not None and self.at_most is not None and self.at_least > self.at_most:
            raise ValueError(f"the test never holds: at_least {self.at_least} is more than at_most {self.at_most}")
        return self

    @property
    def bounded(self) -> bool:
        """Whether it asks for a number."""
        return self.at_least is not None or self.at_most is not None

    @property
    def literals(self) -> tuple[Value, ...]:
        """Every value that it names, bounds too."""
        return (*self.is_, *self.not_, *(bound for bound in (self.at_least, self.at_most) if bound is not None))

    def __str__(self) -> str:
        """The test in words, to stand after a field's name: `'reduced' or 'none'`, `at least 2`, `absent`."""
        parts = [" or ".join(map(shown, self.is_))] if self.is_ else []
        parts += ["not " + " nor ".join(map(shown, self.not_))] if self.not_ else []
        parts += [f"at least {self.at_least}"] if self.at_least is not None else []
        parts += [f"at most {self.at_most}"] if self.at_most is not None else []
        parts += ["present" if self.present else "absent"] if self.present is not None else []
        return ", ".join(parts)


_KEYS = ("not", "at_least", "at_most", "present")


def shown(value: Value | None) -> str:
    """A value as a reader should see it; quotes tell text from numbers, `absent` stands for None."""
    if value is None:
        return "absent"
    return str(value).lower() if isinstance(value, bool) else repr(value)


class Rule(Record):
    """A name for the records on which all its tests hold. `supersedes` names the rules that it silences."""

    name: str = Field(min_length=1)
    version: int = Field(default=1, ge=1)
    when: dict[FieldName, Test] = Field(min_length=1)
    supersedes: tuple[str, ...] = ()

    @model_validator(mode="after")
    def _supersedes_others(self) -> Rule:
        if self.name in self.supersedes:
            raise ValueError(f"{self.name!r} supersedes itself")
        return self
