"""Look-ahead labels: examples, then properties against a brute-force oracle."""

from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from ppa.core.contracts.label import LabelError
from ppa.core.errors import BadInput
from ppa.core.labels.definition import LabelDefinition, lookahead_labels, on_grid
from ppa.core.labels.kernel import lookahead_kernel, lowest_ahead, rolling_volatility

NAN, UNKNOWN = float("nan"), -1
START = datetime(2024, 1, 1, tzinfo=UTC)
BITSTAMP = (
    Path(__file__).parents[2].parent / "shared" / "data" / "btc" / "bitstamp_btcusd_1h_2018-05_2022-08.csv.gz"
)


def hourly(values, *, start=START, unit="us"):
    index = pd.date_range(start, periods=len(values), freq="h", unit=unit)
    return pd.Series(values, index=index, dtype="float64")


def kernel(closes, lookahead, threshold, mode="touch", stop_loss=0.0):
    return lookahead_kernel(np.array(closes, float), lookahead, threshold, mode, stop_loss).tolist()


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


def oracle(closes, lookahead, threshold, mode, stop=0.0, volatility=None):
    """Label hour by hour from a dict of hour -> close; NaN stands for a missing bar.

    `volatility` maps each hour to what one unit of threshold and stop is, None where they are fractions.
    """
    bars = {hour: close for hour, close in closes.items() if close == close}
    end = max(closes, default=0)
    units = dict.fromkeys(closes, 1.0) if volatility is None else volatility
    return {
        hour: oracle_row(bars, hour, end, lookahead, threshold * units[hour], mode, stop * units[hour])
        for hour in closes
    }


def oracle_row(bars, hour, end, lookahead, threshold, mode, stop):
    if hour not in bars or threshold != threshold:
        return UNKNOWN
    target = bars[hour] * (1 + threshold)
    if mode == "close":
        last = bars.get(hour + lookahead)
        return UNKNOWN if last is None else int(last >= target)
    window = [bars[later] for later in range(hour + 1, hour + lookahead + 1) if later in bars]
    for close in window:
        if close > target:
            return 1
        if mode == "triple_barrier" and close < bars[hour] * (1 - stop):
            return 0
    return 0 if window and hour + lookahead <= end else UNKNOWN


# few distinct prices, so that closes often equal their targets exactly
THRESHOLDS = st.sampled_from([0.0, 0.1, 0.5, 1.0]) | st.floats(0, 3)
PRICES = st.sampled_from([1.0, 1.1, 1.5, 2.0, 2.2, 3.0]) | st.floats(0.01, 1e6)
CLOSES = st.lists(PRICES | st.just(NAN), max_size=60)
MODES = st.sampled_from(["touch", "close", "triple_barrier"])
STOPS = st.sampled_from([0.0, 0.1, 0.5]) | st.floats(0, 0.99)


@given(CLOSES, st.integers(1, 80), THRESHOLDS, MODES, STOPS)
def test_the_kernel_agrees_with_the_oracle(closes, lookahead, threshold, mode, stop):
    expected = oracle(dict(enumerate(closes)), lookahead, threshold, mode, stop)
    assert kernel(closes, lookahead, threshold, mode, stop) == list(expected.values())


# float32 cannot distinguish the first ones, and cannot represent the others
ALIKE = st.integers(-2, 2).map(lambda steps: 100.0 + steps * np.spacing(100.0))
BEYOND = st.sampled_from([1e39, 2e39, 1e-50, 2e-50])


@given(
    st.lists(ALIKE | BEYOND | st.just(90.0) | st.just(NAN), max_size=60),
    st.integers(1, 20),
    st.sampled_from([0.0, np.spacing(1.0), 1.0]),
)
def test_closes_that_float32_cannot_tell_from_their_target_are_told(closes, lookahead, threshold):
    expected = oracle(dict(enumerate(closes)), lookahead, threshold, "touch")
    assert kernel(closes, lookahead, threshold) == list(expected.values())


