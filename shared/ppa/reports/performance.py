"""Performance of a model's predictions: outcomes, and metrics with their uncertainty.

Outcomes are computed by the labelling function from the latest known closes. Origins are never mixed, and hours that
the model was trained on are excluded from every figure.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ppa.core.errors import BadInput
from ppa.core.evaluation.profit import FEE, Profit, backtest
from ppa.core.evaluation.running_accuracy import Resolved, reversal_baseline, running_accuracy
from ppa.core.evaluation.verdict_text import verdict_text
from ppa.core.labels.definition import LabelDefinition
from ppa.core.metrics import Evaluation, calibration_points, evaluate, roc_points
from ppa.core.times import BEGINNING, HOUR
from ppa.platform import Platform
from ppa.repository.models import RegisteredModel
from ppa.repository.predictions import predictions
from ppa.repository.prices import latest_closes
from ppa.repository.withdrawn_data import made_on_withdrawn

# length of each window in hours, back from the latest hour whose outcome can be known
WINDOWS: Mapping[str, int | None] = {"24h": 24, "7d": 7 * 24, "30d": 30 * 24, "all": None}
ALL = "all"
NOTHING_RESOLVED = "No prediction is resolved yet."


@dataclass(frozen=True)
class Record:
    """Every prediction of one model and origin, oldest first, with `outcome`, `resolved`, `seen` and `withdrawn`.

    `outcome` (Int8) is the label as known now. An hour is `resolved` once its whole window has closed: a 1
    can be known early but a 0 cannot, so counting early outcomes would inflate the share of 1. `seen` marks hours that
    the training labels overlap, `withdrawn` predictions that were made on data that has been withdrawn since.
    """

    model: RegisteredModel
    rows: pd.DataFrame
    closes: "pd.Series[float]"

    @property
    def newest(self) -> pd.Timestamp:
        """Latest hour whose outcome can be known by now."""
        return self.model.definition.settled(self.closes)

    @cached_property
    def resolved(self) -> Resolved:
        """Resolved predictions, which all figures are computed from."""
        rows = self.rows
        counted = rows[rows["probability"].notna() & rows["resolved"] & ~rows["seen"]]
        hours = pd.DatetimeIndex(counted["ts"])
        return Resolved(
            hours,
            counted["probability"].to_numpy(dtype=np.float64),
            counted["decision"].to_numpy(dtype=bool),
            counted["outcome"].to_numpy(dtype=np.int8) == 1,
            reversal_baseline(hours, self.closes),
        )

    @cached_property
    def pending(self) -> pd.DataFrame:
        """Predictions whose outcome is not final yet."""
        rows = self.rows
        return rows[rows["probability"].notna() & ~rows["resolved"] & ~rows["seen"]]

    def since(self, window: str) -> pd.Timestamp:
        """First hour of a window."""
        hours = WINDOWS[window]
        return BEGINNING if hours is None else self.newest - (hours - 1) * HOUR

    def counts(self, window: str = ALL) -> Mapping[str, int]:
        """Number of predictions in a window, by state."""
        rows = self.rows[self.rows["ts"] >= self.since(window)]
        predicted, seen = rows["probability"].notna(), rows["seen"]
        resolved = int((predicted & rows["resolved"] & ~seen).sum())
        return {
            "predictions": int(predicted.sum()),
            "without": int((~predicted).sum()),
            "matured": resolved,
            "pending": int((predicted & ~seen).sum()) - resolved,
            "withdrawn": int(rows["withdrawn"].sum()),
        }

    @property
    def in_training(self) -> int:
        """Number of predictions for hours that the training labels overlap."""
        return int((self.rows["probability"].notna() & self.rows["seen"]).sum())


@dataclass(frozen=True)
class Performance:
    """Figures over the resolved predictions of a record within a window."""

    record: Record
    window: str
    counts: Mapping[str, int]
    evaluation: Evaluation | None
    base_rates: Mapping[str, float | None]
    verdict: str
    curves: Mapping[str, object]
    profit: Profit | None


def measure_performance(
    platform: Platform, model: RegisteredModel, origin: str, window: str = ALL, fee: float = FEE
) -> Performance:
    """Performance of a model's predictions of one origin, within one of WINDOWS."""
    return performance_in_window(load_record(platform, model, origin), window, fee)


