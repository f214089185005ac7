"""A label at a glance: the price in some hundred pieces of time, and how much of each piece is labelled 1."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ppa.core.labels.definition import clock_hours

PIECES = 120

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Sparkline:
    """For each piece of the closes' span, all of one length: the mean close, and the share of known rows that are 1.

    NaN where there is no close, and where no row of the piece lies in the label's range or is known yet.
    """

    begins: pd.Timestamp
    ends: pd.Timestamp
    close: Floats
    share: Floats


def sparkline(closes: "pd.Series[float]", labels: "pd.Series[int]", pieces: int = PIECES) -> Sparkline | None:
    """Draw hourly `closes` (UTC, in order) and the `labels` (Int8) of some of their hours; None without closes."""
    known = closes.dropna()
    if known.empty:
        return None
    hours, told = clock_hours(known.index), labels.dropna().astype(np.float64)
    span = hours[-1] - hours[0] + 1
    count = min(pieces, int(span))
    rows = (clock_hours(told.index) - hours[0]) * count // span
    return Sparkline(
        pd.Timestamp(known.index[0]),
        pd.Timestamp(known.index[-1]),
        _means((hours - hours[0]) * count // span, known, count),
        _means(rows, told, count),
    )


def _means(piece: NDArray[np.int64], values: "pd.Series[float]", count: int) -> Floats:
    sums, rows = np.bincount(piece, values.to_numpy(), count), np.bincount(piece, minlength=count)
    return np.where(rows > 0, sums / np.maximum(rows, 1), np.nan)
