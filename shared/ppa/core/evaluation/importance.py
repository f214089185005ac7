"""Permutation importance: how much worse a model is where one feature's values are shuffled among the hours.

L. Breiman, Random Forests, Machine Learning 45 (2001), section 10, on held-out rows. Features that say the same
stand in for each other, so that each of them may look unimportant.
"""

from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from ppa.core.metrics import roc_auc

MAX_ROWS = 500
MAX_REPEATS = 5
MAX_CELLS = 4_000_000  # 32 MB of numbers for the child process
SEED = 7


class Importance(NamedTuple):
    """How far the ROC AUC falls without a feature: the mean over shuffles, the least and the greatest fall."""

    feature: str
    fall: float
    low: float
    high: float


def sample(rows: pd.DataFrame) -> pd.DataFrame:
    """Some hundred rows, evenly spaced, so that shuffling every feature stays within `MOST_CELLS`."""
    maximum = min(MAX_ROWS, MAX_CELLS // rows.shape[1] ** 2, len(rows))
    return rows.iloc[np.linspace(0, len(rows) - 1, max(maximum, 1)).round().astype(int)]


def shuffled(rows: pd.DataFrame) -> pd.DataFrame:
    """`rows` as they are, then once for each feature and repeat with that feature's values shuffled."""
    rng, repeats = np.random.default_rng(SEED), _repeats(rows)
    values = rows.to_numpy(dtype=np.float64)
    copies = np.tile(values, (1 + rows.shape[1] * repeats, 1, 1))
    for place in range(rows.shape[1] * repeats):
        feature = place // repeats
        copies[1 + place, :, feature] = rng.permutation(values[:, feature])
    return pd.DataFrame(copies.reshape(-1, rows.shape[1]), columns=rows.columns)


def importances(rows: pd.DataFrame, truth: ArrayLike, probability: NDArray[np.float64]) -> list[Importance]:
    """What `probability`, said of `shuffled(rows)`, says of each feature, the most important first.

    `truth` is 0 or 1 for each of `rows`. Empty where there is one class only.
    """
    scores = [roc_auc(truth, said) for said in probability.reshape(-1, len(rows))]
    if scores[0] is None:
        return []
    falls = scores[0] - np.array(scores[1:], dtype=np.float64).reshape(rows.shape[1], -1)
    found = [_of(str(name), row) for name, row in zip(rows.columns, falls, strict=True)]
    return sorted(found, key=lambda one: -one.fall)


def _of(feature: str, falls: NDArray[np.float64]) -> Importance:
    return Importance(feature, float(falls.mean()), float(falls.min()), float(falls.max()))


def _repeats(rows: pd.DataFrame) -> int:
    return min(MAX_REPEATS, max(1, MAX_CELLS // (len(rows) * rows.shape[1] ** 2)))
