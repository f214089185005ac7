"""Rows of a file as text columns, with the line number of each row."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import csv

from ppa.importing.errors import CsvError, at_line, quoted
from ppa.importing.layout import Layout, is_comment, split
from ppa.importing.textfile import TextFile

_BLANKS = pa.array(["", "nan", "null", "none", "na", "n/a", "-"])
_MAX_LENGTH = 1 << 17


@dataclass(frozen=True)
class Table:
    """Text columns of a file, trimmed, by position. `lines` are line numbers; `remarks` counts skipped lines."""

    name: str
    headings: tuple[str, ...]
    texts: tuple[pa.ChunkedArray, ...]
    lines: npt.NDArray[np.int64]
    remarks: int

    def refuse(self, column: int, row: int, why: str) -> CsvError:
        """CsvError for one field, with its line, column and text."""
        shown = quoted(self.texts[column][row].as_py())
        what = f"column {quoted(self.headings[column])} holds {shown}, {why}"
        return at_line(self.name, int(self.lines[row]), what)


def read_table(text: TextFile, layout: Layout) -> Table:
    """Read the rows below the header. CsvError: no rows, or a row with a wrong number of fields."""
    body = text.lines[layout.start :]
    remark = np.fromiter((is_comment(line) for line in body), dtype=bool, count=len(body))
    blank = np.fromiter((not line.strip() for line in body), dtype=bool, count=len(body))
    rows = np.flatnonzero(~(remark | blank))
    if not rows.size:
        raise CsvError(f"{text.name} has a header but no price bars")
    lines = rows + layout.start + 1
    texts = _split_columns([body[i] for i in rows], lines, layout, text.name)
    return Table(text.name, layout.headings, texts, lines, int(remark.sum()))


def to_floats(table: Table, column: int) -> npt.NDArray[np.float64]:
    """Convert a column to float64, NaN where blank. CsvError at the first value that is not a finite number."""
    text = table.texts[column]
    text = pc.if_else(pc.is_in(pc.utf8_lower(text), value_set=_BLANKS), None, text)
    try:
        values = pc.cast(text, pa.float64())
    except pa.ArrowInvalid as error:
        row = first_failing(text, lambda part: pc.cast(part, pa.float64()))
        raise table.refuse(column, row, "which is not a number") from error
    return _finite(table, column, values)


def first_failing(text: pa.ChunkedArray, convert: Callable[[pa.ChunkedArray], object]) -> int:
    """Index of the first row that `convert` rejects, by bisection; it must reject `text` as a whole."""
    start, size = 0, len(text)
    while size > 1:
        half = size // 2
        try:
            convert(text.slice(start, half))
        except pa.ArrowInvalid:
            size = half
        else:
            start, size = start + half, size - half
    return start


def _finite(table: Table, column: int, values: pa.ChunkedArray) -> npt.NDArray[np.float64]:
    floats: npt.NDArray[np.float64] = values.to_numpy()
    infinite = np.flatnonzero(np.isinf(floats))
    if infinite.size:
        raise table.refuse(column, int(infinite[0]), "which is not a finite number")
    return floats


def _split_columns(
    body: list[bytes], lines: npt.NDArray[np.int64], layout: Layout, name: str
) -> tuple[pa.ChunkedArray, ...]:
    names = [str(i) for i in range(len(layout.headings))]
    try:
        table = _parse(b"\n".join(body), names, layout.delimiter)
    except pa.ArrowInvalid as error:
        raise _first_misfit(body, lines, layout, name) from error
    if table.num_rows != len(body):
        raise _first_misfit(body, lines, layout, name)
    return tuple(pc.utf8_trim_whitespace(column) for column in table.columns)


def _parse(data: bytes, names: list[str], delimiter: str) -> pa.Table:
    return csv.read_csv(
        pa.BufferReader(data),
        read_options=csv.ReadOptions(column_names=names),
        parse_options=csv.ParseOptions(delimiter=delimiter, ignore_empty_lines=False),
        convert_options=csv.ConvertOptions(
            column_types=dict.fromkeys(names, pa.string()), strings_can_be_null=False
        ),
    )


def _first_misfit(body: list[bytes], lines: npt.NDArray[np.int64], layout: Layout, name: str) -> CsvError:
    for line, row in zip(lines, body, strict=True):
        why = _misfit(row, layout)
        if why:
            return at_line(name, int(line), f"{why}: {quoted(row.decode())}")
    return CsvError(f"{name} cannot be split into columns")


def _misfit(row: bytes, layout: Layout) -> str | None:
    fields, expected = len(split(row, layout.delimiter)), len(layout.headings)
    if row.count(b'"') % 2:
        return "a quote is not closed"
    if fields != expected:
        return f"the number of fields is {fields}, not {expected}"
    return "the line is too long" if len(row) > _MAX_LENGTH else None
