"""A file of hourly or minute bars to hourly bars and a report: all of it, or none."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import BinaryIO

import numpy as np
import numpy.typing as npt
import pandas as pd

from ppa.importing import checks
from ppa.importing.errors import CsvError
from ppa.importing.headings import PRICES
from ppa.importing.hours import cut_hours, gaps_in, to_hours
from ppa.importing.layout import Layout, find_layout
from ppa.importing.report import CsvReport
from ppa.importing.table import Table, read_table, to_floats
from ppa.importing.textfile import TextFile, read_text
from ppa.importing.times import Times, read_times
from ppa.importing.volumes import Volume, read_volume


@dataclass(frozen=True)
class CsvBars:
    """`bars`: a row an hour, index `ts` (its open, UTC, ascending, unique), float64 open, high, low, close,
    volume (coins; NaN where not told) and, where the file has it, vwap."""

    bars: pd.DataFrame
    report: CsvReport


@dataclass(frozen=True)
class _Rows:
    """The file's bars as they stand in it, and how they were understood."""

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


def read_bars(
    source: Path | BinaryIO,
    *,
    name: str,
    columns: Sequence[str] | None = None,
    time_zone: str | None = None,
    now: datetime,
) -> CsvBars:
    """Read the OHLCV file `source`, called `name` in messages; `columns` names its columns in order.

    `time_zone` (IANA) is that of written-out times that do not state one; `now` is UTC. Smaller bars are
    made hours: an hour without any is a gap, one that the file's ends cut off is left out.
    Raises CsvError, with the line where there is one, for anything that cannot be read or believed.
    """
    text = read_text(source, name)
    layout = find_layout(text, columns)
    table = read_table(text, layout)
    rows = _read_rows(table, layout, time_zone)
    hours = _to_hours(name, rows.frame, now)
    return CsvBars(hours.bars, _report(text, layout, table, rows, hours))


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
    """The four prices, and the rows that have them: a row may have none, but not a part of them."""
    prices = {price: to_floats(table, columns[price]) for price in PRICES}
    blank = {price: np.isnan(values) for price, values in prices.items()}
    untraded = np.logical_and.reduce(list(blank.values()))
    for price, values in prices.items():
        _refuse_where(table, columns[price], blank[price] & ~untraded, "where a price is needed")
        _refuse_where(table, columns[price], values <= 0, "a price that is not above zero")
    return prices, ~untraded


def _read_vwap(table: Table, column: int) -> npt.NDArray[np.float64]:
    """Some sources write 0 where nothing was traded."""
    vwap = to_floats(table, column)
    _refuse_where(table, column, vwap < 0, "a price that is not above zero")
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
    cut = cut_hours(rows["ts"], length)
    impossible = checks.impossible(rows)
    kept = rows.loc[~impossible & ~rows["ts"].dt.floor("h").isin(cut)]
    if kept.empty:
        raise CsvError(f"{name} holds no complete hour: give at least one")
    lines = tuple(sorted(int(line) for line in rows.loc[impossible, "line"]))
    return _Hours(to_hours(kept), length, len(frame) - len(rows), lines, cut)


def _report(text: TextFile, layout: Layout, table: Table, rows: _Rows, hours: _Hours) -> CsvReport:
    columns = _columns(layout, rows)
    used = {position for positions in columns.values() for position in positions}
    return CsvReport(
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
        gaps=gaps_in(hours.bars),
        duplicates=hours.duplicates,
        impossible=hours.impossible,
        empty=rows.empty,
        cut=tuple(hour.to_pydatetime() for hour in hours.cut),
        notes=(*rows.times.notes, *rows.volume.notes),
    )


def _columns(layout: Layout, rows: _Rows) -> dict[str, tuple[int, ...]]:
    """Positions of the columns that were read, by what they are."""
    roles = layout.roles
    prices = {price: (roles.prices[price],) for price in PRICES}
    vwap = () if roles.vwap is None else (roles.vwap,)
    columns = {"time": rows.times.columns, **prices, "volume": rows.volume.columns, "vwap": vwap}
    return {role: positions for role, positions in columns.items() if positions}


def _named(layout: Layout, positions: tuple[int, ...]) -> str:
    return " and ".join(layout.headings[position] for position in positions)
