"""Vectorised labels of a complete hourly grid.

Window extremes are computed by doubling (1, 2, 4, … hours) in blocks that fit into the processor's cache, in float32
for speed; rounding preserves order, and rows that compare equal in float32 are compared again in float64. Arguments
are not validated here: see `ppa.core.labels.definition.lookahead_labels`.
"""

import threading
from itertools import cycle

import numpy as np
from numpy.typing import NDArray

from ppa.core.contracts.label import Mode

Floats = NDArray[np.float64]
Rounded = NDArray[np.float32]
Rows = NDArray[np.intp]
Labels = NDArray[np.int8]
MIN_COVERAGE = 0.5  # share of the window's hours below which the volatility is unknown

_BLOCK = 1 << 17
_thread = threading.local()


def lookahead_kernel(
    close: Floats,
    lookahead: int,
    threshold: "float | Floats",
    mode: Mode = "touch",
    stop_loss: "float | Floats" = 0.0,
) -> Labels:
    """Label each row of a complete hourly grid: 1, 0, or -1 where unknown.

    `close` has one row per hour, NaN where there is no bar. `threshold`, and `stop_loss` of a triple barrier, are
    fractions: a scalar, or one value per row, NaN where unknown.
    """
    span = min(lookahead, close.size)
    if mode == "triple_barrier":
        return _triple_barrier(close, span, close * (1 + threshold), close * (1 - stop_loss))
    factor = 1 + (threshold if isinstance(threshold, np.ndarray) else float(threshold))
    closed = close.size - span
    labels = np.empty(close.size, np.int8)
    block = max(_BLOCK, span)
    scratch = _scratch(min(block + span, close.size))
    for start in range(0, closed, block):
        stop = min(start + block, closed)
        part = labels[start:stop]
        _label_closed(close[start : stop + span], span, _rows(factor, start, stop), mode, scratch, part)
    _label_open(close[closed:], _rows(factor, closed, close.size), mode, labels[closed:])
    return labels


def rolling_volatility(close: Floats, window: int) -> Floats:
    """Root mean square of the hourly returns of the last `window` hours, the current hour included.

    A fraction per hour, on a complete hourly grid; NaN where the row has no close or fewer than half of the hours have
    a return. The order of summation depends on the window only, so that results are bit-identical wherever the data
    begins.
    """
    returns = np.full(close.size, np.nan)
    returns[1:] = close[1:] / close[:-1] - 1.0
    present = ~(np.isnan(returns) | np.isnan(close))
    total = _trailing_sum(np.where(present, np.square(returns), 0.0), window)
    count = _trailing_sum(present.astype(np.float64), window)
    covered = (count >= MIN_COVERAGE * window) & ~np.isnan(close)
    return np.where(covered, np.sqrt(total / np.maximum(count, 1.0)), np.nan)


def _scratch(size: int) -> tuple[Floats, Rounded]:
    """Per-thread buffers of `size` float64 and twice as many float32 values; allocation would dominate the run time."""
    buffers: tuple[Floats, Rounded] | None = getattr(_thread, "scratch", None)
    if buffers is None or buffers[0].size < size:
        buffers = _thread.scratch = np.empty(size), np.empty((2, size), np.float32)
    return buffers


def lowest_ahead(close: Floats, lookahead: int) -> Floats:
    """Lowest close of each row's window, as far as the data reaches; NaN in a window without bars."""
    span = min(lookahead, close.size)
    ahead = np.full(close.size + span, np.nan)
    ahead[: close.size - 1] = close[1:]
    return _over_span(np.fmin, _doubled(np.fmin, ahead, span), span, close.size)


def _rows(values: "float | Floats", start: int, stop: int) -> "float | Floats":
    return values[start:stop] if isinstance(values, np.ndarray) else values


def _label_closed(
    close: Floats,
    span: int,
    factor: "float | Floats",
    mode: Mode,
    scratch: tuple[Floats, Rounded],
    labels: Labels,
) -> None:
    """Label the rows whose windows end within `close`: all but the last `span`."""
    target = np.multiply(close[:-span], factor, out=scratch[0][: labels.size])
    if mode == "close":
        labels[_compare(np.greater_equal, np.less, close[span:], target, labels)] = -1
        return
    with np.errstate(over="ignore"):  # values beyond float32 become infinite and are compared again
        reached, goal = _rounded(close, span, target, scratch[1])
    unclear = _compare(np.greater, np.less, reached, goal, labels)
    if unclear.size:
        labels[unclear] = _label_exactly(close, span, target, unclear)


def _compare(
    above: np.ufunc,
    below: np.ufunc,
    reached: NDArray[np.floating],
    goal: NDArray[np.floating],
    labels: Labels,
) -> Rows:
    """Label each row 1 or 0; return the rows that are neither above nor below, such as NaN."""
    hit = above(reached, goal, out=labels.view(np.bool_))
    return np.flatnonzero(hit == below(reached, goal))


