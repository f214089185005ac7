"""What to expect of predictions that have not matured, from what the model was worth on its held-out hours."""

from dataclasses import dataclass

import pandas as pd

from shared.errors import PpaError
from shared.evaluation.calibration import Calibration, calibrate
from shared.evaluation.estimate import Estimate, expected_performance
from shared.evaluation.performance import Record
from shared.labels.saved import closes
from shared.models.heldout import HeldOut, held_out
from shared.models.models import Model
from shared.platform import Platform


@dataclass(frozen=True)
class Outlook:
    """The estimate for what is pending, and the same estimate for what has matured, to see how far to trust it."""

    pending: Estimate | None
    matured: Estimate | None
    calibrated: bool


def outlook(platform: Platform, made: Record, window: str) -> Outlook:
    """Estimates for a record; uncalibrated where the held-out answers are no more."""
    calibration = calibration_of(platform, made.model)
    pending, matured = made.pending, made.matured.within(made.since(window))
    lookahead = made.model.spec.lookahead
    return Outlook(
        expected_performance(
            pending["probability"],
            pending["decision"].astype(bool),
            pd.DatetimeIndex(pending["ts"]),
            lookahead=lookahead,
            calibration=calibration,
        ),
        expected_performance(
            matured.probability,
            matured.decision,
            matured.hours,
            lookahead=lookahead,
            calibration=calibration,
        ),
        calibration is not None,
    )


def held_out_of(platform: Platform, model: Model) -> HeldOut | None:
    """What the model said of its held-out hours; None where an older model cannot be asked any more."""
    try:
        return held_out(platform, model)
    except PpaError:
        return None


def calibration_of(platform: Platform, model: Model) -> Calibration | None:
    """How often what the model says came true on its held-out hours."""
    return platform.memo.get(
        ("calibration", model.model_id, model.row["generation"]), lambda: _calibration(platform, model)
    )


def _calibration(platform: Platform, model: Model) -> Calibration | None:
    said = held_out_of(platform, model)
    if said is None:
        return None
    outcome = model.spec.labels(closes(platform, model.spec.asset)).reindex(said.hours)
    known = outcome.notna().to_numpy()
    return calibrate(said.probability[known], outcome[known].to_numpy(dtype="int8"))
