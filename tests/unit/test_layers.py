"""The layers import in one direction only; violations are detected anywhere."""

import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
LAZY = "\n\ndef late() -> None:\n    import {module}\n"
FOR_TYPES = "\nfrom typing import TYPE_CHECKING\n\nif TYPE_CHECKING:\n    import {module}\n"
DIRECT = "\nimport {module}\n"


def linted(folder: Path) -> "subprocess.CompletedProcess[str]":
    """Run import-linter over the packages in a folder, with the contracts of this repository."""
    command = [ROOT / ".venv" / "bin" / "lint-imports", "--no-cache", "--config", folder / "pyproject.toml"]
    paths = {"PYTHONPATH": f"{ROOT}:{folder / 'shared'}:{folder / 'frontend'}", "PATH": "/usr/bin:/bin"}
    return subprocess.run(command, cwd=folder, env=paths, capture_output=True, text=True)


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """A copy of both packages."""
    for package in ("shared", "frontend"):
        shutil.copytree(
            ROOT / package,
            tmp_path / package,
            ignore=shutil.ignore_patterns("__pycache__", "static", "node_modules"),
        )
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    return tmp_path


# form, the module that imports, and what it imports
BROKEN = [
    (DIRECT, "core/metrics.py", "ppa.ops.clock"),
    (LAZY, "repository/rows.py", "ppa.jobs.build"),
    (FOR_TYPES, "storage/arrow.py", "ppa.platform"),
    (DIRECT, "core/quality/checks.py", "requests"),
    (LAZY, "core/novelty.py", "sklearn"),
    (FOR_TYPES, "core/thinning.py", "flask"),
]


def test_imports_that_break_a_contract_are_named_whatever_their_form(copy: Path) -> None:
    for form, importer, module in BROKEN:
        with (copy / "shared" / "ppa" / importer).open("a") as source:
            source.write(form.format(module=module))
    done = linted(copy)
    assert done.returncode != 0
    text = " ".join(done.stdout.split())
    for _, importer, module in BROKEN:
        assert f"ppa.{importer.removesuffix('.py').replace('/', '.')} -> {module}" in text


def test_the_layers_as_they_are_keep_every_contract(copy: Path) -> None:
    done = linted(copy)
    assert done.returncode == 0, done.stdout
    assert "0 broken" in done.stdout
