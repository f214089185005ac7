"""Determine when each row's bar opened, in UTC."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from ppa.importing.calendar_text import Moments, Offsets, read_moments
from ppa.importing.errors import CsvError, at_line, quoted
from ppa.importing.headings import names_utc
from ppa.importing.table import Table, first_failing
from ppa.importing.zones import load_zone, to_utc

_EPOCH = r"^\d{9,19}(\.\d+)?$|^\d(\.\d+)?[eE]\+?\d{1,2}$"
_DATE_ONLY = r"^\d{1,4}[-/.]\d{1,2}[-/.]\d{1,4}$"
_TIME_ONLY = r"^\d{1,2}:\d{2}(:\d{2}(\.\d+)?)?( ?[AaPp][Mm])?$"
_UNITS = (
    ("seconds", 1e8, 10**6),
    ("milliseconds", 1e11, 10**3),
    ("microseconds", 1e14, 1),
    ("nanoseconds", 1e17, 0),
)
_TOO_LATE = 1e20
_UNREADABLE = "which is not a time (use 2024-05-31 14:00 or an epoch)"


@dataclass(frozen=True)
class Times:
    """Open times of the bars by row (datetime64[us], UTC), and the interpretation of the time column."""

    opens: Moments
    columns: tuple[int, ...]
    format: str
    zone: str
    notes: tuple[str, ...] = ()


def read_times(table: Table, candidates: tuple[int, ...], time_zone: str | None) -> Times:
    """Read the best of the candidate time columns: an epoch first, then one with UTC offsets.

    CsvError: an unreadable time, or a time zone that is unknown or cannot be determined.
    """
    if time_zone is not None:
        load_zone(time_zone)
    epochs = [column for column in candidates if _mostly(table.texts[column], _EPOCH)]
    if epochs:
        return _from_epoch(
            table, epochs[0], [column for column in candidates if _is_comparable(table, column, epochs)]
        )
    columns = _text_columns(table, candidates)
    return _from_text(*_joined(table, columns), columns, time_zone)


def _is_comparable(table: Table, column: int, epochs: list[int]) -> bool:
    """True if a column next to the epochs holds date and time of day, so that it can be compared with them."""
    text = table.texts[column]
    return column not in epochs and not _mostly(text, _DATE_ONLY) and not _mostly(text, _TIME_ONLY)


def _mostly(text: pa.ChunkedArray, pattern: str) -> bool:
    sample = text.slice(0, 100)
    return bool(pc.sum(pc.match_substring_regex(sample, pattern)).as_py() * 2 > len(sample))


def _from_epoch(table: Table, column: int, others: list[int]) -> Times:
    numbers = _epoch_numbers(table, column)
    unit = np.digitize(numbers, [minimum for _, minimum, _ in _UNITS]) - 1
    unreal = (unit < 0) | ~(numbers < _TOO_LATE)
    if unreal.any():
        raise table.refuse(column, int(np.argmax(unreal)), "which is not a time since 1970 in any usual unit")
    opens = _to_micros(numbers, unit).astype("datetime64[us]")
    units = " and ".join(name for i, (name, _, _) in enumerate(_UNITS) if (unit == i).any())
    notes = tuple(note for other in others if (note := _disagreement(table, column, other, opens)))
    return Times(opens, (column,), f"epoch {units}", "UTC (epoch)", notes)


def _epoch_numbers(table: Table, column: int) -> npt.NDArray[np.int64] | npt.NDArray[np.float64]:
    text = table.texts[column]
    for kind in (pa.int64(), pa.float64()):
        try:
            numbers: npt.NDArray[np.int64] = pc.cast(text, kind).to_numpy()
        except pa.ArrowInvalid:
            continue
        return numbers
    raise table.refuse(column, first_failing(text, lambda part: pc.cast(part, pa.float64())), _UNREADABLE)


def _to_micros(
    numbers: npt.NDArray[np.int64] | npt.NDArray[np.float64], unit: npt.NDArray[np.int64]
) -> npt.NDArray[np.int64]:
    factor = np.array([factor for _, _, factor in _UNITS])[unit]
    micros: npt.NDArray[np.int64] = np.where(factor > 0, numbers * factor, numbers // 1000).astype(np.int64)
    return micros


def _disagreement(table: Table, column: int, other: int, opens: Moments) -> str | None:
    """Note for the report if a written-out time differs from the epoch next to it, else None."""
    clock, offsets = read_moments(table.texts[other])
    heading = quoted(table.headings[other])
    if np.isnat(clock).any():
        return f"column {heading} cannot be read as a time and was not compared"
    differs = np.flatnonzero(_shifted(clock, np.nan_to_num(offsets)) != opens)
    if not differs.size:
        return None
    row = int(differs[0])
    first, epoch = table.texts[other][row].as_py(), table.texts[column][row].as_py()
    return (
        f"column {heading} differs from {quoted(table.headings[column])} "
        f"in {differs.size:,} of {len(opens):,} rows, first in line {table.lines[row]} "
        f"({first} and {epoch}); the epoch is used"
    )


def _text_columns(table: Table, candidates: tuple[int, ...]) -> tuple[int, ...]:
    """Column to read, or two columns if one holds the date and the other the time of day."""
    date = next((column for column in candidates if _mostly(table.texts[column], _DATE_ONLY)), None)
    time = next((column for column in candidates if _mostly(table.texts[column], _TIME_ONLY)), None)
    if date is None or time is None:
        return (_most_specific(table, candidates),)
    return date, time


def _joined(table: Table, columns: tuple[int, ...]) -> tuple[Table, int]:
    """Table with `columns` joined into one, and the position of that column."""
    if len(columns) == 1:
        return table, columns[0]
    text = pc.binary_join_element_wise(*(table.texts[column] for column in columns), " ")
    heading = " ".join(table.headings[column] for column in columns)
    joined = Table(table.name, (*table.headings, heading), (*table.texts, text), table.lines, table.remarks)
    return joined, len(table.texts)


def _most_specific(table: Table, candidates: tuple[int, ...]) -> int:
    def indefinite(column: int) -> tuple[bool, bool]:
        text = table.texts[column]
        _, offsets = read_moments(text.slice(0, 100))
        naive = bool(np.isnan(offsets).all()) and not names_utc(table.headings[column])
        return _mostly(text, _DATE_ONLY), naive

    return min(candidates, key=indefinite)


def _from_text(table: Table, column: int, columns: tuple[int, ...], time_zone: str | None) -> Times:
    clock, offsets = read_moments(table.texts[column])
    if np.isnat(clock).any():
        raise table.refuse(column, int(np.argmax(np.isnat(clock))), _UNREADABLE)
    opens, zone = _zoned(table, column, clock, offsets, time_zone)
    return Times(opens, columns, "date and time", zone)


def _zoned(
    table: Table, column: int, clock: Moments, offsets: Offsets, time_zone: str | None
) -> tuple[Moments, str]:
    naive = np.isnan(offsets)
    if not naive.any():
        return _shifted(clock, offsets), "stated by each time"
    if time_zone is None and not names_utc(table.headings[column]):
        raise _unknown_zone(table, column, int(np.argmax(naive)))
    if time_zone is None:
        return _shifted(clock, np.nan_to_num(offsets)), "UTC (stated by the heading)"
    local = _localised(table, column, clock[naive], np.flatnonzero(naive), time_zone)
    opens = _shifted(clock, np.nan_to_num(offsets))
    opens[naive] = local
    return opens, f"{time_zone} (given)"


def _unknown_zone(table: Table, column: int, row: int) -> CsvError:
    heading, shown = quoted(table.headings[column]), quoted(table.texts[column][row].as_py())
    what = f"the time zone of column {heading} cannot be determined from {shown}"
    return at_line(
        table.name,
        int(table.lines[row]),
        f"{what}: pass --time-zone with UTC or a name such as Europe/Berlin",
    )


def _localised(
    table: Table, column: int, clock: Moments, rows: npt.NDArray[np.int64], time_zone: str
) -> Moments:
    opens, absent, unclear = to_utc(clock, load_zone(time_zone))
    if absent.size:
        raise table.refuse(
            column, int(rows[absent[0]]), f"which does not exist in {time_zone}: clocks go forward"
        )
    if unclear.size:
        why = f"which occurs twice in {time_zone}, and the order of the rows does not tell which is meant"
        raise table.refuse(column, int(rows[unclear[0]]), why)
    return opens


def _shifted(clock: Moments, offsets: Offsets) -> Moments:
    shifted: Moments = clock - offsets.astype("timedelta64[s]").astype("timedelta64[us]")
    return shifted
