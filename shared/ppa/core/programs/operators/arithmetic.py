"""Operators on single values: arithmetic, comparison and elementary functions."""

from collections.abc import Callable, Mapping, Sequence
from itertools import product

import numpy as np

from ppa.core.programs import functions
from ppa.core.programs.graph import LIMIT, FloatArray, Values
from ppa.core.programs.operators.operator import Compute, Operator, Signal, require

Bounds = tuple[float, float]

# elementary operations, roughly, of one value of a function
_FUNCTION_STEPS = 40


def _width(of: Sequence[Signal]) -> int:
    width = max(one.width for one in of)
    require(
        all(one.width in {1, width} for one in of), f"widths {[one.width for one in of]} do not fit together"
    )
    return width


def _two(
    compute: Compute,
    bounds: Callable[[Signal, Signal], Bounds],
    meaning: str,
    *,
    missing: Callable[[Signal, Signal], bool] = lambda x, y: x.missing or y.missing,
) -> Operator:
    def infer(values: Values, of: Sequence[Signal]) -> Signal:
        width = _width(of)
        return Signal(width, *bounds(*of), missing(*of), width, width)

    return Operator((2, 2), {}, infer, lambda values: compute, meaning)


def _one(
    compute: Compute,
    bounds: Callable[[Signal], Bounds],
    meaning: str,
    *,
    domain: Callable[[Signal], bool] = lambda x: True,
    steps: int = 1,
    exact: bool = True,
) -> Operator:
    def infer(values: Values, of: Sequence[Signal]) -> Signal:
        (x,) = of
        return Signal(x.width, *bounds(x), x.missing or not domain(x), steps * x.width, 2 * x.width)

    return Operator((1, 1), {}, infer, lambda values: compute, meaning, exact)


def _corners(x: Signal, y: Signal) -> Bounds:
    ends = [a * b for a, b in product((x.low, x.high), (y.low, y.high))]
    return min(ends), max(ends)


def _quotient(x: FloatArray, y: FloatArray) -> FloatArray:
    return np.where(y == 0, np.nan, x / y)


def _has_zero(y: Signal) -> bool:
    return y.low <= 0 <= y.high


def _quotient_bounds(x: Signal, y: Signal) -> Bounds:
    if _has_zero(y):
        return -np.inf, np.inf
    ends = [a / b for a, b in product((x.low, x.high), (y.low, y.high))]
    return min(ends), max(ends)


def _fill(x: FloatArray, y: FloatArray) -> FloatArray:
    return np.where(np.isnan(x), y, x)


def _hull(x: Signal, y: Signal) -> Bounds:
    return min(x.low, y.low), max(x.high, y.high)


def _truth(compare: Compute) -> Compute:
    return lambda x, y: compare(x, y).astype(np.float64)


def _zero_one(*of: Signal) -> Bounds:
    return 0.0, 1.0


def _never(*of: Signal) -> bool:
    return False


def _where(values: Values, of: Sequence[Signal]) -> Signal:
    width = _width(of)
    return Signal(width, *_hull(of[1], of[2]), of[1].missing or of[2].missing, width, width)


def _where_compute(condition: FloatArray, x: FloatArray, y: FloatArray) -> FloatArray:
    return np.where(condition > 0, x, y)


def _complete(values: Values, of: Sequence[Signal]) -> Signal:
    x, row = of
    return Signal(x.width, x.low, x.high, x.missing or row.missing, row.width + x.width, row.width)


def _complete_compute(x: FloatArray, row: FloatArray) -> FloatArray:
    return np.where(np.isnan(row).any(axis=1, keepdims=True), np.nan, x)


def _is_missing(values: Values, of: Sequence[Signal]) -> Signal:
    return Signal(of[0].width, 0.0, 1.0, False, of[0].width)


def _within_limit(function: Callable[[FloatArray], FloatArray], end: float) -> float:
    """The function of a bound, a little further out."""
    with np.errstate(all="ignore"):
        return float(function(np.array([min(max(end, -LIMIT), LIMIT)]))[0])


