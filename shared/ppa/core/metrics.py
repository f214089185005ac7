"""Metrics of predicted probabilities, with the base rate and confidence intervals.

Outcomes with overlapping look-ahead windows are correlated, so intervals use the effective sample size (the number of
non-overlapping windows) instead of the number of rows. The definitions are those of scikit-learn where it has them,
implemented in numpy so that pages need not load scikit-learn. Undefined metrics, such as recall without positives,
are None.
"""

import math
from dataclasses import asdict, dataclass
from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from ppa.core.contracts.label import check_lookahead
from ppa.core.errors import BadInput
from ppa.core.labels.definition import clock_hours
from ppa.core.labels.summary import count_non_overlapping

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]

Z_95 = 1.96
# names of the metrics in an evaluation
SCORES = (
    "accuracy",
    "balanced_accuracy",
    "precision",
    "recall",
    "f1",
    "roc_auc",
    "average_precision",
    "log_loss",
    "brier",
)
_EPSILON = float(np.finfo(np.float64).eps)


class MetricsError(BadInput):
    """The outcomes or probabilities cannot be evaluated."""


class Interval(NamedTuple):
    """Lower and upper bound of a confidence interval."""

    low: float
    high: float


class Confusion(NamedTuple):
    """Counts of decisions against outcomes; positive is 1."""

    tn: int
    fp: int
    fn: int
    tp: int


class CalibrationPoint(NamedTuple):
    """One bin of the calibration curve: mean probability, share of positives and number of rows."""

    probability: float
    share: float
    rows: int


@dataclass(frozen=True)
class Evaluation:
    """Metrics of `n` predictions at a decision threshold; shares from 0 to 1, None where undefined.

    `interval` is the 95% Wilson interval of the accuracy at the effective sample size `effective`. `base_rate` is the
    accuracy of the better constant prediction, `base_answer` (1 in a tie). `calibration_error` is the expected
    calibration error.

    Examples
    --------
    >>> import pandas as pd
    >>> hours = pd.date_range("2026-01-01", periods=4, freq="h", tz="UTC")
    >>> evaluate([0, 1, 1, 0], [0.2, 0.7, 0.4, 0.1], lookahead=1, times=hours).confusion
    Confusion(tn=2, fp=0, fn=1, tp=1)
    """

    n: int
    effective: int
    threshold: float
    accuracy: float | None
    interval: Interval
    base_rate: float | None
    base_answer: int | None
    balanced_accuracy: float | None
    precision: float | None
    recall: float | None
    f1: float | None
    roc_auc: float | None
    average_precision: float | None
    log_loss: float | None
    brier: float | None
    calibration_error: float | None
    confusion: Confusion

    def to_dict(self) -> dict[str, object]:
        """Return the metrics as JSON, with the interval and the confusion matrix as mappings."""
        return asdict(self) | {"interval": self.interval._asdict(), "confusion": self.confusion._asdict()}


def evaluate(
    y_true: ArrayLike,
    probability: ArrayLike,
    *,
    threshold: float = 0.5,
    lookahead: int,
    times: pd.DatetimeIndex,
) -> Evaluation:
    """Evaluate `probability` of 1 against outcomes 0 or 1 of the rows at `times` (UTC, hourly, any order).

    The decision is 1 where the probability is at least `threshold`; `lookahead` is in hours. Without rows all metrics
    are None. Raises `MetricsError` for unknown outcomes, probabilities outside 0 to 1, or lengths that differ.

    Examples
    --------
    >>> import pandas as pd
    >>> hours = pd.date_range("2026-01-01", periods=4, freq="h", tz="UTC")
    >>> evaluation = evaluate([0, 1, 1, 0], [0.2, 0.7, 0.4, 0.1], lookahead=1, times=hours)
    >>> evaluation.accuracy, evaluation.base_rate, evaluation.roc_auc
    (0.75, 0.5, 1.0)
    """
    truth, scores = _checked(y_true, probability)
    if not 0 <= threshold <= 1:
        raise MetricsError(f"The decision threshold must be between 0 and 1, not {threshold}.")
    if len(times) != truth.size:
        raise MetricsError(
            f"There are {truth.size} outcomes but {len(times)} times. Pass one time per outcome."
        )
    confusion = _confusion(truth, scores >= threshold)
    tn, fp, fn, tp = confusion
    effective = effective_sample_size(times, lookahead)
    accuracy = _ratio(tp + tn, truth.size)
    return Evaluation(
        n=truth.size,
        effective=effective,
        threshold=float(threshold),
        accuracy=accuracy,
        interval=wilson_interval((accuracy or 0.0) * effective, effective),
        base_rate=_ratio(max(tp + fn, tn + fp), truth.size),
        base_answer=int(tp + fn >= tn + fp) if truth.size else None,
        balanced_accuracy=_mean(_ratio(tp, tp + fn), _ratio(tn, tn + fp)),
        precision=_ratio(tp, tp + fp),
        recall=_ratio(tp, tp + fn),
        f1=_ratio(2 * tp, 2 * tp + fp + fn),
        roc_auc=_roc_auc(truth, scores),
        average_precision=_average_precision(truth, scores),
        log_loss=_log_loss(truth, scores),
        brier=_ratio(float(np.sum((scores - truth) ** 2)), truth.size),
        calibration_error=_calibration_error(truth, scores),
        confusion=confusion,
    )


def effective_sample_size(times: pd.DatetimeIndex, lookahead: int) -> int:
    """Effective sample size of `times` (UTC, hourly, any order): the number of non-overlapping look-ahead windows."""
    return count_non_overlapping(clock_hours(times), check_lookahead(lookahead))


