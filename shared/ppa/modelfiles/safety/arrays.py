"""Check the headers of a model file's arrays before any array is read."""

from functools import lru_cache
from io import BytesIO
from math import prod
from typing import IO, TYPE_CHECKING
from zipfile import ZipFile

if TYPE_CHECKING:
    import numpy as np

_MAX_HEADER_LENGTH = 1 << 16
_VERSIONS = {(1, 0): "read_array_header_1_0", (2, 0): "read_array_header_2_0"}


def check_array(archive: ZipFile, file: str) -> None:
    """Raise ValueError or KeyError unless `file` is an array without objects whose size matches its header."""
    with archive.open(file) as stream:
        head = _head(stream)
        shape, dtype = _read_header(head, file)
        claimed = len(head) + prod(shape) * dtype.itemsize
    if dtype.hasobject:
        raise ValueError(f"{file} contains pickled objects")
    if min(shape, default=0) < 0 or claimed != archive.getinfo(file).file_size:
        raise ValueError(f"{file} does not have the size its header states")


def _head(stream: IO[bytes]) -> bytes:
    """Read the array's header with its length field; shorter if the file ends early."""
    start = stream.read(8)
    length = stream.read(2 if start[6:7] == b"\x01" else 4)
    return start + length + stream.read(min(int.from_bytes(length, "little"), _MAX_HEADER_LENGTH))


def _read_header(head: bytes, file: str) -> "tuple[tuple[int, ...], np.dtype[np.generic]]":
    try:
        return _parsed(head)
    except Exception as error:
        # numpy parses the header with Python's tokenizer and parser, which raise various exceptions
        raise ValueError(f"{file} has no readable header") from error


@lru_cache(maxsize=4096)
def _parsed(head: bytes) -> "tuple[tuple[int, ...], np.dtype[np.generic]]":
    """Return shape and dtype; cached, as the many arrays of a forest share a few headers."""
    from numpy.lib import format as npy

    stream = BytesIO(head)
    shape, _, dtype = getattr(npy, _VERSIONS[npy.read_magic(stream)])(stream)
    return shape, dtype
