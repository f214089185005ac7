"""Downsampling of long series for charts, preserving their visible extremes."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.floating[Any]]
Positions = NDArray[np.int64]
FEATURE_SHARE = 5  # features get a fifth of the price's points


def downsample(price: Floats, features: Sequence[Floats], points: int) -> Positions:
    """Select positions, ascending, that preserve the extremes of the price and of each feature."""
    if price.size <= points:
        return np.arange(price.size)
    kept = [
        min_max_positions(price, points),
        *(min_max_positions(feature, points // FEATURE_SHARE) for feature in features),
    ]
    return np.unique(np.concatenate(kept))


def min_max_positions(values: Floats, points: int) -> Positions:
    """Positions of about `points` values at most: minimum and maximum of each stretch, and both ends.

    Min-max decimation, as used by oscilloscopes; NaN is ignored.
    """
    width = -(-values.size * 2 // points)
    whole = np.full(-(-values.size // width) * width, np.nan)
    whole[: values.size] = values
    stretches = whole.reshape(-1, width)
    starts = np.arange(len(stretches)) * width
    minimum = np.where(np.isnan(stretches), np.inf, stretches).argmin(axis=1)
    maximum = np.where(np.isnan(stretches), -np.inf, stretches).argmax(axis=1)
    return np.unique(np.concatenate([[0], starts + minimum, starts + maximum, [values.size - 1]]))
