"""The affine operator: weighted sums, from left to right."""

from collections.abc import Mapping, Sequence

import numpy as np

from ppa.core.programs.graph import FloatArray, Values
from ppa.core.programs.operators.operator import Compute, Operator, Signal, array, numbers, require

# Values of a block of products: below, all are summed at once; above, column by column, to the same bits.
_FEW = 1 << 12
_BLOCK = 1 << 18


def affine(x: FloatArray, weights: FloatArray) -> FloatArray:
    """Return x @ weights, each sum taken over the columns of x from left to right."""
    rows, (width, outputs) = len(x), weights.shape
    if rows * outputs <= _FEW and width * outputs <= _BLOCK:
        size = max(1, _BLOCK // (width * outputs))
        parts = [_at_once(x[start : start + size], weights) for start in range(0, rows, size)]
        return parts[0] if len(parts) == 1 else np.concatenate(parts)
    return _by_column(np.ascontiguousarray(x.T), weights)


def total(x: FloatArray) -> FloatArray:
    """Return the sums of the rows from left to right; 0 where there are no columns."""
    return np.add.accumulate(x, axis=1)[:, -1] if x.shape[1] else np.zeros(len(x))


def _at_once(x: FloatArray, weights: FloatArray) -> FloatArray:
    if weights.shape[1] == 1:
        return np.add.accumulate(x * weights[:, 0], axis=1)[:, -1:]
    return np.add.accumulate(x[:, :, None] * weights, axis=1)[:, -1]


def _by_column(columns: FloatArray, weights: FloatArray) -> FloatArray:
    """Sum outputs in the layout (outputs, rows), so that both operands are contiguous."""
    out = np.multiply(weights[0][:, None], columns[0])
    product = np.empty_like(out)
    for column, weight in zip(columns[1:], weights[1:], strict=True):
        out += np.multiply(weight[:, None], column, out=product)
    return np.ascontiguousarray(out.T)


def _infer(values: Values, of: Sequence[Signal]) -> Signal:
    weights, bias, x = array(values, "weights"), array(values, "bias"), of[0]
    width, outputs = weights.shape
    require(width == x.width, f"weights of {width} columns meet {x.width}")
    require(outputs > 0 and len(bias) == outputs, f"bias has {len(bias)} values for {outputs} outputs")
    size = max(abs(x.low), abs(x.high))
    low = np.minimum(weights * x.low, weights * x.high).sum(0) + bias
    high = np.maximum(weights * x.low, weights * x.high).sum(0) + bias
    slack = 1e-9 * (np.abs(weights).sum(0) * size + np.abs(bias))
    bounds = float((low - slack).min()), float((high + slack).max())
    return Signal(outputs, *bounds, x.missing, 2.0 * width * outputs, 2 * outputs + width)


def _build(values: Values) -> Compute:
    weights, bias = array(values, "weights"), array(values, "bias")
    return lambda x: affine(x, weights) + bias


OPERATORS: Mapping[str, Operator] = {
    "affine": Operator(
        (1, 1),
        {"weights": numbers(2), "bias": numbers(1)},
        _infer,
        _build,
        "Weighted sums of the columns, in order, then plus bias; weights is (columns, outputs).",
        exact=False,
    ),
}
