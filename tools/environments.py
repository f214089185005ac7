"""Create Python environments with uv, which is ten times as fast as pip, or with pip if uv is not available.

usage: python -m tools.environments FOLDER ARGUMENT... (arguments of `pip install`)
"""

import subprocess
import sys
from pathlib import Path

UV = Path(sys.executable).with_name("uv")


def install(folder: Path, *arguments: str | Path, python: Path | str = sys.executable) -> Path:
    """Install packages by arguments of `pip install`, and return the environment's Python.

    `folder` is created as an environment of `python` if needed. CalledProcessError, with the output, if neither uv nor
    pip succeeds.
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
    """Last line of the error output of a failed command."""
    output: str = error.stderr.strip() or "no reason given"
    return output.splitlines()[-1]


def _run(*command: str | Path) -> None:
    subprocess.run(command, check=True, capture_output=True, text=True)  # noqa: S603 # commands of our own


def main() -> int:
    """Run the command line."""
    folder, *arguments = sys.argv[1:]
    try:
        install(Path(folder), *arguments)
    except subprocess.CalledProcessError as error:
        sys.stderr.write(error.stderr)
        return error.returncode
    return 0


if __name__ == "__main__":
    sys.exit(main())
