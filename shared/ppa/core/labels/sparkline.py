"""Sparkline of a label: mean close and share of label 1 over equal stretches of time."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ppa.core.labels.definition import clock_hours

PIECES = 120

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Sparkline:
    """Mean close and share of label 1 in equal stretches from `begins` to `ends` (UTC).

    `close` is NaN in a stretch without closes, `share` in one without a known label.
    """

    begins: pd.Timestamp
    ends: pd.Timestamp
    close: Floats
    share: Floats


def sparkline(closes: "pd.Series[float]", labels: "pd.Series[int]", pieces: int = PIECES) -> Sparkline | None:
    """Summarise hourly `closes` (UTC, ascending) and their `labels` (Int8) in at most `pieces` stretches.

    Returns None without closes.
    """
    prices = closes.dropna()
    if prices.empty:
        return None
    hours, resolved = clock_hours(prices.index), labels.dropna().astype(np.float64)
    span = hours[-1] - hours[0] + 1
    count = min(pieces, int(span))
    rows = (clock_hours(resolved.index) - hours[0]) * count // span
    return Sparkline(
        pd.Timestamp(prices.index[0]),
        pd.Timestamp(prices.index[-1]),
        _means((hours - hours[0]) * count // span, prices, count),
        _means(rows, resolved, count),
    )


def _means(piece: NDArray[np.int64], values: "pd.Series[float]", count: int) -> Floats:
    sums, rows = np.bincount(piece, values.to_numpy(), count), np.bincount(piece, minlength=count)
    return np.where(rows > 0, sums / np.maximum(rows, 1), np.nan)
