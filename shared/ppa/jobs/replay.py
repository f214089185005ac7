"""Replay: run the hourly job over past hours, as if each hour were predicted when it was due.

A replayed prediction uses exactly the data known at the time, and is stored apart from live predictions.
"""

from collections.abc import Iterator

import pandas as pd

from ppa.core.errors import BadInput
from ppa.core.origins import REPLAY
from ppa.core.times import HOUR, hours_between
from ppa.jobs.backfill import Progress
from ppa.jobs.ingest import fetch_exact
from ppa.jobs.predict import predict_hours
from ppa.platform import Platform
from ppa.repository.models import RegisteredModel, active_models
from ppa.repository.rows import buildable

# hours between two progress reports
CHUNK = 24


def replay(platform: Platform, since: pd.Timestamp, until: pd.Timestamp) -> Iterator[Progress]:
    """Predict every hour of [since, until) (UTC) with every active model not trained on it; yields progress.

    Raises BadInput if no model is active or no hour can be replayed.
    """
    models = active_models(platform)
    if not models:
        raise BadInput("No model is active; activate one, then replay.")
    fetch_exact(platform)
    hours = _hours(platform, since, until)
    written = 0
    for start in range(0, len(hours), CHUNK):
        chunk = hours[start : start + CHUNK]
        yield Progress(f"replaying {chunk[0]:%Y-%m-%d %H:%M}", start, len(hours))
        for model in models:
            unseen = chunk[chunk >= model.first_unseen_hour]
            written += predict_hours(platform, [model], unseen, origin=REPLAY)
    yield Progress(_summary(models, hours, written), len(hours), len(hours))


def _hours(platform: Platform, since: pd.Timestamp, until: pd.Timestamp) -> pd.DatetimeIndex:
    first, last = buildable(platform)
    if first is None or last is None:
        raise BadInput("There is no history to replay; import a file or backfill first.")
    hours = hours_between(max(since, first), min(until, last + HOUR))
    if hours.empty:
        raise BadInput(
            f"There are no hours to replay from {since:%Y-%m-%d %H:%M} to {until:%Y-%m-%d %H:%M}: "
            f"history covers {first:%Y-%m-%d %H:%M} to {last:%Y-%m-%d %H:%M}."
        )
    return hours


def _summary(models: list[RegisteredModel], hours: pd.DatetimeIndex, written: int) -> str:
    skipped = sum(int((hours < model.first_unseen_hour).sum()) for model in models)
    summary = f"{written} new predictions over {len(hours)} hours"
    return summary + (f"; {skipped} skipped, as their models were trained on these hours" if skipped else "")
