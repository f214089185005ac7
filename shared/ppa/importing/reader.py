"""Read a file of hourly or minute bars into hourly bars and a report; a file is read completely or rejected."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import BinaryIO

import numpy as np
import numpy.typing as npt
import pandas as pd

from ppa.core.quality import Finding
from ppa.importing import checks
from ppa.importing.errors import CsvError
from ppa.importing.headings import PRICES
from ppa.importing.hours import find_gaps, incomplete_hours, to_hours
from ppa.importing.layout import Layout, find_layout
from ppa.importing.options import ReadOptions
from ppa.importing.table import Table, read_table, to_floats
from ppa.importing.textfile import TextFile, read_text
from ppa.importing.times import Times, read_times
from ppa.importing.understanding import Understanding
from ppa.importing.volumes import Volume, read_volume


@dataclass(frozen=True)
class ReadBars:
    """Result of `read_bars`. `bars` has one row per hour, indexed by `ts` (open time, UTC, ascending, unique).

    Its columns are float64: open, high, low, close, volume (coins; NaN if unknown) and, if the file has it, vwap.
    `understanding` says how the file was read, and `findings` what looks wrong in the bars.
    """

    bars: pd.DataFrame
    understanding: Understanding
    findings: tuple[Finding, ...] = ()


@dataclass(frozen=True)
class _Rows:
    """Bars as listed in the file, with the interpretation of their times and volumes."""

    frame: pd.DataFrame
    times: Times
    volume: Volume
    empty: int


@dataclass(frozen=True)
class _Hours:
    bars: pd.DataFrame
    length: timedelta
    duplicates: int
    impossible: tuple[int, ...]
    cut: pd.DatetimeIndex


def read_bars(source: Path | BinaryIO, options: ReadOptions) -> ReadBars:
    """Read the OHLCV file `source`.

    Bars shorter than an hour are aggregated: an hour without bars is a gap, an incomplete first or last hour is
    dropped. CsvError, with the line if there is one, if anything cannot be read or is implausible.
    """
    text = read_text(source, options.name)
    layout = find_layout(text, options.columns)
    table = read_table(text, layout)
    rows = _read_rows(table, layout, options.time_zone)
    hours = _to_hours(options.name, rows.frame, options.now)
    return ReadBars(hours.bars, _report(text, layout, table, rows, hours))


def _read_rows(table: Table, layout: Layout, time_zone: str | None) -> _Rows:
    roles = layout.roles
    times = read_times(table, roles.times, time_zone)
    prices, traded = _read_prices(table, roles.prices)
    volume = read_volume(table, roles.volumes, prices["close"])
    values = {**prices, "volume": volume.coins}
    if roles.vwap is not None:
        values["vwap"] = _read_vwap(table, roles.vwap)
    opens = pd.DatetimeIndex(times.opens).as_unit("us").tz_localize("UTC")
    frame = pd.DataFrame({"ts": opens, "line": table.lines, **values})
    return _Rows(frame.loc[traded], times, volume, int((~traded).sum()))


def _read_prices(
    table: Table, columns: dict[str, int]
) -> tuple[dict[str, npt.NDArray[np.float64]], npt.NDArray[np.bool_]]:
    """The four price columns, and a mask of the rows that have them. A row has all four prices or none."""
    prices = {price: to_floats(table, columns[price]) for price in PRICES}
    blank = {price: np.isnan(values) for price, values in prices.items()}
    untraded = np.logical_and.reduce(list(blank.values()))
    for price, values in prices.items():
        _refuse_where(table, columns[price], blank[price] & ~untraded, "but a price is required")
        _refuse_where(table, columns[price], values <= 0, "but prices must be above zero")
    return prices, ~untraded


def _read_vwap(table: Table, column: int) -> npt.NDArray[np.float64]:
    """Vwap column; 0, which some sources write for hours without trades, becomes NaN."""
    vwap = to_floats(table, column)
    _refuse_where(table, column, vwap < 0, "but prices must be above zero")
    return np.where(vwap == 0, np.nan, vwap)


def _refuse_where(table: Table, column: int, wrong: npt.NDArray[np.bool_], why: str) -> None:
    if wrong.any():
        raise table.refuse(column, int(np.argmax(wrong)), why)


def _to_hours(name: str, frame: pd.DataFrame, now: datetime) -> _Hours:
    checks.refuse_future(name, frame, timedelta(0), now)
    rows = checks.drop_duplicates(name, frame)
    length = checks.bar_length(name, rows["ts"])
    checks.refuse_off_grid(name, rows, length)
    checks.refuse_future(name, rows, length, now)
    cut = incomplete_hours(rows["ts"], length)
    impossible = checks.impossible(rows)
    kept = rows.loc[~impossible & ~rows["ts"].dt.floor("h").isin(cut)]
    if kept.empty:
        raise CsvError(f"{name} has no complete hour: provide at least one")
    lines = tuple(sorted(int(line) for line in rows.loc[impossible, "line"]))
    return _Hours(to_hours(kept), length, len(frame) - len(rows), lines, cut)


def _report(text: TextFile, layout: Layout, table: Table, rows: _Rows, hours: _Hours) -> Understanding:
    columns = _columns(layout, rows)
    used = {position for positions in columns.values() for position in positions}
    return Understanding(
        name=text.name,
        columns={role: _named(layout, positions) for role, positions in columns.items()},
        unused=tuple(heading for i, heading in enumerate(layout.headings) if i not in used),
        time_format=rows.times.format,
        time_zone=rows.times.zone,
        order=checks.order_of(rows.frame["ts"]),
        bar_minutes=checks.minutes(hours.length),
        rows=len(table.lines),
        hours=len(hours.bars),
        first=hours.bars.index[0].to_pydatetime(),
        last=hours.bars.index[-1].to_pydatetime(),
        compressed=text.compressed,
        header=layout.header,
        remarks=layout.above + table.remarks,
        gaps=find_gaps(hours.bars),
        duplicates=hours.duplicates,
        impossible=hours.impossible,
        empty=rows.empty,
        cut=tuple(hour.to_pydatetime() for hour in hours.cut),
        notes=(*rows.times.notes, *rows.volume.notes),
    )


def _columns(layout: Layout, rows: _Rows) -> dict[str, tuple[int, ...]]:
    """Positions of the columns that were read, by role."""
    roles = layout.roles
    prices = {price: (roles.prices[price],) for price in PRICES}
    vwap = () if roles.vwap is None else (roles.vwap,)
    columns = {"time": rows.times.columns, **prices, "volume": rows.volume.columns, "vwap": vwap}
    return {role: positions for role, positions in columns.items() if positions}


def _named(layout: Layout, positions: tuple[int, ...]) -> str:
    return " and ".join(layout.headings[position] for position in positions)
