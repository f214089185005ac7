"""What a look-ahead label is, first by examples, then against a brute-force oracle."""

from dataclasses import FrozenInstanceError, replace
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.errors import BadInput
from shared.label_stats import independent_windows, label_summary, regions
from shared.labeling import LabelError, LabelSpec, lookahead_kernel, lookahead_labels

NAN, UNKNOWN = float("nan"), -1
START = datetime(2024, 1, 1, tzinfo=UTC)
BITSTAMP = (
    Path(__file__).parents[2].parent / "shared" / "data" / "btc" / "bitstamp_btcusd_1h_2018-05_2022-08.csv.gz"
)


def hourly(values, *, start=START, unit="us"):
    index = pd.date_range(start, periods=len(values), freq="h", unit=unit)
    return pd.Series(values, index=index, dtype="float64")


def kernel(closes, lookahead, threshold, mode="touch"):
    return lookahead_kernel(np.array(closes, float), lookahead, threshold, mode).tolist()


def labels_of(series):
    return [None if value is pd.NA else int(value) for value in series]


# ── examples: the definition, a case at a time ───────────────────────────────────────────────────


def test_touch_is_one_where_a_later_close_within_the_window_exceeds_the_target():
    #       +2% of 100 is 102: 103 is two hours away
    assert kernel([100, 101, 103, 100, 100], lookahead=2, threshold=0.02)[0] == 1
    assert kernel([100, 101, 103, 100, 100], lookahead=1, threshold=0.02)[0] == 0


def test_touch_means_greater_than_the_target_and_close_at_least_the_target():
    assert kernel([100, 150, 1], 1, 0.5, "touch")[0] == 0
    assert kernel([100, 150, 1], 1, 0.5, "close")[0] == 1


def test_the_row_itself_is_not_in_its_window_and_the_hour_at_its_end_is():
    assert kernel([100, 90, 90, 90], 2, 0.0)[0] == 0
    assert kernel([100, 90, 101, 90], 2, 0.0)[0] == 1


def test_close_looks_at_the_last_hour_only():
    assert kernel([100, 200, 100, 100], 2, 0.02, "touch")[0] == 1
    assert kernel([100, 200, 100, 100], 2, 0.02, "close")[0] == 0


def test_the_tail_is_unknown_until_a_close_decides_it():
    assert kernel([100, 100, 100], 2, 0.02) == [0, UNKNOWN, UNKNOWN]
    assert kernel([100, 100, 103], 24, 0.02) == [1, 1, UNKNOWN]
    assert kernel([100, 100, 103], 2, 0.02, "close") == [1, UNKNOWN, UNKNOWN]


def test_a_missing_hour_is_no_trade_but_a_window_without_any_bar_is_unknown():
    assert kernel([100, NAN, 103, 100, 100], 2, 0.02)[0] == 1
    assert kernel([100, NAN, 100, 100, 100], 2, 0.02)[0] == 0
    assert kernel([100, NAN, NAN, 103, 100], 2, 0.02)[0] == UNKNOWN


def test_a_row_without_a_close_is_unknown():
    assert kernel([NAN, 100, 100, 100], 1, 0.02)[0] == UNKNOWN
    assert kernel([NAN, 100, 100, 100], 1, 0.02, "close")[0] == UNKNOWN


def test_close_is_unknown_where_its_last_bar_is_missing():
    assert kernel([100, 200, NAN, 100], 2, 0.02, "close")[0] == UNKNOWN


def test_the_target_is_computed_in_float64_as_written():
    close = 3.0
    assert close * (1 + 0.1) != close + close * 0.1
    assert kernel([close, close * (1 + 0.1), 1], 1, 0.1, "touch")[0] == 0
    assert kernel([close, np.nextafter(close * (1 + 0.1), 9), 1], 1, 0.1, "touch")[0] == 1
    assert kernel([close, np.nextafter(close * (1 + 0.1), 0), 1], 1, 0.1, "close")[0] == 0


def test_nothing_gives_nothing():
    assert kernel([], 24, 0.02) == kernel([], 24, 0.02, "close") == []


