"""The downloaded dataset equals the input of live models: same columns, same order, bit-identical."""

import gzip
import io
import json
from dataclasses import replace
from datetime import timedelta

import numpy as np
import pandas as pd
import polars as pl
import pyarrow.parquet as pq
import pytest

from ppa.core.errors import BadInput, Conflict
from ppa.core.features.rows import row_hashes
from ppa.core.labels.definition import LabelDefinition, lookahead_labels
from ppa.core.origins import ORIGINS
from ppa.core.times import BEGINNING, END, utc
from ppa.reports.dataset_files import MANIFEST_KEY, csv_pieces, parquet_pieces
from ppa.reports.observation_ages import age_csv, aged_series
from ppa.repository.dataset import FIRST_ROWS, LABEL, build_dataset
from ppa.repository.labels import named_label, save_label
from ppa.repository.models import list_models
from ppa.repository.predictions import predictions
from ppa.repository.prices import latest_closes
from ppa.repository.programs import probabilities
from ppa.repository.rows import stored_rows
from ppa.storage.series_cache import SeriesCache
from tests.unit.builders import DAY, HOUR, NOW, dataset_of, filled_platform

pytestmark = pytest.mark.filterwarnings("ignore:The 'float_precision'")
SINCE, UNTIL = utc("2026-01-20"), utc("2026-02-03 12:00")


@pytest.fixture(scope="module")
def platform(tmp_path_factory):
    opened = filled_platform(tmp_path_factory.getbasetemp(), tmp_path_factory.mktemp("dataset"))
    yield opened
    opened.close()


@pytest.fixture(scope="module")
def dataset(platform):
    label, _ = save_label(platform, LabelDefinition("BTC", "touch", 24, 0.02), "a day ahead", "test")
    return build_dataset(platform, label)


@pytest.fixture(scope="module")
def csv(dataset):
    return b"".join(csv_pieces(dataset))


@pytest.fixture(scope="module")
def read(csv):
    """The file as read by following the documentation."""
    return pd.read_csv(io.BytesIO(csv), index_col="ts", parse_dates=["ts"], float_precision="round_trip")


def ranged(platform, since, until):
    definition = LabelDefinition("BTC", "touch", 24, 0.02, since, until)
    return build_dataset(platform, save_label(platform, definition, "", "test")[0])


# ── the file holds the stored rows ───────────────────────────────────────────────────────────────


def test_every_row_read_back_hashes_to_what_is_stored(platform, dataset, read):
    stored = stored_rows(platform, BEGINNING, END)
    assert len(read) == len(stored) > 1000
    assert row_hashes(read.drop(columns=LABEL)) == stored["row_hash"].tolist() == dataset.row_hashes


def test_its_columns_are_the_catalogues_in_order_and_the_label(platform, read):
    assert tuple(read.columns) == (*platform.catalogue.feature_names, LABEL)


def test_times_are_written_with_their_zone_and_what_is_missing_is_empty(csv, read):
    header, first, *_, last = csv.decode().splitlines()
    assert header.startswith("ts,btc_usd_open,")
    assert first.startswith("2026-01-10T00:00:00Z,")
    assert last.endswith(",")
    assert str(read.index.dtype.tz) == "UTC"
    for word in ("nan", "null", "none", "inf"):
        assert word not in csv.decode().lower().split("\n", 1)[1]


def test_parquet_has_the_same_columns_in_the_same_order_and_the_same_bits(dataset, read):
    frame = pd.read_parquet(io.BytesIO(b"".join(parquet_pieces(dataset)))).set_index("ts")
    assert list(frame.columns) == list(read.columns)
    assert str(frame.index.dtype) == "datetime64[us, UTC]"
    assert row_hashes(frame.drop(columns=LABEL)) == dataset.row_hashes
    assert frame[LABEL].isna().tolist() == read[LABEL].isna().tolist()
    assert frame[LABEL].dropna().tolist() == read[LABEL].dropna().tolist()


def test_gzip_holds_the_plain_file(dataset, csv):
    packed = b"".join(csv_pieces(dataset, compress=True))
    assert gzip.decompress(packed) == csv
    assert len(packed) < len(csv) / 2


@pytest.fixture(scope="module")
def long(dataset):
    """A dataset of several chunks."""
    frame = pd.concat([dataset.frame] * 10)
    frame.index = pd.date_range("2017-01-01", periods=len(frame), freq="h", tz="UTC", unit="us", name="ts")
    return dataset_of(dataset.label, frame)


def test_it_comes_in_pieces_that_join_without_a_seam(long):
    pieces = list(csv_pieces(long))
    assert len(pieces) > 3
    assert len(b"".join(pieces).splitlines()) == len(long.rows) + 1
    assert b"".join(pieces).count(b"btc_usd_open") == 1
    assert gzip.decompress(b"".join(csv_pieces(long, compress=True))) == b"".join(pieces)
    again = pd.read_parquet(io.BytesIO(b"".join(parquet_pieces(long)))).set_index("ts")
    assert row_hashes(again.drop(columns=LABEL)) == long.row_hashes


