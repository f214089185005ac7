"""What the Terraform tests share: the module in a throw-away workspace, and what it is once applied."""

import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

HERE = Path(__file__).parent
REPO = HERE.parents[1]
sys.path.insert(0, str(HERE / "offline"))

from applied import Resource, resources_after  # noqa: E402 # the folder must be on the path first
from check import Workspace  # noqa: E402

from tests.notes import note  # noqa: E402


@pytest.fixture(scope="session")
def module() -> Path:
    """The Terraform module."""
    return REPO / "terraform"


@pytest.fixture(scope="session")
def terraform() -> str:
    """The program; without it the tests that need it are skipped."""
    result = shutil.which("terraform")
    if result is None:
        pytest.skip("terraform is not installed: the Terraform module is not validated or tested")
    return result


@pytest.fixture(scope="session")
def workspace(terraform: str, module: Path) -> Iterator[Workspace]:
    """A copy of the module, initialised with the real provider or its stand-in."""
    with Workspace(module, [REPO / "shared"]) as prepared:
        note(f"Terraform was checked with {prepared.provider}.")
        yield prepared


@pytest.fixture(scope="session")
def applied(workspace: Workspace) -> list[Resource]:
    """The module's resources after the mocked apply of tests/wiring.tftest.hcl."""
    return resources_after(workspace, "tests/wiring.tftest.hcl")