def test_the_window_is_counted_in_clock_hours_so_a_missing_row_does_not_shift_it():
    close = hourly([100, 100, 100, 103, 100, 100]).drop(START + timedelta(hours=1))
    labels = lookahead_labels(close, lookahead=2, threshold=0.02)
    assert labels_of(labels) == [0, 1, 0, None, None]
    assert labels.index.equals(close.index)


# ── the oracle: the sentence of the definition, row by row ───────────────────────────────────────


def oracle(closes, lookahead, threshold, mode):
    """Label hour by hour from a dict of hour -> close; NaN stands for a missing bar."""
    bars = {hour: close for hour, close in closes.items() if close == close}
    end = max(closes, default=0)
    return {hour: oracle_row(bars, hour, end, lookahead, threshold, mode) for hour in closes}


def oracle_row(bars, hour, end, lookahead, threshold, mode):
    if hour not in bars:
        return UNKNOWN
    target = bars[hour] * (1 + threshold)
    if mode == "close":
        last = bars.get(hour + lookahead)
        return UNKNOWN if last is None else int(last >= target)
    window = [bars[later] for later in range(hour + 1, hour + lookahead + 1) if later in bars]
    if any(close > target for close in window):
        return 1
    return 0 if window and hour + lookahead <= end else UNKNOWN


# few distinct prices, so that closes often equal their targets exactly
THRESHOLDS = st.sampled_from([0.0, 0.1, 0.5, 1.0]) | st.floats(0, 3)
PRICES = st.sampled_from([1.0, 1.1, 1.5, 2.0, 2.2, 3.0]) | st.floats(0.01, 1e6)
CLOSES = st.lists(PRICES | st.just(NAN), max_size=60)
MODES = st.sampled_from(["touch", "close"])


@given(CLOSES, st.integers(1, 80), THRESHOLDS, MODES)
def test_the_kernel_agrees_with_the_oracle(closes, lookahead, threshold, mode):
    expected = oracle(dict(enumerate(closes)), lookahead, threshold, mode)
    assert kernel(closes, lookahead, threshold, mode) == list(expected.values())


@given(CLOSES.filter(len), st.integers(1, 20), THRESHOLDS, MODES, st.integers(1, 9))
def test_the_kernel_is_the_same_in_blocks_of_any_size(closes, lookahead, threshold, mode, block):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("shared.labeling._BLOCK", block)
        in_blocks = kernel(closes, lookahead, threshold, mode)
    assert in_blocks == kernel(closes, lookahead, threshold, mode)


@st.composite
def gappy_closes(draw):
    hours = draw(st.lists(st.integers(-50, 50), max_size=40, unique=True))
    closes = draw(st.lists(PRICES | st.just(NAN), min_size=len(hours), max_size=len(hours)))
    return dict(zip(hours, closes, strict=True))


@given(
    gappy_closes(), st.integers(1, 80), THRESHOLDS, MODES, st.sampled_from(["s", "ms", "us", "ns"]), st.data()
)
def test_the_series_agrees_with_the_oracle_with_gaps_in_any_order_and_unit(
    closes, lookahead, threshold, mode, unit, data
):
    index = pd.DatetimeIndex(
        [START + timedelta(hours=hour) for hour in closes], dtype=f"datetime64[{unit}, UTC]"
    )
    series = pd.Series(list(closes.values()), index=index, dtype="float64")
    labels = lookahead_labels(series, lookahead=lookahead, threshold=threshold, mode=mode)
    expected = oracle(closes, lookahead, threshold, mode).values()
    assert labels_of(labels) == [None if label == UNKNOWN else label for label in expected]
    assert labels.dtype == "Int8"
    assert labels.index.equals(series.index)


