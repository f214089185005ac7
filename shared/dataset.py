"""The dataset of a label: every feature of every hour, and the label, exactly as a live model receives them."""

import gzip
import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

import pandas as pd
import polars as pl

from shared.errors import BadInput
from shared.frames import BEGINNING, END, utc
from shared.jobs.build import stored_rows
from shared.labels import SavedLabel, closes
from shared.platform import Platform

LABEL = "label"
ROWS_A_CHUNK = 5_000


@dataclass(frozen=True)
class Dataset:
    """Rows indexed by `ts` (UTC): a float64 column a feature, then `label` (0, 1, null where unknown)."""

    label: SavedLabel
    frame: pd.DataFrame
    row_hashes: list[str]
    catalogue_version: str
    source: str
    queried_at: datetime

    @property
    def features(self) -> list[str]:
        """The feature columns, in the order in which a live model receives them."""
        return [name for name in self.frame.columns if name != LABEL]

    def manifest(self) -> Mapping[str, object]:
        """What the file is, for whoever trains on it and for the upload that follows."""
        index = self.frame.index
        return {
            "label_id": self.label.label_id,
            "name": self.label.name,
            **self.label.spec.to_row(),
            "catalogue_version": self.catalogue_version,
            "source": self.source,
            "rows": len(index),
            "first_hour": index[0].isoformat(),
            "last_hour": index[-1].isoformat(),
            "features": self.features,
            "sha256": self.sha256,
            "queried_at": self.queried_at.isoformat(),
        }

    @property
    def sha256(self) -> str:
        """Hash of every row's hash and label: equal files have equal ones."""
        labels = self.frame[LABEL].to_numpy(dtype=float, na_value=-1.0).astype(int)
        lines = (f"{row}{label}" for row, label in zip(self.row_hashes, labels, strict=True))
        return hashlib.sha256("\n".join(lines).encode()).hexdigest()

    def csv(self, *, compress: bool = False) -> Iterator[bytes]:
        """The file as CSV, in pieces: shortest decimals that read back exactly, empty for what is missing."""
        pieces = self._csv_pieces()
        yield from (_gzipped(piece) for piece in pieces) if compress else pieces

    def polars(self) -> pl.DataFrame:
        """The frame, with its index as the column `ts`."""
        frame = self.frame.assign(label=self.frame[LABEL].astype("Int8")).reset_index()
        return pl.from_pandas(frame, nan_to_null=True)

    def _csv_pieces(self) -> Iterator[bytes]:
        table = self.polars()
        for start in range(0, len(table), ROWS_A_CHUNK):
            piece = table.slice(start, ROWS_A_CHUNK)
            text = piece.write_csv(include_header=start == 0, datetime_format="%Y-%m-%dT%H:%M:%SZ")
            yield text.encode()


def build_dataset(platform: Platform, label: SavedLabel) -> Dataset:
    """The label's dataset over its range; BadInput where that holds no rows."""
    since, until = utc(label.spec.start or BEGINNING), utc(label.spec.end or END)
    rows = stored_rows(platform, since, until)
    if rows.empty:
        raise BadInput(f"Label {label.label_id} has no rows between {since:%Y-%m-%d} and {until:%Y-%m-%d}.")
    known = label.spec.labels(closes(platform, label.spec.asset))
    frame = rows.drop(columns="row_hash").assign(label=known.reindex(rows.index).astype("Int8"))
    return Dataset(
        label,
        frame,
        rows["row_hash"].tolist(),
        platform.catalogue.version,
        platform.data_kind(),
        platform.now().to_pydatetime(),
    )


def _gzipped(piece: bytes) -> bytes:
    """One gzip member: members one after the other are one valid file."""
    return gzip.compress(piece, compresslevel=4, mtime=0)
