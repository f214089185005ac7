"""Models of one label side by side, on the hours that all of them were held out from.

Pure: probabilities, outcomes and closes in, figures out. Every figure of every model is over the same hours, so
none of them looks good for having been tested on an easier stretch.
"""

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ppa.core.errors import BadInput
from ppa.core.evaluation.profit import FEE, Profit, follow
from ppa.core.evaluation.significance import Pair, compare_all
from ppa.core.evaluation.thresholds import Sweep, sweep, threshold_grid
from ppa.core.metrics import CalibrationPoint, Evaluation, calibration_points, evaluate

Floats = NDArray[np.float64]

CURVE_POINTS = 150
MONTHLY = ("accuracy", "base_rate", "balanced_accuracy", "roc_auc", "average_precision", "log_loss", "brier")
_EPSILON = float(np.finfo(np.float64).eps)


@dataclass(frozen=True)
class Candidate:
    """A model as it is compared: what it said of each of its held-out hours (UTC), and where it says yes."""

    model_id: str
    threshold: float
    said: "pd.Series[float]"


@dataclass(frozen=True)
class Curves:
    """Points with the threshold at which each is reached: (x, y, threshold); empty where there is one class only."""

    roc: list[tuple[float, float, float]]
    precision_recall: list[tuple[float, float, float]]
    calibration: list[CalibrationPoint]


@dataclass(frozen=True)
class Measured:
    """One model on the common hours; `months` holds a mapping of `MONTHLY` for each of the comparison's months."""

    model_id: str
    evaluation: Evaluation
    profit: Profit
    curves: Curves
    months: list[Mapping[str, float | None]]


@dataclass(frozen=True)
class Comparison:
    """All models on the common `hours`; `sweep` has a row a model, a column a threshold.

    `log_loss` and `errors` say of each pair how the losses, and the shares of wrong decisions, differ.
    """

    hours: pd.DatetimeIndex
    rises: int
    models: list[Measured]
    months: list[str]
    thresholds: Floats
    sweep: Sweep
    log_loss: list[Pair]
    errors: list[Pair]


def compare(
    candidates: Sequence[Candidate],
    outcome: "pd.Series[int]",
    closes: "pd.Series[float]",
    *,
    lookahead: int,
    fee: float = FEE,
) -> Comparison:
    """Compare models on the hours that all were held out from and whose `outcome` (0, 1, NA) is known.

    `outcome` and `closes` are indexed by hour, UTC. Raises `BadInput` where no such hour is left.
    """
    hours = common_hours([one.said for one in candidates], outcome)
    truth: Floats = np.asarray(outcome.reindex(hours), dtype=np.float64)
    said: Floats = np.stack([np.asarray(one.said.reindex(hours), dtype=np.float64) for one in candidates])
    own = np.array([one.threshold for one in candidates])
    thresholds = threshold_grid(said, own)
    months, edges = _months(hours)
    return Comparison(
        hours,
        int(truth.sum()),
        [
            _measured(one, hours, truth, row, closes, edges, lookahead=lookahead, fee=fee)
            for one, row in zip(candidates, said, strict=True)
        ],
        months,
        thresholds,
        sweep(hours, truth, said, closes, thresholds, lookahead=lookahead),
        compare_all(log_losses(truth, said), lookahead),
        compare_all(((said >= own[:, None]) != truth).astype(np.float64), lookahead),
    )


def common_hours(said: Sequence["pd.Series[float]"], outcome: "pd.Series[int]") -> pd.DatetimeIndex:
    """The hours, in order, that every model was held out from and whose outcome is known."""
    hours = pd.DatetimeIndex(outcome.index[outcome.notna()])
    for one in said:
        hours = hours.intersection(pd.DatetimeIndex(one.index))
    if hours.empty:
        raise BadInput(
            "These models were not held out from the same hours, so nothing compares them: "
            "choose models whose test ranges overlap, or train one again with another split."
        )
    return hours.sort_values()


def log_losses(truth: Floats, said: Floats) -> Floats:
    """The logarithmic loss of each hour, of shape (models, hours)."""
    clipped = np.clip(said, _EPSILON, 1 - _EPSILON)
    return np.asarray(-np.log(np.where(truth == 1, clipped, 1 - clipped)))


def curves(truth: Floats, said: Floats, points: int = CURVE_POINTS) -> Curves:
    """The curves of one model: at most about `points` of their points, ends kept, equal scores together."""
    order = np.argsort(-said, kind="stable")
    ends = np.flatnonzero(np.append(np.diff(said[order]) != 0, True))
    true, rows, scores = np.cumsum(truth[order])[ends], ends + 1, said[order][ends]
    positives, negatives = truth.sum(), truth.size - truth.sum()
    calibration = calibration_points(truth, said)
    if not positives or not negatives:
        return Curves([], [], calibration)
    kept = np.unique(np.linspace(0, ends.size - 1, min(points, ends.size)).round().astype(int))
    recall, alarms, precision = true / positives, (rows - true) / negatives, true / rows
    return Curves(
        [(0.0, 0.0, 1.0), *_points(alarms[kept], recall[kept], scores[kept])],
        _points(recall[kept], precision[kept], scores[kept]),
        calibration,
    )


def _points(x: Floats, y: Floats, threshold: Floats) -> list[tuple[float, float, float]]:
    return list(zip(x.tolist(), y.tolist(), threshold.tolist(), strict=True))


def _measured(
    one: Candidate,
    hours: pd.DatetimeIndex,
    truth: Floats,
    said: Floats,
    closes: "pd.Series[float]",
    edges: list[int],
    *,
    lookahead: int,
    fee: float,
) -> Measured:
    def evaluated(rows: slice) -> Evaluation:
        return evaluate(
            truth[rows], said[rows], threshold=one.threshold, lookahead=lookahead, times=hours[rows]
        )

    parts = (evaluated(slice(a, b)) for a, b in itertools.pairwise(edges))
    return Measured(
        one.model_id,
        evaluated(slice(None)),
        follow(hours, said >= one.threshold, closes, lookahead=lookahead, fee=fee),
        curves(truth, said),
        [{name: getattr(part, name) for name in MONTHLY} for part in parts],
    )


def _months(hours: pd.DatetimeIndex) -> tuple[list[str], list[int]]:
    """Calendar months (UTC) as `2026-01`, and the rows at which each begins, with the end of the last."""
    months = hours.strftime("%Y-%m")
    begins = np.flatnonzero(np.append(True, months[1:] != months[:-1]))
    return months[begins].tolist(), [*begins.tolist(), hours.size]
