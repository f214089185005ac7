"""Queries for stored predictions."""

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
    """Return stored predictions of [since, until) (UTC), newest first, at most `maximum` rows."""
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
    """Return the number of stored predictions of a model by origin."""
    counts = platform.cache.get(
        "prediction counts",
        lambda: platform.warehouse.query("prediction_counts").to_pylist(),
        platform.warehouse.version_token("predictions"),
    )
    by_origin = {row["origin"]: row["answers"] for row in counts if row["model_id"] == model.model_id}
    return {origin: by_origin.get(origin, 0) for origin in ORIGINS}


def predicted_hours(
    platform: Platform, models: Sequence[RegisteredModel], since: pd.Timestamp, until: pd.Timestamp
) -> pd.DataFrame:
    """Return the hours of [since, until) (UTC) with a live or backfilled prediction: columns model_id and ts."""
    ids = [model.model_id for model in models]
    return to_frame(
        platform.warehouse.query(
            "predicted_hours", since=since, until=until, model_ids=ids, origins=[LIVE, BUFFER]
        )
    )
