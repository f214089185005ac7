"""Leaderboard: performance of every model in one origin, with the measures that models are ranked by."""

import itertools
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
import pyarrow as pa
from numpy.typing import NDArray

from ppa.core.errors import BadInput
from ppa.core.evaluation.profit import Profit, backtest
from ppa.core.evaluation.running_accuracy import Bools, Resolved, closes_from, reversal_baseline
from ppa.core.metrics import Evaluation
from ppa.core.times import END, HOUR
from ppa.platform import Platform
from ppa.reports.performance import NOTHING_RESOLVED, evaluate_resolved, verdict_against_baselines
from ppa.repository.models import RegisteredModel
from ppa.repository.prices import latest_closes

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class LeaderboardEntry:
    """Figures of one model over all resolved predictions of one origin; None if there are none."""

    evaluation: Evaluation | None
    base_rates: Mapping[str, float | None]
    verdict: str
    profit: Profit | None

    @property
    def lift(self) -> float | None:
        """Accuracy minus the better base rate; None without resolved predictions."""
        best = [rate for rate in self.base_rates.values() if rate is not None]
        accuracy = self.evaluation.accuracy if self.evaluation else None
        return None if accuracy is None or not best else accuracy - max(best)


# measures that models can be ranked by, best first; None is last
RANKS: Mapping[str, Callable[[Evaluation, LeaderboardEntry], float | None]] = {
    "lower": lambda evaluation, _: evaluation.interval.low,
    "accuracy": lambda evaluation, _: evaluation.accuracy,
    "lift": lambda _, entry: entry.lift,
    "auc": lambda evaluation, _: evaluation.roc_auc,
    "brier": lambda evaluation, _: None if evaluation.brier is None else -evaluation.brier,
    "profit": lambda _, entry: entry.profit.total if entry.profit else None,
}


def ranked(
    models: Sequence[RegisteredModel], entries: Mapping[str, LeaderboardEntry], rank: str
) -> list[RegisteredModel]:
    """Sort models by one of RANKS, best first; BadInput for any other measure."""
    if rank not in RANKS:
        raise BadInput(f"rank is {rank!r}; give one of {', '.join(RANKS)}.")
    score = {model.model_id: _score(entries[model.model_id], rank) for model in models}
    return sorted(models, key=lambda model: (-score[model.model_id], model.model_id))


def _score(entry: LeaderboardEntry, rank: str) -> float:
    score = None if entry.evaluation is None else RANKS[rank](entry.evaluation, entry)
    return -math.inf if score is None else score


def leaderboard(
    platform: Platform, models: Sequence[RegisteredModel], origin: str
) -> Mapping[str, LeaderboardEntry]:
    """Leaderboard entries by model id; cached until a table they are computed from changes."""
    token = tuple(platform.warehouse.version_token(table) for table in ("predictions", "observations"))
    key = ("standings", origin, tuple(model.model_id for model in models))
    return platform.cache.get(key, lambda: _entries(platform, models, origin), token)


def lookback(models: Sequence[RegisteredModel]) -> pd.Timedelta:
    """Length of price history before an hour that the labels of any of these models depend on."""
    return max((model.definition.volatility_window or 0 for model in models), default=0) * HOUR + 2 * HOUR


def _entries(
    platform: Platform, models: Sequence[RegisteredModel], origin: str
) -> Mapping[str, LeaderboardEntry]:
    ids = [model.model_id for model in models]
    by_model = _predictions_by_model(
        platform.warehouse.query("prediction_probabilities", model_ids=ids, origins=[origin])
    )
    first = min((part.hours[0] for part in by_model.values()), default=END) - lookback(models)
    closes = {
        asset: closes_from(latest_closes(platform, asset), first)
        for asset in {m.definition.asset for m in models}
    }
    outcomes = {m.label_id: m.definition.labels(closes[m.definition.asset]) for m in models if by_model}
    return {
        model.model_id: _entry(by_model[model.model_id], model, closes[model.definition.asset], outcomes)
        if model.model_id in by_model
        else LeaderboardEntry(None, {}, NOTHING_RESOLVED, None)
        for model in models
    }


@dataclass(frozen=True)
class _ModelPredictions:
    hours: pd.DatetimeIndex
    probability: Floats
    decision: Bools

    def within(self, rows: Bools) -> "_ModelPredictions":
        return _ModelPredictions(self.hours[rows], self.probability[rows], self.decision[rows])


def _predictions_by_model(table: pa.Table) -> Mapping[str, _ModelPredictions]:
    """Split the query result by model, oldest first; the table is ordered by model."""
    names = table["model_id"].combine_chunks().dictionary_encode()
    edges = np.searchsorted(names.indices.to_numpy(), np.arange(len(names.dictionary) + 1))
    stamps = table["ts"].to_numpy().astype("datetime64[us]")
    hours = pd.DatetimeIndex(stamps).tz_localize("UTC")
    probability, decision = table["probability"].to_numpy(), table["decision"].to_numpy().astype(bool)
    parts = zip(names.dictionary.to_pylist(), itertools.pairwise(edges), strict=True)
    return {name: _ModelPredictions(hours[a:b], probability[a:b], decision[a:b]) for name, (a, b) in parts}


def _entry(
    predictions: _ModelPredictions,
    model: RegisteredModel,
    closes: "pd.Series[float]",
    outcomes: Mapping[str, "pd.Series[int]"],
) -> LeaderboardEntry:
    lookahead = model.definition.lookahead
    closed = (predictions.hours >= model.first_unseen_hour) & (
        predictions.hours <= model.definition.settled(closes)
    )
    outcome = outcomes[model.label_id].reindex(predictions.hours).to_numpy(dtype=np.int8, na_value=-1)
    counted = closed & (outcome >= 0)
    if not counted.any():
        return LeaderboardEntry(None, {}, NOTHING_RESOLVED, None)
    resolved = _resolved(predictions.within(counted), outcome[counted] == 1, closes)
    evaluation, rates = evaluate_resolved(resolved, model)
    profit = backtest(resolved.hours, resolved.decision, closes, lookahead=lookahead)
    return LeaderboardEntry(evaluation, rates, verdict_against_baselines(evaluation, rates), profit)


def _resolved(predictions: _ModelPredictions, outcome: Bools, closes: "pd.Series[float]") -> Resolved:
    reverses = reversal_baseline(predictions.hours, closes)
    return Resolved(predictions.hours, predictions.probability, predictions.decision, outcome, reverses)
