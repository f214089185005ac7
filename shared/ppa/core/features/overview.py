"""Every feature at a glance: how much of the time it has a value, since when, and its course."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

POINTS, HIGHEST = 60, 99

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class FeatureOverview:
    """`coverage` is the share of all hours that have a value; the hours are the first and last of those, UTC.

    `sparkline` is the mean of each of up to `POINTS` equally long pieces of time, as whole numbers from 0 (the
    least of them) to `HIGHEST`; None where a piece has no value.
    """

    coverage: float
    first_hour: pd.Timestamp | None
    last_hour: pd.Timestamp | None
    sparkline: tuple[int | None, ...]


def feature_overviews(rows: pd.DataFrame, points: int = POINTS) -> dict[str, FeatureOverview]:
    """An overview of each float64 column of `rows`, which are indexed by hours in UTC, in order."""
    values = rows.to_numpy(dtype=np.float64)
    if not len(rows):
        return {str(name): FeatureOverview(0.0, None, None, ()) for name in rows.columns}
    known = ~np.isnan(values)
    edges = np.unique(np.linspace(0, len(rows), min(points, len(rows)) + 1).astype(np.int64))[:-1]
    sums = np.add.reduceat(np.where(known, values, 0.0), edges)
    counts = np.add.reduceat(known.astype(np.int64), edges)
    means = np.where(counts > 0, sums / np.maximum(counts, 1), np.nan)
    times = pd.DatetimeIndex(rows.index)
    parts = zip(rows.columns, known.T, means.T, strict=True)
    return {str(name): _overview(times, has, course) for name, has, course in parts}


def _overview(times: pd.DatetimeIndex, has: NDArray[np.bool_], course: Floats) -> FeatureOverview:
    if not has.any():
        return FeatureOverview(0.0, None, None, (None,) * len(course))
    first, last = int(has.argmax()), len(has) - 1 - int(has[::-1].argmax())
    return FeatureOverview(float(has.mean()), times[first], times[last], tuple(_scaled(course)))


def _scaled(course: Floats) -> Iterator[int | None]:
    low, high = np.nanmin(course), np.nanmax(course)
    for value in ((course - low) / (high - low or 1.0) * HIGHEST).tolist():
        yield None if np.isnan(value) else round(value)
