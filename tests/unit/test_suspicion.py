"""Leakage checks detect planted leakage and pass honest models."""

import numpy as np
import pandas as pd
import pytest

from ppa.core.metrics import evaluate
from ppa.gate.leakage import auc, explained_by_one, overfit, shifted_label, too_good

HOURS = pd.date_range("2024-01-01", periods=3000, freq="h", tz="UTC")
RANDOM = np.random.default_rng(5)
# runs, as in labels with overlapping windows
OUTCOME = pd.Series((np.convolve(RANDOM.normal(size=3023), np.ones(24), "valid") > 0).astype(int), HOURS)


def scores(strength, outcome=OUTCOME):
    noise = RANDOM.normal(size=len(outcome))
    return pd.Series(1 / (1 + np.exp(-(strength * (outcome.to_numpy() - 0.5) + noise))), outcome.index)


def evaluation(strength, lookahead=24):
    return evaluate(OUTCOME, scores(strength), lookahead=lookahead, times=HOURS)


def test_area_is_that_of_the_metrics():
    answers = scores(1.0)
    result = evaluate(OUTCOME, answers, lookahead=24, times=HOURS).roc_auc
    assert auc(answers, OUTCOME) == pytest.approx(result)
    assert auc(answers, OUTCOME * 0) == 0.5


def test_honest_figures_are_not_suspected_and_splendid_ones_are():
    assert list(too_good(evaluation(0.5), 0.0)) == []
    reasons = " ".join(too_good(evaluation(4.0), 0.6))
    assert "which no trusted model of this label has reached" in reasons
    assert "far above the base rate" in reasons


def test_what_others_have_honestly_reached_raises_the_bound():
    reached = evaluation(1.6)
    assert 0.82 < reached.roc_auc < 0.92
    assert any("ROC AUC" in reason for reason in too_good(reached, 0.6))
    assert not any("ROC AUC" in reason for reason in too_good(reached, 0.85))


def test_few_outcomes_are_never_suspected():
    assert list(too_good(evaluation(4.0, lookahead=200), 0.0)) == []


def test_a_column_that_holds_the_outcome_is_named():
    columns = pd.DataFrame({"honest": RANDOM.normal(size=3000), "leaky": -OUTCOME.astype(float)}, HOURS)
    columns.loc[HOURS[:50], "leaky"] = np.nan
    assert [reason.split()[0] for reason in explained_by_one(columns, OUTCOME)] == ["leaky"]


@pytest.mark.parametrize("shift", [-24, -1, 24])
def test_labels_that_slipped_are_recognised_by_the_hours(shift):
    """The model predicts the label of another hour perfectly."""
    runs = OUTCOME if abs(shift) > 1 else pd.Series(RANDOM.integers(0, 2, 3000), HOURS)
    other = runs.shift(-shift)
    reasons = list(shifted_label(other.fillna(0.5), runs, 24))
    assert any(f"{abs(shift)} h {'later' if shift > 0 else 'earlier'}" in reason for reason in reasons)


def test_a_model_that_fits_its_own_label_has_not_slipped():
    assert list(shifted_label(scores(2.0), OUTCOME, 24)) == []


def test_perfection_on_both_sides_is_memory():
    assert list(overfit(0.99, 0.99))
    assert not list(overfit(0.99, 0.6))
    assert not list(overfit(0.99, None))
