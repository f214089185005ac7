"""How good predictions have been: what happened, and honest figures about it.

Outcomes are found by the very function that makes labels, over the newest known closes.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from shared.frames import BEGINNING, END, HOUR, to_frame
from shared.jobs.predict import ORIGINS
from shared.labeling import LabelSpec
from shared.labels import closes
from shared.metrics import calibration_points, evaluate, roc_points, verdict, wilson_interval
from shared.models.models import Model
from shared.platform import Platform

MOST_ROWS = 200_000
RUNNING_POINTS = 400


@dataclass(frozen=True)
class Performance:
    """Predictions of one model and one origin, newest first, with outcomes, and the figures over the matured."""

    answers: pd.DataFrame
    evaluation: Mapping[str, Any] | None
    base_rates: Mapping[str, float | None]
    verdict: str
    curves: Mapping[str, object]

    @property
    def counts(self) -> Mapping[str, int]:
        """How many answers there are, of each kind."""
        said = self.answers["probability"].notna()
        matured = said & self.answers["outcome"].notna()
        return {
            "predictions": int(said.sum()),
            "without": int((~said).sum()),
            "matured": int(matured.sum()),
            "pending": int((said & ~matured).sum()),
        }


def measure(platform: Platform, model: Model, origin: str) -> Performance:
    """The performance of a model's predictions of one origin; origins are never mixed."""
    known = closes(platform, model.spec.asset)
    answers = with_outcomes(predictions(platform, [model], [origin]), known, model.spec)
    matured = answers[answers["probability"].notna() & answers["outcome"].notna()].sort_values("ts")
    if matured.empty:
        return Performance(answers, None, {}, "No prediction has matured yet.", {})
    return _measured(answers, matured, known, model)


def predictions(
    platform: Platform,
    models: Sequence[Model],
    origins: Sequence[str],
    *,
    since: pd.Timestamp = BEGINNING,
    until: pd.Timestamp = END,
    most: int = MOST_ROWS,
) -> pd.DataFrame:
    """Stored answers, newest first."""
    table = platform.warehouse.query(
        "predictions",
        model_ids=[model.model_id for model in models],
        origins=list(origins),
        since=since,
        until=until,
        most=most,
    )
    return to_frame(table)


def origin_counts(platform: Platform, model: Model) -> Mapping[str, int]:
    """How many answers of each origin a model has."""
    counts = platform.warehouse.query("prediction_counts").to_pylist()
    mine = {row["origin"]: row["answers"] for row in counts if row["model_id"] == model.model_id}
    return {origin: mine.get(origin, 0) for origin in ORIGINS}


def with_outcomes(answers: pd.DataFrame, known: "pd.Series[float]", spec: LabelSpec) -> pd.DataFrame:
    """Answers with the column `outcome`: what the label says of each hour now (Int8, null where unknown)."""
    outcome = spec.labels(known).reindex(pd.DatetimeIndex(answers["ts"]))
    return answers.assign(outcome=outcome.array)


def last_hour_reverses(
    hours: pd.DatetimeIndex, known: "pd.Series[float]"
) -> "np.ndarray[Any, np.dtype[np.bool_]]":
    """The rule to beat: a move up is expected where the last hour went down."""
    before = known.reindex(hours - HOUR).to_numpy()
    return np.asarray(known.reindex(hours).to_numpy() < before)


def _measured(
    answers: pd.DataFrame, matured: pd.DataFrame, known: "pd.Series[float]", model: Model
) -> Performance:
    outcome = matured["outcome"].to_numpy(dtype=int)
    probability = matured["probability"].to_numpy(dtype=float)
    hours = pd.DatetimeIndex(matured["ts"])
    evaluation = evaluate(
        outcome,
        probability,
        threshold=float(model.row["decision_threshold"]),
        lookahead=model.spec.lookahead,
        times=hours,
    )
    reverses = float((last_hour_reverses(hours, known) == outcome.astype(bool)).mean())
    base_rates = {"majority": evaluation.base_rate, "last_hour_reverses": reverses}
    curves = {
        "roc": roc_points(outcome, probability),
        "calibration": calibration_points(outcome, probability),
        "running": running_accuracy(matured, model.spec.lookahead),
    }
    return Performance(answers, evaluation.to_dict(), base_rates, verdict(evaluation), curves)


def running_accuracy(matured: pd.DataFrame, lookahead: int) -> list[list[object]]:
    """[hour, accuracy so far, lower, upper, majority share so far], oldest first, at most RUNNING_POINTS."""
    outcome = matured["outcome"].to_numpy(dtype=float)
    right = (matured["decision"].to_numpy(dtype=bool) == outcome.astype(bool)).cumsum()
    count = np.arange(1, len(matured) + 1)
    ones = outcome.cumsum()
    majority = np.maximum(ones, count - ones) / count
    effective = np.maximum(1.0, _independent_so_far(pd.DatetimeIndex(matured["ts"]), lookahead))
    picked = np.unique(np.linspace(0, len(matured) - 1, RUNNING_POINTS).astype(int))
    stamps = matured["ts"].dt.strftime("%Y-%m-%dT%H:%M:%SZ").to_numpy()
    return [_running_point(stamps[i], right[i] / count[i], effective[i], majority[i]) for i in picked]


def _running_point(stamp: str, accuracy: float, effective: float, majority: float) -> list[object]:
    low, high = wilson_interval(accuracy * effective, effective)
    return [stamp, accuracy, low, high, majority]


def _independent_so_far(hours: pd.DatetimeIndex, lookahead: int) -> "np.ndarray[Any, np.dtype[np.int64]]":
    """How many windows without overlap there are up to each hour, taking the earliest each time."""
    counts, free_from = list[int](), pd.Timestamp.min.tz_localize("UTC")
    for hour in hours:
        taken = hour >= free_from
        counts.append((counts[-1] if counts else 0) + int(taken))
        free_from = hour + lookahead * HOUR if taken else free_from
    return np.array(counts)
