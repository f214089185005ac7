"""Check the zip archive of a model file: its size, members and checksums."""

import io
import re
import zipfile
import zlib
from dataclasses import dataclass

from ppa.modelfiles.errors import ModelRefused
from ppa.ops.settings import Settings

SCHEMA = "schema.json"
MIB = 1 << 20

_SAVE_AGAIN = (
    "Save the model with `ppa models upload` or ppa.modelfiles.files.dump_model and upload that file."
)
_MEMBER = re.compile(r"[A-Za-z0-9_-]{1,64}\.(npy|bin)")
_METHODS = {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}
_ENCRYPTED = 0x1
# magic bytes of pickle and of joblib's compressed pickles: zlib, gzip, bzip2, xz, lzma
_PICKLES = (
    b"\x80",
    b"\x78\x01",
    b"\x78\x5e",
    b"\x78\x9c",
    b"\x78\xda",
    b"\x1f\x8b",
    b"BZh",
    b"\xfd7zXZ",
    b"]\x00\x00",
)
_BROKEN = (
    zipfile.BadZipFile,
    zlib.error,
    EOFError,
    NotImplementedError,
    OSError,
    UnicodeDecodeError,
    ValueError,
)


@dataclass(frozen=True)
class FileLimits:
    """Maximum sizes of a model file in bytes; `unpacked` is the sum over its members."""

    size: int = 64 * MIB
    unpacked: int = 512 * MIB
    schema: int = 32 * MIB
    members: int = 20_000


DEFAULT_LIMITS = FileLimits()


def max_model_size(settings: Settings) -> int:
    """Return the maximum size of a model file in bytes."""
    return settings.max_model_mib * MIB


def open_archive(data: bytes, limits: FileLimits) -> zipfile.ZipFile:
    """Open the archive after checking size, format, names and checksums; raise ModelRefused if one is invalid."""
    check_size(data, limits)
    _check_form(data)
    try:
        archive = zipfile.ZipFile(io.BytesIO(data))
        _check_members(archive.infolist(), limits)
        damaged = archive.testzip()
    except _BROKEN as error:
        raise _invalid(f"cannot be read as a zip archive ({error})") from error
    if damaged is not None:
        raise _invalid(f"is damaged: the checksum of {damaged!r} is wrong")
    return archive


def check_size(data: bytes, limits: FileLimits) -> None:
    """Raise ModelRefused if the file is empty or too large."""
    if not data:
        raise ModelRefused("model_empty", "The model file is empty.", _SAVE_AGAIN)
    if len(data) > limits.size:
        raise ModelRefused(
            "model_too_large",
            f"The model file has {len(data) / MIB:.1f} MiB; at most {limits.size / MIB:g} MiB are accepted.",
            "Train a smaller model: fewer or shallower trees, or fewer stored samples.",
        )


def format_size(count: int) -> str:
    """Format a number of bytes as bytes, KiB or MiB."""
    if count < 1024:
        return f"{count} bytes"
    return f"{count / 1024:,.0f} KiB" if count < MIB else f"{count / MIB:,.1f} MiB"


def _check_form(data: bytes) -> None:
    if data.startswith(b"PK\x03\x04"):
        return
    if data.startswith(_PICKLES):
        raise ModelRefused(
            "model_is_pickle",
            "The model file is a pickle or joblib file, which can run code when read; it was not opened.",
            "Convert it on your own machine: `ppa models upload model.joblib` does.",
        )
    raise ModelRefused("model_not_zip", "The model file is not a skops file (a zip archive).", _SAVE_AGAIN)


def _check_members(members: list[zipfile.ZipInfo], limits: FileLimits) -> None:
    _check_total(members, limits)
    names = [member.filename for member in members]
    if len(set(names)) != len(names):
        raise _invalid("has two members with the same name")
    for member in members:
        _check_member(member)
    if SCHEMA not in names:
        raise ModelRefused(
            "model_no_schema", "The archive has no schema.json, so it is not a skops file.", _SAVE_AGAIN
        )


def _check_total(members: list[zipfile.ZipInfo], limits: FileLimits) -> None:
    unpacked = sum(member.file_size for member in members)
    schema = sum(member.file_size for member in members if member.filename == SCHEMA)
    if len(members) > limits.members or unpacked > limits.unpacked or schema > limits.schema:
        raise ModelRefused(
            "model_zip_bomb",
            f"The model file unpacks to {unpacked / MIB:.1f} MiB in {len(members)} members "
            f"({schema / MIB:.1f} MiB of schema); at most {limits.unpacked / MIB:g} MiB in {limits.members} "
            f"({limits.schema / MIB:g} MiB) are accepted.",
            "Train a smaller model: fewer or shallower trees, or fewer stored samples.",
        )


def _check_member(member: zipfile.ZipInfo) -> None:
    if member.filename != SCHEMA and not _MEMBER.fullmatch(member.filename):
        raise _invalid(f"contains {member.filename[:80]!r}, which is neither schema.json nor an array")
    if member.flag_bits & _ENCRYPTED or member.compress_type not in _METHODS:
        raise _invalid(
            f"contains {member.filename!r}, which is encrypted or compressed with an unsupported method"
        )


def _invalid(problem: str) -> ModelRefused:
    return ModelRefused("model_archive_unsound", f"The model file {problem}.", _SAVE_AGAIN)
