"""checkov finds nothing in the module but what is skipped in place, with its reason."""

import re
import subprocess
from pathlib import Path

import pytest

from tools.environments import install, reason

VERSION = "3.3.30"
HOME = Path(__file__).parents[2] / ".cache" / "checkov"
CHECKOV = HOME / "bin" / "checkov"


@pytest.fixture(scope="module")
def checkov() -> Path:
    """The program, in an environment of its own: it pins far too much to share one."""
    if not _installed():
        try:
            install(HOME, f"checkov=={VERSION}")
        except subprocess.CalledProcessError as error:
            pytest.skip(
                f"checkov {VERSION} could not be installed, so the posture is not checked: {reason(error)}"
            )
    return CHECKOV


def test_checkov_finds_nothing(checkov: Path, module: Path) -> None:
    options = ["--framework", "terraform", "--quiet", "--compact", "--skip-download"]
    done = subprocess.run(
        [checkov, "--directory", module, *options], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert re.search(r"Passed checks: [1-9]\d*, Failed checks: 0", done.stdout), done.stdout


def test_every_skip_gives_its_reason(module: Path) -> None:
    skips = [s for file in module.rglob("*.tf") for s in re.findall(r"checkov:skip=.*", file.read_text())]
    assert skips
    assert [s for s in skips if not re.fullmatch(r"checkov:skip=CKV\w+:[A-Z].{20,}\.", s)] == []


def _installed() -> bool:
    if not CHECKOV.exists():
        return False
    done = subprocess.run([CHECKOV, "--version"], capture_output=True, text=True, check=False)
    return done.stdout.strip() == VERSION
