"""Read a path or stream into unpacked bytes, and text into UTF-8."""

import bz2
import gzip
import io
import lzma
import re
import zipfile
import zlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, BinaryIO, cast

from ppa.importing.errors import FileRefused, at_line, quoted

MAX_BYTES = 1 << 30

_ZIP = b"PK\x03\x04"
_OLD_EXCEL = b"\xd0\xcf\x11\xe0"
_UTF8_BOM = b"\xef\xbb\xbf"
_UTF16_BOMS = {b"\xff\xfe": "utf-16-le", b"\xfe\xff": "utf-16-be"}
_CONTROL = re.compile(rb"[\x00-\x08\x0e-\x1f\x7f]")
# bytes that Windows-1252 does not use; UTF-8 does
_UNUSED = re.compile(rb"[\x00-\x08\x0e-\x1f\x7f\x81\x8d\x8f\x90\x9d]")
_PICKLE = "a pickle, which can run code when read: write the frame with to_csv or to_parquet"
_WEB_PAGE = "a web page, perhaps one to sign in: download the file again"
# beginnings of files, in lower case, that are no tables
_NO_TABLES: Sequence[tuple[bytes, str]] = (
    (b"sqlite format 3", "a SQLite database: export the table as CSV"),
    (b"\x80\x03", _PICKLE),
    (b"\x80\x04", _PICKLE),
    (b"\x80\x05", _PICKLE),
    (b"\x89hdf", "an HDF5 file: write the frame with to_csv or to_parquet"),
    (b"\x93numpy", "a NumPy file: write the array as CSV"),
    (b"%pdf", "a PDF: export the bars as CSV"),
    (b"7z\xbc\xaf", "a 7z archive: unpack it first"),
    (b"rar!", "a RAR archive: unpack it first"),
    (b"version https://git-lfs", "a pointer of Git LFS, not the file: fetch it with `git lfs pull`"),
    (b"<!doctype html", _WEB_PAGE),
    (b"<html", _WEB_PAGE),
    (b"<?xml", "an XML file: export the bars as CSV"),
)
_PEEK = 1 << 12
_MAX_DEPTH = 2


def _gzip(raw: IO[bytes]) -> IO[bytes]:
    return cast(IO[bytes], gzip.GzipFile(fileobj=raw))


_STREAMS: dict[bytes, tuple[str, Callable[[IO[bytes]], IO[bytes]]]] = {
    b"\x1f\x8b": ("gzip", _gzip),
    b"BZh": ("bzip2", bz2.BZ2File),
    b"\xfd7zXZ\x00": ("xz", lzma.LZMAFile),
}


@dataclass(frozen=True)
class Content:
    """Unpacked bytes of a file, and what it was packed with (empty if it was not)."""

    data: bytes
    packed: str = ""


def read_content(source: Path | BinaryIO, name: str) -> Content:
    """Read and unpack `source`: gzip, bzip2, xz, or a zip that holds one file.

    FileRefused: the file cannot be opened, is damaged, is an Excel workbook, is empty, or exceeds 1 GiB.
    """
    data = _within_limit(_read(source, name), name)
    packed = list[str]()
    while kind := _packing(data):
        packed.append(kind)
        if len(packed) > _MAX_DEPTH:
            raise FileRefused(f"{name} is packed more than {_MAX_DEPTH} times: unpack it first")
        data = _within_limit(_unpack(data, kind, name), name)
    if not data or data.isspace():
        raise FileRefused(f"{name} is empty: provide a file with price bars")
    _refuse_no_table(data, name)
    return Content(data, " in ".join(reversed(packed)))


def to_utf8(data: bytes, name: str) -> bytes:
    """Convert text in UTF-8, UTF-16 (with or without a byte order mark) or Windows-1252 to UTF-8 with `\\n` line ends.

    FileRefused: the bytes are not text.
    """
    text = data if data.isascii() else _decoded(data, name)
    if _CONTROL.search(text, 0, _PEEK) or b"\0" in text:
        text = _from_utf16(text, name) if _utf16(text) else text
        _refuse_binary(text, name, _CONTROL)
    return text.replace(b"\r", b"\n") if b"\r" in text and b"\n" not in text else text


