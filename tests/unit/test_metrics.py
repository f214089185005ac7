"""Metrics against scikit-learn; effective sample size, intervals and verdicts against brute force."""

import json
import math
import warnings
from datetime import UTC, datetime

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn import metrics as oracle
from sklearn.calibration import calibration_curve

from ppa.core.contracts.label import LabelError
from ppa.core.evaluation.verdict_text import verdict_text
from ppa.core.metrics import (
    Confusion,
    MetricsError,
    calibration_points,
    effective_sample_size,
    evaluate,
    roc_points,
    wilson_interval,
)

START = datetime(2024, 1, 1, tzinfo=UTC)


def hours(count):
    return pd.date_range(START, periods=count, freq="h", unit="us")


def evaluated(truth, probability, *, threshold=0.5, lookahead=1):
    return evaluate(truth, probability, threshold=threshold, lookahead=lookahead, times=hours(len(truth)))


# ── examples ─────────────────────────────────────────────────────────────────────────────────────


def test_four_predictions_by_hand():
    result = evaluated([1, 0, 1, 0], [0.9, 0.6, 0.4, 0.1])
    assert result.confusion == Confusion(tn=1, fp=1, fn=1, tp=1)
    assert (result.accuracy, result.base_rate, result.precision, result.recall, result.f1) == (0.5,) * 5
    assert result.roc_auc == 0.75
    assert result.brier == pytest.approx((0.1**2 + 0.6**2 + 0.6**2 + 0.1**2) / 4)


def test_a_probability_at_the_threshold_is_a_yes():
    assert evaluated([1], [0.7], threshold=0.7).confusion.tp == 1


def test_overlapping_windows_count_once_and_widen_the_interval():
    truth, probability = [1, 0] * 120, [0.9, 0.9] * 120
    rows = evaluated(truth, probability, lookahead=1)
    windows = evaluated(truth, probability, lookahead=24)
    assert (rows.effective, windows.effective) == (240, 10)
    assert windows.accuracy == rows.accuracy == 0.5
    assert windows.interval == pytest.approx(wilson_interval(5, 10))
    assert windows.interval.low < rows.interval.low
    assert rows.interval.high < windows.interval.high


def test_wilson_as_in_the_textbooks():
    assert wilson_interval(0, 10) == pytest.approx((0, 0.27753), abs=1e-4)
    assert wilson_interval(8, 10) == pytest.approx((0.49016, 0.94331), abs=1e-4)
    assert wilson_interval(0, 0) == (0, 1)


def test_one_class_leaves_what_needs_both_undefined():
    result = evaluated([0, 0, 0], [0.1, 0.2, 0.3])
    assert result.accuracy == result.base_rate == 1
    undefined = ("precision", "recall", "f1", "roc_auc", "average_precision", "balanced_accuracy")
    assert [getattr(result, name) for name in undefined] == [None] * 6
    assert roc_points([0, 0], [0.1, 0.2]) == []


def test_no_outcomes_yet():
    result = evaluated([], [])
    assert (result.n, result.effective, result.accuracy, result.base_rate, result.brier) == (
        0,
        0,
        None,
        None,
        None,
    )
    assert result.interval == (0, 1)
    assert calibration_points([], []) == roc_points([], []) == []
    assert verdict_text(result) == "no outcome is known yet"


def test_nullable_columns_are_welcome():
    truth, probability = pd.Series([1, 0], dtype="Int8"), pd.Series([0.9, 0.2], dtype="Float64")
    assert evaluated(truth, probability).accuracy == 1


# ── in words ─────────────────────────────────────────────────────────────────────────────────────


def test_a_verdict_says_how_far_the_interval_can_tell():
    truth = [0] * 55 + [1] * 45
    probability = [0.2] * 40 + [0.8] * 15 + [0.2] * 33 + [0.8] * 12
    assert verdict_text(evaluated(truth, probability, lookahead=2)) == (
        "no better than always predicting 0: 50 effective outcomes, accuracy 52%, "
        "interval 39\N{EN DASH}65%, base rate 55%"
    )


@pytest.mark.parametrize(
    ("truth", "probability", "words"),
    [
        ([0, 1] * 50, [0.1, 0.9] * 50, "better than always predicting 1: 100 effective outcomes"),
        ([0, 1] * 50, [0.9, 0.1] * 50, "worse than always predicting 1: 100 effective outcomes"),
        ([0, 1] * 5, [0.1, 0.9] * 5, "better than always predicting 1: 10 effective outcomes"),
        ([0, 1] * 4 + [1], [0.1, 0.9] * 4 + [0.9], "too early to tell: 9 effective outcomes, accuracy 100%"),
        ([1], [0.9], "too early to tell: 1 effective outcome, accuracy 100%, base rate 100%"),
    ],
)
def test_a_verdict_is_better_worse_or_neither(truth, probability, words):
    assert verdict_text(evaluated(truth, probability)).startswith(words)


