"""Activate and deactivate models; activation backfills recent predictions before the hourly job takes over."""

from collections import deque
from collections.abc import Iterator

import pandas as pd

from ppa.core.errors import Conflict
from ppa.core.features.rows import last_closed_hour
from ppa.core.origins import BUFFER
from ppa.core.times import HOUR, hours_between
from ppa.jobs.backfill import Progress
from ppa.jobs.ingest import fetch_exact
from ppa.jobs.predict import predict_hours
from ppa.platform import Platform
from ppa.repository.model_events import ACTIVATED, DEACTIVATED, append_event
from ppa.repository.models import RegisteredModel, find_model
from ppa.repository.predictions import predicted_hours
from ppa.repository.rows import buildable

BACKFILLED_LOOKAHEADS = 4
# hours between two progress reports
HOURS_PER_STEP = 24


def activate(platform: Platform, model_id: str, by: str) -> RegisteredModel:
    """Backfill recent predictions and include the model in the hourly job. Idempotent."""
    deque(activation(platform, model_id, by), maxlen=0)
    return find_model(platform, model_id)


def activation(platform: Platform, model_id: str, by: str) -> Iterator[Progress]:
    """Activate a model, yielding progress in hours; an interrupted activation is completed by the next one.

    Raises Conflict if the model has expired.
    """
    model = find_model(platform, model_id)
    if model.active:
        return
    # backfill and activation share one moment, so an hour that closes in between falls to the hourly job
    now = platform.now()
    if model.expired(now):
        raise Conflict(f"{model_id} expired on {model.expires_at:%Y-%m-%d %H:%M}; set a later expiry first.")
    fetch_exact(platform)
    hours = hours_to_backfill(platform, model, now)
    for start in range(0, len(hours), HOURS_PER_STEP):
        step = hours[start : start + HOURS_PER_STEP]
        yield Progress(f"backfilling {step[0]:%Y-%m-%d %H:%M}", start, len(hours))
        predict_hours(platform, [model], step, origin=BUFFER)
    append_event(platform, model_id, ACTIVATED, by, at=now)
    yield Progress("active", len(hours), len(hours))


def deactivate(platform: Platform, model_id: str, by: str) -> RegisteredModel:
    """Exclude the model from the hourly job; its predictions are kept. Idempotent."""
    model = find_model(platform, model_id)
    if not model.active:
        return model
    append_event(platform, model_id, DEACTIVATED, by)
    return find_model(platform, model_id)


def hours_to_backfill(platform: Platform, model: RegisteredModel, now: pd.Timestamp) -> pd.DatetimeIndex:
    """Return the hours that an activation at `now` (UTC) predicts.

    These are the last four look-aheads of closed hours, or of hours with bars if bars ended long ago, without hours
    that overlap a training label and hours that already have a prediction.
    """
    span = BACKFILLED_LOOKAHEADS * model.definition.lookahead * HOUR
    closed, (_, newest) = last_closed_hour(now, platform.catalogue), buildable(platform)
    last = newest if newest is not None and newest <= closed - span else closed
    start, end = max(last + HOUR - span, model.first_unseen_hour), last + HOUR
    predicted = predicted_hours(platform, [model], start, end)["ts"]
    return hours_between(start, end).difference(pd.DatetimeIndex(predicted))
