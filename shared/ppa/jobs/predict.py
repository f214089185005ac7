"""The hourly job: cut the closed hour's row, and give every active model's answer for it, once.

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
from ppa.jobs.ingest import Fetched, fetch_missing
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

# an outage longer than this is not made up for
MAX_CATCH_UP = pd.Timedelta(days=30)
# hours that are caught up by one MERGE
HOURS_A_BATCH = 48


def predict(platform: Platform, scheduled_for: pd.Timestamp, shard: Shard = WHOLE) -> Mapping[str, object]:
    """Answer every closed hour up to `scheduled_for` that an active model has not answered, oldest first.

    What can be answered is; then Unavailable is raised where a model's file could not be had, so that the next
    run answers for it.
    """
    due = min(scheduled_for, platform.now())
    models, last = shard.of(active_models(platform)), last_closed_hour(due, platform.catalogue)
    fetched = fetch_missing(platform) if shard.first or platform.feed.exact else Fetched()
    fresh = refresh_rows(platform, last) if shard.first else True
    if shard.first:
        log_late(platform)
    written, hours, unavailable = 0, 0, list[Unavailable]()
    for batch, waiting in _batches(_unanswered(platform, models, last)):
        hours += len(batch)
        try:
            written += predict_hours(platform, waiting, batch, origin=LIVE, limited=fetched.limited)
        except Unavailable as error:
            unavailable.append(error)
    # what came late about the past waits for what is asked of the present
    rebuilt = 0 if fresh else sum(rebuild_after(platform))
    if unavailable:
        raise unavailable[-1]
    said = {"failures": fetched.failures, "rebuilt": rebuilt}
    counts = {"rows": written, "hours": hours, "models": len(models), "hour": last.isoformat()}
    return counts | {name: found for name, found in said.items() if found}


def predict_hours(
    platform: Platform,
    models: Sequence[RegisteredModel],
    hours: pd.DatetimeIndex,
    *,
    origin: str,
    limited: Sequence[str] = (),
) -> int:
    """Write the models' answers for some hours in one MERGE; how many were new.

    Unavailable, once the others are written, where a model's file cannot be had for now.
    """
    if not len(hours) or not models:
        return 0
    batch, known = (
        PredictionBatch(platform, rows_for(platform, hours), origin, limited),
        novelty_profiles(platform, models),
    )
    frames, unavailable = list[pd.DataFrame](), list[Unavailable]()
    for model in models:
        try:
            frames.append(ModelPredictions(batch, model, known[model.model_id]).frame())
        except Unavailable as error:
            unavailable.append(error)
    written = _write(platform, frames, origin) if frames else 0
    if unavailable:
        raise unavailable[-1]
    return written


def rows_for(platform: Platform, hours: pd.DatetimeIndex) -> pd.DataFrame:
    """The rows of some hours: as cached, and made anew where they are not."""
    names = list(platform.catalogue.feature_names)
    cached = stored_rows(platform, hours.min(), hours.max() + HOUR)[names]
    missing = hours.difference(pd.DatetimeIndex(cached.index))
    made = make_rows(platform, missing) if len(missing) else cached.iloc[:0]
    return pd.concat([cached, made]).reindex(hours)


def refresh_rows(platform: Platform, last: pd.Timestamp) -> bool:
    """Bring the cache up to the hour `last`, as far as there are bars; False where older rows have to be made anew.

    Then nothing is built: a newest row says that those before it are right.
    """
    if has_late_history(platform):
        return False
    built, (_, newest) = built_rows(platform), buildable(platform)
    if newest is not None:
        end = min(last, newest) + HOUR
        since = end - HOUR if built is None else built.last + HOUR
        deque(build_rows(platform, since, end), maxlen=0)
    return True


def _unanswered(
    platform: Platform, models: Sequence[RegisteredModel], last: pd.Timestamp
) -> Mapping[pd.Timestamp, list[RegisteredModel]]:
    """Hours to answer, oldest first, each with the models that owe it."""
    since = last - MAX_CATCH_UP
    answered = predicted_hours(platform, models, since, last + HOUR)
    done = {name: pd.DatetimeIndex(hours) for name, hours in answered.groupby("model_id")["ts"]}
    owed: dict[pd.Timestamp, list[RegisteredModel]] = {}
    for model in models:
        hours = hours_between(max(since, _first_live_hour(platform, model)), last + HOUR)
        for hour in hours.difference(done.get(model.model_id, hours[:0])):
            owed.setdefault(hour, []).append(model)
    return dict(sorted(owed.items()))


def _batches(
    owed: Mapping[pd.Timestamp, list[RegisteredModel]],
) -> Iterator[tuple[pd.DatetimeIndex, list[RegisteredModel]]]:
    """Hours in order, together where the same models owe them."""
    hours, waiting = list[pd.Timestamp](), list[RegisteredModel]()
    for hour, models in owed.items():
        if hours and (models != waiting or len(hours) == HOURS_A_BATCH):
            yield pd.DatetimeIndex(hours), waiting
            hours = []
        hours.append(hour)
        waiting = models
    if hours:
        yield pd.DatetimeIndex(hours), waiting


def _first_live_hour(platform: Platform, model: RegisteredModel) -> pd.Timestamp:
    """The first hour that was cut after the model was activated."""
    return last_closed_hour(utc(model.active_since), platform.catalogue) + HOUR


def _write(platform: Platform, frames: Sequence[pd.DataFrame], origin: str) -> int:
    answers = pd.concat(frames, ignore_index=True)
    if origin == LIVE:
        _log_missing(answers)
    return platform.warehouse.merge("predictions", to_table(answers))


def _log_missing(answers: pd.DataFrame) -> None:
    """A line for every answer that is a reason; terraform/monitoring.tf alerts on these events."""
    for row in answers[answers["reason"].notna()].itertuples():
        missing = {"model": row.model_id, "hour": row.ts, "reason": row.reason}
        logger.warning(
            "model %s has no prediction for %s: %s",
            *missing.values(),
            extra={"fields": {"event": "prediction_missing"} | missing},
        )
