"""The notebook in examples/ runs as it is and shows what is stored in it; and what runs it shows what there is."""

from __future__ import annotations

import ast
import json
from pathlib import Path

import pytest

import policytrack
from tests import notebooks

EXAMPLES = Path(__file__).parent.parent / "examples"
FIRST_LOOK = EXAMPLES / "first-look.ipynb"
each = pytest.mark.parametrize("path", sorted(EXAMPLES.glob("*.ipynb")), ids=lambda path: path.stem)


@each
def test_each_cell_shows_what_is_stored_below_it(path: Path) -> None:
    cells = notebooks.code_cells(notebooks.notebook(path))
    for number, (cell, shown) in enumerate(zip(cells, notebooks.outputs(path), strict=True), start=1):
        assert notebooks.timeless(shown) == notebooks.timeless(cell["outputs"]), f"cell {number}: run `make docs`"
        assert cell["execution_count"] == number


def test_it_shows_cards_a_timeline_frames_and_why_nothing_was_found() -> None:
    stored = notebooks.code_cells(notebooks.notebook(FIRST_LOOK))
    text = json.dumps([cell["outputs"] for cell in stored], ensure_ascii=False)
    assert all(cell["outputs"] for cell in stored)
    for what in ("<svg", "Timeline of us.atacms.strikes-in-russia", "shape: (", "no shift in range", "us.atacms"):
        assert what in text
    assert "<script" not in text and "Traceback" not in text


def test_a_function_is_called_in_a_notebook_and_the_log_has_it() -> None:
    first, again, log = (json.dumps(shown) for shown in notebooks.outputs(EXAMPLES / "alerts.ipynb"))
    assert "us.atacms.strikes-in-russia, prohibited -> permitted" in first
    assert '"0"' in again
    assert "4 alerts" in log and "function notify" in log


@each
def test_it_uses_what_every_analyst_can(path: Path) -> None:
    for cell in notebooks.code_cells(notebooks.notebook(path)):
        for node in ast.walk(ast.parse("".join(cell["source"]))):
            if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("policytrack"):
                assert node.module == "policytrack" and {name.name for name in node.names} <= {*policytrack.__all__}


@each
def test_it_is_a_notebook_as_jupyter_writes_them(path: Path) -> None:
    read = notebooks.notebook(path)
    assert (read["nbformat"], read["nbformat_minor"]) == (4, 5)
    assert len({cell["id"] for cell in read["cells"]}) == len(read["cells"])
    assert path.stat().st_size < 100_000
    for cell in read["cells"]:
        keys = {"cell_type", "id", "metadata", "source"}
        assert {*cell} == keys | ({"outputs", "execution_count"} if cell["cell_type"] == "code" else set())


# --- what runs notebooks


def saved(path: Path, *sources: str) -> Path:
    cells = [
        {"cell_type": "code", "id": f"c{number}", "source": [source], "metadata": {}, "outputs": [],
         "execution_count": None}
        for number, source in enumerate(sources)
    ]  # fmt: skip
    path.write_text(json.dumps({"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5}))
    return path


def test_a_cell_shows_what_it_prints_and_its_last_value(tmp_path: Path) -> None:
    here = Path.cwd()
    path = saved(tmp_path / "n.ipynb", "x = 2\nprint('a')\nx + 1", "x", "y = 1", "None", "", "open('n.ipynb').close()")
    first, second, *none = notebooks.outputs(path)
    assert [shown["output_type"] for shown in first] == ["stream", "execute_result"]
    assert (first[0]["text"], first[1]["data"]["text/plain"]) == (["a\n"], ["3"])
    assert second[0]["data"] == {"text/plain": ["2"]}
    assert none == [[]] * 4 and Path.cwd() == here


def test_a_cell_that_fails_is_not_passed_over(tmp_path: Path) -> None:
    here = Path.cwd()
    with pytest.raises(ZeroDivisionError):
        notebooks.outputs(saved(tmp_path / "n.ipynb", "1 / 0"))
    assert Path.cwd() == here


def test_what_differs_only_in_the_moment_is_left_as_it_is(tmp_path: Path) -> None:
    path = saved(tmp_path / "n.ipynb", "import datetime\nprint(datetime.datetime.now(datetime.UTC))\nprint(1)", "2")
    notebooks.write(path)
    first = path.read_bytes()
    notebooks.write(path)
    assert path.read_bytes() == first and b"2" in first
    shown = notebooks.outputs(path)
    assert notebooks.timeless(shown[0]) != notebooks.timeless(shown[1])
