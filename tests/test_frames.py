"""Lists of records as frames, as CSV and as Parquet: the same columns and the same cells everywhere."""

from __future__ import annotations

import ast
import csv
import datetime
import importlib
import inspect
import io
import os
import pickle
import re
import subprocess
import sys
from pathlib import Path
from typing import Any, get_args, get_type_hints

import pandas
import polars
import pyarrow
import pyarrow.parquet
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import policytrack
from policytrack import open_tracker, read_text
from policytrack import tracker as tracker_module
from policytrack.diff import Diff
from policytrack.errors import AlertError, ConfigError
from policytrack.model import PolicyState, Shift
from policytrack.render import frames, sheet
from policytrack.render.columns import COLUMNS, columns_of, plain
from policytrack.shown import Listed, Records, Rows
from policytrack.tracker import Tracker
from tests.listed import MOMENT, RUBBISH, of_each_type
from tests.test_tracker import CORK, LIFTED, SALT, TAXED, Clock, Reader, house, news

EACH = of_each_type()
TYPES = [type(record) for record in EACH]
named = pytest.mark.parametrize("record", EACH, ids=lambda record: type(record).__name__)


def one(record: Any) -> Records[Any]:
    return Records([record], type(record))


def cells(found: Listed) -> list[list[str]]:
    """What a program reads in the CSV, without its head."""
    return list(csv.reader(io.StringIO(sheet.csv_of(found, ""), newline="")))[1:]


# --- which lists


def test_every_type_that_has_columns_is_tried_here() -> None:
    assert {*TYPES} == {*COLUMNS}


def test_every_list_of_the_tracker_can_be_had_as_a_frame() -> None:
    """Also what a method gives that somebody adds: it is found by its type."""
    space = {**vars(tracker_module)}
    for node in ast.walk(ast.parse(inspect.getsource(tracker_module))):  # also what is imported for its types alone
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("policytrack"):
            module = importlib.import_module(node.module or "")
            space |= {name.name: getattr(module, name.name) for name in node.names}
    lists = []
    for name, method in inspect.getmembers(Tracker, inspect.isfunction):
        if name.startswith("_"):
            continue
        given = get_type_hints(method, space, {}).get("return")
        plural = getattr(given, "__origin__", given)
        if inspect.isclass(plural) and issubclass(plural, Listed):
            lists.append(name)
            columns_of(
                get_args(given)[0]
                if get_args(given)
                else plural.model_construct(lines=(), changes=(), findings=()).listing()[0]
            )
        is_of_errors = get_args(given)[:1] == (AlertError,)
        assert plural not in (list, tuple) or is_of_errors, f"{name} gives a bare list"
    assert {
        "states",
        "shifts",
        "policies",
        "diff",
        "changes",
        "doctor",
        "rerun",
        "review",
        "decisions",
        "removals",
    } <= {*lists}


def test_a_list_of_what_has_no_columns_says_so() -> None:
    with pytest.raises(ConfigError, match="model_dump"):
        Records([1], int).to_arrow()


def test_lists_within_records_are_lists_too(tmp_path: Path) -> None:
    with open_tracker(tmp_path / "t.db", rules=house(), clock=Clock(), extractor=Reader()) as tracker:
        report = tracker.ingest([news("a", "2024-11-12", LIFTED), news("b", "2024-11-15", TAXED)])
        found = tracker.diff("2024-11-01", "2024-11-30")
        assert report.shifts.to_polars()["policy"].to_list() == [CORK, SALT]
        assert found.shifts.to_pandas()["policy"].to_list() == [CORK, SALT]
        assert {*found.to_arrow()["policy"].to_pylist()} == {CORK, SALT}
        assert found.corrections.to_arrow().num_rows == found.rules.to_arrow().num_rows == 0
        again = Diff.model_validate_json(found.model_dump_json())
        assert again.shifts == found.shifts and isinstance(again.shifts, Rows)
        assert pickle.loads(pickle.dumps(found.shifts)).to_arrow() == found.shifts.to_arrow()
        assert found.shifts == tuple(found.shifts)


# --- columns


@named
def test_an_empty_list_has_the_columns_and_types_of_a_full_one(record: Any) -> None:
    full, empty = one(record), Records([], type(record))
    assert full.to_arrow().schema.equals(empty.to_arrow().schema)
    assert full.to_polars().schema == empty.to_polars().schema
    assert full.to_pandas().dtypes.to_dict() == empty.to_pandas().dtypes.to_dict()
    assert sheet.csv_of(empty).splitlines() == sheet.csv_of(full).splitlines()[:1]


