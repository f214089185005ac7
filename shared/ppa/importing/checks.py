"""Checks on rows of bars (ts in UTC, line, open, high, low, close, …) before they are aggregated to hours."""

from datetime import datetime, timedelta

import numpy as np
import numpy.typing as npt
import pandas as pd

from ppa.importing.errors import CsvError, at_line
from ppa.importing.headings import PRICES

HOUR = timedelta(hours=1)

_TOLERANCE = 1e-9
_CLOCK_SLACK = timedelta(minutes=5)


def order_of(opens: "pd.Series[pd.Timestamp]") -> str:
    """Describe the sort order of the bars' open times."""
    if opens.is_monotonic_increasing:
        return "oldest first"
    return "newest first" if opens.is_monotonic_decreasing else "unordered"


def refuse_future(name: str, rows: pd.DataFrame, length: timedelta, now: datetime) -> None:
    """Raise CsvError for a bar of duration `length` that closes more than five minutes after `now` (UTC)."""
    late = rows.loc[rows["ts"] + length > now + _CLOCK_SLACK]
    if late.empty:
        return
    first = late.sort_values("line").iloc[0]
    what = f"the bar of {format_time(first['ts'])} ends in the future (it is {format_time(now)})"
    raise at_line(name, first["line"], f"{what}: remove it, or check the time zone")


def drop_duplicates(name: str, rows: pd.DataFrame) -> pd.DataFrame:
    """Sort rows by time and drop identical ones. CsvError if two different bars share a time."""
    ordered = rows.sort_values(["ts", "line"], ignore_index=True)
    unique = ordered.drop_duplicates(subset=[column for column in ordered if column != "line"])
    again = unique["ts"].duplicated()
    if again.any():
        lines = unique.loc[unique["ts"] == unique.loc[again, "ts"].iloc[0], "line"]
        what = f"the bar of {format_time(unique.loc[again, 'ts'].iloc[0])} differs from line {lines.iloc[0]}"
        raise at_line(name, lines.iloc[1], f"{what}: keep the correct one")
    return unique.reset_index(drop=True)


def bar_length(name: str, opens: "pd.Series[pd.Timestamp]") -> timedelta:
    """Most common interval between bars; `opens` must be ascending and unique. CsvError unless it divides an hour."""
    if len(opens) < 2:
        raise CsvError(f"{name} has fewer than two bars, so their length is unknown: provide more")
    steps, counts = np.unique(opens.diff().iloc[1:].to_numpy(), return_counts=True)
    length = pd.Timedelta(steps[np.argmax(counts)]).to_pytimedelta()
    if length > HOUR or HOUR % length or length % timedelta(minutes=1):
        raise CsvError(
            f"{name} has bars {length} apart: provide hourly bars, or minute bars that divide an hour"
        )
    return length


def refuse_off_grid(name: str, rows: pd.DataFrame, length: timedelta) -> None:
    """Raise CsvError for a bar that does not open at a multiple of the bars' length."""
    off = rows.loc[rows["ts"] != rows["ts"].dt.floor(length)]
    if not off.empty:
        first = off.sort_values("line").iloc[0]
        grid = f"{minutes(length)}-minute grid of the other bars"
        raise at_line(name, first["line"], f"the bar of {format_time(first['ts'])} is not on the {grid}")


def impossible(rows: pd.DataFrame) -> npt.NDArray[np.bool_]:
    """Mask of rows whose high is below the low, or whose open or close lies outside (relative tolerance 1e-9)."""
    opened, high, low, close = (rows[price].to_numpy() for price in PRICES)
    top, bottom = high * (1 + _TOLERANCE), low * (1 - _TOLERANCE)
    outside = (np.maximum(opened, close) > top) | (np.minimum(opened, close) < bottom)
    mask: npt.NDArray[np.bool_] = (high < low) | outside
    return mask


def minutes(length: timedelta) -> int:
    """Number of whole minutes in `length`."""
    return length // timedelta(minutes=1)


def format_time(moment: datetime) -> str:
    """Format a time (UTC) for messages and reports."""
    return f"{moment:%Y-%m-%d %H:%M} UTC"
