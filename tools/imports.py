"""Find the modules and distributions that a file can import, from its source without running it.

Imports inside functions count, as they may run later; those under `if TYPE_CHECKING:` do not, as they never run.
"""

import ast
import sys
from collections.abc import Iterator
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from pathlib import Path

from ppa.core.errors import BadInput


@dataclass(frozen=True)
class Reached:
    """Own modules by dotted name, and imported names that are neither own nor in the standard library."""

    modules: dict[str, Path]
    outside: frozenset[str]


def reach(root: Path, entry: Path, closed: AbstractSet[str] = frozenset()) -> Reached:
    """Find everything that `entry` can import, with own modules below `root`; modules in `closed` are not followed."""
    modules: dict[str, Path] = {}
    outside: set[str] = set()
    waiting = [entry]
    while waiting:
        for name in _wanted(waiting.pop(), closed):
            own = _ours(root, name)
            if not own and name.split(".")[0] not in sys.stdlib_module_names:
                outside.add(name)
            new = {module: path for module, path in own.items() if module not in modules}
            waiting += new.values()
            modules |= new
    ours = {module.split(".")[0] for module in modules}
    return Reached(modules, frozenset(name for name in outside if name.split(".")[0] not in ours))


def _wanted(path: Path, closed: AbstractSet[str]) -> Iterator[str]:
    collector = _Imports()
    collector.visit(ast.parse(path.read_text(encoding="utf-8"), str(path)))
    return (name for name in collector.names if not any(f"{name}.".startswith(f"{c}.") for c in closed))


def _ours(root: Path, name: str) -> dict[str, Path]:
    """File of a module and of its parent packages; empty if it is not below `root`."""
    parts = name.split(".")
    path = root.joinpath(*parts)
    file = path / "__init__.py" if path.is_dir() else path.with_suffix(".py")
    if not file.is_file():
        return {}
    packages = [root.joinpath(*parts[:end], "__init__.py") for end in range(1, len(parts))]
    around = {".".join(parts[: i + 1]): package for i, package in enumerate(packages) if package.is_file()}
    return around | {name: file}


class _Imports(ast.NodeVisitor):
    def __init__(self) -> None:
        self.names: set[str] = set()

    def visit_If(self, node: ast.If) -> None:
        """Skip blocks for type checkers only."""
        skipped = ast.unparse(node.test).endswith("TYPE_CHECKING")
        for child in node.orelse if skipped else [node.test, *node.body, *node.orelse]:
            self.visit(child)

    def visit_Import(self, node: ast.Import) -> None:
        """Handle `import a.b`."""
        self.names |= {alias.name for alias in node.names}

    def visit_ImportFrom(self, node: ast.ImportFrom) -> None:
        """Handle `from a import b`, where b may be a module."""
        if node.level or node.module is None:
            raise BadInput(f"Line {node.lineno} has a relative import; use the absolute module name.")
        self.names.add(node.module)
        self.names |= {f"{node.module}.{alias.name}" for alias in node.names}
