"""Delimited text: find its delimiter, header and rows, and read its columns with pyarrow."""

import csv
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property

import numpy as np
import numpy.typing as npt
import pyarrow as pa
from pyarrow import csv as arrow_csv

from ppa.importing.errors import FileRefused, at_line, quoted
from ppa.importing.headings import known_roles, meaning
from ppa.importing.numbers import SPELLED_BLANKS, has_decimal_commas
from ppa.importing.table import SAMPLE, Lines, Table, refuse_other_width

_DELIMITERS = ("\t", ";", "|", ",", " ")
_REMARK = re.compile(r"\s*(#|//|%|https?://|www\.|sep=)", re.IGNORECASE)
_FIGURE = re.compile(r"[\s\d.,:/'\u2019+\-$€£¥₩₿%eETZKMBkmbAPap]+(?: ?(?:USD[TC]?|EUR|GBP|BTC|ETH))?")
_PLAIN = re.compile(r"[-+]?\d+(?P<mark>[.,]\d+)?|[-+]?\d+[.,]?\d*[eE]-\d+")
_HEAD = 1 << 19
_MAX_LENGTH = 1 << 17
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
        rows = _Rows(self.data, self.offset, self.start)
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

    def _cleaned(self, rows: "_Rows") -> "_Rows":
        """Rows without the lines that are no rows; a row with a wrong number of fields is refused."""
        kept, notes, texts = dict[int, bytes | None](), list[str](), list[int]()
        width = len(self.headings)
        for i in rows.irregular(self.delimiter, width):
            line = rows.line(i)
            fields = split(line, self.delimiter)
            if not line.strip() or _REMARK.match(line.decode()):
                kept[i] = None
            elif len(fields) > width and not any(fields[width:]):
                kept[i] = line.rstrip(self.delimiter.encode() + b" \r")
            elif len(fields) != width and not _has_figures(fields):
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
        return "the line is too long" if len(line) > _MAX_LENGTH else ""

    def _advice(self, why: str, line: bytes, *, last: bool) -> str:
        cut = "; if the file was cut off there, download it again" if last else ""
        return f"{why}: {quoted(line.decode())}; correct or delete the line{cut}"

    def _unclosed_quote(self, rows: "_Rows") -> FileRefused:
        for i in range(rows.count()):
            line = rows.line(i)
            if why := self._misfit(line, split(line, self.delimiter)):
                return at_line(self.name, rows.number(i), self._advice(why, line, last=i == rows.count() - 1))
        return FileRefused(f"{self.name} cannot be split into columns: save it as plain CSV")


