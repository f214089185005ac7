"""Downsampling preserves extremes and ends."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from ppa.core.downsampling import downsample, min_max_positions

VALUES = st.lists(st.floats(-1e6, 1e6) | st.just(float("nan")), min_size=1, max_size=300)


@given(VALUES, st.integers(10, 60))
def test_every_stretch_keeps_its_least_and_its_greatest(values, points):
    series = np.array(values)
    kept = min_max_positions(series, points)
    assert kept[0] == 0
    assert kept[-1] == len(values) - 1
    assert (np.diff(kept) > 0).all()
    assert len(kept) <= points + 2
    if not np.isnan(series).all():
        assert (np.nanmin(series[kept]), np.nanmax(series[kept])) == (np.nanmin(series), np.nanmax(series))


def test_a_short_series_is_kept_whole():
    assert downsample(np.arange(5.0), [], 10).tolist() == [0, 1, 2, 3, 4]


def test_a_feature_keeps_its_peaks_where_the_price_has_none():
    price, feature = np.linspace(1, 2, 10_000), np.zeros(10_000)
    feature[[1234, 8765]] = 9.0, -9.0
    kept = downsample(price, [feature], 100)
    assert {1234, 8765} <= set(kept.tolist())
    assert len(kept) < 130


def test_a_stretch_is_two_points_wide_and_a_feature_has_a_fifth_of_them():
    saw = np.tile([0.0, 5.0, 1.0, 9.0, 2.0, 3.0, 4.0, 6.0], 5)
    # 40 values to 10 points: five stretches of 8 hours, the least and the greatest of each
    assert min_max_positions(saw, 10).tolist() == [0, 3, 8, 11, 16, 19, 24, 27, 32, 35, 39]
    assert min_max_positions(saw[:37], 10).tolist() == [0, 3, 8, 11, 16, 19, 24, 27, 32, 35, 36]
    assert downsample(np.zeros(100), [saw.repeat(3)[:100]], 100).size == 100
    flat = downsample(np.zeros(1_000), [], 100)
    spiky = downsample(np.zeros(1_000), [np.random.default_rng(1).normal(size=1_000)], 100)
    assert 10 <= spiky.size - flat.size <= 20
