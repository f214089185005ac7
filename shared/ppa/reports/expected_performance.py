"""What to expect of predictions that have not matured, from what the model was worth on its held-out hours."""

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
    """The estimate for what is pending, and the same estimate for what has matured, to see how far to trust it."""

    pending: Estimate | None
    matured: Estimate | None
    calibrated: bool


def expected_performance(platform: Platform, made: Record, window: str) -> ExpectedPerformance:
    """Estimates for a record; uncalibrated where the held-out answers are no more."""
    calibration = calibration_of(platform, made.model)
    pending, matured = made.pending, made.matured.within(made.since(window))
    lookahead = made.model.definition.lookahead
    return ExpectedPerformance(
        estimate_performance(
            pending["probability"],
            pending["decision"].astype(bool),
            pd.DatetimeIndex(pending["ts"]),
            lookahead=lookahead,
            calibration=calibration,
        ),
        estimate_performance(
            matured.probability,
            matured.decision,
            matured.hours,
            lookahead=lookahead,
            calibration=calibration,
        ),
        calibration is not None,
    )


def held_out_of(platform: Platform, model: RegisteredModel) -> HoldoutPredictions | None:
    """What the model said of its held-out hours; None where an older model cannot be asked any more."""
    try:
        return holdout_predictions(platform, model)
    except PpaError:
        return None


def calibration_of(platform: Platform, model: RegisteredModel) -> Calibration | None:
    """How often what the model says came true on its held-out hours."""
    return platform.cache.get(
        ("calibration", model.model_id, model.row["generation"]), lambda: _calibration(platform, model)
    )


def _calibration(platform: Platform, model: RegisteredModel) -> Calibration | None:
    said = held_out_of(platform, model)
    if said is None:
        return None
    outcome = model.definition.labels(latest_closes(platform, model.definition.asset)).reindex(said.hours)
    known = outcome.notna().to_numpy()
    return calibrate(said.probability[known], outcome[known].to_numpy(dtype="int8"))