@given(gappy_closes(), st.integers(1, 30), THRESHOLDS)
def test_more_data_never_changes_a_known_touch(closes, lookahead, threshold):
    hours = sorted(closes)
    known_now = oracle_of_series(
        {hour: closes[hour] for hour in hours[: len(hours) // 2]}, lookahead, threshold
    )
    known_later = oracle_of_series(closes, lookahead, threshold)
    assert all(known_later[hour] == label for hour, label in known_now.items() if label is not None)


def oracle_of_series(closes, lookahead, threshold):
    index = pd.DatetimeIndex([START + timedelta(hours=hour) for hour in closes], tz="UTC")
    series = pd.Series(list(closes.values()), index=index, dtype="float64")
    return dict(
        zip(
            closes, labels_of(lookahead_labels(series, lookahead=lookahead, threshold=threshold)), strict=True
        )
    )


def test_long_arrays_are_labelled_in_blocks_as_pandas_would():
    rng = np.random.default_rng(7)
    closes = 100 * np.exp(np.cumsum(rng.normal(0, 0.003, 300_000)))
    highest = pd.Series(closes)[::-1].rolling(1440, min_periods=1440).max()[::-1].shift(-1)
    labels = lookahead_kernel(closes, 1440, 0.02)
    decided = highest.notna().to_numpy()
    assert decided.sum() == closes.size - 1440
    assert np.array_equal(labels[decided], (highest.to_numpy() > closes * 1.02)[decided].astype(np.int8))


def test_the_input_is_not_changed():
    closes = np.array([100.0, NAN, 103, 100])
    before = closes.copy()
    lookahead_kernel(closes, 2, 0.02)
    np.testing.assert_array_equal(closes, before)


def test_real_bars_of_bitstamp():
    if not BITSTAMP.exists():
        pytest.skip(f"{BITSTAMP.name} is not here")
    bars = pd.read_csv(BITSTAMP, skiprows=1)
    close = pd.Series(bars["close"].to_numpy(), index=pd.to_datetime(bars["unix"], unit="s", utc=True))
    labels = lookahead_labels(close, lookahead=24, threshold=0.02)
    row = close.index[1000]
    ahead = close[(close.index > row) & (close.index <= row + pd.Timedelta(hours=24))]
    assert labels[row] == int(ahead.max() > close[row] * 1.02)
    assert 0.1 < labels.mean() < 0.9


# ── what is refused, in one sentence ─────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"lookahead": 0}, "look-ahead must be 1 to"),
        ({"lookahead": -24}, "look-ahead must be 1 to"),
        ({"lookahead": 24 * 366 + 1}, "look-ahead must be 1 to"),
        ({"lookahead": 2.0}, "whole number of hours"),
        ({"lookahead": True}, "whole number of hours"),
        ({"lookahead": "24"}, "whole number of hours"),
        ({"threshold": -1}, "threshold must be 0"),
        ({"threshold": -0.01}, "threshold must be 0"),
        ({"threshold": 200}, "fraction such as 0.02"),
        ({"threshold": NAN}, "threshold must be a number"),
        ({"threshold": float("inf")}, "threshold must be a number"),
        ({"threshold": True}, "threshold must be a number"),
        ({"threshold": "2%"}, "threshold must be a number"),
        ({"mode": "Touch"}, "'touch' or 'close'"),
    ],
)
def test_a_definition_that_means_nothing_is_refused(changed, said):
    definition = {"lookahead": 24, "threshold": 0.02, "mode": "touch"} | changed
    with pytest.raises(LabelError, match=said):
        lookahead_labels(hourly([1, 2, 3]), **definition)
    with pytest.raises(LabelError, match=said):
        LabelSpec(asset="BTC", **definition)


