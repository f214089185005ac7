"""Every model's performance in one origin at a glance: what they are listed and ranked by."""

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
from ppa.reports.performance import NOTHING, evaluated, judged_text
from ppa.repository.models import RegisteredModel
from ppa.repository.prices import latest_closes

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class LeaderboardEntry:
    """The figures of one model over all that has matured of one origin; None where nothing has."""

    evaluation: Evaluation | None
    base_rates: Mapping[str, float | None]
    verdict: str
    profit: Profit | None

    @property
    def lift(self) -> float | None:
        """Accuracy beyond the better of the two rules."""
        best = [rate for rate in self.base_rates.values() if rate is not None]
        accuracy = self.evaluation.accuracy if self.evaluation else None
        return None if accuracy is None or not best else accuracy - max(best)


# what models can be ranked by, best first; None comes last
RANKS: Mapping[str, Callable[[Evaluation, LeaderboardEntry], float | None]] = {
    "lower": lambda found, _: found.interval.low,
    "accuracy": lambda found, _: found.accuracy,
    "lift": lambda _, standing: standing.lift,
    "auc": lambda found, _: found.roc_auc,
    "brier": lambda found, _: None if found.brier is None else -found.brier,
    "profit": lambda _, standing: standing.profit.total if standing.profit else None,
}


def ranked(
    models: Sequence[RegisteredModel], judged_text: Mapping[str, LeaderboardEntry], rank: str
) -> list[RegisteredModel]:
    """The models, best first by one of RANKS; BadInput where there is no such measure."""
    if rank not in RANKS:
        raise BadInput(f"rank is {rank!r}; give one of {', '.join(RANKS)}.")
    score = {model.model_id: _score(judged_text[model.model_id], rank) for model in models}
    return sorted(models, key=lambda model: (-score[model.model_id], model.model_id))


def _score(standing: LeaderboardEntry, rank: str) -> float:
    found = None if standing.evaluation is None else RANKS[rank](standing.evaluation, standing)
    return -math.inf if found is None else found


def leaderboard(
    platform: Platform, models: Sequence[RegisteredModel], origin: str
) -> Mapping[str, LeaderboardEntry]:
    """By model id; kept in memory until a table that they follow from changes."""
    token = tuple(platform.warehouse.version_token(table) for table in ("predictions", "observations"))
    key = ("standings", origin, tuple(model.model_id for model in models))
    return platform.cache.get(key, lambda: _standings(platform, models, origin), token)


def look_back(models: Sequence[RegisteredModel]) -> pd.Timedelta:
    """How far before an hour the closes reach back that its outcome follows from."""
    return max((model.definition.volatility_window or 0 for model in models), default=0) * HOUR + 2 * HOUR


def _standings(
    platform: Platform, models: Sequence[RegisteredModel], origin: str
) -> Mapping[str, LeaderboardEntry]:
    ids = [model.model_id for model in models]
    said = _said(platform.warehouse.query("prediction_probabilities", model_ids=ids, origins=[origin]))
    first = min((part.hours[0] for part in said.values()), default=END) - look_back(models)
    known = {
        asset: closes_from(latest_closes(platform, asset), first)
        for asset in {m.definition.asset for m in models}
    }
    outcomes = {m.label_id: m.definition.labels(known[m.definition.asset]) for m in models if said}
    return {
        model.model_id: _standing(said[model.model_id], model, known[model.definition.asset], outcomes)
        if model.model_id in said
        else LeaderboardEntry(None, {}, NOTHING, None)
        for model in models
    }


@dataclass(frozen=True)
class _Said:
    hours: pd.DatetimeIndex
    probability: Floats
    decision: Bools

    def within(self, rows: Bools) -> "_Said":
        return _Said(self.hours[rows], self.probability[rows], self.decision[rows])


def _said(table: pa.Table) -> Mapping[str, _Said]:
    """By model, oldest first; the table is in the order of its models."""
    names = table["model_id"].combine_chunks().dictionary_encode()
    edges = np.searchsorted(names.indices.to_numpy(), np.arange(len(names.dictionary) + 1))
    stamps = table["ts"].to_numpy().astype("datetime64[us]")
    hours = pd.DatetimeIndex(stamps).tz_localize("UTC")
    probability, decision = table["probability"].to_numpy(), table["decision"].to_numpy().astype(bool)
    parts = zip(names.dictionary.to_pylist(), itertools.pairwise(edges), strict=True)
    return {name: _Said(hours[a:b], probability[a:b], decision[a:b]) for name, (a, b) in parts}


def _standing(
    said: _Said, model: RegisteredModel, known: "pd.Series[float]", outcomes: Mapping[str, "pd.Series[int]"]
) -> LeaderboardEntry:
    lookahead = model.definition.lookahead
    closed = (said.hours >= model.first_unseen_hour) & (said.hours <= model.definition.settled(known))
    happened = outcomes[model.label_id].reindex(said.hours).to_numpy(dtype=np.int8, na_value=-1)
    counted = closed & (happened >= 0)
    if not counted.any():
        return LeaderboardEntry(None, {}, NOTHING, None)
    matured = _matured(said.within(counted), happened[counted] == 1, known)
    evaluation, rates = evaluated(matured, model)
    profit = backtest(matured.hours, matured.decision, known, lookahead=lookahead)
    return LeaderboardEntry(evaluation, rates, judged_text(evaluation, rates), profit)


def _matured(said: _Said, outcome: Bools, known: "pd.Series[float]") -> Resolved:
    reverses = reversal_baseline(said.hours, known)
    return Resolved(said.hours, said.probability, said.decision, outcome, reverses)
