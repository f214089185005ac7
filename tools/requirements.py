"""Determine the requirements of a deployed function from its imports and the installed packages."""

from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from functools import cache
from importlib import metadata
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from ppa.core.errors import BadInput
from tools.packages import ROOT, reached

# The embedded warehouse, which is not used in the cloud.
AT_HOME = frozenset({"duckdb", "sqlglot"})
# Optional imports of a distribution.
COMPANIONS = {"google-cloud-bigquery": "google-cloud-bigquery-storage"}


def needed(function: str, root: Path = ROOT) -> frozenset[str]:
    """Distributions in requirements.txt that a function needs in the cloud."""
    pinned = {requirement.name for requirement in requirements(root / "requirements.txt")}
    imported = distributions(reached(function, root).outside, pinned) - AT_HOME
    return imported | {COMPANIONS[name] for name in imported if name in COMPANIONS}


def requirements(path: Path) -> list[Requirement]:
    """Requirements in a requirements file, without those of included files."""
    lines = [line.split("#")[0].strip() for line in path.read_text(encoding="utf-8").splitlines()]
    return [Requirement(line) for line in lines if line and not line.startswith("-")]


def distributions(outside: AbstractSet[str], pinned: AbstractSet[str]) -> frozenset[str]:
    """Distributions in `pinned` that provide these modules, directly or through a dependency.

    They are determined from the installed packages. BadInput for a module that no pinned distribution provides.
    """
    leaves = [name for name in outside if not any(other.startswith(f"{name}.") for other in outside)]
    owners = {name: _owner(name) for name in leaves}
    direct = frozenset(owner for owner in owners.values() if owner is not None and owner in pinned)
    brought = direct | {name for owner in direct for name in _dependencies(owner)}
    if missing := {name: owner for name, owner in owners.items() if owner not in brought}:
        raise BadInput(
            f"No distribution in requirements.txt provides these imports: {missing}. Pin one there."
        )
    return direct


def _owner(name: str) -> str | None:
    """Distribution that installs a module, or the module that contains an imported name."""
    parts = name.split(".")
    prefixes = (".".join(parts[:end]) for end in range(len(parts), 0, -1))
    return next((owner for prefix in prefixes if (owner := _installed().get(prefix))), None)


@cache
def _installed() -> Mapping[str, str]:
    """Distribution of every installed module, except namespace packages shared by several distributions."""
    return {
        ".".join(
            (*path.parent.parts, *([stem] if (stem := path.name.split(".")[0]) != "__init__" else []))
        ): (canonicalize_name(distribution.metadata["Name"]))
        for distribution in metadata.distributions()
        for path in distribution.files or ()
        if path.suffix in {".py", ".so"}
    }


@cache
def _dependencies(name: str) -> frozenset[str]:
    """Distributions that one depends on, directly or indirectly, without extras."""
    stated = (Requirement(line) for line in metadata.requires(name) or ())
    wanted = {
        canonicalize_name(one.name) for one in stated if not one.marker or one.marker.evaluate({"extra": ""})
    }
    return frozenset(wanted.union(*map(_dependencies, wanted)))
