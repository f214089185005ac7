"""Probability calibration by isotonic regression on predictions with a known outcome."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Calibration:
    """A monotone map of probabilities, linear between its knots and constant beyond them.

    `knots` are predicted probabilities, ascending; `values` the calibrated probability at each.
    """

    knots: Floats
    values: Floats

    def __call__(self, probability: ArrayLike) -> Floats:
        """Calibrate predicted probabilities."""
        return np.interp(np.asarray(probability, np.float64), self.knots, self.values)


def calibrate(probability: ArrayLike, outcome: ArrayLike) -> Calibration | None:
    """Fit the monotone map of `probability` to `outcome` (0 or 1) with the least squared error.

    Returns None unless both outcomes occur. The algorithm is pool adjacent violators: R. E. Barlow and others,
    Statistical Inference under Order Restrictions (1972); for classifiers, B. Zadrozny and C. Elkan, Transforming
    Classifier Scores into Accurate Multiclass Probability Estimates, KDD 2002.
    """
    scores, truth = np.asarray(probability, np.float64), np.asarray(outcome, np.float64)
    if not scores.size or truth.min() == truth.max():
        return None
    knots, which, weights = np.unique(scores, return_inverse=True, return_counts=True)
    means = np.bincount(which, truth) / weights
    return Calibration(knots, _pooled(means, weights.astype(np.float64)))


def _pooled(means: Floats, weights: Floats) -> Floats:
    """Return ascending means: adjacent means that violate the order are replaced by their weighted mean."""
    blocks: list[tuple[float, float, int]] = []
    for mean, weight in zip(means.tolist(), weights.tolist(), strict=True):
        block = (mean, weight, 1)
        while blocks and blocks[-1][0] >= block[0]:
            block = _merge(blocks.pop(), block)
        blocks.append(block)
    level, _, sizes = zip(*blocks, strict=True)
    return np.repeat(np.asarray(level, np.float64), sizes)


def _merge(left: tuple[float, float, int], right: tuple[float, float, int]) -> tuple[float, float, int]:
    weight = left[1] + right[1]
    return (left[0] * left[1] + right[0] * right[1]) / weight, weight, left[2] + right[2]