def load_record(platform: Platform, model: RegisteredModel, origin: str) -> Record:
    """Record of a model and origin; cached until a table it is read from changes."""
    token = tuple(
        platform.warehouse.version_token(table)
        for table in ("predictions", "observations", "imports", "features_hourly")
    )
    key = ("record", model.model_id, model.generation, origin)
    return platform.cache.get(key, lambda: _read(platform, model, origin), token)


def performance_in_window(record: Record, window: str = ALL, fee: float = FEE) -> Performance:
    """Figures of a record within a window; BadInput if the window is not one of WINDOWS."""
    if window not in WINDOWS:
        raise BadInput(f"window is {window!r}; give one of {', '.join(WINDOWS)}.")
    resolved, counts = record.resolved.within(record.since(window)), record.counts(window)
    if not len(resolved.hours):
        return Performance(record, window, counts, None, {}, NOTHING_RESOLVED, {}, None)
    evaluation, rates = evaluate_resolved(resolved, record.model)
    return Performance(
        record,
        window,
        counts,
        evaluation,
        rates,
        verdict_against_baselines(evaluation, rates),
        _curves(resolved, record.model.definition.lookahead),
        backtest(
            resolved.hours,
            resolved.decision,
            record.closes,
            lookahead=record.model.definition.lookahead,
            fee=fee,
        ),
    )


def evaluate_resolved(
    resolved: Resolved, model: RegisteredModel
) -> tuple[Evaluation, Mapping[str, float | None]]:
    """Metrics of resolved predictions, and the accuracy of two baselines: majority class and last-hour reversal."""
    evaluation = evaluate(
        resolved.outcome.astype(np.int8),
        resolved.probability,
        threshold=model.decision_threshold,
        lookahead=model.definition.lookahead,
        times=resolved.hours,
    )
    reverses = float((resolved.reversal == resolved.outcome).mean())
    return evaluation, {"majority": evaluation.base_rate, "last_hour_reverses": reverses}


def verdict_against_baselines(evaluation: Evaluation, rates: Mapping[str, float | None]) -> str:
    """Verdict in words, against the better of the two baselines."""
    reverses = rates.get("last_hour_reverses")
    if reverses is None or reverses <= (evaluation.base_rate or 0.0):
        return verdict_text(evaluation)
    return verdict_text(replace(evaluation, base_rate=reverses), "predicting a reversal of the last hour")


def with_outcomes(
    rows: pd.DataFrame, closes: "pd.Series[float]", definition: LabelDefinition
) -> pd.DataFrame:
    """Predictions with the column `outcome`: the label of each hour as known now (Int8, null if unknown)."""
    outcome = definition.labels(closes).reindex(pd.DatetimeIndex(rows["ts"]))
    return rows.assign(outcome=outcome.array)


def make_record(
    rows: pd.DataFrame,
    closes: "pd.Series[float]",
    model: RegisteredModel,
    withdrawn: NDArray[np.bool_] | None = None,
) -> Record:
    """Record of predictions of one model and origin, given in any order, with a mask of those on withdrawn data."""
    rows = rows.assign(withdrawn=False if withdrawn is None else withdrawn)
    ordered = with_outcomes(rows.sort_values("ts", ignore_index=True), closes, model.definition)
    closed = ordered["ts"] <= model.definition.settled(closes)
    return Record(
        model,
        ordered.assign(
            resolved=closed & ordered["outcome"].notna(), seen=ordered["ts"] < model.first_unseen_hour
        ),
        closes,
    )


def _read(platform: Platform, model: RegisteredModel, origin: str) -> Record:
    rows = predictions(platform, [model], [origin])
    closes = latest_closes(platform, model.definition.asset)
    return make_record(rows, closes, model, made_on_withdrawn(platform, model, rows))


def _curves(resolved: Resolved, lookahead: int) -> Mapping[str, Any]:
    outcome = resolved.outcome.astype(np.int8)
    return {
        "roc": roc_points(outcome, resolved.probability),
        "calibration": calibration_points(outcome, resolved.probability),
        "running": running_accuracy(resolved, lookahead),
    }
