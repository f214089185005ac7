"""Significance of the difference between two models on the same hours.

The look-ahead windows of adjacent hours overlap, so their losses are autocorrelated. The difference in loss is
therefore resampled in blocks longer than the window: the circular block bootstrap of D. N. Politis and J. P. Romano, A
Circular Block-Resampling Procedure for Stationary Data (1992). The bootstrap misses dependence across block edges; its
spread is widened by the factor that corrects this for the triangular autocovariance of overlapping windows.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

RESAMPLES = 2000
LOOKAHEADS_PER_BLOCK = 3
MIN_BLOCKS = 8
ALPHA = 0.05
SEED = 20170101


class Difference(NamedTuple):
    """Mean of first - second, with its 95% interval and p-value; all but the mean are None with too few blocks."""

    mean: float
    low: float | None
    high: float | None
    p: float | None


@dataclass(frozen=True)
class Pair:
    """Difference in loss of two models, given by their positions; `p` is adjusted for multiple comparisons."""

    first: int
    second: int
    difference: Difference
    p: float | None


def compare_all(losses: Floats, lookahead: int, *, seed: int = SEED) -> list[Pair]:
    """Compare every pair of rows of `losses`, of shape (models, hours) in time order; p-values are Holm-adjusted.

    S. Holm, A Simple Sequentially Rejective Multiple Test Procedure, Scandinavian Journal of Statistics 6 (1979).
    """
    pairs = list(combinations(range(len(losses)), 2))
    if not pairs:
        return []
    results = differences(np.stack([losses[a] - losses[b] for a, b in pairs]), lookahead, seed=seed)
    adjusted = holm([result.p for result in results])
    return [Pair(a, b, result, p) for (a, b), result, p in zip(pairs, results, adjusted, strict=True)]


def differences(values: Floats, lookahead: int, *, seed: int = SEED) -> list[Difference]:
    """Estimate the mean of each row of `values`, of shape (rows, hours), with its interval and p-value."""
    block = block_length(values.shape[1], lookahead)
    means = values.mean(axis=1)
    if values.shape[1] < MIN_BLOCKS * block:
        return [Difference(float(mean), None, None, None) for mean in means]
    spread = np.abs(_resampled(values, block, seed) - means[:, None]) * _widening(block, lookahead)
    half_widths = np.quantile(spread, 1 - ALPHA, axis=1)
    as_extreme = (spread >= np.abs(means)[:, None]).sum(axis=1)
    p_values = (1 + as_extreme) / (1 + spread.shape[1])
    return [
        Difference(float(mean), float(mean - half), float(mean + half), float(p))
        for mean, half, p in zip(means, half_widths, p_values, strict=True)
    ]


def block_length(hours: int, lookahead: int) -> int:
    """Block length in hours: `LOOKAHEADS_PER_BLOCK` look-aheads, at least the cube root of `hours`."""
    return max(LOOKAHEADS_PER_BLOCK * lookahead, math.ceil(math.cbrt(hours)))


def holm(p_values: Sequence[float | None]) -> list[float | None]:
    """Adjust p-values for multiple comparisons after Holm, in the given order; None stays None."""
    ascending = sorted((p, position) for position, p in enumerate(p_values) if p is not None)
    adjusted: list[float | None] = [None] * len(p_values)
    minimum = 0.0
    for rank, (p, position) in enumerate(ascending):
        minimum = max(minimum, min(1.0, p * (len(ascending) - rank)))
        adjusted[position] = minimum
    return adjusted


def _resampled(values: Floats, block: int, seed: int) -> Floats:
    """Means of the resamples, of shape (rows, RESAMPLES); blocks start anywhere and wrap around the end."""
    hours = values.shape[1]
    blocks = math.ceil(hours / block)
    starts = np.random.default_rng(seed).integers(0, hours, (RESAMPLES, blocks))
    sums = np.cumsum(np.pad(values, ((0, 0), (1, 0))), axis=1)
    ends = (np.arange(hours) + block) % hours
    wrapped = np.where(np.arange(hours) + block >= hours, sums[:, -1:], 0.0)
    by_start = sums[:, ends] + wrapped - sums[:, :-1]
    totals: Floats = np.stack([row[starts].sum(axis=1) for row in by_start])
    return np.asarray(totals / (blocks * block))


def _widening(block: int, lookahead: int) -> float:
    """Factor by which the block bootstrap underestimates the spread of overlapping windows."""
    lags = np.arange(-lookahead + 1, lookahead)
    shared = 1 - np.abs(lags) / lookahead
    seen = shared * (1 - np.abs(lags) / block)
    return math.sqrt(float(shared.sum() / seen.sum()))
