"""Dependants of withdrawn or replaced imports: predictions and models that were made on their data.

Nothing of them is changed. A prediction is marked if its feature vector can be made again, bit for bit, from what
counted at an earlier moment, and no longer from what counts now.
"""

from collections.abc import Sequence
from hashlib import sha256

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ppa.core.contracts.imports import ImportBatch
from ppa.core.features.rows import as_of_frame, as_of_time, row_hashes
from ppa.core.features.transforms import LOOKBACK_HOURS
from ppa.core.import_batches import REPLACE
from ppa.core.origins import ORIGINS
from ppa.core.precedence import counting
from ppa.core.times import HOUR, parse_time, utc
from ppa.platform import Platform
from ppa.repository.imports import held_batches
from ppa.repository.models import RegisteredModel
from ppa.repository.observations import delivered_observations
from ppa.repository.predictions import predictions
from ppa.repository.rows import series_by_history

Mask = NDArray[np.bool_]


def made_on_withdrawn(platform: Platform, model: RegisteredModel, rows: pd.DataFrame) -> Mask:
    """Return a mask of the predictions, a frame with ts and feature_hash, that were made on withdrawn data."""
    if not len(rows) or not _former_moments(held_batches(platform)):
        return np.zeros(len(rows), dtype=bool)
    token = tuple(platform.warehouse.version_token(name) for name in ("imports", "features_hourly"))
    hours, hashes = pd.DatetimeIndex(rows["ts"]), rows["feature_hash"].to_numpy()
    order = pd.util.hash_pandas_object(rows[["ts", "feature_hash"]], index=False).to_numpy()
    key = ("withdrawn", model.model_id, sha256(order.tobytes()).hexdigest())
    return platform.cache.get(key, lambda: _outdated_and_former(platform, model, hours, hashes), token)


def count_on_withdrawn(platform: Platform, model: RegisteredModel) -> int:
    """Return the number of a model's predictions, of any origin, that were made on withdrawn data."""
    if not _former_moments(held_batches(platform)):
        return 0
    return int(made_on_withdrawn(platform, model, predictions(platform, [model], ORIGINS)).sum())


def former_vectors(
    platform: Platform, features: Sequence[str], hours: pd.DatetimeIndex, hashes: NDArray[np.object_]
) -> Mask:
    """Return a mask of the vectors that were made of data that counted at an earlier moment and has ended since."""
    former = np.zeros(len(hours), dtype=bool)
    for moment in _former_moments(held_batches(platform)):
        left = np.flatnonzero(~former)
        if not len(left):
            break
        rows = _rows_at(platform, hours[left].unique(), moment)
        former[left] = np.asarray(row_hashes(rows.loc[hours[left], list(features)])) == hashes[left]
    return former


def trained_on_withdrawn(platform: Platform, model: RegisteredModel) -> str | None:
    """Return a sentence if imports that the model's rows or labels used have been withdrawn or replaced since."""
    batches = held_batches(platform)
    ended = [batch for batch in batches if _ended_since(batch, batches, _trained_at(model))]
    used = [batch for batch in ended if _uses(platform, model, batch)]
    if not used:
        return None
    named = ", ".join(f"{batch.batch_id} ({batch.first:%Y-%m-%d} to {batch.last:%Y-%m-%d})" for batch in used)
    return f"It was trained on data that has been withdrawn or replaced since: {named}. Train it again."


def _outdated_and_former(
    platform: Platform, model: RegisteredModel, hours: pd.DatetimeIndex, hashes: NDArray[np.object_]
) -> Mask:
    features = list(model.features)
    if not set(features) <= set(platform.catalogue.feature_names):
        return np.zeros(len(hours), dtype=bool)
    present = platform.series_cache.rows(platform.warehouse, platform.catalogue)[features]
    now = np.asarray(row_hashes(present.reindex(hours)))
    outdated = np.flatnonzero((now != hashes) | ~hours.isin(present.index))
    mask = np.zeros(len(hours), dtype=bool)
    mask[outdated] = former_vectors(platform, features, hours[outdated], hashes[outdated])
    return mask


def _former_moments(batches: Sequence[ImportBatch]) -> list[pd.Timestamp]:
    """Return the last moments at which something counted that has been withdrawn or replaced since, newest first."""
    ends = {batch.ended_at for batch in batches if batch.ended_at is not None}
    ends |= {batch.at for batch in batches if batch.mode == REPLACE}
    changes = sorted({batch.at for batch in batches} | ends)
    last = max(ends, default=None)
    return [] if last is None else [moment - _TICK for moment in reversed(changes) if moment <= last]


def _rows_at(platform: Platform, hours: pd.DatetimeIndex, moment: pd.Timestamp) -> pd.DataFrame:
    """Build the rows of `hours` from what counted at `moment` (UTC)."""
    batches = [one for batch in held_batches(platform) if (one := batch.as_known_at(moment)) is not None]
    stored = {batch.batch_id for batch in batches}
    cut = as_of_time(hours.max(), platform.catalogue)
    parts = []
    for since, names in series_by_history(platform.catalogue, hours.min()).items():
        rows = delivered_observations(platform, names, since, cut)
        rows = rows[(rows["ingested_at"] <= moment) & (rows["batch"].isna() | rows["batch"].isin(stored))]
        parts.append(rows[counting(rows, batches) & np.asarray(rows["known_at"] <= cut)])
    columns = ["series", "event_time", "known_at", "value"]
    return as_of_frame(pd.concat(parts, ignore_index=True)[columns], platform.catalogue, hours)


def _ended_since(batch: ImportBatch, batches: Sequence[ImportBatch], moment: pd.Timestamp) -> bool:
    if batch.at > moment:
        return False
    withdrawn = batch.ended_at is not None and batch.ended_at > moment
    return withdrawn or any(_replaces(other, batch) and other.at > moment for other in batches)


def _replaces(new: ImportBatch, old: ImportBatch) -> bool:
    same = new.source == old.source and not set(new.series).isdisjoint(old.series)
    return new.mode == REPLACE and new.counted and same and new.first <= old.last and old.first <= new.last


def _uses(platform: Platform, model: RegisteredModel, batch: ImportBatch) -> bool:
    inputs = {f.name: f.inputs for f in platform.catalogue.features}
    used = {series for name in model.features for series in inputs.get(name, ())}
    used.add(platform.catalogue.asset(model.definition.asset).series("close"))
    since = model.train_from - LOOKBACK_HOURS * HOUR
    until = (model.test_to or model.train_to) + (1 + model.definition.lookahead) * HOUR
    return not used.isdisjoint(batch.series) and batch.first <= until and since <= batch.last


def _trained_at(model: RegisteredModel) -> pd.Timestamp:
    queried_at = (model.manifest or {}).get("queried_at")
    return utc(model.uploaded_at) if queried_at is None else parse_time(queried_at)


_TICK = pd.Timedelta(microseconds=1)
