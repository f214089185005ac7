"""Novelty of a row: its distance from a model's training rows, relative to their own spread.

Each feature has a location, its median in the training rows, and a scale: the interquartile range divided by 1.349
(the standard deviation of a normal distribution), or half the range if the interquartile range is 0, or 1 if the
feature is constant. The distance of a row is the root mean square of its robust z-scores (Iglewicz and Hoaglin, "How to
Detect and Handle Outliers", 1993) over its present features. Its novelty is that distance divided by the 99th
percentile of the training rows' distances (the distance-based applicability domain of Sahigara and others, Molecules
17, 2012).

Only order statistics, + - * / and square roots in a fixed order are used, so that results are bit-identical on every
machine, for one row or many.
"""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

Floats = NDArray[np.float64]
NORMAL_QUARTILES = 1.349
# largest share of training rows that may lack a feature for it to be expected in every row
RARELY_MISSING = 0.01
# minimum of the novelty limit; a profile's limit is at least the novelty of its farthest training row
NOVELTY_LIMIT = 3.0
MIN_ROWS = 30


@dataclass(frozen=True)
class NoveltyProfile:
    """Spread of a model's training rows, one element per feature in the model's order; NaN for an absent feature.

    `missing` holds the share of rows without the feature, `unit` the 99th percentile of the distances, `farthest` the
    largest novelty of a training row.
    """

    rows: int
    location: tuple[float, ...]
    scale: tuple[float, ...]
    missing: tuple[float, ...]
    unit: float
    farthest: float

    @property
    def limit(self) -> float:
        """Novelty above which a row lies outside the training data."""
        return max(NOVELTY_LIMIT, self.farthest)

    def novelty(self, vectors: Floats) -> Floats:
        """Novelty of each row of `vectors`, of shape (rows, features); NaN for a row without any feature."""
        return _distances(self.z_scores(vectors)) / self.unit

    def z_scores(self, vectors: Floats) -> Floats:
        """Robust z-score of each value; NaN where it is missing."""
        scores: Floats = (vectors - np.array(self.location)) / np.array(self.scale)
        return scores

    def expected_features(self) -> NDArray[np.bool_]:
        """Mask of the features that (nearly) all training rows had."""
        return np.array(self.missing) <= RARELY_MISSING

    def to_json(self) -> str:
        """Serialise as JSON, with null for NaN; `parse_profile` restores identical floats."""
        fields = {name: _nulls(value) for name, value in asdict(self).items()}
        return json.dumps(fields, allow_nan=False)


def novelty_profile(rows: pd.DataFrame) -> NoveltyProfile | None:
    """Compute the profile of training rows (one float column per feature); None with fewer than `MIN_ROWS` rows."""
    if len(rows) < MIN_ROWS or not rows.shape[1]:
        return None
    values = np.ascontiguousarray(rows.to_numpy(dtype=np.float64, na_value=np.nan))
    spreads = [_spread(column) for column in values.T]
    missing = np.isnan(values).sum(axis=0) / len(values)
    location, scale = tuple(middle for middle, _ in spreads), tuple(width for _, width in spreads)
    plain = NoveltyProfile(len(values), location, scale, tuple(missing.tolist()), 1.0, 0.0)
    distances = np.sort(plain.novelty(values))
    distances = distances[~np.isnan(distances)]
    if not len(distances):
        return None
    unit = _at(distances, 0.99) or 1.0
    return NoveltyProfile(len(values), location, scale, plain.missing, unit, float(distances[-1]) / unit)


def parse_profile(text: str) -> NoveltyProfile:
    """Parse a profile written by `NoveltyProfile.to_json`."""
    fields = json.loads(text)
    nan = float("nan")
    sequences = {
        name: tuple(nan if value is None else value for value in fields[name])
        for name in ("location", "scale", "missing")
    }
    return NoveltyProfile(**{**fields, **sequences})


def farthest_features(profile: NoveltyProfile, vector: Floats, names: Sequence[str], maximum: int = 3) -> str:
    """List the features farthest from the training rows with their z-scores, farthest first."""
    scores = np.abs(profile.z_scores(vector))
    order = np.argsort(-np.nan_to_num(scores, nan=-1.0), kind="stable")[:maximum]
    return ", ".join(f"{names[at]} ({scores[at]:.1f})" for at in order if scores[at] > 1)


def _spread(column: Floats) -> tuple[float, float]:
    """Location and scale of one feature in the training rows."""
    values = np.sort(column[~np.isnan(column)])
    if not len(values):
        return float("nan"), float("nan")
    quartiles = (_at(values, 0.75) - _at(values, 0.25)) / NORMAL_QUARTILES
    return _at(values, 0.5), quartiles or (float(values[-1]) - float(values[0])) / 2 or 1.0


def _nulls(value: object) -> object:
    return [None if item != item else item for item in value] if isinstance(value, tuple) else value


def _at(ordered: Floats, share: float) -> float:
    """Quantile of sorted values, without interpolation."""
    return float(ordered[int(share * (len(ordered) - 1))])


def _distances(scores: Floats) -> Floats:
    present = ~np.isnan(scores)
    squares = np.where(present, np.square(scores), 0.0)
    total, count = np.zeros(len(scores)), present.sum(axis=1)
    # feature by feature, so that the order of the additions is the same for one row and for many
    for column in squares.T:
        total += column
    distances: Floats = np.sqrt(total / np.where(count > 0, count, np.nan))
    return distances
