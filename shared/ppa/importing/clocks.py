"""Recognise columns of times by their first rows."""

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from ppa.importing.headings import names_hours, names_utc
from ppa.importing.numbers import Floats
from ppa.importing.table import Table
from ppa.importing.written_times import is_clock, parse_written

# seconds, milliseconds, microseconds and nanoseconds since 1970, and how many microseconds each has
UNITS = (
    ("seconds", 1e8, 10**6),
    ("milliseconds", 1e11, 10**3),
    ("microseconds", 1e14, 1),
    ("nanoseconds", 1e17, 0),
)
TOO_LATE = 1e20
_SERIAL = (20_000.0, 80_000.0)
_COMPACT = re.compile(
    r"(19[7-9]\d|20\d\d)(0[1-9]|1[0-2])(0[1-9]|[12]\d|3[01])(([01]\d|2[0-3])([0-5]\d([0-5]\d)?)?)?"
)
_DIGITS_OF_DAY = re.compile(r"\d{1,6}")
_MINUTE = 60 * 1_000_000
_SAMPLED = 200
_MAJORITY = 0.5


@dataclass(frozen=True)
class Clock:
    """A column that holds times: its `kind` is epoch, serial, written, compact, date or clock (a time of day).

    `on_grid` is set if the times are whole minutes; `at_end` if all are the last moment of a minute, such as 59.999.
    """

    column: int
    kind: str
    zoned: bool
    on_grid: bool
    at_end: bool

    def describe(self) -> str:
        """Words for the report."""
        kinds = {
            "epoch": "time since 1970",
            "serial": "days since 1900",
            "date": "dates",
            "clock": "times of day",
        }
        return kinds.get(self.kind, "dates and times")


def clocks(sample: Table, columns: Iterable[int]) -> list[Clock]:
    """The columns among `columns` that hold times."""
    return [clock for column in columns if (clock := _clock(sample, column)) is not None]


def _clock(sample: Table, column: int) -> Clock | None:
    text = sample.text(column).slice(0, _SAMPLED)
    cells = [cell for cell in text.to_pylist() if cell]
    heading = sample.headings[column]
    kind = "clock" if _are_hours(heading, cells) else _kind(cells, named=bool(heading))
    if kind is None:
        return None
    utc = names_utc(sample.headings[column])
    if kind == "epoch":
        micros = epoch_micros(np.array([float(cell) for cell in cells if _is_number(cell)]))
        return Clock(column, kind, True, *_grid(micros))
    if kind in ("serial", "clock"):
        return Clock(column, kind, utc, on_grid=True, at_end=False)
    written = parse_written(pa.chunked_array([text]) if isinstance(text, pa.Array) else text)
    readable = written.clock[~np.isnat(written.clock)]
    zoned = utc or not np.isnan(written.offsets).all()
    return Clock(column, kind, zoned, *_grid(readable.astype(np.int64)))


def _are_hours(heading: str, cells: Sequence[str]) -> bool:
    """True for hours of a day, as numbers."""
    return (
        names_hours(heading)
        and bool(cells)
        and all(cell.isdigit() and len(cell) <= 2 and int(cell) <= 24 for cell in cells)
    )


def _kind(cells: Sequence[str], *, named: bool) -> str | None:
    if not cells:
        return None
    if _share(cells, lambda cell: bool(_COMPACT.fullmatch(cell))):
        return "date" if _share(cells, lambda cell: len(cell) == 8) else "compact"
    if _share(cells, _is_number):
        return _number_kind(np.array([float(cell) for cell in cells if _is_number(cell)]), cells, named=named)
    if _share(cells, is_clock):
        return "clock"
    written = parse_written(pa.chunked_array([pa.array(cells, pa.string())]))
    if np.isnat(written.clock).mean() > _MAJORITY:
        return None
    midnight = (written.clock == written.clock.astype("datetime64[D]")).all()
    return "date" if midnight and not any(":" in cell for cell in cells) else "written"


def _number_kind(numbers: Floats, cells: Sequence[str], *, named: bool) -> str | None:
    if ((numbers >= UNITS[0][1]) & (numbers < TOO_LATE)).mean() > _MAJORITY:
        return "epoch"
    if ((numbers >= _SERIAL[0]) & (numbers < _SERIAL[1])).mean() > _MAJORITY and (named or _steady(numbers)):
        return "serial"
    digits = named and all(map(_DIGITS_OF_DAY.fullmatch, cells)) and max(map(len, cells)) >= 3
    return "clock" if digits and (numbers < 240_000).all() else None


def _steady(numbers: Floats) -> bool:
    """True if the numbers are days in steps of hours or minutes."""
    steps = np.abs(np.diff(numbers)) * 1440
    return bool(len(steps)) and bool((np.abs(steps - np.round(steps)) < 1e-2).all() and (steps > 0.5).all())


def epoch_micros(numbers: np.ndarray) -> np.ndarray:
    """Microseconds since 1970 of times in any of `UNITS`, told by their size; 0 where they are in none."""
    edges = [least for _, least, _ in UNITS]
    lowest, highest = np.digitize([numbers.min(), numbers.max()], edges) - 1
    if lowest == highest >= 0 and UNITS[lowest][2] and numbers.max() < TOO_LATE:
        return (numbers * UNITS[lowest][2]).astype(np.int64)
    unit = np.digitize(numbers, edges) - 1
    factor = np.array([factor for _, _, factor in UNITS])[np.maximum(unit, 0)]
    readable = (unit >= 0) & (numbers < TOO_LATE)
    safe = np.where(readable, numbers, 0)
    return np.where(factor > 0, safe * np.maximum(factor, 1), safe // 1000).astype(np.int64)


def _grid(micros: np.ndarray) -> tuple[bool, bool]:
    """Two truths: most times are whole minutes, and all are within the last second of one."""
    if not len(micros):
        return False, False
    rest = micros % _MINUTE
    return bool((rest == 0).mean() > _MAJORITY), bool((rest >= _MINUTE - 1_000_000).all())


def _is_number(cell: str) -> bool:
    try:
        float(cell)
    except ValueError:
        return False
    return cell[-1:] not in "yfn"


def _share(cells: Sequence[str], test: Callable[[str], bool]) -> bool:
    return sum(map(test, cells)) > len(cells) * _MAJORITY