@given(CLOSES.filter(len), st.integers(1, 20), THRESHOLDS, MODES, STOPS, st.integers(1, 9), st.data())
def test_the_kernel_is_the_same_in_blocks_of_any_size(closes, lookahead, threshold, mode, stop, block, data):
    units = np.array(
        data.draw(st.lists(st.floats(0, 2) | st.just(NAN), min_size=len(closes), max_size=len(closes)))
    )
    labels = []
    for size in (block, 1 << 17):
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr("ppa.core.labels.kernel._BLOCK", size)
            labels.append(kernel(closes, lookahead, threshold, mode, stop))
            labels.append(kernel(closes, lookahead, threshold * units, mode, stop * units))
    assert labels[:2] == labels[2:]
    expected = oracle(
        dict(enumerate(closes)), lookahead, threshold, mode, stop, dict(enumerate(units.tolist()))
    )
    assert labels[1] == list(expected.values())


@st.composite
def gappy_closes(draw):
    hours = draw(st.lists(st.integers(-50, 50), max_size=40, unique=True))
    closes = draw(st.lists(PRICES | st.just(NAN), min_size=len(hours), max_size=len(hours)))
    return dict(zip(hours, closes, strict=True))


@given(
    gappy_closes(),
    st.integers(1, 80),
    THRESHOLDS,
    MODES,
    STOPS,
    st.none() | st.integers(2, 30),
    st.sampled_from(["s", "ms", "us", "ns"]),
)
def test_the_series_agrees_with_the_oracle_with_gaps_in_any_order_and_unit(
    closes, lookahead, threshold, mode, stop, window, unit
):
    index = pd.DatetimeIndex(
        [START + timedelta(hours=hour) for hour in closes], dtype=f"datetime64[{unit}, UTC]"
    )
    series = pd.Series(list(closes.values()), index=index, dtype="float64")
    stops = {"stop_loss": stop} if mode == "triple_barrier" else {}
    label = {"lookahead": lookahead, "threshold": threshold, "mode": mode, **stops}
    labels = lookahead_labels(series, **label, volatility_window=window)
    expected = oracle(closes, lookahead, threshold, mode, stop, units(closes, window, lookahead)).values()
    assert labels_of(labels) == [None if label == UNKNOWN else label for label in expected]
    assert labels.dtype == "Int8"
    assert labels.index.equals(series.index)


def units(closes, window, lookahead):
    """Unit of the threshold in each hour, summed in the kernel's order so that ties agree."""
    if window is None or not closes:
        return None
    first, last = min(closes), max(closes)
    grid = np.array([closes.get(hour, NAN) for hour in range(first, last + 1)])
    volatility = rolling_volatility(grid, window) * np.sqrt(lookahead)
    return {hour: volatility[hour - first] for hour in closes}


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


# ── triple barrier: what is crossed first ────────────────────────────────────────────────────────


def barrier(closes, lookahead, profit, stop):
    return kernel(closes, lookahead, profit, "triple_barrier", stop)


def test_a_triple_barrier_is_one_where_the_profit_is_taken_before_the_stop():
    assert barrier([100, 101, 103, 90], 3, 0.02, 0.05)[0] == 1
    assert barrier([100, 94, 103, 90], 3, 0.02, 0.05)[0] == 0
    assert barrier([100, 96, 103, 90], 3, 0.02, 0.05)[0] == 1


def test_a_triple_barrier_is_zero_where_the_time_runs_out_first():
    assert barrier([100, 101, 99, 200], 2, 0.02, 0.05)[0] == 0


def test_barriers_are_crossed_by_closes_beyond_them_and_not_by_closes_at_them():
    assert barrier([100, 150, 50, 151, 1], 4, 0.5, 0.5)[0] == 1
    assert barrier([100, 150, 49, 151, 1], 4, 0.5, 0.5)[0] == 0


def test_a_barrier_that_was_crossed_decides_a_window_that_is_not_over():
    assert barrier([100, 103], 24, 0.02, 0.05)[0] == 1
    assert barrier([100, 94], 24, 0.02, 0.05)[0] == 0
    assert barrier([100, 101], 24, 0.02, 0.05)[0] == UNKNOWN


def test_a_triple_barrier_without_bars_is_unknown_and_a_gap_is_no_trade():
    assert barrier([100, NAN, NAN, 103], 2, 0.02, 0.05)[0] == UNKNOWN
    assert barrier([100, NAN, 94, 103], 3, 0.02, 0.05)[0] == 0
    assert barrier([NAN, 103, 94], 1, 0.02, 0.05)[0] == UNKNOWN


# ── thresholds in units of volatility ────────────────────────────────────────────────────────────


