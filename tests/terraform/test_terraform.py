"""The module is formatted, fits the provider's schema, and passes its own tests."""

import re
import subprocess
from pathlib import Path

from check import Workspace


def test_every_file_is_formatted(terraform: str, module: Path) -> None:
    done = subprocess.run(
        [terraform, "fmt", "-check", "-diff", "-recursive", str(module)], capture_output=True, text=True
    )
    assert done.returncode == 0, done.stdout


def test_the_module_fits_the_providers_schema(workspace: Workspace) -> None:
    done = workspace.terraform("validate")
    assert done.returncode == 0, done.stdout


def test_the_modules_own_tests_pass(workspace: Workspace) -> None:
    done = workspace.terraform("test")
    assert re.search(r"^Success! [1-9]\d* passed, 0 failed\.$", done.stdout, re.M), done.stdout


def test_every_file_of_the_module_has_its_tests(module: Path) -> None:
    without_resources = {"locals", "variables", "versions"}
    files = {file.stem for file in module.glob("*.tf")} - without_resources
    tests = {file.name.removesuffix(".tftest.hcl") for file in module.glob("tests/*.tftest.hcl")}
    assert files - tests == set()
