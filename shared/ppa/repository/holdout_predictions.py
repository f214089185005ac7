"""A model's predictions for its held-out hours, stored as an artifact so that models can be compared by hour."""

import io
from dataclasses import dataclass

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from ppa.core.errors import Refused
from ppa.core.times import HOUR
from ppa.platform import Platform
from ppa.repository.artifacts import get_or_create, save
from ppa.repository.models import RegisteredModel
from ppa.repository.prices import latest_closes
from ppa.repository.programs import probabilities
from ppa.repository.rows import stored_rows

FILE = "heldout.parquet"


@dataclass(frozen=True)
class HoldoutPredictions:
    """Probability of class 1 for each held-out hour (UTC), in time order."""

    hours: pd.DatetimeIndex
    probability: NDArray[np.float64]


def save_holdout(platform: Platform, model: RegisteredModel, holdout_predictions: HoldoutPredictions) -> None:
    """Store the predictions as an artifact of the model; an existing one is never overwritten."""
    save(platform, model, FILE, _to_parquet(holdout_predictions))


def holdout_predictions(platform: Platform, model: RegisteredModel) -> HoldoutPredictions:
    """Return the predictions made at upload, or recompute them for models stored without.

    Raises Refused if they cannot be recomputed.
    """
    return platform.cache.get(
        (FILE, model.model_id, model.generation),
        lambda: _from_parquet(
            get_or_create(platform, model, FILE, lambda: _to_parquet(recompute_holdout(platform, model)))
        ),
    )


def recompute_holdout(platform: Platform, model: RegisteredModel) -> HoldoutPredictions:
    """Recompute the predictions of the held-out hours."""
    rows = holdout_features(platform, model)
    return HoldoutPredictions(pd.DatetimeIndex(rows.index), probabilities(platform, model, rows))


def holdout_features(platform: Platform, model: RegisteredModel) -> pd.DataFrame:
    """Return the feature rows of the held-out hours with a resolved label; raise Refused if not reproducible."""
    if model.test_from is None or model.test_to is None:
        raise Refused(f"The held-out hours of {model.model_id} are not recorded.", "Upload it again.")
    return labelled_features(platform, model, model.test_from, model.test_to + HOUR)


def labelled_features(
    platform: Platform, model: RegisteredModel, since: pd.Timestamp, until: pd.Timestamp
) -> pd.DataFrame:
    """Return the feature rows of the hours in [since, until) (UTC) with a resolved label.

    Raises Refused if rows are no longer built as they were when the model was trained.
    """
    if not _reproducible(platform, model):
        raise Refused(
            f"{model.model_id} was trained on catalogue {model.catalogue_version}, whose rows are no longer "
            "built.",
            "Train it on the current dataset and upload it again.",
        )
    rows = stored_rows(platform, since, until)
    resolved = (
        model.definition.labels(latest_closes(platform, model.definition.asset)).reindex(rows.index).notna()
    )
    return rows.loc[resolved, model.features]


def _reproducible(platform: Platform, model: RegisteredModel) -> bool:
    """Return True if the model's features are still built as they were for its training rows."""
    trained = model.features_hash
    if trained is None:
        return model.catalogue_version == platform.catalogue.version
    return bool(trained == platform.catalogue.features_hash(model.features))


def model_file(platform: Platform, model: RegisteredModel) -> bytes:
    """Return the bytes of a model's file at its pinned generation."""
    return platform.store.get(model.file, model.generation)


def _to_parquet(holdout_predictions: HoldoutPredictions) -> bytes:
    hours = pa.array(holdout_predictions.hours.as_unit("us"))
    file = io.BytesIO()
    pq.write_table(
        pa.table({"ts": hours, "probability": holdout_predictions.probability}), file, compression="zstd"
    )
    return file.getvalue()


def _from_parquet(data: bytes) -> HoldoutPredictions:
    table = pq.read_table(io.BytesIO(data))
    hours = pd.DatetimeIndex(table["ts"].to_pandas()).as_unit("us")
    return HoldoutPredictions(hours, table["probability"].to_numpy())