def volatility_oracle(closes, hour, window):
    """Root mean square of the hourly returns of the last hours, from a dict of hour -> close without NaN."""
    hours = range(hour - window + 1, hour + 1)
    returns = [closes[h] / closes[h - 1] - 1.0 for h in hours if h in closes and h - 1 in closes]
    if hour not in closes or 2 * len(returns) < window:
        return NAN
    return float(np.sqrt(sum(r * r for r in returns) / len(returns)))


@given(st.lists(st.floats(1, 1e4) | st.just(NAN), min_size=1, max_size=60), st.integers(2, 70))
def test_volatility_agrees_with_the_oracle(closes, window):
    bars = {hour: close for hour, close in enumerate(closes) if close == close}
    expected = [volatility_oracle(bars, hour, window) for hour in range(len(closes))]
    result = rolling_volatility(np.array(closes), window)
    np.testing.assert_allclose(result, expected, rtol=1e-12, atol=1e-15)


@given(
    st.lists(st.floats(1, 1e4) | st.just(NAN), min_size=2, max_size=80),
    st.integers(2, 30),
    st.integers(0, 79),
)
def test_volatility_knows_neither_the_future_nor_where_the_data_begins(closes, window, row):
    row %= len(closes)
    whole = rolling_volatility(np.array(closes), window)
    first = max(0, row - window)
    part = rolling_volatility(np.array(closes[first : row + 1]), window)
    np.testing.assert_array_equal(part[-1], whole[row])


def test_a_threshold_of_two_volatilities_is_wider_where_prices_move_more():
    calm, wild = [100, 101] * 12, [100, 120] * 12
    label = {"lookahead": 1, "threshold": 0.5, "volatility_window": 4}
    assert labels_of(lookahead_labels(hourly([*calm, 100, 101]), **label))[-2] == 1
    assert labels_of(lookahead_labels(hourly([*wild, 100, 101]), **label))[-2] == 0


def test_a_row_whose_volatility_is_unknown_is_unknown():
    labels = lookahead_labels(hourly([100, 200, 400, 900]), lookahead=1, threshold=0.1, volatility_window=2)
    assert labels_of(labels) == [None, 1, 1, None]


# ── what is refused, in one sentence ─────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"lookahead": 0}, "whole number of hours from 1 to 8784"),
        ({"lookahead": -24}, "whole number of hours from 1 to 8784"),
        ({"lookahead": 24 * 366 + 1}, "whole number of hours from 1 to 8784"),
        ({"lookahead": 2.0}, "whole number of hours"),
        ({"lookahead": True}, "whole number of hours"),
        ({"lookahead": "24"}, "whole number of hours"),
        ({"threshold": -1}, "a number from 0 to 100, such as 0.02"),
        ({"threshold": -0.01}, "a number from 0 to 100, such as 0.02"),
        ({"threshold": 200}, "such as 0.02"),
        ({"threshold": NAN}, "a number from 0 to 100, such as 0.02"),
        ({"threshold": float("inf")}, "a number from 0 to 100, such as 0.02"),
        ({"threshold": True}, "a number from 0 to 100, such as 0.02"),
        ({"threshold": "2%"}, "a number from 0 to 100, such as 0.02"),
        ({"mode": "Touch"}, "one of close, touch, triple_barrier"),
        ({"mode": "triple_barrier"}, "stop_loss is missing"),
        ({"stop_loss": 0.02}, "stop_loss is 0.02, but the mode 'touch' takes none"),
        ({"mode": "triple_barrier", "stop_loss": -0.02}, "stop_loss is -0.02"),
        ({"mode": "triple_barrier", "stop_loss": 1.0}, "a fraction below 1"),
        ({"volatility_window": 1}, "whole number of hours from 2 to 8784"),
        ({"volatility_window": 24 * 366 + 1}, "whole number of hours from 2 to 8784"),
        ({"volatility_window": 24.0}, "whole number of hours"),
    ],
)
def test_a_definition_that_means_nothing_is_refused(changed, message):
    definition = {"lookahead": 24, "threshold": 0.02, "mode": "touch"} | changed
    with pytest.raises(LabelError, match=message):
        lookahead_labels(hourly([1, 2, 3]), **definition)
    with pytest.raises(LabelError, match=message):
        LabelDefinition(asset="BTC", **definition)


