"""Times as the platform counts them: UTC, in microseconds, by the hour."""

import pandas as pd

HOUR = pd.Timedelta(hours=1)
# every hour there could be, for questions without bounds
BEGINNING = pd.Timestamp("2009-01-01", tz="UTC").as_unit("us")
END = pd.Timestamp("2100-01-01", tz="UTC").as_unit("us")


def utc(moment: object) -> pd.Timestamp:
    """A moment as a UTC timestamp in microseconds."""
    stamp = pd.Timestamp(moment)  # type: ignore[arg-type]
    return (stamp.tz_localize("UTC") if stamp.tz is None else stamp.tz_convert("UTC")).as_unit("us")


def parse_time(text: object) -> pd.Timestamp:
    """A moment from what a person wrote, UTC where it names no zone; ValueError where it is none of this time."""
    found = utc(str(text))
    if pd.isna(found) or not 1900 <= found.year < 2200:
        raise ValueError(f"{text!r} is no time")
    return found


def hours_between(since: pd.Timestamp, until: pd.Timestamp) -> pd.DatetimeIndex:
    """Full hours in [since, until)."""
    return pd.date_range(since.ceil("h"), until, freq="h", inclusive="left", tz="UTC").as_unit("us")
