"""Transforms against pandas, and bit-identical on shorter frames."""

import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ppa.core.features.transforms import HOUR_US, LOOKBACK_HOURS, MIN_COVERAGE, TRANSFORMS, WINDOWED, Grid
from tests.unit.builders import START, hours_from

DAYS = 12
INDEX = hours_from(START, DAYS * 24)
WINDOWS = [1, 2, 24, 168, LOOKBACK_HOURS]
names = st.sampled_from(sorted(TRANSFORMS))
seeds, shares = st.integers(0, 2**32 - 1), st.sampled_from([0.0, 0.1, 0.5, 0.95])
few = settings(max_examples=20, deadline=None)


def grid_of(index=INDEX):
    return Grid(index.asi8)


def built(name, *inputs, hours=0, index=INDEX):
    values = TRANSFORMS[name](grid_of(index), [np.asarray(i, dtype=float) for i in inputs], hours)
    return pd.Series(values, index=index)


def prices(seed, missing, index=INDEX, zeros=0.0):
    random = np.random.default_rng(seed)
    values = np.round(np.exp(random.normal(4.0, 1.0, len(index))), 4)
    values = np.where(random.random(len(index)) < zeros, 0.0, values)
    return pd.Series(np.where(random.random(len(index)) < missing, np.nan, values), index=index)


def trailing(series, hours):
    """Mean of the present values where at least half are present."""
    return series.rolling(hours, min_periods=math.ceil(hours * MIN_COVERAGE)).mean()


def yesterday(by_day):
    """Value of the last day that had ended by each hour's close."""
    ended = (INDEX + pd.Timedelta(hours=1)).floor("D") - pd.Timedelta(days=1)
    return by_day.reindex(ended).set_axis(INDEX)


def close_to(one, other):
    pd.testing.assert_series_equal(one, other, check_names=False, check_freq=False, rtol=1e-9, atol=1e-12)


# ── against pandas ───────────────────────────────────────────────────────────────────────────────


@few
@given(seeds, shares)
def test_level_and_difference(seed, missing):
    one, other = prices(seed, missing), prices(seed + 1, missing)
    close_to(built("level", one), one)
    close_to(built("difference", one, other), one - other)


@few
@given(seeds, shares, st.sampled_from(WINDOWS))
def test_return(seed, missing, hours):
    values = prices(seed, missing)
    close_to(built("return", values, hours=hours), values.pct_change(hours, fill_method=None))


@few
@given(seeds, shares, st.sampled_from(WINDOWS))
def test_volatility(seed, missing, hours):
    values = prices(seed, missing)
    squares = values.pct_change(fill_method=None) ** 2
    close_to(built("volatility", values, hours=hours), np.sqrt(trailing(squares, hours)))


@few
@given(seeds, shares, st.sampled_from(WINDOWS))
def test_ratio_to_mean(seed, missing, hours):
    values = prices(seed, missing)
    close_to(built("ratio_to_mean", values, hours=hours), values / trailing(values, hours))


@pytest.mark.parametrize(
    ("name", "figure"),
    [
        ("daily_open", "first"),
        ("daily_close", "last"),
        ("daily_high", "max"),
        ("daily_low", "min"),
    ],
)
@few
@given(seed=seeds, missing=shares)
def test_figures_of_the_day(name, figure, seed, missing):
    values = prices(seed, missing)
    close_to(built(name, values), yesterday(values.resample("D").agg(figure)))


@few
@given(seeds, shares)
def test_daily_sum(seed, missing):
    values = prices(seed, missing, zeros=0.2)
    close_to(built("daily_sum", values), yesterday(values.resample("D").sum(min_count=1)))


@few
@given(seeds, shares, shares)
def test_daily_vwap(seed, missing, quiet):
    price, volume = prices(seed, missing), prices(seed + 1, missing, zeros=quiet)
    both = pd.DataFrame({"turnover": price * volume, "volume": volume.where(price.notna())})
    day = both.resample("D").sum(min_count=1)
    expected = day["turnover"] / day["volume"].where(day["volume"] != 0)
    close_to(built("daily_vwap", price, volume), yesterday(expected))


def test_the_calendar():
    close_to(built("hour_of_day"), pd.Series(INDEX.hour, INDEX, dtype=float))
    close_to(built("day_of_week"), pd.Series(INDEX.day_of_week, INDEX, dtype=float))


# ── at the edges ─────────────────────────────────────────────────────────────────────────────────


def test_a_day_is_over_when_its_last_hour_has_closed():
    values = pd.Series(np.arange(len(INDEX), dtype=float) + 1, INDEX)
    closes = built("daily_close", values)
    assert closes.iloc[:23].isna().all()
    assert closes.iloc[23:47].tolist() == [24.0] * 24
    assert closes.iloc[47] == 48.0


def test_a_day_without_any_hour_has_no_figures():
    values = prices(1, 0.0)
    values.iloc[24:48] = np.nan
    for name in ("daily_open", "daily_close", "daily_high", "daily_low", "daily_sum"):
        assert built(name, values).iloc[47:71].isna().all(), name


def test_a_mean_needs_half_of_its_hours():
    values = pd.Series(np.nan, INDEX)
    values.iloc[100:112] = 5.0
    ratio = built("ratio_to_mean", values, hours=24)
    assert ratio.iloc[100:111].isna().all()
    assert ratio.iloc[111] == 1.0


def test_nothing_traded_at_all_gives_no_ratio_and_no_average_price():
    nothing, price = pd.Series(0.0, INDEX), prices(1, 0.0)
    assert built("ratio_to_mean", nothing, hours=24).isna().all()
    assert built("daily_vwap", price, nothing).isna().all()


def test_what_is_infinite_or_undefined_is_never_made_of_prices():
    values = prices(3, 0.3)
    for name, hours in (("return", 24), ("volatility", 24), ("ratio_to_mean", 24)):
        assert not np.isinf(built(name, values, hours=hours)).any()


def test_a_grid_begins_at_midnight_and_counts_whole_days():
    days = grid_of(hours_from(START, 72))
    assert days.opens_us[0] % (24 * HOUR_US) == 0
    assert days.last_complete_day.tolist() == [-1] * 23 + [0] * 24 + [1] * 24 + [2]
    assert (days.closes_us - days.opens_us == HOUR_US).all()


# ── the same in every frame ──────────────────────────────────────────────────────────────────────


@settings(max_examples=150, deadline=None)
@given(names, seeds, shares, st.integers(8, DAYS - 1), st.sampled_from(WINDOWS))
def test_a_frame_that_begins_at_the_look_back_gives_the_very_same_bits(name, seed, missing, day, hours):
    whole_inputs = [prices(seed, missing), prices(seed + 1, missing, zeros=0.1)]
    last = INDEX[day * 24 + seed % 24]
    first = (last - pd.Timedelta(hours=LOOKBACK_HOURS)).floor("D")
    short = INDEX[(first <= INDEX) & (INDEX.floor("D") <= last)]
    span = hours if name in WINDOWED else 0
    whole = built(name, *whole_inputs, hours=span)
    alone = built(name, *(i.loc[short] for i in whole_inputs), hours=span, index=short)
    np.testing.assert_array_equal(alone[last], whole[last])
