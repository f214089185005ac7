"""Consensus of several models of one label, with the effective number of independent models.

Models trained on the same hours and features are correlated, so that their agreement counts for less than a vote of
independent models. The effective number is `n / (1 + (n - 1) r)`, where `r` is the mean pairwise correlation of
their probabilities: the design effect of L. Kish, Survey Sampling (1965).
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd

MIN_HOURS = 24


@dataclass(frozen=True)
class Consensus:
    """Consensus of the models that predicted the hour `ts` (UTC).

    `rises` counts the models that predict 1, `probability` is their mean probability, `effective` the effective
    number of independent models; None if they share fewer than `MIN_HOURS` hours.
    """

    ts: pd.Timestamp
    models: int
    rises: int
    probability: float
    effective: float | None

    @property
    def share(self) -> float:
        """Share of the models that predict 1."""
        return self.rises / self.models

    @property
    def agree(self) -> int:
        """Number of models in the majority."""
        return max(self.rises, self.models - self.rises)


def consensus(probability: pd.DataFrame, thresholds: "pd.Series[float]") -> Consensus | None:
    """Return the consensus at the newest hour predicted by at least two models; None if there is none.

    `probability` has one row per hour (UTC, ascending) and one column per model, NaN without a prediction;
    `thresholds` holds the decision threshold of each model.
    """
    counts = probability.notna().sum(axis=1)
    if not (counts >= 2).any():
        return None
    ts = counts[counts >= 2].index[-1]
    latest = probability.loc[ts].dropna()
    return Consensus(
        ts,
        len(latest),
        int((latest >= thresholds[latest.index]).sum()),
        float(latest.mean()),
        effective_models(probability[latest.index]),
    )


def effective_models(probability: pd.DataFrame) -> float | None:
    """Effective number of independent models among the columns; None with fewer than `MIN_HOURS` common hours."""
    common = probability.dropna()
    count = common.shape[1]
    if len(common) < MIN_HOURS:
        return None
    with np.errstate(invalid="ignore"):
        correlation = np.corrcoef(common.to_numpy().T)
    # a constant model is redundant: its undefined correlation counts as 1
    pairs = np.nan_to_num(correlation[np.triu_indices(count, 1)], nan=1.0)
    return float(count / (1 + (count - 1) * max(0.0, float(pairs.mean()))))