@named
def test_every_frame_and_every_file_holds_the_same(record: Any, tmp_path: Path) -> None:
    found = one(record)
    table = found.to_arrow()
    with (tmp_path / "found.parquet").open("wb") as stream:
        frames.parquet(found, stream)
    assert pyarrow.parquet.read_table(tmp_path / "found.parquet").equals(table)
    assert polars.read_parquet(tmp_path / "found.parquet").equals(found.to_polars())
    assert found.to_polars().to_dicts() == table.to_pylist()
    frame, plain_columns = found.to_pandas(), [field for field in table.schema if field.name != "dates"]
    again = pyarrow.Table.from_pandas(frame, pyarrow.schema(plain_columns), preserve_index=False)
    assert again.to_pylist() == table.select([field.name for field in plain_columns]).to_pylist()
    assert [*frame.columns] == table.column_names
    (read,) = csv.DictReader(io.StringIO(sheet.csv_of(found, ""), newline=""))
    assert [*read] == table.column_names
    assert [sheet.cell(sheet.shown(value)) for value in table.to_pylist()[0].values()] == [*read.values()]


@named
def test_no_column_is_named_twice_and_none_is_named_otherwise_than_the_records(record: Any) -> None:
    names = [column.name for column in COLUMNS[type(record)]]
    assert len({*names}) == len(names)
    assert all(re.fullmatch(r"[a-z]+(_[a-z]+)*", name) for name in names)


def test_dates_are_dates_and_keep_their_precision() -> None:
    state = PolicyState(id="p-1", policy="a.b", status="set", stage="reported", valid_from="2024-11", until="open")
    years = state.model_copy(update={"valid_from": "2024", "valid_to": "2025-01-31", "until": "2026"})
    before = state.model_copy(update={"valid_from": "0001-01-01", "until": None})
    table = Records([state, years, before], PolicyState).to_polars()
    assert table.schema["valid_from"] == polars.Date
    assert table["valid_from"].to_list() == [datetime.date(2024, 11, 1), datetime.date(2024, 1, 1), None]
    assert table["valid_from_precision"].to_list() == ["month", "year", None]
    assert table["valid_to"].to_list() == [None, datetime.date(2025, 1, 31), None]
    assert table["until"].to_list() == [None, datetime.date(2026, 1, 1), None]
    assert table["until_precision"].to_list() == ["open", "year", None]
    frame = Records([state, years, before], PolicyState).to_pandas()
    assert frame["valid_from"].dt.year.to_list()[:2] == [2024, 2024]
    assert frame["valid_from"].dtype.kind == "M"


def test_words_in_place_of_a_date_are_kept() -> None:
    state = PolicyState(id="p-1", policy="a.b", status="set", stage="reported", valid_from="2024", until="=soon")
    (row,) = Records([state], PolicyState).to_arrow().to_pylist()
    assert (row["until"], row["until_precision"]) == (None, "=soon")


def test_the_first_and_the_last_day_of_the_calendar_fit() -> None:
    state = PolicyState(
        id="p-1", policy="a.b", status="set", stage="reported", valid_from="0001", valid_to="9999-12-31"
    )
    frame = Records([state], PolicyState).to_pandas()
    assert str(frame["valid_from"][0].date()) == "0001-01-01"
    assert str(frame["valid_to"][0].date()) == "9999-12-31"


def test_moments_are_utc() -> None:
    change = next(record for record in EACH if type(record).__name__ == "LedgerChange")
    assert one(change).to_polars()["recorded_at"].to_list() == [MOMENT]
    assert one(change).to_polars().schema["recorded_at"] == polars.Datetime("us", "UTC")
    assert one(change).to_pandas()["recorded_at"][0] == MOMENT
    (row,) = csv.DictReader(io.StringIO(sheet.csv_of(one(change), ""), newline=""))
    assert datetime.datetime.fromisoformat(row["recorded_at"]) == MOMENT


def test_several_nested_records_are_lists_side_by_side() -> None:
    shift = next(record for record in EACH if isinstance(record, Shift))
    frame = one(shift).to_polars()
    assert frame.schema["claims"] == polars.List(polars.String)
    assert frame.explode("triggers", "trigger_kinds", "trigger_cues").height == 2
    assert frame["tags"].to_list() == [["word", "word"]]


# --- what an empty list says


def test_what_is_empty_says_why_in_every_frame() -> None:
    found = Records([], Shift, note="no shift in range")
    assert found.to_pandas().attrs == {"note": "no shift in range"}
    assert found.to_arrow().schema.metadata == {b"note": b"no shift in range"}
    assert one(EACH[2]).to_pandas().attrs == {}


def test_the_two_times_stand_in_the_frame(tmp_path: Path) -> None:
    with open_tracker(tmp_path / "t.db", rules=house(), clock=Clock(), extractor=Reader()) as tracker:
        tracker.ingest(news("a", "2024-11-12", LIFTED))
        found = tracker.states(on="2024-11-13")
        frame = found.to_pandas()
        assert frame.attrs == {"on": "2024-11-13", "known": found.known.isoformat()}
        frame.to_parquet(tmp_path / "states.parquet")  # pandas writes attrs as JSON
        nothing = tracker.diff("2024-11-13", "2024-11-14")
        assert "nearest is pt.cork.export on 2024-11-12" in nothing.to_pandas().attrs["note"]
        assert tracker.diff("2024-11-13", "2024-11-13", policy=SALT).note
        assert not tracker.diff("2024-11-01", "2024-11-14").note
        later = tracker.changes(since=99)
        assert later.note == later.to_pandas().attrs["note"] == "nothing was recorded after cursor 99"
        assert not tracker.changes().note


