"""Columns of a file, with the line number of each row."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Protocol

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from ppa.importing.errors import FileRefused, at_line, quoted
from ppa.importing.numbers import Floats, Mask, to_numbers

Lines = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Table:
    """Columns of a file by position: text, or numbers and timestamps where the file has types.

    `lines` are the line numbers of the rows, counted as `place` says (a line of text, or a row of a table). `notes` are
    for the report.
    """

    name: str
    headings: tuple[str, ...]
    columns: Mapping[int, pa.ChunkedArray]
    lines: Lines
    decimal_commas: bool = False
    place: str = "line"
    notes: tuple[str, ...] = ()

    def refuse(self, column: int, row: int, why: str) -> FileRefused:
        """FileRefused for one field, with its line, column and text."""
        shown = quoted(as_text(self.columns[column].slice(row, 1))[0].as_py())
        what = f"column {quoted(self.heading(column))} holds {shown}, {why}"
        return at_line(self.name, int(self.lines[row]), what, self.place)

    def heading(self, column: int) -> str:
        """Heading of a column, or its number if it has none."""
        return self.headings[column] or f"column {column + 1}"

    def text(self, column: int) -> pa.ChunkedArray:
        """Column as trimmed text, empty where blank."""
        return as_text(self.columns[column])

    def numbers(self, column: int) -> tuple[Floats, Mask]:
        """Numbers of a column, NaN where blank, and a mask of the fields that are not numbers."""
        return to_numbers(self.columns[column], decimal_commas=self.decimal_commas)

    def floats(self, column: int) -> Floats:
        """Numbers of a column, NaN where blank. FileRefused at the first field that is not a finite number."""
        values, wrong = self.numbers(column)
        if wrong.any():
            raise self.refuse(column, int(np.argmax(wrong)), "which is not a number: correct or delete it")
        infinite = np.isinf(values)
        if infinite.any():
            raise self.refuse(
                column, int(np.argmax(infinite)), "which is not a finite number: correct or delete it"
            )
        return values

    def rows(self, kept: Mask, *notes: str) -> "Table":
        """Rows in `kept`, with further notes."""
        if kept.all():
            return self
        columns = {i: column.filter(pa.array(kept)) for i, column in self.columns.items()}
        return replace(self, columns=columns, lines=self.lines[kept], notes=(*self.notes, *notes))


class Source(Protocol):
    """A file whose columns can be read. `sample` has the first rows as text, by column."""

    @property
    def headings(self) -> tuple[str, ...]:
        """Headings in order, empty where a column has none."""
        ...

    @property
    def sample(self) -> Table:
        """First rows, with all columns."""
        ...

    @property
    def headed(self) -> bool:
        """True if the columns have names, in the file or by hand."""
        ...

    @property
    def has_header(self) -> bool:
        """True if the file names its columns."""
        ...

    def read(self, positions: Sequence[int]) -> Table:
        """Read these columns of the whole file."""
        ...

    def renamed(self, headings: tuple[str, ...]) -> "Source":
        """The file with its columns named by hand. FileRefused: another number of columns."""
        ...

    def labelled(self, where: Mapping[str, str]) -> "tuple[Source, Mapping[str, str]]":
        """The file without columns whose label above the rows is another than `where` asks for, and the rest of it."""
        ...


@dataclass(frozen=True)
class TypedSource:
    """Columns that are in memory: a JSON or Parquet file."""

    whole: Table
    headed: bool = True
    has_header: bool = True
    headings: tuple[str, ...] = field(init=False)
    sample: Table = field(init=False)

    def __post_init__(self) -> None:
        """Derive the headings and the sample."""
        object.__setattr__(self, "headings", self.whole.headings)
        head = {i: column.slice(0, SAMPLE) for i, column in self.whole.columns.items()}
        object.__setattr__(self, "sample", replace(self.whole, columns=head, lines=self.whole.lines[:SAMPLE]))

    def read(self, positions: Sequence[int]) -> Table:
        """Columns at these positions."""
        return replace(self.whole, columns={i: self.whole.columns[i] for i in positions})

    def renamed(self, headings: tuple[str, ...]) -> "TypedSource":
        """The columns under other headings. FileRefused: another number of columns."""
        refuse_other_width(self.whole.name, len(self.headings), len(headings), self.whole.place, 1)
        return TypedSource(replace(self.whole, headings=headings), has_header=self.has_header)

    def labelled(self, where: Mapping[str, str]) -> "tuple[TypedSource, Mapping[str, str]]":
        """The file as it is: such files have no labels above the rows."""
        return self, where


SAMPLE = 2_000


def refuse_other_width(name: str, fields: int, named: int, place: str, line: int) -> None:
    """Raise FileRefused if `named` columns do not stand for `fields` fields."""
    if fields != named:
        raise at_line(name, line, f"the number of fields is {fields}, but --columns names {named}", place)


def as_text(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """Column as trimmed text; empty where null. Whole numbers have no decimals, times of a zone are in ISO 8601."""
    kind = column.type
    if pa.types.is_floating(kind):
        numbers = column.to_pylist()
        return pa.chunked_array([pa.array([_spelled(number) for number in numbers], pa.string())])
    if pa.types.is_timestamp(kind) and kind.tz:
        column = pc.strftime(pc.cast(column, pa.timestamp("us", "UTC")), "%Y-%m-%d %H:%M:%SZ")
    return pc.utf8_trim_whitespace(pc.fill_null(pc.cast(column, pa.string()), ""))


def _spelled(number: float | None) -> str:
    if number is None:
        return ""
    return str(int(number)) if number.is_integer() else repr(number)