@pytest.mark.parametrize(
    ("close", "said"),
    [
        (pd.Series([1.0, 2.0]), "times in UTC"),
        (hourly([1, 2]).tz_localize(None), "times in UTC"),
        (hourly([1, 2]).tz_convert("Europe/London"), "times in UTC"),
        (hourly([1, 2], start=START + timedelta(minutes=30)), "on the hour"),
        (hourly([1, 2], start=START + timedelta(microseconds=1)), "on the hour"),
        (pd.Series([1.0], index=pd.DatetimeIndex([pd.NaT], tz="UTC")), "on the hour"),
        (pd.concat([hourly([1, 2]), hourly([3])]), "same hour twice"),
        (hourly([1, 0]), "positive and finite: 0.0 at 2024-01-01 01:00"),
        (hourly([1, -5]), "positive and finite"),
        (hourly([float("inf"), 1]), "positive and finite"),
        (hourly([1, 2]).astype(str), "must be numbers"),
        (hourly([1, 2]) > 1, "must be numbers"),
        (pd.Series([1.0, 2.0], pd.DatetimeIndex(["1970-01-01", "9999-01-01"], tz="UTC")), "200 years"),
    ],
)
def test_closes_that_cannot_be_labelled_are_refused(close, said):
    with pytest.raises(LabelError, match=said) as refused:
        lookahead_labels(close, lookahead=1, threshold=0.02)
    assert isinstance(refused.value, BadInput)


def test_numbers_from_numpy_and_nullable_columns_are_welcome():
    close = hourly([100, NAN, 103, 100]).astype("Float64")
    labels = lookahead_labels(close, lookahead=np.int64(2), threshold=np.float32(0))
    assert labels_of(labels) == [1, None, None, None]


@pytest.mark.parametrize("nothing", [hourly([]), pd.Series([], dtype="float64")])
def test_an_empty_series_gives_an_empty_series(nothing):
    labels = lookahead_labels(nothing, lookahead=24, threshold=0.02)
    assert labels.empty
    assert labels.dtype == "Int8"


# ── a label's definition and its id ──────────────────────────────────────────────────────────────

SPEC = LabelSpec(asset="BTC", mode="touch", lookahead=24, threshold=0.02, start=START, end=None)


def test_the_id_is_readable_and_never_changes():
    assert SPEC.label_id == "btc-touch-24h-200bp-6215cd"


def test_equal_definitions_have_equal_ids():
    elsewhere = START.astimezone(timezone(timedelta(hours=9)))
    same = LabelSpec("BTC", "touch", np.int64(24), np.float64(0.02), start=pd.Timestamp(elsewhere))
    assert same == SPEC
    assert same.label_id == SPEC.label_id
    assert replace(SPEC, threshold=0).label_id == replace(SPEC, threshold=-0.0).label_id
    assert replace(SPEC, start=pd.NaT).label_id == replace(SPEC, start=None).label_id


@pytest.mark.parametrize(
    "changed",
    [
        {"asset": "ETH"},
        {"mode": "close"},
        {"lookahead": 25},
        {"threshold": 0.020001},
        {"start": None},
        {"end": datetime(2025, 1, 1, tzinfo=UTC)},
    ],
)
def test_another_definition_has_another_id(changed):
    assert replace(SPEC, **changed).label_id != SPEC.label_id


@given(st.floats(0, 100), st.integers(1, 24 * 366))
def test_every_id_fits_into_an_address(threshold, lookahead):
    label_id = replace(SPEC, threshold=threshold, lookahead=lookahead).label_id
    assert set(label_id) <= set("abcdefghijklmnopqrstuvwxyz0123456789-.")
    assert len(label_id) <= 64


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"asset": "btc/usd"}, "id of the catalogue"),
        ({"asset": None}, "id of the catalogue"),
        ({"asset": 7}, "id of the catalogue"),
        ({"start": datetime(2024, 1, 1)}, "time zone"),  # noqa: DTZ001
        ({"end": "2024-01-01"}, "time zone"),
        ({"end": START}, "start before it ends"),
    ],
)
def test_a_definition_without_sense_is_refused(changed, said):
    with pytest.raises(LabelError, match=said):
        replace(SPEC, **changed)


def test_a_definition_is_frozen():
    with pytest.raises(FrozenInstanceError):
        SPEC.lookahead = 48


def test_a_prediction_matures_when_the_last_bar_of_its_window_closes():
    assert SPEC.matures_at(START) == datetime(2024, 1, 2, 1, tzinfo=UTC)
    assert SPEC.target(100.0) == 102.0


