"""Validate a Terraform module and run its tests, with or without the provider registry.

usage: check.py FOLDER [--beside PATH ...]

Works on a copy of FOLDER, beside links to the paths that FOLDER reads. Where the registry answers, the real
google provider is used; where it does not, a stand-in that knows the provider's schema and nothing else.
The first line says which. Exit code 0: valid, and every test passes.
"""

import argparse
import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import standin

CACHE = Path(__file__).resolve().parents[3] / ".cache" / "terraform"
REAL, STAND_IN = "the real provider", "a stand-in for the provider that knows its schema only"
_PROVIDER = re.compile(r"provider\[(?P<host>[^/\]]+)/hashicorp/google\]")


class Workspace:
    """A throw-away copy of a module in which Terraform runs."""

    def __init__(self, root: Path, module: Path, beside: list[Path]) -> None:
        """Copy `module` into `root`, and link the paths `beside` it."""
        self.root, self.folder = root, root / module.name
        ignored = shutil.ignore_patterns(".terraform", ".terraform.lock.hcl", "*.tfstate*", "build")
        shutil.copytree(module, self.folder, ignore=ignored)
        for path in beside:
            (root / path.name).symlink_to(path)
        self._environment = _environment(root / "terraform.rc")

    def terraform(self, *arguments: str, timeout: float | None = None) -> subprocess.CompletedProcess[str]:
        """Run one Terraform command in the copy; its output is captured."""
        command = ["terraform", *arguments, "-no-color"]
        return subprocess.run(
            command, cwd=self.folder, env=self._environment, timeout=timeout,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False,
        )  # fmt: skip

    def prepare(self) -> str:
        """Initialise with a provider, and say which one it is."""
        if self._initialise().returncode == 0:
            return REAL
        self._install_standin()
        done = self._initialise()
        if done.returncode:
            raise SystemExit(done.stdout)
        return STAND_IN

    def _initialise(self) -> subprocess.CompletedProcess[str]:
        return self.terraform("init", "-backend=false", "-input=false")

    def _install_standin(self) -> None:
        mirror = self.root / "mirror"
        standin.install(mirror, self._registry_host(), self.folder, CACHE)
        rules = f'provider_installation {{\n  filesystem_mirror {{ path = "{mirror}" }}\n}}\n'
        (self.root / "terraform.rc").write_text(rules)

    def _registry_host(self) -> str:
        """The registry that Terraform itself takes for granted: a mirror is laid out by it."""
        bare = self.root / "bare"
        bare.mkdir()
        (bare / "main.tf").write_text('provider "google" {}\n')
        found = _PROVIDER.search(self.terraform(f"-chdir={bare}", "providers").stdout)
        if found is None:
            raise SystemExit("`terraform providers` names no registry for hashicorp/google.")
        return found["host"]


def _environment(configuration: Path) -> dict[str, str]:
    plugins = CACHE / "plugins"
    plugins.mkdir(parents=True, exist_ok=True)
    configuration.write_text(f'plugin_cache_dir = "{plugins}"\n')
    settings = {
        "CHECKPOINT_DISABLE": "1",
        "TF_CLI_CONFIG_FILE": str(configuration),
        "TF_DISABLE_PLUGIN_TLS": "1",
        "TF_IN_AUTOMATION": "1",
        "TF_REGISTRY_CLIENT_TIMEOUT": "5",
        "TF_REGISTRY_DISCOVERY_RETRY": "0",
    }
    return os.environ | settings


def check(workspace: Workspace) -> int:
    """Validate, then test; the exit code of the first that fails."""
    sys.stdout.write(f"Checking {workspace.folder.name} with {workspace.prepare()}.\n")
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
    with tempfile.TemporaryDirectory() as root:
        beside = [path.resolve() for path in arguments.beside]
        return check(Workspace(Path(root), arguments.folder.resolve(), beside))


if __name__ == "__main__":
    sys.exit(main())
