"""Detect a file's layout: its delimiter, the lines above the bars, and the role of each column."""

import csv
import re
from collections.abc import Sequence
from dataclasses import dataclass

from ppa.importing.errors import CsvError, at_line, quoted
from ppa.importing.headings import Roles, roles
from ppa.importing.textfile import TextFile

_DELIMITERS = (",", ";", "\t", "|")
_COMMENT = re.compile(r"(#|//|%|https?://|www\.|sep=)", re.IGNORECASE)
_NUMBER = re.compile(r"[-+]?[\d.,:/ TZ-]*\d[\d.,:/ TZ-]*")
_PREAMBLE = 20


@dataclass(frozen=True)
class Layout:
    """Layout of a file. `start` is the index of the first row among its lines; `above` counts the lines before it."""

    delimiter: str
    headings: tuple[str, ...]
    roles: Roles
    start: int
    header: bool
    above: int


def find_layout(text: TextFile, columns: Sequence[str] | None) -> Layout:
    """Detect the header, or use `columns` instead (an existing header line is then skipped).

    CsvError: no header and no `columns`, a missing or duplicate column, or a wrong number of `columns`.
    """
    layout = _from_columns(text, columns) if columns else _from_header(text)
    _refuse_unclear(text.name, layout)
    return layout


def split(line: bytes, delimiter: str) -> list[str]:
    """Split a line into fields, without quotes and surrounding whitespace."""
    text = line.decode()
    try:
        fields = next(csv.reader([text], delimiter=delimiter, skipinitialspace=True), [])
    except csv.Error:
        fields = text.split(delimiter)
    return [field.strip() for field in fields]


def is_comment(line: bytes) -> bool:
    """True if a line below the header is a comment."""
    return line.lstrip().startswith(b"#")


def _from_columns(text: TextFile, columns: Sequence[str]) -> Layout:
    start = _first_row(text)
    delimiter = _delimiter_for(text.lines[start], len(columns))
    fields = split(text.lines[start], delimiter)
    if len(fields) != len(columns):
        what = f"the number of fields is {len(fields)}, but --columns names {len(columns)}"
        raise at_line(text.name, start + 1, f"{what}: {quoted(text.lines[start].decode())}")
    header = not any(_NUMBER.fullmatch(field) for field in fields)
    names = tuple(name.strip() for name in columns)
    return Layout(delimiter, names, roles(names), start + header, header, _above(text, start))


def _from_header(text: TextFile) -> Layout:
    start = _header_line(text)
    line = _uncommented(text.lines[start])
    delimiter = _delimiter(line)
    headings = tuple(split(line, delimiter))
    if _is_row(headings):
        raise at_line(text.name, start + 1, _no_header(text.lines[start]))
    return Layout(delimiter, headings, roles(headings), start + 1, True, _above(text, start))


def _no_header(line: bytes) -> str:
    example = "--columns time,open,high,low,close,volume"
    return f"there is no header above the first row {quoted(line.decode())}: name the columns, for example {example}"


def _header_line(text: TextFile) -> int:
    """First line with all required headings; else the first line that is not a comment, for the error message."""
    first = _first_row(text)
    for i, line in enumerate(text.lines[: first + _PREAMBLE]):
        fields = split(_uncommented(line), _delimiter(_uncommented(line)))
        if not roles(fields).missing:
            return i
        if i >= first and _is_row(fields):
            break
    return first


def _is_row(fields: Sequence[str]) -> bool:
    return sum(bool(_NUMBER.fullmatch(field)) for field in fields) * 2 > len(fields)


def _first_row(text: TextFile) -> int:
    for i, line in enumerate(text.lines):
        if not _is_preamble(line):
            return i
    raise CsvError(f"{text.name} has only comments, no price bars")


def _is_preamble(line: bytes) -> bool:
    shown = line.decode().strip().lstrip('"')
    return not any(delimiter in shown for delimiter in _DELIMITERS) or bool(_COMMENT.match(shown))


def _above(text: TextFile, start: int) -> int:
    return sum(bool(line.strip()) for line in text.lines[:start])


def _uncommented(line: bytes) -> bytes:
    return line.strip(b" ").lstrip(b"#")


def _delimiter(line: bytes) -> str:
    return max(_DELIMITERS, key=lambda delimiter: line.count(delimiter.encode()))


def _delimiter_for(line: bytes, fields: int) -> str:
    fitting = (delimiter for delimiter in _DELIMITERS if len(split(line, delimiter)) == fields)
    return next(fitting, _delimiter(line))


def _refuse_unclear(name: str, layout: Layout) -> None:
    headings = ", ".join(quoted(heading) for heading in layout.headings)
    if layout.roles.missing:
        missing = " and no ".join(layout.roles.missing)
        raise CsvError(
            f"{name} has no {missing} column; its columns are {headings}: name them with --columns"
        )
    if layout.roles.doubled:
        doubled = " and ".join(layout.roles.doubled)
        raise CsvError(
            f"{name} has more than one column for {doubled} among {headings}: name the columns with --columns"
        )
