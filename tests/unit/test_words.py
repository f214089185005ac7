"""The words of the code are the field's: no private dialect in names, and first lines that stand alone."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SOURCES = [
    path
    for folder in ("shared", "frontend", "functions", "tools", "examples")
    for path in sorted((ROOT / folder).rglob("*.py"))
    if "node_modules" not in path.parts
]
TESTS = sorted((ROOT / "tests").rglob("*.py"))
NAMES = {"said", "found", "made", "told", "known"}
CONSTANTS = re.compile(r"_?(MOST|LEAST|LONGEST|FEWEST|LARGEST|SMALLEST)(_|$)")
FIRST_WORDS = re.compile(
    r"(What|Whether|The same|Another|Of each|How (far|many|often|long|good)|That which)\b"
)


def test_there_are_sources() -> None:
    assert len(SOURCES) > 200


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(ROOT)))
def test_names_and_first_lines_are_plain(path: Path) -> None:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    assert not dialect(tree)
    assert not [line for line in first_lines(tree) if FIRST_WORDS.match(line)]


def test_names_in_tests_are_plain() -> None:
    trees = {path: ast.parse(path.read_text(encoding="utf-8")) for path in TESTS}
    assert not {
        str(path.relative_to(ROOT)): names for path, tree in trees.items() if (names := dialect(tree))
    }


def dialect(tree: ast.AST) -> list[str]:
    """Names that the code sets and that say nothing to a reader."""
    return sorted(name for name in named(tree) if name in NAMES or CONSTANTS.match(name))


def named(tree: ast.AST) -> Iterator[str]:
    """Names of variables, parameters, attributes and functions that the code sets."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            yield node.id
        elif isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store):
            yield node.attr
        elif isinstance(node, ast.arg):
            yield node.arg
        elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node.name


def first_lines(tree: ast.AST) -> Iterator[str]:
    """First lines of docstrings."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            yield (ast.get_docstring(node) or "").split("\n")[0]
