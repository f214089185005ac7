"""Comparison of several models of one label on their common held-out hours.

All metrics of all models are computed on the same hours, so that no model benefits from an easier test range.
"""

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ppa.core.errors import BadInput
from ppa.core.evaluation.profit import FEE, Profit, backtest
from ppa.core.evaluation.significance import Pair, compare_all
from ppa.core.evaluation.thresholds import Sweep, sweep, threshold_grid
from ppa.core.metrics import CalibrationPoint, Evaluation, calibration_points, evaluate

Floats = NDArray[np.float64]

CURVE_POINTS = 150
MONTHLY = ("accuracy", "base_rate", "balanced_accuracy", "roc_auc", "average_precision", "log_loss", "brier")
_EPSILON = float(np.finfo(np.float64).eps)


@dataclass(frozen=True)
class Candidate:
    """A model to compare: its probabilities by held-out hour (UTC) and its decision threshold."""

    model_id: str
    threshold: float
    probability: "pd.Series[float]"


@dataclass(frozen=True)
class Curves:
    """ROC, precision-recall and calibration curves of one model.

    Points of the first two are (x, y, threshold); both are empty if only one class occurs.
    """

    roc: list[tuple[float, float, float]]
    precision_recall: list[tuple[float, float, float]]
    calibration: list[CalibrationPoint]


@dataclass(frozen=True)
class ComparedModel:
    """Results of one model on the common hours; `months` maps the names in `MONTHLY` to values, once per month."""

    model_id: str
    evaluation: Evaluation
    profit: Profit
    curves: Curves
    months: list[Mapping[str, float | None]]


@dataclass(frozen=True)
class Comparison:
    """Results of all models on the common `hours` (UTC); arrays in `sweep` have shape (models, thresholds).

    `positives` counts the hours with outcome 1. `log_loss` and `error_rate` hold the difference of each pair of
    models in log loss and in the share of wrong decisions.
    """

    hours: pd.DatetimeIndex
    positives: int
    models: list[ComparedModel]
    months: list[str]
    thresholds: Floats
    sweep: Sweep
    log_loss: list[Pair]
    error_rate: list[Pair]


def compare(
    candidates: Sequence[Candidate],
    outcome: "pd.Series[int]",
    closes: "pd.Series[float]",
    *,
    lookahead: int,
    fee: float = FEE,
) -> Comparison:
    """Compare models on the common held-out hours whose `outcome` (0, 1, NA) is known.

    `outcome` and `closes` are indexed by hour, UTC. `lookahead` is in hours; `fee` is the cost of a round trip as a
    fraction. Raises `BadInput` if there is no common hour.
    """
    hours = common_hours([candidate.probability for candidate in candidates], outcome)
    truth: Floats = np.asarray(outcome.reindex(hours), dtype=np.float64)
    probability: Floats = np.stack(
        [np.asarray(candidate.probability.reindex(hours), dtype=np.float64) for candidate in candidates]
    )
    own = np.array([candidate.threshold for candidate in candidates])
    thresholds = threshold_grid(probability, own)
    months, edges = _months(hours)
    return Comparison(
        hours,
        int(truth.sum()),
        [
            _evaluate_candidate(candidate, hours, truth, row, closes, edges, lookahead=lookahead, fee=fee)
            for candidate, row in zip(candidates, probability, strict=True)
        ],
        months,
        thresholds,
        sweep(hours, truth, probability, closes, thresholds, lookahead=lookahead),
        compare_all(log_losses(truth, probability), lookahead),
        compare_all(((probability >= own[:, None]) != truth).astype(np.float64), lookahead),
    )


def common_hours(probabilities: Sequence["pd.Series[float]"], outcome: "pd.Series[int]") -> pd.DatetimeIndex:
    """Return the hours, ascending, that all models predicted and whose outcome is known.

    Raises `BadInput` if there are none.
    """
    hours = pd.DatetimeIndex(outcome.index[outcome.notna()])
    for probability in probabilities:
        hours = hours.intersection(pd.DatetimeIndex(probability.index))
    if hours.empty:
        raise BadInput(
            "These models have no held-out hours in common. "
            "Choose models whose test ranges overlap, or retrain one with another split."
        )
    return hours.sort_values()


def log_losses(truth: Floats, probability: Floats) -> Floats:
    """Logarithmic loss of each hour, of shape (models, hours)."""
    clipped = np.clip(probability, _EPSILON, 1 - _EPSILON)
    return np.asarray(-np.log(np.where(truth == 1, clipped, 1 - clipped)))


def curves(truth: Floats, probability: Floats, points: int = CURVE_POINTS) -> Curves:
    """Compute the curves of one model, downsampled to at most about `points` points including both ends."""
    order = np.argsort(-probability, kind="stable")
    ends = np.flatnonzero(np.append(np.diff(probability[order]) != 0, True))
    true, rows, scores = np.cumsum(truth[order])[ends], ends + 1, probability[order][ends]
    positives, negatives = truth.sum(), truth.size - truth.sum()
    calibration = calibration_points(truth, probability)
    if not positives or not negatives:
        return Curves([], [], calibration)
    kept = np.unique(np.linspace(0, ends.size - 1, min(points, ends.size)).round().astype(int))
    recall, false_rate, precision = true / positives, (rows - true) / negatives, true / rows
    return Curves(
        [(0.0, 0.0, 1.0), *_points(false_rate[kept], recall[kept], scores[kept])],
        _points(recall[kept], precision[kept], scores[kept]),
        calibration,
    )


def _points(x: Floats, y: Floats, threshold: Floats) -> list[tuple[float, float, float]]:
    return list(zip(x.tolist(), y.tolist(), threshold.tolist(), strict=True))


def _evaluate_candidate(
    candidate: Candidate,
    hours: pd.DatetimeIndex,
    truth: Floats,
    probability: Floats,
    closes: "pd.Series[float]",
    edges: list[int],
    *,
    lookahead: int,
    fee: float,
) -> ComparedModel:
    def evaluate_rows(rows: slice) -> Evaluation:
        return evaluate(
            truth[rows],
            probability[rows],
            threshold=candidate.threshold,
            lookahead=lookahead,
            times=hours[rows],
        )

    parts = (evaluate_rows(slice(a, b)) for a, b in itertools.pairwise(edges))
    return ComparedModel(
        candidate.model_id,
        evaluate_rows(slice(None)),
        backtest(hours, probability >= candidate.threshold, closes, lookahead=lookahead, fee=fee),
        curves(truth, probability),
        [{name: getattr(part, name) for name in MONTHLY} for part in parts],
    )


def _months(hours: pd.DatetimeIndex) -> tuple[list[str], list[int]]:
    """Return the calendar months (UTC) as `2026-01`, and the row edges of each month."""
    months = hours.strftime("%Y-%m")
    begins = np.flatnonzero(np.append(True, months[1:] != months[:-1]))
    return months[begins].tolist(), [*begins.tolist(), hours.size]
