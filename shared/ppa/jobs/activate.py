"""Activation: recent predictions are buffered at once, then the hourly job goes on until it is undone."""

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

BUFFERED_LOOKAHEADS = 4
# hours between two signs of progress
HOURS_A_STEP = 24


def activate(platform: Platform, model_id: str, by: str) -> RegisteredModel:
    """Buffer the last look-aheads of predictions, and let the hourly job include the model. Idempotent."""
    deque(activation(platform, model_id, by), maxlen=0)
    return find_model(platform, model_id)


def activation(platform: Platform, model_id: str, by: str) -> Iterator[Progress]:
    """`activate` with progress in hours. Killed anywhere, it is finished by the next one."""
    model = find_model(platform, model_id)
    if model.active:
        return
    # one moment for both: an hour that closes meanwhile is left to the hourly job, not to nobody
    now = platform.now()
    if model.expired(now):
        raise Conflict(
            f"{model_id} expired on {model.expires_at:%Y-%m-%d %H:%M}: give it a later expiry first."
        )
    fetch_exact(platform)
    hours = buffered_hours(platform, model, now)
    for start in range(0, len(hours), HOURS_A_STEP):
        step = hours[start : start + HOURS_A_STEP]
        yield Progress(f"buffering {step[0]:%Y-%m-%d %H:%M}", start, len(hours))
        predict_hours(platform, [model], step, origin=BUFFER)
    append_event(platform, model_id, ACTIVATED, by, at=now)
    yield Progress("active", len(hours), len(hours))


def deactivate(platform: Platform, model_id: str, by: str) -> RegisteredModel:
    """Let the hourly job leave the model out; nothing is deleted. Idempotent."""
    model = find_model(platform, model_id)
    if not model.active:
        return model
    append_event(platform, model_id, DEACTIVATED, by)
    return find_model(platform, model_id)


def buffered_hours(platform: Platform, model: RegisteredModel, now: pd.Timestamp) -> pd.DatetimeIndex:
    """The hours that an activation at `now` answers: the last ones, or where bars ended long ago, the last with bars.

    None that the training labels reach into, and none that has an answer already.
    """
    span = BUFFERED_LOOKAHEADS * model.definition.lookahead * HOUR
    closed, (_, newest) = last_closed_hour(now, platform.catalogue), buildable(platform)
    last = newest if newest is not None and newest <= closed - span else closed
    start, end = max(last + HOUR - span, model.first_unseen_hour), last + HOUR
    answered = predicted_hours(platform, [model], start, end)["ts"]
    return hours_between(start, end).difference(pd.DatetimeIndex(answered))
