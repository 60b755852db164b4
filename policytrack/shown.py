"""What can be shown as a card and had as a frame: answers, records and lists of records.

They know that they can be, not how: `render` stands above all records, so it is looked up by name when something is
shown. Until then neither it nor a library for frames is loaded.
"""

from __future__ import annotations

import importlib
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any, ClassVar, TypeVar, get_args

if TYPE_CHECKING:
    import pandas
    import polars
    import pyarrow
    from pydantic import GetCoreSchemaHandler
    from pydantic_core import CoreSchema

T = TypeVar("T")


def _renderer(name: str) -> Any:
    return importlib.import_module(f"policytrack.render.{name}")


class Shown:
    """What a notebook shows as a card, and a terminal as text."""

    def __repr__(self) -> str:
        told: str = _renderer("glance").text(self)
        return told

    def _repr_html_(self) -> str:
        card: str = _renderer("card").html(self)
        return card

    def _repr_markdown_(self) -> str:
        told: str = _renderer("glance").markdown(self)
        return told


class Listed(Shown):
    """A list of records of one type. Frames have one row a record; docs/reference/columns.md has their columns.

    Each raises ConfigError where its library is not installed.
    """

    def listing(self) -> tuple[type[Any], Sequence[Any]]:
        """The type of the records, and the records."""
        raise NotImplementedError

    def to_arrow(self) -> pyarrow.Table:
        """A pyarrow Table; the metadata of its schema says what it is about, and why it is empty."""
        return _renderer("frames").arrow(self, "to_arrow")

    def to_polars(self) -> polars.DataFrame:
        """A polars DataFrame."""
        frame: polars.DataFrame = _renderer("frames").polars(self)
        return frame

    def to_pandas(self) -> pandas.DataFrame:
        """A pandas DataFrame; its `attrs` say what it is about, and why it is empty."""
        return _renderer("frames").pandas(self)


class Records(Listed, list[T]):
    """A list of records; `note` says why it is empty."""

    def __init__(self, found: Iterable[T], of: type[T], note: str = "") -> None:
        super().__init__(found)
        self.of = of
        self.note = "" if self else note

    def listing(self) -> tuple[type[T], Sequence[T]]:
        return self.of, self


class Rows(Listed, tuple[T, ...]):
    """The records of one type that a record holds."""

    note: ClassVar[str] = ""
    of: type[T]

    def __new__(cls, found: Iterable[T], of: type[T]) -> Rows[T]:
        made = super().__new__(cls, found)
        made.of = of
        return made

    def __reduce__(self) -> tuple[Any, ...]:
        return Rows, (tuple(self), self.of)

    def listing(self) -> tuple[type[T], Sequence[T]]:
        return self.of, self

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        """A tuple of the records, wherever a field is declared as Rows of them."""
        from pydantic_core import core_schema

        (record,) = get_args(source)
        plain = core_schema.tuple_variable_schema(handler.generate_schema(record))
        return core_schema.no_info_after_validator_function(lambda found: Rows(found, record), plain)
