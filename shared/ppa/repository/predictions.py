"""Stored predictions."""

from collections.abc import Mapping, Sequence

import pandas as pd

from ppa.core.origins import BUFFER, LIVE, ORIGINS
from ppa.core.times import BEGINNING, END
from ppa.platform import Platform
from ppa.repository.models import RegisteredModel
from ppa.storage.arrow import to_frame

MAX_ROWS = 200_000


def predictions(
    platform: Platform,
    models: Sequence[RegisteredModel],
    origins: Sequence[str],
    *,
    since: pd.Timestamp = BEGINNING,
    until: pd.Timestamp = END,
    maximum: int = MAX_ROWS,
) -> pd.DataFrame:
    """Stored answers, newest first."""
    table = platform.warehouse.query(
        "predictions",
        model_ids=[model.model_id for model in models],
        origins=list(origins),
        since=since,
        until=until,
        maximum=maximum,
    )
    return to_frame(table)


def origin_counts(platform: Platform, model: RegisteredModel) -> Mapping[str, int]:
    """How many answers of each origin a model has."""
    counts = platform.cache.get(
        "prediction counts",
        lambda: platform.warehouse.query("prediction_counts").to_pylist(),
        platform.warehouse.version_token("predictions"),
    )
    mine = {row["origin"]: row["answers"] for row in counts if row["model_id"] == model.model_id}
    return {origin: mine.get(origin, 0) for origin in ORIGINS}


def predicted_hours(
    platform: Platform, models: Sequence[RegisteredModel], since: pd.Timestamp, until: pd.Timestamp
) -> pd.DataFrame:
    """What some models have answered of [since, until), live or buffered: model_id and ts."""
    ids = [model.model_id for model in models]
    return to_frame(
        platform.warehouse.query(
            "predicted_hours", since=since, until=until, model_ids=ids, origins=[LIVE, BUFFER]
        )
    )
