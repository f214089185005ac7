"""Operators with a table for each column: encoders, bins and piecewise linear functions."""

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from ppa.core.programs.graph import FloatArray, Values
from ppa.core.programs.operators.operator import (
    Compute,
    Operator,
    Signal,
    array,
    increasing,
    integers,
    numbers,
    require,
    starts_of,
)

_STEPS = 30  # of a binary search


def _parts(starts: NDArray[np.intp], *arrays: FloatArray) -> list[tuple[FloatArray, ...]]:
    return [
        tuple(one[a:b] for one in arrays)
        for a, b in zip(starts[:-1].tolist(), starts[1:].tolist(), strict=True)
    ]


def _bounds(*arrays: FloatArray) -> tuple[float, float, bool]:
    joined = np.concatenate(arrays)
    numbers_only = joined[~np.isnan(joined)]
    low, high = float(numbers_only.min(initial=0.0)), float(numbers_only.max(initial=0.0))
    return low, high, len(numbers_only) < len(joined)


def _lookup(values: Values, of: Sequence[Signal]) -> Signal:
    width = of[0].width
    starts = starts_of(values, width, "keys", "results")
    require(increasing(array(values, "keys"), starts, strictly=True), "keys do not increase")
    for name in ("unknown", "missing"):
        require(len(array(values, name)) == width, f"{name} does not have {width} values")
    results = _bounds(*(array(values, name) for name in ("results", "unknown", "missing")))
    return Signal(width, *results, _STEPS * width, 2 * width)


def _lookup_compute(values: Values) -> Compute:
    keys, results, unknown, missing = (
        array(values, name) for name in ("keys", "results", "unknown", "missing")
    )
    tables = _parts(array(values, "starts").astype(np.intp), keys, results)

    def compute(x: FloatArray) -> FloatArray:
        out = np.where(np.isnan(x), missing, unknown)
        for j, (key, result) in enumerate(tables):
            if len(key):
                place = np.minimum(np.searchsorted(key, x[:, j]), len(key) - 1)
                hit = key.take(place) == x[:, j]
                out[hit, j] = result.take(place[hit])
        return out

    return compute


def _bins(values: Values, of: Sequence[Signal]) -> Signal:
    width = of[0].width
    starts = starts_of(values, width, "edges")
    require(increasing(array(values, "edges"), starts, strictly=False), "edges decrease")
    return Signal(width, 0.0, float(np.diff(starts).max()), of[0].missing, _STEPS * width, width)


def _bins_compute(values: Values) -> Compute:
    tables = _parts(array(values, "starts").astype(np.intp), array(values, "edges"))

    def compute(x: FloatArray) -> FloatArray:
        out = np.empty(x.shape)
        for j, (edges,) in enumerate(tables):
            out[:, j] = np.searchsorted(edges, x[:, j], side="right")
        out[np.isnan(x)] = np.nan
        return out

    return compute


def _interpolate(values: Values, of: Sequence[Signal]) -> Signal:
    width, knots, heights = of[0].width, array(values, "knots"), array(values, "heights")
    starts = starts_of(values, width, "knots", "heights")
    require(bool((np.diff(starts) > 0).all()), "a column has no knots")
    require(increasing(knots, starts, strictly=False), "knots decrease")
    low, high, _ = _bounds(heights)
    slack = 1e-9 * max(abs(low), abs(high))
    return Signal(width, low - slack, high + slack, of[0].missing, _STEPS * width, width)


def _interpolate_compute(values: Values) -> Compute:
    tables = _parts(array(values, "starts").astype(np.intp), array(values, "knots"), array(values, "heights"))

    def compute(x: FloatArray) -> FloatArray:
        out = np.empty(x.shape)
        for j, (knots, heights) in enumerate(tables):
            out[:, j] = _between(x[:, j], knots, heights)
        return out

    return compute


def _between(x: FloatArray, knots: FloatArray, heights: FloatArray) -> FloatArray:
    """Interpolate as numpy.interp does: level beyond the ends; of equal knots the last counts at the knot itself."""
    last = len(knots) - 1
    if last == 0:
        return np.where(np.isnan(x), x, heights[0])
    place = np.clip(np.searchsorted(knots, x, side="right") - 1, 0, last - 1)
    left, low = knots.take(place), heights.take(place)
    slope = (heights.take(place + 1) - low) / (knots.take(place + 1) - left)
    inside = np.where(x == left, low, slope * (x - left) + low)
    bounded = np.minimum(np.maximum(inside, heights.min()), heights.max())
    level: FloatArray = np.where(x >= knots[-1], heights[-1], np.where(x < knots[0], heights[0], bounded))
    return level


OPERATORS: Mapping[str, Operator] = {
    "lookup": Operator(
        (1, 1),
        {
            "keys": numbers(1),
            "results": numbers(1, missing=True),
            "starts": integers(1),
            "unknown": numbers(1, missing=True),
            "missing": numbers(1, missing=True),
        },
        _lookup,
        _lookup_compute,
        "For each column the result of the key that equals x; `unknown` where none does, `missing` for NaN.",
    ),
    "bins": Operator(
        (1, 1),
        {"edges": numbers(1), "starts": integers(1)},
        _bins,
        _bins_compute,
        "For each column the number of edges that are at most x.",
    ),
    "interpolate": Operator(
        (1, 1),
        {"knots": numbers(1), "heights": numbers(1), "starts": integers(1)},
        _interpolate,
        _interpolate_compute,
        "For each column the line through the knots at x, level beyond the ends; equal knots are a jump.",
    ),
}
