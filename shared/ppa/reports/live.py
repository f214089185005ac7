"""Data of the live view: the price, recent predictions of the active models, and their consensus."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pandas as pd

from ppa.core.errors import BadInput
from ppa.core.evaluation.consensus import Consensus, consensus
from ppa.core.origins import BUFFER, LIVE, REPLAY
from ppa.core.times import HOUR
from ppa.platform import Platform
from ppa.reports.leaderboard import LeaderboardEntry, leaderboard, lookback, ranked
from ppa.reports.performance import with_outcomes
from ppa.repository.models import RegisteredModel, active_models
from ppa.repository.predictions import predictions
from ppa.repository.prices import latest_closes

MAX_MODELS = 6
DEFAULT_MODELS = 3
CONSENSUS_HOURS = 7 * 24
ORIGINS_OF: Mapping[str, tuple[str, ...]] = {LIVE: (LIVE, BUFFER), REPLAY: (REPLAY,)}
TABLES = ("predictions", "observations", "model_events", "models")


@dataclass(frozen=True)
class ViewQuery:
    """Selection shown in the live view; no models means the best ones by `rank`."""

    asset: str
    days: int
    origin: str = LIVE
    rank: str = "lower"
    models: tuple[str, ...] = ()


@dataclass(frozen=True)
class LiveView:
    """Content of the live view: closes from `since` on, and the asset's active models, best first.

    `predictions` holds those of the `shown` models with their outcomes, oldest first; `newest_probabilities` maps every
    model to its latest probability; `consensuses` is keyed by label id.
    """

    since: pd.Timestamp
    closes: "pd.Series[float]"
    models: Sequence[RegisteredModel]
    standings: Mapping[str, LeaderboardEntry]
    shown: Sequence[str]
    predictions: Mapping[str, pd.DataFrame]
    newest_probabilities: Mapping[str, float]
    consensuses: Mapping[str, Consensus]


def version_token(platform: Platform) -> tuple[str, ...]:
    """Version token of the live view; differs after any change to a table it reads. Costs no query."""
    return tuple(platform.warehouse.version_token(table) for table in TABLES)


def load_view(platform: Platform, view: ViewQuery) -> LiveView:
    """Read the content of a live view."""
    closes = latest_closes(platform, platform.catalogue.asset(view.asset).id)
    newest = closes.index[-1] if len(closes) else platform.now().floor("h") - HOUR
    since = newest - (view.days * 24 - 1) * HOUR
    active = [model for model in active_models(platform) if model.definition.asset == view.asset]
    standings = leaderboard(platform, active, view.origin)
    models = ranked(active, standings, view.rank)
    shown = _shown(models, view)
    recent = closes[closes.index >= since - lookback(models)]
    shown_predictions = _predictions_with_outcomes(
        platform, [m for m in models if m.model_id in shown], view, since, recent
    )
    recent_predictions = predictions(
        platform, models, ORIGINS_OF[view.origin], since=newest - CONSENSUS_HOURS * HOUR
    )
    table = _probability_table(recent_predictions, models)
    last = table.ffill().iloc[-1].dropna() if len(table) else pd.Series(dtype=float)
    newest_probabilities = dict(zip(last.index.astype(str), last.tolist(), strict=True))
    # the chart marks backfilled hours; the consensus uses one origin only
    consensuses = _consensus_by_label(
        models, _probability_table(recent_predictions[recent_predictions["origin"] == view.origin], models)
    )
    return LiveView(
        since,
        closes[closes.index >= since],
        models,
        standings,
        shown,
        shown_predictions,
        newest_probabilities,
        consensuses,
    )


def _shown(models: Sequence[RegisteredModel], view: ViewQuery) -> list[str]:
    """Selected models that are active, or the best ones."""
    active = [model.model_id for model in models]
    if len(view.models) > MAX_MODELS:
        raise BadInput(f"{len(view.models)} models were requested; overlay at most {MAX_MODELS}.")
    return [one for one in view.models if one in active] or active[:DEFAULT_MODELS]


def _predictions_with_outcomes(
    platform: Platform,
    models: Sequence[RegisteredModel],
    view: ViewQuery,
    since: pd.Timestamp,
    closes: "pd.Series[float]",
) -> Mapping[str, pd.DataFrame]:
    stored = predictions(platform, models, ORIGINS_OF[view.origin], since=since)
    # sorted last, a live prediction replaces a backfilled one of the same hour
    ordered = stored.sort_values(["ts", "origin"])
    own = {
        m.model_id: ordered[ordered["model_id"] == m.model_id].drop_duplicates("ts", keep="last")
        for m in models
    }
    return {m.model_id: with_outcomes(own[m.model_id], closes, m.definition) for m in models}


def _probability_table(rows: pd.DataFrame, models: Sequence[RegisteredModel]) -> pd.DataFrame:
    """Probabilities with one row per hour and one column per model."""
    table: pd.DataFrame = rows.pivot_table(
        index="ts", columns="model_id", values="probability", aggfunc="first", dropna=False
    )
    return table.reindex(columns=[model.model_id for model in models])


def _consensus_by_label(models: Sequence[RegisteredModel], table: pd.DataFrame) -> Mapping[str, Consensus]:
    labels: dict[str, list[RegisteredModel]] = {}
    for model in models:
        labels.setdefault(model.label_id, []).append(model)
    thresholds = pd.Series({m.model_id: m.decision_threshold for m in models}, dtype=float)
    by_label = {
        label: consensus(table[[model.model_id for model in ones]], thresholds)
        for label, ones in labels.items()
        if len(ones) > 1
    }
    return {label: one for label, one in by_label.items() if one}
