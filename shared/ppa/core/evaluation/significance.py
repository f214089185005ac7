"""Whether one model is better than another on the same hours, or whether chance would do.

Neighbouring hours share most of their look-ahead window, so their losses move together and the hours are not
that many independent trials. The difference of two models' losses is therefore resampled in blocks that are
longer than the window: the circular block bootstrap of D. N. Politis and J. P. Romano, A Circular Block-Resampling
Procedure for Stationary Data (1992). Its spread misses what reaches across the blocks' edges; it is widened by the
share that it misses of windows that overlap like the label's (a triangular autocovariance).
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
LOOKAHEADS_A_BLOCK = 3
MIN_BLOCKS = 8
SURE = 0.05
SEED = 20170101


class Difference(NamedTuple):
    """The mean of first - second, its 95% interval, and the share of resamples under equality that are as far off.

    All but the mean are None where there are too few blocks to tell.
    """

    mean: float
    low: float | None
    high: float | None
    p: float | None


@dataclass(frozen=True)
class Pair:
    """Two models, by their places, and the difference of their losses; `p` allows for how many pairs there are."""

    first: int
    second: int
    difference: Difference
    p: float | None


def compare_all(losses: Floats, lookahead: int, *, seed: int = SEED) -> list[Pair]:
    """Every pair of rows of `losses`, of shape (models, hours) in time order; p-values are adjusted after Holm.

    S. Holm, A Simple Sequentially Rejective Multiple Test Procedure, Scandinavian Journal of Statistics 6 (1979).
    """
    places = list(combinations(range(len(losses)), 2))
    if not places:
        return []
    found = differences(np.stack([losses[a] - losses[b] for a, b in places]), lookahead, seed=seed)
    adjusted = holm([one.p for one in found])
    return [Pair(a, b, one, p) for (a, b), one, p in zip(places, found, adjusted, strict=True)]


def differences(values: Floats, lookahead: int, *, seed: int = SEED) -> list[Difference]:
    """The mean of each row of `values`, of shape (rows, hours), with what resampling its blocks says of it."""
    block = block_length(values.shape[1], lookahead)
    means = values.mean(axis=1)
    if values.shape[1] < MIN_BLOCKS * block:
        return [Difference(float(mean), None, None, None) for mean in means]
    spread = np.abs(_resampled(values, block, seed) - means[:, None]) * _widening(block, lookahead)
    reach = np.quantile(spread, 1 - SURE, axis=1)
    as_far = (spread >= np.abs(means)[:, None]).sum(axis=1)
    shares = (1 + as_far) / (1 + spread.shape[1])
    return [
        Difference(float(mean), float(mean - half), float(mean + half), float(share))
        for mean, half, share in zip(means, reach, shares, strict=True)
    ]


def block_length(hours: int, lookahead: int) -> int:
    """Hours a block: some look-aheads, and never less than the cube root of all."""
    return max(LOOKAHEADS_A_BLOCK * lookahead, math.ceil(math.cbrt(hours)))


def holm(shares: Sequence[float | None]) -> list[float | None]:
    """p-values made larger by how many there are, in their order; None stays."""
    known = sorted((share, place) for place, share in enumerate(shares) if share is not None)
    adjusted: list[float | None] = [None] * len(shares)
    minimum = 0.0
    for rank, (share, place) in enumerate(known):
        minimum = max(minimum, min(1.0, share * (len(known) - rank)))
        adjusted[place] = minimum
    return adjusted


def _resampled(values: Floats, block: int, seed: int) -> Floats:
    """Means of resamples, of shape (rows, RESAMPLES): blocks may begin anywhere, and wrap round the end."""
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
    """By how much the spread of blocks falls short where lags up to the look-ahead share less and less."""
    lags = np.arange(-lookahead + 1, lookahead)
    shared = 1 - np.abs(lags) / lookahead
    seen = shared * (1 - np.abs(lags) / block)
    return math.sqrt(float(shared.sum() / seen.sum()))
