"""Where a dataset's rows are read: in the warehouse, or in memory where pages have brought them there already.

Both give the same rows, to the last bit. What is held is as of one moment, so that nothing changes while a file of
it is written.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import pandas as pd
import pyarrow as pa

from ppa.platform import Platform

# the rows of [since, until): from a table of them
Read = Callable[[pd.Timestamp, pd.Timestamp], pa.Table]


@dataclass(frozen=True)
class Rows:
    """`hashes` gives ts and row_hash, by ts; `features`, in any order, a column a feature as well."""

    hashes: Read
    features: Read


def stored_rows(platform: Platform) -> Rows:
    """The rows as the warehouse has them, each time they are read."""

    def read(statement: str, since: pd.Timestamp, until: pd.Timestamp) -> pa.Table:
        version = platform.catalogue.version
        return platform.warehouse.query(statement, since=since, until=until, catalogue_version=version)

    return Rows(partial(read, "row_hashes"), partial(read, "feature_rows"))


def nearest_rows(platform: Platform) -> Rows:
    """The rows as they are now from memory, or from the warehouse while memory holds none of them."""
    frame = platform.series_cache.rows_if_held(platform.warehouse, platform.catalogue)
    return stored_rows(platform) if frame is None else rows_of(frame)


def rows_of(frame: pd.DataFrame) -> Rows:
    """The rows of a frame that nobody changes: indexed by ts, ascending, with `row_hash` and a column a feature."""
    # Arrow looks at the frame's own memory; only what is asked for is copied, by whoever asks
    columns = {name: pa.array(frame[name], from_pandas=False) for name in frame.columns}
    whole = pa.table({"ts": pa.array(frame.index), **columns})

    def read(table: pa.Table, since: pd.Timestamp, until: pd.Timestamp) -> pa.Table:
        first, end = frame.index.searchsorted([since, until])
        return table.slice(first, end - first)

    return Rows(partial(read, whole.select(["ts", "row_hash"])), partial(read, whole))
