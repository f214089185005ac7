"""Fewer points that look the same: what a screen can show of a long series."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.floating[Any]]
Positions = NDArray[np.int64]
FEATURE_SHARE = 5  # a feature keeps the extremes of a fifth as many stretches as the price does


def downsample(price: Floats, features: Sequence[Floats], points: int) -> Positions:
    """Positions, in order, that keep the price's course, and the peaks of each feature beside it."""
    if price.size <= points:
        return np.arange(price.size)
    kept = [
        min_max_positions(price, points),
        *(min_max_positions(feature, points // FEATURE_SHARE) for feature in features),
    ]
    return np.unique(np.concatenate(kept))


def min_max_positions(values: Floats, points: int) -> Positions:
    """Positions of at most about `points` values: every stretch's least and greatest, the first and the last.

    The min-max decimation that oscilloscopes do; NaN is passed over.
    """
    width = -(-values.size * 2 // points)
    whole = np.full(-(-values.size // width) * width, np.nan)
    whole[: values.size] = values
    stretches = whole.reshape(-1, width)
    starts = np.arange(len(stretches)) * width
    minimum = np.where(np.isnan(stretches), np.inf, stretches).argmin(axis=1)
    greatest = np.where(np.isnan(stretches), -np.inf, stretches).argmax(axis=1)
    return np.unique(np.concatenate([[0], starts + minimum, starts + greatest, [values.size - 1]]))
