"""What is shown live: the price, what the active models said of the last hours, and what they say together."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pandas as pd

from ppa.core.errors import BadInput
from ppa.core.evaluation.consensus import Consensus, consensus
from ppa.core.origins import BUFFER, LIVE, REPLAY
from ppa.core.times import HOUR
from ppa.platform import Platform
from ppa.reports.leaderboard import LeaderboardEntry, leaderboard, look_back, ranked
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
class View:
    """What a visitor looks at; no models means the best by `rank`."""

    asset: str
    days: int
    made: str = LIVE
    rank: str = "lower"
    models: tuple[str, ...] = ()


@dataclass(frozen=True)
class Live:
    """The view's content: closes from `since` on, the asset's active models best first, and their answers.

    `answers` has those of `shown`, oldest first, with their outcome; `says` is every model's newest probability;
    `together` is by label id.
    """

    since: pd.Timestamp
    closes: "pd.Series[float]"
    models: Sequence[RegisteredModel]
    standings: Mapping[str, LeaderboardEntry]
    shown: Sequence[str]
    answers: Mapping[str, pd.DataFrame]
    says: Mapping[str, float]
    together: Mapping[str, Consensus]


def version_token(platform: Platform) -> tuple[str, ...]:
    """Another one whenever `look` would find something else."""
    return tuple(platform.warehouse.version_token(table) for table in TABLES)


def load_view(platform: Platform, view: View) -> Live:
    """Read what a view shows."""
    known = latest_closes(platform, platform.catalogue.asset(view.asset).id)
    newest = known.index[-1] if len(known) else platform.now().floor("h") - HOUR
    since = newest - (view.days * 24 - 1) * HOUR
    active = [model for model in active_models(platform) if model.definition.asset == view.asset]
    judged = leaderboard(platform, active, view.made)
    models = ranked(active, judged, view.rank)
    shown = _shown(models, view)
    recent = known[known.index >= since - look_back(models)]
    answers = _answers(platform, [m for m in models if m.model_id in shown], view, since, recent)
    said = predictions(platform, models, ORIGINS_OF[view.made], since=newest - CONSENSUS_HOURS * HOUR)
    table = _by_model(said, models)
    last = table.ffill().iloc[-1].dropna() if len(table) else pd.Series(dtype=float)
    says = dict(zip(last.index.astype(str), last.tolist(), strict=True))
    # the picture tells buffered hours apart; a figure is made of one origin
    together = _together(models, _by_model(said[said["origin"] == view.made], models))
    return Live(since, known[known.index >= since], models, judged, shown, answers, says, together)


def _shown(models: Sequence[RegisteredModel], view: View) -> list[str]:
    """The chosen ones that are active, or the best."""
    active = [model.model_id for model in models]
    if len(view.models) > MAX_MODELS:
        raise BadInput(f"{len(view.models)} models are asked for; overlay at most {MAX_MODELS}.")
    return [one for one in view.models if one in active] or active[:DEFAULT_MODELS]


def _answers(
    platform: Platform,
    models: Sequence[RegisteredModel],
    view: View,
    since: pd.Timestamp,
    known: "pd.Series[float]",
) -> Mapping[str, pd.DataFrame]:
    found = predictions(platform, models, ORIGINS_OF[view.made], since=since)
    # where an hour has both, what was said live comes last and stands
    ordered = found.sort_values(["ts", "origin"])
    own = {
        m.model_id: ordered[ordered["model_id"] == m.model_id].drop_duplicates("ts", keep="last")
        for m in models
    }
    return {m.model_id: with_outcomes(own[m.model_id], known, m.definition) for m in models}


def _by_model(said: pd.DataFrame, models: Sequence[RegisteredModel]) -> pd.DataFrame:
    """Probabilities, a row an hour, a column a model."""
    table: pd.DataFrame = said.pivot_table(
        index="ts", columns="model_id", values="probability", aggfunc="first", dropna=False
    )
    return table.reindex(columns=[model.model_id for model in models])


def _together(models: Sequence[RegisteredModel], table: pd.DataFrame) -> Mapping[str, Consensus]:
    labels: dict[str, list[RegisteredModel]] = {}
    for model in models:
        labels.setdefault(str(model.row["label_id"]), []).append(model)
    thresholds = pd.Series({m.model_id: float(m.row["decision_threshold"]) for m in models}, dtype=float)
    found = {
        label: consensus(table[[model.model_id for model in ones]], thresholds)
        for label, ones in labels.items()
        if len(ones) > 1
    }
    return {label: one for label, one in found.items() if one}
