"""The arrays of a model file, checked by their headers before any of them is read."""

from math import prod
from zipfile import ZipFile

_VERSIONS = {(1, 0): "read_array_header_1_0", (2, 0): "read_array_header_2_0"}


def check_array(archive: ZipFile, file: str) -> None:
    """ValueError or KeyError unless `file` is an array without objects that holds what its header claims."""
    from numpy.lib import format as npy

    with archive.open(file) as stream:
        version = npy.read_magic(stream)
        if version not in _VERSIONS:
            raise ValueError(f"{file} has an unknown array format")
        shape, _, dtype = getattr(npy, _VERSIONS[version])(stream)
        claimed = stream.tell() + prod(shape) * dtype.itemsize
    if dtype.hasobject:
        raise ValueError(f"{file} holds pickled objects")
    if min(shape, default=0) < 0 or claimed != archive.getinfo(file).file_size:
        raise ValueError(f"{file} does not hold what its header claims")