def _refuse_no_table(data: bytes, name: str) -> None:
    start = data[:_PEEK].lstrip().lower()
    for beginning, what in _NO_TABLES:
        if start.startswith(beginning):
            raise FileRefused(f"{name} is {what}")


def _read(source: Path | BinaryIO, name: str) -> bytes:
    try:
        if not isinstance(source, Path):
            return source.read(MAX_BYTES + 1)
        with source.open("rb") as stream:
            return stream.read(MAX_BYTES + 1)
    except OSError as error:
        raise FileRefused(f"{name} cannot be opened: {error.strerror or error}") from error


def _within_limit(data: bytes, name: str) -> bytes:
    if len(data) > MAX_BYTES:
        raise FileRefused(f"{name} exceeds {MAX_BYTES >> 20} MiB: split it into several files")
    return data


def _packing(data: bytes) -> str:
    if data.startswith(_ZIP):
        return "zip"
    return next((kind for magic, (kind, _) in _STREAMS.items() if data.startswith(magic)), "")


def _unpack(data: bytes, kind: str, name: str) -> bytes:
    damaged = FileRefused(f"{name} is truncated or damaged {kind}: download it again")
    try:
        if kind == "zip":
            return _unzip(data, name)
        opened = next(reader for packing, reader in _STREAMS.values() if packing == kind)
        with opened(io.BytesIO(data)) as stream:
            return stream.read(MAX_BYTES + 1)
    except (EOFError, OSError, zlib.error, lzma.LZMAError, zipfile.BadZipFile) as error:
        raise damaged from error
    except (RuntimeError, NotImplementedError) as error:
        raise FileRefused(f"{name} is encrypted or packed in an unusual way: unpack it first") from error


def _unzip(data: bytes, name: str) -> bytes:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        files = [part for part in archive.namelist() if _is_content(part)]
        if "[Content_Types].xml" in archive.namelist():
            raise FileRefused(f"{name} is an Excel workbook: save the sheet as CSV and import that file")
        if len(files) != 1:
            shown = ", ".join(quoted(part) for part in files[:5]) or "none"
            raise FileRefused(
                f"{name} holds {len(files)} files ({shown}): unpack it and import one at a time"
            )
        with archive.open(files[0]) as stream:
            return stream.read(MAX_BYTES + 1)


def _is_content(part: str) -> bool:
    hidden = part.startswith("__MACOSX/") or Path(part).name.startswith(".")
    return not part.endswith("/") and not hidden and not part.endswith(("CHECKSUM", ".sha256", ".md5"))


def _decoded(data: bytes, name: str) -> bytes:
    if data[:2] in _UTF16_BOMS or _utf16(data):
        return _from_utf16(data, name)
    try:
        data.decode()
    except UnicodeDecodeError:
        _refuse_binary(data, name, _UNUSED)
        return data.decode("cp1252").encode()
    return data.removeprefix(_UTF8_BOM)


def _utf16(data: bytes) -> str | None:
    """Byte order of text in UTF-16, told by its mark or by the zero bytes of its first ASCII characters."""
    if data[:2] in _UTF16_BOMS:
        return _UTF16_BOMS[data[:2]]
    head = data[: _PEEK if len(data) > _PEEK else len(data) // 2 * 2]
    zeros = head[1::2].count(0), head[::2].count(0)
    if len(head) < 4 or max(zeros) * 4 < len(head) or min(zeros):
        return None
    return "utf-16-le" if zeros[0] > zeros[1] else "utf-16-be"


def _from_utf16(data: bytes, name: str) -> bytes:
    try:
        return data.decode(_utf16(data) or "utf-16").removeprefix("\ufeff").encode()
    except UnicodeError as error:
        raise FileRefused(f"{name} looks like UTF-16 but is not valid: save it as UTF-8") from error


def _refuse_binary(data: bytes, name: str, no_text: re.Pattern[bytes]) -> None:
    match = no_text.search(data)
    if data.startswith(_OLD_EXCEL):
        raise FileRefused(f"{name} is an Excel workbook: save the sheet as CSV and import that file")
    if match:
        line = data.count(b"\n", 0, match.start()) + 1
        shown = quoted(data[match.start() : match.start() + 12].decode(errors="backslashreplace"))
        raise at_line(name, line, f"{shown} is not text: save the file as UTF-8")
