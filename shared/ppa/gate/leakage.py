"""Leakage checks: signs that a model has seen the future, each described in a sentence.

Price moves hours ahead are close to unpredictable. A model that performs far better has usually been trained on its
test rows, on a column that contains the outcome, or on labels shifted by some hours (S. Kaufman et al., Leakage in
Data Mining, ACM TKDD 6 (2012)).
"""

from collections.abc import Iterator

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ppa.core.metrics import Evaluation
from ppa.core.times import HOUR

# no model of hourly moves without leakage is expected to exceed these, whatever the label
MAX_AUC, MAX_LEAD, MARGIN = 0.80, 0.15, 0.10
SHIFTED_AUC, OVERFIT_AUC = 0.90, 0.97
MIN_EFFECTIVE = 30


def too_good(evaluation: Evaluation, best_so_far: float) -> Iterator[str]:
    """Yield suspicious metrics on held-out rows; `best_so_far` is the highest AUC of the label's models."""
    if evaluation.effective < MIN_EFFECTIVE:
        return
    bound = max(MAX_AUC, best_so_far + MARGIN)
    if evaluation.roc_auc is not None and evaluation.roc_auc > bound:
        yield (
            f"its ROC AUC of {evaluation.roc_auc:.3f}, at an effective sample size of {evaluation.effective:,}, "
            f"is above {bound:.2f}, which no trusted model of this label has reached"
        )
    low, base = evaluation.interval.low, evaluation.base_rate
    if base is not None and low > base + MAX_LEAD:
        yield f"its accuracy is at least {low:.0%}, far above the base rate of {base:.0%}"


def explained_by_one(features: pd.DataFrame, outcome: "pd.Series[int]") -> Iterator[str]:
    """Yield features that alone predict the outcome of held-out rows."""
    area = _areas(features, _ones(outcome))
    for name, alone in area[area > MAX_AUC].sort_values(ascending=False).items():
        yield f"{name} alone reaches an AUC of {alone:.3f}; check that it does not contain the outcome"


def shifted_label(
    probability: "pd.Series[float]", outcome: "pd.Series[int]", lookahead: int
) -> Iterator[str]:
    """Yield shifts by which the labels fit the predictions on training rows far better than without."""
    own = auc(probability, outcome)
    for shift in sorted({-lookahead, -1, 1, lookahead}):
        moved = outcome.reindex(outcome.index + shift * HOUR).set_axis(outcome.index).dropna()
        other = auc(probability.reindex(moved.index), moved)
        if other > max(SHIFTED_AUC, own + MARGIN):
            yield (
                f"on its training rows it fits the label of {abs(shift)} h "
                f"{'later' if shift > 0 else 'earlier'} (AUC {other:.3f}) better than their own ({own:.3f}); "
                "rows and labels were probably shifted against each other"
            )


def overfit(train_auc: float, test_auc: float | None) -> Iterator[str]:
    """Yield a reason if performance is near perfect on both training and held-out rows."""
    if test_auc is not None and min(train_auc, test_auc) > OVERFIT_AUC:
        yield (
            f"it is as good on held-out rows (AUC {test_auc:.3f}) as on its training rows ({train_auc:.3f}); "
            "it was probably trained on both"
        )


def auc(scores: "pd.Series[float]", outcome: "pd.Series[int]") -> float:
    """Return the area under the ROC curve; 0.5 if there is only one class."""
    return float(_area(scores.to_frame(), _ones(outcome)).fillna(0.5).iloc[0])


def _ones(outcome: "pd.Series[int]") -> NDArray[np.bool_]:
    return np.asarray(outcome.to_numpy() == 1)


def _areas(features: pd.DataFrame, positive: NDArray[np.bool_]) -> "pd.Series[float]":
    """Return each column's AUC, or that of the negated column if it is higher."""
    area = _area(features, positive).fillna(0.5)
    return area.where(area >= 0.5, 1 - area)


def _area(features: pd.DataFrame, positive: NDArray[np.bool_]) -> "pd.Series[float]":
    # the Mann-Whitney form of the area: https://doi.org/10.1148/radiology.143.1.7063747
    present, ranks = features.notna(), features.rank()
    ones, zeros = present[positive].sum(), present[~positive].sum()
    return (ranks[positive].sum() - ones * (ones + 1) / 2) / (ones * zeros).replace(0, np.nan)
