"""Last steps of the gate: dry run, metrics and leakage checks on the model's predictions."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ppa.core.contracts.upload import UploadMetadata
from ppa.core.metrics import SCORES, Evaluation, calibration_points, evaluate, roc_points
from ppa.gate.leakage import auc, explained_by_one, overfit, shifted_label, too_good
from ppa.gate.verdicts import Verdicts
from ppa.repository.dataset import LABEL
from ppa.repository.holdout_predictions import HoldoutPredictions

# tolerated difference between stated and computed metrics
TOLERANCE = 0.02


@dataclass(frozen=True)
class Trial:
    """Predicted rows of the dataset, with the column `probability`: last training rows, held-out and latest rows."""

    train: pd.DataFrame
    test: pd.DataFrame
    latest: pd.DataFrame

    @classmethod
    def from_probability(cls, probability: NDArray[np.float64], parts: Sequence[pd.DataFrame]) -> "Trial":
        """Split the concatenated probabilities among the three parts."""
        ends = np.cumsum([len(part) for part in parts])[:-1]
        pieces = np.split(probability, ends)
        return cls(*(part.assign(probability=piece) for part, piece in zip(parts, pieces, strict=True)))

    def held_out(self) -> HoldoutPredictions:
        """Return the predictions for the held-out hours."""
        return HoldoutPredictions(pd.DatetimeIndex(self.test.index), self.test["probability"].to_numpy())

    def curves(self) -> dict[str, object]:
        """Return the ROC and calibration curves on the held-out rows."""
        outcome, probability = self.test[LABEL], self.test["probability"]
        return {
            "roc": roc_points(outcome, probability),
            "calibration": calibration_points(outcome, probability),
        }


def check_dry_run(trial: Trial, seconds: float, verdicts: Verdicts) -> None:
    """Check the predictions for the latest rows, as the hourly job would request them; warn if constant."""
    latest = trial.latest["probability"]
    summary = f"{len(latest):,} latest rows predicted; {seconds:.1f} s in all, with building and other rows"
    if latest.min() == latest.max():
        verdicts.warned(
            "dry_run",
            "model_constant",
            f"It predicts {latest.iloc[0]:.3f} for each of the {len(latest):,} latest rows.",
            "Check that training has converged and that its columns have values in these hours.",
        )
    else:
        verdicts.passed("dry_run", f"{summary}; probabilities from {latest.min():.3f} to {latest.max():.3f}.")


def score(trial: Trial, metadata: UploadMetadata, lookahead: int, verdicts: Verdicts) -> Evaluation:
    """Compute the metrics on the held-out rows; warn if they differ from those stated by the author."""
    test = trial.test
    evaluation = evaluate(
        test[LABEL],
        test["probability"],
        threshold=metadata.decision_threshold,
        lookahead=lookahead,
        times=pd.DatetimeIndex(test.index),
    )
    summary = (
        f"Accuracy {evaluation.accuracy:.1%} against a base rate of {evaluation.base_rate:.1%}, on "
        f"{evaluation.n:,} hours (effective sample size {evaluation.effective:,})."
    )
    differences = _differing_metrics(evaluation, metadata)
    if differences:
        verdicts.warned(
            "metrics",
            "metrics_differ",
            f"{summary} You state {'; '.join(differences)}.",
            "The computed metrics are used. To compare, evaluate on the held-out rows after the purge.",
        )
    else:
        verdicts.passed("metrics", summary)
    return evaluation


def check_leakage(
    trial: Trial,
    features: list[str],
    evaluation: Evaluation,
    best_so_far: float,
    lookahead: int,
    verdicts: Verdicts,
) -> None:
    """Warn about signs of leakage; a suspicion rather than proof, so the upload is not refused."""
    reasons = [*too_good(evaluation, best_so_far), *explained_by_one(trial.test[features], trial.test[LABEL])]
    if len(trial.train):
        train, outcome = trial.train["probability"], trial.train[LABEL]
        reasons += [
            *shifted_label(train, outcome, lookahead),
            *overfit(auc(train, outcome), evaluation.roc_auc),
        ]
    if reasons:
        verdicts.warned(
            "leakage",
            "model_too_good",
            f"Too good to be true: {'; '.join(reasons[:4])}.",
            "Train on the dataset's unmodified columns, with a purged split, and only on hours up to train_to.",
        )
    else:
        verdicts.passed("leakage", "No signs of leakage.")


def _differing_metrics(evaluation: Evaluation, metadata: UploadMetadata) -> list[str]:
    """Return the author's metrics that differ from the computed ones."""
    computed = evaluation.to_dict()
    return [
        f"{name.replace('_', ' ')} {stated:.3g}, computed {float(str(value)):.3g}"
        for name in SCORES
        if (stated := metadata.user_metrics.get(name)) is not None
        and (value := computed[name]) is not None
        and abs(stated - float(str(value))) > TOLERANCE
    ]
