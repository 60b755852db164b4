"""Measures the source itself: lengths, branches, types, docstrings and import cycles, as one row of a table.

Functions and methods are counted with nested ones apart, from `def` to the last line; the docstring counts.
"""

from __future__ import annotations

import ast
import statistics
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

ROOT = Path(__file__).parent.parent
PACKAGE = ROOT / "policytrack"
Function = ast.FunctionDef | ast.AsyncFunctionDef
BRANCHES = (
    ast.If, ast.IfExp, ast.For, ast.AsyncFor, ast.While, ast.ExceptHandler, ast.Assert, ast.comprehension,
    ast.match_case,
)  # fmt: skip
LONGEST = 10
COLUMNS = (
    "codebase", "modules", "lines", "module", "function", "branches", "typed", "docs", "exceptions", "exports",
    "tests/source", "cycles",
)  # fmt: skip


def modules() -> dict[str, ast.Module]:
    """Every module of the package by its dotted name."""
    return {
        ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__"): ast.parse(path.read_bytes())
        for path in sorted(PACKAGE.rglob("*.py"))
    }


def functions(tree: ast.Module) -> list[Function]:
    return [node for node in ast.walk(tree) if isinstance(node, Function)]


def length(node: Function) -> int:
    return (node.end_lineno or node.lineno) - node.lineno + 1


def branches(node: Function) -> int:
    """Branches + 1: decisions, loops, handlers, and each further operand of `and` and `or`."""
    inner = list(_own(node))
    operands = sum(len(each.values) - 1 for each in inner if isinstance(each, ast.BoolOp))
    return 1 + operands + sum(isinstance(each, BRANCHES) for each in inner)


def _own(node: ast.AST) -> Iterator[ast.AST]:
    """What stands in a function, without the functions inside it."""
    for child in ast.iter_child_nodes(node):
        yield child
        if not isinstance(child, Function):
            yield from _own(child)


def is_typed(node: Function) -> bool:
    arguments = [*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs]
    named = [each for each in arguments if each.arg not in ("self", "cls")]
    return node.returns is not None and all(each.annotation is not None for each in named)


def public(tree: ast.Module) -> Iterator[Function]:
    """Functions of the module and methods of its classes whose names do not begin with an underscore."""
    bodies = [tree.body, *(node.body for node in tree.body if isinstance(node, ast.ClassDef) and node.name[0] != "_")]
    for body in bodies:
        yield from (node for node in body if isinstance(node, Function) and node.name[0] != "_")


def imports(name: str, tree: ast.Module, names: Sequence[str], deferred: bool) -> set[str]:
    """Modules of the package that a module imports when it is loaded; `deferred`: also those inside functions."""
    nodes = ast.walk(tree) if deferred else _at_load(tree)
    found = set()
    for node in nodes:
        if isinstance(node, ast.ImportFrom) and node.module:
            found |= {each for alias in node.names if (each := f"{node.module}.{alias.name}") in names} or {node.module}
        elif isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
    return (found & set(names)) - {name}


def _at_load(tree: ast.AST) -> Iterator[ast.AST]:
    for child in ast.iter_child_nodes(tree):
        typing_only = isinstance(child, ast.If) and ast.unparse(child.test) == "TYPE_CHECKING"
        if not isinstance(child, Function) and not typing_only:
            yield child
            yield from _at_load(child)


def cycles(trees: dict[str, ast.Module], deferred: bool) -> list[str]:
    """Every module that reaches itself through imports."""
    edges = {name: imports(name, tree, list(trees), deferred) for name, tree in trees.items()}

    def reached(name: str) -> set[str]:
        seen: set[str] = set()
        left = set(edges[name])
        while left:
            each = left.pop()
            seen.add(each)
            left |= edges[each] - seen
        return seen

    return [name for name in trees if name in reached(name)]


def exceptions(trees: dict[str, ast.Module]) -> list[str]:
    """Classes derived from something that is named as an error."""
    classes = [node for tree in trees.values() for node in ast.walk(tree) if isinstance(node, ast.ClassDef)]
    return [
        node.name for node in classes if any(ast.unparse(base).endswith(("Error", "Exception")) for base in node.bases)
    ]


def exported(trees: dict[str, ast.Module]) -> int:
    """How many names the package offers."""
    lists = [
        node.value
        for node in trees["policytrack"].body
        if isinstance(node, ast.Assign) and "__all__" in ast.unparse(node)
    ]
    return sum(len(value.elts) for value in lists if isinstance(value, ast.List))


def p95(values: Sequence[int]) -> int:
    """The value that 95 of 100 do not exceed."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, -(-len(ordered) * 95 // 100) - 1)]


def spread(values: Sequence[int]) -> str:
    return f"{statistics.median(values):.0f} / {p95(values)} / {max(values)}"


def report() -> Iterator[str]:
    trees = modules()
    lines = {name: len(_source(name).splitlines()) for name in trees}
    every = [(name, node) for name, tree in trees.items() for node in functions(tree)]
    lengths, decided = [length(node) for _, node in every], [branches(node) for _, node in every]
    open_to_all = [node for tree in trees.values() for node in public(tree)]
    told = sum(ast.get_docstring(node) is not None for node in open_to_all)
    tests = sum(len(path.read_text(encoding="utf-8").splitlines()) for path in (ROOT / "tests").rglob("*.py"))
    yield f"| {' | '.join(COLUMNS)} |"
    yield "|---|--:|--:|---|---|--:|--:|--:|--:|--:|--:|---|"
    yield (
        f"| policytrack | {len(trees)} | {sum(lines.values()):,} | {spread(list(lines.values()))} | {spread(lengths)} "
        f"| {p95(decided)} | {share(sum(is_typed(node) for _, node in every), len(every))} "
        f"| {share(told, len(open_to_all))} | {len(exceptions(trees))} | {exported(trees)} "
        f"| {tests / sum(lines.values()):.2f} | {', '.join(cycles(trees, deferred=True)) or 'none'} |"
    )
    yield "\nlongest functions (lines, branches + 1):"
    for name, node in sorted(every, key=lambda each: -length(each[1]))[:LONGEST]:
        yield f"  {length(node):4} {branches(node):3}  {name}.{node.name}"
    yield "most branches:"
    for name, node in sorted(every, key=lambda each: -branches(each[1]))[:LONGEST]:
        yield f"  {length(node):4} {branches(node):3}  {name}.{node.name}"
    yield "longest modules:"
    yield from (f"  {lines[name]:4}  {name}" for name in sorted(lines, key=lambda each: -lines[each])[:LONGEST])


def _source(name: str) -> str:
    path = ROOT / Path(*name.split("."))
    return (path / "__init__.py" if path.is_dir() else path.with_suffix(".py")).read_text(encoding="utf-8")


def share(part: int, whole: int) -> str:
    return f"{100 * part / whole:.0f} %"


if __name__ == "__main__":
    sys.stdout.write("\n".join(report()) + "\n")
