"""Volume in coins, for files with one volume in coins and one in money."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ppa.importing.errors import quoted
from ppa.importing.headings import is_quote
from ppa.importing.table import Table, to_floats

Floats = npt.NDArray[np.float64]

# the close approximates the average price: within 25%, and clearly distinguishable from its inverse
_CLOSE_ENOUGH = np.log(1.25)
_CLEARLY = np.log(4.0)


@dataclass(frozen=True)
class Volume:
    """Volume in coins by row (NaN if unknown), the columns it came from, and notes for the report."""

    coins: Floats
    columns: tuple[int, ...]
    notes: tuple[str, ...] = ()


def read_volume(table: Table, columns: tuple[int, ...], close: Floats) -> Volume:
    """Choose among the volume `columns` by heading, and if there are two, row by row using `close`.

    CsvError: a value that is not a number, or negative.
    """
    if not columns:
        return Volume(np.full(len(close), np.nan), (), ("the file has no volume; the column is left empty",))
    if len(columns) == 1:
        return _only(table, columns[0])
    first, second = (_amounts(table, column) for column in columns[:2])
    swapped = _swapped(first, second, close) & (first != second)
    notes = _notes(table, columns, swapped)
    return Volume(np.where(swapped, second, first), columns[: 2 if swapped.any() else 1], notes)


def _only(table: Table, column: int) -> Volume:
    heading, amounts = table.headings[column], _amounts(table, column)
    if not is_quote(heading):
        return Volume(amounts, (column,))
    note = f"column {quoted(heading)} is in money, not in coins; the volume is left empty"
    return Volume(np.full_like(amounts, np.nan), (), (note,))


def _amounts(table: Table, column: int) -> Floats:
    amounts = to_floats(table, column)
    negative = np.flatnonzero(amounts < 0)
    if negative.size:
        raise table.refuse(column, int(negative[0]), "but volumes must not be negative")
    return amounts


def _swapped(coins: Floats, money: Floats, close: Floats) -> npt.NDArray[np.bool_]:
    """Mask of rows where `money` times the close equals `coins`; undecidable rows follow the nearest decidable one."""
    with np.errstate(divide="ignore", invalid="ignore"):
        as_headed = np.abs(np.log(coins * close / money))
        other_way = np.abs(np.log(money * close / coins))
        decided = np.fmin(as_headed, other_way) < _CLOSE_ENOUGH
        decided &= np.abs(as_headed - other_way) > _CLEARLY
    return _nearest(other_way < as_headed, decided)


def _nearest(values: npt.NDArray[np.bool_], decided: npt.NDArray[np.bool_]) -> npt.NDArray[np.bool_]:
    decided_rows = np.flatnonzero(decided)
    if not decided_rows.size:
        return np.zeros_like(values)
    rows = np.arange(len(values))
    after = np.searchsorted(decided_rows, rows).clip(max=len(decided_rows) - 1)
    before = (after - 1).clip(min=0)
    nearer = np.where(
        np.abs(decided_rows[before] - rows) <= np.abs(decided_rows[after] - rows), before, after
    )
    nearest: npt.NDArray[np.bool_] = values[decided_rows[nearer]]
    return nearest


def _notes(table: Table, columns: tuple[int, ...], swapped: npt.NDArray[np.bool_]) -> tuple[str, ...]:
    rows = np.flatnonzero(swapped)
    if not rows.size:
        return ()
    first, second = (quoted(table.headings[column]) for column in columns[:2])
    where = (
        f"in {rows.size:,} of {len(swapped):,} rows (lines {table.lines[rows[0]]} to {table.lines[rows[-1]]})"
    )
    return (
        f"{where} columns {first} and {second} are swapped, judging by the close; the volume in coins is used",
    )
