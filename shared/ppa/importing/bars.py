"""Order bars in time, check them, and aggregate those of a part of an hour to hourly bars."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

import numpy as np
import numpy.typing as npt
import pandas as pd

from ppa.importing.errors import FileRefused, at_line
from ppa.importing.evidence import Floats, Mask

HOUR = timedelta(hours=1)

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_HOUR = 3_600 * 1_000_000
_MINUTE = 60 * 1_000_000
_CLOCK_SLACK = 5 * _MINUTE
_WEEK = 7 * 86_400
# 2009-01-03, of Bitcoin
_FIRST_BLOCK = 1_230_940_800 * 1_000_000
# bars missing at an edge are minutes without trades if the file has as long a gap behind one bar in 200
_USUAL, _MIN_BARS, _MAX_EDGE = 0.995, 100, 15 * _MINUTE

Micros = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Rows:
    """Bars of a file: opens in microseconds since 1970 (UTC), line numbers, and columns by field (NaN if unknown)."""

    name: str
    opens: Micros
    lines: npt.NDArray[np.int64]
    columns: Mapping[str, Floats]
    place: str = "line"

    def take(self, which: Mask | npt.NDArray[np.int64]) -> "Rows":
        """The rows of a mask, or in the order of some positions."""
        if which.dtype == np.bool_ and which.all():
            return self
        columns = {field: column[which] for field, column in self.columns.items()}
        return replace(self, opens=self.opens[which], lines=self.lines[which], columns=columns)

    def refuse(self, row: int, what: str) -> FileRefused:
        """FileRefused for one row."""
        return at_line(self.name, int(self.lines[row]), what, self.place)


def order_of(opens: Micros) -> str:
    """Describe the sort order of the bars' open times."""
    steps = np.diff(opens)
    if (steps >= 0).all():
        return "oldest first"
    return "newest first" if (steps <= 0).all() else "unordered"


def sort(rows: Rows) -> Rows:
    """Rows by time and, at one time, by line."""
    if (np.diff(rows.opens) > 0).all():
        return rows
    return rows.take(np.lexsort((rows.lines, rows.opens)))


def drop_duplicates(rows: Rows, advice: Callable[[], str]) -> tuple[Rows, int]:
    """Sorted rows without identical ones, and how many those were. FileRefused if two different bars share a time.

    `advice` says what to do about those.
    """
    same_time = np.append(False, np.diff(rows.opens) == 0)
    if not same_time.any():
        return rows, 0
    equal = same_time.copy()
    for column in rows.columns.values():
        equal[1:] &= (column[1:] == column[:-1]) | (np.isnan(column[1:]) & np.isnan(column[:-1]))
    kept = rows.take(~equal)
    again = np.flatnonzero(np.diff(kept.opens) == 0)
    if again.size:
        first, second = int(again[0]), int(again[0]) + 1
        what = f"the bar of {format_time(kept.opens[first])} differs from {rows.place} {kept.lines[first]}"
        raise kept.refuse(second, f"{what}: {advice()}")
    return kept, int(equal.sum())


def bar_length(rows: Rows) -> timedelta:
    """Most common interval between sorted bars. FileRefused unless it is whole minutes and divides an hour."""
    if len(rows.opens) < 2:
        raise FileRefused(f"{rows.name} has fewer than two bars, so their length is unknown: provide more")
    micros = _most_common(np.diff(rows.opens))
    length = timedelta(microseconds=micros)
    if micros > _HOUR or _HOUR % micros or micros % _MINUTE:
        at = int(np.argmax(np.diff(rows.opens) == micros)) + 1
        what = f"bars are {describe_length(length)} apart"
        raise rows.refuse(at, f"{what}: export hourly bars, or bars of minutes that divide an hour")
    return length


