"""Cumulative accuracy over time, with its interval and the accuracy of the two baselines."""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ppa.core.labels.definition import clock_hours
from ppa.core.labels.summary import non_overlapping_windows
from ppa.core.metrics import wilson_interval
from ppa.core.times import HOUR

MAX_POINTS = 400

Bools = NDArray[np.bool_]


class RunningPoint(NamedTuple):
    """Cumulative shares up to the hour `ts` (ISO 8601): accuracy, its 95% interval, and the two baselines.

    `majority` is the base rate, `reversal` the accuracy of predicting that the last hour's move reverses.
    """

    ts: str
    accuracy: float
    low: float
    high: float
    majority: float
    reversal: float


@dataclass(frozen=True)
class Resolved:
    """Resolved predictions in time order: hours (UTC), probability, decision and outcome.

    `reversal` is the decision of the reversal baseline at each hour.
    """

    hours: pd.DatetimeIndex
    probability: NDArray[np.float64]
    decision: Bools
    outcome: Bools
    reversal: Bools

    def within(self, since: pd.Timestamp) -> "Resolved":
        """Select the predictions from the hour `since` on."""
        at = int(self.hours.searchsorted(since))
        return Resolved(
            self.hours[at:], self.probability[at:], self.decision[at:], self.outcome[at:], self.reversal[at:]
        )


def running_accuracy(resolved: Resolved, lookahead: int, maximum: int = MAX_POINTS) -> list[RunningPoint]:
    """Return the cumulative accuracy in time order, at most `maximum` points including both ends."""
    size = len(resolved.hours)
    picked = np.unique(np.linspace(0, size - 1, maximum).astype(int)) if size else np.empty(0, int)
    count = np.arange(1, size + 1)
    positives = resolved.outcome.cumsum()
    accuracy = (resolved.decision == resolved.outcome).cumsum() / count
    reversal = (resolved.reversal == resolved.outcome).cumsum() / count
    majority = np.maximum(positives, count - positives) / count
    effective = np.maximum(1, effective_sample_sizes(resolved.hours, lookahead))
    stamps = resolved.hours[picked].strftime("%Y-%m-%dT%H:%M:%SZ")
    return [
        RunningPoint(
            stamp,
            float(accuracy[at]),
            *wilson_interval(float(accuracy[at] * effective[at]), float(effective[at])),
            float(majority[at]),
            float(reversal[at]),
        )
        for stamp, at in zip(stamps, picked, strict=True)
    ]


def effective_sample_sizes(hours: pd.DatetimeIndex, lookahead: int) -> NDArray[np.int64]:
    """Effective sample size up to each of `hours` (UTC, ascending): the number of non-overlapping windows."""
    clock = clock_hours(hours)
    return np.asarray(
        np.searchsorted(non_overlapping_windows(clock, lookahead), clock, side="right"), np.int64
    )


def reversal_baseline(hours: pd.DatetimeIndex, closes: "pd.Series[float]") -> Bools:
    """Decisions of the reversal baseline: 1 where the last hour's close fell. `closes` is in time order."""
    recent = closes_from(closes, hours.min() - HOUR) if len(hours) else closes
    before = recent.reindex(hours - HOUR).to_numpy()
    return np.asarray(recent.reindex(hours).to_numpy() < before)


def closes_from(closes: "pd.Series[float]", first: pd.Timestamp) -> "pd.Series[float]":
    """Select closes, in time order, from the hour `first` on."""
    return closes.iloc[int(closes.index.searchsorted(first)) :]