def wilson_interval(successes: float, n: float, z: float = Z_95) -> Interval:
    """Wilson score interval of a share of `successes` in `n` trials; 0 to 1 without trials.

    E. B. Wilson, Probable Inference, the Law of Succession, and Statistical Inference, JASA 22 (1927).

    Examples
    --------
    >>> low, high = wilson_interval(60, 100)
    >>> round(low, 3), round(high, 3)
    (0.502, 0.691)
    """
    if not 0 <= successes <= n < math.inf or not 0 < z < math.inf:
        raise MetricsError(
            f"An interval needs 0 <= successes <= n and z > 0, not {successes} of {n}, z = {z}."
        )
    if n == 0:
        return Interval(0.0, 1.0)
    share, weight = successes / n, z * z / n
    centre = (share + weight / 2) / (1 + weight)
    spread = z / (1 + weight) * math.sqrt(share * (1 - share) / n + weight / (4 * n))
    return Interval(max(0.0, centre - spread), min(1.0, centre + spread))


def roc_points(y_true: ArrayLike, probability: ArrayLike, max_points: int = 200) -> list[tuple[float, float]]:
    """ROC curve as (false positive rate, true positive rate), from (0, 0) to (1, 1).

    Downsampled to at most `max_points` (2 or more) points; empty if only one class occurs.
    """
    false, true = _curve(*_checked(y_true, probability))
    if not (false[-1] and true[-1]):
        return []
    kept = np.unique(np.linspace(0, true.size - 1, min(max_points, true.size)).round().astype(int))
    return list(zip((false / false[-1])[kept].tolist(), (true / true[-1])[kept].tolist(), strict=True))


def roc_auc(y_true: ArrayLike, probability: ArrayLike) -> float | None:
    """Area under the ROC curve; None if only one class occurs.

    Examples
    --------
    >>> roc_auc([0, 1, 1, 0], [0.2, 0.7, 0.1, 0.1])
    0.625
    """
    return _roc_auc(*_checked(y_true, probability))


def calibration_points(y_true: ArrayLike, probability: ArrayLike, bins: int = 10) -> list[CalibrationPoint]:
    """Calibration curve over `bins` equal-width bins `(low, high]`; empty bins are left out."""
    truth, scores = _checked(y_true, probability)
    which = np.searchsorted(np.linspace(0, 1, bins + 1)[1:-1], scores)
    counts = np.bincount(which, minlength=bins)
    filled = np.flatnonzero(counts)
    means = np.bincount(which, scores, bins)[filled] / counts[filled]
    shares = np.bincount(which, truth, bins)[filled] / counts[filled]
    columns = (means.tolist(), shares.tolist(), counts[filled].tolist())
    return [CalibrationPoint(*point) for point in zip(*columns, strict=True)]


def _checked(y_true: ArrayLike, probability: ArrayLike) -> tuple[Floats, Floats]:
    truth, scores = _floats("outcomes", y_true), _floats("probabilities", probability)
    if truth.shape != scores.shape or truth.ndim != 1:
        raise MetricsError(
            f"There are {truth.size} outcomes but {scores.size} probabilities. Pass one probability per outcome."
        )
    if not np.isin(truth, (0, 1)).all():
        raise MetricsError("Outcomes must be 0 or 1. Drop the rows whose outcome is unknown.")
    if not ((scores >= 0) & (scores <= 1)).all():
        raise MetricsError("Probabilities must be between 0 and 1, without missing values.")
    return truth, scores


def _floats(name: str, values: ArrayLike) -> Floats:
    if isinstance(values, pd.Series):
        values = values.to_numpy(dtype=np.float64, na_value=np.nan)
    try:
        return np.asarray(values, dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise MetricsError(f"The {name} must be numbers.") from error


def _confusion(truth: Floats, decided: Bools) -> Confusion:
    return Confusion(*np.bincount(2 * truth.astype(int) + decided, minlength=4).tolist())


def _ratio(part: float, whole: float) -> float | None:
    return part / whole if whole else None


def _mean(first: float | None, second: float | None) -> float | None:
    return None if first is None or second is None else (first + second) / 2


def _curve(truth: Floats, scores: Floats) -> tuple[Floats, Floats]:
    """False and true positives at each distinct score, in descending order of the threshold."""
    order = np.argsort(-scores, kind="stable")
    last_of_tie = np.append(np.diff(scores[order]) != 0, True)[: scores.size]
    true = np.append(0, np.cumsum(truth[order])[last_of_tie])
    rows = np.append(0, np.flatnonzero(last_of_tie) + 1)
    return rows - true, true


def _roc_auc(truth: Floats, scores: Floats) -> float | None:
    false, true = _curve(truth, scores)
    return _ratio(float(np.trapezoid(true, false)), float(false[-1] * true[-1]))


def _average_precision(truth: Floats, scores: Floats) -> float | None:
    false, true = _curve(truth, scores)
    precision = true[1:] / (true[1:] + false[1:])
    return _ratio(float(np.sum(np.diff(true) * precision)), float(true[-1]))


def _log_loss(truth: Floats, scores: Floats) -> float | None:
    scores = np.clip(scores, _EPSILON, 1 - _EPSILON)
    return _ratio(-float(np.sum(np.log(np.where(truth == 1, scores, 1 - scores)))), truth.size)


def _calibration_error(truth: Floats, scores: Floats) -> float | None:
    """Expected calibration error: |mean probability - share of positives| over ten bins, weighted by rows.

    M. P. Naeini et al., Obtaining Well Calibrated Probabilities Using Bayesian Binning, AAAI 2015.
    """
    gaps = [point.rows * abs(point.probability - point.share) for point in calibration_points(truth, scores)]
    return _ratio(sum(gaps), truth.size)