def _most_common(steps: Micros) -> int:
    """The most common step, in whole seconds; that of the middle if it is more than a week."""
    seconds = np.minimum(steps // 1_000_000, _WEEK)
    most = int(np.argmax(np.bincount(seconds)))
    return most * 1_000_000 if 0 < most < _WEEK else int(np.median(steps))


def describe_length(length: timedelta) -> str:
    """Length of a bar in words, such as `4 hours`."""
    for unit, seconds in (("day", 86_400), ("hour", 3_600), ("minute", 60)):
        number, rest = divmod(length.total_seconds(), seconds)
        if number and not rest:
            return f"{number:.0f} {unit}{'s' if number > 1 else ''}"
    return f"{length.total_seconds():g} seconds"


def refuse_off_grid(rows: Rows, length: timedelta) -> None:
    """Raise FileRefused for a bar that does not open at a multiple of the bars' length."""
    off = rows.opens % to_micros(length) != 0
    if off.any():
        row = int(np.flatnonzero(off)[np.argmin(rows.lines[off])])
        grid = f"the {minutes(length)}-minute grid of the other bars"
        raise rows.refuse(
            row, f"the bar of {format_time(rows.opens[row])} is not on {grid}: correct or delete it"
        )


def refuse_before_coins(rows: Rows) -> None:
    """Raise FileRefused for a bar of a time before there was any coin: its times count from another year."""
    early = rows.opens < _FIRST_BLOCK
    if early.any():
        row = int(np.flatnonzero(early)[np.argmin(rows.lines[early])])
        what = f"the bar of {format_time(rows.opens[row])} is of a time before there was any coin"
        raise rows.refuse(row, f"{what}: write times as dates, or as an epoch since 1970")


def refuse_future(rows: Rows, now: datetime) -> None:
    """Raise FileRefused for a bar that opens more than five minutes after `now` (UTC)."""
    late = rows.opens > to_micros_since(now) + _CLOCK_SLACK
    if late.any():
        row = int(np.flatnonzero(late)[np.argmin(rows.lines[late])])
        what = f"the bar of {format_time(rows.opens[row])} is in the future (it is {format_time(to_micros_since(now))})"
        raise rows.refuse(row, f"{what}: delete it, or correct the time zone")


def still_open(rows: Rows, length: timedelta, now: datetime) -> Mask:
    """Mask of bars that have not closed at `now` (UTC)."""
    return rows.opens + to_micros(length) > to_micros_since(now)


def incomplete_hours(opens: Micros, length: timedelta) -> tuple[list[int], list[int]]:
    """Hours at the ends of sorted bars that the file has only partly, and those that only seem so.

    An hour seems partial if the bars missing at its edge are as many as the file often misses between two bars, as
    where minutes without trades are left out.
    """
    step = to_micros(length)
    first, last = int(opens[0]), int(opens[-1])
    missing = {
        first // _HOUR * _HOUR: first % _HOUR // step,
        last // _HOUR * _HOUR: (last // _HOUR * _HOUR + _HOUR - last) // step - 1,
    }
    usual = 0
    if len(opens) > _MIN_BARS:
        usual = max(min(int(np.quantile(np.diff(opens), _USUAL)), _MAX_EDGE) // step - 1, 0)
    partial = [hour for hour, bars in missing.items() if bars > usual]
    return partial, [hour for hour, bars in missing.items() if 0 < bars <= usual]


def without_hours(rows: Rows, hours: Sequence[int]) -> Rows:
    """Sorted rows without those of some hours, given by their opens."""
    kept = np.ones(len(rows.opens), np.bool_)
    for hour in hours:
        kept[np.searchsorted(rows.opens, hour) : np.searchsorted(rows.opens, hour + _HOUR)] = False
    return rows.take(kept)


def to_hours(rows: Rows) -> pd.DataFrame:
    """Aggregate sorted rows to hourly bars (index ts); an hour with a missing volume has none."""
    hour = rows.opens // _HOUR
    starts = np.flatnonzero(np.append(True, np.diff(hour) != 0))
    ends = np.append(starts[1:], len(hour)) - 1
    values = rows.columns
    bars = {
        "open": values["open"][starts],
        "high": np.maximum.reduceat(values["high"], starts),
        "low": np.minimum.reduceat(values["low"], starts),
        "close": values["close"][ends],
        "volume": np.add.reduceat(values["volume"], starts),
    }
    if "vwap" in values:
        bars["vwap"] = np.where(ends > starts, _vwap(values, starts), values["vwap"][starts])
    index = pd.DatetimeIndex((hour[starts] * _HOUR).astype("datetime64[us]"), name="ts").tz_localize("UTC")
    return pd.DataFrame(bars, index=index)


def bars_by_hour(rows: Rows) -> Micros:
    """Number of sorted rows in each hour that has any."""
    hour = rows.opens // _HOUR
    starts = np.flatnonzero(np.append(True, np.diff(hour) != 0))
    counts: Micros = np.diff(np.append(starts, len(hour)))
    return counts


def to_micros(length: timedelta) -> int:
    """Number of microseconds of a duration."""
    return length // timedelta(microseconds=1)


def to_micros_since(moment: datetime) -> int:
    """Microseconds since 1970 of a time with a time zone."""
    return (moment - _EPOCH) // timedelta(microseconds=1)


def minutes(length: timedelta) -> int:
    """Number of whole minutes in `length`."""
    return length // timedelta(minutes=1)


def to_datetime(micros: int) -> datetime:
    """Time (UTC) of microseconds since 1970."""
    return pd.Timestamp(int(micros), unit="us", tz="UTC").to_pydatetime()


def format_time(moment: int | datetime) -> str:
    """Format a time (UTC), or microseconds since 1970, for messages and reports."""
    shown = moment if isinstance(moment, datetime) else to_datetime(moment)
    return f"{shown:%Y-%m-%d %H:%M} UTC"


def _vwap(values: Mapping[str, Floats], starts: npt.NDArray[np.int64]) -> Floats:
    """Turnover divided by volume per hour; bars without trades are ignored."""
    traded = values["volume"] != 0
    turnover = np.add.reduceat(np.where(traded, values["vwap"] * values["volume"], 0.0), starts)
    volume = np.add.reduceat(np.where(traded, values["volume"], 0.0), starts)
    with np.errstate(invalid="ignore", divide="ignore"):
        quotient: Floats = turnover / volume
    return quotient
