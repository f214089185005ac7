"""Data of the live view: the price, recent predictions of the active models, and their consensus."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pandas as pd

from ppa.core.errors import BadInput
from ppa.core.evaluation.consensus import Consensus
from ppa.core.origins import BUFFER, LIVE, REPLAY
from ppa.core.times import HOUR
from ppa.platform import Platform
from ppa.reports.consensus_by_label import consensus_by_label, newest_probabilities
from ppa.reports.leaderboard import LeaderboardEntry, leaderboard, lookback, ranked
from ppa.reports.performance import with_outcomes
from ppa.repository.models import RegisteredModel, active_models
from ppa.repository.predictions import predictions
from ppa.repository.prices import latest_closes
from ppa.repository.withdrawn_data import made_on_withdrawn

MAX_MODELS = 6
DEFAULT_MODELS = 3
CONSENSUS_HOURS = 7 * 24
ORIGINS_OF: Mapping[str, tuple[str, ...]] = {LIVE: (LIVE, BUFFER), REPLAY: (REPLAY,)}
TABLES = ("predictions", "observations", "imports", "model_events", "models")


@dataclass(frozen=True)
class ViewQuery:
    """Selection shown in the live view; no models means the best ones by `rank`."""

    asset: str
    days: int
    origin: str = LIVE
    rank: str = "lower"
    models: tuple[str, ...] = ()


@dataclass(frozen=True)
class Prices:
    """Closes of an asset, and the first and the newest hour of the view."""

    closes: "pd.Series[float]"
    since: pd.Timestamp
    newest: pd.Timestamp


@dataclass(frozen=True)
class Ranking:
    """Active models of an asset, best first, their standings by model id, and the ids of those that are shown."""

    models: Sequence[RegisteredModel]
    standings: Mapping[str, LeaderboardEntry]
    shown: Sequence[str]


@dataclass(frozen=True)
class LiveView:
    """Content of the live view: closes from `since` on, and the asset's active models.

    `predictions` holds those of the shown models with their outcomes, oldest first, and `withdrawn`, set if they were
    made on data that has been withdrawn since; `newest_probabilities` maps every model to its latest probability;
    `consensuses` is keyed by label id.
    """

    since: pd.Timestamp
    closes: "pd.Series[float]"
    ranking: Ranking
    predictions: Mapping[str, pd.DataFrame]
    newest_probabilities: Mapping[str, float]
    consensuses: Mapping[str, Consensus]


def version_token(platform: Platform) -> tuple[str, ...]:
    """Version token of the live view; differs after any change to a table it reads. Costs no query."""
    return tuple(platform.warehouse.version_token(table) for table in TABLES)


def load_view(platform: Platform, query: ViewQuery) -> LiveView:
    """Read the prices, judge the active models, and show what they predicted."""
    prices = _read(platform, query)
    ranking = _judge(platform, query)
    return _show(platform, query, prices, ranking)


def _read(platform: Platform, query: ViewQuery) -> Prices:
    closes = latest_closes(platform, platform.catalogue.asset(query.asset).id)
    newest = closes.index[-1] if len(closes) else platform.now().floor("h") - HOUR
    return Prices(closes, newest - (query.days * 24 - 1) * HOUR, newest)


def _judge(platform: Platform, query: ViewQuery) -> Ranking:
    active = [model for model in active_models(platform) if model.definition.asset == query.asset]
    standings = leaderboard(platform, active, query.origin)
    models = ranked(active, standings, query.rank)
    return Ranking(models, standings, _shown(models, query))


def _show(platform: Platform, query: ViewQuery, prices: Prices, ranking: Ranking) -> LiveView:
    models, closes = ranking.models, prices.closes
    shown = _predictions_with_outcomes(
        platform,
        [model for model in models if model.model_id in ranking.shown],
        query,
        prices.since,
        closes[closes.index >= prices.since - lookback(models)],
    )
    recent = predictions(
        platform, models, ORIGINS_OF[query.origin], since=prices.newest - CONSENSUS_HOURS * HOUR
    )
    return LiveView(
        since=prices.since,
        closes=closes[closes.index >= prices.since],
        ranking=ranking,
        predictions=shown,
        newest_probabilities=newest_probabilities(recent, models),
        # the chart marks backfilled hours; the consensus uses one origin only
        consensuses=consensus_by_label(recent[recent["origin"] == query.origin], models),
    )


def _shown(models: Sequence[RegisteredModel], query: ViewQuery) -> list[str]:
    """Selected models that are active, or the best ones."""
    active = [model.model_id for model in models]
    if len(query.models) > MAX_MODELS:
        raise BadInput(f"{len(query.models)} models were requested; overlay at most {MAX_MODELS}.")
    return [one for one in query.models if one in active] or active[:DEFAULT_MODELS]


def _predictions_with_outcomes(
    platform: Platform,
    models: Sequence[RegisteredModel],
    query: ViewQuery,
    since: pd.Timestamp,
    closes: "pd.Series[float]",
) -> Mapping[str, pd.DataFrame]:
    stored = predictions(platform, models, ORIGINS_OF[query.origin], since=since)
    # sorted last, a live prediction replaces a backfilled one of the same hour
    ordered = stored.sort_values(["ts", "origin"])
    own = {
        m.model_id: ordered[ordered["model_id"] == m.model_id].drop_duplicates("ts", keep="last")
        for m in models
    }
    marked = {
        m.model_id: own[m.model_id].assign(withdrawn=made_on_withdrawn(platform, m, own[m.model_id]))
        for m in models
    }
    return {m.model_id: with_outcomes(marked[m.model_id], closes, m.definition) for m in models}
