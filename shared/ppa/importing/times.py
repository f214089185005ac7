"""Determine when each row's bar opened, in UTC."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from ppa.importing.clocks import TOO_LATE, UNITS, clocks, epoch_micros
from ppa.importing.errors import FileRefused, at_line, quoted
from ppa.importing.headings import names_hours, names_utc
from ppa.importing.numbers import Floats
from ppa.importing.options import ReadOptions
from ppa.importing.table import Table
from ppa.importing.written_times import Moments, Written, parse_written
from ppa.importing.zones import is_utc, load_zone, to_utc

_UNREADABLE = "which is not a time: use 2024-05-31 14:00 or an epoch, or delete the line"
_SERIAL_EPOCH = np.datetime64("1899-12-30", "us")
_DAY = 86_400 * 1_000_000
_SHOWN_EXPONENT = r"[eE]\+?\d"


@dataclass(frozen=True)
class Times:
    """Times of the bars by row (datetime64[us], UTC), how they were read, and notes for the report."""

    moments: Moments
    format: str
    zone: str
    notes: tuple[str, ...] = ()


def read_times(
    table: Table, columns: Sequence[int], options: ReadOptions, edges: tuple[Floats, Floats]
) -> Times:
    """Read the time column, or a date and a time of day. `edges` are the first and last price of each row.

    FileRefused: an unreadable time, a time zone that is unknown, contradicts the file or cannot be determined, or dates
    that can be read in two ways.
    """
    if options.time_zone is not None:
        load_zone(options.time_zone)
    column = columns[0]
    kind = table.columns[column].type
    if pa.types.is_timestamp(kind) or pa.types.is_date(kind):
        return _from_timestamps(table, column, options, edges)
    match = clocks(replace(table, columns={column: table.columns[column].slice(0, 200)}), [column])
    if match and match[0].kind == "epoch":
        return _from_epoch(table, column)
    if match and match[0].kind == "serial":
        return _from_serials(table, column, options, edges)
    return _from_text(table, columns, options, edges)


def disagreements(sample: Table, column: int, others: Sequence[int]) -> list[str]:
    """Notes on written-out times that differ from the epoch beside them, in the first rows."""
    match = clocks(sample, [column])
    if not match or match[0].kind != "epoch":
        return []
    micros = epoch_micros(_plain_numbers(sample, column)[0]).astype("datetime64[us]")
    return [note for other in others if (note := _disagreement(sample, column, other, micros))]


def _disagreement(sample: Table, column: int, other: int, moments: Moments) -> str:
    written = parse_written(sample.text(other))
    differs = np.flatnonzero(_shifted(written.clock, np.nan_to_num(written.offsets)) != moments)
    if not differs.size or np.isnat(written.clock).any():
        return ""
    row = int(differs[0])
    first, epoch = (sample.text(i)[row].as_py() for i in (other, column))
    names = f"column {quoted(sample.heading(other))} differs from {quoted(sample.heading(column))}"
    where = f"in {differs.size:,} of the first {len(moments):,} rows, first in line {sample.lines[row]}"
    return f"{names} {where} ({first} and {epoch}); the epoch is used"


def _from_epoch(table: Table, column: int) -> Times:
    values, wrong = _plain_numbers(table, column)
    if wrong.any():
        raise table.refuse(column, int(np.argmax(wrong)), _UNREADABLE)
    unreal = ~((values >= UNITS[0][1]) & (values < TOO_LATE))
    if unreal.any():
        raise table.refuse(column, int(np.argmax(unreal)), "which is not a time since 1970 in any usual unit")
    micros = epoch_micros(values)
    _refuse_lost_digits(table, column, micros)
    unit = np.unique(
        np.digitize(values[:: max(len(values) // 10_000, 1)], [least for _, least, _ in UNITS]) - 1
    )
    units = " and ".join(UNITS[i][0] for i in unit)
    return Times(micros.astype("datetime64[us]"), f"epoch {units}", "UTC (epoch)")


def _plain_numbers(table: Table, column: int) -> tuple[np.ndarray, np.ndarray]:
    """Numbers of a column, in integers where it has them, and a mask of the others."""
    values = table.columns[column]
    if pa.types.is_integer(values.type) and not values.null_count:
        return values.to_numpy(), np.zeros(len(values), dtype=np.bool_)
    text = table.text(column)
    whole = pc.match_substring_regex(text, r"^\d{9,19}$")
    if pc.all(whole).as_py():
        return pc.cast(text, pa.int64()).to_numpy(), np.zeros(len(values), dtype=np.bool_)
    numbers, wrong = table.numbers(column)
    return numbers, wrong | np.isnan(numbers)


def _refuse_lost_digits(table: Table, column: int, micros: np.ndarray) -> None:
    """Refuse times such as 1.70415E+12, shortened by a spreadsheet, if they repeat or are off the minute."""
    text = table.columns[column]
    if not pa.types.is_string(text.type):
        return
    short = pc.match_substring_regex(text, _SHOWN_EXPONENT).to_numpy()
    odd = short & ((micros % 60_000_000 != 0) | np.append(False, np.diff(micros) == 0))
    if odd.any():
        why = "a number that a spreadsheet has shortened: format the column as a number there and export it again"
        raise table.refuse(column, int(np.argmax(odd)), why)


def _from_serials(table: Table, column: int, options: ReadOptions, edges: tuple[Floats, Floats]) -> Times:
    """Days since 1900, as spreadsheets count them."""
    values = table.floats(column)
    if np.isnan(values).any():
        raise table.refuse(column, int(np.argmax(np.isnan(values))), _UNREADABLE)
    micros = values * _DAY
    whole = np.round(micros / 60e6) * 60e6
    off = np.abs(micros - whole) > 2e6
    if off.any():
        why = "a date in days that has lost digits: format the column as date and time there and export it again"
        raise table.refuse(column, int(np.argmax(off)), why)
    clock = _SERIAL_EPOCH + whole.astype("timedelta64[us]")
    written = Written(clock, np.full(len(clock), np.nan))
    return _zoned(table, (column,), written, options, "spreadsheet days", edges)


def _from_timestamps(table: Table, column: int, options: ReadOptions, edges: tuple[Floats, Floats]) -> Times:
    values = table.columns[column]
    if values.null_count:
        raise table.refuse(column, int(np.argmax(pc.is_null(values).to_numpy())), _UNREADABLE)
    zoned = pa.types.is_timestamp(values.type) and values.type.tz
    clock = pc.cast(values, pa.timestamp("us", "UTC" if zoned else None), safe=False)
    clock = pc.cast(clock, pa.int64()).to_numpy().astype("datetime64[us]")
    if zoned:
        return Times(clock, "timestamps", "stated by the file")
    written = Written(clock, np.full(len(clock), np.nan))
    return _zoned(table, (column,), written, options, "timestamps", edges)


def _from_text(
    table: Table, columns: Sequence[int], options: ReadOptions, edges: tuple[Floats, Floats]
) -> Times:
    text = table.text(columns[0])
    if len(columns) > 1:
        text = pc.binary_join_element_wise(text, _time_of_day(table, columns[1]), " ")
    written = parse_written(text, options.day_first)
    unreadable = np.isnat(written.clock)
    if unreadable.any():
        row = int(np.argmax(unreadable))
        raise _unreadable(table, columns, row, written)
    _refuse_days(table, columns, written)
    if written.both:
        raise _either(table, columns[0], written)
    return _zoned(
        table, columns, written, options, f"dates{', ' * bool(written.order)}{written.order}", edges
    )


def _refuse_days(table: Table, columns: Sequence[int], written: Written) -> None:
    """Refuse dates without a time of day."""
    days = written.clock.astype("datetime64[D]")
    if (
        len(days) < 2
        or (days != written.clock).any()
        or pc.any(pc.match_substring(table.text(columns[-1]), ":")).as_py()
    ):
        return
    repeated = np.flatnonzero(days[1:] == days[:-1])
    if repeated.size:
        row = int(repeated[0]) + 1
        why = "a date that other rows have too, without the hour: export the bars with their time of day"
        raise table.refuse(columns[0], row, why)
    raise table.refuse(columns[0], 1, "so the bars are a day or more apart: export hourly or minute bars")


def _time_of_day(table: Table, column: int) -> pa.ChunkedArray:
    """Times of day with colons; those without have lost the zeros in front of them, or not."""
    text = table.text(column)
    if names_hours(table.heading(column)) and pc.all(pc.match_substring_regex(text, r"^\d{1,2}$")).as_py():
        return pc.binary_join_element_wise(_hours_from_0(text), "00", ":")
    if not pc.any(pc.match_substring_regex(text, r"^\d{1,6}$")).as_py():
        return text
    longest = pc.max(pc.utf8_length(text)).as_py()
    padded = pc.utf8_lpad(text, 4 if longest <= 4 and not _counts_seconds(text) else 6, "0")
    return pc.replace_substring_regex(padded, r"^(\d{2})(\d{2})(\d{2})?$", r"\1:\2:\3")


def _hours_from_0(text: pa.ChunkedArray) -> pa.ChunkedArray:
    """Hours of a day from 0; those that are numbered from 1 to 24 are named by their end."""
    hours = pc.cast(text, pa.int64())
    numbered = pc.max(hours).as_py() == 24 and pc.min(hours).as_py() > 0
    return pc.cast(pc.subtract(hours, int(numbered)), pa.string())


def _counts_seconds(text: pa.ChunkedArray) -> bool:
    """True if figures of up to four digits are seconds of HHMMSS, which a whole hour as HHMM is not."""
    return bool(pc.all(pc.equal(text, "0")).as_py())


def _unreadable(table: Table, columns: Sequence[int], row: int, written: Written) -> FileRefused:
    if written.order:
        why = f"which is no date with the {written.order}, as other lines are written: correct it"
        return table.refuse(columns[0], row, why)
    return table.refuse(
        columns[-1] if table.text(columns[0])[row].as_py() and len(columns) > 1 else columns[0],
        row,
        _UNREADABLE,
    )


def _either(table: Table, column: int, written: Written) -> FileRefused:
    row = int(np.argmax(~np.isnat(written.clock)))
    return table.refuse(
        column,
        row,
        "which can be day first or month first, and no line decides: pass --dates day-first or month-first",
    )


def _zoned(
    table: Table,
    columns: Sequence[int],
    written: Written,
    options: ReadOptions,
    words: str,
    edges: tuple[Floats, Floats],
) -> Times:
    naive = np.isnan(written.offsets)
    shifted = _shifted(written.clock, np.nan_to_num(written.offsets))
    if not naive.any():
        return Times(shifted, f"{words} and times", "stated by each time")
    stated = next((table.headings[i] for i in columns if names_utc(table.headings[i])), None)
    zone = options.time_zone
    if stated and zone and not is_utc(zone):
        what = f"column {quoted(stated)} is in UTC by its heading, but --time-zone is {zone}"
        row = int(table.lines[0])
        raise at_line(table.name, row, f"{what}: leave the option out, or rename the column", table.place)
    if stated and not zone:
        return Times(shifted, f"{words} and times", "UTC (stated by the heading)")
    if zone is None:
        raise _unknown_zone(table, columns, int(np.argmax(naive)))
    rows = np.flatnonzero(naive)
    opens, closes = (edge[rows] for edge in edges)
    local = to_utc(written.clock[rows], load_zone(zone), opens, closes)
    if local.absent.size:
        why = f"which does not exist in {zone}, where clocks go forward: the times are in another zone"
        raise table.refuse(columns[-1], int(rows[local.absent[0]]), f"{why}; pass it with --time-zone")
    if local.unclear.size:
        why = f"which occurs twice in {zone}, and neither order nor prices tell which is meant"
        remedy = (
            "if the file's hours run on without a repeated hour, its times are in another zone, such as UTC"
        )
        raise table.refuse(
            columns[-1], int(rows[local.unclear[0]]), f"{why}: {remedy}; else delete these lines"
        )
    shifted[rows] = local.utc
    notes = () if local.by_price is None else (_by_price(table, columns, int(rows[local.by_price]), zone),)
    return Times(shifted, f"{words} and times", f"{zone} (given)", notes)


def _by_price(table: Table, columns: Sequence[int], row: int, zone: str) -> str:
    when = " ".join(table.text(i)[row].as_py() for i in columns)
    return (
        f"{when} occurs twice in {zone} and once in the file (line {table.lines[row]}); the prices tell which"
    )


def _unknown_zone(table: Table, columns: Sequence[int], row: int) -> FileRefused:
    heading = " and ".join(quoted(table.heading(i)) for i in columns)
    shown = quoted(" ".join(table.text(i)[row].as_py() for i in columns))
    what = f"the time zone of column {heading} cannot be determined from {shown}"
    remedy = "pass --time-zone with UTC or a name such as Europe/Berlin"
    if re.fullmatch(r"\d{8} \d{6}", table.text(columns[0])[row].as_py()):
        remedy += " (HistData's files are in Etc/GMT+5)"
    return at_line(table.name, int(table.lines[row]), f"{what}: {remedy}", table.place)


def _shifted(clock: Moments, offsets: Floats) -> Moments:
    shifted: Moments = clock - offsets.astype("timedelta64[s]").astype("timedelta64[us]")
    return shifted
