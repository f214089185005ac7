"""Drift: PSI and KS test against their definitions, SciPy and simulation."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from ppa.core.evaluation.drift import (
    MIN_ROWS,
    Drift,
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
    result = compare(now, drift_baseline(before))
    assert result.psi is not None
    assert result.psi >= -1e-12
    assert result.n == len(now)
    assert result.missing == pytest.approx(np.mean(np.isnan(now)))
    assert 0 <= result.effective <= len(now)
    assert result.outside is None or 0 <= result.outside <= 1


def test_a_sample_beside_itself_is_stable_and_a_moved_one_is_not():
    before = np.random.default_rng(1).normal(size=5000)
    reference = drift_baseline(before)
    assert compare(before, reference).level == "stable"
    assert compare(before, reference).psi == pytest.approx(0)
    moved = compare(before[:500] + 1, reference)
    assert (moved.level, moved.p_value) == ("shifted", pytest.approx(0, abs=1e-9))
    assert moved.median - moved.median_before == pytest.approx(1, abs=0.1)
    assert compare(before[: MIN_ROWS - 1], reference).level == "too few"
    assert compare([], reference).level == "too few"


def test_values_beyond_all_that_training_saw_are_said_to_be_so():
    result = compare(np.full(48, 9.0), drift_baseline(np.linspace(0, 1, 1000)))
    assert (result.level, result.outside) == ("outside", 1.0)


def test_what_was_there_and_is_missing_now_counts_as_drift():
    before = np.random.default_rng(2).normal(size=2000)
    now = np.where(np.arange(500) % 2, np.nan, before[:500])
    result = compare(now, drift_baseline(before))
    assert (result.missing, result.missing_before, result.level) == (0.5, 0.0, "shifted")


def test_the_distance_is_scipys_and_so_is_its_chance():
    random = np.random.default_rng(3)
    for size, shift in ((400, 0.0), (300, 0.1), (900, 0.3)):
        one, other = random.normal(size=size), random.normal(shift, size=500)
        reported = stats.ks_2samp(one, other, method="asymp")
        distance = ks_distance(np.sort(one), np.sort(other))
        assert distance == pytest.approx(reported.statistic)
        assert ks_p_value(distance, size, 500) == pytest.approx(reported.pvalue, abs=0.02)
    assert ks_p_value(0.0, 10, 10) == 1.0
    assert ks_p_value(1.0, 1000, 1000) == 0.0


def test_chance_alone_stays_below_its_bound_in_95_of_100_samples():
    random = np.random.default_rng(4)
    shares = np.full(10, 0.1)
    result = [psi(random.multinomial(2000, shares), random.multinomial(300, shares)) for _ in range(2000)]
    bound = psi_critical_value(10, 2000, 300)
    assert np.mean(np.array(result) < bound) == pytest.approx(0.95, abs=0.015)
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


@pytest.mark.parametrize(("one", "other"), [(10, 10), (40, 25), (1_000, 300)])
@pytest.mark.parametrize("x", [0.2001, 0.25, 0.3, 0.5, 0.9, 1.36, 2.0, 3.0])
def test_chance_is_kolmogorovs_distribution_with_the_correction_of_stephens(x, one, other):
    root = math.sqrt(one * other / (one + other))
    distance = x / (root + 0.12 + 0.11 / root)
    assert ks_p_value(distance, one, other) == pytest.approx(stats.kstwobign.sf(x), rel=1e-8, abs=1e-12)


@pytest.mark.parametrize("distance", [0.35, 0.41, 0.49])
def test_the_correction_comes_close_to_the_exact_distribution_of_small_samples(distance):
    exact = stats.kstwo.sf(distance, 10)
    assert ks_p_value(distance, 10, 1e12) == pytest.approx(exact, abs=0.003)
    assert stats.kstwobign.sf(math.sqrt(10) * distance) != pytest.approx(exact, abs=0.003)


def test_a_distance_that_chance_always_makes_has_a_p_value_of_one():
    assert ks_p_value(0.19 / (math.sqrt(50) + 0.12 + 0.11 / math.sqrt(50)), 100, 100) == 1.0


def test_half_a_row_a_bin_keeps_the_index_of_empty_bins_finite():
    # 10.5 and 0.5 of 11 rows, and the reverse
    assert psi([10, 0], [0, 10]) == pytest.approx(2 * 10 / 11 * math.log(21))
    # a bin empty on both sides counts for the number of pseudo-counts only: 1.5, distributed by the mean share
    p, q = (
        np.array([10 + 1.5 * 0.75, 10 + 1.5 * 0.25]) / 21.5,
        np.array([10 + 1.5 * 0.75, 1.5 * 0.25]) / 11.5,
    )
    assert psi([10, 10, 0], [10, 0, 0]) == pytest.approx(sum((q - p) * np.log(q / p)))


@pytest.mark.parametrize(
    ("bins", "degrees", "within"), [(1, 1, 0.03), (2, 1, 0.03), (3, 2, 0.01), (21, 20, 1e-3)]
)
def test_the_bound_of_the_index_is_a_quantile_of_chi_square(bins, degrees, within):
    bound = stats.chi2.ppf(0.95, degrees) * (1 / 400 + 1 / 100)
    assert psi_critical_value(bins, 400, 100) == pytest.approx(bound, rel=within)


def drift(**changed):
    """A sample without drift, except for the given changes."""
    usual = {
        "n": 100,
        "effective": 100.0,
        "psi": 0.0,
        "by_chance": 0.05,
        "ks": 0.0,
        "p_value": 1.0,
        "outside": 0.0,
    }
    rest = {"missing": 0.0, "missing_before": 0.0, "median": 0.0, "median_before": 0.0}
    return Drift(**(usual | rest | changed))


@pytest.mark.parametrize(
    ("changed", "level"),
    [
        ({}, "stable"),
        ({"n": 24}, "stable"),
        ({"n": 23}, "too few"),
        ({"psi": None}, "too few"),
        ({"by_chance": None}, "too few"),
        ({"outside": 0.05}, "stable"),
        ({"outside": 0.0501}, "outside"),
        ({"outside": None}, "stable"),
        ({"psi": 0.1}, "stable"),
        ({"psi": 0.1001}, "moderate"),
        ({"psi": 0.25}, "moderate"),
        ({"psi": 0.2501}, "shifted"),
        ({"psi": 0.3, "by_chance": 0.3}, "stable"),
        ({"psi": 0.3001, "by_chance": 0.3}, "shifted"),
    ],
)
def test_a_level_begins_just_beyond_its_bound(changed, level):
    assert drift(**changed).level == level


def test_what_is_compared_is_counted_on_the_bins_of_the_baseline():
    before = drift_baseline([*range(1, 101), math.nan])
    assert before.edges == pytest.approx([10.9, 20.8, 30.7, 40.6, 50.5, 60.4, 70.3, 80.2, 90.1])
    assert before.counts.tolist() == [10] * 10 + [1]
    assert before.n == 101
    result = compare([0.0, 1.0, 10.9, 11.0, 100.0, 100.5, math.nan, math.nan], before)
    assert result.psi == psi(before.counts, [3, 1, 0, 0, 0, 0, 0, 0, 0, 2, 2])
    assert result.by_chance == psi_critical_value(11, before.effective, result.effective)
    assert result.p_value == ks_p_value(result.ks, result.effective, before.effective)
    assert (result.outside, result.missing, result.missing_before) == (2 / 6, 0.25, 1 / 101)
    assert (result.median, result.median_before) == (10.95, 50.5)


def test_a_sample_without_values_tells_nothing_but_its_missing_rows():
    result = compare([math.nan] * 3, drift_baseline([1.0, 2.0, 3.0, 5.0]))
    assert (result.ks, result.p_value, result.outside, result.median, result.missing) == (
        None,
        None,
        None,
        None,
        1.0,
    )
    assert result.psi > 0
    nothing = compare([], drift_baseline([]))
    assert (nothing.psi, nothing.by_chance, nothing.missing, nothing.missing_before) == (
        None,
        None,
        None,
        0.0,
    )
    assert nothing.median_before is None
    unknown = compare([1.0, 2.0], drift_baseline([math.nan, math.nan]))
    assert (unknown.ks, unknown.median, unknown.missing_before) == (None, 1.5, 1.0)


def test_an_effective_size_is_that_of_a_first_order_autoregression():
    values = np.array([1.0, 2.0, 2.5, 4.0, 3.0])
    centred = values - 2.5
    r = (centred[1:] * centred[:-1]).sum() / (centred**2).sum()
    assert effective_size(values) == pytest.approx(5 * (1 - r) / (1 + r))
    assert effective_size(np.array([3.0, 3.0])) == 2
    assert effective_size(np.array([3.0, 3.0, 3.0])) == 1
    assert effective_size(np.array([1.0, 2.0, 3.0])) == 3


def test_a_constant_sample_is_worth_one_row():
    before, still = drift_baseline(np.random.default_rng(6).normal(size=500)), np.full(50, 0.3)
    result = compare(still, before)
    assert result.effective == 1.0
    assert result.by_chance == psi_critical_value(10, before.effective, 1.0)
    assert result.p_value == ks_p_value(result.ks, 1.0, before.effective)
    assert effective_size(np.array([1.0, 2.0, 2.5, 4.0, 3.0]) * 1e-3) == pytest.approx(
        effective_size(np.array([1.0, 2.0, 2.5, 4.0, 3.0]))
    )
    reverse = compare(before.quantiles, drift_baseline(still))
    assert reverse.p_value == ks_p_value(reverse.ks, reverse.effective, 1.0)
