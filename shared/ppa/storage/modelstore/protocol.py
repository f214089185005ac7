"""Interface of the model store: immutable files, each pinned by its generation."""

import re
from dataclasses import dataclass
from hashlib import sha256
from typing import Protocol

from ppa.core.errors import BadInput, Conflict, NotFound

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._=-]*(/[A-Za-z0-9][A-Za-z0-9._=-]*)*")
_MAX_NAME_LENGTH = 200


@dataclass(frozen=True)
class StoredFile:
    """A stored file; `generation` identifies its content, `size` is in bytes, `sha256` in hex."""

    name: str
    generation: int
    size: int
    sha256: str


class ModelStore(Protocol):
    """Immutable files by name."""

    def put(self, name: str, data: bytes) -> StoredFile:
        """Create a file, or return the existing one with the same content; raises `Conflict` if it differs."""
        ...

    def get(self, name: str, generation: int) -> bytes:
        """Return the content of one generation; raises `NotFound` if it is not stored."""
        ...

    def delete(self, name: str, generation: int) -> None:
        """Delete one generation; raises `NotFound` if it is not stored."""
        ...

    def list_files(self, prefix: str = "") -> list[StoredFile]:
        """List the files whose name starts with `prefix`, sorted by name."""
        ...


def check_name(name: str) -> str:
    """Return `name`; raises `BadInput` unless it is a relative path that is valid in every store."""
    if len(name) > _MAX_NAME_LENGTH or not _NAME.fullmatch(name):
        raise BadInput(
            f"{name[:_MAX_NAME_LENGTH]!r} is not a valid name of a model file. Use letters, digits and . _ = - in "
            f"parts separated by /, each starting with a letter or digit; {_MAX_NAME_LENGTH} characters at most."
        )
    return name


def verify_same_content(stored: StoredFile, data: bytes) -> StoredFile:
    """Return `stored` if its content is `data`, as for a repeated upload; raises `Conflict` otherwise."""
    if stored.sha256 == digest(data):
        return stored
    raise Conflict(
        f"A model file named {stored.name!r} already exists with other content. "
        "Upload this one under a new name."
    )


def missing_file(name: str, generation: int) -> NotFound:
    """Create the error of `get` and `delete` for a generation that is not stored."""
    return NotFound(
        f"There is no model file {name!r} of generation {generation}: it was deleted or replaced. "
        "Upload it again."
    )


def digest(data: bytes) -> str:
    """SHA-256 of `data` in hex."""
    return sha256(data).hexdigest()
