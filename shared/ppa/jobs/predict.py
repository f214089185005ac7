"""Hourly job: build the closed hour's feature row and predict it with every active model, exactly once.

Every model and hour gets one row: a prediction, or the reason why there is none.
"""

import logging
from collections import deque
from collections.abc import Iterator, Mapping, Sequence

import pandas as pd

from ppa.core.errors import Unavailable
from ppa.core.features.rows import last_closed_hour
from ppa.core.origins import LIVE
from ppa.core.times import HOUR, hours_between, utc
from ppa.jobs.build import build_rows, has_late_history, rebuild_after
from ppa.jobs.ingest import fetch_missing
from ppa.jobs.late_series import log_late
from ppa.jobs.predictions import ModelPredictions, PredictionBatch
from ppa.jobs.shards import WHOLE, Shard
from ppa.platform import Platform
from ppa.repository.models import RegisteredModel, active_models
from ppa.repository.novelty_profiles import novelty_profiles
from ppa.repository.predictions import predicted_hours
from ppa.repository.rows import buildable, built_rows, make_rows, stored_rows
from ppa.storage.arrow import to_table

logger = logging.getLogger("ppa.jobs")

# hours missed during an outage are predicted later, up to this age
MAX_CATCH_UP = pd.Timedelta(days=30)
# hours written by one MERGE when catching up
HOURS_PER_BATCH = 48


def predict(platform: Platform, scheduled_for: pd.Timestamp, shard: Shard = WHOLE) -> Mapping[str, object]:
    """Predict every closed hour up to `scheduled_for` that an active model has not predicted, oldest first.

    Raises Unavailable after all other predictions are written if a model's file could not be read; the next run
    predicts the missing hours.
    """
    due = min(scheduled_for, platform.now())
    models, last = shard.select(active_models(platform)), last_closed_hour(due, platform.catalogue)
    failures, rate_limited = fetch_missing(platform) if shard.first or platform.feed.exact else ({}, ())
    fresh = refresh_rows(platform, last) if shard.first else True
    if shard.first:
        log_late(platform)
    written, hours, unavailable = 0, 0, list[Unavailable]()
    for batch, owing in _batches(_missing_predictions(platform, models, last)):
        hours += len(batch)
        try:
            written += predict_hours(platform, owing, batch, origin=LIVE, rate_limited=rate_limited)
        except Unavailable as error:
            unavailable.append(error)
    # rebuilding rows after late history can wait until the current hour is predicted
    rebuilt = 0 if fresh else sum(rebuild_after(platform))
    if unavailable:
        raise unavailable[-1]
    counts = {"rows": written, "hours": hours, "models": len(models), "hour": last.isoformat()}
    optional = {"failures": failures, "rebuilt": rebuilt}
    return counts | {name: value for name, value in optional.items() if value}


def predict_hours(
    platform: Platform,
    models: Sequence[RegisteredModel],
    hours: pd.DatetimeIndex,
    *,
    origin: str,
    rate_limited: Sequence[str] = (),
) -> int:
    """Write the models' predictions for `hours` (UTC) in one MERGE; return how many were new.

    Raises Unavailable, after the other models' predictions are written, if a model's file cannot be read for now.
    """
    if not len(hours) or not models:
        return 0
    batch = PredictionBatch(platform, rows_for(platform, hours), origin, rate_limited)
    profiles = novelty_profiles(platform, models)
    frames, unavailable = list[pd.DataFrame](), list[Unavailable]()
    for model in models:
        try:
            frames.append(ModelPredictions(batch, model, profiles[model.model_id]).to_frame())
        except Unavailable as error:
            unavailable.append(error)
    written = _write(platform, frames, origin) if frames else 0
    if unavailable:
        raise unavailable[-1]
    return written


def rows_for(platform: Platform, hours: pd.DatetimeIndex) -> pd.DataFrame:
    """Return the feature rows of `hours`, from the cache where possible and built otherwise."""
    names = list(platform.catalogue.feature_names)
    cached = stored_rows(platform, hours.min(), hours.max() + HOUR)[names]
    missing = hours.difference(pd.DatetimeIndex(cached.index))
    built = make_rows(platform, missing) if len(missing) else cached.iloc[:0]
    return pd.concat([cached, built]).reindex(hours)


def refresh_rows(platform: Platform, last: pd.Timestamp) -> bool:
    """Extend the cached rows to the hour `last`, as far as there are bars.

    Returns False, and builds nothing, if older rows must be rebuilt first: the newest row marks all rows before it
    as up to date.
    """
    if has_late_history(platform):
        return False
    built, (_, newest) = built_rows(platform), buildable(platform)
    if newest is not None:
        end = min(last, newest) + HOUR
        since = end - HOUR if built is None else built.last + HOUR
        deque(build_rows(platform, since, end), maxlen=0)
    return True


def _missing_predictions(
    platform: Platform, models: Sequence[RegisteredModel], last: pd.Timestamp
) -> Mapping[pd.Timestamp, list[RegisteredModel]]:
    """Return the hours without a prediction, oldest first, each with the models that lack one."""
    since = last - MAX_CATCH_UP
    predicted = predicted_hours(platform, models, since, last + HOUR)
    done = {name: pd.DatetimeIndex(hours) for name, hours in predicted.groupby("model_id")["ts"]}
    owed: dict[pd.Timestamp, list[RegisteredModel]] = {}
    for model in models:
        hours = hours_between(max(since, _first_live_hour(platform, model)), last + HOUR)
        for hour in hours.difference(done.get(model.model_id, hours[:0])):
            owed.setdefault(hour, []).append(model)
    return dict(sorted(owed.items()))


def _batches(
    owed: Mapping[pd.Timestamp, list[RegisteredModel]],
) -> Iterator[tuple[pd.DatetimeIndex, list[RegisteredModel]]]:
    """Group consecutive hours that the same models owe."""
    hours, owing = list[pd.Timestamp](), list[RegisteredModel]()
    for hour, models in owed.items():
        if hours and (models != owing or len(hours) == HOURS_PER_BATCH):
            yield pd.DatetimeIndex(hours), owing
            hours = []
        hours.append(hour)
        owing = models
    if hours:
        yield pd.DatetimeIndex(hours), owing


def _first_live_hour(platform: Platform, model: RegisteredModel) -> pd.Timestamp:
    """Return the first hour whose row is cut after the model was activated."""
    return last_closed_hour(utc(model.active_since), platform.catalogue) + HOUR


def _write(platform: Platform, frames: Sequence[pd.DataFrame], origin: str) -> int:
    predictions = pd.concat(frames, ignore_index=True)
    if origin == LIVE:
        _log_missing(predictions)
    return platform.warehouse.merge("predictions", to_table(predictions))


def _log_missing(predictions: pd.DataFrame) -> None:
    """Log a warning for every hour without a prediction; terraform/monitoring.tf alerts on these events."""
    for row in predictions[predictions["reason"].notna()].itertuples():
        missing = {"model": row.model_id, "hour": row.ts, "reason": row.reason}
        logger.warning(
            "model %s has no prediction for %s: %s",
            *missing.values(),
            extra={"fields": {"event": "prediction_missing"} | missing},
        )
