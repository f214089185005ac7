"""Overview of each feature: coverage, first and last hour, and a sparkline."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

POINTS, HIGHEST = 60, 99

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class FeatureOverview:
    """Coverage and sparkline of one feature.

    `coverage` is the share of hours with a value, `first_hour` and `last_hour` the first and last of them (UTC).
    `sparkline` holds the means of up to `POINTS` equal stretches of time, scaled to integers from 0 (the lowest) to
    `HIGHEST`; None for a stretch without values.
    """

    coverage: float
    first_hour: pd.Timestamp | None
    last_hour: pd.Timestamp | None
    sparkline: tuple[int | None, ...]


def feature_overviews(rows: pd.DataFrame, points: int = POINTS) -> dict[str, FeatureOverview]:
    """Summarise each float64 column of `rows`, indexed by hour (UTC, ascending)."""
    values = rows.to_numpy(dtype=np.float64)
    if not len(rows):
        return {str(name): FeatureOverview(0.0, None, None, ()) for name in rows.columns}
    present = ~np.isnan(values)
    edges = np.unique(np.linspace(0, len(rows), min(points, len(rows)) + 1).astype(np.int64))[:-1]
    sums = np.add.reduceat(np.where(present, values, 0.0), edges)
    counts = np.add.reduceat(present.astype(np.int64), edges)
    means = np.where(counts > 0, sums / np.maximum(counts, 1), np.nan)
    times = pd.DatetimeIndex(rows.index)
    columns = zip(rows.columns, present.T, means.T, strict=True)
    return {str(name): _overview(times, valid, points) for name, valid, points in columns}


def _overview(times: pd.DatetimeIndex, valid: NDArray[np.bool_], means: Floats) -> FeatureOverview:
    if not valid.any():
        return FeatureOverview(0.0, None, None, (None,) * len(means))
    first, last = int(valid.argmax()), len(valid) - 1 - int(valid[::-1].argmax())
    return FeatureOverview(float(valid.mean()), times[first], times[last], tuple(_scaled(means)))


def _scaled(means: Floats) -> Iterator[int | None]:
    low, high = np.nanmin(means), np.nanmax(means)
    for value in ((means - low) / (high - low or 1.0) * HIGHEST).tolist():
        yield None if np.isnan(value) else round(value)
