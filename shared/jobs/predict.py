"""The hourly job: cut the closed hour's row, and give every active model's answer for it, once.

Every model and hour gets one row: a prediction, or the reason why there is none.
"""

import logging
from collections import deque
from collections.abc import Iterator, Mapping, Sequence

import pandas as pd

from shared.errors import Unavailable
from shared.features import last_closed_hour
from shared.frames import HOUR, hours_between, to_frame, to_table, utc
from shared.jobs.answers import BUFFER, LIVE, ORIGINS, REPLAY, Answers, Batch
from shared.jobs.build import (
    build_rows,
    buildable,
    built_rows,
    make_rows,
    outdated,
    rebuild_after,
    stored_rows,
)
from shared.jobs.ingest import Fetched, fetch_missing
from shared.jobs.shards import WHOLE, Shard
from shared.jobs.stale import log_late
from shared.models.models import Model, active_models
from shared.models.references import references
from shared.platform import Platform

__all__ = ["BUFFER", "LIVE", "ORIGINS", "REPLAY", "answer", "answered_hours", "predict", "rows_for"]

logger = logging.getLogger("ppa.jobs")

# an outage longer than this is not made up for
MOST_CATCH_UP = pd.Timedelta(days=30)
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
            written += answer(platform, waiting, batch, origin=LIVE, limited=fetched.limited)
        except Unavailable as error:
            unavailable.append(error)
    # what came late about the past waits for what is asked of the present
    rebuilt = 0 if fresh else sum(rebuild_after(platform))
    if unavailable:
        raise unavailable[-1]
    said = {"failures": fetched.failures, "rebuilt": rebuilt}
    counts = {"rows": written, "hours": hours, "models": len(models), "hour": last.isoformat()}
    return counts | {name: found for name, found in said.items() if found}


def answer(
    platform: Platform,
    models: Sequence[Model],
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
    batch, known = Batch(platform, rows_for(platform, hours), origin, limited), references(platform, models)
    frames, unavailable = list[pd.DataFrame](), list[Unavailable]()
    for model in models:
        try:
            frames.append(Answers(batch, model, known[model.model_id]).frame())
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
    if outdated(platform):
        return False
    built, (_, newest) = built_rows(platform), buildable(platform)
    if newest is not None:
        end = min(last, newest) + HOUR
        since = end - HOUR if built is None else built.last + HOUR
        deque(build_rows(platform, since, end), maxlen=0)
    return True


def answered_hours(
    platform: Platform, models: Sequence[Model], since: pd.Timestamp, until: pd.Timestamp
) -> pd.DataFrame:
    """What some models have answered of [since, until), live or buffered: model_id and ts."""
    ids = [model.model_id for model in models]
    return to_frame(
        platform.warehouse.query(
            "answered_hours", since=since, until=until, model_ids=ids, origins=[LIVE, BUFFER]
        )
    )


def _unanswered(
    platform: Platform, models: Sequence[Model], last: pd.Timestamp
) -> Mapping[pd.Timestamp, list[Model]]:
    """Hours to answer, oldest first, each with the models that owe it."""
    since = last - MOST_CATCH_UP
    answered = answered_hours(platform, models, since, last + HOUR)
    done = {name: pd.DatetimeIndex(hours) for name, hours in answered.groupby("model_id")["ts"]}
    owed: dict[pd.Timestamp, list[Model]] = {}
    for model in models:
        hours = hours_between(max(since, _first_live_hour(platform, model)), last + HOUR)
        for hour in hours.difference(done.get(model.model_id, hours[:0])):
            owed.setdefault(hour, []).append(model)
    return dict(sorted(owed.items()))


def _batches(
    owed: Mapping[pd.Timestamp, list[Model]],
) -> Iterator[tuple[pd.DatetimeIndex, list[Model]]]:
    """Hours in order, together where the same models owe them."""
    hours, waiting = list[pd.Timestamp](), list[Model]()
    for hour, models in owed.items():
        if hours and (models != waiting or len(hours) == HOURS_A_BATCH):
            yield pd.DatetimeIndex(hours), waiting
            hours = []
        hours.append(hour)
        waiting = models
    if hours:
        yield pd.DatetimeIndex(hours), waiting


def _first_live_hour(platform: Platform, model: Model) -> pd.Timestamp:
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
