"""Environments are created with uv, or with pip if uv is not available; failures are reported."""

import subprocess
import sys
from pathlib import Path
from zipfile import ZipFile

import pytest

from tools import environments
from tools.environments import install, reason


@pytest.fixture
def wheel(tmp_path: Path) -> Path:
    """Package with one module and no dependencies."""
    path = tmp_path / "greeting-1.0-py3-none-any.whl"
    files = {
        "greeting.py": "WORDS = 'hello'\n",
        "greeting-1.0.dist-info/METADATA": "Metadata-Version: 2.1\nName: greeting\nVersion: 1.0\n",
        "greeting-1.0.dist-info/WHEEL": "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
        "greeting-1.0.dist-info/RECORD": "",
    }
    with ZipFile(path, "w") as archive:
        for name, text in files.items():
            archive.writestr(name, text)
    return path


@pytest.mark.parametrize("uv", [environments.UV, Path("/nowhere/uv")], ids=["uv", "pip"])
def test_an_environment_holds_what_was_named_and_nothing_of_ours(
    uv: Path, wheel: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(environments, "UV", uv)
    python = install(tmp_path / "environment", "--no-index", wheel)
    script = "import greeting, importlib.util; print(greeting.WORDS, importlib.util.find_spec('flask'))"
    output = subprocess.run([python, "-c", script], capture_output=True, text=True, cwd=tmp_path, check=True)
    assert output.stdout.split() == ["hello", "None"]


def test_what_cannot_be_installed_is_said(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "tools.environments", tmp_path / "environment", "--no-index", "no-such"]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode != 0
    assert "no-such" in reason(subprocess.CalledProcessError(1, command, stderr=done.stderr))
