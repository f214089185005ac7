"""Evidence in the values of columns: which is the high, which the close, and which is no volume."""

from collections.abc import Mapping, Sequence
from itertools import pairwise

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]

NEARLY_ALL = 0.99
_TOLERANCE = 1e-9
# prices of one bar are closer than this factor in the median
_ALIKE = 2.0
_WINDOWS = range(2, 201)
_MIN_ROWS = 12


def impossible(bars: Mapping[str, Floats]) -> Mask:
    """Mask of bars whose high is below the low, or whose open or close lies outside (relative tolerance 1e-9)."""
    top, bottom = bars["high"] * (1 + _TOLERANCE), bars["low"] * (1 - _TOLERANCE)
    opened, close = bars["open"], bars["close"]
    outside = (np.maximum(opened, close) > top) | (np.minimum(opened, close) < bottom)
    return outside | (bars["high"] < bars["low"])


def price_order(columns: Sequence[Floats]) -> tuple[str, ...] | None:
    """Role of each of four columns of prices, in ascending order of time; None if the values do not tell.

    The high is the highest of the four and the low the lowest, in nearly all rows. The open is the column that is
    nearer to the close before it.
    """
    rows = np.array(columns)
    rows = rows[:, np.isfinite(rows).all(axis=0) & (rows > 0).all(axis=0)]
    if rows.shape[1] < 2:
        return None
    high, low = _extreme(rows, rows.max(axis=0)), _extreme(rows, rows.min(axis=0))
    if high is None or low is None or high == low:
        return None
    first, second = (i for i in range(4) if i not in (high, low))
    opened = _opening(rows[first], rows[second])
    if opened is None:
        return None
    roles = {high: "high", low: "low", (first, second)[opened]: "open", (second, first)[opened]: "close"}
    return tuple(roles[i] for i in range(4))


def price_window(columns: Mapping[int, Floats]) -> tuple[tuple[int, ...], tuple[str, ...]] | None:
    """The first four columns in a row that are the prices of a bar, and their roles; None if there are none."""
    positions = sorted(columns)
    for window in zip(*(positions[i:] for i in range(4)), strict=False):
        adjacent = all(after == before + 1 for before, after in pairwise(window))
        values = [columns[i] for i in window]
        if adjacent and _alike(values) and (order := price_order(values)):
            return window, order
    return None


def within(values: Floats, low: Floats, high: Floats) -> float:
    """Share of the values, where there are any, that lie between low and high."""
    finite = np.isfinite(values) & (values != 0)
    inside = (values >= low * (1 - 1e-6)) & (values <= high * (1 + 1e-6))
    return float(inside[finite].mean()) if finite.any() else 1.0


def averaged(column: Floats, others: Mapping[int, Floats]) -> tuple[int, int] | None:
    """Column among `others` and window of which `column` is a moving mean in nearly all rows; None if there is none."""
    finite = np.flatnonzero(np.isfinite(column))
    if len(finite) < _MIN_ROWS or np.ptp(column[finite]) == 0:
        return None
    for i, other in others.items():
        sums = np.append(0.0, np.cumsum(np.nan_to_num(other)))
        for window in _WINDOWS:
            rows = finite[finite >= window - 1]
            if len(rows) < _MIN_ROWS:
                break
            means = (sums[rows + 1] - sums[rows + 1 - window]) / window
            if (np.abs(means - column[rows]) <= 1e-3 * np.abs(means) + 1e-9).mean() > NEARLY_ALL:
                return i, window
    return None


def _extreme(rows: Floats, edge: Floats) -> int | None:
    """The column that equals the edge in nearly all rows, and more often than the others do."""
    shares = (np.abs(rows - edge) <= _TOLERANCE * edge).mean(axis=1)
    best, second = np.argsort(shares)[::-1][:2]
    return int(best) if shares[best] >= NEARLY_ALL and shares[best] > shares[second] else None


def _opening(first: Floats, second: Floats) -> int | None:
    """0 if `first` is the open and `second` the close, 1 for the reverse, None if the values do not tell."""
    as_listed = np.abs(np.log(first[1:] / second[:-1]))
    reverse = np.abs(np.log(second[1:] / first[:-1]))
    means = np.median(as_listed), np.median(reverse)
    if max(means) == 0:
        means = as_listed.mean(), reverse.mean()
    if min(means) * 2 > max(means) or max(means) == 0:
        return None
    return int(means[1] < means[0])


def _alike(values: Sequence[Floats]) -> bool:
    with np.errstate(all="ignore"):
        medians = [float(np.nanmedian(column)) if np.isfinite(column).any() else 0.0 for column in values]
    return min(medians) > 0 and max(medians) < _ALIKE * min(medians)
