"""Read a path or stream into lines of UTF-8 text."""

import gzip
import io
import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from ppa.importing.errors import CsvError, at_line, quoted

MAX_BYTES = 1 << 30

_GZIP = b"\x1f\x8b"
_ZIP = b"PK\x03\x04"
_UTF8_BOM = b"\xef\xbb\xbf"
_UTF16_BOMS = (b"\xff\xfe", b"\xfe\xff")


@dataclass(frozen=True)
class TextFile:
    """Lines of a file in UTF-8, without line ends: line n of the file is `lines[n - 1]`."""

    name: str
    lines: list[bytes]
    compressed: bool


def read_text(source: Path | BinaryIO, name: str) -> TextFile:
    """Read `source`, decompressing gzip.

    CsvError: the file cannot be opened, is damaged gzip, is not text, is empty, or exceeds 1 GiB.
    """
    raw = _read(source, name)
    compressed = raw.startswith(_GZIP)
    data = _as_utf8(_gunzip(raw, name) if compressed else raw, name)
    if not data.strip():
        raise CsvError(f"{name} is empty: provide a file with price bars")
    return TextFile(name, data.splitlines(), compressed)


def _read(source: Path | BinaryIO, name: str) -> bytes:
    try:
        raw = _first_bytes(source)
    except OSError as error:
        raise CsvError(f"{name} cannot be opened: {error.strerror or error}") from error
    return _within_limit(raw, name)


def _first_bytes(source: Path | BinaryIO) -> bytes:
    if not isinstance(source, Path):
        return source.read(MAX_BYTES + 1)
    with source.open("rb") as stream:
        return stream.read(MAX_BYTES + 1)


def _gunzip(raw: bytes, name: str) -> bytes:
    try:
        with gzip.open(io.BytesIO(raw)) as stream:
            data = stream.read(MAX_BYTES + 1)
    except (EOFError, OSError, zlib.error) as error:
        raise CsvError(f"{name} is truncated or damaged gzip: download it again") from error
    return _within_limit(data, name)


def _within_limit(data: bytes, name: str) -> bytes:
    if len(data) > MAX_BYTES:
        raise CsvError(f"{name} exceeds {MAX_BYTES >> 20} MiB: split it into several files")
    return data


def _as_utf8(data: bytes, name: str) -> bytes:
    if data.startswith(_ZIP):
        raise CsvError(f"{name} is a zip or Excel file: unpack it, or save the sheet as CSV")
    if data.startswith(_UTF16_BOMS):
        return _from_utf16(data, name)
    _refuse_binary(data, name)
    return data.removeprefix(_UTF8_BOM)


def _from_utf16(data: bytes, name: str) -> bytes:
    try:
        return data.decode("utf-16").encode()
    except UnicodeError as error:
        raise CsvError(f"{name} starts like UTF-16 but is not valid: save it as UTF-8") from error


def _refuse_binary(data: bytes, name: str) -> None:
    try:
        data.decode()
        start = data.find(b"\0")
    except UnicodeDecodeError as error:
        start = error.start
    if start >= 0:
        raise at_line(
            name, _line_of(data, start), f"{_shown(data, start)} is not text: save the file as UTF-8"
        )


def _line_of(data: bytes, position: int) -> int:
    return len((data[:position] + b".").splitlines())


def _shown(data: bytes, position: int) -> str:
    return quoted(data[position : position + 12].decode(errors="backslashreplace"))
