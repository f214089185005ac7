"""What a model said of its held-out hours: kept beside its file, so that models can be compared hour by hour.

It follows from the model's file and its row, so it is written after the row, and made again where it is missing.
"""

import io
import logging
from dataclasses import dataclass

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from shared.errors import Conflict, Refused, Unavailable
from shared.frames import HOUR, utc
from shared.jobs.build import stored_rows
from shared.labels import closes
from shared.models.gate import examine
from shared.models.models import Model
from shared.models.store import ModelStore
from shared.platform import Platform

logger = logging.getLogger("ppa.models")


@dataclass(frozen=True)
class HeldOut:
    """The probability of 1 for each held-out hour, in time order; hours are UTC."""

    hours: pd.DatetimeIndex
    probability: NDArray[np.float64]


def keep_held_out(platform: Platform, model: Model, held_out: HeldOut) -> None:
    """Write it beside the model's file; where it is there already, that one stays."""
    table = pa.table({"ts": pa.array(held_out.hours.as_unit("us")), "probability": held_out.probability})
    file = io.BytesIO()
    pq.write_table(table, file, compression="zstd")
    try:
        platform.store.put(_file_name(model), file.getvalue())
    except (Conflict, Unavailable) as error:
        # the model is registered, and what is missing here is made again when it is asked for
        logger.warning("the held-out answers of %s were not kept: %s", model.model_id, error)


def held_out(platform: Platform, model: Model) -> HeldOut:
    """As it was on upload; ModelRefused or Refused where an older model cannot be asked again."""
    return platform.memo.get(
        ("held out", model.model_id, model.row["generation"]), lambda: _found(platform, model)
    )


def _found(platform: Platform, model: Model) -> HeldOut:
    stored = _stored(platform.store, model)
    if stored is None:
        stored = ask_again(platform, model)
        keep_held_out(platform, model, stored)
    return stored


def ask_again(platform: Platform, model: Model) -> HeldOut:
    """Predict the held-out hours anew, in the gate's child process."""
    rows = held_out_features(platform, model)
    data = platform.store.get(str(model.row["file"]), int(model.row["generation"]))
    return HeldOut(pd.DatetimeIndex(rows.index), examine(data, rows).probability)


def held_out_features(platform: Platform, model: Model) -> pd.DataFrame:
    """The model's features of its held-out hours with a known label; Refused where they are no more."""
    if model.row["catalogue_version"] != platform.catalogue.version or model.row["test_from"] is None:
        raise Refused(
            f"{model.model_id} was trained on catalogue {model.row['catalogue_version']}, whose rows are no longer "
            "made: train it on today's dataset and upload it again."
        )
    rows = stored_rows(platform, utc(model.row["test_from"]), utc(model.row["test_to"]) + HOUR)
    known = model.spec.labels(closes(platform, model.spec.asset)).reindex(rows.index).notna()
    return rows.loc[known, model.features]


def _stored(store: ModelStore, model: Model) -> HeldOut | None:
    name = _file_name(model)
    for file in store.names(name):
        table = pq.read_table(io.BytesIO(store.get(name, file.generation)))
        hours = pd.DatetimeIndex(table["ts"].to_pandas()).as_unit("us")
        return HeldOut(hours, table["probability"].to_numpy())
    return None


def _file_name(model: Model) -> str:
    return f"{model.row['name']}/{model.model_id}.heldout.parquet"
