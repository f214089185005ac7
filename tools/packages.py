"""Package the source of each function: `python -m tools.packages` writes terraform/build/<function>-<hash>.zip.

A package holds `main.py`, its requirements and the modules and data it can need. It is reproducible: sorted, with
fixed time and mode, and uncompressed, as compressors differ between builds.
"""

import hashlib
import io
import sys
from collections.abc import Iterable, Iterator, Mapping
from collections.abc import Set as AbstractSet
from pathlib import Path
from zipfile import ZIP_STORED, ZipFile, ZipInfo

from tools.imports import Reached, reach

ROOT = Path(__file__).parents[1]
# the root of the package ppa, below the root of the repository
SOURCES = "shared"
BUILD = ROOT / "terraform" / "build"
FUNCTIONS = ("backfill", "cap", "ingest", "predict")

# Modules that a function never loads at run time: only predict loads models.
_NO_MODELS = frozenset({"ppa.modelfiles.files", "google.cloud.storage"})
CLOSED: Mapping[str, AbstractSet[str]] = {
    "backfill": _NO_MODELS,
    "cap": frozenset(),
    "ingest": _NO_MODELS,
    "predict": frozenset(),
}
EARLIEST = (1980, 1, 1, 0, 0, 0)
COMPILED = frozenset({".py", ".pyc"})
PLAIN_FILE = 0o100644 << 16
UNIX = 3


def reached(function: str, root: Path = ROOT) -> Reached:
    """Modules that a function can import."""
    return reach(root / SOURCES, root / "functions" / function / "main.py", CLOSED[function])


def contents(function: str, root: Path = ROOT) -> dict[str, bytes]:
    """Files of a package, by their name in it."""
    own, modules = root / "functions" / function, reached(function, root).modules
    files = {*modules.values(), *_data(modules)}
    return {path.relative_to(root / SOURCES).as_posix(): path.read_bytes() for path in files} | {
        "constraints.txt": (root / "constraints.txt").read_bytes(),
        "main.py": (own / "main.py").read_bytes(),
        # pip reads it in the package's own folder, where the constraints are
        "requirements.txt": b"-c constraints.txt\n" + (own / "requirements.txt").read_bytes(),
    }


def archive(files: Mapping[str, bytes]) -> bytes:
    """Zip archive that depends only on the names and contents of the files."""
    buffer = io.BytesIO()
    with ZipFile(buffer, "w", ZIP_STORED) as zipped:
        for name in sorted(files):
            entry = ZipInfo(name, EARLIEST)
            entry.create_system, entry.external_attr = UNIX, PLAIN_FILE
            zipped.writestr(entry, files[name])
    return buffer.getvalue()


def fingerprint(data: bytes) -> str:
    """Abbreviated SHA-256 that identifies a package or an image."""
    return hashlib.sha256(data).hexdigest()[:12]


def pack(root: Path = ROOT, build: Path = BUILD) -> dict[str, Path]:
    """Write every function's package, remove outdated ones, and return the paths by function."""
    packed = {function: archive(contents(function, root)) for function in FUNCTIONS}
    paths = {name: build / f"{name}-{fingerprint(data)}.zip" for name, data in packed.items()}
    build.mkdir(parents=True, exist_ok=True)
    for name, path in paths.items():
        _write(path, packed[name])
    _remove_others(build, paths.values())
    return paths


def _data(modules: Mapping[str, Path]) -> Iterator[Path]:
    """Yield the data files of the packages: everything in their folders that is neither Python nor a package."""
    for folder in {path.parent for path in modules.values()}:
        for path in folder.rglob("*"):
            owner = next(parent for parent in path.parents if (parent / "__init__.py").is_file())
            if path.is_file() and path.suffix not in COMPILED and owner == folder:
                yield path


def _write(path: Path, data: bytes) -> None:
    """Write atomically: a file with its final name is complete."""
    part = path.with_suffix(".part")
    part.write_bytes(data)
    part.replace(path)


def _remove_others(build: Path, kept: Iterable[Path]) -> None:
    for name in FUNCTIONS:
        for path in set(build.glob(f"{name}-*.zip")) - set(kept):
            path.unlink()


def main() -> None:
    """Write the packages and print their names and sizes."""
    for path in pack().values():
        sys.stdout.write(f"{path.relative_to(ROOT)}  {path.stat().st_size / 1024:.0f} kB\n")


if __name__ == "__main__":
    main()
