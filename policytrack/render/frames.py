"""Lists of records as frames of pyarrow, polars and pandas, and as Parquet, all made from one Arrow table.

None of the libraries is needed to use policytrack, and none is loaded before it is asked for.
"""

from __future__ import annotations

import datetime
import importlib
from typing import TYPE_CHECKING, Any, BinaryIO

from policytrack.errors import ConfigError
from policytrack.render.columns import ColumnType, columns_of
from policytrack.shown import Listed

if TYPE_CHECKING:
    import pandas as pd
    import polars as pl
    import pyarrow as pa

EXTRA = "pip install 'policytrack[frames]'"


def arrow(found: Listed, asked: str) -> pa.Table:
    """One row a record. `asked` is what needs pyarrow, for the message where it is missing."""
    pa = _library("pyarrow", asked)
    of, records = found.listing()
    columns = columns_of(of)
    schema = pa.schema([(column.name, _type(pa, column.type)) for column in columns], metadata=about(found))
    cells = [pa.array([column.cell(record) for record in records], _type(pa, column.type)) for column in columns]
    return pa.Table.from_arrays(cells, schema=schema)


def polars(found: Listed) -> pl.DataFrame:
    """The same table as a polars DataFrame."""
    library = _library("polars", "to_polars")
    frame: pl.DataFrame = library.from_arrow(arrow(found, "to_polars"))
    return frame


def pandas(found: Listed) -> pd.DataFrame:
    """The same table as a pandas DataFrame, with dates as datetime64 and what it is about in `attrs`."""
    _library("pandas", "to_pandas")
    frame = arrow(found, "to_pandas").to_pandas(date_as_object=False)
    frame.attrs.update(about(found))
    return frame


def parquet(found: Listed, target: BinaryIO) -> None:
    """Nothing; the same table is written as Parquet."""
    _library("pyarrow", "--format parquet")
    importlib.import_module("pyarrow.parquet").write_table(arrow(found, "--format parquet"), target)


def about(found: Listed) -> dict[str, str]:
    """What a list is about: its two times and why it is empty, as far as it has them."""
    told = {name: getattr(found, name, None) for name in ("on", "known", "note")}
    return {name: _said(value) for name, value in told.items() if value}


def _said(value: Any) -> str:
    if isinstance(value, tuple):
        return "..".join(_said(each) for each in value)
    return value.isoformat() if isinstance(value, datetime.datetime) else str(value)


def _type(pa: Any, type: ColumnType) -> Any:
    types = {
        "text": pa.string(), "number": pa.float64(), "integer": pa.int64(), "flag": pa.bool_(), "date": pa.date32(),
        "moment": pa.timestamp("us", "UTC"), "texts": pa.list_(pa.string()), "integers": pa.list_(pa.int64()),
        "dates": pa.list_(pa.date32()),
    }  # fmt: skip
    return types[type]


def _library(name: str, asked: str) -> Any:
    try:
        return importlib.import_module(name)
    except ImportError as error:
        told = "is not installed" if isinstance(error, ModuleNotFoundError) else f"cannot be loaded ({error})"
        raise ConfigError(f"{asked} needs {name}, which {told}. Run: {EXTRA}") from None
