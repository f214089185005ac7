"""What rows of bars (ts in UTC, line, open, high, low, close, …) must be before they can become hours."""

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
    """How the file is sorted."""
    if opens.is_monotonic_increasing:
        return "oldest first"
    return "newest first" if opens.is_monotonic_decreasing else "unordered"


def refuse_future(name: str, rows: pd.DataFrame, length: timedelta, now: datetime) -> None:
    """Refuse a bar that has not closed five minutes after `now`, bars being `length` long."""
    late = rows.loc[rows["ts"] + length > now + _CLOCK_SLACK]
    if late.empty:
        return
    first = late.sort_values("line").iloc[0]
    what = f"the bar of {shown(first['ts'])} ends in the future (it is {shown(now)})"
    raise at_line(name, first["line"], f"{what}: remove it, or check the time zone")


def drop_duplicates(name: str, rows: pd.DataFrame) -> pd.DataFrame:
    """Rows in order of time, identical ones once. Refuses one time with two different bars."""
    ordered = rows.sort_values(["ts", "line"], ignore_index=True)
    unique = ordered.drop_duplicates(subset=[column for column in ordered if column != "line"])
    again = unique["ts"].duplicated()
    if again.any():
        lines = unique.loc[unique["ts"] == unique.loc[again, "ts"].iloc[0], "line"]
        what = f"another bar of {shown(unique.loc[again, 'ts'].iloc[0])} than line {lines.iloc[0]}"
        raise at_line(name, lines.iloc[1], f"{what}: keep the one that is right")
    return unique.reset_index(drop=True)


def bar_length(name: str, opens: "pd.Series[pd.Timestamp]") -> timedelta:
    """The most usual step between bars. `opens` ascend, each once. Refuses what is no part of an hour."""
    if len(opens) < 2:
        raise CsvError(f"{name} has fewer than two bars, so that their length cannot be told: give more")
    steps, counts = np.unique(opens.diff().iloc[1:].to_numpy(), return_counts=True)
    length = pd.Timedelta(steps[np.argmax(counts)]).to_pytimedelta()
    if length > HOUR or HOUR % length or length % timedelta(minutes=1):
        raise CsvError(f"{name} has bars {length} apart: give bars of an hour, or of minutes that divide it")
    return length


def refuse_off_grid(name: str, rows: pd.DataFrame, length: timedelta) -> None:
    """Refuse a bar that does not open on the grid of its length."""
    off = rows.loc[rows["ts"] != rows["ts"].dt.floor(length)]
    if not off.empty:
        first = off.sort_values("line").iloc[0]
        grid = f"{minutes(length)}-minute grid of the other bars"
        raise at_line(name, first["line"], f"the bar of {shown(first['ts'])} is not on the {grid}")


def impossible(rows: pd.DataFrame) -> npt.NDArray[np.bool_]:
    """Rows whose high is below the low, or whose open or close lies outside, beyond a relative 1e-9."""
    opened, high, low, close = (rows[price].to_numpy() for price in PRICES)
    top, bottom = high * (1 + _TOLERANCE), low * (1 - _TOLERANCE)
    outside = (np.maximum(opened, close) > top) | (np.minimum(opened, close) < bottom)
    found: npt.NDArray[np.bool_] = (high < low) | outside
    return found


def minutes(length: timedelta) -> int:
    """Whole minutes of `length`."""
    return length // timedelta(minutes=1)


def shown(moment: datetime) -> str:
    """A moment as messages and reports write it."""
    return f"{moment:%Y-%m-%d %H:%M} UTC"
