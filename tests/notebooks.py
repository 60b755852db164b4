"""Notebooks run as they are: `python -m tests.notebooks examples/first-look.ipynb` writes what each cell shows into it.

The cells run in this process, in the folder of the notebook, each shown as a notebook shows it: what is printed, and
the value of the last line as text, HTML and Markdown. Nothing of Jupyter is needed.
"""

from __future__ import annotations

import ast
import contextlib
import io
import json
import re
import sys
from pathlib import Path
from typing import Any

KINDS = (("text/html", "_repr_html_"), ("text/markdown", "_repr_markdown_"))
_MOMENT = re.compile(r"\d{4}-\d\d-\d\d[ T]\d\d:\d\d(:\d\d(\.\d+)?)?(Z|\+00:00)")
"""The present, which is another one each time."""

Output = dict[str, Any]


def notebook(path: Path) -> dict[str, Any]:
    read: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return read


def code_cells(read: dict[str, Any]) -> list[dict[str, Any]]:
    return [cell for cell in read["cells"] if cell["cell_type"] == "code"]


def outputs(path: Path) -> list[list[Output]]:
    """What each code cell shows, in order; whatever a cell raises is raised."""
    names: dict[str, Any] = {"__name__": "__main__"}
    cells = code_cells(notebook(path))
    with contextlib.chdir(path.parent):
        return [_run("".join(cell["source"]), names, number) for number, cell in enumerate(cells, start=1)]


def _run(source: str, names: dict[str, Any], number: int) -> list[Output]:
    tree = ast.parse(source)
    last = tree.body.pop() if tree.body and isinstance(tree.body[-1], ast.Expr) else None
    with contextlib.redirect_stdout(io.StringIO()) as printed:
        exec(compile(tree, f"cell {number}", "exec"), names)
        value = eval(compile(ast.Expression(last.value), f"cell {number}", "eval"), names) if last else None
    shown: list[Output] = []
    if printed.getvalue():
        shown.append({"output_type": "stream", "name": "stdout", "text": _lines(printed.getvalue())})
    if value is not None:
        shown.append(
            {"output_type": "execute_result", "execution_count": number, "metadata": {}, "data": _display(value)}
        )
    return shown


def _display(value: Any) -> dict[str, list[str]]:
    told = {kind: getattr(value, name)() for kind, name in KINDS if hasattr(value, name)}
    return {kind: _lines(text) for kind, text in {**told, "text/plain": repr(value)}.items()}


def _lines(text: str) -> list[str]:
    return text.splitlines(keepends=True)


def timeless(found: list[Output]) -> str:
    """What is shown, without the present moment."""
    return _MOMENT.sub("MOMENT", json.dumps(found, ensure_ascii=False, sort_keys=True))


def write(path: Path) -> None:
    """Nothing; the notebook holds what its cells show now. What differs only in the moment stays as it is."""
    read = notebook(path)
    for number, (cell, shown) in enumerate(zip(code_cells(read), outputs(path), strict=True), start=1):
        cell["execution_count"] = number
        if timeless(cell["outputs"]) != timeless(shown):
            cell["outputs"] = shown
    path.write_text(json.dumps(read, ensure_ascii=False, indent=1, sort_keys=True) + "\n", encoding="utf-8")


if __name__ == "__main__":
    for argument in sys.argv[1:]:
        write(Path(argument))
