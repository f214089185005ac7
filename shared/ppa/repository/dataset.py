"""The dataset of a label: every feature of every hour, and the label, exactly as a live model receives them.

What a dataset is (its hours, their row hashes and labels) is known before a feature is read: that is a few
megabytes. The features are then read in chunks, and each chunk is held against those hashes, so that a file is
what its manifest says, or breaks off.
"""

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property

import pandas as pd
import polars as pl
import pyarrow as pa

from ppa.core.errors import BadInput, Conflict
from ppa.core.times import BEGINNING, END, HOUR, utc
from ppa.platform import Platform
from ppa.repository.dataset_rows import Read, Rows, stored_rows
from ppa.repository.labels import SavedLabel
from ppa.repository.prices import latest_closes

LABEL = "label"
FIRST_ROWS, ROWS_A_CHUNK = 1_000, 10_000  # the first chunk is small, so that it is soon there


@dataclass(frozen=True)
class Dataset:
    """Hours in `rows` (ts in UTC, row_hash, label: 0, 1, null where unknown), whose features `read` brings.

    `features` are its columns, in the order in which a live model receives them; `since` and `until` are the
    bounds it was asked for with, None where open. After the hour `settled` no window has closed yet: only what is
    decided early is labelled there, rises before all, so those hours count in no figure.
    """

    label: SavedLabel
    rows: pl.DataFrame
    features: list[str]
    catalogue_version: str
    source: str
    queried_at: datetime
    read: Read
    settled: pd.Timestamp = END
    since: datetime | None = None
    until: datetime | None = None

    def manifest(self) -> Mapping[str, object]:
        """What the file is, as JSON has it, for whoever trains on it and for the upload that follows."""
        ts, labels = self.rows["ts"], self.rows[LABEL]
        said = {
            "label_id": self.label.label_id,
            "name": self.label.name,
            **self.label.definition.to_row(),
            "catalogue_version": self.catalogue_version,
            "source": self.source,
            "from": self.since,
            "to": self.until,
            "rows": len(ts),
            "positives": (labels == 1).sum(),
            "negatives": (labels == 0).sum(),
            "unknown": labels.null_count(),
            "first_hour": ts[0],
            "last_hour": ts[-1],
            "features": self.features,
            "sha256": self.sha256,
            "queried_at": self.queried_at,
        }
        return {k: utc(v).isoformat() if isinstance(v, datetime) else v for k, v in said.items()}

    @cached_property
    def sha256(self) -> str:
        """Hash of every row's hash and label: equal contents have equal ones, in whatever format."""
        known = pl.col(LABEL).fill_null(-1).cast(pl.String)
        lines = self.rows.select(pl.concat_str("row_hash", known).str.join("\n").cast(pl.Binary))
        return hashlib.sha256(lines.item()).hexdigest()

    def chunks(self) -> Iterator[pl.DataFrame]:
        """The rows, some thousands at a time: `ts`, the features, `label`; Conflict where they have changed."""
        yield self._chunk(self.rows.head(FIRST_ROWS))
        for rows in self.rows.slice(FIRST_ROWS).iter_slices(ROWS_A_CHUNK):
            yield self._chunk(rows)

    @cached_property
    def frame(self) -> pd.DataFrame:
        """All rows at once: indexed by ts, a float64 column a feature, then `label` (Int8, NA where unknown)."""
        labels = self.rows[LABEL].to_arrow().to_pandas(types_mapper={pa.int8(): pd.Int8Dtype()}.get)
        rows = self._chunk(self.rows).drop(LABEL).to_pandas().set_index("ts")
        return rows.assign(label=labels.array)

    @property
    def row_hashes(self) -> list[str]:
        """The hash of each row's features."""
        return self.rows["row_hash"].to_list()

    def _chunk(self, rows: pl.DataFrame) -> pl.DataFrame:
        since, until = utc(rows["ts"][0]), utc(rows["ts"][-1]) + HOUR
        read = pl.DataFrame(self.read(since, until))
        read = read if read["ts"].is_sorted() else read.sort("ts")
        if not (read["ts"].equals(rows["ts"]) and read["row_hash"].equals(rows["row_hash"])):
            raise Conflict(
                f"Rows from {since:%Y-%m-%d} on changed while they were read: download the file again."
            )
        return read.select("ts", pl.col(self.features).fill_nan(None), rows[LABEL])


def build_dataset(
    platform: Platform,
    label: SavedLabel,
    since: datetime | pd.Timestamp = BEGINNING,
    until: datetime | pd.Timestamp = END,
    *,
    rows: Rows | None = None,
) -> Dataset:
    """The label's dataset over its range, cut to [since, until); BadInput where that holds no rows.

    `rows` are those of the platform's catalogue, None for the warehouse's.
    """
    rows = rows or stored_rows(platform)
    since, until = (
        max(utc(since), utc(label.definition.start or BEGINNING)),
        min(utc(until), utc(label.definition.end or END)),
    )
    known = latest_closes(platform, label.definition.asset)
    hashes = rows.hashes(since, until)
    if not len(hashes):
        raise BadInput(f"Label {label.label_id} has no rows between {since:%Y-%m-%d} and {until:%Y-%m-%d}.")
    return Dataset(
        label,
        _labelled(pl.DataFrame(hashes), label.definition.labels(known)),
        list(platform.catalogue.feature_names),
        platform.catalogue.version,
        platform.data_kind(),
        platform.now().to_pydatetime(),
        rows.features,
        label.definition.settled(known),
        since if since > BEGINNING else None,
        until if until < END else None,
    )


def _labelled(rows: pl.DataFrame, labels: "pd.Series[int]") -> pl.DataFrame:
    """Rows with `label` beside them."""
    known = labels.reindex(pd.DatetimeIndex(rows["ts"].to_pandas()))
    return rows.with_columns(pl.Series(LABEL, pa.array(known.array, pa.int8())))
