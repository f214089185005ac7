"""Estimate the performance of pending predictions from the model's calibration on its held-out hours."""

from dataclasses import dataclass

import pandas as pd

from ppa.core.errors import PpaError
from ppa.core.evaluation.calibration import Calibration, calibrate
from ppa.core.evaluation.estimate import Estimate, estimate_performance
from ppa.platform import Platform
from ppa.reports.performance import Record
from ppa.repository.holdout_predictions import HoldoutPredictions, holdout_predictions
from ppa.repository.models import RegisteredModel
from ppa.repository.prices import latest_closes


@dataclass(frozen=True)
class ExpectedPerformance:
    """Estimate for pending predictions, and for comparison the same estimate for resolved ones.

    `calibrated` is False if the held-out predictions were not available.
    """

    pending: Estimate | None
    resolved: Estimate | None
    calibrated: bool


def expected_performance(platform: Platform, record: Record, window: str) -> ExpectedPerformance:
    """Estimate the performance of a record within a window; uncalibrated without the held-out predictions."""
    calibration = calibration_of(platform, record.model)
    pending, resolved = record.pending, record.resolved.within(record.since(window))
    lookahead = record.model.definition.lookahead
    return ExpectedPerformance(
        estimate_performance(
            pending["probability"],
            pending["decision"].astype(bool),
            pd.DatetimeIndex(pending["ts"]),
            lookahead=lookahead,
            calibration=calibration,
        ),
        estimate_performance(
            resolved.probability,
            resolved.decision,
            resolved.hours,
            lookahead=lookahead,
            calibration=calibration,
        ),
        calibration is not None,
    )


def holdout_or_none(platform: Platform, model: RegisteredModel) -> HoldoutPredictions | None:
    """Predictions on a model's held-out hours; None if they can no longer be computed."""
    try:
        return holdout_predictions(platform, model)
    except PpaError:
        return None


def calibration_of(platform: Platform, model: RegisteredModel) -> Calibration | None:
    """Calibration of a model's probabilities on its held-out hours; None if they are unavailable."""
    return platform.cache.get(
        ("calibration", model.model_id, model.generation), lambda: _calibration(platform, model)
    )


def _calibration(platform: Platform, model: RegisteredModel) -> Calibration | None:
    predictions = holdout_or_none(platform, model)
    if predictions is None:
        return None
    outcome = model.definition.labels(latest_closes(platform, model.definition.asset)).reindex(
        predictions.hours
    )
    resolved = outcome.notna().to_numpy()
    return calibrate(predictions.probability[resolved], outcome[resolved].to_numpy(dtype="int8"))
