"""Too good to be true: signs that a model has seen the future, each as a sentence that names it.

Moves of a price hours ahead are close to unpredictable. A model that is far better than that has most often
been trained on its test rows, on a column that holds the outcome, or on labels that slipped to another hour
(S. Kaufman et al., Leakage in Data Mining, ACM TKDD 6 (2012)).
"""

from collections.abc import Iterator

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ppa.core.metrics import Evaluation
from ppa.core.times import HOUR

# beyond these no honest model of an hourly move is expected, whatever the label
HIGHEST_AUC, WIDEST_LEAD, MARGIN = 0.80, 0.15, 0.10
SLIPPED_AUC, MEMORISED_AUC = 0.90, 0.97
MIN_EFFECTIVE = 30


def too_good(evaluation: Evaluation, best_so_far: float) -> Iterator[str]:
    """What is suspicious about figures on held-out rows; `best_so_far` is the highest AUC of the label's models."""
    if evaluation.effective < MIN_EFFECTIVE:
        return
    bound = max(HIGHEST_AUC, best_so_far + MARGIN)
    if evaluation.roc_auc is not None and evaluation.roc_auc > bound:
        yield (
            f"its ROC AUC of {evaluation.roc_auc:.3f} on {evaluation.effective:,} independent outcomes is above "
            f"{bound:.2f}, which no honest model of this label has reached"
        )
    low, base = evaluation.interval.low, evaluation.base_rate
    if base is not None and low > base + WIDEST_LEAD:
        yield f"its accuracy is at least {low:.0%}, far above the base rate of {base:.0%}"


def explained_by_one(features: pd.DataFrame, outcome: "pd.Series[int]") -> Iterator[str]:
    """Columns that tell the outcome of held-out rows all by themselves."""
    area = _areas(features, _ones(outcome))
    for name, alone in area[area > HIGHEST_AUC].sort_values(ascending=False).items():
        yield f"{name} alone reaches an AUC of {alone:.3f}: look whether it holds the outcome"


def shifted_label(
    probability: "pd.Series[float]", outcome: "pd.Series[int]", lookahead: int
) -> Iterator[str]:
    """Other hours whose label fits the answers on training rows far better than their own."""
    own = auc(probability, outcome)
    for shift in sorted({-lookahead, -1, 1, lookahead}):
        moved = outcome.reindex(outcome.index + shift * HOUR).set_axis(outcome.index).dropna()
        other = auc(probability.reindex(moved.index), moved)
        if other > max(SLIPPED_AUC, own + MARGIN):
            yield (
                f"on its training rows it fits the label of {abs(shift)} h "
                f"{'later' if shift > 0 else 'earlier'} (AUC {other:.3f}) better than their own ({own:.3f}): "
                "rows and labels were probably shifted against each other"
            )


def overfit(train_auc: float, test_auc: float | None) -> Iterator[str]:
    """Whether it is as perfect on held-out rows as on those it was trained on."""
    if test_auc is not None and min(train_auc, test_auc) > MEMORISED_AUC:
        yield (
            f"it is as good on held-out rows (AUC {test_auc:.3f}) as on its training rows ({train_auc:.3f}): "
            "it was probably trained on both"
        )


def auc(scores: "pd.Series[float]", outcome: "pd.Series[int]") -> float:
    """The area under the ROC curve; 0.5 where there is one class only."""
    return float(_area(scores.to_frame(), _ones(outcome)).fillna(0.5).iloc[0])


def _ones(outcome: "pd.Series[int]") -> NDArray[np.bool_]:
    return np.asarray(outcome.to_numpy() == 1)


def _areas(features: pd.DataFrame, positive: NDArray[np.bool_]) -> "pd.Series[float]":
    """Each column's AUC, or that of its opposite where it is better."""
    area = _area(features, positive).fillna(0.5)
    return area.where(area >= 0.5, 1 - area)


def _area(features: pd.DataFrame, positive: NDArray[np.bool_]) -> "pd.Series[float]":
    # the Mann-Whitney form of the area: https://doi.org/10.1148/radiology.143.1.7063747
    known, ranks = features.notna(), features.rank()
    ones, zeros = known[positive].sum(), known[~positive].sum()
    return (ranks[positive].sum() - ones * (ones + 1) / 2) / (ones * zeros).replace(0, np.nan)
