"""Dataset of a label: all features of every hour and the label, exactly as a live model receives them.

The hours, their row hashes and their labels are read first, as they take only a few megabytes. The features are
then read in chunks, and each chunk is checked against the hashes, so that a download either matches its manifest
or is aborted.
"""

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property

import pandas as pd
import polars as pl
import pyarrow as pa
from msgspec.structs import asdict

from ppa.core.contracts.dataset import Manifest
from ppa.core.errors import BadInput, Conflict
from ppa.core.times import BEGINNING, END, HOUR, utc
from ppa.platform import Platform
from ppa.repository.close_mismatches import SeriousMismatch, serious_mismatches
from ppa.repository.dataset_rows import Read, Rows, stored_rows
from ppa.repository.labels import SavedLabel
from ppa.repository.prices import latest_closes

LABEL = "label"
FIRST_ROWS, ROWS_PER_CHUNK = 1_000, 10_000  # a small first chunk starts the download early


@dataclass(frozen=True)
class Dataset:
    """Labelled hours of a label's range, whose features are read on demand.

    Attributes
    ----------
    rows : DataFrame
        Columns ts (UTC), row_hash and label (0, 1 or null if pending).
    features : list of str
        Feature columns, in the order in which a live model receives them.
    read : callable
        Reads the feature rows of [since, until).
    settled : Timestamp
        Last hour whose prediction window has closed. Later hours are labelled only if their outcome was decided
        early, which favours label 1, so they are excluded from all metrics.
    since, until : datetime or None
        Requested bounds; None if open.
    mismatches : tuple of SeriousMismatch
        Closes of the rows that are not those of the labels, acknowledged or not.
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
    mismatches: tuple[SeriousMismatch, ...] = ()

    @property
    def warnings(self) -> tuple[str, ...]:
        """Reasons not to use the rows with the labels; one that a person has acknowledged says so."""
        return tuple(one.sentence for one in self.mismatches)

    def manifest(self) -> Mapping[str, object]:
        """Return the JSON description of the dataset that accompanies the download and a later upload."""
        ts, labels = self.rows["ts"], self.rows[LABEL]
        manifest = Manifest(
            label_id=self.label.label_id,
            name=self.label.name,
            **asdict(self.label.definition.fields),
            catalogue_version=self.catalogue_version,
            source=self.source,
            since=None if self.since is None else utc(self.since),
            until=None if self.until is None else utc(self.until),
            rows=len(ts),
            positives=int((labels == 1).sum()),
            negatives=int((labels == 0).sum()),
            unknown=labels.null_count(),
            first_hour=utc(ts[0]),
            last_hour=utc(ts[-1]),
            features=self.features,
            sha256=self.sha256,
            queried_at=utc(self.queried_at),
            warnings=list(self.warnings),
        )
        return manifest.to_json()

    @cached_property
    def sha256(self) -> str:
        """SHA-256 over all row hashes and labels, in hex; independent of the file format."""
        labels = pl.col(LABEL).fill_null(-1).cast(pl.String)
        lines = self.rows.select(pl.concat_str("row_hash", labels).str.join("\n").cast(pl.Binary))
        return hashlib.sha256(lines.item()).hexdigest()

    def chunks(self) -> Iterator[pl.DataFrame]:
        """Yield the rows in chunks of `ts`, the features and `label`; raise Conflict if stored rows have changed."""
        yield self._chunk(self.rows.head(FIRST_ROWS))
        for rows in self.rows.slice(FIRST_ROWS).iter_slices(ROWS_PER_CHUNK):
            yield self._chunk(rows)

    @cached_property
    def frame(self) -> pd.DataFrame:
        """All rows, indexed by ts: one float64 column per feature, then `label` (Int8, NA if pending)."""
        labels = self.rows[LABEL].to_arrow().to_pandas(types_mapper={pa.int8(): pd.Int8Dtype()}.get)
        rows = self._chunk(self.rows).drop(LABEL).to_pandas().set_index("ts")
        return rows.assign(label=labels.array)

    @property
    def row_hashes(self) -> list[str]:
        """Hash of each row's features."""
        return self.rows["row_hash"].to_list()

    def _chunk(self, rows: pl.DataFrame) -> pl.DataFrame:
        since, until = utc(rows["ts"][0]), utc(rows["ts"][-1]) + HOUR
        read = pl.DataFrame(self.read(since, until))
        read = read if read["ts"].is_sorted() else read.sort("ts")
        if not (read["ts"].equals(rows["ts"]) and read["row_hash"].equals(rows["row_hash"])):
            raise Conflict(
                f"Rows from {since:%Y-%m-%d} on changed while they were read; download the file again."
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
    """Build the label's dataset over its range, restricted to [since, until) (UTC).

    `rows` are rows of the platform's catalogue, by default read from the warehouse. Raises BadInput if there are none.
    """
    rows = rows or stored_rows(platform)
    since, until = (
        max(utc(since), utc(label.definition.start or BEGINNING)),
        min(utc(until), utc(label.definition.end or END)),
    )
    closes = latest_closes(platform, label.definition.asset)
    hashes = rows.hashes(since, until)
    if not len(hashes):
        raise BadInput(f"Label {label.label_id} has no rows between {since:%Y-%m-%d} and {until:%Y-%m-%d}.")
    return Dataset(
        label,
        _labelled(pl.DataFrame(hashes), label.definition.labels(closes)),
        list(platform.catalogue.feature_names),
        platform.catalogue.version,
        platform.data_kind(),
        platform.now().to_pydatetime(),
        rows.features,
        label.definition.settled(closes),
        since if since > BEGINNING else None,
        until if until < END else None,
        tuple(serious_mismatches(platform, [label.definition.asset], since, until)),
    )


def _labelled(rows: pl.DataFrame, labels: "pd.Series[int]") -> pl.DataFrame:
    """Add the column `label` to `rows`."""
    aligned = labels.reindex(pd.DatetimeIndex(rows["ts"].to_pandas()))
    return rows.with_columns(pl.Series(LABEL, pa.array(aligned.array, pa.int8())))
