"""Aggregate bars of any fraction of an hour to hourly bars."""

from datetime import timedelta

import pandas as pd

from ppa.importing.checks import HOUR
from ppa.importing.understanding import Gap


def incomplete_hours(opens: "pd.Series[pd.Timestamp]", length: timedelta) -> pd.DatetimeIndex:
    """Hours that are incomplete because the file begins or ends within them; `opens` must be ascending."""
    first, last = opens.iloc[0], opens.iloc[-1]
    cut = {first.floor("h")} if first != first.floor("h") else set()
    if last + length < last.floor("h") + HOUR:
        cut.add(last.floor("h"))
    return pd.DatetimeIndex(sorted(cut), dtype="datetime64[us, UTC]")


def to_hours(rows: pd.DataFrame) -> pd.DataFrame:
    """Aggregate time-ordered `rows` to hourly bars (index ts); an hour with a missing volume has none."""
    weighted = rows.assign(turnover=rows["vwap"] * rows["volume"]) if "vwap" in rows else rows
    hours = weighted.groupby(weighted["ts"].dt.floor("h"))
    bars = hours.agg({"open": "first", "high": "max", "low": "min", "close": "last"})
    bars["volume"] = hours["volume"].sum(skipna=False)
    if "vwap" in rows:
        stated = hours["vwap"].first(skipna=False)
        bars["vwap"] = _vwap(weighted).reindex(bars.index).where(hours.size() > 1, stated)
    return bars


def _vwap(rows: pd.DataFrame) -> "pd.Series[float]":
    """Turnover divided by volume per hour; bars without trades are ignored."""
    traded = rows.loc[rows["volume"] != 0]
    sums = traded.groupby(traded["ts"].dt.floor("h"))[["turnover", "volume"]].sum(skipna=False)
    return sums["turnover"] / sums["volume"]


def find_gaps(bars: pd.DataFrame) -> tuple[Gap, ...]:
    """Gaps: runs of hours without a bar between the first and the last."""
    opens = bars.index.to_series()
    after = opens.diff() > HOUR
    ends = opens[after]
    starts = opens.shift()[after] + HOUR
    return tuple(
        Gap(start.to_pydatetime(), end.to_pydatetime()) for start, end in zip(starts, ends, strict=True)
    )