class _Rows:
    """Lines of a text, some of them left out, with their numbers in the file."""

    def __init__(self, data: bytes, offset: int, above: int, notes: Sequence[str] = ()) -> None:
        """The lines of `data` from byte `offset` on; `above` counts the lines of the file above them."""
        self.data, self.offset, self.above, self.notes = data, offset, above, tuple(notes)
        self._numbers: Lines | None = None

    @property
    def body(self) -> memoryview:
        """The lines as one buffer."""
        return memoryview(self.data)[self.offset :]

    @cached_property
    def _bytes(self) -> npt.NDArray[np.uint8]:
        return np.frombuffer(self.body, np.uint8)

    @cached_property
    def _ends(self) -> Lines:
        ends = np.flatnonzero(self._bytes == ord("\n"))
        return ends if self.data.endswith(b"\n") else np.append(ends, self._bytes.size)

    @cached_property
    def _count(self) -> int:
        unended = len(self.data) > self.offset and not self.data.endswith(b"\n")
        return self.data.count(b"\n", self.offset) + unended

    def count(self) -> int:
        """Number of lines."""
        return self._count

    def lines(self) -> Lines:
        """Line numbers in the file."""
        return np.arange(self.count()) + self.above + 1 if self._numbers is None else self._numbers

    def number(self, index: int) -> int:
        """Line number in the file of one line."""
        return int(self.lines()[index])

    def line(self, index: int) -> bytes:
        """Text of one line."""
        start = int(self._ends[index - 1]) + 1 if index else 0
        return bytes(self.body[start : int(self._ends[index])]).rstrip(b"\r")

    def irregular(self, delimiter: str, width: int) -> list[int]:
        """Lines that are comments, very long, or whose number of delimiters is not that of `width` fields."""
        starts = np.append(0, self._ends[:-1] + 1)
        marks = np.flatnonzero(self._bytes == ord(delimiter))
        counts = np.searchsorted(marks, self._ends) - np.searchsorted(marks, starts)
        first = self._bytes[np.minimum(starts, max(self._bytes.size - 1, 0))]
        odd = (counts != width - 1) | np.isin(first, [ord("#"), ord("/"), ord("%")])
        return [int(i) for i in np.flatnonzero(odd | (self._ends - starts > _MAX_LENGTH))]

    def replaced(self, changed: dict[int, bytes | None], notes: Sequence[str]) -> "_Rows":
        """Rows with other texts for some lines, and without those whose text is None."""
        pieces, last, body = list[bytes | memoryview](), 0, self.body
        for i, text in changed.items():
            start = int(self._ends[i - 1]) + 1 if i else 0
            pieces += [body[last:start], b"" if text is None else text + b"\n"]
            last = int(self._ends[i]) + 1
        rows = _Rows(b"".join([*pieces, body[last:]]), 0, self.above, (*self.notes, *notes))
        dropped = [i for i, text in changed.items() if text is None]
        rows._numbers = np.delete(self.lines(), dropped)
        return rows


def open_delimited(data: bytes, name: str, *, named: int = 0) -> Delimited:
    """Find the delimiter, the header and the first row. `named` is the number of columns that are named by hand.

    FileRefused: no row of figures.
    """
    lines = _head(data)
    delimiter = _delimiter(lines, named)
    split_lines = [split(line, delimiter) for line in lines]
    if not any(len(fields) > 1 and not _REMARK.match(",".join(fields)) for fields in split_lines):
        raise FileRefused(
            f"{name} has only comments or single words, no price bars: provide a file with columns"
        )
    width = _width(split_lines)
    start = _first_row(split_lines)
    header, headings = _header(split_lines[:start], width)
    if start == len(lines):
        what = "a header but no price bars" if headings else "no row of figures"
        raise FileRefused(f"{name} has {what}: provide a file with at least two bars")
    rows = [fields for fields in split_lines[start : start + SAMPLE] if len(fields) > 1 and _is_row(fields)]
    width = max(width, len(headings))
    offset = sum(len(line) + 1 for line in lines[:start])
    file = Delimited(name, data, delimiter, ("",) * width, start, offset, tuple(map(tuple, rows)), header)
    return _named(file, headings, split_lines[:start])


def split(line: bytes, delimiter: str) -> list[str]:
    """Split a line into fields, without quotes and surrounding whitespace."""
    text = line.decode(errors="replace")
    try:
        fields = next(csv.reader([text], delimiter=delimiter, skipinitialspace=True), [])
    except csv.Error:
        fields = text.split(delimiter)
    return [cell.strip() for cell in fields]


def _head(data: bytes) -> list[bytes]:
    """First lines; the last one only if it is whole."""
    head = data[:_HEAD]
    lines = head.split(b"\n")
    return lines if len(data) <= _HEAD and lines[-1] else lines[:-1] or lines


