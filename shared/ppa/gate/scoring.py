"""The last steps of the gate: what a model answered is looked at, measured, and held against what is credible."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ppa.core.metrics import SCORES, Evaluation, calibration_points, evaluate, roc_points
from ppa.gate.leakage import auc, explained_by_one, overfit, shifted_label, too_good
from ppa.gate.metadata import Metadata
from ppa.gate.verdicts import Verdicts
from ppa.repository.dataset import LABEL
from ppa.repository.holdout_predictions import HoldoutPredictions

# how far a stated figure may lie from the one found here without a word about it
TOLERANCE = 0.02


@dataclass(frozen=True)
class Trial:
    """Rows of the dataset, each with `probability`: the last of training, those held out, and the latest."""

    train: pd.DataFrame
    test: pd.DataFrame
    latest: pd.DataFrame

    @classmethod
    def of(cls, probability: NDArray[np.float64], parts: Sequence[pd.DataFrame]) -> "Trial":
        """From the probabilities of the three parts' rows, one after the other."""
        ends = np.cumsum([len(part) for part in parts])[:-1]
        pieces = np.split(probability, ends)
        return cls(*(part.assign(probability=piece) for part, piece in zip(parts, pieces, strict=True)))

    def held_out(self) -> HoldoutPredictions:
        """What it said of the held-out hours."""
        return HoldoutPredictions(pd.DatetimeIndex(self.test.index), self.test["probability"].to_numpy())

    def curves(self) -> dict[str, object]:
        """The curves over the held-out rows."""
        outcome, probability = self.test[LABEL], self.test["probability"]
        return {
            "roc": roc_points(outcome, probability),
            "calibration": calibration_points(outcome, probability),
        }


def check_dry_run(trial: Trial, seconds: float, verdicts: Verdicts) -> None:
    """Whether it answers the latest rows as the hourly job will ask it."""
    latest = trial.latest["probability"]
    ran = f"{len(latest):,} latest rows answered, in {seconds:.1f} s with building and all others"
    if latest.min() == latest.max():
        verdicts.warned(
            "dry_run",
            "model_constant",
            f"It says {latest.iloc[0]:.3f} to each of the {len(latest):,} latest rows.",
            "Look whether training has converged, and whether its columns have values in these hours.",
        )
    else:
        verdicts.passed("dry_run", f"{ran}; probabilities from {latest.min():.3f} to {latest.max():.3f}.")


def score(trial: Trial, metadata: Metadata, lookahead: int, verdicts: Verdicts) -> Evaluation:
    """The metrics on the held-out rows, and whether those that the author states are the same."""
    test = trial.test
    evaluation = evaluate(
        test[LABEL],
        test["probability"],
        threshold=metadata.decision_threshold,
        lookahead=lookahead,
        times=pd.DatetimeIndex(test.index),
    )
    found = (
        f"Accuracy {evaluation.accuracy:.1%} beside a base rate of {evaluation.base_rate:.1%}, on "
        f"{evaluation.n:,} hours, {evaluation.effective:,} of them independent."
    )
    apart = _stated_apart(evaluation, metadata)
    if apart:
        verdicts.warned(
            "metrics",
            "metrics_differ",
            f"{found} You state {'; '.join(apart)}.",
            "The figures found here count. Measure on the held-out rows, after the purge, to compare.",
        )
    else:
        verdicts.passed("metrics", found)
    return evaluation


def check_leakage(
    trial: Trial,
    features: list[str],
    evaluation: Evaluation,
    best_so_far: float,
    lookahead: int,
    verdicts: Verdicts,
) -> None:
    """Whether it is too good to be honest; named, and left to people, for it is a suspicion and no proof."""
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
            "Train on the dataset's columns as they come, with a purged split, on hours up to train_to only.",
        )
    else:
        verdicts.passed("leakage", "Nothing that an honest model of this label could not reach.")


def _stated_apart(evaluation: Evaluation, metadata: Metadata) -> list[str]:
    """The author's figures that are not those found here."""
    found = evaluation.to_dict()
    return [
        f"{name.replace('_', ' ')} {stated:.3g}, here it is {float(str(here)):.3g}"
        for name in SCORES
        if (stated := metadata.user_metrics.get(name)) is not None
        and (here := found[name]) is not None
        and abs(stated - float(str(here))) > TOLERANCE
    ]
