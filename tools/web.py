"""Prepare the web service's source for the buildpack as terraform/build/web-<hash>; the hash is its tag."""

import shutil
from pathlib import Path

from tools.packages import BUILD, ROOT, archive, fingerprint

# Minor version of the functions' runtime: see `runtime` in terraform/variables.tf.
PYTHON = "3.13"
FOLDERS = ("frontend/ppa_web", "shared")
FILES = ("frontend/gunicorn.conf.py", "Procfile", "constraints.txt")


def web_contents(root: Path = ROOT) -> dict[str, bytes]:
    """Files of the web service's source, by name."""
    sources = [path for folder in FOLDERS for path in (root / folder).rglob("*") if _belongs(path)]
    copied = [*sources, *(root / name for name in FILES)]
    return {path.relative_to(root).as_posix(): path.read_bytes() for path in copied} | {
        ".python-version": f"{PYTHON}\n".encode(),
        "requirements.txt": b"-c constraints.txt\n" + (root / "requirements.txt").read_bytes(),
    }


def lay_out(root: Path = ROOT, build: Path = BUILD) -> Path:
    """Write the source folder and remove those of other sources."""
    files = web_contents(root)
    folder = build / f"web-{fingerprint(archive(files))}"
    for other in set(build.glob("web-*")) - {folder}:
        shutil.rmtree(other)
    for name, data in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(data)
    return folder


def _belongs(path: Path) -> bool:
    return path.is_file() and "__pycache__" not in path.parts