def _delimiter(lines: Sequence[bytes], named: int) -> str:
    """The first delimiter that splits most lines into the same number of fields, five or more; else the commonest."""
    sampled = [
        line for line in lines[:400] if line.strip() and not _REMARK.match(line.decode(errors="replace"))
    ]
    counts = {
        delimiter: Counter(len(split(line, delimiter)) for line in sampled) for delimiter in _DELIMITERS
    }
    for delimiter, counted in counts.items():
        fields, lines_with = counted.most_common(1)[0] if counted else (0, 0)
        if (fields == named or (fields >= 5 and not named)) and lines_with * 10 >= len(sampled) * 6:
            return delimiter
    return max(
        _DELIMITERS[:-1], key=lambda delimiter: sum(fields * n for fields, n in counts[delimiter].items())
    )


def _width(lines: Sequence[Sequence[str]]) -> int:
    """Usual number of fields of the rows; of all lines if there are no rows."""
    counted = Counter(len(fields) for fields in lines[:400] if len(fields) > 1 and _is_row(fields))
    counted = counted or Counter(len(fields) for fields in lines[:400] if len(fields) > 1)
    return counted.most_common(1)[0][0]


def _first_row(lines: Sequence[Sequence[str]]) -> int:
    """Index of the first row of figures; the number of lines if there is none."""
    for i, fields in enumerate(lines):
        if len(fields) > 1 and _is_row(fields) and not _REMARK.match(fields[0]):
            return i
    return len(lines)


def _is_row(fields: Sequence[str]) -> bool:
    return sum(_is_figure(cell) for cell in fields) * 2 > sum(bool(cell) for cell in fields)


def _has_figures(fields: Sequence[str]) -> bool:
    return any(_is_figure(cell) for cell in fields)


def _is_figure(cell: str) -> bool:
    return any(map(str.isdigit, cell)) and bool(_FIGURE.fullmatch(cell))


def _header(above: Sequence[Sequence[str]], width: int) -> tuple[int, tuple[str, ...]]:
    """Index and fields of the line above the rows that names most columns; the last one that fits if none is named."""
    lines = {i: _uncommented(fields) for i, fields in enumerate(above)}
    fitting = {
        i: fields for i, fields in lines.items() if width - 1 <= len(fields) <= width + 1 and len(fields) > 1
    }
    if not fitting:
        named = {i: fields for i, fields in lines.items() if len(fields) > 1 and known_roles(fields) > 2}
        fitting = named
    best = max(fitting, key=lambda i: (known_roles(fitting[i]), i), default=-1)
    return (best, fitting[best]) if best >= 0 else (-1, ())


def _uncommented(fields: Sequence[str]) -> tuple[str, ...]:
    first = re.sub(r"^[#%/ ]+", "", fields[0]) if fields else ""
    return (first, *fields[1:])


def _padded(rows: Sequence[Sequence[str]], named: int) -> bool:
    """True if all rows have as many fields more than the `named` ones, and those are empty."""
    return len({len(row) for row in rows}) == 1 and not any(any(row[named:]) for row in rows)


def _is_time(heading: str) -> bool:
    match = meaning(heading)
    return match is not None and match.role in ("start", "time", "end")


def _is_index(cells: Sequence[str]) -> bool:
    """True if the cells number the rows, or name them."""
    return all(len(cell) < 8 and cell.isdigit() for cell in cells) or not any(map(_is_figure, cells))


def _named(file: Delimited, headings: tuple[str, ...], above: Sequence[Sequence[str]]) -> Delimited:
    """The file with its headings as wide as its rows, and the other lines that label columns."""
    width, rows = len(file.headings), file.rows
    if headings and len(headings) == width - 1 and _is_index([row[0] for row in rows]):
        headings = ("", *headings)
    if headings and not _padded(rows, len(headings)):
        width = min(width, len(headings))
    headings = (*headings, *[""] * width)[:width] if headings else file.headings
    labels = tuple(
        tuple(fields) for i, fields in enumerate(above) if i != file.header and len(fields) == width
    )
    times = [fields[0] for fields in labels if _is_time(fields[0])]
    if times and not _is_time(headings[0]):
        headings = (times[0], *headings[1:])
    return replace(file, headings=headings, labels=labels)
