"""Drift of what a model is fed, and of what it says, since it was trained."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from shared.evaluation.drift import Drift, Reference, compare, reference
from shared.evaluation.outlook import held_out_of
from shared.evaluation.performance import Record
from shared.frames import HOUR, utc
from shared.jobs.build import held_rows
from shared.models.models import Model
from shared.platform import Platform


@dataclass(frozen=True)
class FeatureDrift:
    """Every feature of a model beside its training hours, and its probabilities beside the held-out ones."""

    since: pd.Timestamp
    hours: int
    features: Mapping[str, Drift]
    predictions: Drift | None


def feature_drift(platform: Platform, made: Record, window: str) -> FeatureDrift:
    """Drift of a record's hours within a window, whether or not their outcomes are known."""
    model, rows = made.model, made.answers
    told = rows[(rows["ts"] >= made.since(window)) & ~rows["seen"] & rows["probability"].notna()]
    before = references(platform, model)
    features = _features(platform, model, pd.DatetimeIndex(told["ts"]), before)
    said = prediction_reference(platform, model)
    probability = told["probability"].to_numpy(dtype=np.float64)
    drift = compare(probability, said) if said is not None and len(told) else None
    return FeatureDrift(told["ts"].min() if len(told) else made.since(window), len(told), features, drift)


def references(platform: Platform, model: Model) -> Mapping[str, Reference]:
    """Each feature's distribution over the training hours, as their rows are made today."""
    key = ("references", model.model_id, model.row["generation"], platform.catalogue.version)
    return platform.memo.get(key, lambda: _references(platform, model))


def prediction_reference(platform: Platform, model: Model) -> Reference | None:
    """The distribution of the probabilities on the held-out hours."""
    said = held_out_of(platform, model)
    return None if said is None else reference(said.probability)


def _references(platform: Platform, model: Model) -> Mapping[str, Reference]:
    rows = held_rows(platform, utc(model.row["train_from"]), utc(model.row["train_to"]) + HOUR)
    return {name: reference(rows[name]) for name in model.features if name in rows}


def _features(
    platform: Platform, model: Model, hours: pd.DatetimeIndex, before: Mapping[str, Reference]
) -> Mapping[str, Drift]:
    if not len(hours):
        return {}
    rows = held_rows(platform, hours[0], hours[-1] + HOUR).reindex(hours)
    return {name: compare(rows[name], known) for name, known in before.items()}
