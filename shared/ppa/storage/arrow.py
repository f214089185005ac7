"""Conversion of frames and records to Arrow tables and back."""

from collections.abc import Mapping, Sequence
from typing import Any, TypeVar

import numpy as np
import pandas as pd
import pyarrow as pa

from ppa.core.contracts.stored import Stored, columns

T = TypeVar("T", bound=Stored)


def to_frame(table: pa.Table) -> pd.DataFrame:
    """Convert an Arrow table to a frame; times are `datetime64[us, UTC]`."""
    frame: pd.DataFrame = table.to_pandas()
    return frame


def to_table(frame: pd.DataFrame) -> pa.Table:
    """Convert a frame to an Arrow table, without its index; NaN becomes null."""
    return pa.Table.from_pandas(frame, preserve_index=False)


def read_records(kind: type[T], table: pa.Table) -> list[T]:
    """Return the rows of a table as records; fields whose columns the table lacks have their defaults."""
    listed = _listed(table)
    present = [column for column in columns(kind) if column.name in listed]
    names = [column.attribute for column in present]
    values = [column.read(listed[column.name]) for column in present]
    return [kind(**dict(zip(names, row, strict=True))) for row in zip(*values, strict=True)]


def records_table(records: Sequence[Stored]) -> pa.Table:
    """Return records as rows of their table."""
    return rows_table([record.to_row() for record in records])


def _listed(table: pa.Table) -> Mapping[str, Sequence[Any]]:
    """Return the columns as lists, times as timestamps in UTC and null as None."""
    stored = dict(zip(table.column_names, table.columns, strict=True))
    times = {name: values for name, values in stored.items() if pa.types.is_timestamp(values.type)}
    others = {name: values.to_pylist() for name, values in stored.items() if name not in times}
    return {**others, **_moments(times, table.num_rows)}


def _moments(times: Mapping[str, pa.ChunkedArray], rows: int) -> Mapping[str, Sequence[Any]]:
    """Return columns of times as timestamps; all at once, as a conversion of few rows costs what one of many does."""
    joined = np.concatenate([np.empty(0, "M8[us]"), *(values.to_numpy() for values in times.values())])
    stamps = pd.DatetimeIndex(joined).tz_localize("UTC").tolist()
    moments = [None if null else stamp for stamp, null in zip(stamps, np.isnat(joined), strict=True)]
    return {name: moments[place * rows : (place + 1) * rows] for place, name in enumerate(times)}


def rows_table(rows: Sequence[Mapping[str, object]]) -> pa.Table:
    """Build an Arrow table from rows."""
    return pa.Table.from_pylist([dict(row) for row in rows])
