"""A difference as counts, as names, as CSV and as HTML."""

from __future__ import annotations

import csv
import io
from html.parser import HTMLParser
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner

from policytrack.cli import app
from policytrack.diff import Diff, DiffLine
from policytrack.render import page, sheet
from policytrack.tracker import open_tracker
from tests.test_tracker import BANNED, CORK, LIFTED, SALT, TAXED, Clock, Reader, house, news, rules_folder

RUNNER = CliRunner()


@pytest.fixture
def ledger(tmp_path: Path) -> list[str]:
    """The flags that name a ledger in which cork was freed and banned again, and salt was taxed."""
    with open_tracker(tmp_path / "watch.db", rules=house(), clock=Clock(), extractor=Reader()) as tracker:
        tracker.ingest(
            [
                news("a", "2024-11-12", LIFTED, publisher="Cork <Daily>"),
                news("b", "2024-11-20", BANNED),
                news("c", "2024-11-15", TAXED),
            ]
        )
    rules_folder(tmp_path / "rules")
    return ["--db", str(tmp_path / "watch.db"), "--rules", str(tmp_path / "rules")]


def diff(ledger: list[str], *flags: str) -> tuple[int, str]:
    done = RUNNER.invoke(app, ["diff", "2024-11-01", "2024-11-30", *ledger, *flags])
    return done.exit_code, done.stdout


def test_names_only(ledger: list[str]) -> None:
    assert diff(ledger, "--name-only") == (0, f"{CORK}\n{SALT}\n")
    assert diff(ledger, "--name-only", "--exit-code")[0] == 1


def test_counts(ledger: list[str]) -> None:
    code, shown = diff(ledger, "--stat")
    lines = [line.split() for line in shown.splitlines()]
    assert (code, lines[0][:2], lines[1], lines[2]) == (0, ["POLICY", "SHIFTS"], [CORK, "2"], [SALT, "1"])
    assert shown.splitlines()[-1] == "2 policies changed, 2 unchanged. Shifts: 3. Corrections: 0. Rule changes: 0."


@pytest.mark.parametrize("flags", [["--stat", "--name-only"], ["--stat", "--format", "json"], ["--format", "xls"]])
def test_what_does_not_go_together(ledger: list[str], flags: list[str]) -> None:
    assert diff(ledger, *flags)[0] == 2


def test_a_spreadsheet(ledger: list[str]) -> None:
    code, shown = diff(ledger, "--format", "csv")
    assert (code, shown[0]) == (0, sheet.MARK)
    rows = list(csv.DictReader(io.StringIO(shown[1:], newline="")))
    [status] = [row for row in rows if row["field"] == "status"]
    assert (status["kind"], status["policy"], status["occurred_on"]) == ("shift", SALT, "2024-11-15")
    assert (status["before"], status["after"]) == ("none", "in_force")
    assert {row["policy"] for row in rows} == {CORK, SALT}


@given(st.text())
def test_no_cell_is_a_formula_and_none_is_lost(value: str) -> None:
    shown = sheet.cell(value)
    assert shown in (value, f"'{value}")
    assert shown[:1] not in tuple("=@\t\r")
    [[read]] = csv.reader(io.StringIO(sheet.rows([value], [], ""), newline=""))
    assert read == value


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ("=1+1", "'=1+1"),
        ("-2", "-2"),
        ("-2.5", "-2.5"),
        ("-2+3", "'-2+3"),
        ("+cmd", "'+cmd"),
        ("@a", "'@a"),
        (None, ""),
    ],
)
def test_numbers_stay_numbers(value: str | None, shown: str) -> None:
    assert sheet.cell(value) == shown


class _Text(HTMLParser):
    """The text of a page, and its tags in the order in which they open and close."""

    def __init__(self) -> None:
        super().__init__()
        self.text: list[str] = []
        self.open: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:  # noqa: ARG002 base
        if tag not in ("meta", "br"):
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text.append(data)


def test_a_page(ledger: list[str]) -> None:
    code, shown = diff(ledger, "--format", "html")
    read = _Text()
    read.feed(shown)
    text = " ".join(" ".join(read.text).split())
    assert (code, read.open) == (0, [])
    assert "What changed from 2024-11-01 to 2024-11-30" in text
    assert "[Cork <Daily>, 2024-11-12;" in text and "<Daily>" not in shown
    assert "2 policies changed, 2 unchanged. Shifts: 3." in text
    assert "src=" not in shown and "<script" not in shown


@given(st.text(min_size=1), st.text(min_size=1))
def test_whatever_a_value_holds_the_page_is_whole(one: str, other: str) -> None:
    line = DiffLine(kind="shift", policy="a.b", field="until", before=one, after=other)
    read = _Text()
    read.feed(page.diff(Diff(lines=(line,)), [], "as known now", ""))
    assert read.open == []


@pytest.mark.parametrize(
    ("words", "found"),
    [
        (["states", "--on", "2024-11-15"], {"policy": CORK, "status": "permitted", "valid_to": "2024-11-20"}),
        (["states", "--on", "2024-11-15", SALT], {"policy": SALT, "status": "in_force", "until": "", "level": ""}),
        (
            ["shifts", "--since", "2024-11-20"],
            {"policy": CORK, "before_status": "permitted", "after_status": "prohibited"},
        ),
        (["shifts", SALT], {"occurred_on": "2024-11-15", "kind": "restriction_imposed", "triggers": ""}),
        (["policies"], {"id": CORK, "status": "prohibited", "last_shift_on": "2024-11-20", "last_claim": "impose"}),
    ],
)
def test_lists_as_spreadsheets(ledger: list[str], words: list[str], found: dict[str, str]) -> None:
    done = RUNNER.invoke(app, [*words, *ledger, "--format", "csv"])
    assert (done.exit_code, done.stdout[0]) == (0, sheet.MARK)
    rows = list(csv.DictReader(io.StringIO(done.stdout[1:], newline="")))
    assert any(found.items() <= row.items() for row in rows), rows


def test_an_empty_list_has_its_head_and_says_why(ledger: list[str]) -> None:
    done = RUNNER.invoke(app, ["shifts", "--since", "2030-01-01", *ledger, "--format", "csv"])
    assert (done.exit_code, done.stdout.count("\n")) == (0, 1)
    assert "no shift in range" in done.stderr
