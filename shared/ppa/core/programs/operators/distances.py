"""Operators on stored points: distances, and the nearest neighbours."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ppa.core.programs.graph import FloatArray, Values
from ppa.core.programs.operators.linear import total
from ppa.core.programs.operators.operator import (
    CHOICE,
    FLAG,
    INTEGER,
    Compute,
    Operator,
    Parameter,
    Signal,
    array,
    largest,
    numbers,
    require,
)

_ROWS, _POINTS = 16, 1024  # a block of distances that fits the processor's cache
_DIRECT = 1 << 18  # values up to which all distances are measured in order at once
_NEIGHBOUR_ROWS = 256
_NEIGHBOUR_DISTANCES = 1 << 21  # at one time


def measure(x: FloatArray, points: FloatArray, kind: str) -> FloatArray:
    """Return the distances of shape (rows, points), summed feature by feature."""
    if len(x) * points.size <= _DIRECT:
        return _measure_few(x, points, kind)
    out = np.empty((len(x), len(points)))
    columns, features = np.ascontiguousarray(x.T), np.ascontiguousarray(points.T)
    for i in range(0, len(x), _ROWS):
        for j in range(0, len(points), _POINTS):
            block = out[i : i + _ROWS, j : j + _POINTS]
            block[:] = _measure_block(columns[:, i : i + _ROWS], features[:, j : j + _POINTS], kind)
    return out


def _measure_few(x: FloatArray, points: FloatArray, kind: str) -> FloatArray:
    apart = x[:, None, :] - points
    terms = apart * apart if kind == "squared" else np.abs(apart)
    return np.add.accumulate(terms, axis=2)[:, :, -1]


def _measure_block(columns: FloatArray, features: FloatArray, kind: str) -> FloatArray:
    sums = np.zeros((columns.shape[1], features.shape[1]))
    apart = np.empty_like(sums)
    for column, feature in zip(columns, features, strict=True):
        np.subtract(column[:, None], feature, out=apart)
        if kind == "squared":
            np.multiply(apart, apart, out=apart)
        else:
            np.abs(apart, out=apart)
        sums += apart
    return sums


def _check_points(values: Values, x: Signal) -> tuple[int, float]:
    """Return the number of points and the bound of their distances from x."""
    points = array(values, "points")
    require(points.shape[1] == x.width, f"points of {points.shape[1]} columns meet {x.width}")
    require(len(points) > 0, "there are no points")
    apart = max(abs(x.low), abs(x.high)) + largest(points)
    return len(points), x.width * (apart * apart if values["kind"] == "squared" else apart) * 1.001


def _distance(values: Values, of: Sequence[Signal]) -> Signal:
    count, bound = _check_points(values, of[0])
    return Signal(count, 0.0, bound, of[0].missing, 3.0 * count * of[0].width, of[0].width)


def _distance_compute(values: Values) -> Compute:
    points, kind = array(values, "points"), str(values["kind"])
    return lambda x: measure(x, points, kind)


@dataclass(frozen=True)
class _Neighbours:
    points: FloatArray
    targets: FloatArray
    count: int
    kind: str
    by_distance: bool
    squares: FloatArray


def _neighbours(values: Values, of: Sequence[Signal]) -> Signal:
    count, _ = _check_points(values, of[0])
    targets, wanted = array(values, "targets"), _integer(values)
    require(len(targets) == count, "targets and points differ in length")
    require(targets.shape[1] > 0, "targets has no columns")
    require(0 < wanted <= count, f"count is not between 1 and {count}")
    # the weight of a distance is at most that of the smallest positive double
    size = largest(targets) * wanted * (1e200 if values["by_distance"] else 1.0) * 1.001
    steps = 4.0 * count * (of[0].width + 10)
    outputs = targets.shape[1]
    low = 0.0 if bool((targets >= 0).all()) else -size
    return Signal(outputs, low, size, of[0].missing, steps, 2 * count + wanted * (of[0].width + outputs))


def _integer(values: Values) -> int:
    value = values["count"]
    if not isinstance(value, int):
        raise TypeError("count")
    return value


def _neighbours_compute(values: Values) -> Compute:
    points, kind = array(values, "points"), str(values["kind"])
    neighbours = _Neighbours(
        points,
        array(values, "targets"),
        _integer(values),
        kind,
        bool(values["by_distance"]),
        total(points * points),
    )

    size = max(1, min(_NEIGHBOUR_ROWS, _NEIGHBOUR_DISTANCES // len(points)))

    def compute(x: FloatArray) -> FloatArray:
        sums = [_sums_of_block(neighbours, x[i : i + size]) for i in range(0, len(x), size)]
        return np.where(np.isnan(x).any(axis=1, keepdims=True), np.nan, np.concatenate(sums))

    return compute


def _sums_of_block(neighbours: _Neighbours, x: FloatArray) -> FloatArray:
    x = np.where(np.isnan(x), 0.0, x)
    if neighbours.kind == "squared" and len(x) * neighbours.points.size > _DIRECT:
        nearest, distance = _nearest_of_proposed(neighbours, x)
    else:
        nearest, distance = _nearest(neighbours, measure(x, neighbours.points, neighbours.kind))
    weight = np.ones(distance.shape)
    if neighbours.by_distance:
        weight = _inverse(np.sqrt(distance) if neighbours.kind == "squared" else distance)
    terms = weight[:, :, None] * neighbours.targets[nearest]
    sums: FloatArray = np.add.accumulate(terms, axis=1)[:, -1]
    return sums


def _inverse(distance: FloatArray) -> FloatArray:
    """Weights of neighbours: points at the same place outweigh all others."""
    same = distance == 0
    inverse = np.minimum(1.0 / np.where(same, 1.0, distance), 1e200)
    return np.where(same.any(axis=1, keepdims=True), same.astype(np.float64), inverse)


def _nearest(neighbours: _Neighbours, distance: FloatArray) -> tuple[NDArray[np.intp], FloatArray]:
    """Return the nearest points in order of distance, equal distances in order of position."""
    order = np.argsort(distance, axis=1, kind="stable")[:, : neighbours.count]
    return order, np.take_along_axis(distance, order, axis=1)


def _nearest_of_proposed(neighbours: _Neighbours, x: FloatArray) -> tuple[NDArray[np.intp], FloatArray]:
    """Matrix multiplication proposes enough points, with room for its rounding; they are measured in order."""
    squares, points, count = total(x * x)[:, None], neighbours.points, neighbours.count
    rough = squares + neighbours.squares - 2.0 * (x @ points.T)
    room = 1e-15 * (points.shape[1] + 8) * (squares + neighbours.squares.max())
    limit = np.partition(rough, count - 1, axis=1)[:, count - 1 : count] + 4.0 * room
    proposed = [np.flatnonzero(row) for row in rough <= limit]
    most = max(len(one) for one in proposed)
    if len(x) * most * points.shape[1] > 4 * _DIRECT:
        return _nearest_by_row(neighbours, x, proposed)
    candidates = np.stack([np.concatenate([one, np.full(most - len(one), -1)]) for one in proposed])
    apart = x[:, None, :] - points[candidates]
    distance = np.add.accumulate(apart * apart, axis=2)[:, :, -1]
    distance[candidates < 0] = np.inf
    order = np.argsort(distance, axis=1, kind="stable")[:, :count]
    return np.take_along_axis(candidates, order, axis=1), np.take_along_axis(distance, order, axis=1)


def _nearest_by_row(
    neighbours: _Neighbours, x: FloatArray, proposed: list[NDArray[np.intp]]
) -> tuple[NDArray[np.intp], FloatArray]:
    nearest = []
    for row, candidates in zip(x, proposed, strict=True):
        order, distance = _nearest(neighbours, measure(row[None], neighbours.points[candidates], "squared"))
        nearest.append((candidates[order[0]], distance[0]))
    return np.stack([one for one, _ in nearest]), np.stack([one for _, one in nearest])


_KIND = Parameter(CHOICE, choices=("squared", "manhattan"))

OPERATORS: Mapping[str, Operator] = {
    "distance": Operator(
        (1, 1),
        {"points": numbers(2), "kind": _KIND},
        _distance,
        _distance_compute,
        "Sums of the squared or absolute differences from each point; points is (points, columns).",
        exact=False,
    ),
    "neighbours": Operator(
        (1, 1),
        {
            "points": numbers(2),
            "targets": numbers(2),
            "count": Parameter(INTEGER),
            "kind": _KIND,
            "by_distance": Parameter(FLAG),
        },
        _neighbours,
        _neighbours_compute,
        "Sums of the targets of the `count` nearest points, nearest first; of equal distances the earlier point. "
        "With `by_distance` each counts 1 / distance, or only those at distance 0 where there are such.",
    ),
}
