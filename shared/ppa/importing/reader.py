"""Read a file of hourly or minute bars into hourly bars and an understanding; a file is read completely or refused."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import BinaryIO

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from ppa.core.quality.findings import Finding, finding_at
from ppa.core.quality.price_doctor import examine, thin
from ppa.importing import bars as aggregation
from ppa.importing.bars import Rows, format_time
from ppa.importing.errors import FileRefused, quoted
from ppa.importing.evidence import Floats, Mask, impossible, price_order
from ppa.importing.files import read_content
from ppa.importing.headings import PRICES, meaning
from ppa.importing.numbers import significant_digits
from ppa.importing.options import ReadOptions
from ppa.importing.roles import Roles, find_roles
from ppa.importing.selection import closed_rows, named_columns, open_file, read_positions, select_rows
from ppa.importing.suspects import Suspects, find_suspects, steps_back
from ppa.importing.table import Source, Table
from ppa.importing.times import Times, disagreements, read_times
from ppa.importing.understanding import Understanding, find_gaps
from ppa.importing.volumes import Volume, checked, read_volume

# share of wrong bars, and their number, up to which they are left out; with more, the file is not what it seems
_FEW, _SINGLE = 0.01, 1
_SHORT = 4
_FIXED_POINT = 1e9
_MAX_FOOTERS = 20
_DELETE = "delete the wrong one of the two"


@dataclass(frozen=True)
class ReadBars:
    """Result of `read_bars`. `bars` has one row per hour, indexed by `ts` (open time, UTC, ascending, unique).

    Its columns are float64: open, high, low, close, volume (coins; NaN if unknown) and, if the file has it, vwap.
    `understanding` says how the file was read, and `findings` what looks wrong in the bars.
    """

    bars: pd.DataFrame
    understanding: Understanding
    findings: tuple[Finding, ...] = ()


def read_bars(source: Path | BinaryIO, options: ReadOptions) -> ReadBars:
    """Read the OHLCV file `source`: delimited text, JSON, Parquet or Feather, plain or packed.

    Bars shorter than an hour are aggregated: an hour without bars is a gap, an incomplete first or last hour is
    dropped, and so is the last bar if it is still open. FileRefused, with the line if there is one, if anything cannot
    be read or is implausible.
    """
    content = read_content(source, options.name)
    file, options = open_file(content, options)
    roles = find_roles(file.sample, headed=file.headed, named=named_columns(file, options))
    reading = _Reading(file, roles, options, content.packed)
    return reading.result()


class _Reading:
    """The steps from the columns of one file to its hours."""

    def __init__(self, file: Source, roles: Roles, options: ReadOptions, packed: str) -> None:
        self.file, self.roles, self.options, self.packed = file, roles, options, packed
        self.name = options.name
        self.notes = list(roles.notes)

    def result(self) -> ReadBars:
        """Hourly bars of the file, and how they were understood."""
        rows = self._rows()
        pa.default_memory_pool().release_unused()
        return self._hours(*rows)

    def _rows(self) -> tuple[Rows, Times, Volume]:
        """Bars as the file lists them."""
        read = self.file.read(read_positions(self.file, self.roles, self.options))
        whole = closed_rows(self.file, select_rows(self.file, read, self.options))
        self.notes += [
            *whole.notes,
            *disagreements(self.file.sample, self.roles.times[0], self.roles.other_times),
        ]
        table = self._rows_of_bars(whole)
        prices, traded = self._prices(table)
        volume = read_volume(table, self.roles.volumes, prices["close"], money=self.roles.money)
        times = read_times(table, self.roles.times, self.options, (prices["open"], prices["close"]))
        self.notes += [*times.notes, *volume.notes]
        values = {**prices, "volume": volume.coins}
        if self.roles.vwap is not None:
            values["vwap"] = self._vwap(table, self.roles.vwap)
        self.rows, self.empty = len(table.lines), int((~traded).sum())
        rows = Rows(self.name, times.moments.view(np.int64), table.lines, values, table.place).take(traded)
        return rows, times, volume

    def _hours(self, rows: Rows, times: Times, volume: Volume) -> ReadBars:
        aggregation.refuse_before_coins(rows)
        order, back = aggregation.order_of(rows.opens), steps_back(rows)
        rows, duplicates = aggregation.drop_duplicates(aggregation.sort(rows), lambda: self._apart(rows))
        length = aggregation.bar_length(rows)
        rows = self._at_open(rows, length)
        rows = self._shifted(rows)
        aggregation.refuse_future(rows, self.options.now)
        aggregation.refuse_off_grid(rows, length)
        rows = self._closed(rows, length)
        rows, wrong = self._possible(rows)
        rows, suspects = self._plausible(rows, hourly=length == aggregation.HOUR)
        rows = self._with_volume(rows, volume, length)
        partial, seeming = aggregation.incomplete_hours(rows.opens, length)
        self._note_seeming(seeming)
        rows = aggregation.without_hours(rows, partial)
        if not len(rows.opens):
            raise FileRefused(f"{self.name} has no complete hour: provide at least one")
        bars = aggregation.to_hours(rows)
        understanding = Understanding(
            name=self.name,
            columns=self._columns(rows),
            choices=self.roles.choices,
            unused=self._unused(),
            time_format=times.format,
            time_zone=times.zone,
            order=order,
            bar_minutes=aggregation.minutes(length),
            rows=self.rows,
            hours=len(bars),
            first=bars.index[0].to_pydatetime(),
            last=bars.index[-1].to_pydatetime(),
            packed=self.packed,
            header=self.file.has_header,
            prices=(float(bars["low"].min()), float(bars["high"].max())),
            volumes=_span(bars["volume"]),
            first_rows=_first_rows(rows),
            gaps=find_gaps(pd.DatetimeIndex(bars.index)),
            duplicates=duplicates,
            impossible=wrong,
            empty=self.empty,
            cut=tuple(aggregation.to_datetime(hour) for hour in partial),
            notes=tuple(dict.fromkeys(self.notes)),
        )
        hourly = () if length == aggregation.HOUR else _examined(self.name, rows, bars)
        return ReadBars(bars, understanding, (*back, *suspects.findings, *hourly))

    # ── rows ─────────────────────────────────────────────────────────────────────────────────────

    def _rows_of_bars(self, table: Table) -> Table:
        """Rows with a number among their prices; the others, such as repeated headers and footers, are noted."""
        table = self._without_footers(table)
        columns = [table.columns[i] for i in self.roles.prices.values()]
        if not any(pa.types.is_string(column.type) for column in columns):
            return table
        text_rows = np.logical_and.reduce([table.numbers(i)[1] for i in self.roles.prices.values()])
        if not text_rows.any():
            return table
        match = np.flatnonzero(text_rows)
        if len(match) > max(20, len(text_rows) * _FEW):
            raise table.refuse(
                self.roles.prices["open"], int(match[0]), "which is not a number: correct or delete it"
            )
        for row in match:
            self._note_text(table, int(row))
        return table.rows(~text_rows)

    def _without_footers(self, table: Table) -> Table:
        """Rows without those that have no price and no digit in their time, such as one of totals; they are noted."""
        column = self.roles.times[0]
        if not pa.types.is_string(table.columns[column].type):
            return table
        footers = ~pc.match_substring_regex(table.text(column), r"\d").to_numpy()
        if not 0 < footers.sum() <= _MAX_FOOTERS:
            return table
        for i in self.roles.prices.values():
            footers &= pc.equal(table.text(i), "").to_numpy()
        for row in np.flatnonzero(footers):
            text = quoted(table.text(column)[int(row)].as_py())
            self.notes.append(f"{table.place} {table.lines[row]} is no row of bars and was skipped: {text}")
        return table.rows(~footers)

    def _note_text(self, table: Table, row: int) -> None:
        """Note a row without numbers. FileRefused if it is a header of other columns."""
        cells = {role: str(table.columns[i][row].as_py()) for role, i in self.roles.prices.items()}
        roles = {
            role: match.role
            for role, cell in cells.items()
            if (match := meaning(cell)) and match.role in PRICES
        }
        place = f"{table.place} {table.lines[row]}"
        if any(role != meant for role, meant in roles.items()):
            column = self.roles.prices[next(role for role, meant in roles.items() if role != meant)]
            raise table.refuse(
                column, row, "a header of other columns: split the file there and import both parts"
            )
        what = "a header" if roles else "no row of bars"
        self.notes.append(f"{place} is {what} and was skipped: {quoted(','.join(cells.values()))}")

    def _prices(self, table: Table) -> tuple[dict[str, Floats], Mask]:
        """The four price columns, and a mask of the rows that have them. A row has all four prices or none."""
        prices = {price: table.floats(self.roles.prices[price]) for price in PRICES}
        outage = np.logical_and.reduce([values == 0 for values in prices.values()])
        if outage.any() and outage.mean() <= max(_FEW, 1 / len(outage)):
            lines = _listed(table.lines[outage])
            self.notes.append(f"all prices are 0 in {table.place} {lines}: left out, as a row without trades")
            prices = {price: np.where(outage, np.nan, values) for price, values in prices.items()}
        blank = {price: np.isnan(values) for price, values in prices.items()}
        untraded = np.logical_and.reduce(list(blank.values()))
        for price, values in prices.items():
            column = self.roles.prices[price]
            _refuse_where(
                table,
                column,
                blank[price] & ~untraded,
                "but a price is required: complete or delete the line",
            )
            _refuse_where(
                table, column, values <= 0, "but prices must be above zero: correct or delete the line"
            )
            _refuse_short(table, column)
        return prices, ~untraded

    def _vwap(self, table: Table, column: int) -> Floats:
        """Vwap column; 0, which some sources write for hours without trades, becomes NaN."""
        vwap = table.floats(column)
        _refuse_where(table, column, vwap < 0, "but prices must be above zero: correct it")
        return np.where(vwap == 0, np.nan, vwap)

    def _apart(self, rows: Rows) -> str:
        """Advice for files that hold the bars of several symbols: the columns that tell them apart."""
        if len(np.unique(rows.opens)) > 0.7 * len(rows.opens):
            return _DELETE
        used = set(self.roles.positions)
        for i, heading in enumerate(self.file.headings):
            if i in used or not heading or heading in self.options.where:
                continue
            values = pc.unique(self.file.read([i]).text(i)).to_pylist()
            if 1 < len(values) <= 1000:
                shown = ", ".join(map(str, values[:5])) + (", …" if len(values) > 5 else "")
                return f"the file holds several ({heading}: {shown}); choose one with --where {heading}={values[0]}"
        return _DELETE

    def _at_open(self, rows: Rows, length: timedelta) -> Rows:
        """Rows stamped at their open: bars stamped at their end, or in its last moment, are moved."""
        micros = aggregation.to_micros(length)
        rest = rows.opens % 60_000_000
        in_last_second = bool((rest >= 59_000_000).all())
        if not (in_last_second or self.roles.at_end):
            return rows
        ends = (rows.opens + 60_000_000 - rest) if in_last_second else rows.opens
        how, before = (
            "in the last second" if in_last_second else "at the end",
            aggregation.describe_length(length),
        )
        self.notes.append(f"times are {how} of each bar; each is moved to its bar's open, {before} before")
        return replace(rows, opens=ends - micros)

    def _shifted(self, rows: Rows) -> Rows:
        """Rows with the shifts that were asked for."""
        if not self.options.shifts:
            return rows
        opens = rows.opens.copy()
        for shift in self.options.shifts:
            first, until = aggregation.to_micros_since(shift.first), aggregation.to_micros_since(shift.until)
            moved = (rows.opens >= first) & (rows.opens < until)
            opens[moved] += aggregation.to_micros(shift.by)
            self.notes.append(f"{int(moved.sum()):,} bars moved by {shift.by / timedelta(hours=1):+g} hours")
        rows, _ = aggregation.drop_duplicates(aggregation.sort(replace(rows, opens=opens)), lambda: _DELETE)
        return rows

    def _closed(self, rows: Rows, length: timedelta) -> Rows:
        running = aggregation.still_open(rows, length, self.options.now)
        if running.any():
            when = format_time(rows.opens[int(np.argmax(running))])
            self.notes.append(f"the bar of {when} is still open and was left out")
        return rows.take(~running)

    def _possible(self, rows: Rows) -> tuple[Rows, tuple[int, ...]]:
        """Rows without impossible bars, and their lines. FileRefused if they are many."""
        wrong = impossible(rows.columns)
        count = int(wrong.sum())
        if count > max(_SINGLE, _FEW * len(wrong)):
            raise rows.refuse(int(np.argmax(wrong)), self._wrong_order(rows, count))
        lines = tuple(sorted(int(line) for line in rows.lines[wrong]))
        return rows.take(~wrong), lines

    def _wrong_order(self, rows: Rows, count: int) -> str:
        what = f"the high is below the low, or open or close is outside, in {count:,} of {len(rows.opens):,} bars"
        order = price_order([rows.columns[price] for price in PRICES])
        if order is None:
            return f"{what}: check the columns, and name them with --columns"
        columns = dict(zip(order, (self.roles.prices[price] for price in PRICES), strict=True))
        return f"{what}; the values fit the order {self._listing(columns)}: pass --columns {self._option(columns)}"

    def _option(self, columns: Mapping[str, int]) -> str:
        """Value of --columns that names these columns: all of them, if all were named in order."""
        if self.options.columns and "=" not in self.options.columns[0]:
            roles = {column: role for role, column in columns.items()}
            return ",".join(roles.get(i, heading) for i, heading in enumerate(self.options.columns))
        headings = self.file.headings
        names = {
            role: headings[i] if headings.count(headings[i]) == 1 else str(i + 1)
            for role, i in columns.items()
        }
        return ",".join(
            f"{role}={name if name and ',' not in name else columns[role] + 1}"
            for role, name in names.items()
        )

    def _listing(self, columns: Mapping[str, int]) -> str:
        return ", ".join(sorted(columns, key=lambda role: columns[role]))

    def _plausible(self, rows: Rows, *, hourly: bool) -> tuple[Rows, Suspects]:
        """Rows without prices that cannot be, and all findings. FileRefused if those are many."""
        self._refuse_unit(rows)
        suspects = find_suspects(rows, hourly=hourly)
        count = int(suspects.wrong.sum())
        if count > max(_SINGLE, _FEW * len(rows.opens)):
            raise rows.refuse(suspects.first_row, suspects.refusal(rows))
        return rows.take(~suspects.wrong), suspects

    def _refuse_unit(self, rows: Rows) -> None:
        """Refuse prices whose median is outside the asset's plausible range."""
        limits, close = self.options.price_range, float(np.median(rows.columns["close"]))
        if limits and not limits[0] <= close <= limits[1]:
            what = f"prices are around {close:g}, outside {limits[0]:g} to {limits[1]:g}"
            if limits[0] <= close / _FIXED_POINT <= limits[1]:
                why = (
                    "they seem to be whole billionths, as Databento writes them: divide them by 1,000,000,000"
                )
                raise rows.refuse(0, f"{what}; {why}")
            raise rows.refuse(
                0, f"{what}: this is another asset or another unit; choose the asset, or convert the prices"
            )

    def _with_volume(self, rows: Rows, volume: Volume, length: timedelta) -> Rows:
        current = Volume(rows.columns["volume"], volume.columns)
        moved = rows.columns["high"] > rows.columns["low"]
        final = checked(current, moved, rows.columns["close"], length, self.options.supply)
        self.notes += final.notes
        self.has_volume = bool(final.columns)
        return replace(rows, columns={**rows.columns, "volume": final.coins})

    def _note_seeming(self, hours: Sequence[int]) -> None:
        for hour in hours:
            what = (
                "is taken as complete: the bars missing at its edge are as few as the file misses elsewhere"
            )
            self.notes.append(f"the hour of {format_time(hour)} {what}")

    # ── report ───────────────────────────────────────────────────────────────────────────────────

    def _columns(self, rows: Rows) -> dict[str, str]:
        """Headings of the columns that were read, by role."""
        roles = {choice.role: choice.column for choice in self.roles.choices}
        return {role: column for role, column in roles.items() if role != "volume" or self.has_volume}

    def _unused(self) -> tuple[str, ...]:
        used = set(self.roles.positions)
        return tuple(heading for i, heading in enumerate(self.file.headings) if i not in used and heading)


