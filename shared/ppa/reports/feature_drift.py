"""Drift of a model's features and probabilities since training."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from ppa.core.evaluation.drift import Drift, DriftBaseline, compare, drift_baseline
from ppa.core.times import HOUR
from ppa.platform import Platform
from ppa.reports.expected_performance import holdout_or_none
from ppa.reports.performance import Record
from ppa.repository.models import RegisteredModel
from ppa.repository.rows import held_rows


@dataclass(frozen=True)
class FeatureDrift:
    """Drift of each feature against the training hours, and of the probabilities against the held-out hours."""

    since: pd.Timestamp
    hours: int
    features: Mapping[str, Drift]
    predictions: Drift | None


def feature_drift(platform: Platform, record: Record, window: str) -> FeatureDrift:
    """Drift over a record's hours within a window, pending ones included."""
    model, rows = record.model, record.rows
    predicted = rows[(rows["ts"] >= record.since(window)) & ~rows["seen"] & rows["probability"].notna()]
    baselines = drift_baselines(platform, model)
    features = _features(platform, model, pd.DatetimeIndex(predicted["ts"]), baselines)
    baseline = prediction_baseline(platform, model)
    probability = predicted["probability"].to_numpy(dtype=np.float64)
    drift = compare(probability, baseline) if baseline is not None and len(predicted) else None
    return FeatureDrift(
        predicted["ts"].min() if len(predicted) else record.since(window), len(predicted), features, drift
    )


def drift_baselines(platform: Platform, model: RegisteredModel) -> Mapping[str, DriftBaseline]:
    """Drift baseline of each feature: its distribution over the training hours, from rows as computed today."""
    key = ("references", model.model_id, model.generation, platform.catalogue.version)
    return platform.cache.get(key, lambda: _drift_baselines(platform, model))


def prediction_baseline(platform: Platform, model: RegisteredModel) -> DriftBaseline | None:
    """Drift baseline of the probabilities: their distribution over the held-out hours."""
    predictions = holdout_or_none(platform, model)
    return None if predictions is None else drift_baseline(predictions.probability)


def _drift_baselines(platform: Platform, model: RegisteredModel) -> Mapping[str, DriftBaseline]:
    rows = held_rows(platform, model.train_from, model.train_to + HOUR)
    return {name: drift_baseline(rows[name]) for name in model.features if name in rows}


def _features(
    platform: Platform,
    model: RegisteredModel,
    hours: pd.DatetimeIndex,
    baselines: Mapping[str, DriftBaseline],
) -> Mapping[str, Drift]:
    if not len(hours):
        return {}
    rows = held_rows(platform, hours[0], hours[-1] + HOUR).reindex(hours)
    return {name: compare(rows[name], baseline) for name, baseline in baselines.items()}
