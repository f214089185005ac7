"""Operators that choose and join columns."""

from collections.abc import Mapping, Sequence

import numpy as np

from ppa.core.programs.graph import FloatArray, Values
from ppa.core.programs.operators.operator import (
    Compute,
    Operator,
    Signal,
    array,
    integers,
    numbers,
    require,
)


def _constant(values: Values, of: Sequence[Signal]) -> Signal:
    value = array(values, "value")
    require(len(value) > 0, "value is empty")
    return Signal(len(value), float(value.min()), float(value.max()), False, 0)


def _constant_compute(values: Values) -> Compute:
    value = array(values, "value").reshape(1, -1)
    return lambda: value


def _columns(values: Values, of: Sequence[Signal]) -> Signal:
    index = array(values, "index")
    require(len(index) > 0, "index is empty")
    require(bool((index >= 0).all() and (index < of[0].width).all()), f"index leaves 0 to {of[0].width - 1}")
    return Signal(len(index), of[0].low, of[0].high, of[0].missing, len(index))


def _columns_compute(values: Values) -> Compute:
    index = array(values, "index").astype(np.intp)
    return lambda x: x.take(index, axis=1)


def _concat(values: Values, of: Sequence[Signal]) -> Signal:
    width = sum(one.width for one in of)
    low, high = min(one.low for one in of), max(one.high for one in of)
    return Signal(width, low, high, any(one.missing for one in of), width)


def _concat_compute(values: Values) -> Compute:
    def compute(*parts: FloatArray) -> FloatArray:
        rows = max(len(part) for part in parts)
        return np.concatenate([np.broadcast_to(part, (rows, part.shape[1])) for part in parts], axis=1)

    return compute


def _largest(values: Values, of: Sequence[Signal]) -> Signal:
    return Signal(1, of[0].low, of[0].high, of[0].missing, of[0].width)


def _largest_compute(values: Values) -> Compute:
    return lambda x: np.maximum.reduce(x, axis=1, keepdims=True)


OPERATORS: Mapping[str, Operator] = {
    "constant": Operator(
        (0, 0), {"value": numbers(1)}, _constant, _constant_compute, "The values, in every row."
    ),
    "columns": Operator(
        (1, 1), {"index": integers(1)}, _columns, _columns_compute, "Columns of x by position, in any order."
    ),
    "concat": Operator((1, 1 << 16), {}, _concat, _concat_compute, "The columns of all, one behind another."),
    "largest": Operator((1, 1), {}, _largest, _largest_compute, "The largest value of the row."),
}
