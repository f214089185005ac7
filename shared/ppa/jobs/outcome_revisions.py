"""Count resolved outcomes that late or revised bars have changed."""

from collections.abc import Iterable, Mapping, Sequence

import pandas as pd

from ppa.core.origins import ORIGINS
from ppa.core.times import HOUR
from ppa.platform import Platform
from ppa.repository.models import RegisteredModel, list_models
from ppa.storage.arrow import to_frame


def flipped_outcomes(
    platform: Platform, known_from: pd.Timestamp, reach: pd.Timedelta
) -> Mapping[str, Mapping[str, int]]:
    """Count, by model and origin, the predictions whose outcome changed with bars known from `known_from` (UTC) on.

    `reach` is how far back bars may have changed. Models without such predictions are left out.
    """
    models, now = list_models(platform), platform.now()
    if not models:
        return {}
    since = now - reach - (1 + max(model.definition.lookahead for model in models)) * HOUR
    stored = to_frame(platform.warehouse.query("stored_observations", since=since, until=now))
    by_definition = {
        model.definition: _changed_hours(platform, model, stored, known_from)
        for model in _one_per_label(models)
    }
    changed = {model.model_id: by_definition[model.definition] for model in models}
    predicted = _predicted(platform, [name for name, hours in changed.items() if len(hours)], since, now)
    counts = dict[str, dict[str, int]]()
    for (name, origin), hours in predicted.items():
        if count := int(hours.isin(changed[name]).sum()):
            counts.setdefault(name, {})[origin] = count
    return counts


def _one_per_label(models: Sequence[RegisteredModel]) -> Iterable[RegisteredModel]:
    return {model.definition: model for model in models}.values()


def _changed_hours(
    platform: Platform, model: RegisteredModel, stored: pd.DataFrame, known_from: pd.Timestamp
) -> pd.DatetimeIndex:
    name = platform.catalogue.asset(model.definition.asset).series("close")
    closes = stored[stored["series"] == name].sort_values(["event_time", "known_at"])
    before = closes[closes["known_at"] < known_from]
    old, new = (_outcomes(model, values) for values in (before, closes))
    new = new.reindex(old.index)
    return pd.DatetimeIndex(old.index[(old.notna() & new.notna() & (old != new)).fillna(False)])


def _outcomes(model: RegisteredModel, closes: pd.DataFrame) -> "pd.Series[int]":
    newest = closes.drop_duplicates("event_time", keep="last").set_index("event_time")["value"]
    return model.definition.labels(newest)


def _predicted(
    platform: Platform, model_ids: list[str], since: pd.Timestamp, until: pd.Timestamp
) -> Mapping[tuple[str, str], "pd.Series[pd.Timestamp]"]:
    if not model_ids:
        return {}
    bounds = {"since": since, "until": until, "maximum": 100_000}
    rows = to_frame(
        platform.warehouse.query("predictions", model_ids=model_ids, origins=list(ORIGINS), **bounds)
    )
    grouped = rows[rows["probability"].notna()].groupby(["model_id", "origin"])["ts"]
    return {(str(name), str(origin)): hours for (name, origin), hours in grouped}
