"""From what a model says to how often that came true: isotonic regression on answers whose outcome is known."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Calibration:
    """A monotone map of probabilities, linear between its knots and level beyond them."""

    said: Floats
    came: Floats

    def __call__(self, probability: ArrayLike) -> Floats:
        """Calibrated probabilities."""
        return np.interp(np.asarray(probability, np.float64), self.said, self.came)


def calibrate(probability: ArrayLike, outcome: ArrayLike) -> Calibration | None:
    """The best monotone map of `probability` to `outcome` (0 or 1) by squared error; None without both outcomes.

    Pool adjacent violators: R. E. Barlow and others, Statistical Inference under Order Restrictions (1972); for
    classifiers, B. Zadrozny and C. Elkan, Transforming Classifier Scores into Accurate Multiclass Probability
    Estimates, KDD 2002.
    """
    scores, truth = np.asarray(probability, np.float64), np.asarray(outcome, np.float64)
    if not scores.size or truth.min() == truth.max():
        return None
    said, which, weights = np.unique(scores, return_inverse=True, return_counts=True)
    means = np.bincount(which, truth) / weights
    return Calibration(said, _pooled(means, weights.astype(np.float64)))


def _pooled(means: Floats, weights: Floats) -> Floats:
    """Means made ascending: neighbours that fall are replaced by their common mean."""
    blocks: list[tuple[float, float, int]] = []
    for mean, weight in zip(means.tolist(), weights.tolist(), strict=True):
        block = (mean, weight, 1)
        while blocks and blocks[-1][0] >= block[0]:
            block = _joined(blocks.pop(), block)
        blocks.append(block)
    level, _, sizes = zip(*blocks, strict=True)
    return np.repeat(np.asarray(level, np.float64), sizes)


def _joined(one: tuple[float, float, int], other: tuple[float, float, int]) -> tuple[float, float, int]:
    weight = one[1] + other[1]
    return (one[0] * one[1] + other[0] * other[1]) / weight, weight, one[2] + other[2]
