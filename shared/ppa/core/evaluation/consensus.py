"""What several models of one label say together, and how many of them are worth listening to.

Models trained on the same hours of the same features say much the same: their agreement is no vote of so many
independent voters. So the number stands beside the effective one, `n / (1 + (n - 1) r)` with the mean
correlation `r` of what they say: the design effect of L. Kish, Survey Sampling (1965).
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd

MIN_HOURS = 24


@dataclass(frozen=True)
class Consensus:
    """Of the models that answered the hour `ts`: how many say rise, their mean probability, how many agree.

    `effective` is None where they share too few hours to tell how alike they are.
    """

    ts: pd.Timestamp
    models: int
    rises: int
    probability: float
    effective: float | None

    @property
    def share(self) -> float:
        """Share of the models that say rise."""
        return self.rises / self.models

    @property
    def agree(self) -> int:
        """How many say what most say."""
        return max(self.rises, self.models - self.rises)


def consensus(probability: pd.DataFrame, thresholds: "pd.Series[float]") -> Consensus | None:
    """Consensus at the newest hour that two models or more have answered; None where there is none.

    `probability` has a row an hour (UTC, ascending) and a column a model, NaN where it said nothing;
    `thresholds` is the probability from which each says rise.
    """
    answered = probability.notna().sum(axis=1)
    if not (answered >= 2).any():
        return None
    ts = answered[answered >= 2].index[-1]
    said = probability.loc[ts].dropna()
    return Consensus(
        ts,
        len(said),
        int((said >= thresholds[said.index]).sum()),
        float(said.mean()),
        effective_models(probability[said.index]),
    )


def effective_models(probability: pd.DataFrame) -> float | None:
    """How many models that say independent things would be worth as much as these columns."""
    common = probability.dropna()
    count = common.shape[1]
    if len(common) < MIN_HOURS:
        return None
    with np.errstate(invalid="ignore"):
        correlation = np.corrcoef(common.to_numpy().T)
    # who always says the same adds nothing of its own
    pairs = np.nan_to_num(correlation[np.triu_indices(count, 1)], nan=1.0)
    return float(count / (1 + (count - 1) * max(0.0, float(pairs.mean()))))
