"""Environments of Python packages, made with uv, which takes a tenth of pip's time; with pip where uv is not to be had.

usage: python -m tools.environments FOLDER ARGUMENT...   (what follows `pip install`)
"""

import subprocess
import sys
from pathlib import Path

UV = Path(sys.executable).with_name("uv")


def install(folder: Path, *arguments: str | Path, python: Path | str = sys.executable) -> Path:
    """Install what `arguments` name, as for `pip install`; the environment's Python.

    Where `folder` is no environment yet it becomes one of `python`. CalledProcessError, with what was said, where
    neither uv nor pip can install it.
    """
    inside = folder / "bin" / "python"
    if not inside.exists():
        _run(python, "-m", "venv", "--clear", "--without-pip", folder)
    try:
        _run(UV, "pip", "install", "--quiet", "--python", inside, *arguments)
    except (OSError, subprocess.CalledProcessError):
        _run(inside, "-m", "ensurepip")
        _run(inside, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", *arguments)
    return inside


def reason(error: subprocess.CalledProcessError) -> str:
    """The last line of what a command that failed has said."""
    said: str = error.stderr.strip() or "no reason given"
    return said.splitlines()[-1]


def _run(*command: str | Path) -> None:
    subprocess.run(command, check=True, capture_output=True, text=True)  # noqa: S603 # commands of our own


def main() -> int:
    """The command line."""
    folder, *arguments = sys.argv[1:]
    try:
        install(Path(folder), *arguments)
    except subprocess.CalledProcessError as error:
        sys.stderr.write(error.stderr)
        return error.returncode
    return 0


if __name__ == "__main__":
    sys.exit(main())
