"""Activation: recent predictions are buffered at once, then the hourly job goes on until it is undone."""

import pandas as pd

from shared.errors import BadInput
from shared.frames import HOUR, hours_between, rows_table
from shared.jobs.build import buildable
from shared.jobs.predict import BUFFER, answer
from shared.models.models import Model, find_model
from shared.platform import Platform

BUFFERED_LOOKAHEADS = 4


def activate(platform: Platform, model_id: str, by: str) -> Model:
    """Buffer the last look-aheads of predictions, and let the hourly job include the model. Idempotent."""
    model = find_model(platform, model_id)
    if model.active:
        return model
    answer(platform, [model], buffered_hours(platform, model), origin=BUFFER)
    return _event(platform, model_id, "activated", by)


def deactivate(platform: Platform, model_id: str, by: str) -> Model:
    """Let the hourly job leave the model out; nothing is deleted. Idempotent."""
    model = find_model(platform, model_id)
    return _event(platform, model_id, "deactivated", by) if model.active else model


def buffered_hours(platform: Platform, model: Model) -> pd.DatetimeIndex:
    """The last hours with bars, which an activation answers: none that the training labels reach into."""
    _, newest = buildable(platform)
    end = HOUR + (model.first_unseen_hour if newest is None else newest)
    start = end - BUFFERED_LOOKAHEADS * model.spec.lookahead * HOUR
    return hours_between(max(start, model.first_unseen_hour), end)


def _event(platform: Platform, model_id: str, event: str, by: str) -> Model:
    if not by:
        raise BadInput("Say who does this: an event without a name cannot be audited.")
    row = {"model_id": model_id, "at": platform.now(), "event": event, "by": by}
    platform.warehouse.merge("model_events", rows_table([row]))
    return find_model(platform, model_id)
