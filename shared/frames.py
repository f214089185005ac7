"""Between Arrow, which the warehouse speaks, and pandas, in which the core thinks."""

from collections.abc import Mapping, Sequence

import pandas as pd
import pyarrow as pa

HOUR = pd.Timedelta(hours=1)
# every hour there could be, for questions without bounds
BEGINNING = pd.Timestamp("2009-01-01", tz="UTC").as_unit("us")
END = pd.Timestamp("2100-01-01", tz="UTC").as_unit("us")


def to_frame(table: pa.Table) -> pd.DataFrame:
    """An Arrow table as a frame; times are `datetime64[us, UTC]`."""
    frame: pd.DataFrame = table.to_pandas()
    return frame


def to_table(frame: pd.DataFrame) -> pa.Table:
    """A frame as an Arrow table, without its index; NaN in a float column stays NaN only where asked of Arrow."""
    return pa.Table.from_pandas(frame, preserve_index=False)


def rows_table(rows: Sequence[Mapping[str, object]]) -> pa.Table:
    """An Arrow table from rows."""
    return pa.Table.from_pylist([dict(row) for row in rows])


def utc(moment: object) -> pd.Timestamp:
    """A moment as a UTC timestamp in microseconds."""
    stamp = pd.Timestamp(moment)  # type: ignore[arg-type]
    return (stamp.tz_localize("UTC") if stamp.tz is None else stamp.tz_convert("UTC")).as_unit("us")


def read_moment(text: object) -> pd.Timestamp:
    """A moment from what a person wrote, UTC where it names no zone; ValueError where it is none of this time."""
    found = utc(str(text))
    if pd.isna(found) or not 1900 <= found.year < 2200:
        raise ValueError(f"{text!r} is no time")
    return found


def hours_between(since: pd.Timestamp, until: pd.Timestamp) -> pd.DatetimeIndex:
    """Full hours in [since, until)."""
    return pd.date_range(since.ceil("h"), until, freq="h", inclusive="left", tz="UTC").as_unit("us")