@pytest.mark.parametrize(
    "changed",
    [
        {"lookahead": 1},
        {"lookahead": 24 * 366},
        {"threshold": 0},
        {"threshold": 100},
        {"volatility_window": 2},
        {"volatility_window": 24 * 366},
        {"mode": "triple_barrier", "stop_loss": 0},
        {"mode": "triple_barrier", "stop_loss": 0.999},
        {"mode": "triple_barrier", "stop_loss": 100, "volatility_window": 24},
    ],
)
def test_the_bounds_of_a_definition_are_part_of_it(changed):
    built = LabelDefinition(
        **({"asset": "BTC", "lookahead": 24, "threshold": 0.02, "mode": "touch"} | changed)
    )
    for name, value in changed.items():
        assert getattr(built, name) == value


@pytest.mark.parametrize("span", range(1, 20))
def test_extremes_of_windows_of_any_length_are_found(span):
    closes = np.random.default_rng(span).choice([97.0, 99.0, 100.0, 101.0, 103.0, NAN], 60)
    windows = [closes[at + 1 : at + 1 + span] for at in range(60)]
    lowest = [np.nanmin(window) if (~np.isnan(window)).any() else NAN for window in windows]
    assert lowest_ahead(closes, span) == pytest.approx(lowest, nan_ok=True)
    for at, result in enumerate(kernel(closes, span, 0.02, "triple_barrier", 0.02)[: 60 - span]):
        up, down = closes[at] * 1.02, closes[at] * 0.98
        crossed = [price > up for price in windows[at] if price > up or price < down]
        unknown = np.isnan(closes[at]) or np.isnan(windows[at]).all()
        assert result == (UNKNOWN if unknown else int(crossed[0]) if crossed else 0)


def test_closes_may_span_200_years_and_no_more():
    first = pd.Timestamp("1900-01-01", tz="UTC").as_unit("us")
    for hours, allowed in ((24 * 366 * 200, True), (24 * 366 * 200 + 1, False)):
        close = pd.Series([1.0, 2.0], index=pd.DatetimeIndex([first, first + pd.Timedelta(hours=hours)]))
        if allowed:
            assert on_grid(close)[1].tolist() == [0, hours]
        else:
            with pytest.raises(LabelError, match="200 years"):
                on_grid(close)


def test_windows_are_settled_up_to_the_look_ahead_before_the_last_close():
    assert SPEC.settled(hourly([1.0] * 30)) == START + timedelta(hours=29 - 24)
    assert SPEC.settled(hourly([])) == pd.Timestamp(0, tz="UTC") - pd.Timedelta(hours=24)


def test_a_range_includes_its_start_and_may_lack_either_end():
    close = hourly([100, 100, 103, 100, 100])
    for start, end, hours in (
        (1, 3, [1, 2]),
        (None, 2, [0, 1]),
        (3, None, [3, 4]),
        (None, None, [0, 1, 2, 3, 4]),
    ):
        bounds = [None if at is None else START + timedelta(hours=at) for at in (start, end)]
        result = LabelDefinition("BTC", "touch", 1, 0.02, *bounds).labels(close)
        assert [stamp.hour for stamp in result.index] == hours


@pytest.mark.parametrize(
    ("threshold", "window", "part"),
    [
        (0.02, None, "-200bp-"),
        (0.0001, None, "-1bp-"),
        (0.00125, None, "-12.5bp-"),
        (2.0, 48, "-2sd48-"),
        (1.25, 48, "-1.25sd48-"),
    ],
)
def test_an_id_names_the_threshold_in_basis_points_or_standard_deviations(threshold, window, part):
    assert part in LabelDefinition("BTC", "touch", 24, threshold, volatility_window=window).label_id


@pytest.mark.parametrize(
    ("close", "message"),
    [
        (pd.Series([1.0, 2.0]), "DatetimeIndex in UTC"),
        (hourly([1, 2]).tz_localize(None), "DatetimeIndex in UTC"),
        (hourly([1, 2]).tz_convert("Europe/London"), "DatetimeIndex in UTC"),
        (hourly([1, 2], start=START + timedelta(minutes=30)), "on the hour"),
        (hourly([1, 2], start=START + timedelta(microseconds=1)), "on the hour"),
        (pd.Series([1.0], index=pd.DatetimeIndex([pd.NaT], tz="UTC")), "on the hour"),
        (pd.concat([hourly([1, 2]), hourly([3])]), "duplicate hours"),
        (hourly([1, 0]), "positive and finite, not 0.0 at 2024-01-01 01:00"),
        (hourly([1, -5]), "positive and finite"),
        (hourly([float("inf"), 1]), "positive and finite"),
        (hourly([1, 2]).astype(str), "must be numbers"),
        (hourly([1, 2]) > 1, "must be numbers"),
        (pd.Series([1.0, 2.0], pd.DatetimeIndex(["1970-01-01", "9999-01-01"], tz="UTC")), "200 years"),
    ],
)
def test_closes_that_cannot_be_labelled_are_refused(close, message):
    with pytest.raises(LabelError, match=message) as refused:
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