def test_a_base_rate_may_be_named():
    assert verdict_text(evaluated([1] * 10, [0.9] * 10), "the majority of the training rows").startswith(
        "no better than the majority of the training rows:"
    )


def test_bounds_of_what_can_be_judged_are_part_of_it():
    assert evaluated([0, 1], [0.0, 1.0], threshold=0.0).confusion == Confusion(0, 1, 0, 1)
    assert evaluated([0, 1], [0.0, 1.0], threshold=1.0).confusion == Confusion(1, 0, 0, 1)
    assert wilson_interval(5, 5) == pytest.approx((5 / (5 + 1.96**2), 1.0))
    with pytest.raises(MetricsError):
        wilson_interval(1, 2, math.inf)
    # a certainty that was wrong costs as much as the least that a float tells from it
    assert evaluated([1], [0.0]).log_loss == pytest.approx(-math.log(np.finfo(np.float64).eps))
    assert len(roc_points(np.tile([0, 1], 500), np.linspace(0, 1, 1_000))) == 200
    assert len(calibration_points(np.tile([0, 1], 500), np.linspace(0, 1, 1_000))) == 10
    assert [point.rows for point in calibration_points([0, 1, 1], [0.1, 0.10001, 1.0])] == [1, 1, 1]
    assert evaluated([0, 1], [0.4, 0.5]).base_answer == 1
    assert evaluated([0, 1, 0], [0.4, 0.5, 0.1]).base_answer == 0


def test_outcomes_of_two_dimensions_are_refused():
    with pytest.raises(MetricsError):
        roc_points([[0, 1]], [[0.5, 0.5]])


# ── properties ───────────────────────────────────────────────────────────────────────────────────

PAIRS = st.lists(
    st.tuples(st.integers(0, 1), st.sampled_from([0.0, 0.1, 0.25, 0.3, 0.5, 0.7, 1.0]) | st.floats(0, 1)),
    min_size=1,
    max_size=80,
).map(lambda pairs: tuple(np.array(column) for column in zip(*pairs, strict=True)))
BOTH_CLASSES = PAIRS.filter(lambda pairs: 0 < pairs[0].mean() < 1)


@given(PAIRS, st.floats(0, 1))
def test_decisions_are_counted_as_scikit_learn_counts_them(pairs, threshold):
    truth, probability = pairs
    result, decided = evaluated(truth, probability, threshold=threshold), probability >= threshold
    assert list(result.confusion) == oracle.confusion_matrix(truth, decided, labels=[0, 1]).ravel().tolist()
    assert result.accuracy == pytest.approx(oracle.accuracy_score(truth, decided))
    assert result.base_rate == pytest.approx(max(truth.mean(), 1 - truth.mean()))
    for name in ("precision", "recall", "f1"):
        expected = getattr(oracle, f"{name}_score")(truth, decided, zero_division=np.nan)
        assert getattr(result, name) == (None if math.isnan(expected) else pytest.approx(expected))


@given(BOTH_CLASSES)
def test_probabilities_are_scored_as_scikit_learn_scores_them(pairs):
    truth, probability = pairs
    result = evaluated(truth, probability)
    assert result.roc_auc == pytest.approx(oracle.roc_auc_score(truth, probability))
    assert result.average_precision == pytest.approx(oracle.average_precision_score(truth, probability))
    assert result.log_loss == pytest.approx(oracle.log_loss(truth, probability))
    assert result.brier == pytest.approx(oracle.brier_score_loss(truth, probability))
    balanced = oracle.balanced_accuracy_score(truth, probability >= 0.5)
    assert result.balanced_accuracy == pytest.approx(balanced)


@given(PAIRS)
def test_the_log_loss_of_one_class_is_defined_too(pairs):
    truth, probability = pairs
    assert evaluated(truth, probability).log_loss == pytest.approx(
        oracle.log_loss(truth, probability, labels=[0, 1])
    )


@given(PAIRS, st.integers(1, 12))
def test_calibration_is_that_of_scikit_learn_with_the_rows_of_each_bin(pairs, bins):
    truth, probability = pairs
    points = calibration_points(truth, probability, bins)
    shares, means = calibration_curve(truth, probability, n_bins=bins)
    assert [point.share for point in points] == pytest.approx(shares)
    assert [point.probability for point in points] == pytest.approx(means)
    assert sum(point.rows for point in points) == truth.size


