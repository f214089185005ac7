"""Write a dataset to a file in pieces, generated on demand: memory holds one chunk at a time."""

import gzip
import io
import json
from collections.abc import Iterator
from itertools import chain

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq

from ppa.reports.csv_text import csv_bytes
from ppa.repository.dataset import LABEL, Dataset

MANIFEST_KEY = b"ppa.manifest"
ROWS_A_PIECE = 1_000  # small enough to stay in the processor's cache as text
GZIP_LEVEL = 1  # twice as fast as level 4, for 10% more bytes


def csv_pieces(dataset: Dataset, *, compress: bool = False, with_manifest: bool = False) -> Iterator[bytes]:
    """Yield the dataset as CSV, with the shortest decimals that round-trip; missing values are empty.

    `compress` applies gzip; `with_manifest` prepends the manifest as comment lines: `# name: JSON`.
    """
    pieces = _csv(dataset, with_manifest)
    return (gzip.compress(piece, GZIP_LEVEL, mtime=0) for piece in pieces) if compress else pieces


def parquet_pieces(dataset: Dataset) -> Iterator[bytes]:
    """Yield the dataset as Parquet, one row group per chunk; the manifest is metadata under the key `ppa.manifest`."""
    sink = _Sink()
    with pq.ParquetWriter(sink, _schema(dataset), compression="zstd") as writer:
        # no variable refers to a chunk while the next one is read, so that memory holds one at a time
        for table in map(pl.DataFrame.to_arrow, dataset.chunks()):
            writer.write_table(table.cast(writer.schema))
            del table
            yield sink.take()
    yield sink.take()


def _csv(dataset: Dataset, with_manifest: bool) -> Iterator[bytes]:
    if with_manifest:
        yield "".join(f"# {k}: {json.dumps(v)}\n" for k, v in dataset.manifest().items()).encode()
    # no variable refers to a chunk while the next one is read, so that memory holds one at a time
    parts = chain.from_iterable(map(_parts, dataset.chunks()))
    yield csv_bytes(next(parts), header=True)
    yield from (csv_bytes(part, header=False) for part in parts)


def _parts(chunk: pl.DataFrame) -> Iterator[pl.DataFrame]:
    return chunk.iter_slices(ROWS_A_PIECE)


def _schema(dataset: Dataset) -> pa.Schema:
    ts = pa.field("ts", pa.timestamp("us", tz="UTC"), nullable=False)
    columns = [pa.field(name, pa.float64()) for name in dataset.features]
    metadata = {MANIFEST_KEY: json.dumps(dataset.manifest()).encode()}
    return pa.schema([ts, *columns, pa.field(LABEL, pa.int8())], metadata)


class _Sink(io.RawIOBase):
    """Append-only binary file whose content can be taken out piece by piece."""

    def __init__(self) -> None:
        self._pieces: list[bytes] = []
        self._written = 0

    def writable(self) -> bool:
        """Return True."""
        return True

    def write(self, piece: object) -> int:
        """Append bytes until they are taken."""
        content = bytes(piece)  # type: ignore[call-overload]
        self._pieces.append(content)
        self._written += len(content)
        return len(content)

    def tell(self) -> int:
        """Total number of bytes written."""
        return self._written

    def take(self) -> bytes:
        """Return and clear the bytes written since the last call."""
        taken = b"".join(self._pieces)
        self._pieces.clear()
        return taken