SPEC = LabelDefinition(asset="BTC", mode="touch", lookahead=24, threshold=0.02, start=START, end=None)


def test_the_id_is_readable_and_never_changes():
    assert SPEC.label_id == "btc-touch-24h-200bp-6215cd"


def test_equal_definitions_have_equal_ids():
    elsewhere = START.astimezone(timezone(timedelta(hours=9)))
    same = LabelDefinition("BTC", "touch", np.int64(24), np.float64(0.02), start=pd.Timestamp(elsewhere))
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
        {"volatility_window": 168},
        {"mode": "triple_barrier", "stop_loss": 0.01},
        {"start": None},
        {"end": datetime(2025, 1, 1, tzinfo=UTC)},
    ],
)
def test_another_definition_has_another_id(changed):
    assert replace(SPEC, **changed).label_id != SPEC.label_id


@given(st.floats(0, 100), st.integers(1, 24 * 366), st.none() | st.integers(2, 24 * 366))
def test_every_id_fits_into_an_address(threshold, lookahead, window):
    barrier = {"mode": "triple_barrier", "stop_loss": min(threshold, 0.99)}
    changed = {"threshold": threshold, "lookahead": lookahead, "volatility_window": window}
    label_id = replace(SPEC, **changed, **barrier).label_id
    assert set(label_id) <= set("abcdefghijklmnopqrstuvwxyz0123456789-.")
    assert len(label_id) <= 64


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"asset": "btc/usd"}, "id from the catalogue"),
        ({"asset": None}, "id from the catalogue"),
        ({"asset": 7}, "id from the catalogue"),
        ({"start": datetime(2024, 1, 1)}, "start is 2024-01-01 00:00:00. Give a time such as"),  # noqa: DTZ001
        ({"end": "soon"}, "end is 'soon'"),
        ({"end": START}, "The range is empty: 2024-01-01 00:00 is not before 2024-01-01 00:00"),
    ],
)
def test_a_definition_without_sense_is_refused(changed, message):
    with pytest.raises(LabelError, match=message):
        replace(SPEC, **changed)


def test_all_wrong_fields_of_a_definition_are_named_at_once():
    with pytest.raises(LabelError) as raised:
        LabelDefinition("btc/usd", "Touch", lookahead=0, threshold=NAN)
    assert [wrong.field for wrong in raised.value.errors] == ["asset", "mode", "lookahead", "threshold"]
    assert "asset is 'btc/usd'; mode is 'Touch'; lookahead is 0; threshold is nan." in str(raised.value)


def test_a_definition_is_frozen():
    with pytest.raises(AttributeError):
        SPEC.lookahead = 48


def test_targets_follow_the_definition_in_fractions_and_in_units_of_volatility():
    closes = hourly([100.0, 110.0, 99.0, 99.0])
    assert SPEC.targets(closes).tolist() == [102.0, 112.2, 100.98, 100.98]
    scaled = replace(SPEC, threshold=2.0, volatility_window=2, lookahead=4)
    volatility = [NAN, 0.1, 0.1, np.sqrt((0.1 * 0.1 + 0) / 2)]
    expected = closes * (1 + 2.0 * (np.array(volatility) * 2))
    pd.testing.assert_series_equal(scaled.targets(closes), expected)
    assert scaled.targets(closes[:0]).empty


def test_a_range_cuts_the_rows_but_not_what_they_look_at():
    close = hourly([100, 100, 103, 100])
    definition = LabelDefinition(
        "BTC", "touch", 1, 0.02, start=START + timedelta(hours=1), end=START + timedelta(hours=2)
    )
    labels = definition.labels(close)
    assert labels_of(labels) == [1]
    assert labels.index[0] == START + timedelta(hours=1)
