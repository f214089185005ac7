"""Sources of a dataset's rows: the warehouse, or the series cache if the pages have already loaded them.

Both return bit-identical rows. Cached rows are a snapshot, so they cannot change during a download.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import pandas as pd
import pyarrow as pa

from ppa.platform import Platform

# reads the rows of [since, until), UTC
Read = Callable[[pd.Timestamp, pd.Timestamp], pa.Table]


@dataclass(frozen=True)
class Rows:
    """Two readers: `hashes` returns ts and row_hash sorted by ts; `features` adds one column per feature, unsorted."""

    hashes: Read
    features: Read


def stored_rows(platform: Platform) -> Rows:
    """Return readers of the warehouse's rows; every read runs a query."""

    def read(statement: str, since: pd.Timestamp, until: pd.Timestamp) -> pa.Table:
        version = platform.catalogue.version
        return platform.warehouse.query(statement, since=since, until=until, catalogue_version=version)

    return Rows(partial(read, "row_hashes"), partial(read, "feature_rows"))


def nearest_rows(platform: Platform) -> Rows:
    """Return readers of the cached rows, or of the warehouse if none are cached."""
    frame = platform.series_cache.rows_if_held(platform.warehouse, platform.catalogue)
    return stored_rows(platform) if frame is None else rows_of(frame)


def rows_of(frame: pd.DataFrame) -> Rows:
    """Return readers of a frame indexed by ascending ts, with `row_hash` and one column per feature.

    The frame must not be modified afterwards, as it is not copied.
    """
    columns = {name: pa.array(frame[name], from_pandas=False) for name in frame.columns}
    whole = pa.table({"ts": pa.array(frame.index), **columns})

    def read(table: pa.Table, since: pd.Timestamp, until: pd.Timestamp) -> pa.Table:
        first, end = frame.index.searchsorted([since, until])
        return table.slice(first, end - first)

    return Rows(partial(read, whole.select(["ts", "row_hash"])), partial(read, whole))
