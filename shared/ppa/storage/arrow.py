"""Conversion between pandas frames and the Arrow tables that warehouses read and write."""

from collections.abc import Mapping, Sequence

import pandas as pd
import pyarrow as pa


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
