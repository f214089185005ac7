"""Expected performance of predictions whose outcomes are pending.

Confidence-based performance estimation (CBPE): a calibrated probability is the probability that predicting 1 is
correct, so its mean over the decisions is the expected accuracy. J. Bialek, W. Kuberski, N. Perrakis and A. Bifet,
Estimating Model Performance Under Covariate Shift Without Labels, arXiv:2401.08348 (2024), as implemented by NannyML.

The estimate holds while the calibration of the held-out hours holds. It accounts for covariate shift, but not for
concept drift, where the relation between features and outcome changes.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from ppa.core.evaluation.calibration import Calibration
from ppa.core.metrics import Interval, effective_sample_size, wilson_interval


@dataclass(frozen=True)
class Estimate:
    """Expected performance of `n` predictions.

    `interval` is the 95% Wilson interval of the accuracy at the effective sample size `effective`, `positive_rate`
    the expected share of outcomes 1, `expected` the expected confusion matrix.
    """

    n: int
    effective: int
    accuracy: float
    interval: Interval
    positive_rate: float
    expected: dict[str, float]

    def to_dict(self) -> dict[str, object]:
        """Return the figures as JSON, under the names used for observed performance."""
        return {
            "n": self.n,
            "effective_n": self.effective,
            "accuracy": self.accuracy,
            "accuracy_low": self.interval.low,
            "accuracy_high": self.interval.high,
            "rises": self.positive_rate,
            "confusion": self.expected,
        }


def estimate_performance(
    probability: ArrayLike,
    decision: ArrayLike,
    hours: pd.DatetimeIndex,
    *,
    lookahead: int,
    calibration: Calibration | None,
) -> Estimate | None:
    """Estimate accuracy and confusion matrix of predictions at `hours` (UTC); None without predictions.

    Without a calibration the predicted probabilities are used as they are.
    """
    predicted, decided = np.asarray(probability, np.float64), np.asarray(decision, bool)
    if not predicted.size:
        return None
    chance = calibration(predicted) if calibration else predicted
    effective = effective_sample_size(hours, lookahead)
    accuracy = float(np.where(decided, chance, 1 - chance).mean())
    expected = {
        "tn": float((1 - chance)[~decided].sum()),
        "fp": float((1 - chance)[decided].sum()),
        "fn": float(chance[~decided].sum()),
        "tp": float(chance[decided].sum()),
    }
    interval = wilson_interval(min(accuracy, 1.0) * effective, effective)
    return Estimate(predicted.size, effective, accuracy, interval, float(chance.mean()), expected)
