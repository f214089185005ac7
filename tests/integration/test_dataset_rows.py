"""A file written from the series cache is byte-identical to one from the warehouse."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pytest
from platforms import HOUR, NOW, SPEC, Small, copied, small

from ppa.core.times import BEGINNING, END, utc
from ppa.platform import Platform
from ppa.reports.dataset_files import csv_pieces, parquet_pieces
from ppa.repository.dataset import Dataset, build_dataset
from ppa.repository.dataset_rows import nearest_rows, stored_rows
from ppa.repository.labels import save_label
from ppa.storage.series_cache import SeriesCache
from ppa.storage.warehouse import Warehouse
from ppa_web import create_app

Pieces = Callable[[Dataset], Iterator[bytes]]
ROWS = {"row_hashes", "feature_rows", "feature_rows_built"}


@pytest.fixture
def site(history: Path, tmp_path: Path) -> Iterator[Small]:
    """Two months of bars, their rows and a label."""
    built = small(copied(history, tmp_path))
    save_label(built.platform, SPEC, "", "tester")
    yield built
    built.platform.close()


def held(platform: Platform, *bounds: pd.Timestamp) -> Dataset:
    """The label's dataset as loaded into the cache by a page."""
    platform.series_cache.rows(platform.warehouse, platform.catalogue)
    return dataset_of(platform, *bounds)


def dataset_of(platform: Platform, *bounds: pd.Timestamp) -> Dataset:
    """The label's dataset as a visitor downloads it now."""
    label, _ = save_label(platform, SPEC, "", "tester")
    return build_dataset(platform, label, *bounds, rows=nearest_rows(platform))


def stored(platform: Platform, *bounds: pd.Timestamp) -> Dataset:
    """The label's dataset as stored in the warehouse now."""
    label, _ = save_label(platform, SPEC, "", "tester")
    return build_dataset(platform, label, *bounds, rows=stored_rows(platform))


@pytest.mark.parametrize("pieces", [csv_pieces, partial(csv_pieces, compress=True), parquet_pieces])
@pytest.mark.parametrize("cut", [False, True])
def test_every_format_is_the_same_to_the_byte(site: Small, pieces: Pieces, cut: bool) -> None:
    bounds = (utc(NOW) - 400 * HOUR, utc(NOW) - 30 * HOUR) if cut else (BEGINNING, END)
    from_memory, from_warehouse = held(site.platform, *bounds), stored(site.platform, *bounds)
    assert from_memory.manifest() == from_warehouse.manifest()
    assert b"".join(pieces(from_memory)) == b"".join(pieces(from_warehouse))


def test_new_hours_and_revisions_are_in_the_next_file(site: Small) -> None:
    before = held(site.platform)
    site.market.revised[utc(NOW).floor("h") - 5 * HOUR] = 1.5
    site.live(1)
    now, anew = dataset_of(site.platform), stored(site.platform)
    assert now.sha256 == anew.sha256 != before.sha256
    assert b"".join(csv_pieces(now)) == b"".join(csv_pieces(anew))


def test_a_file_that_has_begun_ends_as_it_began_whatever_is_written_meanwhile(site: Small) -> None:
    begun = held(site.platform)
    expected, pieces = b"".join(csv_pieces(begun)), csv_pieces(begun)
    first = next(pieces)
    rewritten = site.platform.warehouse.query(
        "feature_rows", since=BEGINNING, until=END, catalogue_version=site.platform.catalogue.version
    )
    place, other = rewritten.column_names.index("row_hash"), pa.array(["another"] * len(rewritten))
    site.platform.warehouse.merge(
        "features_hourly", rewritten.set_column(place, "row_hash", other), replace=True
    )
    assert first + b"".join(pieces) == expected


class Watched:
    """A warehouse that records the names of its queries."""

    def __init__(self, inner: Warehouse) -> None:
        self._inner, self.asked = inner, list[str]()
        self.version_token, self.merge = inner.version_token, inner.merge

    def query(self, name: str, **parameters: object) -> pa.Table:
        self.asked.append(name)
        return self._inner.query(name, **parameters)


def test_a_download_waits_for_memory_no_more_than_it_reads_again_what_is_there(site: Small) -> None:
    watched = Watched(site.platform.warehouse)
    platform = replace(site.platform, series_cache=SeriesCache(), warehouse=watched)
    address = f"/api/v1/labels/{SPEC.label_id}/dataset.csv"
    client = create_app(platform).test_client()
    cold = client.get(address)
    assert ROWS & set(watched.asked) == {"row_hashes", "feature_rows"}
    platform.series_cache.rows(platform.warehouse, platform.catalogue)
    watched.asked.clear()
    warm = client.get(address)
    assert not ROWS & set(watched.asked)
    assert warm.data == cold.data
    assert warm.headers["X-Dataset-SHA256"] == cold.headers["X-Dataset-SHA256"]
