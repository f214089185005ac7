"""Decisions and returns of several models at every threshold, so that pages can change the threshold instantly."""

import math
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ppa.core.contracts.label import check_lookahead
from ppa.core.labels.definition import clock_hours

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

MAX_STEPS = 200


@dataclass(frozen=True)
class Sweep:
    """Counts and returns at each threshold, each of shape (models, thresholds).

    `tp` and `fp` count true and false positives, `trades` the trades of the strategy in
    `ppa.core.evaluation.profit`; `growth` is the sum of their log returns before fees.
    """

    tp: Ints
    fp: Ints
    trades: Ints
    growth: Floats

    def profit(self, fee: float) -> Floats:
        """Total return after `fee`, the cost of a round trip as a fraction."""
        return np.asarray(np.expm1(self.growth + self.trades * math.log1p(-fee)))


def threshold_grid(probability: Floats, own: Floats) -> Floats:
    """Evenly spaced thresholds, at most 202, that cover all probabilities; the step is 1, 2 or 5 times a power of 10.

    `own` holds the models' decision thresholds, which are covered too.
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
    """Evaluate `probability`, of shape (models, hours), at each of `thresholds`, ascending.

    `hours` are UTC, ascending and unique; `truth` is 0 or 1; `closes` is indexed by bar opens in UTC.
    """
    # the decision is 1 at the first `passed` thresholds
    passed = np.searchsorted(thresholds, probability, side="right")
    tp, fp = _counts(passed[:, truth == 1], thresholds.size), _counts(passed[:, truth == 0], thresholds.size)
    trades, growth = _backtests(
        clock_hours(hours), passed, closes, thresholds.size, check_lookahead(lookahead)
    )
    return Sweep(tp, fp, trades, growth)


def _round_step(minimum: float) -> float:
    """Round up to 1, 2 or 5 times a power of 10."""
    decimal = 10.0 ** math.floor(math.log10(max(minimum, 1e-6)))
    return next(decimal * digit for digit in (1, 2, 5, 10) if decimal * digit >= minimum * (1 - 1e-9))


def _counts(passed: Ints, size: int) -> Ints:
    """Count the positive decisions of each model at each threshold."""
    ending = np.stack([np.bincount(row, minlength=size + 1) for row in passed])
    return np.asarray(ending[:, :0:-1].cumsum(axis=1)[:, ::-1])


def _backtests(
    hours: Ints, passed: Ints, closes: "pd.Series[float]", size: int, lookahead: int
) -> tuple[Ints, Floats]:
    """Count trades and sum their log returns, window by window: each opens at most one position per account."""
    returns = _log_returns(hours, closes, lookahead)
    tradable = ~np.isnan(returns)
    hours, passed, returns = hours[tradable], passed[:, tradable], returns[tradable]
    shape = (len(passed), size)
    trades, growth, free = np.zeros(shape, np.int64), np.zeros(shape), np.zeros(shape, np.int64)
    thresholds, start = np.arange(size)[None, :, None], 0
    while start < hours.size:
        stop = int(np.searchsorted(hours, hours[start] + lookahead))
        window = hours[start:stop]
        opens = (thresholds < passed[:, None, start:stop]) & (window >= free[:, :, None])
        at, opened = opens.argmax(axis=2), opens.any(axis=2)
        trades += opened
        growth += np.where(opened, returns[start:stop][at], 0.0)
        free = np.where(opened, window[at] + lookahead, free)
        start = stop
    return trades, growth


def _log_returns(hours: Ints, closes: "pd.Series[float]", lookahead: int) -> Floats:
    """Log return from each hour's close to the latest close `lookahead` hours later; NaN if it cannot be traded."""
    prices = closes.dropna().sort_index()
    bars, price = clock_hours(prices.index), prices.to_numpy(dtype=np.float64)
    if not bars.size:
        return np.full(hours.size, np.nan)
    entry, leave = (np.searchsorted(bars, moment, side="right") - 1 for moment in (hours, hours + lookahead))
    tradable = (bars[entry] == hours) & (hours + lookahead <= bars[-1])
    return np.where(tradable, np.log(price[leave] / price[entry]), np.nan)
