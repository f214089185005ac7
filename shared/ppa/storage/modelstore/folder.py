"""Model store in a local folder, with atomic and durable writes."""

import os
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path

from ppa.core.errors import Unavailable
from ppa.storage.modelstore.protocol import StoredFile, check_name, digest, missing_file, verify_same_content

_PART = ".part-"


class FolderStore:
    """`ModelStore` in a folder.

    The generation of a file is derived from its content, so that it survives restarts and copies.
    """

    def __init__(self, root: str | Path) -> None:
        self._root = Path(root)

    def put(self, name: str, data: bytes) -> StoredFile:
        path = self._root / check_name(name)
        with _failing_clearly(path):
            path.parent.mkdir(parents=True, exist_ok=True)
            if not path.exists():
                _create_whole(path, data)
            return verify_same_content(self._describe(path), data)

    def get(self, name: str, generation: int) -> bytes:
        path = self._root / check_name(name)
        with _failing_clearly(path):
            data = _read(path)
        if data is None or _generation(digest(data)) != generation:
            raise missing_file(name, generation)
        return data

    def delete(self, name: str, generation: int) -> None:
        self.get(name, generation)
        path = self._root / name
        with _failing_clearly(path):
            path.unlink(missing_ok=True)
            _sync_folder(path.parent)

    def list_files(self, prefix: str = "") -> list[StoredFile]:
        with _failing_clearly(self._root):
            files = (path for path in self._root.rglob("*") if path.is_file() and _PART not in path.name)
            matches = [path for path in files if self._name(path).startswith(prefix)]
            return sorted((self._describe(path) for path in matches), key=lambda stored: stored.name)

    def _name(self, path: Path) -> str:
        return path.relative_to(self._root).as_posix()

    def _describe(self, path: Path) -> StoredFile:
        stat = path.stat()
        hexdigest = _digest_of(path, stat.st_ino, stat.st_size, stat.st_mtime_ns)
        return StoredFile(self._name(path), _generation(hexdigest), stat.st_size, hexdigest)


def _create_whole(path: Path, data: bytes) -> None:
    part = path.with_name(f"{_PART}{uuid.uuid4().hex}")
    try:
        _write_durably(part, data)
        _link_if_absent(part, path)
    finally:
        part.unlink(missing_ok=True)
    _sync_folder(path.parent)


def _write_durably(path: Path, data: bytes) -> None:
    with path.open("xb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())


def _link_if_absent(part: Path, path: Path) -> None:
    # a link fails if the name exists, whereas a rename would overwrite the file of a concurrent writer
    try:
        path.hardlink_to(part)
    except FileExistsError:
        return


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _read(path: Path) -> bytes | None:
    try:
        return path.read_bytes()
    except (FileNotFoundError, NotADirectoryError, IsADirectoryError):
        return None


@lru_cache(maxsize=4096)
def _digest_of(path: Path, _inode: int, _size: int, _mtime_ns: int) -> str:
    return digest(path.read_bytes())


def _generation(hexdigest: str) -> int:
    # 63 bits, the range of Cloud Storage's generations and of an INT64 column
    return int(hexdigest[:16], 16) >> 1


@contextmanager
def _failing_clearly(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise Unavailable(
            f"The model file {path} cannot be read or written ({error.strerror}). "
            "Check the disk and its permissions."
        ) from error