@given(PAIRS)
def test_the_calibration_error_weighs_the_gap_of_each_bin_by_its_rows(pairs):
    truth, probability = pairs
    bin_of = [sum(edge < p for edge in np.linspace(0, 1, 11)[1:-1]) for p in probability]
    gap = sum(
        abs(sum(probability[row] - truth[row] for row, other in enumerate(bin_of) if other == which))
        for which in set(bin_of)
    )
    assert evaluated(truth, probability).calibration_error == pytest.approx(gap / truth.size, abs=1e-9)


@given(BOTH_CLASSES, st.integers(2, 30))
def test_the_roc_curve_is_thinned_between_its_ends(pairs, maximum):
    points, whole = roc_points(*pairs, max_points=maximum), roc_points(*pairs, max_points=10_000)
    assert points[0] == (0, 0)
    assert points[-1] == (1, 1)
    assert len(points) <= maximum
    assert set(points) <= set(whole)
    false, true, _ = oracle.roc_curve(*pairs, drop_intermediate=False)
    assert np.array(whole) == pytest.approx(np.column_stack([false, true]))


@given(st.integers(1, 10_000), st.floats(0, 1), st.floats(0.1, 5))
def test_a_wilson_interval_holds_the_share_within_0_and_1(n, share, z):
    low, high = wilson_interval(share * n, n, z)
    assert 0 <= low <= share + 1e-12
    assert share - 1e-12 <= high <= 1


@given(st.integers(1, 1000), st.floats(0.01, 0.99))
def test_the_ends_of_a_wilson_interval_are_z_standard_errors_away(n, share):
    for bound in wilson_interval(share * n, n):
        assert abs(share - bound) == pytest.approx(1.96 * math.sqrt(bound * (1 - bound) / n), abs=1e-9)


@given(st.lists(st.integers(0, 300), max_size=60), st.integers(1, 48), st.randoms())
def test_effective_outcomes_are_windows_chosen_one_after_another(at, lookahead, random):
    random.shuffle(at)
    chosen = [-lookahead]
    for hour in sorted(at):
        if hour >= chosen[-1] + lookahead:
            chosen.append(hour)
    times = pd.DatetimeIndex([START + pd.Timedelta(hours=hour) for hour in at], dtype="datetime64[us, UTC]")
    assert effective_sample_size(times, lookahead) == len(chosen) - 1


@given(PAIRS | st.just(((), ())), st.integers(1, 48))
def test_an_evaluation_is_plain_json_without_a_warning(pairs, lookahead):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        result = evaluated(*pairs, lookahead=lookahead).to_dict()
    assert json.loads(json.dumps(result, allow_nan=False)) == result
    assert set(result["confusion"]) == {"tn", "fp", "fn", "tp"}
    assert set(result["interval"]) == {"low", "high"}


# ── what is refused ──────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("truth", "probability", "message"),
    [
        ([0, 1], [0.5], "2 outcomes but 1 probabilities"),
        ([0, 2], [0.5, 0.5], "Outcomes must be 0 or 1"),
        ([0, float("nan")], [0.5, 0.5], "rows whose outcome is unknown"),
        (pd.Series([0, pd.NA], dtype="Int8"), [0.5, 0.5], "rows whose outcome is unknown"),
        ([0, 1], [0.5, 1.01], "between 0 and 1"),
        ([0, 1], [0.5, float("nan")], "without missing values"),
        (["up", "down"], [0.5, 0.5], "outcomes must be numbers"),
    ],
)
def test_what_cannot_be_judged_is_refused(truth, probability, message):
    with pytest.raises(MetricsError, match=message):
        evaluated(truth, probability)


def test_a_time_is_needed_for_each_outcome():
    with pytest.raises(MetricsError, match="2 outcomes but 3 times"):
        evaluate([0, 1], [0.5, 0.5], lookahead=1, times=hours(3))
    with pytest.raises(LabelError, match="UTC"):
        evaluate([0, 1], [0.5, 0.5], lookahead=1, times=hours(2).tz_localize(None))


@pytest.mark.parametrize("threshold", [-0.1, 1.1, float("nan")])
def test_a_decision_threshold_outside_0_to_1_is_refused(threshold):
    with pytest.raises(MetricsError, match="decision threshold"):
        evaluated([0, 1], [0.5, 0.5], threshold=threshold)


@pytest.mark.parametrize(
    ("successes", "n", "z"), [(-1, 5, 2), (6, 5, 2), (1, 5, 0), (1, math.inf, 2), (math.nan, 5, 2)]
)
def test_an_interval_of_nothing_sensible_is_refused(successes, n, z):
    with pytest.raises(MetricsError, match="An interval needs"):
        wilson_interval(successes, n, z)
