"""What a model said of its held-out hours: kept beside its file, so that models can be compared hour by hour."""

import io
from dataclasses import dataclass

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from ppa.core.errors import Refused
from ppa.core.times import HOUR
from ppa.modelfiles import sandbox
from ppa.platform import Platform
from ppa.repository.artifacts import get_or_create, save
from ppa.repository.models import RegisteredModel
from ppa.repository.prices import latest_closes
from ppa.repository.rows import stored_rows

FILE = "heldout.parquet"


@dataclass(frozen=True)
class HoldoutPredictions:
    """The probability of 1 for each held-out hour, in time order; hours are UTC."""

    hours: pd.DatetimeIndex
    probability: NDArray[np.float64]


def save_holdout(platform: Platform, model: RegisteredModel, holdout_predictions: HoldoutPredictions) -> None:
    """Write it beside the model's file; where it is there already, that one stays."""
    save(platform, model, FILE, _written(holdout_predictions))


def holdout_predictions(platform: Platform, model: RegisteredModel) -> HoldoutPredictions:
    """As it was on upload; Refused where an older model, of which nothing was kept, cannot be asked again."""
    return platform.cache.get(
        (FILE, model.model_id, model.generation),
        lambda: _read(
            get_or_create(platform, model, FILE, lambda: _written(recompute_holdout(platform, model)))
        ),
    )


def recompute_holdout(platform: Platform, model: RegisteredModel) -> HoldoutPredictions:
    """Predict the held-out hours anew, in the gate's child process."""
    rows = holdout_features(platform, model)
    return HoldoutPredictions(
        pd.DatetimeIndex(rows.index), sandbox.run(model_file(platform, model), rows).probability
    )


def holdout_features(platform: Platform, model: RegisteredModel) -> pd.DataFrame:
    """The model's features of its held-out hours with a known label; Refused where they are no more."""
    if model.test_from is None or model.test_to is None:
        raise Refused(f"It is not known on which hours {model.model_id} was tested.", "Upload it again.")
    return labelled_features(platform, model, model.test_from, model.test_to + HOUR)


def labelled_features(
    platform: Platform, model: RegisteredModel, since: pd.Timestamp, until: pd.Timestamp
) -> pd.DataFrame:
    """The model's features of the hours in [since, until) with a known label; Refused where they are no more."""
    if not _made_alike(platform, model):
        raise Refused(
            f"{model.model_id} was trained on catalogue {model.catalogue_version}, whose rows are no longer "
            "made.",
            "Train it on today's dataset and upload it again.",
        )
    rows = stored_rows(platform, since, until)
    known = (
        model.definition.labels(latest_closes(platform, model.definition.asset)).reindex(rows.index).notna()
    )
    return rows.loc[known, model.features]


def _made_alike(platform: Platform, model: RegisteredModel) -> bool:
    """Whether rows are made today as those were that the model was trained on, whatever other columns there are."""
    then = model.feature_definition
    if then is None:
        return model.catalogue_version == platform.catalogue.version
    return bool(then == platform.catalogue.features_hash(model.features))


def model_file(platform: Platform, model: RegisteredModel) -> bytes:
    """The bytes of a model's file, by its pinned generation."""
    return platform.store.get(model.file, model.generation)


def _written(holdout_predictions: HoldoutPredictions) -> bytes:
    hours = pa.array(holdout_predictions.hours.as_unit("us"))
    file = io.BytesIO()
    pq.write_table(
        pa.table({"ts": hours, "probability": holdout_predictions.probability}), file, compression="zstd"
    )
    return file.getvalue()


def _read(data: bytes) -> HoldoutPredictions:
    table = pq.read_table(io.BytesIO(data))
    hours = pd.DatetimeIndex(table["ts"].to_pandas()).as_unit("us")
    return HoldoutPredictions(hours, table["probability"].to_numpy())