def test_rows_are_read_only_as_they_are_asked_for(long):
    asked = []
    counted = replace(long, read=lambda since, until: asked.append((since, until)) or long.read(since, until))
    pieces = csv_pieces(counted)
    assert (counted.sha256, asked) == (long.sha256, [])
    next(pieces)
    assert asked == [(utc("2017-01-01"), utc("2017-01-01") + FIRST_ROWS * HOUR)]


def test_a_file_breaks_off_where_rows_are_no_longer_those_of_its_manifest(long):
    def changed(since, until):
        rows = pl.DataFrame(long.read(since, until))
        return rows.with_columns(row_hash=pl.lit("another")) if since > utc("2017-01-01") else rows

    for pieces in (csv_pieces, parquet_pieces):
        built = pieces(replace(long, read=changed))
        assert next(built)
        with pytest.raises(Conflict, match=r"changed while they were read; download the file again\.$"):
            list(built)


def test_rows_that_are_stored_out_of_order_are_written_in_order(long):
    def shuffled(since, until):
        return pl.DataFrame(long.read(since, until)).sample(fraction=1.0, shuffle=True, seed=1)

    assert list(csv_pieces(replace(long, read=shuffled))) == list(csv_pieces(long))


def test_odd_numbers_survive_the_file(dataset):
    odd = [np.pi, 5e-324, 1.7976931348623157e308, -0.0, 0.1 + 0.2, np.nan, 1e22, 123456789.12345679]
    frame = dataset.frame.head(len(odd)).assign(btc_usd_open=odd)
    written = b"".join(csv_pieces(dataset_of(dataset.label, frame)))
    again = pd.read_csv(io.BytesIO(written), index_col="ts", parse_dates=["ts"], float_precision="round_trip")
    assert row_hashes(again.drop(columns=LABEL)) == row_hashes(frame.drop(columns=LABEL))
    with_polars = pl.read_csv(written, schema_overrides={"btc_usd_open": pl.Float64})
    assert with_polars["btc_usd_open"].fill_null(np.nan).to_numpy().tobytes() == np.array(odd).tobytes()


# ── the label, and the range ─────────────────────────────────────────────────────────────────────


def test_labels_are_those_of_the_closes_and_unknown_ones_are_empty(platform, read):
    reference = lookahead_labels(latest_closes(platform, "BTC"), lookahead=24, threshold=0.02)
    expected = reference.reindex(read.index).astype("float64")
    pd.testing.assert_series_equal(read[LABEL], expected, check_names=False, check_freq=False)
    assert read[LABEL].iloc[-1:].isna().all()
    assert read[LABEL].isna().mean() < 0.1
    assert set(read[LABEL].dropna()) == {0.0, 1.0}


def test_an_hour_without_a_bar_has_a_row_and_no_label(platform, dataset):
    complete = pd.date_range(dataset.frame.index[0], dataset.frame.index[-1], freq="h", unit="us")
    assert dataset.frame.index.equals(complete)
    without = complete.difference(latest_closes(platform, "BTC").index)
    assert len(without)
    assert dataset.frame.loc[without, [LABEL, "btc_usd_close"]].isna().all(axis=None)


def test_a_range_is_kept_to_and_its_labels_look_beyond_its_end(platform, dataset):
    part = ranged(platform, SINCE, UNTIL)
    assert (part.frame.index[0], part.frame.index[-1]) == (SINCE, UNTIL - timedelta(hours=1))
    whole = dataset.frame.loc[part.frame.index]
    pd.testing.assert_frame_equal(part.frame, whole, check_exact=True)
    assert part.frame[LABEL].iloc[-24:].notna().any()


def test_a_range_that_begins_at_half_past_begins_with_the_next_row(platform):
    part = ranged(platform, SINCE - timedelta(minutes=30), UNTIL + timedelta(minutes=30))
    assert (part.frame.index[0], part.frame.index[-1]) == (SINCE, UNTIL)


def test_a_range_without_rows_is_refused_in_a_sentence(platform, dataset):
    definition = LabelDefinition("BTC", "touch", 24, 0.02, SINCE - 900 * DAY, SINCE - 800 * DAY)
    label = named_label(definition, "", utc(dataset.queried_at), "")
    with pytest.raises(BadInput, match=r"has no rows between 2023-\d\d-\d\d and 2023-\d\d-\d\d\.$"):
        build_dataset(platform, label)


# ── the manifest ─────────────────────────────────────────────────────────────────────────────────