def _refuse_where(table: Table, column: int, wrong: Mask, why: str) -> None:
    if wrong.any():
        raise table.refuse(column, int(np.argmax(wrong)), why)


def _refuse_short(table: Table, column: int) -> None:
    """Refuse prices in E notation with few digits, which a spreadsheet has shortened."""
    digits = significant_digits(table.columns[column])
    if 0 < digits <= _SHORT:
        text = pc.match_substring_regex(table.text(column), r"\d[eE]").to_numpy()
        why = f"and all such prices have {digits} digits or fewer, as a spreadsheet shows them"
        _refuse_where(table, column, text, f"{why}: format the cells as numbers there and export them again")


def _examined(name: str, rows: Rows, bars: pd.DataFrame) -> tuple[Finding, ...]:
    """Findings in hours that were aggregated from shorter bars."""
    few = thin(aggregation.bars_by_hour(rows))
    if not few.any():
        return tuple(examine(name, bars))
    words = "{count} hours made of a handful of the bars that the hours around them have"
    remedy = "Compare these hours with another source: the file may lack minutes."
    return (*examine(name, bars), finding_at(name, "thin hour", bars.index[few], words, remedy=remedy))


def _listed(lines: np.ndarray) -> str:
    return ", ".join(str(line) for line in lines[:10]) + (", …" if len(lines) > 10 else "")


def _span(values: "pd.Series[float]") -> tuple[float, float] | None:
    return None if values.isna().all() else (float(values.min()), float(values.max()))


def _first_rows(rows: Rows) -> tuple[Mapping[str, object], ...]:
    """The first rows as understood, in order of time, before they are aggregated."""
    shown = range(min(5, len(rows.opens)))
    return tuple(
        {
            "line": int(rows.lines[i]),
            "ts": aggregation.to_datetime(rows.opens[i]).isoformat(),
            **{
                field: None if np.isnan(column[i]) else float(column[i])
                for field, column in rows.columns.items()
            },
        }
        for i in shown
    )