def _monotone(function: Callable[[FloatArray], FloatArray]) -> Callable[[Signal], Bounds]:
    def bounds(x: Signal) -> Bounds:
        low, high = _within_limit(function, x.low), _within_limit(function, x.high)
        slack = 1e-9 * max(1.0, abs(low), abs(high))
        return low - slack, high + slack

    return bounds


def _exp_bounds(x: Signal) -> Bounds:
    return 0.0, _monotone(functions.exp)(x)[1]


def _absolute_bounds(x: Signal) -> Bounds:
    low = 0.0 if x.low <= 0 <= x.high else min(abs(x.low), abs(x.high))
    return low, max(abs(x.low), abs(x.high))


OPERATORS: Mapping[str, Operator] = {
    "add": _two(np.add, lambda x, y: (x.low + y.low, x.high + y.high), "x + y."),
    "subtract": _two(np.subtract, lambda x, y: (x.low - y.high, x.high - y.low), "x - y."),
    "multiply": _two(np.multiply, _corners, "x y."),
    "divide": _two(
        _quotient,
        _quotient_bounds,
        "x / y; NaN where y is 0.",
        missing=lambda x, y: x.missing or y.missing or _has_zero(y),
    ),
    "minimum": _two(
        np.minimum, lambda x, y: (min(x.low, y.low), min(x.high, y.high)), "The smaller of x and y."
    ),
    "maximum": _two(
        np.maximum, lambda x, y: (max(x.low, y.low), max(x.high, y.high)), "The larger of x and y."
    ),
    "fill": _two(_fill, _hull, "x; y where x is missing.", missing=lambda x, y: x.missing and y.missing),
    "less": _two(_truth(np.less), _zero_one, "1 where x < y, else 0.", missing=_never),
    "less_equal": _two(_truth(np.less_equal), _zero_one, "1 where x ≤ y, else 0.", missing=_never),
    "equal": _two(_truth(np.equal), _zero_one, "1 where x = y, else 0.", missing=_never),
    "where": Operator(
        (3, 3),
        {},
        _where,
        lambda values: _where_compute,
        "The second where the first is positive, else the third.",
    ),
    "complete": Operator(
        (2, 2),
        {},
        _complete,
        lambda values: _complete_compute,
        "The first; NaN in rows where the second has a missing value.",
    ),
    "is_missing": Operator(
        (1, 1),
        {},
        _is_missing,
        lambda values: lambda x: np.isnan(x).astype(np.float64),
        "1 where x is missing, else 0.",
    ),
    "absolute": _one(np.abs, _absolute_bounds, "The absolute value."),
    "floor": _one(np.floor, lambda x: (x.low - 1, x.high), "The largest integer not above x."),
    "sqrt": _one(
        np.sqrt,
        lambda x: (0.0, max(x.high, 0.0) ** 0.5 * (1 + 1e-9)),
        "√x; NaN where x < 0.",
        domain=lambda x: x.low >= 0,
    ),
    "exp": _one(
        functions.exp,
        _exp_bounds,
        "e to the power x, x limited to -746 and 708.",
        steps=_FUNCTION_STEPS,
        exact=False,
    ),
    "log": _one(
        functions.log,
        lambda x: (-709.0, 709.0),
        "The natural logarithm; NaN where x ≤ 0.",
        domain=lambda x: x.low > 0,
        steps=_FUNCTION_STEPS,
        exact=False,
    ),
    "expit": _one(
        functions.expit, _zero_one, "1 / (1 + e to the power -x).", steps=_FUNCTION_STEPS, exact=False
    ),
    "tanh": _one(
        functions.tanh, lambda x: (-1.0, 1.0), "The hyperbolic tangent.", steps=_FUNCTION_STEPS, exact=False
    ),
    "sin": _one(
        functions.sin, lambda x: (-1.1, 1.1), "The sine of radians.", steps=_FUNCTION_STEPS, exact=False
    ),
    "cos": _one(
        functions.cos, lambda x: (-1.1, 1.1), "The cosine of radians.", steps=_FUNCTION_STEPS, exact=False
    ),
}
