"""Drift: the index and the test against their definitions and SciPy, and what chance alone makes of them."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from ppa.core.evaluation.drift import (
    MIN_ROWS,
    compare,
    drift_baseline,
    effective_size,
    ks_distance,
    ks_p_value,
    psi,
    psi_critical_value,
)

counts = st.lists(st.integers(0, 500), min_size=2, max_size=12).filter(any)
pairs = counts.flatmap(
    lambda one: st.tuples(
        st.just(one), st.lists(st.integers(0, 500), min_size=len(one), max_size=len(one)).filter(any)
    )
)
numbers = st.one_of(st.floats(-1e6, 1e6), st.sampled_from([0.0, 1.0, math.nan]))


@settings(max_examples=100, deadline=None)
@given(pairs)
def test_the_index_is_never_negative_and_the_same_both_ways(pair):
    before, now = pair
    assert psi(before, now) >= -1e-12
    if sum(before) == sum(now):
        assert psi(before, now) == pytest.approx(psi(now, before))


@settings(max_examples=50, deadline=None)
@given(counts, st.integers(1, 9))
def test_equal_shares_have_no_index_however_many_rows_there_are(before, times):
    assert psi(before, [times * one for one in before]) == pytest.approx(0, abs=1e-9)


def test_the_index_of_many_rows_is_that_of_its_formula():
    before, now = np.array([40_000, 30_000, 30_000]), np.array([10_000, 30_000, 60_000])
    p, q = before / 1e5, now / 1e5
    assert psi(before, now) == pytest.approx(sum((q - p) * np.log(q / p)), rel=1e-3)


@settings(max_examples=60, deadline=None)
@given(st.lists(numbers, min_size=1, max_size=80), st.lists(numbers, min_size=1, max_size=80))
def test_any_two_samples_can_be_compared(before, now):
    found = compare(now, drift_baseline(before))
    assert found.psi is not None
    assert found.psi >= -1e-12
    assert found.n == len(now)
    assert found.missing == pytest.approx(np.mean(np.isnan(now)))
    assert 0 <= found.effective <= len(now)
    assert found.outside is None or 0 <= found.outside <= 1


def test_a_sample_beside_itself_is_stable_and_a_moved_one_is_not():
    before = np.random.default_rng(1).normal(size=5000)
    known = drift_baseline(before)
    assert compare(before, known).level == "stable"
    assert compare(before, known).psi == pytest.approx(0)
    moved = compare(before[:500] + 1, known)
    assert (moved.level, moved.p_value) == ("shifted", pytest.approx(0, abs=1e-9))
    assert moved.median - moved.median_before == pytest.approx(1, abs=0.1)
    assert compare(before[: MIN_ROWS - 1], known).level == "too few"
    assert compare([], known).level == "too few"


def test_values_beyond_all_that_training_saw_are_said_to_be_so():
    found = compare(np.full(48, 9.0), drift_baseline(np.linspace(0, 1, 1000)))
    assert (found.level, found.outside) == ("outside", 1.0)


def test_what_was_there_and_is_missing_now_counts_as_drift():
    before = np.random.default_rng(2).normal(size=2000)
    now = np.where(np.arange(500) % 2, np.nan, before[:500])
    found = compare(now, drift_baseline(before))
    assert (found.missing, found.missing_before, found.level) == (0.5, 0.0, "shifted")


def test_the_distance_is_scipys_and_so_is_its_chance():
    random = np.random.default_rng(3)
    for size, shift in ((400, 0.0), (300, 0.1), (900, 0.3)):
        one, other = random.normal(size=size), random.normal(shift, size=500)
        told = stats.ks_2samp(one, other, method="asymp")
        distance = ks_distance(np.sort(one), np.sort(other))
        assert distance == pytest.approx(told.statistic)
        assert ks_p_value(distance, size, 500) == pytest.approx(told.pvalue, abs=0.02)
    assert ks_p_value(0.0, 10, 10) == 1.0
    assert ks_p_value(1.0, 1000, 1000) == 0.0


def test_chance_alone_stays_below_its_bound_in_95_of_100_samples():
    random = np.random.default_rng(4)
    shares = np.full(10, 0.1)
    found = [psi(random.multinomial(2000, shares), random.multinomial(300, shares)) for _ in range(2000)]
    bound = psi_critical_value(10, 2000, 300)
    assert np.mean(np.array(found) < bound) == pytest.approx(0.95, abs=0.015)
    assert bound == pytest.approx(stats.chi2.ppf(0.95, 9) * (1 / 2000 + 1 / 300), rel=2e-3)


def test_a_slow_series_is_worth_few_rows_and_noise_all_of_them():
    random = np.random.default_rng(5)
    noise = random.normal(size=4000)
    slow = np.zeros(4000)
    for at in range(1, 4000):
        slow[at] = 0.9 * slow[at - 1] + noise[at]
    assert effective_size(noise) == pytest.approx(4000, rel=0.1)
    assert effective_size(slow) == pytest.approx(4000 * 0.1 / 1.9, rel=0.25)
    assert effective_size(np.ones(100)) == 1
    assert effective_size(np.array([])) == 0
    assert effective_size(np.tile([1.0, -1.0], 50)) == 100
