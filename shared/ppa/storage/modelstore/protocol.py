"""What every store of model files is: files that are created once, each pinned by its generation."""

import re
from dataclasses import dataclass
from hashlib import sha256
from typing import Protocol

from ppa.core.errors import BadInput, Conflict, NotFound

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._=-]*(/[A-Za-z0-9][A-Za-z0-9._=-]*)*")
_MAX_NAME_LENGTH = 200


@dataclass(frozen=True)
class StoredFile:
    """One stored file: its `generation` pins this very content, `size` is in bytes, `sha256` in hex."""

    name: str
    generation: int
    size: int
    sha256: str


class ModelStore(Protocol):
    """Files that are created once and never changed."""

    def put(self, name: str, data: bytes) -> StoredFile:
        """Create `name`; Conflict if it exists with other content, the existing file if with the same."""
        ...

    def get(self, name: str, generation: int) -> bytes:
        """The bytes of exactly that generation; NotFound otherwise."""
        ...

    def delete(self, name: str, generation: int) -> None:
        """Remove exactly that generation; NotFound otherwise."""
        ...

    def list_files(self, prefix: str = "") -> list[StoredFile]:
        """All files whose name starts with `prefix`, by name."""
        ...


def check_name(name: str) -> str:
    """`name` itself; BadInput unless it is a plain relative path that means the same in every store."""
    if len(name) > _MAX_NAME_LENGTH or not _NAME.fullmatch(name):
        raise BadInput(
            f"{name[:_MAX_NAME_LENGTH]!r} cannot be a model file's name: use letters, digits and . _ = - in "
            f"parts joined by /, each starting with a letter or digit, {_MAX_NAME_LENGTH} characters at most."
        )
    return name


def verify_same_content(stored: StoredFile, data: bytes) -> StoredFile:
    """`stored`, if it holds `data`: a repeated upload; Conflict otherwise."""
    if stored.sha256 == digest(data):
        return stored
    raise Conflict(
        f"A model file named {stored.name!r} already exists with other content: "
        "upload this one under a new name."
    )


def missing_file(name: str, generation: int) -> NotFound:
    """What `get` and `delete` raise where that generation is not stored."""
    return NotFound(
        f"There is no model file {name!r} of generation {generation}: "
        "it was deleted or replaced; upload it again."
    )


def digest(data: bytes) -> str:
    """SHA-256 of `data`, in hex."""
    return sha256(data).hexdigest()
