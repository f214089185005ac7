"""What models would have said, and earned, at every threshold: so that a page can move the threshold at once."""

import math
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ppa.core.labels.criterion import check_lookahead
from ppa.core.labels.definition import clock_hours

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

MAX_STEPS = 200


@dataclass(frozen=True)
class Sweep:
    """Counts and returns at each threshold, each of shape (models, thresholds).

    `tp` and `fp` count the hours said to rise that did and did not; `trades` the positions of the rule in
    `ppa.core.evaluation.profit`, and `growth` the sum of the natural logarithms of what they returned before fees.
    """

    tp: Ints
    fp: Ints
    trades: Ints
    growth: Floats

    def profit(self, fee: float) -> Floats:
        """What the trades earned after `fee`, the fraction that a round trip costs."""
        return np.asarray(np.expm1(self.growth + self.trades * math.log1p(-fee)))


def threshold_grid(probability: Floats, own: Floats) -> Floats:
    """Even thresholds, at most 202, from below every probability to above; steps of 1, 2 or 5 in some decimal.

    `own` are the models' own thresholds, which lie between the ends.
    """
    low, high = min(probability.min(), own.min()), max(probability.max(), own.max())
    step = _round_step((high - low) / MAX_STEPS)
    first, last = math.floor(low / step), math.floor(high / step) + 1
    return np.round(np.arange(first, min(last, round(1 / step)) + 1) * step, 10)


def sweep(
    hours: pd.DatetimeIndex,
    truth: Floats,
    probability: Floats,
    closes: "pd.Series[float]",
    thresholds: Floats,
    *,
    lookahead: int,
) -> Sweep:
    """Follow `probability`, of shape (models, hours), at each of `thresholds`, ascending.

    `hours` are UTC, in order, each once; `truth` is 0 or 1; `closes` is indexed by bar opens in UTC.
    """
    # a model says rise at the first `said` thresholds
    said = np.searchsorted(thresholds, probability, side="right")
    tp, fp = _counts(said[:, truth == 1], thresholds.size), _counts(said[:, truth == 0], thresholds.size)
    trades, growth = _follow(clock_hours(hours), said, closes, thresholds.size, check_lookahead(lookahead))
    return Sweep(tp, fp, trades, growth)


def _round_step(minimum: float) -> float:
    """The smallest of 1, 2 or 5 in some decimal that is no smaller than `least`, and no larger than 0.005 asks."""
    decimal = 10.0 ** math.floor(math.log10(max(minimum, 1e-6)))
    return next(decimal * digit for digit in (1, 2, 5, 10) if decimal * digit >= minimum * (1 - 1e-9))


def _counts(said: Ints, size: int) -> Ints:
    """How many rows of each model are said to rise at each threshold."""
    ending = np.stack([np.bincount(row, minlength=size + 1) for row in said])
    return np.asarray(ending[:, :0:-1].cumsum(axis=1)[:, ::-1])


def _follow(
    hours: Ints, said: Ints, closes: "pd.Series[float]", size: int, lookahead: int
) -> tuple[Ints, Floats]:
    """Trades and their log returns; window by window, as within one each account opens one position at most."""
    earned = _log_returns(hours, closes, lookahead)
    followed = ~np.isnan(earned)
    hours, said, earned = hours[followed], said[:, followed], earned[followed]
    shape = (len(said), size)
    trades, growth, free = np.zeros(shape, np.int64), np.zeros(shape), np.zeros(shape, np.int64)
    thresholds, start = np.arange(size)[None, :, None], 0
    while start < hours.size:
        stop = int(np.searchsorted(hours, hours[start] + lookahead))
        window = hours[start:stop]
        opens = (thresholds < said[:, None, start:stop]) & (window >= free[:, :, None])
        at, opened = opens.argmax(axis=2), opens.any(axis=2)
        trades += opened
        growth += np.where(opened, earned[start:stop][at], 0.0)
        free = np.where(opened, window[at] + lookahead, free)
        start = stop
    return trades, growth


def _log_returns(hours: Ints, closes: "pd.Series[float]", lookahead: int) -> Floats:
    """The log return from each hour's close to the last known one `lookahead` hours later; NaN if not followed."""
    known = closes.dropna().sort_index()
    bars, price = clock_hours(known.index), known.to_numpy(dtype=np.float64)
    if not bars.size:
        return np.full(hours.size, np.nan)
    entry, way_out = (
        np.searchsorted(bars, moment, side="right") - 1 for moment in (hours, hours + lookahead)
    )
    followed = (bars[entry] == hours) & (hours + lookahead <= bars[-1])
    return np.where(followed, np.log(price[way_out] / price[entry]), np.nan)
