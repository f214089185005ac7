"""The arrays of a model file, checked by their headers before any of them is read."""

from math import prod
from typing import IO, TYPE_CHECKING
from zipfile import ZipFile

if TYPE_CHECKING:
    import numpy as np

_VERSIONS = {(1, 0): "read_array_header_1_0", (2, 0): "read_array_header_2_0"}


def check_array(archive: ZipFile, file: str) -> None:
    """ValueError or KeyError unless `file` is an array without objects that holds what its header claims."""
    with archive.open(file) as stream:
        shape, dtype = _read_header(stream, file)
        claimed = stream.tell() + prod(shape) * dtype.itemsize
    if dtype.hasobject:
        raise ValueError(f"{file} holds pickled objects")
    if min(shape, default=0) < 0 or claimed != archive.getinfo(file).file_size:
        raise ValueError(f"{file} does not hold what its header claims")


def _read_header(stream: IO[bytes], file: str) -> "tuple[tuple[int, ...], np.dtype[np.generic]]":
    from numpy.lib import format as npy

    try:
        shape, _, dtype = getattr(npy, _VERSIONS[npy.read_magic(stream)])(stream)
    except Exception as error:
        # numpy hands the header to Python's own tokenizer and parser, which raise what they like
        raise ValueError(f"{file} has no readable header") from error
    return shape, dtype
