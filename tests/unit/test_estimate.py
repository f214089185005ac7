"""Expected performance against simulated outcomes; calibration against scikit-learn."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.isotonic import IsotonicRegression

from ppa.core.evaluation.calibration import Calibration, calibrate
from ppa.core.evaluation.estimate import estimate_performance
from ppa.core.metrics import effective_sample_size
from tests.unit.builders import START, hours_from

reported = st.lists(
    st.tuples(st.sampled_from([0.0, 0.1, 0.2, 0.4, 0.5, 0.7, 1.0]), st.integers(0, 1)),
    min_size=2,
    max_size=60,
)


@settings(max_examples=100, deadline=None)
@given(reported)
def test_calibration_is_scikit_learns_isotonic_regression(pairs):
    output, came = (np.array(column, dtype=float) for column in zip(*pairs, strict=True))
    built = calibrate(output, came)
    if came.min() == came.max():
        assert built is None
        return
    everywhere = np.linspace(-0.5, 1.5, 41)
    expected = IsotonicRegression(out_of_bounds="clip").fit(output, came).predict(everywhere)
    assert built(everywhere) == pytest.approx(expected)


def test_nothing_can_be_calibrated_on_nothing():
    assert calibrate([], []) is None


@settings(max_examples=60, deadline=None)
@given(st.lists(st.floats(0, 1), min_size=1, max_size=50), st.floats(0.01, 0.99))
def test_the_expectation_is_the_mean_chance_of_being_right(probability, threshold):
    hours = hours_from(START, len(probability))
    decision = np.array(probability) >= threshold
    built = estimate_performance(probability, decision, hours, lookahead=3, calibration=None)
    chance = [p if output else 1 - p for p, output in zip(probability, decision, strict=True)]
    assert built.accuracy == pytest.approx(np.mean(chance))
    assert sum(built.expected.values()) == pytest.approx(len(probability))
    assert built.expected["tp"] + built.expected["tn"] == pytest.approx(sum(chance))
    assert built.effective == effective_sample_size(hours, 3)
    assert built.interval.low <= built.accuracy <= built.interval.high


def test_a_model_that_boasts_is_estimated_by_what_it_was_worth():
    random = np.random.default_rng(6)
    true = random.uniform(0.2, 0.8, 40_000)
    boast = np.clip((true - 0.5) * 1.6 + 0.5, 0, 1)
    outcome = random.random(40_000) < true
    reference, pending = slice(0, 20_000), slice(20_000, None)
    calibration = calibrate(boast[reference], outcome[reference])
    decision = boast[pending] >= 0.5
    happened = np.mean(decision == outcome[pending])
    hours = hours_from(START, 20_000)
    trusting, knowing = (
        estimate_performance(boast[pending], decision, hours, lookahead=1, calibration=by)
        for by in (None, calibration)
    )
    assert knowing.accuracy == pytest.approx(happened, abs=0.01)
    assert trusting.accuracy > happened + 0.05
    assert knowing.interval.low < happened < knowing.interval.high


def test_nothing_pending_is_no_estimate():
    assert estimate_performance([], [], hours_from(START, 0), lookahead=3, calibration=None) is None


def test_beyond_what_was_seen_the_map_is_level():
    built = Calibration(np.array([0.4, 0.6]), np.array([0.3, 0.5]))
    assert built([0.0, 0.5, 1.0]).tolist() == pytest.approx([0.3, 0.4, 0.5])
