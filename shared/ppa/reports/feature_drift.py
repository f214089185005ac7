"""Drift of what a model is fed, and of what it says, since it was trained."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from ppa.core.evaluation.drift import Drift, DriftBaseline, compare, drift_baseline
from ppa.core.times import HOUR, utc
from ppa.platform import Platform
from ppa.reports.expected_performance import held_out_of
from ppa.reports.performance import Record
from ppa.repository.models import RegisteredModel
from ppa.repository.rows import held_rows


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
    before = drift_baselines(platform, model)
    features = _features(platform, model, pd.DatetimeIndex(told["ts"]), before)
    said = prediction_baseline(platform, model)
    probability = told["probability"].to_numpy(dtype=np.float64)
    drift = compare(probability, said) if said is not None and len(told) else None
    return FeatureDrift(told["ts"].min() if len(told) else made.since(window), len(told), features, drift)


def drift_baselines(platform: Platform, model: RegisteredModel) -> Mapping[str, DriftBaseline]:
    """Each feature's distribution over the training hours, as their rows are made today."""
    key = ("references", model.model_id, model.row["generation"], platform.catalogue.version)
    return platform.cache.get(key, lambda: _references(platform, model))


def prediction_baseline(platform: Platform, model: RegisteredModel) -> DriftBaseline | None:
    """The distribution of the probabilities on the held-out hours."""
    said = held_out_of(platform, model)
    return None if said is None else drift_baseline(said.probability)


def _references(platform: Platform, model: RegisteredModel) -> Mapping[str, DriftBaseline]:
    rows = held_rows(platform, utc(model.row["train_from"]), utc(model.row["train_to"]) + HOUR)
    return {name: drift_baseline(rows[name]) for name in model.features if name in rows}


def _features(
    platform: Platform, model: RegisteredModel, hours: pd.DatetimeIndex, before: Mapping[str, DriftBaseline]
) -> Mapping[str, Drift]:
    if not len(hours):
        return {}
    rows = held_rows(platform, hours[0], hours[-1] + HOUR).reindex(hours)
    return {name: compare(rows[name], known) for name, known in before.items()}
