"""How far a row lies from the rows that a model was trained on, relative to their own spread.

Each feature has a location, its median in the training rows, and a scale: the interquartile range over 1.349, which
is the standard deviation of a normal distribution; half the range where the middle half is all alike; 1 where all
are. A row's distance is the root mean square of its robust z-scores (Iglewicz and Hoaglin, "How to Detect and Handle
Outliers", 1993) over the features that it has. Its novelty is that distance over the one that 99 of 100 training rows
keep within: 1 is as far out as the outermost hundredth of what the model has seen (the distance-based applicability
domain of Sahigara and others, Molecules 17, 2012).

Order statistics, + - * / and square roots in a fixed order only: the same numbers on every machine, bit for bit,
whether one row is measured or a thousand.
"""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

Floats = NDArray[np.float64]
NORMAL_QUARTILES = 1.349
# a feature that more training rows lack is one the model has learned to do without
RARELY_MISSING = 0.01
# novelty beyond which a row is outside, and never less than the farthest training row's own
NOVELTY_LIMIT = 3.0
MIN_ROWS = 30


@dataclass(frozen=True)
class NoveltyProfile:
    """The training rows in short, a number a feature in the model's order; NaN where no row had the feature.

    `missing` are shares of rows, `unit` the distance that 99% of the rows keep within, `farthest` the greatest novelty.
    """

    rows: int
    location: tuple[float, ...]
    scale: tuple[float, ...]
    missing: tuple[float, ...]
    unit: float
    farthest: float

    @property
    def limit(self) -> float:
        """The novelty beyond which a row is outside of what the model was trained on."""
        return max(NOVELTY_LIMIT, self.farthest)

    def novelty(self, vectors: Floats) -> Floats:
        """Novelty of each row of `vectors` (rows, features); NaN where a row has no feature at all."""
        return _distances(self.z_scores(vectors)) / self.unit

    def z_scores(self, vectors: Floats) -> Floats:
        """How many scales each value lies from its location; NaN where it is missing."""
        scores: Floats = (vectors - np.array(self.location)) / np.array(self.scale)
        return scores

    def expected_features(self) -> NDArray[np.bool_]:
        """Which features the model was trained with present."""
        return np.array(self.missing) <= RARELY_MISSING

    def to_json(self) -> str:
        """As JSON, null for NaN; floats come back as the very same ones."""
        fields = {name: _nulls(value) for name, value in asdict(self).items()}
        return json.dumps(fields, allow_nan=False)


def novelty_profile(rows: pd.DataFrame) -> NoveltyProfile | None:
    """The reference of training rows (a float column a feature); None where there are too few to tell."""
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
    """The reference that `to_json` wrote."""
    fields = json.loads(text)
    nan = float("nan")
    sequences = {
        name: tuple(nan if value is None else value for value in fields[name])
        for name in ("location", "scale", "missing")
    }
    return NoveltyProfile(**{**fields, **sequences})


def farthest_features(
    reference: NoveltyProfile, vector: Floats, names: Sequence[str], maximum: int = 3
) -> str:
    """The features that make a row novel, in words, the farthest first."""
    scores = np.abs(reference.z_scores(vector))
    order = np.argsort(-np.nan_to_num(scores, nan=-1.0), kind="stable")[:maximum]
    return ", ".join(f"{names[at]} ({scores[at]:.1f})" for at in order if scores[at] > 1)


def _spread(column: Floats) -> tuple[float, float]:
    """Location and scale of one feature's training values."""
    values = np.sort(column[~np.isnan(column)])
    if not len(values):
        return float("nan"), float("nan")
    quartiles = (_at(values, 0.75) - _at(values, 0.25)) / NORMAL_QUARTILES
    return _at(values, 0.5), quartiles or (float(values[-1]) - float(values[0])) / 2 or 1.0


def _nulls(value: object) -> object:
    return [None if item != item else item for item in value] if isinstance(value, tuple) else value


def _at(ordered: Floats, share: float) -> float:
    """The value at a share of sorted ones, without interpolation."""
    return float(ordered[int(share * (len(ordered) - 1))])


def _distances(scores: Floats) -> Floats:
    present = ~np.isnan(scores)
    squares = np.where(present, np.square(scores), 0.0)
    total, count = np.zeros(len(scores)), present.sum(axis=1)
    # feature by feature: the order of the additions is the same for one row and for many
    for column in squares.T:
        total += column
    distances: Floats = np.sqrt(total / np.where(count > 0, count, np.nan))
    return distances
