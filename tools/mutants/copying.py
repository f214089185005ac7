"""A copy of what the unit tests need, so that nothing is mutated, nor changed meanwhile, where people work."""

import shutil
from pathlib import Path

FOLDERS = ("shared", "frontend", "functions", "tests", "tools", "examples", "docs", "terraform")
_LEFT_OUT = shutil.ignore_patterns("__pycache__", ".terraform", "node_modules", "e2e", "build")


def working_copy(root: Path, target: Path) -> Path:
    """Copy the sources and tests to `target`, in place of an older copy."""
    shutil.rmtree(target, ignore_errors=True)
    target.mkdir(parents=True)
    for name in FOLDERS:
        shutil.copytree(root / name, target / name, ignore=_LEFT_OUT)
    for path in root.iterdir():
        if path.is_file():
            shutil.copy(path, target)
    return target
