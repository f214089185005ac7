"""Permutation importance: the drop in ROC AUC when the values of one feature are shuffled.

L. Breiman, Random Forests, Machine Learning 45 (2001), section 10, on held-out rows. Correlated features can mask one
another, so that each of them may look unimportant.
"""

from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from ppa.core.metrics import roc_auc

MAX_ROWS = 500
MAX_REPEATS = 5
MAX_CELLS = 4_000_000  # 32 MB of float64 values sent to the child process
SEED = 7


class Importance(NamedTuple):
    """Drop in ROC AUC when a feature is shuffled: mean (`fall`), minimum and maximum over the repeats."""

    feature: str
    fall: float
    low: float
    high: float


def sample(rows: pd.DataFrame) -> pd.DataFrame:
    """Return up to `MAX_ROWS` evenly spaced rows, few enough that `shuffled` stays within `MAX_CELLS`."""
    maximum = min(MAX_ROWS, MAX_CELLS // rows.shape[1] ** 2, len(rows))
    return rows.iloc[np.linspace(0, len(rows) - 1, max(maximum, 1)).round().astype(int)]


def shuffled(rows: pd.DataFrame) -> pd.DataFrame:
    """Return `rows` unchanged, followed by one copy per feature and repeat with that feature shuffled."""
    rng, repeats = np.random.default_rng(SEED), _repeats(rows)
    values = rows.to_numpy(dtype=np.float64)
    copies = np.tile(values, (1 + rows.shape[1] * repeats, 1, 1))
    for place in range(rows.shape[1] * repeats):
        feature = place // repeats
        copies[1 + place, :, feature] = rng.permutation(values[:, feature])
    return pd.DataFrame(copies.reshape(-1, rows.shape[1]), columns=rows.columns)


def importances(rows: pd.DataFrame, truth: ArrayLike, probability: NDArray[np.float64]) -> list[Importance]:
    """Compute the importance of each feature, most important first.

    `probability` holds the predictions for `shuffled(rows)`, `truth` the outcome (0 or 1) of each of `rows`. The list
    is empty if only one class occurs.
    """
    scores = [roc_auc(truth, copy) for copy in probability.reshape(-1, len(rows))]
    if scores[0] is None:
        return []
    falls = scores[0] - np.array(scores[1:], dtype=np.float64).reshape(rows.shape[1], -1)
    ranking = [_importance(str(name), row) for name, row in zip(rows.columns, falls, strict=True)]
    return sorted(ranking, key=lambda importance: -importance.fall)


def _importance(feature: str, falls: NDArray[np.float64]) -> Importance:
    return Importance(feature, float(falls.mean()), float(falls.min()), float(falls.max()))


def _repeats(rows: pd.DataFrame) -> int:
    return min(MAX_REPEATS, max(1, MAX_CELLS // (len(rows) * rows.shape[1] ** 2)))
