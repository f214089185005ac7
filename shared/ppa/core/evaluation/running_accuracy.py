"""Accuracy so far, hour by hour, beside what the rules to beat would have scored by then."""

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
    """Shares up to an hour: right, its 95% interval, the commoner answer, the rule that the last hour reverses."""

    ts: str
    accuracy: float
    low: float
    high: float
    majority: float
    reversal: float


@dataclass(frozen=True)
class Resolved:
    """Predictions whose outcome is known, oldest first: hours (UTC), what was said, what happened (True: a rise).

    `reverses` is what the rule says that expects the last hour to reverse.
    """

    hours: pd.DatetimeIndex
    probability: NDArray[np.float64]
    decision: Bools
    outcome: Bools
    reversal: Bools

    def within(self, since: pd.Timestamp) -> "Resolved":
        """Those from an hour on."""
        at = int(self.hours.searchsorted(since))
        return Resolved(
            self.hours[at:], self.probability[at:], self.decision[at:], self.outcome[at:], self.reversal[at:]
        )


def running_accuracy(matured: Resolved, lookahead: int, maximum: int = MAX_POINTS) -> list[RunningPoint]:
    """Shares so far, oldest first, at most `most` points, both ends among them."""
    size = len(matured.hours)
    picked = np.unique(np.linspace(0, size - 1, maximum).astype(int)) if size else np.empty(0, int)
    count = np.arange(1, size + 1)
    rises = matured.outcome.cumsum()
    right = (matured.decision == matured.outcome).cumsum() / count
    reverses = (matured.reversal == matured.outcome).cumsum() / count
    majority = np.maximum(rises, count - rises) / count
    effective = np.maximum(1, effective_sample_sizes(matured.hours, lookahead))
    stamps = matured.hours[picked].strftime("%Y-%m-%dT%H:%M:%SZ")
    return [
        RunningPoint(
            stamp,
            float(right[at]),
            *wilson_interval(float(right[at] * effective[at]), float(effective[at])),
            float(majority[at]),
            float(reverses[at]),
        )
        for stamp, at in zip(stamps, picked, strict=True)
    ]


def effective_sample_sizes(hours: pd.DatetimeIndex, lookahead: int) -> NDArray[np.int64]:
    """How many windows without overlap there are up to each of `hours` (UTC, ascending)."""
    clock = clock_hours(hours)
    return np.asarray(
        np.searchsorted(non_overlapping_windows(clock, lookahead), clock, side="right"), np.int64
    )


def reversal_baseline(hours: pd.DatetimeIndex, known: "pd.Series[float]") -> Bools:
    """The rule to beat: a rise is expected where the last hour went down. `known` is in time order."""
    recent = closes_from(known, hours.min() - HOUR) if len(hours) else known
    before = recent.reindex(hours - HOUR).to_numpy()
    return np.asarray(recent.reindex(hours).to_numpy() < before)


def closes_from(known: "pd.Series[float]", first: pd.Timestamp) -> "pd.Series[float]":
    """The part from an hour on of what is in time order."""
    return known.iloc[int(known.index.searchsorted(first)) :]
