"""One article a row of a Parquet file, with named columns."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from policytrack.errors import ArticleError, Location
from policytrack.extras import library
from policytrack.model import Article
from policytrack.sources.record import article_of
from policytrack.sources.tables import Columns

ROWS = 256
"""Rows that are held at once: an archive is never held as a whole."""


def read_parquet(
    path: Path, place: str, columns: Columns, published_at: str | None = None
) -> Iterator[Article | ArticleError]:
    """The article of each row, or what is wrong with that row, whose number from 1 is its place."""
    pyarrow = library("pyarrow", f"{place}: a Parquet file", "frames")
    parquet = library("pyarrow.parquet", f"{place}: a Parquet file", "frames")
    done = 0
    try:
        with parquet.ParquetFile(path) as found:
            problem = columns.problem(found.schema_arrow.names, Location(place))
            if problem:
                yield problem
                return
            for batch in found.iter_batches(ROWS):
                for cells in batch.to_pylist():
                    done += 1
                    yield article_of(columns.record(cells), Location(place, done), published_at)
    except (pyarrow.ArrowException, OSError) as error:
        said = str(error).splitlines()[0].rstrip(".") if str(error) else type(error).__name__
        yield ArticleError(
            Location(place, done + 1 if done else 0),
            f"is not Parquet: {said}.",
            "Write it anew, or check that it is whole.",
        )