def test_a_text_without_claims_says_why() -> None:
    assert "no tracked instrument" in read_text("The weather is fine.", "2024-11-18").note
    asked = "The United States should allow nobody to rest, a poet said of ATACMS missiles."
    assert read_text(asked, "2024-11-18") or read_text(asked, "2024-11-18").note
    told = read_text("The United States has allowed Ukraine to fire ATACMS missiles into Russia.", "2024-11-18")
    assert told and not told.note
    assert told.to_polars()["operation"].to_list() == ["authorise"]


# --- rubbish


@pytest.mark.parametrize("word", RUBBISH, ids=ascii)
def test_rubbish_goes_through_every_format(word: str, tmp_path: Path) -> None:
    for record in of_each_type(word):
        found = one(record)
        table = found.to_arrow()
        assert found.to_polars().to_dicts() == table.to_pylist()
        assert len(found.to_pandas()) == 1
        text = [value for value in table.to_pylist()[0].values() if isinstance(value, str)]
        assert plain(word) in text or any(plain(word).strip() in value for value in text)
        (tmp_path / "t.csv").write_bytes(sheet.csv_of(found).encode("utf-8"))
        (row,) = cells(found)
        assert len(row) == table.num_columns
        assert not [value for value in row if value[:1] in "=+@\t\r\n" and value[:1]]
        assert len(pandas.read_csv(tmp_path / "t.csv", dtype=str, keep_default_na=False)) == 1
        assert polars.read_csv(tmp_path / "t.csv", infer_schema=False).height == 1


def test_other_readers_get_what_was_written(tmp_path: Path) -> None:
    words = [word for word in RUBBISH if "\r" not in word]
    found = Records([record for word in words for record in of_each_type(word)[8:9]], TYPES[8])
    (tmp_path / "t.csv").write_bytes(sheet.csv_of(found).encode("utf-8"))
    expected = [sheet.cell(plain(word)) for word in words]
    assert polars.read_csv(tmp_path / "t.csv", infer_schema=False)["problem"].to_list() == expected
    read = pandas.read_csv(tmp_path / "t.csv", dtype=str, keep_default_na=False)
    assert [*read.columns] == found.to_polars().columns
    assert read["problem"].to_list() == expected


@given(st.text(alphabet=st.characters(), max_size=30))
@settings(max_examples=100, deadline=None)
def test_no_cell_is_lost_or_computed_whatever_it_holds(word: str) -> None:
    finding = of_each_type(word)[8]
    (row,) = cells(one(finding))
    assert row[1] in (plain(word), f"'{plain(word)}")
    assert row[1][:1] not in ("=", "+", "@", "\t", "\r", "\n") or re.fullmatch(r"\+\d+(\.\d+)?(e[+-]?\d+)?", row[1])
    assert one(finding).to_arrow()["at"].to_pylist() == [plain(word)]


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (25.0, "25"),
        (4.25, "4.25"),
        (0.1, "0.1"),
        (1234567.0, "1234567"),
        (-1e-7, "-1e-07"),
        (1e300, "1e+300"),
        (True, "true"),
        (7, "7"),
    ],
)
def test_numbers_are_written_in_full(value: float, text: str) -> None:
    assert sheet.shown(value) == text
    assert sheet.cell(text) == text


# --- libraries that are not there


@pytest.mark.parametrize(
    ("method", "missing"),
    [
        ("to_polars", "polars"),
        ("to_pandas", "pandas"),
        ("to_arrow", "pyarrow"),
        ("to_polars", "pyarrow"),
        ("to_pandas", "pyarrow"),
    ],
)
def test_a_missing_library_is_named_with_the_remedy(method: str, missing: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, missing, None)
    with pytest.raises(ConfigError, match=rf"{method} needs {missing}, .*pip install 'policytrack\[frames\]'"):
        getattr(Records([], Shift), method)()


def test_nothing_is_loaded_before_it_is_asked_for() -> None:
    script = (
        "import sys\n"
        "from policytrack import open_tracker\n"
        "with open_tracker(':memory:') as tracker:\n"
        "    found = tracker.states()\n"
        "    repr(found), found._repr_html_(), found._repr_markdown_()\n"
        "print(*sorted({'pandas', 'polars', 'pyarrow'} & {*sys.modules}), 'policytrack.render' in sys.modules)\n"
    )
    around = {**os.environ, "PYTHONPATH": str(Path(policytrack.__file__).parent.parent)}
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, env=around, check=True)
    assert done.stdout.split() == ["True"]