def _rounded(close: Floats, span: int, target: Floats, scratch: Rounded) -> tuple[Rounded, Rounded]:
    """Highest close of each window and its target, as float32; rounding preserves order but may produce ties."""
    buffers = cycle(scratch)
    values, width = next(buffers)[: close.size], 1
    values[:] = close
    values = values[1:]
    while width < span:
        step = min(width, span - width)
        size = values.size - step
        values = np.fmax(values[:size], values[step:], out=next(buffers)[:size])
        width += step
    goal = next(buffers)[: target.size]
    goal[:] = target
    return values, goal


def _label_exactly(close: Floats, span: int, target: Floats, rows: Rows) -> Labels:
    """Label some rows in float64: -1 without a target or without a bar in the window."""
    labels = np.full(rows.size, -1, np.int8)
    aimed = np.flatnonzero(~np.isnan(target[rows]))
    if aimed.size:
        rows = rows[aimed]
        highest = _highest_of(close[1:], span, rows)
        labels[aimed] = np.where(np.isnan(highest), -1, highest > target[rows])
    return labels


def _highest_of(ahead: Floats, span: int, rows: Rows) -> Floats:
    """Highest of the `span` values from each row on; NaN without any. Computed for all rows at once if many."""
    if rows.size * span < ahead.size:
        return np.asarray(np.fmax.reduce(ahead[rows[:, None] + np.arange(span)], axis=1))
    return _over_span(np.fmax, _doubled(np.fmax, ahead, span), span, ahead.size - span + 1)[rows]


def _label_open(close: Floats, factor: "float | Floats", mode: Mode, labels: Labels) -> None:
    """Label rows whose windows extend beyond `close`: 1 if the target is already exceeded, else unknown."""
    labels.fill(-1)
    if mode == "touch":
        highest = np.fmax.accumulate(close[:0:-1])[::-1]
        labels[:-1][highest > (close * factor)[:-1]] = 1


def _triple_barrier(close: Floats, span: int, upper: Floats, lower: Floats) -> Labels:
    labels = np.empty(close.size, np.int8)
    block = max(_BLOCK, span)
    for start in range(0, close.size, block):
        stop = min(start + block, close.size)
        ahead = np.full(stop - start + 2 * span, np.nan)
        window = close[start + 1 : stop + span]
        ahead[: window.size] = window
        labels[start:stop] = _first_crossed(ahead, span, upper[start:stop], lower[start:stop])
    unfinished = labels[close.size - span :]
    unfinished[unfinished == _NEITHER] = -1
    labels[labels == _NEITHER] = 0
    return labels


_NEITHER = 2  # no bar of the window crosses a barrier


def _first_crossed(ahead: Floats, span: int, upper: Floats, lower: Floats) -> Labels:
    """Label rows by the barrier crossed first: 1, 0, `_NEITHER`, or -1 where unknown.

    `ahead[i]` is the close of the hour after row `i`, NaN beyond the data.
    """
    highs, lows = _doubled(np.fmax, ahead, span), _doubled(np.fmin, ahead, span)
    highest = _over_span(np.fmax, highs, span, upper.size)
    lowest = _over_span(np.fmin, lows, span, upper.size)
    up, down = highest > upper, lowest < lower
    labels = np.where(up, 1, np.where(down, 0, _NEITHER)).astype(np.int8)
    both = np.flatnonzero(up & down)
    labels[both] = _upper_first(highs, lows, both, upper[both], lower[both])
    labels[np.isnan(upper) | np.isnan(lower) | np.isnan(highest)] = -1
    return labels


def _upper_first(
    highs: list[Floats], lows: list[Floats], rows: NDArray[np.intp], upper: Floats, lower: Floats
) -> NDArray[np.bool_]:
    """True where the upper barrier is crossed first; skips stretches that cross none, the longest first."""
    at = rows.copy()
    for level in range(len(highs) - 1, -1, -1):
        crossed = (highs[level][at] > upper) | (lows[level][at] < lower)
        at += np.where(crossed, 0, 1 << level)
    return np.asarray(highs[0][at] > upper)


def _doubled(extreme: np.ufunc, values: Floats, span: int) -> list[Floats]:
    """Extremes of stretches of 1, 2, 4, … hours up to `span`, ignoring NaN."""
    levels, width = [values], 1
    while 2 * width <= span:
        levels.append(extreme(levels[-1][:-width], levels[-1][width:]))
        width *= 2
    return levels


def _over_span(extreme: np.ufunc, levels: list[Floats], span: int, rows: int) -> Floats:
    """Extreme of the `span` hours from each of the first `rows`, combined from two overlapping stretches."""
    rest = span - (1 << (len(levels) - 1))
    return np.asarray(extreme(levels[-1][:rows], levels[-1][rest : rest + rows]))


def _trailing_sum(values: Floats, window: int) -> Floats:
    """Sum of each value and the `window - 1` before it, by doubling; values before the first count as 0."""
    total, covered = np.zeros_like(values), 0
    width, power = 1, values
    while covered < window and covered < values.size:
        if window & width:
            total[covered:] += power[: values.size - covered]
            covered += width
        longer = power.copy()
        longer[width:] += power[: max(values.size - width, 0)]
        width, power = 2 * width, longer
    return total
