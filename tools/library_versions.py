"""Run the tests of conversion under other versions of scikit-learn, and with CatBoost: `make versions`.

Each version has an environment of its own in .cache/versions, installed when it is first needed.
"""

import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from tools.environments import install, reason

ROOT = Path(__file__).resolve().parents[1]
FOLDER = ROOT / ".cache" / "versions"
TESTS = "tests/unit/test_convert.py"
COMMON = ("hypothesis", "msgspec", "pandas<3", "pytest")
# what is installed besides, by the name of the environment
VERSIONS: dict[str, Sequence[str]] = {
    "scikit-learn-1.4": ("scikit-learn==1.4.2", "numpy<2"),
    "scikit-learn-1.5": ("scikit-learn==1.5.2",),
    "scikit-learn-1.6": ("scikit-learn==1.6.1",),
    "scikit-learn-1.7": ("scikit-learn==1.7.2",),
    "scikit-learn-1.8": ("scikit-learn==1.8.0",),
    "catboost": ("scikit-learn==1.9.1", "catboost==1.2.10"),
}


def run(name: str) -> bool:
    """Run the tests in one environment; return whether they pass."""
    sys.stdout.write(f"versions: {name}\n")
    sys.stdout.flush()
    try:
        python = install(FOLDER / name, *COMMON, *VERSIONS[name])
    except subprocess.CalledProcessError as error:
        sys.stdout.write(f"versions: {name} cannot be installed: {reason(error)}\n")
        return False
    # without the options of pyproject.toml, whose plugins are not installed here
    command = (
        python,
        "-m",
        "pytest",
        "-c",
        "/dev/null",
        "--rootdir",
        ROOT,
        "-p",
        "no:cacheprovider",
        "-q",
        TESTS,
    )
    paths = {"PYTHONPATH": "shared:frontend:.", "PATH": "/usr/bin:/bin"}
    return subprocess.run(command, cwd=ROOT, env=paths, check=False).returncode == 0  # noqa: S603 # of our own


if __name__ == "__main__":
    results = [run(name) for name in VERSIONS]
    sys.exit(0 if all(results) else 1)
