"""Read a file of one series: a period and a value a row, and the time from which each was known, if the file has it."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from ppa.core.catalogue import Series
from ppa.importing.clocks import clocks, epoch_micros
from ppa.importing.errors import FileRefused, quoted
from ppa.importing.files import read_content
from ppa.importing.numbers import Mask
from ppa.importing.options import ReadOptions
from ppa.importing.selection import open_file, position, select_rows
from ppa.importing.table import Source, Table
from ppa.importing.written_times import parse_written

ROLES = ("time", "value", "known_at")
_STARTS = {"daily": "D", "monthly": "M", "quarterly": "Q", "yearly": "Y"}
_UNREADABLE = "which is not a date: use 2024-05-31, or delete the line"
_DAY = np.timedelta64(1, "D")


@dataclass(frozen=True)
class ReadSeries:
    """Result of `read_series`.

    `values` is a frame of event_time (start of the period, UTC), known_at (UTC, NaT where the file does not state it)
    and value, in the order of both times. `lines` say how the file was understood.
    """

    values: pd.DataFrame
    lines: tuple[str, ...]


def read_series(source: Path | BinaryIO, series: Series, options: ReadOptions) -> ReadSeries:
    """Read the values of a daily or slower series of the catalogue.

    A date stands for the period that it is in. A value whose publication is given as a date is known from the end of
    that day (UTC). FileRefused, with the line if there is one, if anything cannot be read.
    """
    file, options = open_file(read_content(source, options.name), options)
    reading = _Reading(file, series, options)
    return reading.result()


class _Reading:
    """The steps from the columns of one file to the values of a series."""

    def __init__(self, file: Source, series: Series, options: ReadOptions) -> None:
        self.file, self.series, self.options = file, series, options
        self.named = self._named()

    def result(self) -> ReadSeries:
        """Values of the file, and how they were understood."""
        whole = self.file.read(range(len(self.file.headings)))
        table = select_rows(self.file, whole, self.options)
        time, value = self._time(), self._value()
        blank = pc.is_in(table.text(value), pa.array(["", "."])).to_numpy()
        table = table.rows(~blank)
        if not len(table.lines):
            raise FileRefused(f"{self.options.name} has no value: provide at least one")
        known_at = self._known_at(table)
        frame = pd.DataFrame(
            {
                "event_time": _utc(self._starts(table, time)),
                "known_at": _utc(known_at),
                "value": table.floats(value),
            }
        )
        frame = self._checked(table, time, frame)
        columns = (
            f"the period is column {quoted(table.heading(time))}, the value {quoted(table.heading(value))}"
        )
        return ReadSeries(frame, (*self._report(frame, columns), *self._left_out(blank), *table.notes))

    def _named(self) -> dict[str, int]:
        named = dict[str, int]()
        for pair in self.options.columns:
            role, separator, heading = pair.partition("=")
            if not separator or role.strip() not in ROLES:
                raise FileRefused(
                    f"--columns names {quoted(pair)}: use {', '.join(f'{one}=HEADING' for one in ROLES)}"
                )
            named[role.strip()] = position(self.file, heading.strip(), "--columns")
        return named

    def _time(self) -> int:
        """Column of the periods: the named one, else the first one with dates."""
        if "time" in self.named:
            return self.named["time"]
        free = [i for i in range(len(self.file.headings)) if i not in self.named.values()]
        dated = [clock.column for clock in clocks(self.file.sample, free) if clock.kind != "clock"]
        if not dated:
            raise self._refuse("has no column of dates", "time=Date")
        return dated[0]

    def _value(self) -> int:
        """Column of the values: the named one, the one headed as the series or `value`, else the only one left."""
        if "value" in self.named:
            return self.named["value"]
        headings = [heading.strip().lower() for heading in self.file.headings]
        for name in (self.series.name, "value"):
            if headings.count(name) == 1:
                return headings.index(name)
        taken = {self._time(), *self.named.values()}
        sample = self.file.sample
        free = [i for i in range(len(headings)) if i not in taken and not sample.numbers(i)[1].mean() > 0.5]
        if len(free) != 1:
            raise self._refuse("does not tell which column holds the values", "value=Close")
        return free[0]

    def _refuse(self, what: str, example: str) -> FileRefused:
        headings = ", ".join(quoted(self.file.sample.heading(i)) for i in range(len(self.file.headings)))
        remedy = f"name it with --columns, such as --columns {example}"
        return FileRefused(f"{self.options.name} {what}; its columns are {headings}: {remedy}")

    def _starts(self, table: Table, column: int) -> np.ndarray:
        """Starts of the periods that the times of a column are in (datetime64[us], UTC)."""
        moments, _ = self._moments(table, column)
        if self.series.cadence == "quarterly":
            months = moments.astype("datetime64[M]").astype(np.int64)
            return (months // 3 * 3).astype("datetime64[M]").astype("datetime64[us]")
        return moments.astype(f"datetime64[{_STARTS[self.series.cadence]}]").astype("datetime64[us]")

    def _known_at(self, table: Table) -> np.ndarray:
        """Times of publication, NaT without a column of them; a date is known from its end."""
        if "known_at" not in self.named:
            return np.full(len(table.lines), np.datetime64("NaT", "us"))
        moments, dates = self._moments(table, self.named["known_at"])
        return np.where(dates, moments + _DAY, moments)

    def _moments(self, table: Table, column: int) -> tuple[np.ndarray, Mask]:
        """Times of a column (datetime64[us], UTC), and which of them are dates."""
        kind = table.columns[column].type
        if pa.types.is_timestamp(kind) or pa.types.is_date(kind):
            cast = pc.cast(pc.cast(table.columns[column], pa.timestamp("us"), safe=False), pa.int64())
            moments = cast.to_numpy().astype("datetime64[us]")
            return moments, moments == moments.astype("datetime64[D]")
        match = clocks(table, [column])
        if match and match[0].kind == "epoch":
            return epoch_micros(table.floats(column)).astype("datetime64[us]"), np.zeros(
                len(table.lines), np.bool_
            )
        text = table.text(column)
        written = parse_written(text, self.options.day_first)
        if np.isnat(written.clock).any():
            raise table.refuse(column, int(np.argmax(np.isnat(written.clock))), _UNREADABLE)
        if written.both:
            why = "which can be day first or month first: pass --dates day-first or month-first"
            raise table.refuse(column, 0, why)
        offsets = np.nan_to_num(written.offsets).astype("timedelta64[s]")
        dates = ~pc.match_substring(text, ":").to_numpy()
        if column == self.named.get("known_at"):
            self._refuse_zoneless(table, column, np.isnan(written.offsets) & ~dates)
        return (written.clock - offsets).astype("datetime64[us]"), dates

    def _refuse_zoneless(self, table: Table, column: int, zoneless: Mask) -> None:
        if zoneless.any() and self.options.time_zone != "UTC":
            why = (
                "a time without its zone: pass --time-zone UTC if it is in UTC, or write the offset behind it"
            )
            raise table.refuse(column, int(np.argmax(zoneless)), why)

    def _checked(self, table: Table, time: int, frame: pd.DataFrame) -> pd.DataFrame:
        """Rows in order of time. FileRefused: in the future, known too early, or two values of one period at once."""
        future = np.asarray(frame["event_time"] > pd.Timestamp(self.options.now))
        if future.any():
            raise table.refuse(time, int(np.argmax(future)), "a period that has not begun: delete the line")
        early = np.asarray(frame["known_at"] < frame["event_time"])
        if early.any():
            why = "which is before the period of the value begins: exchange the columns, or correct it"
            raise table.refuse(self.named["known_at"], int(np.argmax(early)), why)
        frame = frame.drop_duplicates()
        again = frame.duplicated(["event_time", "known_at"])
        if again.any():
            row = int(frame.index[again][0])
            why = f"a second value of one {self.series.cadence} period: delete the wrong one of the two"
            raise table.refuse(time, row, why)
        return frame.sort_values(["event_time", "known_at"], ignore_index=True)

    def _report(self, frame: pd.DataFrame, columns: str) -> Sequence[str]:
        first, last = frame["event_time"].iloc[0], frame["event_time"].iloc[-1]
        low, high = self.series.range
        outside = int((~frame["value"].between(low, high)).sum())
        lag = pd.Timedelta(self.series.lag) / pd.Timedelta(hours=1)
        publication = "Each is known from the time that the file states."
        if "known_at" not in self.named:
            publication = f"Each is known after its lag, that of the catalogue being {lag:g} hours."
        span = f"{first:%Y-%m-%d} to {last:%Y-%m-%d}"
        return [
            f"{self.options.name}: {len(frame):,} values of {self.series.name}, {span}; {columns}.",
            publication,
            *([f"{outside:,} values lie outside {low:g} to {high:g}."] if outside else []),
        ]

    def _left_out(self, blank: Mask) -> Sequence[str]:
        return [f"{int(blank.sum()):,} rows without a value left out."] if blank.any() else []


def _utc(moments: np.ndarray) -> pd.DatetimeIndex:
    return pd.DatetimeIndex(moments.astype("datetime64[us]")).tz_localize("UTC")
