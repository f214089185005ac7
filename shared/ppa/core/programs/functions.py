"""Elementary functions from +, -, *, / and exact operations: the same bits on every machine that follows IEEE 754.

Each takes an array or a float. Domains are those of the operators of the same name, NaN gives NaN, and the error is
about one unit in the last place unless said otherwise. Reductions and constants follow fdlibm (Sun Microsystems, 1993).
"""

import math
from collections.abc import Callable
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from ppa.core.programs.graph import FloatArray

Real = TypeVar("Real", float, FloatArray)

_ROUND = (
    6755399441055744.0  # 1.5 * 2**52: adding and subtracting it rounds to the nearest integer, ties to even
)
_LN2_HIGH, _LN2_LOW = 6.93147180369123816490e-01, 1.90821492927058770002e-10
_PI_HALF = (1.57079632673412561417, 6.07710050630396597660e-11, 2.02226624879595063154e-21)
_EXP = [1 / math.factorial(n) for n in range(13, 1, -1)]
_LOG = [1 / n for n in range(25, 1, -2)]
_SIN = [(-1) ** (n // 2) / math.factorial(n) for n in range(17, 2, -2)]
_COS = [(-1) ** (n // 2) / math.factorial(n) for n in range(16, 3, -2)]
_MIN_EXPONENT, _MAX_EXPONENT = -746.0, 708.0
_MIN_NORMAL = 2.0**-1022
_CHUNK = 1 << 14
_FEW = 8


def exp(x: FloatArray) -> FloatArray:
    """Return e to the power x, x limited to -746, where the result is 0, and 708."""
    return _apply(_exp_one, _exp_many, x)


def log(x: FloatArray) -> FloatArray:
    """Return the natural logarithm; NaN for x <= 0, and that of 2**-1022 for positive numbers below it."""
    return _apply(_log_one, _log_many, x)


def expit(x: FloatArray) -> FloatArray:
    """Return 1 / (1 + exp(-x))."""
    return _apply(_expit_one, _expit_many, x)


def tanh(x: FloatArray) -> FloatArray:
    """Return 1 - 2 / (exp(2 x) + 1): the error is absolute, about 2e-16."""
    return _apply(_tanh_one, _tanh_many, x)


def sin(x: FloatArray) -> FloatArray:
    """Return the sine of radians; digits are lost gradually above 1e6."""
    return _apply(_sin_one, _sin_many, x)


def cos(x: FloatArray) -> FloatArray:
    """Return the cosine of radians; digits are lost gradually above 1e6."""
    return _apply(_cos_one, _cos_many, x)


def _apply(
    one: Callable[[float], float], many: Callable[[FloatArray], FloatArray], x: FloatArray
) -> FloatArray:
    """Few values as Python floats, which is faster; many in pieces that fit the processor's cache."""
    if x.size <= _FEW:
        return np.array([one(value) for value in x.ravel().tolist()], np.float64).reshape(x.shape)
    if x.size <= 2 * _CHUNK:
        return many(x)
    flat, out = np.ascontiguousarray(x).ravel(), np.empty(x.size)
    for start in range(0, flat.size, _CHUNK):
        out[start : start + _CHUNK] = many(flat[start : start + _CHUNK])
    return out.reshape(x.shape)


def _polynomial(coefficients: list[float], x: Real) -> Real:
    total = x * coefficients[0] + coefficients[1]
    for coefficient in coefficients[2:]:
        total = total * x + coefficient
    return total


def _exp_parts(x: Real) -> tuple[Real, Real]:
    """Return k and exp(x) / 2**k, x within the limits."""
    k = (x * 1.4426950408889634 + _ROUND) - _ROUND
    r = (x - k * _LN2_HIGH) - k * _LN2_LOW
    return k, 1.0 + (r + r * r * _polynomial(_EXP, r))


def _exp_one(x: float) -> float:
    if x != x:  # NaN
        return x
    k, part = _exp_parts(min(max(x, _MIN_EXPONENT), _MAX_EXPONENT))
    return math.ldexp(part, int(k))


def _exp_many(x: FloatArray) -> FloatArray:
    k, part = _exp_parts(np.minimum(np.maximum(x, _MIN_EXPONENT), _MAX_EXPONENT))
    power = k.astype(np.int64)
    # in two steps, so that a subnormal result is rounded once
    upper = np.maximum(power, -1000)
    scaled = part * _power_of_two(upper)
    result = scaled if (upper == power).all() else scaled * _power_of_two(power - upper)
    return np.where(np.isnan(x), x, result)


def _power_of_two(k: NDArray[np.int64]) -> FloatArray:
    return ((k + 1023) << 52).view(np.float64)


def _expit_one(x: float) -> float:
    return 1.0 / (1.0 + _exp_one(-x))


def _expit_many(x: FloatArray) -> FloatArray:
    return 1.0 / (1.0 + _exp_many(-x))


def _tanh_one(x: float) -> float:
    return 1.0 - 2.0 / (_exp_one(2.0 * x) + 1.0)


def _tanh_many(x: FloatArray) -> FloatArray:
    return 1.0 - 2.0 / (_exp_many(2.0 * x) + 1.0)


def _log_parts(mantissa: Real, exponent: Real) -> Real:
    """Return log(mantissa * 2**exponent) for a mantissa between sqrt(1/2) and sqrt(2)."""
    f = mantissa - 1.0
    s = f / (2.0 + f)
    z = s * s
    half = 0.5 * f * f
    series = _polynomial(_LOG, z) * z
    return exponent * _LN2_HIGH - ((half - (s * (half + 2.0 * series) + exponent * _LN2_LOW)) - f)


def _log_one(x: float) -> float:
    if not x > 0:
        return math.nan
    mantissa, exponent = math.frexp(max(x, _MIN_NORMAL))
    if mantissa < math.sqrt(0.5):
        mantissa, exponent = mantissa * 2.0, exponent - 1
    return _log_parts(mantissa, float(exponent))


def _log_many(x: FloatArray) -> FloatArray:
    mantissa, exponent = np.frexp(np.maximum(x, _MIN_NORMAL))
    low = mantissa < math.sqrt(0.5)
    result = _log_parts(np.where(low, mantissa * 2.0, mantissa), (exponent - low).astype(np.float64))
    return np.where(x > 0, result, np.nan)


def _quarter_turns(x: Real) -> tuple[Real, Real]:
    """Return the multiple of pi/2 nearest to x, and what is left."""
    k = (x * 0.6366197723675814 + _ROUND) - _ROUND
    return k, ((x - k * _PI_HALF[0]) - k * _PI_HALF[1]) - k * _PI_HALF[2]


def _sine(r: Real) -> Real:
    z = r * r
    return r + r * z * _polynomial(_SIN, z)


def _cosine(r: Real) -> Real:
    z = r * r
    return 1.0 - (0.5 * z - z * z * _polynomial(_COS, z))


def _turned_one(x: float, quarters: int) -> float:
    if x != x:  # NaN
        return x
    k, rest = _quarter_turns(x)
    rest = min(max(rest, -0.8), 0.8)
    turn = (k + quarters) - 4.0 * math.floor((k + quarters) / 4.0)
    value = _sine(rest) if turn in {0.0, 2.0} else _cosine(rest)
    return -value if turn >= 2.0 else value


def _turned_many(x: FloatArray, quarters: int) -> FloatArray:
    k, rest = _quarter_turns(x)
    rest = np.minimum(np.maximum(rest, -0.8), 0.8)
    turn = (k + quarters) - 4.0 * np.floor((k + quarters) / 4.0)
    value = np.where((turn == 0.0) | (turn == 2.0), _sine(rest), _cosine(rest))
    return np.where(turn >= 2.0, -value, value)


def _sin_one(x: float) -> float:
    return _turned_one(x, 0)


def _sin_many(x: FloatArray) -> FloatArray:
    return _turned_many(x, 0)


def _cos_one(x: float) -> float:
    return _turned_one(x, 1)


def _cos_many(x: FloatArray) -> FloatArray:
    return _turned_many(x, 1)
