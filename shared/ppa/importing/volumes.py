"""Volume in coins, for files with a volume in coins, in money, or in both."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

import numpy as np
import numpy.typing as npt

from ppa.importing.errors import quoted
from ppa.importing.evidence import Floats, Mask
from ppa.importing.table import Table

# the close approximates the average price: within 25%, and clearly distinguishable from its inverse
_CLOSE_ENOUGH = np.log(1.25)
_CLEARLY = np.log(4.0)
# part of all coins that no market has traded within an hour for half of a file's hours
_MAX_OF_SUPPLY = 0.005


@dataclass(frozen=True)
class Volume:
    """Volume in coins by row (NaN if unknown), the columns it came from, and notes for the report."""

    coins: Floats
    columns: tuple[int, ...]
    notes: tuple[str, ...] = ()


def read_volume(table: Table, columns: Sequence[int], close: Floats, *, money: bool) -> Volume:
    """Read the volume `columns`: one in coins, one in `money`, or both, told apart row by row with `close`.

    FileRefused: a value that is not a number, or negative.
    """
    if not columns:
        return Volume(
            np.full(len(close), np.nan), (), ("the file has no volume in coins; the volume is left empty",)
        )
    amounts = [_amounts(table, column) for column in columns[:2]]
    if money:
        return _empty(amounts[0], f"column {quoted(table.heading(columns[0]))} is in money, not in coins")
    if len(columns) == 1:
        return Volume(amounts[0], tuple(columns))
    swapped = _swapped(amounts[0], amounts[1], close) & (amounts[0] != amounts[1])
    notes = _notes(table, columns, swapped)
    coins = np.where(swapped, amounts[1], amounts[0])
    return Volume(coins, tuple(columns[: 2 if swapped.any() else 1]), notes)


def checked(volume: Volume, moved: Mask, close: Floats, length: timedelta, supply: float | None) -> Volume:
    """The volume; empty with a note where it is always 0 though the price moved, or more than the `supply` allows.

    `moved` marks the bars whose high is above their low, and `length` is their duration.
    """
    finite = volume.coins[np.isfinite(volume.coins)]
    if not finite.size:
        return _empty(volume.coins, "the volume has no number in any row") if volume.columns else volume
    if not finite.any() and moved.mean() > 0.5:
        return _empty(volume.coins, "the volume is 0 in all rows though prices move, so it was not recorded")
    hourly = float(np.median(finite[finite > 0])) * (timedelta(hours=1) / length) if finite.any() else 0.0
    if supply and hourly > _MAX_OF_SUPPLY * supply:
        price = float(np.nanmedian(close))
        what = f"the volume has a median of {hourly:,.0f} an hour, {hourly / supply:.0%} of all coins"
        return _empty(volume.coins, f"{what}, so it is in money (about {hourly / price:,.1f} coins)")
    return volume


def _empty(amounts: Floats, why: str) -> Volume:
    return Volume(np.full_like(amounts, np.nan), (), (f"{why}; the volume is left empty",))


def _amounts(table: Table, column: int) -> Floats:
    amounts = table.floats(column)
    negative = np.flatnonzero(amounts < 0)
    if negative.size:
        raise table.refuse(column, int(negative[0]), "but volumes must not be negative: correct it")
    return amounts


def _swapped(coins: Floats, money: Floats, close: Floats) -> Mask:
    """Mask of rows where `money` times the close equals `coins`; undecidable rows follow the nearest decidable one."""
    with np.errstate(divide="ignore", invalid="ignore"):
        as_headed = np.abs(np.log(coins * close / money))
        other_way = np.abs(np.log(money * close / coins))
        decided = np.fmin(as_headed, other_way) < _CLOSE_ENOUGH
        decided &= np.abs(as_headed - other_way) > _CLEARLY
    return _nearest(other_way < as_headed, decided)


def _nearest(values: Mask, decided: Mask) -> Mask:
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


def _notes(table: Table, columns: Sequence[int], swapped: Mask) -> tuple[str, ...]:
    rows = np.flatnonzero(swapped)
    if not rows.size:
        return ()
    first, second = (quoted(table.heading(column)) for column in columns[:2])
    where = (
        f"in {rows.size:,} of {len(swapped):,} rows (lines {table.lines[rows[0]]} to {table.lines[rows[-1]]})"
    )
    return (
        f"{where} columns {first} and {second} are swapped, judging by the close; the volume in coins is used",
    )
