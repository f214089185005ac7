"""Conversion between pandas frames and Arrow tables."""

from collections.abc import Mapping, Sequence

import pandas as pd
import pyarrow as pa


def to_frame(table: pa.Table) -> pd.DataFrame:
    """Convert an Arrow table to a frame; times are `datetime64[us, UTC]`."""
    frame: pd.DataFrame = table.to_pandas()
    return frame


def to_table(frame: pd.DataFrame) -> pa.Table:
    """Convert a frame to an Arrow table, without its index; NaN becomes null."""
    return pa.Table.from_pandas(frame, preserve_index=False)


def rows_table(rows: Sequence[Mapping[str, object]]) -> pa.Table:
    """Build an Arrow table from rows."""
    return pa.Table.from_pylist([dict(row) for row in rows])
