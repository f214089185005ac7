"""Lint, type-check and test the scripts of the pages with ESLint, Prettier, tsc and Node's test runner.

usage: python -m tools.javascript [fix]

The packages are installed into .cache/js, exactly as frontend/package-lock.json pins them. Without Node.js, npm or the
packages nothing is checked: one line gives the reason, and the exit status is 0.
"""

import re
import shutil
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
MIN_NODE = (20, 19)
INSTALL_SECONDS = 300
MANIFEST = ("package.json", "package-lock.json", ".npmrc")
SCRIPTS = "frontend/ppa_web/static/js"
TESTS = "tests/js"
PRETTIER = ("--config", "frontend/.prettierrc.json", "--log-level", "warn")
CONFIGS = ("frontend/eslint.config.js", "frontend/types.d.ts")


class Skipped(Exception):
    """The checks cannot run here; the message is the reason."""


@dataclass(frozen=True)
class Step:
    """One command line: its name, a package's executable or "node", and the arguments."""

    name: str
    executable: str
    arguments: tuple[str, ...]


def checks(root: Path, packages: Path) -> list[Step]:
    """All checks; `packages` is the folder that holds node_modules."""
    tests = sorted(path.relative_to(root).as_posix() for path in (root / TESTS).glob("*.test.mjs"))
    return [
        Step("eslint", "eslint", (*_eslint_config(packages), "--max-warnings", "0", SCRIPTS, TESTS)),
        Step("prettier", "prettier", (*PRETTIER, "--check", SCRIPTS, TESTS, *CONFIGS)),
        Step("tsc", "tsc", ("--project", "frontend")),
        Step("node --test", "node", ("--test", "--test-reporter", "dot", *tests)),
    ]


def fixes(packages: Path) -> list[Step]:
    """The commands that put style right."""
    layout = Step("prettier", "prettier", (*PRETTIER, "--write", SCRIPTS, TESTS, *CONFIGS))
    # ESLint adds braces around what the layout has moved to a line of its own
    return [layout, Step("eslint", "eslint", (*_eslint_config(packages), "--fix", SCRIPTS, TESTS)), layout]


def prepared(root: Path) -> Path:
    """The folder with the packages, installed where the lock has changed. Skipped where they cannot be installed."""
    _check_node()
    npm = _found("npm")
    folder = root / ".cache" / "js"
    folder.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(root / "frontend" / "eslint.config.js", folder / "eslint.config.js")
    installed = folder / "installed"
    wanted = "\n".join((root / "frontend" / name).read_text() for name in MANIFEST)
    if not installed.exists() or installed.read_text() != wanted:
        installed.unlink(missing_ok=True)
        for name in MANIFEST:
            shutil.copyfile(root / "frontend" / name, folder / name)
        _install(npm, folder)
        installed.write_text(wanted)
    return folder


def run(steps: Sequence[Step], root: Path, packages: Path) -> int:
    """Run all steps and print what each prints; the number of those that failed."""
    failed = [step.name for step in steps if not _passes(step, root, packages)]
    if failed:
        sys.stdout.write(f"js: {', '.join(failed)} failed\n")
    return len(failed)


def main(arguments: Sequence[str] = (), root: Path = ROOT) -> int:
    """The command line; 0 where all checks pass or none can run, else 1."""
    try:
        packages = prepared(root)
    except Skipped as reason:
        sys.stdout.write(f"js: skipped, {reason}\n")
        return 0
    steps = fixes(packages) if "fix" in arguments else checks(root, packages)
    return min(1, run(steps, root, packages))


def _eslint_config(packages: Path) -> tuple[str, str]:
    """The copy of the configuration beside node_modules, since it imports packages from there."""
    return "--config", str(packages / "eslint.config.js")


def _passes(step: Step, root: Path, packages: Path) -> bool:
    inside = packages / "node_modules" / ".bin" / step.executable
    command = [_found("node") if step.executable == "node" else str(inside), *step.arguments]
    sys.stdout.write(f"js: {step.name}\n")
    sys.stdout.flush()
    return subprocess.run(command, cwd=root, check=False).returncode == 0  # noqa: S603 # commands of our own


def _found(name: str) -> str:
    path = shutil.which(name)
    if path is None:
        raise Skipped(f"{name} is not installed")
    return path


def _check_node() -> None:
    text = subprocess.run([_found("node"), "--version"], capture_output=True, text=True, check=False).stdout  # noqa: S603
    version = re.match(r"v(\d+)\.(\d+)", text)
    if not version or (int(version[1]), int(version[2])) < MIN_NODE:
        needed = ".".join(map(str, MIN_NODE))
        raise Skipped(f"Node.js {needed} or later is needed, here is {text.strip() or 'an unknown version'}")


def _install(npm: str, folder: Path) -> None:
    command = [npm, "ci", "--no-audit", "--no-fund", "--ignore-scripts"]
    try:
        done = subprocess.run(  # noqa: S603 # npm itself
            command, cwd=folder, capture_output=True, text=True, check=False, timeout=INSTALL_SECONDS
        )
    except subprocess.TimeoutExpired as error:
        raise Skipped(f"npm could not install the packages in {INSTALL_SECONDS} seconds") from error
    if done.returncode != 0:
        lines = done.stderr.strip().splitlines() or ["it gave no reason"]
        raise Skipped(f"npm could not install the packages: {lines[0]}")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
