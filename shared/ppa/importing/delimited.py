"""Delimited text: find its delimiter, header and rows, and read its columns with pyarrow."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property

import numpy as np
import pyarrow as pa
from pyarrow import csv as arrow_csv

from ppa.importing.errors import FileRefused, at_line, quoted
from ppa.importing.numbered_lines import MAX_LENGTH, NumberedLines
from ppa.importing.numbers import SPELLED_BLANKS, has_decimal_commas
from ppa.importing.table import SAMPLE, Table, refuse_other_width
from ppa.importing.text_layout import (
    REMARK,
    find_delimiter,
    find_header,
    first_row,
    has_figures,
    head_lines,
    is_aligned,
    is_index,
    is_padded,
    is_row,
    is_time_heading,
    single_blanks,
    split,
    usual_width,
)

_PLAIN = re.compile(r"[-+]?\d+(?P<mark>[.,]\d+)?|[-+]?\d+[.,]?\d*[eE]-\d+")
_MAX_TEXTS = 20


@dataclass(frozen=True)
class Delimited:
    """A text file of rows. `start` counts the lines above the first row, which is at byte `offset`.

    `data` is UTF-8. `header` is the index of the line with the headings, -1 if there is none.
    """

    name: str
    data: bytes = field(repr=False)
    delimiter: str
    headings: tuple[str, ...]
    start: int
    offset: int
    rows: tuple[tuple[str, ...], ...] = field(repr=False)
    header: int = -1
    labels: tuple[tuple[str, ...], ...] = ()

    @property
    def headed(self) -> bool:
        """True if the columns have names, from a line above the rows or by hand."""
        return any(self.headings)

    @property
    def has_header(self) -> bool:
        """True if a line above the rows names the columns."""
        return self.header >= 0

    @cached_property
    def decimal_commas(self) -> bool:
        """True if numbers have decimal commas."""
        return has_decimal_commas((cell for row in self.rows[:200] for cell in row), self.delimiter)

    @cached_property
    def sample(self) -> Table:
        """First rows as text."""
        columns = {
            i: pa.chunked_array([pa.array(column, pa.string())]) for i, column in self._sampled().items()
        }
        lines = np.arange(len(self.rows)) + self.start + 1
        return Table(self.name, self.headings, columns, lines, self.decimal_commas)

    def read(self, positions: Sequence[int]) -> Table:
        """Read these columns: numbers where all fields are plain numbers, else text.

        FileRefused: a row with a wrong number of fields, or a quote that is not closed.
        """
        rows = NumberedLines(self.data, self.offset, self.start)
        parsed = self._parse(rows.body, positions)
        if parsed is None or parsed.num_rows != rows.count():
            rows = self._cleaned(rows)
            parsed = self._parse(rows.body, positions)
        if parsed is None or parsed.num_rows != rows.count():
            raise self._unclosed_quote(rows)
        pa.default_memory_pool().release_unused()
        columns = {i: parsed.column(str(i)) for i in positions}
        above = (
            (f"{self.header:,} line{'s' * (self.header > 1)} above the header skipped",)
            if self.header > 0
            else ()
        )
        notes = (*above, *rows.notes)
        return Table(self.name, self.headings, columns, rows.lines(), self.decimal_commas, notes=notes)

    def renamed(self, headings: tuple[str, ...]) -> "Delimited":
        """The file with its columns named by hand. FileRefused: another number of columns."""
        refuse_other_width(self.name, len(self.headings), len(headings), "line", self.start + 1)
        return replace(self, headings=headings)

    def labelled(self, where: Mapping[str, str]) -> "tuple[Delimited, Mapping[str, str]]":
        """The file without columns that a line above the rows labels otherwise than `where` asks for.

        FileRefused: columns of one heading with several labels, and `where` does not choose.
        """
        for labels in self.labels:
            key, values = labels[0], {label for label in labels[1:] if label}
            wanted = next((value for heading, value in where.items() if heading.lower() == key.lower()), None)
            if wanted in values:
                kept = (
                    heading if i == 0 or labels[i] in ("", wanted) else ""
                    for i, heading in enumerate(self.headings)
                )
                rest = {heading: value for heading, value in where.items() if heading.lower() != key.lower()}
                return replace(self, headings=tuple(kept)), rest
            if key and len(values) > 1 and len(set(self.headings)) < len(self.headings):
                shown = ", ".join(sorted(values)[:5])
                what = f"the columns are of several ({key}: {shown}): choose one with --where {key}={min(values)}"
                raise at_line(self.name, self.header + 1, what)
        return self, where

    def _sampled(self) -> dict[int, list[str]]:
        return {i: [row[i] if i < len(row) else "" for row in self.rows] for i in range(len(self.headings))}

    def _parse(self, body: memoryview, positions: Sequence[int]) -> pa.Table | None:
        """Parsed columns; None if a row has a wrong number of fields."""
        kinds = {str(i): self._kind(i) for i in positions}
        for types in (kinds, dict.fromkeys(kinds, pa.string())):
            misfits = list[object]()
            try:
                parsed = self._parse_as(body, types, misfits)
            except pa.ArrowInvalid:
                continue
            return None if misfits else parsed
        return None

    def _parse_as(self, body: memoryview, types: dict[str, pa.DataType], misfits: list[object]) -> pa.Table:
        def skip(row: object) -> str:
            misfits.append(row)
            return "skip"

        return arrow_csv.read_csv(
            pa.BufferReader(body),
            read_options=arrow_csv.ReadOptions(column_names=[str(i) for i in range(len(self.headings))]),
            parse_options=arrow_csv.ParseOptions(delimiter=self.delimiter, invalid_row_handler=skip),
            convert_options=arrow_csv.ConvertOptions(
                include_columns=list(types),
                column_types=types,
                strings_can_be_null=False,
                null_values=SPELLED_BLANKS,
                decimal_point="," if self.decimal_commas else ".",
            ),
        )

    def _kind(self, position: int) -> pa.DataType:
        """Type of a column by its first rows."""
        cells = [cell for row in self.rows if (cell := row[position] if position < len(row) else "")]
        if len(cells) >= 2 and all(
            cell.isascii() and cell.isdigit() and 8 < len(cell) < 20 for cell in cells
        ):
            return pa.int64()
        plain = all(cell in SPELLED_BLANKS or self._is_plain(cell) for cell in cells)
        return pa.float64() if plain and cells else pa.string()

    def _is_plain(self, cell: str) -> bool:
        match = _PLAIN.fullmatch(cell)
        other = "." if self.decimal_commas else ","
        padded = len(cell) > 1 and cell[0] == "0" and cell[1].isdigit()
        return bool(match) and other not in cell and "e+" not in cell.lower() and not padded

    def _cleaned(self, rows: NumberedLines) -> NumberedLines:
        """Rows without the lines that are no rows; a row with a wrong number of fields is refused."""
        kept, notes, texts = dict[int, bytes | None](), list[str](), list[int]()
        width = len(self.headings)
        for i in rows.irregular(self.delimiter, width):
            line = rows.line(i)
            fields = split(line, self.delimiter)
            if not line.strip() or REMARK.match(line.decode()):
                kept[i] = None
            elif len(fields) > width and not any(fields[width:]):
                kept[i] = line.rstrip(self.delimiter.encode() + b" \r")
            elif len(fields) != width and not has_figures(fields):
                kept[i] = None
                texts.append(i)
            elif why := self._misfit(line, fields):
                raise at_line(self.name, rows.number(i), self._advice(why, line, last=i == rows.count() - 1))
        if len(texts) > _MAX_TEXTS:
            line = rows.line(texts[0])
            raise at_line(
                self.name,
                rows.number(texts[0]),
                f"{quoted(line.decode())} is no row of bars: delete such lines",
            )
        notes += [
            f"line {rows.number(i)} is no row of bars and was skipped: {quoted(rows.line(i).decode())}"
            for i in texts
        ]
        remarks = sum(1 for i, text in kept.items() if text is None and rows.line(i).strip()) - len(texts)
        notes += [f"{remarks:,} comment line{'s' * (remarks > 1)} skipped"] if remarks else []
        return rows.replaced(kept, notes)

    def _misfit(self, line: bytes, fields: Sequence[str]) -> str:
        if line.count(b'"') % 2:
            return "a quote is not closed"
        if len(fields) != len(self.headings):
            return f"the number of fields is {len(fields)}, not {len(self.headings)}"
        return "the line is too long" if len(line) > MAX_LENGTH else ""

    def _advice(self, why: str, line: bytes, *, last: bool) -> str:
        cut = "; if the file was cut off there, download it again" if last else ""
        return f"{why}: {quoted(line.decode())}; correct or delete the line{cut}"

    def _unclosed_quote(self, rows: NumberedLines) -> FileRefused:
        for i in range(rows.count()):
            line = rows.line(i)
            if why := self._misfit(line, split(line, self.delimiter)):
                return at_line(self.name, rows.number(i), self._advice(why, line, last=i == rows.count() - 1))
        return FileRefused(f"{self.name} cannot be split into columns: save it as plain CSV")


def open_delimited(data: bytes, name: str, *, named: int = 0) -> Delimited:
    """Find the delimiter, the header and the first row. `named` is the number of columns that are named by hand.

    FileRefused: no row of figures.
    """
    lines = head_lines(data)
    if is_aligned(lines):
        data = single_blanks(data)
        lines = head_lines(data)
    delimiter = find_delimiter(lines, named)
    split_lines = [split(line, delimiter) for line in lines]
    if not any(len(fields) > 1 and not REMARK.match(",".join(fields)) for fields in split_lines):
        raise FileRefused(
            f"{name} has only comments or single words, no price bars: provide a file with columns"
        )
    width = usual_width(split_lines)
    start = first_row(split_lines)
    header, headings = find_header(split_lines[:start], width)
    if start == len(lines):
        what = "a header but no price bars" if headings else "no row of figures"
        raise FileRefused(f"{name} has {what}: provide a file with at least two bars")
    rows = [fields for fields in split_lines[start : start + SAMPLE] if len(fields) > 1 and is_row(fields)]
    width = max(width, len(headings))
    offset = sum(len(line) + 1 for line in lines[:start])
    file = Delimited(name, data, delimiter, ("",) * width, start, offset, tuple(map(tuple, rows)), header)
    return _named(file, headings, split_lines[:start])


def _named(file: Delimited, headings: tuple[str, ...], above: Sequence[Sequence[str]]) -> Delimited:
    """The file with its headings as wide as its rows, and the other lines that label columns."""
    width, rows = len(file.headings), file.rows
    unnamed = is_index([row[0] for row in rows]) or not any(map(is_time_heading, headings))
    if headings and len(headings) == width - 1 and unnamed:
        headings = ("", *headings)
    if headings and not is_padded(rows, len(headings)):
        width = min(width, len(headings))
    headings = (*headings, *[""] * width)[:width] if headings else file.headings
    labels = tuple(
        tuple(fields) for i, fields in enumerate(above) if i != file.header and len(fields) == width
    )
    times = [fields[0] for fields in labels if is_time_heading(fields[0])]
    if times and not is_time_heading(headings[0]):
        headings = (times[0], *headings[1:])
    return replace(file, headings=headings, labels=labels)
