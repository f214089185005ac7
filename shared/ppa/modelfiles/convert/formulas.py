"""Functions that programs have no operator for, written with those they have."""

from ppa.core.programs.builder import Builder, Wire

# exp(x) - 1 over x: the Taylor series, the highest power first
_EXPM1 = [1.0]
for _n in range(2, 15):
    _EXPM1.insert(0, _EXPM1[0] / _n)


def log1p(b: Builder, x: Wire) -> Wire:
    """Return log(1 + x), also accurate near 0."""
    u = b.plus(x, 1.0)
    return b.plus(b.unary("log", u), b.over(b.sub(x, b.sub(u, 1.0)), u))


def expm1(b: Builder, x: Wire) -> Wire:
    """Return exp(x) - 1, also accurate near 0."""
    near = b.times(x, b.polynomial(b.clip(x, -0.35, 0.35), _EXPM1))
    small = b.binary("less", b.unary("absolute", x), 0.35)
    return b.where(small, near, b.sub(b.unary("exp", x), 1.0))


def negative(b: Builder, x: Wire) -> Wire:
    """Return -x."""
    return b.times(x, -1.0)


def square(b: Builder, x: Wire) -> Wire:
    """Return x²."""
    return b.times(x, x)


def kernel(
    b: Builder, x: Wire, points: object, kind: str, gamma: float, coef0: float, degree: float
) -> Wire | None:
    """Return the kernel of x with each of the points, or None where the kind has no formula here."""
    if kind in {"rbf", "laplacian"}:
        measure = "squared" if kind == "rbf" else "manhattan"
        return b.unary("exp", b.times(b.distance(x, points, measure), -gamma))  # type: ignore[arg-type]
    import numpy as np

    table = np.asarray(points, np.float64)
    if kind == "cosine":
        norm = np.sqrt((table * table).sum(1))
        return _unit(b, b.affine(x, (table / np.where(norm == 0, 1, norm)[:, None]).T), x)
    product = b.affine(x, table.T)
    if kind == "linear":
        return product
    inner = b.plus(b.times(product, gamma), coef0)
    if kind == "sigmoid":
        return b.unary("tanh", inner)
    if kind in {"poly", "polynomial"} and float(degree).is_integer() and 1 <= degree <= 16:
        return power(b, inner, int(degree))
    return None


def power(b: Builder, x: Wire, exponent: int) -> Wire:
    """Return x multiplied by itself."""
    result = x
    for _ in range(exponent - 1):
        result = b.times(result, x)
    return result


def _unit(b: Builder, product: Wire, x: Wire) -> Wire:
    norm = b.root(b.total(square(b, x)))
    return b.over(product, b.where(b.binary("less", 0.0, norm), norm, 1.0))


def erf(b: Builder, x: Wire) -> Wire:
    """Return the error function."""
    value = b.sub(1.0, erfc(b, b.unary("absolute", x)))
    return b.where(b.binary("less", x, 0.0), negative(b, value), value)


def erfc(b: Builder, x: Wire) -> Wire:
    """Return the complement of the error function for x >= 0: a series up to 2.25, a continued fraction beyond."""
    inner = b.binary("minimum", x, 2.25)
    z = square(b, inner)
    # erf(x) = 2/sqrt(pi) exp(-x²) times the sum of 2^n x^(2n+1) / (1 3 5 ... (2n+1)): all terms are positive
    terms = [1.0]
    for n in range(1, 45):
        terms.append(terms[-1] * 2.0 / (2 * n + 1))
    series = b.times(inner, b.polynomial(z, terms[::-1]))
    near = b.times(b.times(series, b.unary("exp", negative(b, z))), 1.1283791670955126)
    outer = b.clip(x, 2.25, 26.0)
    fraction: Wire = outer
    for n in range(60, 0, -1):
        fraction = b.plus(outer, b.over(n / 2, fraction))
    far = b.over(b.times(b.unary("exp", negative(b, square(b, outer))), 0.5641895835477563), fraction)
    return b.where(b.binary("less", x, 2.25), b.sub(1.0, near), far)


# Acklam's rational approximation of the normal quantile, made exact by two of Halley's steps
_CENTRE = (
    [
        -39.69683028665376,
        220.9460984245205,
        -275.9285104469687,
        138.357751867269,
        -30.66479806614716,
        2.506628277459239,
    ],
    [-54.47609879822406, 161.5858368580409, -155.6989798598866, 66.80131188771972, -13.28068155288572, 1.0],
)
_TAIL = (
    [-0.007784894002430293, -0.3223964580411365, -2.400758277161838, -2.549732539343734, 4.374664141464968,
     2.938163982698783],
    [0.007784695709041462, 0.3224671290700398, 2.445134137142996, 3.754408661907416, 1.0],
)  # fmt: skip


def normal_quantile(b: Builder, p: Wire) -> Wire:
    """Return the quantile of the normal distribution, for p from 1e-8 to 1 - 1e-8."""
    upper = b.binary("less", 0.5, p)
    q = b.clip(b.where(upper, b.sub(1.0, p), p), 1e-8, 0.5)
    x = _first_guess(b, q)
    for _ in range(2):
        below = b.times(erfc(b, b.binary("maximum", b.times(x, -0.7071067811865476), 0.0)), 0.5)
        density = b.times(b.unary("exp", b.times(square(b, x), 0.5)), 2.5066282746310002)
        error = b.times(b.sub(below, q), density)
        x = b.sub(x, b.over(error, b.plus(1.0, b.clip(b.times(b.times(x, error), 0.5), -0.5, 0.5))))
    return b.where(upper, negative(b, x), x)


def _first_guess(b: Builder, q: Wire) -> Wire:
    far = b.binary("minimum", q, 0.02425)
    t = b.unary("sqrt", b.times(b.unary("log", far), -2.0))
    tail = b.over(b.polynomial(t, _TAIL[0]), b.polynomial(t, _TAIL[1]))
    u = b.sub(b.binary("maximum", q, 0.02425), 0.5)
    r = square(b, u)
    divisor = b.clip(b.polynomial(r, _CENTRE[1]), 1e-3, 1.0)
    centre = b.over(b.times(b.polynomial(r, _CENTRE[0]), u), divisor)
    return b.where(b.binary("less", q, 0.02425), tail, centre)
