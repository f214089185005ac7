"""Helpers for times in UTC, in microseconds and on the hour."""

import re

import pandas as pd

HOUR = pd.Timedelta(hours=1)
# bounds of queries over all hours
BEGINNING = pd.Timestamp("2009-01-01", tz="UTC").as_unit("us")
END = pd.Timestamp("2100-01-01", tz="UTC").as_unit("us")
_DATED = re.compile(r"\d{4}-\d\d")


def utc(moment: object) -> pd.Timestamp:
    """Convert a time to a UTC timestamp in microseconds; times without a zone are taken as UTC."""
    stamp = pd.Timestamp(moment)  # type: ignore[arg-type]
    return (stamp.tz_localize("UTC") if stamp.tz is None else stamp.tz_convert("UTC")).as_unit("us")


def parse_time(text: object) -> pd.Timestamp:
    """Parse a time, UTC unless it has a zone; raises `ValueError` for text that is not a time from 1900 to 2199."""
    if not _DATED.match(str(text)):  # pandas takes `now` and times of today as well
        raise ValueError(f"{text!r} is not a time")
    try:
        moment = utc(str(text))
    except OverflowError:
        raise ValueError(f"{text!r} is not a time") from None
    if pd.isna(moment) or not 1900 <= moment.year < 2200:
        raise ValueError(f"{text!r} is not a time")
    return moment


def hours_between(since: pd.Timestamp, until: pd.Timestamp) -> pd.DatetimeIndex:
    """Full hours in [since, until)."""
    return pd.date_range(since.ceil("h"), until, freq="h", inclusive="left", tz="UTC").as_unit("us")
