"""How good predictions will turn out to be whose outcomes nobody knows yet.

Confidence-based performance estimation (CBPE): a calibrated probability is the chance that saying rise is
right, so its mean over decisions is the accuracy to expect. J. Bialek, W. Kuberski, N. Perrakis and A. Bifet,
Estimating Model Performance Under Covariate Shift Without Labels, arXiv:2401.08348 (2024), as NannyML does it.

It holds as long as what the model says still means what it meant on the held-out hours: it sees inputs that
have moved to where the model is less sure, not a market in which the same inputs lead elsewhere.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from ppa.core.evaluation.calibration import Calibration
from ppa.core.metrics import Interval, effective_outcomes, wilson_interval


@dataclass(frozen=True)
class Estimate:
    """What to expect of `n` predictions; `interval` is where the accuracy of so few outcomes may fall (95%)."""

    n: int
    effective: int
    accuracy: float
    interval: Interval
    rises: float
    expected: dict[str, float]

    def to_dict(self) -> dict[str, object]:
        """As JSON takes it, named as measured figures are."""
        return {
            "n": self.n,
            "effective_n": self.effective,
            "accuracy": self.accuracy,
            "accuracy_low": self.interval.low,
            "accuracy_high": self.interval.high,
            "rises": self.rises,
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
    """The accuracy and the confusion matrix to expect of predictions at `hours` (UTC); None without any.

    Without a calibration the probabilities are taken at their word.
    """
    said, decided = np.asarray(probability, np.float64), np.asarray(decision, bool)
    if not said.size:
        return None
    chance = calibration(said) if calibration else said
    effective = effective_outcomes(hours, lookahead)
    accuracy = float(np.where(decided, chance, 1 - chance).mean())
    expected = {
        "tn": float((1 - chance)[~decided].sum()),
        "fp": float((1 - chance)[decided].sum()),
        "fn": float(chance[~decided].sum()),
        "tp": float(chance[decided].sum()),
    }
    interval = wilson_interval(min(accuracy, 1.0) * effective, effective)
    return Estimate(said.size, effective, accuracy, interval, float(chance.mean()), expected)
