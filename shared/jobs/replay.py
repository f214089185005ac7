"""Replay: run the hourly job over past hours, with the clock set to when each was due.

A replayed prediction is made from exactly what was known then, and is kept apart from live ones.
"""

from collections.abc import Iterator
from dataclasses import replace

import pandas as pd

from shared.clock import fixed
from shared.errors import BadInput
from shared.features import as_of_time
from shared.frames import HOUR, hours_between
from shared.jobs.backfill import Progress
from shared.jobs.build import buildable
from shared.jobs.predict import REPLAY, answer
from shared.models.models import Model, active_models
from shared.platform import Platform


def replay(platform: Platform, since: pd.Timestamp, until: pd.Timestamp) -> Iterator[Progress]:
    """Answer every hour of [since, until) with every active model that was not trained on it."""
    models, hours = active_models(platform), _hours(platform, since, until)
    if not models:
        raise BadInput("No model is active: activate one, then replay.")
    written = 0
    for done, hour in enumerate(hours):
        yield Progress(f"replaying {hour:%Y-%m-%d %H:%M}", done, len(hours))
        then = replace(platform, clock=fixed(as_of_time(hour, platform.catalogue)))
        unseen = [model for model in models if hour >= model.first_unseen_hour]
        written += answer(then, unseen, pd.DatetimeIndex([hour]), origin=REPLAY)
    yield Progress(_summary(models, hours, written), len(hours), len(hours))


def _hours(platform: Platform, since: pd.Timestamp, until: pd.Timestamp) -> pd.DatetimeIndex:
    first, last = buildable(platform)
    if first is None or last is None:
        raise BadInput("There is no history to replay: import a file or backfill first.")
    hours = hours_between(max(since, first), min(until, last + HOUR))
    if hours.empty:
        raise BadInput(
            f"There are no hours to replay from {since:%Y-%m-%d %H:%M} to {until:%Y-%m-%d %H:%M}: "
            f"history reaches from {first:%Y-%m-%d %H:%M} to {last:%Y-%m-%d %H:%M}."
        )
    return hours


def _summary(models: list[Model], hours: pd.DatetimeIndex, written: int) -> str:
    skipped = sum(int((hours < model.first_unseen_hour).sum()) for model in models)
    words = f"{written} new predictions over {len(hours)} hours"
    return words + (f"; {skipped} left out, which their models were trained on" if skipped else "")
