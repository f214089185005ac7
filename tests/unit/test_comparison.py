"""Model comparison: common hours, curves against scikit-learn, and threshold sweeps against single backtests."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import precision_recall_curve, roc_curve

from ppa.core.errors import BadInput
from ppa.core.evaluation.comparison import MONTHLY, Candidate, compare, curves
from ppa.core.evaluation.profit import FEE, backtest
from ppa.core.evaluation.thresholds import MAX_STEPS, sweep, threshold_grid
from tests.unit.builders import START, hours_from

LOOKAHEAD = 6
HOURS = hours_from(START, 2_400)


def market(seed=0, hours=HOURS):
    steps = np.random.default_rng(seed).normal(0, 0.01, len(hours))
    return pd.Series(100 * np.exp(steps.cumsum()), index=hours)


CLOSES = market()
OUTCOME = (CLOSES.shift(-LOOKAHEAD) > CLOSES).astype("Int8").where(CLOSES.shift(-LOOKAHEAD).notna())


def candidate(name, seed, *, start=0, stop=2_000, skill=0.0, threshold=0.5):
    truth = OUTCOME.to_numpy(dtype=float, na_value=0)
    score = np.random.default_rng(seed).beta(2, 2, len(HOURS)) * (1 - skill) + skill * truth
    return Candidate(name, threshold, pd.Series(score, index=HOURS)[start:stop])


def test_every_figure_is_over_the_hours_that_all_were_held_out_from():
    result = compare([candidate("a", 1), candidate("b", 2, start=500)], OUTCOME, CLOSES, lookahead=LOOKAHEAD)
    assert result.hours.equals(HOURS[500:2_000])
    assert [one.evaluation.n for one in result.models] == [1_500, 1_500]
    assert result.positives == sum(result.models[0].evaluation.confusion[2:])


def test_the_order_in_which_hours_come_does_not_matter():
    straight = [candidate("a", 1), candidate("b", 2)]
    turned = [
        Candidate(one.model_id, one.threshold, one.probability.sample(frac=1, random_state=3))
        for one in straight
    ]
    first, second = (compare(given_, OUTCOME, CLOSES, lookahead=LOOKAHEAD) for given_ in (straight, turned))
    assert [one.evaluation for one in first.models] == [one.evaluation for one in second.models]
    assert first.log_loss == second.log_loss


def test_models_without_a_common_hour_are_not_compared():
    apart = [candidate("a", 1, stop=900), candidate("b", 2, start=900)]
    with pytest.raises(BadInput, match="no held-out hours in common"):
        compare(apart, OUTCOME, CLOSES, lookahead=LOOKAHEAD)


def test_hours_whose_outcome_is_unknown_are_left_out():
    result = compare([candidate("a", 1, stop=len(HOURS))], OUTCOME, CLOSES, lookahead=LOOKAHEAD)
    assert result.hours[-1] == HOURS[-1 - LOOKAHEAD]


def test_the_months_add_up_to_the_whole():
    result = compare([candidate("a", 1, skill=0.2)], OUTCOME, CLOSES, lookahead=LOOKAHEAD)
    per_month = pd.Series(1, index=result.hours).groupby(result.hours.strftime("%Y-%m")).sum()
    assert result.months == per_month.index.tolist()
    one = result.models[0]
    assert all(set(month) == set(MONTHLY) for month in one.months)
    mean = np.average([month["brier"] for month in one.months], weights=per_month)
    assert mean == pytest.approx(one.evaluation.brier)


def test_curves_are_those_of_scikit_learn_at_the_thresholds_they_name():
    rng = np.random.default_rng(4)
    truth, output = (rng.random(800) < 0.3).astype(float), rng.random(800).round(2)
    built = curves(truth, output, points=10_000)
    false, true, at = roc_curve(truth, output, drop_intermediate=False)
    np.testing.assert_allclose(built.roc, np.column_stack([false, true, np.minimum(at, 1.0)]))
    precision, recall, cut = precision_recall_curve(truth, output)
    np.testing.assert_allclose(
        built.precision_recall, np.column_stack([recall[:-1], precision[:-1], cut])[::-1]
    )


def test_long_curves_are_thinned_and_keep_their_ends():
    rng = np.random.default_rng(5)
    built = curves((rng.random(9_000) < 0.5).astype(float), rng.random(9_000))
    assert len(built.roc) <= 151
    assert (built.roc[0][:2], built.roc[-1][:2]) == ((0, 0), (1, 1))


def test_one_class_only_has_no_curves():
    built = curves(np.ones(50), np.linspace(0, 1, 50))
    assert (built.roc, built.precision_recall) == ([], [])
    assert built.calibration


@settings(max_examples=15, deadline=None)
@given(
    st.lists(
        st.tuples(st.floats(0, 1), st.sampled_from([80.0, 100.0, 120.0, None])), min_size=2, max_size=60
    ),
    st.integers(1, 8),
    st.integers(0, 3),
)
def test_each_threshold_counts_and_trades_as_following_it_would(reported, lookahead, skipped):
    output = np.array([probability for probability, _ in reported])[skipped:]
    closes = pd.Series([price for _, price in reported], index=hours_from(START, len(reported)), dtype=float)
    hours = pd.DatetimeIndex(closes.index[skipped:])
    if not output.size:
        return
    truth = (np.arange(output.size) % 3 == 0).astype(float)
    grid = threshold_grid(output[None], np.array([0.5]))
    result = sweep(hours, truth, np.stack([output, output / 2]), closes, grid, lookahead=lookahead)
    for column, threshold in list(enumerate(grid.tolist()))[::7]:
        rises = output >= threshold
        assert (result.tp[0, column], result.fp[0, column]) == (truth[rises].sum(), (1 - truth)[rises].sum())
        traded = backtest(hours, rises, closes, lookahead=lookahead, fee=FEE)
        assert result.trades[0, column] == traded.returns.size
        assert result.profit(FEE)[0, column] == pytest.approx(traded.total or 0.0)


@pytest.mark.parametrize(
    ("low", "high", "own", "step"),
    [(0.0, 1.0, 0.5, 0.005), (0.11, 0.29, 0.2, 0.001), (0.5, 0.5, 0.5, 1e-6), (0.0, 0.02, 0.5, 0.005)],
)
def test_thresholds_reach_from_the_least_probability_to_beyond_the_greatest(low, high, own, step):
    grid = threshold_grid(np.array([[low, high]]), np.array([own]))
    assert np.diff(grid) == pytest.approx(step)
    assert grid.size <= MAX_STEPS + 2
    assert grid[0] <= low
    assert grid[-1] > high or grid[-1] == 1
    assert own == pytest.approx(grid[np.abs(grid - own).argmin()])
