"""The file that people train on is what live models receive: the same columns, in order, to the last bit."""

import gzip
import io
from datetime import timedelta

import numpy as np
import pandas as pd
import polars as pl
import pytest

from shared.dataset import LABEL, ROWS_A_CHUNK, Dataset, build_dataset
from shared.errors import BadInput
from shared.features import row_hashes
from shared.frames import BEGINNING, END, utc
from shared.jobs.build import stored_rows
from shared.jobs.predict import ORIGINS
from shared.labeling import LabelSpec, lookahead_labels
from shared.labels import closes, save_label
from shared.models.models import list_models
from shared.performance import predictions
from tests.unit.builders import DAY, NOW, filled_platform

pytestmark = pytest.mark.filterwarnings("ignore:The 'float_precision'")
SINCE, UNTIL = utc("2026-01-20"), utc("2026-02-03 12:00")


@pytest.fixture(scope="module")
def platform(tmp_path_factory):
    opened = filled_platform(tmp_path_factory.getbasetemp(), tmp_path_factory.mktemp("dataset"))
    yield opened
    opened.close()


@pytest.fixture(scope="module")
def dataset(platform):
    label, _ = save_label(platform, LabelSpec("BTC", "touch", 24, 0.02), "a day ahead", "test")
    return build_dataset(platform, label)


@pytest.fixture(scope="module")
def csv(dataset):
    return b"".join(dataset.csv())


@pytest.fixture(scope="module")
def read(csv):
    """The file as a reader has it who follows the documentation."""
    return pd.read_csv(io.BytesIO(csv), index_col="ts", parse_dates=["ts"], float_precision="round_trip")


def ranged(platform, since, until):
    spec = LabelSpec("BTC", "touch", 24, 0.02, since, until)
    return build_dataset(platform, save_label(platform, spec, "", "test")[0])


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
    file = io.BytesIO()
    dataset.polars().write_parquet(file)
    frame = pd.read_parquet(file).set_index("ts")
    assert list(frame.columns) == list(read.columns)
    assert str(frame.index.dtype) == "datetime64[us, UTC]"
    assert row_hashes(frame.drop(columns=LABEL)) == dataset.row_hashes
    assert frame[LABEL].isna().tolist() == read[LABEL].isna().tolist()
    assert frame[LABEL].dropna().tolist() == read[LABEL].dropna().tolist()


def test_gzip_holds_the_plain_file(dataset, csv):
    packed = b"".join(dataset.csv(compress=True))
    assert gzip.decompress(packed) == csv
    assert len(packed) < len(csv) / 2


def test_it_comes_in_pieces_that_join_without_a_seam(platform, dataset):
    long = pd.concat([dataset.frame] * 6)
    many = Dataset(dataset.label, long, dataset.row_hashes * 6, "", "", dataset.queried_at)
    pieces = list(many.csv())
    assert len(pieces) == -(-len(long) // ROWS_A_CHUNK) > 1
    assert len(b"".join(pieces).splitlines()) == len(long) + 1
    assert b"".join(pieces).count(b"btc_usd_open") == 1
    assert gzip.decompress(b"".join(many.csv(compress=True))) == b"".join(pieces)


def test_odd_numbers_survive_the_file(dataset):
    odd = [np.pi, 5e-324, 1.7976931348623157e308, -0.0, 0.1 + 0.2, np.nan, 1e22, 123456789.12345679]
    frame = dataset.frame.head(len(odd)).assign(btc_usd_open=odd)
    written = b"".join(Dataset(dataset.label, frame, [], "", "", dataset.queried_at).csv())
    again = pd.read_csv(io.BytesIO(written), index_col="ts", parse_dates=["ts"], float_precision="round_trip")
    assert row_hashes(again.drop(columns=LABEL)) == row_hashes(frame.drop(columns=LABEL))
    with_polars = pl.read_csv(written, schema_overrides={"btc_usd_open": pl.Float64})
    assert with_polars["btc_usd_open"].fill_null(np.nan).to_numpy().tobytes() == np.array(odd).tobytes()


# ── the label, and the range ─────────────────────────────────────────────────────────────────────


def test_labels_are_those_of_the_closes_and_unknown_ones_are_empty(platform, read):
    known = lookahead_labels(closes(platform, "BTC"), lookahead=24, threshold=0.02)
    expected = known.reindex(read.index).astype("float64")
    pd.testing.assert_series_equal(read[LABEL], expected, check_names=False, check_freq=False)
    assert read[LABEL].iloc[-1:].isna().all()
    assert read[LABEL].isna().mean() < 0.1
    assert set(read[LABEL].dropna()) == {0.0, 1.0}


def test_an_hour_without_a_bar_has_a_row_and_no_label(platform, dataset):
    complete = pd.date_range(dataset.frame.index[0], dataset.frame.index[-1], freq="h", unit="us")
    assert dataset.frame.index.equals(complete)
    without = complete.difference(closes(platform, "BTC").index)
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
    label = dataset.label.__class__(
        LabelSpec("BTC", "touch", 24, 0.02, SINCE - 900 * DAY, SINCE - 800 * DAY), "", dataset.queried_at, ""
    )
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
        "rows": len(read),
        "first_hour": read.index[0].isoformat(),
        "last_hour": read.index[-1].isoformat(),
        "features": list(read.columns[:-1]),
        "queried_at": NOW.isoformat(),
    }
    assert len(str(digest)) == 64


def test_its_hash_tells_other_rows_and_other_labels_and_nothing_else(platform, dataset):
    again = build_dataset(platform, dataset.label)
    assert again.sha256 == dataset.sha256
    assert ranged(platform, SINCE, UNTIL).sha256 != dataset.sha256
    flipped = dataset.frame.assign(label=1 - dataset.frame[LABEL])
    changed = Dataset(dataset.label, flipped, dataset.row_hashes, "", "", dataset.queried_at)
    assert changed.sha256 != dataset.sha256


# ── training and serving see the same numbers ────────────────────────────────────────────────────


def test_what_was_predicted_on_is_the_row_of_the_file_by_hash(platform, read):
    (model,) = list_models(platform)
    answers = predictions(platform, [model], ORIGINS).set_index("ts")
    said = answers[answers["probability"].notna()]
    assert {"live", "buffer"} <= set(said["origin"])
    assert model.features != list(platform.catalogue.feature_names)
    vectors = read.loc[said.index, model.features]
    assert row_hashes(vectors) == said["feature_hash"].tolist()
    assert (said["price"] == read.loc[said.index, "btc_usd_close"]).all()


def test_the_model_says_of_the_file_what_it_said_live(platform, read):
    (model,) = list_models(platform)
    answers = predictions(platform, [model], ORIGINS).set_index("ts")
    said = answers["probability"].dropna()
    estimator = platform.loaded.get(platform.store, model.row)
    again = estimator.predict_proba(read.loc[said.index, model.features])[:, 1]
    # sums of products in another order for another number of rows
    assert again == pytest.approx(said.to_numpy(dtype=float), rel=1e-12)