def test_a_range_cuts_the_rows_but_not_what_they_look_at():
    close = hourly([100, 100, 103, 100])
    spec = LabelSpec(
        "BTC", "touch", 1, 0.02, start=START + timedelta(hours=1), end=START + timedelta(hours=2)
    )
    labels = spec.labels(close)
    assert labels_of(labels) == [1]
    assert labels.index[0] == START + timedelta(hours=1)


# ── what a label holds ───────────────────────────────────────────────────────────────────────────


def series_of(text, start=START):
    """A label series from a picture: '01?' is 0, 1, unknown, an hour each; a blank is a missing row."""
    picture = {"0": 0, "1": 1, "?": pd.NA}
    hours = [START + timedelta(hours=hour) for hour, sign in enumerate(text) if sign != " "]
    index = pd.DatetimeIndex([hour - START + start for hour in hours], dtype="datetime64[us, UTC]")
    return pd.Series([picture[sign] for sign in text if sign != " "], index=index, dtype="Int8")


def test_a_summary_counts_classes_events_and_the_longest_run():
    summary = label_summary(series_of("0110111?0??"), lookahead=3)
    assert (summary.positives, summary.negatives, summary.unknown) == (5, 3, 3)
    assert summary.share == 5 / 8
    assert summary.longest_run == 3
    assert summary.independent == 3  # rows 0, 3 and 6: each window (t, t + 3] begins where the last ended


def test_a_missing_hour_ends_a_run():
    assert label_summary(series_of("11 111"), lookahead=1).longest_run == 3


def test_the_balance_is_told_by_year():
    summary = label_summary(series_of("0111?", start=datetime(2023, 12, 31, 22, tzinfo=UTC)), lookahead=1)
    years = [(year.year, year.positives, year.negatives, year.unknown) for year in summary.by_year]
    assert years == [(2023, 1, 1, 0), (2024, 2, 0, 1)]


@pytest.mark.parametrize(
    ("text", "lookahead", "said"),
    [
        ("0" * 99 + "1", 1, ["99.0% of the rows are 0"]),
        ("1" * 99 + "0", 1, ["99.0% of the rows are 1"]),
        ("01" * 50, 1, []),
        ("01" * 50, 24, ["100 rows hold only 5 windows"]),
        ("???", 24, ["No row has a known label"]),
        ("", 24, ["No row has a known label"]),
    ],
)
def test_a_useless_label_is_warned_about(text, lookahead, said):
    warnings = label_summary(series_of(text), lookahead).warnings
    assert len(warnings) == len(said)
    assert all(phrase in warning for phrase, warning in zip(said, warnings, strict=True))


def test_regions_are_the_stretches_of_ones_with_their_ends_excluded():
    found = regions(series_of("0110 1?11"))
    hours = [
        ((start - START) / timedelta(hours=1), (end - START) / timedelta(hours=1)) for start, end in found
    ]
    assert hours == [(1, 3), (5, 6), (7, 9)]
    assert regions(series_of("")) == regions(series_of("00?")) == []


@given(st.text("01? ", max_size=60), st.randoms())
def test_regions_and_summary_agree_with_the_labels_in_any_order(text, random):
    labels = series_of(text)
    shuffled = labels.iloc[random.sample(range(len(labels)), len(labels))]
    hours = [hour for start, end in regions(shuffled) for hour in pd.date_range(start, end, freq="h")[:-1]]
    assert hours == list(labels.index[labels == 1])
    assert label_summary(shuffled, 3) == label_summary(labels, 3)
    assert label_summary(labels, 3).longest_run == max(
        map(len, text.replace(" ", "0").replace("?", "0").split("0"))
    )


@given(st.lists(st.integers(0, 200), unique=True, max_size=60), st.integers(1, 30))
def test_independent_windows_are_as_many_as_can_be_without_overlap(hours, lookahead):
    chosen = []
    for hour in sorted(hours):
        if not chosen or hour >= chosen[-1] + lookahead:
            chosen.append(hour)
    assert independent_windows(np.array(hours, np.int64), lookahead) == len(chosen)
