"""Validate a Terraform module and run its tests, with or without the provider registry.

usage: check.py FOLDER [--beside PATH ...]

Works on a copy of FOLDER, beside links to the paths that FOLDER reads. Where the registry answers, the real
google provider is used; where it does not, a stand-in that knows the provider's schema and nothing else.
The first line says which. Exit code 0: valid, and every test passes.
"""

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
from contextlib import ExitStack
from pathlib import Path
from typing import Self

import plugin
import recovery

CACHE = Path(__file__).resolve().parents[3] / ".cache" / "terraform"
REAL = "the real provider"
STAND_IN = f"a stand-in that knows the schema of provider {recovery.PROVIDER_VERSION} only"


class Workspace:
    """A throw-away copy of a module in which Terraform runs; a context manager."""

    def __init__(self, module: Path, beside: list[Path]) -> None:
        """A copy of `module`, with links to the paths `beside` it, made on entering."""
        self._module, self._beside = module.resolve(), [path.resolve() for path in beside]
        self._open = ExitStack()
        self.provider = REAL

    def __enter__(self) -> Self:
        """Copy and initialise: with the real provider where its registry answers, else with the stand-in."""
        self._root = Path(self._open.enter_context(tempfile.TemporaryDirectory()))
        self.folder = self._root / self._module.name
        ignored = shutil.ignore_patterns(".terraform*", "*.tfstate*", "build")
        shutil.copytree(self._module, self.folder, ignore=ignored)
        for path in self._beside:
            (self._root / path.name).symlink_to(path)
        self._environment = _environment(self._root / "terraform.rc")
        if self._initialise().returncode:
            self._use_standin()
        return self

    def __exit__(self, *_: object) -> None:
        """Stop the stand-in, and remove the copy."""
        self._open.close()

    def terraform(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run one Terraform command in the copy; its output is captured."""
        command = ["terraform", *arguments, "-no-color"]
        return subprocess.run(
            command, cwd=self.folder, env=self._environment, check=False,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
        )  # fmt: skip

    def _initialise(self) -> subprocess.CompletedProcess[str]:
        return self.terraform("init", "-backend=false", "-input=false")

    def _use_standin(self) -> None:
        schema = recovery.schema(self.folder, CACHE)
        attach = self._open.enter_context(plugin.serve(schema, self._root))
        self._environment["TF_REATTACH_PROVIDERS"] = attach
        self.provider = STAND_IN
        done = self._initialise()
        if done.returncode:
            raise SystemExit(done.stdout)


def _environment(configuration: Path) -> dict[str, str]:
    plugins = CACHE / "plugins"
    plugins.mkdir(parents=True, exist_ok=True)
    configuration.write_text(f'plugin_cache_dir = "{plugins}"\n')
    settings = {
        "CHECKPOINT_DISABLE": "1",
        "TF_CLI_CONFIG_FILE": str(configuration),
        "TF_IN_AUTOMATION": "1",
        "TF_REGISTRY_CLIENT_TIMEOUT": "5",
        "TF_REGISTRY_DISCOVERY_RETRY": "0",
    }
    return os.environ | settings


def check(workspace: Workspace) -> int:
    """Validate, then test; the exit code of the first that fails."""
    sys.stdout.write(f"Checking {workspace.folder.name} with {workspace.provider}.\n")
    for command in ("validate", "test"):
        done = workspace.terraform(command)
        sys.stdout.write(done.stdout)
        if done.returncode:
            return done.returncode
    return 0


def main() -> int:
    """The command line."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--beside", type=Path, action="append", default=[], help="a path that FOLDER reads")
    arguments = parser.parse_args()
    with Workspace(arguments.folder, arguments.beside) as workspace:
        return check(workspace)


if __name__ == "__main__":
    sys.exit(main())