def test_the_manifest_says_what_is_so(platform, dataset, read):
    manifest = dict(dataset.manifest())
    digest = manifest.pop("sha256")
    assert manifest == {
        "label_id": dataset.label.label_id,
        "name": "a day ahead",
        "asset": "BTC",
        "mode": "touch",
        "lookahead": 24,
        "threshold": 0.02,
        "stop_loss": None,
        "volatility_window": None,
        "range_from": None,
        "range_to": None,
        "catalogue_version": platform.catalogue.version,
        "source": "synthetic",
        "from": None,
        "to": None,
        "rows": len(read),
        "positives": (read[LABEL] == 1).sum(),
        "negatives": (read[LABEL] == 0).sum(),
        "unknown": read[LABEL].isna().sum(),
        "first_hour": read.index[0].isoformat(),
        "last_hour": read.index[-1].isoformat(),
        "features": list(read.columns[:-1]),
        "queried_at": NOW.isoformat(),
        "warnings": [],
    }
    assert len(str(digest)) == 64


def test_both_formats_carry_the_manifest(dataset, csv):
    manifest = dict(dataset.manifest())
    written = b"".join(csv_pieces(dataset, with_manifest=True))
    lines = written.decode().splitlines()
    noted = [line.removeprefix("# ").split(": ", 1) for line in lines if line.startswith("#")]
    assert {name: json.loads(value) for name, value in noted} == manifest
    assert written.endswith(csv)
    assert len(pd.read_csv(io.BytesIO(written), comment="#")) == manifest["rows"]
    assert gzip.decompress(b"".join(csv_pieces(dataset, with_manifest=True, compress=True))) == written
    schema = pq.read_schema(io.BytesIO(b"".join(parquet_pieces(dataset))))
    assert json.loads(schema.metadata[MANIFEST_KEY]) == manifest


def test_a_query_cuts_a_label_to_a_range_and_never_widens_it(platform, dataset):
    part = build_dataset(platform, dataset.label, SINCE, UNTIL)
    assert (part.rows["ts"][0], part.rows["ts"][-1]) == (SINCE, UNTIL - HOUR)
    pd.testing.assert_frame_equal(part.frame, dataset.frame.loc[part.frame.index], check_exact=True)
    assert (part.manifest()["from"], part.manifest()["to"]) == (SINCE.isoformat(), UNTIL.isoformat())
    narrow = ranged(platform, SINCE, UNTIL).label
    assert build_dataset(platform, narrow, SINCE - DAY, UNTIL + DAY).sha256 == part.sha256


def test_its_hash_tells_other_rows_and_other_labels_and_nothing_else(platform, dataset):
    again = build_dataset(platform, dataset.label)
    assert again.sha256 == dataset.sha256
    assert ranged(platform, SINCE, UNTIL).sha256 != dataset.sha256
    flipped = dataset.frame.assign(label=1 - dataset.frame[LABEL])
    assert dataset_of(dataset.label, dataset.frame).sha256 == dataset.sha256
    assert dataset_of(dataset.label, flipped).sha256 != dataset.sha256


# ── training and serving see the same numbers ────────────────────────────────────────────────────


def test_what_was_predicted_on_is_the_row_of_the_file_by_hash(platform, read):
    (model,) = list_models(platform)
    answers = predictions(platform, [model], ORIGINS).set_index("ts")
    output = answers[answers["probability"].notna()]
    assert {"live", "buffer"} <= set(output["origin"])
    assert model.features != list(platform.catalogue.feature_names)
    vectors = read.loc[output.index, model.features]
    assert row_hashes(vectors) == output["feature_hash"].tolist()
    assert (output["price"] == read.loc[output.index, "btc_usd_close"]).all()


def test_the_model_says_of_the_file_what_it_said_live(platform, read):
    (model,) = list_models(platform)
    answers = predictions(platform, [model], ORIGINS).set_index("ts")
    output = answers["probability"].dropna()
    again = probabilities(platform, model, read.loc[output.index, model.features])
    assert again.tolist() == output.to_numpy(dtype=float).tolist()


def test_the_age_of_what_a_row_holds_can_be_exported(platform):
    text = b"".join(age_csv(platform, SINCE, UNTIL))
    exported = pd.read_csv(io.BytesIO(text), index_col="ts", parse_dates=["ts"])
    hours, memory = pd.DatetimeIndex(exported.index), SeriesCache()
    expected = {
        f"{series.name}_age_hours": memory.vintages(platform.warehouse, series.name).age_hours(
            hours, series, platform.catalogue.grace
        )
        for series in aged_series(platform)
    }
    slow = [series.name for series in aged_series(platform)]
    assert list(exported.columns) == list(expected)
    assert {"vix", "cpi"} <= set(slow)
    assert exported.notna().any().any()
    np.testing.assert_allclose(exported.to_numpy(), pd.DataFrame(expected).to_numpy(), atol=0.005)
