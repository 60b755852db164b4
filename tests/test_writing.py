"""Answers written to files: Parquet and CSV from the commands, whole or not at all, and never where they do harm."""

from __future__ import annotations

import csv
import io
import os
import pty
import stat
import subprocess
import sys
import threading
from pathlib import Path

import pandas
import polars
import pyarrow.parquet
import pytest
from typer.testing import CliRunner

import policytrack
from policytrack import ConfigError, open_tracker
from policytrack.cli import app
from policytrack.cli.writing import answer_to
from policytrack.render import sheet
from tests.test_tracker import BANNED, CORK, LIFTED, SALT, TAXED, Clock, Reader, house, news, rules_folder

RUNNER = CliRunner()
LISTS = [["states"], ["shifts"], ["policies"], ["diff", "2024-11-01", "2024-11-30"]]
each_list = pytest.mark.parametrize("words", LISTS, ids=lambda words: words[0])


@pytest.fixture(scope="module")
def ledger(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """The flags that name a ledger in which cork was freed and banned again, and salt was taxed."""
    folder = tmp_path_factory.mktemp("ledger")
    with open_tracker(folder / "watch.db", rules=house(), clock=Clock(), extractor=Reader()) as tracker:
        tracker.ingest(
            [news("a", "2024-11-12", LIFTED), news("b", "2024-11-20", BANNED), news("c", "2024-11-15", TAXED)]
        )
    rules_folder(folder / "rules")
    return ["--db", str(folder / "watch.db"), "--rules", str(folder / "rules")]


def run(*words: str) -> tuple[int, str, str]:
    done = RUNNER.invoke(app, [*words])
    return done.exit_code, done.stdout, done.stderr


@each_list
def test_parquet_and_csv_have_the_same_rows(words: list[str], ledger: list[str], tmp_path: Path) -> None:
    for format in ("parquet", "csv"):
        assert run(*words, *ledger, "--format", format, "--output", str(tmp_path / format))[:2] == (0, "")
    table = pyarrow.parquet.read_table(tmp_path / "parquet")
    raw = (tmp_path / "csv").read_bytes()
    assert raw.startswith(b"\xef\xbb\xbf")
    head, *rows = csv.reader(io.StringIO(raw.decode("utf-8-sig"), newline=""))
    assert (head, len(rows)) == (table.column_names, table.num_rows) and rows
    assert rows == [[sheet.cell(sheet.shown(cell)) for cell in row.values()] for row in table.to_pylist()]
    assert polars.read_parquet(tmp_path / "parquet").height == len(rows)
    assert pandas.read_csv(tmp_path / "csv").columns[0] == head[0]
    assert polars.read_csv(tmp_path / "csv", infer_schema=False).columns[0] == head[0]


def test_parquet_through_a_pipe(ledger: list[str]) -> None:
    done = RUNNER.invoke(app, ["shifts", *ledger, "--format", "parquet"])
    table = pyarrow.parquet.read_table(io.BytesIO(done.stdout_bytes))
    assert table["policy"].to_pylist() == [CORK, SALT, CORK]


@each_list
def test_csv_without_the_mark(words: list[str], ledger: list[str]) -> None:
    marked, plain = (RUNNER.invoke(app, [*words, *ledger, "--format", "csv", *flags]) for flags in ([], ["--no-bom"]))
    assert marked.stdout_bytes == b"\xef\xbb\xbf" + plain.stdout_bytes


@pytest.mark.parametrize("format", ["text", "json", "parquet"])
def test_there_is_no_mark_to_leave_off_in_other_formats(format: str, ledger: list[str]) -> None:
    assert run("shifts", *ledger, "--format", format, "--no-bom")[0] == 2


@pytest.mark.parametrize("format", ["text", "json", "jsonl", "csv", "html", "markdown"])
def test_a_file_holds_what_stdout_would(format: str, ledger: list[str], tmp_path: Path) -> None:
    words = ["diff", "2024-11-01", "2024-11-30", *ledger, "--known", "2026-06-01", "--format", format]
    done = RUNNER.invoke(app, words)
    assert run(*words, "-o", str(tmp_path / "answer"))[:2] == (done.exit_code, "") == (0, "")
    assert (tmp_path / "answer").read_bytes() == done.stdout_bytes


def test_an_empty_answer_is_a_table_without_rows_and_says_why(ledger: list[str], tmp_path: Path) -> None:
    words = ["shifts", *ledger, "--since", "2030-01-01", "--format", "parquet", "-o", str(tmp_path / "none.parquet")]
    code, _, talk = run(*words)
    table = pyarrow.parquet.read_table(tmp_path / "none.parquet")
    assert (code, table.num_rows) == (0, 0) and "no shift in range" in talk
    assert b"no shift in range" in table.schema.metadata[b"note"]


# --- where it goes


def test_a_terminal_is_told_to_name_a_file(ledger: list[str]) -> None:
    ours, theirs = pty.openpty()
    command = [sys.executable, "-m", "policytrack", "shifts", *ledger, "--format", "parquet"]
    around = {**os.environ, "PYTHONPATH": str(Path(policytrack.__file__).parent.parent)}
    done = subprocess.run(command, stdout=theirs, stderr=subprocess.PIPE, env=around, text=True, check=False)
    os.close(theirs)
    os.close(ours)
    assert done.returncode == 2 and "--output FILE" in done.stderr and "PAR1" not in done.stderr


def test_a_file_that_was_there_is_replaced_and_keeps_its_rights(ledger: list[str], tmp_path: Path) -> None:
    (tmp_path / "s.csv").write_text("old")
    (tmp_path / "s.csv").chmod(0o640)
    (tmp_path / "link.csv").symlink_to("s.csv")
    assert run("shifts", *ledger, "--format", "csv", "-o", str(tmp_path / "link.csv"))[0] == 0
    assert (tmp_path / "link.csv").is_symlink() and CORK in (tmp_path / "s.csv").read_text("utf-8")
    assert stat.S_IMODE((tmp_path / "s.csv").stat().st_mode) == 0o640
    assert {path.name for path in tmp_path.iterdir()} == {"s.csv", "link.csv"}


def test_a_new_file_has_the_rights_that_files_have_here(ledger: list[str], tmp_path: Path) -> None:
    (tmp_path / "other").touch()
    assert run("shifts", *ledger, "-o", str(tmp_path / "new"))[0] == 0
    assert (tmp_path / "new").stat().st_mode == (tmp_path / "other").stat().st_mode


def test_a_pipe_is_written_into_and_stays_one(ledger: list[str], tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    read: list[bytes] = []
    reader = threading.Thread(target=lambda: read.append((tmp_path / "pipe").read_bytes()))
    reader.start()
    assert run("shifts", *ledger, "--format", "parquet", "-o", str(tmp_path / "pipe"))[0] == 0
    reader.join()
    assert read[0].startswith(b"PAR1") and (tmp_path / "pipe").is_fifo()


@pytest.mark.parametrize("place", [".", "no/such/folder/x.csv", "file/x.csv", "x" * 300, "nul\0"])
def test_a_place_that_cannot_be_written_is_named(place: str, ledger: list[str], tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    code, _, talk = run("shifts", *ledger, "--format", "csv", "--output", f"{tmp_path}/{place}")
    assert code == 2 and talk.strip() and "Unexpected" not in talk
    assert {path.name for path in tmp_path.iterdir()} == {"file"}


def test_what_fails_leaves_the_old_file_and_nothing_beside_it(
    ledger: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    (tmp_path / "s.csv").write_text("old")
    monkeypatch.setattr("policytrack.wholefile.os.fsync", full)
    code, _, talk = run("shifts", *ledger, "--format", "csv", "--output", str(tmp_path / "s.csv"))
    assert code == 2 and "No space left on device" in talk and str(tmp_path / "s.csv") in talk
    assert run("shifts", *ledger, "--kind", "nonsense", "-o", str(tmp_path / "s.csv"))[0] == 2
    assert [(path.name, path.read_text()) for path in tmp_path.iterdir()] == [("s.csv", "old")]


def test_no_file_where_the_answer_breaks_off(tmp_path: Path) -> None:
    with pytest.raises(KeyboardInterrupt), answer_to(tmp_path / "x", "text"):
        print("half")  # noqa: T201 it is what is tried
        raise KeyboardInterrupt
    assert not [*tmp_path.iterdir()]
    with pytest.raises(ConfigError), answer_to(tmp_path, "text"):
        raise AssertionError("nothing is asked where nothing can be written")


LIMITED = """
import resource, signal, sys
from policytrack.__main__ import main
from policytrack import wholefile as writing

def limited(*given, put=writing.put_whole):
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100, 100))
    put(*given)

writing.put_whole = limited
sys.argv = ["policytrack", *sys.argv[1:]]
main()
"""


def test_a_full_disk_is_said_and_leaves_nothing(ledger: list[str], tmp_path: Path) -> None:
    (tmp_path / "s.parquet").write_text("old")
    words = ["states", *ledger, "--format", "parquet", "-o", str(tmp_path / "s.parquet"), "--known", "2026-06-01"]
    around = {**os.environ, "PYTHONPATH": str(Path(policytrack.__file__).parent.parent)}
    done = subprocess.run(
        [sys.executable, "-c", LIMITED, *words], capture_output=True, text=True, env=around, check=False
    )
    assert (done.returncode, done.stdout) == (2, ""), done.stderr
    assert "cannot be written" in done.stderr
    assert [(path.name, path.read_text()) for path in tmp_path.iterdir()] == [("s.parquet", "old")]


def test_without_pyarrow_parquet_says_what_to_install(ledger: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    code, shown, talk = run("shifts", *ledger, "--format", "parquet")
    assert (code, shown) == (2, "") and "pip install 'policytrack[frames]'" in talk
    assert run("shifts", *ledger, "--format", "csv")[0] == 0
